"""Pooling that gives the positions of the largest elements too, under the names that say so."""

from __future__ import annotations

from typing import Any

from wengert.core.tensor import Tensor
from wengert.functions.neural import adaptive, pooling


def max_pool1d_with_indices(
    input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
    ceil_mode: bool = False, return_indices: bool = False,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """`max_pool1d` with return_indices=True.

    >>> import wengert as torch
    >>> torch.nn.functional.max_pool1d_with_indices(torch.tensor([[1.0, 3.0]]), 2)
    (tensor([[3.]]), tensor([[1]]))
    """
    return pooling.max_pool1d(input, kernel_size, stride, padding, dilation, ceil_mode, return_indices=True)  # type: ignore[no-any-return]


def max_pool2d_with_indices(
    input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
    ceil_mode: bool = False, return_indices: bool = False,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """`max_pool2d` with return_indices=True.

    >>> import wengert as torch
    >>> torch.nn.functional.max_pool2d_with_indices(torch.tensor([[[1.0, 3.0]]]), (1, 2))
    (tensor([[[3.]]]), tensor([[[1]]]))
    """
    return pooling.max_pool2d(input, kernel_size, stride, padding, dilation, ceil_mode, return_indices=True)  # type: ignore[no-any-return]


def max_pool3d_with_indices(
    input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
    ceil_mode: bool = False, return_indices: bool = False,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """`max_pool3d` with return_indices=True.

    >>> import wengert as torch
    >>> torch.nn.functional.max_pool3d_with_indices(torch.tensor([[[[1.0, 3.0]]]]), (1, 1, 2))
    (tensor([[[[3.]]]]), tensor([[[[1]]]]))
    """
    return pooling.max_pool3d(input, kernel_size, stride, padding, dilation, ceil_mode, return_indices=True)  # type: ignore[no-any-return]


def adaptive_max_pool1d_with_indices(
    input: Tensor, output_size: Any, return_indices: bool = False
) -> tuple[Tensor, Tensor]:
    """`adaptive_max_pool1d` with return_indices=True.

    >>> import wengert as torch
    >>> torch.nn.functional.adaptive_max_pool1d_with_indices(torch.tensor([[1.0, 3.0]]), 1)
    (tensor([[3.]]), tensor([[1]]))
    """
    return adaptive.adaptive_max_pool1d(input, output_size, return_indices=True)  # type: ignore[no-any-return]


def adaptive_max_pool2d_with_indices(
    input: Tensor, output_size: Any, return_indices: bool = False
) -> tuple[Tensor, Tensor]:
    """`adaptive_max_pool2d` with return_indices=True.

    >>> import wengert as torch
    >>> torch.nn.functional.adaptive_max_pool2d_with_indices(torch.tensor([[[1.0, 3.0]]]), 1)
    (tensor([[[3.]]]), tensor([[[1]]]))
    """
    return adaptive.adaptive_max_pool2d(input, output_size, return_indices=True)  # type: ignore[no-any-return]


def adaptive_max_pool3d_with_indices(
    input: Tensor, output_size: Any, return_indices: bool = False
) -> tuple[Tensor, Tensor]:
    """`adaptive_max_pool3d` with return_indices=True.

    >>> import wengert as torch
    >>> torch.nn.functional.adaptive_max_pool3d_with_indices(torch.tensor([[[[1.0, 3.0]]]]), 1)
    (tensor([[[[3.]]]]), tensor([[[[1]]]]))
    """
    return adaptive.adaptive_max_pool3d(input, output_size, return_indices=True)  # type: ignore[no-any-return]

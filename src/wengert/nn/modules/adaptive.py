"""Adaptive pooling, as modules."""

from __future__ import annotations

from typing import Any

from wengert.core.tensor import Tensor
from wengert.nn import functional
from wengert.nn.modules.module import Module

Numbers = Any
"""One number, or one for each dimension."""


class AdaptiveAvgPool1d(Module):
    """The means of so many windows of sequences.

    >>> import wengert as torch
    >>> torch.nn.AdaptiveAvgPool1d(1)(torch.tensor([[1.0, 3.0, 2.0, 0.0]]))
    tensor([[1.5000]])
    """

    def __init__(self, output_size: Numbers) -> None:
        super().__init__()
        self.output_size = output_size

    def forward(self, input: Tensor) -> Tensor:
        return functional.adaptive_avg_pool1d(input, self.output_size)

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"


class AdaptiveAvgPool2d(Module):
    """The means of so many windows of images.

    >>> import wengert as torch
    >>> torch.nn.AdaptiveAvgPool2d(1)(torch.arange(4.0).reshape(1, 2, 2))
    tensor([[[1.5000]]])
    """

    def __init__(self, output_size: Numbers) -> None:
        super().__init__()
        self.output_size = output_size

    def forward(self, input: Tensor) -> Tensor:
        return functional.adaptive_avg_pool2d(input, self.output_size)

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"


class AdaptiveAvgPool3d(Module):
    """The means of so many windows of volumes.

    >>> import wengert as torch
    >>> torch.nn.AdaptiveAvgPool3d(1)(torch.arange(8.0).reshape(1, 2, 2, 2))
    tensor([[[[3.5000]]]])
    """

    def __init__(self, output_size: Numbers) -> None:
        super().__init__()
        self.output_size = output_size

    def forward(self, input: Tensor) -> Tensor:
        return functional.adaptive_avg_pool3d(input, self.output_size)

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"


class AdaptiveMaxPool1d(Module):
    """The largest elements of so many windows of sequences.

    >>> import wengert as torch
    >>> torch.nn.AdaptiveMaxPool1d(1)(torch.tensor([[1.0, 3.0, 2.0, 0.0]]))
    tensor([[3.]])
    """

    def __init__(self, output_size: Numbers, return_indices: bool = False) -> None:
        super().__init__()
        self.output_size = output_size
        self.return_indices = return_indices

    def forward(self, input: Tensor) -> Any:
        return functional.adaptive_max_pool1d(input, self.output_size, self.return_indices)

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"


class AdaptiveMaxPool2d(Module):
    """The largest elements of so many windows of images.

    >>> import wengert as torch
    >>> torch.nn.AdaptiveMaxPool2d(1)(torch.arange(4.0).reshape(1, 2, 2))
    tensor([[[3.]]])
    """

    def __init__(self, output_size: Numbers, return_indices: bool = False) -> None:
        super().__init__()
        self.output_size = output_size
        self.return_indices = return_indices

    def forward(self, input: Tensor) -> Any:
        return functional.adaptive_max_pool2d(input, self.output_size, self.return_indices)

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"


class AdaptiveMaxPool3d(Module):
    """The largest elements of so many windows of volumes.

    >>> import wengert as torch
    >>> torch.nn.AdaptiveMaxPool3d(1)(torch.arange(8.0).reshape(1, 2, 2, 2))
    tensor([[[[7.]]]])
    """

    def __init__(self, output_size: Numbers, return_indices: bool = False) -> None:
        super().__init__()
        self.output_size = output_size
        self.return_indices = return_indices

    def forward(self, input: Tensor) -> Any:
        return functional.adaptive_max_pool3d(input, self.output_size, self.return_indices)

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"

"""Determinants under PyTorch's names.

Knows rows. Must not know how to differentiate.
"""

from __future__ import annotations

from typing import Any

from wengert.core.emit import spelled
from wengert.core.levels import spec_of
from wengert.core.tensor import Tensor
from wengert.functions.linalg.results import is_complex, named
from wengert.ops import determinants
from wengert.ops import pointwise as p
from wengert.ops.solving import floating, matrices

SLOGDET = named("linalg_slogdet", "sign logabsdet")
LEGACY_SLOGDET = named("slogdet", "sign logabsdet")


def det(A: Tensor) -> Tensor:
    """The determinants of square matrices.

    >>> import wengert as torch
    >>> torch.linalg.det(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor(-2.)

    The derivative is there for singular matrices too.
    """
    return determinants.det(A)  # type: ignore[no-any-return]


legacy_det = spelled(det, "input")  # as the function of torch calls it


def slogdet(A: Tensor) -> Any:
    """The signs of the determinants and the logarithms of their sizes, which neither overflow nor underflow.

    >>> import wengert as torch
    >>> torch.linalg.slogdet(-torch.eye(3)).sign
    tensor(-1.)

    Of a singular matrix they are 0 and -inf.
    """
    return SLOGDET(*determinants.slogdet(A))


def legacy_slogdet(input: Tensor) -> Any:
    """The signs of the determinants and the logarithms of their sizes: torch.linalg.slogdet.

    >>> import wengert as torch
    >>> torch.slogdet(torch.eye(2)).logabsdet
    tensor(0.)
    """
    return LEGACY_SLOGDET(*determinants.slogdet(input))


def logdet(input: Tensor) -> Tensor:
    """The logarithms of the determinants; nan where one is negative.

    >>> import wengert as torch
    >>> torch.logdet(2 * torch.eye(2))
    tensor(1.3863)

    Where it is not defined the gradient is nan too; that of a singular matrix is not finite.
    """
    matrices("linalg.det", spec_of(input))
    floating("linalg.det", spec_of(input))
    sign, size = determinants.slogdet(input)
    if is_complex(input):
        return size + p.log(sign)  # type: ignore[no-any-return]
    return p.where(p.less(sign, 0), float("nan"), size)  # type: ignore[no-any-return]

"""Parameters as one vector, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wengert import errors
from wengert.core.tensor import Tensor
from wengert.ops import structural as s

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["parameters_to_vector", "vector_to_parameters"]


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """The elements of all parameters, one after another.

    >>> import wengert as torch
    >>> torch.nn.utils.parameters_to_vector([torch.ones(2), torch.zeros(1, 1)])
    tensor([1., 1., 0.])
    """
    found: Tensor = s.concat([p.reshape(-1) for p in parameters], 0)
    return found


def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """Let parameters have the elements of a vector, whose memory they share from then on.

    >>> import wengert as torch
    >>> p = torch.nn.Parameter(torch.zeros(1, 2))
    >>> torch.nn.utils.vector_to_parameters(torch.tensor([3.0, 4.0]), [p]); p.data
    tensor([[3., 4.]])

    Raises:
        TypeError: for what is no tensor.
    """
    if not isinstance(vec, Tensor):
        raise errors.ArgumentTypeError(f"expected torch.Tensor, but got: {type(vec).__name__}")
    start = 0
    for p in parameters:
        p.data = vec[start : start + p.numel()].view_as(p).data  # type: ignore[attr-defined]
        start += p.numel()

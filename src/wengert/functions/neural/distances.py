"""Distances between pairs of vectors."""

from __future__ import annotations

from typing import Any

from wengert.core.families import shape_of
from wengert.core.tensor import Tensor
from wengert.functions.reducing.norms import norm
from wengert.ops import pointwise


def pairwise_distance(x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Tensor:
    """The p-norm of x1 - x2 + eps over the last dimension.

    >>> import wengert as torch
    >>> torch.nn.functional.pairwise_distance(torch.tensor([[3.0, 0.0]]), torch.tensor([[0.0, 4.0]]))
    tensor([5.])
    """
    difference: Any = pointwise.add(pointwise.subtract(x1, x2), eps)
    rank = len(shape_of(difference))
    return norm(difference, p, rank - 1 if rank else None, keepdim)

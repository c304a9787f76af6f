"""Copies, and how their elements lie in memory."""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert.core.levels import Tracer, laid
from wengert.core.tensor import Tensor
from wengert.ops import structural as s


class memory_format:
    """How the elements of a copy lie in memory.

    >>> import wengert as torch
    >>> torch.zeros(2, 3).t().clone(memory_format=torch.contiguous_format).stride()
    (2, 1)
    """

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"torch.{self.name}"


contiguous_format, preserve_format = memory_format("contiguous_format"), memory_format("preserve_format")


def clone(input: Tensor, *, memory_format: Any = None) -> Tensor:
    """A copy that the gradient passes through.

    >>> import wengert as torch
    >>> x = torch.tensor([1.0, 2.0])
    >>> y = torch.clone(x); y[0] = 5.0; x, y
    (tensor([1., 2.]), tensor([5., 2.]))
    """
    result: Tensor = s.copy(input)
    return contiguous(result) if memory_format is contiguous_format else result


def contiguous(input: Tensor, memory_format: Any = None) -> Tensor:
    """The tensor itself if its memory is in row-major order, else a copy that is.

    >>> import wengert as torch
    >>> x = torch.zeros(2, 3).t()
    >>> x.stride(), torch.contiguous(x).stride()
    ((1, 3), (2, 1))
    """
    array = laid(input)
    if array is None or array.flags.c_contiguous:
        return input
    copied: Tensor = s.copy(input)
    below: Any = copied
    above: Any = None
    while isinstance(below, Tracer):
        above, below = below, below.value
    if isinstance(below, Tensor):
        below.array = np.ascontiguousarray(below.array)
        if above is not None:
            above.level.has_laid(above)
    return copied

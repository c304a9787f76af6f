"""Cutting a tensor into several views: split, chunk, unbind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from wengert import errors
from wengert.core.families import shape_of
from wengert.functions.shaping import select
from wengert.ops import structural as s
from wengert.shapes import axis_index

if TYPE_CHECKING:
    from wengert.core.tensor import Tensor


def split(tensor: Tensor, split_size_or_sections: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """Pieces of a size (the last may be smaller), or of the sizes in a list.

    >>> import wengert as torch
    >>> torch.arange(5).split(2)
    (tensor([0, 1]), tensor([2, 3]), tensor([4]))
    """
    shape = shape_of(tensor)
    if not shape:
        raise errors.ShapeError("split expects at least a 1-dimensional tensor")
    axis = axis_index(dim, len(shape))
    total = shape[axis]
    if isinstance(split_size_or_sections, int):
        lengths = _equal_lengths(split_size_or_sections, total)
    else:
        lengths = list(split_size_or_sections)
        if any(n < 0 for n in lengths):
            raise errors.ShapeError(
                f"split_with_sizes expects split_sizes have only non-negative entries, but got split_sizes={lengths}"
            )
        if sum(lengths) != total:
            raise errors.ShapeError(
                "split_with_sizes expects split_sizes to sum exactly to "
                f"{total} (input tensor's size at dimension {axis}), but got "
                f"split_sizes={lengths}"
            )
    starts = np.cumsum([0, *lengths]).tolist()
    pieces = tuple(s.narrow(tensor, axis, start, start + n) for start, n in zip(starts, lengths, strict=False))
    return one_of_several(pieces, "Split")


def _equal_lengths(step: int, total: int) -> list[int]:
    if step < 0:
        raise errors.ShapeError(f"split expects split_size be non-negative, but got split_size={step}")
    if step == 0 and total:
        raise errors.ShapeError(f"split_size can only be 0 if dimension size is 0, but got dimension size of {total}")
    return [min(step, total - i) for i in range(0, total, max(step, 1))] or [0]


def chunk(input: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """At most that many pieces of equal size (the last may be smaller).

    >>> import wengert as torch
    >>> len(torch.arange(5).chunk(2))
    2
    """
    shape = shape_of(input)
    if not shape:
        raise errors.ShapeError("chunk expects at least a 1-dimensional tensor")
    if chunks < 1:
        raise errors.ShapeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    size = shape[axis_index(dim, len(shape))]
    return split(input, -(-size // chunks) if size else [0] * chunks, dim)


def unbind(input: Tensor, dim: int = 0) -> tuple[Tensor, ...]:
    """The slices along a dimension.

    >>> import wengert as torch
    >>> torch.tensor([[1, 2], [3, 4]]).unbind()
    (tensor([1, 2]), tensor([3, 4]))
    """
    shape = shape_of(input)
    if not shape:
        raise errors.AxisError("Dimension specified as 0 but tensor has no dimensions")
    axis = axis_index(dim, len(shape))
    return one_of_several(tuple(select(input, axis, i) for i in range(shape[axis])), "Unbind")


def one_of_several(pieces: tuple[Tensor, ...], name: str) -> tuple[Tensor, ...]:
    """Views that one call returned together; as in PyTorch, none of them may be written while recorded."""
    if pieces and pieces[0].node is not None:
        for i, piece in enumerate(pieces):
            if piece.origin is not None:
                piece.origin.made_in = f"several {name} {i}"
    return pieces

"""The same elements repeated, rolled, turned, or summed back to a shape."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from wengert import errors
from wengert.core.families import shape_of
from wengert.core.levels import concrete, numpy_dtype
from wengert.core.tensor import Tensor, wrap
from wengert.functions.indexing.selecting import index_select
from wengert.functions.shaping.arranging import flip, reshape, transpose
from wengert.functions.shaping.arranging import movedim as moveaxis
from wengert.functions.shaping.arranging import transpose as swapdims
from wengert.functions.values import one_int
from wengert.ops import structural as s
from wengert.ops.refusals import no_kernel, refuse
from wengert.shapes import axis_index, own_axis

__all__ = ["moveaxis", "swapdims"]


def _sizes(given: tuple[Any, ...], by_name: Any = None) -> list[int]:
    if by_name is not None:
        given = tuple(by_name)
    elif len(given) == 1 and not isinstance(given[0], int | np.integer):
        given = tuple(given[0])
    return [int(n) for n in given]


def repeat(input: Tensor, *counts: Any, repeats: Any = None) -> Tensor:
    """The tensor so many times along each dimension, new ones in front.

    >>> import wengert as torch
    >>> torch.tensor([1, 2]).repeat(2, 2)
    tensor([[1, 2, 1, 2],
            [1, 2, 1, 2]])
    """
    if not counts and repeats is None:
        raise errors.ArgumentTypeError('repeat() missing 1 required positional arguments: "repeats"')
    times, shape = _sizes(counts, repeats), shape_of(input)
    if len(times) < len(shape):
        raise errors.ShapeError(
            errors.advice(
                "Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor",
                f"give {len(shape)} numbers.",
            )
        )
    shape = (*(1,) * (len(times) - len(shape)), *shape)
    result = tuple(n * c for n, c in zip(shape, times, strict=True))
    if min(result, default=0) < 0:
        negative = next(n for n in result if n < 0)
        raise errors.ShapeError(f"Trying to create tensor with negative dimension {negative}: {list(result)}")
    apart = [size for n in shape for size in (1, n)]
    wide = [size for n, c in zip(shape, times, strict=True) for size in (c, n)]
    return s.copy(s.reshape(s.broadcast_to(s.reshape(input, tuple(apart)), tuple(wide)), result))  # type: ignore[no-any-return]


def tile(input: Tensor, *counts: Any, dims: Any = None) -> Tensor:
    """The tensor so many times along its last dimensions.

    >>> import wengert as torch
    >>> torch.tile(torch.tensor([1, 2]), (2,))
    tensor([1, 2, 1, 2])
    """
    times = _sizes(counts, dims)
    missing = len(shape_of(input)) - len(times)
    return repeat(input, [*[1] * missing, *times])


def repeat_interleave(
    input: Tensor, repeats: Any = None, dim: int | None = None, *, output_size: int | None = None
) -> Tensor:
    """Each element, or each slice of dim, repeated on the spot.

    >>> import wengert as torch
    >>> torch.repeat_interleave(torch.tensor([7, 8]), torch.tensor([1, 2])), torch.tensor([7, 8]).repeat_interleave(2)
    (tensor([7, 8, 8]), tensor([7, 7, 8, 8]))

    With one argument that says how often each number 0, 1, ... is to come.
    """
    if repeats is None:
        return wrap(np.repeat(np.arange(s.size_of(input)), _counts(input)))
    x = reshape(input, -1) if dim is None else input
    axis = axis_index(0 if dim is None else dim, len(shape_of(x)))
    size = shape_of(x)[axis]
    if isinstance(repeats, int):
        if repeats < 0:
            raise errors.ShapeError("Repeats must be non-negative")
        repeats = wrap(np.array(repeats))
    if len(shape_of(repeats)) > 1:
        raise errors.ShapeError("repeats must be 0-dim or 1-dim tensor")
    counts = _counts(repeats).reshape(-1)
    counts = np.broadcast_to(counts, size) if counts.size == 1 else counts
    if len(counts) != size:
        raise errors.ShapeError(
            errors.advice(
                "repeats must have the same size as input along dim, but got repeats.size(0) = "
                f"{len(counts)} and input.size({axis}) = {size}",
                "give one number for all, or one for each.",
            )
        )
    return index_select(x, axis, wrap(np.repeat(np.arange(size), counts)))


def _counts(repeats: Any) -> Any:
    refuse(numpy_dtype(repeats), no_kernel("repeat_interleave_cpu", "bufc"))
    counts = concrete(repeats)
    if (counts < 0).any():
        raise errors.ShapeError("repeats can not be negative")
    return counts


def roll(input: Tensor, shifts: Any, dims: Any = ()) -> Tensor:
    """The elements moved along dims; what falls off the end comes in at the start.

    >>> import wengert as torch
    >>> torch.roll(torch.tensor([1, 2, 3]), 1)
    tensor([3, 1, 2])

    Without dims the flattened tensor is rolled.
    """
    shifts, dims = one_int(shifts), one_int(dims)
    steps = [shifts] if isinstance(shifts, int) else list(shifts)
    axes = [dims] if isinstance(dims, int) else list(dims)
    if not steps:
        raise errors.ShapeError("`shifts` required")
    if not axes and len(steps) == 1:
        return reshape(_rolled(reshape(input, -1), steps[0], 0), shape_of(input))
    if len(axes) != len(steps):
        raise errors.ShapeError(
            errors.advice(
                f"shifts and dimensions must align. shifts: {len(steps)}, dims:{len(axes)}", "give one shift for each."
            )
        )
    result: Any = input
    for step, dim in zip(steps, axes, strict=True):
        result = _rolled(result, step, own_axis(dim, len(shape_of(input))))
    return result  # type: ignore[no-any-return]


def _rolled(x: Any, step: int, axis: int) -> Any:
    size = shape_of(x)[axis] if shape_of(x) else 1
    cut = -step % size if size else 0
    if not cut:
        return s.copy(x)
    return s.concat([s.narrow(x, axis, cut, size), s.narrow(x, axis, 0, cut)], axis)


def rot90(input: Tensor, k: int = 1, dims: Any = (0, 1)) -> Tensor:
    """The plane of two dimensions turned by 90 degrees, k times, from the first towards the second.

    >>> import wengert as torch
    >>> torch.rot90(torch.tensor([[1, 2], [3, 4]]))
    tensor([[2, 4],
            [1, 3]])
    """
    rank = len(shape_of(input))
    if len(dims) != 2:
        raise errors.ShapeError(f"expected total rotation dims == 2, but got dims = {len(dims)}")
    if rank < 2:
        raise errors.ShapeError(f"expected total dims >= 2, but got total dims = {rank}")
    if dims[0] == dims[1] or abs(dims[0] - dims[1]) == rank:
        raise errors.ShapeError(
            f"expected rotation dims to be different, but got dim0 = {dims[0]} and dim1 = {dims[1]}"
        )
    first, second = (axis_index(d, rank) for d in dims)
    turn = k % 4
    if turn == 0:
        return s.copy(input)  # type: ignore[no-any-return]
    if turn == 2:
        return flip(input, (first, second))
    if turn == 1:
        return transpose(flip(input, (second,)), first, second)
    return flip(transpose(input, first, second), (second,))


def fliplr(input: Tensor) -> Tensor:
    """The order of the columns reversed.

    >>> import wengert as torch
    >>> torch.fliplr(torch.tensor([[1, 2], [3, 4]]))
    tensor([[2, 1],
            [4, 3]])
    """
    if len(shape_of(input)) < 2:
        raise errors.ShapeError("Input must be >= 2-d.")
    return flip(input, 1)


def flipud(input: Tensor) -> Tensor:
    """The order of the rows reversed.

    >>> import wengert as torch
    >>> torch.flipud(torch.tensor([[1, 2], [3, 4]]))
    tensor([[3, 4],
            [1, 2]])
    """
    if not shape_of(input):
        raise errors.ShapeError("Input must be >= 1-d.")
    return flip(input, 0)


def unflatten(input: Tensor, dim: int, sizes: Any) -> Tensor:
    """One dimension made several; one of the sizes may be -1.

    >>> import wengert as torch
    >>> torch.unflatten(torch.zeros(3, 4), 1, (2, -1)).shape
    torch.Size([3, 2, 2])
    """
    shape = shape_of(input)
    axis = own_axis(dim, len(shape))
    wanted = [int(n) for n in sizes]
    if not wanted:
        raise errors.ShapeError("unflatten: sizes must be non-empty")
    known = prod(n for n in wanted if n != -1)
    size = shape[axis]
    fits = known == size if -1 not in wanted else known and size % known == 0
    if not fits:
        raise errors.ShapeError(
            errors.advice(
                f"unflatten: Provided sizes {wanted} don't multiply up to the size of dim {axis} ({size}) in the input "
                "tensor",
                "one of the sizes may be -1.",
            )
        )
    filled = [size // known if n == -1 else n for n in wanted]
    return reshape(input, (*shape[:axis], *filled, *shape[axis + 1 :]))


def sum_to_size(input: Tensor, *size: Any) -> Tensor:
    """The sum over the dimensions along which a tensor of another shape would be repeated.

    >>> import wengert as torch
    >>> torch.ones(2, 3).sum_to_size(1, 3)
    tensor([[2., 2., 2.]])
    """
    wanted, have = tuple(_sizes(size)), shape_of(input)
    lined_up = len(wanted) <= len(have)
    behind = have[len(have) - len(wanted) :] if lined_up else ()
    if not lined_up or any(n not in (1, m) for n, m in zip(wanted, behind, strict=True)):
        raise errors.ShapeError(
            errors.advice(
                f"size {{{list(wanted)}}} is not expandable to size {{{list(have)}}}.", "sizes have to be equal, or 1."
            )
        )
    summed = wanted != have[len(have) - len(wanted) :] or len(wanted) != len(have)
    x = s.cast(input, np.dtype(np.int64)) if summed and numpy_dtype(input).kind in "biu" else input
    return s.unbroadcast(x, wanted)  # type: ignore[no-any-return]


def type_as(input: Tensor, other: Tensor) -> Tensor:
    """The tensor in the dtype of another.

    >>> import wengert as torch
    >>> torch.ones(1).type_as(torch.tensor([2]))
    tensor([1])
    """
    wanted = numpy_dtype(other)
    return input if numpy_dtype(input) == wanted else s.cast(input, wanted)


def ndimension(input: Tensor) -> int:
    """The number of dimensions."""
    return len(shape_of(input))


def dim_order(input: Tensor) -> tuple[int, ...]:
    """The dimensions from the one with the largest stride to that with the smallest."""
    steps = input.stride()
    return tuple(sorted(range(len(steps)), key=lambda i: -steps[i]))

"""Rows that move elements, and their sums: one another's transposes, so one file.

Also `unbroadcast`, which the pointwise and bilinear families need.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import accumulate
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from wengert.core.blocks import BIG, copied, row_major
from wengert.core.families import linear, linear_sequence, shape_of
from wengert.core.levels import spec_of
from wengert.dtypes import is_half
from wengert.errors import ShapeError, advice
from wengert.ops.totals import total
from wengert.shapes import (
    MANY,
    Shape,
    Spec,
    as_kept,
    axes_by_steps,
    axis_index,
    broadcast_shapes,
    inverse,
    past,
    reshape_target,
    to_front,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

# ------------------------------------------------------------------------ sum and broadcast


def keep_axes(g: Any, axes: tuple[int, ...]) -> Any:
    """Put axes of size 1 back where they were reduced away."""
    shape = list(shape_of(g))
    for axis in sorted(axes):
        shape.insert(axis, 1)
    return reshape(g, tuple(shape))


def unbroadcast(g: Any, shape: Shape) -> Any:
    """The transpose of broadcasting: sum over what was repeated, back to `shape`."""
    have = shape_of(g)
    if have == shape:
        return g
    if not shape:
        return reduce_sum(g, tuple(range(len(have))))
    extra = len(have) - len(shape)
    repeated = (i + extra for i, n in enumerate(shape) if n == 1 and have[i + extra] != 1)
    g = reduce_sum(g, (*range(extra), *repeated))
    return g if shape_of(g) == shape else reshape(g, shape)


def broadcast_kernel(xp: Any, x: Any, shape: Shape) -> Any:
    if x.ndim == 0:  # np.broadcast_to takes 3 us; this view takes 0.4
        return xp.ndarray(shape, x.dtype, xp.asarray(x), 0, (0,) * len(shape))
    if x.shape == shape[len(shape) - x.ndim :] and x.size == prod(shape):
        return x.reshape(shape)  # nothing is repeated, so it may be written to
    if x.size and type(x) is np.ndarray and x.flags.c_contiguous and (steps := repeating(x, shape)) is not None:
        made = xp.ndarray(shape, x.dtype, x, 0, steps)  # the same for a fifth of the time
        made.flags.writeable = False
        return made
    return xp.broadcast_to(x, shape)


def repeating(x: Any, shape: Shape) -> Any:
    """The strides with which an array has another shape, dimensions of size 1 repeated; None if it cannot have it."""
    extra = len(shape) - x.ndim
    if extra < 0 or 0 in shape:
        return None
    steps = [0] * extra
    for n, step, wanted in zip(x.shape, x.strides, shape[extra:], strict=True):
        if n == wanted:
            steps.append(step)
        elif n == 1:
            steps.append(0)
        else:
            return None
    return steps


def broadcast_spec(x: Spec, shape: Shape) -> Spec:
    if broadcast_shapes(x.shape, shape) != tuple(shape):
        raise ShapeError(
            advice(
                f"The expanded size of the tensor {list(shape)} must match the existing size {list(x.shape)}",
                "only dimensions of size 1 can be expanded.",
            )
        )
    return x.reshaped(shape)


def batch_reduce(x: Any, at: int, axes: tuple[int, ...]) -> Any:
    axes = past(at, axes)
    return reduce_sum(x, axes), at - sum(axis < at for axis in axes)


# PyTorch adds fewer than eight floats with four accumulators; losses printed by small programs
# show the difference in the last digit.
SHORT_SUMS = {len(order): np.array(order) for order in ([0, 4, 1, 2, 3], [0, 4, 5, 1, 2, 3], [0, 4, 5, 6, 1, 2, 3])}


LONG_SUM = 1024
MANY_TO_ADD = 200_000
"""So many elements are added up by several threads."""


def sum_kernel(xp: Any, x: Any, axes: tuple[int, ...]) -> Any:
    dtype = x.dtype
    if x.size >= MANY_TO_ADD and len(axes) == x.ndim and dtype.char in "fd" and x.flags.c_contiguous:
        return total(x)
    if dtype.char != "f" or not axes:
        if dtype.itemsize == 2 and is_half(dtype):
            return xp.add.reduce(x, axes, xp.float32).astype(dtype)
        found = xp.add.reduce(x, axes, dtype)
        return row_major(found) if x.ndim > len(axes) + 1 else found
    rank = x.ndim
    if len(axes) == rank and x.size in SHORT_SUMS:
        return xp.add.reduce(x.take(SHORT_SUMS[x.size]))
    if axes == (rank - 1,) and x.shape[-1] in SHORT_SUMS:
        x = x[..., SHORT_SUMS[x.shape[-1]]]
    # NumPy adds pairwise along the last axis of row-major arrays only; elsewhere one after another,
    # which loses a digit for every tenfold length.
    pairwise = x.flags.c_contiguous and (len(axes) == rank or axes == (rank - 1,))
    if not pairwise and max(x.shape[axis] for axis in axes) > LONG_SUM:
        return row_major(xp.add.reduce(x, axes, xp.float64).astype(x.dtype))
    found = xp.add.reduce(x, axes, x.dtype)
    return found if pairwise or rank < len(axes) + 2 else row_major(found)


reduce_sum = linear(
    "reduce_sum",
    title="Sum",
    kernel=sum_kernel,
    spec=lambda x, axes: x.without(axes),
    transpose=lambda g, x, axes: broadcast_to(g if len(axes) == len(x.shape) else keep_axes(g, axes), x.shape),
    batch=batch_reduce,
    lower=lambda b, x, axes: b.reduce("add", x, axes),
)

broadcast_to = linear(
    "broadcast_to",
    title="Expand",
    kernel=broadcast_kernel,
    spec=broadcast_spec,
    transpose=lambda g, x: unbroadcast(g, x.shape),
    batch=lambda x, at, shape: (
        broadcast_to(lead(x, at, len(shape)), (shape_of(x)[at], *shape)),
        0,
    ),
    lower=lambda b, x, shape: b.broadcast(x, shape),
    is_view=True,
)


def kept(found: Any, axes: Shape, rank: int) -> Any:
    """What was reduced over some axes of an array, with those back with size 1."""
    return found[..., None] if axes == (rank - 1,) else np.expand_dims(found, axes)


# ------------------------------------------------------------------------ the same elements


def reshape_kernel(xp: Any, x: Any, shape: Shape) -> Any:
    x = xp.asarray(x)
    if x.size < BIG or type(x) is not np.ndarray or x.flags.c_contiguous:
        return x.reshape(shape)
    try:
        return np.reshape(x, shape, copy=False)
    except ValueError:
        return copied(x).reshape(shape)


reshape = linear(
    "reshape",
    title="View",
    kernel=reshape_kernel,
    spec=lambda x, shape: x.reshaped(reshape_target(x.shape, tuple(map(int, shape)))),
    transpose=lambda g, x: reshape(g, x.shape),
    batch=lambda x, at, shape: (reshape(front(x, at), (shape_of(x)[at], *shape)), 0),
    lower=lambda b, x, shape: b.reshape(x, shape),
    is_view=True,
)

permute = linear(
    "permute",
    title="Permute",
    kernel=lambda xp, x, order: xp.asarray(x).transpose(order),
    spec=lambda x, order: x.reshaped(x.shape[axis] for axis in order),
    transpose=lambda g, order: permute(g, inverse(order)),
    batch=lambda x, at, order: (permute(front(x, at), (0, *(axis + 1 for axis in order))), 0),
    is_view=True,
)

alias = linear(
    "alias",
    title="Alias",
    kernel=lambda xp, x: x.view() if isinstance(x, xp.ndarray) else x,
    spec=lambda x: x,
    transpose=lambda g: g,
    batch=lambda x, at: (alias(x), at),
    lower=lambda b, x: x,
    is_view=True,
)


def copy_kernel(xp: Any, x: Any) -> Any:
    return xp.array(x, order="K") if 0 not in x.strides else written_out(x, x.dtype)


def written_out(x: Any, dtype: Any) -> Any:
    """A copy of what repeats elements: axes in the order of their steps, of which 0 says nothing.

    NumPy would take an axis that repeats for the innermost.
    """
    order = axes_by_steps(x.shape, x.strides)
    made = np.empty([x.shape[axis] for axis in order], dtype).transpose(inverse(order))
    np.copyto(made, x, casting="unsafe")
    return made


copy = linear(
    "copy",
    title="Clone",
    kernel=copy_kernel,
    spec=lambda x: x,
    transpose=lambda g: g,
    batch=lambda x, at: (copy(x), at),
    lower=lambda b, x: x,
)


def cast_kernel(xp: Any, x: Any, dtype: Any) -> Any:
    if x.dtype.kind == "c" and dtype.kind != "c":
        x = x.real
    return x.astype(dtype) if 0 not in x.strides else written_out(x, dtype)


cast = linear(
    "cast",
    title="ToCopy",
    kernel=cast_kernel,
    spec=lambda x, dtype: x.cast(dtype),
    transpose=lambda g, x: cast(g, x.dtype),
    batch=lambda x, at, dtype: (cast(x, dtype), at),
    lower=lambda b, x, dtype: b.cast(x, dtype),
)

flip = linear(
    "flip",
    title="Flip",
    kernel=lambda xp, x, axes: xp.flip(x, axes).copy(),
    spec=lambda x, axes: x,
    transpose=lambda g, axes: flip(g, axes),
    batch=lambda x, at, axes: (flip(x, past(at, axes)), at),
)


def concat_spec(xs: tuple[Spec, ...], axis: int) -> Spec:
    first = xs[0]
    for i, x in enumerate(xs):
        if x.ndim != first.ndim:
            raise ShapeError(f"Tensors must have same number of dimensions: got {first.ndim} and {x.ndim}")
        for d, (a, b) in enumerate(zip(first.shape, x.shape, strict=True)):
            if d != axis and a != b:
                raise ShapeError(
                    advice(
                        f"Sizes of tensors must match except in dimension {axis}. Expected size "
                        f"{a} but got size {b} for tensor number {i} in the list.",
                        f"the shapes are {[list(s.shape) for s in xs]}; choose another dim.",
                    )
                )
    shape = list(first.shape)
    shape[axis] = sum(x.shape[axis] for x in xs)
    return first.reshaped(shape)


def concat_pieces(g: Any, needs: Sequence[int], xs: tuple[Spec, ...], axis: int) -> tuple[Any, ...]:
    ends = list(accumulate([x.shape[axis] for x in xs]))
    return tuple([narrow(g, axis, ends[i] - xs[i].shape[axis], ends[i]) for i in needs])


def concat_batch(values: Any, axes: Any, params: Any) -> Any:
    size = next(shape_of(v)[a] for v, a in zip(values, axes, strict=True) if a is not None)
    fronts = [batched_front(v, a, size) for v, a in zip(values, axes, strict=True)]
    return concat(fronts, params[0] + 1), 0


concat = linear_sequence(
    "concat",
    title="Cat",
    kernel=lambda xp, xs, axis: row_major(xp.concatenate(xs, axis)),
    spec=concat_spec,
    transpose=concat_pieces,
    batch=concat_batch,
)

# ------------------------------------------------------------------------ a part of the elements

Slices = tuple[Any, ...]
"""A basic index, one entry per axis: an int, or (start, stop, step) with everything worked out."""


@lru_cache(MANY)
def as_index(slices: Slices) -> tuple[Any, ...]:
    """The NumPy index; the Ellipsis makes a full index return a view rather than a scalar."""
    return (*[_slice(*s) if isinstance(s, tuple) else as_kept(s) for s in slices], ...)


def _slice(start: int, stop: int | None, step: int) -> slice:
    return slice(as_kept(start), None if stop is None else as_kept(stop), as_kept(step))


def slice_length(entry: tuple[int, int | None, int]) -> int:
    """How many elements (start, stop, step) takes; stop is None to run off the low end."""
    start, stop, step = entry
    return len(range(start, -1 if stop is None else stop, step))


def slice_spec(x: Spec, slices: Slices) -> Spec:
    shape = [slice_length(s) for s in slices if isinstance(s, tuple)]
    return x.reshaped(shape)


def scatter_slice_kernel(xp: Any, g: Any, slices: Slices, shape: Shape) -> Any:
    out = xp.zeros(shape, g.dtype)
    out[as_index(slices)] = g
    return out


def batch_slice(x: Any, at: int, slices: Slices) -> Any:
    everything = (0, shape_of(x)[at], 1)
    return take_slice(front(x, at), (everything, *slices)), 0


def batch_scatter_slice(g: Any, at: int, slices: Slices, shape: Shape) -> Any:
    size = shape_of(g)[at]
    return scatter_slice(front(g, at), ((0, size, 1), *slices), (size, *shape)), 0


take_slice = linear(
    "slice",
    title="Slice",
    kernel=lambda xp, x, slices: xp.asarray(x)[as_index(slices)],
    spec=slice_spec,
    transpose=lambda g, x, slices: scatter_slice(g, slices, x.shape),
    batch=batch_slice,
    is_view=True,
)

scatter_slice = linear(
    "scatter_slice",
    title="SliceBackward",
    kernel=scatter_slice_kernel,
    spec=lambda g, slices, shape: g.reshaped(shape),
    transpose=lambda g, slices: take_slice(g, slices),
    batch=batch_scatter_slice,
)


def narrow(x: Any, axis: int, start: int, stop: int) -> Any:
    """The elements start..stop along one axis."""
    entries = [(0, n, 1) for n in shape_of(x)]
    entries[axis_index(axis, len(entries))] = (start, stop, 1)
    return take_slice(x, tuple(entries))


# ------------------------------------------------------------------------ where the batch axis is


def front(x: Any, at: int) -> Any:
    """Bring one axis to the front."""
    return x if at == 0 else permute(x, to_front(at, len(shape_of(x))))


def lead(x: Any, at: int, rank: int) -> Any:
    """Bring the batch axis to the front and line the other axes up on the right, `rank` of them."""
    x = front(x, at)
    shape = shape_of(x)
    if len(shape) == rank + 1:
        return x
    return reshape(x, (shape[0], *(1,) * (rank + 1 - len(shape)), *shape[1:]))


def batched_front(x: Any, at: int | None, size: int) -> Any:
    """The batch axis at the front; made by repetition where there is none."""
    if at is not None:
        return front(x, at)
    return broadcast_to(x, (size, *shape_of(x)))


def size_of(x: Any) -> int:
    """The number of elements."""
    return prod(shape_of(x))


def zeros_of(spec: Spec) -> Any:
    """Zeros of a spec, at no memory."""
    return broadcast_to(np.zeros((), spec.dtype), spec.shape)


def zeros_like(x: Any) -> Any:
    """Zeros of the shape and dtype of a value."""
    return zeros_of(spec_of(x))

"""Rows of sliding windows: taking them, adding them up, and finding the largest element in each.

A window is `size` elements of some axes, `dilation` apart; it moves by `stride`. Where the axes stood
the result counts the windows, and the elements of a window are its last axes.
"""

from __future__ import annotations

from itertools import product
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from wengert.core.blocks import row_major
from wengert.core.buffers import empty
from wengert.core.families import general, linear
from wengert.errors import ShapeError, advice
from wengert.native.loops import overlapping, window_largest
from wengert.ops.structural import front
from wengert.shapes import Shape, Spec, past


def window_count(length: int, size: int, stride: int, dilation: int) -> int:
    """How many windows there are along an axis."""
    return (length - dilation * (size - 1) - 1) // stride + 1


def windows_spec(x: Spec, axes: Shape, size: Shape, stride: Shape, dilation: Shape) -> Spec:
    shape = list(x.shape)
    for axis, k, step, apart in zip(axes, size, stride, dilation, strict=True):
        shape[axis] = window_count(x.shape[axis], k, step, apart)
        if shape[axis] <= 0:
            span = apart * (k - 1) + 1
            raise ShapeError(
                advice(
                    f"a window of {span} elements is longer than dimension {axis} of size {x.shape[axis]}",
                    "pad the tensor, or choose a smaller window.",
                )
            )
    return x.reshaped((*shape, *size))


def windows_kernel(xp: Any, x: Any, axes: Shape, size: Shape, stride: Shape, dilation: Shape) -> Any:
    shape = windows_spec(Spec(x.shape, x.dtype), axes, size, stride, dilation).shape
    steps = list(x.strides)
    for axis, step in zip(axes, stride, strict=True):
        steps[axis] *= step
    inner = [x.strides[axis] * apart for axis, apart in zip(axes, dilation, strict=True)]
    return as_strided(x, shape, (*steps, *inner))


def place(axes: Shape, rank: int, entries: Any) -> tuple[Any, ...]:
    """A NumPy index of some axes, with everything of the others."""
    index: list[Any] = [slice(None)] * rank
    for axis, entry in zip(axes, entries, strict=True):
        index[axis] = entry
    return tuple(index)


def overlap_kernel(xp: Any, x: Any, axes: Shape, stride: Shape, dilation: Shape, lengths: Shape) -> Any:
    rank = x.ndim - len(axes)
    size, counts = x.shape[rank:], [x.shape[axis] for axis in axes]
    shape = list(x.shape[:rank])
    for axis, length in zip(axes, lengths, strict=True):
        shape[axis] = length
    turns = overlap_turns(x.shape, axes, stride, dilation, lengths)
    if turns is not None and x.dtype.char in NATIVE and overlapping.ready(x.size, x.dtype):
        out = empty(tuple(shape), x.dtype)
        found = row_major(x.transpose(windows_first(x.ndim, axes)))
        overlapping.over(turns.rows, found, out, *turns.numbers)
        return out
    out = xp.zeros(shape, x.dtype)
    for where in product(*map(range, size)):
        steps = zip(where, counts, stride, dilation, strict=True)
        target = out[place(axes, rank, [slice(i * d, i * d + (n - 1) * s + 1, s) for i, n, s, d in steps])]
        xp.add(target, x[(..., *where)], out=target)
    return out


class Turns(NamedTuple):
    """How a loop of `native.loops` is called: for how many rows, and with which numbers after its arrays."""

    rows: int
    numbers: list[int]


MOST_AXES = 3
"""Windows have as many axes at most."""

NATIVE = "fd"
"""Of which dtypes windows are added up natively."""


def windows_first(rank: int, axes: Shape) -> Shape:
    """The axes of windows to be added up as the loop reads them: elements of a window, then windows."""
    own = tuple(range(rank - len(axes), rank))
    return (*range(axes[0]), *own, *range(axes[0], rank - len(axes)))


def overlap_turns(shape: Shape, axes: Shape, stride: Shape, dilation: Shape, lengths: Shape) -> Turns | None:
    """How `overlapping` adds windows up; None where it cannot."""
    if not follow(axes) or not prod(shape):
        return None
    rank = len(shape) - len(axes)
    counts = [shape[axis] for axis in axes]
    numbers = with_ones(shape[rank:], counts, lengths, stride, dilation)
    return Turns(prod(shape[: axes[0]]), [*numbers, prod(shape[axes[-1] + 1 : rank])])


def follow(axes: Shape) -> bool:
    """Whether axes follow one another, and are few enough for the loops."""
    return list(axes) == list(range(axes[0], axes[-1] + 1)) and len(axes) <= MOST_AXES


def with_ones(*each: Any) -> list[int]:
    """The numbers of some axes, with 1 for axes that are not there."""
    return [n for numbers in each for n in (*(1,) * (MOST_AXES - len(numbers)), *numbers)]


def overlap_spec(g: Spec, axes: Shape, stride: Shape, dilation: Shape, lengths: Shape) -> Spec:
    rank = g.ndim - len(axes)
    shape = list(g.shape[:rank])
    for axis, length, k, step, apart in zip(axes, lengths, g.shape[rank:], stride, dilation, strict=True):
        if window_count(length, k, step, apart) != shape[axis]:
            raise ShapeError(f"{shape[axis]} windows of {k} elements do not cover dimension {axis} of size {length}")
        shape[axis] = length
    return g.reshaped(shape)


def windows_batch(x: Any, at: int, axes: Shape, size: Shape, stride: Shape, dilation: Shape) -> Any:
    return windows(x, past(at, axes), size, stride, dilation), at


def overlap_batch(g: Any, at: int, axes: Shape, stride: Shape, dilation: Shape, lengths: Shape) -> Any:
    return overlap_add(front(g, at), past(0, axes), stride, dilation, lengths), 0


windows = linear(
    "windows",
    title="Unfold",
    kernel=windows_kernel,
    spec=windows_spec,
    transpose=lambda g, x, axes, stride, dilation: overlap_add(
        g, axes, stride, dilation, tuple(x.shape[axis] for axis in axes)
    ),
    batch=windows_batch,
    is_view=True,
)

overlap_add = linear(
    "overlap_add",
    title="UnfoldBackward",
    kernel=overlap_kernel,
    spec=overlap_spec,
    transpose=lambda g, x, axes, stride, dilation: windows(g, axes, x.shape[-len(axes) :], stride, dilation),
    batch=overlap_batch,
)


# ------------------------------------------------------------------------ the largest of each window


def reached(where: int, length: int, count: int, stride: int, offset: int) -> tuple[slice, slice]:
    """Which windows have their element `where` inside of the axis, and where those elements are."""
    start = where - offset
    first = max(0, -(start // stride))
    last = min(count - 1, (length - 1 - start) // stride)
    begin = start + first * stride
    stop = max(last + 1, first)
    return slice(first, stop), slice(begin, begin + max(stop - first - 1, 0) * stride + (stop > first), stride)


def argmax_spec(
    x: Spec, axes: Shape, size: Shape, stride: Shape, dilation: Shape, padding: Shape, counts: Shape
) -> Spec:
    shape = list(x.shape)
    for axis, count in zip(axes, counts, strict=True):
        shape[axis] = count
    return Spec(shape, np.dtype(np.int64))


def argmax_kernel(
    xp: Any, x: Any, axes: Shape, size: Shape, stride: Shape, dilation: Shape, padding: Shape, counts: Shape
) -> Any:
    """Each element of a window in turn: it wins if it is larger, or NaN; so the first of equal ones does."""
    shape = argmax_spec(Spec(x.shape, x.dtype), axes, size, stride, dilation, padding, counts).shape
    if (found := argmax_natively(xp, x, shape, axes, (size, stride, dilation, padding, counts))) is not None:
        return found
    rank, lengths = x.ndim, [x.shape[axis] for axis in axes]
    whole = x.dtype.kind in "iu"
    starts = [xp.arange(n) * t - offset for n, t, offset in zip(counts, stride, padding, strict=True)]
    inside = [xp.maximum(-(start // d), 0) for start, d in zip(starts, dilation, strict=True)]
    best = xp.full(shape, xp.iinfo(x.dtype).min if whole else -xp.inf, x.dtype)
    which = xp.empty(shape, xp.min_scalar_type(prod(size)))
    which[...] = numbered(rank, axes, inside, size)
    may_be_nan = not whole and x.size > 0 and bool(xp.isnan(xp.max(x)))
    for turn, where in enumerate(product(*map(range, size))):
        steps = zip(where, lengths, counts, stride, dilation, padding, strict=True)
        places = [reached(i * d, n, count, s, offset) for i, n, count, s, d, offset in steps]
        outer, inner = (place(axes, rank, [pair[side] for pair in places]) for side in (0, 1))
        candidate, record = x[inner], best[outer]
        wins = xp.greater(candidate, record)
        if may_be_nan:
            wins |= xp.isnan(candidate)
        xp.maximum(record, candidate, out=record)
        xp.copyto(which[outer], which.dtype.type(turn), where=wins)
    apart = [xp.arange(k) * d for k, d in zip(size, dilation, strict=True)]
    within = numbered(len(axes), tuple(range(len(axes))), apart, lengths).reshape(-1)
    found = within.take(which)
    found += numbered(rank, axes, starts, lengths)
    return found


def argmax_natively(xp: Any, x: Any, shape: Shape, axes: Shape, windows: tuple[Shape, ...]) -> Any:
    """The same by a loop of `native.loops`; None where NumPy is to do it."""
    turns = argmax_turns(x.shape, axes, *windows)
    if turns is None or x.dtype.char not in "fdilq" or not window_largest.ready(x.size, x.dtype):
        return None
    out = empty(shape, np.int64)
    window_largest.over(turns.rows, row_major(x), out, *turns.numbers)
    return out


def argmax_turns(
    shape: Shape, axes: Shape, size: Shape, stride: Shape, dilation: Shape, padding: Shape, counts: Shape
) -> Turns | None:
    """How `window_largest` finds the largest of windows; None where it cannot."""
    if not follow(axes) or not prod(shape) or not prod(counts):
        return None
    lengths = shape[axes[0] : axes[-1] + 1]
    before = (*(0 for _ in range(MOST_AXES - len(axes))), *padding)
    numbers = [*with_ones(lengths, counts, size, stride, dilation), *before, prod(shape[axes[-1] + 1 :])]
    return Turns(prod(shape[: axes[0]]), numbers)


def numbered(rank: int, axes: Shape, places: Any, lengths: Any) -> Any:
    """The positions in flattened axes of some lengths: for each axis an array of places."""
    total: Any = 0
    for axis, along, length in zip(axes, places, lengths, strict=True):
        total = total * length + along.reshape([-1 if i == axis else 1 for i in range(rank)])
    return total


def argmax_batch(values: Any, axes: Any, params: Any) -> Any:
    return window_argmax(values[0], past(axes[0], params[0]), *params[1:]), axes[0]


window_argmax = general(
    "window_argmax",
    kernel=argmax_kernel,
    spec=argmax_spec,
    batch=argmax_batch,
)

"""Rows that pick elements by integer arrays, and the rows that put them back.

`take_along` and `add_along` index one axis, with an index of the rank of x. `gather` and
`scatter_add` index the leading axes of x: `index[0]` for axis 0, `index[1]` for axis 1, and so on,
stacked in one integer array. `put` and `take` count elements of the flattened x. `inside` refuses an index that points
outside of an axis, before positions are computed from it.
"""

from __future__ import annotations

from math import prod
from typing import Any, NamedTuple

import numpy as np

from wengert.core.blocks import BIG, in_pieces, row_major, zeros
from wengert.core.buffers import empty
from wengert.core.families import general, shape_of
from wengert.errors import AxisError, ShapeError
from wengert.native.loops import add_rows, picked, put_back
from wengert.ops.pointwise import less, where
from wengert.ops.structural import (
    batched_front,
    broadcast_to,
    concat,
    front,
    permute,
    size_of,
    zeros_of,
)
from wengert.shapes import Shape, Spec


class Outside(NamedTuple):
    """What is said of an index that points outside.

    Attributes:
        error: the type of the error.
        words: PyTorch's, with {bad} for the first such entry, and {axis} and {size} for what it is outside of.
        from_the_end: whether an index may be negative and counts from the end then.
    """

    error: type[Exception]
    words: str
    from_the_end: bool = False


BOUNDS = "index {bad} is out of bounds for dimension {axis} with size {size}"
OUTSIDE = {
    "scatter": Outside(ShapeError, BOUNDS),
    "index_copy": Outside(AxisError, f"index_copy_(): {BOUNDS}"),
    "index": Outside(AxisError, BOUNDS, from_the_end=True),
    "take_along_dim": Outside(ShapeError, BOUNDS, from_the_end=True),
    "self": Outside(AxisError, "index out of range in self"),
    "take": Outside(AxisError, "out of range: tried to access index {bad} on a tensor of {size} elements.", True),
}


def inside_kernel(xp: Any, index: Any, axis: int, size: int, name: str) -> Any:
    found = positions_inside(index, axis, size, name)
    return xp.array(index) if found is index else found


def are_positions(index: Any, size: float) -> bool:
    """Whether an array of int64 with some elements has none that is negative, or `size` and more."""
    if index.dtype != np.int64 or not index.size:
        return False
    plain = index.view(np.uint64)  # seen without its sign a negative number is a large one
    return bool(plain.item(plain.argmax()) < size)


def positions_inside(index: Any, axis: int, size: int, name: str) -> Any:
    """An index, itself if no position counts from the end, after it was seen that all lie inside."""
    if not index.size or are_positions(index, size):
        return index
    error, words, from_the_end = OUTSIDE[name]
    low = -size if from_the_end else 0
    least, most = index.min(), index.max()
    if least < low or most >= size:
        bad = index[(index < low) | (index >= size)].flat[0]
        raise error(words.format(bad=bad, axis=axis, size=size))
    return np.where(index < 0, index + size, index) if least < 0 else index


def places_of(xp: Any, index: Any, shape: Shape) -> Any:
    """Positions in the flattened leading axes of a shape, one for each column of a stacked index."""
    places: Any = 0
    for axis, (size, entries) in enumerate(zip(shape, index, strict=False)):
        here = positions_inside(entries, axis, size, "index")
        places = here if axis == 0 else places * size + here
    return xp.reshape(places, (-1,))


def gather_kernel(xp: Any, x: Any, index: Any) -> Any:
    depth, places = len(index), places_of(xp, list(index), x.shape)
    if not depth:
        return xp.asarray(x[()])
    shape = (*index.shape[1:], *x.shape[depth:])
    if not x.size or not places.size:
        return xp.asarray(x[tuple(index)])
    rows = x.reshape((prod(x.shape[:depth]), -1) if x.shape[depth:] else (-1,))
    out = empty(shape, x.dtype)
    target = out.reshape(len(places), *rows.shape[1:])

    def pick(part: slice) -> None:
        xp.take(rows, places[part], 0, target[part], "clip")  # clip: without a copy of `out`

    if out.size < BIG:
        pick(slice(None))
    else:
        in_pieces(len(places), pick)
    return out


def scatter_kernel(xp: Any, g: Any, index: Any, shape: Shape) -> Any:
    depth = len(index)
    out = zeros(shape, g.dtype)
    if not depth or not g.size:
        xp.add.at(out, tuple(index), g)
        return out
    places = places_of(xp, list(index), shape)
    return added_rows(xp, out, places, g, prod(shape[depth:]))


def added_rows(xp: Any, out: Any, places: Any, g: Any, width: int) -> Any:
    """Add rows of `width` to those of `out`, one after another."""
    g = row_major(g)
    places = xp.ascontiguousarray(places, np.int64)
    if add_rows.over(out.size // width, g, places, out, len(places), width, pieces=1):
        return out
    if width > 1:
        places = (places[:, None] * width + xp.arange(width)).reshape(-1)
    xp.add.at(out.reshape(-1), places, g.reshape(-1))
    return out


# ------------------------------------------------------------------------ batching


def depth_first(index: Any, at: int) -> Any:
    """A batched index with its batch axis right behind the axis that counts the axes of x."""
    depth = 1 if at == 0 else 0
    rest = [i for i in range(len(shape_of(index))) if i not in (at, depth)]
    return permute(index, (depth, at, *rest))


def with_batch_position(index: Any, at: int | None, size: int) -> Any:
    """Put the position in the batch in front, as the index of one more leading axis of x."""
    if at is None:
        index, at = batched_front(index, None, size), 0
    index = depth_first(index, at)
    shape = shape_of(index)
    own = np.arange(size).reshape(1, size, *(1,) * (len(shape) - 2))
    return concat([broadcast_to(own, (1, *shape[1:])), index], 0)


def gather_batch(values: Any, axes: Any, params: Any) -> Any:
    (x, index), (at, index_at) = values, axes
    if at is None:
        return gather(x, depth_first(index, index_at)), 0
    if index_at is not None:
        size = shape_of(index)[index_at]
        return gather(front(x, at), with_batch_position(index, index_at, size)), 0
    depth, rank = shape_of(index)[0], len(shape_of(x))
    behind = permute(front(x, at), (*range(1, depth + 1), 0, *range(depth + 1, rank)))
    return gather(behind, index), len(shape_of(index)) - 1


def scatter_batch(values: Any, axes: Any, params: Any) -> Any:
    (g, index), (at, index_at), (shape,) = values, axes, params
    size = shape_of(g)[at] if at is not None else shape_of(index)[index_at]
    index = with_batch_position(index, index_at, size)
    return scatter_add(batched_front(g, at, size), index, (size, *shape)), 0


def batched_positions(positions: Any, at: int | None, size: int, step: int) -> Any:
    """Positions in each of `size` stacked arrays of `step` elements."""
    positions = batched_front(positions, at, size)
    positions = where(less(positions, 0), positions + step, positions)  # counted from the end
    offsets = (np.arange(size) * step).reshape(size, *(1,) * (len(shape_of(positions)) - 1))
    return positions + offsets


def batch_size(values: Any, axes: Any) -> int:
    """The size of the batch that at least one of the values has."""
    return next(shape_of(v)[a] for v, a in zip(values, axes, strict=True) if a is not None)


def put_batch(values: Any, axes: Any, params: Any) -> Any:
    size = batch_size(values, axes)
    x, value = (batched_front(v, a, size) for v, a in zip(values[:2], axes[:2], strict=True))
    return put(x, value, batched_positions(values[2], axes[2], size, size_of(x) // size)), 0


def take_batch(values: Any, axes: Any, params: Any) -> Any:
    size = batch_size(values, axes)
    x = batched_front(values[0], axes[0], size)
    return take(x, batched_positions(values[1], axes[1], size, size_of(x) // size)), 0


# ------------------------------------------------------------------------ the rows

inside = general(
    "inside",
    kernel=inside_kernel,
    spec=lambda index, axis, size, name: index,
    batch=lambda values, axes, params: (inside(values[0], *params), axes[0]),
)
"""An index along an axis of some size, counted from the front; the error of `OUTSIDE[name]` where it points outside."""


def put_kernel(xp: Any, x: Any, value: Any, positions: Any) -> Any:
    out = xp.array(x, order="C")
    out.reshape(-1)[positions] = value
    return out


def zeros_at(g: Any, positions: Any) -> Any:
    """The cotangent with zeros where it was written over."""
    return put(g, zeros_of(Spec(shape_of(positions), g_dtype(g))), positions)


def g_dtype(g: Any) -> np.dtype[Any]:
    found = g.dtype
    return np.dtype(getattr(found, "numpy", found))


def spread_kernel(xp: Any, g: Any, positions: Any, shape: Shape) -> Any:
    size = prod(shape)
    out = zeros(shape, g.dtype)
    if not g.size:
        return out
    flat = xp.reshape(positions, (-1,))
    return added_rows(xp, out, xp.where(flat < 0, flat + size, flat), g, 1)


def spread_batch(values: Any, axes: Any, params: Any) -> Any:
    size, (shape,) = batch_size(values, axes), params
    g = batched_front(values[0], axes[0], size)
    step = int(np.prod(shape))
    positions = batched_positions(values[1], axes[1], size, step)
    return spread(g, positions, (size, *shape)), 0


def put_push(tangents: Any, operands: Any, out: Any, params: Any) -> Any:
    (dx, dvalue, _), (x, value, positions) = tangents, operands
    if dx is None and dvalue is None:
        return None
    dx = zeros_of(Spec(shape_of(x), g_dtype(x))) if dx is None else dx
    dvalue = zeros_of(Spec(shape_of(value), g_dtype(value))) if dvalue is None else dvalue
    return put(dx, dvalue, positions)


gather = general(
    "gather",
    title="Index",
    arity=2,
    kernel=gather_kernel,
    spec=lambda x, index: x.reshaped((*index.shape[1:], *x.shape[index.shape[0] :])),
    pulls=(lambda g, x_spec, index: scatter_add(g, index, x_spec.shape), None),
    push=lambda tangents, operands, out, params: None if tangents[0] is None else gather(tangents[0], operands[1]),
    batch=gather_batch,
)

scatter_add = general(
    "scatter_add",
    title="IndexPut",
    arity=2,
    kernel=scatter_kernel,
    spec=lambda g, index, shape: g.reshaped(shape),
    pulls=(lambda g, index: gather(g, index), None),
    push=lambda tangents, operands, out, params: (
        None if tangents[0] is None else scatter_add(tangents[0], operands[1], *params)
    ),
    batch=scatter_batch,
)

put = general(
    "put",
    title="CopySlices",
    arity=3,
    kernel=put_kernel,
    spec=lambda x, value, positions: x,
    pulls=(
        lambda g, positions: zeros_at(g, positions),
        lambda g, positions: take(g, positions),
        None,
    ),
    push=put_push,
    batch=put_batch,
)

take = general(
    "take",
    title="Take",
    arity=2,
    kernel=lambda xp, x, positions: xp.asarray(x).reshape(-1)[positions],
    spec=lambda x, positions: x.reshaped(positions.shape),
    pulls=(lambda g, x_spec, positions: spread(g, positions, x_spec.shape), None),
    push=lambda tangents, operands, out, params: None if tangents[0] is None else take(tangents[0], operands[1]),
    batch=take_batch,
)

spread = general(
    "spread",
    title="TakeBackward",
    arity=2,
    kernel=spread_kernel,
    spec=lambda g, positions, shape: g.reshaped(shape),
    pulls=(lambda g, positions: take(g, positions), None),
    push=lambda tangents, operands, out, params: (
        None if tangents[0] is None else spread(tangents[0], operands[1], *params)
    ),
    batch=spread_batch,
)


# ------------------------------------------------------------------------ along one axis


def along_spec(x: Spec, index: Spec, axis: int) -> Spec:
    return x.reshaped(index.shape)


def in_rows(shape: Shape, axis: int) -> tuple[int, int, int]:
    """How many rows, elements of the axis in each, and elements for each of these."""
    return prod(shape[:axis]), shape[axis], prod(shape[axis + 1 :])


def along_places(xp: Any, index: Any, axis: int, length: int) -> Any:
    """The positions in a flattened array whose axis has some length."""
    rows, count, inner = in_rows(index.shape, axis)
    if inner == 1:
        at = index.reshape(rows, count)
        return at.reshape(-1) if rows == 1 else (at + xp.arange(0, rows * length, length)[:, None]).reshape(-1)
    at = index.reshape(rows, count, inner) * inner
    at = at + (xp.arange(rows) * (length * inner)).reshape(rows, 1, 1)
    return (at + xp.arange(inner)).reshape(-1)


def checked(xp: Any, index: Any, length: int, axis: int) -> Any:
    """An index of int64 in row-major memory, or PyTorch's refusal."""
    return xp.ascontiguousarray(positions_inside(index, axis, length, "scatter"), np.int64)


def natively(xp: Any, loop: Any, values: Any, index: Any, axis: int, length: int, out: Any, *more: int) -> bool:
    """Run a loop of `native.loops` that moves elements along an axis; False where NumPy is to do it.

    `values` lie in row-major memory; `more` is what the loop takes besides.

    Raises:
        IndexError: as `checked` does, for the loop notes whether a place is outside.
    """
    rows, count, inner = in_rows(index.shape, axis)
    if not length or not loop.ready(index.size, out.dtype):
        return False
    at, fault = xp.ascontiguousarray(index, np.int64), xp.zeros(1, np.int64)
    if not loop.over(rows, values, at, out, fault, length, count, inner, *more, size=at.size):
        return False
    if fault[0]:
        checked(xp, index, length, axis)
    return True


def take_along_kernel(xp: Any, x: Any, index: Any, axis: int) -> Any:
    x, length, out = row_major(x), x.shape[axis], empty(index.shape, x.dtype)
    if natively(xp, picked, x, index, axis, length, out):
        return out
    at = checked(xp, index, length, axis)
    if at.size:
        xp.take(x.reshape(-1), along_places(xp, at, axis, length), 0, out.reshape(-1), "clip")
    return out


def add_along_kernel(xp: Any, g: Any, index: Any, axis: int, length: int) -> Any:
    out = zeros((*index.shape[:axis], length, *index.shape[axis + 1 :]), g.dtype)
    step = 1 if any(g.strides) or not g.size else 0  # the gradient of a sum is one number
    if natively(xp, put_back, row_major(g) if step else g, index, axis, length, out, step):
        return out
    at, g = checked(xp, index, length, axis), row_major(g)
    if at.size:
        xp.add.at(out.reshape(-1), along_places(xp, at, axis, length), g.reshape(-1))
    return out


def along_batch(row: Any, values: Any, axes: Any, params: Any) -> Any:
    size = batch_size(values, axes)
    x, index = (batched_front(v, a, size) for v, a in zip(values, axes, strict=True))
    return row(x, index, params[0] + 1, *params[1:]), 0


take_along = general(
    "take_along",
    title="Gather",
    arity=2,
    kernel=take_along_kernel,
    spec=along_spec,
    pulls=(lambda g, x_spec, index, axis: add_along(g, index, axis, x_spec.shape[axis]), None),
    push=lambda tangents, operands, out, params: (
        None if tangents[0] is None else take_along(tangents[0], operands[1], *params)
    ),
    batch=lambda values, axes, params: along_batch(take_along, values, axes, params),
)

add_along = general(
    "add_along",
    title="ScatterAdd",
    arity=2,
    kernel=add_along_kernel,
    spec=lambda g, index, axis, length: g.reshaped((*g.shape[:axis], length, *g.shape[axis + 1 :])),
    pulls=(lambda g, index, axis: take_along(g, index, axis), None),
    push=lambda tangents, operands, out, params: (
        None if tangents[0] is None else add_along(tangents[0], operands[1], *params)
    ),
    batch=lambda values, axes, params: along_batch(add_along, values, axes, params),
)


# ------------------------------------------------------------------------ the largest of a group


def extreme_kernel(xp: Any, x: Any, value: Any, positions: Any, largest: bool) -> Any:
    out = xp.array(x, order="C")
    (xp.maximum if largest else xp.minimum).at(out.reshape(-1), xp.reshape(positions, (-1,)), xp.reshape(value, (-1,)))
    return out


def extreme_batch(values: Any, axes: Any, params: Any) -> Any:
    size = batch_size(values, axes)
    x, value = (batched_front(v, a, size) for v, a in zip(values[:2], axes[:2], strict=True))
    return group_extreme(x, value, batched_positions(values[2], axes[2], size, size_of(x) // size), *params), 0


group_extreme = general(
    "group_extreme",
    arity=3,
    kernel=extreme_kernel,
    spec=lambda x, value, positions, largest: x,
    batch=extreme_batch,
)
"""x, or the largest of the values that belong to each position; the functions above it say what its gradient is."""

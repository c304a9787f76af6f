"""Rows that pick elements by integer arrays, and the rows that put them back.

`gather` and `scatter_add` index the leading axes of x: `index[0]` for axis 0, `index[1]` for axis
1, and so on, stacked in one integer array. `put` and `take` count elements of the flattened x.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert.core.families import general, shape_of
from wengert.errors import AxisError
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


def gather_kernel(xp: Any, x: Any, index: Any) -> Any:
    for axis, entries in enumerate(index):
        size = x.shape[axis]
        if entries.size and not (entries.min() >= -size and entries.max() < size):
            bad = entries.max() if entries.max() >= size else entries.min()
            raise AxisError(f"index {bad} is out of bounds for dimension {axis} with size {size}")
    return xp.asarray(x[tuple(index)])


def scatter_kernel(xp: Any, g: Any, index: Any, shape: Shape) -> Any:
    out = xp.zeros(shape, g.dtype)
    xp.add.at(out, tuple(index), g)
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
    flat = xp.zeros(int(np.prod(shape)), g.dtype)
    xp.add.at(flat, positions, g)
    return flat.reshape(shape)


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

"""The row that brings numbers to mean 0 and variance 1, which layers do over one set of axes or another."""

from __future__ import annotations

from math import prod
from typing import Any

from wengert.core.blocks import row_major
from wengert.core.buffers import empty
from wengert.core.families import general, shape_of
from wengert.core.threads import POOL
from wengert.ops.pointwise import sqrt
from wengert.ops.structural import broadcast_to, keep_axes, reduce_sum, sum_kernel
from wengert.shapes import Shape, Spec, past

BLOCK = 1 << 15
"""Elements that are taken at a time, so that they are still in the cache for the next step."""


def standardise_spec(x: Spec, axes: Shape, eps: float) -> tuple[Spec, Spec, Spec]:
    return x, x.without(axes), x.without(axes)


def standardised(xp: Any, x: Any, axes: Shape, eps: float, out: Any) -> tuple[Any, Any]:
    """Two passes: the squares are of differences from the mean, so nothing cancels."""
    count = prod(x.shape[axis] for axis in axes)
    mean = xp.asarray(sum_kernel(xp, x, axes) / x.dtype.type(count))
    xp.subtract(x, xp.expand_dims(mean, axes), out=out)
    variance = xp.asarray(sum_kernel(xp, out * out, axes) / x.dtype.type(count))
    out *= xp.expand_dims(1 / xp.sqrt(variance + x.dtype.type(eps)), axes)
    return mean, variance


def standardise_kernel(xp: Any, x: Any, axes: Shape, eps: float) -> tuple[Any, Any, Any]:
    x = row_major(x)
    out = empty(x.shape, x.dtype)
    lead = x.ndim - len(axes)
    width = prod(x.shape[lead:])
    if axes != tuple(range(lead, x.ndim)) or x.size <= BLOCK:
        return out, *standardised(xp, x, axes, eps, out)
    rows, wide = x.reshape(-1, width), out.reshape(-1, width)
    mean, variance = (xp.empty(len(rows), x.dtype) for _ in range(2))
    step = max(BLOCK // width, 1)

    def piece(number: int) -> None:
        block = slice(number * step, (number + 1) * step)
        mean[block], variance[block] = standardised(xp, rows[block], (1,), eps, wide[block])

    POOL.run(piece, -(-len(rows) // step))
    return out, mean.reshape(x.shape[:lead]), variance.reshape(x.shape[:lead])


def mean_over(x: Any, axes: Shape) -> Any:
    """The mean over some axes, which stay with size 1."""
    shape = shape_of(x)
    return keep_axes(reduce_sum(x, axes), axes) / float(prod(shape[axis] for axis in axes))


def deviation(variance: Any, axes: Shape, eps: float) -> Any:
    """What the differences from the mean were divided by."""
    return keep_axes(sqrt(variance + eps), axes)


def standardise_pull(g: Any, x_spec: Spec, out: Any, axes: Shape, eps: float) -> Any:
    (gy, gm, gv), (y, _, variance) = g, out
    size = deviation(variance, axes, eps)
    count = float(max(prod(x_spec.shape[axis] for axis in axes), 1))
    total: Any = None
    if gy is not None:
        total = (gy - mean_over(gy, axes) - y * mean_over(gy * y, axes)) / size
    if gm is not None:
        each = broadcast_to(keep_axes(gm, axes) / count, x_spec.shape)
        total = each if total is None else total + each
    if gv is not None:
        each = y * (keep_axes(gv, axes) * size * (2 / count))
        total = each if total is None else total + each
    return total


def standardise_push(tangents: Any, operands: Any, out: Any, params: Any) -> Any:
    (dx,), (y, mean, variance), (axes, eps) = tangents, out, params
    size, moved = deviation(variance, axes, eps), mean_over(dx, axes)
    grown = mean_over(dx * y, axes)
    kept = shape_of(mean)
    flat = [(dx - moved - y * grown) / size, moved, 2 * grown * size]
    return flat[0], *(reduce_sum(part, axes) if shape_of(part) != kept else part for part in flat[1:])


standardise = general(
    "standardise",
    title="NativeBatchNorm",
    kernel=standardise_kernel,
    spec=standardise_spec,
    batch=lambda values, axes, params: batched(values[0], axes[0], *params),
    pulls=[standardise_pull],
    push=standardise_push,
    promotion="float",
    count=3,
)
"""(x - mean) / sqrt(variance + eps) over some axes, the mean, and the variance (divided by the number)."""


def batched(x: Any, at: int, axes: Shape, eps: float) -> Any:
    moved = past(at, axes)
    left = at - sum(axis < at for axis in moved)
    return standardise(x, moved, eps), (at, left, left)

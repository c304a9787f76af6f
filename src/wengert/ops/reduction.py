"""Rows that reduce other than by summing, and rows that walk along an axis: running sums, order."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from wengert.core.blocks import row_major
from wengert.core.buffers import empty
from wengert.core.families import general, linear
from wengert.dtypes import is_half
from wengert.errors import DtypeError, ShapeError, advice
from wengert.native.loops import ordered, running_sums
from wengert.ops.pointwise import equal, where
from wengert.ops.refusals import Refusal, no_kernel, refuse
from wengert.ops.structural import broadcast_to, cast, keep_axes, reduce_sum
from wengert.shapes import Spec, past


def extremum_spec(x: Spec, axes: tuple[int, ...]) -> Spec:
    for axis in axes:
        if x.shape[axis] == 0:
            raise ShapeError(
                advice(
                    "max(): Expected reduction dim to be specified for input.numel() == 0. "
                    "Specify the reduction dim with the 'dim' argument.",
                    f"the shape is {list(x.shape)}; reduce over dimensions that are not empty.",
                )
            )
    return x.without(axes)


def evenly(x: Any, out: Any, axes: tuple[int, ...]) -> Any:
    """For each element its share: 1/n where it is one of n that tie for the extremum, else 0."""
    full = x.shape
    ties = cast(equal(x, broadcast_to(keep_axes(out, axes), full)), np.dtype(np.float64))
    count = broadcast_to(keep_axes(reduce_sum(ties, axes), axes), full)
    return cast(ties / count, dtype_like(x))


def dtype_like(x: Any) -> Any:
    found = x.dtype
    return getattr(found, "numpy", found)


def pull_extremum(g: Any, x: Any, out: Any, axes: tuple[int, ...]) -> Any:
    share = evenly(x, out, axes)
    return where(share == 0, 0, broadcast_to(keep_axes(g, axes), x.shape) * share)


def push_extremum(tangents: Any, operands: Any, out: Any, params: Any) -> Any:
    ((dx,), (x,), (axes,)) = tangents, operands, params
    if dx is None:
        return None
    share = evenly(x, out, axes)
    return reduce_sum(where(share == 0, 0, dx * share), axes)


def extremum(name: str, ufunc: str, title: str) -> Any:
    """A row for the largest or smallest element; ties share the gradient evenly."""
    refusal = no_kernel(f"{name.removeprefix('reduce_')}_values_cpu")

    def kernel(xp: Any, x: Any, axes: tuple[int, ...]) -> Any:
        refuse(x.dtype, refusal)
        found = getattr(xp, ufunc).reduce(x, axes)
        return row_major(found) if x.ndim > len(axes) + 1 else found

    def spec(x: Spec, axes: tuple[int, ...]) -> Spec:
        refuse(x.dtype, refusal)
        return extremum_spec(x, axes)

    def batch(values: Any, axes: Any, params: Any) -> Any:
        moved = past(axes[0], params[0])
        return row(values[0], moved), axes[0] - sum(a < axes[0] for a in moved)

    row = general(
        name,
        title=title,
        kernel=kernel,
        spec=spec,
        pulls=(pull_extremum,),
        push=push_extremum,
        batch=batch,
    )
    return row


reduce_max = extremum("reduce_max", "maximum", "Amax")
reduce_min = extremum("reduce_min", "minimum", "Amin")


def choice(name: str) -> Any:
    """A row for the index of the first largest or smallest element along one axis."""

    def batch(values: Any, axes: Any, params: Any) -> Any:
        (axis,) = past(axes[0], (params[0],))
        return row(values[0], axis), axes[0] - (axis < axes[0])

    row = general(
        name,
        kernel=lambda xp, x, axis: xp.asarray(getattr(x, name)(axis)),
        spec=lambda x, axis: extremum_spec(x, (axis,)).cast(np.dtype(np.int64)),
        batch=batch,
    )
    return row


argmax = choice("argmax")
argmin = choice("argmin")


# ------------------------------------------------------------------------ along an axis


def cumsum_kernel(xp: Any, x: Any, axis: int, backwards: bool) -> Any:
    """float32 is added up in double, as PyTorch does."""
    if x.dtype.char in "fd" and axis == x.ndim - 1:
        if spread := any(x.strides):  # else one number stands for all, as in the gradient of a sum
            x = row_major(x)
        out = empty(x.shape, x.dtype)
        if running_sums.over(prod(x.shape[:-1]), x, out, x.shape[-1], int(backwards), int(spread)):
            return out
    if backwards:
        return row_major(xp.flip(cumsum_kernel(xp, xp.flip(x, axis), axis, False), axis))
    x = row_major(x)
    wide = {"f": xp.float64, "F": xp.complex128}.get(x.dtype.char, xp.float32 if is_half(x.dtype) else x.dtype)
    return xp.add.accumulate(x, axis, wide).astype(x.dtype, copy=False)


cumsum = linear(
    "cumsum",
    kernel=cumsum_kernel,
    spec=lambda x, axis, backwards: x,
    transpose=lambda g, axis, backwards: cumsum(g, axis, not backwards),
    batch=lambda x, at, axis, backwards: (cumsum(x, *past(at, (axis,)), backwards), at),
)

NO_SORT = Refusal("c", " Sort does not support complex dtypes on CPU", error=DtypeError)


def order_spec(x: Spec, axis: int, descending: bool) -> Spec:
    refuse(x.dtype, NO_SORT)
    return x.cast(np.dtype(np.int64))


def radix_order(xp: Any, x: Any, axis: int, descending: bool) -> Any:
    """The order by a radix sort in machine code; None where NumPy is to sort."""
    whole = np.dtype(f"i{x.dtype.itemsize}")
    if not x.size or not ordered.ready(x.size, whole):
        return None
    rows = row_major(xp.moveaxis(x, axis, -1))
    *lead, length = rows.shape
    order, *room = (empty(rows.shape, np.int64) for _ in range(4))
    infinity = int(np.array(np.inf, x.dtype).view(whole)) if x.dtype.kind == "f" else -1
    count = prod(lead)
    ordered.over(
        count, rows.view(whole), order, *room, empty((count, 256), np.int64), length, whole.itemsize, infinity,
        int(descending),
    )  # fmt: skip
    return xp.moveaxis(order, -1, axis)


def order_kernel(xp: Any, x: Any, axis: int, descending: bool) -> Any:
    """Equal elements keep their order, and NaN counts as the largest."""
    refuse(x.dtype, NO_SORT)
    if x.dtype.char in "fdilq" and (found := radix_order(xp, x, axis, descending)) is not None:
        return found
    if not descending:
        return xp.argsort(x, axis, kind="stable")
    backwards = xp.argsort(xp.flip(x, axis), axis, kind="stable")
    return row_major(xp.flip(x.shape[axis] - 1 - backwards, axis))


argsort = general(
    "argsort",
    kernel=order_kernel,
    spec=order_spec,
    batch=lambda values, axes, params: (argsort(values[0], *past(axes[0], params[:1]), params[1]), axes[0]),
)

"""Rows that reduce other than by summing."""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert.core.families import general
from wengert.errors import ShapeError, advice
from wengert.ops.pointwise import equal, where
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

    def batch(values: Any, axes: Any, params: Any) -> Any:
        moved = past(axes[0], params[0])
        return row(values[0], moved), axes[0] - sum(a < axes[0] for a in moved)

    row = general(
        name,
        title=title,
        kernel=lambda xp, x, axes: getattr(xp, ufunc).reduce(x, axes),
        spec=extremum_spec,
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
        kernel=lambda xp, x, axis: getattr(xp, name)(x, axis),
        spec=lambda x, axis: extremum_spec(x, (axis,)).cast(np.dtype(np.int64)),
        batch=batch,
    )
    return row


argmax = choice("argmax")
argmin = choice("argmin")

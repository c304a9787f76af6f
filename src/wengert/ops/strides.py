"""Rows that look at memory itself: by other strides, or as the bits of another dtype."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from wengert.core.families import general, linear, shape_of
from wengert.ops.indexing import spread, take
from wengert.ops.structural import concat, front, narrow, reshape, zeros_of
from wengert.shapes import Shape, Spec


def memory_positions(shape: Shape, strides: Shape, start: int = 0) -> Any:
    """Where in memory the elements of a tensor lie, counted in elements."""
    at = np.full(shape, start, np.int64)
    for axis, (n, step) in enumerate(zip(shape, strides, strict=True)):
        at += (np.arange(n) * step).reshape((-1, *(1,) * (len(shape) - axis - 1)))
    return at


def places(shape: Shape, own: Shape, size: Shape, stride: Shape, shift: int) -> Any:
    """Which element of a tensor each element of the view is; one past the last where it is none of them."""
    have = memory_positions(shape, own).reshape(-1)
    wanted = memory_positions(size, stride, shift).reshape(-1)
    if not have.size:
        return np.zeros(size, np.int64)
    order = np.argsort(have, kind="stable")
    at = np.minimum(np.searchsorted(have[order], wanted), have.size - 1)
    found = np.where(have[order][at] == wanted, order[at], have.size)
    return found.reshape(size)


def strided_kernel(xp: Any, x: Any, size: Shape, stride: Shape, shift: int, own: Shape) -> Any:
    if isinstance(x, np.ndarray) and all(
        n < 2 or step == mine * x.itemsize for n, step, mine in zip(x.shape, x.strides, own, strict=True)
    ):
        steps = tuple(step * x.itemsize for step in stride)
        first = x.reshape(-1)[:1] if not x.ndim else x[(slice(0, 1),) * x.ndim].reshape(-1)
        seen = np.lib.stride_tricks.as_strided(first, (abs(shift) + 1,), (x.itemsize * (1 if shift >= 0 else -1),))
        return np.lib.stride_tricks.as_strided(seen[abs(shift) :], size, steps)
    at = places(x.shape, own, size, stride, shift)
    return np.append(np.reshape(x, -1), np.zeros(1, x.dtype))[at]


def strided_transpose(g: Any, x: Spec, size: Shape, stride: Shape, shift: int, own: Shape) -> Any:
    count = prod(x.shape)
    summed = spread(g, places(x.shape, own, size, stride, shift), (count + 1,))
    return reshape(narrow(summed, 0, 0, count), x.shape)


def strided_batch(x: Any, at: int, size: Shape, stride: Shape, shift: int, own: Shape) -> Any:
    x = front(x, at)
    count, shape = shape_of(x)[0], shape_of(x)[1:]
    each = prod(shape)
    flat = concat([reshape(x, (count, each)), zeros_of(Spec((count, 1), dtype_of(x)))], 1)
    rows = np.arange(count).reshape((-1, *(1,) * len(size))) * (each + 1)
    return take(flat, rows + places(shape, own, size, stride, shift)), 0


def dtype_of(x: Any) -> Any:
    found = x.dtype
    return np.dtype(getattr(found, "numpy", found))


strided = linear(
    "strided",
    title="AsStrided",
    kernel=strided_kernel,
    spec=lambda x, size, stride, shift, own: x.reshaped(size),
    transpose=strided_transpose,
    batch=strided_batch,
    is_view=True,
)


def bits_shape(shape: Shape, have: int, wanted: int) -> Shape:
    """The shape of the same bits in elements of another width."""
    return shape if have == wanted else (*shape[:-1], shape[-1] * have // wanted)


as_bits = general(
    "as_bits",
    title="View",
    kernel=lambda xp, x, dtype: (x if x.dtype.itemsize == dtype.itemsize else xp.ascontiguousarray(x)).view(dtype),
    spec=lambda x, dtype: Spec(bits_shape(x.shape, x.dtype.itemsize, dtype.itemsize), dtype),
    batch=lambda values, axes, params: (as_bits(front(values[0], axes[0]), *params), 0),
)

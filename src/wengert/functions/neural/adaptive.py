"""Adaptive pooling: as many windows as are asked for, as even as can be."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from wengert import errors
from wengert.core.families import shape_of
from wengert.core.levels import numpy_dtype
from wengert.core.tensor import Tensor, wrap
from wengert.functions.halves import in_float32, is_half
from wengert.functions.indexing.selecting import gathered
from wengert.functions.neural.pooling import picked, window_sums
from wengert.functions.shaping.laying import contiguous
from wengert.ops import indexing, reduction
from wengert.ops import pointwise as p
from wengert.ops import structural as s
from wengert.ops.refusals import no_kernel, refuse
from wengert.ops.windows import window_argmax

Shape = tuple[int, ...]


def adaptive_avg_pool1d(input: Tensor, output_size: Any) -> Tensor:
    """The means of so many windows of a sequence.

    >>> import wengert as torch
    >>> torch.nn.functional.adaptive_avg_pool1d(torch.tensor([[1.0, 3.0, 2.0]]), 2)
    tensor([[2.0000, 2.5000]])
    """
    return _average(input, output_size, 1)


def adaptive_avg_pool2d(input: Tensor, output_size: Any) -> Tensor:
    """The means of so many windows of an image.

    >>> import wengert as torch
    >>> torch.nn.functional.adaptive_avg_pool2d(torch.arange(6.0).reshape(1, 2, 3), (1, None))
    tensor([[[1.5000, 2.5000, 3.5000]]])

    Args:
        input: of shape (N, C, H, W), or (C, H, W).
        output_size: one number or one for each dimension; None keeps the size.
    """
    return _average(input, output_size, 2)


def adaptive_avg_pool3d(input: Tensor, output_size: Any) -> Tensor:
    """The means of so many windows of a volume.

    >>> import wengert as torch
    >>> torch.nn.functional.adaptive_avg_pool3d(torch.arange(8.0).reshape(1, 2, 2, 2), 1)
    tensor([[[[3.5000]]]])
    """
    return _average(input, output_size, 3)


def adaptive_max_pool1d(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """The largest elements of so many windows of a sequence.

    >>> import wengert as torch
    >>> torch.nn.functional.adaptive_max_pool1d(torch.tensor([[1.0, 3.0, 2.0]]), 2)
    tensor([[3., 3.]])
    """
    return _largest(input, output_size, return_indices, 1)


def adaptive_max_pool2d(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """The largest elements of so many windows of an image.

    >>> import wengert as torch
    >>> torch.nn.functional.adaptive_max_pool2d(torch.arange(6.0).reshape(1, 2, 3), (1, 2), return_indices=True)
    (tensor([[[4., 5.]]]), tensor([[[4, 5]]]))
    """
    return _largest(input, output_size, return_indices, 2)


def adaptive_max_pool3d(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """The largest elements of so many windows of a volume.

    >>> import wengert as torch
    >>> torch.nn.functional.adaptive_max_pool3d(torch.arange(8.0).reshape(1, 2, 2, 2), 1)
    tensor([[[[7.]]]])
    """
    return _largest(input, output_size, return_indices, 3)


def _sizes(x: Any, output_size: Any, dims: int, name: str) -> Shape:
    """The numbers of windows, checked together with the input."""
    shape = shape_of(x)
    given = tuple(output_size) if isinstance(output_size, tuple | list) else (output_size,) * dims
    if len(given) == 1:
        given *= dims
    if len(shape) < len(given):
        raise errors.ShapeError(f"{name}(): Expected {dims + 1}D or {dims + 2}D tensor, but got {list(shape)}")
    if len(given) != dims:
        raise errors.ArgumentError(f"Input dimension should be at least {len(given) + 1}")
    if len(shape) not in (dims + 1, dims + 2):
        words = f"{name}(): Expected {dims + 1}D or {dims + 2}D tensor, but got {list(shape)}"
        if dims == 1:
            words = (
                f"Expected 2 to 3 dimensions, but got {len(shape)}-dimensional tensor for argument #1 'self' (while "
                f"checking arguments for {name})"
            )
        raise errors.ShapeError(words)
    sizes = tuple(n if m is None else int(m) for n, m in zip(shape[-dims:], given, strict=True))
    if min(sizes) < 0:
        told = ", ".join(map(str, sizes))
        raise errors.ShapeError(
            f"{name}: elements of output_size must be greater than or equal to 0 but received {{{told}}}"
        )
    for axis in range(len(shape) - dims - (len(shape) == dims + 1), len(shape)):
        if shape[axis] == 0:
            raise errors.ShapeError(
                f"{name}(): Expected input to have non-zero size for non-batch dimensions, but input has sizes "
                f"{list(shape)} with dimension {axis} being empty"
            )
    return sizes


def bounds(length: int, count: int) -> tuple[Any, Any]:
    """Where each of so many windows begins and ends: they cover the axis, and may overlap by one."""
    steps = np.arange(count)
    return steps * length // count, -(-(steps + 1) * length // count)


def table(length: int, count: int) -> tuple[Any, Any]:
    """The positions in each window as a row, the last repeated where it is shorter; and how many count."""
    starts, ends = bounds(length, count)
    longest = int((ends - starts).max(initial=0))
    places = starts[:, None] + np.arange(longest)
    return np.minimum(places, ends[:, None] - 1), ends - starts


def _average(x: Any, output_size: Any, dims: int) -> Tensor:
    sizes = _sizes(x, output_size, dims, f"adaptive_avg_pool{dims}d")
    if is_half(x):
        return in_float32(_average, x, output_size, dims)  # type: ignore[no-any-return]
    rank = len(shape_of(x))
    if all(m and n % m == 0 for n, m in zip(shape_of(x)[-dims:], sizes, strict=True)):
        even = tuple(n // m for n, m in zip(shape_of(x)[-dims:], sizes, strict=True))
        return p.divide(window_sums(x, even, even, sizes), float(prod(even)))  # type: ignore[no-any-return]
    for axis, m in zip(range(rank - dims, rank), sizes, strict=True):
        places, lengths = table(shape_of(x)[axis], m)
        parts = gathered(x, {axis: places})
        ahead = (1,) * (rank - 1 - axis)
        counted = np.arange(places.shape[1]) < lengths[:, None]
        parts = p.where(wrap(counted.reshape(*counted.shape, *ahead)), parts, 0)
        x = p.divide(s.reduce_sum(parts, (axis + 1,)), wrap(lengths.reshape(m, *ahead)))
    return contiguous(x)


def _largest(x: Any, output_size: Any, with_indices: bool, dims: int) -> Any:
    sizes = _sizes(x, output_size, dims, f"adaptive_max_pool{dims}d")
    refuse(numpy_dtype(x), no_kernel("adaptive_max_pool3d_cpu" if dims == 3 else "adaptive_max_pool2d", "biuc"))
    shape = shape_of(x)
    lengths = shape[-dims:]
    if all(m and n % m == 0 for n, m in zip(lengths, sizes, strict=True)):
        even = tuple(n // m for n, m in zip(lengths, sizes, strict=True))
        axes = tuple(range(len(shape) - dims, len(shape)))
        found = window_argmax(x, axes, even, even, (1,) * dims, (0,) * dims, sizes)
    else:
        found = _uneven(x, [table(n, m)[0] for n, m in zip(lengths, sizes, strict=True)])
    values = picked(x, found, dims)
    return (values, found) if with_indices else values


def _uneven(x: Any, tables: list[Any]) -> Any:
    """For each window the position of its largest element; a row of a table for each along an axis."""
    shape, dims = shape_of(x), len(tables)
    lead = len(shape) - dims
    numbers: Any = np.zeros((), np.int64)
    for places, length in zip(tables, shape[lead:], strict=True):
        numbers = np.add.outer(numbers * length, places)  # (m1, k1, m2, k2, ...)
    order = (*range(0, 2 * dims, 2), *range(1, 2 * dims, 2))
    counts = tuple(len(places) for places in tables)
    numbers = numbers.transpose(order).reshape(*counts, prod(places.shape[1] for places in tables))
    planes = s.reshape(x, (*shape[:lead], prod(shape[lead:])))
    chosen = reduction.argmax(gathered(planes, {lead: numbers}), len(shape))
    rows = np.arange(prod(counts)).reshape(counts) * numbers.shape[-1]
    return indexing.take(wrap(numbers), p.add(chosen, wrap(rows)))

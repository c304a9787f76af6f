"""Pooling over windows whose steps vary at random, so that sizes shrink by any factor (Graham 2015)."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from wengert import dtypes, errors
from wengert.core.families import shape_of
from wengert.core.levels import numpy_dtype
from wengert.core.tensor import Tensor, wrap
from wengert.functions.making import random
from wengert.functions.reducing.reductions import along
from wengert.functions.shaping.arranging import cat
from wengert.ops import pointwise as p
from wengert.ops import reduction
from wengert.ops import structural as s
from wengert.ops.refusals import no_kernel, refuse

Shape = tuple[int, ...]


def fractional_max_pool2d(
    input: Tensor, kernel_size: Any, output_size: Any = None, output_ratio: Any = None, return_indices: bool = False,
    _random_samples: Tensor | None = None,
) -> Any:  # fmt: skip
    """The largest elements of windows at random steps, as many as are asked for.

    >>> import wengert as torch
    >>> x = torch.arange(9.0).reshape(1, 3, 3)
    >>> torch.nn.functional.fractional_max_pool2d(x, 2, 2, _random_samples=torch.zeros(1, 1, 2))
    tensor([[[4., 5.],
             [7., 8.]]])

    Args:
        input: of shape (N, C, H, W), or (C, H, W).
        kernel_size: of the windows; one number or one for each dimension.
        output_size: how many windows; the same.
        output_ratio: how many of them for each element, in place of that.
        return_indices: whether to give the positions too, as counted in one flattened image.
    """
    values, found = _pooled(input, kernel_size, (output_size, output_ratio), _random_samples, 2)
    return (values, found) if return_indices else values


def fractional_max_pool3d(
    input: Tensor, kernel_size: Any, output_size: Any = None, output_ratio: Any = None, return_indices: bool = False,
    _random_samples: Tensor | None = None,
) -> Any:  # fmt: skip
    """`fractional_max_pool2d` of volumes.

    >>> import wengert as torch
    >>> x = torch.arange(27.0).reshape(1, 3, 3, 3)
    >>> torch.nn.functional.fractional_max_pool3d(x, 2, 1)
    tensor([[[[26.]]]])
    """
    values, found = _pooled(input, kernel_size, (output_size, output_ratio), _random_samples, 3)
    return (values, found) if return_indices else values


def fractional_max_pool2d_with_indices(
    input: Tensor, kernel_size: Any, output_size: Any = None, output_ratio: Any = None, return_indices: bool = False,
    _random_samples: Tensor | None = None,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """`fractional_max_pool2d` with return_indices=True.

    >>> import wengert as torch
    >>> torch.nn.functional.fractional_max_pool2d_with_indices(torch.arange(4.0).reshape(1, 2, 2), 2, 1)
    (tensor([[[3.]]]), tensor([[[3]]]))
    """
    return _pooled(input, kernel_size, (output_size, output_ratio), _random_samples, 2)


def fractional_max_pool3d_with_indices(
    input: Tensor, kernel_size: Any, output_size: Any = None, output_ratio: Any = None, return_indices: bool = False,
    _random_samples: Tensor | None = None,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """`fractional_max_pool3d` with return_indices=True.

    >>> import wengert as torch
    >>> torch.nn.functional.fractional_max_pool3d_with_indices(torch.arange(27.0).reshape(1, 3, 3, 3), 2, 1)
    (tensor([[[[26.]]]]), tensor([[[[26]]]]))
    """
    return _pooled(input, kernel_size, (output_size, output_ratio), _random_samples, 3)


def _each(name: str, word: str, value: Any, dims: int) -> Shape:
    given = tuple(map(int, value)) if isinstance(value, tuple | list) else (int(value),) * dims
    if len(given) == 1:
        given *= dims
    if len(given) != dims:
        raise errors.ShapeError(f"{name}: {word} must either be a single Int or tuple of Ints")
    return given


def _pooled(x: Any, kernel_size: Any, wanted: Any, samples: Any, dims: int) -> tuple[Tensor, Tensor]:
    name, shape = f"fractional_max_pool{dims}d", shape_of(x)
    size, ratio = wanted
    if size is None and ratio is None:
        raise errors.ArgumentError(f"{name} requires specifying either an output_size or an output_ratio")
    lengths = shape[-dims:]
    if len(shape) < dims + 1:
        raise errors.AxisError(
            f"Dimension out of range (expected to be in range of [{-len(shape)}, {len(shape) - 1}], but got "
            f"{-dims - 1})"
        )
    if size is None:
        ratios = tuple(ratio) if isinstance(ratio, tuple | list) else (ratio,) * dims
        size = tuple(int(n * r) for n, r in zip(lengths, ratios, strict=True))
    lead = shape[:-dims] if len(shape) == dims + 2 else (1, *shape[:-dims])
    own = dtypes.of_numpy(numpy_dtype(x))
    refuse(own.numpy, no_kernel("check_uniform_bounds", "biuc"))
    drawn = samples
    if drawn is None:
        drawn = random.rand(*lead, dims, dtype=own)
    kernel = _each(name, "kernel_size", kernel_size, dims)
    counts = _each(name, "output_size", size, dims)
    _check(shape, dims, kernel, counts, drawn)
    numbers = _positions(s.reshape(drawn, (prod(lead), dims)), lengths, kernel, counts)
    planes, windows, size = shape_of(numbers)
    flat = s.reshape(x, (planes, prod(lengths)))
    parts = s.reshape(along(flat, 1, s.reshape(numbers, (planes, windows * size))), (planes, windows, size))
    best = reduction.argmax(parts, 2)
    places = s.reshape(along(numbers, 2, s.keep_axes(best, (2,))), (planes, windows))
    values = along(flat, 1, places)
    result = (*shape[:-dims], *counts)
    return s.reshape(values, result), s.reshape(places, result)


def _check(shape: Shape, dims: int, kernel: Shape, counts: Shape, drawn: Any) -> None:
    name = f"fractional_max_pool{dims}d{'_out' if dims == 3 else ''}()"
    for axis in range(len(shape) - dims - 1, len(shape)):
        if shape[axis] == 0:
            raise errors.ShapeError(
                f"{name}: Expected input to have non-zero size for non-batch dimensions, but got{list(shape)} with "
                f"dimension {axis} being empty."
            )
    for word, n, k, m in zip(("time", "height", "width")[-dims:], shape[-dims:], kernel, counts, strict=True):
        if m + k - 1 > n - (dims == 3):  # PyTorch wants one element more of a volume
            raise errors.ShapeError(
                errors.advice(
                    f"{name}: pool {word} {k} too large relative to input {word} {n}", "ask for fewer windows."
                )
            )
    if len(shape_of(drawn)) != 3:
        raise errors.ShapeError(f"Expect _random_samples to have 3 dimensions, got {len(shape_of(drawn))}")


def _starts(n: int, k: int, m: int, drawn: Any) -> Any:
    """Where the windows of each plane begin: steps of n / m, rounded from a random beginning."""
    planes, own = shape_of(drawn)[0], numpy_dtype(drawn)
    last = wrap(np.full((planes, 1), n - k))
    if m == 1:
        return last
    step = float(own.type((n - k) / (m - 1)))
    begin = s.keep_axes(drawn, (1,))
    places = p.multiply(p.add(wrap(np.arange(m - 1).astype(own)), begin), step)
    return cat([p.subtract(s.cast(places, INT64), s.cast(p.multiply(begin, step), INT64)), last], 1)


def _positions(drawn: Any, lengths: Shape, kernel: Shape, counts: Shape) -> Any:
    """For each plane and window the positions of its elements."""
    dims, planes = len(lengths), shape_of(drawn)[0]
    # the first number belongs to the width of an image, but to the depth of a volume
    columns = (1, 0) if dims == 2 else (0, 1, 2)
    numbers: Any = wrap(np.zeros((planes, 1, 1), np.int64))
    for n, k, m, column in zip(lengths, kernel, counts, columns, strict=True):
        begin = _starts(n, k, m, s.reshape(s.narrow(drawn, 1, column, column + 1), (planes,)))
        inside = p.add(s.keep_axes(begin, (2,)), wrap(np.arange(k)))  # (planes, m, k)
        _, windows, elements = shape_of(numbers)
        pairs = p.add(p.multiply(s.keep_axes(numbers, (2, 4)), n), s.keep_axes(inside, (1, 3)))
        numbers = s.reshape(pairs, (planes, windows * m, elements * k))
    return numbers


INT64 = np.dtype(np.int64)

"""Running sums, products and extrema along a dimension, and the product of all elements.

Products and extrema are made of halves: log2(n) steps over all elements at once. So their gradients
are exact with zeros among the elements, as products of the other elements.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from wengert import dtypes
from wengert.core.families import shape_of
from wengert.core.levels import numpy_dtype
from wengert.core.tensor import Tensor, wrap
from wengert.functions.halves import in_float32
from wengert.functions.reducing.reductions import along, counted, detached, result_type
from wengert.ops import pointwise as p
from wengert.ops import reduction
from wengert.ops import structural as s
from wengert.ops.refusals import no_kernel, refuse
from wengert.shapes import axis_index

if TYPE_CHECKING:
    from collections.abc import Callable

CUMMAX, CUMMIN = result_type("cummax"), result_type("cummin")


def cumsum(input: Tensor, dim: int, *, dtype: Any = None) -> Tensor:
    """The sums of the elements up to each one along dim.

    >>> import wengert as torch
    >>> torch.cumsum(torch.tensor([1, 2, 3]), 0)
    tensor([1, 3, 6])
    """
    x = counted(input, dtype)
    refuse(numpy_dtype(x), no_kernel("cumsum_out_cpu", "b"))
    rank = len(shape_of(x))
    axis = axis_index(dim, rank)
    return reduction.cumsum(x, axis, False) if rank else s.copy(x)  # type: ignore[no-any-return]


def cumprod(input: Tensor, dim: int, *, dtype: Any = None) -> Tensor:
    """The products of the elements up to each one along dim.

    >>> import wengert as torch
    >>> torch.cumprod(torch.tensor([1, 2, 3]), 0)
    tensor([1, 2, 6])
    """
    x = counted(input, dtype)
    refuse(numpy_dtype(x), no_kernel("cumprod_out_cpu", "b"))
    if dtypes.is_half(numpy_dtype(x)):
        return in_float32(cumprod, x, dim)  # type: ignore[no-any-return]
    (result,) = _scanned([x], dim, lambda earlier, later: [p.multiply(earlier[0], later[0])])
    return result  # type: ignore[no-any-return]


def logcumsumexp(input: Tensor, dim: int) -> Tensor:
    """The logarithm of the sum of exp() of the elements up to each one along dim, without overflow.

    >>> import wengert as torch
    >>> torch.logcumsumexp(torch.tensor([1000.0, 1000.0]), 0)
    tensor([1000.0000, 1000.6932])
    """
    refuse(numpy_dtype(input), no_kernel("logcumsumexp_out_cpu", "biu"))
    if dtypes.is_half(numpy_dtype(input)):
        return in_float32(logcumsumexp, input, dim)  # type: ignore[no-any-return]
    (result,) = _scanned([input], dim, lambda earlier, later: [p.logaddexp(earlier[0], later[0])])
    return result  # type: ignore[no-any-return]


def cummax(input: Tensor, dim: int) -> Any:
    """The largest of the elements up to each one along dim, and where the last of them is.

    >>> import wengert as torch
    >>> values, indices = torch.cummax(torch.tensor([1.0, 3.0, 2.0, 3.0]), 0)
    >>> values, indices
    (tensor([1., 3., 3., 3.]), tensor([0, 1, 1, 3]))
    """
    return _extreme(input, dim, p.greater_equal, "cummax", CUMMAX)


def cummin(input: Tensor, dim: int) -> Any:
    """The smallest of the elements up to each one along dim, and where the last of them is.

    >>> import wengert as torch
    >>> values, indices = torch.cummin(torch.tensor([2.0, 3.0, 1.0]), 0)
    >>> values, indices
    (tensor([2., 2., 1.]), tensor([0, 0, 2]))
    """
    return _extreme(input, dim, p.less_equal, "cummin", CUMMIN)


def _extreme(input: Any, dim: int, beats: Any, name: str, kind: Any) -> Any:
    refuse(numpy_dtype(input), no_kernel(f"{name}_cpu"))
    shape = shape_of(input)
    axis = axis_index(dim, len(shape))
    if not shape:
        return kind(s.copy(input), wrap(np.zeros((), np.int64)))

    def later_wins(earlier: list[Any], later: list[Any]) -> list[Any]:
        wins = p.logical_or(beats(later[0], earlier[0]), p.isnan(later[0]))
        return [p.where(wins, b, a) for a, b in zip(earlier, later, strict=True)]

    indices = _scanned([detached(input), counting(shape, axis)], axis, later_wins)[1]
    return kind(along(input, axis, indices), indices)


def counting(shape: tuple[int, ...], axis: int) -> Tensor:
    """The position of each element along an axis."""
    line = np.arange(shape[axis]).reshape(-1, *(1,) * (len(shape) - axis - 1))
    return wrap(np.broadcast_to(line, shape))


def running_maximum(x: Any, axis: int) -> Any:
    """The largest of the elements up to each one, of numbers that are never nan."""
    return _scanned([x], axis, lambda earlier, later: [p.maximum(earlier[0], later[0])])[0]


def _scanned(values: list[Any], dim: int, combine: Callable[[list[Any], list[Any]], list[Any]]) -> list[Any]:
    """At each position everything up to it, combined: in step k with what lies 2**k before."""
    shape = shape_of(values[0])
    axis = axis_index(dim, len(shape))
    if not shape:
        return [s.copy(x) for x in values]
    size, step = shape[axis], 1
    while step < size:
        later = combine(
            [s.narrow(x, axis, 0, size - step) for x in values], [s.narrow(x, axis, step, size) for x in values]
        )
        values = [s.concat([s.narrow(x, axis, 0, step), y], axis) for x, y in zip(values, later, strict=True)]
        step *= 2
    return values if size > 1 else [s.copy(x) for x in values]


def prod(input: Tensor, dim: int | None = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The product of all elements, or along dim.

    >>> import wengert as torch
    >>> torch.prod(torch.tensor([[1.0, 2.0], [3.0, 4.0]])), torch.prod(torch.tensor([[1, 2], [3, 4]]), 0)
    (tensor(24.), tensor([3, 8]))

    The gradient is exact with zeros among the elements.
    """
    x = counted(input, dtype)
    if dtypes.is_half(numpy_dtype(x)):
        return in_float32(prod, x, dim, keepdim)  # type: ignore[no-any-return]
    shape = shape_of(x)
    if dim is None:
        return s.reshape(_product(s.reshape(x, (s.size_of(x),)), 0), ())  # type: ignore[no-any-return]
    axis = axis_index(dim, len(shape))
    if not shape:
        return s.copy(x)  # type: ignore[no-any-return]
    result = _product(x, axis)
    return result if keepdim else s.reshape(result, (*shape[:axis], *shape[axis + 1 :]))  # type: ignore[no-any-return]


def _product(x: Any, axis: int) -> Any:
    """The product along an axis, which keeps size 1: of pairs, of pairs of pairs, and so on."""
    size = shape_of(x)[axis]
    if size == 0:
        nothing = s.keep_axes(s.reduce_sum(x, (axis,)), (axis,))  # so that it has a history
        return p.add(nothing, np.ones((), numpy_dtype(x)))
    while size > 1:
        half = size // 2
        pairs = p.multiply(s.narrow(x, axis, 0, half), s.narrow(x, axis, half, 2 * half))
        x = s.concat([pairs, s.narrow(x, axis, 2 * half, size)], axis) if size % 2 else pairs
        size = half + size % 2
    return x

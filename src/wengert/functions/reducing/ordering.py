"""Order: sorting, the largest few, medians and the most frequent element.

Each finds the indices first, which have no gradient, and then picks the elements.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert import errors
from wengert.core.families import shape_of
from wengert.core.levels import numpy_dtype
from wengert.core.tensor import Tensor, wrap
from wengert.functions.reducing import reductions
from wengert.functions.reducing.reductions import along, detached, result_type
from wengert.functions.reducing.scanning import counting, running_maximum
from wengert.ops import pointwise as p
from wengert.ops import reduction
from wengert.ops import structural as s
from wengert.ops.refusals import Refusal, no_kernel, refuse
from wengert.shapes import axis_index

SORT, TOPK, KTHVALUE, MODE = (result_type(name) for name in ("sort", "topk", "kthvalue", "mode"))
MEDIAN, NANMEDIAN = result_type("median"), result_type("nanmedian")

NO_TOPK = [
    Refusal("c", " topk does not support complex dtypes on CPU"),
    Refusal("b", "topk does not support bool dtypes on CPU"),
]


def sort(input: Tensor, dim: int = -1, descending: bool = False, *, stable: bool = False) -> Any:
    """The elements in order along dim, and where they were; nan counts as the largest.

    >>> import wengert as torch
    >>> values, indices = torch.sort(torch.tensor([3.0, 1.0, 2.0]))
    >>> values, indices
    (tensor([1., 2., 3.]), tensor([1, 2, 0]))

    Equal elements keep their order, whether or not it is asked for with `stable`.
    """
    axis, order = _order(input, dim, descending)
    return SORT(_picked(input, axis, order), order)


def argsort(input: Tensor, dim: int = -1, descending: bool = False, *, stable: bool = False) -> Tensor:
    """The indices that put the elements in order along dim.

    >>> import wengert as torch
    >>> torch.argsort(torch.tensor([3.0, 1.0, 2.0]))
    tensor([1, 2, 0])
    """
    _, order = _order(input, dim, descending)
    return order  # type: ignore[no-any-return]


def _order(input: Any, dim: int, descending: bool = False) -> tuple[int, Any]:
    """The axis, and the indices that put the elements in order along it."""
    shape = shape_of(input)
    axis = axis_index(dim, len(shape))
    refuse(numpy_dtype(input), reduction.NO_SORT)
    return axis, reduction.argsort(input, axis, descending) if shape else wrap(np.zeros((), np.int64))


def _picked(input: Any, axis: int, indices: Any) -> Any:
    return along(input, axis, indices) if shape_of(input) else s.copy(input)


def topk(input: Tensor, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Any:
    """The k largest (or smallest) elements along dim in order, and where they were.

    >>> import wengert as torch
    >>> values, indices = torch.topk(torch.tensor([1.0, 3.0, 2.0]), 2)
    >>> values, indices
    (tensor([3., 2.]), tensor([1, 2]))
    """
    refuse(numpy_dtype(input), *NO_TOPK)
    shape = shape_of(input)
    size = shape[axis_index(dim, len(shape))] if shape else 1
    if not 0 <= k <= size:
        raise errors.ShapeError(
            errors.advice("selected index k out of range", f"there are {size} elements along dim {dim}.")
        )
    axis, order = _order(input, dim, largest)
    indices = s.narrow(order, axis, 0, k) if shape else order
    return TOPK(_picked(input, axis, indices), indices)


def kthvalue(input: Tensor, k: int, dim: int = -1, keepdim: bool = False) -> Any:
    """The k-th smallest element along dim, and where it is.

    >>> import wengert as torch
    >>> values, indices = torch.kthvalue(torch.tensor([3.0, 1.0, 2.0]), 2)
    >>> values, indices
    (tensor(2.), tensor(2))
    """
    refuse(numpy_dtype(input), no_kernel("kthvalue_cpu", "bc"))
    axis, order = _order(input, dim)
    size = shape_of(input)[axis] if shape_of(input) else 1
    if not 1 <= k <= size:
        raise errors.ShapeError(
            errors.advice(
                f"kthvalue(): selected number k out of range for dimension {axis}", f"k counts from 1 to {size}."
            )
        )
    indices = s.narrow(order, axis, k - 1, k) if shape_of(input) else order
    return _reduced(KTHVALUE, input, axis, indices, keepdim)


def _reduced(kind: Any, input: Any, axis: int, indices: Any, keepdim: bool) -> Any:
    """Values and indices of one element along an axis, which goes away unless it is to be kept."""
    values, shape = _picked(input, axis, indices), shape_of(input)
    if not keepdim and shape:
        left = (*shape[:axis], *shape[axis + 1 :])
        values, indices = s.reshape(values, left), s.reshape(indices, left)
    return kind(values, indices)


def median(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Any:
    """The element in the middle (the lower of two) of all; with dim also where it is.

    >>> import wengert as torch
    >>> torch.median(torch.tensor([3.0, 1.0, 2.0, 4.0]))
    tensor(2.)
    >>> values, indices = torch.median(torch.tensor([[3.0, 1.0, 2.0]]), 1)
    >>> values, indices
    (tensor([2.]), tensor([2]))

    It is nan where an element is. Without dim, equal elements share the gradient.
    """
    return _middle(MEDIAN, input, dim, keepdim)


def nanmedian(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Any:
    """As `median`, of the elements that are not nan.

    >>> import wengert as torch
    >>> torch.nanmedian(torch.tensor([3.0, torch.nan, 2.0, 1.0]))
    tensor(2.)
    """
    return _middle(NANMEDIAN, input, dim, keepdim)


def _middle(kind: Any, input: Any, dim: int | None, keepdim: bool) -> Any:
    refuse(numpy_dtype(input), no_kernel("median_cpu" if dim is None else "median_out", "bc"))
    if dim is None:
        return _middle_of_all(kind, s.reshape(input, (s.size_of(input),)))
    axis, order = _order(input, dim)
    if not shape_of(input):
        return kind(s.copy(input), order)
    if shape_of(input)[axis] == 0:
        raise errors.AxisError(f"{kind.__name__}(): Expected reduction dim {axis} to have non-zero size.")
    return _reduced(kind, input, axis, along(order, axis, _position(kind, input, axis)), keepdim)


def _position(kind: Any, input: Any, axis: int) -> Any:
    """Where the median is in the sorted elements, behind which stand the nans."""
    size = shape_of(input)[axis]
    numbers = p.subtract(size, s.keep_axes(reductions.sum(p.isnan(detached(input)), axis), (axis,)))
    if kind is NANMEDIAN:
        return p.maximum(p.floor_divide(p.subtract(numbers, 1), 2), wrap(np.array(0)))
    return p.where(p.equal(numbers, size), (size - 1) // 2, numbers)


def _middle_of_all(kind: Any, x: Any) -> Any:
    if s.size_of(x) == 0:
        return reductions.mean(x) if numpy_dtype(x).kind == "f" else reductions.sum(x, dtype=numpy_dtype(x))
    _, order = _order(x, 0)
    picked = s.reshape(along(x, 0, along(order, 0, _position(kind, x, 0))), ())
    if numpy_dtype(x).kind != "f":
        return picked
    # the largest of those that are not above it: that shares the gradient among equal elements
    below = p.less_equal(detached(x), detached(picked))
    shared = reduction.reduce_max(p.where(below, x, -np.inf), (0,))
    return p.where(p.isnan(picked), picked, shared)


def mode(input: Tensor, dim: int = -1, keepdim: bool = False) -> Any:
    """The most frequent element along dim (the smallest of several), and where the last of it is.

    >>> import wengert as torch
    >>> values, indices = torch.mode(torch.tensor([1, 2, 2, 1, 3]))
    >>> values, indices
    (tensor(1), tensor(3))
    """
    refuse(numpy_dtype(input), no_kernel("mode_cpu"))
    axis, order = _order(input, dim)
    shape = shape_of(input)
    if not shape:
        return MODE(s.copy(input), order)
    size = shape[axis]
    if size == 0:
        raise errors.AxisError(f"mode(): Expected reduction dim {axis} to have non-zero size.")
    ordered = along(detached(input), axis, order)
    differs = p.not_equal(s.narrow(ordered, axis, 1, size), s.narrow(ordered, axis, 0, size - 1))
    places = counting(shape, axis)
    starts = s.concat([s.narrow(places, axis, 0, 1), p.where(differs, s.narrow(places, axis, 1, size), 0)], axis)
    repeats = p.subtract(places, running_maximum(starts, axis))
    last = s.keep_axes(reduction.argmax(repeats, axis), (axis,))
    return _reduced(MODE, input, axis, along(order, axis, last), keepdim)

"""Counting: how often values occur, in which bin they fall, which there are."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from wengert import dtypes, errors
from wengert.core.dispatch import common_dtype
from wengert.core.families import shape_of
from wengert.core.levels import concrete, numpy_dtype
from wengert.core.tensor import Tensor, wrap
from wengert.functions.linalg.results import named
from wengert.ops import bits
from wengert.ops import pointwise as p
from wengert.ops import structural as s
from wengert.ops.refusals import no_kernel, refuse
from wengert.shapes import own_axis

HISTOGRAM, HISTOGRAMDD = named("histogram", "hist bin_edges"), named("histogramdd", "hist bin_edges")


def uncut(name: str, result: Any, *operands: Any) -> Any:
    """A result that has no derivative, and says so when one is asked for."""
    for x in operands:
        if isinstance(x, Tensor) and numpy_dtype(x).kind in "fcV" and x.requires_grad:
            nothing = s.reduce_sum(bits.undefined(x, name), tuple(range(len(shape_of(x)))))
            result = p.add(result, nothing)
    return result


def bincount(input: Tensor, weights: Any = None, minlength: int = 0) -> Tensor:
    """How often each of the numbers 0, 1, ... occurs, or the sum of its weights.

    >>> import wengert as torch
    >>> torch.bincount(torch.tensor([1, 3, 1]))
    tensor([0, 2, 0, 1])
    """
    refuse(numpy_dtype(input), no_kernel("bincount_cpu", "bfcV"))
    if minlength < 0:
        raise errors.ShapeError("minlength should be >= 0")
    values = concrete(input)
    if values.ndim != 1 or (values < 0).any():
        raise errors.ShapeError("bincount only supports 1-d non-negative integral inputs.")
    if weights is None:
        return wrap(np.bincount(values.astype(np.int64), minlength=minlength).astype(np.int64))
    given = concrete(weights)
    if not values.size and not given.size:
        return wrap(np.zeros(minlength, np.int64))
    if given.shape != values.shape:
        raise errors.ShapeError("weights should be 1-d and have the same length as input")
    dtype = given.dtype if given.dtype == np.float32 else np.dtype(np.float64)
    total = np.zeros(max(int(values.max()) + 1, minlength), dtype)
    np.add.at(total, values, given.astype(dtype))
    return wrap(total)


def histc(input: Tensor, bins: int = 100, min: float = 0, max: float = 0) -> Tensor:
    """How many elements fall in each of some bins of equal width between min and max.

    >>> import wengert as torch
    >>> torch.histc(torch.tensor([1.0, 2.0, 1.0]), bins=4, min=0, max=3)
    tensor([0., 2., 1., 0.])

    If min equals max, the smallest and the largest element are taken.
    """
    refuse(numpy_dtype(input), no_kernel("histogram_cpu", "biuc"))
    _some_bins(bins, 0)
    values = concrete(input).reshape(-1)
    if max < min:
        raise errors.ShapeError("torch.histc: max must be larger than min")
    low, high = _span(values, min, max)
    if not (np.isfinite(low) and np.isfinite(high)):
        raise errors.ShapeError(f"torch.histc: range of [{low:g}, {high:g}] is not finite")
    edges = np.linspace(low, high, bins + 1)
    return wrap(_counts([values.astype(np.float64)], [edges], None).astype(values.dtype))


def _some_bins(bins: int, axis: int) -> None:
    if bins <= 0:
        raise errors.ShapeError(f"torch.histogram(): bins must be > 0, but got {bins} for dimension {axis}")


def _span(values: Any, low: float, high: float) -> tuple[float, float]:
    if low == high and values.size:
        low, high = float(values.min()), float(values.max())
    return (low - 1, high + 1) if low == high else (low, high)


def _counts(columns: list[Any], edges: list[Any], weights: Any) -> Any:
    """The sum of the weights in each cell of a grid; the last bin includes its end."""
    inside = np.ones(len(columns[0]), bool)
    places = []
    for values, bounds in zip(columns, edges, strict=True):
        at = np.searchsorted(bounds, values, "right") - 1
        at = np.where(values == bounds[-1], len(bounds) - 2, at)
        inside &= (values >= bounds[0]) & (values <= bounds[-1])
        places.append(at)
    shape = tuple(len(bounds) - 1 for bounds in edges)
    flat = np.ravel_multi_index([at[inside] for at in places], shape) if inside.any() else np.zeros(0, np.int64)
    given = np.ones(len(inside)) if weights is None else weights
    return np.bincount(flat, given[inside], prod(shape)).reshape(shape)


def histogram(input: Tensor, bins: Any, *, range: Any = None, weight: Any = None, density: bool = False) -> Any:
    """How many elements fall in each bin, and where the bins begin and end.

    >>> import wengert as torch
    >>> torch.histogram(torch.tensor([1.0, 2.0, 1.0]), bins=4, range=(0.0, 3.0)).hist
    tensor([0., 2., 1., 0.])
    """
    flat = s.reshape(input, (s.size_of(input), 1))
    weights = None if weight is None else concrete(weight).reshape(-1)
    hist, edges = _histogram(flat, [bins], None if range is None else list(range), weights, density)
    return HISTOGRAM(uncut("histogram", hist, input), uncut("histogram", edges[0], input))


def histogramdd(input: Tensor, bins: Any, range: Any = None, weight: Any = None, density: bool = False) -> Any:
    """How many of the points in the rows fall in each cell of a grid, and where its bins begin and end.

    >>> import wengert as torch
    >>> torch.histogramdd(torch.tensor([[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), bins=[2, 2]).hist
    tensor([[0., 1.],
            [1., 1.]])
    """
    shape = shape_of(input)
    if len(shape) < 2:
        raise errors.ShapeError("torch.histogramdd: input tensor should have at least 2 dimensions")
    each = [bins] * shape[-1] if isinstance(bins, int) else list(bins)
    if len(each) != shape[-1]:
        raise errors.ShapeError(
            "histogramdd: The size of bins must be equal to the innermost dimension of the input."
        )  # fmt: skip
    points = s.reshape(input, (prod(shape[:-1]), shape[-1]))
    weights = None if weight is None else concrete(weight).reshape(-1)
    hist, edges = _histogram(points, each, None if range is None else list(range), weights, density)
    made = isinstance(each[0], int)
    return HISTOGRAMDD(
        uncut("_histogramdd", hist, input), tuple(uncut("_histogramdd", e, input) if made else e for e in edges)
    )


def _histogram(points: Any, bins: list[Any], bounds: Any, weights: Any, density: bool) -> tuple[Any, list[Any]]:
    dtype = numpy_dtype(points)
    refuse(dtype, no_kernel("histogramdd", "biuc" + "fV" * (bounds is None and dtypes.is_half(dtype))))
    columns = list(concrete(points).T)
    edges = []
    for axis, (values, wanted) in enumerate(zip(columns, bins, strict=True)):
        if isinstance(wanted, Tensor):
            edges.append(concrete(wanted))
            continue
        _some_bins(wanted, axis)
        low, high = (0.0, 1.0) if not values.size else (float(values.min()), float(values.max()))
        if bounds is not None:
            low, high = bounds[2 * axis : 2 * axis + 2]
            if low > high:
                raise errors.ShapeError(
                    f"torch.histogramdd: min should not exceed max, but got min {low:g} max {high:g} for dimension "
                    f"{axis}"
                )
        elif low == high:
            low, high = low - 0.5, high + 0.5
        edges.append(np.linspace(low, high, wanted + 1).astype(dtype))
    hist = _counts([c.astype(np.float64) for c in columns], [e.astype(np.float64) for e in edges], weights)
    if density:
        hist = hist / hist.sum()
        for axis, e in enumerate(edges):
            hist = hist / np.diff(e).reshape((-1, *(1,) * (hist.ndim - axis - 1)))
    return wrap(hist.astype(dtype)), [wrap(e) for e in edges]


# ------------------------------------------------------------------------ where values belong


def bucketize(input: Any, boundaries: Tensor, *, out_int32: bool = False, right: bool = False) -> Tensor:
    """The number of the bin that each value falls in: how many boundaries lie before it.

    >>> import wengert as torch
    >>> torch.bucketize(torch.tensor([0.5, 2.0, 9.0]), torch.tensor([1.0, 2.0, 3.0]))
    tensor([0, 1, 3])

    With `right`, a boundary that equals a value lies before it.
    """
    rank = len(shape_of(boundaries))
    if rank != 1:
        raise errors.ShapeError(f"boundaries tensor must be 1 dimension, but got dim({rank})")
    return searchsorted(boundaries, input, out_int32=out_int32, right=right)


def searchsorted(sorted_sequence: Tensor, input: Any, *, out_int32: bool = False, right: bool = False,
                 side: str | None = None, sorter: Any = None) -> Tensor:  # fmt: skip
    """Where each value is to be put in, so that a sorted sequence stays so; row by row if it has several.

    >>> import wengert as torch
    >>> torch.searchsorted(torch.tensor([1, 3, 5]), torch.tensor([3, 6]))
    tensor([1, 3])

    Args:
        sorted_sequence: in order along its last dimension.
        input: the values; a number, or a tensor.
        out_int32: give int32 in place of int64.
        right: put a value behind those that equal it.
        side: "left" or "right", which says the same.
        sorter: the indices that sort the sequence, if it is not in order.
    """
    if side not in (None, "left", "right"):
        raise errors.ShapeError(f"torch.searchsorted(): side can only be 'left' or 'right' but got {side}")
    if side == "left" and right:
        raise errors.ShapeError(
            "torch.searchsorted(): side and right can't be set to opposites, got side of left while right was True"
        )
    values = input if isinstance(input, Tensor) else wrap(np.array(input))
    have, wanted = shape_of(sorted_sequence), shape_of(values)
    if len(have) != 1 and not wanted:
        raise errors.ShapeError(
            "torch.searchsorted(): input value can be a scalar only when boundaries tensor dimension is 1, but we got "
            f"boundaries tensor dim({len(have)}) and input value's dim(0) numel(1)"
        )
    if len(have) != 1 and have[:-1] != wanted[:-1]:
        raise errors.ShapeError(
            "torch.searchsorted(): boundaries tensor should be 1 dimension or the first N-1 dimensions of boundaries "
            f"tensor and input value tensor must match, but we got boundaries tensor {list(have)} and input value "
            f"tensor {list(wanted)}"
        )
    sequence = sorted_sequence if sorter is None else _in_order(sorted_sequence, sorter)
    if isinstance(input, Tensor) and numpy_dtype(values) != numpy_dtype(sequence):
        both = common_dtype([np.zeros(1, numpy_dtype(x)) for x in (sequence, values)]).numpy
        sequence, values = s.cast(sequence, both), s.cast(values, both)
    if s.size_of(values):
        refuse(numpy_dtype(sequence), no_kernel("searchsorted_out_cpu", "bc" if isinstance(input, Tensor) else "c"))
    if dtypes.is_half(numpy_dtype(sequence)):  # which NumPy puts in no order where it is bfloat16
        sequence, values = (s.cast(x, np.dtype(np.float32)) for x in (sequence, values))
    found = bits.searchsorted(sequence, values, right or side == "right")
    return s.cast(found, np.dtype(np.int32)) if out_int32 else found  # type: ignore[no-any-return]


def _in_order(sequence: Any, sorter: Any) -> Any:
    own = dtypes.of_numpy(numpy_dtype(sorter))
    if own is not dtypes.int64:
        raise errors.DtypeError(
            f"torch.searchsorted(): sorter must be a tensor of long dtype but got dtype {own.title}"
        )
    if shape_of(sorter) != shape_of(sequence):
        raise errors.ShapeError(
            "torch.searchsorted(): boundary and sorter must have the same size, but got boundary tensor "
            f"{list(shape_of(sequence))}and got sorter tensor {list(shape_of(sorter))}"
        )
    order = concrete(sorter)
    if order.size and not (order.min() >= 0 and order.max() < order.shape[-1]):
        raise errors.ShapeError("torch.searchsorted(): sorter index out of range")
    return wrap(np.take_along_axis(concrete(sequence), order, -1))


# ------------------------------------------------------------------------ which there are


def _picked(values: Any, inverse: Any, counts: Any, return_inverse: bool, return_counts: bool) -> Any:
    results = [values]
    if return_inverse:
        results.append(wrap(np.asarray(inverse).astype(np.int64)))
    if return_counts:
        results.append(wrap(np.asarray(counts).astype(np.int64)))
    return results[0] if len(results) == 1 else tuple(results)


def unique(input: Tensor, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False,
           dim: int | None = None) -> Any:  # fmt: skip
    """The different elements in order, or the different slices of dim.

    >>> import wengert as torch
    >>> torch.unique(torch.tensor([3, 1, 3]), return_counts=True)
    (tensor([1, 3]), tensor([1, 2]))

    Args:
        input: the elements.
        sorted: they are in order in any case.
        return_inverse: also tell which of them each element is.
        return_counts: also tell how often each of them occurs.
        dim: compare the slices of a dimension, and not single elements.
    """
    axis = _comparable("unique", input, dim)
    array = concrete(input)
    own = array.dtype
    array = array.astype(np.float32) if dtypes.is_half(own) else array
    values, inverse, counts = np.unique(
        array,
        return_inverse=True,
        return_counts=True,
        axis=axis,
        equal_nan=False,
    )
    shape = shape_of(input) if axis is None else (shape_of(input)[axis],)
    name = "_unique2" if dim is None else "unique_dim"
    return _picked(
        uncut(name, wrap(values.astype(own)), input), inverse.reshape(shape), counts, return_inverse, return_counts
    )


def _comparable(name: str, x: Any, dim: int | None) -> int | None:
    if numpy_dtype(x).kind == "c":
        refuse(numpy_dtype(x), no_kernel(name))
    if dim is None:
        return None
    shape = shape_of(x)
    axis = own_axis(dim, len(shape))
    if 0 in shape and shape[axis] != 0:
        raise errors.ShapeError("There are 0 sized dimensions, and they aren't selected, so unique cannot be applied")
    return axis


def unique_consecutive(input: Tensor, return_inverse: bool = False, return_counts: bool = False,
                       dim: int | None = None) -> Any:  # fmt: skip
    """The elements without those that equal the one before.

    >>> import wengert as torch
    >>> torch.unique_consecutive(torch.tensor([1, 1, 2, 1]))
    tensor([1, 2, 1])
    """
    axis = _comparable("unique_consecutive", input, dim)
    array = concrete(input)
    rows = array.reshape(-1) if axis is None else np.moveaxis(array, axis, 0)
    changes = np.ones(len(rows), bool)
    if len(rows) > 1:
        differs = rows[1:] != rows[:-1]
        changes[1:] = differs.reshape(len(rows) - 1, -1).any(-1)
    values = rows[changes] if axis is None else np.moveaxis(rows[changes], 0, axis)
    starts = np.flatnonzero(changes)
    counts = np.diff(np.append(starts, len(rows)))
    inverse = (np.cumsum(changes) - 1).reshape(array.shape if axis is None else -1)
    kept = uncut("unique_consecutive", wrap(np.ascontiguousarray(values)), input)
    return _picked(kept, inverse, counts, return_inverse, return_counts)

"""Quantiles, differences and other figures of the elements."""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert import errors
from wengert.core.families import shape_of
from wengert.core.levels import concrete, numpy_dtype
from wengert.core.tensor import Tensor, wrap
from wengert.functions.elementwise.blending import lerp
from wengert.functions.indexing.positions import INDICES, title
from wengert.functions.indexing.selecting import nonzero
from wengert.functions.linalg.results import named
from wengert.functions.reducing import reductions
from wengert.functions.reducing.ordering import sort
from wengert.functions.reducing.reductions import along
from wengert.functions.shaping.arranging import cat, movedim
from wengert.functions.values import first_outside
from wengert.ops import indexing
from wengert.ops import pointwise as p
from wengert.ops import structural as s
from wengert.ops.refusals import refuse
from wengert.shapes import axes_tuple, axis_index, own_axis

AMINMAX = named("aminmax", "min max")


def aminmax(input: Tensor, *, dim: int | None = None, keepdim: bool = False) -> Any:
    """The smallest and the largest element, of all or along dim; elements that tie share the gradient.

    >>> import wengert as torch
    >>> low, high = torch.aminmax(torch.tensor([3, 1, 2]))
    >>> low, high
    (tensor(1), tensor(3))
    """
    shape = shape_of(input)
    if dim is None and 0 in shape:
        raise errors.ShapeError(
            "aminmax(): cannot compute aminmax over an empty dimension as the operation has no identity."
        )
    if dim is not None and shape and shape[axis_index(dim, len(shape))] == 0:
        raise errors.AxisError(f"aminmax: Expected reduction dim {dim} to have non-zero size.")
    over = () if dim is None else dim
    return AMINMAX(reductions.amin(input, over, keepdim), reductions.amax(input, over, keepdim))


def argwhere(input: Tensor) -> Tensor:
    """The positions of the elements that are not zero, a row each.

    >>> import wengert as torch
    >>> torch.argwhere(torch.tensor([0, 5, 6]))
    tensor([[1],
            [2]])
    """
    return nonzero(input)  # type: ignore[no-any-return]


def count_nonzero(input: Tensor, dim: Any = None) -> Tensor:
    """How many elements are not zero, of all or over dim.

    >>> import wengert as torch
    >>> torch.count_nonzero(torch.tensor([[0, 5], [6, 7]]), dim=0)
    tensor([1, 2])
    """
    axes = axes_tuple(None if dim == () else dim, len(shape_of(input)))
    return s.reduce_sum(s.cast(p.not_equal(input, 0), np.dtype(np.int64)), axes)  # type: ignore[no-any-return]


def nonzero_static(input: Tensor, *, size: int, fill_value: int = -1) -> Tensor:
    """The first `size` positions of elements that are not zero, and a number where there are no more.

    >>> import wengert as torch
    >>> torch.nonzero_static(torch.tensor([0, 5]), size=2)
    tensor([[ 1],
            [-1]])
    """
    if size < 0:
        raise errors.ShapeError("nonzero_static: 'size' must be an non-negative integer")
    array = concrete(input)
    found = np.stack(array.nonzero(), -1) if array.ndim else np.zeros((int(bool(array)), 0), np.int64)
    rows = np.full((size, array.ndim), fill_value, np.int64)
    rows[: len(found)] = found[:size]
    return wrap(rows)


def var_mean(input: Tensor, dim: Any = None, unbiased: bool | None = None, keepdim: bool = False, *,
             correction: float | None = 1) -> tuple[Tensor, Tensor]:  # fmt: skip
    """The variance and the mean.

    >>> import wengert as torch
    >>> torch.var_mean(torch.tensor([1.0, 2.0, 3.0]))
    (tensor(1.), tensor(2.))
    """
    return _with_mean("var_mean", reductions.var, input, dim, unbiased, keepdim, correction)


def std_mean(input: Tensor, dim: Any = None, unbiased: bool | None = None, keepdim: bool = False, *,
             correction: float | None = 1) -> tuple[Tensor, Tensor]:  # fmt: skip
    """The standard deviation and the mean.

    >>> import wengert as torch
    >>> torch.std_mean(torch.tensor([1.0, 2.0, 3.0]))
    (tensor(1.), tensor(2.))
    """
    return _with_mean("std_mean", reductions.std, input, dim, unbiased, keepdim, correction)


def _with_mean(
    name: str, spread: Any, x: Any, dim: Any, unbiased: Any, keepdim: bool, correction: float | None
) -> tuple[Tensor, Tensor]:
    if numpy_dtype(x).kind not in "fcV":
        raise errors.DtypeError(
            errors.advice(
                f"{name} only support floating point and complex dtypes", "convert with .float() first."
            )
        )  # fmt: skip
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    return spread(x, dim, unbiased, keepdim, correction=correction), reductions.mean(x, dim, keepdim)


def msort(input: Tensor) -> Tensor:
    """The elements in order along the first dimension.

    >>> import wengert as torch
    >>> torch.msort(torch.tensor([3, 1, 2]))
    tensor([1, 2, 3])
    """
    return sort(input, 0).values  # type: ignore[no-any-return]


def take_along_dim(input: Tensor, indices: Tensor, dim: int | None = None) -> Tensor:
    """Elements along dim that an index picks, which is repeated where it has size 1; without dim of all in a row.

    >>> import wengert as torch
    >>> torch.take_along_dim(torch.tensor([[1, 2], [3, 4]]), torch.tensor([[0], [1]]), 1)
    tensor([[1],
            [4]])
    """
    if dim is None:
        if numpy_dtype(indices) not in INDICES:
            raise errors.DtypeError("gather(): Expected dtype int32/int64 for index")
        x, index, axis = s.reshape(input, (s.size_of(input),)), s.reshape(indices, (s.size_of(indices),)), 0
    else:
        have, wanted = shape_of(input), shape_of(indices)
        if numpy_dtype(indices) != np.int64:
            raise errors.DtypeError(f"torch.take_along_dim(): dtype of indices should be Long but got {title(indices)}")
        if len(have) != len(wanted):
            raise errors.ShapeError(
                "torch.take_along_dim(): input and indices should have the same number of dimensions, but got "
                f"{len(have)} dimensions for input, and {len(wanted)} dimensions for indices"
            )
        axis = own_axis(dim, len(have))
        indices = indexing.inside(indices, axis, have[axis], "take_along_dim")
        joint = np.broadcast_shapes(
            (*have[:axis], 1, *have[axis + 1 :]), (*wanted[:axis], 1, *wanted[axis + 1 :])
        )  # fmt: skip
        x = s.broadcast_to(input, (*joint[:axis], have[axis], *joint[axis + 1 :]))
        index = s.broadcast_to(indices, (*joint[:axis], wanted[axis], *joint[axis + 1 :]))
    return along(x, axis, index)  # type: ignore[no-any-return]


# ------------------------------------------------------------------------ differences


def diff(input: Tensor, n: int = 1, dim: int = -1, prepend: Any = None, append: Any = None) -> Tensor:
    """The differences of neighbours along dim, n times over; of truth values, whether they differ.

    >>> import wengert as torch
    >>> torch.diff(torch.tensor([1, 4, 9]))
    tensor([3, 5])
    """
    shape = shape_of(input)
    if not shape:
        raise errors.ShapeError("diff expects input to be at least one-dimensional")
    if n < 0:
        raise errors.ShapeError(f"order must be non-negative but got {n}")
    axis = axis_index(dim, len(shape))
    for beside in (prepend, append):
        if beside is not None and len(shape_of(beside)) != len(shape):
            raise errors.ShapeError("diff expects prepend or append to be the same dimension as input")
    if n == 0:
        return s.copy(input)  # type: ignore[no-any-return]
    pieces = [x for x in (prepend, input, append) if x is not None]
    x: Any = cat(pieces, axis) if len(pieces) > 1 else input
    for _ in range(min(n, shape_of(x)[axis])):
        size = shape_of(x)[axis]
        after, before = s.narrow(x, axis, min(1, size), size), s.narrow(x, axis, 0, max(size - 1, 0))
        x = p.not_equal(after, before) if numpy_dtype(x) == np.bool_ else p.subtract(after, before)
    return x  # type: ignore[no-any-return]


def gradient(input: Tensor, *, spacing: Any = 1, dim: Any = None, edge_order: int = 1) -> tuple[Tensor, ...]:
    """How fast the elements change along each dimension, by differences to both sides.

    >>> import wengert as torch
    >>> torch.gradient(torch.tensor([1.0, 4.0, 9.0, 16.0]))
    (tensor([3., 4., 6., 7.]),)

    Args:
        input: the elements.
        spacing: between neighbours: a number, a number for each dimension, or a tensor of coordinates for each.
        dim: an int or several; every dimension if None.
        edge_order: 1 or 2: how many neighbours the slope at the ends takes.
    """
    shape = shape_of(input)
    axes_tuple(dim, len(shape))  # refuses one that is there twice
    axes = [axis_index(d, len(shape)) for d in ([dim] if isinstance(dim, int) else dim or range(len(shape)))]
    refuse(numpy_dtype(input), p.TWO_BOOLS)
    if numpy_dtype(input) == np.uint8:
        raise errors.DtypeError("torch.gradient does not support uint8 input.")
    if edge_order not in (1, 2):
        raise errors.ShapeError("torch.gradient only supports edge_order=1 and edge_order=2.")
    spacing = 1 if spacing is None else spacing
    steps = [spacing] * len(axes) if isinstance(spacing, int | float | complex) else list(spacing)
    if len(steps) != len(axes):
        told = "since dim argument was not given" if dim is None else "since dim argument was given"
        raise errors.ShapeError(
            "torch.gradient expected spacing to be unspecified, a scalar, or a list of length equal to 'self.dim() = "
            f"{len(axes)}', {told}, but got a list of length {len(steps)}"
        )
    if any(shape[axis] < edge_order + 1 for axis in axes):
        raise errors.ShapeError("torch.gradient expected each dimension size to be at least edge_order+1")
    x: Any = input if numpy_dtype(input).kind in "fcV" else p.multiply(input, 1.0)
    return tuple(_slope(x, axis, step, edge_order) for axis, step in zip(axes, steps, strict=True))


def _slope(x: Any, axis: int, step: Any, edge_order: int) -> Any:
    size = shape_of(x)[axis]
    if isinstance(step, Tensor):
        between = diff(s.cast(step, numpy_dtype(x)))
        gaps = s.reshape(between, tuple(size - 1 if k == axis else 1 for k in range(len(shape_of(x)))))
    else:
        gaps = None

    def part(first: int, last: int) -> Any:
        return s.narrow(x, axis, first, last)

    def gap(first: int, last: int) -> Any:
        return step if gaps is None else s.narrow(gaps, axis, first, last)

    pieces = []
    if size > 2:
        h, k = gap(0, size - 2), gap(1, size - 1)
        if gaps is None:
            pieces.append(p.divide(p.subtract(part(2, size), part(0, size - 2)), 2 * step))
        else:
            outer = part(0, size - 2) * (-k / (h * (h + k))) + part(2, size) * (h / (k * (h + k)))
            pieces.append(outer + part(1, size - 1) * ((k - h) / (h * k)))
    if edge_order == 1:
        left = p.divide(p.subtract(part(1, 2), part(0, 1)), gap(0, 1))
        right = p.divide(p.subtract(part(size - 1, size), part(size - 2, size - 1)), gap(size - 2, size - 1))
    else:
        left = _edge([part(i, i + 1) for i in range(3)], gap(0, 1), gap(1, 2))
        right = _edge(
            [part(size - 1 - i, size - i) for i in range(3)], -gap(size - 2, size - 1), -gap(size - 3, size - 2)
        )
    return s.concat([left, *pieces, right], axis)


def _edge(points: list[Any], h: Any, k: Any) -> Any:
    """The slope at the first of three points, which are h and k apart."""
    a, b, c = -(2 * h + k) / (h * (h + k)), (h + k) / (h * k), -h / (k * (h + k))
    return points[0] * a + points[1] * b + points[2] * c


# ------------------------------------------------------------------------ quantiles

INTERPOLATIONS = ("linear", "lower", "higher", "midpoint", "nearest")


def quantile(input: Tensor, q: Any, dim: int | None = None, keepdim: bool = False, *,
             interpolation: str = "linear") -> Tensor:  # fmt: skip
    """The number below which a part q of the elements lies, of all or along dim; several of them for a vector q.

    >>> import wengert as torch
    >>> torch.quantile(torch.tensor([1.0, 2.0, 4.0]), torch.tensor([0.25, 0.5]))
    tensor([1.5000, 2.0000])

    Args:
        input: floating numbers; where one is nan, so is the result.
        q: a number or a vector of numbers in [0, 1].
        dim: of the elements; None for all.
        keepdim: keep the dimension with size 1.
        interpolation: between the two neighbours: linear, lower, higher, midpoint or nearest.
    """
    return _quantile(input, q, dim, keepdim, interpolation, skip=False)


def nanquantile(input: Tensor, q: Any, dim: int | None = None, keepdim: bool = False, *,
                interpolation: str = "linear") -> Tensor:  # fmt: skip
    """`quantile` of the elements that are not nan.

    >>> import wengert as torch
    >>> torch.nanquantile(torch.tensor([1.0, torch.nan, 3.0]), 0.5)
    tensor(2.)
    """
    return _quantile(input, q, dim, keepdim, interpolation, skip=True)


def _quantile(x: Any, q: Any, dim: Any, keepdim: bool, how: str, *, skip: bool) -> Tensor:
    dtype = numpy_dtype(x)
    if dtype not in (np.dtype(np.float32), np.dtype(np.float64)):
        raise errors.DtypeError("quantile() input tensor must be either float or double dtype")
    if not s.size_of(x):
        raise errors.ShapeError("quantile() input tensor must be non-empty")
    if how not in INTERPOLATIONS:
        raise errors.ShapeError(
            f"quantile() interpolation must be one of linear, lower, higher, midpoint or nearest, but got {how}"
        )
    wanted = _parts(q, dtype)
    rank, shape = len(shape_of(x)), shape_of(x)
    axis = None if dim is None else axis_index(dim, rank)
    flat = s.reshape(x, (s.size_of(x),)) if axis is None or not rank else movedim(x, axis, -1)
    ordered = sort(flat, -1).values
    lead = shape_of(ordered)[:-1]
    found = _between(ordered, s.reshape(wanted, (s.size_of(wanted),)), how, skip)
    if keepdim:
        whole = (1,) * rank if axis is None else (*shape[:axis], 1, *shape[axis + 1 :])
        found = s.reshape(movedim(found, -1, 0), (s.size_of(wanted), *whole))
    else:
        found = s.reshape(movedim(found, -1, 0), (s.size_of(wanted), *lead))
    return found if len(shape_of(wanted)) else s.reshape(found, shape_of(found)[1:])  # type: ignore[no-any-return]


def _parts(q: Any, dtype: np.dtype[Any]) -> Any:
    if not isinstance(q, Tensor):
        if not 0 <= q <= 1:
            raise errors.ShapeError(f"quantile() q must be in the range [0, 1] but got {q:g}")
        return wrap(np.array(q, dtype))
    if len(shape_of(q)) > 1:
        raise errors.ShapeError("quantile() q must be a scalar or 1D tensor")
    if numpy_dtype(q) != dtype:
        raise errors.DtypeError(
            errors.advice("quantile() q tensor must be same dtype as the input tensor", "convert q with .to(x.dtype).")
        )
    if first_outside(q, 0, 1) is not None:
        raise errors.ShapeError("quantile() q values must be in the range [0, 1]")
    return q


def _between(ordered: Any, q: Any, how: str, skip: bool) -> Any:
    """The elements at these parts of ordered ones, along a last dimension."""
    shape, dtype = shape_of(ordered), numpy_dtype(ordered)
    last, count = shape[-1] - 1, s.size_of(q)
    missing = p.isnan(ordered)
    wide = (*shape[:-1], count)
    if skip:
        there = s.reduce_sum(s.cast(p.logical_not(missing), np.dtype(np.int64)), (len(shape) - 1,))
        top = s.cast(s.keep_axes(p.maximum(p.subtract(there, 1), 0), (len(shape) - 1,)), dtype)
        ranks = p.multiply(q, top)
    else:
        some = s.reduce_sum(s.cast(missing, np.dtype(np.int64)), (len(shape) - 1,))
        holed = p.not_equal(s.keep_axes(some, (len(shape) - 1,)), 0)
        ranks = p.where(holed, np.array(last, dtype), p.multiply(q, np.array(last, dtype)))
    ranks = s.broadcast_to(ranks, wide)
    if how in ("lower", "higher", "nearest"):
        ranks = {"lower": p.floor, "higher": p.ceil, "nearest": p.rint}[how](ranks)
    below = p.floor(reductions.detached(ranks))
    low = along(ordered, len(shape) - 1, s.cast(below, np.dtype(np.int64)))
    if how not in ("linear", "midpoint"):
        return low
    high = along(ordered, len(shape) - 1, s.cast(p.ceil(reductions.detached(ranks)), np.dtype(np.int64)))
    if how == "midpoint":
        return lerp(low, high, 0.5)
    return lerp(low, high, p.subtract(ranks, below))

"""Values reduced in groups that an index names: index_reduce, scatter_reduce, segment_reduce.

Sums and means are scattered; the largest shares its gradient among equals; products are taken over a table with a row
for each member of a group, so that zeros are no trouble.
"""

from __future__ import annotations

from math import inf, nan, prod
from typing import Any

import numpy as np

from wengert import errors
from wengert.core.families import shape_of
from wengert.core.levels import concrete, numpy_dtype
from wengert.core.tensor import Tensor, wrap
from wengert.functions.indexing.positions import joined_positions, scattered_positions
from wengert.functions.reducing.reductions import detached
from wengert.functions.reducing.scanning import prod as product_over
from wengert.ops import indexing
from wengert.ops import pointwise as p
from wengert.ops import structural as s
from wengert.ops.refusals import no_kernel, refuse


def _whole(x: Any) -> bool:
    return numpy_dtype(x).kind in "biu"


def grouped(x: Any, value: Any, positions: Any, reduce: str, include_self: bool = True) -> Tensor:
    """x with the values of each group put to it: `positions` says where in the flattened x each belongs."""
    shape = shape_of(x)
    value = s.reshape(value, shape_of(positions))
    counts = indexing.spread(p.add(p.multiply(positions, 0), 1), positions, shape)
    touched = p.not_equal(counts, 0)
    kept = x if include_self else p.where(touched, s.cast(wrap(np.array(START[reduce])), numpy_dtype(x)), x)
    if reduce == "prod":
        return _product(kept, value, positions)
    if reduce in ("amax", "amin"):
        return _extreme(x, value, positions, touched, reduce == "amax", include_self)
    total = p.add(kept, indexing.spread(value, positions, shape))
    if reduce == "sum":
        return total  # type: ignore[no-any-return]
    members = p.add(counts, 1) if include_self else p.where(touched, counts, 1)
    divide = p.floor_quotient if _whole(x) else p.divide
    return divide(total, s.cast(members, numpy_dtype(x)))  # type: ignore[no-any-return]


START = {"sum": 0, "prod": 1, "mean": 0, "amax": 0, "amin": 0}
"""What a group starts from that leaves out the element itself."""


def _product(x: Any, value: Any, positions: Any) -> Tensor:
    shape, at = shape_of(x), concrete(positions).reshape(-1)
    order = np.argsort(at, kind="stable")
    rank = np.empty(at.size, np.int64)
    first = np.searchsorted(at[order], at[order])
    rank[order] = np.arange(at.size) - first
    size, rows = prod(shape), 1 + (int(rank.max()) + 1 if at.size else 0)
    table = s.concat([s.reshape(x, (1, size)), s.broadcast_to(np.ones((), numpy_dtype(x)), (rows - 1, size))], 0)
    filled = indexing.put(table, s.reshape(value, (at.size,)), wrap((rank + 1) * size + at))
    return s.reshape(s.cast(product_over(filled, 0), numpy_dtype(x)), shape)  # type: ignore[no-any-return]


def _extreme(x: Any, value: Any, positions: Any, touched: Any, largest: bool, include_self: bool) -> Tensor:
    shape, dtype = shape_of(x), numpy_dtype(x)
    lowest = np.array(_least(dtype, largest), dtype)
    start = detached(x) if include_self else p.where(touched, lowest, detached(x))
    best = indexing.group_extreme(start, detached(value), positions, largest)
    if _whole(x):
        return best  # type: ignore[no-any-return]
    mine = p.logical_and(p.equal(x, best), True if include_self else p.logical_not(touched))
    theirs = p.equal(value, indexing.take(best, positions))
    total = p.add(p.where(mine, x, 0), indexing.spread(p.where(theirs, value, 0), positions, shape))
    count = p.add(s.cast(mine, dtype), indexing.spread(s.cast(theirs, dtype), positions, shape))
    none = p.equal(count, 0)  # it is nan
    return p.where(none, best, p.divide(total, p.where(none, 1, count)))  # type: ignore[no-any-return]


def _least(dtype: np.dtype[Any], largest: bool) -> Any:
    if dtype.kind in "fV":
        return -inf if largest else inf
    if dtype.kind == "b":
        return not largest
    limits = np.iinfo(dtype)
    return limits.min if largest else limits.max


def index_reduce(input: Tensor, dim: int, index: Tensor, source: Tensor, reduce: str, *,
                 include_self: bool = True) -> Tensor:  # fmt: skip
    """The tensor with slices of another reduced into it at some places of a dimension.

    >>> import wengert as torch
    >>> torch.index_reduce(torch.ones(2), 0, torch.tensor([0, 0]), torch.tensor([2.0, 3.0]), "prod")
    tensor([6., 1.])

    `reduce` is "prod", "mean", "amax" or "amin"; without `include_self` a place that is met starts empty.
    """
    if reduce not in ("prod", "mean", "amax", "amin"):
        raise errors.ShapeError(
            errors.advice(
                f"index_reduce(): Expected reduce to be one of prod, mean, amax or amin but got {reduce}.",
                "index_add, which sums.",
            )
        )
    positions = joined_positions("index_reduce", input, dim, index, source)
    refuse(numpy_dtype(input), no_kernel("index_reduce_func_exclude_input_init", "" if include_self else "bc"))
    refuse(numpy_dtype(input), no_kernel(f"index_reduce_{reduce}", "c" * (reduce in ("amax", "amin"))))
    return grouped(input, source, positions, reduce, include_self)


def scatter_reduce(input: Tensor, dim: int, index: Tensor, src: Tensor, reduce: str, *,
                   include_self: bool = True) -> Tensor:  # fmt: skip
    """The tensor with values reduced into it at the places that an index gives along a dimension.

    >>> import wengert as torch
    >>> torch.scatter_reduce(torch.zeros(2), 0, torch.tensor([0, 0, 1]), torch.tensor([1.0, 2.0, 3.0]), "amax")
    tensor([2., 3.])

    `reduce` is "sum", "prod", "mean", "amax" or "amin"; without `include_self` a place that is met starts empty.
    """
    _known(reduce)
    if not s.size_of(index):
        return s.copy(input)  # type: ignore[no-any-return]
    positions, source = scattered_positions(input, dim, index, src)
    return grouped(input, source, positions, reduce, include_self)


def _known(reduce: str) -> None:
    if reduce not in START:
        raise errors.ShapeError(
            errors.advice(
                f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}", "write one of these."
            )
        )


EMPTY_SEGMENT = {"sum": 0.0, "mean": nan, "max": -inf, "min": inf, "prod": 1.0}
NAMES = {"max": "amax", "min": "amin"}


def segment_reduce(data: Tensor, reduce: str, *, lengths: Any = None, indices: Any = None, offsets: Any = None,
                   axis: int = 0, unsafe: bool = False, initial: Any = None) -> Tensor:  # fmt: skip
    """A reduction of each of several stretches of a dimension, whose lengths are given.

    >>> import wengert as torch
    >>> torch.segment_reduce(torch.tensor([1.0, 2.0, 3.0]), "sum", lengths=torch.tensor([1, 2]))
    tensor([1., 5.])

    `reduce` is "sum", "mean", "max", "min" or "prod"; `offsets` says in place of lengths where each begins and ends.
    """
    if reduce not in EMPTY_SEGMENT:
        raise errors.ShapeError(f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}")
    if lengths is None and offsets is None:
        raise errors.ShapeError("segment_reduce(): Either lengths or offsets must be defined.")
    refuse(numpy_dtype(data), no_kernel("_segment_reduce_cpu", "biuc"))
    sizes = concrete(lengths) if lengths is not None else np.diff(concrete(offsets), axis=-1)
    shape = shape_of(data)
    if axis != sizes.ndim - 1:
        raise errors.ShapeError(
            errors.advice(
                f"segment_reduce(): Expected axis to be the last dimension of lengths but got {axis}.",
                "give lengths for each row before that dimension.",
            )
        )
    if lengths is not None and not unsafe and (sizes.sum(-1) != shape[axis]).any():
        raise errors.ShapeError(
            "segment_reduce(): Expected all rows of lengths along axis to sum to data.size(lengths.dim()-1) when "
            "!unsafe."
        )
    starts = 0 if lengths is not None else concrete(offsets)[..., :-1]
    return _segments(data, reduce, sizes, starts, axis, initial)


def _segments(data: Any, reduce: str, sizes: Any, starts: Any, axis: int, initial: Any) -> Tensor:
    shape, count = shape_of(data), sizes.shape[-1]
    inner = prod(shape[axis + 1 :])
    rows = sizes.reshape(-1, count)
    begins = np.cumsum(rows, -1) - rows if isinstance(starts, int) else starts.reshape(rows.shape)
    taken, slots = [], []
    for row in range(len(rows)):
        for k in range(count):
            at = np.arange(begins[row, k], begins[row, k] + rows[row, k])
            taken.append(((row * shape[axis] + at)[:, None] * inner + np.arange(inner)).reshape(-1))
            slots.append(np.tile((row * count + k) * inner + np.arange(inner), len(at)))
    result = (*shape[:axis], count, *shape[axis + 1 :])
    value = indexing.take(data, wrap(np.concatenate(taken).astype(np.int64)))
    where = wrap(np.concatenate(slots).astype(np.int64))
    first = EMPTY_SEGMENT[reduce] if initial is None else initial
    dtype = numpy_dtype(data)
    if reduce == "mean":
        members = wrap(np.repeat(rows.reshape(-1), inner).reshape(result))
        total = p.add(indexing.spread(value, where, result), initial or 0)
        empty = p.equal(members, 0)
        return p.where(empty, first, p.divide(total, s.cast(p.where(empty, 1, members), dtype)))  # type: ignore[no-any-return]
    start = wrap(np.full(result, first, dtype))
    if initial is None and reduce in NAMES:
        return grouped(start, value, where, NAMES[reduce], include_self=False)
    return grouped(start, value, where, NAMES.get(reduce, reduce))

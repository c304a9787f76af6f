"""Tensors with some elements replaced or added to: the counterparts of selecting.

Each works out which positions of the flattened tensor are meant, and puts the values there, so
one row (`put`), or the sum of a scattered tensor, is behind all of them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert import dtypes, errors
from wengert.core.families import shape_of
from wengert.core.levels import concrete, numpy_dtype
from wengert.core.places import warn
from wengert.core.tensor import Tensor, wrap
from wengert.functions.halves import in_float32, is_half
from wengert.functions.indexing.grouping import grouped
from wengert.functions.indexing.positions import (
    along_positions,
    index_positions,
    joined_positions,
    scattered_positions,
    title,
    without,
)
from wengert.ops import indexing
from wengert.ops import pointwise as p
from wengert.ops import structural as s
from wengert.shapes import axis_index


def index_fill(input: Tensor, dim: int, index: Tensor, value: Any) -> Tensor:
    """The tensor with a number at some places of a dimension.

    >>> import wengert as torch
    >>> torch.index_fill(torch.zeros(2, 3), 1, torch.tensor([0, 2]), 7)
    tensor([[7., 0., 7.],
            [7., 0., 7.]])
    """
    shape = shape_of(input)
    axis = axis_index(dim, len(shape))
    if isinstance(value, Tensor) and value.ndim:
        raise errors.ShapeError(
            f"index_fill_ only supports a 0-dimensional value tensor, but got tensor with {value.ndim} dimension(s)."
        )
    if len(shape_of(index)) > 1:
        raise errors.ShapeError("Index has to be a vector/scalar")
    if numpy_dtype(index) != np.int64:
        raise errors.AxisError("index_fill_(): Expected dtype int64 for index.")
    positions = along_positions(shape, axis, index, "index")
    own = numpy_dtype(input)
    if isinstance(value, Tensor):  # its gradient counts a place once, however often the index names it
        there = _put(wrap(np.zeros(shape, bool)), wrap(np.ones(shape_of(positions), bool)), positions)
        return p.where(there, s.cast(value, own), input)  # type: ignore[no-any-return]
    return _put(input, s.broadcast_to(wrap(dtypes.number_in(value, own)), shape_of(positions)), positions)


def index_copy(input: Tensor, dim: int, index: Tensor, source: Tensor) -> Tensor:
    """The tensor with the slices of another at some places of a dimension.

    >>> import wengert as torch
    >>> torch.index_copy(torch.zeros(3), 0, torch.tensor([2, 0]), torch.tensor([1.0, 2.0]))
    tensor([2., 0., 1.])
    """
    shape, have = shape_of(input), shape_of(source)
    axis = axis_index(dim, len(shape))
    if len(shape_of(index)) > 1:
        raise errors.AxisError(f"index_copy_(): Index should have dimension 1 or 0 (got {len(shape_of(index))})")
    if not have and s.size_of(index) != 1:
        raise errors.AxisError(
            f"index_copy_(): When source is scalar, index should have one element (got {s.size_of(index)})"
        )
    if shape and have and len(shape) != len(have):
        raise errors.AxisError(
            "index_copy_(): When source and destination are not scalars, their dimensionality must match. Source "
            f"dimensionality ({len(have)}), destination dimensionality ({len(shape)})"
        )
    if numpy_dtype(index) != np.int64:
        raise errors.DtypeError(f"index_copy_(): Expected a long tensor for index, but got {title(index)}")
    if numpy_dtype(input) != numpy_dtype(source):
        raise errors.DtypeError(
            "index_copy_(): self and source expected to have the same dtype, but got (self) "
            f"{title(input)} and (source) {title(source)}"
        )
    if without(shape, axis) != without(have, axis):
        raise errors.ShapeError(
            "index_copy_(): Source/destination tensor must have same slice shapes. Destination slice shape: "
            f"{_spaced(without(shape, axis))} at dimension {axis} and source slice shape: "
            f"{_spaced(without(have, axis))} at dimension {axis if have else 0}."
        )
    count = have[axis] if have else 1
    if s.size_of(index) != count:
        raise errors.AxisError(
            f"index_copy_(): Number of indices ({s.size_of(index)}) should be equal to source.size(dim) ({count})"
        )
    positions = along_positions(shape, axis, index, "index_copy")
    return _put(input, s.reshape(source, shape_of(positions)), positions)


def index_add(input: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: Any = 1) -> Tensor:
    """The tensor with alpha times the slices of another added at some places of a dimension.

    >>> import wengert as torch
    >>> torch.index_add(torch.zeros(2), 0, torch.tensor([1, 1]), torch.tensor([1.0, 2.0]))
    tensor([0., 3.])
    """
    positions = joined_positions("index_add", input, dim, index, source)
    if alpha != 1:
        own = numpy_dtype(source)
        if own.kind in "?biu" or type(alpha) is complex:  # the number takes the dtype, and not the other way round
            alpha = dtypes.number_in(alpha, own).item()
        source = p.multiply(source, alpha)
    return _add(input, source, positions)


def scatter(input: Tensor, dim: int, index: Tensor, src: Any = None, *, value: Any = None,
            reduce: str | None = None) -> Tensor:  # fmt: skip
    """The tensor with values at the places that an index gives along a dimension: out[index[i][j]][j] = src[i][j].

    >>> import wengert as torch
    >>> torch.scatter(torch.zeros(2, 2), 1, torch.tensor([[0], [1]]), 5.0)
    tensor([[5., 0.],
            [0., 5.]])

    With `reduce` "add" or "multiply" the values are added to what is there, or multiplied with it.
    """
    source = value if src is None else src
    source = source.item() if isinstance(source, np.generic) else source
    if reduce is not None and isinstance(source, Tensor):
        warn(DEPRECATED, UserWarning)
    if reduce not in REDUCTIONS:
        raise errors.ShapeError("reduce argument must be either add or multiply.")
    if not isinstance(source, Tensor | bool | int | float | complex):
        raise errors.ArgumentTypeError(
            f"scatter_(): argument 'src' (position 3) must be Tensor or a number, not {type(source).__name__}"
        )
    if not s.size_of(index):
        return s.copy(input)  # type: ignore[no-any-return]
    positions, source = scattered_positions(input, dim, index, source)
    own = numpy_dtype(input)
    given = source if isinstance(source, Tensor) else wrap(dtypes.number_in(source, own))
    given = s.broadcast_to(given, shape_of(positions))
    joint = REDUCTIONS[reduce]
    return grouped(input, given, positions, joint) if joint else _put(input, given, positions)


REDUCTIONS = {None: None, "add": "sum", "multiply": "prod"}
"""What `scatter` may do with several values at one place, and its name in `scatter_reduce`."""


DEPRECATED = (
    "The reduce argument of torch.scatter with Tensor src is deprecated and will be removed in a future PyTorch "
    "release. Use torch.scatter_reduce instead for more reduction options."
)


def scatter_add(input: Tensor, dim: int, index: Tensor, src: Tensor) -> Tensor:
    """The tensor with values added at the places that an index gives along a dimension.

    >>> import wengert as torch
    >>> torch.scatter_add(torch.zeros(2), 0, torch.tensor([1, 1, 0]), torch.tensor([1.0, 2.0, 3.0]))
    tensor([3., 3.])
    """
    if not isinstance(src, Tensor):
        raise errors.ArgumentTypeError(
            f"scatter_add_(): argument 'src' (position 3) must be Tensor, not {type(src).__name__}"
        )
    if not s.size_of(index):
        return s.copy(input)  # type: ignore[no-any-return]
    positions, source = scattered_positions(input, dim, index, src)
    return in_float32(_add, input, source, positions) if is_half(input) else _add(input, source, positions)


def masked_scatter(input: Tensor, mask: Tensor, source: Tensor) -> Tensor:
    """The tensor with the first elements of another, one after another, where the mask holds.

    >>> import wengert as torch
    >>> torch.masked_scatter(torch.zeros(3), torch.tensor([True, False, True]), torch.tensor([1.0, 2.0]))
    tensor([1., 0., 2.])
    """
    if numpy_dtype(mask) != np.bool_:
        raise errors.DtypeError(f"masked_scatter_ only supports boolean masks, but got mask with dtype {title(mask)}")
    if numpy_dtype(input) != numpy_dtype(source):
        raise errors.DtypeError(
            f"masked_scatter: expected self and source to have same dtypes but got{title(input)} and {title(source)}"
        )
    shape = np.broadcast_shapes(shape_of(input), shape_of(mask))
    positions = np.flatnonzero(np.broadcast_to(concrete(mask), shape))
    if s.size_of(source) < positions.size:
        raise errors.ShapeError("Number of elements of source < number of ones in mask")
    given = s.take_slice(s.reshape(source, (s.size_of(source),)), ((0, positions.size, 1),))
    return _put(s.broadcast_to(input, shape), given, wrap(positions))


def put(input: Tensor, index: Tensor, source: Tensor, accumulate: bool = False) -> Tensor:
    """The tensor with values put at, or added to, some places of the flattened tensor.

    >>> import wengert as torch
    >>> torch.put(torch.zeros(2, 2), torch.tensor([0, -1]), torch.tensor([5.0, 6.0]))
    tensor([[5., 0.],
            [0., 6.]])
    """
    if numpy_dtype(index) != np.int64:
        raise errors.DtypeError(f"put_(): Expected a long tensor for index, but got {title(index)}")
    if numpy_dtype(input) != numpy_dtype(source):
        raise errors.DtypeError(
            "put_(): self and source expected to have the same dtype, but got self.dtype = "
            f"{title(input)} and source.dtype = {title(source)}"
        )
    if s.size_of(index) != s.size_of(source):
        raise errors.AxisError(
            "put_(): Expected source and index to have the same number of elements, but got source.numel() = "
            f"{s.size_of(source)}, index.numel() = {s.size_of(index)}"
        )
    index = indexing.inside(index, 0, s.size_of(input), "take")
    return (_add if accumulate else _put)(input, s.reshape(source, shape_of(index)), index)


def index_put(input: Tensor, indices: Any, values: Tensor, accumulate: bool = False) -> Tensor:
    """The tensor with values put at, or added to, the places that index tensors pick: `x[indices] = values`.

    >>> import wengert as torch
    >>> torch.index_put(torch.zeros(3), (torch.tensor([0, 2]),), torch.tensor([5.0, 6.0]))
    tensor([5., 0., 6.])
    """
    for i, index in enumerate(indices):
        if not isinstance(index, Tensor):
            raise errors.ArgumentTypeError(
                f"expected Tensor as element {i} in argument 1, but got {type(index).__name__}"
            )
    if numpy_dtype(input) != numpy_dtype(values):
        raise errors.DtypeError(
            errors.advice(
                f"Index put requires the source and destination dtypes match, got {input.dtype.title} for the "
                f"destination and {values.dtype.title} for the source.",
                f"convert the values with .to({input.dtype}).",
            )
        )
    positions = index_positions(input, tuple(indices))
    return (_add if accumulate else _put)(input, s.broadcast_to(values, shape_of(positions)), positions)


def _put(x: Any, value: Any, positions: Any) -> Tensor:
    result: Tensor = indexing.put(x, value, positions)
    return result


def _add(x: Any, value: Any, positions: Any) -> Tensor:
    result: Tensor = p.add(x, indexing.spread(s.reshape(value, shape_of(positions)), positions, shape_of(x)))
    return result


def _spaced(shape: tuple[int, ...]) -> str:
    return " ".join(map(str, shape))

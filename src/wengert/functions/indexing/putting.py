"""Tensors with some elements replaced or added to: the counterparts of selecting.

Each works out which positions of the flattened tensor are meant, and puts the values there, so
one row (`put`), or the sum of a scattered tensor, is behind all of them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert import dtypes, errors
from wengert.core.families import shape_of
from wengert.core.levels import Tracer, concrete, numpy_dtype
from wengert.core.tensor import Tensor, wrap
from wengert.ops import indexing
from wengert.ops import pointwise as p
from wengert.ops import structural as s
from wengert.shapes import axis_index, contiguous_strides


def index_fill(input: Tensor, dim: int, index: Tensor, value: Any) -> Tensor:
    """The tensor with a number at some places of a dimension.

    >>> import wengert as torch
    >>> torch.index_fill(torch.zeros(2, 3), 1, torch.tensor([0, 2]), 7)
    tensor([[7., 0., 7.],
            [7., 0., 7.]])
    """
    shape = shape_of(input)
    axis = axis_index(dim, len(shape))
    if len(shape_of(index)) > 1:
        raise errors.ShapeError("Index has to be a vector/scalar")
    if numpy_dtype(index) != np.int64:
        raise errors.AxisError("index_fill_(): Expected dtype int64 for index.")
    if isinstance(value, Tensor) and value.ndim:
        raise errors.ShapeError(
            f"index_fill_ only supports a 0-dimensional value tensor, but got tensor with {value.ndim} dimension(s)."
        )
    index = _counted_from_the_front(index, axis, shape, "")
    positions = along_positions(shape, axis, index)
    own = numpy_dtype(input)
    given = s.cast(value, own) if isinstance(value, Tensor) else wrap(dtypes.number_in(value, own))
    return _put(input, s.broadcast_to(given, shape_of(positions)), positions)


def index_copy(input: Tensor, dim: int, index: Tensor, source: Tensor) -> Tensor:
    """The tensor with the slices of another at some places of a dimension.

    >>> import wengert as torch
    >>> torch.index_copy(torch.zeros(3), 0, torch.tensor([2, 0]), torch.tensor([1.0, 2.0]))
    tensor([2., 0., 1.])
    """
    shape, have = shape_of(input), shape_of(source)
    axis = axis_index(dim, len(shape))
    if shape and have and len(shape) != len(have):
        raise errors.AxisError(
            "index_copy_(): When source and destination are not scalars, their dimensionality must match. Source "
            f"dimensionality ({len(have)}), destination dimensionality ({len(shape)})"
        )
    if numpy_dtype(index) != np.int64:
        raise errors.DtypeError(f"index_copy_(): Expected a long tensor for index, but got {_title(index)}")
    if numpy_dtype(input) != numpy_dtype(source):
        raise errors.DtypeError(
            "index_copy_(): self and source expected to have the same dtype, but got (self) "
            f"{_title(input)} and (source) {_title(source)}"
        )
    if _without(shape, axis) != _without(have, axis):
        raise errors.ShapeError(
            "index_copy_(): Source/destination tensor must have same slice shapes. Destination slice shape: "
            f"{_spaced(_without(shape, axis))} at dimension {axis} and source slice shape: "
            f"{_spaced(_without(have, axis))} at dimension {axis if have else 0}."
        )
    count = have[axis] if have else 1
    if s.size_of(index) != count:
        raise errors.AxisError(
            f"index_copy_(): Number of indices ({s.size_of(index)}) should be equal to source.size(dim) ({count})"
        )
    index = _counted_from_the_front(index, axis, shape, "index_copy_(): ", negative=False)
    positions = along_positions(shape, axis, index)
    return _put(input, s.reshape(source, shape_of(positions)), positions)


def index_add(input: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: Any = 1) -> Tensor:
    """The tensor with alpha times the slices of another added at some places of a dimension.

    >>> import wengert as torch
    >>> torch.index_add(torch.zeros(2), 0, torch.tensor([1, 1]), torch.tensor([1.0, 2.0]))
    tensor([0., 3.])
    """
    shape, have = shape_of(input), shape_of(source)
    axis = axis_index(dim, len(shape))
    if numpy_dtype(index).kind != "i":
        raise errors.DtypeError(f"index_add_(): Expected dtype int32/int64 for index but got: {_title(index)}")
    if numpy_dtype(input) != numpy_dtype(source):
        raise errors.DtypeError(
            f"index_add_(): self ({_title(input)}) and source ({_title(source)}) must have the same scalar type"
        )
    count = have[axis] if axis < len(have) else 1
    if s.size_of(index) != count:
        raise errors.ShapeError(
            f"index_add_(): Number of indices ({s.size_of(index)}) should be equal to source.size(dim): ({count}), "
            f"for dim: {axis}"
        )
    if len(shape) != len(have) or _without(shape, axis) != _without(have, axis):
        raise errors.ShapeError(
            "source tensor shape must match self tensor shape, excluding the specified dimension. Got self.shape = "
            f"{list(shape)} source.shape = {list(have)}"
        )
    _refuse_outside(index, axis, shape)
    return _add(input, source if alpha == 1 else p.multiply(source, alpha), along_positions(shape, axis, index))


def scatter(input: Tensor, dim: int, index: Tensor, src: Any = None, *, value: Any = None) -> Tensor:
    """The tensor with values at the places that an index gives along a dimension: out[index[i][j]][j] = src[i][j].

    >>> import wengert as torch
    >>> torch.scatter(torch.zeros(2, 2), 1, torch.tensor([[0], [1]]), 5.0)
    tensor([[5., 0.],
            [0., 5.]])
    """
    source = value if src is None else src
    if not isinstance(source, Tensor | bool | int | float | complex):
        raise errors.ArgumentTypeError(
            f"scatter_(): argument 'src' (position 3) must be Tensor or a number, not {type(source).__name__}"
        )
    if not s.size_of(index):
        return s.copy(input)  # type: ignore[no-any-return]
    positions, source = scattered_positions(input, dim, index, source)
    own = numpy_dtype(input)
    given = source if isinstance(source, Tensor) else wrap(dtypes.number_in(source, own))
    return _put(input, s.broadcast_to(given, shape_of(positions)), positions)


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
    return _add(input, source, positions)


def masked_scatter(input: Tensor, mask: Tensor, source: Tensor) -> Tensor:
    """The tensor with the first elements of another, one after another, where the mask holds.

    >>> import wengert as torch
    >>> torch.masked_scatter(torch.zeros(3), torch.tensor([True, False, True]), torch.tensor([1.0, 2.0]))
    tensor([1., 0., 2.])
    """
    if numpy_dtype(mask) != np.bool_:
        raise errors.DtypeError(f"masked_scatter_ only supports boolean masks, but got mask with dtype {_title(mask)}")
    if numpy_dtype(input) != numpy_dtype(source):
        raise errors.DtypeError(
            f"masked_scatter: expected self and source to have same dtypes but got{_title(input)} and {_title(source)}"
        )
    shape = np.broadcast_shapes(shape_of(input), shape_of(mask))
    positions = np.flatnonzero(np.broadcast_to(concrete(mask), shape))
    if s.size_of(source) < positions.size:
        raise errors.ShapeError("Number of elements of source < number of ones in mask")
    given = s.take_slice(s.reshape(source, (s.size_of(source),)), ((0, positions.size, 1),))
    return _put(s.broadcast_to(input, shape), given, wrap(positions))


# ------------------------------------------------------------------ positions


def along_positions(shape: tuple[int, ...], axis: int, index: Any) -> Any:
    """The positions in a flattened tensor of the slices that a vector picks along an axis."""
    if not shape:
        shape = (1,)
    first = np.arange(int(np.prod(shape))).reshape(shape)[(slice(None),) * axis + (slice(0, 1),)]
    count = s.size_of(index)
    steps = p.multiply(s.reshape(index, (count, *(1,) * (len(shape) - axis - 1))), contiguous_strides(shape)[axis])
    return p.add(steps, wrap(first))


def scattered_positions(input: Tensor, dim: int, index: Tensor, source: Any) -> tuple[Any, Any]:
    """The positions that an index like the tensor itself means along an axis, and the part of the source for them."""
    shape, wanted = shape_of(input), shape_of(index)
    axis = axis_index(dim, len(shape))
    if numpy_dtype(index).kind != "i":
        raise errors.DtypeError("scatter(): Expected dtype int32/int64 for index")
    if isinstance(source, Tensor) and numpy_dtype(source) != numpy_dtype(input):
        raise errors.DtypeError("scatter(): Expected self.dtype to be equal to src.dtype")
    if max(len(wanted), 1) != max(len(shape), 1):
        raise errors.ShapeError("Index tensor must have the same number of dimensions as self tensor")
    have = shape_of(source) if isinstance(source, Tensor) else None
    if have is not None and max(len(wanted), 1) != max(len(have), 1):
        raise errors.ShapeError("Index tensor must have the same number of dimensions as src tensor")
    beyond = any(n > m for i, (n, m) in enumerate(zip(wanted, shape, strict=False)) if i != axis)
    if beyond or (have is not None and any(n > m for n, m in zip(wanted, have, strict=False))):
        src = "" if have is None else f" and to be no larger size than src {list(have)}"
        raise errors.ShapeError(
            f"Expected index {list(wanted)} to be no larger than self {list(shape)} apart from dimension {axis}{src}"
        )
    _refuse_outside(index, axis, shape)
    if have is not None and have != wanted:
        source = s.take_slice(source, tuple((0, n, 1) for n in wanted))
    if not wanted:
        return index, source
    places: Any = p.multiply(index, contiguous_strides(shape)[axis])
    for other, step in enumerate(contiguous_strides(shape)):
        if other != axis:
            line = np.arange(wanted[other]).reshape((-1, *(1,) * (len(wanted) - other - 1)))
            places = p.add(places, wrap(line * step))
    return places, source


def _counted_from_the_front(
    index: Any, axis: int, shape: tuple[int, ...], name: str, *, negative: bool = True
) -> Any:  # fmt: skip
    """The index without negative entries."""
    if isinstance(index, Tracer):
        return index
    size = shape[axis] if shape else 1
    entries = index.array.reshape(-1)
    wrong = entries[(entries < (-size if negative else 0)) | (entries >= size)]
    if wrong.size:
        raise errors.AxisError(f"{name}index {wrong[0]} is out of bounds for dimension {axis} with size {size}")
    return wrap(np.where(entries < 0, entries + size, entries))


def _refuse_outside(index: Any, axis: int, shape: tuple[int, ...]) -> None:
    if isinstance(index, Tracer):
        return
    size = shape[axis] if shape else 1
    wrong = index.array[(index.array < 0) | (index.array >= size)]
    if wrong.size:
        raise errors.ShapeError(f"index {wrong.flat[0]} is out of bounds for dimension {axis} with size {size}")


def _put(x: Any, value: Any, positions: Any) -> Tensor:
    result: Tensor = indexing.put(x, value, positions)
    return result


def _add(x: Any, value: Any, positions: Any) -> Tensor:
    result: Tensor = p.add(x, indexing.spread(s.reshape(value, shape_of(positions)), positions, shape_of(x)))
    return result


# ------------------------------------------------------------------ words


def _title(x: Any) -> str:
    title: str = dtypes.of_numpy(numpy_dtype(x)).title
    return title


def _without(shape: tuple[int, ...], axis: int) -> tuple[int, ...]:
    return (*shape[:axis], *shape[axis + 1 :])


def _spaced(shape: tuple[int, ...]) -> str:
    return " ".join(map(str, shape))

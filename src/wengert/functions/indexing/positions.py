"""Where an index points: positions in the flattened tensor, once the index fits and everything in it is inside.

Knows what PyTorch asks of an index. Must not know what is done at the positions.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from wengert import dtypes, errors
from wengert.core.families import shape_of
from wengert.core.levels import numpy_dtype
from wengert.core.tensor import Tensor, wrap
from wengert.ops import indexing
from wengert.ops import pointwise as p
from wengert.ops import structural as s
from wengert.shapes import axis_index, contiguous_strides


def along_positions(shape: tuple[int, ...], axis: int, index: Any, name: str) -> Any:
    """The positions in a flattened tensor of the slices that a vector picks along an axis.

    `name` says which words of `OUTSIDE` refuse what points outside.
    """
    if not shape:
        shape = (1,)
    first = np.arange(int(np.prod(shape))).reshape(shape)[(slice(None),) * axis + (slice(0, 1),)]
    index = indexing.inside(index, axis, shape[axis], name)
    count = s.size_of(index)
    steps = p.multiply(s.reshape(index, (count, *(1,) * (len(shape) - axis - 1))), contiguous_strides(shape)[axis])
    return p.add(steps, wrap(first))


def joined_positions(name: str, input: Tensor, dim: int, index: Tensor, source: Tensor) -> Any:
    """The positions where `index_add` or `index_reduce` joins slices of a source to a tensor."""
    shape, have, wanted = shape_of(input), shape_of(source), shape_of(index)
    axis = axis_index(dim, len(shape))
    if len(wanted) > 1:
        raise errors.AxisError(
            f"{name}_(): Index is supposed to be a vector, but got dim: {len(wanted)} with type: {title(index)} and "
            f"size: {list(wanted)}"
        )
    if numpy_dtype(index) not in INDICES:
        raise errors.DtypeError(f"{name}_(): Expected dtype int32/int64 for index but got: {title(index)}")
    if numpy_dtype(input) != numpy_dtype(source):
        raise errors.DtypeError(
            f"{name}_(): self ({title(input)}) and source ({title(source)}) must have the same scalar type"
        )
    if axis and axis >= len(have):
        raise errors.ShapeError(
            f"{name}_(): Indexing dim {axis} is out of bounds of the source tensor with dim {len(have)}"
        )
    count = have[axis] if have else 1
    if s.size_of(index) != count:
        raise errors.ShapeError(
            f"{name}_(): Number of indices ({s.size_of(index)}) should be equal to source.size(dim): ({count}), "
            f"for dim: {axis}"
        )
    if len(shape) != len(have) or without(shape, axis) != without(have, axis):
        raise errors.ShapeError(
            "source tensor shape must match self tensor shape, excluding the specified dimension. Got self.shape = "
            f"{list(shape)} source.shape = {list(have)}"
        )
    return along_positions(shape, axis, index, "scatter" if name == "index_add" and len(shape) > 1 else "self")


INDICES = (np.int32, np.int64)
"""What an index along a dimension may be of."""


def scattered_positions(input: Tensor, dim: int, index: Tensor, source: Any) -> tuple[Any, Any]:
    """The positions that an index like the tensor itself means along an axis, and the part of the source for them.

    A tensor without dimensions counts as one of one element.
    """
    shape, wanted = shape_of(input), shape_of(index)
    have = shape_of(source) if isinstance(source, Tensor) else None
    axis = axis_index(dim, len(shape))
    _check_scattered(input, axis, index, source)
    places = indexing.inside(index, axis, shape[axis] if shape else 1, "scatter")
    if have is not None and have != wanted:
        part = tuple((0, n, 1) for n in wanted or (1,))
        source = s.reshape(s.take_slice(s.reshape(source, have or (1,)), part), wanted)
    if len(shape) < 2:
        return places, source
    places = p.multiply(places, contiguous_strides(shape)[axis])
    for other, step in enumerate(contiguous_strides(shape)):
        if other != axis:
            line = np.arange(wanted[other]).reshape((-1, *(1,) * (len(wanted) - other - 1)))
            places = p.add(places, wrap(line * step))
    return places, source


def _check_scattered(input: Tensor, axis: int, index: Tensor, source: Any) -> None:
    """Raise if an index, or a source, does not fit the tensor it is scattered into."""
    shape, wanted = shape_of(input), shape_of(index)
    if numpy_dtype(index) not in INDICES:
        raise errors.DtypeError("scatter(): Expected dtype int32/int64 for index")
    if isinstance(source, Tensor) and numpy_dtype(source) != numpy_dtype(input):
        raise errors.DtypeError("scatter(): Expected self.dtype to be equal to src.dtype")
    if max(len(wanted), 1) != max(len(shape), 1):
        raise errors.ShapeError("Index tensor must have the same number of dimensions as self tensor")
    have = shape_of(source) if isinstance(source, Tensor) else None
    if have is not None and max(len(wanted), 1) != max(len(have), 1):
        raise errors.ShapeError("Index tensor must have the same number of dimensions as src tensor")
    beyond = any(n > m for i, (n, m) in enumerate(zip(wanted, shape, strict=False)) if i != axis)
    if beyond or (have is not None and any(n > m for n, m in zip(wanted, have or (1,), strict=False))):
        src = "" if have is None else f" and to be no larger size than src {list(have)}"
        raise errors.ShapeError(
            f"Expected index {list(wanted)} to be no larger than self {list(shape)} apart from dimension {axis}{src}"
        )


def index_positions(x: Any, indices: tuple[Any, ...]) -> Any:
    """The positions in the flattened tensor that index tensors pick."""
    shape = shape_of(x)
    numbered = wrap(np.arange(prod(shape)).reshape(shape))
    return numbered[indices]


def title(x: Any) -> str:
    """PyTorch's name of the dtype of a tensor."""
    return dtypes.of_numpy(numpy_dtype(x)).title


def without(shape: tuple[int, ...], axis: int) -> tuple[int, ...]:
    """A shape without one of its dimensions."""
    return (*shape[:axis], *shape[axis + 1 :])

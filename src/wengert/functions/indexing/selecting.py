"""Indexing: x[...] of every kind, and the named functions that pick elements.

A basic index (ints, slices, None, ...) is a view. Index arrays and masks gather: basic entries
are applied first, then all arrays at once, as PyTorch does.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from wengert import dtypes, errors
from wengert.core.families import shape_of
from wengert.core.levels import Tracer, concrete, numpy_dtype
from wengert.core.places import warn
from wengert.core.tensor import Tensor, wrap
from wengert.functions.indexing.positions import INDICES, title
from wengert.functions.making.creation import infer_array
from wengert.functions.reducing.reductions import along
from wengert.functions.shaping.laying import contiguous
from wengert.ops import indexing
from wengert.ops import pointwise as p
from wengert.ops import structural as s
from wengert.shapes import axis_index, broadcast_shapes, refuse_scalar


def getitem(x: Tensor, index: Any) -> Tensor:
    """What `x[index]` is.

    >>> import wengert as torch
    >>> x = torch.arange(6).reshape(2, 3)
    >>> x[1, ::2], x[:, [0, 0]], x[x > 3]
    (tensor([3, 5]), tensor([[0, 0],
            [3, 3]]), tensor([4, 5]))
    """
    if type(x) is Tensor and (slices := basic(index, x.array.shape)) is not None:
        return s.take_slice(x, slices)  # type: ignore[no-any-return]
    if (
        type(index) is Tensor
        and type(x) is Tensor
        and index.array.dtype == np.int64
        and x.array.ndim
        and index.array.ndim
    ):
        return indexing.gather(x, s.reshape(index, (1, *index.array.shape)))  # type: ignore[no-any-return]
    slices, shape, arrays = parse(x, index)
    part = s.take_slice(x, slices) if slices else x
    if shape_of(part) != shape:
        part = s.reshape(part, shape)
    elif not slices and not arrays:
        part = s.alias(x)
    return part if not arrays else gathered(part, arrays)


def basic(index: Any, have: tuple[int, ...]) -> Any:
    """The slices that an index of plain integers and slices means, where it takes a part of the elements; else None.

    What it does not take, be it an error, is for `parse`.
    """
    entries = index if type(index) is tuple else (index,)
    count = len(entries)
    if count > len(have):
        return None
    whole = True
    slices: list[Any] = []
    for entry, n in zip(entries, have, strict=False):
        if type(entry) is int:
            if not -n <= entry < n:
                return None
            slices.append(entry if entry >= 0 else entry + n)
            whole = False
        elif type(entry) is slice:
            if (step := entry.step) is not None and (type(step) is not int or step <= 0):
                return None
            part = start, stop, step = entry.indices(n)
            if stop < start:
                part = start, start, step
            slices.append(part)
            whole = whole and part == (0, n, 1)
        else:
            return None
    if whole:
        return None
    return (*slices, *[(0, n, 1) for n in have[count:]])


def parse(x: Tensor, index: Any) -> tuple[tuple[Any, ...], tuple[int, ...], dict[int, Any]]:
    """Split an index into its basic slices, the shape after them, and the index arrays by axis."""
    entries = _entries(index)
    have = shape_of(x)
    entries = _without_ellipsis(entries, len(have))
    slices: list[Any] = []
    shape: list[int] = []
    arrays: dict[int, Any] = {}
    for entry in entries:
        if entry is None:
            shape.append(1)
        elif _is_bool(entry):
            arrays[len(shape)] = np.array([0] if entry else [], np.int64)
            shape.append(1)
        elif isinstance(entry, slice):
            slices.append(_slice(entry, have[len(slices)]))
            shape.append(s.slice_length(slices[-1]))
        elif _is_integer(entry):
            slices.append(_integer(int(entry), len(slices), have))
        else:
            _array_entry(entry, have, slices, shape, arrays)
    for n in have[len(slices) :]:
        slices.append((0, n, 1))
        shape.append(n)
    if all(entry == (0, n, 1) for entry, n in zip(slices, have, strict=True)):
        slices = []
    return tuple(slices), tuple(shape), arrays


def _entries(index: Any) -> list[Any]:
    """The index as a list of entries, one for each comma."""
    if isinstance(index, tuple):
        return list(index)
    if isinstance(index, list) and any(
        isinstance(e, list | tuple | slice | Tensor | np.ndarray) or e is None or e is Ellipsis for e in index
    ):
        warn(NON_TUPLE, UserWarning)
        return index
    return [index]


NON_TUPLE = (
    "Using a non-tuple sequence for multidimensional indexing is deprecated and will be changed in "
    "pytorch 2.9; use x[tuple(seq)] instead of x[seq]. In pytorch 2.9 this will be interpreted as "
    "tensor index, x[torch.tensor(seq)], which will result either in an error or a different result"
)


def _array_entry(entry: Any, have: Any, slices: list[Any], shape: list[int], arrays: dict[int, Any]) -> None:
    """Take an index array, or a mask as the positions where it holds, over the next axes."""
    for array in _index_arrays(entry, have, len(slices)):
        arrays[len(shape)] = array
        n = have[len(slices)]
        slices.append((0, n, 1))
        shape.append(n)


def _without_ellipsis(entries: list[Any], rank: int) -> list[Any]:
    taken = sum(_axes_of(entry) for entry in entries)
    if taken > rank:
        if rank == 0 and len(entries) == 1 and _is_integer(entries[0]):
            raise errors.AxisError(
                "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or "
                "`tensor.item<T>()` in C++ to convert a 0-dim tensor to a number"
            )
        if isinstance(entries[0], slice):
            refuse_scalar(rank, "slice")
        raise errors.AxisError(f"too many indices for tensor of dimension {rank}")
    for i, entry in enumerate(entries):
        if entry is Ellipsis:
            rest = [e for e in entries[i + 1 :] if e is not Ellipsis]  # the first takes all that is left
            return [*entries[:i], *[slice(None)] * (rank - taken), *rest]
    return entries


def _axes_of(entry: Any) -> int:
    if entry is None or entry is Ellipsis or _is_bool(entry):
        return 0
    if isinstance(entry, Tensor | np.ndarray) and numpy_dtype(entry) in (np.bool_, np.uint8):
        return len(shape_of(entry))
    return 1


def _is_bool(entry: Any) -> bool:
    """Whether an entry is a single truth value."""
    if isinstance(entry, Tensor) and not isinstance(entry, Tracer):
        entry = entry.array
    if isinstance(entry, np.ndarray):
        return entry.ndim == 0 and entry.dtype in MASKS
    return isinstance(entry, bool | np.bool_)


MASKS = (np.bool_, np.uint8)
"""Tensors of these say where and not which."""


def _is_integer(entry: Any) -> bool:
    if isinstance(entry, Tensor):
        if isinstance(entry, Tracer) or entry.array.ndim:
            return False
        return entry.array.dtype.kind in "iu" and entry.array.dtype not in MASKS
    return isinstance(entry, int | np.integer)


def _integer(i: int, axis: int, have: Any) -> int:
    size: int = have[axis]
    if not -size <= i < size:
        raise errors.AxisError(f"index {i} is out of bounds for dimension {axis} with size {size}")
    return i % size


def _index(value: Any) -> int:
    try:
        return operator.index(value)
    except TypeError:
        raise errors.ArgumentTypeError("slice indices must be integers or None or have an __index__ method") from None


def _slice(entry: slice, size: int) -> tuple[int, int | None, int]:
    start, stop, step = (None if v is None else _index(v) for v in (entry.start, entry.stop, entry.step))
    if step is not None and step < 0:
        raise errors.ArgumentError(errors.advice("step must be greater than zero", "flip() reverses the order."))
    if step == 0:
        raise errors.ArgumentError("slice step cannot be zero")
    begin, end, stride = slice(start, stop, step).indices(size)
    if stride < 0 and end < 0:
        return begin, None, stride
    return begin, max(end, begin) if stride > 0 else end, stride


def _index_arrays(entry: Any, have: Any, axis: int) -> list[Any]:
    if isinstance(entry, Tracer):
        if numpy_dtype(entry) not in (np.bool_, np.uint8):
            return [entry]
        entry = wrap(concrete(entry))
    array = _as_index(entry)
    if array.dtype == np.uint8:
        warn(
            "indexing with dtype torch.uint8 is now deprecated, please use a dtype torch.bool instead.",
            UserWarning,
        )
        array = array.astype(np.bool_)
    if array.dtype == np.bool_:
        wanted = have[axis : axis + array.ndim]
        if array.shape != tuple(wanted):
            bad = next(i for i, (a, b) in enumerate(zip(array.shape, wanted, strict=False)) if a != b)
            raise errors.AxisError(
                f"The shape of the mask {list(array.shape)} at index {bad} does not match the "
                f"shape of the indexed tensor {list(have)} at index {axis + bad}"
            )
        return list(array.nonzero())
    if array.dtype not in INDICES if isinstance(entry, Tensor) else array.dtype.kind not in "iu":
        raise errors.AxisError("tensors used as indices must be long, int, byte or bool tensors")
    return [array]


def _as_index(entry: Any) -> Any:
    """An entry that is no slice as an array."""
    if isinstance(entry, Tensor):
        return entry.array
    if isinstance(entry, np.ndarray | np.generic):
        return np.asarray(entry)
    if isinstance(entry, str | bytes) or not hasattr(entry, "__len__") or isinstance(entry, dict):
        if isinstance(entry, str):
            raise errors.ArgumentTypeError("new(): invalid data type 'str'")
        raise errors.AxisError(
            "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are "
            f"valid indices (got {type(entry).__name__})"
        )
    array = infer_array(entry, None)
    return array if array.size else array.astype(np.int64)


def gathered(x: Any, arrays: dict[int, Any]) -> Any:
    """x indexed by arrays at some axes; they broadcast together, and land where they stood."""
    axes = sorted(arrays)
    rank = len(shape_of(x))
    others = [i for i in range(rank) if i not in arrays]
    index = stacked([arrays[a] for a in axes])
    if axes != list(range(len(axes))):
        x = s.permute(x, (*axes, *others))
    out = indexing.gather(x, index)
    adjacent = axes == list(range(axes[0], axes[0] + len(axes)))
    width = len(shape_of(index)) - 1
    if not adjacent or axes[0] == 0 or width == 0:
        return out
    before = axes[0]
    order = (
        *range(width, width + before),
        *range(width),
        *range(width + before, len(shape_of(out))),
    )
    return contiguous(s.permute(out, order))


def stacked(arrays: list[Any]) -> Any:
    """Index arrays broadcast together and stacked along a new first axis."""
    if len(arrays) == 1:
        (only,) = arrays
        index = only if isinstance(only, Tensor) else wrap(only.astype(np.int64, copy=False))
        return s.reshape(index, (1, *shape_of(index)))
    if not any(isinstance(a, Tensor) for a in arrays):
        try:
            return wrap(np.stack(np.broadcast_arrays(*arrays)).astype(np.int64, copy=False))
        except ValueError:
            shapes = ", ".join(str(list(a.shape)) for a in arrays)
            raise errors.AxisError(
                "shape mismatch: indexing tensors could not be broadcast together with shapes " + shapes
            ) from None
    shape = np.broadcast_shapes(*(shape_of(a) for a in arrays))
    pieces = [s.reshape(s.broadcast_to(_tensor(a), shape), (1, *shape)) for a in arrays]
    return s.concat(pieces, 0)


def _tensor(a: Any) -> Any:
    return a if isinstance(a, Tensor) else wrap(a)


def gather(input: Tensor, dim: int, index: Tensor, *, sparse_grad: bool = False) -> Tensor:
    """Elements along dim: out[i][j] = input[i][index[i][j]] for dim 1.

    >>> import wengert as torch
    >>> torch.gather(torch.tensor([[1, 2], [3, 4]]), 1, torch.tensor([[0, 0], [1, 0]]))
    tensor([[1, 1],
            [4, 3]])
    """
    have, wanted = shape_of(input), shape_of(index)
    axis = axis_index(dim, len(have))
    if max(len(wanted), 1) != max(len(have), 1) and s.size_of(index):
        raise errors.ShapeError("Index tensor must have the same number of dimensions as input tensor")
    if numpy_dtype(index) not in INDICES and s.size_of(index):
        raise errors.DtypeError("gather(): Expected dtype int32/int64 for index")
    if have and len(wanted) == len(have):
        return along(input, axis, index)  # type: ignore[no-any-return]
    if not s.size_of(index):
        nothing = s.take_slice(s.reshape(input, (s.size_of(input),)), ((0, 0, 1),))
        return s.reshape(nothing, wanted)  # type: ignore[no-any-return]
    # Without dimensions: of one element.
    line = along(s.reshape(input, have or (1,)), 0, s.reshape(index, wanted or (1,)))
    return s.reshape(line, wanted)  # type: ignore[no-any-return]


def index_select(input: Tensor, dim: int, index: Tensor) -> Tensor:
    """The slices of dim at the given positions.

    >>> import wengert as torch
    >>> torch.index_select(torch.tensor([[1, 2], [3, 4]]), 1, torch.tensor([1]))
    tensor([[2],
            [4]])
    """
    shape, count = shape_of(input), s.size_of(index)
    axis = axis_index(dim, len(shape))
    if len(shape_of(index)) > 1:
        raise errors.AxisError("index_select(): Index is supposed to be a vector")
    if numpy_dtype(index) not in INDICES:
        raise errors.DtypeError("index_select(): Expected dtype int32 or int64 for index")
    if not shape and count != 1:
        raise errors.ShapeError(f"index_select(): Index to scalar can have only 1 value, got {count} value(s)")
    index = indexing.inside(index, axis, shape[axis] if shape else 1, "self")
    if not shape:
        return s.reshape(gathered(s.reshape(input, (1,)), {0: index}), ())  # type: ignore[no-any-return]
    return gathered(input, {axis: s.reshape(index, (count,))})  # type: ignore[no-any-return]


def take(input: Tensor, index: Tensor) -> Tensor:
    """Elements of the flattened tensor.

    >>> import wengert as torch
    >>> torch.take(torch.tensor([[1, 2], [3, 4]]), torch.tensor([3, 0]))
    tensor([4, 1])
    """
    if numpy_dtype(index) != np.int64:
        raise errors.DtypeError(f"take(): Expected a long tensor for index, but got {title(index)}")
    index = indexing.inside(index, 0, s.size_of(input), "take")
    return indexing.take(input, index)  # type: ignore[no-any-return]


def masked_select(input: Tensor, mask: Tensor) -> Tensor:
    """The elements where the mask holds, in one dimension.

    >>> import wengert as torch
    >>> torch.masked_select(torch.tensor([1, 2, 3]), torch.tensor([True, False, True]))
    tensor([1, 3])
    """
    if numpy_dtype(mask) != np.bool_:
        raise errors.DtypeError("masked_select: expected BoolTensor for mask")
    shape = broadcast_shapes(shape_of(mask), shape_of(input))
    return getitem(s.broadcast_to(input, shape), s.broadcast_to(mask, shape))


def masked_fill(input: Tensor, mask: Tensor, value: Any) -> Tensor:
    """The tensor with a number where the mask holds.

    >>> import wengert as torch
    >>> torch.masked_fill(torch.tensor([1.0, 2.0]), torch.tensor([True, False]), 0)
    tensor([0., 2.])
    """
    if numpy_dtype(mask) != np.bool_:
        raise errors.DtypeError(
            "masked_fill_ only supports boolean masks, but got mask with dtype "
            f"{dtypes.C_NAMES[dtypes.of_numpy(numpy_dtype(mask))]}"
        )
    if isinstance(value, Tensor) and value.ndim:
        raise errors.ShapeError(
            f"masked_fill_ only supports a 0-dimensional value tensor, but got tensor with {value.ndim} dimension(s)."
        )
    own = numpy_dtype(input)
    if type(value) is Tensor and (numpy_dtype(value).kind == "c" != own.kind or dtypes.is_half(own)):
        dtypes.number_in(value.array.item(), own)
    given = s.cast(value, own) if isinstance(value, Tensor) else wrap(dtypes.number_in(value, own))
    result: Tensor = p.where(mask, given, input)
    return result


def filled_where(input: Tensor, mask: Tensor, value: Any) -> Tensor:
    """What masked_fill_ writes; it names the tensor before the mask where they do not fit."""
    if numpy_dtype(mask) == np.bool_:
        broadcast_shapes(shape_of(input), shape_of(mask))
    return masked_fill(input, mask, value)


def nonzero(input: Tensor, *, as_tuple: bool = False) -> Any:
    """The positions of the elements that are not zero.

    >>> import wengert as torch
    >>> torch.nonzero(torch.tensor([0, 5, 6]))
    tensor([[1],
            [2]])
    """
    array = concrete(input)
    if array.ndim == 0:
        positions = wrap(np.zeros((int(bool(array)), 0), np.int64))
        return (wrap(np.zeros(int(bool(array)), np.int64)),) if as_tuple else positions
    found = array.nonzero()
    if as_tuple:
        return tuple(wrap(a) for a in found)
    return wrap(np.stack(found, axis=-1))


def positions_of(x: Tensor, index: Any) -> Any:
    """The positions in the flattened tensor of the elements that an index picks, as a tensor."""
    shape = shape_of(x)
    return getitem(wrap(np.arange(int(np.prod(shape))).reshape(shape)), index)

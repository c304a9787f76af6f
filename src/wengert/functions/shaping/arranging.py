"""Shapes and views under PyTorch's names."""

from __future__ import annotations

from operator import index
from typing import Any

import numpy as np

from wengert import dtypes, errors
from wengert.core.dispatch import common_dtype
from wengert.core.families import shape_of
from wengert.core.levels import laid, numpy_dtype
from wengert.core.places import warn
from wengert.core.tensor import Tensor
from wengert.functions.shaping.laying import contiguous
from wengert.functions.values import one_int
from wengert.ops import diagonals, strides
from wengert.ops import structural as s
from wengert.shapes import (
    axes_tuple,
    axis_index,
    expand_target,
    permutation,
    refuse_scalar,
    reshape_target,
    swap,
    whole,
)


def reshape(input: Any, *sizes: Any, shape: Any = None) -> Tensor:
    """The same elements in another shape; one size may be -1.

    >>> import wengert as torch
    >>> torch.arange(4).reshape(2, -1)
    tensor([[0, 1],
            [2, 3]])
    """
    target = reshape_target(shape_of(input), _given(sizes, shape))
    array = None if isinstance(input, np.ndarray) else laid(input)
    if array is None or _can_view(array, target):
        return s.reshape(input, target)  # type: ignore[no-any-return]
    result: Tensor = s.reshape(contiguous(input), target)
    result.memory = result.origin = None  # nobody else sees the copy
    return result


def _can_view(array: Any, target: tuple[int, ...]) -> bool:
    """Whether the memory of an array can be seen in another shape."""
    if array.flags.c_contiguous:
        return True
    probe = array.view()
    try:
        probe.shape = target
    except AttributeError:
        return False
    return True


def _given(numbers: tuple[Any, ...], by_name: Any = None) -> tuple[int, ...]:
    """What is given as view(2, 3), view((2, 3)) or view(size=(2, 3))."""
    if by_name is not None:
        numbers = tuple(by_name)
    elif len(numbers) == 1 and type(numbers[0]) is not int and not isinstance(numbers[0], np.integer):
        numbers = numbers[0]
    return tuple(map(index, numbers))


def view(input: Tensor, *sizes: Any, size: Any = None, dtype: Any = None) -> Tensor:
    """The same memory in another shape.

    >>> import wengert as torch
    >>> x = torch.zeros(4); x.view(2, 2)[0, 0] = 1.0; x
    tensor([1., 0., 0., 0.])

    Raises:
        RuntimeError: if no view of the memory has that shape.
    """
    if dtype is not None or (sizes and isinstance(sizes[0], dtypes.dtype)):
        return view_dtype(input, dtype if dtype is not None else sizes[0])
    target = reshape_target(shape_of(input), _given(sizes, size))
    array = laid(input)
    if array is not None and not _can_view(array, target):
        raise errors.ShapeError(
            errors.advice(
                "view size is not compatible with input tensor's size and stride (at least one "
                "dimension spans across two contiguous subspaces). Use .reshape(...) instead.",
                ".reshape(...), which copies where it must.",
            )
        )
    return s.reshape(input, target)  # type: ignore[no-any-return]


def view_dtype(input: Tensor, dtype: Any) -> Tensor:
    """The same memory as elements of another dtype."""
    wanted, own = dtypes.to_numpy(dtype), numpy_dtype(input)
    if wanted == own:
        return s.alias(input)  # type: ignore[no-any-return]
    have, shape = own.itemsize, shape_of(input)
    if have != wanted.itemsize:
        titles = f"{dtypes.of_numpy(own).title} as {dtypes.of_numpy(wanted).title} (different element sizes)"
        if not shape:
            raise errors.ShapeError(f"self.dim() cannot be 0 to view {titles}")
        times = wanted.itemsize // have
        if times > 1 and shape[-1] % times:
            raise errors.ShapeError(f"self.size(-1) must be divisible by {times} to view {titles}, but got {shape[-1]}")
        array = laid(input)
        last = 1 if array is None else array.strides[-1] // have
        if last != 1 and shape[-1] != 1:
            raise errors.ShapeError(
                errors.advice(f"self.stride(-1) must be 1 to view {titles}, but got {last}", "contiguous() first.")
            )
    return strides.as_bits(input, wanted)  # type: ignore[no-any-return]


def view_as(input: Tensor, other: Tensor) -> Tensor:
    """The same memory in the shape of another tensor."""
    return view(input, tuple(other.shape))


def reshape_as(input: Tensor, other: Tensor) -> Tensor:
    """The same elements in the shape of another tensor."""
    return reshape(input, tuple(other.shape))


def flatten(input: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """Dimensions start_dim..end_dim made one.

    >>> import wengert as torch
    >>> torch.zeros(2, 3, 4).flatten(1).shape
    torch.Size([2, 12])
    """
    shape = shape_of(input)
    if not shape:
        return reshape(input, 1)
    first, last = axis_index(start_dim, len(shape)), axis_index(end_dim, len(shape))
    if first > last:
        raise errors.ShapeError("flatten() has invalid args: start_dim cannot come after end_dim")
    count = int(np.prod(shape[first : last + 1]))
    return reshape(input, (*shape[:first], count, *shape[last + 1 :]))


def ravel(input: Tensor) -> Tensor:
    """All elements in one dimension.

    >>> import wengert as torch
    >>> torch.ravel(torch.tensor([[1, 2], [3, 4]]))
    tensor([1, 2, 3, 4])
    """
    return reshape(input, -1)


def squeeze(input: Tensor, dim: Any = None, *, axis: Any = None) -> Tensor:
    """Without the dimensions of size 1, or without those of `dim` that have size 1.

    >>> import wengert as torch
    >>> torch.zeros(1, 3, 1).squeeze().shape, torch.zeros(1, 3, 1).squeeze(0).shape
    (torch.Size([3]), torch.Size([3, 1]))
    """
    shape, dim = shape_of(input), axis if dim is None else dim
    if dim is None:
        kept = tuple([n for n in shape if n != 1])
    else:
        axes = () if dim == () else axes_tuple(one_int(dim), len(shape))
        kept = tuple([n for i, n in enumerate(shape) if n != 1 or i not in axes])
    result: Tensor = s.reshape(input, kept)
    return result


def unsqueeze(input: Tensor, dim: int | None = None, *, axis: int | None = None) -> Tensor:
    """With a new dimension of size 1 at `dim`.

    >>> import wengert as torch
    >>> torch.zeros(3).unsqueeze(-1).shape
    torch.Size([3, 1])
    """
    shape, dim = shape_of(input), axis if dim is None else dim
    if dim is None:
        raise errors.ArgumentTypeError('unsqueeze() missing 1 required positional arguments: "dim"')
    at = axis_index(dim, len(shape) + 1)
    result: Tensor = s.reshape(input, (*shape[:at], 1, *shape[at:]))
    return result


def reversed_dims(input: Tensor) -> Tensor:
    """What `x.T` is: the dimensions in reverse order."""
    rank = len(shape_of(input))
    if rank == 2:
        return s.permute(input, (1, 0))  # type: ignore[no-any-return]
    if rank == 0:
        _deprecated("Tensor.T is deprecated on 0-D tensors. This function is the identity in these cases.")
    else:
        _deprecated(
            "The use of `x.T` on tensors of dimension other than 2 to reverse their shape is "
            "deprecated and it will throw an error in a future release. Consider `x.mT` to "
            "transpose batches of matrices or `x.permute(*torch.arange(x.ndim - 1, -1, -1))` to "
            "reverse the dimensions of a tensor."
        )
    return permute(input, *reversed(range(rank)))


def matrix_transpose(input: Tensor) -> Tensor:
    """What `x.mT` is: the last two dimensions swapped."""
    rank = len(shape_of(input))
    if rank == 0:
        _deprecated("Tensor.mT is deprecated on 0-D tensors. This function is the identity in these cases.")
        return permute(input)
    if rank == 1:
        raise errors.ShapeError("tensor.mT is only supported on matrices or batches of matrices. Got 1-D tensor.")
    return transpose(input, -2, -1)


def _deprecated(text: str) -> None:
    warn(text, UserWarning)


def permute(input: Tensor, *order: Any, dims: Any = None) -> Tensor:
    """The dimensions in another order.

    >>> import wengert as torch
    >>> torch.zeros(2, 3, 4).permute(2, 0, 1).shape
    torch.Size([4, 2, 3])
    """
    result: Tensor = s.permute(input, permutation(_given(order, dims), len(shape_of(input))))
    return result


def transpose(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """Two dimensions swapped.

    >>> import wengert as torch
    >>> torch.zeros(2, 3).transpose(0, 1).shape
    torch.Size([3, 2])
    """
    result: Tensor = s.permute(input, swap(index(dim0), index(dim1), len(shape_of(input))))
    return result


def swapaxes(input: Tensor, axis0: int, axis1: int) -> Tensor:
    """Two dimensions swapped, under NumPy's name.

    >>> import wengert as torch
    >>> torch.zeros(2, 3).swapaxes(0, 1).shape
    torch.Size([3, 2])
    """
    return transpose(input, axis0, axis1)


def t(input: Tensor) -> Tensor:
    """The transpose of a matrix; vectors and numbers stay as they are.

    >>> import wengert as torch
    >>> torch.zeros(2, 3).t().shape
    torch.Size([3, 2])
    """
    rank = len(shape_of(input))
    if rank > 2:
        raise errors.ShapeError(f"t() expects a tensor with <= 2 dimensions, but self is {rank}D")
    result: Tensor = s.permute(input, REVERSED[rank])
    return result


REVERSED = [(), (0,), (1, 0)]
"""The order of the axes of a transpose, by rank."""


def expand(input: Tensor, *sizes: Any, size: Any = None, implicit: bool = False) -> Tensor:
    """Dimensions of size 1 repeated without copying; -1 keeps a size.

    >>> import wengert as torch
    >>> torch.tensor([[1], [2]]).expand(-1, 3)
    tensor([[1, 1, 1],
            [2, 2, 2]])
    """
    have, wanted = shape_of(input), _given(sizes, size)
    if len(wanted) < len(have):
        title = dtypes.of_numpy(numpy_dtype(input)).title
        raise errors.ShapeError(
            f"expand(torch.{title}Tensor{{{list(have)}}}, size={list(wanted)}): the number "
            f"of sizes provided ({len(wanted)}) must be greater or equal to the number of "
            f"dimensions in the tensor ({len(have)})"
        )
    result: Tensor = s.broadcast_to(input, expand_target(have, wanted))
    return result


def broadcast_to(input: Tensor, size: Any) -> Tensor:
    """The tensor expanded to a shape, without copying.

    >>> import wengert as torch
    >>> torch.broadcast_to(torch.tensor([1, 2]), (2, 2))
    tensor([[1, 2],
            [1, 2]])
    """
    return expand(input, tuple(size))


def expand_as(input: Tensor, other: Tensor) -> Tensor:
    """The tensor expanded to the shape of another."""
    return expand(input, tuple(other.shape))


def flip(input: Tensor, *axes: Any, dims: Any = None) -> Tensor:
    """The order of elements reversed along dims.

    >>> import wengert as torch
    >>> torch.tensor([1, 2, 3]).flip(0)
    tensor([3, 2, 1])
    """
    wanted = _given(axes, dims)
    result: Tensor = s.flip(input, axes_tuple(wanted, len(shape_of(input))) if wanted else ())
    return result


def _pieces(tensors: Any, name: str) -> list[Any]:
    """The tensors of a sequence of tensors."""
    if isinstance(tensors, Tensor):
        raise errors.ArgumentTypeError(
            f"{name}(): argument 'tensors' (position 1) must be tuple of Tensors, not Tensor"
        )
    pieces = list(tensors)
    for i, x in enumerate(pieces):
        if not isinstance(x, Tensor | np.ndarray):
            raise errors.ArgumentTypeError(f"expected Tensor as element {i} in argument 0, but got {type(x).__name__}")
    return pieces


def cat(tensors: Any, dim: int = 0) -> Tensor:
    """Tensors joined along a dimension that they have.

    >>> import wengert as torch
    >>> torch.cat([torch.tensor([1, 2]), torch.tensor([3.5])])
    tensor([1.0000, 2.0000, 3.5000])
    """
    if type(tensors) in SEQUENCES and tensors and all(map(_joins, tensors)):
        return s.concat(tensors, axis_index(dim, tensors[0].array.ndim))  # type: ignore[no-any-return]
    pieces = _pieces(tensors, "cat")
    if not pieces:
        raise errors.ArgumentError("torch.cat(): expected a non-empty list of Tensors")
    for i, x in enumerate(pieces):
        if shape_of(x) == ():
            raise errors.ShapeError(
                errors.advice(
                    f"zero-dimensional tensor (at position {i}) cannot be concatenated",
                    "torch.stack([...]), which adds a dimension.",
                )
            )
    first = next((shape for x in pieces if (shape := shape_of(x)) != (0,)), (0,))
    axis = axis_index(dim, len(first)) if first != (0,) else 0  # in PyTorch nothing but these may have any dim
    if len(first) > 1:  # PyTorch lets an empty 1-d tensor join anything
        empty = (*first[:axis], 0, *first[axis + 1 :])
        pieces = [s.reshape(x, empty) if shape_of(x) == (0,) else x for x in pieces]
    common_dtype(pieces)
    result: Tensor = s.concat(pieces, axis)
    return result


concat = concatenate = cat

SEQUENCES = (list, tuple)


def _joins(x: Any) -> bool:
    """Whether something is a plain tensor with elements and dimensions."""
    return type(x) is Tensor and x.array.ndim > 0 and x.array.size > 0


def stack(tensors: Any, dim: int = 0) -> Tensor:
    """Tensors of one shape joined along a new dimension.

    >>> import wengert as torch
    >>> torch.stack([torch.tensor(1.0), torch.tensor(2.0)])
    tensor([1., 2.])
    """
    pieces = _pieces(tensors, "stack")
    if not pieces:
        raise errors.ShapeError("stack expects a non-empty TensorList")
    first = shape_of(pieces[0])
    for i, x in enumerate(pieces):
        if shape_of(x) != first:
            raise errors.ShapeError(
                f"stack expects each tensor to be equal size, but got {list(first)} at entry 0 "
                f"and {list(shape_of(x))} at entry {i}"
            )
    at = axis_index(dim, len(first) + 1)
    if at < len(first) and all(map(_joins, pieces)):  # one view of what is joined, and not one of each
        joined: Tensor = s.concat(pieces, at)
        result: Tensor = s.reshape(joined, (*first[:at], len(pieces), *first[at:]))
        result.memory = result.origin = None  # nobody else sees what was joined
        return result
    return cat([unsqueeze(x, at) for x in pieces], at)


def movedim(input: Tensor, source: Any, destination: Any) -> Tensor:
    """Dimensions moved to other places; the others keep their order.

    >>> import wengert as torch
    >>> torch.zeros(2, 3, 4).movedim(0, -1).shape
    torch.Size([3, 4, 2])
    """
    rank = max(len(shape_of(input)), 1)  # of a 0-d tensor 0 may be moved to 0
    moved = [axis_index(d, rank) for d in ([source] if isinstance(source, int) else source)]
    places = [axis_index(d, rank) for d in ([destination] if isinstance(destination, int) else destination)]
    if len(moved) != len(places):
        raise errors.ShapeError(
            "movedim: Invalid source or destination dims: source "
            f"({moved} dims) should contain the same number of dims as destination ({places} dims)"
        )
    for name, given in (("source", moved), ("destination", places)):
        if len(set(given)) != len(given):
            raise errors.ShapeError(f"movedim: repeated dim in `{name}` ({given})")
    order: list[Any] = [None] * rank
    for place, axis in zip(places, moved, strict=True):
        order[place] = axis
    rest = iter(axis for axis in range(rank) if axis not in moved)
    return permute(input, [next(rest) if axis is None else axis for axis in order] if shape_of(input) else ())


def select(input: Tensor, dim: int, index: int) -> Tensor:
    """The slice at one position of a dimension, which goes away.

    >>> import wengert as torch
    >>> torch.tensor([[1, 2], [3, 4]]).select(1, 0)
    tensor([1, 3])
    """
    shape = shape_of(input)
    refuse_scalar(len(shape), "select")
    axis = axis_index(dim, len(shape))
    if type(index) is not int:
        index = whole(index, "'index' ")
    if not -shape[axis] <= index < shape[axis]:
        raise errors.AxisError(
            f"select(): index {index} out of range for tensor of size {list(shape)} at dimension {axis}"
        )
    entries: list[Any] = [(0, n, 1) for n in shape]
    entries[axis] = index % shape[axis]
    return s.take_slice(input, tuple(entries))  # type: ignore[no-any-return]


def diagonal(input: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """The elements of two dimensions whose places are equal, or `offset` apart, as a last dimension.

    >>> import wengert as torch
    >>> x = torch.zeros(2, 3); _ = torch.diagonal(x, 1).fill_(5); x
    tensor([[0., 5., 0.],
            [0., 0., 5.]])
    """
    rank = len(shape_of(input))
    first, second = (axis_index(d, rank) for d in (dim1, dim2))
    if first == second:
        raise errors.ShapeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    result: Tensor = diagonals.diagonal(input, offset, first, second)
    return result


def narrow(input: Tensor, dim: int, start: int, length: int) -> Tensor:
    """`length` elements of a dimension from `start` on.

    >>> import wengert as torch
    >>> torch.arange(5).narrow(0, 1, 2)
    tensor([1, 2])
    """
    shape = shape_of(input)
    refuse_scalar(len(shape), "narrow", errors.ShapeError)
    size = shape[axis_index(dim, len(shape))]
    start, length = whole(start, "'start' "), whole(length, "'length' ")
    if length < 0:
        raise errors.ShapeError("narrow(): length must be non-negative.")
    if not -size <= start <= size:
        raise errors.AxisError(f"start out of range (expected to be in range of [{-size}, {size}], but got {start})")
    first = start + size if start < 0 else start
    if first + length > size:
        raise errors.ShapeError(f"start ({first}) + length ({length}) exceeds dimension size ({size}).")
    return s.narrow(input, dim, first, first + length)  # type: ignore[no-any-return]

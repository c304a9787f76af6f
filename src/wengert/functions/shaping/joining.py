"""Tensors side by side and cut apart again: stacks, grids, products, splits."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from wengert import dtypes, errors
from wengert.core.families import shape_of
from wengert.core.levels import concrete, numpy_dtype
from wengert.core.places import warn
from wengert.core.tensor import Tensor
from wengert.functions.indexing.selecting import index_select
from wengert.functions.making.creation import tensor
from wengert.functions.shaping.arranging import cat, reshape, stack
from wengert.functions.shaping.pieces import chunk, split
from wengert.ops import structural as s
from wengert.shapes import Size, axis_index
from wengert.shapes import broadcast_shapes as joint_shape


def _each(tensors: tuple[Any, ...]) -> tuple[list[Any], bool]:
    """The tensors, given one after another or as one sequence, and whether there may be several."""
    if len(tensors) == 1 and isinstance(tensors[0], list | tuple):
        return list(tensors[0]), True
    return list(tensors), len(tensors) > 1


def _at_least(rank: int, tensors: tuple[Any, ...]) -> Any:
    found, several = _each(tensors)
    made = tuple(_raised(x, rank) for x in found)
    return made if several or not made else made[0]


def _raised(x: Any, rank: int) -> Any:
    shape = shape_of(x)
    if len(shape) >= rank:
        return x
    wanted = {0: (1,) * rank, 1: (1, *shape, 1)[: max(1, rank)], 2: (*shape, 1)}[len(shape)]
    return s.reshape(x, wanted)


def atleast_1d(*tensors: Any) -> Any:
    """Each tensor with at least one dimension.

    >>> import wengert as torch
    >>> torch.atleast_1d(torch.tensor(3))
    tensor([3])
    """
    return _at_least(1, tensors)


def atleast_2d(*tensors: Any) -> Any:
    """Each tensor with at least two dimensions; a vector becomes a row.

    >>> import wengert as torch
    >>> torch.atleast_2d(torch.tensor([3, 4]))
    tensor([[3, 4]])
    """
    return _at_least(2, tensors)


def atleast_3d(*tensors: Any) -> Any:
    """Each tensor with at least three dimensions; new ones come at both ends, at the end first.

    >>> import wengert as torch
    >>> torch.atleast_3d(torch.zeros(2), torch.zeros(2, 3))[1].shape
    torch.Size([2, 3, 1])
    """
    return _at_least(3, tensors)


def broadcast_shapes(*shapes: Any) -> Size:
    """The shape that tensors of these shapes have together.

    >>> import wengert as torch
    >>> torch.broadcast_shapes((2, 1), (3,))
    torch.Size([2, 3])
    """
    given = [(shape,) if isinstance(shape, int) else tuple(shape) for shape in shapes]
    if any(n < 0 for shape in given for n in shape):
        raise errors.ShapeError("Trying to create tensor with negative dimension")
    found: tuple[int, ...] = ()
    for i, shape in enumerate(given):
        try:
            found = joint_shape(found, shape)
        except errors.ShapeError:
            rank = max(len(found), len(shape))
            a, b = ((1,) * (rank - len(x)) + x for x in (found, shape))
            at = next(k for k in range(-1, -rank - 1, -1) if a[k] != b[k] and 1 not in (a[k], b[k]))
            raise errors.ShapeError(
                errors.advice(
                    f"Attempting to broadcast a dimension of length {b[at]} at {at}! Mismatching argument at index "
                    f"{i} had {shape}; but expected shape should be broadcastable to {list(found)}",
                    "sizes have to be equal, or 1.",
                )
            ) from None
    return Size(found)


def broadcast_tensors(*tensors: Any) -> tuple[Tensor, ...]:
    """The tensors expanded to the shape that they have together.

    >>> import wengert as torch
    >>> torch.broadcast_tensors(torch.tensor([[1], [2]]), torch.tensor([3, 4]))[1]
    tensor([[3, 4],
            [3, 4]])
    """
    shape = joint_shape(*(shape_of(x) for x in tensors))
    return tuple(s.broadcast_to(x, shape) for x in tensors)


def _stacked(name: str, rank: int, tensors: Any, axis: int) -> Tensor:
    found = list(tensors)
    if not found:
        raise errors.ShapeError(f"{name} expects a non-empty TensorList")
    return cat([_raised(x, rank) for x in found], axis)


def hstack(tensors: Any) -> Tensor:
    """Tensors joined along the second dimension; vectors along their only one.

    >>> import wengert as torch
    >>> torch.hstack((torch.tensor([1, 2]), torch.tensor([3])))
    tensor([1, 2, 3])
    """
    found = [_raised(x, 1) for x in tensors]
    return _stacked("hstack", 1, found, 0 if found and len(shape_of(found[0])) == 1 else 1)


def vstack(tensors: Any) -> Tensor:
    """Tensors joined along the first dimension; vectors are rows.

    >>> import wengert as torch
    >>> torch.vstack((torch.tensor([1, 2]), torch.tensor([3, 4])))
    tensor([[1, 2],
            [3, 4]])
    """
    return _stacked("vstack", 2, tensors, 0)


row_stack = vstack


def dstack(tensors: Any) -> Tensor:
    """Tensors joined along the third dimension.

    >>> import wengert as torch
    >>> torch.dstack((torch.tensor([1, 2]), torch.tensor([3, 4])))
    tensor([[[1, 3],
             [2, 4]]])
    """
    return _stacked("dstack", 3, tensors, 2)


def column_stack(tensors: Any) -> Tensor:
    """Tensors joined along the second dimension; vectors are columns.

    >>> import wengert as torch
    >>> torch.column_stack((torch.tensor([1, 2]), torch.tensor([3, 4])))
    tensor([[1, 3],
            [2, 4]])
    """
    columns = [s.reshape(x, (s.size_of(x), 1)) if len(shape_of(x)) < 2 else x for x in tensors]
    return _stacked("column_stack", 2, columns, 1)


# ------------------------------------------------------------------------ cut apart


def tensor_split(input: Tensor, indices_or_sections: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """Pieces whose sizes differ by one at most, or pieces that are cut at some positions.

    >>> import wengert as torch
    >>> torch.tensor_split(torch.arange(5), 2), torch.tensor_split(torch.arange(5), (1, 3))
    ((tensor([0, 1, 2]), tensor([3, 4])), (tensor([0]), tensor([1, 2]), tensor([3, 4])))
    """
    shape = shape_of(input)
    if not shape:
        raise errors.ShapeError("tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims")
    axis = axis_index(dim, len(shape))
    cuts = indices_or_sections
    if isinstance(cuts, Tensor):
        if numpy_dtype(cuts) != np.int64:
            raise errors.DtypeError(
                "tensor_split expected tensor_indices_or_sections to have dtype of long, but got "
                f"{dtypes.of_numpy(numpy_dtype(cuts)).title}"
            )
        cuts = concrete(cuts).tolist()
    size = shape[axis]
    if isinstance(cuts, int):
        if cuts <= 0:
            raise errors.ShapeError(f"number of sections must be larger than 0, got {cuts}")
        whole, extra = divmod(size, cuts)
        cuts = list(itertools.accumulate([whole + (i < extra) for i in range(cuts - 1)]))
    bounds = [slice(a, b).indices(size) for a, b in itertools.pairwise([None, *cuts, None])]
    return tuple(s.narrow(input, axis, a, max(a, b)) for a, b, _ in bounds)


def _cut(name: str, rank: int, axis: int, input: Tensor, cuts: Any) -> tuple[Tensor, ...]:
    shape = shape_of(input)
    if len(shape) < rank:
        raise errors.ShapeError(
            errors.advice(
                f"torch.{name} requires a tensor with at least {rank} dimension, but got a tensor with {len(shape)} "
                "dimensions!",
                "torch.tensor_split, which cuts any dimension.",
            )
        )
    axis = min(axis, len(shape) - 1)
    if isinstance(cuts, int) and (cuts == 0 or shape[axis] % cuts):
        raise errors.ShapeError(
            errors.advice(
                f"torch.{name} attempted to split along dimension {axis}, but the size of the dimension {shape[axis]} "
                f"is not divisible by the split_size {cuts}!",
                "torch.tensor_split, whose pieces may differ in size.",
            )
        )
    return tensor_split(input, cuts, axis)


def hsplit(input: Tensor, indices_or_sections: Any) -> tuple[Tensor, ...]:
    """Pieces along the second dimension; of a vector along its only one.

    >>> import wengert as torch
    >>> torch.hsplit(torch.arange(4), 2)
    (tensor([0, 1]), tensor([2, 3]))
    """
    return _cut("hsplit", 1, 1, input, indices_or_sections)


def vsplit(input: Tensor, indices_or_sections: Any) -> tuple[Tensor, ...]:
    """Pieces along the first dimension.

    >>> import wengert as torch
    >>> torch.vsplit(torch.tensor([[1, 2], [3, 4]]), 2)
    (tensor([[1, 2]]), tensor([[3, 4]]))
    """
    return _cut("vsplit", 2, 0, input, indices_or_sections)


def dsplit(input: Tensor, indices_or_sections: Any) -> tuple[Tensor, ...]:
    """Pieces along the third dimension.

    >>> import wengert as torch
    >>> torch.dsplit(torch.tensor([[[1, 2]]]), 2)
    (tensor([[[1]]]), tensor([[[2]]]))
    """
    return _cut("dsplit", 3, 2, input, indices_or_sections)


def split_with_sizes(input: Tensor, split_sizes: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """Pieces of the sizes in a list.

    >>> import wengert as torch
    >>> torch.split_with_sizes(torch.arange(3), [1, 2])
    (tensor([0]), tensor([1, 2]))
    """
    return split(input, list(split_sizes), dim)


def unsafe_split(input: Tensor, split_size: int, dim: int = 0) -> tuple[Tensor, ...]:
    """`split` into copies, so that each may be written to.

    >>> import wengert as torch
    >>> torch.unsafe_split(torch.arange(3), 2)
    (tensor([0, 1]), tensor([2]))
    """
    return tuple(map(s.copy, split(input, split_size, dim)))


def unsafe_chunk(input: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """`chunk` into copies, so that each may be written to.

    >>> import wengert as torch
    >>> torch.unsafe_chunk(torch.arange(3), 2)
    (tensor([0, 1]), tensor([2]))
    """
    return tuple(map(s.copy, chunk(input, chunks, dim)))


def unsafe_split_with_sizes(input: Tensor, split_sizes: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """`split_with_sizes` into copies, so that each may be written to.

    >>> import wengert as torch
    >>> torch.unsafe_split_with_sizes(torch.arange(3), [1, 2])
    (tensor([0]), tensor([1, 2]))
    """
    return tuple(map(s.copy, split(input, list(split_sizes), dim)))


# ------------------------------------------------------------------------ grids and products


def meshgrid(*tensors: Any, indexing: str | None = None) -> tuple[Tensor, ...]:
    """Each vector repeated over a grid, along a dimension of its own.

    >>> import wengert as torch
    >>> rows, columns = torch.meshgrid(torch.tensor([1, 2]), torch.tensor([3, 4, 5]), indexing="ij")
    >>> rows
    tensor([[1, 1, 1],
            [2, 2, 2]])

    `indexing="xy"` swaps the first two dimensions of the results.
    """
    found, _ = _each(tensors)
    if not found:
        raise errors.ShapeError("meshgrid expects a non-empty TensorList")
    if indexing is None:
        warn("torch.meshgrid: in an upcoming release, it will be required to pass the indexing argument.", UserWarning)
    elif indexing not in ("xy", "ij"):
        raise errors.ShapeError(
            f'torch.meshgrid: indexing must be one of "xy" or "ij", but received: {indexing}'
        )  # fmt: skip
    if any(numpy_dtype(x) != numpy_dtype(found[0]) for x in found):
        raise errors.DtypeError("meshgrid expects all tensors to have the same dtype")
    for x in found:
        if len(shape_of(x)) > 1:
            raise errors.ShapeError(
                f"torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: {concrete(x).tolist()}"
            )
    swapped = indexing == "xy" and len(found) > 1
    order = [1, 0, *range(2, len(found))] if swapped else list(range(len(found)))
    shape = tuple(s.size_of(found[i]) for i in order)
    lines = [
        s.reshape(x, tuple(n if k == order.index(i) else 1 for k, n in enumerate(shape))) for i, x in enumerate(found)
    ]
    return tuple(s.broadcast_to(x, shape) for x in lines)


def _vector(x: Any) -> None:
    if len(shape_of(x)) != 1:
        raise errors.ShapeError(f"Expect a 1D vector, but got shape {list(shape_of(x))}")


def cartesian_prod(*tensors: Any) -> Tensor:
    """Every choice of one element of each vector, a row each.

    >>> import wengert as torch
    >>> torch.cartesian_prod(torch.tensor([1, 2]), torch.tensor([3, 4]))
    tensor([[1, 3],
            [1, 4],
            [2, 3],
            [2, 4]])
    """
    found, _ = _each(tensors)
    for x in found:
        _vector(x)
    if len(found) == 1:
        return found[0]  # type: ignore[no-any-return]
    return stack([reshape(x, -1) for x in meshgrid(*found, indexing="ij")], 1)


def combinations(input: Tensor, r: int = 2, with_replacement: bool = False) -> Tensor:
    """Every choice of r elements of a vector, a row each.

    >>> import wengert as torch
    >>> torch.combinations(torch.tensor([1, 2, 3]))
    tensor([[1, 2],
            [1, 3],
            [2, 3]])
    """
    _vector(input)
    if r < 0:
        raise errors.ShapeError(f"Expect a non-negative number, but got {r}")
    if r == 0:
        return tensor([], dtype=dtypes.of_numpy(numpy_dtype(input)))
    choose = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    rows = list(choose(range(s.size_of(input)), r))
    picked = index_select(input, 0, tensor(np.array(rows, np.int64).reshape(-1)))
    return reshape(picked, (len(rows), r))

"""Triangles, diagonals and blocks of matrices.

Knows where elements stand. Must not know how to differentiate.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert import errors
from wengert.core.dispatch import common_dtype
from wengert.core.families import shape_of
from wengert.core.levels import numpy_dtype
from wengert.core.tensor import Tensor
from wengert.functions.reducing import reductions
from wengert.functions.reducing.reductions import in_dtype
from wengert.functions.shaping import arranging, laying
from wengert.functions.values import one_int
from wengert.ops import diagonals
from wengert.ops import pointwise as p
from wengert.ops import solving as rows
from wengert.ops import structural as s
from wengert.ops.refusals import no_kernel, refuse
from wengert.shapes import axis_index


def tril(input: Tensor, diagonal: int = 0) -> Tensor:
    """The lower triangle of matrices up to a diagonal, and 0 elsewhere.

    >>> import wengert as torch
    >>> torch.tril(torch.ones(2, 2))
    tensor([[1., 0.],
            [1., 1.]])
    """
    return _triangle("tril", input, diagonal, upper=False)


def triu(input: Tensor, diagonal: int = 0) -> Tensor:
    """The upper triangle of matrices from a diagonal on, and 0 elsewhere.

    >>> import wengert as torch
    >>> torch.triu(torch.ones(2, 2), 1)
    tensor([[0., 1.],
            [0., 0.]])
    """
    return _triangle("triu", input, diagonal, upper=True)


def _triangle(name: str, x: Any, k: int, *, upper: bool) -> Tensor:
    if len(shape_of(x)) < 2:
        raise errors.ShapeError(f"{name}: input tensor must have at least 2 dimensions")
    k = one_int(k)
    if numpy_dtype(x).kind == "b":
        height, width = shape_of(x)[-2:]
        kept = np.tri(height, width, k - upper, dtype=bool)
        return p.logical_and(x, ~kept if upper else kept)  # type: ignore[no-any-return]
    return rows.triangle(x, upper=upper, k=k)  # type: ignore[no-any-return]


def trace(input: Tensor) -> Tensor:
    """The sum of the diagonal of a matrix.

    >>> import wengert as torch
    >>> torch.trace(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor(5.)
    """
    if len(shape_of(input)) != 2:
        raise errors.ShapeError(f"trace: expected a matrix, but got tensor with dim {len(shape_of(input))}")
    refuse(numpy_dtype(input), no_kernel("trace", "b"))
    return reductions.sum(diagonals.diagonal(input, 0, 0, 1))


def diag(input: Tensor, diagonal: int = 0) -> Tensor:
    """The matrix with a vector on its diagonal, or the diagonal of a matrix.

    >>> import wengert as torch
    >>> torch.diag(torch.tensor([1, 2]))
    tensor([[1, 0],
            [0, 2]])
    >>> torch.diag(torch.tensor([[1, 2], [3, 4]]), 1)
    tensor([2])
    """
    rank = len(shape_of(input))
    if rank not in (1, 2):
        raise errors.ShapeError(f"diag(): Supports 1D or 2D tensors. Got {rank}D")
    return diag_embed(input, diagonal) if rank == 1 else laying.clone(arranging.diagonal(input, diagonal))


def diag_embed(input: Tensor, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """Matrices with the last dimension of input on their diagonals.

    >>> import wengert as torch
    >>> torch.diag_embed(torch.tensor([[1, 2]]))
    tensor([[[1, 0],
             [0, 2]]])

    Args:
        input: the diagonals.
        offset: how far above the main diagonal.
        dim1: which dimension of the result counts the rows of the matrices.
        dim2: which counts the columns.
    """
    shape = shape_of(input)
    rank = len(shape) + 1
    first, second = (axis_index(d, rank) for d in (dim1, dim2))
    if first == second:
        raise errors.ShapeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    size = shape[-1] + abs(offset)
    wanted = list(shape[:-1])
    for axis in sorted((first, second)):
        wanted.insert(axis, size)
    return diagonals.onto_diagonal(input, tuple(wanted), offset, first, second)  # type: ignore[no-any-return]


def diagflat(input: Tensor, offset: int = 0) -> Tensor:
    """The matrix with all elements on its diagonal.

    >>> import wengert as torch
    >>> torch.diagflat(torch.tensor([[1], [2]]))
    tensor([[1, 0],
            [0, 2]])
    """
    return diag_embed(s.reshape(input, (s.size_of(input),)), offset)


def diagonal_scatter(input: Tensor, src: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """The tensor with another diagonal.

    >>> import wengert as torch
    >>> torch.diagonal_scatter(torch.zeros(2, 2), torch.ones(2))
    tensor([[1., 0.],
            [0., 1.]])
    """
    shape = shape_of(input)
    first, second = (axis_index(d, len(shape)) for d in (dim1, dim2))
    wanted = shape_of(arranging.diagonal(input, offset, dim1, dim2))
    if shape_of(src) != wanted:
        raise errors.ShapeError(
            "expected src to have a size equal to the slice of self. "
            f"src size = {list(shape_of(src))}, slice size = {list(wanted)}"
        )
    on = np.zeros(shape, np.bool_)
    diagonals.diagonal_kernel(np, on, offset, first, second)[...] = True
    put = diagonals.onto_diagonal(in_dtype(src, numpy_dtype(input)), shape, offset, first, second)
    return p.where(on, put, input)  # type: ignore[no-any-return]


def block_diag(*tensors: Any) -> Tensor:
    """The matrices one after another along the diagonal, and 0 elsewhere.

    >>> import wengert as torch
    >>> torch.block_diag(torch.ones(1, 2), torch.tensor(3.0))
    tensor([[1., 1., 0.],
            [0., 0., 3.]])
    """
    parts = []
    for i, x in enumerate(tensors):
        shape = shape_of(x)
        if len(shape) > 2:
            raise errors.ShapeError(
                f"torch.block_diag: Input tensors must have 2 or fewer dimensions. Input {i} has {len(shape)} "
                "dimensions"
            )
        parts.append(s.reshape(x, (1,) * (2 - len(shape)) + shape))
    wanted = common_dtype(parts).numpy
    parts = [in_dtype(x, wanted) for x in parts]
    width, rows_of, start = sum(shape_of(x)[1] for x in parts), [], 0
    for x in parts:
        height, own = shape_of(x)
        beside = [np.zeros((height, n), wanted) for n in (start, width - start - own)]
        rows_of.append(s.concat([beside[0], x, beside[1]], 1))
        start += own
    return s.concat(rows_of, 0)  # type: ignore[no-any-return]

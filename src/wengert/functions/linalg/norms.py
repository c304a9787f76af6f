"""Norms of matrices and vectors, condition numbers and ranks.

Knows how norms are composed. Must not know how to differentiate.
"""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np

from wengert import dtypes, errors
from wengert.core.families import shape_of
from wengert.core.levels import numpy_dtype, spec_of
from wengert.core.tensor import Tensor
from wengert.functions.linalg.decomposing import eigvalsh, svdvals
from wengert.functions.linalg.results import info_of_lu
from wengert.functions.linalg.solving import inv
from wengert.functions.reducing import norms
from wengert.functions.reducing.reductions import in_dtype
from wengert.functions.shaping.arranging import movedim
from wengert.ops import factoring, reduction
from wengert.ops import pointwise as p
from wengert.ops import structural as s
from wengert.ops.solving import matrices
from wengert.shapes import axes_tuple, axis_index


def vector_norm(x: Tensor, ord: Any = 2, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The ord-norm over dim, which counts as one vector: sum(|x|**ord) ** (1/ord).

    >>> import wengert as torch
    >>> torch.linalg.vector_norm(torch.tensor([3.0, -4.0])), torch.linalg.vector_norm(torch.tensor([3.0, -4.0]), 1)
    (tensor(5.), tensor(7.))

    Args:
        x: real or complex numbers.
        ord: a number, inf, -inf or 0 (how many elements are not 0).
        dim: None for all, an int or several.
        keepdim: keep the dimensions with size 1.
        dtype: of the result.

    The gradient of the norm of zeros is 0.
    """
    return norms.norm(x, float(ord), dim, keepdim, dtype)


def matrix_norm(
    A: Tensor, ord: Any = "fro", dim: Any = (-2, -1), keepdim: bool = False, *, dtype: Any = None
) -> Tensor:
    """A norm of matrices: "fro", "nuc" (the sum of the singular values), 2, -2, 1, -1, inf or -inf.

    >>> import wengert as torch
    >>> torch.linalg.matrix_norm(torch.tensor([[3.0, 0.0], [0.0, 4.0]]), 2)
    tensor(4.)

    Args:
        A: matrices.
        ord: 2 is the largest singular value, -2 the smallest; 1 and inf the largest sum of a column or a row.
        dim: the two dimensions of the matrices.
        keepdim: keep these with size 1.
        dtype: of the result.
    """
    shape = shape_of(A)
    _refuse_integers("linalg.matrix_norm", A)
    if len(shape) < 2:
        raise errors.ShapeError("linalg.matrix_norm: The input tensor A must have at least 2 dimensions.")
    words = ("fro", "nuc") if isinstance(ord, str) else (1, 2, inf, -1, -2, -inf)
    if ord not in words:
        raise errors.ShapeError(f"linalg.matrix_norm: Order {ord} not supported.")
    if not isinstance(dim, tuple | list) or len(dim) != 2:
        shown = ", ".join(map(str, dim)) if isinstance(dim, tuple | list) else dim
        raise errors.ShapeError(f"linalg.matrix_norm: dim must be a 2-tuple. Got {shown}")
    rows, columns = (axis_index(d, len(shape)) for d in dim)
    if rows == columns:
        raise errors.ShapeError(f"linalg.matrix_norm: dims must be different. Got ({dim[0]}, {dim[1]})")
    if ord == "fro":
        return norms.norm(A, 2.0, (rows, columns), keepdim, dtype)
    if dtype is not None:
        A = in_dtype(A, dtypes.to_numpy(dtype))
    last = movedim(A, (rows, columns), (-2, -1))
    result = _of_values(last, ord) if ord in ("nuc", 2, -2) else _of_sums(last, ord)
    return s.keep_axes(result, (rows, columns)) if keepdim else result  # type: ignore[no-any-return]


def _refuse_integers(name: str, x: Any) -> None:
    own = dtypes.of_numpy(numpy_dtype(x))
    if own.category < dtypes.FLOATING:
        raise errors.DtypeError(
            errors.advice(
                f"{name}: Expected a floating point or complex tensor as input. Got {own.title}",
                "convert with .float() first.",
            )
        )


def _of_values(x: Any, ord: Any) -> Any:
    values = svdvals(x)
    if ord == "nuc":
        return s.reduce_sum(values, (len(shape_of(values)) - 1,))
    return _extreme(values, ord, -1)


def _of_sums(x: Any, ord: Any) -> Any:
    rank = len(shape_of(x))
    sums = s.reduce_sum(p.absolute(x), (rank - (2 if abs(ord) == 1 else 1),))
    return _extreme(sums, ord, rank - 2)


def _extreme(sizes: Any, ord: float, shown: int) -> Any:
    """The largest in the last dimension, 0 of none, for a positive order; the smallest for a negative one."""
    shape = shape_of(sizes)
    axes = (len(shape) - 1,)
    if ord < 0:
        if not shape[-1]:
            raise errors.AxisError(f"amin(): Expected reduction dim {shown} to have non-zero size.")
        return reduction.reduce_min(sizes, axes)
    return reduction.reduce_max(sizes, axes) if shape[-1] else s.reduce_sum(sizes, axes)


def norm(A: Tensor, ord: Any = None, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """A vector norm over one dimension, a matrix norm over two; of all elements where neither ord nor dim is given.

    >>> import wengert as torch
    >>> torch.linalg.norm(torch.tensor([[3.0, 0.0], [0.0, 4.0]])), torch.linalg.norm(torch.eye(2), "nuc")
    (tensor(5.), tensor(2.))

    Args:
        A: real or complex numbers.
        ord: a number, inf, -inf, "fro" or "nuc"; None is 2 of a vector.
        dim: an int for vectors, two for matrices.
        keepdim: keep the dimensions with size 1.
        dtype: of the result.
    """
    _refuse_integers("linalg.vector_norm", A)
    rank = len(shape_of(A))
    dims = None if dim is None else list(dim) if isinstance(dim, tuple | list) else [dim]
    if dims is not None and ord is not None and len(dims) not in (1, 2):
        raise errors.ShapeError(f"linalg.norm: If dim is specified, it must be of length 1 or 2. Got {dims}")
    if dims is None and ord is not None and rank not in (1, 2):
        raise errors.ShapeError(
            f"linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got {rank}D."
        )
    if ord is not None and (rank == 2 if dims is None else len(dims) == 2):
        return matrix_norm(A, ord, dims or (0, 1), keepdim, dtype=dtype)
    if isinstance(ord, str):
        raise errors.ShapeError(f"linalg.matrix_norm: dim must be a 2-tuple. Got {(dims or [0])[0]}")
    return vector_norm(A, 2 if ord is None else ord, dims, keepdim, dtype=dtype)


def cond(A: Tensor, p: Any = None) -> Tensor:
    """The condition numbers of matrices: the norm times the norm of the inverse.

    >>> import wengert as torch
    >>> torch.linalg.cond(torch.tensor([[1.0, 0.0], [0.0, 4.0]]))
    tensor(4.)

    Args:
        A: matrices.
        p: the norm, as in matrix_norm; None is 2, by the singular values, and the only one for other than square
            matrices, with -2.

    A singular matrix has the condition number inf.
    """
    if len(shape_of(A)) < 2:
        raise errors.ShapeError("linalg.cond: The input tensor must have at least 2 dimensions.")
    if 0 in shape_of(A)[-2:]:
        return s.reduce_sum(abs(A), (len(shape_of(A)) - 2, len(shape_of(A)) - 1))  # type: ignore[no-any-return]
    if p in (None, 2, -2):
        values = svdvals(A)
        size = shape_of(values)[-1]
        first, last = (_at(values, i) for i in (0, size - 1))
        return last / first if p == -2 else first / last  # type: ignore[no-any-return]
    if isinstance(p, str) and p not in ("fro", "nuc"):
        raise errors.ShapeError(f"linalg.cond got an invalid norm type: {p}")
    name = f"linalg.cond(ord={p})" if isinstance(p, str) else f"linalg.cond(ord={p:g})"
    matrices(name, spec_of(A))
    return _of_inverse(A, p)  # type: ignore[no-any-return]


def _at(values: Any, i: int) -> Any:
    return s.reshape(s.narrow(values, -1, i, i + 1), shape_of(values)[:-1])


def _of_inverse(A: Any, order: Any) -> Any:
    """The product of both norms; inf for singular matrices, which are replaced before they are inverted."""
    singular = p.not_equal(info_of_lu(factoring.lu(A)[0]), 0)
    rank = len(shape_of(A))
    safe = p.where(s.keep_axes(singular, (rank - 2, rank - 1)), np.eye(shape_of(A)[-1], dtype=numpy_dtype(A)), A)
    product = matrix_norm(A, order) * matrix_norm(inv(safe), order)
    return p.where(singular, inf, product)


def matrix_rank(A: Tensor, tol: Any = None, hermitian: bool = False, *, atol: Any = None, rtol: Any = None) -> Tensor:
    """How many singular values are not 0.

    >>> import wengert as torch
    >>> torch.linalg.matrix_rank(torch.ones(3, 3))
    tensor(1)

    Args:
        A: matrices.
        tol: the older name of atol.
        hermitian: whether the matrices are; then the sizes of the eigenvalues count.
        atol: values up to the larger of atol and rtol times the largest count as 0; a number or a tensor.
        rtol: the same.
    """
    if len(shape_of(A)) < 2:
        raise errors.ShapeError("torch.linalg.matrix_rank: The input tensor input must have at least 2 dimensions.")
    own = numpy_dtype(A)
    if own.kind not in "fc":
        raise errors.DtypeError(
            errors.advice("This function doesn't handle types other than float and double", "convert with .float().")
        )
    values = p.absolute(eigvalsh(A)) if hermitian else svdvals(A)
    axis = len(shape_of(values)) - 1
    absolute = tol if atol is None else atol
    if 0 in shape_of(values):
        return s.reduce_sum(s.cast(values, np.dtype(np.int64)), (axis,))  # type: ignore[no-any-return]
    unit = float(np.finfo(own).eps) * max(shape_of(A)[-2:])
    if rtol is None:
        rtol = unit if absolute is None else _unless(absolute, unit)
    largest = reduction.reduce_max(values, (axis,))
    limit = p.maximum(largest * rtol, largest * 0 + (0 if absolute is None else absolute))
    large = p.greater(values, s.keep_axes(limit, (len(shape_of(limit)),)))
    return s.reduce_sum(s.cast(large, np.dtype(np.int64)), (len(shape_of(large)) - 1,))  # type: ignore[no-any-return]


def _unless(absolute: Any, unit: float) -> Any:
    """The relative tolerance: 0 where an absolute one is given."""
    if isinstance(absolute, Tensor):
        return p.where(p.greater(absolute, 0), 0.0, unit)
    return 0.0 if absolute > 0 else unit


def nuclear_norm(input: Tensor, dim: Any = (-2, -1), keepdim: bool = False) -> Tensor:
    """The sum of the singular values of matrices.

    >>> import wengert as torch
    >>> torch.nuclear_norm(torch.eye(3))
    tensor(3.)
    """
    return matrix_norm(input, "nuc", dim, keepdim)


def frobenius_norm(input: Tensor, dim: Any, keepdim: bool = False) -> Tensor:
    """The root of the sum of the squares over one or two dimensions.

    >>> import wengert as torch
    >>> torch.frobenius_norm(torch.tensor([[3.0, 4.0]]), [0, 1])
    tensor(5.)
    """
    dims = axes_tuple(dim if dim != () else None, len(shape_of(input)))
    if len(dims) > 2:
        raise errors.ShapeError(f"Expected at most 2 dimensions, but got {len(dims)} dimensions instead.")
    return norms.norm(input, 2.0, dims, keepdim)

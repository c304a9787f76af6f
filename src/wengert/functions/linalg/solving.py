"""Systems of equations and inverses: torch.linalg's solvers.

Knows rows and PyTorch's words. Must not know how to differentiate.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from wengert import dtypes, errors
from wengert.core.families import shape_of
from wengert.core.levels import numpy_dtype, spec_of
from wengert.core.tensor import Tensor
from wengert.functions.linalg.decomposing import from_triangle
from wengert.functions.linalg.results import NOT_SOLVED, SINGULAR, info_of_lu, known, named, refuse_matrices, unsolved
from wengert.functions.making.creation import empty
from wengert.functions.shaping.arranging import movedim
from wengert.functions.values import answer
from wengert.ops import decompositions, factoring
from wengert.ops import pointwise as p
from wengert.ops import solving as rows
from wengert.ops import structural as s
from wengert.ops.contraction import matmul, matrix_transpose
from wengert.ops.solving import floating, matrices

INV_EX = named("linalg_inv_ex", "inverse info")
SOLVE_EX = named("linalg_solve_ex", "result info")
LSTSQ = named("linalg_lstsq", "solution residuals rank singular_values")


def inv(A: Tensor) -> Tensor:
    """The inverses of square matrices.

    >>> import wengert as torch
    >>> torch.linalg.inv(torch.tensor([[2.0, 0.0], [0.0, 4.0]]))
    tensor([[0.5000, 0.0000],
            [0.0000, 0.2500]])

    Raises:
        LinAlgError: if a matrix is singular.

    To solve equations, solve() is quicker and more accurate than a product with the inverse.
    """
    return inverse(A, "linalg.inv")  # type: ignore[no-any-return]


def inverse(A: Any, name: str) -> Any:
    """The inverses, or the refusal of a function of this name."""
    result = _inverse(A)
    if unsolved(result):
        refuse_matrices(name, info_of_lu(factoring.lu(A)[0]), SINGULAR)
    return result


def _inverse(A: Any) -> Any:
    matrices("linalg.inv", spec_of(A))
    floating("linalg.inv", spec_of(A))
    return rows.solve(A, np.eye(shape_of(A)[-1], dtype=numpy_dtype(A)))


def inv_ex(A: Tensor, *, check_errors: bool = False) -> Any:
    """inv(), and instead of an error which diagonal element of U is 0, counted from 1; 0 for none.

    >>> import wengert as torch
    >>> torch.linalg.inv_ex(torch.zeros(2, 2)).info
    tensor(1, dtype=torch.int32)

    The inverse of a singular matrix is nan.
    """
    result = _inverse(A)
    info = info_of_lu(factoring.lu(A)[0])
    if check_errors:
        refuse_matrices("linalg.inv_ex", info, SINGULAR)
    return INV_EX(result, info)


def is_vector(A: Any, B: Any) -> bool:
    """Whether the right side of equations is one vector for each matrix."""
    a, b = shape_of(A), shape_of(B)
    return len(b) == 1 or (len(a) - 1 == len(b) and b == a[:-1])


def solve(A: Tensor, B: Tensor, *, left: bool = True) -> Tensor:
    """X in A @ X = B, or in X @ A = B with left=False.

    >>> import wengert as torch
    >>> torch.linalg.solve(torch.tensor([[2.0, 0.0], [0.0, 4.0]]), torch.tensor([2.0, 2.0]))
    tensor([1.0000, 0.5000])

    Args:
        A: square matrices.
        B: as many matrices, or vectors.
        left: on which side of X the matrix stands.

    Raises:
        LinAlgError: if a matrix is singular.
    """
    result = _solve(A, B, left)
    if unsolved(result):
        refuse_matrices("torch.linalg.solve", info_of_lu(factoring.lu(A)[0]), NOT_SOLVED)
    return result  # type: ignore[no-any-return]


def _solve(A: Any, B: Any, left: bool) -> Any:
    matrices("linalg.solve", spec_of(A))
    if is_vector(A, B):
        if not left:
            raise errors.ShapeError(
                "linalg.solve: Vector broadcasting of the left hand side is not supported for left=False. In this "
                "case linalg.solve is equivalent to B / A.squeeze(-1)"
            )
        column = rows.solve(A, s.keep_axes(B, (len(shape_of(B)),)))
        return s.reshape(column, shape_of(column)[:-1])
    if left:
        return rows.solve(A, B)
    matrices("linalg.solve", spec_of(B), square=False, called="B")
    if shape_of(B)[-1] != shape_of(A)[-1]:
        n, (m, k) = shape_of(A)[-1], shape_of(B)[-2:]
        raise errors.ShapeError(
            f"linalg.solve: Incompatible shapes of A and B for the equation XA = B ({n}x{n} and {m}x{k})"
        )
    return matrix_transpose(rows.solve(matrix_transpose(A), matrix_transpose(B)))


def solve_ex(A: Tensor, B: Tensor, *, left: bool = True, check_errors: bool = False) -> Any:
    """solve(), and instead of an error which diagonal element of U is 0, counted from 1; 0 for none.

    >>> import wengert as torch
    >>> torch.linalg.solve_ex(torch.zeros(2, 2), torch.ones(2)).info
    tensor(1, dtype=torch.int32)
    """
    result = _solve(A, B, left)
    info = info_of_lu(factoring.lu(A)[0])
    if check_errors:
        refuse_matrices("torch.linalg.solve_ex", info, NOT_SOLVED)
    return SOLVE_EX(result, info)


def solve_triangular(A: Tensor, B: Tensor, *, upper: bool, left: bool = True, unitriangular: bool = False) -> Tensor:
    """X in A @ X = B for triangles A, or in X @ A = B with left=False.

    >>> import wengert as torch
    >>> A = torch.tensor([[2.0, 0.0], [1.0, 1.0]])
    >>> torch.linalg.solve_triangular(A, torch.tensor([[2.0], [3.0]]), upper=False)
    tensor([[1.],
            [2.]])

    Args:
        A: square matrices, of which one triangle is read.
        B: matrices.
        upper: which triangle.
        left: on which side of X the matrix stands.
        unitriangular: whether the diagonal counts as ones.
    """
    if left:
        return rows.solve_triangular(A, B, bool(upper), bool(unitriangular))  # type: ignore[no-any-return]
    matrices("linalg.solve_triangular", spec_of(A))
    matrices("linalg.solve_triangular", spec_of(B), square=False, called="B")
    n, (m, k) = shape_of(A)[-1], shape_of(B)[-2:]
    if n != k:
        raise errors.ShapeError(
            f"linalg.solve_triangular: Incompatible shapes of A and B for the equation XA = B ({n}x{n} and {m}x{k})"
        )
    turned = rows.solve_triangular(matrix_transpose(A), matrix_transpose(B), not upper, bool(unitriangular))
    return matrix_transpose(turned)  # type: ignore[no-any-return]


def lu_solve(LU: Tensor, pivots: Tensor, B: Tensor, *, left: bool = True, adjoint: bool = False) -> Tensor:
    """X in A @ X = B, given what lu_factor(A) returned.

    >>> import wengert as torch
    >>> LU, pivots = torch.linalg.lu_factor(torch.tensor([[0.0, 2.0], [1.0, 0.0]]))
    >>> torch.linalg.lu_solve(LU, pivots, torch.tensor([[2.0], [3.0]]))
    tensor([[3.],
            [1.]])

    Args:
        LU: the packed triangles.
        pivots: the exchanged rows, counted from 1.
        B: matrices.
        left: whether the matrix stands left of X.
        adjoint: whether to solve with A.mH in place of A.
    """
    _check_lu(LU, pivots, B, left)
    if not left:
        turned = lu_solve(LU, pivots, rows.adjoint(B), adjoint=not adjoint)
        return rows.adjoint(turned)  # type: ignore[no-any-return]
    n = shape_of(LU)[-1]
    swap = factoring.permutation(pivots, n, numpy_dtype(LU))
    if adjoint:
        inner = rows.solve_triangular(rows.adjoint(LU), B, False, False)
        return matmul(matrix_transpose(swap), rows.solve_triangular(rows.adjoint(LU), inner, True, True))  # type: ignore[no-any-return]
    inner = rows.solve_triangular(LU, matmul(swap, B), False, True)
    return rows.solve_triangular(LU, inner, True, False)  # type: ignore[no-any-return]


def _check_lu(LU: Any, pivots: Any, B: Any, left: bool) -> None:
    matrices("torch.linalg.lu_solve", spec_of(LU))
    if numpy_dtype(pivots) != np.int32:
        raise errors.DtypeError("linalg.lu_solve: pivots should be a Tensor of scalar type torch.int32")
    matrices("linalg.lu_solve", spec_of(B), square=False, called="B")
    n, (m, k) = shape_of(LU)[-1], shape_of(B)[-2:]
    if n != (m if left else k):
        equation = "AX = B" if left else "XA = B"
        raise errors.ShapeError(
            f"linalg.lu_solve: Incompatible shapes of A and B for the equation {equation} ({n}x{n} and {m}x{k})"
        )
    if shape_of(pivots)[-1:] != (n,):
        raise errors.ShapeError(
            "linalg.lu_solve: Number of pivots per batch should be same as the dimension of the matrix"
        )


# ------------------------------------------------------------------------ least squares


def pinv(A: Tensor, rcond: Any = None, hermitian: bool = False, *, atol: Any = None, rtol: Any = None) -> Tensor:
    """The pseudo-inverses of matrices.

    >>> import wengert as torch
    >>> torch.linalg.pinv(torch.tensor([[1.0], [1.0]]))
    tensor([[0.5000, 0.5000]])

    Args:
        A: matrices.
        rcond: the older name of rtol.
        hermitian: whether the matrices are; then one triangle is read.
        atol: singular values up to the larger of atol and rtol times the largest count as 0.
        rtol: the same.

    The derivative is there where the rank does not change.
    """
    own = dtypes.of_numpy(numpy_dtype(A))
    if len(shape_of(A)) < 2 or own.category < dtypes.FLOATING:
        kinds = "float, double, cfloat or cdouble types"
        raise errors.ShapeError(
            f"linalg.pinv({own.title}{{{list(shape_of(A))}}}): expected a tensor with 2 or more dimensions of {kinds}"
        )
    if hermitian:
        matrices("linalg.eigh", spec_of(A))
        A = from_triangle(A, upper=False)
    return rows.pinv(A, *tolerances(A, rcond if rtol is None else rtol, atol))  # type: ignore[no-any-return]


def tolerances(A: Any, rtol: Any, atol: Any) -> tuple[float, float]:
    """The two as numbers; PyTorch's defaults where they are not given."""
    absolute = 0.0 if atol is None else _one_limit(atol)
    if rtol is not None:
        return absolute, _one_limit(rtol)
    unit = float(np.finfo(numpy_dtype(A)).eps) * max(shape_of(A)[-2:])
    return absolute, 0.0 if absolute > 0 else unit


def _one_limit(value: Any) -> float:
    """A limit for all matrices."""
    found = np.unique(known(value))
    if found.size > 1:
        raise errors.UnsupportedError(
            errors.advice("linalg.pinv: a limit of its own for each matrix is not supported", "one pinv for each.")
        )
    return float(found[0]) if found.size else 0.0


def lstsq(A: Tensor, B: Tensor, rcond: float | None = None, *, driver: str | None = None) -> Any:
    """The X with the least |A @ X - B|, of those the shortest; the residuals, the ranks and the singular values.

    >>> import wengert as torch
    >>> torch.linalg.lstsq(torch.tensor([[2.0], [0.0]]), torch.tensor([[4.0], [3.0]])).solution
    tensor([[2.]])

    Args:
        A: matrices.
        B: as many matrices or vectors.
        rcond: singular values up to rcond times the largest count as 0.
        driver: "gelsy" (the default), "gels", "gelsd" or "gelss": which of the other results are filled, as in PyTorch.
    """
    _check_lstsq(A, B, driver)
    driver = driver or "gelsy"
    vector = is_vector(A, B) if len(shape_of(B)) < len(shape_of(A)) else False
    right = s.keep_axes(B, (len(shape_of(B)),)) if vector else B
    limits = tolerances(A, rcond, None) if driver != "gels" else (0.0, 0.0)
    solution = matmul(rows.pinv(A, *limits), right)
    dtype = dtypes.of_numpy(dtypes.real_of(numpy_dtype(A)))
    values, (m, n) = decompositions.svd(A, False)[1], shape_of(A)[-2:]
    rank_of = len(shape_of(values)) - 1
    limit = s.narrow(values, -1, 0, min(1, m, n)) * limits[1]
    rank = s.reduce_sum(s.cast(p.greater(values, limit), np.dtype(np.int64)), (rank_of,))
    residuals = empty(0, dtype=dtype)
    if m > n and driver != "gelsy" and _full(rank, n):
        size = p.absolute(matmul(A, solution) - right)
        residuals = s.reduce_sum(p.square(size), (len(shape_of(size)) - 2,))
        residuals = s.reshape(residuals, shape_of(residuals)[:-1]) if vector else residuals
    if vector:
        solution = s.reshape(solution, shape_of(solution)[:-1])
    if driver == "gels":
        rank = empty(0, dtype=dtypes.int64)
    return LSTSQ(solution, residuals, rank, values if driver in ("gelsd", "gelss") else empty(0, dtype=dtype))


def _full(rank: Any, n: int) -> bool:
    return answer(rank, lambda array: bool((array == n).all())) is not False


def _check_lstsq(A: Any, B: Any, driver: str | None) -> None:
    name = "torch.linalg.lstsq"
    if len(shape_of(A)) < 2:
        raise errors.ShapeError(f"{name}: input must have at least 2 dimensions.")
    if not shape_of(B):
        raise errors.ShapeError(f"{name}: other must have at least 1 dimension.")
    first, second = (dtypes.of_numpy(numpy_dtype(x)).title for x in (A, B))
    if first != second:
        raise errors.DtypeError(
            f"{name}: Expected input and other to have the same dtype, but got input's dtype {first} and other's dtype "
            f"{second}"
        )
    vector = len(shape_of(B)) < len(shape_of(A)) and is_vector(A, B)
    if driver not in (None, "gels", "gelsy", "gelsd", "gelss"):
        raise errors.ShapeError(f"{name}: parameter `driver` should be one of (gels, gelsy, gelsd, gelss)")
    if shape_of(B)[-1 if vector else -2] != shape_of(A)[-2]:
        place = "other.size(-1)" if vector else "other.size(-2)"
        raise errors.ShapeError(f"{name}: input.size(-2) should match {place}")


# ------------------------------------------------------------------------ of more dimensions


def tensorinv(A: Tensor, ind: int = 2) -> Tensor:
    """The inverse of the linear map that tensordot(A, x, ind) is.

    >>> import wengert as torch
    >>> torch.linalg.tensorinv(torch.eye(4).reshape(2, 2, 4), ind=2).shape
    torch.Size([4, 2, 2])
    """
    shape = shape_of(A)
    if ind <= 0:
        raise errors.ShapeError(f"Expected a strictly positive integer for 'ind', but got {ind}")
    if ind > len(shape):
        raise errors.ShapeError(f"ArrayRef: invalid slice, N = {ind}; size = {len(shape)}")
    rows_there, columns = prod(shape[:ind]), prod(shape[ind:])
    if rows_there != columns:
        raise errors.ShapeError(
            "Expected self to satisfy the requirement prod(self.shape[ind:]) == prod(self.shape[:ind]), but got "
            f"{columns} != {rows_there}"
        )
    square = inverse(s.reshape(A, (rows_there, columns)), "linalg.inv")
    return s.reshape(square, (*shape[ind:], *shape[:ind]))  # type: ignore[no-any-return]


def tensorsolve(A: Tensor, B: Tensor, dims: Any = None) -> Tensor:
    """X in tensordot(A, X, X.ndim) = B.

    >>> import wengert as torch
    >>> torch.linalg.tensorsolve(torch.eye(4).reshape(2, 2, 4), torch.ones(2, 2))
    tensor([1., 1., 1., 1.])

    Args:
        A: its first dimensions are those of B, the others those of X.
        B: the right side.
        dims: the dimensions of A to move to the end first.
    """
    if dims is not None:
        rank = len(shape_of(A))
        A = movedim(A, list(dims), list(range(rank - len(dims), rank)))
    shape, size = shape_of(A), len(shape_of(B))
    first, last = prod(shape[:size]), prod(shape[size:])
    if first != last:
        raise errors.ShapeError(
            "Expected self to satisfy the requirement prod(self.shape[other.ndim:]) == prod(self.shape[:other.ndim]), "
            f"but got {last} != {first}"
        )
    solution = solve(s.reshape(A, (first, last)), s.reshape(B, (s.size_of(B),)))
    return s.reshape(solution, shape[size:])  # type: ignore[no-any-return]


def ldl_solve(LD: Tensor, pivots: Tensor, B: Tensor, *, hermitian: bool = False) -> Tensor:
    """X in A @ X = B, given what ldl_factor(A) returned.

    >>> import wengert as torch
    >>> LD, pivots = torch.linalg.ldl_factor(torch.tensor([[2.0, 0.0], [0.0, 4.0]]))
    >>> torch.linalg.ldl_solve(LD, pivots, torch.ones(2, 1))
    tensor([[0.5000],
            [0.2500]])

    It has no derivative, as in PyTorch: backward() raises.
    """
    matrices("torch.linalg.ldl_solve", spec_of(LD))
    floating("torch.linalg.ldl_solve", spec_of(LD))
    if shape_of(B)[-2:-1] != shape_of(LD)[-1:]:
        n, (m, k) = shape_of(LD)[-1], shape_of(B)[-2:]
        raise errors.ShapeError(
            f"linalg.ldl_solve: Incompatible shapes of A and B for the equation AX = B ({n}x{n} and {m}x{k})"
        )
    batch = np.broadcast_shapes(shape_of(LD)[:-2], shape_of(B)[:-2])
    packed = s.broadcast_to(LD, (*batch, *shape_of(LD)[-2:]))
    exchanges = s.broadcast_to(pivots, (*batch, shape_of(pivots)[-1]))
    return factoring.ldl_solve(packed, exchanges, s.broadcast_to(B, (*batch, *shape_of(B)[-2:])), bool(hermitian))  # type: ignore[no-any-return]

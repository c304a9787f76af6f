"""Matrices taken apart: torch.linalg's factorizations, eigenvalues and singular values.

Knows rows and PyTorch's words. Must not know how to differentiate.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert import errors
from wengert.core.families import shape_of
from wengert.core.levels import numpy_dtype, spec_of
from wengert.core.tensor import Tensor
from wengert.functions.linalg.results import (
    INT32,
    NOT_DEFINITE,
    first_not_zero,
    info_of_lu,
    named,
    refuse_matrices,
    unsolved,
)
from wengert.functions.making.creation import beside, empty
from wengert.functions.values import answer
from wengert.ops import decompositions, determinants, factoring
from wengert.ops import structural as s
from wengert.ops.contraction import matmul, matrix_transpose
from wengert.ops.pointwise import where
from wengert.ops.refusals import no_kernel, refuse
from wengert.ops.solving import LinAlgError, adjoint, floating, matrices, triangle

CHOLESKY_EX = named("linalg_cholesky_ex", "L info")
EIG = named("linalg_eig", "eigenvalues eigenvectors")
EIGH = named("linalg_eigh", "eigenvalues eigenvectors")
QR = named("linalg_qr", "Q R")
SVD = named("linalg_svd", "U S Vh")
LU = named("linalg_lu", "P L U")
LU_FACTOR = named("linalg_lu_factor", "LU pivots")
LU_FACTOR_EX = named("linalg_lu_factor_ex", "LU pivots info")
LDL_FACTOR = named("linalg_ldl_factor", "LD pivots")
LDL_FACTOR_EX = named("linalg_ldl_factor_ex", "LD pivots info")


def from_triangle(x: Any, upper: bool) -> Any:
    """Hermitian matrices of which only one triangle is read, with a gradient that is hermitian, as PyTorch's.

    So the value is that of the triangle, and the derivative that of the mean of both.
    """
    whole = decompositions.hermitian(x)
    constant = determinants.fixed(x)
    strict = triangle(constant, upper=upper, k=1 if upper else -1)
    return triangle(constant, upper=upper) + adjoint(strict) + (whole - determinants.fixed(whole))


def cholesky(A: Tensor, *, upper: bool = False) -> Tensor:
    """The lower triangle L with A = L @ L.mH, for positive-definite matrices.

    >>> import wengert as torch
    >>> torch.linalg.cholesky(torch.tensor([[4.0, 2.0], [2.0, 5.0]]))
    tensor([[2., 0.],
            [1., 2.]])

    Args:
        A: hermitian matrices, of which one triangle is read.
        upper: whether to read the upper triangle and return L.mH.

    Raises:
        LinAlgError: if a matrix is not positive-definite.
    """
    return factor_of(A, upper, "linalg.cholesky")  # type: ignore[no-any-return]


def cholesky_ex(A: Tensor, *, upper: bool = False, check_errors: bool = False) -> Any:
    """cholesky(), and instead of an error the order of the leading minor that is not positive, 0 for none.

    >>> import wengert as torch
    >>> torch.linalg.cholesky_ex(torch.eye(2)).info
    tensor(0, dtype=torch.int32)

    The factor of a matrix that is not positive-definite is nan.
    """
    whole, factor = _factor(A, upper, "linalg.cholesky_ex")
    info = factoring.failing_minor(whole)
    if check_errors:
        refuse_matrices("linalg.cholesky_ex", info, NOT_DEFINITE)
    return CHOLESKY_EX(factor, info)


def factor_of(A: Any, upper: bool, name: str) -> Any:
    """The factor, or the refusal of a function of this name."""
    whole, factor = _factor(A, upper, name)
    if unsolved(factor):
        refuse_matrices(name, factoring.failing_minor(whole), NOT_DEFINITE)
    return factor


def _factor(A: Any, upper: bool, name: str) -> tuple[Any, Any]:
    """Both triangles of hermitian matrices, and the factor."""
    matrices(name, spec_of(A))
    floating(name, spec_of(A))
    whole = from_triangle(A, upper)
    factor = decompositions.cholesky(whole)
    return whole, adjoint(factor) if upper else factor


def qr(A: Tensor, mode: str = "reduced") -> Any:
    """Q with orthonormal columns and an upper triangle R with A = Q @ R.

    >>> import wengert as torch
    >>> Q, R = torch.linalg.qr(torch.tensor([[3.0, 1.0], [4.0, 2.0]]))
    >>> torch.allclose(Q @ R, torch.tensor([[3.0, 1.0], [4.0, 2.0]]))
    True

    Args:
        A: matrices.
        mode: "reduced", "complete" (Q is square), or "r" (Q is empty).
    """
    if mode not in ("reduced", "complete", "r"):
        raise errors.ShapeError(
            f"qr received unrecognized mode '{mode}' but expected one of 'reduced' (default), 'r', or 'complete'"
        )
    q, r = _qr(A, "reduced" if mode == "r" else mode)
    return QR(empty(0, dtype=r.dtype), r) if mode == "r" else QR(q, r)


def _qr(A: Any, mode: str) -> Any:
    """Of wide matrices the first columns make Q, and the others are seen from there."""
    matrices("linalg.qr", spec_of(A), square=False)
    m, n = shape_of(A)[-2:]
    if not 0 < m < n:
        return decompositions.qr(A, mode)
    q, r = decompositions.qr(s.narrow(A, -1, 0, m), mode)
    return q, s.concat([r, matmul(adjoint(q), s.narrow(A, -1, m, n))], len(shape_of(A)) - 1)


def eigh(A: Tensor, UPLO: str = "L") -> Any:
    """The eigenvalues, in ascending order, and the orthonormal eigenvectors of hermitian matrices.

    >>> import wengert as torch
    >>> torch.linalg.eigh(torch.tensor([[2.0, 0.0], [0.0, 1.0]])).eigenvalues
    tensor([1., 2.])

    Args:
        A: hermitian matrices, of which one triangle is read.
        UPLO: which: "L" or "U".

    Vectors of equal eigenvalues may turn freely; what does not depend on how they are turned has its gradient.
    """
    return EIGH(*_eigh(A, UPLO))


def _eigh(A: Any, UPLO: str) -> Any:
    if str(UPLO).upper() not in ("L", "U"):
        raise errors.ShapeError(f"Expected UPLO argument to be 'L' or 'U', but got {UPLO}")
    matrices("linalg.eigh", spec_of(A))
    floating("linalg.eigh", spec_of(A))
    return decompositions.eigh(from_triangle(A, UPLO.upper() == "U"))


def eigvalsh(A: Tensor, UPLO: str = "L") -> Tensor:
    """The eigenvalues of hermitian matrices, in ascending order.

    >>> import wengert as torch
    >>> torch.linalg.eigvalsh(torch.tensor([[0.0, 1.0], [1.0, 0.0]]))
    tensor([-1.,  1.])
    """
    return _eigh(A, UPLO)[0]  # type: ignore[no-any-return]


def eig(A: Tensor) -> Any:
    """The eigenvalues and eigenvectors of square matrices, which are complex.

    >>> import wengert as torch
    >>> torch.linalg.eig(torch.tensor([[0.0, 1.0], [-1.0, 0.0]])).eigenvalues
    tensor([0.+1.j, 0.-1.j])

    The vectors have length 1 and any phase; what depends on the phase has no gradient to speak of.
    """
    return EIG(*factoring.eig(A))


def eigvals(A: Tensor) -> Tensor:
    """The eigenvalues of square matrices, which are complex.

    >>> import wengert as torch
    >>> torch.linalg.eigvals(torch.tensor([[2.0, 1.0], [0.0, 3.0]]))
    tensor([2.+0.j, 3.+0.j])
    """
    matrices("linalg.eigvals", spec_of(A))
    return factoring.eig(A)[0]  # type: ignore[no-any-return]


def svd(A: Tensor, full_matrices: bool = True, *, driver: str | None = None) -> Any:
    """U, the singular values in descending order, and Vh with A = U @ diag(S) @ Vh.

    >>> import wengert as torch
    >>> torch.linalg.svd(torch.tensor([[3.0, 0.0], [0.0, 4.0]])).S
    tensor([4., 3.])

    Args:
        A: matrices.
        full_matrices: whether U and Vh are square; otherwise they have as many columns and rows as there are values.
        driver: None; the others are for GPUs.

    Raises:
        LinAlgError: if a matrix holds inf or nan.

    Vectors of equal singular values may turn freely; what does not depend on how they are turned has its gradient.
    """
    return SVD(*_svd(A, full_matrices, driver))


def _svd(A: Any, full: bool, driver: str | None) -> Any:
    if driver is not None:
        raise errors.ShapeError(
            "torch.linalg.svd: keyword argument `driver=` is only supported on CUDA inputs with cuSOLVER backend."
        )
    return decompositions.svd(A, bool(full))


def svdvals(A: Tensor, *, driver: str | None = None) -> Tensor:
    """The singular values, in descending order.

    >>> import wengert as torch
    >>> torch.linalg.svdvals(torch.tensor([[3.0, 0.0], [0.0, -4.0]]))
    tensor([4., 3.])
    """
    return _svd(A, False, driver)[1]  # type: ignore[no-any-return]


# ------------------------------------------------------------------------ LU


def lu_parts(A: Any, pivot: bool) -> Any:
    """The packed triangles and the pivots, or PyTorch's refusal."""
    if not pivot:
        raise errors.ShapeError(
            errors.advice("linalg.lu_factor: LU without pivoting is not implemented on the CPU", "leave pivot as True.")
        )
    shape = shape_of(A)
    if len(shape) < 2:
        raise errors.ShapeError(
            f"torch.lu_factor: Expected tensor with 2 or more dimensions. Got size: {list(shape)} instead"
        )
    return factoring.lu(A)


def triangles(packed: Any) -> tuple[Any, Any]:
    """L, with ones on its diagonal, and U."""
    m, n = shape_of(packed)[-2:]
    k = min(m, n)
    left = triangle(s.narrow(packed, -1, 0, k), upper=False, k=-1)
    ones = np.eye(m, k, dtype=numpy_dtype(packed))
    return left + ones, triangle(s.narrow(packed, -2, 0, k), upper=True)


def lu(A: Tensor, *, pivot: bool = True) -> Any:
    """P, L and U with A = P @ L @ U: a permutation, a lower triangle with ones on its diagonal, an upper triangle.

    >>> import wengert as torch
    >>> torch.linalg.lu(torch.tensor([[1.0, 2.0], [2.0, 5.0]])).U
    tensor([[ 2.0000,  5.0000],
            [ 0.0000, -0.5000]])

    Raises:
        RuntimeError: with pivot=False, as on every CPU.
    """
    packed, pivots = lu_parts(A, pivot)
    permutation = factoring.permutation(pivots, shape_of(A)[-2], numpy_dtype(A))
    return LU(matrix_transpose(permutation), *triangles(packed))


def lu_factor(A: Tensor, *, pivot: bool = True) -> Any:
    """Both triangles of lu() in one matrix, and which rows were exchanged, counted from 1.

    >>> import wengert as torch
    >>> torch.linalg.lu_factor(torch.tensor([[1.0, 2.0], [2.0, 5.0]])).pivots
    tensor([2, 2], dtype=torch.int32)

    Raises:
        RuntimeError: if U has a 0 on its diagonal.
    """
    packed, pivots = lu_parts(A, pivot)
    _refuse_zero("lu_factor", info_of_lu(packed))
    return LU_FACTOR(packed, pivots)


def _refuse_zero(name: str, info: Any) -> None:
    found = answer(info, first_not_zero)
    if found is None:
        return
    first, code = found
    batch = f"(Batch element {first}): " if shape_of(info) else ""
    raise LinAlgError(
        f"torch.linalg.{name}: {batch}U[{code},{code}] is zero and using it on lu_solve would result in a division "
        "by zero. If you still want to perform the factorization, consider calling linalg.lu(A, pivot) or "
        "linalg.lu_factor_ex(A, pivot)"
    )


def lu_factor_ex(A: Tensor, *, pivot: bool = True, check_errors: bool = False) -> Any:
    """lu_factor(), and instead of an error the first 0 on the diagonal of U, counted from 1; 0 for none.

    >>> import wengert as torch
    >>> torch.linalg.lu_factor_ex(torch.tensor([[1.0, 2.0], [2.0, 4.0]])).info
    tensor(2, dtype=torch.int32)
    """
    packed, pivots = lu_parts(A, pivot)
    info = info_of_lu(packed)
    if check_errors:
        _refuse_zero("lu_factor_ex", info)
    return LU_FACTOR_EX(packed, pivots, info)


# ------------------------------------------------------------------------ LDL, reflections


def ldl_factor(A: Tensor, *, hermitian: bool = False) -> Any:
    """LAPACK's factors of symmetric or hermitian matrices, packed, and its pivots.

    >>> import wengert as torch
    >>> torch.linalg.ldl_factor(torch.tensor([[2.0, 0.0], [0.0, 3.0]])).LD
    tensor([[2., 0.],
            [0., 3.]])

    It has no derivative, as in PyTorch: backward() raises.
    """
    return LDL_FACTOR(*_ldl(A, hermitian))


def _ldl(A: Any, hermitian: bool) -> Any:
    matrices("torch.linalg.ldl_factor_ex", spec_of(A))
    floating("torch.linalg.ldl_factor_ex", spec_of(A))
    return factoring.ldl(A, bool(hermitian))


def ldl_factor_ex(A: Tensor, *, hermitian: bool = False, check_errors: bool = False) -> Any:
    """ldl_factor(), and an info that is 0.

    >>> import wengert as torch
    >>> torch.linalg.ldl_factor_ex(torch.eye(2)).pivots
    tensor([1, 2], dtype=torch.int32)
    """
    packed, pivots = _ldl(A, hermitian)
    return LDL_FACTOR_EX(packed, pivots, beside(A, np.zeros(shape_of(packed)[:-2], INT32), False))


def householder_product(A: Tensor, tau: Tensor) -> Tensor:
    """The first columns of the product of the reflections 1 - tau v v^H whose v stand below the diagonal of A.

    >>> import wengert as torch
    >>> torch.linalg.householder_product(torch.tensor([[1.0], [0.0]]), torch.tensor([2.0]))
    tensor([[-1.],
            [ 0.]])

    Args:
        A: what geqrf() returns first.
        tau: and what it returns second.
    """
    shape, factors = shape_of(A), shape_of(tau)
    name = "torch.linalg.householder_product"
    if len(shape) < 2:
        raise errors.ShapeError(f"{name}: input must have at least 2 dimensions.")
    if shape[-2] < shape[-1]:
        raise errors.ShapeError(f"{name}: input.shape[-2] must be greater than or equal to input.shape[-1]")
    if (shape[-1],) < factors[-1:]:
        raise errors.ShapeError(f"{name}: input.shape[-1] must be greater than or equal to tau.shape[-1]")
    if len(shape) - len(factors) != 1:
        raise errors.ShapeError(
            f"{name}: Expected tau to have one dimension less than input, but got tau.ndim equal to {len(factors)} "
            f"and input.ndim is equal to {len(shape)}"
        )
    if numpy_dtype(A).char not in "fdFD":
        refuse(numpy_dtype(A), no_kernel("orgqr_cpu", "biufVc"))
    columns = np.eye(shape[-2], shape[-1], dtype=numpy_dtype(A))
    product = where(np.zeros(columns.shape, np.bool_), A, columns)
    for k in reversed(range(factors[-1])):
        product = reflected(A, tau, k, product)
    return product  # type: ignore[no-any-return]


def reflection(A: Any, k: int) -> Any:
    """The vector of the reflection k: 0, 1, and what stands below the diagonal."""
    m, last = shape_of(A)[-2], len(shape_of(A)) - 1
    below = s.narrow(s.narrow(A, -1, k, k + 1), -2, k + 1, m)
    above = s.narrow(s.narrow(A, -1, k, k + 1), -2, 0, k + 1)
    head = where(np.zeros((k + 1, 1), np.bool_), above, np.eye(k + 1, dtype=numpy_dtype(A))[:, k:])
    return s.concat([head, below], last - 1)


def reflected(A: Any, tau: Any, k: int, x: Any, *, backwards: bool = False) -> Any:
    """The reflection k of matrices x, or its adjoint."""
    v = reflection(A, k)
    factor = s.keep_axes(s.narrow(tau, -1, k, k + 1), (len(shape_of(tau)),))
    return x - (adjoint(factor) if backwards else factor) * matmul(v, matmul(adjoint(v), x))

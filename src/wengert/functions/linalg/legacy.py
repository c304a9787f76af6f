"""The functions of matrices that PyTorch keeps under older names, signatures and results.

Knows what torch.linalg offers, and PyTorch's words for what it has removed.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert import errors
from wengert.core.families import shape_of
from wengert.core.levels import numpy_dtype, spec_of
from wengert.core.tensor import Tensor
from wengert.dtypes import of_numpy, real_of
from wengert.functions.linalg import decomposing, solving
from wengert.functions.linalg.decomposing import svdvals
from wengert.functions.linalg.results import INT32, named
from wengert.functions.making.creation import beside
from wengert.functions.making.random import randn
from wengert.functions.reducing import reductions
from wengert.ops import complexes, decompositions, factoring
from wengert.ops import pointwise as p
from wengert.ops import solving as rows
from wengert.ops import structural as s
from wengert.ops.contraction import matmul, matrix_transpose
from wengert.ops.refusals import no_kernel, refuse
from wengert.ops.solving import adjoint, matrices

QR, SVD = named("qr", "Q R"), named("svd", "U S V")
TRIANGULAR = named("triangular_solve", "solution cloned_coefficient")
UNPACKED = named("lu_unpack", "P L U")
GEQRF = named("geqrf", "a tau")


def cholesky(input: Tensor, upper: bool = False) -> Tensor:
    """The lower triangle L with input = L @ L.mH, or its adjoint: torch.linalg.cholesky.

    >>> import wengert as torch
    >>> torch.cholesky(torch.tensor([[4.0]]))
    tensor([[2.]])
    """
    return decomposing.factor_of(input, upper, "cholesky")  # type: ignore[no-any-return]


def cholesky_inverse(L: Tensor, upper: bool = False) -> Tensor:
    """The inverse of a matrix, given its factor.

    >>> import wengert as torch
    >>> torch.cholesky_inverse(torch.tensor([[2.0]]))
    tensor([[0.2500]])
    """
    matrices("cholesky_inverse", spec_of(L))
    one = np.eye(shape_of(L)[-1], dtype=numpy_dtype(L))
    inverse = rows.solve_triangular(L, one, bool(upper), False)
    return matmul(inverse, adjoint(inverse)) if upper else matmul(adjoint(inverse), inverse)  # type: ignore[no-any-return]


def cholesky_solve(B: Tensor, L: Tensor, upper: bool = False) -> Tensor:
    """X in A @ X = B, given the factor of A.

    >>> import wengert as torch
    >>> torch.cholesky_solve(torch.tensor([[8.0]]), torch.tensor([[2.0]]))
    tensor([[2.]])
    """
    for name, x in (("b", B), ("u", L)):
        if len(shape_of(x)) < 2:
            raise errors.ShapeError(
                f"{name} should have at least 2 dimensions, but has {len(shape_of(x))} dimensions instead"
            )
    m, n = shape_of(L)[-2:]
    if m != n:
        raise errors.ShapeError(f"A must be batches of square matrices, but they are {m} by {n} matrices")
    if shape_of(B)[-2] != n:
        k = shape_of(B)[-2]
        raise errors.ShapeError(
            f"Incompatible matrix sizes for cholesky_solve: each A matrix is {n} by {n} but each b matrix is {k} by "
            f"{shape_of(B)[-1]}"
        )
    lower = adjoint(L) if upper else L
    first = rows.solve_triangular(lower, B, False, False)
    return rows.solve_triangular(adjoint(lower), first, True, False)  # type: ignore[no-any-return]


def inverse(input: Tensor) -> Tensor:
    """The inverses of square matrices: torch.linalg.inv.

    >>> import wengert as torch
    >>> torch.inverse(torch.tensor([[2.0]]))
    tensor([[0.5000]])
    """
    return solving.inv(input)


def pinverse(input: Tensor, rcond: float = 1e-15) -> Tensor:
    """The pseudo-inverses of matrices: torch.linalg.pinv.

    >>> import wengert as torch
    >>> torch.pinverse(torch.tensor([[2.0, 0.0]]))
    tensor([[0.5000],
            [0.0000]])
    """
    return solving.pinv(input, rcond)


def qr(input: Tensor, some: bool = True) -> Any:
    """Q and R: torch.linalg.qr, complete if not `some`.

    >>> import wengert as torch
    >>> torch.qr(torch.tensor([[-2.0]])).R.abs()
    tensor([[2.]])
    """
    return QR(*decomposing.qr(input, "reduced" if some else "complete"))


def svd(input: Tensor, some: bool = True, compute_uv: bool = True) -> Any:
    """U, S and V (not its adjoint): torch.linalg.svd.

    >>> import wengert as torch
    >>> torch.svd(torch.tensor([[3.0, 0.0], [0.0, 4.0]])).S
    tensor([4., 3.])

    Args:
        input: matrices.
        some: whether U and V have as many columns as there are singular values.
        compute_uv: whether to compute them; otherwise they are zeros.
    """
    shape = shape_of(input)
    if len(shape) < 2:
        raise errors.ShapeError(
            f"linalg.svd: input should have at least 2 dimensions, but has {len(shape)} dimensions instead"
        )
    if not compute_uv:
        *batch, m, n = shape
        u, v = (np.zeros((*batch, k, k), numpy_dtype(input)) for k in (m, n))
        return SVD(_beside(input, u), svdvals(input), _beside(input, v))
    u, values, vh = decompositions.svd(input, not some)
    return SVD(u, values, adjoint(vh))


def _beside(input: Any, array: Any) -> Any:
    return beside(input, array, False)


def triangular_solve(
    b: Tensor, A: Tensor, upper: bool = True, transpose: bool = False, unitriangular: bool = False
) -> Any:
    """X in A @ X = b for triangles A, and a copy of A: torch.linalg.solve_triangular.

    >>> import wengert as torch
    >>> torch.triangular_solve(torch.tensor([[4.0]]), torch.tensor([[2.0]])).solution
    tensor([[2.]])
    """
    m, n = shape_of(A)[-2:]
    if m != n:
        raise errors.ShapeError(f"A must be batches of square matrices, but they are {m} by {n} matrices")
    matrix = matrix_transpose(A) if transpose else A
    solution = rows.solve_triangular(matrix, b, bool(upper) != bool(transpose), bool(unitriangular))
    return TRIANGULAR(solution, s.copy(A))


# ------------------------------------------------------------------------ LU


def lu(A: Tensor, pivot: bool = True, get_infos: bool = False, out: Any = None) -> Any:
    """The packed triangles, the pivots and, if wanted, the infos: torch.linalg.lu_factor.

    >>> import wengert as torch
    >>> torch.lu(torch.tensor([[1.0, 2.0], [2.0, 5.0]]))[1]
    tensor([2, 2], dtype=torch.int32)
    """
    if get_infos:
        return tuple(decomposing.lu_factor_ex(A, pivot=pivot))
    return decomposing.lu_parts(A, pivot)


def lu_solve(b: Tensor, LU_data: Tensor, LU_pivots: Tensor) -> Tensor:
    """X in A @ X = b, given what lu(A) returned: torch.linalg.lu_solve.

    >>> import wengert as torch
    >>> torch.lu_solve(torch.tensor([[4.0]]), *torch.lu(torch.tensor([[2.0]])))
    tensor([[2.]])
    """
    return solving.lu_solve(LU_data, LU_pivots, b)


def lu_unpack(LU_data: Tensor, LU_pivots: Tensor, unpack_data: bool = True, unpack_pivots: bool = True) -> Any:
    """P, L and U of what lu(A) returned, empty where they are not wanted.

    >>> import wengert as torch
    >>> torch.lu_unpack(*torch.lu(torch.tensor([[1.0, 2.0], [2.0, 5.0]]))).P
    tensor([[0., 1.],
            [1., 0.]])
    """
    if unpack_pivots and numpy_dtype(LU_pivots) != INT32:
        raise errors.DtypeError(
            "torch.lu_unpack: LU_pivots is expected to be a contiguous tensor of torch.int32 dtype.\n"
            "Note: this function is intended to be used with the output produced by torch.linalg.lu_factor"
        )
    nothing = _beside(LU_data, np.zeros(0, numpy_dtype(LU_data)))
    left, right = decomposing.triangles(LU_data) if unpack_data else (nothing, nothing)
    if not unpack_pivots:
        return UNPACKED(nothing, left, right)
    permutation = factoring.permutation(LU_pivots, shape_of(LU_data)[-2], numpy_dtype(LU_data))
    return UNPACKED(matrix_transpose(permutation), left, right)


# ------------------------------------------------------------------------ reflections


def geqrf(input: Tensor) -> Any:
    """R and the reflections that make Q, packed in one matrix as LAPACK does, and their factors tau.

    >>> import wengert as torch
    >>> torch.geqrf(torch.tensor([[3.0], [4.0]])).tau
    tensor([1.6000])

    It has derivatives, which PyTorch's has not.
    """
    shape = shape_of(input)
    if len(shape) < 2:
        raise errors.ShapeError("torch.geqrf: input must have at least 2 dimensions.")
    rows.floating("torch.geqrf", spec_of(input))
    m, n = shape[-2:]
    a, factors = input, []
    for k in range(min(m, n)):
        a, factor = _reflected_away(a, k)
        factors.append(factor)
    last = len(shape) - 2
    if not factors:
        return GEQRF(s.copy(a), s.reshape(s.narrow(a, -1, 0, 0), (*shape[:-2], 0)))
    return GEQRF(a, s.reshape(s.concat(factors, last), (*shape[:-2], len(factors))))


def _reflected_away(a: Any, k: int) -> tuple[Any, Any]:
    """The elements of column k below the diagonal made 0; the reflection is kept in their place."""
    m, n = shape_of(a)[-2:]
    last = len(shape_of(a)) - 1
    column = s.narrow(a, -1, k, k + 1)
    head, tail = s.narrow(column, -2, k, k + 1), s.narrow(column, -2, k + 1, m)
    far = s.keep_axes(s.reduce_sum(_squares(tail), (last - 1,)), (last - 1,))
    plain = (
        p.equal(far, 0)
        if numpy_dtype(a).kind != "c"
        else p.logical_and(p.equal(far, 0), p.equal(complexes.part(head, 1), 0))
    )
    size = p.sqrt(p.where(plain, 1, far + _squares(head)))
    beta = p.where(p.less(complexes.real(head), 0), size, -size)
    factor = p.where(plain, 0, (beta - head) / p.where(plain, 1, beta))
    below = tail / p.where(plain, 1, head - beta)
    v = s.concat([p.where(np.zeros((1, 1), bool), head, np.ones((), numpy_dtype(a))), below], last - 1)
    rest = s.narrow(s.narrow(a, -2, k, m), -1, k + 1, n)
    moved = rest - _conjugate(factor) * matmul(v, matmul(adjoint(v), rest))
    diagonal = p.where(plain, head, beta * np.ones((), numpy_dtype(a)))
    block = s.concat([s.concat([diagonal, below], last - 1), moved], last)
    left = s.narrow(s.narrow(a, -2, k, m), -1, 0, k)
    return s.concat([s.narrow(a, -2, 0, k), s.concat([left, block], last)], last - 1), factor


def _conjugate(x: Any) -> Any:
    return p.conjugate(x) if numpy_dtype(x).kind == "c" else x


def _squares(x: Any) -> Any:
    return p.square(complexes.real(x)) + p.square(complexes.part(x, 1)) if numpy_dtype(x).kind == "c" else p.square(x)


def ormqr(input: Tensor, tau: Tensor, other: Tensor, left: bool = True, transpose: bool = False) -> Tensor:
    """Q @ other, or other @ Q, for the Q of geqrf(), whole; its adjoint if `transpose`.

    >>> import wengert as torch
    >>> a, tau = torch.geqrf(torch.tensor([[3.0], [4.0]]))
    >>> torch.ormqr(a, tau, torch.tensor([[3.0], [4.0]]), transpose=True)
    tensor([[-5.],
            [ 0.]])
    """
    name = "torch.ormqr"
    if len(shape_of(input)) < 2:
        raise errors.ShapeError(f"{name}: input must have at least 2 dimensions.")
    if len(shape_of(other)) < 2:
        raise errors.ShapeError(f"{name}: other must have at least 2 dimensions.")
    if numpy_dtype(input).char not in "fdFD":
        refuse(numpy_dtype(input), no_kernel("ormqr_cpu", "biufVc"))
    side, at = shape_of(other)[-2 if left else -1], -2 if left else -1
    if shape_of(tau)[-1] != min(side, shape_of(input)[-1]):
        raise errors.ShapeError(f"{name}: tau.shape[-1] must be equal to min(other.shape[{at}], input.shape[-1])")
    if shape_of(tau)[-1] > side:
        raise errors.ShapeError(f"{name}: other.shape[{at}] must be greater than or equal to tau.shape[-1]")
    if side != shape_of(input)[-2]:
        raise errors.ShapeError(f"{name}: other.shape[{at}] must be equal to input.shape[-2]")
    result = other if left else adjoint(other)
    backwards = bool(transpose) == bool(left)
    order = range(shape_of(tau)[-1])
    for k in order if backwards else reversed(order):
        result = decomposing.reflected(input, tau, k, result, backwards=backwards)
    return result if left else adjoint(result)


# ------------------------------------------------------------------------ of low rank


def svd_lowrank(A: Tensor, q: int | None = 6, niter: int | None = 2, M: Tensor | None = None) -> Any:
    """An approximate U, S and V of rank q, from random directions (Halko et al. 2011, algorithm 5.1).

    >>> import wengert as torch
    >>> torch.svd_lowrank(torch.ones(3, 3), q=1)[1]
    tensor([3.])

    Args:
        A: matrices.
        q: how many singular values.
        niter: how often the directions are improved.
        M: is taken from A first.
    """
    matrix = A if M is None else A - M
    m, n = shape_of(matrix)[-2:]
    wide = m < n
    if wide:
        matrix = adjoint(matrix)
    directions = _directions(matrix, 6 if q is None else q)
    basis = decomposing.qr(matmul(matrix, directions)).Q
    for _ in range(2 if niter is None else niter):
        other = decomposing.qr(matmul(adjoint(matrix), basis)).Q
        basis = decomposing.qr(matmul(matrix, other)).Q
    u, values, vh = decompositions.svd(matmul(adjoint(basis), matrix), False)
    u, v = matmul(basis, u), adjoint(vh)
    return (v, values, u) if wide else (u, values, v)


def _directions(matrix: Any, count: int) -> Any:
    dtype = numpy_dtype(matrix)
    if dtype.kind != "c":
        return randn(shape_of(matrix)[-1], count, dtype=matrix.dtype)
    parts = randn(shape_of(matrix)[-1], count, 2, dtype=of_numpy(real_of(dtype)))
    return complexes.view_as_complex(parts * 0.5**0.5)


def pca_lowrank(A: Tensor, q: int | None = None, center: bool = True, niter: int = 2) -> Any:
    """The principal components of the rows of matrices, as svd_lowrank() finds them.

    >>> import wengert as torch
    >>> torch.pca_lowrank(torch.tensor([[1.0, 0.0], [3.0, 0.0]]), q=1)[1]
    tensor([1.4142])
    """
    m, n = shape_of(A)[-2:]
    if q is None:
        q = min(6, m, n)
    elif not 0 <= q <= min(m, n):
        raise errors.ArgumentError(f"q(={q}) must be non-negative integer and not greater than min(m, n)={min(m, n)}")
    if niter < 0:
        raise errors.ArgumentError(f"niter(={niter}) must be non-negative integer")
    return svd_lowrank(A - reductions.mean(A, -2, True) if center else A, q, niter)


# ------------------------------------------------------------------------ what is removed


def _removed(words: str) -> Any:
    raise errors.ShapeError(f"This function was deprecated since version 1.9 and is now removed.{words}")


def symeig(input: Tensor, eigenvectors: bool = False, upper: bool = True) -> Any:
    """Removed; the error says what replaces it.

    >>> import wengert as torch
    >>> torch.linalg.eigvalsh(torch.eye(2), UPLO="U")  # in its place
    tensor([1., 1.])
    """
    _removed(
        " The default behavior has changed from using the upper triangular portion of the matrix by default to using "
        "the lower triangular portion.\n\nL, _ = torch.symeig(A, upper=upper) should be replaced with:\n"
        "L = torch.linalg.eigvalsh(A, UPLO='U' if upper else 'L')\n\nand\n\nL, V = torch.symeig(A, "
        "eigenvectors=True) should be replaced with:\nL, V = torch.linalg.eigh(A, UPLO='U' if upper else 'L')"
    )


def eig(self: Tensor, eigenvectors: bool = False) -> Any:
    """Removed; the error says what replaces it.

    >>> import wengert as torch
    >>> torch.linalg.eigvals(torch.eye(1))  # in its place
    tensor([1.+0.j])
    """
    _removed(
        " `torch.linalg.eig` returns complex tensors of dtype `cfloat` or `cdouble` rather than real tensors mimicking "
        "complex tensors.\n\nL, _ = torch.eig(A) should be replaced with:\nL_complex = torch.linalg.eigvals(A)\n\n"
        "and\n\nL, V = torch.eig(A, eigenvectors=True) should be replaced with:\n"
        "L_complex, V_complex = torch.linalg.eig(A)"
    )


def matrix_rank(input: Tensor, tol: Any = None, symmetric: bool = False) -> Any:
    """Removed; the error says what replaces it.

    >>> import wengert as torch
    >>> torch.linalg.matrix_rank(torch.eye(2))  # in its place
    tensor(2)
    """
    _removed(
        "\nPlease use the `torch.linalg.matrix_rank` function instead. The parameter 'symmetric' was renamed in "
        "`torch.linalg.matrix_rank()` to 'hermitian'."
    )


def solve(input: Tensor, A: Tensor) -> Any:
    """Removed; the error says what replaces it.

    >>> import wengert as torch
    >>> torch.linalg.solve(torch.eye(1), torch.ones(1))  # in its place
    tensor([1.])
    """
    _removed(
        " `torch.solve` is deprecated in favor of `torch.linalg.solve`. `torch.linalg.solve` has its arguments "
        "reversed and does not return the LU factorization.\n\nTo get the LU factorization see `torch.lu`, which can "
        "be used with `torch.lu_solve` or `torch.lu_unpack`.\n\nX = torch.solve(B, A).solution should be replaced "
        "with:\nX = torch.linalg.solve(A, B)"
    )


def lstsq(input: Tensor, A: Tensor) -> Any:
    """Removed; the error says what replaces it.

    >>> import wengert as torch
    >>> torch.linalg.lstsq(torch.eye(1), torch.ones(1, 1)).solution  # in its place
    tensor([[1.]])
    """
    _removed(
        " `torch.lstsq` is deprecated in favor of `torch.linalg.lstsq`.\n`torch.linalg.lstsq` has reversed arguments "
        "and does not return the QR decomposition in the returned tuple (although it returns other information about "
        "the problem).\n\nTo get the QR decomposition consider using `torch.linalg.qr`."
    )

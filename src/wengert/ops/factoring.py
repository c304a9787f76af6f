"""Rows that take general square matrices apart: LU with exchanged rows, eigenvalues, and what went wrong."""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert.core.families import general, shape_of
from wengert.core.levels import numpy_dtype
from wengert.dtypes import COMPLEX_OF, default, of_numpy
from wengert.errors import DtypeError, GradError, advice
from wengert.ops.complexes import real
from wengert.ops.contraction import matmul, matrix_transpose
from wengert.ops.decompositions import diagonal_matrix, diagonal_of, inverse_of
from wengert.ops.pointwise import conjugate, equal
from wengert.ops.solving import adjoint, floating, matrices, solve, solve_triangular, triangle
from wengert.ops.structural import batched_front, cast, concat, front, keep_axes, narrow
from wengert.shapes import Spec

INT32 = np.dtype(np.int32)

# ------------------------------------------------------------------------ LU


def lu_spec(x: Spec) -> tuple[Spec, Spec]:
    matrices("linalg.lu_factor", x, square=False)
    floating("linalg.lu_factor", x)
    *batch, m, n = x.shape
    return x, Spec((*batch, min(m, n)), INT32)


def lu_kernel(xp: Any, x: Any) -> Any:
    """Both triangles in one matrix, and LAPACK's list of exchanges counted from 1."""
    from scipy.linalg import lapack  # noqa: PLC0415  takes longer to import than wengert

    specs = lu_spec(Spec(x.shape, x.dtype))
    packed, pivots = (xp.empty(spec.shape, spec.dtype) for spec in specs)
    (factor,) = lapack.get_lapack_funcs(("getrf",), (x,))
    for i in xp.ndindex(x.shape[:-2]):
        if x.size:
            packed[i], exchanges, _ = factor(x[i])
            pivots[i] = exchanges + 1
    return packed, pivots


def permuted(rows: Any, exchanges: Any) -> Any:
    """Rows exchanged one after another, in place."""
    for k, other in enumerate(exchanges):
        if k != other:
            rows[[k, other]] = rows[[other, k]]
    return rows


def sizes_of(packed: Any) -> tuple[int, int, int]:
    """Rows, columns, and the smaller of both."""
    m, n = shape_of(packed)[-2:]
    return m, n, min(m, n)


def lower(a: Any, b: Any) -> Any:
    """x in L x = b for the L of a packed matrix."""
    return solve_triangular(a, b, False, True)


def upper_right(b: Any, a: Any) -> Any:
    """x in x U = b for the U of a packed matrix."""
    return matrix_transpose(solve_triangular(matrix_transpose(a), matrix_transpose(b), False, False))


def upper_right_adjoint(b: Any, a: Any) -> Any:
    """x in x U^H = b."""
    return adjoint(solve_triangular(a, adjoint(b), True, False))


def lu_pull(g: Any, out: Any) -> Any:
    """P^T L^-H (tril(L^H gL, -1) + triu(gU U^H)) U^-H; what is beyond the square part is solved with its factor."""
    (g, _), (packed, pivots) = g, out
    if g is None:
        return packed * 0
    m, n, k = sizes_of(packed)
    p = permutation(pivots, m, numpy_dtype(packed))
    corner, last = narrow(narrow(packed, -2, 0, k), -1, 0, k), len(shape_of(packed)) - 1
    gcorner = narrow(narrow(g, -2, 0, k), -1, 0, k)
    low, high = triangle(corner, upper=False, k=-1), triangle(corner, upper=True)
    low_g = triangle_sum(low, gcorner)
    if n > k:
        beyond = solve_triangular(adjoint(corner), narrow(g, -1, k, n), True, True)
        low_g = low_g - matmul(narrow(g, -1, k, n), adjoint(narrow(packed, -1, k, n)))
    high_g = matmul(triangle(gcorner, upper=True), adjoint(high))
    if m > k:
        below = upper_right_adjoint(narrow(g, -2, k, m), corner)
        high_g = high_g - matmul(adjoint(narrow(packed, -2, k, m)), narrow(g, -2, k, m))
    inner = triangle(low_g, upper=False, k=-1) + triangle(high_g, upper=True)
    moved = solve_triangular(adjoint(corner), upper_right_adjoint(inner, corner), True, True)
    if n > k:
        moved = concat([moved, beyond], last)
    if m > k:
        moved = concat([moved, below], last - 1)
    return matmul(matrix_transpose(p), moved)


def triangle_sum(low: Any, g: Any) -> Any:
    """L^H gL for the strict triangles of both, where L has ones on its diagonal."""
    below = triangle(g, upper=False, k=-1)
    return below + matmul(adjoint(low), below)


def lu_push(tangents: Any, operands: Any, out: Any, params: Any) -> Any:
    (dx,), (packed, pivots) = tangents, out
    m, n, k = sizes_of(packed)
    dx, last = matmul(permutation(pivots, m, numpy_dtype(packed)), dx), len(shape_of(packed)) - 1
    corner = narrow(narrow(packed, -2, 0, k), -1, 0, k)
    low, high = triangle(corner, upper=False, k=-1), triangle(corner, upper=True)
    inner = lower(corner, upper_right(narrow(narrow(dx, -2, 0, k), -1, 0, k), corner))
    below = triangle(inner, upper=False, k=-1)
    dlow, dhigh = below + matmul(low, below), matmul(triangle(inner, upper=True), high)
    moved = dlow + dhigh
    if n > k:
        right = narrow(dx, -1, k, n) - matmul(dlow, narrow(packed, -1, k, n))
        moved = concat([moved, lower(corner, right)], last)
    if m > k:
        rest = narrow(dx, -2, k, m) - matmul(narrow(packed, -2, k, m), dhigh)
        moved = concat([moved, upper_right(rest, corner)], last - 1)
    return moved, None


lu = general(
    "lu",
    kernel=lu_kernel,
    spec=lu_spec,
    batch=lambda values, axes, params: (lu(front(values[0], axes[0])), (0, 0)),
    pulls=[lu_pull],
    push=lu_push,
    title="LinalgLuFactorEx",
    count=2,
)


def permutation_kernel(xp: Any, pivots: Any, rows: int) -> Any:
    out = xp.empty((*pivots.shape[:-1], rows), xp.int64)
    for i in xp.ndindex(pivots.shape[:-1]):
        out[i] = permuted(xp.arange(rows), pivots[i] - 1)
    return out


permutation_of = general(
    "permutation_of",
    kernel=permutation_kernel,
    spec=lambda pivots, rows: Spec((*pivots.shape[:-1], rows), np.dtype(np.int64)),
    batch=lambda values, axes, params: (permutation_of(front(values[0], axes[0]), *params), 0),
)
"""Which row stands where after LAPACK's exchanges."""


def permutation(pivots: Any, rows: int, dtype: Any) -> Any:
    """The permutation P in P x = L U."""
    places = permutation_of(pivots, rows)
    return cast(equal(keep_axes(places, (len(shape_of(places)),)), np.arange(rows)), dtype)


# ------------------------------------------------------------------------ eigenvalues


def eig_spec(x: Spec) -> tuple[Spec, Spec]:
    matrices("linalg.eig", x)
    floating("linalg.eig", x)
    dtype = x.dtype if x.dtype.kind == "c" else COMPLEX_OF[of_numpy(x.dtype)].numpy
    return Spec(x.shape[:-1], dtype), Spec(x.shape, dtype)


def eig_kernel(xp: Any, x: Any) -> Any:
    specs = eig_spec(Spec(x.shape, x.dtype))
    try:
        found = xp.linalg.eig(x)
    except np.linalg.LinAlgError:
        raise DtypeError(
            advice(
                "torch.linalg.eig: input tensor should not contain infs or NaNs.",
                "look for them with torch.isfinite().",
            )
        ) from None
    return tuple(each.astype(spec.dtype, copy=False) for each, spec in zip(found, specs, strict=True))


def gaps_between(w: Any) -> Any:
    """1/(w_j - w_i), and 0 where the two are equal."""
    rank = len(shape_of(w))
    return inverse_of(keep_axes(w, (rank - 1,)) - keep_axes(w, (rank,)))


def as_complex(x: Any) -> Any:
    """The real part of diagonal matrices, in the complex dtype."""
    return cast(real(x), numpy_dtype(x))


def eig_pull(g: Any, x_spec: Spec, out: Any) -> Any:
    """V^-H (diag(g_w) + (V^H g_V - V^H V diag(Re(V^H g_V))) / conj(w_j - w_i)) V^H (Boeddeker et al. 2017)."""
    (gw, gv), (w, v) = g, out
    inner: Any = 0
    if gw is not None:
        inner = diagonal_matrix(gw)
    if gv is not None:
        turned = matmul(adjoint(v), gv)
        length = as_complex(diagonal_of(turned))
        inner = inner + conjugate(gaps_between(w)) * (
            turned - matmul(adjoint(v), v * keep_axes(length, (len(shape_of(w)) - 1,)))
        )
    moved = solve(adjoint(v), matmul(inner, adjoint(v)))
    return moved if x_spec.dtype.kind == "c" else real(moved)


def eig_push(tangents: Any, operands: Any, out: Any, params: Any) -> Any:
    """The vectors keep their length: what moves along themselves is taken away."""
    (dx,), (w, v) = tangents, out
    moved = solve(v, matmul(cast(dx, numpy_dtype(v)), v))
    turned = gaps_between(w) * moved
    along = as_complex(diagonal_of(matmul(adjoint(v), matmul(v, turned))))
    return diagonal_of(moved), matmul(v, turned) - v * keep_axes(along, (len(shape_of(w)) - 1,))


eig = general(
    "eig",
    kernel=eig_kernel,
    spec=eig_spec,
    batch=lambda values, axes, params: (eig(front(values[0], axes[0])), (0, 0)),
    pulls=[eig_pull],
    push=eig_push,
    title="LinalgEig",
    count=2,
)

# ------------------------------------------------------------------------ what went wrong


def minor_kernel(xp: Any, x: Any) -> Any:
    """The order of the first leading minor that is not positive; 0 if there is none."""
    from scipy.linalg import lapack  # noqa: PLC0415  takes longer to import than wengert

    out = xp.zeros(x.shape[:-2], INT32)
    (factor,) = lapack.get_lapack_funcs(("potrf",), (x,))
    for i in xp.ndindex(out.shape):
        if x.shape[-1]:
            found, out[i] = factor(x[i], lower=1)
            if not out[i] and xp.isnan(diagonal := xp.diagonal(found)).any():  # LAPACK goes on with nan
                out[i] = int(xp.isnan(diagonal).argmax()) + 1
    return out


failing_minor = general(
    "failing_minor",
    kernel=minor_kernel,
    spec=lambda x: Spec(x.shape[:-2], INT32),
    batch=lambda values, axes, params: (failing_minor(front(values[0], axes[0])), 0),
)


def ldl_spec(x: Spec, hermitian: bool) -> tuple[Spec, Spec]:
    matrices("torch.linalg.ldl_factor_ex", x)
    return x if x.dtype.kind in "fc" else x.cast(default().numpy), Spec(x.shape[:-1], INT32)


def ldl_kernel(xp: Any, x: Any, hermitian: bool) -> Any:
    from scipy.linalg import lapack  # noqa: PLC0415  takes longer to import than wengert

    x = in_floats(x)
    specs = ldl_spec(Spec(x.shape, x.dtype), hermitian)
    packed, pivots = (xp.empty(spec.shape, spec.dtype) for spec in specs)
    (factor,) = lapack.get_lapack_funcs(("hetrf" if hermitian and x.dtype.kind == "c" else "sytrf",), (x,))
    for i in xp.ndindex(x.shape[:-2]):
        if x.shape[-1]:
            found, exchanges, _ = factor(x[i], lower=1)
            packed[i], pivots[i] = xp.tril(found), exchanges
    return packed, pivots


def in_floats(x: Any) -> Any:
    """Integers as floats: samples of a row without derivatives are integers."""
    return x.astype(default().numpy) if x.dtype.kind in "biu" else x


def no_ldl(*_: Any) -> Any:
    raise GradError(
        advice("the derivative for 'linalg_ldl_factor_ex' is not implemented.", "torch.linalg.solve() has derivatives.")
    )


ldl = general(
    "ldl",
    kernel=ldl_kernel,
    spec=ldl_spec,
    batch=lambda values, axes, params: (ldl(front(values[0], axes[0]), *params), (0, 0)),
    pulls=[lambda g, x: no_ldl()],
    push=no_ldl,
    promotion="float",
    title="LinalgLdlFactorEx",
    count=2,
)


def ldl_solve_kernel(xp: Any, packed: Any, pivots: Any, b: Any, hermitian: bool) -> Any:
    from scipy.linalg import lapack  # noqa: PLC0415  takes longer to import than wengert

    packed, b = in_floats(packed), in_floats(b)
    out = xp.empty(b.shape, b.dtype)
    (solver,) = lapack.get_lapack_funcs(("hetrs" if hermitian and b.dtype.kind == "c" else "sytrs",), (packed, b))
    for i in xp.ndindex(b.shape[:-2]):
        if b.size:
            out[i] = solver(packed[i], pivots[i], b[i], lower=1)[0]
    return out


def ldl_solve_batch(values: Any, axes: Any, params: Any) -> Any:
    size = next(shape_of(v)[a] for v, a in zip(values, axes, strict=True) if a is not None)
    fronts = [batched_front(v, a, size) for v, a in zip(values, axes, strict=True)]
    return ldl_solve(*fronts, *params), 0


ldl_solve = general(
    "ldl_solve",
    kernel=ldl_solve_kernel,
    spec=lambda packed, pivots, b, hermitian: b if b.dtype.kind in "fc" else b.cast(default().numpy),
    arity=3,
    batch=ldl_solve_batch,
    pulls=[lambda g: no_ldl(), None, lambda g: no_ldl()],
    push=no_ldl,
    title="LinalgLdlSolve",
)

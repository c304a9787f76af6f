"""Rows that take matrices apart. They have several results, and a rule gets None for one that nothing reads."""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert.core.families import general, shape_of
from wengert.dtypes import real_of
from wengert.errors import GradError, advice
from wengert.ops.complexes import real
from wengert.ops.contraction import matmul
from wengert.ops.pointwise import equal, where
from wengert.ops.solving import LinAlgError, adjoint, floating, matrices, solve_triangular, triangle
from wengert.ops.structural import concat, front, keep_axes, narrow, reduce_sum, zeros_like
from wengert.shapes import Spec


def hermitian(x: Any) -> Any:
    """The nearest matrices that equal their conjugate transpose."""
    return (x + adjoint(x)) / 2


def diagonal_matrix(w: Any) -> Any:
    """Matrices with w on the diagonal."""
    shape = shape_of(w)
    return where(np.eye(shape[-1], dtype=bool), keep_axes(w, (len(shape),)), 0)


def diagonal_of(x: Any) -> Any:
    """The diagonals of square matrices."""
    size = shape_of(x)
    return reduce_sum(where(np.eye(size[-1], dtype=bool), x, 0), (len(size) - 1,))


def inverse_of(gaps: Any) -> Any:
    """1/x of each element, and 0 where x is 0.

    Where a gap is 0 the vectors may turn freely, so nothing that may be asked of them depends on it.
    """
    same = equal(gaps, 0)
    return where(same, 0, 1 / where(same, 1, gaps))


def differences(w: Any) -> Any:
    """The matrix of w_j - w_i."""
    rank = len(shape_of(w))
    return keep_axes(w, (rank - 1,)) - keep_axes(w, (rank,))


def inverse_gaps(w: Any) -> Any:
    """1/(w_j - w_i), and 0 where the two are equal."""
    return inverse_of(differences(w))


def eigh_spec(x: Spec) -> tuple[Spec, Spec]:
    matrices("linalg.eigh", x)
    return Spec(x.shape[:-1], real_of(x.dtype)), x


def eigh_kernel(xp: Any, x: Any) -> Any:
    values, vectors = xp.linalg.eigh((x + xp.conjugate(xp.swapaxes(x, -1, -2))) / 2)
    return values, vectors.astype(x.dtype, copy=False)


def eigh_pull(g: Any, x_spec: Spec, out: Any) -> Any:
    """V (diag(g_w) + V^H g_V / (w_j - w_i)) V^H, made hermitian (Giles 2008, section 3.1)."""
    (gw, gv), (w, v) = g, out
    inner: Any = 0
    if gw is not None:
        inner = diagonal_matrix(gw)
    if gv is not None:
        inner = inner + inverse_gaps(w) * matmul(adjoint(v), gv)
    return hermitian(matmul(v, matmul(inner * one_of(v), adjoint(v))))


def one_of(v: Any) -> Any:
    """1 in the dtype of v: an inner matrix of real numbers meets complex vectors."""
    dtype = v.dtype if isinstance(v, np.ndarray) else v.dtype.numpy
    return np.ones((), dtype)


def eigh_push(tangents: Any, operands: Any, out: Any, params: Any) -> Any:
    (dx,), (w, v) = tangents, out
    moved = matmul(adjoint(v), matmul(hermitian(dx), v))
    return real(diagonal_of(moved)), matmul(v, inverse_gaps(w) * moved)


eigh = general(
    "eigh",
    kernel=eigh_kernel,
    spec=eigh_spec,
    batch=lambda values, axes, params: (eigh(front(values[0], axes[0])), (0, 0)),
    pulls=[eigh_pull],
    push=eigh_push,
    promotion="float",
    title="LinalgEigh",
    count=2,
)

# ------------------------------------------------------------------------ cholesky


def cholesky_spec(x: Spec) -> Spec:
    matrices("linalg.cholesky", x)
    floating("linalg.cholesky", x)
    return x


def cholesky_kernel(xp: Any, x: Any) -> Any:
    """NaN for a matrix that is not positive-definite: in a batch the others are to be had."""
    cholesky_spec(x)
    x = (x + xp.conjugate(xp.swapaxes(x, -1, -2))) / 2
    try:
        return xp.linalg.cholesky(x)
    except np.linalg.LinAlgError:
        if x.ndim == 2:
            return xp.full_like(x, np.nan)
        return xp.stack([cholesky_kernel(xp, each) for each in x])


def lower_half(x: Any) -> Any:
    """The lower triangle, with half of the diagonal."""
    return triangle(x, upper=False) - diagonal_matrix(diagonal_of(x)) / 2


def cholesky_pull(g: Any, out: Any) -> Any:
    """L^-H lower_half(L^H g) L^-1, made hermitian (Murray 2016, section 3.2)."""
    inner = lower_half(matmul(adjoint(out), g))
    left = solve_triangular(adjoint(out), inner, True, False)
    return hermitian(adjoint(solve_triangular(adjoint(out), adjoint(left), True, False)))


def cholesky_push(tangents: Any, operands: Any, out: Any, params: Any) -> Any:
    half = solve_triangular(out, hermitian(tangents[0]), False, False)
    return matmul(out, lower_half(adjoint(solve_triangular(out, adjoint(half), False, False))))


cholesky = general(
    "cholesky",
    kernel=cholesky_kernel,
    spec=cholesky_spec,
    batch=lambda values, axes, params: (cholesky(front(values[0], axes[0])), 0),
    pulls=[cholesky_pull],
    push=cholesky_push,
    title="LinalgCholeskyEx",
)

# ------------------------------------------------------------------------ qr


def qr_spec(x: Spec, mode: str) -> tuple[Spec, Spec]:
    matrices("linalg.qr", x, square=False)
    floating("linalg.qr", x)
    *batch, m, n = x.shape
    k = m if mode == "complete" else min(m, n)
    return x.reshaped((*batch, m, k)), x.reshaped((*batch, k, n))


def qr_kernel(xp: Any, x: Any, mode: str) -> Any:
    specs = qr_spec(Spec(x.shape, x.dtype), mode)
    if x.size == 0:
        q, r = (xp.zeros(spec.shape, x.dtype) for spec in specs)
        q[..., xp.arange(q.shape[-1]), xp.arange(q.shape[-1])] = 1 if x.shape[-2] else 0
        return q, r
    return tuple(xp.linalg.qr(x, mode))


def tall(q: Any, r: Any) -> None:
    """Raise where the derivative is not defined."""
    if shape_of(r)[-2] > shape_of(r)[-1]:
        raise GradError(
            advice(
                "The QR decomposition is not differentiable when mode='complete' and nrows > ncols.",
                "ask for mode='reduced'.",
            )
        )


def upper_part(x: Any) -> Any:
    """What is added to an upper triangle to make x + x^H: its own, with the diagonal once."""
    return adjoint(lower_half(x + adjoint(x)))


def qr_pull(g: Any, out: Any, mode: str) -> Any:
    """(gQ + Q s(triu(gR R^H - Q^H gQ))) R^-H, where s(x) = x + x^H with the diagonal once."""
    (gq, gr), (q, r) = g, out
    if 0 in shape_of(r):
        return zeros_like(matmul(q, r))
    tall(q, r)
    inner: Any = 0
    if gr is not None:
        inner = matmul(gr, adjoint(r))
    if gq is not None:
        inner = inner - matmul(adjoint(q), gq)
    inner = triangle(inner, upper=True)
    moved = matmul(q, hermitian(inner) * 2 - diagonal_matrix(real(diagonal_of(inner))) * one_of(q))
    if gq is not None:
        moved = gq + moved
    return adjoint(solve_triangular(r, adjoint(moved), True, False))


def qr_push(tangents: Any, operands: Any, out: Any, params: Any) -> Any:
    (dx,), (q, r) = tangents, out
    tall(q, r)
    scaled = adjoint(solve_triangular(adjoint(r), adjoint(dx), False, False))
    turned = upper_part(matmul(adjoint(q), scaled))
    return scaled - matmul(q, turned), matmul(turned, r)


qr = general(
    "qr",
    kernel=qr_kernel,
    spec=qr_spec,
    batch=lambda values, axes, params: (qr(front(values[0], axes[0]), *params), (0, 0)),
    pulls=[qr_pull],
    push=qr_push,
    title="LinalgQr",
    count=2,
)

# ------------------------------------------------------------------------ svd


def svd_spec(x: Spec, full: bool) -> tuple[Spec, Spec, Spec]:
    matrices("linalg.svd", x, square=False)
    floating("linalg.svd", x)
    *batch, m, n = x.shape
    k = min(m, n)
    values = Spec((*batch, k), real_of(x.dtype))
    return x.reshaped((*batch, m, m if full else k)), values, x.reshaped((*batch, n if full else k, n))


def svd_kernel(xp: Any, x: Any, full: bool) -> Any:
    specs = svd_spec(Spec(x.shape, x.dtype), full)
    if x.size == 0:
        u, values, vh = (xp.zeros(spec.shape, spec.dtype) for spec in specs)
        for each in (u, vh):
            if each.shape[-1] == each.shape[-2]:
                each[...] = xp.eye(each.shape[-1])
        return u, values, vh
    try:
        return tuple(xp.linalg.svd(x, full))
    except np.linalg.LinAlgError:
        raise LinAlgError(
            advice(
                "linalg.svd: The algorithm failed to converge because the input matrix contained non-finite values.",
                "look for them with torch.isfinite().",
            )
        ) from None


def first_columns(x: Any, count: int) -> Any:
    """As many columns as there are singular values; those that `full` adds are arbitrary."""
    return narrow(x, -1, 0, count)


def square_gaps(values: Any) -> Any:
    """1/(s_j^2 - s_i^2), and 0 where the two are equal."""
    rank = len(shape_of(values))
    sums = keep_axes(values, (rank - 1,)) + keep_axes(values, (rank,))
    return inverse_of(differences(values) * sums)


def outside(u: Any, x: Any) -> Any:
    """The part of x that the columns of u do not reach."""
    return x - matmul(u, matmul(adjoint(u), x))


def svd_pull(g: Any, out: Any) -> Any:
    """U (E (U^H gU) S + S E (V^H gV) + diag(gS)) V^H, E of the skew parts, and what is outside (Townsend 2016).

    The phases of a pair of complex vectors turn by half of the angle each.
    """
    (gu, gs, gvh), (u, s, vh) = g, out
    k, rank = shape_of(s)[-1], len(shape_of(s))
    one, gaps = one_of(u), square_gaps(s)
    u, v = first_columns(u, k), first_columns(adjoint(vh), k)
    columns, rows, inverse = keep_axes(s, (rank - 1,)), keep_axes(s, (rank,)), keep_axes(inverse_of(s), (rank - 1,))
    inner: Any = 0 if gs is None else diagonal_matrix(gs) * one
    far: Any = 0
    if gu is not None:
        gu = first_columns(gu, k)
        turned = skew(matmul(adjoint(u), gu))
        inner = inner + gaps * turned * columns + diagonal_matrix(diagonal_of(turned) * inverse_of(s) / 4)
        if shape_of(u)[-2] > k:
            far = matmul(outside(u, gu) * inverse, adjoint(v))
    if gvh is not None:
        gv = first_columns(adjoint(gvh), k)
        turned = skew(matmul(adjoint(v), gv))
        inner = inner + rows * gaps * turned - diagonal_matrix(diagonal_of(turned) * inverse_of(s) / 4)
        if shape_of(v)[-2] > k:
            far = far + adjoint(matmul(outside(v, gv) * inverse, adjoint(u)))
    return matmul(u, matmul(inner, adjoint(v))) + far


def svd_push(tangents: Any, operands: Any, out: Any, params: Any) -> Any:
    (dx,), (u, s, vh) = tangents, out
    k, rank = shape_of(s)[-1], len(shape_of(s))
    whole_u, whole_vh = u, vh
    u, v = first_columns(u, k), first_columns(adjoint(vh), k)
    gaps, columns, rows = square_gaps(s), keep_axes(s, (rank - 1,)), keep_axes(s, (rank,))
    inverse = keep_axes(inverse_of(s), (rank - 1,))
    moved = matmul(adjoint(u), matmul(dx, v))
    phase = diagonal_matrix(diagonal_of(skew(moved)) * inverse_of(s) / 4)
    du = matmul(u, gaps * (moved * columns + rows * adjoint(moved)) + phase)
    dv = matmul(v, gaps * (rows * moved + adjoint(moved) * columns) - phase)
    if shape_of(u)[-2] > k:
        du = du + outside(u, matmul(dx, v)) * inverse
    if shape_of(v)[-2] > k:
        dv = dv + outside(v, matmul(adjoint(dx), u)) * inverse
    return padded(du, whole_u, -1), real(diagonal_of(moved)), padded(adjoint(dv), whole_vh, -2)


def skew(x: Any) -> Any:
    """x - x^H."""
    return x - adjoint(x)


def padded(x: Any, like: Any, axis: int) -> Any:
    """x, and zeros after it along an axis to the shape of another."""
    shape = shape_of(like)
    if shape_of(x) == shape:
        return x
    axis += len(shape)
    return concat([x, zeros_like(narrow(like, axis, shape_of(x)[axis], shape[axis]))], axis)


svd = general(
    "svd",
    kernel=svd_kernel,
    spec=svd_spec,
    batch=lambda values, axes, params: (svd(front(values[0], axes[0]), *params), (0, 0, 0)),
    pulls=[svd_pull],
    push=svd_push,
    title="LinalgSvd",
    count=3,
)

"""Rows for determinants, whose derivatives are there for singular matrices too."""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert.core.families import general, shape_of
from wengert.core.levels import numpy_dtype
from wengert.dtypes import real_of
from wengert.ops.complexes import real
from wengert.ops.contraction import matmul, matrix_transpose
from wengert.ops.decompositions import diagonal_matrix, diagonal_of, svd
from wengert.ops.pointwise import conjugate, equal, where
from wengert.ops.solving import adjoint, floating, matrices, solve
from wengert.ops.structural import concat, front, keep_axes, narrow, reduce_sum
from wengert.shapes import Spec


def fixed_kernel(xp: Any, x: Any) -> Any:
    return xp.array(x)


fixed = general(
    "fixed",
    kernel=fixed_kernel,
    spec=lambda x: x,
    batch=lambda values, axes, params: (fixed(values[0]), axes[0]),
)
"""The value as a constant: no derivative goes through it."""


def block(x: Any, rows: tuple[int, int], columns: tuple[int, int]) -> Any:
    """Some rows and columns of matrices."""
    return narrow(narrow(x, -2, *rows), -1, *columns)


def scalars(x: Any) -> Any:
    """Numbers as matrices of one element."""
    rank = len(shape_of(x))
    return keep_axes(x, (rank, rank + 1))


def adjugate_of_two(x: Any) -> Any:
    """The adjugate of matrices of two rows: the diagonal exchanged, the others negated."""
    rank = len(shape_of(x))
    a, b, c, d = (block(x, (i, i + 1), (j, j + 1)) for i in (0, 1) for j in (0, 1))
    return concat([concat([d, -b], rank - 1), concat([-c, a], rank - 1)], rank - 2)


def adjugate(x: Any) -> Any:
    """The matrices whose product with x is det(x) times 1; of polynomials in x, so they are always there.

    In the bases of the singular vectors, held fixed, all but the last two rows are eliminated. That divides only by
    the other singular values; where one of those is 0 as well, the adjugate and its derivative are 0.
    """
    n = shape_of(x)[-1]
    if n == 0:
        return x
    if n == 1:
        return x * 0 + 1
    if n == 2:
        return adjugate_of_two(x)
    u, s, vh = map(fixed, svd(fixed(x), True))
    last = len(shape_of(x)) - 1
    m = matmul(adjoint(u), matmul(x, adjoint(vh)))
    m = m + fixed(diagonal_matrix(s) - m)  # without the rounding of the products, which may leave no pivot
    head, tail = (0, n - 2), (n - 2, n)
    none = equal(fixed(diagonal_of(block(m, head, head))), 0)
    missing = where(none, np.ones((), numpy_dtype(s)), 0)
    inner = block(m, head, head) + diagonal_matrix(missing)
    right = solve(inner, block(m, head, tail))
    left = adjoint(solve(adjoint(inner), adjoint(block(m, tail, head))))
    rest = block(m, tail, tail) - matmul(block(m, tail, head), right)
    small = adjugate_of_two(rest)
    inverse = solve(inner, np.eye(n - 2, dtype=numpy_dtype(x)))
    top = inverse * scalars(det(rest)) + matmul(right, matmul(small, left))
    corner = concat([concat([top, -matmul(right, small)], last), concat([-matmul(small, left), small], last)], last - 1)
    all_there = equal(reduce_sum(missing, (last - 1,)), 0)
    scale = where(all_there, det(inner) * fixed(det(u)) * fixed(det(vh)), 0)
    return matmul(adjoint(vh), matmul(corner, adjoint(u))) * scalars(scale)


def det_spec(x: Spec) -> Spec:
    matrices("linalg.det", x)
    floating("linalg.det", x)
    return x.reshaped(x.shape[:-2])


def det_kernel(xp: Any, x: Any) -> Any:
    det_spec(Spec(x.shape, x.dtype))
    return xp.asarray(xp.linalg.det(x))


def trace_of_product(x: Any, y: Any) -> Any:
    """The sum of the diagonal of x y."""
    rank = len(shape_of(x))
    return reduce_sum(x * matrix_transpose(y), (rank - 2, rank - 1))


det = general(
    "det",
    kernel=det_kernel,
    spec=det_spec,
    batch=lambda values, axes, params: (det(front(values[0], axes[0])), 0),
    pulls=[lambda g, x: scalars(g) * adjoint(adjugate(x))],
    push=lambda tangents, operands, out, params: trace_of_product(adjugate(operands[0]), tangents[0]),
    title="LinalgDet",
)


# ------------------------------------------------------------------------ sign and logarithm


def slogdet_spec(x: Spec) -> tuple[Spec, Spec]:
    matrices("linalg.slogdet", x)
    floating("linalg.slogdet", x)
    return x.reshaped(x.shape[:-2]), Spec(x.shape[:-2], real_of(x.dtype))


def slogdet_kernel(xp: Any, x: Any) -> Any:
    slogdet_spec(Spec(x.shape, x.dtype))
    sign, logarithm = xp.linalg.slogdet(x)
    return xp.asarray(sign), xp.asarray(logarithm)


def inverse_or_infinite(x: Any, sign: Any) -> Any:
    """The inverse; inf and nan where there is none."""
    none = scalars(equal(sign, 0))
    one = np.eye(shape_of(x)[-1], dtype=numpy_dtype(x))
    return solve(where(none, one, x), one) / where(none, 0, np.ones((), one.dtype))


def imaginary_part(z: Any) -> Any:
    """The imaginary parts, as real numbers."""
    return real(z * np.asarray(-1j, numpy_dtype(z)))


def slogdet_pull(g: Any, x: Any, out: Any) -> Any:
    """(g_log + i Im(g_sign conj(sign))) A^-H."""
    (gsign, glog), (sign, _) = g, out
    scale: Any = 0 if glog is None else glog
    if gsign is not None and numpy_dtype(x).kind == "c":
        scale = scale + imaginary_part(gsign * conjugate(sign)) * np.asarray(1j, numpy_dtype(x))
    elif glog is None:
        return x * 0
    return scalars(scale) * adjoint(inverse_or_infinite(x, sign))


def slogdet_push(tangents: Any, operands: Any, out: Any, params: Any) -> Any:
    (dx,), (x,), (sign, _) = tangents, operands, out
    moved = trace_of_product(inverse_or_infinite(x, sign), dx)
    if numpy_dtype(x).kind != "c":
        return sign * 0, moved
    return sign * imaginary_part(moved) * np.asarray(1j, numpy_dtype(x)), real(moved)


slogdet = general(
    "slogdet",
    kernel=slogdet_kernel,
    spec=slogdet_spec,
    batch=lambda values, axes, params: (slogdet(front(values[0], axes[0])), (0, 0)),
    pulls=[slogdet_pull],
    push=slogdet_push,
    title="LinalgSlogdet",
    count=2,
)

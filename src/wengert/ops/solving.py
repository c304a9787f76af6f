"""Rows that solve systems of equations, and what is made like them: pseudo-inverses and exponentials of matrices."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from wengert.core.families import general, shape_of
from wengert.core.tensor import wrap
from wengert.dtypes import of_numpy
from wengert.errors import DtypeError, ShapeError, WengertError, advice
from wengert.native.blas import solve_triangle
from wengert.ops.broadcasting import aligned
from wengert.ops.contraction import matmul, matrix_transpose
from wengert.ops.pointwise import conjugate, where
from wengert.ops.structural import concat, front, narrow, unbroadcast, zeros_like
from wengert.shapes import Spec, broadcast_shapes


class LinAlgError(WengertError, RuntimeError):
    """A matrix has no such inverse or factors.

    >>> import wengert as torch
    >>> torch.linalg.inv(torch.zeros(1, 1))
    Traceback (most recent call last):
    wengert.ops.solving.LinAlgError: linalg.inv: The diagonal element 1 is zero, the inversion could not be completed \
because the input matrix is singular.
    Try: the _ex function tells which by its info, 1 here.
    """


def adjoint(x: Any) -> Any:
    """The conjugate transpose of matrices."""
    return matrix_transpose(conjugate(x))


def triangle(x: Any, *, upper: bool, k: int = 0) -> Any:
    """One triangle of matrices, up to the diagonal k, and 0 elsewhere."""
    rows, columns = shape_of(x)[-2:]
    below: Any = np.tri(rows, columns, k - upper, dtype=bool)
    kept = ~below if upper else below
    return where(kept if isinstance(x, np.ndarray) else wrap(kept), x, 0)


# ------------------------------------------------------------------------ what is refused


def floating(name: str, x: Any) -> None:
    """Raise in PyTorch's words unless these are real or complex numbers of at least 32 bits."""
    dtype = of_numpy(x.dtype)
    if not (dtype.is_floating_point or dtype.is_complex):
        raise DtypeError(
            advice(
                f"{name}: Expected a floating point or complex tensor as input. Got {dtype.title}",
                "convert with .float() or .double() first.",
            )
        )
    if dtype.itemsize == 2:
        raise DtypeError(
            advice(f"{name}: Low precision dtypes not supported. Got {dtype.title}", "convert with .float() first.")
        )


def matrices(name: str, x: Any, *, square: bool = True, called: str = "A") -> None:
    """Raise in PyTorch's words unless x holds matrices."""
    shape = x.shape
    if len(shape) < 2:
        raise ShapeError(
            advice(
                f"{name}: The input tensor {called} must have at least 2 dimensions.", f"the shape is {list(shape)}."
            )
        )
    if square and shape[-1] != shape[-2]:
        raise ShapeError(
            advice(
                f"{name}: {called} must be batches of square matrices, "
                f"but they are {shape[-2]} by {shape[-1]} matrices",
                f"the shape is {list(shape)}.",
            )
        )


def equations(name: str, a: Any, b: Any) -> Spec:
    """The spec of x in a x = b, or PyTorch's refusal."""
    matrices(name, a)
    matrices(name, b, square=False, called="B")
    floating(name, a)
    if a.dtype != b.dtype:
        first, second = (of_numpy(x.dtype).title for x in (a, b))
        raise DtypeError(
            advice(
                f"{name}: Expected A and B to have the same dtype, but found A of type {first} and B of type {second} "
                "instead",
                "convert one of them with .to().",
            )
        )
    n = a.shape[-1]
    rows, columns = b.shape[-2:]
    if n != rows:
        raise ShapeError(
            advice(
                f"{name}: Incompatible shapes of A and B for the equation AX = B ({n}x{n} and {rows}x{columns})",
                f"B must have {n} rows; is a transpose missing?",
            )
        )
    return Spec((*broadcast_shapes(a.shape[:-2], b.shape[:-2]), rows, columns), b.dtype)


# ------------------------------------------------------------------------ systems of equations


def solve_kernel(xp: Any, a: Any, b: Any) -> Any:
    """NaN where a matrix is singular: in a batch the others are to be had."""
    spec = equations("linalg.solve", a, b)
    try:
        return xp.linalg.solve(a, b)
    except np.linalg.LinAlgError:
        out = xp.full(spec.shape, np.nan, spec.dtype)
        if a.ndim == b.ndim == 2:
            return out
        batch = spec.shape[:-2]
        a, b = (xp.broadcast_to(x, (*batch, *x.shape[-2:])) for x in (a, b))
        for i in xp.ndindex(batch):
            out[i] = solve_kernel(xp, a[i], b[i])
        return out


def solve_push(tangents: Any, operands: Any, out: Any, params: Any) -> Any:
    """a dx = db - da x."""
    (da, db), (a, _) = tangents, operands
    moved: Any = None if da is None else -matmul(da, out)
    if db is not None:
        moved = db if moved is None else moved + db
    return solve(a, moved) if shape_of(moved)[:-2] == shape_of(out)[:-2] else solve(a, moved + zeros_like(out))


solve = general(
    "solve",
    kernel=solve_kernel,
    spec=lambda a, b: equations("linalg.solve", a, b),
    arity=2,
    batch=lambda values, axes, params: (solve(*aligned(values, axes)), 0),
    pulls=[
        lambda g, a, out, a_spec: unbroadcast(-matmul(solve(adjoint(a), g), adjoint(out)), a_spec.shape),
        lambda g, a, b_spec: unbroadcast(solve(adjoint(a), g), b_spec.shape),
    ],
    push=solve_push,
    title="LinalgSolveEx",
)


def substituted(xp: Any, a: Any, x: Any) -> None:
    """Let x become what solves a x = x for lower triangles a: row by row, of all at once."""
    for i in range(a.shape[-1]):
        known = xp.matmul(a[..., i : i + 1, :i], x[..., :i, :])[..., 0, :] if i else 0
        x[..., i, :] = (x[..., i, :] - known) / a[..., i, i, None]


def triangular_kernel(xp: Any, a: Any, b: Any, upper: bool, unit: bool) -> Any:
    """One after the other by BLAS, or many small ones at once."""
    spec = equations("linalg.solve_triangular", a, b)
    n, batch = a.shape[-1], spec.shape[:-2]
    x = xp.array(xp.broadcast_to(b, spec.shape), order="C")
    if not x.size:
        return x
    if n < MANY and prod(batch) > n:
        whole = xp.where(xp.eye(n, dtype=bool), xp.ones((), a.dtype), a) if unit else a
        substituted(xp, *((whole[..., ::-1, ::-1], x[..., ::-1, :]) if upper else (whole, x)))
        return x
    a = xp.broadcast_to(a, (*batch, n, n))
    for i in xp.ndindex(batch):
        each = a[i] if a[i].flags.forc else xp.ascontiguousarray(a[i])
        solve_triangle(each, x[i], upper=upper, unit=unit)
    return x


MANY = 64
"""Of smaller triangles than this, if there are more than they have rows, a row of all is had at once."""


def triangle_of(x: Any, upper: bool, unit: bool) -> Any:
    """The part of a matrix that a triangular system reads."""
    return triangle(x, upper=upper, k=unit if upper else -int(unit))


def triangular_push(tangents: Any, operands: Any, out: Any, params: Any) -> Any:
    (da, db), (a, _) = tangents, operands
    moved: Any = None if da is None else -matmul(triangle_of(da, *params), out)
    if db is not None:
        moved = db if moved is None else moved + db
    if shape_of(moved)[:-2] != shape_of(out)[:-2]:
        moved = moved + zeros_like(out)
    return solve_triangular(a, moved, *params)


solve_triangular = general(
    "solve_triangular",
    kernel=triangular_kernel,
    spec=lambda a, b, upper, unit: equations("linalg.solve_triangular", a, b),
    arity=2,
    batch=lambda values, axes, params: (solve_triangular(*aligned(values, axes), *params), 0),
    pulls=[
        lambda g, a, out, upper, unit, a_spec: unbroadcast(
            triangle_of(-matmul(solve_triangular(adjoint(a), g, not upper, unit), adjoint(out)), upper, unit),
            a_spec.shape,
        ),
        lambda g, a, upper, unit, b_spec: unbroadcast(solve_triangular(adjoint(a), g, not upper, unit), b_spec.shape),
    ],
    push=triangular_push,
    title="LinalgSolveTriangular",
)

# ------------------------------------------------------------------------ pseudo-inverses


def pinv_spec(x: Spec, atol: float, rtol: float) -> Spec:
    matrices("linalg.pinv", x, square=False)
    floating("linalg.pinv", x)
    return x.reshaped((*x.shape[:-2], x.shape[-1], x.shape[-2]))


def pinv_kernel(xp: Any, x: Any, atol: float, rtol: float) -> Any:
    spec = pinv_spec(Spec(x.shape, x.dtype), atol, rtol)
    if x.size == 0:
        return xp.zeros(spec.shape, x.dtype)
    u, s, vh = xp.linalg.svd(x, False)
    large = s > xp.maximum(atol, rtol * s[..., :1])
    inverse = xp.where(large, 1 / xp.where(large, s, 1), 0)[..., None, :]
    return xp.matmul(xp.conjugate(xp.swapaxes(vh, -1, -2)) * inverse, xp.conjugate(xp.swapaxes(u, -1, -2)))


def pinv_pull(g: Any, x: Any, out: Any) -> Any:
    """The transpose of the forward rule (Golub and Pereyra 1973): it keeps the rank."""
    p, ph, gh = out, adjoint(out), adjoint(g)
    rows = gh - matmul(x, matmul(p, gh))
    columns = gh - matmul(matmul(gh, p), x)
    return matmul(rows, matmul(p, ph)) + matmul(matmul(ph, p), columns) - matmul(ph, matmul(g, ph))


def pinv_push(tangents: Any, operands: Any, out: Any, params: Any) -> Any:
    (dx,), (x,), p = tangents, operands, out
    dxh, ph = adjoint(dx), adjoint(out)
    rows = matmul(p, matmul(ph, dxh))
    columns = matmul(matmul(dxh, ph), p)
    return rows - matmul(matmul(rows, x), p) + columns - matmul(p, matmul(x, columns)) - matmul(p, matmul(dx, p))


pinv = general(
    "pinv",
    kernel=pinv_kernel,
    spec=pinv_spec,
    batch=lambda values, axes, params: (pinv(front(values[0], axes[0]), *params), 0),
    pulls=[pinv_pull],
    push=pinv_push,
    title="LinalgPinv",
)

# ------------------------------------------------------------------------ exponentials


def exp_spec(x: Spec) -> Spec:
    matrices("linalg.matrix_exp", x)
    floating("linalg.matrix_exp", x)
    return x


def exp_kernel(xp: Any, x: Any) -> Any:
    from scipy.linalg import expm  # noqa: PLC0415  takes longer to import than wengert

    exp_spec(x)
    return expm(x) if x.size else xp.array(x)


def exp_moved(x: Any, dx: Any) -> Any:
    """How exp(x) moves with x: the corner of exp([[x, dx], [0, x]]) (Najfeld and Havel 1995)."""
    n, last = shape_of(x)[-1], len(shape_of(x)) - 1
    below = concat([zeros_like(x), x], last)
    whole = matrix_exp(concat([concat([x, dx], last), below], last - 1))
    return narrow(narrow(whole, -2, 0, n), -1, n, 2 * n)


matrix_exp = general(
    "matrix_exp",
    kernel=exp_kernel,
    spec=exp_spec,
    batch=lambda values, axes, params: (matrix_exp(front(values[0], axes[0])), 0),
    pulls=[lambda g, x: exp_moved(adjoint(x), g)],
    push=lambda tangents, operands, out, params: exp_moved(operands[0], tangents[0]),
    title="LinalgMatrixExp",
)

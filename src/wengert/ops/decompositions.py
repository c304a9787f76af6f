"""Rows that take matrices apart. They have several results, and a rule gets None for one that nothing reads."""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert.core.families import general, shape_of
from wengert.errors import ShapeError, advice
from wengert.ops.complexes import real
from wengert.ops.contraction import matmul, matrix_transpose
from wengert.ops.pointwise import conjugate, equal, where
from wengert.ops.structural import keep_axes, permute, reduce_sum
from wengert.shapes import Spec


def adjoint(x: Any) -> Any:
    """The conjugate transpose of matrices."""
    return matrix_transpose(conjugate(x))


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


def inverse_gaps(w: Any) -> Any:
    """1/(w_j - w_i), and 0 where the two are equal.

    There the vectors may turn freely, so nothing that may be asked of them depends on it.
    """
    rank = len(shape_of(w))
    gaps = keep_axes(w, (rank - 1,)) - keep_axes(w, (rank,))
    same = equal(gaps, 0)
    return where(same, 0, 1 / where(same, 1, gaps))


def eigh_spec(x: Spec) -> tuple[Spec, Spec]:
    if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
        raise ShapeError(
            advice(
                f"linalg.eigh: A must be batches of square matrices, but they are {x.shape[-2]} by {x.shape[-1]} "
                "matrices"
                if x.ndim > 1
                else "linalg.eigh: The input tensor A must have at least 2 dimensions.",
                f"the shape is {list(x.shape)}.",
            )
        )
    values = np.empty(0, x.dtype).real.dtype
    return Spec(x.shape[:-1], values), x


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


def batch_in_front(values: Any, axes: Any, params: Any) -> Any:
    """The batching of an operation on the last axes: the batch goes to the front, where it is one more."""
    x, at = values[0], axes[0]
    rank = len(shape_of(x))
    if at:
        x = permute(x, (at, *(i for i in range(rank) if i != at)))
    return eigh(x), (0, 0)


eigh = general(
    "eigh",
    kernel=eigh_kernel,
    spec=eigh_spec,
    batch=batch_in_front,
    pulls=[eigh_pull],
    push=eigh_push,
    promotion="float",
    title="LinalgEigh",
    count=2,
)

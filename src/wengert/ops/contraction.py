"""Rows that multiply and sum: products of matrices."""

from __future__ import annotations

from typing import Any

from wengert.core.families import shape_of
from wengert.dtypes import is_half
from wengert.errors import DtypeError, ShapeError, advice
from wengert.native.blas import product
from wengert.ops.broadcasting import bilinear
from wengert.ops.structural import permute
from wengert.shapes import Spec, broadcast_shapes


def matrix_transpose(x: Any) -> Any:
    """The last two axes swapped."""
    rank = len(shape_of(x))
    return permute(x, (*range(rank - 2), rank - 1, rank - 2))


def matmul_spec(x: Spec, y: Spec) -> Spec:
    if x.dtype != y.dtype:
        raise DtypeError(
            advice(
                f"expected m1 and m2 to have the same dtype, but got: {x.dtype} != {y.dtype}",
                "convert one of them with .to(); matrix products do not promote.",
            )
        )
    (n, k), (m, p) = x.shape[-2:], y.shape[-2:]
    if k != m:
        raise ShapeError(
            advice(
                f"mat1 and mat2 shapes cannot be multiplied ({n}x{k} and {m}x{p})",
                f"the inner sizes {k} and {m} must be equal; is a transpose missing?",
            )
        )
    return x.reshaped((*broadcast_shapes(x.shape[:-2], y.shape[:-2]), n, p))


def matmul_kernel(xp: Any, x: Any, y: Any) -> Any:
    if x.dtype.itemsize == 2 and is_half(x.dtype):
        return product(x.astype(xp.float32), y.astype(xp.float32)).astype(x.dtype)
    return product(x, y)


matmul = bilinear(
    "matmul",
    title="Mm",
    kernel=matmul_kernel,
    transposes=(
        lambda g, y: matmul(g, matrix_transpose(y)),
        lambda g, x: matmul(matrix_transpose(x), g),
    ),
    spec=matmul_spec,
)

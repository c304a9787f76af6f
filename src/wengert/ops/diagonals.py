"""Rows for the diagonal of two axes, and for putting one back: each the transpose of the other."""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert.core.families import linear, shape_of
from wengert.ops.structural import front
from wengert.shapes import Shape, Spec


def diagonal_kernel(xp: Any, x: Any, offset: int, first: int, second: int) -> Any:
    made = xp.diagonal(x, offset, first, second)
    if isinstance(made, np.ndarray) and x.flags.writeable:
        made.flags.writeable = True  # NumPy makes it read-only, and says that one day it will not
    return made


def diagonal_spec(x: Spec, offset: int, first: int, second: int) -> Spec:
    rows, columns = x.shape[first], x.shape[second]
    length = min(rows, columns - offset) if offset >= 0 else min(rows + offset, columns)
    kept = [n for i, n in enumerate(x.shape) if i not in (first, second)]
    return x.reshaped([*kept, max(length, 0)])


def onto_diagonal_kernel(xp: Any, g: Any, shape: Shape, offset: int, first: int, second: int) -> Any:
    out = xp.zeros(shape, g.dtype)
    diagonal_kernel(xp, out, offset, first, second)[...] = g
    return out


diagonal = linear(
    "diagonal",
    kernel=diagonal_kernel,
    spec=diagonal_spec,
    transpose=lambda g, x, offset, first, second: onto_diagonal(g, x.shape, offset, first, second),
    batch=lambda x, at, offset, first, second: (diagonal(front(x, at), offset, first + 1, second + 1), 0),
    is_view=True,
)

onto_diagonal = linear(
    "onto_diagonal",
    title="DiagonalBackward",
    kernel=onto_diagonal_kernel,
    spec=lambda g, shape, offset, first, second: g.reshaped(shape),
    transpose=lambda g, offset, first, second: diagonal(g, offset, first, second),
    batch=lambda g, at, shape, offset, first, second: (
        onto_diagonal(front(g, at), (shape_of(g)[at], *shape), offset, first + 1, second + 1),
        0,
    ),
)

"""Kernels of rows where NumPy's function does something else than PyTorch's.

Knows arrays. Must not know tensors.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert.errors import DtypeError, advice


def whole(x: Any) -> bool:
    """Whether a kernel's operand is of integers."""
    return np.asarray(x).dtype.kind in "iu"


def no_zero_divisor(ufunc: Any) -> Any:
    """A division of integers that raises for 0, of which NumPy makes 0."""

    def kernel(x: Any, y: Any) -> Any:
        if not isinstance(y, float) and not np.all(y) and whole(y) and whole(x):
            raise DtypeError(advice("ZeroDivisionError", "test the divisor with .all() first."))
        return ufunc(x, y)

    return kernel


NEGATIVE_POWER = advice("Integers to negative integer powers are not allowed.", "convert the base with .float() first.")


def powers(x: Any, y: Any) -> Any:
    """x**y; NumPy refuses negative exponents of integers, PyTorch only a lone one."""
    try:
        return x**y
    except ValueError:
        if not (whole(x) and whole(y)):
            raise
    if np.ndim(y) == 0:
        raise DtypeError(NEGATIVE_POWER)
    alternating = np.where(np.remainder(y, 2) == 0, 1, x)
    inverse = np.where(np.absolute(x) == 1, alternating, 0)
    positive = x ** np.maximum(y, 0)
    return np.where(np.less(y, 0), inverse, positive).astype(positive.dtype)


def squares(x: Any) -> Any:
    """x * x; of truth values NumPy makes int8, PyTorch int64."""
    return np.square(x) if x.dtype != np.bool_ else x.astype(np.int64)


def remainders(x: Any, y: Any) -> Any:
    """What is left of x; where nothing is, it has the sign of x, and in NumPy that of y."""
    left = np.remainder(x, y)
    if left.dtype.kind not in "fV":
        return left
    if not isinstance(left, np.ndarray):
        return left or np.copysign(left, x)
    return np.copysign(left, x, out=left, where=left == 0)

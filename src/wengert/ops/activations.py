"""Rows of functions between layers whose derivative composed of others would be inaccurate."""

from __future__ import annotations

from typing import Any

from wengert.ops.broadcasting import pointwise
from wengert.ops.pointwise import exp, less, less_equal, where


def elu_kernel(xp: Any, x: Any, alpha: Any, width: Any) -> Any:
    return xp.where(xp.less_equal(x, 0), xp.expm1(xp.minimum(x, 0) / width) * alpha, x)


def elu_slope(dx: Any, x: Any, alpha: Any, width: Any) -> Any:
    """alpha / width * exp(x / width) where x is not positive: of expm1(x) + 1 the far tail would be lost.

    At 0 the slope is that of the left and does not move, as PyTorch has it.
    """
    return where(less_equal(x, 0), dx * (exp(where(less(x, 0), x, 0) / width) * (alpha / width)), dx)


elu = pointwise("elu", elu_slope, None, None, kernel=elu_kernel)

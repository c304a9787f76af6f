"""Rows of losses whose derivative composed of others would be inaccurate, or not PyTorch's at the ends."""

from __future__ import annotations

from typing import Any

from wengert.ops.broadcasting import pointwise
from wengert.ops.pointwise import log, log1p, maximum


def entropy_kernel(xp: Any, x: Any, y: Any) -> Any:
    one, none = xp.maximum(xp.log(x), -100), xp.maximum(xp.log1p(-x), -100)
    return (y - 1) * none - y * one


binary_cross_entropy = pointwise(
    "binary_cross_entropy",
    lambda dx, x, y: dx * ((x - y) / maximum((1 - x) * x, 1e-12)),
    lambda dy, x: dy * (log1p(-x) - log(x)),
    kernel=entropy_kernel,
    promotion="float",
)

"""Rows of special functions whose kernels come from SciPy."""

from __future__ import annotations

from math import pi, sqrt
from typing import Any

from wengert.dtypes import is_half
from wengert.ops.broadcasting import pointwise
from wengert.ops.pointwise import exp
from wengert.ops.refusals import no_kernel


def of_scipy(name: str) -> Any:
    """A kernel that calls a function of scipy.special; of half precision in float32, as SciPy knows no such dtype."""

    def kernel(x: Any) -> Any:
        from scipy import special  # noqa: PLC0415  takes longer to import than wengert

        function = getattr(special, name)
        return function(x.astype("float32")).astype(x.dtype) if is_half(x.dtype) else function(x)

    kernel.is_late = True  # type: ignore[attr-defined]
    return kernel


NORMAL_PEAK = 1 / sqrt(2 * pi)

ndtr = pointwise(  # the tail keeps its relative accuracy, which (1 + erf(x / sqrt(2))) / 2 loses
    "ndtr",
    lambda dx, x: dx * (exp(x * x * -0.5) * NORMAL_PEAK),
    kernel=lambda xp, x: xp.ndtr(x),
    eager=of_scipy("ndtr"),
    promotion="float",
    title="SpecialNdtr",
    refuses=[no_kernel("ndtr_cpu")],
)

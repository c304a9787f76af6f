"""Samples of the rows of special functions."""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert.testing.sample import Sample

REAL = np.array([[-2.3, -0.85, -0.2], [0.45, 1.3, 3.6]])
POSITIVE = np.abs(REAL) + 0.1
UNIT = np.array([-0.8, -0.35, 0.15, 0.6])
DEGREES = np.array([0.0, 1.0, 2.0, 5.0, 8.0])


def at(*operands: Any, params: Any = ()) -> list[Sample]:
    """A sample of some shape, one of a number, and an empty one."""
    numbers = tuple(np.asarray(x.flat[-1]) for x in operands)
    nothing = tuple(np.zeros((0, 2)) for _ in operands)
    return [Sample(operands, params), Sample(numbers, params), Sample(nothing, params)]


def orders(x: Any, kind: str) -> list[Sample]:
    """Samples of the Bessel functions of a kind."""
    return [sample for n in (0, 1, 2) for sample in at(x, params=(kind, n))]


POINTS = np.array([0.3, -0.7, 1.6, -0.4, 0.85])
FIRST = np.array([0.4, 1.7, 3.2, 6.0])
SECOND = np.array([0.9, 1.2, 3.9, 2.5])
BETWEEN = np.array([0.2, 0.55, 0.8, 0.4])
SAMPLES: dict[str, list[Sample]] = {
    **{name: at(REAL) for name in ("erf", "erfc", "erfcx", "log_ndtr", "exp2")},
    "airy": at(REAL, params=(0,)) + at(REAL, params=(1,)),
    **{name: at(POSITIVE) for name in ("log2", "log10", "entr", "lgamma", "digamma")},
    "erfinv": at(UNIT), "ndtri": at(np.abs(UNIT)),
    "xlog1py": at(REAL, POSITIVE), "polygamma": at(POSITIVE, params=(1,)) + at(POSITIVE, params=(2,)),
    "zeta": [Sample((np.array([2, 3]), np.array([1, 4])))],
    "gammainc": at(FIRST, SECOND, params=(0,)) + at(FIRST, SECOND, params=(1,)), "gammaincc": at(FIRST, SECOND),
    "gamma_ratio": at(FIRST, SECOND, params=(1,)), "gamma_moved": at(FIRST, FIRST[::-1] / 2, SECOND),
    "beta_ratio": at(FIRST, SECOND, BETWEEN, params=(1, 0)) + at(FIRST, SECOND, BETWEEN, params=(0, 1)),
    "beta_moved": at(FIRST, SECOND, SECOND / 2, FIRST, BETWEEN),
    "bessel": [each for kind in ("j", "i", "ie", "spherical_j") for each in orders(REAL, kind)]
    + [each for kind in ("y", "k", "ke") for each in orders(POSITIVE, kind)],
    "polynomial": [Sample((DEGREES, POINTS), (kind, m)) for kind in "tuvwhelp" for m in (0, 1)],
}  # fmt: skip

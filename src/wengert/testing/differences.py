"""Derivatives by numbers alone: what rules are checked against.

    complex step   f'(x) = Im f(x + ih) / h, exact to rounding, for analytic kernels
    Richardson     central differences at halved steps, extrapolated to step zero

Knows arrays and functions of them. Must not know ops.
"""

from __future__ import annotations

import warnings
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

STEP = 2.0**-6
LEVELS = 6
COMPLEX_STEP = 2.0**-100


def richardson(function: Callable[..., Any], at: Sequence[Any], along: Sequence[Any]) -> Any:
    """The derivative of a function of arrays along a direction, good to about 1e-11.

    >>> float(richardson(np.sin, [np.array(0.0)], [np.array(1.0)]).round(10))
    1.0

    The function must be smooth within 1/64 of the direction.
    """

    def moved(step: float) -> Any:
        return np.asarray(function(*[x + step * v for x, v in zip(at, along, strict=True)]))

    steps = [STEP / 2**k for k in range(LEVELS)]
    row = [(moved(h) - moved(-h)) / (2 * h) for h in steps]
    for order in range(1, LEVELS):
        row = [(4**order * fine - rough) / (4**order - 1) for rough, fine in pairwise(row)]
    return row[0]


def complex_step(function: Callable[..., Any], at: Sequence[Any], along: Sequence[Any]) -> Any:
    """The derivative along a direction to the last digits; None where complex is not taken.

    >>> float(complex_step(np.sin, [np.array(0.0)], [np.array(1.0)]))
    1.0
    """
    if any(x.dtype.kind == "c" for x in at):
        return None
    moved = [x + 1j * COMPLEX_STEP * v for x, v in zip(at, along, strict=True)]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", np.exceptions.ComplexWarning)
            out = np.asarray(function(*moved))
    except (TypeError, RuntimeError, np.exceptions.ComplexWarning):  # refused by NumPy, or as PyTorch does
        return None
    return out.imag / COMPLEX_STEP if out.dtype.kind == "c" else None

"""How two results are compared, and the error that says where they differ.

Knows arrays. Must not know ops.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert.core.levels import Tracer, concrete
from wengert.core.tensor import Tensor


def array_of(value: Any) -> Any:
    """The array of a tensor; arrays and numbers as arrays."""
    if isinstance(value, Tracer):
        return concrete(value)
    return np.asarray(value.array if isinstance(value, Tensor) else value)


def same_spec(got: Any, want: Any, what: str) -> None:
    """Raise unless shape and dtype are equal."""
    got, want = array_of(got), array_of(want)
    if got.shape != want.shape or got.dtype != want.dtype:
        raise AssertionError(f"{what}: got {got.dtype}{list(got.shape)}, expected {want.dtype}{list(want.shape)}")


def same_bits(got: Any, want: Any, what: str) -> None:
    """Raise unless both are equal to the last bit; a NaN equals a NaN, but 0.0 is not -0.0."""
    got, want = array_of(got), array_of(want)
    same_spec(got, want, what)
    equal = (got == want) | ((got != got) & (want != want))  # noqa: PLR0124  finds NaN in any dtype
    if got.dtype.kind == "f":
        equal &= (np.signbit(got) == np.signbit(want)) | np.isnan(got)
    if not np.all(equal):
        raise AssertionError(f"{what}: bits differ\n{differing(got, want, ~np.asarray(equal))}")


def close(got: Any, want: Any, what: str, *, tolerance: float, scale: float = 0) -> None:
    """Raise unless they differ by at most `tolerance` of the largest of either, NaN and inf alike.

    `scale` is the size of what was added up, where the sum may be much smaller.
    """
    got, want = array_of(got), array_of(want)
    if got.shape != want.shape:
        raise AssertionError(f"{what}: got shape {list(got.shape)}, expected {list(want.shape)}")
    if not got.size:
        return
    if got.dtype.kind not in "fc":
        same_bits(got, want, what)
        return
    with np.errstate(all="ignore"):
        same = (got == want) | (np.isnan(got) & np.isnan(want))
        finite = np.isfinite(got) & np.isfinite(want)
        largest = max(np.abs(got[finite]).max(initial=0), np.abs(want[finite]).max(initial=0), scale)
        near = finite & (np.abs(got - want) <= tolerance * max(largest, 1e-300))
    wrong = ~(same | near)
    if np.any(wrong):
        raise AssertionError(f"{what}: off by more than {tolerance:g}\n{differing(got, want, wrong)}")


def differing(got: Any, want: Any, wrong: Any) -> str:
    """The first few entries that differ."""
    places = np.argwhere(wrong)[:4]
    lines = [f"  at {place.tolist()}: got {got[tuple(place)]!r}, expected {want[tuple(place)]!r}" for place in places]
    return "\n".join(lines)

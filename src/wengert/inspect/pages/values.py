"""Values as a box shows them, in few letters, and as the panel beside it shows them, with shape, range and elements."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from wengert.core.hooks import Several

LETTERS = 14
"""So many fit into half a box."""

ELEMENTS = 60
"""So many elements are written out."""


class Shown(NamedTuple):
    """A value as text.

    Attributes:
        brief: in few letters.
        full: on several lines.
        shape: how many numbers it is, or "" of one number.
    """

    brief: str
    full: str
    shape: str = ""


def shown(value: Any, *, elements: bool = True) -> Shown:
    """A number or an array, or several of them, as text.

    >>> import numpy as np
    >>> shown(np.float32(2.5))
    Shown(brief='2.5', full='float32', shape='')
    >>> print(shown(np.arange(6.0)).brief)
    [0, 1, 2, …]
    """
    if isinstance(value, Several):
        value = tuple(value.entries())
    if type(value) is tuple:
        several = [shown(each, elements=elements) for each in value if each is not None]
        return Shown(", ".join(s.brief for s in several)[: 2 * LETTERS], "\n\n".join(s.full for s in several))
    array = np.asarray(value)
    shape = "×".join(map(str, array.shape))
    return Shown(brief(array), full(array, elements=elements), f"{shape} numbers" if array.ndim == 1 else shape)


def brief(array: Any) -> str:
    """An array in few letters: its elements where they fit, else its shape and range.

    >>> brief(np.ones((2, 3))), brief(np.zeros(0))
    ('2×3, all 1', 'empty')
    """
    if array.size == 0:
        return "empty"
    if array.ndim == 0:
        return number(array.item(), 6)
    if array.ndim == 1:
        return _row(array)
    shape = "×".join(map(str, array.shape))
    if array.dtype.kind not in "fiu":
        return f"{shape} {array.dtype}"
    low, high = _ends(array)
    if low is None or high is None:
        return f"{shape}, not finite"
    return f"{shape}, all {number(low, 3)}" if low == high else f"{shape}, {number(low, 2)} to {number(high, 2)}"


def number(value: Any, digits: int) -> str:
    """A number in few digits, with a true minus sign left out so that it can be pasted into Python."""
    return f"{value:.{digits}g}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def _row(array: Any) -> str:
    """As many elements as fit."""
    found = ""
    for i, value in enumerate(array[: LETTERS + 1].tolist()):
        more = number(value, 5) if i == 0 else f", {number(value, 5)}"
        tail = "]" if i == len(array) - 1 else ", …]"
        if found and len(found) + len(more) + len(tail) > LETTERS:
            return f"{found}, …]"
        found = f"[{more}" if i == 0 else found + more
    return f"{found}]"


def _ends(array: Any) -> tuple[Any, Any]:
    good = array[np.isfinite(array)]
    return (good.min().item(), good.max().item()) if good.size else (None, None)


def full(array: Any, *, elements: bool = True) -> str:
    """Dtype, shape, range and the first elements of an array, on several lines."""
    if array.ndim == 0:
        return str(array.dtype)
    lines = [f"{array.dtype}{list(array.shape)}, {array.size} elements"]
    if array.size and array.dtype.kind in "fiu":
        low, high = _ends(array)
        if low is not None:
            norm = float(np.linalg.norm(array[np.isfinite(array)].astype(float)))
            lines.append(f"from {number(low, 6)} to {number(high, 6)}, norm {number(norm, 6)}")
        missing = int(np.isnan(array).sum()) if array.dtype.kind == "f" else 0
        if missing:
            lines.append(f"{missing} of them NaN")
    if elements:
        lines.append(
            np.array2string(array, threshold=ELEMENTS, edgeitems=3, precision=5, max_line_width=46, suppress_small=True)
        )
    return "\n".join(lines)


def number_of(value: Any) -> float | None:
    """A real number as Python's, None for all else."""
    array = np.asarray(value)
    if array.ndim or array.dtype.kind not in "fiu":
        return None
    return float(array.item())

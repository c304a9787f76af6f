"""What Python looked at in a recorded call: another call may go on like it if it would see the same.

Knows numbers. Must not know what is recorded.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from wengert.compiler.holders import number_key


class Guard(NamedTuple):
    """What Python looked at: a value, or the answer to a question about it."""

    atom: Any
    question: Any
    answer: Any

    def holds(self, array: Any) -> bool:
        """Whether another call may go on as the recorded one did."""
        then = self.answer
        if self.question is None:
            return same_numbers(array, then)
        found = self.question(array)
        if isinstance(then, float):
            return bool(number_key(found) == number_key(then))
        return found is then or bool(np.all(found == then))


def same_numbers(array: Any, then: Any) -> bool:
    """Whether two arrays print the same: zeros have signs, and NaN is NaN.

    >>> same_numbers(np.array([0.0]), np.array([-0.0])), same_numbers(np.array(np.nan), np.array(np.nan))
    (False, True)
    """
    if array.shape != then.shape or array.dtype != then.dtype:
        return False
    return bool(array.tobytes() == then.tobytes()) or (
        then.dtype.kind in "fc" and all(map(_same_parts, _parts(array), _parts(then)))
    )


def _parts(array: Any) -> list[Any]:
    """The real and the imaginary parts."""
    return [array.real, array.imag] if array.dtype.kind == "c" else [array]


def _same_parts(a: Any, b: Any) -> bool:
    return np.array_equal(a, b, equal_nan=True) and np.array_equal(np.signbit(a), np.signbit(b))

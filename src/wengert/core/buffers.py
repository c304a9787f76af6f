"""Memory for big arrays, used again: touching fresh pages costs more than computing what goes there.

A buffer is free when nothing but this list refers to it, which the interpreter's reference count tells;
so nobody has to give memory back, and memory that anyone can still see is never handed out.

Knows memory. Must not know what it is for.
"""

from __future__ import annotations

from math import prod
from sys import getrefcount
from threading import Lock
from typing import Any

import numpy as np

SMALLEST = 1 << 20
"""Smaller arrays are left to NumPy, whose allocator keeps such memory itself; in bytes."""

IDLE = 512 << 20
"""How many bytes may lie here unused."""

UNUSED = 3
"""The references to a buffer that nobody uses: the list, the loop that looks at it, and the call that counts."""


class Buffer(np.ndarray[Any, Any]):
    """The memory itself; what is handed out are views of it."""


_kept: dict[int, list[Buffer]] = {}
_taking = Lock()


def empty(shape: tuple[int, ...], dtype: Any) -> Any:
    """An array that is not filled, in memory that was used before where there is some of that size."""
    dtype = np.dtype(dtype)
    size = prod(shape) * dtype.itemsize
    if size < SMALLEST:
        return np.empty(shape, dtype)
    with _taking:
        return np.ndarray(shape, dtype, _free(size))


def _free(size: int) -> Buffer:
    """A buffer of a size that nobody uses, from now on kept here."""
    same = _kept.setdefault(size, [])
    for buffer in same:
        if getrefcount(buffer) == UNUSED:
            return buffer
    _forget_idle(size)
    same = _kept.setdefault(size, [])
    made = Buffer((size,), np.uint8)
    same.append(made)
    return made


def _forget_idle(wanted: int) -> None:
    """Let go of unused buffers, the sizes that were wanted longest ago first, until the idle ones are few."""
    idle = sum(size for size, same in _kept.items() for buffer in same if getrefcount(buffer) == UNUSED)
    for size in list(_kept):
        if idle + wanted <= IDLE:
            return
        same = _kept[size]
        for k in reversed(range(len(same))):
            if getrefcount(same[k]) == UNUSED - 1:
                idle -= size
                del same[k]
        if not same:
            del _kept[size]


def is_alone(array: Any) -> bool:
    """Whether an array is the only view of the memory it has, so that whoever has it may keep it.

    The caller holds one reference to the array; the memory then has three: the list, the array, and the call.
    """
    base = array.base
    return base is None or (type(base) is Buffer and getrefcount(base) == UNUSED + 1)


def held() -> int:
    """The bytes kept here, used or not."""
    return sum(size * len(same) for size, same in _kept.items())


def forget() -> None:
    """Let go of everything that nobody uses."""
    with _taking:
        for size in list(_kept):
            _kept[size] = [buffer for buffer in _kept[size] if getrefcount(buffer) > UNUSED]

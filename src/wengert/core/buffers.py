"""Memory for big arrays, used again: touching fresh pages costs more than computing what goes there.

    memory    what is kept here while nobody uses it
    lease     a view of it, on which the array stands that is handed out; when the last array on it is gone,
              the interpreter ends the lease, and the memory is back

So nobody has to give memory back, and memory that anyone can still see is never handed out.

Knows memory. Must not know what it is for.
"""

from __future__ import annotations

from math import prod
from sys import getrefcount
from typing import Any

import numpy as np

SMALLEST = 1 << 17
"""Smaller arrays are left to NumPy: the system's allocator has such memory at hand; in bytes."""

IDLE = 512 << 20
"""How many bytes may lie here unused."""


class Memory(np.ndarray[Any, Any]):
    """What is kept. A class of its own, since NumPy lets a view of a plain array's view stand on that array at once."""


_kept: dict[int, list[Memory]] = {}
"""By size in bytes, what nobody uses; the sizes that were let go of longest ago come first."""


class Lease(np.ndarray[Any, Any]):
    """The use of some memory: whoever can see the memory has this."""

    def __del__(self) -> None:
        memory = self.base
        if type(memory) is Memory:  # and no view of a lease, which someone may make
            _kept.setdefault(memory.size, []).append(memory)


def empty(shape: tuple[int, ...], dtype: Any) -> Any:
    """An array that is not filled, in memory that was used before where there is some of that size."""
    dtype = np.dtype(dtype)
    size = prod(shape) * dtype.itemsize
    if size < SMALLEST:
        return np.empty(shape, dtype)
    try:
        memory = _kept[size].pop()
    except (KeyError, IndexError):
        memory = _made(size)
    return np.ndarray(shape, dtype, memory.view(Lease))


def _made(size: int) -> Memory:
    """New memory; what has lain here unused for longest is let go of where there is too much of it."""
    idle = held()
    for other in list(_kept):
        if not _kept.get(other) or idle + size > IDLE:
            idle -= other * len(_kept.pop(other, []))
    return Memory((size,), np.uint8)


def is_alone(array: Any) -> bool:
    """Whether an array is the only one on its memory, so that whoever has it may keep it."""
    base = array.base
    # 3 references: the array's, ours, and the call's.
    return base is None or (type(base) is Lease and getrefcount(base) == 3)


def held() -> int:
    """The bytes kept here that nobody uses."""
    return sum(size * len(kept) for size, kept in list(_kept.items()))

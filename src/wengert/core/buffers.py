"""Memory for big arrays, used again: touching fresh pages costs more than computing what goes there.

    memory    what is kept here while nobody uses it
    lease     the use of some memory: arrays that are handed out stand on one; when the last of them is gone,
              the interpreter ends the lease, and the memory is back

So nobody has to give memory back, and what an array can still see is never handed out. What a lease stands on is no
array, so that who looks for the owner of some memory finds the lease.

Knows memory. Must not know what it is for.
"""

from __future__ import annotations

import ctypes
from math import prod
from sys import getrefcount
from typing import Any

import numpy as np

SMALLEST = 1 << 17
"""Smaller arrays are left to NumPy: the system's allocator has such memory at hand; in bytes."""

IDLE = 512 << 20
"""How many bytes may lie here unused."""

LATELY = IDLE >> 4
"""So much has to come back before it is looked whether too much lies here."""


class Kept:
    """Memory that nobody uses, by size in bytes; the size of what came back last is the last one.

    Threads take and put at any time, and a collection may end a lease in the middle of anything, so there is no lock:
    what two of them do at once is at worst forgotten, which frees it.
    """

    __slots__ = ("_lately", "_sizes")

    def __init__(self) -> None:
        self._sizes: dict[int, list[Any]] = {}
        self._lately = 0

    @property
    def idle(self) -> int:
        """How many bytes that is."""
        return sum(size * len(same) for size, same in list(self._sizes.items()))

    def take(self, size: int) -> Any:
        """Memory of a size, new where there is none."""
        try:
            return self._sizes[size].pop()
        except (KeyError, IndexError):
            return (ctypes.c_char * size).from_buffer(np.empty(size, np.uint8).data)

    def put(self, size: int, memory: Any) -> None:
        """Keep memory; what has lain here for longest is let go of where there is too much."""
        same = self._sizes.pop(size, [])
        same.append(memory)
        self._sizes[size] = same
        self._lately += size
        if self._lately > LATELY:
            self._lately = 0
            self._let_go()

    def _let_go(self) -> None:
        idle = self.idle
        for size, same in list(self._sizes.items()):
            while idle > IDLE and same:
                idle -= size
                del same[-1:]
            if not same:
                self._sizes.pop(size, None)


KEPT = Kept()


class Lease(np.ndarray[Any, Any]):
    """The use of some memory, by those arrays whose `base` it is."""

    def __del__(self) -> None:
        if isinstance(self.base, ctypes.Array):  # and this is not a view of a lease, which someone may have made
            KEPT.put(self.nbytes, self.base)


def empty(shape: tuple[int, ...], dtype: Any) -> Any:
    """An array that is not filled, in memory that was used before where there is some of that size."""
    dtype = np.dtype(dtype)
    size = prod(shape) * dtype.itemsize
    if size < SMALLEST:
        return np.empty(shape, dtype)
    return np.ndarray(shape, dtype, Lease((size,), np.uint8, KEPT.take(size)))


def is_alone(array: Any) -> bool:
    """Whether no other array stands on the memory that an array stands on; views of the array itself are not asked."""
    base = array.base
    # 3 references: the array's, ours, and the call's.
    return base is None or (type(base) is Lease and getrefcount(base) == 3)

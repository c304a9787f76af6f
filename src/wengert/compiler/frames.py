"""Frames: the memory that one call of a plan needs, and the table by which kernels find it.

Knows arrays and where their addresses go. Must not know what is done with them.
"""

from __future__ import annotations

import ctypes
from functools import partial
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from wengert.core.buffers import SMALLEST, empty

if TYPE_CHECKING:
    from wengert.graph.ir import Variable


class Frame:
    """What one call of a plan needs: the table, and memory for what is kept between steps.

    Attributes:
        fault: not 0 after an index that pointed outside.
        team: where in the table the team stands that works on the call.
        inputs: the list of inputs that the table speaks of, where its owner keeps it.
    """

    def __init__(self, slots: int) -> None:
        self.table = (ctypes.c_int64 * (slots + 2))()
        self.fault = np.zeros(1, np.int64)
        self.table[slots] = id(self.fault)
        self.team = slots + 1
        self.address = ctypes.addressof(self.table)
        self.values: dict[Variable, Any] = {}
        self.memory: list[Any] = []
        self.inputs: list[Any] | None = None

    def keep(self, v: Variable, array: Any, slot: int) -> None:
        """Let an array stand for a variable at every call."""
        self.values[v] = array
        self.memory.append(array)
        self.table[slot] = id(array)

    def forget(self, *gone: Any) -> None:
        """Let go of what belongs to one call."""
        for variables in gone:
            for v in variables:
                self.values.pop(v, None)


def maker(v: Variable) -> Any:
    """What makes memory for a variable."""
    make = np.empty if size_of(v) < SMALLEST else empty
    return partial(make, v.spec.shape, v.spec.dtype)


def size_of(v: Variable) -> int:
    """Bytes of a variable, at least one."""
    return max(prod(v.spec.shape) * v.spec.dtype.itemsize, 1)

"""The memory behind arrays: who owns it, how far it goes, and whether it may be written.

Knows NumPy arrays. Must not know tensors.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert import errors


def owner_of(array: Any) -> Any:
    """The array that owns the memory which an array sees (a part of)."""
    base = array.base
    while base is not None and not isinstance(base, np.ndarray):  # what as_strided puts in between
        base = getattr(base, "base", None)
    return array if base is None else owner_of(base)


def end_of(array: Any) -> int:
    """The address behind the last element of an array whose strides are not negative."""
    steps = sum((n - 1) * step for n, step in zip(array.shape, array.strides, strict=True))
    end: int = array.ctypes.data + steps + array.itemsize
    return end


def seen_again(array: Any, memory: Any) -> Any:
    """What an array sees, seen through its owner, or through a copy of the memory of that."""
    offset = array.ctypes.data - owner_of(array).ctypes.data if array.size else 0
    return np.ndarray(array.shape, array.dtype, memory, offset, array.strides)


def writable(array: Any) -> Any:
    """The array, or one that sees the same memory and may be written, as NumPy refuses it for expanded ones.

    Raises:
        RuntimeError: if the memory belongs to a read-only array.
    """
    if array.flags.writeable:
        return array
    owner = owner_of(array)
    if owner.flags.writeable and owner.flags.c_contiguous:
        return seen_again(array, owner)
    raise errors.GradError(errors.advice("output array is read-only", "write to a clone()."))


def refuse_overlap(a: Any) -> None:
    """Raise if elements of the array share memory, as after expand()."""
    if 0 in a.strides and a.size > 1 and any(n > 1 and st == 0 for n, st in zip(a.shape, a.strides, strict=True)):
        raise errors.ShapeError(
            errors.advice(
                "unsupported operation: more than one element of the written-to tensor refers to a "
                "single memory location. Please clone() the tensor before performing the "
                "operation.",
                "x = x.clone() before writing.",
            )
        )

"""Functions that act element by element as machine code, where arrays are big: the same digits in less time.

    NumPy     goes over the elements once for each step, and its blocks wait for threads of the interpreter
    a sweep   goes over them once, with threads that wait for no interpreter

A function is swept once it has met enough elements of some shapes and dtypes, and only where machine code gives the
very numbers that NumPy gives, so nothing but the clock can tell.

Knows shapes, dtypes and how much was met. Must not know how machine code is made: who does says so with `sweep_with`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

WORTH = 8_000_000
"""So many elements are left to NumPy first: making machine code takes as long as some computing with those."""

MOST = 64
"""So many kinds of operands are remembered for each function."""

DTYPES = {np.dtype(kind) for kind in (np.float32, np.float64, np.bool_)}
"""What operands are made of."""

EXACT = 1 << 53
"""Whole numbers below this are the same in float64."""

NEVER = "never"
"""Stands for a sweep where there can be none."""

_sweepers: list[Callable[..., Any]] = []


def sweep_with(sweeper: Callable[..., Any]) -> None:
    """Say what makes a sweep: see `wengert.compiler.sweeping.sweep`."""
    _sweepers[:] = [sweeper]


def is_plain(array: Any) -> bool:
    """Whether machine code reads an array as it lies: in order, or one number for all."""
    flags = array.flags
    return flags.aligned and array.dtype in DTYPES and (flags.c_contiguous or not any(array.strides))


def made_of(function: Callable[..., Any], operands: list[Any], *, onto: int = 0) -> Any:
    """What computes a list of arrays of one, as a function of tensors does; NEVER, or None where none is known yet."""
    return _sweepers[0](function, operands, onto=onto) if _sweepers else None


class Sweeps:
    """The sweeps of one function of tensors and numbers, by the shapes and dtypes of its operands."""

    __slots__ = ("_function", "_known", "_met")

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self._known: dict[Any, Any] = {}
        self._met: dict[Any, int] = {}

    @property
    def count(self) -> int:
        """How many kinds of operands have a sweep, or are known to have none."""
        return len(self._known)

    def forget(self) -> None:
        """Begin anew."""
        self._known.clear()
        self._met.clear()

    def over(self, operands: tuple[Any, ...], *, onto: bool = False) -> Any:
        """The result for operands of which one at least is big; None where NumPy is to compute it.

        Args:
            operands: arrays and numbers.
            onto: whether to write the result into the first of them.
        """
        kinds = self._key(operands)
        if kinds is None:
            return None
        key = (onto, *kinds)
        sweep = self._known.get(key)
        if sweep is None:
            sweep = self._made(key, operands, onto=onto)
        return None if sweep is NEVER or sweep is None else sweep(as_arrays(operands))[0]

    def _key(self, operands: tuple[Any, ...]) -> list[Any] | None:
        """What must be the same for a sweep to serve again; None for what is never swept."""
        key: list[Any] = []
        for operand in operands:
            if type(operand) is np.ndarray:
                if not is_plain(operand):
                    return None
                key += [operand.shape, operand.dtype]
            elif type(operand) is float or (type(operand) is int and -EXACT < operand < EXACT):
                key.append(None)
            else:
                return None
        return key

    def _made(self, key: Any, operands: tuple[Any, ...], *, onto: bool) -> Any:
        if len(self._met) > MOST:
            self.forget()
        met = self._met[key] = self._met.get(key, 0) + max(o.size for o in operands if type(o) is np.ndarray)
        if met < WORTH:
            return None
        sweep = made_of(self._function, as_arrays(operands), onto=int(onto))
        if sweep is not None:
            self._known[key] = sweep
        return sweep


def as_arrays(operands: tuple[Any, ...]) -> list[Any]:
    """Operands as arrays: a number has the dtype of the floats that it meets, and may be another at each call."""
    dtype = next((o.dtype for o in operands if type(o) is np.ndarray and o.dtype.kind == "f"), None)
    return [o if type(o) is np.ndarray else np.array(o, dtype) for o in operands]

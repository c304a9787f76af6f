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


class Kinds:
    """What was made of a function for operands of some kinds, each once enough elements of it were met."""

    __slots__ = ("_known", "_met")

    def __init__(self) -> None:
        self._known: dict[Any, Any] = {}
        self._met: dict[Any, int] = {}

    @property
    def count(self) -> int:
        """Of how many kinds there is something, or is known to be nothing."""
        return len(self._known)

    def forget(self) -> None:
        """Begin anew."""
        self._known.clear()
        self._met.clear()

    def of(
        self, kind: Any, elements: int, function: Callable[..., Any], operands: list[Any], *, onto: int = 0
    ) -> Callable[[list[Any]], list[Any]] | None:
        """What gives the results of a function of tensors for a list of arrays; None where NumPy is to compute them.

        Args:
            kind: what must be the same for it to serve again.
            elements: how many there are this time.
            function: of tensors; it is traced, so it may be of any operations.
            operands: arrays of that kind.
            onto: so many results, the first, are to be written into the operands at the same places.
        """
        found = self._known.get(kind)
        if found is None:
            if len(self._met) > MOST:
                self.forget()
            met = self._met[kind] = self._met.get(kind, 0) + elements
            if met < WORTH or not _sweepers:
                return None
            found = _sweepers[0](function, operands, onto=onto)
            if found is not None:
                self._known[kind] = found
        return None if found is NEVER else found


class Sweeps:
    """The sweeps of one function of tensors and numbers, by the shapes and dtypes of its operands.

    Attributes:
        kinds: what there is of them.
    """

    __slots__ = ("_function", "kinds")

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function, self.kinds = function, Kinds()

    def over(self, operands: tuple[Any, ...], *, onto: bool = False) -> Any:
        """The result for operands of which one at least is big; None where NumPy is to compute it.

        Args:
            operands: arrays and numbers.
            onto: whether to write the result into the first of them.
        """
        key = self._key(operands)
        if key is None:
            return None
        arrays = as_arrays(operands)
        size = max([each.size for each in arrays])
        sweep = self.kinds.of((onto, *key), size, self._function, arrays, onto=int(onto))
        return None if sweep is None else sweep(arrays)[0]

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


def as_arrays(operands: tuple[Any, ...]) -> list[Any]:
    """Operands as arrays: a number has the dtype of the floats that it meets, and may be another at each call."""
    dtype = next((o.dtype for o in operands if type(o) is np.ndarray and o.dtype.kind == "f"), None)
    return [o if type(o) is np.ndarray else np.array(o, dtype) for o in operands]

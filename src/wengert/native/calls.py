"""A native loop as kernels call it: over arrays, by rows, on several threads.

    if not running_sums.over(rows, x, out, length):
        ... the same with NumPy

Knows translating, the machine and the threads. Must not know any particular loop.
"""

from __future__ import annotations

import ctypes
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from wengert.core.threads import PIECES, POOL
from wengert.native.machine import machine
from wengert.native.translate import KINDS, LETTERS, parameters, translate

if TYPE_CHECKING:
    from collections.abc import Callable

WORTH = 1_000_000
"""So many elements are left to NumPy first: setting up LLVM takes a tenth of a second."""

GRAIN = 20_000
"""A thread gets at least so many elements, since waking it takes as long as computing with those."""

ABSENT: list[ImportError] = []
"""Why there is no machine code in this process, once that is known."""


class NativeLoop:
    """A function whose first two parameters say which rows to do, `start` and `stop`.

    Attributes:
        function: the same in Python; slow, and what the machine code is tested against.
    """

    def __init__(self, function: Callable[..., None]) -> None:
        self.function = function
        self.__doc__ = function.__doc__
        self.kinds = [kind for _, kind in parameters(function)]
        self.elements = self.kinds.index("Elements")
        self._met = 0
        self._codes: dict[str, Any] = {}
        self._building = Lock()

    def over(self, rows: int, *arguments: Any, size: int | None = None, pieces: int = PIECES) -> bool:
        """Do all rows; False, and nothing is done, where NumPy is to do it.

        Args:
            rows: how many there are.
            arguments: the parameters after `start` and `stop`; arrays are contiguous.
            size: how many elements that is in all, if not those of the first array.
            pieces: into how many pieces per thread the rows are cut.
        """
        first = arguments[self.elements - 2]
        count = first.size if size is None else size
        if not self.ready(count, first.dtype):
            return False
        code = self._codes[first.dtype.char]
        # The pieces keep the arrays: whoever waits may be interrupted, and the helpers go on for a moment.
        given = [a.ctypes.data if kind in KINDS else a for kind, a in zip(self.kinds[2:], arguments, strict=True)]
        pieces = max(1, min(rows, pieces * POOL.threads, count // GRAIN))
        if pieces == 1:
            code(0, rows, *given)
            return True
        step = -(-rows // pieces)

        def piece(k: int, _kept: Any = arguments) -> None:
            code(min(k * step, rows), min((k + 1) * step, rows), *given)

        POOL.run(piece, pieces)
        return True

    def ready(self, count: int, dtype: Any) -> bool:
        """Whether `over` will do `count` elements of a dtype: each question counts towards its being worth it."""
        if self._met < WORTH:
            self._met += count
            if self._met < WORTH:
                return False
        return dtype.char in self._codes or (not ABSENT and dtype.char in LETTERS and self._build(dtype.char))

    def _build(self, letter: str) -> bool:
        with self._building:
            if letter in self._codes:
                return True
            try:
                compiler = machine()
            except ImportError as error:
                ABSENT.append(error)
                return False
            name = self.function.__name__
            address = compiler.compile(translate(self.function, np.dtype(letter)))[name]
            kinds: dict[str, Any] = {"int": ctypes.c_int64, "float": ctypes.c_double}
            signature = ctypes.CFUNCTYPE(None, *[kinds.get(kind, ctypes.c_void_p) for kind in self.kinds])
            self._codes[letter] = signature(address)
            return True


def native(function: Callable[..., None]) -> NativeLoop:
    """Make a native loop of a function."""
    return NativeLoop(function)

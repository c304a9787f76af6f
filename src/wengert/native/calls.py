"""A native loop as kernels call it: over arrays, by rows, on several threads.

    if not running_sums.over(rows, x, out, length):
        ... the same with NumPy

Knows sizes and threads. Must not know any particular loop.
"""

from __future__ import annotations

from importlib import import_module
from threading import Lock
from typing import TYPE_CHECKING, Any

from wengert.core.threads import PIECES, POOL
from wengert.native.translate import KINDS, LETTERS, parameters

if TYPE_CHECKING:
    from collections.abc import Callable

WORTH = 1_000_000
"""So many elements are left to NumPy first: setting up LLVM takes a tenth of a second."""

GRAIN = 20_000
"""A thread gets at least so many elements, since waking it takes as long as computing with those."""

ABSENT: list[ImportError] = []
"""Why there is no machine code in this process, once that is known."""


class NativeLoop:
    """A function whose first two parameters say which rows to do, `start` and `stop`; arrays come next, then numbers.

    Attributes:
        function: the same in Python; slow, and what the machine code is tested against.
    """

    def __init__(self, function: Callable[..., None]) -> None:
        self.function = function
        self.__doc__ = function.__doc__
        self.kinds = [kind for _, kind in parameters(function)]
        self.elements = self.kinds.index("Elements")
        self._arrays = sum(kind in KINDS for kind in self.kinds)
        self._met = 0
        self._runners: dict[str, Callable[..., None]] = {}
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
        arrays, numbers = arguments[: self._arrays], arguments[self._arrays :]
        pieces = max(1, min(rows, pieces * POOL.threads, count // GRAIN))
        self._runners[first.dtype.char](arrays, numbers, rows, pieces)
        return True

    def ready(self, count: int, dtype: Any) -> bool:
        """Whether `over` will do `count` elements of a dtype: each question counts towards its being worth it."""
        if self._met < WORTH:
            self._met += count
            if self._met < WORTH:
                return False
        return dtype.char in self._runners or (not ABSENT and dtype.char in LETTERS and self._build(dtype.char))

    def _build(self, letter: str) -> bool:
        with self._building:
            if letter in self._runners:
                return True
            try:
                entries = import_module("wengert.native.entries")  # optional, and slow to import
            except ImportError as error:
                ABSENT.append(error)
                return False
            self._runners[letter] = entries.runner(self.function, letter)
            return True


def native(function: Callable[..., None]) -> NativeLoop:
    """Make a native loop of a function."""
    return NativeLoop(function)

"""Which objects of a process were made since a moment.

Knows the garbage collector. Must not know what the objects are.
"""

from __future__ import annotations

import gc
from typing import Any

GENERATIONS = 3
"""Of the collector; what was made just now is in the first, which is short."""


class Newcomers:
    """Tells what was made since it began from what was there before, until it ends.

    The collector is told to set aside all that there is, which costs the same however much that is; what it lists from
    then on is new. Where a program has set things aside itself, they are listed once.
    """

    __slots__ = ("_frozen", "_older", "_seen")

    def __init__(self) -> None:
        self._seen: set[int] = set()
        self._older: dict[int, Any] = {}
        self._frozen = not gc.get_freeze_count()
        if self._frozen:
            gc.freeze()
        else:
            self._older = {id(each): each for each in gc.get_objects()}

    def __contains__(self, value: Any) -> bool:
        """Whether an object, one that the collector follows, was made since."""
        youngest = iter(range(GENERATIONS))
        while id(value) not in self._seen and (generation := next(youngest, None)) is not None:
            self._seen.update(map(id, gc.get_objects(generation)))
        return id(value) in self._seen and id(value) not in self._older

    def end(self) -> None:
        """Leave the collector as it was."""
        if self._frozen:
            gc.unfreeze()
        self._older.clear()

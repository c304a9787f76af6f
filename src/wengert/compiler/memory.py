"""Memory of what is only kept between steps: what is not needed at the same time shares it.

Knows sizes and times. Must not know what is kept.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import Any, NamedTuple

ROOM = 4
"""Memory up to so many times as large as needed is taken before new one is made."""


class Life(NamedTuple):
    """How long something is kept.

    Attributes:
        first, last: the step that makes it, and the last that reads it.
        size: in bytes.
        group: the number of the group of steps that it lives in, all of which do some rows before the first of them
            does others; None for what lives longer. Only what is of one size has its rows at the same places there.
    """

    first: int
    last: int
    size: int
    group: int | None = None


def shared(lives: dict[Any, Life]) -> tuple[dict[Any, int], list[int]]:
    """For each thing the number of its buffer, and the sizes of the buffers.

    >>> shared({"a": Life(0, 1, 80), "b": Life(1, 2, 80), "c": Life(2, 3, 80)})
    ({'a': 0, 'b': 1, 'c': 0}, [80, 80])
    """
    numbers: dict[Any, int] = {}
    sizes: list[int] = []
    free: list[int] = []
    busy: list[tuple[int, int]] = []
    left: dict[int, Life] = {}  # whose each buffer was
    for thing, life in sorted(lives.items(), key=lambda item: item[1].first):
        while busy and busy[0][0] < life.first:
            free.append(heappop(busy)[1])
        fitting = [n for n in free if life.size <= sizes[n] <= ROOM * life.size and not _mixed(life, left[n])]
        if fitting:
            number = min(fitting, key=sizes.__getitem__)
            free.remove(number)
        else:
            number = len(sizes)
            sizes.append(life.size)
        numbers[thing], left[number] = number, life
        heappush(busy, (life.last, number))
    return numbers, sizes


def _mixed(life: Life, before: Life) -> bool:
    """Whether rows of two things of one group would lie at different places."""
    return life.group is not None and life.group == before.group and life.size != before.size

"""What a page says of a profile, as plain lists: where the time went, by lines, modules and operations.

    flame := frames, stacks (parent, frame), rows (stack, operation, way, calls, time, made, saved)
    frame := a line of the program, or a module
    way   := a number: forward, backward, or Python between operations

Times are in microseconds, sizes in bytes. The page adds up the rows.

Knows profiles. Must not know tensors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wengert.core.places import Place
from wengert.inspect.pages.sources import short_files
from wengert.inspect.profiling import PYTHON

if TYPE_CHECKING:
    from wengert.inspect.profiling import Profile
    from wengert.inspect.stacks import Called

MOST = 20_000
"""So many rows are put on a page, those that took longest; the others are added to one."""


WAYS = ("forward", "backward", PYTHON)


def flame_of(seen: Profile) -> dict[str, Any]:
    """All that a page says of a profile."""
    rows: list[list[Any]] = [
        [stack, name, WAYS.index(way), each.calls, microseconds(each.time), each.made, each.saved]
        for (stack, name, way), each in seen.totals.items()
    ]
    rows.sort(key=lambda row: -row[4])
    shown, rest = rows[:MOST], rows[MOST:]
    for way in range(len(WAYS)):
        others = [row[3:] for row in rest if row[2] == way]
        if others:
            shown.append([-1, "all others", way, *map(sum, zip(*others, strict=True))])
    frames, numbers = frames_of(seen.stacks.frames)
    return {
        "frames": frames,
        "stacks": [list(pair) for pair in zip(seen.stacks.parents, numbers, strict=True)],
        "rows": shown,
    }  # fmt: skip


def microseconds(seconds: float) -> float:
    """A time in microseconds, in few digits."""
    return round(seconds * 1e6, 2)


def frames_of(frames: list[Place | Called]) -> tuple[list[dict[str, Any]], list[int]]:
    """Each frame once, as data, and for each stack the number of its innermost one."""
    files = short_files({frame.file for frame in frames if isinstance(frame, Place)})
    numbers: dict[tuple[str, ...], int] = {}
    found = []
    for frame in frames:
        if isinstance(frame, Place):
            where = f"{files[frame.file]}:{frame.line}"
            data = ("line", frame.source or where, where, frame.code.co_qualname)
        else:
            data = ("module", frame.name, "", frame.kind)
        found.append(numbers.setdefault(data, len(numbers)))
    return [dict(zip(("kind", "title", "where", "within"), data, strict=True)) for data in numbers], found

"""profile: time and memory of a program, by operation and by line, forwards and backwards.

A forward operation's time is that from the operation before it, so it includes what Python did in between.

Knows operations as events. Must not change what a program computes.
"""

from __future__ import annotations

import json
from pathlib import Path
from sys import _getframe
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from wengert.core.levels import Tracer
from wengert.core.observing import Observer, Observing
from wengert.core.places import Place, user_frame
from wengert.core.tensor import Tensor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wengert.core.primitive import Primitive


class Event(NamedTuple):
    """One operation that ran: times in seconds, sizes in bytes."""

    name: str
    way: str
    start: float
    time: float
    made: int
    saved: int
    place: Place


class Row(NamedTuple):
    """What all operations of one name, or of one line, took together."""

    key: str
    calls: int
    forward: float
    backward: float
    made: int
    saved: int


class Profile(Observer):
    """What was seen; printing it shows a table.

    Attributes:
        events: every operation, in order.
    """

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._last = perf_counter()

    def saw(self, primitive: Primitive, operands: Sequence[Any], params: tuple[Any, ...], made: Tensor) -> None:
        now = perf_counter()
        frame = user_frame(_getframe(1))
        size = 0 if isinstance(made, Tracer) or made.origin is not None else made.array.nbytes
        node = made.node
        saved = saved_bytes(node, operands) if node is not None else 0
        place = Place(frame.f_code, frame.f_lasti)
        self.events.append(Event(primitive.name, "forward", self._last, now - self._last, size, saved, place))
        self._last = perf_counter()

    def flavour(self, flavour: Any) -> Any:
        def timing(node: Any, g: Any) -> Any:
            start = perf_counter()
            pulled = flavour(node, g)
            end = perf_counter()
            size = sum(getattr(p, "nbytes", 0) for p in (pulled if type(pulled) is tuple else (pulled,)))
            self.events.append(
                Event(node.rule.primitive.name, "backward", start, end - start, size, 0, node.place)
            )  # fmt: skip
            self._last = perf_counter()
            return pulled

        return timing

    def rows(self, by: str = "operation") -> list[Row]:
        """The events added up by "operation" or by "line", the slowest first."""
        found: dict[str, list[Event]] = {}
        for event in self.events:
            key = event.name if by == "operation" else f"{event.place.file}:{event.place.line}"
            found.setdefault(key, []).append(event)
        rows = [
            Row(
                key,
                len(events),
                sum(e.time for e in events if e.way == "forward"),
                sum(e.time for e in events if e.way == "backward"),
                sum(e.made for e in events),
                sum(e.saved for e in events),
            )
            for key, events in found.items()
        ]
        return sorted(rows, key=lambda row: -(row.forward + row.backward))

    def table(self, by: str = "operation", most: int = 20) -> str:
        """The rows as text."""
        head = f"{by:<28} {'calls':>6} {'forward':>10} {'backward':>10} {'allocated':>10} {'saved':>10}"
        lines = [head, "-" * len(head)]
        for row in self.rows(by)[:most]:
            key = row.key if len(row.key) <= 28 else f"…{row.key[-27:]}"
            lines.append(
                f"{key:<28} {row.calls:>6} {duration(row.forward):>10} {duration(row.backward):>10} "
                f"{size_text(row.made):>10} {size_text(row.saved):>10}"
            )
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.table()

    def save(self, path: Any) -> None:
        """Write the events as a Chrome trace, which Perfetto opens."""
        begin = min((e.start for e in self.events), default=0.0)
        events = [
            {
                "name": e.name, "cat": e.way, "ph": "X", "pid": 0, "tid": 0 if e.way == "forward" else 1,
                "ts": (e.start - begin) * 1e6, "dur": e.time * 1e6,
                "args": {"line": f"{e.place.file}:{e.place.line}", "allocated": e.made, "saved": e.saved},
            }
            for e in self.events
        ]  # fmt: skip
        Path(path).write_text(json.dumps({"traceEvents": events, "displayTimeUnit": "ms"}), encoding="utf-8")


def saved_bytes(node: Any, operands: Sequence[Any]) -> int:
    """The memory that a node keeps for backward and that is not an operand's own."""
    del operands
    values = getattr(node, "saved", None) or ()
    arrays = [v.array if type(v) is Tensor else v for v in values]
    return sum(a.nbytes for a in arrays if isinstance(a, np.ndarray))


def duration(seconds: float) -> str:
    """A time in the unit that suits it.

    >>> duration(0.0000123), duration(0.25)
    ('12.3 us', '250.0 ms')
    """
    return f"{seconds * 1e6:.1f} us" if seconds < 1e-3 else f"{seconds * 1e3:.1f} ms"


def size_text(count: int) -> str:
    """A size in the unit that suits it.

    >>> size_text(512), size_text(3 << 20)
    ('512 B', '3.0 MiB')
    """
    if count < 1024:
        return f"{count} B"
    return f"{count / 1024:.1f} KiB" if count < 1 << 20 else f"{count / (1 << 20):.1f} MiB"


class profile(Observing):
    """Note time and memory of every operation inside.

    >>> import wengert as torch
    >>> from wengert.inspect import profile
    >>> x = torch.ones(3, requires_grad=True)
    >>> with profile() as seen:
    ...     (x * x).sum().backward()
    >>> sorted({event.name for event in seen.events})
    ['multiply', 'reduce_sum']

    `print(seen)` shows a table by operation, `seen.table("line")` one by line, `seen.save("trace.json")` writes a
    Chrome trace. Compiled functions run as they are inside.
    """

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(Profile())

    def __enter__(self) -> Profile:  # type: ignore[override]
        super().__enter__()
        found: Profile = self._observer  # type: ignore[assignment]
        found._last = perf_counter()  # noqa: SLF001  its own
        return found

    def _again(self) -> Any:
        return type(self)()

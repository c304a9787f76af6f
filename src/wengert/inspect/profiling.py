"""profile: time and memory of a program, by operation and by line, forwards and backwards.

A forward operation's time is that from the operation before it, so it includes what Python did in between. Where that
is much - the optimizer's step, the loading of data, an import - the kernel is run once more to be timed alone, and the
rest is Python's.

Knows operations as events. Must not change what a program computes.
"""

from __future__ import annotations

import json
from pathlib import Path
from sys import _getframe
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from wengert.core.levels import Tracer
from wengert.core.observing import Observer, Observing
from wengert.core.outputs import operation_of
from wengert.core.places import Place, user_frame
from wengert.core.primitive import TABLE
from wengert.core.tensor import Tensor
from wengert.inspect.stacks import Stacks

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


class Total:
    """What all calls of one operation, one way, on one stack took together; and the least that one of them took."""

    __slots__ = ("calls", "least", "made", "saved", "time")

    def __init__(self) -> None:
        self.calls, self.time, self.made, self.saved, self.least = 0, 0.0, 0, 0, float("inf")

    def add(self, time: float, made: int = 0, saved: int = 0) -> None:
        """Count one more."""
        self.calls += 1
        self.time += time
        self.made += made
        self.saved += saved
        self.least = min(self.least, time)


LONG = 200e-6
"""Seconds from one operation to the next that make one ask what took them."""

PYTHON = "Python"
"""The way, and the name, of time between operations."""


class Row(NamedTuple):
    """What all operations of one name, or of one line, took together."""

    key: str
    calls: int
    forward: float
    backward: float
    made: int
    saved: int


class Profile(Observer):
    """What was seen; printing it shows a table, `wengert.inspect.page` draws it.

    Attributes:
        events: every operation, in order; nothing if they are not kept.
        totals: the same added up by stack, operation and way; with a way of its own, long times between operations.
        stacks: where in the program they were done.
    """

    def __init__(self, *, keeps_events: bool = True) -> None:
        self.events: list[Event] = []
        self.totals: dict[tuple[int, str, str], Total] = {}
        self.stacks = Stacks()
        self._keeps_events = keeps_events
        self._stop = 0
        self._made_at: WeakKeyDictionary[Any, int] = WeakKeyDictionary()
        self._paused = True
        self._last = perf_counter()

    def begin(self, frame: Any) -> None:
        """What follows is done by a frame and by what it calls."""
        self._stop = id(frame)
        self.resume()

    @property
    def count(self) -> int:
        """How many operations were seen, both ways."""
        return sum(each.calls for (_, _, way), each in self.totals.items() if way != PYTHON)

    def resume(self) -> None:
        """What was done since the last event is not the program's."""
        self._last = perf_counter()

    def saw(self, primitive: Primitive, operands: Sequence[Any], params: tuple[Any, ...], made: Tensor) -> None:
        time = perf_counter() - self._last
        frame = _getframe(1)
        stack = self.stacks.at(frame, self._stop)
        if self._paused or time > LONG:
            self._last, time = self._last + time, self._own(time, stack, primitive, operands, params)
            self._last -= time
        frame = user_frame(frame)
        size = 0 if isinstance(made, Tracer) or made.origin is not None else made.array.nbytes
        node = made.node
        saved = saved_bytes(node, operands) if node is not None else 0
        if node is not None:
            self._made_at[operation_of(node)[0]] = stack
        place = Place(frame.f_code, frame.f_lasti)
        self._note(Event(primitive.name, "forward", self._last, time, size, saved, place), stack)
        self.resume()

    def saw_function(self, function: Any, args: Sequence[Any], outputs: Sequence[Any], node: Any) -> None:
        if node is not None:
            self._made_at[node] = self.stacks.at(_getframe(1), self._stop)

    def flavour(self, flavour: Any) -> Any:
        def timing(node: Any, g: Any) -> Any:
            start = perf_counter()
            pulled = flavour(node, g)
            end = perf_counter()
            size = sum(getattr(p, "nbytes", 0) for p in (pulled if type(pulled) is tuple else (pulled,)))
            operation = operation_of(node)[0]
            if operation not in self._made_at:
                self._made_at[operation] = self.stacks.at_place(node.place)
            event = Event(node.rule.primitive.name, "backward", start, end - start, size, 0, node.place)
            self._note(event, self._made_at[operation])
            self._paused = True
            self.resume()
            return pulled

        return timing

    def _own(self, time: float, stack: int, primitive: Primitive, operands: Sequence[Any], params: Any) -> float:
        """How much of the time since the last event an operation took; the rest is Python's."""
        known = self.totals.get((stack, primitive.name, "forward"))
        if not self._paused and known is not None and time < 3 * known.least:
            return time
        alone = time_alone(primitive, operands, params)
        if not self._paused and alone > time / 2:
            return time
        alone = min(time, alone)
        key = (-1 if self._paused else stack, PYTHON, PYTHON)
        self._paused = False
        self.totals.setdefault(key, Total()).add(time - alone)
        return alone

    def _note(self, event: Event, stack: int) -> None:
        if self._keeps_events:
            self.events.append(event)
        key = (stack, event.name, event.way)
        total = self.totals.get(key)
        if total is None:
            total = self.totals[key] = Total()
        total.add(event.time, event.made, event.saved)

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


def time_alone(primitive: Primitive, operands: Sequence[Any], params: tuple[Any, ...]) -> float:
    """How long an operation takes by itself, done once more and thrown away; no end if it cannot be done again."""
    if TABLE.get(primitive.name) is not primitive or any(isinstance(o, Tracer) for o in operands):
        return float("inf")
    arrays = [o.array if isinstance(o, Tensor) else o for o in operands]
    begin = perf_counter()
    try:
        with np.errstate(all="ignore"):
            primitive.compute(arrays, params)
    except Exception:  # noqa: BLE001  the program itself has done it, so its time is known well enough
        return float("inf")
    return perf_counter() - begin


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
    Chrome trace, and `wengert.inspect.page(seen).save("time.html")` a page that draws it. Compiled functions run as
    they are inside.
    """

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(Profile())

    def __enter__(self) -> Profile:  # type: ignore[override]
        super().__enter__()
        found: Profile = self._observer  # type: ignore[assignment]
        found.begin(_getframe(1))
        return found

    def __exit__(self, *exception: object) -> None:
        super().__exit__(*exception)
        self._observer.stacks.forget()  # type: ignore[attr-defined]

    def _again(self) -> Any:
        return type(self)()

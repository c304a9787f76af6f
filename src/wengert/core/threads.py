"""A small pool of threads for big arrays: NumPy lets go of the interpreter while it computes.

Knows how to run pieces of work side by side. Must not know arrays.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from contextvars import ContextVar
from ctypes import c_int64
from itertools import count
from queue import SimpleQueue
from threading import Lock, Thread, current_thread
from typing import TYPE_CHECKING, Any

from wengert.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def available() -> int:
    """How many threads this process may keep busy: OMP_NUM_THREADS if it is set, else its processors."""
    said = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0]
    if said.isdigit() and int(said) > 0:
        return int(said)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def nothing(_: int) -> None:
    """What is left of a piece of work that is done."""


class Work:
    """Pieces numbered from 0, of which each thread takes the next until none is left.

    It is done when all pieces are: a helper that comes later finds nothing to do, and nobody waits for it.
    """

    __slots__ = ("_count", "_done", "_error", "_finished", "_numbers", "_piece")

    def __init__(self, piece: Callable[[int], None], pieces: int) -> None:
        self._piece = piece
        self._count = pieces
        self._numbers = count()  # next() of it is one step of the interpreter, so no piece is taken twice
        self._done = count(1)
        self._finished = Lock()
        self._finished.acquire()
        self._error: BaseException | None = None

    def help(self) -> None:
        """Do pieces until there are none; after one has failed, the rest are only counted."""
        while (number := next(self._numbers)) < self._count:
            try:
                if self._error is None:
                    self._piece(number)
            except BaseException as error:  # noqa: BLE001  it is raised again in the thread that waits
                self._error = error
            if next(self._done) == self._count:
                self._finished.release()

    def wait(self) -> None:
        """Wait for the last piece, and raise what one of them raised."""
        with self._finished:
            self._piece = nothing  # so no arrays are kept: a helper may have the work until it comes
        error, self._error = self._error, None
        if error is not None:
            try:
                raise error
            finally:
                del error  # it leads here, and this to the arrays of all pieces


_limit: ContextVar[int | None] = ContextVar("wengert.threads", default=None)


def positive(count: Any) -> int:
    """A number of threads.

    Raises:
        ValueError: if it is none.
    """
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        raise ArgumentError(f"a number of threads is a positive integer, got {count!r}")
    return count


@contextmanager
def limited(count: int) -> Iterator[None]:
    """Use so many threads at most inside, in this thread or task alone."""
    token = _limit.set(positive(count))
    try:
        yield
    finally:
        _limit.reset(token)


PIECES = 4
"""Into how many pieces per thread the rows of a loop are cut: a thread that is held up leaves some to others."""


class Pool:
    """Threads that are started when they are first needed, and wait for work after that.

    Attributes:
        calls: a number in memory that is another whenever `run` asks for help: who has kept a thread in the hope of
            more to do sees there that it is wanted elsewhere.
    """

    def __init__(self) -> None:
        self._threads = available()
        self.calls = (c_int64 * 1)()
        self._queue: SimpleQueue[Any] = SimpleQueue()
        self._helpers: set[Thread] = set()
        self._starting = Lock()

    @property
    def threads(self) -> int:
        """How many threads compute: what was set, or fewer inside of `limited`."""
        most = _limit.get()
        return self._threads if most is None else min(self._threads, most)

    @threads.setter
    def threads(self, count: int) -> None:
        self._threads = count

    def run(self, piece: Callable[[int], None], pieces: int) -> None:
        """Call `piece(0)` ... `piece(pieces - 1)`, side by side where threads are free.

        Raises:
            Exception: what the first failing piece raised; others may not have run then.
        """
        helpers = min(self.free_helpers, pieces - 1)
        if helpers < 1:
            for number in range(pieces):
                piece(number)
            return
        work = Work(piece, pieces)
        self.calls[0] += 1
        self.ask(work, helpers)
        work.help()
        work.wait()

    @property
    def free_helpers(self) -> int:
        """How many threads this one may ask for help; none if it is one of them."""
        count = self.threads - 1
        return count if count < 1 or current_thread() not in self._helpers else 0

    def ask(self, work: Any, helpers: int) -> None:
        """Let so many threads call `work.help()` as soon as they are free."""
        if len(self._helpers) < helpers:
            self._start(helpers)
        for _ in range(helpers):
            self._queue.put(work)

    def forget_helpers(self) -> None:
        """In a child of fork() the threads of the parent do not exist."""
        self._queue, self._helpers, self._starting = SimpleQueue(), set(), Lock()

    def _start(self, helpers: int) -> None:
        with self._starting:
            while len(self._helpers) < helpers:
                thread = Thread(target=serve, args=(self._queue,), name="wengert", daemon=True)
                thread.start()
                self._helpers.add(thread)


def serve(queue: SimpleQueue[Any]) -> None:
    """What a helper does all its life."""
    while True:
        queue.get().help()


POOL = Pool()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=POOL.forget_helpers)


def side_by_side(piece: Any, pieces: int) -> None:
    """Run numbered pieces on the pool."""
    POOL.run(piece, pieces)

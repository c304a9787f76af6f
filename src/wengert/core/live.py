"""Numbers of Python that a recorded call reads anew each time: a learning rate, which a schedule moves.

Knows whether somebody records. Must not know who, and what the numbers are for.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Reader(NamedTuple):
    """How numbers are read while a call is recorded.

    Attributes:
        read: gives what stands for the number under a key of a dictionary, or the number.
        notice: is told that Python gets to see such numbers.
    """

    read: Callable[[dict[str, Any], str], Any]
    notice: Callable[[], None]


_reader: ContextVar[Reader | None] = ContextVar("wengert.live.reader", default=None)


def number(options: dict[str, Any], key: str) -> Any:
    """What is under a key; where a call is recorded that reads it anew, a tensor stands for a float.

    >>> number({"lr": 0.5}, "lr")
    0.5
    """
    reader = _reader.get()
    return options[key] if reader is None or type(options[key]) is not float else reader.read(options, key)


def noticed() -> None:
    """Say that numbers which may be read anew are shown to Python."""
    reader = _reader.get()
    if reader is not None:
        reader.notice()


@contextmanager
def read_by(reader: Reader) -> Iterator[None]:
    """Let numbers be read in a way."""
    token = _reader.set(reader)
    try:
        yield
    finally:
        _reader.reset(token)

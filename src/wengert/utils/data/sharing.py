"""How batches come from a worker: arrays through memory that both processes see, the rest through the pipe.

    message := pickled bytes, and for large batches the name of a file in memory and where in it each array lies

The file is unlinked as soon as it was opened, and its memory is freed with the last array that sees it. The bytes are
pickled by our own worker and come through a pipe that only it has: nothing from outside is ever unpickled.

Knows bytes and files. Must not know datasets.
"""

from __future__ import annotations

import mmap
import pickle
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

SMALLEST = 1 << 14
"""Arrays of fewer bytes in all go through the pipe."""

ALIGNED = 64
"""Arrays begin at multiples of this, as NumPy's own do."""

MEMORY = Path("/dev/shm")  # noqa: S108  a file system in memory; each loader makes a folder of its own there
"""Where files are memory, on Linux."""


class Message(NamedTuple):
    """A pickled object, and where its arrays are."""

    data: bytes
    file: str | None
    places: list[tuple[int, int]]


def folder() -> str:
    """A new folder for the files of one loader, which nobody else may enter."""
    return tempfile.mkdtemp(prefix="wengert-", dir=MEMORY if MEMORY.is_dir() else None)


def pack(value: Any, inside: str) -> Message:
    """An object as a message; large arrays are put into a file in a folder."""
    buffers: list[pickle.PickleBuffer] = []
    data = pickle.dumps(value, protocol=5, buffer_callback=buffers.append)
    raw = [buffer.raw() for buffer in buffers]
    if sum(len(part) for part in raw) < SMALLEST:
        return Message(pickle.dumps(value, protocol=5), None, [])
    places, end = [], 0
    for part in raw:
        start = -(-end // ALIGNED) * ALIGNED
        end = start + len(part)
        places.append((start, len(part)))
    with tempfile.NamedTemporaryFile(dir=inside, delete=False) as file:
        file.truncate(end)
        with mmap.mmap(file.fileno(), end) as memory:
            for part, (start, size) in zip(raw, places, strict=True):
                memory[start : start + size] = part
    return Message(data, file.name, places)


def unpack(message: Message) -> Any:
    """The object of a message. Its arrays may be written, and are nobody else's."""
    if message.file is None:
        return pickle.loads(message.data)  # noqa: S301  from our own worker
    path = Path(message.file)
    with path.open("r+b") as file:
        memory = memoryview(mmap.mmap(file.fileno(), 0))
    path.unlink()
    return pickle.loads(  # noqa: S301  the same
        message.data, buffers=[memory[start : start + size] for start, size in message.places]
    )


def discard(message: Any) -> None:
    """Free the memory of a message that nobody is going to read."""
    if isinstance(message, Message) and message.file is not None:
        Path(message.file).unlink(missing_ok=True)

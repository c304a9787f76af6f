"""Files that are there as a whole or not at all.

    write := a new file in the same folder -> its bytes reach the disk -> it takes the name -> so does the folder

A program that is killed at any moment leaves the old file or the new one.

Knows the file system. Must not know formats.
"""

from __future__ import annotations

import io
import os
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from wengert import errors

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def replaced(path: Any) -> Iterator[BinaryIO]:
    """A file to write; it takes the place of the one of that name when the block ends without an error."""
    target = Path(path)
    handle, name = tempfile.mkstemp(prefix=f".{target.name[:100]}.", suffix=".part", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        _usual_rights(name, target)
        os.replace(name, target)  # noqa: PTH105  Path.replace would do, but this is the call that the promise rests on
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
    sync_folder(target.parent)


def _usual_rights(name: str, target: Path) -> None:
    """Give a temporary file, which only its owner may read, the rights of the file that it replaces, or usual ones."""
    if os.name != "posix":
        return
    try:
        mode = target.stat().st_mode & 0o777
    except OSError:
        umask = os.umask(0)
        os.umask(umask)
        mode = 0o666 & ~umask
    Path(name).chmod(mode)


def sync_folder(folder: Path) -> None:
    """Let the names in a folder reach the disk, where folders can be opened."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def opened(source: Any) -> Iterator[tuple[BinaryIO, int]]:
    """A file to read and the bytes that it has, from a path or something that is open."""
    if isinstance(source, str | os.PathLike):
        with Path(source).open("rb") as file:
            yield file, os.fstat(file.fileno()).st_size
        return
    if not hasattr(source, "read"):
        raise errors.ArgumentTypeError(
            f"expected a path or a file that is open for reading, not {type(source).__name__}"
        )
    if not (hasattr(source, "seekable") and source.seekable() and hasattr(source, "readinto")):
        whole = source.read()
        yield io.BytesIO(whole), len(whole)
        return
    start = source.tell()
    end = source.seek(0, os.SEEK_END)
    source.seek(start)
    yield source, end - start

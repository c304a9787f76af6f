"""Machine code kept between processes, for those who switch it on: WENGERT_CACHE=1, or a folder in its place.

    <folder>/<digest of source, processor and versions>.o   :=   digest of what follows and of its name, machine code

The folder is the user's alone, or it is not used. What does not have its digest is made again, never run.

Knows files. Must not know LLVM.
"""

from __future__ import annotations

import hashlib
import logging
import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

log = logging.getLogger("wengert.compiler")

SWITCH = "WENGERT_CACHE"
LARGEST = 1 << 26
"""No file of more bytes is read."""


def folder() -> Path | None:
    """Where code is kept; None where that is switched off."""
    said = os.environ.get(SWITCH, "")
    if said in {"", "0"}:
        return None
    if said == "1":
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        return Path(base) / "wengert"
    return Path(said)


def is_private(path: Path) -> bool:
    """Whether a folder is there, no link, this user's, and nobody else's to read or write."""
    try:
        found = path.lstat()
    except OSError:
        return False
    mine = not hasattr(os, "getuid") or found.st_uid == os.getuid()
    return stat.S_ISDIR(found.st_mode) and mine and not stat.S_IMODE(found.st_mode) & 0o077


class CodeCache:
    """Files of machine code by the digest of what they were made of."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with suppress(OSError):
            path.mkdir(parents=True, mode=0o700, exist_ok=True)
        self.usable = is_private(path)
        if not self.usable:
            log.warning("%s is not a folder of this user alone, so no code is kept there. Try: chmod 700", path)

    def _file(self, name: str) -> Path:
        return self._path / f"{name}.o"

    def get(self, name: str) -> bytes | None:
        """The code of that name, if it is there and what it was."""
        if not self.usable:
            return None
        try:
            with os.fdopen(os.open(self._file(name), os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)), "rb") as file:
                found = file.read(LARGEST + 1)
        except OSError:
            return None
        digest, code = found[:32], found[32:]
        if len(found) > LARGEST or digest != digest_of(name, code):
            log.warning("%s is not what was written there; it is made again", self._file(name))
            return None
        return code

    def put(self, name: str, code: bytes) -> None:
        """Keep code under a name: the whole of it or nothing, whatever happens meanwhile."""
        if not self.usable:
            return
        try:
            handle, path = tempfile.mkstemp(dir=self._path)
            with os.fdopen(handle, "wb") as file:
                file.write(digest_of(name, code) + code)
            Path(path).replace(self._file(name))
        except OSError as error:
            log.warning("code could not be kept in %s: %s", self._path, error)


def digest_of(name: str, code: bytes) -> bytes:
    """What stands before the code of a name."""
    return hashlib.sha256(name.encode() + code).digest()


def name_of(*parts: str) -> str:
    """The name for code that was made of these."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()

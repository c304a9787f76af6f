"""Where in the user's program something happened.

A place costs about 0.1 microseconds to note (a code object and an instruction offset) and is
turned into a file and a line only when somebody asks. Frames of wengert itself are skipped.
"""

from __future__ import annotations

import linecache
import os
import traceback
import warnings
from contextvars import ContextVar
from pathlib import Path
from sys import _getframe
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from types import CodeType, FrameType

PACKAGES = {
    "wengert",
    *(
        f"wengert.{name}"
        for name in (
            "autograd",
            "backends",
            "compiler",
            "compiler.passes",
            "core",
            "distributions",
            "fft",
            "func",
            "functions",
            "functions.elementwise",
            "functions.fourier",
            "functions.indexing",
            "functions.linalg",
            "functions.making",
            "functions.neural",
            "functions.recording",
            "functions.reducing",
            "functions.shaping",
            "functions.showing",
            "functions.writing",
            "graph",
            "inspect",
            "inspect.pages",
            "io",
            "linalg",
            "native",
            "nn",
            "nn.modules",
            "nn.utils",
            "ops",
            "optim",
            "optim.lr_scheduler",
            "signal",
            "special",
            "testing",
            "transforms",
            "utils",
            "utils.data",
        )
    ),
}
"""The packages whose frames are not the user's; a test keeps it equal to the tree."""


PACKAGE_FOLDER = str(Path(__file__).parents[1]) + os.sep


_users: Any = None  # the namespace that was found last: it is recognised by identity


def user_frame(frame: FrameType) -> FrameType:
    """The innermost frame that belongs to the user, or the outermost of all."""
    global _users  # noqa: PLW0603  one word, read for every node: an object around it would cost more
    while (namespace := frame.f_globals) is not _users:
        if namespace.get("__package__") not in PACKAGES:
            _users = namespace
            break
        back = frame.f_back
        if back is None:
            break
        frame = back
    return frame


class Place:
    """A line of the user's program.

    >>> import sys
    >>> frame = sys._getframe()
    >>> Place(frame.f_code, frame.f_lasti).line >= 1
    True
    """

    __slots__ = ("code", "lasti")

    def __init__(self, code: CodeType, lasti: int) -> None:
        self.code = code
        self.lasti = lasti

    @property
    def file(self) -> str:
        return self.code.co_filename

    @property
    def line(self) -> int:
        for start, end, line in self.code.co_lines():
            if start <= self.lasti < end and line is not None:
                return line
        return self.code.co_firstlineno

    @property
    def source(self) -> str:
        """The text of the line, empty where the file is not to be had."""
        return linecache.getline(self.file, self.line).strip()

    def __str__(self) -> str:
        source = self.source
        return f"{self.file}:{self.line}" + (f"\n    {source}" if source else "")

    def __repr__(self) -> str:
        return f"Place({self.file}:{self.line})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Place) and (self.file, self.line) == (other.file, other.line)

    def __hash__(self) -> int:
        return hash((self.file, self.line))


class Traceback:
    """How the program came to make a node: the lines of the stack, and the node whose backward made it."""

    __slots__ = ("lines", "parent")

    def __init__(self, lines: list[str], parent: Any) -> None:
        self.lines = lines
        self.parent = parent


TRACEBACKS: WeakKeyDictionary[Any, Traceback] = WeakKeyDictionary()
"""By node; kept while anomaly detection is on."""

PULLING: ContextVar[Any] = ContextVar("wengert.pulling", default=None)
"""The node whose rule is being evaluated, while anomaly detection is on."""


def remember_traceback(node: Any) -> None:
    """Keep the user's part of the stack for a node."""
    stack = traceback.extract_stack(user_frame(_getframe(1)))
    ours = [f for f in stack if not f.filename.startswith((PACKAGE_FOLDER, "<frozen "))]
    TRACEBACKS[node] = Traceback(traceback.format_list(ours), PULLING.get())


def warn(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn at the user's line, however many calls away it is."""
    frame, depth = _getframe(1), 2
    user = user_frame(frame)
    while frame is not user and frame.f_back is not None:
        frame, depth = frame.f_back, depth + 1
    warnings.warn(message, category, stacklevel=depth)

"""The text of the user's program behind a place: the expression, what it is assigned to, and the line.

    x = 3 * u + 1        the node of `*` has the expression "3 * u"; that of `+` has "3 * u + 1", and is called "x"

Knows Python's syntax. Must not know tensors.
"""

from __future__ import annotations

import ast
import linecache
import os
from pathlib import PurePath
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from types import CodeType

    from wengert.core.places import Place

LETTERS = 30
"""So many fit into a box."""

Span = tuple[int, int, int, int]


class Expression(NamedTuple):
    """What stands at a place.

    Attributes:
        text: the expression, on one line.
        short: the same with its parts left out if it is long.
        name: what it is assigned to, or "".
    """

    text: str
    short: str
    name: str


NOTHING = Expression("", "", "")


class Sources:
    """The programs that some places are in; each is read once."""

    def __init__(self) -> None:
        self._positions: dict[CodeType, list[Span | None]] = {}
        self._names: dict[str, dict[Span, str]] = {}
        self._found: dict[tuple[str, Span], Expression] = {}

    def expression(self, place: Place) -> Expression:
        """The expression that made a node."""
        if place.code not in self._positions:
            self._positions[place.code] = [_span(p) for p in place.code.co_positions()]
        spans = self._positions[place.code]
        span = spans[place.lasti // 2] if 0 <= place.lasti // 2 < len(spans) else None
        if span is None:
            return NOTHING
        key = (place.file, span)
        if key not in self._found:
            text = " ".join(segment(linecache.getlines(place.file), span).split())
            self._found[key] = self._made(text, place.file, span)
        return self._found[key]

    def _made(self, text: str, file: str, span: Span) -> Expression:
        if not text:
            return NOTHING
        if file not in self._names:
            self._names[file] = assigned("".join(linecache.getlines(file)))
        name = self._names[file].get(span, "")
        return Expression(text, shortened(text, LETTERS - (len(name) + 3 if len(name) < 12 else 0)), name)


def _span(position: tuple[int | None, int | None, int | None, int | None]) -> Span | None:
    line, last, start, end = position
    return None if line is None or last is None or start is None or end is None else (line, last, start, end)


def segment(lines: list[str], span: Span) -> str:
    """A part of a program; columns count bytes, as Python's own do."""
    line, last, start, end = span
    if not 1 <= line <= last <= len(lines):
        return ""
    rows = [row.encode() for row in lines[line - 1 : last]]
    rows[-1] = rows[-1][:end]
    rows[0] = rows[0][start:]
    return b"".join(rows).decode(errors="replace")


def assigned(text: str) -> dict[Span, str]:
    """What the expressions of a program are assigned to, by where they stand.

    >>> assigned("u = x ** 2")
    {(1, 1, 4, 10): 'u'}
    """
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return {}
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target, value = node.targets[0], node.value
        elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value is not None:
            target, value = node.target, node.value
        else:
            continue
        if isinstance(target, ast.Name | ast.Attribute):
            span = (value.lineno, value.end_lineno or 0, value.col_offset, value.end_col_offset or 0)
            found[span] = ast.unparse(target)
    return found


def shortened(text: str, most: int = LETTERS) -> str:
    """An expression that fits into a box: its longer parts are left out.

    >>> shortened("((prediction - price) ** 2 + 0.5 * penalty).mean()"), shortened("u ** 3")
    ('(… + …).mean()', 'u ** 3')
    """
    if len(text) <= most:
        return text
    try:
        ast.parse(text, mode="eval")
    except (SyntaxError, ValueError):
        return text[: most - 1] + "…"
    found = text
    for depth in (3, 2, 1):  # the outermost parts say most
        tree = ast.parse(text, mode="eval").body
        found = ast.unparse(LeftOut(depth).visit(tree))
        if len(found) <= most:
            return found
    return found[: most - 1] + "…"


class LeftOut(ast.NodeTransformer):
    """Writes … for what is computed deeper within an expression."""

    def __init__(self, depth: int) -> None:
        self.depth = depth

    def generic_visit(self, node: ast.AST) -> ast.AST:
        if not isinstance(node, ast.BinOp | ast.Call | ast.Subscript | ast.List | ast.Tuple | ast.IfExp):
            return super().generic_visit(node)
        if not self.depth:
            return ast.Name("…")
        self.depth -= 1
        changed = super().generic_visit(node)
        self.depth += 1
        return changed


def short_files(files: set[str]) -> dict[str, str]:
    """Names of files without the folders that all share, so that a page says nothing of the machine it is from.

    >>> short_files({"/home/me/a/model.py", "/home/me/train.py"}) == {
    ...     "/home/me/a/model.py": "a/model.py", "/home/me/train.py": "train.py"}
    True
    """
    real = {f for f in files if not f.startswith("<") and PurePath(f).is_absolute()}
    try:
        common = os.path.commonpath([str(PurePath(f).parent) for f in real]) if real else ""
    except ValueError:  # on different drives
        return {f: PurePath(f).name if f in real else f for f in files}
    if common in {"/", os.path.sep}:
        return {f: "/".join(PurePath(f).parts[-2:]) if f in real else f for f in files}
    return {f: PurePath(f).relative_to(common).as_posix() if f in real else f for f in files}

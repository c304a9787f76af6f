"""Groups: nests that go over the same rows, which are done some rows at a time, and shared among threads.

    for rows in tiles of what fits the cache:      instead of      for nest in group:
        for nest in group:                                             for row in all rows:

A group has as many rows as divide the outermost turns of all its nests, and no nest reads of another's results what
belongs to other rows.

Knows nests and where variables lie. Must not know LLVM.
"""

from __future__ import annotations

from math import gcd, prod
from typing import TYPE_CHECKING, Any

from wengert.compiler.products import ProductCode
from wengert.compiler.written import WrittenCode
from wengert.core.threads import POOL

if TYPE_CHECKING:
    from wengert.compiler.layouts import Layouts
    from wengert.compiler.loops import Nest
    from wengert.graph.ir import Variable

BIG = 8_000
"""Nests of so many elements are done in groups."""

CACHE = 1 << 18
"""Bytes of a tile."""

GRAIN = 8_000
"""A thread gets at least so many elements."""

PIECES = 4
"""Into how many pieces per thread the rows are cut: a thread that is held up leaves some to others."""


class Group:
    """Nests over the same rows.

    Attributes:
        codes: the code of each nest, in order.
        rows: how many there are.
    """

    def __init__(self, layouts: Layouts) -> None:
        self._layouts = layouts
        self.codes: list[Any] = []
        self.rows = 0
        self._made: set[Variable] = set()

    @property
    def steps(self) -> list[Nest]:
        """The nests."""
        return [code.nest for code in self.codes]

    def takes(self, code: Any) -> bool:
        """Add a nest if it can be done row by row with the others; whether it was."""
        if not code.shareable:
            return False
        rows = gcd(self.rows, code.turns)
        made = self._made | {memory_of(v, code, self._layouts)[0] for v in code.nest.outputs}
        if self.codes and rows < min(MOST_ROWS, self.rows):
            return False
        if not all(self._in_rows(each, rows, made) for each in [*self.codes, code]):
            return False
        self.codes.append(code)
        self.rows, self._made = rows, made
        return True

    def _in_rows(self, code: Any, rows: int, made: set[Variable]) -> bool:
        """Whether a nest reads and writes of the group's own memory only what belongs to its rows."""
        per_row = code.turns // rows
        for v in code.arguments:
            base, offset = memory_of(v, code, self._layouts)
            if base not in made:
                continue
            width, left = divmod(prod(base.spec.shape), rows)
            step = code.levels[0].steps[v]
            spans = [(level.size - 1) * level.steps[v] for level in code.levels[1:]]
            spans.append((per_row - 1) * step)
            low = offset + sum(min(span, 0) for span in spans)
            high = offset + sum(max(span, 0) for span in spans)
            if left or per_row * step != width or low < 0 or high >= width:
                return False
        return True

    @property
    def tile(self) -> int:
        """So many rows are done at a time."""
        bytes_of_row = 0
        seen = set()
        for code in self.codes:
            for v in code.arguments:
                base, _ = memory_of(v, code, self._layouts)
                if base not in seen and code.levels[0].steps[v]:
                    seen.add(base)
                    bytes_of_row += prod(base.spec.shape) * base.spec.dtype.itemsize // self.rows
        return max(CACHE // max(bytes_of_row, 1), 1)

    @property
    def pieces(self) -> int:
        """Into how many pieces its rows are cut for several threads."""
        return max(1, min(self.rows, self.work // GRAIN, PIECES * POOL.threads)) if POOL.threads > 1 else 1

    @property
    def work(self) -> int:
        """How many elements are computed."""
        return sum(prod(step.shape) for step in self.steps)


class Batch(Group):
    """Products of matrices, or one in pieces, or the rows of a written loop, which threads share."""

    def __init__(self, layouts: Layouts, code: Any) -> None:
        super().__init__(layouts)
        self.codes, self.rows = [code], code.turns

    @property
    def tile(self) -> int:
        return self.rows

    @property
    def pieces(self) -> int:
        return int(self.codes[0].pieces)

    @property
    def work(self) -> int:
        return int(self.codes[0].work)


MOST_ROWS = 16
"""A nest that leaves a group with fewer rows begins another."""


def memory_of(v: Variable, code: Any, layouts: Layouts) -> tuple[Variable, int]:
    """Whose memory an operand of a nest lies in, and where it begins there, in elements."""
    partial = code.nest.partials.get(v)
    if partial is not None:
        return partial, 0
    layout = layouts.of(v)
    return layout.base, layout.offset


def grouped(codes: list[Any], layouts: Layouts) -> list[Any]:
    """The codes of steps that follow one another, big nests of the same rows as groups.

    Args:
        codes: of nests and of anything else, which is left as it is.
        layouts: where variables lie.
    """
    found: list[Any] = []
    for code in codes:
        nest = getattr(code, "nest", None)
        last = found[-1] if found else None
        if nest is not None and type(last) is Group and last.takes(code):
            continue
        if isinstance(code, ProductCode | WrittenCode) and code.pieces > 1:
            found.append(Batch(layouts, code))
            continue
        group = Group(layouts)
        if nest is not None and prod(nest.shape) >= BIG and group.takes(code):
            found.append(group)
        else:
            found.append(code)
    return found

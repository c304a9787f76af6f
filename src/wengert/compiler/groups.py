"""Groups: nests that go over the same rows, which are done some rows at a time, and shared among threads.

    for rows in tiles of what fits the cache:      instead of      for nest in group:
        for nest in group:                                             for row in all rows:

A group has as many rows as divide the outermost turns of all its nests, and no nest reads of another's results what
belongs to other rows.

Knows nests and where variables lie. Must not know LLVM.
"""

from __future__ import annotations

from itertools import groupby
from math import gcd, prod
from typing import TYPE_CHECKING, Any

from wengert.compiler.moves import MoveCode
from wengert.compiler.nests import NestCode
from wengert.compiler.products import MOST_ROWS, ProductCode
from wengert.compiler.storing import StoreCode
from wengert.compiler.written import WrittenCode
from wengert.core.threads import PIECES, POOL

if TYPE_CHECKING:
    from wengert.compiler.layouts import Layouts
    from wengert.graph.ir import Variable

BIG = 8_000
"""Nests of so many elements are done in groups."""

CACHE = 1 << 14
"""Bytes of a tile, which stays in the first cache. The rows that follow are on their way by then: a processor brings
near what comes after what is read in order, but not as much as a large tile takes."""

BLOCK = 128
"""So many rows of a product are done before loops go over them: they stay in the second cache."""

GRAIN = 8_000
"""A thread gets at least so many elements."""


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

    def takes(self, code: Any) -> bool:
        """Add a nest if it can be done row by row with the others; whether it was."""
        if not code.shareable:
            return False
        rows = gcd(self.rows, code.turns)
        made = self._made | set(written(code, self._layouts))
        if self.codes and rows < min(MOST_ROWS, self.rows):
            return False
        if not all(self._in_rows(each, rows, made) for each in [*self.codes, code]):
            return False
        self.codes.append(code)
        self.rows, self._made = rows, made
        return True

    def _in_rows(self, code: Any, rows: int, made: set[Variable]) -> bool:
        """Whether a step reads and writes of the group's own memory only what belongs to its rows."""
        for v in code.arguments:
            base, offset = memory_of(v, code, self._layouts)
            if base in made and not code.in_rows(v, offset, prod(base.spec.shape), rows):
                return False
        return True

    @property
    def tile(self) -> int:
        """So many rows are done at a time."""
        return -(-self.rows // self._blocks) if self._blocks else self._tile_of(self.codes)

    @property
    def parts(self) -> list[tuple[list[Any], int | None]]:
        """What is done with a tile: codes, and how many rows are done at a time, or all with None."""
        if not self._blocks:
            return [(self.codes, None)]
        runs = [list(run) for _, run in groupby(self.codes, key=lambda code: isinstance(code, NestCode))]
        tiles = [self._tile_of(run) if isinstance(run[0], NestCode) else None for run in runs]
        return [(run, tile if len(run) > 1 else None) for run, tile in zip(runs, tiles, strict=True)]

    def _tile_of(self, codes: list[Any]) -> int:
        """How many rows fit the cache."""
        bytes_of_row = 0
        seen = set()
        for code in codes:
            for v in code.arguments:
                base, _ = memory_of(v, code, self._layouts)
                if base not in seen and code.moves(v):
                    seen.add(base)
                    bytes_of_row += prod(base.spec.shape) * base.spec.dtype.itemsize // self.rows
        return max(CACHE // max(bytes_of_row, 1), 1)

    @property
    def _blocks(self) -> int:
        """In how many blocks of rows a product is done that loops are done with; 0 without one."""
        turns = max((code.turns for code in self.codes if isinstance(code, ProductCode) and code.in_blocks), default=0)
        threads = POOL.threads
        return min(-(-turns // (BLOCK * threads)) * threads, self.rows)

    @property
    def pieces(self) -> int:
        """Into how many pieces its rows are cut for several threads."""
        if POOL.threads == 1:
            return 1
        return self._blocks or max(1, min(self.rows, self.work // GRAIN, PIECES * POOL.threads))

    @property
    def work(self) -> int:
        """How many elements are computed."""
        return sum(code.work for code in self.codes)


class Batch(Group):
    """Products of matrices, or one in pieces, a matrix to be stored, a move, or the rows of a written loop, which
    threads share.
    """

    def __init__(self, layouts: Layouts, code: Any) -> None:
        super().__init__(layouts)
        self.codes, self.rows = [code], code.turns

    @property
    def tile(self) -> int:
        return self.rows

    @property
    def parts(self) -> list[tuple[list[Any], int | None]]:
        return [(self.codes, None)]

    @property
    def pieces(self) -> int:
        return int(self.codes[0].pieces)


def memory_of(v: Variable, code: Any, layouts: Layouts) -> tuple[Variable, int]:
    """Whose memory an operand of a nest lies in, and where it begins there, in elements."""
    partial = code.nest.partials.get(v) if isinstance(code, NestCode) else None
    if partial is not None:
        return partial, 0
    layout = layouts.of(v)
    return layout.base, layout.offset


def written(code: Any, layouts: Layouts) -> list[Variable]:
    """Whose memory a nest or a product writes."""
    if isinstance(code, NestCode):
        return [memory_of(v, code, layouts)[0] for v in code.nest.outputs]
    return [layouts.of(code.arguments[-1]).base]


def grouped(codes: list[Any], layouts: Layouts) -> list[Any]:
    """The codes of steps that follow one another, big nests and products over the same rows as groups.

    Args:
        codes: of nests and products and of anything else, which is left as it is.
        layouts: where variables lie.
    """
    found: list[Any] = []
    for code in codes:
        in_rows = isinstance(code, NestCode | ProductCode)
        last = found[-1] if found else None
        if in_rows and type(last) is Group and last.takes(code):
            continue
        group = Group(layouts)
        if in_rows and is_big(code) and group.takes(code):
            found.append(group)
        elif isinstance(code, ProductCode | StoreCode | WrittenCode | MoveCode) and code.pieces > 1:
            found.append(Batch(layouts, code))
        else:
            found.append(code)
    return [alone(each, layouts) if type(each) is Group else each for each in found]


def is_big(code: Any) -> bool:
    """Whether a nest or a product is worth a group."""
    return code.work >= BIG if isinstance(code, NestCode) else code.in_blocks or code.pieces > 1


def alone(group: Group, layouts: Layouts) -> Group:
    """A group, or a product that is alone in it as a batch, which is cut as products are."""
    return Batch(layouts, group.codes[0]) if [type(code) for code in group.codes] == [ProductCode] else group

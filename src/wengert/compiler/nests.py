"""What makes one nest different from another, and the numbers it is given.

    void kernel(int64 *table, int64 *given, int64 lo, int64 hi)

does the turns lo to hi of the outermost loop, on the memory that `given` names by places of the table. What is written
into the code is what nests have in common that differ in sizes only: see `NestCode.key`.

Knows loops. Must not know LLVM.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from wengert.compiler.levels import NestLoops
from wengert.compiler.vectors import NestWriter
from wengert.graph.ir import Literal, Variable
from wengert.native.kernels import LANES

if TYPE_CHECKING:
    from wengert.graph.ir import Atom


class NestCode(NestLoops):
    """The code of one nest: what makes it different from others, the numbers it is given, and how it is written."""

    def __str__(self) -> str:
        names = "+".join(e.primitive.name for e in self.nest.equations)
        return f"{names} {list(self.nest.shape)}"

    @property
    def turns(self) -> int:
        """How many turns the outermost loop has."""
        return self.levels[0].size

    @property
    def shareable(self) -> bool:
        """Whether the turns of the outermost loop write to different places."""
        return self.levels[0].kind == "outer" and self.turns > 1

    @property
    def work(self) -> int:
        """How many elements are computed."""
        return prod(self.nest.shape)

    def moves(self, v: Variable) -> bool:
        """Whether the turns of the outermost loop read or write an operand at different places."""
        return self.levels[0].steps[v] != 0

    def in_rows(self, v: Variable, offset: int, size: int, rows: int) -> bool:
        """Whether turns read and write an operand only in their row, if its memory of some size is cut into rows."""
        width, left = divmod(size, rows)
        per_row, step = self.turns // rows, self.levels[0].steps[v]
        spans = [(level.size - 1) * level.steps[v] for level in self.levels[1:]]
        spans.append((per_row - 1) * step)
        low = offset + sum(min(span, 0) for span in spans)
        high = offset + sum(max(span, 0) for span in spans)
        return not left and per_row * step == width and low >= 0 and high < width

    def key(self) -> Any:
        """What code is the same for: everything but the numbers that it is given."""
        nest, known = self.nest, {v: i for i, v in enumerate(self.nest.inputs)}
        equations = []
        for e in nest.equations:
            operands = tuple(self._reference(atom, known) for atom in e.operands)
            equations.append((e.primitive.name, operands, repr(e.params), e.out.spec.dtype.char))
            known[e.out] = len(known)
        levels = tuple(
            (
                each.kind,
                each.size if each.is_short and depth else None,  # the outermost is told which turns to do
                tuple(map(each.known, self.arguments)),
            )
            for depth, each in enumerate(self.levels)
        )
        stored = tuple(known[v] for v in nest.outputs)
        loaded = tuple(v.spec.dtype.char for v in nest.inputs)
        return (LANES, "nest", tuple(equations), levels, stored, loaded, self.width, self.stages)

    def _reference(self, atom: Atom, known: dict[Variable, int]) -> Any:
        if isinstance(atom, Literal):
            return type(atom.value).__name__, repr(atom.value)
        return known[atom] if atom in known else known[self.layouts.of(atom).base]

    def numbers(self) -> list[int]:
        """What the code is given besides places: turns and steps that are not written into it."""
        return [number for _, number in self.given()]

    def write(self, module: Any, name: str) -> None:
        """Write the function, as a kernel of that name."""
        NestWriter(self, module, name).write()

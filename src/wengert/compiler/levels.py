"""In which loops a nest is done: their order, how its variables move with them, how many elements are done at once.

Knows nests and layouts. Must not know how kernels are written.
"""

from __future__ import annotations

from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

from wengert.compiler.loops import REDUCTIONS, WIDEST
from wengert.compiler.scalars import instructions
from wengert.graph.ir import Variable
from wengert.native.machine import machine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wengert.compiler.layouts import Layouts
    from wengert.compiler.loops import Nest

KNOWN = (0, 1, -1)
"""Steps that are written into the code; others are given to it at each call."""

SHORT = 16
"""Loops of so many turns are written with their number, as one vector without a loop."""

NARROW = 16
"""The bytes of a vector where nobody knows of wider ones."""

LIGHTEST, LIGHT = 10, 24
"""Of elements of less than so many instructions four or two vectors are done at once, since a loop itself takes time;
what is left over is done one by one."""

LONG, LONGEST = 40, 600
"""Of an element with so many instructions the processor does not see the next one while it waits for this: two vectors
are done at once, in 10 to 25 % less time."""

APART = 3
"""An element that stands apart from its neighbours costs as much as so many instructions to put in a vector, or to take
out: for nothing else no vectors are made.
"""


class Loops:
    """In which order a nest loops over its dimensions.

    Attributes:
        outer: the dimensions that no reduction reduces and that stand outside.
        reduced: those that are reduced.
        inner: the last dimension, where it is kept and stands inside the reduced ones.
    """

    def __init__(self, nest: Nest) -> None:
        rank = len(nest.shape)
        axes = nest.axes or ()
        kept = [d for d in range(rank) if d not in axes]
        self.inner: int | None = None
        if axes and kept and kept[-1] == rank - 1 and nest.shape[-1] <= WIDEST:
            self.inner = kept.pop()
        self.outer = kept
        self.reduced = list(axes)

    @property
    def order(self) -> list[int]:
        """All dimensions, from the outermost in."""
        return [*self.outer, *self.reduced, *([] if self.inner is None else [self.inner])]


class Level(NamedTuple):
    """One loop of the code: some dimensions of the nest as one.

    Attributes:
        kind: "outer", "reduced" or "inner", see Loops.
        size: how many turns it has.
        steps: how far each variable moves with a turn, in elements.
    """

    kind: str
    size: int
    steps: dict[Variable, int]

    @property
    def is_short(self) -> bool:
        """Whether the number of turns is written into the code; other numbers are given to it at each call."""
        return self.kind == "inner" or self.size <= SHORT

    def known(self, v: Variable) -> int | None:
        """The step of a variable where it is written into the code."""
        step = self.steps[v]
        return step if step in KNOWN else None


class NestLoops:
    """The loops of one nest.

    Args:
        nest, layouts: what is computed, and where its variables lie.

    Attributes:
        arguments: the variables whose memory it reads or writes.
        levels: its loops from the outermost in.
        reductions: what it adds up.
    """

    def __init__(self, nest: Nest, layouts: Layouts) -> None:
        self.nest, self.layouts = nest, layouts
        self.loops = Loops(nest)
        self.arguments: list[Variable] = [*nest.inputs, *nest.outputs]
        self.strides = {v: self._strides(v) for v in self.arguments}
        self.levels = self._split(self._merge())
        self.reductions = [e for e in nest.equations if e.primitive.name in REDUCTIONS]

    def _strides(self, v: Variable) -> tuple[int, ...]:
        """The steps of a variable along the dimensions of the nest; 0 along those that it lacks."""
        nest = self.nest
        own = self.layouts.of(v).strides
        if v in nest.inputs or v not in nest.reductions:
            missing = len(nest.shape) - v.spec.ndim
            return (*(0,) * missing, *(0 if n == 1 else step for n, step in zip(v.spec.shape, own, strict=True)))
        steps = iter(own)
        return tuple(0 if d in (nest.axes or ()) else next(steps) for d in range(len(nest.shape)))

    def _merge(self) -> list[Level]:
        """The loops from the outermost in; neighbours as one if they can."""
        loops = self.loops
        found: list[Level] = []
        for d in loops.order:
            kind = "reduced" if d in loops.reduced else "inner" if d == loops.inner else "outer"
            size = self.nest.shape[d]
            steps = {v: s[d] for v, s in self.strides.items()}
            if found and found[-1].kind == kind:
                _, before, wide = found[-1]
                if all(wide[v] == steps[v] * size for v in steps):
                    found[-1] = Level(kind, before * size, steps)
                    continue
            found.append(Level(kind, size, steps))

        def needed(loop: Level) -> bool:
            others = [each for each in found if each is not loop and each.kind == loop.kind]
            return loop.size != 1 or (loop.kind != "outer" and not others)

        kept = [loop for loop in found if needed(loop)]
        return kept or [Level("outer", 1, dict.fromkeys(self.strides, 0))]

    def _split(self, levels: list[Level]) -> list[Level]:
        """The loops with a long sum in pieces, if the nest is to do that: each piece has its place in the result."""
        pieces = self.nest.pieces
        if pieces == 1:
            return levels
        kind, size, steps = levels[0]
        part, left = divmod(size, pieces)
        assert kind == "reduced", "only a sum can be made in pieces"  # noqa: S101
        assert not left, "pieces have the same size"  # noqa: S101
        apart = {v: prod(v.spec.shape) if v in self.nest.reductions else step * part for v, step in steps.items()}
        return [Level("outer", pieces, apart), Level("reduced", part, steps), *levels[1:]]

    @property
    def width(self) -> int:
        """How many sums are made at once."""
        return 1 if self.loops.inner is None else self.nest.shape[self.loops.inner]

    @property
    def size(self) -> int | None:
        """How many turns the innermost loop has, where that is written into the code."""
        level = self.levels[-1]
        return level.size if level.is_short and len(self.levels) > 1 else None

    @cached_property
    def stages(self) -> tuple[int, ...]:
        """How many elements of the innermost loop are done at once: of those that are left then how many, and so on."""
        level, size = self.levels[-1], self.size
        if not any(level.steps.values()):
            return (1,)
        if size is not None and size <= SHORT:
            return (max(size, 1),)
        work = sum(instructions(e) or 0 for e in self.nest.equations)
        apart = sum(level.known(v) is None for v in self.arguments)
        if level.kind == "outer" and work + len(self.arguments) <= APART * apart:
            return (1,)
        lanes = self._lanes
        times = 4 if work < LIGHTEST else 2 if work < LIGHT or LONG <= work < LONGEST else 1
        if size is not None:
            return tuple(halving(size, times * lanes, lanes))
        return (times * lanes, lanes, 1) if work < LIGHT else (times * lanes,)

    @property
    def _lanes(self) -> int:
        """How many elements a vector of the processor has, of those that take the most bytes."""
        kinds = [v.spec.dtype for v in (*self.nest.inputs, *(e.out for e in self.nest.equations))]
        widest = max((kind.itemsize for kind in kinds if kind.kind != "b"), default=1)
        registers = machine().registers
        return (registers.bytes if registers else NARROW) // widest

    def given(self) -> Iterator[tuple[Any, int]]:
        """Turns and steps that are not written into the code, each behind what it is: the depth of a loop, and whose
        step it is, or None for its turns.
        """
        for depth, level in enumerate(self.levels):
            if depth and not level.is_short:
                yield (depth, None), level.size
            for v in self.arguments:
                if level.known(v) is None:
                    yield (depth, v), level.steps[v]


def halving(size: int, most: int, least: int) -> Iterator[int]:
    """The numbers of lanes, each half of the one before, that so many elements are done with; what is left is the last.

    >>> list(halving(30, 16, 4))
    [16, 8, 4, 2]
    """
    lanes = most
    while size >= least and lanes >= least:
        if size >= lanes:
            yield lanes
            size %= lanes
        lanes //= 2
    if size:
        yield size

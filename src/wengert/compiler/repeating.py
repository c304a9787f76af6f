"""What nests compute for themselves in place of reading it: quick results of what they read or could read as well.

    for i in ...: c = x[i] - m; s += c * c; store c          for i in ...: c = x[i] - m; s += c * c
    for i in ...: y = c[i] * s; store y               ->     for i in ...: c = x[i] - m; y = c * s; store y

A value that is only kept between steps costs a write, and the reading of what is written over; to subtract or to
multiply once more costs nothing where memory is what takes the time. An exponential costs something, but less than to
keep what no cache holds until rows come up again.

Knows nests. Must not know LLVM.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

from wengert.compiler.layouts import is_variable
from wengert.graph.ir import Equation, Variable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wengert.compiler.layouts import Layouts
    from wengert.graph.ir import Graph

QUICK = frozenset(("add", "subtract", "multiply", "negative", "equal", "where"))

DEAR = QUICK | {"divide", "exp"}
"""What is repeated too where the value would go to memory and come back from there."""

LONGEST = 6
"""So many operations are repeated for one value, at most."""

HUGE = 1 << 24
"""Values of so many bytes are in no cache when their rows come up again."""

SMALL = 8
"""An operand with so many times fewer elements than the loops have turns stays in the cache."""

LARGE = 8_000
"""Smaller loops are not waiting for memory."""


class Recipe(NamedTuple):
    """How a value comes about: the operations in order, and the operands of its own size that they read."""

    steps: tuple[Equation, ...]
    reads: frozenset[Variable]


class Repeats:
    """The values of a list of steps that may be computed again where they are read."""

    def __init__(self, graph: Graph, steps: Sequence[Any], nests: Sequence[Any], layouts: Layouts) -> None:
        self._layouts = layouts
        self._fixed = {*graph.inputs, *graph.constants}
        self._shown = {layouts.of(atom).base for atom in graph.outputs if isinstance(atom, Variable)}
        self._made = {e.out: e for nest in nests for e in nest.equations}
        self._sweep: dict[Variable, int] = {}  # how often all rows had been gone through before a value is made
        self._sweeps: dict[int, int] = {}  # and before a step
        self._count_sweeps(steps, {id(nest) for nest in nests})
        self._apart: set[Variable] = set()  # what somebody reads who cannot compute it
        shapes = {id(nest): nest.shape for nest in nests}
        for step in steps:
            for e in step.equations:
                for atom in filter(is_variable, e.operands):
                    base = layouts.of(atom).base
                    if base is not atom or shapes.get(id(step)) != atom.spec.shape:
                        self._apart.add(base)

    def _count_sweeps(self, steps: Sequence[Any], nests: set[int]) -> None:
        """Nests over as many rows may be done row by row, until one adds up rows, or something else comes between."""
        sweep, rows = 0, None
        for step in steps:
            is_nest = id(step) in nests
            if not is_nest or step.shape[:1] != rows:
                sweep += 1
            rows = step.shape[:1] if is_nest and 0 not in (step.axes or ()) else None
            self._sweeps[id(step)] = sweep
            self._sweep.update((out, sweep) for e in step.equations for out in e.outs)

    def recipe(self, v: Variable, reader: Any) -> Recipe | None:
        """How a nest may compute a value again; None where it has to be kept, or would read more than it saves."""
        base = self._layouts.of(v).base
        if base is not v or v in self._shown or v in self._apart or prod(v.spec.shape) < LARGE:
            return None
        gone = prod(v.spec.shape) * v.spec.dtype.itemsize >= HUGE and self._sweep.get(v) != self._sweeps[id(reader)]
        return self._found(v, DEAR if gone else QUICK)

    def _found(self, v: Variable, cheap: frozenset[str]) -> Recipe | None:
        e = self._made.get(v)
        if e is None or e.primitive.name not in cheap:
            return None
        steps: dict[Equation, None] = {}
        reads: set[Variable] = set()
        for atom in e.operands:
            if not isinstance(atom, Variable) or prod(atom.spec.shape) * SMALL <= prod(v.spec.shape):
                continue
            if self._layouts.of(atom).base in self._fixed:
                reads.add(atom)
                continue
            before = self._found(atom, cheap)
            if before is None:
                return None
            steps.update(dict.fromkeys(before.steps))
            reads |= before.reads
        steps[e] = None
        return Recipe(tuple(steps), frozenset(reads)) if len(reads) <= 1 and len(steps) <= LONGEST else None


def repeat(graph: Graph, steps: Sequence[Any], nests: Sequence[Any], layouts: Layouts) -> None:
    """Let nests compute what they read of others, where that is quick; nobody keeps it then.

    Args:
        graph: what is computed.
        steps: all that compute it.
        nests: those of the steps that are loops; these are changed.
        layouts: where variables lie.
    """
    repeats = Repeats(graph, steps, nests, layouts)
    for nest in nests:
        _fill(nest, repeats)
    while _forget_unread(graph, steps, nests, layouts):
        pass


def _forget_unread(graph: Graph, steps: Sequence[Any], nests: Sequence[Any], layouts: Layouts) -> bool:
    """Leave out what nobody reads any more; whether there was any, for then others may not be read either."""
    read = {atom for step in steps for e in step.equations for atom in e.operands} | set(graph.outputs)
    bases = {layouts.of(atom).base for atom in read if isinstance(atom, Variable)}
    found = False
    for nest in nests:
        kept = [e for e in nest.equations if e.out in bases or layouts.of(e.out).base is not e.out]
        found = found or len(kept) < len(nest.equations)
        nest.equations = kept
    return found


def _fill(nest: Any, repeats: Repeats) -> None:
    """Put the operations of what a nest reads of others before its own."""
    own = {e.out for e in nest.equations}
    names: dict[Variable, Variable] = {}
    before: list[Equation] = []
    for e in nest.equations:
        for atom in e.operands:
            if not isinstance(atom, Variable) or atom in own or atom in names:
                continue
            recipe = repeats.recipe(atom, nest)
            for each in recipe.steps if recipe is not None else ():
                if each.out in names:
                    continue
                names[each.out] = Variable(each.out.spec)
                before.append(_named(each, names))
    if before:
        nest.equations = [*before, *(_named(e, names) for e in nest.equations)]


def _named(e: Equation, names: dict[Variable, Variable]) -> Equation:
    operands = [names.get(a, a) if isinstance(a, Variable) else a for a in e.operands]
    outs = [names.get(v, v) for v in e.outs]
    return Equation(outs, e.primitive, operands, e.params)

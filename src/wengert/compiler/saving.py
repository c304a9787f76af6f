"""What a function keeps for backward: the fewest bytes, where computing something again is cheap.

    saved := what the derivative reads
           | what that was computed of by quick operations, which are done once more in the derivative

A normalised row is the row, its mean and its deviation: two numbers are kept and not the row.

Knows graphs. Must not know how they are run.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from wengert.compiler.passes.expanding import equations_of, standardised_by
from wengert.compiler.repeating import QUICK
from wengert.graph.ir import Variable

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from wengert.graph.ir import Atom, Equation

CHEAP = QUICK | {
    "absolute", "broadcast_to", "cast", "divide", "equal", "greater", "greater_equal", "less", "less_equal",
    "logical_and", "logical_not", "logical_or", "maximum", "minimum", "not_equal", "permute", "reciprocal",
    "reshape", "scatter_slice", "sign", "square", "where", "windows",
}  # fmt: skip
"""Rows that take no longer than to read what they give."""

LONGEST = 8
"""So many operations are done again for one value, at most."""


def once_more(e: Equation, out: Variable) -> tuple[Sequence[Atom], list[Equation]] | None:
    """What to do again for one result of an operation, and what that reads; None where that takes long."""
    if e.primitive.name in CHEAP:
        return e.operands, [e]
    if e.primitive.name == "standardise" and out is e.outs[0]:
        reads = [*e.operands, *e.outs[1:]]
        return reads, list(equations_of(standardised_by, reads, e.params, [out]))
    return None


class Again:
    """Which values are kept, and which operations are done again for the others.

    Attributes:
        saved: the values to keep.
        equations: what is to be done again, in order.
    """

    def __init__(
        self,
        read: Sequence[Variable],
        equations: Sequence[Equation],
        *,
        results: Collection[Variable],
        constants: Collection[Variable],
        free: Collection[Variable],
    ) -> None:
        """Choose.

        Args:
            read: the values that the derivative reads.
            equations: how they were computed.
            results: values that the caller gets, so that keeping them costs nothing.
            constants: values that are always there.
            free: inputs that may be kept although the derivative does not read them. Who keeps an input
                forbids to write it before backward, so these are the ones that PyTorch keeps.
        """
        self._made = {out: (at, e) for at, e in enumerate(equations) for out in e.outs}
        self._constants, self._free = set(constants), set(free)
        kept = dict.fromkeys(read)
        again: dict[int, list[Equation]] = {}
        for v in sorted(read, key=self._position, reverse=True):
            if v in results:
                continue
            del kept[v]
            needs, steps = self._cheapest(v, kept, LONGEST)
            kept.update(needs)
            again.update(steps)
        self.equations = [e for at in sorted(again) for e in again[at]]
        made = {out for e in self.equations for out in e.outs}  # for another value, too
        self.saved = [v for v in kept if v not in made]

    def _position(self, v: Variable) -> int:
        return self._made[v][0] if v in self._made else -1

    def _cheapest(
        self, v: Variable, kept: dict[Variable, None], most: int
    ) -> tuple[dict[Variable, None], dict[int, list[Equation]]]:
        """What must be kept besides for a value to be had, and what is done again."""
        if v in kept or v in self._constants:
            return {}, {}
        itself: tuple[dict[Variable, None], dict[int, list[Equation]]] = {v: None}, {}
        at, e = self._made.get(v, (0, None))
        found = None if e is None else once_more(e, v)
        if found is None:
            return itself
        reads, own = found
        needs: dict[Variable, None] = {}
        steps = {at: own}
        for operand in reads:
            if isinstance(operand, Variable):
                more, before = self._cheapest(operand, {**kept, **needs}, most - len(steps))
                needs.update(more)
                steps.update(before)
        return (needs, steps) if len(steps) <= most and self._bytes(needs) < self._bytes([v]) else itself

    def _bytes(self, variables: Collection[Variable]) -> int:
        return sum(prod(v.spec.shape) * v.spec.dtype.itemsize for v in variables if v not in self._free)

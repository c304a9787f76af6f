"""What is left over of a loop in vectors, as a vector of copies that the same code goes over.

Knows places and steps. Must not know what is computed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from llvmlite import ir

from wengert.compiler.elements import memory_type
from wengert.native.writing import Lanes, loop, number, places_on

if TYPE_CHECKING:
    from wengert.compiler.scalars import Scalar
    from wengert.graph.ir import Variable

MASKED = (4, 8)
"""Of elements of so many bytes a part of a vector is read and written at once."""


class Turns(NamedTuple):
    """What an innermost loop goes over.

    Attributes:
        at: where the first element of each variable lies.
        steps: how far it is to the next: a number that is known, or one of the code.
        values: what does not change meanwhile.
    """

    at: dict[Variable, Any]
    steps: dict[Variable, Any]
    values: dict[Variable, Scalar]

    def after(self, b: Any, i: Any) -> Turns:
        """The same from the i-th turn on."""
        return self._replace(at={v: places_on(b, place, self.steps[v], i) for v, place in self.at.items()})


class Copies:
    """Memory for as many elements of each variable as there are lanes, of ones at first.

    Args:
        entry: writes what is done once in the function.
        builder: writes where the function has come to.
        turns: what is gone over.
        rest: the same where what is left over begins.
        left, lanes: how many elements that are, and how many a vector has.
    """

    def __init__(self, entry: Any, builder: Any, turns: Turns, rest: Turns, left: Any, lanes: int) -> None:
        self._entry, self._b, self._turns, self._rest = entry, builder, turns, rest
        self._left, self._lanes = left, lanes
        self._places = {v: self._memory(v, step) for v, step in turns.steps.items() if step != 0}

    def _memory(self, v: Variable, step: Any) -> tuple[Any, int]:
        """Where the copy of the first element lies, and how far it is to the next."""
        kind = ir.VectorType(memory_type(v), self._lanes)
        memory = self._entry.alloca(kind)
        self._entry.store(ir.Constant(kind, 1), memory)
        place = self._b.bitcast(memory, kind.element.as_pointer())
        return (self._b.gep(place, [number(self._lanes - 1)]), -1) if step == -1 else (place, 1)

    def instead(self, condition: Any) -> Turns:
        """What the code goes over: the copies where a condition holds."""
        b, (at, steps, values) = self._b, self._turns
        there = {v: b.select(condition, self._places[v][0], p) if v in self._places else p for v, p in at.items()}
        paces = {v: s if isinstance(s, int) else b.select(condition, number(1), s) for v, s in steps.items()}
        return Turns(there, paces, values)

    def fill(self, which: list[Variable]) -> None:
        """Copy what is left over of some variables."""
        self._move(which, lambda there, here: (there, here))

    def give_back(self, which: list[Variable]) -> None:
        """Copy what the copies have become to where it belongs."""
        self._move(which, lambda there, here: (here, there))

    def _move(self, which: list[Variable], direction: Any) -> None:
        b, (rest, steps, _) = self._b, self._rest
        apart = []
        for v in which:
            lanes = Lanes(b.module, memory_type(v), self._lanes)
            if v not in self._places:
                continue
            if steps[v] != 1 or lanes.bytes not in MASKED:
                apart.append(v)
                continue
            source, target = direction(rest[v], self._places[v][0])
            mask = lanes.below(b, self._left)
            inside = source is rest[v]
            value = lanes.load(b, source, mask if inside else None)
            lanes.store(b, value, target, None if inside else mask)
        if apart:
            with loop(b, number(0), self._left) as each:
                for v in apart:
                    here = places_on(b, *self._places[v], each.i)
                    source, target = direction(places_on(b, rest[v], steps[v], each.i), here)
                    b.store(b.load(source), target)

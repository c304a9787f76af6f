"""What reductions add up to: sums in vector lanes, and totals in memory where several loops add to them.

Knows reductions, and where results lie. Must not know loops over elements.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from llvmlite import ir

from wengert.compiler.elements import joined, memory_type, start_of, total_type
from wengert.native.writing import SMALL, in_lanes, loop, number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wengert.compiler.levels import NestLoops
    from wengert.graph.ir import Equation, Variable


class Totals:
    """The totals of the reductions of one nest.

    Args:
        code: that of the nest.
        entry: writes what is done once in the function.
        builder: writes where the function has come to.

    Attributes:
        in_memory: whether several turns of the loops around the innermost add to the same.
    """

    def __init__(self, code: NestLoops, entry: Any, builder: Any) -> None:
        self._b, self._reductions = builder, code.reductions
        self._width, self._stages = code.width, code.stages if code.width > 1 else (1,)
        kinds = [level.kind for level in code.levels]
        self.in_memory = kinds[-1] == "inner" or kinds[-2:] == ["reduced"] * 2
        size = -(-code.width // self._stages[0]) * self._stages[0]
        self._places = {
            e.out: entry.alloca(total_type(e), size=number(size)) for e in (self._reductions if self.in_memory else ())
        }
        self._size = size

    def starts(self, lanes: int) -> list[Any]:
        """What sums in so many lanes start from."""
        return [start_of(e, vectors_of(memory_type(e.out), lanes)) for e in self._reductions]

    def long_starts(self) -> list[Any]:
        """What totals start from."""
        return [start_of(e, total_type(e)) for e in self._reductions]

    def begin(self) -> None:
        """Start what is kept in memory."""
        lanes = self._stages[0]
        with self._over(0, self._size, lanes) as i:
            for e, place in zip(self._reductions, self._places.values(), strict=True):
                self._put(start_of(e, vectors_of(total_type(e), lanes)), place, i)

    def end(self, at: dict[Variable, Any]) -> None:
        """Store what was kept in memory where results lie."""
        lo = 0
        for lanes in self._stages:
            hi = self._width - (self._width - lo) % lanes
            with self._over(lo, hi, lanes) as i:
                for e in (e for e in self._reductions if e.out in at):
                    self._store(self._got(e, i, lanes), e, at[e.out], i, lanes)
            lo = hi

    @contextmanager
    def _over(self, lo: int, hi: int, lanes: int) -> Iterator[Any]:
        """A loop whose turns are known; one turn is no loop."""
        if hi == lo + lanes:
            yield number(lo)
        else:
            with loop(self._b, number(lo), number(hi), number(lanes)) as turn:
                yield turn.i

    def add(self, i: Any, values: list[Any], lanes: int) -> None:
        """Add values, or vectors of them, to the totals in memory from the i-th on."""
        for e, value in zip(self._reductions, values, strict=True):
            self._put(self._joined(e, self._got(e, i, lanes), value), self._places[e.out], i)

    def put_down(self, at: dict[Variable, Any], totals: list[Any]) -> None:
        """Store what the innermost loop added up, or add it to what is kept in memory."""
        if self.in_memory:
            self.add(number(0), totals, 1)
            return
        for e, value in zip(self._reductions, totals, strict=True):
            if e.out in at:
                self._store(value, e, at[e.out], number(0), 1)

    def joined(self, totals: Any, values: Any) -> list[Any]:
        """Totals and what joins them, which may have fewer digits."""
        return [self._joined(*each) for each in zip(self._reductions, totals, values, strict=True)]

    def narrowed(self, sums: Any, lanes: int, wanted: int) -> list[Any]:
        """Sums in fewer lanes: halves are joined, or all of them one after the other."""
        return [self._across(e, each, lanes, wanted) for e, each in zip(self._reductions, sums, strict=True)]

    # ------------------------------------------------------------------------ one of them

    def _got(self, e: Equation, i: Any, lanes: int) -> Any:
        place = self._b.gep(self._places[e.out], [i])
        return self._b.load(self._b.bitcast(place, vectors_of(total_type(e), lanes).as_pointer()), align=4)

    def _put(self, value: Any, place: Any, i: Any) -> None:
        self._b.store(value, self._b.bitcast(self._b.gep(place, [i]), value.type.as_pointer()), align=4)

    def _store(self, value: Any, e: Equation, place: Any, i: Any, lanes: int) -> None:
        """Put a total where the result lies, with its digits."""
        own = vectors_of(memory_type(e.out), lanes)
        self._put(self._b.fptrunc(value, own) if value.type != own else value, place, i)

    def _joined(self, e: Equation, total: Any, value: Any) -> Any:
        b = self._b
        return joined(b, e, total, b.fpext(value, total.type) if value.type != total.type else value)

    def _across(self, e: Equation, value: Any, lanes: int, wanted: int) -> Any:
        b = self._b
        if lanes == wanted:
            return value
        if lanes % 2 or lanes == 2:
            found, *others = (b.extract_element(value, ir.Constant(SMALL, i)) for i in range(lanes))
            for other in others:
                found = joined(b, e, found, other)
            return found
        half = lanes // 2
        places = [ir.Constant(ir.VectorType(SMALL, half), [ir.Constant(SMALL, i) for i in range(begin, begin + half)])
                  for begin in (0, half)]  # fmt: skip
        low, high = (b.shuffle_vector(value, value, each) for each in places)
        return self._across(e, joined(b, e, low, high), half, wanted)


def vectors_of(kind: Any, lanes: int) -> Any:
    """The type of so many numbers; one is no vector."""
    return in_lanes(kind, None if lanes == 1 else lanes)

"""From a nest to a kernel.

    for turns of the outer loops:            what does not change inside is computed here, for one element
        for as many elements as lanes:       the innermost loop; what is left over is done from copies of
            compute, store or add up         it, which fill a vector, by the same code

Vectors are written as such, so that nobody has to find them. Sums are taken in blocks, each started from zero, and the
blocks of float32 are added in double, so that rounding errors do not grow with the number of elements. No fast-math
flag: NaN and inf stay what they are; only the additions of a sum may be reordered.

Knows LLVM's assembly. Must not know where memory comes from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llvmlite import ir

from wengert.compiler.copies import Copies, Turns
from wengert.compiler.elements import compute, key_of, load, loaded, memory_type, read, store, stored
from wengert.compiler.loops import REDUCTIONS
from wengert.compiler.scalars import Scalar, Scalars
from wengert.compiler.totals import Totals
from wengert.graph.ir import Variable
from wengert.native.kernels import KERNEL, address, given
from wengert.native.writing import INDEX, Lanes, loop, number, places_on, smaller

if TYPE_CHECKING:
    from wengert.compiler.levels import Level, NestLoops
    from wengert.graph.ir import Equation

BLOCK = 1024
"""So many elements are added up from zero."""

Places = dict[Variable, Any]
"""Where the next element of each variable lies."""

Values = dict[Variable, Scalar]


class NestWriter:
    """Writes the kernel of one nest."""

    def __init__(self, code: NestLoops, module: Any, name: str) -> None:
        self._code, self._module, self._nest = code, module, code.nest
        function = ir.Function(module, KERNEL, name)
        self._entry = ir.IRBuilder(function.append_basic_block("entry"))  # all that is kept in memory is made here
        self._start = function.append_basic_block("start")
        self._b = ir.IRBuilder(self._start)
        self._table, self._what, self._lo, self._hi = function.args
        self._sort_by_depth()

    def _sort_by_depth(self) -> None:
        """Before which loop each input is known and each equation can be computed; the innermost's body is the last."""
        levels, last = self._code.levels, len(self._code.levels)
        depths = {
            v: max((d + 1 for d, level in enumerate(levels) if level.steps[v]), default=0) for v in self._nest.inputs
        }
        self._inputs: list[list[Variable]] = [[] for _ in range(last + 1)]
        for v, depth in depths.items():
            self._inputs[depth].append(v)
        self._equations: list[list[Equation]] = [[] for _ in range(last + 1)]
        for e in self._nest.equations:
            operands = [key_of(a, depths, self._code.layouts) for a in e.operands if isinstance(a, Variable)]
            depth = max((depths[v] for v in operands), default=0)
            depths[e.out] = last if e.primitive.name in REDUCTIONS else depth
            self._equations[depths[e.out]].append(e)

    def write(self) -> None:
        """Write all of it."""
        b, code = self._b, self._code
        places = {
            v: b.inttoptr(address(b, self._table, self._what, i), memory_type(v).as_pointer())
            for i, v in enumerate(code.arguments)
        }
        start = 2 * len(code.arguments)
        self._given = {key: given(b, self._what, start + i) for i, (key, _) in enumerate(code.given())}
        self._totals = Totals(code, self._entry, b)
        self._loop(0, places, {}, self._lo, self._hi)
        b.ret_void()
        self._entry.position_at_end(self._entry.block)
        self._entry.branch(self._start)

    # ------------------------------------------------------------------------ loops

    def _loop(self, depth: int, at: Places, values: Values, lo: Any = None, hi: Any = None) -> None:
        """The loops from a depth on; `at` are the places that the loops around have come to."""
        levels = self._code.levels
        level, scalars = levels[depth], Scalars(self._b, self._module)
        values = values | {v: load(scalars, v, at[v]) for v in self._inputs[depth]}
        compute(self._equations[depth], self._code.layouts, scalars, values)
        first_reduced = level.kind == "reduced" and (depth == 0 or levels[depth - 1].kind != "reduced")
        in_memory = first_reduced and self._totals.in_memory
        if in_memory:
            self._totals.begin()
        if depth == len(levels) - 1:
            self._innermost(at, values, lo, hi)
        else:
            lo, hi = (number(0), self._turns(depth)) if lo is None else (lo, hi)
            with loop(self._b, lo, hi) as turn:
                self._loop(depth + 1, self._moved(at, depth, turn.i), values)
        if in_memory:
            self._totals.end(at)

    def _turns(self, depth: int) -> Any:
        level = self._code.levels[depth]
        return number(level.size) if level.is_short else self._given[depth, None]

    def _step(self, depth: int, v: Variable) -> Any:
        """How far a variable moves with a turn of a loop: a number that is known, or one of the code."""
        known = self._code.levels[depth].known(v)
        return self._given[depth, v] if known is None else known

    def _moved(self, at: Places, depth: int, i: Any) -> Places:
        """The places after i turns of a loop."""
        return {v: places_on(self._b, p, self._step(depth, v), i) for v, p in at.items()}

    @property
    def _level(self) -> Level:
        """The innermost loop."""
        return self._code.levels[-1]

    def _innermost(self, at: Places, values: Values, lo: Any, hi: Any) -> None:
        b, depth = self._b, len(self._code.levels) - 1
        turns = Turns(at, {v: self._step(depth, v) for v in at}, values)
        if self._code.size is not None:
            self._known(turns, self._code.size)
            return
        if lo is None:
            lo, hi = number(0), self._turns(depth)
        if self._level.kind != "reduced":
            self._some(turns, lo, hi, None)
            return
        with loop(b, lo, hi, number(BLOCK), carried=self._totals.long_starts()) as block:
            stop = smaller(b, b.add(block.i, number(BLOCK)), hi)
            found = self._some(turns, block.i, stop, self._totals.starts(self._code.stages[0]))
            block.following = self._totals.joined(block.carried, found)
        self._totals.put_down(at, block.carried)

    def _known(self, turns: Turns, size: int) -> None:
        """As many turns as are written into the code: whole vectors, and what is left as one that is shorter."""
        lo = 0
        for lanes in self._code.stages:
            hi = size - (size - lo) % lanes
            sums = self._totals.starts(lanes) if self._level.kind == "reduced" else None
            sums = self._go(turns, number(lo), None if hi == lo + lanes else number(hi), lanes, sums)
            if sums is not None:
                self._totals.put_down(turns.at, self._totals.narrowed(sums, lanes, 1))
            lo = hi

    def _some(self, turns: Turns, lo: Any, hi: Any, sums: Any) -> Any:
        """Turns whose number is known when it runs, by vectors that become shorter; what they add up joins the sums."""
        b, stages = self._b, self._code.stages
        for lanes, following in zip(stages, (*stages[1:], 0), strict=True):
            left = b.urem(b.sub(hi, lo), number(lanes))
            stop = b.sub(hi, left)
            if following or lanes == 1:
                sums = self._go(turns, lo, stop, lanes, sums)
            else:
                sums = self._rounds(turns, lo, stop, left, sums)
            sums = sums and self._totals.narrowed(sums, lanes, following or 1)
            lo = stop
        return sums

    def _rounds(self, turns: Turns, lo: Any, stop: Any, left: Any, sums: Any) -> Any:
        """A first round over whole vectors, a second over one of copies of what is left.

        Both are the same code, which is why the second goes over memory that lies as the first's does.
        """
        b, lanes = self._b, self._code.stages[-1]
        copies = Copies(self._entry, b, turns, turns.after(b, stop), left, lanes)
        first = b.zext(b.icmp_signed("==", lo, stop), INDEX)
        last = b.add(number(1), b.zext(b.icmp_signed("!=", left, number(0)), INDEX))
        with loop(b, first, last, carried=sums or ()) as turn:
            over = b.icmp_signed("==", turn.i, number(1))
            with b.if_then(over, likely=False):
                copies.fill(self._inputs[-1])
            begin, end = b.select(over, number(0), lo), b.select(over, number(lanes), stop)
            found = self._go(copies.instead(over), begin, end, lanes, turn.carried if sums else None)
            with b.if_then(over, likely=False):
                copies.give_back(self._stored)
            if sums:
                inside = b.select(over, left, number(lanes))
                turn.following = [
                    b.select(Lanes(self._module, new.type.element, lanes).below(b, inside), new, old)
                    for new, old in zip(found, turn.carried, strict=True)
                ]
        return turn.carried if sums else None

    @property
    def _stored(self) -> list[Variable]:
        """What is stored element by element."""
        return [v for v in self._nest.outputs if v not in self._nest.reductions]

    def _go(self, turns: Turns, lo: Any, hi: Any, lanes: int, sums: Any) -> Any:
        """The turns lo to hi, so many at once, or one vector where no end is given; what is added up joins the sums."""
        b, scalars = self._b, Scalars(self._b, self._module, lanes if lanes > 1 else None)

        def body(i: Any, sums: Any) -> Any:
            found = [each.value for each in self._body(turns.after(b, i), scalars)]
            if self._level.kind == "inner":
                self._totals.add(i, found, lanes)
            return sums and self._totals.joined(sums, found)

        if hi is None:
            return body(lo, sums)
        with loop(b, lo, hi, number(lanes), carried=sums or ()) as turn:
            turn.following = body(turn.i, turn.carried)
        return sums and turn.carried

    # ------------------------------------------------------------------------ elements

    def _body(self, turns: Turns, scalars: Scalars) -> list[Scalar]:
        """The instructions for one vector, or for one element; returns what is to be reduced."""
        at, steps, values = turns
        values = values | {v: self._load(scalars, v, at[v], steps[v]) for v in self._inputs[-1]}
        compute(self._equations[-1], self._code.layouts, scalars, values)
        for v in self._stored:
            self._store(read(v, values, self._code.layouts, scalars), v, at[v], steps[v])
        return [values[e.out] for e in self._code.reductions]

    def _load(self, scalars: Scalars, v: Variable, place: Any, step: Any) -> Scalar:
        if scalars.lanes is None:
            return load(scalars, v, place)
        lanes = Lanes(self._module, memory_type(v), scalars.lanes)
        if not isinstance(step, int):
            found = lanes.collected(self._b, place, step)
        elif step == 1:
            found = lanes.load(self._b, place)
        else:
            found = lanes.backwards(self._b, lanes.load(self._b, self._first_of(lanes, place)))
        return loaded(scalars, v, found)

    def _store(self, scalar: Scalar, v: Variable, place: Any, step: Any) -> None:
        if scalar.scalars.lanes is None:
            store(scalar, v, place)
            return
        lanes, value = Lanes(self._module, memory_type(v), scalar.scalars.lanes), stored(scalar, v)
        if not isinstance(step, int):
            lanes.scatter(self._b, value, place, step)
        elif step == 1:
            lanes.store(self._b, value, place)
        else:
            lanes.store(self._b, lanes.backwards(self._b, value), self._first_of(lanes, place))

    def _first_of(self, lanes: Lanes, place: Any) -> Any:
        """Where a vector begins in memory whose elements are gone through backwards."""
        return self._b.gep(place, [number(1 - lanes.count)])

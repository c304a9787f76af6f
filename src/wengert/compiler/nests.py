"""From a nest to a kernel.

    void kernel(int64 *table, int64 *given, int64 lo, int64 hi)

does the turns lo to hi of the outermost loop, on the memory that `given` names by places of the table. What is written
into the code is what nests have in common that differ in sizes only: see `NestCode.key`. Sums are taken in blocks, each
started from zero, and the blocks of float32 are added in double, so that rounding errors do not grow with the number of
elements. No fast-math flag: NaN and inf stay what they are; only the additions of a sum may be reordered, to use vector
lanes.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from llvmlite import ir

from wengert.compiler.kernels import write_entry
from wengert.compiler.loops import REDUCTIONS, WIDEST
from wengert.compiler.scalars import Scalar, Scalars, llvm_type
from wengert.graph.ir import Literal, Variable
from wengert.native.machine import machine
from wengert.native.writing import INDEX, SMALL, loop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wengert.compiler.layouts import Layouts
    from wengert.compiler.loops import Nest
    from wengert.graph.ir import Atom, Equation
    from wengert.native.writing import Turn

DOUBLE = ir.DoubleType()
BLOCK = 1024
KNOWN = (0, 1, -1)
"""Steps that are written into the code, for LLVM to use vectors; others are given to it at each call."""

SHORT = 16
"""Loops of so many turns are written with their number, so that LLVM can unroll them."""

LONG = 110
"""Of an element with so many instructions the processor does not see the next one while it waits for this: two vectors
are done at once, in 10 to 25 % less time. For shorter ones LLVM decides."""

MEASURED = 32
"""The bytes of the vectors for which that was measured; for others LLVM decides."""

REORDER = ("reassoc",)


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

    def outermost_is_kept(self) -> bool:
        """Whether the turns of the outermost loop write to different places."""
        return bool(self.outer) or not self.reduced


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


class NestCode:
    """The code of one nest: what makes it different from others, the numbers it is given, and how it is written.

    Args:
        nest, layouts: what is computed, and where its variables lie.
        onto: the results that are written onto an input, and that input.

    Attributes:
        arguments: the variables whose memory it reads or writes.
        levels: its loops from the outermost in.
    """

    def __init__(self, nest: Nest, layouts: Layouts, onto: dict[Variable, Variable] | None = None) -> None:
        self.nest, self.layouts = nest, layouts
        self._onto = {w: v for v, w in (onto or {}).items() if v in nest.outputs and w in nest.inputs}
        self.loops = Loops(nest)
        self.arguments: list[Variable] = [*nest.inputs, *nest.outputs]
        self.strides = {v: self._strides(v) for v in self.arguments}
        self.levels = self._split(self._merge())
        self.reductions = [e for e in nest.equations if e.primitive.name in REDUCTIONS]

    def __str__(self) -> str:
        names = "+".join(e.primitive.name for e in self.nest.equations)
        return f"{names} {list(self.nest.shape)}"

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
                tuple(each.steps[v] if each.steps[v] in KNOWN else None for v in self.arguments),
            )
            for depth, each in enumerate(self.levels)
        )
        stored = tuple(known[v] for v in nest.outputs)
        loaded = tuple(v.spec.dtype.char for v in nest.inputs)
        same = tuple((known[w], known[v]) for w, v in self._onto.items())
        return (tuple(equations), levels, stored, loaded, self.width, same)

    def _reference(self, atom: Atom, known: dict[Variable, int]) -> Any:
        if isinstance(atom, Literal):
            return type(atom.value).__name__, repr(atom.value)
        return known[atom] if atom in known else known[self.layouts.of(atom).base]

    @property
    def width(self) -> int:
        """How many sums are made at once."""
        return 1 if self.loops.inner is None else self.nest.shape[self.loops.inner]

    def numbers(self) -> list[int]:
        """What the code is given besides places: turns and steps that are not written into it."""
        return [number for _, number in self._numbers()]

    def _numbers(self) -> Iterator[tuple[Any, int]]:
        for depth, level in enumerate(self.levels):
            if depth and not level.is_short:
                yield (depth, None), level.size
            for v in self.arguments:
                if level.steps[v] not in KNOWN:
                    yield (depth, v), level.steps[v]

    # ------------------------------------------------------------------------ the function

    def write(self, module: Any, name: str) -> None:
        """Write the function, as a kernel of that name."""
        self.module = module
        pointers = [memory_type(v).as_pointer() for v in self.arguments]
        given = [key for key, _ in self._numbers()]
        kinds = [INDEX, INDEX, *pointers, *[INDEX] * len(given)]
        near = not self._onto  # what was written over cannot be done again
        loops = self._write_loops(f"{name}_loops", kinds, given, near=near)
        far = self._write_loops(f"{name}_far", kinds, given, near=False) if self.scalars.may_be_far else None
        write_entry(module, name, loops, pointers, len(given), otherwise=far)

    def _write_loops(self, name: str, kinds: list[Any], given: list[Any], *, near: bool = True) -> Any:
        """The loops as a function: its result says whether they have to be done again, with the functions of the C
        library where others are only written out for what is near zero.
        """
        self.function = ir.Function(self.module, ir.FunctionType(SMALL, kinds), name)
        self.function.linkage = "internal"
        pointers = kinds[2 : 2 + len(self.arguments)]
        places = self.function.args[2 : 2 + len(pointers)]
        for v, pointer in zip(self.arguments, places, strict=True):
            if v in self.nest.outputs:
                pointer.add_attribute("noalias")
        self.pointers = dict(zip(self.arguments, places, strict=True))
        self.pointers |= {w: self.pointers[v] for w, v in self._onto.items()}  # where LLVM can see that it is the same
        self.given = dict(zip(given, self.function.args[2 + len(pointers) :], strict=True))
        self.builder = ir.IRBuilder(self.function.append_basic_block("entry"))
        far = self.builder.alloca(SMALL)
        self.builder.store(ir.Constant(SMALL, 0), far)
        self.scalars = Scalars(self.builder, self.module, far if near else None)
        self._body()
        self.builder.ret(self.builder.load(far))
        return self.function

    def _body(self) -> None:
        b = self.builder
        self.fixed = {v: load(self.scalars, v, self.pointers[v]) for v in self.nest.inputs if not any(self.strides[v])}
        size = ir.Constant(INDEX, self.width)
        self.totals = {e.out: b.alloca(total_type(e.out), size=size) for e in self.reductions}
        lo, hi = self.function.args[:2]
        self._loop(0, dict(self.pointers), lo, hi)

    def _loop(self, depth: int, at: dict[Variable, Any], lo: Any = None, hi: Any = None) -> None:
        """The loops from a depth on; `at` are the places that the loops around have come to."""
        kind = self.levels[depth].kind
        first_reduced = kind == "reduced" and (depth == 0 or self.levels[depth - 1].kind != "reduced")
        if first_reduced:
            self._begin_reduction()
        self._turns(depth, at, lo, hi)
        if first_reduced:
            self._end_reduction(at)

    def _turns(self, depth: int, at: dict[Variable, Any], lo: Any, hi: Any) -> None:
        level = self.levels[depth]
        lo = index(0) if lo is None else lo
        if hi is None:
            hi = index(level.size) if level.is_short else self.given[depth, None]
        last = depth == len(self.levels) - 1
        if last and level.kind == "reduced":
            self._add_up(at, depth, lo, hi)
            return
        with loop(self.builder, lo, hi) as turn:
            here = self._moved(at, depth, turn.i)
            if not last:
                self._loop(depth + 1, here)
            elif level.kind == "inner":
                self._add_to_row(here, turn)
            else:
                self.element(here, turn)

    def _moved(self, at: dict[Variable, Any], depth: int, i: Any) -> dict[Variable, Any]:
        """The places after i turns of a loop."""
        b, steps = self.builder, self.levels[depth].steps
        return {v: p if not steps[v] else b.gep(p, [self._distance(depth, v, i)]) for v, p in at.items()}

    def _distance(self, depth: int, v: Variable, i: Any) -> Any:
        """How far a variable has moved after i turns of a loop, which is not 0."""
        step = self.levels[depth].steps[v]
        if step not in KNOWN:
            return self.builder.mul(i, self.given[depth, v])
        return i if step == 1 else self.builder.neg(i)

    # ------------------------------------------------------------------------ reductions

    def _begin_reduction(self) -> None:
        with loop(self.builder, index(0), index(self.width)) as turn:
            for e in self.reductions:
                self.builder.store(start_of(e, total_type(e.out)), self.builder.gep(self.totals[e.out], [turn.i]))

    def _end_reduction(self, at: dict[Variable, Any]) -> None:
        """Store what was reduced."""
        b = self.builder
        with loop(self.builder, index(0), index(self.width)) as turn:
            for e in self.reductions:
                if e.out not in self.pointers:
                    continue
                value = b.load(b.gep(self.totals[e.out], [turn.i]))
                own = memory_type(e.out)
                value = b.fptrunc(value, own) if value.type != own else value
                b.store(value, b.gep(at[e.out], [turn.i]))

    def _add_up(self, at: dict[Variable, Any], depth: int, lo: Any, hi: Any) -> None:
        """The innermost loop where it is reduced: in blocks, each from its start."""
        b = self.builder
        with loop(b, lo, hi, index(BLOCK)) as block:
            left = b.sub(hi, block.i)
            stop = b.add(block.i, b.select(b.icmp_signed("<", left, index(BLOCK)), left, index(BLOCK)))
            starts = [start_of(e, memory_type(e.out)) for e in self.reductions]
            with loop(b, block.i, stop, carried=starts) as turn:
                found = self.element(self._moved(at, depth, turn.i), turn)
                turn.following = [
                    joined(b, e, partial, found[e.out])
                    for e, partial in zip(self.reductions, turn.carried, strict=True)
                ]
            for e, partial in zip(self.reductions, turn.carried, strict=True):
                self._add(e, self.totals[e.out], partial)

    def _add_to_row(self, at: dict[Variable, Any], turn: Turn) -> None:
        found = self.element(at, turn)
        for e in self.reductions:
            self._add(e, self.builder.gep(self.totals[e.out], [turn.i]), found[e.out])

    def _add(self, e: Equation, place: Any, value: Any) -> None:
        b = self.builder
        wide = total_type(e.out)
        value = b.fpext(value, wide) if value.type != wide else value
        b.store(joined(b, e, b.load(place), value), place)

    def element(self, at: dict[Variable, Any], turn: Turn) -> dict[Variable, Any]:
        """The instructions for one element, in a turn of the innermost loop; returns what is to be reduced."""
        before = self._written
        loaded = {v: load(self.scalars, v, at[v]) for v in self.nest.inputs if v not in self.fixed}

        def keep(scalar: Scalar, v: Variable) -> None:
            store(scalar, v, at[v])

        found = element(self.nest, self.layouts, self.scalars, self.fixed | loaded, keep)
        is_long = self._written - before >= LONG and not self.levels[-1].is_short
        if is_long and (registers := machine().registers) and registers.bytes == MEASURED:
            turn.at_once = 2
        return found

    @property
    def _written(self) -> int:
        """How many instructions the function has so far."""
        return sum(len(block.instructions) for block in self.function.blocks)


# ---------------------------------------------------------------------------- one element


def element(
    nest: Nest,
    layouts: Layouts,
    scalars: Scalars,
    values: dict[Variable, Scalar],
    keep: Callable[[Scalar, Variable], None],
) -> dict[Variable, Any]:
    """The instructions for one element of a nest; returns what is to be reduced.

    Args:
        nest: what is computed.
        layouts: where its variables lie.
        scalars: what writes the instructions.
        values: the elements of the inputs.
        keep: is told each result that is kept.
    """
    values, found = dict(values), {}
    outputs = set(nest.outputs)
    for e in nest.equations:
        operands = [read(atom, values, layouts) for atom in e.operands]
        if e.primitive.name in REDUCTIONS:
            found[e.out] = operands[0].value
            continue
        out = e.primitive.lower(scalars, *operands, *e.params)
        if not isinstance(out, Scalar):
            out = scalars.constant(out, e.out.spec.dtype)
        out = scalars.cast(out, e.out.spec.dtype)  # as where bools become integers
        values[e.out] = out
        if e.out in outputs:
            keep(out, e.out)
    return found


def read(atom: Atom, values: dict[Variable, Scalar], layouts: Layouts) -> Any:
    """The value of an operand: a number, or what was loaded or computed; a view at the same place is its base."""
    if isinstance(atom, Literal):
        return atom.value
    return values[atom] if atom in values else values[layouts.of(atom).base]


def load(scalars: Scalars, v: Variable, place: Any) -> Scalar:
    """An element of a variable, from a place in memory."""
    value = scalars.builder.load(place)
    if v.spec.dtype == np.bool_:
        value = scalars.builder.trunc(value, ir.IntType(1))
    return Scalar(scalars, value, v.spec.dtype)


def store(scalar: Scalar, v: Variable, place: Any) -> None:
    """Put an element of a variable to a place in memory."""
    b, value = scalar.scalars.builder, scalar.value
    b.store(b.zext(value, ir.IntType(8)) if v.spec.dtype == np.bool_ else value, place)


def joined(b: Any, e: Equation, x: Any, y: Any) -> Any:
    """Two partial results of a reduction as one."""
    if e.primitive.name == "reduce_sum":
        return b.fadd(x, y, flags=REORDER)
    name = "llvm.maximum" if e.primitive.name == "reduce_max" else "llvm.minimum"  # they keep NaN
    function = b.module.declare_intrinsic(name, [x.type], ir.FunctionType(x.type, [x.type] * 2))
    return b.call(function, [x, y])


def index(number: int) -> Any:
    """A number of places."""
    return ir.Constant(INDEX, number)


def memory_type(v: Variable) -> Any:
    """How an element lies in memory: a bool takes a byte."""
    return ir.IntType(8) if v.spec.dtype == np.bool_ else llvm_type(v.spec.dtype)


def total_type(v: Variable) -> Any:
    """What a reduction is kept in."""
    return DOUBLE if v.spec.dtype == np.float32 else llvm_type(v.spec.dtype)


def start_of(e: Equation, kind: Any) -> Any:
    """What a reduction starts from."""
    return ir.Constant(kind, {"reduce_sum": 0.0, "reduce_max": -np.inf, "reduce_min": np.inf}[e.primitive.name])

"""Blocks: loops over a few elements, one after another, as straight lines of code.

    for i in elements[2]:            b0 = sin(a[0])
        b = sin(a[i])                b1 = sin(a[1])
    for i in elements[2]:      as    c = 0 + b0 + b1
        c += b[i]

What one makes for another stays in registers; only what somebody else reads is stored. Such a block is worth its
compilation where it comes again and again, as in the steps of a loop in Python: so sequences are looked for that repeat
themselves.

Knows nests and where variables lie. Must not know how kernels are called.
"""

from __future__ import annotations

from collections import Counter
from itertools import chain, groupby, product
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
from llvmlite import ir

from wengert.compiler.elements import compute, joined, load, memory_type, start_of, store, total_type
from wengert.compiler.nests import NestCode
from wengert.compiler.scalars import Scalar, Scalars
from wengert.native.kernels import write_entry
from wengert.native.writing import INDEX, number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wengert.compiler.layouts import Layouts
    from wengert.graph.ir import Variable

FEW = 8
"""Loops over so many elements are written without loops."""

LONGEST, USUAL = 64, 12
"""A sequence that repeats itself has at most so many nests; shorter ones are put together up to the usual number."""

MOST_LINES = 200
"""Blocks are not longer, in elements computed: they would take long to compile, and vector lanes do more at once."""

OFTEN = 3
"""So often a block comes in a program that has it."""


def is_small(code: Any) -> bool:
    """Whether a nest has few elements."""
    return isinstance(code, NestCode) and code.nest.pieces == 1 and prod(code.nest.shape) <= FEW


def small_runs(codes: list[Any]) -> Iterator[tuple[int, int]]:
    """Where small nests follow one another, as (first, stop)."""
    at = 0
    for small, run in groupby(codes, is_small):
        stop = at + len(list(run))
        if small:
            yield at, stop
        at = stop


def repeated(codes: list[Any], first: int, stop: int) -> Iterator[tuple[int, int]]:
    """The blocks in a run of small nests: what is repeated, as (first, stop) for each time that it comes."""
    known: dict[Any, int] = {}
    numbers = np.array([known.setdefault(code.key(), len(known)) for code in codes[first:stop]])
    differs = {p: np.append(np.flatnonzero(numbers[:-p] != numbers[p:]), len(numbers) - p)
               for p in range(1, min(LONGEST, len(numbers) // OFTEN) + 1)}  # fmt: skip
    at = 0
    while at < len(numbers):
        best = times = 0
        for p, ends in differs.items():
            comes = (int(ends[np.searchsorted(ends, at)]) - at) // p + 1 if at <= ends[-1] else 0
            if comes >= OFTEN and comes * p > times * best + best:  # not a multiple that leaves less over
                best, times = p, comes
        if not times:
            at += 1
            continue
        together = max(1, min(USUAL // best, times // OFTEN))
        for _ in range(times // together):
            yield first + at, first + at + best * together
            at += best * together


class BlockCode:
    """The code of nests over a few elements each, see `NestCode`.

    Attributes:
        codes: the code of each nest.
        kept: whose memory is written: what somebody else reads, or writes as well.
        arguments: for each memory that is read or written, the first variable that lies there.
    """

    turns = 1

    def __init__(self, codes: list[NestCode], layouts: Layouts, shared: set[Variable]) -> None:
        self.codes, self._layouts = codes, layouts
        made = dict.fromkeys(layouts.of(v).base for code in codes for v in code.nest.outputs)
        self.kept = [v for v in made if v in shared]
        self._numbers: dict[Variable, int] = {}
        self._starts: dict[Variable, int] = {}
        self.arguments: list[Variable] = []
        for v in (v for code in codes for v in code.arguments):
            base, offset, _ = layouts.of(v)
            if base not in self._numbers:
                self._numbers[base], self._starts[base] = len(self._numbers), offset
                if base not in made or base in shared:
                    self.arguments.append(v)
        self._in_memory = {layouts.of(v).base for v in self.arguments}

    def __str__(self) -> str:
        return " ; ".join(map(str, self.codes))

    def numbers(self) -> list[int]:
        """It is given nothing but places."""
        return []

    def key(self) -> Any:
        """What code is the same for: what is computed, and how far its operands lie from one another."""
        memory = tuple(base in self._in_memory for base in self._numbers)
        return ("block", tuple(map(self._key_of, self.codes)), memory)

    def _key_of(self, code: NestCode) -> Any:
        return code.key(), code.nest.shape, code.nest.axes, tuple(map(self._place, code.arguments))

    def _place(self, v: Variable) -> Any:
        base, offset, strides = self._layouts.of(v)
        return self._numbers[base], offset - self._starts[base], strides, v.spec.shape

    # ------------------------------------------------------------------------ the function

    def write(self, module: Any, name: str) -> None:
        """Write the function, as a kernel of that name."""
        pointers = [memory_type(v).as_pointer() for v in self.arguments]
        function = ir.Function(module, ir.FunctionType(ir.VoidType(), [INDEX, INDEX, *pointers]), f"{name}_lines")
        function.linkage = "internal"
        self._builder = ir.IRBuilder(function.append_basic_block("entry"))
        self._scalars = Scalars(self._builder, module)
        bases = [self._layouts.of(v).base for v in self.arguments]
        self._pointers = dict(zip(bases, function.args[2:], strict=True))
        self._known: dict[tuple[Variable, int], Scalar] = {}
        for code in self.codes:
            self._write_nest(code)
        self._builder.ret_void()
        write_entry(module, name, function, pointers, 0)

    def _write_nest(self, code: NestCode) -> None:
        nest = code.nest
        totals: dict[tuple[Variable, int], Any] = {}
        for index in product(*map(range, nest.shape)):
            places = {v: self._at(v, code.strides[v], index) for v in code.arguments}
            values = {v: self._read(v, places[v]) for v in nest.inputs}
            compute(nest.equations, self._layouts, self._scalars, values)
            for v in nest.outputs:
                if v not in nest.reductions:
                    self._write(values[v], v, places[v])
            for e in code.reductions:
                if e.out not in places:
                    continue
                kind, at = total_type(e), (e.out, places[e.out][1])
                value = values[e.out].value
                value = self._builder.fpext(value, kind) if value.type != kind else value
                totals[at] = joined(self._builder, e, totals.get(at, start_of(e, kind)), value)
        for (v, offset), total in totals.items():
            kind = memory_type(v)
            value = self._builder.fptrunc(total, kind) if total.type != kind else total
            self._write(Scalar(self._scalars, value, v.spec.dtype), v, (self._layouts.of(v).base, offset))

    def _at(self, v: Variable, strides: tuple[int, ...], index: tuple[int, ...]) -> tuple[Variable, int]:
        """Which element of which memory a variable has at an index of its nest."""
        base, offset, _ = self._layouts.of(v)
        return base, offset - self._starts[base] + sum(i * step for i, step in zip(index, strides, strict=True))

    def _read(self, v: Variable, place: tuple[Variable, int]) -> Scalar:
        if place not in self._known:
            self._known[place] = load(self._scalars, v, self._pointer(place))
        return self._known[place]

    def _write(self, scalar: Scalar, v: Variable, place: tuple[Variable, int]) -> None:
        self._known[place] = scalar
        if place[0] in self._pointers:
            store(scalar, v, self._pointer(place))

    def _pointer(self, place: tuple[Variable, int]) -> Any:
        base, offset = place
        return self._builder.gep(self._pointers[base], [number(offset)])


def in_blocks(codes: list[Any], layouts: Layouts, lives: dict[Variable, tuple[int, int]]) -> list[Any]:
    """The codes of steps with sequences of small nests that repeat themselves as blocks.

    Args:
        codes: of nests and of anything else, which is left as it is.
        layouts: where variables lie.
        lives: which of the codes is the first to write to a memory and which the last to read it, for results more
            than there are.
    """
    blocks = {}
    for first, stop in chain.from_iterable(repeated(codes, *run) for run in small_runs(codes)):
        inside = codes[first:stop]
        if sum(prod(code.nest.shape) * len(code.nest.equations) for code in inside) > MOST_LINES:
            continue
        made = {layouts.of(v).base for code in inside for v in code.nest.outputs}
        shared = {v for v in made if lives[v][0] < first or lives[v][1] >= stop}
        blocks[first] = BlockCode(inside, layouts, shared)
    keys = {first: block.key() for first, block in blocks.items()}
    often = Counter(keys.values())
    found, at = [], 0
    while at < len(codes):
        block = blocks.get(at)
        if block is not None and often[keys[at]] >= OFTEN:
            found.append(block)
            at += len(block.codes)
        else:
            found.append(codes[at])
            at += 1
    return found

"""How a graph runs: where values are kept, and what is done in which order.

    plan   := slots (a place in the table for every memory), actions in order
    action := go through records (see `kernels`), groups of nests shared among threads | call a NumPy kernel

Knows steps, memory and kernels. Must not know LLVM.
"""

from __future__ import annotations

from contextlib import contextmanager
from itertools import chain
from math import prod
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from wengert.compiler.adding import added
from wengert.compiler.blocks import BlockCode, in_blocks
from wengert.compiler.epilogues import with_epilogues
from wengert.compiler.frames import Frame, maker, size_of
from wengert.compiler.groups import Group, grouped, memory_of, written
from wengert.compiler.loops import Nest, Product
from wengert.compiler.memory import Life, shared
from wengert.compiler.moves import FAULTING, CheckCode, MoveCode
from wengert.compiler.nests import NestCode
from wengert.compiler.onto import Onto
from wengert.compiler.products import ProductCode
from wengert.compiler.storing import stored
from wengert.compiler.timing import KernelTime
from wengert.compiler.updates import updated
from wengert.compiler.written import WrittenCode
from wengert.graph.ir import Literal, Variable
from wengert.native.blas import THREADS
from wengert.native.kernels import HEAD, LIBRARY, RUN_AND_TILES, run_and_tiles
from wengert.native.team import TEAM, share_and_help

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from wengert.compiler.layouts import Layouts
    from wengert.graph.ir import Atom, Equation, Graph


class CallCode:
    """One equation that runs its NumPy kernel."""

    def __init__(self, equation: Equation) -> None:
        self.equation = equation
        self.arguments: list[Variable] = [a for a in equation.operands if isinstance(a, Variable)]

    def __str__(self) -> str:
        return f"call {self.equation.primitive.name} {list(self.equation.out.spec.shape)}"


def code_of(step: Any, layouts: Layouts) -> Any:
    """How a step is done."""
    if isinstance(step, Nest):
        return NestCode(step, layouts)
    if isinstance(step, Product):
        product = ProductCode(step.equation, layouts)
        if product.possible:
            return product
    for kind in (MoveCode, CheckCode, WrittenCode):
        code = kind(step.equation, layouts)
        if code.possible:
            return code
    return CallCode(step.equation)


def kept(code: Any, layouts: Layouts) -> list[Variable]:
    """Whose memory the code of a step writes."""
    if isinstance(code, Group):
        return [v for each in code.codes for v in kept(each, layouts)]
    if isinstance(code, BlockCode):
        return code.kept
    if isinstance(code, NestCode):
        return written(code, layouts)
    return list(code.equation.outs) if isinstance(code, CallCode) else [layouts.of(code.arguments[-1]).base]


def read(code: Any, layouts: Layouts) -> list[Variable]:
    """Whose memory it reads."""
    if isinstance(code, Group):
        return [v for each in code.codes for v in read(each, layouts)]
    return [layouts.of(v).base for v in code.arguments]


class View(NamedTuple):
    """A result that lies in new memory and is not all of it: which memory, and how."""

    number: int
    shape: tuple[int, ...]
    dtype: Any
    offset: int
    strides: tuple[int, ...]

    def of(self, made: list[Any]) -> Any:
        """The array."""
        return np.ndarray(self.shape, self.dtype, made[self.number], self.offset, self.strides)


class Plan:
    """What is done with the memory of one call.

    Args:
        graph: what is computed.
        steps: those that compute it.
        layouts: where variables lie.
        onto: the results that may be written onto an input, and that input; nobody else may look at its old values.

    Attributes:
        source: the assembly of all its kernels.
        work: its actions, as (name, code, function of a frame).
        last_work: those that write onto inputs, which come after all others.
    """

    def __init__(
        self, graph: Graph, steps: list[Any], layouts: Layouts, onto: dict[Variable, Variable] | None = None,
        asked: Iterable[Variable] = (),
    ) -> None:  # fmt: skip
        self._graph, self._layouts = graph, layouts
        found = Onto(graph, steps, layouts, onto or {}, asked)
        self._onto = found.inputs
        self._returned = {layouts.of(atom).base for atom in graph.outputs if isinstance(atom, Variable)}
        before, after = ([code_of(step, layouts) for step in steps] for steps in (found.before, found.after))
        later = {v for code in after for v in code.arguments}
        before = added(before, layouts, {*graph.inputs, *graph.constants, *self._returned, *later})
        looked_at = {*self._returned, *(layouts.of(v).base for v in asked)}
        before, after = updated(before, after, layouts, self._onto, looked_at)
        before = stored(before, {*graph.inputs, *graph.constants}, layouts)
        before = with_epilogues(before, layouts)
        codes, last = grouped(before, layouts), grouped(after, layouts)
        codes = [*in_blocks(codes, layouts, self._lives([*codes, *last])), *last]
        self._place(codes)
        flat = [each for code in codes for each in (code.codes if isinstance(code, Group) else [code])]
        native = [code for code in flat if not isinstance(code, CallCode)]
        kernels = LIBRARY.kernels([*((code.key(), code.write) for code in native), *RUN_AND_TILES])[: len(native)]
        self._kernels = dict(zip(map(id, native), kernels, strict=True))
        self.source = "\n".join(dict.fromkeys(kernel.source for kernel in kernels))
        self._moves = any(isinstance(code, FAULTING) for code in flat)
        self._worth_help = sum(code.work for code in codes if isinstance(code, Group)) >= WORTH_HELP
        self.work = list(self._actions(codes[: len(codes) - len(last)]))
        self.last_work = list(self._actions(last))
        self._multiplies = any(isinstance(code, ProductCode) and code.by_blas for code in flat)
        self._acts = [act for _, _, act in self.work]
        self._last_acts = [act for _, _, act in self.last_work]
        at_once = last and self._order is not None and not self._moves
        self._all_acts = [act for _, _, act in self._actions(codes)] if at_once else []
        self._frames: list[Frame] = []

    def _lives(self, codes: list[Any]) -> dict[Variable, tuple[int, int]]:
        """For what codes make: which is the first to write it, which the last to write or read; results live on."""
        made: dict[Variable, int] = {}
        last: dict[Variable, int] = {}
        for time, code in enumerate(codes):
            for v in kept(code, self._layouts):
                made.setdefault(v, time)
                last[v] = time
            last.update(dict.fromkeys(read(code, self._layouts), time))
        last |= dict.fromkeys(self._returned, len(codes))
        return {v: (time, last[v]) for v, time in made.items()}

    def _lives_by_step(self, codes: list[Any], made: dict[Variable, tuple[int, int]]) -> dict[Variable, Life]:
        """The same in steps, of which a group has several: what lives in one group need not live as long as that."""
        begins: list[int] = []
        steps: list[Any] = []
        for code in codes:
            begins.append(len(steps))
            steps += code.codes if isinstance(code, Group) else [code]
        begins += [len(steps), len(steps) + 1]  # and for what is returned
        inside = self._lives(steps)
        found = {}
        for v, (first, last) in made.items():
            alone = first == last and begins[first + 1] - begins[first] > 1
            life = inside[v] if alone else (begins[first], begins[last + 1] - 1)
            found[v] = Life(*life, size_of(v), first if alone else None)
        return found

    def _place(self, codes: list[Any]) -> None:
        """Give every memory a slot: inputs, constants, results and what is called one each; the rest shares."""
        layouts, graph = self._layouts, self._graph
        given = {*graph.inputs, *graph.constants}
        self._called = [v for code in codes if isinstance(code, CallCode) for v in kept(code, layouts)]
        made = {v: life for v, life in self._lives(codes).items() if v not in self._onto}
        apart = given | self._returned | set(self._called)
        lives = {v: life for v, life in self._lives_by_step(codes, made).items() if v not in apart}
        numbers, self._buffers = shared(lives)
        self.slots = {
            v: i
            for i, v in enumerate(dict.fromkeys([*graph.inputs, *graph.constants, *made, *self._called]))
            if v not in lives
        }
        self.slots = {v: i for i, v in enumerate(self.slots)}
        self._first_buffer = len(self.slots)
        self.slots |= {v: self._first_buffer + number for v, number in numbers.items()}
        self.slots |= {v: self.slots[w] for v, w in self._onto.items()}
        self._fault = self._first_buffer + len(self._buffers)
        self._team = self._fault + 1
        self._temporary = list(lives)
        self._fresh = [v for v in made if v in self._returned and v not in given and v not in set(self._called)]
        self._input_slots = [self.slots[v] for v in graph.inputs]
        self._fresh_slots = [self.slots[v] for v in self._fresh]
        self._makers = [maker(v) for v in self._fresh]
        self._order = self._all_fresh(codes)

    def _all_fresh(self, codes: list[Any]) -> list[Any] | None:
        """Which of the new memories, and the inputs behind them, each result is, or what it sees of one; None where
        NumPy is called, or for anything else.
        """
        if any(isinstance(code, CallCode) for code in codes):
            return None
        numbers: dict[Any, int] = {v: i for i, v in enumerate(self._fresh)}
        found = [self._seen(atom, numbers) for atom in self._graph.outputs]
        return None if None in found else found

    def _seen(self, atom: Any, numbers: dict[Any, int]) -> Any:
        if not isinstance(atom, Variable):
            return None
        if atom in self._onto:
            return len(numbers) + self._graph.inputs.index(self._onto[atom])
        base, offset, strides = self._layouts.of(atom)
        if base is atom or base not in numbers:
            return numbers.get(atom)
        size = atom.spec.dtype.itemsize
        return View(numbers[base], atom.spec.shape, atom.spec.dtype, size * offset, tuple(size * s for s in strides))

    # ------------------------------------------------------------------------ actions

    def _actions(self, codes: list[Any]) -> Any:
        waiting: list[Any] = []
        for code in [*codes, None]:
            if code is not None and not isinstance(code, CallCode):
                waiting.append(code)
                continue
            if waiting:
                yield "run", list(waiting), self._running(waiting)
                waiting.clear()
            if code is not None:
                yield "call", code, Calling(code.equation, self._layouts, self.slots)

    def _running(self, codes: list[Any]) -> Running:
        records = [self._shared(code) if isinstance(code, Group) else self.record(code, code.turns) for code in codes]
        pieces = max((code.pieces for code in codes if isinstance(code, Group)), default=1)
        return Running(records, pieces if self._worth_help else 1)

    def _shared(self, group: Group) -> list[int]:
        """The record of a group: it is gone through tile by tile, by several threads."""
        share, tiles = share_and_help()[0], run_and_tiles()[1]
        records: list[list[int]] = []
        for codes, tile in group.parts:
            inner = [self.record(each, each.turns // group.rows, factor=True) for each in codes]
            if tile is not None:  # these are done some rows of a tile at a time
                given = [len(inner), tile, *chain.from_iterable(inner)]
                inner = [[tiles.address, HEAD + len(given), 1, 0, *given]]
            records += inner
        given = [self._team, group.pieces, tiles.address, len(records), group.tile, *chain.from_iterable(records)]
        return [share.address, HEAD + len(given), 0, group.rows, *given]

    def record(self, code: Any, turns: int, *, factor: bool = False) -> list[int]:
        """The record of one kernel: all turns, or as many for each row as `turns` says."""
        places: list[int] = []
        for v in code.arguments:
            base, offset = memory_of(v, code, self._layouts)
            places += [self.slots[base], offset * v.spec.dtype.itemsize]
        if isinstance(code, FAULTING):
            places += [self._fault, 0]
        given = [*places, *code.numbers()]
        bounds = [turns, 0] if factor else [0, turns]
        return [self._kernels[id(code)].address, HEAD + len(given), *bounds, *given]

    # ------------------------------------------------------------------------ a call

    def frame(self) -> Frame:
        """Memory for a call."""
        if self._frames:
            return self._frames.pop()
        frame = Frame(self._fault)
        for v, array in self._graph.constants.items():
            frame.keep(v, np.array(array, order="C"), self.slots[v])
        for number, size in enumerate(self._buffers):
            memory = np.empty(size, np.uint8)
            frame.memory.append(memory)
            frame.table[self._first_buffer + number] = id(memory)
        for v in self._temporary:
            memory = frame.memory[len(self._graph.constants) + self.slots[v] - self._first_buffer]
            frame.values[v] = (
                memory[: prod(v.spec.shape) * v.spec.dtype.itemsize].view(v.spec.dtype).reshape(v.spec.shape)
            )
        return frame

    def begin(self, frame: Frame, arrays: list[Any]) -> None:
        """Put the inputs into a frame, and new memory for the results."""
        frame.values.update(zip(self._graph.inputs, arrays, strict=True))
        frame.values.update(zip(self._fresh, self._put(frame, arrays), strict=True))
        frame.values.update({v: frame.values[w] for v, w in self._onto.items()})

    def _put(self, frame: Frame, arrays: list[Any], *, lasting: bool = False) -> list[Any]:
        """Say in the table where the inputs are, and make memory for the results."""
        table = frame.table
        if arrays is not frame.inputs:
            for slot, array in zip(self._input_slots, arrays):  # noqa: B905  the caller has counted
                table[slot] = id(array)
            frame.inputs = arrays if lasting else None
        made = [make() for make in self._makers]
        for slot, array in zip(self._fresh_slots, made):  # noqa: B905  one of each
            table[slot] = id(array)
        return made

    def results(self, frame: Frame) -> list[Any]:
        """The results, with memory of their own."""
        results = [atom.value if isinstance(atom, Literal) else value_of(atom, frame.values, self._layouts)
                   for atom in self._graph.outputs]  # fmt: skip
        found = [np.asarray(r) for r in results]
        constant = set(map(id, frame.memory))  # what is returned must not be written over later
        return [r.copy() if id(r) in constant or id(r.base) in constant else r for r in found]

    @contextmanager
    def timed(self) -> Iterator[list[KernelTime]]:
        """Note in the list how long each kernel of the calls inside takes."""
        found: list[KernelTime] = []

        def timing(code: Any, act: Any) -> Any:
            def timed(frame: Frame) -> None:
                start = perf_counter()
                act(frame)
                found.append(described(code, perf_counter() - start, self._layouts))

            return timed

        def timed_acts(work: Any) -> Iterator[Any]:
            for kind, code, act in work:
                if kind == "run":
                    yield from (timing(each, self._running([each])) for each in code)
                else:
                    yield timing(code, act)

        usual = self._acts, self._last_acts, self._all_acts
        self._acts, self._last_acts, self._all_acts = *map(list, map(timed_acts, (self.work, self.last_work))), []
        try:
            yield found
        finally:
            self._acts, self._last_acts, self._all_acts = usual

    def run(
        self, arrays: list[Any], holds: Callable[[list[Any]], bool] | None = None, *, lasting: bool = False
    ) -> list[Any] | None:
        """The outputs for these inputs.

        Args:
            arrays: the inputs.
            holds: says of outputs whether the call may go on; until then nothing that is seen outside is written.
            lasting: whether the caller keeps this list and never changes it.

        Returns:
            the outputs; None where `holds` says no.

        Raises:
            IndexError: for an index that points outside.
        """
        frame = self.frame()
        made: list[Any] = []
        if self._order is None:
            self.begin(frame, arrays)
        else:
            made = self._put(frame, arrays, lasting=lasting)
        if self._multiplies:
            THREADS.one()
        try:
            found = self._run(frame, made, arrays, holds)
        finally:
            if self._multiplies:
                THREADS.usual()
        if self._order is None:
            frame.forget(self._graph.inputs, self._fresh, self._called, self._onto)
        self._frames.append(frame)
        return found

    def _run(self, frame: Frame, made: list[Any], arrays: list[Any], holds: Any) -> list[Any] | None:
        at_once = self._all_acts if holds is None else None
        for act in at_once or self._acts:
            act(frame)
        if self._order is None:
            found = self.results(frame)
        else:
            if self._onto:
                made += arrays
            found = [made[i] if type(i) is int else i.of(made) for i in self._order]
        if self._moves and frame.fault[0]:
            raise IndexError("an index points outside of what it indexes")  # the function itself says which
        if at_once:
            return found
        if holds is not None and not holds(found):
            return None
        for act in self._last_acts:
            act(frame)
        return found


WORTH_HELP = 200_000
"""For a call of so many elements other threads are asked to help, which take what they need from this one's cache."""


def described(code: Any, seconds: float, layouts: Layouts) -> KernelTime:
    """What is to be said of one action."""
    codes = code.codes if isinstance(code, Group | BlockCode) else [code]
    memory: set[Any] = set()
    operations = 0
    for each in codes:
        if isinstance(each, ProductCode):
            operations += 2 * each.multiplications
        for v in each.arguments:
            memory.add(memory_of(v, each, layouts)[0])
        memory.update(each.equation.outs if hasattr(each, "equation") else ())
    moved = sum(prod(v.spec.shape) * v.spec.dtype.itemsize for v in memory)
    return KernelTime(" | ".join(map(str, codes)), seconds, moved, operations)


class Running:
    """Goes through records once, with as many threads as there are pieces of use for."""

    def __init__(self, records: list[list[int]], pieces: int) -> None:
        self._code = np.array(list(chain.from_iterable(records)), np.int64)
        self._call, self._address = run_and_tiles()[0].call, self._code.ctypes.data
        self._count, self._pieces = len(records), pieces

    def __call__(self, frame: Frame) -> None:
        team = TEAM.begin(self._pieces) if self._pieces > 1 else 0
        frame.table[frame.team] = team
        try:
            self._call(frame.address, self._address, self._count, 0)
        finally:
            if team:
                TEAM.end()


class Calling:
    """Runs one equation by its NumPy kernel."""

    def __init__(self, equation: Equation, layouts: Layouts, slots: dict[Variable, int]) -> None:
        self._equation, self._layouts, self._slots = equation, layouts, slots

    def __call__(self, frame: Frame) -> None:
        e = self._equation
        operands = [_read(atom, frame.values, self._layouts) for atom in e.operands]
        found = e.primitive.compute(operands, e.params)
        for out, value in zip(e.outs, (found,) if e.primitive.count is None else found, strict=True):
            array = np.asarray(value)
            if not array.flags.c_contiguous:
                array = np.ascontiguousarray(array).reshape(array.shape)
            frame.values[out] = array
            frame.table[self._slots[out]] = id(array)


def _read(atom: Atom, values: dict[Variable, Any], layouts: Layouts) -> Any:
    return atom.value if isinstance(atom, Literal) else value_of(atom, values, layouts)


def value_of(v: Variable, values: dict[Variable, Any], layouts: Layouts) -> Any:
    """The array of a variable; a view is taken of its base."""
    found = values.get(v)
    if found is None:
        e = layouts.views[v]
        found = e.primitive.compute([_read(atom, values, layouts) for atom in e.operands], e.params)
    return found

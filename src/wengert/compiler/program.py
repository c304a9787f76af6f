"""A Graph that runs: runs of loops and products in machine code, everything else by NumPy kernels.

    program := slots (a place in the table for every variable with memory), actions in order
    action  := run a segment | share a nest among threads | call a kernel

Knows steps and memory. Must not know LLVM: without llvmlite the graph runs on NumPy.
"""

from __future__ import annotations

import ctypes
import logging
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from wengert import errors
from wengert.compiler.layouts import Layouts
from wengert.compiler.loops import Call, Nest, Product, partition
from wengert.core.buffers import empty
from wengert.core.tensor import Tensor, wrap
from wengert.core.threads import POOL
from wengert.graph.ir import Literal, Variable, interpret, refuse_derivatives
from wengert.shapes import contiguous_strides

try:
    from wengert.compiler.products import ProductCode
    from wengert.compiler.segments import Segments, lowers, table_works
except ImportError:  # the optional extra is not installed
    Segments = None  # type: ignore[assignment,misc]

if TYPE_CHECKING:
    from wengert.graph.ir import Atom, Equation, Graph

log = logging.getLogger("wengert.compiler")
NO_LLVMLITE = "the graph runs on NumPy; for machine code: pip install 'wengert[compile]'"

SHARED = 60_000
"""A nest of so many elements is shared among threads."""

GRAIN = 16_000
"""A thread gets at least so many elements."""


class Program:
    """A compiled graph.

    >>> import wengert as torch
    >>> from wengert.graph import stage
    >>> x = torch.tensor([0.0, 1.0], dtype=torch.float64)
    >>> native(stage(lambda x: (x * x).sum())(x))(x)
    tensor(1., dtype=torch.float64)

    Attributes:
        graph: what it computes.
        steps: the nests, products and calls that do it; printing one shows it as pseudo-Python.
    """

    def __init__(self, graph: Graph, strides: dict[Variable, tuple[int, ...]] | None = None) -> None:
        self.graph = graph
        own = {v: contiguous_strides(v.spec.shape) for v in graph.inputs}
        self._strides = own | (strides or {})
        self._layouts = Layouts(graph, self._strides)
        self._plan: Plan | None = None
        if Segments is None or not table_works():
            log.warning(NO_LLVMLITE)
            self.steps = partition(graph, self._layouts)
        else:
            self.steps = partition(graph, self._layouts, lowers)
            self._plan = Plan(graph, self.steps, self._layouts)

    def __call__(self, *args: Any) -> Any:
        """The graph's result for arguments of the staged shapes and dtypes."""
        if len(args) != len(self.graph.inputs):
            raise errors.GraphError(f"{self.graph.name} takes {len(self.graph.inputs)} inputs, got {len(args)}")
        refuse_derivatives(self.graph.name, args)
        arrays = [np.asarray(a.array if isinstance(a, Tensor) else a) for a in args]
        for variable, array in zip(self.graph.inputs, arrays, strict=True):
            if array.shape != variable.spec.shape or array.dtype != variable.spec.dtype:
                raise errors.GraphError(
                    errors.advice(
                        f"{self.graph.name}: an input is {array.dtype}{list(array.shape)}, the "
                        f"graph was staged for {variable.spec}",
                        "stage and compile again for that shape.",
                    )
                )
        return self.graph.rebuild([wrap(out) for out in self.run_any(arrays)])

    def run_any(self, arrays: list[Any]) -> list[Any]:
        """As `run`, for arrays of any strides."""
        variables = self.graph.inputs
        return self.run(
            [
                a if _lies(a, self._strides[v]) else np.array(a, order="C")
                for v, a in zip(variables, arrays, strict=True)
            ]
        )

    def run(self, arrays: list[Any]) -> list[Any]:
        """The arrays that the graph gives for arrays of the staged shapes, dtypes and strides."""
        return interpret(self.graph, *arrays) if self._plan is None else self._plan.run(arrays)

    def llvm(self) -> str:
        """The LLVM assembly of all steps in machine code."""
        return "" if self._plan is None else self._plan.source

    def __str__(self) -> str:
        return "\n".join(map(str, self.steps))


def _lies(array: Any, strides: tuple[int, ...]) -> bool:
    return all(
        n <= 1 or s == want * array.itemsize for n, s, want in zip(array.shape, array.strides, strides, strict=True)
    )


class Plan:
    """How a graph runs: where values are kept, and what is done in which order."""

    def __init__(self, graph: Graph, steps: list[Any], layouts: Layouts) -> None:
        self._graph, self._layouts = graph, layouts
        self._steps = steps
        self._slots: dict[Variable, int] = {}
        for v in [*graph.inputs, *graph.constants, *(v for step in steps for v in kept(step))]:
            self._slots.setdefault(v, len(self._slots))
        self._returned = [atom for atom in graph.outputs if isinstance(atom, Variable)]
        fresh = {layouts.of(v).base for v in self._returned} - set(graph.inputs) - set(graph.constants)
        native = {v for step in steps if not runs_on_numpy(step, layouts) for v in kept(step)}
        self._fresh = [v for v in self._slots if v in fresh and v in native]
        self._called = [v for step in steps if runs_on_numpy(step, layouts) for v in kept(step)]
        self._temporary = [v for v in self._slots if v in native and v not in fresh]
        self._actions = self._schedule()
        self._frames: list[Frame] = []

    def _schedule(self) -> list[Any]:
        """The actions, as functions of a frame."""
        segments = Segments(self._layouts, self._slots)
        actions: list[Any] = []
        run: list[Any] = []

        def finish() -> None:
            if run:
                actions.append(("run", segments.run(list(run))))
                run.clear()

        for step in self._steps:
            if runs_on_numpy(step, self._layouts):
                finish()
                actions.append(("call", step.equation))
            elif isinstance(step, Nest) and prod(step.shape) >= SHARED and shareable(segments.nest(step)):
                finish()
                actions.append(("share", (*segments.part(step), prod(step.shape))))
            else:
                run.append(step)
        finish()
        made = segments.compiled() if any(kind != "call" for kind, _ in actions) else None
        self.source = "" if made is None else made.source
        self._machinery = made
        functions = {} if made is None else made.functions
        return [self._action(kind, what, functions) for kind, what in actions]

    def _action(self, kind: str, what: Any, functions: Any) -> Any:
        if kind == "run":
            function = functions[what]
            return lambda frame: function(frame.address)
        if kind == "share":
            name, turns, elements = what
            return Sharing(functions[name], turns, elements)
        return Calling(what, self._layouts, self._slots)

    def run(self, arrays: list[Any]) -> list[Any]:
        """The outputs for these inputs."""
        frame = self._frames.pop() if self._frames else Frame(self._slots, self._graph, self._temporary)
        values = frame.values
        for v, array in zip(self._graph.inputs, arrays, strict=True):
            values[v] = array
            frame.table[self._slots[v]] = id(array)
        for v in self._fresh:
            array = values[v] = empty(v.spec.shape, v.spec.dtype)
            frame.table[self._slots[v]] = id(array)
        for act in self._actions:
            act(frame)
        results = [atom.value if isinstance(atom, Literal) else value_of(atom, frame.values, self._layouts)
                   for atom in self._graph.outputs]  # fmt: skip
        found = [np.asarray(r) for r in results]
        temporary = set(map(id, frame.memory))  # and constants: what is returned must not be written over later
        found = [r.copy() if id(r) in temporary or id(r.base) in temporary else r for r in found]
        frame.forget(self._graph.inputs, self._fresh, self._called)
        self._frames.append(frame)
        return found


class Frame:
    """What one call of a plan needs: the table, and memory for what is kept between steps."""

    def __init__(self, slots: dict[Variable, int], graph: Graph, temporary: list[Variable]) -> None:
        self.table = (ctypes.c_int64 * max(len(slots), 1))()
        self.address = ctypes.addressof(self.table)
        self.values: dict[Variable, Any] = {}
        self.memory: list[Any] = []
        for v, array in graph.constants.items():
            self.values[v] = np.array(array, order="C")
            self.memory.append(self.values[v])
            self.table[slots[v]] = id(self.values[v])
        for v in temporary:
            self.values[v] = np.empty(v.spec.shape, v.spec.dtype)
            self.memory.append(self.values[v])
            self.table[slots[v]] = id(self.values[v])

    def forget(self, *gone: Any) -> None:
        """Let go of what belongs to one call."""
        for variables in gone:
            for v in variables:
                self.values.pop(v, None)


class Sharing:
    """Runs the turns of a nest on several threads."""

    def __init__(self, function: Any, turns: int, elements: int) -> None:
        self._function, self._turns = function, turns
        self._most = max(elements // GRAIN, 1)

    def __call__(self, frame: Frame) -> None:
        pieces = min(self._turns, self._most, 4 * POOL.threads)
        step = -(-self._turns // pieces)
        function, address, turns = self._function, frame.address, self._turns
        POOL.run(lambda k: function(address, min(k * step, turns), min((k + 1) * step, turns)), pieces)


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
            if out in self._slots:
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


def kept(step: Any) -> list[Variable]:
    """The variables of a step that have memory."""
    return list(step.outputs) if isinstance(step, Nest) else list(step.equation.outs)


def runs_on_numpy(step: Any, layouts: Layouts) -> bool:
    """Whether a step calls a NumPy kernel."""
    if isinstance(step, Product):
        return not ProductCode(step.equation, layouts).possible
    return isinstance(step, Call)


def shareable(code: Any) -> bool:
    """Whether threads may share the turns of a nest: they must write to different places."""
    return bool(code.loops.outermost_is_kept()) and code.turns > 1


def native(graph: Graph) -> Program:
    """The graph as a program: loops in machine code where llvmlite is installed.

    >>> import wengert as torch
    >>> from wengert.graph import stage
    >>> x = torch.tensor([1.0, 2.0])
    >>> print(native(stage(lambda x: torch.exp(-x) * x)(x)))
    for i in elements[2]:
        b = negative(a[i])
        c = exp(b)
        d = multiply(c, a[i])
        store d

    Raises:
        RuntimeError: at the call, for arguments of other shapes or dtypes than were staged.
    """
    return Program(graph)

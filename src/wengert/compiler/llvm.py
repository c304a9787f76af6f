"""From a loop nest to a function in machine code, by LLVM.

    void kernel(int64 n, element *input ..., element *output ...)

Inputs of the nest's shape are contiguous arrays of n elements; 0-d inputs are read once. Sums are
taken in blocks, each started from zero, and the blocks of float32 are added in double, so that
rounding errors do not grow with the number of elements. No fast-math flag: NaN and inf stay what
they are; only the additions of a sum may be reordered, to use vector lanes.
"""

from __future__ import annotations

import ctypes
from threading import Lock
from typing import TYPE_CHECKING, Any

import llvmlite.binding as llvm
import numpy as np
from llvmlite import ir

from wengert.compiler.loops import SUM
from wengert.compiler.scalars import Scalar, Scalars, llvm_type
from wengert.graph.ir import Literal, Variable

if TYPE_CHECKING:
    from collections.abc import Callable

    from wengert.compiler.loops import Nest
    from wengert.graph.ir import Atom

INDEX = ir.IntType(64)
DOUBLE = ir.DoubleType()
BLOCK = 1024
REORDER = ("reassoc",)


class NestBuilder(Scalars):
    """What a lowering may say in a nest: the pointwise vocabulary, sums, and repeated scalars."""

    def __init__(self, builder: Any, module: Any) -> None:
        super().__init__(builder, module)
        self.summand: Scalar | None = None

    def reduce(self, kind: str, x: Scalar, axes: tuple[int, ...]) -> Scalar:
        """The element is added to a sum over the whole nest."""
        self.summand = x
        return x

    def broadcast(self, x: Scalar, shape: tuple[int, ...]) -> Scalar:
        """A scalar is the same for every element."""
        return x


class NestCode:
    """Writes the function of one nest."""

    def __init__(self, nest: Nest) -> None:
        self.nest = nest
        self.sums = [e.out for e in nest.equations if e.primitive.name == SUM]
        self.module = ir.Module("nest")
        arguments = [*nest.inputs, *nest.outputs]
        pointers = [memory_type(v).as_pointer() for v in arguments]
        signature = ir.FunctionType(ir.VoidType(), [INDEX, *pointers])
        self.function = ir.Function(self.module, signature, "kernel")
        for pointer in self.function.args[1:]:
            pointer.add_attribute("noalias")
        self.pointers = dict(zip(arguments, self.function.args[1:], strict=True))
        self.builder = ir.IRBuilder(self.function.append_basic_block("entry"))
        self.scalars = NestBuilder(self.builder, self.module)
        self.values: dict[Variable, Scalar] = {}

    def write(self) -> Any:
        """The module, with the loop over blocks and the loop over the elements of a block."""
        b, n = self.builder, self.function.args[0]
        for v in self.nest.inputs:
            if v.spec.shape == () and self.nest.shape != ():
                self.values[v] = self.load(v, self.index(0))
        kinds = [DOUBLE if v.spec.dtype == np.float32 else llvm_type(v.spec.dtype) for v in self.sums]
        totals = [b.alloca(kind) for kind in kinds]
        for kind, total in zip(kinds, totals, strict=True):
            b.store(ir.Constant(kind, 0), total)
        with self.loop(self.index(0), n, BLOCK) as (start, _):
            left = b.sub(n, start)
            short = b.icmp_signed("<", left, self.index(BLOCK))
            stop = b.add(start, b.select(short, left, self.index(BLOCK)))
            with self.loop(start, stop, 1, self.sums) as (i, partials):
                partials.next = self.element(i, partials.now)
            for total, kind, part in zip(totals, kinds, partials.now, strict=True):
                wide = b.fpext(part, kind) if part.type != kind else part
                b.store(self.plus(b.load(total), wide), total)
        for v, total in zip(self.sums, totals, strict=True):
            if v in self.pointers:
                sum_type = memory_type(v)
                value = b.load(total)
                b.store(b.fptrunc(value, sum_type) if value.type != sum_type else value, self.pointers[v])
        b.ret_void()
        return self.module

    def element(self, i: Any, partials: list[Any]) -> list[Any]:
        """The instructions for one element; returns the sums with it added."""
        values, parts = dict(self.values), dict(zip(self.sums, partials, strict=True))
        for v in self.nest.inputs:
            if v not in values:
                values[v] = self.load(v, i)
        for e in self.nest.equations:
            operands = [self.read(atom, values) for atom in e.operands]
            found = e.primitive.lower(self.scalars, *operands, *e.params)
            if e.out in parts:
                parts[e.out] = self.plus(parts[e.out], found.value)
                continue
            if not isinstance(found, Scalar):
                found = self.scalars.constant(found, e.out.spec.dtype)
            found = self.scalars.cast(found, e.out.spec.dtype)  # as where bools become integers
            values[e.out] = found
            if e.out in self.pointers:
                self.store(found, e.out, i)
        return [parts[v] for v in self.sums]

    def read(self, atom: Atom, values: dict[Variable, Scalar]) -> Any:
        return atom.value if isinstance(atom, Literal) else values[atom]

    def plus(self, x: Any, y: Any) -> Any:
        if isinstance(x.type, ir.IntType):
            return self.builder.add(x, y)
        return self.builder.fadd(x, y, flags=REORDER)

    def load(self, v: Variable, i: Any) -> Scalar:
        value = self.builder.load(self.builder.gep(self.pointers[v], [i]))
        if v.spec.dtype == np.bool_:
            value = self.builder.trunc(value, ir.IntType(1))
        return Scalar(self.scalars, value, v.spec.dtype)

    def store(self, scalar: Scalar, v: Variable, i: Any) -> None:
        value = scalar.value
        if v.spec.dtype == np.bool_:
            value = self.builder.zext(value, ir.IntType(8))
        self.builder.store(value, self.builder.gep(self.pointers[v], [i]))

    def index(self, number: int) -> Any:
        return ir.Constant(INDEX, number)

    def loop(self, start: Any, stop: Any, step: int, carried: Any = ()) -> Loop:
        return Loop(self.builder, start, stop, step, [llvm_type(v.spec.dtype) for v in carried])


class Loop:
    """`for i in range(start, stop, step)` with values carried from one turn to the next."""

    def __init__(self, builder: Any, start: Any, stop: Any, step: int, carried: list[Any]) -> None:
        self.builder, self.start, self.stop, self.step = builder, start, stop, step
        self.types = carried
        self.now: list[Any] = []
        self.next: list[Any] = []

    def __enter__(self) -> tuple[Any, Loop]:
        b = self.builder
        before = b.block
        self.head = b.append_basic_block("head")
        self.body = b.append_basic_block("body")
        self.done = b.append_basic_block("done")
        b.branch(self.head)
        b.position_at_end(self.head)
        self.i = b.phi(INDEX)
        self.i.add_incoming(self.start, before)
        self.now = [b.phi(kind) for kind in self.types]
        for phi in self.now:
            phi.add_incoming(ir.Constant(phi.type, 0), before)
        b.cbranch(b.icmp_signed("<", self.i, self.stop), self.body, self.done)
        b.position_at_end(self.body)
        return self.i, self

    def __exit__(self, *exception: object) -> None:
        b = self.builder
        self.i.add_incoming(b.add(self.i, ir.Constant(INDEX, self.step)), b.block)
        for phi, value in zip(self.now, self.next, strict=True):
            phi.add_incoming(value, b.block)
        b.branch(self.head)
        b.position_at_end(self.done)


def memory_type(v: Variable) -> Any:
    """How an element lies in memory: a bool takes a byte."""
    return ir.IntType(8) if v.spec.dtype == np.bool_ else llvm_type(v.spec.dtype)


class _Machine:
    """This machine as LLVM sees it, set up once."""

    def __init__(self) -> None:
        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        self.lock = Lock()

    def target(self) -> Any:
        """Of its own for each module, which takes it over."""
        return llvm.Target.from_default_triple().create_target_machine(
            cpu=llvm.get_host_cpu_name(),
            features=llvm.get_host_cpu_features().flatten(),
            opt=3,
        )


_machine: list[_Machine] = []
_setup = Lock()


def machine() -> _Machine:
    """This machine, set up on the first call."""
    with _setup:
        if not _machine:
            _machine.append(_Machine())
        return _machine[0]


class CompiledNest:
    """A nest in machine code.

    Attributes:
        source: the LLVM assembly before optimisation.
    """

    def __init__(self, nest: Nest) -> None:
        self.source = str(NestCode(nest).write())
        with machine().lock:  # LLVM's global context is not for several threads
            self._function = self._build(len(nest.inputs) + len(nest.outputs))

    def _build(self, pointers: int) -> Callable[..., None]:
        target = machine().target()
        module = llvm.parse_assembly(self.source)
        module.verify()
        options = llvm.create_pipeline_tuning_options(speed_level=3)
        options.loop_vectorization = True
        passes = llvm.create_pass_builder(target, options)
        passes.getModulePassManager().run(module, passes)
        self._engine = llvm.create_mcjit_compiler(module, target)
        self._engine.finalize_object()
        address = self._engine.get_function_address("kernel")
        signature = ctypes.CFUNCTYPE(None, ctypes.c_int64, *[ctypes.c_void_p] * pointers)
        return signature(address)

    def __call__(self, count: int, arrays: list[Any]) -> None:
        """Run over `count` elements; inputs, then outputs, all contiguous."""
        self._function(count, *[array.ctypes.data for array in arrays])

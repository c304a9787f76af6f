"""Machine code for runs of steps: every nest a function, every run of steps one that calls them.

    void run(int64 *table)            all steps of a segment
    void part(int64 *table, lo, hi)   some turns of one nest, for several threads

The table holds the addresses of NumPy's array objects; the code reads where their elements are.

Knows nests, products and the machine. Must not know programs.
"""

from __future__ import annotations

import ctypes
import threading
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from llvmlite import ir

from wengert.compiler.loops import REDUCTIONS, Nest, Product
from wengert.compiler.nests import NestCode, memory_type
from wengert.compiler.products import ProductCode
from wengert.compiler.scalars import Scalar, Scalars
from wengert.errors import UnsupportedError
from wengert.graph.ir import Literal
from wengert.native.machine import machine

if TYPE_CHECKING:
    from wengert.compiler.layouts import Layouts
    from wengert.graph.ir import Equation, Variable

INDEX = ir.IntType(64)
TABLE = INDEX.as_pointer()
DATA = object.__basicsize__
"""How far into NumPy's array object the address of its elements stands, behind what every Python object has."""


def table_works() -> bool:
    """Whether that is so in this interpreter."""
    probe = np.zeros(3)
    address: int = probe.__array_interface__["data"][0]
    return ctypes.c_size_t.from_address(id(probe) + DATA).value == address


@cache
def _lowers(primitive: Any, kinds: tuple[Any, ...], out: str, params: Any) -> bool:
    module = ir.Module("trial")
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), []), "trial")
    scalars = Scalars(ir.IRBuilder(function.append_basic_block("entry")), module)
    try:
        operands = [k if not isinstance(k, str) else scalars.constant(1, np.dtype(k)) for k in kinds]
        found = primitive.lower(scalars, *operands, *params)
        if isinstance(found, Scalar):
            scalars.cast(found, np.dtype(out))
    except (UnsupportedError, NotImplementedError, KeyError, TypeError, AttributeError):
        return False
    return True


def lowers(equation: Equation) -> bool:
    """Whether an equation can be a line of a nest."""
    e = equation
    if e.primitive.name in REDUCTIONS:
        return True
    kinds = tuple(a.value if isinstance(a, Literal) else a.spec.dtype.char for a in e.operands)
    try:
        return _lowers(e.primitive, kinds, e.out.spec.dtype.char, e.params)
    except TypeError:  # a parameter that cannot be looked up
        return False


class Segments:
    """The native functions of a program, written into one module and compiled together."""

    def __init__(self, layouts: Layouts, slots: dict[Variable, int]) -> None:
        self._layouts, self._slots = layouts, slots
        self.module = ir.Module("program")
        self._nests: dict[int, NestCode] = {}
        self._names: list[tuple[str, bool]] = []

    def nest(self, step: Nest) -> NestCode:
        """The code of a nest, written when it is first asked for."""
        found = self._nests.get(id(step))
        if found is None:
            found = self._nests[id(step)] = NestCode(step, self._layouts, self.module, f"nest{len(self._nests)}")
            found.write()
        return found

    def run(self, steps: list[Any]) -> str:
        """The name of a function that does some steps."""
        name = f"run{len(self._names)}"
        self._names.append((name, False))
        function = ir.Function(self.module, ir.FunctionType(ir.VoidType(), [TABLE]), name)
        b = ir.IRBuilder(function.append_basic_block("entry"))
        places: dict[Variable, Any] = {}
        for step in steps:
            if isinstance(step, Nest):
                code = self.nest(step)
                arguments = [self._place(b, function.args[0], v, places) for v in code.arguments]
                b.call(code.function, [ir.Constant(INDEX, 0), ir.Constant(INDEX, code.turns), *arguments])
            elif isinstance(step, Product):
                e = step.equation
                found = [self._place(b, function.args[0], v, places) for v in (*e.operands, e.out)]  # type: ignore[arg-type]
                ProductCode(e, self._layouts).write(b, (found[0], found[1], found[2]))
        b.ret_void()
        return name

    def part(self, step: Nest) -> tuple[str, int]:
        """The name of a function that does some turns of a nest, and how many turns there are."""
        name = f"part{len(self._names)}"
        self._names.append((name, True))
        function = ir.Function(self.module, ir.FunctionType(ir.VoidType(), [TABLE, INDEX, INDEX]), name)
        b = ir.IRBuilder(function.append_basic_block("entry"))
        code = self.nest(step)
        arguments = [self._place(b, function.args[0], v, {}) for v in code.arguments]
        b.call(code.function, [function.args[1], function.args[2], *arguments])
        b.ret_void()
        return name, code.turns

    def _place(self, b: Any, table: Any, v: Variable, places: dict[Variable, Any]) -> Any:
        """Where the elements of a variable begin."""
        if v in places:
            return places[v]
        layout = self._layouts.of(v)
        slot = b.gep(table, [ir.Constant(INDEX, self._slots[layout.base])])
        holder = b.add(b.load(slot), ir.Constant(INDEX, DATA))
        data = b.load(b.inttoptr(holder, TABLE))
        kind = memory_type(v).as_pointer()
        start = b.inttoptr(data, kind)
        places[v] = b.gep(start, [ir.Constant(INDEX, layout.offset)]) if layout.offset else start
        return places[v]

    def compiled(self) -> Machinery:
        """All functions as machine code; equal code is compiled once in a process."""
        return machinery(str(self.module), tuple(self._names))


class Machinery:
    """Compiled functions by name."""

    def __init__(self, source: str, names: tuple[tuple[str, bool], ...]) -> None:
        self.source = source
        self._engine = machine().compile(source)
        whole = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
        some = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64)
        self.functions = {
            name: (some if partial else whole)(self._engine.get_function_address(name)) for name, partial in names
        }


_known: dict[str, Machinery] = {}
_building = threading.Lock()


def machinery(source: str, names: tuple[tuple[str, bool], ...]) -> Machinery:
    """The functions of a module, which may be there already."""
    with _building:
        found = _known.get(source)
        if found is None:
            found = _known[source] = Machinery(source, names)
        return found

"""Kernels: functions of machine code with one signature, compiled once for all programs of a process.

    void kernel(int64 *table, int64 *given, int64 lo, int64 hi)

    table   addresses of NumPy's array objects; the code reads where their elements are
    given   for each operand its place in the table and how many bytes into the elements it begins, then numbers
    lo, hi  which turns of the outermost loop to do

A program is data: records [kernel, length, lo, hi, given ...], which `run` goes through. `tiles` is a kernel that
goes through records of its own again and again, some turns at a time, so that what one writes is still in the cache
when the next reads it.

Knows llvmlite. Must not know what kernels compute.
"""

from __future__ import annotations

import ctypes
import os
import threading
from typing import TYPE_CHECKING, Any

import numpy as np
from llvmlite import ir

from wengert.native.machine import machine
from wengert.native.writing import INDEX, loop, number, own_function

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

TABLE = INDEX.as_pointer()
KERNEL = ir.FunctionType(ir.VoidType(), [TABLE, TABLE, INDEX, INDEX])
DATA = object.__basicsize__
"""How far into NumPy's array object the address of its elements stands, behind what every Python object has."""

PRODUCT = "product"
"""What the keys of kernels that call BLAS begin with: they hold addresses of this process alone."""

LANES = "lanes"
"""What the keys of kernels begin with that are written as they shall run."""

APART = {PRODUCT, LANES}

HEAD = 4
"""So many numbers of a record come before what its kernel is given."""


def table_works() -> bool:
    """Whether NumPy's array objects are as DATA says, in this interpreter."""
    probe = np.zeros(3)
    address: int = probe.__array_interface__["data"][0]
    return ctypes.c_size_t.from_address(id(probe) + DATA).value == address


def given(b: Any, pointer: Any, position: int) -> Any:
    """The number at a position of what a kernel is given."""
    return b.load(b.gep(pointer, [number(position)]))


def address(b: Any, table: Any, pointer: Any, operand: int) -> Any:
    """Where the elements of an operand begin, as a number."""
    function = own_function(b.module, ADDRESS, INDEX, [TABLE, TABLE], _write_address)
    return b.call(function, [table, b.gep(pointer, [number(2 * operand)])])


ADDRESS = "address"
"""The function that does it, which each module has once: every instruction takes Python longer to write than LLVM to
read, and most kernels have more operands than arithmetic."""


def _write_address(b: Any, arguments: Any) -> None:
    table, what = arguments
    holder = b.add(b.load(b.gep(table, [given(b, what, 0)])), number(DATA))
    b.ret(b.add(b.load(b.inttoptr(holder, TABLE)), given(b, what, 1)))


def write_entry(module: Any, name: str, function: Any, pointers: list[Any], numbers: int) -> None:
    """Write the kernel of a name, which calls a function of (lo, hi, places, numbers)."""
    entry = ir.Function(module, KERNEL, name)
    table, what, lo, hi = entry.args
    b = ir.IRBuilder(entry.append_basic_block("entry"))
    places = [b.inttoptr(address(b, table, what, i), kind) for i, kind in enumerate(pointers)]
    start = 2 * len(pointers)
    b.call(function, [lo, hi, *places, *(given(b, what, start + i) for i in range(numbers))])
    b.ret_void()


class Kernel:
    """A kernel in memory.

    Attributes:
        address: where it is.
        source: the assembly of the module it was compiled in.
    """

    __slots__ = ("address", "call", "source")

    def __init__(self, address: int, source: str) -> None:
        self.address, self.source = address, source
        self.call = SIGNATURE(address)


SIGNATURE = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64)


class Library:
    """The kernels of this process, by key."""

    def __init__(self) -> None:
        self._known: dict[Any, Kernel] = {}
        self._lock = threading.Lock()

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._known)

    def kernels(self, wanted: Iterable[tuple[Any, Callable[[Any, str], None]]]) -> list[Kernel]:
        """The kernels of some keys; those that are not there yet are written by the functions, and compiled together.

        Args:
            wanted: keys, each with a function of (module, name) that writes the kernel into the module.
        """
        wanted = list(wanted)
        with self._lock:
            missing = {key: write for key, write in wanted if key not in self._known}
            for apart in (None, PRODUCT, LANES):  # each in modules of its own
                these = {key: write for key, write in missing.items() if (key[0] if key[0] in APART else None) == apart}
                self._compile(these, written_out=apart == LANES)
            return [self._known[key] for key, _ in wanted]

    def _compile(self, missing: dict[Any, Callable[[Any, str], None]], *, written_out: bool = False) -> None:
        """Write some kernels into one module, and compile it."""
        if not missing:
            return
        module = ir.Module("kernels")
        names = {key: f"kernel{i}" for i, key in enumerate(missing)}
        for key, write in missing.items():
            write(module, names[key])
        source = str(module)
        addresses = machine().compile(source, written_out=written_out)
        for key, name in names.items():
            self._known[key] = Kernel(addresses[name], source)

    def forget_lock(self) -> None:
        """In a child of fork() the thread that may have been compiling does not exist."""
        self._lock = threading.Lock()


LIBRARY = Library()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=LIBRARY.forget_lock)


def write_run(module: Any, name: str) -> None:
    """Write `run`: lo of what is given are records, which are gone through once."""
    function = ir.Function(module, KERNEL, name)
    table, records, count, _ = function.args
    b = ir.IRBuilder(function.append_basic_block("entry"))
    _through(b, table, records, count, lambda b, record: (given(b, record, 2), given(b, record, 3)))
    b.ret_void()


def write_tiles(module: Any, name: str) -> None:
    """Write `tiles`: given are the number of records, the turns of a tile, and records with their turns per turn."""
    function = ir.Function(module, KERNEL, name)
    table, what, lo, hi = function.args
    b = ir.IRBuilder(function.append_basic_block("entry"))
    count, tile = given(b, what, 0), given(b, what, 1)
    records = b.gep(what, [number(2)])
    with loop(b, lo, hi, tile) as turn:
        start = turn.i
        stop = b.add(start, tile)
        stop = b.select(b.icmp_signed("<", stop, hi), stop, hi)

        def turns(b: Any, record: Any) -> tuple[Any, Any]:
            factor = given(b, record, 2)
            return b.mul(start, factor), b.mul(stop, factor)

        _through(b, table, records, count, turns)
    b.ret_void()


def _through(b: Any, table: Any, records: Any, count: Any, turns: Callable[[Any, Any], tuple[Any, Any]]) -> None:
    """Call the kernels of `count` records, one after the other."""
    with loop(b, number(0), count, carried=[records]) as turn:
        (record,) = turn.carried
        kernel = b.inttoptr(given(b, record, 0), KERNEL.as_pointer())
        lo, hi = turns(b, record)
        b.call(kernel, [table, b.gep(record, [number(HEAD)]), lo, hi])
        turn.following = [b.gep(record, [given(b, record, 1)])]


def run_and_tiles() -> list[Kernel]:
    """The two that go through records."""
    return LIBRARY.kernels(RUN_AND_TILES)


RUN_AND_TILES = [((LANES, "run"), write_run), ((LANES, "tiles"), write_tiles)]
"""Their keys, and how they are written: together with the first program, since each compilation has its price."""

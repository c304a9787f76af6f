"""Threads that work on one call together, without the interpreter between one kernel and the next.

    share(table, [team, pieces, kernel, given ...], 0, turns)     the kernel, its turns cut into pieces
    help(team)                                                    take pieces until none come for a while

The thread that calls posts its pieces and takes them like everybody else: if nobody comes, it does them all. Whoever
waits spins, and lets others run after a while, so a fork and a join take less than a microsecond; and whoever helped
stays for the next call, if that comes soon and the pool does not want the thread for something else. A piece is taken
by counting down a ticket, which carries the number of the kernel shared, so that nobody who comes late takes a piece of
the next one by the numbers of the last.

    ticket   number of the kernel << 32 | pieces left

Knows LLVM and the pool. Must not know what kernels compute.
"""

from __future__ import annotations

import ctypes
import os
import platform
import sys
from threading import Lock
from typing import TYPE_CHECKING, Any

from llvmlite import ir

from wengert.core.threads import POOL
from wengert.native.kernels import KERNEL, LANES, LIBRARY, TABLE, given
from wengert.native.writing import INDEX, SMALL, number, repeat, smaller

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wengert.native.kernels import Kernel

LINE = 8
"""Each word of a team has a cache line of its own, of so many numbers."""

TICKET, DONE, PRESENT, YIELD, JOB, CALLS = (LINE * i for i in range(6))
"""Where in a team stand: the ticket, how many pieces are done, how many help, how to let others run, what is shared
(kernel, table, given, turns, turns of a piece), and where the pool counts its calls, with their number when the last
call of the team began."""

PATIENCE = 2_000
"""So often one looks before one lets others run between looks."""

IDLE = 4_000
"""So often a helper looks before it leaves: that is about a millisecond."""


def yielding() -> int:
    """The address of the system's function that lets other threads run."""
    library: Any = ctypes.WinDLL("kernel32") if sys.platform == "win32" else ctypes.CDLL(None)  # type: ignore[attr-defined,unused-ignore]
    function = library.SwitchToThread if sys.platform == "win32" else library.sched_yield
    return ctypes.cast(function, ctypes.c_void_p).value or 0


class Team:
    """Those of the pool who work on one call at a time; another that begins meanwhile is alone."""

    def __init__(self) -> None:
        self._words = (ctypes.c_int64 * (7 * LINE))()
        self._words[YIELD] = yielding()
        self._calls = POOL.calls
        self._words[CALLS] = ctypes.addressof(self._calls)
        self._address = ctypes.addressof(self._words)
        self._busy = Lock()

    def begin(self, pieces: int) -> int:
        """Ask for as much help as is of use for so many pieces: the address of the team, or 0 to work alone."""
        allowed = POOL.free_helpers
        present = self._words[PRESENT]
        if not allowed or present > allowed or not self._busy.acquire(blocking=False):
            return 0
        self._words[CALLS + 1] = POOL.calls[0]
        wanted = min(allowed, pieces - 1) - present
        if wanted > 0:
            POOL.ask(self, wanted)
        return self._address

    def end(self) -> None:
        """Be free for another call."""
        self._busy.release()

    def run(self, kernel: Kernel, arrays: Sequence[Any], numbers: Sequence[int], turns: int, pieces: int) -> None:
        """Let a kernel go over arrays, its turns cut into pieces."""
        count = len(arrays)
        table = (ctypes.c_int64 * (count + 1))(*map(id, arrays))
        places = [each for i in range(count) for each in (i, 0)]
        what = [count, pieces, kernel.address, *places, *numbers]
        given = (ctypes.c_int64 * len(what))(*what)
        team = table[count] = self.begin(pieces) if pieces > 1 else 0
        try:
            share_and_help()[0].call(ctypes.addressof(table), ctypes.addressof(given), 0, turns)
        finally:
            if team:
                self.end()

    def help(self) -> None:
        """What a thread of the pool does until nothing comes for a while."""
        share_and_help()[1].call(self._address, 0, 0, 0)

    def forget_helpers(self) -> None:
        """In a child of fork() those who helped do not exist."""
        self._words[PRESENT] = 0
        self._busy = Lock()


TEAM = Team()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=TEAM.forget_helpers)


def share_and_help() -> list[Kernel]:
    """The two kernels."""
    return LIBRARY.kernels([((LANES, "share"), write_share), ((LANES, "help"), write_help)])


def _at(b: Any, words: Any, place: int) -> Any:
    return b.gep(words, [number(place)])


def _left(b: Any, ticket: Any) -> Any:
    """Whether pieces are left by a ticket."""
    return b.icmp_signed("!=", b.trunc(ticket, SMALL), ir.Constant(SMALL, 0))


def _wait(b: Any, words: Any, looks: Any) -> Any:
    """Wait a moment, having looked so often: how often that makes."""
    if platform.machine().lower() in {"x86_64", "amd64"}:
        pause = b.module.globals.get("llvm.x86.sse2.pause")
        b.call(pause or ir.Function(b.module, ir.FunctionType(ir.VoidType(), []), "llvm.x86.sse2.pause"), [])
    looks = b.add(looks, number(1))
    with b.if_then(b.icmp_signed(">", looks, number(PATIENCE)), likely=False):
        kind = ir.FunctionType(SMALL, []).as_pointer()
        b.call(b.inttoptr(b.load(_at(b, words, YIELD)), kind), [])
    return looks


def _take(b: Any, words: Any, ticket: Any) -> None:
    """Count down a ticket on which pieces are left and, if nobody else was faster, do the piece and say so."""
    found = b.cmpxchg(_at(b, words, TICKET), ticket, b.sub(ticket, number(1)), "acq_rel", "acquire")
    with b.if_then(b.extract_value(found, 1)):
        piece = b.sub(b.zext(b.trunc(ticket, SMALL), INDEX), number(1))
        kernel, table, what, turns, step = (b.load(_at(b, words, JOB + i)) for i in range(5))
        start = smaller(b, b.mul(piece, step), turns)
        stop = smaller(b, b.add(start, step), turns)
        arrays = [b.inttoptr(each, TABLE) for each in (table, what)]
        b.call(b.inttoptr(kernel, KERNEL.as_pointer()), [*arrays, start, stop])
        b.atomic_rmw("add", _at(b, words, DONE), number(1), "acq_rel")


def write_share(module: Any, name: str) -> None:
    """Write the kernel that shares another among the team."""
    function = ir.Function(module, KERNEL, name)
    table, what, _, turns = function.args
    b = ir.IRBuilder(function.append_basic_block("entry"))
    team = b.load(b.gep(table, [given(b, what, 0)]))
    pieces, kernel = given(b, what, 1), given(b, what, 2)
    with b.if_then(b.icmp_signed("==", team, number(0))):
        b.call(b.inttoptr(kernel, KERNEL.as_pointer()), [table, b.gep(what, [number(3)]), number(0), turns])
        b.ret_void()
        b.position_at_end(b.append_basic_block("together"))
    words = b.inttoptr(team, TABLE)
    step = b.sdiv(b.add(turns, b.sub(pieces, number(1))), pieces)
    job = (kernel, b.ptrtoint(table, INDEX), b.ptrtoint(b.gep(what, [number(3)]), INDEX), turns, step)
    for i, value in enumerate(job):
        b.store(value, _at(b, words, JOB + i))
    b.store_atomic(number(0), _at(b, words, DONE), "monotonic", 8)
    last = b.lshr(b.load_atomic(_at(b, words, TICKET), "monotonic", 8), number(32))
    ticket = b.or_(b.shl(b.add(last, number(1)), number(32)), pieces)
    b.store_atomic(ticket, _at(b, words, TICKET), "release", 8)

    def ticket_now() -> Any:
        return b.load_atomic(_at(b, words, TICKET), "acquire", 8)

    with repeat(b, lambda turn: _left(b, turn.carried[0]), [ticket]) as turn:
        _take(b, words, turn.carried[0])
        turn.following = [ticket_now()]

    def is_waiting(_: Any) -> Any:
        return b.icmp_signed("!=", b.load_atomic(_at(b, words, DONE), "acquire", 8), pieces)

    with repeat(b, is_waiting, [number(0)]) as turn:
        turn.following = [_wait(b, words, turn.carried[0])]
    b.ret_void()


def write_help(module: Any, name: str) -> None:
    """Write the kernel that takes pieces until none have come for a while, or the pool is called."""
    function = ir.Function(module, KERNEL, name)
    words = function.args[0]
    b = ir.IRBuilder(function.append_basic_block("entry"))
    b.atomic_rmw("add", _at(b, words, PRESENT), number(1), "acq_rel")
    with repeat(b, lambda turn: b.icmp_signed("<", turn.carried[0], number(IDLE)), [number(0)]) as turn:
        ticket = b.load_atomic(_at(b, words, TICKET), "acquire", 8)
        with b.if_else(_left(b, ticket)) as (some, none):
            with some:
                _take(b, words, ticket)
                busy = b.block
            with none:
                calls = b.load_atomic(b.inttoptr(b.load(_at(b, words, CALLS)), TABLE), "monotonic", 8)
                before = b.load_atomic(_at(b, words, CALLS + 1), "monotonic", 8)
                looks = _wait(b, words, turn.carried[0])
                looks = b.select(b.icmp_signed("==", calls, before), looks, number(IDLE))
                idle = b.block
        following = b.phi(INDEX)
        following.add_incoming(number(0), busy)
        following.add_incoming(looks, idle)
        turn.following = [following]
    b.atomic_rmw("sub", _at(b, words, PRESENT), number(1), "acq_rel")
    b.ret_void()

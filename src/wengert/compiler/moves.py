"""Elements that are picked out by an index, or added where an index says: kernels of their own.

    pick:  out[o, k, j] = x[o, index[o, k, (j)], j]            add:  out[o, index[o, k, (j)], j] += g[o, k, j]

An index that points outside is noted in a place that the program looks at afterwards; then the function itself runs,
and says so.

Knows how rows use an index. Must not know nests.
"""

from __future__ import annotations

from contextlib import nullcontext
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from llvmlite import ir

from wengert.core.threads import PIECES, POOL
from wengert.graph.ir import Literal
from wengert.native.kernels import KERNEL, address, given
from wengert.native.writing import INDEX, loop, number
from wengert.ops.indexing import OUTSIDE

if TYPE_CHECKING:
    from wengert.compiler.layouts import Layouts
    from wengert.graph.ir import Equation

ADDS = {"add_along", "scatter_add", "spread"}
NAMES = {"take_along", "gather", "take", *ADDS}


class Sizes(NamedTuple):
    """How the dimensions of a move are counted.

    Attributes:
        outer: how many rows there are, each with elements and index of its own.
        length: how many elements the indexed dimension has.
        entries: how many entries the index has for a row.
        inner: how many elements lie behind each.
        own: whether each of those has an entry of its own.
    """

    outer: int
    length: int
    entries: int
    inner: int
    own: bool


def sizes_of(e: Equation) -> Sizes | None:
    """The sizes of an equation; None where it is no such move."""
    name = e.primitive.name
    if name not in NAMES:
        return None
    index = e.operands[1].spec.shape
    whole = (e.out if name in ADDS else e.operands[0]).spec.shape
    if name in ("take_along", "add_along"):
        axis = e.params[0]
        return Sizes(prod(index[:axis]), whole[axis], index[axis], prod(index[axis + 1 :]), own=True)
    if name in ("take", "spread"):
        return Sizes(1, prod(whole), prod(index), 1, own=False)
    return Sizes(1, whole[0], prod(index[1:]), prod(whole[1:]), own=False) if index[0] == 1 else None


class MoveCode:
    """One move: the numbers that its kernel is given. There is one kernel for all moves of a kind and a dtype."""

    def __init__(self, equation: Equation, layouts: Layouts) -> None:
        self._found = sizes_of(equation)
        self._adds = equation.primitive.name in ADDS
        self._name = equation.primitive.name
        self._dtype = equation.out.spec.dtype
        self._layouts = layouts
        self.arguments: list[Any] = [*equation.operands, equation.out]

    def __str__(self) -> str:
        return f"{self._name} {list(self.arguments[-1].spec.shape)}"

    @property
    def possible(self) -> bool:
        """Whether there is a kernel for the dtypes, and everything lies in order."""
        if self._found is None or any(isinstance(v, Literal) for v in self.arguments):
            return False
        fits = self._dtype.char in "fd" if self._adds else self._dtype.itemsize in (1, 2, 4, 8)
        in_order = all(map(self._layouts.in_order, self.arguments))
        index = self.arguments[1].spec.dtype
        return fits and in_order and index == np.int64 and not self._dtype.hasobject

    @property
    def _sizes(self) -> Sizes:
        assert self._found is not None  # noqa: S101  possible was asked
        return self._found

    @property
    def _way(self) -> str:
        """What a turn is, of those that threads may do at the same time.

        It is a row; or, where there is but one, an entry of the index to pick what it says, and a place of the result
        to add what belongs there.
        """
        return "row" if self._sizes.own else "place" if self._adds else "entry"

    @property
    def turns(self) -> int:
        """How many there are."""
        outer, length, entries, *_ = self._sizes
        return {"row": outer, "place": length, "entry": entries}[self._way]

    @property
    def work(self) -> int:
        """How many elements are written."""
        return prod(self.arguments[-1].spec.shape)

    @property
    def pieces(self) -> int:
        """Into how many pieces it is cut for several threads."""
        threads = POOL.threads
        if threads == 1 or self.work < GRAIN or (self._way == "place" and self._sizes.inner < LONG):
            return 1
        return min(self.turns, threads if self._way == "place" else PIECES * threads)

    def key(self) -> Any:
        """What the code is the same for."""
        return "move", self._way, self._adds, self._dtype.char if self._adds else self._dtype.itemsize

    def numbers(self) -> list[int]:
        """Sizes."""
        return [self._sizes.length, self._sizes.entries, self._sizes.inner]

    def write(self, module: Any, name: str) -> None:
        """Write the kernel."""
        kind: Any = ir.IntType(8 * self._dtype.itemsize)
        if self._adds:
            kind = ir.FloatType() if self._dtype.char == "f" else ir.DoubleType()
        table, what, lo, hi = ir.Function(module, KERNEL, name).args
        b = ir.IRBuilder(module.globals[name].append_basic_block("entry"))
        x, index, out, fault = (address(b, table, what, i) for i in range(4))
        x, out = (b.inttoptr(p, kind.as_pointer()) for p in (x, out))
        index, fault = (b.inttoptr(p, INDEX.as_pointer()) for p in (index, fault))
        length, count, inner = (given(b, what, 8 + i) for i in range(3))
        zero = number(0)
        if self._adds:
            row = b.mul(length, inner) if self._way == "row" else inner
            with loop(b, b.mul(lo, row), b.mul(hi, row)) as element:
                b.store(ir.Constant(kind, 0.0), b.gep(out, [element.i]))
        rows = (lo, hi) if self._way == "row" else (zero, number(1))
        entries = (lo, hi) if self._way == "entry" else (zero, count)
        with loop(b, *rows) as turn, loop(b, *entries) as one:
            entry = b.add(b.mul(turn.i, count), one.i)
            small, large = b.mul(entry, inner), b.mul(turn.i, length)
            if self._way == "row":
                with loop(b, zero, inner) as behind:
                    at = _place(b, b.load(b.gep(index, [b.add(small, behind.i)])), length, fault)
                    large = b.mul(b.add(large, at), inner)
                    self._move(b, x, out, b.add(small, behind.i), b.add(large, behind.i))
            else:
                at = _place(b, b.load(b.gep(index, [entry])), length, fault, from_the_end=True)
                mine = b.and_(b.icmp_signed("<=", lo, at), b.icmp_signed("<", at, hi))
                large = b.mul(at, inner)
                with b.if_then(mine) if self._way == "place" else nullcontext(), loop(b, zero, inner) as behind:
                    self._move(b, x, out, b.add(small, behind.i), b.add(large, behind.i))
        b.ret_void()

    def _move(self, b: Any, x: Any, out: Any, small: Any, large: Any) -> None:
        """Move one element: `small` is its place in what the index is as large as, `large` in the other array."""
        if self._adds:
            target = b.gep(out, [large])
            b.store(b.fadd(b.load(target), b.load(b.gep(x, [small]))), target)
        else:
            b.store(b.load(b.gep(x, [large])), b.gep(out, [small]))


class CheckCode:
    """The row that refuses an index which points outside: its entries are counted from the front, and looked at."""

    def __init__(self, equation: Equation, layouts: Layouts) -> None:
        self._equation, self._layouts = equation, layouts
        self.arguments: list[Any] = [*equation.operands, equation.out]

    def __str__(self) -> str:
        return f"inside {list(self._equation.out.spec.shape)}"

    @property
    def possible(self) -> bool:
        """Whether it is that row, for an index that lies in order."""
        if self._equation.primitive.name != "inside" or isinstance(self.arguments[0], Literal):
            return False
        return self._equation.out.spec.dtype == np.int64 and all(map(self._layouts.in_order, self.arguments))

    @property
    def turns(self) -> int:
        """How many entries there are."""
        return prod(self._equation.out.spec.shape)

    @property
    def _from_the_end(self) -> bool:
        return OUTSIDE[self._equation.params[2]].from_the_end

    def key(self) -> Any:
        """What the code is the same for."""
        return "inside", self._from_the_end

    def numbers(self) -> list[int]:
        """The length of what is indexed."""
        return [self._equation.params[1]]

    def write(self, module: Any, name: str) -> None:
        """Write the kernel."""
        table, what, lo, hi = ir.Function(module, KERNEL, name).args
        b = ir.IRBuilder(module.globals[name].append_basic_block("entry"))
        index, out, fault = (b.inttoptr(address(b, table, what, i), INDEX.as_pointer()) for i in range(3))
        length = given(b, what, 6)
        with loop(b, lo, hi) as turn:
            entry = b.load(b.gep(index, [turn.i]))
            at = _place(b, entry, length, fault, from_the_end=self._from_the_end)
            b.store(at, b.gep(out, [turn.i]))
        b.ret_void()


FAULTING = MoveCode, CheckCode
"""What notes an index that points outside."""

GRAIN = 32_000
"""From so many elements a move is shared among threads."""

LONG = 8
"""Who adds what belongs to some of the places looks at all entries of the index, which so many elements are worth."""


def _place(b: Any, entry: Any, length: Any, fault: Any, *, from_the_end: bool = False) -> Any:
    """An entry counted from the front; one that points outside is noted, and 0 is taken in its place."""
    at = b.select(b.icmp_signed("<", entry, number(0)), b.add(entry, length), entry) if from_the_end else entry
    inside = b.icmp_unsigned("<", at, length)
    with b.if_then(b.not_(inside), likely=False):  # several threads may write it, but nothing else than 1
        b.store(number(1), fault)
    return b.select(inside, at, number(0))

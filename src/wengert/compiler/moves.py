"""Elements that are picked out by an index, or added where an index says: kernels of their own.

    pick:  out[o, k, j] = x[o, index[o, k, (j)], j]            add:  out[o, index[o, k, (j)], j] += g[o, k, j]

An index that points outside is noted in a place that the program looks at afterwards; then the function itself runs,
and says so.

Knows how rows use an index. Must not know nests.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from llvmlite import ir

from wengert.compiler.kernels import KERNEL, address, given
from wengert.graph.ir import Literal
from wengert.native.writing import INDEX, loop, number

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

    faults = True

    def __init__(self, equation: Equation, layouts: Layouts) -> None:
        self._sizes = sizes_of(equation)
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
        if self._sizes is None or any(isinstance(v, Literal) for v in self.arguments):
            return False
        fits = self._dtype.char in "fd" if self._adds else self._dtype.itemsize in (1, 2, 4, 8)
        in_order = all(map(self._layouts.in_order, self.arguments))
        index = self.arguments[1].spec.dtype
        return fits and in_order and index == np.int64 and not self._dtype.hasobject

    @property
    def turns(self) -> int:
        """How many rows there are."""
        assert self._sizes is not None  # noqa: S101  possible was asked
        return self._sizes.outer

    def key(self) -> Any:
        """What the code is the same for."""
        assert self._sizes is not None  # noqa: S101
        return "move", self._adds, self._dtype.char if self._adds else self._dtype.itemsize, self._sizes.own

    def numbers(self) -> list[int]:
        """Sizes."""
        assert self._sizes is not None  # noqa: S101
        return [self._sizes.length, self._sizes.entries, self._sizes.inner]

    def write(self, module: Any, name: str) -> None:
        """Write the kernel."""
        assert self._sizes is not None  # noqa: S101
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
            row = b.mul(length, inner)
            with loop(b, b.mul(lo, row), b.mul(hi, row)) as element:
                b.store(ir.Constant(kind, 0.0), b.gep(out, [element.i]))
        with loop(b, lo, hi) as rows, loop(b, zero, count) as entries:
            o, k = rows.i, entries.i
            entry = b.add(b.mul(o, count), k)
            if not self._sizes.own:
                whole = _place(b, b.load(b.gep(index, [entry])), length, fault, from_the_end=True)
            with loop(b, zero, inner) as behind:
                j = behind.i
                small = b.add(b.mul(entry, inner), j)
                at = _place(b, b.load(b.gep(index, [small])), length, fault) if self._sizes.own else whole
                large = b.add(b.mul(b.add(b.mul(o, length), at), inner), j)
                if self._adds:
                    target = b.gep(out, [large])
                    b.store(b.fadd(b.load(target), b.load(b.gep(x, [small]))), target)
                else:
                    b.store(b.load(b.gep(x, [large])), b.gep(out, [small]))
        b.ret_void()


def _place(b: Any, entry: Any, length: Any, fault: Any, *, from_the_end: bool = False) -> Any:
    """An entry counted from the front; one that points outside is noted, and 0 is taken in its place."""
    at = b.select(b.icmp_signed("<", entry, number(0)), b.add(entry, length), entry) if from_the_end else entry
    inside = b.icmp_unsigned("<", at, length)
    b.store(b.or_(b.load(fault), b.zext(b.not_(inside), INDEX)), fault)
    return b.select(inside, at, number(0))

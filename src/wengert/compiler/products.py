"""Products of matrices: our own code where vectors are worth it, else BLAS, called by its address.

    C = A B for row-major C is, column by column, C^T = B^T A^T, which is how BLAS is asked for it

Knows the calling convention of BLAS. Must not know graphs' steps.
"""

from __future__ import annotations

from copy import copy
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from llvmlite import ir

from wengert.graph.ir import Variable
from wengert.native.blas import THREADS, blas, pieces_of
from wengert.native.kernels import KERNEL, LANES, PRODUCT, address, given
from wengert.native.machine import machine
from wengert.native.matrices import MULTIPLY, Multiplication
from wengert.native.writing import INDEX, loop, number
from wengert.shapes import contiguous_strides

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wengert.compiler.layouts import Layouts
    from wengert.graph.ir import Equation


class Matrix(NamedTuple):
    """How a stack of matrices lies in memory, as BLAS sees it.

    Attributes:
        transposed: whether its columns lie in memory one after another.
        lead: the step from one row (or column) to the next.
        batch: the steps of the dimensions before the last two.
    """

    transposed: bool
    lead: int
    batch: tuple[int, ...]

    @property
    def steps(self) -> tuple[int, int]:
        """The steps from one row and from one column to the next."""
        return (1, self.lead) if self.transposed else (self.lead, 1)


def as_matrix(shape: tuple[int, ...], strides: tuple[int, ...], batch_rank: int) -> Matrix | None:
    """A layout as BLAS can take it; None if it cannot."""
    (rows, columns), (down, across) = shape[-2:], strides[-2:]
    missing = batch_rank - (len(shape) - 2)
    batch = (*(0,) * missing, *(0 if n == 1 else s for n, s in zip(shape[:-2], strides[:-2], strict=True)))
    if (across == 1 or columns == 1) and (down >= columns or rows == 1):
        return Matrix(False, max(down, columns, 1), batch)
    if (down == 1 or rows == 1) and (across >= rows or columns == 1):
        return Matrix(True, max(across, rows, 1), batch)
    return None


def follows(matrix: Matrix, shape: tuple[int, ...]) -> bool:
    """Whether the matrices of a batch of this shape lie so that they are one matrix of more rows."""
    if matrix.transposed:
        return False
    step = shape[-2] * matrix.lead
    for size, own in zip(reversed(shape[:-2]), reversed(matrix.batch), strict=False):
        if size != 1 and own != step:
            return False
        step *= size
    return len(shape) - 2 == len(matrix.batch)


def as_rows(shape: tuple[int, ...], strides: tuple[int, ...]) -> Matrix | None:
    """Vectors, which are counted by all axes but the last, as the rows of one matrix; None if they do not lie so."""
    step = None
    for size, stride in zip(reversed(shape[:-1]), reversed(strides[:-1]), strict=True):
        if size == 1:
            continue
        if step is not None and stride != step:
            return None
        step = stride * size
    first = next((s for n, s in zip(reversed(shape[:-1]), reversed(strides[:-1]), strict=True) if n != 1), shape[-1])
    return as_matrix((prod(shape[:-1]), shape[-1]), (first, strides[-1]), 0)


class ProductCode:
    """One product: the numbers that its kernel is given.

    There are four kernels for all products of a dtype: our own, and BLAS for a batch, for rows and for columns. A turn
    is a matrix of the batch, or, where there is no batch, a row or a column of the result.

    Attributes:
        arguments: the two operands and the result.
        in_blocks: whether it is done some rows at a time, with loops that go over the same rows.
    """

    in_blocks = False

    def __init__(self, equation: Equation, layouts: Layouts) -> None:
        x, y = equation.operands
        out = equation.out.spec
        self._batch = out.shape[:-2]
        self._sizes = (out.shape[-2], out.shape[-1], x.spec.shape[-1])
        rank = len(self._batch)
        self._x = as_matrix(x.spec.shape, layouts.of(x).strides, rank)  # type: ignore[arg-type]
        self._y = as_matrix(y.spec.shape, layouts.of(y).strides, rank)  # type: ignore[arg-type]
        self.arguments: list[Any] = [*equation.operands, equation.out]
        if self._batch and self.possible:
            self._become_one(layouts)
        self._single = out.dtype == np.float32
        self._own = self.possible and in_lanes(*self._sizes)
        rows, columns, _ = self._sizes
        by_rows = columns < SPLIT if self._own else rows >= columns  # what is cut is not stored twice
        self._along = "batch" if self._batch else "rows" if by_rows else "columns"
        self._adds = self._is_stored = False
        self._scale = 1.0

    @property
    def stores(self) -> bool:
        """Whether our own code stores the second operand, and nothing else does."""
        return self._own and not self._batch and not self._is_stored

    @property
    def second(self) -> tuple[Variable, Matrix]:
        """The second operand and how it lies."""
        assert self._y is not None  # noqa: S101  possible was asked
        return self.arguments[1], self._y

    @property
    def sizes(self) -> tuple[int, int, int]:
        """Rows, columns, and how much is summed over."""
        return self._sizes

    def take_stored(self, place: Variable) -> None:
        """Read the second operand where it has been stored."""
        self.arguments[1], self._is_stored = place, True

    @property
    def is_cut_by_rows(self) -> bool:
        """Whether threads share its rows, for which the second operand is one."""
        return self._along == "rows"

    def by_rows(self, place: Variable) -> ProductCode:
        """The same done some rows at a time, by as many calls, for which the second operand has been stored."""
        found = copy(self)
        found.go_by_rows()
        found.take_stored(place)
        return found

    def go_by_rows(self) -> None:
        """Be done some rows at a time."""
        self.arguments, self._along, self.in_blocks = list(self.arguments), "rows", True

    @property
    def adds(self) -> bool:
        """Whether it is added to what is there."""
        return self._adds

    def add_onto(self, out: Variable, factor: float = 1.0, by: Variable | None = None) -> None:
        """Add the product to what lies where a variable is to be, which has the shape of the result.

        Args:
            out: the variable.
            factor: how many times it is added, by our own code.
            by: one number that is computed, by which it is multiplied as well.
        """
        self.arguments[2:] = [out] if by is None else [by, out]
        self._adds, self._scale = True, factor

    @property
    def may_scale(self) -> bool:
        """Whether it can be added more than once, or less."""
        return self._own and not self._batch and not self._adds

    def _become_one(self, layouts: Layouts) -> None:
        """Take a batch of products with one matrix as one product, where the matrices lie so."""
        assert self._x is not None  # noqa: S101  possible was asked
        assert self._y is not None  # noqa: S101
        x, y, out = self.arguments
        rows, columns, between = self._sizes
        if prod(self._batch) == 1:
            self._x, self._y = self._x._replace(batch=()), self._y._replace(batch=())
        elif not any(self._y.batch) and follows(self._x, x.spec.shape):
            self._sizes = (prod(self._batch) * rows, columns, between)
            self._x, self._y = self._x._replace(batch=()), self._y._replace(batch=())
        elif columns == 1 and not any(self._x.batch) and y.spec.shape[:-2] == self._batch:
            # A v for many v is V A^T, where the v are the rows of V.
            vectors = as_rows(y.spec.shape[:-1], layouts.of(y).strides[:-1])
            if vectors is None:
                return
            self._sizes = (prod(self._batch), rows, between)
            self._x, self._y = vectors, self._x._replace(transposed=not self._x.transposed, batch=())
            self.arguments = [y, x, out]
        else:
            return
        self._batch = ()

    def __str__(self) -> str:
        m, n, k = self._sizes
        added = "" if not self._adds else " added" if self._scale == 1 and self._places == 3 else " added in proportion"
        return f"product {list(self._batch) if self._batch else ''}[{m}, {k}] @ [{k}, {n}]{added}"

    @property
    def possible(self) -> bool:
        """Whether BLAS can take both operands as they lie."""
        return self._x is not None and self._y is not None

    @property
    def by_blas(self) -> bool:
        """Whether BLAS does it, and not our own code."""
        return not self._own

    @property
    def turns(self) -> int:
        """How many turns there are."""
        return prod(self._batch) if self._batch else self._sizes[self._along == "columns"]

    @property
    def multiplications(self) -> int:
        """How many multiplications of numbers it takes."""
        return prod(self._batch) * prod(self._sizes)

    @property
    def work(self) -> int:
        """As how many elements of a nest it counts."""
        return self.multiplications // IN_LANES

    @property
    def pieces(self) -> int:
        """Into how many pieces it is cut for several threads."""
        shared = self._own or THREADS.known  # a BLAS that cannot be told to stay on one thread shares by itself
        return pieces_of(self.multiplications, self.turns, stacked=self._batch != (), least=grain()) if shared else 1

    @property
    def shareable(self) -> bool:
        """Whether its turns can be done row by row with those of nests: our own code, for enough matrices or rows."""
        return self._own and (self._along == "batch" or self.in_blocks) and self.turns >= MOST_ROWS

    def moves(self, v: Variable) -> bool:
        """Whether the matrices of a batch lie at different places."""
        return any(starts.any() for each, starts, _ in self._matrices() if each is v)

    def in_rows(self, v: Variable, offset: int, size: int, rows: int) -> bool:
        """Whether turns read and write an operand only in their row, if its memory of some size is cut into rows."""
        width, left = divmod(size, rows)
        row = np.arange(self.turns) // (self.turns // rows) * width
        return not left and all(
            bool(((row <= offset + starts) & (offset + starts + reach < row + width)).all())
            for each, starts, reach in self._matrices()
            if each is v
        )

    def _matrices(self) -> Iterator[tuple[Variable, Any, int]]:
        """The three operands: where each turn begins, and how far a last element is from the first."""
        assert self._x is not None  # noqa: S101  possible was asked
        assert self._y is not None  # noqa: S101
        m, n, k = self._sizes
        starts = np.array(self._steps()).reshape(-1, 3).T
        if self.in_blocks:
            starts, m = starts * np.arange(self.turns), 1
        lies = [(self._x.steps, m, k), (self._y.steps, k, n), ((n, 1), m, n)]
        for v, begin, ((down, across), rows, columns) in zip(self.arguments, starts, lies, strict=True):
            yield v, begin, (rows - 1) * down + (columns - 1) * across

    def key(self) -> Any:
        """What the code is the same for."""
        return (LANES, self._single, self._places) if self._own else (PRODUCT, self._single, self._along)

    @property
    def _places(self) -> int:
        """How many operands there are, with the number and the result."""
        return len(self.arguments)

    def numbers(self) -> list[int]:
        """What the kernel wants to know, and where each turn begins: steps, or the places of each, in bytes."""
        assert self._x is not None  # noqa: S101  possible was asked
        assert self._y is not None  # noqa: S101
        m, n, k = self._sizes
        size = 4 if self._single else 8
        starts = [size * step for step in self._steps()]
        if self._own:
            steps = (0, 0) if self._is_stored else self._y.steps
            scale = int(np.float64(self._scale).view(np.int64))
            return [WAYS.index(self._along), m, n, k, *self._x.steps, *steps, n, int(self._adds), scale, *starts]
        letters = [ord("T" if matrix.transposed else "N") for matrix in (self._y, self._x)]
        return [*letters, n, m, k, self._y.lead, self._x.lead, n, int(self._adds), *starts]

    def _steps(self) -> list[int]:
        """How far it is from one turn to the next in the three matrices, or for batches, where each one begins."""
        assert self._x is not None  # noqa: S101
        assert self._y is not None  # noqa: S101
        m, n, _ = self._sizes
        if self._along == "rows":
            return [self._x.steps[0], 0, n]
        if self._along == "columns":
            return [0, self._y.steps[1], 1]
        steps = (self._x.batch, self._y.batch, contiguous_strides((*self._batch, m, n))[: len(self._batch)])
        return [sum(i * s for i, s in zip(at, step, strict=True)) for at in np.ndindex(*self._batch) for step in steps]

    def write(self, module: Any, name: str) -> None:
        """Write the kernel."""
        kind = FLOAT if self._single else DOUBLE
        if self._own:
            write_lanes(module, name, kind, self._places)
        else:
            self._write_blas(module, name, kind)

    def _write_blas(self, module: Any, name: str, kind: Any) -> None:
        """Write the kernel that calls BLAS, which takes its numbers from where they stand among the given ones."""
        element = kind.as_pointer()
        function = ir.Function(module, KERNEL, name)
        table, what, lo, hi = function.args
        b = ir.IRBuilder(function.append_basic_block("entry"))
        places = [address(b, table, what, i) for i in range(3)]
        found = blas("sgemm" if self._single else "dgemm")
        whole, letter = ir.IntType(found.width).as_pointer(), ir.IntType(8).as_pointer()
        start = 2 * len(places)
        read = [b.bitcast(b.gep(what, [number(start + i)]), letter if i < LETTERS else whole) for i in range(NUMBERS)]
        one, kept = (b.alloca(element.pointee) for _ in range(2))
        b.store(ir.Constant(element.pointee, 1.0), one)
        b.store(b.sitofp(given(b, what, start + NUMBERS), element.pointee), kept)  # how much of what is there
        signature = ir.FunctionType(ir.VoidType(), [letter, letter, *[whole] * 3, element, element, whole, element,
                                                    whole, element, element, whole])  # fmt: skip
        call = b.inttoptr(number(found.address), signature.as_pointer())
        starts = b.gep(what, [number(start + NUMBERS + 1)])

        def multiply(first: Any, factor: Any) -> None:
            x, y, out = (b.inttoptr(b.add(p, b.mul(given(b, first, j), factor)), element) for j, p in enumerate(places))
            b.call(call, [*read[:5], one, y, read[5], x, read[6], kept, out, read[7]])

        if self._along == "batch":
            with loop(b, lo, hi) as turn:
                multiply(b.gep(starts, [b.mul(turn.i, number(3))]), number(1))
        else:
            count = b.alloca(whole.pointee)
            length = b.sub(hi, lo)
            b.store(length if found.width == INDEX.width else b.trunc(length, whole.pointee), count)
            read[3 if self._along == "rows" else 2] = count
            multiply(starts, lo)
        b.ret_void()


FLOAT, DOUBLE = ir.FloatType(), ir.DoubleType()

WAYS = ["batch", "rows", "columns"]
"""What the turns of our own kernel can be."""

SPLIT = 192
"""From so many columns on a product of our own is cut by columns."""

THIN = 4, 8
"""With fewer rows or columns than these, vectors are mostly empty."""

IN_LANES = 16
"""About so many multiplications take as long as an element of a nest."""

GRAIN = 250_000
"""A thread gets at least so many multiplications."""

WIDE = 64
"""The bytes of the widest vectors."""

WIDER = 4
"""So many times as many where vectors are that wide and done at once: the matrices take as long to come to another
processor's cache."""

MOST_ROWS = 16
"""A nest or a product that leaves a group with fewer rows begins another."""

LARGE = 256
"""From so many rows, columns and numbers between, BLAS is a twentieth quicker, but not with the widest vectors."""


def in_lanes(rows: int, columns: int, between: int) -> bool:
    """Whether our own code does a product of matrices of these sizes."""
    registers = machine().registers
    if registers is None or rows < THIN[0] or columns < THIN[1] or not between:
        return False
    return min(rows, columns, between) < LARGE or registers.bytes == WIDE


def grain() -> int:
    """How many multiplications are worth another thread on this machine."""
    registers = machine().registers
    quick = registers is not None and registers.bytes == WIDE and not registers.halved
    return GRAIN * WIDER if quick else GRAIN


def write_lanes(module: Any, name: str, element: Any, count: int) -> None:
    """Write our own kernel: all turns of a batch, one after the other, or some rows or columns of one product.

    There are so many operands, of which a third one before the result is a number.
    """
    registers = machine().registers
    assert registers is not None  # noqa: S101  in_lanes was asked
    multiply = module.globals.get(f"{MULTIPLY}_{element}") or Multiplication(module, element, registers).function
    function = ir.Function(module, KERNEL, name)
    table, what, lo, hi = function.args
    b = ir.IRBuilder(function.append_basic_block("entry"))
    places = [address(b, table, what, i) for i in range(count)]
    start = 2 * len(places)
    way, rows, columns, between, *steps, adds, scale = (given(b, what, start + i) for i in range(11))
    scale = b.bitcast(scale, DOUBLE) if element == DOUBLE else b.fptrunc(b.bitcast(scale, DOUBLE), element)
    if count > 3:
        scale = b.fmul(scale, b.load(b.inttoptr(places.pop(2), element.as_pointer())))
    batch, by_rows, by_columns = (b.icmp_signed("==", way, number(i)) for i in range(3))
    rows = b.select(by_rows, b.sub(hi, lo), rows)
    columns = b.select(by_columns, b.sub(hi, lo), columns)
    with loop(b, lo, b.select(batch, hi, b.add(lo, number(1)))) as turn:
        begin = b.gep(what, [b.add(number(start + 11), b.select(batch, b.mul(turn.i, number(3)), number(0)))])
        factor = b.select(batch, number(1), lo)
        x, y, out = (
            b.inttoptr(b.add(place, b.mul(given(b, begin, i), factor)), element.as_pointer())
            for i, place in enumerate(places)
        )
        b.call(multiply, [rows, columns, between, x, *steps[:2], y, *steps[2:4], out, steps[4], adds, scale])
    b.ret_void()


LETTERS, NUMBERS = 2, 8
"""How many of the numbers of a product are letters, and how many there are before whether it adds, and the starts of
its turns."""

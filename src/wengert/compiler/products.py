"""Products of matrices: BLAS, called by its address from native code.

    C = A B for row-major C is, column by column, C^T = B^T A^T

Knows the calling convention of BLAS. Must not know graphs' steps.
"""

from __future__ import annotations

import ctypes
from functools import cache
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from llvmlite import ir

from wengert.compiler.kernels import KERNEL, PRODUCT, address, given, loop, number
from wengert.shapes import contiguous_strides

if TYPE_CHECKING:
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


class Blas(NamedTuple):
    """Where a function of BLAS is, and how wide its whole numbers are, in bits."""

    address: int
    width: int


@cache
def blas(name: str) -> Blas:
    """A function of BLAS: NumPy's own, if it is to be found, else SciPy's.

    Raises:
        ImportError: if there is neither.
    """
    for path in (Path(np.__file__).parents[1] / "numpy.libs").glob("libscipy_openblas64_*"):
        function = getattr(ctypes.CDLL(str(path)), f"scipy_{name}_64_", None)
        if function is not None:
            return Blas(ctypes.cast(function, ctypes.c_void_p).value or 0, 64)
    from scipy.linalg import cython_blas  # noqa: PLC0415  takes longer to import than wengert

    capsule = cython_blas.__pyx_capi__[name]
    name_of = ctypes.pythonapi.PyCapsule_GetName
    name_of.restype, name_of.argtypes = ctypes.c_char_p, [ctypes.py_object]
    pointer_of = ctypes.pythonapi.PyCapsule_GetPointer
    pointer_of.restype, pointer_of.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    return Blas(pointer_of(capsule, name_of(capsule)), 32)


class ProductCode:
    """One product: the numbers that its kernel is given. There is one kernel for all products of a dtype."""

    def __init__(self, equation: Equation, layouts: Layouts) -> None:
        x, y = equation.operands
        out = equation.out.spec
        self._batch = out.shape[:-2]
        self._sizes = (out.shape[-2], out.shape[-1], x.spec.shape[-1])
        rank = len(self._batch)
        self._x = as_matrix(x.spec.shape, layouts.of(x).strides, rank)  # type: ignore[arg-type]
        self._y = as_matrix(y.spec.shape, layouts.of(y).strides, rank)  # type: ignore[arg-type]
        if self._x is not None and self._y is not None and not any(self._y.batch) and follows(self._x, x.spec.shape):
            rows = prod(out.shape[:-1])
            self._batch, self._sizes = (), (rows, *self._sizes[1:])
            self._x, self._y = self._x._replace(batch=()), self._y._replace(batch=())
        self._single = out.dtype == np.float32
        self.arguments: list[Any] = [*equation.operands, equation.out]

    def __str__(self) -> str:
        m, n, k = self._sizes
        return f"product {list(self._batch) if self._batch else ''}[{m}, {k}] @ [{k}, {n}]"

    @property
    def possible(self) -> bool:
        """Whether BLAS can take both operands as they lie."""
        return self._x is not None and self._y is not None

    @property
    def turns(self) -> int:
        """How many products there are."""
        return prod(self._batch)

    @property
    def multiplications(self) -> int:
        """How many multiplications of numbers they are."""
        return self.turns * prod(self._sizes)

    def key(self) -> Any:
        """What the code is the same for."""
        return PRODUCT, self._single

    def numbers(self) -> list[int]:
        """Letters, sizes, steps between rows, and where each matrix of the batch begins, in bytes."""
        assert self._x is not None  # noqa: S101  possible was asked
        assert self._y is not None  # noqa: S101
        m, n, k = self._sizes
        letters = [ord("T" if matrix.transposed else "N") for matrix in (self._y, self._x)]
        steps = (self._x.batch, self._y.batch, contiguous_strides((*self._batch, m, n))[: len(self._batch)])
        size = 4 if self._single else 8
        starts = [
            size * sum(i * s for i, s in zip(at, step, strict=True))
            for at in np.ndindex(*self._batch)
            for step in steps
        ]
        return [*letters, n, m, k, self._y.lead, self._x.lead, n, *starts]

    def write(self, module: Any, name: str) -> None:
        """Write the kernel: BLAS takes its numbers from where they stand among the given ones."""
        element = (ir.FloatType() if self._single else ir.DoubleType()).as_pointer()
        function = ir.Function(module, KERNEL, name)
        table, what, lo, hi = function.args
        b = ir.IRBuilder(function.append_basic_block("entry"))
        places = [address(b, table, what, i) for i in range(3)]
        found = blas("sgemm" if self._single else "dgemm")
        whole, letter = ir.IntType(found.width).as_pointer(), ir.IntType(8).as_pointer()
        start = 2 * len(places)
        read = [b.bitcast(b.gep(what, [number(start + i)]), letter if i < LETTERS else whole) for i in range(NUMBERS)]
        one, zero = (b.alloca(element.pointee) for _ in range(2))
        for target, value in ((one, 1.0), (zero, 0.0)):
            b.store(ir.Constant(element.pointee, value), target)
        with loop(b, lo, hi) as turn:
            i = turn.i
            first = b.gep(what, [b.add(number(start + NUMBERS), b.mul(i, number(3)))])
            x, y, out = (b.inttoptr(b.add(p, given(b, first, j)), element) for j, p in enumerate(places))
            arguments = [*read[:5], one, y, read[5], x, read[6], zero, out, read[7]]
            signature = ir.FunctionType(ir.VoidType(), [a.type for a in arguments])
            b.call(b.inttoptr(number(found.address), signature.as_pointer()), arguments)
        b.ret_void()


LETTERS, NUMBERS = 2, 8
"""How many of the numbers of a product are letters, and how many there are before those of the batch."""

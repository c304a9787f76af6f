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

if TYPE_CHECKING:
    from wengert.compiler.layouts import Layouts
    from wengert.graph.ir import Equation

CHAR = ir.IntType(8)
INDEX = ir.IntType(64)


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
    """One product: how it is called."""

    def __init__(self, equation: Equation, layouts: Layouts) -> None:
        x, y = equation.operands
        out = equation.out.spec
        rank = out.ndim - 2
        self.batch_shape = out.shape[:-2]
        self.sizes = (out.shape[-2], out.shape[-1], x.spec.shape[-1])
        self.x = as_matrix(x.spec.shape, layouts.of(x).strides, rank)  # type: ignore[arg-type]
        self.y = as_matrix(y.spec.shape, layouts.of(y).strides, rank)  # type: ignore[arg-type]
        self.single = out.dtype == np.float32

    @property
    def possible(self) -> bool:
        """Whether BLAS can take both operands as they lie."""
        return self.x is not None and self.y is not None

    def write(self, builder: Any, pointers: tuple[Any, Any, Any]) -> None:
        """Write the call, or the calls of a batch, for places of x, y and the result."""
        assert self.x is not None  # noqa: S101  possible was asked
        assert self.y is not None  # noqa: S101
        x, y, out = pointers
        m, n, k = self.sizes
        steps = (self.x.batch, self.y.batch, self._own_batch())
        for at in np.ndindex(*self.batch_shape) if prod(self.batch_shape) <= UNROLLED else ():
            places = [
                builder.gep(p, [ir.Constant(INDEX, sum(i * s for i, s in zip(at, step, strict=True)))])
                for p, step in zip((x, y, out), steps, strict=True)
            ]
            self._call(builder, places, m, n, k)
        if prod(self.batch_shape) > UNROLLED:
            self._loop(builder, (x, y, out), steps, (m, n, k))

    def _own_batch(self) -> tuple[int, ...]:
        size = self.sizes[0] * self.sizes[1]
        steps = []
        for n in reversed(self.batch_shape):
            steps.append(size)
            size *= n
        return tuple(reversed(steps))

    def _loop(self, b: Any, pointers: Any, steps: Any, sizes: Any) -> None:
        """Calls for all of a batch, counted by one loop."""
        count = prod(self.batch_shape)
        before = b.block
        head, body, done = (b.append_basic_block(name) for name in ("head", "body", "done"))
        b.branch(head)
        b.position_at_end(head)
        i = b.phi(INDEX)
        i.add_incoming(ir.Constant(INDEX, 0), before)
        b.cbranch(b.icmp_signed("<", i, ir.Constant(INDEX, count)), body, done)
        b.position_at_end(body)
        offsets = [ir.Constant(INDEX, 0)] * 3
        rest = i
        for d in reversed(range(len(self.batch_shape))):
            size = ir.Constant(INDEX, self.batch_shape[d])
            place = b.srem(rest, size)
            rest = b.sdiv(rest, size)
            offsets = [
                b.add(o, b.mul(place, ir.Constant(INDEX, step[d]))) for o, step in zip(offsets, steps, strict=True)
            ]
        self._call(b, [b.gep(p, [o]) for p, o in zip(pointers, offsets, strict=True)], *sizes)
        i.add_incoming(b.add(i, ir.Constant(INDEX, 1)), b.block)
        b.branch(head)
        b.position_at_end(done)

    def _call(self, b: Any, places: list[Any], m: int, n: int, k: int) -> None:
        assert self.x is not None  # noqa: S101
        assert self.y is not None  # noqa: S101
        element = ir.FloatType() if self.single else ir.DoubleType()
        x, y, out = places
        one, zero = (global_constant(b.module, element, value) for value in (1.0, 0.0))
        letters = [global_constant(b.module, CHAR, ord("T" if flag else "N")) for flag in
                   (self.y.transposed, self.x.transposed)]  # fmt: skip
        found = blas("sgemm" if self.single else "dgemm")
        whole = [
            global_constant(b.module, ir.IntType(found.width), value)
            for value in (n, m, k, self.y.lead, self.x.lead, n)
        ]
        arguments = [*letters, *whole[:3], one, y, whole[3], x, whole[4], zero, out, whole[5]]
        signature = ir.FunctionType(ir.VoidType(), [a.type for a in arguments])
        address = ir.Constant(INDEX, found.address)
        b.call(b.inttoptr(address, signature.as_pointer()), arguments)


UNROLLED = 2
"""So many products are called one after another without a loop."""


def global_constant(module: Any, kind: Any, value: Any) -> Any:
    """A number in memory, as BLAS wants its arguments."""
    name = f"constant_{kind}_{value}".replace(".", "_").replace("-", "m").replace(" ", "")
    if name in module.globals:
        return module.globals[name]
    found = ir.GlobalVariable(module, kind, name)
    found.global_constant = True
    found.linkage = "internal"
    found.initializer = ir.Constant(kind, value)
    return found

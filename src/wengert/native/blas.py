"""BLAS as NumPy has it: where its functions are, and on how many threads they run.

OpenBLAS wakes threads of its own for products that take a few microseconds, and waits for them; on a machine with
other work that is 16 ms, a thousand times the product. So it is told to stay on the thread that calls it, and large
products are shared by rows or columns among our own threads, of which those that are free take the pieces.

Knows BLAS and threads. Must not know graphs or tensors.
"""

from __future__ import annotations

import ctypes
from functools import cache, cached_property
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from wengert.core.buffers import empty
from wengert.core.threads import POOL

if TYPE_CHECKING:
    from collections.abc import Callable

ALONE = 262_144
"""Up to so many multiplications OpenBLAS wakes nobody anyway."""

TINY = 1000
"""Below so many multiplications the call itself takes longer than what it does."""

WORTH_SHARING = 4_000_000
"""A thread gets at least so many multiplications, which take about 100 us."""

STACKED = 4
"""Into how many pieces per thread a stack of products is cut: a thread that is held up leaves some to others. A single
product is cut into one for each thread, since each piece packs what it shares with the others again."""


class Blas(NamedTuple):
    """Where a function of BLAS is, and how wide its whole numbers are, in bits."""

    address: int
    width: int


@cache
def own() -> Any:
    """The library that came with NumPy; None where NumPy uses another."""
    for path in (Path(np.__file__).parents[1] / "numpy.libs").glob("libscipy_openblas64_*"):
        return ctypes.CDLL(str(path))
    return None


@cache
def blas(name: str) -> Blas:
    """A function of BLAS: NumPy's own, if it is to be found, else SciPy's.

    Raises:
        ImportError: if there is neither.
    """
    function = getattr(own(), f"scipy_{name}_64_", None)
    if function is not None:
        return Blas(ctypes.cast(function, ctypes.c_void_p).value or 0, 64)
    from scipy.linalg import cython_blas  # noqa: PLC0415  takes longer to import than wengert

    capsule = cython_blas.__pyx_capi__[name]
    name_of = ctypes.pythonapi.PyCapsule_GetName
    name_of.restype, name_of.argtypes = ctypes.c_char_p, [ctypes.py_object]
    pointer_of = ctypes.pythonapi.PyCapsule_GetPointer
    pointer_of.restype, pointer_of.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    return Blas(pointer_of(capsule, name_of(capsule)), 32)


class Threads:
    """How many threads BLAS uses: one while we call it, what it was afterwards. Asked when that first matters."""

    @cached_property
    def known(self) -> bool:
        """Whether this BLAS can be told."""
        return hasattr(own(), "scipy_openblas_set_num_threads64_")

    @cached_property
    def _tell(self) -> Callable[[int], Any]:
        return own().scipy_openblas_set_num_threads64_ if self.known else lambda count: None

    @cached_property
    def _usual(self) -> int:
        return own().scipy_openblas_get_num_threads64_() if self.known else 1

    def one(self) -> None:
        """Stay on the thread that calls."""
        _ = self._usual  # what it is before it is told anything
        self._tell(1)

    def usual(self) -> None:
        """Go on as NumPy does."""
        self._tell(self._usual)

    def limit(self, count: int) -> None:
        """Use so many from now on, for NumPy's own products too."""
        self._usual = count
        self._tell(count)


THREADS = Threads()


@cache
def _trsm(letter: str) -> Any:
    """BLAS's function for triangular systems of a dtype, and the type of its whole numbers."""
    found = blas({"f": "strsm", "d": "dtrsm", "F": "ctrsm", "D": "ztrsm"}[letter])
    return ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 11)(found.address), np.dtype(f"i{found.width // 8}")


def solve_triangle(a: Any, x: Any, *, upper: bool, unit: bool) -> None:
    """Let x, of rows one after the other, become what solves a x = x.

    Args:
        a: a triangle whose rows or columns lie one after the other, of one dtype with x; the other half is not read.
        x: what is written over.
        upper: which triangle of a it is.
        unit: whether its diagonal is of ones, which are not read.
    """
    function, kind = _trsm(x.dtype.char)
    by_columns = not a.flags.c_contiguous  # rows seen as columns are the transposed: x^T a^T = b^T
    letters = np.frombuffer(b"R" + (b"U" if upper == by_columns else b"L") + (b"T" if by_columns else b"N")
                            + (b"U" if unit else b"N"), np.uint8)  # fmt: skip
    n, columns = x.shape
    sizes, one = np.array([columns, n, n], kind), np.ones(1, x.dtype)
    first, second, third = (sizes.ctypes.data + i * kind.itemsize for i in range(3))
    THREADS.one()
    try:
        function(*(letters.ctypes.data + i for i in range(4)), first, second, one.ctypes.data, a.ctypes.data, third,
                 x.ctypes.data, first)  # fmt: skip
    finally:
        THREADS.usual()


def pieces_of(multiplications: int, length: int, *, stacked: bool, least: int = WORTH_SHARING) -> int:
    """Into how many pieces a product is cut; 1 where that is not worth it.

    Args:
        multiplications: how many it takes.
        length: of the axis along which it is cut.
        stacked: whether that axis counts matrices.
        least: how many a thread gets at least.
    """
    if POOL.threads == 1:
        return 1
    most = STACKED * POOL.threads if stacked else POOL.threads
    return max(1, min(most, multiplications // least, length))


def product(x: Any, y: Any) -> Any:
    """x @ y for stacks of matrices of one dtype."""
    size = x.size * y.shape[-1]
    multiply: Any = outer if x.shape[-1] == 1 and size >= TINY else np.matmul
    if size <= ALONE or x.dtype.char not in "fd" or not THREADS.known:
        return multiply(x, y)
    if y.ndim == 2 < x.ndim and x.flags.c_contiguous:  # a stack of matrices with one: a taller matrix with it
        return product(x.reshape(-1, x.shape[-1]), y).reshape(*x.shape[:-1], y.shape[-1])
    if x.ndim == 2 < y.ndim and y.shape[-1] == 1:  # one matrix with many vectors: a matrix of vectors with it
        return product(y[..., 0], x.T)[..., None]
    THREADS.one()
    try:
        batch = np.broadcast_shapes(x.shape[:-2], y.shape[:-2])
        shape = (*batch, x.shape[-2], y.shape[-1])
        cut = _cut(x, y, shape)
        pieces = pieces_of(prod(shape) * x.shape[-1], shape[cut.axis], stacked=cut.axis < len(batch))
        if pieces == 1:
            return multiply(x, y)
        out = empty(shape, x.dtype)
        step = -(-shape[cut.axis] // pieces)

        def piece(number: int) -> None:
            part = slice(number * step, (number + 1) * step)
            multiply(cut.of_x(x, part), cut.of_y(y, part), out=_along(out, cut.axis, part))

        POOL.run(piece, pieces)
        return out
    finally:
        THREADS.usual()


def outer(x: Any, y: Any, out: Any = None) -> Any:
    """Columns times rows: nothing is added up, and BLAS takes up to eight times as long."""
    return np.einsum("...i,...j->...ij", x[..., 0], y[..., 0, :], out=out)


class Cut(NamedTuple):
    """Along which axis of its result a product is cut, and which part of each operand a part of that reads."""

    axis: int
    of_x: Callable[[Any, slice], Any]
    of_y: Callable[[Any, slice], Any]


def _cut(x: Any, y: Any, shape: tuple[int, ...]) -> Cut:
    if x.ndim == y.ndim > 2 and x.shape[0] == y.shape[0] >= POOL.threads:
        return Cut(0, lambda x, part: x[part], lambda y, part: y[part])
    if shape[-2] >= shape[-1]:
        return Cut(len(shape) - 2, lambda x, part: x[..., part, :], lambda y, part: y)
    return Cut(len(shape) - 1, lambda x, part: x, lambda y, part: y[..., part])


def _along(array: Any, axis: int, part: slice) -> Any:
    return array[(*(slice(None),) * axis, part)]

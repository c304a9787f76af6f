"""The product of matrices in machine code reads and writes nothing beside its operands, its result and its store.

All of these lie between pages that the system protects, full of NaN, so a step aside ends the process or shows.
"""

import ctypes
import itertools
import mmap
import random
import sys

import numpy as np
import pytest

pytest.importorskip("llvmlite")
if not sys.platform.startswith("linux"):
    pytest.skip("pages are protected as Linux does it", allow_module_level=True)

import llvmlite.binding as llvm
from llvmlite import ir
from tests.test_matrices import KINDS, REGISTERS

from wengert.native.machine import machine
from wengert.native.matrices import BLOCK, PANELS, SHORT, Multiplication
from wengert.native.panels import DEPTH, elements_of, panels_of

PAGE = mmap.PAGESIZE
WAYS = {
    "rows": lambda r, c: (c, 1), "columns": lambda r, c: (1, r), "wide rows": lambda r, c: (c + 3, 1),
    "wide columns": lambda r, c: (1, r + BLOCK), "apart": lambda r, c: (2 * c + 1, 2), "upwards": lambda r, c: (-c, 1),
    "backwards": lambda r, c: (c, -1), "one row": lambda r, c: (0, 1), "one column": lambda r, c: (1, 0),
}  # fmt: skip
"""How far it is from one row and from one column to the next."""

ROWS = [1, 3, 4, 5, 8, 9, 17, BLOCK - 1, BLOCK + 1, 2 * BLOCK + 1]
COLUMNS = [1, 3, 7, 8, 9, 16, 23, 24, 25, 33, 48, 49, 100, 16 * 3 * PANELS + 1]
BETWEEN = [1, 2, 7, 8, 9, 17, SHORT - 1, SHORT + 1, DEPTH, DEPTH + 8]

libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]


class Guarded:
    """Some bytes of memory, each of them 255, which is NaN in numbers, right before or behind a protected page."""

    def __init__(self, size, *, at_end=True):
        room = -(-max(size, 1) // PAGE) * PAGE
        self._size = room + 2 * PAGE
        everything, private = mmap.PROT_READ | mmap.PROT_WRITE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
        self._start = libc.mmap(None, self._size, everything, private, -1, 0)
        for page in (self._start, self._start + PAGE + room):
            assert libc.mprotect(page, PAGE, 0) == 0
        ctypes.memset(self._start + PAGE, 0xFF, room)
        self.place = self._start + PAGE + (room - size if at_end else 0)

    def free(self):
        libc.munmap(self._start, self._size)

    def array(self, shape, steps, dtype):
        """The matrix that begins as early as its steps allow."""
        reach = [(n - 1) * step for n, step in zip(shape, steps, strict=True)]
        first = -sum(min(each, 0) for each in reach)
        count = first + sum(max(each, 0) for each in reach) + 1
        own = np.frombuffer((ctypes.c_char * (count * dtype.itemsize)).from_address(self.place), dtype)
        return np.lib.stride_tricks.as_strided(own[first:], shape, [step * dtype.itemsize for step in steps])


def bytes_of(shape, steps, dtype):
    return (sum(abs((n - 1) * step) for n, step in zip(shape, steps, strict=True)) + 1) * dtype.itemsize


STORES: dict[int, Guarded] = {}


@ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_size_t)
def guarded_malloc(size):
    store = Guarded(size)
    STORES[store.place] = store
    return store.place


@ctypes.CFUNCTYPE(None, ctypes.c_void_p)
def guarded_free(place):
    STORES.pop(place).free()


@pytest.fixture(scope="module", params=list(itertools.product(REGISTERS, KINDS)), ids=str)
def multiply(request):
    """A product whose store is guarded, for one width of registers and one dtype."""
    registers, letter = request.param
    module = ir.Module("guarded product")
    written = Multiplication(module, KINDS[letter], registers)
    storing = written.write_storing()
    written.function.linkage = storing.linkage = "external"
    source = str(module)
    for name, function in (("malloc", guarded_malloc), ("free", guarded_free)):
        source = source.replace(f'@"{name}"', f'@"guarded_{name}"')
        llvm.add_symbol(f"guarded_{name}", ctypes.cast(function, ctypes.c_void_p).value)
    addresses = machine().compile(source, written_out=True)
    kinds = (
        [ctypes.c_int64] * 3
        + [ctypes.c_void_p, *[ctypes.c_int64] * 2] * 2
        + [ctypes.c_void_p, *[ctypes.c_int64] * 2]
        + [ctypes.c_float if letter == "f" else ctypes.c_double]
    )
    code = ctypes.CFUNCTYPE(None, *kinds)(addresses[written.function.name])
    kinds = [*[ctypes.c_int64] * 2, ctypes.c_void_p, *[ctypes.c_int64] * 2, ctypes.c_void_p, *[ctypes.c_int64] * 2]
    store = ctypes.CFUNCTYPE(None, *kinds)(addresses[storing.name])
    dtype = np.dtype(letter)

    def multiply(x, y, out, *, adds=0, scale=1.0, first=False):
        """The product; of a matrix that is stored first if that is said."""
        steps = [[s // a.itemsize for s in a.strides] for a in (x, y, out)]
        second, memory = [y.ctypes.data, *steps[1]], None
        if first:
            lanes = registers.bytes // dtype.itemsize
            memory = Guarded(elements_of(*y.shape, lanes, dtype.itemsize) * dtype.itemsize)
            panels = panels_of(y.shape[1], lanes)
            half = panels // 2
            for lo, hi in ((half, panels), (0, half)):  # as two threads do
                store(*y.shape, *second, memory.place, lo, hi)
            second = [memory.place, 0, 0]
        code(*out.shape, x.shape[1], x.ctypes.data, *steps[0], *second, out.ctypes.data, steps[2][0], adds, scale)
        if memory is not None:
            memory.free()

    multiply.dtype = dtype
    return multiply


@pytest.mark.parametrize("seed", range(3))
def test_nothing_is_read_or_written_beside(multiply, seed):
    choice, rng = random.Random(seed), np.random.default_rng(seed)
    for _ in range(25):
        rows, columns, between = (choice.choice(sizes) for sizes in (ROWS, COLUMNS, BETWEEN))
        said = f"{rows} x {between} x {columns}"
        made = []
        for shape, ways in (((rows, between), WAYS), ((between, columns), WAYS), ((rows, columns), ("wide rows",))):
            way = choice.choice(list(ways))
            steps = WAYS[way](*shape)
            memory = Guarded(bytes_of(shape, steps, multiply.dtype), at_end=choice.random() < 0.5)
            made.append((memory, memory.array(shape, steps, multiply.dtype)))
            said += f", {way}"
        x, y, out = (array for _, array in made)
        for a, way in ((x, rng.integers(-4, 5, x.shape)), (y, rng.integers(-4, 5, y.shape))):
            a[...] = way
        multiply(x, y, out)
        np.testing.assert_array_equal(out, x.astype("d") @ y.astype("d"), err_msg=said)
        multiply(x, y, out, first=True)
        np.testing.assert_array_equal(out, x.astype("d") @ y.astype("d"), err_msg=said)
        multiply(x, y, out, adds=1, first=choice.random() < 0.5)
        np.testing.assert_array_equal(out, 2 * (x.astype("d") @ y.astype("d")), err_msg=said)
        multiply(x, y, out, adds=1, scale=-4.0, first=choice.random() < 0.5)
        np.testing.assert_array_equal(out, -2 * (x.astype("d") @ y.astype("d")), err_msg=said)
        out[...] = np.frombuffer(b"\xff" * multiply.dtype.itemsize, multiply.dtype)[0]
        assert not STORES, said
        for memory, _ in made:
            content = ctypes.string_at(memory._start + PAGE, memory._size - 2 * PAGE)
            inside = memory is made[2][0]
            assert not inside or set(content) == {255}, f"{said}: something beside the result was written"
            memory.free()

"""The product of matrices in machine code: every layout, size and width of registers, and nothing beside its result."""

import ctypes
import itertools

import numpy as np
import pytest

pytest.importorskip("llvmlite")

from llvmlite import ir

from wengert.native.machine import Registers, machine
from wengert.native.matrices import BLOCK, NEAR, PANELS, Multiplication
from wengert.native.panels import DEPTH

REGISTERS = [Registers(64, 8, masks=True), Registers(32, 4), Registers(16, 8)]
KINDS = {"f": ir.FloatType(), "d": ir.DoubleType()}

MANY = 129
"""So many rows, times the bytes of a row of B in these tests, are not near."""

SIZES = [
    *itertools.product((1, 4, 9), (1, 8, 17, 50), (1, 3)),
    (8, 48, 16),
    (MANY, 100, 40),  # stored
    (2 * BLOCK + 3, 5, 3),  # several blocks of rows
    (5, 3, DEPTH + 5),  # sums put down and gone on with
    (MANY + 8, 49, 2 * DEPTH),
    (7, 16 * 3 * PANELS + 1, 20),  # more panels than are stored at a time
    (MANY + 1, 700, 33),
]


@pytest.fixture(scope="module", params=list(itertools.product(REGISTERS, KINDS)), ids=str)
def multiply(request):
    """A product for one width of registers and one dtype."""
    registers, letter = request.param
    module = ir.Module("product")
    written = Multiplication(module, KINDS[letter], registers)
    written.function.linkage = "external"
    address = machine().compile(str(module), written_out=True)[written.function.name]
    kinds = (
        [ctypes.c_int64] * 3
        + [ctypes.c_void_p, *[ctypes.c_int64] * 2] * 2
        + [ctypes.c_void_p, *[ctypes.c_int64] * 2, ctypes.c_float if letter == "f" else ctypes.c_double]
    )
    code = ctypes.CFUNCTYPE(None, *kinds)(address)

    def multiply(x, y, out, *, adds=0):
        steps = [[s // a.itemsize for s in a.strides] for a in (x, y, out)]
        places = [x.ctypes.data, *steps[0], y.ctypes.data, *steps[1], out.ctypes.data, steps[2][0]]
        code(*out.shape, x.shape[1], *places, adds, 1.0)

    multiply.dtype = np.dtype(letter)
    return multiply


def lying(array, how):
    """The same numbers in another layout, with NaN in all memory around them."""
    rows, columns = array.shape
    if how == "columns":
        return lying(array.T, "rows").T
    memory = np.full((rows + 2, 2 * columns + 40), np.nan, array.dtype)
    part = memory[1:-1, 20 : 20 + columns] if how == "rows" else memory[1:-1, 10 : 10 + 2 * columns : 2]
    part[...] = array
    return part


@pytest.mark.parametrize("ways", list(itertools.product(["rows", "columns", "apart"], repeat=2)), ids=" ".join)
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_a_product_is_the_product(multiply, size, ways):
    rows, columns, between = size
    rng = np.random.default_rng(0)
    x = lying(rng.standard_normal((rows, between)).astype(multiply.dtype), ways[0])
    y = lying(rng.standard_normal((between, columns)).astype(multiply.dtype), ways[1])
    memory = np.full((rows + 2, columns + 40), 7.0, multiply.dtype)
    out = memory[1:-1, 20 : 20 + columns]
    multiply(x, y, out)
    exact = x.astype("d") @ y.astype("d")
    scale = np.abs(x).astype("d") @ np.abs(y).astype("d")
    assert (np.abs(out - exact) <= scale * np.finfo(multiply.dtype).eps * (2 + between**0.5)).all()
    before = out.copy()
    multiply(x, y, out, adds=1)
    assert (np.abs(out - 2 * exact) <= 2 * scale * np.finfo(multiply.dtype).eps * (3 + between**0.5)).all()
    out[...] = 0
    multiply(x, y, out, adds=1)
    np.testing.assert_array_equal(out, before)
    out[...] = 7.0
    assert (memory == 7.0).all(), "nothing but the result is written"


def test_what_is_not_finite_stays_in_its_row_and_column(multiply):
    x, y = np.ones((20, 30), multiply.dtype), np.ones((30, 40), multiply.dtype)
    x[3, 4], y[5, 6] = np.nan, np.inf
    out = np.empty((20, 40), multiply.dtype)
    multiply(x, y, out)
    np.testing.assert_array_equal(out, x @ y)


def test_these_sizes_are_what_they_are_taken_for():
    assert 4 * MANY * (2 * 100 + 40) > NEAR


def test_columns_are_turned_into_rows(multiply):
    """Whole numbers, so that the order of sums does not show."""
    rng = np.random.default_rng(1)
    x = rng.integers(-9, 10, (MANY + 6, 70)).astype(multiply.dtype)
    y = np.asfortranarray(rng.integers(-9, 10, (70, 53)).astype(multiply.dtype))
    out = np.empty((MANY + 6, 53), multiply.dtype)
    multiply(x, y, out)
    np.testing.assert_array_equal(out, x @ y)

"""Loops in machine code do what they do as Python, and operations that use them what they do without."""

from __future__ import annotations

import numpy as np
import pytest

import wengert as torch
from wengert.core.threads import POOL
from wengert.native import calls, loops, translate
from wengert.ops.totals import total

pytest.importorskip("llvmlite")

from llvmlite import ir

FLOATS = "fd"
NUMBERS = "fdlihB"


def rng(seed=0):
    return np.random.default_rng(seed)


def elements(letter, size, seed=0):
    found = rng(seed).normal(size=size) * 50
    return np.abs(found).astype(letter) if letter == "B" else found.astype(letter)


def in_machine_code(loop, rows, arrays, numbers):
    """What a loop writes into copies of the arrays."""
    own = [a.copy() for a in arrays]
    loop._met = calls.WORTH
    assert loop.over(rows, *own, *numbers)
    return own


def both(loop, rows, arrays, numbers):
    """The same as Python, over lists, whose numbers are Python's; and as machine code."""
    lists = [a.tolist() for a in arrays]
    loop.function(0, rows, *lists, *numbers)
    expected = [np.array(each).astype(a.dtype) for each, a in zip(lists, arrays, strict=True)]
    return expected, in_machine_code(loop, rows, arrays, numbers)


def same(results):
    for mine, expected in zip(results[1], results[0], strict=True):
        np.testing.assert_array_equal(mine, expected)


@pytest.fixture(autouse=True)
def many_pieces(monkeypatch):
    monkeypatch.setattr(calls, "GRAIN", 4)
    monkeypatch.setattr(POOL, "threads", 3)


@pytest.mark.parametrize("letter", FLOATS)
@pytest.mark.parametrize("backwards", [0, 1])
@pytest.mark.parametrize("rows", [1, 4, 6, 13])
def test_running_sums(letter, backwards, rows):
    x = elements(letter, 10 * rows)
    x[7] = np.inf
    same(both(loops.running_sums, rows, [x, np.zeros_like(x)], [10, backwards, 1]))


@pytest.mark.parametrize("letter", FLOATS)
@pytest.mark.parametrize("backwards", [0, 1])
def test_running_sums_of_one_number(letter, backwards):
    x = np.full(1, 1.25, letter)
    found = both(loops.running_sums, 6, [x, np.zeros(60, letter)], [10, backwards, 0])
    same(found)
    row = 1.25 * np.arange(1, 11)
    np.testing.assert_array_equal(found[1][1].reshape(6, 10), [row[::-1] if backwards else row] * 6)


@pytest.mark.parametrize("letter", FLOATS)
@pytest.mark.parametrize("rows", [1, 7, 10])
def test_row_sums(letter, rows):
    x = elements(letter, 12 * rows)
    x[0] = -0.0
    pieces = -(-rows // 4)
    found = in_machine_code(loops.row_sums, pieces, [x, np.zeros(12 * pieces, letter)], [rows, 4, 12])[1]
    expected = [np.add.reduce(x.reshape(rows, 12)[p : p + 4], 0) for p in range(0, rows, 4)]
    np.testing.assert_array_equal(found.reshape(pieces, 12), expected)


@pytest.mark.parametrize("letter", FLOATS)
@pytest.mark.parametrize("size", [1024, 5000, 250_001, 3_000_000])
def test_a_total_has_the_same_digits_however_it_comes_about(letter, size, monkeypatch):
    x = (rng(size).standard_normal(size) + 1).astype(letter)
    found = []
    for worth, threads in ((10**18, 1), (10**18, 3), (0, 1), (0, 3)):
        monkeypatch.setattr(calls, "WORTH", worth)
        monkeypatch.setattr(loops.row_sums, "_met", 0)
        monkeypatch.setattr(POOL, "threads", threads)
        found.append(total(x))
    assert {each.tobytes() for each in found} == {found[0].tobytes()}
    assert found[0].dtype == x.dtype
    assert abs(found[0] - np.longdouble(x).sum()) < 4 * np.finfo(letter).eps * size


@pytest.mark.parametrize("letter", NUMBERS)
@pytest.mark.parametrize("inner", [1, 3])
def test_picked(letter, inner):
    rows, length, count = 4, 5, 6
    x, at = elements(letter, rows * length * inner), rng(1).integers(0, length, rows * count * inner)
    same(both(loops.picked, rows, [x, at, np.zeros(at.size, x.dtype), np.zeros(1, int)], [length, count, inner]))


@pytest.mark.parametrize("letter", FLOATS)
@pytest.mark.parametrize("inner", [1, 3])
def test_put_back(letter, inner):
    rows, length, count = 4, 5, 6
    g, at = elements(letter, rows * count * inner), rng(1).integers(0, length, rows * count * inner)
    out = np.zeros(rows * length * inner, g.dtype)
    same(both(loops.put_back, rows, [g, at, out, np.zeros(1, int)], [length, count, inner, 1]))
    one = np.full(1, 2.5, g.dtype)
    stretched, alone = (
        in_machine_code(loops.put_back, rows, [each, at, out, np.zeros(1, int)], [length, count, inner, step])[2]
        for each, step in ((np.full_like(g, 2.5), 1), (one, 0))
    )
    np.testing.assert_array_equal(alone, stretched)
    assert alone.any()


@pytest.mark.parametrize(("loop", "more"), [(loops.picked, []), (loops.put_back, [1])], ids=["picked", "put_back"])
@pytest.mark.parametrize("inner", [1, 2])
@pytest.mark.parametrize("place", [5, -1, -6, 2**62])
def test_a_place_outside_is_noted(loop, more, inner, place):
    at = np.zeros(6 * inner, int)
    at[3] = place
    found = both(loop, 2, [np.ones(10 * inner), at, np.zeros(10 * inner), np.zeros(1, int)], [5, 3, inner, *more])
    same(found)
    assert found[1][3][0] == 1


@pytest.mark.parametrize("letter", FLOATS)
def test_add_rows(letter):
    g, at = elements(letter, 8 * 3), rng(1).integers(0, 5, 8)
    same(both(loops.add_rows, 5, [g, at, np.zeros(15, g.dtype)], [8, 3]))


@pytest.mark.parametrize("descending", [0, 1])
@pytest.mark.parametrize("letter", ["f", "d", "i", "l"])
def test_ordered(letter, descending):
    x = elements(letter, 40)
    x[:4] = x[4:8]
    if letter in FLOATS:
        x[9:15] = [np.nan, np.inf, -np.inf, 0.0, -0.0, np.nan]
    whole = np.dtype(f"i{x.dtype.itemsize}")
    infinity = int(np.array(np.inf, x.dtype).view(whole)) if letter in FLOATS else -1
    room = [np.zeros(40, int) for _ in range(4)]
    numbers = [10, whole.itemsize, infinity, descending]
    found = in_machine_code(loops.ordered, 4, [x.view(whole), *room, np.zeros(4 * 256, int)], numbers)[1]
    for row in range(4):
        own, order = x[row * 10 : (row + 1) * 10], found[row * 10 : (row + 1) * 10]
        kept = np.argsort(own, kind="stable")
        if not descending:
            np.testing.assert_array_equal(order, kept)
        else:
            np.testing.assert_array_equal(own[order], own[kept][::-1])


WINDOWS = [
    # n, o, k, s, d, p
    ((1, 5, 6), (1, 4, 5), (1, 2, 2), (1, 1, 1), (1, 1, 1), (0, 0, 0)),
    ((1, 1, 9), (1, 1, 4), (1, 1, 3), (1, 1, 2), (1, 1, 1), (0, 0, 0)),
    ((1, 6, 7), (1, 4, 4), (1, 3, 3), (1, 2, 2), (1, 1, 1), (0, 1, 1)),
    ((4, 5, 6), (2, 3, 3), (2, 2, 2), (2, 2, 2), (1, 2, 1), (0, 1, 0)),
    ((1, 8, 8), (1, 3, 3), (1, 3, 3), (1, 2, 2), (1, 2, 2), (0, 1, 1)),
    ((1, 4, 6), (1, 2, 3), (1, 2, 2), (1, 2, 2), (1, 1, 1), (0, 0, 0)),
    ((1, 5, 71), (1, 2, 35), (1, 2, 2), (1, 2, 2), (1, 1, 1), (0, 0, 0)),
    ((1, 5, 5), (1, 3, 3), (1, 2, 2), (1, 2, 2), (1, 1, 1), (0, 0, 0)),
]


@pytest.mark.parametrize("letter", "fdil")
@pytest.mark.parametrize("inner", [1, 3])
@pytest.mark.parametrize("window", WINDOWS, ids=lambda w: str(w[2]))
def test_window_largest(window, inner, letter):
    rows, (n, o, *_) = 3, window
    x = np.round(elements(letter, rows * np.prod(n) * inner) / 20).astype(letter)
    if letter in FLOATS:
        x[5::7], x[11] = np.nan, -np.inf
    out = np.zeros(rows * np.prod(o) * inner, int)
    found = both(loops.window_largest, rows, [x, out], [*(int(v) for each in window for v in each), inner])
    same(found)
    np.testing.assert_array_equal(found[1][1], one_by_one(x, rows, inner, window))


def one_by_one(x, rows, inner, window):
    """The same by its definition."""
    n, o, k, s, d, p = window
    x, places = x.reshape(rows, *n, inner), np.arange(np.prod(n)).reshape(n)
    found = np.zeros((rows, *o, inner), int)
    for row, *at, j in np.ndindex(found.shape):
        spans = [
            [i for i in range(b * step - off, b * step - off + size * apart, apart) if 0 <= i < length]
            for b, step, off, size, apart, length in zip(at, s, p, k, d, n, strict=True)
        ]
        inside = places[np.ix_(*spans)].reshape(-1)
        values = x[row, ..., j].reshape(-1)[inside]
        holes = np.flatnonzero(np.isnan(values))
        found[row, *at, j] = inside[holes[-1] if holes.size else values.argmax()]
    return found.reshape(-1)


@pytest.mark.parametrize("letter", FLOATS)
@pytest.mark.parametrize("inner", [1, 4])
@pytest.mark.parametrize(
    ("size", "count", "stride", "dilation"),
    [((1, 1, 3), (1, 1, 5), (1, 1, 1), (1, 1, 2)), ((1, 2, 3), (1, 3, 4), (1, 2, 2), (1, 1, 3)),
     ((2, 2, 1), (2, 1, 3), (1, 3, 1), (2, 1, 1))],
)  # fmt: skip
def test_overlapping(size, count, stride, dilation, inner, letter):
    rows = 3
    length = [(o - 1) * s + (k - 1) * d + 2 for k, o, s, d in zip(size, count, stride, dilation, strict=True)]
    x = elements(letter, rows * int(np.prod(size) * np.prod(count)) * inner).round()
    out = np.full(rows * int(np.prod(length)) * inner, np.nan, letter)
    same(both(loops.overlapping, rows, [x, out], [*size, *count, *length, *stride, *dilation, inner]))


# ------------------------------------------------------------------------ operations that use them


def gathered(x, index):
    return torch.gather(x, 1, index)


def embedded(x, index):
    return torch.nn.functional.embedding(index, x)


def scattered(x, index):
    return torch.zeros(6, 7, dtype=x.dtype).scatter_add(1, index, x)


PROGRAMS = {
    "gather": gathered,
    "embedding": embedded,
    "scatter_add": scattered,
    "cumsum": lambda x, index: torch.cumsum(x, 1),
    "fold": lambda x, index: torch.nn.functional.fold(x.reshape(1, 6, 7), (3, 8), (3, 2)),
    "convolution transposed": lambda x, index: torch.nn.functional.conv_transpose2d(
        x.reshape(1, 6, 1, 7), torch.ones(6, 2, 2, 3, dtype=x.dtype), stride=2
    ),
    "cumsum backwards": lambda x, index: torch.cumsum(x.flip(1), 1).flip(1),
    "sort": lambda x, index: torch.sort(x, 1)[0],
    "sort, falling": lambda x, index: torch.sort(x, 0, descending=True)[0],
    "max_pool2d": lambda x, index: torch.nn.functional.max_pool2d(x.reshape(1, 1, 6, 7), 3, 2, 1),
    "max_pool1d": lambda x, index: torch.nn.functional.max_pool1d(x.reshape(1, 6, 7), 2, ceil_mode=True),
    "max_pool3d": lambda x, index: torch.nn.functional.max_pool3d(x.reshape(1, 1, 2, 3, 7), 2, 1, dilation=(1, 1, 2)),
    "gather along the first axis": lambda x, index: torch.gather(x, 0, index % 6),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_an_operation_is_the_same_in_machine_code(name, monkeypatch):
    def run():
        x = torch.tensor(rng(2).normal(size=(6, 7)), requires_grad=True)
        index = torch.tensor(rng(3).integers(0, 6, (6, 7)))
        out = PROGRAMS[name](x, index)
        out.pow(3).sum().backward()
        return out.detach(), x.grad

    monkeypatch.setattr(calls, "WORTH", 10**18)
    for loop in (loops.running_sums, loops.picked, loops.put_back, loops.add_rows, loops.ordered, loops.window_largest,
                 loops.overlapping, loops.row_sums):  # fmt: skip
        monkeypatch.setattr(loop, "_met", 0)
    expected = run()
    monkeypatch.setattr(calls, "WORTH", 0)
    for mine, other in zip(run(), expected, strict=True):
        torch.testing.assert_close(mine, other)


@pytest.mark.parametrize("name", ["gather", "scatter_add"])
@pytest.mark.parametrize("place", [9, -9])
def test_an_index_outside_is_refused_in_machine_code_too(name, place, monkeypatch):
    monkeypatch.setattr(calls, "WORTH", 0)
    index = torch.zeros(6, 7, dtype=torch.int64)
    index[2, 3] = place
    with pytest.raises((RuntimeError, IndexError), match=f"index {place} is out of bounds for dimension 1 with size 7"):
        PROGRAMS[name](torch.ones(6, 7), index)


# ------------------------------------------------------------------------ what can be written


def calls_others(start: int, stop: int, x: Elements) -> None:  # noqa: F821
    x[0] = sorted(x)


def reads_what_is_not_set(start: int, stop: int, x: Elements) -> None:  # noqa: F821
    x[0] = unknown  # noqa: F821


@pytest.mark.parametrize("function", [calls_others, reads_what_is_not_set])
def test_what_is_not_in_the_grammar_is_refused(function):
    with pytest.raises(SyntaxError, match=rf"{function.__name__}: "):
        translate.translate_into(ir.Module("loops"), function, "d", function.__name__)

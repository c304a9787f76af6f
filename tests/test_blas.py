"""Products of matrices: cut in pieces they are what they are whole, and NumPy's BLAS is left as it was."""

import numpy as np
import pytest

import wengert as torch
from wengert.core.threads import POOL
from wengert.native import blas

SHAPES = [
    ((7, 5), (5, 3)),
    ((3, 5), (5, 11)),
    ((1, 5), (5, 1)),
    ((9, 4, 5), (9, 5, 3)),
    ((2, 4, 5), (2, 5, 30)),
    ((2, 9, 4, 5), (5, 3)),
    ((4, 5), (6, 5, 3)),
    ((4, 5), (6, 5, 1)),
    ((4, 5), (2, 3, 5, 1)),
    ((2, 1, 4, 5), (1, 3, 5, 1)),
    ((2, 3, 1, 5), (5, 4)),
    ((1, 5), (3, 5, 1)),
    ((3, 1, 4, 5), (1, 7, 5, 6)),
    ((7, 1), (1, 3)),
    ((9, 4, 1), (9, 1, 3)),
    ((2, 1, 4, 1), (3, 1, 6)),
]
EMPTY = [((0, 5), (5, 3)), ((4, 0), (0, 3)), ((3, 0, 5), (5, 2))]


@pytest.fixture
def always_cut(monkeypatch):
    monkeypatch.setattr(blas, "ALONE", -1)
    monkeypatch.setattr(blas, "TINY", 0)
    monkeypatch.setattr(blas, "WORTH_SHARING", 1)
    monkeypatch.setattr(POOL, "threads", 3)
    if not blas.THREADS.known:
        pytest.skip("NumPy's BLAS is not OpenBLAS")


def numbers(shape, dtype, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


@pytest.mark.parametrize("dtype", ["f", "d"])
@pytest.mark.parametrize("lies", ["in rows", "in columns", "apart"])
@pytest.mark.parametrize(("left", "right"), [*SHAPES, *EMPTY])
def test_in_pieces(always_cut, left, right, lies, dtype):
    x, y = numbers(left, dtype), numbers(right, dtype, 1)
    if lies == "in columns":
        x, y = (np.swapaxes(np.swapaxes(a, -1, -2).copy(), -1, -2) for a in (x, y))
    elif lies == "apart":
        x, y = (np.repeat(a, 2, -1)[..., ::2] for a in (x, y))
    found, expected = blas.product(x, y), np.matmul(x, y)
    assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
    np.testing.assert_allclose(
        found, expected, rtol=1e-5 if dtype == "f" else 1e-13, atol=1e-5 if dtype == "f" else 1e-13
    )


@pytest.mark.parametrize("dtype", ["f", "d", "D", "q"])
@pytest.mark.parametrize("width", [1, 40])
def test_columns_times_rows(dtype, width):
    x, y = (numbers(shape, "d", i) * 9 for i, shape in enumerate([(3, 30, 1), (3, 1, width)]))
    x, y = x.astype(dtype), y.astype(dtype)
    np.testing.assert_array_equal(blas.product(x, y), x * y)


@pytest.mark.parametrize(("left", "right"), SHAPES)
def test_compiled_in_pieces(always_cut, left, right):
    pytest.importorskip("llvmlite")
    x, y = (torch.tensor(numbers(s, "d", i), requires_grad=True) for i, s in enumerate((left, right)))

    def f(x, y):
        return ((x @ y).sin() @ torch.ones(right[-1], 4, dtype=torch.float64)).cos()

    compiled = torch.compile(f)
    for _ in range(3):
        found = compiled(x, y)
    assert compiled.cache_info().hits
    expected = f(x, y)
    torch.testing.assert_close(found, expected)
    for mine, eager in zip(
        torch.autograd.grad(found.sum(), [x, y]), torch.autograd.grad(expected.sum(), [x, y]), strict=True
    ):
        torch.testing.assert_close(mine, eager)


def test_blas_has_its_threads_again_afterwards(always_cut):
    ask = blas.own().scipy_openblas_get_num_threads64_
    before = ask()
    blas.product(numbers((50, 50), "d"), numbers((50, 50), "d"))
    assert ask() == before
    with pytest.raises(ValueError, match="mismatch"):
        blas.product(numbers((5, 4), "d"), numbers((5, 4), "d"))
    assert ask() == before
    x = torch.ones(200, 300)
    compiled = torch.compile(lambda x: x @ x.T)
    for _ in range(3):
        compiled(x)
    assert ask() == before


def test_one_thread_is_obeyed(monkeypatch):
    monkeypatch.setattr(POOL, "threads", 1)
    assert blas.pieces_of(10**12, 1000, stacked=True) == 1


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128"])
@pytest.mark.parametrize("size", [1, 2, 20, 70])
def test_triangles_are_solved_in_any_order_and_the_other_half_is_not_read(size, dtype, order):
    rng = np.random.default_rng(0)
    full = rng.standard_normal((size, size)) / size + 2 * np.eye(size)
    if np.dtype(dtype).kind == "c":
        full = full + 1j * rng.standard_normal((size, size)) / size
    b = rng.standard_normal((size, 3)).astype(dtype)
    for upper in (False, True):
        for unit in (False, True):
            triangle = np.triu(full) if upper else np.tril(full)
            other = np.tril(np.ones((size, size)), -1) if upper else np.triu(np.ones((size, size)), 1)
            a = np.array(np.where(other, np.nan, triangle).astype(dtype), order=order)
            if unit:
                np.fill_diagonal(triangle, 1)
                np.fill_diagonal(a, np.nan)
            x = b.copy()
            blas.solve_triangle(a, x, upper=upper, unit=unit)
            tolerance = 100 * np.finfo(dtype).eps
            np.testing.assert_allclose(x, np.linalg.solve(triangle, b), rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("batch", [(), (2,), (300,), (2, 3)])
@pytest.mark.parametrize("size", [0, 1, 5, 80])
def test_batches_of_triangles(batch, size):
    torch.manual_seed(0)
    a = torch.randn(*batch, size, size, dtype=torch.float64) / max(size, 1) + 2 * torch.eye(size, dtype=torch.float64)
    b = torch.randn(size, 2, dtype=torch.float64)
    for upper in (False, True):
        triangle = torch.triu(a) if upper else torch.tril(a)
        found = torch.linalg.solve_triangular(a.mT.contiguous().mT, b, upper=upper)
        torch.testing.assert_close(triangle @ found, b.expand(*batch, size, 2))

"""Loops as vectors: every length, step and dtype gives what NumPy gives, whatever is left over."""

import re

import numpy as np
import pytest

import wengert as torch
from wengert.compiler import native
from wengert.graph import interpret, stage
from wengert.native.machine import Registers, machine
from wengert.trees import leaves_of

LENGTHS = [1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33, 40, 63, 64, 65, 100]
FLAT = {
    "light": lambda x: x * 2 + 1,
    "heavy": lambda x: torch.exp(x) * torch.tanh(x),
    "long": lambda x: torch.nn.functional.mish(torch.erf(x)) * torch.sigmoid(x),
    "sum": lambda x: x.sum(),
    "sum of something heavy": lambda x: torch.exp(x).sum(),
    "largest of something chosen": lambda x: torch.where(x > 0, x, -2 * x).amax(),
    "backwards": lambda x: torch.exp(torch.flip(x, [0])) + x,
    "apart": lambda x: torch.exp(x[::3]).sum(),
    "lightly apart": lambda x: x[::3] * 2,
    "comparisons": lambda x: ((x > 0) & (x < 1)) | (x < -1),
    "bytes": lambda x: (x * 10).to(torch.int8) + 3,
    "whole": lambda x: ((x * 100).to(torch.int64) * 3, (x * 100).to(torch.int32) - 1),
    "two widths": lambda x: torch.exp(x.double()) + x,
    "of the C library": lambda x: torch.atan2(x, x + 1),
    "what does not change": lambda x: x * torch.exp(x[0]) - x[1 % x.shape[0]],
}
DTYPES = [torch.float32, torch.float64]


def repeated(count):
    """Many of the same elementary functions, each of what the one before gave."""

    def of(x):
        for _ in range(count):
            x = torch.sin(x) + 0.5 * torch.tanh(x) + 0.1 * torch.abs(x) ** 1.5
        return x

    return of


FLAT["many of some functions"] = repeated(12)


def assert_as_interpreted(function, *args, ulp=200):
    graph = stage(function)(*args)
    found = [t.array for t in leaves_of(native(graph)(*args))]
    for got, want in zip(found, interpret(graph, *args), strict=True):
        assert got.dtype == want.dtype
        digits = ulp * np.finfo(got.dtype).eps if got.dtype.kind == "f" else 0
        np.testing.assert_allclose(got, want, rtol=digits, atol=digits)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", FLAT)
def test_one_loop_of_any_length(name, dtype):
    torch.manual_seed(0)
    for length in LENGTHS:
        assert_as_interpreted(FLAT[name], torch.randn(length, dtype=dtype))


ROWS = {
    "softmax": lambda x: torch.softmax(x, 1),
    "sums of rows": lambda x: (x * 2).sum(1),
    "heavy sums of rows": lambda x: torch.tanh(torch.exp(x)).sum(1),
    "sums of columns": lambda x: x.sum(0),
    "heavy sums of columns": lambda x: torch.exp(x).sum(0),
    "largest of columns": lambda x: (x * x).amax(0),
    "all": lambda x: (torch.exp(x).mean(), x[:, :1].sum()),
    "turned": lambda x: torch.exp(x.T) + x.sum(),
    "turned lightly": lambda x: x.T * 2,
    "parts of rows": lambda x: torch.exp(x[:, 1:] - x[:, :-1]),
    "by rows and by columns": lambda x: torch.exp(x - x.amax(1, keepdim=True)) * x.sum(0),
    "backwards": lambda x: torch.flip(x, [0, 1]) * torch.exp(x),
    "put together": lambda x: torch.cat([torch.exp(x), x * 2], 1),
    "put side by side": lambda x: torch.stack([torch.exp(x), x * 2], 2),
    "chosen": lambda x: torch.where(x > x.mean(1, keepdim=True), x, torch.zeros(()).to(x.dtype)).sum(0),
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ROWS)
def test_rows_of_any_length(name, dtype):
    torch.manual_seed(0)
    for length in LENGTHS:
        assert_as_interpreted(ROWS[name], torch.randn(5, length, dtype=dtype))


@pytest.mark.parametrize("shape", [(3, 0), (0, 3), (0,), (2, 0, 3), (1, 1), (), (4, 1), (1, 4), (1, 40)])
@pytest.mark.parametrize("function", [torch.exp, lambda x: x * 2 + x, lambda x: torch.exp(x).sum()])
def test_empty_and_single_loops(shape, function):
    assert_as_interpreted(function, torch.ones(shape))


@pytest.mark.parametrize("bytes_of_one", [16, 32, 64])
@pytest.mark.parametrize("name", ["light", "heavy", "long", "sum", "comparisons", "bytes", "apart", "backwards"])
def test_vectors_of_any_width(monkeypatch, bytes_of_one, name):
    monkeypatch.setattr(machine(), "registers", Registers(bytes_of_one, 4))
    torch.manual_seed(0)
    for length in LENGTHS:
        assert_as_interpreted(FLAT[name], torch.randn(length))


@pytest.mark.parametrize("length", [3, 8, 21, 100])
@pytest.mark.parametrize("name", ["sin", "cos"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_one_element_that_is_far_from_zero_does_not_change_the_others(name, length, dtype):
    torch.manual_seed(0)
    x = torch.randn(length, dtype=dtype)
    near = native(stage(getattr(torch, name))(x))(x).array
    for at in range(length):
        y = x.clone()
        y[at] = 1e17
        found = native(stage(getattr(torch, name))(y))(y).array
        np.testing.assert_allclose(found[at], getattr(np, name)(y.array[at]), rtol=4 * np.finfo(found.dtype).eps)
        others = np.arange(length) != at
        np.testing.assert_allclose(found[others], near[others], rtol=4 * np.finfo(found.dtype).eps)


@pytest.mark.parametrize("length", [1, 7, 8, 9, 33])
def test_nothing_is_written_behind_the_end(length):
    """A result inside of a larger one has neighbours that stay as they are."""
    x = torch.arange(3.0 * length).reshape(3, length)
    function = torch.compile(lambda x: torch.cat([torch.exp(-x), x, x * 2, -torch.exp(-x)], 1))
    for _ in range(4):
        found = function(x).array
    e = np.exp(-x.array)
    np.testing.assert_allclose(found, np.concatenate([e, x.array, 2 * x.array, -e], 1), rtol=1e-6)


def test_a_nan_among_what_is_left_over_stays_where_it_is():
    for length in range(1, 40):
        x = torch.zeros(length, dtype=torch.float64)
        x[length - 1] = float("nan")
        found = native(stage(lambda x: torch.exp(x) * 2)(x))(x).array
        assert np.isnan(found[-1])
        assert (found[:-1] == 2).all()
        assert np.isnan(native(stage(lambda x: x.amax())(x))(x).array)
        assert np.isnan(native(stage(lambda x: (x + 1).sum())(x))(x).array)
        clean = native(stage(lambda x: torch.where(torch.isnan(x), 1.0, x).sum())(x))(x).array
        assert clean == 1


def test_long_sums_are_as_exact_as_numpys():
    torch.manual_seed(0)
    for function in (torch.sum, lambda x: torch.exp(x * 0).sum(), lambda x: (x * 1).sum(0)):
        x = torch.rand(2_000_003) + 1
        found = native(stage(function)(x))(x).item()
        exact = interpret(stage(function)(x.double()), x.double())[0].item()
        assert abs(found - exact) <= 4e-7 * abs(exact)


def a_polynomial(x):
    y = x
    for _ in range(15):
        y = y * x + 1.28125
    return y


@pytest.mark.parametrize(
    ("work", "lanes"), [(lambda x: x * 2.28125, 32), (a_polynomial, 8), (lambda x: torch.tanh(x) * 2.28125, 16)]
)
def test_short_and_long_elements_are_done_several_vectors_at_once(monkeypatch, work, lanes):
    monkeypatch.setattr(machine(), "registers", Registers(32, 4))  # the numbers make kernels that nobody else has
    text = native(stage(work)(np.linspace(-3, 3, 1001, dtype=np.float32))).llvm()
    assert f"load <{lanes} x float>" in text
    assert f"load <{lanes * 2} x float>" not in text


def test_what_does_not_change_in_a_loop_is_computed_before_it_for_one_element():
    x = torch.ones(50, 40)
    text = native(stage(lambda x: torch.exp(x[:, :1].expand(50, 40)) * x)(x)).llvm()
    assert "llvm.fmuladd.f32" in text
    assert "llvm.fmuladd.v" not in text


def test_a_function_that_comes_often_is_compiled_once():
    x = torch.linspace(-3, 3, 100)
    few, many, more = (native(stage(repeated(n))(x)).llvm() for n in (8, 16, 28))
    assert '@"tanh_v' not in few
    assert len(re.findall(r"^define .*tanh_v", more, re.MULTILINE)) == 1
    further = len(more.splitlines()) - len(many.splitlines())
    assert further < 12 * 3 * 5, "each of the further functions is a line, and a few for what is done with it"

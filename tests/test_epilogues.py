"""Tall products are done some rows at a time with the loops that read them, by several threads."""

import numpy as np
import pytest

pytest.importorskip("llvmlite")

import wengert as torch
from wengert.compiler.groups import Group
from wengert.compiler.products import ProductCode
from wengert.compiler.storing import StoreCode
from wengert.native.machine import machine

pytestmark = pytest.mark.skipif(machine().registers is None, reason="BLAS does all products here")

ROWS = 96
X, Y = (torch.from_numpy(np.random.default_rng(i).standard_normal((ROWS, 40)).astype(np.float32)) for i in range(2))
W = torch.from_numpy(np.random.default_rng(2).standard_normal((40, 56)).astype(np.float32) / 6)
V = torch.from_numpy(np.random.default_rng(3).standard_normal((56, 40)).astype(np.float32) / 7)
B = torch.from_numpy(np.random.default_rng(4).standard_normal(56).astype(np.float32))

TOGETHER = {
    "a bias and a bend": (lambda: torch.relu(X @ W + B), 1),
    "a turned matrix": (lambda: torch.tanh(X @ V.T) * 2, 1),
    "turned rows": (lambda: torch.exp((X.T.contiguous().T @ W).sin()), 1),
    "rows are summed up": (lambda: torch.softmax(X @ W, 1), 1),
    "one after another": (lambda: torch.tanh(torch.relu(X @ W + B) @ V), 2),
    "two for one loop": (lambda: torch.tanh(X @ W) * torch.sin(Y @ V.T), 2),
    "another loop comes between": (lambda: ((a := X @ W), torch.exp(Y), torch.cos(a) + 1)[1:], 1),
    "the product is returned": (lambda: ((a := X @ W), torch.cos(a)), 1),
    "a batch that is one matrix": (lambda: torch.relu(X.reshape(24, 4, 40) @ W + B), 1),
    "double precision": (lambda: torch.relu(X.double() @ W.double()), 1),
}
"""What is done so, and how many products of it."""

APART = {
    "nobody reads it": lambda: X @ W,
    "another product reads it": lambda: (X @ W) @ V,
    "columns are summed up": lambda: (torch.tanh(X @ W) ** 2).sum(0),
    "it is turned": lambda: (X @ W).T.contiguous() * 2,
    "rows are mixed": lambda: torch.cumsum(X @ W, 0) * 2,
    "it is added to another": lambda: (X @ W) + (Y @ V.T),
}


@pytest.fixture(autouse=True, params=[1, 2, 3])
def several_threads_and_small_sizes(monkeypatch, request):
    sizes = {"epilogues.TALL": 64, "groups.BLOCK": 16, "storing.COPIED": 64, "products.GRAIN": 64, "groups.BIG": 64}
    for name, value in sizes.items():
        monkeypatch.setattr(f"wengert.compiler.{name}", value)
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield
    torch.set_num_threads(before)


def codes_of(compiled):
    """The codes of the steps, and for each the codes that it is in a group with."""
    work = compiled._last.program._plan.work
    runs = [each for kind, run, _ in work if kind == "run" for each in run]
    return [(each, getattr(code, "codes", [code])) for code in runs for each in getattr(code, "codes", [code])]


def close(found, expected):
    for a, b in zip(*(each if isinstance(each, tuple) else (each,) for each in (found, expected)), strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", TOGETHER)
def test_tall_products_are_done_with_the_loops_that_read_them(name):
    function, count = TOGETHER[name]
    compiled = torch.compile(function)
    for _ in range(4):
        close(compiled(), function())
    codes = codes_of(compiled)
    products = [(code, group) for code, group in codes if isinstance(code, ProductCode)]
    assert len(products) == count
    assert all(code.in_blocks and len(group) > 1 for code, group in products)
    assert sum(isinstance(code, StoreCode) for code, _ in codes) == count


@pytest.mark.parametrize("name", APART)
def test_others_are_not(name):
    compiled = torch.compile(APART[name])
    for _ in range(4):
        close(compiled(), APART[name]())
    assert not any(code.in_blocks for code, _ in codes_of(compiled) if isinstance(code, ProductCode))


@pytest.mark.parametrize("rows", [64, 65, 97, 128, 200, 331])
def test_any_number_of_rows_with_gradient_and_update(rows):
    def step(x, w, v):
        hidden = torch.tanh(x @ w + B)
        loss = (torch.relu(hidden @ v) ** 2).mean() + torch.logsumexp(hidden, 1).mean()
        loss.backward()
        with torch.no_grad():
            for each in (w, v):
                each.sub_(0.1 * each.grad)
                each.grad = None
        return loss.detach()

    compiled = torch.compile(step)
    mine, plain = ([each.clone().requires_grad_() for each in (W, V)] for _ in range(2))
    for seed in range(5):
        torch.manual_seed(seed)
        x = torch.randn(rows, 40)
        close(compiled(x, *mine), step(x, *plain))
        close(tuple(each.detach() for each in mine), tuple(each.detach() for each in plain))
    assert any(code.in_blocks for code, _ in codes_of(compiled) if isinstance(code, ProductCode))


def test_a_result_that_a_later_loop_reads_as_well_is_kept():
    def both(x):
        a = x @ W
        return torch.relu(a), torch.cumsum(a, 0) * 2

    compiled = torch.compile(both)
    for _ in range(4):
        close(compiled(X), both(X))
    assert isinstance(next(iter(compiled._last.program._plan.work[0][1][1:])), Group)

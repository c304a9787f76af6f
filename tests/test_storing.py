"""A matrix that many products of a call read is stored once for all of them, and read there."""

import numpy as np
import pytest

pytest.importorskip("llvmlite")

import wengert as torch
from wengert.compiler.products import ProductCode
from wengert.compiler.storing import OFTEN, StoreCode
from wengert.native.machine import machine

pytestmark = pytest.mark.skipif(machine().registers is None, reason="BLAS does all products here")


def codes_of(compiled):
    """The codes of the steps of the last recording."""
    plan = compiled._last.program._plan
    codes = [each for kind, run, _ in [*plan.work, *plan.last_work] if kind == "run" for each in run]
    return [each for code in codes for each in getattr(code, "codes", [code])]


def recurrent(rows, columns, steps, dtype):
    """A step of training whose weights come in products with each part of a sequence, and in those of its gradient."""
    torch.manual_seed(rows + columns)
    w = (torch.randn(7, columns, dtype=dtype) * 0.3).requires_grad_()
    u = (torch.randn(columns, columns, dtype=dtype) * columns**-0.5).requires_grad_()

    def step(x):
        h = torch.zeros(rows, columns, dtype=dtype)
        for t in range(steps):
            h = torch.tanh(x[t] @ w + h @ u)
        loss = (h * h).mean()
        w.grad = u.grad = None
        loss.backward()
        with torch.no_grad():
            for each in (w, u):
                each.sub_(0.1 * each.grad)
        return loss.detach()

    return step, w, u


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("columns", [8, 13, 48, 64, 100, 161])
@pytest.mark.parametrize("rows", [4, 17, 32])
def test_a_recurrent_network_with_gradient_and_update(rows, columns, dtype):
    plain, *weights = recurrent(rows, columns, 6, dtype)
    other, *twins = recurrent(rows, columns, 6, dtype)
    compiled = torch.compile(other)
    close = {"rtol": 1e-4, "atol": 1e-6} if dtype is torch.float32 else {"rtol": 1e-12, "atol": 1e-13}
    for seed in range(5):
        torch.manual_seed(seed)
        x = torch.randn(6, rows, 7, dtype=dtype)
        torch.testing.assert_close(compiled(x), plain(x), **close)
        for twin, own in zip(twins, weights, strict=True):
            torch.testing.assert_close(twin.detach(), own.detach(), **close)
    assert compiled.cache_info().hits == 3
    stores = [code for code in codes_of(compiled) if isinstance(code, StoreCode)]
    assert len(stores) == 3  # w and u, and u turned for the gradient


def test_a_matrix_that_is_written_in_between_is_not():
    def steps(x, w):
        for _ in range(2 * OFTEN):
            x = torch.tanh(x @ w)
            w.mul_(0.9)
        return x

    compiled = torch.compile(steps)
    for seed in range(5):
        torch.manual_seed(seed)
        x, w = torch.randn(32, 64), torch.randn(64, 64) * 0.1
        v = w.clone()
        np.testing.assert_allclose(compiled(x, w).numpy(), steps(x, v).numpy(), rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(w.numpy(), v.numpy(), rtol=1e-6)
    assert not any(isinstance(code, StoreCode) for code in codes_of(compiled))


def test_parts_of_a_matrix_are_stored_apart():
    def sums(x, w):
        halves = w[:, :64], w[:, 64:], w[:64].T, w[64:].T
        return sum(torch.tanh(x * i) @ half[:64] for i in range(1, 2 * OFTEN) for half in halves)

    compiled = torch.compile(sums)
    for seed in range(5):
        torch.manual_seed(seed)
        x, w = torch.randn(32, 64), torch.randn(128, 128) * 0.1
        np.testing.assert_allclose(compiled(x, w).numpy(), sums(x, w).numpy(), rtol=1e-4, atol=1e-5)
    codes = codes_of(compiled)
    assert sum(isinstance(code, StoreCode) for code in codes) == 4
    assert all(code._is_stored for code in codes if isinstance(code, ProductCode))


def test_few_products_store_for_themselves():
    compiled = torch.compile(lambda x, w: (x @ w) + (x.sin() @ w))
    for _ in range(3):
        compiled(torch.randn(32, 64), torch.randn(64, 64))
    assert not any(isinstance(code, StoreCode) for code in codes_of(compiled))

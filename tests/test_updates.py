"""A product that is there for the update of a weight alone is added where the weight is."""

import itertools

import numpy as np
import pytest

pytest.importorskip("llvmlite")

import wengert as torch
from wengert.compiler.products import ProductCode
from wengert.native.machine import machine

pytestmark = pytest.mark.skipif(machine().registers is None, reason="BLAS does all products here")


@pytest.fixture(autouse=True, params=[1, 2])
def threads(request, monkeypatch):
    monkeypatch.setattr("wengert.compiler.products.GRAIN", 64)
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield
    torch.set_num_threads(before)


def scaled(compiled):
    """How many products are added to a weight."""
    plan = compiled._last.program._plan
    codes = [code for kind, run, _ in plan.last_work if kind == "run" for code in run]
    codes = [each for code in codes for each in getattr(code, "codes", [code])]
    return sum(isinstance(code, ProductCode) for code in codes)


def layers(dtype, rows=37, sizes=(40, 24, 17)):
    torch.manual_seed(0)
    x = torch.randn(rows, sizes[0], dtype=dtype)
    weights = [(torch.randn(i, o, dtype=dtype) * i**-0.5).requires_grad_() for i, o in itertools.pairwise(sizes)]
    return x, weights


def loss_of(x, weights):
    for w in weights[:-1]:
        x = torch.tanh(x @ w)
    return ((x @ weights[-1]) ** 2).mean()


def by_hand(update):
    def build(dtype):
        x, weights = layers(dtype)

        def step():
            loss = loss_of(x, weights)
            loss.backward()
            with torch.no_grad():
                for w in weights:
                    update(w)
                    w.grad = None
            return loss.detach()

        return step, weights

    return build


def by_optimizer(dtype):
    x, weights = layers(dtype)
    optimizer = torch.optim.SGD(weights, lr=0.1)

    def step():
        loss = loss_of(x, weights)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        return loss.detach()

    return step, weights


def with_gradients(update, *, kept=False):
    """Steps that ask for the gradients, and may return them; the rate is a tensor."""

    def build(dtype):
        x, weights = layers(dtype)
        rate = torch.tensor(0.1, dtype=dtype)

        def step():
            loss = loss_of(x, weights)
            gradients = torch.autograd.grad(loss, weights)
            with torch.no_grad():
                for w, g in zip(weights, gradients, strict=True):
                    update(w, g, rate)
            return (loss.detach(), *gradients) if kept else loss.detach()

        return step, weights

    return build


def turned(dtype):
    x, weights = layers(dtype)
    turned = [w.detach().t().contiguous().requires_grad_() for w in weights]

    def step():
        loss = loss_of(x, [w.t() for w in turned])
        loss.backward()
        with torch.no_grad():
            for w in turned:
                w.sub_(0.1 * w.grad)
                w.grad = None
        return loss.detach()

    return step, turned


TOGETHER = {
    "times a number": by_hand(lambda w: w.sub_(0.1 * w.grad)),
    "a number times": by_hand(lambda w: w.sub_(w.grad * 0.1)),
    "added": by_hand(lambda w: w.add_(w.grad * -0.1)),
    "alpha": by_hand(lambda w: w.add_(w.grad, alpha=-0.1)),
    "as it is": by_hand(lambda w: w.sub_(w.grad)),
    "an optimizer": by_optimizer,
}


def clipped(dtype):
    x, weights = layers(dtype)

    def step():
        loss = loss_of(x, weights)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, 0.01)
        with torch.no_grad():
            for w in weights:
                w.sub_(0.1 * w.grad)
                w.grad = None
        return loss.detach()

    return step, weights


def inputs_that_learn(dtype):
    """What the products read is written as well."""
    x, (w, *_) = layers(dtype)
    x.requires_grad_()

    def step():
        loss = ((x @ w) ** 2).mean()
        loss.backward()
        with torch.no_grad():
            for each in (x, w):
                each.sub_(0.1 * each.grad)
                each.grad = None
        return loss.detach()

    return step, [x, w]


APART = {
    "it is kept": with_gradients(lambda w, g, _: w.sub_(0.1 * g), kept=True),
    "it is turned": turned,
    "it is clipped": clipped,
    "inputs that learn": inputs_that_learn,
}


BESIDE = {
    "the gradient is added to another": lambda w, m, g: (m.add_(g), w.sub_(0.1 * g), None),
    "momentum beside it": lambda w, m, g: (m.mul_(0.9).add_(g), w.sub_(0.1 * g), None),
    "old weights are added up": lambda w, m, g: (m.add_(w), w.sub_(0.1 * g), None),
    "old weights are copied": lambda w, m, g: (m.copy_(w * 1.0), w.sub_(0.1 * g), None),
    "old weights are averaged": lambda w, m, g: (m.lerp_(w, 0.1), w.sub_(0.1 * g), None),
    "old weights are returned": lambda w, m, g: ((old := w * 2), w.sub_(0.1 * g), old)[1:],
    "new weights are averaged": lambda w, m, g: (w.sub_(0.1 * g), m.lerp_(w, 0.1), None),
    "the step is returned": lambda w, m, g: ((by := 0.1 * g), w.sub_(by), by)[1:],
    "the rate is computed": lambda w, m, g: (w.sub_(g * m.mean()), m.add_(1), None),
}
"""What else is done with a weight, another tensor of its size and the gradient, in the same loop."""


@pytest.mark.parametrize("name", BESIDE)
def test_what_else_a_loop_does_with_gradient_or_weight_sees_what_it_should(name):
    def build(dtype):
        x, (w, *_) = layers(dtype)
        m = torch.ones_like(w)

        def step():
            loss = ((x @ w) ** 2).mean()
            (g,) = torch.autograd.grad(loss, [w])
            with torch.no_grad():
                found = BESIDE[name](w, m, g)[-1]
            return loss.detach(), loss.detach() * 1 if found is None else found

        return step, [w, m]

    compare(build, torch.float64)


def compare(build, dtype, calls=6):
    (plain, weights), (other, twins) = build(dtype), build(dtype)
    compiled = torch.compile(other)
    close = {"rtol": 1e-4, "atol": 1e-6} if dtype is torch.float32 else {"rtol": 1e-12, "atol": 1e-14}
    for _ in range(calls):
        found, expected = compiled(), plain()
        for a, b in zip(*(each if isinstance(each, tuple) else (each,) for each in (found, expected)), strict=True):
            torch.testing.assert_close(a, b, **close)
        for twin, own in zip(twins, weights, strict=True):
            torch.testing.assert_close(twin.detach(), own.detach(), **close)
    assert compiled.cache_info().hits >= calls - 3
    return compiled


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", TOGETHER)
def test_weights_are_updated_by_the_products(name, dtype):
    assert scaled(compare(TOGETHER[name], dtype)) == 2


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_rate_that_is_computed_counts_as_it_is_in_each_call(dtype):
    compare(with_gradients(lambda w, g, rate: (w.sub_(g * rate), rate.mul_(0.9))), dtype)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", APART)
def test_gradients_that_somebody_else_reads_are_made(name, dtype):
    assert scaled(compare(APART[name], dtype)) == 0


def test_nothing_is_written_where_the_call_may_not_go_on():
    x, (w, *_) = layers(torch.float64)
    own = w.detach().clone().requires_grad_()

    def step(scale, w):
        loss = ((x @ w * scale) ** 2).mean()
        loss.backward()
        with torch.no_grad():
            w.sub_(0.01 * w.grad)
            w.grad = None
        return loss.detach() if loss < 2 else -loss.detach()

    compiled = torch.compile(lambda scale: step(scale, w))
    for scale in (1.0, 1.0, 1.0, 3.0, 1.0, 3.0, 3.0):
        scale = torch.tensor(scale, dtype=torch.float64)  # noqa: PLW2901
        np.testing.assert_allclose(compiled(scale).item(), step(scale, own).item())
        np.testing.assert_allclose(w.detach().numpy(), own.detach().numpy(), rtol=1e-10)
    assert scaled(compiled) == 1
    assert compiled.cache_info().hits >= 3

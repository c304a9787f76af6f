"""Optimizers go where PyTorch's go, over packed memory, over tensors, and compiled."""

import copy
import json

import numpy as np
import pytest
from tests.optim.problems import FIXTURES, OPTIMIZERS, started, trajectory

import wengert as torch
from wengert.optim import elementwise, packing

RECORDED = json.loads(FIXTURES.read_text())["optimizers"]
WITHOUT_CLOSURE = [key for key in OPTIMIZERS if "lbfgs" not in key]
ELEMENTWISE = [key for key in WITHOUT_CLOSURE if OPTIMIZERS[key][0] not in ("Adafactor", "Muon")]


def tolerance(key):
    """A quasi-Newton method feeds rounding back into its directions; a product in bfloat16 may round the other way."""
    return 1e-3 if "muon" in key else 1e-6 if "lbfgs" in key else 1e-9


def close(got, want, rtol=1e-9):
    np.testing.assert_allclose(got, want, rtol=rtol, atol=rtol)


@pytest.mark.parametrize("key", OPTIMIZERS)
def test_a_trajectory_is_pytorchs(key):
    close(trajectory(torch, key), RECORDED[key], tolerance(key))


@pytest.mark.parametrize("key", ELEMENTWISE)
def test_a_trajectory_over_tensors_is_the_same(key, monkeypatch):
    monkeypatch.setattr(packing.Packs, "of", lambda *_: None)
    close(trajectory(torch, key), RECORDED[key])


@pytest.mark.parametrize("key", ELEMENTWISE)
def test_both_ways_agree_to_the_bit(key, monkeypatch):
    # so a run that goes on from a checkpoint, whose first step is taken over tensors, is the run that was not stopped
    dtypes = (torch.float32, torch.float64)
    packed = [trajectory(torch, key, dtype) for dtype in dtypes]
    monkeypatch.setattr(packing.Packs, "of", lambda *_: None)
    assert packed == [trajectory(torch, key, dtype) for dtype in dtypes]


@pytest.mark.parametrize("key", ELEMENTWISE)
def test_blocks_change_nothing(key, monkeypatch):
    monkeypatch.setattr(packing, "BLOCK", 4)
    close(trajectory(torch, key), RECORDED[key])


@pytest.mark.parametrize("key", ELEMENTWISE)
def test_a_step_is_packed_from_the_second_on(key, monkeypatch):
    count = []
    plain = elementwise.Elementwise._over_tensors
    monkeypatch.setattr(
        elementwise.Elementwise, "_over_tensors", lambda self, *args: (count.append(1), plain(self, *args))
    )
    trajectory(torch, key)
    assert len(count) == 1


@pytest.mark.parametrize("key", WITHOUT_CLOSURE)
def test_a_compiled_training_step_goes_the_same_way(key):
    optimizer, parameters, loss = started(torch, key, torch.float64)

    @torch.compile
    def train():
        optimizer.zero_grad()
        value = loss()
        value.backward()
        optimizer.step()
        return value

    for i in range(10):
        train()
        if i == 0:
            close([v for p in parameters for v in p.detach().reshape(-1).tolist()], RECORDED[key][0], tolerance(key))
    close([v for p in parameters for v in p.detach().reshape(-1).tolist()], RECORDED[key][3], tolerance(key))
    assert train.cache_info().hits >= 7


@pytest.mark.parametrize("key", WITHOUT_CLOSURE)
def test_training_goes_on_from_a_state(key):
    def run(steps, state=None):
        optimizer, parameters, loss = started(torch, key, torch.float64)
        if state is not None:
            for p, values in zip(parameters, state[1], strict=True):
                p.data.copy_(values)
            optimizer.load_state_dict(state[0])
        for _ in range(steps):
            optimizer.zero_grad()
            loss().backward()
            optimizer.step()
        return copy.deepcopy(optimizer.state_dict()), [p.detach().clone() for p in parameters]

    halfway = run(5)
    whole, parts = run(10)[1], run(5, halfway)[1]
    # what is loaded takes the dtype of its parameter, all but "step": so these counts are not rounded from then on
    rounded = OPTIMIZERS[key][0] in ("NAdam", "ASGD")
    for a, b in zip(whole, parts, strict=True):
        close(a.numpy(), b.numpy(), 1e-6 if rounded else 1e-14)


@pytest.mark.parametrize("key", ["adam amsgrad", "sgd momentum", "rmsprop momentum", "adagrad", "adamax", "nadam"])
def test_parameters_without_a_gradient_stay(key):
    name, options = OPTIMIZERS[key]
    a, b = (torch.ones(3, requires_grad=True) for _ in range(2))
    optimizer = getattr(torch.optim, name)([a, b], **options)
    lone = torch.ones(3, requires_grad=True)
    alone = getattr(torch.optim, name)([lone], **options)
    for i in range(9):
        a.grad = torch.full((3,), float(i))
        b.grad = torch.ones(3) if i % 3 else None
        optimizer.step()
        if i % 3:
            lone.grad = torch.ones(3)
            alone.step()
    assert torch.allclose(b, lone, rtol=1e-6)


def test_complex_parameters_are_pairs_of_real_ones():
    for name in ("Adam", "SGD", "Adagrad", "RMSprop", "Rprop"):
        z = torch.tensor([1 + 2j, -0.5j], dtype=torch.complex128, requires_grad=True)
        x = torch.view_as_real(z.detach()).clone().requires_grad_()
        mine, pairs = (getattr(torch.optim, name)([p], lr=0.1) for p in (z, x))
        for _ in range(4):
            z.grad = z.detach() * (1 + 1j)
            x.grad = torch.view_as_real(z.grad).clone()
            mine.step()
            pairs.step()
        assert torch.allclose(torch.view_as_real(z.detach()), x.detach(), rtol=1e-9)


@pytest.mark.parametrize("layout", ["transposed", "sliced", "half", "integers beside"])
def test_unusual_memory(layout):
    base = torch.arange(12.0).reshape(3, 4)
    p = (
        {
            "transposed": base.t(),
            "sliced": base[:, ::2],
            "half": base.half(),
            "integers beside": base,
        }[layout]
        .detach()
        .requires_grad_()
    )
    plain = p.detach().double().clone().requires_grad_()
    mine, wide = (torch.optim.Adam([q], lr=0.1) for q in (p, plain))
    for _ in range(3):
        p.grad = torch.ones_like(p)
        plain.grad = torch.ones_like(plain)
        mine.step()
        wide.step()
    assert torch.allclose(p.detach().double(), plain.detach(), atol=1e-2 if layout == "half" else 1e-5)


def test_the_memory_of_a_parameter_stays():
    p = torch.ones(3, requires_grad=True)
    seen = p.detach()
    optimizer = torch.optim.Adam([p], lr=0.1)
    for _ in range(3):
        p.grad = torch.ones(3)
        optimizer.step()
    assert torch.equal(seen, p)
    assert p._version == 3


@pytest.mark.parametrize("steps", [1, 3])
def test_a_step_makes_saved_values_stale(steps):
    p = torch.ones(3, requires_grad=True)
    optimizer = torch.optim.SGD([p], lr=0.1)
    for _ in range(steps):
        loss = (p * p).sum()
        p.grad = torch.ones(3)
        optimizer.step()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


def test_a_learning_rate_may_be_learned():
    rate = torch.tensor(0.1, dtype=torch.float64, requires_grad=True)
    p = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True).clone()
    p.retain_grad()
    optimizer = torch.optim.SGD([p], lr=rate, differentiable=True)
    p.grad = torch.tensor([3.0, 4.0], dtype=torch.float64)
    optimizer.step()
    p.sum().backward()
    assert rate.grad.item() == -7.0


def test_steps_can_be_differentiated():
    def after(x):
        p = x.clone()
        optimizer = torch.optim.Adam([p], lr=0.1, differentiable=True)
        for _ in range(3):
            q = p.clone()
            (g,) = torch.autograd.grad((q**3).sum(), q, create_graph=True)
            p.grad = g
            optimizer.step()
        return p

    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(after(x).sum(), x)
    step = 1e-6
    above, below = (after((x.detach() + d).requires_grad_()).detach() for d in (step, -step))
    close(slope.numpy(), ((above - below) / (2 * step)).numpy(), 1e-6)

"""Steps over large memory in machine code give, to the last bit, what NumPy gives."""

import numpy as np
import pytest

import wengert as torch
from wengert.core import sweeps
from wengert.optim import packing
from wengert.optim.sweeping import StepSweeps

pytest.importorskip("llvmlite")

WAYS = {
    "SGD": [{}, {"momentum": 0.9}, {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1}, {"maximize": True}],
    "Adam": [{}, {"amsgrad": True, "weight_decay": 0.1}, {"betas": (0.3, 0.5)}, {"maximize": True}],
    "AdamW": [{}, {"amsgrad": True}],
    "Adamax": [{}, {"weight_decay": 0.1}],
    "NAdam": [{}, {"weight_decay": 0.1, "decoupled_weight_decay": True}],
    "RAdam": [{}, {"weight_decay": 0.1}],
    "RMSprop": [{}, {"momentum": 0.9, "centered": True}],
    "Adagrad": [{}, {"lr_decay": 0.1}],
    "Adadelta": [{}, {"weight_decay": 0.1}],
    "ASGD": [{}, {"t0": 2}],
    "Rprop": [{}],
}
NUMPY = {"Rprop"}
"""Those that choose by values."""

CASES = [pytest.param(name, options, id=f"{name}-{i}") for name, ways in WAYS.items() for i, options in enumerate(ways)]


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(sweeps, "WORTH", 0)
    monkeypatch.setattr(packing, "LARGE", 64)


@pytest.fixture
def done(monkeypatch):
    """Whether each step was one of machine code."""
    found = []
    usual = StepSweeps.do

    def do(*given):
        found.append(usual(*given))
        return found[-1]

    monkeypatch.setattr(StepSweeps, "do", do)
    return found


def trained(name, options, dtype, *, several, steps=9):
    """Parameters after some steps with other learning rates, and what the optimizer keeps."""
    rng = np.random.default_rng(0)
    shapes = [(30, 40), (7,), (200, 100)] if several else [(200, 100)]
    params = [torch.tensor(rng.standard_normal(shape), dtype=dtype, requires_grad=True) for shape in shapes]
    optimizer = getattr(torch.optim, name)(params, lr=0.1, **options)
    for i in range(steps):
        optimizer.param_groups[0]["lr"] = 0.1 / (i + 1)
        for p in params:
            p.grad = torch.tensor(rng.standard_normal(p.shape) * (rng.random(p.shape) < 0.9), dtype=dtype)
        optimizer.step()
    kept = [value for state in optimizer.state.values() for value in state.values() if isinstance(value, torch.Tensor)]
    return [each.detach().numpy() for each in [*params, *kept]]


@pytest.mark.parametrize("several", [False, True])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(("name", "options"), CASES)
def test_every_bit(name, options, dtype, several, monkeypatch, done):
    found = trained(name, options, dtype, several=several)
    assert any(done) == (name not in NUMPY)
    monkeypatch.setattr(packing, "LARGE", 1 << 60)
    expected = trained(name, options, dtype, several=several)
    assert len(found) == len(expected)
    for mine, theirs in zip(found, expected, strict=True):
        np.testing.assert_array_equal(mine, theirs)
        assert mine.tobytes() == theirs.tobytes()


def test_another_learning_rate_is_another_number_and_not_another_program(monkeypatch, done):
    made = []
    (usual,) = sweeps._sweepers
    monkeypatch.setattr(sweeps, "_sweepers", [lambda *what, **how: made.append(usual(*what, **how)) or made[-1]])
    trained("Adam", {}, torch.float32, several=False, steps=20)
    assert sum(done) >= 15
    assert len(made) == 1


def test_options_that_change_are_obeyed(done):
    p = torch.ones(1000, requires_grad=True)
    optimizer = torch.optim.SGD([p], lr=1.0, momentum=0.5)
    for momentum in (0.5, 0.5, 0.5, 0.5, 0.25):
        optimizer.param_groups[0]["momentum"] = momentum
        p.grad = torch.ones(1000)
        before, kept = (
            p.detach().clone(),
            optimizer.state[p]["momentum_buffer"].clone() if optimizer.state[p] else 1 / momentum * 0,
        )
        optimizer.step()
        assert torch.equal(p.detach(), before - (kept * momentum + 1))
    assert sum(done) >= 2


def test_the_parameter_stays_where_it_is_and_a_stale_value_is_found(done):
    p = torch.ones(1000, requires_grad=True)
    memory = p.detach().numpy()
    optimizer = torch.optim.Adam([p], lr=0.5)
    for _ in range(4):
        p.grad = torch.ones(1000)
        loss = (p * p).sum()
        optimizer.step()
    assert done[-1]
    assert (memory == p.detach().numpy()).all()
    assert np.shares_memory(memory, p.detach().numpy())
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()

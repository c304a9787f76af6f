"""A learning rate that changes is read at each call of a compiled step, and never by anybody unseen."""

import copy

import pytest

import wengert as torch
from wengert.optim import lr_scheduler

OPTIMIZERS = {
    "SGD": lambda ps: torch.optim.SGD(ps, lr=0.1),
    "momentum": lambda ps: torch.optim.SGD(ps, lr=0.1, momentum=0.9, weight_decay=0.01, nesterov=True),
    "Adam": lambda ps: torch.optim.Adam(ps, lr=0.1, amsgrad=True),
    "AdamW": lambda ps: torch.optim.AdamW(ps, lr=0.1),
    "Adagrad": lambda ps: torch.optim.Adagrad(ps, lr=0.1, lr_decay=0.1),
    "Adadelta": lambda ps: torch.optim.Adadelta(ps, lr=0.1),
    "Adamax": lambda ps: torch.optim.Adamax(ps, lr=0.1),
    "ASGD": lambda ps: torch.optim.ASGD(ps, lr=0.1),
    "averaged": lambda ps: torch.optim.ASGD(ps, lr=0.1, lambd=0.1, t0=2),
    "NAdam": lambda ps: torch.optim.NAdam(ps, lr=0.1, decoupled_weight_decay=True, weight_decay=0.1),
    "RAdam": lambda ps: torch.optim.RAdam(ps, lr=0.1, weight_decay=0.1),
    "RMSprop": lambda ps: torch.optim.RMSprop(ps, lr=0.1),
    "centered": lambda ps: torch.optim.RMSprop(ps, lr=0.1, centered=True, momentum=0.5),
    "Rprop": lambda ps: torch.optim.Rprop(ps, lr=0.1),
    "Adafactor": lambda ps: torch.optim.Adafactor(ps, lr=0.1, weight_decay=0.1),
    "Muon": lambda ps: torch.optim.Muon(ps[:1], lr=0.1),
    "groups": lambda ps: torch.optim.SGD([{"params": ps[:1], "lr": 0.5}, {"params": ps[1:]}], lr=0.1),
}


def training(make, dtype, compiled, steps=12):
    """Some steps with a schedule: the parameters after each, and the compiled step."""
    torch.manual_seed(0)
    ps = [torch.randn(3, 2, dtype=dtype, requires_grad=True), torch.randn(2, dtype=dtype, requires_grad=True)]
    optimizer = make(ps)
    schedule = lr_scheduler.ExponentialLR(optimizer, 0.8)

    def step(x):
        optimizer.zero_grad()
        loss = torch.tanh(x @ ps[0] + ps[1]).square().sum()
        loss.backward()
        optimizer.step()
        return loss.detach()

    step = torch.compile(step) if compiled else step
    seen = []
    for _ in range(steps):
        loss = step(torch.randn(5, 3, dtype=dtype))
        schedule.step()
        seen += [loss, *(p.detach().clone() for p in ps)]
    return seen, step


@pytest.fixture
def double_by_default():
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@pytest.mark.usefixtures("double_by_default")
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_counters_in_double_precision_are_read_before_they_are_written(name):
    found, _ = training(OPTIMIZERS[name], torch.float64, compiled=True)
    wanted, _ = training(OPTIMIZERS[name], torch.float64, compiled=False)
    for a, b in zip(found, wanted, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_schedule_moves_the_rate_of_a_compiled_step(name, dtype):
    found, step = training(OPTIMIZERS[name], dtype, compiled=True)
    wanted, _ = training(OPTIMIZERS[name], dtype, compiled=False)
    for a, b in zip(found, wanted, strict=True):
        torch.testing.assert_close(a, b)
    assert step.cache_info().hits >= 9
    assert step.cache_info().recordings <= 2


def lowered(i, group):
    group["lr"] = 1 / (i + 1)


def followed(make, change=lowered, steps=8):
    """What a step, and the same step compiled, return and make of a parameter while the rate changes."""
    both = []
    for compiled in (False, True):
        w = torch.ones(2, requires_grad=True)
        step, optimizer = make(w)
        run = torch.compile(step) if compiled else step
        shown = []
        for i in range(steps):
            change(i, optimizer.param_groups[0])
            shown.append((run(), w.tolist()))
        both.append(shown)
    return both


def a_step(w, optimizer, seen=lambda: None):
    """A step, which returns what is seen."""

    def step():
        optimizer.zero_grad()
        w.square().sum().backward()
        optimizer.step()
        return seen()

    return step, optimizer


def by_name(optimizer):
    return optimizer.param_groups[0]["lr"]


def by_state(optimizer):
    return optimizer.state_dict()["param_groups"][0]["lr"]


def by_text(optimizer):
    return f"{optimizer}".partition("lr: ")[2].partition("\n")[0]


@pytest.mark.parametrize("look", [by_name, by_state, by_text])
def test_a_step_that_looks_at_the_rate_gets_what_it_is(look):
    def make(w):
        optimizer = torch.optim.SGD([w], lr=0.5)
        return a_step(w, optimizer, lambda: look(optimizer))

    plain, compiled = followed(make)
    assert compiled == plain


def test_a_step_that_holds_the_options_gets_what_they_are():
    def make(w):
        optimizer = torch.optim.SGD([w], lr=0.5)
        group, groups = optimizer.param_groups[0], optimizer.param_groups
        return a_step(w, optimizer, lambda: group["lr"] + groups[0]["lr"])

    plain, compiled = followed(make)
    assert compiled == plain


def test_a_step_that_sets_the_rate_does_so_at_each_call():
    def make(w):
        optimizer = torch.optim.SGD([w], lr=0.5)

        def halved():
            for group in optimizer.param_groups:
                group["lr"] *= 0.5
            return optimizer.param_groups[0]["lr"]

        return a_step(w, optimizer, halved)

    plain, compiled = followed(make, change=lambda i, group: None)
    assert compiled == plain


@pytest.mark.parametrize("rate", [2, torch.tensor(0.25), 0.0, -0.0])
def test_a_rate_of_another_type_is_another_recording(rate):
    def change(i, group):
        group["lr"] = rate if i % 3 == 2 else 0.1 * (i + 1)

    plain, compiled = followed(lambda w: a_step(w, torch.optim.SGD([w], lr=0.5)), change)
    assert compiled == plain


def test_other_options_that_change_are_seen_as_before():
    def change(i, group):
        group["lr"], group["momentum"] = 0.1 / (i + 1), 0.9 if i < 5 else 0.1

    plain, compiled = followed(lambda w: a_step(w, torch.optim.SGD([w], lr=0.5, momentum=0.9)), change)
    torch.testing.assert_close([at for _, at in compiled], [at for _, at in plain])


def test_options_in_another_place_are_read_there():
    found = []
    for compiled in (False, True):
        w = torch.ones(2, requires_grad=True)
        step, optimizer = a_step(w, torch.optim.SGD([w], lr=0.5))
        step = torch.compile(step) if compiled else step
        for i in range(8):
            if i == 4:  # new dictionaries
                optimizer.load_state_dict(copy.deepcopy(optimizer.state_dict()))
            optimizer.param_groups[0]["lr"] = 0.1 / (i + 1)
            step()
            found.append(w.tolist())
    assert found[8:] == found[:8]


def test_a_hook_of_the_optimizer_gets_what_the_rate_is():
    rates = []

    def make(w):
        optimizer = torch.optim.SGD([w], lr=0.5)
        optimizer.register_step_post_hook(lambda own, *_: rates.append(own.param_groups[0]["lr"]))
        return a_step(w, optimizer)

    followed(make)
    assert rates == [1 / (i + 1) for i in range(8)] * 2


@pytest.mark.parametrize("kind", ["register_hook", "register_post_accumulate_grad_hook"])
def test_a_hook_of_a_parameter_gets_what_the_rate_is(kind):
    def make(w):
        optimizer = torch.optim.SGD([w], lr=0.5)

        def scaled(g):
            rate = optimizer.param_groups[0]["lr"]
            if kind == "register_hook":
                return g * rate
            g.grad.mul_(rate)
            return None

        getattr(w, kind)(scaled)
        return a_step(w, optimizer)

    plain, compiled = followed(make)
    assert compiled == plain

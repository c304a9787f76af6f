"""Gradients of leaves before, inside of and after the calls of a compiled step: they are those of the step itself."""

import weakref

import pytest
from tests.makers import Makers

import wengert as torch

STEPS, BETWEEN = Makers(), Makers()
step, between = STEPS.add, BETWEEN.add


def loss(w, v):
    return (w * torch.tensor([1.0, 2.0, 3.0]) + v).square().sum()


@step
def clears_first(w, v):
    w.grad = v.grad = None
    loss(w, v).backward()


@step
def clears_last(w, v):
    loss(w, v).backward()
    with torch.no_grad():
        w.sub_(w.grad, alpha=0.01)
    w.grad = v.grad = None


@step
def accumulates(w, v):
    loss(w, v).backward()


@step
def clears_one(w, v):
    w.grad = None
    loss(w, v).backward()


@step
def zeroes_in_place(w, v):
    for each in (w, v):
        if each.grad is not None:
            each.grad.zero_()
    loss(w, v).backward()


@step
def reads_the_one_before(w, v):
    before = torch.zeros(3) if w.grad is None else w.grad
    w.grad = None
    loss(w, v).backward()
    return (before * w.grad).sum()


@step
def returns_the_one_before(w, v):
    before = w.grad
    w.grad = None
    loss(w, v).backward()
    return before, None if v.grad is None else v.grad.detach()


@step
def passes_one_on(w, v):
    w.grad, v.grad = v.grad, None
    loss(w, v).backward()


@step
def looks_at_the_one_before(w, v):
    large = w.grad is not None and w.grad.sum() > 20
    w.grad = v.grad = None
    loss(w, v).backward()
    return torch.tensor(1.0 if large else 0.0)


@between
def nothing(w, v, i):
    pass


@between
def another_gradient(w, v, i):
    w.grad = torch.full((3,), float(i))


@between
def none_now_and_then(w, v, i):
    if i % 2:
        v.grad = None


@between
def one_gradient_for_both(w, v, i):
    w.grad = v.grad = torch.full((3,), 2.0)


@between
def a_gradient_that_lies_otherwise(w, v, i):
    w.grad = torch.arange(6.0)[::2] if i % 3 else torch.ones(1).expand(3).clone()


@between
def the_parameter_is_its_gradient(w, v, i):
    w.grad = v.detach()


@between
def a_gradient_with_a_history(w, v, i):
    w.grad = None
    w.grad = torch.ones(3, requires_grad=True) * 2.0


@between
def values_move(w, v, i):
    with torch.no_grad():
        w.add_(0.125)


def text_of(value):
    """The values of tensors, and whether they have a history; its name differs."""
    if isinstance(value, tuple):
        return ", ".join(map(text_of, value))
    return "None" if value is None else f"{value.tolist()} {value.requires_grad} {value.is_leaf}"


def course(function, action):
    w, v = (torch.tensor(values, requires_grad=True) for values in ([0.5, -1.0, 2.0], [1.0, 0.25, -0.5]))
    run, seen, kept = function(w, v), [], []
    for i in range(9):
        found = run()
        seen += [text_of(each) for each in (found, w, v, w.grad, v.grad)]
        kept.append((w.grad, text_of(w.grad)))
        action(w, v, i)
    seen += [text_of(grad) == text for grad, text in kept]  # whether later calls have written into it
    return seen


@pytest.mark.parametrize("action", BETWEEN)
@pytest.mark.parametrize("name", STEPS)
def test_gradients_are_those_of_the_step_itself(name, action):
    plain = course(lambda w, v: lambda: STEPS[name](w, v), BETWEEN[action])
    assert course(lambda w, v: torch.compile(lambda: STEPS[name](w, v)), BETWEEN[action]) == plain


def test_a_gradient_that_the_step_clears_is_let_go():
    w, v = torch.ones(3, requires_grad=True), torch.ones(3, requires_grad=True)
    run = torch.compile(lambda: clears_first(w, v))
    for _ in range(4):
        run()
    before = weakref.ref(w.grad.array)
    run()
    assert before() is None
    assert run.cache_info().hits == 3


def second(function, x):
    (slope,) = torch.autograd.grad(function(x), x, create_graph=True)
    return torch.autograd.grad(slope.square().sum(), x)[0]


@pytest.mark.parametrize("kind", ["statistics", "added", "multiplied"])
def test_second_derivatives_where_the_call_writes_what_it_reads(kind):
    """What a derivative does not read may be written; what it reads is told, and never taken from the next call."""
    torch.manual_seed(0)
    x = torch.randn(6, 3, dtype=torch.float64, requires_grad=True)
    net = torch.nn.BatchNorm1d(3, dtype=torch.float64)
    kept = torch.ones(3, dtype=torch.float64)

    def function(x):
        if kind == "statistics":
            return torch.tanh(net(x)).square().sum()
        found = (x * x * x * kept).sum() if kind == "multiplied" else (x * x * x + kept).sum()
        kept.add_(1)
        return found

    compiled = torch.compile(function)
    for _ in range(4):
        if kind != "multiplied":
            torch.testing.assert_close(second(compiled, x), second(function, x))
            continue
        for each in (function, compiled):
            with pytest.raises(RuntimeError, match="modified by an inplace operation"):
                second(each, x)
    assert kind == "multiplied" or compiled.cache_info().hits


@pytest.mark.parametrize("reduce", [lambda x: x.amax(-1), lambda x: x.std(), lambda x: x.norm()])
def test_what_is_done_again_for_backward_is_not_kept_as_well(reduce):
    def function(x):
        return torch.logit(reduce(x))

    compiled = torch.compile(function)
    for seed in range(4):
        torch.manual_seed(seed)
        x = (torch.rand(4, dtype=torch.float64) / 4).requires_grad_()
        compiled(x).backward()
        found, x.grad = x.grad, None
        function(x).backward()
        torch.testing.assert_close(found, x.grad, rtol=1e-12, atol=1e-12)

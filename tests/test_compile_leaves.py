"""Leaves that a compiled function makes itself: what is computed of them has a history, in every call."""

import copy

import pytest
from tests.makers import Makers, close, told

import wengert as torch
from wengert import nn

SERVED, ALONE = Makers(), Makers()
served, alone = SERVED.add, ALONE.add
NET = nn.Sequential(nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 1))


def gradient(loss, w):
    loss.sum().backward()
    return loss.detach(), w.grad.clone()


@served
def created_in_every_way(x):
    ways = [
        torch.ones(4, requires_grad=True),
        torch.zeros(4).requires_grad_(),
        torch.rand(4, requires_grad=True),
        torch.tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True),
        torch.full((4,), 2.0, requires_grad=True),
        torch.linspace(0, 1, 4, requires_grad=True),
        torch.ones_like(x, requires_grad=True),
        torch.rand_like(x, requires_grad=True),
        x.new_ones(4, requires_grad=True),
        x.detach().clone().requires_grad_(),
        nn.Parameter(torch.ones(4)),
        torch.arange(4.0, requires_grad=True),
    ]
    return [gradient((w * x).sin(), w) for w in ways]


@served
def written_once_it_is_a_leaf(x):
    w = torch.empty(4)
    w.requires_grad = True
    with torch.no_grad():
        w.copy_(x)
    return gradient(w * w, w)


@served
def computed_with_before_anything_else(x):
    w = torch.ones(4, requires_grad=True)
    u = (w * 2).exp()
    u.sum().backward()
    return w.grad * x


@served
def a_derivative_of_a_derivative(x):
    t = torch.linspace(0, 1, 5, requires_grad=True)
    u = torch.sin(t) * x[1]
    (du,) = torch.autograd.grad(u, t, torch.ones_like(u), create_graph=True)
    (ddu,) = torch.autograd.grad(du, t, torch.ones_like(u), create_graph=True)
    return ((ddu + u) ** 2).mean(), du


@served
def rows_of_a_jacobian(x):
    w = torch.eye(4, requires_grad=True)
    y = w @ x
    return torch.stack([torch.autograd.grad(y[i], w, retain_graph=True)[0] for i in range(4)])


@served
def fitted_inside(x):
    w = torch.zeros(4, requires_grad=True)
    optimizer = torch.optim.Adam([w], lr=0.1)
    for _ in range(5):
        optimizer.zero_grad()
        ((w - x) ** 2).sum().backward()
        optimizer.step()
    return w.detach()


@served
def a_module_made_inside(x):
    net = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Dropout(0.5), nn.Linear(8, 1))
    y = net(x.repeat(3, 1))
    y.sum().backward()
    return y.detach(), net[0].weight.grad.clone(), net[1].running_mean.clone()


@served
def a_copy_of_a_module(x):
    net = copy.deepcopy(NET)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    net(x).sum().backward()
    optimizer.step()
    return net(x).detach()


@served
def hooks_and_kept_gradients(x):
    w = torch.ones(4, requires_grad=True)
    w.register_hook(lambda g: g * 2)
    h = w * x
    h.retain_grad()
    return *gradient(h, w), h.grad


@served
def detached_and_written(x):
    w = torch.ones(4, requires_grad=True)
    v = w.detach()
    v.add_(1)
    w.data.mul_(3)
    return gradient(w * x, w)


@served
def a_gradient_given_and_taken_away(x):
    w = torch.ones(4, requires_grad=True)
    w.grad = x * 1
    (w * x).sum().backward()
    found = w.grad
    w.grad = None
    return found.clone(), w.grad is None, w.is_leaf, w.requires_grad


@served
def no_leaf_any_more(x):
    w = torch.ones(4, requires_grad=True)
    w.requires_grad_(False)
    with torch.no_grad():
        v = torch.ones(4, requires_grad=True) * x
    return w * x, v


@served
def returned_with_its_history(x):
    w = torch.ones(4, requires_grad=True)
    return (w * x).sum(), (w.exp() * x).detach()


@served
def many_at_once(x):
    ws = [torch.ones(4, requires_grad=True) for _ in range(3)]
    return torch.autograd.grad((x * sum(ws)).sum(), ws)


@alone
def returned_itself(x):
    return torch.ones(4, requires_grad=True)


@alone
def a_view_of_what_was_there(x):
    w = torch.zeros(4, 2)[:, 0].requires_grad_()
    return gradient(w * x, w)


@alone
def seen_by_a_view_already(x):
    w = torch.tensor([1.0, 2.0, 3.0, 4.0])
    v = w.view(2, 2)
    w.requires_grad_()
    return *gradient(w * x, w), v * 2


@pytest.mark.parametrize("name", [*SERVED, *ALONE])
def test_a_leaf_made_inside_is_one(name):
    function = (SERVED | ALONE)[name]
    compiled = torch.compile(function)
    for i in range(5):
        x = torch.arange(4.0) * i + 1
        torch.manual_seed(i)
        want = told(function(x))
        torch.manual_seed(i)
        assert close(told(compiled(x)), want)
    assert (compiled.cache_info().hits == 3) == (name in SERVED), compiled.cache_info()


def test_a_leaf_left_in_an_object_stays_one():
    kept = {}

    def function(x):
        kept["w"] = torch.ones(4, requires_grad=True)
        return (kept["w"] * x).sum()

    compiled = torch.compile(function)
    for i in range(5):
        loss = compiled(torch.ones(4) * i)
        loss.backward()
        assert kept["w"].grad.tolist() == [float(i)] * 4

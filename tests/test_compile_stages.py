"""Results of a compiled function that were computed of one another: their histories lead one to another."""

import pytest
from tests.makers import Makers, close, told

import wengert as torch

W = torch.tensor([0.5, -1.0, 2.0], dtype=torch.float64, requires_grad=True)
USES = Makers()
use = USES.add


def chain(x):
    y = x * W
    z = y.sin() * x
    return y, z, (z * y).sum() + (W * x).prod()


def branches(x):
    h = (x * W).exp()
    return h.sum(), h, (h * W).sum()


def twice_the_same(x):
    y = x * W
    return y, y, (y * y).sum()


def through_a_view(x):
    y = (x * W).tanh()
    return y[:2], y, (y[:2] * x[1:]).sum()


def views(x):
    y = x * W
    return y, y[1:], (y * y)[None].sum()


def views_of_views(x):
    y = (x * W).sin()
    z = y.view(3, 1)
    return y[:2], z, y, z.t()[0, 1:].sum()


FUNCTIONS = {
    "chain": chain, "branches": branches, "twice the same": twice_the_same, "through a view": through_a_view,
    "views": views, "views of views": views_of_views,
}  # fmt: skip


@use
def backward_of_the_last(x, results):
    results[-1].backward()


@use
def backward_of_all_at_once(x, results):
    torch.autograd.backward(results, [torch.ones_like(each) for each in results])


@use
def backward_of_one_after_another(x, results):
    for each in results:
        each.sum().backward(retain_graph=True)


@use
def a_hook_on_a_result(x, results):
    results[1].register_hook(lambda g: g * 10)
    results[-1].backward()


@use
def the_gradient_kept_by_a_result(x, results):
    for each in results:
        each.retain_grad()
    results[-1].backward()
    return [each.grad for each in results]


@use
def the_gradient_of_one_for_another(x, results):
    return torch.autograd.grad(results[-1], [results[1], x, W])


@use
def what_is_not_used_is_told(x, results):
    return torch.autograd.grad(results[1].sum(), [results[-1], x], allow_unused=True)


@use
def derivatives_of_derivatives(x, results):
    dy, dx, dw = torch.autograd.grad(results[-1], [results[1], x, W], create_graph=True)
    again = torch.autograd.grad((dy.square().sum() + (dx * dw).sum()), [x, W], create_graph=True)
    return *again, *torch.autograd.grad(sum(each.sum() for each in again), [x, W])


@use
def freed_once(x, results):
    results[-1].backward()
    with pytest.raises(RuntimeError, match="second time"):
        results[-1].backward()


@use
def written_before_backward(x, results):
    with torch.no_grad():
        results[1].detach().mul_(2)
    try:
        results[-1].backward()
    except RuntimeError as error:
        return "inplace" in str(error)


@use
def a_view_written_with_its_history(x, results):
    results[1].mul_(3)
    results[0].sum().backward()
    return [each.detach().clone() for each in results], results[1]._is_view(), results[1]._base is results[0]


def outcome(function, use, i):
    x = torch.tensor([0.3, 0.2, -0.4], dtype=torch.float64) * (i + 1)
    x.requires_grad_()
    W.grad = None
    results = function(x)
    values = [each.detach().clone() for each in results]
    try:
        found = USES[use](x, results)
    except RuntimeError as error:
        found = str(error).partition("\n")[0][:40]
    return told([values, found, x.grad, W.grad])


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_history_of_results(name, use):
    function = FUNCTIONS[name]
    compiled = torch.compile(function)
    for i in range(4):
        assert close(outcome(compiled, use, i), outcome(function, use, i))
    assert (compiled.cache_info().hits == 2) == (function is not views_of_views), compiled.cache_info()

"""Backward through some of the results of a compiled function: the others add nothing, not even nan."""

from itertools import product

import numpy as np
import pytest

import wengert as torch
from wengert.compiler.narrowing import narrowed
from wengert.graph import stage

RESULTS = {
    "root": lambda x, y: x.sqrt(),
    "log": lambda x, y: (x - 1).log().sum(),
    "spread": lambda x, y: (x * y).sum().reshape(1).std(correction=0),
    "both": lambda x, y: x * y,
    "other": lambda x, y: y * 3,
    "halves": lambda x, y: torch.cat([x[:2] * y[0], y[1:]]),
    "difference": lambda x, y: y - x.exp(),
    "chosen": lambda x, y: torch.where(x > 0.5, x / 0.0, y),
    "rows": lambda x, y: (torch.softmax(x, 0) / (x - x)).sum(),
    "normed": lambda x, y: torch.nn.functional.layer_norm(x * y, (3,)),
}


def gradients(function, used):
    x = torch.tensor([0.0, 1.0, 2.0], requires_grad=True)
    y = torch.tensor([3.0, -1.0, 0.5], requires_grad=True)
    results = function(x, y)
    loss = sum((k + 2) * (results[k] * torch.arange(1.0, 1 + results[k].numel())).sum() for k in used)
    loss.backward()
    return [None if each.grad is None else each.grad.numpy() for each in (x, y)]


def same(found, wanted):
    for a, b in zip(found, wanted, strict=True):
        assert (a is None) == (b is None)
        if a is not None:
            np.testing.assert_allclose(a, b, rtol=2e-6, atol=1e-6)


@pytest.mark.parametrize("seed", range(40))
def test_any_part_of_the_results_goes_backward_as_it_does_eagerly(seed):
    names = np.random.default_rng(seed).choice([*RESULTS], 3, replace=False)

    def function(x, y):
        return tuple(RESULTS[name](x, y) for name in names)

    compiled = torch.compile(function)
    for used in [subset for subset in product([False, True], repeat=3) if any(subset)] * 2:
        at = [k for k in range(3) if used[k]]
        with np.errstate(all="ignore"):
            same(gradients(compiled, at), gradients(function, at))


def test_a_leaf_that_nothing_arrives_at_stays_without_a_gradient():
    a, b = (torch.ones(2, requires_grad=True) for _ in range(2))
    optimizer = torch.optim.SGD([a, b], lr=0.1, weight_decay=0.1)
    compiled = torch.compile(lambda x: ((a * x).sum(), (b * x).sum()))
    for _ in range(4):
        optimizer.zero_grad()
        compiled(torch.ones(2))[0].backward()
        optimizer.step()
    assert b.grad is None
    assert b.tolist() == [1.0, 1.0]


@pytest.mark.parametrize("create_graph", [False, True])
def test_asking_for_the_gradient_of_such_a_leaf_is_an_error_as_it_is_eagerly(create_graph):
    compiled = torch.compile(lambda x, y: (x * 2, y * 3))
    for _ in range(4):
        x, y = (torch.ones(2, requires_grad=True) for _ in range(2))
        total = compiled(x, y)[0].sum()
        options = {"create_graph": create_graph, "retain_graph": True}
        with pytest.raises(RuntimeError, match="appears to not have been used"):
            torch.autograd.grad(total, [x, y], **options)
        found = torch.autograd.grad(total, [x, y], allow_unused=True, **options)
        assert found[0].tolist() == [2.0, 2.0]
        assert found[1] is None


def test_a_function_of_users_gets_zeros_for_results_that_were_not_used():
    class Twice(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, y):
            return x * 2, y * 3

        @staticmethod
        def backward(ctx, first, second):
            return first * 2, second * 3 + 1

    compiled = torch.compile(Twice.apply)
    for _ in range(4):
        x, y = (torch.ones(2, requires_grad=True) for _ in range(2))
        compiled(x, y)[0].sum().backward()
        assert (x.grad.tolist(), y.grad.tolist()) == ([2.0, 2.0], [1.0, 1.0])


def test_zeros_stand_where_an_operation_takes_several_and_some_are_gone():
    graph = stage(lambda g, h: torch.cat([g, h]) - torch.cat([h, g]))(torch.ones(1), torch.ones(1))
    for absent in graph.inputs:
        left, places = narrowed(graph, graph.inputs, [absent])
        assert places == [0]
        sign = 1.0 if absent is graph.inputs[1] else -1.0
        assert left(torch.ones(1)).tolist() == [sign, -sign]

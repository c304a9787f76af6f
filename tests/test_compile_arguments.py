"""What compiled functions do with tensors that they are given, whatever these are: leaves, results, views, parts."""

import math

import numpy as np
import pytest

import wengert as torch
from wengert.compiler import compiled


def values(*shape, requires_grad=False):
    numbers = torch.arange(int(np.prod(shape)), dtype=torch.float64)
    return (numbers * 0.37 + 0.2).sin().reshape(shape).clone().requires_grad_(requires_grad)


W = values(3, requires_grad=True)


def wrote(x, *parts):
    """The sum of squares of x after something was written."""
    return (x * x).sum(), *parts


def unrecorded(x):
    with torch.no_grad():
        x.add_(1)
    return (x * W).sum()


def backward(x):
    (x * W).sum().backward()
    return x.detach() * 1


def kept(x):
    if x.requires_grad:
        x.retain_grad()
        x.register_hook(lambda g: g * 3)
    return (x * W).sum()


FUNCTIONS = {
    "writes what has a history": lambda x: wrote(x, x.mul_(W))[0],
    "writes a number": lambda x: (x.mul_(2.0) * W).sum(),
    "writes through a view": lambda x: (x[0].mul_(W[0]), x * x)[1],
    "returns a view that it wrote": lambda x: x[:2].add_(1),
    "copies into it": lambda x: x.copy_(W * 2).sum(),
    "clears it": lambda x: (x.zero_() + W).sum(),
    "writes unrecorded": unrecorded,
    "returns it": lambda x: (x, x * 2),
    "returns views of it": lambda x: (x[:2], x.reshape(3, 1)),
    "detaches it": lambda x: (x.detach(), x * W),
    "goes backward": backward,
    "has its gradient": lambda x: torch.autograd.grad((x * x * W).sum(), x)[0],
    "has gradients with a history": lambda x: torch.autograd.grad((x**3 * W).sum(), [x, W], create_graph=True),
    "uses it twice": lambda x: torch.stack([x, x, x * W]).prod(0).sum(),
    "keeps its gradient": kept,
}

ARGUMENTS = {
    "plain": lambda: (x := values(3), x),
    "a leaf": lambda: (x := values(3, requires_grad=True), x),
    "a result": lambda: ((x := values(3, requires_grad=True)) * 1.5, x),
    "a result that backward reads": lambda: ((x := values(3, requires_grad=True)).exp(), x),
    "a row of a result": lambda: (((x := values(2, 3, requires_grad=True)) * 1.5)[1], x),
    "a row": lambda: ((x := values(2, 3))[1], x),
    "a column": lambda: ((x := values(3, 2))[:, 1], x),
    "one number, expanded": lambda: ((x := values(1, requires_grad=True)).expand(3), x),
}


def text_of(error):
    return type(error).__name__, str(error).partition("\n")[0].partition(" is at version")[0]


def trace(function, make):
    """What five calls leave behind."""
    told = []
    for _ in range(5):
        W.grad = None
        given, source = make()
        try:
            result = function(given)
            results = list(result) if isinstance(result, tuple) else [result]
            moving = [r for r in results if r.requires_grad]
            if moving:
                sum((r * r).sum() for r in moving).backward()
        except RuntimeError as error:
            told.append(text_of(error))
            continue
        arrays = [t.detach().numpy() for t in (given, *results)]
        told.append([
            [a.copy() for a in arrays],
            [None if g is None else g.numpy().copy() for g in (W.grad, source.grad if source.is_leaf else None)],
            [np.shares_memory(a, arrays[0]) for a in arrays],
            [(t.requires_grad, t.is_leaf, t is given) for t in (given, *results)],
            source.detach().numpy().copy(),
        ])  # fmt: skip
    return told


def equal(a, b):
    if isinstance(a, np.ndarray):
        return isinstance(b, np.ndarray) and np.allclose(a, b, rtol=1e-12, atol=1e-14)
    if isinstance(a, list):
        return isinstance(b, list) and len(a) == len(b) and all(map(equal, a, b))
    return a == b


@pytest.mark.parametrize("argument", ARGUMENTS)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_an_argument_is_treated_as_by_the_function(name, argument):
    function, make = FUNCTIONS[name], ARGUMENTS[argument]
    want = trace(function, make)
    got = trace(torch.compile(function), make)
    for call, (a, b) in enumerate(zip(got, want, strict=True)):
        assert equal(a, b), f"call {call + 1}: {a}\n\nexpected {b}"


def test_a_detached_result_of_what_was_written_is_seen_through():
    w = values(3)

    @torch.compile
    def step(x):
        w.add_(x)
        return w.detach()

    for _ in range(4):
        found = step(values(3))
        w.zero_()
        assert found.tolist() == [0.0] * 3
    assert step.cache_info().hits == 2


def test_where_every_call_is_of_another_kind_nothing_is_looked_at_in_vain(monkeypatch):
    looks = []

    class Counted(compiled.Surroundings):
        def __init__(self, roots):
            looks.append(1)
            super().__init__(roots)

    monkeypatch.setattr(compiled, "Surroundings", Counted)
    scaled = torch.compile(lambda x, rate: x * math.sqrt(rate))
    for i in range(100):
        assert scaled(torch.ones(2), float(i * i)).tolist() == [float(i)] * 2
    assert len(looks) == compiled.MOST_KINDS
    for _ in range(4):
        assert scaled(torch.ones(2), 0.25).tolist() == [0.5] * 2
    assert scaled.cache_info().hits == 1


LEAF, PARAMETER = values(3, requires_grad=True), torch.nn.Parameter(values(3))


def marked(i):
    x = values(3)
    x.tag = float(i)
    return x


def retained(i):
    x = LEAF * 1
    if i % 2:
        x.retain_grad()
    return x


ASKED = {
    "whether it is a parameter": (
        lambda x: x * (2 if isinstance(x, torch.nn.Parameter) else 3), lambda i: (PARAMETER, LEAF)[i % 2],
    ),
    "an attribute": (lambda x: x * x.tag, marked),
    "whether it is a leaf": (lambda x: x * (2 if x.is_leaf else 3), lambda i: LEAF if i % 2 else LEAF * 1),
    "its node": (lambda x: x * len(x.grad_fn.name()), lambda i: LEAF.exp() if i % 2 else LEAF * 1),
    "whether it keeps its gradient": (lambda x: x * (2 if x.retains_grad else 3), retained),
    "where it begins": (lambda x: x * x.storage_offset(), lambda i: values(9)[i : i + 2]),
    "what it is a view of": (
        lambda x: x * (2 if x._base is None else 3), lambda i: values(2) if i % 2 else values(4)[:2],
    ),
    "the memory of what is turned": (
        lambda x: torch.as_strided(x, (2, 2), (1, 2)) * 2, lambda i: (values(3, 4) * i).t(),
    ),
    "the memory before it": (lambda x: torch.as_strided(x, (2,), (1,), 0) * 2, lambda i: values(9)[i : i + 2]),
    "an address": (lambda x: x * ((x * 2).data_ptr() > 0), lambda i: values(3) * i),
    "whether two are one": (
        lambda x: x[0] * (2 if x[0] is x[1] else 3), lambda i: [LEAF, LEAF if i % 2 else PARAMETER],
    ),
}  # fmt: skip
"""Functions that ask something of a tensor that is another thing in each call, and what they are given."""


@pytest.mark.parametrize("name", ASKED)
def test_what_is_asked_of_a_tensor_is_not_frozen(name):
    function, argument = ASKED[name]
    compiled_function = torch.compile(function)
    for i in range(7):
        assert compiled_function(argument(i)).tolist() == function(argument(i)).tolist()


def test_what_is_asked_of_a_tensor_around_is_not_frozen():
    inner = LEAF * 2
    step = torch.compile(lambda x: x * (2 if inner.is_leaf else 3))
    for _ in range(4):
        assert step(torch.ones(1)).tolist() == [3.0]
    assert "history" in step.cache_info().reason

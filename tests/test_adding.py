"""Products are added to what lies there where nobody needs it any more, and give what a sum of both gives."""

import random

import numpy as np
import pytest

import wengert as torch
from wengert.compiler import native
from wengert.compiler.groups import Group
from wengert.compiler.passes import optimised
from wengert.compiler.products import ProductCode
from wengert.graph import interpret, stage

pytest.importorskip("llvmlite", reason="only machine code adds to what is there")

N = 24


def some(*shape, dtype=np.float32, salt=0):
    """Small whole numbers, so that the order of sums does not show."""
    return torch.from_numpy(np.random.default_rng(salt).integers(-3, 4, shape).astype(dtype))


X, Y, W, V = (some(N, N, salt=i) for i in range(4))
STACK = some(3, N, N, salt=5)

ADDED = {
    "two products": (lambda x, y, w, v: x @ y + w @ v, 1),
    "one with the result of a loop": (lambda x, y, w, v: (w * v + 1) @ x + torch.relu(x), 1),
    "the other way round": (lambda x, y, w, v: torch.relu(x) + (w * v + 1) @ x, 1),
    "one after another": (lambda x, y, w, v: x @ y + w @ v + y @ x + v @ w, 3),
    "in pairs": (lambda x, y, w, v: (x @ y + w @ v) + (y @ x + v @ w), 1),
    "with turned operands": (lambda x, y, w, v: x.T @ y + w @ v.T, 1),
    "and gone on with": (lambda x, y, w, v: (x @ y + w @ v) @ (y @ x + v @ w) * 2, 2),
    "seen otherwise": (lambda x, y, w, v: (x @ y + w @ v).reshape(2, -1) + 1, 1),
    "thin": (lambda x, y, w, v: x @ y[:, :4] + w @ v[:, :4], 1),
    "a stack": (lambda x, y, w, v: (stack := STACK.to(x.dtype)) @ x + stack @ y, 1),
}
"""Functions, and how many of their products are added where something lies."""

APART = {
    "to an input": lambda x, y, w, v: x @ y + w,
    "to what is read again": lambda x, y, w, v: (z := torch.relu(x)) + x @ y + z.sum(),
    "of what is read again": lambda x, y, w, v: (z := x @ y) + torch.relu(w) + z.sum(),
    "to a row": lambda x, y, w, v: x @ y + w[0],
    "to itself": lambda x, y, w, v: (z := x @ y) + z,
    "to what is returned": lambda x, y, w, v: ((z := torch.relu(w)), x @ y + z)[0] + 0 * (x @ y + z),
    "to a part of what is made": lambda x, y, w, v: x @ y + torch.relu(STACK)[1],
    "to a turned result": lambda x, y, w, v: x @ y + torch.relu(w).T,
    "to what is turned round": lambda x, y, w, v: x @ y + torch.flip(w, (0,)),
    "to what is put together": lambda x, y, w, v: x @ y + torch.cat([w[:12] * 2, v[12:] * 3]),
    "to what is stacked": lambda x, y, w, v: x @ y + torch.stack([w[i] * 2 for i in range(N)]),
    "to what is padded": lambda x, y, w, v: x @ y + torch.nn.functional.pad(w[:20], (0, 0, 0, 4)),
    "to what is copied in another order": lambda x, y, w, v: x @ y + w.reshape(4, 6, N).transpose(0, 1).reshape(N, N),
    "to what the product reads": lambda x, y, w, v: (z := torch.relu(w)) + z @ y,
}
"""Where that is not done."""


def products_of(program):
    """Those of a program, and whether each is added."""
    codes = [code for kind, found, _ in program._plan.work if kind == "run" for code in found]
    flat = [each for code in codes for each in (code.codes if isinstance(code, Group) else [code])]
    return [code._adds for code in flat if isinstance(code, ProductCode)]


def program_of(function, *operands):
    graph = optimised(stage(function)(*operands))
    return graph, native(graph)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ADDED)
def test_what_is_added(name, dtype):
    function, count = ADDED[name]
    operands = [each.to(torch.float64 if dtype is np.float64 else torch.float32) for each in (X, Y, W, V)]
    graph, program = program_of(function, *operands)
    expected = interpret(graph, *(each.numpy() for each in operands))[0]
    for _ in range(2):  # memory that was used is used again
        np.testing.assert_array_equal(program(*operands).numpy(), expected)
    assert sum(products_of(program)) == count


@pytest.mark.parametrize("name", APART)
def test_what_is_not(name):
    graph, program = program_of(APART[name], X, Y, W, V)
    for _ in range(2):
        found = program(X, Y, W, V)
        np.testing.assert_array_equal(found.numpy(), interpret(graph, *(e.numpy() for e in (X, Y, W, V)))[0])
    assert not any(products_of(program))


def test_the_gradient_of_a_weight_of_many_steps():
    w = some(N, N, salt=8).requires_grad_()
    x = some(10, 5, N, salt=9)

    def step():
        w.grad = None
        h = torch.zeros(5, N)
        for t in range(10):
            h = torch.tanh(0.1 * (h @ w + x[t]))
        (h * h).sum().backward()
        return w.grad

    expected = step()
    compiled = torch.compile(step)
    for _ in range(4):
        found = compiled()
    torch.testing.assert_close(found, expected)
    assert sum(products_of(compiled._last.program)) >= 7


def test_the_gradient_of_a_weight_that_is_sliced_as_well():
    def step(w):
        return torch.autograd.grad(((X @ w) * Y).sum() + (w[:12] * w[12:]).sum(), w)[0]

    w = W.clone().requires_grad_()
    compiled, expected = torch.compile(step), step(w)
    for _ in range(4):
        assert torch.equal(compiled(w), expected)


STEPS = (
    lambda a, b, c: (a @ b) * 0.125,
    lambda a, b, c: a @ b * 0.125 + c,
    lambda a, b, c: a.T @ b + b @ c,
    lambda a, b, c: torch.relu(a) + b @ c,
    lambda a, b, c: torch.cat([a[:9] * 2, b[9:] * 3]) + b @ c,
    lambda a, b, c: torch.flip(a, (1,)) + b @ c,
    lambda a, b, c: torch.nn.functional.pad(a[2:] * 2, (0, 0, 2, 0)) + b @ c + a,
    lambda a, b, c: a.T + b,
)


@pytest.mark.parametrize("seed", range(40))
def test_random_sums_of_products(seed):
    """Values are read once or several times, and come back later."""
    choice = random.Random(seed)

    def function(*values):
        found = [*values]
        for _ in range(14):
            made = choice.choice(STEPS)(*(choice.choice(found) for _ in range(3)))
            found.append(made.clamp(-4, 4) if choice.random() < 0.5 else made * 0.0625)
        return found[-1] + found[-2], found[choice.randrange(4, len(found))]

    graph = optimised(stage(function)(X, Y, W, V))
    program = native(graph)
    expected = interpret(graph, *(each.numpy() for each in (X, Y, W, V)))
    for _ in range(2):
        for mine, theirs in zip(program(X, Y, W, V), expected, strict=True):
            scale = max(np.abs(theirs).max(), 1e-3)
            np.testing.assert_allclose(mine.numpy(), theirs, rtol=0, atol=3e-5 * scale)

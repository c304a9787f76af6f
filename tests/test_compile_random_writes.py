"""Random programs that write into values with a history, through views and detach() too: the same compiled as they are.

A program is a list of steps; each picks what it works on by numbers drawn beforehand. Many of them write over what
backward reads, and then the error has to be the same.
"""

import random

import numpy as np
import pytest

import wengert as torch
from wengert.nn.functional import relu

PROGRAMS = 200

OPERATIONS = [
    torch.sin, torch.exp, torch.tanh, torch.sigmoid, torch.relu, lambda t: t * t, lambda t: t + 1, lambda t: t.clone(),
]  # fmt: skip
PAIRS = [torch.mul, torch.add, torch.sub, torch.maximum, torch.atan2, lambda a, b: a / (b * b + 1)]
VIEWS = [
    lambda t: t[0] if t.ndim > 1 else t[:2],
    lambda t: t.t() if t.ndim == 2 else t,
    lambda t: t[..., :2],
    lambda t: t.flip(0),
    lambda t: t.reshape(-1),
    lambda t: t.unsqueeze(0),
    lambda t: t.expand(2, *t.shape) if t.ndim < 3 else t,
    lambda t: t.diagonal() if t.ndim >= 2 else t,
]
WRITES = [
    lambda a: a.exp_(), lambda a: a.mul_(0.5), lambda a: a.add_(1), lambda a: a.zero_(), lambda a: a.tanh_(),
    lambda a: a.clamp_(-0.5, 0.5), lambda a: a.neg_(), lambda a: relu(a, inplace=True),
]  # fmt: skip
WRITES_OF_PAIRS = [
    lambda a, b: a.mul_(b), lambda a, b: a.add_(b), lambda a, b: a.sub_(b), lambda a, b: a.div_(b * b + 1),
    lambda a, b: a.copy_(b), lambda a, b: a.addcmul_(b, b), lambda a, b: a.lerp_(b, 0.3),
]  # fmt: skip


def unrecorded(a, b, x):
    with torch.no_grad():
        chosen(WRITES_OF_PAIRS, x)(a, b)


def given_memory(a, b, x):
    with torch.no_grad():
        torch.mul(b, x, out=a)


def set_part(a, b, x):
    if a.ndim:
        a[int(x * a.shape[0])] = x * 2


def set_where(a, b, x):
    a[b > 0] = x


def change_places(a, b, x):
    if a.ndim:
        a[[0, -1]] = a[[-1, 0]] * x


STEPS = [
    lambda a, b, x: chosen(OPERATIONS, x)(a),
    lambda a, b, x: chosen(PAIRS, x)(a, b),
    lambda a, b, x: chosen(VIEWS, x)(a),
    lambda a, b, x: a.detach(),
    lambda a, b, x: done(chosen(WRITES, x)(a)),
    lambda a, b, x: done(chosen(WRITES_OF_PAIRS, x)(a, b)),
    lambda a, b, x: done(chosen(WRITES_OF_PAIRS, x)(a, b)),
    unrecorded, given_memory, set_part, set_where, change_places,
]  # fmt: skip


def chosen(choices, x):
    """One of several, by a number from 0 to 1."""
    return choices[int(x * len(choices))]


def done(_):
    """For steps that make no new value."""


def program(seed):
    numbers = random.Random(seed)
    steps = [(numbers.choice(STEPS), *(numbers.random() for _ in range(3))) for _ in range(numbers.randint(2, 7))]

    def run(x, w, buffer):
        found = [x * 1.0, w + 0.5, buffer, x + w]
        for step, first, second, third in steps:
            a = chosen(found, first)
            b = chosen([t for t in found if t.shape == a.shape], second)
            made = step(a, b, third)
            if made is not None:
                found.append(made)
        total = sum((t * (0.3 + i)).sum() for i, t in enumerate(found[::2]))
        return total, found[-1] * 1

    return run


def loss_of(results):
    total, last = results
    return total + (last * last).sum()


def outcome(function, *, inside):
    """What is returned, the gradients, and what was written; or the error."""
    rng = np.random.default_rng(1)
    x, w, buffer = (torch.tensor(rng.normal(size=(3, 3))) for _ in range(3))
    x.requires_grad_()
    w.requires_grad_()
    try:
        results = function(x, w, buffer)
        if not inside:
            loss_of(results).backward()
    except RuntimeError as error:
        return type(error), str(error).partition("\n")[0].partition(" is at version")[0]
    return [None if t is None else t.detach().numpy().copy() for t in (*results, x.grad, w.grad, buffer)]


def equal(got, want):
    if isinstance(got, tuple) or isinstance(want, tuple):
        return got == want
    for a, b in zip(got, want, strict=True):
        if a is None or b is None:
            if a is not b:
                return False
            continue
        size = np.abs(b[np.isfinite(b)]).max(initial=1.0)
        if a.shape != b.shape or not np.allclose(a, b, rtol=1e-8, atol=1e-9 * size, equal_nan=True):
            return False
    return True


@pytest.mark.parametrize("inside", [False, True], ids=["backward outside", "backward inside"])
@pytest.mark.parametrize("seed", range(PROGRAMS))
def test_a_program_that_writes_does_the_same_compiled(seed, inside):
    run = program(seed)

    def step(*given):
        results = run(*given)
        loss_of(results).backward()
        return [t.detach() for t in results]

    function = step if inside else run
    with np.errstate(all="ignore"):
        want = outcome(function, inside=inside)
        compiled = torch.compile(function)
        for call in range(4):
            got = outcome(compiled, inside=inside)
            assert equal(got, want), f"call {call + 1}: {got}\n\nexpected {want}"
    assert isinstance(want, tuple) or compiled.cache_info().hits or compiled.cache_info().reason

"""Branches beside effects: what Python looks at is made before anything is written, whatever else its nest makes."""

from __future__ import annotations

import math

import numpy as np
import pytest

import wengert as torch

EFFECTS = {
    "add_": lambda y, w, b: b.add_(y.sum()),
    "copy_": lambda y, w, b: b.copy_(y.sum()),
    "add_ elements": lambda y, w, b: w.data.add_(y),
    "mul_ elements": lambda y, w, b: w.data.mul_(y * 0.5 + 1),
    "backward": lambda y, w, b: (w * y).sum().backward(),
    "backward of a mean": lambda y, w, b: (w * y).mean().backward(),
    "backward of a function": lambda y, w, b: (w.sin() * y).sum().backward(),
}
QUESTIONS = {
    "sum": lambda y, w: y.sum() < 3,
    "max": lambda y, w: y.max() < 1,
    "all": lambda y, w: (y < 1).all(),
    "element": lambda y, w: y[0] < 1,
    "of another": lambda y, w: (w * y).sum() < 3,
    "item": lambda y, w: y.sum().item() < 3,
}
VALUES = [-1.0, -2.0, -1.5, 0.1, 5.0, 6.0, -1.0, 7.0, -2.0, -3.0, 8.0, 9.0]


def program(effect, question, first):
    """A function with an effect and a branch, and what it may write."""
    w, b = torch.tensor([0.9, 0.7], requires_grad=True), torch.tensor(0.0)

    def run(y):
        if first:
            effect(y, w, b)
        found = y * 2 if question(y, w) else y * 3
        if not first:
            effect(y, w, b)
        return found

    return run, w, b


@pytest.mark.parametrize("effect", EFFECTS)
@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("first", [True, False])
def test_takes_the_branch_of_this_call(effect, question, first):
    plain, *state = program(EFFECTS[effect], QUESTIONS[question], first)
    other, *twins = program(EFFECTS[effect], QUESTIONS[question], first)
    compiled = torch.compile(other)
    for value in VALUES:
        y = torch.tensor([value, value])
        torch.testing.assert_close(compiled(y), plain(y))
        for twin, own in zip(twins, state, strict=True):
            torch.testing.assert_close(twin.detach(), own.detach())
            assert (twin.grad is None) == (own.grad is None)
            if own.grad is not None:
                torch.testing.assert_close(twin.grad, own.grad)


def test_serves_both_ways_from_recordings():
    run, _, _ = program(EFFECTS["add_"], QUESTIONS["sum"], True)
    compiled = torch.compile(run)
    for value in VALUES * 2:
        compiled(torch.tensor([value, value]))
    assert compiled.cache_info().hits > len(VALUES)


def test_a_loop_whose_length_depends_on_values_beside_backward():
    def grow(x, w):
        (x * w).sum().backward()
        t, steps = x, 0
        while t.sum() < 3 and steps < 5:
            t, steps = t + t * 0.3, steps + 1
        return t, steps

    w = torch.tensor([0.5, 1.0], requires_grad=True)
    compiled = torch.compile(grow)
    for value in (1.0, 1.1, 1.2, 2.0, 0.5, 2.5, 0.2, 1.4):
        x = torch.tensor([value, value])
        expected, before = grow(x, w), w.grad.clone()
        w.grad = w.grad - x
        found = compiled(x, w)
        assert found[1] == expected[1]
        torch.testing.assert_close(found[0], expected[0])
        torch.testing.assert_close(w.grad, before)


ZEROS = {
    "a quotient": lambda x: torch.ones(1) / x.item() if x.item() else torch.ones(1).div(x.item()),
    "its text": lambda x: (x * 2, str(x.item())),
    "a list": lambda x: (x * 2, str(x.tolist())),
    "the sign": lambda x: x + math.copysign(1.0, float(x)),
}


@pytest.mark.parametrize("name", ZEROS)
def test_zeros_of_both_signs_are_two_numbers(name):
    function, compiled = ZEROS[name], torch.compile(ZEROS[name])
    for value in (0.0, 0.0, 0.0, -0.0, 0.0, -0.0):
        with np.errstate(divide="ignore"):
            expected = repr(function(torch.tensor(value)))
            found = repr(compiled(torch.tensor(value)))
        assert found == expected
    assert compiled.cache_info().hits


def test_parts_of_complex_numbers_have_signs_and_may_be_nan():
    nan = float("nan")
    text = torch.compile(lambda x: (x * 2, str(x.item())))
    argument = torch.compile(lambda k: (torch.ones(1), str(k)))
    for value in (0j, 0j, 0j, complex(0, -0.0), complex(nan, 1), complex(nan, 2), 1 + 0j, 1 + 0j, complex(1, -0.0)):
        assert text(torch.tensor(value))[1] == str(torch.tensor(value).item())
        assert argument(value)[1] == str(value)


def test_nan_is_the_number_that_it_was():
    text = torch.compile(lambda x: (x * 2, str(x.item())))
    for _ in range(4):
        assert text(torch.tensor(float("nan")))[1] == "nan"
    assert text.cache_info().hits

"""Histories that are more than values: of a detach() that is written, of hooked views, of what is cut off later."""

import pytest

import wengert as torch
from wengert.autograd import grad


def leaves(count):
    rows = [[[1.0, 2.0], [3.0, 4.0]], [[0.5, -1.0], [2.0, 1.0]], [[1.5, 1.0], [2.0, -1.0]]]
    return [torch.tensor(each, dtype=torch.float64, requires_grad=True) for each in rows[:count]]


def of_result(number, **options):
    return lambda out, given: grad(out[number].sum(), given, allow_unused=True, **options)


def kinds(out, given):
    return [(each.requires_grad, each.is_leaf) for each in out]


def gradients(out, given):
    out[0].sum().backward()
    return [each.grad for each in given]


def kept(out, given):
    out[0].sum().backward()
    return out[0].grad, out[0].retains_grad


def second(out, given):
    (first,) = grad(out[0].sum(), given, create_graph=True)
    return grad((first * first).sum(), given)


def of_the_third(out, given):
    out[0].sum().backward(inputs=given[2:])
    return given[2].grad


CASES = {
    "a detach() is written": (
        2, lambda a, b: (t := a * 2, d := t.detach(), d.add_(b))[:2], (of_result(0), of_result(1), kinds),
    ),
    "a detach() of an argument is written": (2, lambda a, b: ((d := a.detach()).mul_(b), d), (of_result(0), kinds)),
    "a part of one is written": (1, lambda a: [t := a.detach(), t.__setitem__(1, a[0] * 2)][:1], (kinds,)),
    "a detach() beside what was written through one": (
        2, lambda a, b: (t := a.flip(0), t.detach().add_(b), t.detach())[::2], (of_result(0, create_graph=True),),
    ),
    "a hook on a view that is returned": (
        1, lambda a: [t := a.t(), t.register_hook(lambda g: g * 2)][:1], (gradients,),
    ),
    "a hook on a view that is returned twice": (
        1, lambda a: [t := a[0], t.register_hook(lambda g: g * 2), t][::2], (gradients,),
    ),
    "views of a view beside its detach()": (1, lambda a: [t := a.t(), t[0], t.detach()], (kinds, gradients)),
    "parts of a view beside its detach()": (1, lambda a: [t := a.t(), *t.unbind(0), t.detach()], (kinds,)),
    "a kept gradient of a view": (1, lambda a: [v := a.view(4), v.retain_grad()][:1], (kept,)),
    "a kept gradient of a view of a result": (
        1, lambda a: [v := (t := a * 2).view(4), t, v.retain_grad()][:2], (kept,),
    ),
    "a kept gradient of what is written": (
        1, lambda a: [t := a.expand(2, 2, 2)[0] * 1, t.retain_grad(), t.diagonal().zero_()][:1], (kept,),
    ),
    "what is cut off after it was read": (1, lambda a: [(t := a.exp()).sin(), t.detach_()][:1], (second, gradients)),
    "a square of what is cut off": (1, lambda a: [(t := a * a * a) * t, t.detach_()][:1], (second, gradients)),
    "a backward that does not come by what is stale": (
        3, lambda a, b, c: [t := b.softmax(1), t.add_(c)][:1], (of_the_third, kinds),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_the_history_is_that_of_the_call_itself(name):
    count, function, uses = CASES[name]
    for use in uses:
        compiled = torch.compile(function)
        for _ in range(5):
            found, wanted = (use(each(*given), given) for each in (compiled, function) for given in [leaves(count)])
            assert str(found) == str(wanted)


def test_a_second_derivative_by_what_was_cut_off_is_right():
    (a,) = leaves(1)
    t = a.exp()
    s = t.sin()
    t.detach_()
    torch.testing.assert_close(second([s], [a]), second([a.exp().sin()], [a]))

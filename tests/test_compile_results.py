"""What a compiled function returns and leaves in Python's objects is what the function itself would."""

import collections
import contextlib
import dataclasses
import functools
import operator
import types
import typing

import numpy as np
import pytest
from tests.makers import Makers

import wengert as torch

RETURNED = Makers()
"""Functions of a tensor, and what looks at their results."""


@dataclasses.dataclass
class Pair:
    first: object
    second: object = 0


@dataclasses.dataclass(slots=True, frozen=True)
class Slotted:
    first: object
    second: object = 0


class Named(typing.NamedTuple):
    first: object
    second: object = 0


class Plain:
    def __init__(self, x):
        self.x, self._y = x, [x * 2]

    def __call__(self):
        return self.x + self._y[0]


class Listed(list):
    def __init__(self, x, note):
        super().__init__([x])
        self.note = note


class Mapped(collections.OrderedDict):
    """As the outputs of models of Hugging Face."""

    def __init__(self, **own):
        super().__init__(**own)
        self.loss = own["loss"]


class Shy:
    __slots__ = ("__inner", "empty")

    def __init__(self, x):
        self.__inner = x

    def __call__(self):
        return self.__inner


def twice(value):
    return value, [value]


def closed(value):
    return lambda: value


def circle(values):
    values.append(values)
    return values


MADE = {
    "a dataclass": (lambda x: Pair(x * 2, [x]), lambda r: (r.first, r.second, r == r)),  # noqa: PLR0124
    "a dataclass with slots": (lambda x: Slotted(x * 2, {"a": x + 1}), lambda r: (r.first, r.second)),
    "a named tuple": (lambda x: Named(x * 2, (x, None)), lambda r: (r.first, r.second, type(r))),
    "an object": (lambda x: Plain(x * 2), lambda r: (r(), r.x)),
    "an object in a dictionary": (lambda x: {"a": Plain(x), "b": (Pair(x),)}, lambda r: (r["a"](), r["b"][0].first)),
    "a list of one's own": (lambda x: Listed(x * 2, "n"), lambda r: (r[0], r.note, type(r))),
    "an ordered dictionary of one's own": (lambda x: Mapped(loss=x * 2, logits=x), lambda r: (r.loss, [*r.items()])),
    "slots with private names": (lambda x: Shy(x * 2), lambda r: (r(), hasattr(r, "empty"))),
    "a namespace": (lambda x: types.SimpleNamespace(y=x * 2), lambda r: r.y),
    "a set": (lambda x: {x * 2}, lambda r: [*r]),
    "a frozen set": (lambda x: frozenset([x * 2]), lambda r: [*r]),
    "a deque": (lambda x: collections.deque([x, x * 2], 2), lambda r: (r.maxlen, [*r])),
    "a default dictionary": (lambda x: collections.defaultdict(list, a=x * 2), lambda r: (r["a"], r["b"])),
    "keys that are tensors": (lambda x: {x * 2: 1}, lambda r: [*r.items()]),
    "a distribution": (lambda x: torch.distributions.Normal(x * 2, 1.0), lambda r: (r.mean, r.log_prob(r.mean))),
    "the same list twice": (lambda x: twice([x * 2]), lambda r: (r[0] is r[1][0], r[0])),
    "the same tensor twice": (lambda x: twice(x * 2), lambda r: (r[0] is r[1][0], r[0])),
    "nothing": (lambda x: None, lambda r: r),
    "nothing among others": (lambda x: (None, x * 2, [None]), lambda r: r),
    "a class and a function": (lambda x: (Pair, len, torch.sin, x * 2), lambda r: r),
    "a size and a dtype": (lambda x: (x.shape, x.dtype, torch.device("cpu")), lambda r: r),
}  # fmt: skip

ALONE = {
    "a closure": (lambda x: closed(x * 2), lambda r: r()),
    "a generator": (lambda x: (each * 2 for each in [x]), next),
    "an iterator": (lambda x: iter([x * 2]), next),
    "a part of a function": (lambda x: functools.partial(torch.add, x * 2), lambda r: r(1)),
    "a method": (lambda x: (x * 2).sum, lambda r: r()),
    "an array": (lambda x: (x * 2).numpy(), lambda r: r.tolist()),
    "an error": (lambda x: ValueError(x * 2), lambda r: r.args),
    "a node": (lambda x: (x.clone().requires_grad_() * 2).grad_fn, lambda r: r.name()),
    "a parameter": (lambda x: torch.nn.ParameterList([x * 2]), lambda r: r[0].detach()),
    "a circle": (lambda x: circle([x * 2]), lambda r: (r[0], r[1] is r)),
}  # fmt: skip


@pytest.mark.parametrize("name", [*MADE, *ALONE])
def test_what_is_returned_is_made_for_each_call(name):
    function, look = (MADE | ALONE)[name]
    compiled = torch.compile(function)
    results = []
    for i in range(5):
        x = torch.ones(2) * i
        results.append(compiled(x))
        assert str(look(results[-1])) == str(look(function(x)))
    assert str(type(results[-1])) == str(type(results[0]))
    assert (compiled.cache_info().hits == 3) == (name in MADE), compiled.cache_info()


def test_a_view_of_a_result_without_its_history_has_none():
    w = torch.ones(3, requires_grad=True)

    def function(x):
        y = w * x
        d = y.detach()
        return y, d, d[1:], y[1:]

    compiled = torch.compile(function)
    for _ in range(4):
        found = compiled(torch.ones(3))
        assert [each.requires_grad for each in found] == [True, False, False, True]
    assert compiled.cache_info().hits == 2


def test_what_a_caller_does_with_a_result_is_not_seen_by_the_next():
    compiled = torch.compile(lambda x: Pair(x * 2, [1, {"a": 2}]))
    for _ in range(5):
        found = compiled(torch.ones(2))
        assert found.second == [1, {"a": 2}]
        found.second.append(3)
        found.second[1]["a"] = 5
        found.first.add_(1)


def test_what_was_there_before_is_returned_itself():
    kept, net = [1], torch.nn.Linear(2, 1)
    compiled = torch.compile(lambda x: (x * 2, kept, net, net.weight, [kept]))
    for _ in range(4):
        _, *found = compiled(torch.ones(2))
        assert [*map(id, found[:-1])] == [id(kept), id(net), id(net.weight)]
        assert found[-1][0] is kept
    assert compiled.cache_info().hits == 2


def test_results_with_attributes_go_backward():
    w = torch.ones(3, requires_grad=True)
    compiled = torch.compile(lambda x: Pair((w * x).sum(), [w * x]))
    for i in range(4):
        w.grad = None
        found = compiled(torch.ones(3) * i)
        (found.first + found.second[0].sum()).backward()
        assert w.grad.tolist() == [2.0 * i] * 3


def add(d):
    d["y"] = d["x"] * 2
    return d["y"] + 1


def nest(d):
    d["z"] = {"w": d["x"]}


def mark(d):
    d["x"].tag = d["x"] * 2


def through(d):
    return d


CHANGING = {
    "a key": add, "a nest": nest, "an attribute of a tensor": mark, "the same": through,
    "an element": lambda d: operator_set(d["l"], 0, d["x"] * 2), "less": lambda d: d["l"].clear(),
    "more": lambda d: d["l"].append(d["x"] * 2), "a number": lambda d: operator_set(d["l"], 0, 5.0),
}  # fmt: skip


def operator_set(target, key, value):
    target[key] = value
    return value


@pytest.mark.parametrize("name", CHANGING)
def test_what_is_done_to_containers_that_are_given_is_done(name):
    function = CHANGING[name]
    compiled = torch.compile(function)
    for i in range(5):
        given, same = ({"x": torch.ones(2) * i, "l": [torch.zeros(1)]} for _ in range(2))
        result, want = compiled(given), function(same)
        assert str(given) == str(same)
        assert str(result) == str(want)
        assert (result is given) == (want is same)
        assert str(getattr(given["x"], "tag", None)) == str(getattr(same["x"], "tag", None))


def test_a_result_and_itself_without_history_are_two():
    w = torch.ones(3, requires_grad=True)

    def step(x):
        loss = (w * x).sum()
        return loss, [loss.detach(), loss], loss.detach() * 2

    compiled = torch.compile(step)
    for i in range(5):
        loss, (plain, same), twice = compiled(torch.ones(3) * i)
        assert (same is loss, plain is loss, plain.requires_grad, twice.requires_grad) == (True, False, False, False)
        assert (plain.item(), twice.item()) == (3.0 * i, 6.0 * i)
        w.grad = None
        loss.backward()
        assert w.grad.tolist() == [float(i)] * 3
        plain.add_(1)
        assert loss.item() == 3.0 * i + 1
    assert compiled.cache_info().hits == 3


def test_what_a_caller_writes_on_a_constant_is_not_seen_by_the_next():
    def step(x):
        zeros = torch.zeros(3)
        return zeros, zeros + x, torch.ones(3), torch.ones(3)[1:]

    compiled = torch.compile(step)
    for i in range(5):
        found = compiled(torch.ones(3) * i)
        assert str(found) == str(step(torch.ones(3) * i))
        for each in found:
            each.add_(5)
    assert compiled.cache_info().hits == 3


def test_containers_that_are_given_are_returned_themselves():
    def step(params, more=None):
        loss = sum((p * p).sum() for p in params["layers"])
        with torch.no_grad():
            for p in params["layers"]:
                p.mul_(0.5)
        return params, {"layers": params["layers"], "loss": loss, "more": more}

    compiled = torch.compile(step)
    for i in range(6):
        given, same = ({"layers": [torch.ones(2) * i, torch.ones(1)], "n": 3} for _ in range(2))
        more = [{"a": torch.ones(1)}]
        found, rest = compiled(given, more=more)
        assert str((found, rest)) == str(step(same, more))
        assert found is given
        assert rest["layers"] is given["layers"]
        assert rest["more"] is more
    assert compiled.cache_info().hits == 4


def test_the_same_container_given_twice_is_returned_where_it_was():
    compiled = torch.compile(lambda a, b: (b, a, a[0] + b[0]))
    for i in range(6):
        a = [torch.ones(2) * i]
        b = a if i % 2 else [torch.ones(2)]
        found = compiled(a, b)
        assert (found[0] is b, found[1] is a) == (True, True)
        assert found[2].tolist() == (a[0] + b[0]).tolist()


def test_a_container_that_was_given_twice_is_not_taken_for_another():
    compiled = torch.compile(lambda a, b: (b, a[0] * 2))
    for i in range(6):
        a = [1.0]
        b = a if i < 2 else [1.0]
        assert compiled(a, b)[0] is b


def test_what_stays_in_python_keeps_its_history():
    w, kept, on = torch.ones(3, requires_grad=True), {}, [False]

    @torch.compile
    def step(x):
        y = (w * x).detach() * w
        if on[0]:
            kept["loss"] = (y * y).sum()
            kept["view"] = y[:2]
        w2 = w.detach()
        with torch.no_grad():
            w2.mul_(1.0)
        return y

    step(torch.ones(3))
    on[0] = True
    for i in (2.0, 3.0, 4.0):
        w.grad = None
        result = step(torch.ones(3) * i)
        (kept["loss"] + kept["view"].sum() + result.sum()).backward()
        assert w.grad.tolist() == pytest.approx([2 * i * i + 2 * i, 2 * i * i + 2 * i, 2 * i * i + i])


def test_what_stays_with_a_history_that_nobody_can_follow_says_so():
    w, kept, on = torch.ones(3, requires_grad=True), {}, [False]

    @torch.compile
    def step(x):
        y = w * x
        y.register_hook(lambda g: g * 2)
        if on[0]:
            kept["loss"] = y.sum()
        return y.sum().detach()

    step(torch.ones(3))
    on[0] = True
    step(torch.ones(3))
    with pytest.raises(RuntimeError, match="hooks on what it computes"):
        kept["loss"].backward()
    for _ in range(3):
        w.grad = None
        step(torch.ones(3))
        kept["loss"].backward()
        assert w.grad.tolist() == [2.0] * 3


class Cube(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, factor):
        ctx.save_for_backward(x)
        ctx.factor = factor
        return x**3 * factor

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * 5 * x**2 * ctx.factor, None


class Both(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, y):
        ctx.save_for_backward(x, y)
        return x * y, x + y

    @staticmethod
    def backward(ctx, g, h):
        x, y = ctx.saved_tensors
        return g * y * y + h, g * x + h * x


def without(x):
    with torch.no_grad():
        s = x * 2
    return s * x * x


def in_place(x):
    y = x.clone()
    y.mul_(x)
    return y * x.view(-1) * y.detach()


def two(x):
    a, b = torch.stack([x, x * x]).unbind(0)
    return a * b * b.detach()


def both(x):
    a, b = Both.apply(x * 2, x)
    return a * b


def written_unseen(x):
    y = x * x
    with torch.no_grad():
        y.mul_(2)
    return y * y


TWICE = {
    "detached": lambda x: x.detach() * x * x, "no_grad": without, "in place": in_place, "several": two,
    "a Function": lambda x: Cube.apply(x * 2, 2.0) * x, "a Function of several": both,
    "a Function in one": lambda x: Cube.apply(Cube.apply(x, 0.5), 2.0), "a view": lambda x: (x * x)[0] * x.detach(),
}  # fmt: skip


@pytest.mark.parametrize("name", TWICE)
def test_derivatives_of_derivatives_have_the_history_that_the_call_had(name):
    function = TWICE[name]
    compiled = torch.compile(function)
    for i in range(5):
        x = torch.tensor([3.0 + i, 0.5], dtype=torch.float64, requires_grad=True)
        found = []
        for f in (function, compiled):
            (d,) = torch.autograd.grad(f(x).sum(), x, create_graph=True)
            (dd,) = torch.autograd.grad(d.sum(), x, create_graph=True, allow_unused=True)
            found.append((d, dd))
        torch.testing.assert_close(found[0], found[1])
    assert compiled.cache_info().hits == 3


def test_a_history_that_operations_do_not_give_is_refused_and_not_guessed():
    function = written_unseen
    compiled = torch.compile(function)
    for i in range(4):
        x = torch.tensor([3.0], requires_grad=True)
        refused = pytest.raises(RuntimeError, match="more than its operations") if i else contextlib.nullcontext()
        with refused:
            torch.autograd.grad(compiled(x), x, create_graph=True)
        (d,) = torch.autograd.grad(compiled(x), x)
        assert d.tolist() == torch.autograd.grad(function(x), x)[0].tolist()


def test_an_array_that_is_returned_is_the_callers():
    compiled = torch.compile(lambda x: (x * 2).numpy())
    for _ in range(4):
        found = compiled(torch.ones(2))
        assert isinstance(found, np.ndarray)
        assert found.tolist() == [2.0, 2.0]
        found += 1


def test_a_tensor_that_cannot_be_found_keeps_its_history():
    hidden = torch.ones(3, requires_grad=True)
    read = operator.itemgetter((hidden,))
    step = torch.compile(lambda x: (read.__reduce__()[1][0][0] * x).sum())
    for i in range(4):
        hidden.grad = None
        step(torch.ones(3) * i).backward()
        assert hidden.grad.tolist() == [float(i)] * 3
    assert "cannot be found" in step.cache_info().reason


def test_what_is_computed_in_inference_mode_is_of_it():
    def step(x):
        with torch.inference_mode():
            y = x * 2
        return y, x + 1

    compiled = torch.compile(step)
    for i in range(5):
        y, z = compiled(torch.ones(2) * i)
        assert (y.is_inference(), z.is_inference(), y.tolist()) == (True, False, [2.0 * i] * 2)
    assert compiled.cache_info().hits == 3


DETACHED = {
    "an argument, twice": lambda x: (x.detach(), x.detach()),
    "a value, twice": lambda x: ((y := x * 2).detach(), y.detach()),
    "a value and itself": lambda x: (y := x * 2, y.detach()),
    "itself and a value": lambda x: ((y := x * 2).detach(), y),
    "an argument and itself": lambda x: (x.detach(), x),
}


@pytest.mark.parametrize("requires_grad", [False, True])
@pytest.mark.parametrize("name", DETACHED)
def test_what_is_detached_is_another_tensor_over_the_same_memory(name, requires_grad):
    compiled = torch.compile(DETACHED[name])
    for _ in range(4):
        seen = []
        for function in (DETACHED[name], compiled):
            x = torch.ones(2, requires_grad=requires_grad)
            first, second = function(x)
            assert first is not second
            with torch.no_grad():
                first.detach().add_(1)
            seen.append([(each is x, each.requires_grad, each.tolist()) for each in (first, second, x)])
        assert seen[0] == seen[1]
    assert compiled.cache_info().hits == 2

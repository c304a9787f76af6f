"""Attributes of users' objects: what a function does not read may change; what it reads in any way is not frozen."""

import abc
import copy
import dataclasses
import functools
import json
import operator
import pickle
import types
import typing

import pytest
from tests.makers import Makers
from tests.test_compile_surroundings import setting, trace, usual_settings  # noqa: F401 - a fixture

import wengert as torch
from wengert import nn

READ = Makers()
"""Each makes a function, and what changes an attribute that it reads without saying its name as usual."""
way = READ.add


class Rate:
    """What a function takes a rate from."""

    rate = 0.5

    def __init__(self, rate=1.0):
        self.rate = rate


@way
def by_getattr():
    rate, name = Rate(), "ra" + "te"
    return lambda x: x * getattr(rate, name), setting(rate, "rate")


@way
def by_getattr_under_another_name():
    rate, name, get = Rate(), "ra" + "te", getattr
    return lambda x: x * get(rate, name), setting(rate, "rate")


@way
def by_a_part_of_getattr():
    rate, name = Rate(), "ra" + "te"
    read = functools.partial(getattr, rate)
    return lambda x: x * read(name), setting(rate, "rate")


@way
def by_getattr_in_a_container():
    rate, ways = Rate(), {"read": getattr}
    return lambda x: x * ways["read"](rate, "ra" + "te"), setting(rate, "rate")


@way
def whether_it_is_there():
    rate, name = Rate(), "ra" + "te"

    def change(i):
        if i % 2:
            rate.rate = 1.0
        else:
            del rate.rate

    Plain = type(rate)
    return lambda x: x * (2 if hasattr(rate, name) and name in rate.__dict__ else Plain.rate), change


@way
def by_attrgetter():
    rate, name = Rate(), "ra" + "te"
    return lambda x: x * operator.attrgetter(name)(rate), setting(rate, "rate")


@way
def by_methodcaller():
    rate, name = Rate(), "ra" + "te"
    rate.rate = lambda: 1.0
    return lambda x: x * operator.methodcaller(name)(rate), lambda i: setattr(rate, "rate", lambda: float(i))


@way
def by_its_dictionary():
    rate = Rate()
    return lambda x: x * sum(rate.__dict__.values()), setting(rate, "rate")


@way
def by_a_pattern():
    rate = Rate()

    def step(x):
        match rate:
            case Rate(rate=3.0):
                return x
            case Rate(rate=found):
                return x * found

    return step, setting(rate, "rate")


@way
def by_a_pattern_without_names():
    @dataclasses.dataclass(eq=False, repr=False)
    class Point:
        x: float
        y: float

    point = Point(1.0, 2.0)

    def step(x):
        match point:
            case Point(first, second):
                return x * first + second

    return step, setting(point, "y")


@way
def by_a_text_with_places():
    rate, text = Rate(), "{0." + "rate}"
    return lambda x: x * float(text.format(rate)), setting(rate, "rate")


@way
def by_a_copy_of_its_state():
    rate = Rate()
    return lambda x: x * sum(copy.copy(rate).__getstate__().values()), setting(rate, "rate")


@way
def by_pickling():
    rate = Rate()
    return lambda x: x * (len(pickle.dumps(rate)) + (b"3.0" in json.dumps(vars_of(rate)).encode())), setting(
        rate, "rate"
    )


def vars_of(value):
    return value.__dict__


@way
def by_a_dataclass_as_a_tuple():
    @dataclasses.dataclass(eq=False, repr=False)
    class Pair:
        a: float
        b: float

    pair = Pair(1.0, 2.0)
    return lambda x: x * sum(dataclasses.astuple(pair)), setting(pair, "b")


@way
def by_a_function_of_dataclasses():
    @dataclasses.dataclass(eq=False, repr=False)
    class Pair:
        a: float
        b: float

    pair, values = Pair(1.0, 2.0), dataclasses.asdict
    return lambda x: x * sum(values(pair).values()), setting(pair, "b")


@way
def by_what_dataclasses_write():
    @dataclasses.dataclass
    class Pair:
        a: float
        b: float

    pair, other = Pair(1.0, 2.0), Pair(1.0, 3.0)
    return lambda x: x * (2.0 if pair == other else float(len(f"{pair}"))), setting(pair, "b")


@way
def by_a_protocol():
    @typing.runtime_checkable
    class Rated(typing.Protocol):
        speed: float

    rate = Rate()

    def change(i):
        if i % 2:
            rate.speed = 1.0
        elif i:
            del rate.speed

    return lambda x: x * (2 if isinstance(rate, Rated) else 3), change


@way
def by_a_property():
    class Rates:
        def __init__(self):
            self._kept = 1.0

        @property
        def rate(self):
            return self._kept

    rates = Rates()
    return lambda x: x * rates.rate, setting(rates, "_kept")


@way
def by_a_cached_property():
    class Rates:
        def __init__(self):
            self.kept = 1.0

        @functools.cached_property
        def rate(self):
            return self.kept

    rates = Rates()

    def change(i):
        rates.kept = float(i)
        rates.__dict__.pop("rate", None)

    return lambda x: x * rates.rate, change


@way
def by_a_descriptor():
    class Under:
        def __set_name__(self, owner, name):
            self.name = "_" + name

        def __get__(self, instance, owner=None):
            return instance.__dict__[self.name]

    class Rates:
        rate = Under()

        def __init__(self):
            self._rate = 1.0

    rates = Rates()
    return lambda x: x * rates.rate, setting(rates, "_rate")


@way
def by_a_method_of_a_base():
    class Base:
        def half(self):
            return self.rate / 2

    class Rates(Base, Rate):
        def half(self):
            return super().half() + 1

    rates = Rates()
    return lambda x: x * rates.half(), setting(rates, "rate")


@way
def by_a_special_method():
    class Rates(Rate):
        def __getitem__(self, at):
            return self.rate * at

        def __len__(self):
            return int(self.rate) % 3

    rates = Rates()
    return lambda x: x * rates[2] if rates else x, setting(rates, "rate")


@way
def by_one_that_stands_for_another():
    class Proxy:
        def __init__(self, inner):
            self._inner = inner

        def __getattr__(self, name):
            return getattr(self._inner, name)

    rate = Rate()
    proxy = Proxy(rate)
    return lambda x: x * proxy.rate, setting(rate, "rate")


@way
def by_a_method_that_an_object_has_for_itself():
    class Rates:
        pass

    rates = Rates()
    rates.turn = types.MethodType(lambda self: self.kept, rates)
    rates.kept = 1.0
    return lambda x: x * rates.turn(), setting(rates, "kept")


@way
def by_an_attribute_of_the_class_that_one_of_the_object_hides():
    class Rates(Rate):
        def __init__(self):
            self.other = 1.0

    rates = Rates()

    def change(i):
        if i % 2:
            rates.rate = float(i)
        elif i:
            del rates.rate

    return lambda x: x * rates.rate, change


@way
def by_an_attribute_that_changes_places_with_another():
    rates = Rate()
    rates.spare = 1.0

    def change(i):
        if i % 2:
            rates.rate = float(i)
            del rates.spare
        elif i:
            rates.spare = float(i)
            del rates.rate

    del rates.rate
    return lambda x: x * rates.rate, change


@way
def by_a_class_that_makes_one():
    settings = {"rate": 1.0}

    class Rates:
        def __init__(self):
            self.rate = settings["rate"]

    return lambda x: x * Rates().rate, setting(settings, "rate")


@way
def by_a_class_that_an_object_is_of():
    settings = Rate()

    class Rates:
        def __init__(self):
            self.kept = settings.rate

        def again(self):
            return type(self)()

    rates = Rates()
    return lambda x: x * rates.again().kept, setting(settings, "rate")


@way
def by_a_method_of_a_class_that_makes_one():
    settings = Rate()

    class Rates:
        def __init__(self):
            self.kept = settings.rate

        @classmethod
        def again(cls):
            return cls()

    rates = Rates()
    return lambda x: x * rates.again().kept, setting(settings, "rate")


@way
def by_an_abstract_class():
    class Base(abc.ABC):
        @abc.abstractmethod
        def factor(self): ...

        def both(self):
            return self.factor() * 2

    class Rates(Base):
        kept = 1.0

        def factor(self):
            return self.kept

    rates = Rates()
    return lambda x: x * rates.both(), setting(Rates, "kept")


@way
def by_what_is_registered():
    class Base(abc.ABC):  # noqa: B024
        pass

    class Layer(nn.Module, Base):
        def forward(self, x):
            return x * (2 if isinstance(rate, Base) else 3)

    rate, layer = Rate(), Layer()
    rated = type("Rated", (Rate,), {})

    def change(i):
        if i == 4:
            Base.register(rated)
            rate.__class__ = rated

    return layer, change


@way
def by_what_is_registered_alone():
    class Base(abc.ABC):  # noqa: B024
        pass

    class Other:
        pass

    rate = Other()
    return lambda x: x * (2 if isinstance(rate, Base) else 3), lambda i: i == 4 and Base.register(Other)


@way
def by_another_class_of_the_object():
    class One:
        def factor(self):
            return 1.0

    class Two:
        def factor(self):
            return 2.0

    rate = One()
    return lambda x: x * rate.factor(), lambda i: setattr(rate, "__class__", (One, Two)[i % 2])


@way
def by_one_in_another():
    class Outer:
        def __init__(self):
            self.inner = Rate()

    outer = Outer()

    def change(i):
        outer.inner = Rate(float(i))

    return lambda x: x * outer.inner.rate, change


@way
def by_a_base_that_wengert_calls():
    class Double(torch.autograd.Function):
        factor = 1.0

        @staticmethod
        def forward(ctx, x):
            return x * Double.factor

        @staticmethod
        def backward(ctx, g):
            return g * 2

    return lambda x: Double.apply(x) * 1, setting(Double, "factor")


@way
def by_a_method_that_a_module_calls():
    class Layer(nn.Module):
        kept = 1.0

        def forward(self, x):
            return x * self.kept

    layer = Layer()
    return layer, setting(layer, "kept")


@pytest.mark.parametrize("name", READ)
def test_what_is_read_in_any_way_is_not_frozen(name, usual_settings):  # noqa: F811
    want, _ = trace(READ[name], compiled=False)
    got, step = trace(READ[name], compiled=True)
    assert str(got) == str(want)
    info = step.cache_info()
    assert info.hits or name in READ.reasons, info.reason


class Trainer:
    """A program as people write it."""

    def __init__(self, *, compiled):
        torch.manual_seed(0)
        self.net = nn.Linear(4, 1)
        self.optimizer = torch.optim.SGD(self.net.parameters(), lr=0.1, momentum=0.9)
        self.schedule = torch.optim.lr_scheduler.ExponentialLR(self.optimizer, 0.9)
        self.clip, self.steps, self.history = 1.0, 0, []
        self.run = torch.compile(self.step) if compiled else self.step

    def step(self, x):
        self.optimizer.zero_grad()
        loss = self.net(x).square().mean()
        loss.backward()
        nn.utils.clip_grad_norm_(self.net.parameters(), self.clip)
        self.optimizer.step()
        return loss.detach()

    def fit(self, count):
        for _ in range(count):
            self.history.append(self.run(torch.randn(8, 4)).item())
            self.schedule.step()
            self.steps += 1
            print(end="")  # noqa: T201 - a compiled function that printed would not be served

    def state(self):
        return [self.history, self.optimizer.param_groups[0]["lr"], self.net.weight.tolist()]


def test_a_method_is_served_whatever_other_methods_do():
    eager, quick = Trainer(compiled=False), Trainer(compiled=True)
    for each in (eager, quick):
        torch.manual_seed(1)
        each.fit(6)
        each.clip = 0.01
        each.fit(6)
    torch.testing.assert_close(quick.state(), eager.state())
    assert (quick.run.cache_info().hits, quick.run.cache_info().recordings) == (9, 2)


class Counting(nn.Module):
    """A module with attributes that its users count in."""

    def __init__(self):
        super().__init__()
        self.body = nn.Linear(4, 4)
        self.epoch, self.scale, self.limit = 0, 1.0, 100

    def forward(self, x):
        return self.body(x) * self.scale

    def is_done(self):
        return self.epoch > self.limit


def test_a_module_is_served_whatever_is_counted_in_it():
    net = Counting()
    quick = torch.compile(net)
    x = torch.ones(2, 4)
    for i in range(6):
        torch.testing.assert_close(quick(x), net(x))
        net.epoch += 1
        if i == 3:
            net.scale = 3.0
    assert (quick.cache_info().hits, quick.cache_info().recordings) == (3, 2)


@pytest.mark.parametrize("change", [
    lambda net: net.eval(),
    lambda net: net.register_forward_hook(lambda module, args, out: out * 2),
    lambda net: setattr(net, "body", nn.Linear(4, 4)),
    lambda net: setattr(net, "forward", lambda x: x),
    lambda net: setattr(net, "scale", 4.0),
    lambda net: setattr(Counting, "epoch", 3),
    lambda net: net.register_buffer("limits", torch.ones(2)),
    lambda net: nn.utils.parametrize.register_parametrization(net.body, "weight", Doubled()),
])  # fmt: skip
def test_what_a_module_reads_is_not_frozen(change):
    net = Counting()
    quick, x = torch.compile(net), torch.ones(2, 4)
    for _ in range(3):
        quick(x)
    change(net)
    for _ in range(3):
        torch.testing.assert_close(quick(x), net(x))


class Doubled(nn.Module):
    def __init__(self):
        super().__init__()
        self.factor, self.calls = 2.0, 0

    def forward(self, weight):
        return weight * self.factor

    def right_inverse(self, weight):
        return weight / self.factor


def test_a_parametrization_that_changes_is_not_frozen():
    net, doubled = Counting(), Doubled()
    nn.utils.parametrize.register_parametrization(net.body, "weight", doubled)
    quick, x = torch.compile(net), torch.ones(2, 4)
    for i in range(8):
        doubled.factor, doubled.calls = float(i // 4), i
        torch.testing.assert_close(quick(x), net(x))
    assert quick.cache_info().hits


def test_what_a_method_sets_for_others_is_set():
    class Counted:
        def __init__(self):
            self.last, self.count = None, 0

        def step(self, x):
            self.last = x.shape[0]
            return x * 2

        def many(self):
            return self.last

    counted = Counted()
    step = torch.compile(counted.step)
    for n in (2, 2, 2, 3, 3, 3, 2, 3, 2):
        step(torch.ones(n))
        assert counted.many() == n


def test_methods_that_are_not_called_are_no_reason_to_run_python():
    class Loud:
        def step(self, x):
            return x * 2

        def tell(self):
            print(vars(self))  # noqa: T201

    step = torch.compile(Loud().step)
    for _ in range(3):
        assert step(torch.ones(2)).tolist() == [2.0, 2.0]
    assert step.cache_info().hits == 1


def test_recordings_that_were_worth_it_make_room_for_others():
    rate = Rate()
    step, x = torch.compile(lambda x: x * rate.rate), torch.ones(2)
    for i in range(40):
        rate.rate = float(i)
        for _ in range(20):
            assert step(x).tolist() == [i, i]
    info = step.cache_info()
    assert (info.reason, info.runs) == (None, 41)
    assert info.recordings <= 16


def test_recordings_that_serve_nobody_are_given_up():
    rate = Rate()
    step, x = torch.compile(lambda x: x * rate.rate), torch.ones(2)
    for i in range(40):
        rate.rate = float(i)
        for _ in range(2):
            assert step(x).tolist() == [i, i]
    assert "16 calls" in step.cache_info().reason

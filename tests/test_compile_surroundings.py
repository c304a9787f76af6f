"""Whatever a compiled function can read may change between calls: it does what the function itself would do."""

import collections
import contextvars
import copy
import dataclasses
import enum
import functools
import gc
import math
import operator
import sys
import threading
import types
import weakref

import pytest
from tests.makers import Makers

import wengert as torch
from wengert import nn
from wengert.compiler.newcomers import Newcomers

WAYS = Makers()
"""Each makes a function, and what changes something that it reads, for the number of the call."""
way, unseen = WAYS.add, WAYS.not_compiled


def setting(target, name):
    """Sets an attribute or an item to the number of the call."""
    if isinstance(target, dict | list):
        return lambda i: operator.setitem(target, name, float(i))
    return lambda i: setattr(target, name, float(i))


@way
def an_object_without_attributes():
    """It stands for what is not given, as is usual."""
    missing = object()
    kept = {"value": missing}

    def change(i):
        kept["value"] = missing if i % 2 else float(i)

    return lambda x: x if kept["value"] is missing else x * kept["value"], change


@way
def another_object_without_attributes():
    kept = [object(), object()]
    first = kept[0]
    return lambda x: x * (2 if kept[0] is first else 3), lambda i: kept.reverse()


@way
def a_nested_container():
    kept = {"a": [1.0, {"b": 2.0}]}
    return lambda x: x * kept["a"][1]["b"], setting(kept["a"][1], "b")


@way
def an_attribute_of_a_class():
    class Settings:
        rate = 1.0

        @staticmethod
        def twice():
            return Settings.rate * 2

        @classmethod
        def once(cls):
            return cls.rate

    return lambda x: x * Settings.rate + Settings.twice() + Settings.once(), setting(Settings, "rate")


@way
def a_dataclass_with_slots():
    @dataclasses.dataclass(slots=True)
    class Settings:
        rate: float = 1.0

    settings = Settings()
    return lambda x: x * settings.rate, setting(settings, "rate")


@way
def a_property():
    class Settings:
        own = 1.0

        @property
        def rate(self):
            return self.own * 2

    settings = Settings()
    return lambda x: x * settings.rate, setting(settings, "own")


@way
def a_cached_property():
    class Settings:
        own = 1.0

        @functools.cached_property
        def rate(self):
            return self.own * 2

    settings = Settings()

    def change(i):
        settings.__dict__.pop("rate", None)
        settings.own = float(i)

    return lambda x: x * settings.rate, change


@way
def a_descriptor():
    class Constant:
        value = 1.0

        def __get__(self, owner, kind):
            return self.value

    constant = Constant()

    class Settings:
        rate = constant

    settings = Settings()
    return lambda x: x * settings.rate, setting(constant, "value")


@way
def a_metaclass():
    class Kind(type):
        value = 1.0

        @property
        def rate(cls):
            return Kind.value

    class Settings(metaclass=Kind):
        pass

    return lambda x: x * Settings.rate, setting(Kind, "value")


@way
def attributes_by_a_method():
    class Settings:
        def __init__(self):
            self.__dict__["kept"] = {"rate": 1.0}

        def __getattr__(self, name):
            return self.kept[name]

    settings = Settings()
    return lambda x: x * settings.rate, setting(settings.kept, "rate")


@way
def a_method_that_is_replaced():
    class Settings:
        def rate(self):
            return 1.0

    class Others(Settings):
        pass

    others = Others()
    return lambda x: x * others.rate(), lambda i: setattr(Settings, "rate", lambda self: float(i))


@way
def a_weak_reference():
    class Settings:
        pass

    settings = Settings()
    settings.rate = 1.0
    reference = weakref.ref(settings)

    def change(i, settings=settings):
        settings.rate = float(i)

    del settings
    return lambda x: x * reference().rate, change


@way
def a_variable_around():
    rate = 1.0

    def change(i):
        nonlocal rate
        rate = float(i)

    return lambda x: x * rate, change


@way
def a_default():
    def function(x, rates=[1.0]):  # noqa: B006
        return x * rates[0]

    return function, setting(function.__defaults__[0], 0)


@way
def an_attribute_of_a_function():
    def function(x):
        return x * function.rate

    function.rate = 1.0
    return function, setting(function, "rate")


@way
def a_partial_function():
    scaled = functools.partial(lambda x, rate: x * rate, rate=1.0)
    return lambda x: scaled(x) * 2, setting(scaled.keywords, "rate")


@way
def a_decorator():
    rate = {"rate": 1.0}

    def scaled(function):
        @functools.wraps(function)
        def wrapper(*args):
            return function(*args) * rate["rate"]

        return wrapper

    return scaled(lambda x: x * 1), setting(rate, "rate")


@way
def a_cache():
    rates = [1.0]

    @functools.lru_cache
    def rate():
        return rates[0]

    def change(i):
        rates[0] = float(i)
        rate.cache_clear()

    return lambda x: x * rate(), change


@unseen("changes Python objects")
def a_function_by_type():
    @functools.singledispatch
    def scaled(x):
        return x

    return lambda x: scaled(x) * 2, lambda i: scaled.register(torch.Tensor, lambda x: x * i)


@way
def a_deque():
    rates = collections.deque([1.0])
    return lambda x: x * rates[0], lambda i: operator.setitem(rates, 0, float(i))


@way
def a_mapping_in_front_of_another():
    below = {"rate": 1.0}
    rates = collections.ChainMap({}, types.MappingProxyType(below))
    return lambda x: x * rates["rate"], setting(below, "rate")


@way
def the_order_of_a_dictionary():
    rates = {1.0: 2.0, 3.0: 4.0}

    def function(x):
        for rate in rates:
            x = x * rate + 1
        return x

    def change(i):
        rates.clear()
        rates.update({3.0: 4.0, 1.0: 2.0} if i % 2 else {1.0: 2.0, 3.0: 4.0})

    return function, change


@way
def members_of_a_set():
    members = set()

    def change(i):
        members.clear()
        members.add(i)

    return lambda x: x * (2 if 3 in members else 1), change


@way
def lists_and_numbers_with_attributes():
    class Rates(list):
        pass

    class Count(int):
        pass

    class Word(str):
        __slots__ = ("__dict__",)

    found = [Rates([1.0]), Count(1), Word("one")]
    for each in found:
        each.rate = 1.0

    def change(i):
        found[0][0] = float(i)
        found[i % 3].rate = float(i)

    return lambda x: x * found[0][0] + found[0].rate * 2 + found[1].rate * 4 + found[2].rate * 8, change


@way
def members_of_an_enum():
    class Mode(enum.Enum):
        SLOW = 1
        FAST = 2

    Mode.SLOW.rate = 1.0
    mode = [Mode.SLOW]

    def change(i):
        mode[0] = Mode.FAST if i % 2 else Mode.SLOW
        Mode.SLOW.rate = float(i)

    return lambda x: x * mode[0].value + Mode.SLOW.rate, change


@way
def a_method_of_a_dictionary():
    rates = {"rate": 1.0}
    get, every = rates.get, [rates].copy
    return lambda x: x * get("rate") + every()[0]["rate"], setting(rates, "rate")


@way
def zeros_of_both_signs():
    zero = [0.0]
    return lambda x: torch.copysign(x, torch.tensor(zero[0])), lambda i: operator.setitem(zero, 0, -0.0 if i % 2 else 0)


@way
def what_is_no_number():
    rate = [math.nan]
    return lambda x: x * rate[0], lambda i: operator.setitem(rate, 0, float("nan") if i % 2 else 1.0)


@way
def truth_and_one():
    flag = [1]
    return lambda x: x * (2 if flag[0] is True else 1), lambda i: operator.setitem(flag, 0, True if i % 2 else 1)


OTHER = types.ModuleType("other_settings")
OTHER.rate = 1.0
OTHER.read = eval("lambda: rate", vars(OTHER))
sys.modules["other_settings"] = OTHER


@way
def a_module_that_is_imported_inside():
    def function(x):
        import other_settings as settings

        return x * settings.rate

    return function, setting(OTHER, "rate")


@way
def a_module_in_a_variable():
    settings = OTHER
    return lambda x: x * settings.rate, setting(OTHER, "rate")


@way
def an_attribute_of_a_module_by_name():
    return lambda x: x * getattr(OTHER, "rate"), setting(OTHER, "rate")  # noqa: B009


@way
def a_function_of_another_module():
    read = OTHER.read
    return lambda x: x * read(), setting(OTHER, "rate")


@unseen("it uses the module os")
def the_environment():
    import os

    def change(i):
        os.environ["WENGERT_TEST_RATE"] = str(i)

    change(1)
    return lambda x: x * float(os.environ["WENGERT_TEST_RATE"]), change


@unseen("ContextVar")
def a_context_variable():
    rate = contextvars.ContextVar("rate", default=1.0)
    return lambda x: x * rate.get(), lambda i: rate.set(float(i))


@way
def what_a_thread_has_for_itself():
    local = threading.local()
    local.rate = 1.0
    return lambda x: x * local.rate, setting(local, "rate")


@way
def the_default_dtype():
    def change(i):
        torch.set_default_dtype(torch.float64 if i % 2 else torch.float32)

    return lambda x: torch.zeros(2) + 1, change


@unseen("it uses manual_seed()")
def a_seed():
    def function(x):
        torch.manual_seed(3)
        return torch.rand(2)

    return function, lambda i: None


@unseen("it uses get_num_threads()")
def the_number_of_threads():
    return lambda x: x * torch.get_num_threads(), lambda i: torch.set_num_threads(1 + i % 2)


@way
def whether_gradients_are_recorded():
    w = torch.ones(2, requires_grad=True)
    return lambda x: w * x * (2 if torch.is_grad_enabled() else 1), lambda i: torch.set_grad_enabled(bool(i % 2))


@way
def the_mode_and_the_layers_of_a_module():
    net = nn.Sequential(nn.Dropout(0.5), nn.Identity())

    def change(i):
        net.train(bool(i % 2))
        net[1] = nn.Hardtanh(-(i + 1) / 9, (i + 1) / 9)
        net[1].register_forward_hook(lambda module, args, out: out * i)

    return lambda x: net(x) * 2, change


@way
def a_tensor_and_what_is_written_on_it():
    kept = {"w": torch.ones(2)}
    kept["w"].rate = 1.0

    def change(i):
        if i % 2:
            kept["w"] = torch.full((2,), float(i))
            kept["w"].rate = 1.0
        else:
            kept["w"].numpy()[:] = i
            kept["w"].rate = float(i)

    return lambda x: x * kept["w"] * kept["w"].rate, change


@way
def what_is_asked_where_a_name_or_a_key_is_missing():
    rates = {"module": 1.0, "mapping": 1.0}
    module = types.ModuleType("missing")
    module.__getattr__ = lambda name: rates["module"]
    found = collections.defaultdict(lambda: rates["mapping"])

    def change(i):
        rates[[*rates][i % 2]] = float(i + 2)

    return lambda x: x * module.rate * found.default_factory(), change


@way
def what_static_and_class_methods_read():
    rates = {"static": 1.0, "class": 1.0, "forward": 1.0}

    class Scaled(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * rates["forward"]

        @staticmethod
        def backward(ctx, g):
            return g

    class Both:
        @staticmethod
        def static(x):
            return x * rates["static"]

        @classmethod
        def of_class(cls, x):
            return cls.static(x) + rates["class"]

    def change(i):
        rates[[*rates][i % 3]] = float(i + 2)

    return lambda x: Scaled.apply(Both.of_class(x)), change


@way
def whether_there_is_a_gradient():
    w = torch.ones(2, requires_grad=True)
    return lambda x: x * (1 if w.grad is None else 2), lambda i: setattr(w, "grad", torch.ones(2) if i % 2 else None)


@unseen("takes from an iterator")
def an_iterator():
    numbers = iter(range(100))
    return lambda x: x * next(numbers), lambda i: None


@unseen("generator")
def a_generator():
    numbers = (i for i in range(100))
    return lambda x: x * numbers.__next__(), lambda i: None


@pytest.fixture
def usual_settings():
    threads, dtype = torch.get_num_threads(), torch.get_default_dtype()
    yield
    torch.set_num_threads(threads)
    torch.set_default_dtype(dtype)
    torch.set_grad_enabled(True)


def trace(make, *, compiled):
    OTHER.rate = 1.0
    torch.manual_seed(0)
    torch.set_default_dtype(torch.float32)
    torch.set_grad_enabled(True)
    function, change = make()
    step = torch.compile(function) if compiled else function
    told = []
    for i in range(8):
        for _ in range(3 if i < 3 else 1):
            result = step(torch.ones(2))
            told.append(copy.deepcopy((str(result.dtype), result.detach().tolist(), result.requires_grad)))
        change(i)
    return told, step


@pytest.mark.parametrize("name", WAYS)
def test_nothing_is_frozen(name, usual_settings):
    want, _ = trace(WAYS[name], compiled=False)
    got, step = trace(WAYS[name], compiled=True)
    assert str(got) == str(want)
    info = step.cache_info()
    if name in WAYS.reasons:
        assert WAYS.reasons[name] in info.reason
    else:
        assert info.hits, info.reason


def test_arguments_that_are_zeros_of_both_signs_or_no_numbers():
    signed = torch.compile(lambda x, y: torch.copysign(x, torch.tensor(y)) * 1)
    for _ in range(3):
        assert signed(torch.ones(2), 0.0).tolist() == [1.0, 1.0]
        assert signed(torch.ones(2), -0.0).tolist() == [-1.0, -1.0]
        assert signed(torch.ones(2), float("nan")).abs().tolist() == [1.0, 1.0]
    assert signed.cache_info().hits == 3


def test_a_tensor_that_cannot_be_found_is_not_taken_for_a_constant():
    hidden = operator.itemgetter(0)
    kept = (torch.ones(2),)
    function = torch.compile(lambda x: x * hidden(holder()))

    def holder():
        return kept

    for _ in range(3):
        assert function(torch.ones(2)).tolist() == [1.0, 1.0]
    kept[0].fill_(2.0)
    assert function(torch.ones(2)).tolist() == [2.0, 2.0]


@pytest.mark.parametrize("frozen", [False, True])
def test_what_is_new_is_told_from_what_was_there(frozen):
    before = torch.ones(1)
    if frozen:
        gc.freeze()
    count = gc.get_freeze_count()
    try:
        newcomers = Newcomers()
        after = torch.ones(1)
        assert before not in newcomers
        assert after in newcomers
        newcomers.end()
        assert bool(gc.get_freeze_count()) == bool(count)
    finally:
        gc.unfreeze()


def test_what_was_made_just_now_is_found_among_the_youngest_objects(monkeypatch):
    """Each constant of a recording is looked for: among all objects that would take longer for each further one."""
    newcomers, listed = Newcomers(), []
    try:
        older = [[] for _ in range(1000)]
        gc.collect()
        after = torch.ones(1)
        get_objects = gc.get_objects
        monkeypatch.setattr(gc, "get_objects", lambda generation: listed.append(generation) or get_objects(generation))
        assert after in newcomers
        assert listed == [0]
        assert older in newcomers
    finally:
        newcomers.end()


KINDS_OF_HOOKS = {
    "tensor": lambda w, factor: w.register_hook(lambda g: g * factor()),
    "leaf": lambda w, factor: w.register_post_accumulate_grad_hook(lambda p: (p.grad.mul_(factor()), None)[1]),
}


def stepping(given):
    """A step, of a leaf around it or of one that it is given."""
    w = torch.ones(2, requires_grad=True)

    def step(w):
        w.grad = None
        w.sum().backward()
        return w.grad.clone()

    function = torch.compile(step if given else lambda: step(w))
    return w, (lambda: function(w)) if given else function


@pytest.mark.parametrize("given", [False, True])
@pytest.mark.parametrize("kind", KINDS_OF_HOOKS)
def test_what_a_hook_of_a_leaf_reads_is_not_frozen(kind, given):
    rate = [0.0]
    w, step = stepping(given)
    KINDS_OF_HOOKS[kind](w, lambda: rate[0])
    for i in range(6):
        rate[0] = float(i // 2)
        assert step().tolist() == [i // 2] * 2


@pytest.mark.parametrize("given", [False, True])
@pytest.mark.parametrize("kind", KINDS_OF_HOOKS)
def test_a_hook_that_comes_and_goes_is_called_while_it_is_there(kind, given):
    w, step = stepping(given)
    for i in range(12):
        if i == 4:
            handle = KINDS_OF_HOOKS[kind](w, lambda: 7.0)
        if i == 8:
            handle.remove()
        assert step().tolist() == ([7.0] * 2 if 4 <= i < 8 else [1.0] * 2)


numbers = iter(range(100))
"""Has the name of an attribute below, and is not what that is."""


def test_attributes_are_no_globals_of_the_same_name():
    class Kept:
        numbers = torch.ones(2)

    kept = Kept()
    function = torch.compile(lambda x: x * kept.numbers)
    for _ in range(4):
        assert function(torch.ones(2)).tolist() == [1.0, 1.0]
    assert function.cache_info().hits == 2
    looked_up = torch.compile(lambda x: x * next(numbers))
    for i in range(4):
        assert looked_up(torch.ones(2)).tolist() == [i, i]


def test_modules_that_import_each_other_are_looked_into_once():
    one, two = types.ModuleType("settings_one"), types.ModuleType("settings_two")
    one.two, two.one, two.rate = two, one, 1.0
    function = torch.compile(lambda x: x * one.two.one.two.rate)
    for _ in range(3):
        assert function(torch.ones(2)).tolist() == [1.0, 1.0]
    two.rate = 2.0
    assert function(torch.ones(2)).tolist() == [2.0, 2.0]
    assert function.cache_info().hits == 1


def test_what_cannot_be_recorded_is_done_again_from_where_it_began():
    """A tensor that stops being a leaf is one of those; the gradient that it kept as none is still there."""
    x = torch.ones(3)

    def gradient():
        x.requires_grad_().grad = None
        (x * x).sum().backward()
        found = x.grad
        x.requires_grad_(False).grad = None
        return found

    compiled = torch.compile(gradient)
    for _ in range(4):
        assert compiled().tolist() == [2.0, 2.0, 2.0]
        assert not x.requires_grad
        assert x.grad is None

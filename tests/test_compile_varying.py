"""A float argument that is another in each call: it is an input of the recording, or the function runs itself."""

import copy
import decimal
import functools
import json
import math
import random
import sys
import threading

import numpy as np
import pytest
from tests.makers import Makers, close, told

import wengert as torch
from wengert.func import grad, jvp, vmap
from wengert.nn import functional as F

SERVED, ALONE = Makers(), Makers()
served, alone = SERVED.add, ALONE.add
NET = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1))
FOUR = torch.tensor([0.5, -1.0, 2.0, 0.25])
MATRIX = torch.tensor([[0.5, -1.0, 2.0, 0.25], [1.0, 0.0, -0.5, 3.0]])


@served
def arithmetic_with_tensors(x, t):
    return x * t, t * x, x / t, t / (x + 3), x + t, t - x, t**x, (x * x + 1) ** t, -t * x, x.square().add(x, alpha=t)


@served
def arithmetic_of_its_own(x, t):
    return x * (2 * t - 1 + t / 3 - (-t) + abs(t - 0.5) + +t + True) + (1 - t) ** 0.5 * math.pi + 2.0**t + t**2


@served
def comparisons_of_elements(x, t):
    return (
        x > t,
        t <= x,
        x == t,
        torch.where(x > t, x, t),
        torch.where(x > 0, t, 0.0),
        x.clamp(-t, t),
        torch.lerp(x, x * 2, t),
    )


@served
def a_branch(x, t):
    return x * t if t > 0.35 else x - max(t, 0.2)


@served
def a_loop_that_ends_when_it_has_grown(x, t):
    turns = 0
    while t < 1:
        t = t * 1.5 + 0.01
        turns += 1
    return x * t + turns


@served
def results_that_are_numbers(x, t):
    return {"t": t, "more": [t * 2, (t + 1, 3.0)], "x": x, 2: t}


@served
def written_in_place(x, t):
    y = x.clone()
    y += t
    y.mul_(1 - t)
    z = torch.zeros(4)
    z += t
    return y, z


@served
def tensors_of_it(x, t):
    return (
        torch.tensor(t) * x,
        torch.as_tensor(t),
        torch.full((2,), t),
        torch.tensor(t, dtype=torch.float64),
        x.new_full((1,), t),
    )


@served
def backward_inside(x, t):
    for p in NET.parameters():
        p.grad = None
    loss = (NET(x) * t).square().sum()
    loss.backward()
    return loss.detach(), [p.grad.clone() for p in NET.parameters()]


@served
def transforms_inside(x, t):
    return (
        grad(lambda y: (y * t).sin().sum())(x),
        vmap(lambda row: row * t)(x.reshape(2, 2)),
        jvp(lambda y: y.sin() * t, (x,), (x,)),
    )


@served
def inner_functions(x, t):
    return sum((x * (t * i) for i in range(3)), x), functools.reduce(lambda a, b: a + b * t, [x, x, x])


@served
def functions_of_torch(x, t):
    return F.softmax(x / t, -1), F.huber_loss(x, x * 2, delta=t), torch.addcmul(x, x, x, value=t), F.elu(x, t)


@served
def asked_what_it_is(x, t):
    return x * t if isinstance(t, float) and isinstance(t, (int, float)) and t.__class__ is float else x


@served
def all_dtypes(x, t):
    kinds = torch.float64, torch.int64, torch.bool, torch.complex64, torch.bfloat16, torch.float16
    return [x.to(kind) * t for kind in kinds], x.sum() * t, x[:0] * t


@served
def copied(x, t):
    return x * copy.deepcopy(t), copy.copy(t)


@alone
def shown_to_c(x, t):
    return x * math.sin(t)


@alone
def shown_as_text(x, t):
    return x * t, f"{t:.3f}", format(t, ".2f"), str(t), repr(t), t.hex()


@alone
def made_a_whole_number(x, t):
    return x[int(t * 10) % 4 :], round(t), math.floor(t), x * (t // 0.2), x * (t % 0.2)


@alone
def given_to_numpy(x, t):
    return x * float(np.float32(t)), x * np.sin(t), x * (t * np.float64(2)), x * float(np.full(3, t).sum())


@alone
def numpy_takes_it_for_weak(x, t):
    return x * torch.from_numpy(np.ones(4, np.float32) * t)


@alone
def written_as_json(x, t):
    return x * t, json.dumps({"t": t})


@alone
def asked_for_its_type(x, t):
    return x * t if type(t) is float else x


@alone
def an_argument_of_a_class_in_c(x, t):
    return x * float(decimal.Decimal(t))


@alone
def a_key(x, t):
    return {t: x * t}, {t, 1.0}


@alone
def a_way_out_of_an_error(x, t):
    try:
        return x / (1 / (t - 0.25))
    except ZeroDivisionError:
        return x


@alone
def a_probability(x, t):
    return F.dropout(x, t)


class Scaled(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, scale):
        ctx.scale = scale
        return x * scale

    @staticmethod
    def backward(ctx, g):
        return g * ctx.scale * 2, None


@alone
def an_argument_of_a_function_of_ones_own(x, t):
    x = x.detach().requires_grad_()
    y = Scaled.apply(x, t).sum()
    y.backward()
    return y.detach(), x.grad.clone()


@pytest.mark.parametrize("name", [*SERVED, *ALONE])
def test_every_call_gives_what_the_function_gives(name):
    function = (SERVED | ALONE)[name]
    compiled = torch.compile(function)
    for i in range(10):
        t = 0.05 + 0.05 * i
        torch.manual_seed(i)
        want = function(FOUR, t)
        torch.manual_seed(i)
        assert close(told(compiled(FOUR, t)), told(want))
    assert (compiled.cache_info().hits >= 4) == (name in SERVED), compiled.cache_info()


def test_it_may_be_named_and_others_may_stay():
    compiled = torch.compile(lambda x, scale=1.0, *, t, shift=0.5: x * t * scale + shift)
    for i in range(8):
        assert compiled(FOUR, t=0.1 * i, shift=0.25).tolist() == (FOUR * (0.1 * i) + 0.25).tolist()
        assert compiled(FOUR, 2.0, t=0.1 * i).tolist() == (FOUR * (0.1 * i) * 2.0 + 0.5).tolist()
    assert compiled.cache_info().recordings == 2
    assert compiled.cache_info().hits >= 8


def test_of_two_that_vary_only_the_one_that_python_looks_at_is_fixed():
    compiled = torch.compile(lambda x, t, s: x * t * math.cos(s))
    for i in range(12):
        s = 0.5 if i > 3 else 0.1 * i
        assert torch.allclose(compiled(FOUR, 0.1 * i, s), FOUR * (0.1 * i) * math.cos(s))
    assert compiled.cache_info().hits >= 4


def test_a_number_left_in_an_object_is_a_float():
    class Best:
        value, seen, cell = 0.0, [], {}

    best = Best()

    def function(x, t):
        if t > 0.35:
            best.value, best.cell["t"] = t * 2, t
            best.seen.append((t, x))
        return x * t

    compiled = torch.compile(function)
    for i in range(8):
        assert compiled(FOUR, 0.1 * i).tolist() == (FOUR * (0.1 * i)).tolist()
    assert json.dumps([best.value, best.cell]) == json.dumps([2 * (0.1 * 7), {"t": 0.1 * 7}])
    assert [each for each, _ in best.seen] == [0.1 * i for i in range(4, 8)]


def test_the_same_number_goes_on_being_a_part_of_what_is_recorded():
    compiled = torch.compile(lambda x, t: x * t)
    for _ in range(4):
        compiled(FOUR, 0.5)
    assert "0.5" in str(compiled.graph())


def test_a_tensor_is_no_number():
    compiled = torch.compile(lambda x, t: x * t)
    for i in range(6):
        compiled(FOUR, 0.1 * i)
    for i in range(4):
        t = torch.tensor(0.1 * i, dtype=torch.float64)
        assert compiled(FOUR.sum(), t).dtype is torch.float64
        assert compiled(FOUR.sum(), 0.1 * i).dtype is torch.float32


def test_threads_may_meet_other_numbers_at_the_same_time():
    compiled = torch.compile(lambda x, *ts: sum(x * t for t in ts))
    wrong = []

    def call(start):
        for i in range(40):
            ts = [start + i * 0.25 + k for k in range(8)]
            try:
                if compiled(FOUR, *ts).tolist() != pytest.approx((FOUR * sum(ts)).tolist(), rel=1e-5):
                    wrong.append(ts)
            except RuntimeError as error:
                wrong.append(error)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        threads = [threading.Thread(target=call, args=(start,)) for start in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert not wrong


@pytest.mark.parametrize(
    "calls",
    [
        [(1.0, 0.0), (1.0, 1.0), (1.0, 2.0), (5.0, 3.0), (1.0, 3.0), (1.0, 4.0), (5.0, 4.0)],
        [(1.0, -1.0), (1.0, 0.0), (1.0, 2.0), (0.5, 2.0), (1.0, 2.0), (0.5, 0.0)],
        [(0.0, 1.0), (0.0, 2.0), (0.0, 3.0), (-0.0, 4.0), (0.0, 5.0), (-0.0, 5.0)],
    ],
)
@pytest.mark.parametrize("by_name", [False, True])
def test_a_float_that_stays_is_looked_at_where_another_varies(calls, by_name):
    compiled = torch.compile(lambda x, a, b: (x * a + b, torch.signbit(x * a)))
    for a, b in calls * 3:
        found = compiled(FOUR, a=a, b=b) if by_name else compiled(FOUR, a, b)
        for mine, expected in zip(found, (FOUR * a + b, torch.signbit(FOUR * a)), strict=True):
            assert torch.equal(mine, expected)


def test_a_float_in_a_container_is_looked_at_where_another_varies():
    compiled = torch.compile(lambda x, options, t: x * options["scale"] + t)
    for i in range(12):
        scale = [1.0, 1.0, 1.0, 2.0, 1.0, 3.0][i % 6]
        assert torch.equal(compiled(FOUR, {"scale": scale}, 0.5 * i), FOUR * scale + 0.5 * i)


def looped(x, a, b, c=2.0):
    for _ in range(int(min(abs(a), 4)) + 1):
        x = x * b + c
    return x


OF_FLOATS = {
    "arithmetic": lambda x, a, b, c=2.0: x * a + b * c,
    "a branch": lambda x, a, b, c=2.0: (x * 2 if a > 1 else x).sin() * b + (c if c < 1 else a),
    "floats returned": lambda x, a, b, c=2.0: (x + a, b, x * c, [c, a]),
    "a choice": lambda x, a, b, c=2.0: torch.where(x > a, x * b, torch.full_like(x, c)),
    "a function of ours": lambda x, a, b, c=2.0: F.softplus(x, abs(a) + 0.5, b) + c,
    "containers": lambda x, a, b, c=2.0: inside({"v": [a], "w": b}, x, c),
    "a loop": looped,
}


def inside(options, x, c):
    return x * options["v"][0] + options["w"] * c


def alike(found, expected):
    if isinstance(expected, tuple | list):
        return len(found) == len(expected) and all(map(alike, found, expected))
    if isinstance(expected, torch.Tensor):
        return torch.allclose(found, expected, rtol=1e-5, atol=1e-6, equal_nan=True)
    return type(found) is type(expected) and repr(found) == repr(expected)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("name", OF_FLOATS)
def test_random_calls_with_several_floats(name, seed):
    """Some stay, some change seldom, some are others each time; by position, by name, or left out."""
    function, choice = OF_FLOATS[name], random.Random(seed)
    compiled = torch.compile(function)
    values = [0.0, 1.0, -1.0, 0.5, 2.0, -0.0, 3.0, 1.5]
    pools = [choice.sample(values, choice.choice([1, 1, 2, 2, 3, 5])) for _ in range(3)]
    for _ in range(25):
        a, b, c = map(choice.choice, pools)
        options = {"c": c} if choice.random() < 0.6 else {}
        args = [FOUR, a, b]
        if choice.random() < 0.3:
            options["b"] = args.pop()
        assert alike(compiled(*args, **options), function(*args, **options)), (args, options)


def test_a_number_beyond_the_dtype_is_refused_as_eagerly():
    compiled = torch.compile(lambda n: torch.full((2,), n))
    for n in (0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5):
        assert compiled(n).tolist() == [n, n]
    assert compiled.cache_info().hits >= 2
    with pytest.raises(RuntimeError, match="without overflow"):
        compiled(1e300)
    assert compiled(4.5).tolist() == [4.5, 4.5]
    assert compiled(float("inf")).tolist() == [float("inf")] * 2

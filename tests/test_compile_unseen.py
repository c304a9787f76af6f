"""What a compiled function does is what the function does, also where that is hard to see: hooks, threads, other worlds."""

import contextlib
import ctypes
import functools
import io
import itertools
import logging
import random
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import numpy as np
import pytest
from tests.makers import Makers

import wengert as torch

nn, A = torch.nn, torch.autograd
WAYS = Makers()
way = WAYS.add


def T(v):
    return torch.full((2,), float(v))


def L(v):
    return T(v).requires_grad_()


@way
def leaf_hook_twice(compiled):
    p = L(1)
    p.register_hook(lambda g: 2 * g)
    step = compiled(lambda x: (x * p).sum())
    out = []
    for i in range(4):
        p.grad = None
        step(T(1)).backward()
        out.append(p.grad[0].item())
    return out


@way
def raise_rolls_back(compiled):
    buf = torch.zeros(2)
    out = []

    def f(x):
        buf.add_(1)
        if x[0] > 2:
            raise ValueError
        return x

    step = compiled(f)
    for v in [0, 0, 0, 3, 3]:
        try:
            step(T(v))
        except ValueError:
            pass
        out.append(buf[0].item())
    return out


@way
def raise_rolls_back_grad(compiled):
    p = L(1)
    out = []

    def f(x):
        (p * x).sum().backward()
        if x[0] > 2:
            raise ValueError
        return x

    step = compiled(f)
    for v in [1, 1, 1, 3, 3]:
        try:
            step(T(v))
        except ValueError:
            pass
        out.append(p.grad[0].item())
    return out


@way
def branch_in_backward(compiled):
    class Clip(A.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1

        @staticmethod
        def backward(ctx, g):
            return g / g.norm() if g.norm() > 1 else g

    step = compiled(lambda x: Clip.apply(x))
    out = []
    for k in [10, 0.1, 10, 0.1, 10, 0.1]:
        x = L(1)
        (step(x) * k).sum().backward()
        out.append(round(x.grad[0].item(), 4))
    return out


@way
def branch_in_hook(compiled):
    def f(x):
        y = x * 1
        y.register_hook(lambda g: g / g.norm() if g.norm() > 1 else g)
        return y

    step = compiled(f)
    out = []
    for k in [10, 0.1, 10, 0.1, 10, 0.1]:
        x = L(1)
        (step(x) * k).sum().backward()
        out.append(round(x.grad[0].item(), 4))
    return out


@way
def item_in_backward(compiled):
    class Norm(A.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1

        @staticmethod
        def backward(ctx, g):
            return g / g.norm().item()

    step = compiled(lambda x: Norm.apply(x))
    out = []
    for k in [1, 2, 3, 4]:
        x = L(1)
        (step(x) * k).sum().backward()
        out.append(round(x.grad[0].item(), 4))
    return out


@way
def assert_in_backward(compiled):
    class Check(A.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1

        @staticmethod
        def backward(ctx, g):
            assert not torch.isnan(g).any(), "nan"
            return g

    step = compiled(lambda x: Check.apply(x))
    out = []
    for k in [1, 1, 1, float("nan")]:
        x = L(1)
        try:
            (step(x) * k).sum().backward()
            out.append("no error")
        except AssertionError as e:
            out.append(repr(e))
    return out


@way
def value_read_in_backward(compiled):
    cfg = {"s": 1.0}

    def f(x):
        y = x * 2
        y.register_hook(lambda g: g * cfg["s"])
        return y.sum()

    step = compiled(f)
    out = []
    for i in range(4):
        cfg["s"] = 1.0
        x = L(1)
        l = step(x)
        cfg["s"] = 10.0
        l.backward()
        out.append(x.grad[0].item())
    return out


@way
def hook_effects_at_recording(compiled):
    n = []

    def f(x):
        y = x * 2
        y.register_hook(lambda g: n.append(1))
        return y.sum()

    step = compiled(f)
    out = []
    for i in range(4):
        x = L(1)
        l = step(x)
        before = len(n)
        l.backward()
        out.append((before, len(n)))
    return out


@way
def leaf_hook_effects(compiled):
    n = []
    p = L(1)
    p.register_hook(lambda g: n.append(1))
    step = compiled(lambda x: (x * p).sum())
    out = []
    for i in range(4):
        l = step(T(1))
        before = len(n)
        l.backward()
        out.append((before, len(n)))
    return out


@way
def multi_grad_hook(compiled):
    p, q = L(1), L(2)
    n = []
    A.graph.register_multi_grad_hook((p, q), lambda gs: n.append(gs[0].sum().item()))
    step = compiled(lambda x: (x * p * q).sum())
    for i in range(4):
        step(T(1)).backward()
    return n


@way
def module_backward_hook(compiled):
    net = nn.Sequential(nn.Linear(2, 2), nn.Tanh())
    n = []
    net[0].register_full_backward_hook(lambda m, gi, go: n.append(1))
    step = compiled(net)
    out = []
    for i in range(4):
        l = step(T(1)).sum()
        before = len(n)
        l.backward()
        out.append((before, len(n)))
    return out


@way
def function_backward_effects(compiled):
    n = []

    class Fn(A.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1

        @staticmethod
        def backward(ctx, g):
            n.append(1)
            return g

    step = compiled(lambda x: Fn.apply(x).sum())
    out = []
    for i in range(5):
        x = L(1)
        l = step(x)
        before = len(n)
        l.backward()
        out.append((before, len(n)))
    return out


@way
def random_in_backward(compiled):
    torch.manual_seed(0)

    def f(x):
        y = x * 2
        y.register_hook(lambda g: g + torch.rand(2))
        return y.sum()

    step = compiled(f)
    out = []
    for i in range(3):
        x = L(1)
        l = step(x)
        l.backward(retain_graph=True)
        a = x.grad
        x.grad = None
        l.backward()
        out.append(bool(torch.equal(a, x.grad)))
    return "two backwards of one call draw alike:", out


@way
def hidden_tensor(compiled):
    @functools.lru_cache(None)
    def table(n):
        return torch.zeros(n)

    step = compiled(lambda x: x + table(8)[:2])
    out = []
    for i in range(4):
        out.append(step(T(0))[0].item())
        table(8).add_(1)
    return out


@way
def hidden_history(compiled):
    p = L(1)

    @functools.lru_cache(None)
    def scaled():
        return p * 3

    scaled()
    step = compiled(lambda x: (x * (scaled() + 1)).sum())
    return [step(T(1)).requires_grad for i in range(4)]


@way
def numpy_write(compiled):
    def f(x):
        y = x * 1
        y.numpy()[0] = 7
        return y

    step = compiled(f)
    return [step(T(1)).tolist() for i in range(4)]


@way
def numpy_write_buffer(compiled):
    buf = torch.zeros(2)
    out = []

    def f(x):
        buf.numpy()[0] = 7
        return x

    step = compiled(f)
    for i in range(4):
        buf.zero_()
        step(T(1))
        out.append(buf[0].item())
    return out


@way
def create_graph_backward_inside(compiled):
    p = L(1)

    def f(x):
        (x * p**3).sum().backward(create_graph=True)
        return p.grad.pow(2).sum()

    step = compiled(f)
    out = []
    for i in range(4):
        p.grad = None
        out.append(step(T(1)).requires_grad)
    return out


@way
def from_random_import(compiled):
    from random import random, seed

    seed(0)
    step = compiled(lambda x: x * random())
    return [round(step(T(1))[0].item(), 3) for i in range(5)]


@way
def random_instance(compiled):

    r = random.Random(0)
    step = compiled(lambda x: x * r.random())
    return [round(step(T(1))[0].item(), 3) for i in range(5)]


@way
def np_random_module(compiled):
    from numpy import random as npr

    npr.seed(0)
    step = compiled(lambda x: x * npr.rand())
    return [round(step(T(1))[0].item(), 3) for i in range(5)]


@way
def perf_counter(compiled):
    from time import perf_counter

    step = compiled(lambda x: x * 0 + perf_counter())
    return "distinct:", len({step(torch.zeros(1, dtype=torch.float64)).item() for i in range(5)})


@way
def datetime(compiled):
    from datetime import datetime

    step = compiled(lambda x: x * 0 + datetime.now().microsecond)
    s = set()
    for i in range(5):
        s.add(step(T(1))[0].item())
        time.sleep(0.001)
    return "distinct:", len(s)


@way
def file_lines(compiled):
    fh = io.StringIO("1\n2\n3\n4\n5\n")
    step = compiled(lambda x: x * float(fh.readline()))
    return [step(T(1))[0].item() for i in range(5)]


@way
def log_file(compiled):
    fh = io.StringIO()
    step = compiled(lambda x: (fh.write("v"), x)[1])
    [step(T(1)) for i in range(5)]
    return fh.getvalue()


@way
def print_other_name(compiled):

    say = functools.partial(print, "v", end="")
    step = compiled(lambda x: (say(), x)[1])
    b = io.StringIO()
    with contextlib.redirect_stdout(b):
        [step(T(1)) for i in range(5)]
    return b.getvalue()


@way
def logging_info(compiled):
    from logging import info

    b = []

    class H(logging.Handler):
        def emit(s, r):
            r.name == "root" and b.append(r.getMessage())

    h = H()
    logging.getLogger().addHandler(h)
    logging.getLogger().setLevel(20)
    step = compiled(lambda x: (info("v"), x)[1])
    [step(T(1)) for i in range(5)]
    logging.getLogger().removeHandler(h)
    logging.getLogger().setLevel(30)
    return b


@way
def subclass_of_c_type(compiled):
    class Buf(bytearray):
        pass

    b = Buf(b"a")
    step = compiled(lambda x: x * b[0])
    out = []
    for i in range(4):
        b[0] = i
        out.append(step(T(1))[0].item())
    return out


@way
def ctypes_array(compiled):

    b = (ctypes.c_float * 1)(0)
    step = compiled(lambda x: x * b[0])
    out = []
    for i in range(4):
        b[0] = i
        out.append(step(T(1))[0].item())
    return out


@way
def count_subclass(compiled):

    class C(itertools.count):
        pass

    it = C()

    def f(x):
        for k in it:
            return x * k

    step = compiled(f)
    return [step(T(1))[0].item() for i in range(4)]


@way
def np_void(compiled):
    r = np.zeros(1, dtype=[("a", "f4")])[0]
    step = compiled(lambda x: x * float(r["a"]))
    out = []
    for i in range(4):
        r["a"] = i
        out.append(step(T(1))[0].item())
    return out


@way
def seed_other_name(compiled):
    from wengert import manual_seed as reset

    def f(x):
        reset(0)
        return x + torch.rand(2)

    step = compiled(f)
    return [round(step(T(0))[0].item(), 3) for i in range(5)]


@way
def seed_partial(compiled):
    reset = functools.partial(torch.manual_seed, 0)

    def f(x):
        reset()
        return x + torch.rand(2)

    step = compiled(f)
    return [round(step(T(0))[0].item(), 3) for i in range(5)]


@way
def generator_made_inside(compiled):
    def f(x):
        g = torch.Generator()
        return x + torch.rand(2, generator=g)

    step = compiled(f)
    return [round(step(T(0))[0].item(), 3) for i in range(5)]


@way
def fork_rng_other_name(compiled):
    from wengert.random import fork_rng as fr

    torch.manual_seed(0)

    def f(x):
        with fr():
            return x + torch.rand(2)

    step = compiled(f)
    return [round(step(T(0))[0].item(), 3) for i in range(5)]


@way
def cython_crash(compiled):
    from numpy.random import rand

    np.random.seed(0)
    step = compiled(lambda x: x * float(rand()))
    return [round(step(T(1))[0].item(), 3) for i in range(3)]


@way
def pool_inside(compiled):

    def f(x):
        with ThreadPoolExecutor(2) as ex:
            return sum(ex.map(torch.sin, [x, x]))

    step = compiled(f)
    return [round(step(T(i))[0].item(), 3) for i in range(5)]


@way
def arg_subclass_attr(compiled):
    class S(str):
        pass

    s = S("a")
    step = compiled(lambda x, s: x * s.k)
    out = []
    for i in range(4):
        s.k = float(i)
        out.append(step(T(1), s)[0].item())
    return out


@way
def float_subclass(compiled):
    class M(float):
        pass

    step = compiled(lambda x, s: x * s)
    return [step(T(1), M(2.0))[0].item() for i in range(3)]


@way
def hook_on_returned(compiled):
    step = compiled(lambda x: (y := x * 2, (y**2).sum()))
    out = []
    for i in range(4):
        x = L(1)
        y, l = step(x)
        y.register_hook(lambda g: 10 * g)
        l.backward()
        out.append(x.grad[0].item())
    return out


@way
def retain_grad(compiled):
    def f(x):
        y = x * 2
        y.retain_grad()
        return y, (y**2).sum()

    step = compiled(f)
    out = []
    for i in range(4):
        x = L(1)
        y, l = step(x)
        l.backward()
        out.append(None if y.grad is None else y.grad[0].item())
    return out


@way
def grad_wrt_returned(compiled):
    step = compiled(lambda x: (y := x * 2, (y**2).sum()))
    out = []
    for i in range(3):
        y, l = step(L(1))
        try:
            out.append(A.grad(l, y)[0][0].item())
        except Exception as e:
            out.append(type(e).__name__)
    return out


@way
def grad_not_contiguous(compiled):
    W = torch.ones(3, 2, requires_grad=True)
    step = compiled(lambda x: (x @ W.t()).sum().backward())
    out = []
    for i in range(4):
        W.grad = None
        step(torch.ones(4, 2))
        out.append(W.grad.stride())
        try:
            W.grad.view(-1)
        except Exception as e:
            out.append(type(e).__name__)
    return out


@way
def set_grad_enabled(compiled):
    def f(x):
        torch.set_grad_enabled(False)
        return x

    step = compiled(f)
    out = []
    for i in range(4):
        step(T(1))
        out.append(torch.is_grad_enabled())
        torch.set_grad_enabled(True)
    return out


@way
def made_and_its_view(compiled):
    def f(x):
        y = torch.zeros(2)
        return x + 1, y, y.view(1, 2)

    step = compiled(f)
    out = []
    for i in range(4):
        _, y, v = step(T(1))
        y.add_(5)
        out.append(v[0, 0].item())
    return out


@way
def view_of_nonleaf_written(compiled):
    step = compiled(lambda x: x[1:])
    out = []
    for i in range(4):
        l = L(1)
        x = l * 1
        v = step(x)
        v.mul_(3)
        x.sum().backward()
        out.append((x.tolist(), l.grad.tolist()))
    return out


@way
def is_inference(compiled):
    def f(x):
        with torch.inference_mode():
            q = x + 1
        return q.is_inference()

    step = compiled(f)
    return [step(T(1)) for i in range(4)]


@way
def version(compiled):
    x = T(1)
    step = compiled(lambda x: x * x._version)
    out = []
    for i in range(4):
        x.add_(0)
        out.append(step(x)[0].item())
    return out


@way
def saved_hooks_inside(compiled):
    def f(x):
        with A.graph.saved_tensors_hooks(lambda t: t * 2, lambda t: t):
            return (x * x).sum()

    step = compiled(f)
    out = []
    for i in range(4):
        x = L(1)
        step(x).backward()
        out.append(x.grad[0].item())
    return out


@way
def dict_keys(compiled):
    step = compiled(lambda d: [type(k).__name__ for k in d])
    return [step({k: T(1)})[0] for k in [1, 1, 1, True, 1.0]]


@way
def subclasses(compiled):
    class B:
        pass

    step = compiled(lambda x: x * len(B.__subclasses__()))
    out = []
    keep = []
    for i in range(4):
        keep.append(type("C", (B,), {}))
        out.append(step(T(1))[0].item())
    return out


@way
def threads_history_lost(compiled):
    W = L(1)
    bad = []
    stop = []
    sys.setswitchinterval(1e-5)

    def rec():
        for i in range(60):
            step = compiled(lambda x: (x * W).tanh().sum())
            for _ in range(3):
                step(T(1))
        stop.append(1)

    def eager():
        while not stop:
            if not (T(1) * W).requires_grad:
                bad.append(1)

    ts = [threading.Thread(target=f) for f in (rec, eager)]
    [t.start() for t in ts]
    [t.join() for t in ts]
    return "results without history:", len(bad) > 0


@way
def threads_same_compiled(compiled):
    W = torch.ones(2, 2, requires_grad=True)
    bad = []
    sys.setswitchinterval(1e-5)
    step = compiled(lambda x, k: (torch.tanh(x @ W) * k).sum())

    def go():
        for i in range(60):
            if not step(torch.ones(2, 2), i % 40).requires_grad:
                bad.append(1)

    ts = [threading.Thread(target=go) for _ in range(3)]
    [t.start() for t in ts]
    [t.join() for t in ts]
    return "results without history:", len(bad) > 0


@way
def threads_write(compiled):
    buf = torch.zeros(2)
    err = []
    stop = []
    sys.setswitchinterval(1e-5)

    def rec():
        for i in range(60):
            step = compiled(lambda x: (x + buf).sum())
            for _ in range(3):
                step(T(1))
        stop.append(1)

    n = [0]

    def eager():
        while not stop:
            try:
                buf.add_(1)
                n[0] += 1
            except Exception as e:
                err.append(type(e).__name__)
                return

    ts = [threading.Thread(target=f) for f in (rec, eager)]
    [t.start() for t in ts]
    [t.join() for t in ts]
    return err, buf[0].item() == n[0]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", WAYS)
def test_nothing_is_lost(name):
    found = []
    for compiled in (lambda f, **k: f, torch.compile):
        torch.manual_seed(0)
        try:
            found.append(WAYS[name](compiled))
        finally:
            torch.set_grad_enabled(True)
    assert repr(found[1]) == repr(found[0])

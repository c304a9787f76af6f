"""What a compiled function draws, reads and tells of other worlds (clocks, files, generators) is done in each call."""

import contextlib
import ctypes
import functools
import hashlib
import io
import itertools
import logging
import random
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from tests.makers import Makers, T, either_way

import wengert as torch

nn, A = torch.nn, torch.autograd
WAYS = Makers()
way = WAYS.add


@way
def from_random_import(compiled):
    from random import random, seed

    seed(0)
    step = compiled(lambda x: x * random())
    return [round(step(T(1))[0].item(), 3) for _ in range(5)]


@way
def random_instance(compiled):
    r = random.Random(0)
    step = compiled(lambda x: x * r.random())
    return [round(step(T(1))[0].item(), 3) for _ in range(5)]


@way
def np_random_module(compiled):
    from numpy import random as npr

    npr.seed(0)  # noqa: NPY002
    step = compiled(lambda x: x * npr.rand())  # noqa: NPY002
    return [round(step(T(1))[0].item(), 3) for _ in range(5)]


@way
def perf_counter(compiled):
    from time import perf_counter

    step = compiled(lambda x: x * 0 + perf_counter())
    return "distinct:", len({step(torch.zeros(1, dtype=torch.float64)).item() for i in range(5)})


@way
def datetime(compiled):
    from datetime import datetime

    step = compiled(lambda x: x * 0 + datetime.now().microsecond)  # noqa: DTZ005
    s = set()
    for _ in range(5):
        s.add(step(T(1))[0].item())
        time.sleep(0.001)
    return "distinct:", len(s)


@way
def file_lines(compiled):
    fh = io.StringIO("1\n2\n3\n4\n5\n")
    step = compiled(lambda x: x * float(fh.readline()))
    return [step(T(1))[0].item() for _ in range(5)]


@way
def log_file(compiled):
    fh = io.StringIO()
    step = compiled(lambda x: (fh.write("v"), x)[1])
    [step(T(1)) for _ in range(5)]
    return fh.getvalue()


@way
def print_other_name(compiled):
    say = functools.partial(print, "v", end="")
    step = compiled(lambda x: (say(), x)[1])
    b = io.StringIO()
    with contextlib.redirect_stdout(b):
        [step(T(1)) for _ in range(5)]
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
    step = compiled(lambda x: (info("v"), x)[1])  # noqa: LOG015
    [step(T(1)) for _ in range(5)]
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
        return x * next(iter(it))

    step = compiled(f)
    return [step(T(1))[0].item() for _ in range(4)]


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
    return [round(step(T(0))[0].item(), 3) for _ in range(5)]


@way
def seed_partial(compiled):
    reset = functools.partial(torch.manual_seed, 0)

    def f(x):
        reset()
        return x + torch.rand(2)

    step = compiled(f)
    return [round(step(T(0))[0].item(), 3) for _ in range(5)]


@way
def generator_made_inside(compiled):
    def f(x):
        g = torch.Generator()
        return x + torch.rand(2, generator=g)

    step = compiled(f)
    return [round(step(T(0))[0].item(), 3) for _ in range(5)]


@way
def fork_rng_other_name(compiled):
    from wengert.random import fork_rng as fr

    torch.manual_seed(0)

    def f(x):
        with fr():
            return x + torch.rand(2)

    step = compiled(f)
    return [round(step(T(0))[0].item(), 3) for _ in range(5)]


@way
def cython_crash(compiled):
    from numpy.random import rand

    np.random.seed(0)  # noqa: NPY002
    step = compiled(lambda x: x * float(rand()))  # noqa: NPY002
    return [round(step(T(1))[0].item(), 3) for _ in range(3)]


@way
def pool_inside(compiled):
    def f(x):
        with ThreadPoolExecutor(2) as ex:
            return sum(ex.map(torch.sin, [x, x]))

    step = compiled(f)
    return [round(step(T(i))[0].item(), 3) for i in range(5)]


@way
def arg_subclass_attr(compiled):
    class S(str):  # noqa: SLOT000
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
    return [step(T(1), M(2.0))[0].item() for _ in range(3)]


@way
def set_grad_enabled(compiled):
    def f(x):
        torch.set_grad_enabled(False)
        return x

    step = compiled(f)
    out = []
    for _ in range(4):
        step(T(1))
        out.append(torch.is_grad_enabled())
        torch.set_grad_enabled(True)
    return out


@way
def is_inference(compiled):
    def f(x):
        with torch.inference_mode():
            q = x + 1
        return q.is_inference()

    step = compiled(f)
    return [step(T(1)) for _ in range(4)]


@way
def version(compiled):
    x = T(1)
    step = compiled(lambda x: x * x._version)
    out = []
    for _ in range(4):
        x.add_(0)
        out.append(step(x)[0].item())
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
    for _ in range(4):
        keep.append(type("C", (B,), {}))
        out.append(step(T(1))[0].item())
    return out


@way
def an_object_of_a_library_in_c(compiled):
    digest = hashlib.sha256()
    step = compiled(lambda x: (digest.update(b"a"), x * digest.digest()[0])[1])
    return [step(T(1))[0].item() for _ in range(4)]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", WAYS)
def test_nothing_is_lost(name):
    eager, compiled = either_way(WAYS[name])
    assert repr(compiled) == repr(eager)

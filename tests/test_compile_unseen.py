"""What a compiled function does is what the function does, where it is hard to see: hooks, memory, threads."""

import contextlib
import functools
import sys
import threading

import pytest
from tests.makers import L, Makers, T, either_way

import wengert as torch

nn, A = torch.nn, torch.autograd
WAYS = Makers()
way = WAYS.add


def passed_by(backward):
    """A Function that passes its argument, and has this backward."""
    forward = staticmethod(lambda ctx, x: x * 1)
    return type(backward.__name__, (A.Function,), {"forward": forward, "backward": staticmethod(backward)})


@way
def leaf_hook_twice(compiled):
    p = L(1)
    p.register_hook(lambda g: 2 * g)
    step = compiled(lambda x: (x * p).sum())
    out = []
    for _ in range(4):
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
        with contextlib.suppress(ValueError):
            step(T(v))
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
        with contextlib.suppress(ValueError):
            step(T(v))
        out.append(p.grad[0].item())
    return out


@way
def branch_in_backward(compiled):
    @passed_by
    def clip(ctx, g):
        return g / g.norm() if g.norm() > 1 else g

    step = compiled(clip.apply)
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
    @passed_by
    def norm(ctx, g):
        return g / g.norm().item()

    step = compiled(norm.apply)
    out = []
    for k in [1, 2, 3, 4]:
        x = L(1)
        (step(x) * k).sum().backward()
        out.append(round(x.grad[0].item(), 4))
    return out


@way
def assert_in_backward(compiled):
    @passed_by
    def check(ctx, g):
        assert not torch.isnan(g).any(), "nan"
        return g

    step = compiled(check.apply)
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
    for _ in range(4):
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
    for _ in range(4):
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
    for _ in range(4):
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
    for _ in range(4):
        step(T(1)).backward()
    return n


@way
def value_read_by_a_backward(compiled):
    cfg = {"s": 1.0}

    @passed_by
    def scaled(ctx, g):
        return g * cfg["s"]

    step = compiled(lambda x: scaled.apply(x * 2).sum())
    out = []
    for i in range(5):
        x = L(i)
        cfg["s"] = 1.0
        loss = step(x)
        cfg["s"] = 10.0 + i
        loss.backward()
        out.append(x.grad[0].item())
    return out


@way
def items_counted_by_a_backward(compiled):
    counts = {"n": 0}

    @passed_by
    def counted(ctx, g):
        counts["n"] += 1
        return g

    step = compiled(lambda x: counted.apply(x).sum())
    out = []
    for i in range(4):
        loss = step(L(i))
        before = counts["n"]
        loss.backward()
        out.append((before, counts["n"]))
    return out


@way
def numbers_drawn_by_a_backward(compiled):
    @passed_by
    def noisy(ctx, g):
        return g * torch.rand(2)

    step = compiled(lambda x: noisy.apply(x).sum())
    out = []
    for i in range(4):
        x = L(i)
        loss = step(x)
        out.append(torch.rand(1).item())
        loss.backward()
        out.append(x.grad.tolist())
    return out


@way
def module_backward_hook(compiled):
    net = nn.Sequential(nn.Linear(2, 2), nn.Tanh())
    n = []
    net[0].register_full_backward_hook(lambda m, gi, go: n.append(1))
    step = compiled(net)
    out = []
    for _ in range(4):
        l = step(T(1)).sum()
        before = len(n)
        l.backward()
        out.append((before, len(n)))
    return out


@way
def function_backward_effects(compiled):
    n = []

    @passed_by
    def fn(ctx, g):
        n.append(1)
        return g

    step = compiled(lambda x: fn.apply(x).sum())
    out = []
    for _ in range(5):
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
    for _ in range(3):
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
    for _ in range(4):
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
    return [step(T(1)).requires_grad for _ in range(4)]


@way
def numpy_write(compiled):
    def f(x):
        y = x * 1
        y.numpy()[0] = 7
        return y

    step = compiled(f)
    return [step(T(1)).tolist() for _ in range(4)]


@way
def numpy_write_buffer(compiled):
    buf = torch.zeros(2)
    out = []

    def f(x):
        buf.numpy()[0] = 7
        return x

    step = compiled(f)
    for _ in range(4):
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
    for _ in range(4):
        p.grad = None
        out.append(step(T(1)).requires_grad)
    return out


@way
def hook_on_returned(compiled):
    step = compiled(lambda x: (y := x * 2, (y**2).sum()))
    out = []
    for _ in range(4):
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
    for _ in range(4):
        x = L(1)
        y, l = step(x)
        l.backward()
        out.append(None if y.grad is None else y.grad[0].item())
    return out


@way
def grad_wrt_returned(compiled):
    step = compiled(lambda x: (y := x * 2, (y**2).sum()))
    out = []
    for _ in range(3):
        y, l = step(L(1))
        try:
            out.append(A.grad(l, y)[0][0].item())
        except RuntimeError as e:
            out.append(type(e).__name__)
    return out


@way
def grad_not_contiguous(compiled):
    W = torch.ones(3, 2, requires_grad=True)
    step = compiled(lambda x: (x @ W.t()).sum().backward())
    out = []
    for _ in range(4):
        W.grad = None
        step(torch.ones(4, 2))
        out.append(W.grad.stride())
        try:
            W.grad.view(-1)
        except RuntimeError as e:
            out.append(type(e).__name__)
    return out


@way
def made_and_its_view(compiled):
    def f(x):
        y = torch.zeros(2)
        return x + 1, y, y.view(1, 2)

    step = compiled(f)
    out = []
    for _ in range(4):
        _, y, v = step(T(1))
        y.add_(5)
        out.append(v[0, 0].item())
    return out


@way
def view_of_nonleaf_written(compiled):
    step = compiled(lambda x: x[1:])
    out = []
    for _ in range(4):
        l = L(1)
        x = l * 1
        v = step(x)
        v.mul_(3)
        x.sum().backward()
        out.append((x.tolist(), l.grad.tolist()))
    return out


@way
def saved_hooks_inside(compiled):
    def f(x):
        with A.graph.saved_tensors_hooks(lambda t: t * 2, lambda t: t):
            return (x * x).sum()

    step = compiled(f)
    out = []
    for _ in range(4):
        x = L(1)
        step(x).backward()
        out.append(x.grad[0].item())
    return out


@way
def threads_history_lost(compiled):
    W = L(1)
    bad = []
    stop = []
    sys.setswitchinterval(1e-5)

    def rec():
        for _ in range(60):
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
        bad.extend(1 for i in range(60) if not step(torch.ones(2, 2), i % 40).requires_grad)

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
        for _ in range(60):
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
            except RuntimeError as e:
                err.append(type(e).__name__)
                return

    ts = [threading.Thread(target=f) for f in (rec, eager)]
    [t.start() for t in ts]
    [t.join() for t in ts]
    return err, buf[0].item() == n[0]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", WAYS)
def test_nothing_is_lost(name):
    eager, compiled = either_way(WAYS[name])
    assert repr(compiled) == repr(eager)

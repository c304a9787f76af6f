"""compile(f) does what f does, call after call: values, gradients, writes, errors, random numbers, branches."""

import copy
import os
from weakref import ref

import numpy as np
import pytest

import wengert as torch
from wengert.func import grad, hessian, jvp, vmap

CALLS = 6


def f64(*values, **options):
    return torch.tensor(list(values), dtype=torch.float64, **options)


def twice(make):
    """Two copies of what `make` makes: a function and what it should leave alike; one of them compiled."""
    plain, compiled = make(), make()
    return plain, (torch.compile(compiled[0]), *compiled[1:])


def same(make, arguments=None, *, hits=True):
    """Call both again and again; results and the tensors beside the functions stay the same."""
    (plain, *beside), (compiled, *others) = twice(make)
    for i in range(CALLS):
        torch.manual_seed(i)
        args = arguments(i) if arguments else ()
        want = plain(*copy.deepcopy(args))
        torch.manual_seed(i)
        got = compiled(*copy.deepcopy(args))
        check(got, want)
        check(others, beside)
    info = compiled.cache_info()
    assert (info.hits > 0) is hits, info
    return compiled


def check(got, want):
    if isinstance(want, torch.Tensor):
        assert got.dtype is want.dtype
        assert got.shape == want.shape
        assert got.requires_grad == want.requires_grad
        assert (
            torch.tensor(got.detach().numpy()).allclose(want.detach(), rtol=1e-12, atol=1e-13) if got.numel() else True
        )
        if want.is_leaf and want.grad is not None:
            check(got.grad, want.grad)
        elif want.is_leaf:
            assert got.grad is None
    elif isinstance(want, dict):
        assert list(got) == list(want)
        check(list(got.values()), list(want.values()))
    elif isinstance(want, list | tuple):
        assert type(got) is type(want)
        for g, w in zip(got, want, strict=True):
            check(g, w)
    else:
        assert got == want


# ------------------------------------------------------------------------ functions


def test_results_in_containers():
    def make():
        return (lambda x, y: {"sum": x + y, "pair": (x * y, [x.sum(), 3, None, "word"])},)

    same(make, lambda i: (f64(1.0, i), f64(2.0, 3.0)))


def test_a_result_that_came_in():
    def make():
        return (lambda x, y: (x, y, x),)

    compiled = same(make, lambda i: (f64(1.0, i), f64(2.0)))
    x = f64(5.0, 1.0)
    assert compiled(x, f64(1.0))[0] is x


def test_shapes_dtypes_and_numbers_have_recordings_of_their_own():
    compiled = torch.compile(lambda x, n: x * n)
    for x in (torch.ones(2), torch.ones(3), torch.ones(2, dtype=torch.float64), torch.ones(2, 2).t()):
        for n in (2, 3.0, True):
            for _ in range(4):
                assert compiled(x, n).equal(x * n)
                assert compiled(x, n).dtype is (x * n).dtype


def test_a_result_can_be_differentiated():
    def make():
        w = f64(0.5, -1.0, requires_grad=True)

        def function(x):
            return (torch.tanh(x * w) * x, (w * w).sum())

        return function, w

    (plain, w), (compiled, v) = twice(make)
    for i in range(CALLS):
        x, y = f64(1.0, i, requires_grad=True), f64(1.0, i, requires_grad=True)
        a, b = plain(x)
        c, d = compiled(y)
        (a.sum() * 2 + b).backward()
        (c.sum() * 2 + d).backward()
        check([c, d, y, v], [a, b, x, w])
    assert compiled.cache_info().hits


def test_a_result_can_be_differentiated_twice():
    compiled = torch.compile(lambda x: (torch.sin(x) * x).sum())
    for i in range(CALLS):
        x = f64(1.0, i, requires_grad=True)
        (g,) = torch.autograd.grad(compiled(x), x, create_graph=True)
        (h,) = torch.autograd.grad(g.sum(), x)
        check(h, 2 * torch.cos(x.detach()) - x.detach() * torch.sin(x.detach()))
    assert compiled.cache_info().hits


def test_a_saved_tensor_that_is_overwritten_is_noticed():
    w = f64(2.0, requires_grad=True)
    compiled = torch.compile(lambda x: x * w * w)
    for _ in range(4):
        y = compiled(f64(3.0))
    with torch.no_grad():
        w.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.backward()


# ------------------------------------------------------------------------ training


def regression(optimise):
    def make():
        w, b = f64(0.5, requires_grad=True), f64(0.0, requires_grad=True)

        def step(x, y):
            loss = ((x * w + b - y) ** 2).mean()
            loss.backward()
            optimise(w, b)
            return loss.detach()

        return step, w, b

    return make


def forget(w, b):
    with torch.no_grad():
        for p in (w, b):
            p -= 0.1 * p.grad  # noqa: PLW2901  a write
            p.grad = None


def zero(w, b):
    with torch.no_grad():
        for p in (w, b):
            p.sub_(p.grad, alpha=0.1)
            p.grad.zero_()


def accumulate(w, b):
    with torch.no_grad():
        w -= 0.1 * w.grad


@pytest.mark.parametrize("optimise", [forget, zero, accumulate])
def test_a_training_step(optimise):
    same(regression(optimise), lambda i: (f64(1.0, 2.0, i), f64(2.0, 4.0, i)))


def test_the_learning_rate_is_not_frozen():
    def make():
        w = f64(1.0, requires_grad=True)
        settings = {"lr": 0.1}

        def step():
            (w * w).sum().backward()
            with torch.no_grad():
                w.sub_(settings["lr"] * w.grad)
                w.grad = None

        return step, w, settings

    (plain, w, mine), (compiled, v, other) = twice(make)
    for i in range(12):
        mine["lr"] = other["lr"] = 0.1 / (1 + i // 4)
        plain()
        compiled()
        check(v, w)
    assert compiled.cache_info().hits >= 3
    assert compiled.cache_info().recordings == 3


PROGRAM = """
layer = torch.nn.Linear(2, 1)
optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
times = 1.0

@torch.compile
def scaled(x):
    return times * layer(x)

@torch.compile
def step(x):
    optimizer.zero_grad()
    loss = scaled(x).sum()
    loss.backward()
    optimizer.step()
    return loss
"""


def test_a_function_may_have_the_name_of_a_method_that_it_calls_and_call_another_that_is_compiled():
    program = {"torch": torch, "__name__": "program"}
    exec(PROGRAM, program)
    x, (weight, _) = torch.ones(1, 2), program["layer"].parameters()
    for _ in range(5):
        program["step"](x)
    assert program["step"].cache_info().hits > 0
    before = weight.detach().clone()
    program["times"] = 3.0
    program["step"](x)
    assert torch.allclose(before - weight.detach(), torch.full((1, 2), 0.3))


def test_what_users_write_on_a_compiled_function_is_noticed():
    @torch.compile
    def scaled(x):
        return scaled.times * x

    scaled.times = 2.0
    for _ in range(4):
        assert scaled(torch.ones(1)).item() == 2.0
    scaled.times = 3.0
    assert scaled(torch.ones(1)).item() == 3.0
    assert scaled.cache_info().hits > 0


def test_a_changed_closure_is_noticed():
    def make():
        scale = 2.0

        def function(x):
            return x * scale

        def change(value):
            nonlocal scale
            scale = value

        return function, change

    _, (compiled, change) = twice(make)
    for value in (2.0, 3.0, 2.0, 5.0):
        change(value)
        for _ in range(4):
            assert compiled(f64(1.0)).item() == value


def test_another_tensor_in_the_same_place():
    class State:
        pass

    state = State()
    state.w = f64(1.0)
    compiled = torch.compile(lambda x: x * state.w)
    for i in range(8):
        state.w = f64(float(i))
        assert compiled(f64(2.0)).item() == 2.0 * i
    assert compiled.cache_info().hits


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.w = torch.nn.Parameter(f64([0.3, -0.2], [0.1, 0.4]))
        self.register_buffer("seen", torch.zeros((), dtype=torch.float64))
        self.factor = 1.0

    def forward(self, x):
        if self.training:
            self.seen += 1
        return torch.tanh(x @ self.w) * self.factor


def test_a_module_with_a_buffer_and_a_mode():
    plain, model = Net(), Net()
    compiled = torch.compile(model)
    for i in range(16):
        for each in (plain, model):
            each.train(i % 8 < 4)
            each.factor = 1.0 + i // 8
        x = f64([1.0, i], [2.0, 3.0])
        a, b = plain(x), compiled(x)
        a.sum().backward()
        b.sum().backward()
        check([b, model.w, model.seen], [a, plain.w, plain.seen])
    assert compiled.cache_info().hits


# ------------------------------------------------------------------------ what Python does with values


def test_branches_on_values():
    def make():
        def function(x):
            if x.sum() > 0:
                return x * 2
            return x - 1

        return (function,)

    compiled = torch.compile(make()[0])
    for i in range(20):
        x = f64(1.0 if i % 3 else -1.0, 0.5)
        check(compiled(x), make()[0](x))
    assert compiled.cache_info().recordings == 2
    assert compiled.cache_info().hits > 8


def test_a_loop_until_a_value_is_small():
    def newton(x):
        steps = 0
        while (x * x - 2).abs().item() > 1e-9:
            x = x - (x * x - 2) / (2 * x)
            steps += 1
        return x, steps

    compiled = torch.compile(newton)
    for start in (1.0, 1.0, 1.0, 5.0, 5.0, 5.0, 1.0):
        check(compiled(f64(start).sum()), newton(f64(start).sum()))


def test_printing_and_iterators_are_not_skipped(capsys):
    def speak(x):
        print("called")  # noqa: T201  it is what is tested
        return x + 1

    numbers = iter(range(100))
    compiled, taking = torch.compile(speak), torch.compile(lambda x: x + next(numbers))
    for i in range(5):
        compiled(f64(1.0))
        assert taking(f64(0.0)).item() == i
    assert capsys.readouterr().out == "called\n" * 5
    assert compiled.cache_info().reason == "it prints"
    assert taking.cache_info().reason == "it takes from an iterator"


def test_python_objects_that_change_are_changed_every_time():
    log = []

    def function(x):
        log.append(1)
        return x * len(log)

    compiled = torch.compile(function)
    for i in range(5):
        assert compiled(f64(1.0)).item() == i + 1
    assert compiled.cache_info().reason == "it changes Python objects"


@pytest.mark.parametrize(
    "draw", [torch.rand, torch.randn, lambda *size, **options: torch.normal(0.0, 1.0, size, **options)]
)
def test_drawn_numbers_may_be_leaves(draw):
    """As the points of a gradient penalty are."""
    w = torch.ones(3, requires_grad=True)

    def penalty():
        x = draw(4, 3, requires_grad=True)
        (slope,) = torch.autograd.grad((torch.sin(x) @ w).sum(), x, create_graph=True)
        loss = (slope.norm(2, 1) - 1).square().mean()
        loss.backward()
        found, w.grad = w.grad, None
        return loss.detach(), found, x.requires_grad

    compiled = torch.compile(penalty)
    for i in range(5):
        torch.manual_seed(i)
        got = compiled()
        torch.manual_seed(i)
        want = penalty()
        torch.testing.assert_close(got[:2], want[:2])
        assert got[2]
    assert compiled.cache_info().hits == 3


def test_random_numbers_are_drawn_anew():
    def make():
        def function(x):
            return x + torch.rand(2, dtype=torch.float64) * torch.nn.functional.dropout(x, 0.5)

        return (function,)

    same(make, lambda i: (f64(1.0, i),))


# ------------------------------------------------------------------------ writes


def test_writes_to_arguments_and_views():
    def make():
        buffer = torch.zeros(3, dtype=torch.float64)

        def function(x, i):
            buffer[1:] += x
            buffer[0] = x.sum()
            view = buffer[:2]
            view.mul_(0.5)
            return buffer * 2

        return function, buffer

    same(make, lambda i: (f64(1.0, i), 3))


def test_a_write_counts_as_one():
    x = f64(1.0, 2.0)
    compiled = torch.compile(lambda x: x.mul_(2))
    for i in range(4):
        assert compiled(x) is x
        assert x._version == i + 1
    assert x.tolist() == [16.0, 32.0]


def test_tensors_that_share_memory():
    def function(x, y):
        x.add_(1)
        return x + y

    compiled = torch.compile(function)
    a, b = f64(1.0, 2.0, 3.0), f64(1.0, 2.0, 3.0)
    for _ in range(5):
        check(compiled(a[:2], a[1:]), function(b[:2], b[1:]))
        check(compiled(a[:2], f64(1.0, 1.0)), function(b[:2], f64(1.0, 1.0)))
        check(compiled(a, a), function(b, b))
        check(a, b)


def test_what_was_written_before_the_function_raises_stays_written():
    w = f64(1.0)

    def function(x):
        w.add_(1)
        if x.sum() < 0:
            raise ValueError("negative")
        return x * w

    compiled = torch.compile(function)
    for _ in range(3):
        compiled(f64(1.0))
    before = w.item()
    with pytest.raises(ValueError, match="negative"):
        compiled(f64(-1.0))
    assert w.item() == before + 1
    check(compiled(f64(2.0)), f64(2.0 * (before + 2)))


def test_errors_are_those_of_the_function():
    compiled = torch.compile(lambda x, y: x @ y)
    for _ in range(3):
        with pytest.raises(RuntimeError, match="mat1 and mat2 shapes cannot be multiplied"):
            compiled(torch.ones(2, 3), torch.ones(2, 3))


# ------------------------------------------------------------------------ with other parts


def test_transforms_inside_and_outside():
    def loss(x):
        return (torch.sin(x) * x).sum()

    x = f64(1.0, 2.0)
    inside, outside = torch.compile(grad(loss)), grad(torch.compile(loss))
    many = vmap(torch.compile(loss))
    for _ in range(CALLS):
        check(inside(x), grad(loss)(x))
        check(outside(x), grad(loss)(x))
        check(many(torch.stack([x, x + 1])), torch.stack([loss(x), loss(x + 1)]))
    assert inside.cache_info().hits
    second = torch.compile(lambda x: (hessian(loss)(x), jvp(loss, (x,), (x,))))
    for _ in range(CALLS):
        check(second(x), (hessian(loss)(x), jvp(loss, (x,), (x,))))
    assert second.cache_info().hits


class Cube(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return 3 * x * x * g


def test_functions_and_hooks():
    def make():
        w = f64(2.0, requires_grad=True)

        def step(x):
            y = Cube.apply(w * x)
            y.register_hook(lambda g: g * 10)
            y.sum().backward()
            return w.grad.clone()

        return step, w

    same(make, lambda i: (f64(1.0 + i),))


def test_gradients_of_gradients_inside():
    def make():
        w = f64(2.0, requires_grad=True)

        def step(x):
            (g,) = torch.autograd.grad((w**3 * x).sum(), w, create_graph=True)
            (g * g).sum().backward()
            return g.detach()

        return step, w

    same(make, lambda i: (f64(1.0 + i),))


def test_it_is_a_decorator_and_names_stay():
    @torch.compile(mode="max-autotune", fullgraph=True, dynamic=True)
    def documented(x):
        """What it does."""
        return x + 1

    assert documented.__name__ == "documented"
    assert documented.__doc__ == "What it does."
    assert documented(f64(1.0)).item() == 2
    with pytest.raises(ValueError, match="nothing is recorded yet"):
        documented.graph()
    for _ in range(3):
        documented(f64(1.0))
    assert "add" in str(documented.graph())
    assert "add" in documented.kernels()


# ------------------------------------------------------------------ sizes, groups and what is looked at


def network():
    torch.manual_seed(0)
    w, v = torch.randn(8, 16, requires_grad=True), torch.randn(16, 5, requires_grad=True)

    def step(x, labels):
        hidden = torch.nn.functional.layer_norm(torch.nn.functional.gelu(x @ w), (16,))
        loss = torch.nn.functional.cross_entropy(hidden @ v, labels)
        loss.backward()
        with torch.no_grad():
            for weight in (w, v):
                weight.sub_(0.1 * weight.grad)
                weight.grad = None
        return loss

    return step, w, v


def batch(size, seed=0):
    torch.manual_seed(seed)
    return torch.randn(size, 8), torch.randint(5, (size,))


def test_another_batch_size_compiles_nothing():
    from wengert.native.kernels import LIBRARY

    step = torch.compile(network()[0])
    for size in (20, 20, 20):
        step(*batch(size))
    before = LIBRARY.count
    for size in (33, 33, 33, 150, 150, 150):
        step(*batch(size, size))
    assert LIBRARY.count == before
    assert step.cache_info().hits == 3


@pytest.mark.parametrize("loss", ["mse_loss", "l1_loss", "smooth_l1_loss", "binary_cross_entropy_with_logits"])
def test_the_mean_over_another_batch_compiles_nothing(loss):
    from wengert.native.kernels import LIBRARY

    model = torch.nn.Sequential(torch.nn.Linear(5, 7), torch.nn.LayerNorm(7), torch.nn.Linear(7, 3))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    @torch.compile
    def step(x, y):
        found = getattr(torch.nn.functional, loss)(model(x), y)
        optimizer.zero_grad()
        found.backward()
        optimizer.step()
        return found.detach()

    for size in (50, 50, 50):
        step(torch.randn(size, 5), torch.rand(size, 3))
    before = LIBRARY.count
    for size in (43, 43, 43, 64, 64, 64, 150, 150, 150):
        step(torch.randn(size, 5), torch.rand(size, 3))
    assert LIBRARY.count == before


def test_a_check_of_labels_does_not_bind_a_recording_to_them():
    step, *_ = network()
    compiled = torch.compile(step)
    for seed in range(6):
        compiled(*batch(10, seed))
    assert compiled.cache_info().hits == 4
    x, labels = batch(10)
    labels[3] = 7
    with pytest.raises(IndexError, match="Target 7 is out of bounds"):
        compiled(x, labels)


def onto(compiled):
    """How many results of a compiled function are written onto what came in, without a copy."""
    return len(compiled._last.program._plan._onto)


@pytest.mark.parametrize(
    ("optimiser", "count"),
    [
        (lambda params: torch.optim.SGD(params, lr=0.1), 4),
        (lambda params: torch.optim.SGD(params, lr=0.1, momentum=0.9), 8),
        (lambda params: torch.optim.AdamW(params, lr=0.1, capturable=True), 16),
    ],
)
def test_parameters_are_updated_where_they_are(optimiser, count):
    pytest.importorskip("llvmlite", reason="NumPy copies")

    def steps(compiled):
        torch.manual_seed(0)
        model = torch.nn.Sequential(torch.nn.Linear(5, 8), torch.nn.Tanh(), torch.nn.Linear(8, 3))
        steps = optimiser(model.parameters())

        def step(x, labels):
            loss = torch.nn.functional.cross_entropy(model(x), labels)
            steps.zero_grad()
            loss.backward()
            steps.step()
            return loss.detach()

        step = torch.compile(step) if compiled else step
        x, labels = torch.randn(10, 5), torch.arange(10) % 3
        memory = [p.array for p in model.parameters()]
        losses = [float(step(x, labels)) for _ in range(6)]
        assert all(p.array is a for p, a in zip(model.parameters(), memory, strict=True))
        kept = [p.detach().clone() for p in model.parameters()]
        labels[3] = 7
        with pytest.raises(IndexError, match="Target 7 is out of bounds"):
            step(x, labels)
        for p, before in zip(model.parameters(), kept, strict=True):
            np.testing.assert_array_equal(p.detach().numpy(), before.numpy())
        return step, losses, kept

    (compiled, found, last), (_, losses, expected) = steps(True), steps(False)
    assert onto(compiled) == count
    np.testing.assert_allclose(found, losses, rtol=1e-5)
    for a, b in zip(last, expected, strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-4, atol=1e-6)


def test_gradients_that_are_clipped_by_their_norm_bind_a_recording_to_nothing():
    def steps(wrap):
        torch.manual_seed(0)
        model = torch.nn.Linear(4, 3)
        optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
        x = torch.randn(8, 4)

        def step(scale):
            optimiser.zero_grad()
            (scale * model(x) ** 2).sum().backward()
            norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            return norm

        step = wrap(step)
        return step, [float(step(torch.tensor(scale))) for scale in (1.0, 2.0, 0.5, 0.01, 0.001, 3.0)]

    (compiled, found), (_, expected) = steps(torch.compile), steps(lambda step: step)
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    assert compiled.cache_info().hits == 4  # all but the first two, however the gradients lay that are cleared


def test_what_a_write_would_destroy_is_read_first():
    pytest.importorskip("llvmlite", reason="NumPy copies")
    values = np.random.default_rng(0).normal(size=(40, 40))

    def tensors():
        return [torch.tensor(values), torch.tensor(values.T.copy())]

    def swap(a, b):
        before = a * 1
        a.copy_(b * 2)
        b.copy_(before)
        return (a * b).sum()

    def exchanged(a, b):
        before = a.clone()
        a.copy_(b)
        b.copy_(before)
        a.add_(1)
        return before

    def turned(a, b):
        a.copy_(a.T @ b)
        b.copy_(b.T)
        return a.sum() + b[0].sum()

    def centred(a, b):
        a.sub_(a.mean(0)).div_(a.abs().max())
        b.add_(a[0])
        return b.norm()

    def far(a, b):
        a.sub_(torch.sin(a * b * 1e20))
        return a.sum()

    for function in (swap, exchanged, turned, centred, far):
        plain, other = tensors(), tensors()
        compiled = torch.compile(function)
        for _ in range(5):
            np.testing.assert_allclose(compiled(*other).numpy(), function(*plain).numpy(), rtol=1e-9)
            for a, b in zip(other, plain, strict=True):
                np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-9, atol=1e-12)


def test_backward_reads_what_was_there_before_a_write():
    x, w = f64(1.0, 2.0, requires_grad=True), f64(3.0, 4.0)

    def step():
        before = w * 1
        loss = (x * before).sum()
        w.add_(1)
        return loss

    compiled = torch.compile(step)
    for i in range(5):
        (g,) = torch.autograd.grad(compiled(), x)
        assert g.tolist() == [3.0 + i, 4.0 + i]


def test_a_saved_view_of_what_was_written_is_stale():
    w, x = f64([1.0, 2.0], [3.0, 4.0]), f64([1.0, 1.0], requires_grad=True)

    def seen():
        return (torch.sin(x) @ w.T).sum()

    def copied():
        return (torch.sin(x) * (w * 1)[:1]).sum()

    compiled = torch.compile(seen)
    for _ in range(4):
        y = compiled()
        w.add_(1)
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            y.backward()
    compiled = torch.compile(copied)
    for _ in range(4):
        y, row = compiled(), w[0].clone()
        w.add_(1)
        (g,) = torch.autograd.grad(y, x)
        np.testing.assert_allclose(g.numpy()[0], np.cos(1) * row.numpy())
        torch.autograd.grad(compiled(), x)


def test_what_is_saved_before_a_compiled_write_is_stale_after_it():
    w = f64(1.0, 2.0)
    x = f64(3.0, 4.0, requires_grad=True)
    compiled = torch.compile(lambda: w.add_(1))
    for _ in range(3):
        compiled()
    y = (w * x).sum()
    compiled()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.backward()


def test_a_long_loop_of_equal_steps_compiles_one():
    from wengert.native.kernels import LIBRARY

    def orbit(steps):
        start = f64(1.0, 0.0, requires_grad=True)

        def end():
            y = start
            for _ in range(steps):
                y = y + 0.01 * torch.stack([y[1], -torch.sin(y[0])])
            start.grad = None
            y.sum().backward()
            return start.grad

        return (end, start)

    same(lambda: orbit(3))
    before = LIBRARY.count
    same(lambda: orbit(500))
    assert LIBRARY.count - before < 10


@pytest.mark.parametrize("shape", [(300, 500), (64, 33, 50), (2, 90_000), (7, 30_011), (120_000, 2)])
@pytest.mark.parametrize("dim", [0, -1])
def test_big_arrays_are_done_in_rows_and_pieces(shape, dim):
    torch.manual_seed(1)
    given = [torch.randn(*shape, dtype=torch.float64, requires_grad=True) for _ in range(2)]

    def program():
        def run(x, y):
            z = torch.softmax(x * y, dim) + (x - x.mean(dim, keepdim=True)) / (1 + x.std(dim, keepdim=True))
            w = torch.cat([z, torch.tanh(y)], dim)[..., 1:]
            loss = (w * w).sum() + torch.logsumexp(z, dim).sum() + w.amax(dim).mean()
            return loss, *torch.autograd.grad(loss, (x, y))

        return (run,)

    same(program, lambda i: [(t.detach() * (1 + 0.1 * i)).requires_grad_() for t in given])


def test_profile_lists_the_kernels_of_a_call():
    step = torch.compile(network()[0])
    with pytest.raises(IndexError):
        step.profile(torch.zeros(3, 8), torch.tensor([0, 1, 9]))
    for _ in range(3):
        step(*batch(20))
    times = step.profile(*batch(20))
    assert times.result.ndim == 0
    assert any("product" in kernel.what for kernel in times.kernels)
    assert all(kernel.seconds > 0 and kernel.bytes > 0 for kernel in times.kernels)
    assert "GFLOP/s" in str(times)
    assert not step.profile(*batch(21)).kernels, "the first call of another size runs the function"


def test_memory_is_used_again():
    from wengert.compiler import Program
    from wengert.graph import stage

    def chain(x):
        for _ in range(30):
            x = torch.cumsum(x * 2, 0) + x.sum(0)
        return x

    plan = Program(stage(chain)(torch.zeros(100, 10)))._plan
    assert sum(plan._buffers) <= 6 * 100 * 10 * 4


def softened(x, w):
    return torch.softmax(x * w, 1)


def called(function, *args):
    compiled = torch.compile(function)
    for _ in range(3):
        result = compiled(*args)
    assert compiled.cache_info().hits == 1
    return result


def test_a_result_that_backward_reads_must_not_be_written():
    y = called(torch.exp, torch.randn(3, 4, requires_grad=True))
    y.mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


def test_an_argument_that_backward_reads_must_not_be_written():
    w = torch.ones(4, requires_grad=True)
    y = called(softened, torch.randn(3, 4, requires_grad=True), w)
    with torch.no_grad():
        w.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


def test_hooks_of_a_compiled_node_see_what_it_passes_on():
    x, w = torch.randn(3, 4, requires_grad=True), torch.ones(4, requires_grad=True)
    y = called(softened, x, w)
    seen = []
    y.grad_fn.register_hook(lambda given, came: seen.append([g.shape for g in (*given, *came)]))
    y.pow(2).sum().backward()
    assert seen == [[(3, 4), (4,), (3, 4)]]


def test_without_gradients_it_is_compiled_too():
    x, w = torch.randn(3, 4), torch.ones(4, requires_grad=True)
    compiled = torch.compile(softened)
    for _ in range(4):
        with torch.no_grad():
            y = compiled(x, w)
    assert not y.requires_grad
    assert compiled.cache_info().hits == 2
    assert compiled(x, w).requires_grad


class Settings:
    rate = 2.0

    class Inner:
        shift = 1.0


class Derived(Settings):
    pass


@pytest.mark.parametrize("held", [Settings, Derived])
def test_an_attribute_of_a_class_is_not_frozen(held):
    compiled = torch.compile(lambda x: x * held.rate + held.Inner.shift)
    try:
        for rate, shift in ((2.0, 1.0), (3.0, 1.0), (3.0, 5.0)):
            Settings.rate, Settings.Inner.shift = rate, shift
            assert [compiled(f64(2.0)).item() for _ in range(4)] == [2 * rate + shift] * 4
        assert compiled.cache_info().hits
    finally:
        Settings.rate, Settings.Inner.shift = 2.0, 1.0


# ------------------------------------------------------------------ threads and processes


def test_many_threads_may_call_one_compiled_function():
    from concurrent.futures import ThreadPoolExecutor

    weights = torch.randn(40, 30, dtype=torch.float64)
    compiled = torch.compile(lambda x: torch.softmax(torch.tanh(x @ weights), 1).sum(0))
    inputs = [torch.randn(20 + 5 * (i % 3), 40, dtype=torch.float64) for i in range(60)]
    want = [torch.softmax(torch.tanh(x @ weights), 1).sum(0) for x in inputs]
    with ThreadPoolExecutor(4) as threads:
        for _ in range(6):  # at first one thread records while others run the function
            for a, b in zip(threads.map(compiled, inputs), want, strict=True):
                check(a, b)
    assert compiled.cache_info().hits > 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:This process")
def test_a_child_of_fork_runs_what_was_compiled():
    x = torch.randn(300, 400)
    compiled = torch.compile(lambda x: torch.softmax(x, 1).amax())
    want = compiled(x).item()
    for _ in range(2):
        compiled(x)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writer, f"{compiled(x).item()!r}".encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        found = float(pipe.read())
    os.waitpid(child, 0)
    assert found == pytest.approx(want, rel=1e-6)


def test_one_thread_gives_what_several_give():
    before = torch.get_num_threads()
    x = torch.randn(500, 400, dtype=torch.float64)
    program = lambda x: torch.softmax(x, 1).var(0).sum()  # noqa: E731 - one expression, compiled twice
    try:
        found = []
        for threads in (1, 3):
            torch.set_num_threads(threads)
            found.append(called(program, x))
        check(*found)
    finally:
        torch.set_num_threads(before)


# ------------------------------------------------------------------ indices

PICKS = {
    "gather": (lambda x, i: torch.gather(x, 1, i % 5), (6, 5), (6, 3)),
    "gather of the first dimension": (lambda x, i: torch.gather(x, 0, i % 6), (6, 5), (2, 5)),
    "gather in the middle": (lambda x, i: torch.gather(x, 1, i % 4), (2, 4, 3), (2, 7, 3)),
    "rows": (lambda x, i: x[i % 6], (6, 5), (2, 3)),
    "embedding": (lambda x, i: torch.nn.functional.embedding(i % 6, x), (6, 5), (4,)),
    "take": (torch.take, (6, 5), (2, 3)),
    "negative": (lambda x, i: x[-1 - i % 6], (6, 5), (4,)),
    "of a view": (lambda x, i: torch.gather(x.T, 1, i % 6), (6, 5), (5, 2)),
    "several": (lambda x, i: x[i % 6, (i * 3) % 5], (6, 5), (4,)),
}


@pytest.fixture(params=[False, True], ids=["alone", "by threads"])
def threads_for_moves(request, monkeypatch):
    """Threads that share even small moves, or none."""
    if request.param:
        pytest.importorskip("llvmlite", reason="only machine code is shared")
        change = {"GRAIN": 1, "LONG": 1}
        for name, value in change.items():
            monkeypatch.setattr(f"wengert.compiler.moves.{name}", value)
        monkeypatch.setattr("wengert.compiler.plan.WORTH_HELP", 1)
    before = torch.get_num_threads()
    torch.set_num_threads(3 if request.param else 1)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.int64])
@pytest.mark.parametrize("name", PICKS)
def test_elements_that_an_index_picks(name, dtype, threads_for_moves):
    pick, shape, index = PICKS[name]

    def program():
        def run(x, i):
            found = pick(x, i)
            if not dtype.is_floating_point:
                return found * 2
            loss = (found**2).sum() + pick(torch.exp(x), i).sum()
            return loss, found * 1, torch.autograd.grad(loss, x)[0]

        return (run,)

    def arguments(seed):
        torch.manual_seed(seed)
        x = (torch.randn(shape) * 4).to(dtype)
        return x.requires_grad_(dtype.is_floating_point), torch.randint(0, 30, index)

    (plain,), (compiled,) = twice(program)
    for seed in range(CALLS):
        want, got = plain(*arguments(seed)), compiled(*arguments(seed))
        for a, b in zip(*((w,) if isinstance(w, torch.Tensor) else w for w in (got, want)), strict=True):
            assert torch.allclose(a, b, rtol=1e-6 if dtype is torch.float32 else 1e-12)
    assert compiled.cache_info().hits > 0


@pytest.mark.parametrize("bad", [6, -7, 10**12])
def test_an_index_that_points_outside_is_refused_as_ever(bad, threads_for_moves):
    table = torch.arange(12.0).reshape(6, 2)
    rows = torch.compile(lambda i: (table[i] * 2).sum())
    for i in (0, 1, 2, -6):
        assert rows(torch.tensor([i, 5])).item() == 2 * (table[i].sum() + table[5].sum()).item()
    assert rows.cache_info().hits == 2
    with pytest.raises(IndexError, match=f"index {bad} is out of bounds for dimension 0 with size 6"):
        rows(torch.tensor([bad, 5]))
    assert rows(torch.tensor([1, 1])).item() == 20


def test_the_text_of_a_tensor_is_that_of_its_values():
    w = f64(2.0, requires_grad=True)

    def described(x):
        y = x * w
        return f"{y.sum():.2f} {x} {y}", y * 2

    plain, compiled = described, torch.compile(described)
    for value in (1.0, 1.0, 1.0, 1.0, 3.0, 3.0, 1.0):
        (text, y), (want, z) = compiled(f64(value)), plain(f64(value))
        assert text == want
        check(y, z)
    assert compiled.cache_info().hits


@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning")
@pytest.mark.parametrize("zeros", [[0.0, -0.0, 0.0], [-0.0, 0.0, 0.0], [-0.0, -0.0, -0.0], [0.0, 0.0, 0.0]])
def test_zeros_of_both_signs_are_not_one_number(zeros):
    from wengert.graph import interpret, stage

    divide = lambda x: x / torch.tensor(zeros, dtype=torch.float64)  # noqa: E731 - one expression, compiled
    want = [float("-inf") if str(zero) == "-0.0" else float("inf") for zero in zeros]
    compiled = torch.compile(divide)
    assert [compiled(f64(1, 1, 1)).tolist() for _ in range(4)] == [want] * 4
    assert compiled.cache_info().hits == 2
    assert interpret(stage(divide)(f64(1, 1, 1)), np.ones(3))[0].tolist() == want


def test_a_small_batch_compiles_nothing_new_either():
    from wengert.native.kernels import LIBRARY

    doubled = torch.compile(lambda x: (torch.tanh(x) * 2).sum(1))
    for size in (40, 40):
        doubled(torch.ones(size, 7))
    before = LIBRARY.count
    for size in (3, 3, 3, 9, 9, 9):
        doubled(torch.ones(size, 7))
    assert LIBRARY.count == before


def test_gradients_of_replayed_calls_have_memory_of_their_own():
    w = torch.ones(400, 400, requires_grad=True)
    x = torch.ones(400, 400)

    @torch.compile
    def step(scale):
        w.grad = None
        (w * x * scale).sum().backward()
        return w.grad * 1

    kept = []
    for k in range(6):
        found = step(torch.tensor(float(k)))
        kept.append((w.grad, found))
        w.grad.add_(0)
    assert step.cache_info().hits
    for k, (g, found) in enumerate(kept):
        assert (g == k).all()
        assert (found == k).all()
        found.zero_()
        assert (g == k).all()


def test_a_gradient_that_is_an_input_is_copied():
    w, v = torch.ones(3, requires_grad=True), torch.tensor([1.0, 2.0, 3.0])

    @torch.compile
    def step(v):
        w.grad = None
        (w * v).sum().backward()

    for _ in range(4):
        step(v)
    w.grad.mul_(10)
    assert v.tolist() == [1, 2, 3]


def test_a_gradient_that_is_returned_is_the_gradient():
    w = torch.ones(3, requires_grad=True)

    @torch.compile
    def step(x):
        w.grad = None
        (w * x).sum().backward()
        return w.grad

    for k in range(5):
        found = step(torch.tensor([1.0, 2.0, k]))
        assert found is w.grad
        assert found.tolist() == [1, 2, k]


def with_parts(x):
    y = x + 1
    return y, y[0], y.T


ALIASES = {
    "times one": lambda x: x * 1,
    "a copy": lambda x: x.clone(),
    "two that are equal": lambda x: (x.sin(), x.sin()),
    "one and the same times one": lambda x: (x + 1, (x + 1) * 1),
    "a part": lambda x: x[0],
    "a result and parts of it": with_parts,
    "constants": lambda x: (torch.ones(2) + 1, torch.ones(2) + 1, x * 0 + 2),
    "a part of a copy": lambda x: ((x * 1)[0], x[0]),
}


@pytest.mark.parametrize("name", ALIASES)
def test_results_share_memory_where_they_do_eagerly(name):
    function = ALIASES[name]
    x = torch.ones(3, 3)
    compiled = torch.compile(function)

    def sharing(results):
        found = [x, *(results if isinstance(results, tuple) else (results,))]
        return [[np.shares_memory(a.numpy(), b.numpy()) for b in found] for a in found]

    expected = sharing(function(x))
    for _ in range(4):
        assert sharing(compiled(x)) == expected
    assert compiled.cache_info().hits


def test_a_result_that_backward_reads_is_apart_from_its_twin():
    x = torch.ones(3, dtype=torch.float64, requires_grad=True)
    compiled = torch.compile(lambda x: (x.exp().sum(), x.detach().exp()))
    for _ in range(4):
        x.grad = None
        loss, twin = compiled(x)
        twin.zero_()
        loss.backward()
        torch.testing.assert_close(x.grad, x.detach().exp())


def test_kinds_of_arguments_that_were_long_ago_are_forgotten():
    from wengert.compiler.compiled import MOST_KINDS

    compiled = torch.compile(lambda x: (x * x).sum())
    for _ in range(2):
        for n in range(1, MOST_KINDS + 10):
            for _ in range(3):
                assert compiled(torch.ones(n)) == n
    assert compiled.cache_info().recordings <= MOST_KINDS
    assert compiled.cache_info().hits


OF_NUMBERS = {
    "a sum": (lambda x: x + x.exp(), True),
    "views": (lambda x: x.reshape(-1).sin().view(6, 4).T, True),
    "put together": (lambda x: torch.cat([x, x.exp(), x[1:]]), True),
    "windows": (lambda x: torch.nn.functional.max_pool2d(x.tanh()[None, None], 3, stride=1), True),
    "running sums": (lambda x: x.cumsum(1), True),
    "in order": (lambda x: x.sort(1)[0], True),
    "picked": (lambda x: x.gather(1, torch.tensor([[0, 1], [2, 2], [5, 0], [1, 1]])), True),
    "rows": (lambda x: x[[0, 0, 2]] * 2, True),
    "moved": (lambda x: torch.roll(x, 1, 1).flip(0)[1:, ::2], True),
    "reduced": (lambda x: x.std(1) + x.prod(1) + x.max(1)[0], True),
    "written": (lambda x: (x * 2).mul_(3).index_fill_(1, torch.tensor([0]), 0.0), True),
    "a product": (lambda x: x @ x.T, False),
}


@pytest.mark.parametrize("name", OF_NUMBERS)
def test_the_gradient_of_a_sum_is_read_as_one_number(name, monkeypatch):
    program = pytest.importorskip("wengert.compiler.program")
    if not program.runs_natively():
        pytest.skip("NumPy reads any strides")
    monkeypatch.setattr(program, "SPREAD", 2)
    function, spread = OF_NUMBERS[name]
    x = torch.linspace(-1.0, 2.0, 24, dtype=torch.float64).reshape(4, 6).requires_grad_()
    compiled = torch.compile(function)
    (expected,) = torch.autograd.grad(function(x).sum(), x)
    for _ in range(3):
        out = compiled(x)
        (found,) = torch.autograd.grad(out.sum(), x)
        torch.testing.assert_close(found, expected, rtol=1e-13, atol=1e-13)
    (program,) = out.grad_fn.rule.derivative.programs
    assert bool(program._variants) == spread


def test_a_loss_whose_graph_is_gone_holds_nothing_and_may_be_hooked():
    w = torch.ones(2, requires_grad=True)

    @torch.compile
    def step(x):
        loss = (w * x).sum()
        loss.backward()
        return loss

    first = None
    for _ in range(4):
        x = torch.ones(2)
        if first is None:
            first = ref(x)
        loss = step(x)
    del x
    assert first() is None
    seen = []
    loss.register_hook(seen.append)
    again = step(torch.ones(2))
    for each, count in ((again, 0), (loss, 1)):
        with pytest.raises(RuntimeError, match="second time"):
            each.backward()
        assert len(seen) == count
    with pytest.raises(RuntimeError, match="second time"):
        torch.autograd.grad(again, w)

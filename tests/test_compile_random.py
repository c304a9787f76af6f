"""Random programs of views, writes, sums and broadcasts, compiled: the same values and gradients."""

import random

import numpy as np
import pytest

import wengert as torch

PROGRAMS = 40
SHAPES = [(), (3,), (2, 3), (4, 1), (2, 1, 3), (5, 4), (1,)]

UNARY = {
    "sin": torch.sin, "tanh": torch.tanh, "exp": lambda x: torch.exp(-x * x), "log": lambda x: torch.log(x * x + 1),
    "sigmoid": torch.sigmoid, "relu": torch.relu, "sqrt": lambda x: torch.sqrt(x * x + 0.5), "neg": torch.neg,
    "abs": torch.abs, "square": torch.square, "log1p": lambda x: torch.log1p(x * x), "clamp": lambda x: x.clamp(-1, 1),
    "softmax": lambda x: torch.softmax(x, -1) if x.ndim else x, "cumsum": lambda x: x.cumsum(0) if x.ndim else x,
    "layer norm": lambda x: torch.nn.functional.layer_norm(x, x.shape[-1:]) if x.ndim else x,
    "gram": lambda x: x @ x.mT if x.ndim > 1 else x, "rows": lambda x: x[torch.tensor([0, -1, 0])] if x.ndim else x,
}  # fmt: skip
BINARY = {
    "add": torch.add, "sub": torch.sub, "mul": torch.mul, "maximum": torch.maximum,
    "div": lambda x, y: x / (y * y + 1), "where": lambda x, y: torch.where(x > y, x, y),
}  # fmt: skip


VIEWS = {
    "flip": lambda x: x.flip(0),
    "transpose": lambda x: x.transpose(0, -1),
    "slice": lambda x: x[1:] if len(x) > 1 else x[:],
    "flatten": lambda x: x.reshape(-1),
    "unsqueeze": lambda x: x.unsqueeze(0),
    "expand": lambda x: x.expand(2, *x.shape),
    "double": lambda x: torch.cat([x, x]),
}
REDUCED = {"sum": torch.sum, "mean": torch.mean, "amax": torch.amax}


def written(x):
    y = x * 1
    y[...] = y * 0.5 + 1
    if y.ndim:
        y[0] *= 2
    return y


def reducing(reduce, dim, keep):
    return lambda x: reduce(x, dim, keepdim=keep)


def program(seed):
    """A function of three tensors, made of steps that are drawn once, and the shapes of those."""
    choice = random.Random(seed)
    shapes = [choice.choice(SHAPES) for _ in range(3)]
    values = [torch.full(shape, 0.5, dtype=torch.float64) for shape in shapes]
    steps = []
    for _ in range(choice.randint(5, 40)):
        at = choice.randrange(max(len(values) - 5, 0), len(values))
        x = values[at]
        kind = choice.random()
        where = [at]
        if kind < 0.4:
            step = choice.choice(list(UNARY.values()))
        elif kind < 0.7:
            others = [i for i, y in enumerate(values) if broadcast(x.shape, y.shape)]
            where.append(choice.choice(others))
            step = choice.choice(list(BINARY.values()))
        elif kind < 0.8 and x.ndim:
            step = choice.choice(list(VIEWS.values()))
        elif kind < 0.9 and x.ndim and x.numel():
            reduce = choice.choice(list(REDUCED.values()))
            step = reducing(reduce, choice.randrange(x.ndim), choice.random() < 0.5)
        else:
            step = written
        y = step(*(values[i] for i in where))
        if y.numel() <= 200 and y.ndim < 5:
            values.append(y)
            steps.append((step, tuple(where)))

    def function(*given):
        values = list(given)
        for step, where in steps:
            values.append(step(*[values[i] for i in where]))
        loss = sum((v * 0.1).sum() for v in values[3:])
        return loss, values[-1] * 1

    return function, shapes


def broadcast(a, b):
    try:
        np.broadcast_shapes(a, b)
    except ValueError:
        return False
    return True


def gradients(function, arrays, dtype):
    given = [torch.tensor(a, dtype=dtype, requires_grad=True) for a in arrays]
    loss, last = function(*given)
    found = torch.autograd.grad(loss, given, allow_unused=True)
    return [loss, last, *found]


@pytest.mark.parametrize("seed", range(PROGRAMS))
def test_a_random_program_with_its_gradient(seed):
    tried(seed)


TILES = {
    "compiler.groups.BIG": 6, "compiler.groups.CACHE": 200, "compiler.groups.MOST_ROWS": 2, "compiler.groups.GRAIN": 4,
    "compiler.loops.LONG": 6, "native.blas.WORTH_SHARING": 4, "compiler.repeating.LARGE": 0,
    "compiler.products.MOST_ROWS": 2, "compiler.products.GRAIN": 4, "compiler.products.THIN": (1, 1),
    "compiler.repeating.SMALL": 2, "compiler.repeating.HUGE": 0, "compiler.adding.SMALLEST": 1,
}  # fmt: skip
LINES = {"compiler.blocks.OFTEN": 1, "compiler.blocks.FEW": 30, "compiler.blocks.MOST_LINES": 1000}
USUAL: dict[str, int] = {}


def change(monkeypatch, sizes):
    """Let other sizes count as large, or as small."""
    for name, value in sizes.items():
        monkeypatch.setattr(f"wengert.{name}", value)


@pytest.mark.parametrize("seed", range(1000, 1000 + PROGRAMS))
def test_a_random_program_in_tiles_of_rows_and_sums_in_pieces(seed, monkeypatch):
    """What is done with big arrays, done with small ones."""
    pytest.importorskip("llvmlite", reason="only machine code goes by rows")
    change(monkeypatch, TILES)
    tried(seed)


@pytest.mark.parametrize("seed", range(3000, 3000 + PROGRAMS))
def test_a_random_program_as_straight_lines(seed, monkeypatch):
    """What is done with loops that come again and again, done with all."""
    pytest.importorskip("llvmlite", reason="only machine code has straight lines")
    change(monkeypatch, LINES)
    tried(seed)


WRITES = {
    "scale": lambda x, other, loss, factor: x.mul_(factor),
    "add": lambda x, other, loss, factor: x.add_(other, alpha=factor),
    "flip": lambda x, other, loss, factor: x.copy_(other.flip(0) if x.ndim else other),
    "step": lambda x, other, loss, factor: x.sub_(torch.tanh(loss) * factor),
    "first": lambda x, other, loss, factor: x[:1].add_(factor) if x.ndim else x.add_(factor),
    "turn": lambda x, other, loss, factor: x.copy_(x.transpose(0, -1).reshape(x.shape) if x.ndim else x + 1),
}  # fmt: skip


@pytest.mark.parametrize("seed", range(4000, 4000 + PROGRAMS))
def test_a_random_program_that_writes_into_what_it_is_given(seed):
    function, shapes = program(seed)
    choice = random.Random(seed)
    rng = np.random.default_rng(seed)
    writes = [(choice.randrange(3), choice.choice(list(WRITES.values())), choice.random()) for _ in range(4)]

    def step(given):
        with torch.no_grad():
            loss, last = function(*given)
            for at, write, factor in writes:
                others = [y for y in given if y.shape == given[at].shape]
                write(given[at], others[int(factor * len(others))], loss, factor)
            return loss, last

    start = [rng.normal(size=shape) for shape in shapes]
    plain = [torch.tensor(a) for a in start]
    own = [torch.tensor(a) for a in start]
    passed = [torch.tensor(a) for a in start]
    around, given = torch.compile(lambda: step(own)), torch.compile(lambda *x: step(x))
    for _ in range(5):
        expected = [*step(plain), *plain]
        for found in ([*around(), *own], [*given(*passed), *passed]):
            for w, g in zip(expected, found, strict=True):
                scale = max(float(w.abs().amax()) if w.numel() else 0.0, 1.0)
                np.testing.assert_allclose(g.numpy(), w.numpy(), rtol=1e-9, atol=1e-9 * scale)


def tried(seed):
    """Compare a program and what is compiled of it."""
    function, shapes = program(seed)
    rng = np.random.default_rng(seed)
    compiled = torch.compile(function)
    dtype, tolerance = ((torch.float64, 1e-9), (torch.float32, 2e-3))[seed % 2]
    for _ in range(4):
        arrays = [rng.normal(size=shape) for shape in shapes]
        want, got = gradients(function, arrays, dtype), gradients(compiled, arrays, dtype)
        for w, g in zip(want, got, strict=True):
            if w is None:
                assert g is None or not g.any()
                continue
            assert g.shape == w.shape
            scale = max(float(w.detach().abs().amax()) if w.numel() else 0.0, 1.0)
            np.testing.assert_allclose(g.detach().numpy(), w.detach().numpy(), rtol=tolerance, atol=tolerance * scale)
    assert compiled.cache_info().hits >= 2


GRAPHS = 1900
FRESH = 100
"""So many programs are drawn anew at each run; a failure names the seed."""


@pytest.fixture
def quick(monkeypatch):
    """Machine code that LLVM makes nothing of, since it runs once: how to make it of a graph, and run it."""
    try:
        from wengert.native.kernels import LIBRARY
    except ImportError:
        return None
    from wengert.compiler import native
    from wengert.native.machine import machine

    monkeypatch.setattr(machine(), "effort", 0)
    monkeypatch.setattr(LIBRARY, "_known", {})
    MADE.append(LIBRARY._known)

    def run(graph, arrays, sizes):
        with monkeypatch.context() as changed:
            change(changed, sizes)
            found = native(graph).run_any(arrays)
        for key in [key for key in LIBRARY._known if isinstance(key, tuple) and key[0] not in ("lanes", "product")]:
            del LIBRARY._known[key]
        return found

    return run


MADE: list[dict] = []
"""The kernels that were made for one test: threads may still be inside of one."""


def is_kept(seed, quick):
    """Compare what the graph of a program's gradient gives after each pass, and as machine code, with what it gave."""
    from wengert.compiler.passes import PASSES
    from wengert.func import grad
    from wengert.graph import interpret, stage, verify

    function, shapes = program(seed)
    arrays = [np.random.default_rng(seed).normal(size=shape) for shape in shapes]
    graph = stage(grad(lambda *x: function(*x)[0], (0, 1, 2)))(*arrays)
    want = interpret(verify(graph), *arrays)

    start = graph

    def moved(i):
        """How far a result moves if the inputs do by their last digits."""
        rng = np.random.default_rng(seed)
        others = [interpret(start, *(a * (1 + 1e-15 * rng.normal(size=a.shape)) for a in arrays))[i] for _ in range(5)]
        return max(float(np.abs(other - want[i]).max(initial=0)) for other in others)

    def same(found, said, tolerance=1e-11):
        for i, (w, g) in enumerate(zip(want, found, strict=True)):
            room = tolerance * max(float(np.abs(w).max(initial=0)), 1.0)
            if not np.allclose(g, w, rtol=tolerance, atol=room, equal_nan=True):
                room += 100 * moved(i)
            np.testing.assert_allclose(g, w, rtol=tolerance, atol=room, err_msg=f"{said}, with the seed {seed}")

    for step in PASSES:
        graph = verify(step(graph))
        same(interpret(graph, *arrays), f"after {step.__name__}")
    if quick is not None:
        sizes = (USUAL, TILES, LINES)[seed % 3]
        same(quick(graph, arrays, sizes), f"as machine code with {sizes}", 1e-9)


@pytest.mark.parametrize("first", range(2000, 2000 + GRAPHS, 50))
def test_passes_and_machine_code_keep_the_values_of_fifty_graphs(first, quick):
    for seed in range(first, first + 50):
        is_kept(seed, quick)


def test_passes_and_machine_code_keep_the_values_of_graphs_never_seen_before(quick):
    choice = random.SystemRandom()
    for _ in range(FRESH):
        with np.errstate(all="ignore"):  # some come to large numbers
            is_kept(choice.randrange(1 << 40), quick)

"""Rows and their rules as machine code for big arrays: NumPy's digits, wherever they run."""

import numpy as np
import pytest

import wengert as torch
from wengert.compiler import sweeping
from wengert.core import blocks, sweeps
from wengert.core.primitive import TABLE

pytest.importorskip("llvmlite")

EDGES = [0.0, 1.0, np.inf, np.nan, 5e-324, 1e-45, 1.8e308, 3.4e38, 2.5, 0.5, 1.5, 1e-30, 7.0, 1e-8]
BIG = blocks.BIG + 23
LARGEST = {"maximum", "minimum", "relu", "hardtanh", "clamp"}
"""Which of 0 and -0 is the larger is not said by IEEE 754, and processors differ."""


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    """Big arrays are swept from the first time on."""
    monkeypatch.setattr(sweeps, "WORTH", 0)
    assert torch.zeros(BIG).sum() == 0  # from here on the sizes of operands are looked at
    for row in TABLE.values():
        functions = [row.kernel, *(rule.function for rule in row.pulls if rule is not None)]
        for known in filter(None, (getattr(function, "sweeps", None) for function in functions)):
            known.kinds.forget()


@pytest.fixture
def made(monkeypatch):
    """What is made of functions of arrays."""
    found = []

    def sweep(*what, **how):
        found.append(sweeping.sweep(*what, **how))
        return found[-1]

    monkeypatch.setattr(sweeps, "_sweepers", [sweep])
    return found


def numbers(rng, dtype, shape):
    """Half of them edges, half of them ordinary."""
    edges = rng.choice(EDGES, shape) * rng.choice([-1, 1], shape)
    with np.errstate(over="ignore"):
        return np.where(rng.random(shape) < 0.5, edges, 3 * rng.standard_normal(shape)).astype(dtype)


def operands_of(row, dtype, rng):
    values = [numbers(rng, dtype, BIG) for _ in row.operands]
    return [values[0] > 0, *values[1:]] if row.name == "where" else values


def assert_same(found, expected):
    """Every bit, but that of what is no number."""
    assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
    if expected.dtype.kind != "f":
        np.testing.assert_array_equal(found, expected)
        return
    none = np.isnan(expected)
    np.testing.assert_array_equal(np.isnan(found), none)
    assert found[~none].tobytes() == expected[~none].tobytes()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("dtype", ["f", "d"])
@pytest.mark.parametrize("name", sorted(sweeping.EXACT))
def test_a_row_has_the_digits_of_numpy(name, dtype, made):
    row = TABLE[name]
    operands = operands_of(row, dtype, np.random.default_rng(len(name)))
    expected, found = np.asarray(row.kernel.__wrapped__(*operands)), row.kernel(*operands)
    if name in LARGEST:
        expected, found = expected + 0.0, found + 0.0
    assert_same(found, expected)
    assert made
    assert sweeps.NEVER not in made


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(
    "f",
    [
        torch.relu, torch.tanh, torch.sigmoid, torch.exp, torch.sqrt, torch.log, torch.reciprocal, torch.abs,
        torch.square, lambda x: x * 3, lambda x: 2 / x, lambda x: x - 0.1, lambda x: x * x, lambda x: x / (x + 1),
        lambda x: torch.where(x > 0, x, -x), lambda x: torch.clamp(x, -1, 1), lambda x: torch.maximum(x, x * 0.5),
        lambda x: x.reshape(-1, 41) * x.reshape(-1, 41)[0], lambda x: x.reshape(-1, 41) + x.reshape(-1, 41)[:, :1],
        lambda x: torch.nn.functional.leaky_relu(x, 0.1), lambda x: torch.nn.functional.threshold(x, 0.1, 20),
        lambda x: x**3, lambda x: torch.addcmul(x, x, x, value=0.5), lambda x: torch.lerp(x, x * x, 0.3),
    ],
)  # fmt: skip
@pytest.mark.parametrize("weighted", [False, True])
def test_gradients_have_the_digits_of_numpy(f, dtype, weighted, monkeypatch):
    x = torch.rand(41 * 2500, dtype=dtype, generator=torch.Generator().manual_seed(1))
    x = (x + 0.5).requires_grad_()
    weights = torch.sin(x.detach())

    def both():
        out = f(x)
        total = (out * weights.reshape(out.shape)).sum() if weighted else out.sum()
        return [out.detach().numpy(), torch.autograd.grad(total, x)[0].numpy()]

    found = both()
    monkeypatch.setattr(sweeps, "_sweepers", [])
    monkeypatch.setattr(sweeps.Sweeps, "over", lambda *_, **__: None)
    for mine, theirs in zip(found, both(), strict=True):
        assert_same(mine, theirs)


def test_what_is_not_exact_is_left_to_numpy(made):
    x = torch.rand(BIG)
    torch.exp(x)
    torch.exp(x)
    assert made == [sweeps.NEVER]


def test_numbers_may_be_others_at_each_call(made):
    x = torch.rand(BIG)
    for number in (0.1, 3, -2.5, 7):
        assert_same((x * number).numpy(), x.numpy() * np.float32(number))
    assert len(made) == 1


def test_a_number_beyond_float_is_refused_as_before(made):
    with pytest.raises(OverflowError):
        torch.rand(BIG) * 10**400
    assert not made


def test_a_number_too_small_for_the_dtype_is_true_to_a_logical_row():
    x = torch.rand(BIG) + 1
    assert torch.logical_and(x, 1e-46).all()
    assert torch.logical_or(x * 0, 1e-46).all()


def test_updates_in_place_stay_in_place(made):
    w, g = torch.rand(BIG), torch.rand(BIG)
    expected = w.numpy() - np.float32(0.1) * g.numpy()
    memory = w.numpy()
    w.sub_(g * 0.1)
    assert w.numpy() is memory or np.shares_memory(w.numpy(), memory)
    assert_same(memory, expected)
    w.mul_(2).add_(1)
    assert_same(memory, expected * 2 + 1)
    assert sweeps.NEVER not in made


def test_an_update_that_reads_its_own_neighbours():
    w = torch.arange(BIG + 1.0)
    expected = w.numpy()[:-1] + w.numpy()[1:]
    w[:-1].add_(w[1:])
    assert_same(w.numpy()[:-1], expected)


def test_other_byte_orders_and_places_are_left_to_numpy(made):
    add = TABLE["add"].kernel
    swapped = np.arange(BIG, dtype=">f4")
    assert (add(swapped, swapped) == 2 * np.arange(BIG)).all()
    odd = np.zeros(4 * BIG + 1, np.uint8)[1:].view(np.float32)
    assert (add(odd, 1) == 1).all()
    assert not made


def test_nothing_is_made_while_something_else_looks(made):
    x = torch.rand(BIG)
    with torch.inference_mode():
        x * x
    assert made == [None]
    x * x
    assert len(made) == 2
    assert callable(made[1])


def test_transforms_and_compiled_functions_find_what_they_did(made):
    x = torch.rand(BIG)
    for f in (torch.func.grad(lambda x: (x * x).sum()), torch.vmap(lambda x: x * 2), torch.compile(lambda x: x * x)):
        first, second, third = f(x), f(x), f(x)
        assert_same(second.numpy(), first.numpy())
        assert_same(third.numpy(), first.numpy())


def test_operands_that_do_not_fit_are_refused_in_pytorch_s_words():
    with pytest.raises(RuntimeError, match=r"The size of tensor a \(\d+\) must match the size of tensor b"):
        torch.rand(BIG) * torch.rand(BIG + 1)


@pytest.mark.parametrize("shapes", [((BIG, 1), (BIG, 0)), ((0, BIG), (1, BIG)), ((2, BIG), (1, 0, 2, 1))])
def test_big_operands_of_an_empty_result(shapes):
    a, b = (torch.ones(shape) for shape in shapes)
    assert (a * b).numel() == 0
    assert (a + b).shape == torch.broadcast_shapes(*shapes)


def test_kinds_are_forgotten_when_there_are_many(monkeypatch):
    monkeypatch.setattr(sweeps, "MOST", 3)
    for extra in range(10):
        x = torch.ones(BIG + extra)
        assert ((x + x) == 2).all()
        assert TABLE["add"].kernel.sweeps.kinds.count <= 4


def test_many_threads_sweep_at_once():
    from concurrent.futures import ThreadPoolExecutor

    xs = [torch.rand(BIG) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        for x, found in zip(xs, pool.map(lambda x: [x * x for _ in range(20)], xs), strict=True):
            for each in found:
                assert_same(each.numpy(), x.numpy() ** 2)

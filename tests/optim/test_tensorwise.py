"""Adafactor and Muon: by formulas in NumPy, beside PyTorch, and compiled."""

import numpy as np
import pytest

import wengert as torch
from wengert.optim.tensorwise import move

SHAPES = [(), (1,), (5,), (3, 4), (6, 2), (1, 1), (2, 3, 4, 5)]
MATRICES = [(3, 4), (6, 2), (5, 5), (1, 7), (32, 80)]
STEPS = 20

ADAFACTOR = [
    {},
    {"lr": 0.3, "weight_decay": 0.1, "maximize": True},
    {"beta2_decay": -0.3, "eps": (1e-2, 0.5), "d": 2.0},
    {"foreach": True, "lr": 1.0},
]
MUON = [
    {},
    {"lr": 0.1, "nesterov": False, "weight_decay": 0.0, "momentum": 0.5},
    {"lr": 0.1, "adjust_lr_fn": "match_rms_adamw", "ns_steps": 3},
    {"lr": 0.1, "adjust_lr_fn": "original", "ns_coefficients": (2.0, -1.5, 0.5), "eps": 1.0},
]
CASES = [pytest.param("Adafactor", options, SHAPES, id=f"Adafactor-{i}") for i, options in enumerate(ADAFACTOR)]
CASES += [pytest.param("Muon", options, MATRICES, id=f"Muon-{i}") for i, options in enumerate(MUON)]


def gradients(shapes, steps=STEPS):
    """Values to begin with, and gradients of different sizes, some of whose elements are zeros."""
    rng = np.random.default_rng(3)
    values = [rng.standard_normal(shape) for shape in shapes]
    return values, [
        [rng.standard_normal(s) * 10.0 ** rng.integers(-3, 2) * (rng.random(s) < 0.9) for s in shapes]
        for _ in range(steps)
    ]


def numbers(values):
    return [np.asarray(v.detach().double().numpy()) for v in values]


def begun(lib, name, options, values, dtype="float64"):
    """An optimizer with its parameters."""
    params = [lib.tensor(v, dtype=getattr(lib, dtype)).requires_grad_() for v in values]
    return getattr(lib.optim, name)(params, **options), params


def go(lib, optimizer, params, steps):
    """Give gradients, and take a step with each: the parameters, and what is kept of them."""
    for grads in steps:
        for p, g in zip(params, grads, strict=True):
            p.grad = lib.tensor(g, dtype=p.dtype)
        optimizer.step()
    kept = {f"{i} {name}": v for i, p in enumerate(params) for name, v in optimizer.state[p].items()}
    return numbers(params), dict(zip(kept, numbers(kept.values()), strict=True))


def adafactor(p, steps, lr=1e-2, beta2_decay=-0.8, eps=(None, 1e-3), d=1.0, weight_decay=0.0, maximize=False, **_):
    """The formula, with means in the place of norms."""
    eps1 = np.finfo(p.dtype).eps if eps[0] is None else eps[0]
    rows = columns = whole = 0.0
    for t, given in enumerate(steps, 1):
        g = -given if maximize else given
        new = t**beta2_decay
        length = max(eps[1], np.sqrt(np.mean(p**2))) * min(lr, t**-0.5)
        p = p * (1 - lr * weight_decay)
        if p.ndim > 1:
            rows = (1 - new) * rows + new * np.mean(g**2, axis=-1, keepdims=True)
            columns = (1 - new) * columns + new * np.mean(g**2, axis=-2, keepdims=True)
            square = rows * columns / np.maximum(rows.mean(axis=-2, keepdims=True), eps1)
        else:
            square = whole = (1 - new) * whole + new * g**2
        update = g / np.sqrt(np.maximum(square, eps1**2))
        p = p - length * update / max(1.0, np.sqrt(np.mean(update**2)) / d)
    return p


@pytest.mark.parametrize("options", ADAFACTOR)
@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-12), ("float32", 1e-6)])
def test_adafactor_is_its_formula(options, dtype, tolerance):
    values, steps = gradients(SHAPES)
    options = {"eps": (np.finfo(dtype).eps, 1e-3), **options}
    found, _ = go(torch, *begun(torch, "Adafactor", options, values, dtype), steps)
    for i, p in enumerate(values):
        np.testing.assert_allclose(found[i], adafactor(p, [s[i] for s in steps], **options), tolerance, tolerance)


@pytest.mark.parametrize("shape", MATRICES)
def test_a_step_of_muon_has_singular_values_near_1(shape):
    g = np.random.default_rng(0).standard_normal(shape)
    optimizer, (p,) = begun(torch, "Muon", {"lr": 1.0, "weight_decay": 0.0}, [np.zeros(shape)])
    ((moved,), kept) = go(torch, optimizer, [p], [[g]])
    u, _, v = np.linalg.svd(g, full_matrices=False)
    size = max(1, shape[0] / shape[1]) ** 0.5
    values = np.diag(u.T @ -moved @ v.T) / size
    assert ((values > 0.5) & (values < 1.5)).all()
    np.testing.assert_allclose(u * values @ v * size, -moved, atol=0.05)
    np.testing.assert_allclose(kept["0 momentum_buffer"], 0.05 * g, rtol=1e-12)


@pytest.mark.parametrize(("kind", "size"), [(None, 3**0.5), ("original", 3**0.5), ("match_rms_adamw", 0.2 * 6**0.5)])
def test_the_length_of_a_step_of_muon_goes_by_the_shape(kind, size):
    def stepped(**options):
        optimizer, params = begun(torch, "Muon", {"weight_decay": 0.0, **options}, [np.zeros((6, 2))])
        return go(torch, optimizer, params, [[np.arange(12.0).reshape(6, 2)]])[0][0]

    np.testing.assert_allclose(stepped(lr=1.0, adjust_lr_fn=kind), stepped(lr=size / 3**0.5), rtol=1e-12)


@pytest.mark.parametrize(("eps", "size"), [(1e-7, 0.5), (0.25, 0.5), (2.0, 2.0)])
@pytest.mark.parametrize("shape", [(2, 3), (3, 2)])
@pytest.mark.parametrize("dtype", ["float64", "bfloat16"])
def test_muon_divides_by_a_norm_of_at_least_eps(eps, size, shape, dtype):
    g = np.zeros(shape)
    g[1, 0] = 0.5
    options = {"lr": 1.0, "weight_decay": 0, "momentum": 0, "nesterov": False, "ns_steps": 0, "eps": eps}
    (moved,), kept = go(torch, *begun(torch, "Muon", options, [np.zeros(shape)], dtype), [[g]])
    np.testing.assert_allclose(moved, -g / size * max(1, shape[0] / shape[1]) ** 0.5, rtol=1e-2)
    # PyTorch divides where the numbers are, which is the buffer if that is bfloat16
    assert (kept["0 momentum_buffer"] == (g / size if dtype == "bfloat16" else g)).all()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_a_step_of_half_precision_is_rounded_once(dtype):
    rng = np.random.default_rng(0)
    p, way = torch.tensor(rng.standard_normal(500)).to(dtype), torch.tensor(rng.standard_normal(500)).bfloat16()
    wide = torch.float64 if dtype is torch.float64 else torch.float32
    expected = (p.to(wide) + way.to(wide) * -0.123).to(dtype)
    move(p, way, -0.123)
    assert p.dtype is dtype
    assert torch.equal(p, expected)


def test_the_decay_of_muon_is_apart_from_the_gradient():
    optimizer, params = begun(torch, "Muon", {"lr": 0.5, "weight_decay": 0.5}, [np.ones((2, 2))])
    assert (go(torch, optimizer, params, [[np.zeros((2, 2))]])[0][0] == 0.75).all()


@pytest.mark.parametrize(("name", "options", "shapes"), CASES)
def test_compiled_steps_go_where_others_go(name, options, shapes):
    values, steps = gradients(shapes, 6)
    expected, kept = go(torch, *begun(torch, name, options, values), steps)
    optimizer, params = begun(torch, name, options, values)

    @torch.compile
    def step(*grads):
        for p, g in zip(params, grads, strict=True):
            p.grad = g
        optimizer.step()

    for grads in steps:
        step(*(torch.tensor(g, dtype=torch.float64) for g in grads))
    assert step.cache_info().hits >= 3
    # in machine code a sum of products in bfloat16 may be rounded the other way
    tolerance = 1e-3 if name == "Muon" else 1e-6
    for mine, theirs in zip(numbers(params), expected, strict=True):
        np.testing.assert_allclose(mine, theirs, tolerance, tolerance)
    for i, p in enumerate(params):
        for key, value in optimizer.state[p].items():
            np.testing.assert_allclose(numbers([value])[0], kept[f"{i} {key}"], 1e-6, 1e-9)


@pytest.mark.parametrize("compiled", [False, True])
def test_a_parameter_that_is_nan_somewhere_still_moves_elsewhere(compiled):
    optimizer, (p,) = begun(torch, "Adafactor", {}, [np.array([np.nan, 1.0])])

    def step():
        p.grad = torch.ones(2, dtype=torch.float64)
        optimizer.step()

    step = torch.compile(step) if compiled else step
    for _ in range(3):
        step()
    assert np.isnan(p[0].item())
    assert p[1].item() == pytest.approx(1 - 3 * 1e-3 * 1e-2)  # eps2 stands for the size that is not known


@pytest.mark.parametrize("name", ["Adafactor", "Muon"])
def test_a_rate_may_be_a_tensor_and_a_closure_gives_the_loss(name):
    values, _ = gradients([(3, 4)])
    ends = []
    for rate in (0.1, torch.tensor(0.1, dtype=torch.float64), torch.tensor([0.1], dtype=torch.float64)):
        optimizer, (p,) = begun(torch, name, {"lr": rate, "weight_decay": 0.1}, values)

        def closure(optimizer=optimizer, p=p):
            optimizer.zero_grad()
            loss = (p * p).sum()
            loss.backward()
            return loss

        losses = [optimizer.step(closure).item() for _ in range(3)]
        assert losses == sorted(losses, reverse=True)
        ends.append(p.tolist())
    assert ends[0] == ends[1] == ends[2]


@pytest.mark.parametrize("name", ["Adafactor", "Muon"])
def test_groups_have_options_of_their_own(name):
    a, b, c = (torch.ones(2, 2, requires_grad=True) for _ in range(3))
    optimizer = getattr(torch.optim, name)([a], lr=0.1)
    optimizer.add_param_group({"params": [b, c], "lr": 0.05})
    a.grad = b.grad = torch.ones(2, 2)
    optimizer.step()
    expected = torch.ones(2, 2, requires_grad=True)
    expected.grad = torch.ones(2, 2)
    getattr(torch.optim, name)([expected], lr=0.05).step()
    assert torch.equal(b, expected)
    assert (1 - a).min() > (1 - b).max()
    assert torch.equal(c, torch.ones(2, 2))
    assert c not in optimizer.state


@pytest.mark.parametrize("name", ["Adafactor", "Muon"])
def test_complex_parameters_are_refused(name):
    p = torch.ones(2, 2, dtype=torch.complex64, requires_grad=True)
    optimizer = getattr(torch.optim, name)([p])
    p.grad = torch.ones_like(p)
    with pytest.raises(RuntimeError, match=f"^{name} does not support complex parameters$"):
        optimizer.step()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"ns_steps": 100}, "Number of steps must be less than 100 for computational efficiency"),
        ({"ns_coefficients": (1.0, 2.0)}, "Coefficients must be a tuple of exactly 3 values"),
        ({"params": [torch.ones(2, requires_grad=True)]}, "Param gradient must be a 2D matrix"),
    ],
)
def test_what_muon_finds_wrong_at_a_step(options, words):
    optimizer = torch.optim.Muon([torch.ones(2, 2, requires_grad=True)])
    optimizer.add_param_group({"params": [torch.ones(1, 2, requires_grad=True)], **options})
    for p in optimizer.param_groups[1]["params"]:
        p.grad = torch.ones_like(p)
    with pytest.raises(ValueError, match=f"^{words}$"):
        optimizer.step()


def test_the_state_of_adafactor_by_dimensions():
    optimizer, params = begun(torch, "Adafactor", {}, [np.ones(s) for s in SHAPES])
    _, kept = go(torch, optimizer, params, [[np.ones(s) for s in SHAPES]])
    shapes = {key: value.shape for key, value in kept.items()}
    assert (shapes["0 variance"], shapes["2 variance"]) == ((), (5,))
    assert (shapes["3 row_var"], shapes["3 col_var"]) == ((3, 1), (1, 4))
    assert (shapes["6 row_var"], shapes["6 col_var"]) == ((2, 3, 4, 1), (2, 3, 1, 5))
    assert list(optimizer.state[params[3]]) == ["step", "row_var", "col_var"]


def test_a_count_that_is_a_number_is_loaded_as_a_tensor():
    optimizer, params = begun(torch, "Adafactor", {}, [np.ones(3)])
    go(torch, optimizer, params, [[np.ones(3)]])
    saved = optimizer.state_dict()
    saved["state"][0]["step"] = 7
    optimizer.load_state_dict(saved)
    go(torch, optimizer, params, [[np.ones(3)]])
    assert optimizer.state[params[0]]["step"].item() == 8


# ---------------------------------------------------------------------------- beside PyTorch


def agree(mine, theirs, tolerance, of_params=None):
    (params, kept), (others, others_kept) = mine, theirs
    assert list(kept) == list(others_kept)
    near(params, others, of_params or tolerance)
    near(kept.values(), others_kept.values(), tolerance)


def near(mine, theirs, tolerance):
    for a, b in zip(mine, theirs, strict=True):
        assert a.shape == b.shape
        np.testing.assert_allclose(a, b, tolerance, tolerance * np.abs(b).max(initial=0))


def rounded(name, tolerance):
    """That of parameters: a sum of products in bfloat16 may be rounded the other way."""
    return max(tolerance, 1e-3) if name == "Muon" else tolerance


@pytest.mark.peers
@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-12), ("float32", 1e-6), ("bfloat16", 0.02)])
@pytest.mark.parametrize(("name", "options", "shapes"), CASES)
def test_parameters_and_states_are_pytorchs(name, options, shapes, dtype, tolerance):
    pytorch = pytest.importorskip("torch")
    values, steps = gradients(shapes)
    mine, theirs = (go(lib, *begun(lib, name, options, values, dtype), steps) for lib in (torch, pytorch))
    agree(mine, theirs, tolerance, rounded(name, tolerance))


@pytest.mark.peers
@pytest.mark.parametrize("options", MUON)
@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-12), ("float32", 1e-6)])
def test_steps_of_muon_for_small_matrices_are_pytorchs(options, dtype, tolerance):
    pytorch = pytest.importorskip("torch")
    values, steps = gradients([(3, 4), (6, 2), (1, 7)])  # no sum has terms enough to be rounded the other way
    agree(*(go(lib, *begun(lib, "Muon", options, values, dtype), steps) for lib in (torch, pytorch)), tolerance)


@pytest.mark.peers
@pytest.mark.parametrize("towards", ["wengert", "torch"])
@pytest.mark.parametrize(("name", "options", "shapes"), CASES)
def test_states_are_exchanged_with_pytorch(name, options, shapes, towards):
    pytorch = pytest.importorskip("torch")
    here, there = (pytorch, torch) if towards == "wengert" else (torch, pytorch)
    values, steps = gradients(shapes)
    optimizer, params = begun(here, name, options, values)
    halfway, _ = go(here, optimizer, params, steps[:10])
    saved = optimizer.state_dict()
    other, others = begun(there, name, options, halfway)
    saved["state"] = {
        i: {key: there.tensor(v.numpy(), dtype=getattr(there, str(v.dtype).removeprefix("torch.")))
            for key, v in kept.items()} for i, kept in saved["state"].items()
    }  # fmt: skip
    other.load_state_dict(saved)
    agree(go(there, other, others, steps[10:]), go(here, optimizer, params, steps[10:]), 1e-12, rounded(name, 1e-12))


@pytest.mark.peers
def test_the_least_square_is_that_of_the_first_parameter_as_in_pytorch():
    pytorch = pytest.importorskip("torch")

    def stepped(lib):
        params = [lib.ones(3, dtype=d).requires_grad_() for d in (lib.float32, lib.float64)]
        return go(lib, lib.optim.Adafactor(params), params, [[np.full(3, 1e-10)] * 2])[0][1]

    np.testing.assert_allclose(stepped(torch), stepped(pytorch), rtol=1e-14)
    assert stepped(torch)[0] > 0.999  # a gradient below the eps of float32 is no whole step


WRONG = [
    ("Adafactor", {"lr": -1.0}), ("Adafactor", {"lr": float("nan")}), ("Adafactor", {"beta2_decay": 0.5}),
    ("Adafactor", {"eps": (-1.0, 1.0)}), ("Adafactor", {"eps": (None, -1.0)}), ("Adafactor", {"d": 0.5}),
    ("Adafactor", {"weight_decay": -1}), ("Muon", {"lr": -1.0}), ("Muon", {"momentum": -1.0}),
    ("Muon", {"weight_decay": -1.0}), ("Muon", {"adjust_lr_fn": "a"}),
    ("Muon", {"adjust_lr_fn": ["a"]}), ("Muon", {}), ("Muon", {"ns_steps": 100}),
    ("Muon", {"ns_coefficients": (1, 2, 3, 4)}),
]  # fmt: skip


@pytest.mark.peers
@pytest.mark.parametrize(("name", "options"), WRONG)
def test_errors_are_pytorchs(name, options):
    pytorch = pytest.importorskip("torch")
    said = []
    for lib in (torch, pytorch):
        p = lib.ones((2, 2) if options else (2, 2, 3)).requires_grad_()
        p.grad = lib.ones_like(p)
        with pytest.raises(ValueError, match=" ") as caught:
            getattr(lib.optim, name)([p], **options).step()
        said.append(str(caught.value))
    assert said[0] == said[1]

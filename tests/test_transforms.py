"""grad, vjp, jvp and vmap: nested, over containers, with auxiliary results."""

import itertools
import math
from collections import OrderedDict
from typing import NamedTuple

import numpy as np
import pytest

import wengert as torch
from wengert import func
from wengert.func import grad, grad_and_value, jvp, value_and_grad, vjp, vmap

X = 0.7


def number(value):
    return pytest.approx(float(value), rel=1e-12, abs=1e-13)


def f64(*values):
    return torch.tensor(values[0] if len(values) == 1 else list(values), dtype=torch.float64)


# ------------------------------------------------------------------------ nesting, to depth 3


def by_grad(f):
    return grad(f)


def by_vjp(f):
    return lambda x: vjp(f, x)[1](torch.ones_like(x))[0]


def by_jvp(f):
    return lambda x: jvp(f, (x,), (torch.ones_like(x),))[1]


def by_value_and_grad(f):
    return lambda x: value_and_grad(f)(x)[1]


DERIVATIVES = {"grad": by_grad, "vjp": by_vjp, "jvp": by_jvp, "value_and_grad": by_value_and_grad}

FUNCTIONS = {
    "sin": (torch.sin, [math.cos(X), -math.sin(X), -math.cos(X)]),
    "exp(2x)": (lambda x: torch.exp(2 * x), [2 * math.exp(2 * X), 4 * math.exp(2 * X), 8 * math.exp(2 * X)]),
    "x**4": (lambda x: x**4, [4 * X**3, 12 * X**2, 24 * X]),
    "1/x": (lambda x: 1 / x, [-1 / X**2, 2 / X**3, -6 / X**4]),
    "log": (torch.log, [1 / X, -1 / X**2, 2 / X**3]),
    "x*sum of [x, x]": (lambda x: x * torch.stack([x, x]).sum(), [4 * X, 4.0, 0.0]),
    "max(x, 0)**3": (lambda x: torch.relu(x) ** 3, [3 * X**2, 6 * X, 6.0]),
    "[x, 2x] . [x, 2x]": (lambda x: torch.dot(torch.stack([x, 2 * x]), torch.stack([x, 2 * x])), [10 * X, 10.0, 0.0]),
}


@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_nested_derivatives(name, depth):
    function, expected = FUNCTIONS[name]
    for ways in itertools.product(DERIVATIVES.values(), repeat=depth):
        derived = function
        for way in ways:
            derived = way(derived)
        assert derived(f64(X)).item() == number(expected[depth - 1]), [w.__name__ for w in ways]


@pytest.mark.parametrize("where", range(3))
def test_vmap_anywhere_among_two_derivatives(where):
    points = f64(0.1, 0.7, 2.0)
    for first, second in itertools.product(DERIVATIVES.values(), repeat=2):
        if where == 0:
            derived = vmap(second(first(torch.sin)))
        elif where == 1:
            # per-entry derivatives, summed, then differentiated again
            inner = vmap(first(torch.sin))
            derived = grad(lambda xs, inner=inner: inner(xs).sum())
        else:
            derived = grad(lambda xs, f=first: grad(lambda ys: vmap(torch.sin)(ys).sum())(xs).sum())
        np.testing.assert_allclose(derived(points).numpy(), -np.sin(points.numpy()), rtol=1e-12)


def test_vmap_in_vmap_in_grad():
    rows, columns = f64([1.0, 2.0]), f64([3.0, 4.0, 5.0])
    table = vmap(lambda a: vmap(lambda b: grad(lambda t: t**2 * b)(a))(columns))(rows)
    np.testing.assert_allclose(table.numpy(), 2 * np.outer([1, 2], [3, 4, 5]))


def test_hessian_of_rosenbrock_both_ways():
    def rosenbrock(x):
        return 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2

    at = f64(0.5, -0.3)
    a, b = 0.5, -0.3
    expected = [[1200 * a**2 - 400 * b + 2, -400 * a], [-400 * a, 200]]
    eye = torch.eye(2, dtype=torch.float64)
    forward = vmap(lambda v: jvp(grad(rosenbrock), (at,), (v,))[1])(eye)
    _, pull = vjp(grad(rosenbrock), at)
    backward = vmap(lambda v: pull(v)[0])(eye)
    np.testing.assert_allclose(forward.numpy(), expected, rtol=1e-13)
    np.testing.assert_allclose(backward.numpy(), expected, rtol=1e-13)


# ------------------------------------------------------------------------ whose derivative is whose


def test_perturbations_are_not_confused():
    # d/dx (x * d/dy (x + y)) = 1; a system that mixes the two perturbations gives 2
    for outer, inner in itertools.product(DERIVATIVES.values(), repeat=2):
        found = outer(lambda x, inner=inner: x * inner(lambda y: x + y)(f64(3.0)))(f64(2.0))
        assert found.item() == 1.0


def test_the_amazing_bug():
    # D applied to a function that returns a function: the inner derivative keeps its own level
    def shifted(offset):
        return lambda g: lambda x: g(x + offset)

    def derivative_at_zero(make):
        return lambda g: lambda x: jvp(lambda h: make(h)(g)(x), (f64(0.0),), (f64(1.0),))[1]

    derive = derivative_at_zero(shifted)
    assert derive(derive(torch.exp))(f64(1.0)).item() == number(math.e)


def test_a_constant_of_the_outer_function_is_constant_inside():
    found = grad(lambda x: grad(lambda y: x * x * x)(x) + x)(f64(2.0))
    assert found.item() == 1.0


def test_forward_inside_reverse_is_not_zero():
    found = grad(lambda x: jvp(lambda y: y**3, (x,), (torch.ones_like(x),))[1])(f64(2.0))
    assert found.item() == 12.0


def test_the_tangent_may_depend_on_the_outer_variable():
    found = grad(lambda x: jvp(lambda y: y**2, (f64(3.0),), (x * x,))[1])(f64(2.0))
    assert found.item() == 24.0  # d/dx (6 x**2)


def test_the_cotangent_may_depend_on_the_outer_variable():
    found = grad(lambda x: vjp(lambda y: y**2, f64(3.0))[1](x * x)[0])(f64(2.0))
    assert found.item() == 24.0


# ------------------------------------------------------------------------ per-example gradients


def test_gradients_per_example_equal_a_loop():
    torch.manual_seed(0)
    weights = {"w": torch.randn(4, 3), "b": torch.randn(3)}
    inputs, targets = torch.randn(5, 4), torch.randn(5, 3)

    def loss(parameters, x, y):
        return ((torch.tanh(x @ parameters["w"] + parameters["b"]) - y) ** 2).mean()

    def one(parameters, x, y):
        return loss(parameters, x.reshape(1, 4), y)

    batched = vmap(grad(one), in_dims=(None, 0, 0))(weights, inputs, targets)
    for i in range(5):
        alone = grad(one)(weights, inputs[i], targets[i])
        for name in weights:
            np.testing.assert_allclose(batched[name][i].numpy(), alone[name].numpy(), rtol=1e-5, atol=1e-7)
    total = grad(lambda p: vmap(one, in_dims=(None, 0, 0))(p, inputs, targets).sum())(weights)
    np.testing.assert_allclose(batched["w"].sum(0).numpy(), total["w"].numpy(), rtol=1e-5, atol=1e-6)


def test_gradient_of_an_unbatched_operand_is_per_example():
    scale = f64(2.0)
    found = vmap(lambda x: grad(lambda s: s * x)(scale))(f64(1.0, 2.0, 3.0))
    assert found.tolist() == [1.0, 2.0, 3.0]


def test_one_nan_example_does_not_spoil_the_others():
    found = vmap(grad(torch.log))(f64(float("nan"), 2.0))
    assert math.isnan(found[0].item())
    assert found[1].item() == 0.5


@pytest.mark.filterwarnings("ignore:divide by zero")
def test_an_unused_branch_does_not_turn_infinity_into_nan():
    # 1/x has an infinite slope at 0, and the result does not depend on it
    def f(x):
        _ = 1 / x
        return x * 2

    assert grad(f)(f64(0.0)).item() == 2.0
    assert jvp(f, (f64(0.0),), (f64(1.0),))[1].item() == 2.0


# ------------------------------------------------------------------------ arguments and results


class Pair(NamedTuple):
    left: torch.Tensor
    right: torch.Tensor


def test_containers_keep_their_type():
    given = {"a": f64(1.0), "b": [f64(2.0), (f64(3.0), None)], "c": Pair(f64(4.0), f64(5.0))}
    found = grad(lambda p: p["a"] * p["b"][0] * p["b"][1][0] + p["c"].left * p["c"].right)(given)
    assert found["a"].item() == 6.0
    assert found["b"][0].item() == 3.0
    assert found["b"][1][0].item() == 2.0
    assert found["b"][1][1] is None
    assert isinstance(found["c"], Pair)
    assert found["c"].left.item() == 5.0
    ordered = grad(lambda p: p["x"] * 2)(OrderedDict(x=f64(1.0)))
    assert isinstance(ordered, OrderedDict)


def test_jvp_and_vjp_over_containers():
    primals = ({"x": f64(2.0)}, [f64(3.0)])
    value, moved = jvp(lambda d, l: {"y": d["x"] * l[0]}, primals, ({"x": f64(1.0)}, [f64(10.0)]))
    assert value["y"].item() == 6.0
    assert moved["y"].item() == 23.0
    value, pull = vjp(lambda d, l: (d["x"] * l[0], d["x"]), *primals)
    assert [v.item() for v in value] == [6.0, 2.0]
    d, l = pull((f64(1.0), f64(100.0)))
    assert (d["x"].item(), l[0].item()) == (103.0, 2.0)
    d, l = pull((f64(0.0), f64(1.0)))
    assert (d["x"].item(), l[0].item()) == (1.0, 0.0)


@pytest.mark.parametrize(("argnums", "expected"), [(0, 3.0), (1, 2.0), (-1, 2.0), ((0,), (3.0,)), ((1, 0), (2.0, 3.0))])
def test_argnums(argnums, expected):
    found = grad(lambda x, y: x * y, argnums)(2.0, 3.0)
    if isinstance(expected, tuple):
        assert isinstance(found, tuple)
        assert tuple(g.item() for g in found) == expected
    else:
        assert found.item() == expected


def test_keyword_arguments_are_not_differentiated():
    assert grad(lambda x, *, power: x**power)(2.0, power=3).item() == 12.0


def test_has_aux():
    def f(x):
        return x**2, {"twice": 2 * x, "words": "as they are"}

    slope, aux = grad(f, has_aux=True)(f64(3.0))
    assert slope.item() == 6.0
    assert type(aux["twice"]) is torch.Tensor
    assert aux["twice"].item() == 6.0
    assert aux["words"] == "as they are"
    (value, aux), slope = value_and_grad(f, has_aux=True)(f64(3.0))
    assert (value.item(), slope.item(), aux["twice"].item()) == (9.0, 6.0, 6.0)
    slope, (value, aux) = grad_and_value(f, has_aux=True)(f64(3.0))
    assert (value.item(), slope.item(), aux["twice"].item()) == (9.0, 6.0, 6.0)
    value, pull, aux = vjp(f, f64(3.0), has_aux=True)
    assert (value.item(), pull(f64(1.0))[0].item(), aux["twice"].item()) == (9.0, 6.0, 6.0)
    value, moved, aux = jvp(f, (f64(3.0),), (f64(1.0),), has_aux=True)
    assert (value.item(), moved.item(), aux["twice"].item()) == (9.0, 6.0, 6.0)


@pytest.mark.parametrize(
    ("given", "dtype"),
    [(2.0, torch.float32), (np.float64(2.0), torch.float64), (np.array(2.0), torch.float64),
     (np.array(2.0, np.float32), torch.float32), (torch.tensor(2.0), torch.float32)],
)  # fmt: skip
def test_numbers_and_arrays_are_taken(given, dtype):
    found = grad(lambda x: x**3)(given)
    assert type(found) is torch.Tensor
    assert found.dtype is dtype
    assert found.item() == 12.0


@pytest.mark.parametrize("constant", [torch.sign, torch.floor, lambda x: x**0, lambda x: f64(1.0), torch.zeros_like])
def test_a_derivative_that_is_zero_is_a_tensor(constant):
    for found in (
        grad(constant)(f64(X)),
        vjp(constant, f64(X))[1](f64(1.0))[0],
        jvp(constant, (f64(X),), (f64(1.0),))[1],
        vmap(grad(constant))(f64(X, X))[0],
        grad(grad(constant))(f64(X)),
    ):
        assert type(found) is torch.Tensor
        assert found.item() == 0.0
        assert found.dtype is torch.float64


def test_a_gradient_has_the_dtype_of_its_argument():
    a, b = torch.tensor(2.0, dtype=torch.float32), torch.tensor([3.0], dtype=torch.float64)
    da, db = grad(lambda x, y: (x * y).sum(), (0, 1))(a, b)
    assert (da.dtype, db.dtype) == (torch.float32, torch.float64)


def test_a_cotangent_is_brought_into_the_dtype_of_the_output():
    _, pull = vjp(torch.sin, torch.tensor([0.0, 1.0]))
    (found,) = pull(np.ones(2))
    assert found.dtype is torch.float32


def test_vjp_can_be_pulled_twice():
    _, pull = vjp(torch.exp, f64(0.0))
    assert [pull(f64(1.0))[0].item(), pull(f64(2.0))[0].item()] == [1.0, 2.0]


def test_the_name_and_words_of_a_function_are_kept():
    def loss(x):
        """How far off."""
        return x

    for made in (grad(loss), value_and_grad(loss), grad_and_value(loss), vmap(loss)):
        assert (made.__name__, made.__doc__) == ("loss", "How far off.")


# ------------------------------------------------------------------------ with the tape of backward()


def test_no_grad_inside_stops_every_mode():
    def f(x):
        with torch.no_grad():
            y = x * x
        return x + y

    assert grad(f)(3.0).item() == 1.0
    assert jvp(f, (3.0,), (1.0,))[1].item() == 1.0
    assert vjp(f, f64(3.0))[1](f64(1.0))[0].item() == 1.0


def test_no_grad_outside_does_not_stop_a_transform():
    with torch.no_grad():
        assert grad(lambda x: x**2)(3.0).item() == 6.0
        assert jvp(lambda x: x**2, (3.0,), (1.0,))[1].item() == 6.0


def test_detach_stops_one_path():
    def f(x):
        return x * x.detach()

    assert grad(f)(3.0).item() == 3.0
    assert jvp(f, (3.0,), (1.0,))[1].item() == 3.0
    assert vmap(grad(f))(f64(3.0, 4.0)).tolist() == [3.0, 4.0]


def test_detach_of_the_inner_level_keeps_the_outer_one():
    # d/dx [ d/dy (y * detach(y) * x) at y = x ] = d/dx (x * x), seen from the outer level
    def outer(x):
        return grad(lambda y: y * y.detach() * x)(x)

    assert grad(outer)(f64(3.0)).item() == 3.0


def test_a_captured_tensor_gets_its_gradient_outside():
    w = torch.tensor(3.0, requires_grad=True)
    slope = grad(lambda x: w * x**2)(torch.tensor(2.0))
    assert slope.requires_grad
    slope.backward()
    assert w.grad.item() == 4.0  # d/dw (2 w x)


def test_a_transform_of_a_recorded_tensor_is_recorded():
    x = torch.tensor(2.0, requires_grad=True)
    for derived in DERIVATIVES.values():
        x.grad = None
        derived(lambda t: t**3)(x).backward()
        assert x.grad.item() == 12.0


def test_vmap_of_a_captured_tensor_is_recorded():
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    vmap(lambda x: torch.dot(w, x))(torch.ones(3, 2)).sum().backward()
    assert w.grad.tolist() == [3.0, 3.0]


# ------------------------------------------------------------------------ vmap


@pytest.mark.parametrize("out_dims", [0, 1, -1])
@pytest.mark.parametrize("in_dims", [0, 1, -1])
def test_in_dims_and_out_dims(in_dims, out_dims):
    x = f64(np.arange(6.0).reshape(2, 3).tolist())
    moved = np.moveaxis(x.numpy(), in_dims, 0)
    want = np.moveaxis(2 * moved, 0, out_dims)
    np.testing.assert_array_equal(vmap(lambda row: 2 * row, in_dims, out_dims)(x).numpy(), want)


def test_dims_over_containers():
    given = {"a": f64([[1.0, 2.0, 3.0]]), "b": (f64([1.0, 2.0, 3.0]), f64(10.0))}

    def f(d, c):
        return {"sum": d["a"] + d["b"][0] * d["b"][1], "none": None}, d["a"] * c

    (first, second) = vmap(f, in_dims=({"a": 1, "b": (0, None)}, None), out_dims=(0, 1))(given, f64(2.0))
    assert first["sum"].tolist() == [[11.0], [22.0], [33.0]]
    assert first["none"] is None
    assert second.tolist() == [[2.0, 4.0, 6.0]]


def test_unbatched_results_are_repeated():
    found = vmap(lambda x: (f64([1.0, 2.0]), 7.0, x))(f64(1.0, 2.0, 3.0))
    assert found[0].tolist() == [[1.0, 2.0]] * 3
    assert found[1].tolist() == [7.0] * 3
    at_the_end = vmap(lambda x: f64([1.0, 2.0]), out_dims=1)(f64(1.0, 2.0, 3.0))
    assert at_the_end.shape == (2, 3)
    negative = vmap(lambda x: f64([1.0, 2.0]), out_dims=-1)(f64(1.0, 2.0, 3.0))
    assert negative.shape == (2, 3)
    same = vmap(lambda x: (f64([1.0, 2.0]), x), out_dims=(None, 0))(f64(1.0, 2.0, 3.0))
    assert same[0].shape == (2,)


def test_an_empty_batch():
    assert vmap(lambda x: x.sum())(torch.zeros(0, 3)).shape == (0,)


def test_vmap_sees_shapes_without_the_batch():
    seen = []
    vmap(lambda x: seen.append((x.shape, x.ndim, len(x))) or x)(torch.zeros(5, 2, 3))
    assert seen == [((2, 3), 2, 2)]


# ------------------------------------------------------------------------ values and errors inside


def test_branches_on_values_work_in_grad_and_jvp():
    def f(x):
        return x**2 if x > 0 else -x

    assert grad(f)(3.0).item() == 6.0
    assert grad(f)(-3.0).item() == -1.0
    assert grad(grad(f))(3.0).item() == 2.0
    assert jvp(f, (3.0,), (1.0,))[1].item() == 6.0


def test_an_error_inside_leaves_no_mode_behind():
    with torch.no_grad(), pytest.raises(ZeroDivisionError):
        grad(lambda x: 1 // 0)(1.0)
    assert torch.is_grad_enabled()
    x = torch.tensor(1.0, requires_grad=True)
    assert (x * x).requires_grad


def test_a_value_that_escapes_its_transform_is_harmless():
    kept = []
    grad(lambda x: kept.append(x) or x * x)(f64(3.0))
    assert (kept[0] * 2).item() == 6.0


@pytest.mark.parametrize("captured", [False, True])
def test_a_hook_inside_runs_once(captured):
    """The walk turns back where it meets something other than its arguments, before anything has happened."""
    calls = []
    w = torch.tensor(3.0, requires_grad=captured)

    def f(x):
        y = w * x
        y.register_hook(lambda g: calls.append(g) or g * 5)
        return (y * y).sum()

    found = grad(f)(torch.tensor([1.0, 2.0]))
    assert len(calls) == 1
    assert found.tolist() == [90.0, 180.0]
    assert found.requires_grad == captured


class TimesConstant(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, constant):
        ctx.save_for_backward(constant)
        return x * constant

    @staticmethod
    def backward(ctx, g):
        return g * ctx.saved_tensors[0], None


def test_what_gets_no_cotangent_may_still_be_in_the_gradient():
    w = torch.tensor(3.0, requires_grad=True)
    found = grad(lambda x: TimesConstant.apply(x, w).sum())(torch.tensor([1.0, 2.0]))
    found.sum().backward()
    assert w.grad == 2.0


def test_what_has_no_derivative_says_so():
    a = torch.tensor([1.0, 2.0])
    for call, words in (
        (lambda: func.grad(lambda a: (a * 1j).sum())(a), "only for real scalar outputs but got torch.complex64"),
        (lambda: func.jacrev(lambda a: a.argmax())(a), "All outputs of f must be floating-point or complex"),
        (lambda: func.vjp(lambda a: a.argmax(), a), "All outputs of f must be floating-point or complex"),
        (lambda: func.jacrev(lambda a: a * 1j)(a), "jacrev: Expected all outputs to be real"),
        (lambda: func.grad(lambda a, b: (a * b).sum(), argnums=(0, 0))(a, a), "argnums elements must be unique"),
        (lambda: func.functionalize(lambda a: a, remove="all")(a), "received invalid argument for remove=all"),
    ):
        with pytest.raises(RuntimeError, match=words):
            call()
    torch.testing.assert_close(func.jacfwd(lambda a: a * 1j)(a), 1j * torch.eye(2))


def test_gradients_of_values_of_a_transform_are_refused_however_they_are_asked_for():
    functional, x = torch.autograd.functional, torch.tensor([1.0, 2.0, 3.0])

    def batched(x):
        y = x * 1
        seeds = torch.eye(3)
        return torch.autograd.grad(y.sin(), y, seeds, create_graph=True, is_grads_batched=True)[0].sum()

    cubes = lambda y: y**3  # noqa: E731
    asking = {
        "jacobian": lambda x: functional.jacobian(cubes, x, create_graph=True).sum(0),
        "hessian": lambda x: functional.hessian(lambda y: cubes(y).sum(), x, create_graph=True).sum(0),
        "vjp": lambda x: functional.vjp(cubes, x, torch.ones(3), create_graph=True)[1],
        "hvp": lambda x: functional.hvp(lambda y: cubes(y).sum(), x, torch.ones(3), create_graph=True)[1],
        "batched": batched,
    }
    for function in asking.values():
        slope = func.grad(lambda x, f=function: f(x).sum())
        for call in (
            lambda f=function: func.vmap(f)(torch.stack([x, x])),
            lambda f=function: func.jvp(f, (x,), (x,)),
            lambda slope=slope: func.grad(lambda x: slope(x).sum())(x),
        ):
            with pytest.raises(RuntimeError, match=r"of a value of a transform|does not require grad"):
                call()
    torch.testing.assert_close(func.grad(lambda x: asking["jacobian"](x).sum())(x), 6 * x)


def test_a_batch_of_positions_is_written_one_in_each():
    at = torch.tensor([1, 2])

    def written(a, i, value):
        a[i] = value
        return a

    x = torch.arange(6.0).reshape(2, 3)
    batched = func.vmap(written, in_dims=(0, 0, None))
    assert batched(x.clone(), at, 9.0).tolist() == [[0, 9, 2], [3, 4, 9]]
    assert func.vmap(lambda i: written(torch.zeros(3), i, 5.0))(at).tolist() == [[0, 5, 0], [0, 0, 5]]
    slope = func.vmap(func.grad(lambda a, i: (written(a * 1, i, a.sum() * 2) ** 2).sum()))(torch.ones(2, 3), at)
    assert slope.tolist() == [[26, 24, 26], [26, 26, 24]]


def test_the_jacobian_of_a_users_function_has_no_history_of_its_own():
    class Squared(torch.autograd.Function):
        generate_vmap_rule = True

        @staticmethod
        def forward(a):
            return a * a

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.save_for_backward(*inputs)

        @staticmethod
        def backward(ctx, g):
            (a,) = ctx.saved_tensors
            return 2 * g * a

    x = torch.tensor([1.0, 2.0])
    assert not func.jacrev(Squared.apply)(x).requires_grad
    assert func.jacrev(Squared.apply)(x.requires_grad_()).requires_grad

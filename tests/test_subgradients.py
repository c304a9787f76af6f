"""PyTorch's gradients where there is no derivative, in every mode.

One table: a function, a point, and the gradient of the sum of its results there.
"""

import math
import warnings

import numpy as np
import pytest

import wengert
from wengert.func import grad, jvp, vmap
from wengert.graph import stage

inf, nan = math.inf, math.nan


def like(torch, x, *numbers):
    """Constants in the dtype of x."""
    return torch.tensor(numbers, dtype=torch.float64)


TABLE = {
    "abs": (lambda torch, x: x.abs(), [0.0], [0.0]),
    "sign": (lambda torch, x: x.sign(), [0.0], [0.0]),
    "sgn": (lambda torch, x: x.sgn(), [0.0], [0.0]),
    "relu": (lambda torch, x: torch.relu(x), [0.0, -0.0], [0.0, 0.0]),
    "threshold": (lambda torch, x: torch.nn.functional.threshold(x, 0.0, 0.0), [0.0], [0.0]),
    "threshold to another value": (lambda torch, x: torch.nn.functional.threshold(x, 1.0, 7.0), [1.0], [0.0]),
    "leaky_relu": (lambda torch, x: torch.nn.functional.leaky_relu(x), [0.0], [0.01]),
    "leaky_relu with a slope": (lambda torch, x: torch.nn.functional.leaky_relu(x, 0.25), [0.0], [0.25]),
    "elu": (lambda torch, x: torch.nn.functional.elu(x), [0.0], [1.0]),
    "elu with alpha": (lambda torch, x: torch.nn.functional.elu(x, 2.0), [0.0], [2.0]),
    "relu6": (lambda torch, x: torch.nn.functional.relu6(x), [0.0, 6.0], [0.0, 0.0]),
    "hardtanh": (lambda torch, x: torch.nn.functional.hardtanh(x), [-1.0, 1.0], [0.0, 0.0]),
    "hardsigmoid": (lambda torch, x: torch.nn.functional.hardsigmoid(x), [-3.0, 3.0], [0.0, 0.0]),
    "hardswish": (lambda torch, x: torch.nn.functional.hardswish(x), [-3.0, 3.0], [0.0, 1.0]),
    "clamp": (lambda torch, x: torch.clamp(x, 0.0, 1.0), [0.0, 1.0], [1.0, 1.0]),
    "clamp_min": (lambda torch, x: torch.clamp_min(x, 0.0), [0.0], [1.0]),
    "maximum": (lambda torch, x: torch.maximum(x, like(torch, x, 1.0)), [1.0], [0.5]),
    "minimum": (lambda torch, x: torch.minimum(x, like(torch, x, 1.0)), [1.0], [0.5]),
    "maximum with itself": (lambda torch, x: torch.maximum(x, x), [1.0], [1.0]),
    "fmax": (lambda torch, x: torch.fmax(x, like(torch, x, 1.0)), [1.0], [1.0]),
    "fmax as the other": (lambda torch, x: torch.fmax(like(torch, x, 1.0), x), [1.0], [0.0]),
    "fmin": (lambda torch, x: torch.fmin(x, like(torch, x, 1.0)), [1.0], [1.0]),
    "fmax with nan": (lambda torch, x: torch.fmax(x, like(torch, x, nan)), [1.0], [1.0]),
    "max": (lambda torch, x: x.max(), [2.0, 1.0, 2.0], [0.5, 0.0, 0.5]),
    "min": (lambda torch, x: x.min(), [2.0, 1.0, 1.0, 1.0], [0.0, 1 / 3, 1 / 3, 1 / 3]),
    "amax": (lambda torch, x: x.amax(0), [2.0, 2.0], [0.5, 0.5]),
    "amin": (lambda torch, x: x.amin(0), [2.0, 2.0], [0.5, 0.5]),
    "max along a dimension": (lambda torch, x: x.max(0).values, [2.0, 2.0, 1.0], [1.0, 0.0, 0.0]),
    "min along a dimension": (lambda torch, x: x.min(0).values, [2.0, 1.0, 1.0], [0.0, 1.0, 0.0]),
    "sort": (lambda torch, x: x.sort().values * like(torch, x, 1.0, 2.0, 3.0), [2.0, 2.0, 1.0], [2.0, 3.0, 1.0]),
    "topk": (lambda torch, x: x.topk(2).values, [1.0, 3.0, 2.0], [0.0, 1.0, 1.0]),
    "kthvalue": (lambda torch, x: x.kthvalue(2).values, [3.0, 1.0, 2.0], [0.0, 0.0, 1.0]),
    "mode": (lambda torch, x: x.mode().values, [1.0, 2.0, 2.0, 1.0, 3.0], [0.0, 0.0, 0.0, 1.0, 0.0]),
    "median": (lambda torch, x: x.median(), [1.0, 2.0, 2.0, 2.0, 3.0], [0.0, 1 / 3, 1 / 3, 1 / 3, 0.0]),
    "median of an even number": (lambda torch, x: x.median(), [4.0, 1.0, 3.0, 2.0], [0.0, 0.0, 0.0, 1.0]),
    "nanmedian": (lambda torch, x: x.nanmedian(), [nan, 1.0, 1.0, 2.0], [0.0, 0.5, 0.5, 0.0]),
    "median along a dimension": (lambda torch, x: x.median(0).values, [3.0, 1.0, 2.0], [0.0, 0.0, 1.0]),
    "cummax": (lambda torch, x: x.cummax(0).values, [2.0, 2.0], [1.0, 1.0]),
    "cummin": (lambda torch, x: x.cummin(0).values, [2.0, 2.0, 3.0], [1.0, 2.0, 0.0]),
    "norm 1": (lambda torch, x: x.norm(1), [0.0, 0.0], [0.0, 0.0]),
    "norm 1.5": (lambda torch, x: x.norm(1.5), [0.0, 0.0], [0.0, 0.0]),
    "norm 2": (lambda torch, x: x.norm(2), [0.0, 0.0], [0.0, 0.0]),
    "norm 3": (lambda torch, x: x.norm(3), [0.0, 0.0], [0.0, 0.0]),
    "norm 0.5 with a zero": (lambda torch, x: x.norm(0.5), [0.0, 1.0], [0.0, 1.0]),
    "norm fro": (lambda torch, x: x.norm(), [0.0, 0.0], [0.0, 0.0]),
    "norm inf": (lambda torch, x: x.norm(inf), [2.0, -2.0, 1.0], [0.5, -0.5, 0.0]),
    "norm -inf": (lambda torch, x: x.norm(-inf), [2.0, -2.0, 3.0], [0.5, -0.5, 0.0]),
    "norm inf of zeros": (lambda torch, x: x.norm(inf), [0.0, 0.0], [0.0, 0.0]),
    "dist": (lambda torch, x: torch.dist(x, like(torch, x, 1.0, 2.0)), [1.0, 2.0], [0.0, 0.0]),
    "std of equal numbers": (lambda torch, x: x.std(), [2.0, 2.0], [0.0, 0.0]),
    "sqrt": (lambda torch, x: x.sqrt(), [0.0], [inf]),
    "rsqrt": (lambda torch, x: x.rsqrt(), [0.0], [-inf]),
    "log": (lambda torch, x: x.log(), [0.0], [inf]),
    "log1p": (lambda torch, x: x.log1p(), [-1.0], [inf]),
    "x**0.5": (lambda torch, x: x**0.5, [0.0], [inf]),
    "x**0": (lambda torch, x: x**0, [0.0], [0.0]),
    "x**1": (lambda torch, x: x**1, [0.0], [1.0]),
    "x**2": (lambda torch, x: x**2, [0.0], [0.0]),
    "0**x": (lambda torch, x: 0**x, [0.0], [0.0]),
    "xlogy of itself": (lambda torch, x: torch.xlogy(x, x), [0.0], [nan]),
    "xlogy of the factor": (lambda torch, x: torch.xlogy(x, like(torch, x, 0.0)), [0.0], [0.0]),
    "atan2": (lambda torch, x: torch.atan2(x, like(torch, x, 0.0)), [0.0], [0.0]),
    "atan2 of the second": (lambda torch, x: torch.atan2(like(torch, x, 0.0), x), [0.0], [0.0]),
    "hypot": (lambda torch, x: torch.hypot(x, x), [0.0], [nan]),
    "asin": (lambda torch, x: x.asin(), [1.0], [inf]),
    "acos": (lambda torch, x: x.acos(), [1.0], [-inf]),
    "acosh": (lambda torch, x: x.acosh(), [1.0], [inf]),
    "atanh": (lambda torch, x: x.atanh(), [1.0], [inf]),
    "floor": (lambda torch, x: x.floor(), [0.0, 1.0], [0.0, 0.0]),
    "ceil": (lambda torch, x: x.ceil(), [0.0, 1.0], [0.0, 0.0]),
    "round": (lambda torch, x: x.round(), [0.5, 1.5], [0.0, 0.0]),
    "trunc": (lambda torch, x: x.trunc(), [0.0, 1.0], [0.0, 0.0]),
    "frac": (lambda torch, x: x.frac(), [0.0, 1.0], [1.0, 1.0]),
    "remainder": (lambda torch, x: x % 2, [0.0, 4.0], [1.0, 1.0]),
    "remainder of the divisor": (lambda torch, x: torch.remainder(like(torch, x, 4.0), x), [2.0], [-2.0]),
    "fmod": (lambda torch, x: torch.fmod(x, 2), [0.0, 4.0], [1.0, 1.0]),
    "div with floor": (lambda torch, x: torch.div(x, 2, rounding_mode="floor"), [4.0], [0.0]),
    "div with trunc": (lambda torch, x: torch.div(x, 2, rounding_mode="trunc"), [4.0], [0.0]),
    "prod with a zero": (lambda torch, x: x.prod(), [0.0, 2.0, 3.0], [6.0, 0.0, 0.0]),
    "prod with two zeros": (lambda torch, x: x.prod(), [0.0, 0.0, 3.0], [0.0, 0.0, 0.0]),
    "cumprod with a zero": (lambda torch, x: x.cumprod(0), [2.0, 0.0, 3.0], [1.0, 8.0, 0.0]),
    "cumprod with two zeros": (lambda torch, x: x.cumprod(0), [0.0, 0.0, 3.0], [1.0, 0.0, 0.0]),
    "where beside log": (lambda torch, x: torch.where(x > 0, x.log(), 0.0), [0.0], [nan]),
    "logsumexp": (lambda torch, x: x.logsumexp(0), [-inf, -inf], [nan, nan]),
    "logaddexp": (lambda torch, x: torch.logaddexp(x, like(torch, x, -inf)), [-inf], [nan]),
    "softmax": (lambda torch, x: torch.softmax(x, 0), [-inf, -inf], [nan, nan]),
    "sinc": (lambda torch, x: x.sinc(), [0.0], [0.0]),
    "nansum": (lambda torch, x: x.nansum(), [nan, 1.0], [0.0, 1.0]),
    "nanmean": (lambda torch, x: x.nanmean(), [nan, 1.0, 2.0], [0.0, 0.5, 0.5]),
    "nan_to_num": (lambda torch, x: x.nan_to_num(), [nan, inf, -inf, 1.0], [0.0, 0.0, 0.0, 1.0]),
    "normalize": (lambda torch, x: torch.nn.functional.normalize(x, dim=0), [0.0, 0.0], [1e12, 1e12]),
    "cosine_similarity": (
        lambda torch, x: torch.nn.functional.cosine_similarity(x, x, dim=0), [0.0, 0.0], [0.0, 0.0]
    ),
    "huber_loss": (
        lambda torch, x: torch.nn.functional.huber_loss(x, 0 * x.detach(), "sum"), [1.0, -1.0, 0.0], [1.0, -1.0, 0.0]
    ),
    "smooth_l1_loss": (
        lambda torch, x: torch.nn.functional.smooth_l1_loss(x, 0 * x.detach(), reduction="sum"),
        [1.0, -1.0, 0.0],
        [1.0, -1.0, 0.0],
    ),
    "l1_loss": (lambda torch, x: torch.nn.functional.l1_loss(x, 0 * x.detach()), [0.0], [0.0]),
    "exp of inf": (lambda torch, x: x.exp(), [inf], [inf]),
    "exp of -inf": (lambda torch, x: x.exp(), [-inf], [0.0]),
    "tanh": (lambda torch, x: x.tanh(), [inf], [0.0]),
    "sigmoid": (lambda torch, x: x.sigmoid(), [inf], [0.0]),
}  # fmt: skip

ENTRIES = [pytest.param(*entry, id=name) for name, entry in TABLE.items()]


def summed(function):
    """The function of a tensor, its results added up."""
    return lambda x: function(wengert, x).sum()


def tensor(point):
    return wengert.tensor(point, dtype=wengert.float64)


def by_backward(function, point):
    x = tensor(point).requires_grad_()
    summed(function)(x).backward()
    return x.grad.tolist()


def by_create_graph(function, point):
    x = tensor(point).requires_grad_()
    return wengert.autograd.grad(summed(function)(x), x, create_graph=True)[0].tolist()


def by_grad(function, point):
    return grad(summed(function))(tensor(point)).tolist()


def by_jvp(function, point):
    """One direction at a time."""
    x = tensor(point)
    if function is TABLE["where beside log"][0]:  # forward, what was not chosen is not multiplied by 0
        assert jvp(lambda x: function(wengert, x), (x,), (x + 1,))[1].tolist() == [0]
        return [nan]
    directions = [tensor([float(i == j) for j in range(len(point))]) for i in range(len(point))]
    return [jvp(lambda x: function(wengert, x), (x,), (along,))[1].sum().item() for along in directions]


def by_vmap(function, point):
    pair = vmap(grad(summed(function)))(tensor([point, point])).tolist()
    np.testing.assert_array_equal(pair[0], pair[1])
    return pair[0]


def by_staging(function, point):
    return stage(grad(summed(function)))(tensor(point))(tensor(point)).tolist()


def by_machine_code(function, point):
    pytest.importorskip("llvmlite", reason="native kernels need llvmlite")
    from wengert.compiler import native

    return native(stage(grad(summed(function)))(tensor(point)))(tensor(point)).tolist()


MODES = [by_backward, by_create_graph, by_grad, by_jvp, by_vmap, by_staging, by_machine_code]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("function", "point", "gradient"), ENTRIES)
def test_the_gradient_is_that_of_pytorch(function, point, gradient, mode):
    np.testing.assert_allclose(mode(function, point), gradient, rtol=1e-15, atol=0)


@pytest.mark.peers
@pytest.mark.parametrize(("function", "point", "gradient"), ENTRIES)
def test_pytorch_gives_that_gradient(function, point, gradient):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    x = torch.tensor(point, dtype=torch.float64, requires_grad=True)
    function(torch, x).sum().backward()
    np.testing.assert_allclose((x.grad + 0).tolist(), gradient, rtol=1e-15, atol=0)  # + 0: zeros may lack memory


# ------------------------------------------------------------------------ second derivatives

LINEAR_IN_PIECES = {
    "relu": lambda torch, x: torch.relu(x),
    "relu6": lambda torch, x: torch.nn.functional.relu6(x),
    "leaky_relu": lambda torch, x: torch.nn.functional.leaky_relu(x),
    "hardtanh": lambda torch, x: torch.nn.functional.hardtanh(x),
    "threshold": lambda torch, x: torch.nn.functional.threshold(x, 0.5, 0.0),
    "abs": lambda torch, x: x.abs(),
    "norm 1": lambda torch, x: x.norm(1),
    "norm inf": lambda torch, x: x.norm(inf),
    "x**1": lambda torch, x: x**1,
    "l1_loss": lambda torch, x: torch.nn.functional.l1_loss(x, 0 * x.detach()),
    "smooth_l1_loss": lambda torch, x: torch.nn.functional.smooth_l1_loss(x, 0 * x.detach(), beta=0.25),
    "huber_loss": lambda torch, x: torch.nn.functional.huber_loss(x, 0 * x.detach(), delta=0.25),
}


def second_derivative(torch, function, point=(-2.0, 0.5, 7.0)):
    x = torch.tensor(point, dtype=torch.float64, requires_grad=True)
    (first,) = torch.autograd.grad(function(torch, x).sum(), x, create_graph=True)
    assert first.requires_grad
    (second,) = torch.autograd.grad(first.sum(), x)
    return (second + 0).tolist()


@pytest.mark.parametrize("function", LINEAR_IN_PIECES.values(), ids=LINEAR_IN_PIECES)
def test_the_second_derivative_of_pieces_is_zeros(function):
    assert second_derivative(wengert, function) == [0, 0, 0]


@pytest.mark.peers
@pytest.mark.parametrize("function", LINEAR_IN_PIECES.values(), ids=LINEAR_IN_PIECES)
def test_so_it_is_in_pytorch(function):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    assert second_derivative(torch, function) == [0, 0, 0]


BENT_AT_ZERO = {
    "elu": lambda torch, x: torch.nn.functional.elu(x, 2.0),
    "selu": lambda torch, x: torch.nn.functional.selu(x),
    "celu": lambda torch, x: torch.nn.functional.celu(x, 0.5),
}


@pytest.mark.parametrize("function", BENT_AT_ZERO.values(), ids=BENT_AT_ZERO)
def test_the_second_derivative_at_the_bend_is_zero(function):
    assert second_derivative(wengert, function, [0.0, -0.0]) == [0, 0]


@pytest.mark.peers
@pytest.mark.parametrize("function", BENT_AT_ZERO.values(), ids=BENT_AT_ZERO)
def test_so_it_is_at_the_bend_in_pytorch(function):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    assert second_derivative(torch, function, [0.0, -0.0]) == [0, 0]


def test_the_zeros_of_the_second_derivative_can_be_added_to_others():
    x = wengert.tensor([-1.0, 2.0], requires_grad=True)
    (first,) = wengert.autograd.grad((wengert.relu(x) * x).sum(), x, create_graph=True)
    assert wengert.autograd.grad(first.sum(), x)[0].tolist() == [0, 2]


# ------------------------------------------------------------------------ what has no derivative


def test_floor_divide_is_recorded_and_refuses_to_go_backward():
    x = wengert.tensor([7.5, 3.0], requires_grad=True)
    for result in (x // 2, 2 // x, wengert.floor_divide(x, x), x.clone().floor_divide_(2)):
        assert result.requires_grad
        with pytest.raises(RuntimeError, match="derivative for aten::floor_divide is not implemented"):
            result.sum().backward()
    assert repr(x // 2) == "tensor([3., 1.], grad_fn=<NotImplemented>)"
    with pytest.raises(RuntimeError, match="derivative for aten::floor_divide"):
        grad(lambda x: (x // 2).sum())(x.detach())


def test_the_norm_that_counts_has_the_gradient_0():
    x = wengert.tensor([1.0, 0.0], requires_grad=True)
    x.norm(0).backward()
    assert x.grad.tolist() == [0, 0]
    assert x.norm(0).item() == 1


def test_no_warning_is_left_over():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"wengert\.")
        for name in ("sqrt", "rsqrt", "xlogy of itself", "hypot", "norm 0.5 with a zero", "nan_to_num"):
            function, point, _ = TABLE[name]
            by_backward(function, point)

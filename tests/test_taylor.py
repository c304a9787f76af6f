"""Taylor mode: derivatives of any order, against mpmath, closed forms and nested transforms."""

import mpmath
import numpy as np
import pytest

import wengert as torch
from wengert.func import derivative, grad, hessian, hessian_diagonal, jet, jvp, laplacian, vmap


def write(x):
    y = torch.zeros(2, dtype=x.dtype)
    y[0] = x * torch.cos(x)
    y[1] = x
    return y.prod()


AT = 0.3
FUNCTIONS = {
    "exp sin": (lambda x: torch.exp(torch.sin(x)), lambda z: mpmath.exp(mpmath.sin(z))),
    "quotient": (
        lambda x: torch.log(1 + x**2) / (2 + torch.tanh(x)),
        lambda z: mpmath.log(1 + z**2) / (2 + mpmath.tanh(z)),
    ),
    "roots": (lambda x: torch.sqrt(1 + x) * torch.rsqrt(x), lambda z: mpmath.sqrt(1 + z) / mpmath.sqrt(z)),
    "powers": (lambda x: (1 + x) ** 2.5 + x**-2 + 2**x, lambda z: (1 + z) ** 2.5 + z**-2 + 2**z),
    "inverse": (lambda x: torch.atan(x) + torch.asin(x), lambda z: mpmath.atan(z) + mpmath.asin(z)),
    "sigmoid": (lambda x: torch.sigmoid(3 * x), lambda z: 1 / (1 + mpmath.exp(-3 * z))),
    "erf": (torch.erf, mpmath.erf),
    "lgamma": (lambda x: torch.lgamma(1 + x), lambda z: mpmath.loggamma(z + 1)),
    "chosen": (lambda x: torch.where(x > 0, x**3, x) * x.clamp(min=0), lambda z: z**4),
    "written": (write, lambda z: z**2 * mpmath.cos(z)),
}


@pytest.mark.parametrize("n", [0, 1, 2, 3, 5, 8])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_nth_derivative(name, n):
    ours, theirs = FUNCTIONS[name]
    with mpmath.workdps(60):
        want = float(mpmath.diff(theirs, mpmath.mpf(AT), n))
    got = derivative(ours, n)(torch.tensor(AT, dtype=torch.float64)).item()
    assert got == pytest.approx(want, rel=1e-10, abs=1e-12)


def test_the_cost_does_not_explode():
    counted = []

    def work(n):
        before = len(counted)
        derivative(lambda x: Counting.apply_all(x, counted), n)(torch.tensor(AT, dtype=torch.float64))
        return len(counted) - before

    class Counting:
        @staticmethod
        def apply_all(x, counted):
            y = torch.exp(x * x)
            counted.append(1)
            return y

    assert work(9) == work(2) == 1  # the function itself runs once
    x = torch.tensor(AT, dtype=torch.float64)
    stages = [len(torch.graph.stage(derivative(lambda x: torch.exp(x * x), n))(x)) for n in (2, 4, 8, 16)]
    assert stages[3] < 5 * stages[2] < 25 * stages[1]


def test_a_path_with_curvature():
    x, v, a = (torch.tensor(value, dtype=torch.float64) for value in (0.5, 2.0, -1.0))
    value, (first, second) = jet(torch.sin, (x,), ((v, a),))
    assert value.item() == pytest.approx(np.sin(0.5))
    assert first.item() == pytest.approx(2 * np.cos(0.5))
    assert second.item() == pytest.approx(-np.sin(0.5) * 4 - np.cos(0.5))


def test_several_arguments_and_containers():
    x, y = torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0])
    one, none = torch.ones(2), torch.zeros(2)
    value, rows = jet(lambda x, y: {"product": x * y, "fixed": y}, (x, y), ((one, none), (one, none)))
    assert value["product"].tolist() == [3.0, 8.0]
    assert rows[0]["product"].tolist() == [4.0, 6.0]
    assert rows[1]["product"].tolist() == [2.0, 2.0]
    assert rows[1]["fixed"].tolist() == [0.0, 0.0]


def energy(x):
    return (
        (torch.sin(x) * x).sum() * x.prod() + torch.softmax(x, 0)[0] + torch.logsumexp(x @ torch.ones(3, 2).double(), 0)
    )


def test_the_diagonal_of_the_hessian_and_the_laplacian():
    x = torch.tensor([0.3, 0.5, 1.1], dtype=torch.float64)
    full = hessian(energy)(x)
    np.testing.assert_allclose(hessian_diagonal(energy)(x).numpy(), np.diag(full.numpy()), rtol=1e-11)
    np.testing.assert_allclose(laplacian(energy)(x).item(), np.trace(full.numpy()), rtol=1e-11)
    both = laplacian(lambda x, y: (x**2 * y**3).sum())(torch.ones(2), torch.ones(2))
    assert both.item() == 2 * 2 + 2 * 6


def test_within_other_transforms():
    x = torch.tensor([0.3, 0.7], dtype=torch.float64)
    third = derivative(lambda x: torch.exp(2 * x), 3)
    want = 8 * np.exp(2 * x.numpy())
    np.testing.assert_allclose(vmap(third)(x).numpy(), want)
    np.testing.assert_allclose(grad(lambda x: third(x).sum())(x).numpy(), 2 * want)
    np.testing.assert_allclose(jvp(third, (x,), (torch.ones(2, dtype=torch.float64),))[1].numpy(), 2 * want)
    np.testing.assert_allclose(derivative(grad(lambda x: torch.exp(2 * x)), 2)(0.3).item(), 8 * np.exp(0.6), rtol=1e-6)
    recorded = x.clone().requires_grad_()
    laplacian(energy_of_two)(recorded).backward()
    np.testing.assert_allclose(recorded.grad.numpy(), grad(laplacian(energy_of_two))(x).numpy())


def energy_of_two(x):
    return (x**4).sum()


def test_what_is_refused():
    with pytest.raises(RuntimeError, match="every primal needs a series"):
        jet(torch.sin, (1.0,), ((),))
    with pytest.raises(RuntimeError, match="a derivative has shape"):
        jet(torch.sin, (1.0,), ((torch.ones(2),),))
    with pytest.raises(ValueError, match="a whole number of at least 0"):
        derivative(torch.sin, -1)
    with pytest.raises(RuntimeError, match="must return a number"):
        laplacian(torch.sin)(torch.ones(2))

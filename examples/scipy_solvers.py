"""SciPy's solvers with exact derivatives: a regression, a valley that is hard to walk down, and a stiff reaction.

    python examples/scipy_solvers.py

`scipy_functions` gives a function of tensors as SciPy wants it: value, gradient, Hessian and their products over one
flat vector. Each part compares with what is known, and the script fails if they differ.
"""

import numpy as np
from scipy.integrate import solve_ivp
from scipy.optimize import minimize
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression

import wengert as torch
from wengert.func import scipy_functions


def logistic_regression():
    """Breast cancer data, against scikit-learn's own solver."""
    data = load_breast_cancer()
    x = torch.tensor((data.data - data.data.mean(0)) / data.data.std(0))
    y = torch.tensor(data.target, dtype=torch.float64)

    def loss(parameters):
        scores = x @ parameters["weights"] + parameters["bias"]
        fit = torch.nn.functional.binary_cross_entropy_with_logits(scores, y, reduction="sum")
        return fit + 0.5 * (parameters["weights"] ** 2).sum()

    start = {"weights": torch.zeros(x.shape[1], dtype=torch.float64), "bias": torch.zeros((), dtype=torch.float64)}
    f = scipy_functions(loss, start)
    found = minimize(f.fun, f.x0, jac=f.jac, hess=f.hess, method="trust-exact", options={"gtol": 1e-9})
    parameters = f.unpack(found.x)
    theirs = LogisticRegression(C=1.0, tol=1e-10, max_iter=10_000).fit(x.numpy(), data.target)
    off = np.abs(parameters["weights"].numpy() - theirs.coef_[0]).max()
    print(f"logistic regression: loss {found.fun:.6f} in {found.nit} steps, {off:.1e} from scikit-learn's")
    assert off < 1e-4


def rosenbrock():
    """100 variables, with products of the Hessian and a vector."""

    def valley(x):
        return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()

    f = scipy_functions(valley, torch.zeros(100, dtype=torch.float64))
    found = minimize(f.fun, f.x0, jac=f.jac, hessp=f.hessp, method="trust-ncg", options={"gtol": 1e-8, "maxiter": 500})
    print(f"Rosenbrock: {found.fun:.1e} in {found.nit} steps")
    assert np.abs(found.x - 1).max() < 1e-6


def robertson():
    """A reaction with rates from 0.04 to 3e7, which explicit methods cannot follow."""

    def rates(y):
        slow, fast, both = 0.04 * y[0], 3e7 * y[1] ** 2, 1e4 * y[1] * y[2]
        return torch.stack([both - slow, slow - both - fast, fast])

    f = scipy_functions(rates, torch.tensor([1.0, 0.0, 0.0], dtype=torch.float64))
    found = solve_ivp(
        lambda _, y: f.fun(y), (0, 40), f.x0, jac=lambda _, y: f.jac(y), method="BDF", rtol=1e-8, atol=1e-12
    )
    print(f"Robertson: {found.y[:, -1].round(7)} after {found.nfev} calls and {found.njev} Jacobians")
    np.testing.assert_allclose(found.y[:, -1], [0.7158271, 9.1855e-6, 0.2841637], rtol=1e-4)


if __name__ == "__main__":
    logistic_regression()
    rosenbrock()
    robertson()

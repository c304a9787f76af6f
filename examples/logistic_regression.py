"""Logistic regression by Newton's method, compared with scikit-learn's own solution.

    python examples/logistic_regression.py

`scipy_functions` gives a function of tensors in containers as SciPy wants it: value, gradient and Hessian over one
flat vector. The data are the 569 tumours of 30 measures that come with scikit-learn; the script fails if a coefficient
is not scikit-learn's, or if fewer than 97 % of the tumours are named right.
"""

import numpy as np
from scipy.optimize import minimize
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression

import wengert as torch
import wengert.nn.functional as F
from wengert.func import scipy_functions


def load():
    """The measures, each with mean 0 and deviation 1, and the kinds."""
    data = load_breast_cancer()
    measures = (data.data - data.data.mean(axis=0)) / data.data.std(axis=0)
    return torch.tensor(measures), torch.tensor(data.target, dtype=torch.float64)


def scores(parameters, x):
    return x @ parameters["weight"] + parameters["bias"]


def loss(parameters, x, y):
    """The negative log likelihood, and a penalty for large weights, which scikit-learn calls C = 1."""
    misfit = F.binary_cross_entropy_with_logits(scores(parameters, x), y, reduction="sum")
    return misfit + 0.5 * (parameters["weight"] ** 2).sum()


def main():
    x, y = load()
    start = {"weight": torch.zeros(x.shape[1], dtype=torch.float64), "bias": torch.tensor(0.0, dtype=torch.float64)}
    f = scipy_functions(loss, start, args=(x, y))
    ways = {
        "L-BFGS-B": minimize(f.fun, f.x0, jac=f.jac, method="L-BFGS-B", options={"gtol": 1e-8, "ftol": 1e-14}),
        "trust-exact": minimize(f.fun, f.x0, jac=f.jac, hess=f.hess, method="trust-exact", options={"gtol": 1e-8}),
    }
    theirs = LogisticRegression(C=1.0, tol=1e-10, max_iter=10_000).fit(x.numpy(), y.numpy())
    print(f"{'method':<12} {'steps':>5} {'loss':>10} {'off by':>8}")
    for way, found in ways.items():
        ours = f.unpack(found.x)
        off = np.abs(ours["weight"].numpy() - theirs.coef_[0]).max()
        off = max(off, abs(ours["bias"].item() - theirs.intercept_[0]))
        print(f"{way:<12} {found.nit:>5} {found.fun:>10.6f} {off:>8.0e}")
        assert off < 1e-4, f"{way} is {off:.1e} off"
    right = ((scores(ours, x) > 0) == (y > 0)).double().mean().item()
    print(f"{right:.1%} of the tumours are named right")
    assert right >= 0.97, right


if __name__ == "__main__":
    main()

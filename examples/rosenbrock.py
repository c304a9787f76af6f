"""A curved valley in 100 dimensions, walked down by Newton's method without the matrix of second derivatives.

    python examples/rosenbrock.py

Rosenbrock's function is flat along the bottom of a bent valley, where following the slope takes more than a thousand
steps. `scipy_functions` gives SciPy exact products of the Hessian with a vector, without the matrix. The script fails
if the lowest point, which is 1 in each direction, is not found, or if a derivative is not the one written by hand.
"""

import numpy as np
from scipy.optimize import minimize, rosen, rosen_der, rosen_hess

import wengert as torch
from wengert.func import scipy_functions

DIMENSIONS = 100


def valley(x):
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


def compare(f):
    """Value and derivatives at a random point with those that SciPy has written out by hand."""
    numbers = np.random.default_rng(0)
    x, along = numbers.normal(size=DIMENSIONS), numbers.normal(size=DIMENSIONS)
    np.testing.assert_allclose(f.fun(x), rosen(x))
    np.testing.assert_allclose(f.jac(x), rosen_der(x), atol=1e-9)
    np.testing.assert_allclose(f.hess(x), rosen_hess(x), atol=1e-9)
    np.testing.assert_allclose(f.hessp(x, along), rosen_hess(x) @ along, atol=1e-9)
    print("value, slope, Hessian and its products are those written out by hand")


def main():
    f = scipy_functions(valley, torch.zeros(DIMENSIONS, dtype=torch.float64))
    compare(f)
    ways = {
        "slope only": {"method": "CG", "options": {"gtol": 1e-8, "maxiter": 10_000}},
        "Hessian": {"method": "trust-exact", "hess": f.hess, "options": {"gtol": 1e-8, "maxiter": 1000}},
        "its products": {"method": "trust-ncg", "hessp": f.hessp, "options": {"gtol": 1e-8, "maxiter": 1000}},
    }
    print(f"{'from':<12} {'steps':>5} {'value':>8} {'off by':>8}")
    for way, how in ways.items():
        found = minimize(f.fun, f.x0, jac=f.jac, **how)
        off = np.abs(found.x - 1).max()
        print(f"{way:<12} {found.nit:>5} {found.fun:>8.0e} {off:>8.0e}")
        assert off < 1e-6, f"{way} is {off:.1e} off"


if __name__ == "__main__":
    main()

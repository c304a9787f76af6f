"""A stiff chemical reaction, solved by SciPy with exact Jacobians.

    python examples/stiff.py

Robertson 1966: three substances with rates from 0.04 to 3e7, which explicit methods cannot follow. Three implicit ones
get the Jacobian from `scipy_functions`, not from differences; the script fails if any of them is off by more than 1e-5
of what is right, or makes or loses substance.
"""

import numpy as np
from scipy.integrate import solve_ivp

import wengert as torch
from wengert.func import scipy_functions

AT = [0.4, 40.0, 4e3, 4e5]
RIGHT = np.array([
    [9.85172113861e-01, 3.38639537898e-05, 1.47940221852e-02],
    [7.15827068719e-01, 9.18553476456e-06, 2.84163745746e-01],
    [1.83202257777e-01, 8.94237125278e-07, 8.16796847986e-01],
    [4.93827452098e-03, 1.98499408796e-08, 9.95061705629e-01],
])  # fmt: skip
"""From Radau's method with a tolerance of 1e-12 and Jacobians written out by hand."""


def rates(y):
    """How fast each substance becomes more."""
    slow, fast, both = 0.04 * y[0], 3e7 * y[1] ** 2, 1e4 * y[1] * y[2]
    return torch.stack([both - slow, slow - both - fast, fast])


def main():
    f = scipy_functions(rates, torch.tensor([1.0, 0.0, 0.0], dtype=torch.float64))
    by_hand = np.array([[-0.04, 1e4 * 0.5, 1e4 * 0.2], [0.04, -1e4 * 0.5 - 6e7 * 0.2, -1e4 * 0.2], [0, 6e7 * 0.2, 0]])
    np.testing.assert_allclose(f.jac(np.array([0.3, 0.2, 0.5])), by_hand)
    print(f"{'method':<6} {'calls':>5} {'Jacobians':>9} {'off by':>8}")
    for method in ("BDF", "Radau", "LSODA"):
        found = solve_ivp(
            lambda _, y: f.fun(y), (0, AT[-1]), f.x0, method=method, t_eval=AT, jac=lambda _, y: f.jac(y),
            rtol=1e-7, atol=[1e-10, 1e-14, 1e-10],
        )  # fmt: skip
        assert found.success, found.message
        off = np.abs(found.y.T / RIGHT - 1).max()
        print(f"{method:<6} {found.nfev:>5} {found.njev:>9} {off:>8.0e}")
        assert off < 1e-5, f"{method} is {off:.1e} off"
        np.testing.assert_allclose(found.y.sum(axis=0), 1.0, rtol=1e-6)


if __name__ == "__main__":
    main()

"""Rows that move a random number along with the parameters of its distribution.

    moved(a, a0, x0) := the x that has as much of the distribution of a below it as x0 has of the distribution of a0

A number x0 is drawn for a0 = a, so x is x0, and its derivative by a is -F_a / f: the distribution F stays what it is
along x(a). The derivatives of F come over the density f, so that neither the tails nor small parameters underflow.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert.errors import GradError, advice
from wengert.ops.broadcasting import pointwise
from wengert.ops.pointwise import exp, log, log1p
from wengert.ops.special import HIGHEST, bell, digamma, in_floats, lgamma, polygamma


def nodes(step: float) -> tuple[Any, Any]:
    """How far from x the integrand is looked at, and the weights, by the rule of Takahasi and Mori (1974)."""
    w = np.arange(-5, 14, step)[:, None]
    distances = np.exp(w - np.exp(-w))
    return distances, distances * (1 + np.exp(-w)) * step


FINE, COARSE = nodes(1 / 16), nodes(1 / 8)
"""For float64, and for what has fewer digits."""
BLOCK = 256
"""So many elements are integrated at once: their values at all nodes stay in the cache."""


def by_blocks(integrate: Any, *operands: Any) -> Any:
    """`integrate(nodes, arrays of one axis)` in float64, in the shape and dtype that the operands have together."""
    given = [in_floats(x) for x in operands]
    dtype = np.result_type(*given)
    wide = np.broadcast_arrays(*(np.asarray(x, np.float64) for x in given))
    flat = [x.reshape(-1) for x in wide]
    rule = FINE if dtype == np.float64 else COARSE
    out = np.empty(flat[0].shape)
    for at in range(0, out.size, BLOCK):
        out[at : at + BLOCK] = integrate(rule, *(x[at : at + BLOCK] for x in flat))
    return out.reshape(wide[0].shape).astype(dtype)


# ------------------------------------------------------------------------ gamma numbers


def gamma_ratios(a: Any, x: Any, k: int) -> Any:
    """The k-th derivative of gammainc(a, x) by a, over the density at x: an integral over t = x e^v, below or above."""
    from scipy import special  # noqa: PLC0415  takes longer to import than wengert

    def integrate(rule: Any, a: Any, x: Any) -> Any:
        distances, weights = rule
        side = np.where(x <= a, -1.0, 1.0)
        width = 1 / np.sqrt(1 + a)  # of the logarithm of a number
        v = side * width * distances
        weights = np.exp(a * v - x * np.expm1(v)) * (width * weights)
        psi = [special.psi(a), *(special.polygamma(m, a) for m in range(1, k))]
        slopes = bell(k, np.log(x) + v, psi.__getitem__)
        return -side * x * np.where(weights > 0, weights * slopes, 0).sum(0)

    return by_blocks(integrate, a, x)


def gamma_numbers(a: Any, old: Any, x: Any) -> Any:
    """x itself where the parameter is the old one; else by the inverse of the distribution, from the nearer end."""
    from scipy import special  # noqa: PLC0415  takes longer to import than wengert

    def move(rule: Any, a: Any, old: Any, x: Any) -> Any:
        below = special.gammainc(old, x)
        moved = np.where(below < 0.5, special.gammaincinv(a, below), special.gammainccinv(a, special.gammaincc(old, x)))
        return np.where(a == old, x, moved)

    return x.copy() if a is old or (np.array_equal(a, old) and a.shape == x.shape) else by_blocks(move, a, old, x)


def beta_ratios(a: Any, b: Any, x: Any, j: int, k: int) -> Any:
    """The derivative of betainc(a, b, x), j times by a and k times by b, over the density at x.

    An integral over t, where log(t / (1 - t)) is that of x plus v, below or above.
    """
    from scipy import special  # noqa: PLC0415  takes longer to import than wengert

    def integrate(rule: Any, a: Any, b: Any, x: Any) -> Any:
        distances, weights = rule
        side = np.where(x * (a + b) <= a, -1.0, 1.0)
        width = 1 / np.sqrt(1 + a * b / (a + b))  # of the log odds of a number
        place = np.log(x) - np.log1p(-x) + side * width * distances
        rest = np.log1p(np.exp(-np.abs(place)))
        logs, others = np.minimum(place, 0) - rest, -np.maximum(place, 0) - rest
        weights = np.exp(a * (logs - np.log(x)) + b * (others - np.log1p(-x))) * (width * weights)
        slopes = beta_slopes(j, k, logs, others, lambda m, z: special.polygamma(m, z), (a, b))
        return -side * x * (1 - x) * np.where(weights > 0, weights * slopes, 0).sum(0)

    return by_blocks(integrate, a, b, x)


def beta_slopes(j: int, k: int, logs: Any, others: Any, psi: Any, parameters: Any) -> Any:
    """The derivative of the density, j times by a and k times by b, over the density.

    Of exp(g) it is the sum, over all ways to part the variables, of the products of derivatives of g.
    """
    a, b = parameters
    total = a + b

    def part(*by: int) -> Any:
        m = len(by) - 1
        same = len(set(by)) == 1
        found = psi(m, total) - psi(m, parameters[by[0]]) if same else psi(m, total)
        return found + (logs, others)[by[0]] if m == 0 else found

    by = (0,) * j + (1,) * k
    if len(by) == 1:
        return part(*by)
    if len(by) == 2:
        return part(by[0]) * part(by[1]) + part(*by)
    x, y, z = by
    pairs = part(x) * part(y, z) + part(y) * part(x, z) + part(z) * part(x, y)
    return part(x) * part(y) * part(z) + pairs + part(*by)


def beta_numbers(a: Any, b: Any, old_a: Any, old_b: Any, x: Any) -> Any:
    """x itself where the parameters are the old ones; else by the inverse of the distribution, from the nearer end."""
    from scipy import special  # noqa: PLC0415  takes longer to import than wengert

    def move(rule: Any, a: Any, b: Any, old_a: Any, old_b: Any, x: Any) -> Any:
        below = special.betainc(old_a, old_b, x)
        moved = np.where(
            below < 0.5, special.betaincinv(a, b, below), special.betainccinv(a, b, special.betaincc(old_a, old_b, x))
        )
        return np.where((a == old_a) & (b == old_b), x, moved)

    same = np.array_equal(a, old_a) and np.array_equal(b, old_b) and a.shape == b.shape == x.shape
    return x.copy() if same else by_blocks(move, a, b, old_a, old_b, x)


for _kernel in (gamma_ratios, gamma_numbers, beta_ratios, beta_numbers):
    _kernel.is_late = True  # type: ignore[union-attr]


# ------------------------------------------------------------------------ the rows


def gamma_psi(a: Any, m: int) -> Any:
    return digamma(a) if m == 0 else polygamma(a, m)


def next_gamma_ratio(a: Any, x: Any, k: int) -> Any:
    """The derivative of a ratio by a."""
    if k >= HIGHEST:
        raise GradError(
            advice("the fourth derivative of a gamma number by its parameter is not implemented", "ask for fewer.")
        )
    return gamma_ratio(a, x, k + 1) - gamma_ratio(a, x, k) * (log(x) - digamma(a))


def gamma_ratio_slope(a: Any, x: Any, out: Any, k: int) -> Any:
    """The derivative of a ratio by x."""
    return bell(k, log(x), lambda m: gamma_psi(a, m)) - out * ((a - 1) / x - 1)


gamma_ratio = pointwise(
    "gamma_ratio",
    lambda da, a, x, k: da * next_gamma_ratio(a, x, k),
    lambda dx, a, x, out, k: dx * gamma_ratio_slope(a, x, out, k),
    kernel=lambda xp, a, x, k: xp.gamma_ratio(a, x, k),
    eager=gamma_ratios,
    promotion="float",
)


def gamma_densities(a: Any, old: Any, x: Any, out: Any) -> Any:
    """The density of the old number over that of the new one."""
    return exp((old - 1) * log(x) - (a - 1) * log(out) + out - x + lgamma(a) - lgamma(old))


gamma_moved = pointwise(
    "gamma_moved",
    lambda da, a, out: -da * gamma_ratio(a, out, 1),
    lambda dold, a, old, x, out: dold * gamma_ratio(old, x, 1) * gamma_densities(a, old, x, out),
    lambda dx, a, old, x, out: dx * gamma_densities(a, old, x, out),
    kernel=lambda xp, a, old, x: xp.gamma_moved(a, old, x),
    eager=gamma_numbers,
    promotion="float",
    title="StandardGamma",
)


def next_beta_ratio(a: Any, b: Any, x: Any, j: int, k: int, first: bool) -> Any:
    """The derivative of a ratio by a, or by b."""
    if j + k >= HIGHEST:
        raise GradError(
            advice("the fourth derivative of a beta number by its parameters is not implemented", "ask for fewer.")
        )
    higher = beta_ratio(a, b, x, j + 1, k) if first else beta_ratio(a, b, x, j, k + 1)
    slope = beta_slopes(int(first), int(not first), log(x), log1p(-x), lambda m, z: gamma_psi(z, m), (a, b))
    return higher - beta_ratio(a, b, x, j, k) * slope


def beta_ratio_slope(a: Any, b: Any, x: Any, out: Any, j: int, k: int) -> Any:
    """The derivative of a ratio by x."""
    own = beta_slopes(j, k, log(x), log1p(-x), lambda m, z: gamma_psi(z, m), (a, b))
    return own - out * ((a - 1) / x - (b - 1) / (1 - x))


beta_ratio = pointwise(
    "beta_ratio",
    lambda da, a, b, x, j, k: da * next_beta_ratio(a, b, x, j, k, True),
    lambda db, a, b, x, j, k: db * next_beta_ratio(a, b, x, j, k, False),
    lambda dx, a, b, x, out, j, k: dx * beta_ratio_slope(a, b, x, out, j, k),
    kernel=lambda xp, a, b, x, j, k: xp.beta_ratio(a, b, x, j, k),
    eager=beta_ratios,
    promotion="float",
)


def log_beta(a: Any, b: Any) -> Any:
    return lgamma(a) + lgamma(b) - lgamma(a + b)


def beta_densities(a: Any, b: Any, old_a: Any, old_b: Any, x: Any, out: Any) -> Any:
    """The density of the old number over that of the new one."""
    old = (old_a - 1) * log(x) + (old_b - 1) * log1p(-x) - log_beta(old_a, old_b)
    return exp(old - (a - 1) * log(out) - (b - 1) * log1p(-out) + log_beta(a, b))


beta_moved = pointwise(
    "beta_moved",
    lambda da, a, b, out: -da * beta_ratio(a, b, out, 1, 0),
    lambda db, a, b, out: -db * beta_ratio(a, b, out, 0, 1),
    lambda dold, a, b, old_a, old_b, x, out: (
        dold * beta_ratio(old_a, old_b, x, 1, 0) * beta_densities(a, b, old_a, old_b, x, out)
    ),
    lambda dold, a, b, old_a, old_b, x, out: (
        dold * beta_ratio(old_a, old_b, x, 0, 1) * beta_densities(a, b, old_a, old_b, x, out)
    ),
    lambda dx, a, b, old_a, old_b, x, out: dx * beta_densities(a, b, old_a, old_b, x, out),
    kernel=lambda xp, a, b, old_a, old_b, x: xp.beta_moved(a, b, old_a, old_b, x),
    eager=beta_numbers,
    promotion="float",
)

"""The divergences of two distributions of different families.

    KL(p || q) = -entropy of p - expected log q

so a family of q asks for a few expectations of p, and each p says what they are.
"""

from __future__ import annotations

from math import log, pi, sqrt
from typing import Any

import wengert as torch
from wengert.distributions.bernoulli import Bernoulli
from wengert.distributions.beta import Beta
from wengert.distributions.binomial import Binomial
from wengert.distributions.continuous_bernoulli import ContinuousBernoulli
from wengert.distributions.divergences import of
from wengert.distributions.exponential import Exponential
from wengert.distributions.gamma import Gamma
from wengert.distributions.gumbel import Gumbel
from wengert.distributions.laplace import Laplace
from wengert.distributions.normal import Normal
from wengert.distributions.pareto import Pareto
from wengert.distributions.poisson import Poisson
from wengert.distributions.uniform import Uniform
from wengert.distributions.utils import euler_constant

__all__ = ["BETWEEN"]

BETWEEN: dict[tuple[Any, Any], Any] = {}
"""By the two classes the function of p, q and what computes the divergence of their parts."""

BOUNDED = (Beta, ContinuousBernoulli, Pareto, Uniform)
"""Distributions that are nowhere where some of the others are."""


def between(*pairs: Any) -> Any:
    """A decorator that puts a function under pairs of classes."""
    return of(*pairs, into=BETWEEN)


@between(
    *((p, q) for p in (Exponential, Gamma) for q in BOUNDED),
    *((p, q) for p in (Gumbel, Laplace, Normal) for q in (*BOUNDED, Exponential, Gamma)),
    *((Pareto, q) for q in (Beta, ContinuousBernoulli, Uniform)),
    (Beta, Pareto),
    (ContinuousBernoulli, Pareto),
    (Poisson, Bernoulli),
    (Poisson, Binomial),
)
def without_end(p: Any, q: Any, kl: Any) -> Any:
    """Where values of p are impossible for q."""
    return torch.full_like(p.mean, torch.inf)


def outside(impossible: Any, found: Any) -> Any:
    """A divergence, which is infinite where p reaches outside of q."""
    return torch.where(impossible, torch.inf, found)


def beyond_one(p: Any) -> Any:
    """Where a uniform distribution reaches out of [0, 1]."""
    return (p.high > 1) | (p.low < 0)


def mean_log(p: Any) -> Any:
    """The expected log(x)."""
    if isinstance(p, Beta):
        return p.concentration1.digamma() - (p.concentration1 + p.concentration0).digamma()
    if isinstance(p, Exponential):
        return -euler_constant - p.rate.log()
    if isinstance(p, Pareto):
        return p.scale.log() + p.alpha.reciprocal()
    return (torch.xlogy(p.high, p.high) - torch.xlogy(p.low, p.low)) / (p.high - p.low) - 1


def mean_decay(p: Any, scale: Any) -> Any:
    """The expected exp(-x / scale)."""
    if isinstance(p, Exponential):
        return p.rate * scale / (p.rate * scale + 1)
    if isinstance(p, Gamma):
        return (1 + (p.rate * scale).reciprocal()).pow(-p.concentration)
    if isinstance(p, Normal):
        return torch.exp((p.scale / scale).pow(2) / 2 - p.loc / scale)
    return scale * (torch.exp(-p.low / scale) - torch.exp(-p.high / scale)) / (p.high - p.low)


@between(*((p, Normal) for p in (Beta, ContinuousBernoulli, Exponential, Gamma, Gumbel, Laplace, Pareto, Uniform)))
def to_normal(p: Any, q: Any, kl: Any) -> Any:
    square = q.scale.pow(2)
    distance = (p.variance + (p.mean - q.loc).pow(2)) / square
    return 0.5 * (2 * pi * square).log() + 0.5 * distance - p.entropy()


@between(*((p, Exponential) for p in (Beta, ContinuousBernoulli, Gamma, Pareto, Uniform)))
def to_exponential(p: Any, q: Any, kl: Any) -> Any:
    found = q.rate * p.mean - q.rate.log() - p.entropy()
    return outside(p.low < 0, found) if isinstance(p, Uniform) else found


@between(*((p, Gamma) for p in (Beta, Exponential, Pareto, Uniform)))
def to_gamma(p: Any, q: Any, kl: Any) -> Any:
    a = q.concentration
    found = a.lgamma() - a * q.rate.log() - (a - 1) * mean_log(p) + q.rate * p.mean - p.entropy()
    return outside(p.low < 0, found) if isinstance(p, Uniform) else found


@between(*((p, Gumbel) for p in (Exponential, Gamma, Normal, Uniform)))
def to_gumbel(p: Any, q: Any, kl: Any) -> Any:
    place = q.loc / q.scale
    return q.scale.log() + p.mean / q.scale - place + torch.exp(place) * mean_decay(p, q.scale) - p.entropy()


@between((Beta, ContinuousBernoulli), (Uniform, ContinuousBernoulli))
def to_continuous_bernoulli(p: Any, q: Any, kl: Any) -> Any:
    found = -p.entropy() - p.mean * q.logits - torch.log1p(-q.probs) - q._log_scale()
    return outside(beyond_one(p), found) if isinstance(p, Uniform) else found


@between((Beta, Uniform), (ContinuousBernoulli, Uniform))
def to_uniform(p: Any, q: Any, kl: Any) -> Any:
    return outside((q.low > 0) | (q.high < 1), (q.high - q.low).log() - p.entropy())


@between((Uniform, Beta))
def uniform_to_beta(p: Any, q: Any, kl: Any) -> Any:
    a, b, width = q.concentration1, q.concentration0, p.high - p.low
    low, high = 1 - p.high, 1 - p.low
    mean_log_of_rest = (torch.xlogy(high, high) - torch.xlogy(low, low)) / width - 1
    scale = a.lgamma() + b.lgamma() - (a + b).lgamma()
    found = scale - width.log() - (a - 1) * mean_log(p) - (b - 1) * mean_log_of_rest
    return outside(beyond_one(p), found)


@between((Uniform, Pareto))
def uniform_to_pareto(p: Any, q: Any, kl: Any) -> Any:
    scale = q.alpha.log() + q.alpha * q.scale.log() + (p.high - p.low).log()
    return outside(p.low < q.scale, (q.alpha + 1) * mean_log(p) - scale)


@between((Normal, Laplace))
def normal_to_laplace(p: Any, q: Any, kl: Any) -> Any:
    apart = p.loc - q.loc
    z = apart / p.scale
    distance = sqrt(2 / pi) * p.scale * torch.exp(-0.5 * z.pow(2)) + apart * torch.erf(sqrt(0.5) * z)
    return distance / q.scale - (p.scale / q.scale).log() - 0.5 * (1 + log(0.5 * pi))


@between((Bernoulli, Poisson))
def coin_to_poisson(p: Any, q: Any, kl: Any) -> Any:
    return q.rate - p.probs * q.rate.log() - p.entropy()

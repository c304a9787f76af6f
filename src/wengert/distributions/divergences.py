"""The divergences of two distributions of one family."""

from __future__ import annotations

from typing import Any

import wengert as torch
from wengert.distributions.bernoulli import Bernoulli
from wengert.distributions.beta import Beta
from wengert.distributions.binomial import Binomial
from wengert.distributions.categorical import Categorical
from wengert.distributions.cauchy import Cauchy
from wengert.distributions.continuous_bernoulli import ContinuousBernoulli
from wengert.distributions.dirichlet import Dirichlet
from wengert.distributions.exp_family import ExponentialFamily
from wengert.distributions.exponential import Exponential
from wengert.distributions.gamma import Gamma
from wengert.distributions.geometric import Geometric
from wengert.distributions.gumbel import Gumbel
from wengert.distributions.half_normal import HalfNormal
from wengert.distributions.independent import Independent
from wengert.distributions.laplace import Laplace
from wengert.distributions.lowrank_multivariate_normal import (
    LowRankMultivariateNormal,
    low_rank_distance,
    low_rank_log_det,
)
from wengert.distributions.multivariate_normal import MultivariateNormal, half_log_det, squared_distance
from wengert.distributions.normal import Normal
from wengert.distributions.one_hot_categorical import OneHotCategorical
from wengert.distributions.pareto import Pareto
from wengert.distributions.poisson import Poisson
from wengert.distributions.transformed_distribution import TransformedDistribution
from wengert.distributions.uniform import Uniform
from wengert.distributions.utils import all_hold, euler_constant, sum_rightmost
from wengert.errors import ArgumentError, UnsupportedError
from wengert.nn.functional import softplus

__all__ = ["SAME", "of"]

SAME: dict[tuple[Any, Any], Any] = {}
"""By the two classes the function of p, q and what computes the divergence of their parts."""


def of(*pairs: Any, into: dict[tuple[Any, Any], Any] = SAME) -> Any:
    """A decorator that puts a function under pairs of classes."""

    def put(function: Any) -> Any:
        into.update(dict.fromkeys(pairs, function))
        return function

    return put


# ------------------------------------------------------------------------ discrete values


@of((Bernoulli, Bernoulli))
def coins(p: Any, q: Any, kl: Any) -> Any:
    ones = p.probs * (softplus(-q.logits) - softplus(-p.logits))
    ones = torch.where(p.probs == 0, 0, torch.where(q.probs == 0, torch.inf, ones))
    none = (1 - p.probs) * (softplus(q.logits) - softplus(p.logits))
    none = torch.where(p.probs == 1, 0, torch.where(q.probs == 1, torch.inf, none))
    return ones + none


@of((Binomial, Binomial))
def counts(p: Any, q: Any, kl: Any) -> Any:
    if not all_hold(p.total_count >= q.total_count):
        raise UnsupportedError("KL between Binomials where q.total_count > p.total_count is not implemented")
    each = p.probs * (p.logits - q.logits) + (-p.probs).log1p() - (-q.probs).log1p()
    return torch.where(p.total_count > q.total_count, torch.inf, p.total_count * each)


@of((Categorical, Categorical))
def choices(p: Any, q: Any, kl: Any) -> Any:
    each = p.probs * (p.logits - q.logits)
    each = torch.where((q.probs == 0).expand(each.shape), torch.inf, each)
    return torch.where((p.probs == 0).expand(each.shape), 0, each).sum(-1)


@of((OneHotCategorical, OneHotCategorical))
def vectors(p: Any, q: Any, kl: Any) -> Any:
    return kl(p._categorical, q._categorical)


@of((Geometric, Geometric))
def tries(p: Any, q: Any, kl: Any) -> Any:
    return -p.entropy() - torch.log1p(-q.probs) / p.probs - q.logits


@of((Poisson, Poisson))
def events(p: Any, q: Any, kl: Any) -> Any:
    return p.rate * (p.rate.log() - q.rate.log()) - (p.rate - q.rate)


# ------------------------------------------------------------------------ numbers


@of((Beta, Beta))
def betas(p: Any, q: Any, kl: Any) -> Any:
    return kl(p._dirichlet, q._dirichlet)


@of((Dirichlet, Dirichlet))
def shares(p: Any, q: Any, kl: Any) -> Any:
    a, b = p.concentration, q.concentration
    total = a.sum(-1)
    scale = total.lgamma() - b.sum(-1).lgamma() - (a.lgamma() - b.lgamma()).sum(-1)
    return scale + ((a - b) * (a.digamma() - total.digamma().unsqueeze(-1))).sum(-1)


@of((ContinuousBernoulli, ContinuousBernoulli))
def continuous_coins(p: Any, q: Any, kl: Any) -> Any:
    own = p._log_scale() + torch.log1p(-p.probs)
    return p.mean * (p.logits - q.logits) + own - q._log_scale() - torch.log1p(-q.probs)


@of((Exponential, Exponential))
def waits(p: Any, q: Any, kl: Any) -> Any:
    ratio = q.rate / p.rate
    return ratio - ratio.log() - 1


@of((Gamma, Gamma))
def gammas(p: Any, q: Any, kl: Any) -> Any:
    a, b = p.concentration, q.concentration
    scale = b * (p.rate / q.rate).log() + torch.lgamma(b) - torch.lgamma(a)
    return scale + (a - b) * torch.digamma(a) + (q.rate - p.rate) * (a / p.rate)


@of((Gumbel, Gumbel))
def largest(p: Any, q: Any, kl: Any) -> Any:
    ratio, distance = p.scale / q.scale, (p.loc - q.loc) / q.scale
    tail = torch.exp(torch.lgamma(1 + ratio) - distance)
    return distance - ratio.log() + ratio * euler_constant + tail - (1 + euler_constant)


@of((HalfNormal, HalfNormal))
def halves(p: Any, q: Any, kl: Any) -> Any:
    return kl(p.base_dist, q.base_dist)


@of((Laplace, Laplace))
def pointed(p: Any, q: Any, kl: Any) -> Any:
    ratio, distance = p.scale / q.scale, (p.loc - q.loc).abs()
    return distance / q.scale - ratio.log() + ratio * torch.exp(-distance / p.scale) - 1


@of((Normal, Normal))
def normals(p: Any, q: Any, kl: Any) -> Any:
    ratio = (p.scale / q.scale).pow(2)
    return 0.5 * (ratio + ((p.loc - q.loc) / q.scale).pow(2) - 1 - ratio.log())


@of((Cauchy, Cauchy))
def heavy(p: Any, q: Any, kl: Any) -> Any:
    wide = ((p.scale + q.scale).pow(2) + (p.loc - q.loc).pow(2)).log()
    return wide - (4 * p.scale * q.scale).log()


@of((Pareto, Pareto))
def tails(p: Any, q: Any, kl: Any) -> Any:
    ratio = q.alpha / p.alpha
    found = q.alpha * (p.scale / q.scale).log() - ratio.log() + ratio - 1
    return torch.where(p.scale < q.scale, torch.inf, found)


@of((Uniform, Uniform))
def intervals(p: Any, q: Any, kl: Any) -> Any:
    found = ((q.high - q.low) / (p.high - p.low)).log()
    return torch.where((q.low > p.low) | (q.high < p.high), torch.inf, found)


# ------------------------------------------------------------------------ normal vectors


def _same_events(p: Any, q: Any, name: str) -> None:
    if p.event_shape != q.event_shape:
        raise ArgumentError(f"KL-divergence between two {name} with different event shapes cannot be computed")


MULTIVARIATE = "Multivariate Normals"
LOW_RANK = "Low Rank Multivariate Normals"
MIXED = "(Low Rank) Multivariate Normals"


def _trace(lower: Any, matrix: Any) -> Any:
    """The trace of M' (L L')^-1 M."""
    batch = torch.broadcast_shapes(lower.shape[:-2], matrix.shape[:-2])
    lower, matrix = (x.expand((*batch, *x.shape[-2:])) for x in (lower, matrix))
    return torch.linalg.solve_triangular(lower, matrix, upper=False).pow(2).sum((-2, -1))


@of((MultivariateNormal, MultivariateNormal))
def normal_vectors(p: Any, q: Any, kl: Any) -> Any:
    _same_events(p, q, MULTIVARIATE)
    lower, own = q._unbroadcasted_scale_tril, p._unbroadcasted_scale_tril
    distance = _trace(lower, own) + squared_distance(lower, q.loc - p.loc)
    return half_log_det(lower) - half_log_det(own) + 0.5 * (distance - p.event_shape[0])


@of((MultivariateNormal, LowRankMultivariateNormal))
def into_low_rank(p: Any, q: Any, kl: Any) -> Any:
    _same_events(p, q, MIXED)
    own = p._unbroadcasted_scale_tril
    spread = own * q._unbroadcasted_cov_diag.rsqrt().unsqueeze(-1)
    trace = spread.pow(2).sum((-2, -1)) - _trace(q._capacitance_tril, _scaled(q) @ own)
    return _of_low_rank(p, q, 2 * half_log_det(own), trace)


@of((LowRankMultivariateNormal, LowRankMultivariateNormal))
def low_ranks(p: Any, q: Any, kl: Any) -> Any:
    _same_events(p, q, LOW_RANK)
    factor, diagonal, scaled = p._unbroadcasted_cov_factor, p._unbroadcasted_cov_diag, _scaled(q)
    spread = factor * q._unbroadcasted_cov_diag.rsqrt().unsqueeze(-1)
    trace = (diagonal / q._unbroadcasted_cov_diag).sum(-1) + spread.pow(2).sum((-2, -1))
    trace = trace - _trace(q._capacitance_tril, scaled * diagonal.sqrt().unsqueeze(-2))
    trace = trace - _trace(q._capacitance_tril, scaled @ factor)
    return _of_low_rank(p, q, low_rank_log_det(diagonal, p._capacitance_tril), trace)


def _scaled(q: Any) -> Any:
    """W' D^-1."""
    return q._unbroadcasted_cov_factor.mT / q._unbroadcasted_cov_diag.unsqueeze(-2)


def _of_low_rank(p: Any, q: Any, own: Any, trace: Any) -> Any:
    factor, diagonal = q._unbroadcasted_cov_factor, q._unbroadcasted_cov_diag
    distance = low_rank_distance(factor, diagonal, q.loc - p.loc, q._capacitance_tril)
    log_dets = low_rank_log_det(diagonal, q._capacitance_tril) - own
    return 0.5 * (log_dets + trace + distance - p.event_shape[0])


@of((LowRankMultivariateNormal, MultivariateNormal))
def out_of_low_rank(p: Any, q: Any, kl: Any) -> Any:
    _same_events(p, q, MIXED)
    lower, diagonal = q._unbroadcasted_scale_tril, p._unbroadcasted_cov_diag
    trace = _trace(lower, p._unbroadcasted_cov_factor) + _trace(lower, torch.diag_embed(diagonal.sqrt()))
    log_dets = 2 * half_log_det(lower) - low_rank_log_det(diagonal, p._capacitance_tril)
    return 0.5 * (log_dets + trace + squared_distance(lower, q.loc - p.loc) - p.event_shape[0])


# ------------------------------------------------------------------------ what is made of others


@of((ExponentialFamily, ExponentialFamily))
def families(p: Any, q: Any, kl: Any) -> Any:
    """The Bregman divergence of the log normalizer."""
    if type(p) is not type(q):
        raise UnsupportedError(
            "The cross KL-divergence between different exponential families cannot                             "
            "be computed using Bregman divergences"
        )
    natural = [x.detach().requires_grad_() for x in p._natural_params]
    normalizer = p._log_normalizer(*natural)
    means = torch.autograd.grad(normalizer.sum(), natural, create_graph=True)
    found = q._log_normalizer(*q._natural_params) - normalizer
    for own, other, mean in zip(natural, q._natural_params, means, strict=True):
        found = found - sum_rightmost((other - own) * mean, len(q.event_shape))
    return found


@of((TransformedDistribution, TransformedDistribution))
def mapped(p: Any, q: Any, kl: Any) -> Any:
    if p.transforms != q.transforms or p.event_shape != q.event_shape:
        raise NotImplementedError
    return kl(p.base_dist, q.base_dist)


@of((Independent, Independent))
def several(p: Any, q: Any, kl: Any) -> Any:
    if p.reinterpreted_batch_ndims != q.reinterpreted_batch_ndims:
        raise NotImplementedError
    return sum_rightmost(kl(p.base_dist, q.base_dist), p.reinterpreted_batch_ndims)

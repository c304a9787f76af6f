"""Every divergence is the integral that it is said to be."""

import warnings
from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad
from tests.distributions.families import density, ends, t

from wengert import distributions as D
from wengert.distributions.kl import _KL_MEMOIZE, _KL_REGISTRY

pytestmark = pytest.mark.filterwarnings(r"ignore::RuntimeWarning:wengert\.")

ONE = {
    "Bernoulli": D.Bernoulli(t(0.3)), "Beta": D.Beta(t(1.7), t(2.4)), "Binomial": D.Binomial(4, t(0.3)),
    "Cauchy": D.Cauchy(t(0.5), t(1.5)), "ContinuousBernoulli": D.ContinuousBernoulli(t(0.2)),
    "Exponential": D.Exponential(t(0.7)), "Gamma": D.Gamma(t(2.3), t(0.7)), "Geometric": D.Geometric(t(0.3)),
    "Gumbel": D.Gumbel(t(0.5), t(1.5)), "HalfNormal": D.HalfNormal(t(1.5)), "Laplace": D.Laplace(t(0.5), t(1.5)),
    "Normal": D.Normal(t(0.5), t(0.7)), "Pareto": D.Pareto(t(1.5), t(5.5)), "Poisson": D.Poisson(t(1.5)),
    "Uniform": D.Uniform(t(0.2), t(0.9)),
}  # fmt: skip
OTHER = {
    "Bernoulli": D.Bernoulli(t(0.6)), "Beta": D.Beta(t(2.7), t(1.4)), "Binomial": D.Binomial(4, t(0.6)),
    "Cauchy": D.Cauchy(t(-0.5), t(2.5)), "ContinuousBernoulli": D.ContinuousBernoulli(t(0.7)),
    "Exponential": D.Exponential(t(1.7)), "Gamma": D.Gamma(t(1.3), t(1.7)), "Geometric": D.Geometric(t(0.6)),
    "Gumbel": D.Gumbel(t(-0.5), t(2.5)), "HalfNormal": D.HalfNormal(t(2.5)), "Laplace": D.Laplace(t(0.0), t(2.0)),
    "Normal": D.Normal(t(-0.5), t(1.7)), "Pareto": D.Pareto(t(0.1), t(2.5)), "Poisson": D.Poisson(t(2.5)),
    "Uniform": D.Uniform(t(-0.2), t(1.4)),
}  # fmt: skip
PAIRS = sorted({(p.__name__, q.__name__) for p, q in _KL_REGISTRY if p.__name__ in ONE and q.__name__ in OTHER})
COUNTS = {"Bernoulli": 2, "Binomial": 5, "Geometric": 200, "Poisson": 60}


def distance(p, q, name):
    f = density(p)

    def weighed(x):
        likely = f(x)
        return 0.0 if likely == 0 else likely * (np.log(likely) - float(q.log_prob(t(x))))

    if name in COUNTS:
        return sum(weighed(float(k)) for k in range(COUNTS[name]))
    low, high = ends(p, name)
    edges = [low, *(c for c in (-8.0, -1.0, 0.5, 1.0, 4.0, 20.0) if low < c < high), high]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return sum(quad(weighed, a, b, limit=200)[0] for a, b in pairwise(edges))


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_a_divergence_is_an_integral(first, second):
    p, q = ONE[first], OTHER[second]
    found = float(D.kl_divergence(p, q))
    if np.isinf(found):
        reaches = {"Bernoulli": 5.0, "Binomial": 5.0, "Geometric": 5.0, "Poisson": 9.0}
        low, high = ends(p, first)
        tried = [reaches[first]] if first in reaches else [max(low, -30.0) + 1e-3, min(high, 30.0) - 1e-3]
        q._validate_args = False
        impossible = [not bool(q.support.check(t(x))) for x in tried]
        assert any(impossible)
    else:
        quiet = type(q).__name__
        q._validate_args = False
        assert distance(p, q, first) == pytest.approx(found, rel=1e-5, abs=1e-6), quiet


VECTORS = {
    "MultivariateNormal": D.MultivariateNormal(t(0.5, -1.0), t([2.0, 0.5], [0.5, 1.0])),
    "LowRankMultivariateNormal": D.LowRankMultivariateNormal(t(0.5, 1.0), t([1.0], [0.5]), t(0.5, 1.5)),
}


@pytest.mark.parametrize("first", VECTORS)
@pytest.mark.parametrize("second", VECTORS)
def test_the_divergences_of_normal_vectors_agree(first, second):
    dense = [D.MultivariateNormal(v.mean, v.covariance_matrix) for v in (VECTORS[first], VECTORS[second])]
    (m, n), (v, w) = ([d.mean.numpy() for d in dense], [d.covariance_matrix.numpy() for d in dense])
    inverse, apart = np.linalg.inv(w), n - m
    expected = np.trace(inverse @ v) + apart @ inverse @ apart - 2 + np.log(np.linalg.det(w) / np.linalg.det(v))
    assert float(D.kl_divergence(VECTORS[first], VECTORS[second])) == pytest.approx(0.5 * expected)


def test_exponential_families_have_a_general_divergence():
    p, q = D.Gamma(t(2.3), t(0.7)), D.Gamma(t(1.3), t(1.7))
    general = _KL_REGISTRY[D.exp_family.ExponentialFamily, D.exp_family.ExponentialFamily]
    assert general(p, q, D.kl_divergence).item() == pytest.approx(float(D.kl_divergence(p, q)))


def test_the_nearest_pair_is_used_and_ambiguity_is_told():
    class Left(D.Normal):
        pass

    try:
        D.register_kl(Left, D.Distribution)(lambda p, q: "left")
        D.register_kl(D.Distribution, Left)(lambda p, q: "right")
        assert D.kl_divergence(Left(0.0, 1.0), D.Cauchy(0.0, 1.0)) == "left"
        assert D.kl_divergence(D.Cauchy(0.0, 1.0), Left(0.0, 1.0)) == "right"
        with pytest.warns(RuntimeWarning, match="Ambiguous kl_divergence"):
            D.kl_divergence(Left(0.0, 1.0), Left(0.0, 1.0))
    finally:
        for pair in [(Left, D.Distribution), (D.Distribution, Left)]:
            del _KL_REGISTRY[pair]
        _KL_MEMOIZE.clear()

"""One of each distribution of numbers in float64, with SciPy's name for it: what the tests here run over."""

import numpy as np
from scipy import stats

import wengert as torch
from wengert import distributions as D


def t(*numbers):
    """A tensor of float64: a number, a vector of several, or a matrix of several rows."""
    return torch.tensor(numbers if len(numbers) > 1 else numbers[0], dtype=torch.float64)


CONTINUOUS = {
    "Beta": (D.Beta(t(1.7), t(2.4)), stats.beta(1.7, 2.4)),
    "Cauchy": (D.Cauchy(t(0.5), t(1.5)), stats.cauchy(0.5, 1.5)),
    "Chi2": (D.Chi2(t(3.5)), stats.chi2(3.5)),
    "ContinuousBernoulli": (D.ContinuousBernoulli(t(0.2)), stats.truncexpon(np.log(4), scale=1 / np.log(4))),
    "Exponential": (D.Exponential(t(0.7)), stats.expon(scale=1 / 0.7)),
    "FisherSnedecor": (D.FisherSnedecor(t(5.0), t(7.5)), stats.f(5.0, 7.5)),
    "Gamma": (D.Gamma(t(2.3), t(0.7)), stats.gamma(2.3, scale=1 / 0.7)),
    "GeneralizedPareto": (D.GeneralizedPareto(t(0.5), t(1.5), t(0.2)), stats.genpareto(0.2, 0.5, 1.5)),
    "Gumbel": (D.Gumbel(t(0.5), t(1.5)), stats.gumbel_r(0.5, 1.5)),
    "HalfCauchy": (D.HalfCauchy(t(1.5)), stats.halfcauchy(0, 1.5)),
    "HalfNormal": (D.HalfNormal(t(1.5)), stats.halfnorm(0, 1.5)),
    "InverseGamma": (D.InverseGamma(t(3.3), t(0.7)), stats.invgamma(3.3, scale=0.7)),
    "Kumaraswamy": (D.Kumaraswamy(t(1.7), t(2.4)), None),
    "Laplace": (D.Laplace(t(0.5), t(1.5)), stats.laplace(0.5, 1.5)),
    "LogNormal": (D.LogNormal(t(0.5), t(0.7)), stats.lognorm(0.7, scale=np.exp(0.5))),
    "LogitRelaxedBernoulli": (D.relaxed_bernoulli.LogitRelaxedBernoulli(t(0.7), t(0.3)), None),
    "MixtureSameFamily": (D.MixtureSameFamily(D.Categorical(t(0.3, 0.7)), D.Normal(t(-1.0, 2.0), t(1.0, 0.5))), None),
    "Normal": (D.Normal(t(0.5), t(1.5)), stats.norm(0.5, 1.5)),
    "Pareto": (D.Pareto(t(1.5), t(3.5)), stats.pareto(3.5, scale=1.5)),
    "RelaxedBernoulli": (D.RelaxedBernoulli(t(0.7), t(0.3)), None),
    "StudentT": (D.StudentT(t(4.5), t(0.5), t(1.5)), stats.t(4.5, 0.5, 1.5)),
    "TransformedDistribution": (D.TransformedDistribution(D.Normal(t(0.5), t(1.5)), D.SoftplusTransform()), None),
    "Uniform": (D.Uniform(t(-0.5), t(1.5)), stats.uniform(-0.5, 2.0)),
    "VonMises": (D.VonMises(t(0.5), t(1.5)), stats.vonmises(1.5, 0.5)),
    "Weibull": (D.Weibull(t(1.5), t(1.7)), stats.weibull_min(1.7, scale=1.5)),
}
"""By name a distribution, and SciPy's where it has it."""

DISCRETE = {
    "Bernoulli": (D.Bernoulli(t(0.3)), stats.bernoulli(0.3)),
    "Binomial": (D.Binomial(6, t(0.3)), stats.binom(6, 0.3)),
    "Categorical": (D.Categorical(t(0.2, 0.5, 0.3)), stats.rv_discrete(values=([0, 1, 2], [0.2, 0.5, 0.3]))),
    "Geometric": (D.Geometric(t(0.3)), stats.geom(0.3, -1)),
    "NegativeBinomial": (D.NegativeBinomial(t(2.5), t(0.3)), stats.nbinom(2.5, 0.7)),
    "Poisson": (D.Poisson(t(3.5)), stats.poisson(3.5)),
}

ENDS = {"VonMises": (-np.pi, np.pi)}


def ends(d, name):
    """Between which numbers the density is to be integrated."""
    if name in ENDS:
        return ENDS[name]
    low = getattr(d.support, "lower_bound", -np.inf)
    high = getattr(d.support, "upper_bound", np.inf)
    return float(low), float(high)


def density(d):
    """The density as a function of a float."""
    return lambda x: float(d.log_prob(t(x)).exp())

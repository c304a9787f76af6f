"""torch.distributions: random values, how likely they are, and how they depend on their parameters."""

from wengert.distributions import constraints as constraints
from wengert.distributions import kl as kl
from wengert.distributions import transforms as transforms
from wengert.distributions import utils as utils
from wengert.distributions.bernoulli import Bernoulli
from wengert.distributions.beta import Beta
from wengert.distributions.binomial import Binomial
from wengert.distributions.categorical import Categorical
from wengert.distributions.cauchy import Cauchy
from wengert.distributions.chi2 import Chi2
from wengert.distributions.constraint_registry import biject_to, transform_to
from wengert.distributions.continuous_bernoulli import ContinuousBernoulli
from wengert.distributions.dirichlet import Dirichlet
from wengert.distributions.distribution import Distribution
from wengert.distributions.exp_family import ExponentialFamily
from wengert.distributions.exponential import Exponential
from wengert.distributions.fishersnedecor import FisherSnedecor
from wengert.distributions.gamma import Gamma
from wengert.distributions.generalized_pareto import GeneralizedPareto
from wengert.distributions.geometric import Geometric
from wengert.distributions.gumbel import Gumbel
from wengert.distributions.half_cauchy import HalfCauchy
from wengert.distributions.half_normal import HalfNormal
from wengert.distributions.independent import Independent
from wengert.distributions.inverse_gamma import InverseGamma
from wengert.distributions.kl import kl_divergence, register_kl
from wengert.distributions.kumaraswamy import Kumaraswamy
from wengert.distributions.laplace import Laplace
from wengert.distributions.lkj_cholesky import LKJCholesky
from wengert.distributions.log_normal import LogNormal
from wengert.distributions.logistic_normal import LogisticNormal
from wengert.distributions.lowrank_multivariate_normal import LowRankMultivariateNormal
from wengert.distributions.mixture_same_family import MixtureSameFamily
from wengert.distributions.multinomial import Multinomial
from wengert.distributions.multivariate_normal import MultivariateNormal
from wengert.distributions.negative_binomial import NegativeBinomial
from wengert.distributions.normal import Normal
from wengert.distributions.one_hot_categorical import OneHotCategorical, OneHotCategoricalStraightThrough
from wengert.distributions.pareto import Pareto
from wengert.distributions.poisson import Poisson
from wengert.distributions.relaxed_bernoulli import LogitRelaxedBernoulli, RelaxedBernoulli
from wengert.distributions.relaxed_categorical import RelaxedOneHotCategorical
from wengert.distributions.studentT import StudentT
from wengert.distributions.transformed_distribution import TransformedDistribution
from wengert.distributions.transforms import (
    AbsTransform,
    AffineTransform,
    CatTransform,
    ComposeTransform,
    CorrCholeskyTransform,
    CumulativeDistributionTransform,
    ExpTransform,
    IndependentTransform,
    LowerCholeskyTransform,
    PositiveDefiniteTransform,
    PowerTransform,
    ReshapeTransform,
    SigmoidTransform,
    SoftmaxTransform,
    SoftplusTransform,
    StackTransform,
    StickBreakingTransform,
    TanhTransform,
    Transform,
    identity_transform,
)
from wengert.distributions.uniform import Uniform
from wengert.distributions.von_mises import VonMises
from wengert.distributions.weibull import Weibull
from wengert.distributions.wishart import Wishart

__all__ = [
    "AbsTransform",
    "AffineTransform",
    "Bernoulli",
    "Beta",
    "Binomial",
    "CatTransform",
    "Categorical",
    "Cauchy",
    "Chi2",
    "ComposeTransform",
    "ContinuousBernoulli",
    "CorrCholeskyTransform",
    "CumulativeDistributionTransform",
    "Dirichlet",
    "Distribution",
    "ExpTransform",
    "Exponential",
    "ExponentialFamily",
    "FisherSnedecor",
    "Gamma",
    "GeneralizedPareto",
    "Geometric",
    "Gumbel",
    "HalfCauchy",
    "HalfNormal",
    "Independent",
    "IndependentTransform",
    "InverseGamma",
    "Kumaraswamy",
    "LKJCholesky",
    "Laplace",
    "LogNormal",
    "LogisticNormal",
    "LogitRelaxedBernoulli",
    "LowRankMultivariateNormal",
    "LowerCholeskyTransform",
    "MixtureSameFamily",
    "Multinomial",
    "MultivariateNormal",
    "NegativeBinomial",
    "Normal",
    "OneHotCategorical",
    "OneHotCategoricalStraightThrough",
    "Pareto",
    "Poisson",
    "PositiveDefiniteTransform",
    "PowerTransform",
    "RelaxedBernoulli",
    "RelaxedOneHotCategorical",
    "ReshapeTransform",
    "SigmoidTransform",
    "SoftmaxTransform",
    "SoftplusTransform",
    "StackTransform",
    "StickBreakingTransform",
    "StudentT",
    "TanhTransform",
    "Transform",
    "TransformedDistribution",
    "Uniform",
    "VonMises",
    "Weibull",
    "Wishart",
    "biject_to",
    "identity_transform",
    "kl_divergence",
    "register_kl",
    "transform_to",
]

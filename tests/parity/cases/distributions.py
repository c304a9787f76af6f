"""Every distribution, transform, constraint and divergence of torch.distributions."""

SETUP = """
D = torch.distributions
C = D.constraints
t = torch.tensor
def short(x):
    return [float(f"{float(e):.3g}") for e in x.flatten()]
"""

MADE = {
    "Bernoulli": ("D.Bernoulli(t([0.2, 0.5, 0.7]))", "t([0.0, 1.0, 1.0])"),
    "Bernoulli of logits": ("D.Bernoulli(logits=t([0.2, -0.5]))", "t([0.0, 1.0])"),
    "Beta": ("D.Beta(t([0.7, 2.0, 3.0]), t([1.5, 0.4, 4.0]))", "t([0.1, 0.5, 0.9])"),
    "Binomial": ("D.Binomial(5, t([0.2, 0.7]))", "t([0.0, 4.0])"),
    "Binomial of logits": ("D.Binomial(t([30.0, 30.0]), logits=t([0.2, -0.7]))", "t([10.0, 4.0])"),
    "Categorical": ("D.Categorical(t([[0.2, 0.5, 0.3], [1.0, 1.0, 6.0]]))", "t([0, 2])"),
    "Categorical of logits": ("D.Categorical(logits=t([0.2, -0.5, 0.3]))", "t([0, 2])"),
    "Cauchy": ("D.Cauchy(t([0.0, 1.0]), t([1.0, 2.5]))", "t([0.3, -2.0])"),
    "Chi2": ("D.Chi2(t([1.0, 4.5]))", "t([0.3, 2.0])"),
    "ContinuousBernoulli": ("D.ContinuousBernoulli(t([0.2, 0.5, 0.9]))", "t([0.3, 0.6, 0.1])"),
    "ContinuousBernoulli of logits": ("D.ContinuousBernoulli(logits=t([0.2, -3.0]))", "t([0.3, 0.6])"),
    "Dirichlet": ("D.Dirichlet(t([[0.5, 2.0, 1.5], [0.2, 0.4, 0.6]]))", "t([0.2, 0.5, 0.3])"),
    "Exponential": ("D.Exponential(t([0.5, 2.0]))", "t([0.3, 2.0])"),
    "FisherSnedecor": ("D.FisherSnedecor(t([1.0, 3.0]), t([5.0, 2.0]))", "t([0.3, 2.0])"),
    "Gamma": ("D.Gamma(t([0.3, 1.0, 7.0]), t([1.0, 2.0, 0.5]))", "t([0.3, 2.0, 9.0])"),
    "GeneralizedPareto": ("D.GeneralizedPareto(t([0.0, 1.0, 0.0]), t([1.0, 2.0, 3.0]), t([0.3, -0.5, 0.0]))",
                          "t([0.3, 2.0, 9.0])"),
    "Geometric": ("D.Geometric(t([0.2, 0.7]))", "t([3.0, 0.0])"),
    "Geometric of logits": ("D.Geometric(logits=t([0.2, -0.7]))", "t([3.0, 0.0])"),
    "Gumbel": ("D.Gumbel(t([0.0, 1.0]), t([1.0, 2.5]))", "t([0.3, -2.0])"),
    "HalfCauchy": ("D.HalfCauchy(t([1.0, 2.5]))", "t([0.3, 2.0])"),
    "HalfNormal": ("D.HalfNormal(t([1.0, 2.5]))", "t([0.3, 2.0])"),
    "Independent": ("D.Independent(D.Normal(torch.zeros(2, 3), t([1.0, 2.0, 3.0])), 1)", "t([0.3, 2.0, -1.0])"),
    "InverseGamma": ("D.InverseGamma(t([1.5, 3.0]), t([1.0, 2.0]))", "t([0.3, 2.0])"),
    "Kumaraswamy": ("D.Kumaraswamy(t([1.5, 0.5]), t([2.0, 0.7]))", "t([0.3, 0.8])"),
    "LKJCholesky": ("D.LKJCholesky(3, t([0.5, 2.0]))",
                    "t([[1.0, 0.0, 0.0], [0.6, 0.8, 0.0], [0.0, -0.6, 0.8]])"),
    "Laplace": ("D.Laplace(t([0.0, 1.0]), t([1.0, 2.5]))", "t([0.3, -2.0])"),
    "LogNormal": ("D.LogNormal(t([0.0, 1.0]), t([1.0, 0.5]))", "t([0.3, 2.0])"),
    "LogisticNormal": ("D.LogisticNormal(t([0.0, 1.0]), t([1.0, 0.5]))", "t([0.3, 0.2, 0.5])"),
    "LowRankMultivariateNormal": (
        "D.LowRankMultivariateNormal(t([0.0, 1.0, 2.0]), t([[1.0], [0.5], [-0.3]]), t([0.5, 1.0, 2.0]))",
        "t([0.3, 0.2, 0.5])"),
    "MixtureSameFamily": ("D.MixtureSameFamily(D.Categorical(t([0.3, 0.7])), D.Normal(t([-1.0, 2.0]), t([1.0, 0.5])))",
                          "t([0.3, -2.0])"),
    "MixtureSameFamily of vectors": (
        "D.MixtureSameFamily(D.Categorical(torch.ones(2, 2)), D.Independent(D.Normal(torch.zeros(2, 2, 3), 1.0), 1))",
        "t([0.3, -2.0, 1.0])"),
    "Multinomial": ("D.Multinomial(4, t([[0.2, 0.5, 0.3], [0.1, 0.1, 0.8]]))", "t([1.0, 2.0, 1.0])"),
    "MultivariateNormal": ("D.MultivariateNormal(t([0.0, 1.0]), t([[2.0, 0.5], [0.5, 1.0]]))", "t([0.3, 0.2])"),
    "MultivariateNormal of precision": (
        "D.MultivariateNormal(torch.zeros(3, 2), precision_matrix=t([[2.0, 0.5], [0.5, 1.0]]))", "t([0.3, 0.2])"),
    "MultivariateNormal of a triangle": (
        "D.MultivariateNormal(torch.zeros(2), scale_tril=t([[2.0, 0.0], [0.5, 1.0]]))", "t([0.3, 0.2])"),
    "NegativeBinomial": ("D.NegativeBinomial(t([3.0, 0.5]), t([0.2, 0.7]))", "t([3.0, 0.0])"),
    "NegativeBinomial of logits": ("D.NegativeBinomial(4.0, logits=t([0.2, -0.7]))", "t([3.0, 0.0])"),
    "Normal": ("D.Normal(t([0.0, 1.0]), t([1.0, 2.5]))", "t([0.3, -2.0])"),
    "Normal of numbers": ("D.Normal(0.5, 2)", "t(0.3)"),
    "OneHotCategorical": ("D.OneHotCategorical(t([[0.2, 0.5, 0.3], [1.0, 1.0, 6.0]]))", "t([0.0, 1.0, 0.0])"),
    "OneHotCategoricalStraightThrough": ("D.OneHotCategoricalStraightThrough(logits=t([0.2, 0.5]))", "t([0.0, 1.0])"),
    "Pareto": ("D.Pareto(t([1.0, 2.0]), t([1.5, 3.0]))", "t([1.3, 4.0])"),
    "Poisson": ("D.Poisson(t([0.5, 3.0, 20.0]))", "t([0.0, 4.0, 18.0])"),
    "RelaxedBernoulli": ("D.RelaxedBernoulli(t(0.7), t([0.2, 0.7]))", "t([0.3, 0.8])"),
    "LogitRelaxedBernoulli": (
        "D.relaxed_bernoulli.LogitRelaxedBernoulli(t(0.7), t([0.2, 0.7]))", "t([0.3, -0.8])"),
    "RelaxedOneHotCategorical": ("D.RelaxedOneHotCategorical(t(0.7), t([0.2, 0.5, 0.3]))", "t([0.2, 0.5, 0.3])"),
    "StudentT": ("D.StudentT(t([1.0, 1.5, 5.0]), t([0.0, 1.0, 2.0]), 2.0)", "t([0.3, -2.0, 1.0])"),
    "TransformedDistribution": (
        "D.TransformedDistribution(D.Normal(t([0.0, 1.0]), 1.0), [D.SigmoidTransform(), D.AffineTransform(1.0, -2.0)])",
        "t([0.3, -0.5])"),
    "Uniform": ("D.Uniform(t([0.0, 1.0]), t([1.0, 4.0]))", "t([0.3, 2.0])"),
    "VonMises": ("D.VonMises(t([0.0, 1.0]), t([1.0, 4.0]))", "t([0.3, 2.0])"),
    "Weibull": ("D.Weibull(t([1.0, 2.0]), t([1.5, 0.7]))", "t([0.3, 2.0])"),
    "Wishart": ("D.Wishart(t(4.5), t([[2.0, 0.5], [0.5, 1.0]]))", "t([[3.0, 1.0], [1.0, 2.0]])"),
    "Wishart of a triangle": ("D.Wishart(t([4.5, 3.0]), scale_tril=t([[2.0, 0.0], [0.5, 1.0]]))",
                              "t([[3.0, 1.0], [1.0, 2.0]])"),
}  # fmt: skip

QUESTIONS = """
d
d.batch_shape, d.event_shape, d.has_rsample, d.has_enumerate_support
d.support
d.support.check(v)
d.log_prob(v)
d.mean
d.variance
d.stddev
d.mode
d.entropy()
short(d.perplexity())
d.cdf(v)
d.icdf(t([0.3, 0.6])[: max(d.batch_shape[-1:], default=1)])
d.enumerate_support()
d.enumerate_support(expand=False)
e = d.expand((2, *d.batch_shape))
e
e.batch_shape, e.event_shape
e.log_prob(v)
e.mean
type(d) is D.Multinomial or e.entropy()  # PyTorch forgets a part of that one
"""

DRAWS = """
_ = torch.manual_seed(3)
d.sample()
d.sample((2,))
e.sample().shape
torch.rand(2)
"""

GRADIENTS = {
    "Normal": ("t([0.0, 1.0])", "t([1.0, 2.5])"),
    "Uniform": ("t([0.0, 1.0])", "t([1.5, 2.5])"),
    "Exponential": ("t([0.5, 2.0])",),
    "Laplace": ("t([0.0, 1.0])", "t([1.0, 2.5])"),
    "Cauchy": ("t([0.0, 1.0])", "t([1.0, 2.5])"),
    "Gumbel": ("t([0.0, 1.0])", "t([1.0, 2.5])"),
    "Pareto": ("t([1.0, 2.0])", "t([1.5, 3.0])"),
    "Weibull": ("t([1.0, 2.0])", "t([1.5, 0.7])"),
    "Kumaraswamy": ("t([1.5, 0.5])", "t([2.0, 0.7])"),
    "HalfNormal": ("t([1.0, 2.5])",),
    "HalfCauchy": ("t([1.0, 2.5])",),
    "LogNormal": ("t([0.0, 1.0])", "t([1.0, 0.5])"),
    "LogisticNormal": ("t([0.0, 1.0])", "t([1.0, 0.5])"),
    "ContinuousBernoulli": ("t([0.2, 0.5, 0.9])",),
    "GeneralizedPareto": ("t([0.0, 1.0])", "t([1.0, 2.5])", "t([0.3, -0.2])"),
    "MultivariateNormal": ("t([0.0, 1.0])", "t([[2.0, 0.5], [0.5, 1.0]])"),
    "LowRankMultivariateNormal": ("t([0.0, 1.0])", "t([[1.0], [0.5]])", "t([0.5, 1.0])"),
    "RelaxedBernoulli": ("t(0.7)", "t([0.2, 0.7])"),
    "RelaxedOneHotCategorical": ("t(0.7)", "t([0.2, 0.5, 0.3])"),
    "OneHotCategoricalStraightThrough": ("t([0.2, 0.5, 0.3])",),
    "Gamma": ("t([0.4, 1.5, 7.0])", "t([1.0, 2.0, 0.5])"),
    "Beta": ("t([0.8, 2.0, 9.0])", "t([1.5, 0.7, 4.0])"),
    "Dirichlet": ("t([0.8, 2.0, 1.5])",),
    "Chi2": ("t([1.0, 4.5])",),
    "StudentT": ("t([2.0, 5.0])", "t([0.0, 1.0])", "t([1.0, 2.0])"),
    "FisherSnedecor": ("t([2.0, 3.0])", "t([5.0, 4.0])"),
    "InverseGamma": ("t([1.5, 3.0])", "t([1.0, 2.0])"),
    "Wishart": ("t(4.5)", "t([[2.0, 0.5], [0.5, 1.0]])"),
}

WEIGHED = """
_ = torch.manual_seed(5)
x = d.rsample((2,))
x.detach()
(x * torch.arange(1.0, x.numel() + 1).reshape(x.shape)).sum().backward()
"""


def gradients(name, parameters):
    made = [f"p{i} = ({p}).requires_grad_()" for i, p in enumerate(parameters)]
    names = ", ".join(f"p{i}" for i in range(len(parameters)))
    # three digits: PyTorch approximates the derivatives of gamma and beta numbers
    shown = [f"[round(float(g), 2) for g in (p{i}.grad * 1.0).flatten()]" for i in range(len(parameters))]
    return "\n".join([SETUP, *made, f"d = D.{name}({names})", WEIGHED, *shown])


REFUSED = """
D.Normal(t([0.0, 1.0]), t([1.0, -1.0]))
D.Normal(0.0, -1.0)
D.Normal("a", 1.0)
D.Normal(0.0, 1.0).log_prob(3)
D.Normal(torch.zeros(2), 1.0).log_prob(torch.zeros(3))
D.Normal(0.0, 1.0).log_prob(t(nan))
D.Normal(0.0, -1.0, validate_args=False)
D.Bernoulli()
D.Bernoulli(0.5, 0.5)
D.Bernoulli(probs=1.4)
D.Bernoulli(t(0.4)).log_prob(t(2.0))
D.Bernoulli(t([0.4, 0.5])).expand((2, 3))
D.Binomial(t([1, 2]), t(0.4)).enumerate_support()
D.Binomial(2, t(0.4)).log_prob(t(3.0))
D.Categorical(t([-1.0, 2.0]))
D.Categorical(t(1.0))
D.Categorical(t([1.0, 2.0])).log_prob(t(2))
D.Dirichlet(t(1.0))
D.Dirichlet(torch.ones(2)).log_prob(torch.zeros(3))
D.Dirichlet(torch.ones(2)).log_prob(t(3.0))
D.Dirichlet(torch.ones(2)).log_prob(torch.zeros(2))
D.Gamma(0.0, 1.0)
D.Geometric(t(0.0))
D.Geometric()
D.ContinuousBernoulli()
D.LKJCholesky(1)
D.LowRankMultivariateNormal(torch.zeros(2), torch.ones(3, 1), torch.ones(2))
D.LowRankMultivariateNormal(t(1.0), torch.ones(3, 1), torch.ones(2))
D.MixtureSameFamily(D.Normal(0.0, 1.0), D.Normal(torch.zeros(2), 1.0))
D.MixtureSameFamily(D.Categorical(torch.ones(2)), 3)
D.MixtureSameFamily(D.Categorical(torch.ones(3)), D.Normal(torch.zeros(2), 1.0))
D.Multinomial(t([1, 2]), torch.ones(2))
D.Multinomial(2, torch.ones(2)).log_prob(t([2.0, 1.0]))
D.MultivariateNormal(torch.zeros(2), torch.zeros(2, 2))
D.MultivariateNormal(torch.zeros(2))
D.MultivariateNormal(t(1.0), torch.eye(2))
D.MultivariateNormal(torch.zeros(2), scale_tril=t([[1.0, 2.0], [0.0, 1.0]]))
D.NegativeBinomial(3.0)
D.OneHotCategorical(t([1.0, 2.0])).log_prob(t([1.0, 1.0]))
D.Independent(D.Normal(torch.zeros(2), 1.0), 2)
D.Independent(D.Bernoulli(torch.ones(2) / 2), 1).enumerate_support()
D.Poisson(-1.0)
D.Poisson(1.0).cdf(t(1.0))
D.Poisson(1.0).rsample()
D.TransformedDistribution(D.Normal(0.0, 1.0), [3])
D.TransformedDistribution(D.Normal(0.0, 1.0), 3)
D.TransformedDistribution(D.Normal(0.0, 1.0), [D.StickBreakingTransform()])
D.Uniform(t([1.0]), 0.0)
D.Uniform(0.0, 1.0).log_prob(t(2.0))
D.VonMises(0.0, -1.0)
D.Wishart(t(1.0), torch.eye(2))
D.Distribution.set_default_validate_args(3)
D.Distribution().sample()
D.Distribution().support
D.kl_divergence(D.Normal(0.0, 1.0), D.Poisson(1.0))
D.kl_divergence(D.Cauchy(0.0, 1.0), D.Normal(0.0, 1.0))
D.kl_divergence(D.Independent(D.Normal(torch.zeros(2), 1.0), 1), D.Normal(0.0, 1.0))
D.transform_to(C.dependent)
D.biject_to(C.boolean)
D.ExpTransform(cache_size=2)
D.ReshapeTransform((2,), (3,))
D.AbsTransform().log_abs_det_jacobian(t(1.0), t(1.0))
D.SoftmaxTransform().sign
D.CorrCholeskyTransform()(torch.ones(2))
C.dependent.check(1)
C.dependent.is_discrete
class Shifted(D.Normal):
    def __init__(self, loc):
        super().__init__(loc, 1.0)
Shifted(2.0).expand((2,))
"""

MAPS = {
    "abs": ("D.AbsTransform()", "t([-1.0, 2.0])"),
    "affine": ("D.AffineTransform(t([1.0, 2.0]), t([-2.0, 0.5]))", "t([-1.0, 2.0])"),
    "affine of numbers": ("D.AffineTransform(1.0, -2, event_dim=1)", "t([-1.0, 2.0])"),
    "cat": ("D.CatTransform([D.ExpTransform(), D.TanhTransform()], dim=-1, lengths=[1, 2])", "t([-1.0, 0.2, 0.4])"),
    "compose": ("D.ComposeTransform([D.AffineTransform(1.0, 2.0), D.SigmoidTransform(), D.ExpTransform()])",
                "t([-1.0, 2.0])"),
    "compose of vectors": ("D.ComposeTransform([D.ExpTransform(), D.ReshapeTransform((4,), (2, 2))])",
                           "t([[-1.0, 2.0, 0.1, 0.2]])"),
    "corr cholesky": ("D.CorrCholeskyTransform()", "t([0.5, -0.3, 0.8])"),
    "cdf": ("D.CumulativeDistributionTransform(D.Normal(0.5, 2.0))", "t([-1.0, 2.0])"),
    "exp": ("D.ExpTransform()", "t([-1.0, 2.0])"),
    "inverse": ("D.SigmoidTransform().inv", "t([0.1, 0.8])"),
    "independent": ("D.IndependentTransform(D.ExpTransform(), 1)", "t([[-1.0, 2.0]])"),
    "identity": ("D.identity_transform", "t([-1.0, 2.0])"),
    "lower cholesky": ("D.LowerCholeskyTransform()", "t([[-1.0, 2.0], [0.5, 0.3]])"),
    "positive definite": ("D.PositiveDefiniteTransform()", "t([[-1.0, 2.0], [0.5, 0.3]])"),
    "power": ("D.PowerTransform(t(-1.5))", "t([0.1, 2.0])"),
    "reshape": ("D.ReshapeTransform((4,), (2, 2))", "t([[-1.0, 2.0, 0.1, 0.2]])"),
    "sigmoid": ("D.SigmoidTransform()", "t([-1.0, 2.0, 200.0])"),
    "softmax": ("D.SoftmaxTransform()", "t([-1.0, 2.0, 0.0])"),
    "softplus": ("D.SoftplusTransform()", "t([-1.0, 2.0, 30.0])"),
    "stack": ("D.StackTransform([D.ExpTransform(), D.TanhTransform()], dim=-1)", "t([[-1.0, 0.2], [0.4, 0.5]])"),
    "stick breaking": ("D.StickBreakingTransform()", "t([-1.0, 2.0, 0.0])"),
    "tanh": ("D.TanhTransform()", "t([-1.0, 2.0])"),
    "to positive": ("D.transform_to(C.positive)", "t([-1.0, 2.0])"),
    "to greater": ("D.transform_to(C.greater_than(3.0))", "t([-1.0, 2.0])"),
    "to less": ("D.biject_to(C.less_than(3.0))", "t([-1.0, 2.0])"),
    "to an interval": ("D.biject_to(C.interval(t([1.0, 2.0]), t([3.0, 2.5])))", "t([-1.0, 2.0])"),
    "to the unit interval": ("D.biject_to(C.unit_interval)", "t([-1.0, 2.0])"),
    "to shares": ("D.transform_to(C.simplex)", "t([-1.0, 2.0])"),
    "to shares and back": ("D.biject_to(C.simplex)", "t([-1.0, 2.0])"),
    "to a triangle": ("D.transform_to(C.lower_cholesky)", "t([[-1.0, 2.0], [0.5, 0.3]])"),
    "to a definite matrix": ("D.transform_to(C.positive_definite)", "t([[-1.0, 2.0], [0.5, 0.3]])"),
    "to correlations": ("D.biject_to(C.corr_cholesky)", "t([0.4])"),
    "to vectors": ("D.biject_to(C.independent(C.positive, 1))", "t([[-1.0, 2.0]])"),
    "to several": ("D.transform_to(C.cat([C.positive, C.real], 0, [1, 1]))", "t([-1.0, 2.0])"),
    "to a stack": ("D.biject_to(C.stack([C.positive, C.unit_interval], 0))", "t([[-1.0, 2.0], [0.4, 1.0]])"),
}  # fmt: skip

MAPPED = """
f
y = f(x)
y
f.inv(y)
f.inv
f.log_abs_det_jacobian(x, y)
f.inv.log_abs_det_jacobian(y, x)
f.domain, f.codomain
f.bijective
f.sign
f.forward_shape(x.shape), f.inverse_shape(y.shape)
f.inv.inv is f, f == f, f == D.ExpTransform()
g = f.with_cache()
g.inv(g(x)) is x
"""

SETS = """
sets = [
    C.real, C.positive, C.nonnegative, C.unit_interval, C.interval(-1.0, 1.5), C.half_open_interval(-1.0, 2.0),
    C.greater_than(0.5), C.greater_than_eq(0.5), C.less_than(1.0), C.boolean, C.integer_interval(0, 1),
    C.nonnegative_integer, C.positive_integer, C.simplex, C.one_hot, C.multinomial(3), C.real_vector,
    C.independent(C.positive, 1), C.cat([C.real, C.positive], -1, [1, 2]), C.stack([C.real, C.positive, C.boolean], -1),
]
values = t([[-1.0, 0.0, 1.0], [0.2, 0.5, 0.3], [0.0, 1.0, 0.0], [2.0, nan, 1.5]])
for each in sets:
    show(repr(each), each.is_discrete, each.event_dim, each.check(values))
matrices = t([
    [[1.0, 0.0], [0.6, 0.8]], [[2.0, 0.5], [0.5, 1.0]], [[1.0, 2.0], [2.0, 1.0]], [[1.0, 1.0], [1.0, 1.0]],
    [[-1.0, 0.0], [1.0, 1.0]], [[0.0, 1.0], [2.0, 3.0]],
])
for each in [C.lower_triangular, C.lower_cholesky, C.corr_cholesky, C.square, C.symmetric]:
    show(repr(each), each.is_discrete, each.event_dim, each.check(matrices))
for each in [C.positive_definite, C.positive_semidefinite]:
    show(repr(each), each.is_discrete, each.event_dim, each.check(matrices).all(), each.check(matrices[1:4]))
C.square.check(torch.zeros(3, 2, 3))
C.is_dependent(C.dependent), C.is_dependent(C.real), C.is_dependent(D.Uniform.support)
D.Uniform.support
C.dependent(is_discrete=True, event_dim=1).event_dim
"""

SOME = {
    "Bernoulli": ["D.Bernoulli(t([0.2, 0.5, 0.0]))", "D.Bernoulli(t([0.7, 0.1, 1.0]))"],
    "Beta": ["D.Beta(t([0.7, 2.0]), t([1.5, 0.4]))", "D.Beta(t([1.7, 3.0]), 2.5)"],
    "Binomial": ["D.Binomial(5, t([0.2, 0.7]))", "D.Binomial(5, t([0.6, 0.7]))"],
    "Categorical": ["D.Categorical(t([0.2, 0.5, 0.3]))", "D.Categorical(t([[0.2, 0.8, 0.0], [1.0, 1.0, 1.0]]))"],
    "Cauchy": ["D.Cauchy(t([0.0, 1.0]), 2.0)", "D.Cauchy(t([0.5, -1.0]), t([1.0, 2.0]))"],
    "ContinuousBernoulli": ["D.ContinuousBernoulli(t([0.2, 0.5]))", "D.ContinuousBernoulli(t([0.7, 0.1]))"],
    "Dirichlet": ["D.Dirichlet(t([0.5, 2.0, 1.5]))", "D.Dirichlet(t([1.5, 0.4, 0.5]))"],
    "Exponential": ["D.Exponential(t([0.5, 2.0]))", "D.Exponential(t([1.5, 0.4]))"],
    "Gamma": ["D.Gamma(t([0.7, 3.0]), t([1.0, 2.0]))", "D.Gamma(t([2.7, 1.3]), t([1.5, 0.5]))"],
    "Geometric": ["D.Geometric(t([0.2, 0.7]))", "D.Geometric(t([0.6, 0.1]))"],
    "Gumbel": ["D.Gumbel(t([0.0, 1.0]), t([1.0, 2.5]))", "D.Gumbel(t([0.4, -1.0]), t([2.0, 0.5]))"],
    "HalfNormal": ["D.HalfNormal(t([1.0, 2.5]))", "D.HalfNormal(t([2.0, 0.5]))"],
    "Independent": [
        "D.Independent(D.Normal(torch.zeros(2, 3), 1.0), 1)", "D.Independent(D.Normal(torch.ones(3), 2.0), 1)"],
    "Laplace": ["D.Laplace(t([0.0, 1.0]), t([1.0, 2.5]))", "D.Laplace(t([0.4, -1.0]), t([2.0, 0.5]))"],
    "LogNormal": ["D.LogNormal(t([0.0, 1.0]), t([1.0, 0.5]))", "D.LogNormal(t([1.0, 1.0]), t([2.0, 0.3]))"],
    "LowRankMultivariateNormal": [
        "D.LowRankMultivariateNormal(t([0.0, 1.0]), t([[1.0], [0.5]]), t([0.5, 1.0]))",
        "D.LowRankMultivariateNormal(t([[1.0, 1.0], [0.0, 0.0]]), t([[0.4], [-0.5]]), t([1.5, 0.3]))"],
    "MultivariateNormal": [
        "D.MultivariateNormal(t([0.0, 1.0]), t([[2.0, 0.5], [0.5, 1.0]]))",
        "D.MultivariateNormal(t([[1.0, 1.0], [0.0, 0.0]]), t([[1.0, -0.3], [-0.3, 1.5]]))"],
    "Normal": ["D.Normal(t([0.0, 1.0]), t([1.0, 2.5]))", "D.Normal(t([0.4, -1.0]), t([2.0, 0.5]))"],
    "OneHotCategorical": ["D.OneHotCategorical(t([0.2, 0.5, 0.3]))", "D.OneHotCategorical(t([0.2, 0.8, 0.0]))"],
    "Pareto": ["D.Pareto(t([1.0, 2.0]), t([4.5, 3.0]))", "D.Pareto(t([0.5, 3.0]), t([2.5, 1.3]))"],
    "Poisson": ["D.Poisson(t([0.5, 3.0]))", "D.Poisson(t([1.5, 2.0]))"],
    "Uniform": ["D.Uniform(t([0.1, 0.3]), t([0.4, 0.8]))", "D.Uniform(t([-0.1, 0.4]), t([1.4, 0.9]))"],
    "Chi2": ["D.Chi2(t([1.5, 3.0]))", "D.Chi2(t([2.5, 2.0]))"],
}  # fmt: skip


def divergences(name):
    p, more = SOME[name]
    lines = [SETUP, f"p, more = {p}, {more}", "(D.kl_divergence(p, p).abs() < 1e-5).all()", "D.kl_divergence(p, more)"]
    for other, made in SOME.items():
        if other != name:
            lines.append(f"show({other!r}, attempt(lambda: short(D.kl_divergence(p, {made[1]}))))")
    return "\n".join(lines)


CASES = {
    **{f"{name}": f"{SETUP}d = {made}\nv = {value}\n{QUESTIONS}" for name, (made, value) in MADE.items()},
    **{
        f"draws of {name}": f"{SETUP}d = {made}\ne = d.expand((2, *d.batch_shape))\n{DRAWS}"
        for name, (made, _) in MADE.items()
    },
    **{f"gradient of {name}": gradients(name, parameters) for name, parameters in GRADIENTS.items()},
    **{f"map {name}": f"{SETUP}f = {made}\nx = {value}\n{MAPPED}" for name, (made, value) in MAPS.items()},
    **{f"divergence of {name}": divergences(name) for name in SOME},
    "sets": SETUP + SETS,
    "refused": SETUP + REFUSED,
}

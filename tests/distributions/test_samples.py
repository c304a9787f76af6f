"""Samples follow the distributions, and move with the parameters as the distributions do."""

import numpy as np
import pytest
from scipy import stats
from tests.distributions.families import CONTINUOUS, DISCRETE, t

import wengert as torch
from wengert import distributions as D
from wengert.functions.making.gammas import standard_dirichlet, standard_gamma
from wengert.ops.transport import beta_moved, gamma_moved

COUNT = 4000
pytestmark = pytest.mark.filterwarnings(r"ignore::RuntimeWarning:wengert\.")


@pytest.mark.parametrize("name", [name for name, (_, known) in CONTINUOUS.items() if known is not None])
def test_samples_follow_the_distribution(name):
    d, known = CONTINUOUS[name]
    torch.manual_seed(1)
    drawn = d.sample((COUNT,)).numpy()
    assert stats.kstest(drawn, known.cdf).pvalue > 1e-3


@pytest.mark.parametrize("name", DISCRETE)
def test_discrete_samples_are_as_frequent_as_they_are_probable(name):
    d, known = DISCRETE[name]
    torch.manual_seed(1)
    drawn = d.sample((COUNT,)).numpy()
    for value in range(4):
        p = known.pmf(value)
        assert abs((drawn == value).mean() - p) < 4 * np.sqrt(p * (1 - p) / COUNT) + 1e-9


VECTORS = {
    "Dirichlet": D.Dirichlet(t(0.7, 2.0, 1.5)),
    "MultivariateNormal": D.MultivariateNormal(t(0.5, -1.0), torch.tensor([[2.0, 0.5], [0.5, 1.0]]).double()),
    "LowRankMultivariateNormal": D.LowRankMultivariateNormal(
        t(0.5, -1.0), torch.tensor([[1.0], [0.5]]).double(), t(0.5, 1.0)
    ),
    "Multinomial": D.Multinomial(5, t(0.2, 0.5, 0.3)),
    "OneHotCategorical": D.OneHotCategorical(t(0.2, 0.5, 0.3)),
    "Wishart": D.Wishart(t(5.5), torch.tensor([[2.0, 0.5], [0.5, 1.0]]).double()),
    "MixtureSameFamily": D.MixtureSameFamily(
        D.Categorical(t(0.3, 0.7)), D.Independent(D.Normal(t(-1.0, 2.0)[:, None].expand(2, 3), 0.5), 1)
    ),
}


@pytest.mark.parametrize("name", VECTORS)
def test_means_and_variances_of_vectors(name):
    d = VECTORS[name]
    torch.manual_seed(1)
    drawn = d.sample((COUNT,))
    error = (d.variance / COUNT).sqrt()
    assert bool(((drawn.mean(0) - d.mean).abs() < 5 * error).all())
    np.testing.assert_allclose(drawn.var(0).numpy(), d.variance.numpy(), rtol=0.15)


def test_correlations_of_lkj_have_the_moments_of_beta_numbers():
    torch.manual_seed(1)
    d = D.LKJCholesky(3, t(1.5))
    lower = d.sample((COUNT,))
    correlations = (lower @ lower.mT).numpy()
    a = 1.5 + 0.5  # (r + 1) / 2 is a beta number of concentrations eta + (dim - 2) / 2
    for i, j in ((1, 0), (2, 0), (2, 1)):
        assert stats.kstest((correlations[:, i, j] + 1) / 2, stats.beta(a, a).cdf).pvalue > 1e-3


def test_a_gamma_number_stays_at_its_part_of_the_distribution():
    concentration = t(0.05, 0.7, 3.0, 80.0).requires_grad_()
    torch.manual_seed(2)
    x = standard_gamma(concentration)
    x.sum().backward()
    part, step = stats.gamma(concentration.detach().numpy()).cdf(x.detach().numpy()), 1e-6
    a = concentration.detach().numpy()
    moved = (stats.gamma(a * (1 + step)).ppf(part) - stats.gamma(a * (1 - step)).ppf(part)) / (2 * step * a)
    np.testing.assert_allclose(concentration.grad.numpy(), moved, rtol=1e-4)


@pytest.mark.parametrize("power", [1, 2])
def test_the_mean_of_gradients_is_the_gradient_of_the_mean(power):
    for make, expected in [
        (lambda a: D.Gamma(a, 2.0), lambda d: d.mean if power == 1 else d.variance + d.mean**2),
        (lambda a: D.Beta(a, 2.0), lambda d: d.mean if power == 1 else d.variance + d.mean**2),
        (lambda a: D.StudentT(a + 7, 1.0, 2.0), lambda d: d.mean + 0 * d.df if power == 1 else d.variance + d.mean**2),
        (lambda a: D.Dirichlet(torch.stack([a, a * 2, a * 0.5])), lambda d: (
            d.mean if power == 1 else d.variance + d.mean**2)[0]),
    ]:  # fmt: skip
        torch.manual_seed(3)
        a, b = t(1.5).requires_grad_(), t(1.5).requires_grad_()
        drawn = make(a).rsample((COUNT,)) ** power
        drawn = drawn[:, 0] if drawn.dim() == 2 else drawn
        drawn.mean().backward()
        expected(make(b)).backward()
        scale = float(drawn.detach().std())
        assert float(a.grad) == pytest.approx(float(b.grad), abs=0.15 * scale)


@pytest.mark.parametrize(("family", "number"), [(stats.gamma, 0.4), (lambda a: stats.beta(a, 2.0), 0.3)])
def test_gamma_and_beta_numbers_have_second_derivatives(family, number):
    x = t(number)
    move = {True: lambda a: gamma_moved(a, t(1.5), x), False: lambda a: beta_moved(a, t(2.0), t(1.5), t(2.0), x)}
    f = move[family is stats.gamma]
    second = torch.func.grad(torch.func.grad(f))(t(1.5))
    part, step = family(1.5).cdf(number), 1e-3
    below, at, above = (family(1.5 + k * step).ppf(part) for k in (-1, 0, 1))
    assert float(second) == pytest.approx((below - 2 * at + above) / step**2, rel=1e-3)


def test_the_slope_of_shares_keeps_their_sum():
    a = t(0.5, 2.0, 3.0).requires_grad_()
    shares = standard_dirichlet(a)
    shares.sum().backward()
    np.testing.assert_allclose(a.grad.numpy(), 0, atol=1e-12)

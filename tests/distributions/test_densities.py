"""What the distributions say of themselves agrees with SciPy, and with integrals of the density."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad
from tests.distributions.families import CONTINUOUS, DISCRETE, density, ends, t

import wengert as torch

KNOWN = {**CONTINUOUS, **DISCRETE}
WITH_SCIPY = [name for name, (_, known) in KNOWN.items() if known is not None]
pytestmark = pytest.mark.filterwarnings(r"ignore::RuntimeWarning:wengert\.")


def answer(question):
    """What is said, or None where the distribution does not say."""
    try:
        return question()
    except NotImplementedError:
        return None


def integral(d, name, weight):
    """The expected value of a function of floats."""
    low, high = ends(d, name)
    f, middle = density(d), 1.0
    cuts = [c for c in (-4.0, -1.0, 0.5, middle, 4.0, 20.0) if low < c < high]
    edges = [low, *cuts, high]
    return sum(quad(lambda x: weight(x) * f(x), a, b, limit=200)[0] for a, b in pairwise(edges))


def heavy(name, power):
    """Whether the moment does not exist, or its integral converges too slowly."""
    return {"Cauchy": 1, "HalfCauchy": 1, "Pareto": 2, "FisherSnedecor": 2, "InverseGamma": 2, "StudentT": 2,
            "GeneralizedPareto": 2}.get(name, 9) <= power  # fmt: skip


@pytest.mark.parametrize("name", CONTINUOUS)
def test_a_density_integrates_to_one(name):
    assert integral(CONTINUOUS[name][0], name, lambda x: 1.0) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("name", DISCRETE)
def test_probabilities_add_up_to_one(name):
    d, _ = DISCRETE[name]
    values = answer(d.enumerate_support)
    values = torch.arange(200.0, dtype=torch.float64) if values is None else values
    assert float(d.log_prob(values).exp().sum()) == pytest.approx(1)


@pytest.mark.parametrize("name", WITH_SCIPY)
def test_log_probabilities_are_those_of_scipy(name):
    d, known = KNOWN[name]
    values = known.rvs(size=20, random_state=0)
    found = d.log_prob(torch.tensor(values, dtype=torch.float64)).numpy()
    expected = known.logpmf(values) if name in DISCRETE else known.logpdf(values)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", [n for n in WITH_SCIPY if n not in ("Categorical", "VonMises")])
def test_moments_and_entropies_are_those_of_scipy(name):
    d, known = KNOWN[name]
    mean, variance = known.stats("mv")
    if np.isfinite(mean):
        assert float(d.mean) == pytest.approx(mean, abs=1e-12)
        assert float(d.variance) == pytest.approx(variance)
        assert float(d.stddev) == pytest.approx(np.sqrt(variance))
    entropy = answer(d.entropy)
    if entropy is not None and name != "ContinuousBernoulli":
        assert float(entropy) == pytest.approx(known.entropy(), rel=1e-6)


@pytest.mark.parametrize("name", CONTINUOUS)
def test_moments_and_entropies_are_integrals(name):
    d, _ = CONTINUOUS[name]
    f = density(d)
    mean, entropy = answer(lambda: d.mean), answer(d.entropy)
    if mean is not None and not heavy(name, 1) and name != "VonMises":  # its mean is a direction
        assert integral(d, name, lambda x: x) == pytest.approx(float(mean), abs=1e-6)
        if not heavy(name, 2):
            spread = integral(d, name, lambda x: (x - float(mean)) ** 2)
            assert spread == pytest.approx(float(d.variance), rel=1e-5)
    if entropy is not None and not heavy(name, 1):
        found = integral(d, name, lambda x: -np.log(f(x)) if f(x) > 0 else 0.0)
        assert found == pytest.approx(float(entropy), abs=1e-4)


@pytest.mark.parametrize("name", CONTINUOUS)
def test_cdf_is_the_integral_and_icdf_its_inverse(name):
    d, known = CONTINUOUS[name]
    at = t(0.9) if name != "Pareto" else t(1.9)
    cdf = answer(lambda: d.cdf(at))
    if cdf is None:
        pytest.skip("it has none")
    low, _ = ends(d, name)
    parts = (low, *(c for c in (-4.0, 0.5) if low < c), float(at))
    assert sum(quad(density(d), a, b, limit=200)[0] for a, b in pairwise(parts)) == pytest.approx(float(cdf), abs=1e-6)
    if known is not None:
        assert float(cdf) == pytest.approx(known.cdf(float(at)))
    back = answer(lambda: d.icdf(cdf))
    if back is not None:
        assert float(back) == pytest.approx(float(at))


@pytest.mark.parametrize("name", CONTINUOUS)
def test_the_mode_is_where_the_density_is_largest(name):
    d, _ = CONTINUOUS[name]
    mode = answer(lambda: d.mode)
    if mode is None or bool(mode.isnan()):
        pytest.skip("it has none")
    peak = density(d)(float(mode))
    low, high = ends(d, name)
    for step in (-0.05, -0.01, 0.01, 0.05):
        if low < float(mode) + step < high:
            assert density(d)(float(mode) + step) <= peak

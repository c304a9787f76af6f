"""Distributions inside of transforms, of compiled functions and of programs that were written for PyTorch."""

import copy
import pickle
import subprocess
import sys
import textwrap

import numpy as np
import pytest
from tests.distributions.families import CONTINUOUS, DISCRETE, t

import wengert as torch
from wengert import distributions as D

pytestmark = pytest.mark.filterwarnings(r"ignore::RuntimeWarning:wengert\.")
X = torch.tensor([0.3, 0.5])


@pytest.mark.parametrize("name", [*CONTINUOUS, *DISCRETE])
def test_gradients_of_log_prob_are_differences(name):
    d = {**CONTINUOUS, **DISCRETE}[name][0]
    if name == "MixtureSameFamily":
        pytest.skip("it has no parameters of its own")
    inner = d
    while not inner.arg_constraints:
        inner = inner.base_dist
    names = [n for n in inner.arg_constraints if n not in ("total_count", "logits", "covariance_matrix")]
    value = t(2.0) if name in ("Pareto", *DISCRETE) else t(0.7)
    value = t(1.0) if name == "Bernoulli" else value

    def likelihood(*numbers):
        arguments = dict(zip(names, numbers, strict=True))
        if name == "Binomial":
            arguments["total_count"] = 6
        if name == "NegativeBinomial":
            arguments["total_count"] = t(2.5)
        if name in ("RelaxedBernoulli", "LogitRelaxedBernoulli"):
            arguments["temperature"] = t(0.7)
        return type(inner)(**arguments).log_prob(value)

    numbers = [getattr(inner, n).detach().clone().requires_grad_() for n in names]
    assert torch.autograd.gradcheck(likelihood, numbers)


def test_vmap_over_parameters():
    found = torch.vmap(lambda m: D.Normal(m, 1.0).log_prob(torch.tensor(0.0)))(X)
    assert found.tolist() == D.Normal(X, 1.0).log_prob(torch.tensor(0.0)).tolist()
    with pytest.raises(ValueError, match="Expected parameter scale"):
        torch.vmap(lambda s: D.Normal(0.0, s).log_prob(torch.tensor(0.0)))(-X)


@pytest.mark.parametrize("make", [
    lambda a: D.Normal(a, 1.0), lambda a: D.Gamma(a, 1.0), D.Poisson, lambda a: D.Bernoulli(a / 1e6),
    lambda a: D.Categorical(torch.stack([a, a])), lambda a: D.Dirichlet(torch.stack([a, a])),
    lambda a: D.Binomial(10, a / 1e6), lambda a: D.VonMises(a * 0, 2.0),
    lambda a: D.OneHotCategorical(torch.stack([a, a])),
])  # fmt: skip
def test_vmap_draws_for_each_entry(make):
    def draw(a):
        return make(a).sample((3,))

    a = torch.tensor([1.0, 1e4, 1e6])
    found = torch.vmap(draw, randomness="different")(a)
    assert found.shape[:2] == (3, 3)
    if found.dtype == torch.float32 and make(a[:1].squeeze()).event_shape == ():
        assert float(found[0].max()) < 50
    with pytest.raises(RuntimeError, match="randomness error mode"):
        torch.vmap(draw)(a)


def test_vmaps_draw_inside_of_one_another_or_say_that_they_cannot():
    def twice(f):
        return torch.vmap(torch.vmap(f, randomness="different"), randomness="different")

    a = torch.tensor([[1.0, 1e4], [1e6, 1e8]])
    drawn = twice(lambda a: D.Gamma(a, 1.0).sample())(a)
    np.testing.assert_allclose(drawn.numpy()[1], a.numpy()[1], rtol=0.1)
    inner = torch.vmap(lambda a: D.Gamma(a, 1.0).sample(), randomness="different")
    with pytest.raises(RuntimeError, match="differs over some of the batches only"):
        torch.vmap(lambda _: inner(a[0]), randomness="different")(a)


def test_a_property_that_vmap_computed_is_not_kept():
    d = D.Bernoulli(X)
    torch.vmap(lambda v: D.Bernoulli(v).logits)(X)
    torch.vmap(lambda v: d.log_prob(v * torch.ones(2)))(torch.tensor([0.0, 1.0]))
    assert type(d.logits) is torch.Tensor


def test_second_derivatives():
    hessian = torch.func.hessian(lambda p: D.Normal(p[0], p[1]).log_prob(t(2.0)))(t(0.3, 0.5))
    z = 1.7 / 0.5
    expected = [[-4, -8 * z], [-8 * z, 4 * (1 - 3 * z**2)]]
    np.testing.assert_allclose(hessian.numpy(), expected)


def test_forward_mode_agrees_with_reverse_mode_for_samples():
    for make in (
        lambda a: D.Gamma(a, 1.0),
        lambda a: D.Beta(a, t(2.0)),
        lambda a: D.Dirichlet(torch.stack([a, 2 * a])),
    ):

        def draw(a, make=make):
            torch.manual_seed(0)
            return make(a).rsample().reshape(-1)[0]

        _, forward = torch.func.jvp(draw, (t(1.5),), (t(1.0),))
        assert float(forward) == pytest.approx(float(torch.func.grad(draw)(t(1.5))))


def test_compiled_functions():
    f = torch.compile(lambda m, s, v: D.Normal(m, s).log_prob(v).sum())
    for m in (X, X + 1):
        assert float(f(m, X, X)) == pytest.approx(float(D.Normal(m, X).log_prob(X).sum()))
    with pytest.raises(ValueError, match="Expected parameter scale"):
        f(X, -X, X)
    g = torch.compile(lambda m: D.kl_divergence(D.Normal(m, 1.0), D.Normal(0.0, 1.0)).sum())
    assert [float(g(X)) for _ in range(2)] == pytest.approx([0.17, 0.17])


@pytest.mark.parametrize("make", [
    lambda m: D.Normal(m, 1.0), lambda m: D.Gamma(m, 1.0), lambda m: D.Poisson(m * 9), D.Dirichlet,
    lambda m: D.Uniform(m, m + 1),
])  # fmt: skip
def test_compiled_functions_draw_anew(make):
    f = torch.compile(lambda m: make(m).sample((8,)))
    torch.manual_seed(0)
    drawn = [f(X) for _ in range(3)]
    assert not drawn[1].equal(drawn[2])
    torch.manual_seed(0)
    expected = [make(X).sample((8,)) for _ in range(3)]
    for ours, theirs in zip(drawn, expected, strict=True):
        np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-5)


@pytest.mark.parametrize("name", [*CONTINUOUS, *DISCRETE])
def test_distributions_can_be_copied_and_stored(name):
    d = {**CONTINUOUS, **DISCRETE}[name][0]
    value = t(2.0) if name in ("Pareto", *DISCRETE) else t(0.7)
    value = t(1.0) if name == "Bernoulli" else value
    shown = repr(d)  # which grows with what is computed later
    for other in (copy.deepcopy(d), pickle.loads(pickle.dumps(d))):
        assert repr(other) == shown
        assert float(other.log_prob(value)) == float(d.log_prob(value))


@pytest.mark.parametrize("name", [*CONTINUOUS, *DISCRETE])
def test_expanding_repeats(name):
    d = {**CONTINUOUS, **DISCRETE}[name][0]
    value = t(2.0) if name in ("Pareto", *DISCRETE) else t(0.7)
    value = t(1.0) if name == "Bernoulli" else value
    e = d.expand((3, 2))
    assert e.batch_shape == (3, 2)
    assert type(e) is type(d)
    np.testing.assert_allclose(e.log_prob(value).numpy(), np.full((3, 2), float(d.log_prob(value))))
    assert e.sample((4,)).shape == (4, 3, 2, *d.event_shape)


PROGRAM = """
    import sys
    import torch
    assert "wengert.distributions" not in sys.modules
    import torch.distributions
    import torch.distributions as dist
    from torch.distributions import Normal, constraints, kl, transforms
    from torch.distributions.categorical import Categorical
    from torch.distributions.utils import broadcast_all, probs_to_logits
    from torch.distributions.transforms import ExpTransform
    from torch.distributions.constraint_registry import biject_to
    assert dist is torch.distributions and dist.Categorical is Categorical and dist.kl_divergence is kl.kl_divergence
    print(Normal(0.0, 1.0), dist.__name__)
"""


def test_programs_import_it_as_they_import_pytorch(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(PROGRAM))
    command = [sys.executable, "-m", "wengert", "run", str(script)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Normal(loc: 0.0, scale: 1.0)")

"""Maps stretch space as much as they say, and their caches and inverses hold."""

import copy
import pickle

import numpy as np
import pytest
from tests.distributions.families import t

import wengert as torch
from wengert import distributions as D

constraints = D.constraints

NUMBERS = {
    "abs": D.AbsTransform(), "affine": D.AffineTransform(t(0.5), t(-2.0)), "exp": D.ExpTransform(),
    "power": D.PowerTransform(t(-1.5)), "sigmoid": D.SigmoidTransform(), "softplus": D.SoftplusTransform(),
    "tanh": D.TanhTransform(), "cdf": D.CumulativeDistributionTransform(D.Normal(t(0.5), t(2.0))),
    "inverse": D.SigmoidTransform().inv, "identity": D.identity_transform,
    "composed": D.ComposeTransform(
        [D.AffineTransform(t(0.5), t(-2.0)), D.SigmoidTransform(), D.PowerTransform(t(3.0))]
    ),
}  # fmt: skip
VECTORS = {
    "stick breaking": (D.StickBreakingTransform(), t(0.3, -0.4, 0.8)),
    "correlations": (D.CorrCholeskyTransform(), t(0.3, -0.4, 0.8)),
    "cat": (D.CatTransform([D.ExpTransform(), D.TanhTransform()], lengths=[1, 2]), t(0.3, -0.4, 0.8)),
    "stack": (D.StackTransform([D.ExpTransform(), D.TanhTransform(), D.ExpTransform()]), t(0.3, -0.4, 0.8)),
}


@pytest.mark.parametrize("name", [name for name in NUMBERS if name != "abs"])
def test_how_much_a_map_of_numbers_stretches(name):
    f = NUMBERS[name]
    for x in (t(0.2), t(0.7)):
        slope = torch.func.grad(f)(x)
        assert float(f.log_abs_det_jacobian(x, f(x))) == pytest.approx(float(slope.abs().log()))
        assert float(f.inv.log_abs_det_jacobian(f(x), x)) == pytest.approx(-float(slope.abs().log()))
        assert float(f.inv(f(x))) == pytest.approx(float(x))
        assert float(f.sign) == np.sign(float(slope))


@pytest.mark.parametrize("name", VECTORS)
def test_how_much_a_map_of_vectors_stretches(name):
    f, x = VECTORS[name]
    matrix = torch.func.jacrev(f)(x).numpy()
    if name == "stick breaking":
        matrix = matrix[:-1]  # the last share is what the others leave
    if name == "correlations":
        matrix = matrix[np.tril_indices(3, -1)]  # the diagonal follows
    found = f.log_abs_det_jacobian(x, f(x))
    assert float(found.sum()) == pytest.approx(np.linalg.slogdet(matrix)[1])
    np.testing.assert_allclose(f.inv(f(x)).numpy(), x.numpy(), rtol=1e-9)
    assert bool(f.codomain.check(f(x)).all())


def test_a_cache_makes_inverses_exact_and_free():
    calls = []

    class Counted(D.ExpTransform):
        def _inverse(self, y):
            calls.append(y)
            return super()._inverse(y)

    f = Counted(cache_size=1)
    x = t(0.3, 0.7)
    assert f.inv(f(x)) is x
    assert not calls
    f.inv(f(x).clone())
    assert len(calls) == 1
    assert f.inv.inv is f


def test_maps_can_be_copied_and_stored():
    f = D.ComposeTransform([D.ExpTransform(), D.AffineTransform(1.0, 2.0)])
    _ = f.inv
    for other in (copy.deepcopy(f), pickle.loads(pickle.dumps(f))):
        assert other == f
        assert other.inv(t(3.0)) == f.inv(t(3.0))


SETS = {
    "real": constraints.real, "positive": constraints.positive, "nonnegative": constraints.nonnegative,
    "above": constraints.greater_than(2.0), "at least": constraints.greater_than_eq(2.0),
    "below": constraints.less_than(-1.0), "unit": constraints.unit_interval,
    "interval": constraints.interval(-1.0, 3.0), "half open": constraints.half_open_interval(-1.0, 3.0),
    "simplex": constraints.simplex, "triangle": constraints.lower_cholesky,
    "definite": constraints.positive_definite, "semidefinite": constraints.positive_semidefinite,
    "correlations": constraints.corr_cholesky, "vector": constraints.independent(constraints.positive, 1),
}  # fmt: skip


@pytest.mark.parametrize("registry", [D.biject_to, D.transform_to])
@pytest.mark.parametrize("name", SETS)
def test_a_map_into_a_set_leads_there(registry, name):
    constraint = SETS[name]
    if registry is D.biject_to and name in ("triangle", "definite", "semidefinite"):
        pytest.skip("there is no bijection")
    torch.manual_seed(0)
    x = torch.randn(5, 3, 3, dtype=torch.float64)
    f = registry(constraint)
    y = f(x)
    assert bool(constraint.check(y).all())
    assert bool(f.codomain.check(y).all())
    assert y.shape == f.forward_shape(x.shape)
    np.testing.assert_allclose(f(f.inv(y)).numpy(), y.numpy(), atol=1e-6)


def test_a_set_of_ones_own_can_be_registered():
    class Even(constraints.Constraint):
        pass

    D.transform_to.register(Even, lambda constraint: D.AffineTransform(0, 2))
    assert float(D.transform_to(Even())(t(1.5))) == 3.0

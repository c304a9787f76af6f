"""Values that are hard to compute, against what mpmath gives with 40 digits."""

import numpy as np
import pytest

import wengert as torch

pytestmark = pytest.mark.filterwarnings(r"ignore::RuntimeWarning:wengert\.")

# a, x, and the first and second derivative of gammainc(a, x) by a
GAMMA_SLOPES = [
    (0.4, 0.9, -0.4109227848849641, -0.2501584052897568),
    (6.0, 2.5, -0.04291175109098971, 0.03818742347258034),
    (3.0, 30.0, -1.1310081317420526e-10, -2.6647149080755346e-10),
    (0.01, 0.001, -5.957905603446868, 36.30008774742184),
    (0.001, 2.0, -0.049053345839364895, -0.1528977682082384),
    (1000.0, 950.0, -0.003551127164810125, 0.0001821644874363471),
]


@pytest.mark.parametrize(("a", "x", "first", "second"), GAMMA_SLOPES)
def test_gammainc_has_derivatives_by_its_first_argument(a, x, first, second):
    shape = torch.tensor(a, dtype=torch.float64, requires_grad=True)
    value = torch.special.gammainc(shape, torch.tensor(x, dtype=torch.float64))
    (slope,) = torch.autograd.grad(value, shape, create_graph=True)
    assert slope.item() == pytest.approx(first, rel=1e-12)
    assert torch.autograd.grad(slope, shape)[0].item() == pytest.approx(second, rel=1e-12)


@pytest.mark.parametrize("x", [3.0, 99.0, 101.0, 1e4, 1e8])
def test_the_derivative_of_erfcx_keeps_its_accuracy_far_out(x):
    at = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    torch.special.erfcx(at).backward()
    want = {3.0: -0.054372260007172871, 99.0: -5.7555683994211362e-5, 101.0: -5.5299151352746744e-5}
    expected = want.get(x, -1 / (np.sqrt(np.pi) * x * x))  # the first term, which is all from 1e4 on
    assert at.grad.item() == pytest.approx(expected, rel=1e-11 if x in want else 2e-8)


def test_log_ndtr_keeps_its_gradient_in_the_tail():
    x = torch.tensor(-1e6, dtype=torch.float64, requires_grad=True)
    torch.special.log_ndtr(x).backward()
    assert x.grad.item() == pytest.approx(1e6, rel=1e-11)

"""Calls of the functions between layers."""

import numpy as np
from tests.functions.calls import call

ANY = np.array([[-2.3, -1.2, -0.4, 0.7], [0.3, 0.8, 2.6, -3.4]])
COMPLEX = np.array([1.2 - 0.7j, -0.4 + 1.1j])
EMPTY = np.zeros((0, 3))
FAR = np.array([-800.0, -45.0, -20.5, -1e-9, 1e-9, 19.5, 45.0, 800.0])
ENDS = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 1e-310, 1e300])
IN_SINGLE = "1/6 is rounded to single precision"


def one(*more, edges=True, far=True, **options):
    """Calls of a function of one tensor: a matrix, 0-d, empty, far away, the ends of the numbers."""
    calls = [call(ANY, *more, **options), call(np.array(1.4), *more, **options), call(EMPTY, *more, **options)]
    if far:
        calls.append(call(FAR, *more, _smooth=False, _name="far", **options))
    if edges:
        calls.append(call(ENDS, *more, _smooth=False, _name="edges", **options))
    return calls


def at(values, *more, **options):
    """A call at points where there is no derivative."""
    return call(np.array(values), *more, _smooth=False, _name="kinks", **options)


F = {
    "relu": [*one(), call(ANY, inplace=False), at([0.0])],
    "leaky_relu": [*one(), call(ANY, 0.5), at([0.0], negative_slope=0.5)],
    "relu6": [*one(), at([0.0, 6.0])],
    "hardtanh": [
        *one(), call(ANY, -0.5, 2.0), at([-1.0, 1.0]),
        call(ANY, 1.0, -1.0, _raises="min_val cannot be greater than max_val"),
    ],
    "threshold": [
        call(ANY, 0.5, -1.0), call(ANY, threshold=0.5, value=20.0), call(np.array(1.4), 1.0, 0.0), call(EMPTY, 0.0, 1.0),
        at([0.5], 0.5, 2.0),
    ],
    "hardsigmoid": [
        *one(edges=False, far=False, _differs=IN_SINGLE), at([-3.0, 3.0], _differs=IN_SINGLE),
        call(ENDS, _smooth=False, _differs=IN_SINGLE),
    ],
    "hardswish": [*one(edges=False), call(ENDS, _smooth=False, _differs="1 at nan"), at([-3.0, 3.0])],
    "hardshrink": [*one(), call(ANY, 1.0), call(ANY, lambd=0.0), at([-0.5, 0.0, 0.5])],
    "softshrink": [
        *one(), call(ANY, 1.0), call(ANY, lambd=0.0), at([-0.5, 0.0, 0.5]),
        call(ANY, -1.0, _raises="lambda must be in range [0, "),
    ],
    "elu": [*one(), call(ANY, 0.5), call(ANY, alpha=-2.0), at([0.0], 0.5)],
    "celu": [*one(), call(ANY, 0.5), at([0.0], 0.5), call(ANY, 0.0, _raises="ZeroDivisionError: alpha cannot be 0")],
    "selu": [*one(), at([0.0])],
    "gelu": [
        *one(edges=False), *one(approximate="tanh", edges=False),
        call(ANY, approximate="none"), call(ANY, approximate="erf", _raises="approximate argument must be either"),
    ],
    "silu": [*one(), call(COMPLEX)],
    "mish": one(edges=False),
    "softplus": [
        *one(), call(ANY, 2.0), call(ANY, 0.5, 0.2), call(ANY, beta=-1.5), call(ANY, threshold=1.0),
    ],
    "logsigmoid": one(),
    "tanhshrink": [*one(), call(COMPLEX)],
    "softsign": [*one(), call(COMPLEX)],
    "glu": [
        call(ANY), call(ANY, 0), call(ANY, dim=-2), call(FAR, _smooth=False), call(np.zeros((0, 2))), call(np.zeros((2, 0))),
        call(np.array(1.0), _raises="glu does not support scalars because halving size must be even"),
        call(ANY[:, :3].copy(), _raises="Halving dimension must be even, but dimension 1 is size 3"),
        call(ANY, 2, _raises="Dimension out of range (expected to be in range of [-2, 1], but got 2)"),
    ],
    "softmin": [
        call(ANY, 0), call(ANY, dim=-1), call(np.array(1.4), 0), call(EMPTY, 1, _smooth=False), call(FAR, 0, _smooth=False),
        call(ANY, 2, _raises="Dimension out of range"),
    ],
}  # fmt: skip
PRELU = [
    call(ANY, np.array([0.25])), call(ANY, np.array([0.1, -0.2, 0.3, 0.4])), call(ANY, np.array(0.25)),
    call(np.array(-1.4), np.array([0.25])), call(ANY[0], np.array([0.25])), call(ANY.reshape(2, 2, 2), np.array([0.1, 0.2])),
    call(EMPTY, np.ones(3)), at([0.0], np.array([0.5])),
    call(ANY, np.ones(3), _raises="Mismatch of parameter numbers and input channel size. Found parameter numbers = 3 and"),
    call(ANY, np.ones((1, 4)), _raises="prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = 2"),
    call(np.array(1.0), np.ones(2), _raises="Not allow zero-dim input tensor."),
]  # fmt: skip
IN_PLACE = {
    "relu_": [call(ANY)],
    "leaky_relu_": [call(ANY), call(ANY, 0.5)],
    "threshold_": [call(ANY, 0.5, 2.0)],
    "hardtanh_": [call(ANY), call(ANY, -0.5, 0.5)],
    "elu_": [call(ANY), call(ANY, 0.5)],
    "celu_": [call(ANY), call(ANY, 0.5)],
    "selu_": [call(ANY)],
}
CALLS = {
    **{f"nn.functional.{name}": calls for name, calls in (F | IN_PLACE).items()},
    **{name: [c for c in F[name] if "inplace" not in c.options] for name in ["celu", "selu", "hardshrink"]},
    **{name: IN_PLACE[name] for name in ["celu_", "selu_", "threshold_", "relu_"]},
    "prelu": PRELU, "nn.functional.prelu": PRELU,
}  # fmt: skip

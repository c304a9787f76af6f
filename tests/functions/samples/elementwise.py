"""Calls of the functions that act element by element."""

import numpy as np
from tests.functions.calls import Named, call

ANY = np.array([[-2.3, -1.2, -0.4], [0.3, 0.8, 2.6]])
POSITIVE = np.abs(ANY)
UNIT = np.array([-0.9, -0.45, 0.15, 0.8])
COMPLEX = np.array([1.2 - 0.7j, -0.4 + 1.1j, 0.6 + 0.3j])
SECOND = np.array([[1.7, -0.9, 0.55], [2.1, -1.35, 0.7]])
OTHER = np.array([[1.7], [-0.6]])
WHOLE = np.array([[3, -5, 2], [7, 1, -8]])
MASK = np.array([[True, False, True], [False, False, True]])
EDGES = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 1e-310, 1e300])
EMPTY = np.zeros((0, 3))


def one(values, *more, complex_too=False, edges=True):
    """Calls of a function of one tensor: a matrix, 0-d, empty, the ends of the numbers, complex numbers."""
    calls = [call(values, *more), call(np.array(values.flat[0]), *more), call(EMPTY, *more)]
    if edges:
        calls.append(call(EDGES, *more, _smooth=False, _name="edges"))
    if complex_too:
        calls.append(call(COMPLEX, *more))
    return calls


def both(values, other, *, complex_too=False, numbers=True):
    """Calls of a function of two tensors that broadcast."""
    calls = [
        call(values, other), call(values, SECOND if (values < 0).any() else np.abs(SECOND)), call(values[0], np.array(1.3)), call(EMPTY, np.ones(3)),
        call(EDGES, EDGES[::-1].copy(), _smooth=False, _name="edges"),
    ]  # fmt: skip
    if numbers:
        calls.append(call(values, 1.5))
    if complex_too:
        calls += [call(COMPLEX, COMPLEX[::-1].copy()), call(values, COMPLEX)]
    return calls


def steps(*names):
    """Calls of functions that are constant between jumps."""
    return {name: [call(ANY), call(np.array(1.6)), call(EMPTY), call(EDGES, _smooth=False)] for name in names}


def aliases(table, **names):
    """The same calls under other names."""
    return table | {alias: table[name] for alias, name in names.items()}


ANALYTIC = {
    name: one(ANY, complex_too=True)
    for name in [
        "exp",
        "expm1",
        "sin",
        "cos",
        "tan",
        "sinh",
        "cosh",
        "tanh",
        "square",
        "sigmoid",
        "neg",
        "asinh",
        "atan",
        "positive",
    ]
}
ON_POSITIVE = {name: one(POSITIVE, complex_too=True) for name in ["log", "log1p", "sqrt", "rsqrt", "reciprocal"]}
ON_UNIT = {name: one(UNIT, complex_too=True) for name in ["asin", "acos", "atanh"]}
REAL_ONLY = {name: one(ANY) for name in ["sinc", "relu", "frac"]}
CALLS = {
    **ANALYTIC, **ON_POSITIVE, **ON_UNIT, **REAL_ONLY, **steps("floor", "ceil", "trunc", "sign", "round"),
    "acosh": [
        *one(POSITIVE + 1, complex_too=True, edges=False),
        call(EDGES, _smooth=False, _differs="0 at -inf, where there is no value", _name="edges"),
    ],
    "abs": one(ANY, complex_too=True),
    "sgn": [call(ANY), call(COMPLEX), call(np.zeros(2), _smooth=False)],
    "angle": [call(ANY), call(COMPLEX), call(EDGES, _smooth=False)],
    "conj": [call(COMPLEX), call(ANY)],
    "conj_physical": [call(COMPLEX), call(ANY)],
    "real": [call(COMPLEX), call(ANY)],
    "imag": [call(COMPLEX)],
    "complex": [call(ANY, ANY + 1)],
    "polar": [call(POSITIVE, ANY)],
    "view_as_real": [call(COMPLEX)],
    "view_as_complex": [call(ANY[:, :2].copy(), _strided=True)],
    "resolve_conj": [call(COMPLEX)],
    "adjoint": [call(COMPLEX.reshape(1, 3)), call(ANY)],
    "nan_to_num": [call(ANY), call(EDGES, _smooth=False), call(EDGES, 1.0, 2.0, -3.0, _smooth=False)],
    "add": [*both(ANY, OTHER, complex_too=True), call(ANY, OTHER, alpha=2.5), call(WHOLE, WHOLE), call(ANY, WHOLE)],
    "sub": [*both(ANY, OTHER, complex_too=True), call(ANY, OTHER, alpha=-2)],
    "mul": both(ANY, OTHER, complex_too=True),
    "div": [
        *both(ANY, OTHER, complex_too=True), call(ANY, OTHER, rounding_mode="floor"), call(WHOLE, np.array(2)),
        call(ANY, OTHER, rounding_mode="trunc"),
    ],
    "pow": [
        *both(POSITIVE, OTHER, complex_too=False), call(COMPLEX, 2), call(ANY, 2), call(ANY, 3), call(2.5, ANY),
        call(COMPLEX, COMPLEX), call(np.zeros(2), np.array([0.0, 2.0]), _smooth=False),
    ],
    "atan2": both(ANY, OTHER, numbers=False),
    "hypot": both(ANY, OTHER, numbers=False),
    "logaddexp": both(ANY, OTHER, numbers=False),
    "logaddexp2": both(ANY, OTHER, numbers=False),
    "xlogy": [*both(POSITIVE, np.abs(OTHER)), call(2.5, POSITIVE), call(np.zeros(1), np.zeros(1), _smooth=False)],
    "fmod": both(ANY, OTHER),
    "remainder": both(ANY, OTHER),
    "floor_divide": [call(ANY, OTHER, _derives=False), call(WHOLE, np.array(2)), call(ANY, 1.5, _derives=False)],
    "maximum": both(ANY, OTHER, numbers=False),
    "minimum": both(ANY, OTHER, numbers=False),
    "fmax": both(ANY, OTHER, numbers=False),
    "fmin": both(ANY, OTHER, numbers=False),
    "clamp": [
        call(ANY, -1, 1), call(ANY, min=-0.5), call(ANY, max=0.5), call(ANY, OTHER - 2, OTHER), call(EDGES, -1, 1, _smooth=False, _differs="0 at nan, which is passed on"),
        call(np.array([-1.0, 1.0]), -1, 1, _smooth=False), call(ANY, _raises="torch.clamp: At least one of 'min' or 'max' must not be None"),
    ],
    "clamp_min": [call(ANY, 0.5), call(ANY, OTHER)],
    "clamp_max": [call(ANY, 0.5), call(ANY, OTHER)],
    "threshold": [call(ANY, 0.5, -1.0), call(np.array([0.5]), 0.5, 2.0, _smooth=False)],
    "where": [call(MASK, ANY, ANY + 1), call(MASK, ANY, 2.0), call(MASK, COMPLEX, ANY), call(MASK, np.array(1.0), ANY)],
    "lerp": [call(ANY, OTHER, 0.3), call(ANY, OTHER, POSITIVE), call(COMPLEX, COMPLEX + 1, 0.25), call(ANY, ANY + 1, 0.75)],
    "addcmul": [call(ANY, OTHER, POSITIVE), call(ANY, OTHER, POSITIVE, value=-0.5)],
    "addcdiv": [call(ANY, OTHER, POSITIVE), call(ANY, OTHER, POSITIVE, value=-0.5), call(ANY, WHOLE, POSITIVE, value=0.25)],
    **{name: [call(ANY, OTHER), call(ANY, 0.3), call(WHOLE, ANY), call(EDGES, EDGES, _smooth=False)]
       for name in ["eq", "ne", "lt", "le", "gt", "ge"]},
    **{name: [call(ANY, OTHER), call(MASK, ~MASK), call(WHOLE, MASK)] for name in ["logical_and", "logical_or"]},
    "logical_not": [call(ANY), call(MASK)],
    "isnan": [call(EDGES), call(COMPLEX), call(WHOLE)],
    "isfinite": [call(EDGES), call(COMPLEX), call(WHOLE)],
    "isreal": [call(EDGES), call(COMPLEX)],
    "isclose": [call(ANY, ANY + 1e-9), call(ANY, OTHER, rtol=1.0, atol=0.1), call(EDGES, EDGES, equal_nan=True)],
    "allclose": [call(ANY, ANY + 1e-9, _batch=False), call(ANY, ANY + 1, _batch=False)],
    "equal": [call(ANY, ANY, _batch=False), call(ANY, OTHER, _batch=False)],
    "is_complex": [call(ANY), call(COMPLEX)],
    "is_conj": [call(ANY), call(COMPLEX)],
    "is_floating_point": [call(ANY), call(WHOLE)],
}  # fmt: skip
CALLS = aliases(
    CALLS, arccos="acos", arcsin="asin", arctan="atan", arctanh="atanh", arcsinh="asinh", arccosh="acosh",
    arctan2="atan2", absolute="abs", negative="neg", subtract="sub", multiply="mul", divide="div", true_divide="div",
    fix="trunc", clip="clamp",
)  # fmt: skip
CALLS["true_divide"] = CALLS["divide"] = [c for c in CALLS["div"] if "rounding_mode" not in c.options]
CALLS["Tensor.to"] = [call(ANY, Named("complex128")), call(WHOLE, Named("float64"))]

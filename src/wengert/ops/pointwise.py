"""Rows that act element by element. A rule is the differential: d sin(x) = cos(x) dx."""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert.errors import DtypeError, advice
from wengert.ops.broadcasting import pointwise
from wengert.ops.structural import zeros_like

# ------------------------------------------------------------------------ arithmetic

add = pointwise("add", lambda dx: dx, lambda dy: dy, title="Add")
subtract = pointwise("subtract", lambda dx: dx, lambda dy: -dy, title="Sub")
multiply = pointwise("multiply", lambda dx, y: dx * y, lambda dy, x: dy * x, title="Mul")
divide = pointwise("divide", lambda dx, y: dx / y, lambda dy, y, out: -dy * out / y, promotion="float", title="Div")
negative = pointwise("negative", lambda dx: -dx, title="Neg")
conjugate = pointwise("conjugate", lambda dx: conjugate(dx), title="Conj")


def power_slope(x: Any, y: Any) -> Any:
    """d(x**y)/dx, which is 0 at y = 0 even where x = 0."""
    if isinstance(y, int | float):
        return 2 * x if y == 2 else y * x ** (y - 1) if y != 0 else zeros_like(x)
    return where(y == 0, 0, y * x ** (y - 1))


def power_growth(x: Any, y: Any, out: Any) -> Any:
    """d(x**y)/dy, which is 0 where 0**y is 0 or 1."""
    if isinstance(x, int | float):  # again a Python number, which takes the dtype of what it meets
        return where(greater_equal(y, 0), 0, -out) if x == 0 else out * float(np.log(x))
    return where(logical_and(equal(x, 0), greater_equal(y, 0)), 0, out * log(x))


def whole(x: Any) -> bool:
    """Whether a kernel's operand is of integers."""
    return np.asarray(x).dtype.kind in "iu"


def no_zero_divisor(ufunc: Any) -> Any:
    """A division of integers that raises for 0, of which NumPy makes 0."""

    def kernel(x: Any, y: Any) -> Any:
        if not isinstance(y, float) and not np.all(y) and whole(y) and whole(x):
            raise DtypeError(advice("ZeroDivisionError", "test the divisor with .all() first."))
        return ufunc(x, y)

    return kernel


def powers(x: Any, y: Any) -> Any:
    """x**y; NumPy refuses negative exponents of integers, PyTorch only a lone one."""
    try:
        return x**y
    except ValueError:
        if not (whole(x) and whole(y)):
            raise
    if np.ndim(y) == 0:
        raise DtypeError(
            advice(
                "Integers to negative integer powers are not allowed.",
                "convert the base with .float() first.",
            )
        )
    alternating = np.where(np.remainder(y, 2) == 0, 1, x)
    inverse = np.where(np.absolute(x) == 1, alternating, 0)
    positive = x ** np.maximum(y, 0)
    return np.where(np.less(y, 0), inverse, positive).astype(positive.dtype)


power = pointwise(
    "power",
    lambda dx, x, y: dx * power_slope(x, y),
    lambda dy, x, y, out: dy * power_growth(x, y, out),
    kernel=lambda xp, x, y: x**y,
    eager=powers,
    title="Pow",
)
floor_divide = pointwise("floor_divide", None, None, eager=no_zero_divisor(np.floor_divide))
remainder = pointwise(
    "remainder",
    lambda dx: dx,
    lambda dy, x, y: -dy * floor_divide(x, y),
    eager=no_zero_divisor(np.remainder),
    title="Remainder",
)

# ------------------------------------------------------------------------ elementary functions

exp = pointwise("exp", lambda dx, out: dx * out, promotion="float")
expm1 = pointwise("expm1", lambda dx, out: dx * (out + 1), promotion="float")
log = pointwise("log", lambda dx, x: dx / x, promotion="float")
log1p = pointwise("log1p", lambda dx, x: dx / (x + 1), promotion="float", title="Log1P")
sqrt = pointwise("sqrt", lambda dx, out: dx / (2 * out), promotion="float")
sin = pointwise("sin", lambda dx, x: dx * cos(x), promotion="float")
cos = pointwise("cos", lambda dx, x: -dx * sin(x), promotion="float")
tan = pointwise("tan", lambda dx, out: dx * (1 + out * out), promotion="float")
tanh = pointwise("tanh", lambda dx, out: dx * (1 - out * out), promotion="float")
sigmoid = pointwise(
    "sigmoid",
    lambda dx, out: dx * (out * (1 - out)),
    kernel=lambda xp, x: 1 / (1 + xp.exp(-x)),
    promotion="float",
)
square = pointwise("square", lambda dx, x: dx * (2 * x), title="Pow")
absolute = pointwise("absolute", lambda dx, x: dx * sign(x), title="Abs")
sign = pointwise(  # NumPy's sign(nan) is nan, PyTorch's is 0
    "sign",
    lambda dx: zeros_like(dx),
    kernel=lambda xp, x: xp.where(xp.equal(x, x), xp.sign(x), 0),
)
floor = pointwise("floor", lambda dx: zeros_like(dx))

# ------------------------------------------------------------------------ choices

where = pointwise(
    "where",
    None,
    lambda dx, condition: where(condition, dx, 0),
    lambda dy, condition: where(condition, 0, dy),
    kernel=lambda xp, condition, x, y: xp.where(condition, x, y),
    promotion="branches",
)
relu = pointwise("relu", lambda dx, out: where(out <= 0, 0, dx), kernel=lambda xp, x: xp.maximum(x, 0))
# At a tie each operand gets half: the shortest of the subgradients.
maximum = pointwise(
    "maximum",
    lambda dx, x, y: where(x == y, dx / 2, where(x > y, dx, 0)),
    lambda dy, x, y: where(x == y, dy / 2, where(x > y, 0, dy)),
)
minimum = pointwise(
    "minimum",
    lambda dx, x, y: where(x == y, dx / 2, where(x < y, dx, 0)),
    lambda dy, x, y: where(x == y, dy / 2, where(x < y, 0, dy)),
)

# ------------------------------------------------------------------------ predicates

equal = pointwise("equal", None, None, result=bool, title="Eq")
not_equal = pointwise("not_equal", None, None, result=bool, title="Ne")
less = pointwise("less", None, None, result=bool, title="Lt")
less_equal = pointwise("less_equal", None, None, result=bool, title="Le")
greater = pointwise("greater", None, None, result=bool, title="Gt")
greater_equal = pointwise("greater_equal", None, None, result=bool, title="Ge")
logical_and = pointwise("logical_and", None, None, result=bool)
logical_or = pointwise("logical_or", None, None, result=bool)
logical_not = pointwise("logical_not", None, result=bool)
bitwise_and = pointwise("bitwise_and", None, None)
bitwise_or = pointwise("bitwise_or", None, None)
bitwise_xor = pointwise("bitwise_xor", None, None)
bitwise_not = pointwise("bitwise_not", None, kernel=lambda xp, x: xp.invert(x))
isnan = pointwise("isnan", None, result=bool)
isfinite = pointwise("isfinite", None, result=bool)


# ------------------------------------------------------------------------ what NumPy would refuse


def no_bool(row: Any, words: str, remedy: str) -> None:
    """Give a row's shape rule PyTorch's refusal of bool operands."""
    accept = row.spec

    def spec(*specs: Any) -> Any:
        if any(s.dtype == np.bool_ for s in specs) and all(s.dtype == np.bool_ for s in specs if not s.weak):
            raise DtypeError(advice(words, remedy))
        return accept(*specs)

    row.spec = spec


no_bool(
    subtract.primitive,
    "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or "
    "`logical_xor()` operator instead.",
    "convert with .int() or .float() first if you want numbers.",
)
no_bool(
    negative.primitive,
    "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a "
    "mask, use the `~` or `logical_not()` operator instead.",
    "write ~mask.",
)

"""What the docstrings of the rows' functions say: `help(torch.sin)` reads them from this table.

A function such as sin is emitted from its row, so there is no `def` to hold its docstring. Knows words and PyTorch's
names, no mathematics; `methods` attaches them.
"""

from __future__ import annotations

DESCRIPTIONS: dict[str, tuple[str, str, str, str]] = {
    # the row: its sentence, an example, what that prints, and what to know at the edges
    "multiply": (
        "input * other, broadcast and promoted.",
        "torch.multiply(torch.tensor([1.0, 2.0]), 3)",
        "tensor([3., 6.])",
        "0 * inf is nan.",
    ),
    "divide": (
        "input / other, broadcast; integers become floats first.",
        "torch.divide(torch.tensor([1, 7]), 2)",
        "tensor([0.5000, 3.5000])",
        "Dividing by 0 gives inf, -inf or, for 0 / 0, nan; torch.div can round the quotient.",
    ),
    "negative": (
        "Minus each element.",
        "torch.neg(torch.tensor([1.0, -2.0]))",
        "tensor([-1.,  2.])",
        "Not defined for bool: write ~mask.",
    ),
    "power": (
        "input ** other, broadcast and promoted.",
        "torch.pow(torch.tensor([1.0, 2.0, 3.0]), 2)",
        "tensor([1., 4., 9.])",
        "x**0 is 1 with gradient 0, at x = 0 too. A negative base with a fractional exponent gives nan.",
    ),
    "floor_divide": (
        "input / other, rounded down to a whole number, as Python's // does.",
        "torch.floor_divide(torch.tensor([-7, 7]), 2)",
        "tensor([-4,  3])",
        "It has no derivative: backward() raises. Integers divided by 0 raise RuntimeError.",
    ),
    "remainder": (
        "What is left of input after dividing by other, with the sign of other, as Python's % does.",
        "torch.remainder(torch.tensor([-7, 7]), 3)",
        "tensor([2, 1])",
        "Integers divided by 0 raise RuntimeError; floats give nan.",
    ),
    "exp": (
        "e to the power of each element.",
        "torch.exp(torch.tensor([0.0, 1.0]))",
        "tensor([1.0000, 2.7183])",
        "Beyond the dtype's range (88.7 for float32, 709.7 for float64) it is inf.",
    ),
    "reciprocal": (
        "One over each element.",
        "torch.reciprocal(torch.tensor([4.0]))",
        "tensor([0.2500])",
        "At 0 it is inf, with gradient -inf.",
    ),
    "expm1": (
        "exp(x) - 1 of each element, to full accuracy near 0 too.",
        "torch.expm1(torch.tensor([0.0, 1e-8]))",
        "tensor([0.0000e+00, 1.0000e-08])",
        "exp(1e-8) - 1 would be 0 in float32.",
    ),
    "log": (
        "The natural logarithm of each element.",
        "torch.log(torch.tensor([1.0, 10.0, 0.0]))",
        "tensor([0.0000, 2.3026,   -inf])",
        "log(0) is -inf, with gradient inf; below 0 it is nan.",
    ),
    "log1p": (
        "log(1 + x) of each element, to full accuracy near 0 too.",
        "torch.log1p(torch.tensor([0.0, 1e-8]))",
        "tensor([0.0000e+00, 1.0000e-08])",
        "log1p(-1) is -inf, with gradient inf; below -1 it is nan.",
    ),
    "sqrt": (
        "The square root of each element.",
        "torch.sqrt(torch.tensor([4.0, 2.0]))",
        "tensor([2.0000, 1.4142])",
        "At 0 the gradient is inf; below 0 the root is nan.",
    ),
    "sin": (
        "The sine of each element, in radians.",
        "torch.sin(torch.tensor([0.0, 1.0]))",
        "tensor([0.0000, 0.8415])",
        "The sine of inf is nan.",
    ),
    "cos": (
        "The cosine of each element, in radians.",
        "torch.cos(torch.tensor([0.0, 1.0]))",
        "tensor([1.0000, 0.5403])",
        "The cosine of inf is nan.",
    ),
    "tan": (
        "The tangent of each element, in radians.",
        "torch.tan(torch.tensor([0.0, 1.0]))",
        "tensor([0.0000, 1.5574])",
        "Near the poles at odd multiples of pi / 2 it is large, never inf, because no float is exactly there.",
    ),
    "tanh": (
        "The hyperbolic tangent of each element, between -1 and 1.",
        "torch.tanh(torch.tensor([0.0, 1.0]))",
        "tensor([0.0000, 0.7616])",
        "Far from 0 it rounds to -1 or 1, where the gradient is 0.",
    ),
    "sigmoid": (
        "1 / (1 + exp(-x)) of each element, between 0 and 1.",
        "torch.sigmoid(torch.tensor([0.0, 2.0]))",
        "tensor([0.5000, 0.8808])",
        "In float32 it is within a few rounding errors down to -88.7, then 0; from 16.64 on it is 1 with gradient 0.",
    ),
    "square": (
        "Each element times itself.",
        "torch.square(torch.tensor([-2.0, 3.0]))",
        "tensor([4., 9.])",
        "",
    ),
    "absolute": (
        "The absolute value of each element.",
        "torch.abs(torch.tensor([-1.5, 2.0]))",
        "tensor([1.5000, 2.0000])",
        "At 0, where it has no derivative, the gradient is 0.",
    ),
    "sign": (
        "-1, 0 or 1, by the sign of each element.",
        "torch.sign(torch.tensor([-2.5, 0.0, 3.0]))",
        "tensor([-1.,  0.,  1.])",
        "The sign of nan is 0. The gradient is 0 everywhere.",
    ),
    "floor": (
        "The largest whole number that is not above each element.",
        "torch.floor(torch.tensor([-1.5, 1.5]))",
        "tensor([-2.,  1.])",
        "The gradient is 0 everywhere.",
    ),
    "relu": (
        "Each element, or 0 where it is negative.",
        "torch.relu(torch.tensor([-1.0, 0.0, 2.0]))",
        "tensor([0., 0., 2.])",
        "At 0, where it has no derivative, the gradient is 0.",
    ),
    "maximum": (
        "The larger of the two elements at each position, broadcast.",
        "torch.maximum(torch.tensor([1.0, 5.0]), torch.tensor([3.0, 2.0]))",
        "tensor([3., 5.])",
        "nan wins over every number; there both get the gradient. Where both are equal, each gets half.",
    ),
    "minimum": (
        "The smaller of the two elements at each position, broadcast.",
        "torch.minimum(torch.tensor([1.0, 5.0]), torch.tensor([3.0, 2.0]))",
        "tensor([1., 2.])",
        "nan wins over every number; there both get the gradient. Where both are equal, each gets half.",
    ),
    "ceil": (
        "The smallest whole number that is not below each element.",
        "torch.ceil(torch.tensor([-1.5, 1.5]))",
        "tensor([-1.,  2.])",
        "The gradient is 0 everywhere.",
    ),
    "trunc": (
        "Each element without its fractional part.",
        "torch.trunc(torch.tensor([-1.5, 1.5]))",
        "tensor([-1.,  1.])",
        "The gradient is 0 everywhere.",
    ),
    "arcsin": (
        "The angle, in radians, whose sine is each element.",
        "torch.asin(torch.tensor([0.0, 1.0]))",
        "tensor([0.0000, 1.5708])",
        "At 1 the gradient is inf; beyond -1 and 1 the result is nan.",
    ),
    "arccos": (
        "The angle, in radians, whose cosine is each element.",
        "torch.acos(torch.tensor([0.0, 1.0]))",
        "tensor([1.5708, 0.0000])",
        "At 1 the gradient is -inf; beyond -1 and 1 the result is nan.",
    ),
    "arctan": (
        "The angle, in radians, whose tangent is each element.",
        "torch.atan(torch.tensor([0.0, 1.0, torch.inf]))",
        "tensor([0.0000, 0.7854, 1.5708])",
        "",
    ),
    "sinh": (
        "The hyperbolic sine of each element.",
        "torch.sinh(torch.tensor([0.0, 1.0]))",
        "tensor([0.0000, 1.1752])",
        "",
    ),
    "cosh": (
        "The hyperbolic cosine of each element.",
        "torch.cosh(torch.tensor([0.0, 1.0]))",
        "tensor([1.0000, 1.5431])",
        "",
    ),
    "arcsinh": (
        "The number whose hyperbolic sine is each element.",
        "torch.asinh(torch.tensor([0.0, 1.0]))",
        "tensor([0.0000, 0.8814])",
        "",
    ),
    "arccosh": (
        "The positive number whose hyperbolic cosine is each element.",
        "torch.acosh(torch.tensor([1.0, 2.0]))",
        "tensor([0.0000, 1.3170])",
        "At 1 the gradient is inf; below 1 the result is nan.",
    ),
    "arctanh": (
        "The number whose hyperbolic tangent is each element.",
        "torch.atanh(torch.tensor([0.0, 0.5]))",
        "tensor([0.0000, 0.5493])",
        "At 1 it is inf, with gradient inf; beyond -1 and 1 it is nan.",
    ),
    "arctan2": (
        "The angle, in radians, of the point (other, input) with the positive first axis, between -pi and pi.",
        "torch.atan2(torch.tensor([1.0, -1.0]), torch.tensor([1.0, -1.0]))",
        "tensor([ 0.7854, -2.3562])",
        "At the point (0, 0) both gradients are 0.",
    ),
    "hypot": (
        "sqrt(input ** 2 + other ** 2), without overflow on the way.",
        "torch.hypot(torch.tensor([3.0]), torch.tensor([4.0]))",
        "tensor([5.])",
        "Where both are 0 the gradients are nan.",
    ),
    "xlogy": (
        "input * log(other), which is 0 where input is 0.",
        "torch.xlogy(torch.tensor([0.0, 2.0]), torch.tensor([0.0, 1.0]))",
        "tensor([0., 0.])",
        "Where both are 0, the gradient for input is 0 and that for other is nan.",
    ),
    "logaddexp": (
        "log(exp(input) + exp(other)), without overflow.",
        "torch.logaddexp(torch.tensor([1000.0]), torch.tensor([1000.0]))",
        "tensor([1000.6932])",
        "Where both are -inf the gradients are nan.",
    ),
    "fmod": (
        "What is left of input after dividing by other, with the sign of input, as C's fmod does.",
        "torch.fmod(torch.tensor([-7, 7]), 3)",
        "tensor([-1,  1])",
        "Integers divided by 0 raise RuntimeError; floats give nan.",
    ),
    "equal": (
        "Whether input == other, element by element.",
        "torch.eq(torch.tensor([1, 2]), 2)",
        "tensor([False,  True])",
        "nan equals nothing, itself neither. For one answer about whole tensors there is torch.equal.",
    ),
    "not_equal": (
        "Whether input != other, element by element.",
        "torch.ne(torch.tensor([1, 2]), 2)",
        "tensor([ True, False])",
        "True wherever one of them is nan.",
    ),
    "less": (
        "Whether input < other, element by element.",
        "torch.lt(torch.tensor([1, 2, 3]), 2)",
        "tensor([ True, False, False])",
        "False wherever one of them is nan.",
    ),
    "less_equal": (
        "Whether input <= other, element by element.",
        "torch.le(torch.tensor([1, 2, 3]), 2)",
        "tensor([ True,  True, False])",
        "False wherever one of them is nan.",
    ),
    "greater": (
        "Whether input > other, element by element.",
        "torch.gt(torch.tensor([1, 2, 3]), 2)",
        "tensor([False, False,  True])",
        "False wherever one of them is nan.",
    ),
    "greater_equal": (
        "Whether input >= other, element by element.",
        "torch.ge(torch.tensor([1, 2, 3]), 2)",
        "tensor([False,  True,  True])",
        "False wherever one of them is nan.",
    ),
    "logical_and": (
        "Whether both elements are true, that is, not 0.",
        "torch.logical_and(torch.tensor([0, 1, 2]), torch.tensor([1, 0, 1]))",
        "tensor([False, False,  True])",
        "",
    ),
    "logical_or": (
        "Whether at least one of the two elements is true, that is, not 0.",
        "torch.logical_or(torch.tensor([0, 1, 0]), torch.tensor([0, 0, 2]))",
        "tensor([False,  True,  True])",
        "",
    ),
    "logical_not": (
        "Whether each element is false, that is, 0.",
        "torch.logical_not(torch.tensor([0, 1, 2]))",
        "tensor([ True, False, False])",
        "",
    ),
    "isnan": (
        "Whether each element is nan.",
        "torch.isnan(torch.tensor([1.0, torch.nan, torch.inf]))",
        "tensor([False,  True, False])",
        "",
    ),
    "isfinite": (
        "Whether each element is neither inf, -inf nor nan.",
        "torch.isfinite(torch.tensor([1.0, torch.nan, torch.inf]))",
        "tensor([ True, False, False])",
        "",
    ),
    "bitwise_and": (
        "The bits that are set in both integers; of truth values, whether both hold.",
        "torch.bitwise_and(torch.tensor([6, -1]), 3)",
        "tensor([2, 3])",
        "",
    ),
    "bitwise_or": (
        "The bits that are set in one or both of two integers; of truth values, whether one holds.",
        "torch.bitwise_or(torch.tensor([6, 0]), 3)",
        "tensor([7, 3])",
        "",
    ),
    "bitwise_xor": (
        "The bits that are set in exactly one of two integers; of truth values, whether exactly one holds.",
        "torch.bitwise_xor(torch.tensor([6, 3]), 3)",
        "tensor([5, 0])",
        "",
    ),
    "bitwise_not": (
        "Every bit of an integer turned over, which is -x - 1; of truth values, the opposite.",
        "torch.bitwise_not(torch.tensor([0, 6]))",
        "tensor([-1, -7])",
        "",
    ),
}

NAMES = {
    "arccos": "torch.acos, torch.arccos",
    "arccosh": "torch.acosh, torch.arccosh",
    "arcsin": "torch.arcsin, torch.asin",
    "arcsinh": "torch.arcsinh, torch.asinh",
    "arctan": "torch.arctan, torch.atan",
    "arctan2": "torch.arctan2, torch.atan2",
    "arctanh": "torch.arctanh, torch.atanh",
    "trunc": "torch.fix, torch.trunc",
    "absolute": "torch.abs, torch.absolute",
    "divide": "torch.true_divide",
    "equal": "torch.eq",
    "greater": "torch.gt, torch.greater",
    "greater_equal": "torch.ge, torch.greater_equal",
    "less": "torch.lt, torch.less",
    "less_equal": "torch.le, torch.less_equal",
    "negative": "torch.neg, torch.negative",
    "not_equal": "torch.ne, torch.not_equal",
    "power": "torch.pow",
    "relu": "torch.relu",
    "sigmoid": "torch.sigmoid, torch.nn.functional.sigmoid",
    "tanh": "torch.tanh, torch.nn.functional.tanh",
}
"""What PyTorch calls the function of a row, where that is not just the row's name."""


def docstring(row: str) -> str:
    """The docstring of a row's function.

    >>> docstring("sin").splitlines()[0]
    'The sine of each element, in radians.'
    """
    sentence, example, printed, note = DESCRIPTIONS[row]
    note = f"{note}\n" if note else ""
    called = NAMES.get(row, f"torch.{row}")
    return f"{sentence}\n\n>>> import wengert as torch\n>>> {example}\n{printed}\n\n{note}PyTorch: {called}."

"""Rows that act element by element. A rule is the differential: d sin(x) = cos(x) dx."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from wengert.core.dispatch import common_dtype
from wengert.core.levels import numpy_dtype, spec_of
from wengert.core.tensor import Tensor
from wengert.dtypes import is_half, refuse_beyond
from wengert.errors import DtypeError, GradError, UnsupportedError, advice
from wengert.ops.broadcasting import pointwise
from wengert.ops.complexes import real
from wengert.ops.kernels import NEGATIVE_POWER, no_zero_divisor, powers, remainders, squares
from wengert.ops.refusals import Refusal, no_kernel
from wengert.ops.structural import zeros_like

if TYPE_CHECKING:
    from collections.abc import Sequence

# ------------------------------------------------------------------------ what is refused

TWO_BOOLS = Refusal(
    "b",
    "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or "
    "`logical_xor()` operator instead.",
)
ONE_BOOL = Refusal(
    "b",
    "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert a mask, use the "
    "`~` or `logical_not()` operator instead.",
    "write ~mask.",
)
NEGATED_BOOL = Refusal(
    "b",
    "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a "
    "mask, use the `~` or `logical_not()` operator instead.",
    "write ~mask.",
)
NO_SIGN = Refusal(
    "c",
    "Unlike NumPy, torch.sign is not intended to support complex numbers. Please use torch.sgn instead.",
    error=UnsupportedError,
)
BOOL_RELU = Refusal("b", "Boolean inputs not supported for relu")
BOOL_HARDTANH = Refusal("b", "Bool inputs not supported for hardtanh")
NO_CLAMP = Refusal("c", "clamp is not supported for complex types", error=UnsupportedError)

NO_LEAKY_RELU = [no_kernel("leaky_relu_cpu", "biuc")]
NO_THRESHOLD = [no_kernel("threshold_cpu", "bc")]


def unordered(name: str) -> list[Refusal]:
    """PyTorch's words where the larger of complex numbers is asked for."""
    return [Refusal("c", f"{name} not implemented for complex tensors.")]


def unrounded(name: str) -> list[Refusal]:
    """PyTorch's words where complex numbers or truth values are to be rounded."""
    whole_words = f"{name} is not supported for complex inputs"
    return [Refusal("c", whole_words, error=UnsupportedError), no_kernel(f"{name}_vml_cpu", "b")]


# ------------------------------------------------------------------------ arithmetic

add = pointwise("add", lambda dx: dx, lambda dy: dy, title="Add")
subtract = pointwise("subtract", lambda dx: dx, lambda dy: -dy, title="Sub", refuses=[TWO_BOOLS])
multiply = pointwise("multiply", lambda dx, y: dx * y, lambda dy, x: dy * x, title="Mul", scales=True)
divide = pointwise(
    "divide", lambda dx, y: dx / y, lambda dy, x, y: -dy * (divide(x, y) / y), promotion="float", title="Div",
    scales=True,
)  # fmt: skip


def no_single_bool(operands: Sequence[Any]) -> None:
    """Raise if one operand of a difference is a tensor of truth values."""
    if {spec_of(o).dtype.kind == "b" for o in operands} == {True, False}:
        raise ONE_BOOL.told(np.dtype(np.bool_))


subtract.primitive.refusal = no_single_bool
negative = pointwise("negative", lambda dx: -dx, title="Neg", refuses=[NEGATED_BOOL])
conjugate = pointwise("conjugate", lambda dx: conjugate(dx), title="Conj")


def power_slope(x: Any, y: Any) -> Any:
    """d(x**y)/dx, which is 0 at y = 0 even where x = 0."""
    if isinstance(y, int | float | complex):
        return 2 * x if y == 2 else y * x ** (y - 1) if y != 0 else zeros_like(x)
    return where(y == 0, 0, y * x ** (y - 1))


def power_growth(x: Any, y: Any, out: Any) -> Any:
    """d(x**y)/dy, which is 0 where 0**y is 0 or 1."""
    if isinstance(x, int | float | complex):  # again a Python number, which takes the dtype of what it meets
        if x == 0:
            return where(greater_equal(real(y), 0), 0, -out)
        return out * complex(np.log(complex(x))) if numpy_dtype(out).kind == "c" else out * float(np.log(x))
    return where(logical_and(equal(x, 0), greater_equal(real(y), 0)), 0, out * log(x))


power = pointwise(
    "power",
    lambda dx, x, y: dx * power_slope(x, y),
    lambda dy, x, y, out: dy * power_growth(x, y, out),
    kernel=lambda xp, x, y: x**y,
    eager=powers,
    title="Pow",
    refuses=[no_kernel("pow", "b")],
    second="exponent",
)


def fitting_exponent(operands: Sequence[Any]) -> None:
    """Raise if the exponent is a number that the common dtype has not, or a negative one of integers."""
    if isinstance(operands[1], int | float):
        common = common_dtype(operands).numpy
        if common.kind in "iu" and operands[1] < 0:
            raise DtypeError(NEGATIVE_POWER)
        if common.kind in "iu" or is_half(common):
            refuse_beyond(common, operands[1])


power.primitive.refusal = fitting_exponent


def no_derivative(name: str) -> Any:
    """A rule that says in PyTorch's words that it is none."""

    def rule(dx: Any) -> Any:
        raise GradError(advice(f"derivative for aten::{name} is not implemented", NO_DERIVATIVE[name]))

    return rule


NO_DERIVATIVE = {"floor_divide": 'torch.div(x, y, rounding_mode="floor"), whose derivative is 0.'}

floor_divide = pointwise(
    "floor_divide",
    no_derivative("floor_divide"),
    no_derivative("floor_divide"),
    eager=no_zero_divisor(np.floor_divide),
    refuses=[no_kernel("div_floor_cpu", "bc")],
    scales=True,
)
floor_divide.primitive.node_name = "NotImplemented"
floor_quotient = pointwise(
    "floor_quotient",
    lambda dx: zeros_like(dx),
    lambda dy: zeros_like(dy),
    kernel=lambda xp, x, y: xp.floor_divide(x, y),
    eager=no_zero_divisor(np.floor_divide),
    title="Div",
    refuses=[no_kernel("div_floor_cpu", "bc")],
    scales=True,
)


remainder = pointwise(
    "remainder",
    lambda dx: dx,
    lambda dy, x, y: -dy * floor_quotient(x, y),
    eager=no_zero_divisor(remainders),
    title="Remainder",
    refuses=[no_kernel("remainder_cpu", "bc")],
)

fmod = pointwise(
    "fmod",
    lambda dx: dx,
    lambda dy, x, y: -dy * trunc(x / y),
    eager=no_zero_divisor(np.fmod),
    refuses=[no_kernel("fmod_cpu", "bc")],
)

# ------------------------------------------------------------------------ elementary functions

reciprocal = pointwise("reciprocal", lambda dx, out: -dx * (out * out), kernel=lambda xp, x: 1 / x, promotion="float")
exp = pointwise("exp", lambda dx, out: dx * out, promotion="float")
expm1 = pointwise("expm1", lambda dx, out: dx * (out + 1), promotion="float")
log = pointwise("log", lambda dx, x: dx / x, promotion="float")
log1p = pointwise("log1p", lambda dx, x: dx / (x + 1), promotion="float", title="Log1P")
sqrt = pointwise("sqrt", lambda dx, out: dx / (2 * out), promotion="float")
sin = pointwise("sin", lambda dx, x: dx * cos(x), promotion="float")
cos = pointwise("cos", lambda dx, x: -dx * sin(x), promotion="float")
tan = pointwise("tan", lambda dx, out: dx * (1 + out * out), promotion="float")
tanh = pointwise("tanh", lambda dx, out: dx * (1 - out * out), promotion="float")


def sigmoids(x: Any) -> Any:
    """Of half precision in float32, since three roundings would show."""
    if x.dtype.itemsize == 2 and is_half(x.dtype):
        return (1 / (1 + np.exp(-x.astype(np.float32)))).astype(x.dtype)
    if not x.ndim or x.dtype.kind != "f":
        return 1 / (1 + np.exp(-x))
    found = np.negative(x)
    np.exp(found, out=found)
    np.add(found, 1, out=found)
    return np.divide(1, found, out=found)


sigmoid = pointwise(
    "sigmoid",
    lambda dx, out: dx * (out * (1 - out)),
    kernel=lambda xp, x: 1 / (1 + xp.exp(-x)),
    eager=sigmoids,
    promotion="float",
)
square = pointwise("square", lambda dx, x: dx * (2 * x), eager=squares, title="Pow")
absolute = pointwise(
    "absolute", lambda dx, x: dx * sgn(x), title="Abs", result="real", refuses=[no_kernel("abs_cpu", "b")]
)


def signs(x: Any) -> Any:
    return np.where(np.equal(x, x), np.sign(x), 0) if x.dtype.kind in "fV" else x if x.dtype.kind == "b" else np.sign(x)


sign = pointwise(  # NumPy's sign(nan) is nan, PyTorch's is 0
    "sign",
    lambda dx: zeros_like(dx),
    kernel=lambda xp, x: xp.where(xp.equal(x, x), xp.sign(x), 0),
    eager=signs,
    refuses=[NO_SIGN],
)


def sgn(x: Any) -> Any:
    """The sign; of a complex number the number of length 1 in its direction."""
    if numpy_dtype(x).kind != "c":
        return sign(x)
    length = absolute(x)
    none = equal(length, 0)
    return where(none, 0, divide(x, where(none, 1, length)))


floor = pointwise("floor", lambda dx: zeros_like(dx), refuses=unrounded("floor"))


def whole_as_they_are(ufunc: Any) -> Any:
    """A rounding that leaves integers alone, of which NumPy may make floats."""
    return lambda x: x if x.dtype.kind in "iu" else ufunc(x)


ceil = pointwise("ceil", lambda dx: zeros_like(dx), refuses=unrounded("ceil"))
trunc = pointwise("trunc", lambda dx: zeros_like(dx), refuses=unrounded("trunc"))
rint = pointwise(
    "rint",
    lambda dx: zeros_like(dx),
    eager=whole_as_they_are(np.rint),
    title="Round",
    refuses=[no_kernel("round_vml_cpu", "bc")],
)

arcsin = pointwise("arcsin", lambda dx, x: dx / sqrt(1 - x * x), promotion="float", title="Asin")
arccos = pointwise("arccos", lambda dx, x: -dx / sqrt(1 - x * x), promotion="float", title="Acos")
arctan = pointwise("arctan", lambda dx, x: dx / (1 + x * x), promotion="float", title="Atan")
sinh = pointwise("sinh", lambda dx, x: dx * cosh(x), promotion="float")
cosh = pointwise("cosh", lambda dx, x: dx * sinh(x), promotion="float")
arcsinh = pointwise("arcsinh", lambda dx, x: dx / sqrt(1 + x * x), promotion="float", title="Asinh")
arccosh = pointwise("arccosh", lambda dx, x: dx / (sqrt(x - 1) * sqrt(x + 1)), promotion="float", title="Acosh")
arctanh = pointwise("arctanh", lambda dx, x: dx / (1 - x * x), promotion="float", title="Atanh")


def over_square(x: Any, y: Any) -> Any:
    """x / (x*x + y*y), and 0 where both are 0."""
    total = x * x + y * y
    none = equal(total, 0)
    return where(none, 0, divide(x, where(none, 1, total)))


arctan2 = pointwise(
    "arctan2",
    lambda dx, x, y: dx * over_square(y, x),
    lambda dy, x, y: -dy * over_square(x, y),
    promotion="float",
    title="Atan2",
    refuses=[no_kernel("atan2_cpu")],
)
hypot = pointwise(
    "hypot",
    lambda dx, x, out: dx * (x / out),
    lambda dy, y, out: dy * (y / out),
    refuses=[no_kernel("hypot_cpu", "biuc")],
)


def product_with_log(xp: Any, x: Any, y: Any) -> Any:
    return xp.where(xp.isnan(y), y, xp.where(xp.equal(x, 0), 0, x * xp.log(y)))


def products_with_logs(x: Any, y: Any) -> Any:
    log_y = np.log(y) if isinstance(y, np.ndarray | np.generic) else float(np.log(y))
    return np.where(np.isnan(y), y, np.where(np.equal(x, 0), 0, x * log_y))


xlogy = pointwise(
    "xlogy",
    lambda dx, x, y: where(logical_and(equal(x, 0), less_equal(y, 0)), 0, xlogy(dx, y)),
    lambda dy, x, y: dy * x / y,
    kernel=product_with_log,
    eager=products_with_logs,
    promotion="float",
    refuses=[no_kernel("xlogy_cpu")],
)


def log_of_sum(xp: Any, x: Any, y: Any) -> Any:
    far = xp.maximum(x, y) + xp.log1p(xp.exp(-xp.absolute(x - y)))
    return xp.where(xp.equal(x, y), x + float(np.log(2)), far)


def logs_of_sums(x: Any, y: Any) -> Any:
    if np.result_type(x, y).kind != "c":
        return np.logaddexp(x, y)
    larger = np.real(x) >= np.real(y)
    high, low = np.where(larger, x, y), np.where(larger, y, x)
    return high + np.log1p(np.exp(low - high))


logaddexp = pointwise(
    "logaddexp",
    lambda dx, x, y: dx * sigmoid(x - y),
    lambda dy, x, y: dy * sigmoid(y - x),
    kernel=log_of_sum,
    eager=logs_of_sums,
    refuses=[no_kernel("logaddexp_cpu", "biu")],
)

# ------------------------------------------------------------------------ choices

BITS = {"f": np.int32, "d": np.int64}
"""The integers that are as wide as floating point numbers."""

MANY = 4096
"""Fewer elements are chosen by NumPy, which needs fewer calls."""


def chosen(condition: Any, x: Any, y: Any) -> Any:
    """Elements of x or y. NumPy branches for each, which costs 5 ns where nobody can tell which way."""
    if type(condition) is np.ndarray and condition.size >= MANY and condition.dtype == np.bool_:
        if _is_zero(x) and _fits(y, condition):
            return _masked(y, np.subtract(condition.view(np.int8), np.int8(1)))
        if _is_zero(y) and _fits(x, condition):
            return _masked(x, np.negative(condition.view(np.int8)))
    return np.where(condition, x, y)


def _is_zero(number: Any) -> bool:
    return type(number) is int and number == 0


def _fits(values: Any, condition: Any) -> bool:
    return type(values) is np.ndarray and values.dtype.char in BITS and values.shape == condition.shape


def _masked(values: Any, mask: Any) -> Any:
    """The values where all bits of the mask are set, 0 where none is."""
    bits = BITS[values.dtype.char]
    kept = mask.astype(bits)
    np.bitwise_and(kept, values.view(bits), out=kept)
    return kept.view(values.dtype)


where = pointwise(
    "where",
    None,
    lambda dx, condition: where(condition, dx, 0),
    lambda dy, condition: where(condition, 0, dy),
    kernel=lambda xp, condition, x, y: xp.where(condition, x, y),
    eager=chosen,
    promotion="branches",
)


def flat(x: Any) -> Any:
    """The slope 0 of a function that is flat at x.

    PyTorch records that it depends on x, so asking for the second derivative gives zeros and not
    an error.
    """
    if type(x) is not Tensor or x.node is None:
        return 0
    signs = sign(x)
    return signs - signs


relu = pointwise(
    "relu",
    lambda dx, out: where(out <= 0, flat(out), dx),
    kernel=lambda xp, x: xp.maximum(x, 0),
    refuses=[BOOL_RELU, NO_CLAMP],
)
leaky_relu = pointwise(
    "leaky_relu",
    lambda dx, x, y: where(greater(x, 0), dx, dx * y + flat(x)),
    lambda dy, x: where(greater(x, 0), 0, dy * x),
    kernel=lambda xp, x, y: xp.where(xp.greater(x, 0), x, x * y),
    refuses=NO_LEAKY_RELU,
)
hardtanh = pointwise(
    "hardtanh",
    lambda dx, x, low, high: where(logical_or(less_equal(x, low), greater_equal(x, high)), flat(x), dx),
    None,
    None,
    kernel=lambda xp, x, low, high: xp.minimum(xp.maximum(x, low), high),
    refuses=[BOOL_HARDTANH, NO_CLAMP],
)
clamp = pointwise(
    "clamp",
    lambda dx, x, low, high: where(logical_and(greater_equal(x, low), less_equal(x, high)), dx, 0),
    None,
    None,
    kernel=lambda xp, x, low, high: xp.minimum(xp.maximum(x, low), high),
    refuses=[NO_CLAMP],
)
clamp.primitive.node_name = "ClampBackward1"
threshold = pointwise(
    "threshold",
    lambda dx, x, limit: where(less_equal(x, limit), flat(x), dx),
    None,
    None,
    kernel=lambda xp, x, limit, value: xp.where(xp.less_equal(x, limit), value, x),
    refuses=NO_THRESHOLD,
)
# At a tie each operand gets half: the shortest of the subgradients.
maximum = pointwise(
    "maximum",
    lambda dx, x, y: where(x == y, dx / 2, where(x < y, 0, dx)),
    lambda dy, x, y: where(x == y, dy / 2, where(x > y, 0, dy)),
    refuses=unordered("maximum"),
)
minimum = pointwise(
    "minimum",
    lambda dx, x, y: where(x == y, dx / 2, where(x > y, 0, dx)),
    lambda dy, x, y: where(x == y, dy / 2, where(x < y, 0, dy)),
    refuses=unordered("minimum"),
)

# ------------------------------------------------------------------------ predicates

equal = pointwise("equal", None, None, result=bool, title="Eq")
not_equal = pointwise("not_equal", None, None, result=bool, title="Ne")
less = pointwise("less", None, None, result=bool, title="Lt", refuses=[no_kernel("lt_cpu")])
less_equal = pointwise("less_equal", None, None, result=bool, title="Le", refuses=[no_kernel("le_cpu")])
greater = pointwise("greater", None, None, result=bool, title="Gt", refuses=[no_kernel("gt_cpu")])
greater_equal = pointwise("greater_equal", None, None, result=bool, title="Ge", refuses=[no_kernel("ge_cpu")])
logical_and = pointwise("logical_and", None, None, result=bool)
logical_or = pointwise("logical_or", None, None, result=bool)
logical_not = pointwise("logical_not", None, result=bool)
bitwise_and = pointwise("bitwise_and", None, None, refuses=[no_kernel("bitwise_and_cpu", "fVc")])
bitwise_or = pointwise("bitwise_or", None, None, refuses=[no_kernel("bitwise_or_cpu", "fVc")])
bitwise_xor = pointwise("bitwise_xor", None, None, refuses=[no_kernel("bitwise_xor_cpu", "fVc")])
bitwise_not = pointwise(
    "bitwise_not", None, kernel=lambda xp, x: xp.invert(x), refuses=[no_kernel("bitwise_not_cpu", "fVc")]
)
isnan = pointwise("isnan", None, result=bool)
isfinite = pointwise("isfinite", None, result=bool)

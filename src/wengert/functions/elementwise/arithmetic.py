"""Element-by-element functions under PyTorch's names."""

from __future__ import annotations

import builtins
from math import inf, nan, pi
from math import log as log_of
from typing import Any

import numpy as np

from wengert import dtypes, errors
from wengert.core.dispatch import common_dtype
from wengert.core.levels import numpy_dtype, spec_of
from wengert.core.places import warn
from wengert.core.tensor import Tensor
from wengert.functions.halves import in_float32, is_half, widened
from wengert.functions.making.creation import tensor
from wengert.functions.outdated import numbers_first
from wengert.ops import complexes
from wengert.ops import pointwise as p
from wengert.ops import structural as s
from wengert.ops.refusals import no_kernel, refuse

exp, expm1, log, log1p, sqrt, reciprocal = p.exp, p.expm1, p.log, p.log1p, p.sqrt, p.reciprocal
sin, cos, tan, tanh, sigmoid = p.sin, p.cos, p.tan, p.tanh, p.sigmoid
asin, acos, atan, sinh, cosh = p.arcsin, p.arccos, p.arctan, p.sinh, p.cosh
asinh, acosh, atanh = p.arcsinh, p.arccosh, p.arctanh
arcsin, arccos, arctan, arcsinh, arccosh, arctanh = asin, acos, atan, asinh, acosh, atanh
atan2 = arctan2 = p.arctan2
hypot, xlogy, logaddexp, fmod = p.hypot, p.xlogy, p.logaddexp, p.fmod
square, sign, relu = p.square, p.sign, p.relu
floor, ceil, trunc = p.floor, p.ceil, p.trunc
fix = trunc
abs = absolute = p.absolute
neg = negative = p.negative
pow = p.power
maximum, minimum = p.maximum, p.minimum
multiply = p.multiply
true_divide = p.divide
remainder, floor_divide = p.remainder, p.floor_divide
eq, ne, lt, le, gt, ge = (
    p.equal, p.not_equal, p.less, p.less_equal, p.greater, p.greater_equal,
)  # fmt: skip
logical_and, logical_or, logical_not = p.logical_and, p.logical_or, p.logical_not
isnan, isfinite = p.isnan, p.isfinite


def add(input: Any, other: Any, *more: Any, alpha: Any = 1) -> Tensor:
    """input + alpha * other, broadcast and promoted.

    >>> import wengert as torch
    >>> torch.add(torch.tensor([1, 2]), 0.5)
    tensor([1.5000, 2.5000])
    """
    if more:
        return numbers_first("add", add, (input, other, *more))  # type: ignore[no-any-return]
    return _combined(p.add, input, other, alpha)


def sub(input: Any, other: Any, *more: Any, alpha: Any = 1) -> Tensor:
    """input - alpha * other.

    >>> import wengert as torch
    >>> torch.sub(torch.tensor([1.0, 2.0]), 1)
    tensor([0., 1.])
    """
    if more:
        return numbers_first("sub", sub, (input, other, *more))  # type: ignore[no-any-return]
    return _combined(p.subtract, input, other, alpha)


subtract = sub


def _combined(op: Any, input: Any, other: Any, alpha: Any) -> Tensor:
    """input and alpha * other; alpha has to be of the kind of numbers that the result is of."""
    if type(alpha) is int and alpha == 1:
        return op(input, other)  # type: ignore[no-any-return]
    common = common_dtype([input, other])
    category = common.category
    if isinstance(alpha, bool) and category != dtypes.BOOL:
        raise errors.DtypeError("Boolean alpha only supported for Boolean results.")
    if isinstance(alpha, float) and category < dtypes.FLOATING:
        raise errors.DtypeError("For integral input tensors, argument alpha must not be a floating point number.")
    if isinstance(alpha, complex) and category < dtypes.COMPLEX:
        raise errors.DtypeError("For non-complex input tensors, argument alpha must not be a complex number.")
    dtypes.refuse_beyond(common.numpy, alpha)
    if common not in dtypes.HALVES:
        return op(input, p.multiply(other, bool(alpha) if category == dtypes.BOOL else alpha))  # type: ignore[no-any-return]
    if type(alpha) is float:  # alone is rounded
        alpha = float(dtypes.number_in(alpha, common.numpy))
    return s.cast(op(widened(input), p.multiply(widened(other), alpha)), common.numpy)  # type: ignore[no-any-return]


def mul(input: Any, other: Any) -> Tensor:
    """input * other.

    >>> import wengert as torch
    >>> torch.mul(torch.tensor([1.0, 2.0]), 3)
    tensor([3., 6.])
    """
    result: Tensor = p.multiply(input, other)
    return result


def div(input: Any, other: Any, *, rounding_mode: str | None = None) -> Tensor:
    """input / other; with rounding_mode "floor" or "trunc" the quotient is rounded.

    >>> import wengert as torch
    >>> torch.div(torch.tensor([-7]), 2, rounding_mode="floor")
    tensor([-4])
    """
    if rounding_mode is None:
        result: Tensor = p.divide(input, other)
    elif rounding_mode == "floor":
        result = p.floor_quotient(input, other)
    elif rounding_mode == "trunc":
        result = _truncated(input, other)
    else:
        raise errors.ShapeError(
            f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{rounding_mode}'"
        )
    return result


divide = div


def _truncated(input: Any, other: Any) -> Tensor:
    common = common_dtype([input, other])
    if common.category < dtypes.FLOATING:
        refuse(common.numpy, no_kernel("div_trunc_cpu", "b"))
        x, y = (s.cast(each if isinstance(each, Tensor) else tensor(each), common.numpy) for each in (input, other))
        below = p.floor_quotient(x, y)
        rest = p.subtract(x, p.multiply(below, y))  # of the sign of y
        is_less = p.logical_and(p.not_equal(rest, 0), p.not_equal(p.less(x, 0), p.less(y, 0)))
        return p.add(below, s.cast(is_less, common.numpy))  # type: ignore[no-any-return]
    if common in dtypes.HALVES:
        return s.cast(p.trunc(p.divide(widened(input), widened(other))), common.numpy)  # type: ignore[no-any-return]
    return p.trunc(p.divide(input, other))  # type: ignore[no-any-return]


def rsqrt(input: Tensor) -> Tensor:
    """One over the square root.

    >>> import wengert as torch
    >>> torch.rsqrt(torch.tensor([4.0]))
    tensor([0.5000])
    """
    if is_half(input):
        return in_float32(rsqrt, input)  # type: ignore[no-any-return]
    return 1 / p.sqrt(input)  # type: ignore[no-any-return]


def positive(input: Tensor) -> Tensor:
    """The tensor itself; what `+x` is.

    >>> import wengert as torch
    >>> torch.positive(torch.tensor([1.0, -2.0]))
    tensor([ 1., -2.])
    """
    if numpy_dtype(input) == np.bool_:
        raise errors.DtypeError("The `+` operator, on a bool tensor is not supported.")
    return input


def clamp(input: Tensor, min: Any = None, max: Any = None) -> Tensor:
    """Each element moved into [min, max]; the gradient passes at the bounds too.

    >>> import wengert as torch
    >>> torch.clamp(torch.tensor([-2.0, 0.5, 2.0]), -1, 1)
    tensor([-1.0000,  0.5000,  1.0000])
    """
    if min is None and max is None:
        raise errors.ShapeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    if _is_usual(min) and _is_usual(max) and isinstance(input, Tensor) and numpy_dtype(input).char in "fd":
        return p.clamp(input, -inf if min is None else min, inf if max is None else max)  # type: ignore[no-any-return]
    common = _common_with(input, [bound for bound in (min, max) if bound is not None])
    result = input if numpy_dtype(input) == common else s.cast(input, common)
    for bound, beyond in ((min, p.less), (max, p.greater)):
        if bound is None:
            continue
        if isinstance(bound, float) and bound != bound:  # noqa: PLR0124  nan
            return p.multiply(result, bound)  # type: ignore[no-any-return]
        is_beyond = beyond(result, bound)
        if isinstance(bound, Tensor) and numpy_dtype(bound).kind == "f":  # nan where either is, and no gradient
            within = p.greater_equal(result, bound) if beyond is p.less else p.less_equal(result, bound)
            result = p.where(is_beyond, bound, p.where(within, result, nan))
        else:
            result = p.where(is_beyond, bound, result)
    return result


def _is_usual(bound: Any) -> bool:
    return bound is None or (type(bound) in (float, int) and -dtypes.USUAL <= bound <= dtypes.USUAL)


def _common_with(input: Any, limits: list[Any]) -> np.dtype[Any]:
    """The dtype of a tensor and its limits together, or PyTorch's refusal."""
    common = common_dtype([input, *limits]).numpy
    kernel = "clamp_cpu" if any(isinstance(bound, Tensor) for bound in limits) else "clamp_scalar_cpu"
    refuse(common, p.NO_CLAMP, no_kernel(kernel, "b"))
    dtypes.refuse_beyond(common, *limits)
    return common


clip = clamp


def clamp_min(input: Tensor, min: Any) -> Tensor:
    """Each element, or min where it is below.

    >>> import wengert as torch
    >>> torch.clamp_min(torch.tensor([-2.0, 0.5]), 0)
    tensor([0.0000, 0.5000])
    """
    if isinstance(min, Tensor) and common_dtype([input, min]) is dtypes.bool_:
        return p.maximum(input, min)  # type: ignore[no-any-return]
    return clamp(input, min)


def clamp_max(input: Tensor, max: Any) -> Tensor:
    """Each element, or max where it is above.

    >>> import wengert as torch
    >>> torch.clamp_max(torch.tensor([-2.0, 0.5]), 0)
    tensor([-2.,  0.])
    """
    if isinstance(max, Tensor) and common_dtype([input, max]) is dtypes.bool_:
        return p.minimum(input, max)  # type: ignore[no-any-return]
    return clamp(input, None, max)


def round(input: Tensor, *, decimals: int = 0) -> Tensor:
    """The nearest whole number to each element, the even one of two; or so many decimals.

    >>> import wengert as torch
    >>> torch.round(torch.tensor([0.5, 1.5, -1.26])), torch.round(torch.tensor([1.26]), decimals=1)
    (tensor([ 0.,  2., -1.]), tensor([1.3000]))

    The gradient is 0 everywhere.
    """
    if decimals == 0:
        return p.rint(input)  # type: ignore[no-any-return]
    refuse(numpy_dtype(input), no_kernel("round_cpu", "biuc"))
    scale = 10.0 ** builtins.abs(decimals)
    if decimals > 0:
        return p.divide(p.rint(p.multiply(input, scale)), scale)  # type: ignore[no-any-return]
    return p.multiply(p.rint(p.divide(input, scale)), scale)  # type: ignore[no-any-return]


def frac(input: Tensor) -> Tensor:
    """The fractional part of each element, with its sign.

    >>> import wengert as torch
    >>> torch.frac(torch.tensor([1.5, -1.5]))
    tensor([ 0.5000, -0.5000])

    The gradient is 1 everywhere.
    """
    refuse(numpy_dtype(input), no_kernel("frac_cpu", "biuc"))
    return p.subtract(input, p.trunc(input))  # type: ignore[no-any-return]


def fmax(input: Tensor, other: Tensor) -> Tensor:
    """The larger of the two elements at each position; a number wins over nan.

    >>> import wengert as torch
    >>> torch.fmax(torch.tensor([1.0, torch.nan]), torch.tensor([3.0, 2.0]))
    tensor([3., 2.])

    Where both are equal, the first gets the gradient.
    """
    refuse(common_dtype([input, other]).numpy, *p.unordered("fmax"))
    return where(p.logical_or(p.greater_equal(input, other), p.isnan(other)), input, other)  # type: ignore[no-any-return]


def fmin(input: Tensor, other: Tensor) -> Tensor:
    """The smaller of the two elements at each position; a number wins over nan.

    >>> import wengert as torch
    >>> torch.fmin(torch.tensor([1.0, torch.nan]), torch.tensor([3.0, 2.0]))
    tensor([1., 2.])

    Where both are equal, the first gets the gradient.
    """
    refuse(common_dtype([input, other]).numpy, *p.unordered("fmin"))
    return where(p.logical_or(p.less_equal(input, other), p.isnan(other)), input, other)  # type: ignore[no-any-return]


def logaddexp2(input: Tensor, other: Tensor) -> Tensor:
    """log2(2**input + 2**other), without overflow.

    >>> import wengert as torch
    >>> torch.logaddexp2(torch.tensor([1000.0]), torch.tensor([1000.0]))
    tensor([1001.])
    """
    if not isinstance(other, Tensor):
        raise errors.ArgumentTypeError(
            f"logaddexp2(): argument 'other' (position 2) must be Tensor, not {type(other).__name__}"
        )
    common = common_dtype([input, other]).numpy
    refuse(common, no_kernel("logaddexp2_cpu", "biuc"))
    input, other, base = s.cast(input, common), s.cast(other, common), log_of(2)
    return p.divide(p.logaddexp(p.multiply(input, base), p.multiply(other, base)), base)  # type: ignore[no-any-return]


def sinc(input: Tensor) -> Tensor:
    """sin(pi x) / (pi x) of each element, which is 1 at 0.

    >>> import wengert as torch
    >>> torch.sinc(torch.tensor([0.0, 0.5]))
    tensor([1.0000, 0.6366])
    """
    if is_half(input):
        return in_float32(sinc, input)  # type: ignore[no-any-return]
    x = p.multiply(input, pi)
    near = p.less(p.absolute(x), 0.5)  # where derivatives of the quotient are differences of nearly the same
    square, series = p.square(p.where(near, x, 0)), 1.0
    for n in range(14, 0, -2):
        series = p.add(p.multiply(p.multiply(square, series), -1 / (n * (n + 1))), 1)
    x = p.where(near, 1, x)
    return p.where(near, series, p.divide(p.sin(x), x))  # type: ignore[no-any-return]


def nan_to_num(input: Tensor, nan: float | None = 0.0, posinf: float | None = None,
               neginf: float | None = None) -> Tensor:  # fmt: skip
    """Numbers in the place of nan, inf and -inf: nan, and the largest and smallest unless others are given.

    >>> import wengert as torch
    >>> torch.nan_to_num(torch.tensor([torch.nan, torch.inf, 1.5]), posinf=9)
    tensor([0.0000, 9.0000, 1.5000])

    No gradient passes where a number was put in.
    """
    own = dtypes.of_numpy(numpy_dtype(input))
    if own.is_complex:
        parts = nan_to_num(complexes.view_as_real(input), nan, posinf, neginf)
        return complexes.view_as_complex(parts)  # type: ignore[no-any-return]
    if not own.is_floating_point:
        return s.copy(input)  # type: ignore[no-any-return]
    limits = dtypes.finfo(own)
    result = p.where(p.isnan(input), 0.0 if nan is None else nan, input)
    result = p.where(p.equal(input, inf), limits.max if posinf is None else posinf, result)
    return p.where(p.equal(input, -inf), limits.min if neginf is None else neginf, result)  # type: ignore[no-any-return]


def where(condition: Any, input: Any = None, other: Any = None) -> Any:
    """Elements of input where the condition holds, of other elsewhere.

    >>> import wengert as torch
    >>> x = torch.tensor([-1.0, 2.0])
    >>> torch.where(x > 0, x, 0.0)
    tensor([0., 2.])
    """
    if input is None:
        return condition.nonzero(as_tuple=True)
    kind = numpy_dtype(condition).char
    if kind == "B":
        warn(
            "where received a uint8 condition tensor. This behavior is deprecated and will be "
            "removed in a future version of PyTorch. Use a boolean condition instead.",
            UserWarning,
        )
    elif kind != "?":
        title = dtypes.of_numpy(numpy_dtype(condition)).title
        raise errors.DtypeError(
            errors.advice(
                f"where expected condition to be a boolean tensor, but got a tensor with dtype {title}",
                "compare it, as in condition != 0.",
            )
        )
    if not isinstance(input, Tensor) and not isinstance(other, Tensor):
        shape = spec_of(condition).shape
        input = s.broadcast_to(tensor(input), shape)
    for value in (input, other):
        if type(value) in (int, float) and not -dtypes.USUAL_WHOLE <= value <= dtypes.USUAL_WHOLE:
            dtypes.assigned(value, common_dtype([input, other]).numpy)
    return p.where(condition, input, other)


def isclose(input: Tensor, other: Tensor, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Tensor:
    """Whether |input - other| <= atol + rtol * |other|, element by element.

    >>> import wengert as torch
    >>> torch.isclose(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 2.1]))
    tensor([ True, False])
    """
    for at, name, each in ((1, "input", input), (2, "other", other)):
        if not isinstance(each, Tensor):
            raise errors.ArgumentTypeError(
                f"isclose(): argument '{name}' (position {at}) must be Tensor, not {type(each).__name__}"
            )
    if input.dtype is not other.dtype:
        raise errors.DtypeError(
            errors.advice(
                f"{input.dtype.title} did not match {other.dtype.title}",
                "convert one of them with .to().",
            )
        )
    for name, value in (("rtol", rtol), ("atol", atol)):
        if value < 0:
            raise errors.ShapeError(f"{name} must be greater than or equal to zero, but got {value:g}")
    result = p.equal(input, other)
    if equal_nan:
        result = p.logical_or(result, p.logical_and(p.isnan(input), p.isnan(other)))
    if dtypes.of_numpy(numpy_dtype(other)).category == dtypes.BOOL:
        input, other = s.cast(input, np.dtype(np.uint8)), s.cast(other, np.dtype(np.uint8))
    input, other = (s.cast(x, np.dtype(np.float64)) if numpy_dtype(x).kind in "iu" else x for x in (input, other))
    gap, slack = p.absolute(p.subtract(input, other)), p.add(p.multiply(p.absolute(other), rtol), atol)
    near = p.logical_and(p.isfinite(gap), p.less_equal(gap, slack))
    return p.logical_or(result, near)  # type: ignore[no-any-return]


def allclose(input: Tensor, other: Tensor, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> bool:
    """Whether all elements are close.

    >>> import wengert as torch
    >>> torch.allclose(torch.tensor(1.0), torch.tensor(1.0 + 1e-9))
    True
    """
    return bool(isclose(input, other, rtol, atol, equal_nan).array.all())


def equal(input: Tensor, other: Tensor) -> bool:
    """Whether two tensors have the same shape and the same elements.

    >>> import wengert as torch
    >>> torch.equal(torch.tensor([1, 2]), torch.tensor([1, 2]))
    True
    """
    a, b = input.array, other.array
    return bool(a.shape == b.shape and (a == b).all())

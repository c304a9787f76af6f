"""Rows on the bits of numbers: shifts, divisors, signs, and the two halves of a floating number."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from wengert.core.families import general, shape_of
from wengert.core.levels import numpy_dtype
from wengert.dtypes import is_half
from wengert.errors import DtypeError, GradError, UnsupportedError, advice
from wengert.ops.broadcasting import pointwise
from wengert.ops.indexing import batch_size
from wengert.ops.pointwise import NO_DERIVATIVE, equal, no_derivative, power, where
from wengert.ops.refusals import Refusal, no_kernel
from wengert.ops.structural import batched_front, cast, front, reshape, zeros_like
from wengert.shapes import Spec

# ------------------------------------------------------------------------ integers


def shifted(x: Any, y: Any, *, left: bool) -> Any:
    """x << y or x >> y; beyond the width of the dtype nothing but the sign is left."""
    dtype = x.dtype if isinstance(x, np.ndarray | np.generic) else np.asarray(y).dtype
    width = 8 * dtype.itemsize
    steps = np.asarray(y, dtype)
    inside = (steps >= 0) & (steps < width)
    kept = np.where(inside, steps, dtype.type(0 if left else width - 1))
    x = np.asarray(x, dtype)
    if left:
        return np.where(inside, np.left_shift(x, kept), dtype.type(0))
    whole = np.right_shift(x, kept)
    return whole if dtype.kind == "i" else np.where(inside, whole, dtype.type(0))


left_shift = pointwise(
    "left_shift",
    None,
    None,
    kernel=lambda xp, x, y: shifted(x, y, left=True),
    title="BitwiseLeftShift",
    refuses=[no_kernel("lshift_cpu", "bfVc")],
)
right_shift = pointwise(
    "right_shift",
    None,
    None,
    kernel=lambda xp, x, y: shifted(x, y, left=False),
    title="BitwiseRightShift",
    refuses=[no_kernel("rshift_cpu", "bfVc")],
)
gcd = pointwise("gcd", None, None, refuses=[no_kernel("gcd_cpu", "bfVc")])
lcm = pointwise("lcm", None, None, eager=lambda x, y: np.lcm(x, y), refuses=[no_kernel("lcm_cpu", "bfVc")])

# ------------------------------------------------------------------------ signs


def negatives(x: Any) -> Any:
    """Whether the sign bit is set; truth values have none."""
    return np.zeros(x.shape, bool) if x.dtype.kind in "bu" else np.signbit(x)


signbit = pointwise(
    "signbit",
    None,
    kernel=lambda xp, x: xp.signbit(x),
    eager=negatives,
    result=bool,
    refuses=[Refusal("c", "signbit is not implemented for complex tensors.", error=UnsupportedError)],
)
copysign = pointwise(
    "copysign",
    lambda dx, x, y: where(equal(x, 0), 0, where(equal(signbit(x), less_than_zero(y)), dx, -dx)),
    lambda dy: zeros_like(dy),
    promotion="float",
    refuses=[no_kernel("copysign_cpu", "c")],
)


def less_than_zero(y: Any) -> Any:
    """The sign bit of an operand, which may be a Python number."""
    return bool(np.signbit(y)) if isinstance(y, int | float) else signbit(y)


# ------------------------------------------------------------------------ floating numbers

NO_DERIVATIVE["heaviside"] = "torch.where, which says what is to have a derivative."


def steps_up(x: Any, y: Any) -> Any:
    return np.where(np.isnan(x) | (x < 0), 0, np.where(x == 0, y, 1)).astype(np.asarray(x).dtype)


heaviside = pointwise(
    "heaviside",
    no_derivative("heaviside"),
    no_derivative("heaviside"),
    eager=steps_up,
    refuses=[Refusal("c", "heaviside is not yet implemented for complex tensors.")],
)
heaviside.primitive.node_name = "NotImplemented"
nextafter = pointwise(
    "nextafter",
    lambda dx, x, y: where(equal(x, y), 0, dx),
    lambda dy, x, y: where(equal(x, y), dy, 0),  # there the next number is y
    refuses=[no_kernel("nextafter_cpu", "biuc")],
)


def parts(x: Any) -> Any:
    """The fraction and the exponent of floating numbers; NumPy has none of bfloat16."""
    if x.dtype.kind == "V" or is_half(x.dtype):
        fraction, exponent = np.frexp(x.astype(np.float32))
        return fraction.astype(x.dtype), exponent
    return np.frexp(x)


NOT_FLOATING = Refusal("biuc", "torch.frexp() only supports floating-point dtypes", error=DtypeError)
mantissa = pointwise(
    "mantissa",
    lambda dx, x: scaled_down(dx, exponent(x)),
    kernel=lambda xp, x: parts(x)[0],
    title="Frexp",
    refuses=[NOT_FLOATING],
)
exponent = pointwise("exponent", None, kernel=lambda xp, x: parts(x)[1], result=np.int32, refuses=[NOT_FLOATING])


def scaled_down(dx: Any, powers: Any) -> Any:
    """dx / 2**powers."""
    return dx * power(2.0, -cast(powers, numpy_dtype(dx)))


def without_derivative(dx: Any, name: str) -> Any:
    raise GradError(advice(f"derivative for aten::{name} is not implemented", "take it of x.detach()."))


undefined = pointwise(
    "undefined",
    without_derivative,
    kernel=lambda xp, x, name: xp.zeros_like(x),
)
undefined.primitive.node_name = "NotImplemented"


def searched(xp: Any, boundaries: Any, values: Any, right: bool) -> Any:
    """How many boundaries lie before each value; nan counts as the largest number."""
    side: Any = "right" if right else "left"
    if boundaries.ndim == 1:
        return np.asarray(np.searchsorted(boundaries, values, side))
    out = np.empty(values.shape, np.int64)
    for i in np.ndindex(boundaries.shape[:-1]):
        out[i] = np.searchsorted(boundaries[i], values[i], side)
    return out


def searched_batch(values: Any, axes: Any, params: Any) -> Any:
    size = batch_size(values, axes)
    if axes[0] is None and len(shape_of(values[0])) == 1:
        return searchsorted(values[0], front(values[1], axes[1]), *params), 0
    boundaries, x = (batched_front(v, a, size) for v, a in zip(values, axes, strict=True))
    shape = shape_of(x)
    lead = shape_of(boundaries)[:-1]
    at = searchsorted(boundaries, reshape(x, (*lead, prod(shape[len(lead) :]))), *params)
    return reshape(at, shape), 0


searchsorted = general(
    "searchsorted",
    arity=2,
    kernel=searched,
    spec=lambda boundaries, values, right: Spec(values.shape, np.dtype(np.int64)),
    batch=searched_batch,
)

"""Functions on the bits of numbers: shifts, divisors, signs, halves of floating numbers."""

from __future__ import annotations

from math import pi
from typing import Any

import numpy as np

from wengert import dtypes, errors
from wengert.core.dispatch import common_dtype
from wengert.core.families import shape_of
from wengert.core.levels import numpy_dtype
from wengert.core.tensor import Tensor
from wengert.functions.elementwise.arithmetic import sub
from wengert.functions.linalg.results import named
from wengert.ops import bits as b
from wengert.ops import pointwise as p
from wengert.ops import structural as s
from wengert.ops.refusals import Refusal, refuse

bitwise_and, bitwise_or, bitwise_xor, bitwise_not = p.bitwise_and, p.bitwise_or, p.bitwise_xor, p.bitwise_not

FREXP = named("frexp", "mantissa exponent")


def only_tensors(name: str, **operands: Any) -> None:
    """Raise in PyTorch's words for an operand that is no tensor."""
    for position, (word, value) in enumerate(operands.items(), 1):
        if not isinstance(value, Tensor):
            raise errors.ArgumentTypeError(
                errors.advice(
                    f"{name}(): argument '{word}' (position {position}) must be Tensor, not {type(value).__name__}",
                    "torch.tensor(...) of it.",
                )
            )


def bitwise_left_shift(input: Any, other: Any) -> Tensor:
    """Each integer times two to the power of another: `input << other`.

    >>> import wengert as torch
    >>> torch.bitwise_left_shift(torch.tensor([-1, 3]), 2)
    tensor([-4, 12])

    A shift by a negative number, or by all the bits of the dtype, gives 0.
    """
    return b.left_shift(input, other)  # type: ignore[no-any-return]


def bitwise_right_shift(input: Any, other: Any) -> Tensor:
    """Each integer divided by two to the power of another and rounded down: `input >> other`.

    >>> import wengert as torch
    >>> torch.bitwise_right_shift(torch.tensor([-7, 12]), 2)
    tensor([-2,  3])

    A shift by a negative number, or by all the bits of the dtype, leaves the sign: 0 or -1.
    """
    return b.right_shift(input, other)  # type: ignore[no-any-return]


def gcd(input: Tensor, other: Tensor) -> Tensor:
    """The largest integer that divides both.

    >>> import wengert as torch
    >>> torch.gcd(torch.tensor([12, -9]), torch.tensor([8, 6]))
    tensor([4, 3])
    """
    only_tensors("gcd", input=input, other=other)
    return b.gcd(input, other)  # type: ignore[no-any-return]


def lcm(input: Tensor, other: Tensor) -> Tensor:
    """The smallest positive integer that both divide.

    >>> import wengert as torch
    >>> torch.lcm(torch.tensor([4, -3]), torch.tensor([6, 5]))
    tensor([12, 15])
    """
    only_tensors("lcm", input=input, other=other)
    return b.lcm(input, other)  # type: ignore[no-any-return]


def logical_xor(input: Tensor, other: Tensor) -> Tensor:
    """Whether exactly one of the two elements is true, that is, not 0.

    >>> import wengert as torch
    >>> torch.logical_xor(torch.tensor([0, 1, 2]), torch.tensor([1, 0, 1]))
    tensor([ True,  True, False])
    """
    only_tensors("logical_xor", input=input, other=other)
    return p.not_equal(_truth(input), _truth(other))  # type: ignore[no-any-return]


def _truth(x: Tensor) -> Tensor:
    """Which elements are not 0."""
    return x if numpy_dtype(x) == np.bool_ else p.not_equal(x, 0)


def signbit(input: Tensor) -> Tensor:
    """Whether the sign of each element is minus, that of -0. too.

    >>> import wengert as torch
    >>> torch.signbit(torch.tensor([1.0, -2.0, -0.0]))
    tensor([False,  True,  True])
    """
    return b.signbit(input)  # type: ignore[no-any-return]


def copysign(input: Tensor, other: Any) -> Tensor:
    """The size of each element with the sign of another.

    >>> import wengert as torch
    >>> torch.copysign(torch.tensor([1.0, -2.0]), torch.tensor([-0.0, 5.0]))
    tensor([-1.,  2.])

    At 0 the gradient is 0.
    """
    return b.copysign(input, other)  # type: ignore[no-any-return]


def heaviside(input: Tensor, values: Tensor) -> Tensor:
    """0 where an element is negative, 1 where it is positive, and `values` where it is 0.

    >>> import wengert as torch
    >>> torch.heaviside(torch.tensor([-1.5, 0.0, 2.0]), torch.tensor([0.5]))
    tensor([0.0000, 0.5000, 1.0000])

    It has no derivative: backward() raises.
    """
    only_tensors("heaviside", input=input, values=values)
    if "c" in (numpy_dtype(input).kind, numpy_dtype(values).kind):
        raise errors.DtypeError("heaviside is not yet implemented for complex tensors.")
    if numpy_dtype(input) != numpy_dtype(values):
        raise errors.DtypeError(
            errors.advice(
                "heaviside is not yet implemented for tensors with different dtypes.", "convert one with .to()."
            )
        )
    return b.heaviside(input, values)  # type: ignore[no-any-return]


def nextafter(input: Tensor, other: Tensor) -> Tensor:
    """The next number that the dtype can hold, on the way to another.

    >>> import wengert as torch
    >>> torch.nextafter(torch.tensor([1.0]), torch.tensor([2.0])) == 1 + torch.finfo(torch.float32).eps
    tensor([True])
    """
    only_tensors("nextafter", input=input, other=other)
    return b.nextafter(input, other)  # type: ignore[no-any-return]


def frexp(input: Tensor) -> Any:
    """The fraction in [0.5, 1) and the exponent of each element: mantissa * 2**exponent.

    >>> import wengert as torch
    >>> torch.frexp(torch.tensor([6.0, -0.5])).mantissa, torch.frexp(torch.tensor([6.0, -0.5])).exponent
    (tensor([ 0.7500, -0.5000]), tensor([3, 0], dtype=torch.int32))
    """
    return FREXP(b.mantissa(input), b.exponent(input))


def ldexp(input: Tensor, other: Tensor) -> Tensor:
    """input * 2**other.

    >>> import wengert as torch
    >>> torch.ldexp(torch.tensor([0.75]), torch.tensor([3]))
    tensor([6.])
    """
    only_tensors("ldexp", input=input, other=other)
    if numpy_dtype(other).kind in "biu":
        own = numpy_dtype(input) if numpy_dtype(input).kind in "fcV" else dtypes.default().numpy
        half = dtypes.is_half(own)  # which would overflow before the product does
        powers = p.power(2.0, s.cast(other, np.dtype(np.float32) if half else own))
        return s.cast(p.multiply(input, powers), own)  # type: ignore[no-any-return]
    return p.multiply(input, p.power(2.0, other))  # type: ignore[no-any-return]


def float_power(input: Any, exponent: Any) -> Tensor:
    """input ** exponent, computed in float64, or complex128.

    >>> import wengert as torch
    >>> torch.float_power(torch.tensor([2, 3]), 2)
    tensor([4., 9.], dtype=torch.float64)
    """
    if not isinstance(input, Tensor | np.ndarray) and not isinstance(exponent, Tensor | np.ndarray):
        only_tensors("float_power", input=input)
    complex_too = common_dtype([input, exponent]).category == dtypes.COMPLEX
    wanted = (dtypes.complex128 if complex_too else dtypes.float64).numpy
    base, power = (s.cast(x, wanted) if isinstance(x, Tensor | np.ndarray) else x for x in (input, exponent))
    return p.power(base, power)  # type: ignore[no-any-return]


def float_power_(input: Tensor, exponent: Any) -> Tensor:
    """`float_power`, written into the tensor, which has to be of float64, or complex128."""
    result = float_power(input, exponent)
    if result.dtype is not input.dtype:
        raise errors.DtypeError(
            errors.advice(
                f"the base given to float_power_ has dtype {input.dtype.title} but the operation's result requires "
                f"dtype {result.dtype.title}",
                "float_power(), which makes a new tensor.",
            )
        )
    return input.pow_(exponent)  # type: ignore[no-any-return]


def deg2rad(input: Tensor) -> Tensor:
    """Angles in degrees as radians.

    >>> import wengert as torch
    >>> torch.deg2rad(torch.tensor([180.0, 90.0]))
    tensor([3.1416, 1.5708])
    """
    refuse(numpy_dtype(input), Refusal("c", "deg2rad is not supported for complex tensors."))
    return p.multiply(input, pi / 180)  # type: ignore[no-any-return]


def rad2deg(input: Tensor) -> Tensor:
    """Angles in radians as degrees.

    >>> import wengert as torch
    >>> torch.rad2deg(torch.tensor([torch.pi]))
    tensor([180.])
    """
    refuse(numpy_dtype(input), Refusal("c", "rad2deg is not supported for complex tensors."))
    return p.multiply(input, 180 / pi)  # type: ignore[no-any-return]


def rsub(input: Tensor, other: Any, *, alpha: Any = 1) -> Tensor:
    """other - alpha * input.

    >>> import wengert as torch
    >>> torch.rsub(torch.tensor([1.0, 2.0]), 5, alpha=2)
    tensor([3., 1.])
    """
    p.no_single_bool([x for x in (other, input, True) if isinstance(x, Tensor)])
    if input.dtype is dtypes.bool_ and not isinstance(other, Tensor):
        raise p.ONE_BOOL.told(np.dtype(np.bool_))
    common = common_dtype([input, other])
    return sub(other, input if input.dtype is common else s.cast(input, common.numpy), alpha=alpha)


def fill(input: Tensor, value: Any) -> Tensor:
    """A tensor like another, filled with one number.

    >>> import wengert as torch
    >>> torch.fill(torch.tensor([1.0, 2.0]), 7)
    tensor([7., 7.])
    """
    if isinstance(value, Tensor) and value.ndim:
        raise errors.ShapeError(
            errors.advice(
                f"fill_ only supports 0-dimension value tensor but got tensor with {value.ndim} dimensions.",
                "value.expand(...), or torch.where.",
            )
        )
    own = numpy_dtype(input)
    given = s.cast(value, own) if isinstance(value, Tensor) else dtypes.number_in(value, own)
    everywhere = np.ones(shape_of(input), bool)
    return p.where(everywhere, given, input)  # type: ignore[no-any-return]

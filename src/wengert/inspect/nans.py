"""find_nan: the first operation that made NaN or infinity, forwards or backwards, with its line and what caused it.

Knows operations by name, for the remedies. Must not change what a program computes.
"""

from __future__ import annotations

from sys import _getframe
from typing import TYPE_CHECKING, Any

import numpy as np

from wengert import errors
from wengert.core.hooks import Several
from wengert.core.levels import Tracer
from wengert.core.observing import Observer, Observing
from wengert.core.places import Place, user_frame
from wengert.core.tensor import Tensor
from wengert.inspect.derivation import summary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wengert.core.primitive import Primitive


class FoundNaN(errors.WengertError, FloatingPointError):
    """An operation made NaN or infinity of finite numbers."""


REMEDIES = {
    "log": "log of 0 is -inf and of a negative number NaN: log(x.clamp(min=tiny)), torch.xlogy, or logsumexp.",
    "log1p": "log1p(-1) is -inf: clamp the argument.",
    "sqrt": "the slope of sqrt at 0 is infinite: sqrt(x + eps), or torch.linalg.vector_norm.",
    "divide": "division by 0: torch.where(y == 0, 1, y) as the divisor, and choose the result by torch.where.",
    "power": "0 to a negative power, or a negative number to a fractional one: clamp the base first.",
    "exp": "exp overflows above 88 (float32) or 709 (float64): subtract the maximum, or use softmax or logsumexp.",
    "expm1": "expm1 overflows above 88 (float32) or 709 (float64): clamp the argument.",
    "reciprocal": "1/0 is infinite: add eps, or mask by torch.where before dividing.",
    "arccos": "the slope at -1 and 1 is infinite: clamp the argument inside of (-1, 1).",
    "arcsin": "the slope at -1 and 1 is infinite: clamp the argument inside of (-1, 1).",
    "reduce_sum": "the sum overflows: take the mean, or compute in float64.",
    "matmul": "the products overflow: scale the operands, or compute in float64.",
    "multiply": "0 * inf is NaN, and large factors overflow: look at the operands above.",
}
"""What usually helps, by the name of the row."""

OTHERWISE = "mask the operands with torch.where before the operation, not its result after it."


class Finder(Observer):
    """Looks at every result, and at every gradient of every operation."""

    def saw(self, primitive: Primitive, operands: Sequence[Any], params: tuple[Any, ...], made: Tensor) -> None:
        if isinstance(made, Tracer) or is_finite(made.array) or not all(map(is_finite, arrays_of(operands))):
            return
        frame = user_frame(_getframe(1))
        given = [
            f"  {name} = {summary(array)}"
            for name, array in zip(named(primitive, len(operands)), arrays_of(operands), strict=True)
        ]
        raise FoundNaN(
            message(
                primitive.name, "forward", made.array, Place(frame.f_code, frame.f_lasti),
                [*given, *culprit(made.array, operands)],
            )
        )  # fmt: skip

    def flavour(self, flavour: Any) -> Any:
        def looking(node: Any, g: Any) -> Any:
            pulled = flavour(node, g)
            incoming = list(g.values()) if isinstance(g, Several) else [g]
            if all(is_finite(array_of(each)) for each in incoming):
                for each in pulled if type(pulled) is tuple else (pulled,):
                    if each is not None and not isinstance(each, Several) and not is_finite(array_of(each)):
                        raise FoundNaN(self._backward(node, incoming, each))
            return pulled

        return looking

    @staticmethod
    def _backward(node: Any, incoming: list[Any], made: Any) -> str:
        from_saved = [
            f"  it reads {summary(array_of(value))}" for value in node.saved or () if array_of(value) is not None
        ]  # fmt: skip
        given = [f"  incoming gradient {summary(array_of(g))}" for g in incoming]
        return message(node.rule.primitive.name, "backward", array_of(made), node.place, [*given, *from_saved])


def message(name: str, way: str, made: Any, place: Place, given: list[str]) -> str:
    """What is said of an operation that made something not finite."""
    what = "NaN" if np.isnan(made).any() else "infinity"
    head = f"find_nan: {name} made {what} of finite numbers in the {way} pass, at {place}\n  result {summary(made)}"
    return errors.advice("\n".join([head, *given]), REMEDIES.get(name, OTHERWISE))


def culprit(made: Any, operands: Sequence[Any]) -> list[str]:
    """The operands at the first element that is not finite, where they have that element."""
    wrong = np.argwhere(~np.isfinite(made))
    if not len(wrong) or made.ndim == 0:
        return []
    at = tuple(int(i) for i in wrong[0])
    values = []
    for array in arrays_of(operands):
        try:
            values.append(f"{np.broadcast_to(array, made.shape)[at]:.6g}")
        except ValueError:
            return [f"  first at {list(at)}"]
    return [f"  first at {list(at)}, where the operands are {', '.join(values)}"]


def named(primitive: Primitive, count: int) -> list[str]:
    """What the operands are called."""
    names = primitive.operands
    return list(names) if len(names) == count else [f"operand {i}" for i in range(count)]


def arrays_of(operands: Sequence[Any]) -> list[Any]:
    """The operands as arrays."""
    return [array_of(o) for o in operands]


def array_of(value: Any) -> Any:
    """A value as an array; None for what is none."""
    if isinstance(value, Tensor):
        return None if isinstance(value, Tracer) else value.array
    return np.asarray(value) if isinstance(value, np.ndarray | np.generic | int | float | complex) else None


def is_finite(array: Any) -> bool:
    """Whether nothing in an array is NaN or infinite; so it is of integers and of what is no array."""
    return array is None or array.dtype.kind not in "fc" or bool(np.isfinite(array).all())


def find_nan() -> Observing:
    """Stop at the first operation inside that makes NaN or infinity of finite numbers, forwards or backwards.

    >>> import warnings
    >>> import wengert as torch
    >>> from wengert.inspect import find_nan
    >>> x = torch.tensor([4.0, 0.0], requires_grad=True)
    >>> with warnings.catch_warnings(action="ignore"), find_nan():
    ...     torch.sqrt(x).sum().backward()  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    wengert.inspect.nans.FoundNaN: find_nan: sqrt made infinity of finite numbers in the backward pass, at ...

    The error names the user's line, the operands and what usually helps. Compiled functions run as they are inside.

    Raises:
        FloatingPointError: a FoundNaN, where it happens.
    """
    return Observing(Finder())

"""Numbers that lie one after another, with those methods of a Tensor that formulas of optimizers are written in.

Knows NumPy arrays. Must not know any formula.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert.core.tensor import Tensor


class Scratch:
    """Memory for temporaries, used again for every block."""

    __slots__ = ("_arrays", "_at", "_dtype", "_size")

    def __init__(self, size: int, dtype: Any) -> None:
        self._arrays: list[Any] = []
        self._at, self._size, self._dtype = 0, size, dtype

    def start(self) -> None:
        """Let all memory be used again."""
        self._at = 0

    def take(self, size: int) -> Any:
        """An array that is not filled."""
        if self._at == len(self._arrays):
            self._arrays.append(np.empty(self._size, self._dtype))
        found = self._arrays[self._at]
        self._at += 1
        return found if size == self._size else found[:size]


class Flat:
    """Numbers that are updated: an array with those methods of a Tensor that formulas use."""

    __slots__ = ("array", "scratch")
    dtype = property(lambda self: self.array.dtype)

    def __init__(self, array: Any, scratch: Scratch) -> None:
        self.array = array
        self.scratch = scratch

    def _made(self, ufunc: Any, *operands: Any) -> Flat:
        into = self.scratch.take(self.array.size)
        ufunc(*operands, out=into)
        return Flat(into, self.scratch)

    def _wrote(self, ufunc: Any, *operands: Any) -> Flat:
        ufunc(*operands, out=self.array)
        return self

    def mul(self, other: Any) -> Flat:
        """self * other."""
        return self._made(np.multiply, self.array, _plain(other))

    def mul_(self, other: Any) -> Flat:
        """self *= other."""
        return self._wrote(np.multiply, self.array, _plain(other))

    def div(self, other: Any) -> Flat:
        """self / other."""
        return self._made(np.divide, self.array, _plain(other))

    def div_(self, other: Any) -> Flat:
        """self /= other."""
        return self._wrote(np.divide, self.array, _plain(other))

    def add(self, other: Any, *, alpha: Any = 1) -> Flat:
        """self + alpha * other."""
        return self._made(np.add, self.array, self._times(other, alpha))

    def add_(self, other: Any, *, alpha: Any = 1) -> Flat:
        """self += alpha * other."""
        return self._wrote(np.add, self.array, self._times(other, alpha))

    def sub(self, other: Any) -> Flat:
        """self - other."""
        return self._made(np.subtract, self.array, _plain(other))

    def sub_(self, other: Any) -> Flat:
        """self -= other."""
        return self._wrote(np.subtract, self.array, _plain(other))

    def _times(self, other: Any, alpha: Any) -> Any:
        if is_one(alpha):
            return _plain(other)
        return self._made(np.multiply, _plain(other), alpha).array

    def neg(self) -> Flat:
        """-self."""
        return self._made(np.negative, self.array)

    def abs(self) -> Flat:
        """|self|."""
        return self._made(np.absolute, self.array)

    def sign(self) -> Flat:
        """-1, 0 or 1."""
        return self._made(np.sign, self.array)

    def sqrt(self) -> Flat:
        """The square root."""
        return self._made(np.sqrt, self.array)

    def maximum(self, other: Flat) -> Flat:
        """The larger of the two."""
        return self._made(np.maximum, self.array, other.array)

    def clamp_(self, min: Any, max: Any) -> Flat:
        """What lies between two numbers."""
        np.clip(self.array, min, max, out=self.array)
        return self

    def copy_(self, other: Flat) -> Flat:
        """Write the values of another."""
        np.copyto(self.array, other.array)
        return self

    def lerp_(self, end: Flat, weight: float) -> Flat:
        """self += weight * (end - self), from the nearer end."""
        way = self._made(np.subtract, end.array, self.array)
        if weight < 0.5:
            way.mul_(weight)
            return self._wrote(np.add, self.array, way.array)
        way.mul_(1 - weight)
        return self._wrote(np.subtract, end.array, way.array)

    def addcmul_(self, first: Flat, second: Flat, *, value: Any = 1) -> Flat:
        """self += value * first * second."""
        product = first.mul(second) if is_one(value) else first.mul(value).mul_(second)
        return self._wrote(np.add, self.array, product.array)

    def addcdiv_(self, first: Flat, second: Flat, *, value: Any = 1) -> Flat:
        """self += value * first / second."""
        quotient = first.div(second) if is_one(value) else first.mul(value).div_(second)
        return self._wrote(np.add, self.array, quotient.array)

    def gt(self, other: Any) -> Any:
        """Where self > other."""
        return self.array > other

    def lt(self, other: Any) -> Any:
        """Where self < other."""
        return self.array < other

    def select(self, condition: Any, chosen: Any) -> Flat:
        """`chosen` where the condition holds, else self."""
        made = self.scratch.take(self.array.size)
        np.copyto(made, self.array)
        np.copyto(made, chosen, where=condition)
        return Flat(made, self.scratch)


def is_one(number: Any) -> bool:
    """Whether a number is 1, of which a tensor says nothing."""
    return not isinstance(number, Tensor) and number == 1


def _plain(operand: Any) -> Any:
    return operand.array if isinstance(operand, Flat) else operand

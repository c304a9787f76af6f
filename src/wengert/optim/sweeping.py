"""The step of an optimizer over large memory, in one pass of machine code (see `wengert.core.sweeps`).

    formula(p, g, state, numbers)     in blocks, by NumPy                  until it has met enough elements
                                      traced, and compiled                 from then on: the same digits

Learning rates and what else is another number at each step are inputs; options that stay what they are are written into
the code.

Knows formulas by what they do. Must not know any.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from wengert.core import sweeps
from wengert.errors import UnsupportedError
from wengert.ops import pointwise as p
from wengert.optim.flat import Flat, Scratch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROWS: dict[Any, Any] = {
    np.add: p.add, np.subtract: p.subtract, np.multiply: p.multiply, np.divide: p.divide, np.negative: p.negative,
    np.absolute: p.absolute, np.sign: p.sign, np.sqrt: p.sqrt, np.maximum: p.maximum,
}  # fmt: skip
"""What is traced where a formula calls a ufunc."""

PLAIN = (float, int, bool, str, type(None))

FIXED = (0.0, 1.0)
"""Numbers that formulas ask for, to do less."""


class Written(Flat):
    """Elements of which a formula is traced: a ufunc is the row of its name."""

    def __init__(self, array: Any) -> None:
        super().__init__(array, Scratch(0, np.float64))

    def _made(self, ufunc: Any, *operands: Any) -> Written:
        return Written(ROWS[ufunc](*operands))

    def _wrote(self, ufunc: Any, *operands: Any) -> Written:
        self.array = ROWS[ufunc](*operands)
        return self

    def copy_(self, other: Flat) -> Written:
        """Write the values of another."""
        self.array = other.array
        return self

    def clamp_(self, min: Any, max: Any) -> Flat:
        """Left to NumPy, as is whatever chooses by values."""
        raise UnsupportedError("clamp_ is not traced")

    def gt(self, other: Any) -> Any:
        """The same."""
        raise UnsupportedError("gt is not traced")

    lt = gt


def _is_plain(value: Any) -> bool:
    return all(map(_is_plain, value)) if isinstance(value, tuple) else isinstance(value, PLAIN)


class StepSweeps:
    """The sweeps of the steps of some memory, by the options and by which numbers may be others."""

    __slots__ = ("_known", "_met")

    def __init__(self) -> None:
        self._known: dict[Any, Any] = {}
        self._met: dict[Any, int] = {}

    def step(
        self, formula: Any, values: Any, gradient: Any, state: dict[str, Any], numbers: Any, group: dict[str, Any]
    ) -> bool:
        """Do a step, unless NumPy is to do it."""
        several = numbers if isinstance(numbers, tuple) else (numbers,)
        moving = tuple([type(n) is float and n not in FIXED for n in several])
        fixed = tuple([None if moves else n for n, moves in zip(several, moving, strict=True)])
        options = [value for name, value in group.items() if name not in ("params", "lr", "initial_lr")]
        if not all(map(_is_plain, [*fixed, *options])):
            return False
        targets = [values, *state.values()]
        arrays = [*targets, gradient, *[np.array(n) for n, moves in zip(several, moving, strict=True) if moves]]
        if not all(map(sweeps.is_plain, arrays)):
            return False
        key = (moving, repr(fixed), repr(options), gradient.dtype, tuple(state))
        sweep = self._known.get(key)
        if sweep is None:
            traced = Traced(formula, list(state), moving, fixed, group, alone=numbers is not several)
            sweep = self._made(key, traced, arrays, len(targets))
        if sweep is None or sweep is sweeps.NEVER:
            return False
        for made, target in zip(sweep(arrays), targets, strict=True):
            if made is not target:
                np.copyto(target, made)
        return True

    def _made(self, key: Any, function: Callable[..., Any], arrays: list[Any], onto: int) -> Any:
        if len(self._met) > sweeps.MOST:
            self._met.clear()
            self._known.clear()
        met = self._met[key] = self._met.get(key, 0) + arrays[0].size
        if met < sweeps.WORTH:
            return None
        sweep = sweeps.made_of(function, arrays, onto=onto)
        if sweep is not None:
            self._known[key] = sweep
        return sweep


class Traced:
    """A formula as a function of tensors: of the values, what is kept, the gradient, and the numbers that move."""

    def __init__(
        self, formula: Any, names: list[str], moving: Sequence[bool], fixed: Sequence[Any], group: dict[str, Any],
        *, alone: bool,
    ) -> None:  # fmt: skip
        self._formula, self._names, self._moving, self._fixed, self._group = formula, names, moving, fixed, group
        self._alone = alone

    def __call__(self, values: Any, *given: Any) -> tuple[Any, ...]:
        count = len(self._names)
        kept = dict(zip(self._names, map(Written, given[:count]), strict=True))
        found, moved = Written(values), iter(given[count + 1 :])
        numbers = tuple([next(moved) if moves else n for moves, n in zip(self._moving, self._fixed, strict=True)])
        self._formula(found, Written(given[count]), kept, numbers[0] if self._alone else numbers, self._group)
        return (found.array, *[kept[name].array for name in self._names])

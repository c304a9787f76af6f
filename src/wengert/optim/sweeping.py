"""The step of an optimizer over large memory, in one pass of machine code (see `wengert.core.sweeps`).

    formula(p, g, state, numbers)     in blocks, by NumPy                  until it has met enough elements
                                      traced, and compiled                 from then on: the same digits

Learning rates and what else is another number at each step are inputs; options that stay what they are are written into
the code.

Knows formulas by what they do. Must not know any.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from wengert.core.sweeps import Kinds, is_plain
from wengert.errors import UnsupportedError
from wengert.ops import pointwise as p
from wengert.optim.flat import Flat, Scratch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Formula = Callable[[Any, Any, dict[str, Any], Any, dict[str, Any]], None]

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


class Step:
    """One step of an optimizer for parameters whose numbers are the same.

    Attributes:
        formula: of elements, their gradients, what is kept of them, numbers and options.
        numbers: those that it takes.
        group: the options.
    """

    def __init__(self, formula: Formula, numbers: Any, group: dict[str, Any]) -> None:
        self.formula, self.numbers, self.group = formula, numbers, group

    @cached_property
    def kind(self) -> Any:
        """What is written into the code: options, and the numbers that stay; None if not all can be."""
        options = [value for name, value in self.group.items() if name not in READ_ANEW]
        return repr((self._fixed, options)) if all(map(_is_plain, [*self._fixed, *options])) else None

    @cached_property
    def moving(self) -> list[Any]:
        """The numbers that may be others at the next step, as arrays."""
        return [np.array(n) for n in self._several if _moves(n)]

    def traced(self, names: Sequence[str]) -> Callable[..., Any]:
        """The formula as a function of tensors: of values, of what is kept, of gradients, and of numbers that move."""

        def function(values: Any, *given: Any) -> tuple[Any, ...]:
            found, moved = Written(values), iter(given[len(names) + 1 :])
            kept = {name: Written(each) for name, each in zip(names, given, strict=False)}
            several = tuple([next(moved) if _moves(n) else n for n in self._several])
            numbers = several if isinstance(self.numbers, tuple) else several[0]
            self.formula(found, Written(given[len(names)]), kept, numbers, self.group)
            return (found.array, *[each.array for each in kept.values()])

        return function

    @property
    def _several(self) -> tuple[Any, ...]:
        return self.numbers if isinstance(self.numbers, tuple) else (self.numbers,)

    @property
    def _fixed(self) -> list[Any]:
        """Each number that stays, and a word for those that move."""
        return ["moves" if _moves(n) else n for n in self._several]


READ_ANEW = {"params", "lr", "initial_lr"}
"""What no formula reads of the options: it stands in the numbers."""


def _moves(number: Any) -> bool:
    return type(number) is float and number not in FIXED


class StepSweeps:
    """The sweeps of the steps of some memory."""

    __slots__ = ("_kinds",)

    def __init__(self) -> None:
        self._kinds = Kinds()

    def do(self, step: Step, values: Any, gradient: Any, state: dict[str, Any]) -> bool:
        """Do a step, unless NumPy is to do it."""
        kind = step.kind
        targets = [values, *state.values()]
        arrays = [*targets, gradient, *step.moving]
        if kind is None or not all(map(is_plain, arrays)):
            return False
        kind = (kind, gradient.dtype, *state)
        sweep = self._kinds.of(kind, values.size, step.traced(list(state)), arrays, onto=len(targets))
        if sweep is None:
            return False
        for made, target in zip(sweep(arrays), targets, strict=False):
            if made is not target:
                np.copyto(target, made)
        return True

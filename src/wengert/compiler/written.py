"""Loops that are written out in `native.loops`, as kernels of a program.

Knows which rows have one, and how it is called. Must not know nests.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

from wengert.core.threads import PIECES, POOL
from wengert.graph.ir import Literal
from wengert.native.entries import key_of, write_loop
from wengert.native.loops import overlapping, window_largest
from wengert.ops.windows import Turns, argmax_turns, overlap_turns, windows_first

if TYPE_CHECKING:
    from collections.abc import Callable

    from wengert.compiler.layouts import Layouts
    from wengert.graph.ir import Equation
    from wengert.native.calls import NativeLoop
    from wengert.shapes import Shape

GRAIN = 8_000
"""A thread gets at least so many elements."""


class Written(NamedTuple):
    """The loop of a row.

    Attributes:
        loop: what is written out.
        dtypes: NumPy's letters of those that it is for.
        turns: how it is called for an operand's shape and the row's parameters; None where it cannot be.
        order: the axes of the operand in the order in which they have to lie, for the same.
    """

    loop: NativeLoop
    dtypes: str
    turns: Callable[..., Turns | None]
    order: Callable[..., Shape]


ROWS = {
    "window_argmax": Written(window_largest, "fdilq", argmax_turns, lambda shape, *_: tuple(range(len(shape)))),
    "overlap_add": Written(overlapping, "fd", overlap_turns, lambda shape, axes, *_: windows_first(len(shape), axes)),
}


class WrittenCode:
    """One equation by its loop: the numbers that its kernel is given."""

    def __init__(self, equation: Equation, layouts: Layouts) -> None:
        self.equation = equation
        self.arguments: list[Any] = [*equation.operands, equation.out]
        self._written = ROWS.get(equation.primitive.name)
        self._turns = self._called(equation, layouts) if self._written is not None else None

    def _called(self, equation: Equation, layouts: Layouts) -> Turns | None:
        (x,) = equation.operands
        written = self._written
        assert written is not None  # noqa: S101  the caller asked
        if isinstance(x, Literal) or x.spec.dtype.char not in written.dtypes:
            return None
        shape, params = x.spec.shape, equation.params
        return written.turns(shape, *params) if layouts.in_order(x, written.order(shape, *params)) else None

    def __str__(self) -> str:
        return f"{self.equation.primitive.name} {list(self.equation.out.spec.shape)}"

    @property
    def possible(self) -> bool:
        """Whether there is a loop for the equation."""
        return self._turns is not None

    @property
    def turns(self) -> int:
        """How many rows there are."""
        assert self._turns is not None  # noqa: S101  possible was asked
        return self._turns.rows

    @property
    def work(self) -> int:
        """How many elements it goes through."""
        return prod(self.arguments[0].spec.shape)

    @property
    def pieces(self) -> int:
        """Into how many pieces the rows are cut for several threads."""
        return max(1, min(self.turns, self.work // GRAIN, PIECES * POOL.threads)) if POOL.threads > 1 else 1

    def key(self) -> Any:
        """What the code is the same for."""
        assert self._written is not None  # noqa: S101
        return key_of(self._written.loop.function, self.arguments[0].spec.dtype.char)

    def numbers(self) -> list[int]:
        """Sizes and steps."""
        assert self._turns is not None  # noqa: S101
        return self._turns.numbers

    def write(self, module: Any, name: str) -> None:
        """Write the kernel."""
        assert self._written is not None  # noqa: S101
        write_loop(self._written.loop.function, self.arguments[0].spec.dtype.char, module, name)

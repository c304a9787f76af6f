"""Layouts: where in which memory the elements of a variable lie, so that views cost nothing.

    layout := base (a variable with memory of its own), offset and strides, in elements

Knows NumPy's strides. Must not know LLVM.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from wengert.graph.ir import Literal, Variable
from wengert.shapes import contiguous_strides

if TYPE_CHECKING:
    from wengert.graph.ir import Atom, Equation, Graph
    from wengert.shapes import Shape


class Layout(NamedTuple):
    """Where the elements of a variable lie."""

    base: Variable
    offset: int
    strides: tuple[int, ...]


class Layouts:
    """The layout of every variable of a graph.

    Inputs lie as `strides` say (in elements), anything else with memory of its own in row-major order.

    Attributes:
        views: the equations that cost nothing.
    """

    def __init__(self, graph: Graph, strides: dict[Variable, tuple[int, ...]]) -> None:
        self._found: dict[Variable, Layout] = {v: Layout(v, 0, s) for v, s in strides.items()}
        self.views: dict[Variable, Equation] = {}
        for equation in graph.equations:
            self.see(equation)

    def see(self, equation: Equation) -> None:
        """Find out whether the result of an equation is a view."""
        seen = self._view(equation)
        if seen is not None:
            self.views[equation.out] = equation
            self._found[equation.out] = seen

    def lay(self, part: Variable, base: Variable, offset: int, strides: tuple[int, ...]) -> Variable:
        """Let a variable be a part of the memory of another; returns it."""
        self._found[part] = Layout(base, offset, strides)
        return part

    def of(self, variable: Variable) -> Layout:
        """Where a variable lies."""
        found = self._found.get(variable)
        if found is None:
            found = self._found[variable] = Layout(variable, 0, contiguous_strides(variable.spec.shape))
        return found

    def in_order(self, variable: Variable, axes: Shape | None = None) -> bool:
        """Whether the elements lie one after another, counted by the axes in their order or in another."""
        shape, strides = variable.spec.shape, self.of(variable).strides
        axes = tuple(range(len(shape))) if axes is None else axes
        wanted = contiguous_strides(tuple(shape[axis] for axis in axes))
        return all(shape[axis] <= 1 or strides[axis] == step for axis, step in zip(axes, wanted, strict=True))

    def _view(self, e: Equation) -> Layout | None:
        """The layout of the result of a view; None where the operation computes or copies."""
        if not e.primitive.is_view or len(e.operands) != 1 or isinstance(e.operands[0], Literal):
            return None
        x: Variable = e.operands[0]
        if x.spec.dtype.hasobject or not x.spec.dtype.isbuiltin:
            return None
        own = self.of(x)
        found = seen_as(e, x.spec.shape, own.strides, x.spec.dtype)
        if found is None:
            return None
        start, rest = divmod(own.offset * x.spec.dtype.itemsize, e.out.spec.dtype.itemsize)
        return None if rest else Layout(own.base, start + found[0], found[1])


def seen_as(e: Equation, shape: Shape, strides: tuple[int, ...], dtype: Any) -> tuple[int, tuple[int, ...]] | None:
    """Offset and strides of what NumPy gives for an array of this layout; None where it would copy."""
    if e.primitive.name == "view_as_complex" and strides[-1] != 1:
        return None
    memory = np.zeros(1, dtype)  # never read: a view only computes addresses
    x = np.lib.stride_tricks.as_strided(memory, shape, tuple(s * dtype.itemsize for s in strides), writeable=False)
    if e.primitive.name == "reshape":
        y = x.view()
        try:
            y.shape = e.params[0]
        except AttributeError:  # the elements do not lie so that this is a view
            return None
    else:
        y = e.primitive.kernel(x, *e.params)
    size = y.itemsize  # complex numbers are seen as pairs of real ones, and the other way round
    offset = y.__array_interface__["data"][0] - memory.__array_interface__["data"][0]
    if y.size == 0:
        return 0, contiguous_strides(y.shape)
    return offset // size, tuple(s // size for s in y.strides)


def strides_in_elements(array: Any) -> tuple[int, ...] | None:
    """The strides of an array; None where they are no whole elements."""
    size = array.itemsize
    return tuple(s // size for s in array.strides) if all(s % size == 0 for s in array.strides) else None


def is_variable(atom: Atom) -> bool:
    """Whether an operand is no number."""
    return isinstance(atom, Variable)

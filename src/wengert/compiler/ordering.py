"""What moves and written loops want of their operands: that elements lie one after another. Others are copied before.

Knows which code wants what. Must not know how steps are found.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from wengert.compiler.moves import NAMES, MoveCode
from wengert.compiler.written import ROWS, WrittenCode
from wengert.core.primitive import TABLE
from wengert.graph.ir import Equation, Literal, Variable
from wengert.shapes import Spec

if TYPE_CHECKING:
    from wengert.compiler.layouts import Layouts


def ordered(e: Equation, layouts: Layouts) -> list[Equation]:
    """The equation, and before it those that copy its operands, where that lets machine code do it."""
    code = MoveCode if e.primitive.name in NAMES else WrittenCode if e.primitive.name in ROWS else None
    if code is None or not prod(e.out.spec.shape) or code(e, layouts).possible:
        return [e]
    copies: list[Equation] = []
    operands = [_in_order(e, atom, layouts, copies) for atom in e.operands]
    found = Equation(e.outs, e.primitive, operands, e.params)
    return [*copies, found] if code(found, layouts).possible else [e]


def _in_order(e: Equation, atom: Any, layouts: Layouts, copies: list[Equation]) -> Any:
    """An operand that lies as it is wanted."""
    if isinstance(atom, Literal) or not prod(atom.spec.shape):
        return atom
    written = ROWS.get(e.primitive.name)
    axes = tuple(range(atom.spec.ndim)) if written is None else tuple(written.order(atom.spec.shape, *e.params))
    if layouts.in_order(atom, axes):
        return atom
    turned = _applied("permute", atom, axes, copies, layouts)
    copied = _applied("copy", turned, None, copies, layouts)
    return _applied("permute", copied, tuple(int(i) for i in np.argsort(axes)), copies, layouts)


def _applied(name: str, v: Variable, axes: Any, equations: list[Equation], layouts: Layouts) -> Variable:
    """The result of a new equation: a view, which costs nothing, or a copy."""
    shape = v.spec.shape if axes is None else tuple(v.spec.shape[axis] for axis in axes)
    out = Variable(Spec(shape, v.spec.dtype))
    e = Equation([out], TABLE[name], [v], () if axes is None else (axes,))
    layouts.see(e)
    if out not in layouts.views:
        equations.append(e)
    return out

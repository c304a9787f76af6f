"""The lines of a nest for one element, or for as many as a vector has lanes.

Knows equations and how elements lie in memory. Must not know loops.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from llvmlite import ir

from wengert.compiler.loops import REDUCTIONS
from wengert.compiler.scalars import Scalar, llvm_type
from wengert.graph.ir import Literal
from wengert.native.writing import in_lanes, intrinsic

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wengert.compiler.layouts import Layouts
    from wengert.compiler.scalars import Scalars
    from wengert.graph.ir import Atom, Equation, Variable

DOUBLE = ir.DoubleType()
REORDER = ("reassoc",)


def compute(equations: Iterable[Equation], layouts: Layouts, scalars: Scalars, values: dict[Variable, Scalar]) -> None:
    """Write the instructions of some equations.

    Args:
        equations: what is computed.
        layouts: where variables lie.
        scalars: what writes the instructions.
        values: what is known; the results join them, and of a reduction what is to be reduced.
    """
    for e in equations:
        operands = [read(atom, values, layouts, scalars) for atom in e.operands]
        out = operands[0] if e.primitive.name in REDUCTIONS else e.primitive.lower(scalars, *operands, *e.params)
        if not isinstance(out, Scalar):
            out = scalars.constant(out, e.out.spec.dtype)
        values[e.out] = scalars.cast(out, e.out.spec.dtype)  # as where bools become integers


def key_of(atom: Variable, known: Any, layouts: Layouts) -> Variable:
    """By which variable a value is known: a view at the same place is its base."""
    return atom if atom in known else layouts.of(atom).base


def read(atom: Atom, values: dict[Variable, Scalar], layouts: Layouts, scalars: Scalars) -> Any:
    """The value of an operand: a number, or what was loaded or computed, in all lanes."""
    if isinstance(atom, Literal):
        return atom.value
    key = key_of(atom, values, layouts)
    values[key] = scalars.spread(values[key])
    return values[key]


def load(scalars: Scalars, v: Variable, place: Any) -> Scalar:
    """An element of a variable, from a place in memory."""
    return loaded(scalars, v, scalars.builder.load(place))


def loaded(scalars: Scalars, v: Variable, value: Any) -> Scalar:
    """What lay in memory as a value."""
    if v.spec.dtype == np.bool_:
        value = scalars.builder.trunc(value, in_lanes(ir.IntType(1), scalars.lanes))
    return Scalar(scalars, value, v.spec.dtype)


def store(scalar: Scalar, v: Variable, place: Any) -> None:
    """Put an element of a variable to a place in memory."""
    scalar.scalars.builder.store(stored(scalar, v), place)


def stored(scalar: Scalar, v: Variable) -> Any:
    """A value as it lies in memory."""
    if v.spec.dtype != np.bool_:
        return scalar.value
    return scalar.scalars.builder.zext(scalar.value, in_lanes(ir.IntType(8), scalar.scalars.lanes))


def joined(b: Any, e: Equation, x: Any, y: Any) -> Any:
    """Two partial results of a reduction as one."""
    if e.primitive.name == "reduce_sum":
        return b.fadd(x, y, flags=REORDER)
    name = "maximum" if e.primitive.name == "reduce_max" else "minimum"  # they keep NaN
    return b.call(intrinsic(b.module, name, x.type, 2), [x, y])


def memory_type(v: Variable) -> Any:
    """How an element lies in memory: a bool takes a byte."""
    return ir.IntType(8) if v.spec.dtype == np.bool_ else llvm_type(v.spec.dtype)


def total_type(e: Equation) -> Any:
    """What a reduction is kept in: sums of float32 in float64."""
    kind = llvm_type(e.out.spec.dtype)
    return DOUBLE if e.primitive.name == "reduce_sum" and e.out.spec.dtype == np.float32 else kind


def start_of(e: Equation, kind: Any) -> Any:
    """What a reduction starts from."""
    return ir.Constant(kind, {"reduce_sum": 0.0, "reduce_max": -np.inf, "reduce_min": np.inf}[e.primitive.name])

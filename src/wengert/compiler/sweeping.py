"""Functions that act element by element as programs for big arrays (see `wengert.core.sweeps`).

Knows which rows give NumPy's digits in machine code. Must not know when that is worth it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wengert.compiler.loops import Nest
from wengert.compiler.program import Program, runs_natively
from wengert.core.levels import RUNNING
from wengert.core.modes import NO_GRAD, WATCHING, mode
from wengert.core.sweeps import NEVER
from wengert.errors import WengertError
from wengert.graph import stage
from wengert.shapes import Spec

if TYPE_CHECKING:
    from collections.abc import Callable

EXACT = {
    "absolute", "add", "ceil", "clamp", "copysign", "divide", "equal", "floor", "greater", "greater_equal", "hardtanh",
    "heaviside", "isfinite", "isnan", "leaky_relu", "less", "less_equal", "maximum", "minimum", "multiply",
    "negative", "not_equal", "reciprocal", "relu", "rint", "sign", "signbit", "sqrt", "square", "subtract",
    "threshold", "trunc", "where",
}  # fmt: skip
"""The rows whose numbers are the same to the last bit, however they are computed; but which of 0 and -0 is the larger
may be another."""

AROUND = {"broadcast_to", "cast"}
"""What may stand between them."""


def sweep(
    function: Callable[..., Any], operands: list[Any], *, onto: int = 0
) -> Callable[[list[Any]], Any] | str | None:
    """What computes a function of arrays in one pass, or that nothing ever does; None where it cannot be said now.

    Args:
        function: of tensors; it gives one or several.
        operands: arrays of the shapes and dtypes that it is for.
        onto: so many results, the first, are to be written into the operands at the same places.
    """
    if not runs_natively():
        return NEVER
    if RUNNING.count or WATCHING.count or mode() not in (None, NO_GRAD):
        return None
    try:
        graph = stage(function)(*[Spec(o.shape, o.dtype) for o in operands])
    except WengertError:  # it wants to see values, or the operands do not fit, which NumPy is to say
        return NEVER
    made = {out for e in graph.equations for out in e.outs}
    if not made.issuperset(graph.outputs[onto:]) or not all(
        e.primitive.name in EXACT | AROUND for e in graph.equations
    ):
        return NEVER
    pairs = zip(graph.outputs[:onto], graph.inputs[:onto], strict=True)
    program = Program(graph, onto={out: given for out, given in pairs if out in made})
    return program.run_any if all(isinstance(step, Nest) for step in program.steps) else NEVER

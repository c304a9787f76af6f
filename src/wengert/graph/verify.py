"""The rules a Graph must keep. Every pass that makes one runs this on its result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wengert.core.primitive import TABLE
from wengert.errors import GraphError
from wengert.graph.ir import Literal, Variable
from wengert.shapes import Spec

if TYPE_CHECKING:
    from wengert.graph.ir import Atom, Equation, Graph


def verify(graph: Graph) -> Graph:
    """The graph itself, if it keeps the rules.

    >>> import wengert as torch
    >>> from wengert.graph import stage
    >>> len(verify(stage(torch.sin)(1.0)))
    1

    Raises:
        GraphError: naming the equation that is wrong, for a variable that is used before it is
            defined or defined twice, a primitive that is not in the table, operands or parameters
            that are too many or too few, parameters that are not static, or a spec that the shape rule does not give.
    """
    defined: set[Variable] = set()
    for variable in [*graph.inputs, *graph.constants]:
        _define(variable, defined, "an input or constant")
    for variable, array in graph.constants.items():
        if Spec(array.shape, array.dtype) != variable.spec:
            raise GraphError(f"a constant of {array.dtype}{array.shape} is said to be {variable.spec}")
    for number, equation in enumerate(graph.equations):
        where = f"equation {number} ({equation.primitive.name})"
        for atom in equation.operands:
            _use(atom, defined, where)
        _check(equation, where)
        for out in equation.outs:
            _define(out, defined, where)
    for atom in graph.outputs:
        _use(atom, defined, "the outputs")
    return graph


def _define(variable: Variable, defined: set[Variable], where: str) -> None:
    if variable in defined:
        raise GraphError(f"{where} defines a variable that was defined before")
    defined.add(variable)


def _use(atom: Atom, defined: set[Variable], where: str) -> None:
    if not isinstance(atom, Literal) and atom not in defined:
        raise GraphError(f"{where} uses a variable before it is defined")


def _check(equation: Equation, where: str) -> None:
    primitive = equation.primitive
    if TABLE.get(primitive.name) is not primitive:
        raise GraphError(f"{where}: the primitive is not in the table")
    if primitive.arity is not None and len(equation.operands) != primitive.arity:
        raise GraphError(f"{where} takes {primitive.arity} operands, got {len(equation.operands)}")
    if len(equation.params) != len(primitive.parameters):
        raise GraphError(f"{where} takes {len(primitive.parameters)} parameters, got {len(equation.params)}")
    try:
        hash(equation.params)
    except TypeError:
        raise GraphError(f"{where}: the parameters {equation.params} are not static") from None
    given = primitive.result_specs([atom.spec for atom in equation.operands], equation.params)
    specs = (given,) if primitive.count is None else tuple(given)
    said = tuple(out.spec for out in equation.outs)
    if specs != said:
        shown = given if primitive.count is None else specs
        raise GraphError(f"{where}: its shape rule gives {shown}, the graph says {', '.join(map(str, said))}")

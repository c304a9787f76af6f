"""The reference interpreter: slow, and right by being simple."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from wengert import errors
from wengert.core.tensor import Tensor
from wengert.graph.ir import Literal

if TYPE_CHECKING:
    from wengert.graph.ir import Atom, Graph, Variable


def interpret(graph: Graph, *arrays: Any) -> list[Any]:
    """The outputs of a graph for the given inputs, one kernel after another.

    >>> import wengert as torch
    >>> from wengert.graph import stage
    >>> interpret(stage(torch.sin)(0.0), np.float32(0.0))
    [array(0., dtype=float32)]

    Args:
        graph: any graph that `verify` accepts.
        arrays: one array or tensor for each input, with the shape and dtype of its spec.
    """
    if len(arrays) != len(graph.inputs):
        raise errors.GraphError(f"{graph.name} takes {len(graph.inputs)} inputs, got {len(arrays)}")
    values: dict[Variable, Any] = dict(graph.constants)
    for variable, given in zip(graph.inputs, arrays, strict=True):
        array = np.asarray(given.array if isinstance(given, Tensor) else given)
        if array.shape != variable.spec.shape or array.dtype != variable.spec.dtype:
            raise errors.GraphError(
                f"{graph.name}: an input is {array.dtype}{list(array.shape)}, the graph was staged for {variable.spec}"
            )
        values[variable] = array

    def read(atom: Atom) -> Any:
        return atom.value if isinstance(atom, Literal) else values[atom]

    for equation in graph.equations:
        operands = [read(atom) for atom in equation.operands]
        values[equation.out] = np.asarray(equation.primitive.compute(operands, equation.params))
    return [np.asarray(read(atom)) for atom in graph.outputs]

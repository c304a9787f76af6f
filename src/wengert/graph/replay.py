"""Running a graph on values of any kind: arrays, tensors that record, values of a transform."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wengert import errors
from wengert.core.tensor import wrap
from wengert.graph.ir import Atom, Graph, Literal, Variable

if TYPE_CHECKING:
    from collections.abc import Sequence


def replay(graph: Graph, values: Sequence[Any]) -> list[Any]:
    """The outputs of a graph, by the ops of its equations; so derivatives pass through it.

    >>> import wengert as torch
    >>> from wengert.graph import stage
    >>> from wengert.graph.replay import replay
    >>> graph = stage(torch.sin)(1.0)
    >>> torch.func.grad(lambda x: replay(graph, [x])[0])(0.0)
    tensor(1.)

    Args:
        graph: any graph that `verify` accepts.
        values: one for each input, in the shape and dtype of its spec.
    """
    if len(values) != len(graph.inputs):
        raise errors.GraphError(f"{graph.name} takes {len(graph.inputs)} inputs, got {len(values)}")
    found: dict[Variable, Any] = {v: wrap(array) for v, array in graph.constants.items()}
    found.update(zip(graph.inputs, values, strict=True))

    def read(atom: Atom) -> Any:
        return atom.value if isinstance(atom, Literal) else found[atom]

    for equation in graph.equations:
        out = equation.primitive.apply([read(atom) for atom in equation.operands], equation.params)
        found.update(zip(equation.outs, (out,) if equation.primitive.count is None else out, strict=True))
    return [read(atom) for atom in graph.outputs]

"""Leaving out what nobody reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wengert.graph.ir import Graph, Variable

if TYPE_CHECKING:
    from wengert.graph.ir import Equation


def prune(graph: Graph) -> Graph:
    """The graph without the equations and constants that no output depends on.

    >>> import wengert as torch
    >>> from wengert.graph import Graph, stage
    >>> graph = stage(lambda x: (torch.sin(x), torch.cos(x)))(1.0)
    >>> len(prune(Graph("f", graph.inputs, {}, graph.equations, graph.outputs[:1])))
    1
    """
    read = {atom for atom in graph.outputs if isinstance(atom, Variable)}
    kept: list[Equation] = []
    for equation in reversed(graph.equations):
        if any(out in read for out in equation.outs):
            kept.append(equation)
            read.update(atom for atom in equation.operands if isinstance(atom, Variable))
    constants = {v: array for v, array in graph.constants.items() if v in read}
    return Graph(graph.name, graph.inputs, constants, reversed(kept), graph.outputs, graph.rebuild)

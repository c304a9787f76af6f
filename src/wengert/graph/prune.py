"""Leaving out what nobody reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wengert.graph.ir import Graph, Variable

if TYPE_CHECKING:
    from collections.abc import Sequence

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


def read_for(graph: Graph, wanted: Sequence[Variable]) -> list[int]:
    """Which inputs of a graph some of its variables are, or depend on.

    >>> from wengert.graph import stage
    >>> graph = stage(lambda x, y, z: x * y + z)(1.0, 2.0, 3.0)
    >>> read_for(graph, [graph.equations[0].out])
    [0, 1]
    """
    kept = prune(Graph(graph.name, graph.inputs, graph.constants, graph.equations, wanted))
    read = {*wanted, *(atom for e in kept.equations for atom in e.operands)}
    return [at for at, v in enumerate(graph.inputs) if v in read]

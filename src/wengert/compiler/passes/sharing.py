"""Computing what is computed twice only once."""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert.graph.ir import Atom, Equation, Graph, Literal, Variable

SMALL = 64
"""Constants of fewer elements are compared with one another."""


def share(graph: Graph) -> Graph:
    """The graph with equal equations merged.

    >>> import wengert as torch
    >>> from wengert.graph import stage
    >>> len(share(stage(lambda x: torch.exp(x) * torch.exp(x))(1.0)))
    2
    """
    stands_for: dict[Variable, Variable] = {}
    found: dict[Any, Equation] = {}
    constants: dict[Any, Variable] = {}
    kept = {}
    for variable, array in graph.constants.items():
        first = variable
        if array.size < SMALL:
            first = constants.setdefault((array.dtype, array.shape, array.tobytes()), variable)
        if first is variable:
            kept[variable] = array
        else:
            stands_for[variable] = first
    equations = []

    def now(atom: Atom) -> Atom:
        return stands_for.get(atom, atom) if isinstance(atom, Variable) else atom

    for e in graph.equations:
        operands = [now(atom) for atom in e.operands]
        key = (e.primitive, tuple(map(_key, operands)), _frozen(e.params))
        same = found.get(key)
        if same is None:
            found[key] = same = Equation(e.outs, e.primitive, operands, e.params)
            equations.append(same)
        else:
            stands_for.update(zip(e.outs, same.outs, strict=True))
    outputs = [now(atom) for atom in graph.outputs]
    return Graph(graph.name, graph.inputs, kept, equations, outputs, graph.rebuild)


def _key(atom: Atom) -> Any:
    return (type(atom.value), repr(atom.value)) if isinstance(atom, Literal) else atom


def _frozen(params: Any) -> Any:
    """Static parameters as something that can be looked up."""
    if isinstance(params, list | tuple):
        return (type(params), *map(_frozen, params))
    if isinstance(params, dict):
        return tuple((k, _frozen(v)) for k, v in params.items())
    if isinstance(params, np.ndarray):
        return params.dtype, params.shape, params.tobytes()
    return (type(params), params) if params.__hash__ is not None else id(params)

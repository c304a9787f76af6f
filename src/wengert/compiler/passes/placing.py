"""Sums of what is put at the same place among zeros, put there once.

    pad(x) + pad(y)  =  pad(x + y)      where both are put at the same place

This is the gradient of a slice that is read twice. Each pad writes zeros, and is read again.

Knows rows by name. Must not know loops.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from wengert.graph.ir import Equation, Graph, Variable

if TYPE_CHECKING:
    from wengert.graph.ir import Atom

PLACES = {"scatter_slice", "onto_diagonal"}
"""Rows that put all elements of one operand among zeros."""

TOGETHER = {"add", "subtract"}
"""Rows that leave the zeros what they are."""


def place(graph: Graph) -> Graph:
    """The graph with sums of what is put at the same place in place of sums of what was put there.

    >>> import wengert as torch
    >>> from wengert.graph import prune, stage
    >>> gradient = torch.func.grad(lambda x: (torch.sin(x[1:]) + torch.cos(x[1:])).sum())
    >>> graph = prune(place(stage(gradient)(torch.ones(3))))
    >>> [e.primitive.name for e in graph.equations if e.primitive.name in ("add", "scatter_slice")]
    ['add', 'scatter_slice']
    """
    uses = Counter(atom for e in graph.equations for atom in e.operands if isinstance(atom, Variable))
    uses.update(atom for atom in graph.outputs if isinstance(atom, Variable))
    makers: dict[Atom, Equation] = {}
    equations: list[Equation] = []
    for e in graph.equations:
        puts = [makers.get(atom) for atom in e.operands] if e.primitive.name in TOGETHER else []
        x, y = puts if len(puts) == 2 else (None, None)
        if x is None or y is None or not alike(x, y) or any(uses[each.out] > 1 for each in (x, y)):
            equations.append(e)
        else:
            made = Variable(x.operands[0].spec)
            equations.append(Equation([made], e.primitive, [x.operands[0], y.operands[0]], e.params))
            equations.append(Equation([e.out], x.primitive, [made], x.params))
        if equations[-1].primitive.name in PLACES:
            makers[e.out] = equations[-1]
    return Graph(graph.name, graph.inputs, graph.constants, equations, graph.outputs, graph.rebuild)


def alike(x: Equation, y: Equation) -> bool:
    """Whether two rows put elements at the same place."""
    same = x.primitive is y.primitive and x.params == y.params and x is not y
    return (
        same
        and all(isinstance(each.operands[0], Variable) for each in (x, y))
        and (x.operands[0].spec == y.operands[0].spec)
    )

"""What is added at one place of each row, as a choice that loops can make.

    add_along(g, index)[i, j]   =   g[i, 0] if j == index[i, 0] else 0

This is the gradient of what is picked from each row, as the logarithm of a label's probability is. Zeros need not be
written out then, nor read again.

Knows rows by name. Must not know loops.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from wengert.compiler.passes.expanding import WIDTHS, equations_of
from wengert.graph.ir import Graph, Literal, Variable
from wengert.ops.indexing import take
from wengert.ops.pointwise import equal, less, where
from wengert.ops.structural import cast
from wengert.shapes import Spec

if TYPE_CHECKING:
    from wengert.graph.ir import Equation

PLACES = np.dtype(np.int32)
"""In which dtype places are compared: half the memory of an index."""


def choose(graph: Graph) -> Graph:
    """The graph with choices in place of additions to rows of zeros.

    >>> import wengert as torch
    >>> from wengert.graph import stage
    >>> picked = torch.func.grad(lambda x, index: x.gather(1, index).sum())
    >>> graph = stage(picked)(torch.ones(2, 3), torch.tensor([[2], [0]]))
    >>> graph.equations[-1].primitive.name
    'add_along'
    >>> [e.primitive.name for e in choose(graph).equations][-2:]
    ['equal', 'where']
    """
    if not any(map(is_choice, graph.equations)):
        return graph
    constants = dict(graph.constants)
    known: dict[Any, Variable] = {}

    def constant(key: Any, array: Any) -> Variable:
        if key not in known:
            known[key] = Variable(Spec(array.shape, array.dtype))
            constants[known[key]] = array
        return known[key]

    equations: list[Equation] = []
    for e in graph.equations:
        if not is_choice(e):
            equations.append(e)
            continue
        axis, length = e.params
        behind = (1,) * (e.out.spec.ndim - axis - 1)
        places = constant((length, behind), np.arange(length, dtype=PLACES).reshape(length, *behind))
        ones = constant((length, e.out.spec.dtype), np.ones(length, e.out.spec.dtype))
        equations += equations_of(chosen, [*e.operands, places, ones], (length,), e.outs)
    return Graph(graph.name, graph.inputs, constants, equations, graph.outputs, graph.rebuild)


def is_choice(e: Equation) -> bool:
    """Whether an equation adds one number to each row of zeros."""
    if e.primitive.name != "add_along" or e.out.spec.dtype.char not in WIDTHS:
        return False
    axis, length = e.params
    index = e.operands[1]
    return not isinstance(index, Literal) and index.spec.shape[axis] == 1 and 1 < length < np.iinfo(PLACES).max


def chosen(g: Any, index: Any, places: Any, ones: Any, length: int) -> Any:
    """The choice; an index that points outside is found where a one is taken by it."""
    given = g * take(ones, where(less(index, 0), length, index))  # nothing is counted from the end
    return where(equal(places, cast(index, PLACES)), given, 0.0)

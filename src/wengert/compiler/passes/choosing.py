"""What is added at one place of each row, as a choice that loops can make.

    add_along(g, index)[i, j]          =   g[i, 0] if j == index[i, 0] else 0
    sum over j of add_along(g, index)  =   g[i, 0]

This is the gradient of what is picked from each row, as the logarithm of a label's probability is. Zeros need not be
written out then, nor read again, nor added up.

Knows rows by name. Must not know loops.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from wengert.compiler.passes.expanding import WIDTHS, equations_of
from wengert.core.primitive import TABLE
from wengert.graph.ir import Equation, Graph, Literal, Variable
from wengert.ops.indexing import take
from wengert.ops.pointwise import equal, less, where
from wengert.ops.structural import cast
from wengert.shapes import Spec

if TYPE_CHECKING:
    from collections.abc import Iterator

RESHAPE = TABLE["reshape"]

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
    >>> graph = stage(lambda x, index: picked(x, index).sum(1))(torch.ones(2, 3), torch.tensor([[2], [0]]))
    >>> choose(graph).equations[-1].primitive.name
    'reshape'
    """
    if not any(map(is_choice, graph.equations)):
        return graph
    constants = dict(graph.constants)
    known: dict[Any, Variable] = {}
    rows = Rows()

    def constant(key: Any, array: Any) -> Variable:
        if key not in known:
            known[key] = Variable(Spec(array.shape, array.dtype))
            constants[known[key]] = array
        return known[key]

    equations: list[Equation] = []
    for e in graph.equations:
        if not is_choice(e):
            equations += rows.seen(e)
            continue
        axis, length = e.params
        behind = (1,) * (e.out.spec.ndim - axis - 1)
        places = constant((length, behind), np.arange(length, dtype=PLACES).reshape(length, *behind))
        ones = constant((length, e.out.spec.dtype), np.ones(length, e.out.spec.dtype))
        given = Variable(Spec(e.operands[1].spec.shape, e.out.spec.dtype))
        equations += equations_of(chosen, [*e.operands, places, ones], (length,), [e.out, given])
        rows.given[e.out] = given, axis
    return Graph(graph.name, graph.inputs, constants, equations, graph.outputs, graph.rebuild)


class Rows:
    """Rows that have one element which is not zero.

    Attributes:
        given: for each variable that is made of such rows, the elements, and along which axis the rows lie.
    """

    def __init__(self) -> None:
        self.given: dict[Any, tuple[Variable, int]] = {}

    def seen(self, e: Equation) -> Iterator[Equation]:
        """What comes in the place of an equation: the elements themselves where rows are added up."""
        given, axis = self.given.get(e.operands[0], (None, None)) if e.operands else (None, None)
        if given is not None and e.primitive.name == "negative":
            other = Variable(given.spec)
            yield Equation([other], e.primitive, [given], ())
            self.given[e.out] = other, axis  # type: ignore[assignment]
        if given is not None and e.primitive.name == "reduce_sum" and e.params == ((axis,),):
            yield Equation([e.out], RESHAPE, [given], (e.out.spec.shape,))
        else:
            yield e


def is_choice(e: Equation) -> bool:
    """Whether an equation adds one number to each row of zeros."""
    if e.primitive.name != "add_along" or e.out.spec.dtype.char not in WIDTHS:
        return False
    axis, length = e.params
    index = e.operands[1]
    return not isinstance(index, Literal) and index.spec.shape[axis] == 1 and 1 < length < np.iinfo(PLACES).max


def chosen(g: Any, index: Any, places: Any, ones: Any, length: int) -> tuple[Any, Any]:
    """The choice, and what is put there; an index that points outside is found where a one is taken by it."""
    given = g * take(ones, where(less(index, 0), length, index))  # nothing is counted from the end
    return where(equal(places, cast(index, PLACES)), given, 0.0), given

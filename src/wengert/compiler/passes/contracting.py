"""A sum over a batch of products as one product.

    sum over b of X[b]^T Y[b]  =  X^T Y   with the batch and the rows of X and Y as one dimension

This is the gradient of a weight that a batch of sequences meets. BLAS does one large product sooner than many small
ones and their sum.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from wengert.core.primitive import TABLE
from wengert.graph.ir import Equation, Graph, Literal, Variable
from wengert.shapes import Spec

if TYPE_CHECKING:
    from collections.abc import Iterator

RESHAPE, PERMUTE, MATMUL = TABLE["reshape"], TABLE["permute"], TABLE["matmul"]


def contract(graph: Graph) -> Graph:
    """The graph with sums over batches of products as products, where that copies nothing.

    >>> import wengert as torch
    >>> from wengert.graph import prune, stage
    >>> summed = stage(lambda x, y: (x.permute(0, 2, 1) @ y).sum(0))(torch.ones(8, 3, 4), torch.ones(8, 3, 5))
    >>> [e.primitive.name for e in prune(contract(summed)).equations]
    ['reshape', 'reshape', 'permute', 'matmul']
    """
    makers = {out: e for e in graph.equations for out in e.outs}
    uses: dict[Any, int] = {}
    for atom in [*graph.outputs, *(atom for e in graph.equations for atom in e.operands)]:
        if isinstance(atom, Variable):
            uses[atom] = uses.get(atom, 0) + 1
    equations: list[Equation] = []
    for e in graph.equations:
        pair = operands_of(e, makers, uses)
        equations += [e] if pair is None else one_product(e.out, *pair)
    return Graph(graph.name, graph.inputs, graph.constants, equations, graph.outputs, graph.rebuild)


def operands_of(e: Equation, makers: dict[Variable, Equation], uses: dict[Any, int]) -> tuple[Any, Any] | None:
    """X and Y of the formula above; None for anything else, and where they do not lie one batch after the other."""
    if e.primitive.name != "reduce_sum" or isinstance(e.operands[0], Literal) or uses[e.operands[0]] != 1:
        return None
    product = makers.get(e.operands[0])
    if product is None or product.primitive is not MATMUL:
        return None
    turned, y = product.operands
    turn = makers.get(turned) if isinstance(turned, Variable) else None
    if turn is None or turn.primitive is not PERMUTE or isinstance(y, Literal):
        return None
    x, rank = turn.operands[0], product.out.spec.ndim
    batch = product.out.spec.shape[:-2]
    swapped = (*range(rank - 2), rank - 1, rank - 2)
    fits = (
        tuple(turn.params[0]) == swapped
        and tuple(sorted(e.params[0])) == tuple(range(rank - 2))
        and batch
        and x.spec.shape[:-2] == batch == y.spec.shape[:-2]
    )
    return (x, y) if fits and in_order(x, makers) and in_order(y, makers) else None


def in_order(x: Any, makers: dict[Variable, Equation]) -> bool:
    """Whether the elements of a variable lie as they are counted, so that another shape costs nothing."""
    maker = makers.get(x)
    while maker is not None and maker.primitive.name in ("reshape", "alias"):
        maker = makers.get(maker.operands[0])  # type: ignore[arg-type]
    return maker is None or not maker.primitive.is_view


def one_product(out: Variable, x: Variable, y: Variable) -> Iterator[Equation]:
    """The equations of X^T Y."""

    def made(shape: tuple[int, ...]) -> Variable:
        return Variable(Spec(shape, out.spec.dtype))

    flat = []
    for operand in (x, y):
        shape = (prod(operand.spec.shape[:-1]), operand.spec.shape[-1])
        flat.append(made(shape))
        yield Equation([flat[-1]], RESHAPE, [operand], (shape,))
    turned = made(flat[0].spec.shape[::-1])
    yield Equation([turned], PERMUTE, [flat[0]], ((1, 0),))
    yield Equation([out], MATMUL, [turned, flat[1]], ())

"""Passes: from a graph to a graph that computes the same with less. One file each."""

from wengert.compiler.passes.apart import apart
from wengert.compiler.passes.choosing import choose
from wengert.compiler.passes.contracting import contract
from wengert.compiler.passes.expanding import expand
from wengert.compiler.passes.folding import fold
from wengert.compiler.passes.giving import give
from wengert.compiler.passes.joining import join
from wengert.compiler.passes.placing import place
from wengert.compiler.passes.sharing import share
from wengert.graph.ir import Graph
from wengert.graph.prune import prune

__all__ = ["PASSES", "apart", "choose", "contract", "expand", "fold", "give", "join", "optimised", "place", "share"]


PASSES = (prune, expand, choose, fold, contract, place, join, share, prune)
"""In this order."""


def optimised(graph: Graph) -> Graph:
    """The graph after all passes.

    >>> import wengert as torch
    >>> from wengert.graph import stage
    >>> print(optimised(stage(lambda x: torch.sin(x) + torch.sin(x))(1.0)))
    <lambda>(a: float32[]) {
      b: float32[] = sin a
      c: float32[] = add b b
      return c
    }
    """
    for step in PASSES:
        graph = step(graph)
    return graph

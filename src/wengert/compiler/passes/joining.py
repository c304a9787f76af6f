"""Sums of parts that are put beside each other among zeros, as those parts in a row.

    pad(x) + pad(y) + pad(z)  =  concat(x, y, z)      where each begins where the one before ends, and all is filled

This is the gradient of what is split, as queries, keys and values are, or the gates of a cell. Zeros need not be
written then, nor added.

Knows rows by name. Must not know loops.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from wengert.core.primitive import TABLE
from wengert.graph.ir import Equation, Graph, Variable

if TYPE_CHECKING:
    from wengert.graph.ir import Atom

CONCAT = TABLE["concat"]


class Part(NamedTuple):
    """What lies along an axis from one place to another."""

    axis: int
    start: int
    stop: int
    operand: Variable


def join(graph: Graph) -> Graph:
    """The graph with parts in a row in place of sums of padded ones.

    >>> import wengert as torch
    >>> from wengert.graph import prune, stage
    >>> parts = lambda x: (torch.sin(x[:2]) * torch.cos(x[2:])).sum()
    >>> graph = prune(join(stage(torch.func.grad(parts))(torch.ones(4))))
    >>> graph.equations[-1].primitive.name, len(graph.equations[-1].operands)
    ('concat', 2)
    """
    parts: dict[Atom, list[Part]] = {}
    equations: list[Equation] = []
    for e in graph.equations:
        found = parts_of(e, parts)
        if found is not None:
            parts[e.out] = found
        if found is not None and fills(found, e.out):
            equations.append(Equation([e.out], CONCAT, [part.operand for part in found], (found[0].axis,)))
        else:
            equations.append(e)
    return Graph(graph.name, graph.inputs, graph.constants, equations, graph.outputs, graph.rebuild)


def parts_of(e: Equation, parts: dict[Atom, list[Part]]) -> list[Part] | None:
    """What a variable is made of without a gap between, all else being zeros; None for anything else."""
    if e.primitive.name == "scatter_slice":
        part = padded(e)
        return None if part is None else [part]
    if e.primitive.name != "add" or not all(atom in parts for atom in e.operands):
        return None
    if any(atom.spec != e.out.spec for atom in e.operands):
        return None
    found = sorted((part for atom in e.operands for part in parts[atom]), key=lambda part: part.start)
    beside = all(a.axis == b.axis and a.stop == b.start for a, b in pairwise(found))
    return found if beside else None


def fills(found: list[Part], out: Variable) -> bool:
    """Whether several parts leave no place for zeros."""
    return len(found) > 1 and found[0].start == 0 and found[-1].stop == out.spec.shape[found[0].axis]


def padded(e: Equation) -> Part | None:
    """The one operand, if it is whole along all axes but one."""
    (operand,), (slices, shape) = e.operands, e.params
    if not isinstance(operand, Variable) or operand.spec.dtype != e.out.spec.dtype:
        return None
    cut: list[Part] = []
    for axis, (entry, length) in enumerate(zip(slices, shape, strict=True)):
        if isinstance(entry, int) or entry[2] != 1:
            return None
        if entry[:2] != (0, length):
            cut.append(Part(axis, entry[0], entry[1], operand))
    return cut[0] if len(cut) == 1 else None

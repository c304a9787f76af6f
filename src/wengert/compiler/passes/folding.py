"""Doing at once what no input changes, and leaving out what changes nothing."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from wengert.graph.ir import Atom, Equation, Graph, Literal, Variable, repeats_a_number, results

if TYPE_CHECKING:
    from collections.abc import Callable

LARGEST = 1 << 16
"""Constants of more elements are left to be computed: a graph should not hold much memory."""


def nothing(value: Any) -> Callable[[Equation], Atom | None]:
    """The rule that an operation with this number as its second operand gives its first."""

    def first(e: Equation) -> Atom | None:
        x, y = e.operands
        same = isinstance(y, Literal) and y.value == value and isinstance(x, Variable) and x.spec == e.out.spec
        return x if same else None

    return first


def same_spec(e: Equation) -> Atom | None:
    """The operand, where the operation leaves shape and dtype as they are."""
    x = e.operands[0]
    return x if isinstance(x, Variable) and x.spec == e.out.spec else None


def either(e: Equation) -> Atom | None:
    """1 * x and x * 1."""
    x, y = e.operands
    for one, other in ((x, y), (y, x)):
        if isinstance(one, Literal) and one.value == 1 and isinstance(other, Variable) and other.spec == e.out.spec:
            return other
    return None


UNCHANGED: dict[str, Callable[[Equation], Atom | None]] = {
    "alias": same_spec, "broadcast_to": same_spec, "reshape": same_spec, "cast": same_spec,
    "multiply": either, "divide": nothing(1),
}  # fmt: skip
"""Operations that may give an operand as it is. Not x + 0, which turns -0 into 0."""


def fold(graph: Graph) -> Graph:
    """The graph with constants computed, and without operations that change nothing.

    >>> import wengert as torch
    >>> from wengert.graph import stage
    >>> len(fold(stage(lambda x: x.reshape(2) * torch.tensor([1.0, 2.0]).exp())(torch.ones(2))))
    1
    """
    constants = dict(graph.constants)
    stands_for: dict[Variable, Atom] = {}
    equations = []

    def now(atom: Atom) -> Atom:
        return stands_for.get(atom, atom) if isinstance(atom, Variable) else atom

    laid_out = seen_by_strides(graph)
    numbers: dict[Any, Literal] = {
        v: Literal(array.flat[0].item())
        for v, array in constants.items()
        if array.dtype.char in "fd" and repeats_a_number(array)
    }

    for e in graph.equations:
        operands = with_numbers(e, [now(atom) for atom in e.operands], numbers)
        new = Equation(e.outs, e.primitive, operands, e.params)
        if e.primitive.name in ("broadcast_to", "reshape") and operands[0] in numbers:
            numbers[e.out] = numbers[operands[0]]
        rule = UNCHANGED.get(e.primitive.name)
        same = rule(new) if rule is not None and (e.primitive.is_view or e.out not in laid_out) else None
        if same is not None:
            stands_for[e.out] = same
        elif _constant(new, constants):
            values = [atom.value if isinstance(atom, Literal) else constants[atom] for atom in operands]
            constants.update(results(new, values))
        else:
            equations.append(new)
    outputs = [now(atom) for atom in graph.outputs]
    return Graph(graph.name, graph.inputs, constants, equations, outputs, graph.rebuild)


def seen_by_strides(graph: Graph) -> set[Variable]:
    """What is seen by strides, and so has to lie in memory as it did, itself or through views."""
    found: set[Variable] = set()
    for e in reversed(graph.equations):
        if e.primitive.name == "strided" or (e.primitive.is_view and e.out in found):
            found.update(atom for atom in e.operands if isinstance(atom, Variable))
    return found


def with_numbers(e: Equation, operands: list[Atom], numbers: dict[Any, Literal]) -> list[Atom]:
    """The operands of an equation, with a number in the place of one that repeats it, if the other has the shape."""
    if e.primitive.family != "pointwise" or len(operands) != 2:
        return operands
    for i, other in ((0, operands[1]), (1, operands[0])):
        if operands[i] in numbers and isinstance(other, Variable) and other not in numbers and other.spec == e.out.spec:
            return [numbers[operands[i]] if k == i else atom for k, atom in enumerate(operands)]
    return operands


def _constant(e: Equation, constants: dict[Variable, Any]) -> bool:
    small = all(prod(out.spec.shape) <= LARGEST for out in e.outs)
    known = all(isinstance(atom, Literal) or atom in constants for atom in e.operands)
    return small and known and e.primitive.name != "broadcast_to"

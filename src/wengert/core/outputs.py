"""Operations with several outputs: one node for the operation, and a node per output.

    Pick := the node of one output; it hands its cotangent on, as the i-th of several

So every tensor keeps a node of its own, and a walk needs to know nothing of outputs.

Knows nodes. Must not know what the operation is.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from wengert.core.hooks import Several, replaced_all
from wengert.core.tape import MORE, Node, Pullback, general_way, plain_node
from wengert.core.tensor import Tensor, wrap


class Pick(Pullback):
    """The pullback of the node of output `index`."""

    __slots__ = ("count", "index")

    def __init__(self, primitive: Any, index: int, count: int) -> None:
        self.primitive, self.needs, self.saves = primitive, (0,), ()
        self.raw, self.reading, self.function = general_way, MORE, None
        self.outputs = 1
        self.index = index
        self.count = count

    def over_arrays(self, node: Node, g: Any) -> Any:
        return Several({self.index: g}, self.count)

    def held_result(self, node: Node) -> tuple[Node, Any] | None:
        operation: Node = node.parent
        if not operation.saved or "out" not in operation.rule.saves or type(operation.saved[-1]) is not tuple:
            return None
        return operation, operation.saved[-1][self.index]

    over_tensors = over_values = over_arrays


class SeveralResults(Pullback):
    """The pullback of a row with several results."""

    __slots__ = ()

    def results(self, node: Node, saved: Any) -> Any:
        count = self.outputs
        return tuple(wrap(each, pick(node, i, count)) for i, each in enumerate(saved))


picking = cache(Pick)


def pick(operation: Node, index: int, count: int) -> Node:
    """The node of one output of an operation."""
    rule = picking(operation.rule.primitive, index, count)
    return plain_node(rule, (operation,), operation.code, operation.lasti)


def operation_of(node: Any) -> tuple[Any, int]:
    """The node of the operation that a tensor's node belongs to, and which output the tensor is."""
    if isinstance(node, Node) and type(node.rule) is Pick:
        return node.parent, node.rule.index
    return node, 0


class Followed(Pullback):
    """The pullback of a node whose hooks want to see what it passes on."""

    __slots__ = ("functions", "original")
    runs_on_nothing = True

    def __init__(self, original: Pullback) -> None:
        self.primitive, self.needs, self.saves = original.primitive, original.needs, original.saves
        self.raw, self.reading, self.function = general_way, MORE, None
        self.outputs = original.outputs
        self.original = original
        self.functions: dict[int, Any] = {}

    def over_arrays(self, node: Node, g: Any) -> Any:
        return self._follow(node, g, self.original.over_arrays(node, g))

    def over_tensors(self, node: Node, g: Any) -> Any:
        return self._follow(node, g, self.original.over_tensors(node, g))

    def over_values(self, node: Node, g: Any) -> Any:
        if g is None and not self.original.runs_on_nothing:
            return self._follow(node, g, (None,) * len(self.needs) if len(self.needs) > 1 else None)
        return self._follow(node, g, self.original.over_values(node, g))

    def _follow(self, node: Node, g: Any, pulled: Any) -> Any:
        """Let the hooks see, and replace, the cotangents of all operands (None where not needed)."""
        several = pulled if len(self.needs) > 1 else (pulled,)
        given: list[Any] = [None] * node.operand_count
        bare = []
        for index, each in zip(self.needs, several, strict=True):
            bare.append(not isinstance(each, Tensor))
            given[index] = wrap(each) if bare[-1] and each is not None else each
        outputs = g.boxed() if isinstance(g, Several) else (g if isinstance(g, Tensor) or g is None else wrap(g),)
        for function in tuple(self.functions.values()):
            given = list(replaced_all(function, tuple(given), function(tuple(given), outputs)))
        found = tuple(
            given[index].array if unbox and given[index] is not None else given[index]
            for index, unbox in zip(self.needs, bare, strict=True)
        )
        return found if len(self.needs) > 1 else found[0]

"""The history of what a compiled function returns: one node, whose derivative is a recorded graph too.

Knows nodes and programs. Must not know how they were recorded.
"""

from __future__ import annotations

from sys import _getframe
from typing import TYPE_CHECKING, Any

import numpy as np

from wengert.core.hooks import Several
from wengert.core.modes import enable_grad
from wengert.core.outputs import pick
from wengert.core.places import user_frame
from wengert.core.primitive import TABLE
from wengert.core.tape import MORE, Node, Pullback, general_way, plain_node, saved_array
from wengert.core.tensor import Tensor, wrap
from wengert.core.walk import cut, recorded_flavour, walk
from wengert.errors import GradError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wengert.compiler.histories import Histories
    from wengert.compiler.narrowing import Derivative
    from wengert.graph.ir import Graph
    from wengert.shapes import Spec


class CompiledOperation:
    """What the nodes of a compiled function have in place of a row of the table.

    Attributes:
        title: what its nodes are called, without `Backward0`.
        arity: how many leaves the function reaches.
    """

    def __init__(self, title: str, arity: int) -> None:
        self.title, self.arity = title, arity
        self.node_name = f"{title}Backward" if title == "CompiledFunction" else f"{title}Backward0"

    name = "compiled"
    operands = ()


class CompiledPullback(Pullback):
    """How a compiled function goes backward: by the recorded graph of its derivative.

    Attributes:
        derivative: gives the gradients of the leaves that are reached, for saved values and cotangents; or says why
            there are none: the function itself went backward and freed what that would read, or wrote over it.
        specs: of the results that have a history.
        graph: the function itself, for derivatives of the derivative, which are taken of its operations.
        positions: where among the graph's outputs those results are.
        leaves: which of the graph's inputs are the leaves that are reached.
        histories: which of its operations had a history.
        earlier: results of the call, of earlier stages, which come behind the inputs and count as leaves.
        rereads: which inputs the derivative is computed of, or what it reads: they have to be what they were, for a
            derivative of it.
        holds: whether what code of the user's may read is what it was, where the derivative was recorded of some.
    """

    __slots__ = ("derivative", "earlier", "graph", "histories", "holds", "leaves", "positions", "rereads", "specs")

    def __init__(
        self,
        title: str,
        derivative: Derivative | GradError,
        graph: Graph,
        specs: Sequence[Spec],
        positions: Sequence[int],
        leaves: Sequence[int],
        histories: Histories,
    ) -> None:
        self.primitive: Any = CompiledOperation(title, len(leaves))
        self.needs, self.saves = tuple(range(len(leaves))), (0,)
        self.raw, self.reading, self.function = general_way, MORE, None
        self.outputs = len(specs)
        self.derivative, self.graph = derivative, graph
        self.specs, self.positions, self.leaves, self.histories = specs, positions, leaves, histories
        self.earlier: Sequence[Any] = ()
        self.rereads: Sequence[int] = ()
        self.holds: Callable[[], bool] | None = None

    def over_arrays(self, node: Node, g: Any) -> Any:
        cotangents = self._given(g)
        if self.holds is not None and (any(each is None for each in cotangents) or not self.holds()):
            found = self.over_tensors(node, g)
            several = found if isinstance(found, tuple) else (found,)
            arrays = [None if each is None else each.array for each in several]
            return tuple(arrays) if isinstance(found, tuple) else arrays[0]
        saved, _ = self.unfreed(node)
        derivative = self._derivative()
        arrays = [saved_array(value, node) for value in saved]
        found = derivative.run(arrays, [None if each is None else plain_array(each) for each in cotangents])
        return found[0] if len(found) == 1 else tuple(found)

    def over_tensors(self, node: Node, g: Any) -> Any:
        """The operations are done once more, recorded, and walked back over."""
        _, inputs = self.unfreed(node)
        self._derivative()
        self.histories.refuse_unless_whole()
        own = len(self.graph.inputs)
        for at in self.rereads:
            saved_array(inputs[at], node)
        with enable_grad():
            inputs = [*inputs[:own], *map(ALIAS.op, inputs[own:])]
            ends = [each.node for each in inputs[own:]]
            found = self.histories.replay(self.graph, inputs[:own], dict(zip(self.earlier, inputs[own:], strict=True)))
            given = zip(self.positions, self._given(g), strict=True)
            roots = [(found[at].node, as_tensor(each)) for at, each in given if each is not None]
            with cut(ends):
                pulled = walk(roots, recorded_flavour, retain=True, targets=[inputs[i].node for i in self.leaves])
        return pulled[0] if len(pulled) == 1 else tuple(pulled)

    over_values = over_tensors

    def _derivative(self) -> Derivative:
        if isinstance(self.derivative, GradError):
            raise type(self.derivative)(*self.derivative.args)
        return self.derivative

    def _given(self, g: Any) -> Sequence[Any]:
        """The cotangent of each result, None where nothing arrived."""
        return g.entries() if isinstance(g, Several) else (g,)


def plain_array(cotangent: Any) -> Any:
    """A cotangent as an array."""
    return cotangent.array if isinstance(cotangent, Tensor) else np.asarray(cotangent)


def as_tensor(cotangent: Any) -> Tensor:
    """A cotangent as a tensor."""
    return cotangent if isinstance(cotangent, Tensor) else wrap(cotangent)


ALIAS = TABLE["alias"]


def connect(rule: CompiledPullback, results: Sequence[Tensor], saved: Sequence[Any], inputs: Sequence[Any]) -> None:
    """Give results the history they are due.

    Args:
        rule: of the function.
        results: those that have one, in order.
        saved: what the derivative reads: arrays, and tensors that came in.
        inputs: the inputs of the graph, as tensors.
    """
    frame = user_frame(_getframe(1))
    parents = tuple(inputs[i].node for i in rule.leaves)
    node = plain_node(rule, parents, frame.f_code, frame.f_lasti)
    node.saved = (tuple(saved), tuple(inputs))
    node.specs = rule.specs
    several = len(results) > 1
    for i, result in enumerate(results):
        result.node = pick(node, i, len(results)) if several else node

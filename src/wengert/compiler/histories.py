"""What history the values of a recorded call had, and the call done again with it, one operation at a time.

A graph says what is computed, and not what was computed without a history: behind detach(), under no_grad(), in the
forward of a Function. That is kept here, for whoever differentiates a derivative, which is taken of the operations.

Knows graphs and nodes. Must not know how a graph is made fast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from wengert import errors
from wengert.core.levels import Tracer
from wengert.core.tape import Node
from wengert.core.tensor import Tensor, wrap
from wengert.functions.recording.leaves import detach
from wengert.graph.ir import Literal, Variable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wengert.graph.ir import Graph

REFUSED = "compile: the history of this call is more than its operations, since the function {}"
ANOTHER = "gave a tensor another history than that of its value"
ADVICE = "call the function itself where you need create_graph=True, or keep what it computes in Python objects."


NOTHING: Mapping[Any, Any] = {}


class Call(NamedTuple):
    """A Function that was applied, to variables and other values, and the variables of its results."""

    function: Any
    args: tuple[Any, ...]
    outs: tuple[Any, ...]


class Histories:
    """Which operands of which operation had a history that its result goes back to.

    Attributes:
        reason: what else it is that a history came about by; None if this is all.
    """

    __slots__ = ("_calls", "_leaves", "_needs", "_nodes", "reason")

    def __init__(self) -> None:
        self._needs: dict[Variable, tuple[int, ...]] = {}
        self._nodes: dict[Variable, Any] = {}
        self._calls: dict[int, list[Call]] = {}
        self._leaves: dict[Variable, Variable] = {}
        self.reason: str | None = None

    def taken(self, variable: Variable, node: Any) -> None:
        """A tensor from outside has a history."""
        self._nodes[variable] = node

    def moved(self, variable: Variable, leaf: Variable, node: Any) -> None:
        """A leaf from outside was given another value, as a step of an optimizer does."""
        self._leaves[variable] = leaf
        self._nodes[variable] = node

    def is_of(self, variable: Variable, node: Any) -> bool:
        """Whether a node is the history of a variable: a detach() that is written has one, and its base another."""
        return self._nodes.get(variable) is node

    def made(self, outs: Sequence[Any], operands: Sequence[Any], needs: tuple[int, ...]) -> None:
        """An operation gave its results a history, by some of its operands."""
        for i in needs:
            if self._nodes.get(operands[i].atom) is not operands[i].node:
                self.reason = ANOTHER
        self._needs[outs[0].atom] = needs
        for out in outs:
            self._nodes[out.atom] = out.node

    def applied(self, at: int, function: Any, args: Sequence[Any], outs: Sequence[Any]) -> None:
        """A Function was applied, before the equation of a number."""
        results = tuple(getattr(out, "atom", None) for out in outs)
        given = {arg.atom: arg.node for arg in args if hasattr(arg, "atom")}
        if any(node is not None and self._nodes.get(atom) is not node for atom, node in given.items()):
            self.reason = ANOTHER
        if not given.keys().isdisjoint(results):
            self.reason = "applies a Function that writes to what it is given"
        self._calls.setdefault(at, []).append(Call(function, tuple(getattr(arg, "atom", arg) for arg in args), results))
        for out in outs:
            if getattr(out, "node", None) is not None:
                self._nodes[out.atom] = out.node

    def finish(self) -> None:
        """Look for hooks, which may change what passes, and let go of the nodes."""
        if any(isinstance(node, Node) and node.hooks is not None for node in self._nodes.values()):
            self.reason = "has hooks on what it computes"
        self._nodes.clear()

    def refuse_unless_whole(self, *, at_once: bool = False) -> None:
        """Raise if there is more to the history than operations on the inputs as they are, by now or at once."""
        reason = self.reason or (None if at_once or not self._leaves else ANOTHER)
        if reason is not None:
            raise errors.GradError(errors.advice(REFUSED.format(reason), ADVICE))

    def replay(
        self, graph: Graph, values: Sequence[Any], given: Mapping[Any, Any] = NOTHING, *, at_once: bool = False
    ) -> list[Any]:
        """The outputs of the graph of the call, by its operations, with the history that they had.

        Args:
            graph: of the call.
            values: of its inputs.
            given: of other variables, which are not computed.
            at_once: whether nobody has written to the inputs since, not even what was computed.

        Raises:
            RuntimeError: if that came about in another way than by operations.
        """
        self.refuse_unless_whole(at_once=at_once)
        found: dict[Any, Any] = {v: wrap(array) for v, array in graph.constants.items()}
        found.update(zip(graph.inputs, values, strict=True))

        def read(atom: Any) -> Any:
            return atom.value if isinstance(atom, Literal) else found[atom] if isinstance(atom, Variable) else atom

        for at in range(len(graph.equations) + 1):
            for call in self._calls.get(at, ()):
                result = call.function.apply(*map(read, call.args))
                found.update(zip(call.outs, result if isinstance(result, tuple) else (result,), strict=True))
                found.update(given)
            if at < len(graph.equations):
                equation = graph.equations[at]
                needs = self._needs.get(equation.outs[0], ())
                operands = [read(a) if i in needs else plain(read(a)) for i, a in enumerate(equation.operands)]
                out = equation.primitive.apply(operands, equation.params)
                found.update(zip(equation.outs, (out,) if equation.primitive.count is None else out, strict=True))
                for moved in self._leaves.keys() & set(equation.outs):
                    found[moved] = wrap(found[moved].array)
                    found[moved].node = found[self._leaves[moved]].node
                found.update(given)
        return [read(atom) for atom in graph.outputs]


def plain(value: Any) -> Any:
    """A value without its history."""
    has = isinstance(value, Tensor) and (isinstance(value, Tracer) or value.node is not None)
    return detach(value) if has else value

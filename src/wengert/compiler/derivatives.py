"""The derivative of a recorded call, stage by stage.

    stage := results of which none was computed of another, how they go back to leaves and to results of earlier stages

A loss that is returned beside what it was computed of has a history that leads there, and not past it: whoever hooks
that, or asks for the gradient of it, finds it on the way.

Knows what was recorded. Must not know how a graph is made fast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wengert import errors
from wengert.compiler.narrowing import Derivative
from wengert.compiler.saving import Again
from wengert.compiler.waiting import nodes_before, reason_not_to
from wengert.core.walk import cut
from wengert.graph.ir import Graph, Variable

if TYPE_CHECKING:
    from collections.abc import Collection

    from wengert.compiler.recorder import RecordLevel

Moving = dict[Variable, Any]
"""Results with a history: the variable of each, and the value."""


class Stage:
    """Some results, and their derivative.

    Attributes:
        moving: the results.
        saved: what the derivative reads.
        derivative: gives the gradients for what was saved and for cotangents of the results.
        places: the leaves that are reached, by their places.
        results: the results of earlier stages that are reached.
    """

    def __init__(
        self, level: RecordLevel, moving: Moving, nodes: dict[int, Any], earlier: Moving, free: Collection[Variable]
    ) -> None:
        """Write it down.

        Args:
            level: has recorded the call.
            moving: the results.
            nodes: of the leaves, by their places.
            earlier: results of earlier stages.
            free: inputs that may be kept although nobody reads them.
        """
        before = {id(leaf.node): atom for atom, leaf in reversed(earlier.items())}
        ends = {id(leaf.node): leaf.node for leaf in earlier.values()}
        with cut(ends.values()):
            seeds, equations, found = level.pulled([*moving.values()], [*nodes.values(), *ends.values()])
        at: list[Any] = [*nodes, *(before[each] for each in ends)]
        reached = [(each, g) for each, g in zip(at, found, strict=True) if g is not None]
        made = {out for e in equations for out in e.outs} | set(seeds)
        read = dict.fromkeys(a for e in equations for a in e.operands if isinstance(a, Variable))
        read.update(dict.fromkeys(g for _, g in reached))
        again = Again(
            [a for a in read if a not in made and a not in level.constants], level.equations,
            results={**earlier, **moving}, constants=level.constants, free=free,
        )  # fmt: skip
        self.moving, self.saved = list(moving), again.saved
        equations = [*again.equations, *equations]
        graph = Graph("derivative", [*self.saved, *seeds], dict(level.constants), equations, [g for _, g in reached])
        self.derivative = Derivative(graph, seeds)
        self.places = [each for each, _ in reached if not isinstance(each, Variable)]
        self.results = [each for each, _ in reached if isinstance(each, Variable)]


def staged(moving: Moving) -> list[Moving]:
    """Results by how many others they were computed of, one of another."""
    ends = {id(leaf.node) for leaf in moving.values()}
    depths: dict[int, int] = {}
    for node in sorted(nodes_before(leaf.node for leaf in moving.values()), key=lambda node: node.number):
        depths[id(node)] = max((depths.get(id(p), 0) + (id(p) in ends) for p in node.parents), default=0)
    found: dict[int, Moving] = {}
    for atom, leaf in moving.items():
        found.setdefault(depths[id(leaf.node)], {})[atom] = leaf
    return [found[depth] for depth in sorted(found)]


def stages_of(
    level: RecordLevel, moving: Moving, nodes: dict[int, Any], free: Collection[Variable]
) -> tuple[list[Stage], dict[Variable, errors.GradError]]:
    """The stages, and the results that cannot go backward with the reasons.

    Raises:
        RuntimeError: if code of the user's waits for a backward.
    """
    waiting = reason_not_to([leaf.node for leaf in moving.values()])
    if waiting is not None:
        level.refuse(waiting)
    try:
        return _stages(level, moving, nodes, free), {}
    except errors.GradError:
        refused = refusals(level, moving, [*nodes.values()])
        if any(isinstance(error, errors.StaleError) for error in refused.values()):
            level.refuse("it writes over what its own backward would read")
        moving = {atom: leaf for atom, leaf in moving.items() if atom not in refused}
        return _stages(level, moving, nodes, free), refused


def _stages(level: RecordLevel, moving: Moving, nodes: dict[int, Any], free: Collection[Variable]) -> list[Stage]:
    found: list[Stage] = []
    earlier: Moving = {}
    for own in staged(moving):
        found.append(Stage(level, own, nodes, earlier, free))
        earlier = {**earlier, **own}
    return found


def refusals(level: RecordLevel, moving: Moving, nodes: list[Any]) -> dict[Variable, errors.GradError]:
    """The results that cannot go backward, since the function did so itself or wrote over what that reads, and why."""
    found = {}
    for atom, leaf in moving.items():
        try:
            level.pulled([leaf], nodes)
        except errors.GradError as error:
            found[atom] = error
    return found

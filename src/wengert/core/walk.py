"""The one loop that walks the tape backwards.

    cotangent := an array (plain backward), a Tensor (create_graph), or a value of a transform

A node's number is taken from one clock, so a larger number means "made later", and walking
in order of falling numbers visits every node after all of its users. Nothing here recurses:
a chain of a million nodes is walked in a loop.

Knows nodes. Must not know what a rule computes.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any

from wengert import errors
from wengert.core.tape import COMPLEX, Node

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    Flavour = Callable[[Node, Any], Any]


def raw_flavour(node: Node, g: Any) -> Any:
    """Walk over arrays. The loop calls `rule.raw` itself where nothing is complex."""
    return node.rule.over_arrays(node, g)


def recorded_flavour(node: Node, g: Any) -> Any:
    """Walk over Tensors, recording what the rules do."""
    return node.rule.over_tensors(node, g)


def value_flavour(node: Node, g: Any) -> Any:
    """Walk over the values of a transform."""
    return node.rule.over_values(node, g)


def walk(
    roots: Iterable[tuple[Any, Any]],
    flavour: Flavour,
    *,
    retain: bool,
    targets: Sequence[Any] | None = None,
) -> list[Any]:
    """Carry cotangents from the roots to the leaves.

    Args:
        roots: pairs of a node and the cotangent that starts there.
        flavour: how a node's rules are evaluated.
        retain: keep what the nodes saved, for another walk.
        targets: the nodes whose cotangents are wanted; then leaves accumulate nothing. Without
            targets every leaf accumulates into its `.grad`.

    Returns:
        The cotangents of the targets, None for one that nothing reached.
    """
    wanted = {node.number for node in targets or ()}
    needed = None if targets is None else _needed([node for node, _ in roots], wanted)
    coming = Arrivals(needed)
    for node, g in roots:
        coming.add(node, g)
    raw = flavour is raw_flavour and not COMPLEX.seen
    captured: dict[int, Any] = {}
    heap = coming.heap
    while heap:
        node, g = coming.next()
        # A chain needs no queue: stay here while one node leads to one that is next anyway.
        while True:
            number = node.number
            if needed is not None:
                goes_on = any(parent.number in needed for parent in node.parents)
                if node.hooks is not None and not goes_on:
                    g = node.hooks.run(g)
                if number in wanted:  # PyTorch takes it before the hooks of a node that it passes
                    captured[number] = g
                if not goes_on:
                    break
            if node.hooks is not None:
                g = node.hooks.run(g)
            if type(node) is not Node:
                pulled = None  # only the walk holds g now, so a leaf may keep the array itself
                node.arrived(g)
                break
            try:
                pulled = node.rule.raw(node, g) if raw else flavour(node, g)
            except TypeError:
                if node.saved is None:
                    raise errors.GradError(errors.SECOND_BACKWARD) from None
                raise
            parent = node.parent
            if not retain:
                node.saved = None
            if type(parent) is tuple:
                for each, g in zip(parent, pulled, strict=True):
                    if g is not None:
                        coming.add(each, g)
                break
            node, g = parent, pulled
            if g is None:
                break
            if needed is not None or (heap and node.number <= -heap[0]):
                coming.add(node, g)
                break
        node = g = pulled = None
    return [captured.get(node.number) for node in targets or ()]


class Arrivals:
    """Cotangents on their way: added up for each node, and handed out latest node first."""

    __slots__ = ("cotangents", "heap", "needed", "nodes")

    def __init__(self, needed: set[int] | None) -> None:
        self.needed = needed
        self.heap: list[int] = []
        self.nodes: dict[int, Any] = {}
        self.cotangents: dict[int, Any] = {}

    def add(self, node: Any, g: Any) -> None:
        """A cotangent for a node; left out if the node leads nowhere that is wanted."""
        number = node.number
        if number in self.cotangents:
            self.cotangents[number] = self.cotangents[number] + g
        elif self.needed is None or number in self.needed:
            self.cotangents[number] = g
            self.nodes[number] = node
            heappush(self.heap, -number)

    def next(self) -> tuple[Any, Any]:
        """The latest node, all of whose users have been visited, and its cotangent."""
        number = -heappop(self.heap)
        return self.nodes.pop(number), self.cotangents.pop(number)


def _needed(roots: Sequence[Any], wanted: set[int]) -> set[int]:
    """The numbers of the nodes that lie between the roots and the wanted ones."""
    reachable: dict[int, Any] = {}
    stack = list(roots)
    while stack:
        node = stack.pop()
        if node.number not in reachable:
            reachable[node.number] = node
            stack.extend(node.parents)
    needed = set(wanted)
    for number in sorted(reachable):
        if any(parent.number in needed for parent in reachable[number].parents):
            needed.add(number)
    return needed

"""The one loop that walks the tape backwards.

    cotangent := an array (plain backward), a Tensor (create_graph), or a value of a transform

A node's number is taken from one clock, so a larger number means "made later", and walking
in order of falling numbers visits every node after all of its users. Nothing here recurses:
a chain of a million nodes is walked in a loop.

Knows nodes. Must not know what a rule computes.
"""

from __future__ import annotations

from contextlib import contextmanager
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any

import numpy as np

from wengert import errors
from wengert.core.blocks import BIG, MET
from wengert.core.primitive import TABLE
from wengert.core.tape import COMPLEX, HOOKED_LEAVES, NOTHING, TENSOR, UNCHANGED, VALUE, Node, Source, stale

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

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
    coming = Arrivals(roots, targets)
    follow(coming, flavour, retain=retain)
    return [coming.captured.get(node.number) for node in targets or ()]


def walk_to_sources(roots: Sequence[tuple[Any, Any]], flavour: Flavour, sources: Sequence[Source]) -> list[Any] | None:
    """A walk that leads to Sources alone, so that it need not be found out before where it leads.

    Returns:
        Their cotangents; None where something else was met, a leaf, a hook or a missing cotangent. Then nothing
        has happened, and `walk` does what is to be done.
    """
    coming = Arrivals(roots, None)
    if not follow(coming, flavour, retain=True, only_sources=True):
        return None
    return [coming.captured.get(node.number) for node in sources]


def follow(coming: Arrivals, flavour: Flavour, *, retain: bool, only_sources: bool = False) -> bool:
    """The loop itself; False where only Sources should have been met, and something else was."""
    needed, heap = coming.needed, coming.heap
    raw = flavour is raw_flavour and not COMPLEX.seen
    direct = needed is None and not coming.due
    # Where nothing else asks, the queue is handled here: a call would cost more than what it does.
    nodes, cotangents = coming.nodes, coming.cotangents
    while heap:
        if direct:
            number = -heappop(heap)
            node, g = nodes.pop(number), cotangents.pop(number)
        else:
            node, g = coming.next()
        # A chain needs no queue: stay here while one node leads to one that is next anyway.
        while True:
            if needed is not None:
                g, goes_on = coming.capture(node, g)
                if not goes_on:
                    break
            if node.hooks is not None:
                if only_sources:
                    return False
                g = node.hooks.run(g, coming)
            if g is None:
                if only_sources:
                    return False
                coming.absent(node)
                break
            if type(node) is not Node and not isinstance(node, Node):
                pulled = None  # only the walk holds g now, so a leaf may keep the array itself
                if type(node) is Source:
                    coming.captured[node.number] = g
                elif only_sources:
                    return False
                else:
                    node.arrived(g)
                break
            try:
                if not raw:
                    pulled = flavour(node, g)
                elif (reading := (rule := node.rule).reading) == VALUE:
                    pulled = rule.function(g, node.saved[0])
                elif reading == TENSOR:
                    x = node.saved[0]
                    if x.memory is not None and x.memory.stamp >= node.number:
                        raise stale(x, x.memory, node)
                    pulled = rule.function(g, x.array)
                elif reading == UNCHANGED:
                    pulled = g
                else:
                    pulled = rule.function(g) if reading == NOTHING else rule.raw(node, g)
            except TypeError:
                if node.saved is None:
                    raise errors.GradError(errors.SECOND_BACKWARD) from None
                raise
            parent = node.parent
            if not retain:
                node.saved = None
            if type(parent) is tuple:
                for i, each in enumerate(parent):  # a strict zip takes twice as long
                    g, number = pulled[i], each.number
                    if direct and g is not None and number not in cotangents:
                        nodes[number], cotangents[number] = each, g
                        heappush(heap, -number)
                    else:
                        coming.add(each, g)
                break
            node, g = parent, pulled
            if g is None or not direct or (heap and node.number <= -heap[0]):
                coming.add(node, g)
                break
        node = g = pulled = None
    return True


@contextmanager
def cut(nodes: Iterable[Any]) -> Iterator[None]:
    """Let a walk end at some nodes, as if they were leaves."""
    kept = [(node, node.parent) for node in nodes]
    try:
        for node, _ in kept:
            node.parent = ()
        yield
    finally:
        for node, parent in kept:
            node.parent = parent


class Arrivals:
    """Cotangents on their way: added up for each node, and handed out latest node first.

    Attributes:
        needed: the numbers of the nodes that lead to a target; None where all leaves are wanted.
        captured: the cotangents of the targets that were reached, by number.
        starts: the nodes where the walk began, each with its cotangent.
        due: for each leaf with hooks how many cotangents are still to come; None if there are none.
            As in PyTorch, such a leaf is next as soon as all have come.
        ready: those leaves, in the order in which that happened.
    """

    __slots__ = ("__weakref__", "captured", "cotangents", "due", "heap", "needed", "nodes", "ready", "starts", "wanted")

    def __init__(self, roots: Iterable[tuple[Any, Any]], targets: Sequence[Any] | None) -> None:
        self.starts = list(roots)
        self.wanted: Any = None
        self.needed: set[int] | None = None
        self.due: dict[int, int] | None = None
        if targets is not None:
            self.wanted = {node.number for node in targets}
            self.needed = between(self.roots, self.wanted)
        if HOOKED_LEAVES.seen:
            self.due = _due(self.roots, self.needed)
        self.captured: dict[int, Any] = {}
        self.heap: list[int] = []
        self.ready: list[int] = []
        self.nodes: dict[int, Any] = {}
        self.cotangents: dict[int, Any] = {}
        for node, g in self.starts:
            self.add(node, g)

    @property
    def roots(self) -> list[Any]:
        """The nodes where the walk began."""
        return [node for node, _ in self.starts]

    def add(self, node: Any, g: Any) -> None:
        """A cotangent for a node; left out if there is none, or the node leads nowhere wanted."""
        number = node.number
        if number in self.cotangents:
            before = self.cotangents[number]
            if g is not None:
                self.cotangents[number] = g if before is None else together(before, g)
        elif self.needed is None or number in self.needed:
            self.cotangents[number] = g
            self.nodes[number] = node
            if self.due is None or number not in self.due:
                heappush(self.heap, -number)
        if self.due is not None and number in self.due:
            self.due[number] -= 1
            if not self.due[number] and number in self.cotangents:
                heappush(self.heap, len(self.ready) - 2 * FIRST)
                self.ready.append(number)

    def next(self) -> tuple[Any, Any]:
        """The latest node, all of whose users have been visited, and its cotangent."""
        number = -heappop(self.heap)
        if number > FIRST:
            number = self.ready[2 * FIRST - number]
        return self.nodes.pop(number), self.cotangents.pop(number)

    def absent(self, node: Any) -> None:
        """Pass a node that got no cotangent, as when a Function returned None.

        A Function that wants zeros in place of None goes on with these; a leaf accumulates nothing.
        """
        pulled: Any = None
        if not isinstance(node, Node):
            if node.hooks is not None:
                node.hooks.finish(node, None)
            return
        if node.rule.runs_on_nothing:
            pulled = node.rule.over_values(node, None)
        several = pulled if type(pulled) is tuple else (pulled,) * len(node.parents)
        for parent, g in zip(node.parents, several, strict=True):
            self.add(parent, g)

    def capture(self, node: Any, g: Any) -> tuple[Any, bool]:
        """Keep the cotangent of a target; the second result is whether to go on behind the node.

        PyTorch takes the cotangent before the hooks of a node that it passes.
        """
        needed: Any = self.needed
        goes_on = False
        for parent in node.parents:
            if parent.number in needed:
                goes_on = True
                break
        if node.hooks is not None and not goes_on:
            g = node.hooks.run(g, self, captured=True)
        if node.number in self.wanted:
            self.captured[node.number] = g
        return g, goes_on

    def reaches(self, nodes: Sequence[Any]) -> list[bool]:
        """Which of some nodes get a cotangent in this walk."""
        found = self.needed if self.needed is not None else set(reachable(self.roots))
        return [node.number in found for node in nodes]


FIRST = 1 << 62
"""More than any number: what stands in the heap for a leaf that is next lies between this and its double."""


def _due(roots: Sequence[Any], needed: set[int] | None) -> dict[int, int]:
    """How many cotangents come to each leaf with hooks."""
    due: dict[int, int] = {}
    found = reachable(roots)
    for node in [*found.values(), *({"node": root} for root in roots)]:
        parents = node.parents if not isinstance(node, dict) else (node["node"],)
        if needed is not None and not isinstance(node, dict) and node.number not in needed:
            continue
        for parent in parents:
            if not isinstance(parent, Node) and parent.hooks is not None:
                due[parent.number] = due.get(parent.number, 0) + 1
    return due


def together(x: Any, y: Any) -> Any:
    """The sum of two cotangents; of big arrays as the row computes it."""
    if MET.seen and type(x) is np.ndarray and type(y) is np.ndarray and x.size >= BIG and x.shape == y.shape:
        return TABLE["add"].kernel(x, y)
    return x + y


def reachable(roots: Sequence[Any]) -> dict[int, Any]:
    """All nodes behind some nodes, and these, by number."""
    found: dict[int, Any] = {}
    stack = list(roots)
    while stack:
        node = stack.pop()
        if node.number not in found:
            found[node.number] = node
            stack.extend(node.parents)
    return found


def between(roots: Sequence[Any], wanted: set[int]) -> set[int]:
    """The numbers of the nodes that lie between the roots and the wanted ones."""
    found = reachable(roots)
    needed = set(wanted)
    for number in sorted(found):
        for parent in found[number].parents:
            if parent.number in needed:
                needed.add(number)
                break
    return needed

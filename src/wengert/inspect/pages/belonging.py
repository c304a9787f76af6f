"""Which modules an operation was done in: as it was noted while they ran, or as the parameters suggest.

    Linear          linear.weight -> matmul -> add <- linear.bias      both read parameters of `linear`
    relu            stands between operations of `linear` and `output`, so it belongs to what holds these two

Knows nodes, and which leaves are parameters of which modules. Must not know any op.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wengert.core.outputs import operation_of
from wengert.core.tape import Node
from wengert.inspect.pages.remembering import NOTES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wengert.inspect.stacks import Called

    Chain = tuple[Called, ...]


def modules_of(operations: Sequence[Any], owners: Mapping[int, Chain]) -> tuple[list[Chain], str]:
    """For each operation the modules around it, the outermost first, and how they are known: "calls", "parameters"."""
    noted = [NOTES.get(node) for node in operations]
    if any(noted):
        return [each.modules if each else () for each in noted], "calls"
    return between([read_by(*each) for each in parameters_read(operations, owners)]), "parameters"


def parameters_read(operations: Sequence[Any], owners: Mapping[int, Chain]) -> list[list[Any]]:
    """The modules of the parameters that an operation reads, or views of parameters."""
    views: dict[int, Chain] = {}  # a transposed weight, or a part of one
    found = []
    for node in operations:
        parents = [operation_of(parent)[0] for parent in node.parents]
        every = [(views if isinstance(p, Node) else owners).get(id(p)) for p in parents]
        chains = [chain for chain in every if chain is not None]
        if chains and node.rule.primitive.is_view:
            views[id(node)] = chains[0]
        found.append(chains)
    return found


def read_by(*chains: Chain) -> Chain | None:
    """The modules of an operation that reads parameters of several: what holds them all."""
    if not chains:
        return None
    common = chains[0]
    for chain in chains[1:]:
        common = shared(common, chain)
    return common


def shared(one: Chain, other: Chain) -> Chain:
    """What two chains of modules have in common.

    >>> shared(("net", "0"), ("net", "1", "2"))
    ('net',)
    """
    count = 0
    while count < min(len(one), len(other)) and one[count] == other[count]:
        count += 1
    return one[:count]


def between(chains: Sequence[Chain | None]) -> list[Chain]:
    """Give what is not known the modules that what is before it and what is after it have in common.

    >>> between([None, ("net", "0"), None, ("net", "1"), None])
    [(), ('net', '0'), ('net',), ('net', '1'), ()]
    """
    after: list[Chain] = []
    coming: Chain = ()
    for chain in reversed(chains):
        coming = coming if chain is None else chain
        after.append(coming)
    found: list[Chain] = []
    before: Chain = ()
    for chain, coming in zip(chains, reversed(after), strict=True):
        before = before if chain is None else chain
        found.append(shared(before, coming) if chain is None else chain)
    return found

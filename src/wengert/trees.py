"""Nested containers: take the leaves out, put new leaves in.

    >>> leaves, structure = flatten({"b": 2, "a": [1, (3, None)]})
    >>> leaves
    [2, 1, 3]
    >>> structure.unflatten([20, 10, 30])
    {'b': 20, 'a': [10, (30, None)]}

Lists, tuples, named tuples and dicts are containers (and so are their subclasses where they can
be rebuilt); None is an empty container; anything else is a leaf. Knows containers only.
"""

from __future__ import annotations

from operator import is_
from typing import TYPE_CHECKING, Any

from wengert.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


class Structure:
    """The shape of a nest of containers, without its leaves."""

    __slots__ = ("children", "count", "keys", "kind")

    def __init__(self, kind: Any, keys: tuple[Any, ...], children: tuple[Structure, ...]) -> None:
        self.kind = kind
        self.keys = keys
        self.children = children
        self.count: int = 1 if kind is _LEAF else sum(c.count for c in children)

    def unflatten(self, leaves: Sequence[Any]) -> Any:
        """Rebuild the nest around new leaves."""
        if len(leaves) != self.count:
            raise ArgumentError(f"expected {self.count} leaves, got {len(leaves)}")
        return self.build(iter(leaves))

    def build(self, leaves: Iterator[Any]) -> Any:
        """Rebuild the nest, taking leaves from an iterator."""
        if self.kind is _LEAF:
            return next(leaves)
        if self.kind is type(None):
            return None
        values = [child.build(leaves) for child in self.children]
        if issubclass(self.kind, dict):
            return self.kind(zip(self.keys, values, strict=True))
        if hasattr(self.kind, "_fields"):
            return self.kind(*values)
        return self.kind(values)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Structure) or self.kind is not other.kind:
            return False
        alike = self.keys == other.keys and all(map(is_, map(type, self.keys), map(type, other.keys)))  # 1 is no True
        return alike and self.children == other.children

    def __hash__(self) -> int:
        return hash((self.kind, self.keys, self.children))

    def __repr__(self) -> str:
        return repr(self.unflatten(["*"] * self.count)).replace("'*'", "*")


class _Leaf:
    """The kind of a structure that is one leaf."""


_LEAF = _Leaf
LEAF = Structure(_LEAF, (), ())
NOTHING = Structure(type(None), (), ())


def flatten(tree: Any) -> tuple[list[Any], Structure]:
    """The leaves of a nest, in order, and the structure that holds them."""
    leaves: list[Any] = []
    return leaves, _flatten(tree, leaves)


def _flatten(tree: Any, leaves: list[Any]) -> Structure:
    if tree is None:
        return NOTHING
    if isinstance(tree, dict):
        children = tuple(_flatten(value, leaves) for value in tree.values())
        return Structure(type(tree), tuple(tree), children)
    if isinstance(tree, list | tuple):
        return Structure(type(tree), (), tuple(_flatten(value, leaves) for value in tree))
    leaves.append(tree)
    return LEAF


def leaves_of(tree: Any) -> list[Any]:
    """The leaves of a nest, in order."""
    return flatten(tree)[0]


def tree_map(function: Callable[..., Any], tree: Any, *others: Any) -> Any:
    """Apply a function to the leaves of one or more nests of the same structure.

    >>> tree_map(lambda a, b: a + b, [1, (2,)], [10, (20,)])
    [11, (22,)]
    """
    leaves, structure = flatten(tree)
    columns = [leaves]
    for other in others:
        more, same = flatten(other)
        if same != structure:
            raise ArgumentError(f"the structures differ: {structure} and {same}")
        columns.append(more)
    return structure.unflatten([function(*row) for row in zip(*columns, strict=True)])


def spread(prefix: Any, structure: Structure) -> list[Any]:
    """One value per leaf, from a prefix of the nest: a value stands for all leaves below it.

    >>> spread((0, None), flatten(([1, 2], 3))[1])
    [0, 0, None]
    """
    if structure.kind is _LEAF:
        return [prefix]
    if not isinstance(prefix, list | tuple | dict):
        return [prefix] * structure.count
    entries = list(prefix.values()) if isinstance(prefix, dict) else list(prefix)
    if len(entries) != len(structure.children):
        raise ArgumentError(f"{prefix!r} does not match the structure {structure}")
    return [value for entry, child in zip(entries, structure.children, strict=True) for value in spread(entry, child)]

"""Whether fixed places of Python objects hold the very objects that they held: one function, written for them.

    place := an object, what one of its places held, what is true as long as it does (`cell.cell_contents is held`)

Reading and comparing in a loop takes five times as long as a chain of `is` does.

Knows Python objects. Must not know what they are for.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import CodeType


class Place(NamedTuple):
    """Something that an object has; in the condition, `{0}` stands for the object and `{1}` for what was there."""

    condition: str
    holder: Any
    held: Any


def places_of_function(function: Any) -> list[Place]:
    """What a function does, and what it takes where nothing is said."""
    return [Place(f"{{0}}.{name} is {{1}}", function, getattr(function, name))
            for name in ("__code__", "__defaults__", "__kwdefaults__")]  # fmt: skip


def places_of_cells(cells: Iterable[Any]) -> list[Place]:
    """What is in cells, all of which are set."""
    return [Place("{0}.cell_contents is {1}", cell, cell.cell_contents) for cell in cells]


def places_of_names(names: Iterable[str], namespace: dict[str, Any]) -> list[Place]:
    """What is under names in a namespace that has them."""
    texts = {name: repr(name).replace("{", "{{").replace("}", "}}") for name in names}
    return [Place(f"{{0}}[{text}] is {{1}}", namespace, namespace[name]) for name, text in texts.items()]


def places_of_list(values: list[Any]) -> list[Place]:
    """How many elements a list has, and which."""
    each = [Place(f"{{0}}[{i}] is {{1}}", values, value) for i, value in enumerate(values)]
    return [Place("len({0}) == {1}", values, len(values)), *each]


def unchanged(places: list[Place]) -> Callable[[], bool]:
    """A function that says whether all places hold what they held; no longer there is changed, too.

    >>> names = {"rate": 0.5}
    >>> same = unchanged(places_of_names(["rate"], names))
    >>> same()
    True
    >>> names["rate"] = 0.25
    >>> same()
    False
    """
    objects = {id(each): each for place in places for each in (place.holder, place.held)}
    words = {key: f"_{i}" for i, key in enumerate(objects)}
    terms = dict.fromkeys(text.format(words[id(holder)], words[id(held)]) for text, holder, held in places)
    namespace: dict[str, Any] = {words[key]: each for key, each in objects.items()}
    exec(_written(" and ".join(terms) or "True"), namespace)  # noqa: S102 - terms in which all words are ours
    found: Callable[[], bool] = namespace.pop("same")  # a cycle would keep what is held until it is collected
    return found


@functools.lru_cache(256)
def _written(condition: str) -> CodeType:
    """The statement of that function; functions whose places are read alike share it."""
    lines = (
        "def same():",
        " try:",
        f"  return {condition}",
        " except (IndexError, KeyError, ValueError):",
        "  return False",
    )
    return compile("\n".join(lines), "<places>", "exec")

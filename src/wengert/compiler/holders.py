"""What was seen of Python objects, and whether it is still there.

    holder := a dictionary, list or object, how it is read, and what it held

Many holders are compared as few long lists, which takes less time.

Knows Python objects. Must not know what is looked for.
"""

from __future__ import annotations

import enum
import operator
import types
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from wengert.dtypes import dtype

PLAIN = (
    type(None), bool, int, float, complex, str, bytes, type(Ellipsis), type(NotImplemented), range, slice, np.generic,
    np.dtype, dtype, types.CodeType, enum.Enum,
)  # fmt: skip
"""Values that do not change."""


class Holder(NamedTuple):
    """A dictionary, list or object, how it is read, and what it held."""

    read: Any
    value: Any
    held: list[Any]


def together(holders: list[Any]) -> list[Any]:
    """The holders with fewer and longer lists, which take less time to compare.

    What cannot change is left out; all functions are one holder, all their cells another, each namespace one, all lists
    one, and so on.
    """
    found = []
    alike: dict[Any, list[Any]] = {}
    names: dict[int, tuple[Any, dict[str, None]]] = {}
    for holder in holders:
        read, value, held = holder
        way = TOGETHER.get(read)
        if read is list and isinstance(value, (tuple, frozenset)):
            continue
        if isinstance(read, Read):
            names.setdefault(id(value), (value, {}))[1].update(dict.fromkeys(read.names))
        elif way is None or (read is defaults and value.__kwdefaults__) or (read is items and _is_odd(value)):
            found.append(holder)
        elif read is items and not held:
            alike.setdefault(_any, []).append(value)
        elif read is contents:
            alike.setdefault(read, []).extend(value)
        else:
            alike.setdefault(way, []).append(value)
    ways = [*alike.items(), *((Read(*own), value) for value, own in names.values())]
    return found + [(read, value, list(read(value))) for read, value in ways]


def _is_odd(mapping: Any) -> bool:
    return not isinstance(mapping, dict)


def _any(values: list[Any]) -> list[Any]:
    return [any(values)]


def _of_lists(values: list[Any]) -> list[Any]:
    """What is in all of them, and how much in each: so that nothing moves from one to another unseen."""
    return [*map(len, values), *chain.from_iterable(values)]


def _of_mappings(values: Any) -> list[Any]:
    return [*map(len, values), *chain.from_iterable(values), *chain.from_iterable(map(dict.values, values))]


def _of_objects(values: list[Any]) -> list[Any]:
    return _of_mappings([*map(ATTRIBUTES, values)])


ATTRIBUTES = operator.attrgetter("__dict__")
CODE, DEFAULTS, KEYWORDS = (operator.attrgetter(f"__{name}__") for name in ("code", "defaults", "kwdefaults"))


def _written(functions: list[Any]) -> list[Any]:
    """What functions do, and what they take where nothing is said."""
    return [*map(CODE, functions), *map(DEFAULTS, functions), *map(KEYWORDS, functions)]


def contents(closure: Any) -> list[Any]:
    """What is in the cells of a function, which it took from those around it."""
    try:
        return [cell.cell_contents for cell in closure]
    except ValueError:  # one is not set yet
        return _cells_set(closure)


class Read:
    """Reads some names of a namespace."""

    __slots__ = ("names",)

    def __init__(self, *names: str) -> None:
        self.names = names

    def __call__(self, namespace: Any) -> list[Any]:
        return [namespace.get(name) for name in self.names]


def items(mapping: Any) -> list[Any]:
    """Its keys, and what is under them."""
    return [*mapping, *mapping.values()]


def attributes(value: Any) -> list[Any]:
    """What an object has in its `__dict__`."""
    own = value.__dict__
    return [*own, *own.values()]


def attributes_of_wrapper(value: Any) -> list[Any]:
    """What is wrapped, and what users wrote on it; not what it remembers, which changes with each call."""
    own = vars(value)
    names = [name for name in own if name == "__wrapped__" or name[0] != "_"]
    return [*names, *(own[name] for name in names)]


def attributes_of_class(cls: type) -> list[Any]:
    """What a class statement wrote down."""
    own = vars(cls)
    special = [name for name in own if name.startswith("__") and name.endswith("__") and not callable(own[name])]
    return [value for name, value in own.items() if name not in special]


def slots(value: Any) -> list[Any]:
    """What an object has in its slots."""
    names = [n for each in type(value).__mro__ for n in _names(vars(each).get("__slots__", ()))]
    return [getattr(value, n, None) for n in names if n not in ("__dict__", "__weakref__")]


def _names(named: Any) -> tuple[str, ...]:
    return (named,) if isinstance(named, str) else tuple(named)


def _cells_set(closure: Any) -> list[Any]:
    found = []
    for cell in closure:
        try:
            found.append(cell.cell_contents)
        except ValueError:  # not set yet
            found.append(None)
    return found


def given(function: Any) -> tuple[Any, ...]:
    """The cells of what a function of ours was made with, as grad(f) with f; not of what it remembers for itself."""
    closure = function.__closure__
    found = contents(closure)
    return tuple([cell for cell, value in zip(closure, found, strict=True)
                  if callable(value) or isinstance(value, (*PLAIN, tuple))])  # fmt: skip


def defaults(function: Any) -> list[Any]:
    """What a function does, and what it takes where nothing is said."""
    plain, keywords = function.__defaults__, function.__kwdefaults__
    if plain is None and keywords is None:
        return [function.__code__]
    return [function.__code__, *(plain or ()), *(keywords or {}).values()]


def referent(reference: Any) -> list[Any]:
    """What a weak reference refers to."""
    return [reference()]


def own_attributes(value: Any) -> list[Any]:
    """What users wrote on a member of an Enum, beside what Enum does."""
    return [each for name, each in vars(value).items() if name[0] != "_"]


TOGETHER = {
    defaults: _written, contents: contents, list: _of_lists, items: _of_mappings, attributes: _of_objects,
}  # fmt: skip
"""By how one holder is read: how all of them are."""


def alike(a: Any, b: Any) -> bool:
    """Whether two values are the same for a program: the same object, or equal numbers and words of one type."""
    if a is b:
        return True
    if type(a) is not type(b) or not isinstance(a, PLAIN):
        return isinstance(a, types.MethodType) and isinstance(b, types.MethodType) and a == b
    return bool(number_key(a) == number_key(b))


def number_key(value: Any) -> Any:
    """A value, or its text where equal ones may differ, as zeros of both signs, or is not equal to itself, as NaN."""
    return value if value and value == value else repr(value)  # noqa: PLR0124

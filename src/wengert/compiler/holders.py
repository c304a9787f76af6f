"""What was seen of Python objects, and whether it is still there.

    holder := a dictionary, list or object, how it is read, and what it held

Many holders are compared at once, which takes less time.

Knows Python objects. Must not know what is looked for.
"""

from __future__ import annotations

import abc
import enum
import functools
import gc
import operator
import types
from itertools import chain, repeat
from typing import Any, NamedTuple

import numpy as np

from wengert.compiler.places import (
    Place,
    places_of_cells,
    places_of_function,
    places_of_list,
    places_of_names,
    unchanged,
)
from wengert.dtypes import dtype

PLAIN = (
    type(None), bool, int, float, complex, str, bytes, type(Ellipsis), type(NotImplemented), range, slice, np.generic,
    np.dtype, dtype, types.CodeType, enum.Enum,
)  # fmt: skip
"""Values that do not change, but for a record of NumPy (np.void), which is seen to apart."""


def is_plain(value: Any) -> bool:
    """Whether a value does not change, but for attributes that it may have."""
    return isinstance(value, PLAIN) and not isinstance(value, np.void)


class Holder(NamedTuple):
    """A dictionary, list or object, how it is read, and what it held."""

    read: Any
    value: Any
    held: list[Any]


class Together:
    """All holders, compared at once, which takes less time than one after the other.

    What cannot change is left out. What stands in fixed places (the contents of a cell, a name of a namespace) is
    compared in a function written for it, short lists as well; the contents of long lists and of dictionaries are one
    long list each.
    """

    def __init__(self, holders: list[Holder]) -> None:
        places: list[Place] = []
        alike: dict[Any, list[Any]] = {}
        lists: list[tuple[Any, Any]] = []
        for read, value, _ in holders:
            if read is list and isinstance(value, (tuple, frozenset)):
                continue
            found = None if read is list and len(places) > MANY else places_of(read, value)
            way = way_of(read, value)
            if found is not None:
                places += found
            elif way is not None:
                alike.setdefault(way, []).append(value)
            else:
                lists.append((read, value))
        self._unchanged = unchanged(places)
        self._lists = [(read, value, list(read(value))) for read, value in [*lists, *alike.items()]]

    def same(self) -> bool:
        """Whether all hold what they held when this was made."""
        if not self._unchanged():
            return False
        is_ = operator.is_
        for read, holder, held in self._lists:
            now = read(holder)
            if len(now) != len(held) or not all(map(is_, now, held)):
                return False
        return True


SHORT = 8
"""Of a list of so many elements each is a fixed place."""

MANY = 1000
"""Behind so many places no more lists are written out: Python takes 13 us for each to read what is written."""


def places_of(read: Any, value: Any) -> list[Place] | None:
    """The fixed places that a holder consists of; None where it is no such."""
    if read is defaults and not value.__kwdefaults__:
        return places_of_function(value)
    if read is list and type(value) is list and len(value) <= SHORT:
        return places_of_list(value)
    try:
        if read is contents:
            return places_of_cells(value)
        if isinstance(read, Read):
            return places_of_names(read.names, value)
    except (KeyError, ValueError):  # one is not set yet
        pass
    return None


def _any(values: list[Any]) -> list[Any]:
    return [any(values)]


MARK = (object(),)


def _of_lists(values: Any) -> list[Any]:
    """What is in all of them, with a mark before each: so that nothing moves from one to another unseen.

    Their lengths would not do, since two equal numbers above 256 need not be the same object.
    """
    return [*chain.from_iterable(chain.from_iterable(zip(repeat(MARK), values)))]


def _of_mappings(values: Any) -> list[Any]:
    return [*_of_lists(values), *chain.from_iterable(map(dict.values, values))]


def _of_objects(values: list[Any]) -> list[Any]:
    return _of_mappings([*map(ATTRIBUTES, values)])


ATTRIBUTES = operator.attrgetter("__dict__")


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


class Named:
    """Reads some attributes of an object or a class that has them, and the names of all."""

    __slots__ = ("names",)

    def __init__(self, *names: str) -> None:
        self.names = names

    def __call__(self, value: Any) -> list[Any]:
        own = value.__dict__
        return [*own, *map(own.get, self.names)]


class But:
    """Reads a dictionary, and of some keys only whether there are floats."""

    __slots__ = ("keys",)

    def __init__(self, *keys: str) -> None:
        self.keys = keys

    def __call__(self, mapping: Any) -> list[Any]:
        values = [float if key in self.keys and type(value) is float else value for key, value in mapping.items()]
        return [*mapping, *values]


def items(mapping: Any) -> list[Any]:
    """Its keys, and what is under them."""
    return [*mapping, *mapping.values()]


def attributes(value: Any) -> list[Any]:
    """What an object has in its `__dict__`."""
    own = value.__dict__
    return [*own, *own.values()]


def cached(wrapper: Any) -> list[Any]:
    """What a function with an lru_cache remembers, as the collector sees it."""
    found: list[Any] = []
    for each in gc.get_referents(wrapper):
        if type(each) is dict and each is not vars(wrapper):
            found += each.values()
        else:
            found.append(each)
    own = type, dict, types.FunctionType
    return [each for each in found if not isinstance(each, own) and type(each) not in LINKS]


CACHE = type(functools.lru_cache(len))

LINKS = (object, *(each for each in gc.get_referents(functools.lru_cache(len)) if isinstance(each, type)))
"""Types of what such a function keeps for itself."""


def attributes_of_wrapper(value: Any) -> list[Any]:
    """What is wrapped, and what users wrote on it; not what it remembers, which changes with each call."""
    own = vars(value)
    names = [name for name in own if name == "__wrapped__" or name[0] != "_"]
    return [*names, *(own[name] for name in names)]


def attributes_of_class(cls: type) -> list[Any]:
    """What a class statement wrote down."""
    return [value for name, value in vars(cls).items() if not is_special(name) or is_called(value)]


def is_special(name: str) -> bool:
    """Whether Python itself reads an attribute of this name."""
    return name[:2] == name[-2:] == "__"


def is_called(value: Any) -> bool:
    """Whether a special attribute of a class is code of its users, as methods are; not a text, as `__doc__` is."""
    return callable(value) or isinstance(value, classmethod | property)


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


def hooks_there(nodes: list[Any]) -> list[Any]:
    """The hooks that leaves have, if they have any."""
    return [node.hooks for node in nodes]


def hooks_of(node: Any) -> list[Any]:
    """What is called when a gradient arrives at a leaf."""
    hooks = node.hooks
    if hooks is None:
        return []
    return [*hooks.functions.values(), *hooks.before.values(), *chain.from_iterable(hooks.after.values())]


def factory(mapping: Any) -> list[Any]:
    """What makes the values that are not there yet."""
    return [mapping.default_factory]


def referent(reference: Any) -> list[Any]:
    """What a weak reference refers to."""
    return [reference()]


def classes_of(values: list[Any]) -> list[Any]:
    """Of what classes objects are, which programs may change."""
    return [*map(type, values)]


def registrations(_: Any) -> list[Any]:
    """A number that is another one when a class was registered with an abstract one."""
    return [abc.get_cache_token()]


def own_attributes(value: Any) -> list[Any]:
    """What users wrote on a member of an Enum, beside what Enum does."""
    return [each for name, each in vars(value).items() if name[0] != "_"]


TOGETHER = {list: _of_lists, items: _of_mappings, attributes: _of_objects}
"""By how one holder is read: how all of them are."""


def way_of(read: Any, value: Any) -> Any:
    """How all holders like this one are read; None for one that is read alone."""
    if read is items and not isinstance(value, dict):
        return None
    return _any if read is items and not value else TOGETHER.get(read)


def alike(a: Any, b: Any) -> bool:
    """Whether two values are the same for a program: the same object, or equal numbers and words of one type."""
    if a is b:
        return True
    if type(a) is not type(b) or not isinstance(a, PLAIN):
        return isinstance(a, types.MethodType) and isinstance(b, types.MethodType) and a == b
    return bool(number_key(a) == number_key(b))


def number_key(value: Any) -> Any:
    """A value, or its text where equal ones may differ, as zeros of both signs, or is not equal to itself, as NaN."""
    return value if value and value == value and type(value) is not complex else repr(value)  # noqa: PLR0124

"""Of objects and classes of users: those attributes that a function may read, by the names that its code says.

    attribute of an object of a user's class    held if any code within reach says its name
    attribute of that class                     the same; special methods always, since nobody says their names

A function that counts in another attribute, or sets one that only other methods read, is served from its recording.
Where names may come from elsewhere than from code (getattr, a pattern of `match`, a library that copies objects),
every attribute is held.

Knows Python objects. Must not know graphs.
"""

from __future__ import annotations

import abc
import dis
import functools
import types
from typing import TYPE_CHECKING, Any, Generic

from wengert.compiler.holders import Holder, Named, attributes, is_called, is_special
from wengert.compiler.owners import is_users, is_users_class

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

BY_TEXT = {
    "getattr", "hasattr", "delattr", "dir", "attrgetter", "methodcaller", "wraps", "update_wrapper", "format",
    "format_map", "state_dict", "load_state_dict", "__dict__", "__dir__", "__getattribute__", "__getattr__",
    "__getstate__", "__reduce__", "__reduce_ex__", "__match_args__", "__mro__", "__bases__", "__slots__",
}  # fmt: skip
"""Names of what reads attributes whose names no code says."""

MADE_BY = {"type", "__class__", "__init__", "__new__", "__post_init__", "__init_subclass__", "__set_name__"}
"""Names by which an object of a class is made without the name of the class, and what is called then."""

BUILDING = MADE_BY - {"type", "__class__"}
"""Special methods that are called where an object or a class is made, and else never."""

PLAIN_MODULES = {
    "builtins", "_operator", "operator", "math", "cmath", "functools", "_functools", "itertools", "collections",
    "_collections", "_collections_abc", "abc", "_abc", "typing", "types", "enum", "numbers", "fractions", "decimal",
    "_decimal", "statistics", "heapq", "_heapq", "bisect", "_bisect", "warnings", "_warnings", "contextlib", "weakref",
    "_weakref", "contextvars", "_contextvars", "argparse", "__future__", "wengert", "numpy", "scipy",
}  # fmt: skip
"""Modules that read attributes of no objects of users, but for what is in `BY_TEXT`."""

PLAIN_BASES = {object, abc.ABC, Generic}
"""Bases of classes of users that read no attributes by name."""

UNUSUAL = ("__getattr__", "__getattribute__", "__setattr__", "__delattr__", "__dir__", "__slots__", "__reduce_ex__")
"""What makes of an object one whose attributes are not told by names."""


class Instances:
    """Objects and classes of which some attributes are held.

    Attributes:
        names: all that code within reach says.
        by_text: whether attributes may be read whose names no code says.
        built: classes that somebody may call.
        making: whether methods of classes are within reach, which may call a class that nobody else can.
    """

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.by_text = self.making = False
        self.built: set[type] = set()
        self._values: dict[int, tuple[Any, frozenset[str]]] = {}
        self._classes: dict[type, frozenset[str]] = {}
        self._reached: dict[int, set[str]] = {}

    def take(self, value: Any) -> bool:
        """Whether an object is one of which only some attributes are held; it and its class are remembered then."""
        names = read_by_bases(type(value))
        if names is None or not hasattr(value, "__dict__"):  # as object() has none
            return False
        self._values[id(value)] = value, names
        self._remember(type(value), names)
        return True

    def take_class(self, cls: type) -> bool:
        """The same of a class that somebody may call."""
        names = read_by_bases(cls)
        if names is None:
            return False
        self.built.update(self._remember(cls, names))
        return True

    def _remember(self, cls: type, names: frozenset[str]) -> list[type]:
        own = [*filter(is_users_class, cls.__mro__)]
        for each in own:
            self._classes[each] = self._classes.get(each, NOTHING) | names
        return own

    def say(self, names: Iterable[str], code: types.CodeType) -> None:
        """Some code within reach says names."""
        self.names.update(names)
        if not self.by_text:
            self.by_text = not BY_TEXT.isdisjoint(names) or matches(code)

    def meet(self, value: Any) -> None:
        """Something within reach that may be no code of users, and read attributes by itself."""
        if isinstance(value, type) and is_users_class(value):
            self.by_text |= getattr(value, "_is_protocol", False)  # isinstance() looks for its attributes
            return
        module = value.__name__ if isinstance(value, types.ModuleType) else getattr(value, "__module__", None)
        name = getattr(value, "__name__", None)
        if isinstance(value, types.ModuleType) and is_users(module):
            return
        if (module or "builtins").partition(".")[0] not in PLAIN_MODULES or name in BY_TEXT:
            self.by_text = True

    def reached(self) -> list[Any]:
        """What was not reached before, of what the names that are said by now lead to."""
        found: list[Any] = []
        for value, names in self._all():
            seen = self._reached.setdefault(id(value), set())
            fresh = [name for name in self._named(value, names) if name not in seen]
            seen.update(fresh)
            found += map(value.__dict__.__getitem__, fresh)
        self.making = self.making or any(isinstance(each, classmethod) for each in found)
        return found

    def holders(self) -> Iterator[Holder]:
        """What is held of all of them."""
        for value, names in self._all():
            found = self._named(value, names)
            whole = len(found) == len(value.__dict__) and not isinstance(value, type)
            read = attributes if whole else Named(*found)
            yield Holder(read, value, read(value))

    def _all(self) -> list[tuple[Any, frozenset[str]]]:
        return [*self._values.values(), *self._classes.items()]

    def _named(self, value: Any, names: frozenset[str]) -> list[str]:
        """The attributes that may be read of an object or a class, if its bases read some."""
        own = value.__dict__
        found = [name for name in own if self.by_text or name in self.names or name in names or name == "_abc_impl"]
        if not isinstance(value, type):
            return found
        made = self.by_text or self.making or value in self.built or not MADE_BY.isdisjoint(self.names)
        special = [name for name in own if is_special(name) and is_called(own[name])]
        return [
            *(name for name in found if not is_special(name)),
            *(name for name in special if made or name not in BUILDING),
        ]


def read_by_bases(cls: type) -> frozenset[str] | None:
    """What the bases of a user's class read of its objects by name; None if that is not known."""
    mine: list[type] = []
    others: list[type] = []
    for each in cls.__mro__:
        if each not in PLAIN_BASES:
            (mine if is_users_class(each) else others).append(each)
    known = others[:1] and others[0] in READ_BY_ITSELF and all(each in others[0].__mro__ for each in others)
    if type(cls) not in (type, abc.ABCMeta) or any(name in vars(each) for each in mine for name in UNUSUAL):
        return None
    if not others:
        return NOTHING
    return READ_BY_ITSELF[others[0]] if known and mine else None


NOTHING: frozenset[str] = frozenset()

READ_BY_ITSELF: dict[type, frozenset[str]] = {}
"""Bases of ours, and what they and the functions that are given their objects read of these by name."""


@functools.lru_cache(1024)
def matches(code: types.CodeType) -> bool:
    """Whether a function, or one inside of it, takes objects apart by patterns, which name attributes as text."""
    inner = (constant for constant in code.co_consts if isinstance(constant, types.CodeType))
    return any(each.opname == "MATCH_CLASS" for each in dis.get_instructions(code)) or any(map(matches, inner))

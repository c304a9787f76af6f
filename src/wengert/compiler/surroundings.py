"""What a function can see besides its arguments: the Python values it may read, and the tensors it may use.

    Surroundings := holders (a dictionary, list or object, and what it held), tensors, or a reason why it cannot be told

A compiled function must not go on with a number that has changed since. So every value that can be reached from its
closure, its globals and its arguments is held, and compared by identity before each call. What cannot be looked into
(an iterator, a random number generator of Python's) is a reason not to compile.

Knows Python objects. Must not know graphs.
"""

from __future__ import annotations

import builtins
import enum
import functools
import operator
import sys
import types
import weakref
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from wengert.core.hooks import RemovableHandle
from wengert.core.tape import AccumulateGrad, Node
from wengert.core.tensor import Tensor
from wengert.dtypes import dtype
from wengert.functions.making.random import Generator

if TYPE_CHECKING:
    from collections.abc import Iterable


class Holder(NamedTuple):
    """A dictionary, list or object, how it is read, and what it held."""

    read: Any
    value: Any
    held: list[Any]


MOST = 20_000
"""So many values are looked at; a function that reaches more is not compiled."""

PLAIN = (
    type(None), bool, int, float, complex, str, bytes, type(Ellipsis), type(NotImplemented), range, slice, np.generic,
    np.dtype, dtype, types.CodeType, enum.Enum,
)  # fmt: skip
"""Values that do not change."""

OPAQUE = (types.BuiltinFunctionType, np.ufunc, Generator, RemovableHandle, Node, AccumulateGrad, weakref.ref,
          type(Holder.read))  # fmt: skip  # what finds a field of a named tuple
"""What counts as the thing it is, and is not looked into."""

TELLTALE = {
    "print": "it prints", "input": "it reads input", "open": "it opens a file", "next": "it takes from an iterator",
    "exec": "it runs code from text", "eval": "it runs code from text", "globals": "it reads its globals by name",
    "locals": "it reads its locals by name", "vars": "it reads attributes by name", "id": "it asks for identities",
    "setattr": "it sets attributes by name", "breakpoint": "it stops in a debugger",
}  # fmt: skip
"""Builtins whose use means that a call does, or depends on, something that is not to be seen."""

ASKED_FOR = {"Tensor", "Parameter"}
"""Types that tensors do not have while a call is recorded, though isinstance() says so."""

OTHER_WORLDS = {
    "random", "time", "datetime", "os", "sys", "io", "secrets", "uuid", "threading", "subprocess", "socket", "logging",
    "tempfile", "shutil", "pathlib", "inspect", "gc",
}  # fmt: skip
"""Modules of which the same holds."""


WAYS: tuple[tuple[Any, str], ...] = (
    (Tensor, "_tensor"),
    ((types.FunctionType, types.MethodType, functools.partial), "_function"),
    (type, "_type"),
    ((types.ModuleType, *OPAQUE), "_nothing"),
    ((dict, types.MappingProxyType), "_mapping"),
    ((list, tuple, set, frozenset), "_sequence"),
    (np.ndarray, "_array"),
)
"""How each type of value is looked into; the first that fits."""


class Surroundings:
    """The Python values and tensors that can be reached from some roots.

    Attributes:
        tensors: each once, in the order in which they were met.
        reason: why this cannot be trusted; None if it can.
    """

    def __init__(self, roots: Iterable[Any]) -> None:
        self._roots = list(roots)
        self.tensors: list[Tensor] = []
        self.reason: str | None = None
        self._holders: list[Holder] = []
        self._seen: dict[int, Any] = {}
        self._classes: set[type] = set()
        self._todo = list(self._roots)
        while self._todo and self.reason is None:
            self._visit(self._todo.pop())
            if len(self._seen) > MOST:
                self.reason = f"more than {MOST} Python values can be reached from it"
        self._together = together(self._holders)

    def same(self) -> bool:
        """Whether everything is still what it was."""
        is_ = operator.is_
        for read, holder, held in self._together:
            now = read(holder)
            if len(now) != len(held) or not all(map(is_, now, held)):
                return self._alike()
        return True

    def _alike(self) -> bool:
        """Whether other objects are equal to those that were there; they are held from now on."""
        for read, holder, held in self._holders:
            now = read(holder)
            if len(now) != len(held) or not all(map(alike, now, held)):
                return False
            held[:] = now
        self._together = together(self._holders)
        return True

    def again(self) -> Surroundings | None:
        """The same looked at anew, if nothing has changed but that other tensors are where tensors were."""
        new = Surroundings(self._roots)
        if new.reason is not None or len(new._holders) != len(self._holders):
            return None
        for (read, _, now), (before, _, held) in zip(new._holders, self._holders, strict=True):
            if type(read) is not type(before) or len(now) != len(held):
                return None
            for a, b in zip(now, held, strict=True):
                if not alike(a, b) and not (type(a) is type(b) is Tensor):
                    return None
        return new

    # ------------------------------------------------------------------------ looking around

    def _hold(self, read: Any, holder: Any) -> None:
        held = list(read(holder))
        self._holders.append(Holder(read, holder, held))
        self._todo.extend(held)

    def _visit(self, value: Any) -> None:
        if isinstance(value, PLAIN) or id(value) in self._seen:
            return
        self._seen[id(value)] = value  # held, so that no other object gets its id
        for kinds, look in WAYS:
            if isinstance(value, kinds):
                getattr(self, look)(value)
                return
        if hasattr(value, "__dict__") or is_ours(type(value).__module__) or is_users(type(value).__module__):
            self._object(value)
        else:
            kind = type(value)
            self.reason = f"it can reach a {kind.__module__}.{kind.__qualname__}, whose state is not to be seen"

    def _nothing(self, value: Any) -> None:
        """Of a value that counts as the thing it is."""

    def _type(self, cls: type) -> None:
        """A class that is named: what its users may read of it, too."""
        for each in cls.__mro__:
            if is_users_class(each):
                self._class(each)

    def _mapping(self, value: Any) -> None:
        self._hold(_items, value)
        if type(value) not in (dict, types.MappingProxyType):
            self._object(value)

    def _sequence(self, value: Any) -> None:
        self._hold(list, value)

    def _array(self, value: Any) -> None:
        self.reason = "it reads a NumPy array, which may change without notice"

    def _tensor(self, tensor: Tensor) -> None:
        self.tensors.append(tensor)
        if tensor.__dict__:
            self._hold(_attributes, tensor)

    def _object(self, value: Any) -> None:
        """An object: its attributes, and what the methods of its class use."""
        if is_ours(type(value).__module__) and "__wrapped__" in getattr(value, "__dict__", ()):  # a compiled function
            self._hold(_attributes_of_wrapper, value)
            return
        if hasattr(value, "__dict__"):
            self._hold(_attributes, value)
        for each in type(value).__mro__:
            if "__slots__" in vars(each) and is_users_class(each):
                self._hold(_slots, value)
            if is_users_class(each):
                self._class(each)

    def _class(self, cls: type) -> None:
        if cls not in self._classes:
            self._classes.add(cls)
            self._hold(_attributes_of_class, cls)

    def _function(self, function: Any) -> None:
        if isinstance(function, functools.partial):
            self._todo += [function.func, function.args, function.keywords]
            return
        if isinstance(function, types.MethodType):
            self._todo += [function.__self__, function.__func__]
            return
        code = function.__code__
        if not is_users(function.__module__):
            if function.__closure__ and not hasattr(function, "primitive"):
                self._hold(_given, function)
            return
        self._hold(_defaults, function)
        if function.__closure__:
            self._hold(_cells, function)
        names = set(names_of(code))
        self._globals(function.__globals__, names)

    def _globals(self, namespace: dict[str, Any], names: set[str]) -> None:
        there = sorted(name for name in names if name in namespace)
        for name in sorted(names - set(there)):
            if name in TELLTALE and hasattr(builtins, name):
                self.reason = TELLTALE[name]
        if "type" in names and names & ASKED_FOR and "type" not in namespace:
            self.reason = "it asks whether the type of something is Tensor, where isinstance() would do"
        if there:
            self._hold(Read(*there), namespace)
        for name in there:
            if isinstance(namespace[name], types.ModuleType):
                self._module(namespace[name], names)

    def _module(self, module: Any, names: set[str]) -> None:
        top = module.__name__.partition(".")[0]
        if top in OTHER_WORLDS:
            self.reason = f"it uses the module {top}"
        elif top == "numpy" and "random" in names:
            self.reason = "it draws numbers from numpy.random"
        elif is_users(module.__name__):
            there = sorted(names & set(vars(module)))
            if there:
                self._hold(Read(*there), vars(module))


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
        elif way is None or (read is _defaults and value.__kwdefaults__) or (read is _items and _is_odd(value)):
            found.append(holder)
        elif read is _items and not held:
            alike.setdefault(_any, []).append(value)
        elif read is _cells:
            alike.setdefault(way, []).extend(value.__closure__)
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


def _contents(cells: Any) -> list[Any]:
    try:
        return [cell.cell_contents for cell in cells]
    except ValueError:  # one is not set yet
        return _cells_set(cells)


class Read:
    """Reads some names of a namespace."""

    __slots__ = ("names",)

    def __init__(self, *names: str) -> None:
        self.names = names

    def __call__(self, namespace: Any) -> list[Any]:
        return [namespace.get(name) for name in self.names]


def _items(mapping: Any) -> list[Any]:
    return [*mapping, *mapping.values()]


def _attributes(value: Any) -> list[Any]:
    own = value.__dict__
    return [*own, *own.values()]


def _attributes_of_wrapper(value: Any) -> list[Any]:
    """What is wrapped, and what users wrote on it; not what it remembers, which changes with each call."""
    own = vars(value)
    names = [name for name in own if name == "__wrapped__" or name[0] != "_"]
    return [*names, *(own[name] for name in names)]


def _attributes_of_class(cls: type) -> list[Any]:
    own = vars(cls)
    special = [name for name in own if name.startswith("__") and name.endswith("__") and not callable(own[name])]
    return [value for name, value in own.items() if name not in special]


def _slots(value: Any) -> list[Any]:
    names = [n for each in type(value).__mro__ for n in _names(vars(each).get("__slots__", ()))]
    return [getattr(value, n, None) for n in names if n not in ("__dict__", "__weakref__")]


def _names(slots: Any) -> tuple[str, ...]:
    return (slots,) if isinstance(slots, str) else tuple(slots)


def _cells(function: Any) -> list[Any]:
    return _contents(function.__closure__ or ())


def _cells_set(closure: Any) -> list[Any]:
    found = []
    for cell in closure:
        try:
            found.append(cell.cell_contents)
        except ValueError:  # not set yet
            found.append(None)
    return found


def _given(function: Any) -> list[Any]:
    """What a function of ours was made with, as grad(f) with f; not what it remembers for itself."""
    return [value if callable(value) or isinstance(value, (*PLAIN, tuple)) else None for value in _cells(function)]


def _defaults(function: Any) -> list[Any]:
    defaults, keywords = function.__defaults__, function.__kwdefaults__
    if defaults is None and keywords is None:
        return [function.__code__]
    return [function.__code__, *(defaults or ()), *(keywords or {}).values()]


def names_of(code: types.CodeType) -> Iterable[str]:
    """All names that a function and those inside of it look up."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from names_of(constant)


def alike(a: Any, b: Any) -> bool:
    """Whether two values are the same for a program: the same object, or equal numbers and words of one type."""
    if a is b:
        return True
    if type(a) is not type(b) or not isinstance(a, PLAIN):
        return isinstance(a, types.MethodType) and isinstance(b, types.MethodType) and a == b
    return bool(a == b) or (a != a and b != b)  # noqa: PLR0124  NaN


@functools.cache
def is_ours(module: str | None) -> bool:
    """Whether a module is wengert's own."""
    return module is not None and module.partition(".")[0] == "wengert"


@functools.cache
def is_users(module: str | None) -> bool:
    """Whether a module is the user's own: not wengert's, not Python's, not NumPy's or SciPy's."""
    if module is None or module == "__main__":
        return True
    top = module.partition(".")[0]
    return top not in {"wengert", "numpy", "scipy", "builtins"} and top not in sys.stdlib_module_names


TOGETHER = {
    _defaults: _written, _cells: _contents, list: _of_lists, _items: _of_mappings, _attributes: _of_objects,
}  # fmt: skip
"""By how one holder is read: how all of them are."""


def is_users_class(cls: type) -> bool:
    """Whether a class is the user's own. One of a namespace without a name says that it is a builtin."""
    return is_users(cls.__module__) or (cls.__module__ == "builtins" and bool(cls.__flags__ & WRITTEN_IN_PYTHON))


WRITTEN_IN_PYTHON = 1 << 9
"""What Python sets in the flags of a class that was made by a class statement."""

"""What a call returns, taken apart into tensors and what stays as it is, and put together anew for each call.

    part := how an object is made of its parts: a container, or an object with attributes

A call returns new objects each time, as the function itself does; what was there before is returned as it is. Of what
cannot be made anew (a closure, an iterator, an array of NumPy) the reason is told.

Knows Python objects and which are tensors. Must not know how these are computed.
"""

from __future__ import annotations

import collections
import gc
import types
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from wengert.compiler.holders import PLAIN
from wengert.compiler.owners import is_written_in_python
from wengert.core.live import LiveNumber
from wengert.core.tape import AccumulateGrad, Node
from wengert.core.tensor import Tensor
from wengert.trees import LEAF

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

NAMED = (type, types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.ModuleType, np.ufunc)
"""What has a name in a program, and is the same for all calls unless the call made it."""

NEVER = (Node, AccumulateGrad, np.ndarray, BaseException)
"""What is not made of its attributes alone."""


class Part(NamedTuple):
    """How an object is made: of the objects before it that are named, or, where numbers are negative, of leaves."""

    make: Callable[[list[Any]], Any]
    of: list[int]


class Given:
    """A result that is a container among the arguments: by which keys and indices it is found there."""

    def __init__(self, path: tuple[Any, ...]) -> None:
        self._path = path

    def found(self, arguments: Any) -> Any:
        """The one of a call, of whose arguments the containers are like those that were recorded."""
        for key in self._path:
            arguments = arguments[key]
        return arguments


class Assembly:
    """How a result is made of its leaves."""

    def __init__(self, parts: list[Part]) -> None:
        self._parts = parts

    def unflatten(self, leaves: list[Any]) -> Any:
        """The result with other leaves."""
        made: list[Any] = []
        for make, of in self._parts:
            made.append(make([made[i] if i >= 0 else leaves[~i] for i in of]))
        return made[-1]


class Apart:
    """A result that is taken apart.

    Attributes:
        leaves: tensors, and what stays as it is.
        structure: puts leaves in their places.
        reason: why no other call can return the like; None if it can.
    """

    def __init__(
        self, result: Any, is_known: Callable[[Any], bool], given: Containers, is_new: Callable[[Any], bool]
    ) -> None:
        """Take a result apart.

        Args:
            result: what the function returned.
            is_known: whether the function can reach an object without its arguments: it is held to be what it is.
            given: the containers among the arguments.
            is_new: whether the call has made an object.
        """
        self._is_known, self._given, self._is_new = is_known, given, is_new
        self.leaves: list[Any] = []
        self.reason: str | None = None
        self._parts: list[Part] = []
        self._numbers: dict[int, int] = {}
        self._open: set[int] = set()
        number = self._number(result)
        self.structure: Any = LEAF if number == ~0 and not self._parts else Assembly(self._parts)

    def _number(self, value: Any) -> int:
        """The number of a part; a negative one for a leaf."""
        found = self._numbers.get(id(value))
        if found is not None:
            return found
        if id(value) in self._given and not isinstance(value, Tensor):
            value = self._argument(self._given[id(value)].path)
        way = None if self._stays(value) else self._way(value)
        if way is None:
            number = ~len(self.leaves)
            self.leaves.append(value)
        elif id(value) in self._open:
            self.reason = "it returns an object that contains itself"
            return ~0
        else:
            make, inner = way
            self._open.add(id(value))
            of = [self._number(each) for each in inner]
            self._open.discard(id(value))
            number = len(self._parts)
            self._parts.append(Part(make, of))
        self._numbers[id(value)] = number
        return number

    def _argument(self, path: tuple[Any, ...] | None) -> Any:
        if path is None:
            self.reason = "it returns a container that it was given twice"
            return None
        return Given(path)

    def _stays(self, value: Any) -> bool:
        """Whether a value is a leaf: a tensor, or what is returned as it is."""
        if isinstance(value, Tensor | Given) or (isinstance(value, PLAIN) and not getattr(value, "__dict__", None)):
            return True
        if self._is_known(value):
            return True
        if isinstance(value, tuple) or not (isinstance(value, NAMED) or gc.is_tracked(value)):
            return False
        return not self._is_new(value)

    def _way(self, value: Any) -> tuple[Callable[[list[Any]], Any], list[Any]] | None:
        """How to make a new value, and what of; None where it cannot be made, and the reason is told."""
        cls = type(value)
        if cls is list or cls is tuple:
            return cls, [*value]
        if cls is dict and all(isinstance(key, PLAIN) and type(key) is not LiveNumber for key in value):
            keys = [*value]
            return (lambda values: dict(zip(keys, values, strict=True))), [*value.values()]
        base = base_of(cls)
        if not isinstance(value, (*NAMED, *NEVER)):
            if cls is types.SimpleNamespace:
                own = vars(value)
                return (lambda values: types.SimpleNamespace(**dict(zip(own, values, strict=True)))), [*own.values()]
            if base in FILLED:
                inner = list(TAKEN[base](value)) if base in TAKEN else list(value)
                more, names, slots = attributes_in(value)
                return (lambda values: filled(cls, base, values, len(inner), names, slots)), [*inner, *more]
        self.reason = f"it returns a new {cls.__module__}.{cls.__qualname__}, which cannot be made but by itself"
        return None


def base_of(cls: type) -> type | None:
    """The class that says how objects are laid out; None for one of a library that is written in C."""
    base = next(each for each in cls.__mro__ if not is_written_in_python(each))
    try:
        return base if base is not object or object.__new__(cls) is not None else None
    except TypeError:
        return None


def attributes_in(value: Any) -> tuple[list[Any], list[str], list[Any]]:
    """The attributes of an object, the names of those that are in its `__dict__`, and what sets the others."""
    own = getattr(value, "__dict__", {})
    slots = [
        member
        for each in type(value).__mro__
        for member in vars(each).values()
        if isinstance(member, types.MemberDescriptorType) and is_written_in_python(each) and is_set(member, value)
    ]
    return [*own.values(), *(member.__get__(value) for member in slots)], [*own], slots


def is_set(member: Any, value: Any) -> bool:
    """Whether there is something in a slot."""
    try:
        member.__get__(value)
    except AttributeError:
        return False
    return True


def filled(cls: Any, base: Any, values: list[Any], count: int, names: list[str], slots: list[Any]) -> Any:
    """A new object of a class: what its base holds, and its attributes."""
    made = FILLED[base](cls, values[:count])
    if names:
        made.__dict__.update(zip(names, values[count:], strict=False))
    for member, value in zip(slots, values[count + len(names) :], strict=True):
        member.__set__(made, value)
    return made


def _list(cls: Any, values: list[Any]) -> Any:
    if cls is list:
        return values
    made = list.__new__(cls)
    list.extend(made, values)
    return made


def _mapping(base: Any) -> Callable[[Any, list[Any]], Any]:
    def make(cls: Any, values: list[Any]) -> Any:
        made = base.__new__(cls)
        if base is collections.defaultdict:
            base.__init__(made, values.pop(0))
        for key, value in zip(values[::2], values[1::2], strict=True):
            base.__setitem__(made, key, value)
        return made

    return make


def _set(cls: Any, values: list[Any]) -> Any:
    made = set.__new__(cls)
    set.update(made, values)
    return made


def _deque(cls: Any, values: list[Any]) -> Any:
    made = collections.deque.__new__(cls)
    collections.deque.__init__(made, values[1:], values[0])
    return made


def pairs(mapping: Any) -> Iterable[Any]:
    """Keys and values in turn."""
    return chain.from_iterable(dict.items(mapping))


FILLED: dict[Any, Callable[[Any, list[Any]], Any]] = {
    object: lambda cls, _: object.__new__(cls),
    list: _list,
    tuple: tuple.__new__,
    dict: _mapping(dict),
    collections.OrderedDict: _mapping(collections.OrderedDict),
    collections.defaultdict: _mapping(collections.defaultdict),
    set: _set,
    frozenset: frozenset.__new__,
    collections.deque: _deque,
}
"""How an object is made that is of a class or derives from it: of what that class holds."""

TAKEN: dict[Any, Callable[[Any], Iterable[Any]]] = {
    object: lambda _: (),
    dict: pairs,
    collections.OrderedDict: pairs,
    collections.defaultdict: lambda mapping: chain([mapping.default_factory], pairs(mapping)),
    collections.deque: lambda deque: chain([deque.maxlen], deque),
}
"""What such a class holds, where that is more than its elements."""


class Held(NamedTuple):
    """A container, or a tensor with attributes, what was in it, and where among the arguments it is; None if twice."""

    value: Any
    contents: list[Any]
    path: tuple[Any, ...] | None


Containers = dict[int, Held]
"""By identity."""


def containers_in(arguments: Any) -> Containers:
    """The containers and tensors among arguments, and what is in them or written on them."""
    found: Containers = {}
    todo: list[tuple[Any, tuple[Any, ...]]] = [(arguments, ())]
    while todo:
        value, path = todo.pop()
        if id(value) in found:
            found[id(value)] = found[id(value)]._replace(path=None)
        elif isinstance(value, (list, dict, tuple, Tensor)):
            found[id(value)] = Held(value, contents_of(value), path)
            if not isinstance(value, Tensor):
                inner = dict.items(value) if isinstance(value, dict) else enumerate(value)
                todo += [(each, (*path, key)) for key, each in inner]
    return {key: held for key, held in found.items() if not isinstance(held.value, tuple)}


def contents_of(container: Any) -> list[Any]:
    """What is in a list or dictionary, in order, and the attributes that users gave it."""
    if isinstance(container, Tensor):
        return [each for name, value in container.__dict__.items() if name != "_grad" for each in (name, value)]
    own = [*pairs(container)] if isinstance(container, dict) else list(container)
    return [*own, *pairs(getattr(container, "__dict__", {}))]


def are_unchanged(containers: Iterable[Held]) -> bool:
    """Whether containers hold the very objects that they held."""
    for container, held, _ in containers:
        now = contents_of(container)
        if len(now) != len(held) or any(a is not b for a, b in zip(now, held, strict=True)):
            return False
    return True

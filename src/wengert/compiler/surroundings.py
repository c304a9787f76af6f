"""What a function can see besides its arguments: the Python values it may read, and the tensors it may use.

    Surroundings := holders (a dictionary, list or object, and what it held), tensors, or a reason why it cannot be told

A compiled function must not go on with a number that has changed since. So every value that can be reached from its
closure, its globals and its arguments is held, and compared by identity before each call. What cannot be looked into
(an iterator, a random number generator of Python's) is a reason not to compile.

Knows Python objects. Must not know graphs.
"""

from __future__ import annotations

import abc
import builtins
import collections
import dis
import enum
import functools
import opcode
import operator
import sys
import types
import weakref
from typing import TYPE_CHECKING, Any

import numpy as np

from wengert.compiler.holders import (
    CACHE,
    But,
    Holder,
    Read,
    Together,
    alike,
    attributes,
    attributes_of_class,
    attributes_of_wrapper,
    cached,
    classes_of,
    contents,
    defaults,
    factory,
    given,
    hooks_of,
    hooks_there,
    is_plain,
    items,
    own_attributes,
    referent,
    registrations,
    slots,
)
from wengert.compiler.instances import Instances
from wengert.compiler.owners import is_ours, is_users, is_users_class
from wengert.compiler.telltales import BY_NUMPY_RANDOM, OTHER_WORLDS, SETTINGS, TELLTALE, telltale, telltale_object
from wengert.core.hooks import EVERYWHERE, RemovableHandle
from wengert.core.tape import AccumulateGrad, Node
from wengert.core.tensor import Tensor
from wengert.functions.making.random import Generator, default_generator

if TYPE_CHECKING:
    from collections.abc import Iterable


MOST = 20_000
"""So many values are looked at; a function that reaches more is not compiled."""

OPAQUE = (
    types.BuiltinFunctionType, np.ufunc, RemovableHandle, Node, AccumulateGrad, operator.itemgetter,
    types.MemberDescriptorType, type(Holder.read),
)  # fmt: skip
"""What counts as the thing it is, and is not looked into."""

SHOWING = {"param_groups", "state_dict", "get_last_lr", "get_lr", "repr", "pickle", "deepcopy"}
"""By what Python gets to see the options of an optimizer."""

ASKED_FOR = {"Tensor", "Parameter"}
"""Types that tensors do not have while a call is recorded, though isinstance() says so."""

WAYS: tuple[tuple[Any, str], ...] = (
    (Tensor, "_tensor"),
    ((types.FunctionType, types.MethodType, functools.partial), "_function"),
    (type, "_type"),
    (types.ModuleType, "_module"),
    (Generator, "_generator"),
    (OPAQUE, "_nothing"),
    ((dict, types.MappingProxyType), "_mapping"),
    ((list, tuple, set, frozenset, collections.deque), "_sequence"),
    ((property, functools.cached_property), "_property"),
    ((staticmethod, classmethod), "_wrapped"),
    (weakref.ref, "_reference"),
    ((np.ndarray, np.void), "_array"),
    (type(vars(abc.ABC)["_abc_impl"]), "_registry"),
)
"""How each type of value is looked into; the first that fits."""


class Surroundings:
    """The Python values and tensors that can be reached from some roots.

    Attributes:
        tensors: each once, in the order in which they were met.
        generators: of random numbers, among them the one that draws where none is given.
        read_anew: by id, the options of which a recorded call reads some numbers itself.
        asks_types: whether it calls type().
        reason: why this cannot be trusted; None if it can.
    """

    def __init__(self, roots: Iterable[Any]) -> None:
        self._roots = list(roots)
        self.tensors: list[Tensor] = []
        self.generators: list[Generator] = [default_generator]
        self.reason: str | None = None
        self.asks_types = False
        self._holders: list[Holder] = []
        self._seen: dict[int, Any] = {}
        self._classes: set[type] = set()
        self._modules: set[tuple[int, Any]] = set()
        self._instances = Instances()
        self._objects: list[Any] = []
        self._optimizers: list[Any] = []
        self._new: list[Any] = []
        self.read_anew: dict[int, Any] = {}
        self._todo = list(self._roots)
        for hooks in EVERYWHERE:
            self._hold(items, hooks)
        self._look()
        while self.read_anew and any(map(self._is_shown, self._optimizers)):
            for group in self.read_anew.values():  # as any other dictionary
                self._hold(items, group)
            self.read_anew = {}
            self._look()
        self._holders += self._instances.holders()
        leaves = [tensor.node for tensor in self.tensors if isinstance(tensor.node, AccumulateGrad)]
        for read, values in ((hooks_there, leaves), (classes_of, self._objects)):
            if values:
                self._holders.append(Holder(read, values, read(values)))
        self._together = Together(self._holders)

    def _look(self) -> None:
        while self.reason is None:
            if self._todo:
                self._visit(self._todo.pop())
            elif self._new:
                self._options(self._new.pop())
            else:
                self._todo = self._instances.reached()
                if not self._todo:
                    return
            if len(self._seen) > MOST:
                self.reason = f"more than {MOST} Python values can be reached from it"

    def same(self) -> bool:
        """Whether everything is still what it was."""
        return self._together.same() or self._alike()

    def _alike(self) -> bool:
        """Whether other objects are equal to those that were there; they are held from now on."""
        for read, holder, held in self._holders:
            now = read(holder)
            if len(now) != len(held) or not all(map(alike, now, held)):
                return False
            held[:] = now
        self._together = Together(self._holders)
        return True

    def is_known(self, value: Any) -> bool:
        """Whether a value was met here."""
        return self._seen.get(id(value)) is value

    def changed(self) -> bool:
        """Whether a call of the function has changed anything but what optimizers keep, which begin with nothing."""
        own = [each for optimizer in self._optimizers for each in (optimizer, optimizer.state)]
        return not self.same() and any(
            len(now := read(holder)) != len(held) or not all(map(alike, now, held))
            for read, holder, held in self._holders
            if not any(holder is each for each in own)
        )

    def snapshot(self) -> list[Any]:
        """Where the streams of random numbers are."""
        return [generator.snapshot() for generator in self.generators]

    def restore(self, states: list[Any]) -> None:
        """Let them go on from there."""
        for generator, state in zip(self.generators, states, strict=True):
            generator.restore(state)

    def again(self) -> Surroundings | None:
        """The same looked at anew, if nothing has changed but that other tensors are where tensors were."""
        new = Surroundings(self._roots)
        if (
            new.reason is not None
            or len(new._holders) != len(self._holders)
            or new.read_anew.keys() != self.read_anew.keys()
        ):
            return None
        for (read, _, now), (before, _, held) in zip(new._holders, self._holders, strict=True):
            if type(read) is not type(before) or len(now) != len(held):
                return None
            for a, b in zip(now, held, strict=True):
                if not alike(a, b) and not (type(a) is type(b) is Tensor):
                    return None
        return new

    # ------------------------------------------------------------------------ looking around

    def _hold(self, read: Any, holder: Any, names: frozenset[str] | None = None) -> None:
        """Remember what a holder holds, and look into that; into modules only for some names, if they are given."""
        held = list(read(holder))
        self._holders.append(Holder(read, holder, held))
        for value in held:
            if names is not None and isinstance(value, types.ModuleType):
                self._module(value, names)
            else:
                self._todo.append(value)

    def _visit(self, value: Any) -> None:
        if is_plain(value) and not getattr(value, "__dict__", None):
            return
        if id(value) in self._seen:
            return
        self._seen[id(value)] = value  # held, so that no other object gets its id
        if is_plain(value):  # of a class derived from int, str and the like, or a member of an Enum
            self._hold(own_attributes if isinstance(value, enum.Enum) else attributes, value)
            return
        for kinds, look in WAYS:
            if isinstance(value, kinds):
                getattr(self, look)(value)
                return
        self._instances.meet(type(value))
        reason = telltale_object(value)
        if reason is None:
            self._object(value)
        else:
            self.reason = reason

    def _nothing(self, value: Any) -> None:
        """Of a value that counts as the thing it is; of a method in C, what it is a method of."""
        self._instances.meet(value)
        self._tell(value)
        if isinstance(value, types.BuiltinFunctionType) and not isinstance(value.__self__, types.ModuleType | None):
            self._todo.append(value.__self__)

    def _tell(self, value: Any) -> None:
        self.reason = telltale(value) or self.reason

    def _generator(self, value: Any) -> None:
        self.generators.append(value)

    def _type(self, cls: type) -> None:
        """A class that is named: what its users may read of it, too."""
        self._instances.meet(cls)
        self._tell(cls)
        if self._instances.take_class(cls):
            return
        for each in cls.__mro__:
            if is_users_class(each):
                self._class(each)

    def _mapping(self, value: Any) -> None:
        self._hold(items, value)
        if isinstance(value, collections.defaultdict):
            self._hold(factory, value)
        if type(value) not in (dict, types.MappingProxyType):
            self._object(value)

    def _sequence(self, value: Any) -> None:
        self._hold(list, value)
        if is_users_class(type(value)):
            self._object(value)

    def _property(self, value: Any) -> None:
        """What computes an attribute."""
        self._todo += [value.fget, value.fset] if isinstance(value, property) else [value.func]

    def _wrapped(self, value: Any) -> None:
        """The function that a class makes a method of in its own way."""
        self._todo.append(value.__func__)

    def _reference(self, value: Any) -> None:
        self._hold(referent, value)

    def _registry(self, value: Any) -> None:
        """Which classes count as others, which cannot be seen but for whether something was registered."""
        self._holders.append(Holder(registrations, value, registrations(value)))

    def _array(self, value: Any) -> None:
        self.reason = "it reads a NumPy array, which may change without notice"

    def _tensor(self, tensor: Tensor) -> None:
        self.tensors.append(tensor)
        if isinstance(tensor.node, AccumulateGrad) and tensor.node.hooks is not None:
            self._hold(hooks_of, tensor.node)
        if tensor.__dict__:
            self._hold(attributes, tensor)

    def _object(self, value: Any) -> None:
        """An object: its class, its attributes, and what the methods of its class use."""
        self._objects.append(value)
        if type(value) is CACHE and is_users(value.__module__):
            self._hold(cached, value)
        if is_ours(type(value).__module__) and "__wrapped__" in getattr(value, "__dict__", ()):  # a compiled function
            self._hold(attributes_of_wrapper, value)
            return
        if self._instances.take(value):
            return
        if hasattr(type(value), "read_anew"):
            self._optimizer(value)
        elif hasattr(value, "__dict__"):
            self._hold(attributes, value)
        for each in type(value).__mro__:
            if "__slots__" in vars(each) and is_users_class(each):
                self._hold(slots, value)
            if is_users_class(each):
                self._class(each)

    def _optimizer(self, value: Any) -> None:
        """An optimizer of ours, whose options are looked at apart."""
        held = attributes(value)
        self._holders.append(Holder(attributes, value, held))
        self._todo += [each for each in held if each is not value.param_groups]
        self._optimizers.append(value)
        self._new.append(value)

    def _options(self, optimizer: Any) -> None:
        """Of options, those that the optimizer reads anew may be others at each call."""
        groups, read = optimizer.param_groups, But(*type(optimizer).read_anew)
        self._holders.append(Holder(list, groups, list(groups)))
        for group in groups:
            self._hold(read, group)
            self.read_anew[id(group)] = group

    def _is_shown(self, optimizer: Any) -> bool:
        """Whether anybody else may read its options: who reaches them in another way, or says their names."""
        groups = optimizer.param_groups
        by_name = not SHOWING.isdisjoint(self._instances.names)
        return by_name or any(id(each) in self._seen for each in (groups, *groups))

    def _class(self, cls: type) -> None:
        if cls not in self._classes:
            self._classes.add(cls)
            self._hold(attributes_of_class, cls)
            if is_users_class(type(cls)):
                self._type(type(cls))

    def _function(self, function: Any) -> None:
        if isinstance(function, functools.partial):
            self._todo += [function.func, function.args, function.keywords]
            return
        if isinstance(function, types.MethodType):
            self._todo += [function.__self__, function.__func__]
            return
        module = function.__globals__.get("__name__")  # __module__ may be that of what a wrapper wraps
        if not is_users(module):
            self._instances.meet(function)
            self._tell(function)
            if function.__closure__ and not hasattr(function, "primitive"):
                self._hold(contents, given(function) if is_ours(module) else function.__closure__)
            return
        code = function.__code__
        names = frozenset(names_of(code))
        self._instances.say(names, code)
        self._hold(defaults, function)
        if function.__closure__:
            self._hold(contents, function.__closure__, names)
        if function.__dict__:
            self._hold(attributes, function)
        self._globals(function.__globals__, names, looked_up(code))
        if imports(code):
            for name in names & set(sys.modules):
                self._module(sys.modules[name], names)

    def _globals(self, namespace: dict[str, Any], names: frozenset[str], looked_up: frozenset[str]) -> None:
        """What a function looks up in its module; attributes may have the same names and are no reason for anything."""
        there = sorted(name for name in looked_up if name in namespace)
        for name in sorted(looked_up - set(there)):
            if name in TELLTALE and hasattr(builtins, name):
                self.reason = TELLTALE[name]
        for name in sorted(names & SETTINGS):
            self.reason = f"it uses {name}()"
        self.asks_types |= "type" in looked_up
        if "type" in looked_up and names & ASKED_FOR and "type" not in namespace:
            self.reason = "it asks whether the type of something is Tensor, where isinstance() would do"
        if there:
            self._hold(Read(*there), namespace, names)

    def _module(self, module: Any, names: frozenset[str] | None = None) -> None:
        """A module: what is read of it, by the names that a function uses; all of it where these are not known."""
        if (id(module), names) in self._modules:
            return
        self._modules.add((id(module), names))
        top = module.__name__.partition(".")[0]
        if top in OTHER_WORLDS:
            self.reason = f"it uses the module {top}"
        self._instances.meet(module)
        if top == "numpy" and (names is None or "random" in names or module.__name__.startswith("numpy.random")):
            self.reason = BY_NUMPY_RANDOM
        elif is_users(module.__name__):
            there = sorted(
                name
                for name in vars(module)
                if name == "__getattr__" or (name[:2] != "__" if names is None else name in names)
            )
            if there:
                self._hold(Read(*there), vars(module), names)


def names_of(code: types.CodeType) -> Iterable[str]:
    """All names that a function and those inside of it look up; also those that it may make of its strings."""
    yield from code.co_names
    by_text = not {"getattr", "attrgetter", "__dict__"}.isdisjoint(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from names_of(constant)
        elif by_text and isinstance(constant, str):
            yield constant


@functools.lru_cache(1024)
def looked_up(code: types.CodeType) -> frozenset[str]:
    """Those that are no attributes: what a function and those inside of it look up among globals and builtins."""
    own = {each.argval for each in dis.get_instructions(code) if each.opcode in BY_NAME}
    inner = (looked_up(constant) for constant in code.co_consts if isinstance(constant, types.CodeType))
    return frozenset(own.union(*inner))


BY_NAME = {code for code in dis.hasname if "ATTR" not in dis.opname[code] and "METHOD" not in dis.opname[code]}


def imports(code: types.CodeType) -> bool:
    """Whether a function, or one inside of it, imports modules."""
    inner = (constant for constant in code.co_consts if isinstance(constant, types.CodeType))
    return IMPORT in code.co_code[::2] or any(map(imports, inner))


IMPORT = opcode.opmap["IMPORT_NAME"]

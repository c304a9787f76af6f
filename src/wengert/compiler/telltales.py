"""What tells of a function that it does, or depends on, something that is not to be seen: names, and what they mean.

Knows Python objects and the names of modules. Must not know what else is looked at.
"""

from __future__ import annotations

import builtins
import collections
import functools
import threading
import types
from typing import Any

from wengert.compiler.owners import is_ours, is_written_in_python

TELLTALE = {
    "print": "it prints", "input": "it reads input", "open": "it opens a file", "next": "it takes from an iterator",
    "exec": "it runs code from text", "eval": "it runs code from text", "globals": "it reads its globals by name",
    "locals": "it reads its locals by name", "vars": "it reads attributes by name", "id": "it asks for identities",
    "setattr": "it sets attributes by name", "breakpoint": "it stops in a debugger",
}  # fmt: skip
"""Builtins whose use means that a call does, or depends on, something that is not to be seen."""

SETTINGS = {
    "manual_seed", "initial_seed", "get_rng_state", "set_rng_state", "fork_rng", "get_num_threads", "set_num_threads",
    "get_default_dtype", "set_default_dtype", "rvs", "getcontext", "localcontext", "__subclasses__",
}  # fmt: skip
"""What reads or changes the state of torch itself, or of other libraries, which is not to be seen either."""

OTHER_WORLDS = {
    "random", "_random", "time", "datetime", "_datetime", "os", "posix", "nt", "sys", "io", "_io", "secrets", "uuid",
    "threading", "_thread", "concurrent", "multiprocessing", "asyncio", "queue", "_queue", "subprocess", "socket",
    "_socket", "logging", "tempfile", "shutil", "pathlib", "inspect", "gc", "pprint", "select", "signal", "ctypes",
    "_ctypes", "mmap", "array", "sqlite3", "urllib", "http",
}  # fmt: skip
"""Modules of which the same holds, and of what is defined in them."""

BY_NUMPY_RANDOM = "it may draw numbers from numpy.random"

SEEN_BY_PYTHON = {
    object, BaseException, functools.partial, type(functools.lru_cache(len)), property,
    types.GenericAlias, functools.cached_property, dict, list, tuple, set, frozenset, collections.deque,
    collections.OrderedDict, collections.defaultdict,
}  # fmt: skip
"""How objects may be laid out whose state Python can see; other classes in C keep what no attribute shows."""

IMMUTABLE_MODULES = {"datetime", "_datetime", "pathlib", "uuid", "zoneinfo"}
"""Those of them whose objects do not change, though their classes may tell the time or read files."""


def telltale(value: Any) -> str | None:
    """Why a function that reaches another, or a class, cannot be compiled, under whatever name it does so."""
    module, name = getattr(value, "__module__", None), getattr(value, "__name__", None)
    if not isinstance(module, str):
        module = getattr(type(getattr(value, "__self__", None)), "__module__", None)
    if not isinstance(module, str) or not isinstance(name, str):
        return None
    if module == "builtins" and name in TELLTALE and getattr(builtins, name, None) is value:
        return TELLTALE[name]
    if module.startswith("numpy.random"):
        return BY_NUMPY_RANDOM
    if is_ours(module) and name in SETTINGS:
        return f"it uses {name}()"
    return f"it uses {module}.{name}" if module.partition(".")[0] in OTHER_WORLDS else None


def telltale_object(value: Any) -> str | None:
    """The same of an object: where its class is one of those, or keeps in C what no attribute shows."""
    cls = type(value)
    if _top(cls) in IMMUTABLE_MODULES or issubclass(cls, threading.local):  # that one has a __dict__ for each thread
        return None
    module = cls.__module__ if isinstance(cls.__module__, str) else "builtins"
    base = next(each for each in cls.__mro__ if not is_written_in_python(each))
    if base in SEEN_BY_PYTHON and not any(_top(each) in OTHER_WORLDS for each in cls.__mro__):
        return None
    return f"it can reach a {module}.{cls.__qualname__}, whose state is not to be seen"


def _top(cls: type) -> str:
    module = cls.__module__ if isinstance(cls.__module__, str) else "builtins"
    return module.partition(".")[0]

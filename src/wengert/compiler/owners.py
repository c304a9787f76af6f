"""Whose a module or class is: wengert's, Python's and its libraries', or the user's.

Knows the names of modules. Must not know what is in them.
"""

from __future__ import annotations

import functools
import sys
import types


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


def is_users_class(cls: type) -> bool:
    """Whether a class is the user's own. One of a namespace without a name says that it is a builtin."""
    module = cls.__module__
    if not isinstance(module, str):  # as in Cython
        return False
    return is_users(module) or (module == "builtins" and is_written_in_python(cls))


@functools.lru_cache(4096)
def is_written_in_python(cls: type) -> bool:
    """Whether a class was made by a class statement: like some in C it is on the heap, but has no methods in C."""
    if not cls.__flags__ & ON_THE_HEAP:
        return False
    return not any(isinstance(each, IN_C) and each.__objclass__ is cls for each in list(vars(cls).values()))


ON_THE_HEAP = 1 << 9
"""What Python sets in the flags of such classes."""

IN_C = types.MethodDescriptorType, types.WrapperDescriptorType
"""Methods in C."""

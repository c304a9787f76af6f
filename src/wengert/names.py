"""What to say when a name is missing.

Knows: how to find near names and how to word the error. Must not know: which names wengert has; callers say.
"""

import difflib
import importlib
from collections.abc import Iterable
from typing import Any

__all__ = ["missing_attribute", "near_names"]


def near_names(name: str, available: Iterable[str]) -> list[str]:
    """The public names that `name` may be a misspelling of, best first, at most three.

    >>> near_names("tanhh", ["tan", "tanh", "relu", "_tanh"])
    ['tanh', 'tan']
    """
    if name.startswith("__"):
        # Python itself probes modules for names like __wrapped__; nobody reads the suggestions of those.
        return []
    public = sorted({known for known in available if not known.startswith("_")})
    folded = {known.casefold(): known for known in public}
    near = difflib.get_close_matches(name.casefold(), folded, n=3, cutoff=0.6)
    return [folded[match] for match in near]


def later(namespace: dict[str, Any], name: str, module: str) -> Any:
    """Import what a module offers only when it is asked for, and keep it in the module's namespace.

    >>> namespace = {}
    >>> later(namespace, "sqrt", "math")(4.0), "sqrt" in namespace
    (2.0, True)

    A name that is the module's own stands for the module.
    """
    found = importlib.import_module(module)
    value = found if module.rpartition(".")[2] == name and not hasattr(found, name) else getattr(found, name)
    namespace[name] = value
    return value


def missing_attribute(module_name: str, name: str, available: Iterable[str]) -> AttributeError:
    """The error for a name that a module lacks: PyTorch's words first, then what is near and what to do.

    >>> print(missing_attribute("torch", "sinn", ["sin", "sinh", "cos"]))
    module 'torch' has no attribute 'sinn'
    wengert has these near names: sin, sinh. Try: torch.sin

    A module's `__getattr__` raises what this returns:

    >>> def __getattr__(name: str) -> object:
    ...     raise missing_attribute("torch", name, ["tensor", "zeros"])
    """
    near = near_names(name, available)
    if near:
        advice = f"wengert has these near names: {', '.join(near)}. Try: {module_name}.{near[0]}"
    else:
        advice = f"wengert has no name near it. Try: dir({module_name}) for the names that are there"
    # `name` is set and `obj` is not, so that Python does not append a second suggestion of its own to the last line.
    return AttributeError(f"module {module_name!r} has no attribute {name!r}\n{advice}", name=name)

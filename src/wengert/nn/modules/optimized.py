"""What compile makes of a Module: a Module around it, whose calls are compiled.

Knows modules and that functions can be compiled. Must not know how.
"""

from __future__ import annotations

import copy
from typing import Any

from wengert.compiler.compiled import ANSWERS, CompiledFunction
from wengert.compiler.instances import READ_BY_ITSELF
from wengert.errors import ArgumentTypeError
from wengert.nn.modules.module import FIELDS, Module


class OptimizedModule(Module):
    """A module whose calls are compiled.

    >>> import wengert as torch
    >>> net = torch.compile(torch.nn.Linear(3, 2))
    >>> net
    OptimizedModule(
      (_orig_mod): Linear(in_features=3, out_features=2, bias=True)
    )
    >>> list(net.state_dict())
    ['_orig_mod.weight', '_orig_mod.bias']
    >>> net.in_features
    3

    Args:
        module: what is called; its hooks are compiled with it.
        compiled: the compiled call. What it can show of itself (`graph()`, `kernels()`, `cache_info()`, ...) is found
            here too, unless the module has an attribute of that name.

    Attributes are read from the module and written on it, as in PyTorch, whose class has the same name.
    """

    _orig_mod: Module

    def __init__(self, module: Module, compiled: CompiledFunction) -> None:
        super().__init__()
        own = self.__dict__
        own["_modules"]["_orig_mod"] = module
        own["_compiled"], own["training"] = compiled, module.training

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """The result of the module."""
        return self._compiled(*args, **kwargs)

    def __len__(self) -> int:
        module: Any = self._orig_mod
        if hasattr(type(module), "__len__"):
            return len(module)
        raise ArgumentTypeError(f"{type(module).__name__} does not support len()")

    def __bool__(self) -> bool:
        return bool(self._orig_mod)

    def __getattr__(self, name: str) -> Any:
        module = self.__dict__["_modules"]["_orig_mod"]
        if name == "_orig_mod":
            return module
        compiled = self.__dict__.get("_compiled")
        if name[0] != "_" and hasattr(CompiledFunction, name) and not hasattr(module, name):
            return getattr(compiled, name)
        return getattr(module, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "training":
            self.__dict__[name] = value
        else:
            setattr(self._orig_mod, name, value)

    def __delattr__(self, name: str) -> None:
        delattr(self._orig_mod, name)

    def __deepcopy__(self, memo: dict[int, Any]) -> OptimizedModule:
        module = copy.deepcopy(self._orig_mod, memo)
        made = memo[id(self)] = OptimizedModule(module, self._compiled.of(module))
        made.training = self.training
        return made

    def __reduce__(self) -> Any:
        return type(self)._again, (self._orig_mod,)

    @classmethod
    def _again(cls, module: Module) -> OptimizedModule:
        return cls(module, CompiledFunction(module))


ANSWERS[Module] = OptimizedModule

ASKED_FOR = ["right_inverse", "reset_parameters", "reset_running_stats", "momentum"]
"""What functions that are given modules ask them for, beside what every module has."""

READ_BY_ITSELF[Module] = frozenset([*FIELDS, *dir(Module), *ASKED_FOR])

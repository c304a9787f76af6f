"""Modules without the work of drawing their first parameters."""

from __future__ import annotations

from inspect import signature
from typing import Any

from wengert import errors
from wengert.nn.modules.module import Module

__all__ = ["skip_init"]


def skip_init(module_cls: Any, *args: Any, **kwargs: Any) -> Any:
    """A module whose parameters are not initialised: they hold whatever was in memory.

    >>> import wengert as torch
    >>> torch.nn.utils.skip_init(torch.nn.Linear, 2, 3)
    Linear(in_features=2, out_features=3, bias=True)

    Raises:
        RuntimeError: for what is no module, or takes no device.
    """
    if not issubclass(module_cls, Module):
        raise errors.ShapeError(f"Expected a Module; got {module_cls}")
    if "device" not in signature(module_cls).parameters:
        raise errors.ShapeError("Module must support a 'device' arg to skip initialization")
    kwargs.pop("device", None)
    plain = type(module_cls.__name__, (module_cls,), {"reset_parameters": lambda _self: None})
    made = plain(*args, **kwargs)
    made.__class__ = module_cls
    return made

"""torch.nn: layers, losses and what they are made of. Imported piece by piece, when a name is asked for."""

from importlib import import_module
from typing import Any

from wengert.names import missing_attribute

SUBMODULES = ("functional", "init", "modules", "parameter", "utils")
PARAMETERS = ("Buffer", "Parameter", "UninitializedBuffer", "UninitializedParameter")


def __getattr__(name: str) -> Any:
    if name in SUBMODULES:
        return import_module(f"wengert.nn.{name}")
    if name in PARAMETERS:
        globals()[name] = getattr(import_module("wengert.nn.parameter"), name)
        return globals()[name]
    modules = import_module("wengert.nn.modules")
    if name == "__all__":
        return sorted([*SUBMODULES, *PARAMETERS, *modules.__all__])
    if name in modules.__all__:
        globals()[name] = getattr(modules, name)
        return globals()[name]
    raise missing_attribute("torch.nn", name, __dir__())


def __dir__() -> list[str]:
    return sorted([*SUBMODULES, *PARAMETERS, *import_module("wengert.nn.modules").__all__])

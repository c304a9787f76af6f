"""torch.nn.modules: the layers, one noun per file."""

from wengert.nn.modules.container import ModuleDict, ModuleList, ParameterDict, ParameterList, Sequential
from wengert.nn.modules.linear import Identity
from wengert.nn.modules.module import Module

__all__ = ["Identity", "Module", "ModuleDict", "ModuleList", "ParameterDict", "ParameterList", "Sequential"]

"""torch.utils: checkpointing, the handles of hooks, and loading of data."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from wengert.names import missing_attribute
from wengert.utils import checkpoint, hooks

if TYPE_CHECKING:
    from wengert.utils import data

__all__ = ["checkpoint", "data", "hooks"]


def __getattr__(name: str) -> Any:
    if name == "data":  # with multiprocessing, which a program that loads no data is not to wait for
        return import_module("wengert.utils.data")
    raise missing_attribute("torch.utils", name, __all__)

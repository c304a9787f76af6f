"""torch.utils: checkpointing, the handles of hooks, loading of data, logs, and files for TensorBoard."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from wengert.names import missing_attribute
from wengert.utils import checkpoint, hooks

if TYPE_CHECKING:
    from wengert.utils import data, logs, tensorboard

__all__ = ["checkpoint", "data", "hooks", "logs", "tensorboard"]


def __getattr__(name: str) -> Any:
    if name in ("data", "logs", "tensorboard"):  # with multiprocessing and sockets, which few programs are to wait for
        return import_module(f"wengert.utils.{name}")
    raise missing_attribute("torch.utils", name, __all__)

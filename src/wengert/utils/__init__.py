"""torch.utils: checkpointing and the handles of hooks."""

from wengert.utils import checkpoint, hooks

__all__ = ["checkpoint", "hooks"]

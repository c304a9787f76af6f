"""torch.utils.hooks: what registering a hook returns."""

from wengert.core.hooks import RemovableHandle

__all__ = ["RemovableHandle"]

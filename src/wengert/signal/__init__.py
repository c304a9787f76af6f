"""torch.signal."""

from wengert.signal import windows

__all__ = ["windows"]

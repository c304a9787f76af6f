"""torch.nn."""

from wengert.nn import functional

__all__ = ["functional"]

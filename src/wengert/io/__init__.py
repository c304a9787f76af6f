"""Saving and loading: files of tensors and plain containers, which hold no code."""

from wengert.io.checkpoints import Checkpoint, Checkpoints
from wengert.io.saving import load, save

__all__ = ["Checkpoint", "Checkpoints", "load", "save"]

"""The module that mixes groups of channels."""

from __future__ import annotations

from wengert.core.tensor import Tensor
from wengert.nn import functional
from wengert.nn.modules.module import Module


class ChannelShuffle(Module):
    """The channels of all groups in turn.

    >>> import wengert as torch
    >>> torch.nn.ChannelShuffle(2)(torch.arange(4).reshape(1, 4, 1)).flatten()
    tensor([0, 2, 1, 3])
    """

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.groups = groups

    def forward(self, input: Tensor) -> Tensor:
        return functional.channel_shuffle(input, self.groups)

    def extra_repr(self) -> str:
        return f"groups={self.groups}"

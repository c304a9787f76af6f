"""Modules that move elements between channels and pixels."""

from __future__ import annotations

from wengert.core.tensor import Tensor
from wengert.nn import functional
from wengert.nn.modules.module import Module


class PixelShuffle(Module):
    """Each r * r channels become one that is r times as high and wide.

    >>> import wengert as torch
    >>> torch.nn.PixelShuffle(2)(torch.arange(4).reshape(4, 1, 1))
    tensor([[[0, 1],
             [2, 3]]])
    """

    def __init__(self, upscale_factor: int) -> None:
        super().__init__()
        self.upscale_factor = upscale_factor

    def forward(self, input: Tensor) -> Tensor:
        return functional.pixel_shuffle(input, self.upscale_factor)

    def extra_repr(self) -> str:
        return f"upscale_factor={self.upscale_factor}"


class PixelUnshuffle(Module):
    """Each channel becomes r * r of them, of every r-th pixel.

    >>> import wengert as torch
    >>> torch.nn.PixelUnshuffle(2)(torch.arange(4).reshape(1, 2, 2)).flatten()
    tensor([0, 1, 2, 3])
    """

    def __init__(self, downscale_factor: int) -> None:
        super().__init__()
        self.downscale_factor = downscale_factor

    def forward(self, input: Tensor) -> Tensor:
        return functional.pixel_unshuffle(input, self.downscale_factor)

    def extra_repr(self) -> str:
        return f"downscale_factor={self.downscale_factor}"

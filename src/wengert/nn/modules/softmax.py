"""Softmax and its relatives, as modules."""

from __future__ import annotations

from wengert import errors
from wengert.core.tensor import Tensor
from wengert.nn import functional
from wengert.nn.modules.module import Module


class Softmax(Module):
    """exp(x) scaled to sum to one along dim.

    >>> import wengert as torch
    >>> torch.nn.Softmax(0)(torch.tensor([-1.0, 0.5, 2.0]))
    tensor([0.0391, 0.1753, 0.7856])
    """

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        return functional.softmax(input, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class Softmin(Module):
    """`Softmax` of -x.

    >>> import wengert as torch
    >>> torch.nn.Softmin(0)(torch.tensor([-1.0, 0.5, 2.0]))
    tensor([0.7856, 0.1753, 0.0391])
    """

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        return functional.softmin(input, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class LogSoftmax(Module):
    """The logarithm of `Softmax`.

    >>> import wengert as torch
    >>> torch.nn.LogSoftmax(0)(torch.tensor([-1.0, 0.5, 2.0]))
    tensor([-3.2413, -1.7413, -0.2413])
    """

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        return functional.log_softmax(input, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class Softmax2d(Module):
    """`Softmax` over the channels of each pixel.

    >>> import wengert as torch
    >>> torch.nn.Softmax2d()(torch.zeros(2, 1, 1)).flatten()
    tensor([0.5000, 0.5000])
    """

    def forward(self, input: Tensor) -> Tensor:
        if input.ndim not in (3, 4):
            raise errors.ArgumentError(f"Softmax2d: expected input to be 3D or 4D, got {input.ndim}D instead")
        return functional.softmax(input, -3)

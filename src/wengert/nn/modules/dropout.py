"""Modules that drop elements or channels at random while they are trained."""

from __future__ import annotations

from wengert import errors
from wengert.core.tensor import Tensor
from wengert.nn import functional
from wengert.nn.modules.module import Module


class Dropping(Module):
    """A module that drops something with probability p.

    Attributes:
        p: how likely.
        inplace: whether to write into the input.
    """

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        if not 0 <= p <= 1:
            raise errors.ArgumentError(f"dropout probability has to be between 0 and 1, but got {p}")
        self.p = p
        self.inplace = inplace

    def extra_repr(self) -> str:
        return f"p={self.p}, inplace={self.inplace}"


class Dropout(Dropping):
    """Elements set to 0 with probability p, the others divided by 1 - p, while it is trained.

    >>> import wengert as torch
    >>> _ = torch.manual_seed(0)
    >>> torch.nn.Dropout()(torch.ones(3))
    tensor([0., 0., 2.])
    """

    def forward(self, input: Tensor) -> Tensor:
        return functional.dropout(input, self.p, self.training, self.inplace)


class Dropout1d(Dropping):
    """Whole channels of sequences set to 0 with probability p, while it is trained.

    >>> import wengert as torch
    >>> _ = torch.manual_seed(0)
    >>> torch.nn.Dropout1d()(torch.ones(1, 3, 2)).flatten()
    tensor([0., 0., 0., 0., 2., 2.])
    """

    def forward(self, input: Tensor) -> Tensor:
        return functional.dropout1d(input, self.p, self.training, self.inplace)


class Dropout2d(Dropping):
    """Whole channels of images set to 0 with probability p, while it is trained.

    >>> import wengert as torch
    >>> _ = torch.manual_seed(0)
    >>> torch.nn.Dropout2d()(torch.ones(1, 3, 1, 1)).flatten()
    tensor([0., 0., 2.])
    """

    def forward(self, input: Tensor) -> Tensor:
        return functional.dropout2d(input, self.p, self.training, self.inplace)


class Dropout3d(Dropping):
    """Whole channels of volumes set to 0 with probability p, while it is trained.

    >>> import wengert as torch
    >>> _ = torch.manual_seed(0)
    >>> torch.nn.Dropout3d()(torch.ones(1, 3, 1, 1, 1)).flatten()
    tensor([0., 0., 2.])
    """

    def forward(self, input: Tensor) -> Tensor:
        return functional.dropout3d(input, self.p, self.training, self.inplace)


class AlphaDropout(Dropping):
    """Dropout that keeps mean 0 and variance 1, while it is trained.

    >>> import wengert as torch
    >>> _ = torch.manual_seed(0)
    >>> torch.nn.AlphaDropout()(torch.ones(3))
    tensor([-0.7792, -0.7792,  1.6656])
    """

    def forward(self, input: Tensor) -> Tensor:
        return functional.alpha_dropout(input, self.p, self.training)


class FeatureAlphaDropout(Dropping):
    """`AlphaDropout` of whole channels.

    >>> import wengert as torch
    >>> _ = torch.manual_seed(0)
    >>> torch.nn.FeatureAlphaDropout()(torch.ones(1, 3, 2)).flatten()
    tensor([-0.7792, -0.7792, -0.7792, -0.7792,  1.6656,  1.6656])
    """

    def forward(self, input: Tensor) -> Tensor:
        return functional.feature_alpha_dropout(input, self.p, self.training)

"""What torch itself offers under other signatures than torch.nn.functional does.

The kind of reduction is a number here (0 none, 1 mean, 2 sum), `training` is `train`, and nothing has a default
that PyTorch does not give it.
"""

from __future__ import annotations

from typing import Any

from wengert.core.families import shape_of
from wengert.core.tensor import Tensor
from wengert.functions.neural import noise

# ------------------------------------------------------------------------ dropout


def dropout(input: Tensor, p: float, train: bool) -> Tensor:
    """`torch.nn.functional.dropout` of which p and train have to be said.

    >>> import wengert as torch
    >>> _ = torch.manual_seed(0); torch.dropout(torch.ones(4), 0.5, True)
    tensor([0., 0., 2., 0.])
    """
    return noise.dropped(input, p, train, shape_of(input), inplace=False, name="dropout")


def dropout_(input: Tensor, p: float, train: bool) -> Tensor:
    """`dropout`, written into the tensor.

    >>> import wengert as torch
    >>> _ = torch.manual_seed(0); torch.dropout_(torch.ones(4), 0.5, True)
    tensor([0., 0., 2., 0.])
    """
    return noise.dropped(input, p, train, shape_of(input), inplace=True, name="dropout")


def feature_dropout(input: Tensor, p: float, train: bool) -> Tensor:
    """dropout of whole channels, which dimension 1 counts.

    >>> import wengert as torch
    >>> _ = torch.manual_seed(0); torch.feature_dropout(torch.ones(1, 3), 0.5, True)
    tensor([[0., 0., 2.]])
    """
    return noise.dropped(input, p, train, None, inplace=False, name="feature_dropout")


def feature_dropout_(input: Tensor, p: float, train: bool) -> Tensor:
    """`feature_dropout`, written into the tensor.

    >>> import wengert as torch
    >>> _ = torch.manual_seed(0); torch.feature_dropout_(torch.ones(1, 3), 0.5, True)
    tensor([[0., 0., 2.]])
    """
    return noise.dropped(input, p, train, None, inplace=True, name="feature_dropout")


def alpha_dropout(input: Tensor, p: float, train: bool) -> Tensor:
    """`torch.nn.functional.alpha_dropout` of which p and train have to be said.

    >>> import wengert as torch
    >>> _ = torch.manual_seed(0); torch.alpha_dropout(torch.ones(3), 0.5, True)
    tensor([-0.7792, -0.7792,  1.6656])
    """
    return noise.dropped(input, p, train, shape_of(input), inplace=False, name="alpha_dropout", alpha=True)


def alpha_dropout_(input: Tensor, p: float, train: bool) -> Tensor:
    """`alpha_dropout`, written into the tensor.

    >>> import wengert as torch
    >>> _ = torch.manual_seed(0); torch.alpha_dropout_(torch.ones(3), 0.5, True)
    tensor([-0.7792, -0.7792,  1.6656])
    """
    return noise.dropped(input, p, train, shape_of(input), inplace=True, name="alpha_dropout", alpha=True)


def feature_alpha_dropout(input: Tensor, p: float, train: bool) -> Tensor:
    """`torch.nn.functional.feature_alpha_dropout` of which p and train have to be said.

    >>> import wengert as torch
    >>> _ = torch.manual_seed(0); torch.feature_alpha_dropout(torch.ones(1, 3), 0.5, True)
    tensor([[-0.7792, -0.7792,  1.6656]])
    """
    return noise.dropped(input, p, train, None, inplace=False, name="feature_alpha_dropout", alpha=True)


def feature_alpha_dropout_(input: Tensor, p: float, train: bool) -> Tensor:
    """`feature_alpha_dropout`, written into the tensor.

    >>> import wengert as torch
    >>> _ = torch.manual_seed(0); torch.feature_alpha_dropout_(torch.ones(1, 3), 0.5, True)
    tensor([[-0.7792, -0.7792,  1.6656]])
    """
    return noise.dropped(input, p, train, None, inplace=True, name="feature_alpha_dropout", alpha=True)


def rrelu(
    input: Tensor, lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False, generator: Any = None
) -> Tensor:
    """`torch.nn.functional.rrelu`, with the generator to draw from.

    >>> import wengert as torch
    >>> torch.rrelu(torch.tensor([-1.0, 2.0]), 0.25, 0.75)
    tensor([-0.5000,  2.0000])
    """
    return noise.rrelu(input, lower, upper, training, generator=generator)


def rrelu_(
    input: Tensor, lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False, generator: Any = None
) -> Tensor:
    """`rrelu`, written into the tensor.

    >>> import wengert as torch
    >>> torch.rrelu_(torch.tensor([-1.0, 2.0]), 0.25, 0.75)
    tensor([-0.5000,  2.0000])
    """
    return noise.rrelu(input, lower, upper, training, inplace=True, generator=generator)

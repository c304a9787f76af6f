"""torch.nn.functional: the functions of neural networks."""

from typing import Any

from wengert.functions.neural import (
    cross_entropy,
    l1_loss,
    linear,
    log_softmax,
    mse_loss,
    nll_loss,
    one_hot,
    relu,
    sigmoid,
    softmax,
    tanh,
)
from wengert.names import missing_attribute

__all__ = [
    "cross_entropy",
    "l1_loss",
    "linear",
    "log_softmax",
    "mse_loss",
    "nll_loss",
    "one_hot",
    "relu",
    "sigmoid",
    "softmax",
    "tanh",
]


def __getattr__(name: str) -> Any:
    raise missing_attribute("torch.nn.functional", name, __all__)

"""torch.nn.functional: the functions of neural networks."""

from typing import Any

from wengert.functions.activations import (
    elu,
    hardsigmoid,
    hardswish,
    hardtanh,
    leaky_relu,
    relu6,
    threshold,
)
from wengert.functions.losses import (
    huber_loss,
    l1_loss,
    mse_loss,
    smooth_l1_loss,
)
from wengert.functions.neural import (
    cross_entropy,
    linear,
    log_softmax,
    nll_loss,
    one_hot,
    relu,
    sigmoid,
    softmax,
    tanh,
)
from wengert.functions.norms import (
    cosine_similarity,
    normalize,
)
from wengert.names import missing_attribute

__all__ = [
    "cosine_similarity",
    "cross_entropy",
    "elu",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "huber_loss",
    "l1_loss",
    "leaky_relu",
    "linear",
    "log_softmax",
    "mse_loss",
    "nll_loss",
    "normalize",
    "one_hot",
    "relu",
    "relu6",
    "sigmoid",
    "smooth_l1_loss",
    "softmax",
    "tanh",
    "threshold",
]


def __getattr__(name: str) -> Any:
    raise missing_attribute("torch.nn.functional", name, __all__)

"""torch.nn.functional: the functions of neural networks."""

from typing import Any

from wengert.functions.elementwise.activations import (
    elu,
    hardsigmoid,
    hardswish,
    hardtanh,
    leaky_relu,
    relu6,
    threshold,
)
from wengert.functions.neural.adaptive import (
    adaptive_avg_pool1d,
    adaptive_avg_pool2d,
    adaptive_avg_pool3d,
    adaptive_max_pool1d,
    adaptive_max_pool2d,
    adaptive_max_pool3d,
)
from wengert.functions.neural.convolution import (
    conv1d,
    conv2d,
    conv3d,
    conv_transpose1d,
    conv_transpose2d,
    conv_transpose3d,
)
from wengert.functions.neural.losses import (
    huber_loss,
    l1_loss,
    mse_loss,
    smooth_l1_loss,
)
from wengert.functions.neural.padding import (
    pad,
)
from wengert.functions.neural.pooling import (
    avg_pool1d,
    avg_pool2d,
    avg_pool3d,
    lp_pool1d,
    lp_pool2d,
    lp_pool3d,
    max_pool1d,
    max_pool2d,
    max_pool3d,
    max_unpool1d,
    max_unpool2d,
    max_unpool3d,
)
from wengert.functions.neural.softmax import (
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
from wengert.functions.neural.unfolding import (
    fold,
    unfold,
)
from wengert.functions.reducing.norms import (
    cosine_similarity,
    normalize,
)
from wengert.names import missing_attribute

__all__ = [
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "adaptive_avg_pool3d",
    "adaptive_max_pool1d",
    "adaptive_max_pool2d",
    "adaptive_max_pool3d",
    "avg_pool1d",
    "avg_pool2d",
    "avg_pool3d",
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "cosine_similarity",
    "cross_entropy",
    "elu",
    "fold",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "huber_loss",
    "l1_loss",
    "leaky_relu",
    "linear",
    "log_softmax",
    "lp_pool1d",
    "lp_pool2d",
    "lp_pool3d",
    "max_pool1d",
    "max_pool2d",
    "max_pool3d",
    "max_unpool1d",
    "max_unpool2d",
    "max_unpool3d",
    "mse_loss",
    "nll_loss",
    "normalize",
    "one_hot",
    "pad",
    "relu",
    "relu6",
    "sigmoid",
    "smooth_l1_loss",
    "softmax",
    "tanh",
    "threshold",
    "unfold",
]


def __getattr__(name: str) -> Any:
    raise missing_attribute("torch.nn.functional", name, __all__)

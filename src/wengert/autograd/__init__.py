"""torch.autograd: gradients, grad modes, the graph and its hooks, Functions, anomaly detection, gradcheck."""

from wengert.autograd import anomaly_mode, function, graph
from wengert.autograd.function import Function
from wengert.autograd.gradcheck import gradcheck, gradgradcheck
from wengert.autograd.gradients import grad
from wengert.autograd.graph import (  # PyTorch's name has the underscore
    unsafe_preserve_version_counter as _unsafe_preserve_version_counter,  # noqa: F401
)
from wengert.core.modes import enable_grad, inference_mode, is_grad_enabled, no_grad, set_grad_enabled
from wengert.functions.anomaly import detect_anomaly, set_detect_anomaly
from wengert.functions.gradients import backward

__all__ = [
    "Function",
    "anomaly_mode",
    "backward",
    "detect_anomaly",
    "enable_grad",
    "function",
    "grad",
    "gradcheck",
    "gradgradcheck",
    "graph",
    "inference_mode",
    "is_grad_enabled",
    "no_grad",
    "set_detect_anomaly",
    "set_grad_enabled",
]

"""torch.autograd: gradients, grad modes, the graph and its hooks, Functions, anomaly detection, gradcheck."""

from typing import TYPE_CHECKING, Any

from wengert.autograd.function import Function
from wengert.autograd.gradcheck import gradcheck, gradgradcheck
from wengert.autograd.gradients import grad
from wengert.core.modes import enable_grad, inference_mode, is_grad_enabled, no_grad, set_grad_enabled
from wengert.functions.recording.anomaly import detect_anomaly, set_detect_anomaly
from wengert.functions.recording.gradients import backward
from wengert.names import later, missing_attribute

if TYPE_CHECKING:
    from wengert.autograd import anomaly_mode, forward_ad, functional, graph, variable
    from wengert.autograd.variable import Variable

__all__ = [
    "Function",
    "Variable",
    "anomaly_mode",
    "backward",
    "detect_anomaly",
    "enable_grad",
    "forward_ad",
    "function",
    "functional",
    "grad",
    "gradcheck",
    "gradgradcheck",
    "graph",
    "inference_mode",
    "is_grad_enabled",
    "no_grad",
    "set_detect_anomaly",
    "set_grad_enabled",
    "variable",
]

LATER = {
    "Variable": "wengert.autograd.variable",
    "_unsafe_preserve_version_counter": "wengert.autograd.graph",
    "anomaly_mode": "wengert.autograd.anomaly_mode",
    "forward_ad": "wengert.autograd.forward_ad",
    "functional": "wengert.autograd.functional",
    "graph": "wengert.autograd.graph",
    "variable": "wengert.autograd.variable",
}
"""What is imported when it is first asked for, by name."""


def __dir__() -> list[str]:
    return __all__


def __getattr__(name: str) -> Any:
    if name in LATER:
        return later(globals(), name, LATER[name])
    raise missing_attribute("torch.autograd", name, __all__)

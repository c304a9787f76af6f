"""torch.func: functions of functions."""

from typing import Any

from wengert.names import later, missing_attribute
from wengert.transforms.grad import grad, grad_and_value, value_and_grad, vjp
from wengert.transforms.jvp import jvp
from wengert.transforms.vmap import vmap

LATER = {
    "functional_call": "wengert.nn.functional_call",
    "hessian": "wengert.transforms.jacobian",
    "hvp": "wengert.transforms.jacobian",
    "jacfwd": "wengert.transforms.jacobian",
    "jacobian": "wengert.transforms.jacobian",
    "jacrev": "wengert.transforms.jacobian",
    "linearize": "wengert.transforms.linearize",
    "stack_module_state": "wengert.nn.functional_call",
    "vhp": "wengert.transforms.jacobian",
}
"""What is imported when it is first asked for."""

__all__ = sorted(["grad", "grad_and_value", "jvp", "value_and_grad", "vjp", "vmap", *LATER])


def __getattr__(name: str) -> Any:
    if name in LATER:
        return later(globals(), name, LATER[name])
    raise missing_attribute("torch.func", name, __all__)


def __dir__() -> list[str]:
    return sorted(__all__)

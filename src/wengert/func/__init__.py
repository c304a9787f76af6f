"""torch.func: functions of functions."""

from typing import TYPE_CHECKING, Any

from wengert.names import later, missing_attribute
from wengert.transforms.grad import grad, grad_and_value, value_and_grad, vjp
from wengert.transforms.jvp import jvp
from wengert.transforms.vmap import vmap

if TYPE_CHECKING:
    from wengert.nn.functional_call import functional_call, stack_module_state
    from wengert.transforms.jacobian import hessian, hvp, jacfwd, jacobian, jacrev, vhp
    from wengert.transforms.linearize import linearize
    from wengert.transforms.taylor import derivative, hessian_diagonal, jet, laplacian

LATER = {
    "derivative": "wengert.transforms.taylor",
    "functional_call": "wengert.nn.functional_call",
    "hessian": "wengert.transforms.jacobian",
    "hessian_diagonal": "wengert.transforms.taylor",
    "hvp": "wengert.transforms.jacobian",
    "jacfwd": "wengert.transforms.jacobian",
    "jacobian": "wengert.transforms.jacobian",
    "jacrev": "wengert.transforms.jacobian",
    "jet": "wengert.transforms.taylor",
    "laplacian": "wengert.transforms.taylor",
    "linearize": "wengert.transforms.linearize",
    "stack_module_state": "wengert.nn.functional_call",
    "vhp": "wengert.transforms.jacobian",
}
"""What is imported when it is first asked for."""

__all__ = [
    "derivative",
    "functional_call",
    "grad",
    "grad_and_value",
    "hessian",
    "hessian_diagonal",
    "hvp",
    "jacfwd",
    "jacobian",
    "jacrev",
    "jet",
    "jvp",
    "laplacian",
    "linearize",
    "stack_module_state",
    "value_and_grad",
    "vhp",
    "vjp",
    "vmap",
]


def __getattr__(name: str) -> Any:
    if name in LATER:
        return later(globals(), name, LATER[name])
    raise missing_attribute("torch.func", name, __all__)


def __dir__() -> list[str]:
    return sorted(__all__)

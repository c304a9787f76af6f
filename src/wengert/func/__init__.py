"""torch.func: functions of functions."""

from typing import TYPE_CHECKING, Any

from wengert.names import later, missing_attribute
from wengert.transforms.grad import grad, grad_and_value, value_and_grad, vjp
from wengert.transforms.jvp import jvp
from wengert.transforms.vmap import vmap

if TYPE_CHECKING:
    from wengert.func.control import cond, fori_loop, map, scan, while_loop
    from wengert.func.custom import custom_jvp, custom_vjp
    from wengert.func.functionalization import functionalize
    from wengert.func.implicit import custom_fixed_point, custom_root, minimize, odeint, root
    from wengert.func.scipy_functions import scipy_functions
    from wengert.nn.functional_call import functional_call, stack_module_state
    from wengert.transforms.jacobian import hessian, hvp, jacfwd, jacobian, jacrev, vhp
    from wengert.transforms.linearize import linearize
    from wengert.transforms.sparse import hessian_sparsity, jacobian_sparsity, sparse_hessian, sparse_jacobian
    from wengert.transforms.taylor import derivative, hessian_diagonal, jet, laplacian

LATER = {
    "cond": "wengert.func.control",
    "custom_fixed_point": "wengert.func.implicit",
    "custom_jvp": "wengert.func.custom",
    "custom_root": "wengert.func.implicit",
    "custom_vjp": "wengert.func.custom",
    "derivative": "wengert.transforms.taylor",
    "fori_loop": "wengert.func.control",
    "functional_call": "wengert.nn.functional_call",
    "functionalize": "wengert.func.functionalization",
    "hessian": "wengert.transforms.jacobian",
    "hessian_diagonal": "wengert.transforms.taylor",
    "hessian_sparsity": "wengert.transforms.sparse",
    "hvp": "wengert.transforms.jacobian",
    "jacfwd": "wengert.transforms.jacobian",
    "jacobian": "wengert.transforms.jacobian",
    "jacobian_sparsity": "wengert.transforms.sparse",
    "jacrev": "wengert.transforms.jacobian",
    "jet": "wengert.transforms.taylor",
    "laplacian": "wengert.transforms.taylor",
    "linearize": "wengert.transforms.linearize",
    "map": "wengert.func.control",
    "minimize": "wengert.func.implicit",
    "odeint": "wengert.func.implicit",
    "root": "wengert.func.implicit",
    "scan": "wengert.func.control",
    "scipy_functions": "wengert.func.scipy_functions",
    "sparse_hessian": "wengert.transforms.sparse",
    "sparse_jacobian": "wengert.transforms.sparse",
    "stack_module_state": "wengert.nn.functional_call",
    "vhp": "wengert.transforms.jacobian",
    "while_loop": "wengert.func.control",
}
"""What is imported when it is first asked for."""

__all__ = [
    "cond",
    "custom_fixed_point",
    "custom_jvp",
    "custom_root",
    "custom_vjp",
    "derivative",
    "fori_loop",
    "functional_call",
    "functionalize",
    "grad",
    "grad_and_value",
    "hessian",
    "hessian_diagonal",
    "hessian_sparsity",
    "hvp",
    "jacfwd",
    "jacobian",
    "jacobian_sparsity",
    "jacrev",
    "jet",
    "jvp",
    "laplacian",
    "linearize",
    "map",
    "minimize",
    "odeint",
    "root",
    "scan",
    "scipy_functions",
    "sparse_hessian",
    "sparse_jacobian",
    "stack_module_state",
    "value_and_grad",
    "vhp",
    "vjp",
    "vmap",
    "while_loop",
]


def __getattr__(name: str) -> Any:
    if name in LATER:
        return later(globals(), name, LATER[name])
    raise missing_attribute("torch.func", name, __all__)


def __dir__() -> list[str]:
    return sorted(__all__)

"""torch.func: functions of functions."""

from wengert.transforms.grad import grad, grad_and_value, value_and_grad, vjp
from wengert.transforms.jvp import jvp
from wengert.transforms.vmap import vmap

__all__ = ["grad", "grad_and_value", "jvp", "value_and_grad", "vjp", "vmap"]

"""torch.autograd: backward, grad and the grad modes."""

from wengert.core.modes import (
    enable_grad,
    is_grad_enabled,
    no_grad,
    set_grad_enabled,
)
from wengert.functions.gradients import backward, grad

__all__ = ["backward", "enable_grad", "grad", "is_grad_enabled", "no_grad", "set_grad_enabled"]

"""Optimizers whose update looks at whole tensors: at rows and columns, norms and products of them.

    numbers := what the update takes besides tensors, from the options and the parameters of a group
    update  := writes the new values of a parameter and its state, in operations on tensors

Knows which parameters have gradients. Must not know any update.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wengert import dtypes, errors
from wengert.core.modes import no_grad
from wengert.optim.optimizer import GroupByGroup
from wengert.optim.packing import gradient_of

if TYPE_CHECKING:
    from wengert.core.tensor import Tensor

RATE = "Learning rate should be >= 0 but is"
"""What is said of a learning rate that makes no sense."""


class Tensorwise(GroupByGroup):
    """An optimizer with an update of one tensor after another.

    A class gives `begin`, `numbers` and `update`. The updates are recorded where something records.
    """

    read_anew = ("lr",)
    """The options that are asked for by `rate_of` alone, wherever a step uses them."""

    def begin(self, grad: Tensor) -> dict[str, Any]:
        """The state of a parameter before its first step, by its gradient."""
        raise NotImplementedError

    def numbers(self, group: dict[str, Any], params: list[Tensor]) -> Any:
        """What `update` takes as `n`."""
        raise NotImplementedError

    def update(self, p: Tensor, g: Tensor, state: dict[str, Any], n: Any, group: dict[str, Any]) -> None:
        """Write the new values of p and its state."""
        raise NotImplementedError

    @no_grad()
    def _step_group(self, index: int, group: dict[str, Any]) -> None:
        params, grads = [], []
        for p in group["params"]:
            g = gradient_of(p)
            if g is None:
                continue
            if p.dtype.is_complex:
                raise errors.DtypeError(f"{type(self).__name__} does not support complex parameters")
            if not self.state[p]:
                self.state[p].update(self.begin(g))
            params.append(p)
            grads.append(g)
        if params:
            numbers = self.numbers(group, params)
            for p, g in zip(params, grads, strict=True):
                self.update(p, g, self.state[p], numbers, group)


def move(p: Tensor, direction: Tensor, length: Any) -> None:
    """p += length * direction; of half precision, the product is not rounded before it is added."""
    p.add_(direction.to(dtypes.promote_types(p.dtype, dtypes.float32)).mul(length))

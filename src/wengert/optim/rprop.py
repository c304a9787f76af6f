"""Rprop: step sizes that grow while the sign of the gradient stays, and shrink where it changes."""

from __future__ import annotations

from typing import Any

from wengert.core.tensor import Tensor
from wengert.functions.making.creation import full_like
from wengert.optim.elementwise import Elementwise, count, selected, value_of
from wengert.optim.optimizer import check, checked_rate


class Rprop(Elementwise):
    """Only the signs of gradients count.

    >>> import wengert as torch
    >>> w = torch.tensor([1.0], requires_grad=True)
    >>> w.grad = torch.ones(1); torch.optim.Rprop([w], lr=0.01).step()
    >>> w
    tensor([0.9900], requires_grad=True)
    """

    def __init__(self, params: Any, lr: Any = 1e-2, etas: tuple[float, float] = (0.5, 1.2),
                 step_sizes: tuple[float, float] = (1e-6, 50), *, capturable: bool = False,
                 foreach: bool | None = None, maximize: bool = False,
                 differentiable: bool = False) -> None:  # fmt: skip
        checked_rate(lr)
        check((0.0 < etas[0] < 1.0 < etas[1], f"Invalid eta values: {etas[0]}, {etas[1]}"))
        super().__init__(params, {
            "lr": lr, "etas": etas, "step_sizes": step_sizes, "foreach": foreach, "maximize": maximize,
            "differentiable": differentiable, "capturable": capturable,
        })  # fmt: skip

    def kept(self, group: dict[str, Any]) -> tuple[str, ...]:
        return ("prev", "step_size")

    def begin(self, param: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        made = super().begin(param, group)
        lr = value_of(group["lr"])
        made["step_size"] = full_like(param, complex(lr, lr) if param.dtype.is_complex else lr).detach()
        return {"step": count(0.0), "prev": made["prev"], "step_size": made["step_size"]}

    def numbers(self, group: dict[str, Any], counts: dict[str, Any]) -> Any:
        return None

    def update(self, p: Any, g: Any, state: dict[str, Any], n: Any, group: dict[str, Any]) -> None:
        (shrink, grow), (smallest, largest) = group["etas"], group["step_sizes"]
        last, size = state["prev"], state["step_size"]
        same = g.mul(last)
        turned = same.lt(0)
        factor = same.mul(0).add(1)
        factor = selected(turned, shrink, selected(same.gt(0), grow, factor))
        size.mul_(factor).clamp_(smallest, largest)
        g = selected(turned, 0.0, g)
        p.addcmul_(g.sign(), size, value=-1)
        last.copy_(g)

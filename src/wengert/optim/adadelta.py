"""Adadelta: steps in units of earlier steps."""

from __future__ import annotations

from typing import Any

from wengert.core.tensor import Tensor
from wengert.optim.elementwise import Elementwise, rate_of
from wengert.optim.optimizer import check, checked_rate


class Adadelta(Elementwise):
    """Scales the gradient by the ratio of the mean sizes of steps and gradients.

    >>> import wengert as torch
    >>> w = torch.tensor([1.0], requires_grad=True)
    >>> w.grad = torch.ones(1); torch.optim.Adadelta([w]).step()
    >>> w
    tensor([0.9968], requires_grad=True)
    """

    def __init__(self, params: Any, lr: Any = 1.0, rho: float = 0.9, eps: float = 1e-6, weight_decay: float = 0,
                 foreach: bool | None = None, *, capturable: bool = False, maximize: bool = False,
                 differentiable: bool = False) -> None:  # fmt: skip
        checked_rate(lr)
        check(
            (0.0 <= rho <= 1.0, f"Invalid rho value: {rho}"),
            (eps >= 0.0, f"Invalid epsilon value: {eps}"),
            (weight_decay >= 0.0, f"Invalid weight_decay value: {weight_decay}"),
        )
        super().__init__(params, {
            "lr": lr, "rho": rho, "eps": eps, "weight_decay": weight_decay, "maximize": maximize,
            "capturable": capturable, "foreach": foreach, "differentiable": differentiable,
        })  # fmt: skip

    def kept(self, group: dict[str, Any]) -> tuple[str, ...]:
        return ("square_avg", "acc_delta")

    def numbers(self, group: dict[str, Any], counts: dict[str, Any]) -> Any:
        return rate_of(group)

    def update(self, p: Any, g: Any, state: dict[str, Any], n: Any, group: dict[str, Any]) -> None:
        rho, eps = group["rho"], group["eps"]
        square, steps = state["square_avg"], state["acc_delta"]
        if group["weight_decay"] != 0:
            g = g.add(p, alpha=group["weight_decay"])
        square.mul_(rho).addcmul_(g, g, value=1 - rho)
        change = steps.add(eps).sqrt().div(square.add(eps).sqrt()).mul(g)
        steps.mul_(rho).addcmul_(change, change, value=1 - rho)
        p.add_(change, alpha=-n) if not isinstance(n, Tensor) else p.sub_(change.mul(n))

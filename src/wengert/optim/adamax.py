"""Adamax: Adam with the largest gradient in the place of the mean square."""

from __future__ import annotations

from typing import Any

from wengert.optim.adam import checked_means
from wengert.optim.elementwise import Elementwise, rate_of
from wengert.optim.optimizer import checked_rate


class Adamax(Elementwise):
    """Steps along the mean of the gradients, in units of a decaying maximum of their sizes.

    >>> import wengert as torch
    >>> w = torch.tensor([1.0], requires_grad=True)
    >>> w.grad = torch.ones(1); torch.optim.Adamax([w], lr=0.1).step()
    >>> w
    tensor([0.9000], requires_grad=True)
    """

    def __init__(self, params: Any, lr: Any = 2e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
                 weight_decay: float = 0, foreach: bool | None = None, *, maximize: bool = False,
                 differentiable: bool = False, capturable: bool = False) -> None:  # fmt: skip
        checked_rate(lr)
        checked_means(betas, eps, weight_decay)
        super().__init__(params, {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "foreach": foreach,
            "maximize": maximize, "differentiable": differentiable, "capturable": capturable,
        })  # fmt: skip

    def kept(self, group: dict[str, Any]) -> tuple[str, ...]:
        return ("exp_avg", "exp_inf")

    def numbers(self, group: dict[str, Any], counts: dict[str, Any]) -> Any:
        return rate_of(group) / (1 - group["betas"][0] ** counts["step"])

    def update(self, p: Any, g: Any, state: dict[str, Any], n: Any, group: dict[str, Any]) -> None:
        beta1, beta2 = group["betas"]
        mean, largest = state["exp_avg"], state["exp_inf"]
        if group["weight_decay"] != 0:
            g = g.add(p, alpha=group["weight_decay"])
        mean.lerp_(g, 1 - beta1)
        largest.mul_(beta2)
        largest.copy_(largest.maximum(g.abs().add_(group["eps"])))
        p.addcdiv_(mean, largest, value=-n)

"""RMSprop: steps in units of the root of the mean squared gradient."""

from __future__ import annotations

from typing import Any

from wengert.optim.elementwise import Elementwise, rate_of
from wengert.optim.optimizer import check, checked_rate


class RMSprop(Elementwise):
    """Scales each gradient by the root of a running mean of its square.

    >>> import wengert as torch
    >>> w = torch.tensor([1.0], requires_grad=True)
    >>> w.grad = torch.ones(1); torch.optim.RMSprop([w], lr=0.01).step()
    >>> w
    tensor([0.9000], requires_grad=True)
    """

    def __init__(self, params: Any, lr: Any = 1e-2, alpha: float = 0.99, eps: float = 1e-8, weight_decay: float = 0,
                 momentum: float = 0, centered: bool = False, capturable: bool = False, foreach: bool | None = None,
                 maximize: bool = False, differentiable: bool = False) -> None:  # fmt: skip
        checked_rate(lr)
        check(
            (eps >= 0.0, f"Invalid epsilon value: {eps}"),
            (momentum >= 0.0, f"Invalid momentum value: {momentum}"),
            (weight_decay >= 0.0, f"Invalid weight_decay value: {weight_decay}"),
            (alpha >= 0.0, f"Invalid alpha value: {alpha}"),
        )
        super().__init__(params, {
            "lr": lr, "momentum": momentum, "alpha": alpha, "eps": eps, "centered": centered,
            "weight_decay": weight_decay, "capturable": capturable, "foreach": foreach, "maximize": maximize,
            "differentiable": differentiable,
        })  # fmt: skip

    def kept(self, group: dict[str, Any]) -> tuple[str, ...]:
        names = ["square_avg"]
        if group["momentum"] > 0:
            names.append("momentum_buffer")
        if group["centered"]:
            names.append("grad_avg")
        return tuple(names)

    def numbers(self, group: dict[str, Any], counts: dict[str, Any]) -> Any:
        return rate_of(group)

    def update(self, p: Any, g: Any, state: dict[str, Any], n: Any, group: dict[str, Any]) -> None:
        alpha, square = group["alpha"], state["square_avg"]
        if group["weight_decay"] != 0:
            g = g.add(p, alpha=group["weight_decay"])
        square.mul_(alpha).addcmul_(g, g, value=1 - alpha)
        if group["centered"]:
            mean = state["grad_avg"].lerp_(g, 1 - alpha)
            square = square.sub(mean.mul(mean))
        divisor = square.sqrt().add(group["eps"])
        if group["momentum"] > 0:
            total = state["momentum_buffer"].mul_(group["momentum"]).addcdiv_(g, divisor)
            p.add_(total.mul(-n))
        else:
            p.addcdiv_(g, divisor, value=-n)

"""NAdam: Adam with Nesterov's momentum."""

from __future__ import annotations

from typing import Any

from wengert.core.tensor import Tensor
from wengert.optim.adam import checked_means
from wengert.optim.elementwise import Elementwise, count, rate_of
from wengert.optim.optimizer import check, checked_rate


class NAdam(Elementwise):
    """Adam that looks one step of momentum ahead.

    >>> import wengert as torch
    >>> w = torch.tensor([1.0], requires_grad=True)
    >>> w.grad = torch.ones(1); torch.optim.NAdam([w], lr=0.1).step()
    >>> w
    tensor([0.8944], requires_grad=True)
    """

    counted = ("step", "mu_product")

    def __init__(self, params: Any, lr: Any = 2e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
                 weight_decay: float = 0, momentum_decay: float = 4e-3, decoupled_weight_decay: bool = False, *,
                 foreach: bool | None = None, maximize: bool = False, capturable: bool = False,
                 differentiable: bool = False) -> None:  # fmt: skip
        checked_rate(lr)
        checked_means(betas, eps, weight_decay)
        check((momentum_decay >= 0.0, f"Invalid momentum_decay value: {momentum_decay}"))
        super().__init__(params, {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "momentum_decay": momentum_decay,
            "decoupled_weight_decay": decoupled_weight_decay, "maximize": maximize, "foreach": foreach,
            "capturable": capturable, "differentiable": differentiable,
        })  # fmt: skip

    def kept(self, group: dict[str, Any]) -> tuple[str, ...]:
        return ("exp_avg", "exp_avg_sq")

    def begin(self, param: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        made = super().begin(param, group)
        return {"step": made.pop("step"), "mu_product": count(1.0), **made}

    def numbers(self, group: dict[str, Any], counts: dict[str, Any]) -> Any:
        (beta1, beta2), step, lr = group["betas"], counts["step"], rate_of(group)
        now = beta1 * (1.0 - 0.5 * 0.96 ** (step * group["momentum_decay"]))
        ahead = beta1 * (1.0 - 0.5 * 0.96 ** ((step + 1) * group["momentum_decay"]))
        product = counts["mu_product"] = counts["mu_product"] * now
        return lr, 1 - beta2**step, lr * (1.0 - now) / (1.0 - product), lr * ahead / (1.0 - product * ahead)

    def update(self, p: Any, g: Any, state: dict[str, Any], n: Any, group: dict[str, Any]) -> None:
        (beta1, beta2), (lr, bias, of_gradient, of_mean) = group["betas"], n
        mean, square = state["exp_avg"], state["exp_avg_sq"]
        if group["weight_decay"] != 0:
            if group["decoupled_weight_decay"]:
                p.mul_(1 - lr * group["weight_decay"])
            else:
                g = g.add(p, alpha=group["weight_decay"])
        mean.lerp_(g, 1 - beta1)
        square.mul_(beta2).addcmul_(g, g, value=1 - beta2)
        divisor = square.div(bias).sqrt().add(group["eps"])
        p.addcdiv_(g, divisor, value=-of_gradient)
        p.addcdiv_(mean, divisor, value=-of_mean)

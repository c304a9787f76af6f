"""RAdam: Adam that starts without the squares, while there are too few of them."""

from __future__ import annotations

from typing import Any

from wengert.core.tensor import Tensor
from wengert.optim.adam import checked_means
from wengert.optim.elementwise import Elementwise, rate_of, selected
from wengert.optim.optimizer import checked_rate


class RAdam(Elementwise):
    """Adam whose variance is rectified.

    >>> import wengert as torch
    >>> w = torch.tensor([1.0], requires_grad=True)
    >>> w.grad = torch.ones(1); torch.optim.RAdam([w], lr=0.1).step()
    >>> w
    tensor([0.9000], requires_grad=True)
    """

    def __init__(self, params: Any, lr: Any = 1e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
                 weight_decay: float = 0, decoupled_weight_decay: bool = False, *, foreach: bool | None = None,
                 maximize: bool = False, capturable: bool = False, differentiable: bool = False) -> None:  # fmt: skip
        checked_rate(lr)
        checked_means(betas, eps, weight_decay)
        super().__init__(params, {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "maximize": maximize,
            "foreach": foreach, "capturable": capturable, "decoupled_weight_decay": decoupled_weight_decay,
            "differentiable": differentiable,
        })  # fmt: skip

    def kept(self, group: dict[str, Any]) -> tuple[str, ...]:
        return ("exp_avg", "exp_avg_sq")

    def numbers(self, group: dict[str, Any], counts: dict[str, Any]) -> Any:
        (beta1, beta2), step, lr = group["betas"], counts["step"], rate_of(group)
        bias1, bias2 = 1 - beta1**step, 1 - beta2**step
        longest = 2 / (1 - beta2) - 1
        length = longest - 2 * step * beta2**step / bias2
        enough = length > 5.0
        if enough is False:
            return lr, lr / bias1, 1.0, False
        rectified = (length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length)
        return lr, lr / bias1, bias2**0.5 * rectified**0.5, enough

    def update(self, p: Any, g: Any, state: dict[str, Any], n: Any, group: dict[str, Any]) -> None:
        (beta1, beta2), (lr, size, scale, enough) = group["betas"], n
        mean, square = state["exp_avg"], state["exp_avg_sq"]
        if group["weight_decay"] != 0:
            if group["decoupled_weight_decay"]:
                p.mul_(1 - lr * group["weight_decay"])
            else:
                g = g.add(p, alpha=group["weight_decay"])
        mean.lerp_(g, 1 - beta1)
        square.mul_(beta2).addcmul_(g, g, value=1 - beta2)
        if enough is False:
            p.add_(mean.mul(size), alpha=-1)
            return
        divisor = square.sqrt().add(group["eps"])
        if isinstance(enough, Tensor):
            divisor, scale = selected(enough, divisor, 1.0), selected(enough, scale, 1.0)
        p.addcdiv_(mean, divisor, value=-(size * scale))

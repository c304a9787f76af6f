"""Adam and AdamW: running means of the gradient and of its square."""

from __future__ import annotations

from typing import Any

from wengert import errors
from wengert.core.tensor import Tensor
from wengert.optim.elementwise import Elementwise, rate_of, unsupported, value_of
from wengert.optim.optimizer import check, checked_rate


def checked_means(betas: Any, eps: float, weight_decay: float) -> None:
    """Raise for weights of running means, a smallest divisor or a decay that make no sense."""
    check(
        (eps >= 0.0, f"Invalid epsilon value: {eps}"),
        (bool(0.0 <= betas[0] < 1.0), f"Invalid beta parameter at index 0: {betas[0]}"),
        (bool(0.0 <= betas[1] < 1.0), f"Invalid beta parameter at index 1: {betas[1]}"),
        (weight_decay >= 0.0, f"Invalid weight_decay value: {weight_decay}"),
    )


class Adam(Elementwise):
    """Steps along the mean of the gradients, in units of the root of the mean of their squares.

    >>> import wengert as torch
    >>> w = torch.tensor([1.0, -1.0], requires_grad=True)
    >>> optimizer = torch.optim.Adam([w], lr=0.1)
    >>> (w * torch.tensor([1.0, 100.0])).sum().backward(); optimizer.step()
    >>> w
    tensor([ 0.9000, -1.1000], requires_grad=True)
    """

    def __init__(self, params: Any, lr: Any = 1e-3, betas: tuple[Any, Any] = (0.9, 0.999), eps: float = 1e-8,
                 weight_decay: float = 0, amsgrad: bool = False, *, foreach: bool | None = None,
                 maximize: bool = False, capturable: bool = False, differentiable: bool = False,
                 fused: bool | None = None, decoupled_weight_decay: bool = False) -> None:  # fmt: skip
        if isinstance(lr, Tensor) and foreach and not capturable:
            raise errors.ArgumentError("lr as a Tensor is not supported for capturable=False and foreach=True")
        checked_rate(lr)
        checked_means(betas, eps, weight_decay)
        kinds = [isinstance(beta, Tensor) for beta in betas]
        if kinds[0] != kinds[1] or not all(isinstance(beta, float | Tensor) for beta in betas):
            raise errors.ArgumentError("betas must be either both floats or both Tensors")
        super().__init__(params, {
            "lr": lr, "betas": tuple(map(value_of, betas)), "eps": eps, "weight_decay": weight_decay,
            "amsgrad": amsgrad, "maximize": maximize, "foreach": foreach, "capturable": capturable,
            "differentiable": differentiable, "fused": fused, "decoupled_weight_decay": decoupled_weight_decay,
        })  # fmt: skip
        unsupported(fused, foreach, differentiable)

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            group.setdefault("amsgrad", False)
            group.setdefault("maximize", False)
            group.setdefault("foreach", None)
            group.setdefault("capturable", False)
            group.setdefault("differentiable", False)
            group.setdefault("decoupled_weight_decay", False)
            group.setdefault("fused", None)

    def kept(self, group: dict[str, Any]) -> tuple[str, ...]:
        return ("exp_avg", "exp_avg_sq", "max_exp_avg_sq") if group["amsgrad"] else ("exp_avg", "exp_avg_sq")

    def numbers(self, group: dict[str, Any], counts: dict[str, Any]) -> Any:
        (beta1, beta2), step, lr = group["betas"], counts["step"], rate_of(group)
        return lr, lr / (1 - beta1**step), (1 - beta2**step) ** 0.5

    def update(self, p: Any, g: Any, state: dict[str, Any], n: Any, group: dict[str, Any]) -> None:
        (beta1, beta2), (lr, size, root) = group["betas"], n
        mean, square = state["exp_avg"], state["exp_avg_sq"]
        if group["weight_decay"] != 0:
            if group["decoupled_weight_decay"]:
                p.mul_(1 - lr * group["weight_decay"])
            else:
                g = g.add(p, alpha=group["weight_decay"])
        mean.lerp_(g, 1 - beta1)
        square.mul_(beta2).addcmul_(g, g, value=1 - beta2)
        if group["amsgrad"]:
            largest = state["max_exp_avg_sq"]
            square = largest.copy_(largest.maximum(square))
        p.addcdiv_(mean, square.sqrt().div(root).add_(group["eps"]), value=-size)


class AdamW(Adam):
    """Adam whose weight decay shrinks the parameters themselves and not the means.

    >>> import wengert as torch
    >>> w = torch.tensor([1.0], requires_grad=True)
    >>> optimizer = torch.optim.AdamW([w], lr=0.1, weight_decay=0.5)
    >>> w.grad = torch.zeros(1); optimizer.step()
    >>> w
    tensor([0.9500], requires_grad=True)
    """

    def __init__(self, params: Any, lr: Any = 1e-3, betas: tuple[Any, Any] = (0.9, 0.999), eps: float = 1e-8,
                 weight_decay: float = 1e-2, amsgrad: bool = False, *, maximize: bool = False,
                 foreach: bool | None = None, capturable: bool = False, differentiable: bool = False,
                 fused: bool | None = None) -> None:  # fmt: skip
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, foreach=foreach, maximize=maximize,
                         capturable=capturable, differentiable=differentiable, fused=fused,
                         decoupled_weight_decay=True)  # fmt: skip

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            group["decoupled_weight_decay"] = True

"""ASGD: stochastic gradient descent that also averages what it passed."""

from __future__ import annotations

from typing import Any

from wengert.core.tensor import Tensor
from wengert.optim.elementwise import Elementwise, count, larger, rate_of, value_of
from wengert.optim.optimizer import check, checked_rate


class ASGD(Elementwise):
    """Gradient descent; `state[p]["ax"]` is the average of the parameter from step t0 on.

    >>> import wengert as torch
    >>> w = torch.tensor([1.0], requires_grad=True)
    >>> w.grad = torch.ones(1); torch.optim.ASGD([w], lr=0.1).step()
    >>> w
    tensor([0.9000], requires_grad=True)
    """

    counted = ("step", "eta", "mu")

    def __init__(self, params: Any, lr: Any = 1e-2, lambd: float = 1e-4, alpha: float = 0.75, t0: float = 1e6,
                 weight_decay: float = 0, foreach: bool | None = None, maximize: bool = False,
                 differentiable: bool = False, capturable: bool = False) -> None:  # fmt: skip
        checked_rate(lr)
        check((weight_decay >= 0.0, f"Invalid weight_decay value: {weight_decay}"))
        super().__init__(params, {
            "lr": lr, "lambd": lambd, "alpha": alpha, "t0": t0, "weight_decay": weight_decay, "foreach": foreach,
            "maximize": maximize, "differentiable": differentiable, "capturable": capturable,
        })  # fmt: skip

    def kept(self, group: dict[str, Any]) -> tuple[str, ...]:
        return ("ax",)

    def begin(self, param: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        made = super().begin(param, group)
        return {"step": made["step"], "eta": count(value_of(group["lr"])), "mu": count(1.0), "ax": made["ax"]}

    def numbers(self, group: dict[str, Any], counts: dict[str, Any]) -> Any:
        now, step, lr = (counts["eta"], counts["mu"]), counts["step"], rate_of(group)
        counts["eta"] = lr / (1 + group["lambd"] * lr * step) ** group["alpha"]
        counts["mu"] = 1 / larger(step - group["t0"], 1)
        return now

    def update(self, p: Any, g: Any, state: dict[str, Any], n: Any, group: dict[str, Any]) -> None:
        eta, weight = n
        if group["weight_decay"] != 0:
            g = g.add(p, alpha=group["weight_decay"])
        p.mul_(1 - group["lambd"] * eta)
        p.add_(g.mul(-eta))
        average = state["ax"]
        if isinstance(weight, Tensor) or weight != 1:
            average.add_(p.sub(average).mul(weight))
        else:
            average.copy_(p)

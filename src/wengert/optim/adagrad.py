"""Adagrad: steps in units of the root of the sum of all squared gradients."""

from __future__ import annotations

from typing import Any

from wengert.core.tensor import Tensor
from wengert.functions.making.creation import full_like
from wengert.optim.elementwise import Elementwise, count, rate_of, unsupported
from wengert.optim.optimizer import check, checked_rate


class Adagrad(Elementwise):
    """Elements that had large gradients move less.

    >>> import wengert as torch
    >>> w = torch.tensor([1.0], requires_grad=True)
    >>> w.grad = torch.ones(1); torch.optim.Adagrad([w], lr=0.1).step()
    >>> w
    tensor([0.9000], requires_grad=True)
    """

    def __init__(self, params: Any, lr: Any = 1e-2, lr_decay: float = 0, weight_decay: float = 0,
                 initial_accumulator_value: float = 0, eps: float = 1e-10, foreach: bool | None = None, *,
                 maximize: bool = False, differentiable: bool = False, fused: bool | None = None) -> None:  # fmt: skip
        checked_rate(lr)
        check(
            (lr_decay >= 0.0, f"Invalid lr_decay value: {lr_decay}"),
            (weight_decay >= 0.0, f"Invalid weight_decay value: {weight_decay}"),
            (
                initial_accumulator_value >= 0.0,
                f"Invalid initial_accumulator_value value: {initial_accumulator_value}",
            ),
            (eps >= 0.0, f"Invalid epsilon value: {eps}"),
        )
        super().__init__(params, {
            "lr": lr, "lr_decay": lr_decay, "eps": eps, "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value, "foreach": foreach, "maximize": maximize,
            "differentiable": differentiable, "fused": fused,
        })  # fmt: skip
        unsupported(fused, foreach, differentiable)
        for group in self.param_groups:  # the sums are there from the start
            for p in group["params"]:
                self.state[p] = self.begin(p, group)

    def share_memory(self) -> None:
        """Nothing is to be done: processes do not share parameters here."""

    def kept(self, group: dict[str, Any]) -> tuple[str, ...]:
        return ("sum",)

    def begin(self, param: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        start = group["initial_accumulator_value"]
        value = complex(start, start) if param.dtype.is_complex else start
        return {"step": count(0.0), "sum": full_like(param, value).detach()}

    def numbers(self, group: dict[str, Any], counts: dict[str, Any]) -> Any:
        return rate_of(group) / (1 + (counts["step"] - 1) * group["lr_decay"])

    def update(self, p: Any, g: Any, state: dict[str, Any], n: Any, group: dict[str, Any]) -> None:
        if group["weight_decay"] != 0:
            g = g.add(p, alpha=group["weight_decay"])
        total = state["sum"].addcmul_(g, g, value=1)
        p.addcdiv_(g, total.sqrt().add(group["eps"]), value=-n)

"""Stochastic gradient descent, with momentum."""

from __future__ import annotations

from typing import Any

from wengert.core.tensor import Tensor
from wengert.optim.elementwise import Elementwise, rate_of, unsupported, value_of
from wengert.optim.optimizer import check, checked_rate


class SGD(Elementwise):
    """p -= lr * g, or along a running sum of gradients.

    >>> import wengert as torch
    >>> w = torch.tensor([1.0], requires_grad=True)
    >>> optimizer = torch.optim.SGD([w], lr=0.1, momentum=0.9)
    >>> for _ in range(2):
    ...     w.grad = torch.ones(1)
    ...     optimizer.step()
    >>> w
    tensor([0.7100], requires_grad=True)
    """

    counted = ()

    def __init__(self, params: Any, lr: Any = 1e-3, momentum: float = 0, dampening: float = 0, weight_decay: Any = 0,
                 nesterov: bool = False, *, maximize: bool = False, foreach: bool | None = None,
                 differentiable: bool = False, fused: bool | None = None) -> None:  # fmt: skip
        checked_rate(lr)
        check(
            (momentum >= 0.0, f"Invalid momentum value: {momentum}"),
            (bool(weight_decay >= 0.0), f"Invalid weight_decay value: {weight_decay}"),
            (
                not nesterov or (momentum > 0 and dampening == 0),
                "Nesterov momentum requires a momentum and zero dampening",
            ),
        )
        super().__init__(params, {
            "lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay, "nesterov": nesterov,
            "maximize": maximize, "foreach": foreach, "differentiable": differentiable, "fused": fused,
        })  # fmt: skip
        unsupported(fused, foreach, differentiable)

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            group.setdefault("nesterov", False)
            group.setdefault("maximize", False)
            group.setdefault("foreach", None)
            group.setdefault("differentiable", False)
            group.setdefault("fused", False)

    def kept(self, group: dict[str, Any]) -> tuple[str, ...]:
        return ("momentum_buffer",) if group["momentum"] else ()

    def begin(self, param: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        return {}  # the first gradient is the first sum

    def numbers(self, group: dict[str, Any], counts: dict[str, Any]) -> Any:
        return rate_of(group)

    def update(self, p: Any, g: Any, state: dict[str, Any], n: Any, group: dict[str, Any]) -> None:
        if group["weight_decay"] != 0:
            g = g.add(p, alpha=value_of(group["weight_decay"]))
        momentum = group["momentum"]
        if momentum != 0:
            total = state.get("momentum_buffer")
            if total is None:
                total = state["momentum_buffer"] = g.detach().clone()
            else:
                total.mul_(momentum).add_(g, alpha=1 - group["dampening"])
            g = g.add(total, alpha=momentum) if group["nesterov"] else total
        p.add_(g, alpha=-n) if not isinstance(n, Tensor) else p.sub_(g.mul(n))

    def _step_one(self, p: Tensor, g: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        """As for other optimizers; but the sum is kept from the first step on."""
        if state.get("momentum_buffer", p) is None:
            del state["momentum_buffer"]
        if p.dtype.is_complex or not group["momentum"] or "momentum_buffer" in state:
            kept = {k: state[k] for k in self.kept(group) if k in state}
        else:
            kept = {}
        self._updated(p, g, kept, self.numbers(group, {}), group)
        state.update(kept)

    def _over_tensors(self, params: list[Tensor], grads: list[Tensor], group: dict[str, Any]) -> None:
        super()._over_tensors(params, grads, group)
        if not group["momentum"]:
            for p in params:
                if not self.state[p]:
                    del self.state[p]

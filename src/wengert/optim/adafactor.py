"""Adafactor: a running mean of squared gradients, of which for matrices only the rows and the columns are kept."""

from __future__ import annotations

from typing import Any

from wengert import dtypes
from wengert.core.tensor import Tensor
from wengert.functions.making.creation import zeros_like
from wengert.optim.elementwise import count, larger, rate_of, smaller, value_of
from wengert.optim.optimizer import check, checked_rate
from wengert.optim.tensorwise import RATE, Tensorwise, move


class Adafactor(Tensorwise):
    """Steps in units of the root of the mean squared gradient, as long as the parameters are large.

    Of a tensor with two or more dimensions the means over its last two are kept, `row_var` and `col_var`, and their
    product stands for the mean of each element; of others all means are kept, as `variance`.

    >>> import wengert as torch
    >>> w = torch.tensor([[1.0, -1.0], [1.0, -1.0]], requires_grad=True)
    >>> optimizer = torch.optim.Adafactor([w], lr=0.1)
    >>> (w * torch.tensor([1.0, 100.0])).sum().backward(); optimizer.step()
    >>> w
    tensor([[ 0.9000, -1.1000],
            [ 0.9000, -1.1000]], requires_grad=True)
    >>> optimizer.state[w]["col_var"]
    tensor([[1.0000e+00, 1.0000e+04]])

    Args:
        params: the parameters, or groups of them.
        lr: the largest length of a step, relative to the size of the parameter; step t takes 1 / sqrt(t) if smaller.
        beta2_decay: at step t the newest squared gradient has the weight t**beta2_decay in the mean.
        eps: what means of squares are at least, as a root (that of the dtype if None), and the least size of a
            parameter that lengths are relative to.
        d: updates whose root mean square is larger are shortened to it.
        weight_decay: lr times it is the part of a parameter that is taken away first.
        foreach: taken, and changes nothing.
        maximize: go up instead of down.
    """

    def __init__(self, params: Any, lr: Any = 1e-2, beta2_decay: float = -0.8,
                 eps: tuple[float | None, float] = (None, 1e-3), d: float = 1.0, weight_decay: float = 0.0, *,
                 foreach: bool | None = None, maximize: bool = False) -> None:  # fmt: skip
        checked_rate(lr, RATE)
        check(
            (beta2_decay <= 0.0, f"beta2_decay should be <= 0 but is: {beta2_decay}"),
            (eps[0] is None or eps[0] >= 0.0, f"epsilon1 should be >= 0 but is: {eps[0]}"),
            (eps[1] >= 0.0, f"epsilon2 should be >= 0 but is: {eps[1]}"),
            (d >= 1.0, f"Clipping threshold d should be >= 1 but is: {d}"),
            (weight_decay >= 0.0, f"weight_decay should be >= 0 but is: {weight_decay}"),
        )
        super().__init__(params, {
            "lr": lr, "beta2_decay": beta2_decay, "eps": eps, "d": d, "weight_decay": weight_decay,
            "foreach": foreach, "maximize": maximize,
        })  # fmt: skip

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            group.setdefault("foreach", None)
            for p in group["params"]:
                kept = self.state.get(p)
                if kept and not isinstance(kept["step"], Tensor):
                    kept["step"] = count(float(kept["step"]))

    def begin(self, grad: Tensor) -> dict[str, Any]:
        if grad.dim() < 2:
            return {"step": count(0.0), "variance": zeros_like(grad).detach()}
        *outer, rows, columns = grad.shape
        return {
            "step": count(0.0),
            "row_var": grad.new_zeros([*outer, rows, 1]),
            "col_var": grad.new_zeros([*outer, 1, columns]),
        }

    def numbers(self, group: dict[str, Any], params: list[Tensor]) -> Any:
        eps1, eps2 = group["eps"]
        if eps1 is None:  # PyTorch, too, takes that of the first parameter for all of a group
            eps1 = dtypes.finfo(params[0].dtype).eps
        return rate_of(group), eps1, eps2

    def update(self, p: Tensor, g: Tensor, state: dict[str, Any], n: Any, group: dict[str, Any]) -> None:
        lr, eps1, eps2 = n
        g = g.neg() if group["maximize"] else g
        state["step"].add_(1)
        step = value_of(state["step"])
        length = larger(_root_mean_square(p), eps2) * smaller(1 / step**0.5, lr)
        if group["weight_decay"] != 0:
            p.mul_(1 - lr * group["weight_decay"])
        square = _mean_square(g, state, step ** group["beta2_decay"], eps1)
        update = square.clamp_(min=eps1 * eps1).rsqrt_().mul_(g)
        move(p, update, -length / larger(_root_mean_square(update) / group["d"], 1.0))


def _root_mean_square(values: Tensor) -> Any:
    return value_of(values.norm(2)) / values.numel() ** 0.5


def _mean_square(g: Tensor, state: dict[str, Any], weight: Any, eps1: float) -> Tensor:
    """The running mean of the squares of each element, once those of a gradient are in it."""
    found: Tensor
    if g.dim() < 2:
        found = state["variance"].lerp_(g * g, weight).clone()
        return found
    rows, columns = state["row_var"], state["col_var"]
    rows.lerp_(g.norm(dim=-1, keepdim=True).square_().div_(g.size(-1)), weight)
    columns.lerp_(g.norm(dim=-2, keepdim=True).square_().div_(g.size(-2)), weight)
    found = (rows @ columns).div_(rows.mean(dim=-2, keepdim=True).clamp_(min=eps1))
    return found

"""Muon: momentum whose singular values are all brought near 1."""

from __future__ import annotations

from math import sqrt
from typing import Any

from wengert.core.tensor import Tensor
from wengert.functions.linalg.sums import addmm
from wengert.functions.making.creation import zeros_like
from wengert.optim.elementwise import rate_of
from wengert.optim.optimizer import check, checked_rate
from wengert.optim.tensorwise import RATE, Tensorwise, move


def _original(rows: int, columns: int) -> float:
    return sqrt(max(1, rows / columns))


def _match_rms_adamw(rows: int, columns: int) -> float:
    return 0.2 * sqrt(max(rows, columns))


def _unadjusted(rows: int, columns: int) -> float:
    return 1.0


RATIOS = {None: _original, "original": _original, "match_rms_adamw": _match_rms_adamw}
"""By `adjust_lr_fn`, how much longer the step of a matrix is than the learning rate."""


class Muon(Tensorwise):
    """Steps along the orthogonal matrix that is nearest to the mean of the gradients; for matrices only.

    A Newton-Schulz iteration finds it roughly: its singular values lie between 0.5 and 1.5. As in PyTorch the iteration
    is computed in bfloat16, whatever the dtype of the parameter, so that steps have two or three digits: where a sum of
    products is rounded the other way, as in another order of its terms, they differ by some thousandths of themselves.

    >>> import wengert as torch
    >>> w = torch.zeros(2, 2, requires_grad=True)
    >>> optimizer = torch.optim.Muon([w], lr=0.1)
    >>> (w * torch.tensor([[3.0, 0.0], [0.0, 1.0]])).sum().backward(); optimizer.step()
    >>> w.detach().round(decimals=2)
    tensor([[-0.0800,  0.0000],
            [ 0.0000, -0.1100]])

    Args:
        params: matrices, or groups of them; other parameters are for another optimizer.
        lr: the length of a step.
        weight_decay: lr times it is the part of a parameter that is taken away first.
        momentum: the weight of earlier gradients in the mean.
        nesterov: step along the mean of the gradient and that mean.
        ns_coefficients: a, b and c of the polynomial a * x + b * x**3 + c * x**5 that each iteration applies to the
            singular values.
        eps: the least norm that the matrix is divided by.
        ns_steps: the number of iterations.
        adjust_lr_fn: None or "original" for steps of wide and square matrices as long as lr and longer ones of high
            matrices; "match_rms_adamw" for steps as large as those of AdamW.
    """

    def __init__(self, params: Any, lr: Any = 1e-3, weight_decay: float = 0.1, momentum: float = 0.95,
                 nesterov: bool = True, ns_coefficients: tuple[float, float, float] = (3.4445, -4.7750, 2.0315),
                 eps: float = 1e-7, ns_steps: int = 5, adjust_lr_fn: str | None = None) -> None:  # fmt: skip
        checked_rate(lr, RATE)
        check(
            (momentum >= 0.0, f"momentum should be >= 0 but is: {momentum}"),
            (weight_decay >= 0.0, f"weight decay should be >= 0 but is: {weight_decay}"),
            (adjust_lr_fn in tuple(RATIOS), f"Adjust learning rate function {adjust_lr_fn} is not supported"),
        )
        super().__init__(params, {
            "lr": lr, "weight_decay": weight_decay, "momentum": momentum, "nesterov": nesterov,
            "ns_coefficients": ns_coefficients, "eps": eps, "ns_steps": ns_steps, "adjust_lr_fn": adjust_lr_fn,
        })  # fmt: skip
        check(*[
            (p.dim() == 2, f"Muon only supports 2D parameters whereas we found a parameter with size: {p.size()}")
            for group in self.param_groups for p in group["params"]
        ])  # fmt: skip

    def begin(self, grad: Tensor) -> dict[str, Any]:
        return {"momentum_buffer": zeros_like(grad).detach()}

    def numbers(self, group: dict[str, Any], params: list[Tensor]) -> Any:
        return rate_of(group)

    def update(self, p: Tensor, g: Tensor, state: dict[str, Any], n: Any, group: dict[str, Any]) -> None:
        check((g.dim() == 2, "Param gradient must be a 2D matrix"))  # groups that are added later may hold others
        mean = state["momentum_buffer"].lerp_(g, 1 - group["momentum"])
        if group["nesterov"]:
            mean = g.lerp(mean, group["momentum"])
        update = _orthogonalized(mean, group["ns_coefficients"], group["ns_steps"], group["eps"])
        p.mul_(1 - n * group["weight_decay"])
        move(p, update, -n * RATIOS.get(group["adjust_lr_fn"], _unadjusted)(*p.shape))


def _orthogonalized(matrix: Tensor, coefficients: tuple[float, float, float], steps: int, eps: float) -> Tensor:
    """A matrix with its singular vectors, and with singular values near 1."""
    check(
        (steps < 100, "Number of steps must be less than 100 for computational efficiency"),
        (len(coefficients) == 3, "Coefficients must be a tuple of exactly 3 values"),
    )
    a, b, c = coefficients
    is_high = matrix.size(0) > matrix.size(1)
    x: Tensor = matrix.bfloat16()
    x = x.T if is_high else x  # the smaller of the two products of x with itself
    x.div_(x.norm().clamp(min=eps))  # in place: a buffer that is bfloat16 is divided too, as PyTorch's is
    for _ in range(steps):
        gram = x @ x.T
        x = addmm(x, addmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x.T if is_high else x

"""Gradients made smaller: by their common norm, or one by one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from wengert import errors
from wengert.core.levels import ask
from wengert.core.modes import no_grad
from wengert.core.tensor import Tensor, wrap
from wengert.functions.reducing.norms import norm
from wengert.functions.shaping.arranging import stack

__all__ = ["clip_grad_norm_", "clip_grad_value_", "clip_grads_with_norm_", "get_total_norm"]


def gradients_of(parameters: Any) -> list[Tensor]:
    """The gradients that are there, of one parameter or of several."""
    every = [parameters] if isinstance(parameters, Tensor) else parameters
    return [p.grad for p in every if p.grad is not None]


def get_total_norm(
    tensors: Iterable[Tensor] | Tensor, norm_type: float = 2.0, error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:  # fmt: skip
    """The norm of several tensors as one vector.

    >>> import wengert as torch
    >>> torch.nn.utils.get_total_norm([torch.tensor([3.0]), torch.tensor([4.0])])
    tensor(5.)

    Args:
        tensors: one or several.
        norm_type: the order of the norm; may be inf.
        error_if_nonfinite: whether to refuse a norm of NaN or inf.
        foreach: taken and not needed.

    Raises:
        RuntimeError: for such a norm.
    """
    every = [tensors] if isinstance(tensors, Tensor) else list(tensors)
    if not every:
        return wrap(np.zeros((), np.float32))
    order = float(norm_type)
    parts = [norm(each.detach(), order) for each in every]
    total: Tensor = norm(stack(parts), order)
    if error_if_nonfinite and not ask(total, np.isfinite):
        raise errors.ShapeError(
            f"The total norm of order {order} for gradients from `parameters` is non-finite, so it cannot be "
            "clipped. To disable this error and scale the gradients by the non-finite norm anyway, set "
            "`error_if_nonfinite=False`"
        )
    return total


def clip_grads_with_norm_(
    parameters: Iterable[Tensor] | Tensor, max_norm: float, total_norm: Tensor, foreach: bool | None = None
) -> None:
    """Scale gradients so that a norm that they have becomes at most another.

    >>> import wengert as torch
    >>> p = torch.nn.Parameter(torch.ones(1)); p.grad = torch.tensor([10.0])
    >>> torch.nn.utils.clip_grads_with_norm_([p], 1.0, torch.tensor(20.0)); p.grad
    tensor([0.5000])
    """
    with no_grad():
        factor = (float(max_norm) / (total_norm + 1e-6)).clamp(max=1.0)
        for gradient in gradients_of(parameters):
            gradient.mul_(factor)


def clip_grad_norm_(
    parameters: Iterable[Tensor] | Tensor, max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:  # fmt: skip
    """Scale the gradients so that their common norm is at most max_norm; returns what it was.

    >>> import wengert as torch
    >>> p = torch.nn.Parameter(torch.ones(2)); p.grad = torch.tensor([3.0, 4.0])
    >>> torch.nn.utils.clip_grad_norm_([p], 1.0), p.grad
    (tensor(5.), tensor([0.6000, 0.8000]))

    Args and errors as for `get_total_norm`.
    """
    every = [parameters] if isinstance(parameters, Tensor) else list(parameters)
    total = get_total_norm(gradients_of(every), norm_type, error_if_nonfinite)
    clip_grads_with_norm_(every, max_norm, total)
    return total


def clip_grad_value_(
    parameters: Iterable[Tensor] | Tensor, clip_value: float, foreach: bool | None = None
) -> None:  # fmt: skip
    """Clamp every element of the gradients between -clip_value and clip_value.

    >>> import wengert as torch
    >>> p = torch.nn.Parameter(torch.ones(2)); p.grad = torch.tensor([3.0, -0.5])
    >>> torch.nn.utils.clip_grad_value_([p], 1.0); p.grad
    tensor([ 1.0000, -0.5000])
    """
    limit = float(clip_value)
    for gradient in gradients_of(parameters):
        gradient.clamp_(-limit, limit)

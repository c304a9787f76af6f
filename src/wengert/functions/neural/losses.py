"""Losses between numbers, under the names of torch.nn.functional."""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np

from wengert import errors
from wengert.core.dispatch import common_dtype
from wengert.core.families import shape_of
from wengert.core.levels import numpy_dtype
from wengert.core.places import warn
from wengert.core.tensor import Tensor
from wengert.functions.reducing import reductions
from wengert.ops import pointwise as p
from wengert.ops import structural as s
from wengert.ops.refusals import no_kernel, refuse


def _same_sizes(input: Tensor, target: Tensor) -> None:
    if shape_of(input) != shape_of(target):
        warn(
            f"Using a target size ({target.shape}) that is different to the input size "
            f"({input.shape}). This will likely lead to incorrect results due to broadcasting. "
            "Please ensure they have the same size.",
            UserWarning,
        )


def reduced(losses: Any, reduction: str, weights: Any = None) -> Tensor:
    """What a loss returns: each element, their sum, or their (weighted) mean."""
    if reduction == "none":
        return losses  # type: ignore[no-any-return]
    if reduction == "sum":
        return reductions.sum(losses)
    if reduction != "mean":
        raise errors.ArgumentError(f"{reduction} is not a valid value for reduction")
    return reductions.mean(losses) if weights is None else reductions.sum(losses) / weights


def named(size_average: bool | None, reduce: bool | None, reduction: str) -> str:
    """The reduction, which used to be said by two truth values."""
    if size_average is None and reduce is None:
        return reduction
    name = "none" if reduce is False else "sum" if size_average is False else "mean"
    warn(
        f"size_average and reduce args will be deprecated, please use reduction='{name}' instead.",
        UserWarning,
    )
    return name


def _weighted(losses: Any, weight: Any, input: Any, reduction: str, *, by_weight: bool = True) -> Tensor:
    """The losses times their weights, reduced; the mean is by weight or by number."""
    if weight is None:
        return reduced(losses, reduction)
    if shape_of(weight) != shape_of(input):
        raise errors.ArgumentError("Weights and input must have the same size.")
    if reduction not in ("none", "sum", "mean"):
        raise errors.ArgumentError(f"Invalid reduction mode: {reduction}. Expected one of 'none', 'mean', 'sum'.")
    return reduced(p.multiply(losses, weight), reduction, reductions.sum(weight) if by_weight else None)


def mse_loss(
    input: Tensor, target: Tensor, size_average: bool | None = None, reduce: bool | None = None,
    reduction: str = "mean", weight: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """The squared difference.

    >>> import wengert as torch
    >>> torch.nn.functional.mse_loss(torch.tensor([1.0, 3.0]), torch.tensor([1.0, 1.0]))
    tensor(2.)

    Args:
        input: of any shape.
        target: of the same shape.
        size_average: deprecated, False for reduction="sum".
        reduce: deprecated, False for reduction="none".
        reduction: "mean", "sum" or "none".
        weight: None, or a factor for each element.
    """
    _same_sizes(input, target)
    difference = _difference(input, target)
    refuse(numpy_dtype(difference), no_kernel("mse_cpu", "biuc"))
    reduction = named(size_average, reduce, reduction)
    return _weighted(p.multiply(difference, difference), weight, input, reduction)


def l1_loss(
    input: Tensor, target: Tensor, size_average: bool | None = None, reduce: bool | None = None,
    reduction: str = "mean", weight: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """The absolute difference.

    >>> import wengert as torch
    >>> torch.nn.functional.l1_loss(torch.tensor([1.0, 3.0]), torch.tensor([1.0, 1.0]))
    tensor(1.)

    Arguments as for `mse_loss`. Where both are equal the gradient is 0.
    """
    _same_sizes(input, target)
    reduction = named(size_average, reduce, reduction)
    return _weighted(p.absolute(p.subtract(input, target)), weight, input, reduction)


def smooth_l1_loss(
    input: Tensor, target: Tensor, size_average: bool | None = None, reduce: bool | None = None,
    reduction: str = "mean", beta: float = 1.0,
) -> Tensor:  # fmt: skip
    """Half the squared difference over beta, and the absolute difference less beta / 2 where that is beta or more.

    >>> import wengert as torch
    >>> torch.nn.functional.smooth_l1_loss(torch.tensor([0.5, 3.0]), torch.tensor([0.0, 0.0]), reduction="none")
    tensor([0.1250, 2.5000])

    Arguments as for `mse_loss`; beta=0 is `l1_loss`.
    """
    _same_sizes(input, target)
    reduction = named(size_average, reduce, reduction)
    if beta < 0:
        raise errors.ShapeError("smooth_l1_loss does not support negative values for beta.")
    difference = p.subtract(input, target)
    size = p.absolute(difference)
    if beta == 0:
        return reduced(size, reduction)
    refuse(numpy_dtype(difference), no_kernel("smooth_l1_cpu", "biuc"))
    near = p.divide(p.multiply(p.multiply(difference, difference), 0.5), beta)
    return reduced(p.where(p.less(size, beta), near, p.subtract(size, 0.5 * beta)), reduction)


def huber_loss(
    input: Tensor, target: Tensor, reduction: str = "mean", delta: float = 1.0, weight: Tensor | None = None
) -> Tensor:
    """Half the squared difference, which goes on as a straight line where the difference is above delta.

    >>> import wengert as torch
    >>> torch.nn.functional.huber_loss(torch.tensor([0.5, 3.0]), torch.tensor([0.0, 0.0]), reduction="none")
    tensor([0.1250, 2.5000])

    Args:
        input: of any shape.
        target: of the same shape.
        reduction: "mean", "sum" or "none".
        delta: where the line begins.
        weight: None, or a factor for each element; the mean counts elements, not weights.
    """
    _same_sizes(input, target)
    if delta <= 0:
        raise errors.ShapeError("huber_loss does not support non-positive values for delta.")
    difference = _difference(input, target)
    refuse(numpy_dtype(difference), no_kernel("huber_cpu", "biuc"))
    size, found = p.absolute(difference), p.multiply(p.multiply(difference, difference), 0.5)
    if delta != inf:
        found = p.where(p.less(size, delta), found, p.multiply(p.subtract(size, 0.5 * delta), delta))
    return _weighted(found, weight, input, reduction, by_weight=False)


def _difference(input: Any, target: Any) -> Any:
    """input - target, of which one may be truth values."""
    kinds = numpy_dtype(input), numpy_dtype(target)
    if np.bool_ in kinds and kinds[0] != kinds[1]:
        input, target = (s.cast(x, common_dtype([input, target]).numpy) for x in (input, target))
    return p.subtract(input, target)

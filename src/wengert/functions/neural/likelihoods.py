"""Losses that are negative log-likelihoods, or divergences, of probabilities and counts."""

from __future__ import annotations

from math import log, pi
from typing import Any

import numpy as np

from wengert import dtypes, errors
from wengert.core.families import shape_of
from wengert.core.levels import numpy_dtype
from wengert.core.places import warn
from wengert.core.tensor import Tensor, wrap
from wengert.functions.elementwise.bent import (
    logsigmoid,
)
from wengert.functions.neural.losses import named, reduced
from wengert.functions.reducing.reductions import detached
from wengert.functions.values import first_outside
from wengert.ops import losses
from wengert.ops import pointwise as p
from wengert.ops import structural as s
from wengert.ops.refusals import Refusal, no_kernel, refuse


def checked(reduction: str) -> str:
    """The reduction, if there is one of that name."""
    if reduction not in ("none", "mean", "sum"):
        raise errors.ArgumentError(
            errors.advice(f"{reduction} is not a valid value for reduction", 'use "mean", "sum" or "none".')
        )
    return reduction


def _size(x: Any) -> str:
    return f"torch.Size({list(shape_of(x))})"


# ------------------------------------------------------------------------ of two classes


def binary_cross_entropy(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: bool | None = None,
    reduce: bool | None = None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """The cross entropy of probabilities against targets from 0 to 1; a logarithm counts as -100 at least.

    >>> import wengert as torch
    >>> torch.nn.functional.binary_cross_entropy(torch.tensor([0.5, 0.9]), torch.tensor([1.0, 1.0]))
    tensor(0.3993)

    Args:
        input: probabilities.
        target: numbers from 0 to 1, of the same shape.
        weight: None, or a factor for each element, which broadcasts.
        size_average: deprecated, False for reduction="sum".
        reduce: deprecated, False for reduction="none".
        reduction: "mean", "sum" or "none".

    Raises:
        ValueError: if the sizes differ.
        RuntimeError: for numbers that are not from 0 to 1.
    """
    reduction = checked(named(size_average, reduce, reduction))
    if shape_of(input) != shape_of(target):
        raise errors.ArgumentError(
            errors.advice(
                f"Using a target size ({_size(target)}) that is different to the input size ({_size(input)}) is "
                "deprecated. Please ensure they have the same size.",
                "target = target.expand_as(input).",
            )
        )
    own, other = (dtypes.of_numpy(numpy_dtype(x)) for x in (input, target))
    refuse(own.numpy, no_kernel("binary_cross_entropy", "biuc"))
    if own is not other:
        raise errors.DtypeError(
            errors.advice(f"Found dtype {other.title} but expected {own.title}", f"target = target.to({own}).")
        )
    for name, x in (("input", input), ("target", target)):
        if first_outside(x, 0, 1) is not None:
            raise errors.ShapeError(
                errors.advice(
                    f"all elements of {name} should be between 0 and 1",
                    "binary_cross_entropy_with_logits takes any numbers.",
                )
            )
    each = losses.binary_cross_entropy(input, target)
    return reduced(each if weight is None else p.multiply(each, weight), reduction)


def binary_cross_entropy_with_logits(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: bool | None = None,
    reduce: bool | None = None, reduction: str = "mean", pos_weight: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """The cross entropy of sigmoid(input), computed without overflow.

    >>> import wengert as torch
    >>> torch.nn.functional.binary_cross_entropy_with_logits(torch.tensor([0.0, 200.0]), torch.tensor([1.0, 1.0]))
    tensor(0.3466)

    Args:
        input: scores, any numbers.
        target: numbers from 0 to 1, of the same shape.
        weight: None, or a factor for each element, which broadcasts.
        size_average: deprecated, False for reduction="sum".
        reduce: deprecated, False for reduction="none".
        reduction: "mean", "sum" or "none".
        pos_weight: None, or a factor for what the target says is true, which broadcasts.
    """
    reduction = checked(named(size_average, reduce, reduction))
    if shape_of(input) != shape_of(target):
        raise errors.ArgumentError(
            errors.advice(
                f"Target size ({_size(target)}) must be the same as input size ({_size(input)})",
                "target = target.expand_as(input).",
            )
        )
    refuse(numpy_dtype(input), no_kernel("log_sigmoid_cpu", "biu"))
    logs = logsigmoid(input)
    if pos_weight is not None:
        logs = p.multiply(logs, p.add(p.multiply(p.subtract(pos_weight, 1), target), 1))
    each = p.subtract(p.multiply(p.subtract(1, target), input), logs)
    return reduced(each if weight is None else p.multiply(each, weight), reduction)


# ------------------------------------------------------------------------ of distributions


def kl_div(
    input: Tensor, target: Tensor, size_average: bool | None = None, reduce: bool | None = None,
    reduction: str = "mean", log_target: bool = False,
) -> Tensor:  # fmt: skip
    """The Kullback-Leibler divergence of a distribution from one that is given by its logarithms.

    >>> import wengert as torch
    >>> target = torch.tensor([[0.5, 0.5]])
    >>> torch.nn.functional.kl_div(torch.tensor([[0.25, 0.75]]).log(), target, reduction="batchmean")
    tensor(0.1438)

    Args:
        input: log-probabilities.
        target: probabilities, which broadcast against them.
        size_average: deprecated, False for reduction="sum".
        reduce: deprecated, False for reduction="none".
        reduction: "batchmean" (which is the divergence), "mean" over all elements, "sum" or "none".
        log_target: whether the target holds logarithms too.
    """
    reduction = named(size_average, reduce, reduction)
    if reduction == "mean":
        warn(
            "reduction: 'mean' divides the total loss by both the batch size and the support size."
            "'batchmean' divides only by the batch size, and aligns with the KL div math definition."
            "'mean' will be changed to behave the same as 'batchmean' in the next major release.",
            UserWarning,
        )
    whole = "sum" if reduction == "batchmean" else checked(reduction)
    for x in (input, target):
        if numpy_dtype(x).kind in "biu":
            raise errors.DtypeError(
                errors.advice("kl_div: Integral inputs not supported.", "convert with .float() first.")
            )
        if numpy_dtype(x).kind == "c":
            raise errors.DtypeError(errors.advice("kl_div: Complex inputs not supported.", "take .abs() first."))
    if log_target:
        each = p.multiply(p.exp(target), p.subtract(target, input))
    else:
        each = p.subtract(p.xlogy(target, target), p.multiply(target, input))
    total = reduced(each, whole)
    if reduction != "batchmean" or not shape_of(input):
        return total
    return p.divide(total, float(shape_of(input)[0]))  # type: ignore[no-any-return]


def poisson_nll_loss(
    input: Tensor, target: Tensor, log_input: bool = True, full: bool = False, size_average: bool | None = None,
    eps: float = 1e-8, reduce: bool | None = None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """The negative log-likelihood of counts, from the expected number or its logarithm.

    >>> import wengert as torch
    >>> torch.nn.functional.poisson_nll_loss(torch.tensor([0.0]), torch.tensor([2.0]))
    tensor(1.)

    Args:
        input: the logarithm of the expected number, or the number itself.
        target: counts.
        log_input: whether the input is a logarithm.
        full: whether to add Stirling's approximation of log(target!) where the target is above 1.
        size_average: deprecated, False for reduction="sum".
        eps: added to the input before its logarithm is taken.
        reduce: deprecated, False for reduction="none".
        reduction: "mean", "sum" or "none".
    """
    reduction = checked(named(size_average, reduce, reduction))
    if log_input:
        each = p.subtract(p.exp(input), p.multiply(target, input))
    else:
        each = p.subtract(input, p.multiply(target, p.log(p.add(input, eps))))
    if full:
        large = p.greater(target, 1)
        n = p.where(large, target, 1)
        stirling = p.add(p.subtract(p.multiply(n, p.log(n)), n), p.multiply(p.log(p.multiply(n, 2 * pi)), 0.5))
        each = p.add(each, p.where(large, stirling, 0))
    return reduced(each, reduction)


def gaussian_nll_loss(
    input: Tensor, target: Tensor, var: Any, full: bool = False, eps: float = 1e-6, reduction: str = "mean"
) -> Tensor:
    """The negative log-likelihood of numbers under normal distributions of given means and variances.

    >>> import wengert as torch
    >>> torch.nn.functional.gaussian_nll_loss(torch.tensor([1.0]), torch.tensor([3.0]), torch.tensor([4.0]))
    tensor(1.1931)

    Args:
        input: the means.
        target: the numbers.
        var: the variances: a number, or of the shape of the input, without its last dimension, or with it as 1.
        full: whether to add log(2 pi) / 2.
        eps: a variance counts as this at least; its gradient does not notice.
        reduction: "mean", "sum" or "none".

    Raises:
        ValueError: for negative variances, and for sizes that do not fit.
    """
    own = numpy_dtype(input)
    refuse(own, Refusal("c", "clamp is not supported for complex types", error=errors.UnsupportedError))
    if not isinstance(var, Tensor):
        if var < 0:
            raise errors.ArgumentError("var has negative entry/entries")
        var = wrap(np.full(shape_of(input), var, own if own.kind in "fV" else np.dtype(np.float32)))
    kind = dtypes.of_numpy(numpy_dtype(var))
    if kind.category < dtypes.FLOATING:
        raise errors.DtypeError(
            errors.advice(
                f"result type Float can't be cast to the desired output type {dtypes.C_NAMES[kind]}",
                "var = var.float().",
            )
        )
    negative = first_outside(var, 0, np.inf)
    if negative is not None and negative < 0:  # NaN passes
        raise errors.ArgumentError("var has negative entry/entries")
    have, wanted = shape_of(var), shape_of(input)
    if have != wanted:
        if have == wanted[:-1]:
            var = s.keep_axes(var, (len(have),))
        elif len(have) != len(wanted) or sum(m for n, m in zip(wanted, have, strict=True) if n != m) != 1:
            raise errors.ArgumentError("var is of incorrect size")
    if reduction not in ("none", "mean", "sum"):
        raise errors.ArgumentError(f"{reduction} is not valid")
    plain = detached(var)
    raised = p.where(p.less(plain, eps), eps, plain)
    var = p.add(raised, p.subtract(var, plain))
    difference = p.subtract(input, target)
    each = p.multiply(p.add(p.log(var), p.divide(p.multiply(difference, difference), var)), 0.5)
    if full:
        each = p.add(each, 0.5 * log(2 * pi))
    return reduced(each, reduction)

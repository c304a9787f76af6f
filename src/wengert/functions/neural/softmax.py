"""Functions of neural networks, under the names of torch.nn.functional."""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert import dtypes, errors
from wengert.core.families import shape_of
from wengert.core.fusing import fused
from wengert.core.levels import ask, numpy_dtype
from wengert.core.places import warn
from wengert.core.tensor import Tensor, wrap
from wengert.functions.halves import in_float32, is_half
from wengert.functions.linalg.products import matmul, refuse_mixed
from wengert.functions.neural.losses import named, reduced
from wengert.functions.reducing import reductions
from wengert.functions.values import answer, is_nowhere
from wengert.ops import indexing, normalising
from wengert.ops import pointwise as p
from wengert.ops import structural as s
from wengert.ops.refusals import no_kernel, refuse
from wengert.shapes import Shape, axis_index


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """input @ weight.T + bias.

    >>> import wengert as torch
    >>> torch.nn.functional.linear(torch.ones(2), torch.ones(1, 2), torch.ones(1))
    tensor([3.])

    Args:
        input: of shape (..., in_features).
        weight: of shape (out_features, in_features).
        bias: of shape (out_features,), or None.
    """
    if bias is not None and is_half(input) and numpy_dtype(input) == numpy_dtype(weight):
        return in_float32(linear, input, weight, bias)  # type: ignore[no-any-return]
    order = tuple(reversed(range(len(shape_of(weight)))))
    try:
        product = matmul(input, s.permute(weight, order))
    except errors.DtypeError:
        if bias is not None:
            refuse_mixed("mat1", input, weight)
        raise
    if bias is None:
        return product
    _check_bias(shape_of(product), weight, bias)
    return product + bias


def _check_bias(shape: tuple[int, ...], weight: Any, bias: Any) -> None:
    """Raise in PyTorch's words if a bias does not broadcast to a result."""
    have, title = shape_of(bias), dtypes.of_numpy(numpy_dtype(bias)).title
    if len(shape_of(weight)) == 1:
        raise errors.ShapeError("mat2 must be a matrix, got 1-D tensor")
    if numpy_dtype(bias) != numpy_dtype(weight):
        raise errors.DtypeError(
            errors.advice(
                f"self and mat2 must have the same dtype, but got {title} and "
                f"{dtypes.of_numpy(numpy_dtype(weight)).title}",
                "convert one of them with .to().",
            )
        )
    for k, n in enumerate(reversed(have)):
        wanted = shape[len(shape) - 1 - k] if k < len(shape) else 0
        if n not in (1, wanted):
            raise errors.ShapeError(
                f"The expanded size of the tensor ({wanted}) must match the existing size ({n}) at non-singleton "
                f"dimension {len(shape) - 1 - k}.  Target sizes: {list(shape)}.  Tensor sizes: {list(have)}"
            )


def softmax(input: Tensor, dim: int | None = None, dtype: Any = None) -> Tensor:
    """exp(input) scaled to sum to one along dim, without overflow.

    >>> import wengert as torch
    >>> torch.softmax(torch.tensor([0.0, 0.0]), 0)
    tensor([0.5000, 0.5000])
    """
    x = _floating(input, dtype, normalising.NO_SHARES)
    axes = _axes(x, dim, "softmax")
    if dtypes.is_half(numpy_dtype(x)):
        return in_float32(softmax, x, *axes or (0,))  # type: ignore[no-any-return]
    if s.size_of(x) == 0:
        return p.exp(x)  # type: ignore[no-any-return]
    return _powers(x, axes)  # type: ignore[no-any-return]


@fused("Softmax")
def _powers(x: Any, axes: Shape) -> Any:
    return normalising.softmax(x, axes)


def log_softmax(input: Tensor, dim: int | None = None, dtype: Any = None) -> Tensor:
    """The logarithm of softmax, computed without taking it.

    >>> import wengert as torch
    >>> torch.log_softmax(torch.tensor([0.0, 0.0]), 0)
    tensor([-0.6931, -0.6931])
    """
    x = _floating(input, dtype, normalising.NO_LOG_SHARES)
    axes = _axes(x, dim, "log_softmax")
    if dtypes.is_half(numpy_dtype(x)):
        return in_float32(log_softmax, x, *axes or (0,))  # type: ignore[no-any-return]
    if s.size_of(x) == 0:
        return p.exp(x)  # type: ignore[no-any-return]
    return _logs(x, axes)  # type: ignore[no-any-return]


@fused("LogSoftmax")
def _logs(x: Any, axes: Shape) -> Any:
    return normalising.log_softmax(x, axes)


def _axes(x: Any, dim: int | None, name: str) -> tuple[int, ...]:
    rank = len(shape_of(x))
    if dim is None:
        warn(
            f"Implicit dimension choice for {name} has been deprecated. Change the call to include "
            "dim=X as an argument.",
            UserWarning,
        )
        dim = 0 if rank in (0, 1, 3) else 1
    axis = axis_index(dim, rank)
    return (axis,) if rank else ()


def _floating(x: Any, dtype: Any, refusal: Any) -> Any:
    if dtype is not None:
        return x.to(dtype)
    refuse(numpy_dtype(x), refusal)
    return x


def nll_loss(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: bool | None = None,
    ignore_index: int = -100, reduce: bool | None = None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """The negative log-likelihood of class indices, from log-probabilities.

    >>> import wengert as torch
    >>> x = torch.tensor([[-0.5, -1.0]])
    >>> torch.nn.functional.nll_loss(x, torch.tensor([1]))
    tensor(1.)

    Args:
        input: log-probabilities of shape (N, C), (C,), or (N, C, d1, ...).
        target: class indices of shape (N,), (), or (N, d1, ...).
        weight: None, or a factor for each class.
        size_average: deprecated, False for reduction="sum".
        ignore_index: targets of this value count for nothing.
        reduce: deprecated, False for reduction="none".
        reduction: "mean", "sum" or "none".
    """
    reduction = named(size_average, reduce, reduction)
    shape = shape_of(input)
    _check_target(shape, target, weight)
    if len(shape) == 1:
        row, label = s.reshape(input, (1, *shape)), s.reshape(target, (1,))
        lone = nll_loss(row, label, weight, ignore_index=ignore_index, reduction=reduction)
        return s.reshape(lone, ()) if reduction == "none" else lone
    refuse(numpy_dtype(input), no_kernel("nll_loss_out_frame", "biuc"))
    classes = shape[1]
    whole = weight is None and answer(target, lambda array: are_all(array, classes, ignore_index))
    if not whole:
        _check_classes(target, classes, ignore_index)
    kept = None if whole else p.not_equal(target, ignore_index)
    safe = target if whole else p.where(kept, target, 0)
    picked = reductions.along(input, 1, s.keep_axes(safe, (1,)))
    if whole and reduction != "none":
        return p.negative(reduced(picked, reduction))  # type: ignore[no-any-return]
    losses = p.negative(s.reshape(picked, shape_of(target)))
    if whole:
        return losses  # type: ignore[no-any-return]
    factors = s.cast(kept, numpy_dtype(input))
    if weight is not None:
        factors = p.multiply(factors, indexing.gather(weight, s.keep_axes(safe, (0,))))
    losses = p.where(kept, p.multiply(losses, factors), 0)
    return reduced(losses, reduction, reductions.sum(factors))


def are_all(target: Any, classes: int, ignored: int) -> bool:
    """Whether an array of class indices has classes only, and none that is ignored."""
    return indexing.are_positions(target, classes) and (not 0 <= ignored < classes or is_nowhere(target == ignored))


def _check_target(shape: Any, target: Any, weight: Any) -> None:
    """Raise if class indices are no indices, or do not fit scores of a shape."""
    have = shape_of(target)
    wanted = (*shape[:1], *shape[2:]) if len(shape) != 1 else ()
    title = dtypes.of_numpy(numpy_dtype(target)).title
    if not shape:
        raise errors.ArgumentError("Expected 1 or more dimensions (got 0)")
    if len(shape) == 1 and have not in ((), (1,)):
        raise errors.ArgumentError(f"For 1D input, 1D target must have size 1, but got target size: {have[0]}")
    advice = f"input is {list(shape)}, so target must be {list(wanted)}."
    if len(shape) > 1 and have[:1] != wanted[:1]:
        message = f"Expected input batch_size ({shape[0]}) to match target batch_size ({[*have, 0][0]})."
        raise errors.ArgumentError(errors.advice(message, advice))
    if len(shape) == 2 and len(have) > 1:
        raise errors.ShapeError(errors.advice("0D or 1D target tensor expected, multi-target not supported", advice))
    if len(shape) > 1 and have != wanted:
        raise errors.ShapeError(errors.advice(f"Expected target size {list(wanted)}, got {list(have)}", advice))
    if title not in ("Long", "Byte"):
        raise errors.DtypeError(
            errors.advice(
                f"expected target dtype to be Long or Byte, but got {title}",
                "target = target.long().",
            )
        )
    classes = shape[0] if len(shape) == 1 else shape[1]
    if weight is not None and shape_of(weight) != (classes,):
        raise errors.ShapeError(
            f"weight tensor should be defined either for all {classes} classes or no classes but "
            f"got weight tensor of shape: {list(shape_of(weight))}"
        )


def _check_classes(target: Any, classes: int, ignored: int) -> None:
    def question(array: Any) -> Any:
        bad = array[((array < 0) | (array >= classes)) & (array != ignored)]
        return bad[0].item() if bad.size else None

    bad = answer(target, question)  # inside a transform that has no values, gather checks
    if bad is not None:
        raise errors.AxisError(errors.advice(f"Target {bad} is out of bounds.", f"classes are 0..{classes - 1}."))


def cross_entropy(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: bool | None = None,
    ignore_index: int = -100, reduce: bool | None = None, reduction: str = "mean", label_smoothing: float = 0.0,
) -> Tensor:  # fmt: skip
    """The cross entropy of scores against class indices or class probabilities.

    >>> import wengert as torch
    >>> scores = torch.tensor([[2.0, 0.0]])
    >>> torch.nn.functional.cross_entropy(scores, torch.tensor([0]))
    tensor(0.1269)

    Args:
        input: scores (logits) of shape (N, C), (C,), or (N, C, d1, ...).
        target: class indices of shape (N,), () or (N, d1, ...), or probabilities shaped as input.
        weight: None, or a factor for each class.
        size_average: deprecated, False for reduction="sum".
        ignore_index: target indices of this value count for nothing.
        reduce: deprecated, False for reduction="none".
        reduction: "mean", "sum" or "none".
        label_smoothing: how much of the target is spread evenly over all classes, 0 to 1.
    """
    if not isinstance(target, Tensor):
        raise errors.ArgumentTypeError(
            f"cross_entropy_loss(): argument 'target' (position 2) must be Tensor, not {type(target).__name__}"
        )
    if not 0 <= label_smoothing <= 1:
        raise errors.ShapeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing:g}")
    reduction = named(size_average, reduce, reduction)
    dim = 0 if len(shape_of(input)) == 1 else 1
    if _is_soft(input, target, ignore_index):
        return _of_chances(input, target, weight, dim, reduction, label_smoothing)  # type: ignore[no-any-return]
    return _of_classes(input, target, weight, dim, ignore_index, reduction, label_smoothing)  # type: ignore[no-any-return]


@fused("NllLoss")
def _of_classes(
    x: Any, target: Any, weight: Any, dim: int, ignore_index: int, reduction: str, label_smoothing: float
) -> Any:  # fmt: skip
    logs = log_softmax(x, dim)
    loss = nll_loss(logs, target, weight, ignore_index=ignore_index, reduction=reduction)
    if label_smoothing == 0.0:
        return loss
    spread = _evenly_spread(logs, target, weight, dim, ignore_index, reduction)
    return (1 - label_smoothing) * loss + label_smoothing * spread


def _is_soft(input: Any, target: Any, ignore_index: int) -> bool:
    """Whether the target is of class probabilities: it is if it has the shape of the input."""
    if shape_of(input) != shape_of(target):
        return False
    if not dtypes.of_numpy(numpy_dtype(target)).is_floating_point:
        raise errors.DtypeError(
            "Expected floating point type for target with class probabilities, got "
            f"{dtypes.of_numpy(numpy_dtype(target)).title}"
        )
    if ignore_index >= 0:
        raise errors.ShapeError("ignore_index is not supported for floating point target")
    return True


def _evenly_spread(logs: Any, target: Any, weight: Any, dim: int, ignore_index: int, reduction: str) -> Any:
    """The loss if the target were spread evenly over all classes."""
    classes = shape_of(logs)[dim]
    counts = p.not_equal(target, ignore_index)
    each = p.multiply(logs, _along(weight, logs, dim)) if weight is not None else logs
    losses = p.negative(reductions.sum(each, dim)) / float(classes)
    losses = p.where(s.reshape(counts, shape_of(losses)), losses, 0)
    factors = s.cast(counts, numpy_dtype(logs))
    if weight is not None:
        safe = p.where(counts, target, 0)
        factors = p.multiply(factors, indexing.gather(weight, s.keep_axes(safe, (0,))))
    return reduced(losses, reduction, reductions.sum(factors))


def _along(weight: Any, logs: Any, dim: int) -> Any:
    """One factor for each class, shaped to broadcast along the classes."""
    shape = [1] * len(shape_of(logs))
    shape[dim] = shape_of(logs)[dim]
    return s.reshape(weight, tuple(shape))


@fused("NllLoss")
def _of_chances(x: Any, target: Any, weight: Any, dim: int, reduction: str, smoothing: float) -> Any:
    logs = log_softmax(x, dim)
    classes = shape_of(logs)[dim]
    if smoothing:
        target = target * (1 - smoothing) + smoothing / classes
    if weight is not None:
        target = p.multiply(target, _along(weight, logs, dim))
    losses = p.negative(reductions.sum(p.multiply(logs, target), dim))
    if reduction == "mean":
        return reductions.sum(losses) / float(max(s.size_of(losses), 1))
    return reduced(losses, reduction)


def one_hot(tensor: Tensor, num_classes: int = -1) -> Tensor:
    """A row of zeros with a single one for each index.

    >>> import wengert as torch
    >>> torch.nn.functional.one_hot(torch.tensor([0, 2]), 3)
    tensor([[1, 0, 0],
            [0, 0, 1]])
    """
    if numpy_dtype(tensor) != np.int64:
        raise errors.DtypeError("one_hot is only applicable to index tensor of type LongTensor.")
    if num_classes == -1 and s.size_of(tensor) == 0:
        raise errors.ShapeError("Can not infer total number of classes from empty tensor.")
    if s.size_of(tensor) and ask(tensor, lambda array: array.min() < 0):
        raise errors.ShapeError("Class values must be non-negative.")
    if num_classes == -1:
        num_classes = ask(tensor, lambda array: int(array.max()) + 1)
    elif s.size_of(tensor) and ask(tensor, lambda array: array.max() >= num_classes):
        raise errors.ShapeError("Class values must be smaller than num_classes.")
    compared = p.equal(s.keep_axes(tensor, (len(shape_of(tensor)),)), wrap(np.arange(num_classes)))
    result: Tensor = s.cast(compared, np.dtype(np.int64))
    return result


relu, tanh, sigmoid = p.relu, p.tanh, p.sigmoid

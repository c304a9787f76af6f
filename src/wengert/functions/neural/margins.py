"""Losses that are 0 beyond a margin: of pairs, classes, labels and triplets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from wengert import dtypes, errors
from wengert.core.families import shape_of
from wengert.core.levels import numpy_dtype
from wengert.core.tensor import Tensor, wrap
from wengert.functions.elementwise.arithmetic import clamp_min
from wengert.functions.elementwise.bent import (
    logsigmoid,
)
from wengert.functions.neural.distances import pairwise_distance
from wengert.functions.neural.likelihoods import checked
from wengert.functions.neural.losses import named, reduced
from wengert.functions.reducing import reductions
from wengert.functions.values import first_outside, refuse_all_but_wide
from wengert.ops import pointwise as p
from wengert.ops import structural as s
from wengert.ops.reduction import cumsum
from wengert.shapes import own_axis

if TYPE_CHECKING:
    from collections.abc import Callable


def _size(x: Any) -> str:
    return f"torch.Size({list(shape_of(x))})"


# ------------------------------------------------------------------------ of numbers and pairs


def hinge_embedding_loss(
    input: Tensor, target: Tensor, margin: float = 1.0, size_average: bool | None = None, reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """The input where the target is 1, and max(0, margin - input) where it is -1.

    >>> import wengert as torch
    >>> torch.nn.functional.hinge_embedding_loss(torch.tensor([0.5, 0.25]), torch.tensor([1, -1]))
    tensor(0.6250)

    Args:
        input: distances.
        target: 1 or -1 for each.
        margin: how far apart the second kind should be.
        size_average: deprecated, False for reduction="sum".
        reduce: deprecated, False for reduction="none".
        reduction: "mean", "sum" or "none".
    """
    reduction = checked(named(size_average, reduce, reduction))
    own = numpy_dtype(input)
    if own.kind in "iu":
        margin = int(margin)
    if own.kind == "u" and margin < 0:
        raise errors.ShapeError(f"value cannot be converted to type {own.name}_t without overflow")
    far = p.where(p.not_equal(target, 1), clamp_min(p.subtract(margin, input), 0), 0)
    return reduced(p.add(far, p.where(p.not_equal(target, -1), input, 0)), reduction)


def margin_ranking_loss(
    input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0, size_average: bool | None = None,
    reduce: bool | None = None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """max(0, -target * (input1 - input2) + margin): which of two should be larger.

    >>> import wengert as torch
    >>> torch.nn.functional.margin_ranking_loss(torch.tensor([1.0]), torch.tensor([3.0]), torch.tensor([1.0]))
    tensor(2.)

    Args:
        input1: numbers.
        input2: numbers, of the same dimensions.
        target: 1 where the first should be larger, -1 where the second should.
        margin: by how much.
        size_average: deprecated, False for reduction="sum".
        reduce: deprecated, False for reduction="none".
        reduction: "mean", "sum" or "none".
    """
    reduction = checked(named(size_average, reduce, reduction))
    if not len(shape_of(input1)) == len(shape_of(input2)) == len(shape_of(target)):
        raise errors.ShapeError(
            "margin_ranking_loss : All input tensors should have same dimension but got sizes: "
            f"input1: {_size(input1)}, input2: {_size(input2)}, target: {_size(target)} "
        )
    behind = p.multiply(p.negative(target), p.subtract(input1, input2))
    return reduced(clamp_min(p.add(behind, float(margin)), 0), reduction)


def soft_margin_loss(
    input: Tensor, target: Tensor, size_average: bool | None = None, reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """log(1 + exp(-target * input)), for targets 1 and -1.

    >>> import wengert as torch
    >>> torch.nn.functional.soft_margin_loss(torch.tensor([0.0, 2.0]), torch.tensor([1.0, -1.0]))
    tensor(1.4100)

    Arguments as for `hinge_embedding_loss`.
    """
    reduction = checked(named(size_average, reduce, reduction))
    product = p.multiply(target, input)
    if numpy_dtype(product).kind == "c":
        return reduced(p.log1p(p.exp(p.negative(product))), reduction)
    return reduced(p.negative(logsigmoid(product)), reduction)


def cosine_embedding_loss(
    input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0, size_average: bool | None = None,
    reduce: bool | None = None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """1 - cosine where the target is 1, and max(0, cosine - margin) where it is -1.

    >>> import wengert as torch
    >>> x, y = torch.tensor([[1.0, 1.0]]), torch.tensor([[1.0, 0.0]])
    >>> torch.nn.functional.cosine_embedding_loss(x, y, torch.tensor([1]))
    tensor(0.2929)

    Args:
        input1: vectors of shape (N, D), or (D,).
        input2: vectors of the same shape.
        target: 1 or -1 for each pair.
        margin: how large a cosine the second kind may have.
        size_average: deprecated, False for reduction="sum".
        reduce: deprecated, False for reduction="none".
        reduction: "mean", "sum" or "none".
    """
    reduction = checked(named(size_average, reduce, reduction))
    rank = len(shape_of(target))
    if rank > 1:
        raise errors.ShapeError("0D or 1D target tensor expected, multi-target not supported")
    sizes = [list(shape_of(x)) for x in (input1, input2)]
    if any(len(size) != rank + 1 for size in sizes):
        raise errors.ShapeError(
            f"{rank}D target tensor expects {rank + 1}D input tensors, but found inputs with sizes {sizes[0]} and "
            f"{sizes[1]}."
        )
    product, first, second = (
        s.reduce_sum(p.multiply(x, y), (rank,)) for x, y in ((input1, input2), (input1, input1), (input2, input2))
    )
    tiny = 1e-12  # as in PyTorch; so the cosine of a vector of zeros is 0
    cosine = p.divide(product, p.sqrt(p.multiply(p.add(first, tiny), p.add(second, tiny))))
    far = p.where(p.equal(target, -1), clamp_min(p.subtract(cosine, margin), 0), 0)
    return reduced(p.add(p.where(p.equal(target, 1), p.subtract(1, cosine), 0), far), reduction)


# ------------------------------------------------------------------------ of classes


def _rows(input: Any) -> tuple[Any, bool]:
    """The scores as a matrix, and whether there was a batch."""
    shape = shape_of(input)
    if len(shape) > 2 or 0 in shape[1:] or shape == (0,):
        raise errors.ShapeError(
            f"Expected non-empty vector or matrix with optional 0-dim batch size, but got: {list(shape)}"
        )
    return (input, True) if len(shape) == 2 else (s.reshape(input, (1, s.size_of(input))), False)


def _whole(target: Any) -> None:
    title = dtypes.of_numpy(numpy_dtype(target)).title
    if title != "Long":
        raise errors.DtypeError(
            errors.advice(f"expected scalar type Long but found {title}", "target = target.long().")
        )


def multi_margin_loss(
    input: Tensor, target: Tensor, p: int = 1, margin: float = 1.0, weight: Tensor | None = None,
    size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """The mean over the other classes of max(0, margin - score of the class + score of the other) ** p.

    >>> import wengert as torch
    >>> torch.nn.functional.multi_margin_loss(torch.tensor([[0.5, 1.0]]), torch.tensor([0]))
    tensor(0.7500)

    Args:
        input: scores of shape (N, C), or (C,).
        target: class indices of shape (N,), or one.
        p: 1 or 2.
        margin: by how much the class should lead.
        weight: None, or a factor for each class.
        size_average: deprecated, False for reduction="sum".
        reduce: deprecated, False for reduction="none".
        reduction: "mean", "sum" or "none".
    """
    reduction = checked(named(size_average, reduce, reduction))
    if p not in (1, 2):
        raise errors.ArgumentError("only p == 1 and p == 2 supported")
    if weight is not None and len(shape_of(weight)) != 1:
        raise errors.ArgumentError("weight must be one-dimensional")
    rows, is_batch = _rows(input)
    count, classes = shape_of(rows)
    _check_classes(input, target, weight, count, classes)
    refuse_all_but_wide("multi_margin_loss_cpu_kernel", input)
    each = _over_others(rows, s.reshape(target, (count,)), p, margin, weight)
    if not is_batch and not (shape_of(target) and shape_of(input)):
        each = s.reshape(each, ())
    return reduced(each, reduction)


def _check_classes(input: Any, target: Any, weight: Any, count: int, classes: int) -> None:
    if (shape_of(target) or (1,)) != (count,):
        raise errors.ShapeError(
            "multi_margin_loss: target tensor should be 1-D with size equal to the number of input samples (batch "
            f"size). Expected target size [{count}], but got {list(shape_of(target))}. Input has shape "
            f"{list(shape_of(input))}."
        )
    _whole(target)
    if weight is not None and shape_of(weight) != (classes,):
        raise errors.ShapeError(f"inconsistent weight size, expected {classes} but got {list(shape_of(weight))}")
    if first_outside(target, 0, classes - 1) is not None:
        raise errors.ShapeError(errors.advice("target out of range", f"classes are 0..{classes - 1}."))


def _over_others(rows: Any, target: Any, order: int, margin: float, weight: Any) -> Any:
    classes = shape_of(rows)[1]
    index = s.keep_axes(target, (1,))
    behind = clamp_min(p.add(p.subtract(rows, reductions.along(rows, 1, index)), margin), 0)
    if order == 2:
        behind = p.multiply(behind, behind)
    if weight is not None:
        factors = reductions.along(s.broadcast_to(s.keep_axes(weight, (0,)), shape_of(rows)), 1, index)
        behind = p.multiply(behind, factors)
    others = p.not_equal(index, wrap(np.arange(classes)))
    return p.divide(s.reduce_sum(p.where(others, behind, 0), (1,)), float(classes))


def multilabel_margin_loss(
    input: Tensor, target: Tensor, size_average: bool | None = None, reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """The sum of max(0, 1 - score of a label + score of another class) over both, by the number of classes.

    >>> import wengert as torch
    >>> torch.nn.functional.multilabel_margin_loss(torch.tensor([0.5, 1.0]), torch.tensor([1, -1]))
    tensor(0.2500)

    Args:
        input: scores of shape (N, C), or (C,).
        target: the labels of each as class indices, of the same shape; they end at the first -1.
        size_average: deprecated, False for reduction="sum".
        reduce: deprecated, False for reduction="none".
        reduction: "mean", "sum" or "none".
    """
    reduction = checked(named(size_average, reduce, reduction))
    rows, is_batch = _rows(input)
    shape = shape_of(rows)
    if (shape_of(target) or (1,)) != (shape_of(input) or (1,)):
        raise errors.ShapeError(
            f"inconsistent target size: {list(shape_of(target))} for input of size: {list(shape_of(input))}"
        )
    _whole(target)
    refuse_all_but_wide("multilabel_margin_loss_forward_out_frame", input)
    if first_outside(target, -1, shape[1] - 1) is not None:
        raise errors.ShapeError("argument #2 'target' is out of range")
    labels = s.reshape(target, shape)
    ended = cumsum(s.cast(p.less(labels, 0), np.dtype(np.int64)), 1, False)
    counts = s.keep_axes(p.equal(ended, 0), (2,))
    same = p.equal(s.keep_axes(labels, (2,)), wrap(np.arange(shape[1])))
    times = s.reduce_sum(s.cast(p.logical_and(counts, same), np.dtype(np.int64)), (1,))
    chosen = reductions.along(rows, 1, p.maximum(labels, 0))
    behind = clamp_min(p.subtract(p.add(s.keep_axes(rows, (1,)), 1), s.keep_axes(chosen, (2,))), 0)
    matter = p.logical_and(counts, s.keep_axes(p.equal(times, 0), (1,)))
    each = p.divide(s.reduce_sum(p.where(matter, behind, 0), (1, 2)), float(shape[1]))
    return reduced(each if is_batch else s.reshape(each, ()), reduction)


def multilabel_soft_margin_loss(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: bool | None = None,
    reduce: bool | None = None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """The mean over the classes of the cross entropy of sigmoid(input).

    >>> import wengert as torch
    >>> torch.nn.functional.multilabel_soft_margin_loss(torch.tensor([[0.0, 0.0]]), torch.tensor([[1.0, 0.0]]))
    tensor(0.6931)

    Args:
        input: scores of shape (N, C), or (C,).
        target: 1 for the labels of each, else 0; of the same shape.
        weight: None, or a factor for each class.
        size_average: deprecated, False for reduction="sum".
        reduce: deprecated, False for reduction="none".
        reduction: "mean", "sum" or "none".
    """
    reduction = named(size_average, reduce, reduction)
    yes = p.multiply(target, logsigmoid(input))
    no = p.multiply(p.subtract(1, target), logsigmoid(p.negative(input)))
    each = p.negative(p.add(yes, no))
    if weight is not None:
        each = p.multiply(each, weight)
    axis = own_axis(-1, len(shape_of(input)))
    losses = p.divide(s.reduce_sum(each, (axis,)), float(shape_of(input)[axis]))
    if reduction not in ("none", "mean", "sum"):
        raise errors.ArgumentError(f"{reduction} is not valid")
    return reduced(losses, reduction)


# ------------------------------------------------------------------------ of triplets


def triplet_margin_loss(  # noqa: PLR0917  PyTorch's signature
    anchor: Tensor, positive: Tensor, negative: Tensor, margin: float = 1.0, p: float = 2, eps: float = 1e-6,
    swap: bool = False, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """max(0, margin + distance to what is alike - distance to what is not).

    >>> import wengert as torch
    >>> anchor, near, far = torch.zeros(1, 2), torch.ones(1, 2), torch.full((1, 2), 1.5)
    >>> torch.nn.functional.triplet_margin_loss(anchor, near, far)
    tensor(0.2929)

    Args:
        anchor: vectors of shape (N, D), or (D,).
        positive: what is alike, of the same shape.
        negative: what is not.
        margin: by how much that should be farther.
        p: the distances are p-norms.
        eps: added to the differences.
        swap: whether to count the distance from positive to negative, where that is shorter.
        size_average: deprecated, False for reduction="sum".
        reduce: deprecated, False for reduction="none".
        reduction: "mean", "sum" or "none".
    """
    reduction = checked(named(size_average, reduce, reduction))

    def distance(x: Any, y: Any) -> Any:
        return pairwise_distance(x, y, p, eps)

    return _triplets((anchor, positive, negative), distance, margin, swap, reduction)


def triplet_margin_with_distance_loss(
    anchor: Tensor, positive: Tensor, negative: Tensor, *, distance_function: Callable[..., Any] | None = None,
    margin: float = 1.0, swap: bool = False, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """`triplet_margin_loss` with a distance of one's own.

    >>> import wengert as torch
    >>> x, y, z = torch.tensor([1.0]), torch.tensor([3.0]), torch.tensor([4.0])
    >>> torch.nn.functional.triplet_margin_with_distance_loss(x, y, z, distance_function=lambda a, b: (a - b).abs())
    tensor(0.)
    """
    checked(reduction)
    return _triplets((anchor, positive, negative), distance_function or pairwise_distance, margin, swap, reduction)


def _triplets(tensors: Any, distance: Any, margin: float, swap: bool, reduction: str) -> Tensor:
    if margin <= 0:
        raise errors.ArgumentError(f"margin must be greater than 0, got {margin}")
    anchor, positive, negative = tensors
    ranks = [len(shape_of(x)) for x in tensors]
    if len(set(ranks)) > 1:
        raise errors.ShapeError(
            "The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: "
            f"anchor {ranks[0]}D, positive {ranks[1]}D, and negative {ranks[2]}D inputs"
        )
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = p.minimum(far, distance(positive, negative))
    return reduced(clamp_min(p.add(p.subtract(near, far), margin), 0), reduction)

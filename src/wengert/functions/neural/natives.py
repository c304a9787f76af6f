"""The functions that PyTorch's layers call, which torch offers as well: with all results, and arguments in a row.

Knows PyTorch's signatures. Must not know formulas: it calls the functions that do.
"""

from __future__ import annotations

from itertools import pairwise
from math import prod
from typing import Any

import numpy as np

from wengert import errors
from wengert.core.families import shape_of
from wengert.core.levels import numpy_dtype
from wengert.core.tensor import Tensor, wrap
from wengert.functions.neural import convolution as conv
from wengert.functions.neural import embeddings, normalisation
from wengert.functions.reducing.reductions import detached
from wengert.functions.values import known
from wengert.ops import pointwise as p
from wengert.ops import structural as s
from wengert.ops.normalising import standardise

CONVOLUTIONS = {
    (False, 1): conv.conv1d, (False, 2): conv.conv2d, (False, 3): conv.conv3d,
    (True, 1): conv.conv_transpose1d, (True, 2): conv.conv_transpose2d, (True, 3): conv.conv_transpose3d,
}  # fmt: skip
MODES = ("sum", "mean", "max")


def _statistics(x: Any, axes: tuple[int, ...], eps: float) -> tuple[Any, Any]:
    """The mean over some axes, and one over the standard deviation; nothing is differentiated through them."""
    _, mean, variance = standardise(detached(x), axes, float(eps))
    return mean, p.divide(1, p.sqrt(p.add(variance, float(eps))))


def native_layer_norm(
    input: Tensor, normalized_shape: Any, weight: Tensor | None, bias: Tensor | None, eps: float
) -> tuple[Tensor, Tensor, Tensor]:
    """`torch.nn.functional.layer_norm`, and the mean and one over the standard deviation of each row.

    >>> import wengert as torch
    >>> [x.shape for x in torch.native_layer_norm(torch.ones(2, 3), (3,), None, None, 1e-5)]
    [torch.Size([2, 3]), torch.Size([2, 1]), torch.Size([2, 1])]
    """
    out = normalisation.layer_norm(input, normalized_shape, weight, bias, eps)
    rank = len(shape_of(input))
    axes = tuple(range(rank - len(tuple(normalized_shape)), rank))
    mean, scale = (s.keep_axes(x, axes) for x in _statistics(input, axes, eps))
    return out, mean, scale


def native_batch_norm(
    input: Tensor, weight: Tensor | None, bias: Tensor | None, running_mean: Tensor | None,
    running_var: Tensor | None, training: bool, momentum: float, eps: float,
) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
    """`torch.nn.functional.batch_norm`, and in training the batch's mean and one over its standard deviation.

    >>> import wengert as torch
    >>> [x.shape for x in torch.native_batch_norm(torch.ones(4, 3), None, None, None, None, True, 0.1, 1e-5)]
    [torch.Size([4, 3]), torch.Size([3]), torch.Size([3])]
    """
    out = normalisation.batch_norm(input, running_mean, running_var, weight, bias, training, momentum, eps)
    if not training:
        return out, *(wrap(np.empty(0, numpy_dtype(input))) for _ in range(2))  # type: ignore[return-value]
    return out, *_statistics(input, (0, *range(2, len(shape_of(input)))), eps)


def native_group_norm(
    input: Tensor, weight: Tensor | None, bias: Tensor | None, N: int, C: int, HxW: int, group: int, eps: float
) -> tuple[Tensor, Tensor, Tensor]:
    """`torch.nn.functional.group_norm`, and the mean and one over the standard deviation of each group.

    >>> import wengert as torch
    >>> [x.shape for x in torch.native_group_norm(torch.ones(2, 4, 3), None, None, 2, 4, 3, 2, 1e-5)]
    [torch.Size([2, 4, 3]), torch.Size([2, 2]), torch.Size([2, 2])]

    Args:
        input: of N inputs of C channels of HxW places.
        weight: of shape (C,), or None.
        bias: of shape (C,), or None.
        N: how many inputs there are.
        C: how many channels they have.
        HxW: how many places those have.
        group: how many groups the channels make.
        eps: added to the variance.
    """
    if s.size_of(input) != N * C * HxW:
        raise errors.ShapeError(f"native_group_norm: {N} x {C} x {HxW} elements expected, got {s.size_of(input)}")
    out = normalisation.group_norm(input, group, weight, bias, eps)
    return out, *_statistics(s.reshape(input, (N, group, C // group * HxW)), (2,), eps)


def convolution(  # noqa: PLR0917  PyTorch's signature
    input: Tensor, weight: Tensor, bias: Tensor | None, stride: Any, padding: Any, dilation: Any, transposed: bool,
    output_padding: Any, groups: int,
) -> Tensor:  # fmt: skip
    """A convolution, or the transpose of one, of as many dimensions as the weight has beyond two.

    >>> import wengert as torch
    >>> torch.convolution(torch.ones(1, 1, 4), torch.ones(1, 1, 2), None, [1], [0], [1], False, [0], 1)
    tensor([[[2., 2., 2.]]])

    Arguments as for `torch.nn.functional.conv2d` and `conv_transpose2d`.
    """
    dims = len(shape_of(weight)) - 2
    if (bool(transposed), dims) not in CONVOLUTIONS:
        raise errors.ShapeError(f"convolution: the weight has {dims + 2} dimensions; there are convolutions of 1 to 3")
    function = CONVOLUTIONS[bool(transposed), dims]
    if transposed:
        return function(input, weight, bias, stride, padding, output_padding, groups, dilation)  # type: ignore[no-any-return, operator]
    return function(input, weight, bias, stride, padding, dilation, groups)  # type: ignore[no-any-return, operator]


def embedding_bag(  # noqa: PLR0917  PyTorch's signature
    weight: Tensor, indices: Tensor, offsets: Tensor, scale_grad_by_freq: bool = False, mode: int = 0,
    sparse: bool = False, per_sample_weights: Tensor | None = None, include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:  # fmt: skip
    """`torch.nn.functional.embedding_bag`, with a number for the mode, and what it needs to go backward.

    >>> import wengert as torch
    >>> table = torch.tensor([[0.0], [1.0], [3.0]])
    >>> torch.embedding_bag(table, torch.tensor([1, 2, 2]), torch.tensor([0, 2]), mode=1)[0]
    tensor([[2.],
            [3.]])

    Args:
        weight: the table.
        indices: the numbers of rows.
        offsets: where each bag begins.
        scale_grad_by_freq: whether to divide the gradient of a row by how often it is used.
        mode: 0 for sums, 1 for means, 2 for maxima.
        sparse: taken.
        per_sample_weights: a factor for each row.
        include_last_offset: whether the last offset is the end of the last bag.
        padding_idx: the number of a row that does not count.

    Returns:
        the sums, means or maxima; the bag of each index; how many count in each bag; and that again, or the rows that
        had the maxima. For sums PyTorch leaves some of these empty, as it does not need them.
    """
    found = embeddings.embedding_bag(
        indices, weight, offsets, None, 2.0, scale_grad_by_freq, MODES[mode], sparse, per_sample_weights,
        include_last_offset, padding_idx,
    )  # fmt: skip
    starts = np.asarray(known(offsets, "embedding_bag", "the offsets"))
    bounds = starts if include_last_offset else np.append(starts, prod(shape_of(indices))).astype(starts.dtype)
    bag_of_each = np.repeat(np.arange(len(bounds) - 1, dtype=starts.dtype), np.diff(bounds))
    numbers = np.asarray(known(indices, "embedding_bag", "the numbers of the rows")).reshape(-1)
    counting = np.ones(numbers.shape, bool) if padding_idx is None else numbers != padding_idx % len(weight)
    sizes = np.bincount(bag_of_each[counting], minlength=len(bounds) - 1).astype(starts.dtype)
    chosen = sizes.copy()
    if mode == MODES.index("max"):
        table = np.asarray(known(weight, "embedding_bag", "the table"))
        chosen = _largest_rows(table, numbers[counting], np.append(0, np.cumsum(sizes)))
    return found, wrap(bag_of_each), wrap(sizes), wrap(chosen)


def _largest_rows(table: Any, numbers: Any, bounds: Any) -> Any:
    """For each bag and column, the number of the row that has the largest element."""
    found = np.zeros((len(bounds) - 1, table.shape[1]), numbers.dtype)
    for bag, (start, stop) in enumerate(pairwise(bounds)):
        if start < stop:
            rows = numbers[start:stop]
            found[bag] = rows[table[rows].argmax(0)]
    return found


def embedding_renorm_(input: Tensor, indices: Tensor, max_norm: float, norm_type: float) -> Tensor:
    """Scale the rows of a table that are used down to a norm, in the table itself.

    >>> import wengert as torch
    >>> torch.embedding_renorm_(torch.tensor([[3.0, 4.0], [3.0, 4.0]]), torch.tensor([1]), 1.0, 2.0)
    tensor([[3.0000, 4.0000],
            [0.6000, 0.8000]])
    """
    embeddings.shorten(input, known(indices, "embedding_renorm_", "the numbers of the rows"), max_norm, norm_type)
    return input

"""Maps with weights beside `linear` and the convolutions: of two inputs, and along time."""

from __future__ import annotations

from typing import Any

from wengert import errors
from wengert.core.families import shape_of
from wengert.core.levels import numpy_dtype
from wengert.core.tensor import Tensor
from wengert.functions.linalg.products import matmul
from wengert.functions.neural.convolution import conv1d
from wengert.functions.neural.softmax import cross_entropy, linear
from wengert.functions.shaping.laying import contiguous
from wengert.ops import pointwise as p
from wengert.ops import structural as s
from wengert.ops.refusals import no_kernel, refuse
from wengert.shapes import own_axis


def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """input1 @ weight[k] @ input2 for each k, plus bias.

    >>> import wengert as torch
    >>> torch.nn.functional.bilinear(torch.ones(2), torch.ones(3), torch.ones(1, 2, 3))
    tensor([6.])

    Args:
        input1: of shape (..., A).
        input2: of shape (..., B).
        weight: of shape (O, A, B).
        bias: of shape (O,), or None.
    """
    first, second, third = (shape_of(x) for x in (input1, input2, weight))
    if len(first) != len(second):
        raise errors.ShapeError(f"bilinear(): input dimensions do not match: got {len(first)} and {len(second)}")
    own_axis(-1, len(first))
    for axis, (n, m) in enumerate(zip(first[:-1], second[:-1], strict=True)):
        if n != m:
            raise errors.ShapeError(f"bilinear(): input batch dimensions do not match at dim {axis}: got {n} and {m}")
    for number, size, wanted in ((1, first[-1:], third[1:2]), (2, second[-1:], third[2:3])):
        if size != wanted:
            raise errors.ShapeError(
                f"bilinear(): input{number} size does not match weight size: got {[*size, 0][0]} but expected "
                f"{[*wanted, 0][0]}"
            )
    if bias is not None and shape_of(bias) != third[:1]:
        raise errors.ShapeError(
            f"bilinear(): bias size does not match weight size: got {shape_of(bias)[0]} but expected {third[0]}"
        )
    outs, a, b = third
    rows = s.reshape(weight, (outs * a, b))
    half = s.reshape(matmul(input2, s.permute(rows, (1, 0))), (*second[:-1], outs, a))
    found = s.reshape(matmul(half, s.keep_axes(input1, (len(first),))), (*first[:-1], outs))
    return found if bias is None else p.add(found, bias)  # type: ignore[no-any-return]


def conv_tbc(input: Tensor, weight: Tensor, bias: Tensor, pad: int = 0) -> Tensor:
    """conv1d of an input whose dimensions are time, batch and channels.

    >>> import wengert as torch
    >>> torch.conv_tbc(torch.ones(3, 1, 1), torch.ones(2, 1, 1), torch.zeros(1)).flatten()
    tensor([2., 2.])

    Args:
        input: of shape (T, N, C).
        weight: of shape (K, C, O).
        bias: of shape (O,).
        pad: how many zeros to put at both ends.
    """
    have, wide, more = (shape_of(x) for x in (input, weight, bias))
    if len(have) != 3:
        raise errors.ShapeError("Input must have 3 dims: time, batch, in_channel")
    if len(wide) != 3:
        raise errors.ShapeError("Weight tensor must have 3 dims: kernel_width, in_channels, out_channels.")
    if len(more) != 1:
        raise errors.ShapeError("Bias must be 1-D")
    if have[2] != wide[1]:
        raise errors.ShapeError("Input dim 2 (input channels) is not == dim 1 in the weight tensor")
    if more[0] != wide[2]:
        raise errors.ShapeError("Bias size must equal dim 2 in the weight tensor (output channels).")
    refuse(numpy_dtype(input), no_kernel("addmm_impl_cpu_", "b"))
    length = have[0] - wide[0] + 1 + 2 * pad
    if length < 0:
        raise errors.ShapeError(
            f"Trying to create tensor with negative dimension {length}: [{length}, {have[1]}, {wide[2]}]"
        )
    found = conv1d(s.permute(input, (1, 2, 0)), s.permute(weight, (2, 1, 0)), bias, padding=pad)
    moved = s.permute(found, (2, 0, 1))
    return contiguous(moved)


def linear_cross_entropy(
    input: Tensor, linear_weight: Tensor, target: Tensor, *, linear_bias: Tensor | None = None,
    weight: Tensor | None = None, reduction: str = "mean", ignore_index: int | None = None,
    label_smoothing: float = 0.0, options: Any = None,
) -> Tensor:  # fmt: skip
    """`cross_entropy` of `linear`.

    >>> import wengert as torch
    >>> x, table = torch.ones(1, 2), torch.tensor([[1.0, 1.0], [0.0, 0.0]])
    >>> torch.nn.functional.linear_cross_entropy(x, table, torch.tensor([0]))
    tensor(0.1269)

    Args:
        input: of shape (N, features), or (features,).
        linear_weight: of shape (C, features), or (C, d1, ..., features).
        target: as for cross_entropy.
        linear_bias: of the shape of linear_weight without its last dimension, or None.
        weight: None, or a factor for each class.
        reduction: "mean", "sum" or "none".
        ignore_index: target indices of this value count for nothing; -100 if it is not said.
        label_smoothing: how much of the target is spread evenly over all classes.
        options: how PyTorch is to save memory; without effect here.
    """
    have, table = shape_of(input), shape_of(linear_weight)
    if not 1 <= len(have) <= 2:
        raise errors.ShapeError(f"expected input with dimensionality 1 or 2, got {len(have)}")
    if len(table) < 2:
        raise errors.ShapeError(f"expected linear_weight with dimensionality at least 2, got {len(table)}")
    if have[-1] != table[-1]:
        raise errors.ShapeError(
            "expected equal input and linear_weight last dimensions (in_features), got "
            f"{have[-1]} and {table[-1]}, respectively"
        )
    rows = s.reshape(linear_weight, (s.size_of(linear_weight) // table[-1], table[-1]))
    flat = None if linear_bias is None else s.reshape(linear_bias, (shape_of(rows)[0],))
    scores = s.reshape(linear(input, rows, flat), (*have[:-1], *table[:-1]))
    ignored = -100 if ignore_index is None else ignore_index
    return cross_entropy(
        scores, target, weight, ignore_index=ignored, reduction=reduction, label_smoothing=label_smoothing
    )

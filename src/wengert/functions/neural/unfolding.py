"""Windows by themselves: unfold as a view, unfold as columns, and fold."""

from __future__ import annotations

from math import prod
from typing import Any

from wengert import errors
from wengert.core.families import shape_of
from wengert.core.tensor import Tensor
from wengert.functions.neural.convolution import columns, contiguous, copied, finished
from wengert.functions.neural.padding import cropped, padded
from wengert.ops import structural as s
from wengert.ops.windows import overlap_add, window_count, windows
from wengert.shapes import axis_index


def window_view(input: Tensor, dimension: int, size: int, step: int) -> Tensor:
    """All stretches of `size` elements along a dimension, `step` apart, as a new last dimension: a view.

    >>> import wengert as torch
    >>> torch.arange(5).unfold(0, 3, 2)
    tensor([[0, 1, 2],
            [2, 3, 4]])
    """
    shape = shape_of(input)
    axis = axis_index(dimension, len(shape))
    length = shape[axis] if shape else 1
    if size < 0:
        raise errors.ShapeError(f"size is {size} but must be >= 0")
    if size > length:
        raise errors.ShapeError(f"maximum size for tensor at dimension {axis} is {length} but size is {size}")
    if step <= 0:
        raise errors.ShapeError(f"step is {step} but must be > 0")
    if not shape:
        result: Tensor = s.reshape(input, (1,)) if size else s.narrow(s.reshape(input, (1,)), 0, 0, 0)
        return result
    if size == 0:
        count = length // step + 1
        shape = (*shape[:axis], count, *shape[axis + 1 :], 1)
        result = s.broadcast_to(s.keep_axes(s.narrow(input, axis, 0, 1), (len(shape) - 1,)), shape)
        return s.narrow(result, -1, 0, 0)  # type: ignore[no-any-return]
    return windows(input, (axis,), (size,), (step,), (1,))  # type: ignore[no-any-return]


window_view.__name__ = "unfold"


def _pair(name: str, value: Any) -> tuple[int, int]:
    given = tuple(value) if isinstance(value, tuple | list) else (value,)
    if len(given) not in (1, 2):
        raise errors.ShapeError(f"It is expected {name} equals to 2, but got size {len(given)}")
    return int(given[0]), int(given[-1])


def _pairs(kernel_size: Any, dilation: Any, padding: Any, stride: Any) -> list[tuple[int, int]]:
    names = ("kernel_size", "dilation", "padding", "stride")
    pairs = [_pair(name, value) for name, value in zip(names, (kernel_size, dilation, padding, stride), strict=True)]
    kernel, apart, around, step = pairs
    for words, pair in (("kernel size:kernel", kernel), ("stride:stride", step), ("dilation:dilation", apart)):
        name, short = words.split(":")
        if min(pair) <= 0:
            raise errors.ShapeError(
                f"{name} should be greater than zero, but got {short}_height: {pair[0]} {short}_width: {pair[1]}"
            )
    if min(around) < 0:
        raise errors.ShapeError(
            f"padding should be non-negative, but got pad_height: {around[0]} pad_width: {around[1]}"
        )
    return pairs


def _blocks(size: Any, kernel: Any, apart: Any, around: Any, step: Any) -> list[int]:
    return [window_count(n + 2 * a, k, t, d) for n, k, d, a, t in zip(size, kernel, apart, around, step, strict=True)]


def unfold(input: Tensor, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Tensor:
    """All blocks of an image, each as a column.

    >>> import wengert as torch
    >>> torch.nn.functional.unfold(torch.arange(6.0).reshape(1, 1, 2, 3), 2)
    tensor([[[0., 1.],
             [1., 2.],
             [3., 4.],
             [4., 5.]]])
    """
    kernel, apart, around, step = _pairs(kernel_size, dilation, padding, stride)
    shape = shape_of(input)
    if len(shape) < 3:
        axis_index(2, len(shape))
    if len(shape) not in (3, 4) or 0 in shape[-3:]:
        raise errors.ShapeError(
            "Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for "
            f"input, but got: {list(shape)}"
        )
    counts = _blocks(shape[-2:], kernel, apart, around, step)
    if min(counts) < 1:
        raise errors.ShapeError(
            f"Given input with spatial size {shape[-2:]}, kernel_size={kernel}, dilation={apart}, padding={around}, "
            f"calculated shape of the array of sliding blocks as {tuple(counts)}, but its components must be at "
            "least one."
        )
    first = len(shape) - 2
    x = padded(input, {first + i: (n, n) for i, n in enumerate(around)})
    found = columns(x, (first, first + 1), kernel, step, apart)
    result: Tensor = copied(found, (*shape[:-3], shape[-3] * prod(kernel), prod(counts)))
    return s.copy(result) if result.origin is not None else result


def fold(
    input: Tensor, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1
) -> Tensor:
    """An image of the sums of the blocks that overlap at each place: the transpose of unfold.

    >>> import wengert as torch
    >>> torch.nn.functional.fold(torch.ones(1, 4, 2), (2, 3), 2)
    tensor([[[[1., 2., 1.],
              [1., 2., 1.]]]])
    """
    size = _pair("output_size", output_size)
    kernel, apart, around, step = _pairs(kernel_size, dilation, padding, stride)
    shape = shape_of(input)
    if len(shape) not in (2, 3) or 0 in shape[-2:]:
        raise errors.ShapeError(
            "Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and non-zero dimensions for "
            f"input, but got: {list(shape)}"
        )
    if shape[-2] % prod(kernel):
        raise errors.ShapeError(
            f"Expected size of input's dimension 1 to be divisible by the product of kernel_size, but got "
            f"input.size(1)={shape[-2]} and kernel_size={kernel}."
        )
    counts = _blocks(size, kernel, apart, around, step)
    if min(counts) < 1 or prod(counts) != shape[-1]:
        raise errors.ShapeError(
            f"Given output_size={size}, kernel_size={kernel}, dilation={apart}, padding={around}, stride={step}, "
            f"expected size of input's dimension 2 to match the calculated number of sliding blocks "
            f"{counts[0]} * {counts[1]} = {prod(counts)}, but got input.size(2)={shape[-1]}."
        )
    channels = shape[-2] // prod(kernel)
    found = s.reshape(input, (*shape[:-2], channels, *kernel, *counts))
    first = len(shape) - 1
    order = (*range(first), first + 2, first + 3, first, first + 1)
    lengths = tuple(n + 2 * a for n, a in zip(size, around, strict=True))
    out = overlap_add(s.permute(found, order), (first, first + 1), step, apart, lengths)
    if any(around):
        out = contiguous(cropped(out, {first + i: (n, n) for i, n in enumerate(around)}))
    return finished(out, None, batched=True)

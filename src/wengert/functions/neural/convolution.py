"""Convolutions: windows of a tensor times a matrix of weights, and the transpose of that.

One matrix product does the work. Large images are taken one at a time; of small ones the whole batch goes into
one product, with the batch as the last axis of memory, where windows of it are copied in long runs.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from wengert import dtypes, errors
from wengert.core.families import shape_of
from wengert.core.fusing import fused
from wengert.core.levels import numpy_dtype
from wengert.core.tensor import Tensor
from wengert.functions.neural.padding import padded
from wengert.ops import pointwise as p
from wengert.ops import structural as s
from wengert.ops.contraction import matmul, matrix_transpose
from wengert.ops.windows import overlap_add, window_count, windows

Shape = tuple[int, ...]

AXES = {1: ("_width",), 2: ("_height", "_width"), 3: ("_depth", "_height", "_width")}
"""What PyTorch's messages call the dimensions."""

WORTH = 32_000_000
"""So many entries of windows a kernel of some size has to see before it is compiled."""

FEW = 256
"""Fewer positions than these make one image too small for a matrix product of its own."""


def conv1d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Any = 1, padding: Any = 0,
    dilation: Any = 1, groups: int = 1,
) -> Tensor:  # fmt: skip
    """The products of a short kernel with all stretches of a sequence, summed over channels.

    >>> import wengert as torch
    >>> x = torch.tensor([[[1.0, 2.0, 4.0, 8.0]]])
    >>> torch.nn.functional.conv1d(x, torch.tensor([[[-1.0, 1.0]]]))
    tensor([[[1., 2., 4.]]])

    Args:
        input: of shape (N, C, L), or (C, L).
        weight: of shape (O, C / groups, K).
        bias: of shape (O,), or None.
        stride: how far the kernel moves each time.
        padding: how many zeros to put at both ends; or "same", for a result as long as the input, or "valid".
        dilation: how far apart the elements are that a kernel reads.
        groups: so many parts of the channels are convolved on their own.
    """
    return _convolution(input, weight, bias, (stride, padding, dilation), groups, 1)


def conv2d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Any = 1, padding: Any = 0,
    dilation: Any = 1, groups: int = 1,
) -> Tensor:  # fmt: skip
    """The products of a small kernel with all parts of an image, summed over channels.

    >>> import wengert as torch
    >>> x = torch.arange(9.0).reshape(1, 1, 3, 3)
    >>> torch.nn.functional.conv2d(x, torch.ones(1, 1, 2, 2))
    tensor([[[[ 8., 12.],
              [20., 24.]]]])

    Args:
        input: of shape (N, C, H, W), or (C, H, W).
        weight: of shape (O, C / groups, KH, KW).
        bias: of shape (O,), or None.
        stride: how far the kernel moves each time; one number or one for each dimension, as the next two.
        padding: how many zeros to put at all sides; or "same", for a result as large as the input, or "valid".
        dilation: how far apart the elements are that a kernel reads.
        groups: so many parts of the channels are convolved on their own.
    """
    return _convolution(input, weight, bias, (stride, padding, dilation), groups, 2)


def conv3d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Any = 1, padding: Any = 0,
    dilation: Any = 1, groups: int = 1,
) -> Tensor:  # fmt: skip
    """The products of a small kernel with all parts of a volume, summed over channels.

    >>> import wengert as torch
    >>> torch.nn.functional.conv3d(torch.ones(1, 1, 2, 2, 3), torch.ones(1, 1, 2, 2, 2))
    tensor([[[[[8., 8.]]]]])

    The arguments are those of conv2d, with one more dimension.
    """
    return _convolution(input, weight, bias, (stride, padding, dilation), groups, 3)


def conv_transpose1d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Any = 1, padding: Any = 0,
    output_padding: Any = 0, groups: int = 1, dilation: Any = 1,
) -> Tensor:  # fmt: skip
    """Each element times a kernel, added where conv1d would have read it: the transpose of conv1d.

    >>> import wengert as torch
    >>> x = torch.tensor([[[1.0, 2.0]]])
    >>> torch.nn.functional.conv_transpose1d(x, torch.tensor([[[1.0, 10.0]]]), stride=2)
    tensor([[[ 1., 10.,  2., 20.]]])

    Args:
        input: of shape (N, C, L), or (C, L).
        weight: of shape (C, O / groups, K).
        bias: of shape (O,), or None.
        stride: how far apart the kernels are put.
        padding: how many elements to leave out at both ends.
        output_padding: how many to have more at the end.
        groups: so many parts of the channels are taken on their own.
        dilation: how far apart the elements of a kernel are put.
    """
    return _transposed(input, weight, bias, (stride, padding, output_padding, dilation), groups, 1)


def conv_transpose2d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Any = 1, padding: Any = 0,
    output_padding: Any = 0, groups: int = 1, dilation: Any = 1,
) -> Tensor:  # fmt: skip
    """Each element times a kernel, added where conv2d would have read it: the transpose of conv2d.

    >>> import wengert as torch
    >>> torch.nn.functional.conv_transpose2d(torch.ones(1, 1, 2, 2), torch.ones(1, 1, 2, 2))
    tensor([[[[1., 2., 1.],
              [2., 4., 2.],
              [1., 2., 1.]]]])

    The arguments are those of conv_transpose1d, with one more dimension.
    """
    return _transposed(input, weight, bias, (stride, padding, output_padding, dilation), groups, 2)


def conv_transpose3d(
    input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Any = 1, padding: Any = 0,
    output_padding: Any = 0, groups: int = 1, dilation: Any = 1,
) -> Tensor:  # fmt: skip
    """Each element times a kernel, added where conv3d would have read it: the transpose of conv3d.

    >>> import wengert as torch
    >>> torch.nn.functional.conv_transpose3d(torch.ones(1, 1, 1, 1, 2), torch.ones(1, 1, 1, 1, 2))
    tensor([[[[[1., 2., 1.]]]]])

    The arguments are those of conv_transpose1d, with two more dimensions.
    """
    return _transposed(input, weight, bias, (stride, padding, output_padding, dilation), groups, 3)


# ------------------------------------------------------------------------ arguments


def each(name: str, value: Any, count: int, dims: int) -> Shape:
    """One whole number for each of `dims` dimensions, where the function is of `count` dimensions."""
    given = tuple(int(n) for n in value) if isinstance(value, tuple | list) else (int(value),) * count
    if len(given) == 1:
        given *= dims
    if len(given) != dims:
        raise errors.ShapeError(
            errors.advice(
                f"expected {name} to be a single integer value or a list of {dims} values to match the convolution "
                f"dimensions, but got {name}={list(given)}",
                f"give one number, or {dims}.",
            )
        )
    return given


def _check_input(x: Any, weight: Any, count: int, name: str) -> None:
    if len(shape_of(weight)) < 3:
        raise errors.ShapeError(
            errors.advice("weight should have at least three dimensions", "weight.reshape(out_channels, channels, -1).")
        )
    rank = len(shape_of(x))
    if rank not in (count + 1, count + 2):
        raise errors.ShapeError(
            errors.advice(
                f"Expected {count + 1}D (unbatched) or {count + 2}D (batched) input to {name}{count}d, but got "
                f"input of size: {list(shape_of(x))}",
                "reshape the input to (batch, channels, ...).",
            )
        )


def _check_dtypes(x: Any, weight: Any, bias: Any) -> None:
    first, second = (dtypes.of_numpy(numpy_dtype(each)) for each in (x, weight))
    if first is not second:
        raise errors.DtypeError(
            errors.advice(
                f"expected scalar type {first.title} but found {second.title}",
                "convert one of them with .to(); convolutions do not promote.",
            )
        )
    third = first if bias is None else dtypes.of_numpy(numpy_dtype(bias))
    if third is not first:
        names = dtypes.C_NAMES
        raise errors.DtypeError(
            errors.advice(
                f"Input type ({names[first]}) and bias type ({names[third]}) should be the same",
                "bias.to(input.dtype).",
            )
        )


def _check_steps(padding: Shape, stride: Shape, dilation: Shape, groups: int, output: Shape = ()) -> None:
    if groups <= 0:
        raise errors.ShapeError("non-positive groups is not supported")
    if min(padding, default=0) < 0:
        raise errors.ShapeError(errors.advice("negative padding is not supported", "cut the input with F.pad."))
    if min(output, default=0) < 0:
        raise errors.ShapeError("negative output_padding is not supported")
    if min(stride) <= 0:
        raise errors.ShapeError("non-positive stride is not supported")
    if min(dilation) <= 0:
        raise errors.ShapeError(f"dilation should be greater than zero, but got {list(dilation)}")


def _check_channels(x: Shape, weight: Shape, groups: int, bias: Any, *, transposed: bool) -> None:
    start = "Given transposed=1" if transposed else f"Given groups={groups}"
    if weight[0] < groups:
        raise errors.ShapeError(
            f"Given groups={groups}, expected weight to be at least {groups} at dimension 0, but got weight of size "
            f"{list(weight)} instead"
        )
    if weight[0] % groups:
        raise errors.ShapeError(
            f"Given groups={groups}, expected weight to be divisible by {groups} at dimension 0, but got weight of "
            f"size [{list(weight)}] instead"
        )
    channels = weight[0] if transposed else weight[1] * groups
    if x[1] != channels:
        raise errors.ShapeError(
            errors.advice(
                f"{start}, weight of size {list(weight)}, expected input{list(x)} to have {channels} channels, but "
                f"got {x[1]} channels instead",
                "dimension 1 of the input counts the channels.",
            )
        )
    out = weight[1] * groups if transposed else weight[0]
    if bias is not None and shape_of(bias) != (out,):
        start = "Given transposed=1, weight" if transposed else "Given weight"
        raise errors.ShapeError(
            f"{start} of size {list(weight)}, expected bias to be 1-dimensional with {out} elements, but got bias of "
            f"size {list(shape_of(bias))} instead"
        )


def _sides(padding: Any, kernel: Shape, stride: Shape, dilation: Shape, count: int) -> list[tuple[int, int]]:
    """How many zeros go before and after each dimension."""
    if not isinstance(padding, str):
        return [(n, n) for n in each("padding", padding, count, len(kernel))]
    if padding not in ("same", "valid"):
        raise errors.ShapeError(errors.advice(f"Invalid padding string: '{padding}'", '"same", "valid" or a number.'))
    if padding == "valid":
        return [(0, 0)] * len(kernel)
    if any(n != 1 for n in stride):
        raise errors.ShapeError("padding='same' is not supported for strided convolutions")
    totals = [d * (k - 1) for d, k in zip(dilation, kernel, strict=True)]
    return [(total // 2, total - total // 2) for total in totals]


def _by(sizes: Any) -> str:
    return f"({' x '.join(map(str, sizes))})"


# ------------------------------------------------------------------------ how it is done


def _convolution(input: Any, weight: Any, bias: Any, steps: Any, groups: int, count: int) -> Tensor:
    _check_input(input, weight, count, "conv")
    wide = shape_of(weight)
    kernel, dims = wide[2:], len(wide) - 2
    stride, dilation = each("stride", steps[0], count, dims), each("dilation", steps[2], count, dims)
    sides = _sides(steps[1], kernel, stride, dilation, count)
    _check_steps(tuple(a for a, _ in sides), stride, dilation, groups)
    batched = len(shape_of(input)) == count + 2
    x = input if batched else s.reshape(input, (1, *shape_of(input)))
    _check_channels(shape_of(x), wide, groups, bias, transposed=False)
    _check_dtypes(x, weight, bias)
    lengths = [n + a + b for n, (a, b) in zip(shape_of(x)[2:], sides, strict=True)]
    spans = [d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True)]
    if 0 in kernel:
        told = " ".join(f"kernel{axis}: {n}" for axis, n in zip(AXES.get(dims, ()), kernel, strict=False))
        raise errors.ShapeError(f"kernel size should be greater than zero, but got {told}")
    if any(n < span for n, span in zip(lengths, spans, strict=True)):
        raise errors.ShapeError(
            errors.advice(
                f"Calculated padded input size per channel: {_by(lengths)}. Kernel size: {_by(spans)}. Kernel size "
                "can't be greater than actual input size",
                "pad the input, or use a smaller kernel.",
            )
        )
    counts = tuple(window_count(n, k, t, d) for n, k, t, d in zip(lengths, kernel, stride, dilation, strict=True))
    return _convolved(x, weight, bias, tuple(sides), counts, (stride, dilation), groups, batched)  # type: ignore[no-any-return]


def _same_kernel(x: Any, weight: Any, bias: Any, sides: Any, counts: Shape, *rest: Any) -> Any:
    """What is compiled apart."""
    return shape_of(x)[1:], shape_of(weight), sides, rest


def _entries(x: Any, weight: Any, bias: Any, sides: Any, counts: Shape, *rest: Any) -> int:
    """How many entries the windows have, over all positions."""
    return shape_of(x)[0] * prod(counts) * prod(shape_of(weight)[1:])


@fused("Convolution", keeps_inputs=True, work=_entries, worth=WORTH, kind=_same_kernel)
def _convolved(
    x: Any, weight: Any, bias: Any, sides: Any, counts: Shape, steps: tuple[Shape, Shape], groups: int, batched: bool
) -> Tensor:  # fmt: skip
    """The convolution of what is known to fit."""
    last = batch_goes_last(shape_of(x)[0], counts)
    x = padded(with_batch_last(x) if last else x, {a + 2 - last: pair for a, pair in enumerate(sides)})
    out = _products(contiguous(x) if last else x, weight, counts, steps, groups, last)
    return finished(out, bias, batched=batched)


def batch_goes_last(batch: int, counts: Any) -> bool:
    """Whether the whole batch goes into one product."""
    return batch > 1 and prod(counts) < FEW


def with_batch_last(x: Any) -> Any:
    """The axes in the order (channels, ..., batch)."""
    return s.permute(x, (*range(1, len(shape_of(x))), 0))


def with_batch_first(x: Any) -> Any:
    """The axes in the order (batch, channels, ...), again."""
    rank = len(shape_of(x))
    return contiguous(s.permute(x, (rank - 1, *range(rank - 1))))


def split_channels(x: Any, groups: int, last: int) -> Any:
    """The axis of the channels made two: the groups, and the channels of one."""
    shape, at = shape_of(x), 1 - last
    return s.reshape(x, (*shape[:at], groups, shape[at] // groups, *shape[at + 1 :]))


def copied(x: Any, shape: Shape) -> Any:
    """Another shape; where that takes a copy, nobody else sees its memory."""
    made = s.reshape(x, shape)
    if type(made) is Tensor and not np.may_share_memory(made.array, x.array):
        made.memory = made.origin = None
    return made


def contiguous(x: Any) -> Any:
    """The same in row-major memory."""
    return s.reshape(copied(x, (s.size_of(x),)), shape_of(x))


def columns(x: Any, axes: Shape, size: Shape, stride: Shape, dilation: Shape) -> Any:
    """The windows over adjacent axes, with the axes of a window in front of those that count them."""
    if all(k == 1 for k in size):
        entries = [(0, n, 1) for n in shape_of(x)]
        for axis, step in zip(axes, stride, strict=True):
            entries[axis] = (0, entries[axis][1], step)
        x = s.take_slice(x, tuple(entries)) if any(step > 1 for step in stride) else x
        shape = shape_of(x)
        return s.reshape(x, (*shape[: axes[0]], *size, *shape[axes[0] :]))
    found = windows(x, axes, size, stride, dilation)
    rank = len(shape_of(x))
    return s.permute(found, (*range(axes[0]), *range(rank, rank + len(axes)), *range(axes[0], rank)))


def _products(x: Any, weight: Any, counts: Any, steps: Any, groups: int, last: int) -> Any:
    """The convolution of what is padded already: (N, O, counts)."""
    out, inner, *kernel = shape_of(weight)
    axes = tuple(range(3 - last, 3 - last + len(kernel)))
    found = columns(split_channels(x, groups, last), axes, tuple(kernel), *steps)
    shape = shape_of(found)
    batch = shape[-1] if last else shape[0]
    lead = shape[: 1 - last]
    flat = copied(found, (*lead, groups, inner * prod(kernel), prod(counts) * (batch if last else 1)))
    matrix = s.reshape(weight, (groups, out // groups, inner * prod(kernel)))
    product = matmul(matrix, flat)
    if last:
        return with_batch_first(s.reshape(product, (out, *counts, batch)))
    return s.reshape(product, (batch, out, *counts))


def finished(out: Any, bias: Any, *, batched: bool) -> Tensor:
    """With the bias, without a batch axis where there was none, and with memory of its own."""
    shape = shape_of(out)
    if not batched:
        out = s.reshape(out, shape[1:])
    if bias is not None:
        out = p.add(out, s.reshape(bias, (shape[1], *(1,) * (len(shape) - 2))))
    elif type(out) is Tensor:
        out.memory = out.origin = None
    result: Tensor = out
    return result


def _transposed(input: Any, weight: Any, bias: Any, steps: Any, groups: int, count: int) -> Tensor:
    _check_input(input, weight, count, "conv_transpose")
    if isinstance(steps[1], str):
        raise errors.ArgumentTypeError(f"conv_transpose{count}d(): argument 'padding' must be tuple of ints, not str")
    wide = shape_of(weight)
    dims = len(wide) - 2
    names = ("stride", "padding", "output_padding", "dilation")
    stride, padding, extra, dilation = (
        each(name, value, count, dims) for name, value in zip(names, steps, strict=True)
    )
    _check_steps(padding, stride, dilation, groups, extra)
    batched = len(shape_of(input)) == count + 2
    x = input if batched else s.reshape(input, (1, *shape_of(input)))
    _check_channels(shape_of(x), wide, groups, bias, transposed=True)
    _check_dtypes(x, weight, bias)
    if any(n >= max(t, d) for n, t, d in zip(extra, stride, dilation, strict=True)):
        raise errors.ShapeError(_too_much(extra, stride, dilation))
    spatial = shape_of(x)[2:]
    spans = [d * (k - 1) + 1 for d, k in zip(dilation, wide[2:], strict=True)]
    lengths = tuple((n - 1) * t + span for n, t, span in zip(spatial, stride, spans, strict=True))
    sizes = [n - 2 * a + e for n, a, e in zip(lengths, padding, extra, strict=True)]
    if min(sizes) < 1:
        given, made = ([1, *n] if count == 1 else n for n in (spatial, sizes))
        raise errors.ShapeError(
            f"Given input size per channel: {_by(given)}. Calculated output size per channel: {_by(made)}. Output "
            "size is too small"
        )
    sides = tuple((-n, e - n) for n, e in zip(padding, extra, strict=True))
    return _spread(x, weight, bias, sides, spatial, (stride, dilation, lengths), groups, batched)  # type: ignore[no-any-return]


@fused("Convolution", keeps_inputs=True, work=_entries, worth=WORTH, kind=_same_kernel)
def _spread(
    x: Any, weight: Any, bias: Any, sides: Any, spatial: Shape, steps: tuple[Shape, ...], groups: int, batched: bool
) -> Tensor:  # fmt: skip
    """The transposed convolution of what is known to fit."""
    last = batch_goes_last(shape_of(x)[0], spatial)
    out = _sums(with_batch_last(x) if last else x, weight, steps, groups, last)
    out = padded(out, {a + 2 - last: pair for a, pair in enumerate(sides)})
    return finished(with_batch_first(out) if last else contiguous(out), bias, batched=batched)


def _too_much(extra: Shape, stride: Shape, dilation: Shape) -> str:
    axes = AXES[len(extra)]
    given = (("output_padding", extra), ("stride", stride), ("dilation", dilation))
    told = " ".join(f"{name}{axis}: {n}" for name, ns in given for axis, n in zip(axes, ns, strict=True))
    return f"output padding must be smaller than either stride or dilation, but got {told}"


def _sums(x: Any, weight: Any, steps: Any, groups: int, last: int) -> Any:
    """The transpose of _products: each column is a window, and the windows are added up."""
    channels, inner, *kernel = shape_of(weight)
    stride, dilation, lengths = steps
    shape = shape_of(x)
    lead, spatial = shape[: 1 - last], shape[2 - last : 2 - last + len(kernel)]
    batch = shape[-1:] if last else ()
    flat = copied(x, (*lead, groups, channels // groups, prod(spatial) * prod(batch)))
    matrix = s.reshape(weight, (groups, channels // groups, inner * prod(kernel)))
    product = matmul(matrix_transpose(matrix), flat)
    found = s.reshape(product, (*lead, groups * inner, *kernel, *spatial, *batch))
    start = 2 - last  # the first axis of a window
    order = [*range(len(shape_of(found)))]
    inside = order[start : start + len(kernel)]
    del order[start : start + len(kernel)]
    axes = tuple(range(start, start + len(kernel)))
    return overlap_add(s.permute(found, (*order, *inside)), axes, stride, dilation, lengths)

"""Pooling: the largest, the mean or the norm of each window."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from wengert import dtypes, errors
from wengert.core.families import shape_of
from wengert.core.fusing import fused
from wengert.core.levels import numpy_dtype
from wengert.core.tensor import Tensor, wrap
from wengert.functions.halves import is_half, widened
from wengert.functions.neural.padding import padded
from wengert.functions.values import first_outside
from wengert.ops import indexing
from wengert.ops import pointwise as p
from wengert.ops import structural as s
from wengert.ops.refusals import no_kernel, refuse
from wengert.ops.windows import window_argmax, windows

Shape = tuple[int, ...]


def max_pool1d(
    input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
    ceil_mode: bool = False, return_indices: bool = False,
) -> Any:  # fmt: skip
    """The largest element of each window of a sequence.

    >>> import wengert as torch
    >>> torch.nn.functional.max_pool1d(torch.tensor([[1.0, 3.0, 2.0, 0.0]]), 2)
    tensor([[3., 2.]])

    The arguments are those of max_pool2d.
    """
    return _max_pool(input, (kernel_size, stride, padding, dilation), ceil_mode, return_indices, 1)


def max_pool2d(
    input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
    ceil_mode: bool = False, return_indices: bool = False,
) -> Any:  # fmt: skip
    """The largest element of each window of an image; of equal ones the first gets the gradient.

    >>> import wengert as torch
    >>> x = torch.tensor([[[1.0, 3.0], [2.0, 0.0]]])
    >>> torch.nn.functional.max_pool2d(x, 2, return_indices=True)
    (tensor([[[3.]]]), tensor([[[1]]]))

    Args:
        input: of shape (N, C, H, W), or (C, H, W).
        kernel_size: of the window; one number or one for each dimension, as the next three.
        stride: how far the window moves each time; by its size if it is not said.
        padding: how far the first and last window may stand out; what is there never wins.
        dilation: how far apart the elements of a window are.
        ceil_mode: whether a last window may begin inside and end outside.
        return_indices: whether to give the positions too, as counted in one flattened image.
    """
    return _max_pool(input, (kernel_size, stride, padding, dilation), ceil_mode, return_indices, 2)


def max_pool3d(
    input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
    ceil_mode: bool = False, return_indices: bool = False,
) -> Any:  # fmt: skip
    """The largest element of each window of a volume.

    >>> import wengert as torch
    >>> torch.nn.functional.max_pool3d(torch.arange(8.0).reshape(1, 2, 2, 2), 2)
    tensor([[[[7.]]]])

    The arguments are those of max_pool2d.
    """
    return _max_pool(input, (kernel_size, stride, padding, dilation), ceil_mode, return_indices, 3)


def avg_pool1d(
    input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:  # fmt: skip
    """The mean of each window of a sequence.

    >>> import wengert as torch
    >>> torch.nn.functional.avg_pool1d(torch.tensor([[1.0, 3.0, 2.0, 0.0]]), 2)
    tensor([[2., 1.]])

    The arguments are those of avg_pool2d.
    """
    return _avg_pool(input, (kernel_size, stride, padding), (ceil_mode, count_include_pad, None), 1)


def avg_pool2d(
    input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
    count_include_pad: bool = True, divisor_override: int | None = None,
) -> Tensor:  # fmt: skip
    """The mean of each window of an image.

    >>> import wengert as torch
    >>> torch.nn.functional.avg_pool2d(torch.tensor([[[1.0, 3.0], [2.0, 0.0]]]), 2)
    tensor([[[1.5000]]])

    Args:
        input: of shape (N, C, H, W), or (C, H, W).
        kernel_size: of the window; one number or one for each dimension, as the next two.
        stride: how far the window moves each time; by its size if it is not said.
        padding: how many zeros to put at all sides.
        ceil_mode: whether a last window may begin inside and end outside.
        count_include_pad: whether those zeros count as elements.
        divisor_override: what to divide the sums by, in place of the number of elements.
    """
    return _avg_pool(input, (kernel_size, stride, padding), (ceil_mode, count_include_pad, divisor_override), 2)


def avg_pool3d(
    input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
    count_include_pad: bool = True, divisor_override: int | None = None,
) -> Tensor:  # fmt: skip
    """The mean of each window of a volume.

    >>> import wengert as torch
    >>> torch.nn.functional.avg_pool3d(torch.arange(8.0).reshape(1, 2, 2, 2), 2)
    tensor([[[[3.5000]]]])

    The arguments are those of avg_pool2d.
    """
    return _avg_pool(input, (kernel_size, stride, padding), (ceil_mode, count_include_pad, divisor_override), 3)


def lp_pool1d(input: Tensor, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> Tensor:
    """The p-norm of each window of a sequence.

    >>> import wengert as torch
    >>> torch.nn.functional.lp_pool1d(torch.tensor([[3.0, 4.0]]), 2, 2)
    tensor([[5.]])
    """
    return _lp_pool(input, norm_type, (kernel_size, stride, 0), ceil_mode, 1)


def lp_pool2d(input: Tensor, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> Tensor:
    """The p-norm of each window of an image.

    >>> import wengert as torch
    >>> torch.nn.functional.lp_pool2d(torch.ones(1, 2, 2), 2, 2)
    tensor([[[2.]]])
    """
    return _lp_pool(input, norm_type, (kernel_size, stride, 0), ceil_mode, 2)


def lp_pool3d(input: Tensor, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> Tensor:
    """The p-norm of each window of a volume.

    >>> import wengert as torch
    >>> torch.nn.functional.lp_pool3d(torch.ones(1, 2, 2, 2), 3, 2)
    tensor([[[[2.]]]])
    """
    return _lp_pool(input, norm_type, (kernel_size, stride, 0), ceil_mode, 3)


# ------------------------------------------------------------------------ arguments

NUMBERS = {1: "one int", 2: "two ints", 3: "three ints"}


def _each(name: str, value: Any, dims: int, pool: str, otherwise: str = "either be") -> Shape:
    given = tuple(map(int, value)) if isinstance(value, tuple | list) else (int(value),)
    if len(given) not in (1, dims):
        words = f"{pool}: {name} must {otherwise} a single int, or a tuple of {NUMBERS[dims]}"
        if dims == 1:
            words = f"{pool}() {name} must be an int, list of ints or tuple of ints of size 1 but got size {len(given)}"
        raise errors.ShapeError(words)
    return given if len(given) == dims else given * dims


def _steps(steps: Any, dims: int, pool: str) -> list[Shape]:
    """The size, stride, padding and dilation of a window, checked."""
    kernel, stride, padding, *dilation = steps
    size = _each("kernel_size", kernel, dims, pool)
    step = size if stride is None or stride in ([], ()) else _each("stride", stride, dims, pool, "either be omitted,")
    around = _each("padding", padding, dims, pool)
    apart = _each("dilation", dilation[0], dims, pool) if dilation else (1,) * dims
    if dims == 1 and pool.startswith("max"):
        for name, given in (("kernel_size", size), ("stride", step), ("dilation", apart)):
            if given[0] <= 0:
                raise errors.ShapeError(f"{pool}() {name} must be greater than zero, but got {given[0]}")
    if min(size) <= 0 or min(step) <= 0:
        raise errors.ShapeError("stride should not be zero" if 0 in step else "kernel size should not be zero")
    if min(apart) <= 0:
        told = " ".join(f"dilation{axis}: {n}" for axis, n in zip("THW"[-dims:], apart, strict=True))
        raise errors.ShapeError(f"dilation should be greater than zero, but got {told}")
    for k, n, d in zip(size, around, apart, strict=True):
        if n < 0:
            raise errors.ShapeError(f"pad must be non-negative, but got pad: {n}")
        if n > (d * (k - 1) + 1) // 2:
            words = f"pad should be at most half of effective kernel size, but got pad={n}, kernel_size={k}"
            words += f" and dilation={d}"
            if dims == 1 and pool.startswith("max"):
                words = (
                    f"{pool}() padding should be at most half of kernel size, but got padding={n} and kernel_size={k}"
                )
            raise errors.ShapeError(words)
    return [size, step, around, apart]


def _check_input(x: Any, dims: int, pool: str) -> None:
    shape = shape_of(x)
    if len(shape) not in (dims + 1, dims + 2):
        words = f"non-empty {dims + 1}D or {dims + 2}D (batch mode) tensor expected for input"
        if dims == 1:
            words = f"{pool}: Expected 2D or 3D (batch mode) tensor with optional 0 dim batch size for input, but got:"
            words += str(list(shape))
        raise errors.ShapeError(errors.advice(words, f"the shape is {list(shape)}; reshape it to (N, C, ...)."))
    if 0 in shape[-dims - 1 :]:
        raise errors.ShapeError(
            f"Expected {dims + 1}D or {dims + 2}D (batch mode) tensor with optional 0 dim batch size for input, but "
            f"got:{list(shape)}"
        )


def _counts(lengths: Shape, steps: list[Shape], ceil_mode: bool) -> Shape:
    """How many windows there are along each dimension."""
    found = []
    for n, k, t, a, d in zip(lengths, *steps, strict=True):
        room = n + 2 * a - d * (k - 1) - 1
        count = -(-room // t) + 1 if ceil_mode else room // t + 1
        if ceil_mode and (count - 1) * t >= n + a:  # the last window would begin in the padding
            count -= 1
        found.append(count)
    return tuple(found)


def _check_counts(shape: Shape, counts: Shape, pool: str) -> None:
    if min(counts) < 1:
        dims = len(counts)
        if pool == "max_pool1d":
            raise errors.ShapeError(f"max_pool1d() Invalid computed output size: {counts[0]}")
        lead = (1,) if pool == "avg_pool1d" else ()
        given, made = (
            "x".join(map(str, (*lead, *sizes))) for sizes in (shape[-dims - 1 :], (shape[-dims - 1], *counts))
        )
        raise errors.ShapeError(
            errors.advice(
                f"Given input size: ({given}). Calculated output size: ({made}). Output size is too small",
                "choose a smaller window.",
            )
        )


# ------------------------------------------------------------------------ how it is done


def _max_pool(x: Any, steps: Any, ceil_mode: bool, with_indices: bool, dims: int) -> Any:
    pool = f"max_pool{dims}d"
    _check_input(x, dims, pool)
    size, stride, padding, dilation = _steps(steps, dims, pool)
    refuse(numpy_dtype(x), no_kernel(pool, "bc"))
    shape = shape_of(x)
    counts = _counts(shape[-dims:], [size, stride, padding, dilation], ceil_mode)
    _check_counts(shape, counts, pool)
    values, found = _largest(x, size, stride, dilation, padding, counts)
    return (values, found) if with_indices else values


@fused("MaxPool2DWithIndices", keeps_inputs=True)
def _largest(x: Any, size: Shape, stride: Shape, dilation: Shape, padding: Shape, counts: Shape) -> tuple[Any, Any]:
    """The largest of each window, and where it stands."""
    rank, dims = len(shape_of(x)), len(size)
    found = window_argmax(x, tuple(range(rank - dims, rank)), size, stride, dilation, padding, counts)
    return picked(x, found, dims), found


def positions(x: Shape, index: Any, dims: int) -> Any:
    """The positions in all of x of elements that are counted in each image of it."""
    planes = prod(x[:-dims])
    starts = (np.arange(planes) * prod(x[-dims:])).reshape(*x[:-dims], *(1,) * dims)
    return s.reshape(p.add(index, wrap(starts)), (prod(shape_of(index)),))


def picked(x: Any, index: Any, dims: int) -> Any:
    """The elements at places that are counted in each image."""
    return s.reshape(indexing.take(x, positions(shape_of(x), index, dims)), shape_of(index))


def _avg_pool(x: Any, steps: Any, options: Any, dims: int) -> Tensor:
    pool, shape = f"avg_pool{dims}d", shape_of(x)
    ceil_mode, with_padding, divisor = options
    if dims == 1 and len(shape) not in (2, 3):
        raise errors.ShapeError(
            f"Expected 2 to 3 dimensions, but got {len(shape)}-dimensional tensor for argument #1 'self' (while "
            "checking arguments for avg_pool1d)"
        )
    if len(shape) < dims + 1:
        low = -len(shape)
        raise errors.AxisError(
            f"Dimension out of range (expected to be in range of [{low}, {-low - 1}], but got {-dims - 1})"
        )
    _check_input(x, dims, pool)
    size, stride, padding, dilation = _steps(steps, dims, pool)
    if divisor == 0:
        raise errors.ShapeError("divisor must be not zero")
    counts = _counts(shape[-dims:], [size, stride, padding, dilation], ceil_mode)
    if dims == 3 and min(counts) < 1:
        given = " ".join(f"{a}: {n}" for a, n in zip("THW", shape[-3:], strict=True))
        wide = " ".join(f"k{a}: {n}" for a, n in zip("THW", size, strict=True))
        raise errors.ShapeError(f"input image ({given}) smaller than kernel size ({wide})")
    _check_counts(shape, counts, pool)
    sides, numbers = {}, np.ones((), np.int64)
    for i, (n, k, t, a, count) in enumerate(zip(shape[-dims:], size, stride, padding, counts, strict=True)):
        starts = np.arange(count) * t - a
        ends = np.minimum(starts + k, n + a)
        inside = ends - starts if with_padding else np.minimum(ends, n) - np.maximum(starts, 0)
        numbers = np.multiply.outer(numbers, inside)
        sides[len(shape) - dims + i] = (a, max(int(starts[-1]) + k - n, 0))
    own = numpy_dtype(x)
    total = window_sums(padded(widened(x), sides), size, stride, counts)
    if divisor is None and (numbers == numbers.flat[0]).all():
        divisor = int(numbers.flat[0])
    by: Any = divisor if divisor is not None else wrap(numbers.astype(numpy_dtype(total)))
    if own.kind in "fcV":
        return s.cast(p.divide(total, by), own) if is_half(x) else p.divide(total, by)  # type: ignore[no-any-return]
    whole: Tensor = p.multiply(p.floor_quotient(p.absolute(total), abs(by)), p.sign(total))  # towards 0
    return whole if isinstance(by, Tensor) or by > 0 else -whole


def window_sums(x: Any, size: Shape, stride: Shape, counts: Shape) -> Any:
    """The sum over each window, one axis after another."""
    rank = len(shape_of(x))
    for axis, k, t, count in zip(range(rank - len(size), rank), size, stride, counts, strict=True):
        x = s.narrow(x, axis, 0, (count - 1) * t + k)
        x = s.reduce_sum(windows(x, (axis,), (k,), (t,), (1,)), (rank,))
    return x


def _lp_pool(x: Any, order: float, steps: Any, ceil_mode: bool, dims: int) -> Tensor:
    size = _each("kernel_size", steps[0], dims, f"lp_pool{dims}d")
    means = _avg_pool(p.power(x, order), steps, (ceil_mode, True, None), dims)
    positive = p.multiply(p.sign(means), p.relu(p.absolute(means)))
    return p.power(p.multiply(positive, float(prod(size))), 1.0 / order)  # type: ignore[no-any-return]


# ------------------------------------------------------------------------ back to where they were


def max_unpool1d(
    input: Tensor, indices: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
) -> Tensor:
    """The elements that max_pool1d chose, back where they were, among zeros.

    >>> import wengert as torch
    >>> torch.nn.functional.max_unpool1d(torch.tensor([[3.0, 2.0]]), torch.tensor([[1, 2]]), 2)
    tensor([[0., 3., 2., 0.]])
    """
    return _unpool(input, indices, (kernel_size, stride, padding), output_size, 1)


def max_unpool2d(
    input: Tensor, indices: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
) -> Tensor:
    """The elements that max_pool2d chose, back where they were, among zeros.

    >>> import wengert as torch
    >>> torch.nn.functional.max_unpool2d(torch.tensor([[[3.0]]]), torch.tensor([[[1]]]), 2)
    tensor([[[0., 3.],
             [0., 0.]]])
    """
    return _unpool(input, indices, (kernel_size, stride, padding), output_size, 2)


def max_unpool3d(
    input: Tensor, indices: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
) -> Tensor:
    """The elements that max_pool3d chose, back where they were, among zeros.

    >>> import wengert as torch
    >>> torch.nn.functional.max_unpool3d(torch.ones(1, 1, 1, 1), torch.tensor([[[[0]]]]), (1, 1, 2))
    tensor([[[[1., 0.]]]])
    """
    return _unpool(input, indices, (kernel_size, stride, padding), output_size, 3)


def _unpool(x: Any, indices: Any, steps: Any, output_size: Any, dims: int) -> Tensor:
    pool, shape = f"max_unpool{dims}d", shape_of(x)
    kernel, stride, padding = steps
    size = _each("kernel_size", kernel, dims, pool)
    step = size if stride is None else _each("stride", stride, dims, pool)
    around = _each("padding", padding, dims, pool)
    usual = [(n - 1) * t - 2 * a + k for n, k, t, a in zip(shape[-dims:], size, step, around, strict=True)]
    target = _target(output_size, usual, step, len(shape))
    if numpy_dtype(indices) != np.int64:
        raise errors.DtypeError(
            f"elements in indices should be type int64 but got: {dtypes.of_numpy(numpy_dtype(indices)).title}"
        )
    if shape_of(indices) != shape:
        raise errors.ShapeError(
            f"Expected shape of indices to be same as that of the input tensor ({list(shape)}) but got indices tensor "
            f"with shape: {list(shape_of(indices))}"
        )
    whole = (*shape[:-dims], *target)
    bad = first_outside(indices, 0, prod(target) - 1)
    if bad is not None:
        raise errors.ShapeError(
            f"Found an invalid max index: {bad} (output volumes are of size {'x'.join(map(str, target))})"
        )
    places = positions(whole, indices, dims)
    empty = wrap(np.zeros(whole, numpy_dtype(x)))
    return indexing.put(empty, s.reshape(x, shape_of(places)), places)  # type: ignore[no-any-return]


def _target(output_size: Any, usual: list[int], step: Shape, rank: int) -> Shape:
    dims = len(usual)
    if output_size is None:
        return tuple(usual)
    given = tuple(map(int, output_size))
    if len(given) == rank:
        given = given[-dims:]
    if len(given) != dims:
        raise errors.ArgumentError(
            f"output_size should be a sequence containing {dims} or {dims + 2} elements, but it has a length of "
            f"'{len(given)}'"
        )
    for i, (n, wanted, t) in enumerate(zip(given, usual, step, strict=True)):
        if not wanted - t < n < wanted + t:
            raise errors.ArgumentError(
                f'invalid output_size "{given}" (dim {i} must be between {wanted - t} and {wanted + t})'
            )
    return given

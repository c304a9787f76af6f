"""Layers' normalisations: by the statistics of a layer, a batch, a channel, a group, or of neighbours."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from wengert import dtypes, errors
from wengert.core.families import shape_of
from wengert.core.fusing import fused
from wengert.core.levels import Tracer, numpy_dtype
from wengert.core.modes import no_grad
from wengert.core.tensor import Tensor
from wengert.functions.halves import widened
from wengert.functions.neural.padding import padded
from wengert.functions.reducing.reductions import detached, mean
from wengert.functions.writing.inplace import copy_
from wengert.ops import pointwise as p
from wengert.ops import structural as s
from wengert.ops.normalising import standardise
from wengert.ops.refusals import no_kernel, refuse
from wengert.ops.windows import windows

Shape = tuple[int, ...]


def _scaled(x: Any, weight: Any, bias: Any) -> Any:
    """x times the weight plus the bias."""
    for each, join in ((weight, p.multiply), (bias, p.add)):
        if each is not None:
            x = join(x, widened(each))
    return x


def _as_given(x: Any, own: Any) -> Tensor:
    """A result in the dtype that the input had."""
    return x if numpy_dtype(x) == own else s.cast(x, own)  # type: ignore[no-any-return]


def _same_dtypes(own: Any, *others: Any) -> None:
    """Raise unless the others have the dtype of the input, or float32 beside half precision."""
    allowed = {own, np.dtype(np.float32)} if dtypes.is_half(own) else {own}
    if any(other is not None and numpy_dtype(other) not in allowed for other in others):
        raise errors.DtypeError(
            errors.advice(
                "mixed dtype (CPU): all inputs must share same datatype.", "convert all of them with .to(input.dtype)."
            )
        )


# ------------------------------------------------------------------------ of a layer


def _last_axes(x: Any, normalized_shape: Any, name: str, between: str) -> Shape:
    """The axes that a normalized_shape stands for, or PyTorch's refusal."""
    if not isinstance(normalized_shape, tuple | list):
        raise errors.ArgumentTypeError(
            f"{name}(): argument 'normalized_shape' (position 2) must be tuple of ints, not "
            f"{type(normalized_shape).__name__}"
        )
    wanted, have = tuple(normalized_shape), shape_of(x)
    if not wanted:
        raise errors.ShapeError(
            "Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, but got "
            "normalized_shape = []"
        )
    if have[-len(wanted) :] != wanted:
        sizes = ", ".join(map(str, wanted))
        raise errors.ShapeError(
            errors.advice(
                f"Given normalized_shape={list(wanted)}, expected input with shape [*{between}{sizes}], but got input "
                f"of size{list(have)}",
                f"normalized_shape must be the last dimensions of the input, such as {list(have[-1:])}.",
            )
        )
    return tuple(range(len(have) - len(wanted), len(have)))


def _fitting(normalized_shape: Any, **given: Any) -> None:
    for name, each in given.items():
        if each is not None and shape_of(each) != tuple(normalized_shape):
            raise errors.ShapeError(
                f"Expected {name} to be of same shape as normalized_shape, but got {name} of shape "
                f"{list(shape_of(each))} and normalized_shape = {list(normalized_shape)}"
            )


def layer_norm(
    input: Tensor, normalized_shape: Any, weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-5
) -> Tensor:
    """The input with mean 0 and variance 1 over its last dimensions, times weight plus bias.

    >>> import wengert as torch
    >>> torch.nn.functional.layer_norm(torch.tensor([[1.0, 2.0, 3.0]]), (3,))
    tensor([[-1.2247,  0.0000,  1.2247]])

    Args:
        input: floating point numbers.
        normalized_shape: the sizes of the last dimensions, over which the statistics are.
        weight: of that shape, or None.
        bias: of that shape, or None.
        eps: added to the variance.

    Raises:
        RuntimeError: for shapes or dtypes that do not fit.
    """
    axes = _last_axes(input, normalized_shape, "layer_norm", ", ")
    _fitting(normalized_shape, weight=weight, bias=bias)
    own = numpy_dtype(input)
    _same_dtypes(own, weight, bias)
    refuse(own, no_kernel("LayerNormKernelImpl", "biuc"))
    return _as_given(_over_last(widened(input), weight, bias, axes, float(eps)), own)


@fused("NativeLayerNorm", keeps_inputs=True)
def _over_last(x: Any, weight: Any, bias: Any, axes: Shape, eps: float) -> Any:
    return _scaled(standardise(x, axes, eps)[0], weight, bias)


def rms_norm(input: Tensor, normalized_shape: Any, weight: Tensor | None = None, eps: float | None = None) -> Tensor:
    """The input divided by the root of the mean of its squares over its last dimensions, times weight.

    >>> import wengert as torch
    >>> torch.nn.functional.rms_norm(torch.tensor([[3.0, 4.0]]), (2,))
    tensor([[0.8485, 1.1314]])

    The arguments are those of `layer_norm`; without eps it is the smallest step above 1 of the dtype.
    """
    axes = _last_axes(input, normalized_shape, "rms_norm", "")
    _fitting(normalized_shape, weight=weight)
    own = numpy_dtype(input)
    refuse(own, no_kernel("rms_norm", "biu"))
    x = widened(input)
    if eps is None:
        eps = float(dtypes.finfo(dtypes.of_numpy(numpy_dtype(x))).eps)
    return _as_given(_by_root(x, weight, axes, float(eps)), own)


@fused("RmsNorm", keeps_inputs=True)
def _by_root(x: Any, weight: Any, axes: Shape, eps: float) -> Any:
    root = p.sqrt(p.add(mean(p.multiply(x, x), axes, keepdim=True), eps))
    return _scaled(p.divide(x, root), weight, None)


# ------------------------------------------------------------------------ of a batch


def _check_channels(channels: int, **given: Any) -> None:
    for name, each in given.items():
        if each is not None and s.size_of(each) != channels:
            raise errors.ShapeError(
                errors.advice(
                    f"{name} should contain {channels} elements not {s.size_of(each)}",
                    "one for each channel, which dimension 1 of the input counts.",
                )
            )


def _check_running(running_mean: Any, running_var: Any) -> None:
    for name, each in (("running_mean", running_mean), ("running_var", running_var)):
        if each is not None and each.requires_grad:
            raise errors.GradError(
                f"The function 'native_batch_norm' is not differentiable with respect to argument '{name}'. This input "
                "cannot have requires_grad True."
            )


def batch_norm(
    input: Tensor, running_mean: Tensor | None, running_var: Tensor | None, weight: Tensor | None = None,
    bias: Tensor | None = None, training: bool = False, momentum: float = 0.1, eps: float = 1e-5,
) -> Tensor:  # fmt: skip
    """Each channel with mean 0 and variance 1 over the batch, times weight plus bias.

    >>> import wengert as torch
    >>> x = torch.tensor([[1.0], [3.0]])
    >>> average, variance = torch.zeros(1), torch.ones(1)
    >>> torch.nn.functional.batch_norm(x, average, variance, training=True)
    tensor([[-1.0000],
            [ 1.0000]])
    >>> average, variance
    (tensor([0.2000]), tensor([1.1000]))

    Args:
        input: of shape (N, C, ...).
        running_mean: the mean so far, of shape (C,), which training updates in place; or None.
        running_var: the variance so far, the same.
        weight: of shape (C,), or None.
        bias: of shape (C,), or None.
        training: whether to take the statistics of the batch; without it the running ones are taken.
        momentum: how much of the running statistics is replaced.
        eps: added to the variance.

    Raises:
        ValueError: if there is one value per channel only, when training.
        RuntimeError: for sizes or dtypes that do not fit, and if the running statistics require gradients.
    """
    shape = shape_of(input)
    if training and prod(shape[:1] + shape[2:]) == 1:
        raise errors.ArgumentError(
            errors.advice(
                f"Expected more than 1 value per channel when training, got input size torch.Size({list(shape)})",
                "give a larger batch, or training=False.",
            )
        )
    if eps < 0 or (training and eps == 0):
        wanted = "positive during training" if training else "non-negative"
        raise errors.ArgumentError(f"batch_norm eps must be {wanted}, but got {eps}")
    if training and (running_mean is None) != (running_var is None):
        raise errors.ArgumentError("running_mean and running_var must either both be None or neither be None")
    return _by_channel(input, (running_mean, running_var), (weight, bias), training, momentum, eps)


def _by_channel(input: Any, running: Any, affine: Any, training: bool, momentum: float, eps: float) -> Tensor:
    shape, own = shape_of(input), numpy_dtype(input)
    channels = shape[1] if len(shape) > 1 else 0
    for name, each in zip(("running_mean", "running_var"), running, strict=True):
        if each is None and not training:
            raise errors.ShapeError(
                errors.advice(f"{name} must be defined in evaluation mode", "pass it, or training=True.")
            )
    names = ("running_mean", "running_var", "weight", "bias")
    _check_channels(channels, **dict(zip(names, (*running, *affine), strict=True)))
    refuse(own, no_kernel("batch_norm", "biuc"))
    _same_dtypes(own, *running, *affine)
    _check_running(*running)
    x = widened(input)
    beside = (channels, *(1,) * (len(shape) - 2))
    weight, bias = (None if each is None else s.reshape(each, beside) for each in affine)
    axes = (0, *range(2, len(shape)))
    if not training:
        average, variance = (s.reshape(widened(each), beside) for each in running)
        return _as_given(_by_known(x, average, variance, weight, bias, float(eps)), own)
    count = prod(shape[axis] for axis in axes)
    out, average, variance = _over_axes(x, weight, bias, axes, float(eps))
    if count:
        unbiased = p.multiply(variance, count / (count - 1) if count > 1 else float("nan"))
        _update(running, (average, unbiased), momentum)
    return _as_given(out, own)


@fused("NativeBatchNorm", keeps_inputs=True)
def _over_axes(x: Any, weight: Any, bias: Any, axes: Shape, eps: float) -> tuple[Any, Any, Any]:
    out, average, variance = standardise(x, axes, eps)
    return _scaled(out, weight, bias), average, variance


@fused("NativeBatchNorm", keeps_inputs=True)
def _by_known(x: Any, average: Any, variance: Any, weight: Any, bias: Any, eps: float) -> Any:
    return _scaled(p.divide(p.subtract(x, average), p.sqrt(p.add(variance, eps))), weight, bias)


def _update(running: Any, batch: Any, momentum: float) -> None:
    """Move the running statistics towards those of a batch."""
    with no_grad():
        for old, new in zip(running, batch, strict=True):
            if old is not None:
                moved = p.add(p.multiply(old, 1 - momentum), p.multiply(_as(detached(new), old), momentum))
                copy_(old, _settled(moved, old))


def _as(x: Any, like: Any) -> Any:
    own = numpy_dtype(like)
    return x if numpy_dtype(x) == own else s.cast(x, own)


def _settled(value: Any, target: Any) -> Any:
    """A value to be written outside of the transforms that only differentiate it."""
    while isinstance(value, Tracer) and not isinstance(target, Tracer) and value.level.name in ("grad", "jvp", "vjp"):
        value = value.value
    return value


def instance_norm(
    input: Tensor, running_mean: Tensor | None = None, running_var: Tensor | None = None,
    weight: Tensor | None = None, bias: Tensor | None = None, use_input_stats: bool = True, momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:  # fmt: skip
    """Each channel of each input with mean 0 and variance 1, times weight plus bias.

    >>> import wengert as torch
    >>> torch.nn.functional.instance_norm(torch.tensor([[[1.0, 2.0, 3.0]]]))
    tensor([[[-1.2247,  0.0000,  1.2247]]])

    The arguments are those of `batch_norm`; use_input_stats=False takes the running statistics.
    """
    shape = shape_of(input)
    if use_input_stats and prod(shape[2:]) == 1:
        raise errors.ArgumentError(
            f"Expected more than 1 spatial element when training, got input size torch.Size({list(shape)})"
        )
    running, affine = (running_mean, running_var), (weight, bias)
    if (running_mean is None) != (running_var is None):
        raise errors.ArgumentError("running_mean and running_var must either both be None or neither be None")
    if not use_input_stats and running_mean is None:
        raise errors.ShapeError("Expected running_mean and running_var to be defined when use_input_stats is false")
    count, channels = shape[:2]
    names = ("running_mean", "running_var", "weight", "bias")
    for name, each in zip(names, (*running, *affine), strict=True):
        if each is not None and s.size_of(each) != channels:
            raise errors.ShapeError(f"{name} should contain {count * channels} elements not {count * s.size_of(each)}")
    refuse(numpy_dtype(input), no_kernel("batch_norm", "biuc"))
    if not use_input_stats:
        return _by_channel(input, running, affine, False, momentum, eps)
    own = numpy_dtype(input)
    _same_dtypes(own, *running, *affine)
    beside = (channels, *(1,) * (len(shape) - 2))
    weight, bias = (None if each is None else s.reshape(each, beside) for each in affine)
    axes = tuple(range(2, len(shape)))
    out, average, variance = _over_axes(widened(input), weight, bias, axes, float(eps))
    if running_mean is not None and count:
        size = prod(shape[2:])
        of_batch = (mean(average, 0), p.multiply(mean(variance, 0), size / (size - 1)))
        _update(running, of_batch, momentum)
    return _as_given(out, own)


# ------------------------------------------------------------------------ of groups and neighbours


def group_norm(
    input: Tensor, num_groups: int, weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-5
) -> Tensor:
    """Each group of channels of each input with mean 0 and variance 1, times weight plus bias.

    >>> import wengert as torch
    >>> torch.nn.functional.group_norm(torch.tensor([[1.0, 2.0, 30.0, 40.0]]), 2)
    tensor([[-1.0000,  1.0000, -1.0000,  1.0000]])

    Args:
        input: of shape (N, C, ...).
        num_groups: how many groups the channels make.
        weight: of shape (C,), or None.
        bias: of shape (C,), or None.
        eps: added to the variance.
    """
    shape = shape_of(input)
    if len(shape) < 2:
        raise errors.ShapeError(f"Expected at least 2 dimensions for input tensor but received {len(shape)}")
    if num_groups and shape[0] * shape[1] // num_groups * prod(shape[2:]) == 1:
        raise errors.ArgumentError(
            f"Expected more than 1 value per channel when training, got input size {list(shape)}"
        )
    if num_groups <= 0:
        raise errors.ShapeError(f"Expected num groups to be greater than 0, got {num_groups}")
    if shape[1] % num_groups:
        raise errors.ShapeError(
            "Expected number of channels in input to be divisible by num_groups, but got input of shape "
            f"{list(shape)} and num_groups={num_groups}"
        )
    for name, each in (("weight", weight), ("bias", bias)):
        if each is not None and shape_of(each) != (shape[1],):
            raise errors.ShapeError(
                f"Expected {name} to be a vector of size equal to the number of channels in input, but got {name} of "
                f"shape {list(shape_of(each))} and input of shape {list(shape)}"
            )
    own = numpy_dtype(input)
    _same_dtypes(own, weight, bias)
    refuse(own, no_kernel("GroupNormKernelImpl", "biuc"))
    return _as_given(_over_groups(widened(input), weight, bias, num_groups, float(eps)), own)


@fused("NativeGroupNorm", keeps_inputs=True)
def _over_groups(x: Any, weight: Any, bias: Any, groups: int, eps: float) -> Any:
    shape = shape_of(x)
    grouped = s.reshape(x, (shape[0], groups, shape[1] // groups * prod(shape[2:])))
    out = s.reshape(standardise(grouped, (2,), eps)[0], shape)
    beside = (shape[1], *(1,) * (len(shape) - 2))
    weight, bias = (None if each is None else s.reshape(each, beside) for each in (weight, bias))
    return _scaled(out, weight, bias)


def local_response_norm(input: Tensor, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Tensor:
    """Each element divided by (k + alpha * the mean of the squares in `size` channels around it) ** beta.

    >>> import wengert as torch
    >>> torch.nn.functional.local_response_norm(torch.ones(1, 2, 1), 2, alpha=2.0)
    tensor([[[0.5946],
             [0.4387]]])
    """
    shape = shape_of(input)
    if len(shape) < 3:
        raise errors.ArgumentError(
            f"Expected 3D or higher dimensionality                          input (got {len(shape)} dimensions)"
        )
    if s.size_of(input) == 0:
        return input
    own = dtypes.of_numpy(numpy_dtype(input))
    name = "avg_pool2d" if len(shape) == 3 else "avg_pool3d_out_frame"
    if own is not dtypes.int64 and (not own.is_floating_point or (dtypes.is_half(own.numpy) and len(shape) > 3)):
        raise errors.UnsupportedError(errors.advice(f"\"{name}\" not implemented for '{own.title}'", "use .float()."))
    squares = padded(p.multiply(input, input), {1: (size // 2, (size - 1) // 2)})
    total = s.reduce_sum(windows(squares, (1,), (size,), (1,), (1,)), (len(shape),))
    means = p.divide(total, float(size)) if own.is_floating_point else p.floor_divide(total, size)
    return p.divide(input, p.power(p.add(p.multiply(means, alpha), k), beta))  # type: ignore[no-any-return]

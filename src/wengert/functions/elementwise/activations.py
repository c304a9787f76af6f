"""Functions between layers, linear in pieces or nearly so, under the names of torch.nn.functional."""

from __future__ import annotations

from typing import Any

from wengert import dtypes, errors
from wengert.core.levels import numpy_dtype
from wengert.core.tensor import Tensor
from wengert.functions.writing.inplace import update
from wengert.ops import pointwise as p
from wengert.ops.refusals import no_kernel, refuse


def _applied(function: Any, input: Tensor, operands: tuple[Any, ...], name: str, inplace: bool) -> Tensor:
    """The function of the tensor, written into it where that is asked for."""
    result: Tensor = update(input, function, operands, f"{name}_") if inplace else function(input, *operands)
    return result


def leaky_relu(input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    """Each element, times negative_slope where it is negative.

    >>> import wengert as torch
    >>> torch.nn.functional.leaky_relu(torch.tensor([-1.0, 2.0]))
    tensor([-0.0100,  2.0000])

    At 0, where it has no derivative, the gradient is negative_slope.
    """
    refuse(numpy_dtype(input), *p.NO_LEAKY_RELU)
    return _applied(p.leaky_relu, input, (float(negative_slope),), "leaky_relu", inplace)


def threshold(input: Tensor, threshold: float, value: float, inplace: bool = False) -> Tensor:
    """Each element, or value where it is not above the threshold.

    >>> import wengert as torch
    >>> torch.nn.functional.threshold(torch.tensor([-1.0, 2.0]), 0.5, 20)
    tensor([20.,  2.])

    At the threshold the gradient is 0.
    """
    own = dtypes.of_numpy(numpy_dtype(input))
    refuse(own.numpy, *p.NO_THRESHOLD)
    limits = (threshold, value) if own.category >= dtypes.FLOATING else (int(threshold), int(value))
    return _applied(p.threshold, input, limits, "threshold", inplace)


def hardtanh(input: Tensor, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Tensor:
    """Each element moved into [min_val, max_val]; at both ends the gradient is 0.

    >>> import wengert as torch
    >>> torch.nn.functional.hardtanh(torch.tensor([-2.0, 0.5, 3.0]))
    tensor([-1.0000,  0.5000,  1.0000])
    """
    if min_val > max_val:
        raise errors.ArgumentError("min_val cannot be greater than max_val")
    own = dtypes.of_numpy(numpy_dtype(input))
    limits = (min_val, max_val) if own.category != dtypes.INTEGER else (int(min_val), int(max_val))
    refuse(own.numpy, p.BOOL_HARDTANH)
    return _applied(p.hardtanh, input, limits, "hardtanh", inplace)


def relu6(input: Tensor, inplace: bool = False) -> Tensor:
    """Each element moved into [0, 6]; at both ends the gradient is 0.

    >>> import wengert as torch
    >>> torch.nn.functional.relu6(torch.tensor([-1.0, 3.0, 7.0]))
    tensor([0., 3., 6.])
    """
    return hardtanh(input, 0.0, 6.0, inplace)


def hardsigmoid(input: Tensor, inplace: bool = False) -> Tensor:
    """relu6(x + 3) / 6, which is near the sigmoid.

    >>> import wengert as torch
    >>> torch.nn.functional.hardsigmoid(torch.tensor([-4.0, 0.0, 4.0]))
    tensor([0.0000, 0.5000, 1.0000])

    At -3 and 3 the gradient is 0.
    """
    refuse(numpy_dtype(input), no_kernel("hardsigmoid_cpu", "biuc"))
    return _applied(_hardsigmoid, input, (), "hardsigmoid", inplace)


def _hardsigmoid(x: Any) -> Any:
    return p.divide(p.hardtanh(p.add(x, 3), 0, 6), 6)


def hardswish(input: Tensor, inplace: bool = False) -> Tensor:
    """x * relu6(x + 3) / 6, which is near x * sigmoid(x).

    >>> import wengert as torch
    >>> torch.nn.functional.hardswish(torch.tensor([-2.0, 1.0, 4.0]))
    tensor([-0.3333,  0.6667,  4.0000])

    At -3 the gradient is 0, at 3 it is 1.
    """
    refuse(numpy_dtype(input), no_kernel("hardswish_cpu", "biuc"))
    return _applied(_hardswish, input, (), "hardswish", inplace)


def _hardswish(x: Any) -> Any:
    return p.divide(p.multiply(x, p.hardtanh(p.add(x, 3), 0, 6)), 6)


def elu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """Each element, or alpha * (exp(x) - 1) where it is not positive.

    >>> import wengert as torch
    >>> torch.nn.functional.elu(torch.tensor([-1.0, 2.0]))
    tensor([-0.6321,  2.0000])

    At 0 the gradient is alpha.
    """
    refuse(numpy_dtype(input), no_kernel("elu_cpu", "biuc"))
    return _applied(_elu, input, (alpha,), "elu", inplace)


def _elu(x: Any, alpha: float) -> Any:
    positive = p.greater(x, 0)
    return p.where(positive, x, p.multiply(alpha, p.expm1(p.where(positive, 0, x))))

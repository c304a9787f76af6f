"""Functions between layers that act element by element and are made of straight lines; `bent` has the others.

Each is composed of rows, so it has derivatives of every order. Half precision is computed in float32 and
rounded once where PyTorch does so.

Knows formulas, and how one is applied. Must not draw random numbers: rrelu and gumbel_softmax live in
`wengert.functions.neural.noise`.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from wengert import dtypes, errors
from wengert.core.families import shape_of
from wengert.core.fusing import fused
from wengert.core.levels import numpy_dtype
from wengert.core.tensor import Tensor
from wengert.functions.halves import in_float32
from wengert.functions.writing.inplace import update
from wengert.ops import pointwise as p
from wengert.ops import structural as s
from wengert.ops.refusals import no_kernel, refuse


def applied(
    formula: Any, input: Any, operands: tuple[Any, ...], name: str, *, inplace: bool = False, kernel: str = "",
    kinds: str = "biuc",
) -> Tensor:  # fmt: skip
    """A formula of a tensor, written into it where that is asked for.

    Args:
        formula: of the tensor and the operands.
        input: the tensor.
        operands: what else the formula takes.
        name: of the function, for its errors.
        inplace: whether to write the result into the tensor.
        kernel: PyTorch's name for its loop; empty where the rows refuse by themselves.
        kinds: the kinds of dtypes that this loop does not take.

    Raises:
        TypeError: if the input is no tensor.
        NotImplementedError: for those dtypes.
    """
    if not isinstance(input, Tensor):
        raise errors.ArgumentTypeError(
            f"{name}(): argument 'input' (position 1) must be Tensor, not {type(input).__name__}"
        )
    own = numpy_dtype(input)
    if kernel:
        refuse(own, no_kernel(kernel, kinds))
    if dtypes.is_half(own):
        formula = partial(in_float32, formula)
    result: Tensor = update(input, formula, operands, f"{name}_") if inplace else formula(input, *operands)
    return result


# ------------------------------------------------------------------------ linear in pieces


def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """Each element, or 0 where it is negative; at 0 the gradient is 0.

    >>> import wengert as torch
    >>> torch.nn.functional.relu(torch.tensor([-1.0, 2.0]))
    tensor([0., 2.])
    """
    result: Tensor = update(input, p.relu, (), "relu_") if inplace else p.relu(input)
    return result


def leaky_relu(input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    """Each element, times negative_slope where it is negative.

    >>> import wengert as torch
    >>> torch.nn.functional.leaky_relu(torch.tensor([-1.0, 2.0]))
    tensor([-0.0100,  2.0000])

    At 0, where it has no derivative, the gradient is negative_slope.
    """
    slope = (float(negative_slope),)
    return applied(p.leaky_relu, input, slope, "leaky_relu", inplace=inplace, kernel="leaky_relu_cpu")


def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """Each element, times the weight of its channel where it is negative.

    >>> import wengert as torch
    >>> torch.prelu(torch.tensor([[-1.0, -1.0]]), torch.tensor([0.5, 0.25]))
    tensor([[-0.5000, -0.2500]])

    Args:
        input: the channels are dimension 1; there is one channel where there is no such dimension.
        weight: one number for all channels, or one for each, in the dtype of the input.
    """
    shape, count = shape_of(input), s.size_of(weight)
    if numpy_dtype(input) != numpy_dtype(weight):
        names = [dtypes.of_numpy(numpy_dtype(x)).title for x in (input, weight)]
        raise errors.DtypeError(f"prelu: Type promoting not supported. Got {names[0]} and {names[1]}")
    if len(shape_of(weight)) > 1:
        raise errors.ShapeError(
            f"prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = {len(shape_of(weight))}"
        )
    if count != 1:
        if not shape:
            raise errors.ShapeError("Not allow zero-dim input tensor.")
        channels = shape[1] if len(shape) > 1 else 1
        if channels != count:
            raise errors.ShapeError(
                "Mismatch of parameter numbers and input channel size. Found parameter numbers = "
                f"{count} and channel size = {channels}."
            )
    along = s.reshape(weight, (count, *(1,) * max(len(shape) - 2, 0)) if len(shape) > 1 else (1,) * len(shape))
    if dtypes.is_half(numpy_dtype(input)):
        along = s.cast(along, np.dtype(np.float32))
    return applied(p.leaky_relu, input, (along,), "prelu", kernel="prelu_cpu")


def threshold(input: Tensor, threshold: float, value: float, inplace: bool = False) -> Tensor:
    """Each element, or value where it is not above the threshold.

    >>> import wengert as torch
    >>> torch.nn.functional.threshold(torch.tensor([-1.0, 2.0]), 0.5, 20)
    tensor([20.,  2.])

    At the threshold the gradient is 0.
    """
    return _above(input, threshold, value, inplace=inplace)


def _above(input: Tensor, limit: float, value: float, *, inplace: bool) -> Tensor:
    own = dtypes.of_numpy(numpy_dtype(input))
    limits = (limit, value)
    dtypes.refuse_beyond(own.numpy, value)
    if own.category == dtypes.INTEGER:
        limits = tuple(dtypes.number_in(bound, own.numpy).item() for bound in limits)
    return applied(p.threshold, input, limits, "threshold", inplace=inplace, kernel="threshold_cpu", kinds="bc")


def hardtanh(input: Tensor, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Tensor:
    """Each element moved into [min_val, max_val]; at both ends the gradient is 0.

    >>> import wengert as torch
    >>> torch.nn.functional.hardtanh(torch.tensor([-2.0, 0.5, 3.0]))
    tensor([-1.0000,  0.5000,  1.0000])
    """
    if min_val > max_val:
        raise errors.ArgumentError("min_val cannot be greater than max_val")
    own = dtypes.of_numpy(numpy_dtype(input))
    refuse(own.numpy, p.BOOL_HARDTANH)
    dtypes.refuse_beyond(own.numpy, min_val, max_val)
    limits = (min_val, max_val) if own.category != dtypes.INTEGER else (int(min_val), int(max_val))
    if own.numpy.kind == "u" and limits[0] < 0:
        raise errors.DtypeError("cannot do hardtanh on an unsigned type with negative limits")
    return applied(p.hardtanh, input, limits, "hardtanh", inplace=inplace)


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
    return applied(_hardsigmoid, input, (), "hardsigmoid", inplace=inplace, kernel="hardsigmoid_cpu")


@fused("Hardsigmoid")
def _hardsigmoid(x: Any) -> Any:
    return p.divide(p.hardtanh(p.add(x, 3), 0, 6), 6)


def hardswish(input: Tensor, inplace: bool = False) -> Tensor:
    """x * relu6(x + 3) / 6, which is near x * sigmoid(x).

    >>> import wengert as torch
    >>> torch.nn.functional.hardswish(torch.tensor([-2.0, 1.0, 4.0]))
    tensor([-0.3333,  0.6667,  4.0000])

    At -3 the gradient is 0, at 3 it is 1.
    """
    return applied(_hardswish, input, (), "hardswish", inplace=inplace, kernel="hardswish_cpu")


@fused("Hardswish")
def _hardswish(x: Any) -> Any:
    return p.divide(p.multiply(x, p.hardtanh(p.add(x, 3), 0, 6)), 6)


def hardshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """Each element, or 0 where it is in [-lambd, lambd]; there the gradient is 0.

    >>> import wengert as torch
    >>> torch.hardshrink(torch.tensor([-1.0, 0.3, 0.5, 2.0]))
    tensor([-1.,  0.,  0.,  2.])
    """
    return applied(_hardshrink, input, (lambd,), "hardshrink", kernel="hardshrink_cpu")


def _hardshrink(x: Any, lambd: float) -> Any:
    return p.where(p.less_equal(p.absolute(x), lambd), 0, x)


def softshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """Each element moved towards 0 by lambd, and 0 where it is no farther away; there the gradient is 0.

    >>> import wengert as torch
    >>> torch.nn.functional.softshrink(torch.tensor([-1.0, 0.3, 2.0]))
    tensor([-0.5000,  0.0000,  1.5000])
    """
    own = dtypes.of_numpy(numpy_dtype(input))
    refuse(own.numpy, no_kernel("softshrink_check", "biuc"))
    largest = dtypes.finfo(own).max
    if not 0 <= lambd <= largest:
        raise errors.ShapeError(
            f"lambda must be in range [0, {largest:g}] for input dtype {own.title}, but found {lambd:g}"
        )
    return applied(_softshrink, input, (lambd,), "softshrink")


@fused("Softshrink")
def _softshrink(x: Any, lambd: float) -> Any:
    inside = p.less_equal(p.absolute(x), lambd)
    return p.where(inside, p.multiply(x, 0), p.subtract(x, p.multiply(p.sign(x), lambd)))


# ------------------------------------------------------------------------ into the tensor itself


def relu_(input: Tensor) -> Tensor:
    """`relu`, written into the tensor.

    >>> import wengert as torch
    >>> torch.relu_(torch.tensor([-1.0, 2.0]))
    tensor([0., 2.])
    """
    return relu(input, inplace=True)


def leaky_relu_(input: Tensor, negative_slope: float = 0.01) -> Tensor:
    """`leaky_relu`, written into the tensor.

    >>> import wengert as torch
    >>> torch.nn.functional.leaky_relu_(torch.tensor([-1.0, 2.0]), 0.5)
    tensor([-0.5000,  2.0000])
    """
    return leaky_relu(input, negative_slope, inplace=True)


def threshold_(input: Tensor, threshold: float, value: float) -> Tensor:
    """`threshold`, written into the tensor.

    >>> import wengert as torch
    >>> torch.threshold_(torch.tensor([-1.0, 2.0]), 0, 5)
    tensor([5., 2.])
    """
    return _above(input, threshold, value, inplace=True)


def hardtanh_(input: Tensor, min_val: float = -1.0, max_val: float = 1.0) -> Tensor:
    """`hardtanh`, written into the tensor.

    >>> import wengert as torch
    >>> torch.nn.functional.hardtanh_(torch.tensor([-3.0, 0.5]))
    tensor([-1.0000,  0.5000])
    """
    return hardtanh(input, min_val, max_val, inplace=True)

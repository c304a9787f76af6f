"""Functions between layers that act element by element, under the names of torch.nn.functional.

Each is composed of rows, so it has derivatives of every order. Half precision is computed in float32 and
rounded once where PyTorch does so.

Knows formulas. Must not draw random numbers: rrelu and gumbel_softmax live in `wengert.functions.neural.noise`.
"""

from __future__ import annotations

from functools import partial
from math import pi, sqrt
from typing import Any

import numpy as np

from wengert import dtypes, errors
from wengert.core.families import shape_of
from wengert.core.levels import numpy_dtype
from wengert.core.tensor import Tensor
from wengert.functions.reducing.reductions import in_float32
from wengert.functions.writing.inplace import update
from wengert.ops import activations as rows
from wengert.ops import pointwise as p
from wengert.ops import special
from wengert.ops import structural as s
from wengert.ops.refusals import no_kernel, refuse
from wengert.shapes import axis_index

SELU_ALPHA = 1.6732632423543772
SELU_SCALE = 1.0507009873554805
"""What keeps mean 0 and variance 1 (Klambauer et al. 2017)."""


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


def _softshrink(x: Any, lambd: float) -> Any:
    inside = p.less_equal(p.absolute(x), lambd)
    return p.where(inside, p.multiply(x, 0), p.subtract(x, p.multiply(p.sign(x), lambd)))


# ------------------------------------------------------------------------ with exponentials


def elu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """Each element, or alpha * (exp(x) - 1) where it is not positive.

    >>> import wengert as torch
    >>> torch.nn.functional.elu(torch.tensor([-1.0, 2.0]))
    tensor([-0.6321,  2.0000])

    At 0 the gradient is alpha.
    """
    return applied(rows.elu, input, (alpha, 1.0), "elu", inplace=inplace, kernel="elu_cpu")


def celu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """Each element, or alpha * (exp(x / alpha) - 1) where it is not positive; at 0 the gradient is 1.

    >>> import wengert as torch
    >>> torch.celu(torch.tensor([-1.0, 2.0]), 2.0)
    tensor([-0.7869,  2.0000])
    """
    if alpha == 0:
        raise errors.ShapeError("ZeroDivisionError: alpha cannot be 0 for CELU")
    return applied(rows.elu, input, (alpha, alpha), "celu", inplace=inplace, kernel="elu_cpu")


def selu(input: Tensor, inplace: bool = False) -> Tensor:
    """elu, scaled so that numbers of mean 0 and variance 1 keep both from layer to layer.

    >>> import wengert as torch
    >>> torch.selu(torch.tensor([-1.0, 2.0]))
    tensor([-1.1113,  2.1014])
    """
    return applied(_selu, input, (), "selu", inplace=inplace, kernel="elu_cpu")


def _selu(x: Any) -> Any:
    return p.multiply(rows.elu(x, SELU_ALPHA, 1.0), SELU_SCALE)


def gelu(input: Tensor, *, approximate: str = "none") -> Tensor:
    """Each element times the probability that a standard normal number is below it.

    >>> import wengert as torch
    >>> torch.nn.functional.gelu(torch.tensor([-1.0, 2.0]))
    tensor([-0.1587,  1.9545])
    >>> torch.nn.functional.gelu(torch.tensor([-1.0, 2.0]), approximate="tanh")
    tensor([-0.1588,  1.9546])

    Args:
        input: floating point numbers.
        approximate: "none", or "tanh" for a formula that is off by up to 5e-4.

    Far below 0 the result keeps its relative accuracy.
    """
    if approximate not in ("none", "tanh"):
        raise errors.ShapeError("approximate argument must be either none or tanh.")
    formula = _gelu if approximate == "none" else _gelu_tanh
    return applied(formula, input, (), "gelu", kernel="GeluKernelImpl")


def _gelu(x: Any) -> Any:
    return p.multiply(x, special.ndtr(x))


def _gelu_tanh(x: Any) -> Any:
    inner = p.multiply(p.add(x, p.multiply(p.multiply(p.multiply(x, x), x), 0.044715)), sqrt(2 / pi))
    return p.multiply(p.multiply(x, 0.5), p.add(p.tanh(inner), 1))


def silu(input: Tensor, inplace: bool = False) -> Tensor:
    """x * sigmoid(x), also called swish.

    >>> import wengert as torch
    >>> torch.nn.functional.silu(torch.tensor([-1.0, 2.0]))
    tensor([-0.2689,  1.7616])
    """
    return applied(_silu, input, (), "silu", inplace=inplace, kernel="silu_cpu", kinds="biu")


def _silu(x: Any) -> Any:
    return p.multiply(x, p.sigmoid(x))


def mish(input: Tensor, inplace: bool = False) -> Tensor:
    """x * tanh(softplus(x)).

    >>> import wengert as torch
    >>> torch.nn.functional.mish(torch.tensor([-1.0, 2.0]))
    tensor([-0.3034,  1.9440])
    """
    return applied(_mish, input, (), "mish", inplace=inplace, kernel="mish_cpu")


def _mish(x: Any) -> Any:
    return p.multiply(x, p.tanh(p.logaddexp(x, 0.0)))


def softplus(input: Tensor, beta: float = 1, threshold: float = 20) -> Tensor:
    """log(1 + exp(beta * x)) / beta, without overflow.

    >>> import wengert as torch
    >>> torch.nn.functional.softplus(torch.tensor([-1.0, 0.0, 30.0]))
    tensor([ 0.3133,  0.6931, 30.0000])

    Args:
        input: floating point numbers.
        beta: how sharp the bend at 0 is.
        threshold: above it, beta * x is taken as the result.
    """
    return applied(_softplus, input, (float(beta), threshold), "softplus", kernel="softplus_cpu")


def _softplus(x: Any, beta: float, threshold: float) -> Any:
    if beta == 0:
        return p.add(p.multiply(x, 0), np.inf)
    scaled = p.multiply(x, beta) if beta != 1 else x
    linear = p.greater(scaled, threshold)
    bent = p.logaddexp(p.where(linear, 0, scaled), 0.0)
    return p.where(linear, x, p.divide(bent, beta) if beta != 1 else bent)


def logsigmoid(input: Tensor) -> Tensor:
    """The logarithm of the sigmoid, without underflow.

    >>> import wengert as torch
    >>> torch.nn.functional.logsigmoid(torch.tensor([-1000.0, 0.0]))
    tensor([-1.0000e+03, -6.9315e-01])
    """
    return applied(_logsigmoid, input, (), "log_sigmoid", kernel="log_sigmoid_cpu")


def _logsigmoid(x: Any) -> Any:
    return p.subtract(0, p.logaddexp(p.negative(x), 0.0))


def tanhshrink(input: Tensor) -> Tensor:
    """x - tanh(x).

    >>> import wengert as torch
    >>> torch.nn.functional.tanhshrink(torch.tensor([-1.0, 2.0]))
    tensor([-0.2384,  1.0360])
    """
    refuse(numpy_dtype(input), p.ONE_BOOL)
    return p.subtract(input, p.tanh(input))  # type: ignore[no-any-return]


def softsign(input: Tensor) -> Tensor:
    """x / (1 + |x|).

    >>> import wengert as torch
    >>> torch.nn.functional.softsign(torch.tensor([-1.0, 3.0]))
    tensor([-0.5000,  0.7500])
    """
    return p.divide(input, p.add(p.absolute(input), 1))  # type: ignore[no-any-return]


def glu(input: Tensor, dim: int = -1) -> Tensor:
    """The first half along dim, times the sigmoid of the second.

    >>> import wengert as torch
    >>> torch.nn.functional.glu(torch.tensor([4.0, 0.0]))
    tensor([2.])
    """
    shape = shape_of(input)
    if not shape:
        raise errors.ShapeError("glu does not support scalars because halving size must be even")
    axis = axis_index(dim, len(shape))
    if shape[axis] % 2:
        raise errors.ShapeError(f"Halving dimension must be even, but dimension {axis} is size {shape[axis]}")
    return applied(_glu, input, (axis,), "glu", kernel="glu_cpu")


def _glu(x: Any, axis: int) -> Any:
    half = shape_of(x)[axis] // 2
    return p.multiply(s.narrow(x, axis, 0, half), p.sigmoid(s.narrow(x, axis, half, 2 * half)))


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


def elu_(input: Tensor, alpha: float = 1.0) -> Tensor:
    """`elu`, written into the tensor.

    >>> import wengert as torch
    >>> torch.nn.functional.elu_(torch.tensor([-1.0, 2.0]))
    tensor([-0.6321,  2.0000])
    """
    return elu(input, alpha, inplace=True)


def celu_(input: Tensor, alpha: float = 1.0) -> Tensor:
    """`celu`, written into the tensor.

    >>> import wengert as torch
    >>> torch.celu_(torch.tensor([-1.0, 2.0]))
    tensor([-0.6321,  2.0000])
    """
    return celu(input, alpha, inplace=True)


def selu_(input: Tensor) -> Tensor:
    """`selu`, written into the tensor.

    >>> import wengert as torch
    >>> torch.selu_(torch.tensor([-1.0, 2.0]))
    tensor([-1.1113,  2.1014])
    """
    return selu(input, inplace=True)

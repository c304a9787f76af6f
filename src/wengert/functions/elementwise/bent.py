"""Functions between layers that act element by element and are bent: those with exponentials.

Each is composed of rows, so it has derivatives of every order.

Knows formulas. Must not draw random numbers.
"""

from __future__ import annotations

from math import pi, sqrt
from typing import Any

import numpy as np

from wengert import errors
from wengert.core.families import shape_of
from wengert.core.fusing import fused
from wengert.core.levels import numpy_dtype
from wengert.core.tensor import Tensor
from wengert.functions.elementwise.activations import applied
from wengert.ops import activations as rows
from wengert.ops import pointwise as p
from wengert.ops import special
from wengert.ops import structural as s
from wengert.ops.refusals import refuse
from wengert.shapes import axis_index

SELU_ALPHA = 1.6732632423543772
SELU_SCALE = 1.0507009873554805
"""What keeps mean 0 and variance 1 (Klambauer et al. 2017)."""


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


@fused("Elu")
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


@fused("Gelu")
def _gelu(x: Any) -> Any:
    return p.multiply(x, special.ndtr(x))


@fused("Gelu")
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


@fused("Silu")
def _silu(x: Any) -> Any:
    return p.multiply(x, p.sigmoid(x))


def mish(input: Tensor, inplace: bool = False) -> Tensor:
    """x * tanh(softplus(x)).

    >>> import wengert as torch
    >>> torch.nn.functional.mish(torch.tensor([-1.0, 2.0]))
    tensor([-0.3034,  1.9440])
    """
    return applied(_mish, input, (), "mish", inplace=inplace, kernel="mish_cpu")


@fused("Mish")
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


@fused("Softplus")
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


@fused("LogSigmoid")
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


@fused("Glu")
def _glu(x: Any, axis: int) -> Any:
    half = shape_of(x)[axis] // 2
    return p.multiply(s.narrow(x, axis, 0, half), p.sigmoid(s.narrow(x, axis, half, 2 * half)))


# ------------------------------------------------------------------------ into the tensor itself


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

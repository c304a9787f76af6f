"""torch.nn.init: the first values of parameters. The same seed gives the numbers that PyTorch gives.

Every function writes into its tensor, unrecorded, and returns it.
"""

from __future__ import annotations

from functools import wraps
from math import ceil, erf, prod, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from wengert import errors
from wengert.core.modes import no_grad
from wengert.core.places import warn
from wengert.core.tensor import Tensor, wrap
from wengert.functions.making import drawing, random
from wengert.functions.writing import inplace
from wengert.names import missing_attribute
from wengert.ops.decompositions import qr

if TYPE_CHECKING:
    pass

LINEAR = ("linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "sigmoid")
GAINS = {"tanh": 5 / 3, "relu": sqrt(2), "selu": 3 / 4}
LIKELY = 0.3
"""Where at least so much of a normal distribution lies between the bounds, its numbers are drawn until they do."""

# ------------------------------------------------------------------------ gains and fans


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """By how much to scale the weights in front of an activation so that variances stay.

    >>> import wengert as torch
    >>> torch.nn.init.calculate_gain("leaky_relu", 1.0)
    1.0

    Args:
        nonlinearity: "linear", "conv1d" and the like, "sigmoid", "tanh", "relu", "leaky_relu" or "selu".
        param: the negative slope of leaky_relu.

    Raises:
        ValueError: for others.
    """
    if nonlinearity in LINEAR:
        return 1
    if nonlinearity in GAINS:
        return GAINS[nonlinearity]
    if nonlinearity != "leaky_relu":
        raise errors.ArgumentError(
            errors.advice(f"Unsupported nonlinearity {nonlinearity}", f"one of {(*LINEAR, *GAINS, 'leaky_relu')}.")
        )
    if isinstance(param, bool) or not isinstance(param, int | float | None):
        raise errors.ArgumentError(f"negative_slope {param} not a valid number")
    slope = 0.01 if param is None else param
    return sqrt(2 / (1 + slope**2))


def _calculate_fan_in_and_fan_out(tensor: Tensor) -> tuple[int, int]:
    """How many inputs and outputs an element of the result and of the input has."""
    shape = tuple(tensor.shape)
    if len(shape) < 2:
        raise errors.ArgumentError(
            errors.advice(
                "Fan in and fan out can not be computed for tensor with fewer than 2 dimensions",
                f"the shape is {list(shape)}.",
            )
        )
    return shape[1] * prod(shape[2:]), shape[0] * prod(shape[2:])


def _calculate_correct_fan(tensor: Tensor, mode: str) -> int:
    modes = ["fan_in", "fan_out"]
    if mode.lower() not in modes:
        raise errors.ArgumentError(f"Mode {mode.lower()} not supported, please use one of {modes}")
    return _calculate_fan_in_and_fan_out(tensor)[modes.index(mode.lower())]


# ------------------------------------------------------------------------ simple values


def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Any = None) -> Tensor:
    """Uniform numbers in [a, b).

    >>> import wengert as torch
    >>> _ = torch.manual_seed(0); torch.nn.init.uniform_(torch.empty(2), -1, 1)
    tensor([-0.0075,  0.5364])
    """
    with no_grad():
        return drawing.uniform_(tensor, a, b, generator=generator)


def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Any = None) -> Tensor:
    """Normal numbers of a mean and a standard deviation.

    >>> import wengert as torch
    >>> _ = torch.manual_seed(42); torch.nn.init.normal_(torch.empty(2), 10, 2)
    tensor([10.6734, 10.2576])
    """
    with no_grad():
        return drawing.normal_(tensor, mean, std, generator=generator)


def constant_(tensor: Tensor, val: float) -> Tensor:
    """One number everywhere.

    >>> import wengert as torch
    >>> torch.nn.init.constant_(torch.empty(2), 0.3)
    tensor([0.3000, 0.3000])
    """
    with no_grad():
        return inplace.fill_(tensor, val)


def ones_(tensor: Tensor) -> Tensor:
    """1 everywhere.

    >>> import wengert as torch
    >>> torch.nn.init.ones_(torch.empty(2))
    tensor([1., 1.])
    """
    return constant_(tensor, 1.0)


def zeros_(tensor: Tensor) -> Tensor:
    """0 everywhere.

    >>> import wengert as torch
    >>> torch.nn.init.zeros_(torch.empty(2))
    tensor([0., 0.])
    """
    return constant_(tensor, 0.0)


def _write(tensor: Tensor, array: Any) -> Tensor:
    """Write an array over a tensor, unrecorded."""
    with no_grad():
        return inplace.copy_(tensor, wrap(array))


def eye_(tensor: Tensor) -> Tensor:
    """1 on the diagonal of a matrix, 0 elsewhere.

    >>> import wengert as torch
    >>> torch.nn.init.eye_(torch.empty(2, 3))
    tensor([[1., 0., 0.],
            [0., 1., 0.]])
    """
    _must_have(tensor, (2,), "2 dimensions")
    return _write(tensor, np.eye(*tensor.shape, dtype=tensor.dtype.numpy))


def _must_have(tensor: Tensor, ranks: tuple[int, ...], words: str) -> None:
    if tensor.ndim not in ranks:
        raise errors.ArgumentError(
            errors.advice(f"Only tensors with {words} are supported", f"the shape is {list(tensor.shape)}.")
        )


def dirac_(tensor: Tensor, groups: int = 1) -> Tensor:
    """The weights of a convolution that leaves its channels as they are.

    >>> import wengert as torch
    >>> torch.nn.init.dirac_(torch.empty(2, 2, 3))
    tensor([[[0., 1., 0.],
             [0., 0., 0.]],
    <BLANKLINE>
            [[0., 0., 0.],
             [0., 1., 0.]]])
    """
    _must_have(tensor, (3, 4, 5), "3, 4, or 5 dimensions")
    outs, ins, *window = tensor.shape
    if outs % groups:
        raise errors.ArgumentError("dim 0 must be divisible by groups")
    array: Any = np.zeros(tuple(tensor.shape), tensor.dtype.numpy)
    own = outs // groups
    channels = np.arange(min(own, ins))
    middle = tuple(n // 2 for n in window)
    for group in range(groups):
        array[group * own + channels, channels, *middle] = 1
    return _write(tensor, array)


# ------------------------------------------------------------------------ scaled by the fans


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator: Any = None) -> Tensor:
    """Uniform numbers whose variance is gain**2 * 2 / (fan in + fan out) (Glorot and Bengio 2010).

    >>> import wengert as torch
    >>> _ = torch.manual_seed(0); torch.nn.init.xavier_uniform_(torch.empty(1, 2))
    tensor([[-0.0106,  0.7586]])
    """
    bound = sqrt(3) * gain * sqrt(2 / sum(_calculate_fan_in_and_fan_out(tensor)))
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Any = None) -> Tensor:
    """Normal numbers whose variance is gain**2 * 2 / (fan in + fan out) (Glorot and Bengio 2010).

    >>> import wengert as torch
    >>> _ = torch.manual_seed(42); torch.nn.init.xavier_normal_(torch.empty(1, 2))
    tensor([[0.2749, 0.1052]])
    """
    return normal_(tensor, 0.0, gain * sqrt(2 / sum(_calculate_fan_in_and_fan_out(tensor))), generator)


def _kaiming(tensor: Tensor, a: float, mode: str, nonlinearity: str) -> float | None:
    """The standard deviation, or None where there is nothing to fill."""
    if 0 in tensor.shape:
        warn("Initializing zero-element tensors is a no-op", UserWarning)
        return None
    fan = _calculate_correct_fan(tensor, mode)
    return calculate_gain(nonlinearity, a) / sqrt(fan)


def kaiming_uniform_(
    tensor: Tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", generator: Any = None
) -> Tensor:
    """Uniform numbers whose variance is gain**2 / fan (He et al. 2015).

    >>> import wengert as torch
    >>> _ = torch.manual_seed(0); torch.nn.init.kaiming_uniform_(torch.empty(1, 2))
    tensor([[-0.0130,  0.9291]])

    Args:
        tensor: of two dimensions or more.
        a: the negative slope, for leaky_relu.
        mode: "fan_in" to keep variances forwards, "fan_out" to keep them backwards.
        nonlinearity: what follows, as `calculate_gain` takes it.
        generator: where the numbers come from, if not the default generator.
    """
    std = _kaiming(tensor, a, mode, nonlinearity)
    return tensor if std is None else uniform_(tensor, -sqrt(3) * std, sqrt(3) * std, generator)


def kaiming_normal_(
    tensor: Tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", generator: Any = None
) -> Tensor:
    """Normal numbers whose variance is gain**2 / fan (He et al. 2015).

    >>> import wengert as torch
    >>> _ = torch.manual_seed(42); torch.nn.init.kaiming_normal_(torch.empty(1, 2))
    tensor([[0.3367, 0.1288]])

    The arguments are those of `kaiming_uniform_`.
    """
    std = _kaiming(tensor, a, mode, nonlinearity)
    return tensor if std is None else normal_(tensor, 0, std, generator)


# ------------------------------------------------------------------------ other distributions


def trunc_normal_(
    tensor: Tensor, mean: float = 0.0, std: float = 1.0, a: float = -2.0, b: float = 2.0, generator: Any = None
) -> Tensor:
    """Normal numbers between two bounds; those outside are drawn again.

    >>> import wengert as torch
    >>> _ = torch.manual_seed(0); torch.nn.init.trunc_normal_(torch.empty(3), a=-1.0, b=1.0)
    tensor([ 0.5684, -0.2934, -0.7193])
    """
    if mean < a - 2 * std or mean > b + 2 * std:
        warn(
            "mean is more than 2 std from [a, b] in nn.init.trunc_normal_. The distribution of values may be "
            "incorrect.",
            UserWarning,
        )
    low, high = ((1 + erf((bound - mean) / std / sqrt(2))) / 2 for bound in (a, b))
    likely = high - low > LIKELY
    source = generator or random.default_generator
    count, dtype = tensor.numel(), tensor.dtype.numpy
    drawn = (_within if likely else _accepted)(source, count, dtype, (mean, std, a, b))
    return _write(tensor, drawn.reshape(tuple(tensor.shape)))


def _within(source: Any, count: int, dtype: Any, law: tuple[float, float, float, float]) -> Any:
    """Normal numbers, drawn anew where they are outside."""
    mean, std, a, b = law
    low, high = dtype.type(a), dtype.type(b)
    result = random.normals(source, count, dtype, (mean, std))
    while (outside := (result < low) | (result > high)).any():
        result = np.where(outside, random.normals(source, count, dtype, (mean, std)), result)
    return result


def _accepted(source: Any, count: int, dtype: Any, law: tuple[float, float, float, float]) -> Any:
    """Uniform numbers, accepted by how likely they are: most normal numbers would be outside."""
    mean, std, a, b = law
    peak = -0.5 * ((max(a, min(mean, b)) - mean) / std) ** 2

    def candidates() -> tuple[Any, Any]:
        """Numbers, and which of them are refused."""
        found = random.uniforms(source, count, dtype, (a, b))
        scaled = (found - dtype.type(mean)) / dtype.type(std)
        odds = scaled * scaled * dtype.type(-0.5) - dtype.type(peak)
        with np.errstate(divide="ignore"):
            return found, np.log(source.uniform(count, dtype)) > odds

    result, pending = candidates()
    while pending.any():
        found, refused = candidates()
        result, pending = np.where(pending, found, result), pending & refused
    return result


def orthogonal_(tensor: Tensor, gain: float = 1, generator: Any = None) -> Tensor:
    """Orthogonal rows, or columns where there are fewer of them; more dimensions count as columns (Saxe et al. 2013).

    >>> import wengert as torch
    >>> w = torch.nn.init.orthogonal_(torch.empty(2, 3))
    >>> torch.allclose(w @ w.T, torch.eye(2), atol=1e-6)
    True
    """
    if tensor.ndim < 2:
        raise errors.ArgumentError("Only tensors with 2 or more dimensions are supported")
    if tensor.numel() == 0:
        return tensor
    rows, dtype = tensor.shape[0], tensor.dtype.numpy
    source = generator or random.default_generator
    drawn = source.normal(tensor.numel(), dtype).reshape(rows, -1)
    wide = rows < drawn.shape[1]
    q, r = qr(np.ascontiguousarray(drawn.T) if wide else drawn, "reduced")
    q = q * np.sign(np.diagonal(r))
    return _write(tensor, (q.T if wide else q).reshape(tuple(tensor.shape)) * dtype.type(gain))


def sparse_(tensor: Tensor, sparsity: float, std: float = 0.01, generator: Any = None) -> Tensor:
    """Normal numbers, a share of which in each column is 0 (Martens 2010).

    >>> import wengert as torch
    >>> int((torch.nn.init.sparse_(torch.empty(4, 3), 0.5) == 0).sum())
    6
    """
    _must_have(tensor, (2,), "2 dimensions")
    rows, columns = tensor.shape
    dtype = tensor.dtype.numpy
    source = generator or random.default_generator
    drawn = random.normals(source, rows * columns, dtype, (0, std)).reshape(rows, columns)
    for column in range(columns):
        drawn[random.randperm(rows).array[: ceil(sparsity * rows)], column] = 0
    return _write(tensor, drawn)


# ------------------------------------------------------------------------ older names


def _deprecated(function: Any) -> Any:
    """The function under its name of before, which lacks the last underscore."""
    new = function.__name__
    old = new[:-1]

    @wraps(function)
    def renamed(*args: Any, **options: Any) -> Tensor:
        warn(f"`nn.init.{old}` is now deprecated in favor of `nn.init.{new}`.", FutureWarning)
        return function(*args, **options)  # type: ignore[no-any-return]

    renamed.__name__ = renamed.__qualname__ = old
    renamed.__doc__ = f"An older name of `{new}`."
    return renamed


uniform = _deprecated(uniform_)
normal = _deprecated(normal_)
constant = _deprecated(constant_)
eye = _deprecated(eye_)
dirac = _deprecated(dirac_)
xavier_uniform = _deprecated(xavier_uniform_)
xavier_normal = _deprecated(xavier_normal_)
kaiming_uniform = _deprecated(kaiming_uniform_)
kaiming_normal = _deprecated(kaiming_normal_)
orthogonal = _deprecated(orthogonal_)
sparse = _deprecated(sparse_)

__all__ = [
    "calculate_gain",
    "constant",
    "constant_",
    "dirac",
    "dirac_",
    "eye",
    "eye_",
    "kaiming_normal",
    "kaiming_normal_",
    "kaiming_uniform",
    "kaiming_uniform_",
    "normal",
    "normal_",
    "ones_",
    "orthogonal",
    "orthogonal_",
    "sparse",
    "sparse_",
    "trunc_normal_",
    "uniform",
    "uniform_",
    "xavier_normal",
    "xavier_normal_",
    "xavier_uniform",
    "xavier_uniform_",
    "zeros_",
]


def __getattr__(name: str) -> Any:
    raise missing_attribute("torch.nn.init", name, __all__)

"""Functions between layers, as modules."""

from __future__ import annotations

from typing import Any

from wengert import errors
from wengert.core.places import warn
from wengert.core.tensor import Tensor
from wengert.functions.making.creation import empty
from wengert.nn import functional
from wengert.nn import init as initial
from wengert.nn.modules.module import Module
from wengert.nn.parameter import Parameter


def inplaced(module: Any) -> str:
    """What is shown of a module that writes into its input."""
    return ", inplace=True" if module.inplace else ""


class ReLU(Module):
    """max(0, x).

    >>> import wengert as torch
    >>> torch.nn.ReLU()(torch.tensor([-1.0, 0.5, 2.0]))
    tensor([0.0000, 0.5000, 2.0000])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return functional.relu(input, self.inplace)

    def extra_repr(self) -> str:
        return "inplace=True" if self.inplace else ""


class LeakyReLU(Module):
    """x, times a slope where it is negative.

    >>> import wengert as torch
    >>> torch.nn.LeakyReLU()(torch.tensor([-1.0, 0.5, 2.0]))
    tensor([-0.0100,  0.5000,  2.0000])
    """

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False) -> None:
        super().__init__()
        self.negative_slope = negative_slope
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return functional.leaky_relu(input, self.negative_slope, self.inplace)

    def extra_repr(self) -> str:
        return f"negative_slope={self.negative_slope}{inplaced(self)}"


class ELU(Module):
    """x, or alpha * (exp(x) - 1) where it is negative.

    >>> import wengert as torch
    >>> torch.nn.ELU()(torch.tensor([-1.0, 0.5, 2.0]))
    tensor([-0.6321,  0.5000,  2.0000])
    """

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        self.alpha = alpha
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return functional.elu(input, self.alpha, self.inplace)

    def extra_repr(self) -> str:
        return f"alpha={self.alpha}{inplaced(self)}"


class CELU(Module):
    """x, or alpha * (exp(x / alpha) - 1) where it is negative.

    >>> import wengert as torch
    >>> torch.nn.CELU()(torch.tensor([-1.0, 0.5, 2.0]))
    tensor([-0.6321,  0.5000,  2.0000])
    """

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        self.alpha = alpha
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return functional.celu(input, self.alpha, self.inplace)

    def extra_repr(self) -> str:
        return f"alpha={self.alpha}{inplaced(self)}"


class SELU(Module):
    """A scaled `ELU` that keeps mean 0 and variance 1.

    >>> import wengert as torch
    >>> torch.nn.SELU()(torch.tensor([-1.0, 0.5, 2.0]))
    tensor([-1.1113,  0.5254,  2.1014])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return functional.selu(input, self.inplace)

    def extra_repr(self) -> str:
        return "inplace=True" if self.inplace else ""


class GELU(Module):
    """x times the normal distribution function of x.

    >>> import wengert as torch
    >>> torch.nn.GELU()(torch.tensor([-1.0, 0.5, 2.0]))
    tensor([-0.1587,  0.3457,  1.9545])
    """

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        self.approximate = approximate

    def forward(self, input: Tensor) -> Tensor:
        return functional.gelu(input, approximate=self.approximate)

    def extra_repr(self) -> str:
        return f"approximate={self.approximate!r}"


class SiLU(Module):
    """x * sigmoid(x).

    >>> import wengert as torch
    >>> torch.nn.SiLU()(torch.tensor([-1.0, 0.5, 2.0]))
    tensor([-0.2689,  0.3112,  1.7616])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return functional.silu(input, self.inplace)

    def extra_repr(self) -> str:
        return "inplace=True" if self.inplace else ""


class Mish(Module):
    """x * tanh(softplus(x)).

    >>> import wengert as torch
    >>> torch.nn.Mish()(torch.tensor([-1.0, 0.5, 2.0]))
    tensor([-0.3034,  0.3752,  1.9440])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return functional.mish(input, self.inplace)

    def extra_repr(self) -> str:
        return "inplace=True" if self.inplace else ""


class Hardtanh(Module):
    """x, limited to min_val and max_val.

    >>> import wengert as torch
    >>> torch.nn.Hardtanh()(torch.tensor([-1.0, 0.5, 2.0]))
    tensor([-1.0000,  0.5000,  1.0000])
    """

    def __init__(
        self,
        min_val: float = -1.0,
        max_val: float = 1.0,
        inplace: bool = False,
        min_value: float | None = None,
        max_value: float | None = None,
    ) -> None:
        super().__init__()
        for new, old in (("min_val", min_value), ("max_val", max_value)):
            if old is not None:
                warn(f"keyword argument `{new}ue` is deprecated and renamed to `{new}`", FutureWarning)
        self.min_val = min_val if min_value is None else min_value
        self.max_val = max_val if max_value is None else max_value
        self.inplace = inplace
        if self.max_val <= self.min_val:
            raise errors.CheckError(f"max_val ({self.max_val}) must be greater than min_val ({self.min_val})")

    def forward(self, input: Tensor) -> Tensor:
        return functional.hardtanh(input, self.min_val, self.max_val, self.inplace)

    def extra_repr(self) -> str:
        return f"min_val={self.min_val}, max_val={self.max_val}{inplaced(self)}"


class ReLU6(Hardtanh):
    """x, limited to 0 and 6.

    >>> import wengert as torch
    >>> torch.nn.ReLU6()(torch.tensor([-1.0, 5.0, 7.0]))
    tensor([0., 5., 6.])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__(0.0, 6.0, inplace)

    def extra_repr(self) -> str:
        return "inplace=True" if self.inplace else ""


class Hardsigmoid(Module):
    """clamp(x / 6 + 1 / 2, 0, 1).

    >>> import wengert as torch
    >>> torch.nn.Hardsigmoid()(torch.tensor([-1.0, 0.5, 2.0]))
    tensor([0.3333, 0.5833, 0.8333])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return functional.hardsigmoid(input, self.inplace)


class Hardswish(Module):
    """x * hardsigmoid(x).

    >>> import wengert as torch
    >>> torch.nn.Hardswish()(torch.tensor([-1.0, 0.5, 2.0]))
    tensor([-0.3333,  0.2917,  1.6667])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return functional.hardswish(input, self.inplace)


class Hardshrink(Module):
    """x, or 0 where it is between -lambd and lambd.

    >>> import wengert as torch
    >>> torch.nn.Hardshrink()(torch.tensor([-1.0, 0.5, 2.0]))
    tensor([-1.,  0.,  2.])
    """

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def forward(self, input: Tensor) -> Tensor:
        return functional.hardshrink(input, self.lambd)

    def extra_repr(self) -> str:
        return f"{self.lambd}"


class Softshrink(Module):
    """x moved towards 0 by lambd.

    >>> import wengert as torch
    >>> torch.nn.Softshrink()(torch.tensor([-1.0, 0.5, 2.0]))
    tensor([-0.5000,  0.0000,  1.5000])
    """

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def forward(self, input: Tensor) -> Tensor:
        return functional.softshrink(input, self.lambd)

    def extra_repr(self) -> str:
        return str(self.lambd)


class Softplus(Module):
    """log(1 + exp(beta * x)) / beta; x itself where beta * x is above the threshold.

    >>> import wengert as torch
    >>> torch.nn.Softplus()(torch.tensor([-1.0, 0.5, 2.0]))
    tensor([0.3133, 0.9741, 2.1269])
    """

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__()
        self.beta = beta
        self.threshold = threshold

    def forward(self, input: Tensor) -> Tensor:
        return functional.softplus(input, self.beta, self.threshold)

    def extra_repr(self) -> str:
        return f"beta={self.beta}, threshold={self.threshold}"


class Softsign(Module):
    """x / (1 + |x|).

    >>> import wengert as torch
    >>> torch.nn.Softsign()(torch.tensor([-1.0, 0.5, 2.0]))
    tensor([-0.5000,  0.3333,  0.6667])
    """

    def forward(self, input: Tensor) -> Tensor:
        return functional.softsign(input)


class Tanh(Module):
    """tanh(x).

    >>> import wengert as torch
    >>> torch.nn.Tanh()(torch.tensor([-1.0, 0.5, 2.0]))
    tensor([-0.7616,  0.4621,  0.9640])
    """

    def forward(self, input: Tensor) -> Tensor:
        return functional.tanh(input)  # type: ignore[no-any-return]


class Tanhshrink(Module):
    """x - tanh(x).

    >>> import wengert as torch
    >>> torch.nn.Tanhshrink()(torch.tensor([-1.0, 0.5, 2.0]))
    tensor([-0.2384,  0.0379,  1.0360])
    """

    def forward(self, input: Tensor) -> Tensor:
        return functional.tanhshrink(input)


class Sigmoid(Module):
    """1 / (1 + exp(-x)).

    >>> import wengert as torch
    >>> torch.nn.Sigmoid()(torch.tensor([-1.0, 0.5, 2.0]))
    tensor([0.2689, 0.6225, 0.8808])
    """

    def forward(self, input: Tensor) -> Tensor:
        return functional.sigmoid(input)  # type: ignore[no-any-return]


class LogSigmoid(Module):
    """log(sigmoid(x)), without overflow.

    >>> import wengert as torch
    >>> torch.nn.LogSigmoid()(torch.tensor([-1.0, 0.5, 2.0]))
    tensor([-1.3133, -0.4741, -0.1269])
    """

    def forward(self, input: Tensor) -> Tensor:
        return functional.logsigmoid(input)


class Threshold(Module):
    """x, or a value where it is not above the threshold.

    >>> import wengert as torch
    >>> torch.nn.Threshold(0.6, 9.0)(torch.tensor([-1.0, 0.5, 2.0]))
    tensor([9., 9., 2.])
    """

    def __init__(self, threshold: float, value: float, inplace: bool = False) -> None:
        super().__init__()
        self.threshold = threshold
        self.value = value
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return functional.threshold(input, self.threshold, self.value, self.inplace)

    def extra_repr(self) -> str:
        return f"threshold={self.threshold}, value={self.value}{inplaced(self)}"


class GLU(Module):
    """The first half times the sigmoid of the second, along dim.

    >>> import wengert as torch
    >>> torch.nn.GLU()(torch.tensor([1.0, 0.0]))
    tensor([0.5000])
    """

    def __init__(self, dim: int = -1) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        return functional.glu(input, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class RReLU(Module):
    """x, times a random slope where it is negative; without training the slope in the middle.

    >>> import wengert as torch
    >>> torch.nn.RReLU().eval()(torch.tensor([-1.0, 0.5, 2.0]))
    tensor([-0.2292,  0.5000,  2.0000])
    """

    def __init__(self, lower: float = 1 / 8, upper: float = 1 / 3, inplace: bool = False) -> None:
        super().__init__()
        self.lower = lower
        self.upper = upper
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return functional.rrelu(input, self.lower, self.upper, self.training, self.inplace)

    def extra_repr(self) -> str:
        return f"lower={self.lower}, upper={self.upper}{inplaced(self)}"


class PReLU(Module):
    """x, times a slope that is learnt where it is negative.

    >>> import wengert as torch
    >>> torch.nn.PReLU()(torch.tensor([-1.0, 0.5, 2.0])).detach()
    tensor([-0.2500,  0.5000,  2.0000])
    """

    def __init__(self, num_parameters: int = 1, init: float = 0.25, device: Any = None, dtype: Any = None) -> None:
        super().__init__()
        self.num_parameters = num_parameters
        self.init = init
        self.weight = Parameter(empty(num_parameters, device=device, dtype=dtype))
        self.reset_parameters()

    def forward(self, input: Tensor) -> Tensor:
        return functional.prelu(input, self.weight)

    def extra_repr(self) -> str:
        return f"num_parameters={self.num_parameters}"

    def reset_parameters(self) -> None:
        """Set the slopes to their first value."""
        initial.constant_(self.weight, self.init)

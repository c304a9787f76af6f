"""Modules that multiply by a matrix."""

from __future__ import annotations

from math import sqrt
from typing import Any

from wengert import errors
from wengert.core.tensor import Tensor
from wengert.functions.making.creation import empty
from wengert.nn import functional, init
from wengert.nn.modules.module import Module
from wengert.nn.parameter import Parameter


class Identity(Module):
    """Returns its input; arguments are taken and not used.

    >>> import wengert as torch
    >>> torch.nn.Identity(54, unused=True)(torch.ones(2))
    tensor([1., 1.])
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()

    def forward(self, input: Any) -> Any:
        return input


class Linear(Module):
    """input @ weight.T + bias.

    >>> import wengert as torch
    >>> _ = torch.manual_seed(0); layer = torch.nn.Linear(2, 3)
    >>> layer(torch.ones(1, 2)).shape, layer.weight.shape
    (torch.Size([1, 3]), torch.Size([3, 2]))

    Args:
        in_features: the size of the last dimension of the input.
        out_features: that of the result.
        bias: whether to learn a bias.
        device: the CPU.
        dtype: of the parameters.
    """

    bias: Tensor | None

    def __init__(
        self, in_features: int, out_features: int, bias: bool = True, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__()
        self.in_features = in_features
        self.out_features = out_features
        self.weight = Parameter(empty((out_features, in_features), device=device, dtype=dtype))
        if bias:
            self.bias = Parameter(empty(out_features, device=device, dtype=dtype))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the parameters anew."""
        init.kaiming_uniform_(self.weight, a=sqrt(5))
        draw_bias(self.weight, self.bias)

    def forward(self, input: Tensor) -> Tensor:
        return functional.linear(input, self.weight, self.bias)

    def extra_repr(self) -> str:
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"


def draw_bias(weight: Tensor, bias: Tensor | None) -> None:
    """Uniform numbers up to one over the root of the number of inputs."""
    if bias is not None:
        inputs = init._calculate_fan_in_and_fan_out(weight)[0]
        bound = 1 / sqrt(inputs) if inputs > 0 else 0
        init.uniform_(bias, -bound, bound)


class Bilinear(Module):
    """input1 @ weight[k] @ input2 for each k, plus bias.

    >>> import wengert as torch
    >>> torch.nn.Bilinear(2, 3, 4)(torch.ones(5, 2), torch.ones(5, 3)).shape
    torch.Size([5, 4])
    """

    bias: Tensor | None

    def __init__(
        self, in1_features: int, in2_features: int, out_features: int, bias: bool = True, device: Any = None,
        dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.in1_features = in1_features
        self.in2_features = in2_features
        self.out_features = out_features
        self.weight = Parameter(empty((out_features, in1_features, in2_features), device=device, dtype=dtype))
        if bias:
            self.bias = Parameter(empty(out_features, device=device, dtype=dtype))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the parameters anew."""
        if self.in1_features <= 0:
            raise errors.ArgumentError(f"in1_features must be > 0, but got (in1_features={self.in1_features})")
        bound = 1 / sqrt(self.in1_features)
        init.uniform_(self.weight, -bound, bound)
        if self.bias is not None:
            init.uniform_(self.bias, -bound, bound)

    def forward(self, input1: Tensor, input2: Tensor) -> Tensor:
        return functional.bilinear(input1, input2, self.weight, self.bias)

    def extra_repr(self) -> str:
        return (
            f"in1_features={self.in1_features}, in2_features={self.in2_features}, out_features={self.out_features}, "
            f"bias={self.bias is not None}"
        )

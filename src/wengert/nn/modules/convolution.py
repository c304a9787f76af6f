"""Convolutions, as modules."""

from __future__ import annotations

from math import sqrt
from typing import Any

from wengert import errors
from wengert.core.tensor import Tensor
from wengert.functions.making.creation import empty
from wengert.nn import functional, init
from wengert.nn.modules.linear import draw_bias
from wengert.nn.modules.module import Module
from wengert.nn.modules.pooling import each
from wengert.nn.parameter import Parameter

Numbers = Any
"""One number, or one for each dimension."""

MODES = ("zeros", "reflect", "replicate", "circular")


class Convolution(Module):
    """What all convolutions share: their settings, a weight, and perhaps a bias.

    Attributes:
        dims: how many dimensions the kernel has.
        transposed: whether it is the transpose of a convolution.
    """

    dims = 0
    transposed = False
    bias: Tensor | None
    output_padding: tuple[int, ...]

    def __init__(
        self, channels: tuple[int, int], window: tuple[Any, Any, Any, Any], groups: int, bias: bool, padding_mode: str,
        device: Any, dtype: Any,
    ) -> None:  # fmt: skip
        super().__init__()
        kernel_size, stride, padding, dilation = window
        self.in_channels, self.out_channels = channels
        self.groups = groups
        self.kernel_size = each(kernel_size, self.dims)
        self.stride = each(stride, self.dims)
        self.padding = padding if isinstance(padding, str) else each(padding, self.dims)
        self.dilation = each(dilation, self.dims)
        self.padding_mode = padding_mode
        self.output_padding = (0,) * self.dims
        self._check()
        first, second = channels[::-1] if not self.transposed else channels
        shape = (first, second // groups, *self.kernel_size)
        self.weight = Parameter(empty(shape, device=device, dtype=dtype))
        if bias:
            self.bias = Parameter(empty(channels[1], device=device, dtype=dtype))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def _check(self) -> None:
        if self.groups <= 0:
            raise errors.ArgumentError("groups must be a positive integer")
        for name in ("in_channels", "out_channels"):
            if getattr(self, name) % self.groups:
                raise errors.ArgumentError(f"{name} must be divisible by groups")
        if isinstance(self.padding, str):
            if self.padding not in ("same", "valid"):
                raise errors.ArgumentError(f"Invalid padding string {self.padding!r}, should be one of same, valid")
            if self.padding == "same" and any(n != 1 for n in self.stride):
                raise errors.ArgumentError("padding='same' is not supported for strided convolutions")
        if self.padding_mode not in MODES:
            raise errors.ArgumentError(
                f"padding_mode must be one of {set(MODES)}, but got padding_mode='{self.padding_mode}'"
            )

    def reset_parameters(self) -> None:
        """Draw the parameters anew."""
        init.kaiming_uniform_(self.weight, a=sqrt(5))
        draw_bias(self.weight, self.bias)

    def around(self) -> list[int]:
        """How much to pad before the convolution, in the order of `functional.pad`."""
        if not isinstance(self.padding, str):
            return [n for n in reversed(self.padding) for _ in range(2)]
        totals = [d * (k - 1) * (self.padding == "same") for d, k in zip(self.dilation, self.kernel_size, strict=True)]
        return [n for total in reversed(totals) for n in (total // 2, total - total // 2)]

    def convolved(self, input: Tensor, function: Any) -> Tensor:
        """The input, padded as the mode says, through a function."""
        padding: Any = self.padding
        if self.padding_mode != "zeros":
            input = functional.pad(input, self.around(), self.padding_mode)
            padding = (0,) * self.dims
        return function(  # type: ignore[no-any-return]
            input, self.weight, self.bias, self.stride, padding, self.dilation, self.groups
        )

    def extra_repr(self) -> str:
        told = [f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"]
        for name, usual in (("padding", 0), ("dilation", 1), ("output_padding", 0)):
            given = getattr(self, name)
            if given != (usual,) * len(given):
                told.append(f"{name}={given}")
        if self.groups != 1:
            told.append(f"groups={self.groups}")
        if self.bias is None:
            told.append("bias=False")
        if self.padding_mode != "zeros":
            told.append(f"padding_mode={self.padding_mode}")
        return ", ".join(told)


class Transposed(Convolution):
    """What all transposes of convolutions share."""

    transposed = True

    def _check(self) -> None:
        if self.padding_mode != "zeros":
            raise errors.ArgumentError(f'Only "zeros" padding mode is supported for {type(self).__name__}')
        super()._check()

    def padding_for(self, input: Tensor, output_size: Any) -> tuple[int, ...]:
        """How many elements to have more at the end, for a result of the given size."""
        if output_size is None:
            return self.output_padding
        lead = 2 if input.ndim == self.dims + 2 else 1
        wanted = list(output_size)[lead:] if len(output_size) == lead + self.dims else list(output_size)
        if len(wanted) != self.dims:
            raise errors.ArgumentError(
                f"ConvTranspose{self.dims}D: for {input.ndim}D input, output_size must have {self.dims} or "
                f"{lead + self.dims} elements (got {len(wanted)})"
            )
        steps = zip(input.shape[lead:], self.stride, self.padding, self.dilation, self.kernel_size, strict=True)
        least = [(n - 1) * t - 2 * int(a) + d * (k - 1) + 1 for n, t, a, d, k in steps]
        most = [n + t - 1 for n, t in zip(least, self.stride, strict=True)]
        if any(not low <= n <= high for n, low, high in zip(wanted, least, most, strict=True)):
            raise errors.ArgumentError(
                f"requested an output size of {tuple(wanted)}, but valid sizes range from {least} to {most} "
                f"(for an input of torch.Size({list(input.shape[2:])}))"
            )
        return tuple(n - low for n, low in zip(wanted, least, strict=True))


class Conv1d(Convolution):
    """A convolution of sequences.

    >>> import wengert as torch
    >>> torch.nn.Conv1d(2, 4, 3)(torch.ones(1, 2, 8)).shape
    torch.Size([1, 4, 6])

    Args:
        in_channels: of the input.
        out_channels: of the result.
        kernel_size: one number or one for each dimension, as the next three.
        stride: how far the kernel moves each time.
        padding: how many elements to put at all sides; or "same", or "valid".
        dilation: how far apart the elements are that a kernel reads.
        groups: so many parts of the channels are convolved on their own.
        bias: whether to learn a bias.
        padding_mode: what to put there: "zeros", "reflect", "replicate" or "circular".
        device: the CPU.
        dtype: of the parameters.
    """

    dims = 1

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Numbers, stride: Numbers = 1, padding: Any = 0,
        dilation: Numbers = 1, groups: int = 1, bias: bool = True, padding_mode: str = "zeros", device: Any = None,
        dtype: Any = None,
    ) -> None:  # fmt: skip
        window = (kernel_size, stride, padding, dilation)
        super().__init__((in_channels, out_channels), window, groups, bias, padding_mode, device, dtype)

    def forward(self, input: Tensor) -> Tensor:
        return self.convolved(input, functional.conv1d)


class Conv2d(Convolution):
    """A convolution of images.

    >>> import wengert as torch
    >>> torch.nn.Conv2d(2, 4, 3)(torch.ones(1, 2, 8, 8)).shape
    torch.Size([1, 4, 6, 6])

    Args:
        in_channels: of the input.
        out_channels: of the result.
        kernel_size: one number or one for each dimension, as the next three.
        stride: how far the kernel moves each time.
        padding: how many elements to put at all sides; or "same", or "valid".
        dilation: how far apart the elements are that a kernel reads.
        groups: so many parts of the channels are convolved on their own.
        bias: whether to learn a bias.
        padding_mode: what to put there: "zeros", "reflect", "replicate" or "circular".
        device: the CPU.
        dtype: of the parameters.
    """

    dims = 2

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Numbers, stride: Numbers = 1, padding: Any = 0,
        dilation: Numbers = 1, groups: int = 1, bias: bool = True, padding_mode: str = "zeros", device: Any = None,
        dtype: Any = None,
    ) -> None:  # fmt: skip
        window = (kernel_size, stride, padding, dilation)
        super().__init__((in_channels, out_channels), window, groups, bias, padding_mode, device, dtype)

    def forward(self, input: Tensor) -> Tensor:
        return self.convolved(input, functional.conv2d)


class Conv3d(Convolution):
    """A convolution of volumes.

    >>> import wengert as torch
    >>> torch.nn.Conv3d(2, 4, 3)(torch.ones(1, 2, 8, 8, 8)).shape
    torch.Size([1, 4, 6, 6, 6])

    Args:
        in_channels: of the input.
        out_channels: of the result.
        kernel_size: one number or one for each dimension, as the next three.
        stride: how far the kernel moves each time.
        padding: how many elements to put at all sides; or "same", or "valid".
        dilation: how far apart the elements are that a kernel reads.
        groups: so many parts of the channels are convolved on their own.
        bias: whether to learn a bias.
        padding_mode: what to put there: "zeros", "reflect", "replicate" or "circular".
        device: the CPU.
        dtype: of the parameters.
    """

    dims = 3

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Numbers, stride: Numbers = 1, padding: Any = 0,
        dilation: Numbers = 1, groups: int = 1, bias: bool = True, padding_mode: str = "zeros", device: Any = None,
        dtype: Any = None,
    ) -> None:  # fmt: skip
        window = (kernel_size, stride, padding, dilation)
        super().__init__((in_channels, out_channels), window, groups, bias, padding_mode, device, dtype)

    def forward(self, input: Tensor) -> Tensor:
        return self.convolved(input, functional.conv3d)


class ConvTranspose1d(Transposed):
    """The transpose of a convolution of sequences.

    >>> import wengert as torch
    >>> torch.nn.ConvTranspose1d(2, 4, 3)(torch.ones(1, 2, 4)).shape
    torch.Size([1, 4, 6])

    The arguments are those of `Conv1d`; output_padding says how many elements to have more at the end.
    """

    dims = 1

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Numbers, stride: Numbers = 1, padding: Numbers = 0,
        output_padding: Numbers = 0, groups: int = 1, bias: bool = True, dilation: Numbers = 1,
        padding_mode: str = "zeros", device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        window = (kernel_size, stride, padding, dilation)
        super().__init__((in_channels, out_channels), window, groups, bias, padding_mode, device, dtype)
        self.output_padding = each(output_padding, self.dims)

    def forward(self, input: Tensor, output_size: Any = None) -> Tensor:
        more = self.padding_for(input, output_size)
        return functional.conv_transpose1d(
            input, self.weight, self.bias, self.stride, self.padding, more, self.groups, self.dilation
        )


class ConvTranspose2d(Transposed):
    """The transpose of a convolution of images.

    >>> import wengert as torch
    >>> torch.nn.ConvTranspose2d(2, 4, 3)(torch.ones(1, 2, 4, 4)).shape
    torch.Size([1, 4, 6, 6])

    The arguments are those of `Conv2d`; output_padding says how many elements to have more at the end.
    """

    dims = 2

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Numbers, stride: Numbers = 1, padding: Numbers = 0,
        output_padding: Numbers = 0, groups: int = 1, bias: bool = True, dilation: Numbers = 1,
        padding_mode: str = "zeros", device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        window = (kernel_size, stride, padding, dilation)
        super().__init__((in_channels, out_channels), window, groups, bias, padding_mode, device, dtype)
        self.output_padding = each(output_padding, self.dims)

    def forward(self, input: Tensor, output_size: Any = None) -> Tensor:
        more = self.padding_for(input, output_size)
        return functional.conv_transpose2d(
            input, self.weight, self.bias, self.stride, self.padding, more, self.groups, self.dilation
        )


class ConvTranspose3d(Transposed):
    """The transpose of a convolution of volumes.

    >>> import wengert as torch
    >>> torch.nn.ConvTranspose3d(2, 4, 3)(torch.ones(1, 2, 4, 4, 4)).shape
    torch.Size([1, 4, 6, 6, 6])

    The arguments are those of `Conv3d`; output_padding says how many elements to have more at the end.
    """

    dims = 3

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Numbers, stride: Numbers = 1, padding: Numbers = 0,
        output_padding: Numbers = 0, groups: int = 1, bias: bool = True, dilation: Numbers = 1,
        padding_mode: str = "zeros", device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        window = (kernel_size, stride, padding, dilation)
        super().__init__((in_channels, out_channels), window, groups, bias, padding_mode, device, dtype)
        self.output_padding = each(output_padding, self.dims)

    def forward(self, input: Tensor, output_size: Any = None) -> Tensor:
        more = self.padding_for(input, output_size)
        return functional.conv_transpose3d(
            input, self.weight, self.bias, self.stride, self.padding, more, self.groups, self.dilation
        )

"""Pooling, as modules."""

from __future__ import annotations

from typing import Any

from wengert import errors
from wengert.core.tensor import Tensor
from wengert.nn import functional
from wengert.nn.modules.module import Module

Numbers = Any
"""One number, or one for each dimension."""


def each(value: Any, dims: int) -> tuple[Any, ...]:
    """One number for each dimension."""
    return tuple(value) if isinstance(value, tuple | list) else (value,) * dims


def alone(value: Any) -> tuple[Any, ...]:
    """The one number of a sequence, as a tuple."""
    return each(value, 1)


def steps(module: Any) -> tuple[Any, Any, Any]:
    """Size, stride and padding of the windows."""
    return module.kernel_size, module.stride, module.padding


def check_ratio(name: str, size: Any, ratio: Any, ratios: Any) -> None:
    """Raise unless there is either a size or a ratio that makes sense."""
    if size is None and ratio is None:
        raise errors.ArgumentError(f"{name} requires specifying either an output size, or a pooling ratio")
    if size is not None and ratio is not None:
        raise errors.ArgumentError("only one of output_size and output_ratio may be specified")
    if ratios is not None and not all(0 < r < 1 for r in ratios):
        raise errors.ArgumentError(f"output_ratio must be between 0 and 1 (got {ratio})")


class MaxPool1d(Module):
    """The largest element of each window of sequences.

    >>> import wengert as torch
    >>> torch.nn.MaxPool1d(2)(torch.tensor([[1.0, 3.0, 2.0, 0.0]]))
    tensor([[3., 2.]])
    """

    def __init__(
        self,
        kernel_size: Numbers,
        stride: Numbers = None,
        padding: Numbers = 0,
        dilation: Numbers = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.dilation = dilation
        self.return_indices = return_indices
        self.ceil_mode = ceil_mode

    def forward(self, input: Tensor) -> Any:
        return functional.max_pool1d(input, *steps(self), self.dilation, self.ceil_mode, self.return_indices)

    def extra_repr(self) -> str:
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, "
            f"dilation={self.dilation}, ceil_mode={self.ceil_mode}"
        )


class MaxPool2d(Module):
    """The largest element of each window of images.

    >>> import wengert as torch
    >>> torch.nn.MaxPool2d(2)(torch.arange(4.0).reshape(1, 2, 2))
    tensor([[[3.]]])
    """

    def __init__(
        self,
        kernel_size: Numbers,
        stride: Numbers = None,
        padding: Numbers = 0,
        dilation: Numbers = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.dilation = dilation
        self.return_indices = return_indices
        self.ceil_mode = ceil_mode

    def forward(self, input: Tensor) -> Any:
        return functional.max_pool2d(input, *steps(self), self.dilation, self.ceil_mode, self.return_indices)

    def extra_repr(self) -> str:
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, "
            f"dilation={self.dilation}, ceil_mode={self.ceil_mode}"
        )


class MaxPool3d(Module):
    """The largest element of each window of volumes.

    >>> import wengert as torch
    >>> torch.nn.MaxPool3d(2)(torch.arange(8.0).reshape(1, 2, 2, 2))
    tensor([[[[7.]]]])
    """

    def __init__(
        self,
        kernel_size: Numbers,
        stride: Numbers = None,
        padding: Numbers = 0,
        dilation: Numbers = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.dilation = dilation
        self.return_indices = return_indices
        self.ceil_mode = ceil_mode

    def forward(self, input: Tensor) -> Any:
        return functional.max_pool3d(input, *steps(self), self.dilation, self.ceil_mode, self.return_indices)

    def extra_repr(self) -> str:
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, "
            f"dilation={self.dilation}, ceil_mode={self.ceil_mode}"
        )


class AvgPool1d(Module):
    """The mean of each window of sequences.

    >>> import wengert as torch
    >>> torch.nn.AvgPool1d(2)(torch.tensor([[1.0, 3.0, 2.0, 0.0]]))
    tensor([[2., 1.]])
    """

    def __init__(
        self,
        kernel_size: Numbers,
        stride: Numbers = None,
        padding: Numbers = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__()
        self.kernel_size = alone(kernel_size)
        self.stride = alone(kernel_size if stride is None else stride)
        self.padding = alone(padding)
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad

    def forward(self, input: Tensor) -> Tensor:
        return functional.avg_pool1d(input, *steps(self), self.ceil_mode, self.count_include_pad)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AvgPool2d(Module):
    """The mean of each window of images.

    >>> import wengert as torch
    >>> torch.nn.AvgPool2d(2)(torch.arange(4.0).reshape(1, 2, 2))
    tensor([[[1.5000]]])
    """

    def __init__(
        self,
        kernel_size: Numbers,
        stride: Numbers = None,
        padding: Numbers = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad
        self.divisor_override = divisor_override

    def forward(self, input: Tensor) -> Tensor:
        return functional.avg_pool2d(input, *steps(self), self.ceil_mode, self.count_include_pad, self.divisor_override)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AvgPool3d(Module):
    """The mean of each window of volumes.

    >>> import wengert as torch
    >>> torch.nn.AvgPool3d(2)(torch.arange(8.0).reshape(1, 2, 2, 2))
    tensor([[[[3.5000]]]])
    """

    def __init__(
        self,
        kernel_size: Numbers,
        stride: Numbers = None,
        padding: Numbers = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad
        self.divisor_override = divisor_override

    def forward(self, input: Tensor) -> Tensor:
        return functional.avg_pool3d(input, *steps(self), self.ceil_mode, self.count_include_pad, self.divisor_override)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class LPPool1d(Module):
    """The p-norm of each window of sequences.

    >>> import wengert as torch
    >>> torch.nn.LPPool1d(2, 2)(torch.tensor([[1.0, 3.0, 2.0, 0.0]]))
    tensor([[3.1623, 2.0000]])
    """

    def __init__(self, norm_type: float, kernel_size: Numbers, stride: Numbers = None, ceil_mode: bool = False) -> None:
        super().__init__()
        self.norm_type = norm_type
        self.kernel_size = kernel_size
        self.stride = stride
        self.ceil_mode = ceil_mode

    def forward(self, input: Tensor) -> Tensor:
        return functional.lp_pool1d(input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode)

    def extra_repr(self) -> str:
        return (
            f"norm_type={self.norm_type}, kernel_size={self.kernel_size}, stride={self.stride}, "
            f"ceil_mode={self.ceil_mode}"
        )


class LPPool2d(Module):
    """The p-norm of each window of images.

    >>> import wengert as torch
    >>> torch.nn.LPPool2d(2, 2)(torch.arange(4.0).reshape(1, 2, 2))
    tensor([[[3.7417]]])
    """

    def __init__(self, norm_type: float, kernel_size: Numbers, stride: Numbers = None, ceil_mode: bool = False) -> None:
        super().__init__()
        self.norm_type = norm_type
        self.kernel_size = kernel_size
        self.stride = stride
        self.ceil_mode = ceil_mode

    def forward(self, input: Tensor) -> Tensor:
        return functional.lp_pool2d(input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode)

    def extra_repr(self) -> str:
        return (
            f"norm_type={self.norm_type}, kernel_size={self.kernel_size}, stride={self.stride}, "
            f"ceil_mode={self.ceil_mode}"
        )


class LPPool3d(Module):
    """The p-norm of each window of volumes.

    >>> import wengert as torch
    >>> torch.nn.LPPool3d(2, 2)(torch.arange(8.0).reshape(1, 2, 2, 2))
    tensor([[[[11.8322]]]])
    """

    def __init__(self, norm_type: float, kernel_size: Numbers, stride: Numbers = None, ceil_mode: bool = False) -> None:
        super().__init__()
        self.norm_type = norm_type
        self.kernel_size = kernel_size
        self.stride = stride
        self.ceil_mode = ceil_mode

    def forward(self, input: Tensor) -> Tensor:
        return functional.lp_pool3d(input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode)

    def extra_repr(self) -> str:
        return (
            f"norm_type={self.norm_type}, kernel_size={self.kernel_size}, stride={self.stride}, "
            f"ceil_mode={self.ceil_mode}"
        )


class MaxUnpool1d(Module):
    """The elements that MaxPool1d chose, back where they were, among zeros.

    >>> import wengert as torch
    >>> values, places = torch.nn.MaxPool1d(2, return_indices=True)(torch.tensor([[1.0, 3.0, 2.0, 0.0]]))
    >>> torch.nn.MaxUnpool1d(2)(values, places).flatten()
    tensor([0., 3., 2., 0.])
    """

    def __init__(self, kernel_size: Numbers, stride: Numbers = None, padding: Numbers = 0) -> None:
        super().__init__()
        self.kernel_size = each(kernel_size, 1)
        self.stride = each(kernel_size if stride is None else stride, 1)
        self.padding = each(padding, 1)

    def forward(self, input: Tensor, indices: Tensor, output_size: Any = None) -> Tensor:
        return functional.max_unpool1d(input, indices, *steps(self), output_size)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class MaxUnpool2d(Module):
    """The elements that MaxPool2d chose, back where they were, among zeros.

    >>> import wengert as torch
    >>> values, places = torch.nn.MaxPool2d(2, return_indices=True)(torch.arange(4.0).reshape(1, 2, 2))
    >>> torch.nn.MaxUnpool2d(2)(values, places).flatten()
    tensor([0., 0., 0., 3.])
    """

    def __init__(self, kernel_size: Numbers, stride: Numbers = None, padding: Numbers = 0) -> None:
        super().__init__()
        self.kernel_size = each(kernel_size, 2)
        self.stride = each(kernel_size if stride is None else stride, 2)
        self.padding = each(padding, 2)

    def forward(self, input: Tensor, indices: Tensor, output_size: Any = None) -> Tensor:
        return functional.max_unpool2d(input, indices, *steps(self), output_size)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class MaxUnpool3d(Module):
    """The elements that MaxPool3d chose, back where they were, among zeros.

    >>> import wengert as torch
    >>> values, places = torch.nn.MaxPool3d(2, return_indices=True)(torch.arange(8.0).reshape(1, 2, 2, 2))
    >>> torch.nn.MaxUnpool3d(2)(values, places).flatten()
    tensor([0., 0., 0., 0., 0., 0., 0., 7.])
    """

    def __init__(self, kernel_size: Numbers, stride: Numbers = None, padding: Numbers = 0) -> None:
        super().__init__()
        self.kernel_size = each(kernel_size, 3)
        self.stride = each(kernel_size if stride is None else stride, 3)
        self.padding = each(padding, 3)

    def forward(self, input: Tensor, indices: Tensor, output_size: Any = None) -> Tensor:
        return functional.max_unpool3d(input, indices, *steps(self), output_size)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class FractionalMaxPool2d(Module):
    """The largest elements of windows of images at random steps.

    >>> import wengert as torch
    >>> torch.nn.FractionalMaxPool2d(2, output_size=1)(torch.arange(9.0).reshape(1, 3, 3))
    tensor([[[8.]]])
    """

    def __init__(
        self,
        kernel_size: Numbers,
        output_size: Numbers = None,
        output_ratio: Numbers = None,
        return_indices: bool = False,
        _random_samples: Tensor | None = None,
    ) -> None:
        super().__init__()
        self.kernel_size = each(kernel_size, 2)
        self.return_indices = return_indices
        self.register_buffer("_random_samples", _random_samples)
        self.output_size = None if output_size is None else each(output_size, 2)
        self.output_ratio = None if output_ratio is None else each(output_ratio, 2)
        check_ratio(type(self).__name__, output_size, output_ratio, self.output_ratio)

    def forward(self, input: Tensor) -> Any:
        return functional.fractional_max_pool2d(
            input, self.kernel_size, self.output_size, self.output_ratio, self.return_indices, self._random_samples
        )


class FractionalMaxPool3d(Module):
    """The largest elements of windows of volumes at random steps.

    >>> import wengert as torch
    >>> torch.nn.FractionalMaxPool3d(2, output_size=1)(torch.arange(27.0).reshape(1, 3, 3, 3))
    tensor([[[[26.]]]])
    """

    def __init__(
        self,
        kernel_size: Numbers,
        output_size: Numbers = None,
        output_ratio: Numbers = None,
        return_indices: bool = False,
        _random_samples: Tensor | None = None,
    ) -> None:
        super().__init__()
        self.kernel_size = each(kernel_size, 3)
        self.return_indices = return_indices
        self.register_buffer("_random_samples", _random_samples)
        self.output_size = None if output_size is None else each(output_size, 3)
        self.output_ratio = None if output_ratio is None else each(output_ratio, 3)
        check_ratio(type(self).__name__, output_size, output_ratio, self.output_ratio)

    def forward(self, input: Tensor) -> Any:
        return functional.fractional_max_pool3d(
            input, self.kernel_size, self.output_size, self.output_ratio, self.return_indices, self._random_samples
        )

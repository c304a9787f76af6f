"""Lazy modules: layers that find out from their first input how many features it has.

    lazy layer := a layer whose parameters have no shape; its first call gives them one and makes it an ordinary layer

Knows what the layers are made of. Must not know how parameters wait; that is in `nn.parameter`.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from wengert import errors
from wengert.core.modes import no_grad
from wengert.functions.making.creation import tensor
from wengert.nn.modules.convolution import (
    Conv1d,
    Conv2d,
    Conv3d,
    ConvTranspose1d,
    ConvTranspose2d,
    ConvTranspose3d,
)
from wengert.nn.modules.linear import Linear
from wengert.nn.modules.normalisation import (
    BatchNorm1d,
    BatchNorm2d,
    BatchNorm3d,
    InstanceNorm1d,
    InstanceNorm2d,
    InstanceNorm3d,
)
from wengert.nn.parameter import UninitializedBuffer, UninitializedParameter, is_lazy

if TYPE_CHECKING:
    from wengert.core.hooks import RemovableHandle
    from wengert.core.tensor import Tensor


class LazyModuleMixin:
    """Makes a module lazy: before its first call, `initialize_parameters` is called with the same arguments.

    >>> import wengert as torch
    >>> from wengert.nn.modules.lazy import LazyModuleMixin
    >>> class Scaled(LazyModuleMixin, torch.nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.scale = torch.nn.UninitializedParameter()
    ...
    ...     def initialize_parameters(self, x):
    ...         self.scale.materialize(x.shape[-1:])
    ...         torch.nn.init.ones_(self.scale)
    ...
    ...     def forward(self, x):
    ...         return self.scale * x
    >>> Scaled()(torch.ones(2, 3)).shape
    torch.Size([2, 3])

    It is named before the module that is made lazy. A state that is loaded also says the shapes.

    Attributes:
        cls_to_become: the class that the module gets with its first call; None if it keeps its own.
    """

    cls_to_become: Any = None
    _parameters: dict[str, Any]
    _buffers: dict[str, Any]
    _load_hook: RemovableHandle
    _initialize_hook: RemovableHandle

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        module: Any = self
        self._load_hook = module._register_load_state_dict_pre_hook(self._lazy_load_hook)
        self._initialize_hook = module.register_forward_pre_hook(self._infer_parameters, with_kwargs=True)

    def initialize_parameters(self, *args: Any, **kwargs: Any) -> None:
        """Give the parameters their shapes and first values; every lazy module says it for itself."""
        raise errors.UnsupportedError(f"initialize_parameters is not implemented for {type(self).__name__}")

    def has_uninitialized_params(self) -> bool:
        """Whether some parameter or buffer of the module itself has no shape yet.

        >>> import wengert as torch
        >>> torch.nn.LazyLinear(3).has_uninitialized_params()
        True
        """
        return any(is_lazy(value) for value in chain(self._parameters.values(), self._buffers.values()))

    def _infer_parameters(self, module: Any, args: Any, kwargs: Any = None) -> None:
        """What is called before the first `forward`."""
        module.initialize_parameters(*args, **(kwargs or {}))
        if module.has_uninitialized_params():
            raise errors.GradError(
                errors.advice(
                    f"module {self._get_name()} has not been fully initialized",  # type: ignore[attr-defined]
                    "call materialize() of every parameter and buffer in initialize_parameters.",
                )
            )
        for name in ("_initialize_hook", "_load_hook"):
            getattr(module, name).remove()
            delattr(module, name)
        if module.cls_to_become is not None:
            module.__class__ = module.cls_to_become

    def _lazy_load_hook(self, state_dict: Any, prefix: str, *_: Any) -> None:
        """What is called before a state is loaded: what it holds gets its shape from there."""
        for name, value in chain(self._parameters.items(), self._buffers.items()):
            given = state_dict.get(prefix + name)
            if is_lazy(value) and given is not None and not is_lazy(given):
                with no_grad():
                    value.materialize(given.shape)


class Waiting(LazyModuleMixin):
    """What the lazy layers share.

    Attributes:
        counted: the attribute that is 0 as long as the number of features is not known.
    """

    counted = ""

    def wait(self, dtype: Any, *names: str) -> None:
        """Put parameters without a shape under the names."""
        for name in names:
            setattr(self, name, UninitializedParameter(dtype=dtype))

    def reset_parameters(self) -> None:
        """Draw the parameters anew, once they are there."""
        if not self.has_uninitialized_params() and getattr(self, self.counted) != 0:
            super().reset_parameters()  # type: ignore[misc]


class LazyLinear(Waiting, Linear):
    """`Linear` with as many in_features as its first input has.

    >>> import wengert as torch
    >>> layer = torch.nn.LazyLinear(3)
    >>> layer(torch.ones(1, 2)).shape, layer
    (torch.Size([1, 3]), Linear(in_features=2, out_features=3, bias=True))

    Args:
        out_features: the size of the last dimension of the result.
        bias: whether to learn a bias.
        device: the CPU.
        dtype: of the parameters.
    """

    cls_to_become = Linear
    counted = "in_features"

    def __init__(self, out_features: int, bias: bool = True, device: Any = None, dtype: Any = None) -> None:
        super().__init__(0, 0, False, device, dtype)
        self.out_features = out_features
        self.wait(dtype, *(("weight", "bias") if bias else ("weight",)))

    def initialize_parameters(self, input: Tensor) -> None:
        features = input.shape[-1]
        if self.has_uninitialized_params():
            self.in_features = features
            self.weight.materialize((self.out_features, features))
            if self.bias is not None:
                self.bias.materialize((self.out_features,))
            self.reset_parameters()
        if self.in_features == 0:  # the weight was loaded
            known = self.weight.shape[-1]
            if features != known:
                raise errors.CheckError(
                    f"The in_features inferred from input: {features} is not equal to in_features from self.weight: "
                    f"{known}"
                )
            self.in_features = known


# ------------------------------------------------------------------------ convolutions


class LazyConvolution(Waiting):
    """What lazy convolutions share."""

    counted = "in_channels"
    dims: int
    transposed: bool
    groups: int
    out_channels: int
    kernel_size: Any
    weight: Any
    bias: Any

    def initialize_parameters(self, input: Tensor, *args: Any, **kwargs: Any) -> None:
        if not self.has_uninitialized_params():
            return
        self.in_channels = self._get_in_channels(input)
        if self.in_channels % self.groups:
            raise errors.ArgumentError("in_channels must be divisible by groups")
        first, second = self.out_channels, self.in_channels
        if self.transposed:
            first, second = second, first
        self.weight.materialize((first, second // self.groups, *self.kernel_size))
        if self.bias is not None:
            self.bias.materialize((self.out_channels,))
        self.reset_parameters()

    def _get_in_channels(self, input: Tensor) -> int:
        without, within = self.dims + 1, self.dims + 2
        if input.ndim not in (without, within):
            raise errors.ShapeError(
                f"Expected {without}D (unbatched) or {within}D (batched) input to {type(self).__name__}, but got input "
                f"of size: {input.shape}"
            )
        return int(input.shape[-without])


class LazyConv(LazyConvolution):
    """What lazy convolutions share that are no transposes."""

    def __init__(
        self, out_channels: int, kernel_size: Any, stride: Any = 1, padding: Any = 0, dilation: Any = 1,
        groups: int = 1, bias: bool = True, padding_mode: str = "zeros", device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(0, 0, kernel_size, stride, padding, dilation, groups, False, padding_mode, device, dtype)
        self.out_channels = out_channels
        self.wait(dtype, *(("weight", "bias") if bias else ("weight",)))


class LazyTransposed(LazyConvolution):
    """What lazy transposes of convolutions share."""

    def __init__(
        self, out_channels: int, kernel_size: Any, stride: Any = 1, padding: Any = 0, output_padding: Any = 0,
        groups: int = 1, bias: bool = True, dilation: Any = 1, padding_mode: str = "zeros", device: Any = None,
        dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(
            0, 0, kernel_size, stride, padding, output_padding, groups, False, dilation, padding_mode, device, dtype
        )
        self.out_channels = out_channels
        self.wait(dtype, *(("weight", "bias") if bias else ("weight",)))


class LazyConv1d(LazyConv, Conv1d):
    """`Conv1d` with as many in_channels as its first input has.

    >>> import wengert as torch
    >>> layer = torch.nn.LazyConv1d(4, 3)
    >>> layer(torch.ones(1, 2, 8)).shape, layer
    (torch.Size([1, 4, 6]), Conv1d(2, 4, kernel_size=(3,), stride=(1,)))

    The arguments are those of `Conv1d` without in_channels.
    """

    cls_to_become = Conv1d


class LazyConv2d(LazyConv, Conv2d):
    """`Conv2d` with as many in_channels as its first input has.

    >>> import wengert as torch
    >>> layer = torch.nn.LazyConv2d(4, 3)
    >>> layer(torch.ones(1, 2, 8, 8)).shape, layer
    (torch.Size([1, 4, 6, 6]), Conv2d(2, 4, kernel_size=(3, 3), stride=(1, 1)))

    The arguments are those of `Conv2d` without in_channels.
    """

    cls_to_become = Conv2d


class LazyConv3d(LazyConv, Conv3d):
    """`Conv3d` with as many in_channels as its first input has.

    >>> import wengert as torch
    >>> torch.nn.LazyConv3d(4, 3)(torch.ones(1, 2, 8, 8, 8)).shape
    torch.Size([1, 4, 6, 6, 6])

    The arguments are those of `Conv3d` without in_channels.
    """

    cls_to_become = Conv3d


class LazyConvTranspose1d(LazyTransposed, ConvTranspose1d):
    """`ConvTranspose1d` with as many in_channels as its first input has.

    >>> import wengert as torch
    >>> torch.nn.LazyConvTranspose1d(4, 3)(torch.ones(1, 2, 4)).shape
    torch.Size([1, 4, 6])

    The arguments are those of `ConvTranspose1d` without in_channels.
    """

    cls_to_become = ConvTranspose1d


class LazyConvTranspose2d(LazyTransposed, ConvTranspose2d):
    """`ConvTranspose2d` with as many in_channels as its first input has.

    >>> import wengert as torch
    >>> torch.nn.LazyConvTranspose2d(4, 3)(torch.ones(1, 2, 4, 4)).shape
    torch.Size([1, 4, 6, 6])

    The arguments are those of `ConvTranspose2d` without in_channels.
    """

    cls_to_become = ConvTranspose2d


class LazyConvTranspose3d(LazyTransposed, ConvTranspose3d):
    """`ConvTranspose3d` with as many in_channels as its first input has.

    >>> import wengert as torch
    >>> torch.nn.LazyConvTranspose3d(4, 3)(torch.ones(1, 2, 4, 4, 4)).shape
    torch.Size([1, 4, 6, 6, 6])

    The arguments are those of `ConvTranspose3d` without in_channels.
    """

    cls_to_become = ConvTranspose3d


# ------------------------------------------------------------------------ normalisations


class LazyNorm(Waiting):
    """What lazy normalisations share."""

    counted = "num_features"

    def __init__(
        self, eps: float = 1e-5, momentum: float | None = 0.1, affine: bool = True, track_running_stats: bool = True,
        device: Any = None, dtype: Any = None, *, bias: bool = True,
    ) -> None:  # fmt: skip
        super().__init__(0, eps, momentum, False, False, device, dtype)
        self.affine = affine
        self.track_running_stats = track_running_stats
        if affine:
            self.wait(dtype, *(("weight", "bias") if bias else ("weight",)))
        if track_running_stats:
            module: Any = self
            for name in ("running_mean", "running_var"):
                module.register_buffer(name, UninitializedBuffer(dtype=dtype))
            module.register_buffer("num_batches_tracked", tensor(0))

    def initialize_parameters(self, input: Tensor) -> None:
        if not self.has_uninitialized_params():
            return
        self.num_features = input.shape[1]
        for value in chain(self._parameters.values(), self._buffers.values()):
            if is_lazy(value):
                value.materialize((self.num_features,))
        self.reset_parameters()


class LazyBatchNorm1d(LazyNorm, BatchNorm1d):
    """`BatchNorm1d` with as many num_features as its first input has.

    >>> import wengert as torch
    >>> layer = torch.nn.LazyBatchNorm1d()
    >>> layer(torch.ones(4, 3)).shape, layer.running_mean.shape
    (torch.Size([4, 3]), torch.Size([3]))

    The arguments are those of `BatchNorm1d` without num_features.
    """

    cls_to_become = BatchNorm1d


class LazyBatchNorm2d(LazyNorm, BatchNorm2d):
    """`BatchNorm2d` with as many num_features as its first input has.

    >>> import wengert as torch
    >>> torch.nn.LazyBatchNorm2d()(torch.ones(4, 3, 2, 2)).shape
    torch.Size([4, 3, 2, 2])

    The arguments are those of `BatchNorm2d` without num_features.
    """

    cls_to_become = BatchNorm2d


class LazyBatchNorm3d(LazyNorm, BatchNorm3d):
    """`BatchNorm3d` with as many num_features as its first input has.

    >>> import wengert as torch
    >>> torch.nn.LazyBatchNorm3d()(torch.ones(4, 3, 2, 2, 2)).shape
    torch.Size([4, 3, 2, 2, 2])

    The arguments are those of `BatchNorm3d` without num_features.
    """

    cls_to_become = BatchNorm3d


class LazyInstanceNorm1d(LazyNorm, InstanceNorm1d):
    """`InstanceNorm1d` with as many num_features as its first input has; it learns a weight and a bias.

    >>> import wengert as torch
    >>> torch.nn.LazyInstanceNorm1d()(torch.ones(4, 3, 2)).shape
    torch.Size([4, 3, 2])

    The arguments are those of `LazyBatchNorm1d`. The first input has a batch dimension.
    """

    cls_to_become = InstanceNorm1d


class LazyInstanceNorm2d(LazyNorm, InstanceNorm2d):
    """`InstanceNorm2d` with as many num_features as its first input has; it learns a weight and a bias.

    >>> import wengert as torch
    >>> torch.nn.LazyInstanceNorm2d()(torch.ones(4, 3, 2, 2)).shape
    torch.Size([4, 3, 2, 2])

    The arguments are those of `LazyBatchNorm2d`. The first input has a batch dimension.
    """

    cls_to_become = InstanceNorm2d


class LazyInstanceNorm3d(LazyNorm, InstanceNorm3d):
    """`InstanceNorm3d` with as many num_features as its first input has; it learns a weight and a bias.

    >>> import wengert as torch
    >>> torch.nn.LazyInstanceNorm3d()(torch.ones(4, 3, 2, 2, 2)).shape
    torch.Size([4, 3, 2, 2, 2])

    The arguments are those of `LazyBatchNorm3d`. The first input has a batch dimension.
    """

    cls_to_become = InstanceNorm3d

"""Normalisations, as modules."""

from __future__ import annotations

from typing import Any

from wengert import errors
from wengert.core.levels import concrete
from wengert.core.places import warn
from wengert.core.tensor import Tensor
from wengert.functions.making.creation import empty, ones, tensor, zeros
from wengert.nn import functional, init
from wengert.nn.modules.module import Module
from wengert.nn.parameter import Parameter


class Affine(Module):
    """A module whose result is multiplied by a weight and added to a bias, if it has them."""

    weight: Tensor | None
    bias: Tensor | None

    def make_affine(self, shape: Any, affine: bool, bias: bool, device: Any, dtype: Any) -> None:
        """Make both, or one, or none."""
        for name, wanted in (("weight", affine), ("bias", affine and bias)):
            made = Parameter(empty(shape, device=device, dtype=dtype)) if wanted else None
            self.register_parameter(name, made)

    def reset_parameters(self) -> None:
        """Set the weight to 1 and the bias to 0."""
        if self.weight is not None:
            init.ones_(self.weight)
        if self.bias is not None:
            init.zeros_(self.bias)


# ------------------------------------------------------------------------ by channel


class ByChannel(Affine):
    """What normalisations of channels share: running statistics.

    Attributes:
        ranks: of the inputs that are taken.
    """

    ranks: tuple[int, ...] = ()
    _version = 2
    running_mean: Tensor | None
    running_var: Tensor | None
    num_batches_tracked: Tensor | None

    def __init__(
        self, num_features: int, eps: float, momentum: float | None, affine: bool, track_running_stats: bool,
        device: Any, dtype: Any, bias: bool,
    ) -> None:  # fmt: skip
        super().__init__()
        self.num_features = num_features
        self.eps = eps
        self.momentum = momentum
        self.affine = affine
        self.track_running_stats = track_running_stats
        self.make_affine(num_features, affine, bias, device, dtype)
        kept = track_running_stats
        self.register_buffer("running_mean", zeros(num_features, device=device, dtype=dtype) if kept else None)
        self.register_buffer("running_var", ones(num_features, device=device, dtype=dtype) if kept else None)
        self.register_buffer("num_batches_tracked", tensor(0) if kept else None)
        self.reset_parameters()

    def reset_running_stats(self) -> None:
        """Set the running statistics to mean 0 and variance 1 of no batch."""
        if self.track_running_stats:
            for name, value in (("running_mean", 0), ("running_var", 1), ("num_batches_tracked", 0)):
                getattr(self, name).fill_(value)

    def reset_parameters(self) -> None:
        self.reset_running_stats()
        super().reset_parameters()

    def _load_from_state_dict(
        self, state_dict: Any, prefix: str, local_metadata: Any, strict: bool, missing_keys: list[str],
        unexpected_keys: list[str], error_msgs: list[str],
    ) -> None:  # fmt: skip
        key = f"{prefix}num_batches_tracked"
        # states without a version, and those of the first, were saved before batches were counted
        if self.track_running_stats and key not in state_dict and (local_metadata.get("version") or 1) < 2:
            counted = self.num_batches_tracked
            state_dict[key] = tensor(0) if counted is None else counted
        super()._load_from_state_dict(
            state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs
        )

    def _check_input_dim(self, input: Tensor) -> None:
        if input.ndim not in self.ranks:
            told = " or ".join(f"{rank}D" for rank in self.ranks)
            raise errors.ArgumentError(f"expected {told} input (got {input.ndim}D input)")

    def extra_repr(self) -> str:
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}"
        )


class BatchNorm(ByChannel):
    """What normalisations of batches share."""

    def __init__(
        self, num_features: int, eps: float = 1e-5, momentum: float | None = 0.1, affine: bool = True,
        track_running_stats: bool = True, device: Any = None, dtype: Any = None, *, bias: bool = True,
    ) -> None:  # fmt: skip
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias)

    def forward(self, input: Tensor) -> Tensor:
        self._check_input_dim(input)
        share = 0.0 if self.momentum is None else self.momentum
        if self.training and self.num_batches_tracked is not None:
            self.num_batches_tracked.add_(1)
            if self.momentum is None:  # the mean of all batches so far
                share = 1.0 / float(concrete(self.num_batches_tracked))
        by_batch = self.training or (self.running_mean is None and self.running_var is None)
        used = not self.training or self.track_running_stats
        mean, variance = (self.running_mean, self.running_var) if used else (None, None)
        return functional.batch_norm(input, mean, variance, self.weight, self.bias, by_batch, share, self.eps)


class InstanceNorm(ByChannel):
    """What normalisations of single inputs share."""

    def __init__(
        self, num_features: int, eps: float = 1e-5, momentum: float = 0.1, affine: bool = False,
        track_running_stats: bool = False, device: Any = None, dtype: Any = None, *, bias: bool = True,
    ) -> None:  # fmt: skip
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias)

    def forward(self, input: Tensor) -> Tensor:
        self._check_input_dim(input)
        batch = max(self.ranks)
        axis = input.ndim - batch + 1
        if input.shape[axis] != self.num_features:
            if self.affine:
                raise errors.ArgumentError(
                    f"expected input's size at dim={axis} to match num_features ({self.num_features}), but got: "
                    f"{input.shape[axis]}."
                )
            warn(
                f"input's size at dim={axis} does not match num_features. You can silence this warning by not passing "
                "in num_features, which is not used because affine=False"
            )
        if input.ndim == batch:
            return self._normalised(input)
        return self._normalised(input.unsqueeze(0)).squeeze(0)  # type: ignore[no-any-return]

    def _normalised(self, input: Tensor) -> Tensor:
        by_input = self.training or not self.track_running_stats
        share = 0.0 if self.momentum is None else self.momentum
        return functional.instance_norm(
            input, self.running_mean, self.running_var, self.weight, self.bias, by_input, share, self.eps
        )


class BatchNorm1d(BatchNorm):
    """Each channel of sequences with mean 0 and variance 1 over the batch.

    >>> import wengert as torch
    >>> layer = torch.nn.BatchNorm1d(3)
    >>> layer(torch.tensor([[0.0], [2.0]]).expand(2, 3).reshape(2, 3)).flatten().detach()
    tensor([-1.0000, -1.0000, -1.0000,  1.0000,  1.0000,  1.0000])

    Args:
        num_features: how many channels there are.
        eps: added to the variance.
        momentum: how much of the running statistics a batch replaces; None for the mean of all batches.
        affine: whether to learn a weight and a bias.
        track_running_stats: whether to keep running statistics, which evaluation takes.
        device: the CPU.
        dtype: of the parameters.
        bias: False for a weight alone.
    """

    ranks = (2, 3)


class BatchNorm2d(BatchNorm):
    """Each channel of images with mean 0 and variance 1 over the batch.

    >>> import wengert as torch
    >>> layer = torch.nn.BatchNorm2d(3)
    >>> layer(torch.tensor([[0.0], [2.0]]).expand(2, 3).reshape(2, 3, 1, 1)).flatten().detach()
    tensor([-1.0000, -1.0000, -1.0000,  1.0000,  1.0000,  1.0000])

    Args:
        num_features: how many channels there are.
        eps: added to the variance.
        momentum: how much of the running statistics a batch replaces; None for the mean of all batches.
        affine: whether to learn a weight and a bias.
        track_running_stats: whether to keep running statistics, which evaluation takes.
        device: the CPU.
        dtype: of the parameters.
        bias: False for a weight alone.
    """

    ranks = (4,)


class BatchNorm3d(BatchNorm):
    """Each channel of volumes with mean 0 and variance 1 over the batch.

    >>> import wengert as torch
    >>> layer = torch.nn.BatchNorm3d(3)
    >>> layer(torch.tensor([[0.0], [2.0]]).expand(2, 3).reshape(2, 3, 1, 1, 1)).flatten().detach()
    tensor([-1.0000, -1.0000, -1.0000,  1.0000,  1.0000,  1.0000])

    Args:
        num_features: how many channels there are.
        eps: added to the variance.
        momentum: how much of the running statistics a batch replaces; None for the mean of all batches.
        affine: whether to learn a weight and a bias.
        track_running_stats: whether to keep running statistics, which evaluation takes.
        device: the CPU.
        dtype: of the parameters.
        bias: False for a weight alone.
    """

    ranks = (5,)


class SyncBatchNorm(BatchNorm):
    """BatchNorm of any number of dimensions, with the statistics of all processes: there is one, so of this batch.

    >>> import wengert as torch
    >>> torch.nn.SyncBatchNorm.convert_sync_batchnorm(torch.nn.Sequential(torch.nn.BatchNorm1d(2)))
    Sequential(
      (0): SyncBatchNorm(2, eps=1e-05, momentum=0.1, affine=True, bias=True, track_running_stats=True)
    )

    Args as for `BatchNorm1d`; process_group is taken.
    """

    def __init__(
        self, num_features: int, eps: float = 1e-5, momentum: float | None = 0.1, affine: bool = True,
        track_running_stats: bool = True, process_group: Any = None, device: Any = None, dtype: Any = None, *,
        bias: bool = True,
    ) -> None:  # fmt: skip
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)
        self.process_group = process_group

    def _check_input_dim(self, input: Tensor) -> None:
        if input.ndim < 2:
            raise errors.ArgumentError(f"expected at least 2D input (got {input.ndim}D input)")
        if not input.shape[1]:
            raise errors.ArgumentError("SyncBatchNorm number of input channels should be non-zero")

    @classmethod
    def convert_sync_batchnorm(cls, module: Module, process_group: Any = None) -> Module:
        """The module with a SyncBatchNorm of the same parameters in place of every BatchNorm."""
        found = module
        if isinstance(module, BatchNorm) and not isinstance(module, SyncBatchNorm):
            found = cls(
                module.num_features, module.eps, module.momentum, module.affine, module.track_running_stats,
                process_group,
            )  # fmt: skip
            found.weight, found.bias = module.weight, module.bias
            found.running_mean, found.running_var = module.running_mean, module.running_var
            found.num_batches_tracked = module.num_batches_tracked
            found.training = module.training
        for name, child in module.named_children():
            found.add_module(name, cls.convert_sync_batchnorm(child, process_group))
        return found


class InstanceNorm1d(InstanceNorm):
    """Each channel of each of some sequences with mean 0 and variance 1.

    >>> import wengert as torch
    >>> torch.nn.InstanceNorm1d(1)(torch.tensor([0.0, 2.0]).reshape(1, 1, 2)).flatten()
    tensor([-1.0000,  1.0000])

    The arguments are those of `BatchNorm1d`, with other defaults.
    """

    ranks = (2, 3)


class InstanceNorm2d(InstanceNorm):
    """Each channel of each of some images with mean 0 and variance 1.

    >>> import wengert as torch
    >>> torch.nn.InstanceNorm2d(1)(torch.tensor([0.0, 2.0]).reshape(1, 1, 2, 1)).flatten()
    tensor([-1.0000,  1.0000])

    The arguments are those of `BatchNorm2d`, with other defaults.
    """

    ranks = (3, 4)


class InstanceNorm3d(InstanceNorm):
    """Each channel of each of some volumes with mean 0 and variance 1.

    >>> import wengert as torch
    >>> torch.nn.InstanceNorm3d(1)(torch.tensor([0.0, 2.0]).reshape(1, 1, 2, 1, 1)).flatten()
    tensor([-1.0000,  1.0000])

    The arguments are those of `BatchNorm3d`, with other defaults.
    """

    ranks = (4, 5)


# ------------------------------------------------------------------------ by layer and group


class LayerNorm(Affine):
    """The input with mean 0 and variance 1 over its last dimensions.

    >>> import wengert as torch
    >>> torch.nn.LayerNorm(3)(torch.tensor([[1.0, 2.0, 3.0]])).detach()
    tensor([[-1.2247,  0.0000,  1.2247]])
    """

    def __init__(
        self, normalized_shape: Any, eps: float = 1e-5, elementwise_affine: bool = True, bias: bool = True,
        device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.normalized_shape = shape_of_layer(normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        self.make_affine(self.normalized_shape, elementwise_affine, bias, device, dtype)
        self.reset_parameters()

    def forward(self, input: Tensor) -> Tensor:
        return functional.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}, "
            f"bias={self.bias is not None}"
        )


def shape_of_layer(given: Any) -> tuple[int, ...]:
    """One number, or several, as a tuple."""
    return (given,) if isinstance(given, int) else tuple(given)


class RMSNorm(Affine):
    """The input divided by the root of the mean of its squares over its last dimensions.

    >>> import wengert as torch
    >>> torch.nn.RMSNorm(2)(torch.tensor([[3.0, 4.0]])).detach()
    tensor([[0.8485, 1.1314]])
    """

    bias = None

    def __init__(
        self, normalized_shape: Any, eps: float | None = None, elementwise_affine: bool = True, device: Any = None,
        dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.normalized_shape = shape_of_layer(normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        made = Parameter(empty(self.normalized_shape, device=device, dtype=dtype)) if elementwise_affine else None
        self.register_parameter("weight", made)
        self.reset_parameters()

    def forward(self, input: Tensor) -> Tensor:
        return functional.rms_norm(input, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"


class GroupNorm(Affine):
    """Each group of channels of each input with mean 0 and variance 1.

    >>> import wengert as torch
    >>> torch.nn.GroupNorm(2, 4)(torch.tensor([[1.0, 2.0, 30.0, 40.0]])).detach()
    tensor([[-1.0000,  1.0000, -1.0000,  1.0000]])
    """

    def __init__(
        self, num_groups: int, num_channels: int, eps: float = 1e-5, affine: bool = True, device: Any = None,
        dtype: Any = None, *, bias: bool = True,
    ) -> None:  # fmt: skip
        super().__init__()
        if num_channels % num_groups:
            raise errors.ArgumentError(f"num_channels ({num_channels}) must be divisible by num_groups ({num_groups})")
        self.num_groups = num_groups
        self.num_channels = num_channels
        self.eps = eps
        self.affine = affine
        self.make_affine(num_channels, affine, bias, device, dtype)
        self.reset_parameters()

    def forward(self, input: Tensor) -> Tensor:
        return functional.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, "
            f"bias={self.bias is not None}"
        )


class LocalResponseNorm(Module):
    """Each element divided by what the channels around it have.

    >>> import wengert as torch
    >>> torch.nn.LocalResponseNorm(2, alpha=2.0)(torch.ones(1, 2, 1)).flatten()
    tensor([0.5946, 0.4387])
    """

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        super().__init__()
        self.size = size
        self.alpha = alpha
        self.beta = beta
        self.k = k

    def forward(self, input: Tensor) -> Tensor:
        return functional.local_response_norm(input, self.size, self.alpha, self.beta, self.k)

    def extra_repr(self) -> str:
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"

"""torch.optim.swa_utils: averages of a model over its training, and the schedule that goes with them."""

from __future__ import annotations

from copy import deepcopy
from itertools import chain
from math import cos, pi
from typing import TYPE_CHECKING, Any

from wengert import errors
from wengert.core.modes import no_grad
from wengert.functions.making.creation import tensor
from wengert.nn.modules import Module
from wengert.optim.lr_scheduler.scheduler import LRScheduler, one_for_each
from wengert.optim.optimizer import check

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from wengert.core.tensor import Tensor
    from wengert.optim.optimizer import Optimizer

__all__ = [
    "SWALR",
    "AveragedModel",
    "get_ema_avg_fn",
    "get_ema_multi_avg_fn",
    "get_swa_avg_fn",
    "get_swa_multi_avg_fn",
    "update_bn",
]


def _refuse_decay(decay: float) -> None:
    check(
        (0.0 <= decay <= 1.0, f"Invalid decay value {decay} provided. Please provide a value in [0,1] range.")
    )  # fmt: skip


def get_ema_avg_fn(decay: float = 0.999) -> Callable[..., Any]:
    """The function of one parameter that averages with exponentially falling weights.

    >>> import wengert as torch
    >>> average = torch.optim.swa_utils.get_ema_avg_fn(0.9)
    >>> average(torch.tensor(1.0), torch.tensor(2.0), 5)
    tensor(1.1000)
    """
    _refuse_decay(decay)

    def ema_update(ema_param: Tensor, current_param: Tensor, num_averaged: Any) -> Tensor:
        with no_grad():
            found: Tensor = decay * ema_param + (1 - decay) * current_param
            return found

    return ema_update


def get_swa_avg_fn() -> Callable[..., Any]:
    """The function of one parameter that averages with equal weights.

    >>> import wengert as torch
    >>> torch.optim.swa_utils.get_swa_avg_fn()(torch.tensor(1.0), torch.tensor(2.0), 3)
    tensor(1.2500)
    """

    def swa_update(averaged_param: Tensor, current_param: Tensor, num_averaged: Any) -> Tensor:
        with no_grad():
            found: Tensor = averaged_param + (current_param - averaged_param) / (num_averaged + 1)
            return found

    return swa_update


def get_ema_multi_avg_fn(decay: float = 0.999) -> Callable[..., None]:
    """The function of a list of parameters that averages, in place, with exponentially falling weights.

    >>> import wengert as torch
    >>> average = torch.tensor([1.0])
    >>> torch.optim.swa_utils.get_ema_multi_avg_fn(0.9)([average], [torch.tensor([2.0])], 5)
    >>> average
    tensor([1.1000])
    """
    _refuse_decay(decay)

    def ema_update(ema_param_list: Any, current_param_list: Any, _: Any) -> None:
        with no_grad():
            for kept, now in zip(ema_param_list, current_param_list, strict=True):
                if kept.is_floating_point() or kept.is_complex():
                    kept.lerp_(now, 1 - decay)
                else:
                    kept.copy_(kept * decay + now * (1 - decay))

    return ema_update


def get_swa_multi_avg_fn() -> Callable[..., None]:
    """The function of a list of parameters that averages, in place, with equal weights.

    >>> import wengert as torch
    >>> average = torch.tensor([1.0])
    >>> torch.optim.swa_utils.get_swa_multi_avg_fn()([average], [torch.tensor([2.0])], 3)
    >>> average
    tensor([1.2500])
    """

    def swa_update(averaged_param_list: Any, current_param_list: Any, num_averaged: Any) -> None:
        count = float(num_averaged) + 1
        with no_grad():
            for kept, now in zip(averaged_param_list, current_param_list, strict=True):
                if kept.is_floating_point() or kept.is_complex():
                    kept.lerp_(now, 1 / count)
                else:
                    kept.copy_(kept + (now - kept) / count)

    return swa_update


class AveragedModel(Module):
    """A copy of a model whose parameters are averages of the model's.

    >>> import wengert as torch
    >>> model = torch.nn.Module()
    >>> model.w = torch.nn.Parameter(torch.tensor([0.0]))
    >>> average = torch.optim.swa_utils.AveragedModel(model)
    >>> for value in (1.0, 2.0):
    ...     _ = model.w.data.fill_(value)
    ...     average.update_parameters(model)
    >>> average.module.w
    Parameter containing:
    tensor([1.5000], requires_grad=True)

    Args:
        model: what is averaged.
        device: the CPU, or None.
        avg_fn: the new average of an average, a parameter and how many were averaged; equal weights if None.
        multi_avg_fn: the same for lists, in place.
        use_buffers: whether buffers are averaged too, or taken as they are.
    """

    n_averaged: Tensor
    module: Any

    def __init__(self, model: Module, device: Any = None, avg_fn: Any = None, multi_avg_fn: Any = None,
                 use_buffers: bool = False) -> None:  # fmt: skip
        super().__init__()
        if avg_fn is not None and multi_avg_fn is not None:
            raise AssertionError("Only one of avg_fn and multi_avg_fn should be provided")
        self.module = deepcopy(model)
        if device is not None:
            self.module = self.module.to(device)
        self.register_buffer("n_averaged", tensor(0))
        self.avg_fn = avg_fn
        self.multi_avg_fn = multi_avg_fn
        self.use_buffers = use_buffers

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the model with the averaged parameters computes."""
        return self.module(*args, **kwargs)

    def update_parameters(self, model: Module) -> None:
        """Let the parameters of the model, as they are now, enter the average."""
        own: Any = chain(self.module.parameters(), self.module.buffers()) if self.use_buffers else self.parameters()
        given: Any = chain(model.parameters(), model.buffers()) if self.use_buffers else model.parameters()
        pairs = [(kept.detach(), now.detach()) for kept, now in zip(own, given, strict=False)]
        first = self.n_averaged.item() == 0
        if first:
            for kept, now in pairs:
                kept.copy_(now)
        elif self.multi_avg_fn is not None:
            alike: dict[Any, list[Any]] = {}
            for pair in pairs:
                alike.setdefault(pair[0].dtype, []).append(pair)
            for group in alike.values():
                self.multi_avg_fn([kept for kept, _ in group], [now for _, now in group], self.n_averaged)
        else:
            average = self.avg_fn or get_swa_avg_fn()
            for kept, now in pairs:
                kept.copy_(average(kept, now, self.n_averaged))
        if not self.use_buffers:
            for kept, now in zip(self.module.buffers(), model.buffers(), strict=True):
                kept.detach().copy_(now.detach())
        self.n_averaged += 1


def update_bn(loader: Iterable[Any], model: Module, device: Any = None) -> None:
    """Compute the running statistics of a model's batch normalization anew, from all of the data.

    >>> import wengert as torch
    >>> torch.optim.swa_utils.update_bn([torch.ones(2, 3)], torch.nn.Module())  # nothing to compute here

    Args:
        loader: batches, or lists whose first element is one.
        model: it is left in the mode that it was in.
        device: the CPU, or None.
    """
    momenta = {m: m.momentum for m in model.modules() if hasattr(m, "reset_running_stats") and hasattr(m, "momentum")}
    if not momenta:
        return
    was_training = model.training
    with no_grad():
        for module in momenta:
            module.reset_running_stats()
        model.train()
        for module in momenta:
            module.momentum = None  # then the average is a cumulative one
        for batch in loader:
            values = batch[0] if isinstance(batch, list | tuple) else batch
            model(values if device is None else values.to(device))
    for module, momentum in momenta.items():
        module.momentum = momentum
    model.train(was_training)


class SWALR(LRScheduler):
    """From the learning rate as it is to swa_lr, where it stays.

    >>> import wengert as torch
    >>> optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    >>> schedule = torch.optim.swa_utils.SWALR(optimizer, swa_lr=0.5, anneal_epochs=4)
    >>> rates = []
    >>> for _ in range(5):
    ...     rates.append(round(optimizer.param_groups[0]["lr"], 3))
    ...     optimizer.step(); schedule.step()
    >>> rates
    [1.0, 0.927, 0.75, 0.573, 0.5]

    Args:
        optimizer: whose learning rates are set.
        swa_lr: the last learning rate, or one for each group.
        anneal_epochs: how many epochs that takes.
        anneal_strategy: "cos" or "linear".
        last_epoch: the epoch after which the schedule goes on.
    """

    def __init__(self, optimizer: Optimizer, swa_lr: Any, anneal_epochs: int = 10, anneal_strategy: str = "cos",
                 last_epoch: int = -1) -> None:  # fmt: skip
        for rate, group in zip(one_for_each("swa_lr", optimizer, swa_lr), optimizer.param_groups, strict=True):
            group["swa_lr"] = rate
        if anneal_strategy not in ("cos", "linear"):
            raise errors.ArgumentError(
                f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}"
            )
        self._anneal_strategy = anneal_strategy
        if not isinstance(anneal_epochs, int) or anneal_epochs < 0:
            raise errors.ArgumentError(f"anneal_epochs must be equal or greater than 0, got {anneal_epochs}")
        self.anneal_epochs = anneal_epochs
        super().__init__(optimizer, last_epoch)

    def _part(self, step: int) -> float:
        """How much of the way is gone at a step."""
        t = max(0, min(1, step / max(1, self.anneal_epochs)))
        return (1 - cos(pi * t)) / 2 if self._anneal_strategy == "cos" else t

    def get_lr(self) -> list[Any]:
        self._warn_outside()
        step = self._step_count - 1
        if self.anneal_epochs == 0:
            step = max(1, step)
        before, now = self._part(step - 1), self._part(step)
        rates = []
        for group in self._groups:
            end = group["swa_lr"]
            start = end if before == 1 else (group["lr"] - before * end) / (1 - before)
            rates.append(end * now + start * (1 - now))
        return rates

"""The base of schedules: a learning rate for each group, anew after each epoch.

    last_epoch := the number of the epoch whose learning rates are set; 0 once the schedule is made

Knows optimizers' groups. Must not know any schedule.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from wengert import errors
from wengert.core.places import warn
from wengert.core.tensor import Tensor
from wengert.optim.optimizer import Optimizer

if TYPE_CHECKING:
    from collections.abc import Iterator

HOW_TO = "See more details at https://pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate"
OVERRIDDEN = (
    "Seems like `optimizer.step()` has been overridden after learning rate scheduler initialization. Please, make sure "
    f"to call `optimizer.step()` before `lr_scheduler.step()`. {HOW_TO}"
)
WRONG_ORDER = (
    "Detected call of `lr_scheduler.step()` before `optimizer.step()`. In PyTorch 1.1.0 and later, you should call "
    "them in the opposite order: `optimizer.step()` before `lr_scheduler.step()`.  Failure to do this will result in "
    f"PyTorch skipping the first value of the learning rate schedule. {HOW_TO}"
)
EPOCH_GIVEN = (
    "The epoch parameter in `scheduler.step()` was not necessary and is being deprecated where possible. Please use "
    "`scheduler.step()` to step the scheduler. During the deprecation, if epoch is different from None, the closed "
    "form is used instead of the new chainable form, where available. Please open an issue if you are unable to "
    "replicate your use case: https://github.com/pytorch/pytorch/issues/new/choose."
)
OUTSIDE_OF_STEP = "To get the last learning rate computed by the scheduler, please use `get_last_lr()`."
NOT_INITIAL = (
    "param 'initial_lr' is not specified in param_groups[{i}] when resuming scheduler with last_epoch >= 0.\nThis "
    "typically happens when:\n1. You're trying to resume training from a checkpoint but haven't properly loaded the "
    "optimizer state\n2. You're using last_epoch >= 0 for a fresh training run (not recommended)"
)


def one_for_each(name: str, optimizer: Optimizer, value: Any) -> list[Any]:
    """A value for each group: the one that was given for all, or a list of them."""
    count = len(optimizer.param_groups)
    if not isinstance(value, list | tuple):
        value = [value] * count
    elif len(value) != count:
        raise errors.ArgumentError(
            f"{name} must have the same length as optimizer.param_groups. {name} has {len(value)} values, "
            f"param_groups has {count}."
        )
    return [apart(v) for v in value]


def apart(value: Any) -> Any:
    """A copy of a tensor; a number as it is."""
    return value.clone() if isinstance(value, Tensor) else value


def set_option(group: dict[str, Any], name: str, value: Any) -> None:
    """Set an option of a group, in the memory of the tensor that it is, if it is one."""
    if isinstance(group[name], Tensor):
        group[name].fill_(value.item() if isinstance(value, Tensor) else value)
    else:
        group[name] = value


def is_optimizer(optimizer: Any) -> None:
    """Raise for what is no optimizer."""
    if not isinstance(optimizer, Optimizer):
        raise errors.ArgumentTypeError(f"{type(optimizer).__name__} is not an Optimizer")


class LRScheduler:
    """A schedule: what `get_lr` says is set after each call of `step`.

    >>> import wengert as torch
    >>> class Halving(torch.optim.lr_scheduler.LRScheduler):
    ...     def get_lr(self):
    ...         return [rate / 2**self.last_epoch for rate in self.base_lrs]
    >>> optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    >>> schedule = Halving(optimizer)
    >>> optimizer.step(); schedule.step()
    >>> schedule.get_last_lr()
    [0.5]

    Args:
        optimizer: whose learning rates are set.
        last_epoch: the epoch after which a schedule goes on; -1 to start one.
    """

    _get_lr_called_within_step = False
    _is_initial = False

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        is_optimizer(optimizer)
        self.optimizer = optimizer
        for i, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", apart(group["lr"]))
            elif "initial_lr" not in group:
                raise KeyError(NOT_INITIAL.format(i=i))
        self.base_lrs = [apart(group["initial_lr"]) for group in optimizer.param_groups]
        self.last_epoch = last_epoch
        self._initial_step()

    def _initial_step(self) -> None:
        self._step_count = 0
        self._is_initial = True
        try:
            self.step()
        finally:
            self._is_initial = False

    @property
    def _groups(self) -> list[dict[str, Any]]:
        return self.optimizer.param_groups

    def _rates(self, factor: float | None = None) -> list[Any]:
        """The learning rates as they are, or times a factor."""
        return [apart(g["lr"]) if factor is None else g["lr"] * factor for g in self._groups]

    def state_dict(self) -> dict[str, Any]:
        """All that the schedule knows, without the optimizer."""
        return {key: value for key, value in self.__dict__.items() if key != "optimizer"}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take what another schedule's `state_dict` gave."""
        self.__dict__.update(state_dict)

    def get_last_lr(self) -> list[Any]:
        """The learning rates that were set last."""
        return self._last_lr

    def get_lr(self) -> list[Any]:
        """The learning rates of `last_epoch`."""
        raise NotImplementedError

    def step(self, epoch: Any = None) -> None:
        """Set the learning rates of the next epoch."""
        if self._step_count == 1:
            if not hasattr(self.optimizer.step, "hooked"):
                warn(OVERRIDDEN)
            elif not self.optimizer._opt_called:  # noqa: SLF001  the base class keeps it for schedules
                warn(WRONG_ORDER)
        self._step_count += 1
        if epoch is not None:
            warn(EPOCH_GIVEN)
        self._update_lr(epoch)

    def _update_lr(self, epoch: Any = None) -> None:
        with self._asking():
            self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
            closed = getattr(self, "_get_closed_form_lr", None)
            rates = self.get_lr() if epoch is None or closed is None else closed()
        self._set(rates)

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """Let `get_lr` know that it is asked by a step."""
        self._get_lr_called_within_step = True
        try:
            yield
        finally:
            self._get_lr_called_within_step = False

    def _set(self, rates: list[Any]) -> None:
        for group, rate in zip(self._groups, rates, strict=True):
            set_option(group, "lr", rate)
        self._last_lr = self._rates()

    def _warn_outside(self) -> None:
        if not self._get_lr_called_within_step:
            warn(OUTSIDE_OF_STEP)

"""Schedules made of schedules: one after another, or all at once."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Any

from wengert import errors
from wengert.optim.lr_scheduler.plateau import ReduceLROnPlateau
from wengert.optim.lr_scheduler.scheduler import LRScheduler, set_option
from wengert.optim.optimizer import check

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wengert.optim.optimizer import Optimizer


class _Combined(LRScheduler):
    """A schedule that others make up."""

    _schedulers: Any

    def _refuse_unfit(self, schedulers: Any, optimizer: Any) -> None:
        own = type(self).__name__
        for i, each in enumerate(schedulers):
            if not hasattr(each, "optimizer"):
                raise errors.ArgumentTypeError(f"{own} at index {i} should have `optimizer` as its attribute.")
            if isinstance(each, ReduceLROnPlateau):
                raise errors.ArgumentError(
                    f"{own} does not support `ReduceLROnPlateau` scheduler as it requires additional kwargs to be "
                    f"specified when calling `step`, but got one at index {i} in the given schedulers sequence."
                )
            if each.optimizer is not optimizer:
                raise errors.ArgumentError(
                    f"{own} expects all schedulers to belong to the same optimizer, but got scheduler "
                    f"{type(each).__name__} at index {i} has {each.optimizer}, which is different from "
                    f"{type(optimizer).__name__}."
                )

    def state_dict(self) -> dict[str, Any]:
        """The state, and that of each schedule."""
        found = super().state_dict()
        del found["_schedulers"]
        found["_schedulers"] = [each.state_dict() for each in self._schedulers]
        return found

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.__dict__.update({key: value for key, value in state_dict.items() if key != "_schedulers"})
        for each, kept in zip(self._schedulers, state_dict["_schedulers"], strict=True):
            each.load_state_dict(kept)


class SequentialLR(_Combined):
    """One schedule after another; each begins at its milestone.

    >>> import wengert as torch
    >>> from wengert.optim.lr_scheduler import ConstantLR, ExponentialLR, SequentialLR
    >>> optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    >>> parts = [ConstantLR(optimizer, factor=0.5, total_iters=9), ExponentialLR(optimizer, gamma=0.5)]
    >>> schedule = SequentialLR(optimizer, parts, milestones=[1])
    >>> rates = schedule.get_last_lr()
    >>> for _ in range(2):
    ...     optimizer.step()
    ...     schedule.step()
    ...     rates += schedule.get_last_lr()
    >>> rates
    [0.5, 1.0, 0.5]
    """

    def __init__(self, optimizer: Optimizer, schedulers: list[Any], milestones: list[int],
                 last_epoch: int = -1) -> None:  # fmt: skip
        check((len(schedulers) > 0, f"{type(self).__name__} expects at least one scheduler, but got no scheduler."))
        self._refuse_unfit(schedulers, optimizer)
        if len(milestones) != len(schedulers) - 1:
            raise errors.ArgumentError(
                "Sequential Schedulers expects number of schedulers provided to be one more than the number of "
                f"milestone points, but got number of schedulers {len(schedulers)} and the number of milestones to be "
                f"equal to {len(milestones)}"
            )
        self._schedulers = schedulers
        self._milestones = milestones
        self.last_epoch = last_epoch + 1
        self.optimizer = optimizer
        for group in optimizer.param_groups:  # as if none of the schedules had begun
            set_option(group, "lr", group["initial_lr"])
        self.recursive_undo()
        first = schedulers[bisect_right(milestones, 0)]
        first._initial_step()  # noqa: SLF001  schedules are made of schedules
        self._last_lr = first.get_last_lr()

    def recursive_undo(self, sched: Any = None) -> None:
        """Take back the step with which each schedule began."""
        schedule = self if sched is None else sched
        if hasattr(schedule, "_schedulers"):
            for each in schedule._schedulers:  # noqa: SLF001
                self.recursive_undo(each)
        elif hasattr(schedule, "last_epoch"):
            schedule.last_epoch -= 1

    def step(self, epoch: Any = None) -> None:
        """Set the learning rates of the next epoch."""
        self.last_epoch += 1
        i = bisect_right(self._milestones, self.last_epoch)
        schedule = self._schedulers[i]
        if i > 0 and self._milestones[i - 1] == self.last_epoch:
            schedule._update_lr(0)  # noqa: SLF001
        else:
            schedule.step()
        self._last_lr = schedule.get_last_lr()


class ChainedScheduler(_Combined):
    """Several schedules at once: each changes what the one before it has set.

    >>> import wengert as torch
    >>> from wengert.optim.lr_scheduler import ChainedScheduler, ConstantLR, ExponentialLR
    >>> optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    >>> parts = [ConstantLR(optimizer, factor=0.5, total_iters=9), ExponentialLR(optimizer, gamma=0.5)]
    >>> schedule = ChainedScheduler(parts)
    >>> optimizer.step(); schedule.step()
    >>> schedule.get_last_lr()
    [0.25]
    """

    def __init__(self, schedulers: Sequence[Any], optimizer: Any = None) -> None:
        check(
            (
                len(schedulers) > 0,
                f"{type(self).__name__} expects at least one scheduler to be chained, but got no scheduler.",
            )
        )
        optimizer = optimizer or schedulers[0].optimizer
        self._refuse_unfit(schedulers, optimizer)
        self._schedulers = schedulers
        self.optimizer = optimizer
        self._last_lr = self._rates()

    def step(self, epoch: Any = None) -> None:
        """Let each schedule take its step."""
        for each in self._schedulers:
            each.step()
        self._last_lr = self._rates()

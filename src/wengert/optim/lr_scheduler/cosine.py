"""Schedules along a cosine."""

from __future__ import annotations

from math import cos, floor, log, pi
from typing import TYPE_CHECKING, Any

from wengert.optim.lr_scheduler.scheduler import LRScheduler
from wengert.optim.optimizer import check

if TYPE_CHECKING:
    from wengert.optim.optimizer import Optimizer


def raised(part: float) -> float:
    """1 at 0, 0 at 1, and along a cosine between, twice.

    >>> raised(0.0), raised(1.0)
    (2.0, 0.0)
    """
    return 1 + cos(pi * part)


class CosineAnnealingLR(LRScheduler):
    """From the first learning rate to eta_min in T_max epochs, and back.

    >>> import wengert as torch
    >>> optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    >>> schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=2)
    >>> optimizer.step(); schedule.step()
    >>> round(schedule.get_last_lr()[0], 6)
    0.5
    """

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1) -> None:
        self.T_max = T_max
        self.eta_min = eta_min
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Any]:
        self._warn_outside()
        epoch, period, low = self.last_epoch, self.T_max, self.eta_min
        if self._is_initial:
            return self._rates()
        if self._step_count == 1 and epoch > 0:
            return self._get_closed_form_lr()
        if (epoch - 1 - period) % (2 * period) == 0:  # it was at the bottom, where the ratio below is 0 / 0
            return [
                group["lr"] + (rate - low) * (1 - cos(pi / period)) / 2
                for rate, group in zip(self.base_lrs, self._groups, strict=True)
            ]
        ratio = raised(epoch / period) / raised((epoch - 1) / period)
        return [ratio * (group["lr"] - low) + low for group in self._groups]

    def _get_closed_form_lr(self) -> list[Any]:
        return [
            self.eta_min + (rate - self.eta_min) * raised(self.last_epoch / self.T_max) / 2 for rate in self.base_lrs
        ]


class CosineAnnealingWarmRestarts(LRScheduler):
    """From the first learning rate to eta_min, and from the top again, each time T_mult times as slowly.

    >>> import wengert as torch
    >>> optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    >>> schedule = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, T_0=2)
    >>> rates = []
    >>> for _ in range(5):
    ...     rates.append(round(optimizer.param_groups[0]["lr"], 3))
    ...     optimizer.step(); schedule.step()
    >>> rates
    [1.0, 0.5, 1.0, 0.5, 1.0]

    Args:
        optimizer: whose learning rates are set.
        T_0: the epochs until the first restart.
        T_mult: how much longer each period is than the last.
        eta_min: the lowest learning rate.
        last_epoch: the epoch after which the schedule goes on.
    """

    def __init__(self, optimizer: Optimizer, T_0: int, T_mult: int = 1, eta_min: float = 0.0,
                 last_epoch: int = -1) -> None:  # fmt: skip
        check(
            (isinstance(T_0, int) and T_0 > 0, f"Expected positive integer T_0, but got {T_0}"),
            (isinstance(T_mult, int) and T_mult >= 1, f"Expected integer T_mult >= 1, but got {T_mult}"),
            (
                isinstance(eta_min, float | int),
                f"Expected float or int eta_min, but got {eta_min} of type {type(eta_min)}",
            ),
        )
        self.T_0 = self.T_i = T_0
        self.T_mult = T_mult
        self.eta_min = eta_min
        self.T_cur: Any = last_epoch
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Any]:
        self._warn_outside()
        return [self.eta_min + (rate - self.eta_min) * raised(self.T_cur / self.T_i) / 2 for rate in self.base_lrs]

    def step(self, epoch: Any = None) -> None:
        """Set the learning rates of the next epoch, or of a given one, which may be a fraction."""
        if epoch is None and self.last_epoch >= 0:
            epoch = self.last_epoch + 1
            self.T_cur += 1
            if self.T_cur >= self.T_i:
                self.T_cur %= self.T_i
                self.T_i *= self.T_mult
        else:
            epoch = 0 if epoch is None else epoch
            check((epoch >= 0, f"Expected non-negative epoch, but got {epoch}"))
            self._seek(epoch)
        self.last_epoch = floor(epoch)
        with self._asking():
            rates = self.get_lr()
        self._set(rates)

    def _seek(self, epoch: Any) -> None:
        """Find the period of an epoch, and the place in it."""
        if epoch < self.T_0:
            self.T_i, self.T_cur = self.T_0, epoch
        elif self.T_mult == 1:
            self.T_cur = epoch % self.T_0
        else:
            n = int(log(epoch / self.T_0 * (self.T_mult - 1) + 1, self.T_mult))
            self.T_cur = epoch - self.T_0 * (self.T_mult**n - 1) / (self.T_mult - 1)
            self.T_i = self.T_0 * self.T_mult**n

"""Schedules that move the learning rate and the momentum against one another."""

from __future__ import annotations

from math import floor
from types import FunctionType
from typing import TYPE_CHECKING, Any

from wengert import errors
from wengert.optim.lr_scheduler.cosine import raised
from wengert.optim.lr_scheduler.scheduler import LRScheduler, is_optimizer, one_for_each, set_option
from wengert.optim.optimizer import check

if TYPE_CHECKING:
    from wengert.optim.optimizer import Optimizer


class _WithMomentum(LRScheduler):
    """A schedule that sets the momentum, or the first beta, as well."""

    use_beta1: bool

    def _start_momentum(self, optimizer: Optimizer, lowest: Any, highest: Any, last_epoch: int) -> tuple[Any, Any]:
        if "momentum" not in optimizer.defaults and "betas" not in optimizer.defaults:
            raise errors.ArgumentError("optimizer must support momentum or beta1 with `cycle_momentum` option enabled")
        self.use_beta1 = "betas" in optimizer.defaults
        low = one_for_each("base_momentum", optimizer, lowest)
        high = one_for_each("max_momentum", optimizer, highest)
        if last_epoch == -1:
            for a, b, group in zip(low, high, optimizer.param_groups, strict=True):
                self._set_momentum(group, b)
                group["max_momentum"], group["base_momentum"] = b, a
        return low, high

    def _set_momentum(self, group: dict[str, Any], value: Any) -> None:
        if self.use_beta1:
            group["betas"] = (value, *group["betas"][1:])
        else:
            group["momentum"] = value


class CyclicLR(_WithMomentum):
    """Between two learning rates, up and down.

    >>> import wengert as torch
    >>> optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0, momentum=0.9)
    >>> schedule = torch.optim.lr_scheduler.CyclicLR(optimizer, base_lr=0.1, max_lr=0.5, step_size_up=2)
    >>> rates = []
    >>> for _ in range(5):
    ...     rates.append(round(optimizer.param_groups[0]["lr"], 3))
    ...     optimizer.step(); schedule.step()
    >>> rates
    [0.1, 0.3, 0.5, 0.3, 0.1]

    Args:
        optimizer: whose learning rates are set.
        base_lr: the lowest learning rate.
        max_lr: the highest, of the first cycle.
        step_size_up: the steps up.
        step_size_down: the steps down; as many as up if None.
        mode: "triangular" for cycles alike, "triangular2" for each half as high as the last, "exp_range" for
            gamma**step.
        gamma: for "exp_range".
        scale_fn: how high, by cycle or step, in the place of a mode.
        scale_mode: whether scale_fn takes the "cycle" or "iterations".
        cycle_momentum: whether the momentum goes the other way.
        base_momentum: the lowest momentum.
        max_momentum: the highest.
        last_epoch: the step after which the schedule goes on.
    """

    def __init__(self, optimizer: Optimizer, base_lr: Any, max_lr: Any, step_size_up: int = 2000,
                 step_size_down: int | None = None, mode: str = "triangular", gamma: float = 1.0,
                 scale_fn: Any = None, scale_mode: str = "cycle", cycle_momentum: bool = True,
                 base_momentum: Any = 0.8, max_momentum: Any = 0.9, last_epoch: int = -1) -> None:  # fmt: skip
        is_optimizer(optimizer)
        self.optimizer = optimizer
        lowest = one_for_each("base_lr", optimizer, base_lr)
        if last_epoch == -1:
            for rate, group in zip(lowest, optimizer.param_groups, strict=True):
                set_option(group, "lr", rate)
        self.max_lrs = one_for_each("max_lr", optimizer, max_lr)
        up = float(step_size_up)
        self.total_size = up + (up if step_size_down is None else float(step_size_down))
        self.step_ratio = up / self.total_size
        if mode not in ("triangular", "triangular2", "exp_range") and scale_fn is None:
            raise errors.ArgumentError("mode is invalid and scale_fn is None")
        self.mode = mode
        self.gamma = gamma
        self._scale_fn_custom = scale_fn
        self.scale_mode = scale_mode
        if scale_fn is None:
            self.scale_mode = "iterations" if mode == "exp_range" else "cycle"
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            self.base_momentums, self.max_momentums = self._start_momentum(
                optimizer, base_momentum, max_momentum, last_epoch
            )
        super().__init__(optimizer, last_epoch)
        self.base_lrs = lowest

    def scale_fn(self, x: float) -> float:
        """How high a cycle is, by its number or that of the step."""
        if self._scale_fn_custom is not None:
            found: float = self._scale_fn_custom(x)
            return found
        if self.mode == "triangular":
            return 1.0
        return 1 / 2.0 ** (x - 1) if self.mode == "triangular2" else float(self.gamma**x)

    def get_lr(self) -> list[Any]:
        self._warn_outside()
        cycle = floor(1 + self.last_epoch / self.total_size)
        x = 1.0 + self.last_epoch / self.total_size - cycle
        height = x / self.step_ratio if x <= self.step_ratio else (x - 1) / (self.step_ratio - 1)
        scale = self.scale_fn(cycle if self.scale_mode == "cycle" else self.last_epoch)
        if self.cycle_momentum:
            for low, high, group in zip(self.base_momentums, self.max_momentums, self._groups, strict=True):
                self._set_momentum(group, high - (high - low) * height * scale)
        return [low + (high - low) * height * scale for low, high in zip(self.base_lrs, self.max_lrs, strict=True)]

    def state_dict(self) -> dict[str, Any]:
        """The state; of scale_fn only what an object keeps that can be called."""
        found = super().state_dict()
        own = self._scale_fn_custom
        found["_scale_fn_custom"] = None if own is None or isinstance(own, FunctionType) else dict(own.__dict__)
        return found

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        kept = state_dict["_scale_fn_custom"]
        super().load_state_dict({k: v for k, v in state_dict.items() if k != "_scale_fn_custom"})
        if kept is not None:
            self._scale_fn_custom.__dict__.update(kept)


class OneCycleLR(_WithMomentum):
    """Up once, then down to almost nothing.

    >>> import wengert as torch
    >>> optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0, momentum=0.9)
    >>> schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=1.0, total_steps=10)
    >>> rates = []
    >>> for _ in range(5):
    ...     rates.append(round(optimizer.param_groups[0]["lr"], 3))
    ...     optimizer.step(); schedule.step()
    >>> rates
    [0.04, 0.52, 1.0, 0.95, 0.812]

    Args:
        optimizer: whose learning rates are set.
        max_lr: the highest learning rate.
        total_steps: the steps of the schedule; or say epochs and steps_per_epoch.
        epochs: the epochs of the schedule.
        steps_per_epoch: the steps of each.
        pct_start: the part of the steps that goes up.
        anneal_strategy: "cos" or "linear".
        cycle_momentum: whether the momentum goes the other way.
        base_momentum: the lowest momentum.
        max_momentum: the highest.
        div_factor: max_lr / div_factor is the first learning rate.
        final_div_factor: the first learning rate / final_div_factor is the last.
        three_phase: whether it comes down as it went up, and then to almost nothing.
        last_epoch: the step after which the schedule goes on.
    """

    def __init__(self, optimizer: Optimizer, max_lr: Any, total_steps: int | None = None, epochs: int | None = None,
                 steps_per_epoch: int | None = None, pct_start: float = 0.3, anneal_strategy: str = "cos",
                 cycle_momentum: bool = True, base_momentum: Any = 0.85, max_momentum: Any = 0.95,
                 div_factor: float = 25.0, final_div_factor: float = 1e4, three_phase: bool = False,
                 last_epoch: int = -1) -> None:  # fmt: skip
        is_optimizer(optimizer)
        self.optimizer = optimizer
        self.total_steps = _steps(total_steps, epochs, steps_per_epoch)
        self._schedule_phases = _phases(pct_start * self.total_steps, self.total_steps, three=three_phase)
        check(
            (
                isinstance(pct_start, float) and 0 <= pct_start <= 1,
                f"Expected float between 0 and 1 pct_start, but got {pct_start}",
            ),
            (
                anneal_strategy in ("cos", "linear"),
                f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}",
            ),
        )
        self._anneal_func_type = anneal_strategy
        highest = one_for_each("max_lr", optimizer, max_lr)
        if last_epoch == -1:
            for rate, group in zip(highest, optimizer.param_groups, strict=True):
                group["initial_lr"] = rate / div_factor
                group["max_lr"] = rate
                group["min_lr"] = group["initial_lr"] / final_div_factor
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            self._start_momentum(optimizer, base_momentum, max_momentum, last_epoch)
        super().__init__(optimizer, last_epoch)

    def _between(self, start: Any, end: Any, part: float) -> Any:
        if self._anneal_func_type == "cos":
            return end + (start - end) / 2.0 * raised(part)
        return (end - start) * part + start

    def get_lr(self) -> list[Any]:
        self._warn_outside()
        step = self.last_epoch
        check(
            (
                step <= self.total_steps,
                f"Tried to step {step} times. The specified number of total steps is {self.total_steps}",
            )
        )
        start, phase = 0.0, self._schedule_phases[0]
        for following in self._schedule_phases[1:]:
            if step <= phase["end_step"]:
                break
            start, phase = phase["end_step"], following
        part = (step - start) / (phase["end_step"] - start)
        if self.cycle_momentum:
            for group in self._groups:
                low, high = group[phase["start_momentum"]], group[phase["end_momentum"]]
                self._set_momentum(group, self._between(low, high, part))
        return [self._between(group[phase["start_lr"]], group[phase["end_lr"]], part) for group in self._groups]


def _steps(total: Any, epochs: Any, steps: Any) -> int:
    """The number of steps, said at once or by epochs."""
    for name, value in (("total_steps", total),) if total is not None else (
        ("epochs", epochs), ("steps_per_epoch", steps),
    ):  # fmt: skip
        if value is None:
            raise errors.ArgumentError("You must define either total_steps OR (epochs AND steps_per_epoch)")
        if not isinstance(value, int) or value <= 0:
            raise errors.ArgumentError(f"Expected positive integer {name}, but got {value}")
    found: int = epochs * steps if total is None else total
    return found


def _phases(up: float, total: int, *, three: bool) -> list[dict[str, Any]]:
    """The phases: where each ends, and what it goes from and to."""

    def phase(end: float, start_lr: str, end_lr: str, start_momentum: str, end_momentum: str) -> dict[str, Any]:
        return {"end_step": end, "start_lr": start_lr, "end_lr": end_lr, "start_momentum": f"{start_momentum}_momentum",
                "end_momentum": f"{end_momentum}_momentum"}  # fmt: skip

    rise = phase(float(up) - 1, "initial_lr", "max_lr", "max", "base")
    if not three:
        return [rise, phase(total - 1, "max_lr", "min_lr", "base", "max")]
    fall = phase(float(2 * up) - 2, "max_lr", "initial_lr", "base", "max")
    return [rise, fall, phase(total - 1, "initial_lr", "min_lr", "max", "max")]

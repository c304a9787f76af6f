"""torch.amp: mixed precision. Nothing computes in half precision by itself, but losses may be scaled for it."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

import numpy as np

from wengert import errors
from wengert.core.places import warn
from wengert.core.tensor import Tensor
from wengert.functions.making.settings import autocast

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["GradScaler", "autocast", "custom_bwd", "custom_fwd", "is_autocast_available"]


def is_autocast_available(device_type: str) -> bool:
    """Whether autocast can compute in half precision on a device: nowhere.

    >>> import wengert as torch
    >>> torch.amp.is_autocast_available("cpu")
    False
    """
    return False


def custom_fwd(fwd: Any = None, *, device_type: str, cast_inputs: Any = None) -> Any:
    """The `forward` of a Function as it is, since nothing casts.

    >>> import wengert as torch
    >>> torch.amp.custom_fwd(abs, device_type="cpu")(-1)
    1
    """
    return _as_it_is(fwd)


def custom_bwd(bwd: Any = None, *, device_type: str) -> Any:
    """The `backward` of a Function as it is, since nothing casts.

    >>> import wengert as torch
    >>> torch.amp.custom_bwd(device_type="cpu")(abs)(-1)
    1
    """
    return _as_it_is(bwd)


def _as_it_is(function: Callable[..., Any] | None) -> Any:
    if function is None:
        return _as_it_is

    @wraps(function)
    def same(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return same


class GradScaler:
    """Scales a loss, so that gradients of half precision do not vanish, and leaves a step out where one overflowed.

    >>> import wengert as torch
    >>> p = torch.nn.Parameter(torch.ones(1))
    >>> optimizer, scaler = torch.optim.SGD([p], lr=0.1), torch.amp.GradScaler("cpu")
    >>> scaler.scale((p * p).sum()).backward()
    >>> scaler.step(optimizer), scaler.update(), p.data
    (None, None, tensor([0.8000]))

    Args:
        device: "cpu"; others do not exist, and then the scaler is disabled.
        init_scale: the first factor.
        growth_factor: by which it grows after growth_interval steps without overflow.
        backoff_factor: by which it shrinks after one with.
        growth_interval: so many steps.
        enabled: whether to do anything.
    """

    def __init__(
        self, device: str = "cuda", init_scale: float = 2.0**16, growth_factor: float = 2.0,
        backoff_factor: float = 0.5, growth_interval: int = 2000, enabled: bool = True,
    ) -> None:  # fmt: skip
        if enabled and device != "cpu":
            warn(f"torch.{device}.amp.GradScaler is enabled, but {device.upper()} is not available.  Disabling.")
            enabled = False
        self._enabled = enabled
        self._scale, self._growth, self._backoff = float(init_scale), growth_factor, backoff_factor
        self._interval, self._steps = growth_interval, 0
        self._found: dict[int, bool] = {}
        self._unscaled: set[int] = set()

    def scale(self, outputs: Any) -> Any:
        """Losses times the factor; a tensor, or lists and tuples of them."""
        if not self._enabled:
            return outputs
        if isinstance(outputs, Tensor):
            return outputs * self._scale
        if isinstance(outputs, list | tuple):
            return type(outputs)(self.scale(each) for each in outputs)
        raise errors.ArgumentError("outputs must be a Tensor or an iterable of Tensors")

    def unscale_(self, optimizer: Any) -> None:
        """Divide the gradients of an optimizer's parameters by the factor.

        Raises:
            RuntimeError: if that was done since the last update.
        """
        if not self._enabled:
            return
        key = id(optimizer)
        if key in self._unscaled:
            raise errors.ShapeError("unscale_() has already been called on this optimizer since the last update().")
        gradients = [p.grad for group in optimizer.param_groups for p in group["params"] if p.grad is not None]
        for gradient in gradients:
            gradient.mul_(1 / self._scale)
        self._found[key] = not all(np.isfinite(gradient.array).all() for gradient in gradients)
        self._unscaled.add(key)

    def step(self, optimizer: Any, *args: Any, **kwargs: Any) -> Any:
        """The optimizer's step, unless a gradient is not finite."""
        if not self._enabled:
            return optimizer.step(*args, **kwargs)
        if "closure" in kwargs:
            raise errors.ShapeError("Closure use is not currently supported if GradScaler is enabled.")
        if id(optimizer) not in self._unscaled:
            self.unscale_(optimizer)
        return None if self._found[id(optimizer)] else optimizer.step(*args, **kwargs)

    def update(self, new_scale: Any = None) -> None:
        """Change the factor, after the steps of all optimizers."""
        if not self._enabled:
            return
        if new_scale is not None:
            self._scale = float(new_scale)
        elif any(self._found.values()):
            self._scale, self._steps = self._scale * self._backoff, 0
        else:
            self._steps += 1
            if self._steps == self._interval:
                self._scale, self._steps = self._scale * self._growth, 0
        self._found, self._unscaled = {}, set()

    def get_scale(self) -> float:
        """The factor; 1 if the scaler is disabled."""
        return self._scale if self._enabled else 1.0

    def is_enabled(self) -> bool:
        """Whether it does anything."""
        return self._enabled

    def get_growth_factor(self) -> float:
        """By which the factor grows."""
        return self._growth

    def set_growth_factor(self, new_factor: float) -> None:
        """Let the factor grow by another."""
        self._growth = new_factor

    def get_backoff_factor(self) -> float:
        """By which the factor shrinks."""
        return self._backoff

    def set_backoff_factor(self, new_factor: float) -> None:
        """Let the factor shrink by another."""
        self._backoff = new_factor

    def get_growth_interval(self) -> int:
        """After how many good steps the factor grows."""
        return self._interval

    def set_growth_interval(self, new_interval: int) -> None:
        """Let the factor grow after another number of steps."""
        self._interval = new_interval

    def state_dict(self) -> dict[str, Any]:
        """What is to be saved; nothing if it is disabled."""
        if not self._enabled:
            return {}
        return {
            "scale": self._scale, "growth_factor": self._growth, "backoff_factor": self._backoff,
            "growth_interval": self._interval, "_growth_tracker": self._steps,
        }  # fmt: skip

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take what was saved."""
        if not self._enabled:
            return
        if not state_dict:
            raise errors.ShapeError(
                "The source state dict is empty, possibly because it was saved from a disabled instance of GradScaler."
            )
        self._scale, self._growth = float(state_dict["scale"]), state_dict["growth_factor"]
        self._backoff, self._interval = state_dict["backoff_factor"], state_dict["growth_interval"]
        self._steps = state_dict["_growth_tracker"]

"""Normal numbers without their sign."""

from __future__ import annotations

from math import inf, log, pi, sqrt
from typing import Any

import wengert as torch
from wengert.core.tensor import Tensor
from wengert.distributions.half import Half
from wengert.distributions.normal import Normal

__all__ = ["HalfNormal"]


class HalfNormal(Half):
    """The absolute value of a Normal number around 0.

    >>> import wengert as torch
    >>> from wengert.distributions import HalfNormal
    >>> HalfNormal(1.0).mode
    tensor(0.)
    """

    def __init__(self, scale: Any, validate_args: Any = None) -> None:
        super().__init__(Normal(0, scale, validate_args=False), validate_args)

    @property
    def mean(self) -> Tensor:
        return self.scale * sqrt(2 / pi)

    @property
    def variance(self) -> Tensor:
        return self.scale.pow(2) * (1 - 2 / pi)

    def log_prob(self, value: Any) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        return torch.where(value >= 0, self.base_dist.log_prob(value) + log(2), -inf)

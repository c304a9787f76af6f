"""Cauchy numbers without their sign."""

from __future__ import annotations

from math import inf, log, pi
from typing import Any

import wengert as torch
from wengert.core.tensor import Tensor
from wengert.distributions.cauchy import Cauchy
from wengert.distributions.half import Half

__all__ = ["HalfCauchy"]


class HalfCauchy(Half):
    """The absolute value of a Cauchy number around 0.

    >>> import wengert as torch
    >>> from wengert.distributions import HalfCauchy
    >>> HalfCauchy(1.0).mode
    tensor(0.)
    """

    def __init__(self, scale: Any, validate_args: Any = None) -> None:
        super().__init__(Cauchy(0, scale, validate_args=False), validate_args)

    @property
    def mean(self) -> Tensor:
        return torch.full(self._extended_shape(), inf, dtype=self.scale.dtype)

    @property
    def variance(self) -> Tensor:
        return self.base_dist.variance

    def log_prob(self, value: Any) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        value = torch.as_tensor(value, dtype=self.scale.dtype)
        found = log(2 / pi) - self.scale.log() - (value / self.scale).pow(2).log1p()
        return torch.where(value >= 0, found, -inf)

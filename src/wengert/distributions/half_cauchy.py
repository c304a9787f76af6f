"""Cauchy numbers without their sign."""

from __future__ import annotations

from math import inf, log, pi
from typing import Any

import wengert as torch
from wengert.core.tensor import Tensor
from wengert.distributions import constraints
from wengert.distributions.cauchy import Cauchy
from wengert.distributions.transformed_distribution import TransformedDistribution
from wengert.distributions.transforms import AbsTransform

__all__ = ["HalfCauchy"]


class HalfCauchy(TransformedDistribution):
    """The absolute value of a Cauchy number around 0.

    >>> import wengert as torch
    >>> from wengert.distributions import HalfCauchy
    >>> HalfCauchy(1.0).mode
    tensor(0.)
    """

    arg_constraints = {"scale": constraints.positive}  # noqa: RUF012
    support = constraints.nonnegative
    has_rsample = True

    def __init__(self, scale: Any, validate_args: Any = None) -> None:
        super().__init__(Cauchy(0, scale, validate_args=False), AbsTransform(), validate_args=validate_args)

    @property
    def scale(self) -> Tensor:
        """The scale before the sign was taken off."""
        return self.base_dist.scale  # type: ignore[attr-defined]

    @property
    def mode(self) -> Tensor:
        return torch.zeros_like(self.scale)

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

    def cdf(self, value: Any) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        return 2 * self.base_dist.cdf(value) - 1

    def icdf(self, value: Any) -> Tensor:
        return self.base_dist.icdf((value + 1) / 2)

    def entropy(self) -> Tensor:
        return self.base_dist.entropy() - log(2)

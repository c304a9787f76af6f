"""What exceeds a threshold."""

from __future__ import annotations

from typing import Any

import wengert as torch
from wengert.core.tensor import Tensor
from wengert.distributions import constraints
from wengert.distributions.distribution import Distribution
from wengert.distributions.utils import batch_of, broadcast_all, uniform
from wengert.shapes import Size

__all__ = ["GeneralizedPareto"]


class GeneralizedPareto(Distribution):
    """What exceeds a threshold loc: of a scale and a concentration, which says how heavy the tail is.

    >>> import wengert as torch
    >>> from wengert.distributions import GeneralizedPareto
    >>> GeneralizedPareto(0.0, 1.0, 0.5).mean
    tensor(2.)
    """

    arg_constraints = {  # noqa: RUF012
        "loc": constraints.real, "scale": constraints.positive, "concentration": constraints.real,
    }  # fmt: skip
    has_rsample = True

    def __init__(self, loc: Any, scale: Any, concentration: Any, validate_args: Any = None) -> None:
        self.loc, self.scale, self.concentration = broadcast_all(loc, scale, concentration)
        super().__init__(batch_of((loc, scale, concentration), self.loc), validate_args=validate_args)

    @constraints.dependent_property(is_discrete=False, event_dim=0)
    def support(self) -> Any:
        lowest = self.loc
        highest = torch.where(self.concentration < 0, lowest - self.scale / self.concentration, torch.inf)
        return constraints.interval(lowest, highest)

    def _none(self) -> Any:
        """Where there is no concentration, so that the distribution is exponential."""
        return torch.isclose(self.concentration, torch.zeros_like(self.concentration))

    def _some(self) -> Any:
        """The concentration, and 1 where there is none."""
        return torch.where(self._none(), torch.ones_like(self.concentration), self.concentration)

    @property
    def mean(self) -> Tensor:
        finite = self.concentration < 1
        found = self.loc + self.scale / (1 - torch.where(finite, self.concentration, 0.5))
        return torch.where(finite, found, torch.inf)

    @property
    def mode(self) -> Tensor:
        return self.loc

    @property
    def variance(self) -> Tensor:
        finite = self.concentration < 0.5
        k = torch.where(finite, self.concentration, 0.25)
        return torch.where(finite, self.scale**2 / ((1 - k) ** 2 * (1 - 2 * k)), torch.inf)

    def rsample(self, sample_shape: Any = Size()) -> Tensor:
        return self.icdf(uniform(self._extended_shape(sample_shape), self.loc))

    def log_prob(self, value: Any) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        z, k = (value - self.loc) / self.scale, self._some()
        found = torch.where(self._none(), -z, -(1 / k + torch.ones_like(self.scale)) * torch.log1p(k * z))
        return -self.scale.log() + found

    def log_survival_function(self, value: Any) -> Tensor:
        """The logarithm of the probability of values above this one."""
        if self._validate_args:
            self._validate_sample(value)
        z, k = (value - self.loc) / self.scale, self._some()
        return torch.where(self._none(), -z, -torch.log1p(k * z) / k)

    def log_cdf(self, value: Any) -> Tensor:
        """The logarithm of the probability of values up to this one."""
        return torch.log1p(-torch.exp(self.log_survival_function(value)))

    def cdf(self, value: Any) -> Tensor:
        return torch.exp(self.log_cdf(value))

    def icdf(self, value: Any) -> Tensor:
        k, logs = self._some(), torch.log1p(-value)
        found = torch.where(self._none(), -self.scale * logs, self.scale * torch.expm1(-k * logs) / k)
        return self.loc + found

    def entropy(self) -> Tensor:
        return torch.log(self.scale) + self.concentration + 1

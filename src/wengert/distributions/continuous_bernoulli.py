"""Numbers between 0 and 1 whose density is an exponential."""

from __future__ import annotations

from math import log
from typing import Any

import wengert as torch
from wengert.core.tensor import Tensor
from wengert.distributions import constraints
from wengert.distributions.exp_family import ExponentialFamily
from wengert.distributions.of_probability import OfProbability
from wengert.distributions.utils import (
    all_hold,
    batch_of,
    broadcast_all,
    clamp_probs,
    lazy_property,
    logits_to_probs,
    uniform,
)
from wengert.errors import ArgumentError
from wengert.nn.functional import binary_cross_entropy_with_logits as cross_entropy
from wengert.shapes import Size

__all__ = ["ContinuousBernoulli"]


class ContinuousBernoulli(OfProbability, ExponentialFamily):
    """The distribution on [0, 1] with a density proportional to p**x (1 - p)**(1 - x).

    >>> import wengert as torch
    >>> from wengert.distributions import ContinuousBernoulli
    >>> ContinuousBernoulli(probs=0.5).log_prob(torch.tensor(0.3))
    tensor(0.)

    By Loaiza-Ganem and Cunningham (2019). Where p is nearly a half, within `lims`, a series stands for what divides by
    1 - 2 p.
    """

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}  # noqa: RUF012
    support = constraints.unit_interval
    has_rsample = True
    _mean_carrier_measure = 0

    def __init__(
        self, probs: Any = None, logits: Any = None, lims: Any = (0.499, 0.501), validate_args: Any = None
    ) -> None:
        given = self._take(probs, logits)
        if probs is not None:
            if validate_args is not None and not all_hold(constraints.unit_interval.check(self.probs)):
                raise ArgumentError("The parameter probs has invalid values")
            self.probs = clamp_probs(self.probs)
        self._lims = lims
        super().__init__(batch_of((given,), self._param), validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        new = super().expand(batch_shape, _instance)
        new._lims = self._lims
        return new

    @lazy_property
    def probs(self) -> Tensor:
        """The parameter p."""
        return clamp_probs(logits_to_probs(self.logits, is_binary=True))

    def _outside(self) -> Any:
        """Where p is far from a half."""
        return (self.probs <= self._lims[0]) | (self.probs > self._lims[1])

    def _cut(self) -> Any:
        """p, and a limit where it is nearly a half."""
        return torch.where(self._outside(), self.probs, self._lims[0])

    def _log_scale(self) -> Any:
        """The logarithm of what the density is multiplied by."""
        cut = self._cut()
        low = torch.where(cut <= 0.5, cut, 0.0)
        high = torch.where(cut >= 0.5, cut, 1.0)
        ratio = torch.log(torch.abs(torch.log1p(-cut) - torch.log(cut)))
        whole = ratio - torch.where(cut <= 0.5, torch.log1p(-2.0 * low), torch.log(2.0 * high - 1.0))
        square = (self.probs - 0.5) ** 2
        return torch.where(self._outside(), whole, log(2.0) + (4.0 / 3.0 + 104.0 / 45.0 * square) * square)

    @property
    def mean(self) -> Tensor:
        cut = self._cut()
        whole = cut / (2.0 * cut - 1.0) + 1.0 / (torch.log1p(-cut) - torch.log(cut))
        x = self.probs - 0.5
        return torch.where(self._outside(), whole, 0.5 + (1.0 / 3.0 + 16.0 / 45.0 * x**2) * x)

    @property
    def stddev(self) -> Tensor:
        return torch.sqrt(self.variance)

    @property
    def variance(self) -> Tensor:
        cut = self._cut()
        whole = cut * (cut - 1.0) / (1.0 - 2.0 * cut) ** 2 + 1.0 / (torch.log1p(-cut) - torch.log(cut)) ** 2
        square = (self.probs - 0.5) ** 2
        series = 1.0 / 12.0 - (1.0 / 15.0 - 128.0 / 945.0 * square) * square
        return torch.where(self._outside(), whole, series)

    def sample(self, sample_shape: Any = Size()) -> Tensor:
        with torch.no_grad():
            return self.rsample(sample_shape)

    def rsample(self, sample_shape: Any = Size()) -> Tensor:
        return self.icdf(uniform(self._extended_shape(sample_shape), self.probs))

    def log_prob(self, value: Any) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        logits, value = broadcast_all(self.logits, value)
        return -cross_entropy(logits, value, reduction="none") + self._log_scale()

    def cdf(self, value: Any) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        cut = self._cut()
        grown = torch.pow(cut, value) * torch.pow(1.0 - cut, 1.0 - value)
        found = torch.where(self._outside(), (grown + cut - 1.0) / (2.0 * cut - 1.0), value)
        return torch.where(value <= 0.0, 0.0, torch.where(value >= 1.0, 1.0, found))

    def icdf(self, value: Any) -> Tensor:
        cut = self._cut()
        grown = torch.log1p(-cut + value * (2.0 * cut - 1.0)) - torch.log1p(-cut)
        return torch.where(self._outside(), grown / (torch.log(cut) - torch.log1p(-cut)), value)

    def entropy(self) -> Tensor:
        nothing, everything = torch.log1p(-self.probs), torch.log(self.probs)
        return self.mean * (nothing - everything) - self._log_scale() - nothing

    @property
    def _natural_params(self) -> tuple[Tensor, ...]:
        return (self.logits,)

    def _log_normalizer(self, x: Any) -> Tensor:
        outside = (x <= self._lims[0] - 0.5) | (x > self._lims[1] - 0.5)
        cut = torch.where(outside, x, self._lims[0] - 0.5)
        whole = torch.log(torch.abs(torch.special.expm1(cut))) - torch.log(torch.abs(cut))
        return torch.where(outside, whole, 0.5 * x + x**2 / 24.0 - x**4 / 2880.0)

"""How many successes come before so many failures."""

from __future__ import annotations

from typing import Any

import wengert as torch
from wengert.core.tensor import Tensor
from wengert.distributions import constraints
from wengert.distributions.gamma import Gamma
from wengert.distributions.of_probability import OfProbability
from wengert.distributions.utils import lazy_property
from wengert.nn.functional import logsigmoid
from wengert.shapes import Size

__all__ = ["NegativeBinomial"]


class NegativeBinomial(OfProbability):
    """The number of successes before so many failures, of a probability of success or its log odds.

    >>> import wengert as torch
    >>> from wengert.distributions import NegativeBinomial
    >>> NegativeBinomial(1.0, 0.5).log_prob(torch.tensor(2.0)).exp()
    tensor(0.1250)
    """

    arg_constraints = {  # noqa: RUF012
        "total_count": constraints.greater_than_eq(0), "probs": constraints.half_open_interval(0.0, 1.0),
        "logits": constraints.real,
    }  # fmt: skip
    support = constraints.nonnegative_integer

    def __init__(self, total_count: Any, probs: Any = None, logits: Any = None, validate_args: Any = None) -> None:
        _, self.total_count = self._take(probs, logits, total_count)
        super().__init__(self._param.size(), validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        return self.total_count * torch.exp(self.logits)

    @property
    def mode(self) -> Tensor:
        found = ((self.total_count - 1) * self.logits.exp()).floor()
        return torch.where(found > 0, found, 0.0)

    @property
    def variance(self) -> Tensor:
        return self.mean / torch.sigmoid(-self.logits)

    @lazy_property
    def _gamma(self) -> Gamma:
        return Gamma(concentration=self.total_count, rate=torch.exp(-self.logits), validate_args=False)

    def sample(self, sample_shape: Any = Size()) -> Tensor:
        """A Poisson number whose rate is a gamma number."""
        with torch.no_grad():
            return torch.poisson(self._gamma.sample(sample_shape))

    def log_prob(self, value: Any) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        n, logits = self.total_count, self.logits
        likely = n * logsigmoid(-logits) + value * logsigmoid(logits)
        ways = -torch.lgamma(n + value) + torch.lgamma(1.0 + value) + torch.lgamma(n)
        return likely - torch.where(n + value == 0.0, 0.0, ways)

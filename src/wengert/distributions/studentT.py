"""Normal numbers over an estimate of their deviation."""

from __future__ import annotations

from math import log, pi, sqrt
from typing import Any

import wengert as torch
from wengert.core.tensor import Tensor
from wengert.distributions import constraints
from wengert.distributions.chi2 import Chi2
from wengert.distributions.distribution import Distribution
from wengert.distributions.utils import broadcast_all, standard_normal
from wengert.shapes import Size

__all__ = ["StudentT"]


class StudentT(Distribution):
    """Student's t-distribution of so many degrees of freedom, moved and scaled.

    >>> import wengert as torch
    >>> from wengert.distributions import StudentT
    >>> StudentT(4.0).variance
    tensor(2.)
    """

    arg_constraints = {"df": constraints.positive, "loc": constraints.real, "scale": constraints.positive}  # noqa: RUF012
    support = constraints.real
    has_rsample = True

    def __init__(self, df: Any, loc: Any = 0.0, scale: Any = 1.0, validate_args: Any = None) -> None:
        self.df, self.loc, self.scale = broadcast_all(df, loc, scale)
        self._chi2 = Chi2(self.df)
        super().__init__(self.df.size(), validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        new = super().expand(batch_shape, _instance)
        new._chi2 = self._chi2.expand(batch_shape)
        return new

    @property
    def mean(self) -> Tensor:
        return torch.where(self.df > 1, self.loc, torch.nan)

    @property
    def mode(self) -> Tensor:
        return self.loc

    @property
    def variance(self) -> Tensor:
        there = self.df > 2
        finite = self.scale.pow(2) * self.df / torch.where(there, self.df - 2, 1.0)
        return torch.where(there, finite, torch.where(self.df > 1, torch.inf, torch.nan)).to(self.df.dtype)

    def rsample(self, sample_shape: Any = Size()) -> Tensor:
        x = standard_normal(self._extended_shape(sample_shape), self.df)
        z = self._chi2.rsample(sample_shape)
        return self.loc + self.scale * (x * torch.rsqrt(z / self.df))

    def log_prob(self, value: Any) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        df, y = self.df, (value - self.loc) / self.scale
        total = (
            self.scale.log() + 0.5 * df.log() + 0.5 * log(pi) + torch.lgamma(0.5 * df) - torch.lgamma(0.5 * (df + 1))
        )
        return -0.5 * (df + 1.0) * torch.log1p(y**2 / df) - total

    def entropy(self) -> Tensor:
        df, half = self.df, 0.5 * self.df
        log_beta = torch.lgamma(half) + log(sqrt(pi)) - torch.lgamma(half + 0.5)
        spread = 0.5 * (df + 1) * (torch.digamma(half + 0.5) - torch.digamma(half))
        return self.scale.log() + spread + 0.5 * df.log() + log_beta

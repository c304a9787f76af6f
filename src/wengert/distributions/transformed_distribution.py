"""Random values that a map has changed."""

from __future__ import annotations

from typing import Any

import wengert as torch
from wengert.core.tensor import Tensor
from wengert.distributions import constraints
from wengert.distributions.composing import ComposeTransform, Transform
from wengert.distributions.distribution import Distribution
from wengert.distributions.independent import Independent
from wengert.distributions.utils import sum_rightmost
from wengert.errors import ArgumentError
from wengert.shapes import Size

__all__ = ["TransformedDistribution"]


class TransformedDistribution(Distribution):
    """The distribution of a random value after one or several maps.

    >>> import wengert as torch
    >>> from wengert.distributions import ExpTransform, Normal, TransformedDistribution
    >>> TransformedDistribution(Normal(0.0, 1.0), ExpTransform()).log_prob(torch.tensor(1.0))
    tensor(-0.9189)
    """

    arg_constraints: Any = {}  # noqa: RUF012

    def __init__(self, base_distribution: Distribution, transforms: Any, validate_args: Any = None) -> None:
        if isinstance(transforms, Transform):
            self.transforms = [transforms]
        elif isinstance(transforms, list):
            if not all(isinstance(t, Transform) for t in transforms):
                raise ArgumentError("transforms must be a Transform or a list of Transforms")
            self.transforms = transforms
        else:
            raise ArgumentError(f"transforms must be a Transform or list, but was {transforms}")
        whole = ComposeTransform(self.transforms)
        shape = base_distribution.batch_shape + base_distribution.event_shape
        if len(shape) < whole.domain.event_dim:
            raise ArgumentError(
                f"base_distribution needs to have shape with size at least {whole.domain.event_dim}, but got {shape}."
            )
        mapped = Size(whole.forward_shape(shape))
        batch = Size(whole.inverse_shape(mapped))[: len(shape) - len(base_distribution.event_shape)]
        base_distribution = base_distribution.expand(batch)
        more = whole.domain.event_dim - len(base_distribution.event_shape)
        self.base_dist = Independent(base_distribution, more) if more > 0 else base_distribution
        rank = self._event_rank(whole)
        super().__init__(mapped[: len(mapped) - rank], mapped[len(mapped) - rank :], validate_args=validate_args)

    def _event_rank(self, whole: Any) -> int:
        change = whole.codomain.event_dim - whole.domain.event_dim
        return max(whole.codomain.event_dim, len(self.base_dist.event_shape) + change)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        new = super().expand(batch_shape, _instance)
        new.transforms = self.transforms
        before = ComposeTransform(self.transforms).inverse_shape(new.batch_shape + self.event_shape)
        new.base_dist = self.base_dist.expand(before[: len(before) - len(self.base_dist.event_shape)])
        return new

    @constraints.dependent_property(is_discrete=False)
    def support(self) -> Any:
        if not self.transforms:
            return self.base_dist.support
        found, rank = self.transforms[-1].codomain, len(self.event_shape)
        return constraints.independent(found, rank - found.event_dim) if rank > found.event_dim else found

    @property
    def has_rsample(self) -> Any:
        return self.base_dist.has_rsample

    def sample(self, sample_shape: Any = Size()) -> Tensor:
        with torch.no_grad():
            return self._mapped(self.base_dist.sample(sample_shape))

    def rsample(self, sample_shape: Any = Size()) -> Tensor:
        return self._mapped(self.base_dist.rsample(sample_shape))

    def _mapped(self, x: Any) -> Any:
        for transform in self.transforms:
            x = transform(x)
        return x

    def log_prob(self, value: Any) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        rank, total, y = len(self.event_shape), 0.0, value
        for transform in reversed(self.transforms):
            x = transform.inv(y)
            rank += transform.domain.event_dim - transform.codomain.event_dim
            stretched = transform.log_abs_det_jacobian(x, y)
            total = total - sum_rightmost(stretched, rank - transform.domain.event_dim)
            y = x
        return total + sum_rightmost(self.base_dist.log_prob(y), rank - len(self.base_dist.event_shape))

    def _oriented(self, probability: Any) -> Any:
        """A probability, counted from the other end if the maps decrease."""
        sign: Any = 1
        for transform in self.transforms:
            sign = sign * transform.sign
        if isinstance(sign, int) and sign == 1:
            return probability
        return sign * (probability - 0.5) + 0.5

    def cdf(self, value: Any) -> Tensor:
        for transform in reversed(self.transforms):
            value = transform.inv(value)
        if self._validate_args:
            self.base_dist._validate_sample(value)
        return self._oriented(self.base_dist.cdf(value))

    def icdf(self, value: Any) -> Tensor:
        return self._mapped(self.base_dist.icdf(self._oriented(value)))

"""One of several distributions, which one being random."""

from __future__ import annotations

from typing import Any

import wengert as torch
from wengert.core.tensor import Tensor
from wengert.distributions import constraints
from wengert.distributions.categorical import Categorical
from wengert.distributions.distribution import Distribution
from wengert.errors import ArgumentError
from wengert.shapes import Size

__all__ = ["MixtureSameFamily"]


class MixtureSameFamily(Distribution):
    """A mixture of the distributions along the last dimension of a batch, of weights that a Categorical says.

    >>> import wengert as torch
    >>> from wengert.distributions import Categorical, MixtureSameFamily, Normal
    >>> d = MixtureSameFamily(Categorical(torch.ones(2)), Normal(torch.tensor([-1.0, 3.0]), 1.0))
    >>> d.mean, d.variance
    (tensor(1.), tensor(5.))
    """

    arg_constraints: Any = {}  # noqa: RUF012
    has_rsample = False

    def __init__(
        self, mixture_distribution: Categorical, component_distribution: Distribution, validate_args: Any = None
    ) -> None:
        self._mixture_distribution, self._component_distribution = mixture_distribution, component_distribution
        if not isinstance(mixture_distribution, Categorical):
            raise ArgumentError(" The Mixture distribution needs to be an  instance of torch.distributions.Categorical")
        if not isinstance(component_distribution, Distribution):
            raise ArgumentError(
                "The Component distribution needs to be an instance of torch.distributions.Distribution"
            )
        weights, batch = mixture_distribution.batch_shape, component_distribution.batch_shape[:-1]
        for one, other in zip(reversed(weights), reversed(batch), strict=False):
            if one not in (1, other) and other != 1:
                raise ArgumentError(
                    f"`mixture_distribution.batch_shape` ({weights}) is not compatible with "
                    f"`component_distribution.batch_shape`({batch})"
                )
        count, found = mixture_distribution.logits.shape[-1], component_distribution.batch_shape[-1]
        if count != found:
            raise ArgumentError(
                f"`mixture_distribution component` ({count}) does not equal `component_distribution.batch_shape[-1]` "
                f"({found})"
            )
        self._num_component = count
        self._event_ndims = len(component_distribution.event_shape)
        super().__init__(batch, component_distribution.event_shape, validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        new = super().expand(batch_shape, _instance)
        new._component_distribution = self._component_distribution.expand((*new.batch_shape, self._num_component))
        new._mixture_distribution = self._mixture_distribution.expand(new.batch_shape)
        new._num_component, new._event_ndims = self._num_component, self._event_ndims
        return new

    @constraints.dependent_property
    def support(self) -> Any:
        return constraints.MixtureSameFamilyConstraint(self._component_distribution.support)

    @property
    def mixture_distribution(self) -> Categorical:
        """How likely each component is."""
        return self._mixture_distribution

    @property
    def component_distribution(self) -> Distribution:
        """The components, along the last dimension of the batch."""
        return self._component_distribution

    def _weights(self) -> Tensor:
        probs = self.mixture_distribution.probs
        return probs.reshape(probs.shape + (1,) * self._event_ndims)

    @property
    def mean(self) -> Tensor:
        return (self._weights() * self.component_distribution.mean).sum(-1 - self._event_ndims)

    @property
    def variance(self) -> Tensor:
        """That within the components and that of their means."""
        weights, at = self._weights(), -1 - self._event_ndims
        within = (weights * self.component_distribution.variance).sum(at)
        apart = (weights * (self.component_distribution.mean - self.mean.unsqueeze(at)).pow(2.0)).sum(at)
        return within + apart

    def cdf(self, x: Any) -> Tensor:
        found = self.component_distribution.cdf(self._for_each(x))
        return (found * self.mixture_distribution.probs).sum(-1)

    def log_prob(self, x: Any) -> Tensor:
        if self._validate_args:
            self._validate_sample(x)
        found = self.component_distribution.log_prob(self._for_each(x))
        return torch.logsumexp(found + torch.log_softmax(self.mixture_distribution.logits, dim=-1), dim=-1)

    def _for_each(self, x: Any) -> Any:
        """A value with a dimension for the components."""
        return x.unsqueeze(-1 - self._event_ndims)

    def sample(self, sample_shape: Any = Size()) -> Tensor:
        with torch.no_grad():
            chosen = self.mixture_distribution.sample(sample_shape)
            drawn = self.component_distribution.sample(sample_shape)
            at = len(chosen.shape)
            chosen = chosen.reshape(chosen.shape + (1,) * (self._event_ndims + 1))
            chosen = chosen.expand((*drawn.shape[:at], 1, *self.event_shape))
            return torch.gather(drawn, at, chosen).squeeze(at)

    def __repr__(self) -> str:
        return f"MixtureSameFamily(\n  {self.mixture_distribution},\n  {self.component_distribution})"

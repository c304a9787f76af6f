"""Distributions whose density is exp(<natural parameters, statistics> - log normalizer), times what a value carries."""

from __future__ import annotations

from typing import Any

import wengert as torch
from wengert.core.tensor import Tensor
from wengert.distributions.distribution import Distribution

__all__ = ["ExponentialFamily"]


class ExponentialFamily(Distribution):
    """An exponential family, whose entropy follows from its log normalizer.

    >>> from wengert.distributions import ExponentialFamily, Exponential
    >>> ExponentialFamily.entropy(Exponential(1.0)).item()
    1.0

    The expected statistics are the derivative of the log normalizer by the natural parameters.
    """

    @property
    def _natural_params(self) -> tuple[Tensor, ...]:
        raise NotImplementedError

    def _log_normalizer(self, *natural_params: Any) -> Tensor:
        raise NotImplementedError

    @property
    def _mean_carrier_measure(self) -> Any:
        raise NotImplementedError

    def entropy(self) -> Tensor:
        natural = [p.detach().requires_grad_() for p in self._natural_params]
        normalizer = self._log_normalizer(*natural)
        expected = torch.autograd.grad(normalizer.sum(), natural, create_graph=True)
        found: Any = -self._mean_carrier_measure + normalizer
        for parameter, mean in zip(natural, expected, strict=True):
            product = parameter * mean
            found = found - product.reshape((*self._batch_shape, -1)).sum(-1)
        return found

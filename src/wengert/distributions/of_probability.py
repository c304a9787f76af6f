"""What distributions of a probability share, which is given as such or by its log odds."""

from __future__ import annotations

from typing import Any

from wengert.core.tensor import Tensor
from wengert.distributions.distribution import Distribution
from wengert.distributions.utils import broadcast_all, either, lazy_property, logits_to_probs, probs_to_logits
from wengert.shapes import Size

__all__ = ["OfProbability"]


class OfProbability(Distribution):
    """Keeps the parameter that is given; the other is computed when it is asked for.

    >>> from wengert.distributions import Bernoulli
    >>> Bernoulli(logits=0.0).probs
    tensor(0.5000)
    """

    def _take(self, probs: Any, logits: Any, *others: Any) -> Any:
        """Keep one of the two; returns it as it came, and the others broadcast to its shape."""
        either(probs, logits)
        given = logits if probs is None else probs
        *beside, parameter = broadcast_all(*others, given)
        self.__dict__["logits" if probs is None else "probs"] = parameter
        return (given, *(x.type_as(parameter) for x in beside)) if beside else given

    @property
    def _param(self) -> Any:
        own = self.__dict__
        return own["probs"] if "probs" in own else own["logits"]

    @lazy_property
    def logits(self) -> Tensor:
        """The log odds."""
        return probs_to_logits(self.probs, is_binary=True)

    @lazy_property
    def probs(self) -> Tensor:
        """The probabilities."""
        return logits_to_probs(self.logits, is_binary=True)

    @property
    def param_shape(self) -> Size:
        """The shape of the parameter."""
        return self._param.size()

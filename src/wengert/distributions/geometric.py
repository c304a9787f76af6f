"""How many times a coin fails before it succeeds."""

from __future__ import annotations

from typing import Any

import wengert as torch
from wengert.core.tensor import Tensor
from wengert.distributions import constraints
from wengert.distributions.of_probability import OfProbability
from wengert.distributions.utils import (
    all_hold,
    batch_of,
    broadcast_all,
    empty,
    kind_of,
)
from wengert.errors import ArgumentError
from wengert.nn.functional import binary_cross_entropy_with_logits as cross_entropy
from wengert.shapes import Size

__all__ = ["Geometric"]


class Geometric(OfProbability):
    """The number of failures before the first success, of a probability of success or its log odds.

    >>> import wengert as torch
    >>> from wengert.distributions import Geometric
    >>> Geometric(0.5).log_prob(torch.tensor(2.0)).exp()
    tensor(0.1250)
    """

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}  # noqa: RUF012
    support = constraints.nonnegative_integer

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: Any = None) -> None:
        given, parameter = self._take(probs, logits), self._param
        super().__init__(batch_of((given,), parameter), validate_args=validate_args)
        if self._validate_args and probs is not None and not all_hold(parameter > 0):
            bad = parameter[parameter <= 0]
            raise ArgumentError(
                f"Expected parameter probs ({kind_of(parameter)} of shape {tuple(parameter.shape)}) of "
                f"distribution {self!r} to be positive but found invalid values:\n{bad}"
            )

    @property
    def mean(self) -> Tensor:
        return 1.0 / self.probs - 1.0

    @property
    def mode(self) -> Tensor:
        return torch.zeros_like(self.probs)

    @property
    def variance(self) -> Tensor:
        return (1.0 / self.probs - 1.0) / self.probs

    def sample(self, sample_shape: Any = Size()) -> Tensor:
        with torch.no_grad():
            u = empty(self._extended_shape(sample_shape), self.probs).uniform_()
            u = u.clamp(min=torch.finfo(self.probs.dtype).tiny)
            return (u.log() / (-self.probs).log1p()).floor()

    def log_prob(self, value: Any) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        value, probs = broadcast_all(value, self.probs)
        failing = torch.where((probs == 1) & (value == 0), 0, probs)  # 0 log(0) is 0
        return value * (-failing).log1p() + self.probs.log()

    def entropy(self) -> Tensor:
        return cross_entropy(self.logits, self.probs, reduction="none") / self.probs

"""Angles."""

from __future__ import annotations

from math import log, pi
from typing import Any

import wengert as torch
from wengert.core.tensor import Tensor
from wengert.distributions import constraints
from wengert.distributions.distribution import Distribution
from wengert.distributions.utils import all_hold, broadcast_all, lazy_property
from wengert.shapes import Size

__all__ = ["VonMises"]


class VonMises(Distribution):
    """Angles around a direction, between -pi and pi; the larger the concentration the nearer.

    >>> import wengert as torch
    >>> from wengert.distributions import VonMises
    >>> VonMises(0.0, 1.0).log_prob(torch.tensor(0.0))
    tensor(-1.0738)
    """

    arg_constraints = {"loc": constraints.real, "concentration": constraints.positive}  # noqa: RUF012
    support = constraints.real

    def __init__(self, loc: Any, concentration: Any, validate_args: Any = None) -> None:
        self.loc, self.concentration = broadcast_all(loc, concentration)
        super().__init__(self.loc.shape, validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        return self.loc

    @property
    def mode(self) -> Tensor:
        return self.loc

    @lazy_property
    def variance(self) -> Tensor:
        """1 less the length of the mean of the unit vectors."""
        return 1 - torch.special.i1e(self.concentration) / torch.special.i0e(self.concentration)

    def sample(self, sample_shape: Any = Size()) -> Tensor:
        """By rejection from a wrapped Cauchy distribution (Best and Fisher 1979), in double precision."""
        shape = self._extended_shape(sample_shape)
        with torch.no_grad():
            concentration = self.concentration.double().expand(shape)
            r = _proposal(self.concentration.double()).expand(shape)
            angles, done = torch.zeros(shape, dtype=torch.float64), torch.zeros(shape, dtype=torch.bool)
            while not all_hold(done, unknown=False):
                u1, u2, u3 = torch.rand((3, *shape), dtype=torch.float64).unbind()
                z = torch.cos(pi * u1)
                f = (1 + r * z) / (r + z)
                c = concentration * (r - f)
                accepted = ((c * (2 - c) - u2) > 0) | ((c / u2).log() + 1 - c >= 0)
                angles = torch.where(accepted & done.logical_not(), (u3 - 0.5).sign() * f.acos(), angles)
                done = done | accepted
            return ((angles + pi + self.loc.double()) % (2 * pi) - pi).to(self.loc.dtype)

    def log_prob(self, value: Any) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        k = self.concentration
        normalizer = log(2 * pi) + torch.special.i0e(k).log() + k
        return k * torch.cos(value - self.loc) - normalizer


def _proposal(concentration: Any) -> Any:
    """The parameter of the Cauchy distribution that is proposed from; by its series where there is nearly none."""
    tau = 1 + (1 + 4 * concentration**2).sqrt()
    rho = (tau - (2 * tau).sqrt()) / (2 * concentration)
    few = 1 / concentration + concentration
    return torch.where(concentration < 1e-5, few, (1 + rho**2) / (2 * rho))

"""Correlations."""

from __future__ import annotations

from math import log, pi
from typing import Any

import wengert as torch
from wengert.core.tensor import Tensor
from wengert.distributions import constraints
from wengert.distributions.beta import Beta
from wengert.distributions.distribution import Distribution
from wengert.distributions.utils import broadcast_all
from wengert.errors import ArgumentError
from wengert.shapes import Size

__all__ = ["LKJCholesky"]


class LKJCholesky(Distribution):
    """Cholesky factors of correlation matrices (Lewandowski, Kurowicka and Joe 2009); the larger the concentration, the
    less correlated.

    >>> import wengert as torch
    >>> from wengert.distributions import LKJCholesky
    >>> LKJCholesky(2, 1.0).log_prob(torch.eye(2)).exp()
    tensor(0.5000)

    Samples follow this density; those of PyTorch do not for three and more dimensions, so they are others.
    """

    arg_constraints = {"concentration": constraints.positive}  # noqa: RUF012
    support = constraints.corr_cholesky

    def __init__(self, dim: int, concentration: Any = 1.0, validate_args: Any = None) -> None:
        if dim < 2:
            raise ArgumentError(f"Expected dim to be an integer greater than or equal to 2. Found dim={dim}.")
        self.dim = dim
        (self.concentration,) = broadcast_all(concentration)
        batch = self.concentration.size()
        offset = torch.arange(dim - 1, dtype=self.concentration.dtype)
        rows = torch.cat([torch.zeros(1, dtype=offset.dtype), offset])
        least = (self.concentration + 0.5 * (dim - 2)).unsqueeze(-1)
        self._beta = Beta(0.5 + 0.5 * rows, least - 0.5 * rows)
        super().__init__(batch, (dim, dim), validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        new = super().expand(batch_shape, _instance)
        new.dim = self.dim
        new._beta = self._beta.expand((*new.batch_shape, self.dim))
        return new

    def sample(self, sample_shape: Any = Size()) -> Tensor:
        """Row by row: a direction, and how much of the length is not on the diagonal."""
        with torch.no_grad():
            taken = self._beta.sample(sample_shape).unsqueeze(-1)
            drawn = torch.randn(self._extended_shape(sample_shape), dtype=taken.dtype).tril(-1)
            first = torch.arange(self.dim).unsqueeze(-1) == 0
            length = torch.where(first, 1.0, drawn.norm(dim=-1, keepdim=True))
            w = torch.sqrt(taken) * (drawn / length)
            rest = torch.clamp(1 - torch.sum(w**2, dim=-1), min=torch.finfo(w.dtype).tiny)
            return w + torch.diag_embed(rest.sqrt())

    def log_prob(self, value: Any) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        diagonal = value.diagonal(dim1=-1, dim2=-2)[..., 1:]
        rank = self.dim - 1
        order = torch.arange(2, self.dim + 1, dtype=self.concentration.dtype)
        order = 2 * (self.concentration - 1).unsqueeze(-1) + self.dim - order
        alpha = self.concentration + 0.5 * rank
        normalizer = 0.5 * rank * log(pi) + torch.mvlgamma(alpha - 0.5, p=rank) - torch.lgamma(alpha) * rank
        return (order * diagonal.log()).sum(-1) - normalizer

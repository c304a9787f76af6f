"""Normal vectors."""

from __future__ import annotations

from math import log, pi
from typing import Any

import wengert as torch
from wengert.core.tensor import Tensor
from wengert.distributions import constraints
from wengert.distributions.by_covariance import ByCovariance, given_matrix, lower_of_precision
from wengert.distributions.utils import standard_normal
from wengert.errors import ArgumentError
from wengert.shapes import Size, broadcast_shapes

__all__ = ["MultivariateNormal"]


def times(matrix: Any, vector: Any) -> Any:
    """Batches of matrices times batches of vectors."""
    if matrix.dim() == 2:  # one product for all vectors
        return vector @ matrix.mT
    return (matrix @ vector.unsqueeze(-1)).squeeze(-1)


def squared_distance(lower: Any, x: Any) -> Any:
    """x' (L L')^-1 x."""
    if lower.dim() == 2:  # one system for all vectors
        columns = x.reshape(-1, x.shape[-1]).mT
        return torch.linalg.solve_triangular(lower, columns, upper=False).pow(2).sum(0).reshape(x.shape[:-1])
    solved = torch.linalg.solve_triangular(lower, x.unsqueeze(-1), upper=False)
    return solved.squeeze(-1).pow(2).sum(-1)


def half_log_det(lower: Any) -> Any:
    """Half the logarithm of the determinant of L L'."""
    return lower.diagonal(dim1=-2, dim2=-1).log().sum(-1)


# Packages that build on PyTorch's distributions use these under PyTorch's own names.
_batch_mv, _batch_mahalanobis, _precision_to_scale_tril = times, squared_distance, lower_of_precision


class MultivariateNormal(ByCovariance):
    """Normal vectors of a mean and a covariance, or its inverse, or a lower triangle L whose L L' it is.

    >>> import wengert as torch
    >>> from wengert.distributions import MultivariateNormal
    >>> MultivariateNormal(torch.zeros(2), torch.eye(2)).log_prob(torch.zeros(2))
    tensor(-1.8379)

    All is computed from the triangle, so that is what costs least to give.
    """

    arg_constraints = {  # noqa: RUF012
        "loc": constraints.real_vector, "covariance_matrix": constraints.positive_definite,
        "precision_matrix": constraints.positive_definite, "scale_tril": constraints.lower_cholesky,
    }  # fmt: skip
    support = constraints.real_vector
    has_rsample = True

    def __init__(
        self, loc: Any, covariance_matrix: Any = None, precision_matrix: Any = None, scale_tril: Any = None,
        validate_args: Any = None,
    ) -> None:  # fmt: skip
        if loc.dim() < 1:
            raise ArgumentError("loc must be at least one-dimensional.")
        name, matrix = given_matrix(covariance_matrix, precision_matrix, scale_tril)
        batch = Size(broadcast_shapes(tuple(matrix.shape[:-2]), tuple(loc.shape[:-1])))
        self.__dict__[name] = matrix.expand((*batch, *matrix.shape[-2:]))
        self.loc = loc.expand((*batch, loc.shape[-1]))
        super().__init__(batch, self.loc.shape[-1:], validate_args=validate_args)
        self._factor(name, matrix)

    @property
    def mean(self) -> Tensor:
        return self.loc

    @property
    def mode(self) -> Tensor:
        return self.loc

    @property
    def variance(self) -> Tensor:
        return self._unbroadcasted_scale_tril.pow(2).sum(-1).expand(self._batch_shape + self._event_shape)

    def rsample(self, sample_shape: Any = Size()) -> Tensor:
        drawn = standard_normal(self._extended_shape(sample_shape), self.loc)
        return self.loc + times(self._unbroadcasted_scale_tril, drawn)

    def log_prob(self, value: Any) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        lower = self._unbroadcasted_scale_tril
        distance = squared_distance(lower, value - self.loc)
        return -0.5 * (self._event_shape[0] * log(2 * pi) + distance) - half_log_det(lower)

    def entropy(self) -> Tensor:
        found = 0.5 * self._event_shape[0] * (1.0 + log(2 * pi)) + half_log_det(self._unbroadcasted_scale_tril)
        return found.expand(self._batch_shape)

"""Normal vectors."""

from __future__ import annotations

from math import log, pi
from typing import Any

import wengert as torch
from wengert.core.tensor import Tensor
from wengert.distributions import constraints
from wengert.distributions.distribution import Distribution
from wengert.distributions.utils import lazy_property, standard_normal
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


def lower_of_precision(precision: Any) -> Any:
    """The Cholesky factor of the inverse, from that of the matrix with its rows and columns in reverse order."""
    reversed_factor = torch.linalg.cholesky(torch.flip(precision, (-2, -1)))
    upper_inverse = torch.flip(reversed_factor, (-2, -1)).mT
    eye = torch.eye(precision.shape[-1], dtype=precision.dtype)
    return torch.linalg.solve_triangular(upper_inverse, eye, upper=False)


# Packages that build on PyTorch's distributions use these under PyTorch's own names.
_batch_mv, _batch_mahalanobis, _precision_to_scale_tril = times, squared_distance, lower_of_precision


class MultivariateNormal(Distribution):
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
        matrices = {
            "scale_tril": scale_tril, "covariance_matrix": covariance_matrix, "precision_matrix": precision_matrix,
        }  # fmt: skip
        given = {name: matrix for name, matrix in matrices.items() if matrix is not None}
        if len(given) != 1:
            raise ArgumentError("Exactly one of covariance_matrix or precision_matrix or scale_tril may be specified.")
        ((name, matrix),) = given.items()
        if matrix.dim() < 2:
            raise ArgumentError(f"{name} must be at least two-dimensional, with optional leading batch dimensions")
        batch = Size(broadcast_shapes(tuple(matrix.shape[:-2]), tuple(loc.shape[:-1])))
        self.__dict__[name] = matrix.expand((*batch, *matrix.shape[-2:]))
        self.loc = loc.expand((*batch, loc.shape[-1]))
        super().__init__(batch, self.loc.shape[-1:], validate_args=validate_args)
        if name == "scale_tril":
            self._unbroadcasted_scale_tril = matrix
        elif name == "covariance_matrix":
            self._unbroadcasted_scale_tril = torch.linalg.cholesky(matrix)
        else:
            self._unbroadcasted_scale_tril = lower_of_precision(matrix)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        new = super().expand(batch_shape, _instance)
        new._unbroadcasted_scale_tril = self._unbroadcasted_scale_tril
        return new

    def _whole(self, matrix: Any) -> Any:
        n = self._event_shape[0]
        return matrix.expand((*self._batch_shape, n, n))

    @lazy_property
    def scale_tril(self) -> Tensor:
        """The lower triangle L."""
        return self._whole(self._unbroadcasted_scale_tril)

    @lazy_property
    def covariance_matrix(self) -> Tensor:
        """L L'."""
        lower = self._unbroadcasted_scale_tril
        return self._whole(lower @ lower.mT)

    @lazy_property
    def precision_matrix(self) -> Tensor:
        """The inverse of the covariance."""
        return self._whole(torch.cholesky_inverse(self._unbroadcasted_scale_tril))

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

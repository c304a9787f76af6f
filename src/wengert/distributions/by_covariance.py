"""What distributions of a covariance share, which is given as such, by its inverse, or by its lower triangle."""

from __future__ import annotations

from typing import Any

import wengert as torch
from wengert.core.tensor import Tensor
from wengert.distributions.distribution import Distribution
from wengert.distributions.utils import lazy_property
from wengert.errors import ArgumentError

__all__ = ["ByCovariance", "given_matrix", "lower_of_precision"]


def lower_of_precision(precision: Any) -> Any:
    """The Cholesky factor of the inverse, from that of the matrix with its rows and columns in reverse order."""
    reversed_factor = torch.linalg.cholesky(torch.flip(precision, (-2, -1)))
    upper_inverse = torch.flip(reversed_factor, (-2, -1)).mT
    eye = torch.eye(precision.shape[-1], dtype=precision.dtype)
    return torch.linalg.solve_triangular(upper_inverse, eye, upper=False)


LOWER = {
    "scale_tril": lambda matrix: matrix,
    "covariance_matrix": torch.linalg.cholesky,
    "precision_matrix": lower_of_precision,
}
"""How the lower triangle comes about, by the name of what is given."""


def given_matrix(covariance_matrix: Any, precision_matrix: Any, scale_tril: Any) -> tuple[str, Any]:
    """The name and the value of the one that is given.

    Raises:
        ValueError: if that is none or several, or no matrix.
    """
    matrices = {"scale_tril": scale_tril, "covariance_matrix": covariance_matrix, "precision_matrix": precision_matrix}
    given = [(name, matrix) for name, matrix in matrices.items() if matrix is not None]
    if len(given) != 1:
        raise ArgumentError("Exactly one of covariance_matrix or precision_matrix or scale_tril may be specified.")
    ((name, matrix),) = given
    if matrix.dim() < 2:
        raise ArgumentError(f"{name} must be at least two-dimensional, with optional leading batch dimensions")
    return name, matrix


class ByCovariance(Distribution):
    """Computes from the lower triangle, and the other two when they are asked for.

    >>> import wengert as torch
    >>> from wengert.distributions import MultivariateNormal
    >>> MultivariateNormal(torch.zeros(1), torch.tensor([[4.0]])).scale_tril
    tensor([[2.]])
    """

    def _factor(self, name: str, matrix: Any) -> None:
        """Find the triangle of what was given, once that is known to be right."""
        self._unbroadcasted_scale_tril = LOWER[name](matrix)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        new = super().expand(batch_shape, _instance)
        new._unbroadcasted_scale_tril = self._unbroadcasted_scale_tril
        return new

    def _whole(self, matrix: Any) -> Any:
        return matrix.expand((*self._batch_shape, *matrix.shape[-2:]))

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

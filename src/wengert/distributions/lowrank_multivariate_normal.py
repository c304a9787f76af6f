"""Normal vectors whose covariance is a few directions and a diagonal."""

from __future__ import annotations

from math import log, pi
from typing import Any

import wengert as torch
from wengert.core.tensor import Tensor
from wengert.distributions import constraints
from wengert.distributions.distribution import Distribution
from wengert.distributions.multivariate_normal import half_log_det, squared_distance, times
from wengert.distributions.utils import lazy_property, standard_normal
from wengert.errors import ArgumentError
from wengert.shapes import Size, broadcast_shapes

__all__ = ["LowRankMultivariateNormal"]


def capacitance_tril(factor: Any, diagonal: Any) -> Any:
    """The Cholesky factor of I + W' D^-1 W, which is as small as W is narrow."""
    scaled = factor.mT / diagonal.unsqueeze(-2)
    return torch.linalg.cholesky(scaled @ factor + torch.eye(factor.shape[-1], dtype=factor.dtype))


def low_rank_log_det(diagonal: Any, capacitance: Any) -> Any:
    """The logarithm of the determinant of W W' + D, by the matrix determinant lemma."""
    return 2 * half_log_det(capacitance) + diagonal.log().sum(-1)


def low_rank_distance(factor: Any, diagonal: Any, x: Any, capacitance: Any) -> Any:
    """x' (W W' + D)^-1 x, by the Woodbury identity."""
    along = times(factor.mT / diagonal.unsqueeze(-2), x)
    return (x.pow(2) / diagonal).sum(-1) - squared_distance(capacitance, along)


class LowRankMultivariateNormal(Distribution):
    """Normal vectors of covariance W W' + D, where W has few columns and D is diagonal.

    >>> import wengert as torch
    >>> from wengert.distributions import LowRankMultivariateNormal
    >>> LowRankMultivariateNormal(torch.zeros(2), torch.ones(2, 1), torch.ones(2)).covariance_matrix
    tensor([[2., 1.],
            [1., 2.]])
    """

    arg_constraints = {  # noqa: RUF012
        "loc": constraints.real_vector, "cov_factor": constraints.independent(constraints.real, 2),
        "cov_diag": constraints.independent(constraints.positive, 1),
    }  # fmt: skip
    support = constraints.real_vector
    has_rsample = True

    def __init__(self, loc: Any, cov_factor: Any, cov_diag: Any, validate_args: Any = None) -> None:
        if loc.dim() < 1:
            raise ArgumentError("loc must be at least one-dimensional.")
        shape = loc.shape[-1:]
        if cov_factor.dim() < 2:
            raise ArgumentError("cov_factor must be at least two-dimensional, with optional leading batch dimensions")
        if cov_factor.shape[-2:-1] != shape:
            raise ArgumentError(f"cov_factor must be a batch of matrices with shape {shape[0]} x m")
        if cov_diag.shape[-1:] != shape:
            raise ArgumentError(f"cov_diag must be a batch of vectors with shape {shape}")
        try:
            batch = broadcast_shapes(tuple(loc.shape[:-1]), tuple(cov_factor.shape[:-2]), tuple(cov_diag.shape[:-1]))
        except RuntimeError as error:
            raise ArgumentError(
                f"Incompatible batch shapes: loc {loc.shape}, cov_factor {cov_factor.shape}, cov_diag {cov_diag.shape}"
            ) from error
        self.loc, self.cov_diag = loc.expand((*batch, *shape)), cov_diag.expand((*batch, *shape))
        self.cov_factor = cov_factor.expand((*batch, *cov_factor.shape[-2:]))
        super().__init__(batch, shape, validate_args=validate_args)
        self._unbroadcasted_cov_factor, self._unbroadcasted_cov_diag = cov_factor, cov_diag
        self._capacitance_tril = capacitance_tril(cov_factor, cov_diag)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        new = super().expand(batch_shape, _instance)
        for name in ("_unbroadcasted_cov_factor", "_unbroadcasted_cov_diag", "_capacitance_tril"):
            new.__dict__[name] = self.__dict__[name]
        return new

    def _whole(self, matrix: Any) -> Any:
        n = self._event_shape[0]
        return matrix.expand((*self._batch_shape, n, n))

    @property
    def mean(self) -> Tensor:
        return self.loc

    @property
    def mode(self) -> Tensor:
        return self.loc

    @lazy_property
    def variance(self) -> Tensor:
        """The diagonal of the covariance."""
        found = self._unbroadcasted_cov_factor.pow(2).sum(-1) + self._unbroadcasted_cov_diag
        return found.expand(self._batch_shape + self._event_shape)

    @lazy_property
    def scale_tril(self) -> Tensor:
        """The lower triangle whose product with its transpose is the covariance."""
        root = self._unbroadcasted_cov_diag.sqrt().unsqueeze(-1)
        scaled = self._unbroadcasted_cov_factor / root
        inner = scaled @ scaled.mT + torch.eye(self._event_shape[0], dtype=scaled.dtype)
        return self._whole(root * torch.linalg.cholesky(inner))

    @lazy_property
    def covariance_matrix(self) -> Tensor:
        """W W' + D."""
        factor = self._unbroadcasted_cov_factor
        return self._whole(factor @ factor.mT + torch.diag_embed(self._unbroadcasted_cov_diag))

    @lazy_property
    def precision_matrix(self) -> Tensor:
        """The inverse of the covariance, by the Woodbury identity."""
        scaled = self._unbroadcasted_cov_factor.mT / self._unbroadcasted_cov_diag.unsqueeze(-2)
        inner = torch.linalg.solve_triangular(self._capacitance_tril, scaled, upper=False)
        return self._whole(torch.diag_embed(self._unbroadcasted_cov_diag.reciprocal()) - inner.mT @ inner)

    def rsample(self, sample_shape: Any = Size()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        along = standard_normal(shape[:-1] + self.cov_factor.shape[-1:], self.loc)
        each = standard_normal(shape, self.loc)
        moved = self.loc + times(self._unbroadcasted_cov_factor, along)
        return moved + self._unbroadcasted_cov_diag.sqrt() * each

    def log_prob(self, value: Any) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        factor, diagonal = self._unbroadcasted_cov_factor, self._unbroadcasted_cov_diag
        distance = low_rank_distance(factor, diagonal, value - self.loc, self._capacitance_tril)
        log_det = low_rank_log_det(diagonal, self._capacitance_tril)
        return -0.5 * (self._event_shape[0] * log(2 * pi) + log_det + distance)

    def entropy(self) -> Tensor:
        log_det = low_rank_log_det(self._unbroadcasted_cov_diag, self._capacitance_tril)
        found = 0.5 * (self._event_shape[0] * (1.0 + log(2 * pi)) + log_det)
        return found.expand(self._batch_shape)

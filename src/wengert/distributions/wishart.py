"""Covariances of normal vectors."""

from __future__ import annotations

from math import log
from numbers import Number
from typing import Any

import wengert as torch
from wengert.core.tensor import Tensor
from wengert.distributions import constraints
from wengert.distributions.by_covariance import ByCovariance, given_matrix
from wengert.distributions.chi2 import Chi2
from wengert.distributions.exp_family import ExponentialFamily
from wengert.distributions.multivariate_normal import half_log_det
from wengert.distributions.utils import all_hold, vec_to_tril_matrix
from wengert.errors import ArgumentError
from wengert.shapes import Size, broadcast_shapes

__all__ = ["Wishart"]


class Wishart(ByCovariance, ExponentialFamily):
    """The sum of x x' over so many normal vectors x, of a covariance, or its inverse, or its lower triangle.

    >>> import wengert as torch
    >>> from wengert.distributions import Wishart
    >>> Wishart(torch.tensor(3.0), torch.eye(2)).mean
    tensor([[3., 0.],
            [0., 3.]])
    """

    arg_constraints = {  # noqa: RUF012
        "covariance_matrix": constraints.positive_definite, "precision_matrix": constraints.positive_definite,
        "scale_tril": constraints.lower_cholesky, "df": constraints.greater_than(0),
    }  # fmt: skip
    support = constraints.positive_definite
    has_rsample = True
    _mean_carrier_measure = 0

    def __init__(
        self, df: Any, covariance_matrix: Any = None, precision_matrix: Any = None, scale_tril: Any = None,
        validate_args: Any = None,
    ) -> None:  # fmt: skip
        name, matrix = given_matrix(covariance_matrix, precision_matrix, scale_tril)
        df = torch.tensor(df, dtype=matrix.dtype) if isinstance(df, Number) else df
        batch = Size(broadcast_shapes(tuple(df.shape), tuple(matrix.shape[:-2])))
        shape = matrix.shape[-2:]
        self.df = df.expand(batch)
        if not all_hold(self.df > shape[-1] - 1):
            raise ArgumentError(f"Value of df={df} expected to be greater than ndim - 1 = {shape[-1] - 1}.")
        self.__dict__[name] = matrix.expand((*batch, *shape))
        self.arg_constraints["df"] = constraints.greater_than(shape[-1] - 1)
        super().__init__(batch, shape, validate_args=validate_args)
        self._factor(name, matrix)

    @property
    def mean(self) -> Tensor:
        return self.df.reshape((*self._batch_shape, 1, 1)) * self.covariance_matrix

    @property
    def mode(self) -> Tensor:
        factor = self.df - self.covariance_matrix.shape[-1] - 1
        factor = torch.where(factor <= 0, torch.nan, factor)
        return factor.reshape((*self._batch_shape, 1, 1)) * self.covariance_matrix

    @property
    def variance(self) -> Tensor:
        v = self.covariance_matrix
        diagonal = v.diagonal(dim1=-2, dim2=-1)
        products = diagonal.unsqueeze(-1) * diagonal.unsqueeze(-2)
        return self.df.reshape((*self._batch_shape, 1, 1)) * (v.pow(2) + products)

    def rsample(self, sample_shape: Any = Size(), max_try_correction: Any = None) -> Tensor:
        """By the triangle of Bartlett; a matrix that rounding made singular is drawn again."""
        sample_shape = Size(sample_shape)
        found = self._bartlett(sample_shape)
        tries = max_try_correction if max_try_correction is not None else 3 if self._batch_shape else 10
        for _ in range(tries):
            good = self.support.check(found)
            if all_hold(good):
                break
            found = torch.where(good[..., None, None], found, self._bartlett(sample_shape))
        return found

    def _bartlett(self, sample_shape: Size) -> Any:
        p = self._event_shape[-1]
        lessened = self.df.unsqueeze(-1) - torch.arange(p, dtype=self.df.dtype)
        diagonal = Chi2(lessened).rsample(sample_shape).sqrt()
        below = torch.randn((*sample_shape, *self._batch_shape, p * (p - 1) // 2), dtype=self.df.dtype)
        noise = diagonal.diag_embed() + (vec_to_tril_matrix(below, diag=-1) if p > 1 else 0)
        lower = self._unbroadcasted_scale_tril @ noise
        return lower @ lower.mT

    def log_prob(self, value: Any) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        df, p, lower = self.df, self._event_shape[0], self._unbroadcasted_scale_tril
        trace = torch.cholesky_solve(value, lower).diagonal(dim1=-2, dim2=-1).sum(-1)
        return (
            -df * (p * log(2) / 2 + half_log_det(lower)) - torch.mvlgamma(df / 2, p=p)
            + (df - p - 1) / 2 * torch.linalg.slogdet(value).logabsdet - trace / 2
        )  # fmt: skip

    def entropy(self) -> Tensor:
        df, p, lower = self.df, self._event_shape[0], self._unbroadcasted_scale_tril
        return (
            (p + 1) * (p * log(2) / 2 + half_log_det(lower)) + torch.mvlgamma(df / 2, p=p)
            - (df - p - 1) / 2 * _digammas(df / 2, p) + df * p / 2
        )  # fmt: skip

    @property
    def _natural_params(self) -> tuple[Tensor, ...]:
        return -self.precision_matrix / 2, (self.df - self._event_shape[0] - 1) / 2

    def _log_normalizer(self, x: Any, y: Any) -> Tensor:
        p = self._event_shape[0]
        half = y + (p + 1) / 2
        return half * (-torch.linalg.slogdet(-2 * x).logabsdet + log(2) * p) + torch.mvlgamma(half, p=p)


def _digammas(x: Any, p: int) -> Any:
    """The derivative of the logarithm of the multivariate gamma function."""
    return torch.digamma(x.unsqueeze(-1) - torch.arange(p, dtype=x.dtype) / 2).sum(-1)

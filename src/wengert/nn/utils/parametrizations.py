"""Parametrisations that are often wanted: norm apart from direction, the largest singular value, orthogonality."""

from __future__ import annotations

from typing import Any

from wengert import errors
from wengert.core.modes import no_grad
from wengert.core.tensor import Tensor
from wengert.functions.linalg.decomposing import householder_product
from wengert.functions.linalg.legacy import geqrf
from wengert.functions.linalg.solving import solve
from wengert.functions.making.counting import eye
from wengert.functions.making.random import randn
from wengert.nn.functional import normalize
from wengert.nn.modules.module import Module
from wengert.nn.utils.parametrize import register_parametrization
from wengert.ops.structural import concat

__all__ = ["orthogonal", "spectral_norm", "weight_norm"]


def norms_except(v: Any, dim: int) -> Any:
    """The norms over all dimensions but one; over all for -1."""
    if dim == -1:
        return v.norm()
    if v.ndim <= 1:
        return v.abs()
    return v.norm(dim=tuple(d for d in range(v.ndim) if d != dim % v.ndim), keepdim=True)


class _WeightNorm(Module):
    def __init__(self, dim: int | None = 0) -> None:
        super().__init__()
        self.dim = -1 if dim is None else dim

    def forward(self, weight_g: Any, weight_v: Any) -> Any:
        return weight_v * (weight_g / norms_except(weight_v, self.dim))

    def right_inverse(self, weight: Tensor) -> tuple[Tensor, Tensor]:
        return norms_except(weight, self.dim), weight


def weight_norm(module: Any, name: str = "weight", dim: int = 0) -> Any:
    """A weight as its norms times its directions (Salimans and Kingma 2016).

    >>> import wengert as torch
    >>> layer = torch.nn.utils.parametrizations.weight_norm(torch.nn.Linear(2, 3))
    >>> layer.parametrizations.weight.original0.shape
    torch.Size([3, 1])

    Args:
        module: whose weight it is.
        name: of the weight.
        dim: along which each slice has a norm of its own; None for one norm of all.
    """
    return register_parametrization(module, name, _WeightNorm(dim), unsafe=True)


class _SpectralNorm(Module):
    def __init__(self, weight: Tensor, n_power_iterations: int = 1, dim: int = 0, eps: float = 1e-12) -> None:
        super().__init__()
        if not -weight.ndim <= dim < weight.ndim:
            raise errors.AxisError(
                f"Dimension out of range (expected to be in range of [-{weight.ndim}, {weight.ndim - 1}] but got {dim})"
            )
        if n_power_iterations <= 0:
            raise errors.ArgumentError(
                f"Expected n_power_iterations to be positive, but got n_power_iterations={n_power_iterations}"
            )
        self.dim = dim % weight.ndim
        self.eps = eps
        if weight.ndim > 1:
            self.n_power_iterations = n_power_iterations
            matrix = self._matrix(weight)
            for buffer, size in zip(("_u", "_v"), matrix.shape, strict=True):
                self.register_buffer(buffer, normalize(randn(size, dtype=weight.dtype), dim=0, eps=eps))
            self._power_method(matrix, 15)

    def _matrix(self, weight: Any) -> Any:
        if self.dim:
            weight = weight.permute(self.dim, *(d for d in range(weight.ndim) if d != self.dim))
        return weight.flatten(1)

    def _power_method(self, matrix: Any, times: int) -> None:
        with no_grad():
            for _ in range(times):
                self._u.copy_(normalize(matrix.mv(self._v), dim=0, eps=self.eps))
                self._v.copy_(normalize(matrix.mH.mv(self._u), dim=0, eps=self.eps))

    def forward(self, weight: Any) -> Any:
        if weight.ndim == 1:
            return normalize(weight, dim=0, eps=self.eps)
        matrix = self._matrix(weight)
        if self.training:
            self._power_method(matrix, self.n_power_iterations)
        u, v = self._u.clone(), self._v.clone()
        return weight / u.vdot(matrix.mv(v))

    def right_inverse(self, value: Tensor) -> Tensor:
        return value


def spectral_norm(
    module: Any, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None
) -> Any:
    """A weight divided by its largest singular value (Miyato et al. 2018).

    >>> import wengert as torch
    >>> _ = torch.manual_seed(0)
    >>> layer = torch.nn.utils.parametrizations.spectral_norm(torch.nn.Linear(4, 4))
    >>> abs(torch.linalg.matrix_norm(layer.weight, 2).item() - 1) < 0.02
    True

    Args:
        module: whose weight it is.
        name: of the weight.
        n_power_iterations: how often the estimate is improved at each reading, in training.
        eps: added to norms.
        dim: which dimension counts the outputs; by default 1 for transposed convolutions and 0 for others.
    """
    weight = getattr(module, name, None)
    if not isinstance(weight, Tensor):
        raise errors.ArgumentError(f"Module '{module}' has no parameter or buffer with name '{name}'")
    if dim is None:
        dim = 1 if type(module).__name__.startswith("ConvTranspose") else 0
    return register_parametrization(module, name, _SpectralNorm(weight, n_power_iterations, dim, eps))


def made_orthogonal(weight: Any) -> Any:
    """The orthogonal factor of a matrix, with signs such that the other factor has a positive diagonal."""
    factored, tau = geqrf(weight)
    signs: Any = factored.diagonal(dim1=-2, dim2=-1).sgn()
    return householder_product(factored, tau) * signs.unsqueeze(-2)


class _Orthogonal(Module):
    """An orthogonal matrix of the elements below a diagonal."""

    base: Any

    def __init__(self, weight: Any, how: str, use_trivialization: bool) -> None:
        super().__init__()
        if weight.is_complex() and how == "householder":
            raise errors.ArgumentError("The householder parametrization does not support complex tensors.")
        self.shape = weight.shape
        self.how = how
        if use_trivialization:
            self.register_buffer("base", None)

    def forward(self, x: Any) -> Any:
        wide = x.shape[-2] < x.shape[-1]
        x = x.mT if wide else x
        n, k = x.shape[-2:]
        found = self._reflected(x) if self.how == "householder" else self._turned(x, n, k)
        if hasattr(self, "base"):
            found = self.base @ found
        return found.mT if wide else found

    def _reflected(self, x: Any) -> Any:
        lower = x.tril(-1)
        found: Any = householder_product(lower, 2 / (1 + (lower * lower).sum(-2)))
        return found * x.diagonal(dim1=-2, dim2=-1).int().unsqueeze(-2)

    def _turned(self, x: Any, n: int, k: int) -> Any:
        lower = x.tril()
        if n != k:
            lower = concat([lower, lower.new_zeros((*x.shape[:-2], n, n - k))], x.ndim - 1)
        skew = lower - lower.mH
        if self.how == "matrix_exp":
            found = skew.matrix_exp()
        else:
            one = eye(n, dtype=x.dtype)
            found = solve(one - skew / 2, one + skew / 2)
        return found[..., :k]

    def right_inverse(self, value: Any) -> Any:
        if value.shape != self.shape:
            raise errors.ArgumentError(
                f"Expected a matrix or batch of matrices of shape {self.shape}. Got a tensor of shape {value.shape}."
            )
        wide = value.shape[-2] < value.shape[-1]
        tall = value.mT if wide else value
        found = self._based(tall) if hasattr(self, "base") else self._from_reflections(tall)
        return found.mT if wide else found

    def _from_reflections(self, tall: Any) -> Any:
        if self.how != "householder":
            raise NotImplementedError(
                "It is not possible to assign to the matrix exponential or the Cayley parametrizations when "
                "use_trivialization=False."
            )
        factored, tau = geqrf(tall)
        diagonal: Any = factored.diagonal(dim1=-2, dim2=-1)
        diagonal.sign_()
        diagonal.mul_(1 - 2 * (tau == 0).to(diagonal.dtype))
        return factored

    def _based(self, tall: Any) -> Any:
        n, k = tall.shape[-2:]
        if n != k:
            more = randn(*tall.shape[:-2], n, n - k, dtype=tall.dtype)
            self.base = made_orthogonal(concat([tall, more], tall.ndim - 1))
        else:
            self.base = made_orthogonal(tall)
        start = tall.new_zeros(tall.shape)
        start.diagonal(dim1=-2, dim2=-1).fill_(-1)
        return start


MAPS = ("matrix_exp", "cayley", "householder")


def orthogonal(
    module: Any, name: str = "weight", orthogonal_map: str | None = None, *, use_trivialization: bool = True
) -> Any:
    """A weight whose columns, or rows if they are fewer, are orthonormal (Lezcano-Casado 2019).

    >>> import wengert as torch
    >>> _ = torch.manual_seed(0)
    >>> layer = torch.nn.utils.parametrizations.orthogonal(torch.nn.Linear(3, 5))
    >>> torch.allclose(layer.weight.T @ layer.weight, torch.eye(3), atol=1e-5)
    True

    Args:
        module: whose weight it is.
        name: of the weight.
        orthogonal_map: "matrix_exp", "cayley" or "householder"; by default the first for square and complex weights,
            the last for others.
        use_trivialization: whether it is counted from where it begins, so that values can be assigned.

    Raises:
        ValueError: for less than a matrix, another map, or reflections of complex numbers.
    """
    weight = getattr(module, name, None)
    if not isinstance(weight, Tensor):
        raise errors.ArgumentError(f"Module '{module}' has no parameter or buffer with name '{name}'")
    if weight.ndim < 2:
        raise errors.ArgumentError(f"Expected a matrix or batch of matrices. Got a tensor of {weight.ndim} dimensions.")
    if orthogonal_map is None:
        square = weight.shape[-2] == weight.shape[-1] or weight.dtype.is_complex
        orthogonal_map = "matrix_exp" if square else "householder"
    if orthogonal_map not in MAPS:
        raise errors.ArgumentError(
            f'orthogonal_map has to be one of "matrix_exp", "cayley", "householder". Got: {orthogonal_map}'
        )
    return register_parametrization(
        module, name, _Orthogonal(weight, orthogonal_map, use_trivialization), unsafe=True
    )  # fmt: skip

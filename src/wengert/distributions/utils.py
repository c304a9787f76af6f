"""What several distributions do with their parameters."""

from __future__ import annotations

from numbers import Number
from typing import Any

import wengert as torch
from wengert.core.levels import Tracer
from wengert.core.tensor import Tensor
from wengert.errors import ArgumentError, TransformError, advice
from wengert.shapes import Size

__all__ = [
    "broadcast_all", "clamp_probs", "lazy_property", "logits_to_probs", "probs_to_logits", "tril_matrix_to_vec",
    "vec_to_tril_matrix",
]  # fmt: skip

euler_constant = 0.57721566490153286060


def broadcast_all(*values: Any) -> Any:
    """Numbers and tensors as tensors of one shape.

    >>> import wengert as torch
    >>> broadcast_all(torch.ones(2), 3)
    (tensor([1., 1.]), tensor([3., 3.]))
    """
    if not all(isinstance(v, Tensor | Number) for v in values):
        raise ArgumentError(
            "Input arguments must all be instances of Number, torch.Tensor or objects implementing __torch_function__."
        )
    tensors = [v for v in values if isinstance(v, Tensor)]
    if len(tensors) < len(values):
        dtype = tensors[0].dtype if tensors else torch.get_default_dtype()
        values = tuple(v if isinstance(v, Tensor) else torch.tensor(v, dtype=dtype) for v in values)
    return torch.broadcast_tensors(*values)


def batch_of(numbers: tuple[Any, ...], parameter: Tensor) -> Size:
    """The batch that parameters make: none where all of them are numbers."""
    return Size() if all(isinstance(n, Number) for n in numbers) else parameter.size()


def either(probs: Any, logits: Any) -> None:
    """Raise in PyTorch's words unless one of the two is given."""
    if (probs is None) == (logits is None):
        raise ArgumentError(
            advice("Either `probs` or `logits` must be specified, but not both.", "pass one of them by its name.")
        )


def one_hot(indices: Tensor, count: int, like: Tensor) -> Tensor:
    """Vectors with a 1 at an index, in the dtype of a tensor."""
    return (indices.unsqueeze(-1) == torch.arange(count)).to(like.dtype)


def standard_normal(shape: Any, like: Tensor) -> Tensor:
    """Standard normal numbers in the dtype of a tensor."""
    return torch.randn(tuple(shape), dtype=like.dtype)


def uniform(shape: Any, like: Tensor) -> Tensor:
    """Uniform numbers in the dtype of a tensor."""
    return torch.rand(tuple(shape), dtype=like.dtype)


def empty(shape: Any, like: Tensor) -> Tensor:
    """A tensor to be filled with random numbers."""
    return torch.zeros(tuple(shape), dtype=like.dtype)


def sum_rightmost(value: Any, dim: int) -> Any:
    """The sum over so many of the last dimensions."""
    if dim == 0:
        return value
    return value.reshape((*value.shape[: value.dim() - dim], -1)).sum(-1)


# Packages that build on PyTorch's distributions use these under PyTorch's own names.
_sum_rightmost = sum_rightmost


def _standard_normal(shape: Any, dtype: Any, device: Any) -> Tensor:
    return torch.randn(tuple(shape), dtype=dtype)


def logits_to_probs(logits: Tensor, is_binary: bool = False) -> Tensor:
    """The probabilities that unnormalised log probabilities, or log odds, stand for.

    >>> import wengert as torch
    >>> logits_to_probs(torch.zeros(2)), logits_to_probs(torch.zeros(()), is_binary=True)
    (tensor([0.5000, 0.5000]), tensor(0.5000))
    """
    return torch.sigmoid(logits) if is_binary else torch.softmax(logits, dim=-1)


def clamp_probs(probs: Tensor) -> Tensor:
    """Probabilities that keep off 0 and 1, so that their logarithms are finite.

    >>> import wengert as torch
    >>> clamp_probs(torch.tensor([0.0, 0.5]))
    tensor([1.1921e-07, 5.0000e-01])
    """
    eps = torch.finfo(probs.dtype).eps
    return probs.clamp(min=eps, max=1 - eps)


def probs_to_logits(probs: Tensor, is_binary: bool = False) -> Tensor:
    """The log probabilities, or the log odds, of probabilities.

    >>> import wengert as torch
    >>> probs_to_logits(torch.tensor(0.5), is_binary=True)
    tensor(0.)
    """
    inside = clamp_probs(probs)
    return torch.log(inside) - torch.log1p(-inside) if is_binary else torch.log(inside)


class lazy_property:
    """A property that is computed when it is first asked for, and kept.

    >>> class Square:
    ...     @lazy_property
    ...     def area(self):
    ...         print("computing")
    ...         return 4
    >>> square = Square(); square.area + square.area
    computing
    8
    """

    def __init__(self, wrapped: Any) -> None:
        self.wrapped = wrapped
        self.__doc__ = wrapped.__doc__

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None:
            return self
        with torch.enable_grad():
            value = self.wrapped(instance)
        if not isinstance(value, Tracer):  # a value of a running transform means nothing once that is over
            instance.__dict__[self.wrapped.__name__] = value
        return value


def tril_matrix_to_vec(mat: Tensor, diag: int = 0) -> Tensor:
    """The lower triangle of matrices, row by row.

    >>> import wengert as torch
    >>> tril_matrix_to_vec(torch.tensor([[1, 2], [3, 4]]))
    tensor([1, 3, 4])
    """
    n = mat.shape[-1]
    if not -n <= diag < n:
        raise ArgumentError(f"diag ({diag}) provided is outside [{-n}, {n - 1}].")
    rows, columns = torch.tril_indices(n, n, offset=diag)
    return mat[..., rows, columns]


def vec_to_tril_matrix(vec: Tensor, diag: int = 0) -> Tensor:
    """Matrices whose lower triangle is given row by row.

    >>> import wengert as torch
    >>> vec_to_tril_matrix(torch.tensor([1.0, 2.0, 3.0]))
    tensor([[1., 0.],
            [2., 3.]])
    """
    count = vec.shape[-1]
    n = (-(1 + 2 * diag) + ((1 + 2 * diag) ** 2 + 8 * count + 4 * abs(diag) * (diag + 1)) ** 0.5) / 2
    if round(n) - n > torch.finfo(vec.dtype).eps:
        raise ArgumentError(
            f"The size of last dimension is {count} which cannot be expressed as the lower triangular part of a "
            "square D x D matrix."
        )
    n = round(n)
    rows, columns = torch.tril_indices(n, n, offset=diag)
    flat = torch.zeros((*vec.shape[:-1], n * n), dtype=vec.dtype)
    places = (rows * n + columns).expand(vec.shape)
    return flat.scatter(-1, places, vec).reshape((*vec.shape[:-1], n, n))


def all_hold(valid: Any, *, unknown: bool = True) -> bool:
    """Whether all elements are true, also of a batch.

    A call that is recorded to be compiled stands for others only as long as they are. Where a transform cannot tell at
    all, they are taken to be, or that is an error without `unknown`.
    """
    while isinstance(valid, Tracer):
        try:
            valid = valid.level.concrete(valid, _every)
        except TransformError:
            valid = valid.value
            if valid is None:
                if unknown:
                    return True
                raise
    return bool(_every(valid.array if isinstance(valid, Tensor) else valid))


def kind_of(value: Tensor) -> str:
    """The name of the class of a tensor; a value of a running transform is a Tensor to the user."""
    return "Tensor" if isinstance(value, Tracer) else type(value).__name__


def _every(array: Any) -> Any:
    return array.all()

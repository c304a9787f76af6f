"""Norms, and what is made of them: distances, unit vectors, cosines."""

from __future__ import annotations

from math import inf, isnan
from typing import Any

import numpy as np

from wengert import dtypes, errors
from wengert.core.dispatch import common_dtype
from wengert.core.families import shape_of
from wengert.core.levels import numpy_dtype
from wengert.core.tensor import Tensor
from wengert.functions.elementwise.arithmetic import clamp_min
from wengert.functions.halves import in_float32
from wengert.functions.reducing import reductions
from wengert.functions.reducing.reductions import in_dtype
from wengert.functions.values import is_nowhere, surely
from wengert.ops import complexes, decompositions, reduction
from wengert.ops import pointwise as p
from wengert.ops import structural as s
from wengert.shapes import axes_tuple, own_axis


def norm(input: Tensor, p: Any = "fro", dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Tensor:
    """The p-norm of all elements, or over dim: sum(|x|**p) ** (1/p).

    >>> import wengert as torch
    >>> x = torch.tensor([3.0, -4.0])
    >>> torch.norm(x), torch.norm(x, 1), torch.norm(x, torch.inf), torch.norm(x, 0)
    (tensor(5.), tensor(7.), tensor(4.), tensor(2.))

    Args:
        input: real or complex numbers.
        p: a number, inf, -inf, 0 (how many elements are not 0), "fro", which is 2, or "nuc": the sum of the
            singular values of matrices.
        dim: None, an int or several; all of them count as one vector.
        keepdim: keep the dimensions with size 1.
        dtype: of the result.

    Raises:
        RuntimeError: for integers, for another word, and for an empty tensor where p is inf or negative.

    The gradient of the norm of zeros is 0; elements that tie for the largest share it.
    """
    x = _floating(input, dtype)
    order = 2.0 if p in ("fro", None) else p
    if isinstance(order, str):
        return _nuclear(x, order, dim, keepdim)  # type: ignore[no-any-return]
    if dtypes.is_half(numpy_dtype(x)):
        return in_float32(norm, x, order, dim, keepdim)  # type: ignore[no-any-return]
    shape = shape_of(x)
    axes = axes_tuple(dim, len(shape))
    if order == inf or order < 0:
        _refuse_empty(shape, None if dim is None else axes, order)
    result = s.reduce_sum(x * order, axes) if isnan(order) else _norm(x, float(order), axes)
    return s.keep_axes(result, axes) if keepdim else result  # type: ignore[no-any-return]


def _floating(x: Any, dtype: Any) -> Any:
    own = dtypes.of_numpy(numpy_dtype(x))
    if own.category < dtypes.FLOATING:
        raise errors.DtypeError(
            errors.advice(
                f"linalg.vector_norm: Expected a floating point or complex tensor as input. Got {own.title}",
                "convert with .float() first.",
            )
        )
    if dtype is None:
        return x
    wanted = dtypes.of_numpy(dtypes.to_numpy(dtype))
    if dtypes.promote_types(own, wanted) is not wanted:
        raise errors.DtypeError(
            f"linalg.vector_norm: the dtype of the input ({own.title}) should be convertible without narrowing to "
            f"the specified dtype ({wanted.title})"
        )
    return s.cast(x, wanted.numpy)


def _nuclear(x: Any, order: str, dim: Any, keepdim: bool) -> Any:
    """The sum of the singular values of the matrices that two dimensions are."""
    shape = shape_of(x)
    if order != "nuc":
        raise errors.ShapeError(
            errors.advice(f"linalg.matrix_norm: Order {order} not supported.", 'use a number, "fro" or "nuc".')
        )
    if len(shape) < 2:
        raise errors.ShapeError("linalg.matrix_norm: The input tensor A must have at least 2 dimensions.")
    axes = axes_tuple((-2, -1) if dim is None else dim, len(shape))
    if len(axes) != 2:
        raise errors.ShapeError(f"linalg.matrix_norm: dim must be a 2-tuple. Got {', '.join(map(str, axes))}")
    others = [axis for axis in range(len(shape)) if axis not in axes]
    _, values, _ = decompositions.svd(s.permute(x, (*others, *axes)), False)
    result = s.reduce_sum(values, (len(others),))
    return s.keep_axes(result, axes) if keepdim else result


def _refuse_empty(shape: tuple[int, ...], axes: Any, order: float) -> None:
    for axis in range(len(shape)) if axes is None else axes:
        if shape[axis] == 0:
            where = (
                "an empty tensor because the"
                if axes is None
                else f"the dimension {axis}because this dimension is empty and the"
            )
            raise errors.ShapeError(
                f"linalg.vector_norm cannot compute the {order:g} norm on {where} operation does not have an identity"
            )


def _norm(x: Any, order: float, axes: tuple[int, ...]) -> Any:
    if order == 0:
        return s.reduce_sum(p.where(p.not_equal(x, 0), 1, p.sign(p.absolute(x))), axes)  # sign has the slope 0
    if order == 2:
        total = s.reduce_sum(p.square(x), axes) if numpy_dtype(x).kind != "c" else _squares(x, axes)
        return _root(total, 2, p.equal(total, 0))
    size = p.absolute(x)
    if order == inf:
        return reduction.reduce_max(size, axes)
    if order == -inf:
        return reduction.reduce_min(size, axes)
    if order == 1:
        return s.reduce_sum(size, axes)
    # where there is a root or a power of 0, its derivative may be inf; the norm's is 0
    zero = p.equal(size, 0)
    powers = p.power(p.where(zero, 1, size), order)
    total = s.reduce_sum(p.where(zero, 0 if order > 0 else inf, powers), axes)
    return _root(total, order, p.equal(total, 0 if order > 0 else inf))


def _squares(x: Any, axes: tuple[int, ...]) -> Any:
    """The sum of the squares of the real and imaginary parts."""
    return s.reduce_sum(p.square(complexes.view_as_real(x)), (*axes, len(shape_of(x))))


def _root(total: Any, order: float, none: Any) -> Any:
    """The root of a sum of powers; 0, and with gradient 0, where there is nothing."""
    somewhere = total if surely(none, is_nowhere) else p.where(none, 1, total)
    root = p.sqrt(somewhere) if order == 2 else p.power(somewhere, 1 / order)  # whose derivatives have no n**3
    return root if somewhere is total else p.where(none, 0, root)


def norm_except_dim(v: Tensor, pow: int = 2, dim: int = 0) -> Tensor:
    """The norms over all dimensions but one, which stay with size 1; over all of them for -1.

    >>> import wengert as torch
    >>> torch.norm_except_dim(torch.tensor([[3.0, 4.0], [0.0, 2.0]]))
    tensor([[5.],
            [2.]])
    """
    if not isinstance(pow, int):
        raise errors.ArgumentTypeError(
            f"norm_except_dim(): argument 'pow' (position 2) must be int, not {type(pow).__name__}"
        )
    _refuse_whole(v)
    rank = len(shape_of(v))
    if dim == -1:
        return norm(v, pow)
    kept = own_axis(dim, rank)
    others = tuple(axis for axis in range(rank) if axis != kept)
    return norm(v, pow, others, True) if others else p.absolute(v)


def _refuse_whole(x: Any) -> None:
    own = dtypes.of_numpy(numpy_dtype(x))
    if own.category < dtypes.FLOATING:
        raise errors.DtypeError(
            f"norm(): input dtype should be either floating point or complex. Got {own.title} instead."
        )


def dist(input: Tensor, other: Tensor, p: float = 2) -> Tensor:
    """The p-norm of the difference.

    >>> import wengert as torch
    >>> torch.dist(torch.tensor([3.0, 0.0]), torch.tensor([0.0, 4.0]))
    tensor(5.)
    """
    difference = input - other
    _refuse_whole(difference)
    return norm(difference, p)


def normalize(input: Tensor, p: float = 2.0, dim: Any = 1, eps: float = 1e-12) -> Tensor:
    """The tensor divided by its norm over dim, which counts as eps at least.

    >>> import wengert as torch
    >>> torch.nn.functional.normalize(torch.tensor([[3.0, 4.0]]))
    tensor([[0.6000, 0.8000]])
    """
    return input / clamp_min(norm(input, p, dim, True), eps)


def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """The cosine of the angle between vectors along dim; a norm counts as eps at least.

    >>> import wengert as torch
    >>> torch.nn.functional.cosine_similarity(torch.tensor([[1.0, 1.0]]), torch.tensor([[1.0, 0.0]]))
    tensor([0.7071])
    """
    common = common_dtype([x1, x2])
    if not common.is_floating_point:
        raise errors.DtypeError(f"expected common dtype to be floating point, yet common dtype is {common.title}")
    shape = np.broadcast_shapes(shape_of(x1), shape_of(x2))
    units = [normalize(s.broadcast_to(in_dtype(x, common.numpy), shape), 2.0, dim, eps) for x in (x1, x2)]
    return reductions.sum(units[0] * units[1], dim)

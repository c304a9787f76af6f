"""Distances between vectors, integrals along a dimension, and covariances.

Knows formulas. Must not know how to differentiate.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert import dtypes, errors
from wengert.core.families import shape_of
from wengert.core.levels import numpy_dtype
from wengert.core.places import warn
from wengert.core.tensor import Tensor
from wengert.functions.elementwise.complexes import complex as joined
from wengert.functions.elementwise.complexes import imag, real
from wengert.functions.halves import in_float32, is_half
from wengert.functions.indexing.selecting import index_select
from wengert.functions.linalg.products import matmul
from wengert.functions.making.creation import beside
from wengert.functions.reducing import norms
from wengert.functions.reducing.reductions import counted
from wengert.functions.reducing.scanning import cumsum
from wengert.functions.values import answer
from wengert.ops import decompositions
from wengert.ops import pointwise as p
from wengert.ops import structural as s
from wengert.ops.solving import adjoint
from wengert.shapes import axis_index, own_axis, refuse_scalar

MODES = (
    "use_mm_for_euclid_dist_if_necessary", "use_mm_for_euclid_dist", "donot_use_mm_for_euclid_dist"
)  # fmt: skip


def cdist(x1: Tensor, x2: Tensor, p: float = 2.0, compute_mode: str = "use_mm_for_euclid_dist_if_necessary") -> Tensor:
    """The p-norm of the difference of each row of x1 and each row of x2.

    >>> import wengert as torch
    >>> torch.cdist(torch.tensor([[0.0, 0.0]]), torch.tensor([[3.0, 4.0], [0.0, 1.0]]))
    tensor([[5., 1.]])

    Args:
        x1: vectors, as the last two dimensions.
        x2: others of the same size.
        p: the norm; 0 counts the differences, inf takes the largest.
        compute_mode: how PyTorch would compute; here always by differences, which is the accurate way.

    The derivative of a distance of 0 is 0.
    """
    for name, x in (("X1", x1), ("X2", x2)):
        if len(shape_of(x)) < 2:
            raise errors.ShapeError(f"cdist only supports at least 2D tensors, {name} got: {len(shape_of(x))}D")
    if compute_mode not in MODES:
        raise errors.ArgumentError(f"{compute_mode} is not a valid value for compute_mode")
    for name, x in (("X1", x1), ("X2", x2)):
        own = dtypes.of_numpy(numpy_dtype(x))
        if not own.is_floating_point:
            raise errors.DtypeError(f"cdist only supports floating-point dtypes, {name} got: {own.title}")
        refuse_half("cdist", x)
    a, b = shape_of(x1), shape_of(x2)
    if a[-1] != b[-1]:
        raise errors.ShapeError(f"X1 and X2 must have the same number of columns. X1: {a[-1]} X2: {b[-1]}")
    if p < 0:
        raise errors.ShapeError("cdist only supports non-negative p values")
    difference = s.keep_axes(x1, (len(a) - 1,)) - s.keep_axes(x2, (len(b) - 2,))
    return _distances(difference, p)


def refuse_half(name: str, x: Any) -> None:
    """Raise in PyTorch's words for half precision."""
    own = dtypes.of_numpy(numpy_dtype(x))
    if dtypes.is_half(own.numpy):
        raise errors.UnsupportedError(errors.advice(f"\"{name}\" not implemented for '{own.title}'", "use .float()."))


def _distances(difference: Any, order: float) -> Tensor:
    if shape_of(difference)[-1] == 0:
        return s.reduce_sum(difference, (len(shape_of(difference)) - 1,))  # type: ignore[no-any-return]
    return norms.norm(difference, float(order), -1)


def pdist(input: Tensor, p: float = 2) -> Tensor:
    """The p-norm of the difference of each row and each later row.

    >>> import wengert as torch
    >>> torch.pdist(torch.tensor([[0.0], [1.0], [3.0]]))
    tensor([1., 3., 2.])
    """
    own = dtypes.of_numpy(numpy_dtype(input))
    if len(shape_of(input)) != 2:
        raise errors.ShapeError(f"pdist only supports 2D tensors, got: {len(shape_of(input))}D")
    if not own.is_floating_point:
        raise errors.DtypeError("pdist only supports floating-point dtypes")
    refuse_half("pdist", input)
    if p < 0:
        raise errors.ShapeError("pdist only supports non-negative p values")
    first, second = (beside(input, places, False) for places in np.triu_indices(shape_of(input)[0], 1))
    return _distances(index_select(input, 0, first) - index_select(input, 0, second), p)


def renorm(input: Tensor, p: float, dim: int, maxnorm: float) -> Tensor:
    """The tensor with its slices along dim scaled down until their p-norm is at most maxnorm.

    >>> import wengert as torch
    >>> torch.renorm(torch.tensor([[3.0, 4.0], [0.3, 0.4]]), 2, 0, 1.0)
    tensor([[0.6000, 0.8000],
            [0.3000, 0.4000]])
    """
    shape = shape_of(input)
    if p <= 0:
        raise errors.ShapeError("renorm: non-positive-norm not supported")
    if maxnorm < 0:
        raise errors.ShapeError(f"renorm: expected maxnorm to be >= 0 but got {maxnorm:g}")
    if len(shape) < 2:
        raise errors.ShapeError(f"renorm: input needs at least 2 dimensions, got {len(shape)} dimensions")
    axis = axis_index(dim, len(shape))
    if is_half(input):
        return in_float32(renorm, input, p, dim, maxnorm)  # type: ignore[no-any-return]
    apart = s.copy(input)  # the parts of complex numbers are views, which renorm_() would write to
    length = norms.norm(apart, float(p), [i for i in range(len(shape)) if i != axis], True)
    return _scaled_down(input, length, float(maxnorm))


def _scaled_down(input: Any, length: Any, limit: float) -> Tensor:
    large = p.greater(length, limit)
    factor = limit / (p.where(large, length, 1) + 1e-7)
    return p.multiply(input, p.where(large, factor, 1))  # type: ignore[no-any-return]


# ------------------------------------------------------------------------ integrals


def trapezoid(y: Tensor, x: Any = None, *, dx: Any = None, dim: int = -1) -> Tensor:
    """The integral of y along dim, as if it were straight between its points.

    >>> import wengert as torch
    >>> torch.trapezoid(torch.tensor([1.0, 5.0, 10.0]))
    tensor(10.5000)

    Args:
        y: the values.
        x: where they are; steps of dx if it is not given.
        dx: the width of a step.
        dim: the dimension to integrate over.
    """
    areas, axis = _areas("trapezoid", y, x, dx, dim)
    n = shape_of(areas)[axis]
    if x is None and n:  # whole numbers are added up before they are halved
        total = s.reduce_sum(counted(y, None), (axis,))
        ends = _at(y, axis, 0) + _at(y, axis, n)
        return (total - ends * 0.5) * (1 if dx is None else dx)  # type: ignore[no-any-return]
    return s.reduce_sum(areas, (axis,))  # type: ignore[no-any-return]


def cumulative_trapezoid(y: Tensor, x: Any = None, *, dx: Any = None, dim: int = -1) -> Tensor:
    """trapezoid() up to each point but the first.

    >>> import wengert as torch
    >>> torch.cumulative_trapezoid(torch.tensor([1.0, 5.0, 10.0]))
    tensor([ 3.0000, 10.5000])
    """
    areas, axis = _areas("cumulative_trapezoid", y, x, dx, dim)
    return cumsum(areas, axis)


def trapz(y: Tensor, x: Any = None, *, dx: Any = None, dim: int = -1) -> Tensor:
    """trapezoid() under its older name.

    >>> import wengert as torch
    >>> torch.trapz(torch.tensor([1.0, 5.0]), dx=2)
    tensor(6.)
    """
    return trapezoid(y, x, dx=dx, dim=dim)


def _areas(name: str, y: Any, x: Any, dx: Any, dim: int) -> tuple[Any, int]:
    """The areas between neighbours, and the axis."""
    if x is not None and dx is not None:
        raise errors.ArgumentTypeError(
            f"{name}() received an invalid combination of arguments - got (Tensor, dx=float, x=Tensor), but expected "
            "one of:\n * (Tensor y, Tensor x, *, int dim = -1)\n * (Tensor y, *, Number dx = 1, int dim = -1)\n"
        )
    shape = shape_of(y)
    if name == "cumulative_trapezoid":
        refuse_scalar(len(shape), "slice")
    axis = own_axis(dim, len(shape))
    for each, title in ((y, "y"), (x, "x")):
        if each is not None and numpy_dtype(each).kind == "b":
            raise errors.DtypeError(f"{name}: received a bool input for `{title}`, but bool is not supported")
    if x is None:
        return _between(y, axis) * (0.5 if dx is None else dx * 0.5), axis
    own = shape_of(x)
    if len(own) == 1:
        if own[0] != shape[axis]:
            raise errors.ShapeError(f"{name}: There must be one `x` value for each sample point")
        x = s.reshape(x, (own[0], *(1,) * (len(shape) - axis - 1)))
    elif len(own) < len(shape):
        x = s.reshape(x, (1,) * (len(shape) - len(own)) + own)
    at = axis - len(shape)
    n = shape_of(x)[at]
    width = s.narrow(x, at, min(1, n), n) - s.narrow(x, at, 0, max(n - 1, 0))
    areas = width * _between(y, axis) * 0.5
    return areas, len(shape_of(areas)) + at


def _at(y: Any, axis: int, place: int) -> Any:
    return s.reduce_sum(s.narrow(y, axis, place, place + 1), (axis,))


def _between(y: Any, axis: int) -> Any:
    n = shape_of(y)[axis]
    return s.narrow(y, axis, min(1, n), n) + s.narrow(y, axis, 0, max(n - 1, 0))


# ------------------------------------------------------------------------ covariances


def cov(input: Tensor, *, correction: int = 1, fweights: Any = None, aweights: Any = None) -> Tensor:
    """The covariances of the rows, each of which is a variable.

    >>> import wengert as torch
    >>> torch.cov(torch.tensor([[0.0, 1.0, 2.0], [2.0, 1.0, 0.0]]))
    tensor([[ 1., -1.],
            [-1.,  1.]])

    Args:
        input: one row of observations for each variable, or one variable.
        correction: what is taken from the number of observations before dividing.
        fweights: how often each observation was made, integers.
        aweights: how much each observation counts.
    """
    rank = len(shape_of(input))
    if rank > 2:
        raise errors.ShapeError(
            f"cov(): expected input to have two or fewer dimensions but got an input with {rank} dimensions"
        )
    if numpy_dtype(input).kind == "b":
        raise errors.DtypeError("cov(): bool dtype is not supported for input")
    x = s.reshape(input, (1, s.size_of(input))) if rank < 2 else input
    count = shape_of(x)[1]
    weights = _weights(fweights, aweights, count)
    total: Any = count if weights is None else s.reduce_sum(weights, (0,))
    x = counted(x, None)
    mean = s.reduce_sum(x if weights is None else x * weights, (1,)) / total
    norm = total - correction
    if aweights is not None and correction != 0:
        norm = total - correction * (s.reduce_sum(weights * aweights, (0,)) / total)
    if answer(norm, lambda array: array <= 0):
        warn("cov(): degrees of freedom is <= 0. Correction should be strictly less than the number of observations.")
        norm = norm * 0
    apart = x - s.keep_axes(mean, (1,))
    result = matmul(apart, adjoint(apart if weights is None else apart * weights)) / norm
    return s.reshape(result, ()) if shape_of(x)[0] == 1 else result  # type: ignore[no-any-return]


def _weights(fweights: Any, aweights: Any, count: int) -> Any:
    rules = (
        ("fweights", fweights, dtypes.INTEGER, "integral"),
        ("aweights", aweights, dtypes.FLOATING, "floating point"),
    )
    for name, weights, category, what in rules:
        if weights is None:
            continue
        own = dtypes.of_numpy(numpy_dtype(weights))
        if len(shape_of(weights)) > 1:
            raise errors.ShapeError(
                f"cov(): expected {name} to have one or fewer dimensions but got {name} with {len(shape_of(weights))} "
                "dimensions"
            )
        if own.category != category:
            raise errors.DtypeError(
                f"cov(): expected {name} to have {what} dtype but got {name} with {own.title} dtype"
            )
        if s.size_of(weights) != count:
            raise errors.ShapeError(
                f"cov(): expected {name} to have the same numel as there are observations in the input but got "
                f"{s.size_of(weights)} != {count}"
            )
        if answer(weights, lambda array: array.size > 0 and array.min() < 0):
            raise errors.ShapeError(f"cov(): {name} cannot be negative")
    if fweights is None or aweights is None:
        return fweights if aweights is None else aweights
    return fweights * aweights


def corrcoef(input: Tensor) -> Tensor:
    """The correlations of the rows: their covariances over the roots of both variances.

    >>> import wengert as torch
    >>> torch.corrcoef(torch.tensor([[0.0, 1.0, 2.0], [2.0, 1.0, 0.0]]))
    tensor([[ 1., -1.],
            [-1.,  1.]])
    """
    rank = len(shape_of(input))
    if rank > 2:
        raise errors.ShapeError(
            f"corrcoef(): expected input to have two or fewer dimensions but got an input with {rank} dimensions"
        )
    found = cov(input)
    if not shape_of(found):
        size = found if numpy_dtype(found).kind == "c" else p.sign(found)  # so that the gradient is 0 exactly
        return size / size
    variance = decompositions.diagonal_of(found)
    deviation = p.sqrt(real(variance) if numpy_dtype(variance).kind == "c" else variance)
    scaled = found / s.keep_axes(deviation, (1,)) / s.keep_axes(deviation, (0,))
    if numpy_dtype(scaled).kind == "c":
        return joined(_bounded(real(scaled)), _bounded(imag(scaled)))
    return _bounded(scaled)  # type: ignore[no-any-return]


def _bounded(x: Any) -> Any:
    """What rounding moved out of [-1, 1] put back."""
    return p.where(p.greater(x, 1), 1, p.where(p.less(x, -1), -1, x))

"""Products of several matrices, powers, and what is built of vectors.

Knows formulas. Must not know how to differentiate.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np

from wengert import dtypes, errors
from wengert.core.dispatch import common_dtype
from wengert.core.emit import spelled
from wengert.core.families import shape_of
from wengert.core.levels import numpy_dtype, spec_of
from wengert.core.tensor import Tensor
from wengert.functions.halves import in_float32
from wengert.functions.linalg.products import matmul
from wengert.functions.linalg.solving import inv
from wengert.functions.reducing import scanning
from wengert.functions.reducing.reductions import in_dtype
from wengert.functions.shaping import arranging, laying
from wengert.ops import pointwise as p
from wengert.ops import solving as rows
from wengert.ops import structural as s
from wengert.ops.solving import matrices
from wengert.shapes import axes_tuple, axis_index, broadcast_shapes


def matrix_exp(A: Tensor) -> Tensor:
    """The exponentials of square matrices.

    >>> import wengert as torch
    >>> torch.linalg.matrix_exp(torch.zeros(2, 2))
    tensor([[1., 0.],
            [0., 1.]])
    """
    if dtypes.is_half(numpy_dtype(A)):
        return in_float32(rows.matrix_exp, A)  # type: ignore[no-any-return]
    return rows.matrix_exp(A)  # type: ignore[no-any-return]


legacy_matrix_exp = spelled(matrix_exp, "input")  # as the function of torch calls it


def matrix_power(A: Tensor, n: int) -> Tensor:
    """The n-th powers of square matrices; negative ones are those of the inverses.

    >>> import wengert as torch
    >>> torch.linalg.matrix_power(torch.tensor([[1.0, 1.0], [0.0, 1.0]]), 5)
    tensor([[1., 5.],
            [0., 1.]])

    Raises:
        LinAlgError: if n is negative and a matrix is singular.
    """
    matrices("linalg.matrix_power", spec_of(A))
    if n == 0:
        one = np.eye(shape_of(A)[-1], dtype=numpy_dtype(A))
        return p.where(np.zeros(one.shape, np.bool_), A, one)  # type: ignore[no-any-return]
    if n == 1:
        return laying.clone(A)
    base: Any = inv(A) if n < 0 else A
    result: Any = None
    for bit in bin(abs(n))[:1:-1]:  # from the lowest
        if bit == "1":
            result = base if result is None else matmul(result, base)
        base = matmul(base, base)
    return result  # type: ignore[no-any-return]


def multi_dot(tensors: Any) -> Tensor:
    """The product of two or more matrices, in the order of multiplications that costs least.

    >>> import wengert as torch
    >>> torch.linalg.multi_dot([torch.ones(2, 3), torch.ones(3, 1), torch.ones(1, 2)])
    tensor([[3., 3.],
            [3., 3.]])

    Args:
        tensors: matrices, of which the first and the last may be vectors.
    """
    given = list(tensors)
    _check_chain(given)
    first, last = len(shape_of(given[0])) == 1, len(shape_of(given[-1])) == 1
    if first:
        given[0] = s.keep_axes(given[0], (0,))
    if last:
        given[-1] = s.keep_axes(given[-1], (1,))
    sizes = [shape_of(x) for x in given]
    for i, (a, b) in enumerate(pairwise(sizes)):
        if a[1] != b[0]:
            shapes = [list(shape_of(x)) for x in list(tensors)[i : i + 2]]
            raise errors.ShapeError(
                f"multi_dot(): tensors {i} and {i + 1} with shapes {shapes[0]} and {shapes[1]} cannot be multiplied"
            )
    product = _in_order(given, cheapest([sizes[0][0], *(each[1] for each in sizes)]))
    shape = shape_of(product)
    kept = (() if first else shape[:1]) + (() if last else shape[1:])
    return product if kept == shape else s.reshape(product, kept)  # type: ignore[no-any-return]


def _check_chain(given: list[Any]) -> None:
    if len(given) < 2:
        raise errors.ShapeError(f"multi_dot(): expected at least 2 tensors but got {len(given)}")
    for which, i in (("first", 0), ("last", -1)):
        rank = len(shape_of(given[i]))
        if rank not in (1, 2):
            raise errors.ShapeError(f"multi_dot(): the {which} tensor must be 1D or 2D but got {rank}D")
    for i, x in enumerate(given[1:-1], 1):
        if len(shape_of(x)) != 2:
            raise errors.ShapeError(f"multi_dot(): tensor {i} must be 2D but got {len(shape_of(x))}D")
    first = numpy_dtype(given[0])
    for i, x in enumerate(given[1:], 1):
        if numpy_dtype(x) != first:
            names = [dtypes.of_numpy(each).title for each in (first, numpy_dtype(x))]
            raise errors.DtypeError(
                f"multi_dot(): all tensors must have be the same dtype but tensor 0 is {names[0]} and tensor {i} "
                f"{names[1]}"
            )


def cheapest(sizes: list[int]) -> Any:
    """The cheapest brackets around a product of matrices: an int for one of them, a pair for a product.

    >>> cheapest([10, 100, 5, 50])
    ((0, 1), 2)
    """

    @cache
    def best(start: int, stop: int) -> tuple[int, Any]:
        if stop - start == 1:
            return 0, start
        return min(
            (
                (best(start, k)[0] + best(k, stop)[0] + sizes[start] * sizes[k] * sizes[stop],
                 (best(start, k)[1], best(k, stop)[1]))
                for k in range(start + 1, stop)
            ),
            key=lambda found: found[0],
        )  # fmt: skip

    return best(0, len(sizes) - 1)[1]


def _in_order(given: list[Any], order: Any) -> Any:
    if isinstance(order, int):
        return given[order]
    return matmul(_in_order(given, order[0]), _in_order(given, order[1]))


def chain_matmul(*matrices: Any) -> Tensor:
    """The product of matrices: the older name of torch.linalg.multi_dot.

    >>> import wengert as torch
    >>> torch.chain_matmul(torch.eye(2), torch.ones(2, 2), torch.eye(2))
    tensor([[1., 1.],
            [1., 1.]])
    """
    if len(matrices) == 1 and isinstance(matrices[0], tuple | list):
        matrices = tuple(matrices[0])
    for x in matrices:
        if len(shape_of(x)) != 2:
            raise errors.ShapeError(f"Tensor dimension is {len(shape_of(x))}, expected 2 instead.")
    return laying.clone(matrices[0]) if len(matrices) == 1 else multi_dot(matrices)


def vander(x: Tensor, *, N: int | None = None) -> Tensor:
    """The powers 0 to N - 1 of each element, as a row.

    >>> import wengert as torch
    >>> torch.linalg.vander(torch.tensor([1, 2, 3]))
    tensor([[1, 1, 1],
            [1, 2, 4],
            [1, 3, 9]])
    """
    own, shape = dtypes.of_numpy(numpy_dtype(x)), shape_of(x)
    if own is dtypes.bool_ or dtypes.is_half(own.numpy):
        raise errors.DtypeError(
            f"linalg.vander supports floating point, complex, and integer tensors, but got {own.title}"
        )
    if not shape:
        x, shape = s.reshape(x, (1,)), (1,)
    count = N if N is not None else shape[-1]
    if count <= 1 and (N is not None or not shape or shape[-1] <= 1):
        raise errors.ShapeError("N must be greater than 1.")
    wide = counted(x)
    repeated = s.broadcast_to(s.keep_axes(wide, (len(shape),)), (*shape, count - 1))
    powers = scanning.cumprod(repeated, len(shape))
    ones = p.where(np.zeros((1,), np.bool_), s.narrow(powers, -1, 0, 1), np.ones((), numpy_dtype(powers)))
    return s.concat([ones, powers], len(shape))  # type: ignore[no-any-return]


def counted(x: Any) -> Any:
    """The operand in the dtype that it is multiplied in: integers and bools in int64."""
    return in_dtype(x, np.dtype(np.int64)) if numpy_dtype(x).kind in "biu" else x


def legacy_vander(x: Tensor, N: int | None = None, increasing: bool = False) -> Tensor:
    """The powers of each element of a vector, the largest first unless `increasing`.

    >>> import wengert as torch
    >>> torch.vander(torch.tensor([1, 2, 3]), 2)
    tensor([[1, 1],
            [2, 1],
            [3, 1]])
    """
    shape = shape_of(x)
    if len(shape) != 1:
        raise errors.ShapeError("x must be a one-dimensional tensor.")
    count = shape[0] if N is None else N
    if count < 0:
        raise errors.ShapeError("N must be non-negative.")
    wide = counted(x)
    column = s.keep_axes(wide, (1,))
    powers = [p.where(np.zeros((1,), np.bool_), column, np.ones((), numpy_dtype(wide)))]
    while len(powers) < count:
        powers.append(powers[-1] * column)
    powers = powers[:count] if increasing else powers[:count][::-1]
    return s.concat(powers, 1) if count else s.narrow(column, 1, 0, 0)  # type: ignore[no-any-return]


def vecdot(x: Tensor, y: Tensor, *, dim: int = -1) -> Tensor:
    """The sum of conj(x) * y along a dimension.

    >>> import wengert as torch
    >>> torch.linalg.vecdot(torch.tensor([[1.0, 2.0]]), torch.tensor([[3.0, 4.0]]))
    tensor([11.])
    """
    have = [dtypes.of_numpy(numpy_dtype(each)) for each in (x, y)]
    if have[0] is not have[1]:
        raise errors.DtypeError(
            f"linalg.vecdot: Expected x and y to have the same dtype, but found x of type {have[0].title} and y of "
            f"type {have[1].title} instead"
        )
    if have[0].category < dtypes.FLOATING:
        raise errors.DtypeError(
            f"linalg.vecdot: Expected a floating point or complex tensor as input. Got {have[0].title}"
        )
    left = p.conjugate(x) if have[0].is_complex else x
    axes = axes_tuple(dim, max(len(shape_of(x)), len(shape_of(y))))
    return s.reduce_sum(p.multiply(left, y), axes)  # type: ignore[no-any-return]


def cross(input: Tensor, other: Tensor, *, dim: int = -1) -> Tensor:
    """The cross products of vectors of three elements along a dimension.

    >>> import wengert as torch
    >>> torch.linalg.cross(torch.tensor([1.0, 0.0, 0.0]), torch.tensor([0.0, 1.0, 0.0]))
    tensor([0., 0., 1.])
    """
    a, b = shape_of(input), shape_of(other)
    if len(a) != len(b):
        raise errors.ShapeError("linalg.cross: inputs must have the same number of dimensions.")
    axis = axis_index(dim, len(a))
    if a[axis] != 3 or b[axis] != 3:
        raise errors.ShapeError(f"linalg.cross: inputs dimension {dim} must have length 3. Got {a[axis]} and {b[axis]}")
    wanted, shape = common_dtype([input, other]).numpy, broadcast_shapes(a, b)
    x, y = (s.broadcast_to(in_dtype(each, wanted), shape) for each in (input, other))
    following = [
        [s.narrow(each, axis, (i + k) % 3, (i + k) % 3 + 1) for i in range(3)] for each in (x, y) for k in (1, 2)
    ]
    x1, x2, y1, y2 = (s.concat(parts, axis) for parts in following)
    return p.subtract(p.multiply(x1, y2), p.multiply(x2, y1))  # type: ignore[no-any-return]


def legacy_cross(input: Tensor, other: Tensor, dim: int | None = None) -> Tensor:
    """The cross products of vectors along a dimension, the first of size 3 unless it is given.

    >>> import wengert as torch
    >>> torch.cross(torch.tensor([1.0, 0.0, 0.0]), torch.tensor([0.0, 1.0, 0.0]), dim=0)
    tensor([0., 0., 1.])
    """
    if dim is None:
        sizes = shape_of(input)
        if 3 not in sizes:
            raise errors.ShapeError("no dimension of size 3 in input")
        dim = sizes.index(3)
    return cross(input, other, dim=dim)


def linalg_diagonal(A: Tensor, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """The diagonals of matrices: torch.diagonal with the last two dimensions.

    >>> import wengert as torch
    >>> torch.linalg.diagonal(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor([1., 4.])
    """
    return arranging.diagonal(A, offset, dim1, dim2)

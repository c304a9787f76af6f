"""Products that are added to something: addmm and its like, and products over any dimensions.

Knows shapes and PyTorch's words. Must not know how to differentiate.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from wengert import dtypes, errors
from wengert.core.dispatch import common_dtype
from wengert.core.families import shape_of
from wengert.core.levels import numpy_dtype
from wengert.core.tensor import Tensor
from wengert.functions.halves import in_float32
from wengert.functions.linalg.products import dot, matmul, outer, refuse_mixed
from wengert.functions.outdated import numbers_first
from wengert.ops import pointwise as p
from wengert.ops import structural as s
from wengert.ops.refusals import no_kernel, refuse
from wengert.shapes import axis_index


def combined(input: Any, product: Any, beta: Any, alpha: Any) -> Any:
    """beta * input + alpha * product; where beta is 0 the input does not count, not even nan."""
    shape = shape_of(product)
    have = shape_of(input)
    fits = len(have) <= len(shape) and all(a in (1, b) for a, b in zip(have[::-1], shape[::-1], strict=False))
    if not fits:
        raise errors.ShapeError(_expanded(have, shape))
    if numpy_dtype(product).kind in "iu":
        beta, alpha = int(beta), int(alpha)
    scaled = product if alpha == 1 else p.multiply(product, alpha)
    if beta == 0:
        unread = p.where(np.zeros((1,) * len(have), np.bool_), input, np.zeros((), numpy_dtype(input)))
        return p.add(unread, scaled)
    return p.add(input if beta == 1 else p.multiply(input, beta), scaled)


def _expanded(have: tuple[int, ...], shape: tuple[int, ...]) -> str:
    if len(have) > len(shape):
        return (
            f"expand(torch.DoubleTensor{{{list(have)}}}, size={list(shape)}): the number of sizes provided "
            f"({len(shape)}) must be greater or equal to the number of dimensions in the tensor ({len(have)})"
        )
    for axis in reversed(range(len(shape))):
        at = axis - len(shape) + len(have)
        if at >= 0 and have[at] not in (1, shape[axis]):
            return (
                f"The expanded size of the tensor ({shape[axis]}) must match the existing size ({have[at]}) at "
                f"non-singleton dimension {axis}.  Target sizes: {list(shape)}.  Tensor sizes: {list(have)}"
            )
    raise AssertionError(have)


def _no_bools(x: Any, name: str) -> None:
    refuse(numpy_dtype(x), no_kernel(name, "b"))


def addmm(input: Tensor, mat1: Tensor, mat2: Tensor, *more: Any, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """beta * input + alpha * (mat1 @ mat2).

    >>> import wengert as torch
    >>> torch.addmm(torch.ones(2), torch.eye(2), torch.eye(2), beta=2)
    tensor([[3., 2.],
            [2., 3.]])

    With beta=0 the input does not count, not even where it is nan.
    """
    if more:
        return numbers_first("addmm", addmm, (input, mat1, mat2, *more))  # type: ignore[no-any-return]
    for name, x in (("mat1", mat1), ("mat2", mat2)):
        if len(shape_of(x)) != 2:
            raise errors.ShapeError(f"{name} must be a matrix, got {len(shape_of(x))}-D tensor")
    refuse_mixed("self", input, mat2)
    _no_bools(mat1, "addmm_impl_cpu_")
    if dtypes.is_half(numpy_dtype(mat1)):
        return in_float32(addmm, input, mat1, mat2, beta=beta, alpha=alpha)  # type: ignore[no-any-return]
    return combined(input, matmul(mat1, mat2), beta, alpha)  # type: ignore[no-any-return]


def addmv(input: Tensor, mat: Tensor, vec: Tensor, *more: Any, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """beta * input + alpha * (mat @ vec).

    >>> import wengert as torch
    >>> torch.addmv(torch.ones(2), torch.eye(2), torch.tensor([1.0, 2.0]))
    tensor([2., 3.])
    """
    if more:
        return numbers_first("addmv", addmv, (input, mat, vec, *more))  # type: ignore[no-any-return]
    ranks = [len(shape_of(x)) for x in (mat, vec, input)]
    if ranks[:2] != [2, 1] or ranks[2] > 1:
        raise errors.ShapeError(f"vector + matrix @ vector expected, got {ranks[2]}, {ranks[0]}, {ranks[1]}")
    rows, columns = shape_of(mat)
    size, length = (shape_of(input) or (1,))[0], shape_of(vec)[0]
    if columns != length or size not in (1, rows):
        raise errors.ShapeError(f"size mismatch, got input ({size}), mat ({rows}x{columns}), vec ({length})")
    _no_bools(mat, "addmv_impl_cpu")
    if len({numpy_dtype(x) for x in (input, mat, vec)}) > 1:
        first, *others = (dtypes.of_numpy(numpy_dtype(x)).title for x in (input, mat, vec))
        raise errors.DtypeError(
            errors.advice(
                f"addmv input tensors must have the same dtype, but got {first}, {others[0]}, and {others[1]}",
                "convert them to one dtype with .to().",
            )
        )
    if dtypes.is_half(numpy_dtype(mat)):
        return in_float32(addmv, input, mat, vec, beta=beta, alpha=alpha)  # type: ignore[no-any-return]
    return combined(input, matmul(mat, vec), beta, alpha)  # type: ignore[no-any-return]


def addr(input: Tensor, vec1: Tensor, vec2: Tensor, *more: Any, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """beta * input + alpha * (all products of an element of vec1 and one of vec2).

    >>> import wengert as torch
    >>> torch.addr(torch.zeros(2, 2), torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0]))
    tensor([[3., 4.],
            [6., 8.]])
    """
    if more:
        return numbers_first("addr", addr, (input, vec1, vec2, *more))  # type: ignore[no-any-return]
    for name, x in (("vec1", vec1), ("vec2", vec2)):
        if len(shape_of(x)) != 1:
            raise errors.ShapeError(f"addr: Expected 1-D argument {name}, but got {len(shape_of(x))}-D")
    if numpy_dtype(vec1).kind in "biu" and isinstance(beta, float):
        raise errors.DtypeError("For integral input tensors, argument beta must not be a floating point number.")
    common = common_dtype([input, vec1, vec2]).numpy
    if common == np.bool_:
        both = p.logical_and(s.keep_axes(vec1, (1,)), vec2)
        both = both if alpha else p.logical_and(both, p.logical_not(both))
        return p.logical_or(input, both) if beta else both  # type: ignore[no-any-return]
    return combined(input, outer(s.cast(vec1, common), s.cast(vec2, common)), beta, alpha)  # type: ignore[no-any-return]


def baddbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *more: Any, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """beta * input + alpha * (the products of two stacks of matrices).

    >>> import wengert as torch
    >>> torch.baddbmm(torch.ones(1), torch.ones(2, 1, 3), torch.ones(2, 3, 1))
    tensor([[[4.]],
    <BLANKLINE>
            [[4.]]])
    """
    if more:
        return numbers_first("baddbmm", baddbmm, (input, batch1, batch2, *more))  # type: ignore[no-any-return]
    _stacks(batch1, batch2)
    if len({numpy_dtype(x) for x in (input, batch1, batch2)}) > 1:
        own, *others = (dtypes.C_NAMES[dtypes.of_numpy(numpy_dtype(x))] for x in (input, batch1, batch2))
        raise errors.DtypeError(
            errors.advice(
                f"Input dtypes must be the same, got: input {own}, batch1: {others[0]}, batch2: {others[1]}",
                "convert them to one dtype with .to().",
            )
        )
    if dtypes.is_half(numpy_dtype(batch1)):
        return in_float32(baddbmm, input, batch1, batch2, beta=beta, alpha=alpha)  # type: ignore[no-any-return]
    return combined(input, matmul(batch1, batch2), beta, alpha)  # type: ignore[no-any-return]


def addbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *more: Any, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """beta * input + alpha * (the sum of the products of two stacks of matrices).

    >>> import wengert as torch
    >>> torch.addbmm(torch.ones(1), torch.ones(2, 1, 3), torch.ones(2, 3, 1))
    tensor([[7.]])
    """
    if more:
        return numbers_first("addbmm", addbmm, (input, batch1, batch2, *more))  # type: ignore[no-any-return]
    _stacks(batch1, batch2)
    refuse_mixed("self", input, batch1)
    if dtypes.is_half(numpy_dtype(batch1)):
        return in_float32(addbmm, input, batch1, batch2, beta=beta, alpha=alpha)  # type: ignore[no-any-return]
    product = s.reduce_sum(matmul(batch1, batch2), (0,))
    return combined(input, product, beta, alpha)  # type: ignore[no-any-return]


def _stacks(batch1: Any, batch2: Any) -> None:
    a, b = shape_of(batch1), shape_of(batch2)
    for name, shape in (("batch1", a), ("batch2", b)):
        if len(shape) != 3:
            raise errors.ShapeError(f"{name} must be a 3D tensor")
    if b[:2] != (a[0], a[2]):
        raise errors.ShapeError(
            "Expected size for first two dimensions of batch2 tensor to be: "
            f"[{a[0]}, {a[2]}] but got: [{b[0]}, {b[1]}]."
        )
    _no_bools(batch1, "bmm")


# ------------------------------------------------------------------------ over any dimensions


def tensordot(a: Tensor, b: Tensor, dims: Any = 2) -> Tensor:
    """The sums of products over some dimensions of a and of b.

    >>> import wengert as torch
    >>> torch.tensordot(torch.ones(2, 3), torch.ones(3, 4), dims=1).shape
    torch.Size([2, 4])

    Args:
        a: the first tensor.
        b: the second tensor.
        dims: how many of the last dimensions of a meet the first ones of b, or two lists that say which.
    """
    first, second = _contracted(a, b, dims)
    if numpy_dtype(a) != numpy_dtype(b):
        raise errors.DtypeError(errors.advice("both inputs should have same dtype", "convert one of them with .to()."))
    sizes = shape_of(a), shape_of(b)
    for i, j in zip(first, second, strict=True):
        if sizes[0][i] != sizes[1][j] and 1 not in (sizes[0][i], sizes[1][j]):
            raise errors.ShapeError(
                f"contracted dimensions need to match, but first has size {sizes[0][i]} in dim {i} and second has size "
                f"{sizes[1][j]} in dim {j}"
            )
        if sizes[0][i] != sizes[1][j]:  # a dimension of size 1 is repeated, so the other is added up
            a, b = (s.keep_axes(s.reduce_sum(x, (k % len(n),)), (k % len(n),)) if n[k] != 1 else x
                    for x, n, k in ((a, sizes[0], i), (b, sizes[1], j)))  # fmt: skip
    first, second = ([i % max(len(n), 1) for i in used] for n, used in zip(sizes, (first, second), strict=True))
    rest = [[i for i in range(len(shape)) if i not in used] for shape, used in zip(sizes, (first, second), strict=True)]
    shape = [sizes[0][i] for i in rest[0]] + [sizes[1][i] for i in rest[1]]
    left, right = s.permute(a, (*rest[0], *first)), s.permute(b, (*second, *rest[1]))
    inner = prod(shape_of(a)[i] for i in first)
    rows, columns = prod(sizes[0][i] for i in rest[0]), prod(sizes[1][i] for i in rest[1])
    product = matmul(s.reshape(left, (rows, inner)), s.reshape(right, (inner, columns)))
    return s.reshape(product, tuple(shape))  # type: ignore[no-any-return]


def _contracted(a: Any, b: Any, dims: Any) -> tuple[list[int], list[int]]:
    ranks = len(shape_of(a)), len(shape_of(b))
    if isinstance(dims, Tensor):
        dims = dims.tolist()
    if isinstance(dims, int):
        if dims < 0:
            raise errors.ShapeError(f"tensordot expects dims >= 0, but got dims={dims}")
        if dims > min(ranks):
            raise errors.ShapeError(f"tensordot expects dims < ndim_a or ndim_b, but got dims={dims}")
        return list(range(-dims, 0)), list(range(dims))
    first, second = ([each] if isinstance(each, int) else list(each) for each in dims)
    if len(first) != len(second):
        raise errors.ShapeError("both dimension lists should have same length")
    _ = [axis_index(i, ranks[0]) for i in first], [axis_index(i, ranks[1]) for i in second]
    return first, second


def inner(input: Tensor, other: Tensor) -> Tensor:
    """The sums of products over the last dimension of both.

    >>> import wengert as torch
    >>> torch.inner(torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0]))
    tensor(11.)
    """
    a, b = shape_of(input), shape_of(other)
    if not a or not b:
        return p.multiply(input, other)  # type: ignore[no-any-return]
    if a[-1] != b[-1]:
        raise errors.ShapeError(
            f"inner() the last dimension must match on both input tensors but got shapes {list(a)} and {list(b)}"
        )
    return tensordot(input, other, dims=([-1], [-1]))


def vdot(input: Tensor, other: Tensor) -> Tensor:
    """The inner product of two vectors, of which the first is conjugated.

    >>> import wengert as torch
    >>> torch.vdot(torch.tensor([1j]), torch.tensor([1j]))
    tensor(1.+0.j)
    """
    return dot(p.conjugate(input) if numpy_dtype(input).kind == "c" else input, other)


def kron(input: Tensor, other: Tensor) -> Tensor:
    """Each element of input times all of other, in its place.

    >>> import wengert as torch
    >>> torch.kron(torch.tensor([1, 10]), torch.tensor([1, 2, 3]))
    tensor([ 1,  2,  3, 10, 20, 30])
    """
    a, b = shape_of(input), shape_of(other)
    rank = max(len(a), len(b))
    first, second = ((1,) * (rank - len(shape)) + shape for shape in (a, b))
    x = s.reshape(input, tuple(n for i in first for n in (i, 1)))
    y = s.reshape(other, tuple(n for i in second for n in (1, i)))
    return s.reshape(p.multiply(x, y), tuple(i * j for i, j in zip(first, second, strict=True)))  # type: ignore[no-any-return]

"""Products of vectors and matrices under PyTorch's names."""

from __future__ import annotations

from math import prod
from typing import Any

from wengert import dtypes, errors
from wengert.core.families import shape_of
from wengert.core.levels import numpy_dtype
from wengert.core.tensor import Tensor
from wengert.ops import contraction
from wengert.ops import pointwise as p
from wengert.ops import structural as s
from wengert.ops.refusals import no_kernel, refuse
from wengert.shapes import Shape, broadcast_shapes, own_axis


def matmul(input: Any, other: Any) -> Tensor:
    """The matrix product, over the last two dimensions; vectors as in NumPy.

    >>> import wengert as torch
    >>> torch.matmul(torch.tensor([[1.0, 2.0]]), torch.tensor([3.0, 4.0]))
    tensor([11.])

    Raises:
        RuntimeError: if the inner sizes differ, or the dtypes do.
    """
    a, b = shape_of(input), shape_of(other)
    if type(input) is Tensor and type(other) is Tensor and len(a) >= 2 <= len(b):  # the usual case
        dtype = input.array.dtype
        if dtype is other.array.dtype and dtype.char in "fd" and a[-1] == b[-2]:
            return contraction.matmul(input, other)  # type: ignore[no-any-return]
    _check_dtypes(input, other)
    if len(a) >= 2 and len(b) >= 2:
        _check_inner(a, b)
        return contraction.matmul(input, other)  # type: ignore[no-any-return]
    if not a or not b:
        raise errors.ShapeError(
            f"both arguments to matmul need to be at least 1D, but they are {len(a)}D and {len(b)}D"
        )
    if len(a) == 1 and len(b) == 1:
        return dot(input, other)
    _check_inner(a, b)
    x = s.reshape(input, (1, *a)) if len(a) == 1 else input
    y = s.reshape(other, (*b, 1)) if len(b) == 1 else other
    product = contraction.matmul(x, y)
    shape = shape_of(product)
    kept = (*shape[:-2], shape[-1]) if len(a) == 1 else shape[:-1]
    return s.reshape(product, kept)  # type: ignore[no-any-return]


def _check_dtypes(input: Any, other: Any) -> None:
    """Raise, in the words of the routine that PyTorch would call, if the dtypes differ."""
    first, second = (dtypes.of_numpy(numpy_dtype(x)) for x in (input, other))
    ranks = len(shape_of(input)), len(shape_of(other))
    if first is dtypes.bool_ and second is dtypes.bool_:
        name = "addmv_impl_cpu" if ranks[1] == 1 else "bmm" if ranks[1] > 2 else "addmm_impl_cpu_"
        refuse(first.numpy, no_kernel("dot" if ranks == (1, 1) else name, "b"))
    if first is second or ranks == (1, 1):
        return  # dot() has words of its own
    if ranks[0] > 2 and ranks[1] > 2:
        message = f"expected scalar type {first.title} but found {second.title}"
    elif ranks[1] == 1:
        message = (
            f"addmv input tensors must have the same dtype, but got {second.title}, {first.title}, and {second.title}"
        )
    else:
        names = f"{dtypes.C_NAMES[first]} != {dtypes.C_NAMES[second]}"
        message = f"expected m1 and m2 to have the same dtype, but got: {names}"
    raise errors.DtypeError(errors.advice(message, "convert one of them with .to(); matrix products do not promote."))


def refuse_mixed(name: str, input: Any, other: Any) -> None:
    """Raise, in PyTorch's words for what is done with a product at once, if two tensors are of different dtypes."""
    first, second = (dtypes.of_numpy(numpy_dtype(x)).title for x in (input, other))
    if first != second:
        raise errors.DtypeError(
            errors.advice(
                f"{name} and mat2 must have the same dtype, but got {first} and {second}",
                "convert one of them with .to(); matrix products do not promote.",
            )
        ) from None


def _check_inner(a: Shape, b: Shape) -> None:
    """Raise in PyTorch's words, which depend on the routine it would call, if sizes differ."""
    inner = b[-2] if len(b) > 1 else b[-1]
    if a[-1] == inner:
        return
    if len(b) > 2:
        batch = prod(broadcast_shapes(a[:-2], b[:-2]))
        message = (
            "Expected size for first two dimensions of batch2 tensor to be: "
            f"[{batch}, {a[-1]}] but got: [{batch}, {inner}]."
        )
    elif len(b) == 1:
        rows = prod(a[:-1])
        message = f"size mismatch, got input ({rows}), mat ({rows}x{a[-1]}), vec ({inner})"
    else:
        message = f"mat1 and mat2 shapes cannot be multiplied ({prod(a[:-1])}x{a[-1]} and {inner}x{b[-1]})"
    raise errors.ShapeError(
        errors.advice(message, f"the inner sizes {a[-1]} and {inner} must be equal; is a transpose missing?")
    )


def mm(input: Tensor, mat2: Tensor) -> Tensor:
    """The product of two matrices.

    >>> import wengert as torch
    >>> torch.mm(torch.ones(1, 2), torch.ones(2, 1))
    tensor([[2.]])
    """
    for name, x in (("self", input), ("mat2", mat2)):
        if len(shape_of(x)) != 2:
            raise errors.ShapeError(f"{name} must be a matrix")
    return matmul(input, mat2)


def bmm(input: Tensor, mat2: Tensor) -> Tensor:
    """The products of two stacks of matrices.

    >>> import wengert as torch
    >>> torch.bmm(torch.ones(3, 1, 2), torch.ones(3, 2, 1)).shape
    torch.Size([3, 1, 1])
    """
    a, b = shape_of(input), shape_of(mat2)
    for name, shape in (("batch1", a), ("batch2", b)):
        if len(shape) != 3:
            raise errors.ShapeError(f"{name} must be a 3D tensor")
    if b[:2] != (a[0], a[2]):
        raise errors.ShapeError(
            "Expected size for first two dimensions of batch2 tensor to be: "
            f"[{a[0]}, {a[2]}] but got: [{b[0]}, {b[1]}]."
        )
    return matmul(input, mat2)


def mv(input: Tensor, vec: Tensor) -> Tensor:
    """A matrix times a vector.

    >>> import wengert as torch
    >>> torch.mv(torch.eye(2), torch.tensor([1.0, 2.0]))
    tensor([1., 2.])
    """
    a, b = shape_of(input), shape_of(vec)
    own_axis(0, len(a))
    if len(a) != 2 or len(b) != 1:
        raise errors.ShapeError(f"vector + matrix @ vector expected, got 1, {len(a)}, {len(b)}")
    return matmul(input, vec)


def dot(input: Tensor, tensor: Tensor) -> Tensor:
    """The inner product of two vectors.

    >>> import wengert as torch
    >>> torch.dot(torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0]))
    tensor(11.)
    """
    a, b = shape_of(input), shape_of(tensor)
    if len(a) != 1 or len(b) != 1:
        raise errors.ShapeError(f"1D tensors expected, but got {len(a)}D and {len(b)}D tensors")
    if a != b:
        raise errors.ShapeError(
            "inconsistent tensor size, expected tensor "
            f"{list(a)} and src {list(b)} to have the same number of elements, but got {a[0]} and "
            f"{b[0]} elements respectively"
        )
    have = [dtypes.of_numpy(numpy_dtype(x)) for x in (input, tensor)]
    if have[0] is not have[1]:
        raise errors.DtypeError(
            errors.advice(
                f"dot : expected both vectors to have same dtype, but found {have[0].title} and {have[1].title}",
                "convert one of them with .to().",
            )
        )
    refuse(have[0].numpy, no_kernel("dot", "b"))
    product = contraction.matmul(s.reshape(input, (1, *a)), s.reshape(tensor, (*b, 1)))
    result: Tensor = s.reshape(product, ())
    return result


def outer(input: Tensor, vec2: Tensor) -> Tensor:
    """All products of an element of one vector and an element of the other.

    >>> import wengert as torch
    >>> torch.outer(torch.tensor([1, 2]), torch.tensor([3, 4]))
    tensor([[3, 4],
            [6, 8]])
    """
    for name, x in (("self", input), ("vec2", vec2)):
        if len(shape_of(x)) != 1:
            raise errors.ShapeError(f"outer: Expected 1-D argument {name}, but got {len(shape_of(x))}-D")
    result: Tensor = p.multiply(s.reshape(input, (*shape_of(input), 1)), vec2)
    return result

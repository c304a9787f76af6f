"""Complex numbers under PyTorch's names: their parts, made from parts, conjugates.

There is no lazy conjugation, so `is_conj` is always False and `resolve_conj` does nothing.
"""

from __future__ import annotations

from math import pi
from typing import Any

from wengert import dtypes, errors
from wengert.core.families import shape_of
from wengert.core.levels import Tracer, numpy_dtype
from wengert.core.places import warn
from wengert.core.tensor import Tensor
from wengert.functions.shaping import arranging
from wengert.ops import complexes
from wengert.ops import pointwise as p
from wengert.ops import structural as s
from wengert.shapes import broadcast_shapes


def _is_complex(x: Any) -> bool:
    return numpy_dtype(x).kind == "c"


def is_complex(input: Tensor) -> bool:
    """Whether the elements are complex numbers.

    >>> import wengert as torch
    >>> torch.is_complex(torch.tensor(1j)), torch.is_complex(torch.tensor(1.0))
    (True, False)
    """
    return _is_complex(input)


def is_floating_point(input: Tensor) -> bool:
    """Whether the elements are real floating-point numbers.

    >>> import wengert as torch
    >>> torch.is_floating_point(torch.tensor(1j)), torch.is_floating_point(torch.tensor(1.0))
    (False, True)
    """
    return input.dtype.is_floating_point


def real(input: Tensor) -> Tensor:
    """The real parts, as a view; a real tensor as it is.

    >>> import wengert as torch
    >>> torch.real(torch.tensor([1 + 2j, 3j]))
    tensor([1., 0.])
    """
    return complexes.real(input)  # type: ignore[no-any-return]


def imag(input: Tensor) -> Tensor:
    """The imaginary parts, as a view.

    >>> import wengert as torch
    >>> torch.imag(torch.tensor([1 + 2j, 3j]))
    tensor([2., 3.])
    """
    if not _is_complex(input):
        raise errors.DtypeError("imag is not implemented for tensors with non-complex dtypes.")
    return complexes.part(input, 1)  # type: ignore[no-any-return]


def view_as_real(input: Tensor) -> Tensor:
    """The same memory as pairs of real and imaginary parts, along a new last dimension.

    >>> import wengert as torch
    >>> torch.view_as_real(torch.tensor([1 + 2j, 3j]))
    tensor([[1., 2.],
            [0., 3.]])
    """
    result: Tensor = complexes.view_as_real(input)
    return result


def view_as_complex(input: Tensor) -> Tensor:
    """The same memory as complex numbers, whose parts lie along the last dimension.

    >>> import wengert as torch
    >>> torch.view_as_complex(torch.tensor([[1.0, 2.0], [0.0, 3.0]]))
    tensor([1.+2.j, 0.+3.j])
    """
    if not isinstance(input, Tracer) and shape_of(input)[-1:] == (2,):
        steps = [step // input.array.itemsize for step in input.array.strides]
        if steps[-1] != 1:
            raise errors.ShapeError(
                errors.advice("Tensor must have a last dimension with stride 1", "call .contiguous() first.")
            )
        if any(step % 2 for step in steps[:-1]):
            raise errors.ShapeError(
                errors.advice(
                    "Tensor must have a stride divisible by 2 for all but last dimension", "call .contiguous() first."
                )
            )
    result: Tensor = complexes.view_as_complex(input)
    return result


def complex(real: Tensor, imag: Tensor) -> Tensor:
    """Complex numbers from real and imaginary parts.

    >>> import wengert as torch
    >>> torch.complex(torch.tensor([1.0, 0.0]), torch.tensor([2.0, 3.0]))
    tensor([1.+2.j, 0.+3.j])
    """
    _check_parts("complex", ("real", real), ("imag", imag))
    shape = broadcast_shapes(shape_of(real), shape_of(imag))
    parts = [s.keep_axes(s.broadcast_to(x, shape), (len(shape),)) for x in (real, imag)]
    result: Tensor = complexes.view_as_complex(s.concat(parts, len(shape)))
    return result


def polar(abs: Tensor, angle: Tensor) -> Tensor:
    """Complex numbers from their absolute values and angles.

    >>> import wengert as torch
    >>> torch.polar(torch.tensor([1.0, 2.0]), torch.tensor([0.0, torch.pi / 2]))
    tensor([ 1.0000e+00+0.j, -8.7423e-08+2.j])
    """
    _check_parts("polar", ("abs", abs), ("angle", angle))
    return complex(p.multiply(abs, p.cos(angle)), p.multiply(abs, p.sin(angle)))


def _check_parts(name: str, *parts: tuple[str, Any]) -> None:
    """Raise unless both are tensors of the same floating dtype."""
    for position, (parameter, x) in enumerate(parts, 1):
        if not isinstance(x, Tensor):
            raise errors.ArgumentTypeError(
                f"{name}(): argument '{parameter}' (position {position}) must be Tensor, not {type(x).__name__}"
            )
    first, second = (dtypes.of_numpy(numpy_dtype(x)) for _, x in parts)
    if not (first.is_floating_point and second.is_floating_point):
        raise errors.DtypeError(
            f"Expected both inputs to be Half, Float or Double tensors but got {first.title} and {second.title}"
        )
    if first is not second:
        raise errors.DtypeError(
            f"Expected object of scalar type {first.title} but got scalar type {second.title} for second argument"
        )


def conj(input: Tensor) -> Tensor:
    """The complex conjugate; a real tensor as it is.

    >>> import wengert as torch
    >>> torch.conj(torch.tensor([1 + 2j, 3j]))
    tensor([1.-2.j, 0.-3.j])
    """
    return p.conjugate(input) if _is_complex(input) else input


conj_physical = conj


def resolve_conj(input: Tensor) -> Tensor:
    """The tensor itself: conjugation is never put off.

    >>> import wengert as torch
    >>> torch.resolve_conj(torch.tensor([1j]).conj())
    tensor([0.-1.j])
    """
    return input


def is_conj(input: Tensor) -> bool:
    """Whether a conjugation was put off: never.

    >>> import wengert as torch
    >>> torch.is_conj(torch.tensor([1j]).conj())
    False
    """
    return False


def isreal(input: Tensor) -> Tensor:
    """Whether the imaginary part of each element is 0.

    >>> import wengert as torch
    >>> torch.isreal(torch.tensor([1 + 2j, 3 + 0j]))
    tensor([False,  True])
    """
    if _is_complex(input):
        return p.equal(complexes.part(input, 1), 0)  # type: ignore[no-any-return]
    return p.logical_or(p.equal(input, input), p.not_equal(input, input))  # type: ignore[no-any-return]


def sgn(input: Tensor) -> Tensor:
    """The sign of each element; of a complex number its direction, with absolute value 1, or 0.

    >>> import wengert as torch
    >>> torch.sgn(torch.tensor([3 + 4j, 0j])), torch.sgn(torch.tensor([-2.0, 0.0]))
    (tensor([0.6000+0.8000j, 0.0000+0.0000j]), tensor([-1.,  0.]))
    """
    return p.sgn(input)  # type: ignore[no-any-return]


def angle(input: Tensor) -> Tensor:
    """The angle of each element with the positive real axis; pi for negative real numbers.

    >>> import wengert as torch
    >>> torch.angle(torch.tensor([1j, -1 + 0j])), torch.angle(torch.tensor([-2.0, 2.0]))
    (tensor([1.5708, 3.1416]), tensor([3.1416, 0.0000]))

    The gradient is 0 for real numbers, and for the complex 0.
    """
    if _is_complex(input):
        return p.arctan2(complexes.part(input, 1), complexes.part(input, 0))  # type: ignore[no-any-return]
    x = input if input.dtype.is_floating_point else s.cast(input, dtypes.default().numpy)
    flat = p.multiply(p.sign(x), 0)
    result: Tensor = p.add(flat, p.where(p.isnan(x), float("nan"), p.where(p.less(x, 0), pi, flat)))
    return result


def adjoint(input: Tensor) -> Tensor:
    """The last two dimensions swapped, and conjugated; what `x.mH` is.

    >>> import wengert as torch
    >>> torch.adjoint(torch.tensor([[1j, 2 + 0j]]))
    tensor([[0.-1.j],
            [2.-0.j]])
    """
    return _conjugate_transpose(input, "adjoint()", "tensor.adjoint()")


def conjugate_transpose(input: Tensor) -> Tensor:
    """What `x.mH` is: the last two dimensions swapped, and conjugated."""
    return _conjugate_transpose(input, "Tensor.mH", "tensor.mH")


def hermitian(input: Tensor) -> Tensor:
    """What `x.H` is: the conjugate transpose of a matrix."""
    rank = len(shape_of(input))
    if rank == 1 or rank > 2:
        more = " For batches of matrices, consider using tensor.mH" if rank > 2 else ""
        raise errors.ShapeError(f"tensor.H is only supported on matrices (2-D tensors). Got {rank}-D tensor.{more}")
    return _conjugate_transpose(input, "Tensor.H", "tensor.H")


def _conjugate_transpose(input: Tensor, name: str, called: str) -> Tensor:
    rank = len(shape_of(input))
    if rank == 0:
        warn(
            f"{name} is deprecated on 0-D tensors. Consider using x.conj().",
            UserWarning,
        )
        return conj(input)
    if rank == 1:
        raise errors.ShapeError(f"{called} is only supported on matrices or batches of matrices. Got 1-D tensor.")
    return conj(arranging.transpose(input, -2, -1))

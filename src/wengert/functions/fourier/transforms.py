"""The discrete Fourier transforms of torch.fft.

Knows sizes, norms and PyTorch's words. Must not know how to differentiate.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert import dtypes, errors
from wengert.core.families import shape_of
from wengert.core.levels import numpy_dtype
from wengert.core.tensor import Tensor
from wengert.functions.making.creation import as_device, leaf
from wengert.ops import fourier as rows
from wengert.ops import pointwise as p
from wengert.ops import structural as s
from wengert.shapes import axes_tuple, axis_index, own_axis

NORMS = ("backward", "ortho", "forward")


def _norm(norm: str | None) -> str:
    if norm is None:
        return "backward"
    if norm not in NORMS:
        raise errors.ShapeError(
            errors.advice(f'Invalid normalization mode: "{norm}"', 'it is "forward", "backward" or "ortho".')
        )
    return norm


def _real(name: str, x: Any, words: str) -> Any:
    """The operand in floating point, or PyTorch's refusal of complex numbers."""
    own = dtypes.of_numpy(numpy_dtype(x))
    if own.is_complex:
        raise errors.DtypeError(errors.advice(f"{words}{own.title}", f"torch.fft.{name[:-1]}() or .real."))
    return _floating(x)


def _floating(x: Any) -> Any:
    own = dtypes.of_numpy(numpy_dtype(x))
    if dtypes.is_half(own.numpy):
        raise errors.DtypeError(errors.advice(f"Unsupported dtype {own.title}", "convert with .float() first."))
    return x if own.category >= dtypes.FLOATING else s.cast(x, dtypes.default().numpy)


def _complex(x: Any) -> Any:
    """The operand as complex numbers."""
    x = _floating(x)
    return x if numpy_dtype(x).kind == "c" else s.cast(x, rows.complex_of(numpy_dtype(x)))


def _axis(x: Any, dim: int) -> int:
    return own_axis(dim, len(shape_of(x)))


def _points(n: int) -> int:
    if n < 1:
        raise errors.ShapeError(errors.advice(f"Invalid number of data points ({n}) specified", "give n."))
    return n


def resized(x: Any, axis: int, n: int) -> Any:
    """The first n elements along an axis, zeros after them where there are fewer."""
    shape = shape_of(x)
    have = shape[axis]
    if n == have:
        return x
    if n < have:
        return s.narrow(x, axis, 0, n)
    more = np.zeros((*shape[:axis], n - have, *shape[axis + 1 :]), numpy_dtype(x))
    return s.concat([x, more], axis)


# ------------------------------------------------------------------------ along one dimension


def fft(input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None) -> Tensor:
    """The discrete Fourier transform along a dimension.

    >>> import wengert as torch
    >>> torch.fft.fft(torch.tensor([1.0, 0.0, 0.0, 0.0]))
    tensor([1.+0.j, 1.+0.j, 1.+0.j, 1.+0.j])

    Args:
        input: real or complex numbers.
        n: how many of them; zeros are put after fewer.
        dim: the dimension.
        norm: the scale: "backward" is 1, "ortho" 1/sqrt(n), "forward" 1/n.
    """
    return _along(input, n, dim, norm, inverse=False)


def ifft(input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None) -> Tensor:
    """The inverse of fft().

    >>> import wengert as torch
    >>> torch.fft.ifft(torch.tensor([4.0, 0.0, 0.0, 0.0]))
    tensor([1.+0.j, 1.+0.j, 1.+0.j, 1.+0.j])
    """
    return _along(input, n, dim, norm, inverse=True)


def _along(input: Any, n: int | None, dim: int, norm: str | None, *, inverse: bool) -> Tensor:
    word, x = _norm(norm), _complex(input)
    axis = _axis(x, dim)
    count = _points(shape_of(x)[axis] if n is None else n)
    return rows.dft(resized(x, axis, count), (axis,), inverse, word)  # type: ignore[no-any-return]


def rfft(input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None) -> Tensor:
    """The first n // 2 + 1 frequencies of real numbers; the others are their conjugates.

    >>> import wengert as torch
    >>> torch.fft.rfft(torch.tensor([1.0, 1.0, 1.0, 1.0]))
    tensor([4.+0.j, 0.+0.j, 0.+0.j])
    """
    word, x = _norm(norm), _real("rfft", input, "rfft expects a real input tensor, but got ")
    return _from_real(x, n, dim, word)  # type: ignore[no-any-return]


def _from_real(x: Any, n: int | None, dim: int, word: str) -> Any:
    axis = _axis(x, dim)
    count = _points(shape_of(x)[axis] if n is None else n)
    return rows.real_dft(resized(x, axis, count), axis, word)


def irfft(input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None) -> Tensor:
    """The inverse of rfft(): n real numbers, an even number unless it is given.

    >>> import wengert as torch
    >>> torch.fft.irfft(torch.tensor([4.0, 0.0, 0.0]))
    tensor([1., 1., 1., 1.])
    """
    word, x = _norm(norm), _complex(input)
    return _to_real(x, n, dim, word)  # type: ignore[no-any-return]


def _to_real(x: Any, n: int | None, dim: int, word: str) -> Any:
    axis = _axis(x, dim)
    count = _points(2 * (shape_of(x)[axis] - 1) if n is None else n)
    return rows.to_real_dft(resized(x, axis, count // 2 + 1), axis, count, word)


def hfft(input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None) -> Tensor:
    """The real transform of numbers of which half is given, the others being their conjugates.

    >>> import wengert as torch
    >>> torch.fft.hfft(torch.tensor([1.0, 0.0, 0.0]))
    tensor([1., 1., 1., 1.])
    """
    word, x = rows.OTHER[_norm(norm)], _complex(input)
    return _to_real(p.conjugate(x), n, dim, word)  # type: ignore[no-any-return]


def ihfft(input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None) -> Tensor:
    """The inverse of hfft().

    >>> import wengert as torch
    >>> torch.fft.ihfft(torch.tensor([1.0, 1.0, 1.0, 1.0])).real
    tensor([1., 0., 0.])
    """
    word, x = rows.OTHER[_norm(norm)], _real("ihfft", input, "ihfft expects a real input tensor, but got ")
    return p.conjugate(_from_real(x, n, dim, word))  # type: ignore[no-any-return]


# ------------------------------------------------------------------------ along several


def _several(x: Any, sizes: Any, dim: Any, *, last: Any = None) -> tuple[tuple[int, ...], list[int]]:
    """The axes, and how many points each has; `last` says how many frequencies of n points the last axis holds."""
    shape = shape_of(x)
    sizes = [sizes] if isinstance(sizes, int) else sizes
    if dim is not None:
        dim = [dim] if isinstance(dim, int) else list(dim)
        axes = tuple(own_axis(d, len(shape)) for d in dim)
        if len(set(axes)) != len(axes):
            raise errors.ShapeError("FFT dims must be unique")
        if sizes is not None and len(sizes) != len(axes):
            raise errors.ShapeError("When given, dim and shape arguments must have the same length")
    elif sizes is not None:
        if len(sizes) > len(shape):
            raise errors.ShapeError(
                f"Got shape with {len(sizes)} values but input tensor only has {len(shape)} dimensions."
            )
        axes = tuple(range(len(shape) - len(sizes), len(shape)))
    else:
        axes = tuple(range(len(shape)))
    wanted = [-1] * len(axes) if sizes is None else sizes
    counts = [shape[a] if n == -1 else n for a, n in zip(axes, wanted, strict=True)]
    if last is not None and axes and (sizes is None or sizes[-1] == -1):
        counts[-1] = 2 * (shape[axes[-1]] - 1)
    return axes, [_points(n) for n in counts]


def _all_resized(x: Any, axes: Any, counts: Any) -> Any:
    for axis, n in zip(axes, counts, strict=True):
        x = resized(x, axis, n)
    return x


def fftn(input: Tensor, s: Any = None, dim: Any = None, norm: str | None = None) -> Tensor:
    """fft() along several dimensions.

    >>> import wengert as torch
    >>> torch.fft.fftn(torch.ones(2, 2))
    tensor([[4.+0.j, 0.+0.j],
            [0.+0.j, 0.+0.j]])

    Args:
        input: real or complex numbers.
        s: how many points along each of the dimensions; -1 for all.
        dim: the dimensions; the last ones where only s is given, all where neither is.
        norm: the scale.
    """
    return _all(input, s, dim, norm, inverse=False)


def ifftn(input: Tensor, s: Any = None, dim: Any = None, norm: str | None = None) -> Tensor:
    """The inverse of fftn().

    >>> import wengert as torch
    >>> torch.fft.ifftn(torch.ones(2, 2)).real
    tensor([[1., 0.],
            [0., 0.]])
    """
    return _all(input, s, dim, norm, inverse=True)


def _all(input: Any, sizes: Any, dim: Any, norm: str | None, *, inverse: bool) -> Tensor:
    word, x = _norm(norm), _complex(input)
    axes, counts = _several(x, sizes, dim)
    return rows.dft(_all_resized(x, axes, counts), axes, inverse, word) if axes else s.copy(x)  # type: ignore[no-any-return]


def rfftn(input: Tensor, s: Any = None, dim: Any = None, norm: str | None = None) -> Tensor:
    """rfft() along the last of several dimensions, and fft() along the others.

    >>> import wengert as torch
    >>> torch.fft.rfftn(torch.ones(2, 2)).real
    tensor([[4., 0.],
            [0., 0.]])
    """
    word = _norm(norm)
    x = _real("rfftn", input, "rfftn expects a real-valued input tensor, but got ")
    return _all_from_real(x, s, dim, word, "rfftn")  # type: ignore[no-any-return]


def _all_from_real(x: Any, sizes: Any, dim: Any, word: str, name: str) -> Any:
    axes, counts = _several(x, sizes, dim)
    if not axes:
        raise errors.ShapeError(f"{name} must transform at least one axis")
    half = rows.real_dft(_all_resized(x, axes, counts), axes[-1], word)
    return rows.dft(half, axes[:-1], False, word) if len(axes) > 1 else half


def irfftn(input: Tensor, s: Any = None, dim: Any = None, norm: str | None = None) -> Tensor:
    """The inverse of rfftn().

    >>> import wengert as torch
    >>> torch.fft.irfftn(torch.ones(2, 2))
    tensor([[1., 0.],
            [0., 0.]])
    """
    word, x = _norm(norm), _complex(input)
    return _all_to_real(x, s, dim, word, "irfftn")  # type: ignore[no-any-return]


def _all_to_real(x: Any, sizes: Any, dim: Any, word: str, name: str) -> Any:
    axes, counts = _several(x, sizes, dim, last=True)
    if not axes:
        raise errors.ShapeError(f"{name} must transform at least one axis")
    x = _all_resized(x, axes, [*counts[:-1], counts[-1] // 2 + 1])
    if len(axes) > 1:
        x = rows.dft(x, axes[:-1], True, word)
    return rows.to_real_dft(x, axes[-1], counts[-1], word)


def hfftn(input: Tensor, s: Any = None, dim: Any = None, norm: str | None = None) -> Tensor:
    """hfft() along the last of several dimensions, and fft() along the others.

    >>> import wengert as torch
    >>> torch.fft.hfftn(torch.ones(2, 2))
    tensor([[4., 0.],
            [0., 0.]])
    """
    word, x = rows.OTHER[_norm(norm)], _complex(input)
    return _all_to_real(p.conjugate(x), s, dim, word, "hfftn")  # type: ignore[no-any-return]


def ihfftn(input: Tensor, s: Any = None, dim: Any = None, norm: str | None = None) -> Tensor:
    """The inverse of hfftn().

    >>> import wengert as torch
    >>> torch.fft.ihfftn(torch.ones(2, 2)).real
    tensor([[1., 0.],
            [0., 0.]])
    """
    word = rows.OTHER[_norm(norm)]
    x = _real("ihfftn", input, "Only supports floating-point dtypes, but found: ")
    return p.conjugate(_all_from_real(x, s, dim, word, "ihfftn"))  # type: ignore[no-any-return]


def of_two(function: Any) -> Any:
    """The function along two dimensions."""
    name = f"{function.__name__[:-1]}2"

    def transform(input: Tensor, s: Any = None, dim: Any = (-2, -1), norm: str | None = None) -> Tensor:
        return function(input, s, dim, norm)  # type: ignore[no-any-return]

    transform.__name__ = transform.__qualname__ = name
    transform.__doc__ = (
        f"{function.__name__}() along two dimensions, the last ones unless dim says others.\n\n"
        f">>> import wengert as torch\n>>> torch.fft.{name}(torch.ones(3, 2, 2)).shape\ntorch.Size([3, 2, 2])"
    )
    return transform


fft2, ifft2, rfft2, irfft2, hfft2, ihfft2 = map(of_two, (fftn, ifftn, rfftn, irfftn, hfftn, ihfftn))

# ------------------------------------------------------------------------ frequencies


def fftfreq(n: int, d: float = 1.0, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """The frequencies that fft() of n points, d apart, gives.

    >>> import wengert as torch
    >>> torch.fft.fftfreq(4)
    tensor([ 0.0000,  0.2500, -0.5000, -0.2500])
    """
    places = np.arange(n)
    steps = np.where(places < (n + 1) // 2, places, places - n)
    return _frequencies("fftfreq", steps, n, d, (dtype, device, requires_grad))


def rfftfreq(n: int, d: float = 1.0, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """The frequencies that rfft() of n points, d apart, gives.

    >>> import wengert as torch
    >>> torch.fft.rfftfreq(4)
    tensor([0.0000, 0.2500, 0.5000])
    """
    return _frequencies("rfftfreq", np.arange(n // 2 + 1), n, d, (dtype, device, requires_grad))


def _frequencies(name: str, steps: Any, n: int, d: float, options: tuple[Any, Any, bool]) -> Tensor:
    dtype, device, requires_grad = options
    as_device(device)
    wanted = dtypes.to_numpy(dtype) if dtype is not None else dtypes.default().numpy
    if dtypes.of_numpy(wanted).category < dtypes.FLOATING:
        raise errors.DtypeError(f"{name} requires a floating point or complex dtype")
    return leaf(steps.astype(wanted) * np.asarray(1.0 / (n * d) if n else 0.0, wanted), requires_grad)


def fftshift(input: Tensor, dim: Any = None) -> Tensor:
    """The elements moved so that the frequency 0 is in the middle.

    >>> import wengert as torch
    >>> torch.fft.fftshift(torch.tensor([0, 1, -2, -1]))
    tensor([-2, -1,  0,  1])
    """
    return _shifted(input, dim, 0)


def ifftshift(input: Tensor, dim: Any = None) -> Tensor:
    """The inverse of fftshift().

    >>> import wengert as torch
    >>> torch.fft.ifftshift(torch.tensor([-2, -1, 0, 1]))
    tensor([ 0,  1, -2, -1])
    """
    return _shifted(input, dim, 1)


def _shifted(x: Any, dim: Any, more: int) -> Tensor:
    rank = len(shape_of(x))
    several = isinstance(dim, tuple | list) and len(dim) > 0
    for axis in [axis_index(each, rank) for each in dim] if several else axes_tuple(dim, rank):
        n = shape_of(x)[axis]
        cut = n - (n + more) // 2
        x = s.concat([s.narrow(x, axis, cut, n), s.narrow(x, axis, 0, cut)], axis)
    return x  # type: ignore[no-any-return]

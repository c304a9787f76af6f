"""Rows of discrete Fourier transforms, each with its transpose: of complex numbers, of real ones, and back to these.

`norm` is NumPy's word for the scale: of a forward transform "backward" is 1, "ortho" 1/sqrt(n) and "forward" 1/n; of
an inverse one the other way round.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert.core.blocks import row_major
from wengert.core.families import linear, shape_of
from wengert.core.levels import numpy_dtype
from wengert.dtypes import COMPLEX_OF, of_numpy, real_of
from wengert.errors import DtypeError, advice
from wengert.ops.structural import front
from wengert.shapes import Spec, past

OTHER = {"backward": "forward", "ortho": "ortho", "forward": "backward"}
"""The norm of the transform in the other direction that has the same scale."""


def complex_of(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The complex dtype with parts of a dtype."""
    own = of_numpy(dtype)
    if own not in COMPLEX_OF:
        raise DtypeError(advice(f"Unsupported dtype {own.title}", "convert with .float() first."))
    return COMPLEX_OF[own].numpy


def dft_kernel(xp: Any, x: Any, axes: tuple[int, ...], inverse: bool, norm: str) -> Any:
    transform = xp.fft.ifftn if inverse else xp.fft.fftn
    return row_major(transform(x, axes=axes, norm=norm).astype(x.dtype, copy=False))


dft = linear(
    "dft",
    title="FftC2C",
    kernel=dft_kernel,
    spec=lambda x, axes, inverse, norm: x,
    transpose=lambda g, axes, inverse, norm: dft(g, axes, not inverse, OTHER[norm]),
    batch=lambda x, at, axes, inverse, norm: (dft(x, past(at, axes), inverse, norm), at),
)


def halves(length: int, count: int, rank: int, axis: int, dtype: Any) -> Any:
    """2 for the frequencies that stand for two, 1 for the others, along an axis."""
    weights = np.full(count, 2.0)
    weights[0] = 1
    if length % 2 == 0:
        weights[-1] = 1
    return weights.astype(dtype).reshape((count, *(1,) * (rank - axis - 1)))


def with_length(x: Spec, axis: int, length: int, dtype: Any) -> Spec:
    shape = list(x.shape)
    shape[axis] = length
    return Spec(tuple(shape), dtype)


def real_dft_kernel(xp: Any, x: Any, axis: int, norm: str) -> Any:
    return row_major(xp.fft.rfft(x, axis=axis, norm=norm).astype(complex_of(x.dtype), copy=False))


def real_dft_transpose(g: Any, x: Spec, axis: int, norm: str) -> Any:
    weights = halves(x.shape[axis], shape_of(g)[axis], x.ndim, axis, numpy_dtype(g))
    return to_real_dft(g / weights, axis, x.shape[axis], OTHER[norm])


real_dft = linear(
    "real_dft",
    title="FftR2C",
    kernel=real_dft_kernel,
    spec=lambda x, axis, norm: with_length(x, axis, x.shape[axis] // 2 + 1, complex_of(x.dtype)),
    transpose=real_dft_transpose,
    batch=lambda x, at, axis, norm: (real_dft(front(x, at), axis + 1, norm), 0),
)


def to_real_kernel(xp: Any, x: Any, axis: int, length: int, norm: str) -> Any:
    return row_major(xp.fft.irfft(x, length, axis, norm).astype(real_of(x.dtype), copy=False))


def to_real_transpose(g: Any, x: Spec, axis: int, length: int, norm: str) -> Any:
    spectrum = real_dft(g, axis, OTHER[norm])
    return spectrum * halves(length, length // 2 + 1, x.ndim, axis, x.dtype)


to_real_dft = linear(
    "to_real_dft",
    title="FftC2R",
    kernel=to_real_kernel,
    spec=lambda x, axis, length, norm: with_length(x, axis, length, real_of(x.dtype)),
    transpose=to_real_transpose,
    batch=lambda x, at, axis, length, norm: (to_real_dft(front(x, at), axis + 1, length, norm), 0),
)
"""Of length // 2 + 1 frequencies."""

"""Rows that see complex numbers as pairs of real ones: views, and one another's transposes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from wengert.core.families import linear, shape_of
from wengert.core.levels import numpy_dtype
from wengert.dtypes import COMPLEX_OF, of_numpy, real_of
from wengert.errors import DtypeError, ShapeError
from wengert.ops.structural import front, narrow, reshape
from wengert.shapes import Spec


def split_spec(x: Spec) -> Spec:
    if x.dtype.kind != "c":
        raise DtypeError("view_as_real is only supported for complex tensors")
    return Spec((*x.shape, 2), real_of(x.dtype))


def split_kernel(xp: Any, x: Any) -> Any:
    x = xp.asarray(x)
    real = split_spec(x).dtype
    if x.flags.c_contiguous:
        return x.reshape((*x.shape, 1)).view(real)
    return as_strided(x, (*x.shape, 1), (*x.strides, x.itemsize)).view(real)


def joined_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The complex dtype with parts of a dtype."""
    found = COMPLEX_OF.get(of_numpy(dtype))
    if found is None:
        title = of_numpy(dtype).title
        raise DtypeError(
            "view_as_complex is only supported for half, float and double tensors, but got a tensor of scalar "
            f"type: {title}"
        )
    return found.numpy


def joined_spec(x: Spec) -> Spec:
    dtype = joined_dtype(x.dtype)
    if not x.shape:
        raise ShapeError("Input tensor must have one or more dimensions")
    if x.shape[-1] != 2:
        raise ShapeError("Tensor must have a last dimension of size 2")
    return Spec(x.shape[:-1], dtype)


def joined_kernel(xp: Any, x: Any) -> Any:
    dtype = joined_spec(x).dtype
    if x.strides[-1] != x.itemsize:
        x = xp.ascontiguousarray(x)
    return xp.asarray(x.view(dtype)[..., 0])


def joined_batch(x: Any, at: int) -> Any:
    return view_as_complex(front(x, at)), 0


view_as_real = linear(
    "view_as_real",
    kernel=split_kernel,
    spec=split_spec,
    transpose=lambda g: view_as_complex(g),
    batch=lambda x, at: (view_as_real(x), at),
    is_view=True,
)

view_as_complex = linear(
    "view_as_complex",
    kernel=joined_kernel,
    spec=joined_spec,
    transpose=lambda g: view_as_real(g),
    batch=joined_batch,
    is_view=True,
)


def part(x: Any, which: int) -> Any:
    """A view of the real (0) or imaginary (1) parts."""
    shape = shape_of(x)
    return reshape(narrow(view_as_real(x), len(shape), which, which + 1), shape)


def real(x: Any) -> Any:
    """The real parts; the values themselves where they are real."""
    return part(x, 0) if numpy_dtype(x).kind == "c" else x

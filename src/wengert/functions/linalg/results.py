"""What the functions of matrices share: named results, and PyTorch's words for matrices that cannot be had.

Knows values where there are any. Must not know any factorization.
"""

from __future__ import annotations

from collections import namedtuple
from typing import Any

import numpy as np

from wengert import errors
from wengert.core.families import shape_of
from wengert.core.levels import concrete, numpy_dtype, spec_of
from wengert.core.tensor import Tensor, wrap
from wengert.functions.values import answer
from wengert.ops import decompositions, reduction
from wengert.ops import pointwise as p
from wengert.ops import structural as s
from wengert.ops.solving import LinAlgError

INT32 = np.dtype(np.int32)


def named(name: str, fields: str) -> Any:
    """A named tuple that prints as PyTorch's.

    >>> named("linalg_eig", "eigenvalues eigenvectors")(1, 2)
    torch.return_types.linalg_eig(
    eigenvalues=1,
    eigenvectors=2)
    """
    plain = namedtuple(name, fields.split())  # type: ignore[misc]  # noqa: PYI024  the fields are data here

    def shown(self: Any) -> str:
        inside = ",\n".join(f"{field}={value!r}" for field, value in zip(self._fields, self, strict=True))
        return f"torch.return_types.{name}(\n{inside})"

    return type(name, (plain,), {"__slots__": (), "__repr__": shown})


def known(value: Any) -> Any:
    """The values of a tensor, or None inside a transform that has none."""
    try:
        return concrete(value)
    except (AttributeError, errors.TransformError):
        return None


def first_not_zero(array: Any) -> Any:
    """The position of the first element that is not 0, and the element; None if all are."""
    places = np.flatnonzero(array)
    return (int(places[0]), int(array.reshape(-1)[places[0]])) if places.size else None


def unsolved(result: Any) -> bool:
    """Whether some numbers are missing, so that it is worth a look why."""
    return bool(answer(result, lambda array: not np.isfinite(array).all()))


def refuse_matrices(name: str, info: Any, words: str) -> None:
    """Raise in PyTorch's words for the first matrix whose info is not 0; {} stands for the info."""
    found = answer(info, first_not_zero)
    if found is None:
        return
    first, code = found
    batch = f"(Batch element {first}): " if shape_of(info) else ""
    raise LinAlgError(
        errors.advice(f"{name}: {batch}{words.format(code)}", f"the _ex function tells which by its info, {code} here.")
    )


SINGULAR = "The diagonal element {} is zero, the inversion could not be completed because the input matrix is singular."
NOT_SOLVED = "The solver failed because the input matrix is singular."
NOT_DEFINITE = (
    "The factorization could not be completed because the input is not positive-definite (the leading minor of order "
    "{} is not positive-definite)."
)


def info_of_lu(packed: Any) -> Any:
    """Which diagonal element of U is the first that is 0, counted from 1; 0 if none is."""
    n = min(shape_of(packed)[-2:])
    rank = len(shape_of(packed))
    if n == 0:
        none = s.zeros_of(spec_of(packed).reshaped(shape_of(packed)[:-2]).cast(INT32))
        return none if isinstance(none, Tensor) else wrap(none)
    square = s.narrow(s.narrow(packed, -2, 0, n), -1, 0, n)
    none = s.cast(p.equal(decompositions.diagonal_of(square), 0), INT32)
    first = reduction.argmax(none, rank - 2) + 1
    return s.cast(first * reduction.reduce_max(none, (rank - 2,)), INT32)


def is_complex(x: Any) -> bool:
    """Whether the elements are complex."""
    return bool(numpy_dtype(x).kind == "c")

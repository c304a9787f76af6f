"""The dtypes, PyTorch's names for them, and the promotion lattice as a table.

    >>> from wengert import dtypes
    >>> dtypes.promote_types(dtypes.uint8, dtypes.int8)
    torch.int16
    >>> dtypes.promote_types(dtypes.int64, dtypes.float32)
    torch.float32

Knows NumPy's dtypes and PyTorch's rules. Must not know tensors or ops.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import numpy as np

from wengert.errors import ArgumentError, ArgumentTypeError, DtypeError, advice

BOOL, INTEGER, FLOATING, COMPLEX = range(4)
"""The categories of promotion, from low to high."""

_CATEGORY = {"b": BOOL, "i": INTEGER, "u": INTEGER, "f": FLOATING, "c": COMPLEX}


class dtype:
    """A scalar type, with PyTorch's name and printed form.

    >>> import wengert as torch
    >>> torch.float32.itemsize, torch.float32.is_floating_point
    (4, True)
    """

    __slots__ = ("category", "itemsize", "name", "numpy", "title")

    def __init__(self, name: str, numpy_dtype: Any, title: str) -> None:
        self.name = name
        self.numpy: np.dtype[Any] = np.dtype(numpy_dtype)
        self.title = title
        self.itemsize = self.numpy.itemsize
        # bfloat16 comes from ml_dtypes, whose kind is "V"
        self.category = _CATEGORY.get(self.numpy.kind, FLOATING)

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> str:
        return self.name

    @property
    def is_floating_point(self) -> bool:
        return self.category == FLOATING

    @property
    def is_complex(self) -> bool:
        return self.category == COMPLEX

    @property
    def is_signed(self) -> bool:
        return self.category != BOOL and self.numpy.kind != "u"


bool_: Final = dtype("bool", np.bool_, "Bool")
uint8: Final = dtype("uint8", np.uint8, "Byte")
int8: Final = dtype("int8", np.int8, "Char")
int16: Final = dtype("int16", np.int16, "Short")
int32: Final = dtype("int32", np.int32, "Int")
int64: Final = dtype("int64", np.int64, "Long")
float16: Final = dtype("float16", np.float16, "Half")
float32: Final = dtype("float32", np.float32, "Float")
float64: Final = dtype("float64", np.float64, "Double")
complex64: Final = dtype("complex64", np.complex64, "ComplexFloat")
complex128: Final = dtype("complex128", np.complex128, "ComplexDouble")

ALL: Final = (
    bool_, uint8, int8, int16, int32, int64, float16, float32, float64, complex64, complex128,
)  # fmt: skip
ALIASES: Final = {
    "bool": bool_, "short": int16, "int": int32, "long": int64, "half": float16, "float": float32,
    "double": float64, "cfloat": complex64, "cdouble": complex128,
}  # fmt: skip
_OF_NUMPY: Final = {d.numpy: d for d in ALL}

# How two dtypes of one category meet; the order is (row, column), each pair stated once.
_INTEGERS = {
    (uint8, int8): int16, (uint8, int16): int16, (uint8, int32): int32, (uint8, int64): int64,
    (int8, int16): int16, (int8, int32): int32, (int8, int64): int64,
    (int16, int32): int32, (int16, int64): int64, (int32, int64): int64,
}  # fmt: skip
_FLOATS = {
    (float16, float32): float32, (float16, float64): float64, (float32, float64): float64,
    (complex64, complex128): complex128,
}  # fmt: skip
_COMPLEX_OF = {float16: complex64, float32: complex64, float64: complex128}
REAL_OF: Final = {complex64: float32, complex128: float64}


def of_numpy(numpy_dtype: np.dtype[Any]) -> dtype:
    """The dtype that stands for a NumPy dtype; byte order is ignored.

    >>> of_numpy(np.dtype(">f4"))
    torch.float32
    """
    found = _OF_NUMPY.get(numpy_dtype)
    if found is None:
        found = _OF_NUMPY.get(numpy_dtype.newbyteorder("="))
    if found is None:
        raise ArgumentTypeError(
            advice(
                f"can't convert np.ndarray of type numpy.{numpy_dtype}. The only supported types "
                "are: " + ", ".join(d.name for d in reversed(ALL)) + ".",
                "convert the array with .astype() first.",
            )
        )
    return found


def to_numpy(given: Any) -> np.dtype[Any]:
    """The NumPy dtype of a dtype, of a Python type, or of anything NumPy takes.

    >>> to_numpy(float32), to_numpy(bool), to_numpy("float64")
    (dtype('float32'), dtype('bool'), dtype('float64'))
    """
    if isinstance(given, dtype):
        return given.numpy
    found: np.dtype[Any] = np.dtype(given)
    return found


# What C++ calls them, which is what PyTorch's messages say.
C_NAMES: Final = {
    bool_: "bool", uint8: "unsigned char", int8: "signed char", int16: "short int", int32: "int",
    int64: "long int", float16: "c10::Half", float32: "float", float64: "double",
    complex64: "c10::complex<float>", complex128: "c10::complex<double>",
}  # fmt: skip
FIXED_WIDTH_NAMES: Final = {
    **C_NAMES, uint8: "uint8_t", int8: "int8_t", int16: "int16_t", int64: "int64_t",
}  # fmt: skip


def number_in(value: Any, numpy_dtype: np.dtype[Any]) -> Any:
    """A Python number as a 0-d array of a dtype, if it fits.

    >>> number_in(2.9, np.dtype("int64"))
    array(2)

    Raises:
        RuntimeError: if the number is beyond the dtype, or complex where the dtype is real.
    """
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise ArgumentError("Overflow when unpacking long long")
    misfit = isinstance(value, complex | np.complexfloating) and numpy_dtype.kind not in "bc"
    if isinstance(value, int) and numpy_dtype.kind in "iu":
        limits = np.iinfo(numpy_dtype)
        # a negative number may stand for the unsigned one with the same bits
        misfit = not -max(limits.max, -limits.min) <= value <= limits.max
    if misfit:
        name = FIXED_WIDTH_NAMES[of_numpy(numpy_dtype)]
        raise DtypeError(
            advice(
                f"value cannot be converted to type {name} without overflow",
                "write a number that the dtype can hold.",
            )
        )
    with np.errstate(all="ignore"):
        return np.asarray(value).astype(numpy_dtype)


_default = float32


def default() -> dtype:
    """The dtype of new floating tensors: float32 unless `set_default_dtype` was called.

    >>> import wengert as torch
    >>> torch.get_default_dtype()
    torch.float32
    """
    return _default


def set_default_dtype(given: Any) -> None:
    """Make `given` the dtype of new floating tensors.

    >>> import wengert as torch
    >>> torch.set_default_dtype(torch.float64); torch.tensor(0.5).dtype; torch.set_default_dtype(torch.float32)
    torch.float64

    Raises:
        TypeError: if it is not a floating dtype.
    """
    global _default  # noqa: PLW0603  one process-wide default, as in PyTorch
    wanted = of_numpy(to_numpy(given))
    if not wanted.is_floating_point:
        raise ArgumentTypeError("only floating-point types are supported as the default type")
    _default = wanted


@cache
def promote_types(a: dtype, b: dtype) -> dtype:
    """The smallest dtype that both convert to, in PyTorch's lattice.

    >>> import wengert as torch
    >>> torch.promote_types(torch.float16, torch.int64)
    torch.float16
    """
    if a is b:
        return a
    low, high = (a, b) if a.category <= b.category else (b, a)
    if low.category != high.category:
        if high.category != COMPLEX or low.category != FLOATING:
            return high
        return promote_types(_COMPLEX_OF[low], high)
    table = _INTEGERS if low.category == INTEGER else _FLOATS
    found = table.get((a, b)) or table.get((b, a))
    if found is None:  # pragma: no cover - a new dtype without its row in the table
        raise DtypeError(f"no promotion is stated for {a} and {b}")
    return found


def of_scalar(value: object) -> dtype:
    """The dtype that a Python number brings into promotion.

    >>> of_scalar(True), of_scalar(2), of_scalar(0.5), of_scalar(1j)
    (torch.bool, torch.int64, torch.float32, torch.complex64)
    """
    if isinstance(value, bool | np.bool_):
        return bool_
    if isinstance(value, int | np.integer):
        return int64
    if isinstance(value, float | np.floating):
        return _default
    return _COMPLEX_OF[_default]


def result_type(dimensioned: list[dtype], zero_dim: list[dtype], scalars: list[dtype]) -> dtype:
    """PyTorch's rule for mixed operands: dimensioned tensors beat 0-d tensors beat numbers.

    Within a category the higher rank decides alone; a higher category from a lower rank brings
    its own dtype, except that a complex number keeps the precision of what it meets.

    >>> result_type([float32], [float64], [])
    torch.float32
    >>> result_type([int64], [], [float32])
    torch.float32
    """
    result: dtype | None = None
    for group in (dimensioned, zero_dim, scalars):
        if not group:
            continue
        best = group[0]
        for other in group[1:]:
            best = promote_types(best, other)
        if result is None:
            result = best
        elif best.category > result.category:
            keeps_precision = best.category == COMPLEX and result.category == FLOATING
            result = _COMPLEX_OF[result] if keeps_precision else best
    if result is None:
        raise ArgumentTypeError("result_type needs at least one operand")
    return result

"""The dtypes, PyTorch's names for them, and the promotion lattice as a table.

    >>> from wengert import dtypes
    >>> dtypes.promote_types(dtypes.uint8, dtypes.int8)
    torch.int16
    >>> dtypes.promote_types(dtypes.int64, dtypes.float32)
    torch.float32

NumPy lacks bfloat16; its arrays come from the optional package ml_dtypes, which is imported when the
first of them is made.

Knows NumPy's dtypes and PyTorch's rules. Must not know tensors or ops.
"""

from __future__ import annotations

from functools import cache
from math import isfinite
from typing import Any, Final

import numpy as np

from wengert.errors import ArgumentError, ArgumentTypeError, DtypeError, UnsupportedError, advice

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

    numpy: np.dtype[Any]

    def __init__(self, name: str, numpy_dtype: Any, title: str) -> None:
        self.name = name
        self.title = title
        self.itemsize, self.category = 2, FLOATING
        if numpy_dtype is not None:
            self.numpy = np.dtype(numpy_dtype)
            self.itemsize = self.numpy.itemsize
            self.category = _CATEGORY[self.numpy.kind]

    def __getattr__(self, name: str) -> Any:
        """What is not there yet: the NumPy dtype of half precision."""
        if name != "numpy":
            raise AttributeError(f"'torch.dtype' object has no attribute '{name}'")
        self.numpy = np.dtype(np.float16) if self is float16 else _of_ml_dtypes(self.name)
        HALF.seen = True
        _OF_NUMPY[self.numpy] = self
        return self.numpy

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

    def to_real(self) -> dtype:
        """The dtype of the parts of complex numbers; itself for others."""
        return REAL_OF.get(self, self)

    def to_complex(self) -> dtype:
        """The dtype of complex numbers with such parts."""
        if self.category < FLOATING:
            raise DtypeError(f"Unknown Complex ScalarType for {self.title}")
        return COMPLEX_OF.get(self, self)


class _Seen:
    """Whether something has ever happened in this process; until then nobody has to look for it."""

    __slots__ = ("seen",)

    def __init__(self) -> None:
        self.seen = False


HALF: Final = _Seen()
"""Whether float16 or bfloat16 has been used. What a number becomes that meets one is not what NumPy makes of it, so ops
have to look (core/dispatch.py)."""


def _of_ml_dtypes(name: str) -> np.dtype[Any]:
    try:
        import ml_dtypes  # noqa: PLC0415  optional, and only for bfloat16
    except ImportError:
        raise UnsupportedError(
            advice(f"torch.{name} needs the package ml_dtypes, which is not installed", "pip install 'wengert[lowp]'.")
        ) from None
    found: np.dtype[Any] = np.dtype(getattr(ml_dtypes, name))
    return found


bool_: Final = dtype("bool", np.bool_, "Bool")
uint8: Final = dtype("uint8", np.uint8, "Byte")
int8: Final = dtype("int8", np.int8, "Char")
int16: Final = dtype("int16", np.int16, "Short")
int32: Final = dtype("int32", np.int32, "Int")
int64: Final = dtype("int64", np.int64, "Long")
uint16: Final = dtype("uint16", np.uint16, "UInt16")
uint32: Final = dtype("uint32", np.uint32, "UInt32")
uint64: Final = dtype("uint64", np.uint64, "UInt64")
float16: Final = dtype("float16", None, "Half")
bfloat16: Final = dtype("bfloat16", None, "BFloat16")
float32: Final = dtype("float32", np.float32, "Float")
float64: Final = dtype("float64", np.float64, "Double")
complex64: Final = dtype("complex64", np.complex64, "ComplexFloat")
complex128: Final = dtype("complex128", np.complex128, "ComplexDouble")

ALL: Final = (
    bool_, uint8, uint16, uint32, uint64, int8, int16, int32, int64, complex128, complex64, float16, float32,
    float64,
)  # fmt: skip
"""Those that NumPy has, in the order in which PyTorch's messages name them backwards."""
ALIASES: Final = {
    "bool": bool_, "short": int16, "int": int32, "long": int64, "half": float16, "float": float32,
    "double": float64, "cfloat": complex64, "cdouble": complex128,
}  # fmt: skip
HALVES: Final = (float16, bfloat16)
_OF_NUMPY: Final = {d.numpy: d for d in ALL if d is not float16}

# How two dtypes of one category meet; the order is (row, column), each pair stated once.
_INTEGERS = {
    (uint8, int8): int16, (uint8, int16): int16, (uint8, int32): int32, (uint8, int64): int64,
    (int8, int16): int16, (int8, int32): int32, (int8, int64): int64,
    (int16, int32): int32, (int16, int64): int64, (int32, int64): int64,
}  # fmt: skip
_FLOATS = {
    (float16, bfloat16): float32, (bfloat16, float32): float32, (bfloat16, float64): float64,
    (float16, float32): float32, (float16, float64): float64, (float32, float64): float64,
    (complex64, complex128): complex128,
}  # fmt: skip
COMPLEX_OF: Final = {float16: complex64, bfloat16: complex64, float32: complex64, float64: complex128}
UNSIGNED: Final = {uint16, uint32, uint64}
"""PyTorch promotes these with floating dtypes only."""
REAL_OF: Final = {complex64: float32, complex128: float64}


def of_numpy(numpy_dtype: np.dtype[Any]) -> dtype:
    """The dtype that stands for a NumPy dtype; byte order is ignored.

    >>> of_numpy(np.dtype(">f4"))
    torch.float32
    """
    found = _OF_NUMPY.get(numpy_dtype)
    if found is None:
        found = _OF_NUMPY.get(numpy_dtype.newbyteorder("="))
    for half in HALVES if found is None else ():
        if numpy_dtype.name == half.name and numpy_dtype.newbyteorder("=") == half.numpy:
            return half
    if found is None:
        raise ArgumentTypeError(
            advice(
                f"can't convert np.ndarray of type numpy.{numpy_dtype.type.__name__}. The only supported types "
                "are: " + ", ".join(d.name for d in reversed(ALL[1:])) + ", and bool.",
                "convert the array with .astype() first.",
            )
        )
    return found


def real_of(numpy_dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The dtype of the parts of a complex dtype; any other as it is.

    >>> real_of(np.dtype("complex64")), real_of(np.dtype("int32"))
    (dtype('float32'), dtype('int32'))
    """
    return REAL_OF[of_numpy(numpy_dtype)].numpy if numpy_dtype.kind == "c" else numpy_dtype


def is_half(numpy_dtype: np.dtype[Any]) -> bool:
    """Whether a dtype is float16 or bfloat16, which are added up in float32.

    >>> is_half(np.dtype("float16")), is_half(np.dtype("int16"))
    (True, False)
    """
    return numpy_dtype.itemsize == 2 and numpy_dtype.kind in "fV"


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
    int64: "long int", uint16: "short unsigned int", uint32: "unsigned int", uint64: "long unsigned int",
    float16: "c10::Half", bfloat16: "c10::BFloat16", float32: "float", float64: "double",
    complex64: "c10::complex<float>", complex128: "c10::complex<double>",
}  # fmt: skip
FIXED_WIDTH_NAMES: Final = {
    **C_NAMES, uint8: "uint8_t", int8: "int8_t", int16: "int16_t", int64: "int64_t", uint16: "uint16_t",
    uint32: "uint32_t", uint64: "uint64_t",
}  # fmt: skip


USUAL = 2.0**62
"""Numbers up to this one fit float32 and float64."""

USUAL_WHOLE = 127
"""Numbers up to this one fit everything."""


def number_in(value: Any, numpy_dtype: np.dtype[Any]) -> Any:
    """A Python number as a 0-d array of a dtype, if it fits.

    >>> number_in(2.9, np.dtype("int64"))
    array(2)

    Raises:
        RuntimeError: if the number is beyond the dtype, or complex where the dtype is real.
        ValueError: if an integer is beyond all of them.
    """
    if type(value) in (float, int) and numpy_dtype.char in "fd" and -USUAL <= value <= USUAL:
        return np.array(value, numpy_dtype)  # what is usual needs no questions
    if isinstance(value, int) and not -(2**63) <= value < (2**64 if numpy_dtype.kind == "u" else 2**63):
        raise ArgumentError("Overflow when unpacking long long")
    if _misfits(value, numpy_dtype):
        name = FIXED_WIDTH_NAMES[of_numpy(numpy_dtype)]
        raise DtypeError(
            advice(
                f"value cannot be converted to type {name} without overflow",
                "write a number that the dtype can hold.",
            )
        )
    with np.errstate(all="ignore"):
        return np.asarray(value).astype(numpy_dtype)


def assigned(value: Any, numpy_dtype: np.dtype[Any]) -> Any:
    """`number_in` for a number that is put among others: there half precision has inf for what is beyond it."""
    if isinstance(value, int | float) and is_half(numpy_dtype):
        with np.errstate(over="ignore"):
            return np.asarray(value).astype(numpy_dtype)
    return number_in(value, numpy_dtype)


def refuse_beyond(numpy_dtype: np.dtype[Any], *numbers: Any) -> None:
    """Raise in PyTorch's words for a plain number that does not fit a dtype."""
    for number in numbers:
        if type(number) in (int, float) and not -USUAL_WHOLE <= number <= USUAL_WHOLE:
            number_in(number, numpy_dtype)


def _misfits(value: Any, numpy_dtype: np.dtype[Any]) -> bool:
    """Whether a number is beyond a dtype, or complex where the dtype is real."""
    if numpy_dtype.kind == "b":
        return False
    if numpy_dtype.kind in "iu":
        limits = iinfo(of_numpy(numpy_dtype))
        if isinstance(value, int):  # a negative number may stand for the unsigned one with the same bits
            return not -max(limits.max, -limits.min) <= value <= limits.max
        return isinstance(value, complex | np.complexfloating) or not limits.min <= value <= limits.max
    if isinstance(value, complex | np.complexfloating):
        if numpy_dtype.kind != "c":
            return True
        value = max(abs(float(value.real)), abs(float(value.imag)))
    return isfinite(value) and abs(value) > finfo(of_numpy(numpy_dtype)).max


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
def promote_types(type1: dtype, type2: dtype) -> dtype:
    """The smallest dtype that both convert to, in PyTorch's lattice.

    >>> import wengert as torch
    >>> torch.promote_types(torch.float16, torch.int64)
    torch.float16
    """
    a, b = type1, type2
    if a is b:
        return a
    low, high = (a, b) if a.category <= b.category else (b, a)
    if {a, b} & UNSIGNED and high.category != FLOATING:
        raise DtypeError(
            advice(
                "Promotion for uint16, uint32, uint64 types is not supported, attempted to promote "
                f"{a.title} and {b.title}",
                "convert one of them with .to().",
            )
        )
    if low.category != high.category:
        if high.category != COMPLEX or low.category != FLOATING:
            return high
        return promote_types(COMPLEX_OF[low], high)
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
    return COMPLEX_OF[_default]


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
            result = COMPLEX_OF[result] if keeps_precision else best
    if result is None:
        raise ArgumentTypeError("result_type needs at least one operand")
    return result


# ------------------------------------------------------------------------ what a dtype can hold


class finfo:
    """What a floating dtype can hold; of a complex dtype, what its parts can.

    >>> import wengert as torch
    >>> torch.finfo(torch.float32).eps, torch.finfo(torch.bfloat16).max
    (1.1920928955078125e-07, 3.3895313892515355e+38)
    """

    __slots__ = ("bits", "dtype", "eps", "max", "min", "resolution", "smallest_normal", "tiny")

    def __init__(self, type: dtype | None = None) -> None:
        of = REAL_OF.get(type, type) if type is not None else _default
        if of.category != FLOATING:
            raise ArgumentTypeError(
                advice(
                    "torch.finfo() requires a floating point input type. Use torch.iinfo to handle 'torch.finfo'",
                    f"torch.iinfo({type}).",
                )
            )
        self.dtype = of.name
        self.bits = 8 * of.itemsize
        digits, largest_exponent, self.resolution = _PRECISION[of]
        self.eps = 2.0 ** (1 - digits)
        self.max = (2.0 - self.eps) * 2.0**largest_exponent
        self.min = -self.max
        self.tiny = self.smallest_normal = 2.0 ** (1 - largest_exponent)

    def __repr__(self) -> str:
        names = ("resolution", "min", "max", "eps", "smallest_normal", "tiny")
        numbers = ", ".join(f"{name}={getattr(self, name):g}" for name in names)
        return f"finfo({numbers}, dtype={self.dtype})"


_PRECISION: Final = {
    bfloat16: (8, 127, 0.01), float16: (11, 15, 1e-3), float32: (24, 127, 1e-6), float64: (53, 1023, 1e-15),
}  # fmt: skip
"""Bits of the fraction, the largest exponent, and PyTorch's `resolution`."""


class iinfo:
    """What an integer dtype can hold.

    >>> import wengert as torch
    >>> torch.iinfo(torch.uint8).max, torch.iinfo(torch.int64).bits
    (255, 64)
    """

    __slots__ = ("bits", "dtype", "max", "min")

    def __init__(self, type: dtype) -> None:
        if type.category != INTEGER:
            raise ArgumentTypeError(
                advice(
                    "torch.iinfo() requires an integer input type. Use torch.finfo to handle 'torch.iinfo'",
                    f"torch.finfo({type}).",
                )
            )
        limits = np.iinfo(type.numpy)
        self.dtype = type.name
        self.bits = int(limits.bits)
        self.min, self.max = int(limits.min), int(limits.max)

    def __repr__(self) -> str:
        return f"iinfo(min={self.min:g}, max={self.max:g}, dtype={self.dtype})"

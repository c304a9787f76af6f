"""What PyTorch refuses to compute although NumPy would: the dtypes, and the words."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from wengert import dtypes
from wengert.errors import DtypeError, UnsupportedError, advice

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ndarray = np.ndarray


class Refusal(NamedTuple):
    """Some kinds of operands, and the error that says so.

    Attributes:
        kinds: NumPy's letters: "b" for truth values, "c" for complex numbers, and so on.
        words: PyTorch's; {} stands for the title of the dtype.
        remedy: what to do instead.
        error: the type of the error.
    """

    kinds: str
    words: str
    remedy: str = "convert with .int() or .float() first."
    error: type[Exception] = DtypeError

    def told(self, numpy_dtype: np.dtype[Any]) -> Exception:
        """The error for operands of a dtype."""
        title = dtypes.of_numpy(numpy_dtype).title
        return self.error(advice(self.words.format(title), REMEDIES.get(numpy_dtype.kind, self.remedy)))


REMEDIES = {"c": "complex numbers have no order; take .real, .imag or .abs() first."}


@cache
def no_kernel(name: str, kinds: str = "c") -> Refusal:
    """PyTorch's words where one of its loops does not take a dtype."""
    return Refusal(kinds, f"\"{name}\" not implemented for '{{}}'", error=UnsupportedError)


def refuse(numpy_dtype: np.dtype[Any], *refusals: Refusal) -> None:
    """Raise if one of them is about the dtype."""
    for refusal in refusals:
        if numpy_dtype.kind in refusal.kinds:
            raise refusal.told(numpy_dtype)


def refusing(kernel: Callable[..., Any], arity: int, refusals: Sequence[Refusal]) -> Callable[..., Any]:
    """The kernel with a look at its operands first, where NumPy would compute what is refused."""
    kinds = {kind for refusal in refusals for kind in refusal.kinds if _computes(kernel, arity, kind)}
    if not kinds:
        return kernel

    def of_one(x: Any) -> Any:
        if type(x) is ndarray and x.dtype.kind in kinds:
            refuse(x.dtype, *refusals)
        return kernel(x)

    def of_two(x: Any, y: Any) -> Any:
        seen = x if type(x) is ndarray else y
        if type(seen) is ndarray and seen.dtype.kind in kinds:
            refuse(seen.dtype, *refusals)
        return kernel(x, y)

    def of_several(x: Any, *others: Any) -> Any:
        refuse(np.asarray(x).dtype, *refusals)
        return kernel(x, *others)

    return of_one if arity == 1 else of_two if arity == 2 else of_several


def _computes(kernel: Callable[..., Any], arity: int, kind: str) -> bool:
    if getattr(kernel, "is_late", False):
        return True  # to find out would import its library
    if kind not in DTYPE_OF:
        return False  # NumPy has none of these
    try:
        kernel(*[np.ones(1, DTYPE_OF[kind])] * arity)
    except TypeError:
        return False
    return True


DTYPE_OF = {"b": np.bool_, "i": np.int64, "u": np.uint8, "f": np.float32, "c": np.complex64}

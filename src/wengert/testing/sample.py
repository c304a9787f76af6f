"""What an op is tried on: operands, static parameters, and what is known about the point.

Knows arrays. Must not know any particular op nor any law.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wengert.core.primitive import Primitive

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, eq=False)
class Sample:
    """Operands and parameters to try an op on.

    >>> import numpy as np
    >>> Sample((np.array([1.0, 2.0]), 3.0)).title
    'float64[2],3.0'

    Attributes:
        operands: NumPy arrays, or Python numbers where the op takes those. Real ones are float64, complex
            ones complex128.
        params: the static parameters.
        smooth: whether the op has derivatives of every order near these operands; without, the
            laws that compare with differences do not apply.
        gradients: at a kink, the gradient of the sum of the result for each operand, None for an
            operand that has none. A sample that says this is not smooth.
        name: a word for a sample that its shapes do not tell apart from others.
    """

    operands: tuple[Any, ...]
    params: tuple[Any, ...] = ()
    smooth: bool = True
    gradients: tuple[Any, ...] | None = None
    name: str = ""

    def __post_init__(self) -> None:
        if self.gradients is not None:
            object.__setattr__(self, "smooth", False)

    @property
    def title(self) -> str:
        """The shapes and parameters in short: what a test is called by."""
        shown = ",".join(
            f"{o.dtype.name}{list(o.shape)}".replace(" ", "") if isinstance(o, np.ndarray) else repr(o)
            for o in self.operands
        )
        params = "".join(f";{p}".replace(" ", "") for p in self.params)
        return (f"{self.name}:" if self.name else "") + shown + params

    def arrays(self) -> tuple[int, ...]:
        """The positions of the operands that are arrays rather than numbers."""
        return tuple(i for i, o in enumerate(self.operands) if isinstance(o, np.ndarray))

    def moving(self, row: Primitive) -> tuple[int, ...]:
        """The positions of the operands that can receive a gradient."""
        if not gives_floats(row, self):
            return ()
        return tuple(i for i in self.arrays() if row.rule_of(i) is not None and self.operands[i].dtype.kind in "fc")

    def replaced(self, operands: Any, *, smooth: bool | None = None) -> Sample:
        """The same sample with other operands."""
        keep = self.smooth if smooth is None else smooth
        return Sample(tuple(operands), self.params, keep, name=self.name)

    def cast(self, dtype: Any) -> Sample:
        """The same sample with its real arrays in another dtype."""
        return self.replaced(
            o.astype(dtype) if isinstance(o, np.ndarray) and o.dtype.kind == "f" else o for o in self.operands
        )

    def in_single(self) -> Sample:
        """The same sample with its real and complex arrays in single precision."""
        return self.replaced(in_single(o) if isinstance(o, np.ndarray) else o for o in self.operands)


def in_single(array: Array) -> Array:
    """An array in single precision, if it is of real or complex numbers."""
    wanted = {"f": np.dtype(np.float32), "c": np.dtype(np.complex64)}.get(array.dtype.kind, array.dtype)
    return array.astype(wanted)


def gives_floats(row: Primitive, sample: Sample) -> bool:
    """Whether the result of the op can have a derivative at all."""
    return row.differentiable and result(row, sample.operands, sample.params).dtype.kind in "fc"


def result(row: Primitive, operands: Any, params: Any) -> Array:
    """What the kernel gives, as an array."""
    with np.errstate(all="ignore"):
        return np.asarray(row.compute(list(operands), params))


def subsets(items: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Every choice of at least one of the items."""
    for count in range(1, len(items) + 1):
        yield from combinations(items, count)


def noise(like: Any, salt: int) -> Array:
    """Numbers between -1 and 1, in the dtype given, that depend on the shape and the salt only."""
    rng = np.random.default_rng([salt, *np.shape(like)])
    dtype = like.dtype if like.dtype.kind in "fc" else np.float64
    drawn = rng.uniform(-1, 1, np.shape(like))
    if like.dtype.kind == "c":
        drawn = drawn + 1j * rng.uniform(-1, 1, np.shape(like))
    return np.asarray(drawn).astype(dtype)

"""What elementary functions know of the floating point types: their bits, their ends, and the coefficients for them.

Knows numbers and types of LLVM. Must not know instructions.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from llvmlite import ir

from wengert.compiler.coefficients import EXP, EXP_SINGLE, LOWER, LOWER_SINGLE, TANH, TANH_SINGLE, UPPER, UPPER_SINGLE
from wengert.native.writing import in_lanes


class Kind:
    """The constants of one floating point type, or of vectors of it."""

    def __init__(self, letter: str, lanes: int | None) -> None:
        self.single = single = letter == "f"
        self.lanes = lanes
        self.type = in_lanes(ir.FloatType() if single else ir.DoubleType(), lanes)
        self.bits = in_lanes(ir.IntType(32 if single else 64), lanes)
        self.mantissa = 23 if single else 52
        self.bias = 127 if single else 1023
        self.dtype = np.dtype(letter)
        self.magic = 1.5 * 2.0**self.mantissa
        self.highest = 89.0 if single else 710.0
        self.lowest = -104.0 if single else -746.0
        self.tiny = float(np.finfo(self.dtype).tiny)
        self.log2_parts = (
            (0.693359375, -2.12194440e-4) if single else (6.93147180369123816490e-01, 1.90821492927058770002e-10)
        )
        self.upper = (2.5, UPPER_SINGLE) if single else (3.5, UPPER)
        self.lower = LOWER_SINGLE if single else LOWER
        self.exp = EXP_SINGLE if single else EXP
        self.tanh = TANH_SINGLE if single else TANH
        self.half_root = int(np.array(0.70710678118654752440, self.dtype).view(np.int32 if single else np.int64))
        self.series = (
            (0.66666662693, 0.40000972152, 0.28498786688, 0.24279078841)
            if single
            else (
                6.666666666666735130e-01, 3.999999999940941908e-01, 2.857142874366239149e-01, 2.222219843214978396e-01,
                1.818357216161805012e-01, 1.531383769920937332e-01, 1.479819860511658591e-01,
            )
        )  # fmt: skip

        self._known: dict[Any, Any] = {}

    def number(self, value: float) -> Any:
        """A number of this type, whose text is made once."""
        key = float(value).hex()  # zeros have signs
        if key not in self._known:
            self._known[key] = ir.Constant(self.type, float(self.dtype.type(value)))
        return self._known[key]

    def whole(self, value: int) -> Any:
        """A whole number of as many bits."""
        if value not in self._known:
            self._known[value] = ir.Constant(self.bits, value)
        return self._known[value]


kind_of = cache(Kind)

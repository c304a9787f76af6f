"""Elementary functions as straight lines of arithmetic, so that loops over them use vector lanes.

    exp   2^n times a polynomial of what is left (Cody and Waite 1980)
    log   n log 2 plus a series in s = f / (2 + f), as in fdlibm (Sun Microsystems 1993)
    expm1, log1p, tanh   from those, without cancellation; tanh near zero is x + x^3 p(x^2)
    erfc  exp(-x^2) p(t) / (x + K) with t = (x - K) / (x + K) (after Shepherd and Laframboise 1981), x p(x^2) near zero;
          erf and ndtr from these

No branches: special values are chosen at the end. Within 2 units in the last place, erfc and ndtr within 6.

Knows LLVM's arithmetic. Must not know loops.
"""

from __future__ import annotations

from math import factorial
from typing import Any

import numpy as np
from llvmlite import ir

UPPER = (
    1.08705558926226, -0.9377997245671122, 0.6941136466346424, -0.43525602671686087, 0.22573862164752437,
    -0.0923187066396039, 0.02651861987919465, -0.003177050322674302, -0.0013053546644060292,
    0.0007145314924362251, -4.206234037170607e-05, -7.477597536769883e-05, 1.864787939732708e-05,
    7.2401442253943186e-06, -3.393710687264369e-06, -7.8723494576172e-07, 5.530329104219249e-07,
    1.033982116640224e-07, -8.55863704861145e-08, -1.1846006657930113e-08, 9.777366193770732e-09,
)  # fmt: skip
"""(x + 3.5) exp(x^2) erfc(x) for x from 0.5 to 27.5 as a polynomial of (x - 3.5) / (x + 3.5): interpolated where
Chebyshev's polynomial is zero, worked out with 40 digits."""

UPPER_SINGLE = (
    1.0540318183995543, -0.8046519061713832, 0.45391438619555763, -0.1712494146074088, 0.028356007236736896,
    0.00837851308268579, -0.0047803654252873235, -0.0003921679309003558, 0.0005946675700462038,
)  # fmt: skip
"""The same with 2.5 in place of 3.5, for x up to 10.2, for float32."""

LOWER = (
    0.12837916709551256, -0.37612638903183754, 0.1128379167095512, -0.02686617064512984, 0.0052239776254232985,
    -0.000854832702193483, 0.00012055332902888736, -1.4925647567519332e-05, 1.6462045441468418e-06,
    -1.6364642158167616e-07, 1.4792401209404813e-08, -1.216456005728345e-09, 8.709045129053106e-11,
    -4.230945824295338e-12,
)  # fmt: skip
"""erf(x) / x - 1 for x below 1 as a polynomial of x^2, made in the same way."""

LOWER_SINGLE = (
    0.1283791670615435, -0.3761263846802871, 0.11283782495236845, -0.026865430727670243, 0.005221031807858023,
    -0.0008484080405535107, 0.00011265959025606609, -9.667044571486996e-06,
)  # fmt: skip
"""The same for float32."""

TANH = (
    -0.3333333333333333, 0.13333333333333205, -0.05396825396808531, 0.021869488527368107, -0.008863235292803289,
    0.0035921242500086925, -0.0014557958855734635, 0.0005897680994688268, -0.00023795201383924994,
    9.332432233847448e-05, -3.2086614037935994e-05, 6.934046420988954e-06,
)  # fmt: skip
"""(tanh(x) - x) / x^3 for x below 0.6 as a polynomial of x^2, made in the same way."""

TANH_SINGLE = (
    -0.33333333231207923, 0.133333128668618, -0.05396155178134269, 0.02178832199710852, -0.008410070801530736,
    0.002370765640497788,
)  # fmt: skip
"""The same for float32."""


class Kind:
    """The constants of one floating point type."""

    def __init__(self, letter: str) -> None:
        single = letter == "f"
        self.type = ir.FloatType() if single else ir.DoubleType()
        self.bits = ir.IntType(32 if single else 64)
        self.mantissa = 23 if single else 52
        self.bias = 127 if single else 1023
        self.dtype = np.dtype(letter)
        self.magic = 1.5 * 2.0**self.mantissa
        self.degree = 7 if single else 13
        self.highest = 89.0 if single else 710.0
        self.lowest = -104.0 if single else -746.0
        self.tiny = float(np.finfo(self.dtype).tiny)
        self.log2_parts = (
            (0.693359375, -2.12194440e-4) if single else (6.93147180369123816490e-01, 1.90821492927058770002e-10)
        )
        self.upper = (2.5, UPPER_SINGLE) if single else (3.5, UPPER)
        self.lower = LOWER_SINGLE if single else LOWER
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


KINDS = {letter: Kind(letter) for letter in "fd"}


class Elementary:
    """The functions, written by a builder for one type."""

    def __init__(self, builder: Any, module: Any, letter: str) -> None:
        self.b = builder
        self.module = module
        self.kind = KINDS[letter]

    def number(self, value: float) -> Any:
        return ir.Constant(self.kind.type, float(self.kind.dtype.type(value)))

    def whole(self, value: int) -> Any:
        return ir.Constant(self.kind.bits, value)

    def fma(self, x: Any, y: Any, z: Any) -> Any:
        """x * y + z, rounded once where the processor can."""
        return self.b.call(self._intrinsic("llvm.fmuladd", 3), [x, y, z])

    def _intrinsic(self, name: str, count: int) -> Any:
        """A function that LLVM knows, of some operands of this type."""
        kind = self.kind.type
        return self.module.declare_intrinsic(name, [kind], ir.FunctionType(kind, [kind] * count))

    def less(self, x: Any, y: Any) -> Any:
        return self.b.fcmp_ordered("<", x, y)

    def is_nan(self, x: Any) -> Any:
        return self.b.fcmp_unordered("uno", x, x)

    def absolute(self, x: Any) -> Any:
        return self.b.call(self._intrinsic("llvm.fabs", 1), [x])

    # ------------------------------------------------------------------------ exponentials

    def _reduced(self, x: Any, tail: Any = None) -> tuple[Any, Any]:
        """exp(r) - 1 for what is left of x less n log 2, and n as a whole number; a tail is added to x."""
        b, kind = self.b, self.kind
        x = b.select(self.less(self.number(kind.highest), x), self.number(kind.highest), x)
        x = b.select(self.less(x, self.number(kind.lowest)), self.number(kind.lowest), x)
        shifted = self.fma(x, self.number(1.4426950408889634), self.number(kind.magic))
        n = b.fsub(shifted, self.number(kind.magic))
        power = b.sub(b.bitcast(shifted, kind.bits), self.whole(self._bits(kind.magic)))
        high, low = kind.log2_parts
        r = self.fma(n, self.number(-high), x)
        r = self.fma(n, self.number(-low), r)
        r = r if tail is None else b.fadd(r, tail)
        p = self.number(1 / factorial(kind.degree))
        for k in range(kind.degree - 1, 1, -1):
            p = self.fma(p, r, self.number(1 / factorial(k)))
        return self.fma(p, b.fmul(r, r), r), power

    def _bits(self, value: float) -> int:
        return int(np.array(value, self.kind.dtype).view(f"i{self.kind.dtype.itemsize}"))

    def _power_of_two(self, n: Any) -> Any:
        b, kind = self.b, self.kind
        return b.bitcast(b.shl(b.add(n, self.whole(kind.bias)), self.whole(kind.mantissa)), kind.type)

    def exp(self, x: Any, tail: Any = None, factor: Any = None) -> Any:
        """The exponential of x + tail, times a factor, where the tail is small and the factor neither huge nor tiny."""
        b = self.b
        gone = self.less(x, self.number(self.kind.lowest))  # not computed: numbers below the normal ones are slow
        x = b.select(gone, self.number(0), x)
        p, n = self._reduced(x, tail)
        half = b.ashr(n, self.whole(1))  # in two steps, since 2^n may not fit though the result does
        first, second = self._power_of_two(half), self._power_of_two(b.sub(n, half))
        sized = b.fadd(p, self.number(1)) if factor is None else self.fma(p, factor, factor)
        found = b.fmul(b.fmul(sized, first), second)
        return b.select(gone, self.number(0), found)

    def expm1(self, x: Any) -> Any:
        b = self.b
        p, n = self._reduced(x)
        most = self.whole(64)
        low = b.select(b.icmp_signed(">", n, most), most, n)
        least = self.whole(-64)
        scale = self._power_of_two(b.select(b.icmp_signed("<", low, least), least, low))
        near = self.fma(scale, p, b.fsub(scale, self.number(1)))
        found = b.select(self.less(self.number(40), x), self.exp(x), near)
        return b.select(b.fcmp_ordered("==", x, self.number(0)), x, found)

    def tanh(self, x: Any) -> Any:
        b = self.b
        size, most = self.absolute(x), self.number(20)  # beyond which it is 1
        square = b.fmul(size, size)
        near = self.fma(b.fmul(size, square), self.polynomial(square, self.kind.tanh), size)
        p, n = self._reduced(b.fmul(b.select(self.less(most, size), most, size), self.number(-2)))
        small = b.fmul(b.fadd(p, self.number(1)), self._power_of_two(n))
        ratio = b.fdiv(b.fadd(small, small), b.fadd(small, self.number(1)))
        value = b.select(self.less(size, self.number(0.6)), near, b.fsub(self.number(1), ratio))
        return b.call(self._intrinsic("llvm.copysign", 2), [value, x])

    # ------------------------------------------------------------------------ logarithms

    def log(self, x: Any) -> Any:
        b, kind = self.b, self.kind
        small = self.less(x, self.number(kind.tiny))
        lift = float(2**kind.mantissa)
        scaled = b.select(small, b.fmul(x, self.number(lift * 4)), x)
        bits = b.bitcast(scaled, kind.bits)
        exponent = b.ashr(b.sub(bits, self.whole(kind.half_root)), self.whole(kind.mantissa))
        m = b.bitcast(b.sub(bits, b.shl(exponent, self.whole(kind.mantissa))), kind.type)
        exponent = b.sub(exponent, b.select(small, self.whole(kind.mantissa + 2), self.whole(0)))
        n = b.fsub(b.bitcast(b.add(exponent, self.whole(self._bits(kind.magic))), kind.type), self.number(kind.magic))
        f = b.fsub(m, self.number(1))
        s = b.fdiv(f, b.fadd(f, self.number(2)))
        z = b.fmul(s, s)
        series = self.number(kind.series[-1])
        for c in kind.series[-2::-1]:
            series = self.fma(series, z, self.number(c))
        series = b.fmul(series, z)
        half = b.fmul(b.fmul(f, f), self.number(0.5))
        high, low = kind.log2_parts
        inner = self.fma(s, b.fadd(half, series), b.fmul(n, self.number(low)))
        found = self.fma(n, self.number(high), b.fsub(f, b.fsub(half, inner)))
        infinity = self.number(float("inf"))
        found = b.select(b.fcmp_ordered("==", x, infinity), infinity, found)
        found = b.select(b.fcmp_ordered("==", x, self.number(0)), self.number(float("-inf")), found)
        wrong = b.or_(self.less(x, self.number(0)), self.is_nan(x))
        return b.select(wrong, self.number(float("nan")), found)

    def log1p(self, x: Any) -> Any:
        b = self.b
        one = self.number(1)
        u = b.fadd(x, one)
        rest = b.fdiv(b.fsub(x, b.fsub(u, one)), u)
        found = b.fadd(self.log(u), rest)
        ends = b.or_(b.fcmp_ordered("==", u, self.number(0)), b.fcmp_ordered("==", u, self.number(float("inf"))))
        found = b.select(ends, self.log(u), found)
        return b.select(b.fcmp_ordered("==", x, self.number(0)), x, found)

    # ------------------------------------------------------------------------ the error function

    def polynomial(self, x: Any, coefficients: tuple[float, ...]) -> Any:
        """The sum of c_k x^k."""
        found = self.number(coefficients[-1])
        for c in coefficients[-2::-1]:
            found = self.fma(found, x, self.number(c))
        return found

    def _upper(self, x: Any, root: float) -> Any:
        """erfc(root x) for root x of at least a half; root is 1 or the root of a half."""
        b = self.b
        x = b.select(self.less(self.number(40), x), self.number(40), x)
        square = b.fmul(x, x)
        lost = self.fma(x, x, b.fneg(square))  # what the rounding of the square lost counts in the exponential
        if root != 1:
            square, lost = (b.fmul(each, self.number(0.5)) for each in (square, lost))
            x = b.fmul(x, self.number(root))
        centre, coefficients = self.kind.upper
        q = b.fdiv(self.number(1), b.fadd(x, self.number(centre)))
        t = b.fmul(b.fsub(x, self.number(centre)), q)
        return self.exp(b.fneg(square), b.fneg(lost), b.fmul(self.polynomial(t, coefficients), q))

    def _lower(self, x: Any) -> Any:
        """erf(x) for |x| below 1."""
        return self.fma(x, self.polynomial(self.b.fmul(x, x), self.kind.lower), x)

    def _erfc(self, x: Any, root: float) -> Any:
        """erfc(root x)."""
        b = self.b
        small = x if root == 1 else b.fmul(x, self.number(root))
        upper = self._upper(self.absolute(x), root)
        far = b.select(self.less(x, self.number(0)), b.fsub(self.number(2), upper), upper)
        near = b.fsub(self.number(1), self._lower(small))
        return b.select(self.less(self.absolute(small), self.number(0.5)), near, far)

    def erfc(self, x: Any) -> Any:
        return self._erfc(x, 1.0)

    def ndtr(self, x: Any) -> Any:
        return self.b.fmul(self._erfc(self.b.fneg(x), ROOT_HALF), self.number(0.5))

    def erf(self, x: Any) -> Any:
        size = self.absolute(x)
        far = self.b.call(self._intrinsic("llvm.copysign", 2), [self.b.fsub(self.number(1), self._upper(size, 1.0)), x])
        return self.b.select(self.less(size, self.number(1)), self._lower(x), far)


ROOT_HALF = 0.5**0.5
"""Its square as rounded is not a half, but the half is what is meant."""

FUNCTIONS = ("erf", "erfc", "exp", "expm1", "log", "log1p", "ndtr", "tanh")
"""What is written out here; everything else calls the C library."""

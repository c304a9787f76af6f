"""Elementary functions as straight lines of arithmetic, so that loops over them use vector lanes.

    exp   2^n times a polynomial of what is left (Cody and Waite 1980)
    log   n log 2 plus a series in s = f / (2 + f), as in fdlibm (Sun Microsystems 1993)
    expm1, log1p, tanh   from those, without cancellation
    erfc  exp(-x^2) p(t) / (1 + 2x) with t = (x - K) / (x + K) (Shepherd and Laframboise 1981), and erf, ndtr from it

No branches: special values are chosen at the end. Within 2 units in the last place, erfc and ndtr within 4.

Knows LLVM's arithmetic. Must not know loops.
"""

from __future__ import annotations

from math import factorial
from typing import Any

import numpy as np
from llvmlite import ir


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

    def _reduced(self, x: Any) -> tuple[Any, Any]:
        """exp(r) - 1 for what is left of x less n log 2, and n as a whole number."""
        b, kind = self.b, self.kind
        x = b.select(self.less(self.number(kind.highest), x), self.number(kind.highest), x)
        x = b.select(self.less(x, self.number(kind.lowest)), self.number(kind.lowest), x)
        shifted = self.fma(x, self.number(1.4426950408889634), self.number(kind.magic))
        n = b.fsub(shifted, self.number(kind.magic))
        power = b.sub(b.bitcast(shifted, kind.bits), self.whole(self._bits(kind.magic)))
        high, low = kind.log2_parts
        r = self.fma(n, self.number(-high), x)
        r = self.fma(n, self.number(-low), r)
        p = self.number(1 / factorial(kind.degree))
        for k in range(kind.degree - 1, 1, -1):
            p = self.fma(p, r, self.number(1 / factorial(k)))
        return self.fma(p, b.fmul(r, r), r), power

    def _bits(self, value: float) -> int:
        return int(np.array(value, self.kind.dtype).view(f"i{self.kind.dtype.itemsize}"))

    def _power_of_two(self, n: Any) -> Any:
        b, kind = self.b, self.kind
        return b.bitcast(b.shl(b.add(n, self.whole(kind.bias)), self.whole(kind.mantissa)), kind.type)

    def exp(self, x: Any) -> Any:
        b = self.b
        gone = self.less(x, self.number(self.kind.lowest))  # not computed: numbers below the normal ones are slow
        x = b.select(gone, self.number(0), x)
        p, n = self._reduced(x)
        half = b.ashr(n, self.whole(1))  # in two steps, since 2^n may not fit though the result does
        first, second = self._power_of_two(half), self._power_of_two(b.sub(n, half))
        found = b.fmul(b.fmul(b.fadd(p, self.number(1)), first), second)
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
        t = self.expm1(b.fmul(self.absolute(x), self.number(-2)))
        value = b.fdiv(b.fneg(t), b.fadd(t, self.number(2)))
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

    def _upper(self, x: Any, centre: float, coefficients: tuple[float, ...], root: float = 1.0) -> Any:
        """erfc(root x) for what is not negative; root is 1 or the root of a half."""
        b = self.b
        x = b.select(self.less(self.number(40), x), self.number(40), x)
        square = b.fmul(x, x)
        lost = self.fma(x, x, b.fneg(square))  # what the rounding of the square lost counts in the exponential
        if root != 1:
            square, lost = (b.fmul(each, self.number(0.5)) for each in (square, lost))
            x = b.fmul(x, self.number(root))
        t = b.fdiv(b.fsub(x, self.number(centre)), b.fadd(x, self.number(centre)))
        scaled = b.fdiv(self.polynomial(t, coefficients), self.fma(x, self.number(2), self.number(1)))
        scaled = b.fsub(scaled, b.fmul(scaled, lost))
        return b.fmul(self.exp(b.fneg(square)), scaled)

    def _erfc(self, x: Any, root: float) -> Any:
        """erfc(root x). For float32 it is computed in double, where shorter polynomials are enough."""
        b, single = self.b, self.kind.mantissa < KINDS["d"].mantissa
        if single:
            x = b.fpext(x, KINDS["d"].type)
        wide = Elementary(b, self.module, "d")
        centre, coefficients = (2.5, UPPER_SINGLE) if single else (3.75, UPPER)
        upper = wide._upper(wide.absolute(x), centre, coefficients, root)
        found = b.select(wide.less(x, wide.number(0)), b.fsub(wide.number(2), upper), upper)
        return found if root == 1 else b.fmul(found, wide.number(0.5))

    def _narrowed(self, x: Any) -> Any:
        return x if x.type == self.kind.type else self.b.fptrunc(x, self.kind.type)

    def erfc(self, x: Any) -> Any:
        return self._narrowed(self._erfc(x, 1.0))

    def ndtr(self, x: Any) -> Any:
        return self._narrowed(self._erfc(self.b.fneg(x), ROOT_HALF))

    def erf(self, x: Any) -> Any:
        b, single = self.b, self.kind.mantissa < KINDS["d"].mantissa
        size = self.absolute(x)
        near = b.fmul(x, self.polynomial(b.fmul(x, x), LOWER_SINGLE if single else LOWER))
        upper = self._upper(size, 2.5, UPPER_SINGLE) if single else self._upper(size, 3.75, UPPER)
        far = b.call(self._intrinsic("llvm.copysign", 2), [b.fsub(self.number(1), upper), x])
        return b.select(self.less(size, self.number(1)), near, far)


ROOT_HALF = 0.5**0.5
"""Its square as rounded is not a half, but the half is what is meant."""

UPPER = (
    1.2375126308378275, -0.14024059858554702, 0.0035854154854644583, 0.08227673849015109, -0.10880393014175023,
    0.09230432116019638, -0.05869339858961116, 0.02836227742154398, -0.009746579558275152, 0.0017556258321915355,
    0.0002937136669846131, -0.0002901539781378384, 5.164909388582171e-05, 2.2383908276600387e-05,
    -1.1444134389658485e-05, -9.728413451815219e-07, 1.7516189406943847e-06, -5.8275018627663626e-08,
    -2.586489910718504e-07, 2.4301839484478156e-08, 3.8662420662850166e-08, -4.396921916746114e-09,
    -5.1690806448206374e-09, 5.485084520019053e-10, 4.2433038251175493e-10, -3.7980647234819056e-11,
)  # fmt: skip
"""(1 + 2x) exp(x^2) erfc(x) for x >= 0 as a polynomial of (x - 3.75) / (x + 3.75): interpolated where Chebyshev's
polynomial of degree 26 is zero, worked out with 60 digits."""

UPPER_SINGLE = (
    1.2648381843398098, -0.12235676338375627, -0.09902453697594873, 0.1576299486109136, -0.10296709319434112,
    0.03276041533360227, 0.0009320609314994341, -0.0043791561369334, 0.0004916840474122973, 0.0006234963359350346,
    -8.911410602862742e-05, -0.00010010955898357025, 8.39856581698997e-06, 1.1752599254696015e-05,
)  # fmt: skip
"""The same, of (x - 2.5) / (x + 2.5), for float32."""

LOWER = (
    1.1283791670955126, -0.37612638903183754, 0.1128379167095512, -0.02686617064512984, 0.0052239776254232985,
    -0.000854832702193483, 0.00012055332902888736, -1.4925647567519332e-05, 1.6462045441468418e-06,
    -1.6364642158167616e-07, 1.4792401209404813e-08, -1.216456005728345e-09, 8.709045129053106e-11,
    -4.230945824295338e-12,
)  # fmt: skip
"""erf(x) / x for x below 1 as a polynomial of x^2, made in the same way."""

LOWER_SINGLE = (
    1.1283791670615435, -0.3761263846802871, 0.11283782495236845, -0.026865430727670243, 0.005221031807858023,
    -0.0008484080405535107, 0.00011265959025606609, -9.667044571486996e-06,
)  # fmt: skip
"""The same for float32."""

FUNCTIONS = ("erf", "erfc", "exp", "expm1", "log", "log1p", "ndtr", "tanh")
"""What is written out here; everything else calls the C library."""

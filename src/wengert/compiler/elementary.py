"""Elementary functions as straight lines of arithmetic, so that loops over them use vector lanes.

    exp   2^n times a polynomial of what is left (Cody and Waite 1980)
    log   n log 2 plus a series in s = f / (2 + f), as in fdlibm (Sun Microsystems 1993)
    expm1, log1p, tanh   from those, without cancellation; tanh near zero is x + x^3 p(x^2)
    sin, cos   a polynomial of what is left of x less n pi/2, where pi/2 has 161 bits (Cody and Waite 1980)
    pow   exp(y log x), the logarithm in two numbers, which have twice the digits of one
    erfc  exp(-x^2) p(t) / (x + K) with t = (x - K) / (x + K) (after Shepherd and Laframboise 1981), x p(x^2) near zero;
          erf and ndtr from these

No branches: special values are chosen at the end. Within 2 units in the last place, erfc and ndtr within 6; sin and cos
up to FARTHEST, beyond which somebody else has to do it.

Knows LLVM's arithmetic. Must not know loops.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir

from wengert.compiler.coefficients import COSINE, COSINE_SINGLE, LOG_TAIL, QUARTER_TURN, SINE, SINE_SINGLE
from wengert.compiler.kinds import kind_of
from wengert.native.writing import SMALL, intrinsic, word_of

FARTHEST = 1e14
"""How far from zero what is left after whole quarter turns is known to all digits."""


NEAREST = 0.785
"""Below this there are no quarter turns."""


class Elementary:
    """The functions, written by a builder for one type, or for vectors of it.

    Args:
        builder, module: of llvmlite.
        letter: which type, as NumPy's.
        lanes: how many numbers a vector has; None for one.
        tables: where the function keeps the addresses of tables, which others add to as well.
    """

    def __init__(
        self, builder: Any, module: Any, letter: str, lanes: int | None = None, tables: dict[str, Any] | None = None
    ) -> None:
        self.b = builder
        self.module = module
        self._tables = {} if tables is None else tables
        self.kind = kind_of(letter, lanes)
        self.number, self.whole = self.kind.number, self.kind.whole

    def _read(self, coefficients: tuple[float, ...]) -> list[Any]:
        """The numbers of a polynomial. Those of vectors stand in memory, from where instructions take them: LLVM would
        spread each over the lanes again in every turn of a loop that has more of them than there are registers.
        """
        numbers = [self.kind.number(c) for c in coefficients]
        if self.kind.lanes is None:
            return numbers
        name = f"{word_of(self.kind.type)}_{len(coefficients)}_{coefficients[0].hex()}"
        if name not in self._tables:
            self._tables[name] = self._kept(self._table(name, numbers))
        table, first = self.b.load(self._tables[name]), ir.Constant(SMALL, 0)
        return [self.b.load(self.b.gep(table, [first, ir.Constant(SMALL, i)])) for i in range(len(numbers))]

    def _table(self, name: str, numbers: list[Any]) -> Any:
        """The numbers in the memory of the module, once for all who read them."""
        table = self.module.globals.get(name)
        if table is None:
            table = ir.GlobalVariable(self.module, ir.ArrayType(self.kind.type, len(numbers)), name)
            table.initializer, table.linkage = ir.Constant(table.value_type, numbers), "internal"
        return table

    def _kept(self, table: Any) -> Any:
        """Where the function keeps the address of a table: one that is read is no constant, which LLVM would write into
        each instruction that needs it.
        """
        with self.b.goto_entry_block():
            place = self.b.alloca(table.type)
            self.b.store(table, place)
        return place

    def fma(self, x: Any, y: Any, z: Any) -> Any:
        """x * y + z, rounded once where the processor can."""
        return self.b.call(self._intrinsic("fmuladd", 3), [x, y, z])

    def exact(self, x: Any, y: Any, z: Any) -> Any:
        """x * y + z, rounded once."""
        return self.b.call(self._intrinsic("fma", 3), [x, y, z])

    def _intrinsic(self, name: str, count: int) -> Any:
        """A function that LLVM knows, of some operands of this type."""
        return intrinsic(self.module, name, self.kind.type, count)

    def less(self, x: Any, y: Any) -> Any:
        return self.b.fcmp_ordered("<", x, y)

    def is_nan(self, x: Any) -> Any:
        return self.b.fcmp_unordered("uno", x, x)

    def absolute(self, x: Any) -> Any:
        return self.b.call(self._intrinsic("fabs", 1), [x])

    def _two_product(self, x: Any, y: Any) -> tuple[Any, Any]:
        """x * y as a number and what its rounding lost."""
        product = self.b.fmul(x, y)
        return product, self.exact(x, y, self.b.fneg(product))

    def _two_sum(self, x: Any, y: Any) -> tuple[Any, Any]:
        """x + y as a number and what its rounding lost."""
        b = self.b
        total = b.fadd(x, y)
        other = b.fsub(total, x)
        return total, b.fadd(b.fsub(x, b.fsub(total, other)), b.fsub(y, other))

    # ------------------------------------------------------------------------ exponentials

    def _at_most(self, x: Any, most: float) -> Any:
        """The smaller of the two; NaN where x is."""
        return self.b.select(self.less(self.number(most), x), self.number(most), x)

    def _reduced(self, x: Any, tail: Any = None) -> tuple[Any, Any]:
        """exp(r) - 1 for what is left of x less n log 2, and n as a whole number; a tail is added to x."""
        b, kind = self.b, self.kind
        shifted = self.fma(x, self.number(1.4426950408889634), self.number(kind.magic))
        n = b.fsub(shifted, self.number(kind.magic))
        power = b.sub(b.bitcast(shifted, kind.bits), self.whole(self._bits(kind.magic)))
        high, low = kind.log2_parts
        r = self.fma(n, self.number(-high), x)
        r = self.fma(n, self.number(-low), r)
        r = r if tail is None else b.fadd(r, tail)
        return self.fma(self.polynomial(r, kind.exp), b.fmul(r, r), r), power

    def _bits(self, value: float) -> int:
        return int(np.array(value, self.kind.dtype).view(f"i{self.kind.dtype.itemsize}"))

    def _power_of_two(self, n: Any, bias: Any = None) -> Any:
        """2^n; with another bias than the type's, times two to the power of the difference."""
        b, kind = self.b, self.kind
        lifted = b.add(n, self.whole(kind.bias) if bias is None else bias)
        return b.bitcast(b.shl(lifted, self.whole(kind.mantissa)), kind.type)

    def exp(self, x: Any, tail: Any = None, factor: Any = None) -> Any:
        """The exponential of x + tail, times a factor, where the tail is small and the factor neither huge nor tiny."""
        b = self.b
        gone = self.less(x, self.number(self.kind.lowest))  # not computed: numbers below the normal ones are slow
        x = b.select(gone, self.number(0), x)
        p, n = self._reduced(self._at_most(x, self.kind.highest), tail)
        first, second = self._two_powers_of_two(n, x)
        sized = b.fadd(p, self.number(1)) if factor is None else self.fma(p, factor, factor)
        found = b.fmul(b.fmul(sized, first), second)
        return b.select(gone, self.number(0), found)

    def _two_powers_of_two(self, n: Any, x: Any) -> tuple[Any, Any]:
        """Two normal numbers whose product is 2^n, which itself may be too large or too small; n has the sign of x."""
        b, kind = self.b, self.kind
        step = kind.mantissa + 2
        below = b.icmp_signed("<", b.bitcast(x, kind.bits), self.whole(0))
        second = b.select(below, self.number(2.0**-step), self.number(2.0**step))
        bias = b.select(below, self.whole(kind.bias + step), self.whole(kind.bias - step))
        return self._power_of_two(n, bias), second

    def expm1(self, x: Any) -> Any:
        b, lowest = self.b, self.number(self.kind.lowest)
        p, n = self._reduced(self._at_most(b.select(self.less(x, lowest), lowest, x), self.kind.highest))
        most = self.whole(64)
        low = b.select(b.icmp_signed(">", n, most), most, n)
        least = self.whole(-64)
        scale = self._power_of_two(b.select(b.icmp_signed("<", low, least), least, low))
        near = self.fma(scale, p, b.fsub(scale, self.number(1)))
        found = b.select(self.less(self.number(40), x), self.exp(x), near)
        return self._but_for_zero(x, found)

    def tanh(self, x: Any) -> Any:
        b = self.b
        size = self.absolute(x)
        square = b.fmul(size, size)
        near = self.fma(b.fmul(size, square), self.polynomial(square, self.kind.tanh), size)
        p, n = self._reduced(b.fmul(self._at_most(size, 20), self.number(-2)))  # beyond which it is 1
        small = b.fmul(b.fadd(p, self.number(1)), self._power_of_two(n))
        ratio = b.fdiv(b.fadd(small, small), b.fadd(small, self.number(1)))
        value = b.select(self.less(size, self.number(0.6)), near, b.fsub(self.number(1), ratio))
        return b.call(self._intrinsic("copysign", 2), [value, x])

    # ------------------------------------------------------------------------ logarithms

    def _split(self, x: Any) -> tuple[Any, Any]:
        """n and f of x = 2^n (1 + f), where 1 + f is between the root of a half and that of 2."""
        b, kind = self.b, self.kind
        small = self.less(x, self.number(kind.tiny))
        lift = float(2**kind.mantissa)
        scaled = b.select(small, b.fmul(x, self.number(lift * 4)), x)
        bits = b.bitcast(scaled, kind.bits)
        exponent = b.ashr(b.sub(bits, self.whole(kind.half_root)), self.whole(kind.mantissa))
        m = b.bitcast(b.sub(bits, b.shl(exponent, self.whole(kind.mantissa))), kind.type)
        exponent = b.sub(exponent, b.select(small, self.whole(kind.mantissa + 2), self.whole(0)))
        n = b.fsub(b.bitcast(b.add(exponent, self.whole(self._bits(kind.magic))), kind.type), self.number(kind.magic))
        return n, b.fsub(m, self.number(1))

    def log(self, x: Any) -> Any:
        b, kind = self.b, self.kind
        n, f = self._split(x)
        s = b.fdiv(f, b.fadd(f, self.number(2)))
        z = b.fmul(s, s)
        series = b.fmul(self.polynomial(z, kind.series), z)
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
        log = self.log(u)
        ends = b.or_(b.fcmp_ordered("==", u, self.number(0)), b.fcmp_ordered("==", u, self.number(float("inf"))))
        return self._but_for_zero(x, b.select(ends, log, b.fadd(log, rest)))

    def _long_log(self, x: Any) -> tuple[Any, Any]:
        """log x as a sum of two numbers, for positive x."""
        b = self.b
        n, f = self._split(x)
        below = b.fadd(f, self.number(2))
        rest = b.fsub(f, b.fsub(below, self.number(2)))  # what f + 2 lost
        inverse = b.fdiv(self.number(1), below)
        s = b.fmul(f, inverse)
        s_low = b.fmul(self.exact(s, b.fneg(rest), self.exact(b.fneg(s), below, f)), inverse)
        z, z_low = self._two_product(s, s)
        z_low = self.fma(b.fadd(s, s), s_low, z_low)
        # log(1 + f) = 2 s + s z (2/3 + z (2/5 + ...))
        third, third_low = (self.number(each) for each in (2 / 3, 3.700743415417188e-17))
        w, lost = self._two_sum(third, b.fmul(z, self.in_pairs(z, LOG_TAIL)))
        w_low = b.fadd(lost, third_low)
        u, u_low = self._two_product(w, z)
        u_low = self.fma(w, z_low, self.fma(w_low, z, u_low))
        c, c_low = self._two_sum(self.number(2), u)
        c_low = b.fadd(c_low, u_low)
        high, low = self._two_product(s, c)
        low = self.fma(s, c_low, self.fma(s_low, c, low))
        first, second = self.kind.log2_parts
        total, lost = self._two_sum(b.fmul(n, self.number(first)), high)
        return self._two_sum(total, b.fadd(lost, self.fma(n, self.number(second), low)))

    def pow(self, x: Any, y: Any) -> Any:
        b = self.b
        if not self.kind.single:
            return self._signed_power(self._power(self.absolute(x), y), x, y)
        wide = Elementary(self.b, self.module, "d", self.kind.lanes, self._tables)
        x, y = (b.fpext(each, wide.kind.type) for each in (x, y))
        found = wide.exp(b.fmul(y, wide.log(wide.absolute(x))))
        return b.fptrunc(wide._signed_power(found, x, y), self.kind.type)

    def _power(self, x: Any, y: Any) -> Any:
        """x to the power of y for positive x."""
        b, zero, infinity = self.b, self.number(0), self.number(float("inf"))
        log, log_low = self._long_log(x)
        log = b.select(b.fcmp_ordered("==", x, zero), b.fneg(infinity), log)
        log = b.select(b.fcmp_ordered("==", x, infinity), infinity, log)
        product, rest = self._two_product(log, y)
        rest = self.fma(log_low, y, rest)
        ordinary = self.less(self.absolute(product), self.number(800))
        return self.exp(product, b.select(ordinary, rest, zero))

    def _signed_power(self, found: Any, x: Any, y: Any) -> Any:
        """x to the power of y, given that of the size of x."""
        b = self.b
        zero, one, infinity = (self.number(each) for each in (0, 1, float("inf")))
        size = self.absolute(x)
        half = b.fmul(y, self.number(0.5))
        whole = b.fcmp_ordered("==", self._floor(y), y)
        odd = b.and_(whole, b.fcmp_unordered("!=", self._floor(half), half))
        negative = b.icmp_signed("<", b.bitcast(x, self.kind.bits), self.whole(0))
        found = b.select(b.and_(negative, odd), b.fneg(found), found)
        finite = b.and_(self.less(x, zero), self.less(size, infinity))
        wrong = b.and_(finite, b.not_(b.or_(whole, b.fcmp_ordered("==", self.absolute(y), infinity))))
        wrong = b.or_(wrong, b.or_(self.is_nan(x), self.is_nan(y)))
        found = b.select(wrong, self.number(float("nan")), found)
        # (-1)^inf is 1 as well
        flat = b.and_(b.fcmp_ordered("==", size, one), b.fcmp_ordered("==", self.absolute(y), infinity))
        certain = b.or_(b.or_(b.fcmp_ordered("==", y, zero), b.fcmp_ordered("==", x, one)), flat)
        return b.select(certain, one, found)

    def _floor(self, x: Any) -> Any:
        return self.b.call(self._intrinsic("floor", 1), [x])

    # ------------------------------------------------------------------------ circular functions

    def sin(self, x: Any) -> Any:
        return self._but_for_zero(x, self._circular(x, 0))

    def cos(self, x: Any) -> Any:
        return self._circular(x, 1)

    def sin_near(self, x: Any) -> Any:
        """The sine of x below NEAREST."""
        if self.kind.single:
            wide = Elementary(self.b, self.module, "d", self.kind.lanes, self._tables)
            found = self.b.fptrunc(wide._sine(self.b.fpext(x, wide.kind.type), SINE_SINGLE), self.kind.type)
        else:
            found = self._sine(x, SINE)
        return self._but_for_zero(x, found)

    def _but_for_zero(self, x: Any, found: Any) -> Any:
        """What was found, or x where it is a zero, with its sign."""
        return self.b.select(self.b.fcmp_ordered("==", x, self.number(0)), x, found)

    def cos_near(self, x: Any) -> Any:
        """The cosine of x below NEAREST."""
        b = self.b
        if self.kind.single:
            wide = Elementary(self.b, self.module, "d", self.kind.lanes, self._tables)
            wider = b.fpext(x, wide.kind.type)
            return b.fptrunc(wide._cosine(b.fmul(wider, wider)), self.kind.type)
        return self._long_cosine(b.fmul(x, x))

    def _sine(self, r: Any, coefficients: tuple[float, ...], low: Any = None) -> Any:
        """The sine of r + low."""
        z = self.b.fmul(r, r)
        if low is None:
            return self.fma(self.b.fmul(r, z), self.in_pairs(z, coefficients), r)
        upper = self.fma(self.b.fmul(z, self.number(-0.5)), low, low)
        return self.b.fadd(r, self.fma(self.b.fmul(r, z), self.in_pairs(z, coefficients), upper))

    def _cosine(self, z: Any) -> Any:
        """The cosine of the root of z, to the digits of float32."""
        bend = self.fma(z, self.in_pairs(z, COSINE_SINGLE), self.number(-0.499999997251031003120))
        return self.fma(z, bend, self.number(1))

    def _long_cosine(self, z: Any, less: Any = None) -> Any:
        """The cosine of the root of z, less something small."""
        b = self.b
        half = b.fmul(z, self.number(0.5))
        start = b.fsub(self.number(1), half)
        lost = b.fsub(b.fsub(self.number(1), start), half)
        rest = b.fmul(b.fmul(z, z), self.in_pairs(z, COSINE))
        return b.fadd(start, b.fadd(lost, rest if less is None else b.fsub(rest, less)))

    def _circular(self, x: Any, quarter: int) -> Any:
        """The sine of x and so many quarter turns."""
        b = self.b
        if self.kind.single:
            wide = Elementary(self.b, self.module, "d", self.kind.lanes, self._tables)
            r, turns = wide._quarter_turns(b.fpext(x, wide.kind.type))
            sine, cosine = wide._sine(r, SINE_SINGLE), wide._cosine(b.fmul(r, r))
            return b.fptrunc(wide._turned(sine, cosine, turns, quarter), self.kind.type)
        r, low, turns = self._quarter_turns(x, low=True)
        sine, cosine = self._sine(r, SINE, low), self._long_cosine(b.fmul(r, r), b.fmul(r, low))
        return self._turned(sine, cosine, turns, quarter)

    def _quarter_turns(self, x: Any, *, low: bool = False) -> Any:
        """What is left of x less n pi/2, and n in the lowest bits of a number; with `low` also what is lost of it."""
        b, kind = self.b, self.kind
        shifted = self.fma(x, self.number(0.6366197723675814), self.number(kind.magic))
        n = b.fneg(b.fsub(shifted, self.number(kind.magic)))
        turns = b.bitcast(shifted, kind.bits)
        first, second, third = (self.number(each) for each in QUARTER_TURN)
        left = self.exact(n, first, x)  # nothing is lost here
        if not low:
            return self.exact(n, second, left), turns
        step, step_low = self._two_product(n, second)
        r, r_low = self._two_sum(left, step)
        return r, self.exact(n, third, b.fadd(r_low, step_low)), turns

    def _turned(self, sine: Any, cosine: Any, turns: Any, quarter: int) -> Any:
        b = self.b
        turns = b.add(turns, self.whole(quarter))
        odd = b.icmp_signed("!=", b.and_(turns, self.whole(1)), self.whole(0))
        found = b.select(odd, cosine, sine)
        back = b.icmp_signed("!=", b.and_(turns, self.whole(2)), self.whole(0))
        return b.select(back, b.fneg(found), found)

    # ------------------------------------------------------------------------ the error function

    def polynomial(self, x: Any, coefficients: tuple[float, ...]) -> Any:
        """The sum of c_k x^k."""
        found, *others = reversed(self._read(coefficients))
        for c in others:
            found = self.fma(found, x, c)
        return found

    def in_pairs(self, x: Any, coefficients: tuple[float, ...]) -> Any:
        """The sum of c_k x^k for small x; pairs of terms need not wait for one another (Estrin 1960)."""
        terms = self._read(coefficients)
        while len(terms) > 1:
            pairs = zip(terms[::2], terms[1::2], strict=False)
            odd = terms[-1:] if len(terms) % 2 else []
            terms = [*(self.fma(second, x, first) for first, second in pairs), *odd]
            x = self.b.fmul(x, x) if len(terms) > 1 else x
        return terms[0]

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
        far = self.b.call(self._intrinsic("copysign", 2), [self.b.fsub(self.number(1), self._upper(size, 1.0)), x])
        return self.b.select(self.less(size, self.number(1)), self._lower(x), far)


ROOT_HALF = 0.5**0.5
"""Its square as rounded is not a half, but the half is what is meant."""

FUNCTIONS = ("erf", "erfc", "exp", "expm1", "log", "log1p", "ndtr", "tanh")
"""What is written out here; everything else calls the C library."""

FUSING = ("cos", "pow", "sin")
"""What is written out where the processor multiplies and adds with one rounding."""

NEAR = ("cos", "sin")
"""What is written out for operands up to FARTHEST."""

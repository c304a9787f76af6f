"""Scalar values of compiled code: an array namespace whose "arrays" are LLVM values.

A pointwise kernel is written over a namespace `xp`. Given NumPy it computes arrays; given a
`Scalars` it writes the instructions that compute one element, or as many as a vector has lanes.
So a row's kernel is also its lowering. Knows NumPy's names and LLVM's instructions.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from llvmlite import ir

from wengert.compiler.elementary import FARTHEST, FUNCTIONS, FUSING, NEAR, NEAREST, Elementary
from wengert.compiler.loops import REDUCTIONS
from wengert.errors import UnsupportedError
from wengert.graph.ir import Literal
from wengert.native.machine import machine
from wengert.native.writing import TRUTH, chosen, in_lanes, intrinsic, lane_by_lane, own_function, spread, word_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from wengert.graph.ir import Equation

TYPES: dict[str, Any] = {
    "f": ir.FloatType(), "d": ir.DoubleType(), "?": ir.IntType(1), "b": ir.IntType(8),
    "B": ir.IntType(8), "h": ir.IntType(16), "i": ir.IntType(32), "l": ir.IntType(64),
    "q": ir.IntType(64),
}  # fmt: skip
MATH = {
    **{name: name for name in ("exp", "expm1", "log", "log1p", "sin", "cos", "tan", "sinh", "cosh", "tanh")},
    **{name: name for name in ("erf", "erfc", "exp2", "log2", "log10", "ndtr")},
    **{f"arc{name}": f"a{name}" for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
}
"""NumPy's functions of one operand, and what the C mathematics library calls them."""

BIG_POWER = 4

MOST_WRITTEN = 8
"""How often one elementary function is written out in a row of instructions; from then on it is called. LLVM takes
milliseconds for each that is written out, and the time of a call is lost in what such a row takes."""


def llvm_type(dtype: np.dtype[Any]) -> Any:
    """The LLVM type of one element."""
    found = TYPES.get(dtype.char)
    if found is None:
        raise UnsupportedError(f"compiled code has no {dtype} yet")
    return found


class Scalar:
    """One element, or a vector of them: an LLVM value, its dtype, and Python's operators."""

    __slots__ = ("dtype", "scalars", "value")

    def __init__(self, scalars: Scalars, value: Any, dtype: np.dtype[Any]) -> None:
        self.scalars = scalars
        self.value = value
        self.dtype = dtype

    def __add__(self, other: Any) -> Scalar:
        return self.scalars.add(self, other)

    def __radd__(self, other: Any) -> Scalar:
        return self.scalars.add(other, self)

    def __sub__(self, other: Any) -> Scalar:
        return self.scalars.subtract(self, other)

    def __rsub__(self, other: Any) -> Scalar:
        return self.scalars.subtract(other, self)

    def __mul__(self, other: Any) -> Scalar:
        return self.scalars.multiply(self, other)

    def __rmul__(self, other: Any) -> Scalar:
        return self.scalars.multiply(other, self)

    def __truediv__(self, other: Any) -> Scalar:
        return self.scalars.divide(self, other)

    def __rtruediv__(self, other: Any) -> Scalar:
        return self.scalars.divide(other, self)

    def __neg__(self) -> Scalar:
        return self.scalars.negative(self)

    def __pow__(self, other: Any) -> Scalar:
        return self.scalars.power(self, other)

    def __rpow__(self, other: Any) -> Scalar:
        return self.scalars.power(other, self)


class Scalars:
    """The vocabulary of pointwise kernels, as instructions written by `builder`.

    Args:
        builder, module: of llvmlite.
        lanes: how many elements a vector has; None for one element at a time.
    """

    def __init__(self, builder: Any, module: Any, lanes: int | None = None) -> None:
        self.builder = builder
        self.module = module
        self.lanes = lanes
        self._tables: dict[str, Any] = {}
        self._uses: Counter[tuple[str, str]] = Counter()

    # -------------------------------------------------------------- numbers and types

    def type_of(self, dtype: np.dtype[Any]) -> Any:
        """The LLVM type of a value."""
        return in_lanes(llvm_type(dtype), self.lanes)

    def constant(self, number: Any, dtype: np.dtype[Any]) -> Scalar:
        """A number in a dtype."""
        value = np.asarray(number).astype(dtype).item()
        return Scalar(self, ir.Constant(self.type_of(dtype), value), dtype)

    def spread(self, x: Scalar) -> Scalar:
        """One element in all lanes."""
        if x.scalars.lanes == self.lanes:
            return x
        assert self.lanes is not None  # noqa: S101  vectors do not become one element
        return Scalar(self, spread(self.builder, x.value, self.lanes), x.dtype)

    def pair(self, x: Any, y: Any) -> tuple[Scalar, Scalar]:
        """Two operands in one dtype; a number takes the other's."""
        if not isinstance(x, Scalar):
            x = self.constant(x, y.dtype)
        elif not isinstance(y, Scalar):
            y = self.constant(y, x.dtype)
        return x, y

    def cast(self, x: Scalar, dtype: np.dtype[Any]) -> Scalar:
        """The value in another dtype, as NumPy's astype."""
        have, want, b = x.dtype, dtype, self.builder
        target = self.type_of(want)
        if have == want:
            return x
        if want.kind == "b":
            return self.not_equal(x, 0)
        if have.kind == "f" and want.kind == "f":
            grow = want.itemsize > have.itemsize
            value = b.fpext(x.value, target) if grow else b.fptrunc(x.value, target)
        elif want.kind == "f":
            value = b.sitofp(x.value, target) if have.kind == "i" else b.uitofp(x.value, target)
        elif have.kind == "f":
            value = b.fptosi(x.value, target)
        elif want.itemsize > have.itemsize or have.kind == "b":
            value = b.sext(x.value, target) if have.kind == "i" else b.zext(x.value, target)
        elif want.itemsize < have.itemsize:
            value = b.trunc(x.value, target)
        else:
            value = x.value
        return Scalar(self, value, want)

    # -------------------------------------------------------------- arithmetic

    def _arithmetic(self, x: Any, y: Any, floating: str, integer: str) -> Scalar:
        x, y = self.pair(x, y)
        if x.dtype.kind == "b":
            integer = {"add": "or_", "mul": "and_"}.get(integer, integer)
        self._same(x, y)
        if x.dtype.kind == "b" and integer not in ("or_", "and_"):
            raise UnsupportedError(f"compiled {integer} of bools is not there yet")
        name = floating if x.dtype.kind == "f" else integer
        return Scalar(self, getattr(self.builder, name)(x.value, y.value), x.dtype)

    def add(self, x: Any, y: Any) -> Scalar:
        return self._arithmetic(x, y, "fadd", "add")

    def subtract(self, x: Any, y: Any) -> Scalar:
        return self._arithmetic(x, y, "fsub", "sub")

    def multiply(self, x: Any, y: Any) -> Scalar:
        return self._arithmetic(x, y, "fmul", "mul")

    def _same(self, x: Scalar, y: Scalar) -> None:
        if x.dtype != y.dtype:
            raise UnsupportedError(f"compiled arithmetic of {x.dtype} and {y.dtype} is not there yet")

    def divide(self, x: Any, y: Any) -> Scalar:
        return self._arithmetic(x, y, "fdiv", "sdiv")

    def negative(self, x: Scalar) -> Scalar:
        if x.dtype.kind == "f":
            return Scalar(self, self.builder.fneg(x.value), x.dtype)
        return self.subtract(0, x)

    def conjugate(self, x: Scalar) -> Scalar:
        return x

    def square(self, x: Scalar) -> Scalar:
        return self.multiply(x, x)

    def power(self, x: Any, y: Any) -> Scalar:
        if isinstance(y, int) and 0 < y <= BIG_POWER:
            result = x
            for _ in range(y - 1):
                result = self.multiply(result, x)
            return result  # type: ignore[no-any-return]
        if isinstance(y, float) and y == 0.5:  # as NumPy: there is no root of -inf, as there are other powers
            return self.sqrt(x)
        x, y = self.pair(x, y)
        self._floating(x, "power")
        return self._math("pow", x, y)

    def _modulus(self, x: Scalar, y: Scalar) -> tuple[Scalar, Scalar]:
        """C's fmod, and whether its sign differs from that of the divisor."""
        # frem, not a call of fmod, which LLVM takes to return no NaN when it knows y but not that y is NaN
        r = Scalar(self, self.builder.frem(x.value, y.value), x.dtype)
        differs = self._differ(self.less(r, 0), self.less(y, 0))
        return r, self._both(self.not_equal(r, 0), differs)

    def remainder(self, x: Any, y: Any) -> Scalar:
        x, y = self.pair(x, y)
        self._floating(x, "remainder")
        r, turned = self._modulus(x, y)
        return self.where(turned, self.add(r, y), r)

    def fmod(self, x: Any, y: Any) -> Scalar:
        x, y = self.pair(x, y)
        self._floating(x, "fmod")
        return Scalar(self, self.builder.frem(x.value, y.value), x.dtype)

    def floor_divide(self, x: Any, y: Any) -> Scalar:
        x, y = self.pair(x, y)
        self._floating(x, "floor_divide")
        r, turned = self._modulus(x, y)
        quotient = self.divide(self.subtract(x, r), y)
        quotient = self.where(turned, self.subtract(quotient, 1), quotient)
        rounded = self.floor(quotient)
        up = self.greater(self.subtract(quotient, rounded), 0.5)
        rounded = self.where(up, self.add(rounded, 1), rounded)
        whole = self.divide(x, y)
        rounded = self.where(self.equal(quotient, 0), self.copysign(rounded, whole), rounded)
        return self.where(self.equal(y, 0), whole, rounded)

    def _floating(self, x: Scalar, name: str) -> None:
        if x.dtype.kind != "f":
            raise UnsupportedError(f"compiled {name} of {x.dtype} is not there yet")

    # -------------------------------------------------------------- functions

    def _intrinsic(self, name: str, x: Scalar) -> Scalar:
        function = intrinsic(self.module, name, x.value.type)
        return Scalar(self, self.builder.call(function, [x.value]), x.dtype)

    def _math(self, name: str, *xs: Scalar) -> Scalar:
        """An elementary function: written out where that is done here, else of the C mathematics library."""
        dtype = xs[0].dtype
        if dtype.char not in "fd" or not (name in FUNCTIONS or (name in FUSING and machine().fuses)):
            return self._of_library(name, *xs)
        self._uses[name, dtype.char] += 1
        if self._uses[name, dtype.char] > MOST_WRITTEN:
            return Scalar(self, self._called(name, *xs), dtype)
        if name in NEAR:
            return self._circular(name, xs[0])
        written = getattr(self._elementary(xs[0]), name)
        return Scalar(self, written(*[x.value for x in xs]), dtype)

    def _called(self, name: str, *xs: Scalar) -> Any:
        """An elementary function as a call of one that the module has once."""

        def write(b: Any, arguments: Any) -> None:
            inside = Scalars(b, self.module, self.lanes)
            given = [Scalar(inside, a, x.dtype) for a, x in zip(arguments, xs, strict=True)]
            b.ret(inside._math(name, *given).value)

        kinds = [x.value.type for x in xs]
        function = own_function(self.module, f"{name}_{word_of(kinds[0])}", kinds[0], kinds, write, inline=False)
        return self.builder.call(function, [x.value for x in xs])

    def _elementary(self, x: Scalar) -> Elementary:
        return Elementary(self.builder, self.module, x.dtype.char, self.lanes, self._tables)

    def _of_library(self, name: str, *xs: Scalar) -> Scalar:
        kind = llvm_type(xs[0].dtype)
        symbol = name + ("f" if xs[0].dtype.itemsize == 4 else "")
        function = self.module.globals.get(symbol)
        if function is None:
            function = ir.Function(self.module, ir.FunctionType(kind, [kind] * len(xs)), symbol)
        if self.lanes is not None:
            function = lane_by_lane(self.module, function, self.lanes)
        value = self.builder.call(function, [x.value for x in xs])
        return Scalar(self, value, xs[0].dtype)

    def _circular(self, name: str, x: Scalar) -> Scalar:
        """A sine or cosine, of the C mathematics library where x is so far from zero that what is written out here is
        wrong; of one element there are branches for what is near zero as well.
        """
        b, elementary = self.builder, self._elementary(x)
        size = self.absolute(x)

        def written() -> Any:
            return getattr(elementary, name)(x.value)

        def of_library() -> Any:
            return self._of_library(name, x).value

        if self.lanes is not None:
            found, far = written(), self.greater(size, FARTHEST).value
            any_far = b.call(intrinsic(self.module, "vector.reduce.or", far.type, result=TRUTH), [far])
            return Scalar(self, chosen(b, any_far, of_library, lambda: found, likely=False), x.dtype)

        def beyond() -> Any:
            return chosen(b, self.less_equal(size, FARTHEST).value, written, of_library)

        near = self.less(size, NEAREST).value
        value = chosen(b, near, lambda: getattr(elementary, f"{name}_near")(x.value), beyond)
        return Scalar(self, value, x.dtype)

    def __getattr__(self, name: str) -> Callable[..., Scalar]:
        if name in MATH:
            return lambda x: self._math(MATH[name], x)
        raise UnsupportedError(f"compiled code has no {name} yet")

    def sqrt(self, x: Scalar) -> Scalar:
        return self._intrinsic("sqrt", x)

    def _rounded(self, name: str, x: Scalar) -> Scalar:
        return self._intrinsic(name, x) if x.dtype.kind == "f" else x

    def floor(self, x: Scalar) -> Scalar:
        return self._rounded("floor", x)

    def ceil(self, x: Scalar) -> Scalar:
        return self._rounded("ceil", x)

    def trunc(self, x: Scalar) -> Scalar:
        return self._rounded("trunc", x)

    def rint(self, x: Scalar) -> Scalar:
        return self._rounded("rint", x)

    def arctan2(self, x: Any, y: Any) -> Scalar:
        return self._math("atan2", *self.pair(x, y))

    def hypot(self, x: Any, y: Any) -> Scalar:
        return self._math("hypot", *self.pair(x, y))

    def absolute(self, x: Scalar) -> Scalar:
        if x.dtype.kind == "f":
            return self._intrinsic("fabs", x)
        return self.where(self.less(x, 0), self.negative(x), x)

    def sign(self, x: Scalar) -> Scalar:
        up, down = self.constant(1, x.dtype), self.constant(-1, x.dtype)
        zero_or_nan = self.where(self.equal(x, 0), self.constant(0, x.dtype), x)
        return self.where(self.greater(x, 0), up, self.where(self.less(x, 0), down, zero_or_nan))

    # -------------------------------------------------------------- comparisons and choices

    def _compare(self, operator: str, x: Any, y: Any) -> Scalar:
        x, y = self.pair(x, y)
        self._same(x, y)
        b = self.builder
        if x.dtype.kind == "f":
            unordered = operator == "!="  # nan != nan is true, every other comparison false
            compare = b.fcmp_unordered if unordered else b.fcmp_ordered
        else:
            compare = b.icmp_signed if x.dtype.kind == "i" else b.icmp_unsigned
        return Scalar(self, compare(operator, x.value, y.value), np.dtype(np.bool_))

    def equal(self, x: Any, y: Any) -> Scalar:
        return self._compare("==", x, y)

    def not_equal(self, x: Any, y: Any) -> Scalar:
        return self._compare("!=", x, y)

    def less(self, x: Any, y: Any) -> Scalar:
        return self._compare("<", x, y)

    def less_equal(self, x: Any, y: Any) -> Scalar:
        return self._compare("<=", x, y)

    def greater(self, x: Any, y: Any) -> Scalar:
        return self._compare(">", x, y)

    def greater_equal(self, x: Any, y: Any) -> Scalar:
        return self._compare(">=", x, y)

    def isnan(self, x: Scalar) -> Scalar:
        return self.not_equal(x, x) if x.dtype.kind == "f" else self.constant(0, np.dtype(bool))

    def isfinite(self, x: Scalar) -> Scalar:
        if x.dtype.kind != "f":
            return self.constant(1, np.dtype(bool))
        return self.less(self.absolute(x), float("inf"))

    def _truth(self, x: Any) -> Any:
        return x.value if x.dtype.kind == "b" else self.not_equal(x, 0).value

    def _both(self, x: Scalar, y: Scalar) -> Scalar:
        return self.logical_and(x, y)

    def _differ(self, x: Scalar, y: Scalar) -> Scalar:
        return Scalar(self, self.builder.xor(x.value, y.value), x.dtype)

    def logical_and(self, x: Any, y: Any) -> Scalar:
        x, y = self.pair(x, y)
        value = self.builder.and_(self._truth(x), self._truth(y))
        return Scalar(self, value, np.dtype(np.bool_))

    def logical_or(self, x: Any, y: Any) -> Scalar:
        x, y = self.pair(x, y)
        value = self.builder.or_(self._truth(x), self._truth(y))
        return Scalar(self, value, np.dtype(np.bool_))

    def signbit(self, x: Scalar) -> Scalar:
        if x.dtype.kind != "f":
            return self.less(x, 0)
        bits = in_lanes(ir.IntType(8 * x.dtype.itemsize), self.lanes)
        value = self.builder.icmp_signed("<", self.builder.bitcast(x.value, bits), ir.Constant(bits, 0))
        return Scalar(self, value, np.dtype(np.bool_))

    def copysign(self, x: Any, y: Any) -> Scalar:
        x, y = self.pair(x, y)
        function = intrinsic(self.module, "copysign", x.value.type, 2)
        return Scalar(self, self.builder.call(function, [x.value, y.value]), x.dtype)

    def heaviside(self, x: Any, y: Any) -> Scalar:
        x, y = self.pair(x, y)
        zero, one = self.constant(0, x.dtype), self.constant(1, x.dtype)
        return self.where(self.greater(x, 0), one, self.where(self.equal(x, 0), y, zero))

    def logical_not(self, x: Scalar) -> Scalar:
        return Scalar(self, self.builder.not_(self._truth(x)), np.dtype(np.bool_))

    def where(self, condition: Scalar, x: Any, y: Any) -> Scalar:
        x, y = self.pair(x, y)
        self._same(x, y)
        value = self.builder.select(self._truth(condition), x.value, y.value)
        return Scalar(self, value, x.dtype)

    def maximum(self, x: Any, y: Any) -> Scalar:
        x, y = self.pair(x, y)
        return self.where(self.logical_or(self.greater(x, y), self.isnan(x)), x, y)

    def minimum(self, x: Any, y: Any) -> Scalar:
        x, y = self.pair(x, y)
        return self.where(self.logical_or(self.less(x, y), self.isnan(x)), x, y)


TRIAL = 8
"""In so many lanes it is tried whether a primitive becomes instructions."""


@cache
def _instructions(primitive: Any, kinds: tuple[Any, ...], out: str, params: Any) -> int | None:
    module = ir.Module("trial")
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), []), "trial")
    scalars = Scalars(ir.IRBuilder(function.append_basic_block("entry")), module, TRIAL)
    try:
        operands = [k if not isinstance(k, str) else scalars.constant(1, np.dtype(k)) for k in kinds]
        found = primitive.lower(scalars, *operands, *params)
        if isinstance(found, Scalar):
            scalars.cast(found, np.dtype(out))
    except (UnsupportedError, NotImplementedError, KeyError, TypeError, AttributeError):
        return None
    return sum(len(block.instructions) for block in function.blocks)


def instructions(equation: Equation) -> int | None:
    """How many instructions an equation is as a line of a nest; None where it cannot be one."""
    e = equation
    if e.primitive.name in REDUCTIONS:
        return 1
    kinds = tuple(a.value if isinstance(a, Literal) else a.spec.dtype.char for a in e.operands)
    try:
        return _instructions(e.primitive, kinds, e.out.spec.dtype.char, e.params)
    except TypeError:  # a parameter that cannot be looked up
        return None


def lowers(equation: Equation) -> bool:
    """Whether an equation can be a line of a nest."""
    return instructions(equation) is not None

"""What a recorded call is told of while it runs: numbers that it reads anew each time, and leaves that it makes.

    number under a key := what stands for an option of an optimizer: a tensor
    LiveNumber         := what stands for an argument that is a float: itself no float for C, which would only see
                          the one number of the recorded call

Knows whether somebody records. Must not know who, and what the numbers are for.
"""

from __future__ import annotations

import gc
import operator
from contextlib import contextmanager
from contextvars import ContextVar
from numbers import Number
from types import CellType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from wengert.core.tensor import Tensor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


class Reader(NamedTuple):
    """How numbers are read while a call is recorded.

    Attributes:
        read: gives what stands for the number under a key of a dictionary, or the number.
        notice: is told why no other call may go on as this one did.
        begin: is told of a plain tensor that becomes a leaf.
    """

    read: Callable[[dict[str, Any], str], Any]
    notice: Callable[[str], None]
    begin: Callable[[Tensor], None]


_reader: ContextVar[Reader | None] = ContextVar("wengert.live.reader", default=None)


def number(options: dict[str, Any], key: str) -> Any:
    """What is under a key; where a call is recorded that reads it anew, a tensor stands for a float.

    >>> number({"lr": 0.5}, "lr")
    0.5
    """
    reader = _reader.get()
    return options[key] if reader is None or type(options[key]) is not float else reader.read(options, key)


def noticed(reason: str) -> None:
    """Say why a call that is being recorded cannot stand for others."""
    reader = _reader.get()
    if reader is not None:
        reader.notice(reason)


def begun(leaf: Tensor) -> None:
    """Say that a tensor becomes a leaf, with a history to come."""
    reader = _reader.get()
    if reader is not None and type(leaf) is Tensor:
        reader.begin(leaf)


@contextmanager
def read_by(reader: Reader) -> Iterator[None]:
    """Let numbers be read in a way."""
    token = _reader.set(reader)
    try:
        yield
    finally:
        _reader.reset(token)


# ---------------------------------------------------------------------------- arguments


class NumbersOfCall:
    """The live numbers of one call.

    Attributes:
        made: all of them.
        shown: of which arguments Python has seen more than how numbers compare.
    """

    def __init__(self) -> None:
        self.made: list[LiveNumber] = []
        self.shown: set[Any] = set()


class LiveNumber:
    """A float of a recorded call that is another one in other calls.

    What is computed of it in Python is such a number again, and an operation on tensors takes the tensor that stands
    for it. Whatever else looks at it sees the float of this call, and the call is told: its recording is for that
    number alone then. Comparisons only fix their answer. When the call has ended it is a float to everybody.

    Attributes:
        tensor: stands for it, with one element of float64.
        of: which arguments it was computed of.
        call: knows all of them.
    """

    __slots__ = ("call", "of", "tensor")

    def __init__(self, tensor: Any, of: frozenset[Any], call: NumbersOfCall) -> None:
        self.tensor, self.of, self.call = tensor, of, call
        call.made.append(self)

    __class__ = property(lambda self: float)  # isinstance() says so, too

    @property
    def is_live(self) -> bool:
        """Whether the call is still being recorded."""
        return type(self.tensor) is not Tensor

    def __float__(self) -> float:
        self.call.shown |= self.of
        return float(self.tensor.item())

    def __neg__(self) -> Any:
        return LiveNumber(-self.tensor, self.of, self.call) if self.is_live else -float(self)

    def __pos__(self) -> Any:
        return self

    def __abs__(self) -> Any:
        return LiveNumber(abs(self.tensor), self.of, self.call) if self.is_live else abs(float(self))

    def __bool__(self) -> bool:
        return bool(_compared("ne", self, 0))

    def __hash__(self) -> int:
        return hash(float(self))

    def __getattr__(self, name: str) -> Any:
        if name not in dir(float):
            raise AttributeError(f"'float' object has no attribute {name!r}")
        return getattr(float(self), name)

    def __copy__(self) -> Any:
        return self

    def __deepcopy__(self, memo: Any) -> Any:
        return self

    def __reduce_ex__(self, protocol: Any) -> Any:
        return float, (float(self),)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return np.array(float(self), dtype)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        return getattr(ufunc, method)(*settled(inputs), **settled(options))

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return function(*settled(args), **settled(kwargs))


def settled(value: Any) -> Any:
    """A value, or what is in tuples, lists and dictionaries, with floats where there are live numbers."""
    kind = type(value)
    if kind is LiveNumber:
        return float(value)
    if kind is tuple or kind is list:
        return kind(map(settled, value))
    return {key: settled(each) for key, each in value.items()} if kind is dict else value


def _is_exact(value: Any) -> bool:
    """Whether a value takes part in arithmetic as the float that it is equal to."""
    kind = type(value)
    if kind is LiveNumber:
        return bool(value.is_live)
    return kind is float or ((kind is int or kind is bool) and -(2**53) <= value <= 2**53)


def _operand(value: Any) -> Any:
    return value.tensor if type(value) is LiveNumber else float(value)


def _is_finite_power(base: Any, exponent: Any) -> bool:
    """Whether a power is a finite real number; elsewhere Python raises or gives a complex one."""
    whole = type(exponent) is int and exponent >= 0
    return (whole or base > 0) and bool(abs(_operand(base) ** _operand(exponent)) < float("inf"))


ARITHMETIC: dict[str, Callable[[Any, Any], bool]] = {
    "add": lambda x, y: True, "sub": lambda x, y: True, "mul": lambda x, y: True, "truediv": lambda x, y: y != 0,
    "pow": _is_finite_power,
}  # fmt: skip
"""What is computed of live numbers by operations on tensors, and when that gives what Python does."""


def _computed(name: str, x: Any, y: Any) -> Any:
    function: Any = getattr(operator, name) if name != "divmod" else divmod
    if not all(isinstance(each, Number) for each in (x, y)):
        return NotImplemented
    if name in ARITHMETIC and _is_exact(x) and _is_exact(y) and ARITHMETIC[name](x, y):
        numbers: list[Any] = [each for each in (x, y) if type(each) is LiveNumber]
        tensor = function(_operand(x), _operand(y))
        return LiveNumber(tensor, frozenset().union(*(each.of for each in numbers)), numbers[0].call)
    return function(settled(x), settled(y))


def _compared(name: str, x: Any, y: Any) -> Any:
    function = getattr(operator, name)
    if not isinstance(y, Number):
        return NotImplemented
    if _is_exact(x) and _is_exact(y):
        return bool(function(_operand(x), _operand(y)))
    return function(settled(x), settled(y))


def _dunder(name: str, function: Callable[..., Any]) -> None:
    function.__name__ = f"__{name}__"
    setattr(LiveNumber, f"__{name}__", function)


for _name in (*ARITHMETIC, "floordiv", "mod", "divmod"):
    _dunder(_name, lambda self, other, _name=_name: _computed(_name, self, other))
    _dunder(f"r{_name}", lambda self, other, _name=_name: _computed(_name, other, self))
for _name in ("lt", "le", "gt", "ge", "eq", "ne"):
    _dunder(_name, lambda self, other, _name=_name: _compared(_name, self, other))
for _name in ("int", "trunc", "floor", "ceil", "round", "repr", "str", "format"):
    _dunder(_name, lambda self, *given, _name=f"__{_name}__": getattr(float(self), _name)(*given))


def put_floats(numbers: Iterable[LiveNumber], result: Any) -> Any:
    """Put floats where live numbers of a call that has ended were left in Python objects, and into its result."""
    numbers = list(numbers)
    for holder in gc.get_referrers(*numbers):
        if holder is numbers:
            continue
        if isinstance(holder, CellType):
            holder.cell_contents = settled(holder.cell_contents)
        elif isinstance(holder, dict):
            _put_in(holder, holder.items())
        elif isinstance(holder, list):
            _put_in(holder, enumerate(holder))
        elif hasattr(holder, "__dict__"):
            _put_in(vars(holder), vars(holder).items())
    return _with_floats(result)


def _with_floats(result: Any) -> Any:
    """A number, or a tuple of such, which cannot be written into."""
    if type(result) is tuple and any(type(each) in (LiveNumber, tuple) for each in result):
        return tuple(map(_with_floats, result))
    return float(result) if type(result) is LiveNumber else result


def _put_in(holder: Any, items: Iterable[Any]) -> None:
    for key, value in list(items):
        if type(value) is LiveNumber:
            holder[key] = float(value)

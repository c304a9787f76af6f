"""A reader of pickles that runs nothing: a stack, and an answer for each opcode that plain containers need.

    opcode -> change of the stack;   a name of a global -> what the caller gives for it, or an error

Python's own pickle module calls whatever a file names. Here a file can name only what a table holds, and those are
functions of ours that make containers. `pickletools`, which takes pickles apart, does not run them either.

Knows opcodes. Must not know tensors.
"""

from __future__ import annotations

import pickletools
from collections import Counter, OrderedDict, defaultdict
from typing import TYPE_CHECKING, Any

from wengert.errors import FormatError, advice

if TYPE_CHECKING:
    from collections.abc import Callable

MARK = object()
KEYS = (str, int, float, bool, type(None), bytes)
VALUES = frozenset(("BININT", "BININT1", "BININT2", "INT", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT", "UNICODE",
                    "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8", "STRING", "BINSTRING", "SHORT_BINSTRING",
                    "BINBYTES", "SHORT_BINBYTES", "BINBYTES8"))  # fmt: skip
"""Opcodes that put their own argument on the stack."""
CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
EMPTY: dict[str, Callable[[], Any]] = {"EMPTY_DICT": dict, "EMPTY_LIST": list, "EMPTY_TUPLE": tuple, "EMPTY_SET": set}
PUT, GET = ("PUT", "BINPUT", "LONG_BINPUT"), ("GET", "BINGET", "LONG_BINGET")
IGNORED = frozenset(("PROTO", "FRAME"))


class Call:
    """Something that a file may call: a function of ours, under a name of theirs."""

    __slots__ = ("function", "name")

    def __init__(self, name: str, function: Callable[..., Any]) -> None:
        self.name = name
        self.function = function


class Machine:
    """Reads one pickle.

    Args:
        globals: what each name that a file may use stands for.
        persistent: what a persistent id stands for.
    """

    def __init__(self, globals: dict[str, Any], persistent: Callable[[Any], Any]) -> None:
        self._globals = globals
        self._persistent = persistent
        self._stack: list[Any] = []
        self._memo: dict[int, Any] = {}

    def run(self, data: bytes) -> Any:
        """The object of a pickle."""
        for opcode, argument, _ in pickletools.genops(data):
            name = opcode.name
            if name == "STOP":
                return self._stack.pop()
            self._do(name, argument)
        raise FormatError("the pickle does not end")

    def _do(self, name: str, argument: Any) -> None:
        stack = self._stack
        if name in VALUES:
            stack.append(argument)
        elif name in CONSTANTS:
            stack.append(CONSTANTS[name])
        elif name in EMPTY:
            stack.append(EMPTY[name]())
        elif name in PUT:
            self._memo[argument] = stack[-1]
        elif name in GET:
            stack.append(self._memo[argument])
        elif name not in IGNORED:
            method = getattr(self, f"_{name.lower()}", None) if name in STEPS else None
            if method is None:
                raise FormatError(f"the pickle uses the opcode {name}, which plain containers do not need")
            method(argument)

    def _since_mark(self) -> list[Any]:
        stack = self._stack
        at = next(i for i in reversed(range(len(stack))) if stack[i] is MARK)
        found = stack[at + 1 :]
        del stack[at:]
        return found

    def _mark(self, _: Any) -> None:
        self._stack.append(MARK)

    def _memoize(self, _: Any) -> None:
        self._memo[len(self._memo)] = self._stack[-1]

    def _pop(self, _: Any) -> None:
        self._stack.pop()

    def _tuple(self, _: Any) -> None:
        self._stack.append(tuple(self._since_mark()))

    def _tuple1(self, _: Any) -> None:
        self._join(1)

    def _tuple2(self, _: Any) -> None:
        self._join(2)

    def _tuple3(self, _: Any) -> None:
        self._join(3)

    def _join(self, count: int) -> None:
        parts = tuple(self._stack[-count:])
        if len(parts) != count:
            raise FormatError("the pickle takes more than there is")
        del self._stack[-count:]
        self._stack.append(parts)

    def _list(self, _: Any) -> None:
        self._stack.append(self._since_mark())

    def _dict(self, _: Any) -> None:
        parts = self._since_mark()
        found: dict[Any, Any] = {}
        fill(found, parts)
        self._stack.append(found)

    def _append(self, _: Any) -> None:
        value = self._stack.pop()
        self._top(list).append(value)

    def _appends(self, _: Any) -> None:
        values = self._since_mark()
        self._top(list).extend(values)

    def _additems(self, _: Any) -> None:
        values = self._since_mark()
        self._top(set).update(key(value) for value in values)

    def _setitem(self, _: Any) -> None:
        pair = self._stack[-2:]
        del self._stack[-2:]
        fill(self._top(dict), pair)

    def _setitems(self, _: Any) -> None:
        parts = self._since_mark()
        fill(self._top(dict), parts)

    def _top(self, kind: type) -> Any:
        if not isinstance(self._stack[-1], kind):
            raise FormatError(f"the pickle takes a {type(self._stack[-1]).__name__} for a {kind.__name__}")
        return self._stack[-1]

    def _global(self, argument: str) -> None:
        module, _, name = argument.partition(" ")
        self._stack.append(self._named(module, name))

    def _stack_global(self, _: Any) -> None:
        name, module = self._stack.pop(), self._stack.pop()
        self._stack.append(self._named(module, name))

    def _named(self, module: Any, name: Any) -> Any:
        full = f"{module}.{name}"[:200]
        if full not in self._globals:
            raise FormatError(
                advice(
                    f"the file asks for {full}, and only tensors and plain containers are read from files",
                    "save a state_dict(), which holds nothing else.",
                )
            )
        return self._globals[full]

    def _reduce(self, _: Any) -> None:
        arguments, called = self._stack.pop(), self._stack.pop()
        if not isinstance(called, Call) or not isinstance(arguments, tuple):
            raise FormatError(f"the pickle calls a {type(called).__name__}")
        self._stack.append(called.function(*arguments))

    _newobj = _reduce

    def _build(self, _: Any) -> None:
        state, value = self._stack.pop(), self._stack[-1]
        if not isinstance(value, OrderedDict) or not isinstance(state, dict) or set(state) - {"_metadata"}:
            raise FormatError(f"the pickle sets attributes of a {type(value).__name__}")
        value._metadata = state.get("_metadata")  # type: ignore[attr-defined]  # noqa: SLF001  as modules write it

    def _binpersid(self, _: Any) -> None:
        self._stack.append(self._persistent(self._stack.pop()))


STEPS = frozenset(("MARK", "MEMOIZE", "POP", "TUPLE", "TUPLE1", "TUPLE2", "TUPLE3", "LIST", "DICT", "APPEND", "APPENDS",
                   "ADDITEMS", "SETITEM", "SETITEMS", "GLOBAL", "STACK_GLOBAL", "REDUCE", "NEWOBJ", "BUILD",
                   "BINPERSID"))  # fmt: skip
"""Opcodes that a method of the machine answers."""


def key(value: Any) -> Any:
    """A key of a dictionary; others than plain values could take for ever to hash."""
    if not isinstance(value, KEYS):
        raise FormatError(f"a key of a dictionary is a {type(value).__name__}")
    return value


def fill(found: dict[Any, Any], parts: list[Any]) -> None:
    """Put keys and values, one after another, into a dictionary."""
    if len(parts) % 2:
        raise FormatError("a key of a dictionary has no value")
    for i in range(0, len(parts), 2):
        found[key(parts[i])] = parts[i + 1]


def containers() -> dict[str, Any]:
    """The names under which pickles ask for Python's own containers and numbers."""

    def pairs(values: Any = ()) -> list[Any]:
        return [part for k, v in values for part in (k, v)]

    def ordered(values: Any = ()) -> Any:
        found: OrderedDict[Any, Any] = OrderedDict()
        fill(found, pairs(values))
        return found

    def counter(values: Any = ()) -> Any:
        found: Counter[Any] = Counter()
        fill(found, pairs(dict(values).items()))
        return found

    def encoded(text: str, encoding: str) -> bytes:
        if encoding != "latin1":
            raise FormatError(f"bytes are written as {encoding[:40]!r}")
        return text.encode("latin1")

    makers: dict[str, Any] = {
        "collections.OrderedDict": ordered,
        "collections.Counter": counter,
        "collections.defaultdict": lambda *_: defaultdict(None),
        "_codecs.encode": encoded,
    }
    for module in ("builtins", "__builtin__"):
        makers |= {
            f"{module}.set": lambda values=(): {key(v) for v in values},
            f"{module}.complex": lambda real, imag: complex(float(real), float(imag)),
            f"{module}.bytes": lambda: b"",
        }
    return {name: Call(name, function) for name, function in makers.items()}

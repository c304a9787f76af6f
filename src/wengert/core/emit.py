"""The fast op functions: what `sin(x)` or `x * y` runs.

Order of tests in every op: `type(x) is Tensor` (compute, record), `type(x) is ndarray` (compute,
return the bare array: this is how the rules of first-order backward run), else `dispatch`.
There is one closure per arity and no keyword arguments; the statements that make a Tensor and a
Node are written out here, because a call would cost more than they do. docs/design/performance.md
has the measurements.

Knows tensors, nodes and primitives. Must not know any particular op.
"""

from __future__ import annotations

from sys import _getframe
from types import FunctionType
from typing import TYPE_CHECKING, Any

import numpy as np

from wengert import errors
from wengert.core.blocks import when_big
from wengert.core.dispatch import dispatch
from wengert.core.levels import explained, finished, pullback
from wengert.core.modes import NO_GRAD, WATCHING, mode
from wengert.core.places import user_frame
from wengert.core.tape import NOTHING, TENSOR, UNCHANGED, VALUE, Node, Pullback, stale
from wengert.core.tensor import Tensor, clock
from wengert.dtypes import HALF
from wengert.shapes import Spec

if TYPE_CHECKING:
    from collections.abc import Callable

    from wengert.core.primitive import Primitive

ndarray = np.ndarray
RAW = (np.ndarray, np.generic)
asarray = np.asarray
new = object.__new__

FLOATS = "fd"
EVERYTHING = "?bBhHiIlLqQefdFD"
NO_HALF = EVERYTHING.replace("e", "")


def emit_unary(primitive: Primitive, depth: int = 1) -> Callable[[Any], Any]:
    """The op of a pointwise primitive of one operand and no parameters, for users that are `depth` calls away."""
    kernel = primitive.kernel
    allowed = FLOATS if primitive.promotion == "float" else EVERYTHING
    rule = pullback(primitive, (0,)) if primitive.differentiable else None
    if rule is not None:
        specialise(primitive, rule)
    saves = SAVES[rule.saves] if rule is not None else 0
    users: Any = None  # the namespace that called last and is not wengert's: checked by identity

    @when_big
    def take_blocks() -> None:
        nonlocal kernel
        kernel = primitive.kernel
        if rule is not None:
            specialise(primitive, rule)

    def op(x: Any) -> Any:
        nonlocal users
        if type(x) is Tensor:
            node = x.node
            array = x.array
            if (node is None or rule is None) and array.dtype.char not in allowed:
                return dispatch(primitive, (x,))
            try:
                out = kernel(array)
            except (ValueError, TypeError) as error:
                raise explained(primitive, (x,), (), error) from None
            t = new(Tensor)
            t.array = out if type(out) is ndarray else asarray(out)
            t.memory = t.origin = None
            if node is None or rule is None:
                t.node = None
                return t if WATCHING.count == 0 else finished(primitive, (x,), (), t)
            if (now := mode()) is not None:
                if now is not NO_GRAD:
                    return finished(primitive, (x,), (), t)
                t.node = None
                return t
            t.node = n = new(Node)
            n.number = clock()
            n.rule = rule
            n.parent = node
            n.saved = (
                (x,) if saves == 1 else (t.array,) if saves == 4 else () if saves == 0
                else (x, t.array)
            )  # fmt: skip
            n.params = ()
            n.specs = n.hooks = None
            frame = _getframe(depth)
            if frame.f_globals is not users:
                frame = user_frame(frame)
                users = frame.f_globals
            n.code = frame.f_code
            n.lasti = frame.f_lasti
            return t
        if type(x) is ndarray or isinstance(x, RAW):
            return kernel(x)
        return dispatch(primitive, (x,))

    return spelled(op, "input")


def spelled(function: Callable[..., Any], *names: str) -> Callable[..., Any]:
    """The function with its first parameters under other names, by which they may be given, at no cost in a call."""
    code = function.__code__
    code = code.replace(co_varnames=(*names, *code.co_varnames[len(names) :]))
    twin = FunctionType(code, function.__globals__, function.__name__, function.__defaults__, function.__closure__)
    twin.__kwdefaults__ = function.__kwdefaults__
    twin.__dict__.update(function.__dict__)
    return twin


def refuse_inference(rule: Pullback, constant: Tensor, is_first: bool) -> None:
    """Raise if a rule would save an inference tensor, which is one of its two operands."""
    if (0 if is_first else 1) in rule.saves:
        raise errors.GradError(errors.SAVED_INFERENCE)


SAVES: dict[tuple[Any, ...], int] = {
    (): 0, (0,): 1, (1,): 2, (0, 1): 3, ("out",): 4, (0, "out"): 5, (1, "out"): 6, (0, 1, "out"): 7,
}  # fmt: skip
"""What a pullback saves as one number: 1 for x, 2 for y, 4 for out."""


def emit_binary(primitive: Primitive, depth: int = 1, second: str = "other") -> Callable[[Any, Any], Any]:
    """The op of a pointwise primitive of two operands and no parameters, for users that are `depth` calls away.

    Args:
        primitive: the row.
        depth: how many.
        second: what the second operand is called.
    """
    kernel = primitive.kernel
    allowed = FLOATS if primitive.promotion == "float" else EVERYTHING
    differentiable = primitive.differentiable
    rules: Any = binary_rules(primitive)
    number_on_right, saves_on_right = rules[0] if differentiable else (None, 0)
    users: Any = None

    @when_big
    def take_blocks() -> None:
        nonlocal kernel
        kernel = primitive.kernel
        for case, (rule, _) in enumerate(rules):
            if case < 5:
                specialise(primitive, rule, numbers=case < 2)

    def op(x: Any, y: Any) -> Any:
        nonlocal users
        if type(x) is Tensor:
            a: Any = x.array
            xnode = x.node
            if type(y) is Tensor:
                b: Any = y.array
                ynode = y.node
                if a.dtype is not b.dtype or (xnode is None and ynode is None and a.dtype.char not in allowed):
                    return dispatch(primitive, (x, y))
            elif (type(y) is float or type(y) is int) and (
                (xnode is not None and not HALF.seen) or a.dtype.char in FLOATS
            ):
                b = y
                ynode = None
            else:
                return dispatch(primitive, (x, y))
        elif type(y) is Tensor and (type(x) is float or type(x) is int):
            a = x
            xnode = None
            b = y.array
            ynode = y.node
            if (ynode is None or HALF.seen) and b.dtype.char not in FLOATS:
                return dispatch(primitive, (x, y))
        elif type(x) is ndarray and (
            type(y) is ndarray or (type(y) is float and (not HALF.seen or x.dtype.char in NO_HALF))
        ):
            return kernel(x, y)
        else:
            return dispatch(primitive, (x, y))
        try:
            out = kernel(a, b)
        except (ValueError, TypeError) as error:
            raise explained(primitive, (x, y), (), error) from None
        t = new(Tensor)
        t.array = out if type(out) is ndarray else asarray(out)
        t.memory = t.origin = None
        if (xnode is None and ynode is None) or not differentiable:
            t.node = None
            return t if WATCHING.count == 0 else finished(primitive, (x, y), (), t)
        if (now := mode()) is not None:
            if now is not NO_GRAD:
                return finished(primitive, (x, y), (), t)
            t.node = None
            return t
        t.node = n = new(Node)
        n.number = clock()
        n.specs = n.hooks = None
        if b is y:
            n.rule = number_on_right  # type: ignore[assignment]
            saves = saves_on_right
            n.parent = xnode
        elif a is x:
            n.rule, saves = rules[1]
            n.parent = ynode
        else:
            case = 2 if ynode is None else 3 if xnode is None else 4
            if case != 4:
                constant = y if case == 2 else x
                if constant.memory is not None and constant.memory.inference:
                    refuse_inference(rules[case][0], constant, case == 3)
            if a.shape != b.shape:  # they broadcast: the pull must sum over what was repeated
                case += 3
                n.specs = (Spec(a.shape, a.dtype), Spec(b.shape, b.dtype))
            n.rule, saves = rules[case]
            n.parent = xnode if ynode is None else ynode if xnode is None else (xnode, ynode)
        if saves == 0:
            n.saved = ()
        elif saves == 3:
            n.saved = (x, y)
        elif saves == 2:
            n.saved = (y,)
        elif saves == 1:
            n.saved = (x,)
        else:
            n.saved = tuple(v for bit, v in ((1, x), (2, y), (4, t.array)) if saves & bit)
        n.params = ()
        frame = _getframe(depth)
        if frame.f_globals is not users:
            frame = user_frame(frame)
            users = frame.f_globals
        n.code = frame.f_code
        n.lasti = frame.f_lasti
        return t

    return spelled(op, "input", second)


def binary_rules(primitive: Primitive) -> list[tuple[Pullback, int]]:
    """The pullback and what it saves, by case.

    0, 1: the other operand is a number; 2, 3, 4: tensors of one shape, of which x, y or both need
    a gradient; 5, 6, 7: the same for tensors that broadcast.
    """
    if not primitive.differentiable:
        return []
    cases: list[tuple[tuple[int, ...], str]] = [((0,), "number"), ((1,), "number")]
    cases += [(needs, kind) for kind in ("equal", "broadcast") for needs in ((0,), (1,), (0, 1))]
    found = []
    for needs, kind in cases:
        rule = Pullback(primitive, needs)
        if kind != "broadcast":
            specialise(primitive, rule, numbers=kind == "number")
        found.append((rule, SAVES[rule.saves]))
    return found


def specialise(primitive: Primitive, shared: Pullback, *, numbers: bool = False) -> None:
    """Prepare the rules over arrays for what they happen to read.

    Args:
        primitive: pointwise, of one or two operands.
        shared: says which operands need a cotangent.
        numbers: whether what is read of the other operand is a Python number.
    """
    rules = [rule for i in shared.needs if (rule := primitive.pulls[i]) is not None]
    if len(rules) < len(shared.needs):
        return
    saves = shared.saves
    if len(rules) == 1:
        shared.function = rules[0].function
        in_order = tuple("out" if i == "out" else primitive.operands[i] for i in saves)
        if saves == ():
            same = rules[0].is_identity
            shared.reading = UNCHANGED if same else NOTHING
        elif len(saves) == 1:
            plain = saves == ("out",) or (numbers and saves != shared.needs)
            shared.reading = VALUE if plain else TENSOR
        elif rules[0].reads == in_order:
            shared.raw = reading_several(shared.function)
    elif saves == ():
        shared.raw = reading_nothing(rules[0].function, rules[1].function)
    elif saves == (0, 1) and not numbers and [rule.reads for rule in rules] == [("y",), ("x",)]:
        shared.raw = reading_each_other(rules[0].function, rules[1].function)


def reading_nothing(first: Any, second: Any) -> Callable[[Node, Any], tuple[Any, ...]]:
    """The rules of x + y."""
    return lambda node, g: (first(g), second(g))


def reading_several(function: Any) -> Callable[[Node, Any], Any]:
    """A rule that reads all that was saved, in that order (x**y)."""

    def pull(node: Node, g: Any) -> Any:
        values = []
        for value in node.saved:
            if type(value) is Tensor:
                storage = value.memory
                if storage is not None and storage.stamp >= node.number:
                    raise stale(value, storage, node)
                value = value.array  # noqa: PLW2901
            values.append(value)
        return function(g, *values)

    return pull


def reading_each_other(first: Any, second: Any) -> Callable[[Node, Any], tuple[Any, ...]]:
    """The rules of x * y."""

    def pull(node: Node, g: Any) -> tuple[Any, ...]:
        x, y = node.saved
        storage = x.memory
        if storage is not None and storage.stamp >= node.number:
            raise stale(x, storage, node)
        storage = y.memory
        if storage is not None and storage.stamp >= node.number:
            raise stale(y, storage, node)
        return (first(g, y.array), second(g, x.array))

    return pull

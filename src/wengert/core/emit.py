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
from typing import TYPE_CHECKING, Any

import numpy as np

from wengert.core.levels import compute, dispatch, explained, pullback
from wengert.core.modes import mode
from wengert.core.places import PACKAGES, user_frame
from wengert.core.tape import Node, Pullback, stale
from wengert.core.tensor import Tensor, clock
from wengert.shapes import Spec

if TYPE_CHECKING:
    from collections.abc import Callable

    from wengert.core.primitive import Primitive, Rule

ndarray = np.ndarray
asarray = np.asarray
new = object.__new__

FLOATS = "fd"
EVERYTHING = "?bBhHiIlLqQefdFD"


def emit_unary(primitive: Primitive) -> Callable[[Any], Any]:
    """The op of a pointwise primitive of one operand and no parameters."""
    kernel = primitive.kernel
    allowed = FLOATS if primitive.promotion == "float" else EVERYTHING
    rule = pullback(primitive, (0,)) if primitive.differentiable else None
    if rule is not None:
        rule.raw = unary_pull(primitive.pulls[0], rule)
    saves_operand = rule is not None and 0 in rule.saves
    saves_out = rule is not None and "out" in rule.saves
    saves_both = saves_operand and saves_out

    def op(x: Any) -> Any:
        if type(x) is Tensor:
            node = x.node
            array = x.array
            if (node is None or rule is None) and array.dtype.char not in allowed:
                return dispatch(primitive, (x,))
            out = kernel(array)
            t = new(Tensor)
            t.array = out if type(out) is ndarray else asarray(out)
            t.storage = t.view = None
            if node is None or rule is None or mode() is not None:
                t.node = None
                return t
            n = new(Node)
            n.number = clock()
            n.rule = rule
            n.parents = (node,)
            n.saved = (
                (x, t.array) if saves_both
                else (x,) if saves_operand
                else (t.array,) if saves_out
                else ()
            )  # fmt: skip
            n.params = ()
            n.specs = n.hooks = None
            frame = _getframe(1)
            if frame.f_globals.get("__package__") in PACKAGES:
                frame = user_frame(frame)
            n.code = frame.f_code
            n.lasti = frame.f_lasti
            t.node = n
            return t
        if type(x) is ndarray:
            return kernel(x)
        return dispatch(primitive, (x,))

    return op


def unary_pull(rule: Rule | None, shared: Pullback) -> Callable[[Node, Any], tuple[Any, ...]]:
    """The rule of one operand over arrays, for what it happens to read."""
    if rule is None:
        return shared.over_arrays
    function = rule.function
    if rule.reads == ():
        return lambda node, g: (function(g),)
    if rule.reads == ("out",):
        return lambda node, g: (function(g, node.saved[0]),)  # type: ignore[index]
    if len(rule.reads) != 1:
        return shared.over_arrays

    def pull(node: Node, g: Any) -> tuple[Any, ...]:
        (x,) = node.saved  # type: ignore[misc]
        storage = x.storage
        if storage is not None and storage.stamp >= node.number:
            raise stale(x, storage, node)
        return (function(g, x.array),)

    return pull


def emit_binary(primitive: Primitive) -> Callable[[Any, Any], Any]:
    """The op of a pointwise primitive of two operands and no parameters."""
    kernel = primitive.kernel
    allowed = FLOATS if primitive.promotion == "float" else EVERYTHING
    differentiable = primitive.differentiable
    rules = binary_rules(primitive)

    def op(x: Any, y: Any) -> Any:
        if type(x) is Tensor:
            a = x.array
            xnode = x.node
            if type(y) is Tensor:
                b = y.array
                ynode = y.node
                if a.dtype is not b.dtype or (
                    xnode is None and ynode is None and a.dtype.char not in allowed
                ):
                    return dispatch(primitive, (x, y))
            elif (type(y) is float or type(y) is int) and a.dtype.char in FLOATS:
                b = y
                ynode = None
            else:
                return dispatch(primitive, (x, y))
        elif type(y) is Tensor and (type(x) is float or type(x) is int):
            b = y.array
            if b.dtype.char not in FLOATS:
                return dispatch(primitive, (x, y))
            a = x
            xnode = None
            ynode = y.node
        elif type(x) is ndarray and (type(y) is ndarray or type(y) is float):
            return kernel(x, y)
        else:
            return dispatch(primitive, (x, y))
        try:
            out = kernel(a, b)
        except (ValueError, TypeError) as error:
            raise explained(primitive, (x, y), (), error) from None
        t = new(Tensor)
        t.array = out if type(out) is ndarray else asarray(out)
        t.storage = t.view = None
        if (xnode is None and ynode is None) or not differentiable or mode() is not None:
            t.node = None
            return t
        n = new(Node)
        n.number = clock()
        if ynode is None:
            n.rule, left, right, result = rules[0]
            n.parents = (xnode,)
        elif xnode is None:
            n.rule, left, right, result = rules[1]
            n.parents = (ynode,)
        else:
            n.rule, left, right, result = rules[2]
            n.parents = (xnode, ynode)
        if result:
            out = (t.array,)
            n.saved = (x, y, *out) if left and right else (x, *out) if left else (
                (y, *out) if right else out)  # fmt: skip
        else:
            n.saved = (x, y) if left and right else (x,) if left else (y,) if right else ()
        n.params = ()
        n.hooks = None
        if a is x or b is y or a.shape == b.shape:
            n.specs = None
        else:  # two tensors that broadcast: the pull must sum over what was repeated
            n.specs = (Spec(a.shape, a.dtype), Spec(b.shape, b.dtype))
        frame = _getframe(1)
        if frame.f_globals.get("__package__") in PACKAGES:
            frame = user_frame(frame)
        n.code = frame.f_code
        n.lasti = frame.f_lasti
        t.node = n
        return t

    return op


def binary_rules(primitive: Primitive) -> tuple[tuple[Pullback, bool, bool, bool], ...]:
    """For "x needs it", "y needs it", "both need it": the pullback, and whether it saves x, y, out."""
    if not primitive.differentiable:
        return ()
    found = []
    for needs in ((0,), (1,), (0, 1)):
        rule = pullback(primitive, needs)
        rule.raw = binary_pull(primitive, rule)
        found.append((rule, 0 in rule.saves, 1 in rule.saves, "out" in rule.saves))
    return tuple(found)


def binary_pull(
    primitive: Primitive, shared: Pullback
) -> Callable[[Node, Any], tuple[Any, ...]]:
    """The rules of two operands of equal shape over arrays, for what they happen to read."""
    rules = [primitive.pulls[i] for i in shared.needs]
    if any(rule is None for rule in rules):
        return shared.over_arrays
    functions = [rule.function for rule in rules if rule is not None]
    if shared.saves == ():
        return _pull_reading_nothing(functions, shared)
    if len(rules) == 1 and len(shared.saves) == 1 and shared.saves != ("out",):
        return _pull_reading_one(functions[0], shared)
    if shared.saves == (0, 1) and [r.reads for r in rules if r] == [("y",), ("x",)]:
        return _pull_reading_the_other(functions, shared)
    return shared.over_arrays


def _pull_reading_nothing(functions: list[Any], shared: Pullback) -> Callable[..., Any]:
    slow = shared.over_arrays
    if len(functions) == 1:
        (function,) = functions
        return lambda node, g: (function(g),) if node.specs is None else slow(node, g)
    first, second = functions
    return lambda node, g: (first(g), second(g)) if node.specs is None else slow(node, g)


def _pull_reading_one(function: Any, shared: Pullback) -> Callable[..., Any]:
    slow = shared.over_arrays

    def pull(node: Node, g: Any) -> tuple[Any, ...]:
        (value,) = node.saved  # type: ignore[misc]
        if node.specs is not None:
            return slow(node, g)
        if type(value) is Tensor:
            storage = value.storage
            if storage is not None and storage.stamp >= node.number:
                raise stale(value, storage, node)
            value = value.array
        return (function(g, value),)

    return pull


def _pull_reading_the_other(functions: list[Any], shared: Pullback) -> Callable[..., Any]:
    slow = shared.over_arrays
    first, second = functions

    def pull(node: Node, g: Any) -> tuple[Any, ...]:
        x, y = node.saved  # type: ignore[misc]
        if node.specs is not None or type(x) is not Tensor or type(y) is not Tensor:
            return slow(node, g)
        storage = x.storage
        if storage is not None and storage.stamp >= node.number:
            raise stale(x, storage, node)
        storage = y.storage
        if storage is not None and storage.stamp >= node.number:
            raise stale(y, storage, node)
        return (first(g, y.array), second(g, x.array))

    return pull


def emit_general(primitive: Primitive) -> Callable[..., Any]:
    """The op of any other primitive: operands first, then its static parameters."""
    arity = primitive.arity
    kernel = primitive.kernel

    if arity is None:

        def op_of_sequence(xs: Any, *params: Any) -> Any:
            if all(type(x) is ndarray for x in xs):
                return kernel(xs, *params)
            return dispatch(primitive, tuple(xs), params)

        return op_of_sequence

    if arity == 1:

        def op_of_one(x: Any, *params: Any) -> Any:
            if type(x) is ndarray:
                return kernel(x, *params)
            return dispatch(primitive, (x,), params)

        return op_of_one

    def op_of_several(*args: Any) -> Any:
        operands = args[:arity]
        for operand in operands:
            if type(operand) is not ndarray:
                return dispatch(primitive, operands, args[arity:])
        return compute(primitive, operands, args[arity:])

    return op_of_several

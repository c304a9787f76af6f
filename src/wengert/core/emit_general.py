"""The fast op functions of rows that are not pointwise: views, sums, joins, products, choices.

They ask in the same order as those of `emit`, and write out what makes a Tensor and a Node for the same reason. The
closure is chosen by how many operands there are.

Knows tensors, nodes and primitives. Must not know any particular op.
"""

from __future__ import annotations

from sys import _getframe
from typing import TYPE_CHECKING, Any

import numpy as np

from wengert.core.blocks import BIG, MET, notice
from wengert.core.dispatch import dispatch
from wengert.core.emit import FLOATS, RAW
from wengert.core.levels import compute, explained, finished, pullback, record, spec_of
from wengert.core.modes import WATCHING, mode
from wengert.core.outputs import pick
from wengert.core.places import user_frame
from wengert.core.tape import COMPLEX, Node
from wengert.core.tensor import Tensor, View, clock, is_inference, storage_of, wrap
from wengert.shapes import Spec

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wengert.core.primitive import Primitive
    from wengert.core.tape import Pullback

ndarray = np.ndarray
asarray = np.asarray
new = object.__new__


def emit_general(primitive: Primitive) -> Callable[..., Any]:
    """The op of any other primitive: operands first, then its static parameters."""
    arity = primitive.arity
    if arity is None:
        return emit_of_sequence(primitive)

    if arity == 1 and primitive.count is None:
        return emit_of_one(primitive)

    if arity == 2 and primitive.count is None and primitive.promotion is None and not primitive.is_view:
        return emit_of_two(primitive)

    return emit_of_operands(primitive, one_result if primitive.count is None else several_results)


NUMBERS = (int, float)
BARE = (ndarray, *NUMBERS)
"""What rules over arrays give to ops; of other types, which may say that they are these, dispatch() knows."""


def node_of(
    rule: Pullback, operands: Sequence[Any], needs: Sequence[int], out: Any, params: tuple[Any, ...], specs: Any
) -> Node:
    """The node of an operation on tensors that agree, of which those in `needs` have nodes; called by the op.

    `out` is the array of the result, or a tuple of several.
    """
    node = new(Node)
    node.number = clock()
    node.rule = rule
    node.parent = operands[needs[0]].node if len(needs) == 1 else tuple([operands[i].node for i in needs])
    node.saved = tuple([out if i == "out" else operands[i] for i in rule.saves]) if rule.saves else ()
    node.params = params
    node.specs = specs
    node.hooks = None
    frame = user_frame(_getframe(2))
    node.code = frame.f_code
    node.lasti = frame.f_lasti
    return node


def specs_of(operands: Sequence[Any]) -> tuple[Spec, ...]:
    """Shapes and dtypes, for rules that read them."""
    return tuple([spec_of(operand) for operand in operands])


def saves_inference(rule: Pullback, operands: Sequence[Any]) -> bool:
    """Whether a rule would save a tensor that was made in inference mode, which is refused."""
    saved = [operands[i] for i in rule.saves if i != "out"]
    return any(type(value) is Tensor and is_inference(value) for value in saved)


def agreeing(primitive: Primitive) -> Callable[[Sequence[Any]], Any]:
    """What tells of operands that need no promotion their arrays and numbers, and which need gradients; else None."""
    promotes = primitive.promotion is not None
    first = 1 if primitive.promotion == "branches" else 0
    pulled = [rule is not None for rule in primitive.pulls]

    def agree(operands: Sequence[Any]) -> Any:
        values: list[Any] = []
        needs: list[int] = []
        kinds = ""
        for i, operand in enumerate(operands):
            if type(operand) is Tensor:
                values.append(operand.array)
                if operand.node is not None and pulled[i]:
                    needs.append(i)
                kinds += operand.array.dtype.char
            elif i >= first and promotes and type(operand) in NUMBERS:
                values.append(operand)
            else:
                return None
        return None if promotes and kinds not in alike else (values, tuple(needs))

    alike = {"?" * first + char * count for char in FLOATS for count in range(1, len(primitive.operands) + 1)}
    return agree


def emit_of_operands(primitive: Primitive, finish: Callable[..., Any]) -> Callable[..., Any]:
    """The op of a primitive of several operands that may promote them: choices, decompositions, statistics.

    `finish(primitive, operands, needs, params, out)` makes tensors of what the kernel gives, where all is as usual.
    """
    arity: Any = primitive.arity
    agree = agreeing(primitive)

    def op(*args: Any) -> Any:
        operands, params = args[:arity], args[arity:]
        usual = mode() is None and WATCHING.count == 0 and primitive.refusal is None
        found = agree(operands) if usual else None
        if found is None:
            bare = all(type(operand) in BARE for operand in operands)
            return (compute if bare else dispatch)(primitive, operands, params)
        values, needs = found
        try:
            out = primitive.kernel(*values, *params)
        except (ValueError, TypeError, IndexError, MemoryError) as error:
            raise explained(primitive, operands, params, error) from None
        return finish(primitive, operands, needs, params, out)

    return op


def one_result(
    primitive: Primitive, operands: Sequence[Any], needs: tuple[int, ...], params: tuple[Any, ...], out: Any
) -> Any:
    """The result, with its node if one is due."""
    made = wrap(out)
    out = made.array
    if not MET.seen:
        notice(out)
    if needs and out.dtype.kind in "fcV":
        rule = pullback(primitive, needs)
        if saves_inference(rule, operands):
            return dispatch(primitive, operands, params)
        alike = primitive.family == "pointwise" and all(operands[i].array.shape == out.shape for i in needs)
        made.node = node_of(rule, operands, needs, out, params, None if alike else specs_of(operands))
        if out.dtype.kind == "c":
            COMPLEX.seen = True
    return made


def several_results(
    primitive: Primitive, operands: Sequence[Any], needs: tuple[int, ...], params: tuple[Any, ...], outs: Any
) -> Any:
    """The results, each with the node of its place if one is due."""
    made = tuple([wrap(each) for each in outs])
    arrays = tuple([each.array for each in made])
    if needs and any(array.dtype.kind in "fcV" for array in arrays):
        rule = pullback(primitive, needs)
        if saves_inference(rule, operands):
            return dispatch(primitive, operands, params)
        node = node_of(rule, operands, needs, arrays, params, specs_of(operands))
        for i, each in enumerate(made):
            if (kind := each.array.dtype.kind) in "fcV":
                each.node = pick(node, i, len(made))
                COMPLEX.seen = COMPLEX.seen or kind == "c"
    return made


def emit_of_one(primitive: Primitive) -> Callable[..., Any]:
    """The op of a primitive of one operand that is not pointwise: reductions, movements, casts."""
    kernel = primitive.kernel
    is_view = primitive.is_view
    rule = pullback(primitive, (0,)) if primitive.differentiable else None
    if rule is not None and primitive.family == "linear":
        rule.raw = transpose_of(primitive)

    def op(x: Any, *params: Any) -> Any:
        if type(x) is not Tensor:
            bare = type(x) is ndarray or isinstance(x, RAW)
            return kernel(x, *params) if bare else dispatch(primitive, (x,), params)
        array = x.array
        try:
            out = kernel(array, *params)
        except (ValueError, TypeError, IndexError) as error:
            raise explained(primitive, (x,), params, error) from None
        if type(out) is not ndarray:
            out = asarray(out)
        if not MET.seen and out.size >= BIG:
            notice(out)
        special = WATCHING.count != 0 or (x.node is not None and mode() is not None)
        node = None
        if x.node is not None and rule is not None and not special and out.dtype.kind in "fcV":
            node = new(Node)
            node.number = clock()
            node.rule = rule
            node.parent = x.node
            node.saved = tuple([x if i == 0 else out for i in rule.saves]) if rule.saves else ()
            node.params = params
            node.specs = (Spec(array.shape, array.dtype),)
            node.hooks = None
            frame = user_frame(_getframe(1))
            node.code = frame.f_code
            node.lasti = frame.f_lasti
            if out.dtype.kind == "c":
                COMPLEX.seen = True
        made = new(Tensor)
        made.array = out
        made.node = node
        if is_view:
            made.origin = view = new(View)
            view.base = x
            view.primitive = primitive
            view.params = params
            view.made_in = None
            made.memory = memory = x.memory or storage_of(x)
            memory.add(made)
        else:
            made.memory = made.origin = None
        return finished(primitive, (x,), params, made) if special else made

    return op


def emit_of_sequence(primitive: Primitive) -> Callable[..., Any]:
    """The op of a linear primitive of a sequence of operands, which promotes them to one dtype: joins."""
    kernel = primitive.kernel

    def op(xs: Any, *params: Any) -> Any:
        arrays = [x.array for x in xs if type(x) is Tensor]
        if len(arrays) != len(xs) or mode() is not None or WATCHING.count != 0:
            if all(type(x) is ndarray for x in xs):
                return kernel(xs, *params)
            return dispatch(primitive, tuple(xs), params)
        dtype = arrays[0].dtype
        if not all(array.dtype is dtype for array in arrays):
            return dispatch(primitive, tuple(xs), params)
        try:
            out = kernel(arrays, *params)
        except (ValueError, TypeError, IndexError, MemoryError) as error:
            raise explained(primitive, xs, params, error) from None
        if not MET.seen:
            notice(out)
        needs = tuple([i for i, x in enumerate(xs) if x.node is not None])
        if not needs or dtype.kind not in "fcV":
            return wrap(out)
        if dtype.kind == "c":
            COMPLEX.seen = True
        return wrap(out, node_of(pullback(primitive, needs), xs, needs, out, params, specs_of(xs)))

    return op


def emit_of_two(primitive: Primitive) -> Callable[..., Any]:
    """The op of a primitive of two operands that is not pointwise and promotes nothing: products, gathers."""
    kernel = primitive.kernel
    cases = {(True, False): (0,), (False, True): (1,), (True, True): (0, 1)}
    rules = {
        case: pullback(primitive, tuple(i for i in needs if primitive.pulls[i] is not None))
        for case, needs in cases.items()
        if any(primitive.pulls[i] is not None for i in needs)
    }

    def op(x: Any, y: Any, *params: Any) -> Any:
        if type(x) is not Tensor or type(y) is not Tensor:
            if type(x) is ndarray and type(y) is ndarray:
                return compute(primitive, (x, y), params)
            return dispatch(primitive, (x, y), params)
        if mode() is not None or WATCHING.count != 0:
            return record(primitive, (x, y), params)
        a, b = x.array, y.array
        try:
            out = kernel(a, b, *params)
        except (ValueError, TypeError, IndexError, MemoryError) as error:
            raise explained(primitive, (x, y), params, error) from None
        if not MET.seen:
            notice(out)
        rule = rules.get((x.node is not None, y.node is not None))
        if rule is None or out.dtype.kind not in "fcV" or is_inference(x) or is_inference(y):
            return wrap(out) if rule is None else record(primitive, (x, y), params)
        if out.dtype.kind == "c":
            COMPLEX.seen = True
        specs = Spec(a.shape, a.dtype), Spec(b.shape, b.dtype)
        return wrap(out, node_of(rule, (x, y), rule.needs, out, params, specs))

    return op


def transpose_of(primitive: Primitive) -> Callable[[Node, Any], Any]:
    """The transpose of a linear primitive over arrays: it reads specs and parameters only."""
    rule: Any = primitive.pulls[0]
    function: Any = rule.function
    reads = rule.reads
    if reads == ():
        return lambda node, g: function(g)
    if reads == primitive.operands:
        return lambda node, g: function(g, *(node.specs or ()))
    if reads == primitive.parameters:
        return lambda node, g: function(g, *node.params)
    if reads == (*primitive.operands, *primitive.parameters):
        return lambda node, g: function(g, *(node.specs or ()), *node.params)
    return lambda node, g: rule(g, node.specs, None, node.params)

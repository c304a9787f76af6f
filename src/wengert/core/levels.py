"""Levels: how transforms nest, and where a call goes that is not a plain tensor's.

    value   := array | Tensor (level 0) | Tracer (level n, contains values of the levels below)

Each running transform opens a Level, numbered by the clock, so an inner transform has the larger
number. Its values are Tracers, which contain values of the levels below; processing a primitive
calls the same op again on those. That gives nesting in any order without confusing whose
derivative is whose.

Knows levels and the generic way to record. Must not know any transform.
"""

from __future__ import annotations

from functools import cache
from sys import _getframe
from threading import local
from typing import TYPE_CHECKING, Any

import numpy as np

from wengert import dtypes, errors
from wengert.core import tape
from wengert.core.modes import WATCHING, enable_grad, mode, present, recording
from wengert.core.outputs import SeveralResults, pick
from wengert.core.places import remember_traceback, user_frame
from wengert.core.primitive import Primitive
from wengert.core.saved import pack_all
from wengert.core.tape import Node, Pullback
from wengert.core.tensor import (
    Tensor,
    alias,
    clock,
    is_inference,
    mark_inference,
    storage_of,
    view_of,
    wrap,
)
from wengert.shapes import Size, Spec

if TYPE_CHECKING:
    from collections.abc import Sequence

ARRAY_TYPES = (np.ndarray, np.generic, bool, int, float, complex)


class Running(local):
    """How many transforms run in this thread: a transform that nothing surrounds may use the tape itself."""

    count = 0

    def __enter__(self) -> None:
        self.count += 1

    def __exit__(self, *exception: object) -> None:
        self.count -= 1


RUNNING = Running()


class _RunningRecorded(enable_grad):
    """The same, with recording switched on."""

    __slots__ = ()

    def __enter__(self) -> None:
        RUNNING.count += 1
        super().__enter__()

    def __exit__(self, *exception: object) -> None:
        super().__exit__(*exception)
        RUNNING.count -= 1


def differentiating() -> Any:
    """The context in which a transform that differentiates calls its function."""
    return RUNNING if mode() is None else _RunningRecorded()


class Level:
    """A running transform. Subclasses say what happens to a primitive at their level."""

    __slots__ = ("number",)
    name = "transform"
    differentiates = False
    """Whether its values have derivatives beside what they stand for."""
    ordinary = False
    """Whether backward() and Functions do to its values what they do to plain tensors."""

    def __init__(self) -> None:
        self.number = clock()

    def process(self, primitive: Primitive, operands: Sequence[Any], params: tuple[Any, ...]) -> Any:
        """Apply a primitive to operands of which at least one is a Tracer of this level."""
        raise NotImplementedError

    def custom(self, function: Any, args: tuple[Any, ...]) -> Any:
        """Apply an autograd.Function to arguments of which at least one is a Tracer of this level."""
        raise NotImplementedError

    def below(self, value: Any) -> Any:
        """The value that a value of this level stands for; others as they are."""
        return value.value if isinstance(value, Tracer) and value.level is self else value

    def concrete(self, tracer: Tracer, question: Any = None) -> Any:
        """The value below, where it has the elements that the tracer has; else raise.

        With a question, a function of the array, nothing but its answer will count.
        """
        return tracer.value

    def detached(self, tracer: Tracer) -> Any:
        """The tracer without its derivative at this level."""
        raise NotImplementedError

    def alias(self, tracer: Tracer) -> Any:
        """The same value with the same derivatives, which later writes to the tracer do not change."""
        made: Any = type(tracer)(self, tracer.value)
        made.node = tracer.node
        if hasattr(tracer, "extra"):
            made.extra = tracer.extra
        return made

    def laid(self, tracer: Tracer) -> Any:
        """An array that lies in memory as the elements of a tracer do; None where there is none."""
        return laid(tracer.value) if self.ordinary or self.differentiates else None

    def has_laid(self, tracer: Tracer) -> None:
        """Be told that the elements of a new value were laid in row-major order."""

    def leaf(self, tracer: Tracer) -> Any:
        """The node of a value that becomes a leaf which requires grad."""
        return tape.AccumulateGrad(tracer, laid(tracer))

    def refuse_outside(self, tracer: Tracer | None, what: str) -> None:
        """Raise in a recorded call if the tracer is from outside; if None is given, whatever it is."""

    def refuse_history(self, tracer: Tracer) -> None:
        """Raise if the tracer is a tensor from outside of a recorded call whose history that does not know."""

    def wait(self) -> bool:
        """Whether another thread had the tensor that is to be written, and has it no more."""
        return False

    def adopted(self, tracer: Tracer) -> None:
        """Know of a tracer that was a plain tensor."""

    def rewritten(self, tracer: Tracer, result: Tracer) -> None:
        """Let a tracer stand for another value, with the derivatives of that; unrecorded it keeps its own."""
        tracer.value = result.value
        if self.differentiates and not recording():
            return
        tracer.node = result.node
        if hasattr(result, "extra"):
            tracer.extra = result.extra

    def constant(self, value: Any) -> Any:
        """A value that is the same whatever the transform varies, as a Tracer of this level."""
        raise NotImplementedError


class Tracer(Tensor):
    """A value of a running transform: a Tensor to whoever looks, with a value below.

    Attributes:
        level: the transform it belongs to.
        value: what it stands for: an array, a Tensor, or a Tracer of a level below.
    """

    __slots__ = ()

    level: Level
    value: Any

    def __new__(cls, level: Level, value: Any) -> Any:
        made = object.__new__(cls)
        made.level = level
        made.value = value
        made.node = made.memory = made.origin = None
        return made

    @property
    def spec(self) -> Spec:
        """Shape and dtype as seen at this level."""
        return spec_of(self.value)

    @property
    def shape(self) -> Size:
        return Size(self.spec.shape)

    @property
    def ndim(self) -> int:
        return len(self.spec.shape)

    @property
    def dtype(self) -> dtypes.dtype:
        return dtypes.of_numpy(self.spec.dtype)

    @property
    def array(self) -> Any:  # type: ignore[override]
        """The elements, where the transform knows them."""
        return concrete(self)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.spec}, of {self.level.name})"

    def unavailable(self) -> errors.TransformError:
        """Why there are no values to be had of this tracer."""
        return errors.TransformError(
            errors.advice(
                f"{self.level.name}: the values of this tensor ({self.spec}) are not known here, "
                "so they cannot be printed, converted to a number, or branched on.",
                "use torch.where() in place of a branch, or take the value out of the transform.",
            )
        )


def concrete(value: Any, question: Any = None) -> Any:
    """The array at the bottom of a value, where every level has one."""
    while isinstance(value, Tracer):
        value = value.level.concrete(value, question)
    return value.array if isinstance(value, Tensor) else np.asarray(value)


def alias_of(value: Tensor, node: Any) -> Any:
    """`alias`, also of a value of a transform: it stands for the same, with a history of its own."""
    if not isinstance(value, Tracer):
        return alias(value, node)
    made = value.level.alias(value)
    made.node, made.memory, made.origin = node, storage_of(value), value.origin
    return made


def laid(value: Any) -> Any:
    """An array that lies in memory as the elements do, for what depends on that alone; None where nothing is known."""
    if type(value) is not Tensor and isinstance(value, Tracer):
        return value.level.laid(value)
    return value.array if isinstance(value, Tensor) else np.asarray(value)


def ask(value: Any, question: Any) -> Any:
    """What a question about the elements, a function of their array, gives: all that is used of them.

    What is compiled runs again for other elements with the same answer.
    """
    return question(concrete(value, question))


def spec_of(value: Any) -> Spec:
    """Shape and NumPy dtype of anything an op takes."""
    if type(value) is Tensor:
        return Spec((array := value.array).shape, array.dtype)
    if isinstance(value, Tracer):
        return value.spec
    if isinstance(value, Tensor):
        value = value.array
    elif not isinstance(value, (np.ndarray, np.generic)):
        return Spec((), dtypes.of_scalar(value).numpy, weak=True)
    return Spec(value.shape, value.dtype)


def numpy_dtype(value: Any) -> np.dtype[Any]:
    """The NumPy dtype of anything an op takes."""
    if type(value) is Tensor:
        return value.array.dtype  # type: ignore[no-any-return]
    while isinstance(value, Tracer) and value.value is not None:
        value = value.value
    if type(value) is Tensor:
        value = value.array
    found: np.dtype[Any] = value.dtype if isinstance(value, (np.ndarray, np.generic)) else spec_of(value).dtype
    return found


# ----------------------------------------------------------------- the generic way to record


def compute(primitive: Primitive, operands: Sequence[Any], params: tuple[Any, ...]) -> Any:
    """Run the kernel on arrays; a failure is told in the words of the row's shape rule."""
    try:
        return primitive.compute(operands, params)
    except (ValueError, TypeError, IndexError, MemoryError) as error:
        raise explained(primitive, operands, params, error) from None


def explained(primitive: Primitive, operands: Sequence[Any], params: Sequence[Any], error: Exception) -> Exception:
    """The error that the row's shape rule raises for these operands, or else the kernel's."""
    specs = [spec_of(o) for o in operands]
    try:
        primitive.result_specs(specs, params)
    except errors.WengertError as better:
        return better
    if isinstance(error, errors.WengertError | MemoryError):
        return error
    given = ", ".join(map(repr, specs))
    return errors.ShapeError(f"{primitive.name}({given}): {error}")


def record(primitive: Primitive, operands: Sequence[Any], params: tuple[Any, ...]) -> Any:
    """Apply a primitive to Tensors and numbers, and put a node on the tape if one is due."""
    arrays = [o.array if isinstance(o, Tensor) else o for o in operands]
    out = compute(primitive, arrays, params)
    if primitive.count is not None:
        return record_several(primitive, operands, params, out)
    made = view_of(operands[0], out, None, primitive, params) if primitive.is_view else wrap(out)
    if mode() is not None or WATCHING.count:
        return finished(primitive, operands, params, made)
    made.node = node_for(primitive, operands, params, made)
    return made


def record_several(primitive: Primitive, operands: Sequence[Any], params: Any, outs: Sequence[Any]) -> Any:
    """The results of an operation that has several, each with the node of its place."""
    made = tuple(wrap(out) for out in outs)
    floating = [t for t in made if t.array.dtype.kind in "fcV"]
    operation = None
    if floating:
        whole = wrap(floating[0].array)
        operation = node_for(primitive, operands, params, whole, tuple(t.array for t in made))
        if mode() is not None or WATCHING.count:
            operation = finished(primitive, operands, params, whole, operation).node
            for t in made if present().inference else ():
                mark_inference(t)
    if operation is not None:
        for i, t in enumerate(made):
            if t.array.dtype.kind in "fcV":
                t.node = pick(operation, i, len(made))
    return made


def node_for(
    primitive: Primitive, operands: Sequence[Any], params: tuple[Any, ...], made: Tensor, results: Any = None
) -> Node | None:
    """The node of a result, if one is due: some operand needs gradients and the result can have one.

    `results` are the arrays of all results of an operation that has several.
    """
    needs = tuple(
        i
        for i, o in enumerate(operands)
        if isinstance(o, Tensor) and o.node is not None and primitive.rule_of(i) is not None
    )
    out = made.array
    if not needs or out.dtype.kind not in "fcV":
        return None
    rule = pullback(primitive, needs)
    for i in rule.saves:
        if i != "out" and isinstance(operands[i], Tensor) and is_inference(operands[i]):
            raise errors.GradError(errors.SAVED_INFERENCE)
    node = make_node(rule, operands, out if results is None else results, params)
    node.parents = tuple(operands[i].node for i in needs)
    if out.dtype.kind == "c":
        tape.COMPLEX.seen = True
    return node


def finished(
    primitive: Primitive, operands: Sequence[Any], params: tuple[Any, ...], made: Tensor, node: Node | None = None
) -> Tensor:
    """A result that was computed while something else than "record as usual" held, made as the mode asks."""
    now = present()
    made.node = (node or node_for(primitive, operands, params, made)) if now.grad else None
    if now.packing is not None and made.node is not None:
        pack_all(made.node, made, now.packing)
    if now.anomaly and made.node is not None:
        remember_traceback(made.node)
    if now.inference:
        if made.origin is None:
            mark_inference(made)
        else:
            made.origin.made_in = "inference_mode"
    if now.observer is not None:
        now.observer.saw(primitive, operands, params, made)
    return made


@cache
def pullback(primitive: Primitive, needs: tuple[int, ...]) -> Pullback:
    """The one Pullback of a primitive for a subset of operands."""
    return Pullback(primitive, needs) if primitive.count is None else SeveralResults(primitive, needs)


def make_node(rule: Pullback, operands: Sequence[Any], out: Any, params: tuple[Any, ...]) -> Node:
    """A node without parents that has saved what its rule reads."""
    node = Node()
    node.number = clock()
    node.rule = rule
    node.saved = tuple([out if i == "out" else operands[i] for i in rule.saves])
    node.params = params
    node.specs = _specs(rule.primitive, operands, out)
    node.hooks = None
    frame = user_frame(_getframe(2))
    node.code = frame.f_code
    node.lasti = frame.f_lasti
    return node


def _specs(primitive: Primitive, operands: Sequence[Any], out: Any) -> list[Spec] | None:
    specs = [spec_of(o) for o in operands]
    if primitive.family == "pointwise":
        shape = spec_of(out).shape
        if all(spec.shape == shape for spec in specs):
            return None
    return specs

"""Where a reverse transform records: a level of its own, or the tape itself where nothing surrounds it.

    tape := lift(argument) -> what the function is called with
            below(value)   -> what a value of the function stands for outside
            pull(outputs, cotangents) -> the cotangents of the arguments

Knows tapes. Must not know functions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from wengert.core.levels import RUNNING, Level, Tracer, make_node, numpy_dtype, pullback, spec_of
from wengert.core.modes import NO_GRAD, mode, recording
from wengert.core.outputs import pick
from wengert.core.tape import AccumulateGrad, Entrance, Source, plain_node
from wengert.core.tensor import Tensor, storage_of, wrap
from wengert.core.walk import raw_flavour, recorded_flavour, value_flavour, walk, walk_to_sources
from wengert.functions.recording.custom import new_node
from wengert.functions.recording.leaves import detach
from wengert.functions.recording.saving import FunctionCtx, output_node
from wengert.functions.writing.rewriting import rewrite
from wengert.transforms.arguments import as_result, differentiable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wengert.core.primitive import Primitive


def tape_for(leaves: Sequence[Any]) -> Any:
    """The tape to record a function on whose arguments have these leaves."""
    if RUNNING.count == 0 and mode() in (None, NO_GRAD):
        for leaf in leaves:
            if type(leaf) is Tensor and leaf.node is not None:
                return ReverseLevel()
        return PlainTape()
    return ReverseLevel()


class PlainTape:
    """The tape of `.backward()`: a value is a plain tensor, and what the function does is recorded as usual.

    Right only where no transform runs around it: the derivative would not be told from theirs.
    """

    __slots__ = ("_foreign", "_surprised", "sources")
    name = "grad"

    def __init__(self) -> None:
        self.sources: list[Source] = []
        self._foreign: dict[int, bool] = {}
        self._surprised = False  # a walk met something other than Sources

    def depends_on_leaves(self, node: Any) -> bool:
        """Whether some leaf that requires grad leads to the node of an output."""
        found = self._foreign.get(node.number)
        if found is None:
            found = self._foreign[node.number] = depends_on_leaves(node)
        return found

    def lift(self, value: Any) -> Any:
        """A value to differentiate with respect to."""
        differentiable(self.name, value)
        source = Source()
        self.sources.append(source)
        # A frame that knew itself here would be a cycle, which keeps everything alive until it is collected.
        made = wrap(value.array, plain_node(ENTRANCE, (source,), HERE, 0))
        made.memory = storage_of(value)
        return made

    def below(self, value: Any) -> Any:
        """The value without its history, unless it depends on something outside that requires grad as well."""
        if type(value) is not Tensor or value.node is None or self.depends_on_leaves(value.node):
            return value
        return wrap(value.array)

    def pull(
        self, outputs: Sequence[Any], cotangents: Sequence[Any], sources: Sequence[Any], *, record: bool = False
    ) -> Any:
        """The cotangents of the sources; zeros where nothing leads to one.

        With `record` they can be differentiated again.
        """
        roots, arrays = [], []
        for out, g in zip(outputs, cotangents, strict=True):
            if isinstance(out, Tensor) and out.node is not None:
                roots.append((out.node, g))
                arrays.append((out.node, g.array if type(g) is Tensor and g.node is None else g))
        found = self._to_sources(roots if record else arrays, recorded_flavour if record else raw_flavour)
        if found is None and (record or any(self.depends_on_leaves(node) for node, _ in roots)):
            found = walk(roots, recorded_flavour, retain=True, targets=self.sources)
        elif found is None:
            found = walk(arrays, raw_flavour, retain=True, targets=self.sources)
        return [_zeros(source) if g is None else as_result(g) for g, source in zip(found, sources, strict=True)]

    def _to_sources(self, roots: list[tuple[Any, Any]], flavour: Any) -> list[Any] | None:
        """The cotangents of the sources if there is nothing else behind the roots: the usual case, and the quickest."""
        if self._surprised:
            return None
        found = walk_to_sources(roots, flavour, self.sources)
        if found is None:
            self._surprised = True
            return None
        for node, _ in roots:
            self._foreign[node.number] = False
        return found


ENTRANCE = Entrance()
HERE = PlainTape.lift.__code__


def depends_on_leaves(node: Any) -> bool:
    """Whether some leaf that requires grad leads to a node."""
    seen, stack = set(), [node]
    while stack:
        node = stack.pop()
        if type(node) is Source:
            continue
        if type(node) is AccumulateGrad:
            return True
        number = node.number
        if number not in seen:
            seen.add(number)
            parent = node.parent
            if type(parent) is tuple:
                stack.extend(parent)
            else:
                stack.append(parent)
    return False


def _zeros(value: Any) -> Tensor:
    spec = spec_of(value)
    return wrap(np.zeros(spec.shape, spec.dtype))


class Taped(Tracer):
    """A value on the tape of one reverse-mode transform; its node is None if nothing leads to it."""

    __slots__ = ()


class ReverseLevel(Level):
    """Computes below, and records a node where an operand has one."""

    __slots__ = ()
    name = "grad"
    differentiates = True

    def lift(self, value: Any) -> Taped:
        """A value to differentiate with respect to."""
        differentiable(self.name, value)
        return self.taped(value, Source())

    def taped(self, value: Any, node: Any) -> Taped:
        made: Taped = Taped(self, value)
        made.node = node
        return made

    def process(self, primitive: Primitive, operands: Sequence[Any], params: tuple[Any, ...]) -> Any:
        below = [self.below(o) for o in operands]
        out = primitive.apply(below, params)
        needs = [
            i
            for i, o in enumerate(operands)
            if isinstance(o, Taped) and o.level is self and o.node is not None and primitive.rule_of(i) is not None
        ]
        outs = (out,) if primitive.count is None else out
        moving = [numpy_dtype(each).kind in "fcV" for each in outs]
        node = None
        if needs and True in moving and recording():
            node = make_node(pullback(primitive, tuple(needs)), below, out, params)
            node.parents = tuple([operands[i].node for i in needs])
        if primitive.count is None:
            return self.taped(out, node)
        return tuple(
            self.taped(each, pick(node, i, len(outs)) if node is not None and moving[i] else None)
            for i, each in enumerate(outs)
        )

    def custom(self, function: Any, args: tuple[Any, ...]) -> Any:
        below = tuple(self.below(a) for a in args)
        result = function.apply(*below)
        outputs = result if isinstance(result, tuple) else (result,)
        needs = tuple(i for i, a in enumerate(args) if isinstance(a, Taped) and a.level is self and a.node is not None)
        ctx = FunctionCtx()
        ctx.needs_input_grad = tuple(i in needs for i in range(len(args)))
        function.setup_context(ctx, below, result)
        node = None
        if needs and recording():
            node = new_node(function, ctx, below, needs, outputs, tuple(args[i].node for i in needs))
        made = tuple(self._output(ctx, node, i, out, below, args) for i, out in enumerate(outputs))
        return made if isinstance(result, tuple) else made[0]

    def _output(self, ctx: Any, node: Any, index: int, out: Any, below: Sequence[Any], args: Sequence[Any]) -> Any:
        """One output of a Function, with its node; an input that it wrote stands for the output now."""
        if not isinstance(out, Tensor):
            return out
        moving = node is not None and numpy_dtype(out).kind in "fcV"
        if any(out is t for t in ctx.non_differentiable):
            moving = False
        made = self.taped(out, output_node(node, index) if moving else None)
        for value, arg in zip(below, args, strict=True):
            if value is out and arg is not value and any(out is t for t in ctx.dirty_tensors):
                return rewrite(arg, made, "apply")
        return made

    def constant(self, value: Any) -> Any:
        return self.taped(value, None)

    def detached(self, tracer: Tracer) -> Any:
        return self.taped(detach(tracer.value), None)

    def pull(self, outputs: Sequence[Any], cotangents: Sequence[Any], sources: Sequence[Taped]) -> Any:
        """The cotangents of the sources; zeros where nothing leads to one."""
        roots = [
            (out.node, g)
            for out, g in zip(outputs, cotangents, strict=True)
            if isinstance(out, Taped) and out.level is self and out.node is not None
        ]
        nodes = [source.node for source in sources]
        found = walk(roots, value_flavour, retain=True, targets=nodes)
        return [_zeros(source.value) if g is None else as_result(g) for g, source in zip(found, sources, strict=True)]

"""Reverse mode as a transform: grad, value_and_grad, vjp.

    Taped := a value of the level below, and the node that made it

The same rules and the same walk as `.backward()`, on a tape of its own.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

import numpy as np

from wengert import errors, trees
from wengert.core.levels import Level, Tracer, make_node, numpy_dtype, pullback, spec_of
from wengert.core.modes import enable_grad, recording
from wengert.core.outputs import pick
from wengert.core.tape import Source
from wengert.core.tensor import Tensor, wrap
from wengert.core.walk import value_flavour, walk
from wengert.functions.recording.custom import new_node
from wengert.functions.recording.leaves import detach
from wengert.functions.recording.saving import FunctionCtx, output_node
from wengert.functions.writing.rewriting import rewrite
from wengert.ops.structural import cast
from wengert.transforms.arguments import (
    ArgNums,
    as_result,
    chosen,
    differentiable,
    lifted,
    lowered,
    split_aux,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wengert.core.primitive import Primitive


class Taped(Tracer):
    """A value on the tape of one reverse-mode transform; its node is None if nothing leads to it."""

    __slots__ = ()


class ReverseLevel(Level):
    """Computes below, and records a node where an operand has one."""

    __slots__ = ()
    name = "grad"

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
        needs = tuple(
            i
            for i, o in enumerate(operands)
            if isinstance(o, Taped) and o.level is self and o.node is not None and primitive.rule_of(i) is not None
        )
        outs = (out,) if primitive.count is None else out
        moving = [numpy_dtype(each).kind in "fcV" for each in outs]
        node = None
        if needs and recording() and any(moving):
            node = make_node(pullback(primitive, needs), below, out, params)
            node.parents = tuple(operands[i].node for i in needs)
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
                return rewrite(arg, made)
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


def _zeros(value: Any) -> Tensor:
    spec = spec_of(value)
    return wrap(np.zeros(spec.shape, spec.dtype))


def _ones(value: Any) -> Tensor:
    spec = spec_of(value)
    return wrap(np.ones(spec.shape, spec.dtype))


def value_and_grad(func: Callable[..., Any], argnums: ArgNums = 0, *, has_aux: bool = False) -> Callable[..., Any]:
    """A function that returns the value of `func` and its gradient.

    >>> import wengert as torch
    >>> value, slope = torch.func.value_and_grad(lambda x: x**3)(2.0)
    >>> value, slope
    (tensor(8.), tensor(12.))

    Args:
        func: returns a number (a 0-d tensor), or with has_aux a pair of it and anything.
        argnums: which positional arguments to differentiate with respect to; each may be a number,
            an array, a tensor or a container of them.
        has_aux: whether func returns (output, auxiliary).

    Raises:
        RuntimeError: if the output is not a number, or an argnum does not exist.
    """
    name = "grad_and_value(f)(*args)"

    @wraps(func)
    def with_gradient(*args: Any, **kwargs: Any) -> Any:
        level = ReverseLevel()
        numbers = chosen("grad", args, argnums)
        with enable_grad():
            new, sources = lifted(args, numbers, level.lift)
            output, aux = split_aux(name, func(*new, **kwargs), has_aux)
            _check_scalar(name, output)
            gradients = level.pull([output], [_ones(level.below(output))], sources)
        trees_of = [trees.flatten(new[number])[1] for number in numbers]
        packed = _packed(gradients, trees_of)
        result = packed[0] if isinstance(argnums, int) else tuple(packed)
        value = level.below(output)
        return ((value, lowered(level, aux)), result) if has_aux else (value, result)

    return with_gradient


def _packed(leaves: list[Any], structures: list[Any]) -> list[Any]:
    packed, start = [], 0
    for structure in structures:
        packed.append(structure.unflatten(leaves[start : start + structure.count]))
        start += structure.count
    return packed


def _check_scalar(name: str, output: Any) -> None:
    if not isinstance(output, Tensor):
        raise errors.TransformError(f"{name}: Expected f(*args) to return a Tensor, got {type(output)}")
    if output.ndim != 0:
        raise errors.TransformError(
            errors.advice(
                f"{name}: Expected f(*args) to return a scalar Tensor, got tensor with "
                f"{output.ndim} dims. Maybe you wanted to use the vjp or jacrev APIs instead?",
                "reduce the result with .sum() or .mean().",
            )
        )


def grad(func: Callable[..., Any], argnums: ArgNums = 0, *, has_aux: bool = False) -> Callable[..., Any]:
    """A function that returns the gradient of `func`.

    >>> import wengert as torch
    >>> torch.func.grad(torch.sin)(0.0), torch.func.grad(torch.func.grad(torch.sin))(torch.tensor(torch.pi / 2))
    (tensor(1.), tensor(-1.))

    Args and errors as for `value_and_grad`; with has_aux it returns (gradient, auxiliary).
    """
    both = value_and_grad(func, argnums, has_aux=has_aux)

    @wraps(func)
    def gradient(*args: Any, **kwargs: Any) -> Any:
        value, slopes = both(*args, **kwargs)
        return (slopes, value[1]) if has_aux else slopes

    return gradient


def grad_and_value(func: Callable[..., Any], argnums: ArgNums = 0, *, has_aux: bool = False) -> Callable[..., Any]:
    """As `value_and_grad`, in torch.func's order: the gradient first.

    >>> import wengert as torch
    >>> torch.func.grad_and_value(lambda x: x**3)(2.0)
    (tensor(12.), tensor(8.))
    """
    both = value_and_grad(func, argnums, has_aux=has_aux)

    @wraps(func)
    def swapped(*args: Any, **kwargs: Any) -> Any:
        value, slopes = both(*args, **kwargs)
        return slopes, value

    return swapped


def vjp(func: Callable[..., Any], *primals: Any, has_aux: bool = False) -> Any:
    """The value of `func`, and the function from the cotangent of its value to those of its inputs.

    >>> import wengert as torch
    >>> value, pull = torch.func.vjp(torch.sin, torch.tensor([0.0, torch.pi]))
    >>> pull(torch.ones(2))
    (tensor([ 1., -1.]),)

    Args:
        func: returns a tensor or a container of tensors.
        primals: its arguments: tensors, numbers, arrays, or containers of them.
        has_aux: whether func returns (output, auxiliary); then a third result is the auxiliary.

    The returned function may be called again and again.
    """
    level = ReverseLevel()
    with enable_grad():
        new, sources = lifted(primals, range(len(primals)), level.lift)
        output, aux = split_aux("vjp(f, *primals)", func(*new), has_aux)
    outputs, structure = trees.flatten(output)
    structures = [trees.flatten(a)[1] for a in new]

    def pull(cotangents: Any) -> tuple[Any, ...]:
        given, same = trees.flatten(trees.tree_map(_as_cotangent, cotangents))
        if same != structure:
            raise errors.TransformError(f"vjp: the cotangent has the structure {same}, the output has {structure}")
        for g, out in zip(given, outputs, strict=True):
            if g.shape != out.shape:
                raise errors.TransformError(
                    f"vjp: the cotangent has shape {list(g.shape)}, the output has {list(out.shape)}"
                )
        with enable_grad():
            given = [_in_dtype(g, out) for g, out in zip(given, outputs, strict=True)]
            return tuple(_packed(level.pull(outputs, given, sources), structures))

    value = lowered(level, output)
    return (value, pull, lowered(level, aux)) if has_aux else (value, pull)


def _in_dtype(cotangent: Any, output: Any) -> Any:
    """The cotangent in the dtype of the output, as the gradients must be."""
    wanted = numpy_dtype(output)
    return cotangent if numpy_dtype(cotangent) == wanted else cast(cotangent, wanted)


def _as_cotangent(leaf: Any) -> Any:
    return leaf if isinstance(leaf, Tensor) else wrap(np.asarray(leaf))

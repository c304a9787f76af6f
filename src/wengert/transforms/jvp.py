"""Forward mode: jvp.

Dual := a primal of the level below, and its tangent (None where it is zero)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from wengert import errors, trees
from wengert.core.levels import Level, Tracer, differentiating, numpy_dtype, spec_of
from wengert.core.modes import recording
from wengert.core.tensor import Tensor, wrap
from wengert.functions.recording.leaves import detach
from wengert.functions.recording.saving import Forwarded, FunctionCtx
from wengert.transforms.arguments import as_result, as_value, differentiable, split_aux

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wengert.core.primitive import Primitive


class Dual(Tracer):
    """A primal and its tangent."""

    __slots__ = ()

    tangent = Tensor.extra  # under another name


class ForwardLevel(Level):
    """Computes the primal below, and pushes the tangents through the rule."""

    __slots__ = ()
    name = "jvp"
    differentiates = True

    def dual(self, primal: Any, tangent: Any) -> Dual:
        made: Dual = Dual(self, primal)
        made.tangent = tangent
        return made

    def process(self, primitive: Primitive, operands: Sequence[Any], params: tuple[Any, ...]) -> Any:
        primals = [self.below(o) for o in operands]
        tangents = [o.tangent if isinstance(o, Dual) and o.level is self else None for o in operands]
        out = primitive.apply(primals, params)
        outs = (out,) if primitive.count is None else out
        moved: Any = None
        # no_grad() inside the function stops derivatives of every mode
        moving = recording() and any(numpy_dtype(each).kind in "fcV" for each in outs)
        if moving and any(t is not None for t in tangents):
            moved = primitive.push(tangents, primals, out, params)
        if primitive.count is None:
            return self.dual(out, moved)
        return tuple(self.dual(each, None if moved is None else moved[i]) for i, each in enumerate(outs))

    def custom(self, function: Any, args: tuple[Any, ...]) -> Any:
        below = tuple(self.below(a) for a in args)
        result = function.apply(*below)
        outputs = result if isinstance(result, tuple) else (result,)
        if not recording() or all(self._tangent(a) is None for a in args):
            made = tuple(self.dual(out, None) if isinstance(out, Tensor) else out for out in outputs)
            return made if isinstance(result, tuple) else made[0]
        ctx = FunctionCtx()
        function.setup_context(ctx, below, result)
        ctx.to_save = ctx.saved_for_forward
        holder = Forwarded(ctx.saved_for_forward)
        ctx._held = lambda: holder  # type: ignore[attr-defined]  # noqa: SLF001
        pushed = function.jvp(ctx, *[self._materialized(a) for a in args])
        tangents = pushed if isinstance(pushed, tuple) else (pushed,)
        if len(tangents) != len(outputs):
            raise errors.GradError(
                f"Function's jvp returned an invalid number of forward gradients (expected {len(outputs)} "
                f"but got {len(tangents)})"
            )
        pairs = enumerate(zip(outputs, tangents, strict=True))
        made = tuple(self.dual(out, _checked_tangent(out, t, i)) if isinstance(out, Tensor) else out
                     for i, (out, t) in pairs)  # fmt: skip
        return made if isinstance(result, tuple) else made[0]

    def _tangent(self, value: Any) -> Any:
        return value.tangent if isinstance(value, Dual) and value.level is self else None

    def _materialized(self, arg: Any) -> Any:
        """The tangent of an argument: zeros for a constant tensor, None for what is no tensor."""
        tangent = self._tangent(arg)
        if tangent is not None or not isinstance(arg, Tensor) or numpy_dtype(arg).kind not in "fcV":
            return tangent if tangent is None else as_result(tangent)
        return self.tangent_of(arg)

    def constant(self, value: Any) -> Any:
        return self.dual(value, None)

    def detached(self, tracer: Tracer) -> Any:
        return self.dual(detach(tracer.value), None)

    def tangent_of(self, value: Any) -> Any:
        """The tangent of a result; zeros where nothing moves it."""
        tangent = value.tangent if isinstance(value, Dual) and value.level is self else None
        if tangent is not None:
            return as_result(tangent)
        spec = spec_of(value)
        return wrap(np.zeros(spec.shape, spec.dtype))


def _checked_tangent(out: Tensor, tangent: Any, index: int) -> Any:
    if tangent is None:
        return None
    if not isinstance(tangent, Tensor):
        raise errors.GradError(f"expected Variable or None (got {type(tangent).__name__}) for grad output {index}.")
    if tangent.shape != out.shape:
        raise errors.ShapeError(
            "Trying to set a forward gradient that has a different size than that of the original Tensor, this is not "
            f"supported. Tensor is of size {list(out.shape)} while the given forward gradient is of size "
            f"{list(tangent.shape)}."
        )
    return tangent


def jvp(
    func: Callable[..., Any], primals: tuple[Any, ...], tangents: tuple[Any, ...], *,
    has_aux: bool = False,
) -> Any:  # fmt: skip
    """The value of `func`, and how it moves when its arguments move along the tangents.

    >>> import wengert as torch
    >>> torch.func.jvp(torch.sin, (0.0,), (2.0,))
    (tensor(0.), tensor(2.))

    Args:
        func: returns a tensor or a container of tensors.
        primals: a tuple of its arguments.
        tangents: a tuple of directions, in the structure and shapes of the primals.
        has_aux: whether func returns (output, auxiliary); then a third result is the auxiliary.

    Raises:
        RuntimeError: if primals is not a tuple, or a tangent does not fit its primal.
    """
    for name, given in (("primals", primals), ("tangents", tangents)):
        if not isinstance(given, tuple):
            raise errors.TransformError(
                f"jvp(f, primals, tangents): Expected {name} to be a tuple. E.g. it should be "
                "valid to call f(*primals)."
            )
    level = ForwardLevel()

    def lift(primal: Any, tangent: Any) -> Dual:
        differentiable("jvp", primal)
        if primal.shape != tangent.shape:
            raise errors.TransformError(
                f"jvp: a tangent has shape {list(tangent.shape)}, its primal has {list(primal.shape)}"
            )
        return level.dual(primal, tangent.to(primal.dtype))

    with differentiating():
        duals = trees.tree_map(lift, trees.tree_map(as_value, primals), trees.tree_map(as_value, tangents))
        output, aux = split_aux("jvp(f, primals, tangents)", func(*duals), has_aux)
    value = trees.tree_map(level.below, output)
    moved = trees.tree_map(level.tangent_of, output)
    if has_aux:
        return value, moved, trees.tree_map(level.below, aux)
    return value, moved

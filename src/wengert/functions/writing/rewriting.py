"""Writes to values of transforms: the value stands for something else from then on.

Inside grad, jvp, vmap or stage there is no memory to write to. A write computes the new value with
its derivatives, and every tracer that would share the memory (the base it is a view of, and the
views of that base) is given what it would see.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from wengert import errors
from wengert.core.levels import Tracer
from wengert.core.modes import recording, without_grad
from wengert.core.tape import AccumulateGrad, mark_written
from wengert.core.tensor import Tensor, storage_of, wrap
from wengert.functions.writing.histories import put_back, refuse_leaf
from wengert.functions.writing.memory import refuse_overlap

if TYPE_CHECKING:
    from wengert.core.tensor import View


def rewrite(x: Tracer, result: Any, name: str, *, one_number: bool = False) -> Tracer:
    """Let x, what it is a view of, and the other views of that, stand for x = result.

    Args:
        x: a value of a transform.
        result: what it stands for from now on.
        name: the name of the method that writes.
        one_number: whether all elements become the same, so that they may share memory.

    Raises:
        RuntimeError: if the result belongs to an inner transform, or x is a detach() of another
            value (but inside of `compile`, where that is as with plain tensors); then nothing has changed.
    """
    if x.level.wait():
        np.copyto(x.array, result.array if isinstance(result, Tensor) else result, casting="unsafe")
        mark_written(x, name)
        return x
    if not isinstance(result, Tracer):  # a value without derivatives here: as a value of x's level
        result = x.level.constant(result)
    if result.level is not x.level:
        raise errors.TransformError(
            errors.advice(
                f"{result.level.name}: a value of this transform is written into a tensor from outside it",
                "make the tensor inside the function, for example with x.new_zeros(...).",
            )
        )
    root, path = _root_and_path(x)
    if x.level.ordinary:
        _refuse(x, root, result, name, one_number=one_number)
    value, was_recorded = result if root is x else put_back(root, result, path), root.node is not None
    if x.level.ordinary:
        storage_of(root)  # knows what reads the value that root had
    _stand_for(root, value)
    if root.origin is not None:  # a detach(): what it was taken of has the values, and keeps its history
        without_grad(rewrite, root.origin.base, root.level.detached(root), name)
    elif x.level.ordinary:
        mark_written(root, name)
    if x.level.ordinary and result.node is not None and result.node.saves_result:
        storage_of(root).holds_result_of(result.node)
    if root.memory is not None:
        _review(root, was_recorded=was_recorded)
    return x


def _refuse(x: Tracer, root: Tracer, result: Tracer, name: str, *, one_number: bool) -> None:
    """Raise where a plain tensor would, or where a recorded call cannot do what happens to one."""
    if recording():
        if root.node is not None or result.node is not None:
            x.level.refuse_outside(root, f"{name}: a write with a history, to a tensor from outside")
        if root.origin is None or isinstance(x.node, AccumulateGrad):
            refuse_leaf(x)
    if not one_number:
        refuse_overlap(x.value.array)


def taken_in(x: Tensor, tracer: Tracer) -> bool:
    """Make a plain tensor a value of the transforms that a tracer belongs to, if it was made inside of them.

    So a buffer of zeros may be filled with values that differ over a batch. One from outside may not: it would be
    left behind as a value of a transform that has ended.
    """
    made_at = x.__dict__.get("_made_at", 0)
    if type(x) is not Tensor or x.origin is not None or x.node is not None or made_at < tracer.level.number:
        return False
    if x.memory is not None and x.memory.tensors:
        return False  # views of it would have to be taken in as well
    levels = []
    value: Any = tracer
    while isinstance(value, Tracer):
        levels.append(value.level)
        value = value.value
    inner: Any = wrap(x.array)
    for level in reversed(levels):
        inner = level.constant(inner)
    x.__class__ = type(inner)
    x.level, x.memory = inner.level, None
    _stand_for(x, inner)
    x.level.adopted(x)
    return True


def _root_and_path(x: Tracer) -> tuple[Tracer, list[View]]:
    root: Any = x
    path: list[View] = []
    while root.origin is not None:
        if root.origin.primitive is None:
            if x.level.ordinary:
                break
            raise errors.TransformError(
                errors.advice(
                    f"{x.level.name}: a detach() of a value of the transform is written in place",
                    "write to a clone() of it.",
                )
            )
        path.append(root.origin)
        root = root.origin.base
    return root, path


def _stand_for(x: Any, result: Any) -> None:
    """Give a tracer the value and the derivatives of another of its level."""
    x.level.rewritten(x, result)


def _refuse_lost(view: Any) -> None:
    """Raise in a recorded call where a plain view would have no history any more, which is told when it is used."""
    made_in, base = view.origin.made_in, view.origin.base
    several = made_in is not None and made_in.startswith("several")
    unrecorded = view.node is None and base.node is not None and view.origin.primitive is not None
    if several or unrecorded:
        view.level.refuse_outside(None, "it writes to what a view shows that cannot follow it")


def _review(root: Tracer, *, was_recorded: bool) -> None:
    """Show every live view what its base stands for now, bases first."""
    done = {id(root)}
    for tensor in storage_of(root).tensors:
        chain: list[Any] = []
        seen: Any = tensor
        while id(seen) not in done and seen.origin is not None:
            chain.append(seen)
            seen = seen.origin.base
        if id(seen) not in done:
            continue  # of what the root is a detach() of
        for each in reversed(chain):
            done.add(id(each))
            view = each.origin
            if was_recorded and recording():
                _refuse_lost(each)
            if view.primitive is None:
                without_grad(_stand_for, each, each.level.detached(view.base))
            else:
                leaf = each.node if isinstance(each.node, AccumulateGrad) else None
                _stand_for(each, view.primitive.op(view.base, *view.params))
                each.node = leaf or each.node  # a leaf that was made of a view stays one

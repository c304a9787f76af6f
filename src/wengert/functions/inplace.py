"""Writing into tensors: every `name_` method, `x += y`, `x[i] = y`, and what it does to history.

A write computes out of place on an alias with the old history, copies the values in, and gives
the tensor the new history. A write through a view also gives the base a new history: the base
with some elements put in (`put`), of which the view is then again a view.
"""

from __future__ import annotations

from functools import partial
from sys import _getframe
from typing import Any
from weakref import ref

import numpy as np

from wengert import dtypes, errors
from wengert.core.hooks import Hooks
from wengert.core.levels import Tracer, explained, make_node, numpy_dtype, pullback
from wengert.core.modes import present, recording
from wengert.core.places import user_frame
from wengert.core.tape import AccumulateGrad, Node, OverwrittenResult, note_write, plain_node
from wengert.core.tensor import Tensor, View, alias, clock, storage_of, wrap
from wengert.functions import selecting, shaping
from wengert.functions.rewriting import rewrite
from wengert.ops import indexing
from wengert.ops import pointwise as p
from wengert.ops import structural as s


def _writer(name: str) -> Any:
    frame = user_frame(_getframe(2))
    return frame.f_code, frame.f_lasti, name


def update(x: Tensor, op: Any, operands: tuple[Any, ...], name: str) -> Tensor:
    """x = op(x, *operands), in the memory of x.

    Raises:
        RuntimeError: for a leaf that requires grad, a result of another shape, or a dtype that
            does not fit; then nothing has been written.
    """
    if isinstance(x, Tracer):
        return rewrite(x, op(x, *operands))
    if recording() and (x.node is not None or any(isinstance(o, Tensor) and o.node is not None for o in operands)):
        refuse_foreign(operands)
        refuse_leaf(x)
        refuse_resized(x)
        old, start = alias(x, x.node), clock()
        result = op(old, *operands)
        values = fitting(x, result.array, name)
        history = result if result.array.dtype == x.array.dtype else s.cast(result, x.array.dtype)
        _keep_apart(old, history.node, start)
        np.copyto(x.array, values, casting="unsafe")
        rebase(x, history, _writer(name))
        return x
    if recording() and x.origin is not None:
        refuse_leaf(x)
    a = x.array
    others = [o.array if type(o) is Tensor else o for o in operands]
    kernel: Any = op.primitive.kernel if hasattr(op, "primitive") else None
    direct = isinstance(kernel, np.ufunc) and all(
        o.dtype is a.dtype if type(o) is np.ndarray else type(o) in (int, float) for o in others
    ) and a.dtype.kind == "f"  # fmt: skip
    if direct:
        prepare(x)
        try:
            kernel(a, *others, out=a)
        except ValueError as error:
            raise _misfit(x, op, operands, error) from None
    else:
        refuse_foreign(operands)
        np.copyto(a, fitting(x, op(wrap(a), *operands).array, name), casting="unsafe")
    note_write(x, _writer(name))
    return x


def _keep_apart(old: Tensor, node: Any, start: int) -> None:
    """Copy the operand before it is written over, if a rule is going to read it.

    `x *= w` reads x for the gradient of w, and nobody but that rule holds it. The op may have made
    several nodes since `start`.
    """
    nodes = [node]
    while nodes:
        node = nodes.pop()
        if not isinstance(node, Node) or node.number < start:
            continue
        if node.saved and any(value is old for value in node.saved):
            old.array, old.storage, old.origin = old.array.copy(), None, None
            return
        nodes.extend(node.parents)


def refuse_foreign(operands: tuple[Any, ...]) -> None:
    """Raise if a value of a transform would be written into a tensor that is none."""
    for operand in operands:
        if isinstance(operand, Tracer):
            raise errors.TransformError(
                errors.advice(
                    f"{operand.level.name}: a value of this transform is written into a tensor that does not "
                    "depend on it",
                    "make that tensor with x.new_zeros(...) or torch.zeros_like(x), where x is an argument.",
                )
            )


def refuse_leaf(x: Tensor) -> None:
    """Raise if a leaf that requires grad, or a view whose history cannot be written anew, would be written."""
    if x.origin is None:
        if isinstance(x.node, AccumulateGrad):
            raise errors.GradError(errors.LEAF_IN_PLACE)
        return
    words = unwritable(x)
    if words is not None:
        raise errors.GradError(
            errors.advice(words, "write to a clone(), or take the view again where you write to it.")
        )
    if isinstance(x.node, AccumulateGrad) or isinstance(root_of(x).node, AccumulateGrad):
        raise errors.GradError(errors.LEAF_VIEW_IN_PLACE)


def root_of(x: Tensor) -> Tensor:
    """The tensor whose memory a view sees; the tensor itself if it is no view."""
    while x.origin is not None:
        x = x.origin.base
    return x


def unwritable(x: Tensor) -> str | None:
    """Why the history of a view cannot be written anew, by what made it; None if it can."""
    view = x.origin
    if view is None or (x.node is None and root_of(x).node is None) or view.made_in == "resized":
        return None
    if view.made_in is None and x.node is None:
        view.made_in = "no_grad"
    while view is not None and view.made_in is None:
        view = view.base.origin
    if view is None or x.origin is None or view.made_in is None:
        return None
    kind, *of = view.made_in.split()
    name, index = of or ("", "")
    if view is not x.origin:
        name, index = _name_of_view(x.origin), "0"
    return errors.VIEW_IN_PLACE[kind].format(name=name, index=index)


def refuse_resized(x: Tensor) -> None:
    """Raise if x is no longer what its base was seen through, because it was resized."""
    if x.origin is not None and x.origin.made_in == "resized":
        raise errors.GradError(errors.advice(errors.RESIZED_VIEW, "write to a clone()."))


def _name_of_view(view: View) -> str:
    """PyTorch's name of the operation that made a view; it tells slices from single positions."""
    title: str = view.primitive.title
    if title == "Slice" and not all(isinstance(entry, tuple) for entry in view.params[0]):
        return "Select"
    return title


def prepare(x: Tensor) -> None:
    """Get ready to write to x: raise if that is not allowed, and copy what somebody wants kept.

    Raises:
        RuntimeError: if elements of x share memory, or x is an inference tensor in normal mode.
    """
    refuse_overlap(x.array)
    storage = x.storage
    if storage is not None:
        if storage.inference and not present().inference and "_may_be_written" not in x.__dict__:
            raise errors.GradError(errors.INFERENCE_WRITE)
        if storage.kept is not None:
            for reference in storage.kept:
                if (handle := reference()) is not None:
                    handle.keep()
            storage.kept = None


def refuse_overlap(a: Any) -> None:
    """Raise if elements of the array share memory, as after expand()."""
    if 0 in a.strides and a.size > 1 and any(n > 1 and st == 0 for n, st in zip(a.shape, a.strides, strict=True)):
        raise errors.ShapeError(
            errors.advice(
                "unsupported operation: more than one element of the written-to tensor refers to a "
                "single memory location. Please clone() the tensor before performing the "
                "operation.",
                "x = x.clone() before writing.",
            )
        )


def fitting(x: Tensor, values: Any, name: str) -> Any:
    """The values, if they may be written into x."""
    have = x.array
    prepare(x)
    if values.shape != have.shape:
        raise errors.ShapeError(
            errors.advice(
                f"output with shape {list(have.shape)} doesn't match the broadcast shape {list(values.shape)}",
                f"compute {name.rstrip('_')} out of place.",
            )
        )
    given, own = dtypes.of_numpy(values.dtype), dtypes.of_numpy(have.dtype)
    if given.category > own.category:
        raise errors.DtypeError(
            errors.advice(
                f"result type {given.title} can't be cast to the desired output type {own.title}",
                f"convert the tensor with .to({given}) first.",
            )
        )
    return values


def _misfit(x: Tensor, op: Any, operands: tuple[Any, ...], error: Exception) -> Exception:
    try:
        shape = np.broadcast_shapes(x.shape, *(o.shape for o in operands if isinstance(o, Tensor)))
        fitting(x, np.empty(shape, x.array.dtype), op.primitive.name)
    except errors.WengertError as better:
        return better
    except ValueError:
        pass
    return explained(op.primitive, (x, *operands), (), error)


def rebase(x: Tensor, history: Tensor, writer: Any) -> None:
    """Give x the history of a result whose values were just copied into it."""
    node = history.node
    note_write(x, writer)
    if node is not None and node.saves_result:  # what the node saved lies in x's memory now
        node.saved = (*node.saved[:-1], x.array)
        storage_of(x).results.append(ref(node))
    root, path = x, []
    while root.origin is not None:
        path.append(root.origin)
        root = root.origin.base
    was_recorded = root.node is not None
    if root is x:
        keep_retaining(x, node)
        x.node = node
    else:
        positions = wrap(np.arange(root.array.size).reshape(root.array.shape))
        for view in reversed(path):
            positions = view.primitive.op(positions, *view.params)
        value = wrap(history.array, node)
        before = alias(root, root.node)
        before.array = np.empty(root.array.shape, root.array.dtype)  # only its shape matters
        root.node = indexing.put(before, value, positions).node
    review(root, was_recorded=was_recorded)


def keep_retaining(x: Tensor, node: Any) -> None:
    """What retain_grad() asked for goes with the tensor to its new node."""
    hooks = x.node.hooks if isinstance(x.node, Node) else None
    if hooks is not None and hooks.retained is not None and hooks.retained() is x:
        hooks.retained = None
        if node is not None:
            node.hooks = node.hooks or Hooks()
            node.hooks.retained = ref(x)


def review(root: Tensor, *, was_recorded: bool) -> None:
    """Give the views of a tensor whose history was rewritten the same view of what it is now.

    A view without history of a tensor that had one was made under no_grad.
    """
    done = {id(root)}
    for tensor in list(storage_of(root).tensors):
        chain: list[Tensor] = []
        while tensor.origin is not None and id(tensor) not in done:
            done.add(id(tensor))
            chain.append(tensor)
            tensor = tensor.origin.base  # noqa: PLW2901  up to the nearest that is done
        for seen in reversed(chain):
            words = unwritable(seen) if seen.node is not None or was_recorded else None
            seen.node = view_node(seen)
            if words is not None and seen.node is not None:
                seen.node = unknown_node(seen.node, words)


def unknown_node(node: Node, words: str) -> Any:
    """The node of a view whose history cannot be written anew, after its base was written."""
    words = words.replace(
        "is being modified inplace", "its base or another view of its base has been modified inplace", 1
    )
    rule = OverwrittenResult(node.rule, errors.advice(words, "take the view after the write."))
    return plain_node(rule, node.parents, node.code, node.lasti)


def view_node(tensor: Tensor) -> Any:
    """A new node for a view of what its base is now."""
    view = tensor.origin
    if view is None or view.base.node is None:
        return None
    node = make_node(pullback(view.primitive, (0,)), (view.base,), tensor, view.params)
    node.parents = (view.base.node,)
    return node


def setitem(x: Tensor, index: Any, value: Any) -> None:
    """What `x[index] = value` does.

    >>> import wengert as torch
    >>> x = torch.zeros(3); x[1:] = torch.tensor([5.0, 6.0]); x
    tensor([0., 5., 6.])
    """
    slices, shape, arrays = selecting.parse(x, index)
    if isinstance(x, Tracer) or isinstance(value, Tracer):
        _set_traced(x, index, value)
        return
    if not isinstance(value, Tensor | bool | int | float | complex | np.generic):
        raise errors.ArgumentTypeError(
            errors.advice(
                f"can't assign a {_type_name(value)} to a {x.type()}",
                "torch.tensor(...) of it.",
            )
        )
    if not arrays:
        whole = not slices and shape == x.shape
        _write(x if whole else selecting.getitem(x, index), value)
    elif isinstance(index, Tensor) and index.array.dtype == np.bool_ and _is_number(value):
        mask = s.reshape(index, (*index.shape, *(1,) * (x.ndim - index.ndim)))
        update(x, lambda old, new: p.where(mask, new, old), (_as_value(value, x),), "setitem")
    else:
        _put(x, selecting.positions_of(x, index), value)


def _type_name(value: Any) -> str:
    kind = type(value)
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"


def _is_number(value: Any) -> bool:
    return not isinstance(value, Tensor) or value.array.size == 1


def _write(part: Tensor, value: Any) -> None:
    """Write a value over a whole tensor, in the words of expand() if it does not fit."""
    given = _as_value(value, part)
    copy_(part, shaping.expand(_trimmed(given, part.ndim), *part.shape), name="setitem")


def _put(x: Tensor, positions: Any, value: Any) -> None:
    """Write a value at some positions of the flattened tensor."""
    if isinstance(value, Tensor) and value.dtype is not x.dtype:
        raise errors.DtypeError(
            errors.advice(
                "Index put requires the source and destination dtypes match, got "
                f"{x.dtype.title} for the destination and {value.dtype.title} for the source.",
                f"convert the value with .to({x.dtype}).",
            )
        )
    given = _trimmed(_as_value(value, x), positions.ndim)
    try:
        spread = s.broadcast_to(given, positions.shape)
    except errors.ShapeError:
        raise errors.ShapeError(
            f"shape mismatch: value tensor of shape {list(given.shape)} cannot be broadcast to "
            f"indexing result of shape {list(positions.shape)}"
        ) from None
    if not positions.size:
        return
    update(x, lambda old, new: indexing.put(old, new, wrap(positions)), (spread,), "setitem")


def _set_traced(x: Tensor, index: Any, value: Any) -> None:
    if not isinstance(x, Tracer):
        refuse_foreign((value,))
        raise errors.TransformError("an index that a transform varies cannot be written to in a tensor outside it")
    positions = selecting.positions_of(wrap(np.empty(x.shape)), index)
    given = s.broadcast_to(_trimmed(_as_value(value, x), positions.ndim), positions.shape)
    rewrite(x, indexing.put(x, given, wrap(positions)))


def _as_value(value: Any, x: Tensor) -> Tensor:
    own = numpy_dtype(x)
    if not isinstance(value, Tensor):
        return wrap(dtypes.number_in(value, own))
    return value if numpy_dtype(value) == own else s.cast(value, own)


def _trimmed(value: Tensor, rank: int) -> Tensor:
    """The value without the leading dimensions of size 1 that broadcasting does not need."""
    shape = value.shape
    while len(shape) > rank and shape[0] == 1:
        shape = shape[1:]
    return value if shape == value.shape else s.reshape(value, tuple(shape))


def copy_(x: Tensor, src: Tensor, non_blocking: bool = False, *, name: str = "copy_") -> Tensor:
    """Write the values of another tensor, broadcast and cast, into x.

    >>> import wengert as torch
    >>> torch.zeros(2).copy_(torch.tensor([1, 2]))
    tensor([1., 2.])
    """
    if not isinstance(src, Tensor):
        if not isinstance(src, bool | int | float | complex):
            raise errors.ArgumentTypeError(
                f"copy_(): argument 'other' (position 1) must be Tensor, not {type(src).__name__}"
            )
        src = wrap(np.asarray(src))
    if isinstance(x, Tracer):
        return rewrite(x, s.broadcast_to(_as_value(src, x), tuple(x.shape)))
    refuse_foreign((src,))
    if recording():
        refuse_leaf(x)
    prepare(x)
    try:
        value = s.broadcast_to(_trimmed(_as_value(src, x), x.ndim), tuple(x.shape))
    except errors.ShapeError:
        joint = np.broadcast_shapes(x.shape, src.shape)
        fitting(x, np.broadcast_to(x.array, joint), name)
        raise
    return _overwrite(x, value, name)


def _overwrite(x: Tensor, value: Tensor, name: str) -> Tensor:
    """Write a value of x's own shape and dtype, and give x its history."""
    recorded = recording() and (x.node is not None or value.node is not None)
    if recorded:
        refuse_resized(x)
    history = _history(x, value) if recorded else value
    np.copyto(x.array, value.array)
    if recorded:
        rebase(x, history, _writer(name))
    else:
        note_write(x, _writer(name))
    return x


def _history(x: Tensor, value: Tensor) -> Tensor:
    """What x is computed from once the value is written over it; then its old values count no more."""
    if x.node is None or x.origin is not None:
        return s.copy(value)  # type: ignore[no-any-return]
    nowhere = wrap(np.zeros((), bool))
    return p.where(nowhere, alias(x, x.node), value)  # type: ignore[no-any-return]


def fill_(x: Tensor, value: Any) -> Tensor:
    """Write one number everywhere.

    >>> import wengert as torch
    >>> torch.zeros(2).fill_(3)
    tensor([3., 3.])
    """
    if isinstance(value, Tensor) and value.ndim:
        raise errors.ShapeError(
            f"fill_ only supports 0-dimension value tensor but got tensor with {value.ndim} dimensions."
        )
    if isinstance(x, Tracer):
        return copy_(x, _as_value(value, x))
    refuse_foreign((value,))
    if recording():
        refuse_leaf(x)
    prepare(x)
    return _overwrite(x, s.broadcast_to(_as_value(value, x), tuple(x.shape)), "fill_")


def zero_(x: Tensor) -> Tensor:
    """Write zeros everywhere.

    >>> import wengert as torch
    >>> torch.ones(2).zero_()
    tensor([0., 0.])
    """
    if type(x) is Tensor and x.node is None:  # every training step does this
        prepare(x)
        x.array.fill(0)
        note_write(x, _writer("zero_"))
        return x
    return fill_(x, 0)


def in_place(name: str, op: Any, function: Any = None) -> Any:
    """The method `name` that writes the result of an op into its first operand.

    `function` is the op with the options that PyTorch gives it, such as `alpha`.
    """

    def method(self: Tensor, *operands: Any, **options: Any) -> Tensor:
        chosen = partial(function, **options) if options and function else op
        return update(self, chosen, operands, name)

    method.__name__ = name
    method.__qualname__ = f"Tensor.{name}"
    method.__doc__ = f"`{name.rstrip('_')}`, written into the tensor itself."
    return method

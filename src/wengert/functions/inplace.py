"""Writing into tensors: every `name_` method, `x += y`, `x[i] = y`, and what it does to history.

A write computes out of place on an alias with the old history, copies the values in, and gives
the tensor the new history. A write through a view also gives the base a new history: the base
with some elements put in (`put`), of which the view is then again a view.
"""

from __future__ import annotations

import sys
from typing import Any
from weakref import ref

import numpy as np

from wengert import dtypes, errors
from wengert.core.levels import Tracer, common_dtype, explained, numpy_dtype
from wengert.core.modes import mode
from wengert.core.places import user_frame
from wengert.core.tape import AccumulateGrad, note_write
from wengert.core.tensor import Tensor, alias, storage_of, wrap
from wengert.functions import selecting
from wengert.ops import indexing
from wengert.ops import pointwise as p
from wengert.ops import structural as s


def _writer(name: str) -> Any:
    frame = user_frame(sys._getframe(2))
    return frame.f_code, frame.f_lasti, name


def update(x: Tensor, op: Any, operands: tuple[Any, ...], name: str) -> Tensor:
    """x = op(x, *operands), in the memory of x.

    Raises:
        RuntimeError: for a leaf that requires grad, a result of another shape, or a dtype that
            does not fit; then nothing has been written.
    """
    if isinstance(x, Tracer):
        return _update_tracer(x, op(x, *operands))
    if mode() is None and (
        x.node is not None or any(isinstance(o, Tensor) and o.node is not None for o in operands)
    ):
        refuse_leaf(x)
        old = alias(x, x.node)
        result = op(old, *operands)
        values = fitting(x, result.array, name)
        history = result if result.array.dtype == x.array.dtype else s.cast(result, x.array.dtype)
        np.copyto(x.array, values, casting="unsafe")
        rebase(x, history, _writer(name))
        return x
    a = x.array
    others = [o.array if type(o) is Tensor else o for o in operands]
    kernel = op.primitive.kernel
    direct = isinstance(kernel, np.ufunc) and all(
        o.dtype is a.dtype if type(o) is np.ndarray else type(o) in (int, float) for o in others
    ) and a.dtype.kind == "f"  # fmt: skip
    if direct:
        refuse_overlap(a)
        try:
            kernel(a, *others, out=a)
        except ValueError as error:
            raise _misfit(x, op, operands, error) from None
    else:
        np.copyto(a, fitting(x, op(wrap(a), *operands).array, name), casting="unsafe")
    note_write(x, _writer(name))
    return x


def _update_tracer(x: Tracer, result: Any) -> Tensor:
    """A write to a value of a transform: it stands for the result from now on."""
    if not isinstance(result, Tracer) or result.level is not x.level:
        raise errors.TransformError(
            f"{x.level.name}: an in-place operation would need a value of another transform"
        )
    for slot in type(x).__slots__:
        setattr(x, slot, getattr(result, slot))
    x.value = result.value
    return x


def refuse_leaf(x: Tensor) -> None:
    """Raise if a leaf that requires grad, or a view of one, would be written with grad mode on."""
    if isinstance(x.node, AccumulateGrad):
        raise errors.GradError(errors.LEAF_IN_PLACE)
    view = x.view
    while view is not None:
        if isinstance(view.base.node, AccumulateGrad):
            raise errors.GradError(errors.LEAF_VIEW_IN_PLACE)
        view = view.base.view


def refuse_overlap(a: Any) -> None:
    """Raise if elements of the array share memory, as after expand()."""
    if 0 in a.strides and any(n > 1 and st == 0 for n, st in zip(a.shape, a.strides, strict=True)):
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
    refuse_overlap(have)
    if values.shape != have.shape:
        raise errors.ShapeError(
            errors.advice(
                f"output with shape {list(have.shape)} doesn't match the broadcast shape "
                f"{list(values.shape)}",
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
    while root.view is not None:
        path.append(root.view)
        root = root.view.base
    for tensor in storage_of(x).tensors:
        if tensor is not root:
            del tensor.node  # found again through the base when it is next read
    if root is x:
        x.node = node
        return
    positions = wrap(np.arange(root.array.size).reshape(root.array.shape))
    for view in reversed(path):
        positions = view.primitive.op(positions, *view.params)
    value = wrap(history.array, node)
    before = alias(root, root.node)
    before.array = np.empty(root.array.shape, root.array.dtype)  # only its shape matters
    root.node = indexing.put(before, value, positions).node


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
    if not arrays:
        part = selecting.getitem(x, index)
        copy_(part, value, name="setitem")
        return
    if isinstance(index, Tensor) and index.array.dtype == np.bool_ and _is_number(value):
        update(x, lambda old, v: p.where(index, v, old), (value,), "setitem")
        return
    positions = selecting.positions_of(x, index)
    given = _as_value(value, x)
    spread = s.broadcast_to(_trimmed(given, positions.ndim), positions.shape)

    def put(old: Tensor, new: Tensor) -> Tensor:
        return indexing.put(old, new, wrap(positions))  # type: ignore[no-any-return]

    put.primitive = indexing.put.primitive  # type: ignore[attr-defined]
    update(x, put, (spread,), "setitem")


def _set_traced(x: Tensor, index: Any, value: Any) -> None:
    positions = selecting.positions_of(wrap(np.empty(x.shape)), index)
    given = s.broadcast_to(_trimmed(_as_value(value, x), positions.ndim), positions.shape)
    result = indexing.put(x, given, wrap(positions))
    if not isinstance(x, Tracer):
        raise errors.TransformError(
            errors.advice(
                f"{result.level.name}: a value of the transform is written into a tensor from "
                "outside it",
                "make the tensor inside the function, for example with x.new_zeros(...).",
            )
        )
    _update_tracer(x, result)


def _is_number(value: Any) -> bool:
    return isinstance(value, bool | int | float | complex)


def _as_value(value: Any, x: Tensor) -> Tensor:
    given = value if isinstance(value, Tensor) else wrap(np.asarray(value))
    own = numpy_dtype(x)
    return given if numpy_dtype(given) == own else s.cast(given, own)


def _trimmed(value: Tensor, rank: int) -> Tensor:
    """The value without the leading dimensions of size 1 that broadcasting does not need."""
    shape = value.shape
    while len(shape) > rank and shape[0] == 1:
        shape = shape[1:]
    return value if shape == value.shape else s.reshape(value, tuple(shape))


def copy_(x: Tensor, src: Any, non_blocking: bool = False, *, name: str = "copy_") -> Tensor:  # noqa: FBT001, FBT002, ARG001
    """Write the values of another tensor, broadcast and cast, into x.

    >>> import wengert as torch
    >>> torch.zeros(2).copy_(torch.tensor([1, 2]))
    tensor([1., 2.])
    """
    if isinstance(x, Tracer):
        return _update_tracer(x, s.broadcast_to(_as_value(src, x), tuple(x.shape)))
    if not isinstance(src, Tensor) or (src.node is None and x.node is None) or mode() is not None:
        if mode() is None:
            refuse_leaf(x)
        refuse_overlap(x.array)
        values = src.array if isinstance(src, Tensor) else src
        try:
            x.array[...] = values
        except ValueError:
            raise _not_expandable(x, np.shape(values)) from None
        if x.node is not None and mode() is None:  # a number written over a recorded view
            rebase(x, wrap(x.array), _writer(name))
        else:
            note_write(x, _writer(name))
        return x
    refuse_leaf(x)
    refuse_overlap(x.array)
    try:
        value = s.broadcast_to(_trimmed(_as_value(src, x), x.ndim), tuple(x.shape))
    except errors.ShapeError:
        raise _not_expandable(x, src.shape) from None
    value = s.copy(value)
    np.copyto(x.array, value.array)
    rebase(x, value, _writer(name))
    return x


def _not_expandable(x: Tensor, shape: Any) -> errors.ShapeError:
    return errors.ShapeError(
        errors.advice(
            f"The expanded size of the tensor {list(x.shape)} must match the existing size "
            f"{list(shape)}",
            "give the value the shape of what is written, or one that broadcasts to it.",
        )
    )


def fill_(x: Tensor, value: Any) -> Tensor:
    """Write one number everywhere.

    >>> import wengert as torch
    >>> torch.zeros(2).fill_(3)
    tensor([3., 3.])
    """
    return copy_(x, value, name="fill_")


def zero_(x: Tensor) -> Tensor:
    """Write zeros everywhere.

    >>> import wengert as torch
    >>> torch.ones(2).zero_()
    tensor([0., 0.])
    """
    return copy_(x, 0, name="zero_")


def in_place(name: str, op: Any) -> Any:
    """The method `name` that writes the result of an op into its first operand."""

    def method(self: Tensor, *operands: Any, alpha: Any = 1) -> Tensor:
        if alpha != 1:
            operands = (p.multiply(operands[0], alpha),)
        return update(self, op, operands, name)

    method.__name__ = name
    method.__qualname__ = f"Tensor.{name}"
    method.__doc__ = f"`{name.rstrip('_')}`, written into the tensor itself."
    return method



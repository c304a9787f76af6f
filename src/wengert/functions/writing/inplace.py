"""Writing into tensors: every `name_` method, `x += y` and `x[i] = y`.

A write computes out of place on an alias with the old history, copies the values in, and gives
the tensor the new history (`histories`).
"""

from __future__ import annotations

from functools import partial
from sys import _getframe
from typing import Any

import numpy as np

from wengert import dtypes, errors
from wengert.core.blocks import BIG, MET, write_blocks
from wengert.core.levels import Tracer, alias_of, explained, numpy_dtype, spec_of
from wengert.core.live import LiveNumber
from wengert.core.modes import NO_GRAD, WATCHING, mode, present, recording
from wengert.core.places import user_frame
from wengert.core.tape import Node, note_write
from wengert.core.tensor import Tensor, alias, clock, wrap
from wengert.functions.indexing import selecting
from wengert.functions.outdated import SIGNATURES, numbers_first
from wengert.functions.shaping import arranging
from wengert.functions.writing.histories import rebase, refuse_leaf, refuse_resized
from wengert.functions.writing.memory import refuse_overlap, writable
from wengert.functions.writing.rewriting import rewrite, taken_in
from wengert.ops import indexing
from wengert.ops import pointwise as p
from wengert.ops import structural as s
from wengert.shapes import broadcast_shapes

MISREADS_STRIDES = np.negative
"""NumPy 2.4 reads the wrong elements where it writes over the ones that it reads, and these lie apart."""


def _writer(name: str, depth: int = 2) -> Any:
    frame = user_frame(_getframe(depth))
    return frame.f_code, frame.f_lasti, name


def update(x: Tensor, op: Any, operands: tuple[Any, ...], name: str, options: tuple[Any, ...] = ()) -> Tensor:
    """x = op(x, *operands), in the memory of x.

    Args:
        x: the tensor.
        op: computes the new value; it may be a function to which options were given already.
        operands: what else it takes.
        name: the name of the method.
        options: the values of those options: they may have a history too.

    Raises:
        RuntimeError: for a leaf that requires grad, a result of another shape, or a dtype that
            does not fit; then nothing has been written.
    """
    if isinstance(x, Tracer):
        result = op(x.level.alias(x), *operands)
        fitting(x, result, name)
        value = _as_value(result, x)
        return rewrite(x, value if value.node is not None else _remembered(x, value), name)
    involved = (*operands, *options) if options else operands
    if recording() and (x.node is not None or any(isinstance(o, Tensor) and o.node is not None for o in involved)):
        if foreign(x, involved):
            return update(x, op, operands, name, options)
        return _recorded(x, op, operands, name)
    if recording() and x.origin is not None:
        refuse_leaf(x)
    a = x.array
    others = [o.array if type(o) is Tensor else o for o in operands]
    kernel: Any = op.primitive.kernel if hasattr(op, "primitive") else None
    kernel = getattr(kernel, "ufunc", kernel)
    direct = isinstance(kernel, np.ufunc) and all(
        o.dtype is a.dtype if type(o) is np.ndarray else type(o) in (int, float) for o in others
    ) and a.dtype.char in "fd" and (kernel is not MISREADS_STRIDES or a.flags.c_contiguous)  # fmt: skip
    if direct:
        prepare(x)
        try:
            if MET.seen and a.size >= BIG:
                write_blocks(op.primitive.kernel, a, others)
            else:
                kernel(a, *others, out=a)
        except ValueError as error:
            if a.flags.writeable:
                raise _misfit(x, op, operands, error) from None
            x.array = writable(a)
            kernel(a, *others, out=x.array)
    else:
        if foreign(x, involved):
            return update(x, op, operands, name, options)
        result = op(wrap(a), *operands)
        fitting(x, result, name)
        write(x, result.array)
    note_write(x, _writer(name))
    return x


def _recorded(x: Tensor, op: Any, operands: tuple[Any, ...], name: str) -> Tensor:
    """`update` where the write has a history."""
    refuse_leaf(x)
    refuse_resized(x)
    old, start = alias(x, x.node), clock()
    if present().packing is not None:  # what is saved is packed at once, and must not be written over
        old.array, old.memory, old.origin = old.array.copy(), None, None
    result = op(old, *operands)
    if not hasattr(op, "primitive") and _keeps_views(old, result.node, start):
        old = alias(x, x.node)
        old.array, old.memory, old.origin = old.array.copy(), None, None
        result = op(old, *operands)
    fitting(x, result, name)
    values = result.array
    history = result if result.array.dtype == x.array.dtype else s.cast(result, x.array.dtype)
    if history.node is None and x.node is not None:
        history = _history(x, history)
    _keep_apart(old, history.node, start)
    write(x, values)
    rebase(x, history, _writer(name, 3))
    return x


def write(x: Tensor, values: Any) -> None:
    """Copy values of its own shape into the memory of a tensor."""
    try:
        np.copyto(x.array, values, casting="unsafe")
    except ValueError:
        x.array = writable(x.array)
        np.copyto(x.array, values, casting="unsafe")


def _keeps_views(old: Tensor, node: Any, start: int) -> bool:
    """Whether a rule is going to read a part of the operand, as those of functions made of halves do."""
    nodes, storage = [node], old.memory
    while nodes:
        node = nodes.pop()
        if not isinstance(node, Node) or node.number < start:
            continue
        for value in node.saved or ():
            if isinstance(value, Tensor) and value is not old and storage is not None and value.memory is storage:
                return True
        nodes.extend(node.parents)
    return False


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
            old.array, old.memory, old.origin = old.array.copy(), None, None
            return
        nodes.extend(node.parents)


def foreign(x: Tensor, operands: tuple[Any, ...]) -> bool:
    """Whether values of a transform are to be written into a tensor that was none, but has just become one.

    Raises:
        RuntimeError: if it cannot become one, as it was made outside.
    """
    stand = [operand.tensor if type(operand) is LiveNumber else operand for operand in operands]
    tracers = [each for each in stand if isinstance(each, Tracer)]
    if not tracers:
        return False
    innermost = max(tracers, key=lambda tracer: tracer.level.number)
    if taken_in(x, innermost):
        return True
    raise errors.TransformError(
        errors.advice(
            f"{innermost.level.name}: a value of this transform is written into a tensor that does not depend on it",
            "make that tensor inside the function, or with x.new_zeros(...), where x is an argument.",
        )
    )


def prepare(x: Tensor, *, one_number: bool = False) -> None:
    """Get ready to write to x: raise if that is not allowed, and copy what somebody wants kept.

    Raises:
        RuntimeError: if elements of x share memory (unless all are to be one number), or x is an
            inference tensor in normal mode.
    """
    if isinstance(x, Tracer):
        return  # `rewrite` does so
    if not one_number:
        refuse_overlap(x.array)
    storage = x.memory
    if storage is not None:
        if storage.inference and not present().inference and "_may_be_written" not in x.__dict__:
            raise errors.GradError(errors.INFERENCE_WRITE)
        if storage.kept is not None:
            for reference in storage.kept:
                if (handle := reference()) is not None:
                    handle.keep()
            storage.kept = None


def fitting(x: Tensor, value: Any, name: str) -> None:
    """Get ready to write a value into x, as `prepare` does.

    Raises:
        RuntimeError: if its shape or dtype does not fit, too.
    """
    prepare(x)
    have, found = spec_of(x), spec_of(value)
    if found.shape != have.shape:
        raise errors.ShapeError(
            errors.advice(
                f"output with shape {list(have.shape)} doesn't match the broadcast shape {list(found.shape)}",
                f"compute {name.rstrip('_')} out of place.",
            )
        )
    given, own = dtypes.of_numpy(found.dtype), dtypes.of_numpy(have.dtype)
    if own.is_complex and name in ("abs_", "absolute_"):
        raise errors.DtypeError(errors.advice("In-place abs is not supported for complex tensors.", "x.abs()."))
    if given.category > own.category:
        raise errors.DtypeError(
            errors.advice(
                f"result type {given.title} can't be cast to the desired output type {own.title}",
                f"convert the tensor with .to({given}) first.",
            )
        )


def _misfit(x: Tensor, op: Any, operands: tuple[Any, ...], error: Exception) -> Exception:
    try:
        shape = broadcast_shapes(x.shape, *(o.shape for o in operands if isinstance(o, Tensor)))
        fitting(x, np.empty(shape, x.array.dtype), op.primitive.name)
    except errors.WengertError as better:
        return better
    return explained(op.primitive, (x, *operands), (), error)


def setitem(x: Tensor, index: Any, value: Any) -> None:
    """What `x[index] = value` does.

    >>> import wengert as torch
    >>> x = torch.zeros(3); x[1:] = torch.tensor([5.0, 6.0]); x
    tensor([0., 5., 6.])
    """
    if _sets_plainly(x, index, value):
        return
    traced = isinstance(index, Tracer) and numpy_dtype(index) == np.bool_
    if traced and _is_number(value) and index.shape == x.shape[: index.ndim]:
        _set_where(x, index, value)
        return
    if isinstance(index, Tracer) and not index.level.ordinary and not index.ndim:  # a position for each of a batch
        _put(x, selecting.positions_of(wrap(np.empty(x.shape)), index), _as_value(value, x))
        return
    slices, shape, arrays = selecting.parse(x, index)
    if index is False:
        return
    if not isinstance(x, Tracer) and isinstance(value, Tracer):
        foreign(x, (value,))
    if isinstance(x, Tracer) and (arrays or not x.level.ordinary):
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
        _set_where(x, index, value)
    else:
        _put(x, selecting.positions_of(x, index), value)


def _sets_plainly(x: Tensor, index: Any, value: Any) -> bool:
    """Write a number, or values that fit, into a part of a tensor, if no history and nobody else has a say in it."""
    if type(x) is not Tensor or x.node is not None or x.origin is not None or WATCHING.count or mode() not in PLAINLY:
        return False
    array = x.array
    slices = selecting.basic(index, array.shape) if 0 not in array.strides and array.flags.writeable else None
    if slices is None:
        return False
    part = array[s.as_index(slices)]
    if type(value) is Tensor:
        given = value.array
        if value.node is not None or given.dtype is not part.dtype or given.shape != part.shape:
            return False
    elif type(value) is int or type(value) is float:
        given = dtypes.assigned(value, part.dtype)
    else:
        return False
    prepare(x)
    part[...] = given
    note_write(x, _writer("setitem", 3))
    return True


PLAINLY = (None, NO_GRAD)
"""The modes in which a write is no more than that."""


def _type_name(value: Any) -> str:
    kind = type(value)
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"


def _is_number(value: Any) -> bool:
    return not isinstance(value, Tensor) or s.size_of(value) == 1


def _set_where(x: Tensor, mask: Tensor, value: Any) -> None:
    """Write one number where a mask of the first dimensions of x holds."""
    whole = s.reshape(mask, (*mask.shape, *(1,) * (x.ndim - mask.ndim)))
    number = _as_value(value, x)
    if number.ndim:
        number = s.reshape(number, ())
    update(x, lambda old, mask, new: p.where(mask, new, old), (whole, number), "setitem")


def _write(part: Tensor, value: Any) -> None:
    """Write a value over a whole tensor, in the words of expand() if it does not fit."""
    given = _as_value(value, part)
    copy_(part, arranging.expand(_trimmed(given, part.ndim), *part.shape), name="setitem")


def _put(x: Tensor, positions: Tensor, value: Any) -> None:
    """Write a value at some positions of the flattened tensor."""
    if isinstance(value, Tensor) and value.dtype is not x.dtype:
        raise errors.DtypeError(
            errors.advice(
                "Index put requires the source and destination dtypes match, got "
                f"{x.dtype.title} for the destination and {value.dtype.title} for the source.",
                f"convert the value with .to({x.dtype}).",
            )
        )
    shape = tuple(positions.shape)
    given = _trimmed(_as_value(value, x), len(shape))
    try:
        spread = s.broadcast_to(given, shape)
    except errors.ShapeError:
        raise errors.ShapeError(
            f"shape mismatch: value tensor of shape {list(given.shape)} cannot be broadcast to "
            f"indexing result of shape {list(shape)}"
        ) from None
    update(x, indexing.put, (spread, positions), "setitem")


def _set_traced(x: Tracer, index: Any, value: Any) -> None:
    positions = selecting.positions_of(wrap(np.empty(x.shape)), index)
    if not isinstance(positions, Tracer):
        positions = wrap(positions.array)
    _put(x, positions, _as_value(value, x))


def _as_value(value: Any, x: Tensor) -> Tensor:
    own = numpy_dtype(x)
    if not isinstance(value, Tensor):
        return wrap(dtypes.assigned(value, own))
    return value if numpy_dtype(value) == own else s.cast(value, own)


def _trimmed(value: Tensor, rank: int) -> Tensor:
    """The value without the leading dimensions of size 1 that broadcasting does not need."""
    shape = value.shape
    while len(shape) > rank and shape[0] == 1:
        shape = shape[1:]
    return value if shape == value.shape else s.reshape(value, tuple(shape))


def copy_(x: Tensor, other: Tensor, non_blocking: bool = False, *, name: str = "copy_") -> Tensor:
    """Write the values of another tensor, broadcast and cast, into x.

    >>> import wengert as torch
    >>> torch.zeros(2).copy_(torch.tensor([1, 2]))
    tensor([1., 2.])
    """
    if not isinstance(other, Tensor):
        if not isinstance(other, bool | int | float | complex):
            raise errors.ArgumentTypeError(
                f"copy_(): argument 'other' (position 1) must be Tensor, not {type(other).__name__}"
            )
        other = wrap(np.asarray(other))
    if not isinstance(x, Tracer) and not foreign(x, (other,)) and recording():
        refuse_leaf(x)
    prepare(x)
    try:
        value = s.broadcast_to(_as_value(other, x), tuple(x.shape))
    except errors.ShapeError:
        fitting(x, np.empty(broadcast_shapes(x.shape, other.shape), numpy_dtype(x)), name)
        raise
    return _overwrite(x, value, name)


def _overwrite(x: Tensor, value: Tensor, name: str, *, one_number: bool = False) -> Tensor:
    """Write a value of x's own shape and dtype, and give x its history."""
    if isinstance(x, Tracer):
        made = _remembered(x, value)
        return rewrite(x, s.copy(value) if made is value else made, name, one_number=one_number)
    recorded = recording() and (x.node is not None or value.node is not None)
    if recorded:
        refuse_resized(x)
    history = _history(x, value) if recorded else value
    write(x, value.array)
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
    return p.where(nowhere, alias_of(x, x.node), value)  # type: ignore[no-any-return]


def _remembered(x: Tracer, value: Tensor) -> Tensor:
    """The value with the history that it gives x, where that is as with plain tensors; else the value."""
    recorded = x.level.ordinary and recording() and (x.node is not None or value.node is not None)
    return _history(x, value) if recorded else value


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
    if not isinstance(x, Tracer) and not foreign(x, (value,)) and recording():
        refuse_leaf(x)
    if dtypes.is_half(numpy_dtype(x)):
        dtypes.refuse_beyond(numpy_dtype(x), value)
    prepare(x, one_number=True)
    return _overwrite(x, s.broadcast_to(_as_value(value, x), tuple(x.shape)), "fill_", one_number=True)


def zero_(x: Tensor) -> Tensor:
    """Write zeros everywhere.

    >>> import wengert as torch
    >>> torch.ones(2).zero_()
    tensor([0., 0.])
    """
    if type(x) is Tensor and x.node is None and x.origin is None:  # every training step does this
        prepare(x, one_number=True)
        try:
            x.array.fill(0)
        except ValueError:
            x.array = writable(x.array)
            x.array.fill(0)
        note_write(x, _writer("zero_"))
        return x
    return fill_(x, 0)


MANY = 100
"""More operands than any operation takes."""


def in_place(name: str, op: Any, function: Any = None) -> Any:
    """The method `name` that writes the result of an op into its first operand.

    `function` is the op with the options that PyTorch gives it, such as `alpha`.
    """
    arity = op.primitive.arity if hasattr(op, "primitive") else None
    scales = SIGNATURES.get(name.rstrip("_"))
    most = len(scales.tensors) if scales is not None else MANY if arity is None else arity - 1

    def method(self: Tensor, *operands: Any, **options: Any) -> Tensor:
        if len(operands) > most:
            if scales is not None:
                return numbers_first(name, method, (self, *operands), options)  # type: ignore[no-any-return]
            found = f"takes no arguments ({len(operands)} given)"
            if most:
                found = f"takes {most + 1} positional arguments but {len(operands) + 1} were given"
            raise errors.ArgumentTypeError(f"TensorBase.{name}() {found}")
        if not options:
            return update(self, op, operands, name)
        return update(self, partial(function or op, **options), operands, name, tuple(options.values()))

    method.__name__ = name
    method.__qualname__ = f"Tensor.{name}"
    method.__doc__ = f"`{name.rstrip('_')}`, written into the tensor itself."
    return method

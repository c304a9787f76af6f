"""Changing the shape of a tensor itself: t_, transpose_, squeeze_, unsqueeze_, resize_ and their like.

The tensor becomes a view of what it was. Where other views see its memory, what it was lives on as
a tensor that the program does not see, so that their history keeps its meaning.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any
from weakref import ref

import numpy as np

from wengert import errors
from wengert.core.levels import Tracer, numpy_dtype
from wengert.core.modes import enable_grad, recording
from wengert.core.tape import AccumulateGrad, mark_written
from wengert.core.tensor import Storage, Tensor, View, alias, clock, storage_of, wrap
from wengert.functions.making.creation import sizes
from wengert.functions.making.determinism import uninitialised
from wengert.functions.shaping import arranging
from wengert.functions.writing import histories, inplace
from wengert.functions.writing.memory import end_of, owner_of
from wengert.ops import structural as s
from wengert.shapes import Shape, contiguous_strides

if TYPE_CHECKING:
    from collections.abc import Iterator


def become(x: Tensor, op: Any, name: str) -> Tensor:
    """x = op(x), where op is a view of x's memory in another shape."""
    if isinstance(x, Tracer):
        return _become_traced(x, op, name)
    if recording():
        histories.refuse_leaf(x)
    is_leaf = isinstance(x.node, AccumulateGrad)
    with enable_grad():  # where elements went is part of the history, also under no_grad
        seen = op(alias(x, None if is_leaf else x.node))
    if x.origin is not None or _has_views(x):
        _step_aside(x, seen.origin)
    x.array = seen.array
    if is_leaf:
        x.node.array = seen.array
    else:
        histories.keep_retaining(x, seen.node)
        x.node = seen.node
    mark_written(x, name)
    return x


def _become_traced(x: Tracer, op: Any, name: str) -> Tensor:
    """The same inside of `compile`, for a tensor that was made there and that nobody sees through another."""
    if not x.level.ordinary or x.origin is not None or _has_views(x):
        raise errors.TransformError(
            errors.advice(
                f"{x.level.name}: {name} changes the shape of a value of the transform",
                f"{name.rstrip('_')}(), which returns a view.",
            )
        )
    x.level.refuse_outside(x, f"{name} changes the shape of a tensor from outside")
    if recording():
        histories.refuse_leaf(x)
    storage_of(x)  # knows what reads the value that x had
    with enable_grad():
        x.level.rewritten(x, op(x.level.alias(x)))
    mark_written(x, name)
    return x


def _has_views(x: Tensor) -> bool:
    return any(True for _ in _views(x))


def _views(x: Tensor) -> Iterator[View]:
    """How x is seen; what stepped aside is known by its own views alone."""
    for each in x.memory.tensors if x.memory is not None else ():
        view = each.origin
        while view is not None:
            if view.base is x:
                yield view
            view = view.base.origin


def _step_aside(x: Tensor, view: View) -> Tensor:
    """Make x a view of a tensor that takes its place: for the views of x, and in what x is a view of."""
    storage = storage_of(x)
    before = wrap(x.array, None if isinstance(x.node, AccumulateGrad) else x.node)
    before.memory, before.origin = storage, x.origin
    before.__dict__["_now"] = ref(x)
    for view_of_x in list(_views(x)):
        view_of_x.base = before
    x.origin = View(before, view.primitive, view.params)
    storage.add(x)
    return before


def t_(self: Tensor) -> Tensor:
    """`t`, of the tensor itself.

    >>> import wengert as torch
    >>> torch.zeros(2, 3).t_().shape
    torch.Size([3, 2])
    """
    if self.ndim > 2:
        raise errors.ShapeError(f"t_() expects a tensor with <= 2 dimensions, but self is {self.ndim}D")
    return become(self, arranging.t, "t_")


def transpose_(self: Tensor, dim0: int, dim1: int) -> Tensor:
    """`transpose`, of the tensor itself.

    >>> import wengert as torch
    >>> torch.zeros(2, 3, 4).transpose_(0, 2).shape
    torch.Size([4, 3, 2])
    """
    return become(self, lambda x: arranging.transpose(x, dim0, dim1), "transpose_")


swapaxes_ = swapdims_ = transpose_


def unsqueeze_(self: Tensor, dim: int) -> Tensor:
    """`unsqueeze`, of the tensor itself.

    >>> import wengert as torch
    >>> torch.zeros(3).unsqueeze_(0).shape
    torch.Size([1, 3])
    """
    return become(self, lambda x: arranging.unsqueeze(x, dim), "unsqueeze_")


def squeeze_(self: Tensor, dim: Any = None) -> Tensor:
    """`squeeze`, of the tensor itself.

    >>> import wengert as torch
    >>> torch.zeros(1, 3).squeeze_().shape
    torch.Size([3])
    """
    return become(self, lambda x: arranging.squeeze(x, dim), "squeeze_")


def resize_(self: Tensor, *size: Any) -> Tensor:
    """Give the tensor another shape; what memory it needs more is not filled.

    >>> import wengert as torch
    >>> torch.arange(6).resize_(2, 2)
    tensor([[0, 1],
            [2, 3]])

    Where it needs more memory than it has, it moves, and what it shared its memory with stays.
    """
    if isinstance(self, Tracer) or self.node is not None:
        raise errors.GradError(
            errors.advice("cannot resize variables that require grad", "make a new tensor of that shape.")
        )
    shape = sizes(size, "resize_")
    if shape != self.array.shape:
        inplace.prepare(self)
        resize(self, shape)
        mark_written(self, "resize_")
    return self


def resize_as_(self: Tensor, the_template: Tensor) -> Tensor:
    """Give the tensor the shape of another.

    >>> import wengert as torch
    >>> torch.zeros(3).resize_as_(torch.ones(2, 1)).shape
    torch.Size([2, 1])
    """
    return resize_(self, tuple(the_template.shape))


def resize(x: Tensor, shape: Shape) -> None:
    """Give a tensor that is no part of a graph another shape, in its own memory if that is enough."""
    array, size = x.array, x.array.itemsize
    room = (end_of(owner_of(array)) - array.ctypes.data) // size if array.size else 0
    flat = np.lib.stride_tricks.as_strided(array, (room,), (size,))
    if prod(shape) <= room:
        if x.origin is not None or _has_views(x):
            _step_aside(x, View(x, s.alias.primitive, ()))
            x.origin.made_in = "resized"  # type: ignore[union-attr]
        steps = tuple(step * size for step in contiguous_strides(shape))
        x.array = np.lib.stride_tricks.as_strided(array, shape, steps)
    else:
        x.array = uninitialised(shape, array.dtype)
        x.array.reshape(-1)[:room] = flat
        x.origin, version = None, storage_of(x).version
        x.memory = Storage()
        x.memory.version = version
    storage_of(x).stamp = clock()  # nodes that saved x would read another shape


def set_data(self: Tensor, value: Tensor) -> None:
    """Let the tensor stand for the memory of another, with its own history."""
    if not isinstance(value, Tensor):
        raise errors.ArgumentTypeError(f"Variable data has to be a tensor, but got {type(value).__name__}")
    if self.node is not None and numpy_dtype(value).kind not in "fcV":
        raise errors.GradError("data set to a tensor that requires gradients must be floating point or complex dtype")
    if value.memory is not None and value.memory is self.memory and value.shape == self.shape:
        return  # `x.data -= y` has written already
    if isinstance(self, Tracer) or isinstance(value, Tracer):
        level = self.level if isinstance(self, Tracer) else value.level
        raise errors.TransformError(
            errors.advice(f"{level.name}: the .data of a tensor is replaced", "write into it: x.data.copy_(value).")
        )
    if self.origin is not None or _has_views(self):
        _step_aside(self, View(self, s.alias.primitive, ()))
    self.origin, version = None, storage_of(self).version
    self.array = value.array
    self.memory = Storage()
    self.memory.version, self.memory.stamp = version + 1, clock()
    if isinstance(self.node, AccumulateGrad):
        self.node.array = value.array

"""Parameters: the tensors that a module learns, and buffers, which it only keeps.

    isinstance(x, Parameter) == x is a Tensor that says of itself that it is one

A Parameter is a plain Tensor with a mark, not an object of another class: operations recognise plain tensors by one
comparison of types, and parameters take part in most of them.

Knows tensors. Must not know modules.
"""

from __future__ import annotations

from typing import Any

from wengert.core.tensor import Tensor, alias
from wengert.errors import FLOATING_ONLY, ArgumentTypeError, GradError, advice
from wengert.functions.making.creation import empty
from wengert.functions.recording.leaves import requires_grad_

PARAMETER = "_is_param"
BUFFER = "_is_buffer"


class Marked(type):
    """The type of a class whose instances are tensors with a mark."""

    mark: str

    def __instancecheck__(cls, instance: Any) -> bool:
        return type.__instancecheck__(cls, instance) or (
            isinstance(instance, Tensor) and bool(instance.__dict__.get(cls.mark, False))
        )


def marked(cls: Any, data: Any, requires_grad: bool) -> Any:
    """A tensor over the memory of `data` that bears the mark of a class."""
    if data is None:
        data = empty(0)
    if not isinstance(data, Tensor):
        raise ArgumentTypeError(f"{cls.__name__}(): expected a Tensor, not {type(data).__name__}")
    made = alias(data, None)
    made.origin = None
    if cls not in (Parameter, Buffer):  # a class derived from them
        own = object.__new__(cls)
        own.array, own.node, own.memory, own.origin = made.array, None, made.memory, None
        made = own
    made.__dict__[cls.mark] = True
    if requires_grad and not (made.dtype.is_floating_point or made.dtype.is_complex):
        raise GradError(advice(f"O{FLOATING_ONLY[1:]}", "convert it with .float(), or pass requires_grad=False."))
    return requires_grad_(made) if requires_grad else made


class Parameter(Tensor, metaclass=Marked):
    """A tensor that belongs to a module and requires grad.

    >>> import wengert as torch
    >>> torch.nn.Parameter(torch.zeros(2))
    Parameter containing:
    tensor([0., 0.], requires_grad=True)

    Args:
        data: shares its memory with the parameter; an empty tensor if None.
        requires_grad: whether it is trained.

    `type(p)` is Tensor; `isinstance(p, nn.Parameter)` is True.
    """

    __slots__ = ()
    mark = PARAMETER

    def __new__(cls, data: Any = None, requires_grad: bool = True) -> Any:
        return marked(cls, data, requires_grad)


class Buffer(Tensor, metaclass=Marked):
    """A tensor that belongs to a module and is saved with it, but is not trained.

    >>> import wengert as torch
    >>> module = torch.nn.Module()
    >>> module.mean = torch.nn.Buffer(torch.zeros(2))
    >>> [name for name, _ in module.named_buffers()]
    ['mean']

    Args:
        data: shares its memory with the buffer.
        persistent: whether it is part of `state_dict()`.
    """

    __slots__ = ()
    mark = BUFFER

    def __new__(cls, data: Any = None, *, persistent: bool = True) -> Any:
        made = marked(cls, data, requires_grad=False)
        made.__dict__["persistent"] = persistent
        return made

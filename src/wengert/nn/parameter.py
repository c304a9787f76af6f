"""Parameters: the tensors that a module learns, and buffers, which it only keeps.

    isinstance(x, Parameter) == x is a Tensor that says of itself that it is one

A Parameter is a plain Tensor with a mark, not an object of another class: operations recognise plain tensors by one
comparison of types, and parameters take part in most of them. One whose shape is not known yet is of another class, so
that whatever reads it is refused; it becomes a plain Tensor where it stands, so that an optimizer may hold it already.

Knows tensors. Must not know modules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from wengert import dtypes
from wengert.core.tensor import Tensor, alias
from wengert.errors import FLOATING_ONLY, ArgumentError, ArgumentTypeError, GradError, ShapeError, advice
from wengert.functions.making.creation import as_device, empty
from wengert.functions.recording.leaves import requires_grad_

if TYPE_CHECKING:
    from collections.abc import Callable

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


# ------------------------------------------------------------------------ before the shape is known

UNINITIALIZED = advice(
    "Attempted to use an uninitialized parameter. This error happens when you are using a `LazyModule` or explicitly "
    "manipulating `torch.nn.parameter.UninitializedParameter` objects. When using LazyModules Call `forward` with a "
    "dummy batch to initialize the parameters before calling torch functions",
    "model(batch) once, before this.",
)
NO_SHAPE = advice(
    "Can't access the shape of an uninitialized parameter or buffer. This error usually happens in `load_state_dict` "
    "when trying to load an uninitialized parameter into an initialized one. Call `forward` to initialize the "
    "parameters before accessing their attributes.",
    "model(batch) once, before this.",
)


class Uninitialized(Tensor):
    """What parameters and buffers share whose shape is not known yet: they have a dtype, and nothing to read."""

    __slots__ = ()

    def __copy__(self) -> Any:
        return unmade(type(self), self.dtype, self.requires_grad, dict(self.__dict__))

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        memo[id(self)] = made = self.__copy__()
        return made

    def __reduce__(self) -> Any:
        return unmade, (type(self), self.dtype, self.requires_grad, dict(self.__dict__))

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __format__(self, spec: str) -> str:
        return format(repr(self), spec)

    @property
    def array(self) -> NoReturn:  # type: ignore[override]
        """There is none, which is what everything that computes finds out."""
        raise ArgumentError(UNINITIALIZED)

    @property
    def shape(self) -> NoReturn:
        """It is not known."""
        raise ShapeError(NO_SHAPE)

    @property
    def dtype(self) -> dtypes.dtype:
        """The type that the elements will have."""
        found: dtypes.dtype = self.__dict__["_dtype"]
        return found

    @property
    def requires_grad(self) -> bool:
        """Whether operations on it will be recorded."""
        found: bool = self.__dict__["_requires_grad"]
        return found

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        self.__dict__["_requires_grad"] = value

    def requires_grad_(self, requires_grad: bool = True) -> NoReturn:
        """Refused, as in PyTorch, though the attribute may be set."""
        raise ArgumentError(UNINITIALIZED)

    def backward(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refused, as everything that reads it."""
        raise ArgumentError(UNINITIALIZED)

    def materialize(self, shape: Any, device: Any = None, dtype: Any = None) -> None:
        """Become an ordinary parameter or buffer of a shape, whose elements are not set yet.

        >>> import wengert as torch
        >>> weight = torch.nn.UninitializedParameter()
        >>> weight.materialize((2, 3)); weight.shape, weight.requires_grad
        (torch.Size([2, 3]), True)

        Args:
            shape: the sizes.
            device: the CPU.
            dtype: takes the place of the one that it has.
        """
        made = empty(shape, device=device, dtype=dtype or self.dtype).array
        del self.__dict__["_dtype"]
        requires_grad = self.__dict__.pop("_requires_grad")
        tensor: Any = self
        tensor.__class__ = Tensor  # from here on it is one
        tensor.array = made
        if requires_grad:
            requires_grad_(tensor)

    def converted(self, fn: Callable[[Tensor], Tensor]) -> None:
        """Take the dtype that a function would convert it to."""
        self.__dict__["_dtype"] = fn(empty(0, dtype=self.dtype)).dtype


def unmade(cls: Any, dtype: Any, requires_grad: bool, attributes: dict[str, Any]) -> Any:
    """A parameter or buffer without a shape."""
    made = object.__new__(cls)
    made.node = made.memory = made.origin = None
    made.__dict__.update(attributes, _dtype=dtype or dtypes.default(), _requires_grad=requires_grad)
    return made


class UninitializedParameter(Uninitialized, Parameter):
    """A parameter whose shape is not known yet.

    >>> import wengert as torch
    >>> torch.nn.LazyLinear(3).weight
    <UninitializedParameter>

    Whatever reads it raises a ValueError; `materialize(shape)` makes it an ordinary Parameter, and so does the first
    call of a lazy module that has it.

    Args:
        requires_grad: whether it will be trained.
        device: the CPU.
        dtype: of its elements to come.
    """

    __slots__ = ()
    mark = "_is_uninitialized_parameter"  # no tensor bears it: only the class itself counts

    def __new__(cls, requires_grad: bool = True, device: Any = None, dtype: Any = None) -> Any:
        as_device(device)
        return unmade(cls, dtype, requires_grad, {PARAMETER: True})


class UninitializedBuffer(Uninitialized, Buffer):
    """A buffer whose shape is not known yet.

    >>> import wengert as torch
    >>> torch.nn.LazyBatchNorm1d().running_mean
    <UninitializedBuffer>

    Args:
        requires_grad: False, as of every buffer.
        device: the CPU.
        dtype: of its elements to come.
        persistent: whether it is part of `state_dict()`.
    """

    __slots__ = ()
    mark = "_is_uninitialized_buffer"  # the same

    def __new__(
        cls, requires_grad: bool = False, device: Any = None, dtype: Any = None, persistent: bool = True
    ) -> Any:
        as_device(device)
        return unmade(cls, dtype, requires_grad, {BUFFER: True, "persistent": persistent})


def is_lazy(param: Any) -> bool:
    """Whether the shape of a parameter or buffer is not known yet.

    >>> import wengert as torch
    >>> from wengert.nn.parameter import is_lazy
    >>> is_lazy(torch.nn.LazyLinear(3).weight), is_lazy(torch.nn.Linear(2, 3).weight)
    (True, False)
    """
    return isinstance(param, Uninitialized)

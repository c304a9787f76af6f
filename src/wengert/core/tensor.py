"""The Tensor: an array, the node that made it, and whom it shares its memory with.

Knows slots and memory, no mathematics: operators and methods are attached by
`wengert.functions.methods`, so this file imports no op.
"""

from __future__ import annotations

from itertools import count
from threading import Lock
from typing import TYPE_CHECKING, Any, Final
from weakref import ref

import numpy as np

from wengert import dtypes
from wengert.shapes import Size

if TYPE_CHECKING:
    from types import CodeType

    from wengert.core.primitive import Primitive

Array = np.ndarray[Any, Any]

clock: Final = count(1).__next__
"""Numbers nodes and writes in one order, so "was it written after it was saved?" is one compare."""


class Tensor:
    """An n-dimensional array that records what is done to it.

    >>> import wengert as torch
    >>> x = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> (x * x).sum().backward()
    >>> x.grad
    tensor([2., 4.])

    Attributes:
        array: the NumPy array that holds the values.
        node: what made it: a Node, the AccumulateGrad of a leaf, or None where nothing is recorded.
        storage: the memory it shares with views and detach()es; None until somebody shares or writes.
        origin: the View of another tensor that it is, or None.

    The slots level, value and extra belong to values of transforms (see `core.levels`). They are here so that a plain
    tensor may become one, and be one again: both have the same layout.
    """

    __slots__ = ("__dict__", "__weakref__", "array", "extra", "level", "memory", "node", "origin", "value")

    # ndarray * Tensor must reach __rmul__, not become an array of objects.
    __array_ufunc__ = None

    array: Array
    node: Any
    memory: Storage | None
    origin: View | None
    level: Any
    value: Any
    extra: Any

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """Make a tensor as `torch.Tensor(...)` does: from sizes, or from nested lists."""
        made = object.__new__(cls)
        made.array = _legacy_array(args)
        made.node = made.memory = made.origin = None
        return made

    @property
    def shape(self) -> Size:
        """The sizes of the dimensions."""
        return Size(self.array.shape)

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return self.array.ndim

    @property
    def dtype(self) -> dtypes.dtype:
        """The type of the elements."""
        return dtypes.of_numpy(self.array.dtype)

    def __hash__(self) -> int:
        return id(self)

    if TYPE_CHECKING:
        # Attached at run time by wengert.functions.methods. A real __getattr__ would make every
        # attribute of every tensor slower: CPython then specialises none of them.
        def __getattr__(self, name: str) -> Any: ...
        def __add__(self, other: Any) -> Tensor: ...
        def __radd__(self, other: Any) -> Tensor: ...
        def __sub__(self, other: Any) -> Tensor: ...
        def __rsub__(self, other: Any) -> Tensor: ...
        def __mul__(self, other: Any) -> Tensor: ...
        def __rmul__(self, other: Any) -> Tensor: ...
        def __truediv__(self, other: Any) -> Tensor: ...
        def __rtruediv__(self, other: Any) -> Tensor: ...
        def __pow__(self, other: Any) -> Tensor: ...
        def __matmul__(self, other: Any) -> Tensor: ...
        def __neg__(self) -> Tensor: ...
        def __getitem__(self, index: Any) -> Tensor: ...
        def __setitem__(self, index: Any, value: Any) -> None: ...
        def __bool__(self) -> bool: ...
        def __float__(self) -> float: ...
        def __int__(self) -> int: ...
        def __len__(self) -> int: ...


def _legacy_array(args: tuple[Any, ...]) -> Array:
    numpy_dtype = dtypes.default().numpy
    if len(args) == 1 and not isinstance(args[0], int):
        source = args[0].array if isinstance(args[0], Tensor) else args[0]
        return np.array(source, dtype=numpy_dtype)
    return np.zeros(args or (0,), dtype=numpy_dtype)


_new = object.__new__


def wrap(array: Any, node: Any = None) -> Tensor:
    """A Tensor around an array (or a NumPy scalar), without copying."""
    made: Tensor = _new(Tensor)
    made.array = array if type(array) is np.ndarray else np.asarray(array)
    made.node = node
    made.memory = made.origin = None
    return made


def alias(tensor: Tensor, node: Any) -> Tensor:
    """A second Tensor over the same memory and version, with a history of its own."""
    made = wrap(tensor.array, node)
    made.memory = storage_of(tensor)
    made.origin = tensor.origin
    return made


FEW = 16
"""So many views a memory knows before it looks which of them are gone."""

DROPPING = Lock()
"""Held by who looks."""


class Storage:
    """The memory that a tensor shares with its views and its detach()es.

    Made when somebody first takes a view or writes in place, so that a tensor which is only read
    pays nothing for it.

    Attributes:
        version: how many times it was written, PyTorch's `_version`.
        stamp: the clock at the last write; a value saved before it is stale.
        writer: the code object, the instruction and the op name of that write.
        results: weak references to nodes whose saved result lies in this memory.
        kept: handles that want a copy before the next write (allow_mutation_on_saved_tensors), or None.
        inference: whether it was made in inference mode, so that it has no version.
        seen: weak references to the tensors that see this memory through a view; some may be dead, or twice there.
        room: how many of those there may be before the dead ones are dropped.
    """

    __slots__ = ("inference", "kept", "results", "room", "seen", "stamp", "version", "writer")

    def __init__(self) -> None:
        self.version = self.stamp = 0
        self.inference = False
        self.kept: Any = None
        self.writer: tuple[CodeType, int, str] | None = None
        self.results: tuple[ref[Any], ...] = ()
        self.seen: list[ref[Tensor]] = []
        self.room = FEW

    def add(self, tensor: Tensor) -> None:
        """Know of a tensor that sees this memory, for as long as somebody else holds it."""
        seen = self.seen
        seen.append(ref(tensor))
        if len(seen) > self.room:
            self._drop_dead()

    def _drop_dead(self) -> None:
        with DROPPING:  # others may append meanwhile, so what lives is appended before the old part goes
            seen = self.seen
            count = len(seen)
            seen += [reference for reference in seen[:count] if reference() is not None]
            del seen[:count]
            self.room = max(FEW, 2 * len(seen))

    @property
    def tensors(self) -> list[Tensor]:
        """The live tensors that see this memory through a view, each once (their == is elementwise)."""
        live = [tensor for reference in tuple(self.seen) if (tensor := reference()) is not None]
        return list({id(tensor): tensor for tensor in live}.values())

    def holds_result_of(self, node: Any) -> None:
        """Know that what a node has saved as its result lies in this memory."""
        self.results = (*self.results, ref(node))


class View:
    """How a tensor is seen through another: `primitive` applied to `base` with static params.

    In transforms, where detach() has no memory to share, primitive is None for it. `made_in` says
    why its history cannot be written anew, if so: the mode, the Function or the op that returns
    several views ("Unbind") which made it.
    """

    __slots__ = ("base", "made_in", "params", "primitive")

    def __init__(self, base: Tensor, primitive: Any, params: tuple[Any, ...]) -> None:
        self.base = base
        self.primitive = primitive
        self.params = params
        self.made_in: str | None = None


def storage_of(tensor: Tensor) -> Storage:
    """The tensor's storage, made now if nobody shared or wrote the memory before."""
    storage = tensor.memory
    if storage is None:
        storage = tensor.memory = Storage()
        node = tensor.node
        if node is not None and node.saves_result:
            storage.holds_result_of(node)
    return storage


def view_of(base: Tensor, array: Array, node: Any, primitive: Primitive, params: Any) -> Tensor:
    """A Tensor that sees (part of) the memory of `base`."""
    return seen_through(base, wrap(array, node), primitive, params)


def seen_through(base: Tensor, made: Tensor, primitive: Primitive | None, params: Any) -> Tensor:
    """Say that a tensor is a view of another (a detach() of it if no primitive is given)."""
    made.origin = View(base, primitive, params)
    made.memory = memory = base.memory or storage_of(base)
    memory.add(made)
    return made


def is_inference(tensor: Tensor) -> bool:
    """Whether a tensor was made in inference mode."""
    return tensor.memory is not None and tensor.memory.inference


def mark_inference(tensor: Tensor) -> None:
    """Say that a tensor was made in inference mode."""
    storage_of(tensor).inference = True

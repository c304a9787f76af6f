"""torch.autograd.graph: nodes, edges, what nodes save, and hooks on several tensors at once."""

from __future__ import annotations

import functools
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, ref

from wengert import errors
from wengert.core.hooks import WALK, RemovableHandle
from wengert.core.modes import Switch, changed, holding, present
from wengert.core.saved import Packing
from wengert.core.tape import Node, mark_written
from wengert.core.tensor import Tensor, storage_of, wrap
from wengert.functions.recording.gradients import GradientEdge, get_gradient_edge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


class saved_tensors_hooks(Switch):
    """Save pack_hook(tensor) in place of every tensor that backward needs, and read it by unpack_hook.

    >>> import wengert as torch
    >>> x = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> with torch.autograd.graph.saved_tensors_hooks(lambda t: t.tolist(), torch.tensor):
    ...     y = (x * x).sum()
    >>> y.backward(); x.grad
    tensor([2., 4.])

    Args:
        pack_hook: gets a tensor without history, and must not write to it; may return anything.
        unpack_hook: gets what pack_hook returned, and must return a tensor of the same values.

    Only the innermost pair is used. Raises RuntimeError inside of disable_saved_tensors_hooks.
    """

    __slots__ = ("_packing",)

    def __init__(self, pack_hook: Callable[[Tensor], Any], unpack_hook: Callable[[Any], Tensor]) -> None:
        super().__init__()
        self._packing = Packing(pack_hook, unpack_hook)

    def _changes(self) -> dict[str, Any]:
        refusal = present().refusal
        if refusal is not None:
            raise errors.GradError(refusal)
        return {"packing": self._packing}

    def _again(self) -> Any:
        return type(self)(self._packing.pack, self._packing.unpack)


class save_on_cpu(saved_tensors_hooks):
    """Save every tensor as a copy, as PyTorch does to move it from the GPU to the CPU.

    >>> import wengert as torch
    >>> x = torch.tensor(2.0, requires_grad=True)
    >>> with torch.autograd.graph.save_on_cpu():
    ...     y = x * x
    >>> y.backward(); x.grad
    tensor(4.)
    """

    __slots__ = ()

    def __init__(self, pin_memory: bool = False, device_type: str = "cuda") -> None:
        super().__init__(lambda tensor: tensor.array.copy(), wrap)

    def _again(self) -> Any:
        return type(self)()


@contextmanager
def disable_saved_tensors_hooks(error_message: str) -> Iterator[None]:
    """Raise a message where saved_tensors_hooks is used inside.

    >>> import wengert as torch
    >>> with torch.autograd.graph.disable_saved_tensors_hooks("not here"):
    ...     with torch.autograd.graph.save_on_cpu():
    ...         pass
    Traceback (most recent call last):
    wengert.errors.GradError: not here
    """
    if present().packing is not None:
        raise errors.GradError(error_message)
    with holding(changed(refusal=error_message)):
        yield


class _Kept:
    """A saved tensor that is copied when somebody is about to write to it."""

    __slots__ = ("__weakref__", "array")

    def __init__(self, tensor: Tensor) -> None:
        self.array = tensor.array
        storage = storage_of(tensor)
        storage.kept = [*(storage.kept or ()), ref(self)]

    def keep(self) -> None:
        """Let go of the memory, which is about to change."""
        self.array = self.array.copy()


class _Keeping(Packing):
    """The packing of allow_mutation_on_saved_tensors."""

    __slots__ = ()


class allow_mutation_on_saved_tensors(Switch):
    """Let tensors that backward needs be written in place: they are copied just before.

    >>> import wengert as torch
    >>> x = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> with torch.autograd.graph.allow_mutation_on_saved_tensors():
    ...     y = x.clone(); z = y.sin(); _ = y.mul_(10)
    ...     z.sum().backward()
    >>> torch.equal(x.grad, x.cos())
    True
    """

    __slots__ = ()

    def _changes(self) -> dict[str, Any]:
        if isinstance(present().packing, _Keeping):
            raise errors.GradError("allow_mutation_on_saved_tensors contexts cannot be nested")
        return {"packing": _Keeping(_Kept, lambda kept: wrap(kept.array))}


def register_multi_grad_hook(
    tensors: Sequence[Tensor], fn: Callable[..., None], *, mode: str = "all"
) -> RemovableHandle:
    """Call a function when the gradients of all, or any, of some tensors have been computed.

    >>> import wengert as torch
    >>> a, b = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
    >>> handle = torch.autograd.graph.register_multi_grad_hook((a, b), lambda grads: print([g is None for g in grads]))
    >>> a.sum().backward()
    [False, True]

    Args:
        tensors: the tensors to watch.
        fn: with mode "all" called once per backward with a list of their gradients (None for one
            that this backward does not reach); with "any" called with the first of them.
        mode: "all" or "any".
    """
    if mode not in ("all", "any"):
        raise errors.ArgumentError(f"Expects mode to be one of ('all', 'any') but got {mode}")
    if any(t.node is None for t in tensors):
        raise AssertionError("Expected gradient function to be set")
    watch = _AllArrived(tensors, fn) if mode == "all" else _FirstArrived(fn)
    handles = [t.register_hook(functools.partial(watch.arrived, i)) for i, t in enumerate(tensors)]
    joint: dict[int, Any] = {}
    handle = RemovableHandle(joint, handles)
    return _MultiHandle(handle, handles)


class _MultiHandle(RemovableHandle):
    """Takes several hooks away at once."""

    __slots__ = ("_handles",)

    def __init__(self, handle: RemovableHandle, handles: list[RemovableHandle]) -> None:
        self.id = handle.id
        self._handles = handles

    def remove(self) -> None:
        for handle in self._handles:
            handle.remove()


class _AllArrived:
    """Collects, for each walk, the gradients until all that this walk computes are there."""

    def __init__(self, tensors: Sequence[Tensor], fn: Callable[[list[Any]], None]) -> None:
        self._nodes = [t.node for t in tensors]
        self._fn = fn
        self._found: WeakKeyDictionary[Any, tuple[set[int], list[Any]]] = WeakKeyDictionary()

    def arrived(self, index: int, g: Tensor) -> None:
        walk = WALK.get()
        if walk not in self._found:
            due = {i for i, is_due in enumerate(walk.reaches(self._nodes)) if is_due}
            self._found[walk] = (due, [None] * len(self._nodes))
        due, found = self._found[walk]
        found[index] = g
        due.discard(index)
        if not due:
            del self._found[walk]
            self._fn(found)


class _FirstArrived:
    """Calls the function for the first gradient of each walk."""

    def __init__(self, fn: Callable[[Tensor], None]) -> None:
        self._fn = fn
        self._walks: WeakKeyDictionary[Any, bool] = WeakKeyDictionary()

    def arrived(self, index: int, g: Tensor) -> None:
        walk = WALK.get()
        if walk not in self._walks:
            self._walks[walk] = True
            self._fn(g)


def increment_version(tensor: Tensor | Sequence[Tensor]) -> None:
    """Say that tensors were written by something that wengert did not see, such as NumPy.

    >>> import wengert as torch
    >>> x = torch.zeros(2); x.numpy()[0] = 1
    >>> torch.autograd.graph.increment_version(x); x._version
    1
    """
    for each in [tensor] if isinstance(tensor, Tensor) else tensor:
        mark_written(each, "increment_version")


@contextmanager
def unsafe_preserve_version_counter(tensors: Tensor | tuple[Tensor, ...]) -> Iterator[None]:
    """Let writes inside go unnoticed. Whoever uses it answers for the gradients."""
    storages = [storage_of(t) for t in ([tensors] if isinstance(tensors, Tensor) else tensors)]
    before = [(s.version, s.stamp, s.writer) for s in storages]
    try:
        yield
    finally:
        for storage, counters in zip(storages, before, strict=True):
            storage.version, storage.stamp, storage.writer = counters


_unsafe_preserve_version_counter = unsafe_preserve_version_counter

__all__ = [
    "GradientEdge",
    "Node",
    "allow_mutation_on_saved_tensors",
    "disable_saved_tensors_hooks",
    "get_gradient_edge",
    "increment_version",
    "register_multi_grad_hook",
    "save_on_cpu",
    "saved_tensors_hooks",
    "unsafe_preserve_version_counter",
]

"""Other threads that use tensors while a call is recorded which has taken these: they go on as if nothing was.

    taken tensor, read by another thread     what it was, with its history
    taken tensor, written by another thread  the write waits until the call has ended

Knows threads and tensors. Must not know what is recorded.
"""

from __future__ import annotations

from threading import Event, get_ident
from typing import Any, NamedTuple

from wengert.core.tensor import Tensor, wrap

LONGEST_WAIT = 10.0
"""Seconds; a call that waits for the thread that waits for it would never end."""


class Kept(NamedTuple):
    """What a tensor was before the call."""

    tensor: Tensor
    array: Any
    node: Any
    storage: Any
    origin: Any
    extras: dict[str, Any]


class Bystanders:
    """Which thread records, and what the tensors were that it has taken."""

    __slots__ = ("_kept", "_over", "_thread")

    def __init__(self) -> None:
        self._thread = get_ident()
        self._kept: dict[int, Kept] = {}
        self._over = Event()

    def speak(self) -> bool:
        """Whether it is another thread that asks."""
        return get_ident() != self._thread

    def took(self, kept: Kept) -> None:
        """A tensor is a value of the call from now on."""
        self._kept[id(kept.tensor)] = kept

    def twin(self, value: Any) -> Any:
        """What a tensor was that was taken; of another value of the call, its elements."""
        kept = self._kept.get(id(value))
        if kept is None:
            return wrap(value.value.array) if hasattr(value, "atom") and type(value) is not Tensor else value
        twin = wrap(kept.array)
        twin.node, twin.memory, twin.origin = kept.node, kept.storage, kept.origin
        return twin

    def knows(self, value: Any) -> bool:
        """Whether a value is no tensor of the call, or one that was taken."""
        return id(value) in self._kept or not isinstance(value, Tensor) or type(value) is Tensor

    def end(self) -> None:
        """The call has ended."""
        self._over.set()

    def wait(self) -> bool:
        """Wait until the call has ended, or for some seconds; whether it has."""
        return self._over.wait(LONGEST_WAIT)

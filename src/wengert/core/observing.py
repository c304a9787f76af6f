"""Observers: told of every operation, and of every gradient that arrives at a leaf.

While nobody observes, an operation asks nothing more than WATCHING.count (see `core.modes`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wengert.core.modes import Switch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wengert.core.primitive import Primitive
    from wengert.core.tensor import Tensor


class Observer:
    """What can be seen. Subclasses define what they want to know of."""

    def saw(self, primitive: Primitive, operands: Sequence[Any], params: tuple[Any, ...], made: Tensor) -> None:
        """An operation was done; `made.node` is None if it was not recorded."""

    def saw_function(self, function: Any, args: Sequence[Any], outputs: Sequence[Any], node: Any) -> None:
        """An autograd.Function was applied, and recorded."""

    def saw_leaf(self, leaf: Tensor) -> None:
        """A leaf was made that requires grad."""

    def flavour(self, flavour: Any) -> Any:
        """How a walk is to evaluate the rules of a node, given how it would: (node, cotangent) -> cotangents."""
        return flavour

    def accumulates(self, node: Any) -> None:
        """A gradient is about to be added into the `.grad` of a leaf."""


class Observing(Switch):
    """Tell an observer of everything that happens inside."""

    __slots__ = ("_observer",)
    _watches = True

    def __init__(self, observer: Observer) -> None:
        super().__init__()
        self._observer = observer

    def _changes(self) -> dict[str, Any]:
        return {"observer": self._observer}

    def _again(self) -> Any:
        return type(self)(self._observer)

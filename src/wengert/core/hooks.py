"""Functions that a program wants called when a cotangent arrives somewhere.

    g -> functions, in order -> kept in `.grad` if retain_grad() asked -> before -> the node's rule -> after

Knows cotangents and who wants to see them. Must not know what a node computes.
"""

from __future__ import annotations

from collections import OrderedDict
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Self

from wengert import errors
from wengert.core.tensor import Tensor, wrap

if TYPE_CHECKING:
    from collections.abc import Callable
    from weakref import ref

WALK: ContextVar[Any] = ContextVar("wengert.walk", default=None)
"""The walk (its Arrivals) that is calling a hook now."""


EVERYWHERE: list[dict[int, Any]] = []
"""The hooks of the whole process, one dictionary for each thing that they may be registered with."""


def hooks_everywhere() -> dict[int, Any]:
    """A dictionary for hooks of the whole process. What is compiled looks at whether others are in it."""
    EVERYWHERE.append(OrderedDict())
    return EVERYWHERE[-1]


class Hooks:
    """What happens when the cotangent of a node arrives.

    Attributes:
        functions: hooks of the tensor: called with the cotangent, may return another.
        retained: the tensor whose `.grad` keeps it, or None.
        before: hooks of the node: called with the cotangents of all its outputs, may return others.
        after: of a leaf, called when its `.grad` has been renewed: pairs of a function and whether
            it is a node's hook, which takes (grad_inputs, grad_outputs), or the leaf's.
    """

    __slots__ = ("after", "before", "functions", "retained")

    def __init__(self) -> None:
        self.functions: dict[int, Callable[[Tensor], Tensor | None]] = {}
        self.before: dict[int, Callable[[tuple[Any, ...]], Any]] = {}
        self.after: dict[int, tuple[Callable[..., Any], bool]] = {}
        self.retained: ref[Tensor] | None = None

    def run(self, g: Any, walk: Any, *, captured: bool = False) -> Any:
        """The cotangent after all functions saw it, in order, boxed for them and unboxed again.

        Where the cotangent is captured for autograd.grad, the node does not run, nor do its hooks.
        """
        token = WALK.set(walk)
        try:
            if isinstance(g, Several):
                return self._before_several(g)
            boxed: Any = g if isinstance(g, Tensor) or g is None else wrap(g)
            for function in tuple(self.functions.values()):
                boxed = replaced(function, boxed, function(boxed))
            owner = self.retained() if self.retained is not None else None
            if owner is not None and boxed is not None:
                retain(owner, boxed)
            for hook in () if captured else tuple(self.before.values()):
                (boxed,) = replaced_all(hook, (boxed,), hook((boxed,)))
            return boxed if isinstance(g, Tensor) or boxed is None else boxed.array
        finally:
            WALK.reset(token)

    def _before_several(self, g: Several) -> Several:
        given = g.boxed()
        for function in tuple(self.before.values()):
            given = replaced_all(function, given, function(given))
        bare = not any(isinstance(each, Tensor) for each in g.values())
        found = {i: each.array if bare else each for i, each in enumerate(given) if each is not None}
        return Several(found, g.count)

    def finish(self, leaf: Any, g: Any) -> None:
        """Tell those who wait for the `.grad` of a leaf."""
        boxed = g if isinstance(g, Tensor) or g is None else wrap(g)
        after = tuple(self.after.values())
        for function in [hook for hook, of_node in after if not of_node]:
            result = function(leaf.variable)
            if result is not None:
                raise errors.ArgumentTypeError(f"expected Variable, but hook returned '{type(result).__name__}'")
        for function in [hook for hook, of_node in after if of_node]:
            function((), (boxed,))


class Several(dict[int, Any]):
    """The cotangents of a node with several outputs, by output; absent where nothing arrived."""

    __slots__ = ("count",)

    def __init__(self, given: dict[int, Any], count: int) -> None:
        super().__init__(given)
        self.count = count

    def __add__(self, other: Several) -> Several:
        joint = Several(self, self.count)
        for index, g in other.items():
            joint[index] = joint[index] + g if index in joint else g
        return joint

    def entries(self) -> tuple[Any, ...]:
        """The cotangent of every output, None where nothing arrived."""
        return tuple(self.get(i) for i in range(self.count))

    def boxed(self) -> tuple[Any, ...]:
        """The cotangent of every output as a Tensor, None where nothing arrived."""
        return tuple(g if g is None or isinstance(g, Tensor) else wrap(g) for g in self.entries())


def retain(owner: Tensor, g: Tensor) -> None:
    """Add to the `.grad` that a tensor keeps though it is not a leaf."""
    kept = owner.__dict__.get("_grad")
    owner.__dict__["_grad"] = g if kept is None else kept + g


def replaced(function: Any, before: Tensor | None, after: Any) -> Tensor | None:
    """The cotangent that a hook returned, checked; the one it was given, if it returned None."""
    if after is None:
        return before
    if not isinstance(after, Tensor):
        raise errors.ArgumentTypeError(f"expected Variable, but hook returned '{type(after).__name__}'")
    if before is None:
        raise errors.GradError("can't replace a None gradient with a non-None value")
    name = getattr(function, "__name__", repr(function))
    if after.dtype is not before.dtype:
        raise errors.DtypeError(f"hook '{name}' has changed the type of value (was {before.type()} got {after.type()})")
    if after.shape != before.shape:
        raise errors.ShapeError(f"hook '{name}' has changed the size of value")
    return after


def replaced_all(function: Any, before: tuple[Any, ...], after: Any) -> tuple[Any, ...]:
    """The cotangents that a node's hook returned, checked; those it was given, if it returned None."""
    if after is None:
        return before
    if not isinstance(after, tuple):
        raise errors.ArgumentTypeError(f"expected tuple, but hook returned '{type(after).__name__}'")
    results = after
    if len(results) != len(before):
        name = getattr(function, "__name__", repr(function))
        raise errors.GradError(
            f"hook '{name}' has returned an incorrect number of values (got {len(results)}, but expected {len(before)})"
        )
    return tuple(
        None if new is None else replaced(function, old, new) for old, new in zip(before, results, strict=True)
    )


class RemovableHandle:
    """Takes a hook away again.

    >>> import wengert as torch
    >>> x = torch.tensor(1.0, requires_grad=True)
    >>> with x.register_hook(lambda g: 10 * g):
    ...     (2 * x).backward()
    >>> (2 * x).backward(); x.grad
    tensor(22.)
    """

    __slots__ = ("_functions", "id")

    _next_id = 0

    def __init__(self, functions: dict[int, Any], function: Any) -> None:
        self.id = RemovableHandle._next_id
        RemovableHandle._next_id += 1
        self._functions = functions
        functions[self.id] = function

    def remove(self) -> None:
        """The hook is not called any more."""
        self._functions.pop(self.id, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.remove()

"""Functions made of several rows that are one piece of machine code where arrays are big.

    function := eager rows             until a big array is met, for small arrays, and where nothing compiles
              | itself, compiled       from then on, once it has seen enough elements to be worth it

A row at a time, each step of a softmax reads and writes all of memory; compiled, a row of the softmax
stays in the cache. Until a process has met a big array nothing is in the way (see `blocks.when_big`).

Knows sizes. Must not know how a function is compiled: who does says so with `compile_with`.
"""

from __future__ import annotations

from functools import partial, update_wrapper
from typing import TYPE_CHECKING, Any

from wengert.core.blocks import BIG, MET, when_big
from wengert.core.tensor import Tensor

if TYPE_CHECKING:
    from collections.abc import Callable

WORTH = 4_000_000
"""So many elements a function has to see before it is compiled, which takes as long as computing with those."""


class Permission:
    """Whether marked functions may be compiled."""

    __slots__ = ("given",)

    def __init__(self) -> None:
        self.given = True


PERMISSION = Permission()
"""Taken where the same call has to give the same digits at any time: compiled, the last ones may be others."""

MOST = 256
"""So many kinds of arguments are remembered for each function."""

MARKED: dict[Callable[..., Any], Callable[[], Fused]] = {}
"""Every function that is marked, as it was written, and what makes one that is compiled in its time."""

MOVING = (Tensor, float)
"""What may be another at each call; anything else is a kind of its own, and is not looked at again."""

MOVES = object()
"""Stands for what may be another."""

_compilers: list[Callable[..., Callable[..., Any]]] = []


def compile_with(compiler: Callable[..., Callable[..., Any]]) -> None:
    """Say what makes a compiled function of a function, the title of its nodes, and whether it keeps its inputs."""
    _compilers[:] = [compiler]


def elements(x: Tensor, *rest: Any) -> int:
    """How many elements the first tensor has."""
    size: int = x.array.size
    return size


def all_alike(*_: Any) -> Any:
    """One kind for all arguments."""
    return None


def fused(
    title: str,
    *,
    keeps_inputs: bool = False,
    work: Callable[..., int] = elements,
    worth: int | None = None,
    kind: Callable[..., Any] = all_alike,
) -> Callable[[Callable[..., Any]], Any]:
    """Mark a function that is to be compiled where arrays are big: of a tensor first, then tensors and plain values.

    The name in its module stands for it, so it must be looked up there, and not be imported elsewhere.

    Args:
        title: what its nodes are called, without `Backward0`.
        keeps_inputs: whether PyTorch's own keeps its inputs for backward, so that nobody may write them before.
        work: how many elements each step computes, of the function's arguments, the first of which is a tensor.
        worth: after how many of those it is compiled, if that is not WORTH.
        kind: of the arguments, what makes them worth compiling apart from others.
    """

    def mark(function: Callable[..., Any]) -> Any:
        make = partial(Fused, function, title, keeps_inputs=keeps_inputs, work=work, worth=worth, kind=kind)
        MARKED[function] = make
        if MET.seen:
            return make()
        namespace = function.__globals__

        @when_big
        def change() -> None:
            namespace[function.__name__] = make()

        return function

    return mark


class Fused:
    """What stands for a marked function once a big array was met."""

    def __init__(
        self,
        function: Callable[..., Any],
        title: str,
        *,
        keeps_inputs: bool,
        work: Callable[..., int],
        worth: int | None,
        kind: Callable[..., Any],
    ) -> None:
        update_wrapper(self, function)
        self._function, self._title, self._keeps_inputs, self._work = function, title, keeps_inputs, work
        self._worth, self._kind = worth, kind
        self._met: dict[Any, int] = {}
        self._compiled: dict[Any, Callable[..., Any]] = {}

    def __call__(self, x: Any, *rest: Any) -> Any:
        if type(x) is not Tensor or (size := self._work(x, *rest)) < BIG or x.array.dtype.char not in "fd":
            return self._function(x, *rest)
        if not PERMISSION.given or not self._is_worth(self._kind(x, *rest), size):
            return self._function(x, *rest)
        fixed = tuple([MOVES if isinstance(value, MOVING) else value for value in rest])
        compiled = self._compiled.get(fixed)
        if compiled is None:
            compiled = self._compiled[fixed] = self._made(fixed)
        return compiled(x, *[value for value in rest if isinstance(value, MOVING)])

    def _made(self, fixed: tuple[Any, ...]) -> Callable[..., Any]:
        """The function compiled for some plain values, of tensors and floats."""
        if len(self._compiled) > MOST:
            self._compiled.clear()
        function = self._function

        def given(x: Any, *moving: Any) -> Any:
            others = iter(moving)
            return function(x, *[next(others) if value is MOVES else value for value in fixed])

        return _compilers[0](update_wrapper(given, function), self._title, keeps_inputs=self._keeps_inputs)

    def _is_worth(self, kind: Any, size: int) -> bool:
        """Whether enough elements were met of a kind, with these."""
        met = self._met.get(kind, 0)
        worth = WORTH if self._worth is None else self._worth
        if met < worth:
            if len(self._met) > MOST:
                self._met.clear()
            met = self._met[kind] = met + size
        return met >= worth and bool(_compilers)

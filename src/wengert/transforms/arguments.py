"""What transforms do with the arguments and results of the functions they are given.

Knows containers, argument numbers and conversion to tensors. Must not know any transform.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from wengert import errors, trees
from wengert.core.tensor import Tensor, wrap
from wengert.functions.making.creation import tensor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from wengert.core.levels import Level

ArgNums = int | tuple[int, ...]


def as_value(leaf: Any) -> Any:
    """A leaf of an argument as something ops take: Python floats and arrays become tensors."""
    if isinstance(leaf, Tensor):
        return leaf
    if isinstance(leaf, bool | int | float | complex | np.ndarray | np.generic):
        return tensor(leaf)
    return leaf


def as_result(value: Any) -> Any:
    """What a rule gave, as a tensor: constants come as bare arrays."""
    return wrap(value) if type(value) is np.ndarray or not isinstance(value, Tensor) else value


def chosen(name: str, args: Sequence[Any], argnums: ArgNums) -> tuple[int, ...]:
    """The argument numbers counted from the front, checked."""
    if type(argnums) is int and 0 <= argnums < len(args):
        return (argnums,)
    numbers = (argnums,) if isinstance(argnums, int) else tuple(argnums)
    for number in numbers:
        if not -len(args) <= number < len(args):
            raise errors.TransformError(
                errors.advice(
                    f"Got argnum={number}, but only {len(args)} positional inputs",
                    f"{name}: choose argnums between 0 and {len(args) - 1}.",
                )
            )
    found = tuple(number % len(args) for number in numbers)
    if len(set(found)) < len(found):
        raise errors.TransformError(f"argnums elements must be unique, got {tuple(numbers)}")
    return found


class Arguments:
    """The arguments of a function that is to be transformed, taken apart once.

    Attributes:
        leaves: their leaves as values: numbers and arrays have become tensors.
    """

    __slots__ = ("_structure", "leaves")

    def __init__(self, args: Sequence[Any]) -> None:
        self.leaves: list[Any] = list(args)
        self._structure: Any = None
        for arg in args:
            if type(arg) is not Tensor:
                found, self._structure = trees.flatten(tuple(args))
                self.leaves = [as_value(leaf) for leaf in found]
                break

    def filled(self, leaves: list[Any]) -> Any:
        """The arguments with other leaves in them."""
        return leaves if self._structure is None else self._structure.unflatten(leaves)

    def spread(self, prefix: Any) -> list[Any]:
        """One value for each leaf, from one for all or a nest of them."""
        if self._structure is None and not isinstance(prefix, list | tuple | dict):
            return [prefix] * len(self.leaves)
        if self._structure is None:
            return trees.spread(prefix, trees.flatten(tuple(self.leaves))[1])
        return trees.spread(prefix, self._structure)

    def span(self, number: int) -> range:
        """Where the leaves of one argument are."""
        if self._structure is None:
            return range(number, number + 1)
        start = sum(child.count for child in self._structure.children[:number])
        return range(start, start + self._structure.children[number].count)

    def packed(self, number: int, leaves: list[Any]) -> Any:
        """Leaves in the containers of one argument."""
        return leaves[0] if self._structure is None else self._structure.children[number].unflatten(leaves)

    def lifted(self, numbers: Iterable[int], lift: Callable[[Any], Any]) -> tuple[Any, list[Any]]:
        """The arguments with the leaves of some of them lifted; and those, in order."""
        leaves = list(self.leaves)
        sources = []
        for i in numbers if self._structure is None else [i for number in numbers for i in self.span(number)]:
            leaves[i] = made = lift(leaves[i])
            sources.append(made)
        return self.filled(leaves), sources

    def shared_out(self, numbers: Sequence[int], found: list[Any]) -> list[Any]:
        """What was found for the leaves of some arguments, in order, in the containers of each."""
        if self._structure is None:
            return found
        results, start = [], 0
        for number in numbers:
            count = len(self.span(number))
            results.append(self.packed(number, found[start : start + count]))
            start += count
        return results


def lowered(level: Level, tree: Any) -> Any:
    """A result with the values of a level replaced by what is below them."""
    if isinstance(tree, Tensor):
        return level.below(tree)
    return trees.tree_map(level.below, tree)


def differentiable(name: str, value: Any) -> None:
    """Raise unless a value can have a derivative."""
    if type(value) is Tensor and value.array.dtype.char in "fd":
        return
    if not isinstance(value, Tensor):
        raise errors.TransformError(f"{name}: expected a Tensor, a number or an array, got {type(value).__name__}")
    if not (value.dtype.is_floating_point or value.dtype.is_complex):
        raise errors.TransformError(
            errors.advice(
                f"{name}: only floating point and complex inputs can be differentiated, got {value.dtype}",
                "convert it with .float(), or choose other argnums.",
            )
        )


def split_aux(name: str, result: Any, has_aux: bool) -> tuple[Any, Any]:
    """The differentiated result and the auxiliary one (None without)."""
    if not has_aux:
        return result, None
    if not isinstance(result, tuple) or len(result) != 2:
        raise errors.TransformError(f"{name}: output of function f should be a tuple: (output, aux) if has_aux is True")
    return result

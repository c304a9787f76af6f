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
    from collections.abc import Callable, Sequence

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
    return value if isinstance(value, Tensor) else wrap(value)


def chosen(name: str, args: Sequence[Any], argnums: ArgNums) -> tuple[int, ...]:
    """The argument numbers counted from the front, checked."""
    numbers = (argnums,) if isinstance(argnums, int) else tuple(argnums)
    for number in numbers:
        if not -len(args) <= number < len(args):
            raise errors.TransformError(
                errors.advice(
                    f"{name}: Got argnum={number}, but only {len(args)} positional inputs",
                    f"choose argnums between 0 and {len(args) - 1}.",
                )
            )
    return tuple(number % len(args) for number in numbers)


def lifted(args: Sequence[Any], numbers: Sequence[int], lift: Callable[[Any], Any]) -> tuple[list[Any], list[Any]]:
    """The arguments with the leaves of the chosen ones lifted; and those leaves, in order."""
    new = [trees.tree_map(as_value, a) for a in args]
    sources: list[Any] = []

    def lift_leaf(leaf: Any) -> Any:
        made = lift(leaf)
        sources.append(made)
        return made

    for number in numbers:
        new[number] = trees.tree_map(lift_leaf, new[number])
    return new, sources


def lowered(level: Level, tree: Any) -> Any:
    """A result with the values of a level replaced by what is below them."""
    return trees.tree_map(level.below, tree)


def differentiable(name: str, value: Any) -> None:
    """Raise unless a value can have a derivative."""
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

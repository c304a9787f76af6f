"""The tensors of a call that are inputs of its graph: which they are, how they lie, and whether they meet in memory.

Knows tensors and arrays. Must not know graphs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from wengert.compiler.holders import hooks_of
from wengert.compiler.layouts import strides_in_elements
from wengert.core.tape import AccumulateGrad

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wengert.compiler.surroundings import Surroundings
    from wengert.core.tensor import Tensor
    from wengert.graph.ir import Variable


class Inputs:
    """The tensors of a call, and the arrays of those that are inputs of the graph."""

    __slots__ = ("arrays", "tensors")

    def __init__(self, tensors: list[Any], arrays: list[Any]) -> None:
        self.tensors, self.arrays = tensors, arrays


class Usual(Inputs):
    """The same of the call before, where none came as an argument: in training the very same come again.

    Gradients that are no inputs are not held; they may be others, as long as there are some.
    """

    __slots__ = ("_leaves", "_seen", "_with_gradients")

    def __init__(self, tensors: list[Any], arrays: list[Any], places: Sequence[int]) -> None:
        leaves = [t.node for t in tensors if isinstance(t.node, AccumulateGrad)]
        inputs = {id(tensors[place]) for place in places}
        idle = {id(node.grad) for node in leaves if node.grad is not None} - inputs
        super().__init__([None if id(t) in idle else t for t in tensors], arrays)
        self._seen = [(t, t.node, t.array) for t in self.tensors if t is not None]
        self._leaves = [(node, node.grad) for node in leaves if id(node.grad) not in idle]
        self._with_gradients = [node for node in leaves if id(node.grad) in idle]

    def again(self) -> bool:
        """Whether they are as they were: their arrays, histories and gradients."""
        for tensor, node, array in self._seen:
            if tensor.node is not node or tensor.array is not array:
                return False
        for node, grad in self._leaves:
            if node.grad is not grad:
                return False
        for node in self._with_gradients:  # noqa: SIM110  a generator takes longer
            if node.grad is None:
                return False
        return True


def joined(around: Surroundings, given: list[Any]) -> list[Any]:
    """The tensors of a call: those of its arguments and surroundings, and the gradients of leaves among them."""
    found = [*given, *around.tensors]
    return [*found, *(grad for t in found if (grad := gradient_of(t)) is not None)]


def gradient_of(tensor: Tensor) -> Any:
    """The gradient of a leaf."""
    node = tensor.node
    return node.grad if isinstance(node, AccumulateGrad) else None


def layout_of(array: Any) -> Any:
    """What must be equal for an array to stand where another stood."""
    return array.dtype, array.shape, array.strides, array.flags.writeable


def leaf_of(tensor: Tensor) -> Any:
    """The same for what a tensor remembers: whether it has a history, and of a leaf its hooks and whether it has a
    gradient.
    """
    node = tensor.node
    if node is None:
        return None
    return (hooks_of(node), node.grad is not None) if isinstance(node, AccumulateGrad) else False


def strides_of(inputs: list[Variable], values: dict[Variable, Any]) -> dict[Variable, tuple[int, ...]]:
    """How the inputs lie, in elements; what cannot be said so is copied at each call."""
    found = {v: strides_in_elements(values[v]) for v in inputs}
    return {v: strides for v, strides in found.items() if strides is not None}


def pattern(tensors: list[Any]) -> list[int]:
    """Which tensors are the same, as positions of the first of each."""
    first: dict[int, int] = {}
    return [first.setdefault(id(t), i) for i, t in enumerate(tensors)]


def spans_of(arrays: list[Any]) -> list[tuple[int, int, int]]:
    """Where the elements of arrays begin and end in memory, and the id of each."""
    found = []
    for array in arrays:
        if array.flags.c_contiguous:
            low = array.__array_interface__["data"][0]
            found.append((low, low + array.nbytes, id(array)))
        else:
            found.append((*np.lib.array_utils.byte_bounds(array), id(array)))
    return found


def meeting(spans: list[tuple[int, int, int]]) -> set[int]:
    """The arrays that share memory with another of them, by id."""
    found: set[int] = set()
    end, last = 0, 0
    for low, high, key in sorted(spans):
        if low == high:
            continue
        if low < end:
            found |= {last, key}
        if high > end:
            end, last = high, key
    return found

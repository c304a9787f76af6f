"""Copies of tensors as Python makes them: copy.copy, copy.deepcopy and pickle.

A deep copy copies memory once, so tensors that share memory are copied to tensors that share it.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from wengert import errors
from wengert.core.tape import AccumulateGrad
from wengert.core.tensor import Tensor, alias, is_inference, wrap
from wengert.functions.recording import leaves
from wengert.functions.writing.memory import end_of, owner_of, seen_again


def shallow_copy(self: Tensor) -> Tensor:
    """Another tensor over the same memory, which requires grad if this one does; writes to either are noticed."""
    made = wrap(self.array) if is_inference(self) else alias(self, None)
    made.origin = None
    return _finished(self, made)


def _finished(original: Tensor, made: Tensor) -> Tensor:
    if original.node is not None:
        made.node = AccumulateGrad(made)
    made.__dict__.update(attributes(original))
    return made


def attributes(tensor: Tensor) -> dict[str, Any]:
    """What the program itself wrote on a tensor."""
    return {name: value for name, value in tensor.__dict__.items() if name not in leaves.OWN_ATTRIBUTES}


def deepcopy(self: Tensor, memo: dict[Any, Any]) -> Tensor:
    """A copy with memory of its own, and with a copy of the gradient."""
    if not leaves.is_leaf(self):
        raise errors.GradError(
            errors.advice(
                "Only Tensors created explicitly by the user (graph leaves) support the deepcopy "
                "protocol at the moment.  If you were attempting to deepcopy a module, this may "
                "be because of a torch.nn.utils.weight_norm usage, see "
                "https://github.com/pytorch/pytorch/pull/103001",
                "copy.deepcopy(t.detach()), or t.clone() to keep the gradient.",
            )
        )
    made = wrap(_copied(self.array, memo))
    memo[id(self)] = made
    if self.node is not None:
        made.node = AccumulateGrad(made)
    kept = leaves.get_grad(self)
    if kept is not None and "_is_param" not in self.__dict__:  # PyTorch copies parameters without their gradients
        leaves.set_grad(made, copy.deepcopy(kept, memo))
    made.__dict__.update(copy.deepcopy(attributes(self), memo))
    return made


def _copied(array: Any, memo: dict[Any, Any]) -> Any:
    """An array that sees the copy of its memory as it saw the original."""
    owner = owner_of(array)
    if not owner.size or any(step < 0 for step in owner.strides):
        return array.copy(order="K")
    key = (_copied, id(owner))
    if key not in memo:
        memo[key] = (owner, owner.copy() if owner.flags.c_contiguous else np.array(_Memory(owner)))
    memory = memo[key][1]
    return memory if array is owner and owner.flags.c_contiguous else seen_again(array, memory)


class _Memory:
    """The bytes that an array spans."""

    def __init__(self, array: Any) -> None:
        start = array.ctypes.data
        self.__array_interface__ = {
            "data": (start, True), "shape": (end_of(array) - start,), "typestr": "|u1", "version": 3,
        }  # fmt: skip


def reduce(self: Tensor) -> Any:
    """What pickle writes down: the elements, those of an expanded tensor once."""
    array = self.array
    once = array[tuple(slice(0, 1) if step == 0 else slice(None) for step in array.strides)]
    return rebuilt, (np.array(once, order="K"), array.shape, self.node is not None, attributes(self))


def rebuilt(elements: Any, shape: tuple[int, ...], requires_grad: bool, found: dict[str, Any]) -> Tensor:
    """The tensor that pickle reads."""
    if elements.shape != shape:
        steps = tuple(0 if n == 1 else step for n, step in zip(elements.shape, elements.strides, strict=True))
        elements = np.lib.stride_tricks.as_strided(elements, shape, steps)
    made = wrap(elements)
    if requires_grad:
        made.node = AccumulateGrad(made)
    made.__dict__.update(found)
    return made

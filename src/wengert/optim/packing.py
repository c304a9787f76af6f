"""The update of many parameters at once, over memory that lies together.

    Piece := a parameter's values, its gradient and its state, each as one flat array: of one large parameter,
             in its own memory, or of many small ones, gathered

A formula runs over blocks that fit into the processor's cache, so its temporaries never leave it.

Knows NumPy arrays and tensors. Must not know any formula.
"""

from __future__ import annotations

from math import prod
from sys import _getframe
from typing import TYPE_CHECKING, Any

import numpy as np

from wengert.core.places import user_frame
from wengert.core.tape import AccumulateGrad, note_write
from wengert.core.tensor import Tensor
from wengert.functions.writing import inplace
from wengert.optim.flat import Flat, Scratch
from wengert.optim.sweeping import Step, StepSweeps

if TYPE_CHECKING:
    from collections.abc import Sequence

BLOCK = 1 << 14
"""The elements that are updated at once; parameters with as many are not gathered."""

LARGE = 1 << 16
"""From so many elements on machine code is worth its call."""

PACKED = (np.dtype(np.float32), np.dtype(np.float64))
"""What dtypes are packed; NumPy computes in these as PyTorch does."""


class Piece:
    """What is updated as one flat array."""

    __slots__ = ("_sweeps", "gradient", "indices", "parts", "state", "values")

    def __init__(self, members: Sequence[tuple[int, Tensor, dict[str, Any]]], names: Sequence[str]) -> None:
        self.indices = [i for i, _, _ in members]
        self._sweeps = StepSweeps()
        self.parts: list[Any] = []
        self.state: dict[str, Any] = {}
        self.gradient: Any = None
        if len(members) == 1 and members[0][1].array.flags.c_contiguous:
            (_, param, state) = members[0]
            self.values = param.array.reshape(-1)
            for name in names:
                tensor = state[name]
                tensor.array = np.asarray(tensor.array, order="C")
                self.state[name] = tensor.array.reshape(-1)
            return
        arrays: list[Any] = [param.array for _, param, _ in members]
        self.values, self.parts = _gathered(arrays)
        self.gradient = np.empty_like(self.values)
        for name in names:
            kept = [state[name] for _, _, state in members]
            self.state[name], parts = _gathered([t.array for t in kept])
            for tensor, part in zip(kept, parts, strict=True):
                tensor.array = part

    def run(self, step: Step, grads: list[Any], scratch: Scratch) -> None:
        """Update the values and the state, block by block, or in one pass of machine code."""
        if self.gradient is None:
            gradient = grads[self.indices[0]].reshape(-1)
        else:
            gradient = self.gradient
            np.concatenate([grads[i] for i in self.indices], axis=None, out=gradient)
        values, state = self.values, self.state
        if values.size >= LARGE and self._sweeps.do(step, values, gradient, state):
            return
        for start in range(0, values.size, BLOCK):
            part = slice(start, start + BLOCK)
            scratch.start()
            kept = {name: Flat(array[part], scratch) for name, array in state.items()}
            step.formula(Flat(values[part], scratch), Flat(gradient[part], scratch), kept, step.numbers, step.group)


def _gathered(arrays: list[Any]) -> tuple[Any, list[Any]]:
    """The elements of several arrays in one, and where each of them is there."""
    flat = np.concatenate(arrays, axis=None) if arrays else np.empty(0)
    parts, start = [], 0
    for array in arrays:
        end = start + prod(array.shape)
        parts.append(flat[start:end].reshape(array.shape))
        start = end
    return flat, parts


class Pack:
    """Parameters of one dtype whose counts are equal, so that one set of numbers updates them all."""

    __slots__ = ("_kept", "_params", "_pieces", "_scratch", "_states", "counts", "indices")

    def __init__(self, members: Sequence[tuple[int, Tensor, dict[str, Any]]], names: Sequence[str],
                 counted: Sequence[str]) -> None:  # fmt: skip
        self.indices = [i for i, _, _ in members]
        large = [m for m in members if m[1].array.size >= BLOCK and m[1].array.flags.c_contiguous]
        small = [m for m in members if not any(m is other for other in large)]
        self._pieces = [Piece([m], names) for m in large] + ([Piece(small, names)] if small else [])
        self.counts = {}
        for name in counted:
            self.counts[name] = vector = np.array([state[name].array for _, _, state in members])
            for i, (_, _, state) in enumerate(members):
                state[name].array = vector[i : i + 1].reshape(())
        self._scratch = Scratch(BLOCK, members[0][1].array.dtype)
        self._params = [(param, param.array) for _, param, _ in members]
        self._states = [(param, state) for _, param, state in members if names or counted]
        self._kept = [(state, name, state[name], state[name].array)
                      for _, _, state in members for name in (*names, *counted)]  # fmt: skip

    def holds(self, states: Any) -> bool:
        """Whether these are the states that were gathered, every tensor is where it was, and the counts are equal."""
        for param, state in self._states:
            if states.get(param) is not state:  # another was loaded
                return False
        for param, array in self._params:
            if param.array is not array:
                return False
        for state, name, kept, array in self._kept:
            if kept.array is not array or state.get(name) is not kept:
                return False
        for vector in self.counts.values():
            values = vector.tolist()
            if values.count(values[0]) != len(values):
                return False
        return True

    def run(self, step: Step, grads: list[Any]) -> None:
        """Update all parameters, and count the writes."""
        frame = user_frame(_getframe(1))
        writer = (frame.f_code, frame.f_lasti, "step")
        for param, _ in self._params:
            if param.memory is not None:
                inplace.prepare(param)
        for piece in self._pieces:
            if not piece.parts:
                piece.run(step, grads, self._scratch)
                continue
            arrays = [self._array(i) for i in piece.indices]
            np.concatenate(arrays, axis=None, out=piece.values)
            piece.run(step, grads, self._scratch)
            for array, part in zip(arrays, piece.parts, strict=True):
                np.copyto(array, part)
        for param, _ in self._params:
            note_write(param, writer)

    def _array(self, index: int) -> Any:
        return self._params[self.indices.index(index)][1]


class Packs:
    """The packs of one group of an optimizer, made once the same parameters have had gradients twice in a row."""

    __slots__ = ("_key", "_packs", "_rest")

    def __init__(self) -> None:
        self._key: Any = None
        self._packs: list[Pack] | None = None
        self._rest: list[int] = []

    def of(self, params: list[Tensor], states: Any, names: Sequence[str], counted: Sequence[str]) -> Any:
        """The packs for these parameters and the positions of those that belong to none; None for no packs now."""
        key = (tuple(map(id, params)), tuple(names))
        if key != self._key:
            self._key, self._packs = key, None
            return None
        if self._packs is None or not all([pack.holds(states) for pack in self._packs]):  # noqa: C419  a list is quicker
            self._packs = self._made(params, states, names, counted)
        return None if self._packs is None else (self._packs, self._rest)

    def _made(self, params: list[Tensor], states: Any, names: Sequence[str], counted: Sequence[str]) -> Any:
        alike: dict[Any, list[Any]] = {}
        self._rest = []
        for i, param in enumerate(params):
            state = states.get(param)
            if state is None and (names or counted):
                return None
            if not _fits(param, state or {}, names, counted):
                self._rest.append(i)
                continue
            counts = tuple(float(state[name].array) for name in counted)
            alike.setdefault((param.array.dtype, counts), []).append((i, param, state or {}))
        return [Pack(members, names, counted) for members in alike.values()]


def _fits(param: Tensor, state: Any, names: Sequence[str], counted: Sequence[str]) -> bool:
    """Whether a parameter and its state are plain arrays that may be written flat."""
    array = param.array
    if array.dtype not in PACKED or not array.flags.writeable or 0 in array.strides:
        return False
    for name in names:
        kept = state.get(name)
        if type(kept) is not Tensor or kept.array.dtype is not array.dtype or kept.array.shape != array.shape:
            return False
    return all(type(state.get(name)) is Tensor and state[name].array.dtype.kind == "f" for name in counted)


def gradient_of(param: Any) -> Any:
    """A parameter's gradient, quicker for a leaf."""
    node = param.node
    grad = node.grad if type(node) is AccumulateGrad else None
    return param.grad if grad is None else grad

"""What an autograd.Function saves: its ctx, and the tensors that its node holds."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import ref

from wengert import errors
from wengert.core.levels import alias_of
from wengert.core.modes import present
from wengert.core.outputs import pick
from wengert.core.saved import Packed, SavedTensor
from wengert.core.tape import AccumulateGrad, Node, stale
from wengert.core.tensor import Tensor, is_inference, wrap

if TYPE_CHECKING:
    from collections.abc import Sequence


class FunctionCtx:
    """What forward leaves for backward. Any attribute may be set; tensors belong in save_for_backward.

    Attributes:
        needs_input_grad: for each argument of apply, whether backward must return a gradient.
        to_save: what save_for_backward was given.
    """

    needs_input_grad: tuple[bool, ...] = ()
    to_save: tuple[Any, ...] = ()
    saved_for_forward: tuple[Any, ...] = ()
    dirty_tensors: tuple[Any, ...] = ()
    non_differentiable: tuple[Any, ...] = ()
    materialize_grads = True

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep tensors, or None, for backward; only the last call counts."""
        self.to_save = tensors

    def save_for_forward(self, *tensors: Any) -> None:
        """Keep tensors, or None, for jvp."""
        if not all(t is None or isinstance(t, Tensor) for t in tensors):
            raise AssertionError(errors.SAVE_FOR_FORWARD)
        self.saved_for_forward = tensors

    def mark_dirty(self, *tensors: Any) -> None:
        """Say which inputs forward wrote in place; they must be returned."""
        self.dirty_tensors = tensors

    def mark_non_differentiable(self, *tensors: Any) -> None:
        """Say which outputs have no gradient."""
        self.non_differentiable = tensors

    def set_materialize_grads(self, value: bool) -> None:
        """Whether backward gets zeros (the default), or None, for outputs that nothing depends on."""
        if not isinstance(value, bool):
            raise errors.ArgumentTypeError(
                "set_materialize_grads received an invalid combination of arguments - got "
                f"({type(value).__name__}), but expected (bool)"
            )
        self.materialize_grads = value

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """What save_for_backward kept, if nobody has written over it since."""
        held = self.__dict__.get("_held")
        if held is None:
            return ()
        saved = held()
        if saved is None:
            raise errors.GradError(errors.SECOND_BACKWARD)
        return tuple(saved.unpacked())

    @property
    def _raw_saved_tensors(self) -> tuple[Any, ...]:
        """What save_for_backward kept, before unpacking."""
        saved = self.__dict__["_held"]()
        return tuple(SavedTensor(partial(saved.values.__getitem__, i), partial(saved.values.__setitem__, i))
                     for i in range(len(saved.values)))  # fmt: skip


class Saved:
    """The saved tensors of one node; they go when the node is freed."""

    __slots__ = ("__weakref__", "_node", "_outputs", "values")

    def __init__(self, node: Node, values: Sequence[Any], outputs: Sequence[Any]) -> None:
        self._node = ref(node)
        places = {id(out): i for i, out in enumerate(outputs) if isinstance(out, Tensor)}
        self._outputs = [places.get(id(value)) for value in values]
        packing = present().packing
        self.values: list[Any] = []
        for i, value in enumerate(values):
            if value is not None and not isinstance(value, Tensor):
                raise errors.ArgumentTypeError(
                    f"save_for_backward can only save variables, but argument {i} is of type {type(value).__name__}"
                )
            if value is not None and is_inference(value):
                raise errors.GradError(errors.SAVED_INFERENCE)
            own = self._outputs[i] is not None
            if packing is not None and type(value) is Tensor:
                self.values.append(Packed(value, None if own else value.node, packing))
            elif own and isinstance(value, Tensor):  # the tensor itself would be a cycle
                self.values.append(alias_of(value, None))
            else:
                self.values.append(value)

    def unpacked(self) -> list[Any]:
        """The tensors, with the history they had."""
        node: Any = self._node()
        found = []
        for value, output in zip(self.values, self._outputs, strict=True):
            if isinstance(value, Packed):
                tensor = value.get()
                found.append(wrap(tensor.array, output_node(node, output)) if output is not None else tensor)
                continue
            if output is not None and isinstance(value, Tensor):
                value = alias_of(value, output_node(node, output))  # noqa: PLW2901  with its history again
                value.origin = None
            if isinstance(value, Tensor) and value.memory is not None and value.memory.stamp > node.number:
                raise stale(value, value.memory, node)
            found.append(value)
        return found

    def apart_from_leaves(self) -> None:
        """Hold other Tensors over the memory of leaves; see `wengert.core.tape.apart_from_leaves`."""
        self.values = [
            alias_of(value, value.node) if type(value) is Tensor and isinstance(value.node, AccumulateGrad) else value
            for value in self.values
        ]


class Forwarded:
    """What save_for_forward kept, or a transform of it, for one call."""

    __slots__ = ("values",)

    def __init__(self, values: Sequence[Any]) -> None:
        self.values = values

    def unpacked(self) -> Sequence[Any]:
        return self.values


def output_node(node: Node, index: int) -> Node:
    """The node of output `index` of the node of a Function."""
    count = node.rule.outputs
    return node if count == 1 else pick(node, index, count)

"""What the nodes of the graph show: PyTorch's graph objects, attached to Node and AccumulateGrad.

next_functions, _saved_self, _raw_saved_self, metadata, register_hook, register_prehook
"""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from wengert import errors
from wengert.core.hooks import RemovableHandle
from wengert.core.outputs import Followed, operation_of
from wengert.core.places import TRACEBACKS
from wengert.core.primitive import TABLE
from wengert.core.saved import Packed, Packing, pack_one
from wengert.core.tape import AccumulateGrad, Node, OverwrittenResult, stale
from wengert.core.tensor import Tensor, wrap
from wengert.functions.hooking import hooks_of

_METADATA: WeakKeyDictionary[Any, dict[Any, Any]] = WeakKeyDictionary()

NAMES = {"x": "self", "y": "other", "out": "result"}
"""PyTorch's names for what is saved, by the names that rows use."""

OWN_NAMES = {("power", "y"): "exponent", ("matmul", "y"): "mat2"}
"""Where PyTorch calls the operand of a row something else."""


def saved_names(node: Node) -> list[str]:
    """PyTorch's names of what a node saved, in the order of `node.saved`."""
    row = node.primitive
    own = ["out" if what == "out" else row.operands[what] if row.arity else "x" for what in node.rule.saves]
    return [OWN_NAMES.get((row.name, name), NAMES.get(name, name)) for name in own]


def _all_names() -> set[str]:
    own = {name for row in TABLE.values() for name in row.operands} | {"out"}
    return {NAMES.get(name, name) for name in own} | set(OWN_NAMES.values())


class SavedTensor:
    """One saved value of one node, before unpacking."""

    __slots__ = ("_index", "_node")

    def __init__(self, node: Node, index: int) -> None:
        self._node = node
        self._index = index

    def register_hooks(self, pack_hook: Any, unpack_hook: Any) -> None:
        """Save pack_hook(value) in place of the value, and read it through unpack_hook."""
        if self._node.saved is None:
            raise errors.GradError(errors.PACKED_LATE)
        if self._index < 0 or self._node.saved[self._index] is None:
            raise errors.GradError("Calling register_hooks on a saved tensor with value None is forbidden")
        pack_one(self._node, self._index, Packing(pack_hook, unpack_hook))

    @property
    def data(self) -> Any:
        """The value, whether or not somebody has written over it since."""
        value = _unfreed(self._node)[self._index]
        return value.get() if isinstance(value, Packed) else value if isinstance(value, Tensor) else wrap(value)

    def __repr__(self) -> str:
        return f"<SavedTensor {self._index} of {self._node.name()}>"


def _unfreed(node: Node) -> Any:
    if node.saved is None:
        raise errors.GradError(errors.SECOND_BACKWARD)
    return node.saved


def _index_of(node: Node, name: str, attribute: str) -> int:
    """Where in `node.saved` a value is, -1 if this node had no use for it; raise if its kind has none."""
    names = saved_names(node)
    if name in names:
        return names.index(name)
    row = node.primitive
    rules = [] if row.family == "linear" else [rule for rule in row.pulls if rule]
    read = {NAMES.get(what, what) for rule in rules for what in rule.reads}
    read |= {other for (owner, what), other in OWN_NAMES.items() if owner == row.name}
    if name in read:
        return -1
    raise AttributeError(f"'{node.name()}' object has no attribute '{attribute}'")


def _saved(name: str) -> property:
    def read(node: Node) -> Any:
        at = _index_of(node, name, f"_saved_{name}")
        if isinstance(node.rule, OverwrittenResult):
            raise errors.StaleError(node.rule.error)
        value = _unfreed(node)[at] if at >= 0 else None
        if isinstance(value, Packed):
            value = value.get()
        elif isinstance(value, Tensor) and value.storage is not None and value.storage.stamp >= node.number:
            raise stale(value, value.storage, node)
        return wrap(getattr(value, "array", value), node) if name == "result" and value is not None else value

    return property(read, _read_only(f"_saved_{name}"))


def _read_only(attribute: str) -> Any:
    def refuse(node: Node, value: Any) -> None:
        raise AttributeError(f"attribute '{attribute}' of '{node.name()}' objects is not writable")

    return refuse


def _raw_saved(name: str) -> property:
    return property(lambda node: SavedTensor(node, _index_of(node, name, f"_raw_saved_{name}")))


def next_functions(node: Node) -> tuple[tuple[Any, int], ...]:
    """For every operand the node that made it and which output it was; (None, 0) without."""
    edges: list[tuple[Any, int]] = [(None, 0)] * node.operand_count
    for index, parent in zip(node.rule.needs, node.parents, strict=True):
        edges[index] = operation_of(parent)
    return tuple(edges)


def metadata(node: Any) -> dict[Any, Any]:
    """A dictionary for whatever a program wants to note about the node."""
    found = _METADATA.setdefault(node, {})
    made = TRACEBACKS.get(node)
    if made is not None and "traceback_" not in found:
        found["traceback_"] = made.lines
        if made.parent is not None:
            found["parent_"] = made.parent
    return found


def register_prehook(node: Any, hook: Any) -> RemovableHandle:
    """Call hook(grad_outputs) before the node runs; a tuple that it returns takes their place."""
    return RemovableHandle(hooks_of(node).before, hook)


def register_hook(node: Node, hook: Any) -> RemovableHandle:
    """Call hook(grad_inputs, grad_outputs) after the node ran; a tuple that it returns replaces grad_inputs."""
    if not isinstance(node.rule, Followed):
        node.rule = Followed(node.rule)
    return RemovableHandle(node.rule.functions, hook)


def register_leaf_hook(node: AccumulateGrad, hook: Any) -> RemovableHandle:
    """Call hook((), grad_outputs) after the gradient was added to the leaf's `.grad`."""
    after = hooks_of(node).after
    handle = RemovableHandle(after, None)
    after[handle.id] = (hook, True)
    return handle


def sequence_number(node: Any) -> int:
    """The clock when the node was made: a larger number was made later, and runs earlier."""
    number: int = node.number
    return number


def attach() -> None:
    """Give the nodes what they show."""
    for name in _all_names():
        setattr(Node, f"_saved_{name}", _saved(name))
        setattr(Node, f"_raw_saved_{name}", _raw_saved(name))
    Node.next_functions = property(next_functions)  # type: ignore[attr-defined]
    Node.register_hook = register_hook  # type: ignore[attr-defined]
    AccumulateGrad.next_functions = ()  # type: ignore[attr-defined]
    AccumulateGrad.register_hook = register_leaf_hook  # type: ignore[attr-defined]
    kinds: tuple[Any, ...] = (Node, AccumulateGrad)
    for kind in kinds:
        kind.metadata = property(metadata)
        kind.register_prehook = register_prehook
        kind._sequence_nr = sequence_number  # noqa: SLF001

"""What the nodes of the graph show: PyTorch's graph objects, attached to Node and AccumulateGrad.

next_functions, _saved_self, _raw_saved_self, metadata, register_hook, register_prehook
"""

from __future__ import annotations

from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

from wengert import errors
from wengert.core.hooks import RemovableHandle, Several, replaced_all
from wengert.core.modes import recording
from wengert.core.outputs import Followed, operation_of
from wengert.core.places import TRACEBACKS
from wengert.core.primitive import TABLE, WHOLE_NAMES, Primitive
from wengert.core.saved import Packed, SavedTensor, pack_one
from wengert.core.tape import AccumulateGrad, Node, OverwrittenResult, stale
from wengert.core.tensor import Tensor, wrap
from wengert.functions.recording.hooking import hooks_of

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
        elif isinstance(value, Tensor) and value.memory is not None and value.memory.stamp >= node.number:
            raise stale(value, value.memory, node)
        return wrap(getattr(value, "array", value), node) if name == "result" and value is not None else value

    return property(read, _read_only(f"_saved_{name}"))


def _read_only(attribute: str) -> Any:
    def refuse(node: Node, value: Any) -> None:
        raise AttributeError(f"attribute '{attribute}' of '{type(node).__name__}' objects is not writable")

    return refuse


def _raw_saved(name: str) -> property:
    def read(node: Node) -> SavedTensor:
        at = _index_of(node, name, f"_raw_saved_{name}")
        return SavedTensor(lambda: _unfreed(node)[at] if at >= 0 else None, lambda packed: pack_one(node, at, packed))

    return property(read)


def shown(node: Any) -> Any:
    """A node that a program is about to see: of a class that has its name, as programs that draw graphs expect."""
    if type(node) is Node:
        node.__class__ = _kind(node.name().rpartition("::")[2])
    return node


@cache
def _kind(name: str) -> Any:
    return type(name, (Node,), {"__slots__": ()})


def operands_with_edges(node: Node) -> list[int]:
    """The operands that PyTorch's node of that name has an edge for: no conditions, no indices, no exponents."""
    row: Any = node.primitive
    found = list(range(node.operand_count))
    if isinstance(row, Primitive) and row.arity is not None:
        found = [i for i in found if row.rule_of(i) is not None]
        if row.name == "power":
            numbers = {i for i, value in zip(node.rule.saves, node.saved or (), strict=False) if _is_number(value)}
            found = [i for i in found if i not in numbers]
    return found


def _is_number(value: Any) -> bool:
    return isinstance(value, bool | int | float | complex)


def next_functions(node: Node) -> tuple[tuple[Any, int], ...]:
    """For every operand the node that made it and which output it was; (None, 0) without."""
    made = dict(zip(node.rule.needs, node.parents, strict=True))
    edges = ((None, 0) if i not in made else operation_of(made[i]) for i in operands_with_edges(node))
    return tuple((shown(parent), index) for parent, index in edges)


def call(node: Node, *gradients: Tensor) -> Any:
    """The gradients of the operands, given those of the outputs: what a walk would pass on."""
    count = node.rule.outputs
    if len(gradients) != count:
        raise errors.ArgumentTypeError(f"expected {count} arguments, got {len(gradients)} instead")
    g = gradients[0] if count == 1 else Several(dict(enumerate(gradients)), count)
    pulled = node.rule.over_tensors(node, g)
    several = pulled if len(node.rule.needs) > 1 else (pulled,)
    made = dict(zip(node.rule.needs, several, strict=True))
    found = tuple(made.get(i) for i in operands_with_edges(node))
    return found if len(found) > 1 else found[0]


def call_leaf(node: AccumulateGrad, gradient: Tensor) -> tuple[()]:
    """Add a gradient to the leaf's `.grad`."""
    node.arrived(gradient if gradient.node is not None and recording() else gradient.array.copy())
    return ()


def full_name(node: Node) -> str:
    """PyTorch's name of the node, with the namespace that two of them have."""
    name = node.primitive.node_name
    return f"torch::autograd::{name}" if name in WHOLE_NAMES else name


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
    with_edges = operands_with_edges(node)
    seen = hook if len(with_edges) == node.operand_count else _of_some(hook, with_edges)
    return RemovableHandle(node.rule.functions, seen)


def _of_some(hook: Any, with_edges: list[int]) -> Any:
    """A hook of a node that is shown the gradients of some operands: those that have edges."""

    def of_all(gradients: tuple[Any, ...], outputs: Any) -> Any:
        some = tuple(gradients[i] for i in with_edges)
        found = replaced_all(hook, some, hook(some, outputs))
        renewed = dict(zip(with_edges, found, strict=True))
        return tuple(renewed.get(i, g) for i, g in enumerate(gradients))

    return of_all


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


LAST = 2**64 - 1
"""The number that PyTorch gives to the nodes of leaves: they are next as soon as they can be."""


def attach() -> None:
    """Give the nodes what they show."""
    for name in _all_names():
        setattr(Node, f"_saved_{name}", _saved(name))
        setattr(Node, f"_raw_saved_{name}", _raw_saved(name))
    node, leaf = (Node, AccumulateGrad)  # type: Any, Any
    node.next_functions = property(next_functions, _read_only("next_functions"))
    node.register_hook, node.__call__ = register_hook, call
    node.name, node._sequence_nr = full_name, sequence_number  # noqa: SLF001
    leaf.next_functions = property(lambda _: (), _read_only("next_functions"))
    leaf.register_hook, leaf.__call__ = register_leaf_hook, call_leaf
    leaf._sequence_nr = lambda _: LAST  # noqa: SLF001
    leaf.variable = property(leaf.variable.fget, _read_only("variable"))
    for kind in (node, leaf):
        kind.metadata = property(metadata, _read_only("metadata"))
        kind.register_prehook = register_prehook
        kind.__repr__ = lambda self: f"<{self.name().rpartition('::')[2]} object at {id(self):#x}>"

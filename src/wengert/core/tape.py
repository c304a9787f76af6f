"""The tape: Nodes, what they save, and the leaves where gradients are added up.

    node       := Node | AccumulateGrad
    Node       := number, pullback, parents (nodes), saved (what the rules read), where it was made

Knows nodes and rules. Must not know any particular op.
"""

from __future__ import annotations

from sys import _getframe, getrefcount
from threading import Lock
from typing import TYPE_CHECKING, Any
from weakref import ref

import numpy as np

from wengert import errors
from wengert.core.buffers import is_alone
from wengert.core.hooks import retain
from wengert.core.live import begun
from wengert.core.modes import WATCHING, present
from wengert.core.places import Place, user_frame
from wengert.core.primitive import UNSAVED, Primitive
from wengert.core.tensor import Storage, Tensor, alias, clock, storage_of, wrap
from wengert.dtypes import HALF

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import CodeType

    from wengert.core.hooks import Hooks
    from wengert.shapes import Spec

    OverArrays = Callable[["Node", Any], Any]


ADDING = Lock()
"""Held while something is added to a `.grad`: NumPy's additions let other threads run."""


MORE, NOTHING, VALUE, TENSOR, UNCHANGED = range(5)
"""What the one rule of a pullback reads: see Pullback.reading."""


def general_way(node: Node, g: Any) -> Any:
    """What `raw` is unless something quicker is known. A bound method there would be a reference cycle."""
    return node.rule.over_arrays(node, g)


class Pullback:
    """How one primitive goes backward when a given subset of its operands needs gradients.

    Shared by all nodes of that kind. The three ways of evaluating it are the same rules over
    arrays, over Tensors, and over whatever a transform saved. Each returns the cotangents of the
    node's parents: a tuple, or the cotangent itself where there is one parent.

    Attributes:
        needs: the operands that receive a cotangent, in the order of the node's parents.
        saves: what the rules read, in the order of the node's `saved`: operand indices and "out".
        outputs: how many results the operation has.
        raw: the rules over arrays; families replace it by a closure made for the case at hand.
        reading: NOTHING, VALUE or TENSOR if there is one rule that reads no more than that; then the
            walk calls `function`, the rule itself, and not `raw`. UNCHANGED if the cotangent stays
            as it is. MORE otherwise.
    """

    __slots__ = ("function", "needs", "outputs", "primitive", "raw", "reading", "saves")
    runs_on_nothing = False

    def __init__(self, primitive: Primitive, needs: tuple[int, ...]) -> None:
        self.primitive = primitive
        self.needs = needs
        self.outputs = primitive.count or 1
        reads = {name for i in needs if (rule := primitive.rule_of(i)) for name in rule.reads}
        linear = primitive.family == "linear"  # its rules read specs, which cost no memory
        self.saves: tuple[Any, ...] = tuple(
            ([] if linear else [i for i, n in enumerate(primitive.operands) if n in reads])
            + (["out"] if "out" in reads else [])
        )
        self.raw: OverArrays = general_way
        self.reading = MORE
        self.function: Any = None

    def held_result(self, node: Node) -> tuple[Node, Any] | None:
        """The node that holds the array of the result that `node` is of, and that array; None if none does."""
        saved = node.saved
        if not saved or "out" not in self.saves or type(saved[-1]) is not np.ndarray:
            return None
        return node, saved[-1]

    def over_arrays(self, node: Node, g: Any) -> Any:
        """First-order backward: arrays in, arrays out, nothing recorded."""
        return self._pull(node, g, [saved_array(value, node) for value in self.unfreed(node)])

    def over_tensors(self, node: Node, g: Any) -> Any:
        """Backward that can be differentiated again: the same rules, recorded."""
        saved: Any = apart_from_leaves(node, self.unfreed(node))
        for value in saved:
            unwritten(value, node)
        saved = tuple([self._with_history(node, at, value) for at, value in zip(self.saves, saved, strict=True)])
        if self.saves and self.saves[-1] == "out":
            saved = (*saved[:-1], self.results(node, saved[-1]))
        return self._pull(node, g, saved)

    def over_values(self, node: Node, g: Any) -> Any:
        """Backward inside a transform: the values that the transform saved, as they are."""
        return self._pull(node, g, self.unfreed(node))

    def _with_history(self, node: Node, at: Any, value: Any) -> Any:
        """A saved operand with the history that the node knows, if detach_() cut it off since."""
        cut_off = at in self.needs and isinstance(value, Tensor) and value.node is None
        return alias(value, node.parents[self.needs.index(at)]) if cut_off else value

    def results(self, node: Node, saved: Any) -> Any:
        """The saved result, or tuple of results, as Tensors with their history."""
        return wrap(saved, node)

    def unfreed(self, node: Node) -> tuple[Any, ...]:
        """What a node saved. A node that saved nothing may be walked again."""
        saved: tuple[Any, ...] | None = node.saved
        if saved is not None:
            return saved
        if self.saves:
            raise errors.GradError(errors.SECOND_BACKWARD)
        return ()

    def _pull(self, node: Node, g: Any, saved: Sequence[Any]) -> Any:
        primitive = self.primitive
        if primitive.count is not None:
            g = g.entries()
        operands: list[Any] = [UNSAVED] * len(primitive.operands)
        out: Any = UNSAVED
        for k, what in enumerate(self.saves):
            if what == "out":
                out = saved[k]
            else:
                operands[what] = saved[k]
        needs = self.needs
        if len(needs) == 1:
            return primitive.pull(needs[0], g, operands, node.specs, out, node.params)
        return primitive.pull_each(needs, g, operands, node.specs, out, node.params)


class OverwrittenResult(Pullback):
    """Takes the place of a node's pullback once its saved result was written over."""

    __slots__ = ("error",)

    def held_result(self, node: Node) -> tuple[Node, Any] | None:
        return None

    def __init__(self, original: Pullback, error: str) -> None:
        self.primitive, self.needs, self.saves = original.primitive, original.needs, original.saves
        self.raw, self.reading, self.function = general_way, MORE, None
        self.outputs = original.outputs
        self.error = error

    def over_arrays(self, node: Node, g: Any) -> Any:
        raise errors.StaleError(self.error.replace(HINT_OF[False], HINT_OF[present().anomaly]))

    over_tensors = over_values = over_arrays


class Node:
    """One record on the tape: an operation that was done.

    Attributes:
        number: the clock when it was made.
        rule: the Pullback that all nodes of this kind share.
        parent: the node of the operand that needs gradients, or a tuple of nodes where several do
            (most nodes have one, and a tuple for each would cost time and memory).
        saved: what the rules read; None once it was freed.
        params: the static parameters of the operation.
        specs: the operands' shapes and dtypes, where the rules need them; else None.
        code, lasti: where the user called the operation.
        hooks: None, or what runs when the cotangent arrives.
    """

    __slots__ = (
        "__weakref__", "code", "hooks", "lasti", "number", "params", "parent", "rule", "saved",
        "specs",
    )  # fmt: skip

    number: int
    rule: Pullback
    parent: Any
    saved: Any
    params: tuple[Any, ...]
    specs: Sequence[Spec] | None
    code: CodeType
    lasti: int
    hooks: Hooks | None

    @property
    def primitive(self) -> Primitive:
        return self.rule.primitive

    @property
    def parents(self) -> tuple[Any, ...]:
        """The nodes of the operands that need gradients."""
        return self.parent if type(self.parent) is tuple else (self.parent,)

    @parents.setter
    def parents(self, nodes: tuple[Any, ...]) -> None:
        self.parent = nodes[0] if len(nodes) == 1 else nodes

    @property
    def saves_result(self) -> bool:
        """Whether somebody holds the array of its result for backward."""
        return self.rule.held_result(self) is not None

    @property
    def operand_count(self) -> int:
        """How many operands the operation had."""
        arity: int | None = self.rule.primitive.arity
        return len(self.specs or ()) if arity is None else arity

    @property
    def place(self) -> Place:
        """The line of the user's program that made it."""
        return Place(self.code, self.lasti)

    def name(self) -> str:
        """PyTorch's name of the node: 'MulBackward0'."""
        return self.rule.primitive.node_name

    def __repr__(self) -> str:
        return f"<{self.name()}>"


def plain_node(rule: Any, parents: tuple[Any, ...], code: CodeType, lasti: int) -> Node:
    """A node that saves nothing: what it does is all in its pullback."""
    made = Node()
    made.number = clock()
    made.rule = rule
    made.parent = parents[0] if len(parents) == 1 else parents
    made.saved = made.params = ()
    made.specs = made.hooks = None
    made.code = code
    made.lasti = lasti
    return made


class AccumulateGrad:
    """The node of a leaf: adds what arrives into the leaf's `.grad`.

    It holds the leaf's array, not the leaf, so that a tensor and its node form no cycle.
    """

    __slots__ = ("__weakref__", "array", "grad", "hooks", "number", "owner")

    saves_result = False
    parents = ()

    def __init__(self, owner: Tensor, array: Any = None) -> None:
        self.number = clock()
        self.array = owner.array if array is None else array
        if self.array.dtype.kind == "c":
            COMPLEX.seen = True
        self.owner = ref(owner)
        self.grad: Tensor | None = None
        self.hooks: Hooks | None = None
        begun(owner)

    @property
    def variable(self) -> Tensor:
        """The leaf; made anew over the same memory if nobody else keeps it."""
        owner = self.owner()
        if owner is None:
            owner = wrap(self.array, self)
            self.owner = ref(owner)
        return owner

    def name(self) -> str:
        """PyTorch's name of the node."""
        return "torch::autograd::AccumulateGrad"

    def __repr__(self) -> str:
        return "<AccumulateGrad object>"

    def accumulate(self, g: Any) -> None:
        """Add an array into `.grad`, into the same tensor if there is one already."""
        with ADDING:
            grad = self.grad
            if grad is None and (leaf := self.owner()) is not None and leaf.__dict__:
                grad = leaf.__dict__.get("_grad")  # kept there by create_graph
            if HALF.seen and g.dtype != self.array.dtype:
                g = g.astype(self.array.dtype)  # of bfloat16 and a number in a rule NumPy makes float32
            if grad is not None:
                np.add(grad.array, g, out=grad.array)
                storage = storage_of(grad)
                storage.version += 1
                storage.stamp = clock()
            # 4 references: the walk's, arrived()'s, ours and the call's. Then nobody else sees it.
            elif (
                type(g) is np.ndarray and getrefcount(g) <= 4 and (g.base is None or is_alone(g))
                and (g.ndim < 2 or g.strides == self.array.strides)
            ):  # fmt: skip
                self.grad = wrap(g)
            else:
                self.grad = wrap(np.array(g) if g.ndim < 2 else laid_out(g, self.array))

    def arrived(self, g: Any) -> None:
        """Take in what a walk brings: an array, or a Tensor with a history of its own."""
        if WATCHING.count and (observer := present().observer) is not None:
            observer.accumulates(self)
        if isinstance(g, Tensor):
            self.accumulate_recorded(g)
        else:
            self.accumulate(g)
        if self.hooks is not None and self.hooks.after:
            self.hooks.finish(self, g)

    def accumulate_recorded(self, g: Tensor) -> None:
        """Add a Tensor with a history of its own: out of place, as create_graph asks.

        The leaf keeps it, and not this node: the history leads back here, and would be a cycle.
        """
        leaf = self.variable
        with ADDING:
            retain(leaf, g if self.grad is None else self.grad + g)
            self.grad = None


def laid_out(g: Any, array: Any) -> Any:
    """A copy of a gradient in the memory layout of the leaf, as PyTorch promises."""
    if g.shape != array.shape:
        return np.array(g)
    made = np.empty_like(array, g.dtype)
    made[...] = g
    return made


class Source:
    """The node of a value that a transform differentiates with respect to: a walk hands out what arrives here."""

    __slots__ = ("__weakref__", "hooks", "number")

    saves_result = False
    parents = ()

    def __init__(self) -> None:
        self.number = clock()
        self.hooks: Hooks | None = None

    def name(self) -> str:
        """What the node is called where nodes are shown."""
        return "Source"


class Entrance(Pullback):
    """The identity between a Source and what is computed from it, so that the value is no leaf and may be written."""

    __slots__ = ()

    def __init__(self) -> None:
        self.primitive = ENTRANCE
        self.needs, self.saves, self.outputs = (0,), (), 1
        self.raw, self.reading, self.function = general_way, UNCHANGED, None

    def over_arrays(self, node: Node, g: Any) -> Any:
        return g

    over_tensors = over_values = over_arrays


ENTRANCE = Primitive("entrance", family="linear", kernel=lambda xp, x: x, arity=1, title="Entrance")
"""Not in the table: nothing computes it."""


def apart_from_leaves(node: Node, saved: tuple[Any, ...]) -> tuple[Any, ...]:
    """What a node saved, with every leaf replaced, for good, by another Tensor over its memory.

    A leaf keeps a gradient that has a history, and the history leads to this node: if the node kept
    the leaf in turn, they would be a cycle.
    """
    for value in saved:
        if isinstance(value, Tensor) and type(value.node) is AccumulateGrad:
            break
    else:
        return saved
    apart = tuple(
        alias(value, value.node) if isinstance(value, Tensor) and type(value.node) is AccumulateGrad else value
        for value in saved
    )
    if node.saved is saved:
        node.saved = apart
    return apart


def unwritten(value: Any, node: Node) -> Any:
    """A value that a node saved.

    Raises:
        RuntimeError: if somebody has written over it since.
    """
    storage = value.memory if isinstance(value, Tensor) else None
    if storage is not None and storage.stamp >= node.number:
        raise stale(value, storage, node)
    return value


def saved_array(value: Any, node: Node) -> Any:
    """The array of such a value."""
    found = unwritten(value, node)
    return found.array if isinstance(found, Tensor) else found


def stale(value: Tensor, storage: Storage, node: Node) -> errors.StaleError:
    """The error for an operand that was written after `node` saved it."""
    made_by = value.node.primitive.title if isinstance(value.node, Node) else None
    return errors.StaleError(_stale_text(value, made_by, storage, node))


HINT_OF = {
    False: "Hint: enable anomaly detection to find the operation that failed to compute its gradient, with "
    "torch.autograd.set_detect_anomaly(True, check_nan=False).",
    True: "Hint: the backtrace further above shows the operation that failed to compute its gradient. The variable in "
    "question was changed in there or anywhere later. Good luck!",
}
"""PyTorch's hint, by whether anomaly detection is on."""


def _stale_text(value: Any, made_by: str | None, storage: Storage, node: Node) -> str:
    of = f", which is output 0 of {made_by}," if made_by else ""
    written = value if isinstance(value, Tensor) else wrap(value)
    text = (
        "one of the variables needed for gradient computation has been modified by an inplace "
        f"operation: [torch.{written.type().removeprefix('torch.')} {list(written.shape)}]{of} is at version "
        f"{storage.version}; expected version {max(storage.version - 1, 0)} instead. {HINT_OF[present().anomaly]}\n"
        f"It was saved by {node.primitive.name} at {node.place}"
    )
    if storage.writer is not None:
        code, lasti, name = storage.writer
        text += f"\nand written by {name} at {Place(code, lasti)}."
    return errors.advice(text, "write to a clone(), or compute out of place.")


def note_write(tensor: Tensor, writer: tuple[CodeType, int, str]) -> int:
    """Say that a tensor's memory is being written; returns the clock of the write.

    Values saved before are stale from now on, and views of the memory forget their history,
    to find it again through their base when they are next used.
    """
    storage = storage_of(tensor)
    storage.version += 1
    storage.stamp = clock()
    storage.writer = writer
    for reference in storage.results:
        node = reference()
        held = None if node is None else node.rule.held_result(node)
        if held is not None:
            holder, result = held
            text = _stale_text(result, holder.primitive.title, storage, holder)
            holder.rule = OverwrittenResult(holder.rule, text)
    storage.results = ()
    return storage.stamp


def mark_written(tensor: Tensor, name: str) -> None:
    """Say that a tensor's memory has been written, by the line of the user that is running."""
    frame = user_frame(_getframe(1))
    note_write(tensor, (frame.f_code, frame.f_lasti, name))


class _Seen:
    """Whether something has ever happened in this process; until then nobody has to look for it."""

    __slots__ = ("seen",)

    def __init__(self) -> None:
        self.seen = False


COMPLEX = _Seen()
"""Whether a complex tensor was recorded; until then no rule has to conjugate."""

HOOKED_LEAVES = _Seen()
"""Whether a hook was registered on a leaf; until then leaves may come last."""

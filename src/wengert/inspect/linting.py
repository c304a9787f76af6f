"""lint(): what a training loop forgets, reported as warnings with the line of the program.

    forgotten zero_grad()   a gradient is added to one that an update has used already
    kept graphs             `total += loss` keeps the graph of every loss
    leaf without gradient   a leaf was used or made, and no backward() reached it

Watching makes every operation slower; it is meant for a look, not for production.
"""

from __future__ import annotations

import warnings
from sys import _getframe
from typing import TYPE_CHECKING, Any
from weakref import ref

import numpy as np

from wengert.core.modes import present
from wengert.core.observing import Observer, Observing
from wengert.core.places import Place, user_frame
from wengert.core.tape import AccumulateGrad, Node
from wengert.core.tensor import Tensor, clock
from wengert.inspect.cuts import inherit_cut

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

    from wengert.core.primitive import Primitive

LONG_CHAIN = 10
"""From how many operations of one line on, each upon the last and none differentiated, they are reported."""


class LintWarning(UserWarning):
    """Something that is probably not meant."""


class lint(Observing):
    """Warn of forgotten zero_grad(), of graphs kept by `total += loss`, and of leaves that no loss reaches.

    >>> import warnings
    >>> import wengert as torch
    >>> w = torch.ones(2, requires_grad=True)
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     with torch.lint() as found:
    ...         for _ in range(2):
    ...             (w * w).sum().backward()
    ...             with torch.no_grad():
    ...                 w -= 0.1 * w.grad
    >>> print(found.findings[0].splitlines()[0].partition(" was ")[2])
    added to a gradient that has been used for an update already: zero_grad() was forgotten.

    Inside, tensors also remember where they lost their history, for `wengert.explain`.
    """

    __slots__ = ("_lint",)

    def __init__(self) -> None:
        self._lint = Lint()
        super().__init__(self._lint)

    @property
    def findings(self) -> list[str]:
        """What was reported so far."""
        return self._lint.findings

    def __enter__(self) -> Any:
        super().__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        super().__exit__(*exception)
        if exception[0] is None and not self._tokens:
            self._lint.finish()

    def _again(self) -> Any:
        return type(self)()


class _LeafRecord:
    """What is known of a leaf: where it was made or first used, and what became of its gradient."""

    __slots__ = ("is_used", "leaf", "name", "place", "reached_at")

    def __init__(self, leaf: Tensor, frame: FrameType) -> None:
        self.leaf = ref(leaf)
        self.place = Place(frame.f_code, frame.f_lasti)
        self.name = name_in(frame, leaf)
        self.is_used = False
        self.reached_at: int | None = None


class Lint(Observer):
    """Collects what happens inside of one `with lint():`."""

    def __init__(self) -> None:
        self.leaves: dict[int, _LeafRecord] = {}
        self.chains: dict[tuple[Any, int], list[ref[Node]]] = {}
        self.findings: list[str] = []
        self._reported: set[Any] = set()

    def report(self, message: str, remedy: str, place: Place, what: Any) -> None:
        """Warn once of one thing."""
        if what not in self._reported:
            self._reported.add(what)
            text = f"{message}\nTry: {remedy}"
            self.findings.append(text)
            warnings.warn_explicit(text, LintWarning, place.file, place.line, registry={})

    def saw(self, primitive: Primitive, operands: Sequence[Any], params: tuple[Any, ...], made: Tensor) -> None:
        frame = user_frame(_getframe(1))
        self._look_at(operands, frame)
        if made.node is None:
            what = f"{primitive.name}, which has no derivative"
            inherit_cut(made, operands, what if present().grad else "no_grad()", frame.f_code, frame.f_lasti)
            return
        self._chain(made.node, operands)

    def saw_function(self, function: Any, args: Sequence[Any], outputs: Sequence[Any], node: Any) -> None:
        self._look_at(args, user_frame(_getframe(1)))

    def saw_leaf(self, leaf: Tensor) -> None:
        self._record(leaf, user_frame(_getframe(1)))

    def _record(self, leaf: Tensor, frame: FrameType) -> _LeafRecord:
        found = self.leaves.get(leaf.node.number)
        if found is None:
            found = self.leaves[leaf.node.number] = _LeafRecord(leaf, frame)
        return found

    def _look_at(self, operands: Sequence[Any], frame: FrameType) -> None:
        for operand in operands:
            if not isinstance(operand, Tensor):
                continue
            node = operand.node
            if isinstance(node, AccumulateGrad):
                record = self._record(node.variable, frame)
                if not record.is_used:
                    record.is_used = True
                    record.place = Place(frame.f_code, frame.f_lasti)
                    record.name = name_in(frame, node.variable)
            elif isinstance(node, Node) and node.saved is None and present().grad:
                place = Place(frame.f_code, frame.f_lasti)
                self.report(
                    "A result is computed from a tensor whose graph backward() has freed: it keeps that graph in "
                    "memory, and can never be differentiated.",
                    "add loss.item() or loss.detach() to a total, not loss.",
                    place,
                    ("freed", place),
                )

    def _chain(self, node: Node, operands: Sequence[Any]) -> None:
        for operand in operands:
            before = operand.node if isinstance(operand, Tensor) else None
            if isinstance(before, Node) and before.code is node.code and before.lasti == node.lasti:
                self.chains.setdefault((node.code, node.lasti), []).append(ref(node))

    def accumulates(self, node: AccumulateGrad) -> None:
        leaf = node.variable
        frame = user_frame(_getframe(1))
        record = self._record(leaf, frame)
        written = last_write(leaf)
        grad = leaf.grad
        is_stale = record.reached_at is not None and written > record.reached_at
        if is_stale and grad is not None and np.any(grad.array):
            self.report(
                f"{_called(record)}.grad was added to a gradient that has been used for an update already: "
                "zero_grad() was forgotten.",
                "optimizer.zero_grad(), or w.grad = None, before each backward().",
                Place(frame.f_code, frame.f_lasti),
                ("zero_grad", node.number),
            )
        record.reached_at = clock()

    def finish(self) -> None:
        """Report what is only known at the end."""
        for (code, lasti), references in self.chains.items():
            alive = [node for r in references if (node := r()) is not None and node.saved is not None]
            if len(alive) >= LONG_CHAIN:
                place = Place(code, lasti)
                self.report(
                    f"{len(alive)} results of this line, each computed from the one before, are kept with their "
                    "graphs, and none was differentiated.",
                    "add loss.item() or loss.detach() to a total, or use no_grad() where no gradients are wanted.",
                    place,
                    ("chain", place),
                )
        if not any(record.reached_at is not None for record in self.leaves.values()):
            return
        for number, record in self.leaves.items():
            if record.leaf() is None or record.reached_at is not None:
                continue
            done = "was used, but no backward() reached it" if record.is_used else "was made and never used"
            self.report(
                f"{_called(record)} requires grad and {done}: its .grad is None.",
                "look for detach(), .data, .item() or no_grad() between it and the loss; wengert.explain() helps.",
                record.place,
                ("unreached", number),
            )


def last_write(leaf: Tensor) -> int:
    """The clock of the last write to a leaf."""
    return leaf.memory.stamp if leaf.memory is not None else 0


def _called(record: _LeafRecord) -> str:
    leaf = record.leaf()
    shape = "" if leaf is None else f" of shape {list(leaf.shape)}"
    return record.name or f"A leaf{shape}"


def name_in(frame: FrameType | None, value: Any) -> str:
    """What a value is called where the program began to use it; empty if no variable is it."""
    name = ""
    while frame is not None:
        for namespace in (frame.f_locals, frame.f_globals):
            names = [n for n, found in list(namespace.items()) if found is value and not n.startswith("_")]
            name = names[0] if names else name
        frame = frame.f_back
    return name

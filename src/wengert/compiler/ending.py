"""What a call leaves behind: of each output of its graph, whether it is returned, written, a gradient or saved.

    outputs := results, gradients of leaves, written tensors, what guards look at, what backward will read

Everything is found by its position, which is worked out once.

Knows tensors and nodes. Must not know how the outputs are computed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from wengert.compiler.pullbacks import connect
from wengert.compiler.recorder import note_written
from wengert.compiler.results import Given
from wengert.core.buffers import is_alone
from wengert.core.tape import AccumulateGrad, laid_out
from wengert.core.tensor import alias, mark_inference, seen_through, wrap
from wengert.functions.recording.leaves import detach
from wengert.graph.ir import Variable
from wengert.trees import LEAF

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from wengert.compiler.pullbacks import CompiledPullback
    from wengert.core.tensor import Tensor
    from wengert.trees import Structure


class Same(NamedTuple):
    """A result that is one of the tensors that came in."""

    place: int


class Detached(NamedTuple):
    """A result that is a detach() of a tensor that came in and was written."""

    place: int


class WithoutHistory(NamedTuple):
    """A result that is a detach() of another: of a variable, or of the result of a number."""

    of: Any


class Number(NamedTuple):
    """A result that is a float: the element of a variable, or of a tensor that came in."""

    of: Any


class Seen(NamedTuple):
    """A result that is a view of another, or of a tensor that came in: by which operations it is made of that."""

    of: Any
    path: tuple[Any, ...]


class Fixed(NamedTuple):
    """A result that is no tensor."""

    value: Any


class Shown(NamedTuple):
    """A gradient that is a result as well: the very same tensor."""

    number: int


class Refused:
    """A result whose history cannot be gone back: its node holds nothing of a call, so the next has it too."""

    __slots__ = ("_leaves", "_node", "_rule", "_which")

    def __init__(self, rule: CompiledPullback, which: int) -> None:
        self._rule, self._which = rule, which
        self._leaves: list[int] = []
        self._node: Any = None

    def connect(self, made: list[Tensor], tensors: list[Any], places: Sequence[int]) -> None:
        """Give the result of a call the node, or a new one if it has been hooked or the leaves are others."""
        node, result = self._node, made[self._which]
        if node is None or node.hooks is not None or node.parents != tuple([tensors[i].node for i in self._leaves]):
            connect(self._rule, [result], [], [tensors[place] for place in places])
            self._leaves = [places[i] for i in self._rule.leaves]
            self._node = result.node
            self._node.saved = (), ()  # not the inputs of this call
        else:
            result.node = node


class Connection:
    """Results of one stage that have a history: how they get it in each call."""

    def __init__(
        self, rule: CompiledPullback, distinct: list[Any], moving: Sequence[Variable], saved: Sequence[Any],
        seen: Sequence[int | None], start: int,
    ) -> None:  # fmt: skip
        self._rule, self._seen, self._start = rule, seen, start
        self._moving = [distinct.index(v) for v in moving]
        self._results = [distinct.index(v) for v in rule.earlier]
        self._saved = [s if isinstance(s, int) else None for s in saved]
        self._shown = [distinct.index(s) if s in distinct else None for s in saved]

    def connect(self, made: list[Tensor], inputs: list[Any], found: list[Any]) -> None:
        """Give the results of a call their nodes; those of earlier stages have theirs."""
        saved: list[Any] = []  # what is seen elsewhere too is watched: nobody may write there before backward
        for i, (at, shown, seen) in enumerate(zip(self._saved, self._shown, self._seen, strict=True)):
            array = found[self._start + i]
            saved.append(
                inputs[at] if at is not None
                else alias(made[shown], None) if shown is not None
                else array if seen is None else seen_through(inputs[seen], wrap(array), None, ())
            )  # fmt: skip
        given = [*inputs, *[made[i] for i in self._results]] if self._results else inputs
        connect(self._rule, [made[i] for i in self._moving], saved, given)


class Ending:
    """How the outputs of a graph are given to those they belong to.

    Attributes:
        outputs: the variables that the graph has to give, in order.
        shown: how many of them, the first, the program sees: results and gradients.
        written: which of them are written into tensors that came in.
        asked: which of them guards look at.
        saved_from: where those begin that backward will read.
        places: which tensors of a call are named in it: as results, as gradients, or as written.
    """

    def __init__(
        self, results: Sequence[Any], structure: Structure, writes: Sequence[tuple[int, Variable]],
        gradients: Sequence[tuple[int, Any]], guards: Sequence[Any], saved: Sequence[Variable],
        began: Sequence[int] = (), inferred: Container[Variable] = (),
    ) -> None:  # fmt: skip
        self._began = began  # which tensors have become leaves that require grad
        shown = [r.of if isinstance(r, Number) else r for r in results]
        variables = [r for r in shown if isinstance(r, Variable)]
        self._distinct = list(dict.fromkeys(variables))
        gradients = [(place, Shown(self._distinct.index(g)) if g in self._distinct else g) for place, g in gradients]
        wanted = [atom for _, atom in gradients if isinstance(atom, Variable)]
        self.outputs = [*variables, *wanted, *(v for _, v in writes), *(guard.atom for guard in guards), *saved]
        self.shown = len(variables) + len(wanted)
        self._structure = structure
        self._alone = structure is LEAF
        self._made = [variables.index(v) for v in self._distinct]
        self._inferred = [i for i, v in enumerate(self._distinct) if v in inferred]
        self._results = [self._number(r) for r in results]
        self._in_order = self._results == list(range(len(self._distinct)))
        at = iter(range(len(variables), self.shown))
        self._gradients = [(place, next(at) if isinstance(g, Variable) else g) for place, g in gradients]
        self._given = [self.outputs.count(g) == 1 for _, g in gradients]
        start = self.shown
        self.written = range(start, start + len(writes))
        self._writes = [(place, at) for (place, _), at in zip(writes, self.written, strict=True)]
        start += len(writes)
        self.asked = range(start, start + len(guards))
        self._guards = [*zip(guards, self.asked, strict=True)]
        self.saved_from = start + len(guards)
        shown += [r.of for r in results if isinstance(r, Seen)]
        named = [value for value in (*shown, *(g for _, g in gradients)) if isinstance(value, Same | Detached)]
        self.places = {*(each.place for each in named), *(place for place, _ in (*gradients, *writes)), *began}
        self._connections: list[Connection] = []
        self._next = self.saved_from
        self._refused: list[Refused] = []

    def _number(self, r: Any) -> Any:
        if isinstance(r, WithoutHistory | Number | Seen) and isinstance(r.of, Variable):
            return r._replace(of=self._distinct.index(r.of))
        return self._distinct.index(r) if isinstance(r, Variable) else r

    def refuse(self, rule: CompiledPullback, result: Variable) -> None:
        """Let a result have a history that cannot be gone back, as the rule says."""
        self._refused.append(Refused(rule, self._distinct.index(result)))

    def differentiate(
        self, rule: CompiledPullback, moving: Sequence[Variable], saved: Sequence[Any], seen: Sequence[int | None]
    ) -> None:
        """Let results have a history.

        Args:
            rule: of the whole function.
            moving: the results that have one.
            saved: for each variable that backward reads: the number of the input that it is, or the variable.
            seen: for each of them the number of the input that it is a view of, or None.
        """
        self._connections.append(Connection(rule, self._distinct, moving, saved, seen, self._next))
        self._next += len(saved)

    def holds(self, found: list[Any]) -> bool:
        """Whether all that Python looked at is what it was."""
        return all(guard.holds(found[at]) for guard, at in self._guards)

    def commit(
        self,
        tensors: list[Any],
        places: Sequence[int],
        drawn: list[Any],
        found: list[Any],
        arguments: Any,
        *,
        replayed: bool,
    ) -> Any:
        """Put what was computed where it belongs.

        Args:
            tensors: those of the call.
            places: which of them are inputs of the graph.
            drawn: the other inputs: arrays of random numbers.
            found: the outputs.
            arguments: of the call, by position and by name, of which some may be results.
            replayed: whether they were computed for nobody else, so that a leaf may keep the very array as gradient.

        Returns:
            the result of the call.
        """
        for place in self._began:
            tensors[place].node = AccumulateGrad(tensors[place])
        made = [wrap(found[at]) for at in self._made]
        for number in self._inferred:
            mark_inference(made[number])
        if self._connections:
            inputs = [*[tensors[place] for place in places], *map(wrap, drawn)]
            for connection in self._connections:
                connection.connect(made, inputs, found)
        for refused in self._refused:
            refused.connect(made, tensors, places)
        for place, at in self._writes:
            note_written(tensors[place], found[at])
        if self._gradients:
            self._give_gradients(tensors, made, found, replayed=replayed)
        results = made if self._in_order else [self._result(r, made, tensors, arguments) for r in self._results]
        return results[0] if self._alone else self._structure.unflatten(results)

    def _give_gradients(self, tensors: list[Any], made: list[Tensor], found: list[Any], *, replayed: bool) -> None:
        for (place, value), given in zip(self._gradients, self._given, strict=True):
            if isinstance(value, int):
                array, leaf = found[value], tensors[place].array
                if array.ndim > 1 and array.strides != leaf.strides:
                    array = laid_out(array, leaf)
                elif not (replayed and given and is_alone(array)):
                    array = np.array(array)
                value = wrap(array)  # noqa: PLW2901
            elif isinstance(value, Shown):
                value = made[value.number]  # noqa: PLW2901
            tensors[place].node.grad = tensors[value.place] if isinstance(value, Same) else value

    def _result(self, r: Any, made: list[Tensor], tensors: list[Any], arguments: Any) -> Any:
        if isinstance(r, Given):
            return r.found(arguments)
        if isinstance(r, Seen):
            value = made[r.of] if isinstance(r.of, int) else tensors[r.of.place]
            for primitive, params in r.path:
                value = primitive.op(value, *params)
            return value
        if isinstance(r, WithoutHistory):
            return detach(made[r.of])
        if isinstance(r, Number):
            return (made[r.of] if isinstance(r.of, int) else tensors[r.of.place]).array.item()
        if isinstance(r, Detached):
            return detach(tensors[r.place])
        return made[r] if isinstance(r, int) else tensors[r.place] if isinstance(r, Same) else r.value

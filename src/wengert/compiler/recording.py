"""One recorded call: where its inputs come from, what it computes, and what it leaves behind.

    recording := inputs (tensors of arguments and surroundings, random draws) -> graph
                 -> results, written tensors, gradients of leaves, guards, and what backward will read

The recorded call itself ends like every later one: what was computed is committed to the tensors it belongs to.

Knows tensors and graphs. Must not know how a graph is made fast.
"""

from __future__ import annotations

from itertools import compress, islice
from operator import is_
from typing import TYPE_CHECKING, Any

import numpy as np

from wengert import errors
from wengert.compiler.derivatives import Stage, stages_of
from wengert.compiler.ending import Detached, Ending, Fixed, Number, Same, Seen, WithoutHistory
from wengert.compiler.inputs import (
    Inputs,
    Usual,
    joined,
    layout_of,
    leaf_of,
    meeting,
    pattern,
    spans_of,
    strides_of,
)
from wengert.compiler.passes import apart, optimised
from wengert.compiler.passes.apart import memories
from wengert.compiler.program import Program
from wengert.compiler.pullbacks import CompiledPullback
from wengert.compiler.results import Apart, Given, are_unchanged
from wengert.compiler.signals import is_of_a_signal
from wengert.compiler.waiting import nodes_before, runs_code_of_users
from wengert.core.levels import Tracer
from wengert.core.live import LiveNumber, put_floats
from wengert.core.modes import enable_grad
from wengert.core.tape import AccumulateGrad, plain_node
from wengert.core.tensor import Tensor, wrap
from wengert.graph.ir import Graph, Variable
from wengert.graph.prune import read_for
from wengert.graph.verify import verify
from wengert.trees import NOTHING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from wengert.compiler.recorder import RecordLevel
    from wengert.compiler.results import Containers
    from wengert.compiler.surroundings import Surroundings
    from wengert.compiler.varying import Standing


MISS = object()
"""What a replay gives where the recording does not fit."""


CHANGES = "it changes Python objects"
"""Why a recording is not kept whose function did so; it may be the last time, as where something is made at first."""


class Recording:
    """A call that can be made again without running Python.

    Attributes:
        around: what the function can see besides its arguments.
        written: what was written down.
        graph: what is computed of it.
        program: the graph made to run.
        reason: why it cannot be made again; None if it can.
    """

    written: Graph
    graph: Graph
    program: Program

    def __init__(self, around: Surroundings, leaves: Sequence[Any], title: str, *, keeps_inputs: bool = False) -> None:
        self.around, self._title, self._keeps_inputs = around, title, keeps_inputs
        self._given = [i for i, leaf in enumerate(leaves) if type(leaf) is Tensor]
        self._tensors = joined(around, [leaves[i] for i in self._given])
        self._pattern = pattern(self._tensors)
        self._places = sorted(set(self._pattern))
        self._layouts = [layout_of(self._tensors[place].array) for place in self._places]
        self._leaves = [leaf_of(self._tensors[place]) for place in self._places]
        first, last = len(self._given), len(self._given) + len(around.tensors)
        self._gradients_from = last
        self._around_from = sum(place < first for place in self._places)
        self._around_to = sum(place < last for place in self._places)
        self._seen: tuple[list[Any], list[Any]] = [], []  # arrays around, and where they lie
        self._usual: Usual | None = None
        self.reason: str | None = None
        self.shares_memory = bool(meeting(spans_of([self._tensors[place].array for place in self._places])))

    # ------------------------------------------------------------------------ the recorded call

    def run(
        self, level: RecordLevel, function: Callable[..., Any], args: Any, kwargs: Any, before: Containers,
        standing: Standing | None = None,
    ) -> Any:  # fmt: skip
        """The function's result; afterwards the call can be made again, unless `reason` says why not.

        Args:
            level: records.
            function: what is called.
            args: by position.
            kwargs: by name.
            before: what was in the containers among the arguments.
            standing: the arguments with tensors where floats vary.
        """
        tensors = self._tensors
        level.read_anew = self.around.read_anew
        kept: list[Any] = []
        shown: list[Any] = []
        try:
            for place in self._places:
                level.take(tensors[place])
            given = (args, kwargs) if standing is None else standing.live()
            result, failure = self._called(level, function, given, before)
            apart = Apart(result, self.around.is_known, before, level.is_new)
            stays = CHANGES if self.has_changed(before) or level.is_marked() else apart.reason
            if stays is None:
                self._read(level, apart.leaves, apart.structure)
                self._write_graph(level)
            else:
                if standing is not None and stays is not CHANGES:
                    level.refuse(stays)
                level.give_up(stays)
                self._read(level, [], NOTHING)
                kept = [(made, made.atom, made.node) for made in level.with_histories()]
                shown = self._gradients_made(level)
        except Exception:  # it is done again, without being recorded
            level.undo()
            raise
        finally:
            level.give_back()
            level.histories.finish()
        self.reason = level.reason
        drawn = [level.values[draw.variable] for draw in self._draws]
        if kept:
            self._give_histories(level, kept, drawn)
        values = level.values
        outputs = [np.array(values[o]) if o in level.constants else values[o] for o in self._ending.outputs]
        made = self._ending.commit(tensors, self._places, drawn, outputs, (args, kwargs), replayed=False)
        for leaf, gradient, is_made in shown:
            if is_made:
                gradient.array = leaf.node.grad.array
            leaf.node.grad = gradient
        self._tensors = []
        if failure is not None:
            raise failure
        if stays is None:
            return made
        return result if standing is None else put_floats(standing.numbers.made, result)

    def _called(self, level: RecordLevel, function: Any, arguments: Any, before: Containers) -> Any:
        """The function's result and None; or None and its error, if it cannot be called again to raise that."""
        try:
            return level.run(function, *arguments), None
        except errors.TransformError:
            raise
        except Exception as error:
            if self.has_changed(before):
                return None, error
            raise

    def is_as_it_was(self) -> bool:
        """Whether all that the function can read besides its arguments is what it was."""
        return self.around.same()

    def has_changed(self, before: Containers) -> bool:
        """Whether the call has changed Python objects, which no later call would do."""
        return not self.around.same() or not are_unchanged(before.values())

    def _give_histories(self, level: RecordLevel, kept: list[Any], drawn: list[Any]) -> None:
        """Give tensors that the call has made, and that stay where it put them, the history that they had.

        Its operations are done once more for that, on the tensors that were taken.
        """
        inputs = [level.inputs[id(self._tensors[place])] for place in self._places]
        inputs += [draw.variable for draw in self._draws]
        outs = list(dict.fromkeys(atom for _, atom, _ in kept))
        graph = Graph("recorded", inputs, dict(level.constants), level.equations, outs)
        try:
            with enable_grad():
                given = [*[self._tensors[place] for place in self._places], *map(wrap, drawn)]
                found = dict(zip(outs, level.histories.replay(graph, given, at_once=True), strict=True))
            for made, atom, _ in kept:
                twin = found[atom]
                made.array, made.node, made.memory, made.origin = twin.array, twin.node, twin.memory, twin.origin
        except errors.GradError as error:
            self.reason = str(error).partition("\n")[0]  # so that it happens once
            for made, atom, node in kept:
                rule = CompiledPullback(self._title, error, graph, [atom.spec], [0], [], level.histories)
                made.node = plain_node(rule, (), node.code, node.lasti)
                made.node.saved = (), ()

    def _gradients_made(self, level: RecordLevel) -> list[tuple[Any, Any, bool]]:
        """The leaves that have another gradient, that gradient, and whether it was computed; somebody may hold it."""
        leaves = [self._tensors[place] for place, given in self._gradients if isinstance(given, Variable)]
        gradients = [level.nodes[id(leaf)].grad for leaf in leaves]
        return [(leaf, g, isinstance(g, Tracer)) for leaf, g in zip(leaves, gradients, strict=True)]

    def _read(self, level: RecordLevel, leaves: list[Any], structure: Any) -> None:
        """What the call returns, wrote, and looked at."""
        results = [self._view(level, leaf, leaves) or self._result(level, leaf) for leaf in leaves]
        if any(isinstance(leaf, Tensor) and type(leaf.node) is AccumulateGrad for leaf in leaves):
            raise errors.TransformError("compile: the function returns a leaf that it made")
        moving = {
            leaf.atom: leaf
            for leaf, found in zip(leaves, results, strict=True)
            if isinstance(found, Variable) and leaf.node is not None
        }
        results = [
            self._result(level, leaf) if isinstance(r, Seen) and leaf.node is None and r.of in moving else r
            for leaf, r in zip(leaves, results, strict=True)
        ]
        results = detached(leaves, results, moving)
        refuse_histories(level, leaves, results, moving)
        shown = [leaf for leaf in leaves if isinstance(leaf, Tensor)]
        made = [leaf.array for leaf in shown if type(leaf) is Tensor]
        if len(made) > 1 and meeting(spans_of(made)):
            level.refuse("the function returns several tensors over the same memory")
        self._writes: list[tuple[int, Any]] = []
        self._gradients: list[tuple[int, Any]] = []
        for place in self._places:
            tensor = self._tensors[place]
            node = level.nodes.get(id(tensor))
            if node is not None and node.hooks is not getattr(node.real, "hooks", None):
                level.refuse("it hooks a tensor from outside")
            if level.wrote(tensor):
                self._writes.append((place, tensor.atom))
                pairs = zip(leaves, results, strict=True)
                if any(_is_seen_through(leaf, tensor) for leaf, r in pairs if not isinstance(r, Detached)):
                    raise errors.TransformError("compile: the function returns a view of a tensor that it wrote")
            if node is not None and isinstance(node.real, AccumulateGrad) and node.grad is not node.real.grad:
                if node.grad is not None and node.grad.node is not None:
                    level.refuse("it leaves a gradient with a history, as create_graph=True does")
                self._gradients.append((place, None if node.grad is None else self._result(level, node.grad)))
        began = [place for place, before in zip(self._places, self._leaves, strict=True)
                 if before is None and self._tensors[place].node is not None]  # fmt: skip
        came = {level.inputs[id(self._tensors[place])] for place in self._places}
        self._draws, self._guards = list(level.draws), [guard for guard in level.guards if guard.atom not in came]
        self._first_guards = [guard for guard in level.guards if guard.atom in came]
        self._draws_random = any(draw.random for draw in self._draws)
        self._differentiate(level, moving)
        self._ending = Ending(
            results,
            structure,
            self._writes,
            self._gradients,
            self._guards,
            [atom for stage in self._stages for atom in stage.saved],
            began,
            level.inferred,
        )
        self._holds = self._ending.holds if self._guards else None

    def _view(self, level: RecordLevel, leaf: Any, leaves: list[Any]) -> Seen | None:
        """What a result is a view of, if that is another result or a tensor from outside, with the same history."""
        path: list[Any] = []
        base = leaf
        while isinstance(base, Tensor) and (view := base.origin) is not None and view.primitive is not None:
            path.insert(0, (view.primitive, view.params))
            base = view.base
            alone = view.made_in is None or view.made_in.startswith("several")
            if not alone or (base.node is None) != (leaf.node is None):
                return None
            if any(base is each for each in leaves):
                break
        if path and getattr(leaf.node, "hooks", None) is not None:
            level.refuse("it hooks a view that it returns")
        found = self._result(level, base) if path else None
        is_there = isinstance(found, Variable) and any(base is each for each in leaves)
        return Seen(found, tuple(path)) if is_there or (isinstance(found, Same) and not level.wrote(base)) else None

    def _result(self, level: RecordLevel, leaf: Any) -> Any:
        if type(leaf) is LiveNumber:
            return Number(self._result(level, leaf.tensor))
        if not isinstance(leaf, Tensor):
            return leaf if isinstance(leaf, Given) else Fixed(leaf)
        for place in self._places:
            tensor = self._tensors[place]
            if tensor is leaf:
                return Same(place)
            view = leaf.origin
            if view is not None and view.base is tensor and view.primitive is None:
                if leaf.node is not None:
                    level.refuse("it returns a detach() that has a history of its own")
                return Detached(place)
        return level.atom_of(leaf)

    def _differentiate(self, level: RecordLevel, moving: dict[Any, Any]) -> None:
        """Write the graph of the derivative, where a result has a history."""
        self._stages: list[Stage] = []
        self._refused: dict[Variable, errors.GradError] = {}
        if moving:
            nodes = {place: level.nodes[id(self._tensors[place])] for place in self._places
                     if id(self._tensors[place]) in level.nodes}  # fmt: skip
            self._calls_users = runs_code_of_users([leaf.node for leaf in moving.values()])
            free = level.inputs.values() if self._keeps_inputs else ()
            self._stages, self._refused = stages_of(level, moving, nodes, free)

    def _leave_out_idle(self, level: RecordLevel) -> None:
        """Let no gradient be an input that nobody looks at: a step that begins by clearing it has another each time."""
        used = {*self._ending.outputs, *(atom for e in level.equations for atom in e.operands)}
        used.update(guard.atom for guard in self._first_guards)
        stay = [
            place < self._gradients_from
            or place in self._ending.places
            or level.inputs[id(self._tensors[place])] in used
            for place in self._places
        ]
        self._places = list(compress(self._places, stay))
        self._layouts, self._leaves = list(compress(self._layouts, stay)), list(compress(self._leaves, stay))

    def _write_graph(self, level: RecordLevel) -> None:
        self._leave_out_idle(level)
        inputs = [level.inputs[id(self._tensors[place])] for place in self._places]
        self._questions = [(guard, inputs.index(guard.atom)) for guard in self._first_guards]
        outputs = self._ending.outputs
        inputs += [draw.variable for draw in self._draws]
        graph = self.written = Graph("recorded", inputs, dict(level.constants), level.equations, outputs)
        written = {
            at: level.inputs[id(self._tensors[place])]
            for (place, _), at in zip(self._writes, self._ending.written, strict=True)
        }
        ending = self._ending
        self.graph = verify(apart(optimised(graph), graph, ending.shown, written, ending.saved_from))
        asked = [atom for at in ending.asked if isinstance(atom := self.graph.outputs[at], Variable)]
        self.program = Program(self.graph, strides_of(inputs, level.values), self._onto(level, written), asked)
        for atom, error in self._refused.items():
            leaves = [at for at, place in enumerate(self._places) if id(self._tensors[place]) in level.nodes]
            at = [outputs.index(atom)]
            rule = CompiledPullback(self._title, error, graph, [atom.spec], at, leaves, level.histories)
            ending.refuse(rule, atom)
        came = {atom: i for i, atom in enumerate(inputs[: len(self._places)])}
        seen = iter([None if base is None else came.get(base) for base in memories(self.graph)[ending.saved_from :]])
        for stage in self._stages:
            specs = [atom.spec for atom in stage.moving]
            positions = [outputs.index(atom) for atom in stage.moving]
            leaves = [*map(self._places.index, stage.places), *range(len(inputs), len(inputs) + len(stage.results))]
            rule = CompiledPullback(self._title, stage.derivative, graph, specs, positions, leaves, level.histories)
            rule.earlier, rule.rereads = stage.results, read_for(graph, stage.saved)
            if self._calls_users:
                rule.holds = self.is_as_it_was
            saved = [came.get(atom, atom) for atom in stage.saved]
            ending.differentiate(rule, stage.moving, saved, [*islice(seen, len(saved))])

    def _onto(self, level: RecordLevel, written: dict[int, Variable]) -> dict[Variable, Variable]:
        """The results that may go to where the tensors are that they are written into."""
        values = {w: level.values[w] for w in written.values()}
        return {v: w for at, w in written.items()
                if isinstance(v := self.graph.outputs[at], Variable) and values[w].flags.writeable}  # fmt: skip

    # ------------------------------------------------------------------------ other calls

    def replay(self, leaves: Sequence[Any], arguments: Any) -> Any:
        """The call with these arguments; MISS, and nothing has happened, where the recording does not fit.

        Args:
            leaves: what is in the arguments.
            arguments: those by position and those by name.
        """
        if not self.around.same() and not self._rebind():
            return MISS
        usual = self._usual
        given = usual if usual is not None and usual.again() else self._found(leaves)
        if given is None:
            return MISS
        tensors, arrays = given.tensors, given.arrays
        if self._questions and not self._answered(arrays):
            return MISS
        states = self.around.snapshot() if self._guards and self._draws_random else None  # takes 50 us
        drawn = [draw.array() for draw in self._draws]
        try:
            lasting = not (drawn or self._given)
            found = self.program.run([*arrays, *drawn] if drawn else arrays, self._holds, lasting=lasting)
        except Exception as error:  # the function itself says what is wrong
            if is_of_a_signal(error):
                raise
            found = None
        if found is None:
            if states is not None:
                self.around.restore(states)
            return MISS
        return self._ending.commit(tensors, self._places, drawn, found, arguments, replayed=True)

    def _answered(self, arrays: list[Any]) -> bool:
        """Whether what Python looked at of the inputs is as it was: then nothing needs to be computed to know it."""
        try:
            for guard, at in self._questions:  # a generator takes longer
                if not guard.holds(arrays[at]):
                    return False
        except Exception as error:  # the function itself says what is wrong
            if is_of_a_signal(error):
                raise
            return False
        return True

    def _found(self, leaves: Sequence[Any]) -> Inputs | None:
        """The tensors of a call; None where one is not what it was, or where another stood."""
        given = [leaves[i] for i in self._given]
        tensors = joined(self.around, given)
        if pattern(tensors) != self._pattern:
            return None
        here = [tensors[place] for place in self._places]
        arrays = [t.array for t in here]
        if [*map(leaf_of, here)] != self._leaves or not self._lie(arrays):
            return None
        if given:
            return Inputs(tensors, arrays)
        self._usual = Usual(tensors, arrays, self._places)
        return self._usual

    def _rebind(self) -> bool:
        """Whether only other tensors of the same kinds are where the tensors were; they are taken from now on."""
        again = self.around.again()
        if again is None:
            return False
        self.around, self._usual = again, None
        return True

    def _lie(self, arrays: list[Any]) -> bool:
        """Whether arrays lie as those that were recorded did, and nothing that is written meets another."""
        first, last = self._around_from, self._around_to
        around = arrays[first:last]  # parameters and the like, which stay the same arrays
        before, spans = self._seen
        known = len(around) == len(before) and all(map(is_, around, before))
        fresh = [*arrays[:first], *arrays[last:]] if known else arrays
        layouts = [*self._layouts[:first], *self._layouts[last:]] if known else self._layouts
        if [*map(layout_of, fresh)] != layouts:
            return False
        if self._writes:
            spans = spans if known else spans_of(around)
            shared = meeting([*spans, *spans_of([*arrays[:first], *arrays[last:]])])
            if shared and any(id(arrays[self._places.index(place)]) in shared for place, _ in self._writes):
                return False
        self._seen = around, spans
        return True

    def __str__(self) -> str:
        guards = len(self._questions) + len(self._guards)
        return f"{len(self.graph)} operations, {guards} guards, {len(self._writes)} writes"


def refuse_histories(level: RecordLevel, leaves: Sequence[Any], results: Sequence[Any], moving: dict[Any, Any]) -> None:
    """Refuse results that would not be made anew with the history that they have."""
    for leaf, r in zip(leaves, results, strict=True):
        if isinstance(r, Variable) and leaf.node is not None and not level.histories.is_of(r, leaf.node):
            level.refuse("two results have one value and different histories")
    seen = [(leaf, r) for leaf, r in zip(leaves, results, strict=True) if isinstance(r, Seen) and leaf.node is not None]
    if any(isinstance(r.of, Variable) and r.of not in moving for _, r in seen):
        level.refuse("it returns a view of a view, and that without its history")
    ends = {id(leaf.node) for leaf, _ in seen}
    if ends and any(id(node) in ends for node in nodes_before(leaf.node for leaf in moving.values())):
        level.refuse("it computes a result of a view that it returns")


def detached(leaves: Sequence[Any], results: Sequence[Any], moving: Iterable[Variable]) -> list[Any]:
    """What is returned, with a detach() where a value is returned already, or with a history: each is a new tensor."""
    once = set(moving)
    found = []
    for leaf, result in zip(leaves, results, strict=True):
        again = isinstance(result, Variable) and result in once and leaf.node is None
        found.append(WithoutHistory(result) if again else result)
        if isinstance(result, Variable):
            once.add(result)
    return found


def _is_seen_through(value: Any, base: Any) -> bool:
    """Whether a value is a view of a tensor."""
    while isinstance(value, Tensor) and value.origin is not None:
        value = value.origin.base
        if value is base:
            return True
    return False

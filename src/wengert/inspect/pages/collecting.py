"""What a page says of one backward pass, as plain lists and dictionaries.

    pass  := title, result (a node), nodes, groupings, lines, forward (how many steps), backward (nodes in order)
    groupings := by function and by module: groups, and for each operation the innermost one that holds it
    node  := kind (leaf, data, operation), its texts, value, gradients (with the step at which each is there), parents,
             parts (what it gives to its parents), saved, kept (bytes that are there for it alone), line
    steps := 1 .. n the operations, n + 1 the gradient of the result, then the operations in the order of the walk

The walk is run once more, watched, and changes nothing. Knows nodes and the walk. Must not know any op.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from wengert import errors
from wengert.core.hooks import Several
from wengert.core.outputs import Pick, operation_of
from wengert.core.primitive import TABLE
from wengert.core.tape import AccumulateGrad, Node
from wengert.core.walk import reachable
from wengert.inspect import formulas
from wengert.inspect.derivation import operand_name, rule_texts, values_read, walk_watched
from wengert.inspect.drawing import whole
from wengert.inspect.pages.belonging import modules_of
from wengert.inspect.pages.forward import Forward
from wengert.inspect.pages.grouping import Step, groups_by_module, groups_of
from wengert.inspect.pages.sources import NOTHING, Sources, short_files
from wengert.inspect.pages.values import Shown, number_of, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wengert.core.tensor import Tensor
    from wengert.inspect.pages.naming import Names

MOST = 20_000
"""So many nodes are put on a page."""

ELEMENTS_UP_TO = 600
"""Graphs of more operations are shown without the elements of their arrays."""

FREED = "the graph was freed by a backward(), and with it what a page would show"


def collect(tensor: Tensor, names: Names, title: str = "") -> dict[str, Any]:
    """All that a page says of the backward pass of a tensor.

    Raises:
        RuntimeError: if the tensor has no graph, it was freed, or it is too large.
    """
    if not isinstance(tensor.node, Node):
        raise errors.GradError(errors.NO_GRAPH.format(index=0))
    found = [n for n in reachable([tensor.node]).values() if type(getattr(n, "rule", None)) is not Pick]
    if len(found) > MOST:
        text = f"the graph has {len(found)} nodes, and a page shows at most {MOST}"
        raise errors.GradError(errors.advice(text, "show a smaller part of it."))
    if any(isinstance(n, Node) and n.saved is None for n in found):
        raise errors.GradError(errors.advice(FREED, "ask for the page before loss.backward(), or keep the graph."))
    return Collected(tensor, found, names).as_data(title)


class Collected:
    """What is found out about a graph, node by node."""

    def __init__(self, tensor: Tensor, found: Sequence[Any], names: Names) -> None:
        self.tensor, self.names = tensor, names
        self.leaves = sorted((n for n in found if not isinstance(n, Node)), key=lambda n: n.number)
        self.operations = sorted((n for n in found if isinstance(n, Node)), key=lambda n: n.number)
        self.elements = len(self.operations) <= ELEMENTS_UP_TO
        self.forward = Forward(tensor, self.operations, names)
        self.data = self.forward.data
        everything = [*self.leaves, *self.data, *self.operations]
        self.position = {id(n): i for i, n in enumerate(everything)}
        self.gradients: list[list[Any]] = [[] for _ in everything]
        self.pulled: dict[int, list[dict[str, Any]]] = {}
        self.order: list[int] = []
        self.running: dict[int, dict[int, Any]] = {}
        self.sources = Sources()
        self.lines: dict[tuple[str, int], dict[str, Any]] = {}
        self.counted = {memory for n in self.leaves if (memory := base_of(getattr(n, "array", None)))}

    # ------------------------------------------------------------------ backwards

    def watch(self) -> None:
        """Walk backwards, and note what each node does."""
        seed = np.ones(self.tensor.array.shape, self.tensor.array.dtype)
        self.arrives(self.tensor.node, seed, len(self.operations) + 1)
        with np.errstate(all="ignore"):  # the real walk warns, and once is enough
            walk_watched(self.tensor, seed, self, self.leaves)

    def __call__(self, node: Any, g: Any) -> Any:
        """The flavour of the walk."""
        pulled = node.rule.over_arrays(node, g)
        if type(node.rule) is not Pick:
            self.order.append(self.position[id(node)])
            step = len(self.operations) + 1 + len(self.order)
            if node.hooks is not None:  # these may have changed what arrived
                self.gradients[self.position[id(node)]].append([step - 1, *self.text(g)[:2]])
            self.note(node, g, pulled if type(pulled) is tuple else (pulled,), step)
            self.running.pop(id(node), None)  # it has got all that it gets
        return pulled

    def note(self, node: Any, g: Any, pulled: Sequence[Any], step: int) -> None:
        """What a node gives to each of its parents."""
        numbers = {name: shown(v).brief for name, v in values_read(node) if np.asarray(v).ndim == 0}
        incoming = g.entries()[0] if isinstance(g, Several) else g
        if incoming is not None and np.ndim(incoming) == 0:
            numbers[formulas.INCOMING] = shown(incoming).brief
        local = self.local(node, g, pulled)
        parts = []
        for at, (index, parent, gradient) in enumerate(zip(node.rule.needs, node.parents, pulled, strict=True)):
            rule, filled, _ = rule_texts(node.rule.primitive, index, numbers)
            if rule and node.rule.primitive.family == "pointwise" and np.shape(gradient) != np.shape(incoming):
                rule = f"sum of {rule}"  # the operand was repeated
            text = Shown("nothing", "no gradient") if gradient is None else self.text(gradient)
            parts.append({
                "to": self.position[id(whole(parent))], "name": operand_name(node.rule.primitive, index),
                "rule": rule, "filled": filled, "value": text.brief, "local": local[at],
            })  # fmt: skip
            if gradient is not None:
                self.arrives(parent, gradient, step)
        self.pulled[id(node)] = parts

    def local(self, node: Any, g: Any, pulled: Sequence[Any]) -> list[float | None]:
        """The derivatives of the result by the operands, where all of them are numbers."""
        incoming = None if isinstance(g, Several) or g is None else number_of(g)
        given = [None if p is None else number_of(p) for p in pulled]
        if incoming is None or any(p is None for p in given):
            return [None] * len(pulled)
        if incoming != 1 and TABLE.get(node.rule.primitive.name) is node.rule.primitive:
            slopes = node.rule.over_arrays(node, np.ones_like(g))
            return [finite(number_of(s)) for s in (slopes if type(slopes) is tuple else (slopes,))]
        return [finite(p / incoming) if p is not None and incoming else None for p in given]

    def arrives(self, node: Any, gradient: Any, step: int) -> None:
        """Add to what a node has got so far."""
        operation, index = operation_of(node)
        so_far = self.running.setdefault(id(operation), {})
        so_far[index] = so_far[index] + gradient if index in so_far else gradient
        several = getattr(getattr(operation, "rule", None), "outputs", 1) > 1
        text = self.text(tuple(so_far[i] for i in sorted(so_far)) if several else so_far[index])
        self.gradients[self.position[id(operation)]].append([step, text.brief, text.full])

    def text(self, value: Any) -> Shown:
        """A value as text, shorter in a large graph."""
        return shown(value, elements=self.elements)

    # ------------------------------------------------------------------ as data

    def as_data(self, title: str) -> dict[str, Any]:
        """Everything, ready to be written as JSON."""
        self.watch()
        named = self.expressions()
        nodes = [self.leaf(n, i) for i, n in enumerate(self.leaves, 1)]
        nodes += [{**empty("data", d.name or "data"), "value": d.value._asdict()} for d in self.data]
        steps = {at: i for i, at in enumerate(self.order, 1)}
        nodes += [self.operation(n, i, steps, named[i]) for i, n in enumerate(self.operations)]
        for node, gradients in zip(nodes, self.gradients, strict=True):
            node["gradients"] = gradients
        files = short_files({file for file, _ in self.lines})
        lines = [{**line, "file": files[line["file"]]} for line in self.lines.values()]
        result = self.position[id(whole(self.tensor.node))]
        return {
            "title": title or self.name(result, nodes), "name": self.name(result, nodes), "nodes": nodes,
            "result": result, "lines": lines, "groupings": self.groupings(),
            "forward": len(self.operations), "backward": self.order,
        }  # fmt: skip

    def groupings(self) -> dict[str, Any]:
        """The groups of the operations, by function and by module, and how the modules are known."""
        steps = [Step(n.code, n.lasti, n.code.co_qualname, n.place.line) for n in self.operations]
        chains, known_by = modules_of(self.operations, self.names.modules)
        first = len(self.leaves) + len(self.data)
        found: dict[str, Any] = {"modules known by": known_by}
        for name, (groups, inner) in (("function", groups_of(steps)), ("module", groups_by_module(steps, chains))):
            moved = [{**g._asdict(), "first": first + g.first, "last": first + g.last} for g in groups]
            found[name] = {"groups": moved, "inner": [-1] * first + inner}
        return found

    def name(self, result: int, nodes: list[dict[str, Any]]) -> str:
        """What the result is called."""
        return nodes[result]["name"] or self.names.results.get(id(self.tensor), "the result")

    def expressions(self) -> list[Any]:
        """For each operation its expression, whose name belongs to the last one that stands there."""
        found = [self.sources.expression(n.place) for n in self.operations]
        last = {(n.code, n.lasti): i for i, n in enumerate(self.operations)}
        return [
            e if last[n.code, n.lasti] == i else NOTHING._replace(text=e.text)
            for i, (n, e) in enumerate(zip(self.operations, found, strict=True))
        ]

    def leaf(self, leaf: Any, number: int) -> dict[str, Any]:
        array = leaf.array if isinstance(leaf, AccumulateGrad) else None
        value = None if array is None else self.text(array)._asdict()
        return {**empty("leaf", self.names.leaves.get(id(leaf), f"leaf {number}")), "value": value}

    def operation(self, node: Any, index: int, steps: dict[int, int], expression: Any) -> dict[str, Any]:
        at = self.position[id(node)]
        primitive = node.rule.primitive
        parents = [
            [self.position[id(whole(parent))], operand_name(primitive, i)]
            for i, parent in zip(node.rule.needs, node.parents, strict=True)
        ]
        parents += [[self.position[id(data)], name] for data, name in self.forward.read(node)]
        value = self.forward.text(node, self.elements)
        title = f"{expression.name} = {expression.short}" if expression.name else expression.short
        kept = self.saved(node)
        return {
            **empty("operation", title or primitive.name.removeprefix("reduce_")),
            "operation": primitive.name, "node": node.name(), "name": expression.name,
            "expression": expression.text, "parents": parents, "step": index + 1, "back": steps.get(at, 0),
            "parts": self.pulled.get(id(node), []), "saved": kept, "kept": sum(each["own"] for each in kept),
            "line": self.line(node, at, sum(each["own"] for each in kept)),
            "value": None if value is None else value._asdict(),
        }  # fmt: skip

    def saved(self, node: Any) -> list[dict[str, Any]]:
        """What a node keeps, and how much memory is kept for no other node and no leaf."""
        found = []
        for name, value in values_read(node):
            memory = base_of(value)
            size = value.nbytes if memory else 0
            own = 0 if memory is None or memory in self.counted else size
            if memory is not None:
                self.counted.add(memory)
            found.append({"name": name, "value": self.text(value).brief, "bytes": size, "own": own})
        return found

    def line(self, node: Any, at: int, kept: int) -> int:
        """The line that made a node, as the number of it on the page."""
        place = node.place
        key = (place.file, place.line)
        if key not in self.lines:
            self.lines[key] = {
                "file": place.file, "line": place.line, "text": place.source, "function": node.code.co_qualname,
                "kept": 0, "nodes": [], "index": len(self.lines),
            }  # fmt: skip
        line = self.lines[key]
        line["kept"] += kept
        line["nodes"].append(at)
        index: int = line["index"]
        return index


def empty(kind: str, title: str) -> dict[str, Any]:
    """A node of which only this is known."""
    return {
        "kind": kind, "title": title, "name": title, "operation": "", "node": "", "expression": "",
        "line": -1, "value": None, "parents": [], "parts": [], "saved": [], "kept": 0, "step": 0, "back": 0,
    }  # fmt: skip


def base_of(value: Any) -> int | None:
    """Which memory an array lies in."""
    if not isinstance(value, np.ndarray):
        return None
    while isinstance(value.base, np.ndarray):
        value = value.base
    return int(value.__array_interface__["data"][0])


def finite(value: float | None) -> float | None:
    """A number that JSON can hold."""
    return value if value is not None and np.isfinite(value) else None

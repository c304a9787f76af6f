"""The derivation of gradients, step by step in the order of the backward pass, as a person would write it.

    step := an operation, its line, its rule, what the rule reads, the gradient that came in and those that went out

The steps are what the walk really does: it is run once more, watched, and changes nothing.

Knows nodes and the walk. Must not know any op.
"""

from __future__ import annotations

from sys import _getframe
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from wengert import errors
from wengert.core.hooks import Several
from wengert.core.modes import without_grad
from wengert.core.outputs import Pick
from wengert.core.places import user_frame
from wengert.core.tape import AccumulateGrad, Node
from wengert.core.tensor import Tensor
from wengert.core.walk import reachable, walk
from wengert.inspect import formulas

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wengert.core.places import Place


class Part(NamedTuple):
    """What a step gives one operand.

    Attributes:
        name: of the operand.
        to: where it goes: the number of a later step, or the name of a leaf.
        rule: as text, or "".
        filled: the rule with numbers in it, or "" where they are no numbers.
        tex: the rule in LaTeX, or "".
        gradient: the array.
    """

    name: str
    to: str
    rule: str
    filled: str
    tex: str
    gradient: Any


class Step(NamedTuple):
    """One operation of the backward pass."""

    number: int
    operation: str
    node: str
    place: Place | None
    reads: list[tuple[str, Any]]
    incoming: Any
    parts: list[Part]


class Arrival(NamedTuple):
    """What a leaf gets: the sum of what the steps give it."""

    name: str
    steps: list[int]
    parts: list[Any]
    total: Any


class Derivation:
    """The whole derivation; printing it shows it as text.

    Attributes:
        steps: in the order of the backward pass.
        arrivals: the leaves, and what they get.
    """

    def __init__(self, root: str, value: Any, steps: list[Step], arrivals: list[Arrival], more: int) -> None:
        self.root, self.value = root, value
        self.steps, self.arrivals, self.more = steps, arrivals, more

    def __str__(self) -> str:
        lines = [f"{self.root} = {summary(self.value)}; its gradient by itself is 1."]
        for step in self.steps:
            lines += ["", *_text(step)]
        if self.more:
            lines += ["", f"... and {self.more} more steps"]
        lines.append("")
        for arrival in self.arrivals:
            terms = " + ".join(summary(p) for p in arrival.parts)
            lines.append(f"{arrival.name}.grad = {_sum(terms, arrival)}")
        return "\n".join(lines)

    __repr__ = __str__

    def markdown(self) -> str:
        """The derivation as a table in Markdown, with formulas in LaTeX."""
        lines = ["| step | operation | line | incoming g | gives |", "|---:|---|---|---|---|"]
        for step in self.steps:
            place = "" if step.place is None else f"`{cell(step.place.source or str(step.place))}`"
            gives = "<br>".join(
                f"{part.name}: {f'${part.tex}$ = ' if part.tex else ''}{cell(summary(part.gradient))}"
                for part in step.parts
            )
            lines.append(f"| {step.number} | {step.operation} | {place} | {cell(summary(step.incoming))} | {gives} |")
        lines.append("")
        lines += [f"- `{a.name}.grad` = {cell(summary(a.total))}" for a in self.arrivals]
        return "\n".join(lines)

    def latex(self) -> str:
        """The derivation as aligned equations in LaTeX."""
        rows = []
        for step in self.steps:
            for part in step.parts:
                left = rf"\frac{{\partial L}}{{\partial \mathrm{{{formulas.escaped(part.name)}}}_{{{step.number}}}}}"
                middle = part.tex or rf"\mathrm{{{formulas.escaped(step.operation)}}}"
                rows.append(rf"{left} &= {middle} = {tex_number(part.gradient)}")
        return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"


def _text(step: Step) -> list[str]:
    place = "" if step.place is None else f"    {step.place.source or step.place}"
    lines = [f"step {step.number}: {step.operation}{place}"]
    lines += [f"  {name} = {summary(value)}" for name, value in step.reads]
    lines.append(f"  g = {summary(step.incoming)}    the gradient that comes in")
    for part in step.parts:
        shown = " = ".join(t for t in (part.rule, part.filled, summary(part.gradient)) if t)
        lines.append(f"  for {part.name}: {shown}    -> {part.to}")
    return lines


def _sum(terms: str, arrival: Arrival) -> str:
    total = summary(arrival.total)
    where = ", ".join(f"step {n}" for n in arrival.steps)
    return f"{terms} = {total}    ({where})" if len(arrival.parts) > 1 else f"{total}    ({where})"


def summary(value: Any) -> str:
    """A number, or what there is to say of an array: shape, range, norm, and how many are NaN.

    >>> summary(np.array(2.5)), summary(np.ones((2, 3)))
    ('2.5', 'float64[2, 3] all 1')
    """
    if value is None:
        return "nothing"
    array = np.asarray(value)
    if array.ndim == 0:
        return f"{array.item():.6g}" if array.dtype.kind == "f" else str(array.item())
    what = f"{array.dtype}{list(array.shape)}"
    if array.size == 0:
        return f"{what}, empty"
    if array.dtype.kind != "f":
        return what
    if array.size <= 4 and array.ndim == 1:
        return "[" + ", ".join(f"{v:.6g}" for v in array.tolist()) + "]"
    missing = int(np.isnan(array).sum())
    good = array[np.isfinite(array)]
    if not good.size:
        return f"{what}, no finite element"
    low, high = float(good.min()), float(good.max())
    if low == high and good.size == array.size:
        return f"{what} all {low:.6g}"
    norm = float(np.linalg.norm(good.astype(float)))
    infinite = array.size - good.size - missing
    tail = "".join(f", {n} {word}" for n, word in ((missing, "NaN"), (infinite, "inf")) if n)
    return f"{what} from {low:.4g} to {high:.4g}, norm {norm:.4g}{tail}"


def cell(text: str) -> str:
    """A text within a table of Markdown."""
    return text.replace("|", "\\|").replace("\n", " ")


def tex_number(value: Any) -> str:
    """A number in LaTeX; of an array its summary as words."""
    return summary(value) if np.asarray(value).ndim == 0 else rf"\text{{{formulas.escaped(summary(value))}}}"


def names_around() -> dict[str, Tensor]:
    """The leaves that the caller has names for."""
    frame = user_frame(_getframe(1))
    found = {**frame.f_globals, **frame.f_locals}
    return {n: t for n, t in found.items() if isinstance(t, Tensor) and type(t.node) is AccumulateGrad}


MOST = 200
"""So many steps are written out."""


def derive(tensor: Tensor, gradient: Any = None, names: dict[str, Tensor] | None = None) -> Derivation:
    """How the gradients of a result come about, step by step.

    >>> import wengert as torch
    >>> from wengert.inspect import derive
    >>> x = torch.tensor(3.0, requires_grad=True)
    >>> print(derive(x**2, names={"x": x}))  # doctest: +ELLIPSIS
    the result = 9; its gradient by itself is 1.
    <BLANKLINE>
    step 1: power...
      x = 3
      y = 2
      g = 1    the gradient that comes in
      for x: g · y · x^(y - 1) = 1 · 2 · 3^(2 - 1) = 6    -> x.grad
    <BLANKLINE>
    x.grad = 6    (step 1)

    Args:
        tensor: a result whose graph is still there.
        gradient: what to start from; 1 where left out.
        names: what to call leaves; else as variables of the caller are called, or leaf 1, leaf 2 ...

    Raises:
        RuntimeError: if the tensor has no graph, or it was freed.
    """
    if not isinstance(tensor.node, Node):
        raise errors.GradError(errors.NO_GRAPH.format(index=0))
    called = {id(t.node): name for name, t in (names_around() if names is None else names).items()}
    watched = Watched(tensor, called)
    seed = np.ones(tensor.array.shape, tensor.array.dtype) if gradient is None else np.asarray(gradient)
    walk_watched(tensor, seed, watched, watched.leaves)
    return watched.derivation(tensor)


def walk_watched(tensor: Tensor, seed: Any, flavour: Any, leaves: Sequence[Any]) -> None:
    """Walk backwards once more; the gradients that retain_grad() asks for stay what they were."""
    hooked = [n.hooks for n in reachable([tensor.node]).values() if n.hooks is not None]
    owners = [owner for hooks in hooked if hooks.retained is not None and (owner := hooks.retained()) is not None]
    before = [owner.__dict__.get("_grad") for owner in owners]
    try:
        without_grad(walk, [(tensor.node, seed)], flavour, retain=True, targets=leaves)
    finally:
        for owner, grad in zip(owners, before, strict=True):
            owner.__dict__["_grad"] = grad


class Watched:
    """A flavour of the walk that writes down what each node does."""

    def __init__(self, tensor: Tensor, called: dict[int, str]) -> None:
        everything = reachable([tensor.node]).values()
        self.leaves = [n for n in everything if not isinstance(n, Node)]
        self.leaves.sort(key=lambda n: n.number)
        self._names = {n.number: called.get(id(n), f"leaf {i}") for i, n in enumerate(self.leaves, 1)}
        self._done: list[tuple[Any, Any, Sequence[Any]]] = []
        self._order: dict[int, int] = {}

    def __call__(self, node: Any, g: Any) -> Any:
        pulled = node.rule.over_arrays(node, g)
        if type(node.rule) is not Pick:
            self._order[node.number] = len(self._done) + 1
            self._done.append((node, g, pulled if type(pulled) is tuple else (pulled,)))
        return pulled

    def derivation(self, tensor: Tensor) -> Derivation:
        """What was written down, as steps."""
        steps = [self._step(i, *done) for i, done in enumerate(self._done[:MOST], 1)]
        return Derivation("the result", tensor.array, steps, self._arrivals(), max(len(self._done) - MOST, 0))

    def _target(self, node: Any) -> str:
        if not isinstance(node, Node):
            return f"{self._names[node.number]}.grad"
        if type(node.rule) is Pick:
            node = node.parent
        number = self._order.get(node.number)
        return f"step {number}" if number else "nothing"

    def _step(self, number: int, node: Any, g: Any, pulled: Sequence[Any]) -> Step:
        reads = values_read(node)
        numbers = {name: summary(v) for name, v in reads if np.asarray(v).ndim == 0}
        incoming = g.entries()[0] if isinstance(g, Several) else g
        if np.asarray(incoming).ndim == 0 and incoming is not None:
            numbers[formulas.INCOMING] = summary(incoming)
        primitive = node.rule.primitive
        parts = []
        for index, parent, gradient in zip(node.rule.needs, node.parents, pulled, strict=True):
            name = operand_name(primitive, index)
            text, filled, tex = rule_texts(primitive, index, numbers)
            parts.append(Part(name, self._target(parent), text, filled, tex, gradient))
        return Step(number, primitive.name, node.name(), node.place, reads, incoming, parts)

    def _arrivals(self) -> list[Arrival]:
        found = []
        for leaf in self.leaves:
            steps, parts = [], []
            for i, (node, _, pulled) in enumerate(self._done, 1):
                for parent, gradient in zip(node.parents, pulled, strict=True):
                    if parent is leaf and gradient is not None:
                        steps.append(i)
                        parts.append(gradient)
            total = None
            for part in parts:
                total = part if total is None else total + part
            if isinstance(leaf, AccumulateGrad):
                found.append(Arrival(self._names[leaf.number], steps, parts, total))
        return found


def rule_texts(primitive: Any, index: int, numbers: dict[str, str]) -> tuple[str, str, str]:
    """The rule of an operand as text, with numbers in it if all of it is numbers, and in LaTeX; "" where unknown."""
    rule = getattr(primitive, "rule_of", lambda _: None)(index)
    tree = formulas.formula(rule)
    if tree is None:
        return "", "", ""
    text = formulas.plain(tree)
    known = rule is not None and {formulas.INCOMING, *shown_names(rule)} <= set(numbers)
    filled = formulas.plain(tree, numbers) if known else ""
    return text, filled if filled != text else "", formulas.latex(tree)


def shown_names(rule: Any) -> set[str]:
    """The names in a rule's text, which stand for numbers where all is numbers."""
    return {"result" if name == "out" else name for name in rule.reads if not name.endswith("_spec")}


def operand_name(primitive: Any, index: int) -> str:
    """What a row calls an operand."""
    names = primitive.operands
    return names[index] if index < len(names) else f"{names[0] if names else 'argument '}{index + 1}"


def values_read(node: Any) -> list[tuple[str, Any]]:
    """What the rule of a node reads, by name, as arrays."""
    found = []
    rule = node.rule
    for what, value in zip(rule.saves, node.saved or (), strict=False):
        name = "result" if what == "out" else operand_name(rule.primitive, what)
        array = value.array if isinstance(value, Tensor) else value
        if isinstance(array, np.ndarray | np.generic | int | float | complex):
            found.append((name, array))
    return found

"""Pictures of the graph behind a tensor: SVG, DOT and Mermaid.

    drawing := boxes (leaves, operations, the result) in layers from top to bottom, arrows between them

The same program gives the same picture. Knows nodes. Must not know any op.
"""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from wengert import errors
from wengert.core.outputs import Pick
from wengert.core.tape import AccumulateGrad, Node
from wengert.core.walk import reachable
from wengert.inspect.derivation import names_around, summary, values_read

if TYPE_CHECKING:
    from wengert.core.tensor import Tensor

WIDTH, HEIGHT, GAP, LEVEL = 148, 44, 28, 84
"""The size of a box, and the distances between boxes, in pixels."""

COLOURS = {"leaf": ("#dff3e4", "#2f7d4f"), "operation": ("#e8eefc", "#3b5ba9"), "result": ("#fdeeda", "#a8641a")}
"""Fill and border of each kind of box."""

HEAD = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" \
font-family="sans-serif" font-size="12">
<title>computation graph</title>
<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">\
<path d="M0 0 8 4 0 8z" fill="#667"/></marker></defs>"""

MOST = 2000
"""So many boxes are drawn."""


class Box(NamedTuple):
    """One box: a leaf, an operation, or the result."""

    key: int
    kind: str
    title: str
    detail: str
    place: str


class Drawing:
    """The picture of a graph; a notebook shows it.

    Attributes:
        boxes: by number, in the order in which they were made.
        arrows: pairs of numbers, from what is read to what reads it.
        svg, dot, mermaid: the picture as text.
    """

    def __init__(self, boxes: list[Box], arrows: list[tuple[int, int]]) -> None:
        self.boxes, self.arrows = boxes, arrows

    @property
    def dot(self) -> str:
        """The picture in Graphviz's language."""
        lines = ["digraph {", "  rankdir=TB; node [shape=box, style=filled, fontname=sans];"]
        for i, box in enumerate(self.boxes):
            fill, border = COLOURS[box.kind]
            label = quoted(f"{box.title}\n{box.detail}" if box.detail else box.title)
            lines.append(f'  n{i} [label="{label}", fillcolor="{fill}", color="{border}"];')
        lines += [f"  n{a} -> n{b};" for a, b in self.arrows]
        return "\n".join([*lines, "}"])

    @property
    def mermaid(self) -> str:
        """The picture in Mermaid's language."""
        lines = ["flowchart TD"]
        for i, box in enumerate(self.boxes):
            text = escape(f"{box.title}<br/>{box.detail}" if box.detail else box.title).replace("&lt;br/&gt;", "<br/>")
            text = text.replace('"', "&quot;")
            lines.append(f'  n{i}(["{text}"])' if box.kind == "leaf" else f'  n{i}["{text}"]')
        return "\n".join([*lines, *(f"  n{a} --> n{b}" for a, b in self.arrows)])

    @property
    def svg(self) -> str:
        """The picture as SVG, laid out in layers."""
        places = layered(len(self.boxes), self.arrows)
        right = max((x for x, _ in places), default=0) + WIDTH + GAP
        bottom = max((y for _, y in places), default=0) + HEIGHT + GAP
        lines = [HEAD.format(width=right, height=bottom)]
        for a, b in self.arrows:
            (x1, y1), (x2, y2) = places[a], places[b]
            start, end = (x1 + WIDTH // 2, y1 + HEIGHT), (x2 + WIDTH // 2, y2)
            half = (start[1] + end[1]) // 2
            lines.append(
                f'<path d="M{start[0]} {start[1]} C{start[0]} {half} {end[0]} {half} {end[0]} {end[1]}" fill="none" '
                'stroke="#667" marker-end="url(#tip)"/>'
            )
        for box, (x, y) in zip(self.boxes, places, strict=True):
            lines.append(_box(box, x, y))
        return "\n".join([*lines, "</svg>"])

    def _repr_svg_(self) -> str:
        return self.svg

    def save(self, path: Any) -> None:
        """Write the picture to a file: .svg, .dot or .mmd.

        Raises:
            ValueError: for another ending.
        """
        target = Path(path)
        kinds = {".svg": "svg", ".dot": "dot", ".mmd": "mermaid"}
        if target.suffix not in kinds:
            raise errors.ArgumentError(
                f"a drawing is saved as .svg, .dot or .mmd, not as {target.suffix or 'no ending'}"
            )
        target.write_text(getattr(self, kinds[target.suffix]), encoding="utf-8")


def _box(box: Box, x: int, y: int) -> str:
    fill, border = COLOURS[box.kind]
    radius = HEIGHT // 2 if box.kind == "leaf" else 6
    middle = x + WIDTH // 2
    first = y + (18 if box.detail else 27)
    middle_of = f'x="{middle}" text-anchor="middle"'
    second = f'<text {middle_of} y="{y + 35}" fill="#556" font-size="11">{escape(short(box.detail))}</text>'
    detail = second if box.detail else ""
    title = f"<title>{escape(box.place)}</title>" if box.place else ""
    return (
        f'<g>{title}<rect x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="{radius}" fill="{fill}" '
        f'stroke="{border}"/><text {middle_of} y="{first}" fill="#223">'
        f"{escape(short(box.title))}</text>{detail}</g>"
    )


def short(text: str, most: int = 24) -> str:
    """A text that fits into a box."""
    return text if len(text) <= most else text[: most - 1] + "…"


def quoted(text: str) -> str:
    """A label in DOT."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def layered(count: int, arrows: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Where each box goes: below all that it reads, and near the middle of it.

    >>> layered(3, [(0, 2), (1, 2)])
    [(28, 28), (204, 28), (116, 112)]
    """
    above: list[list[int]] = [[] for _ in range(count)]
    for a, b in arrows:
        above[b].append(a)
    layer = [0] * count
    for i in range(count):  # numbers rise along arrows
        layer[i] = max((layer[a] + 1 for a in above[i]), default=0)
    rows: dict[int, list[int]] = {}
    for i in range(count):
        rows.setdefault(layer[i], []).append(i)
    x = [0.0] * count
    for level in sorted(rows):
        row = rows[level]
        wanted = {i: sum(x[a] for a in above[i]) / len(above[i]) if above[i] else 0.0 for i in row}
        row.sort(key=lambda i: (wanted[i], i))
        free = None
        for i in row:
            x[i] = wanted[i] if free is None else max(wanted[i], free)
            free = x[i] + WIDTH + GAP
    least = min(x, default=0.0)
    return [(round(x[i] - least) + GAP, layer[i] * LEVEL + GAP) for i in range(count)]


def draw(tensor: Tensor, names: dict[str, Tensor] | None = None) -> Drawing:
    """A picture of how a tensor was computed from its leaves.

    >>> import wengert as torch
    >>> from wengert.inspect import draw
    >>> x = torch.tensor(3.0, requires_grad=True)
    >>> print(draw(x**2, names={"x": x}).mermaid)
    flowchart TD
      n0(["x<br/>3"])
      n1["power<br/>y = 2"]
      n2["result<br/>9"]
      n0 --> n1
      n1 --> n2

    Args:
        tensor: a result that requires grad, or a leaf.
        names: what to call leaves; else as variables of the caller are called.

    Returns:
        A Drawing: a notebook shows it, and it has `svg`, `dot`, `mermaid` and `save(path)`.

    Raises:
        RuntimeError: if the tensor requires no grad, or its graph has more than 2,000 nodes.
    """
    if tensor.node is None:
        raise errors.GradError(errors.NO_GRAPH.format(index=0))
    called = {id(t.node): name for name, t in (names_around() if names is None else names).items()}
    found = [n for n in reachable([tensor.node]).values() if type(getattr(n, "rule", None)) is not Pick]
    if len(found) > MOST:
        raise errors.GradError(
            errors.advice(f"the graph has {len(found)} nodes, too many for a picture", "draw a smaller part of it.")
        )
    found.sort(key=lambda n: (isinstance(n, Node), n.number))
    position = {n.number: i for i, n in enumerate(found)}
    leaves = [n for n in found if not isinstance(n, Node)]
    boxes = [box_of(n, called.get(id(n), f"leaf {i + 1}" if n in leaves else "")) for i, n in enumerate(found)]
    arrows = [(position[whole(p).number], position[n.number]) for n in found for p in n.parents]
    boxes.append(Box(-1, "result", "result", summary(tensor.array), ""))
    arrows.append((position[whole(tensor.node).number], len(boxes) - 1))
    return Drawing(boxes, arrows)


def whole(node: Any) -> Any:
    """The node of the operation that a node belongs to."""
    return node.parent if type(getattr(node, "rule", None)) is Pick else node


def box_of(node: Any, name: str) -> Box:
    """The box of a node."""
    if not isinstance(node, Node):
        array = node.array if isinstance(node, AccumulateGrad) else None
        return Box(node.number, "leaf", name, "" if array is None else summary(array), "")
    numbers = [f"{n} = {summary(v)}" for n, v in values_read(node) if getattr(v, "ndim", 0) == 0 and n != "x"]
    return Box(node.number, "operation", node.rule.primitive.name, ", ".join(numbers), str(node.place))

"""Results that have memory of their own, where passes made one of what a program kept apart.

    a = sin x; b = sin x; return a, b        after `share`: return a, a        here: return a, copy a
    return x * 1                             after `fold`: return x            here: return copy x
    return (x * 1).expand(2, 3)              after `fold`: return expand x     here: return expand (copy x)
    y = x * 1; x[...] = 0; z[...] = y        after `fold`: z[...] = x          here: z[...] = copy x

Whoever writes into a result must change nothing else but what it was a view of.
"""

from __future__ import annotations

from math import prod
from typing import Any

from wengert.compiler.layouts import Layout, Layouts
from wengert.core.primitive import TABLE
from wengert.graph.ir import Equation, Graph, Variable


def apart(
    graph: Graph,
    before: Graph,
    shown: int,
    written: dict[int, Variable] | None = None,
    saved_from: int | None = None,
) -> Graph:
    """The graph with copies of outputs that share memory and did not before.

    >>> import wengert as torch
    >>> from wengert.compiler.passes import share
    >>> from wengert.graph import stage
    >>> before = stage(lambda x: (torch.sin(x), torch.sin(x)))(1.0)
    >>> print(apart(share(before), before, 2))
    <lambda>(a: float32[]) {
      b: float32[] = sin a
      c: float32[] = copy b
      return b, c
    }

    Args:
        graph: after the passes.
        before: the same before them, with outputs in the same order.
        shown: how many outputs are seen by the program; the others are only read.
        written: the outputs that are written into inputs afterwards, by position, and those inputs.
        saved_from: where the outputs begin that are read later, when somebody else may have written into inputs.
    """
    owners: dict[Variable, set[Variable]] = {v: {v} for v in graph.inputs}
    lay, lie = layouts_of(before), layouts_of(graph)
    roots, bases = list(map(_base, lay)), list(map(_base, lie))
    for base, origin in list(zip(bases, roots, strict=True))[shown:]:
        if base is not None and origin is not None:
            owners.setdefault(base, set()).add(origin)
    copies = Copies(graph, before)
    written = written or {}
    gone = set(written.values())
    for i, (base, origin) in enumerate(zip(bases, roots, strict=True)):
        if base is None:
            continue
        if base in graph.constants:  # which are copied at each call, but as they are seen
            if base is not graph.outputs[i] and i < shown:
                copies.add(i, base, origin)
            continue
        is_own = i >= shown or owners.setdefault(base, {origin}) == {origin}  # type: ignore[arg-type]
        may_change = graph.inputs if saved_from is not None and i >= saved_from else gone
        is_lost = base in may_change and (i in written or origin is not base)
        is_thin = i < shown and _repeats(graph.outputs[i], lie[i]) and not _repeats(before.outputs[i], lay[i])
        if not is_own or is_lost or is_thin:
            copies.add(i, base, origin)
    return copies.made() if copies else graph


class Copies:
    """Outputs of a graph that shall have memory of their own.

    Those that are views of the same memory before the passes are views of one copy.
    """

    def __init__(self, graph: Graph, before: Graph) -> None:
        self._graph, self._before = graph, before
        self._writers, self._writers_before = _writers(graph), _writers(before)
        self._wanted: dict[Any, list[int]] = {}

    def __bool__(self) -> bool:
        return bool(self._wanted)

    def add(self, i: int, base: Variable, origin: Any) -> None:
        """Copy an output that lies in the memory of a base, and lay in that of an origin before."""
        self._wanted.setdefault((base, origin), []).append(i)

    def made(self) -> Graph:
        """The graph with the copies."""
        graph, equations, outputs = self._graph, list(self._graph.equations), list(self._graph.outputs)
        for (_, origin), places in self._wanted.items():
            twins: dict[Any, Variable] = {}
            for i in places:
                out: Any = outputs[i]
                views = self._views(i, origin)
                source: Any = views[0].operands[0] if views else out
                if len(places) == 1 and prod(out.spec.shape) < prod(source.spec.shape):
                    views, source = [], out
                if source not in twins:
                    twins[source] = _copied(source, equations)
                for e in views:
                    if e.out not in twins:
                        twins[e.out] = Variable(e.out.spec)
                        operands = [twins[e.operands[0]], *e.operands[1:]]
                        equations.append(Equation([twins[e.out]], e.primitive, operands, e.params))
                outputs[i] = twins[out]
        return Graph(graph.name, graph.inputs, graph.constants, equations, outputs, graph.rebuild)

    def _views(self, i: int, origin: Any) -> list[Equation]:
        """The views that lead to an output from what stands for its origin; none where nothing does."""
        count = len(_path(self._before.outputs[i], self._writers_before, lambda v: v is origin) or [])
        path = _path(self._graph.outputs[i], self._writers, lambda v: v.spec == origin.spec, count)
        return path or []


def _writers(graph: Graph) -> dict[Any, Equation]:
    return {e.out: e for e in graph.equations if len(e.outs) == 1}


def _path(v: Any, writers: dict[Any, Equation], is_there: Any, steps: int | None = None) -> list[Equation] | None:
    """The views that lead to a variable from one that is there, in so many steps if that is said; None without any."""
    found: list[Equation] = []
    while len(found) != steps if steps is not None else not is_there(v):
        e = writers.get(v)
        if e is None or not e.primitive.is_view:
            return None
        found.append(e)
        v = e.operands[0]
    return found[::-1] if is_there(v) else None


def _copied(of: Variable, equations: list[Equation]) -> Variable:
    made = Variable(of.spec)
    equations.append(Equation([made], COPY, [of], ()))
    return made


COPY = TABLE["copy"]


def layouts_of(graph: Graph) -> list[Layout | None]:
    """How each output lies in memory; None for a number."""
    layouts = Layouts(graph, {})
    return [layouts.of(atom) if isinstance(atom, Variable) else None for atom in graph.outputs]


def memories(graph: Graph) -> list[Variable | None]:
    """Whose memory each output lies in; None for a number."""
    return list(map(_base, layouts_of(graph)))


def _base(layout: Layout | None) -> Variable | None:
    return None if layout is None else layout.base


def _repeats(output: Any, layout: Layout | None) -> bool:
    """Whether elements of an output lie at one place in memory."""
    steps = () if layout is None else zip(output.spec.shape, layout.strides, strict=True)
    return any(n > 1 and not step for n, step in steps)

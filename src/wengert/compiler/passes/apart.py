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

from wengert.compiler.layouts import Layouts
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
    roots, bases = memories(before), memories(graph)
    for base, origin in list(zip(bases, roots, strict=True))[shown:]:
        if base is not None and origin is not None:
            owners.setdefault(base, set()).add(origin)
    copies = Copies(graph)
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
        if not is_own or is_lost:
            copies.add(i, base, origin)
    return copies.made() if copies else graph


class Copies:
    """Outputs of a graph that shall have memory of their own.

    Those that are views of the same memory before the passes are views of one copy.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._writers = {e.out: e for e in graph.equations if len(e.outs) == 1}
        self._wanted: dict[Any, list[int]] = {}

    def __bool__(self) -> bool:
        return bool(self._wanted)

    def add(self, i: int, base: Variable, origin: Any) -> None:
        """Copy an output that lies in the memory of a base, and lay in that of an origin before."""
        self._wanted.setdefault((base, origin), []).append(i)

    def made(self) -> Graph:
        """The graph with the copies."""
        graph, equations, outputs = self._graph, list(self._graph.equations), list(self._graph.outputs)
        for (base, _), places in self._wanted.items():
            twins: dict[Any, Variable] = {}
            for i in places:
                out: Any = outputs[i]
                views = self._views(out, base)
                if views is None or (len(places) == 1 and prod(out.spec.shape) < prod(base.spec.shape)):
                    outputs[i] = _copied(out, equations)
                    continue
                if base not in twins:
                    twins[base] = _copied(base, equations)
                for e in views:
                    if e.out not in twins:
                        twins[e.out] = Variable(e.out.spec)
                        operands = [twins[e.operands[0]], *e.operands[1:]]
                        equations.append(Equation([twins[e.out]], e.primitive, operands, e.params))
                outputs[i] = twins[out]
        return Graph(graph.name, graph.inputs, graph.constants, equations, outputs, graph.rebuild)

    def _views(self, output: Any, base: Variable) -> list[Equation] | None:
        """The views that lead from a base to an output, in order; None if anything else does."""
        path: list[Equation] = []
        while output is not base:
            e = self._writers.get(output)
            if e is None or not e.primitive.is_view:
                return None
            path.append(e)
            output = e.operands[0]
        return path[::-1]


def _copied(of: Variable, equations: list[Equation]) -> Variable:
    made = Variable(of.spec)
    equations.append(Equation([made], COPY, [of], ()))
    return made


COPY = TABLE["copy"]


def memories(graph: Graph) -> list[Variable | None]:
    """Whose memory each output lies in; None for a number."""
    layouts = Layouts(graph, {})
    return [layouts.of(atom).base if isinstance(atom, Variable) else None for atom in graph.outputs]

"""Results that have memory of their own, where passes made one of what a program kept apart.

    a = sin x; b = sin x; return a, b        after `share`: return a, a        here: return a, copy a
    return x * 1                             after `fold`: return x            here: return copy x
    y = x * 1; x[...] = 0; z[...] = y        after `fold`: z[...] = x          here: z[...] = copy x

Whoever writes into a result must change nothing else but what it was a view of.
"""

from __future__ import annotations

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
    outputs, copies = list(graph.outputs), []
    written = written or {}
    gone = set(written.values())
    for i, (base, origin) in enumerate(zip(bases, roots, strict=True)):
        if base is None or base in graph.constants:  # which are copied at each call
            continue
        is_own = i >= shown or owners.setdefault(base, {origin}) == {origin}  # type: ignore[arg-type]
        may_change = graph.inputs if saved_from is not None and i >= saved_from else gone
        is_lost = base in may_change and (i in written or origin is not base)
        if is_own and not is_lost:
            continue
        made = Variable(outputs[i].spec)
        copies.append(Equation([made], COPY, [outputs[i]], ()))
        outputs[i] = made
    if not copies:
        return graph
    return Graph(graph.name, graph.inputs, graph.constants, [*graph.equations, *copies], outputs, graph.rebuild)


COPY = TABLE["copy"]


def memories(graph: Graph) -> list[Variable | None]:
    """Whose memory each output lies in; None for a number."""
    layouts = Layouts(graph, {})
    return [layouts.of(atom).base if isinstance(atom, Variable) else None for atom in graph.outputs]

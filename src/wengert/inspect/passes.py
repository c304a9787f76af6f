"""What a compiler makes of a function: its graph before and after each pass, and the loops in the end.

Knows graphs and passes by name. Must not know what a pass does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wengert.compiler import native
from wengert.compiler.compiled import CompiledFunction
from wengert.compiler.passes import PASSES
from wengert.graph.stage import stage

if TYPE_CHECKING:
    from wengert.graph.ir import Graph


def explained(function: Any, args: tuple[Any, ...]) -> list[str]:
    """The texts of a function that is compiled, or of one that is staged for some arguments.

    >>> import wengert as torch
    >>> for line in explained(lambda x: (x * 1 + torch.sin(x) * torch.sin(x)), (torch.ones(2),))[:2]:
    ...     print(line)
    <lambda>: 5 operations as written
    <lambda>(a: float32[2]) {
      b: float32[2] = multiply a 1
      c: float32[2] = sin a
      d: float32[2] = sin a
      e: float32[2] = multiply c d
      f: float32[2] = add b e
      return f
    }
    """
    graph: Graph = function.written() if isinstance(function, CompiledFunction) else stage(function)(*args)
    name = getattr(function, "__name__", graph.name)
    lines = [f"{name}: {counted(graph)} as written", str(graph)]
    for step in PASSES:
        before, graph = str(graph), step(graph)
        if str(graph) != before:
            lines += [f"after {step.__name__}: {counted(graph)}", str(graph)]
    return [*lines, "as loops:", str(native(graph))]


def counted(graph: Graph) -> str:
    """How many operations a graph has."""
    return f"{len(graph)} operation{'' if len(graph) == 1 else 's'}"

"""Results that are written onto an input: the update of a parameter goes where the parameter is.

    w_new = w - h * g;  w[...] = w_new        ->        w[i] = w[i] - h * g[i]

The steps that do so come last, since others read the old values, and since nothing may be written once it turns out
that an index pointed outside. A result can be written so if a nest makes it element by element, and nobody else in the
last steps reads what is written over. What is looked at to find out whether the call may go on is made before them.

Knows steps and where variables lie. Must not know LLVM.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wengert.compiler.loops import Nest
from wengert.graph.ir import Variable
from wengert.shapes import contiguous_strides

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wengert.compiler.layouts import Layouts
    from wengert.graph.ir import Graph


class Onto:
    """Which results are written onto which inputs.

    Args:
        graph: what is computed.
        steps: how, in order.
        layouts: where variables lie.
        wanted: the results that may be written onto an input, and that input.
        asked: the results that are looked at before anything is written.

    Attributes:
        inputs: for each such result the input.
        before: the steps that come first, in order.
        after: those that write so, in order.
    """

    def __init__(
        self,
        graph: Graph,
        steps: list[Any],
        layouts: Layouts,
        wanted: dict[Variable, Variable],
        asked: Iterable[Variable] = (),
    ) -> None:
        self._layouts = layouts
        asked = {layouts.of(atom).base for atom in asked}
        makers = {v: step for step in steps if isinstance(step, Nest) for v in step.outputs}
        shown = [layouts.of(atom).base for atom in graph.outputs if isinstance(atom, Variable)]
        self.inputs = {
            v: w
            for v, w in wanted.items()
            if v in makers
            and asked.isdisjoint(makers[v].outputs)
            and shown.count(v) == 1
            and w not in shown
            and self._fits(makers[v], v, w)
        }
        read = {id(step): self._bases(atom for e in step.equations for atom in e.operands) for step in steps}
        while True:
            last = {id(makers[v]) for v in self.inputs}
            refused = [v for v, w in self.inputs.items() if self._meets(makers[v], w, steps, last, read)]
            if not refused:
                break
            for v in refused:
                del self.inputs[v]
        self.before = [step for step in steps if id(step) not in last]
        self.after = [step for step in steps if id(step) in last]

    def _bases(self, atoms: Iterable[Any]) -> set[Variable]:
        return {self._layouts.of(atom).base for atom in atoms if isinstance(atom, Variable)}

    def _fits(self, nest: Nest, v: Variable, w: Variable) -> bool:
        """Whether a nest writes the elements of v one by one, and reads those of w at the same places only."""
        layouts = self._layouts
        lies = layouts.of(v).base is v and layouts.of(w).base is w
        in_order = layouts.of(w).strides == contiguous_strides(w.spec.shape)
        alone = all(atom is w for e in nest.equations for atom in e.operands if w in self._bases([atom]))
        plain = nest.pieces == 1 and v not in nest.reductions and v.spec == w.spec and v.spec.shape == nest.shape
        return lies and in_order and alone and plain

    def _meets(
        self, maker: Nest, w: Variable, steps: list[Any], last: set[int], read: dict[int, set[Variable]]
    ) -> bool:
        """Whether somebody who comes earlier reads what the nest makes, or somebody who comes last reads w."""
        made = self._bases(maker.outputs)
        return any(
            made & read[id(step)] if id(step) not in last else step is not maker and w in read[id(step)]
            for step in steps
        )

"""A derivative for those cotangents that arrive: what others would have added is left out, and not computed of zeros.

    derivative := (what was saved, cotangents of all results) -> gradients of leaves
    narrowed   := the same for some of the cotangents; no gradient where only the others lead

A zero in their place would do as long as all is finite: 0 times an infinite slope is nan. And a leaf that nothing
arrives at has no gradient, which is not a gradient of zeros: optimizers leave it as it is.

Knows graphs that are linear in some inputs. Must not know nodes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from wengert.compiler.passes import optimised
from wengert.compiler.program import Program
from wengert.core.primitive import TABLE
from wengert.graph.ir import Equation, Graph, Variable
from wengert.graph.prune import prune
from wengert.graph.verify import verify

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from wengert.graph.ir import Atom


class Derivative:
    """The programs of one derivative, made when they are first wanted.

    Attributes:
        graph: takes what was saved and the cotangents of all results.
    """

    def __init__(self, graph: Graph, seeds: Sequence[Variable]) -> None:
        self.graph, self._seeds = graph, tuple(seeds)
        self._programs: dict[tuple[bool, ...], tuple[Program, list[int]]] = {}

    @property
    def programs(self) -> list[Program]:
        """Those that were made."""
        return [program for program, _ in self._programs.values()]

    def run(self, saved: Sequence[Any], cotangents: Sequence[Any]) -> list[Any]:
        """The gradients of the leaves, None where nothing arrives.

        Args:
            saved: arrays.
            cotangents: arrays, None where there is none.
        """
        program, places = self.program(tuple([each is not None for each in cotangents]))
        found = program.run_any([*saved, *[each for each in cotangents if each is not None]])
        if len(places) == len(self.graph.outputs):
            return found  # type: ignore[no-any-return]
        gradients: list[Any] = [None] * len(self.graph.outputs)
        for at, each in zip(places, found, strict=True):
            gradients[at] = each
        return gradients

    def program(self, arrived: tuple[bool, ...]) -> tuple[Program, list[int]]:
        """The program for some cotangents, and which gradients it gives."""
        found = self._programs.get(arrived)
        if found is None:
            absent = [seed for seed, there in zip(self._seeds, arrived, strict=True) if not there]
            graph, places = narrowed(self.graph, self._seeds, absent)
            found = self._programs[arrived] = Program(verify(optimised(graph))), places
        return found


def narrowed(graph: Graph, seeds: Sequence[Variable], absent: Collection[Variable]) -> tuple[Graph, list[int]]:
    """The graph without some inputs, and which outputs are left.

    >>> import wengert as torch
    >>> from wengert.graph import stage
    >>> graph = stage(lambda x, g, h: (g * x + h * torch.sqrt(x), h))(1.0, 1.0, 1.0)
    >>> narrowed(graph, graph.inputs[1:], graph.inputs[2:])
    (<lambda>(a: float32[], b: float32[]) {
      c: float32[] = multiply b a
      return c
    }, [0])

    Args:
        graph: linear in the seeds.
        seeds: the last of its inputs.
        absent: those of them that are left out.
    """
    carrying: set[Atom] = set(seeds)
    gone: set[Atom] = set(absent)
    same: dict[Atom, Atom] = {}
    equations: list[Equation] = []
    constants = dict(graph.constants)

    def zeros_for(atom: Atom) -> Variable:
        zeros = Variable(atom.spec)
        constants[zeros] = np.zeros(atom.spec.shape, atom.spec.dtype)
        return zeros

    for e in graph.equations:
        if carrying.isdisjoint(e.operands):
            equations.append(e)
            continue
        carrying.update(e.outs)
        if all(atom in gone for atom in e.operands if atom in carrying):
            gone.update(e.outs)
            continue
        operands = [same.get(atom, atom) for atom in e.operands]
        left = without(e, operands, gone)
        if isinstance(left, Equation):
            equations.append(left)
        elif left is not None:
            same[e.out] = left
        else:
            operands = [
                zeros_for(atom) if atom in gone else each for atom, each in zip(e.operands, operands, strict=True)
            ]
            equations.append(Equation(e.outs, e.primitive, operands, e.params))
    places = [at for at, atom in enumerate(graph.outputs) if atom not in gone]
    outputs = [same.get(graph.outputs[at], graph.outputs[at]) for at in places]
    inputs = [v for v in graph.inputs if v not in gone]
    return prune(Graph(graph.name, inputs, constants, equations, outputs, graph.rebuild)), places


def without(e: Equation, operands: list[Atom], gone: set[Atom]) -> Equation | Atom | None:
    """What an operation is without those operands that are gone: another one, an operand, or None: zeros are needed."""
    if gone.isdisjoint(e.operands):
        return Equation(e.outs, e.primitive, operands, e.params)
    if e.primitive.name not in ("add", "subtract"):
        return None
    first = e.operands[1] in gone
    (other,) = operands[:1] if first else operands[1:]
    if other.spec != e.out.spec:
        return None
    return other if first or e.primitive.name == "add" else Equation(e.outs, TABLE["negative"], [other], ())

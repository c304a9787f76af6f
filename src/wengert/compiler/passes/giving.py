"""Numbers that a loop is given instead of having them in its code, so that the code is the same for other numbers.

    c = divide a 450.0        ->        c = divide a n        with n a constant of the graph

The mean of a batch divides by its size: with that in the code another batch size would have to be compiled. Numbers as
formulas have them, 2 or 0.5, stay: the code is better where it knows them.

Knows graphs. Must not know how they run.
"""

from __future__ import annotations

from math import isfinite
from typing import Any

import numpy as np

from wengert.graph.ir import Atom, Equation, Graph, Literal, Variable
from wengert.shapes import Spec

GIVEN = {"add", "subtract", "multiply", "divide", "where"}
"""Rows of which the code is as good where it does not know the number."""

PARTS, MOST = 4, 16
"""A formula has multiples of a fourth up to sixteen."""


def give(graph: Graph) -> Graph:
    """The graph with the numbers that formulas do not have as constants.

    >>> import wengert as torch
    >>> from wengert.graph import stage
    >>> print(give(stage(lambda x: (x * 2 / 450.0))(torch.ones(3))))
    <lambda>(a: float32[3]) {
      b: float32[] = constant 450.0
      c: float32[3] = multiply a 2
      d: float32[3] = divide c b
      return d
    }
    """
    constants, known = dict(graph.constants), {}

    def given(e: Equation, atom: Atom) -> Atom:
        if not isinstance(atom, Literal) or not is_peculiar(atom.value, e):
            return atom
        array = np.array(atom.value, e.out.spec.dtype)
        key = array.tobytes(), array.dtype
        if key not in known:
            known[key] = Variable(Spec((), array.dtype))
            constants[known[key]] = array
        return known[key]

    equations = [
        Equation(e.outs, e.primitive, [given(e, atom) for atom in e.operands], e.params)
        if e.primitive.name in GIVEN and any(isinstance(atom, Literal) for atom in e.operands)
        else e
        for e in graph.equations
    ]
    return Graph(graph.name, graph.inputs, constants, equations, graph.outputs, graph.rebuild)


def is_peculiar(value: Any, e: Equation) -> bool:
    """Whether a number is none that formulas have; where one number is made, as of the size of a mean, all are."""
    if type(value) not in (int, float) or e.out.spec.dtype.char not in "fd" or not isfinite(value):
        return False
    return not e.out.spec.shape or abs(value) > MOST or value * PARTS % 1 != 0

"""What a Graph is.

    graph    := inputs (variables), constants (variable: array), equations, outputs (atoms)
    equation := variable = primitive[static parameters] atom ...
    atom     := variable | literal
    variable := a name and a spec, defined once, before it is used
    literal  := a Python number, which takes the dtype of what it meets

It prints in this grammar, one equation a line. Knows primitives as records only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from wengert.core.levels import spec_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from wengert.core.primitive import Primitive
    from wengert.shapes import Spec


class Variable:
    """A value of the graph: what is known of it is its spec."""

    __slots__ = ("spec",)

    def __init__(self, spec: Spec) -> None:
        self.spec = spec


class Literal:
    """A Python number written into the graph."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    @property
    def spec(self) -> Spec:
        return spec_of(self.value)

    def __repr__(self) -> str:
        return repr(self.value)


Atom = Variable | Literal


class Equation:
    """One operation: the variable it defines, the primitive, its operands and parameters."""

    __slots__ = ("operands", "out", "params", "primitive")

    def __init__(self, out: Variable, primitive: Primitive, operands: Sequence[Atom], params: Sequence[Any]) -> None:
        self.out = out
        self.primitive = primitive
        self.operands = tuple(operands)
        self.params = tuple(params)


class Graph:
    """A staged computation.

    Attributes:
        inputs: the variables that arguments are bound to.
        constants: variables bound to arrays that the function captured.
        equations: in an order in which they can be computed.
        outputs: what is returned.
        rebuild: makes the function's result from a list of outputs.
    """

    __slots__ = ("constants", "equations", "inputs", "name", "outputs", "rebuild")

    def __init__(
        self,
        name: str,
        inputs: Iterable[Variable],
        constants: dict[Variable, Any],
        equations: Iterable[Equation],
        outputs: Iterable[Atom],
        rebuild: Any = tuple,
    ) -> None:
        self.name = name
        self.inputs = list(inputs)
        self.constants = constants
        self.equations = list(equations)
        self.outputs = list(outputs)
        self.rebuild = rebuild

    def __len__(self) -> int:
        return len(self.equations)

    def __str__(self) -> str:
        names = dict(zip(self._variables(), _letters()))  # noqa: B905  letters never end
        head = ", ".join(f"{names[v]}: {v.spec}" for v in self.inputs)
        lines = [f"{self.name}({head}) {{"]
        lines += [f"  {names[v]}: {v.spec} = constant {_shown(array)}" for v, array in self.constants.items()]
        lines += [f"  {names[e.out]}: {e.out.spec} = {_right_side(e, names)}" for e in self.equations]
        lines.append(f"  return {', '.join(_name(atom, names) for atom in self.outputs)}")
        return "\n".join([*lines, "}"])

    __repr__ = __str__

    def _variables(self) -> Iterator[Variable]:
        yield from self.inputs
        yield from self.constants
        for equation in self.equations:
            yield equation.out


def _letters() -> Iterator[str]:
    """a, b, ..., z, aa, ab, ..."""
    names = [""]
    while True:
        names = [name + letter for name in names for letter in "abcdefghijklmnopqrstuvwxyz"]
        yield from names


def _name(atom: Atom, names: dict[Variable, str]) -> str:
    return repr(atom.value) if isinstance(atom, Literal) else names[atom]


def _right_side(e: Equation, names: dict[Variable, str]) -> str:
    params = ", ".join(f"{key}={value}" for key, value in zip(e.primitive.parameters, e.params, strict=False))
    call = e.primitive.name + (f"[{params}]" if params else "")
    return " ".join([call, *(_name(atom, names) for atom in e.operands)])


def _shown(array: Any) -> str:
    if array.size == 1:
        return str(array.item())
    with np.printoptions(threshold=6, edgeitems=2, precision=4):
        return np.array2string(array, separator=", ").replace("\n", "")

"""Loop nests: which equations run together in one loop over the elements.

    program := steps, in order
    step    := nest | call
    nest    := one loop over all elements of a shape: loads, pointwise equations, stores, sums
    call    := one equation that runs its NumPy kernel

A run of equations joins one nest as long as each acts element by element on the nest's shape, or
adds up all of it. The value of a sum is there only after the loop, so what uses it starts a new
nest. Knows graphs; must not know LLVM.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wengert.graph.ir import Literal, Variable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wengert.graph.ir import Atom, Equation, Graph
    from wengert.shapes import Shape

LETTERS = "abcdefghjklmnopqrstuvwxyz"  # i counts the elements
SUM = "reduce_sum"
REPEAT = "broadcast_to"
SAME_VALUE = (REPEAT, "alias", "copy")
SAME_ELEMENT = ("alias", "copy", "cast")


class Call:
    """One equation that runs its NumPy kernel."""

    __slots__ = ("equation",)

    def __init__(self, equation: Equation) -> None:
        self.equation = equation

    def __str__(self) -> str:
        return f"call {self.equation.primitive.name}"


class Nest:
    """One loop over all elements of `shape`.

    Attributes:
        shape: what is looped over.
        equations: what is computed for each element, in order.
        inputs: the variables that come from outside, of the nest's shape or 0-d.
        outputs: the variables that somebody outside reads: elements stored, or sums.
    """

    __slots__ = ("equations", "inputs", "outputs", "shape")

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.equations: list[Equation] = []
        self.inputs: list[Variable] = []
        self.outputs: list[Variable] = []

    def takes(self, equation: Equation) -> bool:
        """Whether the equation can join this loop."""
        if loop_shape(equation) != self.shape:
            return False
        sums = {e.out for e in self.equations if e.primitive.name == SUM}
        return not any(atom in sums for atom in equation.operands)

    def close(self, read_outside: set[Variable]) -> None:
        """Work out inputs and outputs, once all equations are in."""
        made = {e.out for e in self.equations}
        for equation in self.equations:
            for atom in equation.operands:
                if not isinstance(atom, Literal) and atom not in made and atom not in self.inputs:
                    self.inputs.append(atom)
        self.outputs = [e.out for e in self.equations if e.out in read_outside]

    def __str__(self) -> str:
        """The loop as readable pseudo-Python."""
        same = [e for e in self.equations if e.primitive.name in SAME_VALUE]
        names = _names([*self.inputs, *(e.out for e in self.equations if e not in same)])
        sums = [e.out for e in self.equations if e.primitive.name == SUM]
        lines = [f"{names[v]} = 0  # {v.spec}" for v in sums]
        lines.append(f"for i in elements{list(self.shape)}:")
        for e in self.equations:
            values = [_value(atom, names, self) for atom in e.operands]
            if e in same:
                names[e.out] = values[0]
            elif e.primitive.name == SUM:
                lines.append(f"    {names[e.out]} += {values[0]}")
            else:
                lines.append(f"    {names[e.out]} = {e.primitive.name}({', '.join(values)})")
        lines += [f"    store {names[v]}" for v in self.outputs if v not in sums]
        return "\n".join(lines)


def loop_shape(equation: Equation) -> Shape | None:
    """The shape whose elements an equation visits one by one; None if it does not."""
    name, out = equation.primitive.name, equation.out.spec
    specs = [atom.spec for atom in equation.operands]
    if name == SUM:
        whole = len(equation.params[0]) == specs[0].ndim and specs[0].ndim > 0
        return specs[0].shape if whole else None
    if name == REPEAT:
        return out.shape if specs[0].ndim == 0 else None
    if equation.primitive.family == "pointwise" or name in SAME_ELEMENT:
        fits = all(s.shape in ((), out.shape) for s in specs)
        return out.shape if fits else None
    return None


def partition(graph: Graph) -> list[Nest | Call]:
    """The steps that compute a graph: loops where equations can share one, else NumPy calls.

    >>> import wengert as torch
    >>> from wengert.graph import stage
    >>> (step,) = partition(stage(lambda x: (torch.sin(x) * x).sum())(torch.ones(3)))
    >>> print(step)
    d = 0  # float32[]
    for i in elements[3]:
        b = sin(a[i])
        c = multiply(b, a[i])
        d += c
    """
    steps: list[Nest | Call] = []
    for equation in graph.equations:
        shape = loop_shape(equation)
        if shape is None or any(d.kind in "cV" for d in _dtypes(equation)):
            steps.append(Call(equation))
            continue
        home = _home(steps, equation)
        if home is None:
            home = Nest(shape)
            steps.append(home)
        home.equations.append(equation)
    for step in steps:
        if isinstance(step, Nest):
            own = {id(e) for e in step.equations}
            read = {
                atom for e in graph.equations if id(e) not in own for atom in e.operands if isinstance(atom, Variable)
            }
            step.close(read | {a for a in graph.outputs if isinstance(a, Variable)})
    return steps


def _home(steps: list[Nest | Call], equation: Equation) -> Nest | None:
    """The latest step the equation can join: past it nothing makes what the equation reads."""
    for step in reversed(steps):
        if isinstance(step, Nest) and step.takes(equation):
            return step
        made = step.equation.outs if isinstance(step, Call) else [e.out for e in step.equations]
        if any(atom in made for atom in equation.operands):
            return None
    return None


def _dtypes(equation: Equation) -> list:  # type: ignore[type-arg]
    return [v.spec.dtype for v in [*equation.outs, *equation.operands]]


def _names(variables: Iterable[Variable]) -> dict[Variable, str]:
    names: dict[Variable, str] = {}
    for variable in variables:
        number = len(names)
        names[variable] = LETTERS[number] if number < len(LETTERS) else f"v{number}"
    return names


def _value(atom: Atom, names: dict[Variable, str], nest: Nest) -> str:
    if isinstance(atom, Literal):
        return repr(atom.value)
    whole = atom in nest.inputs and atom.spec.shape == nest.shape and nest.shape
    return f"{names[atom]}[i]" if whole else names[atom]

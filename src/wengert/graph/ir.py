"""What a Graph is.

    graph    := inputs (variables), constants (variable: array), equations, outputs (atoms)
    equation := variable, ... = primitive[static parameters] atom ...
    atom     := variable | literal
    variable := a name and a spec, defined once, before it is used
    literal  := a Python number, which takes the dtype of what it meets

It prints in this grammar, one equation a line, and is called like the function it came from: by
the reference interpreter, which is slow, and right by being simple. Knows primitives as records.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from wengert import errors
from wengert.core.levels import Tracer, spec_of
from wengert.core.modes import recording
from wengert.core.tensor import Tensor, wrap

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
    """One operation: the variables it defines, the primitive, its operands and parameters."""

    __slots__ = ("operands", "outs", "params", "primitive")

    def __init__(
        self, outs: Sequence[Variable], primitive: Primitive, operands: Sequence[Atom], params: Sequence[Any]
    ) -> None:
        self.outs = tuple(outs)
        self.primitive = primitive
        self.operands = tuple(operands)
        self.params = tuple(params)

    @property
    def out(self) -> Variable:
        """The first variable it defines, which is the only one of most primitives."""
        return self.outs[0]


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

    def __call__(self, *args: Any) -> Any:
        """The function's result, computed one kernel after another.

        >>> import wengert as torch
        >>> from wengert.graph import stage
        >>> stage(torch.sin)(1.0)(0.0)
        tensor(0.)
        """
        arrays = [arg if isinstance(arg, Tensor | np.ndarray) else np.asarray(arg) for arg in args]
        if len(arrays) == len(self.inputs):  # Python numbers take the dtype they were staged with
            arrays = [a.astype(v.spec.dtype) if not isinstance(g, Tensor | np.ndarray) else a
                      for a, g, v in zip(arrays, args, self.inputs, strict=True)]  # fmt: skip
        return self.rebuild([wrap(out) for out in interpret(self, *arrays)])

    def __str__(self) -> str:
        names = dict(zip(self._variables(), _letters()))  # noqa: B905  letters never end
        head = ", ".join(f"{names[v]}: {v.spec}" for v in self.inputs)
        lines = [f"{self.name}({head}) {{"]
        lines += [f"  {names[v]}: {v.spec} = constant {_shown(array)}" for v, array in self.constants.items()]
        lines += [
            f"  {', '.join(f'{names[v]}: {v.spec}' for v in e.outs)} = {_right_side(e, names)}" for e in self.equations
        ]
        lines.append(f"  return {', '.join(_name(atom, names) for atom in self.outputs)}")
        return "\n".join([*lines, "}"])

    __repr__ = __str__

    def _variables(self) -> Iterator[Variable]:
        yield from self.inputs
        yield from self.constants
        for equation in self.equations:
            yield from equation.outs


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


def repeats_a_number(array: Any) -> bool:
    """Whether all elements of an array are one number, its sign included: 0 and -0 are two."""
    if not array.size or not bool((array == array.flat[0]).all()):
        return False
    parts = (array.real, array.imag) if array.dtype.kind == "c" else (array,) if array.dtype.kind in "fV" else ()
    return all(bool((np.signbit(part) == np.signbit(part.flat[0])).all()) for part in parts)


def refuse_derivatives(name: str, args: Sequence[Any]) -> None:
    """Raise if a derivative was to pass through a graph, which would silently be a constant."""
    for arg in args:
        if isinstance(arg, Tracer) or (isinstance(arg, Tensor) and arg.node is not None and recording()):
            raise errors.GradError(
                errors.advice(
                    f"{name}: derivatives do not pass through a staged or compiled function",
                    "stage the derivative, stage(grad(f))(x), or give it x.detach().",
                )
            )


def results(equation: Equation, operands: Sequence[Any]) -> dict[Variable, Any]:
    """The arrays that an equation defines, by the NumPy kernel of its primitive."""
    found = equation.primitive.compute(operands, equation.params)
    several = (found,) if equation.primitive.count is None else found
    return {out: np.asarray(value) for out, value in zip(equation.outs, several, strict=True)}


def interpret(graph: Graph, *arrays: Any) -> list[Any]:
    """The outputs of a graph for the given inputs, one kernel after another.

    >>> import wengert as torch
    >>> from wengert.graph import interpret, stage
    >>> interpret(stage(torch.sin)(0.0), np.float32(0.0))
    [array(0., dtype=float32)]

    Args:
        graph: any graph that `verify` accepts.
        arrays: one array or tensor for each input, with the shape and dtype of its spec.
    """
    refuse_derivatives(graph.name, arrays)
    if len(arrays) != len(graph.inputs):
        raise errors.GraphError(f"{graph.name} takes {len(graph.inputs)} inputs, got {len(arrays)}")
    values: dict[Variable, Any] = dict(graph.constants)
    for variable, given in zip(graph.inputs, arrays, strict=True):
        array = np.asarray(given.array if isinstance(given, Tensor) else given)
        if array.shape != variable.spec.shape or array.dtype != variable.spec.dtype:
            raise errors.GraphError(
                f"{graph.name}: an input is {array.dtype}{list(array.shape)}, the graph was staged for {variable.spec}"
            )
        values[variable] = array

    def read(atom: Atom) -> Any:
        return atom.value if isinstance(atom, Literal) else values[atom]

    for equation in graph.equations:
        operands = [read(atom) for atom in equation.operands]
        values.update(results(equation, operands))
    return [np.asarray(read(atom)) for atom in graph.outputs]

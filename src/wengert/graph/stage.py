"""Staging: run a function on values that are not there, and keep what it would have done.

Staged := a variable of the graph that is being written
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

import numpy as np

from wengert import errors, trees
from wengert.core.levels import RUNNING, Level, Tracer, spec_of
from wengert.core.tape import Node
from wengert.core.tensor import Tensor
from wengert.functions.making.creation import tensor
from wengert.functions.making.random import refused
from wengert.graph.ir import Atom, Equation, Graph, Literal, Variable, repeats_a_number
from wengert.graph.prune import prune
from wengert.graph.verify import verify
from wengert.ops.structural import alias, broadcast_to
from wengert.shapes import Spec

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wengert.core.primitive import Primitive


RANDOM = errors.advice(
    "stage: a random number is drawn, which the graph would keep as a constant",
    "draw it outside, and pass it as an argument.",
)


class Staged(Tracer):
    """A value that will be known when the graph runs."""

    __slots__ = ()

    atom: Any = Tensor.extra  # under another name

    @property
    def spec(self) -> Spec:
        found: Spec = self.atom.spec
        return found


class StageLevel(Level):
    """Writes an equation for every primitive."""

    __slots__ = ("_held", "_numbers", "constants", "equations")
    name = "stage"

    def __init__(self) -> None:
        super().__init__()
        self.equations: list[Equation] = []
        self.constants: dict[Variable, Any] = {}
        self._held: dict[int, tuple[Any, Variable]] = {}
        self._numbers: dict[Any, Any] = {}

    def staged(self, atom: Variable) -> Staged:
        made: Staged = Staged(self, None)
        made.atom = atom
        return made

    def atom_of(self, value: Any) -> Atom:
        """The variable or literal that stands for an operand; arrays become constants, once each."""
        if isinstance(value, Staged) and value.level is self:
            atom: Variable = value.atom
            return atom
        foreign = value.level.name if isinstance(value, Tracer) else "grad"
        if isinstance(value, Tracer) or (
            isinstance(value, Tensor) and isinstance(value.node, Node) and RUNNING.count > 1
        ):
            raise errors.TransformError(
                f"stage: a value of {foreign} from outside is used inside; stage the outer function instead"
            )
        if isinstance(value, bool | int | float | complex):
            return Literal(value)
        array = value.array if isinstance(value, Tensor) else np.asarray(value)
        if array.size > 1 and repeats_a_number(array):
            return self._repeated(array)
        found = self._held.get(id(array))
        if found is None:
            # the array is held with its variable, so that no other array gets its id
            found = self._held[id(array)] = (array, Variable(Spec(array.shape, array.dtype)))
            self.constants[found[1]] = array.copy()  # what is written into it later does not count
        return found[1]

    def _repeated(self, array: Any) -> Variable:
        """One number, repeated: written as such, so that the graph holds the number alone."""
        number = array.flat[:1].reshape(())
        key = (number.dtype, number.tobytes())
        number = self._numbers.setdefault(key, number)
        repeated: Variable = self.process(broadcast_to.primitive, [number], (array.shape,)).atom
        return repeated

    def process(self, primitive: Primitive, operands: Sequence[Any], params: tuple[Any, ...]) -> Any:
        atoms = [self.atom_of(o) for o in operands]
        specs = primitive.result_specs([atom.spec for atom in atoms], params)
        outs = [Variable(spec) for spec in ((specs,) if primitive.count is None else specs)]
        self.equations.append(Equation(outs, primitive, atoms, params))
        made = tuple(self.staged(out) for out in outs)
        return made[0] if primitive.count is None else made

    def custom(self, function: Any, args: tuple[Any, ...]) -> Any:
        """The graph computes values, so it holds what forward does."""
        return function.forward(*args)

    def concrete(self, tracer: Tracer, question: Any = None) -> Any:
        raise tracer.unavailable()

    def constant(self, value: Any) -> Any:
        atom = self.atom_of(value)
        return self.staged(atom) if isinstance(atom, Variable) else value

    def detached(self, tracer: Tracer) -> Any:
        return alias(tracer)


def stage(func: Callable[..., Any]) -> Callable[..., Graph]:
    """A function that returns, in place of the result of `func`, the Graph that computes it.

    >>> import wengert as torch
    >>> print(stage(lambda x: (torch.sin(x) * x).sum())(torch.ones(3)))
    <lambda>(a: float32[3]) {
      b: float32[3] = sin a
      c: float32[3] = multiply b a
      d: float32[] = reduce_sum[axes=(0,)] c
      return d
    }

    The arguments (tensors, arrays, numbers, Specs, or containers of them) only say shapes and
    dtypes. Tensors that func captures become constants.

    Raises:
        RuntimeError: if func branches on a value, which is not there.
    """

    @wraps(func)
    def staged(*args: Any) -> Graph:
        level = StageLevel()
        leaves, structure = trees.flatten(args)
        inputs = [Variable(_input_spec(leaf)) for leaf in leaves]
        with RUNNING, refused(RANDOM):
            result = func(*structure.unflatten([level.staged(v) for v in inputs]))
        outputs, result_structure = trees.flatten(result)
        atoms = [level.atom_of(out) for out in outputs]
        name = getattr(func, "__name__", "graph")
        rebuild = result_structure.unflatten
        return verify(prune(Graph(name, inputs, level.constants, level.equations, atoms, rebuild)))

    return staged


def _input_spec(leaf: Any) -> Spec:
    if isinstance(leaf, Spec):
        return leaf
    return spec_of(leaf if isinstance(leaf, Tensor) else tensor(leaf))

"""Operations with a kernel of their own as the operations that they are made of, which loops can be made of.

NumPy does one operation at a time, so some rows have a kernel that does several at once. A compiler joins loops itself.

Knows rows by name. Must not know loops.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from wengert.core.families import shape_of
from wengert.graph.ir import Equation, Graph, Literal, Variable
from wengert.graph.stage import stage
from wengert.ops.pointwise import exp, log, sqrt
from wengert.ops.reduction import reduce_max
from wengert.ops.structural import keep_axes, reduce_sum

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from wengert.graph.ir import Atom


def standardise(x: Any, axes: tuple[int, ...], eps: float) -> tuple[Any, Any, Any]:
    """What the row of that name gives: the numbers, their mean and their variance."""
    count = float(prod(shape_of(x)[axis] for axis in axes))
    mean = reduce_sum(x, axes) / count
    apart = x - keep_axes(mean, axes)
    variance = reduce_sum(apart * apart, axes) / count
    return over_deviation(apart, variance, axes, eps), mean, variance


def standardised_by(x: Any, mean: Any, variance: Any, axes: tuple[int, ...], eps: float) -> Any:
    """The numbers of that row, given the others that it gives."""
    return over_deviation(x - keep_axes(mean, axes), variance, axes, eps)


def over_deviation(apart: Any, variance: Any, axes: tuple[int, ...], eps: float) -> Any:
    """How far numbers are from their mean, in standard deviations."""
    return apart * keep_axes(1 / sqrt(variance + eps), axes)


def softmax(x: Any, axes: tuple[int, ...]) -> Any:
    """What the row of that name gives."""
    powers = exp(x - keep_axes(reduce_max(x, axes), axes))
    return powers / keep_axes(reduce_sum(powers, axes), axes)


def log_softmax(x: Any, axes: tuple[int, ...]) -> Any:
    """What the row of that name gives."""
    shifted = x - keep_axes(reduce_max(x, axes), axes)
    return shifted - log(keep_axes(reduce_sum(exp(shifted), axes), axes))


MADE_OF: dict[str, Callable[..., Any]] = {
    "standardise": standardise, "softmax": softmax, "log_softmax": log_softmax,
}  # fmt: skip
"""By the name of a row: what it is made of."""

WIDTHS = "fd"
"""The dtypes for which loops are made."""


def expand(graph: Graph) -> Graph:
    """The graph with such operations written out.

    >>> import wengert as torch
    >>> from wengert.graph import stage
    >>> graph = stage(lambda x: torch.nn.functional.layer_norm(x, (3,)))(torch.ones(2, 3))
    >>> len(graph), len(expand(graph))
    (1, 13)
    """
    if not any(e.primitive.name in MADE_OF for e in graph.equations):
        return graph
    equations: list[Equation] = []
    for e in graph.equations:
        whole = e.primitive.name in MADE_OF and all(atom.spec.dtype.char in WIDTHS for atom in e.operands)
        equations += written_out(e) if whole else [e]
    return Graph(graph.name, graph.inputs, graph.constants, equations, graph.outputs, graph.rebuild)


def written_out(e: Equation) -> Iterator[Equation]:
    """The equations of one operation, for its own operands and results."""
    made_of = MADE_OF[e.primitive.name]
    return equations_of(made_of, e.operands, e.params, e.outs)


def equations_of(
    function: Callable[..., Any], operands: Sequence[Atom], params: tuple[Any, ...], outs: Sequence[Variable]
) -> Iterator[Equation]:
    """What a function does with operands to give results that have names already."""
    inner = stage(lambda *given: function(*given, *params))(*(atom.spec for atom in operands))
    names: dict[Any, Any] = dict(zip(inner.inputs, operands, strict=True))
    names.update(zip(inner.outputs, outs, strict=True))
    names.update((v, Literal(number.item())) for v, number in inner.constants.items())

    def named(atom: Any) -> Any:
        return atom if isinstance(atom, Literal) else names.setdefault(atom, Variable(atom.spec))

    for each in inner.equations:
        yield Equation(list(map(named, each.outs)), each.primitive, list(map(named, each.operands)), each.params)

"""A row called in every way there is: with gradients, in a transform, staged.

Knows all interpreters. Must not know any particular op.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from wengert.autograd import grad
from wengert.core.tape import AccumulateGrad
from wengert.core.tensor import Tensor, wrap
from wengert.transforms.grad import vjp

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wengert.core.primitive import Primitive
    from wengert.testing.sample import Sample


def leaf(array: Any, *, copy: bool = True) -> Tensor:
    """A leaf that requires grad, over a copy or over the very memory."""
    made = wrap(np.array(array) if copy else array)
    made.node = AccumulateGrad(made)
    return made


def boxed(value: Any) -> Any:
    """An array as a tensor; numbers as they are."""
    return wrap(value) if isinstance(value, np.ndarray) else value


def function_of(row: Primitive, sample: Sample, places: Sequence[int]) -> Callable[..., Any]:
    """The op as a function of the operands at `places`, the others fixed."""

    def function(*values: Any) -> Any:
        operands = [boxed(o) for o in sample.operands]
        for place, value in zip(places, values, strict=True):
            operands[place] = value
        return row.apply(operands, sample.params)

    return function


def kernel_of(row: Primitive, sample: Sample, places: Sequence[int]) -> Callable[..., Any]:
    """The bare kernel as a function of the operands at `places`."""

    def function(*values: Any) -> Any:
        operands = list(sample.operands)
        for place, value in zip(places, values, strict=True):
            operands[place] = value
        with np.errstate(all="ignore"):
            return row.compute(operands, sample.params)

    return function


def eager(
    row: Primitive, sample: Sample, needs: Sequence[int], seed: Any, *,
    create_graph: bool = False, copy: bool = True,
) -> tuple[Tensor, list[Any]]:  # fmt: skip
    """The recorded result, and the gradients of the operands that were leaves."""
    leaves = {i: leaf(sample.operands[i], copy=copy) for i in needs}
    out = function_of(row, sample, needs)(*leaves.values())
    found = grad(
        [out], list(leaves.values()), [wrap(np.asarray(seed))], create_graph=create_graph,
        materialize_grads=True,
    )  # fmt: skip
    return out, list(found)


def gradient_of(row: Primitive, sample: Sample, places: Sequence[int]) -> Callable[..., Any]:
    """(operands at places..., cotangent) -> their gradients, through the transform vjp."""
    function = function_of(row, sample, places)

    def gradient(*values: Any) -> Any:
        *operands, seed = values
        _, pull = vjp(function, *operands)
        return pull(seed)

    return gradient

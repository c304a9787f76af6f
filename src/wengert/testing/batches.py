"""Laws about batching: vmap is a loop, whatever is batched and wherever the batch lies.

A law is a function of a row and a sample that raises AssertionError where it is broken.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from wengert.core.tensor import wrap
from wengert.testing.compare import array_of, close, same_spec
from wengert.testing.sample import noise, result, subsets
from wengert.testing.uses import function_of, gradient_of
from wengert.transforms.vmap import vmap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wengert.core.primitive import Primitive
    from wengert.testing.sample import Sample

SIZE = 3
ROUNDING = 1e-13
"""A batch may add in another order than a loop does, so the last digits may differ."""


def batched(row: Primitive, sample: Sample) -> None:
    """vmap of the op is a loop over it."""
    places = sample.arrays()
    _as_loop(function_of(row, sample, places), [sample.operands[i] for i in places], sample.smooth)


def batched_gradient(row: Primitive, sample: Sample) -> None:
    """vmap of the gradient is a loop over gradients."""
    places = sample.moving(row)
    seed = noise(result(row, sample.operands, sample.params), 16)
    _as_loop(gradient_of(row, sample, places), [*(sample.operands[i] for i in places), seed], sample.smooth)


def _as_loop(function: Callable[..., Any], operands: list[Any], smooth: bool) -> None:
    scale = 1 if smooth else 0
    for dims in _dims(operands):
        batches = [x if d is None else np.stack(_variants(x), axis=d) for x, d in zip(operands, dims, strict=True)]
        got = vmap(function, in_dims=dims)(*map(wrap, batches))
        looped = [
            function(*(wrap(x if d is None else np.array(np.take(b, k, d)))
                       for x, b, d in zip(operands, batches, dims, strict=True)))
            for k in range(SIZE)
        ]  # fmt: skip
        _compare(got, looped, f"vmap with in_dims={dims}", scale)


def _compare(got: Any, looped: list[Any], what: str, scale: float) -> None:
    if not isinstance(got, tuple):
        got, looped = (got,), [(one,) for one in looped]
    for i, whole in enumerate(got):
        want = np.stack([array_of(one[i]) for one in looped])
        same_spec(whole, want, what)
        close(whole, want, what, tolerance=ROUNDING, scale=scale)


def _dims(operands: list[Any]) -> Iterator[tuple[int | None, ...]]:
    """Every choice of batched operands, and for each every choice of axes among first, second, last."""
    for chosen in subsets(tuple(range(len(operands)))):
        axes = [[*sorted({0, min(1, operands[i].ndim)}), -1] for i in chosen]
        for picked in product(*axes):
            where = dict(zip(chosen, picked, strict=True))
            yield tuple(where.get(i) for i in range(len(operands)))


def _variants(x: Any) -> list[Any]:
    """Three entries of a batch, each in the domain that the sample is in."""
    turned = np.flip(x, -1) if x.ndim else x
    if x.dtype.kind in "fc":
        return [x, turned, x * 0.75]
    if x.dtype.kind == "b":
        return [x, ~x, turned]
    return [x, turned, x]

"""Relatives of softmax: of the negated scores, and of scores with random numbers added."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from wengert import dtypes, errors
from wengert.core.families import shape_of
from wengert.core.levels import numpy_dtype
from wengert.core.places import warn
from wengert.core.tensor import Tensor, wrap
from wengert.functions.making import random
from wengert.functions.neural.softmax import softmax
from wengert.functions.reducing.reductions import detached
from wengert.ops import pointwise as p
from wengert.ops import reduction
from wengert.ops import structural as s
from wengert.shapes import axis_index


def softmin(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor:
    """softmax of -input: the smallest element gets the most.

    >>> import wengert as torch
    >>> torch.nn.functional.softmin(torch.tensor([0.0, 1.0]), 0)
    tensor([0.7311, 0.2689])
    """
    if dim is None:
        warn(
            "Implicit dimension choice for softmin has been deprecated. Change the call to include dim=X as an "
            "argument.",
            UserWarning,
        )
        dim = 0 if len(shape_of(input)) in (0, 1, 3) else 1
    return softmax(p.negative(input), dim, dtype)


def gumbel_softmax(logits: Tensor, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1) -> Tensor:
    """A random choice by unnormalised log-probabilities, soft so that gradients pass (Jang et al. 2017).

    >>> import wengert as torch
    >>> _ = torch.manual_seed(0)
    >>> torch.nn.functional.gumbel_softmax(torch.tensor([1.0, 2.0, 3.0]), hard=True)
    tensor([0., 0., 1.])

    Args:
        logits: floating point numbers.
        tau: the temperature; the lower it is, the nearer the result is to one choice.
        hard: whether the result is 1 at the choice and 0 elsewhere; the gradient is that of the soft result.
        eps: no longer used.
        dim: along which to choose.

    Raises:
        RuntimeError: for other numbers, and inside of vmap and stage.
    """
    if eps != 1e-10:
        warn("`eps` parameter is deprecated and has no effect.", UserWarning)
    own = dtypes.of_numpy(numpy_dtype(logits))
    if not own.is_floating_point:
        raise errors.DtypeError(
            "Exponential distribution is a continuous probability distribution. dtype must be a floating point but "
            f"you specified {own.title}"
        )

    def make(shape: tuple[int, ...]) -> Any:
        uniform = random.default_generator.uniform(prod(shape), np.dtype(np.float64))
        return -np.log((-np.log1p(-uniform)).astype(own.numpy).reshape(shape))

    noise = random.drawn(shape_of(logits), make)
    soft = softmax(p.divide(p.add(logits, noise), tau), dim)
    if not hard:
        return soft
    axis = axis_index(dim, len(shape_of(soft)))
    plain = detached(soft)
    return p.add(p.subtract(_chosen(plain, axis), plain), soft)  # type: ignore[no-any-return]


def _chosen(x: Any, axis: int) -> Any:
    """1 at the first largest element along an axis, 0 elsewhere."""
    shape = shape_of(x)
    if not shape:
        return wrap(np.ones((), numpy_dtype(x)))
    places = np.arange(shape[axis]).reshape([-1 if i == axis else 1 for i in range(len(shape))])
    return s.cast(p.equal(s.keep_axes(reduction.argmax(x, axis), (axis,)), wrap(places)), numpy_dtype(x))

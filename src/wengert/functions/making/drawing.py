"""Random numbers drawn into a tensor, and coins of given probabilities."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from wengert import errors
from wengert.core.families import shape_of
from wengert.core.levels import Tracer, concrete, numpy_dtype
from wengert.core.tensor import Tensor, wrap
from wengert.functions.making import random
from wengert.functions.making.creation import empty_like
from wengert.functions.making.random import normals, uniforms
from wengert.functions.values import first_outside
from wengert.functions.writing import inplace
from wengert.ops import pointwise
from wengert.ops import structural as s


def uniform_(self: Tensor, low: float = 0, to: float = 1, *, generator: Any = None, **named: float) -> Tensor:
    """Write uniform numbers in [low, to) everywhere.

    >>> import wengert as torch
    >>> _ = torch.manual_seed(0); torch.zeros(2).uniform_(-1, 1)
    tensor([-0.0075,  0.5364])
    """
    low = named.pop("from", low)  # PyTorch's name, which is a word of the language
    if named:
        raise errors.ArgumentTypeError(f"uniform_() got an unexpected keyword argument {next(iter(named))!r}")
    dtype = random.floating(self.dtype, "check_uniform_bounds", parts=True)
    if low > to:
        raise errors.ShapeError(
            f"uniform_ expects to return a [from, to) range, but found from={low:g} > to={to:g}"
        )  # fmt: skip
    source = source_of(generator)
    return draw_into(self, lambda shape: uniforms(source, prod(shape), dtype, (low, to)), "uniform_")


def normal_(self: Tensor, mean: float = 0, std: float = 1, *, generator: Any = None) -> Tensor:
    """Write normal numbers of a mean and a standard deviation everywhere.

    >>> import wengert as torch
    >>> _ = torch.manual_seed(42); torch.zeros(2).normal_(10, 2)
    tensor([10.6734, 10.2576])
    """
    dtype = random.floating(self.dtype, "normal_kernel_cpu", parts=True)
    if std < 0:
        raise errors.ShapeError(f"normal expects std >= 0.0, but found std {std:g}")
    source = source_of(generator)
    singly = random.is_apart(self)
    return draw_into(self, lambda shape: normals(source, prod(shape), dtype, (mean, std), singly=singly), "normal_")


def bernoulli_(self: Tensor, p: Any = 0.5, *, generator: Any = None) -> Tensor:
    """Write 1 with probability p, else 0, everywhere.

    >>> import wengert as torch
    >>> _ = torch.manual_seed(0); torch.zeros(4).bernoulli_(0.5)
    tensor([0., 0., 1., 0.])
    """
    if isinstance(p, Tensor):
        return inplace.copy_(self, bernoulli(p.expand(*self.shape), generator=generator), name="bernoulli_")
    if not 0 <= p <= 1:
        raise errors.ShapeError(f"bernoulli_ expects p to be in [0, 1], but got p={p:g}")
    source = source_of(generator)
    return draw_into(self, lambda shape: source.uniform(prod(shape), np.dtype(np.float64)) < p, "bernoulli_")


def bernoulli(input: Tensor, p: float | None = None, *, generator: Any = None) -> Tensor:
    """1 with the probability that each element says, or p, else 0.

    >>> import wengert as torch
    >>> _ = torch.manual_seed(0); torch.bernoulli(torch.tensor([0.1, 0.9]))
    tensor([0., 1.])
    """
    if p is not None:
        return bernoulli_(empty_like(input), p, generator=generator)
    dtype = numpy_dtype(input)
    random.floating(input.dtype, "bernoulli_tensor_cpu_p_")
    if first_outside(input, 0, 1) is not None:
        raise errors.ShapeError("Expected p_in >= 0 && p_in <= 1 to be true, but got false.")
    source, shape = source_of(generator), shape_of(input)
    uniform = random.drawn(shape, lambda shape: source.uniform(prod(shape), dtype).reshape(shape))
    if isinstance(input, Tracer) or isinstance(uniform, Tracer):
        return s.cast(pointwise.less(uniform, input), dtype)  # type: ignore[no-any-return]
    return wrap((uniform.array < concrete(input)).astype(dtype))


def source_of(generator: Any) -> random.Generator:
    """The generator that is given, or the default one."""
    return generator or random.default_generator


def draw_into(x: Tensor, make: Any, name: str) -> Tensor:
    """Write what `make(shape)` draws into a tensor."""
    in_order = random.as_it_lies(x, lambda shape: make(shape).reshape(shape))
    numbers = random.drawn(tuple(x.shape), in_order)
    return inplace.copy_(x, numbers, name=name)


FOLLOWS = "random numbers are drawn of a distribution that a tensor describes"


def drawn_given(make: Any, shape: tuple[int, ...], *parameters: Any) -> Tensor:
    """Random numbers whose distribution tensors describe: what `make(shape, *arrays)` gives.

    The arrays are those of the parameters, broadcast over a batch of vmap where they are the same for all of it. A
    recorded call knows no way to draw again for other parameters, so it cannot stand for another call.
    """
    reason = random.forbidden.get()
    if reason is not None:
        raise errors.TransformError(reason)
    told = [bottom(x) for x in parameters]

    def make_all(whole: tuple[int, ...]) -> Any:
        leading = len(whole) - len(shape)
        return make(whole, *(_over_batches(x, count, leading, len(shape)) for x, count in told))

    return random.drawn(shape, make_all)


def bottom(x: Any) -> tuple[Any, int]:
    """The array of a parameter, the axes of batches first, and how many of these it has."""
    if not isinstance(x, Tracer):
        return concrete(x), 0
    give_up = getattr(x.level, "give_up", None)
    if give_up is not None:
        give_up(FOLLOWS)
    axis = getattr(x, "axis", None)
    if axis is None:
        return bottom(x.level.concrete(x) if x.value is None else x.value)
    array, count = bottom(x.value)
    return np.moveaxis(array, count + axis, count), count + 1


def _over_batches(array: Any, count: int, leading: int, rank: int) -> Any:
    """A parameter over so many batches of results of a rank: over all of them, or over none."""
    if count not in (0, leading):
        raise errors.TransformError(
            errors.advice(
                "vmap: random numbers whose distribution differs over some of the batches only cannot be drawn.",
                'randomness="different" for each vmap, and parameters that are mapped by all of them, or by none.',
            )
        )
    own = array.shape[count:]
    return array.reshape(array.shape[:count] + (1,) * (rank - len(own)) + own)

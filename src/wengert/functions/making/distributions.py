"""Numbers of other distributions, drawn as PyTorch's CPU generator draws them."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from wengert import dtypes, errors
from wengert.core.families import shape_of
from wengert.core.levels import Tracer, concrete, numpy_dtype
from wengert.core.tensor import Tensor, wrap
from wengert.functions.making import random
from wengert.functions.making.counts import binomial_numbers, poisson_numbers
from wengert.functions.making.drawing import bottom, draw_into, drawn_given, source_of
from wengert.functions.making.random import DOUBLE, normals
from wengert.functions.values import first_outside
from wengert.ops import pointwise as p
from wengert.ops.refusals import no_kernel, refuse
from wengert.ops.structural import permute
from wengert.shapes import broadcast_shapes, inverse


def continuous(name: str, self: Tensor, called: str) -> Any:
    """The NumPy dtype of a tensor that such numbers are to fill, if it is floating."""
    if not self.dtype.is_floating_point:
        raise errors.DtypeError(
            errors.advice(
                f"{name} distribution is a continuous probability distribution. dtype must be a floating point but you "
                f"specified {called}",
                "make a tensor of torch.float32.",
            )
        )
    return numpy_dtype(self)


def exponential_(self: Tensor, lambd: float = 1, *, generator: Any = None) -> Tensor:
    """Write numbers of the exponential distribution everywhere.

    >>> import wengert as torch
    >>> _ = torch.manual_seed(7); torch.zeros(2).exponential_()
    tensor([0.3276, 0.3198])
    """
    dtype = continuous("Exponential", self, self.dtype.title)
    if lambd <= 0:
        raise errors.ShapeError(f"exponential_ expects lambda > 0.0, but found lambda={lambd:g}")
    source = source_of(generator)

    def make(shape: tuple[int, ...]) -> Any:
        u = source.uniform(prod(shape), DOUBLE)
        return (-np.log1p(-u) / lambd).astype(dtype)

    return draw_into(self, make, "exponential_")


def geometric_(self: Tensor, p: float, *, generator: Any = None) -> Tensor:
    """Write numbers of the geometric distribution everywhere: how many tries until one succeeds.

    >>> import wengert as torch
    >>> _ = torch.manual_seed(7); torch.zeros(3).geometric_(0.3)
    tensor([4., 4., 1.])
    """
    refuse(numpy_dtype(self), no_kernel("geometric_cpu", "bc"))
    if not 0 < p < 1:
        raise errors.ShapeError(f"geometric_ expects p to be in (0, 1), but got p={p:g}")
    source, dtype = source_of(generator), numpy_dtype(self)

    def make(shape: tuple[int, ...]) -> Any:
        u = source.uniform(prod(shape), DOUBLE)
        return np.ceil(np.log(u) / np.log1p(-p)).astype(dtype)

    return draw_into(self, make, "geometric_")


def cauchy_(self: Tensor, median: float = 0, sigma: float = 1, *, generator: Any = None) -> Tensor:
    """Write numbers of the Cauchy distribution everywhere.

    >>> import wengert as torch
    >>> _ = torch.manual_seed(7); torch.zeros(2).cauchy_()
    tensor([-0.8306, -0.8612])
    """
    dtype = continuous("Cauchy", self, dtypes.C_NAMES[self.dtype])
    if sigma <= 0:
        raise errors.ShapeError(f"cauchy_ expects sigma > 0.0, but found sigma={sigma:g}")
    source = source_of(generator)

    def make(shape: tuple[int, ...]) -> Any:
        u = source.uniform(prod(shape), DOUBLE)
        return (median + sigma * np.tan(np.pi * (u - 0.5))).astype(dtype)

    return draw_into(self, make, "cauchy_")


def log_normal_(self: Tensor, mean: float = 1, std: float = 2, *, generator: Any = None) -> Tensor:
    """Write numbers everywhere whose logarithms are normal.

    >>> import wengert as torch
    >>> _ = torch.manual_seed(7); torch.zeros(2).log_normal_()
    tensor([ 2.0267, 13.0957])
    """
    refuse(numpy_dtype(self), no_kernel("log_normal_cpu", "biuc"))
    if std <= 0:
        raise errors.ShapeError(f"log_normal_ expects std > 0.0, but found std={std:g}")
    source, dtype = source_of(generator), numpy_dtype(self)

    def make(shape: tuple[int, ...]) -> Any:
        drawn = np.array([source.normal_one() for _ in range(prod(shape))], DOUBLE)
        return np.exp(drawn * std + mean).astype(dtype)

    return draw_into(self, make, "log_normal_")


def random_(self: Tensor, *bounds: Any, generator: Any = None, **named: Any) -> Tensor:
    """Write whole numbers everywhere: from 0, or a first bound, up to a second, which is left out.

    >>> import wengert as torch
    >>> _ = torch.manual_seed(0); torch.zeros(4).random_(10)
    tensor([4., 9., 3., 0.])

    Without bounds all that the dtype can hold, if it is of integers, or can tell apart, if it is not.
    """
    own, dtype = self.dtype, numpy_dtype(self)
    given = [*bounds, *(named[k] for k in ("from", "to") if k in named)]
    source = source_of(generator)
    if not given:
        return draw_into(self, lambda shape: _every(source, prod(shape), own).astype(dtype), "random_")
    low, high = (0, given[0]) if len(given) == 1 else given
    if high is None:
        high = 2**63
    if low >= high:
        raise errors.ShapeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        for word, bound in (("from", low), ("to - 1", high - 1)):
            if not limits.min <= bound <= limits.max:
                raise errors.ShapeError(f"{word} is out of bounds for {dtypes.C_NAMES[own]}")
    span = high - low

    def make(shape: tuple[int, ...]) -> Any:
        words = source.words(prod(shape)) if span < 2**32 else source.long_words(prod(shape))
        if span >= 2**64:
            return words.astype(np.int64).astype(dtype)
        moved = words % np.uint64(span)
        return (moved.astype(np.int64) + np.int64(low)).astype(dtype)

    return draw_into(self, make, "random_")


def _every(source: Any, count: int, own: dtypes.dtype) -> Any:
    dtype = own.numpy
    if dtype.kind == "b":
        return source.words(count) & np.uint64(1)
    if own.is_floating_point:
        bits = {dtypes.float16: 11, dtypes.bfloat16: 8, dtypes.float32: 24, dtypes.float64: 53}[own]
        words = source.long_words(count) if bits > 32 else source.words(count)
        return words % np.uint64(2**bits + (bits > 0))
    limits = np.iinfo(dtype)
    words = source.long_words(count) if dtype.itemsize == 8 else source.words(count)
    return words % np.uint64(int(limits.max) + 1) if limits.max < 2**64 - 1 else words


def randint_like(input: Tensor, low: int, high: int | None = None, *, dtype: Any = None, device: Any = None,
                 requires_grad: bool = False) -> Tensor:  # fmt: skip
    """Whole numbers from low (0 if only high is given) up to high, in the shape and dtype of another tensor.

    >>> import wengert as torch
    >>> _ = torch.manual_seed(0); torch.randint_like(torch.zeros(4), 10)
    tensor([4., 9., 3., 0.])
    """
    first, last = (0, low) if high is None else (low, high)
    size, order = tuple(shape_of(input)), random.turned_order(input)
    if order is None:
        return random.randint(first, last, size, dtype=dtype or input.dtype, device=device, requires_grad=requires_grad)
    turned = random.randint(first, last, [size[axis] for axis in order], dtype=dtype or input.dtype, device=device)
    made = permute(turned, inverse(order))
    made.memory = made.origin = None  # nobody else sees what was turned
    return random.as_leaf(made, requires_grad)


# ------------------------------------------------------------------------ by tensors of parameters


def normal(mean: Any, std: Any = 1.0, size: Any = None, *, generator: Any = None, dtype: Any = None,
           device: Any = None, requires_grad: bool = False) -> Tensor:  # fmt: skip
    """Normal numbers, of one mean and deviation for a size, or of a mean and a deviation for each.

    >>> import wengert as torch
    >>> _ = torch.manual_seed(42); torch.normal(torch.tensor([0.0, 10.0]), 2.0)
    tensor([ 0.6734, 10.2576])
    """
    source = source_of(generator)
    if not isinstance(mean, Tensor) and not isinstance(std, Tensor):
        if std < 0:
            raise errors.ShapeError(f"normal expects std >= 0.0, but found std {std:g}")
        kind = random.floating(dtype, "normal_kernel_cpu", parts=True)
        shape = tuple(size)
        drawn = random.drawn(
            shape, lambda shape: normals(source, prod(shape), kind, (float(mean), float(std))).reshape(shape)
        )
        return random.as_leaf(drawn, requires_grad)
    like = mean if isinstance(mean, Tensor) else std
    kind = random.floating(like.dtype, "normal_kernel_cpu")
    if isinstance(std, Tensor) and first_outside(std, 0, np.inf) is not None:
        raise errors.ShapeError("normal expects all elements of std >= 0.0")
    if not isinstance(std, Tensor) and std < 0:
        raise errors.ShapeError(f"normal expects std >= 0.0, but found std {std:g}")
    shape = broadcast_shapes(*(shape_of(x) for x in (mean, std) if isinstance(x, Tensor)))
    drawn = random.drawn(shape, lambda shape: normals(source, prod(shape), kind, (0.0, 1.0)).reshape(shape))
    sources = [x for x in (mean, std) if isinstance(x, Tensor)]
    if not any(isinstance(x, Tracer) for x in (*sources, drawn)):
        spread, centre = (concrete(x) if isinstance(x, Tensor) else np.asarray(x, kind) for x in (std, mean))
        made = wrap((drawn.array * spread + centre).astype(kind))
    else:
        spread, centre = (x.detach() if isinstance(x, Tensor) else x for x in (std, mean))
        made = p.add(p.multiply(drawn, spread), centre)
    for x in sources:  # their gradients are 0, as they are in PyTorch
        if x.node is not None:
            made = p.where(wrap(np.ones((), np.bool_)), made, x)
    return made


def poisson(input: Tensor, generator: Any = None) -> Tensor:
    """How many events happen, where so many are expected: numbers of the Poisson distribution.

    >>> import wengert as torch
    >>> _ = torch.manual_seed(7); torch.poisson(torch.tensor([0.0, 0.5, 3.0, 9.0]))
    tensor([0., 0., 5., 6.])
    """
    refuse(numpy_dtype(input), no_kernel("poisson_cpu", "biuc"))
    rates, _ = bottom(input)
    if not (rates >= 0).all():  # nor NaN
        raise errors.ShapeError("invalid Poisson rate, expected rate to be non-negative")
    source = source_of(generator)

    def make(shape: tuple[int, ...], rates: Any) -> Any:
        wanted = np.broadcast_to(rates, shape).astype(DOUBLE).reshape(-1).tolist()
        return np.array(poisson_numbers(source, wanted), DOUBLE).reshape(shape).astype(rates.dtype)

    return drawn_given(make, shape_of(input), input)


def binomial(count: Tensor, prob: Tensor, generator: Any = None) -> Tensor:
    """How many of `count` tries succeed, each with probability `prob`.

    >>> import wengert as torch
    >>> _ = torch.manual_seed(7); torch.binomial(torch.tensor([10.0, 20.0]), torch.tensor([0.5, 0.1]))
    tensor([7., 2.])
    """
    for word, x in (("count", count), ("prob", prob)):
        if not x.dtype.is_floating_point:
            raise errors.ArgumentError(f"binomial only supports floating-point dtypes for {word}, got: {x.dtype.title}")
    source, dtype = source_of(generator), numpy_dtype(count)

    def make(shape: tuple[int, ...], tries: Any, chances: Any) -> Any:
        wanted = (np.broadcast_to(x, shape).astype(DOUBLE).reshape(-1).tolist() for x in (tries, chances))
        return np.array(binomial_numbers(source, *wanted), DOUBLE).reshape(shape).astype(dtype)

    return drawn_given(make, broadcast_shapes(shape_of(count), shape_of(prob)), count, prob)


def multinomial(input: Tensor, num_samples: int, replacement: bool = False, *, generator: Any = None) -> Tensor:
    """So many of the numbers 0, 1, ... in each row, each with a probability proportional to its weight.

    >>> import wengert as torch
    >>> _ = torch.manual_seed(7); torch.multinomial(torch.tensor([0.1, 0.0, 3.0, 0.6]), 2)
    tensor([2, 3])

    Without replacement no number comes twice.
    """
    if not input.dtype.is_floating_point:
        raise errors.DtypeError(f"multinomial only supports floating-point dtypes for input, got: {input.dtype.title}")
    shape = shape_of(input)
    if len(shape) not in (1, 2):
        raise errors.ShapeError("prob_dist must be 1 or 2 dim")
    if num_samples <= 0:
        raise errors.ShapeError("cannot sample n_sample <= 0 samples")
    if not replacement and num_samples > shape[-1]:
        raise errors.ShapeError("cannot sample n_sample > prob_dist.size(-1) samples without replacement")
    weights, _ = bottom(input)
    if not (np.isfinite(weights) & (weights >= 0)).all():
        raise errors.ShapeError("probability tensor contains either `inf`, `nan` or element < 0")
    if (weights.sum(-1) <= 0).any():
        raise errors.ShapeError("invalid multinomial distribution (sum of probabilities <= 0)")
    source = source_of(generator)
    by_race = not replacement or num_samples == 1

    def make(whole: tuple[int, ...], weights: Any) -> Any:
        weights = np.broadcast_to(weights, (*whole[:-1], shape[-1]))
        if by_race:
            return _races(source, weights, num_samples)
        return _from_sums(source, weights.reshape(-1, shape[-1]), num_samples).reshape(whole)

    return drawn_given(make, (*shape[:-1], num_samples), input)


def _races(source: Any, weights: Any, count: int) -> Any:
    """Each runs for an exponential time; those with the largest weight per time win."""
    u = source.uniform(weights.size, DOUBLE)
    times = (-np.log1p(-u)).astype(weights.dtype).reshape(weights.shape)
    speeds = weights / times
    if count == 1:
        return speeds.argmax(-1, keepdims=True).astype(np.int64)
    return np.argsort(-speeds, -1, kind="stable")[..., :count].astype(np.int64)


def _from_sums(source: Any, rows: Any, count: int) -> Any:
    sums = np.cumsum(rows, -1, dtype=rows.dtype)
    sums = sums / sums[:, -1:]
    sums[:, -1] = 1
    drawn = source.uniform(len(rows) * count, DOUBLE).reshape(len(rows), count)
    return np.stack([np.searchsorted(line, us, "left") for line, us in zip(sums, drawn, strict=True)]).astype(np.int64)

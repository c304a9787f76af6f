"""Reductions and normalisations of the elements where a mask holds, under the names of torch.masked.

What is masked out is replaced by the number that changes nothing: 0 in a sum, -inf for a maximum.
"""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np

from wengert import dtypes, errors
from wengert.core.families import shape_of
from wengert.core.levels import concrete, numpy_dtype
from wengert.core.tensor import Tensor, wrap
from wengert.functions.elementwise.arithmetic import clamp_min
from wengert.functions.neural import softmax as soft
from wengert.functions.reducing import norms, ordering, reductions, scanning
from wengert.ops import pointwise as p
from wengert.ops import structural as s
from wengert.ops.refusals import no_kernel, refuse
from wengert.shapes import axes_tuple

EXAMPLE = "torch.tensor([3.0, 1.0, 2.0])"
MASK = "torch.tensor([True, False, True])"
NOTE = "`mask` is broadcast to the input; without one every element counts."


def _cast(x: Any, dtype: Any) -> Any:
    return x if dtype is None else reductions.in_dtype(x, dtypes.to_numpy(dtype))


def _mask(x: Any, mask: Any) -> Any:
    """The mask as truth values in the shape of x."""
    if mask is None:
        return s.broadcast_to(wrap(np.array(True)), shape_of(x))
    if len(shape_of(mask)) > len(shape_of(x)):
        raise errors.AxisError(
            "_input_mask expected broadcastable mask (got mask dimensionality higher than of the input)"
        )
    held = mask if numpy_dtype(mask) == np.bool_ else p.not_equal(mask, 0)
    return s.broadcast_to(held, shape_of(x))


def _filled(x: Any, mask: Any, number: float) -> Any:
    """x with a number where the mask does not hold."""
    if mask is None:
        return x
    own = numpy_dtype(x)
    if own.kind in "iu" and number in (inf, -inf):
        number = np.iinfo(own).max if number > 0 else np.iinfo(own).min
    return p.where(_mask(x, mask), x, np.asarray(number, own))


def _axes(x: Any, dim: Any) -> tuple[int, ...]:
    return axes_tuple(None if dim is None else dim, len(shape_of(x)))


def _count(x: Any, mask: Any, axes: tuple[int, ...], keepdim: bool) -> Any:
    return reductions.sum(_mask(x, mask), axes, keepdim)


def reduction(name: str, identity: float, compute: Any, sentence: str, printed: str, *, dtyped: bool = False) -> Any:
    """A reduction over `dim` of the elements where the mask holds."""

    def function(input: Tensor, dim: Any = None, *, keepdim: bool = False, dtype: Any = None,
                 mask: Any = None) -> Tensor:  # fmt: skip
        if identity in (inf, -inf) and mask is not None and numpy_dtype(input).kind in "bc":
            raise errors.UnsupportedError(f"identity of {name} on {dtypes.of_numpy(numpy_dtype(input))} input")
        x = input if dtyped else _cast(input, dtype)
        axes = _axes(x, dim)
        filled = _filled(x, mask, identity)
        return compute(filled, axes, keepdim, dtype=dtype) if dtyped else compute(filled, axes, keepdim)  # type: ignore[no-any-return]

    return _documented(name, function, sentence, f"{EXAMPLE}, mask={MASK}", printed)


def _documented(name: str, function: Any, sentence: str, arguments: str, printed: str) -> Any:
    function.__name__ = function.__qualname__ = name
    function.__doc__ = (
        f"{sentence}\n\n>>> import wengert as torch\n>>> torch.masked.{name}({arguments})\n{printed}\n\n{NOTE}"
    )
    return function


def _products(x: Any, axes: tuple[int, ...], keepdim: bool, dtype: Any = None) -> Any:
    result = reductions.counted(x, dtype)
    for axis in sorted(axes, reverse=True):
        result = scanning.prod(result, axis, keepdim)
    return result


sum = reduction("sum", 0, reductions.sum, "The sum of the elements where the mask holds.", "tensor(5.)", dtyped=True)
prod = reduction("prod", 1, _products, "The product of the elements where the mask holds.", "tensor(6.)", dtyped=True)
amax = reduction("amax", -inf, reductions.amax, "The largest element where the mask holds.", "tensor(3.)")
amin = reduction("amin", inf, reductions.amin, "The smallest element where the mask holds.", "tensor(2.)")


def mean(input: Tensor, dim: Any = None, *, keepdim: bool = False, dtype: Any = None, mask: Any = None) -> Tensor:
    """The mean of the elements where the mask holds; nan where it holds nowhere.

    >>> import wengert as torch
    >>> torch.masked.mean(torch.tensor([1.0, 7.0, 2.0]), mask=torch.tensor([True, False, True]))
    tensor(1.5000)
    """
    x = _cast(input, dtype)
    if numpy_dtype(x).kind in "biu":
        raise errors.ArgumentError(
            errors.advice(
                "mean(): Could not infer output dtype. Input dtype must be either a floating point or complex dtype. "
                f"Got: {dtypes.of_numpy(numpy_dtype(x))}",
                "give dtype=torch.float32.",
            )
        )
    axes = _axes(x, dim)
    total = reductions.sum(_filled(x, mask, 0), axes, keepdim)
    return p.divide(total, _count(x, mask, axes, keepdim))  # type: ignore[no-any-return]


def var(input: Tensor, dim: Any = None, unbiased: bool | None = None, *, correction: float | None = None,
        keepdim: bool = False, dtype: Any = None, mask: Any = None) -> Tensor:  # fmt: skip
    """The variance of the elements where the mask holds, with Bessel's correction unless `correction=0`.

    >>> import wengert as torch
    >>> torch.masked.var(torch.tensor([1.0, 7.0, 3.0]), mask=torch.tensor([True, False, True]))
    tensor(2.)
    """
    if correction is not None and unbiased is not None:
        raise errors.ShapeError("Only one of unbiased and correction may be given")
    refuse(numpy_dtype(input), p.ONE_BOOL)
    less = correction if correction is not None else 1 if unbiased is None else int(unbiased)
    x = _cast(input, dtype)
    x = x if numpy_dtype(x).kind in "fcV" else s.cast(x, dtypes.default().numpy)
    axes = _axes(x, dim)
    count = _count(x, mask, axes, True)
    centre = p.divide(reductions.sum(_filled(x, mask, 0), axes, True), count)
    apart = _filled(p.subtract(x, centre), mask, 0)
    squares = p.square(p.absolute(apart) if numpy_dtype(apart).kind == "c" else apart)
    total, count = (
        y if keepdim else s.reduce_sum(y, axes) if axes else y for y in (reductions.sum(squares, axes, True), count)
    )
    spread = p.divide(total, p.maximum(p.subtract(count, less), 0))
    return reductions.in_dtype(spread, numpy_dtype(x))  # type: ignore[no-any-return]


def std(input: Tensor, dim: Any = None, unbiased: bool | None = None, *, correction: float | None = None,
        keepdim: bool = False, dtype: Any = None, mask: Any = None) -> Tensor:  # fmt: skip
    """The standard deviation of the elements where the mask holds.

    >>> import wengert as torch
    >>> torch.masked.std(torch.tensor([1.0, 7.0, 3.0]), mask=torch.tensor([True, False, True]))
    tensor(1.4142)
    """
    spread = var(input, dim, unbiased, correction=correction, keepdim=keepdim, dtype=dtype, mask=mask)
    return p.sqrt(spread)  # type: ignore[no-any-return]


def norm(input: Tensor, ord: float | None = 2.0, dim: Any = None, *, keepdim: bool = False, dtype: Any = None,
         mask: Any = None) -> Tensor:  # fmt: skip
    """The norm of the elements where the mask holds.

    >>> import wengert as torch
    >>> torch.masked.norm(torch.tensor([3.0, 7.0, 4.0]), mask=torch.tensor([True, False, True]))
    tensor(5.)
    """
    x = _cast(input, dtype)
    order = 2.0 if ord is None else ord
    return norms.norm(_filled(x, mask, inf if order < 0 else 0), order, _axes(x, dim), keepdim)


def argmax(input: Tensor, dim: int | None = None, *, keepdim: bool = False, dtype: Any = None,
           mask: Any = None) -> Tensor:  # fmt: skip
    """Where the largest element is for which the mask holds, as a number of the input's dtype.

    >>> import wengert as torch
    >>> torch.masked.argmax(torch.tensor([1, 7, 3]), mask=torch.tensor([True, False, True]))
    tensor(2)
    """
    x = _cast(input, dtype)
    return reductions.in_dtype(reductions.argmax(_filled(x, mask, -inf), dim, keepdim), numpy_dtype(x))  # type: ignore[no-any-return]


def argmin(input: Tensor, dim: int | None = None, *, keepdim: bool = False, dtype: Any = None,
           mask: Any = None) -> Tensor:  # fmt: skip
    """Where the smallest element is for which the mask holds, as a number of the input's dtype.

    >>> import wengert as torch
    >>> torch.masked.argmin(torch.tensor([5, 1, 3]), mask=torch.tensor([True, False, True]))
    tensor(2)
    """
    x = _cast(input, dtype)
    return reductions.in_dtype(reductions.argmin(_filled(x, mask, inf), dim, keepdim), numpy_dtype(x))  # type: ignore[no-any-return]


def median(input: Tensor, dim: int = -1, *, keepdim: bool = False, dtype: Any = None, mask: Any = None) -> Tensor:
    """The median along dim of the elements where the mask holds; the lower of two.

    >>> import wengert as torch
    >>> torch.masked.median(torch.tensor([1.0, 7.0, 3.0]), mask=torch.tensor([True, False, True]))
    tensor(1.)
    """
    x = _cast(input, dtype)
    own = numpy_dtype(x)
    if own.kind in "biu":
        if mask is not None and not np.broadcast_to(concrete(mask), shape_of(x)).any(dim).all():
            raise errors.ArgumentError("median expects no fully masked out rows if dtype is not floating point")
        x = s.cast(x, np.dtype(np.float64))
    if dtypes.is_half(own):
        x = s.cast(x, np.dtype(np.float32))
    found = ordering.nanmedian(_filled(x, mask, float("nan")), dim, keepdim).values
    return reductions.in_dtype(found, own)  # type: ignore[no-any-return]


def logsumexp(input: Tensor, dim: Any = None, *, keepdim: bool = False, dtype: Any = None, mask: Any = None) -> Tensor:
    """log(sum(exp(input))) of the elements where the mask holds.

    >>> import wengert as torch
    >>> torch.masked.logsumexp(torch.zeros(3), 0, mask=torch.tensor([True, False, True]))
    tensor(0.6931)
    """
    x = _cast(input, dtype)
    own = numpy_dtype(x)
    if mask is not None and own.kind == "b":
        raise errors.UnsupportedError("identity of logsumexp on torch.bool input")
    return reductions.in_dtype(reductions.logsumexp(_filled(x, mask, -inf), _axes(x, dim), keepdim), own)  # type: ignore[no-any-return]


def cumsum(input: Tensor, dim: int, *, dtype: Any = None, mask: Any = None) -> Tensor:
    """Running sums of the elements where the mask holds.

    >>> import wengert as torch
    >>> torch.masked.cumsum(torch.tensor([1, 7, 3]), 0, mask=torch.tensor([True, False, True]))
    tensor([1, 1, 4])
    """
    refuse(numpy_dtype(input), no_kernel("cumsum_out_cpu", "b"))
    return scanning.cumsum(_filled(input, mask, 0), dim, dtype=dtype or input.dtype)


def cumprod(input: Tensor, dim: int, *, dtype: Any = None, mask: Any = None) -> Tensor:
    """Running products of the elements where the mask holds.

    >>> import wengert as torch
    >>> torch.masked.cumprod(torch.tensor([2, 7, 3]), 0, mask=torch.tensor([True, False, True]))
    tensor([2, 2, 6])
    """
    refuse(numpy_dtype(input), no_kernel("cumprod_out_cpu", "b"))
    return scanning.cumprod(_filled(input, mask, 1), dim, dtype=dtype or input.dtype)


def softmax(input: Tensor, dim: int, *, dtype: Any = None, mask: Any = None) -> Tensor:
    """Exponentials that add up to 1 along dim, and 0 where the mask does not hold.

    >>> import wengert as torch
    >>> torch.masked.softmax(torch.zeros(3), 0, mask=torch.tensor([True, False, True]))
    tensor([0.5000, 0.0000, 0.5000])
    """
    return soft.softmax(_filled(_cast(input, dtype), mask, -inf), dim)


def log_softmax(input: Tensor, dim: int, *, dtype: Any = None, mask: Any = None) -> Tensor:
    """The logarithm of `softmax`, -inf where the mask does not hold.

    >>> import wengert as torch
    >>> torch.masked.log_softmax(torch.zeros(3), 0, mask=torch.tensor([True, False, True]))
    tensor([-0.6931,    -inf, -0.6931])
    """
    return soft.log_softmax(_filled(_cast(input, dtype), mask, -inf), dim)


def softmin(input: Tensor, dim: int, *, dtype: Any = None, mask: Any = None) -> Tensor:
    """`softmax` of minus the elements.

    >>> import wengert as torch
    >>> torch.masked.softmin(torch.zeros(3), 0, mask=torch.tensor([True, False, True]))
    tensor([0.5000, 0.0000, 0.5000])
    """
    return soft.softmax(_filled(p.negative(_cast(input, dtype)), mask, -inf), dim)


def normalize(input: Tensor, ord: float, dim: int, *, eps: float = 1e-12, dtype: Any = None,
              mask: Any = None) -> Tensor:  # fmt: skip
    """The elements where the mask holds divided by their norm along dim, and 0 elsewhere.

    >>> import wengert as torch
    >>> torch.masked.normalize(torch.tensor([3.0, 7.0, 4.0]), 2, 0, mask=torch.tensor([True, False, True]))
    tensor([0.6000, 0.0000, 0.8000])
    """
    x = _cast(input, dtype)
    length = clamp_min(norm(x, ord, dim, keepdim=True, mask=mask), eps)
    return p.divide(_filled(x, mask, 0), length)  # type: ignore[no-any-return]


def logaddexp(input: Tensor, other: Tensor, *, dtype: Any = None, input_mask: Any = None,
              other_mask: Any = None) -> Tensor:  # fmt: skip
    """log(exp(input) + exp(other)) of the elements where their masks hold.

    >>> import wengert as torch
    >>> torch.masked.logaddexp(torch.zeros(2), torch.zeros(2), other_mask=torch.tensor([True, False]))
    tensor([0.6931, 0.0000])
    """
    for z, m in ((input, input_mask), (other, other_mask)):
        if m is not None and numpy_dtype(z).kind == "c":
            raise errors.ArgumentTypeError("logaddexp(): complex numbers have no smallest to be masked with")
    x, y = (_filled(_cast(z, dtype), m, -inf) for z, m in ((input, input_mask), (other, other_mask)))
    return p.logaddexp(x, y)  # type: ignore[no-any-return]

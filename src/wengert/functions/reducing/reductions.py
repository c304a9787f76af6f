"""Reductions under PyTorch's names: sums, means, extrema."""

from __future__ import annotations

from math import prod
from typing import Any, NamedTuple

import numpy as np

from wengert import dtypes, errors
from wengert.core.families import shape_of
from wengert.core.levels import Tracer, numpy_dtype
from wengert.core.places import warn
from wengert.core.tensor import Tensor, wrap
from wengert.functions.halves import in_float32
from wengert.functions.values import is_nowhere, surely
from wengert.ops import complexes, indexing, reduction
from wengert.ops import pointwise as p
from wengert.ops import structural as s
from wengert.ops.refusals import no_kernel, refuse
from wengert.shapes import axes_tuple, axis_index


class ValuesAndIndices(NamedTuple):
    """What max(dim), sort() and their like return."""

    values: Tensor
    indices: Tensor

    def __repr__(self) -> str:
        name = type(self).__name__
        return f"torch.return_types.{name}(\nvalues={self.values!r},\nindices={self.indices!r})"


def result_type(name: str) -> Any:
    """The type of the results of a function, which prints under its name."""
    return type(name, (ValuesAndIndices,), {"__slots__": ()})


MAX, MIN = result_type("max"), result_type("min")


def _kept(result: Any, axes: tuple[int, ...], keepdim: bool) -> Any:
    return s.keep_axes(result, axes) if keepdim else result


def counted(x: Any, dtype: Any) -> Any:
    """The operand in the dtype that it is summed in: integers and bools in int64."""
    wanted = dtypes.to_numpy(dtype) if dtype is not None else numpy_dtype(x)
    if dtype is None and wanted.kind in "?biu":
        wanted = np.dtype(np.int64)
    return in_dtype(x, wanted)


def in_dtype(x: Any, wanted: np.dtype[Any]) -> Any:
    """The operand in a dtype; itself if it has that already."""
    return x if numpy_dtype(x) == wanted else s.cast(x, wanted)


def sum(
    input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None, axis: Any = None, keepdims: bool = False
) -> Tensor:
    """The sum over all elements, or over dim (an int or several).

    >>> import wengert as torch
    >>> torch.sum(torch.tensor([[1.0, 2.0], [3.0, 4.0]]), dim=0)
    tensor([4., 6.])
    """
    if dim is None and dtype is None and axis is None and not (keepdim or keepdims) and type(input) is Tensor:
        array = input.array  # the last step of most programs: half a microsecond without questions
        if array.dtype.char in "fd":
            return s.reduce_sum(input, ALL_AXES[array.ndim])  # type: ignore[no-any-return]
    x = counted(input, dtype)
    axes = axes_tuple(dim if axis is None else axis, len(shape_of(x)))
    result: Tensor = _kept(s.reduce_sum(x, axes), axes, keepdim or keepdims)
    return result


ALL_AXES = [tuple(range(rank)) for rank in range(65)]
"""All axes of an array, by its rank: NumPy has no more than 64."""


def mean(
    input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None, axis: Any = None, keepdims: bool = False
) -> Tensor:
    """The mean over all elements, or over dim.

    >>> import wengert as torch
    >>> torch.mean(torch.tensor([1.0, 2.0, 6.0]))
    tensor(3.)

    Raises:
        RuntimeError: for integers and bools, whose mean needs a dtype.
    """
    keepdim = keepdim or keepdims
    if dim is None and dtype is None and axis is None and not keepdim and type(input) is Tensor:
        array = input.array
        if array.dtype.char in "fd":
            return p.divide(s.reduce_sum(input, ALL_AXES[array.ndim]), float(array.size))  # type: ignore[no-any-return]
    x = input if dtype is None else s.cast(input, dtypes.to_numpy(dtype))
    have = numpy_dtype(x)
    if dtypes.is_half(have):
        return in_float32(mean, x, dim, keepdim, axis=axis)  # type: ignore[no-any-return]
    if have.kind in "?biu":
        raise errors.DtypeError(
            errors.advice(
                "mean(): could not infer output dtype. Input dtype must be either a floating "
                f"point or complex dtype. Got: {dtypes.of_numpy(have).title}",
                "convert with .float() first.",
            )
        )
    shape = shape_of(x)
    axes = axes_tuple(dim if axis is None else axis, len(shape))
    count = prod(shape[i] for i in axes)
    result: Tensor = p.divide(_kept(s.reduce_sum(x, axes), axes, keepdim), float(count))
    return result


def var(
    input: Any, dim: Any = None, unbiased: bool | None = None, keepdim: bool = False,
    *, correction: float | None = 1, name: str = "var",
) -> Tensor:  # fmt: skip
    """The variance, with Bessel's correction unless `correction=0`; of complex numbers a real number.

    >>> import wengert as torch
    >>> torch.var(torch.tensor([1.0, 2.0, 3.0]))
    tensor(1.)

    Two passes: the squares are of differences from the mean, so nothing cancels.
    """
    if dtypes.is_half(numpy_dtype(input)):
        return in_float32(var, input, dim, unbiased, keepdim, correction=correction, name=name)  # type: ignore[no-any-return]
    if numpy_dtype(input).kind not in "fc":
        raise errors.DtypeError("std and var only support floating point and complex dtypes")
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    if unbiased is not None:
        correction = int(unbiased)
    correction = 1 if correction is None else correction
    shape = shape_of(input)
    axes = axes_tuple(dim, len(shape))
    count = prod(shape[i] for i in axes)
    centred = p.subtract(input, mean(input, axes, True)) if axes else input * 0
    if numpy_dtype(input).kind == "c":
        total = s.reduce_sum(p.square(complexes.view_as_real(centred)), (*axes, len(shape)))
    else:
        total = s.reduce_sum(p.multiply(centred, centred), axes)
    total = _kept(total, axes, keepdim)
    degrees = max_of_numbers(count - correction, 0)
    if degrees <= 0:
        warn(
            f"{name}(): degrees of freedom is <= 0. Correction should be strictly less than the "
            "reduction factor (input numel divided by output numel).",
            UserWarning,
        )
    result: Tensor = p.divide(total, float(degrees))
    return result


def max_of_numbers(a: float, b: float) -> float:
    """The larger of two numbers (max is taken by the tensor function)."""
    return a if a > b else b  # noqa: FURB136  max is the tensor function here


def std(input: Any, dim: Any = None, unbiased: bool | None = None, keepdim: bool = False,
        *, correction: float | None = 1) -> Tensor:  # fmt: skip
    """The standard deviation; its gradient is 0 where all elements are equal.

    >>> import wengert as torch
    >>> torch.std(torch.tensor([1.0, 2.0, 3.0]))
    tensor(1.)
    """
    if dtypes.is_half(numpy_dtype(input)):
        return in_float32(std, input, dim, unbiased, keepdim, correction=correction)  # type: ignore[no-any-return]
    variance = var(input, dim, unbiased, keepdim, correction=correction, name="std")
    constant = p.equal(variance, 0)
    if surely(constant, is_nowhere):
        return p.sqrt(variance)  # type: ignore[no-any-return]
    result: Tensor = p.where(constant, 0, p.sqrt(p.where(constant, 1, variance)))
    return result


def amax(input: Any, dim: Any = (), keepdim: bool = False) -> Tensor:
    """The largest element over dim; elements that tie share the gradient.

    >>> import wengert as torch
    >>> torch.amax(torch.tensor([[1, 5], [7, 3]]), dim=1)
    tensor([5, 7])
    """
    axes = axes_tuple(dim, len(shape_of(input)))
    _not_empty(input, "amax", None if dim in (None, ()) else axes)
    result: Tensor = _kept(reduction.reduce_max(input, axes), axes, keepdim)
    return result


def amin(input: Any, dim: Any = (), keepdim: bool = False) -> Tensor:
    """The smallest element over dim; elements that tie share the gradient.

    >>> import wengert as torch
    >>> torch.amin(torch.tensor([[1, 5], [7, 3]]), dim=1)
    tensor([1, 3])
    """
    axes = axes_tuple(dim, len(shape_of(input)))
    _not_empty(input, "amin", None if dim in (None, ()) else axes)
    result: Tensor = _kept(reduction.reduce_min(input, axes), axes, keepdim)
    return result


def max(input: Any, dim: Any = None, keepdim: bool = False, *, other: Any = None) -> Any:
    """The largest element; with dim the values and their indices; with a tensor the larger of two.

    >>> import wengert as torch
    >>> values, indices = torch.max(torch.tensor([[1, 5], [7, 3]]), 1)
    >>> values, indices
    (tensor([5, 7]), tensor([1, 0]))
    """
    if (isinstance(dim, Tensor) and not keepdim) or other is not None:
        return p.maximum(input, dim if other is None else other)
    if dim is not None:
        return MAX(*_chosen(reduction.argmax, "max", input, dim, keepdim))
    _not_empty(input, "max")
    refuse(numpy_dtype(input), no_kernel("max_all"))
    return amax(input)


def min(input: Any, dim: Any = None, keepdim: bool = False, *, other: Any = None) -> Any:
    """The smallest element; with dim the values and their indices; with a tensor the smaller.

    >>> import wengert as torch
    >>> torch.min(torch.tensor([3, 1, 2]))
    tensor(1)
    """
    if (isinstance(dim, Tensor) and not keepdim) or other is not None:
        return p.minimum(input, dim if other is None else other)
    if dim is not None:
        return MIN(*_chosen(reduction.argmin, "min", input, dim, keepdim))
    _not_empty(input, "min")
    refuse(numpy_dtype(input), no_kernel("min_all"))
    return amin(input)


def _not_empty(input: Any, name: str, axes: Any = None) -> None:
    """Raise where there is no element to choose from."""
    shape = shape_of(input)
    if axes is None and 0 in shape:
        told = " Specify the reduction dim with the 'dim' argument." * (not name.startswith("arg"))
        raise (errors.AxisError if name.startswith("arg") else errors.ShapeError)(
            f"{name}(): Expected reduction dim to be specified for input.numel() == 0.{told}"
        )
    for axis in axes or ():
        if shape[axis] == 0:
            raise errors.AxisError(f"{name}(): Expected reduction dim {axis} to have non-zero size.")


def _chosen(choose: Any, name: str, input: Any, dim: int, keepdim: bool) -> tuple[Any, Any]:
    rank = len(shape_of(input))
    axis = axis_index(dim, rank)
    if numpy_dtype(input).kind == "c":
        raise errors.DtypeError(f"{name}(): does not support complex input")
    if rank == 0:
        return s.copy(input), wrap(np.zeros((), np.int64))
    _not_empty(input, name, (axis,))
    indices = choose(input, axis)
    values = indexing.take_along(input, s.keep_axes(indices, (axis,)), axis)
    if not keepdim:
        shape = shape_of(values)
        values = s.reshape(values, (*shape[:axis], *shape[axis + 1 :]))
    else:
        indices = s.keep_axes(indices, (axis,))
    return values, indices


def along(input: Any, axis: int, index: Any) -> Any:
    """Elements along one axis, PyTorch's `gather`: out[i][j] = input[i][index[i][j]]."""
    have, wanted = shape_of(input), shape_of(index)
    sizes = list(enumerate(zip(have, wanted, strict=True)))
    beyond = [d for d, (n, m) in sizes if d != axis and n < m]
    if beyond:
        raise errors.ShapeError(
            errors.advice(
                f"Size does not match at dimension {beyond[0]} expected index {list(wanted)} to be no larger than self "
                f"{list(have)} apart from dimension {axis}",
                "cut the index, or expand the tensor.",
            )
        )
    if [d for d, (n, m) in sizes if d != axis and n != m]:  # `any` is the tensor function here
        input = s.take_slice(input, tuple((0, n if d == axis else m, 1) for d, (n, m) in sizes))
    return indexing.take_along(input, index, axis)


def argmax(input: Any, dim: Any = None, keepdim: bool = False) -> Tensor:
    """The index of the first largest element, of all or along dim.

    >>> import wengert as torch
    >>> torch.argmax(torch.tensor([1, 9, 9]))
    tensor(1)
    """
    return _index_of(reduction.argmax, "argmax", input, dim, keepdim)


def argmin(input: Any, dim: Any = None, keepdim: bool = False) -> Tensor:
    """The index of the first smallest element, of all or along dim.

    >>> import wengert as torch
    >>> torch.argmin(torch.tensor([3, 1, 1]))
    tensor(1)
    """
    return _index_of(reduction.argmin, "argmin", input, dim, keepdim)


def _index_of(choose: Any, name: str, input: Any, dim: Any, keepdim: bool) -> Tensor:
    shape = shape_of(input)
    if numpy_dtype(input).kind in "bc":
        kind = "bool" if numpy_dtype(input).kind == "b" else "complex"
        raise errors.DtypeError(f"{name}(): does not support {kind} input")
    if dim is None:
        _not_empty(input, name)
        size = s.size_of(input)
        flat = choose(s.reshape(input, (size,)), 0)
        result: Tensor = s.reshape(flat, (1,) * len(shape)) if keepdim else flat
        return result
    axis = axis_index(dim, len(shape))
    if not shape:
        return wrap(np.zeros((), np.int64))
    _not_empty(input, name, (axis,))
    return _kept(choose(input, axis), (axis,), keepdim)  # type: ignore[no-any-return]


def logsumexp(input: Any, dim: Any, keepdim: bool = False) -> Tensor:
    """log(sum(exp(input))), without overflow.

    >>> import wengert as torch
    >>> torch.logsumexp(torch.tensor([1000.0, 1000.0]), 0)
    tensor(1000.6932)
    """
    if dtypes.is_half(numpy_dtype(input)):
        return in_float32(logsumexp, input, dim, keepdim)  # type: ignore[no-any-return]
    if numpy_dtype(input).kind not in "fc":
        input = s.cast(input, dtypes.default().numpy)
    axes = axes_tuple(dim, len(shape_of(input)))
    if s.size_of(input) == 0:  # there is no peak to subtract
        total = p.log(s.reduce_sum(p.exp(input), axes))
        return _kept(total, axes, keepdim)  # type: ignore[no-any-return]
    peak = reduction.reduce_max(complexes.real(detached(input)), axes)
    if not surely(peak, lambda array: np.isfinite(array).all()):
        peak = p.where(p.isfinite(peak), peak, 0)
    shifted = p.exp(p.subtract(input, s.keep_axes(peak, axes)))
    result: Tensor = p.add(p.log(s.reduce_sum(shifted, axes)), peak)
    return _kept(result, axes, keepdim)  # type: ignore[no-any-return]


def detached(x: Any) -> Any:
    """The operand without its history."""
    return x.detach() if isinstance(x, Tensor) else x


def nansum(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The sum of the elements that are not nan.

    >>> import wengert as torch
    >>> torch.nansum(torch.tensor([1.0, torch.nan, 2.0]))
    tensor(3.)
    """
    if numpy_dtype(input).kind == "c":
        raise errors.DtypeError("nansum on CPU does not support complex inputs")
    return sum(p.where(p.isnan(input), 0, input), dim, keepdim, dtype=dtype)


def nanmean(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The mean of the elements that are not nan; nan if there are none.

    >>> import wengert as torch
    >>> torch.nanmean(torch.tensor([1.0, torch.nan, 2.0]))
    tensor(1.5000)
    """
    own = dtypes.of_numpy(numpy_dtype(input))
    if own.category < dtypes.FLOATING:
        raise errors.DtypeError(
            f"nanmean(): expected input to have floating point or complex dtype but got {own.title}"
        )
    if dtypes.is_half(own.numpy) and dtype is None:
        return in_float32(nanmean, input, dim, keepdim)  # type: ignore[no-any-return]
    count = sum(p.logical_not(p.isnan(input)), dim, keepdim)
    return p.divide(nansum(input, dim, keepdim, dtype=dtype), count)  # type: ignore[no-any-return]


def all(input: Any, dim: Any = None, keepdim: bool = False) -> Tensor:
    """Whether every element is true (not zero).

    >>> import wengert as torch
    >>> torch.all(torch.tensor([True, False]))
    tensor(False)
    """
    return _truths(np.all, input, dim, keepdim)


def any(input: Any, dim: Any = None, keepdim: bool = False) -> Tensor:
    """Whether some element is true (not zero).

    >>> import wengert as torch
    >>> torch.any(torch.tensor([True, False]))
    tensor(True)
    """
    return _truths(np.any, input, dim, keepdim)


def _truths(reduce: Any, input: Any, dim: Any, keepdim: bool) -> Tensor:
    dtype, shape = numpy_dtype(input), shape_of(input)
    axes = axes_tuple(dim, len(shape)) if dim != () else ()
    kept = np.dtype(np.uint8 if dtype == np.uint8 else np.bool_)  # PyTorch keeps bytes, from before it had bools
    if not isinstance(input, Tracer):
        return wrap(reduce(input.array.astype(bool), axis=axes, keepdims=keepdim).astype(kept, copy=False))
    if 0 in shape:
        return wrap(reduce(np.zeros(shape, bool), axis=axes, keepdims=keepdim).astype(kept))
    truths = s.cast(p.not_equal(input, 0), np.dtype(np.int64))
    chosen = reduction.reduce_max if reduce is np.any else reduction.reduce_min
    found = _kept(chosen(truths, axes), axes, keepdim) if axes else truths
    return s.cast(found, kept)  # type: ignore[no-any-return]

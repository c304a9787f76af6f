"""Embeddings: rows of a table by their numbers, one by one or in bags."""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert import dtypes, errors
from wengert.core.families import shape_of
from wengert.core.levels import Tracer, numpy_dtype
from wengert.core.modes import no_grad
from wengert.core.places import warn
from wengert.core.tensor import Tensor, wrap
from wengert.functions.reducing.reductions import along, detached
from wengert.functions.values import elements, first_outside, known
from wengert.functions.writing.inplace import copy_
from wengert.functions.writing.rewriting import rewrite
from wengert.ops import indexing, reduction
from wengert.ops import pointwise as p
from wengert.ops import structural as s
from wengert.ops.refusals import no_kernel, refuse


def _whole(name: str, **given: Any) -> None:
    for word, x in given.items():
        if not isinstance(x, Tensor):
            raise errors.ArgumentTypeError(
                f"{name}(): argument '{word}' (position 2) must be Tensor, not {type(x).__name__}"
            )
        own = dtypes.of_numpy(numpy_dtype(x))
        if own.title not in ("Long", "Int"):
            raise errors.DtypeError(
                errors.advice(
                    f"Expected tensor for argument #1 '{word}' to have one of the following scalar types: Long, Int; "
                    f"but got torch.{own.title}Tensor instead (while checking arguments for {name})",
                    f"convert the {word} with .long().",
                )
            )


def _row_number(padding_idx: int | None, count: int) -> int:
    """The row that padding_idx means, or -1."""
    if padding_idx is None:
        return -1
    if not -count <= padding_idx < count:
        raise errors.CheckError("Padding_idx must be within num_embeddings")
    return padding_idx % count


def embedding(
    input: Tensor, weight: Tensor, padding_idx: int | None = None, max_norm: float | None = None,
    norm_type: float = 2.0, scale_grad_by_freq: bool = False, sparse: bool = False,
) -> Tensor:  # fmt: skip
    """The rows of a table with the given numbers.

    >>> import wengert as torch
    >>> table = torch.tensor([[0.0, 0.0], [1.0, 2.0], [3.0, 4.0]])
    >>> torch.nn.functional.embedding(torch.tensor([2, 1]), table)
    tensor([[3., 4.],
            [1., 2.]])

    Args:
        input: the numbers of rows, of any shape.
        weight: the table, of shape (N, D).
        padding_idx: the number of a row that gets no gradient.
        max_norm: rows that are used are first scaled down to this norm, in the table itself.
        norm_type: which norm that is.
        scale_grad_by_freq: whether to divide the gradient of a row by how often it is used here.
        sparse: asks PyTorch for a gradient of the used rows alone; here it is a whole table.

    Raises:
        IndexError: for a row that the table does not have.
        RuntimeError: for numbers that are not int64 or int32.
    """
    _whole("embedding", indices=input)
    shape = shape_of(weight)
    row = _row_number(padding_idx, shape[0]) if shape else -1
    if len(shape) != 2:
        raise errors.ShapeError(errors.advice("'weight' must be 2-D", f"its shape is {list(shape)}."))
    if first_outside(input, 0, shape[0] - 1) is not None:
        raise errors.AxisError(errors.advice("index out of range in self", f"the table has rows 0..{shape[0] - 1}."))
    if max_norm is not None:
        shorten(weight, known(input, "embedding", "the numbers of the rows"), max_norm, norm_type)
    found = indexing.gather(weight, s.keep_axes(input, (0,)))
    if row >= 0:
        found = without_gradient(found, s.keep_axes(p.equal(input, row), (len(shape_of(input)),)))
    if scale_grad_by_freq:
        found = _by_frequency(found, input, shape[0])
    return found  # type: ignore[no-any-return]


def without_gradient(x: Any, where: Any) -> Any:
    """x, whose gradient is 0 where the mask says so."""
    plain = detached(x)
    return p.where(where, plain, x) if plain is not x else x


def _by_frequency(found: Any, numbers: Any, rows: int) -> Any:
    """The rows, whose gradients are divided by how often the row is used."""
    own = numpy_dtype(found)
    index = s.reshape(numbers, (1, s.size_of(numbers)))
    ones = wrap(np.ones(s.size_of(numbers), own))
    counts = indexing.gather(indexing.scatter_add(ones, index, (rows,)), index)
    share = p.divide(1, s.reshape(counts, (*shape_of(numbers), 1)))
    plain = detached(found)
    return p.add(plain, p.multiply(p.subtract(found, plain), share))


def shorten(weight: Any, numbers: Any, longest: float, order: float) -> None:
    """Scale the rows that are used down to a norm, in the table, unnoticed by gradients."""
    refuse(numpy_dtype(weight), no_kernel("linalg.vector_norm", "biu"))
    table = elements(weight)
    if table is None:
        raise errors.TransformError("embedding: max_norm writes into the table, whose values are not known here.")
    used = np.unique(numbers)
    rows = table[used]
    sizes = np.sum(np.abs(rows) ** order, -1) ** (1 / order) if np.isfinite(order) else np.abs(rows).max(-1)
    scale = np.where(sizes > longest, longest / (sizes + 1e-7), 1).astype(rows.dtype)
    if (scale == 1).all():
        return
    shorter = table.copy()
    shorter[used] = rows * scale[:, None]
    with no_grad():
        if isinstance(weight, Tracer):
            rewrite(weight, p.add(wrap(shorter), p.subtract(weight, detached(weight))), "embedding")
        else:
            copy_(weight, wrap(shorter))


# ------------------------------------------------------------------------ in bags


def embedding_bag(  # noqa: PLR0917  PyTorch's signature
    input: Tensor, weight: Tensor, offsets: Tensor | None = None, max_norm: float | None = None,
    norm_type: float = 2, scale_grad_by_freq: bool = False, mode: str = "mean", sparse: bool = False,
    per_sample_weights: Tensor | None = None, include_last_offset: bool = False, padding_idx: int | None = None,
) -> Tensor:  # fmt: skip
    """The sums, means or maxima of bags of rows of a table.

    >>> import wengert as torch
    >>> table = torch.tensor([[0.0, 0.0], [1.0, 2.0], [3.0, 4.0]])
    >>> torch.nn.functional.embedding_bag(torch.tensor([1, 2, 2]), table, torch.tensor([0, 2]), mode="sum")
    tensor([[4., 6.],
            [3., 4.]])

    Args:
        input: the numbers of rows: of shape (B, L), a bag in each row, or (N,), one bag after another.
        weight: the table, of shape (R, D).
        offsets: where each bag begins, for an input of one dimension.
        max_norm: rows that are used are first scaled down to this norm, in the table itself.
        norm_type: which norm that is.
        scale_grad_by_freq: whether to divide the gradient of a row by how often it is used here.
        mode: "sum", "mean" or "max".
        sparse: asks PyTorch for a gradient of the used rows alone; here it is a whole table.
        per_sample_weights: a factor for each row that is taken, in the mode "sum".
        include_last_offset: whether the last of the offsets is the end of the last bag.
        padding_idx: the number of a row that does not count.
    """
    if numpy_dtype(weight).kind in "iu" and numpy_dtype(input).kind in "fV":
        warn(
            "Argument order of nn.functional.embedding_bag was changed. Usage `embedding_bag(weight, input, ...)` is "
            "deprecated, and should now be `embedding_bag(input, weight, ...)`.",
            UserWarning,
        )
        weight, input = input, weight
    if per_sample_weights is not None and shape_of(per_sample_weights) != shape_of(input):
        raise errors.ArgumentError(
            "embedding_bag: If per_sample_weights (torch.Size("
            f"{list(shape_of(per_sample_weights))})) is not None, then it must have the same shape as the input "
            f"(torch.Size({list(shape_of(input))}))"
        )
    if len(shape_of(weight)) != 2:
        raise errors.ArgumentError(f"weight has to be a 2D Tensor, but got Tensor of dimension {len(shape_of(weight))}")
    starts = _starts(input, offsets)
    _check_mode(mode, scale_grad_by_freq, sparse)
    numbers = s.reshape(input, (s.size_of(input),))
    if max_norm is not None:
        _whole("embedding", indices=input)
        shorten(weight, known(input, "embedding_bag", "the numbers of the rows"), max_norm, norm_type)
    if per_sample_weights is not None and mode != "sum":
        raise errors.UnsupportedError(
            "embedding_bag: per_sample_weights was not None. per_sample_weights is only supported for mode='sum' "
            f"(got mode='{mode}'). Please open a feature request on GitHub."
        )
    _whole("embedding_bag", indices=input)
    own = dtypes.of_numpy(numpy_dtype(weight))
    if not own.is_floating_point:
        raise errors.DtypeError(
            "Expected tensor for argument #1 'weight' to have one of the following scalar types: Half, BFloat16, "
            f"Float, Double; but got torch.{own.title}Tensor instead (while checking arguments for embedding_bag)"
        )
    bounds = _bounds(starts, s.size_of(numbers), include_last_offset)
    counted = _counted(numbers, padding_idx, weight)
    factors = None if per_sample_weights is None else s.reshape(per_sample_weights, (s.size_of(numbers), 1))
    if factors is not None and numpy_dtype(factors) != numpy_dtype(weight):
        first, second = (dtypes.of_numpy(numpy_dtype(x)).title for x in (weight, factors))
        raise errors.DtypeError(
            "Expected tensor for argument #1 'weight' to have the same type as tensor for argument #1 "
            f"'per_sample_weights'; but type torch.{first}Tensor does not equal torch.{second}Tensor (while checking "
            "arguments for embedding_bag)"
        )
    bags = (numbers, bounds, counted)
    return _largest(weight, bags) if mode == "max" else _added(weight, bags, factors, mode, scale_grad_by_freq)


def _starts(input: Any, offsets: Any) -> Any:
    """Where each bag begins, as an array."""
    rank = len(shape_of(input))
    if rank == 2:
        if offsets is not None:
            raise errors.ArgumentError(
                "if input is 2D, then offsets has to be None, as input is treated is a mini-batch of fixed length "
                "sequences. However, found offsets of type <class 'torch.Tensor'>"
            )
        rows, width = shape_of(input)
        return np.arange(rows) * width
    if rank != 1:
        raise errors.ArgumentError(f"input has to be 1D or 2D Tensor, but got Tensor of dimension {rank}")
    if offsets is None:
        raise errors.ArgumentError("offsets has to be a 1D Tensor but got None")
    if len(shape_of(offsets)) != 1:
        raise errors.ArgumentError("offsets has to be a 1D Tensor")
    return known(offsets, "embedding_bag", "the offsets")


def _check_mode(mode: str, by_frequency: bool, sparse: bool) -> None:
    if mode not in ("sum", "mean", "max"):
        raise errors.ArgumentError("mode has to be one of sum, mean or max")
    if mode == "max" and by_frequency:
        raise errors.ArgumentError("max mode does not support scaling the gradient by the frequency")
    if mode == "max" and sparse:
        raise errors.ArgumentError("max mode does not support sparse weights")


def _bounds(starts: Any, count: int, ends_said: bool) -> Any:
    """Where each bag begins, and the end of the last."""
    if len(starts) and starts[0] != 0:
        raise errors.ShapeError(
            "offsets[0] has to be 0, i.e., the first sequence in the mini-batch has to start from position 0. However, "
            f"got {starts[0]}"
        )
    if len(starts) and starts[-1] > count:
        raise errors.ShapeError(
            f"offsets[-1] can not be greater than input's length {count} but got offsets[-1] of {starts[-1]}"
        )
    if (np.diff(starts) < 0).any():
        raise errors.ShapeError(
            errors.advice("Expected i < index_size to be true, but got false.", "sort the offsets.")
        )
    return starts if ends_said else np.append(starts, count)


def _counted(numbers: Any, padding_idx: int | None, weight: Any) -> Any:
    """Which of the numbers count (None for all), after a check of all of them."""
    rows = shape_of(weight)[0]
    if padding_idx is not None and not -rows <= padding_idx < rows:
        raise errors.ShapeError(
            f"padding_idx must be within the number of embeddings, -{rows} through {rows - 1}, but got {padding_idx}"
        )
    bad = first_outside(numbers, 0, rows - 1)
    if bad is not None:
        place = int(np.argmax(known(numbers, "embedding_bag", "the numbers of the rows") == bad))
        words = f"Index {place} of input takes value {bad} which is not in the valid range [0, {rows})"
        if numpy_dtype(weight) == np.float64:
            words = f"embedding_bag: Expected idx >= 0 && idx < num_embeddings but found idx to be {bad}"
        raise errors.ShapeError(errors.advice(words, f"the table has rows 0..{rows - 1}."))
    return None if padding_idx is None else p.not_equal(numbers, padding_idx % rows)


def _added(weight: Any, bags: Any, factors: Any, mode: str, by_frequency: bool) -> Tensor:
    numbers, bounds, counted = bags
    lengths = np.diff(bounds)
    owner = wrap(np.repeat(np.arange(len(lengths)), lengths)[None])
    total = int(lengths.sum())
    numbers, counted, factors = (x if x is None else s.narrow(x, 0, 0, total) for x in (numbers, counted, factors))
    rows = indexing.gather(weight, s.keep_axes(numbers, (0,)))
    if by_frequency:
        rows = _by_frequency(rows, numbers, shape_of(weight)[0])
    if factors is not None:
        rows = p.multiply(rows, factors)
    if counted is not None:
        rows = p.where(s.keep_axes(counted, (1,)), rows, 0)
    sums = indexing.scatter_add(rows, owner, (len(lengths), shape_of(weight)[1]))
    if mode == "sum":
        return sums  # type: ignore[no-any-return]
    own = numpy_dtype(weight)
    counts: Any = wrap(np.maximum(lengths, 1).astype(own))
    if counted is not None:
        counts = p.maximum(indexing.scatter_add(s.cast(counted, own), owner, (len(lengths),)), 1)
    return p.divide(sums, s.keep_axes(counts, (1,)))  # type: ignore[no-any-return]


def _largest(weight: Any, bags: Any) -> Tensor:
    """The first largest of each bag; 0 for one that is empty."""
    numbers, bounds, counted = bags
    lengths = np.diff(bounds)
    count, width = len(lengths), max(1, int(lengths.max(initial=1)))
    within = np.arange(width) < lengths[:, None]
    places = wrap(np.where(within, np.arange(width) + bounds[:-1, None], 0).reshape(1, -1))
    if not s.size_of(numbers):
        return wrap(np.zeros((count, shape_of(weight)[1]), numpy_dtype(weight)))
    table = s.reshape(indexing.gather(numbers, places), (1, count, width))
    valid: Any = wrap(within)
    if counted is not None:
        valid = p.logical_and(valid, s.reshape(indexing.gather(counted, places), (count, width)))
    valid = s.keep_axes(valid, (2,))
    rows = p.where(valid, indexing.gather(weight, table), -np.inf)
    chosen = along(rows, 1, s.keep_axes(reduction.argmax(rows, 1), (1,)))
    found = s.reshape(chosen, (count, shape_of(weight)[1]))
    some = p.greater(reduction.reduce_max(s.cast(valid, np.dtype(np.float32)), (1,)), 0)
    return p.where(some, found, 0)  # type: ignore[no-any-return]

"""The loss of a sequence of labels against longer sequences of scores: connectionist temporal classification."""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert import errors
from wengert.core.families import shape_of
from wengert.core.levels import numpy_dtype
from wengert.core.tensor import Tensor, wrap
from wengert.functions.neural.likelihoods import checked
from wengert.functions.neural.losses import reduced
from wengert.functions.reducing.reductions import along
from wengert.functions.values import known, refuse_all_but_wide
from wengert.ops import indexing
from wengert.ops import pointwise as p
from wengert.ops import structural as s

NEVER = -1e30
"""The logarithm of a probability of 0: finite, so that no derivative is inf - inf."""


def ctc_loss(
    log_probs: Tensor, targets: Tensor, input_lengths: Any, target_lengths: Any, blank: int = 0,
    reduction: str = "mean", zero_infinity: bool = False,
) -> Tensor:  # fmt: skip
    """The negative log-probability of labels, summed over all ways to align them (Graves et al. 2006).

    >>> import wengert as torch
    >>> log_probs = torch.full((4, 1, 3), 1 / 3).log()
    >>> torch.nn.functional.ctc_loss(log_probs, torch.tensor([[1, 2]]), [4], [2])
    tensor(0.8432)

    Args:
        log_probs: log-probabilities of shape (T, N, C), or (T, C).
        targets: class indices of shape (N, S), or all of them one after another.
        input_lengths: how many of the T count, for each of the N.
        target_lengths: how many labels each has.
        blank: the class that stands for no label.
        reduction: "mean" (of the losses by the numbers of labels), "sum" or "none".
        zero_infinity: whether to count 0 where the labels do not fit.

    The gradient is that of the function as it stands; PyTorch gives the one that comes after log_softmax,
    which differs by a multiple of the probabilities.
    """
    checked(reduction)
    batch = len(shape_of(log_probs)) == 3
    scores = log_probs if batch else s.keep_axes(log_probs, (1,))
    if len(shape_of(scores)) != 3:
        raise errors.ShapeError(
            f"Expected 3-dimensional tensor, but got {len(shape_of(scores)) + 1}-dimensional tensor for argument #1 "
            "'log_probs' (while checking arguments for ctc_loss_allocate_outputs)"
        )
    refuse_all_but_wide("ctc_loss_cpu", scores)
    sizes = shape_of(scores)
    if not 0 <= blank < sizes[2]:
        raise errors.ShapeError("blank must be in label range")
    lengths, counts = (
        _lengths(name, x, sizes[1]) for name, x in (("input", input_lengths), ("target", target_lengths))
    )
    if 0 in sizes:
        raise errors.ShapeError("log_probs tensor must not be empty")
    labels = _labels(targets, counts)
    _check_most("input_lengths", lengths, sizes[0])
    each = _losses(scores, labels, lengths, counts, blank)
    impossible = p.greater(each, -NEVER / 2)
    each = p.where(impossible, 0 if zero_infinity else np.inf, each)
    if reduction == "mean":
        each = p.divide(each, wrap(np.maximum(counts, 1).astype(numpy_dtype(each))))
    elif reduction == "none" and not batch:
        return s.reshape(each, ())  # type: ignore[no-any-return]
    return reduced(each, reduction)


def _lengths(name: str, given: Any, count: int) -> Any:
    array = known(given, "ctc_loss", f"the {name} lengths") if isinstance(given, Tensor) else np.asarray(given)
    if array.dtype.kind not in "iu":
        raise errors.DtypeError(f"{name}_lengths must be integral")
    array = array.reshape(-1).astype(np.int64)
    if len(array) != count:
        raise errors.ShapeError(f"{name}_lengths must be of size batch_size")
    if array.min(initial=0) < 0:
        raise errors.ShapeError(
            f"Expected {name}_lengths to have value at least 0, but got value {array.min()} (while checking arguments "
            "for ctc_loss_allocate_outputs)"
        )
    return array


def _check_most(name: str, lengths: Any, most: int) -> None:
    if lengths.max() > most:
        raise errors.ShapeError(
            f"Expected {name} to have value at most {most}, but got value {lengths.max()} (while checking arguments "
            "for ctc_loss_allocate_outputs)"
        )


def _labels(targets: Any, counts: Any) -> Any:
    """The labels of each as a row, filled up with zeros."""
    longest = int(counts.max(initial=0))
    told = "for argument #2 'targets' (while checking arguments for ctc_loss_allocate_outputs)"
    if len(shape_of(targets)) == 2:
        for axis, wanted, words in ((0, len(counts), "size"), (1, longest, "size at least")):
            have = shape_of(targets)[axis]
            if have < wanted or (axis == 0 and have != wanted):
                raise errors.ShapeError(
                    f"Expected tensor to have {words} {wanted} at dimension {axis}, but got size {have} {told}"
                )
        return s.cast(s.narrow(targets, 1, 0, longest), np.dtype(np.int64))
    total = int(counts.sum())
    have = s.size_of(targets)
    if have != total:
        raise errors.ShapeError(f"Expected tensor to have size {total} at dimension 0, but got size {have} {told}")
    starts = np.cumsum(counts) - counts
    within = np.arange(longest) < counts[:, None]
    places = np.where(within, starts[:, None] + np.arange(longest), 0)
    if not total:
        return wrap(np.zeros((len(counts), 0), np.int64))
    flat = s.cast(s.reshape(targets, (total,)), np.dtype(np.int64))
    return p.where(wrap(within), indexing.take(flat, wrap(places)), 0)


def _states(labels: Any, blank: int) -> tuple[Any, Any]:
    """The labels with blanks around them, and where the blank before a label may be skipped."""
    batch, longest = shape_of(labels)
    blanks = wrap(np.full((batch, longest, 1), blank))
    pairs = s.reshape(s.concat([blanks, s.keep_axes(labels, (2,))], 2), (batch, 2 * longest))
    states = s.concat([pairs, wrap(np.full((batch, 1), blank))], 1)
    behind = s.concat([wrap(np.full((batch, 2), blank)), states], 1)
    before = s.narrow(behind, 1, 0, 2 * longest + 1)
    return states, p.logical_and(p.not_equal(states, blank), p.not_equal(states, before))


def _losses(scores: Any, labels: Any, lengths: Any, counts: Any, blank: int) -> Any:
    """The loss of each: a walk over the times, with blanks between the labels."""
    times, batch, _ = shape_of(scores)
    states, skips = _states(labels, blank)
    places = shape_of(states)[1]
    emitted = along(scores, 2, s.broadcast_to(states, (times, batch, places)))
    emitted = p.where(p.less(emitted, NEVER), NEVER, emitted)
    begins = wrap(np.broadcast_to(np.arange(places) < 2, (batch, places)))
    reached = p.where(begins, s.reshape(s.narrow(emitted, 0, 0, 1), (batch, places)), NEVER)
    never = wrap(np.full((batch, 2), NEVER, numpy_dtype(scores)))
    for t in range(1, int(lengths.max())):
        behind = s.concat([never, reached], 1)
        before, jumped = (s.narrow(behind, 1, i, i + places) for i in (1, 0))
        ways = p.logaddexp(p.logaddexp(reached, before), p.where(skips, jumped, NEVER))
        moved = p.add(ways, s.reshape(s.narrow(emitted, 0, t, t + 1), (batch, places)))
        going = wrap((t < lengths)[:, None])
        reached = moved if going.array.all() else p.where(going, moved, reached)
    last = along(reached, 1, wrap(2 * counts[:, None]))
    second = along(reached, 1, wrap(np.maximum(2 * counts - 1, 0)[:, None]))
    second = p.where(wrap((counts > 0)[:, None]), second, NEVER)
    found = s.reshape(p.negative(p.logaddexp(last, second)), (batch,))
    # without any time only an empty sequence of labels is possible
    nothing = wrap(lengths == 0)
    return p.where(nothing, wrap(np.where(counts == 0, 0.0, -NEVER).astype(numpy_dtype(scores))), found)

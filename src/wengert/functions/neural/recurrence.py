"""Recurrent networks over whole sequences, also of different lengths: layers, directions, and dropout between them.

What a linear layer makes of the inputs is made for all times at once; only what the state adds is made step by step.

Knows steps of cells. Must not know modules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from wengert.core.families import shape_of
from wengert.functions.neural import cells
from wengert.functions.neural.noise import dropout
from wengert.functions.neural.softmax import linear
from wengert.ops import structural as s

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Weights(NamedTuple):
    """The parameters of one layer in one direction, in PyTorch's order; None for what it lacks."""

    w_ih: Any
    w_hh: Any
    b_ih: Any = None
    b_hh: Any = None
    w_hr: Any = None


STEPS: dict[str, Callable[..., Any]] = {
    "LSTM": cells.lstm_step, "GRU": cells.gru_step, "RNN_TANH": cells.tanh_step, "RNN_RELU": cells.relu_step,
}  # fmt: skip


def rows(x: Any, start: int, stop: int) -> Any:
    """Some rows of a matrix."""
    return s.narrow(x, 0, start, stop)


def joined(parts: Sequence[Any], axis: int) -> Any:
    """Arrays one after another."""
    return parts[0] if len(parts) == 1 else s.concat(list(parts), axis)


def direction(
    step: Any, data: Any, sizes: Sequence[int], state: tuple[Any, ...], weights: Weights, *, backwards: bool
) -> tuple[Any, tuple[Any, ...]]:
    """One layer in one direction.

    Args:
        step: from (what the input gives, state) and weights to the next state.
        data: the inputs of all times, one after another: of shape (sum of sizes, features).
        sizes: how many sequences go on at each time; they never grow.
        state: before the first step, of shape (sizes[0], H) each.
        weights: of the layer.
        backwards: whether to begin at the end.

    Returns:
        the states of all times, laid out as the inputs, and the state after the last step of each sequence.
    """
    given = linear(data, weights.w_ih, weights.b_ih)
    extra = () if weights.w_hr is None else (weights.w_hr,)
    starts = [0]
    for size in sizes:
        starts.append(starts[-1] + size)
    now = tuple(rows(x, 0, sizes[-1]) for x in state) if backwards else state
    have = sizes[-1] if backwards else sizes[0]
    ended: list[tuple[Any, ...]] = []
    found: list[Any] = [None] * len(sizes)
    for t in reversed(range(len(sizes))) if backwards else range(len(sizes)):
        size = sizes[t]
        if size < have:
            ended.append(tuple(rows(x, size, have) for x in now))
            now = tuple(rows(x, 0, size) for x in now)
        elif size > have:
            now = tuple(s.concat([x, rows(first, have, size)], 0) for x, first in zip(now, state, strict=True))
        have = size
        now = step(rows(given, starts[t], starts[t + 1]), now, weights.w_hh, weights.b_hh, *extra)
        found[t] = now[0]
    last = tuple(joined([now[i], *(part[i] for part in reversed(ended))], 0) for i in range(len(now)))
    return joined(found, 0), last


def network(
    mode: str, data: Any, sizes: Sequence[int], states: tuple[Any, ...], weights: Sequence[Weights], *,
    directions: int, p: float, training: bool,
) -> tuple[Any, tuple[Any, ...]]:  # fmt: skip
    """All layers and directions.

    Args:
        mode: "LSTM", "GRU", "RNN_TANH" or "RNN_RELU".
        data: of shape (sum of sizes, features).
        sizes: how many sequences go on at each time.
        states: of shape (layers * directions, sizes[0], H) each: the state, and for an LSTM the memory.
        weights: of each layer and direction.
        directions: 1 or 2.
        p: how much is dropped between layers in training.
        training: whether it is trained.
    """
    last: list[tuple[Any, ...]] = []
    for at in range(0, len(weights), directions):
        outputs = []
        for k in range(directions):
            start = tuple(s.reshape(rows(x, at + k, at + k + 1), shape_of(x)[1:]) for x in states)
            out, after = direction(STEPS[mode], data, sizes, start, weights[at + k], backwards=bool(k))
            outputs.append(out)
            last.append(after)
        data = joined(outputs, 1)
        if p > 0 and training and at + directions < len(weights):
            data = dropout(data, p, training=True)
    stacked = tuple(joined([s.keep_axes(after[i], (0,)) for after in last], 0) for i in range(len(states)))
    return data, stacked

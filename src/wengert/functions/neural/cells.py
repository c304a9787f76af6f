"""One step of a recurrent network."""

from __future__ import annotations

from typing import Any

from wengert import dtypes, errors
from wengert.core.families import shape_of
from wengert.core.levels import numpy_dtype
from wengert.core.tensor import Tensor
from wengert.functions.neural.softmax import linear
from wengert.ops import pointwise as p
from wengert.ops import structural as s


def _check(input: Any, hidden: Any, weight: Any, weight_hidden: Any, gates: int) -> int:
    """The size of the state, after a look at all sizes."""
    for x in (input, hidden):
        if len(shape_of(x)) < 2:
            raise errors.AxisError(
                errors.advice(
                    "Dimension out of range (expected to be in range of [-1, 0], but got 1)",
                    "the input is to be of shape (N, features); use x.unsqueeze(0).",
                )
            )
    own = dtypes.of_numpy(numpy_dtype(input))
    if gates > 1 and own.category < dtypes.FLOATING:
        raise errors.DtypeError(f"result type Float can't be cast to the desired output type {own.title}")
    size = shape_of(weight_hidden)[1]
    if shape_of(input)[1] != shape_of(weight)[1]:
        raise errors.ShapeError(
            f"input has inconsistent input_size: got {shape_of(input)[1]} expected {shape_of(weight)[1]}"
        )
    if shape_of(input)[0] != shape_of(hidden)[0]:
        raise errors.ShapeError(
            f"Input batch size {shape_of(input)[0]} doesn't match hidden0 batch size {shape_of(hidden)[0]}"
        )
    if shape_of(hidden)[1] != size:
        raise errors.ShapeError(f"hidden0 has inconsistent hidden_size: got {shape_of(hidden)[1]}, expected {size}")
    if shape_of(weight)[0] != gates * size:
        raise errors.ShapeError(
            f"weight_ih first dim must be {gates} * hidden_size = {gates * size}, but got {shape_of(weight)[0]}"
        )
    return size


def _parts(x: Any, count: int) -> list[Any]:
    size = shape_of(x)[1] // count
    return [s.narrow(x, 1, k * size, (k + 1) * size) for k in range(count)]


def lstm_cell(
    input: Tensor, hx: Any, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None = None, b_hh: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """One step of a network with long short-term memory: the next state and the next memory.

    >>> import wengert as torch
    >>> state = (torch.zeros(1, 1), torch.ones(1, 1))
    >>> torch.lstm_cell(torch.zeros(1, 2), state, torch.ones(4, 2), torch.ones(4, 1))
    (tensor([[0.2311]]), tensor([[0.5000]]))

    Args:
        input: of shape (N, features).
        hx: the state and the memory, both of shape (N, H).
        w_ih: of shape (4 * H, features), for the gates in, forget, cell and out.
        w_hh: of shape (4 * H, H).
        b_ih: of shape (4 * H,), or None.
        b_hh: the same.
    """
    if len(hx) != 2:
        raise errors.ShapeError("lstm_cell expects two hidden states")
    _check(input, hx[0], w_ih, w_hh, 4)
    return lstm_step(linear(input, w_ih, b_ih), (hx[0], hx[1]), w_hh, b_hh)


def lstm_step(of_input: Any, state: Any, w_hh: Any, b_hh: Any, w_hr: Any = None) -> tuple[Any, Any]:
    """The next state and memory, of what a linear layer made of the input; w_hr makes the state smaller."""
    let_in, keep, cell, let_out = _parts(p.add(of_input, linear(state[0], w_hh, b_hh)), 4)
    memory = p.add(p.multiply(p.sigmoid(keep), state[1]), p.multiply(p.sigmoid(let_in), p.tanh(cell)))
    found = p.multiply(p.sigmoid(let_out), p.tanh(memory))
    return found if w_hr is None else linear(found, w_hr), memory


def gru_cell(
    input: Tensor, hx: Tensor, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None = None, b_hh: Tensor | None = None
) -> Tensor:
    """One step of a network of gated recurrent units.

    >>> import wengert as torch
    >>> torch.gru_cell(torch.zeros(1, 2), torch.ones(1, 1), torch.ones(3, 2), torch.zeros(3, 1))
    tensor([[0.5000]])

    Args:
        input: of shape (N, features).
        hx: the state, of shape (N, H).
        w_ih: of shape (3 * H, features), for the gates reset, update and new.
        w_hh: of shape (3 * H, H).
        b_ih: of shape (3 * H,), or None.
        b_hh: the same.
    """
    _check(input, hx, w_ih, w_hh, 3)
    (found,) = gru_step(linear(input, w_ih, b_ih), (hx,), w_hh, b_hh)
    return found  # type: ignore[no-any-return]


def gru_step(of_input: Any, state: Any, w_hh: Any, b_hh: Any) -> tuple[Any]:
    """The next state, of what a linear layer made of the input."""
    (hx,) = state
    moved, kept = _parts(of_input, 3), _parts(linear(hx, w_hh, b_hh), 3)
    reset, update = (p.sigmoid(p.add(moved[k], kept[k])) for k in (0, 1))
    new = p.tanh(p.add(moved[2], p.multiply(reset, kept[2])))
    return (p.add(new, p.multiply(update, p.subtract(hx, new))),)


def rnn_tanh_cell(
    input: Tensor, hx: Tensor, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None = None, b_hh: Tensor | None = None
) -> Tensor:
    """tanh of a sum: one step of a simple recurrent network.

    >>> import wengert as torch
    >>> torch.rnn_tanh_cell(torch.zeros(1, 2), torch.ones(1, 1), torch.ones(1, 2), torch.ones(1, 1))
    tensor([[0.7616]])
    """
    _check(input, hx, w_ih, w_hh, 1)
    return tanh_step(linear(input, w_ih, b_ih), (hx,), w_hh, b_hh)[0]  # type: ignore[no-any-return]


def tanh_step(of_input: Any, state: Any, w_hh: Any, b_hh: Any) -> tuple[Any]:
    """The next state, of what a linear layer made of the input."""
    return (p.tanh(p.add(of_input, linear(state[0], w_hh, b_hh))),)


def rnn_relu_cell(
    input: Tensor, hx: Tensor, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None = None, b_hh: Tensor | None = None
) -> Tensor:
    """relu of a sum: one step of a simple recurrent network.

    >>> import wengert as torch
    >>> torch.rnn_relu_cell(torch.zeros(1, 2), torch.ones(1, 1), torch.ones(1, 2), torch.ones(1, 1))
    tensor([[1.]])
    """
    _check(input, hx, w_ih, w_hh, 1)
    return relu_step(linear(input, w_ih, b_ih), (hx,), w_hh, b_hh)[0]  # type: ignore[no-any-return]


def relu_step(of_input: Any, state: Any, w_hh: Any, b_hh: Any) -> tuple[Any]:
    """The next state, of what a linear layer made of the input."""
    return (p.relu(p.add(of_input, linear(state[0], w_hh, b_hh))),)

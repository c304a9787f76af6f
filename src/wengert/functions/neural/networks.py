"""torch.lstm, torch.gru, torch.rnn_tanh and torch.rnn_relu: whole recurrent networks, their weights in one list.

    lstm(input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first)
    lstm(data, batch_sizes, hx, params, has_biases, num_layers, dropout, train, bidirectional)    # packed

Knows PyTorch's signatures. Must not know modules, nor what a step computes.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from wengert import errors
from wengert.core.families import shape_of
from wengert.core.tensor import Tensor
from wengert.functions.neural.recurrence import Weights, network
from wengert.ops import structural as s


def lstm(*args: Any) -> tuple[Tensor, Tensor, Tensor]:
    """A network with long short-term memory, of sequences of one length or packed: outputs, states, memories.

    >>> import wengert as torch
    >>> net = torch.nn.LSTM(2, 3)
    >>> options = list(net.parameters()), True, 1, 0.0, False, False, False
    >>> start = torch.zeros(1, 4, 3), torch.zeros(1, 4, 3)
    >>> out, state, memory = torch.lstm(torch.ones(5, 4, 2), start, *options)
    >>> out.shape, state.shape, memory.shape
    (torch.Size([5, 4, 3]), torch.Size([1, 4, 3]), torch.Size([1, 4, 3]))

    Args:
        *args: input, (state, memory), weights, has_biases, num_layers, dropout, train, bidirectional, batch_first; or
            for packed sequences data, batch_sizes, (state, memory), and the others up to bidirectional.

    Raises:
        RuntimeError: for another number of states or weights.
    """
    out, states = _run("LSTM", args, packed=isinstance(args[1], Tensor))
    return out, *states  # type: ignore[return-value]


def gru(*args: Any) -> tuple[Tensor, Tensor]:
    """A network of gated recurrent units: outputs and states. The arguments are those of `lstm`, with one state.

    >>> import wengert as torch
    >>> net = torch.nn.GRU(2, 3)
    >>> options = list(net.parameters()), True, 1, 0.0, False, False, False
    >>> out, state = torch.gru(torch.ones(5, 4, 2), torch.zeros(1, 4, 3), *options)
    >>> out.shape, state.shape
    (torch.Size([5, 4, 3]), torch.Size([1, 4, 3]))
    """
    return _simple("GRU", args)


def rnn_tanh(*args: Any) -> tuple[Tensor, Tensor]:
    """A simple recurrent network: outputs and states. The arguments are those of `lstm`, with one state.

    >>> import wengert as torch
    >>> net = torch.nn.RNN(2, 3)
    >>> options = list(net.parameters()), True, 1, 0.0, False, False, False
    >>> out, state = torch.rnn_tanh(torch.ones(5, 4, 2), torch.zeros(1, 4, 3), *options)
    >>> out.shape, state.shape
    (torch.Size([5, 4, 3]), torch.Size([1, 4, 3]))
    """
    return _simple("RNN_TANH", args)


def rnn_relu(*args: Any) -> tuple[Tensor, Tensor]:
    """`rnn_tanh` with relu for tanh.

    >>> import wengert as torch
    >>> net = torch.nn.RNN(2, 3, nonlinearity="relu")
    >>> options = list(net.parameters()), True, 1, 0.0, False, False, False
    >>> out, state = torch.rnn_relu(torch.ones(5, 4, 2), torch.zeros(1, 4, 3), *options)
    >>> out.shape, state.shape
    (torch.Size([5, 4, 3]), torch.Size([1, 4, 3]))
    """
    return _simple("RNN_RELU", args)


def _simple(mode: str, args: tuple[Any, ...]) -> tuple[Tensor, Tensor]:
    out, (state,) = _run(mode, args, packed=isinstance(args[2], Tensor))
    return out, state


def _run(mode: str, args: tuple[Any, ...], *, packed: bool) -> tuple[Tensor, tuple[Tensor, ...]]:
    if packed:
        data, sizes, states, params, biased, layers, dropout, train, both = args
        batch_first = False
    else:
        data, states, params, biased, layers, dropout, train, both, batch_first = args
    if mode != "LSTM":
        states = (states,)
    elif len(states) != 2:
        raise errors.ShapeError("lstm expects two hidden states")
    directions = 2 if both else 1
    projected = mode == "LSTM" and shape_of(states[0])[2] != shape_of(states[1])[2]
    weights = _weights(list(params), bool(biased), projected)
    if shape_of(states[0])[0] < layers * directions:
        raise errors.ShapeError("Expected more hidden states in stacked_rnn")
    if len(weights) != layers * directions:
        raise errors.ShapeError(_wrong_number(len(params)))
    run = partial(network, mode, directions=directions, p=float(dropout), training=bool(train))
    if packed:
        return run(data, [int(n) for n in sizes], tuple(states), weights)
    steps = s.permute(data, (1, 0, 2)) if batch_first else data
    times, batch, features = shape_of(steps)
    if not times:
        raise errors.ShapeError("Expected sequence length to be larger than 0 in RNN")
    if any(shape_of(x)[1] != batch for x in states):
        raise errors.ShapeError(
            errors.advice(
                f"The size of tensor a ({shape_of(states[0])[1]}) must match the size of tensor b ({batch}) at "
                "non-singleton dimension 0",
                f"the states' second dimension is the batch's, {batch}.",
            )
        )
    out, last = run(s.reshape(steps, (times * batch, features)), [batch] * times, tuple(states), weights)
    out = s.reshape(out, (times, batch, shape_of(out)[1]))
    return (s.permute(out, (1, 0, 2)) if batch_first else out), last


def _wrong_number(count: int) -> str:
    return errors.advice(
        "got an incorrect number of RNN parameters",
        "give w_ih, w_hh, and with biases b_ih, b_hh, for each layer and direction in order, "
        f"such as list(net.parameters()); there are {count}.",
    )


def _weights(params: list[Any], biased: bool, projected: bool) -> list[Weights]:
    """The list of weights, layer by layer and direction by direction."""
    each = 2 + 2 * biased + projected
    if len(params) % each:
        raise errors.ShapeError(_wrong_number(len(params)))
    found = []
    for k in range(0, len(params), each):
        own = params[k : k + each]
        b_ih, b_hh = own[2:4] if biased else (None, None)
        found.append(Weights(own[0], own[1], b_ih, b_hh, own[-1] if projected else None))
    return found

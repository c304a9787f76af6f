"""One step of recurrent networks, as modules."""

from __future__ import annotations

from math import sqrt
from typing import Any

from wengert import errors
from wengert.core.tensor import Tensor
from wengert.functions.making.creation import empty, zeros
from wengert.functions.neural import cells
from wengert.nn import init
from wengert.nn.modules.module import Module
from wengert.nn.parameter import Parameter


class RNNCellBase(Module):
    """What the cells share: weights and biases of an input and a state.

    >>> import wengert as torch
    >>> torch.nn.RNNCellBase(2, 3, True, 4).weight_ih.shape
    torch.Size([12, 2])
    """

    bias_ih: Tensor | None
    bias_hh: Tensor | None

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool, num_chunks: int, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.bias = bias
        rows = num_chunks * hidden_size
        self.weight_ih = Parameter(empty((rows, input_size), device=device, dtype=dtype))
        self.weight_hh = Parameter(empty((rows, hidden_size), device=device, dtype=dtype))
        for name in ("bias_ih", "bias_hh"):
            self.register_parameter(name, Parameter(empty(rows, device=device, dtype=dtype)) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the parameters anew."""
        bound = 1 / sqrt(self.hidden_size) if self.hidden_size > 0 else 0
        for parameter in self.parameters():
            init.uniform_(parameter, -bound, bound)

    def extra_repr(self) -> str:
        told = f"{self.input_size}, {self.hidden_size}"
        if self.bias is not True:
            told += f", bias={self.bias}"
        kind = self.__dict__.get("nonlinearity", "tanh")
        return told if kind == "tanh" else f"{told}, nonlinearity={kind}"

    def weights(self) -> tuple[Any, ...]:
        """What a cell takes beside input and state."""
        return self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh

    def state_for(self, input: Tensor) -> Tensor:
        """A state of zeros for a batch."""
        return zeros(input.shape[0], self.hidden_size, dtype=input.dtype)

    def check(self, input: Tensor, state: Tensor | None, name: str = "hidden") -> None:
        """Raise unless both are vectors, or batches of them."""
        for word, x in (("input", input), (name, state)):
            if x is not None and x.ndim not in (1, 2):
                raise errors.ArgumentError(
                    f"{type(self).__name__}: Expected {word} to be 1D or 2D, got {x.ndim}D instead"
                )


class RNNCell(RNNCellBase):
    """One step of a simple recurrent network.

    >>> import wengert as torch
    >>> torch.nn.RNNCell(2, 3)(torch.ones(4, 2)).shape
    torch.Size([4, 3])

    Args:
        input_size: how many features the input has.
        hidden_size: how many the state has.
        bias: whether to learn biases.
        nonlinearity: "tanh" or "relu".
        device: the CPU.
        dtype: of the parameters.
    """

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, nonlinearity: str = "tanh", device: Any = None,
        dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(input_size, hidden_size, bias, 1, device, dtype)
        self.nonlinearity = nonlinearity

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        self.check(input, hx)
        steps = {"tanh": cells.rnn_tanh_cell, "relu": cells.rnn_relu_cell}
        if self.nonlinearity not in steps:
            raise errors.ShapeError(f"Unknown nonlinearity: {self.nonlinearity}")
        return stepped(self, steps[self.nonlinearity], input, hx)


class GRUCell(RNNCellBase):
    """One step of a network of gated recurrent units.

    >>> import wengert as torch
    >>> torch.nn.GRUCell(2, 3)(torch.ones(4, 2)).shape
    torch.Size([4, 3])
    """

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 3, device, dtype)

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        self.check(input, hx)
        return stepped(self, cells.gru_cell, input, hx)


def stepped(cell: RNNCellBase, step: Any, input: Tensor, state: Tensor | None) -> Tensor:
    """A step, of a batch or of one input."""
    alone = input.ndim == 1
    if alone:
        input, state = input.unsqueeze(0), state if state is None else state.unsqueeze(0)
    result: Tensor = step(input, cell.state_for(input) if state is None else state, *cell.weights())
    return result.squeeze(0) if alone else result


class LSTMCell(RNNCellBase):
    """One step of a network with long short-term memory: the next state and the next memory.

    >>> import wengert as torch
    >>> state, memory = torch.nn.LSTMCell(2, 3)(torch.ones(4, 2))
    >>> state.shape, memory.shape
    (torch.Size([4, 3]), torch.Size([4, 3]))
    """

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 4, device, dtype)

    def forward(self, input: Tensor, hx: tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, Tensor]:
        self.check(input, None)
        for k, x in enumerate(hx or ()):
            self.check(input, x, f"hx[{k}]")
        alone = input.ndim == 1
        if alone:
            input = input.unsqueeze(0)
            hx = None if hx is None else (hx[0].unsqueeze(0), hx[1].unsqueeze(0))
        if hx is None:
            hx = (self.state_for(input), self.state_for(input))
        state, memory = cells.lstm_cell(input, hx, *self.weights())
        return (state.squeeze(0), memory.squeeze(0)) if alone else (state, memory)

"""Recurrent networks over whole sequences: RNN, LSTM and GRU."""

from __future__ import annotations

from math import sqrt
from typing import Any

from wengert import errors
from wengert.core.places import warn
from wengert.core.tensor import Tensor
from wengert.functions.making.creation import empty, zeros
from wengert.functions.neural.recurrence import Weights, network
from wengert.nn import init
from wengert.nn.modules.module import Module
from wengert.nn.parameter import Parameter
from wengert.nn.utils.rnn import PackedSequence

GATES = {"LSTM": 4, "GRU": 3, "RNN_TANH": 1, "RNN_RELU": 1}
SHOWN = (("proj_size", 0), ("num_layers", 1), ("bias", True), ("batch_first", False), ("dropout", 0.0),
         ("bidirectional", False))  # fmt: skip
"""Options that the text of a module mentions when they are not these."""


class RNNBase(Module):
    """What recurrent networks share.

    >>> import wengert as torch
    >>> len(torch.nn.RNNBase("GRU", 2, 3, num_layers=2).all_weights)
    2

    Args:
        mode: "LSTM", "GRU", "RNN_TANH" or "RNN_RELU".
        input_size: how many features an input has.
        hidden_size: how many the state has.
        num_layers: how many layers there are; each reads the states of the one before.
        bias: whether to learn biases.
        batch_first: whether input and output are (N, T, ...) in place of (T, N, ...); the states never are.
        dropout: how much of the states is dropped between layers, in training.
        bidirectional: whether a second network reads the sequence from its end.
        proj_size: of an LSTM: to how many features the state is made smaller; 0 for not at all.
        device: the CPU.
        dtype: of the parameters.

    Raises:
        ValueError, TypeError: for sizes that cannot be.
    """

    def __init__(
        self, mode: str, input_size: int, hidden_size: int, num_layers: int = 1, bias: bool = True,
        batch_first: bool = False, dropout: float = 0.0, bidirectional: bool = False, proj_size: int = 0,
        device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.mode = mode
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = float(dropout) if isinstance(dropout, int | float) else dropout
        self.bidirectional = bidirectional
        self.proj_size = proj_size
        _check_options(self, dropout)
        self._flat_weights_names: list[str] = []
        self._all_weights: list[list[str]] = []
        for layer in range(num_layers):
            for way in range(2 if bidirectional else 1):
                self._add_layer(layer, "_reverse" if way else "", {"device": device, "dtype": dtype})
        self.reset_parameters()

    def _add_layer(self, layer: int, suffix: str, options: dict[str, Any]) -> None:
        gates = GATES[self.mode] * self.hidden_size
        state = self.proj_size or self.hidden_size
        features = self.input_size if layer == 0 else state * (2 if self.bidirectional else 1)
        shapes: dict[str, tuple[int, ...]] = {"weight_ih": (gates, features), "weight_hh": (gates, state)}
        if self.bias:
            shapes |= {"bias_ih": (gates,), "bias_hh": (gates,)}
        if self.proj_size:
            shapes["weight_hr"] = (self.proj_size, self.hidden_size)
        names = []
        for name, shape in shapes.items():
            names.append(f"{name}_l{layer}{suffix}")
            setattr(self, names[-1], Parameter(empty(shape, **options)))
        self._flat_weights_names += names
        self._all_weights.append(names)

    def reset_parameters(self) -> None:
        """Draw the parameters anew."""
        bound = 1 / sqrt(self.hidden_size) if self.hidden_size > 0 else 0
        for parameter in self.parameters():
            init.uniform_(parameter, -bound, bound)

    @property
    def all_weights(self) -> list[list[Any]]:
        """The parameters of each layer and direction."""
        return [[getattr(self, name) for name in names] for names in self._all_weights]

    def flatten_parameters(self) -> None:
        """Nothing: there is no GPU that would want the parameters in one piece."""

    def extra_repr(self) -> str:
        told = [f"{self.input_size}, {self.hidden_size}"]
        told += [f"{name}={getattr(self, name)}" for name, usual in SHOWN if getattr(self, name) != usual]
        return ", ".join(told)

    # ------------------------------------------------------------------------ a call

    def run(self, input: Any, states: tuple[Any, ...] | None) -> tuple[Any, tuple[Any, ...]]:
        """Output and last states, for a PackedSequence, a batch or a single sequence."""
        if isinstance(input, PackedSequence):
            return self._run_packed(input, states)
        if input.ndim not in (2, 3):
            found = f"{input.ndim}D" if self.mode == "LSTM" else f"{input.ndim}D tensor"
            raise errors.ArgumentError(
                f"{type(self).__name__}: Expected input to be 2D or 3D, got {found} instead"
            )  # fmt: skip
        alone = input.ndim == 2
        if states is not None:
            self._check_ranks(states, alone)
        if alone:
            input = input.unsqueeze(0 if self.batch_first else 1)
            states = None if states is None else tuple(x.unsqueeze(1) for x in states)
        steps = input.transpose(0, 1) if self.batch_first else input
        times, batch = steps.shape[:2]
        self.check_input(steps)
        states = self._states(states, batch, input)
        if not times:
            raise errors.ShapeError("Expected sequence length to be larger than 0 in RNN")
        output, states = self._network(steps.reshape(times * batch, steps.shape[2]), [batch] * times, states)
        output = output.reshape(times, batch, output.shape[1])
        output = output.transpose(0, 1) if self.batch_first else output
        if alone:
            return output.squeeze(0 if self.batch_first else 1), tuple(x.squeeze(1) for x in states)
        return output, states

    def _run_packed(self, input: Any, states: tuple[Any, ...] | None) -> tuple[Any, tuple[Any, ...]]:
        sizes = input.batch_sizes.tolist()
        if states is not None and input.sorted_indices is not None:
            states = tuple(x.index_select(1, input.sorted_indices) for x in states)
        self.check_input(input.data)
        output, states = self._network(input.data, sizes, self._states(states, sizes[0], input.data))
        if input.unsorted_indices is not None:
            states = tuple(x.index_select(1, input.unsorted_indices) for x in states)
        return PackedSequence(output, *input[1:]), states

    def _network(self, data: Any, sizes: list[int], states: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...]]:
        weights = [self._named(parts) for parts in self.all_weights]
        directions = 2 if self.bidirectional else 1
        return network(
            self.mode, data, sizes, states, weights, directions=directions, p=self.dropout, training=self.training
        )

    def _named(self, parts: list[Any]) -> Weights:
        biases = parts[2:4] if self.bias else [None, None]
        return Weights(parts[0], parts[1], biases[0], biases[1], parts[-1] if self.proj_size else None)

    # ------------------------------------------------------------------------ checks

    def check_input(self, input: Tensor) -> None:
        """Raise unless the elements are of the parameters' dtype and the features as many as declared."""
        own = getattr(self, self._flat_weights_names[0]).dtype
        if input.dtype is not own:
            raise errors.ArgumentError(
                f"RNN input dtype ({input.dtype}) does not match weight dtype ({own}). Convert input: "
                f"input.to({own}), or convert model: model.to({input.dtype})"
            )
        if input.shape[-1] != self.input_size:
            raise errors.ShapeError(
                f"input.size(-1) must be equal to input_size. Expected {self.input_size}, got {input.shape[-1]}"
            )

    def _sizes(self, batch: int) -> list[tuple[int, int, int]]:
        """The shapes of the states."""
        layers = self.num_layers * (2 if self.bidirectional else 1)
        first = (layers, batch, self.proj_size or self.hidden_size)
        return [first, (layers, batch, self.hidden_size)] if self.mode == "LSTM" else [first]

    def _states(self, states: tuple[Any, ...] | None, batch: int, input: Tensor) -> tuple[Any, ...]:
        """The given states, checked, or zeros."""
        wanted = self._sizes(batch)
        if states is None:
            return tuple(zeros(*shape, dtype=input.dtype) for shape in wanted)
        for i, (x, shape) in enumerate(zip(states, wanted, strict=True)):
            if tuple(x.shape) != shape:
                which = f"hidden[{i}]" if self.mode == "LSTM" else "hidden"
                raise errors.ShapeError(f"Expected {which} size {shape}, got {list(x.shape)}")
        return states

    def _check_ranks(self, states: tuple[Any, ...], alone: bool) -> None:
        rank = 2 if alone else 3
        if all(x.ndim == rank for x in states):
            return
        kind = "unbatched 2-D" if alone else "batched 3-D"
        if self.mode == "LSTM":
            found = ", ".join(f"{x.ndim}-D" for x in states)
            raise errors.ShapeError(f"For {kind} input, hx and cx should also be {rank}-D but got ({found}) tensors")
        raise errors.ShapeError(f"For {kind} input, hx should also be {rank}-D but got {states[0].ndim}-D tensor")


def _check_options(module: RNNBase, dropout: Any) -> None:
    if isinstance(dropout, bool) or not isinstance(dropout, int | float) or not 0 <= dropout <= 1:
        raise errors.ArgumentError(
            "dropout should be a number in range [0, 1] representing the probability of an element being zeroed"
        )
    if dropout > 0 and module.num_layers == 1:
        warn(
            "dropout option adds dropout after all but last recurrent layer, so non-zero dropout expects num_layers "
            f"greater than 1, but got dropout={dropout} and num_layers={module.num_layers}",
            UserWarning,
        )
    for name in ("input_size", "hidden_size"):
        if not isinstance(getattr(module, name), int):
            raise errors.ArgumentTypeError(
                f"{name} should be of type int, got: {type(getattr(module, name)).__name__}"
            )  # fmt: skip
    for name in ("input_size", "hidden_size", "num_layers"):
        if getattr(module, name) <= 0:
            raise errors.ArgumentError(f"{name} must be greater than zero")
    if module.proj_size < 0:
        raise errors.ArgumentError("proj_size should be a positive integer or zero to disable projections")
    if module.proj_size >= module.hidden_size:
        raise errors.ArgumentError("proj_size has to be smaller than hidden_size")
    if module.mode not in GATES:
        raise errors.ArgumentError(f"Unrecognized RNN mode: {module.mode}")


NO_PROJECTION = "proj_size argument is only supported for LSTM, not RNN or GRU"


class RNN(RNNBase):
    """A simple recurrent network: state = tanh(W x + b + U state + c).

    >>> import wengert as torch
    >>> output, last = torch.nn.RNN(2, 3)(torch.ones(5, 4, 2))
    >>> output.shape, last.shape
    (torch.Size([5, 4, 3]), torch.Size([1, 4, 3]))

    Args:
        input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional: see `RNNBase`.
        nonlinearity: "tanh" or "relu".
    """

    def __init__(
        self, input_size: int, hidden_size: int, num_layers: int = 1, nonlinearity: str = "tanh", bias: bool = True,
        batch_first: bool = False, dropout: float = 0.0, bidirectional: bool = False, device: Any = None,
        dtype: Any = None, **options: Any,
    ) -> None:  # fmt: skip
        if "proj_size" in options:
            raise errors.ArgumentError(NO_PROJECTION)
        if nonlinearity not in ("tanh", "relu"):
            raise errors.ArgumentError(f"Unknown nonlinearity '{nonlinearity}'. Select from 'tanh' or 'relu'.")
        super().__init__(
            f"RNN_{nonlinearity.upper()}", input_size, hidden_size, num_layers, bias, batch_first, dropout,
            bidirectional, 0, device, dtype,
        )  # fmt: skip
        self.nonlinearity = nonlinearity

    def forward(self, input: Any, hx: Tensor | None = None) -> tuple[Any, Tensor]:
        output, (last,) = self.run(input, None if hx is None else (hx,))
        return output, last


class LSTM(RNNBase):
    """A recurrent network with long short-term memory (Hochreiter and Schmidhuber 1997).

    >>> import wengert as torch
    >>> output, (state, memory) = torch.nn.LSTM(2, 3, bidirectional=True)(torch.ones(5, 4, 2))
    >>> output.shape, state.shape, memory.shape
    (torch.Size([5, 4, 6]), torch.Size([2, 4, 3]), torch.Size([2, 4, 3]))

    Args as for `RNNBase`, but mode.
    """

    def __init__(
        self, input_size: int, hidden_size: int, num_layers: int = 1, bias: bool = True, batch_first: bool = False,
        dropout: float = 0.0, bidirectional: bool = False, proj_size: int = 0, device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(
            "LSTM", input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, proj_size, device,
            dtype,
        )  # fmt: skip

    def forward(self, input: Any, hx: Any = None) -> tuple[Any, tuple[Tensor, Tensor]]:
        output, (state, memory) = self.run(input, None if hx is None else tuple(hx))
        return output, (state, memory)


class GRU(RNNBase):
    """A recurrent network of gated units (Cho et al. 2014).

    >>> import wengert as torch
    >>> output, last = torch.nn.GRU(2, 3, num_layers=2, batch_first=True)(torch.ones(4, 5, 2))
    >>> output.shape, last.shape
    (torch.Size([4, 5, 3]), torch.Size([2, 4, 3]))

    Args as for `RNNBase`, but mode and proj_size.
    """

    def __init__(
        self, input_size: int, hidden_size: int, num_layers: int = 1, bias: bool = True, batch_first: bool = False,
        dropout: float = 0.0, bidirectional: bool = False, device: Any = None, dtype: Any = None, **options: Any,
    ) -> None:  # fmt: skip
        if "proj_size" in options:
            raise errors.ArgumentError(NO_PROJECTION)
        super().__init__(
            "GRU", input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, 0, device, dtype
        )

    def forward(self, input: Any, hx: Tensor | None = None) -> tuple[Any, Tensor]:
        output, (last,) = self.run(input, None if hx is None else (hx,))
        return output, last

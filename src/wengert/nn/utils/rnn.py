"""Sequences of different lengths: padded to one length, or packed without padding."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np

from wengert import errors
from wengert.core.tensor import Tensor, wrap
from wengert.functions.making.creation import tensor
from wengert.ops import structural as s

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "PackedSequence",
    "invert_permutation",
    "pack_padded_sequence",
    "pack_sequence",
    "pad_packed_sequence",
    "pad_sequence",
    "unpack_sequence",
    "unpad_sequence",
]

SORTED = (
    "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can pass "
    "`enforce_sorted=False` to pack_padded_sequence and/or pack_sequence to sidestep this requirement if you do not "
    "need ONNX exportability."
)


class _Packed(NamedTuple):
    data: Tensor
    batch_sizes: Tensor
    sorted_indices: Tensor | None
    unsorted_indices: Tensor | None


class PackedSequence(_Packed):
    """Sequences of different lengths without padding: the elements of all at the first time, then at the second, ...

    >>> import wengert as torch
    >>> from wengert.nn.utils.rnn import pack_sequence
    >>> pack_sequence([torch.tensor([1, 2]), torch.tensor([3])]).data
    tensor([1, 3, 2])

    Args:
        data: the elements, of shape (sum of the lengths, ...).
        batch_sizes: how many sequences go on at each time, int64.
        sorted_indices: which sequence each one is after sorting by length; None if they were sorted.
        unsorted_indices: the way back.

    Made by `pack_padded_sequence` and `pack_sequence`, and taken by RNN, LSTM and GRU.
    """

    __slots__ = ()
    __name__ = "PackedSequence"

    def __new__(
        cls, data: Any, batch_sizes: Any = None, sorted_indices: Any = None, unsorted_indices: Any = None
    ) -> Self:
        if batch_sizes is None:
            if not isinstance(data, list | tuple) or len(data) != 2:
                raise AssertionError("Expected data to be a list or tuple of length 2")
            data, batch_sizes = data
        if unsorted_indices is None and sorted_indices is not None:
            unsorted_indices = invert_permutation(sorted_indices)
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={value!r}" for name, value in zip(self._fields, self, strict=True))
        return f"PackedSequence({fields})"

    def to(self, *args: Any, **options: Any) -> PackedSequence:
        """With elements of another dtype, or on another device."""
        data = self.data.to(*args, **options)
        return self if data is self.data else self._replace(data=data)

    def double(self) -> PackedSequence:
        """In float64."""
        return self._replace(data=self.data.double())

    def float(self) -> PackedSequence:
        """In float32."""
        return self._replace(data=self.data.float())

    def cpu(self, *_args: Any, **_options: Any) -> PackedSequence:
        """On the CPU, where it is."""
        return self

    @property
    def is_cuda(self) -> bool:
        """False: there are no GPUs."""
        return False

    def is_pinned(self) -> bool:
        """False: there are no GPUs."""
        return False


def invert_permutation(permutation: Tensor | None) -> Tensor | None:
    """The permutation that undoes another.

    >>> import wengert as torch
    >>> from wengert.nn.utils.rnn import invert_permutation
    >>> invert_permutation(torch.tensor([2, 0, 1]))
    tensor([1, 2, 0])
    """
    return None if permutation is None else wrap(np.argsort(permutation.array, kind="stable"))


def pack_padded_sequence(
    input: Tensor, lengths: Any, batch_first: bool = False, enforce_sorted: bool = True
) -> PackedSequence:
    """Padded sequences as a PackedSequence.

    >>> import wengert as torch
    >>> from wengert.nn.utils.rnn import pack_padded_sequence
    >>> pack_padded_sequence(torch.tensor([[1, 2], [3, 0]]), [2, 1], batch_first=True).batch_sizes
    tensor([2, 1])

    Args:
        input: of shape (T, N, ...), or (N, T, ...) with batch_first.
        lengths: of the N sequences, at least 1 each.
        batch_first: which dimension of input comes first.
        enforce_sorted: whether the longest has to come first; otherwise they are sorted here.

    Raises:
        RuntimeError: for lengths that do not fit.
    """
    sizes = np.asarray(lengths.array if isinstance(lengths, Tensor) else lengths, np.int64)
    order = None
    if not enforce_sorted:
        order = wrap(np.argsort(-sizes, kind="stable"))
        sizes = sizes[order.array]
        input = input.index_select(0 if batch_first else 1, order)
    rows = input.transpose(0, 1) if batch_first else input
    if sizes.size != rows.shape[1]:
        raise errors.ShapeError(
            f"Expected `len(lengths)` to be equal to batch_size, but got {sizes.size} (batch_size={rows.shape[1]})"
        )
    if not (sizes > 0).all():
        raise errors.ShapeError(
            "Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0"
        )
    if (np.diff(sizes) > 0).any():
        raise errors.ShapeError(SORTED)
    batch_sizes = (sizes[None, :] > np.arange(sizes[0])[:, None]).sum(1)
    data = s.concat([rows[t, :n] for t, n in enumerate(batch_sizes.tolist())], 0)
    return PackedSequence(data, wrap(batch_sizes.astype(np.int64)), order, None)


def pad_packed_sequence(
    sequence: PackedSequence, batch_first: bool = False, padding_value: float = 0.0, total_length: int | None = None
) -> tuple[Tensor, Tensor]:
    """A PackedSequence as padded sequences, and their lengths.

    >>> import wengert as torch
    >>> from wengert.nn.utils.rnn import pack_sequence, pad_packed_sequence
    >>> pad_packed_sequence(pack_sequence([torch.tensor([1, 2]), torch.tensor([3])]), batch_first=True)
    (tensor([[1, 2],
            [3, 0]]), tensor([2, 1]))

    Raises:
        ValueError: if total_length is less than the longest.
    """
    counts = sequence.batch_sizes.array
    longest = len(counts)
    if total_length is not None and total_length < longest:
        raise errors.ArgumentError(
            "Expected total_length to be at least the length of the longest sequence in input, but got "
            f"total_length={total_length} and max sequence length being {longest}"
        )
    lengths = (counts[:, None] > np.arange(counts[0])[None, :]).sum(0)
    starts = np.concatenate([[0], np.cumsum(counts)])
    size = total_length or longest
    places = starts[np.minimum(np.arange(size), longest - 1)][:, None] + np.arange(counts[0])[None, :]
    there = np.arange(size)[:, None] < lengths[None, :]
    padded = sequence.data[wrap(np.where(there, places, 0))]
    beyond = wrap(~there.reshape(*there.shape, *(1,) * (padded.ndim - 2)))
    padded = padded.masked_fill(beyond, padding_value)
    if batch_first:
        padded = padded.transpose(0, 1)
    found = wrap(lengths.astype(np.int64))
    if sequence.unsorted_indices is not None:
        padded = padded.index_select(0 if batch_first else 1, sequence.unsorted_indices)
        found = found[sequence.unsorted_indices]
    return padded, found


def pad_sequence(
    sequences: Any, batch_first: bool = False, padding_value: float = 0.0, padding_side: str = "right"
) -> Tensor:
    """Sequences of different lengths as one tensor, the shorter ones filled up.

    >>> import wengert as torch
    >>> from wengert.nn.utils.rnn import pad_sequence
    >>> pad_sequence([torch.tensor([1, 2]), torch.tensor([3])], batch_first=True, padding_value=9)
    tensor([[1, 2],
            [3, 9]])
    """
    if not isinstance(sequences, Iterable):
        raise errors.ShapeError(
            f"pad_sequence: Expected iterable for input sequences, but got arg of type: {type(sequences)}"
        )
    if padding_side not in ("left", "right"):
        raise errors.ShapeError(f"Expected padding_side to be one of left or right, but got {padding_side}.")
    parts = list(sequences)
    longest = max(part.shape[0] for part in parts)
    rows = [_filled(part, longest - part.shape[0], padding_value, padding_side) for part in parts]
    stacked: Tensor = s.concat([row.unsqueeze(0) for row in rows], 0)
    return stacked if batch_first else stacked.transpose(0, 1)


def _filled(part: Tensor, count: int, value: float, side: str) -> Tensor:
    if not count:
        return part
    more = part.new_full((count, *part.shape[1:]), value)
    found: Tensor = s.concat([part, more] if side == "right" else [more, part], 0)
    return found


def unpad_sequence(padded_sequences: Tensor, lengths: Tensor, batch_first: bool = False) -> list[Tensor]:
    """The sequences of a padded tensor.

    >>> import wengert as torch
    >>> from wengert.nn.utils.rnn import unpad_sequence
    >>> unpad_sequence(torch.tensor([[1, 2], [3, 0]]), torch.tensor([2, 1]), batch_first=True)
    [tensor([1, 2]), tensor([3])]
    """
    rows = padded_sequences if batch_first else padded_sequences.transpose(0, 1)
    return [row[:length] for row, length in zip(rows, lengths.tolist(), strict=True)]


def pack_sequence(sequences: Sequence[Tensor], enforce_sorted: bool = True) -> PackedSequence:
    """Sequences as a PackedSequence.

    >>> import wengert as torch
    >>> from wengert.nn.utils.rnn import pack_sequence
    >>> pack_sequence([torch.tensor([1]), torch.tensor([2, 3])], enforce_sorted=False).data
    tensor([2, 1, 3])
    """
    lengths = tensor([part.shape[0] for part in sequences])
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences: PackedSequence) -> list[Tensor]:
    """The sequences of a PackedSequence.

    >>> import wengert as torch
    >>> from wengert.nn.utils.rnn import pack_sequence, unpack_sequence
    >>> unpack_sequence(pack_sequence([torch.tensor([1, 2]), torch.tensor([3])]))
    [tensor([1, 2]), tensor([3])]
    """
    padded, lengths = pad_packed_sequence(packed_sequences, batch_first=True)
    return unpad_sequence(padded, lengths, batch_first=True)

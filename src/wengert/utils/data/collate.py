"""A batch from a list of elements: tensors are stacked, numbers become tensors, containers are kept.

Knows containers and tensors. Must not know where the elements came from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping, MutableSequence, Sequence
from copy import copy
from typing import Any

import numpy as np

from wengert import dtypes, errors
from wengert.core.tensor import Tensor
from wengert.functions.making.creation import as_tensor, tensor
from wengert.functions.shaping.arranging import stack

WORDS = "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found {}"
NO_NUMBERS = "SaUO"
"""The kinds of NumPy dtypes that hold no numbers."""


def default_convert(data: Any) -> Any:
    """Arrays as tensors, in containers as they are.

    >>> import numpy as np
    >>> import wengert as torch
    >>> torch.utils.data.default_convert([np.array([0, 1]), "word"])
    [tensor([0, 1]), 'word']
    """
    if isinstance(data, np.ndarray | np.generic) and not isinstance(data, str | bytes):
        return data if data.dtype.kind in NO_NUMBERS else as_tensor(data)
    if isinstance(data, Mapping):
        return _mapped(data, default_convert)
    if isinstance(data, tuple):
        converted = [default_convert(each) for each in data]
        return type(data)(*converted) if hasattr(data, "_fields") else converted
    if isinstance(data, Sequence) and not isinstance(data, str | bytes | Tensor):
        return _listed(data, [default_convert(each) for each in data])
    return data


def default_collate(batch: Any) -> Any:
    """A batch from a list of elements.

    >>> import wengert as torch
    >>> torch.utils.data.default_collate([{"x": 1, "name": "a"}, {"x": 2, "name": "b"}])
    {'x': tensor([1, 2]), 'name': ['a', 'b']}
    """
    first = batch[0]
    if isinstance(first, Tensor):
        return stack(list(batch), 0)
    if isinstance(first, str | bytes):
        return batch
    if isinstance(first, np.ndarray):
        if first.dtype.kind in NO_NUMBERS:
            raise errors.ArgumentTypeError(WORDS.format(first.dtype))
        return stack([as_tensor(each) for each in batch], 0)
    if isinstance(first, np.bool_ | np.number | np.object_):
        return as_tensor(np.array(batch))
    if isinstance(first, float):
        return tensor(list(batch), dtype=dtypes.float64)
    if isinstance(first, int):
        return tensor(list(batch))
    return _collated(batch, first)


def _collated(batch: Any, first: Any) -> Any:
    """The same for containers."""
    if isinstance(first, Mapping):
        return _mapped(first, lambda _, key: default_collate([each[key] for each in batch]), with_key=True)
    if isinstance(first, tuple) and hasattr(first, "_fields"):
        return type(first)(*(default_collate(column) for column in zip(*batch, strict=False)))
    if isinstance(first, Sequence):
        if any(len(each) != len(first) for each in batch):
            raise errors.ShapeError("each element in list of batch should be of equal size")
        columns = [default_collate(column) for column in zip(*batch, strict=True)]
        return columns if isinstance(first, tuple) else _listed(first, columns)
    raise errors.ArgumentTypeError(WORDS.format(type(first)))


def _mapped(data: Mapping[Any, Any], convert: Callable[..., Any], *, with_key: bool = False) -> Any:
    """A mapping of the same type with converted values; a dictionary where there can be none."""
    converted = {key: convert(value, key) if with_key else convert(value) for key, value in data.items()}
    try:
        if isinstance(data, MutableMapping):
            made = copy(data)
            made.update(converted)
            return made
        return type(data)(converted)  # type: ignore[call-arg]
    except TypeError:
        return converted


def _listed(data: Sequence[Any], values: list[Any]) -> Any:
    """A sequence of the same type with other values; a list where there can be none."""
    try:
        if isinstance(data, MutableSequence):
            made = copy(data)
            for i, value in enumerate(values):
                made[i] = value
            return made
        return type(data)(values)  # type: ignore[call-arg]
    except TypeError:
        return values

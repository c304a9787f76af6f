"""The legacy tensor types: torch.FloatTensor and its like, which make tensors and tell dtypes apart."""

from __future__ import annotations

from typing import Any

from wengert import dtypes
from wengert.core.tensor import Tensor
from wengert.functions.making.creation import empty, tensor


class LegacyType(type):
    """A tensor is an instance of the type of its dtype.

    >>> import wengert as torch
    >>> isinstance(torch.zeros(1), torch.FloatTensor), isinstance(torch.zeros(1), torch.LongTensor)
    (True, False)
    """

    dtype: dtypes.dtype

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, Tensor) and instance.dtype is cls.dtype

    def __call__(cls, *args: Any, device: Any = None) -> Tensor:
        """Numbers from a list, or a tensor of some sizes whose values are whatever the memory held."""
        if len(args) == 1 and not isinstance(args[0], int):
            given = args[0]
            if type(given).__name__ == "Size":
                return empty(*given, dtype=cls.dtype, device=device)
            return tensor(given.detach() if isinstance(given, Tensor) else given, dtype=cls.dtype, device=device)
        return empty(*(args or (0,)), dtype=cls.dtype, device=device)


def legacy_type(dtype: dtypes.dtype) -> LegacyType:
    """The legacy type of a dtype."""
    name = f"{dtype.title}Tensor"
    text = (
        f"Tensors of {dtype}; deprecated for torch.tensor(..., dtype={dtype}).\n\n"
        f">>> import wengert as torch\n>>> torch.{name}([0, 1]).dtype\n{dtype}"
    )
    return LegacyType(name, (), {"dtype": dtype, "__doc__": text, "__module__": "torch"})


TYPES = {
    f"{dtype.title}Tensor": legacy_type(dtype)
    for dtype in (
        dtypes.float32, dtypes.float64, dtypes.float16, dtypes.bfloat16, dtypes.int32, dtypes.int64, dtypes.int16,
        dtypes.int8, dtypes.uint8, dtypes.bool_,
    )
}  # fmt: skip
globals().update(TYPES)


def new(self: Tensor, *args: Any, device: Any = None) -> Tensor:
    """What the legacy type of this tensor's dtype makes: numbers of a list, or a tensor of some sizes, not filled.

    >>> import wengert as torch
    >>> torch.zeros(1, dtype=torch.int64).new([1, 2])
    tensor([1, 2])
    """
    return TYPES[f"{self.dtype.title}Tensor"](*args, device=device)

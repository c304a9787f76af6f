"""Making tensors: from data, filled, counted.

Knows dtypes and arrays. Nothing here is recorded; a new tensor is a leaf.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from wengert import dtypes, errors
from wengert.core.tape import AccumulateGrad
from wengert.core.tensor import Tensor, wrap
from wengert.shapes import Shape


def leaf(array: Any, requires_grad: bool = False) -> Tensor:  # noqa: FBT001, FBT002
    """A tensor around an array, which becomes a leaf of the tape if it requires grad."""
    made = wrap(array)
    if requires_grad:
        if made.array.dtype.kind not in "fcV":
            raise errors.GradError(
                errors.advice(
                    "Only Tensors of floating point and complex dtype can require gradients",
                    "pass dtype=torch.float32.",
                )
            )
        made.node = AccumulateGrad(made)
    return made


def as_device(device: Any) -> None:
    """Accept the CPU and refuse anything else."""
    if device is not None and str(device).split(":")[0] != "cpu":
        raise errors.WengertError(
            errors.advice(f"there is no device {str(device)!r} here", 'use device="cpu".')
        ) from None


def sizes(args: tuple[Any, ...]) -> Shape:
    """The shape given as zeros(2, 3) or as zeros((2, 3))."""
    if len(args) == 1 and not isinstance(args[0], int | np.integer):
        args = tuple(args[0])
    shape = tuple(int(n) for n in args)
    for n in shape:
        if n < 0:
            raise errors.ShapeError(
                f"Trying to create tensor with negative dimension {n}: {list(shape)}"
            )
    return shape


def infer_array(data: Any, dtype: Any) -> Any:
    """An array that owns its memory, with the dtype that PyTorch infers for Python data."""
    if isinstance(data, Tensor):
        return np.array(data.array, dtype=None if dtype is None else dtypes.to_numpy(dtype))
    if isinstance(data, np.ndarray | np.generic):
        wanted = dtypes.of_numpy(data.dtype).numpy if dtype is None else dtypes.to_numpy(dtype)
        return np.array(data, dtype=wanted)
    plain = _without_tensors(data)
    try:
        array = np.array(plain)
    except ValueError as error:
        raise errors.ArgumentError(
            errors.advice(
                f"expected sequences of equal length ({error})", "pad the rows to one length."
            )
        ) from None
    if array.dtype.kind not in "?biufc":
        raise errors.ArgumentTypeError(
            f"new(): invalid data type '{type(_first(data)).__name__}'"
        )
    if dtype is not None:
        return array.astype(dtypes.to_numpy(dtype))
    if array.dtype.kind == "f" and not _holds_numpy(data):
        return array.astype(dtypes.default().numpy)
    if array.dtype.kind == "c" and not _holds_numpy(data):
        return array.astype(dtypes.of_scalar(1j).numpy)
    return array


def _first(data: Any) -> Any:
    while isinstance(data, list | tuple) and data:
        data = data[0]
    return data


def _holds_numpy(data: Any) -> bool:
    return isinstance(_first(data), np.ndarray | np.generic)


def _without_tensors(data: Any) -> Any:
    """Nested data with tensors replaced by arrays; a tensor with a history is cut, and says so."""
    if isinstance(data, Tensor):
        if data.node is not None:
            warnings.warn(
                "Converting a tensor with requires_grad=True to a scalar may lead to unexpected "
                "behavior.\nConsider using tensor.detach() first. "
                "Try: torch.stack([...]), which keeps the gradient.",
                UserWarning,
                stacklevel=4,
            )
        return data.array
    if isinstance(data, list | tuple):
        return [_without_tensors(entry) for entry in data]
    return data


def tensor(
    data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """Copy data into a new tensor.

    >>> tensor([[1.0, 2.0], [3.0, 4.0]])
    tensor([[1., 2.],
            [3., 4.]])
    >>> tensor([1, 2]).dtype
    torch.int64

    Args:
        data: a number, nested lists, a NumPy array or a tensor.
        dtype: of the result; inferred from the data if None, Python floats giving the default.
        device: None or "cpu".
        requires_grad: whether operations on it are recorded.

    Raises:
        ValueError: if nested lists have unequal lengths.
        RuntimeError: if integers should require grad.
    """
    as_device(device)
    return leaf(infer_array(data, dtype), requires_grad)


def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Tensor:
    """The data as a tensor, without a copy where that is possible.

    >>> as_tensor(np.arange(3.0))
    tensor([0., 1., 2.], dtype=torch.float64)
    """
    as_device(device)
    wanted = None if dtype is None else dtypes.to_numpy(dtype)
    if isinstance(data, Tensor):
        return data if wanted is None else data.to(dtype)  # type: ignore[no-any-return]
    if isinstance(data, np.ndarray) and wanted in (None, data.dtype):
        return from_numpy(data)
    return tensor(data, dtype=dtype)


def from_numpy(array: Any) -> Tensor:
    """A tensor over the same memory as a NumPy array.

    >>> a = np.zeros(2)
    >>> t = from_numpy(a); a[0] = 5.0; t
    tensor([5., 0.], dtype=torch.float64)
    """
    if not isinstance(array, np.ndarray):
        raise errors.ArgumentTypeError(
            f"expected np.ndarray (got {type(array).__name__})"
        )
    dtypes.of_numpy(array.dtype)
    native = array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))
    return wrap(native)


def full(size: Any, fill_value: Any, *, dtype: Any = None, device: Any = None,
         requires_grad: bool = False) -> Tensor:  # fmt: skip
    """A tensor of one value.

    >>> full((2,), 7)
    tensor([7, 7])
    """
    as_device(device)
    value = fill_value.array if isinstance(fill_value, Tensor) else fill_value
    wanted = dtypes.of_scalar(value) if dtype is None else dtype
    shape = sizes((size,) if isinstance(size, int) else (tuple(size),))
    return leaf(np.full(shape, value, dtypes.to_numpy(wanted)), requires_grad)


def zeros(*size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """A tensor of zeros.

    >>> zeros(2, 2)
    tensor([[0., 0.],
            [0., 0.]])
    """
    as_device(device)
    return leaf(np.zeros(sizes(size), dtypes.to_numpy(dtype or dtypes.default())), requires_grad)


def ones(*size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """A tensor of ones.

    >>> ones(2, dtype=dtypes.int64)
    tensor([1, 1])
    """
    as_device(device)
    return leaf(np.ones(sizes(size), dtypes.to_numpy(dtype or dtypes.default())), requires_grad)


def empty(*size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """A tensor whose values are whatever the memory held.

    >>> empty(2, 3).shape
    torch.Size([2, 3])
    """
    as_device(device)
    return leaf(np.empty(sizes(size), dtypes.to_numpy(dtype or dtypes.default())), requires_grad)


def _like(input: Tensor, dtype: Any) -> tuple[Shape, np.dtype[Any]]:  # noqa: A002
    return tuple(input.shape), dtypes.to_numpy(dtype or input.dtype)


def zeros_like(input: Tensor, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:  # noqa: A002
    """Zeros in the shape and dtype of another tensor.

    >>> zeros_like(tensor([1.0, 2.0]))
    tensor([0., 0.])
    """
    return leaf(np.zeros(*_like(input, dtype)), requires_grad)


def ones_like(input: Tensor, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:  # noqa: A002
    """Ones in the shape and dtype of another tensor.

    >>> ones_like(tensor([1, 2]))
    tensor([1, 1])
    """
    return leaf(np.ones(*_like(input, dtype)), requires_grad)


def full_like(
    input: Tensor, fill_value: Any, *, dtype: Any = None, requires_grad: bool = False  # noqa: A002
) -> Tensor:
    """One value in the shape and dtype of another tensor.

    >>> full_like(tensor([1.0, 2.0]), 3)
    tensor([3., 3.])
    """
    shape, numpy_dtype = _like(input, dtype)
    return leaf(np.full(shape, fill_value, numpy_dtype), requires_grad)


def empty_like(input: Tensor, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:  # noqa: A002
    """Uninitialised memory in the shape and dtype of another tensor.

    >>> empty_like(tensor([1.0, 2.0])).shape
    torch.Size([2])
    """
    return leaf(np.empty(*_like(input, dtype)), requires_grad)


def arange(
    start: Any, end: Any = None, step: Any = 1, *, dtype: Any = None, device: Any = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """The numbers from start (0 if only the end is given) to end, which is left out.

    >>> arange(3), arange(1.0, 2.0, 0.5)
    (tensor([0, 1, 2]), tensor([1.0000, 1.5000]))
    """
    as_device(device)
    if end is None:
        start, end = 0, start
    if step == 0:
        raise errors.ShapeError("step must be nonzero")
    if (end - start) * step < 0:
        raise errors.ShapeError("upper bound and lower bound inconsistent with step sign")
    if dtype is None:
        integers = all(isinstance(v, int | np.integer) for v in (start, end, step))
        dtype = dtypes.int64 if integers else dtypes.default()
    count = int(np.ceil((end - start) / step))
    values = start + step * np.arange(count)
    return leaf(values.astype(dtypes.to_numpy(dtype)), requires_grad)


def linspace(
    start: Any, end: Any, steps: int, *, dtype: Any = None, device: Any = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Evenly spaced numbers, both ends included.

    >>> linspace(0, 1, 3)
    tensor([0.0000, 0.5000, 1.0000])
    """
    as_device(device)
    values = np.linspace(start, end, steps, dtype=dtypes.to_numpy(dtype or dtypes.default()))
    return leaf(values, requires_grad)


def eye(n: int, m: int | None = None, *, dtype: Any = None, device: Any = None,
        requires_grad: bool = False) -> Tensor:  # fmt: skip
    """The identity matrix.

    >>> eye(2)
    tensor([[1., 0.],
            [0., 1.]])
    """
    as_device(device)
    return leaf(np.eye(n, m, dtype=dtypes.to_numpy(dtype or dtypes.default())), requires_grad)

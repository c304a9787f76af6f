"""Making tensors: from data, filled, counted.

Knows dtypes and arrays. Nothing here is recorded; a new tensor is a leaf.
"""

from __future__ import annotations

from typing import Any, Unpack

import numpy as np

from wengert import dtypes, errors
from wengert.core.blocks import notice
from wengert.core.levels import RUNNING, Tracer
from wengert.core.live import LiveNumber
from wengert.core.modes import WATCHING, present
from wengert.core.places import warn
from wengert.core.primitive import TABLE
from wengert.core.tape import AccumulateGrad
from wengert.core.tensor import Tensor, clock, mark_inference, wrap
from wengert.functions.making.determinism import uninitialised
from wengert.functions.making.devices import CPU, Device, Where, as_device, check_where
from wengert.shapes import Shape

__all__ = ["CPU", "Device", "Where", "as_device", "check_where"]
"""Offered to those above as well."""


def leaf(array: Any, requires_grad: bool = False) -> Tensor:
    """A tensor around an array, which becomes a leaf of the tape if it requires grad."""
    made = wrap(array)
    notice(made.array)
    if RUNNING.count:
        made.__dict__["_made_at"] = clock()
    if requires_grad:
        if made.array.dtype.kind not in "fcV":
            raise errors.GradError(
                errors.advice(
                    "Only Tensors of floating point and complex dtype can require gradients",
                    "pass dtype=torch.float32.",
                )
            )
        made.node = AccumulateGrad(made)
    if WATCHING.count:
        now = present()
        if now.inference:
            mark_inference(made)
        if requires_grad and now.observer is not None:
            now.observer.saw_leaf(made)
    return made


WHOLE = (int, np.integer)
"""What a size may be; a union would be made anew for each question."""


def sizes(args: tuple[Any, ...], name: str = "size") -> Shape:
    """The shape given as zeros(2, 3) or as zeros((2, 3)), to the function of that name."""
    if len(args) == 1 and not isinstance(args[0], WHOLE):
        if not isinstance(args[0], list | tuple):
            raise errors.ArgumentTypeError(
                f"{name}(): argument 'size' (position 1) must be tuple of ints, not {type(args[0]).__name__}"
            )
        args = tuple(args[0])
    shape = tuple(map(int, args))
    if min(shape, default=0) < 0:
        raise errors.ShapeError(f"{name}: Dimension size must be non-negative.")
    return shape


def shape_given(args: tuple[Any, ...], by_name: Any, name: str) -> Shape:
    """The shape given as zeros(2, 3), zeros((2, 3)) or zeros(size=(2, 3)), to the function of that name."""
    return sizes(args if by_name is None else (by_name,), name)


def infer_array(data: Any, dtype: Any) -> Any:
    """An array that owns its memory, with the dtype that PyTorch infers for Python data."""
    if isinstance(data, Tensor):
        warn_of_copy("torch.tensor")
    wanted = None if dtype is None else dtypes.to_numpy(dtype)
    if isinstance(data, Tensor | np.ndarray | np.generic):
        array = data.array if isinstance(data, Tensor) else data
        return np.array(array, dtype=wanted or dtypes.of_numpy(array.dtype).numpy)
    plain = _plain_numbers(data)
    if (
        plain is not None
        and plain.dtype.kind in _ALIKE
        and (
            wanted is None or wanted in _ALIKE[plain.dtype.kind]  # a NumPy dtype may equal None
        )
    ):
        inferred = dtypes.of_scalar(plain.reshape(-1)[0].item()).numpy
        return plain.astype(wanted or inferred)
    if wanted is None:
        wanted = (inferred_dtype(data) or dtypes.default()).numpy
    if isinstance(data, bool | int | float | complex):
        return _one_number(data, wanted)
    made = np.empty(_nested_shape(data), wanted)
    _fill(made, data, 0)
    return made


# What nested lists of bools, integers, floats or complex numbers may become without a closer look.
_FLOATING = (np.dtype(np.float32), np.dtype(np.float64))
_ALIKE = {"b": (np.dtype(np.bool_), *_FLOATING), "i": (np.dtype(np.int64), *_FLOATING), "f": _FLOATING, "c": ()}


def _plain_numbers(data: Any) -> Any:
    """Nested lists of Python numbers as an array, quickly; None if there is anything else in them."""
    first = data
    while isinstance(first, list | tuple) and first:
        first = first[0]
    if data is first or type(first) not in (bool, int, float, complex):
        return None
    try:
        kinds = set(map(type, np.array(data, dtype=object).reshape(-1).tolist()))
        return np.array(data) if kinds <= {bool, int, float, complex} else None
    except ValueError:
        return None


def inferred_dtype(data: Any) -> dtypes.dtype | None:
    """The dtype that nested Python data asks for; None if there is nothing in it."""
    if isinstance(data, Tensor):
        return data.dtype
    if isinstance(data, np.ndarray | np.generic):
        return dtypes.of_numpy(data.dtype)
    if isinstance(data, bool | int | float | complex):
        return dtypes.of_scalar(data)
    if isinstance(data, str):
        raise errors.ArgumentTypeError("new(): invalid data type 'str'")
    if not _is_sequence(data):
        raise errors.DtypeError(f"Could not infer dtype of {type(data).__name__}")
    found = None
    for entry in data:
        own = inferred_dtype(entry)
        found = own if found is None or own is None else dtypes.promote_types(found, own)
    return found


def _is_sequence(data: Any) -> bool:
    return isinstance(data, list | tuple | range) or (
        hasattr(data, "__len__") and hasattr(data, "__getitem__") and not isinstance(data, dict | str)
    )


def _nested_shape(data: Any) -> Shape:
    shape: list[int] = []
    while not isinstance(data, Tensor | np.generic) and _is_sequence(data):
        if isinstance(data, np.ndarray) and data.ndim == 0:
            break
        shape.append(len(data))
        if not shape[-1]:
            break
        data = data[0]
    return tuple(shape)


def _fill(made: Any, data: Any, depth: int) -> None:
    """Write nested data of equal lengths into an array."""
    if isinstance(data, np.ndarray) and data.shape == made.shape:
        made[...] = data
        return
    if not _is_sequence(data):
        raise errors.ArgumentTypeError("not a sequence")
    if len(data) != len(made):
        raise errors.ArgumentError(
            errors.advice(
                f"expected sequence of length {len(made)} at dim {depth} (got {len(data)})",
                "pad the rows to one length.",
            )
        )
    for i, entry in enumerate(data):
        if made.ndim > 1:
            _fill(made[i], entry, depth + 1)
        else:
            made[i] = _one_number(entry, made.dtype)


def _one_number(entry: Any, numpy_dtype: Any) -> Any:
    """One element of nested data; a tensor is cut from its history, and says so."""
    if isinstance(entry, Tensor):
        if entry.node is not None:
            warn_of_scalar()
        if entry.array.size != 1:
            raise errors.ArgumentError(
                errors.advice(
                    "only one element tensors can be converted to Python scalars",
                    "torch.stack([...]) or torch.cat([...]).",
                )
            )
        return entry.array.reshape(()).astype(numpy_dtype)
    if isinstance(entry, list | tuple):
        raise errors.ArgumentTypeError(f"'{type(entry).__name__}' object cannot be interpreted as an integer")
    if isinstance(entry, complex) and numpy_dtype.kind not in "bc":
        raise errors.ArgumentTypeError("must be real number, not complex")
    if numpy_dtype.kind in "fcV":  # here a number that is too large is inf
        with np.errstate(all="ignore"):
            return np.asarray(entry).astype(numpy_dtype)
    try:
        return dtypes.number_in(entry, numpy_dtype)
    except errors.DtypeError:
        raise errors.DtypeError(
            f"value cannot be converted to type {dtypes.of_numpy(numpy_dtype).name} without overflow"
        ) from None


def warn_of_copy(name: str) -> None:
    """Say that there are better ways to copy a tensor."""
    warn(
        "To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or "
        f"sourceTensor.detach().clone().requires_grad_(True), rather than {name}(sourceTensor).",
        UserWarning,
    )


def warn_of_scalar() -> None:
    """Say that a history is being cut."""
    warn(
        "Converting a tensor with requires_grad=True to a scalar may lead to unexpected "
        "behavior.\nConsider using tensor.detach() first. "
        "Try: torch.stack([...]), which keeps the gradient.",
        UserWarning,
    )


def tensor(data: Any, *, dtype: Any = None, requires_grad: bool = False, **where: Unpack[Where]) -> Tensor:
    """Copy data into a new tensor.

    >>> import wengert as torch
    >>> torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    tensor([[1., 2.],
            [3., 4.]])
    >>> torch.tensor([1, 2]).dtype
    torch.int64

    Args:
        data: a number, nested lists, a NumPy array or a tensor.
        dtype: of the result; inferred from the data if None, Python floats giving the default.
        requires_grad: whether operations on it are recorded.
        where: `device="cpu"` and `pin_memory=False` are accepted.

    Raises:
        ValueError: if nested lists have unequal lengths.
        RuntimeError: if integers should require grad.
    """
    if where:
        check_where("tensor", where)
    varying = _varying(data, dtype)
    return leaf(infer_array(data, dtype), requires_grad) if varying is None or requires_grad else varying


def _varying(number: Any, dtype: Any) -> Any:
    """The tensor that stands for a number which another call of a recorded function has another of; None if none does.

    Not as an integer, where a number may not fit.
    """
    if type(number) is not LiveNumber or not number.is_live:
        return None
    wanted = dtypes.to_numpy(dtype or dtypes.default())
    return TABLE["cast"].op(number.tensor, wanted) if wanted.kind in "fV" else None


def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Tensor:
    """The data as a tensor, without a copy where that is possible.

    >>> import numpy as np
    >>> import wengert as torch
    >>> torch.as_tensor(np.arange(3.0))
    tensor([0., 1., 2.], dtype=torch.float64)
    """
    as_device(device)
    wanted = None if dtype is None else dtypes.to_numpy(dtype)
    if isinstance(data, Tensor):
        return data if wanted is None else data.to(dtype)
    if isinstance(data, np.ndarray):
        shared = from_numpy(data if data.dtype.isnative else data.astype(data.dtype.newbyteorder("=")))
        return shared if wanted is None else shared.to(dtype)
    return tensor(data, dtype=dtype)


def from_numpy(array: Any) -> Tensor:
    """A tensor over the same memory as a NumPy array.

    >>> import numpy as np
    >>> import wengert as torch
    >>> a = np.zeros(2)
    >>> t = torch.from_numpy(a); a[0] = 5.0; t
    tensor([5., 0.], dtype=torch.float64)

    The array may have any strides, negative ones too: `torch.from_numpy(a[::-1])` shares memory as well.
    """
    if not isinstance(array, np.ndarray):
        kind = type(array)
        name = kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"
        raise errors.ArgumentTypeError(f"expected np.ndarray (got {name})")
    dtypes.of_numpy(array.dtype)
    if not array.dtype.isnative:
        raise errors.ArgumentError(errors.BYTE_ORDER)
    if not array.flags.c_contiguous and any(
        step % array.itemsize for step in array.strides
    ):  # as those of a field of records
        raise errors.ArgumentError(
            "given numpy array strides not a multiple of the element byte size. Copy the numpy array to reallocate the "
            "memory."
        )
    if not array.flags.writeable:
        warn(errors.READ_ONLY, UserWarning)
    return wrap(notice(array))


def _number_of(value: Any, name: str) -> Any:
    """The number that a tensor is filled with; one with a history would be cut off from it."""
    if not isinstance(value, Tensor):
        return value
    if value.node is not None:
        raise errors.ArgumentTypeError(
            errors.advice(
                f"{name}(): argument 'fill_value' must be Number, not a Tensor that requires grad",
                "value.expand(size), which keeps the gradient.",
            )
        )
    return value.array.item()


def beside(input: Tensor, array: Any, requires_grad: bool) -> Tensor:
    """A new tensor that is made from another: in a transform, a value of it that does not vary."""
    return placed(input, leaf(array, requires_grad))


def placed(input: Tensor, made: Tensor) -> Tensor:
    """A tensor that was just made, as a value of the transform that another is one of."""
    if isinstance(input, Tracer) and not isinstance(made, Tracer):
        return input.level.constant(made)  # type: ignore[no-any-return]
    return made


def full(size: Any, fill_value: Any, *, dtype: Any = None, requires_grad: bool = False,
         **where: Unpack[Where]) -> Tensor:  # fmt: skip
    """A tensor of one value.

    >>> import wengert as torch
    >>> torch.full((2,), 7)
    tensor([7, 7])
    """
    check_where("full", where)
    value = _number_of(fill_value, "full")
    wanted = dtypes.of_scalar(value) if dtype is None else dtype
    if isinstance(size, int):
        raise errors.ArgumentTypeError("full(): argument 'size' (position 1) must be tuple of ints, not int")
    shape = sizes((tuple(size),), "full")
    own = dtypes.to_numpy(wanted)
    varying = None if requires_grad else _varying(value, wanted)
    if varying is not None and abs(value) <= dtypes.finfo(dtypes.of_numpy(own)).max:
        return TABLE["copy"].op(TABLE["broadcast_to"].op(varying, shape))  # type: ignore[no-any-return]
    return leaf(np.full(shape, dtypes.number_in(value, own), own), requires_grad)


def zeros(*sizes: Any, size: Any = None, dtype: Any = None, requires_grad: bool = False,
          **where: Unpack[Where]) -> Tensor:  # fmt: skip
    """A tensor of zeros.

    >>> import wengert as torch
    >>> torch.zeros(2, 2)
    tensor([[0., 0.],
            [0., 0.]])
    """
    if where:
        check_where("zeros", where)
    return leaf(np.zeros(shape_given(sizes, size, "zeros"), dtypes.to_numpy(dtype or dtypes.default())), requires_grad)


def ones(*sizes: Any, size: Any = None, dtype: Any = None, requires_grad: bool = False,
          **where: Unpack[Where]) -> Tensor:  # fmt: skip
    """A tensor of ones.

    >>> import wengert as torch
    >>> torch.ones(2, dtype=torch.int64)
    tensor([1, 1])
    """
    if where:
        check_where("ones", where)
    return leaf(np.ones(shape_given(sizes, size, "ones"), dtypes.to_numpy(dtype or dtypes.default())), requires_grad)


def empty(*sizes: Any, size: Any = None, dtype: Any = None, requires_grad: bool = False,
          **where: Unpack[Where]) -> Tensor:  # fmt: skip
    """A tensor whose values are whatever the memory held.

    >>> import wengert as torch
    >>> torch.empty(2, 3).shape
    torch.Size([2, 3])
    """
    if where:
        check_where("empty", where)
    shape = shape_given(sizes, size, "empty")
    return leaf(uninitialised(shape, dtypes.to_numpy(dtype or dtypes.default())), requires_grad)


def _like(input: Tensor, dtype: Any) -> tuple[Shape, np.dtype[Any]]:
    return tuple(input.shape), dtypes.to_numpy(dtype or input.dtype)


def zeros_like(input: Tensor, *, dtype: Any = None, requires_grad: bool = False, memory_format: Any = None,
               **where: Unpack[Where]) -> Tensor:  # fmt: skip
    """Zeros in the shape and dtype of another tensor.

    >>> import wengert as torch
    >>> torch.zeros_like(torch.tensor([1.0, 2.0]))
    tensor([0., 0.])
    """
    if where:
        check_where("zeros_like", where)
    return beside(input, np.zeros(*_like(input, dtype)), requires_grad)


def ones_like(input: Tensor, *, dtype: Any = None, requires_grad: bool = False, memory_format: Any = None,
               **where: Unpack[Where]) -> Tensor:  # fmt: skip
    """Ones in the shape and dtype of another tensor.

    >>> import wengert as torch
    >>> torch.ones_like(torch.tensor([1, 2]))
    tensor([1, 1])
    """
    if where:
        check_where("ones_like", where)
    return beside(input, np.ones(*_like(input, dtype)), requires_grad)


def full_like(
    input: Tensor,
    fill_value: Any,
    *,
    dtype: Any = None,
    requires_grad: bool = False,
    memory_format: Any = None,
    **where: Unpack[Where],
) -> Tensor:
    """One value in the shape and dtype of another tensor.

    >>> import wengert as torch
    >>> torch.full_like(torch.tensor([1.0, 2.0]), 3)
    tensor([3., 3.])
    """
    check_where("full_like", where)
    shape, numpy_dtype = _like(input, dtype)
    value = dtypes.number_in(_number_of(fill_value, "full_like"), numpy_dtype)
    return beside(input, np.full(shape, value, numpy_dtype), requires_grad)


def empty_like(input: Tensor, *, dtype: Any = None, requires_grad: bool = False, memory_format: Any = None,
               **where: Unpack[Where]) -> Tensor:  # fmt: skip
    """Uninitialised memory in the shape and dtype of another tensor.

    >>> import wengert as torch
    >>> torch.empty_like(torch.tensor([1.0, 2.0])).shape
    torch.Size([2])
    """
    if where:
        check_where("empty_like", where)
    return beside(input, uninitialised(*_like(input, dtype)), requires_grad)

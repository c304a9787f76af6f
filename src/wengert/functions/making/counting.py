"""Making tensors from numbers that are counted, from other people's memory, and by strides."""

from __future__ import annotations

from math import prod
from typing import Any, Unpack

import numpy as np

from wengert import dtypes, errors
from wengert.core.families import shape_of
from wengert.core.levels import numpy_dtype
from wengert.core.places import warn
from wengert.core.tensor import Tensor, wrap
from wengert.functions.making.creation import Where, as_device, as_tensor, beside, check_where, leaf, tensor
from wengert.functions.making.determinism import uninitialised
from wengert.functions.making.random import fused
from wengert.functions.values import refuse_outside
from wengert.ops import pointwise as p
from wengert.ops import structural as s
from wengert.ops.refusals import no_kernel, refuse


def arange(
    start: Any = 0, end: Any = None, step: Any = 1, *, dtype: Any = None, requires_grad: bool = False,
    **where: Unpack[Where],
) -> Tensor:  # fmt: skip
    """The numbers from start (0 if only the end is given) to end, which is left out.

    >>> import wengert as torch
    >>> torch.arange(3), torch.arange(1.0, 2.0, 0.5)
    (tensor([0, 1, 2]), tensor([1.0000, 1.5000]))
    """
    check_where("arange", where)
    if end is None:
        start, end = 0, start
    start, end, step = (v.item() if isinstance(v, Tensor) else v for v in (start, end, step))
    if complex in map(type, (start, end, step)):
        raise errors.DtypeError("value cannot be converted to type double without overflow")
    if dtype is not None:
        refuse(dtypes.to_numpy(dtype), no_kernel("arange_cpu", "bc"))
        if dtypes.to_numpy(dtype) == np.int64:  # elsewhere only the steps are of whole numbers, and not their count
            if step and not int(step):
                raise errors.ArgumentError("step must be nonzero")
            start, end, step = counted_in(np.dtype(np.int64), start, end, step)
    if not (np.isfinite(start) and np.isfinite(end)):
        raise errors.ShapeError(f"unsupported range: {start} -> {end}")
    if step == 0:
        raise errors.ShapeError("step must be nonzero")
    if (end - start) * step < 0:
        raise errors.ShapeError("upper bound and lower bound inconsistent with step sign")
    if dtype is None:
        integers = all(isinstance(v, int | np.integer) for v in (start, end, step))
        dtype = dtypes.int64 if integers else dtypes.default()
    wanted = dtypes.to_numpy(dtype)
    count = int(np.ceil((end - start) / step))
    start, _, step = counted_in(wanted, start, end, step)
    values = start + step * np.arange(count)
    return leaf(values.astype(wanted), requires_grad)


def counted_in(wanted: np.dtype[Any], *numbers: Any) -> tuple[Any, ...]:
    """Numbers as PyTorch counts with them: whole ones for a dtype of whole numbers."""
    return tuple(map(int, numbers)) if wanted.kind in "iu" else numbers


def ends_of(name: str, start: Any, end: Any, steps: Any) -> tuple[Any, Any, int]:
    """The numbers that are counted between, and how many steps there are, or PyTorch's refusal."""
    ranks = [each.ndim if isinstance(each, Tensor) else 0 for each in (start, end)]
    if any(ranks):
        raise errors.ShapeError(
            f"{name} only supports 0-dimensional start and end tensors, but got start with {ranks[0]} dimension(s) and "
            f"end with {ranks[1]} dimension(s)."
        )
    if isinstance(steps, float):
        raise errors.ArgumentTypeError(f"{name}(): argument 'steps' must be int, not float")
    first, last = (each.item() if isinstance(each, Tensor) else each for each in (start, end))
    return first, last, steps


def linspace(
    start: Any, end: Any, steps: int, *, dtype: Any = None, requires_grad: bool = False, **where: Unpack[Where],
) -> Tensor:  # fmt: skip
    """Evenly spaced numbers, both ends included.

    >>> import wengert as torch
    >>> torch.linspace(0, 1, 3)
    tensor([0.0000, 0.5000, 1.0000])
    """
    check_where("linspace", where)
    start, end, steps = ends_of("linspace", start, end, steps)
    if steps < 0:
        raise errors.ShapeError("number of steps must be non-negative")
    kind = dtypes.of_scalar(0j if isinstance(start, complex) or isinstance(end, complex) else 0.0)
    wanted = dtypes.to_numpy(dtype or kind)
    refuse(wanted, no_kernel("linspace_cpu", "b"))
    inner = wanted.type if wanted.kind in "fc" else np.float64
    first, last = (inner(dtypes.number_in(number, wanted)) for number in counted_in(wanted, start, end))
    step = (last - first) / inner(max(steps - 1, 1))
    # from both ends towards the middle, as PyTorch rounds
    forwards, backwards = np.arange(steps, dtype=inner), np.arange(1 - steps, 1, dtype=inner)
    if wanted.kind == "c":
        rising, falling = first + step * forwards, last + step * backwards
    else:
        rising, falling = fused(forwards, step, first), fused(backwards, step, last)
    values = np.where(np.arange(steps) < steps // 2 + (steps == 1), rising, falling)
    return leaf(values.astype(wanted), requires_grad)


def eye(n: int, m: int | None = None, *, dtype: Any = None, requires_grad: bool = False,
        **where: Unpack[Where]) -> Tensor:  # fmt: skip
    """The identity matrix.

    >>> import wengert as torch
    >>> torch.eye(2)
    tensor([[1., 0.],
            [0., 1.]])
    """
    check_where("eye", where)
    for name, given in (("n", n), ("m", m)):
        if given is not None and given < 0:
            raise errors.ShapeError(f"{name} must be greater or equal to 0, got {given}")
    return leaf(np.eye(n, m, dtype=dtypes.to_numpy(dtype or dtypes.default())), requires_grad)


def logspace(start: Any, end: Any, steps: int, base: float = 10.0, *, dtype: Any = None,
             requires_grad: bool = False, **where: Unpack[Where]) -> Tensor:  # fmt: skip
    """Powers of a base whose exponents are evenly spaced, both ends included.

    >>> import wengert as torch
    >>> torch.logspace(0, 2, 3)
    tensor([  1.,  10., 100.])
    """
    check_where("logspace", where)
    start, end, steps = ends_of("logspace", start, end, steps)
    wanted = dtypes.to_numpy(dtype or dtypes.default())
    if steps < 0:
        raise errors.ShapeError("number of steps must be non-negative")
    refuse(wanted, no_kernel("logspace_cpu", "b"))
    start, end = counted_in(wanted, start, end)
    both = complex if isinstance(start, complex) or isinstance(end, complex) else float
    given = dtypes.of_scalar(both(0)).numpy if dtype is None else wanted
    exponents = np.linspace(both(start), both(end), steps)
    return leaf(np.power(both(base), exponents).astype(given), requires_grad)


def range(start: Any = 0, end: Any = None, step: Any = 1, *, dtype: Any = None,
          requires_grad: bool = False, **where: Unpack[Where]) -> Tensor:  # fmt: skip
    """The numbers from start to end, which is included; deprecated for `arange`.

    >>> import warnings
    >>> import wengert as torch
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     torch.range(1, 4)
    tensor([1., 2., 3., 4.])
    """
    check_where("range", where)
    warn(
        "torch.range is deprecated and will be removed in a future release because its behavior is inconsistent with "
        "Python's range builtin. Instead, use torch.arange, which produces values in [start, end).",
        UserWarning,
    )
    if end is None:
        start, end = 0, start
    if step == 0:
        raise errors.ShapeError("step must be nonzero")
    if (end - start) * step < 0:
        raise errors.ShapeError("upper bound and lower bound inconsistent with step sign")
    wanted = dtypes.to_numpy(dtype or dtypes.default())
    values = start + step * np.arange(int((end - start) / step) + 1)
    return leaf(values.astype(wanted), requires_grad)


def scalar_tensor(s: Any, *, dtype: Any = None, requires_grad: bool = False, **where: Unpack[Where]) -> Tensor:
    """A tensor of one number, in the default dtype unless another is given.

    >>> import wengert as torch
    >>> torch.scalar_tensor(3)
    tensor(3.)
    """
    wanted = dtype or dtypes.default()
    if isinstance(s, complex):
        s = dtypes.number_in(s, dtypes.to_numpy(wanted))
    return tensor(s, dtype=wanted, requires_grad=requires_grad, **where)


def asarray(obj: Any, *, dtype: Any = None, device: Any = None, copy: bool | None = None,
            requires_grad: bool | None = None) -> Tensor:  # fmt: skip
    """What can be a tensor as a tensor, over the same memory where that is possible.

    >>> import wengert as torch
    >>> torch.asarray([1, 2]), torch.asarray(bytearray(b"ab"), dtype=torch.uint8)
    (tensor([1, 2]), tensor([97, 98], dtype=torch.uint8))

    Args:
        obj: a tensor, a NumPy array, an object with a buffer, a number or nested lists.
        dtype: of the result.
        device: None or "cpu".
        copy: whether to copy; False raises where that cannot be helped.
        requires_grad: whether the result is to be recorded; as the tensor is, unless it is given.
    """
    as_device(device)
    wanted = None if dtype is None else dtypes.to_numpy(dtype)
    if isinstance(obj, Tensor):
        if copy is False and wanted is not None and numpy_dtype(obj) != wanted:
            raise errors.ArgumentError("can't alias tensor with dtype of another.")
        found = obj if wanted is None else as_tensor(obj, dtype)
        found = found.clone() if copy and found is obj else found
    elif isinstance(obj, np.ndarray | np.generic):
        found = as_tensor(np.array(obj, copy=bool(copy) or None), dtype)
    elif isinstance(obj, bytes | bytearray | memoryview):
        found = frombuffer(obj, dtype=dtype or dtypes.default())
        found = found.clone() if copy else found
    else:
        if copy is False:
            raise errors.ArgumentError("can't alias arbitrary sequence into a tensor.")
        found = tensor(obj, dtype=dtype)
    if requires_grad is None or found.requires_grad == requires_grad:
        return found
    return found.detach().requires_grad_(requires_grad)  # type: ignore[no-any-return]


def frombuffer(buffer: Any, *, dtype: Any, count: int = -1, offset: int = 0, requires_grad: bool = False) -> Tensor:
    """A tensor over the memory of an object with a buffer.

    >>> import wengert as torch
    >>> torch.frombuffer(bytearray([1, 0, 2, 0]), dtype=torch.int16)
    tensor([1, 2], dtype=torch.int16)
    """
    try:
        memory = memoryview(buffer).cast("B")
    except TypeError:
        raise errors.ArgumentError("object does not implement Python buffer protocol.") from None
    size, wanted = memory.nbytes, dtypes.to_numpy(dtype)
    width = wanted.itemsize
    if not size or count == 0:
        raise errors.ArgumentError(f"both buffer length ({size}) and count ({count}) must not be 0")
    if not 0 <= offset < size:
        raise errors.ArgumentError(
            f"offset ({offset} bytes) must be non-negative and no greater than buffer length ({size} bytes) minus 1"
        )
    if count < 0 and (size - offset) % width:
        raise errors.ArgumentError(
            f"buffer length ({size - offset} bytes) after offset ({offset} bytes) must be a multiple of element size "
            f"({width})"
        )
    if count > 0 and count * width > size - offset:
        raise errors.ArgumentError(
            f"requested buffer length ({count} * {width} bytes) after offset ({offset} bytes) must not be greater than "
            f"actual buffer length ({size} bytes)"
        )
    if memory.readonly:
        warn(errors.READ_ONLY, UserWarning)
    return leaf(np.frombuffer(memory, wanted, count, offset), requires_grad)


# ------------------------------------------------------------------------ DLPack


def from_dlpack(ext_tensor: Any, *, device: Any = None, copy: bool | None = None) -> Tensor:
    """A tensor over the memory of an array of another library.

    >>> import numpy as np
    >>> import wengert as torch
    >>> torch.from_dlpack(np.arange(3.0))
    tensor([0., 1., 2.], dtype=torch.float64)
    """
    as_device(device)
    if not hasattr(ext_tensor, "__dlpack__"):
        raise errors.ArgumentTypeError(
            errors.advice(
                f"from_dlpack(): expected an object with __dlpack__, got {type(ext_tensor).__name__}",
                "give the array itself and not its capsule, which NumPy does not take.",
            )
        )
    if isinstance(ext_tensor, Tensor):
        to_dlpack(ext_tensor)  # refuses what has a history
    array = np.from_dlpack(ext_tensor, copy=copy)
    return wrap(array)


def to_dlpack(tensor: Tensor) -> Any:
    """The capsule by which another library can use the memory of a tensor.

    >>> import numpy as np
    >>> import wengert as torch
    >>> torch.to_dlpack(torch.ones(2)) is not None, np.from_dlpack(torch.ones(2))
    (True, array([1., 1.], dtype=float32))
    """
    if tensor.requires_grad:
        raise BufferError("Can't export tensors that require gradient, use tensor.detach()")
    return tensor.array.__dlpack__()


def dlpack(self: Tensor, **options: Any) -> Any:
    """The capsule by which another library can use the memory."""
    to_dlpack(self)
    return self.array.__dlpack__(**options)


def dlpack_device(self: Tensor) -> Any:
    """Where the memory is, as DLPack says it: (1, 0) is the CPU."""
    return self.array.__dlpack_device__()


# ------------------------------------------------------------------------ positions


def _triangle(name: str, numbers: Any, row: int, col: int, offset: int, dtype: Any) -> Tensor:
    for word, n in (("row", row), ("col", col)):
        if n < 0:
            raise errors.ShapeError(f"{word} must be non-negative, got{n}")
    wanted = dtypes.to_numpy(dtype or dtypes.int64)
    refuse(wanted, no_kernel(name, "bfc"))
    return wrap(np.stack(numbers(row, offset, col)).astype(wanted))


def tril_indices(row: int, col: int, offset: int = 0, *, dtype: Any = None, **where: Unpack[Where]) -> Tensor:
    """The positions of the lower triangle of a matrix: a row of rows and a row of columns.

    >>> import wengert as torch
    >>> torch.tril_indices(2, 2)
    tensor([[0, 1, 1],
            [0, 0, 1]])
    """
    check_where("tril_indices", where)
    return _triangle("tril_indices", np.tril_indices, row, col, offset, dtype)


def triu_indices(row: int, col: int, offset: int = 0, *, dtype: Any = None, **where: Unpack[Where]) -> Tensor:
    """The positions of the upper triangle of a matrix: a row of rows and a row of columns.

    >>> import wengert as torch
    >>> torch.triu_indices(2, 2)
    tensor([[0, 0, 1],
            [0, 1, 1]])
    """
    check_where("triu_indices", where)
    return _triangle("triu_indices", np.triu_indices, row, col, offset, dtype)


def unravel_index(indices: Tensor, shape: Any) -> tuple[Tensor, ...]:
    """Positions in a flattened tensor as positions in each dimension.

    >>> import wengert as torch
    >>> torch.unravel_index(torch.tensor([5, 3]), (2, 3))
    (tensor([1, 1]), tensor([2, 0]))
    """
    dtype = dtypes.of_numpy(numpy_dtype(indices))
    if dtype.category != dtypes.INTEGER:
        raise errors.ArgumentTypeError(f"expected 'indices' to be integer dtype, but got {dtype}")
    sizes = (shape,) if isinstance(shape, int) else tuple(shape)
    if any(n < 0 for n in sizes):
        raise errors.ArgumentError(f"'shape' cannot have negative values, but got {sizes}")
    indices = s.cast(indices, np.dtype(np.int64))
    steps = [prod(sizes[i + 1 :]) for i, _ in enumerate(sizes)]
    return tuple(p.remainder(p.floor_quotient(indices, step), size) for step, size in zip(steps, sizes, strict=True))


# ------------------------------------------------------------------------ strides


def _strided(size: Any, stride: Any, dtype: Any) -> Any:
    wanted = dtypes.to_numpy(dtype or dtypes.default())
    if len(size) != len(stride):
        raise errors.ShapeError("mismatch in length of strides and shape")
    room = 1 + sum((n - 1) * step for n, step in zip(size, stride, strict=True)) if prod(size) else 0
    memory = uninitialised((max(room, 1),), wanted)
    return np.lib.stride_tricks.as_strided(memory, tuple(size), tuple(step * wanted.itemsize for step in stride))


def empty_strided(size: Any, stride: Any, *, dtype: Any = None,
                  requires_grad: bool = False, **where: Unpack[Where]) -> Tensor:  # fmt: skip
    """A tensor of a size and strides whose values are whatever the memory held.

    >>> import wengert as torch
    >>> torch.empty_strided((2, 3), (1, 2)).stride()
    (1, 2)
    """
    check_where("empty_strided", where)
    return leaf(_strided(size, stride, dtype), requires_grad)


def new_empty_strided(input: Tensor, size: Any, stride: Any, dtype: Any = None, device: Any = None,
                      requires_grad: bool = False) -> Tensor:  # fmt: skip
    """`empty_strided` in this tensor's dtype."""
    as_device(device)
    return beside(input, _strided(size, stride, dtype or input.dtype), requires_grad)


def empty_permuted(size: Any, physical_layout: Any, *, dtype: Any = None,
                   requires_grad: bool = False, **where: Unpack[Where]) -> Tensor:  # fmt: skip
    """A tensor whose dimensions lie in memory in a given order, the slowest first; its values are whatever was there.

    >>> import wengert as torch
    >>> torch.empty_permuted((2, 3), (1, 0)).stride()
    (1, 2)
    """
    check_where("empty_permuted", where)
    rank, order = len(size), list(physical_layout)
    if len(order) != rank:
        raise errors.ShapeError(
            "Number of dimensions in size does not match the length of the physical_layout; i.e. len(size) = "
            f"{rank} is not equal to len(physical_layout) = {len(order)}"
        )
    if len(set(order)) != rank:
        raise errors.ShapeError("Duplicate dim not allowed")
    steps, step = [0] * rank, 1
    for axis in reversed(order):
        steps[axis] = step
        step *= size[axis]
    return leaf(_strided(size, steps, dtype), requires_grad)


def storage_offset(self: Tensor) -> int:
    """How many elements lie in memory before the first of this tensor."""
    refuse_outside(self, "it asks where in memory a tensor from outside begins")
    base = self.array
    while isinstance(base.base, np.ndarray):
        base = base.base
    return int((self.array.ctypes.data - base.ctypes.data) // self.array.itemsize) if shape_of(self) != (0,) else 0

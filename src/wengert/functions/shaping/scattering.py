"""Views of memory by strides, tensors with a part replaced, and views that are copied at once."""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert import dtypes, errors
from wengert.core.families import shape_of
from wengert.core.levels import Tracer, laid, numpy_dtype
from wengert.core.tensor import Tensor, wrap
from wengert.functions.elementwise.arithmetic import where as choose
from wengert.functions.making.counting import storage_offset
from wengert.functions.neural.unfolding import window_view
from wengert.functions.shaping import arranging, pieces
from wengert.functions.shaping.laying import contiguous
from wengert.functions.shaping.reshaping import become
from wengert.ops import complexes, diagonals, indexing, strides
from wengert.ops import structural as s
from wengert.shapes import Spec, axis_index, contiguous_strides, refuse_scalar


def as_strided(input: Tensor, size: Any, stride: Any, storage_offset: int | None = None) -> Tensor:
    """The memory of a tensor seen in another size and with other strides, from an offset on.

    >>> import wengert as torch
    >>> torch.as_strided(torch.arange(5), (3, 2), (1, 1))
    tensor([[0, 1],
            [1, 2],
            [2, 3]])

    Elements that are seen several times get the sum of the gradients. In a transform the memory is that of the tensor
    in row-major order.
    """
    geometry = _geometry(input, tuple(size), tuple(stride), storage_offset)
    return strides.strided(input, *geometry)  # type: ignore[no-any-return]


def as_strided_(self: Tensor, size: Any, stride: Any, storage_offset: int | None = None) -> Tensor:
    """`as_strided`, of the tensor itself.

    >>> import wengert as torch
    >>> torch.arange(4).as_strided_((2,), (2,))
    tensor([0, 2])
    """
    return become(self, lambda x: as_strided(x, size, stride, storage_offset), "as_strided_")


def _must_lie_in_order(x: Tracer, offset: int | None) -> None:
    """Raise where a recorded call would see other memory than that of the tensor in row-major order."""
    lies = laid(x) if x.level.ordinary else None
    whole = lies is None or not isinstance(lies.base, np.ndarray) or lies.base.size == lies.size
    if lies is not None and not (lies.flags.c_contiguous and (whole or offset is None)):
        raise errors.TransformError(f"{x.level.name}: as_strided of a tensor that is a part of another")


def _geometry(x: Any, size: tuple[int, ...], stride: tuple[int, ...], offset: int | None) -> tuple[Any, ...]:
    """What the row wants to know: the size and strides, where to start from x on, and the strides of x itself."""
    if len(size) != len(stride):
        raise errors.ShapeError("mismatch in length of strides and shape")
    if any(step < 0 for step in stride):
        raise errors.ShapeError(
            f"as_strided: Negative strides are not supported at the moment, got strides: {list(stride)}"
        )
    if offset is not None and offset < 0:
        raise errors.ShapeError(f"Tensor: invalid storage offset {offset}")
    if isinstance(x, Tracer):
        _must_lie_in_order(x, offset)
        own, start, room = contiguous_strides(shape_of(x)), 0, s.size_of(x)
    else:
        base = x.array
        while isinstance(base.base, np.ndarray):
            base = base.base
        own = tuple(n // x.array.itemsize for n in x.array.strides)
        start, room = storage_offset(x), base.nbytes // x.array.itemsize
    offset = start if offset is None else offset
    needed = offset + 1 + sum((n - 1) * step for n, step in zip(size, stride, strict=True)) if 0 not in size else 0
    if needed > room:
        width = numpy_dtype(x).itemsize
        raise errors.ShapeError(
            errors.advice(
                f"setStorage: sizes {list(size)}, strides {list(stride)}, storage offset {offset}, and itemsize "
                f"{width} requiring a storage size of {needed * width} are out of bounds for storage of size "
                f"{room * width}",
                "take smaller strides.",
            )
        )
    return size, stride, offset - start, own


def as_strided_scatter(input: Tensor, src: Tensor, size: Any, stride: Any, storage_offset: int | None = None) -> Tensor:
    """The tensor with another put where `as_strided` would look.

    >>> import wengert as torch
    >>> torch.as_strided_scatter(torch.zeros(4), torch.ones(2), (2,), (2,))
    tensor([1., 0., 1., 0.])
    """
    _same_size(src, tuple(size))
    size, stride, shift, own = _geometry(input, tuple(size), tuple(stride), storage_offset)
    at = strides.places(shape_of(input), own, size, stride, shift)
    flat = s.concat([s.reshape(input, (s.size_of(input),)), s.zeros_of(Spec((1,), numpy_dtype(input)))], 0)
    written = indexing.put(flat, s.cast(src, numpy_dtype(input)), wrap(at))
    return s.reshape(s.narrow(written, 0, 0, s.size_of(input)), shape_of(input))  # type: ignore[no-any-return]


def _same_size(src: Any, wanted: tuple[int, ...]) -> None:
    if shape_of(src) != wanted:
        raise errors.ShapeError(
            errors.advice(
                "expected src to have a size equal to the slice of self. src size = "
                f"{list(shape_of(src))}, slice size = {list(wanted)}",
                "src.expand(...).",
            )
        )


def _replaced(x: Any, src: Any, entries: list[Any]) -> Tensor:
    shape = shape_of(x)
    numbered = np.arange(s.size_of(x)).reshape(shape)
    at = numbered[tuple(slice(*e) for e in entries)]
    return indexing.put(x, s.reshape(s.cast(src, numpy_dtype(x)), at.shape), wrap(at))  # type: ignore[no-any-return]


def select_scatter(input: Tensor, src: Tensor, dim: int, index: int) -> Tensor:
    """The tensor with another put at one position of a dimension.

    >>> import wengert as torch
    >>> torch.select_scatter(torch.zeros(2, 2), torch.ones(2), 0, 1)
    tensor([[0., 0.],
            [1., 1.]])
    """
    shape = shape_of(input)
    refuse_scalar(len(shape), "select")
    axis = axis_index(dim, len(shape))
    if not -shape[axis] <= index < shape[axis]:
        raise errors.AxisError(
            f"select(): index {index} out of range for tensor of size {list(shape)} at dimension {axis}"
        )
    _same_size(src, (*shape[:axis], *shape[axis + 1 :]))
    index %= shape[axis]
    return _replaced(input, src, [(0, n, 1) if k != axis else (index, index + 1, 1) for k, n in enumerate(shape)])


def slice_scatter(input: Tensor, src: Tensor, dim: int = 0, start: int | None = None, end: int | None = None,
                  step: int = 1) -> Tensor:  # fmt: skip
    """The tensor with another put where a slice of a dimension is.

    >>> import wengert as torch
    >>> torch.slice_scatter(torch.zeros(4), torch.ones(2), start=1, end=3)
    tensor([0., 1., 1., 0.])
    """
    shape = shape_of(input)
    refuse_scalar(len(shape), "slice")
    axis = axis_index(dim, len(shape))
    entry = _slice(shape[axis], start, end, step)
    _same_size(src, (*shape[:axis], len(range(*entry)), *shape[axis + 1 :]))
    return _replaced(input, src, [(0, n, 1) if k != axis else entry for k, n in enumerate(shape)])


def _slice(size: int, start: int | None, end: int | None, step: int) -> tuple[int, int, int]:
    if step <= 0:
        raise errors.ShapeError("slice step must be positive")
    first, last, step = slice(start, end, step).indices(size)
    return first, max(first, last), step


def fill_diagonal_(input: Tensor, fill_value: Any, wrap: bool = False) -> Tensor:
    """Write a number on the main diagonal; with `wrap` on again and again in a matrix that is taller than wide.

    >>> import wengert as torch
    >>> torch.zeros(2, 2).fill_diagonal_(5)
    tensor([[5., 0.],
            [0., 5.]])
    """
    shape = shape_of(input)
    if len(shape) < 2:
        raise errors.ShapeError("dimensions must larger than 1")
    if len(shape) > 2 and len(set(shape)) > 1:
        raise errors.ShapeError("all dimensions of input must be of equal length")
    step = sum(input.stride())
    size = min(shape)
    if wrap and len(shape) == 2 and shape[0] > shape[1] + 1:
        size = -(-shape[0] * shape[1] // (shape[1] + 1))
    as_strided(input, (size,), (step,)).fill_(fill_value)
    return input


def where(input: Tensor, condition: Tensor, other: Any) -> Tensor:
    """The elements where a condition holds, and those of another tensor elsewhere."""
    return choose(condition, input, other)  # type: ignore[no-any-return]


# ------------------------------------------------------------------------ copies of views


def _copies(result: Any) -> Any:
    return tuple(map(_copied, result)) if isinstance(result, tuple) else _copied(result)


def _copied(view: Any) -> Any:
    made = contiguous(view)
    return s.copy(view) if made is view else made


def copying(name: str, view: Any, example: str, printed: str) -> Any:
    """The function that copies what a view shows."""

    def function(input: Tensor, *args: Any, **options: Any) -> Any:
        return _copies(view(input, *args, **options))

    function.__name__ = function.__qualname__ = name
    function.__doc__ = (
        f"What `{name.removesuffix('_copy')}` shows, in memory of its own.\n\n"
        f">>> import wengert as torch\n>>> torch.{name}({example})\n{printed}"
    )
    return function


def _view(input: Tensor, size: Any = None, *, dtype: Any = None) -> Tensor:
    wanted = size if isinstance(size, dtypes.dtype) else dtype
    return arranging.view_dtype(input, wanted) if wanted is not None else arranging.reshape(input, size)


def _sliced(input: Tensor, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1) -> Tensor:
    shape = shape_of(input)
    refuse_scalar(len(shape), "slice")
    axis = axis_index(dim, len(shape))
    entries = tuple((0, n, 1) if k != axis else _slice(n, start, end, step) for k, n in enumerate(shape))
    return s.take_slice(input, entries)  # type: ignore[no-any-return]


def _squeezed(input: Tensor, dim: Any = None) -> Tensor:
    return arranging.squeeze(input, dim)


def _diagonal(input: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    rank = len(shape_of(input))
    return diagonals.diagonal(input, offset, axis_index(dim1, rank), axis_index(dim2, rank))  # type: ignore[no-any-return]


VECTOR, MATRIX = "torch.tensor([1, 2])", "torch.tensor([[1, 2], [3, 4]])"
COPIES = {
    "alias": (s.alias, VECTOR, "tensor([1, 2])"),
    "as_strided": (as_strided, f"{VECTOR}, (2, 2), (0, 1)", "tensor([[1, 2],\n        [1, 2]])"),
    "detach": (lambda x: x.detach(), VECTOR, "tensor([1, 2])"),
    "diagonal": (_diagonal, MATRIX, "tensor([1, 4])"),
    "expand": (
        lambda x, size, implicit=False: arranging.expand(x, size), f"{VECTOR}, (2, 2)",
        "tensor([[1, 2],\n        [1, 2]])",
    ),
    "narrow": (arranging.narrow, f"{VECTOR}, 0, 1, 1", "tensor([2])"),
    "permute": (arranging.permute, f"{MATRIX}, (1, 0)", "tensor([[1, 3],\n        [2, 4]])"),
    "select": (arranging.select, f"{MATRIX}, 0, 1", "tensor([3, 4])"),
    "slice": (_sliced, f"{VECTOR}, 0, 1", "tensor([2])"),
    "split": (pieces.split, f"{VECTOR}, 1", "(tensor([1]), tensor([2]))"),
    "split_with_sizes": (pieces.split, f"{VECTOR}, [1, 1]", "(tensor([1]), tensor([2]))"),
    "squeeze": (_squeezed, f"{VECTOR}", "tensor([1, 2])"),
    "t": (arranging.t, MATRIX, "tensor([[1, 3],\n        [2, 4]])"),
    "transpose": (arranging.transpose, f"{MATRIX}, 0, 1", "tensor([[1, 3],\n        [2, 4]])"),
    "unbind": (pieces.unbind, VECTOR, "(tensor(1), tensor(2))"),
    "unfold": (window_view, f"{VECTOR}, 0, 1, 1", "tensor([[1],\n        [2]])"),
    "unsqueeze": (arranging.unsqueeze, f"{VECTOR}, 0", "tensor([[1, 2]])"),
    "view": (_view, f"{VECTOR}, (2, 1)", "tensor([[1],\n        [2]])"),
    "view_as_complex": (complexes.view_as_complex, "torch.tensor([[1.0, 2.0]])", "tensor([1.+2.j])"),
    "view_as_real": (complexes.view_as_real, "torch.tensor([1 + 2j])", "tensor([[1., 2.]])"),
}  # fmt: skip
"""The views that have a copying function: how they look, an example, and what it prints."""

globals().update({f"{name}_copy": copying(f"{name}_copy", *entry) for name, entry in COPIES.items()})

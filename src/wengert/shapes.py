"""Arithmetic on shapes and axes: tuples in, tuples out, errors in PyTorch's words.

    >>> from wengert.shapes import broadcast_shapes
    >>> broadcast_shapes((3, 1), (2, 1, 4))
    (2, 3, 4)

Knows tuples. Must not know arrays, tensors or ops.
"""

from __future__ import annotations

from functools import lru_cache
from math import prod
from operator import index
from typing import TYPE_CHECKING, Any

from wengert.errors import ArgumentTypeError, AxisError, ShapeError, advice

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np

Shape = tuple[int, ...]

MANY = 4096
"""So many answers are kept of what is asked for the same few shapes again and again."""


class Size(Shape):
    """A tensor's shape: a tuple that prints and counts as PyTorch's does.

    >>> import wengert as torch
    >>> torch.Size((2, 3)), torch.Size((2, 3)).numel()
    (torch.Size([2, 3]), 6)
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return f"torch.Size({list(self)})"

    def __add__(self, other: Any) -> Any:
        return Size(tuple.__add__(self, tuple(other)))

    def __mul__(self, times: Any) -> Any:
        return Size(tuple.__mul__(self, times))

    __rmul__ = __mul__

    def numel(self) -> int:
        """The number of elements of a tensor of this shape."""
        return prod(self)

    def __getitem__(self, index: Any) -> Any:
        found = tuple.__getitem__(self, index)
        return Size(found) if isinstance(index, slice) else found


class Spec:
    """What is known of an array without its values: shape and NumPy dtype.

    >>> import numpy as np
    >>> Spec((2, 3), np.dtype("float32"))
    float32[2, 3]
    """

    __slots__ = ("dtype", "shape", "weak")

    def __init__(self, shape: Iterable[int], dtype: np.dtype[Any], *, weak: bool = False) -> None:
        self.shape: Shape = shape if type(shape) is tuple else tuple(shape)
        self.dtype = dtype
        self.weak = weak  # a Python number, which takes the dtype of what it meets

    def __repr__(self) -> str:
        return f"{self.dtype.name}[{', '.join(map(str, self.shape))}]"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Spec) and (self.shape, self.dtype) == (other.shape, other.dtype)

    def __hash__(self) -> int:
        return hash((self.shape, self.dtype))

    @property
    def ndim(self) -> int:
        return len(self.shape)

    def reshaped(self, shape: Iterable[int]) -> Spec:
        """The same dtype with another shape."""
        return Spec(shape, self.dtype)

    def cast(self, dtype: np.dtype[Any]) -> Spec:
        """The same shape with another dtype."""
        return Spec(self.shape, dtype)

    def without(self, axes: Sequence[int]) -> Spec:
        """The spec that is left when `axes` are reduced away."""
        return Spec([n for i, n in enumerate(self.shape) if i not in axes], self.dtype)


def broadcast_shapes(*shapes: Shape) -> Shape:
    """The common shape of operands that broadcast together, NumPy's rule.

    Raises:
        RuntimeError: naming the first dimension that does not fit.
    """
    rank = max((len(s) for s in shapes), default=0)
    result = [1] * rank
    for shape in shapes:
        offset = rank - len(shape)
        for i, n in enumerate(shape, offset):
            if n == 1:
                continue
            if result[i] not in (1, n):
                raise _mismatch(result[i], n, i, shapes)
            result[i] = n
    return tuple(result)


def _mismatch(a: int, b: int, axis: int, shapes: tuple[Shape, ...]) -> ShapeError:
    return ShapeError(
        advice(
            f"The size of tensor a ({a}) must match the size of tensor b ({b}) at non-singleton "
            f"dimension {axis}\nThe shapes are " + " and ".join(str(list(s)) for s in shapes) + ".",
            "make the sizes equal or 1, for example with unsqueeze() or a transpose.",
        )
    )


def whole(n: Any, name: str = "") -> int:
    """A size or position as a plain int.

    Raises:
        TypeError: for what is no integer.
    """
    try:
        return int(index(n))
    except TypeError:
        raise ArgumentTypeError(
            advice(f"argument {name}must be int, not {type(n).__name__}", "give a whole number.")
        ) from None


def as_kept(n: Any) -> int:
    """The same for answers that are kept: what is kept for (2, 1) is found for (2.0, True) as well, which equals it, so
    2.0 is taken for 2, whatever was asked before.
    """
    return int(n) if type(n) is float and n.is_integer() else whole(n)


def axis_index(axis: int, rank: int) -> int:
    """An axis counted from the front; a 0-d tensor may be asked for axis 0 or -1.

    >>> axis_index(-1, 3)
    2
    """
    if type(axis) is not int:
        axis = whole(axis, "'dim' ")
    if 0 <= axis < rank:
        return axis
    if -rank <= axis < 0:
        return axis + rank
    if not rank and -1 <= axis <= 0:
        return 0
    low, high = (-rank, rank - 1) if rank else (-1, 0)
    raise AxisError(f"Dimension out of range (expected to be in range of [{low}, {high}], but got {axis})")


def own_axis(axis: int, rank: int) -> int:
    """`axis_index` for what needs a dimension to work on: a 0-d tensor has none."""
    if not rank:
        raise AxisError(f"Dimension specified as {axis} but tensor has no dimensions")
    return axis_index(axis, rank)


def refuse_scalar(rank: int, name: str, error: type[Exception] = AxisError) -> None:
    """Raise, in PyTorch's words, where a part is to be taken of a 0-d tensor."""
    if not rank:
        raise error(f"{name}() cannot be applied to a 0-dim tensor.")


def axes_tuple(axes: int | Sequence[int] | None, rank: int) -> tuple[int, ...]:
    """Axes counted from the front, in order, each once; None or () means all of them.

    >>> axes_tuple((-1, 0), 3)
    (0, 2)
    """
    if axes is None:
        return tuple(range(rank))
    if isinstance(axes, int):
        axis = axis_index(axes, rank)
        return (axis,) if rank else ()
    if len(axes) == 0:
        return tuple(range(rank))
    found = [axis_index(a, rank) for a in axes]
    for a in found:
        if found.count(a) > 1:
            raise ShapeError(f"dim {a} appears multiple times in the list of dims")
    return tuple(sorted(found)) if rank else ()


@lru_cache(MANY)
def reshape_target(shape: Shape, wanted: Shape) -> Shape:
    """The shape that `wanted` means for an array of `shape`: one -1 is worked out.

    >>> reshape_target((2, 6), (3, -1))
    (3, 4)
    """
    count, wanted = prod(shape), tuple(map(as_kept, wanted))
    if min(wanted, default=0) >= 0 and prod(wanted) == count:
        return wanted
    for i, n in enumerate(wanted):
        if n < -1:
            raise ShapeError(f"invalid shape dimension {n} at index {i} of shape {list(wanted)}")
    invalid = ShapeError(
        advice(
            f"shape '{list(wanted)}' is invalid for input of size {count}",
            f"choose sizes whose product is {count}; one of them may be -1.",
        )
    )
    if -1 in wanted:
        known = prod(n for n in wanted if n != -1)
        if wanted.count(-1) > 1:
            raise ShapeError("only one dimension can be inferred")
        if known == 0 and count == 0:
            raise ShapeError(
                f"cannot reshape tensor of 0 elements into shape {list(wanted)} because the "
                "unspecified dimension size -1 can be any value and is ambiguous"
            )
        if known and count % known == 0:
            return tuple(count // known if n == -1 else n for n in wanted)
    raise invalid


@lru_cache(MANY)
def expand_target(shape: Shape, wanted: Shape) -> Shape:
    """The shape that `wanted`, of no fewer sizes, means where dimensions of size 1 are repeated: -1 keeps a size.

    >>> expand_target((3, 1), (2, -1, 4))
    (2, 3, 4)
    """
    target = list(map(as_kept, wanted))
    extra = len(target) - len(shape)
    for i, n in enumerate(target[:extra]):
        if n == -1:
            raise ShapeError(
                f"The expanded size of the tensor (-1) isn't allowed in a leading, non-existing dimension {i}"
            )
    for i, n in enumerate(shape, extra):
        if target[i] == -1:
            target[i] = n
        elif n not in (1, target[i]):
            raise ShapeError(
                f"The expanded size of the tensor ({target[i]}) must match the existing size ({n}) "
                f"at non-singleton dimension {i}.  Target sizes: {target}.  Tensor sizes: {list(shape)}"
            )
    return tuple(target)


@lru_cache(MANY)
def permutation(order: Shape, rank: int) -> Shape:
    """An order of axes, each counted from the front.

    >>> permutation((-1, 0, 1), 3)
    (2, 0, 1)

    Raises:
        RuntimeError: unless each axis is there once.
    """
    if len(order) != rank:
        raise ShapeError(
            "permute(sparse_coo): number of dimensions in the tensor input does not match the "
            f"length of the desired ordering of dimensions i.e. input.dim() = {rank} is not equal "
            f"to len(dims) = {len(order)}"
        )
    axes = tuple(axis_index(as_kept(axis), rank) for axis in order)
    if len(set(axes)) != rank:
        raise ShapeError("permute(): duplicate dims are not allowed.")
    return axes


@lru_cache(MANY)
def swap(first: int, second: int, rank: int) -> Shape:
    """The permutation that swaps two axes.

    >>> swap(0, -1, 3)
    (2, 1, 0)
    """
    order = list(range(rank))
    a, b = axis_index(as_kept(first), rank), axis_index(as_kept(second), rank)
    if rank:
        order[a], order[b] = b, a
    return tuple(order)


def inverse(order: Sequence[int]) -> tuple[int, ...]:
    """The permutation that undoes `order`.

    >>> inverse((2, 0, 1))
    (1, 2, 0)
    """
    undone = [0] * len(order)
    for position, axis in enumerate(order):
        undone[axis] = position
    return tuple(undone)


def to_front(axis: int, rank: int) -> tuple[int, ...]:
    """The permutation that brings one axis to the front.

    >>> to_front(2, 4)
    (2, 0, 1, 3)
    """
    return (axis, *(i for i in range(rank) if i != axis))


def past(axis: int, axes: Iterable[int]) -> tuple[int, ...]:
    """The same axes after a new axis was put at position `axis`.

    >>> past(1, (0, 1, 2))
    (0, 2, 3)
    """
    return tuple(a + (a >= axis) for a in axes)


def axes_by_steps(shape: Shape, strides: Sequence[int]) -> Shape:
    """The axes from the outermost to the innermost, by the steps from element to element; 0 says nothing of an axis.

    >>> axes_by_steps((2, 3, 4), (1, 0, 2))
    (2, 1, 0)
    """
    inner = list(reversed(range(len(shape))))
    for last in range(1, len(shape)):
        at = last
        for place in reversed(range(last)):
            mine, other = ((strides[axis], shape[axis]) for axis in (inner[at], inner[place]))
            if not mine[0] or not other[0]:
                continue
            if other < mine:
                break
            inner[at], inner[place] = inner[place], inner[at]
            at = place
    return tuple(reversed(inner))


def contiguous_strides(shape: Shape) -> tuple[int, ...]:
    """The strides, counted in elements, of a row-major array.

    >>> contiguous_strides((2, 3, 4))
    (12, 4, 1)
    """
    strides, step = [], 1
    for n in reversed(shape):
        strides.append(step)
        step *= max(n, 1)
    return tuple(reversed(strides))

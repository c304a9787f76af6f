"""Big arrays in blocks: each block stays in the cache while all steps of a kernel go over it, and threads share them.

    kernel(x, y) = the blocks kernel(x[i:j], y[i:j]), one after the other

Until a process has met a big array nothing of this is in the way: see `when_big`.

Knows arrays and functions that act element by element. Must not know any particular op.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from wengert.core.buffers import empty
from wengert.core.sweeps import Sweeps
from wengert.core.threads import POOL
from wengert.errors import ShapeError
from wengert.shapes import broadcast_shapes

if TYPE_CHECKING:
    from collections.abc import Callable

BIG = 100_000
"""Arrays of more elements are taken in blocks."""

BLOCK = 1 << 17
"""Elements of a block of a kernel of several steps: a few operands of that size fit the second cache."""

PROBE = 64
"""About so many elements are computed first, to see what comes out."""

NUMBERS = (int, float, complex, np.generic)

PIECES = 2
"""Into how many pieces per thread a kernel of one step is cut: a thread that is held up leaves some to others."""


class Met:
    """Whether a big array was met, and what is to be done when the first is."""

    __slots__ = ("seen", "waiting")

    def __init__(self) -> None:
        self.seen = False
        self.waiting: list[Callable[[], None]] = []


MET = Met()


def when_big(change: Callable[[], None]) -> Callable[[], None]:
    """Call `change` when the first big array is met: only then is it worth to look at the sizes of operands."""
    if MET.seen:
        change()
    else:
        MET.waiting.append(change)
    return change


def notice(array: Any) -> Any:
    """Look at the size of an array that comes into being; called where that costs nothing that matters."""
    if not MET.seen and array.size >= BIG:
        MET.seen = True
        for change in MET.waiting:
            change()
        MET.waiting.clear()
    return array


def in_blocks(function: Callable[..., Any], sweeps: Sweeps | None = None) -> Callable[..., Any]:
    """A function of arrays that acts element by element; big ones go by a sweep where there is one, else in blocks."""
    single = isinstance(function, np.ufunc)

    def blocked(*operands: Any) -> Any:
        big = False
        for operand in operands:
            if type(operand) is np.ndarray:
                big = big or operand.size >= BIG
            elif not isinstance(operand, NUMBERS):  # values that record what is done to them
                return function(*operands)
        if not big:
            return function(*operands)
        found = None if sweeps is None else sweeps.over(operands)
        return by_blocks(function, operands, single=single) if found is None else found

    if single:
        blocked.ufunc = function  # type: ignore[attr-defined]
    blocked.sweeps = sweeps  # type: ignore[attr-defined]
    blocked.__wrapped__ = function  # type: ignore[attr-defined]
    return blocked


def by_blocks(function: Callable[..., Any], operands: tuple[Any, ...], *, single: bool, out: Any = None) -> Any:
    """The result of a function that acts element by element, computed block by block.

    Args:
        function: of arrays and numbers.
        operands: what it is called with.
        single: whether it is a ufunc, which can write where it is told.
        out: where to write; new memory if None.
    """
    arrays = [operand for operand in operands if type(operand) is np.ndarray]
    shapes = {array.shape for array in arrays}
    shape = _together(shapes)
    if shape is None:
        return function(*operands)
    flat = len(shapes) == 1 and all(array.flags.c_contiguous for array in arrays)
    whole = operands
    if flat:
        operands = tuple(o.reshape(-1) if type(o) is np.ndarray else o for o in operands)
        rows, width = prod(shape), 1
    else:
        rows, width = shape[0], prod(shape[1:])
    step = steps_of(rows, width, single=single)
    rank = len(shape)

    def part(operand: Any, start: int, stop: int) -> Any:
        if type(operand) is not np.ndarray or not (flat or (operand.ndim == rank and operand.shape[0] == rows > 1)):
            return operand
        return operand[start:stop]

    probe = min(step, max(PROBE // width, 1))
    first = function(*(part(o, 0, probe) for o in operands))
    if type(first) is not np.ndarray or first.size != probe * width:
        return function(*whole)  # a constant, or something that is not computed element by element
    if out is None:
        out = empty(shape, first.dtype)
    elif out.shape != shape:
        raise ValueError(f"a result of shape {shape} does not fit into {out.shape}")
    target = out.reshape(-1) if flat else out
    direct = single and first.dtype == out.dtype

    def piece(number: int) -> None:
        start = number * step
        parts = [part(o, start, start + step) for o in operands]
        if direct:
            function(*parts, out=target[start : start + step])
        else:
            target[start : start + step] = function(*parts)

    POOL.run(piece, -(-rows // step))
    return out


def _together(shapes: set[tuple[int, ...]]) -> tuple[int, ...] | None:
    """The shape of a result that can be cut into blocks; None where it is empty, or does not fit: NumPy says how."""
    try:
        shape = broadcast_shapes(*shapes)
    except ShapeError:
        return None
    return None if 0 in shape else shape


def steps_of(rows: int, width: int, *, single: bool) -> int:
    """How many rows make a block."""
    if single:
        return max(rows // (PIECES * POOL.threads), min(rows, BLOCK // width), 1)
    return max(BLOCK // width, 1)


def copied(array: Any) -> Any:
    """A copy in row-major memory, made on several threads where the array is big."""
    if array.size < BIG:
        return np.array(array, order="C")
    out = empty(array.shape, array.dtype)
    first = (0,) * next((axis for axis, n in enumerate(array.shape) if n > 1), 0)  # axes of one element in front
    source, target = array[first], out[first]
    in_pieces(len(source), lambda part: np.copyto(target[part], source[part]))
    return out


def zeros(shape: Any, dtype: Any) -> Any:
    """Zeros, in memory that was used before where the array is big."""
    out = empty(shape, dtype)
    if out.size < BIG:
        out.fill(0)
    else:
        flat = out.reshape(-1)
        in_pieces(flat.size, lambda part: flat[part].fill(0))
    return out


def in_pieces(rows: int, work: Callable[[slice], None]) -> None:
    """Do work with all rows, some of them on each thread."""
    step = -(-rows // (PIECES * POOL.threads))
    POOL.run(lambda number: work(slice(number * step, (number + 1) * step)), -(-rows // step))


def row_major(array: Any) -> Any:
    """The array where it lies so, else a copy."""
    return array if array.flags.c_contiguous else copied(array)


def write_blocks(kernel: Any, a: Any, others: Any) -> None:
    """`ufunc(a, *others, out=a)` for the ufunc of a kernel that takes blocks; at once where another operand lies in the
    same memory.
    """
    ufunc = kernel.ufunc
    apart = not any(type(o) is np.ndarray and o is not a and np.may_share_memory(o, a) for o in others)
    if not apart or not a.flags.writeable:
        ufunc(a, *others, out=a)
        return
    found = None
    if kernel.sweeps is not None and all(type(o) is not np.ndarray or o.shape in ((), a.shape) for o in others):
        found = kernel.sweeps.over((a, *others), onto=True)
    if found is None:
        by_blocks(ufunc, (a, *others), single=True, out=a)
    elif found is not a:
        np.copyto(a, found)

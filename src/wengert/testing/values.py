"""Laws about what an op computes: its shape rule, bare arrays, layouts, staging.

A law is a function of a row and a sample that raises AssertionError where it is broken.
"""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from wengert import errors
from wengert.core.levels import spec_of
from wengert.core.tensor import Tensor, wrap
from wengert.graph import interpret, stage
from wengert.testing.compare import array_of, close, same_bits
from wengert.testing.sample import noise, result
from wengert.testing.uses import boxed, eager, function_of, gradient_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from wengert.core.primitive import Primitive
    from wengert.testing.sample import Sample

ULPS = 4 * np.finfo(np.float64).eps
"""NumPy and BLAS add in the order of memory, and its elementary functions round in the last digit
differently from one loop to another."""


def shape_rule(row: Primitive, sample: Sample) -> None:
    """The shape rule says what the kernel gives, in both precisions."""
    specs = [spec_of(o) for o in sample.operands]
    said, out = row.result_specs(specs, sample.params), result(row, sample.operands, sample.params)
    if (said.shape, said.dtype) != (out.shape, out.dtype):
        raise AssertionError(f"the shape rule says {said}, the kernel gives {spec_of(out)}")
    _staged_as_computed(row, sample)
    _staged_as_computed(row, sample.in_single())


def integers(row: Primitive, sample: Sample) -> None:
    """The shape rule, after promotion, says what integer operands give, or refuses as the op does."""
    for dtype in (np.int64, np.int32, np.uint8):
        _staged_as_computed(row, counting(sample).cast(dtype))


def bools(row: Primitive, sample: Sample) -> None:
    """The same for truth values."""
    _staged_as_computed(row, counting(sample).cast(np.bool_))


def counting(sample: Sample) -> Sample:
    """The sample with positive whole numbers, which every integer dtype holds."""
    return sample.replaced(
        np.array(np.ceil(np.abs(o)) + 1) if isinstance(o, np.ndarray) and o.dtype.kind == "f" else o
        for o in sample.operands
    )


def _staged_as_computed(row: Primitive, sample: Sample) -> None:
    """Staging and computing give one spec, or refuse with one type of error."""
    places = sample.arrays()
    arrays = [sample.operands[i] for i in places]
    function = function_of(row, sample, places)
    said = _outcome(lambda: stage(function)(*arrays).outputs[0].spec)
    done = _outcome(lambda: spec_of(function(*map(wrap, arrays))))
    if said != done:
        dtypes = [str(a.dtype) for a in arrays]
        raise AssertionError(f"for {dtypes} staging gives {said}, computing gives {done}")


def _outcome(action: Callable[[], Any]) -> Any:
    try:
        return action()
    except errors.WengertError as error:
        return type(error)


def raw(row: Primitive, sample: Sample) -> None:
    """Arrays in, arrays out: for the op and for each of its rules."""
    operands, params = list(sample.operands), sample.params
    out = row.apply(operands, params)
    _bare(out, "the op")
    moving = sample.moving(row)
    out = np.asarray(out)
    specs = [spec_of(o) for o in operands]
    for i in moving:
        _bare(row.pull(i, noise(out, 1), operands, specs, out, params), f"the rule of operand {i}")
    if moving:
        tangents = [noise(o, 2) if i in moving else None for i, o in enumerate(operands)]
        _bare(row.push(tangents, operands, out, params), "the forward rule")


def _bare(value: Any, what: str) -> None:
    if value is not None and not isinstance(value, np.ndarray | np.generic):
        raise AssertionError(f"{what} gives {type(value).__name__} for arrays")
    if isinstance(value, np.ndarray) and value.dtype == object:
        raise AssertionError(f"{what} gives an array of objects")


def boxed_as_raw(row: Primitive, sample: Sample) -> None:
    """Tensors in, a Tensor out, with the bits that the op gives for bare arrays."""
    bare = row.apply(list(sample.operands), sample.params)
    out = row.apply([boxed(o) for o in sample.operands], sample.params)
    if type(out) is not Tensor:
        raise AssertionError(f"the op gives {type(out).__name__} for tensors")
    same_bits(out, bare, "tensors against arrays")


def staged(row: Primitive, sample: Sample) -> None:
    """Staged, verified and interpreted, the op and its gradient give the eager bits."""
    places = sample.arrays()
    arrays = [sample.operands[i] for i in places]
    function = function_of(row, sample, places)
    # NumPy multiplies two complex scalars in another order than two arrays
    same = partial(close, tolerance=ULPS) if _is_complex(sample) else same_bits
    (got,) = interpret(stage(function)(*arrays), *arrays)
    same(got, function(*map(wrap, arrays)), "staged against eager")
    moving = sample.moving(row)
    if not moving:
        return
    seed = noise(got, 3)
    graph = stage(gradient_of(row, sample, moving))(*(sample.operands[i] for i in moving), seed)
    found = interpret(graph, *(sample.operands[i] for i in moving), seed)
    for i, g, want in zip(moving, found, eager(row, sample, moving, seed)[1], strict=True):
        same(g, want, f"the staged gradient of operand {i}")


# ------------------------------------------------------------------------ memory layouts


def c_order(x: Any) -> Any:
    """Row-major."""
    return np.array(x, order="C")


def fortran(x: Any) -> Any:
    """Column-major."""
    return np.array(x, order="F")


def strided(x: Any) -> Any:
    """Every second element of a larger array, along every axis."""
    room = np.full([2 * n for n in x.shape], 99, x.dtype)
    seen = room[tuple(slice(None, None, 2) for _ in x.shape)] if x.ndim else room
    seen[...] = x
    return seen


def reversed_axes(x: Any) -> Any:
    """Stored backwards, seen forwards: negative strides."""
    index: Any = (..., *(slice(None, None, -1) for _ in x.shape))
    return np.array(np.flip(x), order="C")[index]


def repeated(x: Any) -> Any:
    """Stride 0 along each axis whose entries are all equal; the law fills the array so."""
    first = x[tuple(slice(0, 1) for _ in x.shape)] if x.size else x
    return np.broadcast_to(np.array(first), x.shape)


def read_only(x: Any) -> Any:
    """Not to be written."""
    made = np.array(x)
    made.flags.writeable = False
    return made


def unaligned(x: Any) -> Any:
    """Starting at an odd address."""
    room = np.zeros(x.nbytes + 1, np.uint8)
    made = room[1:].view(x.dtype).reshape(x.shape)
    made[...] = x
    return made


def swapped(x: Any) -> Any:
    """In the other byte order."""
    return x.astype(x.dtype.newbyteorder())


LAYOUTS = {
    "C": c_order, "F": fortran, "strided": strided, "negative": reversed_axes,
    "stride 0": repeated, "read-only": read_only, "unaligned": unaligned, "byte-swapped": swapped,
}  # fmt: skip


def layouts(row: Primitive, sample: Sample) -> None:
    """The same bits, for the result and the gradients, wherever the operands lie in memory."""
    flat = sample.replaced(np.array(repeated(o)) if isinstance(o, np.ndarray) else o for o in sample.operands)
    usual, equal_entries = _everything(row, sample), None
    for name, layout in LAYOUTS.items():
        base, want = sample, usual
        if name == "stride 0":
            if any(isinstance(o, np.ndarray) and o.dtype.kind not in "fc" for o in sample.operands):
                continue  # entries of an index cannot be made equal
            equal_entries = _everything(row, flat) if equal_entries is None else equal_entries
            base, want = flat, equal_entries
        laid = base.replaced(layout(o) if isinstance(o, np.ndarray) else o for o in base.operands)
        for got, expected in zip(_everything(row, laid), want, strict=True):
            _compare(row, base, got, expected, f"layout {name}")


def _compare(row: Primitive, sample: Sample, got: Any, want: Any, what: str) -> None:
    """The same bits; where NumPy does not promise them, the same up to its rounding."""
    if row.family == "bilinear" or row.name == "reduce_sum":  # added up in the order of memory
        added = sum(float(np.abs(o).sum()) for o in sample.operands)
        close(got, want, what, tolerance=ULPS, scale=added if np.isfinite(added) else 0)
    elif row.promotion == "float" or row.name == "power" or _is_complex(sample):  # other loops for other strides
        for one, other in zip(got.flat, want.flat, strict=True):
            close(one, other, what, tolerance=ULPS)
    else:
        same_bits(got, want, what)


def _is_complex(sample: Sample) -> bool:
    return any(sample.operands[i].dtype.kind == "c" for i in sample.arrays())


def _everything(row: Primitive, sample: Sample) -> list[Any]:
    """The result for arrays, for tensors, and the gradients."""
    # other byte orders stop where a tensor is made
    sample = sample.replaced(
        o.astype(o.dtype.newbyteorder("=")) if isinstance(o, np.ndarray) and not o.dtype.isnative else o
        for o in sample.operands
    )
    bare = np.asarray(row.apply(list(sample.operands), sample.params))
    found = [bare, array_of(row.apply([boxed(o) for o in sample.operands], sample.params))]
    moving = sample.moving(row)
    if moving:
        found += map(array_of, eager(row, sample, moving, noise(bare, 4), copy=False)[1])
    return found


def mixed_numbers(row: Primitive, sample: Sample) -> None:
    """A Python number acts as the 0-d tensor of the same dtype, in value and gradient."""
    for place, other in pairwise((*range(len(sample.operands)), 0)):
        number, partner = sample.operands[place], sample.operands[other]
        if isinstance(number, np.ndarray) or not isinstance(partner, np.ndarray):
            continue
        operands = list(sample.operands)
        operands[place] = np.array(number, partner.dtype)
        tensor_sample = sample.replaced(operands)
        want = _everything(row, tensor_sample)
        got = _everything(row, sample)
        same_bits(got[1], want[1], "a number against a 0-d tensor")
        moving = tensor_sample.moving(row)
        for i, g in zip(sample.moving(row), got[2:], strict=True):
            same_bits(g, want[2 + moving.index(i)], "the gradient with a number")

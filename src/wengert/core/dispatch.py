"""Where a call goes that the fast path of its op does not take, and in which dtype its operands meet.

    dispatch: a call goes to the innermost level among its operands; without one, it is recorded

Knows levels and the dtypes' lattice. Must not know any transform.
"""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING, Any

import numpy as np

from wengert import dtypes, errors
from wengert.core.levels import ARRAY_TYPES, Level, Tracer, compute, numpy_dtype, record, spec_of
from wengert.core.live import LiveNumber, settled
from wengert.core.primitive import TABLE
from wengert.core.tensor import Tensor, seen_through, wrap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wengert.core.primitive import Primitive


def dispatch(primitive: Primitive, operands: Sequence[Any], params: tuple[Any, ...] = ()) -> Any:
    """Apply a primitive to operands that the fast path of its op does not take."""
    top: Level | None = None
    boxed = False
    for operand in operands:
        if type(operand) is LiveNumber:
            if not operand.is_live:
                return dispatch(primitive, settled(tuple(operands)), params)
            top = top or operand.tensor.level
        elif isinstance(operand, Tensor):
            boxed = True
            if isinstance(operand, Tracer) and (top is None or operand.level.number > top.number):
                top = operand.level
        elif not isinstance(operand, ARRAY_TYPES):
            kind = type(operand).__name__
            raise errors.ArgumentTypeError(f"{primitive.name}(): argument must be Tensor or a number, not {kind}")
    if not boxed:
        return compute(primitive, rounded(primitive, operands), params)
    if (result := scaled(primitive, operands)) is not None:
        return result
    operands = promoted(primitive, operands)
    return record(primitive, operands, params) if top is None else _traced(top, primitive, operands, params)


def _traced(level: Level, primitive: Primitive, operands: Sequence[Any], params: tuple[Any, ...]) -> Any:
    result = level.process(primitive, operands, params)
    if primitive.is_view and isinstance(result, Tracer):
        seen_through(operands[0], result, primitive, params)
    return result


# ---------------------------------------------------------------------------- half precision


def scaled(primitive: Primitive, operands: Sequence[Any]) -> Any:
    """A product of half precision and a number, or a quotient, computed in float32 as PyTorch does it.

    Returns:
        the result; None where the row's own kernel gives the same.
    """
    if not (dtypes.HALF.seen and primitive.scales):
        return None
    wanted = common_dtype(operands)
    if not dtypes.is_half(wanted.numpy) or all(_is_exact(operand, wanted.numpy) for operand in operands):
        return None
    cast = TABLE["cast"].op
    met = [_in_dtype(operand, wanted) if _is_spread(operand) else operand for operand in operands]
    return cast(primitive.op(*[_in_dtype(operand, dtypes.float32) for operand in met]), wanted.numpy)


def _is_spread(operand: Any) -> bool:
    """Whether an operand is a tensor of elements, and not one number, so that it takes the common dtype first."""
    return isinstance(operand, Tensor | np.ndarray) and spec_of(operand).shape != ()


def _is_exact(operand: Any, half: np.dtype[Any]) -> bool:
    """Whether an operand is the same in half precision, or taken in it in any case."""
    if isinstance(operand, Tensor | np.ndarray):
        return numpy_dtype(operand) == half or _is_spread(operand)
    if type(operand) is LiveNumber:
        return False
    with np.errstate(over="ignore"):
        same = float(np.array(operand).astype(half))
    return same == operand or isnan(same)


def rounded(primitive: Primitive, operands: Sequence[Any]) -> Sequence[Any]:
    """Arrays and numbers, where half precision meets a number: it decides the dtype."""
    found = [o.dtype for o in operands if isinstance(o, np.ndarray)] if dtypes.HALF.seen else []
    if len(found) in (0, len(operands)) or primitive.promotion is None or not all(map(dtypes.is_half, found)):
        return operands
    return [o if isinstance(o, np.ndarray) else np.array(o).astype(found[0]) for o in operands]


# ---------------------------------------------------------------------------- promotion


def promoted(primitive: Primitive, operands: Sequence[Any]) -> Sequence[Any]:
    """The operands in the one dtype that the row's `promotion` asks for.

    Python numbers stay numbers (they are weak); casts are ops, so they are recorded.
    """
    if primitive.refusal is not None:
        primitive.refusal(operands)
    rule = primitive.promotion
    if rule is None:
        return [wrap(o) if isinstance(o, np.ndarray) else o for o in operands]
    first = 1 if rule == "branches" else 0
    if not first and all_alike(operands):
        return operands
    wanted = common_dtype(operands[first:])
    if rule == "float" and wanted.category < dtypes.FLOATING:
        wanted = dtypes.default()
    head = [wrap(o) if not isinstance(o, Tensor) else o for o in operands[:first]]
    if first and numpy_dtype(head[0]) != np.bool_:
        head[0] = TABLE["cast"].op(head[0], np.dtype(np.bool_))
    return [*head, *(_in_dtype(operand, wanted) for operand in operands[first:])]


def all_alike(operands: Sequence[Any]) -> bool:
    """Whether all operands are tensors of one dtype of floating point, so that there is nothing to promote."""
    dtype = None
    for operand in operands:
        if not isinstance(operand, Tensor):
            return False
        own = numpy_dtype(operand)
        if own is not dtype:
            if dtype is not None or own.char not in "fd":
                return False
            dtype = own
    return True


def common_dtype(operands: Sequence[Any]) -> dtypes.dtype:
    """PyTorch's result type of tensors and numbers together."""
    groups: tuple[list[dtypes.dtype], ...] = ([], [], [])
    for operand in operands:
        if isinstance(operand, Tensor | np.ndarray):
            spec = spec_of(operand)
            groups[0 if spec.shape else 1].append(dtypes.of_numpy(spec.dtype))
        else:
            groups[2].append(dtypes.of_scalar(operand))
    return dtypes.result_type(*groups)


def _in_dtype(operand: Any, wanted: dtypes.dtype) -> Any:
    if isinstance(operand, np.generic):
        operand = operand.item()
    if isinstance(operand, np.ndarray):
        operand = wrap(operand)
    if type(operand) is LiveNumber:
        operand = operand.tensor
    if isinstance(operand, Tensor):
        if numpy_dtype(operand) == wanted.numpy:
            return operand
        return TABLE["cast"].op(operand, wanted.numpy)
    # NumPy would refuse 300 for uint8, where PyTorch wraps, and make float32 of a bfloat16 and a number
    if wanted.category < dtypes.FLOATING or wanted is dtypes.bfloat16:
        return wrap(np.array(operand).astype(wanted.numpy))
    return operand

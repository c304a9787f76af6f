"""Questions about elements, dtypes and tensors."""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np

from wengert import dtypes, errors
from wengert.core.dispatch import common_dtype
from wengert.core.families import shape_of
from wengert.core.levels import numpy_dtype
from wengert.core.tensor import Tensor, wrap
from wengert.functions.elementwise.bits import only_tensors
from wengert.ops import complexes
from wengert.ops import pointwise as p
from wengert.ops import structural as s
from wengert.ops.refusals import Refusal, refuse


def isinf(input: Tensor) -> Tensor:
    """Whether each element is inf or -inf; of a complex number, whether one of its parts is.

    >>> import wengert as torch
    >>> torch.isinf(torch.tensor([1.0, -torch.inf, torch.nan]))
    tensor([False,  True, False])
    """
    only_tensors("isinf", input=input)
    if numpy_dtype(input).kind == "c":
        parts = isinf(complexes.view_as_real(input))
        return p.not_equal(s.reduce_sum(s.cast(parts, np.dtype(np.int64)), (len(shape_of(input)),)), 0)  # type: ignore[no-any-return]
    if numpy_dtype(input).kind not in "fV":
        return p.not_equal(input, input)  # type: ignore[no-any-return]
    return p.equal(p.absolute(input), inf)  # type: ignore[no-any-return]


def isposinf(input: Tensor) -> Tensor:
    """Whether each element is inf.

    >>> import wengert as torch
    >>> torch.isposinf(torch.tensor([1.0, -torch.inf, torch.inf]))
    tensor([False, False,  True])
    """
    refuse(numpy_dtype(input), Refusal("c", "isposinf does not support complex inputs."))
    return p.equal(input, inf) if _floats(input) else p.not_equal(input, input)  # type: ignore[no-any-return]


def isneginf(input: Tensor) -> Tensor:
    """Whether each element is -inf.

    >>> import wengert as torch
    >>> torch.isneginf(torch.tensor([1.0, -torch.inf, torch.inf]))
    tensor([False,  True, False])
    """
    refuse(numpy_dtype(input), Refusal("c", "isneginf does not support complex inputs."))
    return p.equal(input, -inf) if _floats(input) else p.not_equal(input, input)  # type: ignore[no-any-return]


def _floats(x: Any) -> bool:
    return numpy_dtype(x).kind in "fV"


def isin(elements: Any, test_elements: Any, *, assume_unique: bool = False, invert: bool = False) -> Tensor:
    """Whether each element is among some others.

    >>> import wengert as torch
    >>> torch.isin(torch.tensor([[1, 2], [3, 4]]), torch.tensor([2, 3]))
    tensor([[False,  True],
            [ True, False]])

    `assume_unique` changes nothing but the speed, and here not that either; `invert` gives the opposite.
    """
    for x in (elements, test_elements):
        if isinstance(x, Tensor):
            refuse(
                numpy_dtype(x), Refusal("bc", "Unsupported input type encountered for isin(): {}", "convert it first.")
            )
    common = common_dtype([elements, test_elements])
    first, second = (
        s.cast(x, common.numpy) if isinstance(x, Tensor) else wrap(np.asarray(x).astype(common.numpy))
        for x in (elements, test_elements)
    )
    count, rank = s.size_of(second), len(shape_of(first))
    if not count:
        found = p.not_equal(first, first)
        found = p.logical_and(found, p.logical_not(found))
        return p.logical_not(found) if invert else found  # type: ignore[no-any-return]
    met = p.equal(s.reshape(first, (*shape_of(first), 1)), s.reshape(second, (*(1,) * rank, count)))
    found = p.not_equal(s.reduce_sum(s.cast(met, np.dtype(np.int64)), (rank,)), 0)
    return p.logical_not(found) if invert else found  # type: ignore[no-any-return]


def result_type(tensor1: Any, tensor2: Any) -> dtypes.dtype:
    """The dtype of the result where two tensors or numbers meet.

    >>> import wengert as torch
    >>> torch.result_type(torch.tensor([1, 2]), 1.0)
    torch.float32
    """
    return common_dtype([tensor1, tensor2])


def can_cast(from_: dtypes.dtype, to: dtypes.dtype) -> bool:
    """Whether results of one dtype may be written where there is another.

    >>> import wengert as torch
    >>> torch.can_cast(torch.double, torch.float), torch.can_cast(torch.float, torch.int)
    (True, False)
    """
    for name, value in (("from", from_), ("to", to)):
        if not isinstance(value, dtypes.dtype):
            raise errors.ArgumentTypeError(
                f"can_cast(): argument '{name}' must be torch.dtype, not {type(value).__name__}"
            )
    return from_.category <= to.category


def _signed(dtype: dtypes.dtype) -> bool:
    return dtype.numpy.kind not in "bu"


def is_nonzero(input: Tensor) -> bool:
    """Whether the one element of a tensor is not 0.

    >>> import wengert as torch
    >>> torch.is_nonzero(torch.tensor([0.5]))
    True
    """
    only_tensors("is_nonzero", input=input)
    return bool(input)


def is_tensor(obj: Any) -> bool:
    """Whether something is a tensor.

    >>> import wengert as torch
    >>> torch.is_tensor(torch.zeros(1)), torch.is_tensor(1)
    (True, False)
    """
    return isinstance(obj, Tensor)


def is_storage(obj: Any) -> bool:
    """Whether something is a storage: never, since wengert has none.

    >>> import wengert as torch
    >>> torch.is_storage(torch.zeros(1))
    False
    """
    return False


def is_signed(input: Tensor) -> bool:
    """Whether the dtype of a tensor has negative numbers.

    >>> import wengert as torch
    >>> torch.is_signed(torch.tensor([1])), torch.is_signed(torch.tensor([True]))
    (True, False)
    """
    return _signed(input.dtype)


def is_neg(input: Tensor) -> bool:
    """Whether the minus of a tensor is still to be computed: never, it is computed at once.

    >>> import wengert as torch
    >>> torch.is_neg(-torch.ones(1))
    False
    """
    return False


def resolve_neg(input: Tensor) -> Tensor:
    """The tensor itself, whose minus is computed already.

    >>> import wengert as torch
    >>> torch.resolve_neg(-torch.ones(1))
    tensor([-1.])
    """
    return input


def is_distributed(input: Tensor) -> bool:
    """Whether the elements lie in several processes: never.

    >>> import wengert as torch
    >>> torch.is_distributed(torch.ones(1))
    False
    """
    return False


def is_same_size(input: Tensor, other: Tensor) -> bool:
    """Whether two tensors have the same shape.

    >>> import wengert as torch
    >>> torch.is_same_size(torch.zeros(2), torch.ones(2)), torch.is_same_size(torch.zeros(2), torch.ones(1, 2))
    (True, False)
    """
    return shape_of(input) == shape_of(other)


def numel(input: Tensor) -> int:
    """The number of elements.

    >>> import wengert as torch
    >>> torch.numel(torch.zeros(2, 3))
    6
    """
    only_tensors("numel", input=input)
    return s.size_of(input)


def get_device(input: Tensor) -> int:
    """The number of the GPU that a tensor is on: -1, as it is on the CPU.

    >>> import wengert as torch
    >>> torch.get_device(torch.zeros(1))
    -1
    """
    return -1


def typename(obj: Any) -> str:
    """The name of a type: of a tensor the legacy name, with its dtype.

    >>> import wengert as torch
    >>> torch.typename(torch.zeros(1)), torch.typename(3)
    ('torch.FloatTensor', 'int')
    """
    if isinstance(obj, Tensor):
        return str(obj.type())
    kind = obj if isinstance(obj, type) else type(obj)
    module = kind.__module__ if kind.__module__ not in ("builtins", "__builtin__") else ""
    return f"{module}.{kind.__qualname__}" if module else kind.__qualname__

"""Writing what a Python function makes of the elements, one by one.

Knows elements as Python numbers. Must not be differentiated: nothing is known of the function.
"""

from __future__ import annotations

from collections.abc import Callable
from numbers import Number
from typing import Any

import numpy as np

from wengert import dtypes, errors
from wengert.core.levels import Tracer, concrete
from wengert.core.tensor import Tensor, wrap
from wengert.functions.writing.inplace import copy_


def apply_(self: Tensor, callable: Callable[[Any], Any]) -> Tensor:
    """Replace every element by what a function makes of it.

    >>> import wengert as torch
    >>> torch.tensor([1.0, 2.0]).apply_(lambda x: x * x + 1)
    tensor([2., 5.])

    The function is called once for each element, which is slow.
    """
    return _written("apply_", self, (), callable)


def map_(self: Tensor, other: Tensor, callable: Callable[[Any, Any], Any]) -> Tensor:
    """Replace every element by what a function makes of it and its partner in another tensor.

    >>> import wengert as torch
    >>> torch.tensor([1.0, 2.0]).map_(torch.tensor([3.0, 4.0]), lambda x, y: x + 2 * y)
    tensor([ 7., 10.])

    The function is called once for each element, which is slow. The other tensor is broadcast.
    """
    if not isinstance(other, Tensor):
        raise errors.ArgumentTypeError(
            f"map_(): argument 'other' (position 1) must be Tensor, not {type(other).__name__}"
        )
    return _written("map_", self, (other,), callable)


def _written(name: str, x: Tensor, others: tuple[Tensor, ...], function: Callable[..., Any]) -> Tensor:
    if any(isinstance(y, Tracer) for y in (x, *others)):
        raise errors.TransformError(f"{name}: a Python function of the elements has no values to work on here.")
    if any(y.requires_grad for y in (x, *others)):
        raise errors.GradError(
            f"Can't call {name}() on Variable that requires grad. Use var.detach().{name}() instead."
        )
    for y in others:
        have, own = (dtypes.of_numpy(tensor.array.dtype) for tensor in (y, x))
        if have is not own:
            raise errors.ArgumentTypeError(
                errors.advice(
                    f"{name}: expected torch.{own.title}Tensor for 'other' (got torch.{have.title}Tensor)",
                    "convert it with .to(x.dtype).",
                )
            )
    shape = tuple(x.shape)
    columns = [concrete(y).ravel().tolist() for y in (x, *(other.expand(shape) for other in others))]
    results = [_number(function(*row)) for row in zip(*columns, strict=True)]
    own_dtype = x.array.dtype
    values = np.array(results, complex if own_dtype.kind == "c" else None).astype(own_dtype)
    return copy_(x, wrap(values.reshape(shape)), name=name)


def _number(result: Any) -> Any:
    if isinstance(result, Tensor):
        return result.item()
    if not isinstance(result, Number | np.generic):
        raise errors.ArgumentTypeError(f"must be real number, not {type(result).__name__}")
    return result

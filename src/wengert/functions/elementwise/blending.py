"""Element-by-element functions of three tensors: lerp, addcmul, addcdiv."""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert import dtypes, errors
from wengert.core.dispatch import common_dtype
from wengert.core.families import shape_of
from wengert.core.levels import numpy_dtype
from wengert.core.tensor import Tensor
from wengert.functions.halves import in_float32, widened
from wengert.functions.outdated import numbers_first
from wengert.ops import pointwise as p
from wengert.ops import structural as s
from wengert.ops.refusals import no_kernel, refuse


def lerp(input: Tensor, end: Tensor, weight: Any) -> Tensor:
    """input + weight * (end - input): a straight line from one tensor to another.

    >>> import wengert as torch
    >>> torch.lerp(torch.tensor([0.0, 10.0]), torch.tensor([10.0, 20.0]), 0.25)
    tensor([ 2.5000, 12.5000])
    """
    weight = weight.item() if isinstance(weight, np.generic) else weight
    is_number = isinstance(weight, bool | int | float | complex)
    if not isinstance(end, Tensor) or not (is_number or isinstance(weight, Tensor)):
        raise errors.ArgumentTypeError(
            f"lerp(): arguments 'end' and 'weight' must be Tensors, or 'weight' a number, not {type(end).__name__} "
            f"and {type(weight).__name__}"
        )
    own = dtypes.of_numpy(numpy_dtype(input))
    if own.category < dtypes.FLOATING:
        kernel = "lerp_kernel_scalar" if is_number else "lerp_kernel_tensor"
        raise errors.UnsupportedError(f"\"{kernel}\" not implemented for '{own.title}'")
    for name, other in (("end", end), ("weight", weight)):
        if isinstance(other, Tensor) and (given := dtypes.of_numpy(numpy_dtype(other))) is not own:
            if name == "weight" and not shape_of(other) and given.category <= own.category:
                continue
            raise errors.DtypeError(
                errors.advice(
                    f"expected dtype {dtypes.C_NAMES[own]} for `{name}` but got dtype {dtypes.C_NAMES[given]}",
                    f"convert it with .to({own}).",
                )
            )
    if own in dtypes.HALVES:
        return in_float32(lerp, input, end, weight)  # type: ignore[no-any-return]
    if not is_number:
        weight = s.cast(weight, own.numpy)
    way = p.subtract(end, input)  # from the nearer end, as PyTorch rounds
    near, far = p.multiply(way, weight), p.multiply(way, 1 - weight)
    if is_number:
        return p.add(input, near) if abs(weight) < 0.5 else p.subtract(end, far)  # type: ignore[no-any-return]
    return p.where(p.less(p.absolute(weight), 0.5), p.add(input, near), p.subtract(end, far))  # type: ignore[no-any-return]


def addcmul(input: Tensor, tensor1: Tensor, tensor2: Tensor, *more: Any, value: Any = 1) -> Tensor:
    """input + value * tensor1 * tensor2.

    >>> import wengert as torch
    >>> torch.addcmul(torch.tensor([1.0]), torch.tensor([2.0]), torch.tensor([3.0]), value=10)
    tensor([61.])
    """
    if more:
        return numbers_first("addcmul", addcmul, (input, tensor1, tensor2, *more))  # type: ignore[no-any-return]
    common = common_dtype([input, tensor1, tensor2])
    refuse(common.numpy, no_kernel("addcmul_cpu_out", "b"))
    if common in dtypes.HALVES:
        return s.cast(addcmul(*map(widened, (input, tensor1, tensor2)), value=value), common.numpy)  # type: ignore[no-any-return]
    if common.category == dtypes.INTEGER:
        value = dtypes.number_in(value, common.numpy).item()
    first = tensor1 if type(value) is int and value == 1 else p.multiply(tensor1, value)
    return p.add(input, p.multiply(first, tensor2))  # type: ignore[no-any-return]


def addcdiv(input: Tensor, tensor1: Tensor, tensor2: Tensor, *more: Any, value: Any = 1) -> Tensor:
    """input + value * tensor1 / tensor2.

    >>> import wengert as torch
    >>> torch.addcdiv(torch.tensor([1.0]), torch.tensor([6.0]), torch.tensor([3.0]))
    tensor([3.])
    """
    if more:
        return numbers_first("addcdiv", addcdiv, (input, tensor1, tensor2, *more))  # type: ignore[no-any-return]
    if common_dtype([tensor1, tensor2]).category < dtypes.FLOATING:
        raise errors.DtypeError(
            errors.advice(
                "Integer division with addcdiv is no longer supported, and in a future  release addcdiv will perform a "
                "true division of tensor1 and tensor2. The historic addcdiv behavior can be implemented as (input + "
                "value * torch.trunc(tensor1 / tensor2)).to(input.dtype) for integer inputs and as (input + value * "
                "tensor1 / tensor2) for float inputs. The future addcdiv behavior is just the latter implementation: "
                "(input + value * tensor1 / tensor2), for all dtypes.",
                "convert one of them with .float().",
            )
        )
    common = common_dtype([input, tensor1, tensor2])
    if common in dtypes.HALVES:
        return s.cast(addcdiv(*map(widened, (input, tensor1, tensor2)), value=value), common.numpy)  # type: ignore[no-any-return]
    if not (type(value) is int and value == 1):
        first = tensor1 if numpy_dtype(tensor1) == common.numpy else s.cast(tensor1, common.numpy)
        tensor1 = p.multiply(first, value)  # before the division, as PyTorch rounds
    return p.add(input, p.divide(tensor1, tensor2))  # type: ignore[no-any-return]

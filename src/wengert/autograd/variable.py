"""torch.autograd.Variable: what tensors with gradients were called once. Old programs still write it."""

from typing import Any

from wengert.core.tensor import Tensor
from wengert.errors import ArgumentTypeError

__all__ = ["Variable"]


class VariableMeta(type):
    """Every tensor is a Variable."""

    def __instancecheck__(cls, other: object) -> bool:
        return isinstance(other, Tensor)


class Variable(metaclass=VariableMeta):
    """A tensor with the same elements that is a leaf of its own.

    >>> import wengert as torch
    >>> torch.autograd.Variable(torch.ones(2), requires_grad=True)
    tensor([1., 1.], requires_grad=True)

    Args:
        data: the tensor, whose memory is shared.
        requires_grad: whether it gets gradients.
        volatile: taken; it means nothing any more.

    Raises:
        TypeError: if data is no tensor.
    """

    def __new__(cls, data: Any = None, requires_grad: bool = False, volatile: bool = False) -> Any:
        if not isinstance(data, Tensor):
            raise ArgumentTypeError(f"Variable data has to be a tensor, but got {type(data).__name__}")
        return data.detach().requires_grad_(requires_grad)

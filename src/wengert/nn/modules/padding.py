"""Padding, as modules."""

from __future__ import annotations

from typing import Any

from wengert.core.tensor import Tensor
from wengert.nn import functional
from wengert.nn.modules.module import Module

Numbers = Any
"""One number, or one for each dimension."""


def both_sides(padding: Any, dims: int) -> tuple[int, ...]:
    """How many elements at each of two sides of so many dimensions."""
    return tuple(padding) if isinstance(padding, tuple | list) else (padding,) * (2 * dims)


class Padding(Module):
    """Puts elements around its input.

    Attributes:
        padding: how many before and after the last dimension, then the one before it, and so on.
    """

    mode = "constant"
    value: Any = None

    def __init__(self, padding: Any, dims: int) -> None:
        super().__init__()
        self.padding = both_sides(padding, dims)

    def forward(self, input: Tensor) -> Tensor:
        return functional.pad(input, self.padding, self.mode, self.value)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class Reflection(Padding):
    """Continues its input as in a mirror."""

    mode = "reflect"


class Replication(Padding):
    """Continues its input with its outermost elements."""

    mode = "replicate"


class Circular(Padding):
    """Continues its input from its other end."""

    mode = "circular"


class ReflectionPad1d(Reflection):
    """Sequences continued as in a mirror that stands on their outermost elements.

    >>> import wengert as torch
    >>> torch.nn.ReflectionPad1d((1, 0))(torch.tensor([[1.0, 2.0, 3.0]]))
    tensor([[2., 1., 2., 3.]])
    """

    def __init__(self, padding: Numbers) -> None:
        super().__init__(padding, 1)


class ReflectionPad2d(Reflection):
    """Images continued as in a mirror that stands on their outermost elements.

    >>> import wengert as torch
    >>> torch.nn.ReflectionPad2d((1, 0, 0, 0))(torch.tensor([[[1.0, 2.0], [3.0, 4.0]]]))
    tensor([[[2., 1., 2.],
             [4., 3., 4.]]])
    """

    def __init__(self, padding: Numbers) -> None:
        super().__init__(padding, 2)


class ReflectionPad3d(Reflection):
    """Volumes continued as in a mirror that stands on their outermost elements.

    >>> import wengert as torch
    >>> torch.nn.ReflectionPad3d((1, 0, 0, 0, 0, 0))(torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]]))
    tensor([[[[2., 1., 2.],
              [4., 3., 4.]]]])
    """

    def __init__(self, padding: Numbers) -> None:
        super().__init__(padding, 3)


class ReplicationPad1d(Replication):
    """Sequences continued with their outermost elements.

    >>> import wengert as torch
    >>> torch.nn.ReplicationPad1d((1, 0))(torch.tensor([[1.0, 2.0, 3.0]]))
    tensor([[1., 1., 2., 3.]])
    """

    def __init__(self, padding: Numbers) -> None:
        super().__init__(padding, 1)


class ReplicationPad2d(Replication):
    """Images continued with their outermost elements.

    >>> import wengert as torch
    >>> torch.nn.ReplicationPad2d((1, 0, 0, 0))(torch.tensor([[[1.0, 2.0], [3.0, 4.0]]]))
    tensor([[[1., 1., 2.],
             [3., 3., 4.]]])
    """

    def __init__(self, padding: Numbers) -> None:
        super().__init__(padding, 2)


class ReplicationPad3d(Replication):
    """Volumes continued with their outermost elements.

    >>> import wengert as torch
    >>> torch.nn.ReplicationPad3d((1, 0, 0, 0, 0, 0))(torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]]))
    tensor([[[[1., 1., 2.],
              [3., 3., 4.]]]])
    """

    def __init__(self, padding: Numbers) -> None:
        super().__init__(padding, 3)


class CircularPad1d(Circular):
    """Sequences continued from their other end.

    >>> import wengert as torch
    >>> torch.nn.CircularPad1d((1, 0))(torch.tensor([[1.0, 2.0, 3.0]]))
    tensor([[3., 1., 2., 3.]])
    """

    def __init__(self, padding: Numbers) -> None:
        super().__init__(padding, 1)


class CircularPad2d(Circular):
    """Images continued from their other end.

    >>> import wengert as torch
    >>> torch.nn.CircularPad2d((1, 0, 0, 0))(torch.tensor([[[1.0, 2.0], [3.0, 4.0]]]))
    tensor([[[2., 1., 2.],
             [4., 3., 4.]]])
    """

    def __init__(self, padding: Numbers) -> None:
        super().__init__(padding, 2)


class CircularPad3d(Circular):
    """Volumes continued from their other end.

    >>> import wengert as torch
    >>> torch.nn.CircularPad3d((1, 0, 0, 0, 0, 0))(torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]]))
    tensor([[[[2., 1., 2.],
              [4., 3., 4.]]]])
    """

    def __init__(self, padding: Numbers) -> None:
        super().__init__(padding, 3)


class ConstantPad1d(Padding):
    """Sequences with a number around them.

    >>> import wengert as torch
    >>> torch.nn.ConstantPad1d((1, 0), 9.0)(torch.tensor([[1.0, 2.0, 3.0]]))
    tensor([[9., 1., 2., 3.]])
    """

    def __init__(self, padding: Numbers, value: float) -> None:
        super().__init__(padding, 1)
        self.value = value

    def extra_repr(self) -> str:
        return f"padding={self.padding}, value={self.value}"


class ConstantPad2d(Padding):
    """Images with a number around them.

    >>> import wengert as torch
    >>> torch.nn.ConstantPad2d((1, 0, 0, 0), 9.0)(torch.tensor([[[1.0, 2.0], [3.0, 4.0]]]))
    tensor([[[9., 1., 2.],
             [9., 3., 4.]]])
    """

    def __init__(self, padding: Numbers, value: float) -> None:
        super().__init__(padding, 2)
        self.value = value

    def extra_repr(self) -> str:
        return f"padding={self.padding}, value={self.value}"


class ConstantPad3d(Padding):
    """Volumes with a number around them.

    >>> import wengert as torch
    >>> torch.nn.ConstantPad3d((1, 0, 0, 0, 0, 0), 9.0)(torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]]))
    tensor([[[[9., 1., 2.],
              [9., 3., 4.]]]])
    """

    def __init__(self, padding: Numbers, value: float) -> None:
        super().__init__(padding, 3)
        self.value = value

    def extra_repr(self) -> str:
        return f"padding={self.padding}, value={self.value}"


class ZeroPad1d(ConstantPad1d):
    """Sequences with zeros around them.

    >>> import wengert as torch
    >>> torch.nn.ZeroPad1d((1, 0))(torch.tensor([[1.0, 2.0, 3.0]]))
    tensor([[0., 1., 2., 3.]])
    """

    def __init__(self, padding: Numbers) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class ZeroPad2d(ConstantPad2d):
    """Images with zeros around them.

    >>> import wengert as torch
    >>> torch.nn.ZeroPad2d((1, 0, 0, 0))(torch.tensor([[[1.0, 2.0], [3.0, 4.0]]]))
    tensor([[[0., 1., 2.],
             [0., 3., 4.]]])
    """

    def __init__(self, padding: Numbers) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class ZeroPad3d(ConstantPad3d):
    """Volumes with zeros around them.

    >>> import wengert as torch
    >>> torch.nn.ZeroPad3d((1, 0, 0, 0, 0, 0))(torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]]))
    tensor([[[[0., 1., 2.],
              [0., 3., 4.]]]])
    """

    def __init__(self, padding: Numbers) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        return f"{self.padding}"

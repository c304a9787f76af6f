"""torch.autograd.forward_ad: tangents carried along by tensors, inside of a block.

    dual := a primal and its tangent

Levels may be nested: a dual of an outer level may be made the primal of an inner one.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from wengert import errors
from wengert.core.levels import RUNNING, Tracer
from wengert.core.tensor import Tensor
from wengert.transforms.jvp import Dual, ForwardLevel

__all__ = [
    "UnpackedDualTensor",
    "dual_level",
    "enter_dual_level",
    "exit_dual_level",
    "make_dual",
    "unpack_dual",
]

_levels: list[ForwardLevel] = []


class UnpackedDualTensor(NamedTuple):
    """A primal, and its tangent or None.

    >>> import wengert.autograd.forward_ad as fwAD
    >>> fwAD.UnpackedDualTensor(1.0, None).tangent is None
    True
    """

    primal: Tensor
    tangent: Tensor | None


def enter_dual_level() -> int:
    """Begin a level of dual tensors; returns its number, counted from 0.

    >>> import wengert.autograd.forward_ad as fwAD
    >>> fwAD.enter_dual_level(), fwAD.exit_dual_level(level=0)
    (0, None)
    """
    RUNNING.__enter__()
    _levels.append(ForwardLevel())
    return len(_levels) - 1


def exit_dual_level(*, level: int | None = None) -> None:
    """End the innermost level of dual tensors.

    >>> import wengert.autograd.forward_ad as fwAD
    >>> level = fwAD.enter_dual_level()
    >>> fwAD.exit_dual_level(level=level)

    Raises:
        RuntimeError: if there is none, or `level` is another.
    """
    innermost = len(_levels) - 1
    level = innermost if level is None else level
    if level != innermost:
        raise errors.TransformError(
            "Trying to exit a forward AD level that was not the last one that was created. This is not supported."
        )
    if not _levels:
        raise errors.TransformError(
            "Trying to exit a forward AD level but no level is currently active."
        )  # fmt: skip
    _levels.pop()
    RUNNING.__exit__()


class dual_level:
    """A block in which tensors may carry tangents.

    >>> import wengert as torch
    >>> import wengert.autograd.forward_ad as fwAD
    >>> with fwAD.dual_level():
    ...     x = fwAD.make_dual(torch.tensor(2.0), torch.tensor(1.0))
    ...     fwAD.unpack_dual(x**3)
    UnpackedDualTensor(primal=tensor(8.), tangent=tensor(12.))
    """

    def __enter__(self) -> int:
        self._level = enter_dual_level()
        return self._level

    def __exit__(self, *exception: object) -> None:
        exit_dual_level(level=self._level)


def _level_of(name: str, level: int | None) -> ForwardLevel:
    if not _levels:
        raise errors.TransformError(
            errors.advice(
                f"Trying to {name} but no level exists, make sure to enter_dual_level() first.",
                "with torch.autograd.forward_ad.dual_level():",
            )
        )
    return _levels[-1 if level is None else level]


def make_dual(tensor: Tensor, tangent: Tensor, *, level: int | None = None) -> Tensor:
    """A tensor that carries a tangent through what is computed from it.

    >>> import wengert as torch
    >>> import wengert.autograd.forward_ad as fwAD
    >>> with fwAD.dual_level():
    ...     fwAD.unpack_dual(fwAD.make_dual(torch.ones(2), torch.zeros(2))).tangent
    tensor([0., 0.])

    Args:
        tensor: the primal.
        tangent: of its shape and dtype.
        level: which level it belongs to; the innermost if None.
    """
    found = _level_of("create a dual Tensor for forward AD", level)
    if not (tensor.dtype.is_floating_point or tensor.dtype.is_complex):
        raise errors.ArgumentError(
            f"Expected primal to be floating point or complex, but got: {tensor.dtype}"
        )  # fmt: skip
    if not (tangent.dtype.is_floating_point or tangent.dtype.is_complex):
        raise errors.ArgumentError(f"Expected tangent to be floating point or complex, but got: {tangent.dtype}")
    if tensor.shape != tangent.shape:
        raise errors.ShapeError(
            "Trying to set a forward gradient that has a different size than that of the original Tensor, this is not "
            f"supported. Tensor is of size {list(tensor.shape)} while the given forward gradient is of size "
            f"{list(tangent.shape)}."
        )
    return found.dual(tensor, tangent)


def unpack_dual(tensor: Tensor, *, level: int | None = None) -> UnpackedDualTensor:
    """The primal and the tangent of a tensor; None for a tensor that carries none.

    >>> import wengert as torch
    >>> import wengert.autograd.forward_ad as fwAD
    >>> with fwAD.dual_level():
    ...     fwAD.unpack_dual(torch.ones(1))
    UnpackedDualTensor(primal=tensor([1.]), tangent=None)
    """
    if not _levels and level is None:
        return UnpackedDualTensor(tensor, None)
    found = _level_of("unpack a dual Tensor", level)
    if isinstance(tensor, Dual) and tensor.level is found:
        moved: Any = tensor.tangent
        return UnpackedDualTensor(tensor.value, None if moved is None else found.tangent_of(tensor))
    return UnpackedDualTensor(tensor, None)


def is_dual(tensor: Any) -> bool:
    """Whether a tensor belongs to a level of dual tensors."""
    return isinstance(tensor, Tracer) and isinstance(tensor, Dual)

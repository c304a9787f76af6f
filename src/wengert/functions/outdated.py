"""Signatures that PyTorch takes still, with a warning: numbers that stand before the tensors they scale.

    x.add_(2, y)                x.add_(y, alpha=2)
    torch.addmm(2, x, 3, m, n)  torch.addmm(x, m, n, beta=2, alpha=3)

Old optimizers are full of them. Knows PyTorch's words. Must not know what the functions compute.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from wengert.core.places import warn
from wengert.core.tensor import Tensor
from wengert.errors import ArgumentTypeError, advice
from wengert.functions.making.settings import CHOSEN

if TYPE_CHECKING:
    from collections.abc import Callable


class Signature(NamedTuple):
    """The numbers a function scales by, and its tensors after the first."""

    numbers: tuple[str, ...]
    tensors: tuple[str, ...]


def _of(numbers: str, tensors: str) -> Signature:
    return Signature(tuple(numbers.split()), tuple(tensors.split()))


SIGNATURES = {
    "add": _of("alpha", "other"),
    "sub": _of("alpha", "other"),
    "addcmul": _of("value", "tensor1 tensor2"),
    "addcdiv": _of("value", "tensor1 tensor2"),
    "addmm": _of("beta alpha", "mat1 mat2"),
    "addmv": _of("beta alpha", "mat vec"),
    "addr": _of("beta alpha", "vec1 vec2"),
    "addbmm": _of("beta alpha", "batch1 batch2"),
    "baddbmm": _of("beta alpha", "batch1 batch2"),
}

_said: set[str] = set()


def numbers_first(name: str, function: Callable[..., Any], args: tuple[Any, ...], options: Any = None) -> Any:
    """What a function gives where there are more arguments than it takes, if the surplus are numbers.

    Args:
        name: the function's, with the underscore of a method that writes.
        function: takes the tensors in order and the numbers by name.
        args: all arguments by position, the first tensor included.
        options: those by name.

    Raises:
        TypeError: if that is no such call.
    """
    signature = SIGNATURES[name.rstrip("_")]
    count = len(signature.tensors) + 1
    kinds = [isinstance(each, Tensor) for each in args]
    if signature.numbers == ("alpha",):
        kinds = [True, False, True] if kinds[:2] == [True, False] and len(args) == 3 else [False]
    surplus = len(args) - count
    if sum(kinds) != count or not 0 < surplus <= len(signature.numbers) or options:
        found = ", ".join(type(each).__name__ for each in args)
        raise ArgumentTypeError(
            advice(
                f"{name}() received an invalid combination of arguments - got ({found})",
                f"{name}({', '.join(['input', *signature.tensors, *(f'{n}=1' for n in signature.numbers)])}).",
            )
        )
    _warn(name, signature, kinds)
    tensors = [each for each, is_tensor in zip(args, kinds, strict=True) if is_tensor]
    numbers = [each for each, is_tensor in zip(args, kinds, strict=True) if not is_tensor]
    return function(*tensors, **dict(zip(signature.numbers, numbers, strict=False)))


def _warn(name: str, signature: Signature, kinds: list[bool]) -> None:
    """PyTorch's warning, which it gives once for each function."""
    if name in _said and not CHOSEN.warn_always:
        return
    _said.add(name)
    method = name.endswith("_")
    tensors, numbers = iter(["input", *signature.tensors]), iter(signature.numbers)
    given = [f"Tensor {next(tensors)}" if is_tensor else f"Number {next(numbers)}" for is_tensor in kinds]
    better = [f"Tensor {t}" for t in ("input", *signature.tensors)]
    scaled = [f"Number {n} = 1" for n in signature.numbers]
    out = [] if method else ["Tensor out = None"]
    if method:
        given.remove("Tensor input")
        better.remove("Tensor input")
    old, new = ", ".join([*given, *(["*", *out] if out else [])]), ", ".join([*better, "*", *scaled, *out])
    warn(
        f"This overload of {name} is deprecated:\n\t{name}({old})\n"
        f"Consider using one of the following signatures instead:\n\t{name}({new})",
        UserWarning,
    )

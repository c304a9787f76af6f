"""functionalize: PyTorch's name for the removal of writes, of which there is nothing left to do here."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from wengert import errors

if TYPE_CHECKING:
    from collections.abc import Callable


def functionalize(func: Callable[..., Any], *, remove: str = "mutations") -> Callable[..., Any]:
    """The function itself: what transforms and graphs see of it has no writes anyway.

    >>> import wengert as torch
    >>> torch.func.functionalize(lambda x: x.clone().mul_(2))(torch.ones(2))
    tensor([2., 2.])

    Args:
        func: any function.
        remove: "mutations" or "mutations_and_views", as in PyTorch.
    """
    if remove not in ("mutations", "mutations_and_views"):
        raise errors.TransformError(
            errors.advice(
                f"functionalize(f, remove='mutations'): received invalid argument for remove={remove}.",
                "remove='mutations' or remove='mutations_and_views'.",
            )
        )

    @functools.wraps(func)
    def same(*args: Any, **kwargs: Any) -> Any:
        return func(*args, **kwargs)

    return same

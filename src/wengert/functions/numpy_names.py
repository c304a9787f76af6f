"""NumPy's names of arguments, which PyTorch takes as well: axis for dim, keepdims for keepdim.

    >>> import wengert as torch
    >>> torch.tensor([[1.0, 2.0]]).amax(axis=1, keepdims=True)
    tensor([[2.]])

Knows names. Must not know what functions compute.
"""

from __future__ import annotations

import functools
from typing import Any

NAMES = {"axis": "dim", "keepdims": "keepdim"}

TAKING = (
    "all amax amin any argmax argmin argsort count_nonzero cummax cummin cumprod cumsum diff kthvalue log_softmax "
    "logcumsumexp logsumexp max median min mode nanmean nanmedian nansum norm prod softmax sort std std_mean topk var "
    "var_mean"
)
"""The functions and methods that are given to `also_as_numpy`; the quickest know the names themselves."""


def in_torch_names(options: dict[str, Any]) -> dict[str, Any]:
    """Arguments by PyTorch's names."""
    return {NAMES.get(name, name): value for name, value in options.items()}


def also_as_numpy(function: Any, name: str) -> Any:
    """The function of a name, which takes NumPy's names of arguments too if it is one of those."""
    if name not in TAKING.split():
        return function

    def wrapper(*args: Any, **options: Any) -> Any:
        return function(*args, **in_torch_names(options)) if options else function(*args)

    return functools.update_wrapper(wrapper, function)

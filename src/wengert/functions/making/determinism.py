"""Deterministic algorithms: what PyTorch switches on by request, wengert nearly always has.

A program gives the same results each time it runs, so nothing ever raises. The switch keeps functions from being
compiled after some calls (see `wengert.core.fusing`), whose last digits may be others than before, and fills what
`empty()` returns, so that forgotten initialisation shows.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert.core.fusing import PERMISSION


class _Switches:
    __slots__ = ("on", "warn_only")

    def __init__(self) -> None:
        self.on = False
        self.warn_only = False


_SWITCHES = _Switches()


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Give the same digits at any time, and fill what `empty()` returns with NaN or the largest number.

    >>> import wengert as torch
    >>> torch.use_deterministic_algorithms(True); torch.empty(2)
    tensor([nan, nan])
    >>> torch.use_deterministic_algorithms(False)
    """
    _SWITCHES.on = bool(mode)
    PERMISSION.given = not mode
    _SWITCHES.warn_only = bool(warn_only)


def are_deterministic_algorithms_enabled() -> bool:
    """Whether use_deterministic_algorithms was switched on.

    >>> import wengert as torch
    >>> torch.are_deterministic_algorithms_enabled()
    False
    """
    return _SWITCHES.on


def is_deterministic_algorithms_warn_only_enabled() -> bool:
    """Whether use_deterministic_algorithms was switched on with warn_only.

    >>> import wengert as torch
    >>> torch.is_deterministic_algorithms_warn_only_enabled()
    False
    """
    return _SWITCHES.warn_only


def uninitialised(shape: Any, dtype: np.dtype[Any]) -> Any:
    """An array that nobody has filled; filled visibly where determinism is asked for."""
    made = np.empty(shape, dtype)
    if _SWITCHES.on:
        made.fill(np.iinfo(dtype).max if dtype.kind in "iu" else dtype.kind == "b" or np.nan)
    return made

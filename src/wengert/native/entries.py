"""The loops of `native.loops` as kernels, and those that work on them together.

Knows translating and kernels. Must not know any particular loop, nor when machine code is worth it.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from wengert.native.kernels import LIBRARY, write_entry
from wengert.native.team import TEAM
from wengert.native.translate import KINDS, parameters, translate_into

if TYPE_CHECKING:
    from collections.abc import Callable


def key_of(function: Callable[..., None], letter: str) -> Any:
    """What the kernel of a loop for elements of a dtype is known by."""
    return "loop", function.__name__, letter


def write_loop(function: Callable[..., None], letter: str, module: Any, name: str) -> None:
    """Write that kernel."""
    body = translate_into(module, function, np.dtype(letter), f"{name}_loop")
    kinds = [kind for _, kind in parameters(function)]
    pointers = [t.type for t, kind in zip(body.args, kinds, strict=True) if kind in KINDS]
    write_entry(module, name, body, pointers, len(kinds) - 2 - len(pointers))


def runner(function: Callable[..., None], letter: str) -> Callable[..., None]:
    """What runs a loop: see `Team.run`."""
    (kernel,) = LIBRARY.kernels([(key_of(function, letter), partial(write_loop, function, letter))])
    return partial(TEAM.run, kernel)

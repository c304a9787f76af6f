"""What a case of a suite is.

Knows: nothing of the libraries. A case is built by functions that are given the module to use.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

__all__ = ["Case", "Workload"]

Workload = Callable[[], object]


@dataclass(frozen=True)
class Case:
    """One program.

    Attributes:
        what: a few words for the table.
        torch: builds it from a library with PyTorch's API.
        jax: builds it from JAX, compiled where that is how JAX wants it; None where there is no fair counterpart.
        ours: builds it from wengert where that has a better way than PyTorch's names; otherwise as `torch` does.
        goal: the most that wengert's time may be, as a multiple of the fastest peer's or in seconds; None without.
        seconds: whether the goal is in seconds.
    """

    what: str
    torch: Callable[[Any], Workload] | None
    jax: Callable[[Any], Workload] | None = None
    ours: Callable[[Any], Workload] | None = None
    goal: float | None = None
    seconds: bool = False

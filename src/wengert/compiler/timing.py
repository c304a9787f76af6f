"""Where the time of a compiled call goes: kernel by kernel, beside what this machine can do.

Knows times and sizes. Must not know how kernels are made.
"""

from __future__ import annotations

from functools import cache
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np


class Ceilings(NamedTuple):
    """What this machine does at best: bytes moved and floating point operations in a second."""

    bytes: float
    operations: float


@cache
def ceilings() -> Ceilings:
    """Measured once in a process, by copying and multiplying with NumPy."""
    memory, target = np.ones(1 << 24, np.float32), np.empty(1 << 24, np.float32)
    matrix = np.ones((768, 768), np.float32)

    def best(act: Any) -> float:
        act()
        times = []
        for _ in range(5):
            start = perf_counter()
            act()
            times.append(perf_counter() - start)
        return min(times)

    copying = best(lambda: np.copyto(target, memory))
    multiplying = best(lambda: matrix @ matrix)
    return Ceilings(2 * memory.nbytes / copying, 2 * 768**3 / multiplying)


class KernelTime(NamedTuple):
    """One kernel, or a group of them, or a call of NumPy: seconds, bytes it must move, operations of products."""

    what: str
    seconds: float
    bytes: int
    operations: int

    @property
    def share_of_ceiling(self) -> float:
        """How much of what the machine can do it does: of bytes or of operations, whichever is more."""
        most = ceilings()
        return max(self.bytes / most.bytes, self.operations / most.operations) / max(self.seconds, 1e-12)


class CallTimes:
    """The kernels of one call, in order; printing it shows the slowest.

    Attributes:
        kernels: one for each.
        result: what the call returned.
    """

    def __init__(self, kernels: list[KernelTime], result: Any) -> None:
        self.kernels, self.result = kernels, result

    def __str__(self) -> str:
        return self.table()

    def table(self, most: int = 20) -> str:
        """The slowest kernels as text, and the total."""
        head = f"{'kernel':<56} {'us':>9} {'GB/s':>7} {'GFLOP/s':>8} {'of ceiling':>10}"
        lines = [head, "-" * len(head)]
        for k in sorted(self.kernels, key=lambda k: -k.seconds)[:most]:
            what = k.what if len(k.what) <= 56 else f"{k.what[:55]}…"
            seconds = max(k.seconds, 1e-12)
            operations = f"{k.operations / seconds / 1e9:.1f}" if k.operations else ""
            lines.append(
                f"{what:<56} {k.seconds * 1e6:>9.1f} {k.bytes / seconds / 1e9:>7.1f} {operations:>8} "
                f"{k.share_of_ceiling:>9.0%}"
            )
        total = sum(k.seconds for k in self.kernels)
        known = ceilings()
        lines.append(
            f"{len(self.kernels)} kernels, {total * 1e6:,.1f} us; "
            f"ceilings {known.bytes / 1e9:.1f} GB/s, {known.operations / 1e9:.1f} GFLOP/s"
        )
        return "\n".join(lines)

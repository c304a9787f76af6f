"""`python -m benchmarks.suites SUITE`: measure one suite in one interleaved run and print its table.

Knows: the command line and the table. Must not know: what the cases compute.
"""

import argparse
import os
import platform
import shutil
import signal
import statistics
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from benchmarks.overhead import available
from benchmarks.suites import SUITES, Case
from benchmarks.suites.cases import Workload
from benchmarks.timing import interleaved_medians

__all__: list[str] = []

PEERS = ("PyTorch", "torch.compile", "JAX")
MICROSECOND = 1e-6

PATIENCE = 120
"""Seconds after which a peer's compiler is left out: it takes minutes for a loop of thousands of operations."""


def main() -> int:
    arguments = parse()
    cases = [case for case in SUITES[arguments.suite] if not arguments.only or arguments.only in case.what]
    compiling = arguments.suite == "compile"
    peers = [name for name in PEERS if compiling or name != "torch.compile"]
    columns = ["wengert", *(["wengert compiled"] if compiling else []), *peers]
    print(f"| {arguments.suite} (µs) | {' | '.join(columns)} | of the fastest peer | goal |")
    print(f"|---|{'---:|' * (len(columns) + 2)}")
    ratios = []
    for case in cases:
        times = interleaved_medians(built(case, compiling), arguments.rounds)
        ratio = of_peers(times)
        ratios += [] if ratio is None else [ratio]
        print(line(case, columns, times, ratio), flush=True)
    if ratios:
        print(f"\nMedian ratio {statistics.median(ratios):.2f}, largest {max(ratios):.2f}", end="; ")
    print(f"medians over {arguments.rounds} interleaved rounds, {os.cpu_count()} cores ({platform.machine()}).")
    return 0


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.suites", description="Measure one suite of programs.")
    parser.add_argument("suite", choices=SUITES)
    parser.add_argument("--rounds", type=int, default=11, help="rounds that each median is taken over (default 11)")
    parser.add_argument("--only", metavar="WORDS", help="the cases whose name has these words")
    return parser.parse_args()


def built(case: Case, compiled: bool) -> dict[str, Workload]:
    """The case for each library that is there."""
    wengert = import_module("wengert")
    build = case.ours or case.torch
    assert build is not None, case.what  # noqa: S101 - a case without a program is a mistake in its suite
    found = {"wengert": build(wengert)}
    if compiled:
        found["wengert compiled"] = wengert.compile(build(wengert))
        for _ in range(3):
            found["wengert compiled"]()
    torch, jax = available("torch"), available("jax")
    if torch is not None and case.torch is not None:
        found["PyTorch"] = case.torch(torch)
        if compiled and (workload := by_torch(torch, case)) is not None:
            found["torch.compile"] = workload
    if jax is not None and case.jax is not None:
        found["JAX"] = case.jax(jax)
    return found


def by_torch(torch: Any, case: Case) -> Workload | None:
    """The case as torch.compile makes it, which needs a C++ compiler; None where it cannot, or not in time."""
    if case.torch is None or not (shutil.which("g++") or shutil.which("clang++")):
        return None
    torch.compiler.reset()
    workload: Workload = torch.compile(case.torch(torch))
    try:
        with at_most(PATIENCE):
            for _ in range(3):
                workload()
    except Exception as error:  # noqa: BLE001 - whatever it is, the others are measured
        print(f"torch.compile is left out of '{case.what}': {type(error).__name__}", file=sys.stderr)
        return None
    return workload


@contextmanager
def at_most(seconds: int) -> Iterator[None]:
    """Give up what is inside after a time.

    Raises:
        TimeoutError: then.
    """

    def stop(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds, 1)  # and again, since some callbacks pass over errors
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def of_peers(times: dict[str, float]) -> float | None:
    """The faster of ours over the fastest of the others."""
    peers = [times[name] for name in PEERS if name in times]
    ours = min(seconds for name, seconds in times.items() if name not in PEERS)
    return ours / min(peers) if peers else None


def line(case: Case, columns: list[str], times: dict[str, float], ratio: float | None) -> str:
    figures = " | ".join(f"{times[name] / MICROSECOND:,.0f}" if name in times else "" for name in columns)
    goal = "" if case.goal is None else f"≤ {case.goal / MICROSECOND:g} µs" if case.seconds else f"≤ {case.goal:g}"
    return f"| {case.what} | {figures} | {'' if ratio is None else f'{ratio:.2f}'} | {goal} |"


if __name__ == "__main__":
    sys.exit(main())

"""`python -m benchmarks.suites SUITE`: measure one suite in one interleaved run and print its table.

Knows: the command line and the table. Must not know: what the cases compute.
"""

import argparse
import os
import platform
import statistics
import sys
from importlib import import_module

from benchmarks.overhead import available
from benchmarks.suites import SUITES, Case
from benchmarks.suites.cases import Workload
from benchmarks.timing import interleaved_medians

__all__: list[str] = []

PEERS = ("PyTorch", "JAX")
MICROSECOND = 1e-6


def main() -> int:
    arguments = parse()
    cases = [case for case in SUITES[arguments.suite] if not arguments.only or arguments.only in case.what]
    columns = ["wengert", *(["wengert compiled"] if arguments.suite == "compile" else []), *PEERS]
    print(f"| {arguments.suite} (µs) | {' | '.join(columns)} | of the fastest peer | goal |")
    print(f"|---|{'---:|' * (len(columns) + 2)}")
    ratios = []
    for case in cases:
        times = interleaved_medians(built(case, "wengert compiled" in columns), arguments.rounds)
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
    if jax is not None and case.jax is not None:
        found["JAX"] = case.jax(jax)
    return found


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

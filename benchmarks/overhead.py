"""The rows of the table: each runs its workloads and says what came out, beside its goal.

Knows: which numbers are promised. Must not know: how time is taken and how a table is printed.
"""

import gc
import importlib
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import wengert
from benchmarks import workloads
from benchmarks.timing import interleaved_medians, process_medians

__all__ = ["ROWS", "Row", "available"]

MICRO = 1e6
MILLI = 1e3
MILLION = 1_000_000
CYCLE_RUNS = 20


@dataclass
class Row:
    """One line of the table. `figure` is None where what it needs is not installed."""

    what: str
    times: dict[str, str] = field(default_factory=dict)
    measure: str = ""
    figure: float | None = None
    goal: float | None = None
    form: str = "{:.2f}"


def available(name: str) -> Any | None:
    """The library, or None where it is not installed."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def chain_of_300(rounds: int) -> list[Row]:
    candidates = {"wengert": workloads.chain(wengert), "NumPy by hand": workloads.chain_by_hand()}
    candidates |= _peers(workloads.chain, workloads.chain_jax)
    median = interleaved_medians(candidates, rounds)
    operations = 3 * workloads.TRIPLES
    overhead = {name: (median[name] - median["NumPy by hand"]) * MICRO / operations for name in median}
    row = Row("chain of 300 operations on 4 float64, forward and backward", _show(median, MICRO, "µs"))
    row.measure, row.figure, row.goal = "overhead per operation over NumPy by hand, µs", overhead["wengert"], 1.0
    rows = [row]
    if "PyTorch" in median:
        rows.append(_against_torch("the same chain", median))
    return rows


def training_step(rounds: int) -> list[Row]:
    candidates = {"wengert": workloads.step(wengert), "NumPy by hand": workloads.step_by_hand()}
    candidates |= _peers(workloads.step, workloads.step_jax)
    median = interleaved_medians(candidates, rounds)
    row = _against_torch("training step of a linear regression on 6 points", median)
    row.times, row.goal = _show(median, MICRO, "µs"), 0.7
    return [row]


def thousand_scalars(rounds: int) -> list[Row]:
    candidates = {"wengert": workloads.scalars(wengert)} | _peers(workloads.scalars, workloads.scalars_jax)
    median = interleaved_medians(candidates, rounds)
    row = _against_torch("chain of 1,000 scalar operations, forward and backward", median)
    row.times, row.goal = _show(median, MILLI, "ms"), 0.7
    return [row]


def million_nodes(rounds: int) -> list[Row]:
    del rounds
    short, long = _long_chain("seconds", MILLION // 4), _long_chain("seconds", MILLION)
    memory = _long_chain("memory", MILLION)
    rows = []
    for part, taken in long.items():
        row = Row(f"chain of 1,000,000 nodes: {part}", {"wengert": f"{taken:.2f} s"})
        row.measure, row.figure = "time per node against a chain of 250,000", taken / (4 * short[part])
        rows.append(row)
    held = Row("chain of 1,000,000 nodes: memory, saved operands included", measure="bytes a node", goal=500)
    held.figure, held.form = memory["bytes_a_node"], "{:.0f}"
    return [*rows, held]


def reference_cycles(rounds: int) -> list[Row]:
    del rounds
    programs = [workloads.chain(wengert), workloads.step(wengert), workloads.scalars(wengert)]
    for program in programs:
        program()
    gc.collect()
    gc.disable()
    for program in programs:
        for _ in range(CYCLE_RUNS):
            program()
    found = gc.collect()
    gc.enable()
    row = Row("reference cycles left by the three programs above", measure="objects", goal=0, form="{:.0f}")
    row.figure = found
    return [row]


def import_cost(rounds: int) -> list[Row]:
    programs = {"NumPy by hand": "import numpy", "wengert": "import wengert"}
    programs |= {
        label: f"import {name}" for name, label in (("torch", "PyTorch"), ("jax", "JAX jit")) if available(name)
    }
    median = process_medians(programs, min(rounds, 15))
    row = Row("import, in a fresh interpreter", _show(median, MILLI, "ms"))
    row.measure, row.goal, row.form = "over `import numpy`, ms", 50, "{:.0f}"
    row.figure = (median["wengert"] - median["NumPy by hand"]) * MILLI
    return [row]


ROWS: dict[str, Callable[[int], list[Row]]] = {
    "chain": chain_of_300,
    "step": training_step,
    "scalars": thousand_scalars,
    "million": million_nodes,
    "cycles": reference_cycles,
    "import": import_cost,
}


def _peers(with_torch: Callable[[Any], Any], with_jax: Callable[[Any], Any]) -> dict[str, Callable[[], object]]:
    found = {}
    if (torch := available("torch")) is not None:
        found["PyTorch"] = with_torch(torch)
    if (jax := available("jax")) is not None:
        found["JAX jit"] = with_jax(jax)
    return found


def _against_torch(what: str, median: dict[str, float]) -> Row:
    row = Row(what, measure="of PyTorch's time")
    if "PyTorch" in median:
        row.figure = median["wengert"] / median["PyTorch"]
    return row


def _show(median: dict[str, float], scale: float, unit: str) -> dict[str, str]:
    return {name: f"{_three_digits(seconds * scale)} {unit}" for name, seconds in median.items()}


def _three_digits(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _long_chain(what: str, nodes: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.long_chain", what, str(nodes)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    result: dict[str, float] = json.loads(done.stdout)
    return result

"""How time is taken.

Knows: clocks, rounds and medians. Must not know: what is measured.
"""

import gc
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence

__all__ = ["interleaved_medians", "process_medians"]

Candidate = Callable[[], object]

# Long enough that the clock's resolution is nothing, short enough that a round sees one state of the processor.
BURST = 0.01

# Threads of the one before wait for more work by running in circles, each library's for some milliseconds; only when
# they sleep does the next one have the processors to itself. It is called once before it is timed, to wake its own.
SETTLE = 0.02

# Programs that compile themselves do so while they run; all candidates are called for so many seconds first.
WARM_UP = 2.0


def interleaved_medians(candidates: Mapping[str, Candidate], rounds: int) -> dict[str, float]:
    """Seconds for one call of each candidate, as the median over rounds in which all of them take turns.

    Taking turns is what makes the ratios honest: a processor that slows down slows all of them. The garbage collector
    stays on, as in real programs, but starts each burst with nothing left over from the one before.
    """
    repeats = {name: _repeats(call) for name, call in candidates.items()}
    seconds: dict[str, list[float]] = {name: [] for name in candidates}
    order = list(candidates)
    shuffle = random.Random(0).shuffle  # noqa: S311 - nothing secret
    for _ in range(rounds):
        # Shuffled, not rotated: whatever a candidate leaves in the caches must not fall on the same one each time.
        shuffle(order)
        for name in order:
            gc.collect()
            time.sleep(SETTLE)
            candidates[name]()
            seconds[name].append(_burst(candidates[name], repeats[name]))
    return {name: statistics.median(samples) for name, samples in seconds.items()}


def process_medians(programs: Mapping[str, str], rounds: int) -> dict[str, float]:
    """Seconds that a fresh interpreter takes to run each program, as the median over interleaved rounds."""
    seconds: dict[str, list[float]] = {name: [] for name in programs}
    for number in range(rounds + 1):
        for name, program in programs.items():
            taken = _process(program)
            # The first round writes the byte code and warms the file cache.
            if number:
                seconds[name].append(taken)
    return {name: statistics.median(samples) for name, samples in seconds.items()}


def _repeats(call: Candidate) -> int:
    until = time.perf_counter() + WARM_UP
    while time.perf_counter() < until:
        call()
    repeats = 1
    while _burst(call, repeats) * repeats < BURST:
        repeats *= 2
    return repeats


def _burst(call: Candidate, repeats: int) -> float:
    turns: Sequence[None] = [None] * repeats
    begin = time.perf_counter()
    for _ in turns:
        call()
    return (time.perf_counter() - begin) / repeats


def _process(program: str) -> float:
    # An installed package has its byte code beside it, so an environment that forbids writing it may not count.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-c", program], check=True, stdout=subprocess.DEVNULL, env=environment)
    return time.perf_counter() - begin

"""A chain of a million nodes, in a process of its own: `python -m benchmarks.long_chain seconds 1000000`.

Knows: how long and how heavy a long chain is. Must not know: the other benchmarks.
"""

import gc
import json
import sys
import time
import tracemalloc

import wengert as torch

__all__: list[str] = []

START = [0.1, 0.2, 0.3, 0.4]


def record(nodes: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The same three operations as in the short chains, on four numbers."""
    x = torch.tensor(START, dtype=torch.float64, requires_grad=True)
    y = x
    for _ in range(nodes // 3):
        y = torch.sin(y) * 0.9 + 0.1
    return x, y


def seconds(nodes: int) -> dict[str, float]:
    """Seconds for the forward pass, the backward pass, and for freeing a chain that was never walked."""
    begin = time.perf_counter()
    x, y = record(nodes)
    forward = time.perf_counter() - begin
    seed = torch.ones(4, dtype=torch.float64)
    begin = time.perf_counter()
    y.backward(seed)
    backward = time.perf_counter() - begin
    del x, y
    chain = record(nodes)
    begin = time.perf_counter()
    del chain
    free = time.perf_counter() - begin
    return {"forward": forward, "backward": backward, "free": free}


def memory(nodes: int) -> dict[str, float]:
    """Bytes a node that the recorded chain holds, saved operands included, and what is left after freeing it."""
    record(300)
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    chain = record(nodes)
    held = tracemalloc.get_traced_memory()[0] - before
    del chain
    left = tracemalloc.get_traced_memory()[0] - before
    return {"bytes_a_node": held / nodes, "bytes_left": left}


if __name__ == "__main__":
    what, count = sys.argv[1:]
    print(json.dumps({"seconds": seconds, "memory": memory}[what](int(count))))

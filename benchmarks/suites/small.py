"""Calls on tensors of a few elements, of which nearly all is overhead: what a program of small steps is made of.

Knows: the calls. Must not know: clocks and tables.
"""

from collections.abc import Callable
from typing import Any

from benchmarks.suites.cases import Case, Workload

__all__ = ["CASES"]

CALLS = 100
"""So many calls are one measurement."""


class Operands:
    """The tensors that the calls are on: two with gradients, one without, one of indices."""

    def __init__(self, torch: Any) -> None:
        torch.manual_seed(0)
        self.torch, self.functions = torch, torch.nn.functional
        self.x, self.y = (torch.randn(4, 6, requires_grad=True) for _ in range(2))
        self.w, self.b = torch.randn(5, 6, requires_grad=True), torch.randn(5, requires_grad=True)
        self.a, self.labels = torch.randn(4, 6), torch.tensor([0, 1, 2, 3])
        self.mask = self.a > 0


Call = Callable[[Operands], object]

CALLED: dict[str, Call] = {
    "x * y": lambda o: o.x * o.y,
    "x + 1": lambda o: o.x + 1,
    "exp": lambda o: o.x.exp(),
    "comparison": lambda o: o.a > 0,
    "sum": lambda o: o.x.sum(),
    "mean over an axis": lambda o: o.x.mean(0),
    "standard deviation": lambda o: o.x.std(),
    "maximum over an axis": lambda o: o.x.max(1),
    "norm": lambda o: o.x.norm(),
    "view": lambda o: o.x.view(2, 12),
    "permute": lambda o: o.x.permute(1, 0),
    "x[0]": lambda o: o.x[0],
    "x[:, 1:3]": lambda o: o.x[:, 1:3],
    "x[indices]": lambda o: o.x[o.labels],
    "a[0] = 1": lambda o: o.a.__setitem__(0, 1.0),
    "expand": lambda o: o.b.expand(4, 5),
    "cat": lambda o: o.torch.cat([o.x, o.y]),
    "stack": lambda o: o.torch.stack([o.x, o.y]),
    "chunk": lambda o: o.x.chunk(2),
    "where": lambda o: o.torch.where(o.mask, o.x, o.y),
    "clamp": lambda o: o.x.clamp(0, 1),
    "zeros": lambda o: o.torch.zeros(4, 6),
    "product": lambda o: o.x @ o.y.t(),
    "linear": lambda o: o.functions.linear(o.x, o.w, o.b),
    "relu": lambda o: o.x.relu(),
    "gelu": lambda o: o.functions.gelu(o.x),
    "softmax": lambda o: o.x.softmax(1),
    "layer norm": lambda o: o.functions.layer_norm(o.x, (6,)),
    "cross entropy": lambda o: o.functions.cross_entropy(o.x, o.labels),
    "mean squared error": lambda o: o.functions.mse_loss(o.x, o.a),
    "embedding": lambda o: o.functions.embedding(o.labels, o.w),
    "(x * y).sum().backward()": lambda o: (o.x * o.y).sum().backward(),
}


def calling(call: Call) -> Callable[[Any], Workload]:
    """The case that makes a call many times."""

    def build(torch: Any) -> Workload:
        operands = Operands(torch)

        def run() -> None:
            for _ in range(CALLS):
                call(operands)

        return run

    return build


CASES = tuple([Case(f"{what}, {CALLS} calls", calling(call), goal=1.0) for what, call in CALLED.items()])

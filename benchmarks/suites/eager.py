"""Single operations and small blocks, each with its backward pass, as a script without a compiler runs them.

Knows: the programs. Must not know: clocks and tables.
"""

from collections.abc import Callable
from typing import Any

from benchmarks.suites.cases import Case, Workload

__all__ = ["CASES"]


def with_gradients(leaves: list[Any], loss: Callable[[], Any]) -> Workload:
    """Forward, backward, and gradients cleared."""

    def run() -> object:
        for leaf in leaves:
            leaf.grad = None
        loss().backward()
        return leaves[0].grad

    return run


def leaf(torch: Any, *shape: int) -> Any:
    return torch.randn(*shape).requires_grad_()


def convolutions(torch: Any) -> Workload:
    conv, pool = torch.nn.functional.conv2d, torch.nn.functional.max_pool2d
    x, w, v = torch.randn(64, 1, 28, 28), leaf(torch, 8, 1, 5, 5), leaf(torch, 16, 8, 5, 5)
    return with_gradients([w, v], lambda: pool(torch.relu(conv(pool(torch.relu(conv(x, w)), 2), v)), 2).sum())


def cross_entropy(torch: Any) -> Workload:
    z, labels = leaf(torch, 512, 32_000), torch.randint(32_000, (512,))
    return with_gradients([z], lambda: torch.nn.functional.cross_entropy(z, labels))


def embedding(torch: Any) -> Workload:
    table, rows = leaf(torch, 50_000, 64), torch.randint(50_000, (16_384,))
    return with_gradients([table], lambda: torch.nn.functional.embedding(rows, table).sum())


def layer_norm(torch: Any) -> Workload:
    x, w, b = leaf(torch, 32, 128, 512), leaf(torch, 512), leaf(torch, 512)
    return with_gradients([x, w, b], lambda: torch.nn.functional.layer_norm(x, (512,), w, b).sum())


def batch_norm(torch: Any) -> Workload:
    x, w, b = leaf(torch, 64, 32, 14, 14), leaf(torch, 32), leaf(torch, 32)
    return with_gradients([x, w, b], lambda: torch.nn.functional.batch_norm(x, None, None, w, b, training=True).sum())


def attention(torch: Any) -> Workload:
    q, k, v = (leaf(torch, 8, 4, 128, 32) for _ in range(3))
    attend = torch.nn.functional.scaled_dot_product_attention
    return with_gradients([q, k, v], lambda: attend(q, k, v, is_causal=True).sum())


def batched_matmul(torch: Any) -> Workload:
    a, b = leaf(torch, 64, 128, 128), leaf(torch, 64, 128, 128)
    return with_gradients([a, b], lambda: (a @ b).sum())


def chain(torch: Any) -> Workload:
    x = leaf(torch, 4_000_000)
    return with_gradients([x], lambda: (x * torch.tanh(x) + torch.sigmoid(x) * torch.exp(-x * x)).sum())


def cumsum(torch: Any) -> Workload:
    x = leaf(torch, 1000, 1000)
    return with_gradients([x], lambda: torch.cumsum(x, 1).sum())


def sort(torch: Any) -> Workload:
    x = leaf(torch, 1000, 1000)
    return with_gradients([x], lambda: torch.sort(x, dim=1)[0].sum())


def gather(torch: Any) -> Workload:
    x, index = leaf(torch, 1000, 1000), torch.randint(1000, (1000, 1000))
    return with_gradients([x], lambda: torch.gather(x, 1, index).sum())


CASES = (
    Case("two convolutions 5 x 5 with pooling, 64 x 1 x 28 x 28", convolutions, goal=1.5),
    Case("cross entropy 512 x 32,000", cross_entropy, goal=1.5),
    Case("embedding of 16k rows from 50,000 x 64", embedding, goal=1.5),
    Case("layer norm of 4,096 x 512", layer_norm, goal=1.5),
    Case("batch norm 64 x 32 x 14 x 14", batch_norm, goal=1.5),
    Case("causal attention, 8 x 4 heads x 128 x 32", attention, goal=1.5),
    Case("matmul of 64 pairs 128 x 128", batched_matmul, goal=1.5),
    Case("x tanh x + sigmoid x exp -x^2, 4 M", chain, goal=1.5),
    Case("cumsum of 1,000 x 1,000", cumsum, goal=1.5),
    Case("sort of 1,000 x 1,000", sort, goal=1.5),
    Case("gather of 1,000 x 1,000", gather, goal=1.5),
)

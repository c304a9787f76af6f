"""What is measured: each program once for every library with PyTorch's API, by hand in NumPy, and for JAX.

Knows: the programs. Must not know: clocks, goals and tables.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["chain", "chain_by_hand", "chain_jax", "scalars", "scalars_jax", "step", "step_by_hand", "step_jax"]

Workload = Callable[[], object]

TRIPLES = 100
SCALAR_OPERATIONS = 1000
STEP_RATE = 0.05
SQFT = [1.1, 1.3, 1.6, 1.8, 2.1, 2.4]
PRICE = [190.0, 230.0, 310.0, 350.0, 420.0, 480.0]
START = [0.1, 0.2, 0.3, 0.4]


def chain(torch: Any) -> Workload:
    """300 operations on four numbers, (sin, *0.9, +0.1) a hundred times: forward and backward."""
    x = torch.tensor(START, dtype=torch.float64, requires_grad=True)
    seed = torch.ones(4, dtype=torch.float64)
    sin = torch.sin

    def run() -> object:
        y = x
        for _ in range(TRIPLES):
            y = sin(y) * 0.9 + 0.1
        x.grad = None
        y.backward(seed)
        return x.grad

    return run


def chain_by_hand() -> Workload:
    """The same chain, with the backward pass written by hand."""
    x = np.array(START)
    seed = np.ones(4)
    sin, cos = np.sin, np.cos

    def run() -> object:
        y, saved = x, []
        for _ in range(TRIPLES):
            saved.append(y)
            y = sin(y) * 0.9 + 0.1
        g = seed
        while saved:
            g = g * 0.9 * cos(saved.pop())
        return g

    return run


def chain_jax(jax: Any) -> Workload:
    """The same chain, compiled."""

    def total(x: Any) -> Any:
        for _ in range(TRIPLES):
            x = jax.numpy.sin(x) * 0.9 + 0.1
        return x.sum()

    x, gradient = jax.numpy.array(START), jax.jit(jax.grad(total))
    return lambda: gradient(x).block_until_ready()


def step(torch: Any) -> Workload:
    """One step of a linear regression: forward, mean squared error, backward, update in place, clear."""
    sqft, price = torch.tensor(SQFT), torch.tensor(PRICE)
    w, b = torch.tensor(0.0, requires_grad=True), torch.tensor(0.0, requires_grad=True)

    def run() -> object:
        nonlocal w, b
        loss = ((w * sqft + b - price) ** 2).mean()
        loss.backward()
        with torch.no_grad():
            w -= STEP_RATE * w.grad
            b -= STEP_RATE * b.grad
        w.grad.zero_()
        b.grad.zero_()
        return w

    return run


def step_by_hand() -> Workload:
    """The same step, with the gradient written by hand."""
    sqft, price = np.array(SQFT, np.float32), np.array(PRICE, np.float32)
    w, b = np.zeros((), np.float32), np.zeros((), np.float32)
    scale = np.float32(2 / len(SQFT))

    def run() -> object:
        nonlocal w, b
        error = w * sqft + b - price
        (error**2).mean()
        by_error = scale * error
        w -= STEP_RATE * (by_error * sqft).sum()
        b -= STEP_RATE * by_error.sum()
        return w

    return run


def step_jax(jax: Any) -> Workload:
    """The same step, compiled."""
    sqft, price = jax.numpy.array(SQFT), jax.numpy.array(PRICE)

    def loss(w: Any, b: Any) -> Any:
        return ((w * sqft + b - price) ** 2).mean()

    @jax.jit
    def update(w: Any, b: Any) -> Any:
        by_w, by_b = jax.grad(loss, (0, 1))(w, b)
        return w - STEP_RATE * by_w, b - STEP_RATE * by_b

    parameters = (jax.numpy.zeros(()), jax.numpy.zeros(()))

    def run() -> object:
        nonlocal parameters
        parameters = update(*parameters)
        return parameters[0].block_until_ready()

    return run


def scalars(torch: Any) -> Workload:
    """1,000 operations on one number: forward and backward."""
    x = torch.tensor(0.5, requires_grad=True)
    sin = torch.sin

    def run() -> object:
        y = x * 1.0
        for _ in range(SCALAR_OPERATIONS // 3):
            y = sin(y) * 0.9 + 0.1
        x.grad = None
        y.backward()
        return x.grad

    return run


def scalars_jax(jax: Any) -> Workload:
    """The same number, with the chain as a compiled loop, which is how JAX wants it written."""

    def total(x: Any) -> Any:
        body = lambda y, _: (jax.numpy.sin(y) * 0.9 + 0.1, None)  # noqa: E731 - one expression
        return jax.lax.scan(body, x, length=SCALAR_OPERATIONS // 3)[0]

    x, gradient = jax.numpy.array(0.5), jax.jit(jax.grad(total))
    return lambda: gradient(x).block_until_ready()

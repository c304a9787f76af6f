"""Whole programs, as a compiler takes them: steps of training, integrations, objectives with their gradients.

Knows: the programs. Must not know: clocks and tables.
"""

import itertools
from collections.abc import Callable
from typing import Any

from benchmarks.suites.cases import Case, Workload
from benchmarks.suites.transforms import (
    curvature_along,
    curvature_along_jax,
    jacobian,
    jacobian_jax,
)

__all__ = ["CASES"]

RATE = 0.01


def training(torch: Any, parameters: list[Any], loss: Callable[[], Any]) -> Workload:
    """Forward, backward, and an update in place: what is compiled is this whole step."""

    def step() -> object:
        found = loss()
        found.backward()
        with torch.no_grad():
            for parameter in parameters:
                parameter.sub_(RATE * parameter.grad)
                parameter.grad = None
        return found

    return step


def training_jax(jax: Any, parameters: Any, loss: Callable[[Any], Any]) -> Workload:
    """The same, with the parameters handed through."""

    @jax.jit
    def update(parameters: Any) -> Any:
        value, slopes = jax.value_and_grad(loss)(parameters)
        return value, jax.tree.map(lambda p, g: p - RATE * g, parameters, slopes)

    state = [parameters]

    def step() -> object:
        value, state[0] = update(state[0])
        return value.block_until_ready()

    return step


def leaf(torch: Any, *shape: int, scale: float = 1.0) -> Any:
    return (torch.randn(*shape) * scale).requires_grad_()


# ------------------------------------------------------------------ a line


def line(torch: Any) -> Workload:
    x = torch.tensor([[1.0], [2.0], [3.0], [4.0], [5.0], [6.0]])
    y = 2 * x + 1
    w, b = torch.tensor([0.5], requires_grad=True), torch.zeros(1, requires_grad=True)
    return training(torch, [w, b], lambda: ((x * w + b - y) ** 2).mean())


def line_jax(jax: Any) -> Workload:
    np = jax.numpy
    x = np.array([[1.0], [2.0], [3.0], [4.0], [5.0], [6.0]])
    y = 2 * x + 1
    return training_jax(jax, (np.array([0.5]), np.zeros(1)), lambda p: ((x * p[0] + p[1] - y) ** 2).mean())


# ------------------------------------------------------------------ networks


def perceptron(torch: Any, sizes: list[int], batch: int) -> Workload:
    torch.manual_seed(0)
    pairs = [
        (leaf(torch, i, o, scale=i**-0.5), torch.zeros(o, requires_grad=True)) for i, o in itertools.pairwise(sizes)
    ]
    x, labels = torch.randn(batch, sizes[0]), torch.randint(sizes[-1], (batch,))

    def loss() -> Any:
        h = x
        for w, b in pairs[:-1]:
            h = torch.relu(h @ w + b)
        w, b = pairs[-1]
        return torch.nn.functional.cross_entropy(h @ w + b, labels)

    return training(torch, [p for pair in pairs for p in pair], loss)


def perceptron_jax(jax: Any, sizes: list[int], batch: int) -> Workload:
    np = jax.numpy
    keys = jax.random.split(jax.random.key(0), len(sizes) + 1)
    weights = zip(keys, sizes, sizes[1:], strict=False)
    pairs = [(jax.random.normal(k, (i, o)) * i**-0.5, np.zeros(o)) for k, i, o in weights]
    x = jax.random.normal(keys[-1], (batch, sizes[0]))
    labels = jax.random.randint(keys[-2], (batch,), 0, sizes[-1])

    def loss(pairs: Any) -> Any:
        h = x
        for w, b in pairs[:-1]:
            h = jax.nn.relu(h @ w + b)
        z = h @ pairs[-1][0] + pairs[-1][1]
        return -jax.nn.log_softmax(z)[np.arange(batch), labels].mean()

    return training_jax(jax, pairs, loss)


def convolutional(torch: Any) -> Workload:
    torch.manual_seed(0)
    conv, pool = torch.nn.functional.conv2d, torch.nn.functional.max_pool2d
    w, v, u = leaf(torch, 8, 1, 5, 5, scale=0.2), leaf(torch, 16, 8, 5, 5, scale=0.1), leaf(torch, 256, 10, scale=0.1)
    x, labels = torch.randn(64, 1, 28, 28), torch.randint(10, (64,))

    def loss() -> Any:
        h = pool(torch.relu(conv(pool(torch.relu(conv(x, w)), 2), v)), 2)
        return torch.nn.functional.cross_entropy(h.reshape(64, -1) @ u, labels)

    return training(torch, [w, v, u], loss)


def transformer(torch: Any) -> Workload:
    """Four layers of width 128 with 4 heads, 8 x 128 tokens of a vocabulary of 256."""
    torch.manual_seed(0)
    nn = torch.nn.functional
    width, heads, tokens, vocabulary = 128, 4, 128, 256
    scale = width**-0.5
    shapes = ((width, 3 * width), (width, width), (width, 4 * width), (4 * width, width))
    layers = [
        ([leaf(torch, *shape, scale=scale) for shape in shapes], [torch.ones(width, requires_grad=True)] * 2)
        for _ in range(4)
    ]
    table, places = leaf(torch, vocabulary, width, scale=scale), leaf(torch, tokens, width, scale=scale)
    text, following = torch.randint(vocabulary, (8, tokens)), torch.randint(vocabulary, (8, tokens))

    def loss() -> Any:
        h = nn.embedding(text, table) + places
        for (qkv, out, up, down), (first, second) in layers:
            n = nn.layer_norm(h, (width,), first)
            q, k, v = (part.reshape(8, tokens, heads, -1).transpose(1, 2) for part in (n @ qkv).split(width, 2))
            a = nn.scaled_dot_product_attention(q, k, v, is_causal=True)
            h = h + a.transpose(1, 2).reshape(8, tokens, width) @ out
            h = h + nn.gelu(nn.layer_norm(h, (width,), second) @ up) @ down
        return nn.cross_entropy((h @ table.T).reshape(-1, vocabulary), following.reshape(-1))

    weights = [w for matrices, norms in layers for w in (*matrices, norms[0])]
    return training(torch, [table, places, *weights], loss)


def recurrent(torch: Any) -> Workload:
    """An LSTM of 64 units over 100 steps of 32 sequences, as a loop in Python."""
    torch.manual_seed(0)
    w, u = leaf(torch, 32, 256, scale=0.1), leaf(torch, 64, 256, scale=0.1)
    x = torch.randn(100, 32, 32)

    def loss() -> Any:
        h = c = torch.zeros(32, 64)
        for t in range(100):
            i, f, g, o = (x[t] @ w + h @ u).split(64, 1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)
        return (h**2).mean()

    return training(torch, [w, u], loss)


def recurrent_jax(jax: Any) -> Workload:
    np, nn = jax.numpy, jax.nn
    keys = jax.random.split(jax.random.key(0), 3)
    w, u = jax.random.normal(keys[0], (32, 256)) * 0.1, jax.random.normal(keys[1], (64, 256)) * 0.1
    x = jax.random.normal(keys[2], (100, 32, 32))

    def loss(p: Any) -> Any:
        def one(state: Any, now: Any) -> Any:
            h, c = state
            i, f, g, o = np.split(now @ p[0] + h @ p[1], 4, 1)
            c = nn.sigmoid(f) * c + nn.sigmoid(i) * np.tanh(g)
            return (nn.sigmoid(o) * np.tanh(c), c), None

        zero = np.zeros((32, 64))
        return (jax.lax.scan(one, (zero, zero), x)[0][0] ** 2).mean()

    return training_jax(jax, (w, u), loss)


# ------------------------------------------------------------------ gradients


def gradient_of(leaves: list[Any], loss: Callable[[], Any]) -> Workload:
    def run() -> object:
        for x in leaves:
            x.grad = None
        loss().backward()
        return leaves[0].grad

    return run


def chain(torch: Any) -> Workload:
    x = leaf(torch, 4_000_000)
    return gradient_of([x], lambda: (x * torch.tanh(x) + torch.sigmoid(x) * torch.exp(-x * x)).sum())


def chain_jax(jax: Any) -> Workload:
    np = jax.numpy
    x = jax.random.normal(jax.random.key(0), (4_000_000,))
    f = jax.jit(jax.grad(lambda x: (x * np.tanh(x) + jax.nn.sigmoid(x) * np.exp(-x * x)).sum()))
    return lambda: f(x).block_until_ready()


def cross_entropy(torch: Any) -> Workload:
    z, labels = leaf(torch, 512, 32_000), torch.randint(32_000, (512,))
    return gradient_of([z], lambda: torch.nn.functional.cross_entropy(z, labels))


def cross_entropy_jax(jax: Any) -> Workload:
    np = jax.numpy
    z = jax.random.normal(jax.random.key(0), (512, 32_000))
    labels = jax.random.randint(jax.random.key(1), (512,), 0, 32_000)
    f = jax.jit(jax.grad(lambda z: -jax.nn.log_softmax(z)[np.arange(512), labels].mean()))
    return lambda: f(z).block_until_ready()


def embedding(torch: Any) -> Workload:
    table, rows = leaf(torch, 50_000, 64), torch.randint(50_000, (16_384,))
    return gradient_of([table], lambda: torch.nn.functional.embedding(rows, table).sum())


def orbit(torch: Any) -> Workload:
    """A pendulum over 200 steps of Runge and Kutta, and the gradient of where it ends."""
    start = torch.tensor([1.0, 0.0], dtype=torch.float64, requires_grad=True)

    def slope(y: Any) -> Any:
        return torch.stack([y[1], -torch.sin(y[0])])

    def end() -> Any:
        y, h = start, 0.05
        for _ in range(200):
            a = slope(y)
            b = slope(y + h / 2 * a)
            c = slope(y + h / 2 * b)
            d = slope(y + h * c)
            y = y + h / 6 * (a + 2 * b + 2 * c + d)
        return (y**2).sum()

    return gradient_of([start], end)


def orbit_jax(jax: Any) -> Workload:
    np = jax.numpy

    def slope(y: Any) -> Any:
        return np.stack([y[1], -np.sin(y[0])])

    def step(y: Any, _: Any) -> Any:
        h = 0.05
        a = slope(y)
        b = slope(y + h / 2 * a)
        c = slope(y + h / 2 * b)
        d = slope(y + h * c)
        return y + h / 6 * (a + 2 * b + 2 * c + d), None

    f = jax.jit(jax.grad(lambda y: (jax.lax.scan(step, y, length=200)[0] ** 2).sum()))
    start = np.array([1.0, 0.0])
    return lambda: f(start).block_until_ready()


def mixture(torch: Any) -> Workload:
    """The negative log likelihood of 1,000 points in 20 dimensions under 25 Gaussians, float64."""
    torch.manual_seed(0)
    make = lambda *shape: torch.randn(*shape, dtype=torch.float64)  # noqa: E731 - a shorthand
    x = make(1000, 20)
    means, logs, weights = (t.requires_grad_() for t in (make(25, 20), make(25, 20) * 0.1, make(25)))

    def objective() -> Any:
        apart = (x[:, None, :] - means) * torch.exp(-logs)
        joint = torch.log_softmax(weights, 0) - logs.sum(1) - 0.5 * (apart**2).sum(2)
        return -torch.logsumexp(joint, 1).sum()

    return gradient_of([means, logs, weights], objective)


def logistic(torch: Any) -> Any:
    torch.manual_seed(0)
    x, y = torch.randn(500, 50), (torch.rand(500) < 0.5).to(torch.float32)
    return lambda w: torch.nn.functional.binary_cross_entropy_with_logits(x @ w, y), torch.zeros(50)


def logistic_hessian(torch: Any) -> Workload:
    loss, w = logistic(torch)
    f = torch.func.hessian(loss)
    return lambda: f(w)


def logistic_hessian_jax(jax: Any) -> Workload:
    np = jax.numpy
    x = jax.random.normal(jax.random.key(0), (500, 50))
    y = jax.random.bernoulli(jax.random.key(1), 0.5, (500,)).astype(np.float32)
    f = jax.jit(jax.hessian(lambda w: (np.logaddexp(0, x @ w) - y * (x @ w)).mean()))
    w = np.zeros(50)
    return lambda: f(w).block_until_ready()


SMALL, LARGE = [64, 128, 128, 10], [1024, 1024, 1024, 1024]

CASES = (
    Case("step of a line through 6 points", line, line_jax, goal=1.0),
    Case(
        "step of 64-128-128-10, batch 64",
        lambda t: perceptron(t, SMALL, 64),
        lambda j: perceptron_jax(j, SMALL, 64),
        goal=1.0,
    ),
    Case(
        "step of 3 x 1024, batch 512",
        lambda t: perceptron(t, LARGE, 512),
        lambda j: perceptron_jax(j, LARGE, 512),
        goal=1.0,
    ),
    Case("x tanh x + sigmoid x exp -x^2, 4 M", chain, chain_jax, goal=1.0),
    Case("cross entropy 512 x 32,000", cross_entropy, cross_entropy_jax, goal=1.0),
    Case("embedding of 16k rows from 50,000 x 64", embedding, goal=1.0),
    Case("step of a transformer, 4 layers, 8 x 128 tokens", transformer, goal=1.0),
    Case("step of a convolutional network, batch 64", convolutional, goal=1.0),
    Case("step of an LSTM over 100 steps", recurrent, recurrent_jax, goal=1.0),
    Case("pendulum, 200 steps of RK4, with gradient", orbit, orbit_jax, goal=1.0),
    Case("mixture of 25 Gaussians with gradient", mixture, goal=1.0),
    Case("Hessian of a logistic loss, d = 50", logistic_hessian, logistic_hessian_jax, goal=1.0),
    Case("Jacobian of 64-64-64", jacobian, jacobian_jax, goal=1.0),
    Case("Hessian of Rosenbrock times a vector, n = 10,000", curvature_along, curvature_along_jax, goal=1.0),
)

"""Transforms of functions: gradients, batches, Hessians, Taylor mode and sparse derivatives.

Knows: the programs. Must not know: clocks and tables.
"""

from typing import Any

from benchmarks.suites.cases import Case, Workload

__all__ = ["CASES"]

START = [0.1, 0.2, 0.3, 0.4]
LARGE = 10_000


def small(xp: Any, x: Any) -> Any:
    """A function of four numbers."""
    return (xp.sin(x) * x).sum()


def rosenbrock(x: Any) -> Any:
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


def gradient(torch: Any) -> Workload:
    x = torch.tensor(START)
    f = torch.func.grad(lambda x: small(torch, x))
    return lambda: f(x)


def gradient_jax(jax: Any) -> Workload:
    x = jax.numpy.array(START)
    f = jax.grad(lambda x: small(jax.numpy, x))
    return lambda: f(x).block_until_ready()


def batched_sine(torch: Any) -> Workload:
    x = torch.tensor(START)
    f = torch.func.vmap(torch.sin)
    return lambda: f(x)


def batched_sine_jax(jax: Any) -> Workload:
    x = jax.numpy.array(START)
    f = jax.vmap(jax.numpy.sin)
    return lambda: f(x).block_until_ready()


def hessian(torch: Any) -> Workload:
    x = torch.tensor(START)
    f = torch.func.hessian(lambda x: small(torch, x))
    return lambda: f(x)


def hessian_jax(jax: Any) -> Workload:
    x = jax.numpy.array(START)
    f = jax.hessian(lambda x: small(jax.numpy, x))
    return lambda: f(x).block_until_ready()


def curvature_along(torch: Any) -> Workload:
    x, v = torch.linspace(0, 1, LARGE), torch.ones(LARGE)
    return lambda: torch.func.jvp(torch.func.grad(rosenbrock), (x,), (v,))[1]


def curvature_along_jax(jax: Any) -> Workload:
    x, v = jax.numpy.linspace(0, 1, LARGE), jax.numpy.ones(LARGE)
    f = jax.jit(lambda x, v: jax.jvp(jax.grad(rosenbrock), (x,), (v,))[1])
    return lambda: f(x, v).block_until_ready()


def network(xp: Any, w: Any, v: Any, x: Any) -> Any:
    return xp.tanh(xp.tanh(x @ w) @ v)


def per_sample(torch: Any) -> Workload:
    torch.manual_seed(0)
    w, v, x = torch.randn(64, 64) / 8, torch.randn(64, 10) / 8, torch.randn(64, 64)
    f = torch.func.vmap(torch.func.grad(lambda w, x: network(torch, w, v, x).sum()), in_dims=(None, 0))
    return lambda: f(w, x)


def per_sample_jax(jax: Any) -> Workload:
    keys = jax.random.split(jax.random.key(0), 3)
    shapes = ((64, 64), (64, 10), (64, 64))
    w, v, x = (jax.random.normal(key, shape) / 8 for key, shape in zip(keys, shapes, strict=True))
    f = jax.jit(jax.vmap(jax.grad(lambda w, x: network(jax.numpy, w, v, x).sum()), in_axes=(None, 0)))
    return lambda: f(w, x).block_until_ready()


def jacobian(torch: Any) -> Workload:
    torch.manual_seed(0)
    w, v, x = torch.randn(64, 64) / 8, torch.randn(64, 64) / 8, torch.randn(64)
    f = torch.func.jacrev(lambda x: network(torch, w, v, x))
    return lambda: f(x)


def jacobian_jax(jax: Any) -> Workload:
    keys = jax.random.split(jax.random.key(0), 3)
    shapes = ((64, 64), (64, 64), (64,))
    w, v, x = (jax.random.normal(key, shape) / 8 for key, shape in zip(keys, shapes, strict=True))
    f = jax.jit(jax.jacrev(lambda x: network(jax.numpy, w, v, x)))
    return lambda: f(x).block_until_ready()


def ninth(torch: Any) -> Workload:
    def nested() -> Any:
        f = lambda x: torch.exp(torch.sin(x))  # noqa: E731 - one expression, differentiated nine times
        for _ in range(9):
            f = torch.func.grad(f)
        return f(torch.tensor(0.3))

    return nested


def ninth_ours(torch: Any) -> Workload:
    return lambda: torch.func.derivative(lambda x: torch.exp(torch.sin(x)), 9)(torch.tensor(0.3))


def ninth_jax(jax: Any) -> Workload:
    f = lambda x: jax.numpy.exp(jax.numpy.sin(x))  # noqa: E731 - one expression, differentiated nine times
    for _ in range(9):
        f = jax.grad(f)
    f = jax.jit(f)
    return lambda: f(0.3).block_until_ready()


def sparse(torch: Any, function: Any, derivative: str, n: int) -> Workload:
    """The sparse derivative, its pattern and colouring found once."""
    x = torch.linspace(0.1, 1, n, dtype=torch.float64)
    pattern = getattr(torch.func, f"{derivative}_sparsity")(function, x)
    whole = getattr(torch.func, f"sparse_{derivative}")(function, pattern=pattern)
    return lambda: whole(x)


def arrow(x: Any) -> Any:
    """Every element meets the first."""
    return (x * x[0]).sin().sum()


def bundle(torch: Any) -> Workload:
    """Residuals of which each reads one camera (six numbers) and one point (three), as in bundle adjustment."""
    cameras, points = 20, 1000
    owner = torch.arange(cameras * points) % cameras
    point = torch.arange(cameras * points) // cameras

    def residuals(x: Any) -> Any:
        camera = x[: 6 * cameras].reshape(cameras, 6)[owner]
        place = x[6 * cameras :].reshape(points, 3)[point]
        seen = place * camera[:, :3] + camera[:, 3:]
        return (seen[:, :2] / (2 + seen[:, 2:] ** 2)).reshape(-1)

    return sparse(torch, residuals, "jacobian", 6 * cameras + 3 * points)


CASES = (
    Case("grad of a small function", gradient, gradient_jax, goal=30e-6, seconds=True),
    Case("vmap(sin)", batched_sine, batched_sine_jax, goal=20e-6, seconds=True),
    Case("Hessian of a function of 4 numbers", hessian, hessian_jax, goal=200e-6, seconds=True),
    Case("Hessian of Rosenbrock times a vector, n = 10,000", curvature_along, curvature_along_jax),
    Case("gradients per sample, 64-64-10, 64 samples", per_sample, per_sample_jax),
    Case("Jacobian of 64-64-64", jacobian, jacobian_jax),
    Case("9th derivative of exp(sin x)", ninth, ninth_jax, ninth_ours),
    Case("sparse Hessian of Rosenbrock, n = 10,000", None, None, lambda t: sparse(t, rosenbrock, "hessian", LARGE)),
    Case("sparse Hessian, an arrow, n = 10,000", None, None, lambda t: sparse(t, arrow, "hessian", LARGE)),
    Case("sparse Jacobian, diagonal, n = 10,000", None, None, lambda t: sparse(t, t.sin, "jacobian", LARGE)),
    Case("sparse Jacobian of 20 cameras and 1,000 points", None, None, bundle),
)

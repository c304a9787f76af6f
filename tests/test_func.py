"""Control flow, custom rules, implicit derivatives, callables for SciPy, and sparse derivatives."""

import numpy as np
import pytest
from scipy import integrate, optimize

import wengert as torch
from wengert import func
from wengert.func import grad, hessian, jacfwd, jacrev, jvp, value_and_grad, vjp, vmap


def f64(*values, **options):
    return torch.tensor(list(values), dtype=torch.float64, **options)


# ------------------------------------------------------------------------ every pair of transforms

FUNCTION = {
    "cube": (lambda x: (x**3).sum(), lambda x: 3 * x**2, lambda x: np.diag(6 * x)),
    "waves": (
        lambda x: (torch.sin(x) * x).sum(),
        lambda x: np.sin(x) + x * np.cos(x),
        lambda x: np.diag(2 * np.cos(x) - x * np.sin(x)),
    ),
    "joint": (
        lambda x: x.prod() + torch.exp(x[0] * x[1]),
        lambda x: np.array([x[1], x[0]]) * (1 + np.exp(x[0] * x[1])),
        lambda x: np.array([
            [x[1] ** 2 * np.exp(x[0] * x[1]), 1 + (1 + x[0] * x[1]) * np.exp(x[0] * x[1])],
            [1 + (1 + x[0] * x[1]) * np.exp(x[0] * x[1]), x[0] ** 2 * np.exp(x[0] * x[1])],
        ]),
    ),
}  # fmt: skip
ONES = f64(1.0, 1.0)
FIRST = {
    "grad": grad,
    "value_and_grad": lambda f: lambda x: value_and_grad(f)(x)[1],
    "vjp": lambda f: lambda x: vjp(f, x)[1](torch.ones((), dtype=torch.float64))[0],
    "jacrev": jacrev,
    "jacfwd": jacfwd,
    "jacobian": func.jacobian,
    "jvp": lambda f: lambda x: vmap(lambda e: jvp(f, (x,), (e,))[1])(torch.eye(2, dtype=torch.float64)),
    "linearize": lambda f: (
        lambda x: torch.stack([func.linearize(f, x)[1](e) for e in torch.eye(2, dtype=torch.float64)])
    ),
    "vmap": lambda f: lambda x: vmap(grad(f))(torch.stack([x, x]))[0],
    "argnums": lambda f: lambda x: grad(lambda scale, x: f(x) * scale, (0, 1))(1.0, x)[1],
    "chunks": lambda f: lambda x: vmap(grad(f), chunk_size=1)(torch.stack([x, x]))[1],
    "jet": lambda f: (
        lambda x: torch.stack([func.jet(f, (x,), ((e,),))[1][0] for e in torch.eye(2, dtype=torch.float64)])
    ),
}
SECOND = {
    "grad": lambda g: lambda x: torch.stack([grad(lambda x, i=i: g(x)[i])(x) for i in range(2)]),
    "vjp": lambda g: lambda x: torch.stack([vjp(g, x)[1](e)[0] for e in torch.eye(2, dtype=torch.float64)]),
    "jvp": lambda g: lambda x: torch.stack([jvp(g, (x,), (e,))[1] for e in torch.eye(2, dtype=torch.float64)], 1),
    "jacrev": jacrev,
    "jacfwd": jacfwd,
    "jacobian": func.jacobian,
    "vmap of vjp": lambda g: lambda x: vmap(lambda e: vjp(g, x)[1](e)[0])(torch.eye(2, dtype=torch.float64)),
    "vmap of jvp": lambda g: (
        lambda x: vmap(lambda e: jvp(g, (x,), (e,))[1], out_dims=1)(torch.eye(2, dtype=torch.float64))
    ),
    "linearize": lambda g: (
        lambda x: torch.stack([func.linearize(g, x)[1](e) for e in torch.eye(2, dtype=torch.float64)], 1)
    ),
    "jet": lambda g: (
        lambda x: torch.stack([func.jet(g, (x,), ((e,),))[1][0] for e in torch.eye(2, dtype=torch.float64)], 1)
    ),
    "backward": lambda g: (
        lambda x: torch.stack(
            [torch.autograd.grad(g(y)[i], y)[0] for i in range(2) for y in [x.clone().requires_grad_()]]
        )
    ),
    "compile": lambda g: lambda x: [torch.compile(jacrev(g))(x) for _ in range(3)][-1],
}


@pytest.mark.parametrize("outer", SECOND)
@pytest.mark.parametrize("inner", FIRST)
def test_every_pair_of_transforms(inner, outer):
    for f, slope, curvature in FUNCTION.values():
        x = f64(0.6, -1.3)
        np.testing.assert_allclose(FIRST[inner](f)(x).numpy(), slope(x.numpy()), rtol=1e-12, atol=1e-13)
        found = SECOND[outer](FIRST[inner](f))(x)
        np.testing.assert_allclose(found.detach().numpy(), curvature(x.numpy()), rtol=1e-11, atol=1e-12)


# ------------------------------------------------------------------------ control flow


def collatz(x):
    return func.while_loop(lambda x, n: x > 1.5, lambda x, n: (x * 0.7 + 0.1 * torch.sin(x), n + 1), (x, 0 * x))


def test_loops_of_unknown_length_in_every_mode():
    x = f64(5.0, 2.0, 30.0)

    def value(x):
        return collatz(x)[0]

    want = [value(each).item() for each in x]
    slopes = [grad(value)(each).item() for each in x]
    np.testing.assert_allclose(vmap(value)(x).numpy(), want)
    np.testing.assert_allclose(vmap(grad(value))(x).numpy(), slopes)
    np.testing.assert_allclose(grad(lambda x: vmap(value)(x).sum())(x).numpy(), slopes)
    np.testing.assert_allclose([jvp(value, (each,), (torch.ones_like(each),))[1].item() for each in x], slopes)
    recorded = x[2].clone().requires_grad_()
    value(recorded).backward()
    np.testing.assert_allclose(recorded.grad.item(), slopes[2])
    compiled = torch.compile(value)
    for _ in range(4):
        np.testing.assert_allclose(compiled(x[0]).item(), want[0])


def test_a_loop_that_keeps_little_for_backward():
    def run(x, every):
        (y,) = func.while_loop(
            lambda y: y < 1e6, lambda y: (y * 1.01 + torch.sin(y) * 0.001,), (x,), checkpoint_every=every
        )
        return y

    slopes = []
    for every in (None, 1, 7, 50):
        x = f64(1.5, requires_grad=True)
        run(x, every).sum().backward()
        slopes.append(x.grad.item())
    assert slopes == pytest.approx([slopes[0]] * 4, rel=1e-12)


def test_branches():
    def f(x):
        return func.cond(x.sum() > 0, lambda x: {"y": x * 2}, lambda x: {"y": -x}, (x,))["y"].sum()

    xs = torch.stack([f64(1.0, 2.0), f64(-1.0, -5.0)])
    assert vmap(f)(xs).tolist() == [6.0, 6.0]
    assert vmap(grad(f))(xs).tolist() == [[2.0, 2.0], [-1.0, -1.0]]
    assert grad(f)(xs[1]).tolist() == [-1.0, -1.0]
    with pytest.raises(RuntimeError, match="the branches return different containers"):
        vmap(lambda x: func.cond(x > 0, lambda x: (x,), lambda x: [x], (x,)))(f64(1.0, -1.0))


def test_scan_is_a_loop():
    def step(carry, x):
        carry = torch.tanh(carry * 0.5 + x)
        return carry, carry * 2

    xs, start = f64(0.1, 0.2, 0.3), f64(0.4)
    last, ys = func.scan(step, start, xs)
    assert ys.shape == (3, 1)
    assert last.item() == ys[-1].item() / 2
    np.testing.assert_allclose(
        func.scan(step, start, xs, reverse=True)[1][0].item() / 2, func.scan(step, start, xs, reverse=True)[0].item()
    )
    slope = grad(lambda s: func.scan(step, s, xs)[0].sum())(start).item()
    h = 1e-6
    rough = (func.scan(step, start + h, xs)[0] - func.scan(step, start - h, xs)[0]).item() / (2 * h)
    assert slope == pytest.approx(rough, rel=1e-7)
    assert func.fori_loop(0, 5, lambda i, x: x + i, 0) == 10
    assert func.map(lambda x: x**2, xs).tolist() == [v**2 for v in xs.tolist()]
    with pytest.raises(ValueError, match="as long as one another"):
        func.scan(step, start, xs, length=2)


# ------------------------------------------------------------------------ rules of one's own


@func.custom_vjp
def safe_norm(x):
    return torch.sqrt((x * x).sum())


safe_norm.defvjp(
    lambda x: (safe_norm(x), (x, torch.sqrt((x * x).sum()))),
    lambda kept, g: (torch.where(kept[1] > 0, g * kept[0] / torch.where(kept[1] > 0, kept[1], 1.0), 0.0),),
)


def test_a_reverse_rule_of_ones_own():
    x = f64(3.0, 4.0)
    assert grad(safe_norm)(x).tolist() == [0.6, 0.8]
    assert grad(safe_norm)(f64(0.0, 0.0)).tolist() == [0.0, 0.0]
    recorded = x.clone().requires_grad_()
    safe_norm(recorded).backward()
    assert recorded.grad.tolist() == [0.6, 0.8]
    assert vmap(grad(safe_norm))(torch.stack([x, 2 * x])).tolist() == [[0.6, 0.8], [0.6, 0.8]]
    np.testing.assert_allclose(jacrev(grad(safe_norm))(x).numpy(), (np.eye(2) - np.outer([0.6, 0.8], [0.6, 0.8])) / 5)


@func.custom_jvp
def softplus(x):
    return torch.log1p(torch.exp(-x.abs())) + x.clamp(min=0)


softplus.defjvp(lambda primals, tangents: (softplus(*primals), torch.sigmoid(primals[0]) * tangents[0]))


def test_a_forward_rule_of_ones_own():
    x = f64(-2.0, 0.0, 3.0)
    want = 1 / (1 + np.exp(-x.numpy()))
    np.testing.assert_allclose(jvp(softplus, (x,), (torch.ones_like(x),))[1].numpy(), want)
    np.testing.assert_allclose(grad(lambda x: softplus(x).sum())(x).numpy(), want)
    np.testing.assert_allclose(vmap(grad(softplus))(x).numpy(), want)
    np.testing.assert_allclose(grad(lambda x: grad(lambda x: softplus(x).sum())(x).sum())(x).numpy(), want * (1 - want))
    recorded = x.clone().requires_grad_()
    softplus(recorded).sum().backward()
    np.testing.assert_allclose(recorded.grad.numpy(), want)


def test_rules_with_containers_and_missing_rules():
    @func.custom_vjp
    def combine(p, scale):
        return {"y": p["a"] * p["b"] * scale}

    with pytest.raises(RuntimeError, match=r"combine: its derivative was not said\nTry: call combine.defvjp"):
        combine({"a": f64(1.0), "b": f64(2.0)}, 3.0)
    combine.defvjp(lambda p, s: (combine(p, s), (p, s)), lambda kept, g: ({"a": g["y"] * 100, "b": g["y"] * 200}, None))
    found = grad(lambda p: combine(p, 3.0)["y"].sum())({"a": f64(1.0), "b": f64(2.0)})
    assert (found["a"].item(), found["b"].item()) == (100.0, 200.0)


# ------------------------------------------------------------------------ implicit derivatives


def test_the_root_of_an_equation_moves_with_its_parameters():
    def residual(x, a):
        return torch.stack([x[0] ** 2 + x[1] - a[0], x[1] ** 3 - a[1] * x[0]])

    a, x0 = f64(3.0, 2.0), f64(1.0, 1.0)

    def solved(a):
        return func.root(residual, x0, (a,))

    x = solved(a)
    assert residual(x, a).abs().max().item() < 1e-9
    h = 1e-5
    rough = np.stack(
        [(solved(a + h * e) - solved(a - h * e)).numpy() / (2 * h) for e in torch.eye(2, dtype=torch.float64)], 1
    )
    np.testing.assert_allclose(jacrev(solved)(a).numpy(), rough, rtol=1e-7)
    np.testing.assert_allclose(jacfwd(solved)(a).numpy(), rough, rtol=1e-7)
    second = jacfwd(jacrev(lambda a: solved(a)[0]))(a).numpy()
    rough = np.stack([
        (jacrev(lambda a: solved(a)[0])(a + h * e) - jacrev(lambda a: solved(a)[0])(a - h * e)).numpy() / (2 * h)
        for e in torch.eye(2, dtype=torch.float64)
    ])  # fmt: skip
    np.testing.assert_allclose(second, rough, rtol=1e-5)
    recorded = a.clone().requires_grad_()
    func.root(residual, x0, (recorded,)).sum().backward()
    np.testing.assert_allclose(recorded.grad.numpy(), jacrev(solved)(a).numpy().sum(0))


def test_the_minimum_of_a_function_moves_with_its_parameters():
    def cost(x, a):
        return ((x - a) ** 2).sum() + 0.1 * (x**4).sum()

    a = f64(1.0, -2.0)
    x = func.minimize(cost, f64(0.0, 0.0), (a,))
    np.testing.assert_allclose(x.numpy() * 2 + 0.4 * x.numpy() ** 3, 2 * a.numpy(), atol=1e-7)
    found = jacrev(lambda a: func.minimize(cost, f64(0.0, 0.0), (a,)))(a).numpy()
    np.testing.assert_allclose(found, np.diag(2 / (2 + 1.2 * x.numpy() ** 2)), rtol=1e-6)


def test_a_fixed_point():
    def iterate(start, a):
        x = start
        for _ in range(200):
            x = torch.cos(a * x)
        return x

    limit = func.custom_fixed_point(lambda x, a: torch.cos(a * x), iterate)
    a = torch.tensor(0.9, dtype=torch.float64)
    x = limit(torch.tensor(0.5, dtype=torch.float64), a).item()
    want = -x * np.sin(0.9 * x) / (1 + 0.9 * np.sin(0.9 * x))
    assert grad(lambda a: limit(torch.tensor(0.5, dtype=torch.float64), a))(a).item() == pytest.approx(want)


def test_what_does_not_converge_says_so():
    with pytest.raises(RuntimeError, match=r"root: [\s\S]*Try: start nearer"):
        func.root(lambda x: x**2 + 1, f64(1.0))


def test_a_differential_equation_and_its_adjoint():
    def field(y, t, k):
        return torch.stack([y[1], -k[0] * y[0] - k[1] * y[1] + torch.sin(t)])

    t = torch.linspace(0, 3, 7, dtype=torch.float64)
    y0, k = f64(1.0, 0.0, requires_grad=True), f64(2.0, 0.3, requires_grad=True)

    def loss(y0, k):
        return (func.odeint(field, y0, t, k, rtol=1e-10, atol=1e-12) ** 2).sum()

    loss(y0, k).backward()
    for leaf in (y0, k):
        for i in range(2):
            h = torch.zeros(2, dtype=torch.float64)
            h[i] = 1e-5
            moved = [(x.detach() + s * h if x is leaf else x.detach()) for s in (1, -1) for x in (y0, k)]
            rough = (loss(*moved[:2]) - loss(*moved[2:])).item() / 2e-5
            assert leaf.grad[i].item() == pytest.approx(rough, rel=1e-5)
    with pytest.raises(RuntimeError, match="use backward"):
        vmap(lambda y: func.odeint(field, y, t, k.detach()))(torch.ones(2, 2, dtype=torch.float64))


# ------------------------------------------------------------------------ SciPy


def rosenbrock(x):
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


@pytest.mark.parametrize("method", ["BFGS", "L-BFGS-B", "Newton-CG", "trust-exact", "trust-ncg"])
def test_rosenbrock_by_scipy(method):
    f = func.scipy_functions(rosenbrock, torch.full((5,), -1.0, dtype=torch.float64))
    options = (
        {"hess": f.hess} if method == "trust-exact" else {"hessp": f.hessp} if "N" in method or "ncg" in method else {}
    )
    if method in ("BFGS", "L-BFGS-B"):
        options = {}
    found = optimize.minimize(f.fun, f.x0, jac=f.jac, method=method, **options)
    np.testing.assert_allclose(found.x, 1, atol=2e-4)
    for array in (f.jac(found.x), f.hess(found.x), f.hessp(found.x, found.x), f.x0):
        assert array.dtype == np.float64
        assert array.flags.writeable
        assert array.flags.c_contiguous


def test_containers_are_packed_and_value_and_gradient_are_computed_once():
    calls = []

    def model(p, data):
        calls.append(1)
        return ((p["w"] @ data + p["b"]) ** 2).mean()

    start = {"w": torch.ones(2, 3), "b": torch.zeros(2, 1)}
    f = func.scipy_functions(model, start, (torch.ones(3, 4),))
    assert f.x0.shape == (8,)
    value = f.fun_and_jac(f.x0)[0]
    assert len(calls) == 1
    assert f.fun(f.x0) == value
    assert f.jac(f.x0).shape == (8,)
    assert len(calls) == 1
    assert f.unpack(f.x0)["w"].dtype is torch.float32
    assert {k: v.tolist() for k, v in f.unpack(f.x0).items()} == {k: v.tolist() for k, v in start.items()}


def test_least_squares_and_a_stiff_equation():
    x = np.linspace(0, 1, 20)
    f = func.scipy_functions(
        lambda p: p[0] * torch.exp(-p[1] * torch.tensor(x)) - torch.tensor(2 * np.exp(-3 * x)), f64(1.0, 1.0)
    )
    found = optimize.least_squares(f.fun, f.x0, jac=f.jac)
    np.testing.assert_allclose(found.x, [2, 3], rtol=1e-6)

    def robertson(y):
        a, b, c = y[0], y[1], y[2]
        slow, quick = -0.04 * a + 1e4 * b * c, 3e7 * b**2
        return torch.stack([slow, -slow - quick, quick])

    f = func.scipy_functions(robertson, f64(1.0, 0.0, 0.0))
    found = integrate.solve_ivp(
        lambda t, y: f.fun(y), (0, 40), f.x0, jac=lambda t, y: f.jac(y), method="BDF", rtol=1e-8, atol=1e-12
    )
    np.testing.assert_allclose(found.y[:, -1], [0.7158271, 9.1855e-6, 0.2841637], rtol=1e-4)


# ------------------------------------------------------------------------ sparse


def spread(x):
    return torch.cat([x[1:] * x[:-1], torch.sin(x[:1])]) + 0 * x


OWNER = torch.tensor([0, 1, 2, 3] * 3)
MAPS = {
    "diagonal": (lambda x: torch.exp(x) * 2 + 1, 1),
    "tridiagonal": (lambda x: torch.cat([x[:1], x[2:] - 2 * x[1:-1] * x[:-2], x[-1:]]), 3),
    "neighbours": (spread, 2),
    "arrow": (lambda x: torch.cat([x.sum().reshape(1), x[1:] * x[0]]), None),
    "one full row": (lambda x: torch.cat([x.sum().reshape(1), x[1:].exp()]), None),
    "a number": (lambda x: (x * x).sum(), 1),
    "picked": (lambda x: x[torch.tensor([3, 1, 1, 7])] * x[torch.tensor([0, 2, 1, 7])], 2),
    "along": (lambda x: torch.gather(x.reshape(3, 4), 1, torch.tensor([[3, 0], [1, 1], [2, 0]])), 1),
    "added where they belong": (lambda x: torch.zeros(4, dtype=x.dtype).index_add(0, OWNER, x), 1),
    "diagonals": (lambda x: torch.diag(x)[1:] * x.reshape(3, 4).diagonal().sum(), None),
    "convolved": (lambda x: torch.nn.functional.conv1d(x.reshape(1, 1, -1), torch.ones(1, 1, 3).to(x.dtype)), 3),
    "blocks": (lambda x: (x.reshape(4, 3) @ torch.ones(3, 2).to(x.dtype)).reshape(-1), 2),
    "dense": (lambda x: torch.softmax(x, 0), None),
    "scan": (lambda x: x.cumsum(0), None),
    "nothing": (lambda x: torch.zeros(3, dtype=x.dtype), 0),
}


@pytest.mark.parametrize("name", MAPS)
def test_a_sparse_jacobian_is_the_dense_one(name):
    f, colours = MAPS[name]
    x = f64(*np.random.default_rng(0).normal(size=12))
    found = func.sparse_jacobian(f)(x)
    dense = jacrev(f)(x).numpy().reshape(found.shape)
    np.testing.assert_allclose(found.toarray(), dense, rtol=1e-12, atol=1e-13)
    if colours is not None:
        assert func.jacobian_sparsity(f, x).count == colours


def test_a_large_diagonal_takes_one_pass_and_a_pattern_serves_again():
    x = torch.rand(10_000, dtype=torch.float64)
    pattern = func.jacobian_sparsity(torch.sin, x)
    assert pattern.count == 1
    jacobian = func.sparse_jacobian(torch.sin, pattern)
    np.testing.assert_allclose(jacobian(x).diagonal(), np.cos(x.numpy()))
    np.testing.assert_allclose(jacobian(2 * x).diagonal(), np.cos(2 * x.numpy()))


def test_a_sparse_hessian():
    x = f64(*np.linspace(-1, 1, 30))
    found = func.sparse_hessian(rosenbrock)(x)
    np.testing.assert_allclose(found.toarray(), hessian(rosenbrock)(x).numpy(), rtol=1e-11, atol=1e-10)
    assert func.hessian_sparsity(rosenbrock, x).count == 3


HESSIANS = {
    "chain": (rosenbrock, 3),
    "arrow": (lambda x: (x * x[0]).sin().sum(), 2),
    "two hubs": (lambda x: (x * x[0]).sin().sum() + (x * x[1]).exp().sum(), 3),
    "diagonal": (lambda x: (x**3).sum(), 1),
    "ring": (lambda x: (x * torch.cat([x[1:], x[:1]])).sin().sum(), None),
    "grid": (lambda x: ((x.reshape(5, 6)[1:] * x.reshape(5, 6)[:-1]) ** 2).sum(), None),
    "random": (lambda x: (x[PAIRS[0]] * x[PAIRS[1]]).sin().sum(), None),
    "dense": (lambda x: x.prod(), 30),
    "linear": (lambda x: x.sum(), 0),
}
PAIRS = torch.tensor(np.random.default_rng(3).integers(0, 30, (2, 60)))


@pytest.mark.parametrize("name", HESSIANS)
def test_a_sparse_hessian_is_read_from_either_side(name):
    f, colours = HESSIANS[name]
    x = f64(*np.linspace(-1, 1, 30))
    found = func.sparse_hessian(f)(x)
    np.testing.assert_allclose(found.toarray(), hessian(f)(x).numpy(), rtol=1e-11, atol=1e-10)
    if colours is not None:
        assert func.hessian_sparsity(f, x).count == colours


def test_a_large_arrow_takes_two_passes():
    x = torch.linspace(0.1, 1, 10_000, dtype=torch.float64)
    pattern = func.hessian_sparsity(HESSIANS["arrow"][0], x)
    assert pattern.count == 2
    found = func.sparse_hessian(HESSIANS["arrow"][0], pattern)(x)
    a, b = x[0].numpy(), x[5:].numpy()
    np.testing.assert_allclose(found[0, 5:].toarray().ravel(), np.cos(a * b) - a * b * np.sin(a * b))


def test_bundle_adjustment_takes_as_many_passes_as_a_residual_reads_numbers():
    cameras, points = 5, 40
    owner = torch.arange(cameras * points) % cameras
    point = torch.arange(cameras * points) // cameras

    def residuals(x):
        camera, place = x[: 6 * cameras].reshape(cameras, 6)[owner], x[6 * cameras :].reshape(points, 3)[point]
        seen = place * camera[:, :3] + camera[:, 3:]
        return (seen[:, :2] / (2 + seen[:, 2:] ** 2)).reshape(-1)

    x = f64(*np.random.default_rng(0).normal(size=6 * cameras + 3 * points))
    pattern = func.jacobian_sparsity(residuals, x)
    assert pattern.count <= 9
    np.testing.assert_allclose(
        func.sparse_jacobian(residuals, pattern)(x).toarray(), jacrev(residuals)(x).numpy(), rtol=1e-12, atol=1e-14
    )


def test_a_while_loop_may_carry_one_value():
    double = lambda x: func.while_loop(lambda x: x < 100, lambda x: x * 2, x)  # noqa: E731
    assert double(torch.tensor(3.0)).item() == 192
    assert func.grad(double)(3.0).item() == 64
    assert func.while_loop(lambda x: x < 10, lambda x: x + 1, torch.tensor(0.5), checkpoint_every=3).item() == 10.5

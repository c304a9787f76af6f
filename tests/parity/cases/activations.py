# ruff: noqa: E501  a snippet shows one family of things in one line
"""Functions between layers, and those that draw random numbers."""

CASES = {
    "values": """
x = torch.tensor([-2.0, -1.0, -0.25, 0.0, 0.5, 2.0, 7.0])
for name in ["celu", "elu", "gelu", "hardshrink", "hardsigmoid", "hardswish", "hardtanh", "leaky_relu", "logsigmoid", "mish", "relu", "relu6", "rrelu", "selu", "silu", "softplus", "softshrink", "softsign", "tanhshrink", "glu", "softmin"]:
    show(name, attempt(lambda: getattr(F, name)(x)))
F.gelu(x, approximate="tanh"), F.glu(x[:6]), F.softmin(x, 0), F.softmin(x, dim=0, dtype=torch.float64), F.softplus(x, 2), F.softplus(x, beta=2, threshold=1), F.celu(x, 0.5), F.elu(x, alpha=0.5), F.softshrink(x, 1), F.hardshrink(x, lambd=0.1)
torch.celu(x, alpha=2.0), torch.selu(x), torch.hardshrink(x), x.hardshrink(1.0), torch.prelu(x, torch.tensor([0.5])), x.prelu(torch.tensor(0.5)), torch.rrelu(x)
F.threshold(x, 0.1, 20), torch.threshold(x, 1, 0), F.hardtanh(x, -0.5, 1), F.hardtanh(torch.tensor([-3, 5]), -2, 2), F.relu6(torch.tensor([-3, 5, 8]))
F.softplus(x, beta=0)
F.softmin(x.reshape(1, 7))
torch.hardshrink(x, out=torch.empty(7))
""",
    "far away": """
x = torch.tensor([-80.0, -30.0, 30.0, 80.0, 1e4])
for name in ["celu", "elu", "hardsigmoid", "hardswish", "hardtanh", "logsigmoid", "mish", "selu", "silu", "softplus", "softsign", "tanhshrink"]:
    y = x.clone().requires_grad_()
    show(name, getattr(F, name)(x), torch.autograd.grad(getattr(F, name)(y).sum(), y))
y = x.clone().requires_grad_(); F.gelu(x) + 0, torch.autograd.grad(F.gelu(y).sum(), y)  # the processor chooses the sign of zero
x = torch.tensor([inf, -inf, nan])
for name in ["celu", "elu", "hardshrink", "hardsigmoid", "hardswish", "hardtanh", "leaky_relu", "logsigmoid", "mish", "relu", "relu6", "selu", "silu", "softplus", "softshrink", "softsign", "tanhshrink"]:
    show(name, getattr(F, name)(x))
""",
    "kinks": """
for name, points in [("relu", [0.0]), ("relu6", [0.0, 6.0]), ("leaky_relu", [0.0]), ("hardtanh", [-1.0, 1.0]), ("hardsigmoid", [-3.0, 3.0]), ("hardswish", [-3.0, 3.0]), ("hardshrink", [-0.5, 0.0, 0.5]), ("softshrink", [-0.5, 0.0, 0.5]), ("elu", [0.0]), ("celu", [0.0]), ("selu", [0.0]), ("softsign", [0.0])]:
    x = torch.tensor(points, requires_grad=True)
    show(name, torch.autograd.grad(getattr(F, name)(x).sum(), x))
x = torch.tensor([0.0, -2.0, 3.0], requires_grad=True); w = torch.tensor([0.25], requires_grad=True)
torch.autograd.grad(F.prelu(x, w).sum(), [x, w])
x = torch.tensor([-1.0, 0.5, 2.0], requires_grad=True)
for f in [F.gelu, F.silu, F.mish, F.softplus, F.logsigmoid, F.elu, F.selu, F.tanhshrink, F.softsign]:
    g, = torch.autograd.grad(f(x).sum(), x, create_graph=True)
    show(g.detach(), torch.autograd.grad(g.sum(), x))
""",
    "in place": """
x = torch.tensor([-2.0, -0.5, 0.5, 2.0])
for name in ["relu", "relu6", "leaky_relu", "hardtanh", "hardsigmoid", "hardswish", "elu", "celu", "selu", "silu", "mish", "rrelu"]:
    y = x.clone()
    show(name, getattr(F, name)(y, inplace=True) is y, y, y._version)
for f in [F.relu_, F.leaky_relu_, F.hardtanh_, F.elu_, F.celu_, F.selu_, F.rrelu_, torch.relu_, torch.celu_, torch.selu_, torch.rrelu_]:
    y = x.clone(); show(f(y) is y, y)
y = x.clone(); F.threshold_(y, 0, 9), torch.threshold_(y, 5, -1), F.threshold(y, 0, 3, inplace=True), y
z = x.clone().requires_grad_(); F.elu(z, inplace=True)
z = x.clone().requires_grad_(); y = z * 1; F.silu(y, inplace=True); y.sum().backward(); z.grad
z = x.clone().requires_grad_(); y = z.exp(); F.relu(y, inplace=True); y.sum().backward()
y = torch.tensor([1, -2]); F.relu(y, inplace=True)
F.elu(torch.tensor([1, -2]), inplace=True)
""",
    "dtypes": """
NAMES = ["celu", "elu", "gelu", "glu", "hardshrink", "hardsigmoid", "hardswish", "hardtanh", "leaky_relu", "logsigmoid", "mish", "relu", "relu6", "rrelu", "selu", "silu", "softplus", "softshrink", "softsign", "tanhshrink"]
for name in NAMES:
    for dtype in [torch.bool, torch.uint8, torch.int64, torch.float16, torch.bfloat16, torch.float64, torch.complex64]:
        show(name, dtype, attempt(lambda: (lambda r: (r.dtype, r.shape))(getattr(F, name)(torch.ones(2, 2).to(dtype)))))
for dtype in [torch.bool, torch.int64, torch.float16, torch.bfloat16, torch.float64, torch.complex64]:
    show(dtype, attempt(lambda: F.prelu(torch.ones(2, 2).to(dtype), torch.ones(1).to(dtype)).dtype), attempt(lambda: F.threshold(torch.ones(2).to(dtype), 0, 1).dtype), attempt(lambda: F.rrelu(torch.ones(2).to(dtype), training=True).dtype), attempt(lambda: F.gumbel_softmax(torch.ones(2).to(dtype)).dtype), attempt(lambda: F.dropout(torch.ones(2).to(dtype)).dtype), dtype == torch.bool or attempt(lambda: F.alpha_dropout(torch.ones(2).to(dtype), training=True).dtype), attempt(lambda: torch.native_dropout(torch.ones(2).to(dtype), 0.5, True)[0].dtype))
x = torch.tensor([-1.0, 0.3, 2.0])
for name in ["celu", "gelu", "hardswish", "logsigmoid", "mish", "selu", "silu", "softplus", "tanhshrink"]:
    show(name, getattr(F, name)(x.half()), getattr(F, name)(x.bfloat16()), getattr(F, name)(x.double()))
""",
    "errors": """
x = torch.ones(2, 3)
F.gelu(x, approximate="erf")
F.gelu(x, "tanh")
F.glu(x)
F.glu(torch.tensor(1.0))
F.glu(x, 5)
F.celu(x, 0)
F.softshrink(x, -1)
F.hardtanh(x, 1, -1)
F.hardtanh(torch.ones(2, dtype=torch.uint8), -1, 1)
F.prelu(x, torch.ones(2))
F.prelu(x, torch.ones(1, 3))
F.prelu(x, torch.ones(3).double())
F.prelu(torch.tensor(1.0), torch.ones(2))
F.prelu(torch.ones(3), torch.ones(3))
F.softmin(x, 3)
F.rrelu(x, 0.5, 0.1)
F.rrelu(x, 0.5, inf, training=True)
F.rrelu(x, -inf, 0.5)
F.threshold(torch.ones(2, dtype=torch.uint8), 0, -1.5)
F.elu([1.0])
F.silu(3.0)
torch.celu(None)
""",
    "random": """
x = torch.linspace(-2, 2, 9)
for dtype in [torch.float32, torch.float64]:
    y = x.to(dtype)
    show(F.dropout(y), F.dropout(y, 0.2), F.alpha_dropout(y, 0.3, True), F.rrelu(y, training=True), F.rrelu(y, 0.4, 0.6, True), F.gumbel_softmax(y), F.gumbel_softmax(y, 0.5, True), torch.rand(2, dtype=dtype))
F.dropout(torch.ones(20), 0.8), F.dropout(torch.ones(3, 5), 0.5), torch.rand(1)
F.dropout1d(torch.ones(3, 2)), F.dropout1d(torch.ones(2, 3, 2)), F.dropout2d(torch.ones(1, 3, 2, 2)).sum((2, 3)), F.dropout3d(torch.ones(2, 3, 1, 1, 2)).sum((2, 3, 4)), F.dropout3d(torch.ones(3, 1, 1, 2)).sum((1, 2, 3)), F.feature_alpha_dropout(torch.ones(1, 4, 2), training=True)
F.dropout2d(torch.ones(2, 3, 2)).sum(2)
F.dropout2d(torch.ones(2, 3))
F.dropout3d(torch.ones(2, 3, 4)).shape
torch.dropout(x, 0.5, True), torch.feature_dropout(x.reshape(3, 3), 0.5, True), torch.alpha_dropout(x, 0.5, True), torch.feature_alpha_dropout(x.reshape(3, 3), 0.5, True), torch.native_dropout(x, 0.5, True), torch.native_dropout(x, 0.5, False), torch.native_dropout(x, 1.0, True)
y = x.clone(); torch.dropout_(y, 0.5, True) is y, y
y = x.clone(); torch.alpha_dropout_(y, 0.5, True) is y, y
y = x.reshape(3, 3).clone(); torch.feature_dropout_(y, 0.5, True) is y, y, torch.feature_alpha_dropout_(y, 0.5, True)
y = x.clone(); F.dropout(y, inplace=True) is y, y
g = torch.Generator().manual_seed(7); torch.rrelu(x, training=True, generator=g), torch.rrelu_(x.clone(), training=True, generator=g)
z = x.clone().requires_grad_(); F.dropout(z).sum().backward(); z.grad
z = x.clone().requires_grad_(); F.rrelu(z, training=True).sum().backward(); z.grad
F.dropout(x, training=False) is x, F.dropout(x, 0.0) is x, F.dropout(x, 1.0), F.alpha_dropout(x) is x, torch.dropout(x, 0.5, False) is x, F.dropout(torch.zeros(0))
F.gumbel_softmax(x, eps=1e-3).shape
""",
    "errors of random functions": """
x = torch.ones(2, 3)
F.dropout(x, 1.5)
F.dropout(x, -0.1)
torch.dropout(x, 1.5, True)
F.dropout1d(torch.ones(3))
F.dropout3d(x, 2.0)
torch.feature_dropout(torch.ones(3), 0.5, True)
F.feature_alpha_dropout(torch.ones(3), 0.5, True)
F.dropout([1.0])
F.gumbel_softmax(torch.ones(2, dtype=torch.int64))
F.rrelu(torch.ones(2).half(), training=True)
""",
}

# ruff: noqa: E501  a snippet shows one family of things in one line
"""Functions of single elements, and those that are linear in pieces."""

_ROUNDED = "ceil trunc round frac fix"
_FLOATS = "asin acos atan sinh cosh asinh acosh atanh sinc rsqrt"

CASES = {
    "rounding": f"""
x = torch.tensor([-2.5, -1.5, -0.5, 0.5, 1.25, inf, nan])
for name in "{_ROUNDED}".split():
    show(name, getattr(torch, name)(x), attempt(lambda: getattr(torch, name)(torch.tensor([1, 2]))), attempt(lambda: getattr(torch, name)(torch.tensor([True]))))
torch.round(torch.tensor([2.345, -0.5, 1.26]), decimals=1), torch.round(torch.tensor([123.0]), decimals=-1)
torch.round(torch.tensor([1]), decimals=1)
y = torch.tensor([1.5, 2.26]); y.round_(decimals=1); y.frac_(); y
""",
    "of one": f"""
x = torch.tensor([-1.0, -0.5, 0.0, 0.25, 1.0])
for name in "{_FLOATS}".split():
    show(name, getattr(torch, name)(x), getattr(torch, name)(torch.tensor([1, 0])).dtype, getattr(x.double(), name)())
x.clone().asin_(), x.clone().arctanh_(), x.clone().sinc_()
""",
    "of two": """
x, y = torch.tensor([1.0, -2.0, 0.0, nan, inf]), torch.tensor([2.0, 3.0, 0.0, 1.0, inf])
for name in ["atan2", "hypot", "xlogy", "logaddexp", "logaddexp2", "fmax", "fmin", "fmod"]:
    f = getattr(torch, name)
    show(name, f(x, y), f(y, x), f(x, y.double()).dtype, attempt(lambda: f(torch.tensor([5]), torch.tensor([3]))), attempt(lambda: f(torch.tensor([True]), torch.tensor([True]))))
torch.xlogy(2, y), torch.xlogy(y, 2), torch.fmod(y, 2), torch.fmod(torch.tensor([7, -7]), 3)
torch.fmod(torch.tensor([7]), 0)
torch.fmod(torch.tensor([7.0]), 0)
torch.clip(x, -1, 1), torch.clamp_min(x, 0), x.clamp_max(0), torch.clamp(x, max=y), x.clone().clip_(0, 1)
torch.fmax(torch.tensor(1), torch.tensor(2.5))
""",
    "linear in pieces": """
x = torch.tensor([-4.0, -3.0, -1.0, 0.0, 0.5, 1.0, 3.0, 6.0, 7.0, nan, inf, -inf])
F.leaky_relu(x), F.leaky_relu(x, 0.5), F.elu(x), F.elu(x, 2.0), F.relu6(x), F.hardtanh(x), F.hardtanh(x, -2, 0.5), F.hardsigmoid(x), F.threshold(x, 0.5, 20), torch.threshold(x, 0.5, 20)
F.hardswish(x[1:-3])
for f in [F.leaky_relu, F.elu, F.relu6, F.hardtanh, F.hardsigmoid, F.hardswish, lambda x: F.threshold(x, 1, 5)]:
    show([attempt(lambda: f(torch.tensor([1, 2, 9]).to(d))) for d in [torch.int64, torch.bool, torch.complex64]])
y = torch.tensor([-1.0, 2.0]); F.leaky_relu(y, 0.1, True); y
F.elu(y, inplace=True); F.relu6(y, True); y
F.hardtanh(x, 2, 1)
z = torch.tensor([-1.0, 2.0], requires_grad=True)
w = z * 1; F.leaky_relu(w, 0.5, inplace=True); w.sum().backward(); z.grad
F.leaky_relu(z, inplace=True)
""",
    "losses": """
x, y = torch.tensor([0.5, 3.0, -2.0]), torch.tensor([0.0, 1.0, -2.0])
F.l1_loss(x, y), F.l1_loss(x, y, reduction="sum"), F.l1_loss(x, y, reduction="none"), F.l1_loss(x, y, weight=torch.tensor([1.0, 2.0, 3.0]))
F.smooth_l1_loss(x, y), F.smooth_l1_loss(x, y, beta=3.0, reduction="none"), F.smooth_l1_loss(x, y, beta=0.0)
F.huber_loss(x, y), F.huber_loss(x, y, "sum", 0.5), F.huber_loss(x, y, weight=torch.tensor([1.0, 2.0, 3.0])), F.mse_loss(x, y, weight=torch.tensor([1.0, 2.0, 3.0]), reduction="none")
F.mse_loss(x, y, False)
F.l1_loss(x, y, None, False)
F.smooth_l1_loss(x, y, True, True)
F.l1_loss(x, y, weight=torch.ones(2))
F.huber_loss(x, y, delta=0.0)
F.smooth_l1_loss(x, y, beta=-1.0)
F.huber_loss(x, y, reduction="avg")
F.l1_loss(x, y[:1])
F.huber_loss(torch.tensor([1]), torch.tensor([2]))
F.smooth_l1_loss(torch.tensor([1]), torch.tensor([2]))
F.l1_loss(torch.tensor([1j]), torch.tensor([2j]))
""",
    "norms": """
x = torch.tensor([[3.0, -4.0], [0.0, 12.0]])
x.norm(), torch.norm(x, "fro"), torch.norm(x, 1), torch.norm(x, inf), torch.norm(x, -inf), torch.norm(x, 0), torch.norm(x, 3), torch.norm(x, 0.5), torch.norm(x, -1)
torch.norm(x, dim=1), torch.norm(x, 2, 0, True), torch.norm(x, 1, (0, 1)), torch.norm(x, "fro", (0, 1)), x.norm(2, 1, False, torch.float64), torch.norm(x, dtype=torch.float64)
torch.norm(torch.tensor([3 + 4j, 0j])), torch.norm(torch.tensor(-2.0)), torch.norm(torch.ones(0)), torch.norm(x.half()), torch.norm(torch.tensor([3 + 4j, 1j]), 1)
torch.norm(torch.ones(0), inf)
torch.norm(torch.ones(0, 2), -1, 0)
torch.norm(x[0], "nuc")
torch.norm(x, "abc")
torch.norm(torch.tensor([1, 2]))
torch.norm(x, 2, 2)
x.double().norm(2, 0, False, torch.float32)
torch.dist(x, x + 1), torch.dist(x, torch.ones(2), 1), torch.dist(x, x, 0), torch.dist(x, x + 1, inf)
torch.dist(torch.tensor([1]), torch.tensor([2]))
F.normalize(x), F.normalize(x, p=1.0, dim=0), F.normalize(torch.zeros(1, 2)), F.normalize(x, dim=(0, 1))
F.normalize(x[0])
F.cosine_similarity(x, x + 1), F.cosine_similarity(x, torch.ones(2), dim=-1), F.cosine_similarity(x[0], x[0] * 0, dim=0), torch.cosine_similarity(x, -x, 0)
F.cosine_similarity(torch.tensor([1]), torch.tensor([2]), dim=0)
""",
}

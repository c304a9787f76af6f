# ruff: noqa: E501  a snippet shows one family of things in one line
"""Writing: through views, by every in-place method with its gradient, by index, and by out=."""

_X = """
x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True); W = torch.tensor([[1.0, 10.0, 100.0], [1e3, 1e4, 1e5]])
def g(f, *more):
    y = x * 1
    f(y)
    return [t.tolist() for t in torch.autograd.grad((y * W).sum(), [x, *more])]
"""
_METHODS = """
def near(v): return [near(u) for u in v] if isinstance(v, list) else round(v, 5) + 0.0 if isinstance(v, float) else v
def method(name, *args, start=(0.5, 0.25), **kwargs):
    x = torch.tensor(start, dtype=torch.float64, requires_grad=True); y = x * 1
    try:
        r = getattr(y, name)(*args, **kwargs)
    except Exception as error:
        return attempt(lambda: getattr(y, name)(*args, **kwargs)), y._version
    try:
        (d,) = torch.autograd.grad(y.sum(), x, allow_unused=True)
    except Exception as error:
        d = torch.tensor(nan)
    return r is y, y._version, near(y.tolist()), None if d is None else near(d.tolist())
"""

CASES = {
    "views of views": _X
    + """
g(lambda y: y[0].mul_(2)), g(lambda y: y[0][1:].mul_(2)), g(lambda y: y[:, 1:][1].mul_(2)), g(lambda y: y.view(6)[2:4].mul_(2))
g(lambda y: y.t().mul_(2)), g(lambda y: y.t()[1].mul_(2)), g(lambda y: y.t()[1:, :1].mul_(2)), g(lambda y: y.permute(1, 0)[2].zero_())
g(lambda y: y.unsqueeze(1)[0].mul_(3)), g(lambda y: y.unsqueeze(0).squeeze(0)[1].mul_(3)), g(lambda y: y[None][0, 0].mul_(3))
g(lambda y: y.view(3, 2).t()[0].mul_(5)), g(lambda y: y.view(1, 6)[0].view(2, 3)[1].mul_(5)), g(lambda y: y.flatten()[::2].mul_(5)), g(lambda y: y.narrow(1, 1, 1).mul_(5)), g(lambda y: y.select(1, 0).mul_(5))
g(lambda y: y[..., -1].mul_(5)), g(lambda y: y[:, ::2].mul_(5)), g(lambda y: y[0:0].mul_(5)), g(lambda y: y[0, 0].mul_(5)), g(lambda y: y[1, 1:2].fill_(5))
g(lambda y: y.view_as(torch.zeros(3, 2))[0].mul_(5)), g(lambda y: y.reshape(6)[0].mul_(5)), g(lambda y: y.ravel()[1].mul_(5)), g(lambda y: y.swapaxes(0, 1)[0].mul_(5)), g(lambda y: y.T[0].add_(5))
""",
    "diagonals": _X
    + """
d = torch.zeros(3, 3); torch.diagonal(d).fill_(1.0); d, torch.diagonal(d, 1).shape, torch.diagonal(d)._base is d
d.diagonal(-1).add_(2); d, d._version
g(lambda y: torch.diagonal(y).mul_(7)), g(lambda y: y.diagonal(1).mul_(7)), g(lambda y: y.diagonal(offset=-1).zero_()), g(lambda y: y.t().diagonal().mul_(2)), g(lambda y: y[:, 1:].diagonal().mul_(2))
torch.diagonal(torch.arange(8.0).reshape(2, 2, 2), 0, 1, 2), torch.diagonal(torch.arange(8.0).reshape(2, 2, 2), dim1=0, dim2=2).shape
torch.autograd.grad((torch.diagonal(x) * torch.tensor([1.0, 10.0])).sum(), x)
torch.diagonal(torch.ones(2))
torch.diagonal(torch.ones(2, 2), 0, 0, 0)
torch.diagonal(torch.ones(2, 2), 5).shape
x.diagonal().mul_(2)
e = torch.eye(2).expand(3, 2, 2); torch.diagonal(e, 0, 1, 2).shape
""",
    "writing values that need gradients": _X
    + """
v = torch.tensor([7.0, 8.0, 9.0], requires_grad=True); s = torch.tensor(2.0, requires_grad=True)
g(lambda y: y[0].copy_(v), v), g(lambda y: y[0].mul_(v), v), g(lambda y: y[:, 0].add_(s), s), g(lambda y: y.mul_(s), s), g(lambda y: y.t()[1:].mul_(s), s)
g(lambda y: y[0].add_(y[1])), g(lambda y: y.view(6)[1:3].copy_(y.view(6)[3:5].clone()))
g(lambda y: y[0].mul_(y[1]))
g(lambda y: y[0].mul_(y[1].detach()))
g(lambda y: y[0].mul_(y[1].clone()))
g(lambda y: y.mul_(x)), g(lambda y: y.add_(x, alpha=3)), g(lambda y: y.sub_(y.clone()))
g(lambda y: y[0].copy_(s), s), g(lambda y: y.copy_(v), v), g(lambda y: y.copy_(v[0]), v)
""",
    "views of plain tensors that come to need gradients": _X
    + """
v = torch.tensor([7.0, 8.0, 9.0], requires_grad=True)
p = torch.zeros(2, 3); p[0].add_(v); p.requires_grad, p.is_leaf, torch.autograd.grad((p * W).sum(), v)
p = torch.zeros(2, 3); p.t()[1:].copy_(x.t()[1:]); torch.autograd.grad((p * W).sum(), x)
p = torch.zeros(2, 3); q = p[0]; r = p[1]; q.add_(v); q.requires_grad, r.requires_grad, p.requires_grad
r.sum().requires_grad, torch.autograd.grad(r.sum(), v, retain_graph=True), torch.autograd.grad(q.sum(), v, retain_graph=True), torch.autograd.grad(p.sum(), v)
""",
    "views after their base was written": _X
    + """
y = x * 1; v = y[0]; y.mul_(2); v, v._version; torch.autograd.grad(v.sum(), x)
y = x * 1; v = y[0]; w = y[:, 0]; v.mul_(3); w, torch.autograd.grad(w.sum(), x, retain_graph=True), torch.autograd.grad(y.sum(), x)
y = x * 1; v = y[0]; w = v[1:]; w.mul_(3); v, torch.autograd.grad(v.sum(), x, retain_graph=True), torch.autograd.grad(w.sum(), x)
y = x * 1; v = y.t(); v.mul_(2); y.add_(1); v.mul_(3); torch.autograd.grad((y * W).sum(), x)
y = x * 1; v = y[0]; d = v.detach(); d.mul_(5); y, torch.autograd.grad(y.sum(), x)
""",
    "what was computed from views before": _X
    + """
y = x * 1; v = y[0]; k = v * v; y.add_(1); k.sum().backward()
y = x * 1; v = y[0]; k = v + 1; y.add_(1); torch.autograd.grad(k.sum(), x)
y = x * 1; v = y[1]; k = v * v; y[0].add_(1); k.sum().backward()
y = x * 1; v = y[0].clone(); y.mul_(2); v, torch.autograd.grad(v.sum(), x)
y = x * 1; v = y[0]; y.zero_(); v.requires_grad, v, torch.autograd.grad(v.sum(), x)
y = x * 1; v = y[0]; (v * v).sum(); v.mul_(2); (g1,) = torch.autograd.grad((v * v).sum(), x, create_graph=True); torch.autograd.grad(g1.sum(), x)
""",
    "chains of writes": _X
    + """
def steps(y):
    for i in range(3): y[:, i].mul_(i + 1)
    y[0].add_(y[1].detach())
    y.view(6)[::2].mul_(2)
    y += 1
g(steps)
def scan(y):
    for i in range(1, 3): y[:, i] = y[:, i] * y[:, i - 1]
g(scan)
def running(y):
    total = torch.zeros(2)
    for i in range(3):
        total = total + y[:, i]
        y[:, i] = total
g(running)
def swap(y): y[0], y[1] = y[1].clone(), y[0].clone()
g(swap)
y = x * 1; y[0] *= 2; y[1] += y[0]; y[:, 0] -= 1; y[y > 10] = 0; y, torch.autograd.grad((y * W).sum(), x)
y = x * 1
for row in range(2):
    for col in range(3): y[row, col] = y[row, col] ** 2
torch.autograd.grad(y.sum(), x)
z = torch.zeros(3)
for i in range(3): z[i] = x[0, i] * x[1, i] + (z[i - 1] if i else 0)
z, torch.autograd.grad(z.sum(), x)
""",
    "assignment by every kind of index": _X
    + """
v = torch.tensor(5.0, requires_grad=True)
def put(index):
    def f(y): y[index] = v
    return f
for index in [0, -1, (0, 1), slice(1, None), (slice(None), 1), (slice(None), slice(None, None, 2)), ..., (..., 0), None, (None, 0), [0], [0, 0], ([0, 1], [1, 2]), (slice(None), [2, 0]), (0, [1, 2]), torch.tensor([1, 0]), torch.tensor([[0, 1]]), (torch.tensor([0, 1]), torch.tensor([2, 2])), torch.tensor([True, False]), (slice(None), torch.tensor([True, False, True])), x.detach() > 3, True, (0, slice(0, 0)), torch.tensor(1), np.array([0]), ()]:
    show(repr(index), g(put(index), v))
""",
    "assignment to nothing": _X
    + """
v = torch.tensor(5.0, requires_grad=True)
for index in [False, [], slice(0, 0), torch.tensor([False, False]), x.detach() > 100, (0, slice(3, None))]: y = x * 1; y[index] = v; show(repr(index), y.tolist(), torch.autograd.grad((y * W).sum(), [x, v], allow_unused=True), y._version)
""",
    "assignment of tensors by every kind of index": _X
    + """
def put(index, value):
    def f(y): y[index] = value
    return f
r3 = torch.tensor([7.0, 8.0, 9.0], requires_grad=True); c2 = torch.tensor([[1.5], [2.5]], requires_grad=True); r2 = torch.tensor([7.0, 8.0], requires_grad=True)
g(put(0, r3), r3), g(put(slice(None), r3), r3), g(put(..., c2), c2), g(put((slice(None), 1), r2), r2), g(put((slice(None), [0, 2]), r2), r2), g(put(([0, 1], [2, 2]), r2), r2), g(put([1], r3), r3), g(put(torch.tensor([0, 1]), c2), c2), g(put(x.detach() > 4, r2), r2)
g(put((0, [0, 0]), r2), r2)
g(put((None, 0), r3), r3), g(put((slice(None), torch.tensor([False, True, True])), r2), r2)
g(put(True, r3), r3), g(put(torch.tensor([False, False]), r3), r3)
y = x * 1; y[0] = y[1]; torch.autograd.grad((y * W).sum(), x)
y = x * 1; y[:, 1:] = y[:, :-1].clone(); torch.autograd.grad((y * W).sum(), x)
y = x * 1; y[0] = r3.double(); torch.autograd.grad((y * W).sum(), [x, r3])
y = torch.zeros(2, 3, dtype=torch.int64); y[0] = r3
y
y = x * 1; y[0] = torch.ones(2)
y = x * 1; y[[0, 1]] = torch.ones(3, 3)
""",
    "masks": _X
    + """
m = torch.tensor([[True, False, True], [False, False, True]]); v = torch.tensor([10.0, 20.0, 30.0], requires_grad=True); s = torch.tensor(5.0, requires_grad=True)
g(lambda y: y.masked_fill_(m, 9.0)), g(lambda y: y.masked_fill_(m, s), s), g(lambda y: y.masked_fill_(m[0], 0)), g(lambda y: y[0].masked_fill_(m[0], 0)), g(lambda y: y.t().masked_fill_(m.t(), 0))
def put(y): y[m] = v
g(put, v)
def scaled(y): y[m] *= 2
g(scaled)
def few(y): y[m] = v[:2]
g(few)
y = x * 1; y[y > 3] = y[y <= 3]; y, torch.autograd.grad((y * W).sum(), x)
(x * 1).masked_fill_(m[:, :2], 0)
(x * 1).masked_fill_(m.long(), 0)
(x * 1).masked_fill_(m, torch.ones(2))
torch.zeros(1, 3).masked_fill_(m, 1.0)
p = torch.zeros(2, 3); p.masked_fill_(m, s); p.requires_grad, torch.autograd.grad(p.sum(), s)
""",
    "masks that are overwritten": _X
    + """
m = torch.tensor([[True, False, True], [False, False, True]]); k = (x * 1).masked_fill(m, 0.0); m[0, 0] = False
attempt(lambda: torch.autograd.grad(k.sum(), x))[:75]
""",
    "masked_scatter_": _X
    + """
m = torch.tensor([[True, False, True], [False, False, True]]); v = torch.tensor([10.0, 20.0, 30.0, 40.0], requires_grad=True)
g(lambda y: y.masked_scatter_(m, v), v)
(x * 1).masked_scatter_(m, torch.ones(2))
(x * 1).masked_scatter_(m, torch.ones(3, dtype=torch.float64))
x.masked_scatter(m, v).detach(), torch.zeros(2, 3).masked_scatter_(m[0], torch.arange(6.0))
""",
    "views of several may not be written": _X
    + """
y = x * 1; a, b = y.unbind(); a.mul_(2)
b.zero_()
b[0] = 5.0
y = x * 1; a, b = y.split(1); a.add_(1)
y = x * 1; a, b = y.chunk(2); a.add_(1)
y = x * 1; a, b, c = y.unbind(1); c.mul_(2)
for row in y: row.mul_(2)
for row in y: row[0] = 1.0
a, b = y; a += 1
y.view(2, 3).unbind()[0].add_(1)
y.unbind()[0][:1].add_(1)
torch.unbind(y)[0].copy_(torch.ones(3))
torch.split(y, [1, 1])[1].fill_(0)
y, y._version
list(y)[0].mul_(2)
y[0].mul_(2)
""",
    "views of several and their base": _X
    + """
y = x * 1; a, b = y.unbind(); y.mul_(2); a
a.sum().backward()
y = x * 1; a, b = y.unbind(); y[0].mul_(2); torch.autograd.grad(b.sum(), x)
y = x * 1; a, b = y.unbind(); k = a * 2; y.mul_(2); torch.autograd.grad(k.sum(), x)
p = torch.zeros(2, 3); a, b = p.unbind(); a.add_(1); p
for row in p: row.mul_(2)
p, a.requires_grad
with torch.no_grad(): y = x * 1; a, b = y.unbind(); a.mul_(2); show(y)
y = x * 1; a, b = y.unbind()
with torch.no_grad(): a.mul_(2)
y, torch.autograd.grad(y.sum(), x)
with torch.no_grad(): c, d = y.split(1)
c.mul_(2)
d = x.detach(); e, f = d.unbind(); e.mul_(0); x
""",
    "views of several of a plain tensor": _X
    + """
p = torch.zeros(2, 3); a, b = p.unbind(); a.add_(x[0])
p.requires_grad
""",
    "what may be overwritten": """
w = torch.tensor([[2.0, -1.0], [0.5, 4.0]], requires_grad=True); x = torch.tensor([[0.5, 0.25], [0.75, 0.125]], requires_grad=True)
def may(f, which):
    y, k = x * 1 + 0, w * 1 + 0
    z = f(y, k)
    with torch.no_grad(): (y, k, z)[which].zero_()
    return attempt(lambda: torch.autograd.grad(z.sum(), [x, w], allow_unused=True) and "yes")[:3] == "yes"
for name, f in {"y + k": lambda y, k: y + k, "y - k": lambda y, k: y - k, "y * k": lambda y, k: y * k, "y / k": lambda y, k: y / k, "y ** k": lambda y, k: y.abs() ** k, "y @ k": lambda y, k: y @ k, "y * 2": lambda y, k: y * 2, "y / 2": lambda y, k: y / 2, "y ** 2": lambda y, k: y ** 2, "-y": lambda y, k: -y, "where": lambda y, k: torch.where(x > 0.3, y, k), "cat": lambda y, k: torch.cat([y, k]), "stack": lambda y, k: torch.stack([y, k]), "copy_": lambda y, k: torch.zeros(2, 2).copy_(y), "add alpha": lambda y, k: torch.add(y, k, alpha=2)}.items():
    show(name, [may(f, which) for which in range(3)])
for name in ["exp", "log", "sqrt", "sin", "cos", "tanh", "sigmoid", "relu", "abs", "square", "reciprocal", "expm1", "log1p", "sign", "floor", "sum", "clone", "double", "tan"]: show(name, [may(lambda y, k: getattr(y, name)(), which) for which in (0, 2)])
""",
    "what may be overwritten of composed functions": """
x = torch.tensor([[0.5, 0.25], [0.75, 0.125]], requires_grad=True); i = torch.tensor([[0], [1]])
def may(f, which):
    y = x * 1 + 0; z = f(y)
    with torch.no_grad(): (y, z)[which].zero_()
    return attempt(lambda: torch.autograd.grad(z.sum(), x) and "yes")[:3] == "yes"
for name, f in {"mean": lambda y: y.mean(), "softmax": lambda y: torch.softmax(y, 1), "log_softmax": lambda y: torch.log_softmax(y, 1), "logsumexp": lambda y: y.logsumexp(1), "var": lambda y: y.var(), "std": lambda y: y.std(), "max": lambda y: y.max(), "max dim": lambda y: y.max(0).values, "amax": lambda y: y.amax(0), "maximum": lambda y: torch.maximum(y, torch.full((2, 2), 0.3)), "clamp": lambda y: y.clamp(0.2, 0.6), "masked_fill": lambda y: y.masked_fill(x > 0.3, 0.0), "rsqrt": lambda y: y.rsqrt(), "1 / y": lambda y: 1 / y, "2 ** y": lambda y: 2 ** y, "y ** 3": lambda y: y ** 3, "gather": lambda y: y.gather(1, i), "y[[1, 0]]": lambda y: y[[1, 0]], "flip": lambda y: y.flip(0), "linear": lambda y: F.linear(y, torch.ones(2, 2)), "mse_loss": lambda y: F.mse_loss(y, torch.zeros(2, 2))}.items():
    show(name, [may(f, which) for which in (0, 1)])
""",
    "overlapping memory": _X
    + """
e = torch.ones(1).expand(3); e.add_(1)
e.mul_(2)
e.zero_()
e.fill_(2.0)
e.copy_(torch.ones(3))
e[0] = 5.0
e
e[0].add_(1), e
e.exp_()
z = torch.zeros(3); z.expand(2, 3).add_(1)
z.expand(1, 3).add_(1), z
z.view(3).add_(z)
y = x * 1; y.expand(2, 2, 3).mul_(2)
a = torch.arange(4.0); a[1:] = a[:-1].clone(); a
""",
    "operands that overlap with what is written": """
a = torch.arange(4.0); a[1:].add_(a[:-1])
a = torch.arange(4.0); torch.add(a[1:], 1, out=a[:-1])
a = torch.arange(4.0); a[1:] = a[:-1]; a
a = torch.arange(4.0); a[:3].copy_(a[1:]); a
""",
    "out": _X
    + """
z = torch.zeros(2, 3); r = torch.add(x.detach(), 1, out=z); r is z, z, z._version
torch.mul(x.detach(), x.detach(), out=z); z
torch.exp(torch.zeros(2, 3), out=z), torch.sin(torch.zeros(3), out=torch.empty(3)), torch.matmul(torch.ones(2, 2), torch.ones(2, 3), out=z), torch.sum(torch.ones(2, 3), 0, out=torch.empty(3))
torch.cat([torch.ones(1, 3), torch.zeros(1, 3)], out=z), torch.stack([torch.ones(3), torch.zeros(3)], out=z)
torch.add(x, 1, out=z)
torch.exp(x, out=z)
torch.add(torch.ones(2, 3), 1, out=x)
torch.add(torch.ones(2, 3), 1, out=x * 1)
with torch.no_grad(): torch.add(x, 1, out=z); show(z)
with torch.no_grad(): torch.add(x, 1, out=x); show(x, x._version)
torch.add(torch.ones(3), 1, out=z[0]), z
torch.add(torch.ones(2), 1, out=z.t()[0]), z
torch.maximum(torch.ones(2, 3), torch.zeros(2, 3), out=z), torch.pow(torch.full((2, 3), 3.0), 2, out=z), z._version
torch.add(torch.ones(2, 3), 1, out=None)
torch.add(torch.ones(2, 3), 1, out="a")
""",
    "out of other shapes and dtypes": _X
    + """
z = torch.zeros(3); torch.add(torch.ones(2, 3), 1, out=z), z.shape
z = torch.zeros(0); torch.add(torch.ones(2, 3), 1, out=z), z.shape
z = torch.zeros(2, 3); torch.sum(torch.ones(2, 3), 0, out=z), z.shape
z = torch.zeros(4, 4); torch.exp(torch.zeros(2), out=z), z.shape
i = torch.zeros(2, dtype=torch.int64); torch.add(torch.ones(2), 1, out=i)
torch.add(torch.tensor([1, 2]), 1, out=i), torch.add(torch.tensor([1, 2]), 1, out=torch.zeros(2)), torch.add(torch.ones(2), 1, out=torch.zeros(2, dtype=torch.float64)), torch.add(torch.ones(2, dtype=torch.float64), 1, out=torch.zeros(2))
torch.exp(torch.tensor([1, 2]), out=i)
torch.div(torch.tensor([1, 2]), 2, out=i)
torch.eq(torch.ones(2), 1, out=torch.zeros(2)), torch.eq(torch.ones(2), 1, out=torch.zeros(2, dtype=torch.bool))
torch.matmul(torch.ones(2, 2), torch.ones(2, 2), out=torch.zeros(2, 2, dtype=torch.float64))
torch.sum(torch.ones(2), 0, out=torch.zeros((), dtype=torch.int64))
z = torch.zeros(2, 3); torch.add(torch.ones(2, 2), 1, out=z[:, :2]), z
torch.max(torch.tensor([[1.0, 5.0]]), 1, out=(torch.zeros(1), torch.zeros(1, dtype=torch.int64)))
""",
    "methods": _METHODS
    + """
for name in ["abs_", "neg_", "exp_", "log_", "sin_", "cos_", "tan_", "tanh_", "sigmoid_", "sqrt_", "rsqrt_", "square_", "reciprocal_", "relu_", "sign_", "floor_", "expm1_", "log1p_", "zero_"]: show(name, method(name))
for name in ["abs_", "neg_", "relu_", "sign_", "floor_", "square_"]: show(name, method(name, start=(-1.5, 0.0)))
""",
    "more methods": _METHODS
    + """
for name in ["round_", "ceil_", "trunc_", "frac_", "sinh_", "cosh_", "asin_", "acos_", "atan_", "absolute_", "negative_", "nan_to_num_"]: show(name, method(name))
for name in ["round_", "ceil_", "trunc_", "frac_"]: show(name, method(name, start=(-1.5, 2.5)))
method("round_", decimals=1, start=(0.16, 0.24))
""",
    "methods with numbers": _METHODS
    + """
for name, args in [("add_", (2,)), ("sub_", (2,)), ("mul_", (3,)), ("div_", (2,)), ("pow_", (2,)), ("pow_", (-1,)), ("pow_", (0,)), ("remainder_", (0.2,)), ("floor_divide_", (0.2,)), ("fill_", (7,)), ("clamp_", (0.3, 0.4)), ("clamp_", (0.3,)), ("subtract_", (1,)), ("multiply_", (2,)), ("divide_", (4,)), ("true_divide_", (2,))]: show(name, args, method(name, *args))
method("add_", 2, alpha=3), method("clamp_", min=0.3), method("clamp_", max=0.3), method("div_", 0.2, rounding_mode="floor"), method("div_", 0.2, rounding_mode="trunc"), method("sub_", 1, alpha=2)
method("pow_", 0.5, start=(0.0, 4.0)), method("div_", 0), method("clamp_"), method("clamp_", None, None)
""",
    "more methods with numbers": _METHODS
    + """
for name, args in [("clamp_min_", (0.3,)), ("clamp_max_", (0.3,)), ("clip_", (0.3, 0.4)), ("fmod_", (0.2,)), ("eq_", (0.5,)), ("gt_", (0.3,)), ("ne_", (0.5,)), ("bernoulli_", ()), ("uniform_", ()), ("normal_", ())]: show(name, args, method(name, *args)[:2])
method("eq_", 0.5), method("gt_", 0.3)
""",
    "methods with tensors": _METHODS
    + """
t = torch.tensor([2.0, 3.0], dtype=torch.float64); m = torch.tensor([True, False])
for name, args in [("add_", (t,)), ("sub_", (t,)), ("mul_", (t,)), ("div_", (t,)), ("pow_", (t,)), ("remainder_", (t / 8,)), ("copy_", (t,)), ("fill_", (t[0],)), ("masked_fill_", (m, 9.0)), ("masked_fill_", (m, t[1])), ("clamp_", (t / 8, t)), ("floor_divide_", (t / 8,))]: show(name, method(name, *args))
method("add_", t, alpha=2), method("sub_", t, alpha=2), method("copy_", t.float()), method("add_", t.float()), method("mul_", torch.tensor(3)), method("add_", torch.ones(3)), method("add_", torch.ones(2, 2)), method("copy_", torch.ones(1))
""",
    "methods of three operands": _METHODS
    + """
t = torch.tensor([2.0, 3.0], dtype=torch.float64, requires_grad=True); u = torch.tensor([0.5, 4.0], dtype=torch.float64, requires_grad=True)
method("lerp_", t, 0.25), method("lerp_", t, u), method("addcmul_", t, u), method("addcmul_", t, u, value=2), method("addcdiv_", t, u), method("addcdiv_", t, u, value=0.5)
def partials(name, *args, **kwargs):
    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    return [near(d.tolist()) for d in torch.autograd.grad(getattr(x * 1, name)(*args, **kwargs).sum(), [x, t, u])]
partials("lerp_", t, u), partials("addcmul_", t, u, value=3), partials("addcdiv_", t, u, value=3)
method("addcmul_", t.float(), u.float())
method("lerp_", t, "a")[0][:9]
torch.lerp(torch.tensor(0.0), torch.tensor(10.0), 0.3), torch.addcmul(torch.tensor(1.0), torch.tensor(2.0), torch.tensor(3.0)), torch.addcdiv(torch.tensor(1.0), torch.tensor(6.0), torch.tensor(3.0))
torch.addcdiv(torch.tensor([1]), torch.tensor([6]), torch.tensor([3]))
""",
    "three operands are multiplied before they are divided": """
n = torch.tensor([3, 7, -11]); d = torch.tensor([3.0, 0.3, 0.7], dtype=torch.float64)
[v.hex() for v in torch.zeros(3, dtype=torch.float64).addcdiv(n, d, value=0.1).tolist()]
[v.hex() for v in torch.zeros(3).addcdiv(n.float(), d.float(), value=-0.0123).tolist()]
torch.zeros(3).addcdiv(torch.tensor([100, 7, -90], dtype=torch.int8), d.float(), value=3)
""",
    "methods of indices": _METHODS
    + """
i = torch.tensor([1, 0]); t = torch.tensor([20.0, 30.0], dtype=torch.float64); j = torch.tensor([0, 0])
method("index_fill_", 0, i[:1], 9.0), method("index_fill_", 0, i[:1], t[0]), method("index_add_", 0, i, t), method("index_add_", 0, j, t), method("index_add_", 0, i, t, alpha=2), method("index_copy_", 0, i, t), method("scatter_", 0, i, t), method("scatter_", 0, i[:1], 5.0), method("scatter_add_", 0, i, t), method("scatter_add_", 0, j, t)
v = torch.tensor([20.0, 30.0], dtype=torch.float64, requires_grad=True); x = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64, requires_grad=True)
def partials(name, *args): return [d.tolist() for d in torch.autograd.grad((getattr(x * 1, name)(*args) * torch.tensor([1.0, 10.0, 100.0])).sum(), [x, v])]
partials("index_add_", 0, i, v), partials("index_add_", 0, j, v), partials("index_copy_", 0, torch.tensor([2, 0]), v), partials("scatter_", 0, torch.tensor([2, 0]), v), partials("scatter_add_", 0, j, v)
m = torch.zeros(2, 3); m.index_fill_(1, torch.tensor([0, 2]), 5.0), m.index_add_(1, torch.tensor([1, 1]), torch.ones(2, 2)), m.index_copy_(0, torch.tensor([1]), torch.full((1, 3), 7.0)), m._version
m.scatter_(1, torch.tensor([[0, 1], [2, 0]]), torch.tensor([[1.0, 2.0], [3.0, 4.0]])), m.scatter_add_(0, torch.tensor([[0, 1, 0]]), torch.ones(1, 3)), m.scatter_(1, torch.tensor([[0], [1]]), -1.0)
""",
    "errors of indices": """
m = torch.zeros(2, 3); i = torch.tensor([0, 5])
m.index_fill_(0, i, 1.0)
m.index_fill_(2, torch.tensor([0]), 1.0)
m.index_fill_(0, torch.tensor([[0]]), 1.0)
m.index_fill_(0, torch.tensor([0.0]), 1.0)
m.index_fill_(0, torch.tensor([0]), torch.ones(2))
m.index_add_(0, torch.tensor([0]), torch.ones(2, 3))
m.index_add_(0, torch.tensor([7]), torch.ones(1, 3))
m.index_add_(0, torch.tensor([0]), torch.ones(1, 3, dtype=torch.float64))
m.index_copy_(0, torch.tensor([0]), torch.ones(1, 2))
m.index_copy_(0, torch.tensor([2]), torch.ones(1, 3))
m.index_copy_(0, torch.tensor([0]), torch.ones(1, 3, dtype=torch.float64))
m.scatter_(0, torch.tensor([[5, 0, 0]]), 1.0)
m.scatter_(0, torch.tensor([0]), 1.0)
m.scatter_(0, torch.tensor([[0, 0, 0, 0]]), torch.ones(1, 4))
m.scatter_(0, torch.tensor([[0]]), torch.ones(1, 1, dtype=torch.float64))
m.scatter_add_(0, torch.tensor([[0]]), 1.0)
m.scatter_add_(1, torch.tensor([[0, 1]]), torch.ones(1, 1))
""",
    "writes that raise": """
m = torch.zeros(2, 3); m.index_fill_(0, torch.tensor([0, 5]), 1.0)
m
with torch.inference_mode(): i = torch.ones(2)
i.add_(1)
i
""",
    "methods that change the shape": """
x = torch.arange(6.0).reshape(2, 3).clone().requires_grad_(); y = x * 1
y.t_(), y.shape, y._version, y.stride()
y.transpose_(0, 1).shape, y.unsqueeze_(0).shape, y._version, y.squeeze_(0).shape, y.squeeze_().shape, y.swapaxes_(0, 1).shape, y.swapdims_(0, 1).shape, y._version
torch.autograd.grad((y * torch.tensor([[1.0, 10.0, 100.0], [1e3, 1e4, 1e5]])).sum(), x)
y = x * 1; y.t_(); torch.autograd.grad((y * torch.tensor([[1.0, 10.0], [100.0, 1e3], [1e4, 1e5]])).sum(), x)
y = x * 1; y.unsqueeze_(1); y.squeeze_(1); y.transpose_(0, 1); y.mul_(2); torch.autograd.grad(y.sum(), x)
x.t_()
x.unsqueeze_(0)
""",
    "methods that change the shape of views": """
x = torch.arange(6.0).reshape(2, 3).clone().requires_grad_()
p = torch.zeros(2, 3); q = p[0]; p.t_(); p.shape, q.shape, p[:, 0]
q.unsqueeze_(0); q.shape, q._base is p
torch.zeros(2, 3, 4).t_()
torch.zeros(2).squeeze_(1)
torch.zeros(2).unsqueeze_(3)
p = torch.zeros(2, 3); r = p.unsqueeze_(-1); r is p, p.shape, p.squeeze_(-1) is p
y = x * 1; v = y[0]; v.unsqueeze_(0); v.shape, y.shape
v.mul_(3); torch.autograd.grad(y.sum(), x)
""",
    "detach_ and requires_grad_": """
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x * 2; r = y.detach_(); r is y, y.requires_grad, y.grad_fn, y.is_leaf, y._version
y.requires_grad_(); (y * 3).sum().backward(); y.grad, x.grad
x.detach_(); x.requires_grad, x.is_leaf
y = x.requires_grad_() * 1; v = y[0]; v.detach_()
y.detach_(); y.requires_grad, v.requires_grad
y = x * 1; y.requires_grad_(True) is y; y.requires_grad_(False)
p = torch.ones(2); p.requires_grad_().requires_grad, p.requires_grad_(False).requires_grad, p._version
torch.tensor([1]).requires_grad_()
torch.tensor([1]).requires_grad_(False)
p = torch.ones(2); q = p[:1]; q.requires_grad_(); q.requires_grad, p.requires_grad, q.is_leaf
p.requires_grad_(); q.mul_(2)
""",
    "detach_ of a saved tensor": """
x = torch.tensor([1.0, 2.0], requires_grad=True); y = x * 1; z = y * y; y.detach_(); torch.autograd.grad(z.sum(), x)
""",
    "what views of a tensor that becomes a leaf claim": """
p = torch.ones(2); q = p.view(2); p.requires_grad_(); q.requires_grad, (q * 2).requires_grad
""",
    "resize_": """
x = torch.arange(6.0); x.resize_(2, 3), x.resize_(3), x.shape, x.resize_((2, 2)), x._version
x.resize_(6), x.resize_(2, 3).stride()
w = torch.ones(2, requires_grad=True); w.resize_(3)
(w * 1).resize_(1)
w.resize_(2)
v = torch.arange(4.0); u = v[1:3]; u.resize_(1), v
torch.zeros(3).resize_as_(torch.ones(2, 1)).shape
with torch.no_grad(): attempt(lambda: w.resize_(1))
w.shape
""",
    "versions": """
x = torch.tensor([1.0, 2.0]); versions = []
for name, args in [("add_", (1,)), ("mul_", (2,)), ("copy_", (x.clone(),)), ("zero_", ()), ("fill_", (1,)), ("__setitem__", (0, 5.0)), ("requires_grad_", (False,)), ("detach_", ()), ("unsqueeze_", (0,)), ("squeeze_", ()), ("t_", ()), ("resize_", (2,)), ("clamp_", (0, 1)), ("masked_fill_", (torch.tensor([True, False]), 0)), ("index_fill_", (0, torch.tensor([0]), 1.0)), ("data", None), ("exp_", ())]: _ = getattr(x, name) if args is None else getattr(x, name)(*args); versions.append((name, x._version))
versions
y = torch.zeros(2); v = y[:1]; w = v.view(1, 1); w.add_(1); y._version, v._version, w._version, y.detach()._version, y.clone()._version
y.detach().add_(1); y._version
with torch.no_grad(): y.add_(1)
y._version, torch.add(y, 1, out=y)._version, y._version
y += 1; y._version; y[0] += 1; y._version
y[:0].add_(1); y._version, y[[0]].add_(1)._version, y._version
n = y.numpy(); n += 1; y._version
y._version = 3
""",
    "leaves and expanded leaves": _X
    + """
w = torch.ones(2, 3, requires_grad=True)
for name, args in [("add_", (1,)), ("exp_", ()), ("zero_", ()), ("fill_", (1,)), ("copy_", (torch.ones(2, 3),)), ("clamp_", (0, 1)), ("masked_fill_", (torch.ones(2, 3) > 0, 1)), ("t_", ()), ("unsqueeze_", (0,)), ("relu_", ())]: show(name, attempt(lambda: getattr(w, name)(*args)), w._version)
w[0].add_(1)
w.t().mul_(2)
w.expand(2, 2, 3)[0].add_(1)
w.detach().add_(1) is None, w[0, 0].item()
with torch.no_grad(): w[0].zero_(); w.t()[1].fill_(3.0)
w, w.is_leaf, w._version
w.sum().backward(); w.grad
w.data[0] = 9.0; w[0]
w[:, 0] += 1
w -= w.grad
""",
    "dtypes and shapes": """
i = torch.tensor([[1, 2]]); f = torch.ones(1, 2)
for name, args in [("add_", (1.5,)), ("mul_", (2.5,)), ("div_", (2,)), ("sqrt_", ()), ("exp_", ()), ("pow_", (0.5,)), ("sigmoid_", ()), ("add_", (f,)), ("copy_", (f * 2.7,)), ("fill_", (2.7,)), ("mul_", (torch.tensor(2.5),)), ("masked_fill_", (i > 1, 2.5)), ("remainder_", (1.5,)), ("floor_divide_", (2,)), ("neg_", ()), ("abs_", ()), ("lerp_", (i, 0.5))]: show(name, args, attempt(lambda: getattr(i.clone(), name)(*args)))
f.add_(torch.ones(2, 2))
f.mul_(torch.ones(3, 1, 2))
f.copy_(torch.ones(3))
f.add_(torch.ones(2)), f.mul_(torch.tensor(2.0)), f.add_(torch.ones(1, 1)), f.t().add_(torch.ones(2, 1))
f.exp_(1)
f.unknown_()
torch.ones(2, dtype=torch.float16).add_(torch.ones(2, dtype=torch.float64)), torch.ones(2).add_(torch.ones(2, dtype=torch.int64))
""",
}

# ruff: noqa: E501  a snippet shows one family of things in one line
"""Leaves, backward(), autograd.grad, hooks and the grad modes."""

CASES = {
    "leaves": """
x = torch.tensor([1.0, 2.0], requires_grad=True)
x.is_leaf, x.requires_grad, x.grad_fn, x.grad, torch.ones(2).is_leaf, (x * 2).is_leaf, (torch.ones(2) * 2).is_leaf, (x > 0).is_leaf
x.argmax().requires_grad, x.int().requires_grad, x.floor().requires_grad, x.sign().requires_grad, torch.ones_like(x).requires_grad, x.new_ones(2).requires_grad, x.detach().requires_grad, x.data.requires_grad
torch.tensor([1], requires_grad=True)
i = torch.tensor([1]); i.requires_grad = True
i.requires_grad_()
y = x * 2; y.requires_grad = False
y.requires_grad_(False)
y.requires_grad_() is y
x.sum().backward(); x.requires_grad_(False); x.grad, x.requires_grad
x.requires_grad = True; x.grad
x.requires_grad = "yes"
z = torch.ones(2).requires_grad_(); z
c = torch.tensor(1j, requires_grad=True); c
""",
    "reading and setting grad": """
x = torch.tensor([1.0, 2.0], requires_grad=True); y = x * 2
y.grad
x.grad = torch.ones(3)
x.grad = "a"
x.grad = 1.0
x.grad = x
x.grad = torch.ones(2, dtype=torch.float64)
x.grad = torch.ones(2); x.grad
g = x.grad; (x * 3).sum().backward(); x.grad is g, g
x.grad = None; x.grad
x.sum().backward(); x.grad.zero_(); x.grad
x.grad.requires_grad, x.grad.is_leaf
del x.grad; x.grad
x.sum().backward(); first = x.grad; x.sum().backward(); x.grad is first, first
n = torch.ones(2); n.grad = torch.zeros(2); n.grad
s = torch.ones(2); x.grad = None; (x * 1).backward(s); s[0] = 99; x.grad
""",
    "create_graph": """
x = torch.tensor([1.0, 2.0], requires_grad=True)
x.sum().backward(create_graph=True)
x.grad = None; x.sum().backward(create_graph=True); first = x.grad; x.sum().backward(create_graph=True); x.grad is first
(x * x).sum().backward(create_graph=True); x.grad
""",
    "detach": """
x = torch.tensor([1.0, 2.0], requires_grad=True); y = x * 2
d = y.detach(); d.requires_grad, d.is_leaf, d.grad_fn, d._base
d[0] = 7.0; y.detach(), y._version, d._version
y.sum().backward(); x.grad
y = x * 2; y.detach_(); y.requires_grad, y.is_leaf, y.grad_fn
y = x * 2; y[:1].detach_()
y = x * x; y.detach().add_(1); y.sum().backward(); x.grad
w = x * 1; y = w * w; w.detach().add_(1); y.sum().backward()
x.data = torch.tensor([5.0, 6.0]); x
x.data = torch.tensor([5.0, 6.0, 7.0]); x.shape
x.data = torch.tensor([1, 2])
""",
    "backward": """
x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
(x * 2).backward()
(x * 2).backward(torch.ones(3)); x.grad
(x * 2).backward(torch.ones(2))
(x * 2).sum().backward(torch.ones(1))
(x * 2).backward(torch.ones(3, dtype=torch.float64)); x.grad
(x * 2).backward(2.0)
torch.ones(2).sum().backward()
torch.tensor(1).backward()
x.detach().sum().backward()
y = (x * x).sum(); y.backward(); y.backward()
y = (x + 1).sum(); y.backward(); y.backward(); x.grad
y = (x * x).sum(); y.backward(retain_graph=True); y.backward(); x.grad
s = torch.tensor(2.0, requires_grad=True); s.backward(); s.grad
s.grad = None; torch.autograd.backward([s * 2, s * s]); s.grad
torch.autograd.backward([x * 2, s * 1], [torch.ones(3), None])
torch.autograd.backward([x * 2, s * 1], [torch.ones(3)])
torch.autograd.backward([])
torch.autograd.backward([x * 2, torch.ones(2)], [torch.ones(3), torch.ones(2)])
x.grad = s.grad = None; (x.sum() * s).backward(inputs=[x]); x.grad, s.grad
(x.sum() * s).backward(inputs=[])
(x.sum() * s).backward(inputs=torch.ones(2))
m = x * 2; (m * m).sum().backward(inputs=[m]); m.grad, x.grad
c = torch.tensor(1j, requires_grad=True); (c * 2).backward()
(c * 2).backward(torch.tensor(1.0))
""",
    "grad": """
x = torch.tensor([1.0, 2.0], requires_grad=True); y = torch.tensor(3.0, requires_grad=True)
torch.autograd.grad((x * y).sum(), [x, y]), torch.autograd.grad((x * y).sum(), x), x.grad
torch.autograd.grad(x.sum(), [x, y])
torch.autograd.grad(x.sum(), [x, y], allow_unused=True)
torch.autograd.grad(x.sum(), [x, y], materialize_grads=True)
torch.autograd.grad(x.sum(), [x, y], materialize_grads=True, allow_unused=False)
torch.autograd.grad(x.sum(), [])
torch.autograd.grad(x.sum(), torch.ones(2))
torch.autograd.grad(x * 2, x)
torch.autograd.grad(x * 2, x, torch.ones(3))
torch.autograd.grad(x * 2, x, torch.tensor([1.0, 10.0]))
torch.autograd.grad([x.sum(), y * y], [x, y]), torch.autograd.grad((x * 2, y), (x, y), (torch.ones(2), None))
torch.autograd.grad(y, y), torch.autograd.grad(x, x, torch.tensor([5.0, 6.0]))
m = x * 2; torch.autograd.grad((m * m).sum(), m)
torch.autograd.grad((m * m).sum(), [m, x])
torch.autograd.grad(torch.ones(()), x)
torch.autograd.grad(x.sum(), "a")
torch.autograd.grad(y.sin(), y)[0].requires_grad, torch.autograd.grad(y.sin(), y, create_graph=True)[0].requires_grad
def nth(f, n):
    out = f(y)
    for _ in range(n):
        (out,) = torch.autograd.grad(out, y, create_graph=True)
    return out.detach()
[nth(lambda y: y ** 4, n) for n in range(5)]
[nth(torch.sin, n) for n in range(4)], [nth(torch.tanh, n) for n in range(4)], [nth(lambda y: 1 / y, n) for n in range(4)]
(g,) = torch.autograd.grad(y * y, y); torch.autograd.grad(g, y)
z = y * y; torch.autograd.grad(z, y); torch.autograd.grad(z, y)
z = y * y; torch.autograd.grad(z, y, retain_graph=True); torch.autograd.grad(z, y)
a = x.sum(); b = a * a; torch.autograd.grad(b, a), torch.autograd.grad(b, x)
""",
    "order and absent gradients": """
x = torch.tensor([0.0, 1.0], requires_grad=True)
r = x.sqrt(); (x * 2).sum().backward(); x.grad
x.grad = None; y = x[0].sqrt(); x[1].backward(); x.grad
seen = []
a = x * 1; b = a * 2; c = b * 3
for name, t in [("a", a), ("b", b), ("c", c)]: _ = t.register_hook(lambda g, name=name: seen.append(name))
c.sum().backward(); seen
total = torch.tensor(0.0)
for i in range(3): total = total + (x * i).sum()
x.grad = None; total.backward(); x.grad
x.grad = None; (x.sum() * 0).backward(); x.grad
""",
    "hooks": """
x = torch.tensor(2.0, requires_grad=True); y = x * 3; seen = []
h1 = y.register_hook(lambda g: seen.append(("h1", g.item())))
h2 = y.register_hook(lambda g: g * 10)
h3 = y.register_hook(lambda g: seen.append(("h3", g.item())))
y.retain_grad(); y.backward(retain_graph=True); seen, y.grad, x.grad
h2.remove(); x.grad = None; y.backward(); x.grad, y.grad
torch.ones(2).register_hook(lambda g: g)
y = x * 2; h = y.register_hook(lambda g: "a"); y.backward()
y = x * 2; h = y.register_hook(lambda g: torch.ones(3)); y.backward()
h = x.register_hook(lambda g: g + 100); x.grad = None; (x * 1).backward(); x.grad
torch.autograd.grad(x * 1, x)
h.remove(); torch.autograd.grad(x * 1, x)
def boom(g): raise ValueError("from the hook")
y = x * 2; h = y.register_hook(boom); y.backward()
y = x * 2; h = y.register_hook(lambda g: seen.append("early")); y.mul_(5); h = y.register_hook(lambda g: seen.append(g.item())); y.backward(); seen[-2:]
x.retain_grad(), x.retains_grad
y = x * 2; y.retains_grad; y.retain_grad(); y.retains_grad
torch.ones(2).retain_grad()
y = x * 2; h = y.register_hook(None)
""",
    "modes": """
x = torch.tensor([1.0, 2.0], requires_grad=True)
with torch.no_grad(): y = x * 2; show(y.requires_grad, torch.is_grad_enabled(), torch.ones(1, requires_grad=True).requires_grad)
with torch.no_grad():
    with torch.enable_grad(): show((x * 2).requires_grad)
@torch.no_grad()
def f(x): return x * 2
@torch.no_grad
def f2(x): return x * 2
f(x).requires_grad, f2(x).requires_grad
@torch.enable_grad()
def f3(x): return x * 2
with torch.no_grad(): show(f3(x).requires_grad)
previous = torch.set_grad_enabled(False); torch.is_grad_enabled()
previous = torch.set_grad_enabled(True); torch.is_grad_enabled()
with torch.set_grad_enabled(False): show(torch.is_grad_enabled())
torch.is_grad_enabled()
with torch.no_grad(): x.mul_(3)
x, x.is_leaf, x._version
@torch.no_grad()
def gen():
    yield torch.is_grad_enabled()
    yield torch.is_grad_enabled()
[(a, torch.is_grad_enabled()) for a in gen()]
try:
    with torch.no_grad(): raise KeyError("out")
except KeyError: show(torch.is_grad_enabled())
""",
    "results of training steps": """
_ = torch.manual_seed(0)
w = torch.zeros(3, requires_grad=True); X = torch.tensor([[1.0, 2.0, 3.0], [0.5, -1.0, 2.0], [2.0, 0.0, -1.0], [1.0, 1.0, 1.0]]); y = torch.tensor([1.0, 2.0, 3.0, 4.0])
for step in range(20):
    loss = ((X @ w - y) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
        w.grad.zero_()
w, round(loss.item(), 5)
w.grad
""",
}

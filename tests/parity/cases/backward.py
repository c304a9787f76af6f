# ruff: noqa: E501  a snippet shows one family of things in one line
"""backward() and autograd.grad: roots, seeds, inputs, accumulation, order and what is freed."""

_X = """
x = torch.tensor([1.0, 2.0], requires_grad=True); w = torch.tensor([3.0, 4.0], requires_grad=True)
grad, backward = torch.autograd.grad, torch.autograd.backward
"""

CASES = {
    "several roots": _X
    + """
backward([x.sum(), (w * w).sum()]); x.grad, w.grad
x.grad = w.grad = None; backward([x * 2, (x * w).sum()], [torch.tensor([1.0, 10.0]), None]); x.grad, w.grad
grad([x * 2, x * w], [x, w], [torch.ones(2), torch.tensor([1.0, 0.0])])
y = x.sum(); grad([y, y], x), grad([y, y * y], x)
a = x * 2; b = a * a; grad([a, b], x, [torch.ones(2), torch.ones(2)])
a = x * 2; b = a * a; grad([b, a], [a, x], [torch.ones(2), torch.ones(2)])
grad([x.sum(), w.sum()], [x], [None, None])
grad((x.sum(), x.sum() * 2), (x,), (torch.tensor(1.0), None))
backward((x.sum(), w.sum())); x.grad
backward([x.sum(), x.detach().sum()])
backward([x.detach().sum(), x.sum()])
grad([x.sum(), torch.ones(())], x)
backward([x * 2, w.sum()])
backward([x.sum(), w.sum()], [torch.tensor(1.0)])
backward([x.sum(), None])
backward("ab")
backward([x.sum(), w.sum()], torch.tensor(1.0))
""",
    "seeds too many": _X
    + """
backward([x.sum()], [torch.tensor(1.0), torch.tensor(1.0)])
grad(x * w, x, [torch.ones(2), torch.ones(2)], retain_graph=True)
""",
    "seeds": _X
    + """
y = x * w
y.backward(torch.tensor([1.0, 10.0]), retain_graph=True); x.grad
y.backward(gradient=torch.ones(2), retain_graph=True); x.grad
backward(y, torch.ones(2), retain_graph=True); backward([y], torch.ones(2), retain_graph=True); backward(y, [torch.ones(2)], retain_graph=True); x.grad
backward(y, grad_tensors=torch.ones(2), retain_graph=True); x.grad
y.backward(torch.ones(1))
y.backward(torch.ones(()))
y.backward(torch.ones(2, 1))
y.backward(torch.ones(1, 2))
y.sum().backward(torch.ones(1))
y.sum().backward(torch.tensor(3.0)); x.grad
y = x * w; y.backward([1.0])
y.backward((torch.ones(2),))
y.backward("a")
y.backward(None)
""",
    "seeds of grad": _X
    + """
y = x * w; grad(y, x, grad_outputs=torch.ones(2), retain_graph=True), grad(y, x, [torch.ones(2)], retain_graph=True), grad(y, x, (torch.ones(2),), retain_graph=True)
grad(y, x, [None])
grad([y, y], x, [torch.ones(2)], retain_graph=True)
grad(y, x, [torch.ones(3)])
grad(y, x, [])
grad(y, x, [1.0])
grad(y, x, 1.0)
""",
    "seeds of other dtypes": _X
    + """
y = x * 2; y.backward(torch.ones(2, dtype=torch.float64)); x.grad
grad(x * 2, x, torch.ones(2, dtype=torch.float16)), grad(x * 2, x, torch.tensor([1, 2])), grad(x.double() * 2, x, torch.ones(2)), grad(x.double() * 2, x, torch.ones(2, dtype=torch.float64))
grad(x * 2, x, torch.tensor([True, False]))
grad(x * 2, x, torch.ones(2, dtype=torch.complex64))
grad(x * 1j, x, torch.ones(2))
grad(x * 1j, x, torch.ones(2, dtype=torch.complex128))
grad(x * 1j, x, torch.tensor([1j, 1.0]))
(x.sum() * 1j).backward()
(x * 1j).backward()
grad(x.double().sum(), x), grad(x.half().sum(), x), grad((x.double() * w).sum(), [x, w])
torch.tensor(2).backward()
(x > 1).sum().backward()
""",
    "seeds that are shared": _X
    + """
s = torch.ones(2); x.view(2).backward(s); s.zero_(); x.grad
g = torch.ones(2); (a,) = grad(x, x, g); a is g, a.data_ptr() == g.data_ptr()
(a, b) = grad(x + w, [x, w], g); a.data_ptr() == b.data_ptr(), a.data_ptr() == g.data_ptr()
(a, b) = grad(x - w, [x, w], g); a.data_ptr() == b.data_ptr()
(a,) = grad(x * 1, x, g); a is g
""",
    "seeds are not changed and not shared": _X
    + """
s = torch.ones(2); x.sum().backward(); y = x * 1; y.backward(s); x.grad, s
s[0] = 99.0; x.grad
x.grad = None; (x * 1).backward(s); x.grad.zero_(); s
x.grad = None; (x + w).backward(s); x.grad.add_(1); w.grad, s
x.grad = w.grad = None; x.backward(s); s.zero_(); x.grad
x.grad = None; s = torch.ones(2, requires_grad=True); (x * s).sum().backward(); s.grad, x.grad.requires_grad
x.grad = None; s = torch.ones(2, requires_grad=True); (x * 1).backward(s); x.grad.requires_grad, s.grad
(g,) = grad(x * 1, x, s); g.requires_grad
(g,) = grad(x * 1, x, s, create_graph=True); g.requires_grad, grad(g.sum(), s)
""",
    "freed graphs": _X
    + """
def twice(f):
    y = f(x); y.backward(torch.ones_like(y))
    return attempt(lambda: y.backward(torch.ones_like(y))) is None
for name, f in {"x + w": lambda x: x + w, "x - w": lambda x: x - w, "-x": lambda x: -x, "sum": lambda x: x.sum(), "view": lambda x: x.view(2, 1), "x[0]": lambda x: x[0], "x[:1]": lambda x: x[:1], "clone": lambda x: x.clone(), "cat": lambda x: torch.cat([x, w]), "stack": lambda x: torch.stack([x, w]), "expand": lambda x: x.expand(2, 2), "permute": lambda x: x.permute(0), "flip": lambda x: x.flip(0), "double": lambda x: x.double(), "x * w": lambda x: x * w, "exp": lambda x: x.exp(), "x[[0]]": lambda x: x[[0]], "x ** 2": lambda x: x ** 2, "x @ w": lambda x: x @ w, "where": lambda x: torch.where(x > 1, x, w), "relu": lambda x: x.relu(), "sqrt": lambda x: x.sqrt(), "sum dim": lambda x: x.sum(0), "max": lambda x: x.max(), "floor": lambda x: x.floor(), "x": lambda x: x}.items():
    show(name, twice(f))
""",
    "freed graphs of composed functions": _X
    + """
y = x.mean(); y.backward(); y.backward(); x.grad
""",
    "freed graphs of numbers": _X
    + """
def twice(f):
    y = f(x); y.backward(torch.ones_like(y))
    return attempt(lambda: y.backward(torch.ones_like(y))) is None
twice(lambda x: x + 1), twice(lambda x: 1 - x), twice(lambda x: x * 2), twice(lambda x: 2 * x), twice(lambda x: x / 2), twice(lambda x: 2 / x), twice(lambda x: x * torch.ones(2)), twice(lambda x: x.detach() * 2 + x), twice(lambda x: x % 2)
""",
    "parts of graphs": _X
    + """
a = x * w; b = a.exp(); c = a.sin(); b.sum().backward(); c.sum().backward()
a = x * w; b = a + 1; c = a + 2; b.sum().backward(retain_graph=True); c.sum().backward()
b.sum().backward()
a = x * w; b = a.exp(); (g,) = grad(b.sum(), a); c = a.sin(); x.grad = None; c.sum().backward(); x.grad is not None
b.sum().backward()
a = x * w; b = a * a; grad(b.sum(), a); a.sum().backward()
a = x * w; a.sum().backward(retain_graph=True); a.sum().backward(retain_graph=True); a.sum().backward(); a.sum().backward()
a = x * w; d = a.detach().requires_grad_(); (d * d).sum().backward(); a.backward(d.grad)
y = x * w; grad(y.sum(), x); grad(y.sum(), w)
y = x * w; backward([y.sum(), y.sum()]); y.sum().backward()
y = (x * w).sum(); y.backward(retain_graph=False); y.backward(retain_graph=True)
""",
    "retain_graph and create_graph": _X
    + """
y = (x ** 3).sum(); (g,) = grad(y, x, create_graph=True); grad(y, x), g.requires_grad
grad(y, x)
y = (x ** 3).sum(); (g,) = grad(y, x, create_graph=True, retain_graph=False); g.requires_grad
grad(y, x)
y = (x ** 3).sum(); grad(y, x, retain_graph=True)[0].requires_grad, grad(y, x)[0]
y = (x ** 3).sum(); grad(y, x, create_graph=False, retain_graph=None); grad(y, x)
(g,) = grad((x ** 3).sum(), x, create_graph=True); (h,) = grad(g.sum(), x, create_graph=True); grad(h.sum(), x, retain_graph=True), grad(h.sum(), x)
grad((x * 2).sum(), x, create_graph=True)[0].requires_grad
(g,) = grad((x * w).sum(), x, create_graph=True); g.requires_grad, g, grad(g.sum(), w)
(g,) = grad(x.sum(), x, create_graph=True); grad(g.sum(), x)
(g,) = grad((x ** 2).sum(), x); grad(g.sum(), x)
(g,) = grad((x * w).sum(), x, create_graph=True); grad(g.sum(), x)
grad(g.sum(), x, allow_unused=True)
""",
    "create_graph in backward": _X
    + """
import warnings
def again(y):
    with warnings.catch_warnings(): warnings.simplefilter("ignore"); y.backward(create_graph=True)
y = (x ** 3).sum(); again(y); x.grad, x.grad.requires_grad
g = x.grad; y.backward(); x.grad is g, x.grad.requires_grad
x.grad = None; y = (x ** 3).sum(); again(y); g = x.grad; x.grad = None; g.sum().backward(); x.grad
x.grad = None; (x ** 2).sum().backward(); p = (x.grad * x).sum(); x.grad = None; p.backward(); x.grad
x.grad = None; again((x ** 2).sum()); g = x.grad; again((x ** 2).sum()); x.grad is g, g.detach(), x.grad.detach()
x.grad = None; (x ** 2).sum().backward(); g = x.grad; again((x ** 2).sum()); x.grad is g, x.grad.requires_grad
x.grad = None; loss = (x ** 2).sum(); (g,) = grad(loss, x, create_graph=True); (loss + (g ** 2).sum()).backward(); x.grad
""",
    "inputs": _X
    + """
m = x * w; y = (m * m).sum()
y.backward(inputs=[x], retain_graph=True); x.grad, w.grad
y.backward(inputs=[m], retain_graph=True); m.grad, x.grad, w.grad
y.backward(inputs=m, retain_graph=True); m.grad
y.backward(inputs=(x, w), retain_graph=True); x.grad, w.grad
y.backward(inputs=x, retain_graph=True); x.grad
m.retains_grad, m.is_leaf
backward(y, inputs=[x], retain_graph=True); x.grad
y.backward(inputs=[x, x], retain_graph=True); x.grad
y.backward(inputs=[])
y.backward(inputs=())
y.backward(inputs=[torch.ones(2)])
y.backward(inputs=[x.detach()])
y.backward(inputs=["a"])
y.backward(inputs=5)
z = x * 3; y.backward(inputs=[z], retain_graph=True); z.grad
v = torch.ones(2, requires_grad=True); y.backward(inputs=[v], retain_graph=True); v.grad
y.backward(inputs=[y], retain_graph=True); y.grad
y.backward(inputs=[x]); y.backward(inputs=[w])
""",
    "unused inputs": _X
    + """
y = (x * 2).sum()
grad(y, w)
grad(y, [x, w])
grad(y, w, allow_unused=True)
grad(y, [w, x], allow_unused=True, retain_graph=True)
y = (x * 2).sum(); grad(y, [w, x], materialize_grads=True)
grad((x * 2).sum(), [w, x], materialize_grads=True, allow_unused=True), grad((x * 2).sum(), [w], materialize_grads=True)[0].requires_grad
grad((x * 2).sum(), [w, x], materialize_grads=True, allow_unused=False)
grad((x * 2).sum(), [w, x], materialize_grads=False)
z = w.double(); grad((x * 2).sum(), [z], materialize_grads=True)
grad(x.sum(), torch.ones(2)), 1
grad(x.sum(), torch.ones(2), allow_unused=True)
grad(x.sum(), [x, torch.ones(2)])
grad(x.sum(), [])
grad(x.sum(), ())
grad(x.sum(), None)
grad(x.sum(), [x, "a"])
grad([], x)
grad(x.sum(), x > 1)
a = x * 1; b = x * 2; grad(b.sum(), a, allow_unused=True), grad((a * b).sum(), a)
""",
    "gradients with respect to what": _X
    + """
s = torch.tensor(2.0, requires_grad=True); grad(s, s), grad(s * 1, s)
grad(x, x, torch.tensor([5.0, 6.0])), grad(x.sum(), [x, x])
m = x * w; y = (m * m).sum(); grad(y, m, retain_graph=True), grad(y, [m, x, w], retain_graph=True), grad(y, [x, m], retain_graph=True), grad(y, y)
a = x * 2; b = a * 3; grad(b.sum(), [a, b], retain_graph=True), grad([b.sum(), a.sum()], [a, b])
v = x[0]; grad((v * x).sum(), v)
v = x[0]; grad((v * x).sum(), x)
y = x * 1; y.mul_(3); grad(y.sum(), y)
parts = (x * 1).unbind(); grad(parts[0] * parts[1], parts)
type(grad(x.sum(), x)).__name__, type(grad(x.sum(), [x])).__name__
d = x.detach().requires_grad_(); grad((d * x).sum(), [d, x])
""",
    "batched seeds": _X
    + """
y = x * w
grad(y, x, torch.eye(2), is_grads_batched=True, retain_graph=True)
grad(y, [x, w], torch.eye(2), is_grads_batched=True, retain_graph=True)
grad(y, x, (torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]),), is_grads_batched=True, retain_graph=True)
s = y.sum(); grad(s, x, torch.tensor([1.0, 10.0, 100.0]), is_grads_batched=True, retain_graph=True)
grad([y, s], [x], [torch.eye(2), torch.tensor([0.0, 5.0])], is_grads_batched=True, retain_graph=True)
grad(y, [x, torch.ones(2, requires_grad=True)], torch.eye(2), is_grads_batched=True, allow_unused=True, retain_graph=True)
A = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]); grad(A @ x, x, torch.eye(3), is_grads_batched=True)
u = (x.sin() * x).exp(); J = grad(u, x, torch.eye(2), is_grads_batched=True, retain_graph=True)[0]; rows = torch.stack([grad(u, x, e, retain_graph=True)[0] for e in torch.eye(2)]); torch.allclose(J, rows)
(J,) = grad(x ** 3, x, torch.eye(2), is_grads_batched=True, create_graph=True); J.requires_grad, grad(J.sum(), x)
grad(y, x, torch.ones(2), is_grads_batched=True)
grad(y, x, is_grads_batched=True)
grad([y, s], x, [torch.eye(2), torch.ones(3)], is_grads_batched=True)
H = [grad(g, x, torch.eye(2), is_grads_batched=True)[0] for g in grad((x ** 3).sum(), x, create_graph=True)]; H
""",
    "words for batched seeds of another shape": _X
    + """
grad(x * w, x, torch.ones(3, 3), is_grads_batched=True)
""",
    "batched seeds of several outputs": """
x = torch.arange(6.0).reshape(3, 2).requires_grad_(); grad = torch.autograd.grad; edge = torch.autograd.graph.get_gradient_edge
a, b, c = (x * x).unbind(); v = torch.ones(2, requires_grad=True)
grad([a, c], [x, v], [torch.eye(2), torch.ones(2, 2)], is_grads_batched=True, allow_unused=True, retain_graph=True)
grad([a, c], [x, v], [torch.eye(2), torch.ones(2, 2)], is_grads_batched=True, retain_graph=True)
grad([a, c], [x, v], [torch.eye(2), torch.ones(2, 2)], is_grads_batched=True, materialize_grads=True, retain_graph=True)
grad(edge(b), x, torch.eye(2), is_grads_batched=True, retain_graph=True)
y = (a * b).sum() + (c * v).sum(); grad(y, [a, b, c, edge(a), v], torch.tensor([1.0, 10.0]), is_grads_batched=True, retain_graph=True)
grad([y, x.sum(0)], [x], [torch.ones(3), torch.ones(3, 2)], is_grads_batched=True)
""",
    "accumulation": _X
    + """
x.sum().backward(); g = x.grad; (x * 2).sum().backward(); x.grad is g, g
x.grad = torch.full((2,), 100.0); x.sum().backward(); x.grad
p = x.grad; x.grad = None; x.sum().backward(); x.grad is p, p
k = torch.zeros(2); x.grad = k; x.sum().backward(); x.grad is k, k
x.grad = None; (x * w).sum().backward(); (x + w).sum().backward(); x.grad, w.grad
with torch.no_grad(): x.grad.mul_(0.5)
x.sum().backward(); x.grad
x.grad.zero_(); x.sum().backward(); x.grad
(x * 0).sum().backward(); x.grad
x.grad.requires_grad_(); y = x.grad.sum(); x.sum().backward()
x.grad
x.grad = torch.ones(2, requires_grad=True); x.sum().backward(); x.grad
for _ in range(3): x.sum().backward()
s = torch.tensor(1.0, requires_grad=True)
for _ in range(3): (s * s).backward()
s.grad, s.grad.is_leaf, s.grad._version >= 0
grad(x.sum(), x)[0], s.grad
""",
    "layouts of gradients": """
grad = torch.autograd.grad
m = torch.arange(6.0).reshape(2, 3).requires_grad_(); m.sum().backward(); m.grad.stride(), m.grad.is_contiguous(), grad(m.sum(), m)[0].stride()
t = torch.arange(6.0).reshape(2, 3).t().detach().requires_grad_(); t.stride(), t.is_leaf; (t * 2).sum().backward(); t.grad.stride(), t.grad.shape
grad(m.sum(0).sum(), m)[0].stride(), grad((m * 2).sum(), m)[0].stride()
m.grad = None; m.t().sum().backward(); m.grad.stride()
m.grad = None; (m.t() * torch.ones(3, 2)).sum().backward(); m.grad.stride()
e = torch.ones(1).expand(3).detach().requires_grad_(); e.stride(); e.sum().backward(); e.grad, e.grad.stride()
m.grad = None; m.backward(torch.ones(1, 1).expand(2, 3)); m.grad.stride()
s = torch.ones(6).reshape(3, 2).t(); m.grad = None; m.backward(s); m.grad.stride()
z = torch.zeros(2, 0, requires_grad=True); z.sum().backward(); z.grad
""",
    "grad_dtype": _X
    + """
x.grad_dtype, torch.ones(1).grad_dtype, x.detach().double().grad_dtype
(x * 2).grad_dtype
x.grad = torch.ones(2, dtype=torch.float64)
x.grad_dtype = torch.float64; x.grad_dtype; x.grad = torch.ones(2, dtype=torch.float64); x.grad
x.grad = None; x.sum().backward(); x.grad
x.grad = None; x.grad_dtype = None; x.grad = torch.ones(2, dtype=torch.float16); x.grad, x.grad_dtype
x.grad_dtype = "a"
x.grad_dtype = torch.float32
x.grad = None; x.grad_dtype = torch.float32; x.sum().backward(); x.grad
y = x * 1; y.retain_grad(); y.sum().backward(); y.grad
""",
    "order": _X
    + """
seen = []
def watch(**tensors):
    for name, t in tensors.items(): t.register_hook(lambda g, name=name: seen.append(name))
a = x * 1; b = x * 2; c = x * 3; watch(a=a, b=b, c=c); (a + b + c).sum().backward(); seen
seen.clear(); c = x * 3; a = x * 1; b = x * 2; watch(a=a, b=b, c=c); (b + c + a).sum().backward(); seen
seen.clear(); a = x * 1; b = a * 1; c = b * 1; d = x * 1; e = (c + d).sum(); watch(a=a, b=b, c=c, d=d, e=e, x=x); e.backward(); seen
seen.clear(); a = x * 1; d = w * 1; b = a * 1; c = b * 1; watch(a=a, b=b, c=c, d=d, w=w); (d + c).sum().backward(); seen
""",
    "order of leaves and roots": _X
    + """
seen = []
def watch(**tensors):
    for name, t in tensors.items(): t.register_hook(lambda g, name=name: seen.append(name))
w2 = torch.ones(2, requires_grad=True); w3 = torch.ones(2, requires_grad=True); watch(w2=w2, w3=w3); (w2 * 1 + w3 * 1).sum().backward(); seen
seen.clear(); w4 = torch.ones(2, requires_grad=True); w5 = torch.ones(2, requires_grad=True); watch(w4=w4, w5=w5); (w5 * w4).sum().backward(); (w4 * w5).sum().backward(); seen
seen.clear(); a = x * 1; b = w * 1; watch(a=a, b=b); backward([a.sum(), b.sum()]); seen
seen.clear(); a = x * 1; b = w * 1; watch(a=a, b=b); backward([b.sum(), a.sum()]); seen
""",
    "order of accumulation": _X
    + """
seen = []
h = x.register_hook(lambda g: seen.append("x")); k = w.register_hook(lambda g: seen.append("w"))
a = x * w; b = a.register_hook(lambda g: seen.append("a")); c = (a.exp() + x).sum(); c.backward(); seen
seen.clear(); a = x * 2; b = w * 3; p = a.register_hook(lambda g: seen.append("a")); q = b.register_hook(lambda g: seen.append("b")); (a * b).sum().backward(); seen
seen.clear(); (x + w + x).sum().backward(); seen
seen.clear(); (w + x).sum().backward(); seen
""",
    "absent gradients": _X
    + """
z = torch.tensor([0.0, 1.0], requires_grad=True); r = z[0].sqrt(); y = z[1] * 2; y.backward(); z.grad
z.grad = None; s = z.sqrt(); u = s.unbind(); u[1].backward(); z.grad
z.grad = None; s = z.unbind(); t = s[0].sqrt(); s[1].backward(); z.grad
z.grad = None; torch.where(z > 0, z.sqrt(), torch.zeros(2)).sum().backward(); z.grad
z.grad = None; (z.sqrt() * 0).sum().backward(); z.grad
z.grad = None; z.sqrt()[1:].sum().backward(); z.grad
z.grad = None; m = z.max(0); m.values.backward(); z.grad
a, b = torch.stack([x, w]).unbind(); grad(a.sum(), [x, w])
a, b = torch.cat([x, w]).split(2); grad(b.sum(), [x, w])
parts = x.unbind(); grad(parts[0], x), x.grad
""",
    "broadcasting": """
grad = torch.autograd.grad
def shapes(*sizes, f):
    ts = [torch.ones(s, requires_grad=True) for s in sizes]
    return [(tuple(g.shape), g.flatten()[0].item()) for g in grad(f(*ts).sum(), ts)]
shapes((3, 1), (2, 1, 4), f=lambda a, b: a * b), shapes((), (2, 3), f=lambda a, b: a * b), shapes((1,), (3,), f=lambda a, b: a + b), shapes((2, 1), (1, 3), f=lambda a, b: a - b), shapes((1, 1, 1), (), f=lambda a, b: a / b)
shapes((2, 1), (3,), f=torch.maximum), shapes((2, 3), (3,), f=lambda a, b: a ** b), shapes((2, 1), (3,), f=lambda a, b: torch.where(a > 0, a * b, b)), shapes((2, 1, 2, 3), (3, 2), f=torch.matmul)
x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True); grad(x[[0, 0, 1]].sum(), x), grad(x.expand(4, 3).sum(), x), grad((x[:, None] * x).sum(), x)
grad((x + torch.ones(2, 1)).sum(), x), grad(x.sum() + x.sum(), x), grad((x - x).sum(), x)
""",
    "long graphs": """
x = torch.tensor(1.0, requires_grad=True); y = x
for _ in range(20000): y = y + 1
y.backward(); x.grad
del y
y = x
for _ in range(20000): y = y * 1.0
del y
total = torch.tensor(0.0)
for i in range(1000): total = total + x * i
x.grad = None; total.backward(); x.grad, total.item()
y = x
for _ in range(30): y = y + y
x.grad = None; y.backward(); x.grad
ys = [x * i for i in range(500)]; x.grad = None; sum(ys).backward(); x.grad
x.grad = None; torch.autograd.backward([y * 1 for y in [x * i for i in range(100)]]); x.grad
""",
    "modes of the pass": _X
    + """
y = (x ** 2).sum(); y.backward(retain_graph="yes")
y = (x ** 2).sum(); y.backward(None, True); y.backward(torch.tensor(1.0), False, False); x.grad
grad(y, x, create_graph=1)
y = (x ** 2).sum(); y.backward(inputs=[x], gradient=torch.tensor(2.0)); x.grad
y.backward(unknown=1)
grad(outputs=(x ** 2).sum(), inputs=x, grad_outputs=None, retain_graph=None, create_graph=False, allow_unused=None, is_grads_batched=False, materialize_grads=False)
grad((x ** 2).sum(), x, only_inputs=True)
grad((x ** 2).sum(), x, only_inputs=False)
backward(tensors=(x ** 2).sum(), grad_tensors=None, retain_graph=None, create_graph=False, inputs=None)
backward((x ** 2).sum(), grad_variables=torch.tensor(1.0))
torch.autograd.grad()
torch.autograd.backward()
""",
    "training loops": """
w = torch.zeros(2, requires_grad=True); b = torch.zeros((), requires_grad=True); X = torch.tensor([[1.0, 2.0], [2.0, -1.0], [0.5, 0.5]]); y = torch.tensor([1.0, 0.0, 2.0]); losses = []
for step in range(10):
    loss = ((X @ w + b - y) ** 2).mean()
    losses.append(round(loss.item(), 4))
    gw, gb = torch.autograd.grad(loss, [w, b])
    with torch.no_grad(): w -= 0.1 * gw; b -= 0.1 * gb
losses, w, b
v = torch.zeros(2, requires_grad=True)
for step in range(4): ((X @ v - y) ** 2).mean().div(2).backward()
v.grad
h = w.detach().clone().requires_grad_(); state = h
for step in range(3): (g,) = torch.autograd.grad(((X @ state - y) ** 2).mean(), state, create_graph=True); state = state - 0.1 * g
torch.autograd.grad(state.sum(), h)
""",
}

# ruff: noqa: E501  a snippet shows one family of things in one line
"""torch.utils.checkpoint: values that are computed again in the backward pass."""

_X = """
checkpoint = torch.utils.checkpoint.checkpoint
x = torch.tensor([1.0, 2.0], requires_grad=True); w = torch.tensor([3.0, 4.0], requires_grad=True); calls = []
def f(x, w=w):
    calls.append(torch.is_grad_enabled())
    return (x * w).sin().exp()
def same(a, b): return torch.allclose(a, b)
"""

CASES = {
    "gradients": _X
    + """
y = checkpoint(f, x, use_reentrant=False); y.requires_grad, y.is_leaf, same(y, f(x)), len(calls)
calls.clear(); y.sum().backward(); calls
gx, gw = torch.autograd.grad(f(x).sum(), [x, w]); same(x.grad, gx), same(w.grad, gw)
calls.clear(); y = checkpoint(f, x, w, use_reentrant=False); g = torch.autograd.grad(y.sum(), [x, w]); same(g[0], gx), same(g[1], gw), calls
calls.clear(); y = checkpoint(f, x, use_reentrant=False); (g,) = torch.autograd.grad(y.sum(), x); same(g, gx), len(calls)
calls.clear(); y = checkpoint(f, x.detach(), w.detach(), use_reentrant=False); y.requires_grad, len(calls)
y = checkpoint(f, x.detach(), use_reentrant=False); y.requires_grad, same(torch.autograd.grad(y.sum(), w)[0], gw)
y = checkpoint(lambda: f(x), use_reentrant=False); same(torch.autograd.grad(y.sum(), x)[0], gx)
y = checkpoint(f, x * 1, use_reentrant=False).sum() * 2; same(torch.autograd.grad(y, x)[0], 2 * gx)
y = x
for _ in range(3): y = checkpoint(lambda t: (t * 0.5).sin(), y, use_reentrant=False)
(g,) = torch.autograd.grad(y.sum(), x); z = ((x * 0.5).sin() * 0.5).sin(); z = (z * 0.5).sin(); same(g, torch.autograd.grad(z.sum(), x)[0])
""",
    "how often the function runs": _X
    + """
y = checkpoint(f, x, use_reentrant=False); y.sum().backward(retain_graph=True); y.sum().backward(); len(calls)
y.sum().backward()
len(calls)
calls.clear(); y = checkpoint(f, x, use_reentrant=False); torch.autograd.grad(y.sum(), x, retain_graph=True); torch.autograd.grad(y.sum(), w, retain_graph=True); torch.autograd.grad(y.sum(), [x, w]); len(calls)
calls.clear(); y = checkpoint(f, x, use_reentrant=False); del y; len(calls)
calls.clear(); z = checkpoint(f, x, use_reentrant=False) + checkpoint(f, w, use_reentrant=False); z.sum().backward(); len(calls)
calls.clear(); y = checkpoint(lambda x: calls.append(1) or x + 1, x, use_reentrant=False); y.sum().backward(); len(calls)
calls.clear(); y = checkpoint(lambda x: calls.append(1) or x.sum(), x, use_reentrant=False); y.backward(); y.backward(); len(calls)
calls.clear(); y = checkpoint(lambda x: calls.append(1) or x.exp(), x, use_reentrant=False); a = y * y; a.sum().backward(); len(calls)
""",
    "arguments and results": _X
    + """
def many(a, n, b=None, *, scale=1.0, words=()):
    calls.append((n, scale, words))
    return a * n, {"b": b * scale, "n": n}, "text", None
out = checkpoint(many, x, 3, b=w, scale=2.0, words=("a",), use_reentrant=False); out[0].detach(), out[1]["b"].detach(), out[1]["n"], out[2:], len(calls)
(out[0] * out[1]["b"]).sum().backward(); x.grad, w.grad, len(calls)
checkpoint(lambda: 5, use_reentrant=False), checkpoint(lambda x: None, x, use_reentrant=False), checkpoint(lambda x: [x, x], x, use_reentrant=False)[0] is x
y = checkpoint(lambda d: d["x"] * d["w"], {"x": x, "w": w}, use_reentrant=False); torch.autograd.grad(y.sum(), [x, w])
y = checkpoint(lambda a, b: a @ b, x, w, use_reentrant=False); torch.autograd.grad(y, x)
checkpoint(lambda x: x, x, use_reentrant=False) is x
checkpoint(f, x, unknown=1, use_reentrant=False)
checkpoint(f, use_reentrant=False)
checkpoint(5, x, use_reentrant=False)
def boom(x): raise KeyError("in the function")
checkpoint(boom, x, use_reentrant=False)
torch.autograd.grad(checkpoint(lambda i: x[i] * 2, torch.tensor([0, 0]), use_reentrant=False).sum(), x)
""",
    "nested": _X
    + """
order = []
def inner(x):
    order.append("inner")
    return x.sin()
def middle(x):
    order.append("middle")
    return checkpoint(inner, x * 2, use_reentrant=False).exp()
def outer(x):
    order.append("outer")
    return checkpoint(middle, x.cos(), use_reentrant=False).tanh()
y = checkpoint(outer, x, use_reentrant=False); order
(g,) = torch.autograd.grad(y.sum(), x); same(g, torch.autograd.grad((x.cos() * 2).sin().exp().tanh().sum(), x)[0])
def two(x):
    a = checkpoint(inner, x, use_reentrant=False)
    return checkpoint(inner, a * x, use_reentrant=False)
y = checkpoint(two, x, use_reentrant=False); (g,) = torch.autograd.grad(y.sum(), x); same(g, torch.autograd.grad((x.sin() * x).sin().sum(), x)[0])
y = checkpoint(outer, x, use_reentrant=False); y.sum().backward(retain_graph=True); y.sum().backward(); same(x.grad, 2 * torch.autograd.grad((x.cos() * 2).sin().exp().tanh().sum(), x)[0])
""",
    "how often nested functions run": _X
    + """
order = []
def inner(x):
    order.append("inner")
    return x.sin()
def middle(x):
    order.append("middle")
    return checkpoint(inner, x * 2, use_reentrant=False).exp()
def outer(x):
    order.append("outer")
    return checkpoint(middle, x.cos(), use_reentrant=False).tanh()
y = checkpoint(outer, x, use_reentrant=False); order.clear(); (g,) = torch.autograd.grad(y.sum(), x); order.count("outer"), order.count("middle"), order.count("inner"), order[0]
y = checkpoint(middle, x, use_reentrant=False); order.clear(); (g,) = torch.autograd.grad(y.sum(), x); order
with torch.utils.checkpoint.set_checkpoint_early_stop(False): y = checkpoint(middle, x, use_reentrant=False)
order.clear(); (g,) = torch.autograd.grad(y.sum(), x); order
""",
    "early stop": _X
    + """
def late(x):
    calls.append("start")
    y = x.sin().exp()
    calls.append("end")
    return y
y = checkpoint(late, x, use_reentrant=False); calls.clear(); y.sum().backward(); calls
def later(x):
    calls.append("start")
    y = x.exp() + 1
    z = y * 2
    calls.append("end")
    return z
y = checkpoint(later, x, use_reentrant=False); calls.clear(); y.sum().backward(); calls
with torch.utils.checkpoint.set_checkpoint_early_stop(False): y = checkpoint(late, x, use_reentrant=False)
calls.clear(); y.sum().backward(); calls
y = checkpoint(late, x, use_reentrant=False, early_stop=False); calls.clear(); y.sum().backward(); calls
def finishes(x):
    try: return x.exp() * x
    finally: calls.append("finally")
y = checkpoint(finishes, x, use_reentrant=False); calls.clear(); y.sum().backward(); calls
""",
    "early stop and exceptions": _X
    + """
def catches(x):
    try: y = x.exp() * x
    except Exception as error: calls.append("caught"); raise
    return y
y = checkpoint(catches, x, use_reentrant=False); y.sum().backward(); calls
""",
    "second derivatives": _X
    + """
y = checkpoint(f, x, use_reentrant=False).sum(); (g,) = torch.autograd.grad(y, x, create_graph=True); g.requires_grad
(h,) = torch.autograd.grad(g.sum(), x); (g0,) = torch.autograd.grad(f(x).sum(), x, create_graph=True); (h0,) = torch.autograd.grad(g0.sum(), x); same(g, g0), same(h, h0)
y = checkpoint(lambda x: checkpoint(lambda t: t ** 4, x * 2, use_reentrant=False).sum(), x, use_reentrant=False); (g,) = torch.autograd.grad(y, x, create_graph=True); (h,) = torch.autograd.grad(g.sum(), x, create_graph=True); g.detach(), h.detach(), torch.autograd.grad(h.sum(), x)
def gradient(x): return torch.autograd.grad((x ** 3).sum(), x, create_graph=True)[0]
y = checkpoint(gradient, x, use_reentrant=False); y.detach(), torch.autograd.grad(y.sum(), x)
x64 = x.detach().double().requires_grad_(); torch.autograd.gradcheck(lambda x: checkpoint(torch.sin, x, use_reentrant=False), x64), torch.autograd.gradgradcheck(lambda x: checkpoint(torch.sin, x, use_reentrant=False), x64)
""",
    "random numbers": _X
    + """
def noisy(x):
    r = torch.rand(2)
    calls.append(r.tolist())
    return (x * r).sin()
y = checkpoint(noisy, x, use_reentrant=False); a = torch.rand(1); y.sum().backward(); calls[0] == calls[1], len(calls)
b = torch.rand(1); _ = torch.manual_seed(0); _ = torch.rand(2); a == torch.rand(1), b == torch.rand(1)
same(x.grad, torch.tensor(calls[0]) * (x * torch.tensor(calls[0])).cos())
calls.clear(); y = checkpoint(noisy, x, use_reentrant=False, preserve_rng_state=False); y.sum().backward(); calls[0] == calls[1]
calls.clear(); y = checkpoint(noisy, x, use_reentrant=False); z = checkpoint(noisy, x, use_reentrant=False); (y + z).sum().backward(); calls[0] == calls[3], calls[1] == calls[2], calls[0] == calls[1]
def outer(x): return checkpoint(noisy, x, use_reentrant=False) * torch.rand(2)
calls.clear(); y = checkpoint(outer, x, use_reentrant=False); y.sum().backward(); all(c == calls[0] for c in calls)
""",
    "functions that do not repeat themselves": _X
    + """
count = []
def fewer(x):
    count.append(1)
    return x.sin().exp() if len(count) == 1 else x.sin() * 1
y = checkpoint(fewer, x, use_reentrant=False); y.sum().backward()
def more(x):
    count.append(1)
    return x.sin() if len(count) == 1 else x.sin().exp().cos()
count.clear(); y = checkpoint(more, x, use_reentrant=False); x.grad = None; y.sum().backward(); same(x.grad, x.cos())
count.clear(); y = checkpoint(more, x, use_reentrant=False, early_stop=False); y.sum().backward()
def shapes(x):
    count.append(1)
    return x.sin() if len(count) == 1 else x[:1].sin()
count.clear(); y = checkpoint(shapes, x, use_reentrant=False); y.sum().backward()
def dtypes(x):
    count.append(1)
    return x.sin() if len(count) == 1 else x.double().sin()
count.clear(); y = checkpoint(dtypes, x, use_reentrant=False); y.sum().backward()
checkpoint(shapes, x, use_reentrant=False, determinism_check="odd")
def values(x):
    count.append(1)
    return x.sin() if len(count) == 1 else (x + 5).sin()
count.clear(); y = checkpoint(values, x, use_reentrant=False); x.grad = None; y.sum().backward(); same(x.grad, (x + 5).cos())
issubclass(torch.utils.checkpoint.CheckpointError, RuntimeError)
""",
    "functions that fail when run again": _X
    + """
count = []
def fails(x):
    count.append(1)
    if len(count) > 1: raise KeyError("second run")
    return x.sin().exp()
y = checkpoint(fails, x, use_reentrant=False); y.sum().backward()
x.grad
y.sum().backward()
y = checkpoint(f, x, use_reentrant=False); y.sum().backward(); x.grad is not None
def writes(x):
    y = x * 1; y.mul_(2)
    return y.sin()
y = checkpoint(writes, x, use_reentrant=False); x.grad = None; y.sum().backward(); same(x.grad, 2 * (2 * x).cos())
m = x * 1; y = checkpoint(f, m, use_reentrant=False); m.add_(1); same(torch.autograd.grad(y.sum(), x)[0], torch.autograd.grad(f(x).sum(), x)[0])
p = torch.ones(2); y = checkpoint(lambda x: (x * p).exp(), x, use_reentrant=False); p.mul_(3); x.grad = None; y.sum().backward(); same(x.grad, 3 * (3 * x).exp())
""",
    "under no_grad": _X
    + """
with torch.no_grad(): y = checkpoint(f, x, use_reentrant=False); show(y.requires_grad, calls)
def cuts(x):
    with torch.no_grad(): s = x.exp()
    return s * x.sin()
y = checkpoint(cuts, x, use_reentrant=False); y.sum().backward(); same(x.grad, x.exp() * x.cos())
with torch.inference_mode(): y = checkpoint(f, x.detach(), use_reentrant=False); show(y.is_inference())
d = checkpoint(lambda x: x.detach().exp() * 2, x, use_reentrant=False); d.requires_grad
calls.clear(); y = checkpoint(f, x, use_reentrant=False)
with torch.no_grad(): (g,) = torch.autograd.grad(y, x, torch.ones(2))
calls, g.requires_grad
""",
    "hooks": _X
    + """
seen = []
def hooked(x):
    y = x * 2
    h = y.register_hook(lambda g: (seen.append(g.tolist()), g * 10)[1])
    return y.sin()
y = checkpoint(hooked, x, use_reentrant=False); h = y.register_hook(lambda g: seen.append("out")); k = x.register_hook(lambda g: seen.append("x")); y.sum().backward(); len(seen), seen[0], seen[-1], same(x.grad, 20 * (2 * x).cos())
with torch.autograd.graph.saved_tensors_hooks(lambda t: seen.append("pack") or t, lambda t: t): seen.clear(); y = checkpoint(lambda x: x.sin().exp(), x, use_reentrant=False); show(seen)
y.sum().backward(); seen
def inside(x):
    with torch.autograd.graph.saved_tensors_hooks(lambda t: seen.append("mine") or t, lambda t: t): return x.sin().exp()
seen.clear(); y = checkpoint(inside, x, use_reentrant=False); x.grad = None; y.sum().backward(); seen[0]
with torch.autograd.graph.disable_saved_tensors_hooks("not with hooks"): checkpoint(f, x, use_reentrant=False)
p = x.register_post_accumulate_grad_hook(lambda p: seen.append("post")); seen.clear(); checkpoint(f, x, use_reentrant=False).sum().backward(); seen
""",
    "context_fn": _X
    + """
class Noting:
    def __init__(self, name): self.name = name
    def __enter__(self): seen.append("enter " + self.name)
    def __exit__(self, *error): seen.append("exit " + self.name)
seen = []
y = checkpoint(f, x, use_reentrant=False, context_fn=lambda: (Noting("forward"), Noting("recompute"))); seen
y.sum().backward(); seen
checkpoint(f, x, use_reentrant=False, context_fn=lambda: 5)
""",
    "reentrant": _X
    + """
y = checkpoint(f, x, w, use_reentrant=True); y.sum().backward(); calls, same(x.grad, torch.autograd.grad(f(x).sum(), x)[0])
y = checkpoint(f, x, w, use_reentrant=True); torch.autograd.grad(y.sum(), x)
y = checkpoint(f, x, w, use_reentrant=True); y.sum().backward(inputs=[x])
y = checkpoint(f, x.detach(), use_reentrant=True); y.requires_grad
checkpoint(f, x, use_reentrant=True, scale=1)
checkpoint(f, x, use_reentrant=True, determinism_check="none")
""",
    "use_reentrant left out": _X
    + """
y = checkpoint(f, x)
y.sum().backward(); len(calls)
""",
    "sequences": _X
    + """
sequential = torch.utils.checkpoint.checkpoint_sequential
def layer(n):
    def run(x):
        calls.append(n)
        return (x * (n + 1)).sin()
    return run
layers = [layer(n) for n in range(5)]
y = sequential(layers, 2, x, use_reentrant=False); calls
calls.clear(); y.sum().backward(); calls
z = x
for l in layers: z = l(z)
same(y, z), same(x.grad, torch.autograd.grad(z.sum(), x)[0])
for segments in [1, 3, 5]: calls.clear(); y = sequential(layers, segments, x, use_reentrant=False); (g,) = torch.autograd.grad(y.sum(), x); show(segments, calls, same(g, x.grad))
sequential(layers, 0, x, use_reentrant=False)
attempt(lambda: sequential(layers, 6, x, use_reentrant=False).shape)
calls.clear(); y = sequential(layers[:1], 1, x, use_reentrant=False); y.sum().backward(); calls
""",
    "modules of the same kind in a loop": _X
    + """
X = torch.arange(6.0).reshape(3, 2) / 10; weights = [torch.full((2, 2), 0.1 * k, requires_grad=True) for k in range(1, 4)]
def net(x, use):
    for k in weights:
        block = lambda t, k=k: torch.tanh(t @ k)
        x = checkpoint(block, x, use_reentrant=False) if use else block(x)
    return (x ** 2).mean()
a = torch.autograd.grad(net(X, True), weights); b = torch.autograd.grad(net(X, False), weights); all(same(s, t) for s, t in zip(a, b))
net(X, True).backward(); all(same(k.grad, t) for k, t in zip(weights, b))
""",
}

# ruff: noqa: E501  a snippet shows one family of things in one line
"""no_grad, enable_grad, set_grad_enabled and inference_mode, in every form."""

_X = """
x = torch.tensor([1.0, 2.0], requires_grad=True); on = torch.is_grad_enabled
"""

CASES = {
    "contexts": _X
    + """
with torch.no_grad(): show(on(), (x * 2).requires_grad)
with torch.enable_grad(): show(on())
with torch.no_grad():
    with torch.enable_grad():
        with torch.no_grad(): show(on())
        show(on(), (x * 2).requires_grad)
    show(on())
on()
with torch.no_grad() as value: show(value)
with torch.enable_grad() as value: show(value)
with torch.no_grad(), torch.enable_grad(): show(on())
context = torch.no_grad()
on()
with context: show(on())
with context: show(on())
try:
    with torch.no_grad(): raise KeyError
except KeyError: show(on())
with torch.no_grad: show(on())
""",
    "set_grad_enabled": _X
    + """
with torch.set_grad_enabled(False): show(on(), (x * 2).requires_grad)
on()
with torch.set_grad_enabled(True): show(on())
with torch.no_grad():
    with torch.set_grad_enabled(True): show(on())
    show(on())
c = torch.set_grad_enabled(False); on()
with c: show(on())
on()
c = torch.set_grad_enabled(True); c = torch.set_grad_enabled(False); on()
_ = torch.set_grad_enabled(True); on()
@torch.set_grad_enabled(False)
def f(): return on()
on(), f(), on()
with torch.no_grad(): _ = torch.set_grad_enabled(True); show(on())
on()
with torch.set_grad_enabled(mode=False): show(on())
with torch.set_grad_enabled(bool(x.detach().sum() < 0)): show(on())
torch.set_grad_enabled()
torch.set_grad_enabled(1)
on()
""",
    "decorators": _X
    + """
@torch.no_grad()
def a(x, k=2):
    "The words."
    return x * k, on()
@torch.no_grad
def b(x): return on()
@torch.enable_grad()
def c(x): return on(), (x * 2).requires_grad
@torch.enable_grad
def d(x): return on()
a(x)[0].requires_grad, a(x, k=3), b(x), c(x), d(x), on()
with torch.no_grad(): show(c(x), d(x), on())
a.__name__, a.__doc__, b.__name__
class C:
    @torch.no_grad()
    def m(self, x): return (x * 2).requires_grad
    @staticmethod
    @torch.no_grad()
    def s(x): return on()
    @property
    @torch.no_grad()
    def p(self): return on()
C().m(x), C.s(x), C().p
torch.no_grad()(lambda: on())(), torch.no_grad(lambda: on())()
@torch.no_grad()
def raises(): raise KeyError("inside")
raises()
on()
@torch.no_grad()
def recursive(n): return [on()] + (recursive(n - 1) if n else [])
recursive(2), on()
@torch.no_grad()
@torch.enable_grad()
def both(): return on()
both()
""",
    "generators": _X
    + """
@torch.no_grad()
def gen(n):
    for i in range(n):
        got = yield on(), (x * i).requires_grad
        if got is not None: show("got", got, on())
    return "end"
[(v, on()) for v in gen(2)]
g = gen(3); next(g), on(), g.send("hello"), on(), next(g)
next(g)
@torch.enable_grad()
def other():
    yield on()
    yield on()
with torch.no_grad(): show([(v, on()) for v in other()])
g = other(); a = next(g)
with torch.no_grad(): show(next(g), on())
@torch.no_grad
def catches():
    try: yield 1
    except ValueError: show("caught", on()); yield 2
    finally: show("finally", on())
g = catches(); next(g), g.throw(ValueError("x")), g.close(), on()
@torch.no_grad()
def delegates():
    r = yield from gen(1)
    yield r
list(delegates())
@torch.set_grad_enabled(False)
def third(): yield on()
list(third()), on()
""",
    "what is still recorded": _X
    + """
with torch.no_grad(): y = torch.ones(2, requires_grad=True); z = torch.tensor([1.0], requires_grad=True); w = torch.zeros(2).requires_grad_(); show(y.requires_grad, z.requires_grad, w.requires_grad, y.is_leaf)
(y * 2).sum().backward(); y.grad
with torch.no_grad(): (x * 3).sum().requires_grad_().backward()
x.grad
y = (x * 3).sum()
with torch.no_grad(): y.backward()
x.grad, x.grad.requires_grad
with torch.no_grad(): g = torch.autograd.grad(x.sum(), x)
y = (x * x).sum()
with torch.no_grad(): (g,) = torch.autograd.grad(y, x, create_graph=True)
g, g.requires_grad
with torch.no_grad(): x.grad.zero_(); x.grad += 1
x.grad
with torch.no_grad(): d = (x * 2).detach(); e = x.clone(); f = x.detach(); show(d.is_leaf, e.requires_grad, e.is_leaf, f.requires_grad)
with torch.no_grad(): y = x * 2; y.requires_grad_(); z = y * 3; show(y.requires_grad, y.is_leaf, z.requires_grad)
with torch.enable_grad(): show((x.detach() * 2).requires_grad)
""",
    "writing under no_grad": _X
    + """
with torch.no_grad(): x.add_(1); x[0] = 5.0; x *= 2; x.copy_(x * 1)
x, x.is_leaf, x.requires_grad, x._version
y = x * 1; n = y.grad_fn
with torch.no_grad(): y.mul_(3)
y.grad_fn is n, y.requires_grad; torch.autograd.grad(y.sum(), x)
y = x.exp()
with torch.no_grad(): y.mul_(3)
torch.autograd.grad(y.sum(), x)
p = torch.ones(2)
with torch.no_grad(): p.add_(x); p.mul_(x)
p.requires_grad
with torch.no_grad(): x.zero_(); x.fill_(2.0)
x
with torch.no_grad(): x.requires_grad_(False); show(x.requires_grad); x.requires_grad_()
x.requires_grad
""",
    "threads": _X
    + """
import threading
def there(f):
    got = []
    t = threading.Thread(target=lambda: got.append(attempt(f))); t.start(); t.join()
    return got[0]
there(on)
with torch.no_grad(): show(on(), there(on), there(lambda: (x * 2).requires_grad))
with torch.inference_mode(): show(torch.is_inference_mode_enabled(), there(torch.is_inference_mode_enabled))
def off():
    torch.set_grad_enabled(False)
    return on()
there(off), on()
there(lambda: (x * x).sum().backward()), x.grad
def where_hooks_run():
    y = x * 1; h = y.register_hook(lambda g: got.append(threading.current_thread() is threading.main_thread())); y.sum().backward()
got = []; where_hooks_run(); there(where_hooks_run); got
threads = [threading.Thread(target=lambda: [(x * 1).sum().backward() for _ in range(20)]) for _ in range(4)]
x.grad = None; _ = [t.start() for t in threads]; _ = [t.join() for t in threads]; x.grad
with torch.autograd.graph.saved_tensors_hooks(lambda t: t * 0, lambda t: t): show(there(lambda: torch.autograd.grad((x * x).sum(), x)))
""",
    "inference tensors": """
x = torch.tensor([1.0, 2.0], requires_grad=True)
with torch.inference_mode(): i = torch.ones(2); j = x * 2; v = x[:1]; c = x.clone(); show(i.is_inference(), j.is_inference(), v.is_inference(), c.is_inference(), x.is_inference(), j.requires_grad, j.is_leaf)
i.is_inference(), torch.is_inference(i), x.is_inference()
i._version
i.requires_grad_()
i.requires_grad = True
i.requires_grad, i.is_leaf, i.grad_fn, i.grad
(i + 1).is_inference(), (i * 2).requires_grad, i.clone().is_inference(), i.detach().is_inference(), i[:1].is_inference(), i.view(2, 1).is_inference(), i.numpy()
i.data.is_inference(), i.float() is i, i.double().is_inference(), i.contiguous() is i
torch.ones_like(i).is_inference(), torch.cat([i, i]).is_inference(), i.sum().is_inference()
copy.deepcopy(i).is_inference(), torch.tensor(i.tolist()).is_inference()
i.requires_grad_(False) is i
i, j
""",
    "inference mode": """
x = torch.tensor([1.0, 2.0], requires_grad=True); on = torch.is_grad_enabled; inside = torch.is_inference_mode_enabled
inside()
with torch.inference_mode(): show(inside(), on(), (x * 2).requires_grad)
inside(), on()
with torch.inference_mode(True): show(inside())
with torch.inference_mode(False): show(inside(), on(), (x * 2).requires_grad)
with torch.inference_mode():
    with torch.inference_mode(False): show(inside(), on(), torch.ones(1).is_inference(), (x * 2).requires_grad)
    show(inside())
    with torch.enable_grad(): show(inside(), on(), (x * 2).requires_grad)
    with torch.no_grad(): show(inside(), on())
    with torch.set_grad_enabled(True): show(on())
with torch.no_grad():
    with torch.inference_mode(False): show(inside(), on())
@torch.inference_mode()
def f(x): return inside(), (x * 2).is_inference()
@torch.inference_mode
def g(x): return inside()
@torch.inference_mode(False)
def h(x): return inside(), (x * 2).requires_grad
f(x), g(x), h(x), f.__name__
@torch.inference_mode()
def gen():
    yield inside()
    yield inside()
[(v, inside()) for v in gen()]
with torch.inference_mode(): show(h(x))
with torch.inference_mode(mode=True): show(inside())
try:
    with torch.inference_mode(): raise KeyError
except KeyError: show(inside(), on())
with torch.inference_mode() as value: show(value)
""",
    "inference tensors in recorded work": """
x = torch.tensor([1.0, 2.0], requires_grad=True)
with torch.inference_mode(): i = torch.full((2,), 3.0)
x + i
(x + i).sum().backward(); x.grad
x * i
x @ i
torch.where(x > 0, x, i).requires_grad
x / i
i / x
y = x * i.clone(); y.requires_grad, torch.autograd.grad(y.sum(), x)
(x * 1).copy_(i)
z = torch.cat([x, i]); torch.autograd.grad(z.sum(), x)
with torch.no_grad(): x * i
i.exp().requires_grad, (i * i).is_inference()
with torch.inference_mode(): k = i * x; show(k)
torch.autograd.grad((x * 2).sum(), x, i.sum())
torch.autograd.grad(x * 2, x, i)
with torch.inference_mode(): n = torch.tensor([True, False])
x.masked_fill(n, 0.0)
class Keep(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, i):
        ctx.save_for_backward(i)
        return x * 1
    @staticmethod
    def backward(ctx, g): return g * ctx.saved_tensors[0], None
Keep.apply(x, i)
x.grad = i; x.grad
""",
    "indexing by inference tensors": """
x = torch.tensor([1.0, 2.0], requires_grad=True)
with torch.inference_mode(): n = torch.tensor([True, False])
torch.autograd.grad(x[n].sum(), x)
""",
    "writing to inference tensors": """
x = torch.tensor([1.0, 2.0], requires_grad=True)
with torch.inference_mode(): i = torch.ones(2)
i.add_(1)
i[0] = 5.0
i += 1
i.zero_()
i.copy_(torch.zeros(2))
i[:1].mul_(2)
with torch.no_grad(): i.add_(1)
with torch.inference_mode(): i.add_(1); i[0] = 7.0; show(i)
c = i.clone(); c.add_(1)
torch.add(torch.ones(2), 1, out=i)
with torch.inference_mode(): i.fill_(2.0).mul_(x); show(i, i.requires_grad)
n = i.numpy(); n[0] = 50.0; i
""",
    "writing to a detached inference tensor": """
with torch.inference_mode(): i = torch.ones(2)
i.detach().add_(1), i.detach().is_inference()
i.data.add_(1), i
""",
    "normal tensors in inference mode": """
x = torch.tensor([1.0, 2.0], requires_grad=True); p = torch.ones(2); y = x * 1
with torch.inference_mode(): p.add_(1); show(p, p._version, p.is_inference())
with torch.inference_mode(): x.add_(1); show(x, x._version)
with torch.inference_mode(): x.detach().add_(1); x.data.mul_(2)
x, x.is_leaf
with torch.inference_mode(): y.mul_(2); show(y.requires_grad, y.is_inference())
torch.autograd.grad(y.sum(), x)
with torch.inference_mode(): v = p[:1]; w = p.view(2, 1); show(v.is_inference(), v._is_view(), v._version)
v.is_inference(); v.add_(1)
p
with torch.inference_mode(): v.add_(1); show(p, p._version)
(v * x[:1]).requires_grad
with torch.inference_mode(): u = y[:1]
u.mul_(2)
with torch.inference_mode(): y.sum().backward()
z = (x * x).sum()
with torch.inference_mode(): z.backward(); show(x.grad)
with torch.inference_mode(): r = torch.ones(2, requires_grad=True); show(r.requires_grad, r.is_inference(), (r * 2).requires_grad)
r.grad_fn, r.requires_grad
r * 2
with torch.inference_mode(): show(p.requires_grad_().requires_grad, torch.zeros(1).requires_grad_().requires_grad)
""",
    "gradients made in inference mode": """
x = torch.tensor([1.0, 2.0], requires_grad=True); z = (x * x).sum()
with torch.inference_mode(): z.backward(); show(x.grad.is_inference())
(x * x).sum().backward(); x.grad
""",
    "views of inference tensors": """
with torch.inference_mode(): i = torch.ones(4); v = i[:2]; show(v.is_inference(), v._base is i, v._is_view())
w = i[1:]; w.is_inference(), w._is_view(), w._base is i
w.add_(1)
with torch.inference_mode(): i.fill_(1); v.mul_(5); w.add_(1)
i
u = i.view(2, 2); s = u[0]; s.is_inference(), s.shape
i.reshape(2, 2).is_inference(), i.expand(3, 4).is_inference(), i.t().is_inference(), i.detach()._is_view()
a, b = i.split(2); a.is_inference()
a.add_(1)
with torch.inference_mode(): i.fill_(1); a.add_(1)
i
""",
    "views made under no_grad": """
x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
with torch.no_grad(): v = x[:2]; s = x.detach()[:1]; c = x.clone()[:1]
s.requires_grad, c.requires_grad, v.grad_fn, v.is_leaf
v.add_(1)
with torch.no_grad(): v.add_(1)
x, x._version, v._version
y = x * 1
with torch.no_grad(): w = y[:2]
w.mul_(2)
with torch.no_grad(): w.mul_(2)
y, torch.autograd.grad(y.sum(), x)
with torch.no_grad(): w = y[:2]
y.mul_(2); w.requires_grad
w.sum().backward()
""",
    "views of plain tensors made under no_grad": """
x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True); p = torch.ones(3)
with torch.no_grad(): q = p[:1]
q.mul_(x[:1]); p.requires_grad, q.requires_grad
torch.autograd.grad(p.sum(), x)
""",
    "what views made under no_grad claim": """
x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
with torch.no_grad(): v = x[:2]; t = x.view(3, 1); u = x.t()
v.requires_grad, v.is_leaf, v.grad_fn, t.requires_grad, u.requires_grad
y = v * 2; y.requires_grad; y.sum().backward(); v.grad, x.grad
torch.autograd.grad((v * 2).sum(), v)
y.grad_fn.next_functions
v.retain_grad(); v.requires_grad_(False)
""",
    "modes inside functions of backward": _X
    + """
seen = []
y = x * 2; h = y.register_hook(lambda g: seen.append((on(), torch.is_inference_mode_enabled())))
with torch.no_grad(): y.backward(torch.ones(2))
y = x * 2; h = y.register_hook(lambda g: seen.append(on())); z = y.sum(); z.backward(); seen
seen.clear(); y = x * 2; h = y.register_hook(lambda g: seen.append(on())); _ = torch.autograd.grad(y.sum(), x, create_graph=True); seen, on()
def turn(g):
    torch.set_grad_enabled(False)
y = x * 2; h = y.register_hook(turn); y.sum().backward(); on()
y = x * 2; h = y.register_hook(turn); _ = torch.autograd.grad(y.sum(), x, create_graph=True); on()
""",
}

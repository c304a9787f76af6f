# ruff: noqa: E501  a snippet shows one family of things in one line
"""What operations keep for backward, and who may look at it or change it."""

_PACKS = """
x = torch.tensor([[1.0, 2.0], [3.0, 5.0]], requires_grad=True); w = torch.tensor([[1.0, -1.0], [2.0, 0.5]], requires_grad=True); c = torch.full((2, 2), 2.0); b = torch.tensor([1.0, 2.0], requires_grad=True)
def packs(f):
    packed = []
    with torch.autograd.graph.saved_tensors_hooks(lambda t: (packed.append(t.tolist()), t)[1], lambda t: t): f()
    return packed
"""
_X = """
x = torch.tensor([1.0, 2.0], requires_grad=True); seen = []
def pack(t):
    seen.append(("pack", t.tolist()))
    return t
def unpack(t):
    seen.append(("unpack", t.tolist()))
    return t
hooks = torch.autograd.graph.saved_tensors_hooks
"""

CASES = {
    "packed by arithmetic": _PACKS
    + """
for name, f in {"x + w": lambda: x + w, "x - w": lambda: x - w, "-x": lambda: -x, "x + 1": lambda: x + 1, "x * w": lambda: x * w, "x * c": lambda: x * c, "c * x": lambda: c * x, "x * x": lambda: x * x, "x * b": lambda: x * b, "x / w": lambda: x / w, "x / c": lambda: x / c, "c / x": lambda: c / x, "x / 2": lambda: x / 2, "c * c": lambda: c * c, "x * detached": lambda: x * x.detach()}.items():
    show(name, packs(f))
""",
    "packed with numbers": _PACKS
    + """
for name, f in {"x * 3": lambda: x * 3, "3 * x": lambda: 3 * x, "x - 1": lambda: x - 1, "1 - x": lambda: 1 - x, "x % 2": lambda: x % 2, "x ** 2": lambda: x ** 2, "x ** 1": lambda: x ** 1, "x ** 0": lambda: x ** 0, "2 ** x": lambda: 2 ** x, "x ** w": lambda: (x ** w).sum()}.items():
    show(name, [[round(v, 4) for v in torch.tensor(p).flatten().tolist()] for p in packs(f)])
""",
    "packed by functions": _PACKS
    + """
for name in ["exp", "tanh", "sigmoid", "sqrt", "relu", "log", "sin", "cos", "abs", "square", "sign", "floor", "log1p", "expm1", "tan"]:
    t = (x.detach() - 2).requires_grad_() if name in ("relu", "sign", "abs") else x
    show(name, ["self" if p == t.tolist() else "result" if p == getattr(t, name)().tolist() else p for p in packs(lambda: getattr(t, name)())])
""",
    "packed by composed functions": _PACKS
    + """
for name, f in {"softmax": lambda: torch.softmax(x, 0), "log_softmax": lambda: torch.log_softmax(x, 0), "rsqrt": lambda: x.rsqrt(), "clamp": lambda: x.clamp(1.5, 4), "logsumexp": lambda: x.logsumexp(1), "mean": lambda: x.mean(), "var": lambda: x.var(), "std": lambda: x.std(), "max": lambda: x.max(), "amax": lambda: x.amax(1), "maximum": lambda: torch.maximum(x, w), "dot": lambda: torch.dot(b, b), "outer": lambda: torch.outer(b, b), "linear": lambda: F.linear(x, w, b), "masked_fill": lambda: x.masked_fill(x > 1, 0.0)}.items():
    show(name, [tuple(torch.tensor(p).shape) for p in packs(f)])
""",
    "packed by reductions and selections": _PACKS
    + """
for name, f in {"sum": lambda: x.sum(), "sum dim": lambda: x.sum(0), "max dim": lambda: x.max(0), "where": lambda: torch.where(x > 1, x, w), "gather": lambda: x.gather(1, torch.tensor([[0], [1]])), "index_select": lambda: x.index_select(0, torch.tensor([1])), "[int]": lambda: x[0], "[slice]": lambda: x[:, 1:], "[list]": lambda: x[[1, 0]], "[mask]": lambda: x[x > 2]}.items():
    show(name, packs(f))
for name, f in {"view": lambda: x.view(4), "reshape": lambda: x.reshape(4), "t": lambda: x.t(), "permute": lambda: x.permute(1, 0), "unsqueeze": lambda: x.unsqueeze(0), "expand": lambda: b.expand(3, 2), "flip": lambda: x.flip(0), "cat": lambda: torch.cat([x, w]), "stack": lambda: torch.stack([x, w]), "clone": lambda: x.clone(), "double": lambda: x.double(), "contiguous": lambda: x.t().contiguous(), "split": lambda: x.split(1), "unbind": lambda: x.unbind()}.items():
    show(name, packs(f))
""",
    "packed by products": _PACKS
    + """
for name, f in {"x @ w": lambda: x @ w, "x @ c": lambda: x @ c, "c @ x": lambda: c @ x, "b @ b": lambda: b @ b, "mm": lambda: torch.mm(x, w), "x @ x.t()": lambda: x @ x.t(), "batch": lambda: (x[None] @ w[None]).shape}.items():
    show(name, packs(f))
""",
    "packed in place": _PACKS
    + """
for name, f in {"mul_": lambda: (x * 1).mul_(w), "exp_": lambda: (x * 1).exp_(), "add_": lambda: (x * 1).add_(w), "copy_": lambda: torch.zeros(2, 2).copy_(x), "fill_": lambda: (x + 1).fill_(2)}.items():
    show(name, len(packs(f)))
with torch.no_grad(): show(packs(lambda: x * w))
packs(lambda: x.detach().exp())
""",
    "pack and unpack": _X
    + """
with hooks(pack, unpack): y = x * x
seen
z = y.exp(); seen.clear(); (g,) = torch.autograd.grad(y.sum(), x, retain_graph=True); g, seen
seen.clear(); y.sum().backward(); seen
seen.clear(); y.sum().backward()
seen
with hooks(lambda t: t.tolist(), lambda v: torch.tensor(v)): y = (x ** 3).sum() + x.sin().sum()
torch.autograd.grad(y, x)
with hooks(lambda t: None, lambda n: torch.full((2,), 10.0)): y = x.log() + x * x
torch.autograd.grad(y.sum(), x)
store = {}
def keep(t): store[len(store)] = t.detach() * 2; return len(store) - 1
with hooks(keep, store.__getitem__): y = x.square() * x
torch.autograd.grad(y.sum(), x), sorted(store)
with hooks(lambda t: t.double(), lambda t: t.float()): y = x.exp()
torch.allclose(torch.autograd.grad(y.sum(), x)[0], x.exp())
""",
    "order of packing and unpacking": _X
    + """
with hooks(pack, unpack):
    a = x * 2; b = a * a; c = b.exp(); d = c / x
[s[0] for s in seen], [s[1] for s in seen][:2]
seen.clear(); d.sum().backward(); [s[0] for s in seen], x.grad.shape
seen.clear(); x.grad = None
with hooks(pack, unpack): a = x * x; b = a * 3
with hooks(lambda t: seen.append("other") or t, lambda t: t): c = b * b
seen
seen.clear(); c.sum().backward(); seen
""",
    "nested hooks": _X
    + """
with hooks(lambda t: seen.append("outer") or t, lambda t: t):
    a = x * x
    with hooks(lambda t: seen.append("inner") or t, lambda t: t): b = x.exp()
    c = x.sin()
seen
seen.clear()
with hooks(lambda t: (seen.append("outer"), t * 10)[1], lambda t: t), hooks(lambda t: (seen.append("inner"), t * t)[1], lambda t: t): a = x.exp()
seen
seen.clear()
def repack(t):
    seen.append("pack")
    y = x.detach().requires_grad_() * 2
    z = y * y
    return t
with hooks(repack, lambda t: t): a = x.exp()
seen
""",
    "wrong hooks": _X
    + """
def tries(pack, unpack):
    def f():
        with hooks(pack, unpack): y = x.exp()
        return torch.autograd.grad(y.sum(), x)
    return attempt(f)
tries(lambda t: t, lambda t: 5)
tries(lambda t: t, lambda t: None)
tries(lambda t: t, lambda t: [t])
tries(lambda: 1, lambda t: t)
tries(lambda t: t, lambda: 1)
tries(lambda t: t, lambda t: t.double())
def boom(t): raise KeyError("a hook")
tries(boom, lambda t: t)
tries(lambda t: t, boom)
tries(5, lambda t: t)[:9], tries(lambda t: t, 5)[:9]
tries(lambda t: t.add_(1), lambda t: t)
tries(lambda t: t.detach().mul_(2), lambda t: t)
with torch.no_grad(): show(tries(lambda t: t, lambda t: t))
(x * 1).requires_grad, torch.autograd.grad(x.exp().sum(), x)[0].shape
""",
    "hooks that write": _X
    + """
def write(t):
    with torch.no_grad(): t.add_(1)
    return t
with hooks(write, lambda t: t): y = x * x
x
y = x * 1
with hooks(write, lambda t: t): z = y.exp()
z = y.sin()
def write_result(t):
    t.detach().zero_()
    return t
with hooks(write_result, lambda t: t): z = y.exp()
with hooks(lambda t: t.clone().zero_(), lambda t: t): z = y.exp()
torch.autograd.grad(z.sum(), x)
with hooks(lambda t: t, lambda t: t.mul_(5)): z = x * 1 * (x.detach() * 1)
torch.autograd.grad(z.sum(), x)
""",
    "hooks and overwriting": _X
    + """
y = x * 1
with hooks(pack, unpack): z = y * y
y.add_(1); z.sum().backward(); x.grad
y = x * 1
with hooks(lambda t: t.clone(), lambda t: t): z = y * y
y.add_(1); torch.autograd.grad(z.sum(), x)
with hooks(lambda t: t.clone(), lambda t: t): z = x.exp()
z.add_(1); torch.autograd.grad(z.sum(), x)[0].allclose(x.exp())
with hooks(lambda t: t.detach(), lambda t: t): z = x.exp()
z.add_(1); torch.autograd.grad(z.sum(), x)[0].allclose(x.exp())
""",
    "hooks and second derivatives": _X
    + """
with hooks(pack, unpack):
    y = (x ** 3).sum()
    (g,) = torch.autograd.grad(y, x, create_graph=True)
g.requires_grad, [s[0] for s in seen]
seen.clear(); torch.autograd.grad(g.sum(), x)
[s[0] for s in seen][-1]
with hooks(lambda t: t.detach() * 1, lambda t: t): y = (x * x * x).sum()
(g,) = torch.autograd.grad(y, x, create_graph=True); g.requires_grad
with hooks(lambda t: t, lambda t: t): y = (x * x * x).sum()
(g,) = torch.autograd.grad(y, x, create_graph=True); torch.autograd.grad(g.sum(), x)
""",
    "hooks and custom Functions": _X
    + """
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        y = x * x
        ctx.save_for_backward(x, None, y)
        ctx.side = x.exp()
        return y
    @staticmethod
    def backward(ctx, g):
        a, n, b = ctx.saved_tensors
        return 2 * a * g
with hooks(pack, unpack): y = Square.apply(x)
seen
seen.clear(); torch.autograd.grad(y.sum(), x), seen
with hooks(lambda t: t * 100, lambda t: t): y = Square.apply(x)
torch.autograd.grad(y.sum(), x)
with torch.autograd.graph.disable_saved_tensors_hooks("no hooks here"): y = Square.apply(x)
torch.autograd.grad(y.sum(), x)
""",
    "disabled hooks": _X
    + """
disable = torch.autograd.graph.disable_saved_tensors_hooks
with disable("not now"):
    with hooks(pack, unpack): y = x * x
with hooks(pack, unpack):
    with disable("too late"): y = x * x
with disable("outer"):
    with disable("inner"):
        attempted = attempt(lambda: hooks(pack, unpack).__enter__())
attempted
with disable("saves"): y = x * x
torch.autograd.grad(y.sum(), x), seen
with hooks(pack, unpack): y = x.exp()
len(seen)
@disable("decorated")
def f(): return attempt(lambda: hooks(pack, unpack).__enter__())
f()
""",
    "save_on_cpu": _X
    + """
with torch.autograd.graph.save_on_cpu(): y = (x * x).exp()
torch.allclose(torch.autograd.grad(y.sum(), x)[0], 2 * x * (x * x).exp())
with torch.autograd.graph.save_on_cpu(pin_memory=False): y = x * x
y.sum().backward(); x.grad
y = x * 1
with torch.autograd.graph.save_on_cpu(): z = y * y
y.add_(1); torch.autograd.grad(z.sum(), x)
isinstance(torch.autograd.graph.save_on_cpu(), hooks)
""",
    "allow_mutation_on_saved_tensors": """
x = torch.tensor([1.0, 2.0], requires_grad=True)
with torch.autograd.graph.allow_mutation_on_saved_tensors() as context:
    y = x * 1; z = y * y; y.add_(10)
    show(torch.autograd.grad(z.sum(), x))
with torch.autograd.graph.allow_mutation_on_saved_tensors():
    y = x.exp(); y.zero_(); show(torch.autograd.grad(y.sum(), x)); y = x.exp(); z = y * 1; y.mul_(2); show(torch.allclose(torch.autograd.grad(z.sum(), x)[0], x.exp()))
with torch.autograd.graph.allow_mutation_on_saved_tensors():
    y = x * 1; v = y[:1]; z = y * y; v.mul_(100); show(torch.autograd.grad(z.sum(), x), y)
with torch.autograd.graph.allow_mutation_on_saved_tensors():
    y = x * 1; a = y.sin(); y.add_(1); b = y.sin(); y.add_(1); a.sum().backward(retain_graph=True); b.sum().backward(); show(torch.allclose(x.grad, x.cos() + (x + 1).cos()))
with torch.autograd.graph.allow_mutation_on_saved_tensors():
    y = x * 1; z = y * y
y.add_(1)
z.sum().backward()
y = x * 1; z = y * y
with torch.autograd.graph.allow_mutation_on_saved_tensors(): y.add_(1)
z.sum().backward()
with torch.autograd.graph.allow_mutation_on_saved_tensors():
    with torch.no_grad(): y = x * 1; z = (x * y).sum(); y.zero_()
    show(z.requires_grad)
with torch.autograd.graph.allow_mutation_on_saved_tensors():
    with torch.autograd.graph.allow_mutation_on_saved_tensors(): show("nested")
""",
    "attributes of nodes": """
x = torch.tensor([1.0, 2.0], requires_grad=True); w = torch.tensor([3.0, 4.0], requires_grad=True)
n = (x * w).grad_fn; n._saved_self, n._saved_other, n._saved_self is x
(x * w.detach()).grad_fn._saved_self, (x * w.detach()).grad_fn._saved_other
y = x.exp(); y.grad_fn._saved_result, y.grad_fn._saved_result is y, y.grad_fn._saved_result.grad_fn is y.grad_fn
(x ** 3).grad_fn._saved_exponent, (x ** 3).grad_fn._saved_self
x.log().grad_fn._saved_self, x.sqrt().grad_fn._saved_result.detach(), x.tanh().grad_fn._saved_result.shape, x.sin().grad_fn._saved_self is x
(x / w).grad_fn._saved_self, (x / w).grad_fn._saved_other
(x + 1).grad_fn._saved_self
x.exp().grad_fn._saved_self
m = x * 1; k = m * m; k.grad_fn._saved_self is m, k.grad_fn._saved_self.grad_fn is m.grad_fn
x.expand(3, 2).grad_fn._saved_self
x.detach().exp().grad_fn
n._saved_self = x
""",
    "attributes that are no tensors": """
x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
x.sum().grad_fn._saved_self_sym_sizes, x.sum(0).grad_fn._saved_dim, x.sum(0, keepdim=True).grad_fn._saved_keepdim
x.view(4).grad_fn._saved_self_sym_sizes, x.permute(1, 0).grad_fn._saved_dims, x.transpose(0, 1).grad_fn._saved_dim0
x[0].grad_fn._saved_dim, x[0].grad_fn._saved_index, x[1:].grad_fn._saved_start, x[1:].grad_fn._saved_end, x[1:].grad_fn._saved_step
x[[0, 1]].grad_fn._saved_indices
x.clamp(1, 2).grad_fn._saved_min, x.clamp(1, 2).grad_fn._saved_max
torch.softmax(x, 1).grad_fn._saved_dim, x.flip(0).grad_fn._saved_dims, torch.cat([x, x]).grad_fn._saved_dim
(x + x).grad_fn._saved_alpha, torch.sub(x, x, alpha=2).grad_fn._saved_alpha
x.max(0).values.grad_fn._saved_indices, x.mean().grad_fn._saved_self_sym_numel
torch.where(x > 1, x, x).grad_fn._saved_condition
""",
    "attributes after the pass": """
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x * x; n = y.grad_fn; y.sum().backward(); n._saved_self
n._saved_other
type(n._raw_saved_self).__name__
y.grad_fn._saved_self
y = x * x; y.sum().backward(retain_graph=True); y.grad_fn._saved_self
y = x.exp(); y.add_(1); y.grad_fn.next_functions[0][0]._saved_result
y = x * 1; z = y * y; y.add_(1); z.grad_fn._saved_self
z.grad_fn._raw_saved_self.data
""",
    "hooks of one saved tensor": """
x = torch.tensor([1.0, 2.0], requires_grad=True); seen = []
y = x * x; raw = y.grad_fn._raw_saved_self; type(raw).__name__
raw.register_hooks(lambda t: (seen.append("pack"), t * 10)[1], lambda t: (seen.append("unpack"), t)[1]); seen
y.grad_fn._saved_self, seen
y.sum().backward(); x.grad, seen
raw.register_hooks(lambda t: t, lambda t: t)
y = x.exp(); y.grad_fn._raw_saved_result.register_hooks(lambda t: t * 0 + 7, lambda t: t); torch.autograd.grad(y.sum(), x)
y = x.sin(); r = y.grad_fn._raw_saved_self; r.register_hooks(lambda t: t, lambda t: t); r.register_hooks(lambda t: t, lambda t: t)
y = x.sin(); attempt(lambda: y.grad_fn._raw_saved_self.register_hooks(5, 6))[:9]
y.sum().backward()
with torch.autograd.graph.saved_tensors_hooks(lambda t: t, lambda t: t): y = x.sin()
y.grad_fn._raw_saved_self.register_hooks(lambda t: t, lambda t: t)
(x * 2).grad_fn._raw_saved_self.register_hooks(lambda t: t, lambda t: t)
""",
    "hooks of a tensor saved by a Function": """
x = torch.tensor([1.0, 2.0], requires_grad=True)
class Keep(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * 1
    @staticmethod
    def backward(ctx, g): return g * ctx.saved_tensors[0]
y = Keep.apply(x); y.grad_fn._raw_saved_tensors[0].register_hooks(lambda t: t * 5, lambda t: t); torch.autograd.grad(y.sum(), x)
[type(s).__name__ for s in Keep.apply(x).grad_fn._raw_saved_tensors]
""",
    "version counters by hand": """
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x * 1; z = y * y; torch.autograd.graph.increment_version(y); y._version
z.sum().backward()
torch.autograd.graph.increment_version([y, x.detach()]); y._version, x._version
v = y[:1]; torch.autograd.graph.increment_version(v); y._version, v._version
torch.autograd.graph.increment_version(x); x._version
y = x * 1; z = y * y
with torch.autograd._unsafe_preserve_version_counter(y): y.mul_(3)
y._version, torch.autograd.grad(z.sum(), x)
a = torch.zeros(2)
with torch.autograd._unsafe_preserve_version_counter((a,)): a.add_(1); show(a._version)
a._version, a
with torch.inference_mode(): i = torch.ones(2)
torch.autograd.graph.increment_version(i)
""",
    "what is kept alive": """
x = torch.tensor([1.0, 2.0], requires_grad=True)
import weakref, gc
y = x * 2; r = weakref.ref(y); z = y + 1; del y; _ = gc.collect(); r() is None
y = x * 2; r = weakref.ref(y); z = y * y; del y; r() is None
z.grad_fn._saved_self is r(); del z; _ = gc.collect(); r() is None
y = x.exp(); r = weakref.ref(y); n = y.grad_fn; del y; r() is None
y = x * 2; r = weakref.ref(y); z = y.sin(); z.sum().backward(); del y; r() is None
""",
}

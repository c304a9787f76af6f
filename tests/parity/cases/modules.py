# ruff: noqa: E501  a snippet shows one family of things in one line
"""torch.nn.Module: what it holds, how it is called, saved, loaded, hooked, converted and shown."""

LAYER = """
nn = torch.nn
class Layer(nn.Module):
    def __init__(self, i, o):
        super().__init__(); self.weight = nn.Parameter(torch.ones(o, i)); self.bias = nn.Parameter(torch.zeros(o)); self.register_buffer("count", torch.tensor(1.0)); self.register_buffer("temporary", torch.ones(2), persistent=False)
    def forward(self, x): return x @ self.weight.T + self.bias
    def extra_repr(self): return f"{self.weight.shape[1]} -> {self.weight.shape[0]}"
m = nn.Sequential(Layer(2, 3), nn.Sequential(Layer(3, 1)), nn.Identity())
"""

CASES = {
    "parameters": """
p = torch.nn.Parameter(torch.ones(2)); p, p.data, (p * 2).sum(), p.is_leaf
isinstance(p, torch.Tensor), isinstance(p, torch.nn.Parameter), isinstance(torch.ones(1), torch.nn.Parameter)
torch.nn.Parameter(torch.ones(2), requires_grad=False)
torch.nn.Parameter(torch.tensor([1, 2]))
t = torch.zeros(2); q = torch.nn.Parameter(t); t[0] = 5.0; q
torch.nn.Parameter(q) is q, isinstance(q.detach(), torch.nn.Parameter), isinstance(copy.deepcopy(q), torch.nn.Parameter)
(q * q).sum().backward(); q.grad, copy.deepcopy(q).grad
torch.nn.Parameter().shape
""",
    "what a module holds": LAYER
    + """
m
[n for n, _ in m.named_parameters()], [n for n, _ in m.named_buffers()], [n for n, _ in m.named_modules()], [n for n, _ in m.named_children()]
len(list(m.parameters())), len(list(m.buffers())), len(list(m.modules())), [n for n, _ in m.named_parameters(prefix="x", recurse=False)]
shared = nn.Module(); shared.a = m; shared.b = m; [n for n, _ in shared.named_parameters()], len([n for n, _ in shared.named_parameters(remove_duplicate=False)])
m.get_submodule("1.0"), m.get_parameter("0.weight").shape, m.get_buffer("0.count")
m.get_submodule("1.7")
m.get_parameter("0.count")
m.set_submodule("1.0", nn.Identity()); m
m.b = None; m.b = nn.Identity(); list(m._modules), "b" in m.__dict__
del m.b; hasattr(m, "b")
m.nothing
""",
    "wrong attributes": LAYER
    + """
m[0].weight = torch.ones(1)
m[0].count = 3
setattr(m, "1", 3)
m[0].register_parameter("a.b", None)
m[0].register_parameter("", None)
m[0].register_parameter(3, None)
m[0].register_parameter("weight", torch.ones(1))
m[0].register_parameter("forward", None)
m[0].register_parameter("v", torch.nn.Parameter(torch.ones(1)) * 2)
m[0].register_buffer("weight", None)
m[0].register_buffer("x", 3)
m.add_module("a.b", nn.Identity())
m.add_module("x", 3)
class Early(nn.Module):
    def __init__(self): self.p = nn.Parameter(torch.ones(1))
class Sooner(nn.Module):
    def __init__(self): self.p = nn.Identity()
Early()
Sooner()
nn.Module()(1)
nn.Module(1)
nn.Module(a=1)
""",
    "states": LAYER
    + """
m.state_dict()
m.state_dict()._metadata
m.state_dict(prefix="a.").keys()
m.state_dict(keep_vars=True)["0.weight"].requires_grad, m.state_dict()["0.weight"].requires_grad
n = nn.Sequential(Layer(2, 3), nn.Sequential(Layer(3, 1)), nn.Identity()); n[0].weight.data.fill_(7.0); m.load_state_dict(n.state_dict()); m[0].weight
m.load_state_dict({}, strict=False)
m.load_state_dict({"0.weight": torch.ones(2)}, strict=False)
attempt(lambda: m.load_state_dict(3))
def whole(f):
    try: f()
    except RuntimeError as e: return str(e)
whole(lambda: m.load_state_dict({}))
whole(lambda: m.load_state_dict({"0.weight": torch.ones(2, 2), "0.bias": torch.ones(3), "extra": torch.ones(1), "1.0.q": 1, "0.count": 1}))
other = {k: v.clone() for k, v in m.state_dict().items()}; m.load_state_dict(other, assign=True); m[0].count is other["0.count"], isinstance(m[0].weight, nn.Parameter)
class Extra(nn.Module):
    def get_extra_state(self): return {"n": 3}
    def set_extra_state(self, s): self.found = s
e = Extra(); e.state_dict(); e.load_state_dict(e.state_dict()), e.found
whole(lambda: e.load_state_dict({}))
h = m.register_state_dict_pre_hook(lambda mod, prefix, keep: show("before", prefix)); g = m._register_state_dict_hook(lambda mod, d, p, meta: show("after", len(d))); _ = m.state_dict()
k = m.register_load_state_dict_post_hook(lambda mod, keys: show(keys)); m.load_state_dict({}, strict=False)
""",
    "hooks of calls": LAYER
    + """
a = m.register_forward_pre_hook(lambda mod, args: show("pre", len(args))); b = m.register_forward_hook(lambda mod, args, out: show("post", out.shape))
_ = m(torch.ones(4, 2))
c = m.register_forward_hook(lambda mod, args, kw, out: show(kw), with_kwargs=True, prepend=True); _ = m(input=torch.ones(1, 2))
a.remove(); b.remove(); c.remove(); _ = m.register_forward_hook(lambda mod, args, out: out * 10); m(torch.ones(1, 2))
n = nn.Identity(); _ = n.register_forward_pre_hook(lambda mod, args: args[0] + 1); _ = n.register_forward_pre_hook(lambda mod, args: (args[0] * 2,), prepend=True); n(torch.ones(1))
_ = n.register_forward_pre_hook(lambda mod, args, kw: 3, with_kwargs=True); n(torch.ones(1))
class Bad(nn.Module):
    def forward(self, x): raise ValueError("no")
bad = Bad(); _ = bad.register_forward_hook(lambda mod, args, out: show("always", out), always_call=True); bad(1)
with torch.nn.modules.module.register_module_forward_hook(lambda mod, args, out: show(type(mod).__name__)): _ = nn.Sequential(nn.Identity())(torch.ones(1))
""",
    "hooks of gradients": LAYER
    + """
x = torch.ones(4, 2, requires_grad=True)
a = m[0].register_full_backward_hook(lambda mod, gi, go: show("inputs", gi[0].shape, go[0].shape)); b = m[0].register_full_backward_pre_hook(lambda mod, go: show("outputs", go[0].shape))
m(x).sum().backward(); x.grad
m(torch.ones(4, 2)).sum().backward()
c = m[0].register_full_backward_hook(lambda mod, gi, go: (gi[0] * 10,)); x.grad = None; m(x).sum().backward(); x.grad
d = m[0].register_full_backward_pre_hook(lambda mod, go: (go[0] * 0,)); x.grad = None; m(x).sum().backward(); x.grad
e = m[0].register_full_backward_hook(lambda mod, gi, go: (1, 2)); attempt(lambda: m(x).sum().backward())
class Two(nn.Module):
    def forward(self, a, b, flag=True): return a * b, a + b
t = Two(); _ = t.register_full_backward_hook(lambda mod, gi, go: show(gi, go)); u, v = t(x, torch.ones(4, 2)); u.sum().backward()
""",
    "training, conversion and gradients": LAYER
    + """
m.training, m.eval().training, m[1].training, m.train()[0].training
attempt(lambda: m.train(1))
m(torch.ones(1, 2)).sum().backward(); m[0].weight.grad, m.zero_grad(), m[0].weight.grad
m(torch.ones(1, 2)).sum().backward(); m.zero_grad(set_to_none=False); m[0].bias.grad
w = m[0].weight; m.double(); m[0].weight is w, w.dtype, m[0].count.dtype, m(torch.ones(1, 2).double())
m.to(torch.float32)[0].weight.dtype, m.half()[0].bias.dtype, m.float()[0].bias.dtype
attempt(lambda: m.to(torch.int32))
m.requires_grad_(False); [p.requires_grad for p in m.parameters()]
_ = m.apply(lambda mod: show(type(mod).__name__))
c = copy.deepcopy(m); c[0].weight is m[0].weight, c[0].weight.equal(m[0].weight), c
""",
    "containers": """
nn = torch.nn; I = nn.Identity
nn.ModuleList([I(), I(), nn.Sequential(I())]), nn.ModuleDict({"a": I()}), nn.ModuleList(), nn.Sequential()
nn.ParameterList([torch.ones(2), 3]), nn.ParameterDict({"a": torch.ones(2)}), nn.ParameterDict({"a": torch.ones(2), "b": torch.ones(3, 1)})
l = nn.ModuleList([I()]); l.append(nn.Sequential()); l.insert(0, nn.ModuleList()); l += [I()]; l, len(l), l[-1], l[1:], I in [type(x) for x in l]
del l[0]; l.pop(0), l, [n for n, _ in (l + l).named_modules()]
l[9]
attempt(lambda: nn.ModuleList([1]))
attempt(lambda: nn.ModuleList(1))
s = nn.Sequential(I(), I()); s.append(nn.Sequential()); s[0], s[1:], len(s), s + nn.Sequential(I())
s[5]
del s[0]; s, s.insert(0, nn.ModuleList()), s.pop(0), s * 2
attempt(lambda: nn.Sequential(3))
d = nn.ModuleDict([["a", I()], ["b", nn.Sequential()]]); "a" in d, list(d), list(d.items()), d.pop("a"), len(d), d.update({"c": I()}), d
attempt(lambda: nn.ModuleDict([["a"]]))
attempt(lambda: nn.ModuleDict(3))
p = nn.ParameterDict({"x": torch.ones(1)}); p["y"] = torch.zeros(1); list(p), p.get("z"), p["y"].requires_grad, p.pop("x"), len(p), p.setdefault("k", torch.ones(1)), "k" in p, (p | p).keys()
q = nn.ParameterList([torch.ones(1), torch.zeros(1)]); q[1], len(q), [n for n, _ in q.named_parameters()], q[0:1], q.pop(), q
attempt(lambda: nn.ParameterList(3))
""",
}

# ruff: noqa: E501  a snippet shows one family of things in one line
"""torch.nn's lazy layers, and parameters and buffers whose shape is not known yet."""

BEGIN = """
nn = torch.nn
is_lazy = torch.nn.parameter.is_lazy
def begin(f, n=45): return attempt(f)[:n]
"""

CASES = {
    "parameters without a shape": BEGIN
    + """
u = nn.UninitializedParameter(); u, str(u), u.dtype, u.device, u.requires_grad, u.is_leaf, u.grad, u.grad_fn
isinstance(u, nn.Parameter), isinstance(u, torch.Tensor), isinstance(u, nn.Buffer), isinstance(nn.Parameter(), nn.UninitializedParameter), torch.is_tensor(u), is_lazy(u)
u.shape
begin(lambda: u + 1), begin(lambda: 1 - u), begin(lambda: u.sum()), begin(lambda: u.numel()), begin(lambda: len(u)), begin(lambda: u[0]), begin(lambda: u == u)
begin(lambda: u.detach()), begin(lambda: u.stride()), begin(lambda: u.requires_grad_(False)), begin(lambda: nn.init.ones_(u)), begin(lambda: torch.stack([u, u])), begin(lambda: u.backward())
c = copy.deepcopy(u); c, c is u, copy.copy(u), pickle.loads(pickle.dumps(u))
u.materialize((2, 3)), u.shape, u.dtype, u.requires_grad, u.is_leaf, is_lazy(u), isinstance(u, nn.Parameter), isinstance(u, nn.UninitializedParameter)
begin(lambda: u.materialize((2,)), 14)
_ = nn.init.ones_(u); (u * 3).sum().backward(); u, u.grad
v = nn.UninitializedParameter(requires_grad=False, dtype=torch.float64); v.requires_grad, v.dtype, v.materialize((1,)), v.requires_grad, v.dtype
w = nn.UninitializedParameter(); w.requires_grad = False; w.materialize((1,), dtype=torch.float64); w.requires_grad, w.dtype
b = nn.UninitializedBuffer(); b, isinstance(b, nn.Buffer), isinstance(b, nn.Parameter), b.requires_grad, b.dtype
b.shape
b.materialize((2,)), b.shape, type(b) is torch.Tensor, isinstance(b, nn.Buffer)
""",
    "pickled buffers without a shape": """
pickle.loads(pickle.dumps(torch.nn.UninitializedBuffer(dtype=torch.int64))).dtype
pickle.loads(pickle.dumps(torch.nn.UninitializedParameter(requires_grad=False))).requires_grad
""",
    "LazyLinear": BEGIN
    + """
m = nn.LazyLinear(3); m, m.weight, m.bias, m.in_features, m.has_uninitialized_params(), list(m.parameters()), m.state_dict()
torch.rand(1)
m(torch.ones(2, 4)), m, type(m) is nn.Linear, len(m._forward_pre_hooks), len(m._load_state_dict_pre_hooks), hasattr(m, "has_uninitialized_params"), hasattr(m, "_load_hook")
m.weight, m.bias
m(torch.ones(2, 5))
nn.LazyLinear(2, bias=False)(torch.ones(4)), nn.LazyLinear(2, False, dtype=torch.float64)
nn.LazyLinear(2)(torch.tensor(1.0))
d = copy.deepcopy(nn.LazyLinear(2)); d(torch.ones(1, 3)).shape, d
p = pickle.loads(pickle.dumps(nn.LazyLinear(2))); p, p(torch.ones(1, 3)).shape, p
""",
    "training with lazy layers": BEGIN
    + """
m = nn.Sequential(nn.LazyLinear(3, bias=False), nn.ReLU(), nn.LazyLinear(2)).double(); m[0].weight.dtype, m.half()[0].weight.dtype, m.to(torch.float64)[2].bias.dtype
o = torch.optim.Adam(m.parameters(), lr=0.1); weight = m[0].weight
m.zero_grad(), m.train().training, nn.utils.clip_grad_norm_(m.parameters(), 1.0)
begin(lambda: m.requires_grad_(False)), begin(lambda: sum(p.numel() for p in m.parameters()))
for _ in range(3): o.zero_grad(); loss = m(torch.ones(5, 4, dtype=torch.float64)).pow(2).sum(); loss.backward(); o.step()
loss.detach(), m, m[0].weight is weight, weight
""",
    "states of lazy layers": BEGIN
    + """
full = nn.Linear(4, 3); m = nn.LazyLinear(3); m.load_state_dict(full.state_dict()), m, type(m) is nn.LazyLinear, m.weight.equal(full.weight), m.weight.requires_grad
m(torch.ones(1, 5))
m(torch.ones(1, 4)).shape, m
full.load_state_dict(nn.LazyLinear(3).state_dict())
a = nn.LazyLinear(3); a.load_state_dict(nn.LazyLinear(3).state_dict()), a.has_uninitialized_params()
a.load_state_dict({"weight": torch.ones(3, 4)})
c = nn.LazyConv2d(4, 3); c.load_state_dict(nn.Conv2d(2, 4, 3).state_dict()), c(torch.ones(1, 2, 5, 5)).shape, c
n = nn.LazyBatchNorm1d(); n.load_state_dict(nn.BatchNorm1d(3).state_dict()), n.running_mean, n(torch.ones(2, 3)).shape, n
s = nn.Sequential(nn.LazyLinear(2), nn.LazyBatchNorm1d()); s.load_state_dict(nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2)).state_dict()), s(torch.ones(2, 3)).shape, s
g = nn.LazyLinear(3); g.load_state_dict(full.state_dict(), assign=True), g(torch.ones(1, 4)).shape, g.weight.equal(full.weight)
""",
    "modules of one's own": BEGIN
    + """
LazyModuleMixin = torch.nn.modules.lazy.LazyModuleMixin
class Scaled(LazyModuleMixin, nn.Module):
    def __init__(self): super().__init__(); self.w = nn.UninitializedParameter(); self.register_buffer("b", nn.UninitializedBuffer())
    def forward(self, x, more=0): return x * self.w + more
Scaled()(torch.ones(2))
class Half(Scaled):
    def initialize_parameters(self, x, more=0): self.w.materialize(x.shape)
Half()(torch.ones(2))
class Whole(Half):
    def initialize_parameters(self, x, more=0): super().initialize_parameters(x); self.b.materialize((1,)); _ = nn.init.constant_(self.w, 2.0); show("made for", x, more)
m = Whole(); _ = m.register_forward_pre_hook(lambda m, args: show("hook", m.w)); m(torch.ones(2), more=1), m(torch.ones(2)), type(m) is Whole, m.has_uninitialized_params()
""",
}

LAYER = """
layer, list(layer.state_dict()), [is_lazy(v) for v in layer.state_dict().values()], layer.has_uninitialized_params()
_ = torch.manual_seed(3); x = torch.randn({shape}, requires_grad=True); out = layer(x); layer, out.shape
out.pow(2).sum().backward(); x.grad.shape, layer.state_dict()
attempt(lambda: {make}()(torch.ones(3)) if "Norm" in "{make}" else {make}(4, 2)(torch.ones(3)))
"""


def layers(name, arguments, shape):
    """A snippet for a lazy layer with each of several arguments."""
    made = LAYER.format(make=f"nn.{name}", shape=shape)
    return BEGIN + "".join(f"layer = nn.{name}({given})\n{made}" for given in arguments)


for _d, _shape in ((1, "2, 4, 5"), (2, "2, 4, 3, 4"), (3, "1, 4, 3, 3, 4")):
    _moved = f"2, 2, bias=False, stride=2, padding=1, groups=2{', dtype=torch.float32' if _d == 2 else ''}"
    _wrong = "nn.{0}(2, 2, groups=2)(torch.ones(3, " + ", ".join("5" * _d) + "))\n"
    for _name in (f"LazyConv{_d}d", f"LazyConvTranspose{_d}d"):
        CASES[_name] = layers(_name, ("2, 2", _moved), _shape) + _wrong.format(_name)
    for _name in (f"LazyBatchNorm{_d}d", f"LazyInstanceNorm{_d}d"):
        _given = ("", "eps=0.1, momentum=0.2, bias=False", "affine=False", "track_running_stats=False")
        CASES[_name] = (
            layers(_name, _given, _shape)
            + f"layer = nn.{_name}(affine=False, track_running_stats=False); layer(x).shape, layer"
        )

# ruff: noqa: E501  a snippet shows one family of things in one line
"""torch.nn.utils: clipped gradients, parameters as vectors, parametrised, normalised and pruned weights."""

CASES = {
    "clipping": """
nn = torch.nn; u = nn.utils
p, q = nn.Parameter(torch.ones(2)), nn.Parameter(torch.ones(1, 2)); p.grad, q.grad = torch.tensor([3.0, 4.0]), torch.tensor([[12.0, 0.0]])
u.clip_grad_norm_([p, q], 6.5), p.grad, q.grad
u.clip_grad_norm_(p, 100.0), p.grad, u.clip_grad_norm_([p, q], 1.0, norm_type=inf), p.grad, q.grad
u.clip_grad_norm_([p, q], 0.5, norm_type=1), p.grad
u.clip_grad_value_([p, q], 0.05), p.grad, q.grad
u.get_total_norm([p.grad, q.grad]), u.get_total_norm([]), u.clip_grads_with_norm_([p], 1.0, torch.tensor(4.0)), p.grad
u.clip_grad_norm_([nn.Parameter(torch.ones(2))], 1.0)
p.grad = torch.tensor([nan, 1.0]); u.clip_grad_norm_([p], 1.0), p.grad
u.clip_grad_norm_([p], 1.0, error_if_nonfinite=True)
p.grad = torch.tensor([3.0, 4.0], dtype=torch.float32); u.clip_grad_norm_((x for x in [p]), 1.0, 2), p.grad
""",
    "vectors": """
nn = torch.nn; u = nn.utils
_ = torch.manual_seed(0); m = nn.Linear(2, 2); v = u.parameters_to_vector(m.parameters()); v
v.sum().backward(); m.bias.grad
u.vector_to_parameters(torch.arange(6.0), m.parameters()); m.weight, m.bias
u.vector_to_parameters([1.0], m.parameters())
u.skip_init(nn.Linear, 2, 3).weight.shape, u.skip_init(nn.Linear, 2, 3)
""",
    "parametrised weights": """
nn = torch.nn; P = nn.utils.parametrize
class Symmetric(nn.Module): forward = lambda self, x: x.triu() + x.triu(1).T; right_inverse = lambda self, x: x.triu()
class Double(nn.Module): forward = lambda self, x: 2 * x
_ = torch.manual_seed(0); m = nn.Linear(2, 2); P.register_parametrization(m, "weight", Symmetric()), m.weight, list(m.state_dict()), [n for n, _ in m.named_parameters()]
m(torch.ones(2)).sum().backward(); m.parametrizations.weight.original.grad, P.is_parametrized(m), P.is_parametrized(m, "bias"), P.type_before_parametrizations(m).__name__, type(m).__name__, isinstance(m, nn.Linear)
m.weight = torch.tensor([[1.0, 2.0], [2.0, 3.0]]); m.weight, m.parametrizations.weight.original
P.register_parametrization(m, "weight", Double()), m.weight, len(m.parametrizations.weight)
m.weight = torch.ones(2, 2)
with P.cached(): show(m.weight is m.weight)
m.weight is m.weight, copy.deepcopy(m).weight.equal(m.weight)
P.remove_parametrizations(m, "weight"), m.weight, list(m.state_dict()), type(m).__name__
P.remove_parametrizations(m, "weight")
P.register_parametrization(m, "foo", Symmetric())
class Shape(nn.Module): forward = lambda self, x: x[:1]
P.register_parametrization(m, "weight", Shape())
P.register_parametrization(m, "weight", Shape(), unsafe=True).weight.shape
m = P.register_parametrization(nn.Linear(2, 2), "weight", Symmetric()); o = m.parametrizations.weight.original; P.remove_parametrizations(m, "weight", leave_parametrized=False).weight is o
m = P.register_parametrization(nn.BatchNorm1d(2), "running_var", Double()); m.running_var, list(m.state_dict())
""",
    "norm and direction": """
nn = torch.nn; P = nn.utils.parametrizations
_ = torch.manual_seed(0); m = P.weight_norm(nn.Linear(3, 2)); m, list(m.state_dict()), m.parametrizations.weight.original0, m.weight
m(torch.ones(3)).sum().backward(); m.parametrizations.weight.original0.grad, m.parametrizations.weight.original1.grad
c = P.weight_norm(nn.Conv1d(2, 3, 2), dim=1); c.parametrizations.weight.original0.shape, P.weight_norm(nn.Linear(2, 2), dim=None).parametrizations.weight.original0.shape
m.weight = torch.ones(2, 3); m.weight, m.parametrizations.weight.original0.detach()
_ = torch.manual_seed(0); m = nn.utils.weight_norm(nn.Linear(3, 2)); m.weight_g, list(m.state_dict()), m(torch.ones(3))
nn.utils.remove_weight_norm(m), list(m.state_dict())
nn.utils.remove_weight_norm(m)
""",
    "the largest singular value": """
nn = torch.nn; P = nn.utils.parametrizations
_ = torch.manual_seed(0); m = P.spectral_norm(nn.Linear(3, 2)); m, list(m.state_dict()), m.weight, m.parametrizations.weight[0]._u
m(torch.ones(3)).sum().backward(); m.parametrizations.weight.original.grad, m.eval().weight.detach(), m.weight.detach()
P.spectral_norm(nn.ConvTranspose1d(2, 3, 2)).weight.shape, P.spectral_norm(nn.Linear(2, 2), "bias").bias.norm()
P.spectral_norm(nn.Linear(2, 2), "foo")
P.spectral_norm(nn.Linear(2, 2), n_power_iterations=0)
_ = torch.manual_seed(0); m = nn.utils.spectral_norm(nn.Linear(3, 2)); list(m.state_dict()), m(torch.ones(3)), m.weight_u
nn.utils.remove_spectral_norm(m), list(m.state_dict())
nn.utils.remove_spectral_norm(m)
""",
    "orthogonal weights": """
nn = torch.nn; P = nn.utils.parametrizations; torch.set_default_dtype(torch.float64)
_ = torch.manual_seed(0); m = P.orthogonal(nn.Linear(3, 3)); m, list(m.state_dict()), m.weight.detach()
m(torch.arange(3.0)).pow(2).sum().backward(); m.parametrizations.weight.original.grad.abs().max() < 1e-12, (m(torch.arange(3.0))[0]).backward(), m.parametrizations.weight.original.grad
for how in ("cayley", "matrix_exp", "householder"): m = P.orthogonal(nn.Linear(2, 4), orthogonal_map=how); show((m.weight.T @ m.weight - torch.eye(2)).abs().max() < 1e-12)
for how in ("cayley", "matrix_exp", "householder"): _ = torch.manual_seed(1); m = P.orthogonal(nn.Linear(4, 2), orthogonal_map=how, use_trivialization=False) if how == "householder" else P.orthogonal(nn.Linear(4, 2), orthogonal_map=how); m(torch.arange(4.0))[0].backward(); show(m.weight.detach(), m.parametrizations.weight.original.grad.round(decimals=6) + 0.0)
P.orthogonal(nn.Linear(2, 2), "bias")
P.orthogonal(nn.Linear(2, 2), orthogonal_map="x")
P.orthogonal(nn.Linear(2, 2), orthogonal_map="cayley", use_trivialization=False).weight.shape
""",
    "pruned weights": """
import importlib; nn = torch.nn; pr = importlib.import_module(nn.__name__ + ".utils.prune")
_ = torch.manual_seed(0); m = pr.l1_unstructured(nn.Linear(3, 2), "weight", 0.5); m, list(m.state_dict()), m.weight, m.weight_mask, pr.is_pruned(m)
m(torch.ones(3)).sum().backward(); m.weight_orig.grad
_ = torch.manual_seed(3); pr.random_unstructured(m, "weight", 1).weight_mask.sum(), type(next(iter(m._forward_pre_hooks.values()))).__name__
pr.remove(m, "weight"), list(m.state_dict()), pr.is_pruned(m), (m.weight == 0).sum()
pr.ln_structured(nn.Linear(3, 4), "weight", 2, n=2, dim=0).weight_mask.sum(1).sort()[0], pr.random_structured(nn.Linear(3, 4), "weight", 0.5, dim=1).weight_mask.sum()
a, b = nn.Linear(2, 2), nn.Linear(2, 2); pr.global_unstructured([(a, "weight"), (b, "weight")], pr.L1Unstructured, amount=3); a.weight_mask, b.weight_mask
pr.custom_from_mask(nn.Linear(2, 1), "weight", torch.tensor([[0, 1]])).weight_mask, pr.identity(nn.Linear(2, 1), "bias").bias_mask
pr.l1_unstructured(nn.Linear(2, 2), "weight", 1, importance_scores=torch.tensor([[1.0, 2], [0, 3]])).weight_mask
pr.remove(nn.Linear(2, 2), "weight")
pr.l1_unstructured(nn.Linear(2, 2), "weight", 1.5)
pr.l1_unstructured(nn.Linear(2, 2), "weight", 50)
pr.l1_unstructured(nn.Linear(2, 2), "weight", "a")
pr.ln_structured(nn.Linear(2, 2), "bias", 1, 2, 0)
pr.L1Unstructured(1).prune(torch.tensor([3.0, -1.0, 2.0]))
m = pr.ln_structured(pr.l1_unstructured(nn.Linear(3, 3), "weight", 2), "weight", 1, n=1, dim=0); (m.weight_mask.sum(1) == 0).sum()
""",
}
CASES["scaled losses"] = """
p = torch.nn.Parameter(torch.ones(2)); o = torch.optim.SGD([p], lr=0.1); s = torch.amp.GradScaler("cpu", growth_interval=2)
loss = s.scale((p**2).sum()); loss, s.scale([loss.detach(), (loss.detach(),)])
loss.backward(); p.grad, s.unscale_(o), p.grad, s.step(o), s.update(), p.detach(), s.get_scale(), s.state_dict()
o.zero_grad(); s.scale((p * inf).sum()).backward(); s.step(o), s.update(), p.detach(), s.get_scale(), s.state_dict()
for _ in range(2): o.zero_grad(); s.scale((p**2).sum()).backward(); s.step(o); s.update()
s.get_scale(), p.detach(), s.is_enabled(), s.get_growth_factor(), s.get_backoff_factor(), s.get_growth_interval()
o.zero_grad(); s.scale((p**2).sum()).backward(); s.unscale_(o)
s.unscale_(o)
s.scale(3)
d = torch.amp.GradScaler("cpu", enabled=False); d.scale(p).equal(p), d.get_scale(), d.state_dict(), d.step(o), d.update()
again = torch.amp.GradScaler("cpu"); again.load_state_dict(s.state_dict()); again.state_dict() == s.state_dict()
again.load_state_dict({})
"""

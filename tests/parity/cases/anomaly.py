# ruff: noqa: E501  a snippet shows one family of things in one line
"""detect_anomaly, gradcheck and gradgradcheck."""

_CHECK = """
check, check2 = torch.autograd.gradcheck, torch.autograd.gradgradcheck
x = torch.tensor([0.5, 1.5], dtype=torch.float64, requires_grad=True); w = torch.tensor([2.0, -1.0], dtype=torch.float64, requires_grad=True)
class Wrong(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x
    @staticmethod
    def backward(ctx, g):
        return 3 * ctx.saved_tensors[0] * g
"""
# The first forward derivative in a process warns about PyTorch's own innards.
_WARMED = """
import warnings
with warnings.catch_warnings(record=True): _ = torch.func.jvp(torch.sin, (torch.ones(()),), (torch.ones(()),))
"""

CASES = {
    "switches": """
on, nan_checked = torch.is_anomaly_enabled, torch.is_anomaly_check_nan_enabled
on(), nan_checked()
with torch.autograd.detect_anomaly(): show(on(), nan_checked())
on(), nan_checked()
with torch.autograd.detect_anomaly(check_nan=False): show(on(), nan_checked())
with torch.autograd.set_detect_anomaly(True): show(on())
with torch.autograd.set_detect_anomaly(True, check_nan=False): show(on(), nan_checked())
with torch.autograd.set_detect_anomaly(False): show(on())
torch.autograd.set_detect_anomaly(True) and None
on(), nan_checked()
_ = torch.autograd.set_detect_anomaly(True, False); on(), nan_checked()
_ = torch.autograd.set_detect_anomaly(False); on(), nan_checked()
with torch.autograd.detect_anomaly():
    with torch.autograd.set_detect_anomaly(False): show(on())
    show(on())
try:
    with torch.autograd.set_detect_anomaly(True): raise KeyError
except KeyError: show(on())
with torch.autograd.detect_anomaly(False): show(on(), nan_checked())
torch.autograd.set_detect_anomaly("a")
torch.autograd.anomaly_mode.detect_anomaly is torch.autograd.detect_anomaly
_ = torch.autograd.set_detect_anomaly(False)
""",
    "gradients that are not numbers": """
z = torch.tensor([0.0, 1.0], requires_grad=True)
with torch.autograd.set_detect_anomaly(True): y = (z.sqrt() * 0).sum(); y.backward()
z.grad
with torch.autograd.set_detect_anomaly(True): (z.sqrt()).sum().backward(); show(z.grad)
z.grad = None
with torch.autograd.set_detect_anomaly(True, check_nan=False): (z.sqrt() * 0).sum().backward(); show(z.grad)
n = torch.tensor([-1.0], requires_grad=True)
with torch.autograd.set_detect_anomaly(True): n.sqrt().backward()
with torch.autograd.set_detect_anomaly(True): (n * nan).backward()
with torch.autograd.set_detect_anomaly(True): (n * 1).backward(torch.tensor([nan]))
with torch.autograd.set_detect_anomaly(True): torch.autograd.grad(n.log().exp().sqrt(), n)
with torch.autograd.detect_anomaly(): torch.autograd.grad(torch.where(z > 0, z.sqrt(), z).sum(), z)
with torch.autograd.set_detect_anomaly(True): g = torch.autograd.grad((z * 2).sum(), z); show(g)
z.grad = None; (z.sqrt() * 0).sum().backward(); z.grad
""",
    "recorded without anomaly": """
z = torch.tensor([0.0, 1.0], requires_grad=True)
y = (z.sqrt() * 0).sum()
with torch.autograd.set_detect_anomaly(True): y.backward()
with torch.autograd.set_detect_anomaly(True): y = (z.sqrt() * 0).sum()
y.backward()
z.grad
""",
    "errors of the pass": """
x = torch.tensor([1.0, 2.0], requires_grad=True)
with torch.autograd.set_detect_anomaly(True): y = x.exp(); y.add_(1); y.sum().backward()
with torch.autograd.set_detect_anomaly(True): m = x * 1; y = m * m; m.zero_(); y.sum().backward()
class Boom(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x): return x * 2
    @staticmethod
    def backward(ctx, g): raise KeyError("from the rule")
with torch.autograd.set_detect_anomaly(True): Boom.apply(x).sum().backward()
class Nan(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x): return x * 2
    @staticmethod
    def backward(ctx, g): return g * nan
with torch.autograd.set_detect_anomaly(True): Nan.apply(x).sum().backward()
class Second(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, w): return x * w
    @staticmethod
    def backward(ctx, g): return g, g * nan
with torch.autograd.set_detect_anomaly(True): Second.apply(x, x * 1).sum().backward()
with torch.autograd.set_detect_anomaly(True): y = (x * x).sum(); y.backward(); y.backward()
y = x.exp(); y.add_(1)
with torch.autograd.set_detect_anomaly(True): y.sum().backward()
torch.is_anomaly_enabled()
""",
    "nodes made while detecting": """
x = torch.tensor([1.0, 2.0], requires_grad=True)
with torch.autograd.set_detect_anomaly(True): y = x.exp(); z = y * 2
sorted(y.grad_fn.metadata), type(y.grad_fn.metadata["traceback_"]).__name__
z.grad_fn.metadata.get("parent_"), sorted((x * 1).grad_fn.metadata)
with torch.autograd.set_detect_anomaly(True): (g,) = torch.autograd.grad((x ** 3).sum(), x, create_graph=True)
sorted(g.grad_fn.metadata), g.grad_fn.metadata["parent_"].name()
""",
    "second derivatives that are not numbers": """
z = torch.tensor([0.0], requires_grad=True)
with torch.autograd.set_detect_anomaly(True): (g,) = torch.autograd.grad((z ** 1.5).sum(), z, create_graph=True); show(g.detach()); torch.autograd.grad(g * 0, z)
""",
    "gradcheck that passes": _CHECK
    + """
check(torch.sin, x), check(torch.sin, (x,)), check(lambda x, w: x * w, (x, w)), check(lambda x, w: (x * w, x + w), (x, w)), check(lambda x: x.sum(), x)
check(lambda x: (x ** 3).sum(), [x])
check(lambda x, n: x ** n, (x, 3)), check(lambda x, c: x * c, (x, torch.ones(2, dtype=torch.float64)))
check(lambda x: x.exp(), x, eps=1e-5), check(torch.sin, x, eps=1e-6, atol=1e-5, rtol=1e-3, raise_exception=True), check(inputs=x, func=torch.cos)
check(torch.sin, x, 1e-6)
check(lambda x: (x > 0).double() * x, x), check(lambda x: x.view(2, 1) @ x.view(1, 2), x), check(lambda x: torch.softmax(x, 0), x)
check(lambda x: 5 * torch.ones(2, dtype=torch.float64), x)
check(lambda x: (x, x.detach()), x)
check(lambda x: [x * 2, x.sum()], x)
check(torch.abs, torch.tensor([1.0, -2.0], dtype=torch.float64, requires_grad=True))
check2(torch.sin, x), check2(lambda x, w: x * w, (x, w)), check2(lambda x: x ** 3, x), check2(lambda x: (x * x).sum(), x)
check2(lambda x, w: x * w, (x, w), grad_outputs=(torch.ones(2, dtype=torch.float64, requires_grad=True),))
check2(lambda x: x * 2, x), check2(torch.sin, x, gen_non_contig_grad_outputs=True)
x.grad, w.grad
""",
    "gradcheck that fails": _CHECK
    + """
check(Wrong.apply, x, raise_exception=False)
check(Wrong.apply, x)
check(lambda x, w: Wrong.apply(x) * w, (w, x))
check(lambda x, w: w * Wrong.apply(x), (x.detach(), w))
check(lambda w, x: w * Wrong.apply(x), (w, x))
check(lambda x: (x * 2, Wrong.apply(x)), x)
check(Wrong.apply, x, atol=10.0), check(Wrong.apply, x, rtol=10.0, raise_exception=False)
check2(Wrong.apply, x)
check2(Wrong.apply, x, raise_exception=False)
check(lambda x: x.detach() * x, x, raise_exception=False)
check(torch.relu, torch.tensor([0.0], dtype=torch.float64, requires_grad=True))
try: check(Wrong.apply, torch.tensor(1.0, dtype=torch.float64, requires_grad=True))
except Exception as error: show(type(error).__name__, isinstance(error, RuntimeError), str(error).splitlines()[:1])
""",
    "gradcheck of the wrong things": _CHECK
    + """
check(torch.sin, x.detach())
check(torch.sin, ())
check(torch.sin, 1.0)
check(torch.sin, x.detach(), raise_exception=False)
check(torch.sin, torch.tensor([1.0], requires_grad=True), raise_exception=False)
check(lambda x: x * 2, torch.tensor([1.0], requires_grad=True), eps=1e-2)
check(lambda x: None, x)
check(lambda x: 5, x)
check(lambda x: x.sum().item(), x)
def boom(x): raise KeyError("in the function")
check(boom, x)
check(boom, x, raise_exception=False)
check(torch.sin, torch.ones(1, dtype=torch.float64).expand(3).requires_grad_())
check(torch.sin, torch.zeros(0, dtype=torch.float64, requires_grad=True))
check2(torch.sin, x.detach())
_ = check2(torch.sin, torch.tensor([1.0], requires_grad=True), raise_exception=False)
check(torch.sin, x, unknown=1)
""",
    "gradcheck and randomness": _CHECK
    + """
count = []
class Varies(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x): return x * 2
    @staticmethod
    def backward(ctx, g):
        count.append(1)
        return g * (2 + 1e-3 * len(count))
check(Varies.apply, x, atol=1.0)
check(Varies.apply, x, atol=1.0, nondet_tol=1.0)
check(Varies.apply, x, atol=1.0, raise_exception=False)
check(lambda x: x * torch.rand(2, dtype=torch.float64), x)
""",
    "gradcheck of undefined gradients": _CHECK
    + """
class NoneLess(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.set_materialize_grads(False)
        return x * 2, x * 3
    @staticmethod
    def backward(ctx, g, h):
        return g * 2 + h * 3
check(NoneLess.apply, x)
check(NoneLess.apply, x, check_undefined_grad=False, raise_exception=False)
class Fills(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.set_materialize_grads(False)
        return x * 2
    @staticmethod
    def backward(ctx, g):
        return torch.ones(2, dtype=torch.float64) if g is None else g * 2
check(Fills.apply, x, check_undefined_grad=False)
class NoneOut(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x): return x.detach() * 0 + 1
    @staticmethod
    def backward(ctx, g): return None
check(NoneOut.apply, x)
""",
    "gradcheck of forward derivatives": _WARMED
    + _CHECK
    + """
check(torch.sin, x, check_forward_ad=True), check(lambda x, w: x * w, (x, w), check_forward_ad=True), check(torch.sin, x, check_forward_ad=True, check_backward_ad=False)
check2(torch.sin, x, check_fwd_over_rev=True), check2(torch.sin, x, check_fwd_over_rev=True, check_rev_over_rev=False, check_undefined_grad=False)
check2(torch.sin, x, check_fwd_over_rev=True, check_rev_over_rev=False)
class Bad(torch.autograd.Function):
    @staticmethod
    def forward(x): return x * 2
    @staticmethod
    def setup_context(ctx, inputs, output): pass
    @staticmethod
    def backward(ctx, g): return g * 2
    @staticmethod
    def jvp(ctx, t): return t * 3
check(Bad.apply, x)
check(Bad.apply, x, check_forward_ad=True)
check(Bad.apply, x, check_forward_ad=True, raise_exception=False)
check(torch.sin, x, check_backward_ad=False)
check(torch.sin, x, check_forward_ad=False, check_backward_ad=False)
""",
    "gradcheck in batches": _WARMED
    + _CHECK
    + """
check(torch.sin, x, check_batched_grad=True), check(lambda x, w: (x * w).sum(), (x, w), check_batched_grad=True)
check(torch.sin, x, check_forward_ad=True, check_batched_forward_grad=True)
check2(torch.sin, x, check_batched_grad=True)
check(torch.sin, x, check_batched_forward_grad=True)
class Odd(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x): return x * 2
    @staticmethod
    def backward(ctx, g):
        assert g.sum().item() is not None
        return g * 2
check(Odd.apply, x)
str(attempt(lambda: check(Odd.apply, x, check_batched_grad=True)))[:53]
check(torch.sin, x, check_batched_grad=False)
""",
    "gradcheck made fast": _CHECK
    + """
check(torch.sin, x, fast_mode=True), check(lambda x, w: (x * w, x.sum()), (x, w), fast_mode=True)
check(Wrong.apply, x, fast_mode=True)
check(Wrong.apply, x, fast_mode=True, raise_exception=False)
check2(torch.sin, x, fast_mode=True)
check(torch.sin, torch.arange(20.0, dtype=torch.float64).requires_grad_(), fast_mode=True)
""",
    "deterministic algorithms": """
torch.are_deterministic_algorithms_enabled()
torch.use_deterministic_algorithms(True); torch.are_deterministic_algorithms_enabled()
torch.empty(3), torch.empty(2, dtype=torch.int64), torch.empty(1, dtype=torch.bool)
x = torch.tensor([1.0, 2.0], requires_grad=True); torch.autograd.grad(x[[0, 0, 1]].sum(), x)
torch.use_deterministic_algorithms(False); torch.are_deterministic_algorithms_enabled()
torch.use_deterministic_algorithms(True, warn_only=True); torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()
torch.use_deterministic_algorithms(False)
""",
    "gradcheck of complex functions": _CHECK
    + """
z = torch.tensor([1 + 2j, -0.5j], dtype=torch.complex128, requires_grad=True)
check(lambda z: z * z, z), check(lambda z: z.abs(), z), check(torch.exp, z), check(lambda z: z.real * z.imag, z), check(lambda z: z.conj() * 2, z), check(lambda z: torch.view_as_real(z), z)
check(lambda x: x * 1j, x), check(lambda x, z: x * z, (x, z)), check(lambda x: torch.complex(x, x * 2), x)
check2(lambda z: z * z, z), check2(lambda z: z.abs(), z)
check(Wrong.apply, z)
check(Wrong.apply, z, raise_exception=False)
_ = check(torch.sin, torch.tensor([1j], requires_grad=True), raise_exception=False)
class Unconj(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z):
        ctx.save_for_backward(z)
        return z * z
    @staticmethod
    def backward(ctx, g): return g * 2 * ctx.saved_tensors[0]
check(Unconj.apply, z)
check(lambda z: z * z, z, fast_mode=True)
""",
}

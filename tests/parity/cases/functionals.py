# ruff: noqa: E501  a snippet shows one family of things in one line
"""torch.autograd.functional, torch.autograd.forward_ad, and the Jacobians of torch.func."""

START = """
A = torch.autograd.functional
x = torch.tensor([1.0, 2.0]); y = torch.tensor([[1.0], [3.0]]); v = torch.tensor([1.0, 10.0])
def square(x): return x * x
def both(x, y): return (x * y).sum(0), (x * x).sum()
def number(x): return (x ** 3).sum()
def number2(x, y): return (x * y.squeeze() ** 2).sum()
"""

CASES = {
    "products": START
    + """
A.vjp(square, x, v), A.jvp(square, x, v), A.vhp(number, x, v), A.hvp(number, x, v)
A.vjp(both, (x, y), (v, torch.tensor(2.0)))
A.jvp(both, (x, y), (v, y))
A.vhp(number2, (x, y), (v, y)), A.hvp(number2, (x, y), (v, y))
A.vjp(number, x), A.vjp(square, torch.tensor([3.0])), A.jvp(square, torch.tensor(3.0))
A.vjp(lambda x: torch.ones(2), x, v), A.jvp(lambda x: torch.ones(2), x, v), A.vhp(lambda x: x.sum(), x, v)
out, g = A.vjp(square, x.clone().requires_grad_(), v, create_graph=True); out.requires_grad, g.requires_grad
out, g = A.vjp(square, x.clone().requires_grad_(), v); out.requires_grad, g.requires_grad
""",
    "products refused": START
    + """
A.vjp(square, x)
A.vjp(square, x, torch.ones(3))
A.vjp(both, (x, y), (v,))
A.vjp(square, 3.0)
A.vjp(lambda x: 3, x)
A.vhp(square, x, v)
A.vhp(both, (x, y), (v, y))
A.vjp(lambda x: torch.ones(2), x, v, strict=True)
A.vjp(lambda x, y: x * x, (x, y), v, strict=True)
A.jvp(square, x)
""",
    "matrices": START
    + """
A.jacobian(square, x), A.jacobian(square, x, vectorize=True), A.jacobian(square, x, vectorize=True, strategy="forward-mode")
A.jacobian(both, (x, y))
[list(row) for row in A.jacobian(both, (x, y), vectorize=True)], [list(row) for row in A.jacobian(both, (x, y), vectorize=True, strategy="forward-mode")]
A.hessian(number, x), A.hessian(number, x, vectorize=True), A.hessian(number2, (x, y))
A.jacobian(lambda x: torch.ones(2), x), A.jacobian(lambda x: x.sum(), x), A.jacobian(square, torch.tensor(2.0))
A.jacobian(square, x.clone().requires_grad_(), create_graph=True).requires_grad, A.jacobian(square, x.clone().requires_grad_()).requires_grad
A.hessian(square, x)
A.hessian(both, (x, y))
A.jacobian(square, x, strategy="sideways")
A.jacobian(lambda x, y: x * x, (x, y), strict=True)
A.jacobian(square, 3)
""",
    "forward_ad": """
fwAD = torch.autograd.forward_ad
x, t = torch.tensor([1.0, 2.0]), torch.tensor([1.0, 10.0])
with fwAD.dual_level(): d = fwAD.make_dual(x, t); u = fwAD.unpack_dual(torch.sin(d) * d); show(u.primal, u.tangent); show(fwAD.unpack_dual(x * 2)); e = d.sum(); show(fwAD.unpack_dual(e).tangent)
fwAD.make_dual(x, t)
fwAD.unpack_dual(x)
level = fwAD.enter_dual_level(); level, fwAD.exit_dual_level(level=level)
fwAD.exit_dual_level(level=3)
with fwAD.dual_level(): show(attempt(lambda: fwAD.make_dual(x, torch.ones(3)))); show(attempt(lambda: fwAD.make_dual(torch.tensor([1]), torch.tensor([1]))))
w = torch.tensor([3.0, 4.0], requires_grad=True)
with fwAD.dual_level(): out = fwAD.unpack_dual((fwAD.make_dual(x, t) * w).sum()).tangent; show(torch.autograd.grad(out, w))
""",
    "jacobians of torch.func": START
    + """
f = torch.func; jacrev, jacfwd, hessian, linearize, vmap = f.jacrev, f.jacfwd, f.hessian, f.linearize, f.vmap
jacrev(square)(x), jacfwd(square)(x), hessian(number)(x)
jacrev(both, argnums=(0, 1))(x, y)
jacfwd(both, argnums=(0, 1))(x, y)
jacrev(both, argnums=1)(x, y)
jacrev(lambda d: {"out": d["a"] * d["b"]})({"a": x, "b": x + 1})
jacrev(lambda x: (x * x, {"aux": x.sum()}), has_aux=True)(x), jacfwd(lambda x: (x * x, x.sum()), has_aux=True)(x)
jacrev(square, chunk_size=1)(x), attempt(lambda: jacrev(square, chunk_size=0)(x))
hessian(number2, argnums=(0, 1))(x, y)
jacrev(jacfwd(number))(x), jacfwd(jacrev(jacrev(number)))(x)
out, push = linearize(square, x); out, push(v), push(torch.ones(2))
attempt(lambda: jacrev(lambda x: 3)(x))
attempt(lambda: jacrev(square, argnums=2)(x))
vmap(jacrev(square))(torch.ones(2, 2)), jacrev(vmap(torch.sin))(x)
vmap(lambda x: x + torch.rand(2), randomness="same")(torch.zeros(3, 2)).std(0), vmap(lambda x: x + torch.randn(2), randomness="different")(torch.zeros(3, 2))
vmap(torch.nn.functional.dropout, randomness="different")(torch.ones(2, 4)), vmap(lambda x: torch.randint(10, (2,)) + x, randomness="different")(torch.zeros(2, 2))
vmap(square, chunk_size=2)(torch.arange(5.0)), vmap(torch.dot, in_dims=(1, 0), chunk_size=2)(torch.ones(2, 3), torch.ones(3, 2))
attempt(lambda: vmap(square, randomness="some")(x))
attempt(lambda: vmap(square, chunk_size=0)(x))
""",
    "functional_call": """
f = torch.func; functional_call, stack_module_state, vmap, grad = f.functional_call, f.stack_module_state, f.vmap, f.grad
class Scaled(torch.nn.Module):
    def __init__(self, value=2.0): super().__init__(); self.w = torch.nn.Parameter(torch.tensor([value])); self.register_buffer("b", torch.tensor([0.5])); self.tied = self.w
    def forward(self, x, *, plus=0): return self.w * x + self.b + plus
m = Scaled(); x = torch.tensor([3.0])
functional_call(m, {"w": torch.tensor([10.0])}, x), functional_call(m, {"w": torch.tensor([10.0])}, (x,), {"plus": 1}), m(x), m.w
functional_call(m, [{"w": torch.tensor([1.0])}, {"b": torch.tensor([7.0])}], x)
functional_call(m, {"nothing": x}, x)
functional_call(m, {"w": x}, x, strict=True)
functional_call(m, [{"w": x}, {"w": x}], x)
functional_call(m, 3, x)
grad(lambda p: functional_call(m, p, x).sum())({"w": torch.tensor([10.0])})
p, b = stack_module_state([Scaled(1.0), Scaled(2.0)]); p, b
vmap(lambda p, b: functional_call(m, (p, b), x))(p, b)
stack_module_state([])
""",
}

# ruff: noqa: E501  a snippet shows one family of things in one line
"""Complex numbers: their parts, PyTorch's convention for their gradients, and what is refused."""

_FUNCTIONS = "exp log sqrt sin cos tan tanh sigmoid square abs asin acos atan sinh cosh asinh acosh atanh reciprocal rsqrt neg angle sgn conj"

CASES = {
    "the convention": """
z = torch.tensor(1 + 2j, requires_grad=True)
(z.abs() ** 2).backward(); z.grad
torch.autograd.grad(z * z, z, torch.tensor(1 + 0j))
torch.autograd.grad(z.imag, z)
torch.autograd.grad(z.real, z)
torch.autograd.grad((z * z.conj()).real, z)
torch.autograd.grad(z.angle(), z)
torch.autograd.grad(z.conj(), z, torch.tensor(2 + 3j))
(z * z).backward()
x = torch.tensor([0.5, 2.0], requires_grad=True)
torch.autograd.grad((torch.exp(1j * x) * (2 - 1j)).real.sum(), x)
torch.autograd.grad((x * (1 + 2j)).abs().sum(), x)
torch.autograd.grad(torch.complex(x, x * x).abs().sum(), x)
torch.autograd.grad(torch.polar(x, x).real.sum(), x)
torch.autograd.grad(torch.view_as_real(z * x).sum(), [z, x])
w = torch.tensor([0j, 3 + 4j], requires_grad=True)
torch.autograd.grad(w.abs().sum(), w)
torch.autograd.grad(w.angle().sum(), w)
torch.autograd.grad(w.sgn().real.sum(), w)
torch.autograd.grad(w.std(), w), torch.autograd.grad(w.var(), w), torch.autograd.grad(w.mean().real, w)
(g,) = torch.autograd.grad((z * z * z).real, z, create_graph=True)
torch.autograd.grad(g.abs(), z)
""",
    "gradients of functions": f"""
z = torch.tensor([0.5 + 0.25j, -0.5 + 0.75j], requires_grad=True)
for name in "{_FUNCTIONS}".split():
    out = getattr(torch, name)(z)
    seed = torch.ones(2, dtype=out.dtype)
    show(name, out.detach(), torch.autograd.grad(out, z, seed)[0])
""",
    "gradients of two operands": """
z = torch.tensor([0.5 + 0.25j, 1.5 - 0.75j], requires_grad=True)
w = torch.tensor([[1 - 0.5j, 2 + 0.5j], [0.25 + 0.5j, 1 + 0.25j]], requires_grad=True)
for f in [lambda: z + w, lambda: z - w, lambda: z * w, lambda: z / w, lambda: w ** z, lambda: w @ z, lambda: w @ w, lambda: torch.where(w.real > 0.5, z, w), lambda: w.H @ w, lambda: torch.cat([z, w[0]]), lambda: torch.stack([z, z])]:
    out = f()
    show(out.detach(), [None if g is None else g for g in torch.autograd.grad(out, [z, w], torch.full_like(out, 1 - 2j), allow_unused=True)])
(z.detach() * torch.tensor([1, 2])).dtype, (z.detach() / 2).dtype, (z.detach() + torch.ones(2, dtype=torch.float64)).dtype
""",
    "parts": """
z = torch.tensor([[1 + 2j, 3j], [4.0, -1j]])
z.real, z.imag, torch.real(z), torch.imag(z)
z.abs(), abs(z).dtype, z.to(torch.complex128).abs().dtype
z.conj(), z.resolve_conj(), torch.conj_physical(z), torch.tensor(1j).is_conj()
z.angle(), z.sgn(), z.isreal()
z.H, z.mH, torch.adjoint(z), z.T
torch.view_as_real(z).shape, torch.view_as_complex(torch.view_as_real(z))
torch.angle(torch.tensor([-1.0, -0.0, 0.0, nan, 2, -inf])), torch.angle(torch.tensor([1, -1])), torch.angle(torch.tensor([True]))
torch.sgn(torch.tensor([-2.0, 0.0, nan])), torch.isreal(torch.tensor([1.0, nan])), torch.isreal(torch.tensor([1, 2]))
x = torch.ones(2)
x.real is x, x.conj() is x, torch.resolve_conj(x) is x
torch.is_complex(z), torch.is_complex(x), z.is_complex(), torch.is_floating_point(x), x.is_floating_point()
torch.complex(x, x[:, None]), torch.polar(x, x)
z.mean(), z.sum(0), z.var(), z.std(0), z.var(0, False)
torch.logsumexp(z, 0)
complex(z[0, 0]), z[0, 0].item(), z.tolist()
z == z, z != 3j, z.logical_not(), z.all(), z.any(), z.isnan(), z.isfinite()
z.real.add_(1); z
z.imag.zero_(); z
torch.view_as_real(z)[0, 0, 1] = 7; z
v = torch.zeros(2, 2); torch.view_as_complex(v).fill_(1 + 2j); v
""",
    "what is refused": """
c = torch.tensor([1 + 2j, 3j])
for f in [lambda: c < c, lambda: c <= 1, lambda: c > 2j, lambda: c >= c, lambda: torch.maximum(c, c), lambda: torch.minimum(c, c), lambda: torch.fmax(c, c), lambda: c.max(), lambda: c.min(), lambda: c.max(0), lambda: c.min(0), lambda: c.amax(), lambda: c.amin(0), lambda: c.argmax(), lambda: c.argmin(0)]:
    show(attempt(f))
for f in [lambda: torch.clamp(c, 0, 1), lambda: torch.clamp(c, min=0), lambda: c // c, lambda: c // 2, lambda: c % c, lambda: c % 2, lambda: torch.fmod(c, c), lambda: c.floor(), lambda: c.ceil(), lambda: c.trunc(), lambda: c.round(), lambda: c.frac(), lambda: c.sign(), lambda: torch.relu(c), lambda: torch.softmax(c, 0), lambda: torch.log_softmax(c, 0)]:
    show(attempt(f))
for f in [lambda: torch.xlogy(c, c), lambda: torch.atan2(c, c), lambda: torch.hypot(c, c), lambda: c & c, lambda: ~c, lambda: F.mse_loss(c, c), lambda: c.sum().backward(), lambda: float(c[0])]:
    show(attempt(f))
torch.view_as_complex(torch.ones(2, 3))
torch.view_as_complex(torch.ones(2, 2).t())
torch.view_as_complex(torch.ones(2, 2, dtype=torch.int64))
torch.view_as_complex(torch.tensor(1.0))
torch.view_as_complex(torch.ones(3, 3)[:, :2])
torch.view_as_real(torch.ones(2))
torch.ones(2).imag
torch.complex(torch.ones(2), torch.ones(2, dtype=torch.float64))
torch.complex(torch.ones(2, dtype=torch.int64), torch.ones(2, dtype=torch.int64))
torch.complex(torch.ones(2), 1.0)
torch.polar(torch.ones(2), torch.ones(2, dtype=torch.float64))
c.H
c.mH
torch.adjoint(c)
torch.ones(2, 2, 2).H
torch.tensor(1j).H, torch.tensor(1j).mH, torch.adjoint(torch.tensor(1j))
""",
}

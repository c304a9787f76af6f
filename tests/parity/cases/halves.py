# ruff: noqa: E501  a snippet shows one family of things in one line
"""Half precision: what a number becomes that meets it, where it is rounded, and what does not fit."""

CASES = {
    "numbers": """
h = torch.tensor([0.3, 0.7, -2.3], dtype=torch.float16)
torch.tensor(0.5, dtype=torch.float16) * 65536, torch.tensor([3000.0], dtype=torch.float16) / 65536
torch.tensor([0.001], dtype=torch.float16) * torch.tensor(70000), 70000.0 / torch.tensor([3.0], dtype=torch.float16)
h * 0.1, 0.1 * h, h / 0.1, 0.1 / h, h * torch.tensor(0.1), h / torch.tensor(0.1), h * torch.tensor(0.1, dtype=torch.float64), h * 2, h + 0.1, h - 70000.0
b = h.bfloat16()
b * 0.1, 0.1 * b, b / 0.1, 0.1 / b, b * torch.tensor(0.1), b / torch.tensor(0.1), b * 2, b + 0.1, h * b, h * torch.tensor(0.1, dtype=torch.bfloat16)
h.clone().mul_(0.1), h.clone().div_(1e5), b.clone().mul_(0.1)
x = torch.tensor([3000.0], dtype=torch.float16, requires_grad=True)
(x / 65536).backward()
x.grad
s = torch.tensor(0.1, requires_grad=True)
x = h.clone().requires_grad_()
(x * s).sum().backward()
x.grad, s.grad.dtype
h * inf, h * nan, h / 0, torch.add(h, h, alpha=0.1)
""",
    "tensors of integers": """
h = torch.tensor([0.5, 0.001], dtype=torch.float16)
h * torch.tensor([70000, 3]), torch.tensor([70000, 3]) * h, h * torch.tensor(70000), h * torch.tensor([True, False]), torch.tensor([3, 4]) / h
h.bfloat16() * torch.tensor([300, 301]), torch.tensor(0.5, dtype=torch.float16) * torch.tensor([3, 70001]), h * torch.tensor([1.0, 2.0])
""",
    "divisions": """
torch.tensor([1.0], dtype=torch.float16) // 0.1, torch.div(torch.tensor([1.0], dtype=torch.float16), 0.1, rounding_mode="floor"), torch.tensor([1.0], dtype=torch.float16) // torch.tensor(0.1, dtype=torch.float16)
torch.div(torch.tensor([0.1], dtype=torch.float16), 0.1, rounding_mode="trunc"), torch.div(torch.tensor([59904.0], dtype=torch.bfloat16), 300, rounding_mode="trunc")
torch.where(torch.tensor([True, False]), torch.ones(2).half(), 2**31)
""",
    "gradients": """
for name in "erf erfc exp2 log2 log10 sqrt rsqrt sin tanh sigmoid log expm1".split():
    x = torch.tensor([0.3, 2.0], dtype=torch.bfloat16, requires_grad=True)
    getattr(torch, name)(x).sum().backward()
    show(name, x.grad.dtype)
torch.unique(torch.tensor([1.0, 2.0], dtype=torch.bfloat16, requires_grad=True)).requires_grad
""",
    "rounded once": """
h = torch.tensor([[0.3, 0.7, -2.3, 5.1], [1.7, -0.11, 3.3, 0.9]], dtype=torch.float16)
torch.lerp(torch.tensor([-60000.0], dtype=torch.float16), torch.tensor([60000.0], dtype=torch.float16), 0.5)
torch.lerp(h, h * 2, 0.1), torch.lerp(h, h * 2, h), torch.addcmul(h, h, h, value=0.1), torch.addcdiv(h, h, h, value=0.1), torch.sinc(h)
F.adaptive_avg_pool2d(torch.full((1, 1, 8, 8), 2000.0, dtype=torch.float16), 1), F.avg_pool2d(torch.full((1, 1, 8, 8), 2000.0, dtype=torch.float16), 8)
F.avg_pool1d(h[None], 3), F.adaptive_avg_pool1d(h[None], 3), torch.deg2rad(h)
torch.zeros(1, dtype=torch.float16).scatter_add(0, torch.zeros(6, dtype=torch.int64), torch.tensor([2048.0, 1, 1, 1, 1, 1], dtype=torch.float16))
F.linear(h, h, h[:, 0]), F.scaled_dot_product_attention(h, h, h)
""",
    "what does not fit": """
h, m = torch.tensor([1.0, 2.0], dtype=torch.float16), torch.tensor([True, False])
attempt(lambda: torch.full((2,), 70000.0, dtype=torch.float16))
attempt(lambda: h.clone().fill_(70000.0))
attempt(lambda: h.masked_fill(m, -1e9))
attempt(lambda: h.masked_fill(m, torch.tensor(-1e9)))
attempt(lambda: h.clamp(min=-1e9))
attempt(lambda: h**70000.0)
attempt(lambda: torch.add(h, h, alpha=70000.0))
attempt(lambda: F.threshold(h, 1.0, 70000.0))
attempt(lambda: F.hardtanh(h, -70000.0, 70000.0))
attempt(lambda: F.pad(h, (1, 1), value=70000.0))
attempt(lambda: h.bfloat16().clamp(max=1e39))
attempt(lambda: torch.ones(2).clamp(max=1e39))
attempt(lambda: torch.ones(2).masked_fill(m, torch.tensor(1 + 2j)))
attempt(lambda: torch.where(m, torch.ones(2), 1e39))
attempt(lambda: torch.tensor([1, 2], dtype=torch.int8).clamp(-300, 300))
attempt(lambda: torch.tensor([1, 2], dtype=torch.int8) ** 300)
attempt(lambda: torch.where(m, torch.tensor([1, 2], dtype=torch.int8), 300))
attempt(lambda: torch.tensor([1, 2], dtype=torch.int8).add(torch.tensor([1, 2], dtype=torch.int8), alpha=300))
h[0] = 70000.0
h, torch.where(m, h, 70000.0), torch.tensor(70000.0, dtype=torch.float16), h + 70000.0, h < 70000.0
""",
    "loops that are not there": """
b = torch.tensor([1.0, 2.0], dtype=torch.bfloat16)
attempt(lambda: b & b)
attempt(lambda: ~b)
attempt(lambda: b << 2)
attempt(lambda: torch.gcd(b, b))
attempt(lambda: torch.logaddexp2(torch.ones(2), 1.0))
""",
}

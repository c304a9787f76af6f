# ruff: noqa: E501  a snippet shows one family of things in one line
"""Random numbers for a seed."""

CASES = {
    "uniform": """
_ = torch.manual_seed(0)
for n in range(1, 41):
    show(n, torch.rand(n).tolist())
    show(n, torch.rand(n, dtype=torch.float64).tolist())
torch.rand(1000).double().sum().item(), torch.rand(1000, dtype=torch.float64).tolist()[-3:]
torch.rand(2, 3), torch.rand(()), torch.rand((2, 2)), torch.rand(0)
torch.rand_like(torch.ones(2, dtype=torch.float64))
""",
    "complex numbers": """
_ = torch.manual_seed(4)
for dtype in [torch.complex64, torch.complex128]:
    for n in [1, 7, 8, 9, 40]:
        show(n, torch.rand(n, dtype=dtype), torch.randn(n, dtype=dtype))
    x = torch.empty(5, dtype=dtype)
    x.normal_(1.5, 2.0), x.uniform_(-1, 3), torch.randn_like(x), torch.rand_like(x), torch.normal(0.5, 2.0, (3,), dtype=dtype)
torch.poisson(torch.tensor([1.0, float("nan")]))
""",
    "integers": """
_ = torch.manual_seed(1)
torch.randint(10, (20,)), torch.randint(-5, 5, (3, 4)), torch.randint(0, 2**40, (4,)), torch.randint(3, (2,), dtype=torch.int32), torch.randint(2, (5,), dtype=torch.float32)
torch.randint(5, 5, (1,))
torch.randint(5, 3, (1,))
for n in range(12):
    show(n, torch.randperm(n))
torch.randperm(1000)[:10], torch.randperm(5, dtype=torch.int32)
""",
    "short normals": """
_ = torch.manual_seed(2)
for n in range(1, 16):
    show(n, torch.randn(n), torch.randn(n, dtype=torch.float64))
torch.randn(2, 3), torch.randn(()), torch.randn(0), torch.randn(1), torch.randn(1)
""",
    "normals": """
_ = torch.manual_seed(3)
for n in range(16, 41):
    show(n, torch.randn(n), torch.randn(n, dtype=torch.float64))
torch.randn(1000)[:8], torch.randn(1000, dtype=torch.float64)[-8:]
torch.randn_like(torch.ones(20))
torch.randn(3)
""",
    "long normals": """
_ = torch.manual_seed(3)
for n in [16, 17, 40, 1000]:
    show(n, torch.randn(n).tolist())
""",
    "generators": """
g = torch.Generator().manual_seed(42); h = torch.Generator().manual_seed(42)
torch.rand(3, generator=g), torch.randn(3, generator=g), torch.randint(9, (3,), generator=g), torch.randperm(4, generator=g)
torch.rand(3, generator=h)
_ = torch.manual_seed(7); torch.rand(2)
torch.rand(2, generator=g)
torch.rand(2)
g.initial_seed(), torch.Generator().initial_seed()
_ = torch.manual_seed(7); torch.randn(1), torch.rand(1), torch.randn(1)
_ = torch.manual_seed(-1); torch.rand(1)
_ = torch.manual_seed(2**40 + 3); torch.rand(1)
torch.randn(2, requires_grad=True).requires_grad
torch.rand(2, dtype=torch.int64)
""",
    "half precision": """
for dtype in (torch.float16, torch.bfloat16):
    for n in (5, 16, 20, 35):
        _ = torch.manual_seed(n)
        torch.rand(n, dtype=dtype).tolist(), torch.randn(n, dtype=dtype).tolist(), torch.rand(1)
    _ = torch.manual_seed(1)
    torch.empty(4, dtype=dtype).uniform_(-1, 2).tolist(), torch.empty(20, dtype=dtype).normal_(1, 2).tolist(), torch.ones(4, dtype=dtype).mul(0.5).bernoulli()
    torch.empty(4, dtype=dtype).uniform_(0, 0.1).tolist(), torch.nn.init.kaiming_uniform_(torch.empty(3, 7, dtype=dtype)).tolist()
    torch.rand(2, 3, dtype=dtype).t().uniform_().tolist(), torch.randn_like(torch.ones(17, dtype=dtype)).tolist(), torch.rand(1)
""",
    "gamma in double precision": """
_ = torch.manual_seed(0)
torch.distributions.Gamma(torch.tensor([0.5, 2.0, 3.0], dtype=torch.float64), torch.tensor(1.0, dtype=torch.float64)).sample().tolist()
torch.distributions.Beta(torch.tensor([0.5, 2.0, 3.0], dtype=torch.float64), torch.tensor(1.0, dtype=torch.float64)).sample().tolist()
torch.distributions.Dirichlet(torch.tensor([0.5, 2.0, 3.0], dtype=torch.float64)).sample().tolist()
""",
}

# ruff: noqa: E501  a snippet shows one family of things in one line
"""Sums, means, extrema, with every way to say which dimensions."""

CASES = {
    "dims": """
x = torch.arange(24.0).reshape(2, 3, 4)
for name in ["sum", "mean", "amax", "amin", "var", "std", "any", "all"]:
    for dim in [0, -1, 1, (0, 2), [1, -1], (), None, 3, -4, (0, 0), (0, -3)]:
        for keepdim in [False, True]:
            show(name, dim, keepdim, attempt(lambda: getattr(x / 8, name)(dim=dim, keepdim=keepdim).shape))
""",
    "whole": """
x = torch.tensor([[1.0, -2.0], [3.5, 0.0]])
x.sum(), x.mean(), x.max(), x.min(), x.amax(), x.amin(), x.var(), x.std(), x.any(), x.all(), x.argmax(), x.argmin()
torch.sum(x), torch.mean(x), torch.max(x), torch.min(x), torch.var(x), torch.std(x)
x.sum(0), x.sum(1), x.sum(-1, keepdim=True), x.sum((0, 1)), x.mean(0), x.mean(1, True)
x.logsumexp(0), x.logsumexp(1, keepdim=True), x.logsumexp((0, 1))
x.sum(dtype=torch.float64), x.sum(0, dtype=torch.int64), x.mean(dtype=torch.float64)
x.sum(axis=0)
x.mean(axis=1)
torch.sum(x, 0, True)
torch.tensor(3.0).sum(), torch.tensor(3.0).sum(0), torch.tensor(3.0).sum(-1), torch.tensor(3.0).mean(), torch.tensor(3.0).max(), torch.tensor(3.0).max(0), torch.tensor(3.0).argmax(), torch.tensor(3.0).var()
torch.tensor(3.0).sum(1)
torch.tensor(3).argmax(0)
""",
    "max and min": """
x = torch.tensor([[1, 5, 5], [7, 3, 7]])
x.max(0), x.max(1), x.max(-1), x.min(0), x.min(1)
x.max(1, keepdim=True)
x.max(1, True)
torch.max(x, dim=1).indices, torch.max(x, 1)[0]
x.max(2)
torch.max(x, torch.tensor([4, 4, 4])), torch.min(x, torch.tensor(4)), x.max(torch.tensor(2))
x.argmax(), x.argmax(0), x.argmax(1), x.argmax(1, keepdim=True), x.argmax(keepdim=True), x.argmin(), x.argmin(0)
torch.argmax(x, dim=-1)
x.argmax(2)
torch.tensor([1.0, nan, 3.0]).max(), torch.tensor([1.0, nan, 3.0]).argmax(), torch.tensor([1.0, nan, 3.0]).max(0), torch.tensor([1.0, nan]).min()
torch.tensor([True, False]).max(), torch.tensor([True, False]).max(0), torch.tensor([True, False]).amax()
torch.tensor([True, False]).argmax()
x.amax((0, 1)), x.amin(dim=(0,)), x.amax(0, True)
values, indices = x.max(0); values, indices
""",
    "empty": """
e = torch.zeros(0)
e.sum(), e.mean(), e.var(), e.std(), e.any(), e.all()
e.max()
e.min()
e.amax()
e.argmax()
e.argmin()
e.max(0)
e.argmax(0)
e.amax(0)
z = torch.zeros(0, 3)
z.sum(0), z.sum(1), z.mean(0), z.mean(1)
z.max(0)
z.max(1)
z.max()
z.amax(0)
z.amax(1)
z.argmax(0)
z.argmax(1)
z.logsumexp(0), z.logsumexp(1)
torch.zeros(2, 0).sum(1), torch.zeros(2, 0).mean(1), torch.zeros(2, 0).sum()
torch.softmax(e, 0), torch.softmax(z, 1).shape
""",
    "variance": """
x = torch.tensor([[1.0, 2.0, 4.0], [0.0, 0.0, 3.0]])
x.var(), x.var(unbiased=False), x.var(False), x.var(0), x.var(0, False), x.var(1, correction=0), x.var(dim=1, unbiased=True), x.var(1, keepdim=True), x.var(correction=2), x.var((0, 1))
x.std(), x.std(unbiased=False), x.std(0), x.std(1, correction=0), torch.std(x, dim=1, keepdim=True), torch.std(x, 1, True, True)
torch.tensor([1.0]).var()
torch.tensor([1.0]).std(unbiased=False)
torch.tensor([1, 2]).var()
torch.tensor([1, 2]).std()
""",
    "gradients": """
x = torch.tensor([[1.0, 5.0, 5.0], [7.0, 3.0, 7.0]], requires_grad=True)
def g(f):
    return torch.autograd.grad(f(x), x)[0].tolist()
g(lambda x: x.sum()), g(lambda x: x.mean()), g(lambda x: x.max()), g(lambda x: x.min())
g(lambda x: x.amax(1).sum()), g(lambda x: x.amax(0).sum()), g(lambda x: x.max(1).values.sum()), g(lambda x: x.min(0).values.sum())
g(lambda x: (x.sum(0) ** 2).sum()), g(lambda x: (x.mean(1, True) * x).sum()), g(lambda x: x.sum((0, 1)))
torch.autograd.grad(x.var(), x), torch.autograd.grad(x.std(), x), torch.autograd.grad(x.std(0).sum(), x), torch.autograd.grad(x.logsumexp(1).sum(), x)
c = torch.ones(3, requires_grad=True); torch.autograd.grad(c.std(), c), torch.autograd.grad(c.var(), c)
n = torch.tensor([-inf, -inf], requires_grad=True); torch.autograd.grad(n.logsumexp(0), n)
x.argmax().requires_grad, (x > 1).requires_grad, x.max(1).indices.requires_grad, x.max(1).values.requires_grad, x.any().requires_grad
torch.autograd.grad(torch.tensor([1.0], requires_grad=True).sum(), [c], allow_unused=True)
i = torch.tensor([inf, 1.0]); i.logsumexp(0), torch.tensor([-inf, -inf]).logsumexp(0), torch.tensor([1000.0, 1000.0]).logsumexp(0)
torch.autograd.grad(x.sum(dtype=torch.float64), x)[0].dtype
s = torch.tensor(3.0, requires_grad=True); torch.autograd.grad(s.max(), s), torch.autograd.grad(s.max(0).values, s), torch.autograd.grad(s.sum(0), s), torch.autograd.grad(s.mean(), s), torch.autograd.grad(s.amax(), s)
""",
    "all and any": """
x = torch.tensor([[True, False], [True, True]])
x.all(), x.any(), x.all(0), x.any(1), x.all(1, keepdim=True), x.all(dim=-1)
torch.all(torch.tensor([1, 0])), torch.any(torch.tensor([0.0, 0.0])), torch.tensor([2], dtype=torch.uint8).all(), torch.tensor([2], dtype=torch.uint8).any()
x.all(2)
torch.all(x, (0, 1))
torch.tensor([nan]).any(), torch.tensor(0.0).any(), torch.tensor(1).all(0)
(x == x).all(), bool((x == x).all())
""",
    "short sums": """
_ = torch.manual_seed(3)
for n in range(1, 8):
    show(n, torch.rand(n).sum().item(), torch.rand(n).mean().item())
for n in [64, 100, 128, 1000, 4096, 10000]:
    show(n, f"{torch.rand(n).sum().item():.5g}")
for n in range(1, 7):
    show(n, torch.rand(3, n).sum(1).tolist(), f"{torch.rand(n, 3).sum(0).sum().item():.5g}")
""",
}

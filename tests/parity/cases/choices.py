# ruff: noqa: E501  a snippet shows one family of things in one line
"""clamp, where, masked_fill, maximum: values, gradients at ties and bounds, errors; and kinks."""

CASES = {
    "clamp": """
x = torch.tensor([-2.0, -1.0, 0.5, 1.0, 3.0], requires_grad=True)
torch.clamp(x, -1, 1).detach(), torch.clamp(x, min=0).detach(), x.clamp(max=0).detach(), x.clamp(2, 1).detach()
torch.autograd.grad(torch.clamp(x, -1, 1).sum(), x), torch.autograd.grad(x.clamp(min=0.5).sum(), x), torch.autograd.grad(x.clamp(max=1).sum(), x)
torch.clamp(x)
torch.clamp(x, None, None)
lo = torch.tensor([-1.0, 0, 0, 0, 0], requires_grad=True); hi = torch.full((5,), 2.0, requires_grad=True)
torch.autograd.grad(torch.clamp(x, lo, hi).sum(), [x, lo, hi])
torch.clamp(torch.tensor([nan, 1.0]), 0, 0.5)
torch.clamp(torch.tensor([1, 5]), 2, 3), torch.clamp(torch.tensor([1, 5]), 2.5, 3.5), torch.clamp(torch.tensor([1, 5]), min=torch.tensor(2))
torch.clamp(torch.tensor([0.0]), nan, 1)
""",
    "where": """
x = torch.tensor([1.0, -2.0, 0.0], requires_grad=True)
torch.where(x > 0, x, 0.0).detach(), torch.where(x > 0, 1.0, x).detach(), torch.where(x > 0, x, x * 2).detach(), torch.where(x > 0, 1, 0), torch.where(x > 0, 1.5, 0), torch.where(x > 0, True, False)
torch.autograd.grad(torch.where(x > 0, x * 3, x * 5).sum(), x)
torch.autograd.grad(torch.where(x > 0, x, torch.zeros(2, 3)).sum(), x)
y = torch.tensor([0.0, 4.0], requires_grad=True); torch.autograd.grad(torch.where(y > 0, y.log(), 0.0).sum(), y)
torch.where(torch.tensor([True, False])), torch.where(torch.tensor([[0, 1], [2, 0]]))
torch.where(x, x, x)
torch.where(torch.tensor([1, 0]), 1, 2)
torch.where(torch.tensor([1, 0], dtype=torch.uint8), 1, 2)
torch.where(torch.tensor(True), torch.ones(2), torch.zeros(2))
torch.where(x > 0, torch.ones(3), torch.ones(3, dtype=torch.float64)).dtype
torch.where(x > 0, torch.tensor(1.0, dtype=torch.float64), torch.ones(3)).dtype
""",
    "masked_fill": """
x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True); m = torch.tensor([True, False, True])
x.masked_fill(m, 9).detach(), torch.masked_fill(x, m, -inf).detach(), x.masked_fill(m, torch.tensor(4.0)).detach()
torch.autograd.grad((x.masked_fill(m, 9) ** 2).sum(), x)
v = torch.tensor(4.0, requires_grad=True); torch.autograd.grad(x.masked_fill(m, v).sum(), [x, v])
x.masked_fill(torch.tensor([1, 0, 1]), 9)
x.masked_fill(m, torch.ones(3))
x.masked_fill(torch.tensor([True, False]), 9)
x.masked_fill(torch.tensor([[True], [False]]), 0).detach()
torch.tensor([1, 2]).masked_fill(torch.tensor([True, False]), 2.5)
torch.tensor([1, 2]).masked_fill(torch.tensor([True, False]), 7)
torch.ones(2).masked_fill(torch.tensor([True, False]), 1j)
torch.zeros(2, dtype=torch.float64).masked_fill(torch.tensor(True), 1)
""",
    "maximum": """
x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True); y = torch.tensor([1.0, 3.0, 2.0], requires_grad=True)
torch.maximum(x, y).detach(), torch.minimum(x, y).detach(), torch.max(x, y).detach()
torch.autograd.grad(torch.maximum(x, y).sum(), [x, y]), torch.autograd.grad(torch.minimum(x, y).sum(), [x, y])
torch.maximum(x, torch.tensor([nan, 1.0, 5.0])).detach()
torch.maximum(x, torch.tensor(2)).detach()
torch.maximum(torch.tensor([1]), torch.tensor([1.5])), torch.maximum(torch.tensor([True]), torch.tensor([False]))
torch.maximum(x, torch.ones(2))
""",
    "kinks": """
def g(f, *points):
    x = torch.tensor(points, dtype=torch.float64, requires_grad=True)
    return torch.autograd.grad(f(x).sum(), x)[0].tolist()
g(torch.abs, -1, 0, 1), g(torch.relu, -1, 0, 1, nan), g(torch.sign, 0, 1), g(torch.floor, 0, 1.5), g(torch.sqrt, 0, 1, -1), g(torch.log, 0, 1, -1), g(torch.rsqrt, 0, 1), g(torch.reciprocal, 0, 2)
g(lambda x: x ** 0.5, 0), g(lambda x: x ** 0, 0, 1), g(lambda x: x ** 1, 0), g(lambda x: x ** 2, 0, -3), g(lambda x: x ** -1, 2), g(lambda x: x ** 3, -2, 0), g(lambda x: x ** 1.5, 0, 4)
g(lambda x: 0 ** x, 0, 1), g(lambda x: 2 ** x, 0, 1), g(lambda x: x ** x, 1, 2), g(lambda x: torch.zeros(2, dtype=torch.float64) ** x, 0, 1), g(lambda x: x ** torch.tensor([0.0, 1.0], dtype=torch.float64), 0, 0)
g(lambda x: x % 2, 3.5, -1, 4), g(lambda x: x / 0, 1), g(lambda x: 1 / x, 0)
g(torch.tanh, 0, 100), g(torch.sigmoid, 0, 100, -1000), g(torch.exp, 1000), g(torch.log1p, -1), g(torch.expm1, 0), g(torch.square, 3), g(torch.tan, 0)
g(lambda x: torch.where(x > 0, torch.log(x), 0.0 * x), 0)
g(lambda x: x.clamp(0, 1), 0, 1, 2), g(lambda x: torch.softmax(x, 0)[:1], -inf, -inf), g(lambda x: torch.log_softmax(x, 0), 1000, 0)
torch.sigmoid(torch.tensor([-1000.0, -100.0, 0.0, 100.0])), torch.tanh(torch.tensor([-1000.0, 1000.0])), torch.sign(torch.tensor([-2.0, 0.0, nan])), torch.relu(torch.tensor([nan, -1.0]))
torch.sqrt(torch.tensor([-1.0])), torch.log(torch.tensor([0.0, -1.0])), torch.exp(torch.tensor([1000.0, -1000.0])), torch.floor(torch.tensor([-1.5, 2.0])), torch.tensor([0.0]) / 0, torch.rsqrt(torch.tensor([0.0]))
""",
}

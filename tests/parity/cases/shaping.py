# ruff: noqa: E501  a snippet shows one family of things in one line
"""Joining and cutting."""

CASES = {
    "cat": """
a, b = torch.ones(2, 3), torch.zeros(1, 3)
torch.cat([a, b]), torch.cat((a, b), 0), torch.cat([a, a], 1), torch.cat([a, a], dim=-1), torch.cat([a])
torch.cat([a, torch.ones(2, 2)])
torch.cat([a, b], 1)
torch.cat([a, torch.ones(3)])
torch.cat([a, b], 2)
torch.cat([a, b], -3)
torch.cat([])
torch.cat([torch.tensor(1.0), torch.tensor(2.0)])
torch.cat([torch.ones(2), torch.tensor(2.0)])
torch.cat([torch.ones(2), torch.tensor([])]), torch.cat([torch.tensor([]), a]).shape, torch.cat([torch.tensor([]), torch.tensor([])]).shape
torch.cat([torch.ones(2), torch.tensor([1, 2])]), torch.cat([torch.tensor([True]), torch.tensor([2])])
torch.cat(a)
torch.cat([1, 2])
torch.cat([a, None])
torch.concat([a, b]).shape, torch.concatenate([a, b]).shape
torch.cat([a, torch.ones(2, 3, 1)], 0)
x = torch.ones(2, requires_grad=True); y = torch.ones(1, dtype=torch.float64, requires_grad=True)
z = torch.cat([x, y * 2]); z.dtype
torch.autograd.grad(z.sum(), [x, y])
""",
    "stack": """
a, b = torch.tensor([1, 2]), torch.tensor([3, 4])
torch.stack([a, b]), torch.stack([a, b], 1), torch.stack([a, b], dim=-1), torch.stack((a,)), torch.stack([torch.tensor(1.0), torch.tensor(2.0)])
torch.stack([a, torch.tensor([1, 2, 3])])
torch.stack([])
torch.stack([a, b], 2)
torch.stack([a, b], -3)
torch.stack([a, b], -2)
torch.stack([1, 2])
torch.stack([a, b.float()])
x = torch.tensor(2.0, requires_grad=True); torch.autograd.grad((torch.stack([x, x * x]) * torch.tensor([1.0, 10.0])).sum(), x)
""",
    "split": """
x = torch.arange(10).reshape(5, 2)
x.split(2), x.split(5), x.split(7), x.split([1, 4]), x.split(1, dim=1), x.split([0, 5])
x.split([1, 2])
x.split([6, -1])
x.split(0)
x.split(-1)
x.split(2, 2)
torch.split(x, 3), torch.split(x, (2, 3), 0)
type(x.split(2))
torch.tensor(1).split(1)
torch.zeros(0).split(1), torch.zeros(0).split(0)
""",
    "chunk": """
x = torch.arange(5)
x.chunk(2), x.chunk(5), x.chunk(7), x.chunk(1), torch.chunk(x, 3), torch.arange(6).reshape(2, 3).chunk(2, 1), torch.arange(6).reshape(2, 3).chunk(2, dim=-1)
x.chunk(0)
x.chunk(-1)
x.chunk(2, 1)
torch.tensor(1).chunk(1)
[c.shape for c in torch.zeros(0, 2).chunk(3)]
""",
    "unbind": """
x = torch.arange(6).reshape(2, 3)
x.unbind(), x.unbind(1), torch.unbind(x, dim=-1), type(x.unbind())
x.unbind(2)
torch.tensor(1).unbind()
torch.zeros(0, 2).unbind()
a, b = x; a, b
[r.tolist() for r in x]
""",
    "gradients": """
x = torch.arange(6.0).reshape(2, 3).requires_grad_()
def g(f):
    return torch.autograd.grad((f(x) ** 2).sum(), x)[0].tolist()
for f in [lambda x: x.reshape(3, 2), lambda x: x.t(), lambda x: x.unsqueeze(1), lambda x: x.squeeze(), lambda x: x.expand(4, 2, 3), lambda x: x.flip(1), lambda x: x.permute(1, 0)[0], lambda x: x.split(1)[1], lambda x: x.chunk(2, 1)[0], lambda x: x.unbind(1)[2], lambda x: torch.stack([x, x * 2]), lambda x: torch.cat([x, x], 1), lambda x: x.flatten(), lambda x: x.clone(), lambda x: x.contiguous(), lambda x: x.double(), lambda x: x.narrow(1, 1, 1), lambda x: x.select(0, 1), lambda x: torch.outer(x[0], x[1]), lambda x: x[None, :, 1:]]:
    show(g(f))
torch.autograd.grad(x.expand(4, 2, 3), x, torch.ones(4, 2, 3))
(torch.ones(3, 1) * torch.ones(2, 1, 4)).shape
a = torch.ones(3, 1, requires_grad=True); b = torch.ones(2, 1, 4, requires_grad=True)
[t.shape for t in torch.autograd.grad((a * b).sum(), [a, b])]
""",
    "copies": """
x = torch.arange(6.0).reshape(2, 3)
x.contiguous() is x, x.t().contiguous().stride(), x.t().clone().stride(), x.clone().stride(), x.t().clone() is x
x[:, ::2].clone().stride()
(x.t() + 1).stride(), (x.t() * x.t()).stride(), x.t().exp().stride(), (x + x.t().t()).stride()
""",
    "strides of new tensors": """
x = torch.arange(6.0).reshape(2, 3)
torch.zeros_like(x.t()).stride(), torch.ones_like(x[:, ::2]).stride(), torch.stack([x.t(), x.t()]).stride(), x.expand(2, 2, 3).clone().stride()
""",
}

# ruff: noqa: E501  a snippet shows one family of things in one line
"""Products of vectors and matrices, of all ranks."""

CASES = {
    "ranks": """
def t(*shape):
    return torch.arange(1.0, 1 + math.prod(shape)).reshape(shape)
SHAPES = [(), (1,), (2,), (3,), (1, 2), (2, 3), (3, 2), (2, 2), (1, 1), (2, 2, 3), (2, 3, 2), (1, 3, 2), (3, 2, 3), (2, 1, 2, 3), (4, 3, 2), (0,), (2, 0), (0, 2), (0, 3)]
for a in SHAPES:
    for b in SHAPES:
        show(a, b, attempt(lambda: (lambda r: (r.shape, r.sum().item()))(torch.matmul(t(*a), t(*b)))))
""",
    "mm": """
SHAPES = [(), (2,), (3,), (2, 3), (3, 2), (2, 2, 3), (0, 2), (2, 0)]
for name in ["mm", "bmm", "mv", "dot", "outer"]:
    for a in SHAPES:
        for b in SHAPES:
            show(name, a, b, attempt(lambda: getattr(torch, name)(torch.ones(a), torch.ones(b)).shape))
torch.bmm(torch.ones(2, 3, 4), torch.ones(2, 4, 5)).shape
torch.bmm(torch.ones(2, 3, 4), torch.ones(3, 4, 5))
torch.bmm(torch.ones(2, 3, 4), torch.ones(2, 3, 5))
torch.mv(torch.ones(2, 3), torch.ones(3)), torch.dot(torch.tensor([1, 2]), torch.tensor([3, 4])), torch.outer(torch.tensor([1, 2]), torch.tensor([3, 4]))
""",
    "dtypes": """
torch.ones(2, 2) @ torch.ones(2, 2, dtype=torch.float64)
torch.ones(2, 2) @ torch.ones(2, dtype=torch.int64)
torch.mm(torch.ones(2, 2), torch.ones(2, 2, dtype=torch.int64))
torch.bmm(torch.ones(1, 2, 2), torch.ones(1, 2, 2, dtype=torch.float64))
torch.mv(torch.ones(2, 2), torch.ones(2, dtype=torch.float64))
torch.dot(torch.ones(2), torch.ones(2, dtype=torch.int64))
torch.outer(torch.ones(2), torch.ones(2, dtype=torch.int64)).dtype
torch.tensor([[1, 2], [3, 4]]) @ torch.tensor([[1, 2], [3, 4]])
torch.tensor([[200]], dtype=torch.uint8) @ torch.tensor([[2]], dtype=torch.uint8)
torch.ones(2, 2) @ [[1.0, 2.0], [3.0, 4.0]]
torch.ones(2, 2, dtype=torch.float16) @ torch.ones(2, 2, dtype=torch.float16)
""",
    "gradients": """
def t(*shape):
    return (torch.arange(1.0, 1 + math.prod(shape)).reshape(shape) / 4).requires_grad_()
for a, b in [((2,), (2,)), ((2, 3), (3,)), ((2,), (2, 3)), ((2, 3), (3, 2)), ((2, 2, 3), (3, 2)), ((2, 3), (2, 3, 2)), ((2, 2, 3), (2, 3, 1)), ((1, 2, 3), (4, 3, 2)), ((3,), (2, 3, 2)), ((2, 2, 3), (3,))]:
    x, y = t(*a), t(*b)
    show(a, b, [g.tolist() for g in torch.autograd.grad((x @ y).pow(2).sum(), [x, y])])
x, y = t(2), t(3); torch.autograd.grad(torch.outer(x, y).pow(2).sum(), [x, y])
x, y = t(2, 2), t(2); torch.autograd.grad(torch.mv(x, y).sum(), [x, y])
x = t(2, 2); torch.autograd.grad((x @ x).sum(), x)
F.linear(torch.ones(3), torch.ones(2, 3)), F.linear(torch.ones(4, 3), torch.ones(2, 3), torch.ones(2)).shape, F.linear(torch.ones(5, 4, 3), torch.ones(2, 3)).shape
F.linear(torch.ones(4), torch.ones(2, 3))
F.linear(torch.ones(2, 4), torch.ones(2, 3), torch.ones(2))
F.linear(torch.ones(3), torch.ones(3))
""",
}

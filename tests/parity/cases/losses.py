# ruff: noqa: E501  a snippet shows one family of things in one line
"""softmax and the losses."""

CASES = {
    "softmax": """
x = torch.tensor([[1.0, 2.0, 3.0], [0.0, 0.0, 1000.0]])
torch.softmax(x, 0), torch.softmax(x, 1), torch.softmax(x, -1), x.softmax(dim=1), F.softmax(x, dim=1), F.softmax(x, 1, dtype=torch.float64)
torch.log_softmax(x, 0), torch.log_softmax(x, 1), x.log_softmax(-1), F.log_softmax(x, dim=0), F.log_softmax(x, 1, dtype=torch.float64)
torch.softmax(x, 2)
F.softmax(x)
F.softmax(torch.ones(3))
F.softmax(torch.ones(1, 2, 3)).shape
F.log_softmax(x).shape
torch.softmax(torch.tensor([1, 2]), 0)
torch.softmax(torch.tensor([1, 2]), 0, dtype=torch.float32)
torch.softmax(torch.tensor(3.0), 0), torch.log_softmax(torch.tensor(3.0), -1)
torch.softmax(torch.tensor([-inf, -inf]), 0), torch.softmax(torch.tensor([-inf, 0.0]), 0), torch.log_softmax(torch.tensor([-inf, 0.0]), 0), torch.softmax(torch.tensor([inf, 0.0]), 0), torch.softmax(torch.tensor([nan, 0.0]), 0)
torch.softmax(torch.tensor([True]), 0)
y = torch.tensor([1.0, 2.0], requires_grad=True); torch.autograd.grad(torch.softmax(y, 0)[0], y), torch.autograd.grad(torch.log_softmax(y, 0)[0], y)
torch.autograd.grad(torch.softmax(y, 0).sum(), y)
""",
    "cross_entropy": """
x = torch.tensor([[1.0, 2.0, 3.0], [0.5, -1.0, 2.0], [3.0, 0.0, 0.0]], requires_grad=True)
t = torch.tensor([0, 2, 1]); w = torch.tensor([1.0, 2.0, 0.5])
for reduction in ["mean", "sum", "none"]:
    for weight in [None, w]:
        for ignore in [-100, 2, 0]:
            for smoothing in [0.0, 0.1]:
                loss = attempt(lambda: F.cross_entropy(x, t, weight, ignore_index=ignore, reduction=reduction, label_smoothing=smoothing))
                show(reduction, weight is None, ignore, smoothing, loss if isinstance(loss, str) else (loss.detach(), torch.autograd.grad(loss.sum(), x)[0]))
F.cross_entropy(x, torch.tensor([-100, -100, -100])).detach()
F.cross_entropy(x, torch.tensor([-100, 0, -100])).detach()
F.cross_entropy(x[0], torch.tensor(1)).detach(), F.cross_entropy(x[0], torch.tensor(1), reduction="none").shape
""",
    "cross_entropy of probabilities": """
x = torch.tensor([[1.0, 2.0, 3.0], [0.5, -1.0, 2.0]], requires_grad=True)
t = torch.tensor([[0.2, 0.3, 0.5], [1.0, 0.0, 0.0]], requires_grad=True); w = torch.tensor([1.0, 2.0, 0.5])
for reduction in ["mean", "sum", "none"]:
    for weight in [None, w]:
        for smoothing in [0.0, 0.3]:
            loss = F.cross_entropy(x, t, weight, reduction=reduction, label_smoothing=smoothing)
            show(reduction, weight is None, smoothing, loss.detach(), torch.autograd.grad(loss.sum(), [x, t]))
F.cross_entropy(x[0], t[0]).detach()
F.cross_entropy(x, t, ignore_index=1)
F.cross_entropy(torch.ones(2, 3, 2), torch.ones(2, 3, 2) / 3), F.cross_entropy(torch.ones(2, 3, 2), torch.ones(2, 3, 2) / 3, reduction="none").shape
F.cross_entropy(x, torch.ones(2, 2))
F.cross_entropy(x, torch.ones(2))
F.cross_entropy(x, t.double()).dtype
""",
    "cross_entropy of more dimensions": """
x = torch.arange(24.0).reshape(2, 3, 4).requires_grad_()
t = torch.tensor([[0, 1, 2, 0], [2, 2, 1, 1]])
F.cross_entropy(x / 10, t).detach(), F.cross_entropy(x / 10, t, reduction="none").detach(), F.cross_entropy(x / 10, t, reduction="sum", label_smoothing=0.2).detach(), F.cross_entropy(x / 10, t, torch.tensor([1.0, 2.0, 3.0]), ignore_index=1).detach()
torch.autograd.grad(F.cross_entropy(x / 10, t), x)
F.cross_entropy(torch.ones(2, 3, 2, 2), torch.zeros(2, 2, 2, dtype=torch.int64))
F.cross_entropy(torch.ones(2, 3, 0), torch.zeros(2, 0, dtype=torch.int64))
F.cross_entropy(torch.ones(0, 3), torch.zeros(0, dtype=torch.int64))
""",
    "cross_entropy errors": """
x = torch.ones(2, 3)
F.cross_entropy(x, torch.tensor([0, 3]))
F.cross_entropy(x, torch.tensor([0, -1]))
F.cross_entropy(x, torch.tensor([0, 1, 2]))
F.cross_entropy(x, torch.tensor([[0, 1], [0, 1]]))
F.cross_entropy(x, torch.tensor([0, 1], dtype=torch.int32))
F.cross_entropy(x, torch.tensor([True, False]))
F.cross_entropy(x, torch.tensor([0, 1]), reduction="avg")
F.cross_entropy(x, torch.tensor([0, 1]), torch.ones(2))
F.cross_entropy(torch.ones(2, 3, dtype=torch.int64), torch.tensor([0, 1]))
F.cross_entropy(x, torch.tensor([0, 1]), label_smoothing=2.0)
F.cross_entropy(torch.tensor(1.0), torch.tensor(0))
F.cross_entropy(torch.ones(3), torch.tensor([0]))
F.cross_entropy(torch.ones(3), torch.tensor([0, 1]))
F.cross_entropy(torch.ones(2, 3, 4), torch.zeros(2, 5, dtype=torch.int64))
F.cross_entropy(x, [0, 1])
""",
    "nll_loss": """
x = torch.tensor([[-1.0, -2.0, -3.0], [-0.5, -1.0, -2.0]], requires_grad=True); t = torch.tensor([0, 2])
F.nll_loss(x, t).detach(), F.nll_loss(x, t, reduction="sum").detach(), F.nll_loss(x, t, reduction="none").detach(), F.nll_loss(x, t, torch.tensor([1.0, 2.0, 3.0])).detach(), F.nll_loss(x, t, ignore_index=2).detach()
torch.autograd.grad(F.nll_loss(x, t, torch.tensor([1.0, 2.0, 3.0])), x)
F.nll_loss(x, torch.tensor([0, 3]))
F.nll_loss(x, torch.tensor([0, 1, 2]))
F.nll_loss(x, torch.tensor([0.0, 1.0]))
F.nll_loss(x[0], torch.tensor(1)).detach()
F.nll_loss(torch.ones(2, 3, 2), torch.zeros(2, 2, dtype=torch.int64))
F.nll_loss(torch.ones(2, 3, 2), torch.zeros(2, 3, dtype=torch.int64))
F.nll_loss(torch.tensor(1.0), torch.tensor(0))
F.nll_loss(x, t, reduction="avg")
""",
    "mse_loss": """
x = torch.tensor([[1.0, 2.0], [3.0, 5.0]], requires_grad=True); y = torch.tensor([[0.0, 2.5], [1.0, 1.0]], requires_grad=True)
F.mse_loss(x, y).detach(), F.mse_loss(x, y, reduction="sum").detach(), F.mse_loss(x, y, reduction="none").detach()
torch.autograd.grad(F.mse_loss(x, y), [x, y])
F.l1_loss(x, y).detach(), F.l1_loss(x, y, reduction="sum").detach(), F.l1_loss(x, y, reduction="none").detach(), torch.autograd.grad(F.l1_loss(x, y), [x, y])
F.mse_loss(x, torch.ones(2)).detach()
F.l1_loss(x, torch.ones(2, 1)).detach()
F.mse_loss(x, torch.ones(3))
F.mse_loss(x, y, reduction="avg")
F.mse_loss(x, y.double()).dtype
F.mse_loss(torch.zeros(0), torch.zeros(0))
""",
    "one_hot": """
F.one_hot(torch.tensor([0, 2])), F.one_hot(torch.tensor([0, 2]), 4), F.one_hot(torch.tensor([[0], [1]]), num_classes=2).shape, F.one_hot(torch.tensor(1), 3)
F.one_hot(torch.tensor([0, 5]), 3)
F.one_hot(torch.tensor([-1]))
F.one_hot(torch.tensor([1.0]))
F.one_hot(torch.tensor([1], dtype=torch.int32))
F.one_hot(torch.tensor([], dtype=torch.int64))
F.one_hot(torch.tensor([], dtype=torch.int64), 3).shape
F.relu(torch.tensor([-1.0, 2.0])), F.sigmoid(torch.tensor(0.0)), F.tanh(torch.tensor(0.0))
""",
}

# ruff: noqa: E501  a snippet shows one family of things in one line
"""Reading elements: x[...] of every kind."""

CASES = {
    "basic": """
x = torch.arange(24).reshape(2, 3, 4)
for i in [0, -1, (0, 1), (1, 2, 3), (-1, -1, -1), slice(None), slice(1), (slice(None), 1), (..., 0), (0, ..., 1), (Ellipsis,), (None, 0), (0, None, 1), (slice(None), slice(0, 2), slice(1, None, 2)), (slice(5), 0), (slice(2, 1), 0), None, (None, None), (..., None), (slice(-2, None), slice(-1, None)), (), (slice(None, None, 3),), (0, slice(None), -2)]:
    show(repr(i), x[i].shape, x[i].reshape(-1).tolist())
""",
    "out of range": """
x = torch.arange(24).reshape(2, 3, 4)
x[2]
x[-3]
x[0, 3]
x[0, -4]
x[0, 0, 4]
x[:, 3]
x[0, 0, 0, 0]
x[0, 0, 0, 0, 0]
x[:, :, :, :]
x[None, 0, 0, 0, 0]
x[..., 0, 0, 0, 0]
torch.tensor(5)[0]
torch.tensor(5)[()]
torch.tensor(5)[...]
torch.tensor(5)[None]
torch.tensor(5)[:]
torch.zeros(0)[0]
x[[0, 2]]
x[torch.tensor([0, 5])]
x[:, torch.tensor([0, -4])]
x[torch.tensor(7)]
x[torch.tensor([-3])]
""",
    "bad indices": """
x = torch.arange(6).reshape(2, 3)
x[1.5]
x[torch.tensor([0.5])]
x[torch.tensor(0.5)]
x[::-1]
x[::0]
x[:, ::-2]
x[1.0:2.0]
x[torch.tensor([0, 1]), torch.tensor([0, 1, 2])]
x[torch.tensor([True, False, True])]
x[torch.tensor([[True, False], [True, False]])]
x[:, torch.tensor([True, False])]
x[..., ...]
""",
    "index tensors": """
x = torch.arange(24).reshape(2, 3, 4)
i, j, k = torch.tensor([0, 1]), torch.tensor([2, 0]), torch.tensor([[0, 1], [1, 0]])
for index in [i, (i, j), (i, j, j), k, (k, j), (slice(None), j), (slice(None), j, j), (i, slice(None), j), (..., j), (0, j), (0, slice(None), j), (slice(None), 0, j), (j, 0) if False else (i, 0), (i, None, j), (None, i, j), (slice(None), i, 0), (slice(None), None, i), (0, i, 0), (i, ..., 0), (slice(0, 1), k, slice(1, 3)), (k, slice(None), k), (slice(None), k), (i.to(torch.int32),), (i.to(torch.uint8) * 0 + 1,) if False else (i,), (slice(None), i, slice(None, None, 2))]:
    show(repr(index), x[index].shape, x[index].reshape(-1).tolist())
x[i] is x
x[torch.tensor(1)].shape
x[torch.tensor([1])].shape
x[torch.tensor([], dtype=torch.int64)].shape
x[torch.tensor([-1, -2])].shape, x[torch.tensor([-1])][0, 0]
""",
    "masks": """
x = torch.arange(6).reshape(2, 3)
m = x % 2 == 0
x[m]
x[torch.tensor([True, False])]
x[:, torch.tensor([True, False, True])]
x[torch.tensor([True, False]), 1]
x[m[0].any()]
x[True], x[False], x[False].shape
x[True, 0]
x[0, torch.tensor([True, False, True])]
x[torch.tensor([True, True]), torch.tensor([0, 2])]
x[torch.tensor([False, False])].shape
x[torch.tensor([True, False], dtype=torch.bool)[:, None] & m]
x[torch.tensor(True)].shape, x[torch.tensor(False)].shape
x[x > 100].shape
torch.tensor(5)[torch.tensor(True)]
torch.tensor(5)[True], torch.tensor(5)[False]
x[torch.tensor([1, 0], dtype=torch.uint8)]
x[[True, False]]
x[m.numpy()]
""",
    "lists and arrays": """
x = torch.arange(6).reshape(2, 3)
x[[0, 1]]
x[[0]]
x[[]].shape
x[[0, 1], [0, 2]]
x[:, [0, 0]]
x[[[0, 1], [1, 0]]]
x[[0, 1], 0]
x[np.array([1, 0])]
x[np.int64(1)]
x[np.array(1)]
x[(0, 1)]
x[range(2)]
x[[torch.tensor(0), torch.tensor(1)]]
x[[slice(None), 1]]
x[[None, 1]]
x[np.array([True, False])]
""",
    "types of results": """
x = torch.arange(6.0).reshape(2, 3)
x[0, 0]
type(x[0, 0]) is torch.Tensor
x[0].dtype, x[0, 0].shape
x[0].is_contiguous(), x[:, 0].is_contiguous(), x[:, 0].stride()
x[0].data_ptr() == x.data_ptr()
x[[0]].data_ptr() == x.data_ptr()
x[:] is x, x[:].data_ptr() == x.data_ptr()
x[...]._base is x, x[[0]]._base is None, x[0]._base is x, x[0][1:]._base is x
x[x > 1]._base is None
""",
    "gradients": """
x = torch.arange(6.0).reshape(2, 3).requires_grad_()
def grad_of(index):
    (g,) = torch.autograd.grad((x[index] * 2).sum(), x)
    return g.tolist()
for index in [0, (0, 1), (slice(None), 1), (..., None), slice(0, 0), [0, 0], (torch.tensor([0, 1]), torch.tensor([2, 2])), (slice(None), [1, 1]), x.detach() > 2, (0, [2, 2, 0]), True, (None, 1)]:
    show(repr(index), grad_of(index))
x[[0, 0, 1]].sum().backward(); x.grad
x[0, 0].requires_grad, x[0, 0].is_leaf
""",
    "named functions": """
x = torch.arange(6).reshape(2, 3)
torch.gather(x, 1, torch.tensor([[0, 0], [2, 1]]))
torch.gather(x, 0, torch.tensor([[1, 0, 1]]))
torch.gather(x, 1, torch.tensor([[0], [5]]))
torch.gather(x, 2, torch.tensor([[0]]))
torch.gather(x, 1, torch.tensor([0]))
torch.gather(x, 1, torch.tensor([[0.0]]))
torch.index_select(x, 1, torch.tensor([2, 0, 0]))
torch.index_select(x, 0, torch.tensor([[0]]))
torch.take(x, torch.tensor([[5, 0], [-1, 2]]))
torch.take(x, torch.tensor([6]))
torch.masked_select(x, x > 2)
torch.masked_select(x, torch.tensor([True, False, True]))
torch.masked_select(x, x)
torch.nonzero(x > 3), torch.nonzero(x > 3, as_tuple=True)
torch.nonzero(torch.tensor(5)), torch.nonzero(torch.tensor(0)).shape
x.narrow(1, 1, 2), x.select(0, 1), x.select(1, -1)
x.narrow(1, 2, 2)
x.narrow(1, -1, 1)
x.narrow(1, 0, -1)
x.select(0, 2)
x.select(0, -3)
x.select(2, 0)
torch.where(x > 3)
""",
}

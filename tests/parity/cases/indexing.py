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
    "tensors without dimensions": """
x, v, m = torch.tensor(3.0), torch.tensor([3.0, 4.0]), torch.tensor([[1.0, 2.0], [3.0, 4.0]])
one, two, three = torch.tensor(2.0), torch.tensor([2.0]), torch.tensor([2.0, 5.0, 7.0])
point, line, pair, none = torch.tensor(0), torch.tensor([0]), torch.tensor([0, 0]), torch.tensor([], dtype=torch.int64)
def tried(f):
    try:
        return f().tolist()
    except (RuntimeError, IndexError) as error:
        return str(error)
for i in [point, line, pair, none, torch.tensor(1), torch.tensor([1]), torch.tensor(-1)]:
    show(i.tolist(), [tried(lambda: torch.gather(t, 0, i)) for t in (x, v)], [tried(lambda: torch.index_select(t, 0, i)) for t in (x, v, m)])
    show(i.tolist(), [tried(lambda: t.scatter(0, i, a)) for t in (x, v) for a in (one, two, three, 7.0)])
    show(i.tolist(), [tried(lambda: t.scatter_add(0, i, a)) for t in (x, v) for a in (one, two, three)])
    show(i.tolist(), [tried(lambda: t.scatter_reduce(0, i, a, "amax")) for t in (x, v) for a in (one, two, three)])
for i in [point, line, torch.tensor(1), torch.tensor([1]), torch.tensor(-1), torch.tensor([[0]])]:
    for name in ["index_add", "index_copy", "index_fill"]:
        show(name, i.tolist(), [tried(lambda: getattr(t, name)(0, i, a)) for t in (x, v) for a in (one, two, three)])
m.index_add(1, line, v)
x.movedim(0, -1), x.movedim((), ()), torch.linalg.vecdot(x, x)
x.narrow(0, 0, 1)
x.select(0, 0)
torch.select_scatter(x, x, 0, 0)
torch.slice_scatter(x, x, 0)
torch.slice_copy(x)
torch.roll(x, 1, 0)
torch.unique(x, dim=0)
torch.take_along_dim(x, point, 0)
torch.nn.functional.bilinear(x, x, m)
""",
    "dtypes of an index": """
v, m = torch.tensor([3.0, 4.0]), torch.tensor([[1.0, 2.0], [3.0, 4.0]])
def tried(f):
    try:
        return f().tolist()
    except (RuntimeError, IndexError) as error:
        return str(error)
for dtype in [torch.int64, torch.int32, torch.int16, torch.float32, torch.bool]:
    i = torch.tensor([0]).to(dtype)
    show(dtype, tried(lambda: torch.gather(v, 0, i)), tried(lambda: torch.index_select(v, 0, i)), tried(lambda: torch.take_along_dim(v, i, 0)), tried(lambda: torch.take(v, i)))
    show(dtype, tried(lambda: torch.scatter(v, 0, i, 1.0)), tried(lambda: torch.scatter_add(v, 0, i, v)), tried(lambda: torch.scatter_reduce(v, 0, i, v, "sum")), tried(lambda: torch.put(v, i, v[:1])))
    for name in ["index_add", "index_copy", "index_fill"]:
        show(dtype, tried(lambda: getattr(v, name)(0, i, torch.tensor(1.0) if name == "index_fill" else v[:1])))
for i in [torch.tensor([0], dtype=torch.int8), torch.tensor([0], dtype=torch.int16)]:
    show(tried(lambda: v[i]), tried(lambda: torch.index_put(v, (i,), torch.tensor(1.0))), tried(lambda: v[i[0]]), tried(lambda: v[i.numpy()]))
""",
    "outside": """
v, m = torch.tensor([3.0, 4.0]), torch.tensor([[1.0, 2.0], [3.0, 4.0]])
def tried(f):
    try:
        return f().tolist()
    except (RuntimeError, IndexError) as error:
        return type(error).__mro__[-3].__name__, str(error)
for entries in [[-1, 0], [0, 2], [1, -3]]:
    i = torch.tensor(entries)
    show(entries, [tried(lambda: torch.gather(t, d, i if t is v else i[None])) for t, d in ((v, 0), (m, 0), (m, 1))], tried(lambda: torch.index_select(m, 0, i)))
    show(entries, [tried(lambda: torch.scatter(t, d, i if t is v else i[None], 5.0)) for t, d in ((v, 0), (m, 0), (m, 1))])
    show(entries, [tried(lambda: f(m, d, i, m)) for f in (torch.index_add, torch.index_copy) for d in (0, 1)], tried(lambda: torch.index_fill(m, 1, i, 5.0)))
    show(entries, tried(lambda: torch.take(m, i)), tried(lambda: torch.put(m, i, v)))
torch.take_along_dim(v, torch.tensor([-1]), 0), torch.take_along_dim(m, torch.tensor([[-1, 0]]), 0)
""",
    "scatter that adds or multiplies": """
v, m = torch.tensor([3.0, 4.0]), torch.tensor([[1.0, 2.0], [3.0, 4.0]])
v.scatter(0, torch.tensor([1, 1]), v, reduce="multiply"), v.scatter(0, torch.tensor([1, 1]), v, reduce="add")
v.scatter(0, torch.tensor([1, 1]), 2.0, reduce="multiply"), torch.scatter(v, 0, torch.tensor([0]), value=2.5, reduce="add")
m.scatter(1, torch.tensor([[0], [1]]), m, reduce="add"), torch.tensor([3, 4]).scatter(0, torch.tensor([1, 1]), torch.tensor([2, 5]), reduce="multiply")
m.scatter_(1, torch.tensor([[0], [1]]), 10.0, reduce="multiply"), m
torch.scatter(v, 0, torch.tensor([1]), v, reduce="add", out=torch.zeros(2))
v.scatter(0, torch.tensor([1]), v, reduce="mean")
torch.tensor([True, False]).scatter(0, torch.tensor([1]), True, reduce="add")
""",
}

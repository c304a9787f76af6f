# ruff: noqa: E501  a snippet shows one family of things in one line
"""Making tensors."""

CASES = {
    "inferred dtypes": """
for data in [1, 1.5, True, 1j, [1, 2], [1, 2.5], [True, False], [True, 2], [True, 2.5], [1j, 2], [], [[]], [[], []], [[1, 2], [3, 4]], (1, 2), [(1, 2), [3, 4]], 2**40, range(3), [range(2), range(2)]]:
    show(attempt(lambda: (torch.tensor(data), torch.tensor(data).dtype)))
""",
    "from numpy": """
for d in ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64", "complex64", "complex128"]:
    a = np.array([0, 1], d)
    show(torch.tensor(a).dtype, torch.from_numpy(a).dtype, torch.as_tensor(a).dtype, torch.tensor(a[1]).dtype)
torch.tensor(np.float64(1.5)).dtype
torch.tensor([np.float64(1.5)]).dtype
torch.tensor([np.float32(1.5), 2.0]).dtype
torch.tensor([np.int32(1)]).dtype
torch.from_numpy([1, 2])
a = np.zeros(3, np.float32); t = torch.from_numpy(a); a[0] = 1; t
t[1] = 5.0; a
b = torch.as_tensor(a); b[2] = 9.0; a
c = torch.tensor(a); c[0] = 100.0; a
torch.as_tensor(a, dtype=torch.float64)
x = torch.ones(2); torch.as_tensor(x) is x
torch.as_tensor([1, 2.5])
""",
    "errors": """
torch.tensor("abc")
torch.tensor(None)
torch.tensor([None])
torch.tensor([[1, 2], [3]])
torch.tensor([[1, 2], 3])
torch.tensor([1, [2]])
torch.tensor({})
torch.tensor([1, 2], requires_grad=True)
torch.tensor([True], requires_grad=True)
torch.tensor([1.0], dtype=torch.int64, requires_grad=True)
torch.tensor(2**70)
torch.tensor(300, dtype=torch.uint8)
torch.tensor([-1], dtype=torch.uint8)
torch.tensor(1.7, dtype=torch.int64)
torch.tensor(1j, dtype=torch.float32)
torch.tensor([nan], dtype=torch.bool)
torch.zeros(-1)
torch.zeros(2, -3)
torch.ones(2.5)
torch.zeros("a")
torch.tensor([1.0], dtype=float)
torch.tensor([1.0], dtype=int)
torch.tensor([1.0], dtype=bool)
torch.zeros(2, device="cpu")
""",
    "filled": """
torch.zeros(2), torch.zeros(()), torch.zeros([2, 1]), torch.zeros((1, 2)), torch.zeros(torch.Size([2]))
torch.ones(2, 2, dtype=torch.int32)
torch.full((2,), 7), torch.full((2,), 7.5), torch.full((2,), True), torch.full((), 1), torch.full((2,), 1, dtype=torch.float64)
torch.full((2,), 1j)
torch.full([2, 1], 3)
torch.full(2, 3)
torch.eye(2), torch.eye(2, 3), torch.eye(3, 2, dtype=torch.int64)
torch.empty(2, 3).shape, torch.empty((2, 3)).dtype
x = torch.tensor([1.5, 2.5], dtype=torch.float64, requires_grad=True)
torch.zeros_like(x), torch.ones_like(x), torch.full_like(x, 2)
torch.zeros_like(x, dtype=torch.int64), torch.ones_like(x, requires_grad=True)
torch.empty_like(x).shape
torch.full_like(torch.tensor([1, 2]), 2.7)
torch.full_like(torch.tensor([True]), 2)
x.new_zeros(2), x.new_ones(2, 2), x.new_full((2,), 3), x.new_tensor([1, 2]), x.new_empty(0)
x.new_zeros((2,), dtype=torch.int64)
torch.tensor([1]).new_full((2,), 1.5)
""",
    "arange": """
torch.arange(3), torch.arange(3.0), torch.arange(1, 4), torch.arange(1, 4.0), torch.arange(0, 1, 0.25), torch.arange(5, 0, -2)
torch.arange(0), torch.arange(2, 2), torch.arange(3, dtype=torch.float64), torch.arange(0.5, 3)
torch.arange(0, 1, 0.1).numel(), torch.arange(0, 10, 3)
torch.arange(1, 0)
torch.arange(0, 1, 0)
torch.arange(0, 1, -1)
torch.arange(3, requires_grad=True)
torch.arange(3.0, requires_grad=True)
torch.arange(torch.tensor(3))
torch.arange(end=3)
torch.arange(start=1, end=3, step=1)
torch.arange(1.0, 2.0, 0.1)
torch.arange(nan)
""",
    "linspace": """
torch.linspace(0, 1, 5), torch.linspace(0, 1, 1), torch.linspace(0, 1, 0), torch.linspace(-2, 2, 4), torch.linspace(0, 10, 3, dtype=torch.int64)
torch.linspace(0, 1, 3, dtype=torch.float64)
torch.linspace(0, 1, -1)
torch.linspace(1, 0, steps=3)
torch.linspace(0, 1, 101)[[7, 33, 66, 99]]
""",
    "legacy constructor": """
torch.Tensor([1, 2])
torch.Tensor(2, 3).shape
torch.Tensor().shape
torch.Tensor([[1.5]]).dtype
""",
    "from tensors": """
x = torch.tensor([1.0, 2.0], requires_grad=True)
torch.tensor(x)
torch.tensor([x[0], x[1]])
torch.tensor(x.detach())
torch.tensor([torch.tensor(1), torch.tensor(2)])
torch.tensor([torch.tensor(1.5, dtype=torch.float64)]).dtype
torch.tensor([torch.ones(2), torch.ones(2)])
torch.tensor([torch.tensor([1.0])])
""",
    "casts": """
x = torch.tensor([-1.7, 0.0, 2.5, 300.0])
for d in DTYPES:
    show(x.to(d))
x.float() is x, x.to(torch.float32) is x, x.to("cpu") is x, x.double() is x
x.int(), x.long(), x.bool(), x.half(), x.short(), x.double()
x.type(torch.int64), x.to(torch.zeros(1, dtype=torch.int32)).dtype, x.to(dtype=torch.float64).dtype, x.to("cpu", torch.int64).dtype
x.to(torch.float32, copy=True) is x
torch.tensor([200]).to(torch.int8), torch.tensor([-1]).to(torch.uint8), torch.tensor([2**33]).to(torch.int32)
torch.tensor([nan, 0.0, 0.3]).bool()
y = torch.tensor([1.0], requires_grad=True); y.double()
y.double().sum().backward(); y.grad
y.long().requires_grad
""",
}

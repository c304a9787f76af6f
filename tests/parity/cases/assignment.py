# ruff: noqa: E501  a snippet shows one family of things in one line
"""Writing elements: x[...] = value of every kind."""

CASES = {
    "basic": """
for index in [0, -1, (0, 1), slice(None), (slice(None), 1), ..., (..., 0), None, (slice(0, 2), slice(1, 3)), (slice(None), slice(None, None, 2)), (1, None)]:
    x = torch.zeros(2, 3); x[index] = 5.0; show(repr(index), x.tolist(), x._version)
for index in [[0], [0, 0], ([0, 1], [1, 2]), (slice(None), [2, 0]), (0, [1, 2]), torch.tensor([1]), True, np.array([0])]:
    x = torch.zeros(2, 3); x[index] = 5.0; show(repr(index), x.tolist(), x._version)
x = torch.arange(6.0).reshape(2, 3); x[x > 2] = -1; x
x[x < 0] = torch.tensor([7.0, 8.0, 9.0]); x
x[torch.tensor([True, False])] = torch.tensor([1.0, 2.0, 3.0]); x
x[:, torch.tensor([True, False, True])] = 0; x
y = torch.tensor(1.0); y[()] = 2.0; y
y[...] = 3.0; y
""",
    "values broadcast": """
x = torch.zeros(2, 3)
x[0] = torch.tensor([1.0, 2.0, 3.0]); x
x[:] = torch.tensor([4.0, 5.0, 6.0]); x
x[:, 0] = torch.tensor([7.0, 8.0]); x
x[:, :2] = torch.tensor([[1.0], [2.0]]); x
x[0] = torch.ones(1, 3); x
x[0] = torch.ones(1, 1, 1, 3) * 2; x
x[[0, 1]] = torch.tensor([9.0, 9.0, 8.0]); x
x[[0, 1], [0, 1]] = torch.tensor([0.5, 0.25]); x
x[[0, 1], [0, 1]] = torch.ones(1, 2); x
x[0] = torch.tensor(3); x
x[1] = torch.tensor([1, 2, 3]); x
x[1] = torch.tensor([True, False, True]); x
x[1] = True; x
x[0, 0] = torch.tensor([5.0]); x
x[0, 0] = np.float64(2.5); x
""",
    "values that do not fit": """
x = torch.zeros(2, 3)
x[0] = torch.ones(2)
x[:] = torch.ones(3, 3)
x[0] = torch.ones(2, 3)
x[0, 0] = torch.ones(2)
x[[0, 1]] = torch.ones(3, 3)
x[[0, 1], [0, 1]] = torch.ones(3)
x[x == 0] = torch.ones(5)
x[torch.tensor([True, False])] = torch.ones(2)
x[2] = 1.0
x[0, 3] = 1.0
x[0, 0, 0] = 1.0
x[[0, 2]] = 1.0
x[torch.tensor([True, False, True])] = 1.0
x[0] = "a"
x[0] = None
x[0] = [1.0, 2.0, 3.0]
x[0] = np.array([1.0, 2.0, 3.0])
x[::-1] = 1.0
x[1.5] = 1.0
""",
    "dtypes of values": """
x = torch.zeros(3, dtype=torch.int64)
x[0] = 2.7; x
x[1] = torch.tensor(3.9); x
x[2] = True; x
x[[0, 1]] = 1.5; x
x[[0, 1]] = torch.tensor([1.5, 2.5])
x[x > 0] = 7.5; x
x[x > 0] = torch.tensor([1.5])
x[0] = 1j
b = torch.zeros(2, dtype=torch.bool); b[0] = 5; b
b[1] = 0.5; b
u = torch.zeros(2, dtype=torch.uint8); u[0] = 300
u[0] = -1; u
f = torch.zeros(2); f[0] = 10**20; f
f[1] = torch.tensor(1.5, dtype=torch.float64); f
f[[0]] = torch.tensor([2], dtype=torch.int64)
f[[0]] = torch.tensor([2.0], dtype=torch.float64)
h = torch.zeros(2, dtype=torch.float16); h[0] = 70000.0; h
""",
    "repeated positions": """
x = torch.zeros(3); x[[0, 0, 1]] = torch.tensor([1.0, 2.0, 3.0]); x
x[[0, 0, 1]] += 1; x
x = torch.zeros(3); x[[0, 0]] -= 2; x
x[1:] *= 3; x
x[0] += 5; x
x[0] /= 2; x
x[x > 0] += 1; x
""",
    "gradients": """
x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
y = x * 2; y[0] = 5.0; y
y.sum().backward(); x.grad
y = torch.zeros(3); y[1] = x[0] * 3; y.requires_grad, y.is_leaf
torch.autograd.grad(y.sum(), x)
v = torch.tensor([10.0, 20.0], requires_grad=True)
y = x * 1; y[1:] = v; torch.autograd.grad((y * y).sum(), [x, v])
y = x * 1; y[[0, 2]] = v; torch.autograd.grad((y * y).sum(), [x, v])
y = x * 1; y[torch.tensor([True, False, True])] = v; torch.autograd.grad((y * y).sum(), [x, v])
y = x * 1; y[:] = v[0]; torch.autograd.grad((y * y).sum(), [x, v], allow_unused=True)
y = x * 1; y[x > 1.5] = 0; torch.autograd.grad((y * x).sum(), x)
y = torch.zeros(2, 3); y[:, 1:] = v[:, None]; torch.autograd.grad((y * y).sum(), v)
y = torch.zeros(2, 2); y[0] = v; y[1] = v * 2; torch.autograd.grad((y * y).sum(), v)
y = torch.zeros(3, dtype=torch.float64); y[0] = x[0]; torch.autograd.grad(y.sum(), x)
for i in range(3):
    z = x * 1 if i == 0 else z
    z[i] = z[i] * z[i - 1]
z
torch.autograd.grad(z.sum(), x)
y = x * x; y[0] = 1.0; y.sum().backward()
y = x.exp(); y[0] = 1.0
y.sum().backward()
y = torch.zeros(3); y[0] += x[0]; y[0] += x[1] * 2; torch.autograd.grad(y.sum(), x)
""",
    "leaves": """
x = torch.ones(3, requires_grad=True)
x[0] = 5.0
x[:] = 1.0
x[[0]] = 1.0
x[x > 0] = 0.0
x[0] += 1
with torch.no_grad(): x[0] = 7.0
x, x._version
x.data[1] = 8.0; x
x.detach()[2] = 9.0; x
""",
}

# ruff: noqa: E501  a snippet shows one family of things in one line
"""Tensors as Python numbers, lists, copies, pickles and NumPy arrays."""

CASES = {
    "numbers": """
t = torch.tensor([2.5]); i = torch.tensor(3); b = torch.tensor(True); m = torch.ones(2, 2); e = torch.zeros(0); c = torch.tensor(1 + 2j)
t.item(), i.item(), b.item(), c.item(), type(i.item()), type(b.item())
m.item()
e.item()
float(t), int(t), bool(t), float(i), int(b), complex(c), complex(t)
float(m)
int(m)
bool(m)
bool(e)
bool(torch.zeros(1)), bool(torch.tensor(nan)), bool(torch.tensor([[0]]))
float(c)
int(c)
int(torch.tensor(2.9)), int(torch.tensor(-2.9))
int(torch.tensor(inf))
int(torch.tensor(nan))
range(i), [10, 20, 30, 40][i], "abcd"[i]
[1, 2][torch.tensor([1])]
[1, 2][t]
[1, 2][torch.tensor(1.0)]
[1, 2][b]
"a" * torch.tensor(2)
[1, 2][torch.tensor([0, 1])]
math.sqrt(torch.tensor(4.0)), math.floor(torch.tensor(2.5))
round(torch.tensor(2.567), 2)
round(torch.tensor(2.5))
abs(torch.tensor(-1.0)), divmod(torch.tensor(7), 2), pow(torch.tensor(2), 3), -torch.tensor(1), +torch.tensor(1)
max(torch.tensor([3, 1])), sum(torch.tensor([1, 2])), sorted(torch.tensor([3, 1, 2]))
m if m.any() else 0
1 if m else 0
not torch.tensor(0)
torch.tensor(2.0, requires_grad=True).item()
float(torch.tensor(2.0, requires_grad=True))
int(torch.tensor(2.0, requires_grad=True))
bool(torch.tensor(2.0, requires_grad=True))
""",
    "sequences": """
x = torch.arange(6).reshape(2, 3); s = torch.tensor(1)
len(x), len(x[0]), len(torch.zeros(0))
len(s)
[r for r in x], list(x[0])
[v for v in s]
iter(s)
x.tolist(), s.tolist(), torch.tensor([[]]).tolist(), torch.tensor([True]).tolist(), torch.tensor([1.5, nan]).tolist(), torch.tensor([1j]).tolist()
torch.tensor([0.1]).tolist(), torch.tensor([0.1], dtype=torch.float64).tolist(), torch.tensor([0.1], dtype=torch.float16).tolist()
3 in x, 7 in x, torch.tensor(2) in x, torch.tensor([0, 1, 2]) in x
"a" in x
None in x
[1] in x
a, b = x; a
a, b, c = x
first, *rest = torch.arange(3); first, rest
(x[0] == x[0]).all() and True
list(reversed(torch.tensor([1, 2])))
tuple(torch.tensor([1, 2]))
x in [x]
s in [torch.tensor(2), torch.tensor(1)]
x in [torch.zeros(2, 3)]
dict(zip("ab", x[:, 0]))
enumerate(s)
hash(x) == hash(x), len({x: 1, x.clone(): 2}), x == x
""",
    "copies and pickles": """
x = torch.tensor([1.0, 2.0], requires_grad=True); x.sum().backward()
y = copy.deepcopy(x); y, y.grad, y.is_leaf, y is x, y.data_ptr() == x.data_ptr()
z = copy.copy(x); z, z.requires_grad, z.data_ptr() == x.data_ptr()
copy.deepcopy(x * 2)
copy.copy(torch.ones(2))
p = pickle.loads(pickle.dumps(x)); p, p.grad, p.requires_grad
pickle.loads(pickle.dumps(torch.arange(6).reshape(2, 3).t()))
pickle.loads(pickle.dumps(torch.tensor(1.5, dtype=torch.float64)))
pickle.loads(pickle.dumps({"w": torch.ones(2), "d": torch.float32, "s": torch.Size([1, 2])}))
(pickle.loads(pickle.dumps(x * 2)) - x.detach() * 2).detach()
d = copy.deepcopy([x.detach(), x.detach()]); d
a = torch.ones(2); both = copy.deepcopy([a, a]); both[0] is both[1]
copy.deepcopy(torch.float32) is torch.float32, copy.copy(torch.int64) is torch.int64
copy.deepcopy(torch.arange(6).reshape(2, 3).t()).stride()
v = torch.arange(4)[1:3]; copy.deepcopy(v)
""",
    "numpy": """
x = torch.tensor([1.0, 2.0])
x.numpy(), np.asarray(x)
n = x.numpy(); n[0] = 5; x
m = np.asarray(x); m[1] = 7; x
r = torch.ones(2, requires_grad=True)
r.numpy()
np.asarray(r)
r.detach().numpy(), r.numpy(force=True)
(r * 2).numpy()
np.float64(2) * x
np.float32(2) + x
x * np.float64(2), x + np.float32(1.5), x * np.int64(2)
x[np.int64(0)], x * np.bool_(True)
torch.tensor([1, 2]) * np.float64(1.5), torch.tensor([1, 2]) * np.float32(1.5)
torch.tensor([1, 2]).numpy().dtype, torch.tensor([True]).numpy().dtype, torch.tensor(1.5).numpy(), torch.tensor(1.5).numpy().shape
np.array([torch.tensor(1.0), torch.tensor(2.0)])
np.stack([torch.ones(2), torch.zeros(2)])
np.zeros(torch.tensor(3))
np.arange(5)[torch.tensor([1, 2])]
np.float32(x[0]), float(np.asarray(x)[0])
x == np.array([5.0, 7.0])
np.allclose(x, [5, 7])
np.array_equal(x, np.array([5, 7]))
x.__array__().dtype
torch.from_numpy(np.zeros((2, 3))).t().numpy().shape
x.t().numpy().flags.writeable
""",
    "NumPy on the left": """
x = torch.tensor([1.0, 2.0])
np.ones(2) * x
np.ones(2, np.float32) + x
np.array(x)
np.sum(x)
np.linspace(0, torch.tensor(1.0), 3)
torch.ones(2, 2) @ np.ones((2, 2))
""",
}

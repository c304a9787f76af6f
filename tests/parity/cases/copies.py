# ruff: noqa: E501  a snippet shows one family of things in one line
"""Copies, pickles, shared memory, NumPy's side of it, and tensors as members and keys."""

CASES = {
    "copy.copy": """
x = torch.tensor([1.0, 2.0], requires_grad=True); x.sum().backward(); c = copy.copy(x)
c, c is x, c.requires_grad, c.is_leaf, c.data_ptr() == x.data_ptr(), c.grad
c.grad is x.grad, c._base is None
with torch.no_grad(): c[0] = 9.0
x
y = x * 2; d = copy.copy(y); d.requires_grad, d.is_leaf, d.grad_fn
p = torch.ones(2); q = copy.copy(p); q[0] = 5.0; p, q is p
l = [p, x]; m = copy.copy(l); m[0] is p
copy.copy(torch.ones(2, 2).t()).stride(), copy.copy(torch.tensor(1.5, dtype=torch.float64))
""",
    "writes to a shallow copy": """
x = torch.tensor([1.0, 2.0], requires_grad=True); y = x * x; c = copy.copy(x)
with torch.no_grad(): c[0] = 9.0
x, x._version
torch.autograd.grad(y.sum(), x)
""",
    "copy.deepcopy": """
x = torch.tensor([1.0, 2.0], requires_grad=True); (x * 3).sum().backward(); c = copy.deepcopy(x)
c, c.requires_grad, c.is_leaf, c.grad, c.grad is x.grad, c.data_ptr() == x.data_ptr()
with torch.no_grad(): c[0] = 9.0
c.grad.zero_(); x, x.grad
copy.deepcopy(x * 2)
copy.deepcopy({"a": [x * 2]})
copy.deepcopy((x * 2).detach()), copy.deepcopy((x * 2).data)
with torch.no_grad(): y = x * 2; show(copy.deepcopy(y))
copy.deepcopy(x[0])
copy.deepcopy(x.detach()[0])
copy.deepcopy(torch.tensor([1, 2])), copy.deepcopy(torch.tensor(True)), copy.deepcopy(torch.zeros(0, 3)).shape
e = copy.deepcopy(torch.ones(1).expand(3)); e.stride(), e
t = copy.deepcopy(torch.arange(6.0).reshape(2, 3).t()); t.stride(), t.is_contiguous(), t
x.grad.requires_grad_(); copy.deepcopy(x).grad.requires_grad
""",
    "deepcopy of containers": """
a = torch.ones(2); b = a[:1]; w = torch.ones(2, requires_grad=True)
both = copy.deepcopy([a, a]); both[0] is both[1], both[0] is a
shared = copy.deepcopy([a, b]); shared[0][0] = 7.0; shared[1], a, shared[1]._base is shared[0]
d = copy.deepcopy({"w": w, "again": w, "n": 5}); d["w"] is d["again"], d["w"].requires_grad, d["n"]
memo = {}; c = copy.deepcopy(a, memo); copy.deepcopy(a, memo) is c, copy.deepcopy(a) is c
class Model:
    def __init__(self): self.w = torch.tensor([1.0], requires_grad=True); self.b = self.w
m = Model(); n = copy.deepcopy(m); n.w is n.b, n.w is m.w, n.w.requires_grad
(m.w * 2).sum().backward(); n.w.grad, copy.deepcopy(m).w.grad
m.y = m.w * 2; copy.deepcopy(m)
t = (a, w); u = copy.deepcopy(t); u[0] is a, u[1] is w
w.note = "kept"; copy.deepcopy(w).note, copy.copy(w).note
""",
    "pickles": """
x = torch.tensor([1.0, 2.0], requires_grad=True); (x * 3).sum().backward()
def again(v): return pickle.loads(pickle.dumps(v))
p = again(x); p, p.requires_grad, p.is_leaf, p.grad, p is x
y = again(x * 2); y.requires_grad, y.is_leaf, y.grad_fn, y.detach()
again(x.detach()), again(torch.tensor([1, 2])), again(torch.tensor([True])), again(torch.tensor(1.5, dtype=torch.float16)), again(torch.tensor([1j]))
t = again(torch.arange(6.0).reshape(2, 3).t()); t, t.stride()
again(torch.ones(1).expand(3)).stride(), again(torch.zeros(0, 2)).shape
a = torch.arange(4.0); l = again([a, a, a[1:3]]); l[0] is l[1], l[0] is a
l[0][1] = 50.0; l[2]
for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1): show(protocol, pickle.loads(pickle.dumps(x.detach(), protocol)))
again(torch.float32) is torch.float32, again(torch.Size([1, 2])), again(torch.float64)
again({"w": x})["w"].requires_grad
""",
    "versions of copies": """
x = torch.tensor([1.0, 2.0], requires_grad=True)
copy.copy(x)._version, copy.deepcopy(x)._version, pickle.loads(pickle.dumps(x))._version
""",
    "versions of clones": """
x = torch.tensor([1.0, 2.0], requires_grad=True); x._version, x.clone()._version
d = x.detach(); d.add_(1); x.clone()._version, torch.tensor(d.tolist())._version
with torch.inference_mode(): i = torch.ones(2)
pickle.loads(pickle.dumps(i)).is_inference(), copy.deepcopy(i).is_inference(), copy.copy(i).is_inference()
""",
    "clone and detach": """
x = torch.tensor([1.0, 2.0], requires_grad=True); c = x.clone(); d = x.detach()
c.data_ptr() == x.data_ptr(), d.data_ptr() == x.data_ptr(), c.requires_grad, d.requires_grad, c.is_leaf, d.is_leaf, d is x
d[0] = 10.0; x, x._version, c
(c * 3).sum().backward(); x.grad, d.grad, x.grad is None
torch.clone(x).grad_fn is not None, x.clone().detach().requires_grad, x.detach().clone().requires_grad, x.detach().detach() is d
d.requires_grad_(); (d * x).sum().backward(); d.grad
t = torch.arange(6.0).reshape(2, 3).t(); t.clone().stride(), t.clone(memory_format=torch.contiguous_format).stride(), t.contiguous().stride(), torch.ones(1).expand(3).clone().stride()
x.detach()._base is None, x[:1].detach()._base is None, x.detach()._is_view()
y = x * 2; e = y.detach(); e.zero_(); y, y._version
z = torch.tensor(3.0); z.clone() is z, z.detach() is z, torch.detach(z)
x.clone().requires_grad_(False)
""",
    "data": """
x = torch.tensor([1.0, 2.0], requires_grad=True); v = x.data
v.requires_grad, v.is_leaf, v.data_ptr() == x.data_ptr(), v is x.data, v.grad_fn
v[0] = 5.0; x, v._version
x.data = torch.tensor([7.0, 8.0]); x, x.requires_grad, x.is_leaf, v
x.data = torch.ones(3); x.shape
x.data = torch.ones(3, dtype=torch.float64); x.dtype
x.data = "a"
x.data = torch.ones(3, dtype=torch.int64)
del x.data
p = torch.tensor([1, 2]); p.data = torch.tensor([1.5]); p
y = (x * 2); y.data.zero_(); y
g = torch.ones(3, requires_grad=True); g.sum().backward(); g.data -= 0.1 * g.grad.data; g
(x.data * 2).requires_grad, x.data.data.requires_grad
""",
    "versions of data": """
x = torch.tensor([1.0, 2.0], requires_grad=True); y = x * x; x.data[0] = 5.0; x._version
torch.autograd.grad(y.sum(), x)
y = x * x; x.data = torch.tensor([7.0, 8.0]); x._version
torch.autograd.grad(y.sum(), x)
""",
    "numpy": """
x = torch.tensor([[1.0, 2.0], [3.0, 4.0]]); n = x.numpy(); n[0, 0] = 50.0; x[1, 1] = 60.0
n, x, x._version, n.flags.owndata, n.base is not None
r = torch.ones(2, requires_grad=True)
r.numpy()
(r * 2).numpy()
r.detach().numpy(), r.numpy(force=True), (r * 2).numpy(force=True)
with torch.no_grad(): r.numpy()
d = r.detach().numpy(); d[0] = 9.0; r, r._version
x.t().numpy().strides, x[:, 0].numpy(), x[::1].numpy().shape, torch.ones(1).expand(3).numpy().strides, torch.tensor(5).numpy(), torch.tensor(5).numpy().shape, torch.zeros(0, 2).numpy().shape
[torch.ones(1, dtype=d).numpy().dtype.name for d in DTYPES]
x.numpy().dtype, x.half().numpy().dtype, (x > 2).numpy()
bool(x.t().numpy()[0, 1] == x[1, 0].item()), np.shares_memory(x.numpy(), x.numpy()), np.shares_memory(x.numpy(), x.clone().numpy())
x.numpy().tolist(), x.tolist(), type(x.tolist()[0][0]).__name__
""",
    "from_numpy": """
a = np.arange(4.0); t = torch.from_numpy(a); t.dtype, t.requires_grad, t.is_leaf
t[0] = 50.0; a[1] = 60.0; a, t, t._version
torch.from_numpy(a[::2]), torch.from_numpy(a.reshape(2, 2).T).stride(), torch.from_numpy(a.reshape(2, 2)[:, 0])
w = torch.from_numpy(np.ones(2)).requires_grad_(); (w * 2).sum().backward(); w.grad
torch.from_numpy(np.ones(2, dtype=np.float32)).numpy().dtype
torch.from_numpy(np.float64(1.5))
torch.from_numpy(np.array(1.5)), torch.from_numpy(np.array(1.5)).shape, torch.from_numpy(np.zeros((0, 3))).shape
torch.from_numpy([1, 2])
""",
    "arrays that are no tensors": """
torch.from_numpy(np.array(["a"]))
torch.from_numpy(np.array([None]))
torch.from_numpy(np.array([1], dtype=">f4"))
torch.as_tensor(np.array([None]))
torch.tensor(np.array(["a"]))
b = np.ones(2); b.flags.writeable = False; u = torch.from_numpy(b); u, b.flags.writeable
""",
    "copies of arrays with negative strides": """
a = np.arange(4.0)
torch.tensor(a[::-1])
torch.from_numpy(a[::-1])
torch.as_tensor(a[::-1])
torch.from_numpy(np.flip(a))
""",
    "tensors over read-only arrays": """
b = np.ones(2); b.flags.writeable = False; u = torch.from_numpy(b)
u.numpy().flags.writeable
u.add_(1)
u[0] = 5.0
b
""",
    "arrays of tensors": """
x = torch.tensor([1.0, 2.0]); r = torch.ones(2, requires_grad=True)
x.__array__(), x.__array__(dtype=np.float64), x.__array__(np.int32).dtype
np.asarray(x), np.asarray(x, dtype=np.float64), np.shares_memory(np.asarray(x), x.numpy()), np.shares_memory(np.asarray(x, dtype=np.float64), x.numpy())
np.asarray(r)
np.asarray(r.detach()), np.asarray(torch.tensor(True)), np.asarray(torch.tensor(3)).dtype, np.asarray(torch.zeros(0)).shape
np.asarray([torch.tensor(1.0), torch.tensor(2.0)]), np.asarray([x.tolist(), x.tolist()])
np.concatenate([x, x]), np.stack([x, x]).shape, np.zeros(2) + x.numpy()
np.sin(x.numpy()), np.maximum(x.numpy(), 1.5), np.isclose(x, [1.0, 2.0]), np.allclose(x, x)
a = np.zeros(2); a[:] = x; a
a[torch.tensor(0)] = 5.0; a, a[torch.tensor([1, 0])]
len(np.asarray(x)), np.asarray(x).flags.writeable
""",
    "functions of NumPy": """
x = torch.tensor([1.0, 4.0]); r = torch.ones(2, requires_grad=True)
np.sqrt(x)
type(np.sqrt(x)).__name__
np.add(x, x)
np.mean(x)
np.add(r, 1)
np.sin(r)
x * np.array([2.0, 3.0])
np.array([2.0, 3.0]) * x
x + np.float32(1), np.float32(1) + x
""",
    "tensors from tensors": """
x = torch.tensor([1.0, 2.0], requires_grad=True)
t = torch.tensor(x); t, t.requires_grad, t.data_ptr() == x.data_ptr()
torch.tensor(x, requires_grad=True).is_leaf
torch.tensor(x.detach())
torch.tensor(x * 2)
torch.tensor([x[0], x[1]])
torch.tensor([x[0].detach(), x[1].detach()])
torch.tensor([x[0], 3.0])
torch.tensor((x[0], x[1]), dtype=torch.float64)
torch.tensor([[x[0], x[1]], [0.0, 1.0]])
torch.tensor([x, x])
torch.tensor([x.detach(), x.detach()])
torch.tensor(torch.tensor([1, 2]), dtype=torch.float32)
torch.tensor([torch.tensor(1), torch.tensor(2.5)])
torch.tensor([torch.tensor(True)]), torch.tensor([torch.tensor([1.0])])
x.new_tensor(x)
x.new_tensor([1, 2]), x.new_tensor(torch.tensor([1, 2]).tolist())
""",
    "as_tensor": """
x = torch.tensor([1.0, 2.0], requires_grad=True); y = x * 2
torch.as_tensor(x) is x, torch.as_tensor(y) is y, torch.as_tensor(x, dtype=torch.float32) is x, torch.as_tensor(x, dtype=torch.float64).requires_grad
z = torch.as_tensor(x, dtype=torch.float64); z.sum().backward(); x.grad
a = np.array([1.0, 2.0]); t = torch.as_tensor(a); t[0] = 9.0; a, torch.as_tensor(a, dtype=torch.float32).dtype
torch.as_tensor(5), torch.as_tensor(2.5), torch.as_tensor(True), torch.as_tensor([1, 2.5]), torch.as_tensor(np.float32(1.5)), torch.as_tensor((1, 2))
torch.as_tensor([x[0], x[1]])
torch.as_tensor("a")
torch.as_tensor(None)
""",
    "numbers": """
x = torch.tensor([1.5], requires_grad=True); s = torch.tensor(2.5, requires_grad=True)
float(s)
int(s)
bool(s)
complex(s)
float(x)
float(s * 2)
float(s.detach()), s.item(), x.item(), (x * 2).item()
int(torch.tensor(3)), float(torch.tensor(3)), bool(torch.tensor([[[0.0]]]))
float(torch.ones(2))
int(torch.zeros(0))
round(s.detach())
round(torch.tensor(2.567), 1)
math.exp(torch.tensor(0.0)), math.floor(torch.tensor(1.7)), math.ceil(torch.tensor(1.2)), math.isnan(torch.tensor(nan)), math.sqrt(s)
[1, 2, 3][torch.tensor(1)], "ab" * torch.tensor(2), list(range(torch.tensor(3)))
[1, 2, 3][torch.tensor(1.0)]
f"{s:.2f}"
"%.1f" % s
f"{s}", f"{torch.tensor(3):d}"
f"{torch.ones(2):.2f}"
torch.tensor(3).__index__()
divmod(torch.tensor(7), 2)
torch.tensor(2.5).__int__(), torch.tensor(0).__bool__(), torch.tensor(1.5).__float__(), torch.tensor(2).__complex__()
x.tolist(), s.tolist(), (s * 2).tolist()
""",
    "lists": """
x = torch.arange(6).reshape(2, 3)
x.tolist(), x.t().tolist(), x[0].tolist(), x[0, 1].tolist(), torch.zeros(0).tolist(), torch.zeros(2, 0).tolist()
torch.tensor([1.5, nan, inf]).tolist(), torch.tensor([True]).tolist(), torch.tensor([1 + 2j]).tolist(), torch.tensor(5).tolist(), torch.tensor([0.1]).tolist(), torch.tensor([0.1], dtype=torch.float16).tolist()
[type(v).__name__ for v in (torch.tensor(1).tolist(), torch.tensor(1.0).tolist(), torch.tensor(True).tolist(), torch.tensor(1j).tolist())]
list(x[0]), [int(v) for v in x[0]], sum(x[0]), max(x[0]), sorted(torch.tensor([3, 1, 2])), min(torch.tensor([2.0, 1.0]))
[r.shape for r in x], list(torch.zeros(0)), list(torch.zeros(2, 0))[0].shape
tuple(x[0])[0] is x[0, 0], list(x[0])[0].data_ptr() == x.data_ptr()
for row in x: row += 10
x
a, b = x; a
dict(zip("ab", x.tolist())), {k: v for k, v in zip("ab", x[0])}
list(enumerate(x[0]))[0], list(reversed(x[0])), list(zip(x[0], x[1]))[0]
list(torch.tensor(5))
iter(torch.tensor(5))
x.tolist() == [[10, 11, 12], [13, 14, 15]]
""",
    "membership": """
x = torch.tensor([1.0, 2.0]); s = torch.tensor(1.0)
1.0 in x, 3.0 in x, s in x, torch.tensor([1.0, 9.0]) in x, 2 in x, True in x
torch.ones(3) in x
"a" in x
None in x
[1.0] in x
x in [x], s in [s]
x in [torch.zeros(2), x]
x in [torch.zeros(3)]
s in [torch.tensor(2.0), torch.tensor(1.0)]
x in (s, s)
[s, x].index(s), [s].count(torch.tensor(1.0)), [torch.tensor(0.0), s].index(torch.tensor(1.0))
x == [1.0, 2.0], x != None, x == None, x == "a"
x == x, (x == x).all(), x is x, [x] == [x], (s, 1) == (s, 1)
[x] == [x.clone()]
x.__contains__(1.0), torch.tensor([[1, 2]]).__contains__(2)
nan in torch.tensor([nan]), s in {s: 1}
""",
    "hashes": """
x = torch.tensor([1.0, 2.0]); y = x.clone(); v = x[:1]
hash(x) == hash(x), hash(x) == hash(y), hash(x) == id(x)
d = {x: "x", y: "y"}; d[x], d[y], len(d), x in d, x.clone() in d
len({x, x, y}), len({x.detach(), x.detach()})
s = {torch.tensor(1), torch.tensor(1)}; len(s)
import weakref; r = weakref.ref(x); r() is x; len(weakref.WeakSet([x, y]))
x.attribute = 5; x.attribute, hasattr(x[:], "attribute"), x.__dict__
x.clone().attribute
k = x; k += 1; k is x, d[x]
hash(torch.float32) == hash(torch.float32), {torch.float32: 1}[torch.float32], hash(torch.Size([1])) == hash((1,))
""",
    "negative strides": """
x = torch.arange(4.0); a = np.arange(4.0)
x[::-1]
x[3:0:-1]
x.flip(0), x.flip(0).stride(), x.flip(0).data_ptr() == x.data_ptr()
torch.tensor(np.flip(a).copy())
x.numpy()[::-1].copy(), torch.from_numpy(np.ascontiguousarray(a[::-1]))
torch.arange(3, -1, -1), x[torch.arange(3, -1, -1)]
reversed(x)
x[-1:0:-1]
""",
    "writing to lists of tensors": """
x = torch.ones(2); l = [x] * 2; l[0] += 1; l[1], x
rows = list(torch.zeros(2, 2)); rows[0] += 5; rows
m = torch.zeros(2, 2); r = m[0]; r = r + 1; m
r = m[0]; r += 1; m
""",
    "names and views of one tensor": """
a = torch.ones(2); b = a; b = b * 2; a; b = a; b *= 2; a
def change(t): t += 1
change(a); a
def keep(t): t = t + 1; return t
keep(a); a
c = a[:]; c[0] = 100.0; a
c = a[[0, 1]]; c[0] = -1.0; a
c = a.clone(); c[0] = -5.0; a
""",
}

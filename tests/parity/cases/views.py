# ruff: noqa: E501  a snippet shows one family of things in one line
"""Views: shared memory, bases, versions, and what a copy is."""

CASES = {
    "sharing": """
x = torch.arange(6.0).reshape(2, 3)
makers = {"view": lambda x: x.view(3, 2), "reshape": lambda x: x.reshape(6), "t": lambda x: x.t(), "T": lambda x: x.T, "mT": lambda x: x.mT, "transpose": lambda x: x.transpose(0, 1), "permute": lambda x: x.permute(1, 0), "int": lambda x: x[0], "slice": lambda x: x[:, 1:], "none": lambda x: x[None], "unsqueeze": lambda x: x.unsqueeze(0), "squeeze": lambda x: x.squeeze(), "expand": lambda x: x.expand(4, 2, 3), "flatten": lambda x: x.flatten(), "ravel": lambda x: x.ravel(), "select": lambda x: x.select(0, 1), "narrow": lambda x: x.narrow(0, 0, 1), "detach": lambda x: x.detach(), "unbind": lambda x: x.unbind()[0], "split": lambda x: x.split(1)[1], "chunk": lambda x: x.chunk(2)[0], "contiguous": lambda x: x.contiguous(), "clone": lambda x: x.clone(), "list": lambda x: x[[0]], "reshape of t": lambda x: x.t().reshape(6), "contiguous of t": lambda x: x.t().contiguous(), "flatten of t": lambda x: x.t().flatten(), "flip": lambda x: x.flip(0), "float": lambda x: x.float(), "double": lambda x: x.double(), "view_as": lambda x: x.view_as(x), "swapaxes": lambda x: x.swapaxes(0, 1), "broadcast_to": lambda x: x.broadcast_to(2, 2, 3) if False else torch.broadcast_to(x, (2, 2, 3)), "expand same": lambda x: x.expand(2, 3), "flatten vector": lambda x: x[0].flatten(), "permute same": lambda x: x.permute(0, 1)}
for name, make in makers.items():
    x = torch.arange(6.0).reshape(2, 3).clone()
    v = make(x)
    same = v is x
    base = v._base is x
    x[1, 2] = 100.0; x[0, 0] = 50.0
    show(name, same, base, v._base is None, v._version, x._version, v.tolist())
""",
    "writing through views": """
x = torch.zeros(2, 3)
v = x[0]; v[1] = 5.0; x
w = v[1:]; w += 1; x
x.t()[2] = 9.0; x
x.view(-1)[::2] = -1.0; x
x._version, v._version, w._version
w._base is x, v._base is x
x.unsqueeze(0).mul_(2); x
x.T.copy_(torch.arange(6.0).reshape(3, 2)); x
x.detach().fill_(3.0); x, x._version
x.reshape(6)[0] = 8.0; x
""",
    "versions": """
x = torch.zeros(3); x._version
x.add_(1); x._version
x[0] = 1; x._version
y = x[1:]; y._version
y.mul_(2); x._version, y._version
z = x.detach(); z.zero_(); x._version, z._version
x.clone()._version
x.fill_(1); x.zero_(); x.copy_(torch.ones(3)); x._version
x += 1; x._version
x.requires_grad_(); x._version
n = x.detach().numpy(); n[0] = 5; x._version
""",
    "reshape and view": """
x = torch.arange(6)
x.reshape(2, 3), x.reshape((3, 2)), x.reshape(-1, 2), x.reshape([6]), x.view(2, -1)
x.reshape(4)
x.reshape(-1, -1)
x.reshape(-1, 4)
x.reshape(2, -3)
x.view(4)
x.view(2, 3).t().view(6)
x.view(2, 3).t().reshape(6)
x.view(2, 3).t().view(3, 2)
torch.zeros(0).reshape(-1, 0)
torch.zeros(0, 3).reshape(-1, 3).shape
torch.zeros(0).reshape(2, 0).shape
torch.tensor(5).reshape(1), torch.tensor(5).reshape(1, 1), torch.tensor([5]).reshape(()), torch.tensor([5]).view(())
torch.zeros(4, 6)[:, :3].view(12)
torch.zeros(4, 6)[:2].view(12).shape
torch.zeros(2, 3, 4).flatten(1).shape, torch.zeros(2, 3, 4).flatten(0, 1).shape, torch.zeros(2, 3, 4).flatten(-2).shape, torch.tensor(1).flatten().shape
torch.zeros(2, 3).flatten(2)
torch.zeros(2, 3, 4).flatten(2, 1)
x.reshape_as(torch.zeros(2, 3)).shape, x.view_as(torch.zeros(3, 2)).shape
""",
    "squeezing": """
x = torch.zeros(1, 3, 1)
x.squeeze().shape, x.squeeze(0).shape, x.squeeze(1).shape, x.squeeze(-1).shape, x.squeeze((0, 2)).shape
x.squeeze(3)
x.squeeze((0, 0))
torch.tensor(1.0).squeeze().shape, torch.tensor(1.0).squeeze(0).shape
x.unsqueeze(0).shape, x.unsqueeze(-1).shape, x.unsqueeze(3).shape, x.unsqueeze(-4).shape
x.unsqueeze(4)
x.unsqueeze(-5)
torch.tensor(1.0).unsqueeze(0).shape, torch.tensor(1.0).unsqueeze(-1).shape
torch.tensor(1.0).unsqueeze(1)
""",
    "transposes": """
x = torch.zeros(2, 3, 4)
x.transpose(0, 2).shape, x.transpose(-1, 0).shape, x.permute(2, 0, 1).shape, x.permute((2, 0, 1)).shape, x.permute(-1, 0, 1).shape, x.mT.shape
x.transpose(0, 3)
x.permute(0, 1)
x.permute(0, 0, 1)
x.permute(0, 1, 3)
x.t()
x.T.shape
torch.zeros(3).t().shape, torch.zeros(3).T.shape, torch.tensor(1.0).t().shape, torch.tensor(1.0).T.shape
torch.zeros(3).mT
torch.tensor(1.0).mT
torch.zeros(2, 3).T.shape, torch.zeros(2, 3).mT.shape
torch.tensor(1.0).transpose(0, -1).shape
torch.swapaxes(x, 0, 1).shape
x.flip(0).shape, torch.arange(3).flip(0), torch.arange(6).reshape(2, 3).flip(0, 1), torch.arange(6).reshape(2, 3).flip([1]), torch.arange(6).reshape(2, 3).flip((-1,))
torch.flip(torch.arange(3), [1])
torch.flip(torch.arange(3), [0, 0])
""",
    "expand": """
x = torch.tensor([[1], [2]])
x.expand(2, 3), x.expand(-1, 3), x.expand(2, 2, 2).shape, x.expand((2, 4)).shape, x.expand_as(torch.zeros(2, 3)).shape
x.expand(3, 3)
x.expand(3)
x.expand(-1, 2, 3)
torch.tensor(5).expand(2), torch.tensor(5).expand(2, 2).stride(), x.expand(2, 3).stride()
x.expand(2, 3).is_contiguous(), x.expand(2, 3).contiguous().stride()
x.expand(2, 0).shape
y = torch.ones(1).expand(3); y.add_(1)
z = torch.ones(3).expand(1, 3); z.add_(1), torch.ones(2).expand(2).mul_(2)
torch.broadcast_to(x, (2, 2)), torch.broadcast_to(torch.tensor(1), (3,))
torch.broadcast_to(x, (3, 2))
""",
    "gradients through written views": """
x = torch.tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True)
def g(f):
    y = x * 1
    f(y)
    return torch.autograd.grad((y * torch.tensor([1.0, 10.0, 100.0, 1000.0])).sum(), x)[0].tolist()
g(lambda y: y[:2].mul_(3))
g(lambda y: y[1:][1:].mul_(3))
g(lambda y: y.view(2, 2)[0].mul_(y.view(2, 2)[1].detach()))
g(lambda y: y.view(2, 2).t()[0].mul_(5))
g(lambda y: y[::2].zero_())
g(lambda y: y[0].sqrt_())
g(lambda y: y.view(2, 2)[:, 1].add_(x[0]))
g(lambda y: y[1:3].copy_(x[:2] * 7))
g(lambda y: y.view(2, 2)[0].view(2)[1:].mul_(x[3]))
g(lambda y: y.unsqueeze(0).mul_(2))
g(lambda y: y.squeeze().mul_(2))
g(lambda y: y.reshape(4).mul_(2))
g(lambda y: [y[i].mul_(i + 1) for i in range(4)])
y = x * 1; v = y[:2]; y.mul_(2); torch.autograd.grad(v.sum(), x)
y = x * 1; v = y[:2]; w = y[1:]; v.mul_(3); torch.autograd.grad(w.sum(), x)
y = x * 1; v = y[:2]; v.mul_(x[:2]); torch.autograd.grad(v.sum(), x, retain_graph=True), torch.autograd.grad(y.sum(), x)
y = x * 1; v = y.view(2, 2); v[0] = 0.0; v, y.requires_grad
y = torch.zeros(4); v = y[:2]; v.add_(x[:2]); y.requires_grad, v.requires_grad, v.is_leaf, y.is_leaf
torch.autograd.grad(y.sum(), x)
y = x.detach(); y.mul_(1); x._version
y = x * x; v = y[:2]; v.add_(1); torch.autograd.grad(y.sum(), x)
y = x.exp(); v = y[:2]; v.mul_(1)
torch.autograd.grad(y.sum(), x)
""",
    "views of another dtype": """
torch.arange(6).view(torch.float64).shape
torch.tensor([1.0]).view(torch.int32)
torch.zeros(2, 2).view(dtype=torch.int32)
""",
    "data": """
x = torch.tensor([1.0, 2.0], requires_grad=True); w = x * 1; y = w * w
w.data.add_(1); w._version, w.data._version
y.sum().backward(); x.grad
""",
    "views made under no_grad": """
x = torch.ones(3, requires_grad=True)
with torch.no_grad(): v = x[:2]
v.requires_grad, v.is_leaf, v.grad_fn
v.mul_(2)
y = x * 1
with torch.no_grad(): w = y[:1]
w.mul_(2)
""",
    "views of several": """
y = torch.ones(3, requires_grad=True) * 1
y.unbind()[0].mul_(2)
y.split(1)[0].mul_(2)
y.chunk(3)[0].mul_(2)
for row in y.reshape(3, 1): row.mul_(2)
""",
    "what backward reads": """
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x * 1; z = 2 / y; y.add_(1); z.sum().backward(); x.grad
m = x > 1; z = torch.where(m, x, x * 2); m[0] = True; z.sum().backward()
i = torch.tensor([0, 0]); z = x[i]; i[0] = 1; z.sum().backward(); x.grad
y = x * 1; z = y.max(); y.add_(1); z.backward()
""",
    "forbidden writes": """
x = torch.ones(3, requires_grad=True)
x[:2].mul_(2)
x.view(3).add_(1)
x.t().zero_()
x.add_(1)
x.mul_(2)
x += 1
x.zero_()
x.fill_(1.0)
x.copy_(torch.ones(3))
x.detach_()
x._version
y = x * 1
y[:2].detach_()
with torch.no_grad(): x[:1].mul_(5)
x, x._version
""",
    "shapes of a view and of its base change": """
x0 = torch.ones(2, 3, requires_grad=True)
x = x0 * 2
v = x.view(2, 3)
v.t_(), x.t_()
a = torch.arange(6.0).reshape(3, 2)
v.mul_(a)
(x * a).sum().backward()
x0.grad
x0 = torch.arange(6.0).reshape(2, 3).requires_grad_()
x = x0 * 2
v = x[:1]
v.squeeze_(0), x.t_()
v.mul_(torch.tensor([1.0, 2.0, 3.0]))
(x * a).sum().backward()
x0.grad, v.tolist()
""",
}

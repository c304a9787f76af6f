# ruff: noqa: E501  a snippet shows one family of things in one line
"""Nodes of the graph: names, edges, attributes, and gradients at edges."""

_X = """
x = torch.tensor([1.0, 2.0], requires_grad=True); w = torch.tensor([3.0, 4.0], requires_grad=True)
"""
_WALK = """
def walk(node):
    found, todo = [], [node]
    while todo:
        n = todo.pop(0)
        if n is not None and n not in found:
            found.append(n)
            todo += [m for m, _ in n.next_functions]
    return found
"""

CASES = {
    "names": _X
    + """
(x * w).grad_fn.name(), x.exp().grad_fn.name(), x.sum().grad_fn.name(), (x @ x.detach()).grad_fn.name() != "", x.view(2, 1).grad_fn.name()
type((x * w).grad_fn).__name__, type((x * w).grad_fn).__name__ == (x * w).grad_fn.name()
repr((x * w).grad_fn).split(" at ")[0], str((x + w).grad_fn).split(" at ")[0]
x.grad_fn, x.detach().grad_fn, torch.ones(1).grad_fn, (x > 1).grad_fn
y = x * w; y.grad_fn is y.grad_fn, y.grad_fn == y.grad_fn, y.grad_fn is (x * w).grad_fn, hash(y.grad_fn) == hash(y.grad_fn)
y.grad_fn.next_functions[0][0].name(), type(y.grad_fn.next_functions[0][0]).__name__
isinstance(y.grad_fn, torch.autograd.graph.Node), issubclass(type(y.grad_fn), torch.autograd.graph.Node), isinstance(y, torch.autograd.graph.Node)
y.grad_fn = None
x.grad_fn = y.grad_fn
""",
    "next functions": _X
    + """
y = x * w; y.grad_fn.next_functions[0][0].variable is x, y.grad_fn.next_functions[1][0].variable is w, [i for _, i in y.grad_fn.next_functions]
type(y.grad_fn.next_functions).__name__, type(y.grad_fn.next_functions[0]).__name__
z = x * w.detach(); len(z.grad_fn.next_functions), z.grad_fn.next_functions[1]
z = w.detach() * x; z.grad_fn.next_functions[0], z.grad_fn.next_functions[1][0].variable is x
z = x * x; z.grad_fn.next_functions[0][0] is z.grad_fn.next_functions[1][0]
a = x.exp(); b = a.sin(); b.grad_fn.next_functions[0][0] is a.grad_fn, len(b.grad_fn.next_functions)
b.grad_fn.next_functions[0][0].next_functions[0][0].next_functions
m = x[None] @ w[:, None]; len(m.grad_fn.next_functions)
parts = torch.stack([x, w]).unbind(); parts[0].grad_fn is parts[1].grad_fn, parts[0].output_nr, parts[1].output_nr
c = parts[1] * 2; c.grad_fn.next_functions[0][0] is parts[0].grad_fn, c.grad_fn.next_functions[0][1]
k = torch.cat([x, w, x.detach()]); len(k.grad_fn.next_functions), k.grad_fn.next_functions[2]
torch.where(x > 1, x, w).grad_fn.next_functions[0][0] is not None
y.grad_fn.next_functions = ()
""",
    "next functions of constants": _X
    + """
[n is None for n, _ in (x * 3).grad_fn.next_functions], [n is None for n, _ in (x + 1).grad_fn.next_functions], [n is None for n, _ in (1 / x).grad_fn.next_functions], [n is None for n, _ in (x ** 2).grad_fn.next_functions]
[n is None for n, _ in torch.where(x > 1, x, w).grad_fn.next_functions], [n is None for n, _ in torch.where(x > 1, x, 0.0).grad_fn.next_functions], [n is None for n, _ in x[[0, 1]].grad_fn.next_functions]
""",
    "accumulators": _X
    + """
y = x * w; n = y.grad_fn.next_functions[0][0]; n.variable is x, n.name(), n.next_functions
z = x * 2; z.grad_fn.next_functions[0][0] is n
x.requires_grad_().grad_fn
n.variable = w
n.metadata, n._sequence_nr() > y.grad_fn._sequence_nr()
h = n.register_prehook(lambda gs: (gs[0] * 10,)); y.sum().backward(); x.grad, w.grad
h.remove(); x.grad = None; (x + x).sum().backward(); x.grad
d = x.detach().requires_grad_(); torch.autograd.graph.get_gradient_edge(d).node.variable is d
y.grad_fn.variable
del y, z; torch.autograd.graph.get_gradient_edge(x).node is n
""",
    "metadata and sequence": _X
    + """
y = x * w; y.grad_fn.metadata, type(y.grad_fn.metadata).__name__
y.grad_fn.metadata["note"] = "kept"; y.grad_fn.metadata, y.grad_fn.metadata is y.grad_fn.metadata
(x * w).grad_fn.metadata
z = y + 1; z.grad_fn.next_functions[0][0].metadata
a = x * 1; b = x * 1; c = a + b; a.grad_fn._sequence_nr() < b.grad_fn._sequence_nr() < c.grad_fn._sequence_nr()
b.grad_fn._sequence_nr() - a.grad_fn._sequence_nr(), c.grad_fn._sequence_nr() - b.grad_fn._sequence_nr()
with torch.no_grad(): _ = x * 2
d = x * 1; d.grad_fn._sequence_nr() - c.grad_fn._sequence_nr()
_ = torch.ones(2) * 2; e = x * 1; e.grad_fn._sequence_nr() - d.grad_fn._sequence_nr()
type(e.grad_fn._sequence_nr()).__name__
y.grad_fn.note = 1; y.grad_fn.note
""",
    "sequence numbers of writes": _X
    + """
d = x * 1; e = x * 1; _ = e.mul_(2); e.grad_fn._sequence_nr() - d.grad_fn._sequence_nr()
""",
    "after in-place operations": _X
    + """
y = x * 1; n = y.grad_fn; y.add_(1); y.grad_fn is n, y.grad_fn.next_functions[0][0] is n
y = x * 1; n = y.grad_fn; with_zero = y.zero_(); y.grad_fn is n
y = x * 1; n = y.grad_fn; y.detach_(); y.grad_fn
p = torch.zeros(2); p.grad_fn; p.add_(x); p.grad_fn is not None, p.is_leaf
y = x * 1; n = y.grad_fn; y[0] = 5.0; y.grad_fn is n
with torch.no_grad(): y.mul_(2)
y.grad_fn.next_functions[0][0] is n
""",
    "names after in-place operations on views": _X
    + """
y = x * 1; v = y[:1]; v.grad_fn.name(); v.mul_(3); y.grad_fn.name(), y
y.grad_fn.next_functions[0][0].name(), len(y.grad_fn.next_functions)
v.grad_fn.next_functions[0][0] is y.grad_fn
y = x * 1; v = y[:1]; y.mul_(2); y.grad_fn.name(), v.grad_fn.next_functions[0][0] is y.grad_fn
p = torch.zeros(2); p[0] = x[0]; p.grad_fn.name(), [n is None for n, _ in p.grad_fn.next_functions]
""",
    "names of views after in-place operations": _X
    + """
y = x * 1; v = y[:1]; y.mul_(2); v.grad_fn.name()
""",
    "gradient edges": _X
    + """
y = x * w; e = torch.autograd.graph.get_gradient_edge(y); e.node is y.grad_fn, e.output_nr, type(e).__name__, isinstance(e, tuple)
e._fields[:2], len(e)
f = torch.autograd.graph.get_gradient_edge(x); f.node.variable is x, f.output_nr
torch.autograd.graph.get_gradient_edge(torch.ones(1))
torch.autograd.graph.get_gradient_edge(x.detach())
torch.autograd.graph.get_gradient_edge(x > 1)
torch.autograd.graph.get_gradient_edge(5)
parts = torch.stack([x, w]).unbind(); torch.autograd.graph.get_gradient_edge(parts[1]).output_nr
torch.autograd.graph.get_gradient_edge(y) == e, torch.autograd.graph.get_gradient_edge(y).node is e.node
g = torch.autograd.graph.GradientEdge(y.grad_fn, 0); g.node is e.node, g.output_nr
with torch.no_grad(): z = x * 2; show(attempt(lambda: torch.autograd.graph.get_gradient_edge(z)))
""",
    "gradients at edges": _X
    + """
edge = torch.autograd.graph.get_gradient_edge
y = x * w; z = y.sin().sum(); torch.allclose(torch.autograd.grad(z, edge(y), retain_graph=True)[0], y.cos())
torch.autograd.grad((x * w).sum(), edge(x)), torch.autograd.grad((x * w).sum(), [edge(x), w])
torch.autograd.grad(x.sum(), edge(w))
torch.autograd.grad(x.sum(), [edge(w), edge(x)], allow_unused=True)
torch.autograd.grad(x.sum(), edge(w), materialize_grads=True)
y = x * w; e = edge(y); s = (y * y).sum(); y.mul_(2); y = None; torch.autograd.grad(s, e)
y = x * w; e = edge(y); k = y + 0; y.mul_(2); torch.autograd.grad(y.sum(), [e, edge(y)], retain_graph=True)
s = (x * w).sum(); torch.autograd.grad(edge(s), x)
v = x * w; torch.autograd.grad(edge(v), x, torch.tensor([1.0, 10.0]))
torch.autograd.grad(edge(x * w), x)
torch.autograd.grad([edge((x * w).sum()), x.sum()], [x, w])
(g,) = torch.autograd.grad((x ** 3).sum(), edge(x), create_graph=True); torch.autograd.grad(g.sum(), x)
""",
    "passes from and to edges": _X
    + """
edge = torch.autograd.graph.get_gradient_edge
torch.autograd.backward(edge((x * w).sum())); x.grad, w.grad
x.grad = w.grad = None; torch.autograd.backward([edge(x * w)], [torch.ones(2)]); x.grad
x.grad = w.grad = None; (x * w).sum().backward(inputs=[edge(x)]); x.grad, w.grad
y = x * w; y.sum().backward(inputs=[edge(y)])
y.grad
x.grad = None; torch.autograd.backward([edge((x * 2).sum()), (x * 3).sum()]); x.grad
torch.autograd.backward(edge(x * w))
e = edge(x * 5); torch.autograd.grad(e, x, torch.ones(2))
torch.autograd.grad(edge(x), x, torch.ones(2))
parts = torch.stack([x, w]).unbind(); torch.autograd.grad([edge(parts[1])], [x, w], [torch.ones(2)])
""",
    "walking": _WALK
    + _X
    + """
len(walk((x * w).grad_fn)), len(walk((x * x + x).sum().grad_fn)), [n.name() for n in walk(x.exp().sin().grad_fn)]
total = torch.tensor(0.0)
for step in range(100): total = total + (x.exp()).sum()
len(walk(total.grad_fn))
y = x
for _ in range(10): y = y + y
len(walk(y.grad_fn)), torch.autograd.grad(y.sum(), x)
(g,) = torch.autograd.grad(x.exp().sum(), x, create_graph=True); walk(g.grad_fn)[-1].variable is x
len(walk((x.detach() * 2 + x).grad_fn))
""",
    "growth of higher derivatives": _WALK
    + """
x = torch.tensor(1.0, requires_grad=True); y = torch.exp(x ** 2); sizes = []
for order in range(5):
    (y,) = torch.autograd.grad(y, x, create_graph=True)
    sizes.append(len(walk(y.grad_fn)))
sizes
""",
    "calling nodes": _X
    + """
(x * w).grad_fn(torch.ones(2)), (x * w.detach()).grad_fn(torch.ones(2))
x.exp().grad_fn(torch.ones(2)).allclose(x.exp()), x.sum().grad_fn(torch.tensor(5.0))
(x * w).grad_fn()
y = x * w; y.sum().backward(); y.grad_fn(torch.ones(2))
n = x.sum().grad_fn.next_functions[0][0]; n(torch.ones(2)); x.grad
""",
    "names of other operations": _X
    + """
m = torch.ones(2, 2, requires_grad=True)
for name, f in {"stack": lambda: torch.stack([x, w]), "mean": lambda: x.mean(), "max": lambda: x.max(), "max dim": lambda: m.max(0).values, "t": lambda: m.t(), "[0]": lambda: m[0], "unsqueeze": lambda: x.unsqueeze(0), "x @ w": lambda: x @ w, "m @ x": lambda: m @ x, "softmax": lambda: torch.softmax(x, 0), "1 / x": lambda: 1 / x, "1 - x": lambda: 1 - x, "2 ** x": lambda: 2 ** x, "x ** w": lambda: x ** w, "clamp": lambda: x.clamp(0, 1), "detach": lambda: x.detach(), "copy_": lambda: torch.zeros(2).copy_(x), "zero_": lambda: (x * 1).zero_(), "double": lambda: x.double(), "unbind": lambda: m.unbind()[0], "split": lambda: x.split(1)[0], "squeeze": lambda: x.squeeze(), "contiguous": lambda: m.t().contiguous(), "flatten": lambda: m.flatten(), "complex": lambda: x * 1j, "real": lambda: (x * 1j).real, "conj": lambda: (x * 1j).conj()}.items():
    show(name, f().grad_fn and f().grad_fn.name())
""",
}

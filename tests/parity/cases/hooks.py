# ruff: noqa: E501  a snippet shows one family of things in one line
"""Hooks of tensors, of nodes, of several tensors, and after accumulation."""

_X = """
x = torch.tensor([1.0, 2.0], requires_grad=True); seen = []
def note(name, result=None):
    def hook(*args):
        seen.append((name, *args))
        return result
    return hook
"""

CASES = {
    "order and replacement": _X
    + """
y = x * 3
h1 = y.register_hook(note("first")); h2 = y.register_hook(lambda g: g * 10); h3 = y.register_hook(note("third"))
y.retain_grad(); h4 = y.register_hook(lambda g: g + 1)
y.sum().backward(); seen, y.grad, x.grad
a = x * 1; b = x * 1; seen.clear()
for name, t in [("b", b), ("a", a), ("x", x)]: _ = t.register_hook(note(name))
(a + b).sum().backward(); [s[0] for s in seen]
seen.clear(); x.grad = None; (x * 2 + x * 3).sum().backward(); seen, x.grad
""",
    "returning": _X
    + """
def after(hook):
    y = x * 1
    h = y.register_hook(hook)
    return attempt(lambda: torch.autograd.grad(y.sum(), x))
after(lambda g: None), after(lambda g: g), after(lambda g: g * 2), after(lambda g: torch.zeros(2))
after(lambda g: "a")
after(lambda g: 2.0)
after(lambda g: (g,))
after(lambda g: torch.ones(3))
after(lambda g: torch.ones(()))
after(lambda g: torch.ones(1, 2))
after(lambda g: torch.ones(2, dtype=torch.float64))
after(lambda g: torch.ones(2, dtype=torch.int64))
after(lambda: None)
after(lambda g, h: None)
after(lambda *args: args[0] * len(args))
def named(g): return torch.ones(3)
after(named)
class Callable:
    def __call__(self, g): return g * 4
after(Callable())
after(lambda g: g.mul_(5))
""",
    "removal": _X
    + """
y = x * 1; h = y.register_hook(note("a")); k = y.register_hook(note("b")); h.remove(); h.remove()
y.sum().backward(retain_graph=True); [s[0] for s in seen]
k.remove(); seen.clear(); y.sum().backward(retain_graph=True); seen
with y.register_hook(note("inside")) as handle: y.sum().backward(retain_graph=True)
type(handle).__name__, [s[0] for s in seen]
seen.clear(); y.sum().backward(retain_graph=True); seen
h = y.register_hook(note("c")); del h; y.sum().backward(); [s[0] for s in seen]
def once(g):
    handles[0].remove()
    seen.append("once")
seen.clear(); y = x * 1; handles = [y.register_hook(once), y.register_hook(note("other"))]; y.sum().backward(retain_graph=True); y.sum().backward(); [s if s == "once" else s[0] for s in seen]
""",
    "of leaves": _X
    + """
h = x.register_hook(note("x")); x.sum().backward(); seen, x.grad
seen.clear(); torch.autograd.grad(x.sum(), x), seen
seen.clear(); torch.autograd.grad((x * 2).sum(), x); (x * 2).sum().backward(); len(seen), x.grad
h.remove(); h = x.register_hook(lambda g: g * 0 + 7); x.grad = None; x.sum().backward(); x.grad
x.sum().backward(); x.grad
with torch.no_grad(): k = x.register_hook(note("under no_grad"))
seen.clear(); x.sum().backward(); [s[0] for s in seen]
x.requires_grad_(False); j = x.register_hook(note("off"))
x.requires_grad_(True); seen.clear(); x.sum().backward(); [s[0] for s in seen], x.grad
p = torch.ones(1); p.register_hook(note("p"))
torch.ones(1, dtype=torch.int64).register_hook(note("i"))
""",
    "errors": _X
    + """
def boom(g): raise KeyError("from a hook")
y = x * 2; h = y.register_hook(boom); y.sum().backward()
x.grad
z = x * 3; (y.sum() + z.sum()).backward(); x.grad
h.remove(); y = x * 2; h = y.register_hook(note("before")); k = y.register_hook(boom); j = y.register_hook(note("after")); y.sum().backward()
[s[0] for s in seen]
torch.ones(2).register_hook(boom)
x.register_hook()
h = x.register_hook(boom); torch.autograd.grad(x.sum(), x)
h.remove(); x.grad = None; x.sum().backward(); x.grad
""",
    "and in-place operations": _X
    + """
y = x * 2; h = y.register_hook(note("before")); y.mul_(5); k = y.register_hook(note("after")); y.sum().backward(); seen
seen.clear(); y = x * 2; h = y.register_hook(lambda g: g * 10); y.add_(1); x.grad = None; y.sum().backward(); x.grad
""",
    "and in-place operations on views and retained gradients": _X
    + """
y = x * 2; y.retain_grad(); y.mul_(5); y.sum().backward(); y.grad
seen.clear(); y = x * 2; v = y[:1]; v.mul_(3); h = v.register_hook(note("view")); k = y.register_hook(note("base")); (y.sum() + v.sum()).backward(); seen
seen.clear(); y = x * 2; y.retain_grad(); h = y.register_hook(note("h")); y.exp_(); j = y.register_hook(note("j")); y.sum().backward(); [s[0] for s in seen], torch.equal(y.grad, torch.ones(2))
""",
    "retain_grad": _X
    + """
y = x * 2; y.retains_grad, x.retains_grad; y.retain_grad(); y.retain_grad(); y.retains_grad
(y * y).sum().backward(); y.grad, x.grad
y.grad.requires_grad, y.grad is y.grad, y.is_leaf
(y * 1).sum().backward(); y.grad
y = x * 2; y.retain_grad(); h = y.register_hook(lambda g: g * 5); y.sum().backward(); y.grad
y = x * 2; y.retain_grad(); torch.autograd.grad(y.sum(), x), y.grad
y = x * 2; z = y * 3; y.retain_grad(); z.retain_grad(); z.sum().backward(); y.grad, z.grad
""",
    "retain_grad again": _X
    + """
y = x * 2; y.retain_grad(); y.sum().backward(retain_graph=True); g = y.grad; y.sum().backward(); y.grad, y.grad is g
y = x * 2; y.retain_grad(); d = y.detach(); d.retains_grad, d.grad
with torch.no_grad(): w = x * 2; show(attempt(lambda: w.retain_grad()))
x.retain_grad(), x.retains_grad
y = x * 2; s = torch.autograd.grad(y.sum(), y); s, y.grad
""",
    "after accumulation": _X
    + """
h = x.register_post_accumulate_grad_hook(lambda p: seen.append((p is x, p.grad.clone())))
x.sum().backward(); seen
seen.clear(); (x * 2).sum().backward(); seen
seen.clear(); torch.autograd.grad(x.sum(), x); seen
h.remove(); seen.clear(); x.sum().backward(); seen
def clear(p): p.grad = None
h = x.register_post_accumulate_grad_hook(clear); x.sum().backward(); x.grad
h.remove(); x.grad = None; y = x * 1; k = x.register_post_accumulate_grad_hook(lambda p: seen.append(p.grad.tolist())); (y + x).sum().backward(); seen
y.register_post_accumulate_grad_hook(clear)
torch.ones(2).register_post_accumulate_grad_hook(clear)
""",
    "after accumulation in turn": _X
    + """
a = x.register_post_accumulate_grad_hook(lambda p: seen.append("a")); b = x.register_post_accumulate_grad_hook(lambda p: seen.append("b")); x.sum().backward(); seen
a.remove(); b.remove()
def step(p):
    with torch.no_grad(): p.sub_(0.1 * p.grad)
    p.grad = None
h = x.register_post_accumulate_grad_hook(step); x.sum().backward(); x, x.grad
with x.register_post_accumulate_grad_hook(lambda p: seen.append("with")): x.sum().backward()
seen
def boom(p): raise KeyError("after")
h = x.register_post_accumulate_grad_hook(boom); x.sum().backward()
h.remove(); h = x.register_post_accumulate_grad_hook(lambda p: "a"); x.sum().backward()
""",
    "before and after accumulation": _X
    + """
h = x.register_hook(lambda g: (seen.append(("hook", x.grad)), g * 2)[1]); k = x.register_post_accumulate_grad_hook(lambda p: seen.append(("post", p.grad.clone())))
x.sum().backward(); seen
seen.clear(); x.sum().backward(); seen[0][1] is x.grad, seen[1]
h.remove(); k.remove(); seen.clear(); x.grad = None
n = torch.autograd.graph.get_gradient_edge(x).node; a = n.register_prehook(lambda gs: seen.append(("node pre", gs, x.grad))); b = n.register_hook(lambda gi, go: seen.append(("node post", gi, go, x.grad))); c = x.register_hook(note("tensor")); d = x.register_post_accumulate_grad_hook(lambda p: seen.append("accumulated"))
x.sum().backward(); seen
seen.clear(); torch.autograd.grad(x.sum(), x); seen
""",
    "of nodes": _X
    + """
y = -x; n = y.grad_fn
h = n.register_hook(lambda gi, go: seen.append(("post", gi, go))); k = n.register_prehook(lambda go: seen.append(("pre", go)))
y.sum().backward(); seen, type(seen[0][1]).__name__, type(h).__name__
h.remove(); k.remove(); seen.clear(); y = -x; h = y.grad_fn.register_prehook(lambda go: (go[0] * 10,)); torch.autograd.grad(y.sum(), x)
y = -x; h = y.grad_fn.register_hook(lambda gi, go: (gi[0] * 100,)); torch.autograd.grad(y.sum(), x)
y = -x; h = y.grad_fn.register_hook(note("post")); k = y.register_hook(note("tensor", torch.full((2,), 5.0))); j = y.grad_fn.register_prehook(note("pre")); y.sum().backward(); seen
w = torch.ones(2, requires_grad=True); seen.clear(); y = x * w; h = y.grad_fn.register_hook(note("both")); y.sum().backward(); seen
seen.clear(); y = -x; a = y.grad_fn.register_hook(note("a")); b = y.grad_fn.register_hook(note("b")); c = y.grad_fn.register_prehook(note("c")); d = y.grad_fn.register_prehook(note("d")); y.sum().backward(); [s[0] for s in seen]
""",
    "of nodes with inputs that need no gradient": _X
    + """
y = x * 3; h = y.grad_fn.register_hook(note("number")); y.sum().backward(); seen
seen.clear(); y = x * torch.ones(2); h = y.grad_fn.register_hook(note("tensor")); y.sum().backward(); seen
seen.clear(); y = torch.ones(2) + x; h = y.grad_fn.register_hook(note("left")); y.sum().backward(); seen
y = x * 3; h = y.grad_fn.register_hook(lambda gi, go: (gi[0], torch.ones(2))); torch.autograd.grad(y.sum(), x)
y = x * 3; h = y.grad_fn.register_hook(lambda gi, go: gi[:1]); torch.autograd.grad(y.sum(), x)
""",
    "of nodes returning": _X
    + """
def post(result):
    y = -x
    h = y.grad_fn.register_hook(lambda gi, go: result)
    return attempt(lambda: torch.autograd.grad(y.sum(), x, allow_unused=True))
def pre(result):
    y = -x
    h = y.grad_fn.register_prehook(lambda go: result)
    return attempt(lambda: torch.autograd.grad(y.sum(), x, allow_unused=True))
post(None), pre(None)
post((torch.full((2,), 7.0),)), pre((torch.full((2,), 7.0),))
post(torch.full((2,), 7.0)), pre(torch.full((2,), 7.0))
post(())
pre(())
post((None,))
pre((None,))
post((torch.ones(2),) * 2)
pre((torch.ones(2),) * 2)
post(("a",))
pre(("a",))
post((torch.ones(3),))
pre((torch.ones(3),))
post([torch.ones(2)])
pre([torch.ones(2)])
post("a")
post((torch.ones(2, dtype=torch.float64),))
""",
    "of one node of several outputs": _X
    + """
m = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
a, b = m.unbind(); a.grad_fn is b.grad_fn
h = a.grad_fn.register_prehook(note("pre")); k = a.grad_fn.register_hook(note("post")); i = a.register_hook(note("a")); j = b.register_hook(note("b")); a.sum().backward(); seen
seen.clear(); a, b = m.unbind(); k = a.grad_fn.register_hook(note("post")); i = a.register_hook(note("a")); j = b.register_hook(note("b")); (a * b).sum().backward(); seen
""",
    "of several tensors": _X
    + """
a = x * 1; b = x * 2; c = x * 3
h = torch.autograd.graph.register_multi_grad_hook((a, b, c), lambda grads: seen.append(grads))
(a * 2 + b * 3).sum().backward(retain_graph=True); seen
(a + b + c).sum().backward(retain_graph=True); len(seen), seen[-1], type(seen[-1]).__name__
seen.clear(); a.sum().backward(retain_graph=True); seen
seen.clear(); x.sum().backward(); seen
h.remove(); seen.clear(); (a + b).sum().backward(retain_graph=True); seen
h = torch.autograd.graph.register_multi_grad_hook((a, b), lambda g: seen.append(g), mode="any"); (a + b + c).sum().backward(retain_graph=True); seen
seen.clear(); a.sum().backward(retain_graph=True); c.sum().backward(retain_graph=True); seen
h.remove(); seen.clear(); (a + b + c).sum().backward(); seen, type(h).__name__
torch.autograd.graph.register_multi_grad_hook((x, x), lambda g: None, mode="some")
torch.autograd.graph.register_multi_grad_hook((x, torch.ones(2)), lambda g: None)
""",
    "of several tensors at their time": _X
    + """
a = x * 1; b = a * 2; c = b * 3; h = torch.autograd.graph.register_multi_grad_hook((a, b), lambda grads: seen.append("both"))
for name, t in [("c", c), ("b", b), ("a", a), ("x", x)]: _ = t.register_hook(lambda g, name=name: seen.append(name))
c.sum().backward(retain_graph=True); seen
seen.clear(); torch.autograd.grad(c.sum(), x, retain_graph=True); seen
seen.clear(); torch.autograd.grad(c.sum(), b, retain_graph=True); seen
seen.clear(); c.sum().backward(inputs=[a]); seen
w = torch.ones(2, requires_grad=True); seen.clear(); h = torch.autograd.graph.register_multi_grad_hook((x, w), lambda grads: seen.append(grads)); (x * w * 2).sum().backward(); seen
seen.clear(); h.remove(); h = torch.autograd.graph.register_multi_grad_hook((x, w), lambda g: "ignored"); x.grad = None; (x * w).sum().backward(); x.grad
def boom(grads): raise KeyError("multi")
h.remove(); h = torch.autograd.graph.register_multi_grad_hook((x,), boom); (x * w).sum().backward()
with torch.autograd.graph.register_multi_grad_hook((x, w), note("with")): attempt(lambda: (x * w).sum().backward())
""",
    "and the inputs that are asked for": _X
    + """
w = torch.tensor([3.0, 4.0], requires_grad=True); y = x * 2; z = y * w
for name, t in [("x", x), ("w", w), ("y", y), ("z", z)]: _ = t.register_hook(lambda g, name=name: seen.append(name))
h = w.register_post_accumulate_grad_hook(lambda p: seen.append("post w")); k = x.register_post_accumulate_grad_hook(lambda p: seen.append("post x"))
z.sum().backward(inputs=[x], retain_graph=True); seen
seen.clear(); z.sum().backward(inputs=[w], retain_graph=True); seen
seen.clear(); z.sum().backward(inputs=[y], retain_graph=True); seen, y.grad
seen.clear(); torch.autograd.grad(z.sum(), [w], retain_graph=True); seen
seen.clear(); torch.autograd.grad(z.sum(), [y, w], retain_graph=True); seen
seen.clear(); torch.autograd.grad(z.sum(), [z], retain_graph=True); seen
seen.clear(); z.sum().backward(); seen
""",
    "replace what grad and inputs receive": _X
    + """
y = x * 2; h = y.register_hook(lambda g: g * 10); torch.autograd.grad(y.sum(), y, retain_graph=True), torch.autograd.grad(y.sum(), [x], retain_graph=True)
y.sum().backward(inputs=[y], retain_graph=True); y.grad
k = x.register_hook(lambda g: g + 1); torch.autograd.grad(y.sum(), x, retain_graph=True)
y.sum().backward(inputs=[x], retain_graph=True); x.grad
y.retain_grad(); h2 = y.register_hook(lambda g: g * 100); y.grad = None; y.sum().backward(); y.grad
""",
    "are not in what grad gives for a tensor on the way": _X
    + """
y = x * 2; h = y.register_hook(lambda g: g * 10)
torch.autograd.grad(y.sum(), [y, x], retain_graph=True)
y.sum().backward(inputs=[y, x], retain_graph=True); y.grad, x.grad
y.grad = x.grad = None; y.retain_grad(); y.sum().backward(retain_graph=True); y.grad, x.grad
""",
    "under create_graph": _X
    + """
s = torch.tensor(3.0, requires_grad=True); y = s * s
h = y.register_hook(lambda g: (seen.append((g.requires_grad, torch.is_grad_enabled())), g * s)[1])
(g,) = torch.autograd.grad(y * 1, s, create_graph=True); g, seen
torch.autograd.grad(g, s)
(g,) = torch.autograd.grad(y * 1, s, retain_graph=True); g, seen[-1]
k = s.register_hook(lambda g: g ** 2); (g,) = torch.autograd.grad(y * y, s, create_graph=True); g.detach()
k.remove(); h.remove(); (g,) = torch.autograd.grad(y * y, s, create_graph=True); k = g.register_hook(note("of the gradient")); torch.autograd.grad(g, s, retain_graph=True)[0], seen[-1]
k = s.register_hook(lambda g: g * 2); (g,) = torch.autograd.grad(y, s, create_graph=True); torch.autograd.grad(g, s)
""",
    "differentiating inside a hook": _X
    + """
def inner(g):
    with torch.enable_grad():
        w = torch.tensor(2.0, requires_grad=True)
        (w ** 3).backward()
    seen.append(w.grad)
    return g * w.grad
y = x * 1; h = y.register_hook(inner); y.sum().backward(); x.grad, seen
def outer(g):
    z = x * 1
    seen.append((z.requires_grad, torch.is_grad_enabled()))
y = x * 1; h = y.register_hook(outer); y.sum().backward(); seen[-1]
def registers(g):
    if len(more) < 3: more.append(y.register_hook(lambda g: seen.append("new")))
more = []; seen.clear(); y = x * 1; h = y.register_hook(registers); y.sum().backward(retain_graph=True); seen
y.sum().backward(); seen
""",
    "see absent gradients": _X
    + """
stop = type("Stop", (torch.autograd.Function,), {"forward": staticmethod(lambda ctx, a: a * 1), "backward": staticmethod(lambda ctx, g: None)})
y = x * 2; h = y.register_hook(note("y")); k = x.register_hook(note("x")); j = y.grad_fn.register_hook(note("node")); stop.apply(y).sum().backward(); seen, x.grad
p = x.register_post_accumulate_grad_hook(lambda p: seen.append("post")); seen.clear(); y = x * 2; stop.apply(y).sum().backward(); seen
seen.clear(); y = x * 2; h = torch.autograd.graph.register_multi_grad_hook((x, y), note("multi")); stop.apply(y).sum().backward(); seen
y = x * 2; h = y.register_hook(lambda g: torch.ones(2)); stop.apply(y).sum().backward(); x.grad
""",
    "and deep copies": _X
    + """
h = x.register_hook(note("x")); c = copy.deepcopy(x); c.sum().backward(); seen
y = pickle.loads(pickle.dumps(x.detach().requires_grad_())); y.sum().backward(); seen, y.grad
""",
}

# ruff: noqa: E501  a snippet shows one family of things in one line
"""torch.autograd.Function: differentiation rules written by hand."""

_SQUARE = """
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x
    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return 2 * x * g
"""
_CUBE = """
class Cube(torch.autograd.Function):
    @staticmethod
    def forward(x):
        return x ** 3
    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)
    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return 3 * x ** 2 * g
"""
_X = """
x = torch.tensor([1.0, 2.0], requires_grad=True)
"""
# A Function made of two functions, so that a snippet reads as a list of rules.
_MADE = """
def made(forward, backward, name="Made"):
    return type(name, (torch.autograd.Function,), {"forward": staticmethod(forward), "backward": staticmethod(backward)})
"""
# The first forward derivative in a process warns about PyTorch's own innards.
_WARMED = """
import warnings
with warnings.catch_warnings(record=True): _ = torch.func.jvp(torch.sin, (torch.ones(()),), (torch.ones(()),))
"""

CASES = {
    "forward and backward": _SQUARE
    + _X
    + """
y = Square.apply(x); y, y.requires_grad, y.is_leaf
y.grad_fn.name(), type(y.grad_fn).__name__, Square.__name__, y.grad_fn.next_functions[0][1], len(y.grad_fn.next_functions)
y.grad_fn.next_functions[0][0].variable is x
y.sum().backward(); x.grad
torch.autograd.grad(Square.apply(x * 3).sum(), x)
torch.autograd.grad(Square.apply(Square.apply(x)).sum(), x)
d = Square.apply(x.detach()); d, d.requires_grad, d.grad_fn
with torch.no_grad(): show(Square.apply(x))
y = Square.apply(x); y.sum().backward(); y.sum().backward()
y = Square.apply(x); y.sum().backward(retain_graph=True); y.sum().backward(); x.grad
Square.apply(torch.tensor(3))
Square.apply()
Square.apply(x, x)
Square.apply(x=x)
""",
    "setup_context": _CUBE
    + _X
    + """
y = Cube.apply(x); y, y.grad_fn.name()
y.sum().backward(); x.grad
Cube.apply(x.detach()).requires_grad
Cube.forward(x).grad_fn.name()
class Seen(torch.autograd.Function):
    @staticmethod
    def forward(x, n, words=("a",)):
        return x * n, n + 1
    @staticmethod
    def setup_context(ctx, inputs, output):
        show("setup", len(inputs), inputs[0] is x, inputs[1:], type(output).__name__, output[1], torch.is_grad_enabled())
        ctx.n = inputs[1]
    @staticmethod
    def backward(ctx, g, nothing):
        show("backward", g, nothing, ctx.needs_input_grad)
        return (g * ctx.n, None, None)[: len(ctx.needs_input_grad)]
a, b = Seen.apply(x, 3); a.requires_grad, b
a.sum().backward(); x.grad
a, b = Seen.apply(x, 3, "word"); torch.autograd.grad(a.sum(), x)
""",
    "double backward": _SQUARE
    + _CUBE
    + _X
    + """
(g,) = torch.autograd.grad(Square.apply(x).sum(), x, create_graph=True); g
torch.autograd.grad(g.sum(), x)
(g,) = torch.autograd.grad(Cube.apply(x).sum(), x, create_graph=True); (h,) = torch.autograd.grad(g.sum(), x, create_graph=True); torch.autograd.grad(h.sum(), x)
(g,) = torch.autograd.grad((Square.apply(x) ** 2).sum(), x, create_graph=True); torch.autograd.grad(g.sum(), x)
class Doubled(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        y = torch.exp(x)
        ctx.save_for_backward(y)
        show("forward", torch.is_grad_enabled())
        return y
    @staticmethod
    def backward(ctx, g):
        (y,) = ctx.saved_tensors
        show("backward", torch.is_grad_enabled(), y.requires_grad, y.is_leaf, g.requires_grad)
        return g * y
y = Doubled.apply(x); y.sum().backward(); x.grad
(g,) = torch.autograd.grad(Doubled.apply(x).sum(), x, create_graph=True); (h,) = torch.autograd.grad(g.sum(), x); torch.equal(g, h)
(g,) = torch.autograd.grad(Square.apply(x).sum(), x); g.requires_grad
""",
    "a computed value saved on the side": _X
    + """
class Wrong(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.e = x.exp()
        show(x.requires_grad, ctx.e.requires_grad)
        return x.exp()
    @staticmethod
    def backward(ctx, g):
        return g * ctx.e
(g,) = torch.autograd.grad(Wrong.apply(x).sum(), x, create_graph=True); g.requires_grad
torch.autograd.grad(g.sum(), x)
s = torch.ones(2, requires_grad=True)
(g,) = torch.autograd.grad(Wrong.apply(x), x, s, create_graph=True); g.requires_grad
torch.autograd.grad(g.sum(), [s, x], allow_unused=True)
y = Wrong.apply(x); y.sum().backward(); y.sum().backward(); x.grad
""",
    "saving for backward": _MADE
    + _X
    + """
def saving(*things):
    def forward(ctx, x):
        ctx.save_for_backward(*things)
        return x * 2
    def backward(ctx, g):
        show("saved", ctx.saved_tensors)
        return g
    return attempt(lambda: made(forward, backward).apply(x).sum().backward())
saving()
saving(torch.ones(1), None, torch.zeros(2))
saving(1)
saving(torch.ones(1), "a")
saving([torch.ones(1)])
saving(x)
def twice(ctx, x):
    ctx.save_for_backward(x)
    ctx.save_for_backward(x * 3)
    return x * 2
def backward(ctx, g):
    show(len(ctx.saved_tensors), ctx.saved_tensors[0].detach())
    return g
made(twice, backward).apply(x).sum().backward()
def early(ctx, x):
    ctx.save_for_backward(x)
    show(attempt(lambda: ctx.saved_tensors), ctx.to_save[0] is x)
    return x * 2
made(early, backward).apply(x).sum().backward()
y = made(twice, backward).apply(x); y.grad_fn.saved_tensors
y.sum().backward(); y.grad_fn.saved_tensors
""",
    "what comes back from saved_tensors": _MADE
    + _X
    + """
def forward(ctx, x):
    y = x * 2
    ctx.save_for_backward(x, y)
    ctx.y = y
    return y
def backward(ctx, g):
    a, b = ctx.saved_tensors
    show(a is x, b is y, b.grad_fn is y.grad_fn, b.requires_grad, b.is_leaf, a.is_leaf, ctx.y.data_ptr() == y.data_ptr())
    return g
y = made(forward, backward).apply(x); y.sum().backward()
with torch.no_grad(): z = made(forward, backward).apply(x)
z.requires_grad, z.grad_fn
m = x * 1
def saves_input(ctx, x):
    ctx.save_for_backward(x)
    return x + 1
def reads(ctx, g):
    (a,) = ctx.saved_tensors
    show(a.grad_fn is m.grad_fn, a._version, a is m)
    return g
made(saves_input, reads).apply(m).sum().backward()
""",
    "writing to what was saved": _SQUARE
    + _MADE
    + _X
    + """
m = x * 1; y = Square.apply(m); m.add_(1); y.sum().backward()
def forward(ctx, x):
    y = x.exp()
    ctx.save_for_backward(y)
    return y
def backward(ctx, g):
    return g * ctx.saved_tensors[0]
Exp = made(forward, backward, "Exp")
y = Exp.apply(x); y.mul_(2)
y.sum().backward()
y = Exp.apply(x); z = y * 1; y.add_(1); z.sum().backward()
y = Exp.apply(x); z = y + 1; z.mul_(2); torch.equal(torch.autograd.grad(z.sum(), x)[0], 2 * x.detach().exp())
def kept(ctx, x):
    ctx.m = x
    return x * x
def uses(ctx, g):
    return 2 * ctx.m * g
m = x * 1; y = made(kept, uses).apply(m); m.data.add_(1); m.add_(1); torch.autograd.grad(y.sum(), x)
""",
    "needs_input_grad": _MADE
    + """
x = torch.tensor(2.0, requires_grad=True); y = torch.tensor(3.0)
def forward(ctx, a, b, c):
    show("forward", ctx.needs_input_grad)
    ctx.save_for_backward(a, b)
    return a * b
def backward(ctx, g):
    show("backward", ctx.needs_input_grad)
    a, b = ctx.saved_tensors
    return g * b if ctx.needs_input_grad[0] else None, g * a if ctx.needs_input_grad[1] else None, None
Times = made(forward, backward)
Times.apply(x, y, 1).backward(); x.grad, y.grad
Times.apply(y, x, "one").backward(); x.grad
Times.apply(y, y, None).requires_grad
Times.apply(torch.tensor(1), x, [x]).backward(); x.grad
with torch.no_grad(): show(Times.apply(x, x, x).requires_grad)
z = torch.tensor(4.0, requires_grad=True); torch.autograd.grad(Times.apply(x, z, 0), z)
torch.autograd.grad(Times.apply(x, z, z), x)
Times.apply(x, x, x).backward(); x.grad
""",
    "wrong gradients": _MADE
    + _X
    + """
def returning(value, arguments=1):
    f = made(lambda ctx, *a: a[0] * 2, lambda ctx, g: value)
    return attempt(lambda: torch.autograd.grad(f.apply(*[x] * arguments).sum(), x, allow_unused=True))
returning((torch.ones(2), torch.ones(2)))
returning((torch.ones(2), None, None))
returning((torch.ones(2),)), returning(torch.ones(2)), returning([torch.ones(2)])
returning(torch.ones(2), 2)
returning((torch.ones(2), torch.ones(2)), 2)
returning((torch.ones(2), None), 2)
returning((), 1)
returning(None), returning((None,)), returning((None, None), 2)
returning(1.0)
returning("a")
returning((torch.ones(2), 1.0), 2)
returning(torch.ones(3))
returning(torch.ones(()))
returning(torch.ones(1)), returning(torch.ones(3, 2)), returning(torch.ones(4, 1, 2))
returning(torch.ones(2, dtype=torch.float64))[0].dtype
returning(torch.ones(2, dtype=torch.int64))
returning(torch.ones(2) * 1j)
s = torch.tensor(3.0, requires_grad=True)
f = made(lambda ctx, a: a * 2, lambda ctx, g: torch.ones(4)); torch.autograd.grad(f.apply(s), s)
made(lambda ctx, a, n: a * 2, lambda ctx, g, n: (g, torch.ones(1))).apply(x, 5).sum().backward()
made(lambda ctx, a, n: a * 2, lambda ctx, g: (g, torch.ones(1))).apply(x, 5).sum().backward()
made(lambda ctx, a, n: a * 2, lambda ctx, g: (g, torch.ones(1))).apply(x, torch.ones(1)).sum().backward(); x.grad
""",
    "no gradient": _MADE
    + _X
    + """
w = torch.tensor([3.0, 4.0], requires_grad=True)
Left = made(lambda ctx, a, b: a * b, lambda ctx, g: (g, None))
y = Left.apply(x, w); y.sum().backward(); x.grad, w.grad
torch.autograd.grad(Left.apply(x, w).sum(), [x, w], allow_unused=True)
torch.autograd.grad(Left.apply(x, w).sum(), w)
torch.autograd.grad(Left.apply(x, w * 2).sum(), w)
torch.autograd.grad(Left.apply(x, w * 2).sum(), w, allow_unused=True), torch.autograd.grad(Left.apply(x, w * 2).sum(), w, materialize_grads=True)
y = Left.apply(x, w * 2) + w; torch.autograd.grad(y.sum(), w)
Nothing = made(lambda ctx, a: a * 2, lambda ctx, g: None)
x.grad = None; Nothing.apply(x).sum().backward(); x.grad
seen = []
m = w * 2; h = m.register_hook(lambda g: seen.append(g)); Left.apply(x, m).sum().backward(); seen, w.grad
Grad = made(lambda ctx, a: a.detach() * 2, lambda ctx, g: g); torch.autograd.grad(Grad.apply(x).sum(), x)
Zero = made(lambda ctx, a: torch.zeros(3), lambda ctx, g: g[:2] + 7); y = Zero.apply(x); y.requires_grad, torch.autograd.grad(y.sum(), x)
""",
    "several outputs": _MADE
    + _X
    + """
def backward(ctx, *grads):
    show("backward", grads)
    return grads[0] + 10 * grads[1]
Two = made(lambda ctx, a: (a * 1, a * 10), backward)
y, z = Two.apply(x); y.grad_fn is z.grad_fn, y.output_nr, z.output_nr, type(Two.apply(x)).__name__
(y + z).sum().backward(); x.grad
y, z = Two.apply(x); torch.autograd.grad(z.sum(), x)
y, z = Two.apply(x); torch.autograd.grad(y.sum(), x)
y, z = Two.apply(x); torch.autograd.grad([y.sum(), z.sum()], x, [torch.tensor(2.0), torch.tensor(3.0)])
One = made(lambda ctx, a: (a * 1,), lambda ctx, g: g); type(One.apply(x)).__name__, One.apply(x)[0].requires_grad
""",
    "outputs that are no tensors": _MADE
    + _X
    + """
made(lambda ctx, a: 5, lambda ctx, g: g).apply(x)
made(lambda ctx, a: None, lambda ctx, g: g).apply(x)
made(lambda ctx, a: (), lambda ctx: None).apply(x)
Mixed = made(lambda ctx, a: (a * 1, 5, "word", None, (a * 2)), lambda ctx, *g: (show(g), g[0])[1]); out = Mixed.apply(x); out[1:4], [getattr(o, "requires_grad", None) for o in out]
out[0].sum().backward(); x.grad
List = made(lambda ctx, a: [a * 1, a * 10], lambda ctx, g: g); List.apply(x)
made(lambda ctx, a: {"a": a * 2}, lambda ctx, g: g).apply(x)
made(lambda ctx, a: ([a * 2], 1), lambda ctx, *g: g).apply(x)[0][0].requires_grad
Same = made(lambda ctx, a: (lambda r: (r, r))(a * 2), lambda ctx, g, h: g + 2 * h); y, z = Same.apply(x); y is z, y.output_nr
torch.autograd.grad(y.sum(), x)
""",
    "materialized gradients": _MADE
    + _X
    + """
def asking(value):
    def forward(ctx, a):
        if value is not None: ctx.set_materialize_grads(value)
        return a * 1, a * 10
    def backward(ctx, *grads):
        show("backward", grads)
        return sum(g for g in grads if g is not None)
    return made(forward, backward)
y, z = asking(None).apply(x); z.sum().backward()
y, z = asking(True).apply(x); z.sum().backward()
y, z = asking(False).apply(x); z.sum().backward()
y, z = asking(False).apply(x); y.sum().backward()
def unused(ctx, a):
    ctx.set_materialize_grads(False)
    return a * 1
Inner = made(unused, lambda ctx, g: (show("inner", g), g)[1])
Stop = made(lambda ctx, a: a * 1, lambda ctx, g: None)
x.grad = None; Stop.apply(Inner.apply(x)).sum().backward(); x.grad
Inner2 = made(lambda ctx, a: a * 1, lambda ctx, g: (show("inner", g), g)[1]); Stop.apply(Inner2.apply(x)).sum().backward(); x.grad
""",
    "outputs without gradient": _MADE
    + """
x = torch.tensor([3.0, 1.0, 2.0], requires_grad=True)
def forward(ctx, a):
    order = torch.tensor([1, 2, 0])
    count = a * 0 + 3
    ctx.mark_non_differentiable(order, count)
    ctx.save_for_backward(order)
    return a[order], order, count
def backward(ctx, g, nothing, none):
    show(g, nothing, none)
    out = torch.zeros(3)
    out[ctx.saved_tensors[0]] = g
    return out
Sort = made(forward, backward)
values, order, count = Sort.apply(x); values.requires_grad, order.requires_grad, count.requires_grad, count.grad_fn, count.is_leaf
(values * torch.tensor([1.0, 10.0, 100.0])).sum().backward(); x.grad
count.sum().backward()
made(lambda ctx, a: a.argmax(), lambda ctx, g: g).apply(x).requires_grad
made(lambda ctx, a: a > 1, lambda ctx, g: g).apply(x)
y = made(lambda ctx, a: (a * 2, a.argmax()), lambda ctx, g, n: (show(n), g)[1]).apply(x); y
y[0].sum().backward()
def marks_input(ctx, a):
    ctx.mark_non_differentiable(a)
    return a * 2
made(marks_input, lambda ctx, g: g).apply(x).requires_grad
def marks_all(ctx, a):
    y = a * 2
    ctx.mark_non_differentiable(y)
    return y
made(marks_all, lambda ctx, g: g).apply(x)
""",
    "texts for wrong arguments of ctx": _MADE
    + _X
    + """
def marks(name, *things):
    def forward(ctx, a):
        getattr(ctx, name)(*things)
        return a * 2
    return attempt(lambda: made(forward, lambda ctx, g: g).apply(x))
marks("mark_non_differentiable", 1)
marks("mark_dirty", 1)
marks("save_for_backward", 1.5)
marks("mark_dirty"), marks("mark_non_differentiable"), marks("save_for_backward")
marks("save_for_forward", 1)
def at_backward(ctx, a):
    ctx.save_for_backward(5, a)
    return a * 2
made(at_backward, lambda ctx, g: g).apply(x)
""",
    "mark_dirty": _MADE
    + _X
    + """
def forward(ctx, a):
    a.mul_(2)
    ctx.mark_dirty(a)
    return a
Double = made(forward, lambda ctx, g: 2 * g, "Double")
m = x * 1; y = Double.apply(m); y is m, m.grad_fn.name(), m._version, m
y.sum().backward(); x.grad
Double.apply(x)
x
p = torch.ones(2); q = Double.apply(p); q is p, p.requires_grad, p
with torch.no_grad(): show(Double.apply(x) is x, x)
def not_returned(ctx, a):
    a.mul_(2)
    ctx.mark_dirty(a)
    return a.clone()
made(not_returned, lambda ctx, g: g).apply(x * 1)
def unmarked(ctx, a):
    a.mul_(2)
    return a
m = x * 1; y = made(unmarked, lambda ctx, g: 2 * g).apply(m); y is m, m._version, m.grad_fn is y.grad_fn
""",
    "mark_dirty of views and of second inputs": _MADE
    + _X
    + """
def forward(ctx, a):
    a.mul_(2)
    ctx.mark_dirty(a)
    return a
Double = made(forward, lambda ctx, g: 2 * g, "Double")
m = x * 1; v = m[:1]; Double.apply(v); m, m.requires_grad
torch.autograd.grad(m.sum(), x)
def writes_second(ctx, a, b):
    b.add_(a)
    ctx.mark_dirty(b)
    return b
Into = made(writes_second, lambda ctx, g: (g, g)); b = torch.zeros(2); c = Into.apply(x, b); c is b, b.requires_grad, torch.autograd.grad(b.sum(), x)
m = x * 1; Into.apply(x, m) is m, torch.autograd.grad((m * m).sum(), x)
def both(ctx, a, b):
    a.add_(1); b.mul_(2)
    ctx.mark_dirty(a, b)
    return a, b
Both = made(both, lambda ctx, g, h: (g, 2 * h)); m, n = x * 1, x * 1; y, z = Both.apply(m, n); y is m, z is n, torch.autograd.grad((m + n).sum(), x)
""",
    "returning an input": _MADE
    + _X
    + """
Same = made(lambda ctx, a: a, lambda ctx, g: g * 5, "Same")
y = Same.apply(x); y is x, y.data_ptr() == x.data_ptr(), y.requires_grad, y.is_leaf, y.grad_fn.name(), y._base is x
y.sum().backward(); x.grad
m = x * 1; y = Same.apply(m); y is m, y._is_view(), y._version
y.mul_(2)
d = x.detach(); e = Same.apply(d); e is d, e.requires_grad
with torch.no_grad(): show(Same.apply(x) is x, Same.apply(x).requires_grad)
Two = made(lambda ctx, a, b: (b, a * 2), lambda ctx, g, h: (h, g * 7)); w = torch.ones(2, requires_grad=True); y, z = Two.apply(x, w); y is w, torch.autograd.grad(y.sum(), [x, w])
""",
    "returning views": _MADE
    + _X
    + """
m = x * 1; View = made(lambda ctx, a: a.view_as(a), lambda ctx, g: g * 3, "View"); y = View.apply(m); y.grad_fn.name(), y._is_view(), torch.autograd.grad(y.sum(), x)
y = View.apply(x * 1); y.add_(1)
First = made(lambda ctx, a: a[:1], lambda ctx, g: torch.cat([g, g * 0]), "First"); y = First.apply(x * 1); y.mul_(3)
torch.autograd.grad(First.apply(x).sum(), x)
y = First.apply(x).clone(); y.mul_(3); torch.autograd.grad(y.sum(), x)
Parts = made(lambda ctx, a: (a[:1], a[1:]), lambda ctx, g, h: torch.cat([g, h]), "Parts"); y, z = Parts.apply(x * 1); y.mul_(2)
m = x * 1; y = First.apply(m); m.mul_(2); y
torch.autograd.grad(y.sum(), x)
""",
    "once_differentiable": _X
    + """
once_differentiable = torch.autograd.function.once_differentiable
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x
    @staticmethod
    @once_differentiable
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        show(torch.is_grad_enabled())
        return 2 * x * g
torch.autograd.grad(Square.apply(x).sum(), x)
(g,) = torch.autograd.grad(Square.apply(x).sum(), x, create_graph=True); g, g.requires_grad
torch.autograd.grad(g.sum(), x)
(g,) = torch.autograd.grad(Square.apply(x).exp().sum(), x, create_graph=True); g.requires_grad
torch.autograd.grad(g.sum(), x)
g.sum().backward()
s = torch.ones(2, requires_grad=True); (g,) = torch.autograd.grad(Square.apply(x), x, s, create_graph=True); torch.autograd.grad(g.sum(), s)
g.sum().backward()
""",
    "forward derivatives": _WARMED
    + """
class Times(torch.autograd.Function):
    @staticmethod
    def forward(x, y):
        return x * y
    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)
        ctx.save_for_forward(*inputs)
    @staticmethod
    def backward(ctx, g):
        x, y = ctx.saved_tensors
        return g * y, g * x
    @staticmethod
    def jvp(ctx, dx, dy):
        x, y = ctx.saved_tensors
        show("jvp", dx is None, dy is None)
        return dx * y + dy * x
x, y = torch.tensor([1.0, 2.0]), torch.tensor([3.0, 5.0]); dx, dy = torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0])
torch.func.jvp(Times.apply, (x, y), (dx, dy))
torch.func.jvp(lambda x: Times.apply(x, y), (x,), (dx,))
torch.func.jvp(lambda x: Times.apply(x, x), (x,), (dx,))
torch.func.jvp(lambda x: Times.apply(x * 2, x) + x, (x,), (dx,))
w = x.clone().requires_grad_(); torch.autograd.grad(Times.apply(w, y).sum(), w)
torch.func.jvp(torch.func.grad(lambda x: Times.apply(x, x).sum()), (x,), (dx,))
""",
    "forward derivatives missing or wrong": _WARMED
    + """
def made(backward=None, jvp=None):
    def setup_context(ctx, inputs, output): ctx.save_for_backward(*inputs)
    rules = {"forward": lambda x: x * 2, "setup_context": setup_context} | ({"backward": backward} if backward else {}) | ({"jvp": jvp} if jvp else {})
    return type("Made", (torch.autograd.Function,), {name: staticmethod(f) for name, f in rules.items()})
x = torch.tensor([1.0, 2.0]); w = torch.tensor([1.0, 2.0], requires_grad=True); t = torch.tensor([3.0, 4.0])
torch.func.jvp(made(backward=lambda ctx, g: g).apply, (x,), (t,))
torch.func.jvp(made(jvp=lambda ctx, t: t * 2).apply, (x,), (t,))
y = made(jvp=lambda ctx, t: t * 2).apply(w); y.requires_grad
y.sum().backward()
y = made().apply(w); y
y.sum().backward()
torch.func.jvp(made(jvp=lambda ctx, t: torch.ones(3)).apply, (x,), (t,))
torch.func.jvp(made(jvp=lambda ctx, t: (t, t)).apply, (x,), (t,))
torch.func.jvp(made(jvp=lambda ctx, t: 2.0).apply, (x,), (t,))
torch.func.jvp(made(jvp=lambda ctx, t: torch.ones(2, dtype=torch.float64)).apply, (x,), (t,))
""",
    "under torch.func.grad": _WARMED
    + _SQUARE
    + _CUBE
    + """
x = torch.tensor(2.0)
torch.func.grad(Cube.apply)(x)
torch.func.grad(torch.func.grad(Cube.apply))(x), torch.func.grad(torch.func.grad(torch.func.grad(Cube.apply)))(x)
torch.func.grad(lambda x: Cube.apply(x * 2) + x)(x)
torch.func.grad(Square.apply)(x)
torch.func.jvp(Square.apply, (x,), (x,))
torch.func.vmap(Square.apply)(torch.ones(2))
out, f = torch.func.vjp(Cube.apply, torch.tensor([1.0, 2.0])); out, f(torch.ones(2)), f(torch.tensor([1.0, 10.0]))
w = torch.tensor(3.0, requires_grad=True); y = torch.func.grad(lambda x: Cube.apply(x) * w)(x); torch.autograd.grad(y, w)
torch.func.grad_and_value(lambda x: Cube.apply(x) ** 2)(x)
Cube.apply(torch.tensor(2.0, requires_grad=True)).grad_fn.name()
""",
    "vmap by rule": """
class Scale(torch.autograd.Function):
    generate_vmap_rule = True
    @staticmethod
    def forward(x, y):
        show("forward", x.shape, y.shape)
        return x * y.sum()
    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)
    @staticmethod
    def backward(ctx, g):
        x, y = ctx.saved_tensors
        return g * y.sum(), (g * x).sum().expand(y.shape)
x = torch.arange(6.0).reshape(3, 2); y = torch.tensor([1.0, 2.0])
torch.func.vmap(Scale.apply, in_dims=(0, None))(x, y)
torch.func.vmap(Scale.apply)(x, x)
torch.func.vmap(Scale.apply, in_dims=(1, 0))(x, y)
torch.func.vmap(torch.func.grad(lambda x, y: Scale.apply(x, y).sum(), argnums=(0, 1)), in_dims=(0, None))(x, y)
torch.func.grad(lambda x: torch.func.vmap(Scale.apply, in_dims=(0, None))(x, y).sum())(x)
torch.func.vmap(torch.func.vmap(Scale.apply, in_dims=(0, None)), in_dims=(0, None))(x, y)
""",
    "vmap by hand": """
class Scale(torch.autograd.Function):
    @staticmethod
    def forward(x, y):
        return x * y
    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)
    @staticmethod
    def backward(ctx, g):
        x, y = ctx.saved_tensors
        return g * y, g * x
    @staticmethod
    def vmap(info, in_dims, x, y):
        show("vmap", info.batch_size, info.randomness, in_dims, x.shape, y.shape)
        x = x.movedim(in_dims[0], 0) if in_dims[0] is not None else x[None]
        y = y.movedim(in_dims[1], 0) if in_dims[1] is not None else y[None]
        return Scale.apply(x, y), 0
x = torch.arange(6.0).reshape(3, 2); y = torch.tensor([1.0, 2.0])
torch.func.vmap(Scale.apply, in_dims=(0, None))(x, y)
torch.func.vmap(Scale.apply, in_dims=(None, 1))(y[:1], x)
torch.func.vmap(Scale.apply, randomness="same")(x, x)
torch.func.vmap(torch.func.grad(lambda x, y: Scale.apply(x, y).sum()), in_dims=(0, None))(x, y)
Scale.apply(x, y)
""",
    "vmap refused": """
def made(**rules):
    base = {"forward": lambda x: x * 2, "setup_context": lambda ctx, inputs, output: None, "backward": lambda ctx, g: g * 2}
    return type("Made", (torch.autograd.Function,), {name: f if name == "generate_vmap_rule" else staticmethod(f) for name, f in (base | rules).items()})
x = torch.ones(3, 2)
torch.func.vmap(made().apply)(x)
torch.func.vmap(made(generate_vmap_rule=True, vmap=lambda info, in_dims, x: (x, 0)).apply)(x)
str(attempt(lambda: torch.func.vmap(made(vmap=lambda info, in_dims, x: x * 3).apply)(x))).split("Got")[0]
str(attempt(lambda: torch.func.vmap(made(vmap=lambda info, in_dims, x: (x * 3, (0, 0))).apply)(x)))[:100]
torch.func.vmap(made(vmap=lambda info, in_dims, x: (x * 3, in_dims[0])).apply)(x)
torch.func.vmap(made(vmap=lambda info, in_dims, x: (x.sum(0), None)).apply)(x)
torch.func.vmap(made(vmap=lambda info, in_dims, x: ((x, x.sum(0)), (0, None))).apply)(x)
made().apply(x)
""",
    "without static methods": """
class Old(torch.autograd.Function):
    def forward(self, x): return x * 2
    def backward(self, g): return g * 2
x = torch.tensor(2.0, requires_grad=True)
Old()(x)
Old.apply(x)
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x): return x * x
    @staticmethod
    def backward(ctx, g): return g
Square()(x)
s = Square()
class Empty(torch.autograd.Function): pass
Empty.apply(x)
class NoBackward(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x): return x * 2
y = NoBackward.apply(x); y
y.backward()
class Both(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x): return x * 2
    @staticmethod
    def backward(ctx, g): return g
    @staticmethod
    def vjp(ctx, g): return g
y = Both.apply(x); y.backward()
torch.autograd.Function.apply(x)
""",
    "vjp and inheritance": _SQUARE
    + _X
    + """
class Half(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x): return x / 2
    @staticmethod
    def vjp(ctx, g): return g / 2
y = Half.apply(x); y.grad_fn.name(), torch.autograd.grad(y.sum(), x)
class Louder(Square):
    @staticmethod
    def backward(ctx, g):
        return 100 * Square.backward(ctx, g)
y = Louder.apply(x); y.grad_fn.name(), torch.autograd.grad(y.sum(), x), issubclass(Louder, torch.autograd.Function)
class WithClassMethod(torch.autograd.Function):
    scale = 4
    @staticmethod
    def forward(ctx, x):
        ctx.scale = WithClassMethod.scale
        return x * ctx.scale
    @staticmethod
    def backward(ctx, g): return g * ctx.scale
y = WithClassMethod.apply(x); torch.autograd.grad(y.sum(), x), y.grad_fn.scale, type(y.grad_fn).__mro__[1].__name__
apply = Square.apply; torch.autograd.grad(apply(x).sum(), x)
""",
    "attributes of ctx": _MADE
    + _X
    + """
def forward(ctx, a, n):
    ctx.n = n; ctx.words = ["a"]; ctx.shape = a.shape
    return a * n
def backward(ctx, g):
    ctx.words.append("b")
    show(ctx.n, ctx.shape, ctx.words, ctx.saved_tensors, hasattr(ctx, "other"))
    return g * ctx.n, None
y = made(forward, backward).apply(x, 3); y.grad_fn.n, y.grad_fn.words
y.sum().backward(); y.sum().backward(); x.grad
y.grad_fn.n = 5; y.sum().backward(); x.grad
y.grad_fn.missing
y.grad_fn.name(), y.grad_fn.metadata, isinstance(y.grad_fn, torch.autograd.graph.Node)
y.grad_fn.needs_input_grad
y.grad_fn.metadata["k"] = 1; y.grad_fn.metadata
y = made(forward, lambda ctx, g: (g, None)).apply(n=3, a=x)
""",
    "errors inside": _MADE
    + _X
    + """
def boom(ctx, *a): raise KeyError("from the rule")
made(boom, boom).apply(x)
y = made(lambda ctx, a: a * 2, boom).apply(x); y.sum().backward()
y.sum().backward()
x.grad
y = made(lambda ctx, a: a * 2, lambda ctx, g: g @ 3).apply(x); y.sum().backward()
y = made(lambda ctx, a: a * 2, lambda ctx: None).apply(x); y.sum().backward()
y = made(lambda ctx, a: (a * 2, a), lambda ctx, g: g).apply(x); y[0].sum().backward()
torch.is_grad_enabled()
""",
    "differentiating inside a rule": _X
    + """
class Reentrant(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        with torch.enable_grad():
            ctx.x = x.detach().requires_grad_()
            ctx.y = (ctx.x ** 3).sum()
        return ctx.y.detach()
    @staticmethod
    def backward(ctx, g):
        seen.append(torch.is_grad_enabled())
        with torch.enable_grad(): ctx.y.backward()
        return ctx.x.grad * g
seen = []
y = Reentrant.apply(x) * 2; y.backward(); x.grad
y = Reentrant.apply(x * 2); torch.autograd.grad(y, x)
y = x
for _ in range(50): y = Reentrant.apply(y / 50) + y
torch.autograd.grad(y.sum(), x)[0].shape, len(seen), any(seen)
class Whole(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x): return x * 1
    @staticmethod
    def backward(ctx, g): return torch.autograd.grad(leaf * 2, leaf)[0] * g
leaf = torch.tensor(5.0, requires_grad=True); torch.autograd.grad(Whole.apply(x).sum(), x)
""",
    "many nodes": _MADE
    + """
x = torch.tensor(1.0, requires_grad=True); y = x; calls = []
Inc = made(lambda ctx, a: a + 1, lambda ctx, g: (calls.append(1), g)[1])
for _ in range(3000): y = Inc.apply(y)
y.backward(); x.grad, len(calls), y.item()
del y
Add = made(lambda ctx, *a: sum(a), lambda ctx, g: (g,) * 30)
Add.apply(*[x] * 30).backward(); x.grad
""",
    "in the graph of other operations": _SQUARE
    + """
x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
y = Square.apply(x @ x).sum(); torch.autograd.grad(y, x)
y = Square.apply(x.t())[0].sum() + Square.apply(x[1]).sum(); torch.autograd.grad(y, x)
m = x * 1; m[0] = Square.apply(m[1]); torch.autograd.grad(m.sum(), x)
seen = []
y = Square.apply(x); h = y.register_hook(lambda g: seen.append(g.sum().item())); y.retain_grad(); y.sum().backward(); seen, y.grad
h = y.grad_fn.register_hook(lambda gi, go: None); type(h).__name__
y = Square.apply(x); y.add_(1); torch.autograd.grad(y.sum(), x)
y = Square.apply(x); y[0] = 0; torch.autograd.grad(y.sum(), x)
""",
    "of other dtypes and checked": _SQUARE
    + """
e = Square.apply(torch.zeros(0, requires_grad=True)); e.sum().backward(); e.shape
c = torch.tensor(1 + 2j, requires_grad=True); torch.autograd.grad(Square.apply(c), c, torch.tensor(1 + 0j))
i = torch.tensor(3, dtype=torch.int64); Square.apply(i)
h = torch.tensor(3.0, dtype=torch.float16, requires_grad=True); torch.autograd.grad(Square.apply(h), h)
x = torch.tensor([1.0, 2.0], dtype=torch.float64); torch.autograd.gradcheck(Square.apply, (x.detach().double().requires_grad_(),)), torch.autograd.gradgradcheck(Square.apply, (x.detach().double().requires_grad_(),))
""",
}

# ruff: noqa: E501  a snippet shows one family of things in one line
"""In-place methods and operators."""

CASES = {
    "methods": """
for name, args in [("add_", (1,)), ("sub_", (1,)), ("mul_", (3,)), ("div_", (2,)), ("pow_", (2,)), ("neg_", ()), ("exp_", ()), ("log_", ()), ("sqrt_", ()), ("sin_", ()), ("cos_", ()), ("tanh_", ()), ("sigmoid_", ()), ("relu_", ()), ("abs_", ()), ("square_", ()), ("sign_", ()), ("floor_", ()), ("zero_", ()), ("fill_", (7,)), ("remainder_", (2,)), ("floor_divide_", (2,)), ("copy_", (torch.tensor([5.0, 6.0]),)), ("clamp_", (0, 1)), ("masked_fill_", (torch.tensor([True, False]), 9)), ("subtract_", (1,)), ("multiply_", (2,)), ("divide_", (2,)), ("expm1_", ()), ("log1p_", ()), ("tan_", ()), ("requires_grad_", ())]:
    x = torch.tensor([1.5, 0.25])
    y = attempt(lambda: getattr(x, name)(*args))
    show(name, y is x, y, x._version)
""",
    "operators": """
x = torch.tensor([1.0, 2.0]); y = x
y += 1; x
y -= 2; x
y *= 3; x
y /= 2; x
y **= 2; x
y //= 2; x
y %= 2; x
y is x, x._version
y @= torch.eye(2); x, y is x
m = torch.tensor([True, False]); n = m
n &= torch.tensor([True, True]); m
n |= torch.tensor([True, True]); m
n ^= torch.tensor([True, False]); m
n is m
i = torch.tensor([4]); i //= 3; i
""",
    "dtypes": """
x = torch.tensor([1, 2])
x += 1.5
x /= 2
x *= 2.5
x += True; x
x.add_(torch.tensor([1.0, 2.0]))
x.mul_(torch.tensor([2, 3], dtype=torch.int32)); x
x.sub_(torch.tensor(1.5))
x.exp_()
x.sqrt_()
x.pow_(2); x
x.pow_(-1)
x.copy_(torch.tensor([1.9, 2.9])); x
x.fill_(2.9); x
x.div_(2, rounding_mode="floor"); x
b = torch.tensor([True, False])
b += 1
b.add_(True); b
b.mul_(2)
b.fill_(3); b
b -= True
f = torch.ones(2); f += torch.ones(2, dtype=torch.float64); f
f += torch.tensor([1, 2]); f
f *= 1j
h = torch.ones(2, dtype=torch.float16); h += 1.5; h
h.add_(torch.ones(2)); h
u = torch.tensor([250], dtype=torch.uint8); u += 10; u
u -= 20; u
""",
    "shapes": """
x = torch.zeros(2, 1)
x += torch.ones(2, 2)
x.add_(torch.ones(3, 2, 1))
x += torch.ones(2, 1); x
x.mul_(torch.ones(1)); x
x.copy_(torch.ones(2, 2))
x.copy_(torch.ones(1)); x
x.copy_(torch.ones(3))
x.copy_(torch.tensor(4.0)); x
x.fill_(torch.tensor(5.0)); x
x.fill_(torch.ones(2))
x.add_(torch.ones(3))
torch.tensor(1.0).add_(torch.ones(1))
torch.tensor(1.0).add_(torch.ones(2))
x.copy_("a")
x.add_(1, alpha=2); x
x.sub_(torch.ones(2, 1), alpha=3); x
""",
    "with operands that need grad": """
w = torch.tensor([2.0, 3.0], requires_grad=True)
x = torch.ones(2); x.mul_(w); x.requires_grad, x.is_leaf
x.sum().backward(); w.grad
x = torch.ones(2); x += w; x *= w; torch.autograd.grad(x.sum(), w)
x = torch.ones(2); x.copy_(w); torch.autograd.grad(x.sum(), w)
x = torch.zeros(2); x.copy_(w[0]); torch.autograd.grad(x.sum(), w)
y = w * 1; y.exp_(); torch.autograd.grad(y.sum(), w)
y = w * 1; y.relu_(); y.mul_(3); torch.autograd.grad(y.sum(), w)
y = w * 1; y.sigmoid_(); y.add_(1)
torch.autograd.grad(y.sum(), w)
y = w.clone(); y.zero_(); torch.autograd.grad(y.sum(), w)
y = w.clone(); y.fill_(3.0); torch.autograd.grad(y.sum(), w)
y = w * 2; y -= y; torch.autograd.grad(y.sum(), w)
y = w * 2; y *= y
torch.autograd.grad(y.sum(), w)
y = w * 1; y.pow_(2); torch.autograd.grad(y.sum(), w)
y = w * 1; y.clamp_(0, 2.5); torch.autograd.grad(y.sum(), w)
y = w * 1; y.masked_fill_(torch.tensor([True, False]), 0.0); torch.autograd.grad(y.sum(), w)
y = w * 1; y.sqrt_(); torch.autograd.grad(y.sum(), w)
x = torch.ones(2, dtype=torch.int64); x.mul_(w)
x = torch.ones(2, dtype=torch.float64); x.mul_(w); x
torch.autograd.grad(x.sum(), w)
with torch.no_grad(): x = torch.ones(2); x.mul_(w); show(x.requires_grad)
with torch.no_grad(): w -= 0.5
w
""",
    "overwritten values": """
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x * 2; z = y * y; y.add_(1); z.sum().backward()
y = x.exp(); z = y * 1; y.add_(1); z.sum().backward()
y = x + 1; y.add_(1); y.sum().backward(); x.grad
y = x * 1; z = y.sin(); y.zero_(); z.sum().backward()
y = x * 1; z = y + 1; y.zero_(); z.sum().backward(); x.grad
y = x * 1; z = y.exp(); y.zero_(); z.sum().backward(); x.grad
a = torch.tensor([3.0, 4.0]); z = x * a; a.add_(1); z.sum().backward()
a = torch.tensor([3.0, 4.0]); z = x + a; a.add_(1); z.sum().backward(); x.grad
a = torch.eye(2); z = a @ x; a[0] = 5; z.sum().backward()
y = x * 1; z = y / 2; y.add_(1); z.sum().backward(); x.grad
y = x * 1; z = x / y; y.add_(1); z.sum().backward()
y = x * 1; z = y ** 2; y.add_(1); z.sum().backward()
y = x * 1; z = y.max(0).values; y.add_(1); z.backward(); x.grad
y = x * 1; z = torch.softmax(y, 0); y.add_(1); z.sum().backward()
""",
}

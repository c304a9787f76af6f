# ruff: noqa: E501  a snippet shows one family of things in one line
"""What dtype comes out, and the arithmetic of integers and bools."""

_TABLE = """
for a in {dtypes}:
    show(a, [attempt(lambda: {operation}) for b in {dtypes}])
"""
_PAIR = "torch.ones(2, dtype=a), torch.ones(2, dtype=b)"
_OPERATIONS = {
    "add": ("DTYPES", "(torch.ones(2, dtype=a) + torch.ones(2, dtype=b)).dtype"),
    "multiply": ("DTYPES", "(torch.ones(2, dtype=a) * torch.ones(2, dtype=b)).dtype"),
    "divide": ("DTYPES", "(torch.ones(2, dtype=a) / torch.ones(2, dtype=b)).dtype"),
    "equal": ("DTYPES", "(torch.ones(2, dtype=a) == torch.ones(2, dtype=b)).dtype"),
    "subtract": ("NUMBERS", "(torch.ones(2, dtype=a) - torch.ones(2, dtype=b)).dtype"),
    "floor divide": ("NUMBERS", "(torch.ones(2, dtype=a) // torch.ones(2, dtype=b)).dtype"),
    "remainder": ("NUMBERS", "(torch.ones(2, dtype=a) % torch.ones(2, dtype=b)).dtype"),
    "power": ("NUMBERS", "(torch.ones(2, dtype=a) ** torch.ones(2, dtype=b)).dtype"),
    "less": ("REALS", "(torch.ones(2, dtype=a) < torch.ones(2, dtype=b)).dtype"),
    "at least": ("REALS", "(torch.ones(2, dtype=a) >= torch.ones(2, dtype=b)).dtype"),
    "maximum": ("REALS", f"torch.maximum({_PAIR}).dtype"),
    "where": ("DTYPES", f"torch.where(torch.tensor([True, False]), {_PAIR}).dtype"),
    "cat": ("DTYPES", f"torch.cat([{_PAIR}]).dtype"),
    "stack": ("DTYPES", f"torch.stack([{_PAIR}]).dtype"),
    "promote_types": ("DTYPES", "torch.promote_types(a, b)"),
    "add to 0-d": ("REALS", "(torch.ones(2, dtype=a) + torch.ones((), dtype=b)).dtype"),
    "multiply 0-d": ("REALS", "(torch.ones((), dtype=a) * torch.ones(2, dtype=b)).dtype"),
    "divide 0-d": ("REALS", "(torch.ones((), dtype=a) / torch.ones((), dtype=b)).dtype"),
    "matmul": ("NUMBERS", "(torch.ones(2, 2, dtype=a) @ torch.ones(2, 2, dtype=b)).dtype"),
    "dot": ("NUMBERS", f"torch.dot({_PAIR}).dtype"),
    "in-place add": ("DTYPES", "torch.ones(2, dtype=a).add_(torch.ones(2, dtype=b))"),
    "in-place divide": ("DTYPES", "torch.ones(2, dtype=a).div_(torch.ones(2, dtype=b))"),
    "logical_and": ("DTYPES", f"torch.logical_and({_PAIR}).dtype"),
    "copy_": ("REALS", "torch.ones(1, dtype=a).copy_(torch.tensor([2]).to(b)).tolist()"),
}

CASES = {
    f"table of {name}": _TABLE.format(dtypes=dtypes, operation=operation)
    for name, (dtypes, operation) in _OPERATIONS.items()
}
CASES |= {
    "Python numbers": """
for a in NUMBERS:
    for n in [2, 2.5]:
        show(a, n, [attempt(lambda: f(torch.ones(2, dtype=a)).dtype) for f in [lambda x: x + n, lambda x: n + x, lambda x: x * n, lambda x: x - n, lambda x: n - x, lambda x: x / n, lambda x: n / x, lambda x: x ** n, lambda x: n ** x, lambda x: x // n, lambda x: n // x, lambda x: x % n, lambda x: n % x, lambda x: x == n, lambda x: x < n, lambda x: torch.where(x > 0, x, n), lambda x: torch.where(x > 0, n, x), lambda x: torch.clamp(x, n, n), lambda x: x.masked_fill(x == 1, n)]])
        show(a, n, [attempt(lambda: f(torch.ones((), dtype=a)).dtype) for f in [lambda x: x + n, lambda x: x * n, lambda x: x / n, lambda x: n - x]])
""",
    "Python bools and complex numbers": """
for a in REALS:
    show(a, [attempt(lambda: f(torch.ones(2, dtype=a)).dtype) for f in [lambda x: x + True, lambda x: True * x, lambda x: x / True, lambda x: torch.where(x == 1, x, True)]])
for a in DTYPES[7:]:
    show(a, [attempt(lambda: f(torch.ones(2, dtype=a)).dtype) for f in [lambda x: x + 2j, lambda x: 2j * x, lambda x: x / 2j, lambda x: x - 2j, lambda x: x ** 2j, lambda x: x == 2j, lambda x: x.masked_fill(x == 1, 2j)]])
for n in [2, 2.5]:
    show(n, [attempt(lambda: f(torch.tensor([True])).dtype) for f in [lambda x: x + n, lambda x: n * x, lambda x: x / n, lambda x: n ** x, lambda x: x == n]])
""",
    "bools in arithmetic": """
b = torch.tensor([True, False])
b - 1
1 - b
torch.tensor([1, 2]) - b
torch.tensor([1, 2]) - True
-b
+b
b ** b
b // torch.tensor([True, True])
b % torch.tensor([True, True])
b.abs(), b.square(), b.floor()
torch.relu(b)
torch.mm(b[None], b[:, None]), torch.dot(b, b)
torch.clamp(b, False, True)
b.mul_(2)
""",
    "complex numbers without an order": """
c = torch.tensor([1 + 2j, 3j])
c < c
torch.maximum(c, c)
c.max(), c.amax(), c.argmax()
c // c
c % c
c.sign()
c.floor()
c.var()
torch.softmax(c, 0)
torch.ones(2, dtype=torch.float16) * 1j
""",
    "in-place numbers": """
for a in DTYPES[1:6] + DTYPES[7:]:
    for n in [2, 2.5, 2j]:
        show(a, n, [attempt(lambda: f(torch.ones(1, dtype=a))) for f in [lambda x: x.add_(n), lambda x: x.mul_(n), lambda x: x.div_(n), lambda x: x.fill_(n), lambda x: x.sub_(n)]])
""",
    "unary": """
for a in NUMBERS:
    show(a, [attempt(lambda: getattr(torch, name)(torch.ones(2, dtype=a)).dtype) for name in ["exp", "log", "sqrt", "sin", "cos", "tan", "tanh", "sigmoid", "expm1", "log1p", "rsqrt", "reciprocal", "square"]])
    show(a, [attempt(lambda: getattr(torch, name)(torch.ones(2, dtype=a))) for name in ["abs", "neg", "sign", "floor", "relu", "isnan", "isfinite", "logical_not"]])
    show(a, attempt(lambda: ~torch.ones(2, dtype=a)), attempt(lambda: +torch.ones(2, dtype=a)))
""",
    "reductions": """
for a in REALS:
    show(a, [attempt(lambda: getattr(torch, name)(torch.ones(2, dtype=a)).dtype) for name in ["sum", "mean", "amax", "max", "min", "argmax", "all", "any", "var", "std"]])
    show(a, attempt(lambda: torch.logsumexp(torch.ones(2, dtype=a), 0)), attempt(lambda: torch.softmax(torch.ones(2, dtype=a), 0)), attempt(lambda: torch.log_softmax(torch.ones(2, dtype=a), 0)))
    show(a, attempt(lambda: torch.sum(torch.ones(2, dtype=a), dtype=torch.float64)), attempt(lambda: torch.mean(torch.ones(2, dtype=a), dtype=torch.float64)))
""",
    "integers wrap": """
torch.tensor([200], dtype=torch.uint8) + torch.tensor([100], dtype=torch.uint8)
torch.tensor([200], dtype=torch.uint8) + 300
torch.tensor([127], dtype=torch.int8) + 1
torch.tensor([2**31 - 1], dtype=torch.int32) * 2
torch.tensor([2**63 - 1]) + 1
torch.tensor([0], dtype=torch.uint8) - 1
-torch.tensor([1], dtype=torch.uint8)
torch.tensor([-128], dtype=torch.int8).abs()
torch.tensor([10], dtype=torch.int8) ** 3
torch.tensor([1], dtype=torch.uint8) + torch.tensor(300)
""",
    "integer division": """
torch.tensor([7, -7, 7, -7]) // torch.tensor([2, 2, -2, -2])
torch.tensor([7, -7, 7, -7]) % torch.tensor([2, 2, -2, -2])
torch.tensor([7.0, -7.0, 7.0, -7.0]) // torch.tensor([2.0, 2.0, -2.0, -2.0])
torch.tensor([7.0, -7.0, 7.0, -7.0]) % torch.tensor([2.0, 2.0, -2.0, -2.0])
torch.tensor([7.0]) // 0
torch.tensor([-7.0, 0.0]) / 0
torch.tensor([7.0]) % 0
torch.tensor([7]) / 0
torch.tensor([7]) // 0
torch.tensor([7]) % 0
torch.tensor([7]) // torch.tensor([0])
torch.tensor([7]) % torch.tensor([0])
7 // torch.tensor([2, -2])
7 % torch.tensor([2, -2])
torch.tensor([7, 8]) / 2
torch.div(torch.tensor([7, -7]), 2, rounding_mode="trunc")
torch.div(torch.tensor([7, -7]), 2, rounding_mode="floor")
torch.div(torch.tensor([7.5, -7.5]), 2, rounding_mode="trunc")
torch.div(torch.tensor([7.5]), 2, rounding_mode="up")
torch.remainder(torch.tensor([5.5, -5.5]), 2)
torch.floor_divide(torch.tensor([5.5, -5.5]), 2)
torch.tensor([inf, -inf, nan]) // 2.0
torch.tensor([inf, 5.0]) % torch.tensor([2.0, inf])
torch.tensor([-5.0]) % inf
""",
    "integer powers": """
torch.tensor([2, 3]) ** 2
torch.tensor([2, 3]) ** -1
torch.tensor([2.0, 3.0]) ** -1
torch.tensor([2, 3]) ** 0.5
torch.tensor([2, 3]) ** torch.tensor([3, 0])
torch.tensor([2, 1, -1, 0]) ** torch.tensor([-1, -1, -1, 1])
2 ** torch.tensor([3, 0])
2 ** torch.tensor([-1, 2])
2.0 ** torch.tensor([-1, 2])
torch.tensor([0]) ** 0
torch.tensor([True]) ** 2
torch.tensor([-8.0]) ** (1 / 3)
torch.tensor([0.0]) ** -1
torch.pow(2, torch.tensor([1.0, 2.0]))
torch.pow(torch.tensor([2.0]), torch.tensor([[1], [2]]))
""",
    "bools": """
torch.tensor([True]) + torch.tensor([True])
torch.tensor([True]) * torch.tensor([False])
torch.tensor([True]) - torch.tensor([True])
True - torch.tensor([True])
torch.tensor([True]) - True
torch.tensor([True]) & torch.tensor([False]), torch.tensor([True]) | torch.tensor([False]), torch.tensor([True]) ^ torch.tensor([True]), ~torch.tensor([True])
torch.tensor([6]) & torch.tensor([3]), torch.tensor([6]) | torch.tensor([3]), torch.tensor([6]) ^ torch.tensor([3]), ~torch.tensor([6])
torch.tensor([6]) & 3, 3 | torch.tensor([4])
~torch.tensor([1.5])
torch.tensor([True, False]).sum(), torch.tensor([True, False]).any(), torch.tensor([True, False]).all()
torch.tensor([2, 0]).logical_and(torch.tensor([1, 1])), torch.tensor([2.0, 0.0]).logical_not()
torch.tensor([True, False]) < torch.tensor([False, True])
torch.tensor([True]) / 2
torch.tensor([True]) == 1
torch.tensor([0.5]).logical_or(torch.tensor([0]))
""",
    "other operands": """
x = torch.ones(2)
"a" + x
x == "a"
x == None
x != None
x == [1, 1]
x < "a"
torch.add(x, 1, alpha=2)
torch.sub(x, x, alpha=3)
torch.mul(x, torch.ones(3))
torch.ones(2, 3) + torch.ones(2, 4)
torch.ones(3, 2, 1) * torch.ones(3, 3)
torch.ones(2, 3) < torch.ones(4)
x += torch.ones(3)
torch.where(torch.tensor([True, False]), torch.ones(2), torch.ones(3))
torch.allclose(x, torch.ones(2)), torch.equal(x, torch.ones(2)), torch.equal(x, torch.ones(3)), torch.allclose(x, x + 1e-9), torch.isclose(x, x + 1e-3)
torch.allclose(x, torch.ones(2, dtype=torch.float64))
torch.isclose(torch.tensor([nan, inf, 1.0]), torch.tensor([nan, inf, inf]), equal_nan=True)
""",
    "words for wrong arguments": """
x = torch.ones(2)
x + "a"
x + None
x + [1, 2]
x * (1, 2)
x @ 3
3 @ x
x ** "a"
torch.add(x, "a")
torch.exp("a")
torch.sum([1, 2])
torch.add(x)
torch.maximum(x, 2)
torch.add(1, 2)
torch.exp(1.0)
torch.clamp(x, "a")
torch.where(True, x, x)
torch.where(x > 0, x)
torch.where(x > 0, x, "a")
torch.softmax(x)
torch.logsumexp(x, None)
torch.tensor()
x.sum("a")
x.sum(1.5)
x.sum(0, 1, 2)
x.add_("a")
x.add_()
F.mse_loss(x, 1.0)
F.mse_loss(torch.tensor([1]), torch.tensor([2]))
torch.set_grad_enabled("a")
torch.tensor(["a"])
torch.from_numpy(np.array(["a"]))
torch.zeros(2, device="cuda")
F.cross_entropy(torch.ones(2, 3), torch.tensor([0, 1]), torch.ones(3, dtype=torch.float64))
torch.index_select(torch.arange(6).reshape(2, 3), 0, torch.tensor([5]))
x["a"]
torch.tensor([torch.tensor([1.0, 2.0])[None]])
torch.matmul(torch.ones(2), torch.ones(3, 0, 2))
torch.logsumexp(torch.ones(2, 2), ())
""",
}

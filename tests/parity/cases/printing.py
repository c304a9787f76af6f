"""How tensors print."""

CASES = {
    "scalars": """
for v in [0, 1, -1, 2.0, -2.5, 0.1, 1e-5, 1e-4, 123456.0, 1e8, 1e9, 1e10, 3.14159265, nan, inf, -inf, True, False]:
    show(torch.tensor(v))
""",
    "complex scalars": """
for v in [1j, 1 + 2j, -1.5 - 0.25j, 0j]:
    show(torch.tensor(v))
torch.tensor([1 + 2j, -3.5 - 10j])
torch.tensor([[1j, 2], [3, 4.5]])
""",
    "vectors": """
torch.tensor([1.0, 2.0, 3.0])
torch.tensor([1.5, -2.0, 3.25])
torch.tensor([1, -20, 300])
torch.tensor([True, False])
torch.tensor([0.0, -0.0])
torch.tensor([nan, 1.0])
torch.tensor([nan, 1.5, inf, -inf])
torch.tensor([inf, inf])
torch.tensor([1000.0, 0.5])
torch.tensor([1.0, 1000.0])
torch.tensor([1.0, 1001.0])
torch.tensor([1.5, 1501.0])
""",
    "scientific": """
torch.tensor([1e-8, 1.0])
torch.tensor([1e5, 1e-3])
torch.tensor([1e9, 1.0])
torch.tensor([1e8, 1e8])
torch.tensor([0.00001, 0.00002])
torch.tensor([123456789.0])
torch.tensor([1e-10, nan, inf])
torch.tensor([1e20, -1e20])
torch.tensor([-1e-38, 3e38])
torch.tensor([1e300, 1e-300], dtype=torch.float64)
torch.tensor([10000.5, 0.25])
torch.tensor([999.75, 1.0])
""",
    "every dtype": """
for d in DTYPES:
    show(torch.tensor([0, 1, 2]).to(d))
    show(torch.tensor(1).to(d))
    show(torch.tensor([], dtype=d))
    show(torch.zeros(2, 0, dtype=d))
    show(torch.zeros(2, 2, dtype=d))
""",
    "matrices": """
torch.tensor([[1.0, 2.0], [3.0, 4.5]])
torch.tensor([[1, 2], [300, -4]])
torch.arange(24).reshape(2, 3, 4)
torch.arange(8.0).reshape(2, 2, 2) / 3
torch.arange(16).reshape(2, 2, 2, 2)
torch.eye(3)
torch.tensor([[True], [False]])
torch.tensor([[nan, 1e-9], [1.0, inf]])
""",
    "empty": """
torch.tensor([])
torch.zeros(0)
torch.zeros(0, 3)
torch.zeros(3, 0, 2)
torch.zeros(0, dtype=torch.int64)
torch.zeros(2, 0, dtype=torch.bool)
torch.zeros(0, requires_grad=True)
""",
    "long lines wrap": """
torch.arange(40)
torch.arange(40.0)
torch.arange(40.0) / 7
torch.arange(60).reshape(2, 30)
-torch.arange(100.0).reshape(4, 25)
torch.arange(30) % 2 == 0
torch.arange(30, dtype=torch.float64) / 7
torch.arange(40, dtype=torch.int32)
torch.arange(10, dtype=torch.float16) * 1000.5
""",
    "summarised": """
torch.arange(1001)
torch.arange(1000.0).sum()
torch.zeros(1001)
torch.arange(2000.0).reshape(50, 40)
torch.arange(2400).reshape(10, 12, 20)
torch.arange(2000.0).reshape(1000, 2)
torch.arange(2000.0).reshape(2, 1000)
torch.arange(1200.0).reshape(5, 240) / 7
torch.arange(1001, dtype=torch.float64)
torch.zeros(2000, dtype=torch.bool)
torch.zeros(3, 400, dtype=torch.complex64)
torch.zeros(1001, requires_grad=True)
""",
    "requires_grad": """
torch.tensor(2.0, requires_grad=True)
torch.tensor([1.0, 2.0], requires_grad=True)
torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
torch.tensor([1.0], dtype=torch.float64, requires_grad=True)
torch.ones(12, requires_grad=True) / 3
torch.ones(11, requires_grad=True)
torch.ones(16, requires_grad=True)
torch.ones(19, requires_grad=True)
torch.ones(20, requires_grad=True)
""",
    "grad_fn": """
x = torch.tensor([1.0, 2.0], requires_grad=True)
x * 2
x + 1
x.sum()
(x * x).exp()
x.double() * 2
torch.ones(2, 3, requires_grad=True) * 2
torch.ones(9, requires_grad=True) / 3
torch.ones(10, requires_grad=True) * 1.5
torch.ones(17, requires_grad=True) * 1
torch.ones(18, dtype=torch.float64, requires_grad=True) * 1
torch.ones(8, dtype=torch.float64, requires_grad=True) * 1.5
torch.ones(3, 7, dtype=torch.float64, requires_grad=True) * 1.5
torch.ones(1001, requires_grad=True) * 2
torch.ones(0, requires_grad=True) * 2
torch.ones(2, 0, requires_grad=True) * 2
""",
    "formatting": """
t = torch.tensor(3.14159)
f"{t}"
f"{t:.2f}"
f"{t:8.3f}|{t:e}|{t:g}|{t!r}|{t!s}"
f"{torch.tensor(7)}"
f"{torch.tensor(7):05d}"
f"{torch.tensor(True)}"
f"{torch.tensor([1.5, 2.0])}"
f"{torch.tensor([1.5, 2.0]):.2f}"
f"{torch.tensor([1.5]):.2f}"
f"{torch.tensor(2.5, requires_grad=True)}"
f"{torch.tensor(2.5, requires_grad=True):.1f}"
"%.3f" % torch.tensor(1.25)
"%d" % torch.tensor(3)
str(torch.tensor([1.0]))
f"{torch.tensor(1 + 2j)}"
""",
    "options": """
torch.set_printoptions(precision=2)
torch.tensor([1 / 3, 2.0])
torch.set_printoptions(sci_mode=True)
torch.tensor([1 / 3, 2.0])
torch.set_printoptions(profile="full")
torch.tensor([1 / 3, 2.0])
torch.set_printoptions(profile="short")
torch.arange(1001.0)
torch.set_printoptions(profile="default")
torch.set_printoptions(threshold=5, edgeitems=2)
torch.arange(6.0)
torch.arange(36.0).reshape(6, 6)
torch.set_printoptions(profile="default")
torch.set_printoptions(linewidth=40)
torch.arange(20.0)
torch.set_printoptions(sci_mode=False)
torch.tensor([1e-8, 1e9])
""",
    "default dtype": """
torch.set_default_dtype(torch.float64)
torch.tensor([1.5])
torch.ones(2)
torch.ones(2, dtype=torch.float32)
torch.tensor(1j)
torch.tensor(1j, dtype=torch.complex64)
torch.tensor([1, 2]) / 2
torch.tensor([1, 2]) + 1.5
torch.set_default_dtype(torch.int64)
""",
    "float16 values": """
torch.tensor([0.1, 65504.0], dtype=torch.float16)
torch.tensor([0.1, 1.0], dtype=torch.float16)
torch.tensor(0.1, dtype=torch.float16)
torch.tensor([70000.0]).to(torch.float16)
""",
    "shapes and dtypes": """
torch.zeros(2, 3).shape
torch.zeros(2, 3).size()
torch.zeros(2, 3).size(1)
torch.zeros(2, 3).size(-1)
torch.zeros(2, 3).shape[1:]
torch.zeros(()).shape
torch.Size([2, 3]).numel()
torch.zeros(2, 3).shape == (2, 3)
torch.zeros(2, 3).stride()
torch.zeros(2, 3).t().stride()
torch.zeros(2, 3).t().is_contiguous()
torch.zeros(2, 3).numel()
torch.zeros(2, 3).nelement()
torch.zeros(2, 3).dim()
torch.zeros(2, 3).ndim
torch.zeros(2).device
str(torch.zeros(2).device)
torch.zeros(2).is_cuda
torch.zeros(2).element_size()
torch.zeros(2).type()
torch.zeros(2, dtype=torch.int64).type()
torch.zeros(2).is_floating_point()
torch.zeros(2).size(5)
torch.float32, torch.bool, torch.double, torch.long
torch.float32.is_floating_point, torch.complex64.is_complex, torch.uint8.is_signed, torch.int8.itemsize
torch.Size([1, 2]) + torch.Size([3])
torch.Size([1, 2]) * 2
""",
    "max prints": """
torch.tensor([[1.0, 5.0], [7.0, 3.0]]).max(1)
torch.tensor([[1, 5], [7, 3]]).min(0, keepdim=True)
torch.tensor([1.0, 5.0]).max(0).indices
""",
}

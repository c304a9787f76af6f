# ruff: noqa: E501  a snippet shows one family of things in one line
"""Rare arguments of functions: what they are taken for, and what becomes of them."""

CASES = {
    "truth values": """
torch.addr(torch.tensor(1.5), torch.tensor([True, False]), torch.tensor([1.0, 2.0]))
torch.addr(torch.tensor([True, False]), torch.tensor([True, False]), torch.tensor([3, 2]))
torch.addr(torch.tensor([1.0, 2.0]), torch.tensor([True, False]), torch.tensor([True, True]))
torch.addr(torch.tensor([False, True]), torch.tensor([True, False]), torch.tensor([True, True]))
torch.clamp(torch.tensor([True, False]), torch.tensor([False, True]), torch.tensor([True, True]))
torch.clamp_min(torch.tensor([True, False]), torch.tensor([False, True])), torch.clamp_max(torch.tensor([True, False]), torch.tensor([0, 3]))
F.mse_loss(torch.tensor([0.5, 2.0]), torch.tensor([True, False])), F.mse_loss(torch.tensor([True, False]), torch.tensor([0.5, 2.0]))
F.huber_loss(torch.tensor([0.5, 2.0]), torch.tensor([True, False]))
torch.logaddexp2(torch.tensor([True, False]), torch.tensor([1.0, 2.0], dtype=torch.bfloat16)).dtype
m = torch.tensor([0.5, 1.0, 0.75], dtype=torch.float64, requires_grad=True)
torch.clamp_min(torch.tensor([[True] * 3, [False, False, True]]), m).sum().backward()
m.grad
torch.logical_xor(torch.tensor([1.5, nan, 0.0]), torch.tensor([True, False, True])), torch.logical_xor(torch.tensor(2), torch.tensor([0, 3]))
""",
    "whole numbers": """
F.avg_pool1d(torch.tensor([[[-3, -4, -1, 7]]]), 2), F.avg_pool2d(torch.tensor([[[[-3, -4], [-1, 1]]]]), 2), F.avg_pool2d(torch.tensor([[[[-3, -4], [-1, 1]]]]), 2, divisor_override=3)
torch.trapezoid(torch.tensor([200, 100, 3], dtype=torch.uint8), torch.tensor([1, 20, 3], dtype=torch.uint8))
torch.cumulative_trapezoid(torch.tensor([200, 100, 3], dtype=torch.uint8), torch.tensor([1, 20, 3], dtype=torch.uint8))
torch.pow(torch.tensor([2, 3]), -1)
torch.roll(torch.arange(4), torch.tensor(1)), torch.chunk(torch.arange(4), torch.tensor(2)), torch.split(torch.arange(4), torch.tensor(2)), torch.triu(torch.ones(2, 2), torch.tensor(1)), torch.polygamma(torch.tensor(1), torch.tensor([1.0, 2.0]))
torch.index_select(torch.ones(2, 2), torch.tensor(-1), torch.tensor([0])), torch.ones(2, 1).squeeze(torch.tensor(1)).shape
""",
    "whole numbers at their ends": """
torch.div(torch.tensor([80, 160, 240], dtype=torch.uint8), -3, rounding_mode="trunc"), torch.div(torch.tensor([-(2**63), 7]), 3, rounding_mode="trunc")
torch.div(torch.tensor([-128, 127], dtype=torch.int8), torch.tensor([3, -2], dtype=torch.int8), rounding_mode="trunc"), torch.div(torch.tensor([True]), -3, rounding_mode="trunc")
torch.div(torch.tensor([7, -7, 6, -6]), torch.tensor([2, 2, -2, -2]), rounding_mode="trunc"), torch.div(7, torch.tensor([2, -2]), rounding_mode="trunc")
torch.trapezoid(torch.tensor([200, 200, 200], dtype=torch.uint8)), torch.trapezoid(torch.tensor([200, 200, 200], dtype=torch.uint8), dx=2.0), torch.trapezoid(torch.tensor([1, 2, 3]))
torch.trapezoid(torch.tensor([[1.0, 2.0, 4.0]]), dx=0.1), torch.trapezoid(torch.ones(1)), torch.trapezoid(torch.ones(2, 0))
torch.tensor([[True], [False]]).index_add(0, torch.tensor([0]), torch.tensor([[True]]), alpha=2)
torch.arange(0, 5, 0.7, dtype=torch.int8), torch.arange(5.5, 0, -1.5, dtype=torch.int32), torch.arange(0.5, 5, dtype=torch.int16), torch.arange(0.5, 5, 1.7, dtype=torch.int64)
attempt(lambda: torch.arange(0, 5, 0.7, dtype=torch.int64))
torch.linspace(250, -3, 5, dtype=torch.uint8)
attempt(lambda: torch.tensor(1, dtype=torch.uint8).pow_(-1))
torch.tensor([2, 3, -1, 1]) ** torch.tensor([-1, -2, -3, -4])
""",
    "numbers beside tensors": """
torch.tensor([1, 2, 3]).index_add(0, torch.tensor([0, 1]), torch.tensor([1, 2]), alpha=2.0), torch.tensor([1, 2, 3]).index_add(0, torch.tensor([0, 1]), torch.tensor([1, 2]), alpha=0.5)
torch.tensor([1, 2, 3]).index_add_(0, torch.tensor([0, 1]), torch.tensor([1, 2]), alpha=2.0)
torch.lerp(torch.zeros(2), torch.ones(2), np.float32(0.25)), torch.ones(3).scatter(0, torch.tensor([1]), np.float32(2)), torch.ones(3).scatter_(0, torch.tensor([1]), np.int64(2))
torch.tensor([1, 2]).clamp(min=torch.tensor(1.5, dtype=torch.float64)), torch.tensor([1, 2]).clamp(max=torch.tensor(1.5, dtype=torch.float16)), torch.tensor([1, 2]).clamp(min=1.5)
torch.isin(torch.tensor([1, 2], dtype=torch.uint8), -1), torch.isin(torch.tensor([1, 2], dtype=torch.uint8), 300)
torch.tensor([-0.0, 0.0, -2.0, 3.0]) % 2, torch.tensor(-4.0) % 2, torch.tensor([-0.0, -3.0], dtype=torch.bfloat16) % 1, torch.tensor([-0.0, 0.0, -1.0]) // 0.5
""",
    "truth values where there are none": """
attempt(lambda: torch.linspace(0, 1, 3, dtype=torch.bool))
attempt(lambda: torch.logspace(0, 1, 3, dtype=torch.bool))
attempt(lambda: torch.randperm(3, dtype=torch.bool))
attempt(lambda: torch.cumsum(torch.ones(2), 0, dtype=torch.bool))
attempt(lambda: torch.cumprod(torch.ones(2), 0, dtype=torch.bool))
""",
    "out of what is differentiated": """
x = torch.ones(2, requires_grad=True)
torch.eq(x, 1.0, out=torch.empty(2, dtype=torch.bool)), torch.argmax(x, out=torch.empty((), dtype=torch.int64)), torch.isin(x, x)
attempt(lambda: torch.exp(x, out=torch.empty(2)))
attempt(lambda: torch.linalg.inv(torch.eye(2, dtype=torch.float64), out=torch.empty(2, 2)))
attempt(lambda: torch.linalg.qr(torch.eye(2), out=(torch.empty(2, 2, dtype=torch.float64), torch.empty(2, 2, dtype=torch.float64))))
torch.zeros(2, out=torch.empty(3)), torch.linalg.pinv(torch.eye(2), out=torch.empty(2, 2, dtype=torch.float64))
attempt(lambda: torch.zeros(2).copy_(torch.ones(1, 2)))
attempt(lambda: torch.tensor(1.0).copy_(torch.tensor([5.0])))
""",
    "not a number": """
for low, high in (([0.0, nan, 2.0], [nan, 2.0, nan]), ([0.0, 3.0, nan], [2.0, 4.0, 1.0])):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = torch.clamp(x, torch.tensor(low), torch.tensor(high))
    y.sum().backward()
    show(y, x.grad)

x = torch.tensor([nan, 1.0, 3.0], requires_grad=True)
b = torch.tensor([1.0, nan, 2.0], requires_grad=True)
torch.clamp_max(x, b).sum().backward()
x.grad, b.grad
x.grad = b.grad = None
torch.clamp_min(x, b).sum().backward()
x.grad, b.grad
x.grad = b.grad = None
torch.clamp(x, b, torch.tensor(2.0)).sum().backward()
x.grad, b.grad
torch.tensor([1.0, 2.0]).norm(nan), torch.norm(torch.tensor([1.0, 2.0]), nan), torch.linalg.vector_norm(torch.tensor([1.0, 2.0]), nan)
attempt(lambda: torch.linalg.cholesky(torch.tensor([[nan, 0.0], [0.0, 1.0]])))
torch.linalg.cholesky_ex(torch.tensor([[nan, 0.0], [0.0, 1.0]])).info
x = torch.tensor([1.0, 2.0], requires_grad=True)
F.huber_loss(x, torch.tensor([2.0, 5.0]), delta=inf).backward()
x.grad
""",
    "roots and their slopes at the ends": """
x = torch.tensor([-inf, -0.0, 0.0, -1.0, 4.0, inf, nan])
x**0.5
x = torch.tensor([-1.0, 2.0, -0.0, 0.0, 1.0, 0.5, nan], requires_grad=True)
x.logit().sum().backward()
x.grad
""",
    "evenly spaced": """
torch.linspace(-1, 1, 8).tolist(), torch.linspace(0.3, 7.7, 11, dtype=torch.float64).tolist(), torch.linspace(5, -2, 9).tolist(), torch.linspace(0, 10, 4, dtype=torch.int64)
F.affine_grid(torch.tensor([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]]), (1, 1, 8, 8), align_corners=False)[0, 0, :, 0].tolist()
F.affine_grid(torch.tensor([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]], dtype=torch.float64), (1, 1, 8, 8), align_corners=True)[0, 0, :, 0].tolist()
""",
    "seeing memory otherwise": """
x = torch.arange(6.0, requires_grad=True)
y = x * 2
y.as_strided_((2, 2), (2, 1))
(y**2).sum().backward()
y.tolist(), x.grad, torch.as_strided_(torch.arange(4.0), (2,), (2,), 1)
attempt(lambda: torch.ones(3).permute(1, 0))
attempt(lambda: torch.ones(2, 3).permute(0, 1, 2))
attempt(lambda: torch.tensor([3 + 4j]).abs_())
""",
    "other ways to say it": """
torch.max(torch.tensor(1.0), torch.tensor(0), True), torch.min(torch.tensor([1.0, 3.0]), torch.tensor(0), True)
torch.diff(torch.tensor([1.0, 2.0]), n=0, prepend=torch.tensor([5.0])), torch.diff(torch.tensor([1.0, 2.0]), n=0, append=torch.tensor([5.0]))
F.embedding_bag(torch.arange(8.0).reshape(4, 2), torch.tensor([0, 1, 3]), offsets=torch.tensor([0, 2]))
F.embedding_bag(torch.tensor([0, 1, 3]), torch.arange(8.0).reshape(4, 2), torch.tensor([0, 2]))
torch.linalg.pinv(torch.eye(2).expand(3, 2, 2), rtol=torch.tensor([0.1, 0.1, 0.1])).shape
x = torch.zeros(0, 5, requires_grad=True)
q, r = torch.linalg.qr(x)
r.sum().backward()
x.grad
F.avg_pool2d(torch.arange(16.0).reshape(1, 1, 4, 4), 2, stride=()), F.max_pool2d(torch.arange(16.0).reshape(1, 1, 4, 4), 2, stride=())
torch.lerp(torch.zeros(2, dtype=torch.float64), torch.ones(2, dtype=torch.float64), torch.tensor(0.5))
torch.fft.fftshift(torch.arange(4.0), dim=(-1, -1))
torch.cat([torch.zeros(0), torch.zeros(0)], 1).shape
torch.atleast_2d(), torch.atleast_3d(), torch.atleast_1d()
torch.trapezoid(torch.zeros(0)), torch.trapezoid(torch.zeros(2, 0))
torch.bincount(torch.zeros(0, dtype=torch.int64), weights=torch.zeros(0)), torch.bincount(torch.zeros(0, dtype=torch.int64), minlength=2)
torch.linalg.vander(torch.tensor(2.0), N=3)
x = (torch.arange(18.0) ** 1.5 % 7).reshape(6, 3) + 1j * (torch.arange(18.0) ** 1.3 % 5).reshape(6, 3)
torch.istft(x, n_fft=6, onesided=False, window=torch.ones(6)), torch.istft(x, n_fft=6, window=torch.ones(6), return_complex=True)
torch.det(input=torch.eye(2)), torch.matrix_exp(input=torch.zeros(1, 1)), torch.detach(input=torch.ones(1))
torch.ones(2).char(memory_format=torch.preserve_format), torch.ones(2).cfloat(memory_format=torch.preserve_format)
""",
    "names of NumPy": """
x = torch.tensor([[3.0, 1.0], [2.0, 4.0]])
for name in "sum mean nansum nanmean prod std var amax amin argmax argmin all any median nanmedian mode logsumexp count_nonzero cumsum cumprod logcumsumexp softmax log_softmax sort argsort squeeze unsqueeze cummax cummin max min unbind diff std_mean var_mean".split():
    show(name, getattr(torch, name)(x, axis=1))

for name in "sum mean nansum nanmean prod std var amax amin argmax argmin all any median mode logsumexp max min cumsum softmax sort squeeze unsqueeze unbind".split():
    show(name, getattr(x, name)(axis=1))

for name in "sum mean nansum nanmean prod std var amax amin argmax argmin all any median nanmedian mode logsumexp max min std_mean var_mean".split():
    show(name, getattr(torch, name)(x, dim=1, keepdims=True), getattr(torch, name)(x, axis=0, keepdims=False))

for name in "sum mean prod std var amax argmax all any median logsumexp max".split():
    show(name, getattr(x, name)(1, keepdims=True))

torch.cat((x, x), axis=1), torch.stack((x, x), axis=1), torch.concatenate((x, x), axis=0)
""",
    "products of mixed dtypes": """
for bias in (True, False):
    for shape in ((2,), (3, 2), (2, 3, 2)):
        attempt(lambda: torch.nn.Linear(2, 2, bias=bias)(torch.ones(shape, dtype=torch.float64)))
""",
    "what is refused": """
attempt(lambda: torch.as_strided(torch.zeros(3), (2,), (1,), -1))
attempt(lambda: torch.as_strided_copy(torch.zeros(3), (2,), (1,), -1))
attempt(lambda: torch.addmv(torch.zeros(2, dtype=torch.float64), torch.ones(2, 2), torch.ones(2)))
attempt(lambda: torch.baddbmm(torch.zeros(1, 2, 2, dtype=torch.float64), torch.ones(1, 2, 2), torch.ones(1, 2, 2)))
attempt(lambda: torch.addbmm(torch.zeros(2, 2, dtype=torch.float64), torch.ones(1, 2, 2), torch.ones(1, 2, 2)))
attempt(lambda: torch.complex(torch.zeros(2), torch.zeros(3)))
attempt(lambda: torch.linalg.tensorinv(torch.tensor([2.0]), ind=2))
""",
}

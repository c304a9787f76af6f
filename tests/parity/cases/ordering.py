# ruff: noqa: E501  a snippet shows one family of things in one line
"""Sorting, medians and modes; running sums, products and extrema."""

CASES = {
    "sort": """
x = torch.tensor([3.0, 1.0, nan, 2.0, -inf])
x.sort(), torch.sort(x, descending=True), torch.sort(x, 0, True)
torch.sort(torch.tensor([[3, 1, 2], [0, 5, 4]])), torch.sort(torch.tensor([[3, 1, 2], [0, 5, 4]]), 0)
torch.sort(torch.tensor([2, 1, 2, 1]), stable=True), torch.sort(torch.tensor([2, 1, 2, 1]), stable=True, descending=True)
torch.sort(torch.tensor(1.0)), torch.sort(torch.ones(2, 0)), torch.tensor([True, False]).sort()
torch.argsort(torch.tensor([3, 1, 2])), torch.argsort(torch.tensor([[3, 1], [0, 5]]), 0, True), x.argsort(stable=True)
torch.sort(torch.tensor([1j]))
torch.sort(torch.ones(2), 1)
y = torch.tensor([3.0, 1.0, 2.0], requires_grad=True)
(y.sort().values * torch.tensor([1.0, 10.0, 100.0])).sum().backward(); y.grad
""",
    "topk and kthvalue": """
x = torch.tensor([1.0, 3.0, 2.0, 4.0])
x.topk(2), torch.topk(x, 2, largest=False), torch.topk(x, 0), torch.topk(torch.tensor(1.0), 1)
torch.topk(torch.tensor([[3, 1, 2], [0, 5, 4]]), 2), torch.topk(torch.tensor([[3, 1, 2], [0, 5, 4]]), 1, 0)
torch.topk(torch.tensor([1.0, nan, 3.0]), 2)
x.topk(5)
x.topk(-1)
torch.topk(torch.tensor([True]), 1)
torch.topk(torch.tensor([1j]), 1)
x.kthvalue(2), torch.kthvalue(torch.tensor([[3, 1, 2], [0, 5, 4]]), 2), torch.kthvalue(torch.tensor([[3, 1], [0, 5]]), 1, 0, True)
torch.kthvalue(torch.tensor([3.0, nan, 2.0]), 3), torch.kthvalue(torch.tensor(1.0), 1)
x.kthvalue(0)
x.kthvalue(5)
torch.kthvalue(torch.tensor([1j]), 1)
""",
    "median and mode": """
x = torch.tensor([[3.0, 1.0, 2.0, 4.0], [nan, 5.0, 7.0, 6.0]])
x[0].median(), x.median(), x.median(1), x[0].median(0, True), x.nanmedian(), x.nanmedian(1), torch.nanmedian(x, 0, True)
torch.median(torch.tensor([3, 1, 2])), torch.median(torch.tensor([3, 1, 2]), 0), torch.tensor(5).median(), torch.tensor(5.0).median(0)
torch.nanmedian(torch.tensor([nan, nan])), torch.nanmedian(torch.tensor([nan, nan]), 0), torch.median(torch.tensor([]))
torch.median(torch.ones(0, 2), 0)
torch.median(torch.tensor([True]))
torch.median(torch.tensor([1j]))
torch.median(torch.tensor([1j]), 0)
torch.mode(torch.tensor([1, 2, 2, 1, 3])), torch.mode(torch.tensor([[1.0, 2.0, 1.0], [5.0, 5.0, 4.0]]), 1, keepdim=True)
torch.mode(torch.tensor([3, 3, 1, 1])), torch.mode(torch.tensor(2.0)), torch.mode(torch.tensor([[1, 2], [1, 3]]), 0)
torch.mode(torch.ones(0))
torch.mode(torch.tensor([1j]))
""",
    "running": """
x = torch.tensor([[1.0, 2.0, 3.0], [-1.0, 0.5, nan]])
x.cumsum(1), torch.cumsum(x, 0), torch.cumsum(torch.tensor([1, 2, 3]), 0), torch.cumsum(torch.tensor([True, True]), 0), torch.cumsum(torch.tensor(2.0), 0)
torch.cumsum(torch.ones(2, dtype=torch.float16), 0), torch.cumsum(torch.tensor([1, 2], dtype=torch.int8), 0), torch.cumsum(torch.ones(2), 0, dtype=torch.float64)
x.cumprod(1), torch.cumprod(torch.tensor([1, 2, 3]), 0), torch.cumprod(torch.tensor([2.0, 0.0, 3.0]), -1), torch.cumprod(torch.tensor([True, False]), 0)
x.logcumsumexp(1), torch.logcumsumexp(torch.tensor([1000.0, 1000.0]), 0), torch.logcumsumexp(torch.tensor([-inf, -inf, 0.0]), 0)
torch.logcumsumexp(torch.tensor([1, 2]), 0)
torch.cummax(torch.tensor([1.0, 3.0, 2.0, 3.0, nan, 1.0]), 0), torch.cummin(torch.tensor([1, 1, 2, 0]), 0), torch.cummax(x, 0), torch.cummin(x, 1)
torch.cummax(torch.tensor(1.0), 0), torch.cummax(torch.ones(0), 0), torch.cummax(torch.tensor([False, True]), 0)
torch.cummax(torch.tensor([1j]), 0)
torch.cumsum(x, 2)
y = torch.tensor([1.0, 2.0]); y.cumsum_(0); y
y.cumprod_(0); y
torch.cumsum(torch.tensor([1 + 2j, 3j]), 0), torch.cumprod(torch.tensor([1 + 2j, 3j]), 0)
""",
    "products": """
x = torch.tensor([[2.0, 3.0], [4.0, 5.0]])
x.prod(), x.prod(0), torch.prod(x, 1, True), torch.prod(torch.tensor([2, 3])), torch.prod(torch.tensor([True, False])), torch.prod(torch.ones(0)), torch.tensor(3.0).prod(0)
torch.prod(torch.tensor([2, 3]), dtype=torch.float32), torch.prod(x, 0, dtype=torch.float64), torch.prod(torch.tensor([2, 3], dtype=torch.int8))
torch.prod(x, 2)
torch.prod(torch.ones(0, 3), 0), torch.prod(torch.ones(0, 3), 1), torch.prod(torch.tensor([1 + 2j, 3j]))
z = torch.tensor([0.0, 2.0, 3.0], requires_grad=True)
(g,) = torch.autograd.grad(z.prod(), z, create_graph=True); g.detach()
torch.autograd.grad(g.sum(), z)
torch.autograd.grad(torch.cumprod(z, 0).sum(), z)
""",
    "without nan": """
x = torch.tensor([[1.0, nan], [nan, nan]])
x.nansum(), x.nansum(0), torch.nansum(x, 1, True), torch.nansum(torch.tensor([1, 2])), torch.nansum(x, dtype=torch.float64)
x.nanmean(), x.nanmean(0), torch.nanmean(x, 1, True)
torch.nanmean(torch.tensor([1, 2]))
torch.nansum(torch.tensor([1j]))
y = torch.tensor([nan, inf, -inf, 1.0])
y.nan_to_num(), torch.nan_to_num(y, 1, 2, 3), torch.nan_to_num(y.double()), torch.nan_to_num(torch.tensor([1, 2])), torch.nan_to_num(torch.tensor([complex(nan, inf)])), torch.nan_to_num(y.half(), posinf=7)
y.nan_to_num_(5.0); y
""",
}

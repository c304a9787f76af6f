# ruff: noqa: E501  a snippet shows one family of things in one line
"""The names of the nodes that operations leave on the tape, where they are PyTorch's."""

_NAME = """
x = torch.tensor([[1.0, 2.0], [3.0, 5.0]], requires_grad=True)
v = x[0]
({}).grad_fn.name()
"""
_SAME = (
    "x + 1", "x + x", "x - 1", "x * 2", "x * x", "x / 2", "-x", "x**2", "x.pow(3)", "x.exp()", "x.log()", "x.sqrt()",
    "x.sin()", "x.cos()", "x.tan()", "x.tanh()", "x.sigmoid()", "x.relu()", "x.abs()", "x.sign()", "x.floor()", "x.expm1()",
    "x.log1p()", "x.square()", "x.sum()", "x.clone()", "x.double()", "x.permute(1, 0)", "x.flip(0)", "x.expand(2, 2, 2)",
    "x.view(4)", "x.reshape(4)", "x[:, 1:]", "x[[0, 0]]", "torch.cat([x, x])", "torch.where(x > 1, x, x)", "torch.maximum(x, x)",
    "torch.minimum(x, x)", "x @ x", "torch.mm(x, x)", "torch.remainder(x, 2)", "x.amax(1)", "x.amin(1)", "x.take(torch.tensor([0]))",
)  # fmt: skip
_OTHER = (
    "1 - x", "x.sum(0)", "2**x", "x.mean()", "x.mean(0)", "x.max()", "x.max(0).values", "x.min()", "x.var()", "x.std()", "x.logsumexp(0)",
    "torch.softmax(x, 0)", "torch.log_softmax(x, 0)", "x.t()", "x.T", "x.transpose(0, 1)", "x.unsqueeze(0)", "x.squeeze()",
    "x.flatten()", "x.t().reshape(4)", "x[0]", "x[None]", "x.clamp(0, 1)", "x.masked_fill(x > 1, 0)", "x @ v", "v @ v",
    "torch.stack([x, x])", "torch.outer(v, v)", "x[None] @ x[None]", "x.gather(0, torch.zeros(1, 2, dtype=torch.int64))",
    "x.index_select(0, torch.tensor([0]))", "x.select(0, 0)", "x.narrow(0, 0, 1)", "x.unbind()[0]", "x.split(1)[0]", "x.chunk(2)[0]",
    "1 / x", "x.reciprocal()", "x.rsqrt()", "(x * 1).zero_()", "(x * 1).fill_(2)", "torch.ones(2, 2).copy_(x)",
    "F.mse_loss(x, x.detach())", "F.l1_loss(x, x.detach())", "F.cross_entropy(x, torch.tensor([0, 1]))",
    "F.nll_loss(x, torch.tensor([0, 1]))", "F.linear(x, x)", "F.linear(x, x, v)", "torch.dot(v, v)", "torch.mv(x, v)",
)  # fmt: skip

CASES = {expression: _NAME.format(expression) for expression in _SAME}
CASES["of compositions and variants"] = "".join(_NAME.format(expression) for expression in _OTHER)

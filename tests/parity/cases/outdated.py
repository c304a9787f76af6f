# ruff: noqa: E501  a snippet shows one family of things in one line
"""Old names and old signatures, which programs of all years still use."""

PREPARE = "import warnings; torch.set_warn_always(True); a, m, b = torch.ones(2), torch.ones(2, 2), torch.ones(1, 2, 2)"


def first_warning(source):
    """A snippet that shows a result, and how the first warning begins."""
    return f"""
{PREPARE}
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always"); found = {source}
found, [str(w.message).split(" (Triggered")[0] for w in caught]
torch.set_warn_always(False)
"""


def quietly(source):
    """A snippet that shows a result only."""
    return f"""
{PREPARE}
with warnings.catch_warnings():
    warnings.simplefilter("ignore"); found = {source}
found
torch.set_warn_always(False)
"""


WARNED = (
    "a.clone().add_(2, a)", "torch.add(a, 2, a)", "a.clone().sub_(2, a)", "torch.sub(a, 2, a)", "torch.addcmul(a, 2, a, a)",
    "a.clone().addcmul_(2, a, a)", "torch.addcdiv(a, 2, a, a)", "a.clone().addcdiv_(-2, a, a)", "m.clone().addmm_(2, 3, m, m)",
    "torch.addmv(2, a, 3, m, a)", "torch.addr(2, m, 3, a, a)", "torch.addbmm(2, m, 3, b, b)", "b.clone().baddbmm_(2, 3, b, b)",
)  # fmt: skip
QUIET = (
    "a.add(2, a)", "a.sub(2, a)", "a.addcmul(2, a, a)", "a.addcdiv(2, a, a)", "m.addmm(2, 3, m, m)", "m.addmm(2, m, m)",
    "torch.addmm(2, m, m, m)", "torch.baddbmm(2, b, 3, b, b)", "torch.baddbmm(2, b, b, b)", "torch.add(a, 2, 3)",
    "a.clone().add_(2, 3)", "torch.addmv(2, a, m, a)", "m.addr(2, 3, a, a)", "torch.addbmm(2, m, b, b)",
)  # fmt: skip
NAMES = {
    "variables": """
x = torch.ones(2); v = torch.autograd.Variable(x, requires_grad=True)
v, v is x, type(v) is torch.Tensor, isinstance(x, torch.autograd.Variable)
(v * v).sum().backward(); v.grad, x.requires_grad, torch.autograd.variable.Variable is torch.autograd.Variable
torch.autograd.Variable([1.0])
""",
    "new": """
x = torch.ones(2)
x.new([1, 2]), x.new(2, 3).shape, x.new().shape, x.new(torch.Size([2])).shape, torch.ones(1, dtype=torch.int64).new([1, 2])
""",
    "devices": "x = torch.ones(2); x.to_dense() is x, x.cpu() is x\nx.cuda()\nx.pin_memory()\ntorch.nn.Linear(1, 1).cuda()",
    "synchronised": """
layer = torch.nn.SyncBatchNorm(3); layer
x = torch.arange(12.0).reshape(4, 3).requires_grad_(); out = layer(x); out, layer.running_mean, layer.running_var
(out ** 3).sum().backward(); x.grad.round(decimals=4) + 0.0, layer.weight.grad.round(decimals=4) + 0.0
net = torch.nn.Sequential(torch.nn.BatchNorm2d(2, momentum=0.3), torch.nn.Sequential(torch.nn.BatchNorm1d(3), torch.nn.ReLU()))
torch.nn.SyncBatchNorm.convert_sync_batchnorm(net)
layer(torch.ones(3))
""",
    "control": """
torch.cond(torch.tensor(True), lambda x: x + 1, lambda x: x - 1, (torch.ones(2),))
torch.cond(torch.tensor(False), lambda x: x + 1, lambda x: x - 1, (torch.ones(2),))
""",
    "inner": """
_ = torch.manual_seed(0); x = torch.randn(4, 3); p = torch.randn(2, 4, 3); table = torch.randn(5, 2)
torch.native_layer_norm(x, (3,), None, None, 1e-5)
torch.native_batch_norm(x, None, None, None, None, True, 0.1, 1e-5)
torch.native_batch_norm(x, None, None, torch.zeros(3), torch.ones(3), False, 0.1, 1e-5)
torch.native_group_norm(p, None, None, 2, 4, 3, 2, 1e-5)
torch.convolution(p, torch.ones(2, 4, 2), None, [1], [0], [1], False, [0], 1)
torch.convolution(p, torch.ones(4, 2, 2), torch.ones(2), [2], [0], [1], True, [1], 1)
for mode in (1, 2): show(torch.embedding_bag(table, torch.tensor([1, 2, 3]), torch.tensor([0, 2]), False, mode))
torch.embedding_bag(table, torch.tensor([1, 2, 3]), torch.tensor([0, 2, 3]), False, 1, False, None, True, 2)
torch.embedding_bag(table, torch.tensor([1, 2, 3]), torch.tensor([0, 2]))[0]
torch.embedding_renorm_(torch.ones(3, 2), torch.tensor([1]), 1.0, 2.0)
""",
}

NETWORK = """
_ = torch.manual_seed(7); net = {make}.double(); weights = list(net.parameters())
torch.set_default_dtype(torch.float64); _ = torch.manual_seed(1); x = torch.randn(4, 2, 2, requires_grad=True); size = 2 if net.bidirectional else 1
h = torch.randn(size * net.num_layers, 2, 3); start = (h, h) if net.mode == "LSTM" else h
f = torch.{name}; options = (weights, net.bias, net.num_layers, 0.0, False, net.bidirectional)
found = f(x, start, *options, False); found
found[0].pow(3).sum().backward(); x.grad.round(decimals=5) + 0.0
[y.shape for y in f(x.transpose(0, 1), start, *options, True)]
f(torch.arange(10.0).reshape(5, 2), torch.tensor([2, 2, 1]), start, *options)
"""
REFUSED = """f(x, start, weights[:-1], *options[1:], False)
f(x, start, *options[:2], 5, *options[3:], False)
"""
NETWORKS = {
    "lstm": "torch.nn.LSTM(2, 3, 2, bidirectional=True)",
    "gru": "torch.nn.GRU(2, 3)",
    "rnn_tanh": "torch.nn.RNN(2, 3, bias=False)",
    "rnn_relu": "torch.nn.RNN(2, 3, 2, nonlinearity='relu')",
}

CASES = {
    **{f"warned {source}": first_warning(source) for source in WARNED},
    **{f"taken {source}": quietly(source) for source in QUIET},
    **NAMES,
    **{
        name: NETWORK.format(name=name, make=make) + (REFUSED if name != "lstm" else "")
        for name, make in NETWORKS.items()
    },
}

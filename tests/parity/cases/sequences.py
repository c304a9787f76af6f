# ruff: noqa: E501  a snippet shows one family of things in one line
"""Recurrent networks, packed sequences and transformers: texts, parameters, values, gradients and refusals."""

NETWORK = """
nn = torch.nn
_ = torch.manual_seed(7); net = {make}
net, [(n, tuple(p.shape)) for n, p in net.named_parameters()], list(net.state_dict())[:3]
for p in list(net.parameters())[:2]: show(p.detach())
net = net.double(); torch.set_default_dtype(torch.float64)
_ = torch.manual_seed(1); x = torch.randn({shape}, requires_grad=True)
out, last = net(x)
out.detach(), out.shape, [h.detach() for h in last] if isinstance(last, tuple) else last.detach()
out.pow(3).sum().backward(); x.grad
for p in net.parameters(): show(p.grad)
"""

NETWORKS = {
    "nn.RNN(2, 3)": "4, 2, 2",
    "nn.RNN(2, 3, 2, nonlinearity='relu', bidirectional=True)": "4, 2, 2",
    "nn.RNN(2, 3, bias=False, batch_first=True)": "2, 4, 2",
    "nn.GRU(2, 3, 2)": "4, 2, 2",
    "nn.GRU(2, 3, bidirectional=True, batch_first=True)": "2, 4, 2",
    "nn.LSTM(2, 3)": "4, 2",
    "nn.LSTM(2, 3, 2, batch_first=True, bidirectional=True)": "2, 4, 2",
    "nn.LSTM(2, 3, 2, proj_size=2)": "4, 2, 2",
    "nn.LSTM(2, 3, 2, proj_size=2, bidirectional=True, bias=False)": "4, 1, 2",
}

TRANSFORMER = """
nn = torch.nn
_ = torch.manual_seed(3); net = {make}
net, len(list(net.parameters())), next(iter(net.parameters())).detach()[:2]
net = net.double().{mode}(); torch.set_default_dtype(torch.float64)
_ = torch.manual_seed(1); inputs = [{inputs}]
_ = torch.manual_seed(2); out = net(*inputs{options})
out.detach(), out.shape
out.pow(3).sum().backward(); [x.grad for x in inputs]
for p in list(net.parameters())[::3]: show(p.grad.round(decimals=8) + 0.0)
"""

SOURCE, TARGET = "torch.randn(3, 2, 4, requires_grad=True)", "torch.randn(2, 2, 4, requires_grad=True)"
CAUSAL = "nn.Transformer.generate_square_subsequent_mask(3, dtype=torch.float64)"
TRANSFORMERS = {
    "encoder layer": ("nn.TransformerEncoderLayer(4, 2, 6, dropout=0.0)", "train", SOURCE, ""),
    "encoder layer, norm first": (
        "nn.TransformerEncoderLayer(4, 2, 6, dropout=0.0, activation='gelu', norm_first=True, batch_first=True)",
        "train",
        SOURCE,
        "",
    ),
    "encoder layer, dropped": ("nn.TransformerEncoderLayer(4, 2, 6, dropout=0.3)", "train", SOURCE, ""),
    "encoder layer, masked": (
        "nn.TransformerEncoderLayer(4, 2, 6, dropout=0.0, bias=False)",
        "train",
        SOURCE,
        f", src_mask={CAUSAL}, src_key_padding_mask=torch.tensor([[0.0, 0, 0], [0, 0, -inf]])",
    ),
    "decoder layer": ("nn.TransformerDecoderLayer(4, 2, 6, dropout=0.0)", "train", f"{TARGET}, {SOURCE}", ""),
    "decoder layer, norm first": (
        "nn.TransformerDecoderLayer(4, 2, 6, dropout=0.0, norm_first=True)",
        "train",
        f"{TARGET}, {SOURCE}",
        "",
    ),
    "decoder": (
        "nn.TransformerDecoder(nn.TransformerDecoderLayer(4, 2, 6, dropout=0.1), 2, nn.LayerNorm(4))",
        "eval",
        f"{TARGET}, {SOURCE}",
        "",
    ),
    "transformer": (
        "nn.Transformer(4, 2, 1, 1, 6, dropout=0.0, batch_first=True)",
        "train",
        f"{SOURCE}, torch.randn(3, 5, 4, requires_grad=True)",
        "",
    ),
}

CASES = {
    **{make: NETWORK.format(make=make, shape=shape) for make, shape in NETWORKS.items()},
    **{
        name: TRANSFORMER.format(make=make, mode=mode, inputs=inputs, options=options)
        for name, (make, mode, inputs, options) in TRANSFORMERS.items()
    },
    "states and dropout": """
nn = torch.nn
_ = torch.manual_seed(0); net = nn.LSTM(2, 3, 2, dropout=0.5); h = torch.randn(2, 1, 3, requires_grad=True); c = torch.randn(2, 1, 3)
out, (h1, c1) = net(torch.ones(4, 1, 2), (h, c)); out.detach(), h1.detach(), c1.detach(), torch.rand(2)
out.sum().backward(); h.grad
net.eval()(torch.ones(2, 1, 2))[0].detach(), net.flatten_parameters(), [len(w) for w in net.all_weights]
gru = nn.GRU(2, 3); gru(torch.ones(2, 2), torch.zeros(1, 3))[1].detach()
copy.deepcopy(gru)(torch.ones(2, 2))[1].detach(), gru.state_dict().keys()
""",
    "packed networks": """
nn = torch.nn; rnn = nn.utils.rnn
_ = torch.manual_seed(0); x = torch.randn(4, 3, 2, requires_grad=True); packed = rnn.pack_padded_sequence(x, [2, 4, 1], enforce_sorted=False)
for net in (nn.GRU(2, 3, bidirectional=True), nn.LSTM(2, 3, 2), nn.RNN(2, 2)): out, last = net(packed); show(type(out).__name__, rnn.pad_packed_sequence(out)[0].detach(), [h.detach() for h in last] if isinstance(last, tuple) else last.detach())
out.data.sum().backward(); x.grad
nn.GRU(2, 3)(packed, torch.ones(1, 3, 3))[1].detach()
nn.GRU(2, 3)(rnn.pack_sequence([torch.ones(3, 2), torch.ones(1, 2)]))[1].shape
""",
    "packing": """
for name in ("PackedSequence", "pack_padded_sequence", "pad_packed_sequence", "pad_sequence", "pack_sequence", "unpad_sequence", "unpack_sequence", "invert_permutation"): globals()[name] = getattr(torch.nn.utils.rnn, name)
x = torch.arange(24.).reshape(4, 3, 2)
pack_padded_sequence(x, [4, 2, 1]), pack_padded_sequence(x, torch.tensor([1, 4, 2]), enforce_sorted=False)
pack_padded_sequence(x, [1, 2, 1])
pack_padded_sequence(x, [4, 2, 0])
pack_padded_sequence(x, [4, 2])
p = pack_padded_sequence(x, [1, 4, 2], enforce_sorted=False); pad_packed_sequence(p), pad_packed_sequence(p, batch_first=True, padding_value=-1, total_length=5)
pad_packed_sequence(p, total_length=2)
pad_sequence([torch.ones(2), torch.zeros(3)]), pad_sequence([torch.ones(2), torch.zeros(3)], batch_first=True, padding_value=5, padding_side="left")
pad_sequence([torch.ones(2), torch.zeros(3)], padding_side="up")
attempt(lambda: pad_sequence(3))
pack_sequence([torch.ones(3), torch.zeros(2)]), pack_sequence([torch.ones(2), torch.zeros(3)], enforce_sorted=False)
pack_sequence([torch.ones(2), torch.zeros(3)])
unpad_sequence(x, torch.tensor([1, 2, 3])), unpack_sequence(pack_sequence([torch.ones(2), torch.zeros(3)], enforce_sorted=False))
invert_permutation(torch.tensor([2, 0, 1])), invert_permutation(None)
p.double().data.dtype, p.to(torch.float64).data.dtype, p.is_cuda, p.cpu().batch_sizes
PackedSequence(torch.ones(3))
""",
    "refused networks": """
nn = torch.nn
r, l = nn.RNN(2, 3, 2), nn.LSTM(2, 3)
r(torch.ones(4))
l(torch.ones(4))
r(torch.ones(4, 2, 3))
r(torch.ones(4, 2, 2), torch.ones(1, 2, 3))
r(torch.ones(4, 2, 2), torch.ones(2, 3))
r(torch.ones(4, 2), torch.ones(2, 1, 3))
r(torch.ones(4, 2, 2).double())
l(torch.ones(4, 2), (torch.ones(1, 1, 3), torch.ones(1, 1, 3)))
l(torch.ones(4, 1, 2), (torch.ones(1, 3), torch.ones(1, 3)))
l(torch.ones(4, 1, 2), (torch.ones(1, 1, 3), torch.ones(1, 2, 3)))
l(torch.ones(0, 1, 2))
nn.LSTM(2, 3, dropout=0.5)
nn.LSTM(2, 3, dropout=1.5)
nn.LSTM(2, 3, proj_size=3)
nn.GRU(2, 3, proj_size=1)
nn.RNN(2, 3, nonlinearity="sin")
nn.LSTM(2.5, 3)
nn.LSTM(2, "a")
nn.LSTM(0, 3)
nn.LSTM(2, 0)
nn.LSTM(2, 3, 0)
nn.RNNBase("X", 2, 3)
""",
    "refused transformers": """
nn = torch.nn
m = nn.Transformer(8, 2, 1, 1, 16, batch_first=True)
m(torch.ones(3, 2, 8), torch.ones(4, 3, 8))
m(torch.ones(3, 2, 8), torch.ones(3, 2, 7))
nn.TransformerEncoderLayer(4, 2, activation="x")
nn.TransformerEncoderLayer(5, 2)
nn.TransformerEncoderLayer(4, 2, 8)(torch.ones(4))
nn.Transformer.generate_square_subsequent_mask(3)
""",
}

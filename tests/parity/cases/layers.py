# ruff: noqa: E501  a snippet shows one family of things in one line
"""Every layer of torch.nn: its text, its parameters for a seed, its state, its values and its gradients."""

LAYER = """
nn = torch.nn
_ = torch.manual_seed(7); layer = {make}
layer, list(layer.state_dict()), [(n, tuple(p.shape)) for n, p in layer.named_parameters()]
for p in layer.parameters(): show(p.detach())
torch.rand(1)
layer = layer.double(); torch.set_default_dtype(torch.float64)
_ = torch.manual_seed(1); inputs = [{inputs}]
_ = torch.manual_seed(2); out = layer(*inputs)
for value in out if isinstance(out, tuple) else [out]: show(value.detach() if value.is_floating_point() else value)
_ = out.pow(3).sum().backward() if isinstance(out, torch.Tensor) and out.requires_grad else None
for x in inputs: show(x.grad) if isinstance(x, torch.Tensor) and x.requires_grad else None
for p in layer.parameters(): show(p.grad)
"""


def normal(*shape):
    """The text of an input that requires grad."""
    return f"torch.randn({', '.join(map(str, shape))}, requires_grad=True)"


ROW, LINE, IMAGE, VOLUME = normal(3, 4), normal(2, 4, 6), normal(2, 4, 5, 6), normal(1, 2, 4, 4, 4)
PAIR = f"{ROW}, torch.randn(3, 4)"
CHANCES = "torch.rand(3, 4, requires_grad=True), torch.rand(3, 4)"
CLASSES = f"{ROW}, torch.tensor([2, 0, 3])"
SIGNS = f"{ROW}, torch.tensor([[1.0, -1, 1, -1]] * 3)"
SIZED = {1: normal(1, 2, 6), 2: normal(1, 2, 5, 6), 3: VOLUME}


def by_dims(text, dims=(1, 2, 3)):
    """A line for each number of dimensions."""
    return {text.format(d=d): SIZED[d] for d in dims}


MAKES = {
    "nn.Identity()": ROW,
    "nn.Linear(4, 2)": ROW, "nn.Linear(4, 3, bias=False)": ROW, "nn.Linear(4, 1, dtype=torch.float64)": "torch.randn(3, 4, dtype=torch.float64)",
    "nn.Bilinear(4, 3, 2)": f"{ROW}, {normal(3, 3)}", "nn.Bilinear(4, 3, 2, False)": f"{ROW}, {normal(3, 3)}",
    **{f"nn.{name}()": ROW for name in [
        "ReLU", "LeakyReLU", "ELU", "CELU", "SELU", "GELU", "SiLU", "Mish", "Hardtanh", "ReLU6", "Hardsigmoid", "Hardswish",
        "Hardshrink", "Softplus", "Softsign", "Tanh", "Tanhshrink", "Sigmoid", "LogSigmoid", "GLU", "RReLU", "PReLU",
        "Dropout", "AlphaDropout",
    ]},
    **{f"nn.{name}(1)": ROW for name in ["Softmax", "Softmin", "LogSoftmax"]},
    "nn.Softshrink()": "torch.tensor([2.0, -1.5, 0.2], requires_grad=True)", "nn.ReLU(True)": "torch.randn(3)", "nn.ELU(0.5, True)": "torch.randn(3)", "nn.LeakyReLU(0.3)": ROW, "nn.GELU('tanh')": ROW,
    "nn.Threshold(0.1, 2.0)": ROW, "nn.Threshold(0.1, 2.0, True)": "torch.randn(3)", "nn.Hardtanh(-0.5, 0.5, min_value=-0.2)": ROW,
    "nn.Softplus(2.0, 3.0)": ROW, "nn.PReLU(4, 0.1)": ROW, "nn.Softmax2d()": IMAGE, "nn.RReLU(0.1, 0.2).eval()": ROW,
    "nn.Dropout(0.3, inplace=True)": "torch.randn(4)", "nn.Dropout(0.9).eval()": ROW, "nn.Dropout1d()": LINE, "nn.Dropout2d()": IMAGE,
    "nn.Dropout3d()": VOLUME, "nn.FeatureAlphaDropout()": LINE,
    **by_dims("nn.Conv{d}d(2, 4, 3)"), **by_dims("nn.Conv{d}d(2, 4, 3, 2, 1, groups=2, bias=False)"),
    **by_dims("nn.Conv{d}d(2, 3, 2, padding='same', dilation=2)"), **by_dims("nn.Conv{d}d(2, 3, 3, padding=1, padding_mode='reflect')"),
    "nn.Conv2d(2, 2, (3, 2), padding='same', padding_mode='circular')": SIZED[2],
    **by_dims("nn.ConvTranspose{d}d(2, 3, 3)"), **by_dims("nn.ConvTranspose{d}d(2, 4, 3, 2, 1, output_padding=1, groups=2, bias=False)"),
    "nn.ConvTranspose2d(2, 3, 3, stride=2, dilation=2)": SIZED[2],
    "nn.BatchNorm1d(4)": ROW, "nn.BatchNorm1d(4, affine=False)": LINE, "nn.BatchNorm2d(4, momentum=None, bias=False)": IMAGE,
    "nn.BatchNorm3d(2, track_running_stats=False)": VOLUME, "nn.BatchNorm1d(4).eval()": LINE, "nn.BatchNorm2d(4, 0.1, 0.5)": IMAGE,
    "nn.InstanceNorm1d(4)": LINE, "nn.InstanceNorm2d(4, affine=True)": IMAGE, "nn.InstanceNorm3d(2, track_running_stats=True)": VOLUME,
    "nn.InstanceNorm1d(2)": normal(2, 5), "nn.InstanceNorm2d(4, affine=True, track_running_stats=True).eval()": IMAGE,
    "nn.LayerNorm(4)": ROW, "nn.LayerNorm([3, 4], bias=False)": ROW, "nn.LayerNorm(4, elementwise_affine=False)": ROW,
    "nn.RMSNorm(4)": ROW, "nn.RMSNorm((3, 4), 0.1, False)": ROW, "nn.GroupNorm(2, 4)": IMAGE, "nn.GroupNorm(4, 4, affine=False)": LINE,
    "nn.LocalResponseNorm(2, 0.5)": LINE,
    **by_dims("nn.MaxPool{d}d(2)"), **by_dims("nn.MaxPool{d}d(3, 1, 1, return_indices=True, ceil_mode=True)"), **by_dims("nn.AvgPool{d}d(2)"),
    **by_dims("nn.AvgPool{d}d(3, 2, 1, count_include_pad=False)"), **by_dims("nn.LPPool{d}d(2, 2)"), **by_dims("nn.AdaptiveAvgPool{d}d(3)"),
    **by_dims("nn.AdaptiveMaxPool{d}d(2, return_indices=True)"), **by_dims("nn.FractionalMaxPool{d}d(2, output_size=2)", (2, 3)),
    **by_dims("nn.FractionalMaxPool{d}d(2, output_ratio=0.5)", (2, 3)),
    "nn.MaxUnpool1d(2)": f"{normal(1, 2, 3)}, torch.tensor([[[0, 3, 4], [1, 2, 5]]])",
    "nn.MaxUnpool2d(2)": f"{normal(1, 1, 1, 2)}, torch.tensor([[[[4, 3]]]])", "nn.MaxUnpool3d(2, (2, 2, 2))": f"{normal(1, 1, 1, 1, 2)}, torch.tensor([[[[[4, 3]]]]])",
    **by_dims("nn.ReflectionPad{d}d(1)"), **by_dims("nn.ReplicationPad{d}d(2)"), **by_dims("nn.CircularPad{d}d(1)"),
    **by_dims("nn.ZeroPad{d}d(1)"), **by_dims("nn.ConstantPad{d}d(1, 3.5)"), "nn.ReflectionPad2d((1, 0, 2, 1))": SIZED[2],
    "nn.Embedding(5, 3)": "torch.tensor([[1, 2], [4, 1]])", "nn.Embedding(5, 3, padding_idx=-1, max_norm=1.0)": "torch.tensor([1, 4])",
    "nn.Embedding(5, 3, 0, norm_type=1.0, scale_grad_by_freq=True)": "torch.tensor([1, 4, 1, 0])",
    "nn.Embedding.from_pretrained(torch.ones(3, 2))": "torch.tensor([1])",
    "nn.EmbeddingBag(5, 3)": "torch.tensor([[1, 2], [4, 1]])", "nn.EmbeddingBag(5, 3, mode='max', padding_idx=2)": "torch.tensor([1, 2, 4]), torch.tensor([0, 1])",
    "nn.EmbeddingBag(5, 3, 1.0, mode='sum', include_last_offset=True)": "torch.tensor([1, 2, 4]), torch.tensor([0, 1, 3])",
    "nn.EmbeddingBag.from_pretrained(torch.ones(3, 2), mode='sum')": "torch.tensor([[1, 0]])",
    "nn.Upsample(scale_factor=2)": LINE, "nn.Upsample((3, 4), mode='bilinear', align_corners=True)": IMAGE, "nn.UpsamplingNearest2d(3)": IMAGE,
    "nn.UpsamplingBilinear2d(scale_factor=1.5)": IMAGE, "nn.Unfold(2, stride=2)": IMAGE, "nn.Fold((4, 4), 2, stride=2)": normal(1, 4, 4),
    "nn.PixelShuffle(2)": IMAGE, "nn.PixelUnshuffle(2)": normal(1, 1, 4, 6), "nn.ChannelShuffle(2)": IMAGE, "nn.Flatten()": IMAGE,
    "nn.Flatten(0, 1)": LINE, "nn.Unflatten(1, (2, 2))": LINE, "nn.PairwiseDistance()": PAIR, "nn.PairwiseDistance(1.0, keepdim=True)": PAIR,
    "nn.CosineSimilarity()": PAIR, "nn.CosineSimilarity(0)": PAIR,
    **{f"nn.{name}({options})": PAIR for name in ["L1Loss", "MSELoss", "SmoothL1Loss", "HuberLoss"] for options in ["", "reduction='sum'", "reduction='none'"]},
    "nn.SmoothL1Loss(beta=0.5)": PAIR, "nn.HuberLoss(delta=0.5)": PAIR, "nn.MSELoss(size_average=False)": PAIR,
    "nn.NLLLoss()": CLASSES, "nn.NLLLoss(torch.tensor([1.0, 2, 3, 4]), ignore_index=0)": CLASSES, "nn.CrossEntropyLoss()": CLASSES,
    "nn.CrossEntropyLoss(torch.tensor([1.0, 2, 3, 4]), label_smoothing=0.1, reduction='sum')": CLASSES,
    "nn.PoissonNLLLoss()": CHANCES, "nn.PoissonNLLLoss(False, True)": CHANCES, "nn.KLDivLoss(reduction='batchmean')": CHANCES,
    "nn.KLDivLoss(log_target=True)": PAIR, "nn.GaussianNLLLoss(full=True)": f"{PAIR}, torch.rand(3, 4)", "nn.BCELoss()": CHANCES,
    "nn.BCELoss(torch.tensor([1.0, 2, 3, 4]))": CHANCES, "nn.BCEWithLogitsLoss()": CHANCES,
    "nn.BCEWithLogitsLoss(torch.tensor([1.0, 2, 3, 4]), pos_weight=torch.tensor([2.0, 1, 1, 2]))": CHANCES,
    "nn.HingeEmbeddingLoss(0.5)": SIGNS, "nn.SoftMarginLoss()": SIGNS, "nn.MultiLabelSoftMarginLoss()": CHANCES,
    "nn.MultiLabelMarginLoss()": f"{ROW}, torch.tensor([[1, 2, -1, 0]] * 3)", "nn.MultiMarginLoss()": CLASSES,
    "nn.MultiMarginLoss(2, 0.5, torch.tensor([1.0, 2, 3, 4]))": CLASSES, "nn.CosineEmbeddingLoss(0.1)": f"{PAIR}, torch.tensor([1, -1, 1])",
    "nn.MarginRankingLoss(0.2)": f"{PAIR}, torch.ones(3, 4)", "nn.TripletMarginLoss(2.0, swap=True)": f"{PAIR}, torch.randn(3, 4)",
    "nn.TripletMarginWithDistanceLoss(margin=2.0)": f"{PAIR}, torch.randn(3, 4)",
    "nn.RNNCell(4, 3)": ROW, "nn.RNNCell(4, 3, False, 'relu')": f"{ROW}, {normal(3, 3)}", "nn.GRUCell(4, 3)": f"{ROW}, {normal(3, 3)}",
    "nn.GRUCell(4, 2, bias=False)": f"{normal(4)}, {normal(2)}", "nn.LSTMCell(4, 3)": f"{ROW}, ({normal(3, 3)}, {normal(3, 3)})", "nn.LSTMCell(4, 2, False)": normal(4),
    "nn.MultiheadAttention(4, 2)": f"{LINE.replace('6', '4')}, torch.randn(3, 4, 4), torch.randn(3, 4, 4)",
    "nn.MultiheadAttention(4, 2, bias=False, add_zero_attn=True, kdim=3, vdim=2)": f"{normal(3, 2, 4)}, torch.randn(5, 2, 3), torch.randn(5, 2, 2)",
    "nn.MultiheadAttention(4, 2, add_bias_kv=True, batch_first=True).eval()": f"{normal(2, 3, 4)}, torch.randn(2, 5, 4), torch.randn(2, 5, 4)",
    "nn.CTCLoss(reduction='sum')": "torch.randn(6, 2, 4).log_softmax(2), torch.tensor([[1, 2, 2], [3, 1, 1]]), (6, 6), (3, 2)",
}  # fmt: skip
CASES = {
    **{
        make.replace("nn.", "")
        .replace("torch", "")[:60]
        .replace("'", "")
        .replace("[", "")
        .replace("]", ""): LAYER.format(make=make, inputs=inputs)
        for make, inputs in MAKES.items()
    },
    "what is refused": """
nn = torch.nn
nn.Conv2d(3, 4, 2, groups=2)
nn.Conv2d(4, 3, 2, groups=2)
nn.Conv2d(4, 4, 2, groups=0)
nn.Conv1d(1, 1, 2, stride=2, padding="same")
nn.ConvTranspose1d(1, 1, 2, padding_mode="reflect")
nn.ConvTranspose1d(1, 1, 3, stride=2)(torch.ones(1, 1, 4), output_size=(20,))
nn.BatchNorm1d(3)(torch.ones(1, 3, 2, 2))
nn.BatchNorm2d(3)(torch.ones(1, 3, 2))
nn.BatchNorm3d(3)(torch.ones(1, 3, 2))
nn.InstanceNorm1d(3)(torch.ones(1, 3, 2, 2))
nn.InstanceNorm1d(3, affine=True)(torch.ones(1, 2, 2))
nn.GroupNorm(2, 3)
nn.Dropout(1.5)
nn.Embedding(3, 2, padding_idx=3)
nn.Embedding(3, 2, _weight=torch.ones(2, 2))
nn.Embedding.from_pretrained(torch.ones(2))
nn.Hardtanh(1.0, 0.0)
nn.Softmax2d()(torch.ones(2))
nn.Unflatten(0, 3)
nn.Unflatten(0, (2, "a"))
nn.FractionalMaxPool2d(2)
nn.FractionalMaxPool2d(2, output_size=1, output_ratio=0.5)
nn.FractionalMaxPool3d(2, output_ratio=1.5)
nn.MultiMarginLoss(3)
nn.TripletMarginLoss(-1.0)
nn.TripletMarginWithDistanceLoss(margin=0.0)
nn.Bilinear(0, 1, 1)
nn.RNNCell(2, 2)(torch.ones(1, 1, 2))
nn.LSTMCell(2, 2)(torch.ones(1, 2), (torch.ones(1, 2), torch.ones(1, 1, 2)))
nn.RNNCell(2, 2, nonlinearity="sin")(torch.ones(1, 2))
nn.MultiheadAttention(0, 2)
nn.MultiheadAttention(3, 2)
""",
    "output sizes": """
nn = torch.nn
_ = torch.manual_seed(0); up = nn.ConvTranspose2d(1, 1, 3, stride=2, padding=1)
up(torch.ones(1, 1, 3, 3), output_size=(6, 5)).shape, up(torch.ones(1, 3, 3), output_size=(1, 6, 6)).shape, up(torch.ones(1, 1, 3, 3)).shape
""",
    "running statistics": """
nn = torch.nn
_ = torch.manual_seed(0); norm = nn.BatchNorm1d(2); mean = nn.BatchNorm1d(2, momentum=None)
for k in range(3): show(norm(torch.randn(4, 2)).detach(), mean(torch.randn(4, 2)).detach())
norm.state_dict(), mean.state_dict()
norm.reset_running_stats(), norm.eval()(torch.ones(1, 2)), norm.num_batches_tracked
again = nn.BatchNorm1d(2); again.load_state_dict(mean.state_dict()); again.running_mean
""",
    "states from before batches were counted": """
nn = torch.nn
norm = nn.BatchNorm1d(2); norm.num_batches_tracked.fill_(5); old = {name: value for name, value in norm.state_dict().items() if name != "num_batches_tracked"}
fresh = nn.BatchNorm1d(2); fresh.num_batches_tracked.fill_(7)
fresh.load_state_dict(old), fresh.num_batches_tracked, list(old)
new = norm.state_dict(); del new["num_batches_tracked"]
fresh.load_state_dict(new)
fresh.load_state_dict(new, strict=False)
nn.Sequential(nn.BatchNorm2d(2, track_running_stats=False)).load_state_dict({"0.weight": torch.ones(2), "0.bias": torch.ones(2)})
nn.Sequential(nn.BatchNorm2d(2)).load_state_dict({"0.weight": torch.ones(2)})
""",
    "padding that an encoder leaves away": """
import warnings

def encoded(mask, norm=False, grad=False, train=False, **options):
    warnings.simplefilter("ignore")  # PyTorch says that nested tensors are a prototype
    torch.manual_seed(0)
    layer = torch.nn.TransformerEncoderLayer(4, 2, 8, dropout=0.0, batch_first=options.pop("batch_first", True), **options)
    encoder = torch.nn.TransformerEncoder(layer, 2, norm=torch.nn.LayerNorm(4) if norm else None)
    encoder = encoder.train(train)
    with torch.set_grad_enabled(grad):
        return (encoder(torch.randn(2, 3, 4), src_key_padding_mask=torch.tensor(mask)) == 0).all(-1)

ends, between = [[False, False, False], [False, True, True]], [[False, False, False], [True, False, True]]
encoded(ends), encoded(between), encoded(ends, norm=True), encoded(ends, grad=True), encoded(ends, train=True), encoded(ends, norm_first=True), encoded(ends, activation="gelu"), encoded(ends, bias=False)
""",
    "attention to nothing": """
_ = torch.manual_seed(0)
layer, x = torch.nn.MultiheadAttention(4, 2, batch_first=True), torch.ones(1, 3, 4)
masks = {"key_padding_mask": torch.tensor([[True, False, False]]), "attn_mask": torch.ones(3, 3, dtype=torch.bool).triu(1)}
layer(x, x, x, **masks, need_weights=False)[0]
layer(x, x, x, **masks)[0].isnan().any(-1)
layer(x, x, x, **masks, need_weights=False)[0].sum().backward()
layer.in_proj_weight.grad.isnan().any()
""",
}
CASES["adaptive softmax"] = """
nn = torch.nn
_ = torch.manual_seed(0); m = nn.AdaptiveLogSoftmaxWithLoss(8, 20, cutoffs=[4, 10], div_value=2.0, head_bias=True); m, [(n, tuple(p.shape)) for n, p in m.named_parameters()]
m = m.double(); torch.set_default_dtype(torch.float64)
x = torch.randn(6, 8, requires_grad=True); out = m(x, torch.tensor([0, 3, 4, 9, 10, 19])); out.output.detach(), out.loss.detach()
out.loss.backward(); x.grad, m.head.bias.grad, m.tail[1][0].weight.grad[:1]
m.log_prob(x).detach()[0], m.log_prob(x).exp().sum(1).detach(), m.predict(x), m(x[0], torch.tensor(7)).output.detach()
m(x, torch.tensor([0, 3, 4, 9, 10, 20]))
m(x, torch.tensor([0, 3]))
m(x[0], torch.tensor([[0]]))
m(x[0], torch.tensor([0, 1, 2, 3, 4, 5, 6, 7]))
m(x, torch.tensor(0))
nn.AdaptiveLogSoftmaxWithLoss(8, 20, cutoffs=[])
nn.AdaptiveLogSoftmaxWithLoss(8, 20, cutoffs=[4, 4])
nn.AdaptiveLogSoftmaxWithLoss(8, 20, cutoffs=[4, 20])
"""

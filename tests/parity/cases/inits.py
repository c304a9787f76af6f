# ruff: noqa: E501  a snippet shows one family of things in one line
"""torch.nn.init: the same numbers for the same seed, and what follows them in the stream."""

DRAWN = """
init = torch.nn.init
for shape in [(2, 3), (4, 4), (5, 3), (6, 2, 3), (4, 2, 3, 2), (1, 40)]:
    for dtype in [torch.float32, torch.float64]:
        _ = torch.manual_seed(3); w = torch.empty(shape, dtype=dtype, requires_grad=True)
        show(init.{call}.detach(), torch.rand(1))
        show(w.requires_grad, w.is_leaf)
"""
CALLS = [
    "uniform_(w, -1, 2)", "normal_(w, 1, 3)", "xavier_uniform_(w)", "xavier_uniform_(w, gain=2.5)", "xavier_normal_(w)",
    "kaiming_uniform_(w)", "kaiming_uniform_(w, 5 ** 0.5)", "kaiming_uniform_(w, mode='fan_out', nonlinearity='relu')",
    "kaiming_normal_(w)", "kaiming_normal_(w, mode='fan_out', nonlinearity='tanh')", "trunc_normal_(w)",
    "trunc_normal_(w, 0.5, 2.0, -1.0, 1.0)", "trunc_normal_(w, std=0.1, a=0.1, b=0.4)", "orthogonal_(w)", "orthogonal_(w, 0.3)",
]  # fmt: skip
CASES = {
    **{call: DRAWN.format(call=call) for call in CALLS},
    "constants": """
init = torch.nn.init
init.constant_(torch.empty(2, 2), 0.3), init.ones_(torch.empty(3)), init.zeros_(torch.ones(2)), init.eye_(torch.empty(2, 3)), init.eye_(torch.empty(3, 2))
init.dirac_(torch.empty(3, 2, 3)), init.dirac_(torch.empty(4, 2, 2, 2), 2), init.dirac_(torch.empty(2, 2, 1, 3, 2))
init.constant_(torch.empty(2, dtype=torch.int64), 3)
""",
    "sparse": """
init = torch.nn.init
for share in [0.1, 0.5, 0.9]:
    _ = torch.manual_seed(1); show(init.sparse_(torch.empty(5, 4), share), torch.rand(1))
init.sparse_(torch.empty(3, 8), 0.4, 2.0)
""",
    "gains": """
init = torch.nn.init
[init.calculate_gain(n) for n in ["linear", "conv1d", "conv_transpose3d", "sigmoid", "tanh", "relu", "leaky_relu", "selu"]], init.calculate_gain("leaky_relu", 0.3), init.calculate_gain("leaky_relu", 2)
init.calculate_gain("leaky_relu", True)
init.calculate_gain("gelu")
init._calculate_fan_in_and_fan_out(torch.empty(4, 3, 2, 5))
init._calculate_fan_in_and_fan_out(torch.empty(4))
""",
    "generators": """
init = torch.nn.init; g = torch.Generator().manual_seed(5)
init.uniform_(torch.empty(3), generator=g), init.normal_(torch.empty(3), generator=g), init.kaiming_uniform_(torch.empty(2, 2), generator=g)
init.trunc_normal_(torch.empty(2), generator=g), init.orthogonal_(torch.empty(2, 2), generator=g), init.xavier_normal_(torch.empty(1, 2), generator=g)
""",
    "what is refused": """
init = torch.nn.init
init.kaiming_uniform_(torch.empty(0, 3)), init.kaiming_normal_(torch.empty(2, 0))
init.xavier_uniform_(torch.empty(3))
init.kaiming_normal_(torch.empty(2, 2), mode="fan")
init.eye_(torch.empty(2))
init.dirac_(torch.empty(2, 2))
init.dirac_(torch.empty(3, 2, 2), 2)
init.sparse_(torch.empty(2), 0.1)
init.orthogonal_(torch.empty(2))
init.trunc_normal_(torch.empty(2), 9.0)
init.uniform_(torch.empty(2, dtype=torch.int64))
init.normal_(torch.empty(2), std=-1.0)
""",
    "older names": """
init = torch.nn.init
init.constant(torch.empty(2), 1.0), init.uniform(torch.empty(2)), init.xavier_normal(torch.empty(2, 2))
init.eye(torch.empty(2, 2)), init.kaiming_uniform(torch.empty(1, 2))
""",
}

"""Calls of attention, of maps of two inputs, and of recurrent cells."""

import numpy as np
from tests.functions.calls import Constant, call

rng = np.random.default_rng(13)


def normal(*shape):
    """Normal numbers, the same ones in every run."""
    return rng.normal(size=shape)


Q, K, V = normal(2, 3, 4), normal(2, 5, 4), normal(2, 5, 3)
MASK = rng.uniform(size=(3, 5)) < 0.6
MASK[1] = False
ADDED = normal(3, 5)
CLOSED = np.where(MASK, ADDED, -np.inf)
HEADS, SHARED = normal(1, 4, 3, 2), normal(1, 2, 3, 2)
ATTENTION = [
    call(Q, K, V), call(Q[0], K[0], V[0]), call(Q, K, V, MASK), call(Q, K, V, ADDED), call(Q, K, V, is_causal=True),
    call(Q, K, V, scale=0.3), call(Q, K, V, MASK[None], scale=1.0), call(Q, K, V, CLOSED, _smooth=False),
    call(HEADS, SHARED, SHARED, enable_gqa=True), call(Q, K, V, dropout_p=0.4, _batch=False), call(Q, K, V, MASK[:1]),
    call(Q[:, :0], K, V, _smooth=False),
    call(Q[0, 0], K, V, _raises="Expected query, key, and value to all be  at least 2 dimensional, but got query.dim: 1 key"),
    call(Q, K, V, MASK, is_causal=True, _raises="_scaled_dot_product_attention: Explicit attn_mask should not be set when"),
    call(Q, K, V, MASK.astype(int), _raises="Expected attn_mask dtype to be bool or float or to match query dtype, but got"),
    call(Q, K, V, dropout_p=1.5, _raises="dropout probability has to be between 0 and 1, but got 1.5"),
    call(normal(1, 3, 3, 2), SHARED, SHARED, enable_gqa=True, _raises="Number of heads in key and value must divide the nu"),
]  # fmt: skip

# ------------------------------------------------------------------------ several heads

X, Y, Z = normal(3, 2, 4), normal(5, 2, 4), normal(5, 2, 4)
IN, IN_BIAS, OUT, OUT_BIAS = normal(12, 4), normal(12), normal(4, 4), normal(4)
BIAS_K, BIAS_V = normal(1, 1, 4), normal(1, 1, 4)
PADDED = np.array([[False, False, True, False, True], [False, True, False, False, False]])
HIDDEN = np.array([[False, True, False, False, False]] * 3)


def heads(x, y, z, bias_k=None, bias_v=None, *, zero=False, dropout=0.0, in_bias=IN_BIAS, size=4, count=2, **options):
    """A call of multi_head_attention_forward."""
    return call(x, y, z, size, count, IN, in_bias, bias_k, bias_v, zero, dropout, OUT, OUT_BIAS, **options)


PARTS = {
    "use_separate_proj_weight": True, "q_proj_weight": normal(4, 4), "k_proj_weight": normal(4, 3),
    "v_proj_weight": normal(4, 2),
}  # fmt: skip
MANY = [
    heads(X, Y, Z), heads(X, X, X), heads(X, Y, Z, in_bias=None), heads(X[:, 0], Y[:, 0], Z[:, 0]), heads(X, Y, Z, need_weights=False),
    heads(X, Y, Z, average_attn_weights=False), heads(X, Y, Z, BIAS_K, BIAS_V), heads(X, Y, Z, zero=True),
    heads(X, Y, Z, key_padding_mask=PADDED), heads(X, Y, Z, attn_mask=HIDDEN), heads(X, Y, Z, attn_mask=normal(4, 3, 5)),
    heads(X, Y, Z, BIAS_K, BIAS_V, zero=True, key_padding_mask=PADDED, attn_mask=HIDDEN),
    heads(X, Y, Z, dropout=0.5, _batch=False), heads(X, Y, Z, dropout=0.5, training=False),
    call(X, normal(5, 2, 3), normal(5, 2, 2), 4, 2, None, IN_BIAS, None, None, False, 0.0, OUT, OUT_BIAS, **PARTS),
    heads(X, Constant(Y), Constant(Z), static_k=normal(4, 5, 2), static_v=normal(4, 5, 2)),
    heads(X, Y, Z, size=5, _raises="was expecting embedding dimension of 5, but got 4"),
    heads(X, Y, Z, count=3, _raises="embed_dim 4 not divisible by num_heads 3"),
    heads(X, Y, Z[:, 0], _raises="For batched (3-D) `query`, expected `key` and `value` to be 3-D but found 3-D and 2-D t"),
    heads(X, Y, Z[:3], _raises="key shape torch.Size([5, 2, 4]) does not match value shape torch.Size([3, 2, 4])"),
    heads(X, Y, Z, attn_mask=HIDDEN[:2], _raises="The shape of the 2D attn_mask is torch.Size([2, 5]), but should be (3, 5"),
    heads(X, Y, Z, is_causal=True, _raises="Need attn_mask if specifying the is_causal hint. You may use the Transformer"),
    heads(X, Y, Z, BIAS_K, _raises="bias_k is set but bias_v is None"),
]  # fmt: skip

# ------------------------------------------------------------------------ maps

A, B, W, BIAS = normal(3, 4), normal(3, 5), normal(2, 4, 5), normal(2)
BILINEAR = [
    call(A, B, W), call(A, B, W, BIAS), call(A[0], B[0], W, BIAS), call(normal(2, 3, 4), normal(2, 3, 5), W),
    call(B, A, W, _raises="bilinear(): input1 size does not match weight size: got 5 but expected 4"),
    call(A, A, W, _raises="bilinear(): input2 size does not match weight size: got 4 but expected 5"),
    call(A, B[:2], W, _raises="bilinear(): input batch dimensions do not match at dim 0: got 3 and 2"),
    call(A, B[0], W, _raises="bilinear(): input dimensions do not match: got 2 and 1"),
    call(A, B, W, A[0], _raises="bilinear(): bias size does not match weight size: got 4 but expected 2"),
]  # fmt: skip
LINEAR = [
    call(A, normal(2, 4)), call(A, normal(2, 4), BIAS), call(A[0], normal(2, 4), BIAS), call(normal(2, 3, 4), normal(2, 4), BIAS),
    call(A, normal(2, 4), normal(3, 2)), call(A, normal(2, 4), normal(1)), call(A, normal(4)), call(A[0], normal(4)),
    call(A, normal(2, 4), normal(3), _raises="The expanded size of the tensor (2) must match the existing size (3) at non-si"),
    call(A, normal(2, 3), _raises="mat1 and mat2 shapes cannot be multiplied (3x4 and 3x2)"),
]  # fmt: skip
TIMES = normal(5, 2, 3)
TBC = [
    call(TIMES, normal(3, 3, 4), normal(4)), call(TIMES, normal(2, 3, 4), normal(4), 1), call(TIMES, normal(1, 3, 2), normal(2), pad=2),
    call(TIMES, normal(3, 2, 4), normal(4), _raises="Input dim 2 (input channels) is not == dim 1 in the weight tensor"),
    call(TIMES, normal(3, 3, 4), normal(3), _raises="Bias size must equal dim 2 in the weight tensor (output channels)."),
    call(TIMES[0], normal(3, 3, 4), normal(4), _raises="Input must have 3 dims: time, batch, in_channel"),
]  # fmt: skip


def cells(gates, pair=False):
    """Calls of a recurrent cell."""
    x, h, w, u, b, c = (
        normal(2, 3),
        normal(2, 4),
        normal(gates * 4, 3),
        normal(gates * 4, 4),
        normal(gates * 4),
        normal(gates * 4),
    )
    state = (h, normal(2, 4)) if pair else h
    return [
        call(x, state, w, u), call(x, state, w, u, b, c),
        call(x, state, w[1:], u, _raises=f"weight_ih first dim must be {gates} * hidden_size = {4 * gates}, but got"),
        call(x[:1], state, w, u, _raises="Input batch size 1 doesn't match hidden0 batch size 2"),
        call(x[0], state, w, u, _raises="Dimension out of range (expected to be in range of [-1, 0], but got 1)"),
        call(x, state, w[:, :2], u, _raises="input has inconsistent input_size: got 3 expected 2"),
    ]  # fmt: skip


CALLS = {
    "nn.functional.scaled_dot_product_attention": ATTENTION,
    "nn.functional.multi_head_attention_forward": MANY,
    "nn.functional.bilinear": BILINEAR,
    "bilinear": BILINEAR[:2],
    "nn.functional.linear": LINEAR,
    "nn.functional.conv_tbc": TBC,
    "conv_tbc": TBC[:1],
    "lstm_cell": cells(4, pair=True),
    "gru_cell": cells(3),
    "rnn_tanh_cell": cells(1),
    "rnn_relu_cell": cells(1),
}

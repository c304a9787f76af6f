"""Attention of several heads, as a module."""

from __future__ import annotations

from typing import Any

from wengert import errors
from wengert.core.tensor import Tensor
from wengert.functions.making.creation import empty
from wengert.nn import functional, init
from wengert.nn.modules.linear import Linear
from wengert.nn.modules.module import Module
from wengert.nn.parameter import Parameter


class NonDynamicallyQuantizableLinear(Linear):
    """A `Linear` under the name that PyTorch shows inside of attention."""


class MultiheadAttention(Module):
    """Attention of several heads, with maps before and after it (Vaswani et al. 2017).

    >>> import wengert as torch
    >>> x = torch.ones(3, 2, 4)
    >>> out, weights = torch.nn.MultiheadAttention(4, 2)(x, x, x)
    >>> out.shape, weights.shape
    (torch.Size([3, 2, 4]), torch.Size([2, 3, 3]))

    Args:
        embed_dim: how many features query and result have.
        num_heads: how many heads; each has its part of the features.
        dropout: how likely a weight is dropped.
        bias: whether to learn biases of the maps.
        add_bias_kv: whether to learn one more key and value.
        add_zero_attn: whether to have one more key and value of zeros.
        kdim: how many features keys have, if not embed_dim.
        vdim: how many features values have, if not embed_dim.
        batch_first: whether the batch is the first dimension, not the second.
        device: the CPU.
        dtype: of the parameters.
    """

    in_proj_weight: Tensor | None
    in_proj_bias: Tensor | None
    q_proj_weight: Tensor | None
    k_proj_weight: Tensor | None
    v_proj_weight: Tensor | None
    bias_k: Tensor | None
    bias_v: Tensor | None

    def __init__(
        self, embed_dim: int, num_heads: int, dropout: float = 0.0, bias: bool = True, add_bias_kv: bool = False,
        add_zero_attn: bool = False, kdim: int | None = None, vdim: int | None = None, batch_first: bool = False,
        device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        if embed_dim <= 0 or num_heads <= 0:
            raise errors.ArgumentError(
                f"embed_dim and num_heads must be greater than 0, got embed_dim={embed_dim} and num_heads={num_heads} "
                "instead"
            )
        super().__init__()
        self.embed_dim = embed_dim
        self.kdim = embed_dim if kdim is None else kdim
        self.vdim = embed_dim if vdim is None else vdim
        self._qkv_same_embed_dim = self.kdim == self.vdim == embed_dim
        self.num_heads = num_heads
        self.dropout = dropout
        self.batch_first = batch_first
        self.head_dim = embed_dim // num_heads
        if embed_dim % num_heads:
            raise errors.CheckError("embed_dim must be divisible by num_heads")
        self._make_maps(bias, device, dtype)
        self.add_zero_attn = add_zero_attn
        if add_bias_kv:
            self.bias_k = Parameter(empty((1, 1, embed_dim), device=device, dtype=dtype))
            self.bias_v = Parameter(empty((1, 1, embed_dim), device=device, dtype=dtype))
        else:
            self.bias_k = self.bias_v = None
        self._reset_parameters()

    def _make_maps(self, bias: bool, device: Any, dtype: Any) -> None:
        size = self.embed_dim
        shapes: dict[str, tuple[int, ...]] = {
            "q_proj_weight": (size, size), "k_proj_weight": (size, self.kdim), "v_proj_weight": (size, self.vdim),
            "in_proj_weight": (3 * size, size),
        }  # fmt: skip
        if self._qkv_same_embed_dim:
            shapes = {name: shapes[name] for name in reversed(shapes)}
        for name, shape in shapes.items():
            wanted = (name == "in_proj_weight") == self._qkv_same_embed_dim
            self.register_parameter(name, Parameter(empty(shape, device=device, dtype=dtype)) if wanted else None)
        made = Parameter(empty(3 * size, device=device, dtype=dtype)) if bias else None
        self.register_parameter("in_proj_bias", made)
        self.out_proj = NonDynamicallyQuantizableLinear(size, size, bias, device, dtype)

    def _reset_parameters(self) -> None:
        for weight in (self.in_proj_weight, self.q_proj_weight, self.k_proj_weight, self.v_proj_weight):
            if weight is not None:
                init.xavier_uniform_(weight)
        if self.in_proj_bias is not None and self.out_proj.bias is not None:
            init.zeros_(self.in_proj_bias)
            init.zeros_(self.out_proj.bias)
        for more in (self.bias_k, self.bias_v):
            if more is not None:
                init.xavier_normal_(more)

    def forward(
        self, query: Tensor, key: Tensor, value: Tensor, key_padding_mask: Tensor | None = None,
        need_weights: bool = True, attn_mask: Tensor | None = None, average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Tensor, Tensor | None]:  # fmt: skip
        turned = self.batch_first and query.ndim == 3
        if turned:
            query, key, value = swapped(query, key, value)
        out, weights = functional.multi_head_attention_forward(
            query, key, value, self.embed_dim, self.num_heads, self.in_proj_weight, self.in_proj_bias, self.bias_k,
            self.bias_v, self.add_zero_attn, self.dropout, self.out_proj.weight, self.out_proj.bias,
            training=self.training, key_padding_mask=key_padding_mask, need_weights=need_weights, attn_mask=attn_mask,
            use_separate_proj_weight=not self._qkv_same_embed_dim, q_proj_weight=self.q_proj_weight,
            k_proj_weight=self.k_proj_weight, v_proj_weight=self.v_proj_weight,
            average_attn_weights=average_attn_weights, is_causal=is_causal,
        )  # fmt: skip
        return (out.transpose(0, 1) if turned else out), weights


def swapped(query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """All three with the batch as the second dimension; what is one tensor stays one."""
    first = query.transpose(0, 1)
    second = first if key is query else key.transpose(0, 1)
    third = first if value is query else second if value is key else value.transpose(0, 1)
    return first, second, third

"""Transformers: layers of attention and small networks, for encoding and for decoding (Vaswani et al. 2017)."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from wengert import errors
from wengert.core.modes import recording
from wengert.dtypes import bool_
from wengert.functions.elementwise.bent import (
    gelu,
)
from wengert.functions.making.creation import full
from wengert.nn import init
from wengert.nn.modules.attention import MultiheadAttention
from wengert.nn.modules.container import ModuleList
from wengert.nn.modules.dropout import Dropout
from wengert.nn.modules.linear import Linear
from wengert.nn.modules.module import Module
from wengert.nn.modules.normalisation import LayerNorm
from wengert.ops.pointwise import relu

if TYPE_CHECKING:
    from wengert.core.tensor import Tensor

ACTIVATIONS = {"relu": relu, "gelu": gelu}


def activation_of(activation: Any) -> Any:
    """The function of a name; others as they are."""
    if not isinstance(activation, str):
        return activation
    if activation not in ACTIVATIONS:
        raise errors.ShapeError(f"activation should be relu/gelu, not {activation}")
    return ACTIVATIONS[activation]


def clones(layer: Module, count: int) -> ModuleList:
    """Copies of a layer, which begin with the same parameters."""
    return ModuleList([copy.deepcopy(layer) for _ in range(count)])


class TransformerLayer(Module):
    """What layers of encoders and decoders share: attention to itself, and a network of two linear layers."""

    def __init__(
        self, others: int, d_model: int, nhead: int, dim_feedforward: int, dropout: float, activation: Any,
        layer_norm_eps: float, batch_first: bool, norm_first: bool, bias: bool, device: Any, dtype: Any,
    ) -> None:  # fmt: skip
        super().__init__()
        options = {"bias": bias, "device": device, "dtype": dtype}
        for name in ("self_attn", "multihead_attn")[: 1 + others]:
            attention = MultiheadAttention(d_model, nhead, dropout=dropout, batch_first=batch_first, **options)
            setattr(self, name, attention)
        self.linear1 = Linear(d_model, dim_feedforward, **options)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, **options)
        self.norm_first = norm_first
        for i in range(1, 3 + others):
            setattr(self, f"norm{i}", LayerNorm(d_model, eps=layer_norm_eps, **options))
        for i in range(1, 3 + others):
            setattr(self, f"dropout{i}", Dropout(dropout))
        self.activation = activation_of(activation)

    def around(self, x: Any, norm: Any, block: Any) -> Any:
        """What a block adds to x; the norm comes before the block, or after the sum."""
        return x + block(norm(x)) if self.norm_first else norm(x + block(x))

    def attend(self, attention: Any, dropout: Any, x: Any, memory: Any, mask: Any, padding: Any, causal: bool) -> Any:
        """Attention of x to a memory, some of it dropped."""
        found, _ = attention(
            x, memory, memory, attn_mask=mask, key_padding_mask=padding, need_weights=False, is_causal=causal
        )
        return dropout(found)

    def feed_forward(self, x: Any, dropout: Any) -> Any:
        """The network of two layers, some of it dropped."""
        return dropout(self.linear2(self.dropout(self.activation(self.linear1(x)))))


class TransformerEncoderLayer(TransformerLayer):
    """One layer of an encoder.

    >>> import wengert as torch
    >>> layer = torch.nn.TransformerEncoderLayer(8, 2, dim_feedforward=16, batch_first=True)
    >>> layer(torch.ones(3, 5, 8)).shape
    torch.Size([3, 5, 8])

    Args:
        d_model: how many features inputs and outputs have.
        nhead: how many heads the attention has.
        dim_feedforward: how wide the network between is.
        dropout: how much is dropped in training.
        activation: "relu", "gelu" or a function.
        layer_norm_eps: added to variances.
        batch_first: whether inputs are (N, T, E) in place of (T, N, E).
        norm_first: whether the norms come before attention and network.
        bias: whether to learn biases.
        device: the CPU.
        dtype: of the parameters.
    """

    def __init__(
        self, d_model: int, nhead: int, dim_feedforward: int = 2048, dropout: float = 0.1, activation: Any = relu,
        layer_norm_eps: float = 1e-5, batch_first: bool = False, norm_first: bool = False, bias: bool = True,
        device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(
            0, d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps, batch_first, norm_first, bias,
            device, dtype,
        )  # fmt: skip

    def forward(
        self, src: Tensor, src_mask: Any = None, src_key_padding_mask: Any = None, is_causal: bool = False
    ) -> Any:
        x = self.around(
            src,
            self.norm1,
            lambda y: self.attend(self.self_attn, self.dropout1, y, y, src_mask, src_key_padding_mask, is_causal),
        )
        return self.around(x, self.norm2, lambda y: self.feed_forward(y, self.dropout2))

    def may_leave_padding_away(self) -> bool:
        """Whether PyTorch has a kernel for the layer, which knows where sequences end."""
        attention = self.self_attn
        return (
            attention.batch_first and attention.num_heads % 2 == 0 and attention.in_proj_bias is not None
            and not self.norm_first and self.activation in ACTIVATIONS.values() and self.norm1.eps == self.norm2.eps
        )  # fmt: skip


class TransformerDecoderLayer(TransformerLayer):
    """One layer of a decoder: as of an encoder, with attention to what an encoder made in between.

    >>> import wengert as torch
    >>> layer = torch.nn.TransformerDecoderLayer(8, 2, dim_feedforward=16)
    >>> layer(torch.ones(5, 3, 8), torch.ones(4, 3, 8)).shape
    torch.Size([5, 3, 8])

    Args as for `TransformerEncoderLayer`.
    """

    def __init__(
        self, d_model: int, nhead: int, dim_feedforward: int = 2048, dropout: float = 0.1, activation: Any = relu,
        layer_norm_eps: float = 1e-5, batch_first: bool = False, norm_first: bool = False, bias: bool = True,
        device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(
            1, d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps, batch_first, norm_first, bias,
            device, dtype,
        )  # fmt: skip

    def forward(
        self, tgt: Tensor, memory: Tensor, tgt_mask: Any = None, memory_mask: Any = None,
        tgt_key_padding_mask: Any = None, memory_key_padding_mask: Any = None, tgt_is_causal: bool = False,
        memory_is_causal: bool = False,
    ) -> Any:  # fmt: skip
        def to_itself(y: Any) -> Any:
            return self.attend(self.self_attn, self.dropout1, y, y, tgt_mask, tgt_key_padding_mask, tgt_is_causal)

        def to_memory(y: Any) -> Any:
            return self.attend(
                self.multihead_attn, self.dropout2, y, memory, memory_mask, memory_key_padding_mask, memory_is_causal
            )

        x = self.around(tgt, self.norm1, to_itself)
        x = self.around(x, self.norm2, to_memory)
        return self.around(x, self.norm3, lambda y: self.feed_forward(y, self.dropout3))


class TransformerEncoder(Module):
    """Copies of an encoder's layer, one after another.

    >>> import wengert as torch
    >>> layer = torch.nn.TransformerEncoderLayer(8, 2, dim_feedforward=16)
    >>> torch.nn.TransformerEncoder(layer, num_layers=2)(torch.ones(5, 3, 8)).shape
    torch.Size([5, 3, 8])

    Args:
        encoder_layer: what is copied.
        num_layers: how often.
        norm: a last norm, or None.
        enable_nested_tensor: whether what is computed for padding at the end of sequences is 0 where nothing is
            learned; PyTorch leaves it away there, for layers as they are by default but for `batch_first=True`.
        mask_check: whether that is asked of the mask, or taken for granted.
    """

    def __init__(
        self, encoder_layer: Module, num_layers: int, norm: Module | None = None, enable_nested_tensor: bool = True,
        mask_check: bool = True,
    ) -> None:  # fmt: skip
        super().__init__()
        self.layers = clones(encoder_layer, num_layers)
        self.num_layers = num_layers
        self.norm = norm
        self.enable_nested_tensor = enable_nested_tensor
        self.mask_check = mask_check

    def forward(
        self, src: Tensor, mask: Any = None, src_key_padding_mask: Any = None, is_causal: bool | None = None
    ) -> Any:
        x: Any = src
        for layer in self.layers:
            x = layer(x, src_mask=mask, src_key_padding_mask=src_key_padding_mask, is_causal=bool(is_causal))
        if src_key_padding_mask is not None and mask is None and self._leaves_padding_away(src):
            x = x.masked_fill(self._padding(src_key_padding_mask).unsqueeze(-1), 0.0)
        return x if self.norm is None else self.norm(x)

    def _leaves_padding_away(self, src: Tensor) -> bool:
        first = self.layers[0]
        if (
            not self.enable_nested_tensor
            or self.training
            or src.ndim != 3
            or not isinstance(first, TransformerEncoderLayer)
        ):
            return False
        learns = recording() and (src.requires_grad or any(p.requires_grad for p in self.parameters()))
        return not learns and first.may_leave_padding_away()

    def _padding(self, padding: Any) -> Any:
        """What lies behind the end of its sequence; nowhere if there is padding before an end."""
        if padding.dtype is not bool_:
            padding = padding != 0
        if not self.mask_check:
            return padding
        return padding & ~(padding[:, :-1] & ~padding[:, 1:]).any()


class TransformerDecoder(Module):
    """Copies of a decoder's layer, one after another.

    >>> import wengert as torch
    >>> layer = torch.nn.TransformerDecoderLayer(8, 2, dim_feedforward=16)
    >>> torch.nn.TransformerDecoder(layer, num_layers=2)(torch.ones(5, 3, 8), torch.ones(4, 3, 8)).shape
    torch.Size([5, 3, 8])
    """

    def __init__(self, decoder_layer: Module, num_layers: int, norm: Module | None = None) -> None:
        super().__init__()
        self.layers = clones(decoder_layer, num_layers)
        self.num_layers = num_layers
        self.norm = norm

    def forward(
        self, tgt: Tensor, memory: Tensor, tgt_mask: Any = None, memory_mask: Any = None,
        tgt_key_padding_mask: Any = None, memory_key_padding_mask: Any = None, tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Any:  # fmt: skip
        x: Any = tgt
        for layer in self.layers:
            x = layer(
                x, memory, tgt_mask=tgt_mask, memory_mask=memory_mask, tgt_key_padding_mask=tgt_key_padding_mask,
                memory_key_padding_mask=memory_key_padding_mask, tgt_is_causal=bool(tgt_is_causal),
                memory_is_causal=memory_is_causal,
            )  # fmt: skip
        return x if self.norm is None else self.norm(x)


class Transformer(Module):
    """An encoder and a decoder.

    >>> import wengert as torch
    >>> model = torch.nn.Transformer(8, 2, 1, 1, dim_feedforward=16)
    >>> model(torch.ones(4, 3, 8), torch.ones(5, 3, 8)).shape
    torch.Size([5, 3, 8])

    Args:
        d_model: how many features inputs and outputs have.
        nhead: how many heads the attention has.
        num_encoder_layers, num_decoder_layers: how many layers there are.
        dim_feedforward, dropout, activation, layer_norm_eps, batch_first, norm_first, bias, device, dtype: of them.
        custom_encoder, custom_decoder: modules in place of the usual ones.

    Raises:
        RuntimeError: if source and target do not fit.
    """

    def __init__(
        self, d_model: int = 512, nhead: int = 8, num_encoder_layers: int = 6, num_decoder_layers: int = 6,
        dim_feedforward: int = 2048, dropout: float = 0.1, activation: Any = relu, custom_encoder: Any = None,
        custom_decoder: Any = None, layer_norm_eps: float = 1e-5, batch_first: bool = False, norm_first: bool = False,
        bias: bool = True, device: Any = None, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__()
        of_layers = (
            d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps, batch_first, norm_first, bias, device,
            dtype,
        )  # fmt: skip

        def norm() -> LayerNorm:
            return LayerNorm(d_model, eps=layer_norm_eps, bias=bias, device=device, dtype=dtype)

        self.encoder = custom_encoder
        if custom_encoder is None:
            self.encoder = TransformerEncoder(TransformerEncoderLayer(*of_layers), num_encoder_layers, norm())
        self.decoder = custom_decoder
        if custom_decoder is None:
            self.decoder = TransformerDecoder(TransformerDecoderLayer(*of_layers), num_decoder_layers, norm())
        self._reset_parameters()
        self.d_model = d_model
        self.nhead = nhead
        self.batch_first = batch_first

    def forward(
        self, src: Tensor, tgt: Tensor, src_mask: Any = None, tgt_mask: Any = None, memory_mask: Any = None,
        src_key_padding_mask: Any = None, tgt_key_padding_mask: Any = None, memory_key_padding_mask: Any = None,
        src_is_causal: bool | None = None, tgt_is_causal: bool | None = None, memory_is_causal: bool = False,
    ) -> Any:  # fmt: skip
        batch = 0 if self.batch_first else 1
        if src.ndim == 3 and src.shape[batch] != tgt.shape[batch]:
            raise errors.ShapeError("the batch number of src and tgt must be equal")
        if src.shape[-1] != self.d_model or tgt.shape[-1] != self.d_model:
            raise errors.ShapeError("the feature number of src and tgt must be equal to d_model")
        memory = self.encoder(src, mask=src_mask, src_key_padding_mask=src_key_padding_mask, is_causal=src_is_causal)
        return self.decoder(
            tgt, memory, tgt_mask=tgt_mask, memory_mask=memory_mask, tgt_key_padding_mask=tgt_key_padding_mask,
            memory_key_padding_mask=memory_key_padding_mask, tgt_is_causal=tgt_is_causal,
            memory_is_causal=memory_is_causal,
        )  # fmt: skip

    @staticmethod
    def generate_square_subsequent_mask(sz: int, device: Any = None, dtype: Any = None) -> Any:
        """-inf above the diagonal: nobody attends to what comes later."""
        return full((sz, sz), float("-inf"), dtype=dtype, device=device).triu(1)

    def _reset_parameters(self) -> None:
        for parameter in self.parameters():
            if parameter.ndim > 1:
                init.xavier_uniform_(parameter)

"""Attention of several heads, with the maps before and after it."""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np

from wengert import dtypes, errors
from wengert.core.families import shape_of
from wengert.core.levels import numpy_dtype
from wengert.core.places import warn
from wengert.core.tensor import Tensor, wrap
from wengert.functions.linalg.products import matmul
from wengert.functions.neural import noise
from wengert.functions.neural.attention import attended
from wengert.functions.neural.padding import padded
from wengert.functions.neural.softmax import linear, softmax
from wengert.functions.reducing.reductions import mean
from wengert.ops import pointwise as p
from wengert.ops import structural as s
from wengert.ops.contraction import matrix_transpose


def multi_head_attention_forward(  # noqa: PLR0917  PyTorch's signature
    query: Tensor, key: Tensor, value: Tensor, embed_dim_to_check: int, num_heads: int,
    in_proj_weight: Tensor | None, in_proj_bias: Tensor | None, bias_k: Tensor | None, bias_v: Tensor | None,
    add_zero_attn: bool, dropout_p: float, out_proj_weight: Tensor, out_proj_bias: Tensor | None,
    training: bool = True, key_padding_mask: Tensor | None = None, need_weights: bool = True,
    attn_mask: Tensor | None = None, use_separate_proj_weight: bool = False, q_proj_weight: Tensor | None = None,
    k_proj_weight: Tensor | None = None, v_proj_weight: Tensor | None = None, static_k: Tensor | None = None,
    static_v: Tensor | None = None, average_attn_weights: bool = True, is_causal: bool = False,
) -> tuple[Tensor, Tensor | None]:  # fmt: skip
    """Attention of several heads (Vaswani et al. 2017): what is attended to, and how much.

    >>> import wengert as torch
    >>> x, square = torch.ones(2, 1, 2), torch.eye(2)
    >>> out, weights = torch.nn.functional.multi_head_attention_forward(
    ...     x, x, x, 2, 1, torch.cat([square] * 3), None, None, None, False, 0.0, square, None)
    >>> out.shape, weights
    (torch.Size([2, 1, 2]), tensor([[[0.5000, 0.5000],
             [0.5000, 0.5000]]]))

    Args:
        query: of shape (L, N, E), or (L, E).
        key: of shape (S, N, E'), or (S, E').
        value: of shape (S, N, E''), or (S, E'').
        embed_dim_to_check: E.
        num_heads: how many heads; each has E / num_heads of the features.
        in_proj_weight: of shape (3 * E, E): the maps of query, key and value, one below the other.
        in_proj_bias: of shape (3 * E,), or None.
        bias_k: one more key, of shape (1, 1, E), or None.
        bias_v: one more value.
        add_zero_attn: whether to have one more key and value of zeros.
        dropout_p: how likely a weight is dropped, when training.
        out_proj_weight: of shape (E, E): the map of what comes out.
        out_proj_bias: of shape (E,), or None.
        training: whether to drop weights.
        key_padding_mask: which keys not to attend to, of shape (N, S) or (S,); or what to add to their scores.
        need_weights: whether to give the weights too.
        attn_mask: which keys each query is not to attend to, of shape (L, S) or (N * num_heads, L, S); or what to add.
        use_separate_proj_weight: whether the maps of query, key and value are given one by one.
        q_proj_weight: the map of the query.
        k_proj_weight: the map of the key.
        v_proj_weight: the map of the value.
        static_k: the keys as they come after their map, of shape (N * num_heads, S, E / num_heads).
        static_v: the values, the same.
        average_attn_weights: whether the weights are the means over the heads.
        is_causal: says that attn_mask lets each query see what comes before it only.
    """
    is_batch = _check_ranks(query, key, value, key_padding_mask, attn_mask)
    if not is_batch:
        query, key, value = (s.keep_axes(x, (1,)) for x in (query, key, value))
        key_padding_mask = None if key_padding_mask is None else s.keep_axes(key_padding_mask, (0,))
    length, count, features = shape_of(query)
    if is_causal and attn_mask is None:
        raise errors.ShapeError(
            "Need attn_mask if specifying the is_causal hint. You may use the Transformer module method "
            "`generate_square_subsequent_mask` to create this mask."
        )
    _check_features(query, key, value, (embed_dim_to_check, num_heads), use_separate_proj_weight)
    masks = _masks(attn_mask, key_padding_mask, numpy_dtype(query))
    maps = (q_proj_weight, k_proj_weight, v_proj_weight) if use_separate_proj_weight else None
    q, k, v = _mapped((query, key, value), in_proj_weight, in_proj_bias, maps)
    _check_mask(masks[0], (length, shape_of(key)[0]), count * num_heads)
    k, v, masks = _with_biases(k, v, (bias_k, bias_v), masks)
    q, k, v = (_by_head(x, num_heads) for x in (q, k, v))
    k, v = (own if given is None else given for own, given in ((k, static_k), (v, static_v)))
    if add_zero_attn:
        k, v = (padded(x, {1: (0, 1)}) for x in (k, v))
        masks = [None if m is None else padded(m, {len(shape_of(m)) - 1: (0, 1)}) for m in masks]
    mask = _joined(masks, num_heads)
    weights, out = _attended((q, k, v), mask, dropout_p if training else 0.0, shown=need_weights)
    out = s.reshape(s.permute(out, (1, 0, 2)), (length, count, features))
    out = linear(out, out_proj_weight, out_proj_bias)
    found = _shown(weights, count, num_heads, average=average_attn_weights) if need_weights else None
    if not is_batch:
        out = s.reshape(out, (length, shape_of(out)[2]))
        found = None if found is None else s.reshape(found, shape_of(found)[1:])
    return out, found


def _attended(heads: Any, mask: Any, dropout_p: float, *, shown: bool) -> tuple[Any, Any]:
    """The weights of each head, and the means of the values; where nothing may be seen, 0 if no weights are shown."""
    q, k, v = heads
    scores = matmul(p.multiply(q, sqrt(1 / shape_of(q)[2])), matrix_transpose(k))
    some = None
    if mask is None or shown:
        weights = softmax(scores if mask is None else p.add(scores, mask), 2)
    else:
        weights, some = attended(scores, mask)
    if dropout_p:
        weights = noise.dropped(weights, dropout_p, True, shape_of(weights), inplace=False, name="dropout")
    found = matmul(weights, v)
    return weights, found if some is None else p.where(some, found, 0)


def _shown(weights: Any, count: int, heads: int, *, average: bool) -> Any:
    shape = shape_of(weights)
    each = s.reshape(weights, (count, heads, *shape[1:]))
    return mean(each, 1) if average else each


# ------------------------------------------------------------------------ what fits


def _check_ranks(query: Any, key: Any, value: Any, padding: Any, mask: Any) -> bool:
    ranks = [len(shape_of(x)) for x in (query, key, value)]
    if ranks[0] not in (2, 3):
        raise errors.CheckError(
            f"query should be unbatched 2D or batched 3D tensor but received {ranks[0]}-D query tensor"
        )
    batched = ranks[0] == 3
    words = "batched (3-D)" if batched else "unbatched (2-D)"
    if ranks[1] != ranks[0] or ranks[2] != ranks[0]:
        raise errors.CheckError(
            f"For {words} `query`, expected `key` and `value` to be {ranks[0]}-D but found {ranks[1]}-D and "
            f"{ranks[2]}-D tensors respectively"
        )
    if padding is not None and len(shape_of(padding)) != ranks[0] - 1:
        raise errors.CheckError(
            f"For {words} `query`, expected `key_padding_mask` to be `None` or {ranks[0] - 1}-D but found "
            f"{len(shape_of(padding))}-D tensor instead"
        )
    if mask is not None and len(shape_of(mask)) not in (2, 3):
        raise errors.CheckError(
            f"For {words} `query`, expected `attn_mask` to be `None`, 2-D or 3-D but found {len(shape_of(mask))}-D "
            "tensor instead"
        )
    return batched


def _check_features(query: Any, key: Any, value: Any, sizes: tuple[int, int], separate: bool) -> None:
    features, (wanted, heads) = shape_of(query)[2], sizes
    if not dtypes.of_numpy(numpy_dtype(query)).is_floating_point:
        raise errors.DtypeError(
            errors.advice(
                f"expected m1 and m2 to have the same dtype, but got: float != {dtypes.of_numpy(numpy_dtype(query))}",
                "convert with .float() first.",
            )
        )
    if features != wanted:
        raise errors.CheckError(f"was expecting embedding dimension of {wanted}, but got {features}")
    if features % heads:
        raise errors.CheckError(f"embed_dim {features} not divisible by num_heads {heads}")
    first, second = shape_of(key), shape_of(value)
    if separate and first[:2] != second[:2]:
        raise errors.CheckError(
            f"key's sequence and batch dims torch.Size({list(first[:2])}) do not match value's "
            f"torch.Size({list(second[:2])})"
        )
    if not separate and first != second:
        raise errors.CheckError(
            f"key shape torch.Size({list(first)}) does not match value shape torch.Size({list(second)})"
        )


def _check_mask(mask: Any, square: tuple[int, int], heads: int) -> None:
    if mask is None:
        return
    shape = shape_of(mask)
    wanted = square if len(shape) == 2 else (heads, *square)
    if shape != wanted:
        raise errors.ShapeError(
            f"The shape of the {len(shape)}D attn_mask is torch.Size({list(shape)}), but should be {wanted}."
        )


# ------------------------------------------------------------------------ masks


def _masks(attention: Any, padding: Any, own: Any) -> list[Any]:
    """Both masks as numbers to add."""
    if padding is not None and attention is not None and numpy_dtype(padding) != numpy_dtype(attention):
        warn(
            "Support for mismatched key_padding_mask and attn_mask is deprecated. Use same type for both instead.",
            UserWarning,
        )
    return [_added("attn_mask", attention, own), _added("key_padding_mask", padding, own)]


def _added(name: str, mask: Any, own: Any) -> Any:
    if mask is None:
        return None
    kind = dtypes.of_numpy(numpy_dtype(mask))
    if kind is dtypes.bool_:
        return p.where(mask, wrap(np.asarray(-np.inf, own)), wrap(np.zeros((), own)))
    if not kind.is_floating_point:
        raise errors.CheckError(f"only bool and floating types of {name} are supported")
    return mask


def _joined(masks: list[Any], heads: int) -> Any:
    """One mask for all scores, of shape (N * heads or 1, L or 1, S)."""
    attention, padding = masks
    if padding is not None:
        count, length = shape_of(padding)
        wide = s.broadcast_to(s.reshape(padding, (count, 1, 1, length)), (count, heads, 1, length))
        padding = s.reshape(wide, (count * heads, 1, length))
    if attention is None or padding is None:
        return padding if attention is None else attention
    return p.add(attention, padding)


# ------------------------------------------------------------------------ maps


def _mapped(inputs: Any, weight: Any, bias: Any, maps: Any) -> list[Any]:
    """Query, key and value after their maps."""
    query, key, value = inputs
    features = shape_of(query)[2]
    names = ("use_separate_proj_weight is False but in_proj_weight is None",) if maps is None else tuple(
        f"use_separate_proj_weight is True but {word}_proj_weight is None" for word in "qkv"
    )  # fmt: skip
    for name, given in zip(names, (weight,) if maps is None else maps, strict=True):
        if given is None:
            raise errors.CheckError(name)
    if maps is None and query is key is value:  # one product for all three
        whole = linear(query, weight, bias)
        return [s.narrow(whole, 2, k * features, (k + 1) * features) for k in range(3)]
    parts = maps or [s.narrow(weight, 0, k * features, (k + 1) * features) for k in range(3)]
    biases = [None if bias is None else s.narrow(bias, 0, k * features, (k + 1) * features) for k in range(3)]
    return [linear(x, w, b) for x, w, b in zip(inputs, parts, biases, strict=True)]


def _with_biases(k: Any, v: Any, biases: Any, masks: list[Any]) -> tuple[Any, Any, list[Any]]:
    """Keys and values with one more of each, which every query may attend to."""
    if (biases[0] is None) != (biases[1] is None):
        given, missing = ("bias_v", "bias_k") if biases[0] is None else ("bias_k", "bias_v")
        raise errors.CheckError(f"{given} is set but {missing} is None")
    if biases[0] is None:
        return k, v, masks
    more = []
    for x, bias in ((k, biases[0]), (v, biases[1])):
        _, count, features = shape_of(x)
        more.append(s.concat([x, s.broadcast_to(bias, (1, count, features))], 0))
    wider = [None if m is None else padded(m, {len(shape_of(m)) - 1: (0, 1)}) for m in masks]
    return more[0], more[1], wider


def _by_head(x: Any, heads: int) -> Any:
    """From (S, N, E) to (N * heads, S, E / heads)."""
    length, count, features = shape_of(x)
    return s.permute(s.reshape(x, (length, count * heads, features // heads)), (1, 0, 2))

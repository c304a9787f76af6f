"""Attention: means of values, weighted by how well their keys fit a query."""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np

from wengert import dtypes, errors
from wengert.core.families import shape_of
from wengert.core.fusing import fused
from wengert.core.levels import numpy_dtype
from wengert.core.tensor import Tensor, wrap
from wengert.functions.halves import in_float32, is_half
from wengert.functions.linalg.products import matmul
from wengert.functions.neural import noise
from wengert.functions.neural.softmax import softmax
from wengert.ops import pointwise as p
from wengert.ops import reduction
from wengert.ops import structural as s
from wengert.ops.contraction import matrix_transpose
from wengert.ops.refusals import no_kernel, refuse


def scaled_dot_product_attention(
    query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None = None, dropout_p: float = 0.0,
    is_causal: bool = False, scale: float | None = None, enable_gqa: bool = False,
) -> Tensor:  # fmt: skip
    """softmax(query @ key.T * scale + mask) @ value.

    >>> import wengert as torch
    >>> query, key = torch.zeros(1, 2), torch.ones(3, 2)
    >>> torch.nn.functional.scaled_dot_product_attention(query, key, torch.tensor([[1.0], [2.0], [6.0]]))
    tensor([[3.]])

    Args:
        query: of shape (..., L, E).
        key: of shape (..., S, E).
        value: of shape (..., S, V).
        attn_mask: what may be attended to (true), or what to add to the scores; broadcasts to (..., L, S).
        dropout_p: how likely a weight is dropped.
        is_causal: whether the i-th query attends to the first i keys only.
        scale: 1 / sqrt(E) if it is not said.
        enable_gqa: whether several heads of the query (its third dimension from the end) share one of the others.

    A query that may attend to nothing gets zeros.
    """
    _check(query, key, value, attn_mask, is_causal)
    if is_half(query):
        return in_float32(  # type: ignore[no-any-return]
            scaled_dot_product_attention, query, key, value, attn_mask, dropout_p, is_causal, scale, enable_gqa
        )
    if enable_gqa:
        key, value = _shared(query, key, value)
    factor = 1 / sqrt(shape_of(query)[-1]) if scale is None else scale
    if is_causal:
        attn_mask = wrap(np.tri(shape_of(query)[-2], shape_of(key)[-2], dtype=bool))
    if not dropout_p:
        return _means(query, key, value, attn_mask, factor)  # type: ignore[no-any-return]
    weights, some = _weights(query, key, attn_mask, factor)
    weights = noise.dropped(weights, dropout_p, True, shape_of(weights), inplace=False, name="dropout")
    return _mean(weights, some, value)  # type: ignore[no-any-return]


def _weights(query: Any, key: Any, mask: Any, factor: float) -> tuple[Any, Any]:
    return attended(matmul(p.multiply(query, factor), matrix_transpose(key)), mask)


def _scores(query: Any, key: Any, *rest: Any) -> int:
    """How many scores there are."""
    return s.size_of(query) // max(shape_of(query)[-1], 1) * shape_of(key)[-2]


@fused("ScaledDotProductFlashAttentionForCpu", work=_scores)
def _means(query: Any, key: Any, value: Any, mask: Any, factor: float) -> Any:
    return _mean(*_weights(query, key, mask, factor), value)


def _mean(weights: Any, some: Any, value: Any) -> Any:
    """The values by their weights; 0 where there are none. There are fewer results than weights to be made 0."""
    found = matmul(weights, value)
    return found if some is None else p.where(some, found, 0)


def attended(scores: Any, mask: Any) -> tuple[Any, Any]:
    """The softmax of masked scores over the last axis, and where any are left, the others being of no meaning; None if
    that is not asked for.
    """
    axis = len(shape_of(scores)) - 1
    if mask is None:
        return softmax(scores, axis), None
    if numpy_dtype(mask).kind == "b":
        open_ = mask
    else:
        open_ = p.greater(mask, -np.inf)
        mask = p.where(open_, mask, 0)
        scores = p.add(scores, mask)
    last = len(shape_of(mask)) - 1
    some = reduction.reduce_max(s.cast(open_, np.dtype(np.float32)), (last,)) if last >= 0 else None
    if some is None or not shape_of(mask)[last]:
        return softmax(scores, axis), None
    some = p.greater(s.keep_axes(some, (last,)), 0)
    lowest = wrap(np.array(-np.inf, numpy_dtype(scores)))
    closed = p.where(some, lowest, 0)  # where none is left all scores are equal, and none is NaN
    return softmax(p.where(open_, scores, closed), axis), some


def _name(x: Any) -> str:
    own = dtypes.of_numpy(numpy_dtype(x))
    return dtypes.C_NAMES[own]


def _check(query: Any, key: Any, value: Any, mask: Any, is_causal: bool) -> None:
    ranks = [len(shape_of(x)) for x in (query, key, value)]
    if len({numpy_dtype(x) for x in (query, key, value)}) > 1:
        raise errors.DtypeError(
            f"Expected query, key, and value to have the same dtype, but got query.dtype: {_name(query)} key.dtype: "
            f"{_name(key)} and value.dtype: {_name(value)} instead."
        )
    if min(ranks) < 2:
        raise errors.ShapeError(
            "Expected query, key, and value to all be  at least 2 dimensional, but got query.dim: "
            f"{ranks[0]} key.dim: {ranks[1]} and value.dim: {ranks[2]} instead."
        )
    refuse(numpy_dtype(query), no_kernel("softmax_lastdim_kernel_impl", "c"))
    if not dtypes.of_numpy(numpy_dtype(query)).is_floating_point:
        raise errors.DtypeError(
            errors.advice(
                f"expected m1 and m2 to have the same dtype, but got: float != {_name(query)}",
                "convert with .float() first.",
            )
        )
    if mask is None:
        return
    if numpy_dtype(mask).kind != "b" and numpy_dtype(mask) not in (numpy_dtype(query), np.dtype(np.float32)):
        raise errors.DtypeError(
            "Expected attn_mask dtype to be bool or float or to match query dtype, but got attn_mask.dtype: "
            f"{_name(mask)} and  query.dtype: {_name(query)} instead."
        )
    if is_causal:
        raise errors.ShapeError(
            "_scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True"
        )


def _shared(query: Any, key: Any, value: Any) -> tuple[Any, Any]:
    """The keys and values, repeated for the heads that share them."""
    heads = shape_of(query)[-3]
    repeated = []
    for x in (key, value):
        shape = shape_of(x)
        if heads % shape[-3]:
            raise errors.ShapeError("Number of heads in key and value must divide the number of heads in ")
        times = heads // shape[-3]
        wide = s.broadcast_to(s.keep_axes(x, (len(shape) - 2,)), (*shape[:-2], times, *shape[-2:]))
        repeated.append(s.reshape(wide, (*shape[:-3], heads, *shape[-2:])))
    return repeated[0], repeated[1]

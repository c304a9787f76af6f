"""Rows that bring numbers to mean 0 and variance 1, or to a sum of 1, over one set of axes or another."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from wengert.core.blocks import row_major
from wengert.core.buffers import empty
from wengert.core.families import general, shape_of
from wengert.core.threads import POOL
from wengert.errors import UnsupportedError
from wengert.ops.pointwise import exp, sqrt
from wengert.ops.refusals import Refusal, refuse
from wengert.ops.structural import broadcast_to, keep_axes, kept, reduce_sum, sum_kernel
from wengert.shapes import Shape, Spec, past

if TYPE_CHECKING:
    from collections.abc import Callable

BLOCK = 1 << 15
"""Elements that are taken at a time, so that they are still in the cache for the next step."""


def standardise_spec(x: Spec, axes: Shape, eps: float) -> tuple[Spec, Spec, Spec]:
    return x, x.without(axes), x.without(axes)


def standardised(xp: Any, x: Any, axes: Shape, eps: float, out: Any) -> tuple[Any, Any]:
    """Two passes: the squares are of differences from the mean, so nothing cancels."""
    count = prod(x.shape[axis] for axis in axes)
    mean = xp.asarray(sum_kernel(xp, x, axes) / x.dtype.type(count))
    xp.subtract(x, kept(mean, axes, x.ndim), out=out)
    variance = xp.asarray(sum_kernel(xp, out * out, axes) / x.dtype.type(count))
    out *= kept(xp.asarray(1 / xp.sqrt(variance + x.dtype.type(eps))), axes, x.ndim)
    return mean, variance


def standardise_kernel(xp: Any, x: Any, axes: Shape, eps: float) -> tuple[Any, Any, Any]:
    x = row_major(x)
    out = empty(x.shape, x.dtype)
    if not in_rows(x, axes):
        return out, *standardised(xp, x, axes, eps, out)
    lead = x.shape[: x.ndim - len(axes)]
    mean, variance = (xp.empty(prod(lead), x.dtype) for _ in range(2))

    def some(rows: slice, given: Any, made: Any) -> None:
        mean[rows], variance[rows] = standardised(xp, given, (1,), eps, made)

    by_rows(some, x, out, len(axes))
    return out, mean.reshape(lead), variance.reshape(lead)


def in_rows(x: Any, axes: Shape) -> bool:
    """Whether axes are the last ones of an array that is worth taking some rows at a time."""
    return x.size > BLOCK and axes == tuple(range(x.ndim - len(axes), x.ndim))


def by_rows(function: Callable[[slice, Any, Any], None], x: Any, out: Any, count: int) -> None:
    """Call a function of which rows these are, the rows of x, and those of out; `count` axes make a row."""
    width = prod(x.shape[x.ndim - count :])
    given, made = x.reshape(-1, width), out.reshape(-1, width)
    step = max(BLOCK // width, 1)

    def piece(number: int) -> None:
        rows = slice(number * step, (number + 1) * step)
        function(rows, given[rows], made[rows])

    POOL.run(piece, -(-len(given) // step))


def sum_over(x: Any, axes: Shape) -> Any:
    """The sum over some axes, which stay with size 1."""
    return keep_axes(reduce_sum(x, axes), axes)


def mean_over(x: Any, axes: Shape) -> Any:
    """The mean over some axes, which stay with size 1."""
    shape = shape_of(x)
    return sum_over(x, axes) / float(prod(shape[axis] for axis in axes))


def deviation(variance: Any, axes: Shape, eps: float) -> Any:
    """What the differences from the mean were divided by."""
    return keep_axes(sqrt(variance + eps), axes)


def standardise_pull(g: Any, x_spec: Spec, out: Any, axes: Shape, eps: float) -> Any:
    (gy, gm, gv), (y, _, variance) = g, out
    size = deviation(variance, axes, eps)
    count = float(max(prod(x_spec.shape[axis] for axis in axes), 1))
    total: Any = None
    if gy is not None:
        total = (gy - mean_over(gy, axes) - y * mean_over(gy * y, axes)) / size
    if gm is not None:
        each = broadcast_to(keep_axes(gm, axes) / count, x_spec.shape)
        total = each if total is None else total + each
    if gv is not None:
        each = y * (keep_axes(gv, axes) * size * (2 / count))
        total = each if total is None else total + each
    return total


def standardise_push(tangents: Any, operands: Any, out: Any, params: Any) -> Any:
    (dx,), (y, mean, variance), (axes, eps) = tangents, out, params
    size, moved = deviation(variance, axes, eps), mean_over(dx, axes)
    grown = mean_over(dx * y, axes)
    kept = shape_of(mean)
    flat = [(dx - moved - y * grown) / size, moved, 2 * grown * size]
    return flat[0], *(reduce_sum(part, axes) if shape_of(part) != kept else part for part in flat[1:])


standardise = general(
    "standardise",
    title="NativeBatchNorm",
    kernel=standardise_kernel,
    spec=standardise_spec,
    batch=lambda values, axes, params: batched(values[0], axes[0], *params),
    pulls=[standardise_pull],
    push=standardise_push,
    promotion="float",
    count=3,
)
"""(x - mean) / sqrt(variance + eps) over some axes, the mean, and the variance (divided by the number)."""


def batched(x: Any, at: int, axes: Shape, eps: float) -> Any:
    moved = past(at, axes)
    left = at - sum(axis < at for axis in moved)
    return standardise(x, moved, eps), (at, left, left)


# ------------------------------------------------------------------------ shares


def shares(xp: Any, x: Any, axes: Shape, out: Any) -> None:
    """Without overflow: no power is above 1."""
    xp.exp(xp.subtract(x, xp.maximum.reduce(x, axes, keepdims=True), out=out), out=out)
    out /= kept(xp.asarray(sum_kernel(xp, out, axes)), axes, out.ndim)


def logs_of_shares(xp: Any, x: Any, axes: Shape, out: Any) -> None:
    """The logarithms of those, without taking them."""
    xp.subtract(x, xp.maximum.reduce(x, axes, keepdims=True), out=out)
    out -= kept(xp.asarray(xp.log(sum_kernel(xp, xp.exp(out), axes))), axes, out.ndim)


def no_shares(name: str) -> Refusal:
    """PyTorch's words for what is no floating point number."""
    words = f"\"{name}_lastdim_kernel_impl\" not implemented for '{{}}'"
    return Refusal("biuc", words, "convert with .float() first, or pass dtype=.", UnsupportedError)


NO_SHARES, NO_LOG_SHARES = no_shares("softmax"), no_shares("log_softmax")


def row_of_shares(
    name: str, title: str, compute: Callable[..., None], refusal: Refusal, pull: Callable[..., Any],
    push: Callable[..., Any],
) -> Any:  # fmt: skip
    """A row of shares, which nothing but itself is kept of.

    Args:
        name: of the row.
        title: PyTorch's name of its node, without "Backward0".
        compute: `compute(xp, x, axes, out)` writes the shares.
        refusal: of what is no floating point number.
        pull: `pull(g, out, axes)` gives the cotangent.
        push: `push(dx, out, axes)` gives the tangent.
    """

    def kernel(xp: Any, x: Any, axes: Shape) -> Any:
        refuse(x.dtype, refusal)
        x = row_major(x)
        out = empty(x.shape, x.dtype)
        if in_rows(x, axes):
            by_rows(lambda _, given, made: compute(xp, given, (1,), made), x, out, len(axes))
        else:
            compute(xp, x, axes, out)
        return out

    def spec(x: Spec, axes: Shape) -> Spec:
        refuse(x.dtype, refusal)
        return x

    row = general(
        name,
        title=title,
        kernel=kernel,
        spec=spec,
        batch=lambda values, axes, params: (row(values[0], past(axes[0], params[0])), axes[0]),
        pulls=[pull],
        push=lambda tangents, operands, out, params: push(tangents[0], out, params[0]),
    )
    return row


def shift(g: Any, out: Any, axes: Shape) -> Any:
    """How shares move with what they are shares of; the derivative is its own transpose."""
    return (g - sum_over(g * out, axes)) * out


softmax = row_of_shares("softmax", "Softmax", shares, NO_SHARES, shift, shift)
"""exp(x) / sum(exp(x)) over some axes."""

log_softmax = row_of_shares(
    "log_softmax", "LogSoftmax", logs_of_shares, NO_LOG_SHARES,
    lambda g, out, axes: g - exp(out) * sum_over(g, axes),
    lambda dx, out, axes: dx - sum_over(exp(out) * dx, axes),
)  # fmt: skip
"""x - log(sum(exp(x))) over some axes."""

"""Images of another size: each element is a sum of few of the old ones, one axis after another."""

from __future__ import annotations

from functools import partial
from math import floor
from typing import TYPE_CHECKING, Any

import numpy as np

from wengert import dtypes, errors
from wengert.core.families import shape_of
from wengert.core.levels import numpy_dtype
from wengert.core.places import warn
from wengert.core.tensor import Tensor, wrap
from wengert.functions.indexing.selecting import gathered
from wengert.functions.neural.adaptive import adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d
from wengert.functions.shaping.laying import contiguous
from wengert.ops import pointwise as p
from wengert.ops import structural as s
from wengert.ops.refusals import no_kernel, refuse

if TYPE_CHECKING:
    from collections.abc import Callable

Shape = tuple[int, ...]
SMOOTH = {"linear": 3, "bilinear": 4, "bicubic": 4, "trilinear": 5, "lanczos": 4}
"""The modes that take align_corners, and the rank of the input that each takes."""

AREA = {3: adaptive_avg_pool1d, 4: adaptive_avg_pool2d, 5: adaptive_avg_pool3d}
MODES = "nearest | linear | bilinear | bicubic | trilinear | lanczos | area | nearest-exact"


def interpolate(
    input: Tensor, size: Any = None, scale_factor: Any = None, mode: str = "nearest",
    align_corners: bool | None = None, recompute_scale_factor: bool | None = None, antialias: bool = False,
) -> Tensor:  # fmt: skip
    """The input at another size.

    >>> import wengert as torch
    >>> x = torch.tensor([[[1.0, 3.0]]])
    >>> torch.nn.functional.interpolate(x, scale_factor=2)
    tensor([[[1., 1., 3., 3.]]])
    >>> torch.nn.functional.interpolate(x, size=3, mode="linear", align_corners=True)
    tensor([[[1., 2., 3.]]])

    Args:
        input: of shape (N, C, ...), with one to three more dimensions.
        size: the new sizes of those, one number or one for each.
        scale_factor: what to multiply the sizes by, in place of that.
        mode: "nearest", "nearest-exact", "linear" (one dimension), "bilinear", "bicubic", "lanczos" (two),
            "trilinear" (three) or "area" (the means of what lies under each new element).
        align_corners: whether the middles of the outermost elements stay where they are, rather than their edges.
        recompute_scale_factor: whether to take the ratio of the sizes, where a scale_factor is given.
        antialias: whether to take means over what lies between the elements, where the size shrinks.

    Raises:
        ValueError: for arguments that do not go together.
        NotImplementedError: for a mode that the input does not have.
        RuntimeError: for empty images.
    """
    _check_corners(mode, align_corners)
    rank = len(shape_of(input))
    lengths = shape_of(input)[2:]
    new, factors = _sizes(lengths, size, scale_factor)
    if recompute_scale_factor:
        if size is not None:
            raise errors.ArgumentError("recompute_scale_factor is not meaningful with an explicit size.")
        factors = None
    if antialias and (mode not in ("bilinear", "bicubic", "lanczos") or rank != 4):
        raise errors.ArgumentError(
            "Anti-alias option is restricted to bilinear, bicubic, and lanczos modes and requires a 4-D tensor as input"
        )
    _check_mode(mode, rank, align_corners, antialias)
    if mode == "area":
        refuse(numpy_dtype(input), no_kernel("adaptive_avg_pool2d", "biuc"))
        return AREA[rank](input, new)
    _check_sizes(input, new, mode)
    if antialias and dtypes.is_half(numpy_dtype(input)):
        title = dtypes.of_numpy(numpy_dtype(input)).title
        raise errors.UnsupportedError(f"\"compute_index_ranges_weights\" not implemented for '{title}'")
    corners = bool(align_corners)
    rules = _rules(mode, antialias, corners)
    own = numpy_dtype(input)
    x = s.cast(input, np.dtype(np.float32)) if rules is not nearest and _narrow(own) else input
    for axis, (n, m) in enumerate(zip(lengths, new, strict=True), 2):
        factor = None if factors is None or _keeps(n, m, mode, rank, antialias) else factors[axis - 2]
        step = _step(n, m, factor, corners=corners)
        x = resampled(x, axis, *rules(n, m, step))
    if numpy_dtype(x) != own:
        x = s.cast(p.rint(x) if own == np.uint8 else x, own)
    return contiguous(x) if x is not input else s.copy(input)


def _narrow(own: Any) -> bool:
    return dtypes.is_half(own) or own == np.uint8


# ------------------------------------------------------------------------ arguments


def _check_corners(mode: str, align_corners: bool | None) -> None:
    if mode in ("nearest", "area", "nearest-exact") and align_corners is not None:
        raise errors.ArgumentError(
            "align_corners option can only be set with the interpolating modes: linear | bilinear | bicubic | trilinear"
        )


def _sizes(lengths: Shape, size: Any, scale_factor: Any) -> tuple[Shape, Any]:
    """The new sizes, and the factors as given."""
    dims = len(lengths)
    if size is not None and scale_factor is not None:
        raise errors.ArgumentError("only one of size or scale_factor should be defined")
    if size is None and scale_factor is None:
        raise errors.ArgumentError("either size or scale_factor should be defined")
    if size is not None:
        given = tuple(size) if isinstance(size, tuple | list) else (size,) * dims
        if len(given) != dims:
            raise errors.ArgumentError(
                "Input and output must have the same number of spatial dimensions, but got input with spatial "
                f"dimensions of {list(lengths)} and output size of {size}. Please provide input tensor in (N, C, d1, "
                "d2, ...,dK) format and output size in (o1, o2, ...,oK) format."
            )
        if not all(isinstance(n, int | np.integer) for n in given):
            raise errors.ArgumentTypeError(
                "expected size to be one of int or Tuple[int] or Tuple[int, int] or Tuple[int, int, int], but got size "
                f"with types {[type(n) for n in given]}"
            )
        return tuple(map(int, given)), None
    factors = tuple(scale_factor) if isinstance(scale_factor, tuple | list) else (scale_factor,) * dims
    if len(factors) != dims:
        raise errors.ArgumentError(
            "Input and scale_factor must have the same number of spatial dimensions, but got input with spatial "
            f"dimensions of {list(lengths)} and scale_factor of shape {scale_factor}. Please provide input tensor in "
            "(N, C, d1, d2, ...,dK) format and scale_factor in (s1, s2, ...,sK) format."
        )
    return tuple(floor(n * f) for n, f in zip(lengths, factors, strict=True)), factors


def _check_mode(mode: str, rank: int, align_corners: bool | None, antialias: bool) -> None:
    if rank not in AREA or mode not in MODES.split(" | "):
        raise errors.UnsupportedError(
            errors.advice(
                f"Input Error: Only 3D, 4D and 5D input Tensors supported (got {rank}D) for the modes: {MODES} (got "
                f"{mode})",
                "the input is to be of shape (N, C, ...).",
            )
        )
    wanted = SMOOTH.get(mode, rank)
    if rank != wanted:
        raise errors.UnsupportedError(f"Got {rank}D input, but {mode} mode needs {wanted}D input")
    if mode == "lanczos" and align_corners:
        raise errors.ArgumentError("Lanczos mode does not support align_corners=True")
    if mode == "lanczos" and not antialias:
        raise errors.ArgumentError("Lanczos mode requires antialias=True")


def _check_sizes(x: Any, new: Shape, mode: str) -> None:
    shape = shape_of(x)
    lengths = shape[2:]
    if min(new) <= 0 or min(lengths) <= 0:
        have, made = (
            ", ".join(f"{name}: {n}" for name, n in zip("DHW"[-len(new) :], sizes, strict=True))
            for sizes in (lengths, new)
        )
        raise errors.ShapeError(
            f"Input and output sizes should be greater than 0, but got input ({have}) output ({made})"
        )
    if shape[1] == 0:
        raise errors.ShapeError(
            f"Non-empty {len(shape)}D data tensor expected but got a tensor with sizes {list(shape)}"
        )
    own = numpy_dtype(x)
    if own.kind not in "fV" and own != np.uint8:
        name = {"nearest": f"nearest{len(new)}d", "nearest-exact": f"nearest{len(new)}d"}.get(mode, f"{mode}2d")
        refuse(own, no_kernel(f"upsample_{name}_channels_last", "biuc"))


# ------------------------------------------------------------------------ which elements count how much

Rule = tuple[Any, Any]
"""For each new element a row of positions, and a row of weights; None where all weights are 1."""


def _step(n: int, m: int, factor: float | None, *, corners: bool) -> float:
    """How far apart the new elements are, counted in old ones."""
    if corners:
        return (n - 1) / (m - 1) if m > 1 else 0.0
    return 1 / factor if factor else n / m


def _keeps(n: int, m: int, mode: str, rank: int, antialias: bool) -> bool:
    """Whether a size is so near to the old one that PyTorch takes their ratio, whatever the factor."""
    if mode == "nearest":
        return rank == 4 and m in (n, 2 * n)
    return n == m and (antialias or mode in ("linear", "bilinear", "trilinear"))


def _rules(mode: str, antialias: bool, corners: bool) -> Callable[..., Rule]:
    if mode == "nearest":
        return nearest
    if mode == "nearest-exact":
        return partial(nearest, shift=0.5)
    if antialias:
        kernel, reach = {"bilinear": (_tent, 1), "bicubic": (_cubic_antialiased, 2), "lanczos": (_lanczos, 3)}[mode]
        return partial(filtered, kernel=kernel, reach=reach)
    return partial(cubic if mode == "bicubic" else linear, corners=corners)


def nearest(n: int, m: int, step: float, shift: float = 0.0) -> Rule:
    """The element under the beginning, or the middle, of each new one; computed in float32, as PyTorch does."""
    at = np.floor((np.arange(m, dtype=np.float32) + np.float32(shift)) * np.float32(step)).astype(np.int64)
    return np.minimum(at, n - 1)[:, None], None


def _middles(m: int, step: float, *, corners: bool) -> Any:
    places = np.arange(m, dtype=np.float64)
    return places * step if corners else (places + 0.5) * step - 0.5


def linear(n: int, m: int, step: float, *, corners: bool) -> Rule:
    """The two neighbours, by how near they are."""
    at = np.maximum(_middles(m, step, corners=corners), 0)
    first = np.minimum(np.floor(at).astype(np.int64), n - 1)
    part = np.clip(at - first, 0, 1)
    return np.stack([first, np.minimum(first + 1, n - 1)], 1), np.stack([1 - part, part], 1)


def convolution_weights(t: Any, a: float = -0.75) -> list[Any]:
    """The weights of four neighbours by cubic convolution (Keys 1981), t behind the second.

    It takes numbers, arrays or tensors.
    """

    def near(x: Any) -> Any:
        return ((a + 2) * x - (a + 3)) * x * x + 1

    def far(x: Any) -> Any:
        return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a

    return [far(t + 1), near(t), near(1 - t), far(2 - t)]


def cubic(n: int, m: int, step: float, *, corners: bool) -> Rule:
    """Four neighbours by cubic convolution; beyond the edges the outermost element goes on."""
    at = _middles(m, step, corners=corners)
    first = np.floor(at).astype(np.int64)
    around = np.clip(first[:, None] + np.arange(-1, 3), 0, n - 1)
    return around, np.stack(convolution_weights(at - first), 1)


def _tent(x: Any) -> Any:
    return np.maximum(1 - np.abs(x), 0)


def _cubic_antialiased(x: Any) -> Any:
    x, a = np.abs(x), -0.5
    near = ((a + 2) * x - (a + 3)) * x * x + 1
    return np.where(x < 1, near, np.where(x < 2, (((x - 5) * x + 8) * x - 4) * a, 0))


def _lanczos(x: Any) -> Any:
    return np.where(np.abs(x) < 3, np.sinc(x) * np.sinc(x / 3), 0)


def filtered(n: int, m: int, step: float, *, kernel: Any, reach: int) -> Rule:
    """All elements within the reach of a kernel, which is as wide as a new element at least."""
    wide = max(step, 1.0)
    middle = step * (np.arange(m) + 0.5)
    support = reach * wide
    first = np.maximum((middle - support + 0.5).astype(np.int64), 0)
    last = np.minimum((middle + support + 0.5).astype(np.int64), n)
    places = first[:, None] + np.arange(int((last - first).max()))
    weights = np.where(places < last[:, None], kernel((places - middle[:, None] + 0.5) / wide), 0)
    return np.minimum(places, n - 1), weights / weights.sum(1, keepdims=True)


def resampled(x: Any, axis: int, places: Any, weights: Any) -> Any:
    """x along an axis at a row of places for each new element, summed with weights."""
    shape = shape_of(x)
    if weights is None and places.shape[0] == shape[axis] and (places[:, 0] == np.arange(shape[axis])).all():
        return x
    ahead = (1,) * (len(shape) - 1 - axis)
    total: Any = None
    for k in range(places.shape[1]):
        part = gathered(x, {axis: places[:, k]})
        if weights is not None:
            part = p.multiply(part, wrap(weights[:, k].astype(numpy_dtype(x)).reshape(-1, *ahead)))
        total = part if total is None else p.add(total, part)
    return total


# ------------------------------------------------------------------------ older names


def upsample(
    input: Tensor, size: Any = None, scale_factor: Any = None, mode: str = "nearest", align_corners: bool | None = None
) -> Tensor:
    """An older name of `interpolate`.

    >>> import warnings, wengert as torch
    >>> with warnings.catch_warnings(action="ignore"):
    ...     torch.nn.functional.upsample(torch.tensor([[[1.0, 3.0]]]), 3)
    tensor([[[1., 1., 3.]]])
    """
    warn("`nn.functional.upsample` is deprecated. Use `nn.functional.interpolate` instead.", UserWarning)
    return interpolate(input, size, scale_factor, mode, align_corners)


def upsample_nearest(input: Tensor, size: Any = None, scale_factor: Any = None) -> Tensor:
    """An older name of `interpolate` to the nearest elements.

    >>> import warnings, wengert as torch
    >>> with warnings.catch_warnings(action="ignore"):
    ...     torch.nn.functional.upsample_nearest(torch.tensor([[[1.0, 3.0]]]), 3)
    tensor([[[1., 1., 3.]]])
    """
    warn("`nn.functional.upsample_nearest` is deprecated. Use `nn.functional.interpolate` instead.", UserWarning)
    return interpolate(input, size, scale_factor, mode="nearest")


def upsample_bilinear(input: Tensor, size: Any = None, scale_factor: Any = None) -> Tensor:
    """An older name of bilinear `interpolate` with aligned corners.

    >>> import warnings, wengert as torch
    >>> with warnings.catch_warnings(action="ignore"):
    ...     torch.nn.functional.upsample_bilinear(torch.tensor([[[[1.0, 3.0]]]]), (1, 3))
    tensor([[[[1., 2., 3.]]]])
    """
    warn("`nn.functional.upsample_bilinear` is deprecated. Use `nn.functional.interpolate` instead.", UserWarning)
    return interpolate(input, size, scale_factor, mode="bilinear", align_corners=True)

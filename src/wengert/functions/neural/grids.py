"""Images read at places that are tensors themselves, and the places of affine maps."""

from __future__ import annotations

from itertools import product
from math import prod
from typing import Any

import numpy as np

from wengert import dtypes, errors
from wengert.core.families import shape_of
from wengert.core.levels import numpy_dtype
from wengert.core.places import warn
from wengert.core.tensor import Tensor, wrap
from wengert.functions.halves import widened
from wengert.functions.linalg.products import bmm
from wengert.functions.making.counting import linspace
from wengert.functions.making.creation import zeros
from wengert.functions.neural.resampling import convolution_weights
from wengert.functions.reducing.reductions import along, detached
from wengert.ops import pointwise as p
from wengert.ops import structural as s
from wengert.ops.contraction import matrix_transpose
from wengert.ops.refusals import no_kernel, refuse

WHOLE = np.dtype(np.int64)


def grid_sample(
    input: Tensor, grid: Tensor, mode: str = "bilinear", padding_mode: str = "zeros", align_corners: bool | None = None
) -> Tensor:
    """The input at the places of a grid, between its elements.

    >>> import wengert as torch
    >>> image = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])
    >>> torch.nn.functional.grid_sample(image, torch.zeros(1, 1, 1, 2), align_corners=False)
    tensor([[[[2.5000]]]])

    Args:
        input: of shape (N, C, H, W), or (N, C, D, H, W).
        grid: of shape (N, H', W', 2) or (N, D', H', W', 3): x, y (and z) from -1 to 1 for each new element.
        mode: "bilinear", "nearest" or "bicubic" (images only).
        padding_mode: what lies outside: "zeros", "border" (the outermost element goes on) or "reflection".
        align_corners: whether -1 and 1 are the middles of the outermost elements, rather than their edges.

    Raises:
        ValueError: for other modes.
        RuntimeError: for sizes that do not fit.
    """
    if mode not in ("bilinear", "nearest", "bicubic"):
        raise errors.ArgumentError(
            f"nn.functional.grid_sample(): expected mode to be 'bilinear', 'nearest' or 'bicubic', but got: '{mode}'"
        )
    if padding_mode not in ("zeros", "border", "reflection"):
        raise errors.ArgumentError(
            "nn.functional.grid_sample(): expected padding_mode to be 'zeros', 'border', or 'reflection', but got: "
            f"'{padding_mode}'"
        )
    if align_corners is None:
        _warn_of_corners("grid_sample")
    _check(input, grid, mode)
    corners = bool(align_corners)
    own = numpy_dtype(input)
    half = dtypes.is_half(own)
    if half:
        input, grid = map(widened, (input, grid))
    lengths = shape_of(input)[2:]
    places = [_unscaled(_component(grid, len(lengths) - 1 - i), n, corners=corners) for i, n in enumerate(lengths)]
    read = _Reader(input, shape_of(grid)[1:-1], padding_mode, corners=corners)
    out = {"bilinear": _linear, "nearest": _nearest, "bicubic": _cubic}[mode](read, places)
    return s.cast(out, own) if half else out  # type: ignore[no-any-return]


def _warn_of_corners(name: str) -> None:
    warn(
        f"Default {name} and affine_grid behavior has changed to align_corners=False since 1.3.0. Please specify "
        f"align_corners=True if the old behavior is desired. See the documentation of {name} for details.",
        UserWarning,
    )


def _check(x: Any, grid: Any, mode: str) -> None:
    have, wanted = list(shape_of(x)), list(shape_of(grid))
    dims = len(have) - 2
    if not wanted or wanted[0] != have[0]:
        raise errors.ShapeError(
            "grid_sampler(): expected grid and input to have same batch size, but got input with sizes "
            f"{have} and grid with sizes {wanted}"
        )
    if wanted[-1] != dims:
        raise errors.ShapeError(
            f"grid_sampler(): expected grid to have size {dims} in last dimension, but got grid with sizes {wanted}"
        )
    for axis in range(2, dims + 2):
        if have[axis] == 0:
            raise errors.ShapeError(
                f"grid_sampler(): expected input to have non-empty spatial dimensions, but input has sizes {have} with "
                f"dimension {axis} being empty"
            )
    if dims not in (2, 3) or len(wanted) != len(have):
        raise errors.ShapeError(
            "grid_sampler(): expected 4D or 5D input and grid with same number of dimensions, but got input with sizes "
            f"{have} and grid with sizes {wanted}"
        )
    if mode == "bicubic" and dims == 3:
        raise errors.ShapeError("grid_sampler(): bicubic interpolation only supports 4D input")
    first, second = (dtypes.of_numpy(numpy_dtype(each)).title for each in (x, grid))
    refuse(numpy_dtype(x), no_kernel(f"grid_sampler_{dims}d_cpu_kernel_impl", "biuc"))
    if first != second:
        raise errors.DtypeError(
            errors.advice(f"expected scalar type {first} but found {second}", "grid = grid.to(input.dtype).")
        )


def _component(grid: Any, k: int) -> Any:
    shape = shape_of(grid)
    return s.reshape(s.narrow(grid, len(shape) - 1, k, k + 1), shape[:-1])


def _unscaled(x: Any, n: int, *, corners: bool) -> Any:
    """From -1..1 to places counted in elements."""
    if corners:
        return p.multiply(p.add(x, 1), (n - 1) / 2)
    return p.multiply(p.subtract(p.multiply(p.add(x, 1), float(n)), 1), 0.5)


def _reflected(x: Any, n: int, *, corners: bool) -> Any:
    """Places mirrored at both ends until they lie inside."""
    low, span = (0.0, float(n - 1)) if corners else (-0.5, float(n))
    if span == 0:
        return p.multiply(x, 0.0)
    distance = p.absolute(p.subtract(x, low))
    times = p.floor(p.divide(distance, span))
    rest = p.subtract(distance, p.multiply(times, span))
    is_even = p.equal(p.multiply(p.floor(p.divide(times, 2)), 2), times)
    return p.add(p.where(is_even, rest, p.subtract(span, rest)), low)


class _Reader:
    """An image that is read at whole places.

    Attributes:
        lengths: the sizes of the image.
        padding: what lies outside.
    """

    def __init__(self, x: Any, target: tuple[int, ...], padding: str, *, corners: bool) -> None:
        shape = shape_of(x)
        self.lengths = shape[2:]
        self.padding = padding
        self.corners = corners
        self.target = (*shape[:2], *target)
        self.flat = s.reshape(x, (*shape[:2], prod(self.lengths)))

    def inside(self, places: list[Any]) -> list[Any]:
        """The places where the padding puts them."""
        if self.padding == "zeros":
            return places
        if self.padding == "reflection":
            places = [_reflected(x, n, corners=self.corners) for x, n in zip(places, self.lengths, strict=True)]
        return [p.hardtanh(x, 0.0, float(n - 1)) for x, n in zip(places, self.lengths, strict=True)]

    def at(self, places: list[Any]) -> Any:
        """The elements at whole places (which are floats); 0 outside."""
        index: Any = 0
        outside: Any = None
        for x, n in zip(places, self.lengths, strict=True):
            within = p.logical_and(p.greater_equal(x, 0), p.less(x, n))
            whole = s.cast(p.where(within, x, 0), WHOLE)
            index = p.add(p.multiply(index, n), whole) if outside is not None else whole
            outside = p.logical_or(outside, p.logical_not(within)) if outside is not None else p.logical_not(within)
        batch, channels = self.target[:2]
        flat = s.reshape(index, (batch, 1, prod(self.target[2:])))
        wide = s.broadcast_to(flat, (batch, channels, prod(self.target[2:])))
        found = s.reshape(along(self.flat, 2, wide), self.target)
        return p.where(s.keep_axes(outside, (1,)), 0, found)


def _linear(read: _Reader, places: list[Any]) -> Any:
    places = read.inside(places)
    first = [p.floor(detached(x)) for x in places]
    parts = [p.subtract(x, low) for x, low in zip(places, first, strict=True)]
    total: Any = None
    for corner in product((0, 1), repeat=len(places)):
        weight: Any = None
        for side, part in zip(corner, parts, strict=True):
            factor = part if side else p.subtract(1, part)
            weight = factor if weight is None else p.multiply(weight, factor)
        values = read.at([p.add(low, float(side)) for low, side in zip(first, corner, strict=True)])
        term = p.multiply(values, s.keep_axes(weight, (1,)))
        total = term if total is None else p.add(total, term)
    return total


def _nearest(read: _Reader, places: list[Any]) -> Any:
    places = [p.rint(x) for x in read.inside(places)]
    values = read.at([detached(x) for x in places])
    # the places have the gradient 0, which is to be had
    flat = p.multiply(places[0], 0.0)
    for x in places[1:]:
        flat = p.add(flat, p.multiply(x, 0.0))
    return p.add(values, s.keep_axes(p.where(p.isfinite(detached(flat)), flat, 0), (1,)))


def _cubic(read: _Reader, places: list[Any]) -> Any:
    first = [p.floor(detached(x)) for x in places]
    weights = [convolution_weights(p.subtract(x, low)) for x, low in zip(places, first, strict=True)]
    total: Any = None
    for i, j in product(range(4), repeat=2):
        around = read.inside([p.add(first[0], float(i - 1)), p.add(first[1], float(j - 1))])
        weight = s.keep_axes(p.multiply(weights[0][i], weights[1][j]), (1,))
        term = p.multiply(read.at([p.rint(x) for x in around]), weight)
        total = term if total is None else p.add(total, term)
    return total


# ------------------------------------------------------------------------ affine maps


def affine_grid(theta: Tensor, size: Any, align_corners: bool | None = None) -> Tensor:
    """Where an affine map takes the elements of an image, for `grid_sample`.

    >>> import wengert as torch
    >>> theta = torch.tensor([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.5]]])
    >>> torch.nn.functional.affine_grid(theta, (1, 1, 1, 2), align_corners=False)
    tensor([[[[-0.5000,  0.5000],
              [ 0.5000,  0.5000]]]])

    Args:
        theta: maps of shape (N, 2, 3), or (N, 3, 4) for volumes.
        size: of the image: (N, C, H, W), or (N, C, D, H, W).
        align_corners: as for `grid_sample`.
    """
    own = dtypes.of_numpy(numpy_dtype(theta))
    if not own.is_floating_point:
        raise errors.ArgumentError(f"Expected theta to have floating point type, but got {own}")
    if len(size) not in (4, 5):
        raise errors.UnsupportedError(
            "affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, respectively. Got size "
            f"{size}."
        )
    lengths = tuple(size[2:])
    dims = len(lengths)
    if len(shape_of(theta)) != 3 or shape_of(theta)[1:] != (dims, dims + 1):
        raise errors.ArgumentError(
            f"Expected a batch of {dims}D affine matrices of shape Nx{dims}x{dims + 1} for size {size}. Got "
            f"torch.Size({list(shape_of(theta))})."
        )
    if align_corners is None:
        _warn_of_corners("affine_grid")
    if align_corners and min(lengths) == 1:
        warn(
            "Since version 1.3.0, affine_grid behavior has changed for unit-size grids when align_corners=True. This "
            "is not an intended use case of affine_grid. See the documentation of affine_grid for details.",
            UserWarning,
        )
    if min(size) <= 0:
        raise errors.ArgumentError(f"Expected non-zero, positive output size. Got {size}")
    if size[0] != shape_of(theta)[0]:
        raise errors.ShapeError(
            f"Expected size for first two dimensions of batch2 tensor to be: [{size[0]}, {dims + 1}] but got: "
            f"[{shape_of(theta)[0]}, {dims + 1}]."
        )
    points = _base(lengths, own.numpy, corners=bool(align_corners))
    batch = s.broadcast_to(wrap(points), (size[0], *points.shape))
    return s.reshape(bmm(batch, matrix_transpose(theta)), (size[0], *lengths, dims))  # type: ignore[no-any-return]


def _base(lengths: tuple[int, ...], own: Any, *, corners: bool) -> Any:
    """x, y (z) and 1 of each element."""
    axes = []
    for n in lengths:
        along_axis = linspace(-1, 1, n, dtype=own) if n > 1 else zeros(1, dtype=own)
        axes.append((along_axis if corners else along_axis * (n - 1) / n).array)
    grid = np.meshgrid(*axes, indexing="ij")
    return np.stack([*(x.reshape(-1) for x in grid[::-1]), np.ones(prod(lengths), own)], 1)

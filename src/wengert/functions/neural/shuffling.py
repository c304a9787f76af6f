"""Elements moved between channels and pixels."""

from __future__ import annotations

from typing import Any

from wengert import errors
from wengert.core.families import shape_of
from wengert.core.tensor import Tensor
from wengert.ops import structural as s


def _moved(x: Any, shape: tuple[int, ...], order: tuple[int, ...], result: tuple[int, ...]) -> Tensor:
    moved = s.reshape(s.permute(s.reshape(x, shape), order), result)
    return s.copy(moved) if moved.origin is not None else moved  # type: ignore[no-any-return]


def _check(x: Any, factor: int, name: str, factor_name: str) -> tuple[int, ...]:
    shape = shape_of(x)
    if len(shape) < 3:
        raise errors.ShapeError(
            f"{name} expects input to have at least 3 dimensions, but got input with {len(shape)} dimension(s)"
        )
    if factor <= 0:
        raise errors.ShapeError(f"{name} expects a positive {factor_name}, but got {factor}")
    return shape


def pixel_shuffle(input: Tensor, upscale_factor: int) -> Tensor:
    """Each r * r channels become one that is r times as high and wide.

    >>> import wengert as torch
    >>> torch.nn.functional.pixel_shuffle(torch.arange(4).reshape(4, 1, 1), 2)
    tensor([[[0, 1],
             [2, 3]]])
    """
    r = upscale_factor
    *lead, channels, height, width = _check(input, r, "pixel_shuffle", "upscale_factor")
    if channels % (r * r):
        raise errors.ShapeError(
            "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of upscale_factor, "
            f"but input.size(-3)={channels} is not divisible by {r * r}"
        )
    n = len(lead)
    order = (*range(n), n, n + 3, n + 1, n + 4, n + 2)
    result = (*lead, channels // (r * r), height * r, width * r)
    return _moved(input, (*lead, channels // (r * r), r, r, height, width), order, result)


def pixel_unshuffle(input: Tensor, downscale_factor: int) -> Tensor:
    """Each channel becomes r * r of them, of every r-th pixel: the inverse of pixel_shuffle.

    >>> import wengert as torch
    >>> torch.nn.functional.pixel_unshuffle(torch.arange(4).reshape(1, 2, 2), 2).flatten()
    tensor([0, 1, 2, 3])
    """
    r = downscale_factor
    *lead, channels, height, width = _check(input, r, "pixel_unshuffle", "downscale_factor")
    for name, n, axis in (("height", height, -2), ("width", width, -1)):
        if n % r:
            raise errors.ShapeError(
                f"pixel_unshuffle expects {name} to be divisible by downscale_factor, but input.size({axis})={n} is "
                f"not divisible by {r}"
            )
    n = len(lead)
    order = (*range(n), n, n + 2, n + 4, n + 1, n + 3)
    result = (*lead, channels * r * r, height // r, width // r)
    return _moved(input, (*lead, channels, height // r, r, width // r, r), order, result)


def channel_shuffle(input: Tensor, groups: int) -> Tensor:
    """The channels of all groups in turn: the first of each, then the second of each.

    >>> import wengert as torch
    >>> torch.nn.functional.channel_shuffle(torch.arange(4).reshape(1, 4, 1), 2).flatten()
    tensor([0, 2, 1, 3])
    """
    shape = shape_of(input)
    if len(shape) < 3:
        raise errors.ShapeError(f"channel_shuffle expects input with > 2 dims, but got input with sizes {list(shape)}")
    if groups <= 0:
        raise errors.ShapeError(f"Number of groups to divide channels in must be positive. Value of groups:{groups}")
    batch, channels, *rest = shape
    if channels % groups:
        raise errors.ShapeError(
            f"Number of channels must be divisible by groups. Got {channels} channels and {groups} groups."
        )
    order = (0, 2, 1, *range(3, 3 + len(rest)))
    return _moved(input, (batch, groups, channels // groups, *rest), order, shape)


native_channel_shuffle = channel_shuffle

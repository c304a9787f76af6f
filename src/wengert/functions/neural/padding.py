"""Padding: elements put around a tensor, made of slices, so that it needs no rules."""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert import dtypes, errors
from wengert.core.families import shape_of
from wengert.core.levels import numpy_dtype
from wengert.core.tensor import Tensor, wrap
from wengert.ops import pointwise as p
from wengert.ops import structural as s

COMBINATIONS = """
Supported combinations for non-constant padding:
  - 2D or 3D input: padding size = 2 (pads last dimension)
  - 3D or 4D input: padding size = 4 (pads last 2 dimensions)
  - 4D or 5D input: padding size = 6 (pads last 3 dimensions)"""


def pad(input: Tensor, pad: Any, mode: str = "constant", value: float | None = None) -> Tensor:
    """The tensor with elements put before and after its last dimensions.

    >>> import wengert as torch
    >>> torch.nn.functional.pad(torch.tensor([1.0, 2.0, 3.0]), (1, 2))
    tensor([0., 1., 2., 3., 0., 0.])
    >>> torch.nn.functional.pad(torch.tensor([[1.0, 2.0, 3.0]]), (2, 1), mode="reflect")
    tensor([[3., 2., 1., 2., 3., 2.]])

    Args:
        input: of any shape; the other modes than "constant" take one to three spatial dimensions.
        pad: how many elements before and after the last dimension, then the one before it, and so on; a
            negative number takes elements away.
        mode: "constant", "reflect", "replicate" (repeats the edge) or "circular".
        value: what to put there, 0 if it is not said; for the mode "constant" only.
    """
    if not isinstance(pad, tuple | list):
        raise errors.ArgumentTypeError(
            f"pad(): argument 'pad' (position 2) must be tuple of ints, not {type(pad).__name__}"
        )
    rank = len(shape_of(input))
    if len(pad) % 2:
        raise errors.ShapeError(errors.advice("Padding length must be divisible by 2", "give two for each dimension."))
    if len(pad) > 2 * rank:
        raise errors.ShapeError(
            "Padding length should be less than or equal to two times the input dimension but got "
            f"padding length {len(pad)} and input of dimension {rank}"
        )
    pairs = {rank - 1 - i: (int(pad[2 * i]), int(pad[2 * i + 1])) for i in range(len(pad) // 2)}
    if mode == "constant":
        result: Tensor = padded(input, pairs, value or 0)
        return result if result is not input else s.copy(input)
    if value:
        raise errors.ShapeError(f'Padding mode "{mode}" doesn\'t take in value argument')
    if mode not in MODES:
        raise errors.UnsupportedError(
            errors.advice(f"Unrecognised padding mode {mode}", 'one of "constant", "reflect", "replicate", "circular".')
        )
    if len(pad) // 2 not in (1, 2, 3) or rank - len(pad) // 2 not in (1, 2):
        raise errors.UnsupportedError(
            f"Padding size {len(pad)} is not supported for {rank}D input tensor.{COMBINATIONS}"
        )
    _refuse_empty(shape_of(input), len(pad) // 2)
    for axis, (before, after) in pairs.items():
        input = MODES[mode](input, axis, before, after)
    return input


def _refuse_empty(shape: tuple[int, ...], spatial: int) -> None:
    if 0 in shape[-spatial - 1 :]:
        raise errors.ShapeError(
            f"Expected {spatial + 1}D or {spatial + 2}D (batch mode) tensor with possibly 0 batch size and other "
            f"non-zero dimensions for input, but got: {list(shape)}"
        )


def padded(x: Any, pairs: Any, value: Any = 0) -> Any:
    """x with a number around it: `pairs` says of some axes how many before and after."""
    shape = shape_of(x)
    both = [pairs.get(axis, (0, 0)) for axis in range(len(shape))]
    for n, (before, after) in zip(shape, both, strict=True):
        if n + before + after < 0:
            raise errors.ShapeError(errors.advice("narrow(): length must be non-negative.", "take less away."))
    if any(n < 0 for pair in both for n in pair):
        x = cropped(x, {axis: (-min(a, 0), -min(b, 0)) for axis, (a, b) in enumerate(both)})
    both = [(max(a, 0), max(b, 0)) for a, b in both]
    if not any(n for pair in both for n in pair):
        return x
    have = shape_of(x)
    target = tuple(n + a + b for n, (a, b) in zip(have, both, strict=True))
    slices = tuple((a, a + n, 1) for n, (a, _) in zip(have, both, strict=True))
    wide = s.scatter_slice(x, slices, target)
    if not value:
        return wide
    inside = np.zeros(target, bool)
    inside[s.as_index(slices)] = True
    own = numpy_dtype(x)
    return p.where(wrap(inside), wide, wrap(np.asarray(dtypes.number_in(value, own))))


def cropped(x: Any, pairs: Any) -> Any:
    """x without its first and last elements along some axes; both may reach past the other end."""
    entries = []
    for axis, n in enumerate(shape_of(x)):
        before, after = pairs.get(axis, (0, 0))
        start = min(before, n)
        entries.append((start, max(n - after, start), 1))
    return s.take_slice(x, tuple(entries))


def _inside(x: Any, axis: int, before: int, after: int) -> Any:
    """x without the elements that a negative padding takes away."""
    taken = -min(before, 0), -min(after, 0)
    return cropped(x, {axis: taken}) if any(taken) else x


def reflected(x: Any, axis: int, before: int, after: int) -> Any:
    """x continued as in a mirror that stands on its first and last element."""
    shape = shape_of(x)
    n = shape[axis]
    if max(before, after) >= n:
        raise errors.ShapeError(
            errors.advice(
                "Argument #4: Padding size should be less than the corresponding input dimension, but got: padding "
                f"({before}, {after}) at dimension {axis} of input {list(shape)}",
                "pad by less, or twice.",
            )
        )
    pieces = [x]
    if before > 0:
        pieces.insert(0, s.flip(s.narrow(x, axis, 1, before + 1), (axis,)))
    if after > 0:
        pieces.append(s.flip(s.narrow(x, axis, n - 1 - after, n - 1), (axis,)))
    return _inside(joined(pieces, axis), axis, before, after)


def replicated(x: Any, axis: int, before: int, after: int) -> Any:
    """x continued with its first and last element."""
    shape = list(shape_of(x))
    n, pieces = shape[axis], [x]
    if before > 0:
        shape[axis] = before
        pieces.insert(0, s.broadcast_to(s.narrow(x, axis, 0, 1), tuple(shape)))
    if after > 0:
        shape[axis] = after
        pieces.append(s.broadcast_to(s.narrow(x, axis, n - 1, n), tuple(shape)))
    return _inside(joined(pieces, axis), axis, before, after)


def wrapped(x: Any, axis: int, before: int, after: int) -> Any:
    """x continued from its other end."""
    if max(before, after) > shape_of(x)[axis]:
        raise errors.ShapeError(
            errors.advice("Padding value causes wrapping around more than once.", "pad by less, or twice.")
        )
    x = _inside(x, axis, before, after)
    n, pieces = shape_of(x)[axis], [x]
    if before > 0:
        pieces.insert(0, s.narrow(x, axis, n - before, n))
    if after > 0:
        pieces.append(s.narrow(x, axis, 0, after))
    return joined(pieces, axis)


def joined(pieces: list[Any], axis: int) -> Any:
    """One after another; a single one is copied."""
    return s.concat(pieces, axis) if len(pieces) > 1 else s.copy(pieces[0])


MODES = {"reflect": reflected, "replicate": replicated, "circular": wrapped}


by_mode = pad
"""The function above, where a parameter has its name."""


def constant_pad_nd(input: Tensor, pad: Any, value: float = 0) -> Tensor:
    """The tensor with a number before and after its last dimensions.

    >>> import wengert as torch
    >>> torch.constant_pad_nd(torch.tensor([1.0, 2.0]), (1, 1), 9)
    tensor([9., 1., 2., 9.])
    """
    return by_mode(input, pad, value=value)

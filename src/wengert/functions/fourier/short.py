"""Short-time Fourier transforms: torch.stft and torch.istft.

Knows frames. Must not know how to differentiate.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert import dtypes, errors
from wengert.core.families import shape_of
from wengert.core.levels import numpy_dtype
from wengert.core.places import warn
from wengert.core.tensor import Tensor
from wengert.functions.fourier import transforms
from wengert.functions.neural.padding import pad
from wengert.functions.values import answer
from wengert.ops import complexes, windows
from wengert.ops import pointwise as p
from wengert.ops import structural as s
from wengert.ops.contraction import matrix_transpose


def stft(  # noqa: PLR0917  the signature is PyTorch's
    input: Tensor, n_fft: int, hop_length: int | None = None, win_length: int | None = None,
    window: Tensor | None = None, center: bool = True, pad_mode: str = "reflect", normalized: bool = False,
    onesided: bool | None = None, return_complex: bool | None = None, align_to_window: bool | None = None,
) -> Tensor:  # fmt: skip
    """The Fourier transforms of windows that slide over a signal.

    >>> import wengert as torch
    >>> torch.stft(torch.ones(8), 4, window=torch.ones(4), return_complex=True).shape
    torch.Size([3, 9])

    Args:
        input: one signal, or a batch of them.
        n_fft: the size of a window.
        hop_length: how far it moves; n_fft // 4 unless it is given.
        win_length: the size of what `window` holds, which stands in the middle of each; n_fft unless it is given.
        window: what the elements are multiplied by.
        center: whether the first window is around the first element; then the signal is padded.
        pad_mode: how.
        normalized: whether to divide by sqrt(n_fft).
        onesided: whether to give n_fft // 2 + 1 frequencies; so it is for real signals.
        return_complex: has to be given for real signals.
        align_to_window: not taken with `center`.
    """
    x = input
    if center:
        if align_to_window is not None:
            raise errors.ShapeError("stft align_to_window should only be set when center = false")
        x = _centered(x, n_fft, pad_mode)
    hop = n_fft // 4 if hop_length is None else hop_length
    length = n_fft if win_length is None else win_length
    is_complex = numpy_dtype(x).kind == "c" or (window is not None and numpy_dtype(window).kind == "c")
    if return_complex is None and not is_complex:
        raise errors.ShapeError(
            "stft requires the return_complex parameter be given for real inputs, and will further require that "
            "return_complex=True in a future PyTorch release."
        )
    _check(x, n_fft, hop, length, window)
    half = not is_complex if onesided is None else onesided
    if half and is_complex:
        raise errors.ShapeError("Cannot have onesided output if window or input is complex")
    signals = x if len(shape_of(x)) == 2 else s.keep_axes(x, (0,))
    frames = windows.windows(signals, (1,), (n_fft,), (hop,), (1,))
    if window is not None or length != n_fft:
        frames = p.multiply(frames, _in_middle(window, length, n_fft, dtypes.real_of(numpy_dtype(x))))
    norm = "ortho" if normalized else "backward"
    spectrum = matrix_transpose((transforms.rfft if half else transforms.fft)(frames, norm=norm))
    result = spectrum if len(shape_of(x)) == 2 else s.reshape(spectrum, shape_of(spectrum)[1:])
    return result if return_complex or return_complex is None else complexes.view_as_real(result)  # type: ignore[no-any-return]


def _centered(x: Any, n_fft: int, mode: str) -> Any:
    """The signals with half of a window before and after them."""
    shape, around = shape_of(x), n_fft // 2
    whole = s.reshape(x, (*(1,) * (3 - len(shape)), *shape))
    if numpy_dtype(x).kind == "c" and mode != "constant":
        parts = [pad(complexes.part(whole, i), (around, around), mode) for i in (0, 1)]
        last = len(shape_of(parts[0]))
        padded: Any = complexes.view_as_complex(s.concat([s.keep_axes(part, (last,)) for part in parts], last))
    else:
        padded = pad(whole, (around, around), mode)
    return s.reshape(padded, (*shape[:-1], shape_of(padded)[-1]))


def _check(x: Any, n_fft: int, hop: int, length: int, window: Any) -> None:
    own, shape = dtypes.of_numpy(numpy_dtype(x)), shape_of(x)
    said = f"stft(torch.{own.title}Tensor{list(shape)}, n_fft={n_fft}, hop_length={hop}, win_length={length}"
    if own.category < dtypes.FLOATING:
        raise errors.DtypeError(f"{said}) : expected a tensor of floating point or complex values")
    if len(shape) not in (1, 2):
        raise errors.ShapeError(f"{said}) : expected a 1D or 2D tensor")
    if not 0 < n_fft <= shape[-1]:
        raise errors.ShapeError(f"{said}) : expected 0 < n_fft < {shape[-1]}, but got n_fft={n_fft}")
    if hop <= 0:
        raise errors.ShapeError(f"{said}) : expected hop_length > 0, but got hop_length={hop}")
    if not 0 < length <= n_fft:
        raise errors.ShapeError(f"{said}) : expected 0 < win_length <= n_fft, but got win_length={length}")
    if window is not None and shape_of(window) != (length,):
        raise errors.ShapeError(
            f"{said}) : expected a 1D window tensor of size equal to win_length={length}, but got window with size "
            f"{list(shape_of(window))}"
        )


def _in_middle(window: Any, length: int, n_fft: int, dtype: Any) -> Any:
    """The window with zeros before and after it, as long as a transform."""
    if window is None:
        window = np.ones(length, dtype)
    if length == n_fft:
        return window
    before = (n_fft - length) // 2
    zeros = [np.zeros(n, numpy_dtype(window)) for n in (before, n_fft - length - before)]
    return s.concat([zeros[0], window, zeros[1]], 0)


def istft(  # noqa: PLR0917  the signature is PyTorch's
    input: Tensor, n_fft: int, hop_length: int | None = None, win_length: int | None = None,
    window: Tensor | None = None, center: bool = True, normalized: bool = False, onesided: bool | None = None,
    length: int | None = None, return_complex: bool = False,
) -> Tensor:  # fmt: skip
    """The signal of which stft() gives the input, or comes nearest to it (Griffin and Lim 1984).

    >>> import wengert as torch
    >>> x, window = torch.arange(8.0), torch.hann_window(4)
    >>> spectrum = torch.stft(x, 4, window=window, return_complex=True)
    >>> torch.allclose(torch.istft(spectrum, 4, window=window), x, atol=1e-5)
    True

    Args:
        input: what stft() returned.
        n_fft: as it was for stft(), and so on.
        hop_length: how far the windows moved.
        win_length: the size of `window`.
        window: what the elements were multiplied by.
        center: whether the first window was around the first element.
        normalized: whether it was divided by sqrt(n_fft).
        onesided: whether there are n_fft // 2 + 1 frequencies.
        length: of the signal.
        return_complex: whether the signal is complex.
    """
    hop = n_fft // 4 if hop_length is None else hop_length
    size = n_fft if win_length is None else win_length
    own, shape = dtypes.of_numpy(numpy_dtype(input)), shape_of(input)
    said = f"istft(CPU{own.title}Type{list(shape)}, n_fft={n_fft}, hop_length={hop}, win_length={size}"
    if not own.is_complex:
        raise errors.DtypeError(
            "istft requires a complex-valued input tensor matching the output from stft with return_complex=True."
        )
    if 0 in shape:
        raise errors.ShapeError(f"{said}) : input tensor cannot be empty.")
    half = shape[-2] != n_fft if onesided is None else onesided
    if half and return_complex:
        raise errors.ShapeError("Cannot have onesided output if window or input is complex")
    wanted = n_fft // 2 + 1 if half else n_fft
    if shape[-2] != wanted:
        formula = "n_fft / 2 + 1 when onesided=True" if half else "n_fft when onesided=False"
        raise errors.ShapeError(
            f"{said}) : expected the frequency dimension (3rd to the last) of the input tensor to match {formula}, "
            f"but got {shape[-2]}"
        )
    if not 0 < hop <= size:
        raise errors.ShapeError(f"{said}) : expected 0 < hop_length <= win_length")
    spectrum = matrix_transpose(input if len(shape) == 3 else s.keep_axes(input, (0,)))
    norm = "ortho" if normalized else "backward"
    frames: Any  # for a real signal the first half of the frequencies is read
    frames = transforms.ifft(spectrum, norm=norm) if return_complex else transforms.irfft(spectrum, n_fft, norm=norm)
    signal = _overlapped(frames, _in_middle(window, size, n_fft, dtypes.real_of(own.numpy)), hop, center, length, said)
    return signal if len(shape) == 3 else s.reshape(signal, shape_of(signal)[1:])  # type: ignore[no-any-return]


def _overlapped(frames: Any, window: Any, hop: int, center: bool, length: int | None, said: str) -> Any:
    """The sum of the windowed frames over the sum of the squared windows."""
    count, n_fft = shape_of(frames)[-2:]
    whole = n_fft + hop * (count - 1)
    total = windows.overlap_add(p.multiply(frames, window), (1,), (hop,), (1,), (whole,))
    squares = s.broadcast_to(s.keep_axes(p.multiply(window, window), (0, 1)), (1, count, n_fft))
    weight = windows.overlap_add(squares, (1,), (hop,), (1,), (whole,))
    start = n_fft // 2 if center else 0
    end = start + length if length is not None else whole - start if center else whole
    end = min(end, whole)
    total, weight = s.narrow(total, 1, start, end), s.narrow(weight, 1, start, end)
    if answer(weight, lambda array: array.size > 0 and np.abs(array).min() <= 1e-11):
        raise errors.ShapeError(f"{said}) window overlap add min: 1")
    signal = p.divide(total, weight)
    if length is None or end - start >= length:
        return signal
    warn(
        "The length of signal is shorter than the length parameter. Result is being padded with zeros in the tail. "
        "Please check your center and hop_length settings."
    )
    return transforms.resized(signal, 1, length)

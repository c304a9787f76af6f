"""Windows: torch.signal.windows, and torch.hann_window and its like.

Knows formulas over NumPy: a window depends on nothing that has a gradient.
"""

from __future__ import annotations

from math import pi, sqrt
from typing import Any

import numpy as np

from wengert import dtypes, errors
from wengert.core.tensor import Tensor
from wengert.functions.making.creation import as_device, leaf

Made = tuple[Any, Any, bool]
"""The dtype, the device, and whether gradients are wanted."""


def _begin(name: str, M: int, options: Made) -> np.dtype[Any]:
    dtype, device, _ = options
    as_device(device)
    if M < 0:
        raise errors.ArgumentError(f"{name} requires non-negative window length, got M={M}")
    wanted = dtypes.default() if dtype is None else dtypes.of_numpy(dtypes.to_numpy(dtype))
    if wanted not in (dtypes.float32, dtypes.float64):
        raise errors.ArgumentError(f"{name} expects float32 or float64 dtypes, got: {wanted!r}")
    return wanted.numpy


def _points(M: int, sym: bool, start: float, end: float) -> Any:
    """M points from start to end; of a periodic window the end is the point after the last."""
    steps = M - 1 if sym else M
    return start + (end - start) * np.arange(M) / max(steps, 1)


def _finished(values: Any, M: int, dtype: Any, options: Made) -> Tensor:
    return leaf(np.ones(M, dtype) if M == 1 else np.asarray(values, dtype), options[2])


def _cosines(M: int, terms: Any, sym: bool, options: Made, name: str = "general_cosine") -> Tensor:
    dtype = _begin(name, M, options)
    k = _points(M, sym, 0, 2 * pi)
    values = sum(((-1) ** i * a * np.cos(i * k) for i, a in enumerate(terms)), np.zeros(M))
    return _finished(values, M, dtype, options)


def bartlett(
    M: int, *, sym: bool = True, dtype: Any = None, layout: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """The triangle: 1 - |2n / (M - 1) - 1|.

    >>> import wengert as torch
    >>> torch.signal.windows.bartlett(5)
    tensor([0.0000, 0.5000, 1.0000, 0.5000, 0.0000])

    Args:
        M: the number of points.
        sym: whether the window is symmetric; otherwise it is one period of a periodic one.
        dtype: float32 or float64.
        layout: None.
        device: the CPU.
        requires_grad: of the result.
    """
    options = dtype, device, requires_grad
    wanted = _begin("bartlett", M, options)
    return _finished(1 - np.abs(_points(M, sym, -1, 1)), M, wanted, options)


def blackman(
    M: int, *, sym: bool = True, dtype: Any = None, layout: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """0.42 - 0.5 cos(2 pi n / (M - 1)) + 0.08 cos(4 pi n / (M - 1)).

    >>> import wengert as torch
    >>> torch.signal.windows.blackman(3)[1]
    tensor(1.)
    """
    return _cosines(M, (0.42, 0.5, 0.08), sym, (dtype, device, requires_grad), "blackman")


def cosine(
    M: int, *, sym: bool = True, dtype: Any = None, layout: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """Half a period: sin(pi (n + 0.5) / M).

    >>> import wengert as torch
    >>> torch.signal.windows.cosine(3)
    tensor([0.5000, 1.0000, 0.5000])
    """
    options = dtype, device, requires_grad
    wanted = _begin("cosine", M, options)
    values = np.sin(pi / max(M if sym else M + 1, 1) * (np.arange(M) + 0.5))
    return _finished(values, M, wanted, options)


def exponential(
    M: int, *, center: float | None = None, tau: float = 1.0, sym: bool = True, dtype: Any = None, layout: Any = None,
    device: Any = None, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """exp(-|n - center| / tau), around the middle unless a centre is given.

    >>> import wengert as torch
    >>> torch.signal.windows.exponential(3)
    tensor([0.3679, 1.0000, 0.3679])
    """
    options = dtype, device, requires_grad
    wanted = _begin("exponential", M, options)
    if tau <= 0:
        raise errors.ArgumentError(f"Tau must be positive, got: {tau} instead.")
    if sym and center is not None:
        raise errors.ArgumentError("Center must be None for symmetric windows")
    middle = (M - 1 if sym else M) / 2 if center is None else center
    return _finished(np.exp(-np.abs(np.arange(M) - middle) / tau), M, wanted, options)


def gaussian(
    M: int, *, std: float = 1.0, sym: bool = True, dtype: Any = None, layout: Any = None, device: Any = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """exp(-(n / std)**2 / 2) around the middle.

    >>> import wengert as torch
    >>> torch.signal.windows.gaussian(3)
    tensor([0.6065, 1.0000, 0.6065])
    """
    options = dtype, device, requires_grad
    wanted = _begin("gaussian", M, options)
    if std <= 0:
        raise errors.ArgumentError(f"Standard deviation must be positive, got: {std} instead.")
    places = (np.arange(M) - (M if not sym and M > 1 else M - 1) / 2) / (std * sqrt(2))
    return _finished(np.exp(-(places**2)), M, wanted, options)


def general_cosine(
    M: int, *, a: Any, sym: bool = True, dtype: Any = None, layout: Any = None, device: Any = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """The sum of (-1)**i a_i cos(2 pi i n / (M - 1)).

    >>> import wengert as torch
    >>> torch.signal.windows.general_cosine(4, a=[0.5, 0.5])
    tensor([0.0000, 0.7500, 0.7500, 0.0000])
    """
    if not isinstance(a, tuple | list):
        raise errors.ArgumentTypeError("Coefficients must be a list/tuple")
    if not a:
        raise errors.ArgumentError("Coefficients cannot be empty")
    return _cosines(M, a, sym, (dtype, device, requires_grad))


def general_hamming(
    M: int, *, alpha: float = 0.54, sym: bool = True, dtype: Any = None, layout: Any = None, device: Any = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """alpha - (1 - alpha) cos(2 pi n / (M - 1)).

    >>> import wengert as torch
    >>> torch.signal.windows.general_hamming(3, alpha=0.5)
    tensor([0., 1., 0.])
    """
    return _cosines(M, (alpha, 1 - alpha), sym, (dtype, device, requires_grad))


def hamming(
    M: int, *, sym: bool = True, dtype: Any = None, layout: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """0.54 - 0.46 cos(2 pi n / (M - 1)).

    >>> import wengert as torch
    >>> torch.signal.windows.hamming(3)
    tensor([0.0800, 1.0000, 0.0800])
    """
    return _cosines(M, (0.54, 0.46), sym, (dtype, device, requires_grad))


def hann(
    M: int, *, sym: bool = True, dtype: Any = None, layout: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """(1 - cos(2 pi n / (M - 1))) / 2.

    >>> import wengert as torch
    >>> torch.signal.windows.hann(3)
    tensor([0., 1., 0.])
    """
    return _cosines(M, (0.5, 0.5), sym, (dtype, device, requires_grad))


def kaiser(
    M: int, *, beta: float = 12.0, sym: bool = True, dtype: Any = None, layout: Any = None, device: Any = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """I0(beta sqrt(1 - (2n / (M - 1) - 1)**2)) / I0(beta).

    >>> import wengert as torch
    >>> torch.signal.windows.kaiser(3, beta=0.0)
    tensor([1., 1., 1.])
    """
    options = dtype, device, requires_grad
    wanted = _begin("kaiser", M, options)
    if beta < 0:
        raise errors.ArgumentError(f"beta must be non-negative, got: {beta} instead.")
    return _finished(_kaiser(M, beta, sym), M, wanted, options)


def _kaiser(M: int, beta: float, sym: bool) -> Any:
    inside = np.maximum(1 - _points(M, sym, -1, 1) ** 2, 0)
    return np.i0(beta * np.sqrt(inside)) / np.i0(beta)


def nuttall(
    M: int, *, sym: bool = True, dtype: Any = None, layout: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """The sum of four cosines whose side lobes are lowest (Nuttall 1981).

    >>> import wengert as torch
    >>> torch.signal.windows.nuttall(3)[1]
    tensor(1.)
    """
    return _cosines(M, (0.3635819, 0.4891775, 0.1365995, 0.0106411), sym, (dtype, device, requires_grad))


# ------------------------------------------------------------------------ the older functions of torch


def _older(name: str, length: int, options: Made, values: Any) -> Tensor:
    dtype, device, requires_grad = options
    as_device(device)
    wanted = dtypes.default() if dtype is None else dtypes.of_numpy(dtypes.to_numpy(dtype))
    if not wanted.is_floating_point:
        kind = {"int64": "long int", "int32": "int"}.get(wanted.numpy.name, wanted.numpy.name)
        raise errors.DtypeError(f"{name} expects floating point dtypes, got: TensorOptions(dtype={kind}, device=cpu, ")
    if length < 0:
        raise errors.ShapeError(f"{name} requires non-negative window_length, got window_length={length}")
    return leaf(np.ones(1, wanted.numpy) if length == 1 else np.asarray(values(), wanted.numpy), requires_grad)


def _of_cosines(length: int, periodic: bool, *terms: float) -> Any:
    k = _points(length, not periodic, 0, 2 * pi)
    return sum((a * np.cos(i * k) for i, a in enumerate(terms)), np.zeros(length))


def bartlett_window(
    window_length: int, periodic: bool = True, *, dtype: Any = None, layout: Any = None, device: Any = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """The triangle, one period of it unless periodic=False.

    >>> import wengert as torch
    >>> torch.bartlett_window(4)
    tensor([0.0000, 0.5000, 1.0000, 0.5000])
    """
    n = window_length
    return _older(
        "bartlett_window", n, (dtype, device, requires_grad), lambda: 1 - abs(_points(n, not periodic, -1, 1))
    )


def blackman_window(
    window_length: int, periodic: bool = True, *, dtype: Any = None, layout: Any = None, device: Any = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """0.42 - 0.5 cos(2 pi n / N) + 0.08 cos(4 pi n / N).

    >>> import wengert as torch
    >>> torch.blackman_window(2)[1]
    tensor(1.)
    """
    n = window_length
    return _older(
        "blackman_window", n, (dtype, device, requires_grad), lambda: _of_cosines(n, periodic, 0.42, -0.5, 0.08)
    )


def hamming_window(
    window_length: int, periodic: bool = True, alpha: float = 0.54, beta: float = 0.46, *, dtype: Any = None,
    layout: Any = None, device: Any = None, pin_memory: bool = False, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """alpha - beta cos(2 pi n / N).

    >>> import wengert as torch
    >>> torch.hamming_window(2)
    tensor([0.0800, 1.0000])
    """
    n = window_length
    return _older("hamming_window", n, (dtype, device, requires_grad), lambda: _of_cosines(n, periodic, alpha, -beta))


def hann_window(
    window_length: int, periodic: bool = True, *, dtype: Any = None, layout: Any = None, device: Any = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """(1 - cos(2 pi n / N)) / 2.

    >>> import wengert as torch
    >>> torch.hann_window(4)
    tensor([0.0000, 0.5000, 1.0000, 0.5000])
    """
    n = window_length
    return _older("hann_window", n, (dtype, device, requires_grad), lambda: _of_cosines(n, periodic, 0.5, -0.5))


def kaiser_window(
    window_length: int, periodic: bool = True, beta: float = 12.0, *, dtype: Any = None, layout: Any = None,
    device: Any = None, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """I0(beta sqrt(1 - (2n / N - 1)**2)) / I0(beta).

    >>> import wengert as torch
    >>> torch.kaiser_window(3, beta=0.0)
    tensor([1., 1., 1.])
    """
    n = window_length
    return _older("kaiser_window", n, (dtype, device, requires_grad), lambda: _kaiser(n, beta, not periodic))

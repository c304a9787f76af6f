"""Calls of torch.fft."""

import numpy as np
from tests.functions.calls import Named, call
from tests.functions.samples.matrices import BATCH, IMAGINARY, SQUARE, VECTOR, WIDE

WHOLE = np.array([[3, -5, 2], [7, 1, -8]])
EVEN = np.array([[0.4, -1.1, 0.8, 1.9], [1.3, 0.2, -0.6, 0.7]])
WAVE = EVEN + 1j * EVEN[::-1]
NO_POINTS = "Invalid number of data points (0) specified"


def along(values, *, real):
    calls = [
        call(values), call(values, dim=0), call(values, 5), call(values, n=2), *(call(values, norm=norm) for norm in ("ortho", "forward", "backward")), call(values[0]), call(WHOLE),
        call(values, 0, _raises=NO_POINTS), call(values, dim=2, _raises="Dimension out of range (expected to be in range of [-2, 1], but got 2)"), call(values, norm="x", _raises='Invalid normalization mode: "x"'),
        call(np.array(1.0), _raises="Dimension specified as -1 but tensor has no dimensions"),
    ]  # fmt: skip
    return calls if real else [*calls, call(WAVE), call(WAVE, 6, 1, "forward")]


def several(values, *, real):
    calls = [
        call(values), call(BATCH), call(values, s=(3, 3)), call(values, (2, -1)), call(BATCH, dim=(0, 2)), call(values, norm="ortho"), call(values, s=(3,), dim=(0,), norm="forward"),
        call(values, s=(2,), dim=(0, 1), _raises="When given, dim and shape arguments must have the same length"), call(values, dim=(0, 0), _raises="FFT dims must be unique"),
    ]  # fmt: skip
    return calls if real else [*calls, call(WAVE), call(IMAGINARY, (2, 4))]


LONG = np.sin(np.arange(14.0) ** 1.5)
TWO = np.stack([LONG, LONG[::-1] * 0.7])
WINDOW = np.array([0.3, 1.1, 0.9, 0.4])
SPECTRUM = np.exp(1j * np.arange(33.0).reshape(3, 11) ** 1.3)
SPECTRUM[[0, 2]] = SPECTRUM[[0, 2]].real
STFT = [
    call(LONG, 4, return_complex=True),
    call(TWO, 4, window=WINDOW, return_complex=True),
    call(TWO, 4, 3, center=False, return_complex=True),
    call(LONG, 6, 2, 4, WINDOW, return_complex=True, normalized=True),
    call(LONG, 4, 2, onesided=False, return_complex=True),
    call(LONG + 0.5j, 4, 2),
    call(LONG, 5, pad_mode="constant", return_complex=True),
    call(TWO, 4, return_complex=False),
    call(LONG, 4, _raises="stft requires the return_complex parameter be given for real inputs"),
    call(
        LONG,
        4,
        hop_length=0,
        return_complex=True,
        _raises="stft(torch.DoubleTensor[18], n_fft=4, hop_length=0, win_length=4",
    ),
    call(
        LONG,
        40,
        center=False,
        return_complex=True,
        _raises="stft(torch.DoubleTensor[14], n_fft=40, hop_length=10, win_length=40",
    ),
]
ISTFT = [
    call(SPECTRUM, 4, window=WINDOW),
    call(SPECTRUM, 4),
    call(SPECTRUM, 4, 2, normalized=True, length=15),
    call(np.stack([SPECTRUM, SPECTRUM * 2]), 4, 2, window=WINDOW, center=False),
    call(SPECTRUM, 5, 2),
    call(np.concatenate([SPECTRUM, SPECTRUM[:1]]), 4, onesided=False, return_complex=True),
    call(SPECTRUM, 4, length=20),
]
D = Named("float64")
"""In single precision PyTorch rounds at every step."""
MADE = {
    **{
        f"{name}_window": [
            call(5, dtype=D),
            call(4, False, dtype=D),
            call(1),
            call(0),
            call(-1, _raises=f"{name}_window requires non-negative window_length, got window_length=-1"),
        ]
        for name in ("bartlett", "blackman", "hamming", "hann", "kaiser")
    },
    **{
        f"signal.windows.{name}": [call(5, dtype=D), call(4, sym=False, dtype=D), call(1), call(0)]
        for name in (
            "bartlett",
            "blackman",
            "cosine",
            "exponential",
            "gaussian",
            "general_hamming",
            "hamming",
            "hann",
            "kaiser",
            "nuttall",
        )
    },
    "signal.windows.general_cosine": [
        call(4, a=[0.5, 0.3, 0.2], dtype=D),
        call(4, a=[], _raises="Coefficients cannot be empty"),
        call(4, a=3, _raises="Coefficients must be a list/tuple"),
    ],
}
MADE["hamming_window"] = [*MADE["hamming_window"], call(5, True, 0.6, 0.3, dtype=D)]
MADE["kaiser_window"] = [*MADE["kaiser_window"], call(5, True, 3.0, dtype=D)]
for name, words in (
    ("gaussian", {"std": -1}),
    ("exponential", {"tau": -1}),
    ("exponential", {"center": 1.0}),
    ("kaiser", {"beta": -1}),
):
    text = {
        "std": "Standard deviation must be positive, got: -1 instead.",
        "tau": "Tau must be positive, got: -1 instead.",
        "center": "Center must be None for symmetric windows",
        "beta": "beta must be non-negative, got: -1 instead.",
    }
    MADE[f"signal.windows.{name}"].append(call(4, **words, _raises=text[next(iter(words))]))
CALLS = {
    "stft": STFT, "istft": ISTFT, **MADE,
    **{f"fft.{name}": along(EVEN, real=False) for name in ("fft", "ifft", "irfft", "hfft")},
    **{f"fft.{name}": along(EVEN, real=True) for name in ("rfft", "ihfft")},
    **{f"fft.{name}": several(EVEN, real=False) for name in ("fftn", "ifftn", "irfftn", "hfftn", "fft2", "ifft2", "irfft2", "hfft2")},
    **{f"fft.{name}": several(EVEN, real=True) for name in ("rfftn", "ihfftn", "rfft2", "ihfft2")},
    "fft.fftfreq": [call(5), call(4, 0.5), call(0)], "fft.rfftfreq": [call(5), call(4, d=0.5)],
    **{f"fft.{name}": [call(VECTOR), call(EVEN), call(BATCH, dim=1), call(SQUARE, (0, 1)), call(WHOLE), call(IMAGINARY), call(WIDE, dim=5, _raises="Dimension out of range")] for name in ("fftshift", "ifftshift")},
}  # fmt: skip

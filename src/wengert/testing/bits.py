"""Samples of the rows on the bits of numbers."""

from __future__ import annotations

import numpy as np

from wengert.testing.sample import Sample

WHOLE = np.array([[12, -18, 0], [7, 1, -64]])
STEPS = np.array([1, 0, 3])
REAL = np.array([[-2.3, -0.85, -0.2], [0.45, 1.3, 3.6]])
OTHER = np.array([[1.5], [-0.7]])
ENDS = np.array([0.0, -0.0, np.inf, -np.inf, np.nan])
NUMBER = np.array(1.7)
NOTHING = np.zeros((0, 2))


def whole() -> list[Sample]:
    """Samples of an op of two integers."""
    return [
        Sample((WHOLE, STEPS)),
        Sample((WHOLE, np.abs(WHOLE))),
        Sample((WHOLE, 2)),
        Sample((3, STEPS)),
        Sample((np.array(6), np.array(4))),
        Sample((np.zeros((0, 2), np.int64), STEPS[:2])),
    ]


SAMPLES: dict[str, list[Sample]] = {
    "left_shift": whole(),
    "right_shift": whole(),
    "gcd": whole(),
    "lcm": whole(),
    "signbit": [Sample((REAL,)), Sample((ENDS,)), Sample((WHOLE,)), Sample((NUMBER,)), Sample((NOTHING,))],
    "copysign": [
        Sample((REAL, OTHER)),
        Sample((REAL, -2.0)),
        Sample((NUMBER, np.array(-1.0))),
        Sample((np.zeros((0, 2)), np.ones(2))),
        Sample((ENDS, -ENDS), smooth=False, name="ends"),
    ],
    "heaviside": [Sample((WHOLE, STEPS)), Sample((STEPS, 7))],  # of integers: where there is a derivative, it raises
    "nextafter": [Sample((REAL, OTHER)), Sample((ENDS, np.ones(5)), smooth=False, name="ends")],
    "mantissa": [
        Sample((REAL,)),
        Sample((NUMBER,)),
        Sample((NOTHING,)),
        Sample((ENDS,), smooth=False, name="ends"),
    ],
    "exponent": [Sample((REAL,)), Sample((NUMBER,)), Sample((NOTHING,))],
}
SAMPLES["strided"] = [
    Sample((REAL,), ((2, 2), (1, 2), 0, (3, 1))),
    Sample((REAL,), ((3, 2), (1, 1), 1, (3, 1))),
    Sample((NUMBER,), ((3,), (0,), 0, ())),
    Sample((NOTHING,), ((0, 2), (2, 1), 0, (2, 1))),
]
SAMPLES["as_bits"] = [
    Sample((WHOLE,), (np.dtype(np.int16),)),
    Sample((STEPS,), (np.dtype(np.uint64),)),
    Sample((np.array([[1, 2], [3, 4]], np.int32),), (np.dtype(np.int64),)),
]

SAMPLES["undefined"] = [Sample((WHOLE,), ("histogram",))]  # of integers: where there is a derivative, it raises
SAMPLES["searchsorted"] = [
    Sample((np.array([1, 3, 5]), WHOLE), (False,)),
    Sample((np.array([1, 3, 7]), WHOLE), (True,)),
    Sample((np.array([[1, 3], [0, 7]]), WHOLE), (True,)),
]
SAMPLES["group_extreme"] = [
    Sample((WHOLE, STEPS, np.array([0, 0, 5])), (True,)),
    Sample((WHOLE, STEPS, np.array([4, 2, 2])), (False,)),
]

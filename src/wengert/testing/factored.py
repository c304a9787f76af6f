"""Samples of the rows that take general square matrices apart."""

from __future__ import annotations

import numpy as np

from wengert.testing.sample import Sample

SQUARE = np.array([[3.0, 0.5, -0.7], [0.4, -2.0, 0.9], [-0.6, 1.1, 2.5]])
WHOLE = np.array([[4, 1, -2], [1, -3, 2], [-2, 2, 5]])
"""Integers, since the rows raise where a derivative is asked for."""
DEFINITE = SQUARE @ SQUARE.T
TWO = np.stack([SQUARE, SQUARE + 1])
NONE = Sample((np.zeros((0, 2, 2)),), smooth=False, name="empty")
PIVOTS = np.array([[1, 3, 3], [2, 2, 3]], np.int32)
IN_ORDER = np.array([1, 2, 3], np.int32)

SAMPLES: dict[str, list[Sample]] = {
    "lu": [Sample((x,)) for x in (SQUARE, TWO, SQUARE[:, :2], TWO[:, :2])] + [NONE],
    "dft": [
        Sample((x,), (axes, inverse, norm))
        for x in (SQUARE + 1j, TWO - 2j)
        for axes in ((0,), (1, 0))
        for inverse, norm in ((False, "backward"), (True, "backward"), (False, "ortho"))
    ],
    "real_dft": [
        Sample((x,), (axis, norm))
        for x in (SQUARE, TWO)
        for axis, norm in ((0, "backward"), (1, "forward"), (1, "ortho"))
    ],
    "to_real_dft": [
        Sample((x,), (axis, n, norm))
        for x in (SQUARE + 1j, SQUARE - TWO * 1j)
        for axis, n, norm in ((1, 5, "backward"), (1, 4, "forward"), (1, 4, "ortho"))
    ],
    "permutation_of": [Sample((PIVOTS,), (3,)), Sample((PIVOTS[0],), (5,)), Sample((PIVOTS[:0],), (3,))],
    "eig": [Sample((x,)) for x in (SQUARE, np.stack([SQUARE * 4, SQUARE * 6]), SQUARE[:1, :1])] + [NONE],
    "failing_minor": [Sample((x,)) for x in (DEFINITE, TWO, -DEFINITE)] + [NONE],
    "ldl": [Sample((x,), (hermitian,)) for x in (WHOLE, np.stack([WHOLE, -WHOLE])) for hermitian in (False, True)],
    "ldl_solve": [
        Sample((WHOLE, IN_ORDER, WHOLE[:, :2]), (False,)),
        Sample((np.stack([WHOLE, -WHOLE]), np.stack([IN_ORDER, IN_ORDER]), np.stack([WHOLE, WHOLE])), (True,)),
    ],
}

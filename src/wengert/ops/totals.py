"""The sum of a whole big array, on several threads.

    x[0:1024] + x[1024:2048] + ... + x[127 * 1024 : 128 * 1024],  the next 128 rows, ...:   row by row
    those sums, one after the other in memory:                                              in pairs

Rows are added to each other at the speed of memory, and no element is added to more than 127 others before the sums
are: so it is about as exact as adding in pairs. What is added to what depends on nothing but the length, so a sum has
the same digits on any machine, with any number of threads, and with or without machine code.

Knows arrays. Must not know tensors.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert.core.threads import POOL
from wengert.native.loops import row_sums

WIDTH = 1024
"""Elements of a row: its sums stay in the first cache."""

MOST = 128
"""So many rows are added up one after the other."""

PIECES = 16
"""Into how many pieces an array is cut at least, for several threads."""


def total(array: Any) -> Any:
    """The sum of an array of floats that lies in row-major memory and has more than WIDTH elements."""
    flat = array.reshape(-1)
    rows = flat.size // WIDTH
    each = min(MOST, -(-rows // PIECES))
    pieces = -(-rows // each)
    sums = np.empty((pieces, WIDTH), array.dtype)
    if not row_sums.over(pieces, flat, sums, rows, each, WIDTH):
        table = flat[: rows * WIDTH].reshape(rows, WIDTH)
        POOL.run(lambda p: np.add.reduce(table[p * each : (p + 1) * each], 0, out=sums[p]), pieces)
    return np.add.reduce(sums.reshape(-1)) + np.add.reduce(flat[rows * WIDTH :])

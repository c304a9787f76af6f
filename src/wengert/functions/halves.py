"""Half precision, which is computed in float32 and rounded once at the end, as PyTorch's kernels do it.

Knows casts. Must not know what is computed.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert import dtypes
from wengert.core.levels import numpy_dtype
from wengert.core.tensor import Tensor
from wengert.ops import structural as s

FLOAT32 = np.dtype(np.float32)


def is_half(x: Any) -> bool:
    """Whether a tensor has half precision."""
    return isinstance(x, Tensor) and dtypes.is_half(numpy_dtype(x))


def widened(x: Any) -> Any:
    """A tensor of half precision in float32; anything else as it is."""
    return s.cast(x, FLOAT32) if is_half(x) else x


def in_float32(function: Any, *args: Any, **options: Any) -> Any:
    """A function of tensors of half precision, the first of which has the result's dtype."""
    return s.cast(function(*map(widened, args), **options), numpy_dtype(args[0]))

"""Checking that an op keeps the laws: your own rows, and all of wengert's.

>>> import numpy as np
>>> from wengert.ops.pointwise import sin
>>> from wengert.testing import Sample, check
>>> check(sin, [Sample((np.array([0.5, -1.0]),))]) > 10
True

A row says its kernel, its shape rule, its derivative and its batching once; the laws say that
they agree with one another, with differences of the kernel, and in every use.
"""

from wengert.testing.closeness import assert_close
from wengert.testing.laws import LAWS, applicable, check
from wengert.testing.sample import Sample
from wengert.testing.samples import SAMPLES

__all__ = ["LAWS", "SAMPLES", "Sample", "applicable", "assert_close", "check"]

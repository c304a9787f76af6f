"""The table: every primitive, one row each. Kernels speak NumPy, rules speak wengert."""

from wengert.ops import contraction, indexing, pointwise, reduction, structural

__all__ = ["contraction", "indexing", "pointwise", "reduction", "structural"]

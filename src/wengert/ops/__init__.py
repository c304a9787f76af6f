"""The table: every primitive, one row each. Kernels speak NumPy, rules speak wengert."""

from wengert.ops import contraction, decompositions, diagonals, indexing, pointwise, reduction, structural, windows

__all__ = ["contraction", "decompositions", "diagonals", "indexing", "pointwise", "reduction", "structural", "windows"]

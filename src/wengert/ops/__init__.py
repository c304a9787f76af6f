"""The table: every primitive, one row each. Kernels speak NumPy, rules speak wengert."""

from wengert.ops import (
    activations,
    contraction,
    decompositions,
    determinants,
    diagonals,
    factoring,
    fourier,
    indexing,
    losses,
    normalising,
    pointwise,
    reduction,
    solving,
    special,
    structural,
    windows,
)

__all__ = [
    "activations",
    "contraction",
    "decompositions",
    "determinants",
    "diagonals",
    "factoring",
    "fourier",
    "indexing",
    "losses",
    "normalising",
    "pointwise",
    "reduction",
    "solving",
    "special",
    "structural",
    "windows",
]

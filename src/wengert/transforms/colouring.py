"""Colours of the columns, the rows, or the rows and columns at once of a sparse matrix.

Columns of one colour never meet in a row, so one product with the sum of their directions gives all of them. A
symmetric matrix needs fewer: an element may also be read from its mirror image.

Sources: Curtis, Powell and Reid 1974 (columns); Powell and Toint 1979 and Gebremedhin, Manne and Pothen 2005, section
4 (star colouring, of which this is the variant that forbids the smaller colours two steps away).

Knows patterns as SciPy matrices. Must not know derivatives.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def coloured_columns(matrix: Any) -> Any:
    """A colour for each column, such that no row has two columns of one colour: the first that is free.

    Columns with many places come first.
    """
    by_column = matrix.tocsc()
    starts, rows = by_column.indptr.tolist(), by_column.indices.tolist()
    colours = np.zeros(matrix.shape[1], np.int64)
    used: list[set[int]] = [set() for _ in range(matrix.shape[0])]
    for column in np.argsort(-np.diff(by_column.indptr), kind="stable").tolist():
        met = rows[starts[column] : starts[column + 1]]
        colour = first_free([used[row] for row in met])
        colours[column] = colour
        for row in met:
            used[row].add(colour)
    return colours


def coloured_star(matrix: Any) -> Any:
    """A colour for each column of a symmetric matrix, such that each element can be read once.

    Neighbours differ, and every path over four columns has three colours.
    """
    starts, others = matrix.indptr.tolist(), matrix.indices.tolist()
    colours: list[int] = [-1] * matrix.shape[0]
    around: list[set[int]] = [set() for _ in colours]
    """The colours of the neighbours of each column so far."""
    for column in np.argsort(-np.diff(matrix.indptr), kind="stable").tolist():
        near = [other for other in others[starts[column] : starts[column + 1]] if other != column]
        taken = {colours[other] for other in near}
        for other in near:
            own = colours[other]
            taken.update(around[other] if own < 0 else [c for c in around[other] if c < own])
        colours[column] = colour = first_free([taken])
        for other in near:
            around[other].add(colour)
    return np.array(colours, np.int64)


def first_free(taken: list[set[int]]) -> int:
    """The smallest colour that is in none of the sets."""
    colour = 0
    while any(colour in some for some in taken):
        colour += 1
    return colour

"""How samples are made: shapes, numbers spread over a range, kinks, indices, slices.

Knows what a sample is. Must not know which operation it is for.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert.testing.sample import Sample

SHAPES = ((), (1,), (3,), (2, 3), (2, 1, 4), (0,), (0, 3))
PAIRS = (
    ((), ()), ((3,), (3,)), ((2, 3), (3,)), ((2, 1, 4), (3, 1)), ((2, 3), ()), ((1,), (3,)),
    ((0,), (1,)), ((0, 3), (3,)),
)  # fmt: skip
INF, NAN = np.inf, np.nan
ENDS = (0.0, -0.0, INF, -INF, NAN, 1e300, -1e300, 1e-300, 5e-324, -5e-324, 1e16, 1e-16, 1.0, -1.0)
"""Zeros, infinities, NaN, the huge, the tiny, the subnormal."""


def spaced(shape: tuple[int, ...], low: float, high: float, salt: int = 0) -> Any:
    """Numbers of a shape that are spread over an open range, in no order, none twice."""
    count = int(np.prod(shape))
    steps = (np.random.default_rng([count, salt]).permutation(count) + 0.5 + 0.1 * salt) / max(count, 1)
    return np.asarray(low + (high - low) * steps).reshape(shape)


def apart(shape: tuple[int, ...], low: float, high: float, salt: int = 0) -> Any:
    """As `spaced`, but at least 0.1 from the integers."""
    x = spaced(shape, low, high, salt)
    return np.asarray(np.floor(x) + 0.1 + 0.8 * (x - np.floor(x)))


def halves_apart(shape: tuple[int, ...], low: float, high: float, salt: int = 0) -> Any:
    """As `apart`, of what lies halfway between the integers."""
    return np.asarray(apart(shape, low, high, salt) + 0.5)


def unary(low: float = -2, high: float = 2, *, kinks: Any = (), make: Any = spaced) -> list[Sample]:
    """Samples of an op of one operand: every shape, its kinks (point, gradient), the ends."""
    return [
        *(Sample((make(shape, low, high),)) for shape in SHAPES),
        *(kink((np.array([at]),), (np.array([slope]),)) for at, slope in kinks),
        Sample((np.array(ENDS),), smooth=False, name="ends"),
    ]


def binary(
    left: Any = (-2, 2), right: Any = (-2, 2), *, kinks: Any = (), numbers: Any = (0.5, 3), make: Any = spaced
) -> list[Sample]:
    """Samples of an op of two operands: broadcasting, Python numbers on either side, the ends."""
    across = [(a, b) for a in ENDS for b in ENDS]
    return [
        *(Sample((make(a, *left, 0), make(b, *right, 2))) for a, b in PAIRS),
        *(Sample((make((3,), *left), number)) for number in numbers),
        *(Sample((number, make((2, 3), *right))) for number in numbers),
        *(kink((np.array([a]), np.array([b])), (np.array([da]), np.array([db]))) for a, b, da, db in kinks),
        Sample(tuple(map(np.array, zip(*across, strict=True))), smooth=False, name="ends"),
    ]


def kink(operands: Any, gradients: Any, params: Any = ()) -> Sample:
    """A point where the derivative does not exist, or is infinite, with what is given there."""
    return Sample(operands, params, gradients=gradients, name="kink" + ",".join(map(_point, operands)))


def imaginary(sample: Sample) -> Sample:
    """The sample with complex numbers near its real ones."""
    return sample.replaced(
        np.asarray(o + 1j * spaced(o.shape, -0.4, 0.4, 3 + k))
        if isinstance(o, np.ndarray) and o.dtype.kind == "f"
        else o
        for k, o in enumerate(sample.operands)
    )


def _point(operand: Any) -> str:
    return str(np.asarray(operand).ravel().tolist()).replace(" ", "")


def compared() -> list[Sample]:
    """Samples of a predicate of two operands, with ties."""
    some = np.array([1.0, 2.0, 3.0])
    return [
        *(Sample((spaced(a, -2, 2), spaced(b, -2, 2, 1))) for a, b in PAIRS),
        Sample((some, some[::-1].copy()), name="tie"),
        Sample((some, 2.0)),
        Sample((2, some)),
        Sample((np.arange(3), np.array([2, 1, 0]))),
        binary()[-1],
    ]


def truth(*rows: Any) -> Any:
    """An array of bools."""
    return np.array(rows, bool)


def logical() -> list[Sample]:
    """Samples of an op of two conditions."""
    return [
        Sample((truth(True, True, False, False), truth(True, False, True, False))),
        Sample((truth([True], [False]), truth(True, False, True))),
        Sample((np.array(True), truth())),
        Sample((np.array([0.0, 2.0, NAN]), np.array([1.0, 0.0, 0.0]))),
    ]


def bits() -> list[Sample]:
    """Samples of an op on the bits of integers and on truth values."""
    return [
        *logical()[:3],
        Sample((np.array([6, -1, 0]), np.array([3, 5, -2]))),
        Sample((np.array([[6], [5]]), np.array([3, 1, 0]))),
        Sample((np.array([6, 5]), 3)),
        Sample((3, np.array([6, 5]))),
    ]


def of_axes(choices: Any, low: float = -2, high: float = 2) -> list[Sample]:
    """Samples of an op of one operand and a parameter: pairs of a shape and the parameters."""
    return [Sample((spaced(shape, low, high),), params) for shape, *params in map(_flat, choices)]


def _flat(choice: Any) -> Any:
    shape, *params = choice
    return (shape, *params)


REDUCED = [
    ((), ()), ((3,), (0,)), ((2, 3), (0,)), ((2, 3), (1,)), ((2, 3), (0, 1)), ((2, 1, 4), (0, 2)),
    ((2, 1, 4), (1,)), ((2, 3), ()),
]  # fmt: skip
EMPTY_REDUCED = [((0,), (0,)), ((0, 3), (0,)), ((2, 0), (1,))]


def extrema(sign: int) -> list[Sample]:
    """Samples of a largest (sign 1) or smallest (sign -1) element over axes, with ties."""
    tie = sign * np.array([[3.0, 1.0, 3.0], [0.0, 0.0, 0.0]])
    half, third = [[0.5, 0, 0.5]], [[1 / 3] * 3]
    return [
        *(Sample((spaced(shape, -2, 2),), (axes,)) for shape, axes in [*REDUCED, ((0, 3), (1,))]),
        kink((tie,), (np.array(half + third),), ((1,),)),
        kink((tie,), (np.array([*half, [0.0] * 3]) if sign else None,), ((0, 1),)),
        Sample((np.array([1.0, INF, -INF]),), ((0,),), smooth=False, name="inf"),
        Sample((np.array([[1.0, NAN], [2.0, 3.0]]),), ((1,),), smooth=False, name="nan"),
        Sample((np.arange(6).reshape(2, 3),), ((0,),)),
    ]


def chosen() -> list[Sample]:
    """Samples of the index of an extremum along an axis, with ties."""
    return [
        *(Sample((spaced(s, -2, 2),), (axis,)) for s, axis in [((3,), 0), ((2, 3), 0), ((2, 3), 1), ((2, 1, 4), 2)]),
        Sample((np.array([1.0, 1.0, 0.0, 0.0]),), (0,), smooth=False, name="tie"),
        Sample((np.array([1.0, NAN, 0.0]),), (0,), smooth=False, name="nan"),
    ]


def index(*rows: Any) -> Any:
    """An array of integers for the indexing rows."""
    return np.array(rows, np.int64)


ROOM = (4, 3)
PICKED = [
    ((5,), index([0, 4, 2])),
    ((5,), index([1, 1, -1, 1])),
    (ROOM, index([3, 0])),
    (ROOM, index([3, 0, 3], [1, 2, 1])),
    ((2, 3, 2), index([[1, 0], [1, 1]], [[2, 0], [2, -1]])),
    ((3,), np.zeros((1, 0), np.int64)),
    ((2, 3), index([1])),
]
"""Shapes, and which of their leading axes are indexed; some entries twice, some from the end."""

POSITIONS = [
    ((5,), index(0, 4, 2)),
    (ROOM, index([0, 11], [5, 7])),
    ((2, 1, 4), index(6)),
    ((3,), np.zeros(0, np.int64)),
]


ALONG = [
    ((5,), index(0, 4, 0), 0),
    ((2, 3), index([0, 2, 2, 1], [1, 0, 0, 0]), 1),
    ((3, 2), index([0, 2], [2, 1]), 0),
    ((2, 3, 2), index([[0, 1], [2, 2]], [[1, 0], [0, 1]]), 1),
    ((0, 3), np.zeros((0, 2), np.int64), 1),
]
"""Shapes, an index, and the axis that it is of."""


def scattered() -> list[Sample]:
    """What `gather` gives, put back into the shape it came from."""
    return [Sample((spaced((*i.shape[1:], *shape[i.shape[0] :]), -2, 2), i), (shape,)) for shape, i in PICKED]


SLICED = [
    ((), ()),
    ((5,), ((0, 5, 1),)),
    ((5,), ((1, 5, 2),)),
    ((5,), ((4, None, -1),)),
    ((5,), (2,)),
    ((5,), ((2, 2, 1),)),
    ((2, 3), (1, (0, 3, 2))),
    ((2, 1, 4), ((0, 2, 1), 0, (1, 3, 1))),
]
"""Shapes and basic indices: steps both ways, single entries, nothing at all."""


def sliced_shape(slices: Any) -> tuple[int, ...]:
    """The shape that is left by a basic index."""
    return tuple(len(range(s[0], -1 if s[1] is None else s[1], s[2])) for s in slices if isinstance(s, tuple))


def concatenated(*shapes: Any, axis: int) -> Sample:
    """Arrays to be put one after another."""
    return Sample(tuple(spaced(s, -2, 2, k) for k, s in enumerate(shapes)), (axis,))


CONDITION = truth([True, False, True], [False, False, True])

DIAGONALS = (
    ((3, 3), (0, 0, 1), (3,)), ((2, 3), (1, 0, 1), (2,)), ((2, 3), (-1, 1, 0), (2,)), ((2, 3), (5, 0, 1), (0,)),
    ((2, 3, 4), (0, 2, 0), (3, 2)), ((0, 3), (0, 0, 1), (0,)),
)  # fmt: skip
"""A shape, offset and axes, and the shape of the diagonal."""

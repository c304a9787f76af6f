"""What wengert's own rows are tried on: for every primitive a list of samples.

Shapes from 0-d over empty to three axes, broadcasting both ways, Python numbers, kinks with the
gradient that PyTorch has there, and the ends of the number range; making.py makes them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from wengert.testing import bits as on_bits
from wengert.testing import factored, specials
from wengert.testing.making import (
    ALONG,
    CONDITION,
    DIAGONALS,
    EMPTY_REDUCED,
    ENDS,
    INF,
    NAN,
    PAIRS,
    PICKED,
    POSITIONS,
    REDUCED,
    SHAPES,
    SLICED,
    apart,
    binary,
    bits,
    chosen,
    compared,
    concatenated,
    extrema,
    halves_apart,
    imaginary,
    index,
    kink,
    logical,
    of_axes,
    scattered,
    sliced_shape,
    spaced,
    truth,
    unary,
)
from wengert.testing.sample import Sample

STRUCTURAL: dict[str, list[Sample]] = {
    "reduce_sum": [
        *(Sample((spaced(s, -2, 2),), (axes,)) for s, axes in REDUCED + EMPTY_REDUCED),
        *(Sample((spaced((n,), -2, 2),), ((0,),)) for n in (5, 6, 7, 9)),
        Sample((spaced((4, 5, 6), -2, 2),), ((0, 2),)),
        Sample((np.array([1e300, 1e300, -1e300]),), ((0,),), smooth=False, name="huge"),
        Sample((np.array([1.0, INF, NAN]),), ((0,),), smooth=False, name="nan"),
    ],
    "broadcast_to": of_axes(
        [
            ((), ()),
            ((), (2, 3)),
            ((3,), (2, 3)),
            ((2, 1, 4), (2, 3, 4)),
            ((1,), (0,)),
            ((1,), (4,)),
            ((0, 3), (2, 0, 3)),
        ]
    ),
    "reshape": of_axes(
        [((), (1,)), ((), ()), ((6,), (2, 3)), ((2, 3), (6,)), ((2, 1, 4), (4, 2)), ((0, 3), (0,)), ((1,), ())]
    ),
    "permute": of_axes([((), ()), ((3,), (0,)), ((2, 3), (1, 0)), ((2, 1, 4), (2, 0, 1)), ((0, 3), (1, 0))]),
    "alias": [Sample((spaced(s, -2, 2),)) for s in SHAPES],
    "copy": [Sample((spaced(s, -2, 2),)) for s in SHAPES],
    "cast": [
        *(Sample((spaced(s, -2, 2),), (np.dtype(np.float64),)) for s in SHAPES),
        *(Sample((spaced((3,), -2, 2),), (np.dtype(d),), smooth=False) for d in (np.float32, np.int64, np.bool_)),
    ],
    "flip": of_axes([((), ()), ((3,), (0,)), ((2, 3), (0, 1)), ((2, 1, 4), (2,)), ((0, 3), (0,))]),
    "concat": [
        concatenated((2,), (3,), axis=0),
        concatenated((2, 3), (1, 3), (2, 3), axis=0),
        concatenated((2, 1), (2, 2), axis=1),
        concatenated((2, 1, 4), axis=2),
        concatenated((0,), (3,), axis=0),
    ],
    "diagonal": [Sample((spaced(shape, -2, 2),), where) for shape, where, _ in DIAGONALS],
    "onto_diagonal": [Sample((spaced(kept, -2, 2),), (shape, *where)) for shape, where, kept in DIAGONALS],
    "slice": [Sample((spaced(shape, -2, 2),), (slices,)) for shape, slices in SLICED],
    "scatter_slice": [Sample((spaced(sliced_shape(slices), -2, 2),), (slices, shape)) for shape, slices in SLICED],
}

COMPLEXES: dict[str, list[Sample]] = {
    "view_as_real": [imaginary(Sample((spaced(shape, -2, 2),))) for shape in SHAPES],
    "view_as_complex": [Sample((spaced((*shape, 2), -2, 2),)) for shape in SHAPES],
}

PRODUCTS: dict[str, list[Sample]] = {
    "matmul": [
        Sample((spaced(a, -2, 2), spaced(b, -2, 2, 1)))
        for a, b in [
            ((1, 1), (1, 1)), ((2, 3), (3, 4)), ((2, 2, 3), (3, 1)), ((2, 1, 3, 2), (2, 2, 3)),
            ((0, 3), (3, 2)), ((2, 0), (0, 3)), ((0, 2, 3), (3, 2)),
        ]
    ],
}  # fmt: skip

INDEXING: dict[str, list[Sample]] = {
    "gather": [Sample((spaced(shape, -2, 2), i)) for shape, i in PICKED],
    "scatter_add": scattered(),
    "inside": [
        Sample((i,), (axis, 9, name), smooth=False)
        for i, axis, name in [
            (index(2, 0, 1), 0, "scatter"),
            (index(1, -1, 0), 1, "index"),
            (np.zeros((0,), np.int64), 0, "self"),
            (index([1, 0], [2, 2]), 1, "index_copy"),
            (np.array(-2), 0, "take"),
        ]
    ],
    "put": [Sample((spaced(s, -2, 2), spaced(p.shape, -2, 2, 1), p)) for s, p in POSITIONS],
    "take": [Sample((spaced(s, -2, 2), p)) for s, p in [*POSITIONS, ((3,), index(1, 1, -1))]],
    "take_along": [Sample((spaced(shape, -2, 2), i), (axis,)) for shape, i, axis in ALONG],
    "add_along": [Sample((spaced(i.shape, -2, 2), i), (axis, shape[axis])) for shape, i, axis in ALONG],
    "spread": [Sample((spaced(p.shape, -2, 2), p), (s,)) for s, p in [*POSITIONS, ((3,), index(1, 1, -1))]],
}

ARITHMETIC: dict[str, list[Sample]] = {
    "add": binary(),
    "subtract": binary(),
    "multiply": binary(),
    "divide": binary(right=(0.5, 2)) + binary(right=(-2, -0.5))[:4],
    "negative": unary(),
    "conjugate": unary(),
    "power": [
        *binary(left=(0.5, 2), right=(-2, 2)),
        *(Sample((spaced((2, 3), -2, 2), number)) for number in (0, 1, 2, 3, 2.0, 3.0)),
        *(Sample((spaced((3,), 0.5, 2), number)) for number in (-1, -2.5, 0.5)),
        *(kink((np.array([0.0]), number), (np.array([slope]), None))
          for number, slope in [(0.5, INF), (0, 0.0), (1, 1.0), (2, 0.0), (1.0, 1.0), (0.0, 0.0)]),
        *(kink((number, np.array([at])), (None, np.array([0.0]))) for number, at in [(0.0, 1.0), (0.0, 0.0), (0, 2.0)]),
        kink((np.array([0.0]), np.array([0.0])), (np.array([0.0]), np.array([0.0]))),
        kink((np.array([0.0]), np.array([1.0])), (np.array([1.0]), np.array([0.0]))),
        kink((np.array([0.0]), np.array([0.5])), (np.array([INF]), np.array([0.0]))),
    ],
    "floor_divide": [  # of integers, since it raises where a derivative is asked for
        Sample((np.array([7, -7, 7, -7]), np.array([2, 2, -2, -2]))),
        Sample((np.array([[7], [-8]]), np.array([3, -3]))),
        Sample((np.array([7, -7]), 2)),
        Sample((7, np.array([2, -3]))),
        Sample((np.array(7), np.array([], int))),
    ],
    "floor_quotient": [
        # quotients well away from integers
        *(Sample((np.full(a, 5.3), np.full(b, 2.0))) for a, b in PAIRS),
        Sample((np.array([5.3, -5.3]), 2.0)),
        Sample((7, np.array([2.3, -3.3]))),
        kink((np.array([4.0]), np.array([2.0])), (np.array([0.0]), np.array([0.0]))),
        binary()[-1],
    ],
    "arctan2": [
        *binary(right=(0.5, 2)),
        *binary(left=(0.5, 2))[:4],
        *(kink((np.array([at]), np.array([0.0])), (np.array([0.0]), np.array([0.0]))) for at in (0.0, -0.0)),
    ],
    "hypot": [*binary(), kink((np.array([0.0]), np.array([0.0])), (np.array([NAN]), np.array([NAN])))],
    "logaddexp": [
        *binary(),
        kink((np.array([-INF]), np.array([-INF])), (np.array([NAN]), np.array([NAN]))),
        kink((np.array([-INF]), np.array([1.0])), (np.array([0.0]), np.array([1.0]))),
        kink((np.array([INF]), np.array([1.0])), (np.array([1.0]), np.array([0.0]))),
    ],
    "xlogy": [
        *binary(right=(0.5, 2)),
        kink((np.array([0.0]), np.array([0.0])), (np.array([0.0]), np.array([NAN]))),
        kink((np.array([0.0]), np.array([1.0])), (np.array([0.0]), np.array([0.0]))),
        kink((np.array([2.0]), np.array([0.0])), (np.array([-INF]), np.array([INF]))),
    ],
    "fmod": [
        *(Sample((np.full(a, 5.3), np.full(b, 2.0))) for a, b in PAIRS),
        Sample((np.array([5.3, -5.3, 5.3, -5.3]), np.array([2.0, 2.0, -2.0, -2.0]))),
        Sample((np.array([5.3, -5.3]), 2.0)),
        Sample((7, np.array([2.3, -3.3]))),
        kink((np.array([4.0]), np.array([2.0])), (np.array([1.0]), np.array([-2.0]))),
        binary()[-1],
    ],
    "remainder": [
        # quotients well away from integers
        *(Sample((np.full(a, 5.3), np.full(b, 2.0))) for a, b in PAIRS),
        Sample((np.array([5.3, -5.3, 5.3, -5.3]), np.array([2.0, 2.0, -2.0, -2.0]))),
        Sample((np.array([5.3, -5.3]), 2.0)),
        Sample((7, np.array([2.3, -3.3]))),
        kink((np.array([4.0]), np.array([2.0])), (np.array([1.0]), np.array([-2.0]))),
        binary()[-1],
    ],
}  # fmt: skip

ELEMENTARY: dict[str, list[Sample]] = {
    "exp": unary(),
    "expm1": unary(),
    "reciprocal": unary(0.5, 2),
    "log": unary(0.3, 3, kinks=[(0.0, INF)]),
    "log1p": unary(-0.6, 2, kinks=[(-1.0, INF)]),
    "sqrt": unary(0.3, 3, kinks=[(0.0, INF)]),
    "sin": unary(-4, 4),
    "cos": unary(-4, 4),
    "tan": unary(-1, 1),
    "tanh": [*unary(-3, 3), kink((np.array([40.0, -40.0]),), (np.array([0.0, 0.0]),))],
    "arcsin": unary(-0.9, 0.9, kinks=[(1.0, INF)]),
    "arccos": unary(-0.9, 0.9, kinks=[(1.0, -INF)]),
    "arctan": unary(),
    "sinh": unary(),
    "cosh": unary(),
    "arcsinh": unary(),
    "arccosh": unary(1.3, 3, kinks=[(1.0, INF)]),
    "arctanh": unary(-0.8, 0.8, kinks=[(1.0, INF)]),
    "sigmoid": [*unary(-4, 4), kink((np.array([800.0, -800.0]),), (np.array([0.0, 0.0]),))],
    "square": unary(),
    "absolute": unary(make=apart, kinks=[(0.0, 0.0)]),
    "sign": unary(make=apart, kinks=[(0.0, 0.0)]),
    **{name: unary(-3, 3, make=apart, kinks=[(0.0, 0.0), (2.0, 0.0)]) for name in ("floor", "ceil", "trunc")},
    "rint": unary(-3, 3, make=halves_apart, kinks=[(0.0, 0.0), (2.5, 0.0)]),
    "relu": unary(make=apart, kinks=[(0.0, 0.0), (-0.0, 0.0)]),
}

CHOICES: dict[str, list[Sample]] = {
    "where": [
        Sample((np.array(True), spaced((), -2, 2), spaced((), -2, 2, 1))),
        Sample((CONDITION, spaced((2, 3), -2, 2), spaced((2, 3), -2, 2, 1))),
        Sample((CONDITION[0], spaced((2, 3), -2, 2), spaced((2, 1), -2, 2, 1))),
        Sample((CONDITION, spaced((), -2, 2), spaced((3,), -2, 2, 1))),
        Sample((CONDITION, spaced((2, 3), -2, 2), 0)),
        Sample((CONDITION, 0.5, spaced((3,), -2, 2))),
        Sample((np.zeros((0, 3), bool), spaced((3,), -2, 2), spaced((0, 3), -2, 2))),
        Sample((truth(True, False), np.array([1.0, NAN]), np.array([NAN, 2.0])), smooth=False, name="nan"),
        kink(
            (truth(True, False), np.array([INF, NAN]), np.array([NAN, INF])),
            (None, np.array([1.0, 0]), np.array([0, 1.0])),
        ),
    ],
    "maximum": binary(kinks=[(1.0, 1.0, 0.5, 0.5), (0.0, -0.0, 0.5, 0.5), (INF, INF, 0.5, 0.5)], numbers=(0.25, 2)),
    "minimum": binary(kinks=[(1.0, 1.0, 0.5, 0.5), (0.0, -0.0, 0.5, 0.5), (-INF, -INF, 0.5, 0.5)], numbers=(0.25, 2)),
    "leaky_relu": [
        *(Sample((apart(a, -2, 2), spaced(b, -2, 2, 2))) for a, b in PAIRS),
        Sample((apart((3,), -2, 2), 0.25)),
        kink((np.array([0.0]), 0.25), (np.array([0.25]), None)),
        kink((np.array([0.0]), np.array([0.25])), (np.array([0.25]), np.array([0.0]))),
        binary()[-1],
    ],
    "hardtanh": [
        *(Sample((apart(shape, -3, 3), -1, 1)) for shape in SHAPES),
        Sample((apart((3,), -3, 3), np.array([-1.0, -2.0, 0.0]), np.array(2.0))),
        *(kink((np.array([at]), -1, 1), (np.array([0.0]), None, None)) for at in (-1.0, 1.0)),
        Sample((np.array(ENDS), -1, 1), smooth=False, name="ends"),
    ],
    "clamp": [
        *(Sample((apart(shape, -3, 3), -1, 1)) for shape in SHAPES),
        Sample((apart((3,), -3, 3), np.array([-1.0, -2.0, 0.0]), np.array(2.0))),
        *(kink((np.array([at]), -1, 1), (np.array([1.0]), None, None)) for at in (-1.0, 1.0)),
        Sample((np.array(ENDS), -1, 1), smooth=False, name="ends"),
    ],
    "threshold": [
        *(Sample((apart(shape, -3, 3), 1, 7)) for shape in SHAPES),
        Sample((apart((3,), -3, 3), np.array([-1.0, -2.0, 0.0]), np.array(2.0))),
        kink((np.array([1.0]), 1, 7), (np.array([0.0]), None, None)),
        Sample((np.array(ENDS), 0, 0.5), smooth=False, name="ends"),
    ],
    "cumsum": of_axes(
        [
            (*choice, backwards)
            for choice in [((3,), 0), ((2, 3), 0), ((2, 3), 1), ((2, 1, 4), 2), ((0, 3), 0)]
            for backwards in (False, True)
        ]
    ),
    "argsort": [
        *(
            Sample((spaced(shape, -2, 2),), (axis, descending))
            for shape, axis in [((3,), 0), ((2, 3), 1), ((2, 1, 4), 0), ((0, 3), 1)]
            for descending in (False, True)
        ),
        *(Sample((np.array([1.0, NAN, 0.0, 1.0, -INF]),), (0, d), smooth=False, name="ends") for d in (False, True)),
    ],
    "reduce_max": extrema(1),
    "reduce_min": extrema(-1),
    "argmax": chosen(),
    "argmin": chosen(),
}

PREDICATES: dict[str, list[Sample]] = {
    **{name: compared() for name in ("equal", "not_equal", "less", "less_equal", "greater", "greater_equal")},
    "logical_and": logical(),
    "logical_or": logical(),
    "logical_not": [Sample((truth(True, False),)), Sample((np.array([0.0, 2.0, NAN]),)), Sample((truth(),))],
    **{name: bits() for name in ("bitwise_and", "bitwise_or", "bitwise_xor")},
    "bitwise_not": [Sample((truth(True, False),)), Sample((np.array([6, -1, 0]),)), Sample((truth(),))],
    "isnan": unary(),
    "isfinite": unary(),
}

SYMMETRIC = np.array([[9.0, 0.3, -0.4], [0.3, -6.0, 0.2], [-0.4, 0.2, 2.0]])
SQUARE = np.array([[3.0, 0.5, -0.7], [0.4, -2.0, 0.9], [-0.6, 1.1, 2.5]])
SKEWED = SYMMETRIC + np.array([[0.0, 0.5, 0.2], [-0.2, 0.0, 0.1], [0.3, -0.1, 0.0]])
DEFINITE = SYMMETRIC @ SYMMETRIC / 9
EMPTY = [Sample((np.zeros(shape),), smooth=False, name="empty") for shape in ((0, 0), (2, 0, 0))]
"""Nothing, and two of it."""


def of_matrices(*choices: Any, params: Any = ()) -> list[Sample]:
    """Samples of an op of matrices."""
    return [Sample((np.asarray(each),), params) for each in choices]


def systems(*params: Any) -> list[Sample]:
    """Samples of a x = b: broadcasting both ways."""
    two = np.stack([SQUARE, SQUARE + 1])
    return [
        *(
            Sample((a, spaced(shape, -2, 2, 1)), params)
            for a, shape in [(SQUARE, (3, 2)), (two, (2, 3, 1)), (two, (3, 2)), (SQUARE, (2, 3, 1))]
        ),
        Sample((np.zeros((0, 0)), np.zeros((0, 2))), params, smooth=False, name="empty"),
    ]


DECOMPOSED: dict[str, list[Sample]] = {
    "eigh": [
        Sample((SYMMETRIC,)),
        Sample((np.stack([SYMMETRIC, SYMMETRIC + np.diag([0.0, 0.0, 3.0])]),)),
        Sample((np.array([[1.5]]),), name="one"),
        *EMPTY,
    ],
    "cholesky": [*of_matrices(DEFINITE, [DEFINITE, DEFINITE + np.eye(3)], [[1.5]]), *EMPTY],
    "qr": [
        *(sample for mode in ("reduced", "complete") for sample in of_matrices(SQUARE, params=(mode,))),
        *of_matrices(SQUARE[:, :2], [SQUARE[:, 1:], SQUARE[:, 1:] + 1], [[1.5], [2.0]], params=("reduced",)),
        *(Sample((each.operands[0],), ("reduced",), smooth=False, name="empty") for each in EMPTY),
    ],
    "svd": [
        *of_matrices(SKEWED, [SKEWED, SKEWED + 0.2], SKEWED[:, :2], SKEWED[:2], [[[1.5], [2.0]]], params=(False,)),
        *(Sample((each.operands[0],), (False,), smooth=False, name="empty") for each in EMPTY),
        Sample((np.zeros((2, 0)),), (True,), smooth=False, name="empty"),
    ],
    "solve": systems(),
    "solve_triangular": [each for upper in (True, False) for unit in (True, False) for each in systems(upper, unit)],
    "pinv": [
        *of_matrices(SQUARE, SQUARE[:, :2], [SQUARE[:2], SQUARE[:2] + 1], params=(0.0, 1e-12)),
        *(Sample((each.operands[0],), (0.0, 1e-12), smooth=False, name="empty") for each in EMPTY),
    ],
    "matrix_exp": [*of_matrices(SQUARE / 8, [SQUARE / 8, -SQUARE / 4], [[0.5]]), *EMPTY],
    "fixed": of_matrices(1.5, [1.5, 2.0], SQUARE),
    "det": [
        *of_matrices(
            SQUARE,
            [SQUARE, SQUARE + 1],
            [[1.5]],
            SQUARE[:2, :2],
            np.kron(SQUARE[:2, :2], SQUARE[1:, 1:]),
            np.diag([2.0, 1.0, 0.0]),
            np.diag([2.0, 0.0, 0.0, 1.0]),
            np.ones((3, 3)),
            np.eye(4),
        ),
        *EMPTY,
    ],
    "slogdet": [*of_matrices(SQUARE, [SQUARE, SQUARE + 1], [[1.5]]), *EMPTY],
}

WINDOWED = [
    ((5,), (0,), (2,), (1,), (1,)),
    ((6,), (0,), (2,), (2,), (3,)),
    ((6,), (0,), (1,), (4,), (1,)),
    ((3,), (0,), (3,), (1,), (1,)),
    ((2, 5, 4), (1, 2), (3, 2), (2, 1), (1, 1)),
    ((2, 5, 4), (0, 2), (1, 2), (1, 2), (1, 2)),
    ((2, 5, 4), (2, 1), (2, 2), (1, 1), (2, 3)),
    ((0, 3), (1,), (2,), (1,), (1,)),
]
"""Shapes, axes, and the size, stride and dilation of windows of those."""


def overlapped(shape: Any, axes: Any, size: Any, stride: Any, dilation: Any) -> Sample:
    """What `windows` gives, to be added back."""
    counts = list(shape)
    for axis, k, step, spacing in zip(axes, size, stride, dilation, strict=True):
        counts[axis] = (shape[axis] - spacing * (k - 1) - 1) // step + 1
    lengths = tuple(shape[axis] for axis in axes)
    return Sample((spaced((*counts, *size), -2, 2),), (axes, stride, dilation, lengths))


WINDOWS: dict[str, list[Sample]] = {
    "windows": of_axes(WINDOWED),
    "overlap_add": [overlapped(*each) for each in WINDOWED],
    "window_argmax": [
        *of_axes(
            [
                ((5,), (0,), (2,), (2,), (1,), (0,), (2,)),
                ((5,), (0,), (2,), (2,), (1,), (0,), (3,)),
                ((5,), (0,), (3,), (1,), (2,), (1,), (3,)),
                ((2, 5, 4), (1, 2), (2, 2), (2, 1), (1, 2), (1, 0), (3, 2)),
                ((0, 4), (1,), (2,), (2,), (1,), (0,), (2,)),
            ]
        ),
        Sample((np.array([1.0, 1.0, 0.0, 0.0]),), ((0,), (2,), (1,), (1,), (0,), (3,)), smooth=False, name="tie"),
        Sample((np.array([1.0, NAN, 0.0, NAN]),), ((0,), (3,), (1,), (1,), (0,), (2,)), smooth=False, name="nan"),
        Sample((np.array([-INF, -INF, -INF]),), ((0,), (2,), (2,), (1,), (1,), (2,)), smooth=False, name="lowest"),
    ],
}

TAKE_COMPLEX = (
    "reduce_sum broadcast_to reshape permute alias copy cast flip concat slice scatter_slice diagonal onto_diagonal "
    "matmul gather scatter_add "
    "put take spread add subtract multiply divide negative conjugate power reciprocal exp expm1 log log1p sqrt sin "
    "cos tan tanh sigmoid square absolute arcsin arccos arctan sinh cosh arcsinh arccosh arctanh logaddexp cumsum "
    "cholesky qr solve solve_triangular pinv matrix_exp det slogdet lu failing_minor "
    "windows overlap_add where equal not_equal logical_and logical_or isnan isfinite"
)
"""Rows that take complex numbers as well."""


def with_imaginary(samples: list[Sample]) -> list[Sample]:
    """The samples, and the first of them with complex numbers: some shapes, and one Python number."""
    known = [sample for sample in samples if sample.smooth and any(o.dtype.kind == "f" for o in _arrays(sample))]
    numbers = [sample for sample in known if len(sample.arrays()) < len(sample.operands)]
    return [*samples, *map(imaginary, [*known[:4], *numbers[:1]])]


def _arrays(sample: Sample) -> list[Any]:
    return [sample.operands[i] for i in sample.arrays()]


NEURAL: dict[str, list[Sample]] = {
    "elu": [
        *(Sample((apart(shape, -3, 3), 1.5, 0.8)) for shape in SHAPES),
        *(
            kink((np.array([0.0]), alpha, width), (np.array([alpha / width]), None, None))
            for alpha, width in [(1.0, 1.0), (0.5, 2.0)]
        ),
        kink((np.array([NAN, INF, -INF, 800.0]), 1.0, 1.0), (np.array([1.0, 1.0, 0.0, 1.0]), None, None)),
    ],
    "binary_cross_entropy": [
        *(Sample((spaced(a, 0.05, 0.95), spaced(b, 0.05, 0.95, 1))) for a, b in PAIRS),
        kink(
            (np.array([0.0, 1.0]), np.array([1.0, 0.0])),
            (np.array([-1e12, 1e12]), np.array([INF, -INF])),
        ),
    ],
    "standardise": of_axes(
        [
            ((2, 3), (1,), 1e-5),
            ((2, 3), (0,), 0.1),
            ((2, 1, 4), (1, 2), 1e-5),
            ((3, 2, 4), (0, 2), 0.5),
            ((0, 3), (1,), 1e-5),
        ]
    ),
    **dict.fromkeys(
        ("softmax", "log_softmax"),
        of_axes([((2, 3), (1,)), ((2, 3), (0,)), ((), ()), ((2, 1, 4), (1, 2)), ((0, 3), (1,))]),
    ),
    "ndtr": [*unary(-4, 4), kink((np.array([40.0, -40.0]),), (np.array([0.0, 0.0]),))],
}

SAMPLES: dict[str, list[Sample]] = {
    **factored.SAMPLES,
    **on_bits.SAMPLES,
    **specials.SAMPLES,
    **STRUCTURAL, **COMPLEXES, **PRODUCTS, **DECOMPOSED, **INDEXING, **ARITHMETIC, **ELEMENTARY, **CHOICES,
    **PREDICATES, **WINDOWS, **NEURAL,
}  # fmt: skip
"""For every primitive of the table; a row that is missing here fails the tests."""

SAMPLES.update({name: with_imaginary(SAMPLES[name]) for name in TAKE_COMPLEX.split()})
SAMPLES["power"].pop()  # NumPy takes roots for a power of 0.5, which rounds otherwise
SAMPLES["absolute"].append(kink((np.array([0j]),), (np.array([0j]),)))
SAMPLES["multiply"].append(Sample((imaginary(Sample((spaced((3,), -2, 2),))).operands[0], 0.5 - 2j)))

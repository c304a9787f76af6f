"""Taylor mode: derivatives of any order along one line, at a cost that grows with the square of the order.

    series := primal, and the coefficients of t, t^2 ... t^n of it along a line

The coefficients of a function's result follow from those of its arguments: products are convolutions, and everything
else is the forward rule of the row, applied to series. Derivatives are factorials times coefficients (Griewank and
Walther 2008, chapter 13).

Knows levels. Must not know any op.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from math import factorial
from typing import TYPE_CHECKING, Any

import numpy as np

from wengert import errors, trees
from wengert.core.families import zeros
from wengert.core.levels import Level, Tracer, differentiating, numpy_dtype, spec_of
from wengert.core.modes import recording
from wengert.core.primitive import TABLE
from wengert.core.tensor import Tensor, wrap
from wengert.functions.recording.leaves import detach
from wengert.transforms.arguments import Arguments, as_result, as_value, differentiable
from wengert.transforms.jacobian import unit_vectors
from wengert.transforms.vmap import vmap

if TYPE_CHECKING:
    from wengert.core.primitive import Primitive


class Series(Tracer):
    """A value along a line: `value` at its start, `coefficients` of the powers of t, None where they are zero."""

    __slots__ = ()

    coefficients: Any = Tensor.extra  # under another name


class TaylorLevel(Level):
    """Pushes truncated power series through every operation.

    Attributes:
        order: the highest power of t that is kept.
    """

    __slots__ = ("order",)
    name = "jet"
    differentiates = True

    def __init__(self, order: int) -> None:
        super().__init__()
        self.order = order

    def series(self, primal: Any, coefficients: Sequence[Any]) -> Series:
        made: Series = Series(self, primal)
        made.coefficients = tuple(coefficients)
        return made

    def process(self, primitive: Primitive, operands: Sequence[Any], params: tuple[Any, ...]) -> Any:
        primals = [self.below(o) for o in operands]
        rows = [o.coefficients if isinstance(o, Series) and o.level is self else () for o in operands]
        out = primitive.apply(primals, params)
        outs = (out,) if primitive.count is None else out
        moving = recording() and any(numpy_dtype(each).kind in "fcV" for each in outs)
        if not moving or not any(c is not None for row in rows for c in row):
            return self._results(primitive, outs, [()] * len(outs))
        found = self._coefficients(primitive, primals, rows, params, out)
        return self._results(primitive, outs, found)

    def _results(self, primitive: Primitive, outs: Sequence[Any], found: list[Any]) -> Any:
        made = tuple(self.series(out, row) for out, row in zip(outs, found, strict=True))
        return made[0] if primitive.count is None else made

    def _coefficients(self, primitive: Primitive, primals: Any, rows: Any, params: Any, out: Any) -> list[Any]:
        """The coefficients of the results."""
        moving = [i for i, row in enumerate(rows) if any(c is not None for c in row)]
        if primitive.name in DIRECT and len(moving) == primitive.arity:
            return [DIRECT[primitive.name](self.order, primitive, primals, rows, params)]
        if primitive.family == "linear" or not reads_moving(primitive, moving):
            return self._one_by_one(primitive, primals, rows, params, out)
        return self._by_slope(primitive, primals, rows, params, out)

    def _one_by_one(self, primitive: Primitive, primals: Any, rows: Any, params: Any, out: Any) -> list[Any]:
        """Where the forward rule depends on nothing that moves, each coefficient goes through it by itself."""
        found = []
        for k in range(self.order):
            moves = [row[k] if k < len(row) else None for row in rows]
            moved = any(m is not None for m in moves)
            found.append(primitive.push(moves, primals, out, params) if moved else None)
        return [tuple(found)]

    def _by_slope(self, primitive: Primitive, primals: Any, rows: Any, params: Any, out: Any) -> list[Any]:
        """y'(t) = J(x(t)) x'(t): its coefficient of t^(k-1) is k y_k.

        The right side is the forward rule applied to the series x(t) itself, so a level of one order less computes it;
        x'(t) has the coefficients j x_j. The result at that order is computed only for rules that read it.
        """
        order = self.order
        inner = TaylorLevel(order - 1) if order > 1 else None
        points: list[Any] = []
        moves: list[Any] = []
        for x, row in zip(primals, rows, strict=True):
            powers = [*row, *(None,) * (order - len(row))][:order]
            slope = [None if c is None else times(j + 1, c) for j, c in enumerate(powers)]
            moved = any(c is not None for c in powers)
            points.append(inner.series(x, powers[: order - 1]) if moved and inner is not None else x)
            if not moved:
                moves.append(None)
            elif inner is None:
                moves.append(slope[0])
            else:
                moves.append(inner.series(as_result(zeros_like(x) if slope[0] is None else slope[0]), slope[1:]))
        if reads_result(primitive):  # else it gives the shape alone
            out = primitive.apply(points, params)
        pushed = primitive.push(moves, points, out, params)
        several = (pushed,) if primitive.count is None else (pushed or (None,) * (primitive.count or 1))
        return [self._integrated(inner, each) for each in several]

    def _integrated(self, inner: TaylorLevel | None, slope: Any) -> tuple[Any, ...]:
        """The coefficients 1..n of a series from those of its derivative."""
        if slope is None:
            return ()
        if inner is None or not (isinstance(slope, Series) and slope.level is inner):
            return (slope,)
        rest = [None if c is None else times(1 / (j + 2), c) for j, c in enumerate(slope.coefficients)]
        return (slope.value, *rest)

    def custom(self, function: Any, args: tuple[Any, ...]) -> Any:
        raise errors.TransformError(
            errors.advice(
                f"jet: the derivatives of an autograd.Function ({function.__name__}) beyond the first are not known",
                "write it with operations of torch.",
            )
        )

    def constant(self, value: Any) -> Any:
        return self.series(value, ())

    def detached(self, tracer: Tracer) -> Any:
        return self.series(detach(tracer.value), ())


def reads_moving(primitive: Primitive, moving: list[int]) -> bool:
    """Whether the forward rule reads an operand that moves, or the result; for what states its rules apart, it may."""
    if primitive.family not in ("pointwise", "bilinear"):
        return True
    names = {"out", *(primitive.operands[i] for i in moving)}
    if primitive.family == "bilinear":
        return len(moving) > 1
    return any(names & set(rule.reads) for i in moving if (rule := primitive.pulls[i]) is not None)


def reads_result(primitive: Primitive) -> bool:
    """Whether the forward rule may read the result."""
    return primitive.family != "pointwise" or any(rule is not None and "out" in rule.reads for rule in primitive.pulls)


def padded(order: int, x: Any, row: Any) -> list[Any]:
    """All coefficients of a series, that of t^0 first."""
    return [x, *row, *(None,) * (order - len(row))]


def product(order: int, primitive: Primitive, primals: Any, rows: Any, params: Any) -> tuple[Any, ...]:
    """c_k = sum of a_i b_(k-i)."""
    a, b = (padded(order, x, row) for x, row in zip(primals, rows, strict=True))
    found = []
    for k in range(1, order + 1):
        terms = [
            primitive.apply([a[i], b[k - i]], params)
            for i in range(k + 1)
            if a[i] is not None and b[k - i] is not None
        ]  # fmt: skip
        found.append(added(terms))
    return tuple(found)


def quotient(order: int, primitive: Primitive, primals: Any, rows: Any, params: Any) -> tuple[Any, ...]:
    """c_k = (a_k - sum over i > 0 of b_i c_(k-i)) / b_0."""
    a, b = (padded(order, x, row) for x, row in zip(primals, rows, strict=True))
    c = [primitive.apply(primals, params)]
    for k in range(1, order + 1):
        terms = [b[i] * c[k - i] for i in range(1, k + 1) if b[i] is not None and c[k - i] is not None]
        less = added(terms)
        top = a[k] if less is None else -less if a[k] is None else a[k] - less
        c.append(None if top is None else primitive.apply([top, b[0]], params))
    return tuple(c[1:])


def driven(row: Any, k: int, y: list[Any]) -> Any:
    """The coefficient k of y'(t) = x'(t) y(t), integrated: the sum of j x_j y_(k-j), over k."""
    terms = [times(j, row[j - 1]) * y[k - j] for j in range(1, k + 1)
             if j <= len(row) and row[j - 1] is not None and y[k - j] is not None]  # fmt: skip
    total = added(terms)
    return None if total is None else times(1 / k, total)


def exponential(order: int, primitive: Primitive, primals: Any, rows: Any, params: Any) -> tuple[Any, ...]:
    """y' = x' y."""
    y = [primitive.apply(primals, params)]
    for k in range(1, order + 1):
        y.append(driven(rows[0], k, y))
    return tuple(y[1:])


def sine(order: int, primitive: Primitive, primals: Any, rows: Any, params: Any) -> tuple[Any, ...]:
    """s' = x' c and c' = -x' s: the two drive each other."""
    s, c = ([TABLE[name].apply(primals, ())] for name in ("sin", "cos"))
    for k in range(1, order + 1):
        up, down = driven(rows[0], k, c), driven(rows[0], k, s)
        s.append(up)
        c.append(None if down is None else -down)
    return tuple((s if primitive.name == "sin" else c)[1:])


def added(terms: list[Any]) -> Any:
    """The sum of some values; None of none."""
    total = None
    for term in terms:
        total = term if total is None else total + term
    return total


DIRECT: dict[str, Callable[..., tuple[Any, ...]]] = {
    "multiply": product, "matmul": product, "divide": quotient, "exp": exponential, "sin": sine, "cos": sine,
}  # fmt: skip
"""Operations whose coefficients follow directly, in as many steps as the square of the order."""


def times(number: float, value: Any) -> Any:
    """A coefficient times a number."""
    return value if number == 1 else value * number


def zeros_like(value: Any) -> Any:
    """Zeros in the shape and dtype of a value."""
    return wrap(zeros(spec_of(value)))


def jet(func: Callable[..., Any], primals: Sequence[Any], series: Sequence[Any]) -> tuple[Any, Any]:
    """The value of a function and its derivatives along a path, to the order of the series that are given.

    >>> import wengert as torch
    >>> value, (first, second) = torch.func.jet(torch.sin, (0.0,), ((1.0, 0.0),))
    >>> value, first, second
    (tensor(0.), tensor(1.), tensor(0.))

    Args:
        func: of tensors; returns a tensor or a container of tensors.
        primals: the arguments at t = 0.
        series: for each the derivatives of its path by t at t = 0: the first, the second, and so on.

    Returns:
        The value, and a tuple with the derivatives of the result by t: the first, the second, and so on; each in the
        containers of the result. The cost grows with the square of the order for sums, products,
        quotients, exp, sin and cos, and with the cube for other functions; func runs once.
    """
    orders = {len(row) for row in series}
    if len(primals) != len(series) or len(orders) != 1 or 0 in orders:
        raise errors.TransformError(
            "jet: every primal needs a series of derivatives, all of the same length, not empty"
        )
    (order,) = orders
    level = TaylorLevel(order)

    def lifted(primal: Any, row: Any) -> Series:
        value = as_value(primal)
        differentiable("jet", value)
        moves = [as_value(each).to(value.dtype) for each in row]
        for move in moves:
            if move.shape != value.shape:
                raise errors.TransformError(
                    f"jet: a derivative has shape {list(move.shape)}, its primal has {list(value.shape)}"
                )
        return level.series(value, [times(1 / factorial(k + 1), move) for k, move in enumerate(moves)])

    with differentiating():
        output = func(*[lifted(primal, row) for primal, row in zip(primals, series, strict=True)])
    value = trees.tree_map(level.below, output)

    def derivative(leaf: Any, k: int) -> Any:
        row = leaf.coefficients if isinstance(leaf, Series) and leaf.level is level else ()
        found = row[k] if k < len(row) else None
        return zeros_like(leaf) if found is None else as_result(times(factorial(k + 1), found))

    return value, tuple(trees.tree_map(lambda leaf, k=k: derivative(leaf, k), output) for k in range(order))


def derivative(func: Callable[..., Any], n: int = 1) -> Callable[..., Any]:
    """The n-th derivative of a function of one number, or of each element of a tensor by itself.

    >>> import wengert as torch
    >>> torch.func.derivative(lambda x: torch.exp(2 * x), 5)(0.0)
    tensor(32.)

    Args:
        func: of one argument, elementwise: element i of the result depends on element i alone.
        n: the order; 0 is the function itself.
    """
    if not isinstance(n, int) or n < 0:
        raise errors.ArgumentError(f"derivative: the order must be a whole number of at least 0, got {n!r}")

    @wraps(func)
    def nth(x: Any) -> Any:
        value = as_value(x)
        if n == 0:
            return func(value)
        differentiable("derivative", value)
        one = wrap(np.ones(tuple(value.shape), numpy_dtype(value)))
        none = wrap(np.zeros(tuple(value.shape), numpy_dtype(value)))
        return jet(func, (value,), ((one, *(none,) * (n - 1)),))[1][n - 1]

    return nth


def _second_along_each(func: Callable[..., Any], args: tuple[Any, ...]) -> tuple[Arguments, list[Any]]:
    """For each leaf of the arguments the second derivatives of a number along every element."""
    given = Arguments(args)
    specs = [spec_of(leaf) for leaf in given.leaves]
    for leaf in given.leaves:
        differentiable("laplacian", leaf)

    def along(*directions: Any) -> Any:
        level = TaylorLevel(2)
        with differentiating():
            leaves = [level.series(x, (d, None)) for x, d in zip(given.leaves, directions, strict=True)]
            output = func(*given.filled(leaves))
        if not isinstance(output, Tensor) or output.ndim:
            raise errors.TransformError("laplacian, hessian_diagonal: the function must return a number")
        row: Any = output.coefficients if isinstance(output, Series) and output.level is level else ()
        return zeros_like(output) if len(row) < 2 or row[1] is None else as_result(times(2, row[1]))

    found = vmap(along)(*unit_vectors(specs))
    pieces, start = [], 0
    for spec in specs:
        size = int(np.prod(spec.shape, dtype=int))
        pieces.append(found[start : start + size].reshape(spec.shape))
        start += size
    return given, pieces


def hessian_diagonal(func: Callable[..., Any]) -> Callable[..., Any]:
    """A function that returns the second derivatives of a number by each element of its arguments.

    >>> import wengert as torch
    >>> torch.func.hessian_diagonal(lambda x: (x**3).sum() + x.prod())(torch.tensor([1.0, 2.0]))
    tensor([ 6., 12.])

    In the containers of the argument, or a tuple of them for several. All elements are moved at once, each by itself.
    """

    @wraps(func)
    def diagonal(*args: Any) -> Any:
        given, pieces = _second_along_each(func, args)
        packed = given.shared_out(range(len(args)), pieces)
        return packed[0] if len(args) == 1 else tuple(packed)

    return diagonal


def laplacian(func: Callable[..., Any]) -> Callable[..., Any]:
    """A function that returns the sum of the second derivatives of a number by each element of its arguments.

    >>> import wengert as torch
    >>> torch.func.laplacian(lambda x: (x**2).sum())(torch.ones(3))
    tensor(6.)
    """

    @wraps(func)
    def summed(*args: Any) -> Any:
        _, pieces = _second_along_each(func, args)
        return added([piece.sum() for piece in pieces])

    return summed

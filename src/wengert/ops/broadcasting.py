"""The families whose operands broadcast: `pointwise` and `bilinear`.

A pointwise rule is the differential as on paper: d sin(x) = cos(x) dx. Its Jacobian is diagonal,
so the same text is the tangent rule and (with conjugates) the cotangent rule.

Complex numbers keep PyTorch's convention: a gradient is the conjugate of what the differential says,
dL/d conj(z). Where the result is real although an operand is complex (abs), the rule states the
gradient itself.
"""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from wengert.core.blocks import in_blocks, when_big
from wengert.core.emit import emit_binary, emit_unary
from wengert.core.emit_general import emit_general
from wengert.core.families import shape_of
from wengert.core.levels import numpy_dtype
from wengert.core.primitive import TABLE, Primitive, Rule, register
from wengert.core.sweeps import Sweeps
from wengert.dtypes import real_of
from wengert.errors import DtypeError, advice
from wengert.ops.refusals import Refusal, refuse, refusing
from wengert.ops.structural import broadcast_to, cast, lead, unbroadcast
from wengert.shapes import Spec, broadcast_shapes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def pointwise(
    name: str,
    *differentials: Callable[..., Any] | None,
    kernel: Callable[..., Any] | None = None,
    eager: Callable[..., Any] | None = None,
    promotion: str = "same",
    title: str | None = None,
    result: Any = None,
    refuses: Sequence[Refusal] = (),
    second: str = "other",
    scales: bool = False,
) -> Any:
    """A row that acts element by element.

    Args:
        name: of the row, and of the NumPy function where no kernel is given.
        differentials: for each operand `lambda dx, <what it reads>`, or None where there is none.
        kernel: `lambda xp, x, y, *params`; `xp` is NumPy or anything that speaks its names, so
            the same text is the eager kernel and the compiled one.
        eager: the same without xp, where the eager kernel has to look at the values first.
        promotion: "same" (one common dtype), "float" (integers become floats), "branches" (as
            "same", but the first operand is a condition).
        title: PyTorch's node name without "Backward0".
        result: bool for a predicate, "real" if complex operands give real results.
        refuses: the dtypes that PyTorch does not take.
        second: PyTorch's name of the second of two operands.
        scales: whether a number is not rounded before it meets half precision.
    """
    arity = len(differentials)
    row = Primitive(
        name, family="pointwise", kernel=kernel or _namesake(name, arity), arity=arity,
        promotion=promotion, title=title,
    )  # fmt: skip
    row.scales = scales
    if eager is not None:
        row.kernel = eager
    elif kernel is None:
        row.kernel = getattr(np, name)
    if refuses:
        row.kernel = refusing(row.kernel, arity + len(row.parameters), refuses)
    row.pulls = tuple(None if d is None else Rule(d, row.operands, row.parameters) for d in differentials)
    row.spec = _spec_rule(row, arity, result, refuses)
    row.pull, row.push = _pull(row), _push(row)
    row.batch = lambda values, axes, params: _batch(row, values, axes, params)
    text = row.text
    row.lower = lambda b, *args: text(b, *args)
    when_big(partial(_take_blocks, row))
    emit: Any = {1: emit_unary, 2: partial(emit_binary, second=second)}.get(arity, emit_general)
    return _finish(row, emit_general if row.parameters else emit)


def _take_blocks(row: Primitive) -> None:
    """From now on the row computes big arrays block by block, forwards and backwards."""
    row.kernel = in_blocks(row.kernel, None if row.parameters else Sweeps(lambda *operands: row.op(*operands)))
    moving = {*row.operands, "out"}
    for rule in row.pulls:
        if rule is not None and not rule.is_identity:
            swept = Sweeps(rule.function) if moving.issuperset(rule.reads) else None
            rule.function = in_blocks(rule.function, swept)


def _namesake(name: str, arity: int) -> Callable[..., Any]:
    if arity == 1:
        return lambda xp, x: getattr(xp, name)(x)
    return lambda xp, x, y: getattr(xp, name)(x, y)


def _spec_rule(row: Primitive, arity: int, result: Any, refuses: Sequence[Refusal]) -> Callable[..., Spec]:
    @cache
    def of_bools() -> np.dtype[Any]:
        """What NumPy makes of truth values: bool, int8, or a refusal."""
        try:
            return np.asarray(row.kernel(*[np.ones(1, np.bool_)] * arity)).dtype
        except TypeError:
            raise DtypeError(
                advice(f"{row.name} is not defined for bool tensors.", "convert with .int() or .float() first.")
            ) from None

    def spec(*args: Any) -> Spec:
        operands = args[:arity]
        shape = broadcast_shapes(*(s.shape for s in operands))
        typed = [s for s in operands if not s.weak] or operands
        dtype = typed[-1].dtype
        refuse(dtype, *refuses)
        if result == "real":
            dtype = real_of(dtype)
        elif result is not None:
            return Spec(shape, np.dtype(result))
        return Spec(shape, dtype if dtype != np.bool_ or row.parameters else of_bools())

    return spec


def _pull(row: Primitive) -> Callable[..., Any]:
    def pull(i: int, g: Any, operands: Any, specs: Any, out: Any, params: Any) -> Any:
        rule = row.pulls[i]
        if rule is None:
            return None
        g = _transposed(rule, g, operands, out, params)
        return g if specs is None else unbroadcast(g, specs[i].shape)

    return pull


def _transposed(rule: Rule, g: Any, operands: Any, out: Any, params: Any) -> Any:
    """The cotangent: a rule says how to multiply, and the transpose multiplies by the conjugate."""
    if numpy_dtype(g).kind != "c" or not _reads_complex(rule, (*operands, out)):
        return rule(g, operands, out, params)
    conjugate = TABLE["conjugate"].op
    return conjugate(rule(conjugate(g), operands, out, params))


def _reads_complex(rule: Rule, values: Sequence[Any]) -> bool:
    return any(i < len(values) and numpy_dtype(values[i]).kind == "c" for i in rule.picks)


def _push(row: Primitive) -> Callable[..., Any]:
    def push(tangents: Sequence[Any], operands: Any, out: Any, params: Any) -> Any:
        total = None
        for rule, tangent in zip(row.pulls, tangents, strict=True):
            if rule is not None and tangent is not None:
                term = _moved(rule, tangent, operands, out, params)
                total = term if total is None else total + term
        if total is None or shape_of(total) == shape_of(out):
            return total
        return broadcast_to(total, shape_of(out))

    return push


def _moved(rule: Rule, tangent: Any, operands: Any, out: Any, params: Any) -> Any:
    """The tangent of the result; a gradient g of a real result moves it by Re(conj(g) dz)."""
    have, wanted = numpy_dtype(tangent), numpy_dtype(out)
    if have.kind != "c" or wanted.kind == "c":
        return rule(tangent, operands, out, params)
    return cast(rule(TABLE["conjugate"].op(tangent), operands, out, params), wanted)


def _batch(row: Primitive, values: Any, axes: Any, params: Any) -> Any:
    if row.arity == 1:
        return row.op(*values, *params), axes[0]
    return row.op(*aligned(values, axes), *params), 0


def aligned(values: Sequence[Any], axes: Sequence[int | None]) -> list[Any]:
    """Batch axes at the front, the other axes lined up on the right."""
    rank = max([len(shape_of(v)) - (axes[i] is not None) for i, v in enumerate(values)])
    return [v if (at := axes[i]) is None else lead(v, at, rank) for i, v in enumerate(values)]


def bilinear(
    name: str,
    *,
    kernel: Callable[..., Any],
    transposes: tuple[Callable[..., Any], Callable[..., Any]],
    spec: Callable[..., Any],
    title: str | None = None,
    lower: Callable[..., Any] | None = None,
) -> Any:
    """A row that is linear in each of two operands: the tangent is op(dx, y) + op(x, dy).

    `transposes` are the rules for the two cotangents; operands may broadcast against each other.
    """
    row = Primitive(name, family="bilinear", kernel=kernel, arity=2, title=title)
    row.spec = spec
    row.pulls = tuple(Rule(t, row.operands, row.parameters) for t in transposes)

    def pull(i: int, g: Any, operands: Any, specs: Any, out: Any, params: Any) -> Any:
        rule: Any = row.pulls[i]
        return unbroadcast(_transposed(rule, g, operands, out, params), specs[i].shape)

    def push(tangents: Any, operands: Any, out: Any, params: Any) -> Any:
        (dx, dy), (x, y) = tangents, operands
        terms = [row.op(dx, y, *params)] if dx is not None else []
        if dy is not None:
            terms.append(row.op(x, dy, *params))
        return None if not terms else terms[0] if len(terms) == 1 else terms[0] + terms[1]

    row.pull, row.push = pull, push
    row.batch = lambda values, axes, params: (row.op(*aligned(values, axes), *params), 0)
    if lower is not None:
        row.lower = lower
    return _finish(row, emit_general)


def _finish(row: Primitive, emit: Callable[[Primitive], Any]) -> Any:
    row.op = emit(row)
    row.op.__name__ = row.op.__qualname__ = row.name
    row.op.primitive = row  # type: ignore[attr-defined]
    register(row)
    return row.op

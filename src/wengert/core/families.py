"""What rows of one kind share: the families `linear` and `general`.

A row is a call of a family; the family fills in what follows from the kind. `pointwise` and
`bilinear` un-broadcast, which takes ops, so they live in `wengert.ops.broadcasting`.

Knows primitives. Must not know any particular op.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from wengert.core.emit_general import emit_general
from wengert.core.levels import spec_of
from wengert.core.primitive import Primitive, Rule, register
from wengert.core.tensor import Tensor

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wengert.shapes import Spec


def linear(
    name: str,
    *,
    kernel: Callable[..., Any],
    spec: Callable[..., Any],
    transpose: Callable[..., Any],
    batch: Callable[..., Any],
    lower: Callable[..., Any] | None = None,
    title: str | None = None,
    is_view: bool = False,
) -> Any:
    """A row that is linear in its one operand.

    The tangent rule is the op itself. The transpose is given the operand's Spec in place of the
    operand, so nothing is kept alive: `transpose(g, x, *params)` with what it names of those.
    `batch(x, at, *params)` gets the batched value and its axis and returns the same pair.
    """
    row = Primitive(name, family="linear", kernel=kernel, arity=1, title=title, is_view=is_view)
    row.spec = spec
    rule = Rule(transpose, row.operands, row.parameters)
    row.pulls = (rule,)
    row.pull = lambda i, g, operands, specs, out, params: rule(g, specs, out, params)
    row.push = lambda tangents, operands, out, params: None if tangents[0] is None else row.op(tangents[0], *params)
    row.batch = lambda values, axes, params: batch(values[0], axes[0], *params)
    if lower is not None:
        row.lower = lower
    return _finish(row)


def general(
    name: str,
    *,
    kernel: Callable[..., Any],
    spec: Callable[..., Any],
    batch: Callable[..., Any],
    arity: int | None = 1,
    pulls: Sequence[Callable[..., Any] | None] = (),
    push: Callable[..., Any] | None = None,
    lower: Callable[..., Any] | None = None,
    title: str | None = None,
    promotion: str | None = None,
    count: int | None = None,
) -> Any:
    """A row that states its forward and reverse rules separately; the laws check that they agree.

    Each of `pulls` is a rule `lambda g, <what it reads>`, or None for an operand without a
    gradient. `push(tangents, operands, out, params)` returns the tangent of the result.
    `batch(values, axes, params)` returns the batched result and its axis. With `count`, the row has
    that many results: see `Primitive.count`.
    """
    row = Primitive(name, family="general", kernel=kernel, arity=arity, title=title, promotion=promotion, count=count)
    row.spec = spec
    row.pulls = tuple(None if p is None else Rule(p, row.operands, row.parameters) for p in pulls)
    if arity is not None:
        row.pulls += (None,) * (arity - len(row.pulls))
    row.pull = lambda i, g, operands, specs, out, params: row.pulls[i](  # type: ignore[misc]
        g, operands, out, params, specs
    )
    row.push = push or (lambda tangents, operands, out, params: None)
    row.batch = batch
    if lower is not None:
        row.lower = lower
    return _finish(row)


def _finish(row: Primitive) -> Any:
    row.op = emit_general(row)
    row.op.__name__ = row.op.__qualname__ = row.name
    row.op.primitive = row  # type: ignore[attr-defined]
    register(row)
    return row.op


def primitive_of(op: Any) -> Primitive:
    """The row of an op function."""
    found: Primitive = op.primitive
    return found


def shape_of(value: Any) -> tuple[int, ...]:
    """The shape of anything an op takes."""
    if type(value) is Tensor:
        value = value.array
    elif not isinstance(value, (np.ndarray, np.generic)):
        value = spec_of(value)
    shape: tuple[int, ...] = value.shape
    return shape


def linear_sequence(
    name: str,
    *,
    kernel: Callable[..., Any],
    spec: Callable[..., Any],
    transpose: Callable[..., Any],
    batch: Callable[..., Any],
    title: str | None = None,
) -> Any:
    """A row that is linear in a sequence of operands.

    `transpose(g, needs, xs, *params)` gives the cotangents of the operands `needs`, as a tuple, from the Specs
    `xs` of all; `batch(values, axes, params)` returns the batched result and its axis.
    """
    row = Primitive(name, family="linear", kernel=kernel, arity=None, title=title, promotion="same")
    row.spec = spec
    rule = Rule(transpose, ("needs", *row.operands), row.parameters)
    row.pulls = (rule,)
    row.pull_each = lambda needs, g, operands, specs, out, params: rule(g, (needs, specs), out, params)
    row.pull = lambda i, *given: row.pull_each((i,), *given)[0]

    def push(tangents: Any, operands: Any, out: Any, params: Any) -> Any:
        if all(t is None for t in tangents):
            return None
        filled = [zeros(spec_of(x)) if t is None else t for t, x in zip(tangents, operands, strict=True)]
        return row.op(filled, *params)

    row.push = push
    row.batch = batch
    return _finish(row)


def zeros(spec: Spec) -> Any:
    """An array of zeros of a spec."""
    return np.zeros(spec.shape, spec.dtype)

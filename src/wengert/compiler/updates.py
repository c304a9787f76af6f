"""Updates of inputs by products: a product that is there for nothing else is added, times a number, where the input is.

    g = x.T @ y; w[...] = w - h * g        ->        w += -h * (x.T @ y)

This is how a weight is trained. The loop would read the gradient, which would have been written for it alone.

Knows the codes of steps and where variables lie. Must not know LLVM.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from wengert.compiler.groups import memory_of
from wengert.compiler.loops import Nest
from wengert.compiler.nests import NestCode
from wengert.compiler.products import ProductCode
from wengert.graph.ir import Literal, Variable

if TYPE_CHECKING:
    from collections.abc import Collection

    from wengert.compiler.layouts import Layouts
    from wengert.graph.ir import Equation

SIGNS = {"add": 1.0, "subtract": -1.0}


class Update(NamedTuple):
    """out = what was there + factor * by * gradient, where `by` is one number that is computed, or None."""

    out: Variable
    gradient: Variable
    factor: float
    by: Variable | None


def updated(
    before: list[Any],
    after: list[Any],
    layouts: Layouts,
    written: dict[Variable, Variable],
    apart: Collection[Variable],
) -> tuple[list[Any], list[Any]]:
    """The codes with products in the place of updates.

    Args:
        before: codes of steps, in order.
        after: those of loops that write onto inputs, which come last.
        layouts: where variables lie.
        written: the results of these, and the inputs where they go.
        apart: variables that somebody else looks at.
    """
    products = {code.arguments[-1]: code for code in before if isinstance(code, ProductCode) and code.may_scale}
    if not products or not after:
        return before, after
    uses = Counter(v for code in (*before, *after) for v in {memory_of(v, code, layouts)[0] for v in code.arguments})
    inputs = set(written.values())
    products = {
        v: code
        for v, code in products.items()
        if v not in apart and uses[v] == 2 and inputs.isdisjoint(layouts.of(x).base for x in code.arguments)
    }
    found: list[Any] = []
    for code in after:
        parts = parts_of(code.nest.equations, layouts)
        updates = [update_in(part, code.nest, layouts, written) for part in parts]
        read = Counter(base for e in code.nest.equations for base in bases_of(e, layouts))
        these = [
            update
            for update in updates
            if update is not None and update.gradient in products and read[update.gradient] == 1
            if read[written[update.out]] == 1  # another equation wants the old value, at the same element
        ]
        for update in these:
            product = products[update.gradient]
            product.add_onto(update.out, update.factor, update.by)
            found.append(product)
        left = [e for part, update in zip(parts, updates, strict=True) if update not in these for e in part]
        if left:
            found.append(NestCode(rest_of(code.nest, left, layouts), layouts) if these else code)
    gone = set(map(id, found))
    return [code for code in before if id(code) not in gone], found


def parts_of(equations: list[Equation], layouts: Layouts) -> list[list[Equation]]:
    """Equations in groups that have nothing to do with one another."""
    parts: list[tuple[set[Variable], list[Equation]]] = []
    for e in equations:
        touched, together = {e.out}, [e]
        for part in [part for part in parts if part[0] & bases_of(e, layouts)]:
            parts.remove(part)
            touched, together = touched | part[0], [*part[1], *together]
        parts.append((touched, together))
    return [together for _, together in parts]


def bases_of(e: Equation, layouts: Layouts) -> set[Variable]:
    """Whose memory an equation reads."""
    return {layouts.of(atom).base for atom in e.operands if isinstance(atom, Variable)}


def rest_of(nest: Nest, equations: list[Equation], layouts: Layouts) -> Nest:
    """Some equations of a nest as a nest."""
    found = Nest(nest.shape)
    for e in [e for e in nest.equations if e in equations]:
        found.add(e)
    found.close({e.out for e in equations}.intersection(nest.outputs), layouts)
    return found


def update_in(
    equations: list[Equation], nest: Nest, layouts: Layouts, written: dict[Variable, Variable]
) -> Update | None:
    """The update that some equations of a nest are; None for anything else."""
    *scaled, e = equations
    target = written.get(e.out)
    if e.primitive.name not in SIGNS or len(scaled) > 1 or target is None:
        return None
    x, y = e.operands
    if y is target and e.primitive.name == "add":
        x, y = y, x
    if x is not target or not isinstance(y, Variable):
        return None
    if not scaled:
        return _whole(Update(e.out, y, SIGNS[e.primitive.name], None), layouts)
    (multiplied,) = scaled
    if multiplied.primitive.name != "multiply" or multiplied.out is not y or y in nest.outputs:
        return None
    gradient, number = multiplied.operands
    if isinstance(gradient, Literal) or not gradient.spec.shape:
        gradient, number = number, gradient
    if not isinstance(gradient, Variable):
        return None
    sign = SIGNS[e.primitive.name]
    if isinstance(number, Literal):
        return _whole(Update(e.out, gradient, sign * number.value, None), layouts)
    is_one = not number.spec.shape and number.spec.dtype == gradient.spec.dtype
    return _whole(Update(e.out, gradient, sign, number), layouts) if is_one else None


def _whole(update: Update, layouts: Layouts) -> Update | None:
    """The update, if the gradient is all of its memory and of the shape and dtype of the result."""
    is_whole = layouts.of(update.gradient).base is update.gradient and update.gradient.spec == update.out.spec
    return update if is_whole else None

"""Steps: which equations run together in one loop, which are products of matrices, and which call NumPy.

    program := steps, in order; views are no steps
    step    := nest | product | call
    nest    := loops over all elements of a shape: loads, pointwise equations, stores, reductions
    product := one product of matrices, by BLAS
    call    := one equation that runs its NumPy kernel

A run of equations joins one nest as long as each acts element by element on the nest's shape, or
reduces it over the same axes as the nest's other reductions. The value of a reduction is there only after the loop, so
what uses it starts a new nest. Knows graphs; must not know LLVM.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from wengert.compiler.layouts import Layouts
from wengert.compiler.repeating import repeat
from wengert.core.primitive import TABLE
from wengert.graph.ir import Equation, Literal, Variable
from wengert.shapes import Spec, contiguous_strides

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from wengert.graph.ir import Atom, Graph
    from wengert.shapes import Shape

    Ordered = Callable[[Equation, Layouts], list[Equation]]
    """What puts copies before an equation whose operands do not lie as its code wants them."""

LETTERS = "abcdefghjklmnopqrstuvwxyz"  # i counts the elements
INDICES = ("i", "i0", "i1", "i2", "i3", "i4", "i5", "i6", "i7")
REDUCTIONS = {"reduce_sum": "+=", "reduce_max": "max=", "reduce_min": "min="}
COPY = TABLE["copy"]
SAME_ELEMENT = ("copy", "cast", "alias")
LONG, MOST_PIECES = 60_000, 64
"""A sum over so many elements is made in pieces, at most so many."""

WIDEST = 4096
"""A row of so many sums is kept on the stack while rows are added to it."""

BACK = 64
"""So many steps back an equation looks for loops to join."""

NATIVE = "fd?bBhilq"
"""The dtypes that native code knows, by NumPy's letter."""


class Call:
    """One equation that runs its NumPy kernel."""

    __slots__ = ("equation",)

    def __init__(self, equation: Equation) -> None:
        self.equation = equation

    @property
    def equations(self) -> list[Equation]:
        return [self.equation]

    def __str__(self) -> str:
        return f"call {self.equation.primitive.name}"


class Product(Call):
    """One product of matrices."""

    __slots__ = ()

    def __str__(self) -> str:
        x, y = (list(atom.spec.shape) for atom in self.equation.operands)
        return f"product {x} @ {y}"


MOST_LINES, MOST_COPIES = 512, 64
"""A nest has at most so many equations: LLVM takes longer than in proportion to more. Copies are to different memories,
each with an address of its own, and what is joined of many pieces has the same code again and again.
"""


class Nest:
    """Loops over all elements of `shape`.

    Attributes:
        shape: what is looped over.
        equations: what is computed for each element, in order.
        axes: what its reductions reduce; None if there are none.
        inputs: the variables that come from outside, each of a shape that broadcasts to the nest's.
        outputs: the variables that somebody outside reads: elements stored, or reductions.
        pieces: in how many pieces its outermost loop is summed up, where that is reduced.
        partials: for each reduction where the results of the pieces are kept, if there are several.
    """

    __slots__ = ("axes", "equations", "inputs", "outputs", "partials", "pieces", "shape")

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.equations: list[Equation] = []
        self.axes: tuple[int, ...] | None = None
        self.inputs: list[Variable] = []
        self.outputs: list[Variable] = []
        self.pieces = 1
        self.partials: dict[Variable, Variable] = {}

    @property
    def reductions(self) -> list[Variable]:
        """What is reduced, in order."""
        return [e.out for e in self.equations if e.primitive.name in REDUCTIONS]

    def takes(self, equation: Equation, layouts: Layouts) -> bool:
        """Whether the equation can join these loops."""
        most = MOST_COPIES if equation.primitive is COPY else MOST_LINES
        if loop_shape(equation) != self.shape or len(self.equations) >= most:
            return False
        if equation.primitive.name in REDUCTIONS and self.axes not in (None, reduced(equation)):
            return False
        made = {e.out for e in self.equations}
        written = {layouts.of(v).base for v in made}
        if layouts.of(equation.out).base in made:
            return False
        reductions = set(self.reductions)
        for atom in equation.operands:
            if isinstance(atom, Literal):
                continue
            base = layouts.of(atom).base
            if base in reductions or (base in written and not (base in made and same_place(atom, layouts))):
                return False
        return True

    def add(self, equation: Equation) -> None:
        """Let an equation join."""
        self.equations.append(equation)
        if equation.primitive.name in REDUCTIONS:
            self.axes = reduced(equation)

    def close(self, read_outside: set[Variable], layouts: Layouts) -> None:
        """Work out inputs and outputs, once all equations are in."""
        made = {e.out for e in self.equations}
        for equation in self.equations:
            for atom in equation.operands:
                if isinstance(atom, Literal) or atom in made or atom in self.inputs:
                    continue
                if layouts.of(atom).base not in made:
                    self.inputs.append(atom)
        parts = {v for v in made if layouts.of(v).base is not v}
        self.outputs = [e.out for e in self.equations if e.out in read_outside or e.out in parts]

    def __str__(self) -> str:
        """The loops as readable pseudo-Python."""
        same = [e for e in self.equations if e.primitive.name in ("alias", "copy")]
        names = _names([*self.inputs, *(e.out for e in self.equations if e not in same)])
        reductions = self.reductions
        lines = [f"{names[v]} = 0  # {v.spec}" for v in reductions]
        rank = len(self.shape)
        index = ["i"] if rank == 1 else [f"i{d}" for d in range(rank)]
        if self.axes is not None and len(self.axes) < rank:
            lines = [f"{names[v]}[...] = 0  # {v.spec}" for v in reductions]
        lines.append(f"for {', '.join(index) or 'i'} in elements{list(self.shape)}:")
        kept = [d for d in range(rank) if self.axes is None or d not in self.axes]
        for e in self.equations:
            values = [_value(atom, names, self, index) for atom in e.operands]
            if e in same:
                names[e.out] = values[0]
            elif e.primitive.name in REDUCTIONS:
                at = f"[{', '.join(index[d] for d in kept)}]" if kept else ""
                lines.append(f"    {names[e.out]}{at} {REDUCTIONS[e.primitive.name]} {values[0]}")
            else:
                lines.append(f"    {names[e.out]} = {e.primitive.name}({', '.join(values)})")
        lines += [f"    store {names[v]}" for v in self.outputs if v not in reductions]
        return "\n".join(lines)


def same_place(atom: Variable, layouts: Layouts) -> bool:
    """Whether each element of a view stands at the same index as in its base."""
    layout = layouts.of(atom)
    return (
        layout.base.spec.shape == atom.spec.shape
        and layout.offset == 0
        and layout.strides == contiguous_strides(atom.spec.shape)
    )


def reduced(equation: Equation) -> tuple[int, ...]:
    """The axes that a reduction reduces."""
    return tuple(sorted(equation.params[0]))


def loop_shape(equation: Equation) -> Shape | None:
    """The shape whose elements an equation visits one by one; None if it does not."""
    name, out = equation.primitive.name, equation.out.spec
    specs = [atom.spec for atom in equation.operands]
    if any(spec.dtype.char not in NATIVE for spec in (out, *specs)):
        return None
    if name in REDUCTIONS:
        fits = equation.params[0] and prod(specs[0].shape) and specs[0].dtype.kind == "f"
        return specs[0].shape if fits else None
    return out.shape if equation.primitive.family == "pointwise" or name in SAME_ELEMENT else None


def is_product(equation: Equation) -> bool:
    """Whether BLAS computes an equation."""
    if equation.primitive.name != "matmul" or any(isinstance(atom, Literal) for atom in equation.operands):
        return False
    x, y = (atom.spec for atom in equation.operands)
    return (
        x.dtype.char in "fd" and x.ndim >= 2 and y.ndim >= 2 and bool(prod(equation.out.spec.shape)) and x.shape[-1] > 0
    )


PUT_TOGETHER = ("concat", "scatter_slice", "reshape", "flip")
"""What is made of copies of its operands to where they belong."""


IN_BOXES = ("concat", "scatter_slice")
"""Those whose parts may be none."""


def written_out(graph: Graph, layouts: Layouts, ordered: Ordered | None, *, native: bool) -> Iterator[Equation]:
    """The equations that do something, those that put arrays together as copies to where the parts belong."""
    for e in graph.equations:
        name = e.primitive.name
        if e.out in layouts.views:
            continue
        in_parts = native and name in PUT_TOGETHER and e.out.spec.dtype.char in NATIVE
        if not in_parts or (name in IN_BOXES and not prod(e.out.spec.shape)):  # of nothing there are no copies
            yield from [e] if ordered is None else ordered(e, layouts)
            continue
        strides = contiguous_strides(e.out.spec.shape)
        boxes = around(e.params[0], e.out.spec.shape, strides) if name == "scatter_slice" else []
        if boxes is None:
            yield Equation([e.out], COPY, [Literal(0)], ())
        for operand, offset, steps in parts_of(e, strides):
            part = layouts.lay(Variable(Spec(operand.spec.shape, e.out.spec.dtype)), e.out, offset, steps)
            yield Equation([part], COPY, [operand], ())
        for shape, offset in boxes or ():  # afterwards, so that nothing is between what is put there and who made it
            zeros = layouts.lay(Variable(Spec(shape, e.out.spec.dtype)), e.out, offset, strides)
            yield Equation([zeros], COPY, [Literal(0)], ())


def parts_of(e: Equation, strides: tuple[int, ...]) -> Iterator[tuple[Any, int, tuple[int, ...]]]:
    """Where each operand goes in the result: how far from its start, and with which strides."""
    if e.primitive.name == "reshape":  # elements that do not lie one after another, in the order in which they come
        yield e.operands[0], 0, contiguous_strides(e.operands[0].spec.shape)
        return
    if e.primitive.name == "flip":  # from the end back
        shape, axes = e.out.spec.shape, e.params[0]
        turned = tuple(-step if d in axes else step for d, step in enumerate(strides))
        yield e.operands[0], sum((shape[d] - 1) * strides[d] for d in axes if prod(shape)), turned
        return
    if e.primitive.name == "concat":
        (axis,), at = e.params, 0
        for operand in e.operands:
            if prod(operand.spec.shape):
                yield operand, at * strides[axis], strides
            at += operand.spec.shape[axis]
        return
    if prod(e.operands[0].spec.shape):
        pairs = list(zip(e.params[0], strides, strict=True))
        offset = sum((entry if isinstance(entry, int) else entry[0]) * stride for entry, stride in pairs)
        yield e.operands[0], offset, tuple(entry[2] * s for entry, s in pairs if not isinstance(entry, int))


def around(
    slices: tuple[Any, ...], shape: tuple[int, ...], strides: tuple[int, ...]
) -> list[tuple[tuple[int, ...], int]] | None:
    """The boxes, as (shape, offset), that a shape has around a slice of it; None where they are not few."""
    boxes = []
    offset, left = 0, list(shape)
    for axis, entry in enumerate(slices):
        begin, end, step = (entry, entry + 1, 1) if isinstance(entry, int) else entry
        if step != 1:
            return None
        for first, last in ((0, begin), (end, shape[axis])):
            box = (*left[:axis], last - first, *left[axis + 1 :])
            if prod(box):
                boxes.append((box, offset + first * strides[axis]))
        offset, left[axis] = offset + begin * strides[axis], end - begin
    return boxes if len(boxes) <= MOST_BOXES else None


MOST_BOXES = 4
"""Around a slice so many boxes are filled, else all, which is a longer loop but one."""


def in_pieces(steps: list[Any]) -> list[Any]:
    """The steps with each long sum over outermost dimensions in pieces, and another nest that puts them together."""
    found: list[Any] = []
    for step in steps:
        found.append(step)
        pieces = pieces_of(step) if isinstance(step, Nest) else 1
        if pieces == 1:
            continue
        step.pieces = pieces
        for e in [e for e in step.equations if e.out in step.outputs and e.primitive.name in REDUCTIONS]:
            spec = Spec((pieces, *e.out.spec.shape), e.out.spec.dtype)
            partial = step.partials[e.out] = Variable(spec)
            whole = Nest(spec.shape)
            whole.add(Equation([e.out], e.primitive, [partial], ((0,), *e.params[1:])))
            whole.inputs, whole.outputs = [partial], [e.out]
            found.append(whole)
    return found


def pieces_of(nest: Nest) -> int:
    """In how many pieces a nest is summed up: 1, unless it is long and no loop over what is kept can be outermost."""
    axes = nest.axes or ()
    kept = [d for d in range(len(nest.shape)) if d not in axes]
    if not axes or prod(nest.shape) < LONG or (kept and kept != [len(nest.shape) - 1]):
        return 1
    if kept and nest.shape[-1] > WIDEST:
        return 1
    first = next((nest.shape[d] for d in axes if nest.shape[d] > 1), 1)
    return max((n for n in range(2, MOST_PIECES + 1) if first % n == 0), default=1)


def partition(
    graph: Graph,
    layouts: Layouts | None = None,
    lowers: Callable[[Equation], bool] | None = None,
    ordered: Ordered | None = None,
) -> list[Any]:
    """The steps that compute a graph: loops where equations can share one, products, else NumPy calls.

    >>> import wengert as torch
    >>> from wengert.graph import stage
    >>> (step,) = partition(stage(lambda x: (torch.sin(x) * x).sum())(torch.ones(3)))
    >>> print(step)
    d = 0  # float32[]
    for i in elements[3]:
        b = sin(a[i])
        c = multiply(b, a[i])
        d += c
    """
    layouts = layouts or Layouts(graph, {})
    steps: list[Any] = []
    home: dict[Variable, int] = {}  # the step that makes a variable

    def latest(equation: Equation) -> int:
        atoms = [*equation.operands, *equation.outs]
        bases = [layouts.of(atom).base for atom in atoms if isinstance(atom, Variable)]
        return max((home.get(base, -1) for base in bases), default=-1)

    for equation in written_out(graph, layouts, ordered, native=lowers is not None):
        shape = loop_shape(equation) if lowers is None or lowers(equation) else None
        where = None
        if shape is not None and equation.primitive.count is None:
            first = latest(equation)
            for at in range(len(steps) - 1, max(first, 0, len(steps) - BACK) - 1, -1):
                if isinstance(steps[at], Nest) and steps[at].takes(equation, layouts):
                    where = at
                    break
        if where is None:
            where = len(steps)
            steps.append(Nest(shape) if shape is not None else (Product if is_product(equation) else Call)(equation))
        if isinstance(steps[where], Nest):
            steps[where].add(equation)
        for out in equation.outs:
            base = layouts.of(out).base
            home[base] = max(home.get(base, -1), where)
    if lowers is not None:
        repeat(graph, steps, [step for step in steps if isinstance(step, Nest)], layouts)
        steps = [step for step in steps if step.equations]
    _close(graph, steps, layouts)
    return in_pieces(steps) if lowers is not None else steps


def _close(graph: Graph, steps: list[Any], layouts: Layouts) -> None:
    """Tell every nest what is read outside of it."""
    readers: dict[Variable, set[int]] = {}

    def note(atom: Any, reader: int) -> None:
        if isinstance(atom, Variable):
            for v in (atom, layouts.of(atom).base):
                readers.setdefault(v, set()).add(reader)

    for number, step in enumerate(steps):
        for equation in step.equations:
            for atom in equation.operands:
                note(atom, number)
    for atom in graph.outputs:
        note(atom, -1)
    for number, step in enumerate(steps):
        if isinstance(step, Nest):
            made = [e.out for e in step.equations]
            step.close({v for v in made if readers.get(v, set()) - {number}}, layouts)


def _names(variables: Iterable[Variable]) -> dict[Variable, str]:
    names: dict[Variable, str] = {}
    for variable in variables:
        number = len(names)
        names[variable] = LETTERS[number] if number < len(LETTERS) else f"v{number}"
    return names


def _value(atom: Atom, names: dict[Variable, str], nest: Nest, index: list[str]) -> str:
    if isinstance(atom, Literal):
        return repr(atom.value)
    if atom not in names:  # seen through a view of what the nest makes at the same place
        return "same"
    if atom not in nest.inputs or not atom.spec.shape:
        return names[atom]
    own = index[len(index) - atom.spec.ndim :]
    at = ["0" if n == 1 and atom.spec.shape != nest.shape else i for i, n in zip(own, atom.spec.shape, strict=True)]
    return f"{names[atom]}[{', '.join(at)}]"

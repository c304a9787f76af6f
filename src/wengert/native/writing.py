"""Words of LLVM's assembly: numbers, loops and vector lanes.

Knows llvmlite, which is optional: whoever imports this needs it. Must not know what is computed.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from llvmlite import ir

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

INDEX = ir.IntType(64)
SMALL = ir.IntType(32)
TRUTH = ir.IntType(1)


def number(value: int) -> Any:
    """A number in the code."""
    return ir.Constant(INDEX, value)


class Turn:
    """One turn of a loop.

    Attributes:
        i: its number.
        carried: the values carried into it.
        following: those that go into the next.
    """

    def __init__(self, i: Any, carried: list[Any]) -> None:
        self.i = i
        self.carried = carried
        self.following = list(carried)


@contextmanager
def loop(b: Any, lo: Any, hi: Any, step: Any = None, carried: Any = ()) -> Iterator[Turn]:
    """`for i in range(lo, hi, step)`, with values carried from one turn to the next."""
    before = b.block
    head, body, done = (b.append_basic_block(word) for word in ("head", "body", "done"))
    b.branch(head)
    b.position_at_end(head)
    i = b.phi(INDEX)
    i.add_incoming(lo, before)
    phis = [b.phi(start.type) for start in carried]
    for phi, start in zip(phis, carried, strict=True):
        phi.add_incoming(start, before)
    b.cbranch(b.icmp_signed("<", i, hi), body, done)
    b.position_at_end(body)
    turn = Turn(i, phis)
    yield turn
    i.add_incoming(b.add(i, number(1) if step is None else step), b.block)
    for phi, value in zip(phis, turn.following, strict=True):
        phi.add_incoming(value, b.block)
    b.branch(head)
    b.position_at_end(done)


@contextmanager
def repeat(b: Any, goes_on: Callable[[Turn], Any], carried: Any = ()) -> Iterator[Turn]:
    """`while goes_on(...)`, asked before each turn, with values carried from one turn to the next."""
    before = b.block
    head, body, done = (b.append_basic_block(word) for word in ("head", "body", "done"))
    b.branch(head)
    b.position_at_end(head)
    phis = [b.phi(start.type) for start in carried]
    for phi, start in zip(phis, carried, strict=True):
        phi.add_incoming(start, before)
    turn = Turn(None, phis)
    b.cbranch(goes_on(turn), body, done)
    b.position_at_end(body)
    yield turn
    for phi, value in zip(phis, turn.following, strict=True):
        phi.add_incoming(value, b.block)
    b.branch(head)
    b.position_at_end(done)


def chosen(
    b: Any, condition: Any, first: Callable[[], Any], second: Callable[[], Any], *, likely: bool | None = None
) -> Any:
    """What the first writes where a condition holds, else what the second writes: only one is done.

    Both write a value, or lists of as many. `likely` says whether the condition mostly holds.
    """
    with b.if_else(condition, likely=likely) as (yes, no):
        with yes:
            xs, after_first = first(), b.block
        with no:
            ys, after_second = second(), b.block
    several = isinstance(xs, list)
    found = []
    for x, y in zip(xs, ys, strict=True) if several else [(xs, ys)]:
        phi = b.phi(x.type)
        phi.add_incoming(x, after_first)
        phi.add_incoming(y, after_second)
        found.append(phi)
    return found if several else found[0]


def places_on(b: Any, place: Any, step: Any, i: Any) -> Any:
    """A place in memory after i steps, each of so many elements: 0, 1, -1, or a number of the code."""
    if not isinstance(step, int):
        return b.gep(place, [b.mul(i, step)])
    return place if not step else b.gep(place, [i if step == 1 else b.neg(i)])


def smaller(b: Any, x: Any, y: Any) -> Any:
    """The smaller of two whole numbers."""
    return b.select(b.icmp_signed("<", x, y), x, y)


def in_lanes(kind: Any, count: int | None) -> Any:
    """The type of vectors of so many numbers; of one number where there is no count."""
    return kind if count is None else ir.VectorType(kind, count)


def word_of(kind: Any) -> str:
    """What LLVM calls a type in the names of its functions."""
    if isinstance(kind, ir.VectorType):
        return f"v{kind.count}{word_of(kind.element)}"
    return str(kind.intrinsic_name)


def intrinsic(module: Any, name: str, kind: Any, count: int = 1, result: Any = None) -> Any:
    """A function that LLVM knows, of some operands of one type, number or vector; so is its result, if not said."""
    name = f"llvm.{name}.{word_of(kind)}"
    known = module.globals.get(name)
    return known or ir.Function(module, ir.FunctionType(result or kind, [kind] * count), name)


def own_function(
    module: Any, name: str, result: Any, kinds: list[Any], write: Callable[[Any, Any], None], *, inline: bool = True
) -> Any:
    """A function of this module alone, which has it once however often it is asked for.

    Args:
        module: of llvmlite.
        name: of the function; where the module has one of this name, that is meant.
        result: the type of what it gives.
        kinds: the types of what it takes.
        write: writes it, by a builder and for arguments.
        inline: whether it is put where it is called; else LLVM has it once to compile.
    """
    known = module.globals.get(name)
    if known is None:
        known = ir.Function(module, ir.FunctionType(result, kinds), name)
        known.linkage = "internal"
        known.attributes.add("alwaysinline" if inline else "noinline")
        write(ir.IRBuilder(known.append_basic_block("entry")), known.args)
    return known


def bytes_of(kind: Any) -> int:
    """How many bytes a number takes in memory."""
    if isinstance(kind, ir.IntType):
        return max(int(kind.width) // 8, 1)
    return 4 if kind == ir.FloatType() else 8


def spread(b: Any, value: Any, count: int) -> Any:
    """A number in all of so many lanes."""
    vector = ir.Constant(ir.VectorType(value.type, count), ir.Undefined)
    one = b.insert_element(vector, value, ir.Constant(SMALL, 0))
    return b.shuffle_vector(one, vector, ir.Constant(ir.VectorType(SMALL, count), None))


def lane_by_lane(module: Any, function: Any, lanes: int) -> Any:
    """A function of the C library for vectors, as a function of this module."""
    kind = function.ftype.return_type
    vector = in_lanes(kind, lanes)

    def write(b: Any, arguments: Any) -> None:
        places = [b.alloca(vector) for _ in arguments]
        for value, place in zip(arguments, places, strict=True):
            b.store(value, place)
        elements = [b.bitcast(place, kind.as_pointer()) for place in places]
        with loop(b, number(0), number(lanes)) as turn:
            given = [b.load(b.gep(each, [turn.i])) for each in elements]
            b.store(b.call(function, given), b.gep(elements[0], [turn.i]))
        b.ret(b.load(places[0]))

    kinds = [vector] * len(function.args)
    return own_function(module, f"{function.name}_in_{lanes}", vector, kinds, write, inline=False)


class Lanes:
    """Vectors of some numbers, in one module: loaded and stored whole or in part, spread, turned.

    Attributes:
        count: how many numbers a vector has.
        element, bytes: the type of one, and its size.
        vector, mask: the types of all, and of which of them.
        zero, none, all: constants of these.
    """

    def __init__(self, module: Any, element: Any, count: int) -> None:
        self.count, self.element = count, element
        self.vector = ir.VectorType(element, count)
        self.mask = ir.VectorType(TRUTH, count)
        self.zero = ir.Constant(self.vector, None)
        self.none = ir.Constant(self.mask, None)
        self.all = ir.Constant(self.mask, [ir.Constant(TRUTH, 1)] * count)
        self._module = module
        self.bytes = bytes_of(element)

    def _masked(self, name: str, result: Any, arguments: list[Any]) -> Any:
        name = f"llvm.masked.{name}.{word_of(self.vector)}.p0"
        known = self._module.globals.get(name)
        return known or ir.Function(self._module, ir.FunctionType(result, arguments), name)

    def _place(self, b: Any, pointer: Any) -> Any:
        return b.bitcast(pointer, self.vector.as_pointer())

    def load(self, b: Any, pointer: Any, mask: Any = None) -> Any:
        """A vector from memory; where a mask says no, zero, and nothing is read."""
        place = self._place(b, pointer)
        if mask is None:
            return b.load(place, align=self.bytes)
        function = self._masked("load", self.vector, [place.type, SMALL, self.mask, self.vector])
        return b.call(function, [place, ir.Constant(SMALL, self.bytes), mask, self.zero])

    def store(self, b: Any, value: Any, pointer: Any, mask: Any = None) -> None:
        """A vector into memory; only where a mask says so."""
        place = self._place(b, pointer)
        if mask is None:
            b.store(value, place, align=self.bytes)
            return
        function = self._masked("store", ir.VoidType(), [self.vector, place.type, SMALL, self.mask])
        b.call(function, [value, place, ir.Constant(SMALL, self.bytes), mask])

    def fetch(self, b: Any, pointer: Any, *, writes: bool = True) -> None:
        """Bring memory that will be written, or read, into the first cache."""
        name, kind = "llvm.prefetch.p0", ir.FunctionType(ir.VoidType(), [pointer.type, SMALL, SMALL, SMALL])
        function = self._module.globals.get(name) or ir.Function(self._module, kind, name)
        b.call(function, [pointer, *(ir.Constant(SMALL, word) for word in (int(writes), 3, 1))])  # near, and data

    def below(self, b: Any, count: Any) -> Any:
        """The mask of the first lanes, as many as a number says, which may be more than there are.

        Compared as whole numbers of the elements' size, since processors without masks of their own take one from the
        signs of such a vector.
        """
        size = ir.IntType(8 * self.bytes)
        places = ir.Constant(ir.VectorType(size, self.count), [ir.Constant(size, i) for i in range(self.count)])
        few = smaller(b, count, number(self.count))
        return b.icmp_signed("<", places, self.spread(b, few if size == INDEX else b.trunc(few, size)))

    def spread(self, b: Any, value: Any) -> Any:
        """A number in all lanes."""
        return spread(b, value, self.count)

    def add_product(self, b: Any, x: Any, y: Any, total: Any) -> Any:
        """x y + total, rounded once."""
        return b.call(intrinsic(self._module, "fma", self.vector, 3), [x, y, total])

    def backwards(self, b: Any, value: Any) -> Any:
        """A vector from its last number to its first."""
        places = [ir.Constant(SMALL, self.count - 1 - i) for i in range(self.count)]
        return b.shuffle_vector(value, value, ir.Constant(ir.VectorType(SMALL, self.count), places))

    def collected(self, b: Any, pointer: Any, step: Any) -> Any:
        """A vector of numbers that lie a step apart."""
        return b.call(
            self._function("collect", self.vector, [pointer.type, INDEX], self._write_collect), [pointer, step]
        )

    def scatter(self, b: Any, value: Any, pointer: Any, step: Any) -> None:
        """A vector into memory, its numbers a step apart."""
        kinds = [self.vector, pointer.type, INDEX]
        b.call(self._function("scatter", ir.VoidType(), kinds, self._write_scatter), [value, pointer, step])

    def _function(self, name: str, result: Any, kinds: list[Any], write: Callable[[Any, Any], None]) -> Any:
        """A function of this module, which is put where it is called."""
        return own_function(self._module, f"{name}_{word_of(self.vector)}", result, kinds, write)

    def _write_collect(self, b: Any, arguments: Any) -> None:
        pointer, step = arguments
        found = ir.Constant(self.vector, ir.Undefined)
        for i in range(self.count):
            value = b.load(b.gep(pointer, [b.mul(step, number(i))]))
            found = b.insert_element(found, value, ir.Constant(SMALL, i))
        b.ret(found)

    def _write_scatter(self, b: Any, arguments: Any) -> None:
        value, pointer, step = arguments
        for i in range(self.count):
            b.store(b.extract_element(value, ir.Constant(SMALL, i)), b.gep(pointer, [b.mul(step, number(i))]))
        b.ret_void()

    def turned(self, b: Any, rows: list[Any]) -> list[Any]:
        """The columns of as many vectors as a vector has lanes: each halving riffles the first half with the second."""
        half = self.count // 2
        lower = [place for i in range(half) for place in (i, self.count + i)]
        picks = [
            ir.Constant(ir.VectorType(SMALL, self.count), [ir.Constant(SMALL, place + at) for place in lower])
            for at in (0, half)
        ]
        for _ in range(self.count.bit_length() - 1):
            rows = [b.shuffle_vector(rows[i], rows[half + i], pick) for i in range(half) for pick in picks]
        return rows

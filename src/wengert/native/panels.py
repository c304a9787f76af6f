"""Rows of a matrix as panels: as wide as a tile of a product is, in each of them one row after another.

    part of what is summed over, panel of columns, row, column        (in this order in memory)

A product that reads a matrix many times stores it so first, and where many products read the same matrix, that is done
once for all of them: see `Panels.write_storing` and `elements_of`.

Knows llvmlite. Must not know graphs or arrays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from llvmlite import ir

from wengert.native.writing import INDEX, Lanes, chosen, loop, number, smaller

if TYPE_CHECKING:
    from wengert.native.machine import Registers

WIDEST = 3
"""A panel of B has at most so many vectors in a row."""

DEPTH = 192
"""So much is summed over before the sums are put down: a panel of B fits the first cache."""

AHEAD = 8
"""So many rows before they are stored, rows are brought near: they may lie far apart, which no processor foresees."""

LINE = 64
"""What is stored begins with a line of the cache, so that no vector of it lies in two."""


STORE = "store"


class Matrix(NamedTuple):
    """A matrix in memory: where it begins, and how far it is from one row and from one column to the next."""

    place: Any
    down: Any
    across: Any

    def at(self, b: Any, row: Any, column: Any) -> Matrix:
        """The part of it that begins there."""
        return self._replace(place=b.gep(self.place, [b.add(b.mul(row, self.down), b.mul(column, self.across))]))


class Panels:
    """The functions of one module that store matrices of one type."""

    def __init__(self, module: Any, element: Any, registers: Registers) -> None:
        self._module, self._element = module, element
        self._lanes = Lanes(module, element, registers.bytes * 8 // (32 if element == ir.FloatType() else 64))
        self._store = module.globals.get(f"{STORE}_{element}") or self._write_store()  # once in a module

    def _begin(self, name: str, kinds: list[Any]) -> tuple[Any, list[Any]]:
        """A function of this module alone, whose arrays are apart: where to write it, and its arguments."""
        function = ir.Function(self._module, ir.FunctionType(ir.VoidType(), kinds), f"{name}_{self._element}")
        function.linkage = "internal"
        function.attributes.add("noinline")
        for argument in function.args:
            if isinstance(argument.type, ir.PointerType):
                argument.add_attribute("noalias")
        return ir.IRBuilder(function.append_basic_block("entry")), list(function.args)

    def width_of(self, b: Any, columns: Any) -> Any:
        """How many columns a panel has."""
        vectors = shares(b, columns, number(self._lanes.count))
        return b.mul(shares(b, vectors, shares(b, vectors, number(WIDEST))), number(self._lanes.count))

    def part_of(self, b: Any, depth: Any) -> Any:
        """How much of what is summed over a part has; all have the same, and the last the rest."""
        return shares(b, depth, shares(b, depth, number(DEPTH)))

    def size_of_part(self, b: Any, long: Any, columns: Any, width: Any) -> Any:
        """How many elements the panels of a part take."""
        return b.mul(self.size_of_panel(b, long, width), shares(b, columns, width))

    def size_of_panel(self, b: Any, long: Any, width: Any) -> Any:
        """How many elements a panel takes; a stored block of rows may go beyond the last."""
        return b.mul(b.add(long, number(self._lanes.count)), width)

    def aligned(self, b: Any, place: Any) -> Any:
        """The next beginning of a line of the cache."""
        start = b.and_(b.add(b.ptrtoint(place, INDEX), number(LINE - 1)), number(-LINE))
        return b.inttoptr(start, self._element.as_pointer())

    def write_storing(self) -> Any:
        """Write the function that stores some panels of a whole matrix, for products to come.

        Its arguments are (depth, columns, B, down, across, where, first panel, and the one behind the last).
        """
        pointer = self._element.as_pointer()
        kinds = [INDEX, INDEX, pointer, INDEX, INDEX, pointer, INDEX, INDEX]
        b, (depth, columns, *place, out, lo, hi) = self._begin("all", kinds)
        source, width, deep = Matrix(*place), self.width_of(b, columns), self.part_of(b, depth)
        first = b.mul(lo, width)
        wanted = b.sub(smaller(b, columns, b.mul(hi, width)), first)
        with loop(b, number(0), depth, deep, carried=[self.aligned(b, out)]) as part:
            long = smaller(b, deep, b.sub(depth, part.i))
            size = self.size_of_panel(b, long, width)
            these = source.at(b, part.i, first)
            b.call(self._store, [long, wanted, *these, b.gep(part.carried[0], [b.mul(lo, size)]), width, size])
            part.following = [b.gep(part.carried[0], [self.size_of_part(b, deep, columns, width)])]
        b.ret_void()
        return b.function

    def _write_store(self) -> Any:
        """Write the function that stores panels of B, one behind the other.

        Its arguments are (depth, columns, B, down, across, where, width of a panel, from one panel to the next).
        """
        pointer, one = self._element.as_pointer(), number(1)
        kinds = [INDEX, INDEX, pointer, INDEX, INDEX, pointer, INDEX, INDEX]
        b, (depth, columns, *place, out, width, size) = self._begin(STORE, kinds)
        source = Matrix(*place)
        with b.if_else(b.icmp_signed("==", source.across, one)) as (then, otherwise):
            with then:
                self._store_rows(b, depth, columns, source, (out, width, size))
            with otherwise, loop(b, number(0), columns, width, carried=[out]) as turn:
                left = smaller(b, width, b.sub(columns, turn.i))
                here, panel = source.at(b, number(0), turn.i), Matrix(turn.carried[0], width, one)
                turn.following = [b.gep(turn.carried[0], [size])]
                with b.if_else(b.icmp_signed("==", source.down, one)) as (together, apart):
                    with together:
                        self._store_columns(b, depth, left, here, panel)
                    with apart:
                        self._store_numbers(b, depth, left, here, panel)
        b.ret_void()
        return b.function

    def _store_rows(self, b: Any, depth: Any, columns: Any, source: Matrix, panels: tuple[Any, Any, Any]) -> None:
        """Where rows lie together, one after the other, each through all panels: so memory is read as it lies."""
        lanes, step = self._lanes, number(self._lanes.count)
        out, width, size = panels
        with loop(b, number(0), depth) as row:
            first = b.gep(out, [b.mul(row.i, width)])
            with loop(b, number(0), columns, width, carried=[first]) as panel:
                left = smaller(b, width, b.sub(columns, panel.i))
                whole = b.sub(left, b.srem(left, step))
                here, there = source.at(b, row.i, panel.i).place, panel.carried[0]
                panel.following = [b.gep(there, [size])]
                with loop(b, number(0), whole, step) as vector:
                    lanes.fetch(
                        b, source.at(b, b.add(row.i, number(AHEAD)), b.add(panel.i, vector.i)).place, writes=False
                    )
                    lanes.store(b, lanes.load(b, b.gep(here, [vector.i])), b.gep(there, [vector.i]))
                with b.if_then(b.icmp_signed("<", whole, left)):
                    value = lanes.load(b, b.gep(here, [whole]), lanes.below(b, b.sub(left, whole)))
                    lanes.store(b, value, b.gep(there, [whole]))

    def _store_columns(self, b: Any, depth: Any, columns: Any, source: Matrix, panel: Matrix) -> None:
        """Where columns lie together, squares of as many vectors as a vector has lanes, turned."""
        lanes = self._lanes
        step = number(lanes.count)
        with loop(b, number(0), panel.down, step) as vector, loop(b, number(0), depth, step) as row:
            inside = b.and_(
                b.icmp_signed("<=", b.add(vector.i, step), columns), b.icmp_signed("<=", b.add(row.i, step), depth)
            )
            places = [b.add(vector.i, number(i)) for i in range(lanes.count)]
            for place in places:
                lanes.fetch(b, source.at(b, row.i, b.add(place, number(lanes.count))).place, writes=False)

            def whole() -> list[Any]:
                return [lanes.load(b, source.at(b, row.i, place).place) for place in places]

            def part() -> list[Any]:
                mask = lanes.below(b, b.sub(depth, row.i))
                there = [b.icmp_signed("<", place, columns) for place in places]
                masks = [b.select(each, mask, lanes.none) for each in there]
                # nothing is read where a mask says no, but where there is no memory that takes a thousand cycles
                inside = [b.select(each, place, number(0)) for each, place in zip(there, places, strict=True)]
                pairs = zip(inside, masks, strict=True)
                return [lanes.load(b, source.at(b, row.i, place).place, mask) for place, mask in pairs]

            for i, turned in enumerate(lanes.turned(b, chosen(b, inside, whole, part))):
                lanes.store(b, turned, panel.at(b, b.add(row.i, number(i)), vector.i).place)

    def _store_numbers(self, b: Any, depth: Any, columns: Any, source: Matrix, panel: Matrix) -> None:
        """Where nothing lies together, one number after the other."""
        with loop(b, number(0), depth) as row, loop(b, number(0), panel.down) as column:
            exists = b.icmp_signed("<", column.i, columns)
            value = b.load(source.at(b, row.i, b.select(exists, column.i, number(0))).place)
            value = b.select(exists, value, ir.Constant(self._element, 0.0))
            b.store(value, panel.at(b, row.i, column.i).place)


def elements_of(depth: int, columns: int, lanes: int, itemsize: int) -> int:
    """How many elements a matrix takes that is stored so, wherever in a line of the cache that begins."""
    panels = panels_of(columns, lanes)
    width = _parts(_parts(columns, lanes), panels) * lanes
    deep = _parts(depth, _parts(depth, DEPTH))
    return _parts(depth, deep) * (deep + lanes) * width * panels + LINE // itemsize


def panels_of(columns: int, lanes: int) -> int:
    """How many panels so many columns take."""
    return _parts(_parts(columns, lanes), WIDEST)


def _parts(whole: int, of: int) -> int:
    """Into how many parts of a size a whole is cut; the last may be smaller."""
    return -(-whole // of)


def shares(b: Any, whole: Any, of: Any) -> Any:
    """Into how many parts of a size a whole is cut; the last may be smaller."""
    return b.sdiv(b.add(whole, b.sub(of, number(1))), of)

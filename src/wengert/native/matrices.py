"""The product of two matrices, in blocks that fit the registers and the caches of one processor.

    C = A B:   for columns of B as many as a store holds:           (PANELS)
                   for some of what is summed over:                 (DEPTH)
                       store those rows and columns of B as panels, in each of them one row after another
                       for rows of A that stay in the second cache: (BLOCK)
                           for each panel, for a few rows: a tile of C, summed in registers

A tile is as many rows as there are registers for, by up to three vectors. A's rows are read one number at a time,
which is spread over the lanes, so A may lie in any way; B is stored with its rows in lanes, turned where its columns
lie together. Where each row of A is read for many panels, or its rows lie far apart, A is stored as well, its columns
in lanes: a tile of both reads ahead, from two places. What sticks out of a panel is masked, by tiles of their own where
a mask would take a register from the sums; in place of the rows that a tile has too many, the last is done again.
Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication", 2008.

Knows llvmlite. Must not know graphs or arrays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from llvmlite import ir

from wengert.native.writing import INDEX, TRUTH, Lanes, chosen, loop, number, smaller

if TYPE_CHECKING:
    from wengert.native.machine import Registers

WIDEST = 3
"""A panel of B has at most so many vectors in a row."""

DEPTH = 192
"""So much is summed over before the sums are put down: a panel of B fits the first cache."""

BLOCK = 128
"""So many rows of A are gone through for each panel."""

PANELS = 22
"""So many panels of B are stored at a time, two megabytes of them."""

MANY = 4
"""From so many panels on, reading A for each takes longer than storing it once."""

FEW = 2
"""For so few tiles below one another, storing B takes longer than it saves."""

NEAR, SHORT = 1 << 16, 256
"""And also where the rows of the result, times the bytes from one row of B to the next, are few, and B has few rows:
what is further apart does not stay in the first cache, which has its places by the last bits of an address."""


AHEAD = 8
"""So many rows before they are stored, rows are brought near: they may lie far apart, which no processor foresees."""

LINE = 64
"""What is stored begins with a line of the cache, so that no vector of it lies in two."""

BYTES = ir.IntType(8).as_pointer()


class Matrix(NamedTuple):
    """A matrix in memory: where it begins, and how far it is from one row and from one column to the next."""

    place: Any
    down: Any
    across: Any

    def at(self, b: Any, row: Any, column: Any) -> Matrix:
        """The part of it that begins there."""
        return self._replace(place=b.gep(self.place, [b.add(b.mul(row, self.down), b.mul(column, self.across))]))


class Multiplication:
    """The functions of one module that multiply matrices of one type.

    Attributes:
        function: (rows, columns, depth, A, down, across, B, down, across, C, down, adds); the columns of C lie
            together, and where `adds` is not 0 the product is added to what is there.
    """

    def __init__(self, module: Any, element: Any, registers: Registers) -> None:
        self._module, self._element = module, element
        self._lanes = Lanes(module, element, registers.bytes * 8 // (32 if element == ir.FloatType() else 64))
        self._rows = registers.rows
        self._high = max(self._rows, self._lanes.count)  # of so many rows A is stored, where that is worth it
        self._tiles = {
            (vectors, whole): self._write_tile(vectors, whole=whole)
            for vectors in range(1, WIDEST + 1)
            for whole in ((False,) if registers.masks else (False, True))
        }
        self._inner = self._write_tile(WIDEST, whole=True, stored=True)
        self._store = self._write_store()
        self.function = self._write()

    def _begin(self, name: str, kinds: list[Any]) -> tuple[Any, list[Any]]:
        """A function of this module alone, whose arrays are apart: where to write it, and its arguments."""
        function = ir.Function(self._module, ir.FunctionType(ir.VoidType(), kinds), f"{name}_{self._element}")
        function.linkage = "internal"
        function.attributes.add("noinline")
        for argument in function.args:
            if isinstance(argument.type, ir.PointerType):
                argument.add_attribute("noalias")
        return ir.IRBuilder(function.append_basic_block("entry")), list(function.args)

    def _write_tile(self, vectors: int, *, whole: bool, stored: bool = False) -> Any:
        """Write the function that sums a tile of C; a whole one needs no masks, and one of stored rows no steps.

        Its arguments are how much is summed over, the rows of A, its rows of B, C, how many lanes of the last vector
        count, and whether C is new.
        """
        lanes, pointer = self._lanes, self._element.as_pointer()
        kinds = [INDEX, INDEX, pointer, INDEX, INDEX, pointer, INDEX, pointer, INDEX, INDEX, TRUTH]
        b, arguments = self._begin(f"{'stored' if stored else 'whole' if whole else 'part'}{vectors}", kinds)
        depth, rows, place, down, across, panel, step, out, out_down, last, new = arguments
        there = [smaller(b, number(i), b.sub(rows, number(1))) for i in range(self._rows)]
        if stored:
            down, across, step = number(1), number(self._high), number(vectors * lanes.count)
            there = [number(i) for i in range(self._rows)]
        x, c = Matrix(place, down, across), Matrix(out, out_down, number(1))
        starts = [x.at(b, row, number(0)) for row in there]
        masks = [None] * (vectors - 1) + [None if whole else lanes.below(b, last)]
        targets = [
            (b.gep(c.at(b, row, number(0)).place, [number(lanes.count * v)]), mask)
            for row in there
            for v, mask in enumerate(masks)
        ]
        for target, _ in targets:
            lanes.fetch(b, target)  # while it is summed up
        with loop(b, number(0), depth, carried=[lanes.zero for _ in targets]) as turn:
            row = b.gep(panel, [b.mul(turn.i, step)])
            ys = [lanes.load(b, b.gep(row, [number(lanes.count * v)]), mask) for v, mask in enumerate(masks)]
            sums = iter(turn.carried)
            turn.following = []
            for start in starts:
                value = lanes.spread(b, b.load(start.at(b, number(0), turn.i).place))
                turn.following += [lanes.add_product(b, value, y, next(sums)) for y in ys]
        totals = list(turn.carried)

        def with_what_is_there() -> list[Any]:
            pairs = zip(totals, targets, strict=True)
            return [b.fadd(total, lanes.load(b, target, mask)) for total, (target, mask) in pairs]

        for total, (target, mask) in zip(chosen(b, new, lambda: totals, with_what_is_there), targets, strict=True):
            lanes.store(b, total, target, mask)
        b.ret_void()
        return b.function

    def _write_store(self) -> Any:
        """Write the function that stores panels of B, one behind the other.

        Its arguments are (depth, columns, B, down, across, where, width of a panel, from one panel to the next).
        """
        pointer, one = self._element.as_pointer(), number(1)
        kinds = [INDEX, INDEX, pointer, INDEX, INDEX, pointer, INDEX, INDEX]
        b, (depth, columns, *place, out, width, size) = self._begin("store", kinds)
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

    def _write(self) -> Any:
        pointer, lanes = self._element.as_pointer(), self._lanes
        b, (rows, columns, depth, *given) = self._begin("multiply", [INDEX, INDEX, INDEX, pointer, INDEX, INDEX,
                                                                    pointer, INDEX, INDEX, pointer, INDEX,
                                                                    INDEX])  # fmt: skip
        x, y, out = Matrix(*given[:3]), Matrix(*given[3:6]), Matrix(given[6], given[7], number(1))
        overwrites = b.icmp_signed("==", given[8], number(0))
        vectors = _shares(b, columns, number(lanes.count))
        width = b.mul(_shares(b, vectors, _shares(b, vectors, number(WIDEST))), number(lanes.count))
        stored = b.mul(width, number(PANELS))
        near = b.icmp_signed("<=", b.mul(rows, y.down), number(NEAR // lanes.bytes))
        short = b.icmp_signed("<=", depth, number(SHORT))
        once = b.or_(b.icmp_signed("<=", rows, number(FEW * self._rows)), b.and_(near, short))
        as_it_lies = b.and_(once, b.icmp_signed("==", y.across, number(1)))
        high = number(self._high)
        deep = _shares(b, depth, _shares(b, depth, number(DEPTH)))  # parts of one length
        is_stored = b.and_(b.icmp_signed("==", x.down, number(1)), b.icmp_signed(">", x.across, number(BLOCK)))
        is_stored = b.or_(is_stored, b.icmp_signed(">=", columns, b.mul(number(MANY), width)))
        memory, store, x_store = self._stores(
            b,
            deep,
            b.select(as_it_lies, number(0), smaller(b, stored, b.add(columns, width))),
            b.select(is_stored, b.add(smaller(b, rows, number(BLOCK)), high), number(0)),
        )
        with loop(b, number(0), columns, stored) as some, loop(b, number(0), depth, deep) as part:
            end = smaller(b, columns, b.add(some.i, stored))
            long = smaller(b, b.sub(depth, part.i), deep)
            size = b.mul(b.add(long, number(lanes.count)), width)  # a stored block of rows may go beyond the last

            def panel(column: Any) -> Any:
                return b.gep(store, [b.mul(b.sdiv(b.sub(column, some.i), width), size)])

            with b.if_then(b.not_(as_it_lies)):
                wanted = b.sub(end, some.i)
                b.call(self._store, [long, wanted, *y.at(b, part.i, some.i), store, width, size])
            with loop(b, number(0), rows, number(BLOCK)) as block:
                below = smaller(b, number(BLOCK), b.sub(rows, block.i))
                these = x.at(b, block.i, part.i)
                with b.if_then(is_stored):
                    x_size = b.mul(high, b.add(long, number(lanes.count)))
                    b.call(self._store, [long, below, these.place, x.across, x.down, x_store, high, x_size])
                with loop(b, some.i, end, width) as column:
                    there, here = y.at(b, part.i, column.i).place, panel(column.i)
                    rows_of_b = b.select(as_it_lies, there, here), b.select(as_it_lies, y.down, width)
                    left = smaller(b, width, b.sub(columns, column.i))
                    new = b.and_(overwrites, b.icmp_signed("==", part.i, number(0)))
                    operand = these, x_store, is_stored
                    self._go_down(b, below, left, long, operand, rows_of_b, out.at(b, block.i, column.i), new)
        self._call(b, "free", ir.VoidType(), [memory])
        b.ret_void()
        return b.function

    def _stores(self, b: Any, depth: Any, columns: Any, rows: Any) -> tuple[Any, Any, Any]:
        """Memory for what is stored of so many columns of B and of so many rows of A, and where each begins."""
        depth = b.add(depth, number(self._lanes.count))
        columns = b.mul(depth, columns)
        size = b.mul(b.add(columns, b.mul(depth, rows)), number(self._lanes.bytes))
        memory = self._call(b, "malloc", BYTES, [b.add(size, number(LINE))])
        start = b.and_(b.add(b.ptrtoint(memory, INDEX), number(LINE - 1)), number(-LINE))
        store = b.inttoptr(start, self._element.as_pointer())
        return memory, store, b.gep(store, [columns])

    def _call(self, b: Any, name: str, result: Any, given: list[Any]) -> Any:
        """Call a function of the C library."""
        kind = ir.FunctionType(result, [each.type for each in given])
        return b.call(self._module.globals.get(name) or ir.Function(self._module, kind, name), given)

    def _go_down(
        self, b: Any, end: Any, columns: Any, depth: Any, operand: Any, rows_of_b: Any, out: Matrix, new: Any
    ) -> None:
        """Do the tiles of one panel, one below the other."""
        x, x_store, is_stored = operand
        count, high = number(self._lanes.count), number(self._high)
        vectors = _shares(b, columns, count)
        last = b.sub(columns, b.mul(b.sub(vectors, number(1)), count))
        down, across = b.select(is_stored, number(1), x.down), b.select(is_stored, high, x.across)
        tile = self._tile_for(b, vectors, b.icmp_signed("==", last, count))
        widest = number(WIDEST * self._lanes.count)
        both_stored = b.and_(is_stored, b.icmp_signed("==", rows_of_b[1], widest))
        whole = b.and_(both_stored, b.icmp_signed("==", columns, widest))
        with loop(b, number(0), end, number(self._rows)) as row:
            rows = smaller(b, number(self._rows), b.sub(end, row.i))
            within = b.srem(row.i, high)
            stored = b.gep(x_store, [b.add(b.mul(b.sub(row.i, within), b.add(depth, count)), within)])
            place = b.select(is_stored, stored, x.at(b, row.i, number(0)).place)
            target = out.at(b, row.i, number(0)).place
            inner = b.and_(whole, b.icmp_signed("==", rows, number(self._rows)))
            b.call(
                b.select(inner, self._inner, tile),
                [depth, rows, place, down, across, *rows_of_b, target, out.down, last, new],
            )

    def _tile_for(self, b: Any, vectors: Any, fills: Any) -> Any:
        """The function for tiles of so many vectors, whose last one is filled or not."""
        found = None
        for (width, whole), tile in self._tiles.items():
            fits = b.icmp_signed("==", vectors, number(width))
            if whole:
                fits = b.and_(fits, fills)
            found = tile if found is None else b.select(fits, tile, found)
        return found


def _shares(b: Any, whole: Any, of: Any) -> Any:
    """Into how many parts of a size a whole is cut; the last may be smaller."""
    return b.sdiv(b.add(whole, b.sub(of, number(1))), of)

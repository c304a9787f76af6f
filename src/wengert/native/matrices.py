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

from typing import TYPE_CHECKING, Any

from llvmlite import ir

from wengert.native.panels import LINE, WIDEST, Matrix, Panels, shares
from wengert.native.writing import INDEX, TRUTH, chosen, loop, number, smaller

if TYPE_CHECKING:
    from wengert.native.machine import Registers

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


MULTIPLY = "multiply"
"""What the function is called that does it all, of which a module has one for each type."""

BYTES = ir.IntType(8).as_pointer()


class Multiplication(Panels):
    """The functions of one module that multiply matrices of one type.

    Attributes:
        function: (rows, columns, depth, A, down, across, B, down, across, C, down, adds, scale); the columns of C
            lie together, and where `adds` is not 0 the product is added to what is there, `scale` times. With 0 for
            both steps B is one that `write_storing` has stored.
    """

    def __init__(self, module: Any, element: Any, registers: Registers) -> None:
        super().__init__(module, element, registers)
        self._rows = registers.rows
        self._high = max(self._rows, self._lanes.count)  # of so many rows A is stored, where that is worth it
        self._tiles = {
            (vectors, whole): self._write_tile(vectors, whole=whole)
            for vectors in range(1, WIDEST + 1)
            for whole in ((False,) if registers.masks else (False, True))
        }
        self._inner = self._write_tile(WIDEST, whole=True, stored=True)
        self.function = self._write()

    def _write_tile(self, vectors: int, *, whole: bool, stored: bool = False) -> Any:
        """Write the function that sums a tile of C; a whole one needs no masks, and one of stored rows no steps.

        Its arguments are how much is summed over, the rows of A, its rows of B, C, how many lanes of the last vector
        count, whether C is new, and how many times the sums are added if it is not.
        """
        lanes, pointer = self._lanes, self._element.as_pointer()
        kinds = [INDEX, INDEX, pointer, INDEX, INDEX, pointer, INDEX, pointer, INDEX, INDEX, TRUTH, self._element]
        b, arguments = self._begin(f"{'stored' if stored else 'whole' if whole else 'part'}{vectors}", kinds)
        depth, rows, place, down, across, panel, step, out, out_down, last, new, scale = arguments
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
            times = lanes.spread(b, scale)
            pairs = zip(totals, targets, strict=True)
            return [lanes.add_product(b, total, times, lanes.load(b, *target)) for total, target in pairs]

        for total, (target, mask) in zip(chosen(b, new, lambda: totals, with_what_is_there), targets, strict=True):
            lanes.store(b, total, target, mask)
        b.ret_void()
        return b.function

    def _write(self) -> Any:
        pointer, lanes = self._element.as_pointer(), self._lanes
        kinds = [INDEX, INDEX, INDEX, pointer, INDEX, INDEX, pointer, INDEX, INDEX, pointer, INDEX, INDEX]
        b, (rows, columns, depth, *given, scale) = self._begin(MULTIPLY, [*kinds, self._element])
        x, y, out = Matrix(*given[:3]), Matrix(*given[3:6]), Matrix(given[6], given[7], number(1))
        overwrites = b.icmp_signed("==", given[8], number(0))
        width = self.width_of(b, columns)
        stored = b.mul(width, number(PANELS))
        ready = b.icmp_signed("==", b.or_(y.down, y.across), number(0))
        near = b.icmp_signed("<=", b.mul(rows, y.down), number(NEAR // lanes.bytes))
        short = b.icmp_signed("<=", depth, number(SHORT))
        once = b.or_(b.icmp_signed("<=", rows, number(FEW * self._rows)), b.and_(near, short))
        as_it_lies = b.and_(once, b.icmp_signed("==", y.across, number(1)))
        high = number(self._high)
        deep = self.part_of(b, depth)
        is_stored = b.and_(b.icmp_signed("==", x.down, number(1)), b.icmp_signed(">", x.across, number(BLOCK)))
        is_stored = b.or_(is_stored, b.icmp_signed(">=", columns, b.mul(number(MANY), width)))
        memory, store, x_store = self._stores(
            b,
            deep,
            b.select(b.or_(as_it_lies, ready), number(0), smaller(b, stored, b.add(columns, width))),
            b.select(is_stored, b.add(smaller(b, rows, number(BLOCK)), high), number(0)),
        )
        with loop(b, number(0), columns, stored) as some, loop(b, number(0), depth, deep) as part:
            end = smaller(b, columns, b.add(some.i, stored))
            long = smaller(b, b.sub(depth, part.i), deep)
            size = self.size_of_panel(b, long, width)
            before = b.mul(b.sdiv(part.i, deep), self.size_of_part(b, deep, columns, width))
            panels = b.select(ready, b.gep(self.aligned(b, y.place), [before]), store)
            first = b.select(ready, number(0), some.i)

            def panel(column: Any) -> Any:
                return b.gep(panels, [b.mul(b.sdiv(b.sub(column, first), width), size)])

            with b.if_then(b.not_(b.or_(as_it_lies, ready))):
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
                    operand, result = (these, x_store, is_stored), (out.at(b, block.i, column.i), new, scale)
                    self._go_down(b, below, left, long, operand, rows_of_b, result)
        self._call(b, "free", ir.VoidType(), [memory])
        b.ret_void()
        return b.function

    def _stores(self, b: Any, depth: Any, columns: Any, rows: Any) -> tuple[Any, Any, Any]:
        """Memory for what is stored of so many columns of B and of so many rows of A, and where each begins."""
        depth = b.add(depth, number(self._lanes.count))
        columns = b.mul(depth, columns)
        size = b.mul(b.add(columns, b.mul(depth, rows)), number(self._lanes.bytes))
        memory = self._call(b, "malloc", BYTES, [b.add(size, number(LINE))])
        store = self.aligned(b, memory)
        return memory, store, b.gep(store, [columns])

    def _call(self, b: Any, name: str, result: Any, given: list[Any]) -> Any:
        """Call a function of the C library."""
        kind = ir.FunctionType(result, [each.type for each in given])
        return b.call(self._module.globals.get(name) or ir.Function(self._module, kind, name), given)

    def _go_down(self, b: Any, end: Any, columns: Any, depth: Any, operand: Any, rows_of_b: Any, result: Any) -> None:
        """Do the tiles of one panel, one below the other."""
        (x, x_store, is_stored), (out, new, scale) = operand, result
        count, high = number(self._lanes.count), number(self._high)
        vectors = shares(b, columns, count)
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
                [depth, rows, place, down, across, *rows_of_b, target, out.down, last, new, scale],
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

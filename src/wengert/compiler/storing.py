"""Matrices that are stored as products want them, for many products or for all threads.

Knows the codes of products and where variables lie. Must not know how a matrix is stored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from llvmlite import ir

from wengert.compiler.products import DOUBLE, FLOAT, Matrix, ProductCode
from wengert.core.threads import POOL
from wengert.graph.ir import Variable
from wengert.native.kernels import KERNEL, LANES, address, given
from wengert.native.machine import machine
from wengert.native.panels import Panels, elements_of, panels_of
from wengert.shapes import Spec

if TYPE_CHECKING:
    from collections.abc import Collection

    from wengert.compiler.layouts import Layouts

COPIED = 50_000
"""A thread stores at least so many elements of a matrix."""


class StoreCode:
    """A matrix that is stored for many products at once, or for all threads, as `native.panels` does.

    Attributes:
        arguments: the matrix, and where it is stored.
        turns: its panels.
    """

    def __init__(self, y: Variable, matrix: Matrix, columns: int, depth: int) -> None:
        registers = machine().registers
        assert registers is not None  # noqa: S101  it is our own code
        self._numbers = [depth, columns, *matrix.steps]
        self._single = y.spec.dtype == np.float32
        size = y.spec.dtype.itemsize
        room = elements_of(depth, columns, registers.bytes // size, size)
        self.turns = panels_of(columns, registers.bytes // size)
        self.arguments = [y, Variable(Spec((room,), y.spec.dtype))]

    def __str__(self) -> str:
        depth, columns, *_ = self._numbers
        return f"store [{depth}, {columns}]"

    @property
    def work(self) -> int:
        """How many elements are stored."""
        return self._numbers[0] * self._numbers[1]

    @property
    def pieces(self) -> int:
        """Into how many pieces it is cut for several threads."""
        return max(1, min(POOL.threads, self.turns, self.work // COPIED))

    def key(self) -> Any:
        """What the code is the same for."""
        return (LANES, "stored", self._single)

    def numbers(self) -> list[int]:
        """The sizes of the matrix, and how it lies."""
        return self._numbers

    def write(self, module: Any, name: str) -> None:
        """Write the kernel."""
        registers = machine().registers
        assert registers is not None  # noqa: S101  it is our own code
        element = FLOAT if self._single else DOUBLE
        store = Panels(module, element, registers).write_storing()
        function = ir.Function(module, KERNEL, name)
        table, what, lo, hi = function.args
        b = ir.IRBuilder(function.append_basic_block("entry"))
        source, target = (b.inttoptr(address(b, table, what, i), element.as_pointer()) for i in range(2))
        depth, columns, down, across = (given(b, what, 4 + i) for i in range(4))
        b.call(store, [depth, columns, source, down, across, target, lo, hi])
        b.ret_void()


OFTEN = 3
"""A matrix that so many products read is stored once for all of them."""


def stored(codes: list[Any], given: Collection[Variable], layouts: Layouts) -> list[Any]:
    """The codes with matrices stored that several products have as their second operand.

    Args:
        codes: of steps, in order.
        given: variables that nobody writes.
        layouts: where variables lie.
    """
    readers: dict[Any, list[ProductCode]] = {}
    for code in codes:
        if not isinstance(code, ProductCode) or not code.stores or (code.pieces > 1 and not code.is_cut_by_rows):
            continue
        y, matrix = code.second
        if (layout := layouts.of(y)).base in given:
            readers.setdefault((layout, matrix, *code.sizes[1:]), []).append(code)
    stores: dict[int, StoreCode] = {}
    for (_, matrix, columns, depth), products in readers.items():
        if len(products) >= OFTEN:
            store = stores[id(products[0])] = StoreCode(products[0].arguments[1], matrix, columns, depth)
            for product in products:
                product.take_stored(store.arguments[-1])
    return [each for code in codes for each in ([stores[id(code)], code] if id(code) in stores else [code])]

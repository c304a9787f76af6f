"""Epilogues: loops that read the result of a product, done with it while it is in the cache.

    c = a @ b                                    store b                            (for all threads)
    for i, j: d[i, j] = relu(c[i, j] + e[j])     for rows in blocks:
                                      ->             c[rows] = a[rows] @ b
                                                     for i in rows, j: d[i, j] = relu(c[i, j] + e[j])

Here a product comes to stand right before the first loop that reads it, and both go by rows; `groups` puts them
together. A product that threads share by columns would leave each row in several caches.

Knows the codes of steps and where variables lie. Must not know LLVM.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wengert.compiler.groups import Group, memory_of
from wengert.compiler.nests import NestCode
from wengert.compiler.products import ProductCode
from wengert.compiler.storing import StoreCode

if TYPE_CHECKING:
    from wengert.compiler.layouts import Layouts
    from wengert.graph.ir import Variable

TALL = 2048
"""Of a product with fewer rows, storing the second operand apart takes longer than loops wait for the result."""


def with_epilogues(codes: list[Any], layouts: Layouts) -> list[Any]:
    """The codes with tall products right before the loops that they are done with.

    Args:
        codes: of steps, in order.
        layouts: where variables lie.
    """
    if not any(map(is_tall, codes)):
        return codes
    readers = first_readers(codes, layouts)
    first: dict[int, tuple[list[Any], list[Any]]] = {}
    gone: set[int] = set()
    for at, code in enumerate(codes):
        reader = readers[at]
        if reader is None or not is_tall(code):
            continue
        stores, products = first.get(reader, ([], []))
        store = StoreCode(*code.second, *code.sizes[1:])
        product = code.by_rows(store.arguments[-1])
        if go_together([*products, product, codes[reader]], layouts):
            first[reader] = [*stores, store], [*products, product]
            gone.add(at)
    found: list[Any] = []
    for at, code in enumerate(codes):
        if at not in gone:
            stores, products = first.get(at, ([], []))
            found += [*stores, *products, code]
    return found


def first_readers(codes: list[Any], layouts: Layouts) -> list[int | None]:
    """For each code the first behind it that touches its result, if that is a loop."""
    found: list[int | None] = []
    touching: dict[Variable, int] = {}
    for at, code in reversed(list(enumerate(codes))):
        memories = [memory_of(v, code, layouts)[0] for v in code.arguments]
        reader = touching.get(memories[-1]) if memories else None
        found.append(reader if reader is not None and isinstance(codes[reader], NestCode) else None)
        touching.update(dict.fromkeys(memories, at))
    return found[::-1]


def is_tall(code: Any) -> bool:
    """Whether a product is one of our own that has many rows, and is written, not added to something."""
    return isinstance(code, ProductCode) and code.stores and not code.adds and code.sizes[0] >= TALL


def go_together(codes: list[Any], layouts: Layouts) -> bool:
    """Whether codes can be done some rows at a time."""
    group = Group(layouts)
    return all(map(group.takes, codes))

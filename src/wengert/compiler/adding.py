"""Products that are added to something: added where that lies, instead of written and added by a loop.

    p = x @ y; z = c + p; c and p are not needed any more        ->        c is made where z is to be; z += x @ y

This is how the gradient of a weight that is used several times comes about, and a sum of two products. The loop would
read two arrays of that size and write one.

Knows the codes of steps and where variables lie. Must not know LLVM.
"""

from __future__ import annotations

from collections import Counter
from math import prod
from typing import TYPE_CHECKING, Any

from wengert.compiler.groups import memory_of
from wengert.compiler.nests import NestCode
from wengert.compiler.products import ProductCode
from wengert.graph.ir import Variable
from wengert.shapes import contiguous_strides

if TYPE_CHECKING:
    from collections.abc import Collection

    from wengert.compiler.layouts import Layouts

SMALLEST = 64
"""Sums of fewer elements are left as they are."""


def added(codes: list[Any], layouts: Layouts, apart: Collection[Variable]) -> list[Any]:
    """The codes with products that are added where something lies.

    Args:
        codes: of steps, in order.
        layouts: where variables lie; what is added to comes to lie where the sum does.
        apart: variables whose memory is given, or seen outside.
    """
    if not any(isinstance(code, ProductCode) for code in codes):
        return codes
    found = Adding(codes, layouts, apart)
    for at in reversed(range(len(codes))):  # so what a sum is added to lies already where the last of them does
        found.look(at)
    return [code for code in found.codes if code is not None]


class Adding:
    """The codes, and who makes and reads what.

    Attributes:
        codes: with products in the place of sums; None where a product was.
    """

    def __init__(self, codes: list[Any], layouts: Layouts, apart: Collection[Variable]) -> None:
        self.codes, self._layouts, self._apart = list(codes), layouts, set(apart)
        self._makers: dict[Variable, int] = {}
        self._uses: Counter[Variable] = Counter()
        for at, code in enumerate(codes):
            memories = {memory_of(v, code, layouts)[0] for v in code.arguments}
            self._uses.update(memories)
            # What is put together of parts has them at places of its own memory, and stays there.
            self._makers.update(dict.fromkeys(made_by(code), at))

    def look(self, at: int) -> None:
        """Put a product in the place of a sum, if it can be."""
        code = self.codes[at]
        out = sum_of(code) if isinstance(code, NestCode) else None
        if out is None or not self._lies(out):
            return
        operands = code.nest.equations[0].operands
        if not all(self._passes(v, out) for v in operands):
            return
        at_once = [v for v in operands if isinstance(self.codes[self._makers[v]], ProductCode)]
        if not at_once:
            return
        last = max(at_once, key=self._makers.__getitem__)
        (other,) = [v for v in operands if v is not last]
        product = self.codes[self._makers[last]]
        product.add_onto(out)
        self._layouts.lay(other, *self._layouts.of(out))
        self.codes[self._makers[last]], self.codes[at] = None, product

    def _lies(self, v: Variable) -> bool:
        """Whether a variable has memory in order, which may be a later sum's."""
        layout = self._layouts.of(v)
        return layout.offset == 0 and layout.strides == contiguous_strides(v.spec.shape)

    def _passes(self, v: Any, out: Variable) -> bool:
        """Whether a variable is all of its memory, which is made here, and read for the sum only."""
        if not isinstance(v, Variable) or v.spec != out.spec or self._layouts.of(v).base is not v:
            return False
        return v in self._makers and v not in self._apart and self._uses[v] == 2 and self._lies(v)


def made_by(code: Any) -> list[Variable]:
    """The variables that a code writes as they are, and not as parts of others."""
    if isinstance(code, NestCode):
        return code.nest.outputs
    return code.arguments[-1:] if isinstance(code, ProductCode) else []


def sum_of(code: NestCode) -> Variable | None:
    """What a loop gives that adds two arrays and does nothing else."""
    nest = code.nest
    if len(nest.equations) != 1 or nest.pieces != 1 or prod(nest.shape) < SMALLEST:
        return None
    (e,) = nest.equations
    x, y = e.operands if e.primitive.name == "add" else (None, None)
    return e.out if x is not y and nest.outputs == [e.out] and e.out.spec.shape == nest.shape else None

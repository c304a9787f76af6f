"""Where tensors lost their history: noted at detach() and .data always, and everywhere under lint()."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wengert.core.places import Place
from wengert.core.tensor import Tensor

if TYPE_CHECKING:
    from collections.abc import Sequence


class Cut:
    """What took a tensor's history away, and the line where it happened."""

    __slots__ = ("place", "what")

    def __init__(self, what: str, place: Place) -> None:
        self.what = what
        self.place = place


def cut_of(tensor: Tensor) -> Cut | None:
    """Where a tensor, or what it was computed from, lost its history; None if nobody noted it."""
    found: Any = tensor.__dict__.get("_cut")
    if found is None:
        return None
    what, code, lasti = found
    return Cut(what, Place(code, lasti))


def inherit_cut(made: Tensor, operands: Sequence[Any], what: str, code: Any, lasti: int) -> None:
    """Note why a result has no history: as an operand has none, or because of `what` at this line."""
    tensors = [o for o in operands if isinstance(o, Tensor)]
    for operand in tensors:
        if "_cut" in operand.__dict__:
            made.__dict__["_cut"] = operand.__dict__["_cut"]
            return
    if any(o.node is not None for o in tensors):
        made.__dict__["_cut"] = (what, code, lasti)

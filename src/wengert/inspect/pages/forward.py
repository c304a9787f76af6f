"""The values of a graph's operations: as they were remembered, as the graph keeps them, or computed once more.

A graph keeps what its rules read. Where a rule reads an operand, that is the value of the operation that made it;
where all operands of an operation are known, so is its result.

Knows nodes and kernels. Must not know any op.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from wengert.core.outputs import operation_of
from wengert.core.primitive import TABLE
from wengert.core.tape import AccumulateGrad
from wengert.core.tensor import Tensor
from wengert.inspect.derivation import operand_name
from wengert.inspect.pages.remembering import NOTES, Data, memory_of
from wengert.inspect.pages.values import Shown, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wengert.core.primitive import Primitive
    from wengert.inspect.pages.naming import Names


class Forward:
    """What is known of the values of some operations, which are given in the order in which they were done.

    Attributes:
        data: the arrays that were read and need no gradient, each once.
    """

    def __init__(self, root: Tensor, operations: Sequence[Any], names: Names) -> None:
        self.names = names
        self.arrays: dict[tuple[int, int], Any] = {}
        operation, index = operation_of(root.node)
        self.arrays[id(operation), index] = root.array
        for node in operations:
            self.keep_saved(node)
        for node in operations:
            self.compute(node)
        self.data: list[Data] = []
        self._reads: dict[int, list[tuple[Data, str]]] = {}
        self._known: dict[Any, Data] = {}
        for node in operations:
            self._reads[id(node)] = self._data_read(node)

    def text(self, node: Any, elements: bool) -> Shown | None:
        """The result of an operation as text; None if it is not known."""
        if (noted := NOTES.get(node)) is not None:
            return noted.value
        outputs = getattr(node.rule, "outputs", 1)
        if outputs == 1:
            array = self.arrays.get((id(node), 0))
            return None if array is None else shown(array, elements=elements)
        known = tuple(self.arrays[id(node), i] for i in range(outputs) if (id(node), i) in self.arrays)
        return shown(known, elements=elements) if known else None

    def read(self, node: Any) -> list[tuple[Data, str]]:
        """The data that an operation read, and what it calls it."""
        return self._reads[id(node)]

    # ------------------------------------------------------------------ arrays

    def keep_saved(self, node: Any) -> None:
        """Note the results that the rules of a node read."""
        for what, value in saved_arrays(node):
            if what == "out":
                several = value if type(value) is tuple else (value,)
                self.arrays.update({(id(node), i): each for i, each in enumerate(several)})
            elif what in node.rule.needs:
                operation, index = operation_of(node.parents[node.rule.needs.index(what)])
                self.arrays.setdefault((id(operation), index), value)

    def compute(self, node: Any) -> None:
        """Compute a result that nobody kept, if the operands are known."""
        primitive: Primitive = node.rule.primitive
        if (id(node), 0) in self.arrays or TABLE.get(primitive.name) is not primitive:
            return
        operands = self.operands(node)
        if operands is None:
            return
        try:
            with np.errstate(all="ignore"):
                made = primitive.compute(operands, node.params)
        except Exception:  # noqa: BLE001  what cannot be had again is left out of the page, and is no error
            return
        several = made if type(made) is tuple else (made,)
        self.arrays.update({(id(node), i): np.asarray(each) for i, each in enumerate(several)})

    def operands(self, node: Any) -> list[Any] | None:
        """The arrays that an operation was computed from, or None if one of them is not known."""
        rule = node.rule
        saved = dict(saved_arrays(node))
        found = []
        for i in range(node.operand_count):
            value = saved.get(i)
            if value is None and i in rule.needs:
                operation, index = operation_of(node.parents[rule.needs.index(i)])
                is_leaf = isinstance(operation, AccumulateGrad)
                value = operation.array if is_leaf else self.arrays.get((id(operation), index))
            if value is None:
                return None
            found.append(value)
        return found

    # ------------------------------------------------------------------ data

    def _data_read(self, node: Any) -> list[tuple[Data, str]]:
        if (noted := NOTES.get(node)) is not None:
            known = noted.data
        else:
            known = {
                i: Data(memory_of(v), self.names.data.get(memory_of(v), ""), shown(v), v.size)
                for i, v in saved_arrays(node)
                if i != "out" and i not in node.rule.needs and isinstance(v, np.ndarray)
            }
        found = []
        for index, data in known.items():
            if data.memory is None or (data.size == 1 and not data.name) or index in node.rule.needs:
                continue
            # With the value, because memory that was freed is used again for other values.
            key = (data.memory, data.value)
            if key not in self._known:
                self._known[key] = data
                self.data.append(data)
            found.append((self._known[key], operand_name(node.rule.primitive, index)))
        return found


def saved_arrays(node: Any) -> list[tuple[Any, Any]]:
    """What a node keeps: which operand, or "out", and the array or number."""
    found = []
    for what, value in zip(node.rule.saves, node.saved or (), strict=False):
        array = value.array if isinstance(value, Tensor) else value
        if isinstance(array, np.ndarray | np.generic | int | float | complex | tuple):
            found.append((what, array))
    return found

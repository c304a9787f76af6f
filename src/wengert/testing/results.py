"""Rows with several results, seen as rows with one: the laws look at each result by itself.

Knows the record of a row. Must not know any law.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wengert.core.primitive import Primitive


class Result:
    """The result number `index` of a row that has several, as a row of its own."""

    def __init__(self, row: Primitive, index: int) -> None:
        self._row = row
        self.index = index
        self.name = f"{row.name}.{index}"
        self._known: list[tuple[Any, ...]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._row, name)

    def compute(self, operands: Sequence[Any], params: Sequence[Any]) -> Any:
        return self._one_of(self._row.compute(operands, params))

    def apply(self, operands: Sequence[Any], params: Sequence[Any]) -> Any:
        return self._one_of(self._row.apply(operands, params))

    def _one_of(self, results: tuple[Any, ...]) -> Any:
        self._known = [*self._known[-3:], results]
        return results[self.index]

    def _all_of(self, out: Any) -> tuple[Any, ...]:
        """All results of the call that gave `out`; if no call did, the law spoiled it, and all are spoiled."""
        for results in self._known:
            if results[self.index] is out:
                return results
        return tuple(np.full(r.shape, np.nan).astype(r.dtype) for r in self._known[-1])

    def result_specs(self, specs: Sequence[Any], params: Sequence[Any]) -> Any:
        return self._row.result_specs(specs, params)[self.index]

    def pull(self, i: int, g: Any, operands: Sequence[Any], specs: Any, out: Any, params: Any) -> Any:
        """The rule, when a cotangent arrives at this result alone."""
        several = tuple(g if k == self.index else None for k in range(self._row.count or 1))
        return self._row.pull(i, several, operands, specs, self._all_of(out), params)

    def push(self, tangents: Any, operands: Any, out: Any, params: Any) -> Any:
        return self._row.push(tangents, operands, self._all_of(out), params)[self.index]


def single_results(row: Primitive) -> list[Any]:
    """The row itself, or each of its results."""
    return [row] if row.count is None else [Result(row, i) for i in range(row.count)]

"""What depends on what, element by element: read off a staged graph, as sparse matrices of truth values.

Knows graphs and how rows move elements. Must not know derivatives of particular functions, nor colours.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from wengert.core.tensor import wrap
from wengert.graph.ir import Literal, Variable
from wengert.transforms.grad import vjp

if TYPE_CHECKING:
    from wengert.graph.ir import Equation, Graph

MOVES = (
    "alias", "broadcast_to", "cast", "concat", "copy", "flip", "gather", "onto_diagonal", "permute", "reshape",
    "scatter_slice", "slice", "take_along",
)  # fmt: skip
"""Operations that only move elements: run on the numbers of the elements, they say where each comes from."""

SPREADS = ("add_along", "overlap_add", "scatter_add", "spread")
"""Operations that add up moved elements: their reverse moves."""


class Dependence:
    """Which elements of the argument each variable of a graph depends on: a sparse matrix of truth values each."""

    def __init__(self, graph: Graph) -> None:
        from scipy import sparse  # noqa: PLC0415  takes longer to import than wengert

        self._sparse = sparse
        self._constants: dict[Any, Any] = graph.constants
        (argument,) = graph.inputs
        self._size = prod(argument.spec.shape)
        self._found: dict[Variable, Any] = {argument: sparse.identity(self._size, bool, "csr")}
        for equation in graph.equations:
            found = self._of(equation)
            self._found.update(dict.fromkeys(equation.outs))
            for out, matrix in zip(equation.outs, found, strict=True):
                self._found[out] = matrix

    def of(self, atom: Any) -> Any:
        """The dependence of an operand; None for one that depends on nothing."""
        return None if isinstance(atom, Literal) else self._found.get(atom)

    def _of(self, e: Equation) -> list[Any]:
        moving = [self.of(atom) for atom in e.operands]
        if all(matrix is None for matrix in moving):
            return [None] * len(e.outs)
        name = e.primitive.name
        if e.primitive.count is None and e.primitive.family == "pointwise":
            return [self._joined([self._broadcast(m, atom, e) for m, atom in zip(moving, e.operands, strict=True)])]
        if (name in MOVES or (e.primitive.count is None and e.primitive.is_view)) and self._placed(e):
            return [self._moved(e, moving)]
        if name in SPREADS and self._placed(e):
            return [self._spread(e, moving[0])]
        if name == "reduce_sum" or name in ("reduce_max", "reduce_min"):
            return [self._reduced(e, moving[0])]
        if name == "matmul":
            return [self._product(e, moving)]
        everything = self._joined([None if m is None else self._any_row(m) for m in moving])
        return [self._repeated(everything, prod(out.spec.shape)) for out in e.outs]

    def _joined(self, matrices: list[Any]) -> Any:
        found = [m for m in matrices if m is not None]
        total = found[0]
        for matrix in found[1:]:
            total = total + matrix
        return total

    def _picked(self, matrix: Any, places: Any) -> Any:
        return matrix[np.asarray(places).reshape(-1)]

    def _broadcast(self, matrix: Any, atom: Any, e: Equation) -> Any:
        """The dependence of an operand of a pointwise operation, element by element of the result."""
        if matrix is None:
            return None
        shape = atom.spec.shape
        places = np.broadcast_to(np.arange(prod(shape)).reshape(shape), e.out.spec.shape)
        return self._picked(matrix, places)

    def _placed(self, e: Equation) -> bool:
        """Whether all operands that say where elements go are known."""
        return all(atom in self._constants for atom in e.operands[1:] if atom.spec.dtype.kind in "iub")

    def _moved(self, e: Equation, moving: list[Any]) -> Any:
        """The operation done with the numbers of the elements, counted from 1; 0 is an element from nowhere."""
        start, numbered, stacked = 1, [], []
        for atom, matrix in zip(e.operands, moving, strict=True):
            size = prod(atom.spec.shape)
            if atom in self._constants and atom.spec.dtype.kind in "iub":
                numbered.append(self._constants[atom])
            elif matrix is None:
                numbered.append(np.zeros(atom.spec.shape, np.int64))
            else:
                numbered.append(np.arange(start, start + size).reshape(atom.spec.shape))
                stacked.append(matrix)
                start += size
        params = e.params if e.primitive.name != "cast" else (np.dtype(np.int64),)
        places = np.asarray(e.primitive.compute(numbered, params)).reshape(-1)
        nowhere = self._sparse.csr_matrix((1, self._size), dtype=bool)
        return self._sparse.vstack([nowhere, *stacked], "csr")[places]

    def _spread(self, e: Equation, matrix: Any) -> Any:
        """The reverse of the operation, which moves, done with the numbers of the elements of the result."""
        operand, *indices = e.operands
        known = [self._constants[index] for index in indices]
        count = prod(e.out.spec.shape)
        start = wrap(np.zeros(operand.spec.shape))
        pull = vjp(lambda x: e.primitive.apply([x, *known], e.params), start)[1]
        (places,) = pull(wrap(np.arange(1.0, count + 1).reshape(e.out.spec.shape)))
        return self._groups(places.array.reshape(-1).astype(np.int64), count + 1, matrix)[1:]

    def _groups(self, groups: Any, count: int, matrix: Any) -> Any:
        """The union of the rows of each group."""
        size = matrix.shape[0]
        members = self._sparse.csr_matrix((np.ones(size, bool), (groups, np.arange(size))), shape=(count, size))
        return (members.astype(np.int8) @ matrix.astype(np.int8)).astype(bool)

    def _reduced(self, e: Equation, matrix: Any) -> Any:
        shape, out = e.operands[0].spec.shape, e.out.spec.shape
        kept = tuple(1 if axis in e.params[0] else n for axis, n in enumerate(shape))
        groups = np.broadcast_to(np.arange(prod(out)).reshape(kept), shape).reshape(-1)
        return self._groups(groups, prod(out), matrix)

    def _product(self, e: Equation, moving: list[Any]) -> Any:
        """Row i, column j of a product depends on all of row i and of column j."""
        out = e.out.spec.shape
        parts = []
        for side, (matrix, atom) in enumerate(zip(moving, e.operands, strict=True)):
            if matrix is None:
                continue
            shape = atom.spec.shape
            axis = len(shape) - 1 if side == 0 else len(shape) - 2
            lines = tuple(n for d, n in enumerate(shape) if d != axis)
            kept = tuple(1 if d == axis else n for d, n in enumerate(shape))
            groups = np.broadcast_to(np.arange(prod(lines)).reshape(kept), shape).reshape(-1)
            union = self._groups(groups, prod(lines), matrix)
            wide = (*lines[:-1], lines[-1], 1) if side == 0 else (*lines[:-1], 1, lines[-1])
            places = np.broadcast_to(np.arange(prod(lines)).reshape(wide), out)
            parts.append(self._picked(union, places))
        return self._joined(parts)

    def _any_row(self, matrix: Any) -> Any:
        return self._groups(np.zeros(matrix.shape[0], int), 1, matrix)

    def _repeated(self, row: Any, count: int) -> Any:
        return row[np.zeros(count, int)]

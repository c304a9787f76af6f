"""Sparse Jacobians and Hessians: which elements can be other than 0, and as few passes as that allows.

    pattern   read off the staged graph: which elements of the argument each element of the result depends on
    colours   groups of columns that no row has two of, so that one forward pass gives all of a group
    values    one batched forward pass for all colours, taken apart into a SciPy matrix

Knows graphs and transforms. Must not know particular functions.
"""

from __future__ import annotations

from functools import wraps
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from wengert import errors
from wengert.core.levels import numpy_dtype, spec_of
from wengert.core.tensor import Tensor, wrap
from wengert.graph.ir import Literal, Variable
from wengert.graph.stage import stage
from wengert.transforms.arguments import as_value, differentiable
from wengert.transforms.grad import grad
from wengert.transforms.jvp import jvp
from wengert.transforms.vmap import vmap

if TYPE_CHECKING:
    from collections.abc import Callable

    from wengert.graph.ir import Equation, Graph

MOVES = ("concat", "scatter_slice", "flip", "copy", "cast", "reshape", "permute", "slice", "broadcast_to", "alias")
"""Operations that only move elements: run on the numbers of the elements, they say where each comes from."""


class Pattern:
    """Where a Jacobian can be other than 0, and the colours of its columns. It can be used for other points.

    Attributes:
        shape: (elements of the result, elements of the argument).
        rows, columns: of each such place, in order of rows.
        colours: for each column its group.
        count: how many groups there are.
    """

    def __init__(self, matrix: Any) -> None:
        found = matrix.tocsr()
        found.sort_indices()
        self.shape: tuple[int, int] = found.shape
        self.columns = found.indices.astype(np.int64)
        self.rows = np.repeat(np.arange(self.shape[0]), np.diff(found.indptr))
        self._starts = found.indptr
        self.colours = coloured(found)
        self.count = int(self.colours[self.columns].max()) + 1 if self.columns.size else 0

    def __repr__(self) -> str:
        return f"Pattern({self.shape[0]} x {self.shape[1]}, {len(self.columns)} places, {self.count} colours)"

    def seeds(self, dtype: Any) -> Any:
        """For each colour the direction in which all its columns move."""
        found = np.zeros((self.count, self.shape[1]), dtype)
        used = np.unique(self.columns)
        found[self.colours[used], used] = 1
        return found

    def matrix(self, compressed: Any) -> Any:
        """The CSR matrix of what moving each colour gave."""
        from scipy import sparse  # noqa: PLC0415  takes longer to import than wengert

        values = compressed[self.colours[self.columns], self.rows]
        return sparse.csr_matrix((values, self.columns, self._starts), shape=self.shape)


def coloured(matrix: Any) -> Any:
    """A colour for each column, such that no row has two columns of one colour: the first that is free.

    Columns with many places come first.
    """
    by_column = matrix.tocsc()
    by_row = matrix
    colours = np.full(matrix.shape[1], -1, np.int64)
    for column in np.argsort(-np.diff(by_column.indptr), kind="stable"):
        rows = by_column.indices[by_column.indptr[column] : by_column.indptr[column + 1]]
        taken = set()
        for row in rows:
            near = by_row.indices[by_row.indptr[row] : by_row.indptr[row + 1]]
            taken.update(colours[near].tolist())
        colour = 0
        while colour in taken:
            colour += 1
        colours[column] = colour
    return colours


class Dependence:
    """Which elements of the argument each variable of a graph depends on: a sparse matrix of truth values each."""

    def __init__(self, graph: Graph) -> None:
        from scipy import sparse  # noqa: PLC0415  takes longer to import than wengert

        self._sparse = sparse
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
        if name in MOVES or (e.primitive.count is None and e.primitive.is_view):
            return [self._moved(e, moving)]
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

    def _moved(self, e: Equation, moving: list[Any]) -> Any:
        """The operation done with the numbers of the elements, counted from 1; 0 is an element from nowhere."""
        start, numbered, stacked = 1, [], []
        for atom, matrix in zip(e.operands, moving, strict=True):
            size = prod(atom.spec.shape)
            if matrix is None:
                numbered.append(np.zeros(atom.spec.shape, np.int64))
            else:
                numbered.append(np.arange(start, start + size).reshape(atom.spec.shape))
                stacked.append(matrix)
                start += size
        params = e.params if e.primitive.name != "cast" else (np.dtype(np.int64),)
        places = np.asarray(e.primitive.compute(numbered, params)).reshape(-1)
        nowhere = self._sparse.csr_matrix((1, self._size), dtype=bool)
        return self._sparse.vstack([nowhere, *stacked], "csr")[places]

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


def jacobian_sparsity(func: Callable[..., Any], x: Any) -> Pattern:
    """Where the Jacobian of a function of one tensor can be other than 0, whatever its values.

    >>> import wengert as torch
    >>> torch.func.jacobian_sparsity(lambda x: x[1:] * x[:-1], torch.ones(4))
    Pattern(3 x 4, 6 places, 2 colours)
    """
    value = as_value(x)
    graph = stage(func)(spec_of(value))
    if len(graph.outputs) != 1:
        raise errors.TransformError("jacobian_sparsity: the function must return one tensor")
    (out,) = graph.outputs
    found = Dependence(graph).of(out)
    if found is None:
        from scipy import sparse  # noqa: PLC0415  takes longer to import than wengert

        found = sparse.csr_matrix((prod(out.spec.shape), prod(spec_of(value).shape)), dtype=bool)
    return Pattern(found)


def hessian_sparsity(func: Callable[..., Any], x: Any) -> Pattern:
    """Where the Hessian of a number can be other than 0.

    >>> import wengert as torch
    >>> torch.func.hessian_sparsity(lambda x: (x[1:] * x[:-1]).sum(), torch.ones(4))
    Pattern(4 x 4, 6 places, 2 colours)
    """
    return jacobian_sparsity(grad(func), x)


def sparse_jacobian(func: Callable[..., Any], pattern: Pattern | None = None) -> Callable[..., Any]:
    """A function that returns the Jacobian of a function of one tensor as a SciPy CSR matrix.

    >>> import wengert as torch
    >>> torch.func.sparse_jacobian(lambda x: x[1:] * x[:-1])(torch.tensor([1.0, 2.0, 3.0])).toarray()
    array([[2., 1., 0.],
           [0., 3., 2.]], dtype=float32)

    Args:
        func: of one tensor; returns one tensor. Both count as flat.
        pattern: where it can be other than 0; found at the first call, and used for all, if None.

    A diagonal map of any size takes one pass, a tridiagonal one three.
    """
    kept: list[Pattern] = [] if pattern is None else [pattern]

    @wraps(func)
    def jacobian_of(x: Any) -> Any:
        value = as_value(x)
        differentiable("sparse_jacobian", value)
        size = value.numel()
        if not kept or kept[0].shape[1] != size:
            kept[:] = [jacobian_sparsity(func, value)]
        (found,) = kept
        shape = tuple(value.shape)

        def moved(direction: Any) -> Any:
            return jvp(func, (value,), (direction.reshape(shape),))[1].reshape(-1)

        seeds = wrap(found.seeds(numpy_dtype(value)))
        if not found.count:
            return found.matrix(np.zeros((1, found.shape[0]), numpy_dtype(value)))
        moves: Any = vmap(moved)(seeds) if found.count > 1 else moved(seeds[0]).reshape(1, -1)
        return found.matrix(moves.detach().array if isinstance(moves, Tensor) else moves)

    return jacobian_of


def sparse_hessian(func: Callable[..., Any], pattern: Pattern | None = None) -> Callable[..., Any]:
    """A function that returns the Hessian of a number as a SciPy CSR matrix.

    >>> import wengert as torch
    >>> torch.func.sparse_hessian(lambda x: (x**3).sum())(torch.tensor([1.0, 2.0])).toarray()
    array([[ 6.,  0.],
           [ 0., 12.]], dtype=float32)

    Args as for `sparse_jacobian`.
    """
    return sparse_jacobian(grad(func), pattern)

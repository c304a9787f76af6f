"""Sparse Jacobians and Hessians: which elements can be other than 0, and as few passes as that allows.

    pattern   read off the staged graph: which elements of the argument each element of the result depends on
    colours   groups of columns (or rows) that do not meet, so that one forward (or backward) pass gives all of a group
    values    one batched pass for all colours, taken apart into a SciPy matrix

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
from wengert.graph.stage import stage
from wengert.transforms.arguments import as_value, differentiable
from wengert.transforms.colouring import coloured_columns, coloured_star
from wengert.transforms.dependence import Dependence
from wengert.transforms.grad import grad, vjp
from wengert.transforms.jvp import jvp
from wengert.transforms.vmap import vmap

if TYPE_CHECKING:
    from collections.abc import Callable


class Pattern:
    """Where a Jacobian can be other than 0, and its colours. It can be used for other points.

    Attributes:
        shape: (elements of the result, elements of the argument).
        rows, columns: of each such place, in order of rows.
        by: what has colours: "columns", each a forward pass; "rows", each a backward pass; or "both", where the
            matrix is symmetric and a place may be read from its mirror image.
        colours: for each column, or row, its group.
        count: how many groups there are, and so passes.
    """

    def __init__(self, matrix: Any, *, symmetric: bool = False) -> None:
        found = matrix.tocsr()
        found.sort_indices()
        self.shape: tuple[int, int] = found.shape
        self.columns = found.indices.astype(np.int64)
        self.rows = np.repeat(np.arange(self.shape[0]), np.diff(found.indptr))
        self._starts = found.indptr
        longest, highest = (int(np.bincount(lines, minlength=1).max(initial=0)) for lines in (self.rows, self.columns))
        star = coloured_star(found) if symmetric else None
        if star is not None and longest > star.max(initial=0):
            self.by, self.colours = "both", star
        elif longest <= highest:
            self.by, self.colours = "columns", coloured_columns(found)
        else:
            self.by, self.colours = "rows", coloured_columns(found.T.tocsr())
        lines, across = (self.rows, self.columns) if self.by == "rows" else (self.columns, self.rows)
        self.count = int(self.colours[lines].max()) + 1 if lines.size else 0
        self._read = (self.colours[lines], across)
        if self.by == "both":
            self._read = self._unmixed(*self._read)

    def __repr__(self) -> str:
        return f"Pattern({self.shape[0]} x {self.shape[1]}, {len(self.columns)} places, {self.count} colours)"

    def _unmixed(self, colours: Any, across: Any) -> tuple[Any, Any]:
        """Where to read each place of a symmetric matrix: in its column's group, or its mirror image in its row's."""
        keys = across * self.count + colours
        _, where, times = np.unique(keys, return_inverse=True, return_counts=True)
        alone = times[where] == 1
        return np.where(alone, colours, self.colours[self.rows]), np.where(alone, across, self.columns)

    def seeds(self, dtype: Any) -> Any:
        """For each colour the direction in which all its columns, or rows, move."""
        size = self.shape[0] if self.by == "rows" else self.shape[1]
        used = np.unique(self.rows if self.by == "rows" else self.columns)
        found = np.zeros((self.count, size), dtype)
        found[self.colours[used], used] = 1
        return found

    def matrix(self, compressed: Any) -> Any:
        """The CSR matrix of what moving each colour gave."""
        from scipy import sparse  # noqa: PLC0415  takes longer to import than wengert

        return sparse.csr_matrix((compressed[self._read], self.columns, self._starts), shape=self.shape)


def jacobian_sparsity(func: Callable[..., Any], x: Any) -> Pattern:
    """Where the Jacobian of a function of one tensor can be other than 0, whatever its values.

    >>> import wengert as torch
    >>> torch.func.jacobian_sparsity(lambda x: x[1:] * x[:-1], torch.ones(4))
    Pattern(3 x 4, 6 places, 2 colours)
    """
    return Pattern(dependence(func, x))


def dependence(func: Callable[..., Any], x: Any) -> Any:
    """Which elements of the result depend on which of the argument, as a SciPy matrix of truth values."""
    from scipy import sparse  # noqa: PLC0415  takes longer to import than wengert

    value = as_value(x)
    graph = stage(func)(spec_of(value))
    if len(graph.outputs) != 1:
        raise errors.TransformError("jacobian_sparsity: the function must return one tensor")
    (out,) = graph.outputs
    found = Dependence(graph).of(out)
    if found is None:
        return sparse.csr_matrix((prod(out.spec.shape), prod(spec_of(value).shape)), dtype=bool)
    return found


def hessian_sparsity(func: Callable[..., Any], x: Any) -> Pattern:
    """Where the Hessian of a number can be other than 0.

    >>> import wengert as torch
    >>> torch.func.hessian_sparsity(lambda x: (x[1:] * x[:-1]).sum(), torch.ones(4))
    Pattern(4 x 4, 6 places, 2 colours)

    An arrow, whose first row and column are full, has two colours as well, because the Hessian is symmetric.
    """
    found = dependence(grad(func), x)
    return Pattern((found + found.T).astype(bool), symmetric=True)


def sparse_jacobian(func: Callable[..., Any], pattern: Pattern | None = None) -> Callable[..., Any]:
    """A function that returns the Jacobian of a function of one tensor as a SciPy CSR matrix.

    >>> import wengert as torch
    >>> torch.func.sparse_jacobian(lambda x: x[1:] * x[:-1])(torch.tensor([1.0, 2.0, 3.0])).toarray()
    array([[2., 1., 0.],
           [0., 3., 2.]], dtype=float32)

    Args:
        func: of one tensor; returns one tensor. Both count as flat.
        pattern: where it can be other than 0; found at the first call, and used for all, if None.

    A diagonal map of any size takes one forward pass, a tridiagonal one three; where the columns are fuller than the
    rows, as of a sum, the passes go backwards.
    """
    return sparse_by(func, jacobian_sparsity, pattern)


def sparse_by(
    func: Callable[..., Any], sparsity: Callable[..., Pattern], pattern: Pattern | None, of: Any = None
) -> Callable[..., Any]:
    """A function that returns the sparse Jacobian of `of`, or of func, with the pattern that `sparsity` finds."""
    kept: list[Pattern] = [] if pattern is None else [pattern]
    moving = func if of is None else of

    @wraps(func)
    def jacobian_of(x: Any) -> Any:
        value = as_value(x)
        differentiable("sparse_jacobian", value)
        if not kept or kept[0].shape[1] != value.numel():
            kept[:] = [sparsity(func, value)]
        found = kept[0]
        if not found.count:
            return found.matrix(np.zeros((1, max(found.shape)), numpy_dtype(value)))
        through = backward(moving, value) if found.by == "rows" else forward(moving, value)
        seeds = wrap(found.seeds(numpy_dtype(value)))
        moves: Any = vmap(through)(seeds) if found.count > 1 else through(seeds[0]).reshape(1, -1)
        return found.matrix(moves.detach().array if isinstance(moves, Tensor) else moves)

    return jacobian_of


def forward(func: Callable[..., Any], value: Any) -> Callable[..., Any]:
    """From a flat direction of the argument to the flat direction of the result."""
    shape = tuple(value.shape)
    return lambda direction: jvp(func, (value,), (direction.reshape(shape),))[1].reshape(-1)


def backward(func: Callable[..., Any], value: Any) -> Callable[..., Any]:
    """From a flat cotangent of the result to the flat gradient of the argument."""
    out, pull = vjp(func, value)
    shape = tuple(out.shape)
    return lambda cotangent: pull(cotangent.reshape(shape))[0].reshape(-1)


def sparse_hessian(func: Callable[..., Any], pattern: Pattern | None = None) -> Callable[..., Any]:
    """A function that returns the Hessian of a number as a SciPy CSR matrix.

    >>> import wengert as torch
    >>> torch.func.sparse_hessian(lambda x: (x**3).sum())(torch.tensor([1.0, 2.0])).toarray()
    array([[ 6.,  0.],
           [ 0., 12.]], dtype=float32)

    Args as for `sparse_jacobian`, with a pattern of `hessian_sparsity`.
    """
    return sparse_by(func, hessian_sparsity, pattern, grad(func))

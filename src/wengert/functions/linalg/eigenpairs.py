"""torch.lobpcg: a few eigenpairs of a symmetric matrix, or of a pair of them.

Knows PyTorch's signature. Must not know how eigenvectors are found or differentiated.
"""

from __future__ import annotations

from typing import Any

from wengert import errors
from wengert.core.families import shape_of
from wengert.core.tensor import Tensor
from wengert.functions.linalg import decomposing, solving
from wengert.functions.shaping.arranging import flip
from wengert.ops import structural as s
from wengert.ops.solving import adjoint


def lobpcg(  # noqa: PLR0917  PyTorch's signature
    A: Tensor, k: int | None = None, B: Tensor | None = None, X: Tensor | None = None, n: int | None = None,
    iK: Tensor | None = None, niter: int | None = None, tol: float | None = None, largest: bool | None = None,
    method: str | None = None, tracker: Any = None, ortho_iparams: Any = None, ortho_fparams: Any = None,
    ortho_bparams: Any = None,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """The k largest or smallest eigenvalues of A x = e B x, and their vectors, with X.mT @ B @ X = 1.

    >>> import wengert as torch
    >>> values, vectors = torch.lobpcg(torch.diag(torch.arange(1.0, 7.0)), k=2)
    >>> values
    tensor([6., 5.])

    Args:
        A: symmetric, of shape (..., n, n).
        k: how many; as many as X has columns if it is not said, else 1.
        B: symmetric and positive definite; None for the identity.
        X: a first guess, whose columns are counted.
        n: PyTorch's size of a random guess: taken.
        iK: PyTorch's preconditioner: taken, as are all that say how it iterates.
        niter: how often PyTorch improves its guess.
        tol: when it stops.
        largest: whether the largest are wanted, which come falling; the smallest come rising.
        method: which of its two methods.
        tracker: told of its steps.
        ortho_iparams: of how it makes vectors orthogonal.
        ortho_fparams: the same.
        ortho_bparams: the same.

    Raises:
        ValueError: if there are fewer than three rows for each eigenpair.

    Matrices are dense here, so all eigenpairs are found at once, to rounding, and nothing is iterated. Differentiable
    in A and in B, of any order; PyTorch has no derivative where there is a B.
    """
    shape = shape_of(A)
    if len(shape) < 2 or shape[-1] != shape[-2]:
        raise AssertionError(f"A must be square, got shape torch.Size({list(shape)})")
    count = k if k is not None else 1 if X is None else shape_of(X)[-1]
    if shape[-1] < 3 * count:
        raise errors.ArgumentError(
            errors.advice(
                f"LOBPCG algorithm is not applicable when the number of A rows (={shape[-1]}) is smaller than 3 x the "
                f"number of requested eigenpairs (={count})",
                "torch.linalg.eigh(A), which gives all of them.",
            )
        )
    if B is None:
        values, vectors = decomposing.eigh(A)
    else:
        factor = decomposing.cholesky(B)
        half = solving.solve_triangular(factor, A, upper=False)
        values, turned = decomposing.eigh(adjoint(solving.solve_triangular(factor, adjoint(half), upper=False)))
        vectors = solving.solve_triangular(adjoint(factor), turned, upper=True)
    last, rank = shape[-1], len(shape)
    start, stop = (0, count) if largest is False else (last - count, last)
    found = [s.narrow(x, axis, start, stop) for x, axis in ((values, rank - 2), (vectors, rank - 1))]
    if largest is not False:
        found = [flip(x, [len(shape_of(x)) - 1]) for x in found]
    return found[0], found[1]

"""torch.linalg: linear algebra.

>>> import wengert as torch
>>> torch.linalg.inv(torch.tensor([[2.0]]))
tensor([[0.5000]])
"""

from wengert.functions.linalg.decomposing import (
    cholesky,
    cholesky_ex,
    eig,
    eigh,
    eigvals,
    eigvalsh,
    householder_product,
    ldl_factor,
    ldl_factor_ex,
    lu,
    lu_factor,
    lu_factor_ex,
    qr,
    svd,
    svdvals,
)
from wengert.functions.linalg.determinants import det, slogdet
from wengert.functions.linalg.norms import cond, matrix_norm, matrix_rank, norm, vector_norm
from wengert.functions.linalg.powers import cross, matrix_exp, matrix_power, multi_dot, vander, vecdot
from wengert.functions.linalg.powers import linalg_diagonal as diagonal
from wengert.functions.linalg.products import matmul
from wengert.functions.linalg.solving import (
    inv,
    inv_ex,
    ldl_solve,
    lstsq,
    lu_solve,
    pinv,
    solve,
    solve_ex,
    solve_triangular,
    tensorinv,
    tensorsolve,
)
from wengert.functions.writing.outputs import SAME, all_take_out
from wengert.ops.solving import LinAlgError

__all__ = [
    "LinAlgError",
    "cholesky",
    "cholesky_ex",
    "cond",
    "cross",
    "det",
    "diagonal",
    "eig",
    "eigh",
    "eigvals",
    "eigvalsh",
    "householder_product",
    "inv",
    "inv_ex",
    "ldl_factor",
    "ldl_factor_ex",
    "ldl_solve",
    "lstsq",
    "lu",
    "lu_factor",
    "lu_factor_ex",
    "lu_solve",
    "matmul",
    "matrix_exp",
    "matrix_norm",
    "matrix_power",
    "matrix_rank",
    "multi_dot",
    "norm",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "solve_ex",
    "solve_triangular",
    "svd",
    "svdvals",
    "tensorinv",
    "tensorsolve",
    "vander",
    "vecdot",
    "vector_norm",
]

all_take_out(globals(), "linalg_", "cond eig eigvals householder_product matrix_rank pinv tensorinv tensorsolve")
all_take_out(
    globals(),
    "linalg_",
    "cholesky cholesky_ex cross det eigh eigvalsh inv inv_ex ldl_factor ldl_factor_ex ldl_solve lu lu_factor "
    "lu_factor_ex lu_solve matmul matrix_norm matrix_power multi_dot norm qr slogdet solve solve_ex solve_triangular "
    "svd svdvals vecdot vector_norm",
    SAME,
)

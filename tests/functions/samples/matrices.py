"""Calls of torch.linalg."""

import numpy as np
from tests.functions.calls import call

SQUARE = np.array([[2.1, -0.7, 0.4], [0.9, 1.6, -1.2], [-0.3, 0.8, 2.7]])
OTHER = np.array([[0.5, 1.9, -0.6], [-1.4, 0.3, 0.7], [0.2, -0.9, 1.1]])
BATCH = np.stack([SQUARE, OTHER])
DEFINITE = SQUARE @ SQUARE.T + np.eye(3)
TALL, WIDE = SQUARE[:, :2].copy(), SQUARE[:2].copy()
IMAGINARY = SQUARE + 1j * OTHER
HERMITIAN = IMAGINARY @ IMAGINARY.conj().T + np.eye(3)
VECTOR = np.array([0.7, -1.3, 0.4])
COLUMNS = np.array([[1.0, -0.4], [0.3, 2.0], [-0.8, 0.6]])
NONE = np.zeros((0, 3, 3))
SINGULAR = np.array([[1.0, 2.0], [2.0, 4.0]])
LONG = np.ones((2, 3))
NOT_SQUARE = "A must be batches of square matrices, but they are 2 by 3 matrices"
NO_MATRIX = "The input tensor A must have at least 2 dimensions."
DIAGONAL_IS_0 = (
    "The diagonal element 2 is zero, the inversion could not be completed because the input matrix is singular."
)
NOT_SOLVED = "The solver failed because the input matrix is singular."
NOT_POSITIVE = "The factorization could not be completed because the input is not positive-definite (the leading minor of order 1 is not positive-definite)."
PACKED = np.array([[2.0, 1.0, -0.5], [0.3, 1.7, 0.6], [-0.4, 0.2, 1.3]])
PIVOTS = np.array([2, 3, 3], np.int32)
NOT_HERMITIAN = "it is not made hermitian"


def eigen(values, vectors):
    return values, vectors.abs()


def unpermuted(permutation, lower, upper):
    return permutation.long(), lower, upper


def filled(*results):
    """The results that are not empty."""
    return [r for r in results if r.numel()]


def rebuilt(u, s, vh):
    return s, u.abs()[..., : s.shape[-1]], vh.abs()[..., : s.shape[-1], :]


def squares(calls, *, wide=False, complex_too=True, none=True, **options):
    found = [*calls, call(SQUARE, **options), call(BATCH, **options)]
    if wide:
        found += [call(TALL, **options), call(WIDE, **options)]
    if complex_too:
        found.append(call(IMAGINARY, **options))
    if none:
        found.append(call(NONE, _smooth=False, **options))
    return found


def refused(name, *more, **options):
    return [
        call(LONG, *more, _raises=f"{name}: {NOT_SQUARE}", **options),
        call(VECTOR, *more, _raises=f"{name}: {NO_MATRIX}", **options),
    ]


CALLS = {
    "linalg.cholesky": [
        call(DEFINITE, _smooth=False), call(np.stack([DEFINITE, DEFINITE + 1]), _smooth=False), call(HERMITIAN, _differs=NOT_HERMITIAN, _smooth=False), call(DEFINITE, upper=True, _smooth=False), call(HERMITIAN, upper=True, _differs=NOT_HERMITIAN, _smooth=False), call(NONE, _smooth=False),
        call(SQUARE + 4 * np.eye(3), _smooth=False), *refused("linalg.cholesky"),
        call(-np.eye(2), _raises=f"linalg.cholesky: {NOT_POSITIVE}"),
        call(np.stack([np.eye(2), -np.eye(2)]), _raises=f"linalg.cholesky: (Batch element 1): {NOT_POSITIVE}"),
    ],
    "linalg.cholesky_ex": [
        call(DEFINITE, _smooth=False), call(HERMITIAN, upper=True, _differs=NOT_HERMITIAN, _smooth=False), call(-np.eye(2), check_errors=True, _raises=f"linalg.cholesky_ex: {NOT_POSITIVE}"),
    ],
    "linalg.cond": [
        *squares([]), call(TALL), call(SQUARE, -2), *(call(SQUARE, p) for p in ("fro", "nuc", 1, -1, np.inf, -np.inf, 2)), call(IMAGINARY, "fro"),
        call(BATCH, 1), call(SINGULAR, 1, _smooth=False), call(SQUARE, "x", _raises="linalg.cond got an invalid norm type: x"),
        call(LONG, 1, _raises=f"linalg.cond(ord=1): {NOT_SQUARE}"), call(VECTOR, _raises="linalg.cond: The input tensor must have at least 2 dimensions."),
    ],
    "linalg.cross": [
        call(SQUARE, OTHER), call(SQUARE, OTHER, dim=0), call(VECTOR, SQUARE[0]), call(SQUARE, VECTOR[None]), call(IMAGINARY, IMAGINARY[::-1].copy()),
        call(LONG, np.ones((2, 2)), _raises="linalg.cross: inputs dimension -1 must have length 3. Got 3 and 2"),
        call(VECTOR, LONG, _raises="linalg.cross: inputs must have the same number of dimensions."),
    ],
    "linalg.det": [*squares([call(SINGULAR)], none=False), call(NONE, _smooth=False), *refused("linalg.det")],
    "linalg.diagonal": [call(SQUARE), call(BATCH, offset=1), call(BATCH, dim1=0, dim2=1)],
    "linalg.eig": [*squares([], _view=eigen, none=False), *refused("linalg.eig"), call(np.array([[np.nan]]), _raises="torch.linalg.eig: input tensor should not contain infs or NaNs.")],
    "linalg.eigvals": [*squares([]), *refused("linalg.eigvals")],
    "linalg.eigh": [
        *(call(x, _view=eigen, _smooth=False) for x in (DEFINITE, np.stack([DEFINITE, SQUARE]), HERMITIAN)), call(SQUARE, "U", _view=eigen, _smooth=False), call(NONE, _smooth=False),
        *refused("linalg.eigh"), call(SQUARE, "X", _raises="Expected UPLO argument to be 'L' or 'U', but got X"),
    ],
    "lobpcg": [
        call(DEFINITE, _view=eigen, _smooth=False), call(DEFINITE, 1, DEFINITE @ DEFINITE + np.eye(3), largest=False, _view=eigen, _smooth=False, _derives=False),
        call(np.stack([DEFINITE, DEFINITE + np.diag([0.0, 1.0, 2.0])]), 1, _view=eigen, _smooth=False), call(DEFINITE, X=np.ones((3, 1)), largest=True, _view=eigen, _smooth=False, _derives=False),
        call(DEFINITE, 2, _raises="LOBPCG algorithm is not applicable when the number of A rows (=3) is smaller than 3 x the number of requested eigenpairs (=2)"),
    ],
    "linalg.eigvalsh": [call(DEFINITE, _smooth=False), call(HERMITIAN, UPLO="U", _smooth=False), call(BATCH, _smooth=False), call(NONE, _smooth=False), *refused("linalg.eigh")],
    "linalg.householder_product": [
        call(TALL, VECTOR[:2].copy()), call(SQUARE, VECTOR), call(SQUARE, VECTOR[:1].copy()), call(BATCH, COLUMNS.T[:, :2].copy()), call(IMAGINARY, VECTOR + 0.3j),
        call(LONG, VECTOR, _raises="torch.linalg.householder_product: input.shape[-2] must be greater than or equal to input.shape[-1]"),
        call(TALL, VECTOR, _raises="torch.linalg.householder_product: input.shape[-1] must be greater than or equal to tau.shape[-1]"),
        call(VECTOR, VECTOR, _raises="torch.linalg.householder_product: input must have at least 2 dimensions."),
        call(TALL, np.ones((1, 2)), _raises="torch.linalg.householder_product: Expected tau to have one dimension less than input, but got tau.ndim equal to 2 and input.ndim is equal to 2"),
    ],
    "linalg.inv": [
        *squares([]), *refused("linalg.inv"), call(SINGULAR, _raises=f"linalg.inv: {DIAGONAL_IS_0}"),
        call(np.stack([np.eye(2), SINGULAR]), _raises=f"linalg.inv: (Batch element 1): {DIAGONAL_IS_0}"),
    ],
    "linalg.inv_ex": [*squares([]), call(SINGULAR, check_errors=True, _raises=f"linalg.inv_ex: {DIAGONAL_IS_0}")],
    "linalg.ldl_factor": [call(DEFINITE, _derives=False), call(HERMITIAN, hermitian=True, _derives=False)],
    "linalg.ldl_factor_ex": [call(DEFINITE, _derives=False)],
    "linalg.ldl_solve": [call(PACKED, np.array([1, 2, 3], np.int32), COLUMNS, _derives=False)],
    "linalg.lstsq": [
        *(call(a, b, _view=filled) for a, b in [(TALL, COLUMNS), (SQUARE, COLUMNS), (WIDE, COLUMNS[:2].copy()), (BATCH, np.stack([COLUMNS, COLUMNS + 1])), (IMAGINARY, IMAGINARY[:, :1].copy()), (TALL, VECTOR)]),
        call(TALL, COLUMNS, driver="gels", _view=filled), *(call(TALL, COLUMNS, driver=driver, _view=filled, _differs="the singular values have none", _batch=False) for driver in ("gelsd", "gelss")),
        call(VECTOR, VECTOR, _raises="torch.linalg.lstsq: input must have at least 2 dimensions."),
        call(LONG, np.ones((3, 1)), _raises="torch.linalg.lstsq: input.size(-2) should match other.size(-2)"),
        call(TALL, COLUMNS, driver="x", _raises="torch.linalg.lstsq: parameter `driver` should be one of (gels, gelsy, gelsd, gelss)"),
    ],
    "linalg.lu": [*squares([], wide=True, none=False, _view=unpermuted), call(SQUARE, pivot=False, _raises="linalg.lu_factor: LU without pivoting is not implemented on the CPU")],
    "linalg.lu_factor": [
        *squares([], wide=True),
        call(SINGULAR, _raises="torch.linalg.lu_factor: U[2,2] is zero and using it on lu_solve would result in a division by zero."),
        call(VECTOR, _raises="torch.lu_factor: Expected tensor with 2 or more dimensions. Got size: [3] instead"),
    ],
    "linalg.lu_factor_ex": [*squares([], wide=True, none=False), call(SINGULAR, check_errors=True, _raises="torch.linalg.lu_factor_ex: U[2,2] is zero")],
    "linalg.lu_solve": [
        call(PACKED, PIVOTS, COLUMNS), call(PACKED, PIVOTS, COLUMNS, adjoint=True), call(PACKED, PIVOTS, COLUMNS.T.copy(), left=False),
        call(PACKED + 0.1j, PIVOTS, COLUMNS.T - 0.3j, left=False, adjoint=True), call(PACKED + 0.1j, PIVOTS, COLUMNS + 0.2j),
        call(PACKED[:2, :2].copy(), PIVOTS[:2].copy(), COLUMNS, _raises="linalg.lu_solve: Incompatible shapes of A and B for the equation AX = B (2x2 and 3x2)"),
        call(PACKED, PIVOTS[:2].copy(), COLUMNS, _raises="linalg.lu_solve: Number of pivots per batch should be same as the dimension of the matrix"),
        call(PACKED, PIVOTS.astype(np.int64), COLUMNS, _raises="linalg.lu_solve: pivots should be a Tensor of scalar type torch.int32"),
    ],
    "linalg.matmul": [call(SQUARE, COLUMNS), call(BATCH, VECTOR), call(LONG, LONG, _raises="mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)")],
    "linalg.matrix_exp": [*squares([call(SQUARE * 3)], none=False), *refused("linalg.matrix_exp")],
    "linalg.matrix_norm": [
        *squares([], wide=True), *(call(x, p) for p in ("nuc", 2, -2, 1, -1, np.inf, -np.inf) for x in (SQUARE, TALL, IMAGINARY)),
        call(BATCH, 1, dim=(2, 0), keepdim=True), call(BATCH, "nuc", (0, 1)), call(BATCH, 2, keepdim=True),
        call(VECTOR, _raises=f"linalg.matrix_norm: {NO_MATRIX}"), call(SQUARE, "x", _raises="linalg.matrix_norm: Order x not supported."),
        call(SQUARE, 3, _raises="linalg.matrix_norm: Order 3 not supported."), call(SQUARE, dim=(0, 0), _raises="linalg.matrix_norm: dims must be different. Got (0, 0)"),
        call(SQUARE, dim=(0,), _raises="linalg.matrix_norm: dim must be a 2-tuple. Got 0"),
    ],
    "linalg.matrix_power": [*(call(x, n) for x in (SQUARE, BATCH, IMAGINARY) for n in (-2, 1, 2, 5)), call(SQUARE, -1), call(SQUARE, 0), call(NONE, 2, _smooth=False), *refused("linalg.matrix_power", 2)],
    "linalg.matrix_rank": [
        call(SQUARE), call(BATCH), call(SINGULAR), call(IMAGINARY), call(DEFINITE, hermitian=True), call(SQUARE, 2.0), call(SQUARE, atol=0.5, rtol=0.9),
        call(VECTOR, _raises="torch.linalg.matrix_rank: The input tensor input must have at least 2 dimensions."),
    ],
    "linalg.multi_dot": [
        call([TALL, WIDE, COLUMNS]), call([VECTOR, SQUARE, VECTOR]), call([SQUARE, OTHER]), call([WIDE, SQUARE, OTHER, VECTOR]), call([IMAGINARY, IMAGINARY]),
        call([VECTOR], _raises="multi_dot(): expected at least 2 tensors but got 1"),
        call([LONG, LONG], _raises="multi_dot(): tensors 0 and 1 with shapes [2, 3] and [2, 3] cannot be multiplied"),
        call([BATCH, SQUARE], _raises="multi_dot(): the first tensor must be 1D or 2D but got 3D"),
        call([SQUARE, BATCH, SQUARE], _raises="multi_dot(): tensor 1 must be 2D but got 3D"),
    ],
    "linalg.norm": [
        call(SQUARE), call(BATCH), call(VECTOR), call(VECTOR, 3), call(SQUARE, "nuc"), call(SQUARE, 1), call(SQUARE, 1, dim=0), call(SQUARE, -np.inf, 1, keepdim=True), call(BATCH, 2, dim=(0, 1)),
        call(IMAGINARY, "fro"), call(SQUARE, dim=(0, 1)),
        call(BATCH, "fro", _raises="linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got 3D."),
        call(SQUARE, 2, dim=(0, 1, 1), _raises="linalg.norm: If dim is specified, it must be of length 1 or 2. Got [0, 1, 1]"),
    ],
    "linalg.pinv": [*squares([], wide=True), call(DEFINITE, hermitian=True, _differs=NOT_HERMITIAN, _smooth=False), call(SQUARE, rtol=0.1), call(SQUARE, atol=0.1, rtol=0.01), call(SQUARE, 1e-3),
        call(VECTOR, _raises="linalg.pinv(Double{[3]}): expected a tensor with 2 or more dimensions of float, double, cfloat or cdouble types")],
    "linalg.qr": [
        *squares([], none=False), call(TALL), call(WIDE), call(WIDE, "complete"), call(TALL, "r", _view=filled), call(SQUARE, "complete"),
        call(VECTOR, _raises=f"linalg.qr: {NO_MATRIX}"), call(SQUARE, "x", _raises="qr received unrecognized mode 'x' but expected one of 'reduced' (default), 'r', or 'complete'"),
    ],
    "linalg.slogdet": [*squares([]), *refused("linalg.slogdet")],
    "linalg.solve": [
        call(SQUARE, COLUMNS), call(SQUARE, VECTOR), call(BATCH, COLUMNS), call(BATCH, LONG + BATCH[:, 0]), call(IMAGINARY, IMAGINARY[:, :1].copy()), call(SQUARE, COLUMNS.T.copy(), left=False), call(NONE, NONE, _smooth=False),
        call(SINGULAR, np.eye(2), _raises=f"torch.linalg.solve: {NOT_SOLVED}"), call(np.stack([np.eye(2), SINGULAR]), np.eye(2), _raises=f"torch.linalg.solve: (Batch element 1): {NOT_SOLVED}"),
        call(np.eye(2), np.ones((3, 2)), _raises="linalg.solve: Incompatible shapes of A and B for the equation AX = B (2x2 and 3x2)"),
    ],
    "linalg.solve_ex": [call(SQUARE, COLUMNS), call(SINGULAR, np.eye(2), check_errors=True, _raises=f"torch.linalg.solve_ex: {NOT_SOLVED}")],
    "linalg.solve_triangular": [
        call(SQUARE, COLUMNS, upper=True), call(SQUARE, COLUMNS, upper=False), call(SQUARE, COLUMNS.T.copy(), upper=True, left=False), call(BATCH, COLUMNS, upper=False, unitriangular=True),
        call(IMAGINARY, IMAGINARY[:, :2].copy(), upper=True), call(LONG, LONG, upper=True, _raises=f"linalg.solve_triangular: {NOT_SQUARE}"),
    ],
    "linalg.svd": [
        *(call(x, _view=rebuilt) for x in (SQUARE, BATCH, IMAGINARY)), *(call(x, False, _view=rebuilt) for x in (TALL, WIDE, SQUARE, IMAGINARY[:, :2].copy())),
        call(VECTOR, _raises=f"linalg.svd: {NO_MATRIX}"),
        call(np.array([[np.nan]]), _raises="linalg.svd: The algorithm failed to converge because the input matrix contained non-finite values."),
    ],
    "linalg.svdvals": squares([], wide=True),
    "linalg.tensorinv": [
        call(np.arange(36.0).reshape(2, 3, 6) + 7 * np.eye(6).reshape(2, 3, 6)), call(SQUARE, ind=1), call(np.ones((2, 3, 5)), _raises="Expected self to satisfy the requirement prod(self.shape[ind:]) == prod(self.shape[:ind]), but got 5 != 6"),
        call(SQUARE, 0, _raises="Expected a strictly positive integer for 'ind', but got 0"),
    ],
    "linalg.tensorsolve": [
        call(np.arange(36.0).reshape(2, 3, 6) + 7 * np.eye(6).reshape(2, 3, 6), LONG), call(np.arange(36.0).reshape(6, 2, 3) + 7 * np.eye(6).reshape(6, 2, 3), LONG, dims=(0,)),
        call(np.ones((2, 3, 5)), LONG, _raises="Expected self to satisfy the requirement prod(self.shape[other.ndim:]) == prod(self.shape[:other.ndim]), but got 5 != 6"),
    ],
    "linalg.vander": [call(VECTOR), call(SQUARE, N=2), call(VECTOR, N=5), call(np.array([1, 2, 3])), call(VECTOR + 0.5j), call(np.zeros(3)), call(VECTOR, N=0, _raises="N must be greater than 1.")],
    "linalg.vecdot": [
        call(SQUARE, OTHER), call(SQUARE, VECTOR, dim=0), call(IMAGINARY, IMAGINARY.T.copy()), call(np.array([1, 2]), np.array([3, 4]), _raises="linalg.vecdot: Expected a floating point or complex tensor as input. Got Long"),
        call(LONG, np.ones((2, 2)), _raises="The size of tensor a (3) must match the size of tensor b (2) at non-singleton dimension 1"),
    ],
    "linalg.vector_norm": [call(SQUARE), *(call(SQUARE, p, 1) for p in (0, 1, 3, 0.5, np.inf, -np.inf, -1)), call(IMAGINARY, keepdim=True), call(np.zeros(2), _smooth=False), call(np.array([3, 4]), _raises="linalg.vector_norm: Expected a floating point or complex tensor as input. Got Long")],
}  # fmt: skip

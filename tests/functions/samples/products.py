"""Calls of products of matrices, sums over letters, triangles, distances, and of what is older than torch.linalg."""

import numpy as np
from tests.functions.calls import call
from tests.functions.samples.matrices import (
    BATCH,
    COLUMNS,
    DEFINITE,
    HERMITIAN,
    IMAGINARY,
    LONG,
    NOT_POSITIVE,
    OTHER,
    PACKED,
    PIVOTS,
    SQUARE,
    TALL,
    VECTOR,
    WIDE,
    filled,
    unpermuted,
)  # fmt: skip

ROWS = np.array([[0.4, -1.1, 0.8], [1.3, 0.2, -0.6]])
STACK = np.stack([WIDE, ROWS])
WHOLE = np.array([[3, -5, 2], [7, 1, -8]])
MASK = WHOLE > 0
PAIR = VECTOR[:2].copy()
ADDED = {
    "addmm": [
        call(SQUARE, TALL, WIDE), call(VECTOR, TALL, WIDE, beta=0.5, alpha=-2), call(IMAGINARY, IMAGINARY, IMAGINARY, alpha=0.5j), call(SQUARE * np.nan, TALL, WIDE, beta=0, _smooth=False),
        call(WHOLE @ WHOLE.T, WHOLE, WHOLE.T.copy(), beta=3), call(np.array(1.5), TALL, WIDE),
        call(np.eye(2), LONG, LONG, _raises="mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)"), call(np.eye(2), VECTOR, LONG, _raises="mat1 must be a matrix, got 1-D tensor"),
        call(np.ones(5), LONG, LONG.T.copy(), _raises="The expanded size of the tensor (2) must match the existing size (5) at non-singleton dimension 1.  Target sizes: [2, 2].  Tensor sizes: [5]"),
    ],
    "addmv": [
        call(PAIR, WIDE, VECTOR), call(PAIR, WIDE, VECTOR, beta=2, alpha=0.5), call(np.array(0.5), WIDE, VECTOR), call(VECTOR, LONG, VECTOR, _raises="size mismatch, got input (3), mat (2x3), vec (3)"),
        call(np.eye(2), LONG, VECTOR, _raises="vector + matrix @ vector expected, got 2, 2, 1"),
    ],
    "addr": [
        call(WIDE, PAIR, VECTOR), call(WIDE, PAIR, VECTOR, beta=0, alpha=2), call(VECTOR, PAIR, VECTOR, beta=0.5), call(MASK, MASK[:, 0].copy(), MASK[0].copy()),
        call(np.eye(2), LONG, VECTOR, _raises="addr: Expected 1-D argument vec1, but got 2-D"),
    ],
    "baddbmm": [
        call(BATCH[:, :2, :2].copy(), STACK, STACK.transpose(0, 2, 1).copy()), call(PAIR, STACK, STACK.transpose(0, 2, 1).copy(), beta=0.3, alpha=-1),
        call(STACK, STACK, STACK, _raises="Expected size for first two dimensions of batch2 tensor to be: [2, 3] but got: [2, 2]."),
    ],
    "addbmm": [call(SQUARE[:2, :2].copy(), STACK, STACK.transpose(0, 2, 1).copy()), call(PAIR, STACK, STACK.transpose(0, 2, 1).copy(), beta=0.3, alpha=-1)],
    "inner": [call(SQUARE, OTHER), call(BATCH, VECTOR), call(VECTOR, VECTOR), call(SQUARE, np.array(2.5)), call(LONG, PAIR, _raises="inner() the last dimension must match on both input tensors but got shapes [2, 3] and [2]")],
    "vdot": [call(VECTOR, SQUARE[0]), call(IMAGINARY[0], IMAGINARY[1]), call(LONG, LONG, _raises="1D tensors expected, but got 2D and 2D tensors")],
    "ger": [call(VECTOR, PAIR), call(LONG, VECTOR, _raises="outer: Expected 1-D argument self, but got 2-D")],
    "kron": [call(SQUARE, WIDE), call(VECTOR, SQUARE), call(WHOLE, WHOLE), call(IMAGINARY, PAIR), call(np.array(2.0), VECTOR)],
    "tensordot": [
        call(BATCH, STACK, 1, _raises="contracted dimensions need to match, but first has size 3 in dim -1 and second has size 2 in dim 0"), call(SQUARE, OTHER), call(BATCH, STACK, dims=([0, 1], [0, 2])), call(BATCH, OTHER, 1), call(SQUARE, PAIR, 0), call(IMAGINARY, IMAGINARY, dims=([0], [1])),
        call(LONG, LONG, dims=-1, _raises="tensordot expects dims >= 0, but got dims=-1"), call(LONG, LONG, dims=3, _raises="tensordot expects dims < ndim_a or ndim_b, but got dims=3"),
        call(LONG, LONG, dims=([0, 1], [1]), _raises="both dimension lists should have same length"),
    ],
}  # fmt: skip
EINSUM = [
    *(call(text, *operands) for text, operands in [
        ("ij,jk", (SQUARE, OTHER)), ("ij,jk->ki", (SQUARE, COLUMNS)), ("ii", (SQUARE,)), ("ii->i", (SQUARE,)), ("ij->", (WIDE,)), ("ij->ji", (WIDE,)), ("bij,bjk->bik", (BATCH, BATCH)),
        ("...ij,...jk->...ik", (BATCH, SQUARE)), ("i,j->ij", (VECTOR, PAIR)), ("i,i", (VECTOR, VECTOR)), ("ij,kl,jk->il", (WIDE, TALL.T.copy(), SQUARE[:, :2].copy())), ("ijk,ilk,k->jl", (BATCH, BATCH, VECTOR)),
        ("ij,ij,ij,i->j", (SQUARE, OTHER, SQUARE, VECTOR)), ("bi,bj,bk->ijk", (SQUARE, OTHER, COLUMNS)), ("ij,j", (IMAGINARY, IMAGINARY[0])), ("ij,kj->ik", (np.ones((2, 1)) * PAIR[:, None], WIDE)), ("...i->i", (SQUARE,)), ("iij->j", (np.stack([WIDE, ROWS]),)),
    ]),
    call("ij->ji", WHOLE), call("ij,ij->i", WHOLE, WHOLE), call(SQUARE, [0, 1], OTHER, [1, 2], [2, 0]), call(SQUARE, [0, 1]),
    call("ij,jk", LONG, LONG, _raises="einsum(): subscript j has size 2 for operand 1 which does not broadcast with previously seen size 3"),
    call("ij", LONG, LONG, _raises="einsum(): more operands were provided than specified in the equation"),
    call("i", LONG, _raises="einsum(): the number of subscripts in the equation (1) does not match the number of dimensions (2) for operand 0 and no ellipsis was given"),
    call("ij->k", LONG, _raises="einsum(): output subscript k does not appear in the equation for any input operand"),
    call("ij->ii", LONG, _raises="einsum(): output subscript i appears more than once in the output"), call("i1", LONG, _raises="einsum(): invalid subscript given at index 1 in the equation string, subscripts must be in [a-zA-Z]"),
    call("ii", LONG, _raises="einsum(): subscript i is repeated for operand 0 but the sizes don't match, 3 != 2"), call(".ij", LONG, _raises="einsum(): found '.' for operand 0 that is not part of any ellipsis"),
]  # fmt: skip
PLACED = {
    **{name: [call(x, *k) for x in (SQUARE, BATCH, TALL, IMAGINARY) for k in ((), (1,), (-1,))] + [call(WHOLE), call(MASK), call(VECTOR, _raises=f"{name}: input tensor must have at least 2 dimensions")] for name in ("tril", "triu")},
    "trace": [call(SQUARE), call(WIDE), call(WHOLE), call(IMAGINARY), call(VECTOR, _raises="trace: expected a matrix, but got tensor with dim 1")],
    "diag": [call(VECTOR), call(VECTOR, -1), call(SQUARE), call(WIDE, 1), call(BATCH, _raises="diag(): Supports 1D or 2D tensors. Got 3D")],
    "diag_embed": [call(VECTOR), call(SQUARE, 1), call(WIDE, -1, 0, 2), call(SQUARE, dim1=2, dim2=0), call(VECTOR, 0, 1, 1, _raises="diagonal dimensions cannot be identical 1, 1")],
    "diagflat": [call(WIDE), call(VECTOR, 1)],
    "diagonal_scatter": [call(SQUARE, VECTOR), call(SQUARE, PAIR, -1), call(BATCH, ROWS, 0, 1, 2), call(LONG, VECTOR, _raises="expected src to have a size equal to the slice of self. src size = [3], slice size = [2]")],
    "block_diag": [call(SQUARE, VECTOR, np.array(3.0)), call(WIDE), call(IMAGINARY, TALL), call(BATCH, _raises="torch.block_diag: Input tensors must have 2 or fewer dimensions. Input 0 has 3 dimensions")],
    "vander": [call(VECTOR), call(VECTOR, 2), call(VECTOR, increasing=True), call(VECTOR, N=0), call(WHOLE[0]), call(LONG, _raises="x must be a one-dimensional tensor.")],
    "cross": [call(SQUARE, OTHER, 1), call(SQUARE, OTHER, dim=0), call(SQUARE, OTHER)],
}  # fmt: skip
DISTANCES = {
    "cdist": [
        *(call(ROWS, SQUARE, p=p) for p in (0.5, 1.0, 1.5, 2.0, 3.0)), call(ROWS, SQUARE), call(ROWS, SQUARE, p=0.0), call(ROWS, SQUARE, p=np.inf, _smooth=False, _differs="elements that tie for the largest do not share it"), call(STACK, BATCH * 1.3), call(ROWS, BATCH, compute_mode="donot_use_mm_for_euclid_dist"),
        call(ROWS, ROWS, _smooth=False), call(ROWS, ROWS, p=1.0, _smooth=False), call(ROWS, ROWS, p=3.0, _smooth=False), call(ROWS + 64, SQUARE + 64), call(np.zeros((0, 3)), SQUARE, _smooth=False), call(np.zeros((2, 0)), np.zeros((3, 0)), _smooth=False),
        call(LONG, np.eye(2), _raises="X1 and X2 must have the same number of columns. X1: 3 X2: 2"), call(LONG, LONG, p=-1, _raises="cdist only supports non-negative p values"),
        call(VECTOR, LONG, _raises="cdist only supports at least 2D tensors, X1 got: 1D"), call(WHOLE, WHOLE, _raises="cdist only supports floating-point dtypes, X1 got: Long"),
        call(LONG, LONG, compute_mode="x", _raises="x is not a valid value for compute_mode"),
    ],
    "pdist": [*(call(SQUARE, p) for p in (0, 1, 1.5, 2, 3, np.inf)), call(SQUARE), call(ROWS[:1], _smooth=False), call(VECTOR, _raises="pdist only supports 2D tensors, got: 1D"), call(LONG, p=-1, _raises="pdist only supports non-negative p values")],
    "renorm": [
        call(SQUARE, 2, 0, 1.5), call(SQUARE, 1, 1, 2.0), call(BATCH, 3, -1, 2.0), call(SQUARE, np.inf, 0, 1.7), call(IMAGINARY, 2, 0, 1.0), call(LONG, 2, 5, 1.0, _raises="Dimension out of range"),
        call(VECTOR, 2, 0, 1.0, _raises="renorm: input needs at least 2 dimensions, got 1 dimensions"), call(LONG, -1, 0, 1.0, _raises="renorm: non-positive-norm not supported"), call(LONG, 2, 0, -1.0, _raises="renorm: expected maxnorm to be >= 0 but got -1"),
    ],
    **{name: [
        call(SQUARE), call(SQUARE, VECTOR), call(SQUARE, OTHER, dim=0), call(SQUARE, dx=0.3, dim=0), call(BATCH, VECTOR, dim=1), call(VECTOR[:1]), call(WHOLE),
        call(LONG, PAIR, _raises=f"{title}: There must be one `x` value for each sample point"), call(np.array(1.0), _raises="slice() cannot be applied to a 0-dim tensor." if name[0] == "c" else "Dimension specified as -1 but tensor has no dimensions"),
    ] for name, title in (("trapezoid", "trapezoid"), ("trapz", "trapezoid"), ("cumulative_trapezoid", "cumulative_trapezoid"))},
    "cov": [
        call(SQUARE), call(VECTOR), call(SQUARE, correction=0), call(IMAGINARY), call(SQUARE, fweights=np.array([1, 3, 2])), call(SQUARE, aweights=np.array([0.5, 1.5, 1.0])), call(SQUARE, fweights=np.array([1, 3, 2]), aweights=np.array([0.5, 1.5, 1.0])),
        call(BATCH, _raises="cov(): expected input to have two or fewer dimensions but got an input with 3 dimensions"), call(VECTOR, fweights=VECTOR, _raises="cov(): expected fweights to have integral dtype but got fweights with Double dtype"),
        call(VECTOR, fweights=np.array([1, 2]), _raises="cov(): expected fweights to have the same numel as there are observations in the input but got 2 != 3"),
        call(VECTOR, aweights=np.array([1, 2, 3]), _raises="cov(): expected aweights to have floating point dtype but got aweights with Long dtype"), call(LONG, aweights=-np.ones(3), _raises="cov(): aweights cannot be negative"),
    ],
    "corrcoef": [call(SQUARE), call(VECTOR), call(IMAGINARY, _smooth=False), call(BATCH, _raises="corrcoef(): expected input to have two or fewer dimensions but got an input with 3 dimensions")],
}  # fmt: skip
UNREAD = "it gives a gradient to the triangle that is not read"
FACTOR = np.linalg.cholesky(HERMITIAN)
NO_SQUARE = "A must be batches of square matrices, but they are 2 by 3 matrices"


def turned(u, s, v):
    return s, u.abs(), v.abs()


def spectrum(u, s, v):
    return s


LEGACY = {
    "cholesky": [call(DEFINITE, _smooth=False), call(DEFINITE, True, _smooth=False), call(-np.eye(2), _raises=f"cholesky: {NOT_POSITIVE}")],
    "cholesky_inverse": [*(call(x, *upper, _differs=UNREAD) for x, *upper in ((PACKED,), (PACKED, True), (FACTOR,))), call(LONG, _raises=f"cholesky_inverse: {NO_SQUARE}")],
    "cholesky_solve": [*(call(b, x, *upper, _differs=UNREAD) for b, x, *upper in ((COLUMNS, PACKED), (COLUMNS, PACKED, True), (IMAGINARY, FACTOR))), call(LONG, LONG, _raises=NO_SQUARE), call(VECTOR, np.eye(2), _raises="b should have at least 2 dimensions, but has 1 dimensions instead")],
    "det": [call(SQUARE), call(BATCH), call(IMAGINARY)], "logdet": [call(SQUARE), call(BATCH * -1, _smooth=False), call(IMAGINARY)], "slogdet": [call(SQUARE), call(BATCH)],
    "inverse": [call(SQUARE), call(BATCH), call(np.zeros((2, 2)), _raises="linalg.inv: The diagonal element 1 is zero")],
    "lu": [call(SQUARE), call(TALL), call(WIDE), call(SQUARE, get_infos=True)],
    "lu_solve": [call(COLUMNS, PACKED, PIVOTS)], "lu_unpack": [call(PACKED, PIVOTS, _view=unpermuted, _smooth=False), call(PACKED, PIVOTS, unpack_pivots=False, _view=filled, _smooth=False), call(LONG, PAIR, _raises="torch.lu_unpack: LU_pivots is expected to be a contiguous tensor of torch.int32 dtype.")],
    "matrix_exp": [call(SQUARE)], "matrix_power": [call(SQUARE, 3), call(SQUARE, -2)], "chain_matmul": [call(TALL, WIDE, COLUMNS), call(SQUARE), call(VECTOR, VECTOR, _raises="Tensor dimension is 1, expected 2 instead.")],
    "orgqr": [call(TALL, PAIR), call(LONG, VECTOR, _raises="torch.linalg.householder_product: input.shape[-2] must be greater than or equal to input.shape[-1]")],
    "ormqr": [*(call(TALL, PAIR, COLUMNS, transpose=t) for t in (False, True)), *(call(TALL, PAIR, COLUMNS.T.copy(), False, t) for t in (False, True)), call(IMAGINARY, VECTOR + 0.2j, IMAGINARY, transpose=True), call(LONG, VECTOR, LONG, _raises="torch.ormqr: tau.shape[-1] must be equal to min(other.shape[-2], input.shape[-1])")],
    "geqrf": [call(SQUARE), call(TALL), call(WIDE), call(BATCH), call(IMAGINARY), call(VECTOR, _raises="torch.geqrf: input must have at least 2 dimensions.")],
    "pinverse": [call(TALL), call(SQUARE, 1e-3)],
    "qr": [call(SQUARE), call(TALL), call(WIDE, False)],
    "svd": [call(SQUARE, _view=turned), call(TALL, _view=turned), call(SQUARE, compute_uv=False, _view=spectrum), call(VECTOR, _raises="linalg.svd: input should have at least 2 dimensions, but has 1 dimensions instead")],
    "triangular_solve": [call(COLUMNS, SQUARE), call(COLUMNS, SQUARE, False), call(COLUMNS, SQUARE, True, True), call(COLUMNS, SQUARE, unitriangular=True), call(LONG, LONG, _raises=NO_SQUARE)],
    "svd_lowrank": [call(SQUARE, 3, _view=spectrum, _batch=False), call(TALL, 2, _view=turned, _batch=False), call(WIDE, 2, M=ROWS, _view=spectrum, _batch=False)],
    "pca_lowrank": [call(TALL, _view=spectrum, _batch=False), call(SQUARE, 2, _view=spectrum, _batch=False, _smooth=False), call(LONG, q=5, _raises="q(=5) must be non-negative integer and not greater than min(m, n)=2")],
    "nuclear_norm": [call(SQUARE), call(BATCH, (0, 2)), call(VECTOR, _raises="linalg.matrix_norm: The input tensor A must have at least 2 dimensions.")],
    "frobenius_norm": [call(SQUARE, (0, 1)), call(BATCH, (1, 2), True), call(IMAGINARY, 1), call(BATCH, (0, 1, 2), _raises="Expected at most 2 dimensions, but got 3 dimensions instead.")],
    **{name: [call(SQUARE, _raises="This function was deprecated since version 1.9 and is now removed.")] for name in ("symeig", "eig", "matrix_rank")},
    **{name: [call(SQUARE, SQUARE, _raises="This function was deprecated since version 1.9 and is now removed.")] for name in ("solve", "lstsq")},
}  # fmt: skip
CALLS = {**ADDED, "einsum": EINSUM, **PLACED, **DISTANCES, **LEGACY, "addmv_": [call(PAIR, WIDE, VECTOR)]}

"""Calls of the functions that count, compare, and reduce in groups."""

import numpy as np
from tests.functions.calls import call

ANY = np.array([[3.2, -1.1, 2.3, 2.05], [0.5, 7.3, -4.2, 1.4]])
VECTOR = np.array([1.5, -0.7, 0.4, 2.2, -1.9])
TIED = np.array([[3.0, -1.0, 3.0, 2.0], [0.5, 7.0, -1.0, 7.0]])
WITH_NAN = np.array([[1.0, np.nan, 3.0], [2.0, 0.5, 4.0]])
NOTHING = np.array([np.nan, np.nan])
COMPLEX = np.array([1.2 - 0.7j, -0.4 + 1.1j, 0.6 + 0.3j])
WHOLE = np.array([3, 1, 0, 3, 0])
MASK = np.array([[True, False, True, True], [False, False, True, False]])
EMPTY = np.zeros((0, 3))
NUMBER = np.array(1.7)
EDGES = np.array([0.0, 1.0, 3.0])
ROWS = np.array([[1, 2], [1, 2], [0, 5]])
PLACES = np.array([1, 0, 1])
SLOTS = np.array([[0, 1, 1, 0], [0, 0, 1, 1]])

STATISTICS = {
    "aminmax": [
        call(ANY), call(ANY, dim=1), call(ANY, dim=0, keepdim=True), call(TIED, _smooth=False), call(TIED, dim=1, _smooth=False), call(MASK), call(WHOLE, dim=0), call(NUMBER), call(EMPTY, dim=1),
        call(WITH_NAN, _smooth=False),
        call(EMPTY, _raises="aminmax(): cannot compute aminmax over an empty dimension as the operation has no identity."),
        call(EMPTY, dim=0, _raises="aminmax: Expected reduction dim 0 to have non-zero size."),
    ],
    "argwhere": [call(MASK, _batch=False), call(np.array(3), _batch=False), call(WHOLE, _batch=False), call(np.zeros((0, 2), bool), _batch=False)],
    "count_nonzero": [call(ANY), call(WHOLE), call(MASK, 1), call(MASK, (0, 1)), call(MASK, ()), call(EMPTY, 0), call(COMPLEX)],
    "nonzero_static": [
        call(MASK, size=2, _batch=False), call(WHOLE, size=5, _batch=False), call(WHOLE, size=5, fill_value=9, _batch=False),
        call(MASK, size=-5, _raises="nonzero_static: 'size' must be an non-negative integer"),
    ],
    "var_mean": [call(ANY), call(ANY, 1), call(ANY, 1, correction=0, keepdim=True), call(ANY, (0, 1), False), call(COMPLEX), call(ANY, False), call(WHOLE, _raises="var_mean only support floating point and complex dtypes")],
    "std_mean": [call(ANY), call(ANY, 1), call(ANY, 1, correction=0, keepdim=True), call(ANY, (0, 1), False), call(WHOLE, _raises="std_mean only support floating point and complex dtypes")],
    "msort": [call(ANY), call(VECTOR), call(NUMBER), call(WHOLE)],
    "take_along_dim": [
        call(ANY, SLOTS, 1), call(ANY, SLOTS[:1], 1), call(ANY, SLOTS[:, :1], 0), call(ANY, np.array([7, 1, 1])), call(ANY, np.array([[-1, 1]]), 1),
        call(ANY, np.array([9]), _raises="index 9 is out of bounds for dimension 0 with size 8"), call(ANY, VECTOR, _raises="gather(): Expected dtype int32/int64 for index"), call(ANY, ANY, 1, _raises="torch.take_along_dim(): dtype of indices should be Long but got Double"),
        call(ANY, WHOLE, 1, _raises="torch.take_along_dim(): input and indices should have the same number of dimensions"),
    ],
    "diff": [
        call(ANY), call(ANY, 2), call(ANY, 1, 0), call(ANY, 5), call(ANY, 0), call(MASK), call(ANY, prepend=ANY[:, :1], append=ANY[:, :2]), call(WHOLE, n=2), call(COMPLEX), call(MASK, 2),
        call(ANY, -1, _raises="order must be non-negative but got -1"), call(NUMBER, _raises="diff expects input to be at least one-dimensional"),
        call(ANY, prepend=VECTOR[:4], _raises="diff expects prepend or append to be the same dimension as input"),
    ],
    "gradient": [
        call(VECTOR), call(VECTOR, spacing=2.0), call(ANY, spacing=(2.0, 3.0)), call(VECTOR, spacing=(np.array([0.0, 1.0, 3.0, 3.5, 5.0]),)), call(ANY, dim=1), call(ANY, dim=1, edge_order=2), call(WHOLE),
        call(VECTOR, spacing=(np.array([0.0, 1.0, 3.0, 3.5, 5.0]),), edge_order=2), call(COMPLEX), call(ANY, dim=(1, 0)),
        call(VECTOR, edge_order=3, _raises="torch.gradient only supports edge_order=1 and edge_order=2."),
        call(VECTOR[:1], _raises="torch.gradient expected each dimension size to be at least edge_order+1"),
        call(ANY, spacing=(2.0, 3.0, 4.0), _raises="torch.gradient expected spacing to be unspecified, a scalar, or a list of length equal to 'self.dim() = 2'"),
    ],
    **{name: [
        call(ANY, 0.3), call(ANY, np.array([0.2, 0.55]), dim=1), call(ANY, np.array([0.2, 0.55]), dim=1, keepdim=True), call(ANY, 0.4, 1, True), call(ANY, 0.45, None, True), call(NUMBER, 0.3),
        call(ANY, np.array([0.2, 0.55])), call(ANY, 1.0, 0, _smooth=False), call(WITH_NAN, 0.4, _smooth=False), call(WITH_NAN, 0.4, 1, _smooth=False), call(NOTHING, 0.5, _smooth=False),
        *[call(ANY, 0.4, 1, interpolation=how) for how in ["lower", "higher", "nearest", "midpoint"]],
        call(ANY, 0.4, interpolation="x", _raises="quantile() interpolation must be one of linear, lower, higher, midpoint or nearest, but got x"),
        call(ANY, 1.4, _raises="quantile() q must be in the range [0, 1] but got 1.4"), call(ANY, np.array([1.4]), _raises="quantile() q values must be in the range [0, 1]"),
        call(ANY, np.array([[0.4]]), _raises="quantile() q must be a scalar or 1D tensor"), call(WHOLE, 0.4, _raises="quantile() input tensor must be either float or double dtype"),
        call(EMPTY, 0.4, _raises="quantile() input tensor must be non-empty"), call(ANY, WHOLE, _raises="quantile() q tensor must be same dtype as the input tensor"),
    ] for name in ["quantile", "nanquantile"]},
}  # fmt: skip
COUNTS = {
    "bincount": [
        call(WHOLE, _batch=False), call(WHOLE, minlength=6, _batch=False), call(WHOLE, VECTOR, _batch=False, _view=lambda x: (x * 10).round().long(), _name="weights"), call(WHOLE, WHOLE, _batch=False), call(WHOLE[:0], _batch=False),
        call(VECTOR, _raises="\"bincount_cpu\" not implemented for 'Double'"), call(-WHOLE, _raises="bincount only supports 1-d non-negative integral inputs."),
        call(WHOLE, minlength=-1, _raises="minlength should be >= 0"), call(WHOLE, VECTOR[:1], _raises="weights should be 1-d and have the same length as input"),
    ],
    "histc": [
        call(ANY, 4, _batch=False, _view=lambda x: x.long()), call(ANY, 4, -1, 3, _batch=False, _view=lambda x: x.long()), call(np.ones(3), 3, _batch=False, _view=lambda x: x.long()),
        call(ANY, 4, 3, 1, _raises="torch.histc: max must be larger than min"), call(WHOLE, 3, _raises="\"histogram_cpu\" not implemented for 'Long'"),
        call(ANY, 0, _raises="torch.histogram(): bins must be > 0, but got 0 for dimension 0"),
    ],
    "histogram": [
        call(ANY, 3, _batch=False, _derives=False), call(ANY, 3, range=(0.0, 3.0), _batch=False, _derives=False), call(ANY, 3, density=True, _batch=False, _derives=False),
        call(ANY, 3, weight=ANY, _batch=False, _derives=False), call(np.ones(3), 2, _batch=False, _derives=False),
        call(WHOLE, 3, _raises="\"histogramdd\" not implemented for 'Long'"), call(ANY, 0, _raises="torch.histogram(): bins must be > 0, but got 0 for dimension 0"),
        call(ANY, 3, range=(3.0, 0.0), _raises="torch.histogramdd: min should not exceed max, but got min 3 max 0 for dimension 0"),
    ],
    "histogramdd": [
        call(ANY.T.copy(), [2, 3], _batch=False, _derives=False), call(ANY.T.copy(), 2, _batch=False, _derives=False), call(ANY.T.copy(), [2, 3], density=True, _batch=False, _derives=False),
        call(VECTOR, [2], _raises="torch.histogramdd: input tensor should have at least 2 dimensions"),
        call(ANY, [2], _raises="histogramdd: The size of bins must be equal to the innermost dimension of the input."),
    ],
    "bucketize": [
        call(ANY, EDGES), call(ANY, EDGES, right=True), call(2.0, EDGES), call(WHOLE, EDGES, out_int32=True), call(WITH_NAN, EDGES), call(TIED, EDGES, right=True), call(EMPTY, EDGES),
        call(ANY, ANY, _raises="boundaries tensor must be 1 dimension, but got dim(2)"),
    ],
    "searchsorted": [
        call(EDGES, ANY), call(np.array([[0.0, 1.0, 3.0], [1.0, 2.0, 3.0]]), ANY), call(np.array([[0.0, 1.0, 3.0], [1.0, 2.0, 3.0]]), TIED, side="right"), call(EDGES, 2), call(EDGES, 2.5, out_int32=True),
        call(np.array([3.0, 0.0, 1.0]), ANY, sorter=np.array([1, 2, 0]), _batch=False), call(WHOLE[1:3][::-1].copy(), ANY), call(EDGES, EMPTY),
        call(ROWS.astype(float), VECTOR, _raises="torch.searchsorted(): boundaries tensor should be 1 dimension or the first N-1 dimensions of boundaries"),
        call(ANY, 2, _raises="torch.searchsorted(): input value can be a scalar only when boundaries tensor dimension is 1"),
        call(EDGES, ANY, right=True, side="left", _raises="torch.searchsorted(): side and right can't be set to opposites"),
        call(EDGES, ANY, side="up", _raises="torch.searchsorted(): side can only be 'left' or 'right' but got up"),
        call(EDGES, ANY, sorter=EDGES, _raises="torch.searchsorted(): sorter must be a tensor of long dtype but got dtype Double"),
        call(EDGES, ANY, sorter=WHOLE, _raises="torch.searchsorted(): boundary and sorter must have the same size"),
    ],
    "unique": [
        call(WHOLE, _batch=False), call(WHOLE, return_inverse=True, _batch=False), call(WHOLE, return_inverse=True, return_counts=True, _batch=False), call(TIED, return_counts=True, _batch=False, _derives=False),
        call(ROWS, dim=0, return_inverse=True, return_counts=True, _batch=False), call(ROWS, dim=1, _batch=False), call(WITH_NAN, _batch=False, _derives=False), call(np.zeros((0, 3), np.int64), dim=0, _batch=False),
        call(WHOLE, sorted=True, return_counts=True, _batch=False),
        call(ROWS, dim=5, _raises="Dimension out of range"), call(EMPTY, dim=1, _raises="There are 0 sized dimensions, and they aren't selected, so unique cannot be applied"),
    ],
    "unique_consecutive": [
        call(np.array([1, 1, 2, 2, 1]), _batch=False), call(np.array([1, 1, 2, 2, 1]), return_inverse=True, return_counts=True, _batch=False), call(ROWS, dim=0, return_counts=True, return_inverse=True, _batch=False),
        call(TIED, _batch=False, _derives=False), call(WHOLE[:0], _batch=False),
    ],
}  # fmt: skip
CLOSE = np.array([[2.1, -0.4, 1.3, 0.6], [1.2, 0.7, -2.2, 3.1], [-1.6, 2.4, 0.9, 1.8]])
GROUPS = {
    "index_put": [
        call(ANY, (PLACES[:2], PLACES[1:]), VECTOR[:2]), call(ANY, (PLACES[:2],), VECTOR[:4]), call(ANY, (PLACES,), NUMBER, accumulate=True), call(ANY, (PLACES[:2],), CLOSE[:2], True), call(WHOLE, (PLACES,), WHOLE[:3]),
        call(ANY, (np.array([9]),), NUMBER, _raises="index 9 is out of bounds for dimension 0 with size 2"),
        call(ANY, (PLACES,), np.array(9), _raises="Index put requires the source and destination dtypes match, got Double for the destination and Long"),
        call(ANY, (None, PLACES), NUMBER, _raises="expected Tensor as element 0 in argument 1, but got NoneType"),
    ],
    "put": [
        call(ANY, np.array([0, 7]), VECTOR[:2]), call(ANY, np.array([0, -1, 0]), VECTOR[:3], accumulate=True), call(ANY, SLOTS[:, :1], VECTOR[:2], True), call(WHOLE, PLACES[:2], WHOLE[:2]),
        call(ANY, np.array([0, 9]), VECTOR[:2], _raises="out of range: tried to access index 9 on a tensor of 8 elements."),
        call(ANY, np.array([0, 1]), VECTOR[:1], _raises="put_(): Expected source and index to have the same number of elements, but got source.numel() = 1"),
        call(ANY, VECTOR[:2], VECTOR[:2], _raises="put_(): Expected a long tensor for index, but got Double"),
        call(ANY, PLACES, PLACES, _raises="put_(): self and source expected to have the same dtype, but got self.dtype = Double and source.dtype = Long"),
    ],
    "index_reduce": [
        *[call(ANY, 0, PLACES, CLOSE, how, include_self=own, _batch=how != "prod") for how in ["prod", "mean", "amax", "amin"] for own in [True, False]],
        call(ANY, 1, PLACES, CLOSE[:2, :3].copy(), "mean"), call(WHOLE, 0, PLACES[:2], WHOLE[:2], "mean"), call(WHOLE, 0, PLACES[:2], WHOLE[:2], "amax"), call(WHOLE, 0, PLACES[:2], WHOLE[:2], "prod", _batch=False),
        call(TIED, 0, PLACES[:2], TIED[::-1].copy(), "amax", _smooth=False),
        call(ANY, 0, PLACES, CLOSE, "sum", _raises="index_reduce(): Expected reduce to be one of prod, mean, amax or amin but got sum."),
        call(ANY, 0, np.array([0, 9, 0]), CLOSE, "prod", _raises="index out of range in self"),
        call(ANY, 0, PLACES[:2], CLOSE, "prod", _raises="index_reduce_(): Number of indices (2) should be equal to source.size(dim): (3), for dim: 0"),
        call(ANY, 0, PLACES, CLOSE[:, :2], "prod", _raises="source tensor shape must match self tensor shape, excluding the specified dimension."),
    ],
    "scatter_reduce": [
        *[call(ANY, 0, SLOTS, ANY[::-1] * 1.1, how, include_self=own, _batch=how != "prod") for how in ["sum", "prod", "mean", "amax", "amin"] for own in [True, False]],
        call(VECTOR, 0, PLACES, VECTOR[1:4] * 2, "mean"), call(VECTOR, 0, np.array([0, 0, 0, 0, 0]), VECTOR + 0.3, "prod", _batch=False), call(TIED, 1, SLOTS, TIED, "amin", _smooth=False),
        call(WHOLE, 0, WHOLE, WHOLE, "mean"), call(WHOLE, 0, WHOLE, WHOLE, "amin", include_self=False), call(np.zeros(3), 0, PLACES, VECTOR[:3], "prod", _batch=False),
        call(VECTOR, 0, PLACES, VECTOR[:3], "median", _raises="reduce argument must be either sum, prod, mean, amax or amin, got median"),
        call(VECTOR, 0, np.array([0, 0, 9]), VECTOR[:3], "sum", _raises="index 9 is out of bounds for dimension 0 with size 5"),
    ],
    "segment_reduce": [
        *[call(VECTOR, how, lengths=np.array([1, 0, 4]), _batch=False) for how in ["sum", "prod"]],
        *[call(VECTOR, how, lengths=np.array([1, 4]), _batch=False) for how in ["mean", "max", "min"]],
        *[call(VECTOR, how, lengths=np.array([1, 0, 4]), _batch=False, _smooth=False) for how in ["mean", "max", "min"]],
        *[call(VECTOR, how, lengths=np.array([1, 0, 4]), initial=0.3, _batch=False) for how in ["sum", "max", "min", "prod"]],
        call(VECTOR, "sum", offsets=np.array([0, 1, 5]), _batch=False), call(VECTOR, "sum", lengths=np.array([1, 0, 2]), unsafe=True, _batch=False),
        call(ANY, "sum", lengths=np.array([[1, 0, 3], [2, 2, 0]]), axis=1, _batch=False), call(ANY, "max", lengths=np.array([1, 1]), _batch=False),
        call(VECTOR, "sum", lengths=np.array([1, 0, 2]), _raises="segment_reduce(): Expected all rows of lengths along axis to sum to data.size(lengths.dim()-1)"),
        call(ANY, "max", lengths=np.array([1, 1]), axis=1, _raises="segment_reduce(): Expected axis to be the last dimension of lengths but got 1."),
        call(VECTOR, "foo", lengths=np.array([5]), _raises="reduce argument must be either sum, prod, mean, amax or amin, got foo"),
        call(VECTOR, "sum", _raises="segment_reduce(): Either lengths or offsets must be defined."),
    ],
}  # fmt: skip
CALLS = STATISTICS | COUNTS | GROUPS

"""Calls of the embeddings."""

import numpy as np
from tests.functions.calls import call

TABLE = np.random.default_rng(3).normal(size=(5, 3))
ROWS = np.array([[0, 2, 4], [2, 2, 1]])
LIST = np.array([1, 2, 4, 2, 2, 0])
STARTS = np.array([0, 2, 2, 5])
FACTORS = np.array([0.5, -1.0, 2.0, 0.1, 0.7, 1.5])
COUNTS = "there a row may be divided by how often another one is used"


def bags(*args, **options):
    """A call whose offsets say which rows are added."""
    return call(*args, _batch=False, **options)


EMBEDDING = [
    call(ROWS, TABLE), call(np.array(3), TABLE), call(ROWS, TABLE, 2, _smooth=False), call(ROWS, TABLE, padding_idx=-1, _smooth=False),
    call(ROWS, TABLE, scale_grad_by_freq=True, _smooth=False), call(ROWS.astype(np.int32), TABLE),
    call(np.zeros((0, 2), int), TABLE), call(ROWS, TABLE, 3, _smooth=False),
    call(np.array([0, 5]), TABLE, _raises="index out of range in self"),
    call(np.array([0, -1]), TABLE, _raises="index out of range in self"),
    call(np.array([0.0, 1.0]), TABLE, _raises="Expected tensor for argument #1 'indices' to have one of the following scal"),
    call(LIST, TABLE[0], _raises="'weight' must be 2-D"),
    call(LIST, TABLE, 5, _raises="Padding_idx must be within num_embeddings"),
]  # fmt: skip
BAG = [
    call(ROWS, TABLE), call(ROWS, TABLE, mode="sum"), call(ROWS, TABLE, mode="max"),
    bags(LIST, TABLE, STARTS), bags(LIST, TABLE, STARTS, mode="sum"), bags(LIST, TABLE, STARTS, mode="max"),
    bags(LIST, TABLE, STARTS, mode="sum", per_sample_weights=FACTORS),
    call(ROWS, TABLE, mode="sum", per_sample_weights=FACTORS.reshape(2, 3)),
    bags(LIST, TABLE, np.array([0, 2, 2, 5, 6]), mode="sum", include_last_offset=True),
    bags(LIST, TABLE, STARTS, padding_idx=2), bags(LIST, TABLE, STARTS, mode="sum", padding_idx=-1),
    bags(LIST, TABLE, STARTS, mode="max", padding_idx=2),
    bags(LIST, TABLE, STARTS, scale_grad_by_freq=True, mode="sum", _smooth=False, _differs=COUNTS),
    bags(LIST, TABLE, STARTS, scale_grad_by_freq=True, mode="mean", _smooth=False, _differs=COUNTS),
    call(LIST, TABLE, _raises="offsets has to be a 1D Tensor but got None"),
    call(LIST, TABLE, STARTS[None], _raises="offsets has to be a 1D Tensor"),
    call(LIST, TABLE, STARTS + 1, _raises="offsets[0] has to be 0, i.e., the first sequence in the mini-batch has to start"),
    call(LIST, TABLE, np.array([0, 9]), _raises="offsets[-1] can not be greater than input's length 6 but got offsets[-1]"),
    call(LIST + 1, TABLE, STARTS, _raises="embedding_bag: Expected idx >= 0 && idx < num_embeddings but found idx to be 5"),
    call(ROWS, TABLE, STARTS, _raises="if input is 2D, then offsets has to be None, as input is treated is a mini-batch of"),
    call(LIST, TABLE[0], STARTS, _raises="weight has to be a 2D Tensor, but got Tensor of dimension 1"),
    call(np.array(1), TABLE, STARTS, _raises="input has to be 1D or 2D Tensor, but got Tensor of dimension 0"),
    call(LIST, TABLE, STARTS, mode="min", _raises="mode has to be one of sum, mean or max"),
    call(LIST, TABLE, STARTS, per_sample_weights=FACTORS, _raises="embedding_bag: per_sample_weights was not None. per_sa"),
    call(LIST, TABLE, STARTS, mode="sum", per_sample_weights=FACTORS[:3], _raises="embedding_bag: If per_sample_weights (t"),
    call(LIST, TABLE, STARTS, mode="max", scale_grad_by_freq=True, _raises="max mode does not support scaling the gradie"),
    call(LIST, TABLE, STARTS, padding_idx=7, _raises="padding_idx must be within the number of embeddings, -5 through 4"),
]  # fmt: skip
CALLS = {
    "nn.functional.embedding": [
        *EMBEDDING,
        call(ROWS, TABLE, max_norm=1.0, _smooth=False, _batch=False),
        call(ROWS, TABLE, max_norm=0.5, norm_type=1.0, _smooth=False, _batch=False),
        call(ROWS, TABLE, max_norm=100.0, _batch=False),
    ],
    "embedding": [call(TABLE, ROWS), call(TABLE, ROWS, 2, _smooth=False)],
    "nn.functional.embedding_bag": [
        *BAG, bags(LIST, TABLE, STARTS, 1.0, mode="sum", _smooth=False),
    ],
}  # fmt: skip

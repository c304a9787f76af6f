"""Calls of the losses."""

import numpy as np
from tests.functions.calls import Named, call

rng = np.random.default_rng(11)
X, Y = rng.normal(size=(3, 4)), rng.normal(size=(3, 4))
PROB, SHARE = rng.uniform(0.05, 0.95, (3, 4)), rng.uniform(0.05, 0.95, (3, 4))
WEIGHT, ROW = rng.uniform(0.5, 2, (3, 4)), rng.uniform(0.5, 2, 4)
SIGNS = np.array([[1, -1, 1, 1], [-1, -1, 1, -1], [1, 1, -1, 1]])
CLASSES = np.array([2, 0, 3])
SUM, NONE = {"reduction": "sum"}, {"reduction": "none"}
BAD = {"reduction": "x", "_raises": "x is not a valid value for reduction"}
OLD = [{"size_average": False}, {"reduce": False}]

THREE = np.array([1, -1, 1])


def reductions(*args, old=True, **options):
    """A call for each reduction, said in the old and in the new way."""
    return [
        call(*args, **options), call(*args, **SUM, **options), call(*args, **NONE, **options),
        *(call(*args, **each, **options) for each in (OLD if old else [])),
    ]  # fmt: skip


F = {
    "binary_cross_entropy": [
        *reductions(PROB, SHARE), call(PROB, SHARE, WEIGHT), call(PROB, SHARE, ROW, **SUM), call(np.array(0.3), np.array(0.6)),
        call(np.array([0.0, 1.0, 0.0, 1.0]), np.array([0.0, 1.0, 1.0, 0.0]), _smooth=False, _name="ends", **NONE),
        call(PROB, SHARE, **BAD),
        call(PROB, SHARE[0], _raises="Using a target size (torch.Size([4])) that is different to the input size (torch.Size"),
        call(PROB + 1, SHARE, _raises="all elements of input should be between 0 and 1"),
        call(PROB, SHARE - 1, _raises="all elements of target should be between 0 and 1"),
        call(np.array([1]), np.array([1]), _raises="\"binary_cross_entropy\" not implemented for 'Long'"),
    ],
    "binary_cross_entropy_with_logits": [
        *reductions(X, SHARE), call(X, SHARE, WEIGHT), call(X, SHARE, ROW), call(X, SHARE, pos_weight=ROW),
        call(X, SHARE, WEIGHT, pos_weight=ROW, **SUM), call(X * 400, SHARE, _smooth=False, _name="far", **NONE),
        call(X, SHARE, **BAD),
        call(X, SHARE[0], _raises="Target size (torch.Size([4])) must be the same as input size (torch.Size([3, 4]))"),
    ],
    "kl_div": [
        *reductions(X, SHARE), call(X, SHARE, reduction="batchmean"), call(X, Y, log_target=True), call(X, SHARE[0], **SUM),
        call(X, np.array([0.0, 0.5, 0.5, 0.0]), _smooth=False, _name="zeros", **NONE), call(X, SHARE, **BAD),
        call(CLASSES, CLASSES, _raises="kl_div: Integral inputs not supported."),
    ],
    "poisson_nll_loss": [
        *reductions(X, SHARE * 5), call(SHARE, Y, False), call(X, SHARE * 5, full=True, **NONE), call(PROB, SHARE * 4, False, True, eps=0.1),
        call(X, SHARE, **BAD),
    ],
    "gaussian_nll_loss": [
        *reductions(X, Y, SHARE, old=False), call(X, Y, SHARE, full=True), call(X, Y, 0.5), call(X, Y, SHARE[:, 0], **NONE),
        call(X, Y, SHARE[:, :1]), call(X, Y, SHARE, eps=0.5, _smooth=False),
        call(X, Y, -SHARE, _raises="var has negative entry/entries"), call(X, Y, -1.0, _raises="var has negative entry/ent"),
        call(X, Y, SHARE[0], _raises="var is of incorrect size"), call(X, Y, SHARE, reduction="x", _raises="x is not valid"),
    ],
    "hinge_embedding_loss": [
        *reductions(X, SIGNS), call(X, SIGNS, 0.3), call(X, SIGNS, margin=-2.0, **NONE), call(X, SIGNS, **BAD),
    ],
    "margin_ranking_loss": [
        *reductions(X, Y, SIGNS), call(X, Y, SIGNS, 0.7), call(X, Y[:1], SIGNS, margin=0.2), call(X, Y, SIGNS, **BAD),
        call(X, Y, SIGNS[0], _raises="margin_ranking_loss : All input tensors should have same dimension but got sizes: "),
    ],
    "soft_margin_loss": [
        *reductions(X, SIGNS), call(X, Y), call(X * 300, SIGNS, _smooth=False, _name="far", **NONE), call(X, SIGNS, **BAD),
    ],
    "cosine_embedding_loss": [
        *reductions(X, Y, THREE), call(X, Y, THREE, 0.1), call(X[0], Y[0], np.array(1)), call(X[0], Y[0], np.array(-1), -0.9),
        call(X, Y, THREE, **BAD),
        call(X, Y, SIGNS, _raises="0D or 1D target tensor expected, multi-target not supported"),
        call(X, Y, np.array(1), _raises="0D target tensor expects 1D input tensors, but found inputs with sizes [3, 4]"),
        call(X[0], Y[0], THREE, _raises="1D target tensor expects 2D input tensors, but found inputs with sizes [4] and"),
    ],
    "multi_margin_loss": [
        *reductions(X, CLASSES), call(X, CLASSES, 2), call(X, CLASSES, margin=0.5, weight=ROW), call(X[0], np.array(1)),
        call(X[0], np.array([1]), **NONE), call(X[0], np.array(1), **NONE), call(X, CLASSES, 2, 0.7, ROW, **SUM),
        call(X, CLASSES, **BAD), call(X, CLASSES + 1, _raises="target out of range"),
        call(X, CLASSES[:2], _raises="multi_margin_loss: target tensor should be 1-D with size equal to the number of input"),
        call(X, CLASSES, 3, _raises="only p == 1 and p == 2 supported"),
        call(X, CLASSES, weight=WEIGHT, _raises="weight must be one-dimensional"),
        call(X, CLASSES, weight=ROW[:3], _raises="inconsistent weight size, expected 4 but got [3]"),
        call(X[None], CLASSES, _raises="Expected non-empty vector or matrix with optional 0-dim batch size, but got: [1, 3, 4"),
        call(X, CLASSES * 1.0, _raises="expected scalar type Long but found Double"),
    ],
    "multilabel_margin_loss": [
        *reductions(X, np.array([[1, 2, -1, 0], [3, -1, 0, 1], [0, 1, 2, 3]])), call(X[0], np.array([2, -1, 0, 1])),
        call(X[0], np.array([-1, 1, 2, 3])), call(X[0], np.array([2, -1, 0, 1]), **NONE),
        call(X, CLASSES, _raises="inconsistent target size: [3] for input of size: [3, 4]"),
        call(X[0], np.array([4, -1, 0, 0]), _raises="argument #2 'target' is out of range"),
    ],
    "multilabel_soft_margin_loss": [
        *reductions(X, SHARE), call(X, SHARE, ROW), call(X[0], SHARE[0], **NONE),
        call(X, SHARE, reduction="x", _raises="x is not valid"),
        call(np.array(1.0), np.array(1.0), _raises="Dimension specified as -1 but tensor has no dimensions"),
    ],
    "triplet_margin_loss": [
        *reductions(X, Y, SHARE), call(X, Y, SHARE, 3.0, 1.0), call(X, Y, SHARE, margin=2.0, p=3.0, swap=True), call(X[0], Y[0], SHARE[0]),
        call(X, Y, SHARE, eps=0.1), call(X, Y, SHARE, **BAD),
        call(X, Y[0], SHARE, _raises="The anchor, positive, and negative tensors are expected to have the same number of dim"),
        call(X, Y, SHARE, margin=-1, _raises="margin must be greater than 0, got -1"),
    ],
    "triplet_margin_with_distance_loss": [
        *reductions(X, Y, SHARE, old=False), call(X, Y, SHARE, distance_function=Named("dist")), call(X, Y, SHARE, swap=True, margin=3.0),
        call(X, Y, SHARE, margin=0, _raises="margin must be greater than 0, got 0"), call(X, Y, SHARE, **BAD),
        call(X, Y[0], SHARE, _raises="The anchor, positive, and negative tensors are expected to have the same number of dim"),
    ],
    "pairwise_distance": [
        call(X, Y), call(X, Y, 1.0), call(X, Y, p=3.0, keepdim=True), call(X, Y[0]), call(X[0], Y[0], eps=0.1), call(X, Y, np.inf, _smooth=False),
    ],
    "cross_entropy": [
        *reductions(X, CLASSES), call(X, CLASSES, ROW), call(X, CLASSES, ignore_index=0, label_smoothing=0.1), call(X, SHARE),
        call(X, SHARE, ROW, label_smoothing=0.2), call(X, CLASSES, ROW, label_smoothing=0.3, **SUM), call(X[0], np.array(1)),
        call(np.stack([X, Y]), np.array([[0, 1, 2, 1], [2, 1, 0, 0]]), **NONE), call(X, CLASSES, ROW, None, 2, None, "none"),
        call(X, CLASSES + 1, _raises="Target 4 is out of bounds."),
    ],
    "nll_loss": [
        *reductions(X, CLASSES), call(X, CLASSES, ROW), call(X, CLASSES, ROW, None, 2, None, "sum"), call(X[0], np.array(1), **NONE),
    ],
    "linear_cross_entropy": [
        call(X, Y, np.array([0, 2, 1])), call(X, Y, np.array([0, 2, 1]), linear_bias=ROW[:3], label_smoothing=0.1, **SUM), call(X[0], Y, np.array(1)),
        call(X, Y[:, :2], CLASSES, _raises="expected equal input and linear_weight last dimensions (in_features), got 4 and 2"),
    ],
}  # fmt: skip
NUMBERED = {
    "binary_cross_entropy_with_logits": [call(X, SHARE), call(X, SHARE, WEIGHT, ROW, 2)],
    "kl_div": [call(X, SHARE), call(X, SHARE, 0), call(X, Y, 2, log_target=True)],
    "poisson_nll_loss": [call(X, SHARE, True, True, 1e-8, 1)],
    "hinge_embedding_loss": [call(X, SIGNS), call(X, SIGNS, 0.5, 2)],
    "margin_ranking_loss": [call(X, Y, SIGNS), call(X, Y, SIGNS, 0.5, 0)],
    "triplet_margin_loss": [call(X, Y, SHARE), call(X, Y, SHARE, 2.0, 2.0, 1e-6, True, 0)],
    "cosine_embedding_loss": [call(X, Y, THREE), call(X, Y, THREE, 0.1, 2)],
    "pairwise_distance": [call(X, Y), call(X, Y, 3.0, 1e-6, True)],
}

# ------------------------------------------------------------------------ sequences

LOGS = rng.normal(size=(6, 2, 4))
LOGS = LOGS - np.log(np.exp(LOGS).sum(-1, keepdims=True))
LABELS, LENGTHS, COUNTS = np.array([[1, 2, 2], [3, 1, 0]]), np.array([6, 5]), np.array([3, 2])
AFTER = "there it is the gradient behind log_softmax"


def ctc(*args, **options):
    """A call whose gradient PyTorch defines otherwise; tensors of lengths say how long it takes."""
    return call(*args, _differs=AFTER, _batch=isinstance(args[2], tuple), **options)


CTC = [
    ctc(LOGS, LABELS, LENGTHS, COUNTS), ctc(LOGS, LABELS, LENGTHS, COUNTS, **SUM), ctc(LOGS, LABELS, LENGTHS, COUNTS, **NONE),
    ctc(LOGS, np.array([1, 2, 2, 3, 1]), LENGTHS, COUNTS), ctc(LOGS, LABELS, (6, 5), (3, 2)),
    ctc(LOGS, np.array([1, 2, 2, 3, 1]), (6, 5), (3, 2), **NONE),
    ctc(LOGS, np.array([[1, 0, 2], [3, 0, 0]]), LENGTHS, COUNTS, 1, **NONE), ctc(LOGS[:, 0], LABELS[0], (6,), (3,)),
    ctc(LOGS, LABELS, LENGTHS, np.array([0, 2]), **NONE), ctc(LOGS, LABELS, np.array([2, 5]), COUNTS, zero_infinity=True, **NONE),
    ctc(LOGS, LABELS, np.array([2, 5]), COUNTS, _smooth=False, _name="impossible", **NONE),
    ctc(LOGS[:1], LABELS[:, :1], (1, 1), (1, 1)),
    ctc(LOGS, LABELS, LENGTHS, COUNTS + 1, _raises="Expected tensor to have size at least 4 at dimension 1, but got size"),
    ctc(LOGS, LABELS, LENGTHS + 1, COUNTS, _raises="Expected input_lengths to have value at most 6, but got value 7 (while"),
    ctc(LOGS, LABELS, LENGTHS[:1], COUNTS, _raises="input_lengths must be of size batch_size"),
    ctc(LOGS, LABELS, LENGTHS, COUNTS[:1], _raises="target_lengths must be of size batch_size"),
    ctc(LOGS, LABELS, LENGTHS, COUNTS, 4, _raises="blank must be in label range"),
    ctc(LOGS, LABELS[0], LENGTHS, COUNTS, _raises="Expected tensor to have size 5 at dimension 0, but got size 3 for"),
    ctc(LOGS, LABELS, LENGTHS, -COUNTS, _raises="Expected target_lengths to have value at least 0, but got value -3 (while"),
    ctc(LOGS, LABELS, LENGTHS, COUNTS, **BAD),
]  # fmt: skip
CALLS = {
    **{f"nn.functional.{name}": calls for name, calls in F.items()},
    **NUMBERED,
    "nn.functional.ctc_loss": CTC,
    "ctc_loss": [ctc(LOGS, LABELS, (6, 5), (3, 2)), ctc(LOGS, LABELS, (6, 5), (3, 2), 0, 0)],
}

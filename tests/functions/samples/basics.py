"""Calls of the reductions, orderings, scans, views and indexing that everything else is made of."""

import numpy as np
from tests.functions.calls import call

ANY = np.array([[1.3, -0.7, 2.6, 0.4], [0.2, 3.1, -1.9, 1.1], [2.2, 0.8, -0.3, 0.9]])
CUBE = np.arange(24.0).reshape(2, 3, 4) / 7 - 1.3
VECTOR = np.array([1.5, -0.7, 0.4, 2.2])
OTHER = np.array([0.3, 1.9, -2.1, 0.6])
NUMBER = np.array(1.7)
EMPTY = np.zeros((0, 3))
WHOLE = np.array([[3, -5, 2], [7, 1, -8]])
MASK = np.array([[True, False, True, True], [False, True, True, False], [True, True, False, True]])
HOLES = np.array([[1.0, np.nan, 3.0], [2.0, 0.5, np.nan]])
COMPLEX = np.array([1.2 - 0.7j, -0.4 + 1.1j, 0.6 + 0.3j])
PLACES = np.array([2, 0])
FIRST = np.array(0)
BESIDE = "Dimension out of range (expected to be in range of [-2, 1], but got 2)"


VALUES = {"_view": lambda values, *_: values}
"""Of equal elements PyTorch may name any."""


def reduced(*, whole=True, several=True):
    calls = [call(ANY), call(ANY, 1), call(ANY, -2, True), call(NUMBER), call(ANY, 2, _raises=BESIDE)]
    if several:
        calls.append(call(CUBE, (0, 2)))
    return [*calls, call(WHOLE)] if whole else calls


def one_dim(*more):
    return [
        call(ANY, *more, **VALUES), call(ANY, *more, dim=0, **VALUES), call(ANY, *more, 1, True, **VALUES),
        call(WHOLE, *more, **VALUES),
    ]  # fmt: skip


def scans():
    return [call(ANY, 0), call(ANY, -1), call(NUMBER, 0), call(EMPTY, 1), call(ANY, 2, _raises=BESIDE)]


REDUCTIONS = {
    "sum": [*reduced(), call(COMPLEX), call(EMPTY), call(MASK, 1)], "mean": [*reduced(whole=False), call(COMPLEX), call(WHOLE, _raises="mean(): could not infer output dtype.")],
    "var": [call(ANY), call(ANY, 1), call(ANY, correction=0), call(COMPLEX)], "std": [call(ANY), call(ANY, 1), call(ANY, (0, 1), correction=0), call(ANY, False)],
    "var_": [], "nansum": [*reduced(), call(HOLES, _smooth=False)], "nanmean": [call(ANY), call(ANY, 1), call(HOLES, 0, _smooth=False)],
    "prod": [call(ANY), call(ANY, 1), call(ANY, 0, True), call(WHOLE, 1), call(np.array([0.0, 2.0, 3.0])), call(COMPLEX)],
    "amax": reduced(), "amin": reduced(), "max": [call(ANY), call(ANY, 1), call(ANY, 0, True), call(ANY, ANY[::-1] * 1.1), call(WHOLE)],
    "min": [call(ANY), call(ANY, 1), call(ANY, 0, True), call(ANY, ANY[::-1] * 1.1), call(WHOLE)],
    "argmax": [call(ANY), call(ANY, 1), call(WHOLE, 0, True)], "argmin": [call(ANY), call(ANY, 1), call(WHOLE, 0, True)],
    "all": [call(MASK, _batch=False), call(MASK, 1, _batch=False), call(ANY, 0, True, _batch=False)], "any": [call(MASK, _batch=False), call(MASK, 1, _batch=False), call(ANY, 0, True, _batch=False)],
    "norm": [call(ANY), call(ANY, 1), call(ANY, 3, 1), call(ANY, float("inf"), 0, True), call(COMPLEX)],
    "norm_except_dim": [
        call(ANY), call(ANY, 2, 1), call(ANY, 2, -1), call(ANY, 2, -2), call(ANY, 3, 0), call(VECTOR), call(COMPLEX),
        call(ANY, 2, 5, _raises="Dimension out of range (expected to be in range of [-2, 1], but got 5)"),
        call(ANY, 2.5, _raises="norm_except_dim(): argument 'pow' (position 2) must be int, not float"),
        call(np.arange(3), _raises="norm(): input dtype should be either floating point or complex. Got Long instead."),
        call(np.array(2.0), _raises="Dimension specified as 0 but tensor has no dimensions"),
    ],
    "dist": [call(VECTOR, OTHER), call(ANY, VECTOR, 3)],
    "cosine_similarity": [call(ANY, ANY[::-1] * 1.1), call(ANY, VECTOR, dim=-1)],
    "cumsum": [*scans(), call(WHOLE, 1)], "cumprod": [*scans(), call(WHOLE, 1)], "logcumsumexp": scans(), "cummax": [call(ANY, 0), call(ANY, -1), call(WHOLE, 1)], "cummin": [call(ANY, 0), call(ANY, -1), call(WHOLE, 1)],
    "sort": [call(ANY), call(ANY, 0), call(ANY, 1, True), call(NUMBER), call(WHOLE)], "argsort": [call(ANY), call(ANY, 0), call(WHOLE, 1, True)], "topk": [call(ANY, 2, **VALUES), call(ANY, 1, 0, **VALUES), call(ANY, 2, 1, False, **VALUES), call(ANY, 9, _raises="selected index k out of range")],
    "kthvalue": one_dim(1), "median": [call(ANY), call(ANY, 1), call(ANY, 0, True), call(WHOLE)], "nanmedian": [call(ANY), call(ANY, 1), call(HOLES, 1, _smooth=False)], "mode": [call(ANY), call(WHOLE, 0), call(np.array([2, 1, 2]))],
}  # fmt: skip
del REDUCTIONS["var_"]
VIEWS = {
    "broadcast_to": [call(VECTOR, (3, 4)), call(NUMBER, (2,))], "cat": [call([ANY, ANY[:1]]), call([ANY, ANY[:, :1]], 1), call([WHOLE, WHOLE * 0.5]), call([COMPLEX, COMPLEX])],
    "chunk": [call(ANY, 2), call(ANY, 3, 1)], "split": [call(ANY, 2), call(ANY, [1, 3], 1)], "unbind": [call(ANY), call(ANY, 1)], "clone": [call(ANY), call(COMPLEX)], "contiguous": [call(ANY)],
    "diagonal": [call(ANY), call(CUBE, 1, 0, 2)], "flatten": [call(CUBE), call(CUBE, 1), call(NUMBER)], "flip": [call(ANY, (0,)), call(CUBE, (0, 2))], "narrow": [call(ANY, 1, 1, 2), call(ANY, 0, -1, 1)],
    "permute": [call(CUBE, (2, 0, 1))], "ravel": [call(ANY)], "reshape": [call(ANY, (2, -1)), call(ANY, (2, 5), _raises="shape '[2, 5]' is invalid for input of size 12")], "select": [call(ANY, 1, -1), call(CUBE, 0, 1)],
    "squeeze": [call(ANY[:1]), call(ANY[:1], 0), call(ANY)], "unsqueeze": [call(ANY, 1), call(NUMBER, -1)], "stack": [call([VECTOR, OTHER]), call([VECTOR, OTHER], 1)], "t": [call(ANY), call(VECTOR)],
    "Tensor.expand": [call(VECTOR, 3, -1)], "Tensor.expand_as": [call(VECTOR, WHOLE[:1, :1] * np.ones((3, 4), int))], "Tensor.reshape_as": [call(ANY, np.zeros((2, 6), int))], "Tensor.view_as": [call(ANY, np.zeros((2, 6), int), _strided=True)],
    "Tensor.unfold": [call(VECTOR, 0, 2, 1), call(ANY, 1, 2, 2)],
}  # fmt: skip
VIEWS["concat"] = VIEWS["concatenate"] = VIEWS["cat"]
PICKS = {
    "gather": [call(ANY, 1, np.array([[0, 3], [1, 1], [2, 0]])), call(ANY, 0, np.array([[2, 0, 1, 1]])), call(NUMBER, 0, FIRST), call(NUMBER, -1, FIRST[None]), call(VECTOR, 0, np.array(2))], "index_select": [call(ANY, 1, PLACES), call(ANY, 0, PLACES), call(NUMBER, 0, FIRST[None]), call(ANY, 1, FIRST)], "take": [call(ANY, np.array([[0, -1], [5, 5]]))],
    "masked_select": [call(ANY, MASK, _batch=False)], "nonzero": [call(WHOLE, _batch=False), call(MASK, _batch=False)], "masked_fill": [call(ANY, MASK, 0.5), call(ANY, MASK, NUMBER)], "masked_scatter": [call(ANY, MASK, CUBE, _batch=False)],
    "scatter": [call(ANY, 1, np.array([[0, 3], [1, 2], [2, 0]]), ANY[:, :2] * 2), call(ANY, 0, np.array([[2, 0, 1, 1]]), 0.5), call(NUMBER, 0, FIRST[None], VECTOR), call(VECTOR, 0, FIRST, NUMBER)], "scatter_add": [call(ANY, 1, np.array([[0, 0], [1, 1], [2, 0]]), ANY[:, :2] * 2), call(NUMBER, 0, np.array([0, 0]), VECTOR), call(VECTOR, 0, FIRST[None], NUMBER)],
    "index_add": [call(ANY, 0, PLACES, ANY[:2] * 2), call(ANY, 1, PLACES, ANY[:, :2] * 2)], "index_copy": [call(ANY, 0, PLACES, ANY[:2] * 2)], "index_fill": [call(ANY, 1, PLACES, 0.5), call(ANY, 1, PLACES, NUMBER)],
}  # fmt: skip
PRODUCTS = {
    "bmm": [call(CUBE, CUBE.transpose(0, 2, 1).copy())],
    "mm": [call(ANY, ANY.T.copy())],
    "mv": [call(ANY, VECTOR)],
    "dot": [call(VECTOR, OTHER), call(COMPLEX, COMPLEX[::-1].copy())],
}
IMAGE, KERNEL = (
    (np.random.default_rng(0).permutation(100) / 37 - 1.3).reshape(2, 2, 5, 5),
    np.cos(np.arange(3 * 2 * 9.0)).reshape(3, 2, 3, 3),
)
LINE, TAPS = IMAGE.reshape(2, 2, 25)[..., :7].copy(), KERNEL[:, :, 0].copy()
SPACE, BOX = (
    (np.random.default_rng(1).permutation(54) / 23 - 1.1).reshape(1, 2, 3, 3, 3),
    np.cos(np.arange(3 * 2 * 8.0)).reshape(3, 2, 2, 2, 2),
)
BIAS = np.array([0.3, -0.2, 0.1])
CONVOLUTIONS = {
    "conv1d": [call(LINE, TAPS, BIAS), call(LINE, TAPS, stride=2, padding=1)], "conv2d": [call(IMAGE, KERNEL, BIAS), call(IMAGE, KERNEL, stride=2, padding=1)], "conv3d": [call(SPACE, BOX, BIAS)],
    "conv_transpose1d": [call(LINE, TAPS.transpose(1, 0, 2).copy())], "conv_transpose2d": [call(IMAGE[:1], KERNEL.transpose(1, 0, 2, 3).copy(), stride=2)], "conv_transpose3d": [call(SPACE, BOX.transpose(1, 0, 2, 3, 4).copy())],
    "max_pool1d": [call(LINE, 2)], "max_pool2d": [call(IMAGE, 2), call(IMAGE, 3, 1, 1)], "max_pool3d": [call(SPACE, 2)], "avg_pool1d": [call(LINE, 2)], "adaptive_avg_pool1d": [call(LINE, 3)],
}  # fmt: skip
F = {
    **CONVOLUTIONS, "cosine_similarity": REDUCTIONS["cosine_similarity"], "avg_pool2d": [call(IMAGE, 2), call(IMAGE, 3, 2, 1)], "avg_pool3d": [call(SPACE, 2)], "adaptive_avg_pool2d": [call(IMAGE, 2)], "adaptive_avg_pool3d": [call(SPACE, 2)],
    "adaptive_max_pool1d": [call(LINE, 3)], "adaptive_max_pool2d": [call(IMAGE, 2)], "adaptive_max_pool3d": [call(SPACE, 2)], "lp_pool1d": [call(np.abs(LINE), 2, 2)], "lp_pool2d": [call(np.abs(IMAGE), 2, 2)], "lp_pool3d": [call(np.abs(SPACE), 2, 2)],
    "l1_loss": [call(ANY, ANY * 0.4), call(ANY, ANY * 0.4, reduction="sum")], "mse_loss": [call(ANY, ANY * 0.4), call(ANY, ANY * 0.4, reduction="none")], "huber_loss": [call(ANY, ANY * 0.4), call(ANY, ANY * -1.4, delta=0.5)],
    "smooth_l1_loss": [call(ANY, ANY * 0.4), call(ANY, ANY * -1.4, beta=0.5)], "normalize": [call(ANY), call(ANY, 3, 0)], "one_hot": [call(np.array([0, 2, 1]), 4, _batch=False)],
    "pad": [call(ANY, (1, 2)), call(IMAGE, (1, 1, 2, 0), mode="reflect")], "fold": [call(IMAGE.reshape(2, 2, 25)[:, :, :24].reshape(1, 8, 12)[..., :4].copy(), (3, 3), 2)], "unfold": [call(IMAGE, 2), call(IMAGE, 3, stride=2, padding=1)],
}  # fmt: skip
CALLS = (
    REDUCTIONS | VIEWS | PICKS | PRODUCTS | CONVOLUTIONS | {f"nn.functional.{name}": calls for name, calls in F.items()}
)

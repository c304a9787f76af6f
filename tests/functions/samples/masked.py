"""Calls of torch.masked."""

import numpy as np
from tests.functions.calls import Named, call

ANY = np.array([[1.3, -0.7, 2.6, 0.4], [0.2, 3.1, -1.9, 1.1], [2.2, 0.8, -0.3, 0.9]])
MASK = np.array([[True, False, True, True], [False, True, True, True], [True, True, False, True]])
HOLES = np.array([[True, False, True, False], [False] * 4, [True] * 4])
ROW = np.array([True, False, True, True])
WHOLE = np.array([[3, 1, 2], [5, 4, 6]])
WHOLE_MASK = np.array([[True, False, True], [False, True, True]])


NAN = "nan where the mask holds nowhere"


def reduced(*, whole=True, several=True, differs=""):
    calls = [
        call(ANY, 1, mask=MASK), call(ANY, 1, mask=ROW), call(ANY, 1), call(ANY, 1, keepdim=True, mask=MASK),
        call(ANY, 1, mask=HOLES, _smooth=False, _differs=differs), call(ANY, 1, dtype=Named("float64"), mask=MASK),
    ]  # fmt: skip
    if several:
        calls += [call(ANY, mask=MASK), call(ANY), call(ANY, (0, 1), mask=MASK)]
    if whole:
        calls.append(call(WHOLE, 1, mask=WHOLE_MASK))
    return calls


def along():
    return [call(ANY, 1, mask=MASK), call(ANY, 1, mask=ROW), call(ANY, 1), call(ANY, 1, mask=HOLES, _smooth=False)]


SPREADS = [*reduced(whole=False, differs=NAN), call(ANY, 1, False, mask=MASK), call(ANY, 1, correction=0, mask=MASK)]
M = {
    "sum": reduced(), "prod": reduced(), "amax": reduced(), "amin": reduced(),
    "mean": [*reduced(whole=False), call(WHOLE, 1, mask=WHOLE_MASK, _raises="mean(): Could not infer output dtype. Input dtype must be either")],
    "var": SPREADS, "std": SPREADS,
    "argmax": [call(WHOLE, 1, mask=WHOLE_MASK), call(WHOLE, mask=WHOLE_MASK), call(WHOLE, 1, keepdim=True), call(WHOLE, 0, mask=WHOLE_MASK)],
    "argmin": [call(WHOLE, 1, mask=WHOLE_MASK), call(WHOLE, mask=WHOLE_MASK), call(WHOLE, 1, keepdim=True), call(WHOLE, 0, mask=WHOLE_MASK)],
    "median": [call(ANY, 1, mask=MASK), call(ANY, mask=MASK), call(ANY), call(ANY, 1, keepdim=True, mask=MASK)],
    "logsumexp": [call(ANY, 1, mask=MASK), call(ANY, 1), call(ANY, (0, 1), keepdim=True, mask=MASK)],
    "cumsum": [*along(), call(WHOLE, 1, mask=WHOLE_MASK)], "cumprod": [*along(), call(WHOLE, 1, mask=WHOLE_MASK)],
    "softmax": along()[:3], "log_softmax": [call(ANY, 1), call(ANY, 1, mask=MASK, _view=lambda y: y.exp())], "softmin": along()[:3],
    "norm": [call(ANY, 2, 1, mask=MASK), call(ANY, 1.0, 1, mask=MASK), call(ANY, 3, mask=MASK), call(ANY, float("inf"), 1, mask=MASK), call(ANY, 0, 1, mask=MASK, _smooth=False), call(ANY, 2, 0, keepdim=True)],
    "normalize": [call(ANY, 2, 1, mask=MASK), call(ANY, 1.0, 0, mask=MASK), call(ANY, 2, 1)],
    "logaddexp": [call(ANY, ANY * 0.4), call(ANY, ANY * 0.4, input_mask=MASK, _differs=NAN), call(ANY, ANY * 0.4, input_mask=MASK, other_mask=~MASK, _differs=NAN)],
}  # fmt: skip
CALLS = {f"masked.{name}": calls for name, calls in M.items()}

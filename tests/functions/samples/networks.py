"""Calls of whole recurrent networks, and of the functions that layers call."""

import numpy as np
from tests.functions.calls import Constant, call

DRAW = np.random.default_rng(3)
X = np.round(DRAW.normal(size=(3, 2, 2)), 2)
ROWS = np.round(DRAW.normal(size=(2, 4, 3)), 2)
FLAT = np.round(DRAW.normal(size=(5, 3)), 2)
W3, B3, W4 = np.array([0.5, -1.0, 2.0]), np.array([0.1, 0.2, -0.3]), np.array([1.0, -0.5, 2.0, 0.3])
MEAN, VAR = Constant(np.array([0.1, -0.2, 0.0])), Constant(np.array([0.5, 1.5, 1.0]))
TABLE = np.round(DRAW.normal(size=(5, 2)), 2)
NUMBERS, STARTS = np.array([1, 2, 4, 2]), np.array([0, 2])


def first(*results):
    """The only result through which a gradient flows."""
    return results[0]


def weights(gates, layers, *, biased=True, features=2, hidden=3, directions=1, projected=0):
    """Weights of a network, in PyTorch's order."""
    found = []
    for layer in range(layers):
        width = features if layer == 0 else (projected or hidden) * directions
        for _ in range(directions):
            shapes = [(gates * hidden, width), (gates * hidden, projected or hidden)]
            shapes += [(gates * hidden,)] * 2 if biased else []
            shapes += [(projected, hidden)] if projected else []
            found += [np.round(DRAW.normal(size=shape) / 2, 2) for shape in shapes]
    return found


def state(layers, batch=2, hidden=3):
    return np.round(DRAW.normal(size=(layers, batch, hidden)), 2)


def networks(gates):
    """Calls of a network with one state."""
    packed = np.round(DRAW.normal(size=(5, 2)), 2)
    return [
        call(X, state(1), weights(gates, 1), True, 1, 0.0, False, False, False),
        call(X, state(2, 3), weights(gates, 1, biased=False, directions=2), False, 1, 0.0, True, True, True),
        call(packed, np.array([2, 2, 1]), state(2), weights(gates, 2), True, 2, 0.0, False, False, _batch=False),
        call(X, state(1), weights(gates, 1)[:-1], True, 1, 0.0, False, False, False, _raises="got an incorrect number of RNN"),
        call(X, state(1), weights(gates, 2), True, 2, 0.0, False, False, False, _raises="Expected more hidden states in"),
    ]  # fmt: skip


CALLS = {
    "gru": networks(3),
    "rnn_tanh": networks(1),
    "rnn_relu": networks(1),
    "lstm": [
        call(X, (state(1), state(1)), weights(4, 1), True, 1, 0.0, False, False, False),
        call(X, (state(2), state(2)), weights(4, 2), True, 2, 0.0, True, False, False),
        call(X, (state(1, hidden=2), state(1)), weights(4, 1, projected=2), True, 1, 0.0, False, False, False),
        call(X, (state(1),), weights(4, 1), True, 1, 0.0, False, False, False, _raises="lstm expects two hidden states"),
    ],
    "native_layer_norm": [call(ROWS, (3,), W3, B3, 1e-5, _view=first), call(ROWS, (4, 3), None, None, 0.1, _view=first)],
    "native_batch_norm": [
        call(FLAT, W3, B3, None, None, True, 0.1, 1e-5, _view=first), call(FLAT, None, B3, MEAN, VAR, False, 0.1, 0.1, _view=first),
    ],
    "native_group_norm": [call(ROWS, W4, None, 2, 4, 3, 2, 1e-5, _view=first), call(ROWS, None, None, 2, 4, 3, 1, 0.1, _view=first)],
    "convolution": [
        call(ROWS, np.ones((2, 4, 2)), None, [1], [0], [1], False, [0], 1),
        call(ROWS, np.ones((4, 2, 2)), np.array([0.5, 1.0]), [2], [1], [1], True, [1], 1),
        call(ROWS[:, :, :, None], np.ones((4, 2, 2, 1)), None, [1, 1], [0, 0], [1, 1], False, [0, 0], 2),
    ],
    "embedding_bag": [
        call(TABLE, NUMBERS, STARTS, _batch=False, _view=first), call(TABLE, NUMBERS, STARTS, False, 1, _batch=False),
        call(TABLE, NUMBERS, STARTS, False, 2, _batch=False),
        call(TABLE, NUMBERS, STARTS, False, 0, False, np.array([0.5, 1.0, 2.0, -1.0]), _batch=False, _view=first),
    ],
}  # fmt: skip

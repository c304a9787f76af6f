"""Calls of the functions that draw random numbers; every call starts from the same seed."""

import numpy as np
from tests.functions.calls import call

ANY = np.linspace(-2.0, 3.0, 40).reshape(2, 5, 4)
ROW = np.array([-1.3, 0.4, 2.2, -0.6])
BAD = "dropout probability has to be between 0 and 1, but got"


def drawn(*args, **options):
    """A call that vmap cannot make, since it would draw once for all."""
    return call(*args, _batch=False, **options)


DROPOUT = [
    drawn(ANY, 0.3, _strided=True), drawn(ANY, p=0.9, _strided=True), drawn(np.array(1.5), 0.5), drawn(ANY, 1.0), call(ANY, 0.0), call(ANY, 0.5, False),
    call(np.zeros((0, 3)), 0.5),
]  # fmt: skip


def trained(calls):
    """The same calls with training=True where it is not said."""
    return [
        c if len(c.args) > 2 else call(*c.args, training=True, _batch=c.batch, _strided=c.strided, **c.options)
        for c in calls
    ]


def said(*args, **options):
    """Calls of a function of which p and train have to be said."""
    return [
        drawn(*args, 0.3, True, **options), call(*args, 0.3, False, **options), drawn(*args, 1.0, True, **options),
        call(*args, 1.5, True, _raises=BAD),
    ]  # fmt: skip


BY_CHANNEL = [drawn(ANY, 0.3), drawn(ANY, p=0.7, training=True), call(ANY, 0.5, False), drawn(ANY, 1.0)]
CALLS = {
    "nn.functional.dropout": [*DROPOUT, call(ANY, 1.5, _raises=BAD), call(ANY, -0.5, _raises=BAD)],
    "nn.functional.dropout1d": [
        *BY_CHANNEL, drawn(ANY[0], 0.3),
        call(ROW, _raises="dropout1d: Expected 2D or 3D input, but received a 1D input."),
    ],
    "nn.functional.dropout2d": [*BY_CHANNEL, drawn(ANY[None], 0.3), call(ANY, 2.0, _raises=BAD)],
    "nn.functional.dropout3d": [*BY_CHANNEL[:1], drawn(ANY[None], 0.3), drawn(ANY[None, :, None], 0.3)],
    "nn.functional.alpha_dropout": [*trained(DROPOUT), call(ANY), call(ANY, 1.5, _raises=BAD)],
    "nn.functional.feature_alpha_dropout": [
        *trained(BY_CHANNEL[:1]), drawn(ANY, 1.0, True), call(ANY),
        call(ROW, 0.5, True, _raises="Feature dropout requires at least 2 dimensions in the input"),
    ],
    **{name: said(ANY, _strided=True) for name in ["dropout", "dropout_", "alpha_dropout", "alpha_dropout_"]},
    **{
        name: [*said(ANY), call(ROW, 0.5, True, _raises="Feature dropout requires at least 2 dimensions in the input")]
        for name in ["feature_dropout", "feature_dropout_", "feature_alpha_dropout", "feature_alpha_dropout_"]
    },
    "native_dropout": [
        drawn(ANY, 0.3, True), call(ANY, 0.3, False), drawn(ANY, 0.3, None, _differs="it is not divided by 1 - p"), drawn(ANY, 1.0, True),
    ],
    "rrelu": [
        call(ROW), call(ROW, 0.2, 0.6), drawn(ROW, 0.2, 0.6, True), drawn(ANY, training=True),
        drawn(np.array([0.0, np.nan, -1.0]), training=True, _smooth=False),
        call(ROW, 0.6, 0.2, _raises="Lower bound should be less than or equal to the upper bound"),
        call(ROW, 0.6, np.inf, True, _raises="rrelu: upper bound must be finite, got inf"),
    ],
    "rrelu_": [call(ROW), drawn(ROW, 0.2, 0.6, True)],
    "nn.functional.rrelu": [call(ROW), drawn(ROW, 0.2, 0.6, True)],
    "nn.functional.rrelu_": [call(ROW), drawn(ROW, 0.2, 0.6, True)],
    "nn.functional.gumbel_softmax": [
        drawn(ROW), drawn(ANY, tau=0.5), drawn(ANY, dim=1), drawn(ANY, dim=0, hard=True, _smooth=False),
        drawn(np.array(0.5)),
    ],
}  # fmt: skip

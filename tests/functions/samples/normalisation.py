"""Calls of the normalisations."""

import numpy as np
from tests.functions.calls import Constant, call

rng = np.random.default_rng(7)
X = rng.normal(size=(2, 3, 4))
IMAGE = rng.normal(size=(2, 4, 3, 2))
W3, B3, W4, B4 = np.array([0.5, -1.2, 2.0]), np.array([0.1, 0.2, -0.3]), rng.normal(size=4), rng.normal(size=4)
FAR = X + 100
MEAN, VAR = Constant(np.array([0.3, -0.2, 0.1])), Constant(np.array([0.5, 2.0, 1.0]))
MIXED = "mixed dtype (CPU): all inputs must share same datatype."

LAYER = [
    call(X, (4,)), call(X, [3, 4]), call(X, (4,), W4, B4), call(X, (4,), W4), call(X, (4,), None, B4),
    call(X, (4,), eps=0.1), call(X[0, 0], (4,)), call(np.zeros((0, 4)), (4,)), call(np.ones((2, 4)), (4,), _smooth=False),
    call(X, (3,), _raises="Given normalized_shape=[3], expected input with shape [*, 3], but got input of size[2, 3, 4]"),
    call(X, (), _raises="Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element"),
    call(X, (4,), W3, _raises="Expected weight to be of same shape as normalized_shape, but got weight of shape [3]"),
    call(X, (4,), W4, B3, _raises="Expected bias to be of same shape as normalized_shape, but got bias of shape [3]"),
    call(X.astype(int), (4,), _raises="\"LayerNormKernelImpl\" not implemented for 'Long'"),
    call(X, 4, _raises="layer_norm(): argument 'normalized_shape' (position 2) must be tuple of ints, not int"),
]  # fmt: skip
RMS = [
    call(X, (4,)), call(X, [3, 4]), call(X, (4,), W4), call(X, (4,), W4, 0.1), call(np.zeros((0, 4)), (4,)),
    call(X, (3,), _raises="Given normalized_shape=[3], expected input with shape [*3], but got input of size[2, 3, 4]"),
    call(X, (4,), W3, _raises="Expected weight to be of same shape as normalized_shape"),
    call(X.astype(int), (4,), _raises="\"rms_norm\" not implemented for 'Long'"),
]  # fmt: skip
GROUP = [
    call(IMAGE, 2), call(IMAGE, 4), call(IMAGE, 1, W4, B4), call(IMAGE, 2, W4), call(IMAGE[:, :, 0, 0], 2, None, B4),
    call(IMAGE, num_groups=2, eps=0.5),
    call(X, 2, _raises="Expected number of channels in input to be divisible by num_groups, but got input of shape [2, 3"),
    call(W3, 1, _raises="Expected at least 2 dimensions for input tensor but received 1"),
    call(IMAGE, 2, W3, _raises="Expected weight to be a vector of size equal to the number of channels in input, but got"),
    call(IMAGE, 2, W4, B3, _raises="Expected bias to be a vector of size equal to the number of channels in input, but"),
    call(np.ones((1, 2)), 2, _raises="Expected more than 1 value per channel when training, got input size [1, 2]"),
    call(IMAGE.astype(int), 2, _raises="\"GroupNormKernelImpl\" not implemented for 'Long'"),
]  # fmt: skip
FLAT = X.reshape(8, 3)
CALLS = {
    "nn.functional.layer_norm": [*LAYER, call(FAR, (4,), _smooth=False)],
    "layer_norm": LAYER[:4],
    "nn.functional.rms_norm": RMS,
    "rms_norm": RMS[:4],
    "nn.functional.batch_norm": [
        call(X, None, None, training=True), call(X, None, None, W3, B3, True), call(FLAT, None, None, W3, None, True),
        call(X, MEAN, VAR), call(X, MEAN, VAR, W3, B3), call(FLAT, MEAN, VAR, None, B3, eps=0.1),
        call(X, MEAN, VAR, W3, B3, True, _batch=False), call(X, None, None, training=True, eps=0.3),
        call(X, MEAN, VAR, W3, B3, training=True, momentum=0.7, _batch=False),
        call(np.zeros((0, 3)), None, None, training=True, _smooth=False),
        call(X, None, None, _raises="running_mean must be defined in evaluation mode"),
        call(X, MEAN, None, _raises="running_var must be defined in evaluation mode"),
        call(X, Constant(W4), Constant(W4), _raises="running_mean should contain 3 elements not 4"),
        call(X, MEAN, Constant(W4), _raises="running_var should contain 3 elements not 4"),
        call(X, MEAN, VAR, W4, _raises="weight should contain 3 elements not 4"),
        call(X, MEAN, VAR, W3, W4, _raises="bias should contain 3 elements not 4"),
        call(X, MEAN, None, training=True, _raises="running_mean and running_var must either both be None or neither be"),
        call(X[:1, :, 0], MEAN, VAR, training=True, _raises="Expected more than 1 value per channel when training, got"),
        call(X, MEAN, VAR, eps=-1.0, _raises="batch_norm eps must be non-negative, but got -1.0"),
        call(X, MEAN, VAR, training=True, eps=0.0, _raises="batch_norm eps must be positive during training, but got 0.0"),
        call(X.astype(int), None, None, training=True, _raises="\"batch_norm\" not implemented for 'Long'"),
    ],
    "batch_norm": [
        call(X, W3, B3, None, None, True, 0.1, 1e-5, False), call(X, W3, B3, MEAN, VAR, False, 0.1, 1e-5, False),
    ],
    "nn.functional.instance_norm": [
        call(X), call(X, weight=W3, bias=B3), call(IMAGE, weight=W4), call(X, eps=0.2),
        call(X, MEAN, VAR, W3, B3, _batch=False), call(X, MEAN, VAR, W3, B3, use_input_stats=False),
        call(X[:, :, :1], _raises="Expected more than 1 spatial element when training, got input size torch.Size([2, 3, 1])"),
        call(X, use_input_stats=False, _raises="Expected running_mean and running_var to be defined when use_input_stats"),
        call(X, Constant(W4), Constant(W4), _raises="running_mean should contain 6 elements not 8"),
        call(X, weight=W4, _raises="weight should contain 6 elements not 8"),
        call(X, MEAN, _raises="running_mean and running_var must either both be None or neither be None"),
    ],
    "instance_norm": [call(X, W3, B3, None, None, True, 0.1, 1e-5, False)],
    "nn.functional.group_norm": GROUP,
    "group_norm": GROUP[:3],
    "nn.functional.local_response_norm": [
        call(X, 2), call(X, 3, 0.5), call(IMAGE, 2, 0.5, 0.5, 2.0), call(X, size=1, alpha=2.0), call(X, 5, 0.7),
        call(np.zeros((2, 3, 0)), 2),
        call(X[0], 2, _raises="Expected 3D or higher dimensionality                          input (got 2 dimensions)"),
    ],
}  # fmt: skip

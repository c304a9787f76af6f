"""Calls of the functions on the bits of numbers, and of the questions about elements."""

import numpy as np
from tests.functions.calls import Named, call

ANY = np.array([[-2.3, -1.2, -0.4], [0.3, 0.8, 2.6]])
SECOND = np.array([[1.7, -0.9, 0.55]])
COMPLEX = np.array([1.2 - 0.7j, -0.4 + 1.1j])
WHOLE = np.array([[12, -18, 0], [7, 1, -64]])
STEPS = np.array([1, 0, 3])
FAR = np.array([70, -1, 63])
MASK = np.array([[True, False, True], [False, False, True]])
EDGES = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 1e-310, 1e300])
EMPTY = np.zeros((0, 3))
TINY = EMPTY.astype(np.int64)
SHORT = WHOLE.astype(np.int16)
BYTES = np.array([200, 3, 17], np.uint8)


def both(name):
    return [
        call(WHOLE, WHOLE[::-1].copy()), call(WHOLE, 5), call(5, WHOLE), call(MASK, MASK[0]), call(TINY, STEPS),
        call(SHORT, STEPS), call(BYTES, 9),
        call(ANY, ANY, _raises=f"\"{name}_cpu\" not implemented for 'Double'"),
    ]  # fmt: skip


def shifts(name):
    return [
        call(WHOLE, STEPS), call(WHOLE, 2), call(3, STEPS), call(WHOLE, FAR), call(SHORT, FAR.astype(np.int16)),
        call(BYTES, 2), call(BYTES, FAR[::2].astype(np.uint8)[:1]), call(TINY, STEPS), call(MASK, 1),
        call(ANY, 2, _raises=f"\"{name}_cpu\" not implemented for 'Double'"),
        call(MASK, MASK, _raises=f"\"{name}_cpu\" not implemented for 'Bool'"),
    ]  # fmt: skip


def divisors(name):
    return [
        call(WHOLE, STEPS), call(WHOLE, WHOLE[::-1].copy()), call(SHORT, WHOLE), call(WHOLE, MASK), call(TINY, STEPS),
        call(np.array(12), np.array(18)), call(BYTES, BYTES[::-1].copy()),
        call(ANY, ANY, _raises=f"\"{name}_cpu\" not implemented for 'Double'"),
        call(WHOLE, 6, _raises=f"{name}(): argument 'other' (position 2) must be Tensor, not int"),
    ]  # fmt: skip


COMPARED = [call(ANY, SECOND), call(ANY, 0.3), call(WHOLE, ANY), call(EDGES, EDGES, _smooth=False)]
CALLS = {
    "bitwise_and": both("bitwise_and"), "bitwise_or": both("bitwise_or"), "bitwise_xor": both("bitwise_xor"),
    "bitwise_not": [
        call(WHOLE), call(MASK), call(BYTES), call(TINY), call(ANY, _raises="\"bitwise_not_cpu\" not implemented for 'Double'"),
    ],
    "bitwise_left_shift": shifts("lshift"), "bitwise_right_shift": shifts("rshift"),
    "Tensor.__lshift__": [call(WHOLE, 2), call(MASK, 1)], "Tensor.__rshift__": [call(WHOLE, 2)],
    "Tensor.__rlshift__": [call(STEPS, 3)], "Tensor.__rrshift__": [call(STEPS, 30)],
    "Tensor.__ilshift__": [call(WHOLE, 2)], "Tensor.__irshift__": [call(WHOLE, 2)],
    "gcd": divisors("gcd"), "lcm": divisors("lcm"),
    "logical_xor": [
        call(ANY, SECOND), call(MASK, ~MASK), call(WHOLE, MASK), call(COMPLEX, COMPLEX), call(EDGES, EDGES[::-1].copy()), call(EMPTY, EMPTY),
        call(ANY, 1.5, _raises="logical_xor(): argument 'other' (position 2) must be Tensor, not float"),
    ],
    "signbit": [call(ANY), call(WHOLE), call(MASK), call(EDGES), call(BYTES)],
    "copysign": [
        call(ANY, SECOND), call(ANY, -2.0), call(ANY, 3), call(WHOLE, -1), call(WHOLE, ANY), call(MASK, MASK), call(EMPTY, SECOND), call(np.array(1.5), SECOND),
        call(EDGES, -EDGES, _smooth=False, _differs="nan where the ratio of nan or inf is"),
    ],
    "heaviside": [
        call(ANY, SECOND, _derives=False), call(WHOLE, STEPS), call(np.array([0.0, -0.0, 1.0]), ANY, _derives=False), call(EMPTY, SECOND, _derives=False),
        call(EDGES, np.array(0.5), _derives=False, _smooth=False), call(MASK, MASK),
        call(ANY, STEPS, _raises="heaviside is not yet implemented for tensors with different dtypes."),
    ],
    "nextafter": [
        call(ANY, SECOND), call(EMPTY, SECOND), call(EDGES, EDGES[::-1].copy(), _smooth=False, _differs="0 at 0 for both"),
        call(WHOLE, WHOLE, _raises="\"nextafter_cpu\" not implemented for 'Long'"),
        call(ANY, 2.0, _raises="nextafter(): argument 'other' (position 2) must be Tensor, not float"),
    ],
    "frexp": [
        call(ANY), call(np.array(1.4)), call(EMPTY), call(np.array([np.inf, np.nan, 0.0, 1e-310]), _smooth=False, _view=lambda m, e: m),
        call(WHOLE, _raises="torch.frexp() only supports floating-point dtypes"),
    ],
    "ldexp": [call(ANY, STEPS), call(ANY, SECOND), call(WHOLE, STEPS), call(EMPTY, STEPS), call(COMPLEX, COMPLEX)],
    "float_power": [
        call(np.abs(ANY), SECOND), call(np.abs(ANY), 2), call(2, ANY), call(WHOLE, STEPS), call(COMPLEX, 2), call(ANY, COMPLEX[0]), call(MASK, 2), call(EMPTY, 2),
        call(ANY, 1.5, _smooth=False),
    ],
    "deg2rad": [call(ANY * 50), call(WHOLE), call(MASK), call(EMPTY)],
    "rad2deg": [call(ANY), call(WHOLE), call(MASK), call(EMPTY)],
    "rsub": [
        call(ANY, SECOND), call(ANY, 2), call(ANY, 2.5, alpha=3), call(WHOLE, WHOLE, alpha=2), call(COMPLEX, 1.0), call(EMPTY, SECOND),
        call(MASK, MASK, _raises="Subtraction, the `-` operator, with two bool tensors is not supported."),
        call(MASK, 1, _raises="Subtraction, the `-` operator, with a bool tensor is not supported."),
    ],
    "fill": [
        call(ANY, 3), call(ANY, np.array(2.5)), call(WHOLE, 2.5), call(COMPLEX, 1j), call(MASK, 0), call(EMPTY, 1.0),
        call(ANY, SECOND, _raises="fill_ only supports 0-dimension value tensor but got tensor with 2 dimensions."),
    ],
    **dict.fromkeys(["greater", "greater_equal", "less", "less_equal", "not_equal"], COMPARED),
    "isinf": [call(EDGES), call(COMPLEX), call(WHOLE), call(MASK), call(EMPTY), call(np.array([complex(1, np.inf), 1j]))],
    **{name: [call(EDGES), call(WHOLE), call(MASK), call(EMPTY)]
       for name in ["isposinf", "isneginf"]},
    "isin": [
        call(ANY, SECOND), call(WHOLE, STEPS), call(WHOLE, STEPS, invert=True), call(WHOLE, 7), call(1.0, STEPS), call(WHOLE, np.zeros(0)), call(TINY, STEPS),
        call(STEPS, STEPS, assume_unique=True), call(WHOLE, np.zeros(0), invert=True),
        call(MASK, MASK, _raises="Unsupported input type encountered for isin(): Bool"),
    ],
    "result_type": [call(WHOLE, 1.0, _view=str), call(BYTES, WHOLE, _view=str), call(1, 2, _view=str), call(np.array(1), MASK, _view=str)],
    "can_cast": [
        call(Named("float64"), Named("float32")), call(Named("float32"), Named("int32")), call(Named("int64"), Named("uint8")),
        call(Named("bool"), Named("complex64")), call(Named("complex64"), Named("float64")),
    ],
    "is_nonzero": [
        call(np.array([0.5])), call(np.array(0)), call(np.array([[False]])),
        call(ANY, _raises="Boolean value of Tensor with more than one value is ambiguous"),
        call(np.zeros(0), _raises="Boolean value of Tensor with no values is ambiguous"),
        call(3, _raises="is_nonzero(): argument 'input' (position 1) must be Tensor, not int"),
    ],
    "is_tensor": [call(ANY), call(3), call([1.0])], "is_storage": [call(ANY), call(3)],
    "is_signed": [call(ANY), call(WHOLE), call(MASK), call(BYTES)],
    "is_neg": [call(ANY)], "resolve_neg": [call(ANY), call(COMPLEX)], "is_distributed": [call(ANY)],
    "is_same_size": [call(ANY, ANY), call(ANY, SECOND)], "numel": [call(ANY), call(EMPTY), call(3, _raises="numel(): argument 'input' (position 1) must be Tensor, not int")],
    "get_device": [call(ANY)], "typename": [call(BYTES), call(WHOLE), call(3), call("word")],
}  # fmt: skip
for name in ["is_nonzero"]:
    CALLS[name] = [c if c.raises else call(*c.args, _batch=False) for c in CALLS[name]]

"""Tables of what tests compile: makers by name, and which of them stay as they are; and results told to be compared."""

import sys

import pytest

import wengert as torch


class Makers(dict):
    """Functions by name, which a decorator puts here; each makes anew what a test needs.

    Attributes:
        reasons: for those whose function is not compiled, a part of the reason.
    """

    def __init__(self):
        super().__init__()
        self.reasons = {}

    def add(self, make):
        self[make.__name__] = make
        return make

    def not_compiled(self, reason):
        def add(make):
            self.reasons[make.__name__] = reason
            return self.add(make)

        return add


def told(value):
    """A result as nested lists that tell types, dtypes, elements and whether there is a history."""
    if isinstance(value, torch.Tensor):
        history = None if value.grad_fn is None else "a history"
        return str(value.dtype), value.tolist(), value.requires_grad, value.is_leaf, history
    if isinstance(value, dict):
        return type(value).__name__, [(told(key), told(each)) for key, each in value.items()]
    if isinstance(value, (list, tuple, set)):
        return type(value).__name__, [told(each) for each in value]
    return type(value).__name__, value


def close(a, b):
    """Whether two nests are alike, numbers to within the rounding of float32."""
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(close, a, b))
    return a == pytest.approx(b, rel=1e-4, abs=1e-6) if isinstance(a, (float, complex)) else a == b


def T(v):
    return torch.full((2,), float(v))


def L(v):
    return T(v).requires_grad_()


def either_way(make):
    """What a way gives with functions as they are, and with compiled ones."""
    found = []
    for compiled in (lambda function: function, torch.compile):
        torch.manual_seed(0)
        try:
            found.append(make(compiled))
        finally:
            torch.set_grad_enabled(True)
            sys.setswitchinterval(0.005)
    return found

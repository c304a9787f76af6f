"""Writing what a Python function makes of the elements: apply_, map_; and resize_as_ as a function."""

import pytest

import wengert as torch

CASES = {
    "floats": (lambda: torch.arange(3.0).apply_(lambda x: x * x + 1), [1.0, 2.0, 5.0], torch.float32),
    "integers are cut": (lambda: torch.arange(3).apply_(lambda x: x * 1.5), [0, 1, 3], torch.int64),
    "truth": (lambda: torch.tensor([True]).apply_(lambda x: not x), [False], torch.bool),
    "bfloat16": (lambda: torch.ones(1, dtype=torch.bfloat16).apply_(lambda x: x + 1), [2.0], torch.bfloat16),
    "complex": (lambda: torch.tensor([1j]).apply_(lambda x: x * x), [-1 + 0j], torch.complex64),
    "none": (lambda: torch.ones(0).apply_(lambda x: 1 / 0), [], torch.float32),
    "two": (lambda: torch.arange(3.0).map_(torch.ones(3), lambda x, y: x + 2 * y), [2.0, 3.0, 4.0], torch.float32),
    "broadcast": (lambda: torch.arange(3.0).map_(torch.ones(1), lambda x, y: x + y), [1.0, 2.0, 3.0], torch.float32),
}
ERRORS = {
    "Can't call apply_() on Variable that requires grad. Use var.detach().apply_() instead.": (
        lambda: torch.ones(1, requires_grad=True).apply_(lambda x: x)
    ),
    "Can't call map_() on Variable that requires grad. Use var.detach().map_() instead.": (
        lambda: torch.ones(1).map_(torch.ones(1, requires_grad=True), lambda x, y: x)
    ),
    "'int' object is not callable": lambda: torch.ones(1).apply_(3),
    "must be real number, not str": lambda: torch.ones(1).apply_(lambda x: "q"),
    "map_(): argument 'other' (position 1) must be Tensor, not int": lambda: torch.ones(1).map_(3, lambda x, y: x),
    "map_: expected torch.FloatTensor for 'other' (got torch.LongTensor)": (
        lambda: torch.ones(1).map_(torch.ones(1, dtype=torch.int64), lambda x, y: x)
    ),
    "The expanded size of the tensor (3) must match the existing size (2) at non-singleton dimension 0.": (
        lambda: torch.ones(3).map_(torch.ones(2), lambda x, y: x)
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_elements_are_what_the_function_made_of_them(case):
    make, expected, dtype = CASES[case]
    result = make()
    assert result.tolist() == expected
    assert result.dtype is dtype


def test_views_and_turned_tensors_are_written_in_place():
    base = torch.zeros(2, 3)
    base.t()[1].apply_(lambda x: x + 1)
    base.t().map_(torch.arange(6.0).view(3, 2), lambda x, y: x + y)
    assert base.tolist() == [[0.0, 3.0, 4.0], [1.0, 4.0, 5.0]]


@pytest.mark.parametrize("words", ERRORS)
def test_errors_begin_as_in_pytorch(words):
    with pytest.raises((RuntimeError, TypeError)) as found:
        ERRORS[words]()
    assert str(found.value).startswith(words)


def test_a_transform_has_no_values_for_it():
    with pytest.raises(RuntimeError, match="apply_: a Python function of the elements"):
        torch.vmap(lambda x: x.clone().apply_(abs))(torch.ones(2))


def test_a_tensor_takes_the_shape_of_another():
    x = torch.arange(4.0)
    assert torch.resize_as_(x, torch.ones(1, 2)) is x
    assert x.tolist() == [[0.0, 1.0]]

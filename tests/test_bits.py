"""What the tables of calls cannot say of the functions on bits."""

import pytest

import wengert as torch


def test_float_power_in_place_is_for_double_only():
    x = torch.tensor([4.0, 9.0], dtype=torch.float64)
    assert x.float_power_(0.5) is x
    assert x.tolist() == [2, 3]
    with pytest.raises(RuntimeError, match="the base given to float_power_ has dtype Float but the operation's result"):
        torch.ones(2).float_power_(2)


def test_inf_is_found_in_either_part_of_a_complex_number():
    assert torch.isinf(torch.tensor([complex(1, -torch.inf), 1j, complex(torch.inf, 0)])).tolist() == [
        True,
        False,
        True,
    ]


@pytest.mark.parametrize("name", ["signbit", "isposinf", "isneginf", "deg2rad", "rad2deg"])
def test_complex_numbers_have_no_sign(name):
    with pytest.raises((RuntimeError, NotImplementedError), match=f"{name} .*complex"):
        getattr(torch, name)(torch.tensor([1j]))

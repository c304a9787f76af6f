"""Every public function has calls, or a reason why it has none; and the page that says what is supported is fresh."""

import inspect

import pytest
from tests.functions import support
from tests.functions.calls import every_call, function_of
from tests.functions.exceptions import EXCEPTIONS

import wengert
import wengert.fft
import wengert.linalg
import wengert.nn.functional
import wengert.special

SPACES = {
    "": wengert, "nn.functional.": wengert.nn.functional, "linalg.": wengert.linalg, "fft.": wengert.fft,
    "special.": wengert.special, "masked.": wengert.masked,
}  # fmt: skip


def same(value):
    return id(inspect.unwrap(value))


def public():
    """The functions by the names they have in PyTorch."""
    found = {}
    for prefix, module in SPACES.items():
        for name in module.__all__:
            value = getattr(module, name)
            if callable(value) and not isinstance(value, type):
                found[f"{prefix}{name}"] = value
    for name, value in vars(wengert.Tensor).items():
        if name[0] != "_" and callable(value):
            found[f"Tensor.{name}"] = value
    return found


PUBLIC = public()
CALLED = set(every_call())
OBJECTS = {same(function_of(wengert, name)) for name in CALLED}
WORDS = {name.rpartition(".")[2] for name in CALLED}
"""A method is tried with the function of its name, and `name_` with `name`: by laws of their own."""


def has_calls(name, value):
    space, _, word = name.rpartition(".")
    if name in CALLED or same(value) in OBJECTS:
        return True
    return (space == "Tensor" or word.endswith("_")) and (word in WORDS or word.rstrip("_") in WORDS)


def test_every_public_function_has_calls_or_a_reason():
    missing = sorted(name for name, value in PUBLIC.items() if not has_calls(name, value))
    excused = {name for names in EXCEPTIONS.values() for name in names.split()}
    assert sorted(set(missing) - excused) == []
    assert sorted(excused - set(missing)) == [], "these are excused although they have calls, or are not there"


@pytest.mark.filterwarnings("ignore")
def test_the_page_of_what_is_supported_is_fresh():
    written = support.PAGE.read_text(encoding="utf-8")
    assert written == support.page(), "write it anew with: python -m tests.functions.support"

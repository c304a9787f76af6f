"""Fixed places of Python objects, and the function that says whether they hold what they held."""

import pytest

from wengert.compiler.holders import MANY, SHORT, Together, items
from wengert.compiler.places import (
    places_of_cells,
    places_of_function,
    places_of_list,
    places_of_names,
    unchanged,
)


def function_with_a_cell(value):
    def inner(scale=1.0, *, shift=0.0):
        return value * scale + shift

    def become(other):
        nonlocal value
        value = other

    def forget():
        nonlocal value
        del value

    return inner, become, forget


@pytest.mark.parametrize("name", ["rate", "{0}", "{", "}}", "it's", 'a "b"', "a\nb", "\\", "é", ""])
def test_names_of_any_spelling(name):
    namespace = {name: 0.5, "other": 1}
    same = unchanged(places_of_names([name], namespace))
    assert same()
    namespace["other"] = 2
    assert same()
    namespace[name] = 0.25
    assert not same()
    del namespace[name]
    assert not same()
    namespace[name] = 0.5
    assert same()


def test_a_cell_that_is_set_anew_or_emptied():
    first = object()
    inner, become, forget = function_with_a_cell(first)
    same = unchanged(places_of_cells(inner.__closure__))
    assert same()
    become(object())
    assert not same()
    become(first)
    assert same()
    forget()
    assert not same()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("__defaults__", (2.0,)),
        ("__kwdefaults__", {"shift": 1.0}),
        ("__code__", (lambda a=1.0, *, shift=0.0: a).__code__),
    ],
)
def test_a_function_that_becomes_another(name, value):
    def function(scale=1.0, *, shift=0.0):
        return scale + shift

    same = unchanged(places_of_function(function))
    assert same()
    setattr(function, name, value)
    assert not same()


@pytest.mark.parametrize(
    "change",
    [
        lambda values: values.append(None),
        lambda values: values.pop(),
        lambda values: values.clear(),
        lambda values: values.reverse(),
        lambda values: values.__setitem__(1, object()),
    ],
)
def test_a_list_that_changes(change):
    values = [object(), object(), object()]
    before = list(values)
    same = unchanged(places_of_list(values))
    assert same()
    change(values)
    assert not same()
    values[:] = before
    assert same()


def test_nothing_is_always_the_same():
    assert unchanged([])()


def test_what_was_held_is_let_go_without_a_collection():
    class Held:
        gone = False

        def __del__(self):
            Held.gone = True

    values = [Held()]
    same = unchanged(places_of_list(values))
    del values
    assert not Held.gone
    del same
    assert Held.gone


@pytest.mark.parametrize("lengths", [(SHORT, 3), (SHORT + 1, 3), (2, MANY // 2), (0, 5), (300, 2)])
def test_lists_of_any_length_and_number(lengths):
    long, count = lengths
    lists = [[object() for _ in range(long)] for _ in range(count)]
    together = Together([(list, values, None) for values in lists])
    assert together.same()
    for at in {0, count // 2, count - 1}:
        lists[at].append(None)
        assert not together.same()
        lists[at].pop()
        assert together.same()


@pytest.mark.parametrize("length", [1, SHORT, SHORT + 1, 300])
def test_what_moves_from_the_end_of_one_list_to_the_front_of_the_next(length):
    lists = [[object() for _ in range(length)] for _ in range(2)]
    together = Together([(list, values, None) for values in lists])
    lists[1].insert(0, lists[0].pop())
    assert not together.same()
    lists[0].append(lists[1].pop(0))
    assert together.same()


@pytest.mark.parametrize("count", [1, 300])
def test_dictionaries_of_any_length(count):
    mappings = [{i: object() for i in range(count)} for _ in range(2)]
    together = Together([(items, mapping, None) for mapping in mappings])
    assert together.same()
    before = mappings[1][0]
    mappings[1][0] = object()
    assert not together.same()
    mappings[1][0] = before
    assert together.same()
    mappings[0]["new"] = mappings[1].pop(count - 1)
    assert not together.same()

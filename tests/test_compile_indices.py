"""An index that points outside is refused when the function is compiled, mapped or staged as it is in eager mode."""

import pytest

import wengert as torch
from wengert.graph.stage import stage

X = torch.arange(6.0).reshape(2, 3)
LEFT = X[:, :2]


def written(index):
    """Zeros with a number at the places of an index."""
    x = torch.zeros(2, 3)
    x[:, index] = 2.0
    return x


FUNCTIONS = {
    "index_add": lambda index: torch.zeros(2, 3).index_add(1, index, LEFT),
    "index_copy": lambda index: torch.zeros(2, 3).index_copy(1, index, LEFT),
    "index_fill": lambda index: torch.zeros(2, 3).index_fill(1, index, 3.0),
    "index_reduce": lambda index: torch.zeros(2, 3).index_reduce(1, index, LEFT, "amax"),
    "index_select": lambda index: torch.index_select(X, 1, index),
    "scatter": lambda index: torch.zeros(2, 3).scatter(1, index[None], 5.0),
    "scatter of a vector": lambda index: torch.zeros(3).scatter(0, index, 5.0),
    "scatter and multiply": lambda index: torch.ones(2, 3).scatter(1, index[None], 5.0, reduce="multiply"),
    "scatter_add": lambda index: torch.zeros(2, 3).scatter_add(1, index[None], X),
    "scatter_reduce": lambda index: torch.zeros(2, 3).scatter_reduce(1, index[None], X, "sum"),
    "gather": lambda index: torch.gather(X, 1, index[None]),
    "take_along_dim": lambda index: torch.take_along_dim(X, index[None], 1),
    "take": lambda index: torch.take(X, index),
    "put": lambda index: torch.put(X, index, LEFT[0]),
    "index": lambda index: X[:, index],
    "written": written,
    "embedding": lambda index: torch.nn.functional.embedding(index, X.T),
    "cross_entropy": lambda index: torch.nn.functional.cross_entropy(X, index),
    "max_unpool1d": lambda index: torch.nn.functional.max_unpool1d(X[:1, None, :2], index[None, None], 2, 2),
}
MAPPED = ["index_add", "index_copy", "index_fill", "index_select", "scatter", "scatter of a vector", "scatter_add",
          "take_along_dim", "take", "put"]  # fmt: skip
INDICES = [[0, 1], [1, 2], [1, 5], [-1, 0], [0, 3], [2, -5], [1, 0], [-100, 1], [6, 0]]
"""In between those that are outside are some that are not, for what was compiled before runs again."""


def outcome(function, index):
    """What a function returns, or what it raises."""
    try:
        return function(index).tolist()
    except (RuntimeError, IndexError) as error:
        return type(error), str(error).splitlines()[0]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_compiled_function_refuses_the_indices_that_eager_mode_refuses(name):
    compiled = torch.compile(FUNCTIONS[name])
    for entries in INDICES:
        index = torch.tensor(entries)
        assert outcome(compiled, index) == outcome(FUNCTIONS[name], index), entries


@pytest.mark.parametrize("name", MAPPED)
@pytest.mark.parametrize("entries", INDICES)
def test_a_mapped_function_refuses_the_indices_that_eager_mode_refuses(name, entries):
    index = torch.tensor(entries)
    expected = outcome(FUNCTIONS[name], index)
    shown = outcome(torch.vmap(FUNCTIONS[name]), torch.stack([torch.tensor([0, 1]), index]))
    if isinstance(expected, tuple):
        assert shown == expected
    else:
        assert shown == [FUNCTIONS[name](torch.tensor([0, 1])).tolist(), expected]


def test_a_mapped_gather_names_the_dimension_behind_that_of_the_batch():
    index = torch.tensor([[0, 1], [0, 3]])
    error, words = outcome(torch.vmap(FUNCTIONS["gather"]), index)
    assert issubclass(error, RuntimeError)
    assert words == "index 3 is out of bounds for dimension 2 with size 3"


@pytest.mark.parametrize("name", ["index_add", "scatter", "scatter_add", "index_copy", "index_select", "take"])
def test_a_staged_function_refuses_an_index_that_is_outside(name):
    run = stage(FUNCTIONS[name])(torch.tensor([0, 1]))
    with pytest.raises((RuntimeError, IndexError), match="index"):
        run(torch.tensor([0, 77]))

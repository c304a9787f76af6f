"""What eager mode refuses for its values, compiled, mapped and staged functions refuse in the same words."""

import numpy as np
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
    "gradient of gather": lambda index: torch.func.grad(lambda x: torch.gather(x, 1, index[:, None]).sum())(X),
    "gradient of rows of gather": lambda index: torch.func.grad(lambda x: torch.gather(x, 1, index[None]).sum())(X),
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
    except (RuntimeError, IndexError, ValueError) as error:
        return type(error), str(error).splitlines()[0]


def assert_same(shown, expected, case):
    """The same error, or the same numbers to the digits that sums in another order keep."""
    if isinstance(expected, tuple) or isinstance(shown, tuple):
        assert shown == expected, case
    else:
        np.testing.assert_allclose(shown, expected, rtol=1e-6, err_msg=str(case))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_compiled_function_refuses_the_indices_that_eager_mode_refuses(name):
    compiled = torch.compile(FUNCTIONS[name])
    for entries in INDICES:
        index = torch.tensor(entries)
        assert_same(outcome(compiled, index), outcome(FUNCTIONS[name], index), entries)


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


F, T = torch.nn.functional, torch.tensor
HALVES, OUTSIDE, SINGULAR = T([0.5, 0.25]), T([1.5, -0.25]), T([0.0, 1.0])
ONES, TABLE = torch.ones(2), torch.ones(3, 2)
VALUES = {
    "quantile": (lambda x: torch.quantile(T([1.0, 2.0, 3.0]), x), HALVES, OUTSIDE),
    "bernoulli": (torch.bernoulli, HALVES, OUTSIDE),
    "normal": (lambda x: torch.normal(T([0.0, 0.0]), x), HALVES, OUTSIDE),
    "multinomial": (lambda x: torch.multinomial(x, 1), HALVES, OUTSIDE),
    "poisson": (torch.poisson, HALVES, OUTSIDE),
    "binary_cross_entropy": (lambda x: F.binary_cross_entropy(x, ONES), HALVES, OUTSIDE),
    "gaussian_nll_loss": (lambda x: F.gaussian_nll_loss(HALVES, ONES, x), HALVES, OUTSIDE),
    "Categorical": (lambda x: torch.distributions.Categorical(probs=x).log_prob(T(0)), HALVES, OUTSIDE),
    "Normal": (lambda x: torch.distributions.Normal(0.0, x).log_prob(T(0.0)), HALVES, OUTSIDE),
    "value of Beta": (lambda x: torch.distributions.Beta(ONES, ONES).log_prob(x), HALVES, OUTSIDE),
    "cholesky": (lambda x: torch.linalg.cholesky(torch.diag(x)), HALVES, OUTSIDE),
    "inv": (lambda x: torch.linalg.inv(torch.diag(x)), HALVES, SINGULAR),
    "solve": (lambda x: torch.linalg.solve(torch.diag(x), x), HALVES, SINGULAR),
    "matrix_power": (lambda x: torch.linalg.matrix_power(torch.diag(x), -1), HALVES, SINGULAR),
    "svdvals": (lambda x: torch.linalg.svdvals(torch.diag(x)), HALVES, T([float("nan"), 1.0])),
    "histc": (lambda x: torch.histc(x, 2), HALVES, T([float("inf"), 1.0])),
    "bincount": (lambda x: torch.bincount(x, minlength=4), T([1, 2]), T([-1, 2])),
    "repeat_interleave": (lambda x: torch.repeat_interleave(HALVES, x), T([1, 2]), T([-1, 2])),
    "one_hot": (lambda x: F.one_hot(x, 3), T([1, 2]), T([1, 5])),
    "quotient": (lambda x: T([4, 4]) // x, T([1, 2]), T([0, 2])),
    "nll_loss": (lambda x: F.nll_loss(torch.ones(2, 3), x), T([1, 2]), T([1, 3])),
    "multi_margin_loss": (lambda x: F.multi_margin_loss(torch.ones(2, 3), x), T([1, 2]), T([1, 3])),
    "multilabel_margin_loss": (lambda x: F.multilabel_margin_loss(ONES, x), T([1, -1]), T([1, 3])),
    "embedding_bag": (lambda x: F.embedding_bag(T([0, 1]), TABLE, x), T([0, 1]), T([1, 0])),
    "ctc_loss": (lambda x: F.ctc_loss(torch.zeros(4, 1, 3), T([[1, 2]]), x[:1], x[1:]), T([4, 2]), T([5, 2])),
    "segment_reduce": (lambda x: torch.segment_reduce(ONES, "sum", lengths=x), T([1, 1]), T([1, 2])),
    "an element": (lambda x: HALVES[x[0]], T([1, 2]), T([7, 1])),
    "a number": (lambda x: torch.topk(HALVES, int(x[0]))[0], T([1, 2]), T([3, 2])),
    "in place": (lambda x: torch.empty(2).exponential_(float(x[0])), HALVES, T([-1.0, 1.0])),
}
"""Functions, arguments that they take, and arguments that they refuse."""


@pytest.mark.parametrize("name", VALUES)
def test_a_compiled_function_refuses_the_values_that_eager_mode_refuses(name):
    function, good, bad = VALUES[name]
    compiled = torch.compile(function)
    assert isinstance(outcome(function, bad), tuple)
    for argument in (good, good, bad, good, bad):
        torch.manual_seed(0)
        shown = outcome(compiled, argument.clone())
        torch.manual_seed(0)
        assert_same(shown, outcome(function, argument.clone()), argument)


BOUND = {"histc", "multinomial", "poisson", "in place"}
"""Whose results NumPy makes of these values, or which Python reads: for other values the function itself runs."""

CHECKED = {
    **{name: (f, good) for name, (f, good, _) in VALUES.items() if good.is_floating_point() and name not in BOUND},
    "solve": (lambda x: torch.linalg.solve(torch.diag(x), ONES), HALVES),
    "inv": (lambda x: torch.linalg.inv(torch.diag(x)), HALVES),
    "cholesky": (lambda x: torch.linalg.cholesky(torch.diag(x)), HALVES),
    "torch.cholesky": (lambda x: torch.cholesky(torch.diag(x)), HALVES),
    "lu_factor": (lambda x: torch.linalg.lu_factor(torch.diag(x))[0], HALVES),
    "lstsq": (lambda x: torch.linalg.lstsq(torch.diag(x), ONES[:, None], driver="gelsd").solution, HALVES),
    "istft": (lambda x: torch.istft(torch.ones(3, 4) + 0j, 4, 1, window=x.repeat(2)), HALVES),
    "cov": (lambda x: torch.cov(torch.eye(2), aweights=x), HALVES),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", CHECKED)
def test_a_check_asks_for_no_more_than_it_needs(name):
    """So what was compiled for some values serves others that are not refused either."""
    function, good = CHECKED[name]
    compiled = torch.compile(function)
    for factor in (1, 1, 1, 1.25, 0.75):
        torch.manual_seed(0)
        shown = compiled(good * factor)
        torch.manual_seed(0)
        torch.testing.assert_close(shown, function(good * factor))
    assert compiled.cache_info().hits == 3

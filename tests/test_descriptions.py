"""Every public function has a docstring with an example, and the example prints what it says."""

import doctest
import inspect
import math

import pytest

import wengert
import wengert.autograd
import wengert.distributions
import wengert.fft
import wengert.func
import wengert.io
import wengert.linalg
import wengert.masked
import wengert.nn.functional
import wengert.optim
import wengert.signal.windows
import wengert.utils.data
import wengert.utils.tensorboard
from wengert.core.primitive import TABLE
from wengert.functions.catalog import IN_PLACE_FUNCTIONS
from wengert.functions.showing.descriptions import DESCRIPTIONS, NAMES, docstring

MODULES = [
    wengert,
    wengert.autograd,
    wengert.distributions,
    wengert.fft,
    wengert.func,
    wengert.io,
    wengert.linalg,
    wengert.masked,
    wengert.nn.functional,
    wengert.optim,
    wengert.optim.lr_scheduler,
    wengert.optim.swa_utils,
    wengert.signal.windows,
    wengert.utils.data,
    wengert.utils.tensorboard,
]

# As `import wengert` does, but pytest's own filters come first.
without_numpy_warnings = pytest.mark.filterwarnings(r"ignore::RuntimeWarning:wengert\.")


def public_names():
    """Every public function and class, with PyTorch's names for it."""
    found = {}
    for module in MODULES:
        for name in module.__all__:
            value = getattr(module, name)
            is_function = callable(value) and hasattr(value, "__name__")  # some objects can be called as well
            if is_function and name not in IN_PLACE_FUNCTIONS.split():  # the function of an in-place method
                path = f"{module.__name__}.{name}".replace("wengert", "torch", 1)
                found.setdefault(id(inspect.unwrap(value)), (value, []))[1].append(path)
    return list(found.values())


PUBLIC = public_names()


@without_numpy_warnings
@pytest.mark.parametrize("function", [pytest.param(value, id=names[0]) for value, names in PUBLIC])
def test_the_example_of_a_public_function_prints_what_it_says(function):
    assert inspect.getdoc(function), "it has no docstring"
    # no globals: what an example uses, it imports
    (example,) = doctest.DocTestFinder(recurse=False).find(function, function.__name__, globs={})
    assert example.examples, "its docstring has no example"
    printed = []
    result = doctest.DocTestRunner(verbose=False).run(example, out=printed.append)
    assert result.failed == 0, "".join(printed)


METHODS = [n for n, v in vars(wengert.Tensor).items() if n[0] != "_" and not inspect.ismemberdescriptor(v)]


@pytest.mark.parametrize("name", METHODS)
def test_a_method_of_tensor_has_a_docstring_and_a_name(name):
    method = vars(wengert.Tensor)[name]
    assert inspect.getdoc(method)
    assert getattr(method, "__name__", name) != "<lambda>"


def test_the_names_in_the_docstrings_of_rows_are_those_they_are_found_under():
    rows = {value.primitive.name: names for value, names in PUBLIC if hasattr(value, "primitive")}
    assert set(rows) == set(DESCRIPTIONS)
    assert set(NAMES) <= set(DESCRIPTIONS)
    for row, names in rows.items():
        assert docstring(row).splitlines()[-1] == f"PyTorch: {', '.join(names)}."


inf, nan = math.inf, math.nan

# the row, its operands, its value and its gradient for the first operand
EDGES = [
    ("multiply", (0.0, inf), nan, inf),
    ("divide", (1.0, 0.0), inf, inf),
    ("divide", (0.0, 0.0), nan, inf),
    ("power", (0.0, 0.0), 1.0, 0.0),
    ("power", (-8.0, 1 / 3), nan, nan),
    ("remainder", (7.0, 0.0), nan, 1.0),
    ("exp", (88.8,), inf, inf),
    ("log", (0.0,), -inf, inf),
    ("log", (-1.0,), nan, -1.0),
    ("log1p", (-1.0,), -inf, inf),
    ("sqrt", (0.0,), 0.0, inf),
    ("sqrt", (-1.0,), nan, nan),
    ("sin", (inf,), nan, nan),
    ("cos", (inf,), nan, nan),
    ("tanh", (20.0,), 1.0, 0.0),
    ("sigmoid", (-88.8,), 0.0, 0.0),
    ("sigmoid", (16.7,), 1.0, 0.0),
    ("absolute", (0.0,), 0.0, 0.0),
    ("sign", (nan,), 0.0, 0.0),
    ("floor", (1.5,), 1.0, 0.0),
    ("arcsin", (1.0,), math.pi / 2, inf),
    ("arccos", (1.0,), 0.0, -inf),
    ("arcsin", (2.0,), nan, nan),
    ("arccosh", (1.0,), 0.0, inf),
    ("arctanh", (1.0,), inf, inf),
    ("arctan2", (0.0, 0.0), 0.0, 0.0),
    ("hypot", (0.0, 0.0), 0.0, nan),
    ("xlogy", (0.0, 0.0), 0.0, 0.0),
    ("logaddexp", (-inf, -inf), -inf, nan),
    ("fmod", (7.0, 0.0), nan, 1.0),
    ("relu", (0.0,), 0.0, 0.0),
    ("maximum", (1.0, 1.0), 1.0, 0.5),
    ("minimum", (1.0, 1.0), 1.0, 0.5),
    ("maximum", (1.0, nan), nan, 1.0),
    ("minimum", (1.0, nan), nan, 1.0),
]


@without_numpy_warnings
@pytest.mark.parametrize(("row", "operands", "value", "gradient"), EDGES)
def test_the_edges_are_as_described(row, operands, value, gradient):
    x, *others = (wengert.tensor(operand, requires_grad=True) for operand in operands)
    result = TABLE[row].op(x, *others)
    result.backward()
    assert [result.item(), x.grad.item()] == pytest.approx([value, gradient], nan_ok=True)


@pytest.mark.parametrize("operands", [(0.0, 1.0), (1.0, 2.0), (nan, nan), (1.0, nan)])
def test_the_comparisons_with_nan_are_as_described(operands):
    x, y = (wengert.tensor(operand) for operand in operands)
    assert wengert.ne(x, y).item() == (not wengert.eq(x, y).item())
    if nan in operands:
        assert not any(f(x, y).item() for f in (wengert.eq, wengert.lt, wengert.le, wengert.gt, wengert.ge))


@pytest.mark.parametrize("name", ["remainder", "floor_divide", "fmod"])
def test_a_division_of_integers_by_0_raises_as_described(name):
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        getattr(wengert, name)(wengert.tensor(7), 0)

"""Native kernels compute what the reference interpreter computes, for every row that fits into a loop."""

import mpmath
import numpy as np
import pytest
from scipy import special

import wengert as torch
from wengert.compiler import Call, Nest, Product, native, partition, program, repeating
from wengert.compiler.passes import optimised
from wengert.core.primitive import TABLE
from wengert.func import grad, value_and_grad
from wengert.graph import interpret, stage
from wengert.testing import SAMPLES
from wengert.trees import leaves_of

pytest.importorskip("llvmlite", reason="native kernels need llvmlite")

POINTWISE = [name for name, row in TABLE.items() if row.family == "pointwise"]
WITHOUT_MACHINE_CODE = {
    "bitwise_and": "integers only",
    "bitwise_or": "integers only",
    "bitwise_xor": "integers only",
    "bitwise_not": "integers only",
    **dict.fromkeys(("left_shift", "right_shift", "gcd", "lcm"), "integers only"),
    **{name: "a family: staging it takes an order" for name in POINTWISE if TABLE[name].parameters},
}


CALLED = {
    "digamma", "entr", "erfcx", "erfinv", "gammaincc", "lgamma",
    "log_ndtr", "ndtri", "zeta", "nextafter", "mantissa", "exponent", "gamma_moved", "beta_moved",
}  # fmt: skip
"""Rows whose kernels are SciPy's, or NumPy's for single bits, which a program calls."""


LOOSE = {"erfc": 600, "ndtr": 600}
"""Where the NumPy kernel, SciPy's, is itself further off than machine code, which is held against mpmath below."""


def centred(x):
    mean = x.mean(1, keepdim=True)
    return (x - mean) * ((x - mean) ** 2).sum(1, keepdim=True)


def test_quick_values_are_computed_where_they_are_read():
    x = torch.randn(100, 200, dtype=torch.float64)
    graph = stage(centred)(x)
    steps = native(graph).steps
    assert sum(str(step).count("subtract") for step in steps) == 2, "in the sum and in the product"
    stored = [v for step in steps for v in step.outputs if v.spec.shape == (100, 200)]
    assert stored == graph.outputs
    np.testing.assert_allclose(native(graph)(x).numpy(), interpret(graph, x.numpy())[0], rtol=1e-10)


@pytest.mark.parametrize(
    ("function", "kept"),
    [
        (lambda x: torch.exp(x - x.mean(1, keepdim=True)) ** 2, "slow to compute again"),
        (lambda x: (x.sin() - x.cos()).exp() * (x.sin() - x.cos()).sum(), "made of two as large"),
    ],
)
def test_other_values_are_kept(function, kept):
    x = torch.randn(100, 200, dtype=torch.float64)
    graph = stage(lambda x: function(x) * function(x).sum(1, keepdim=True))(x)
    np.testing.assert_allclose(native(graph)(x).numpy(), interpret(graph, x.numpy())[0], rtol=1e-12, err_msg=kept)
    assert len([v for step in native(graph).steps for v in step.outputs if v.spec.shape == (100, 200)]) > 1, kept


@pytest.mark.parametrize(("bytes_cached", "times"), [(1 << 24, 1), (0, 2)])
def test_an_exponential_is_repeated_where_its_rows_were_gone_through(bytes_cached, times, monkeypatch):
    """All rows are added up before any is read again, so what is kept of them goes to memory."""
    monkeypatch.setattr(repeating, "HUGE", bytes_cached)

    def shares(x):
        powers = torch.exp(x - 1)
        return powers / powers.sum()

    x = torch.randn(100, 200, dtype=torch.float64)
    graph = stage(shares)(x)
    assert sum(str(step).count("exp(") for step in native(graph).steps) == times
    np.testing.assert_allclose(native(graph)(x).numpy(), interpret(graph, x.numpy())[0], rtol=1e-12)


def test_an_exponential_is_not_repeated_within_the_same_rows(monkeypatch):
    monkeypatch.setattr(repeating, "HUGE", 0)
    x = torch.randn(100, 200, dtype=torch.float64)
    steps = native(optimised(stage(lambda x: torch.softmax(x, 1))(x))).steps
    assert sum(str(step).count("exp(") for step in steps) == 1


def test_nothing_is_computed_that_nobody_reads(monkeypatch):
    """What is computed again where it is read leaves behind what only it has read."""
    monkeypatch.setattr(repeating, "HUGE", 0)
    x, index = torch.randn(100, 200), torch.randint(200, (100, 1))

    def slope(x, index):
        return grad(lambda x: torch.log_softmax(x, 1).gather(1, index).mean())(x)

    graph = optimised(stage(slope)(x, index))
    steps = native(graph).steps
    assert all(step.outputs for step in steps if isinstance(step, Nest))
    np.testing.assert_allclose(native(graph)(x, index).numpy(), slope(x, index).numpy(), rtol=1e-4, atol=1e-8)


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("sign", [1, -1])
def test_what_is_added_at_one_place_of_each_row_is_not_added_up(axis, sign):
    """Along the rows the sum is what was added; along the other axis it is a sum."""
    x, weights = torch.randn(4, 3), torch.randn(4, 1)
    index = torch.tensor([[2], [0], [1], [2]])

    def summed(x, weights, index):
        return grad(lambda x: (sign * x.gather(1, index) * weights).sum())(x).sum(axis)

    graph = stage(summed)(x, weights, index)
    assert "reduce_sum" in [e.primitive.name for e in graph.equations]
    names = [e.primitive.name for e in optimised(graph).equations]
    assert ("reduce_sum" in names) == (axis == 0)
    found = native(optimised(graph))(x, weights, index)
    np.testing.assert_allclose(found.numpy(), summed(x, weights, index).numpy(), rtol=1e-6)


def arrays_of(dtype, count=257):
    """Values over the whole range of a dtype, with the special ones, in two operands."""
    rng = np.random.default_rng(0)
    if dtype == np.bool_:
        return rng.integers(0, 2, (2, count)).astype(bool)
    if dtype.kind == "i":
        return rng.integers(-9, 10, (2, count)).astype(dtype)
    values = rng.normal(size=(2, count)) * 10.0 ** rng.integers(-6, 3, (2, count))
    special = [0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 0.5, np.finfo(dtype).tiny]
    pairs = np.array(np.meshgrid(special, special)).reshape(2, -1)
    return np.concatenate([values, pairs], axis=1).astype(dtype)


def close(found, expected, ulp):
    """Equal, or within that many units in the last place; NaN where NaN, and the same zeros."""
    assert found.shape == expected.shape
    assert found.dtype == expected.dtype
    if found.dtype.kind != "f":
        assert (found == expected).all()
        return
    np.testing.assert_array_equal(np.isnan(found), np.isnan(expected))
    finite = np.isfinite(expected)
    np.testing.assert_array_equal(found[~finite], expected[~finite])
    np.testing.assert_array_max_ulp(found[finite], expected[finite], maxulp=ulp)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", [n for n in POINTWISE if n not in WITHOUT_MACHINE_CODE])
def test_a_pointwise_row_in_machine_code_is_the_row(name, dtype):
    row = TABLE[name]
    operands = [a.copy() for a in arrays_of(np.dtype(dtype))]
    condition = operands[0] > 0
    given = [operands[i % 2] for i in range(row.arity)]
    if name == "where":
        given = [condition, *operands]
    graph = stage(row.op)(*given)
    compiled = native(graph)
    assert [type(step) for step in compiled.steps] == [Call if name in CALLED else Nest]
    (expected,) = interpret(graph, *given)
    found = leaves_of(compiled(*given))[0].array
    close(found, expected, ulp=LOOSE.get(name, 4))


EXACT = {"erf": mpmath.erf, "erfc": mpmath.erfc, "ndtr": lambda x: mpmath.erfc(-x / mpmath.sqrt(2)) / 2}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", EXACT)
def test_the_error_function_is_right_to_the_last_places(name, dtype):
    rng = np.random.default_rng(0)
    points = np.concatenate([rng.uniform(-6, 6, 300), rng.uniform(-10, 25, 200), 10.0 ** rng.uniform(-30, 1, 100)])
    x = points.astype(dtype)
    found = native(stage(TABLE[name].op)(x))(x).array
    with mpmath.workdps(60):
        exact = [EXACT[name](mpmath.mpf(float(each))) for each in x]
        for one, right in zip(found, exact, strict=True):
            if abs(right) > np.finfo(dtype).tiny:
                assert abs(float(one) - right) <= 4 * np.spacing(np.abs(one)), (name, right)


@pytest.mark.parametrize("name", ["add", "subtract", "multiply", "maximum", "less", "where", "absolute", "sign"])
@pytest.mark.parametrize("dtype", ["int32", "int64"])
def test_integers_in_machine_code(name, dtype):
    row = TABLE[name]
    operands = list(arrays_of(np.dtype(dtype)))
    given = {1: operands[:1], 2: operands, 3: [operands[0] > 0, *operands]}[row.arity]
    graph = stage(row.op)(*given)
    close(leaves_of(native(graph)(*given))[0].array, interpret(graph, *given)[0], ulp=0)


def chain(x, y):
    s = torch.sigmoid(x) * torch.exp(-x * x) + torch.tanh(y)
    return (s * torch.where(x > 0, y, x) / (1 + y * y)).sum()


@pytest.mark.parametrize("size", [0, 1, 3, 1023, 1024, 1025, 5000])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_value_and_gradient_of_a_chain_are_one_loop(size, dtype):
    torch.manual_seed(0)
    x, y = torch.randn(size, dtype=dtype), torch.randn(size, dtype=dtype)
    graph = stage(value_and_grad(chain, (0, 1)))(x, y)
    compiled = native(graph)
    if size > 1:  # a repeated number of one element is a constant like any other
        assert [type(step) for step in compiled.steps] == [Nest]
    found = [t.array for t in leaves_of(compiled(x, y))]
    for a, b in zip(found, interpret(graph, x, y), strict=True):
        scale = max(float(np.abs(b).max(initial=0)), 1.0)
        np.testing.assert_allclose(a, b, rtol=0, atol=32 * np.finfo(b.dtype).eps * scale)


def test_a_long_sum_is_as_accurate_as_pairwise():
    x = np.random.default_rng(0).random(1_000_000).astype(np.float32)
    total = native(stage(torch.sum)(x))(x).item()
    exact = float(x.astype(np.float64).sum())
    assert abs(total - exact) <= 4 * abs(float(x.sum()) - exact) + 1e-5 * exact


def test_strided_and_reversed_inputs():
    x = np.arange(20.0)[::-2]
    y = np.arange(30.0).reshape(10, 3)[:, 1]
    graph = stage(lambda a, b: torch.sin(a) * b)(x, y)
    np.testing.assert_allclose(native(graph)(x, y).array, np.sin(x) * y, rtol=1e-15)


def test_what_does_not_fit_into_a_loop_is_called():
    def function(x, w):
        return torch.tanh(x @ w).sum()

    x, w = torch.randn(4, 3), torch.randn(3, 2)
    graph = stage(grad(function, 1))(x, w)
    steps = partition(graph)
    assert {type(step) for step in steps} == {Product, Nest}
    np.testing.assert_allclose(native(graph)(x, w).array, interpret(graph, x, w)[0], rtol=1e-6)


def test_a_sum_ends_its_loop():
    x = torch.rand(5)
    graph = stage(lambda x: torch.exp(x) / torch.exp(x).sum())(x)
    assert [type(step) for step in partition(graph)] == [Nest, Nest]
    np.testing.assert_allclose(native(graph)(x).array, torch.softmax(x, 0).array, rtol=1e-6)


def test_a_repeated_row_of_a_loop_prints_as_pseudo_python():
    x = torch.zeros(4, dtype=torch.float64)
    text = str(native(stage(lambda x: (x * torch.cos(x)).sum())(x)))
    assert text == (
        "d = 0  # float64[]\nfor i in elements[4]:\n    b = cos(a[i])\n    c = multiply(a[i], b)\n    d += c"
    )


def test_llvm_shows_no_fast_math_but_for_sums():
    assembly = native(stage(lambda x: (x * x).sum())(torch.zeros(4))).llvm()
    assert "fadd reassoc" in assembly
    assert "fast" not in assembly
    assert "nnan" not in assembly


def test_other_shapes_are_refused():
    compiled = native(stage(torch.sin)(torch.zeros(3)))
    with pytest.raises(RuntimeError, match=r"was staged for float32\[3\]\nTry: stage and compile again"):
        compiled(torch.zeros(4))
    with pytest.raises(RuntimeError, match=r"float64\[3\]"):
        compiled(torch.zeros(3, dtype=torch.float64))


def test_without_llvmlite_the_graph_runs_on_numpy(monkeypatch, caplog):
    monkeypatch.setattr(program, "Plan", None)
    x = torch.rand(3)
    graph = stage(grad(chain))(x, x)
    np.testing.assert_array_equal(native(graph)(x, x).array, interpret(graph, x, x)[0])
    assert "pip install 'wengert[compile]'" in caplog.text


def test_every_pointwise_row_is_accounted_for():
    assert set(POINTWISE) <= set(SAMPLES)
    assert set(WITHOUT_MACHINE_CODE) <= set(POINTWISE)


WITHIN_TWO = {
    "cos": np.cos, "sin": np.sin, "erf": special.erf, "exp": np.exp, "expm1": np.expm1, "log": np.log,
    "log1p": np.log1p, "sigmoid": special.expit, "tanh": np.tanh,
}  # fmt: skip


@pytest.mark.parametrize("name", WITHIN_TWO)
def test_elementary_functions_of_float32_are_within_two_units_in_the_last_place(name):
    below = 1e-3 if name == "log" else -0.99 if name == "log1p" else -9
    x = np.concatenate([np.linspace(below, 9, 400_001), np.linspace(max(below, -1), 1, 100_001)]).astype("f")
    found = native(stage(getattr(torch, name))(x))(x).array
    exact = WITHIN_TWO[name](x.astype("d"))
    assert (np.abs(found - exact) / np.spacing(np.abs(exact).astype("f"))).max() <= 2


@pytest.mark.parametrize("dtype", ["f", "d"])
@pytest.mark.parametrize("name", ["exp", "expm1", "tanh"])
def test_exponentials_are_within_two_units_in_the_last_place_as_far_as_there_are_numbers(name, dtype):
    rng = np.random.default_rng(0)
    low, high = (-104.5, 89.5) if dtype == "f" else (-746.5, 710.5)
    parts = [rng.uniform(low, high, 600), rng.uniform(-1.2, 1.2, 800), rng.uniform(low, low + 20, 200), [low, high]]
    x = np.concatenate(parts).astype(dtype)
    found = native(stage(getattr(torch, name))(x))(x).array
    largest, overflows = float(np.finfo(dtype).max), 0
    with mpmath.workprec(200):
        for one, value in zip(found, x, strict=True):
            exact = getattr(mpmath, name)(mpmath.mpf(float(value)))
            if abs(exact) > largest:
                overflows += 1
                assert one == np.inf, value
            else:
                assert abs(float(one) - exact) <= 2 * float(np.spacing(np.abs(one))), value
    assert overflows or name == "tanh"


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_gradient_of_one_pick_for_each_row_is_a_choice(axis, dtype):
    torch.manual_seed(0)
    x = torch.randn(5, 6, 7, dtype=dtype)
    shape = [1 if d == axis else n for d, n in enumerate(x.shape)]
    index = torch.randint(-x.shape[axis], x.shape[axis], shape)

    def picked(x, index):
        return (torch.take_along_dim(torch.log_softmax(x, axis), index % x.shape[axis], axis) ** 2).sum()

    graph = optimised(stage(value_and_grad(picked))(x, index))
    assert "add_along" not in {e.primitive.name for e in graph.equations}
    compiled = native(graph)
    for found, expected in zip(leaves_of(compiled(x, index)), value_and_grad(picked)(x, index), strict=True):
        np.testing.assert_allclose(found.array, expected.array, rtol=1e-5, atol=1e-6)


def test_an_index_that_points_outside_is_found_where_nothing_is_picked():
    graph = optimised(stage(grad(lambda x, index: TABLE["take_along"].op(x, index, 1).sum()))(
        torch.ones(3, 4), torch.zeros(3, 1, dtype=torch.int64)))  # fmt: skip
    assert {e.primitive.name for e in graph.equations} >= {"take", "equal", "where"}
    right = native(graph)(torch.ones(3, 4), torch.tensor([[0], [2], [3]]))
    np.testing.assert_array_equal(right.array, [[1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
    for outside in (-1, 4):
        with pytest.raises(IndexError):
            native(graph)(torch.ones(3, 4), torch.tensor([[0], [outside], [3]]))


def test_what_is_read_through_a_view_of_a_sum_comes_after_it():
    def function(x):
        return (x * 2) - x.sum(0).transpose(0, -1), torch.sin(x)

    for shape in ((4, 4), (1, 1), (3, 5)):
        x = np.random.default_rng(0).normal(size=shape)
        graph = optimised(stage(function)(x))
        for found, expected in zip(leaves_of(native(graph)(x)), interpret(graph, x), strict=True):
            np.testing.assert_allclose(found.array, expected, rtol=1e-14)


@pytest.mark.parametrize("shape", [(5,), (3, 4), (2, 3, 4), (0, 3), (1, 1), (200, 301)])
def test_what_is_turned_round_is_a_loop(shape):
    def function(x):
        found = [(x * 2).flip(d) + torch.sin(x) for d in range(x.ndim)]
        return *found, x.flip(tuple(range(x.ndim))).sum(), x.flip(0)

    x = np.random.default_rng(0).normal(size=shape)
    for graph in (stage(function)(x), stage(grad(lambda x: (function(x)[0] * function(x)[-1]).sum()))(x)):
        compiled = native(graph)
        assert "flip" not in {code.equation.primitive.name for kind, code, _ in compiled._plan.work if kind == "call"}
        for found, expected in zip(leaves_of(compiled(x)), interpret(graph, x), strict=True):
            np.testing.assert_allclose(found.array, expected, rtol=1e-12)


def swinging(steps):
    def end(y):
        for _ in range(steps):
            y = y + 0.01 * torch.stack([y[1], -torch.sin(y[0])])
        return (y * y).sum()

    return end


def test_small_loops_that_come_again_and_again_are_blocks():
    from wengert.compiler.blocks import BlockCode
    from wengert.native.kernels import LIBRARY

    y = torch.tensor([1.0, 0.5], dtype=torch.float64)
    kernels = []
    for steps in (60, 120, 200):
        graph = stage(value_and_grad(swinging(steps)))(y)
        compiled = native(graph)
        kernels.append(LIBRARY.count)
        (codes,) = [code for kind, code, _ in compiled._plan.work if kind == "run"]
        blocks = [code for code in codes if isinstance(code, BlockCode)]
        assert len(codes) < len(compiled.steps) / 4
        assert sum(len(block.codes) for block in blocks) > 0.9 * len(compiled.steps)
        for found, expected in zip(leaves_of(compiled(y)), interpret(graph, y.array), strict=True):
            np.testing.assert_allclose(found.array, expected, rtol=1e-13)
    assert kernels[1] == kernels[2], "a longer loop compiles nothing new"


def digits_lost(found, exact):
    """How many units in the last place the numbers are off what mpmath says."""
    rounded = np.array([float(e) for e in exact], found.dtype)
    assert np.isfinite(rounded).all()
    units = np.spacing(np.abs(rounded))
    return max(
        abs(mpmath.mpf(float(f)) - e) / mpmath.mpf(float(u)) for f, e, u in zip(found, exact, units, strict=True)
    )


@pytest.mark.parametrize("dtype", ["f", "d"])
@pytest.mark.parametrize("name", ["sin", "cos"])
def test_circular_functions_are_within_two_units_in_the_last_place(name, dtype):
    rng = np.random.default_rng(0)
    near = [rng.uniform(-10, 10, 500), np.exp(rng.uniform(0, 32, 500)), np.arange(-200, 200) * np.pi / 2]
    far = [*near, 10 ** rng.uniform(-37, 37, 100)]  # the C library does what is far from zero, and its neighbours
    for x in (np.concatenate(near).astype(dtype), np.concatenate(far).astype(dtype)):
        found = native(stage(getattr(torch, name))(x))(x).array
        with mpmath.workprec(300):
            assert digits_lost(found, [getattr(mpmath, name)(mpmath.mpf(float(each))) for each in x]) <= 1
    special_values = np.array([0.0, -0.0, np.inf, -np.inf, np.nan], dtype)
    found = native(stage(getattr(torch, name))(special_values))(special_values).array
    with np.errstate(invalid="ignore"):
        expected = getattr(np, name)(special_values)
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(np.signbit(found[:2]), np.signbit(expected[:2]))


def test_a_sum_of_sines_is_right_where_one_of_them_is_far_from_zero():
    x = np.linspace(0, 1, 3000)
    x[1234] = 1e200
    for axes in (None, 0):
        given = x if axes is None else x.reshape(-1, 3)
        graph = stage(lambda x, axes=axes: torch.sin(x).sum(axes))(given)
        np.testing.assert_allclose(native(graph)(given).array, np.sin(given).sum(axes), rtol=1e-13)


@pytest.mark.parametrize("dtype", ["f", "d"])
def test_powers_are_within_two_units_in_the_last_place(dtype):
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.uniform(0, 10, 900), np.exp(rng.uniform(-9, 9, 600)), 1 + rng.uniform(-1e-3, 1e-3, 300)])
    y = np.concatenate([rng.uniform(-10, 10, 900), rng.uniform(-8, 8, 600), rng.uniform(-5e4, 5e4, 300)])
    x, y = x.astype(dtype), y.astype(dtype)
    found = native(stage(torch.pow)(x, y))(x, y).array
    with mpmath.workprec(200):
        assert (
            digits_lost(found, [mpmath.mpf(float(a)) ** mpmath.mpf(float(b)) for a, b in zip(x, y, strict=True)]) <= 2
        )


@pytest.mark.parametrize("dtype", ["f", "d"])
def test_powers_of_special_values_are_those_of_numpy(dtype):
    values = [0.0, 0.5, 1, 2, 2.5, 3, np.inf, 1e-310, 1e300, 1e18, 2**24 - 1, 2.0**53 - 1]
    with np.errstate(over="ignore"):
        values = np.array([*values, *np.negative(values), np.nan]).astype(dtype)
    x, y = (each.ravel() for each in np.meshgrid(values, values))
    with np.errstate(all="ignore"):
        expected = np.power(x, y)
    found = native(stage(torch.pow)(x, y))(x, y).array
    close(found, expected, ulp=2)
    known = ~np.isnan(expected)
    np.testing.assert_array_equal(np.signbit(found[known]), np.signbit(expected[known]))


def pooled_and_folded(x, w):
    """Windows taken, multiplied, added up where they overlap, and the largest of each."""
    y = torch.nn.functional.conv_transpose2d(torch.nn.functional.conv2d(x, w, padding=1), w, stride=2)
    return torch.nn.functional.max_pool2d(y, 3, 2, padding=1).sum(), torch.nn.functional.max_pool1d(y.flatten(0, 1), 2)


@pytest.mark.parametrize("batch", [1, 5, 40])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_windows_are_loops_of_the_program(batch, dtype):
    torch.manual_seed(0)
    x, w = torch.randn(batch, 2, 9, 8, dtype=dtype), torch.randn(2, 2, 3, 3, dtype=dtype)
    graph = stage(value_and_grad(pooled_and_folded, (0, 1), has_aux=True))(x, w)
    compiled = native(graph)
    names = {"window_argmax", "overlap_add"}
    assert names <= {each.equation.primitive.name for each in compiled.steps if isinstance(each, Call)}
    left = {code.equation.primitive.name for kind, code, _ in compiled._plan.work if kind == "call"}
    assert not left & names, "NumPy does none of them"
    found = [t.array for t in leaves_of(compiled(x, w))]
    for a, b in zip(found, interpret(graph, x, w), strict=True):
        np.testing.assert_allclose(a, b, rtol=100 * np.finfo(b.dtype).eps, atol=1000 * np.finfo(b.dtype).eps)


INDEX = torch.tensor([2, 0, 1, 2])
APART = {
    "gather": lambda x: torch.gather(x.T, 1, INDEX[None, :].expand(3, 4) % 2),
    "take_along_dim": lambda x: torch.take_along_dim(
        x.T.unsqueeze(2).expand(3, 2, 5), INDEX[:2, None].expand(3, 2, 5) % 2, 1
    ),
    "index_select": lambda x: x.expand(4, 2, 3).permute(2, 0, 1)[INDEX],
    "rows": lambda x: x.T[INDEX],
    "topk": lambda x: torch.gather(x[:, None].expand(2, 4, 3), 2, x.topk(2, 1).indices[:, None].expand(2, 4, 2)),
    "fold": lambda x: torch.nn.functional.interpolate(x[None], scale_factor=2, mode="linear"),
    "windows": lambda x: torch.nn.functional.max_pool1d(x.T[None].expand(2, 3, 2), 2),
}


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", APART)
def test_what_does_not_lie_in_order_is_copied_for_moves_and_windows(name, dtype):
    torch.manual_seed(0)
    x = torch.randn(2, 3, dtype=dtype)
    graph = stage(value_and_grad(lambda x: (APART[name](x) * 1.5).square().sum()))(x)
    program = native(graph)
    called = {code.equation.primitive.name for kind, code, _ in program._plan.work if kind == "call"}
    assert called <= {"argsort"}
    for got, want in zip([t.array for t in leaves_of(program(x))], interpret(graph, x), strict=True):
        np.testing.assert_allclose(got, want, rtol=100 * np.finfo(want.dtype).eps)


def pads(shape, *slices):
    return lambda x: TABLE["scatter_slice"].op(x, slices, shape)


PLACES = {
    "in front": ((6,), ((0, 4, 1),), (4,)),
    "behind": ((6,), ((2, 6, 1),), (4,)),
    "in the middle": ((7,), ((2, 5, 1),), (3,)),
    "all": ((3,), ((0, 3, 1),), (3,)),
    "nothing": ((3,), ((1, 1, 1),), (0,)),
    "into nothing": ((0, 3), ((0, 0, 1), (0, 3, 1)), (0, 3)),
    "every second": ((6,), ((0, 6, 2),), (3,)),
    "from the end": ((4,), ((3, None, -1),), (4,)),
    "one": ((4, 3), (2, (0, 3, 1)), (3,)),
    "one column": ((4, 3), ((0, 4, 1), 1), (4,)),
    "a corner": ((4, 5), ((0, 2, 1), (3, 5, 1)), (2, 2)),
    "inside of a matrix": ((4, 5), ((1, 3, 1), (1, 4, 1)), (2, 3)),
    "inside of a cube": ((4, 5, 4), ((1, 3, 1), (1, 4, 1), (1, 2, 1)), (2, 3, 1)),
}


@pytest.mark.parametrize("name", PLACES)
def test_what_lies_among_zeros(name):
    """The memory is not cleared before, so each zero has to be written."""
    shape, slices, part = PLACES[name]
    x = np.arange(1.0, 1 + np.prod(part, dtype=int)).reshape(part)
    graph = optimised(stage(lambda x: (pads(shape, *slices)(torch.exp(x)), pads(shape, *slices)(x) * 3))(x))
    program = native(graph)
    for _ in range(3):
        for found, expected in zip(leaves_of(program(x)), interpret(graph, x), strict=True):
            np.testing.assert_allclose(found.array, expected, rtol=1e-14)
            found.array.fill(np.nan)  # for who is given this memory next
        del found


def test_sums_of_what_is_put_at_the_same_place_are_put_there_once():
    def function(x, y):
        put, other = pads((4, 4), (1, 3, 1), (0, 4, 1)), pads((4, 4), (0, 2, 1), (0, 4, 1))
        kept = put(x * y)
        return put(x) + put(y) - put(x + 1), put(x) - other(y), kept + put(y), kept, put(x) + put(x)

    x, y = np.random.default_rng(0).normal(size=(2, 2, 4))
    graph = stage(function)(x, y)
    better = optimised(graph)
    assert sum(e.primitive.name == "scatter_slice" for e in better.equations) == 6
    for found, expected in zip(leaves_of(native(better)(x, y)), interpret(graph, x, y), strict=True):
        np.testing.assert_allclose(found.array, expected, rtol=1e-14)


def test_what_is_made_of_many_pieces_is_not_one_long_line():
    from wengert.compiler.loops import MOST_COPIES
    from wengert.native.kernels import LIBRARY

    def joined(count):
        leaves = [torch.randn(3, requires_grad=True) for _ in range(count)]

        def step():
            y = (torch.cat(leaves) ** 2).sum()
            y.backward()
            return y.detach()

        compiled = torch.compile(step)
        for _ in range(3):
            for leaf in leaves:
                leaf.grad = None
            compiled()
        assert all(torch.equal(leaf.grad, 2 * leaf.detach()) for leaf in leaves)
        nests = [step for step in compiled._last.program.steps if isinstance(step, Nest)]
        assert max(len(nest.equations) for nest in nests) <= MOST_COPIES

    joined(2 * MOST_COPIES)
    before = LIBRARY.count
    joined(6 * MOST_COPIES)
    assert LIBRARY.count <= before + 3  # the code of the long one is that of the short one, many times

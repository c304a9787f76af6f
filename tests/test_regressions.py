"""Mended bugs, each with the program that showed it."""

import pickle
import signal

import numpy as np
import pytest

import wengert as torch
from wengert.core.primitive import TABLE
from wengert.func import grad, jvp, vmap
from wengert.graph import stage


def into_zeros_like(a):
    z = torch.zeros_like(a)
    z += a
    return z.sum()


def into_new_zeros(a):
    z = a.new_zeros(2)
    z[0] = a[0]
    return z.sum()


@pytest.mark.parametrize(("function", "slope"), [(into_zeros_like, [1.0, 1.0]), (into_new_zeros, [1.0, 0.0])])
def test_a_fresh_tensor_takes_values_of_a_transform(function, slope):
    a = torch.tensor([3.0, 4.0])
    assert grad(function)(a).tolist() == slope
    assert jvp(function, (a,), (a,))[1].item() == (a * torch.tensor(slope)).sum().item()
    assert vmap(grad(function))(torch.stack([a, a])).tolist() == [slope, slope]
    assert stage(function)(a)(a).item() == function(a).item()


@pytest.mark.parametrize("write", ["z += a", "z.copy_(a)", "z[0] = a[0]", "z.fill_(a[0])", "z[0].sub_(a[0])"])
def test_a_tensor_from_outside_refuses_values_of_a_transform(write):
    z = torch.zeros(2)

    def function(a):
        exec(write, {"z": z, "a": a})
        return z.sum() + a.sum()

    with pytest.raises(RuntimeError, match=r"does not depend on it\nTry: make that tensor inside the function"):
        vmap(grad(function))(torch.tensor([[1.0, 2.0]]))


def test_derivatives_through_a_graph_are_refused_not_zero():
    a = torch.tensor([1.0, 2.0])
    graph = stage(lambda x: x * x)(a)
    with pytest.raises(RuntimeError, match="derivatives do not pass through"):
        grad(lambda x: graph(x).sum())(a)
    with pytest.raises(RuntimeError, match="derivatives do not pass through"):
        graph(a.clone().requires_grad_())


def test_long_float32_sums_over_other_axes_stay_accurate():
    assert torch.full((1_000_000, 2), 0.1).mean(0).tolist() == pytest.approx([0.1, 0.1], rel=1e-6)
    bias = torch.ones(1, 2, requires_grad=True)
    (torch.ones(20_000_000, 1).expand(-1, 2) + bias).sum().backward()
    assert bias.grad.tolist() == [[2e7, 2e7]]


def test_the_extremum_of_a_number_is_a_copy():
    y = torch.tensor(2.0)
    y.min(0).values.mul_(10)
    assert y.item() == 2.0


def test_full_with_a_tensor():
    assert torch.full((2,), torch.tensor(2.0)).tolist() == [2.0, 2.0]
    with pytest.raises(TypeError, match="requires grad"):
        torch.full((2,), torch.tensor(2.0, requires_grad=True))


def test_random_numbers_are_refused_where_they_would_be_drawn_once_for_all():
    with pytest.raises(RuntimeError, match="randomness error mode"):
        vmap(lambda a: a + torch.rand(()))(torch.zeros(4))
    with pytest.raises(RuntimeError, match="keep as a constant"):
        stage(lambda a: a + torch.rand(()))(torch.zeros(4))
    torch.rand(1)


def test_a_graph_keeps_the_values_it_captured():
    c = torch.ones(2)
    graph = stage(lambda x: x * c)(torch.zeros(2))
    c.zero_()
    assert graph(torch.tensor([1.0, 2.0])).tolist() == [1.0, 2.0]


def test_retain_grad_follows_a_tensor_through_a_write():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 1
    y.retain_grad()
    y.mul_(5)
    y.sum().backward()
    assert y.grad.tolist() == [1.0, 1.0]
    assert x.grad.tolist() == [5.0, 5.0]


def test_grad_takes_what_arrives_before_the_hooks_of_a_node_that_it_passes():
    x = torch.tensor(2.0, requires_grad=True)
    y = x * 3
    y.register_hook(lambda g: 2 * g)
    assert [g.item() for g in torch.autograd.grad(y * 4, [x, y])] == [24.0, 4.0]


def test_softmax_can_be_staged():
    x = torch.tensor([1.0, 2.0])
    assert stage(lambda x: x.softmax(0))(x)(x).tolist() == x.softmax(0).tolist()


@pytest.mark.parametrize(
    "function",
    [
        lambda x: (x == 0).square(),
        lambda x: (x > 0) | (x < -2),
        lambda x: ((x > 0).square()).clamp(-1, 1),
        lambda x: (x > 0) & (x < 1.5),
        lambda x: x.int() // 2,
        lambda x: x.int() % float("nan"),
    ],
)
def test_what_has_no_instructions_runs_on_numpy(function):
    pytest.importorskip("llvmlite", reason="native kernels need llvmlite")
    from wengert.compiler import native

    x = torch.tensor([1.0, 2.0, -3.0])
    graph = stage(function)(x)
    found, expected = native(graph)(x), graph(x)
    assert found.dtype is expected.dtype
    np.testing.assert_array_equal(found.array, expected.array)


def test_lobpcg_of_a_pair_is_differentiable_in_both():
    torch.manual_seed(0)
    a = torch.randn(6, 6, dtype=torch.float64)
    a, b = a @ a.T + torch.eye(6, dtype=torch.float64), torch.diag(torch.arange(1.0, 7.0, dtype=torch.float64))
    values, vectors = torch.lobpcg(a, 2, b)
    torch.testing.assert_close(a @ vectors, b @ vectors * values)
    torch.testing.assert_close(vectors.mT @ b @ vectors, torch.eye(2, dtype=torch.float64))
    symmetric = lambda x: (x + x.mT) / 2  # noqa: E731
    assert torch.autograd.gradcheck(
        lambda a, b: torch.lobpcg(symmetric(a), 2, symmetric(b))[0], (a.requires_grad_(), b.requires_grad_())
    )
    with pytest.raises(AssertionError, match="A must be square"):
        torch.lobpcg(torch.ones(2, 3))


@pytest.mark.parametrize("zero", [0, 0.0, -0.0])
@pytest.mark.parametrize("dtype", ["f", "d"])
@pytest.mark.parametrize("lies", ["in rows", "in columns", "apart", "backwards"])
def test_a_choice_between_values_and_zero_is_numpys_to_the_bit(lies, dtype, zero):
    """It is made by bits where there are many: NumPy branches for each element."""
    rng = np.random.default_rng(0)
    values, condition = rng.standard_normal((80, 90)).astype(dtype), rng.random((80, 90)) < 0.5
    values[0, :4] = [np.nan, -np.inf, -0.0, np.inf]
    turn = {
        "in rows": lambda a: a,
        "in columns": np.asfortranarray,
        "apart": lambda a: np.repeat(a, 2, 1)[:, ::2],
        "backwards": lambda a: a[::-1],
    }[lies]
    values, condition = turn(values), turn(condition)
    chosen = TABLE["where"].kernel
    for given in ((condition, zero, values), (condition, values, zero)):
        found, expected = chosen(*given), np.where(*given)
        assert found.dtype == expected.dtype
        assert found.tobytes() == expected.tobytes()


@pytest.mark.filterwarnings("ignore:overflow:RuntimeWarning")
@pytest.mark.parametrize("approximate", ["none", "tanh"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("value", [-80.0, -1e30, -0.0])
def test_gelu_far_below_zero_is_the_zero_below_it(value, dtype, approximate):
    """x times a probability of nothing keeps the sign of x."""
    found = torch.nn.functional.gelu(torch.tensor([value] * 40, dtype=dtype), approximate=approximate).numpy()
    assert not found.any()
    assert np.signbit(found).all()


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (0,)])
def test_the_second_derivatives_of_nothing(shape):
    found = torch.func.hessian(lambda x: (torch.softmax(x, 0) ** 2).sum())(torch.zeros(shape))
    assert found.shape == (*shape, *shape)


def test_a_query_of_nan_that_attends_to_nothing_leaves_no_trace():
    """As those are that fill up a batch of sequences."""
    q, k, v = (torch.rand(1, 3, 4).requires_grad_() for _ in range(3))
    with torch.no_grad():
        q[0, 1] = float("nan")
    mask = torch.ones(3, 3, dtype=torch.bool)
    mask[1] = False
    out = torch.nn.functional.scaled_dot_product_attention(q, k, v, mask)
    out.square().sum().backward()
    assert (out[0, 1] == 0).all()
    for each in (out, v.grad, q.grad[0, 0], q.grad[0, 2]):
        assert torch.isfinite(each).all()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("columns", [2, 3, 4, 8, 16])
def test_a_column_is_negated_in_place(dtype, columns):
    x = torch.arange(5.0 * columns, dtype=dtype).reshape(5, columns)
    wanted = x.numpy().copy()
    wanted[:, 0] *= -1
    x[:, 0].neg_()
    np.testing.assert_array_equal(x.numpy(), wanted)


def test_a_place_that_is_filled_twice_counts_once_for_the_value():
    x = torch.ones(3, 3, requires_grad=True)
    value = torch.tensor(2.0, requires_grad=True)
    filled = torch.index_fill(x, -1, torch.tensor([0, 0, 1]), value)
    assert filled.tolist() == [[2.0, 2.0, 1.0]] * 3
    (filled * torch.arange(9.0).view(3, 3)).sum().backward()
    assert value.grad.item() == 21
    assert x.grad.tolist() == [[0, 0, 2], [0, 0, 5], [0, 0, 8]]


def test_a_kept_gradient_is_of_what_the_tensor_is_after_a_write_through_a_view():
    x = torch.ones(2, 3, requires_grad=True)
    y = x * 1
    y.retain_grad()
    y[0] *= 3
    (y**2).sum().backward()
    assert y.grad.tolist() == [[6.0] * 3, [2.0] * 3]


@pytest.mark.parametrize("write", [lambda y, v: v.mul_(3), lambda y, v: y.mul_(3)], ids=["itself", "its base"])
def test_a_view_keeps_its_gradient_though_it_is_written(write):
    x = torch.ones(2, 3, requires_grad=True)
    y = x * 1
    v = y[0]
    v.retain_grad()
    write(y, v)
    (v**2).sum().backward()
    assert v.retains_grad
    assert v.grad.tolist() == [6.0] * 3


def test_whole_numbers_are_counted_between_whole_numbers():
    assert torch.arange(0.5, 4.0, 1.5, dtype=torch.int64).tolist() == [0, 1, 2, 3]
    assert torch.arange(2.1, -2.9, -1.0, dtype=torch.int64).tolist() == [2, 1, 0, -1]
    assert torch.logspace(4.3, 1.2, 4, dtype=torch.int64).tolist() == [10000, 1000, 100, 10]
    assert torch.linspace(4.3, 0, 5, dtype=torch.int64).tolist() == [4, 3, 2, 1, 0]


def test_complex_numbers_are_counted_between():
    assert torch.linspace(0, 1j, 3).tolist() == [0, 0.5j, 1j]
    assert torch.linspace(0, 1j, 3).dtype is torch.complex64


def test_the_first_ellipsis_takes_all_dimensions_that_are_left():
    x = torch.arange(24).view(2, 3, 4)
    assert x[..., 1, ...].tolist() == x[:, :, 1].tolist()
    assert x[0, ..., 1, ...].tolist() == x[0, :, 1].tolist()
    assert torch.tensor(1.0)[..., ...].item() == 1
    x[..., 2, ...] = -1
    assert (x[:, :, 2] == -1).all()


def test_one_variable_has_one_covariance():
    assert torch.cov(torch.tensor([[1.0, 2.0]])).shape == torch.corrcoef(torch.tensor([[1.0, 2.0]])).shape == ()


def test_no_equations_have_no_row_that_fails():
    assert torch.linalg.inv_ex(torch.zeros(0, 0)).info.item() == 0
    assert torch.linalg.solve_ex(torch.zeros(0, 0), torch.zeros(0, 2)).info.item() == 0


def test_norms_of_no_rows_or_columns():
    for order in (1, torch.inf, 2, "nuc", "fro"):
        for shape in ((5, 0), (0, 5), (0, 0)):
            assert torch.linalg.matrix_norm(torch.zeros(shape), order).item() == 0
    assert torch.linalg.cond(torch.zeros(2, 0, 3)).tolist() == [0, 0]
    with pytest.raises(IndexError, match=r"amin\(\): Expected reduction dim -1 to have non-zero size"):
        torch.linalg.matrix_norm(torch.zeros(5, 0), -2)


def test_the_product_of_nothing_has_a_history():
    x = torch.zeros(0, requires_grad=True)
    assert x.prod().item() == 1
    x.prod().backward()
    assert x.grad.shape == (0,)


REFUSED = {
    "start out of range": (IndexError, lambda: torch.ones(3).narrow(0, -4, 0)),
    "must be int, not float": (TypeError, lambda: torch.linspace(0, 3, 1.0)),
    "cannot be interpreted as an integer": (TypeError, lambda: torch.ones(3).view("a")),
    "weight should have at least three": (RuntimeError, lambda: torch.conv1d(torch.ones(1, 1, 3), torch.ones(1, 2))),
    "only supports 0-dimensional start": (RuntimeError, lambda: torch.linspace(torch.ones(2), 3, 3)),
    "The size of tensor a": (RuntimeError, lambda: torch.masked_select(torch.ones(3), torch.ones(2) > 0)),
    "must be Tensor, not int": (TypeError, lambda: torch.isclose(torch.ones(2), 1)),
    "too many indices": (IndexError, lambda: torch.tensor(1)[0, 0]),
    "but tensor has no dimensions": (IndexError, lambda: torch.fft.fftn(torch.tensor(1.0), dim=0)),
    "Dimension out of range": (IndexError, lambda: torch.tensor(1.0).transpose(0, 1)),
    "repeated dim in `destination`": (RuntimeError, lambda: torch.movedim(torch.ones(2, 2), (0, 1), (0, 0))),
    "n must be greater or equal to 0": (RuntimeError, lambda: torch.eye(-1)),
    '"arange_cpu" not implemented for .Bool': (NotImplementedError, lambda: torch.arange(3, dtype=torch.bool)),
    "n must be non-negative": (RuntimeError, lambda: torch.randperm(-1)),
}


@pytest.mark.parametrize("words", REFUSED)
def test_bad_arguments_are_refused_in_pytorchs_words(words):
    error, call = REFUSED[words]
    with pytest.raises(error, match=words):
        call()


IN_ORDER = {
    "columns that are picked": lambda x: x[:, [2, 0]],
    "an index that is selected": lambda x: x.index_select(1, torch.tensor([2, 0])),
    "what is sorted downwards": lambda x: x.sort(dim=1, descending=True).indices,
    "tensors in a row": lambda x: torch.cat([x.t(), x.t()]),
    "tensors on top of each other": lambda x: torch.stack([x.t(), x.t()]),
    "sums": lambda x: x.expand(2, 3, 4).permute(2, 1, 0).sum(2),
    "sums in float64": lambda x: x.double().expand(2, 3, 4).permute(2, 1, 0).sum(2),
    "the largest": lambda x: x.expand(2, 3, 4).permute(2, 1, 0).amax(2),
    "running sums": lambda x: x.t().cumsum(0),
    "waves": lambda x: torch.fft.fft(x.t()),
    "means of windows": lambda x: torch.nn.functional.adaptive_avg_pool2d(x[None, None], 2),
    "what is scaled up": lambda x: torch.nn.functional.interpolate(x[None, None], scale_factor=2),
}


@pytest.mark.parametrize("function", IN_ORDER.values(), ids=IN_ORDER)
def test_results_lie_in_order_so_that_they_can_be_viewed(function):
    x = torch.rand(3, 4, requires_grad=True)
    for made in (function(x.detach()), function(x), torch.compile(function)(x)):
        assert made.view(-1).shape == (made.numel(),)


@pytest.mark.parametrize(
    ("shape", "options", "wanted"),
    [
        ((2, 2), {"scale_factor": 1.4, "mode": "nearest"}, [0, 1, 2, 3]),
        ((2, 2), {"scale_factor": 1.4, "mode": "bilinear"}, [0, 1, 2, 3]),
        ((2, 2), {"scale_factor": 1.3, "mode": "bilinear", "antialias": True}, [0, 1, 2, 3]),
        ((1, 2), {"scale_factor": (1.0, 2.3), "mode": "nearest"}, [0, 0, 1, 1]),
        ((3,), {"scale_factor": 1.3, "mode": "linear"}, [0, 1, 2]),
        ((1, 1, 2), {"scale_factor": (1, 1, 1.4), "mode": "trilinear"}, [0, 1]),
    ],
)
def test_an_image_of_the_same_size_is_the_same_whatever_the_factor(shape, options, wanted):
    x = torch.arange(float(np.prod(shape))).reshape(1, 1, *shape)
    assert torch.nn.functional.interpolate(x, **options).flatten().tolist() == wanted


def test_rrelu_draws_in_a_compiled_call_what_it_draws_eagerly():
    def noisy(x):
        return torch.nn.functional.rrelu(x, training=True) + torch.nn.functional.rrelu(-x, training=True)

    compiled = torch.compile(noisy)
    for values in ([-1.0, -0.5, 0.3], [-1.0, -0.7, 0.2], [-2.0, -0.5, 0.3], [1.0, -0.5, 0.3], [-3.0, -0.5, 0.3]):
        x = torch.tensor(values)
        torch.manual_seed(7)
        expected, after = noisy(x), torch.rand(1)
        torch.manual_seed(7)
        torch.testing.assert_close(compiled(x), expected)
        assert torch.equal(torch.rand(1), after)
    assert compiled.cache_info().hits >= 2


def test_normal_numbers_depend_on_their_parameters_with_gradient_zero():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    compiled = torch.compile(lambda x: torch.normal(x, x.abs()))
    for draw in (lambda x: torch.normal(x, x.abs()), *[compiled] * 4):
        found = draw(x)
        assert found.requires_grad
        assert torch.autograd.grad(found.sum(), x)[0].tolist() == [0.0, 0.0]


def test_views_that_are_gone_are_forgotten():
    x = torch.zeros(4)
    for _ in range(1000):
        x.view(2, 2)
    alive = [x.view(2, 2) for _ in range(100)]
    assert len(x.memory.seen) < 300
    x.add_(1)
    assert all(each is one for each, one in zip(x.memory.tensors[-100:], alive, strict=True))


def test_the_gradient_of_many_joined_tensors():
    pieces = [torch.full((i % 3,), float(i), requires_grad=True) for i in range(50)]
    (torch.cat(pieces) ** 2).sum().backward()
    assert all(torch.equal(piece.grad, 2 * piece.detach()) for piece in pieces)


@pytest.mark.parametrize(
    ("function", "error", "words"),
    [
        (lambda: torch.arange(1j), RuntimeError, "converted to type double"),
        (lambda: torch.scalar_tensor(2j), RuntimeError, "converted to type float"),
        (lambda: torch.copysign(torch.tensor([1j]), 1), NotImplementedError, '"copysign_cpu" not implemented'),
        (torch.int32.to_complex, RuntimeError, "Unknown Complex ScalarType for Int"),
        (
            lambda: torch.nn.functional.conv_transpose1d(torch.ones(1, 1, 2), torch.ones(1, 1, 1), padding=1),
            RuntimeError,
            r"\(1 x 2\). Calculated output size per channel: \(1 x 0\)",
        ),
        (
            lambda: torch.nn.functional.scaled_dot_product_attention(*[torch.ones(1, 1, 2, 2) * 1j] * 3),
            NotImplementedError,
            "softmax_lastdim_kernel_impl",
        ),
    ],
)
def test_refusals_in_the_words_of_pytorch(function, error, words):
    with pytest.raises(error, match=words):
        function()


@pytest.mark.parametrize(
    ("make", "strides"),
    [
        (lambda: torch.arange(4.0).expand(2, 4), (4, 1)),
        (lambda: torch.arange(6.0).view(3, 1, 2).expand(3, 4, 2), (8, 2, 1)),
        (lambda: torch.arange(6.0).view(2, 3).t().expand(4, 3, 2), (6, 1, 3)),
        (lambda: torch.arange(6.0).view(1, 2, 3).permute(2, 0, 1).expand(3, 5, 2), (1, 3, 15)),
    ],
)
def test_a_copy_of_an_expanded_tensor_lies_as_in_pytorch(make, strides):
    for copy in (torch.clone, torch.Tensor.double, lambda x: x.to(torch.int32)):
        assert copy(make()).stride() == strides
        assert torch.equal(copy(make()).float(), make())
    a = torch.arange(4.0).expand(2, 4).clone()
    a.reshape(-1)[0] = 9.0
    assert a[0, 0] == 9.0


def test_a_leaf_that_is_a_view_stays_one_when_its_memory_is_written():
    def gradients(x, k):
        y = x * 2
        h = y.detach()[:2].requires_grad_()
        y[2] = 5.0
        ((h * h).sum() * k + y.sum()).backward()
        return h.grad

    compiled = torch.compile(gradients)
    for run in (gradients, *[compiled] * 4):
        x, k = torch.ones(3, requires_grad=True), torch.tensor(2.0, requires_grad=True)
        assert run(x, k).tolist() == [8.0, 8.0]
        assert x.grad.tolist() == [2.0, 2.0, 0.0]
    p = torch.ones(4).reshape(2, 2).requires_grad_()
    p.detach().mul_(torch.ones(2, 2, requires_grad=True))
    (p * p).sum().backward()
    assert p.grad.tolist() == [[2.0, 2.0], [2.0, 2.0]]


@pytest.mark.filterwarnings("ignore:indexing with dtype torch.uint8")
def test_one_number_of_uint8_is_a_mask():
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    yes, no = torch.tensor(1, dtype=torch.uint8), torch.tensor(0, dtype=torch.uint8)
    assert x[yes].shape == (1, 2, 2)
    assert x[no].shape == (0, 2, 2)
    x[no] = 7.0
    assert x.tolist() == [[1.0, 2.0], [3.0, 4.0]]
    x[yes] = 0.0
    assert not x.any()


def test_random_numbers_are_drawn_in_the_order_in_which_elements_lie():
    x = torch.zeros(3, 4)
    torch.manual_seed(0)
    x.t().uniform_()
    torch.manual_seed(0)
    assert torch.equal(x, torch.rand(3, 4))
    for like in (torch.rand_like, lambda x: torch.randint_like(x, 10), lambda x: torch.nn.functional.dropout(x, 0.5)):
        torch.manual_seed(0)
        turned = like(torch.ones(3, 4, 2).permute(2, 0, 1))
        torch.manual_seed(0)
        assert torch.equal(turned.permute(1, 2, 0), like(torch.ones(3, 4, 2)))
    compiled = torch.compile(lambda x: torch.nn.functional.dropout(x.t(), 0.5) + torch.rand_like(x.t()))
    for _ in range(4):
        torch.manual_seed(1)
        expected = torch.nn.functional.dropout(torch.ones(3, 4).t(), 0.5) + torch.rand_like(torch.ones(3, 4).t())
        torch.manual_seed(1)
        assert torch.equal(compiled(torch.ones(3, 4)), expected)


def test_normal_numbers_of_elements_that_lie_apart_are_made_one_after_another():
    x = torch.zeros(8, 4)
    torch.manual_seed(0)
    first = x[:, ::2].normal_()  # as PyTorch makes them
    torch.manual_seed(0)
    singly = torch.cat([torch.randn(8) for _ in range(2)])
    torch.testing.assert_close(first.flatten(), singly)


def test_chunks_of_vmap_draw_the_same_where_that_is_asked():
    draw = torch.vmap(lambda x: x + torch.rand(()), randomness="same", chunk_size=2)
    torch.manual_seed(3)
    found, after = draw(torch.zeros(5)), torch.rand(1)
    torch.manual_seed(3)
    assert found.tolist() == [torch.rand(()).item()] * 5
    assert torch.equal(after, torch.rand(1))
    compiled = torch.compile(lambda x: draw(x) * 2)
    for seed in range(4):
        torch.manual_seed(seed)
        expected, after = draw(torch.zeros(5)) * 2, torch.rand(1)
        torch.manual_seed(seed)
        assert torch.equal(compiled(torch.zeros(5)), expected)
        assert torch.equal(torch.rand(1), after)


def test_fields_of_records_are_refused():
    records = np.zeros(8, dtype=[("p", "i1"), ("v", "f8")])
    for take in (torch.from_numpy, torch.as_tensor):
        with pytest.raises(ValueError, match="strides not a multiple of the element byte size"):
            take(records["v"])


@torch.compile
def doubled(x):
    return x * 2


def test_a_compiled_function_is_pickled_by_its_name():
    assert pickle.loads(pickle.dumps(doubled)) is doubled


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there are no timers of that kind")
def test_what_a_signal_raises_while_a_call_is_recorded_arrives():
    class Stop(Exception):
        pass

    def stop(*_):
        raise Stop

    def long(x):
        for i in range(2000):
            x = x * 1.0001 if i % 2 else x.sin() + x
        return x

    compiled, x = torch.compile(long), torch.ones(3)
    compiled(x)
    before = signal.signal(signal.SIGALRM, stop)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        with pytest.raises(Stop):
            compiled(x)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert torch.equal(compiled(x), long(x))


def test_a_tensor_that_was_written_in_a_recorded_call_is_plain_afterwards():
    kept = {}

    def step(x):
        kept["buffer"] = buffer = torch.zeros(2)
        buffer.copy_(x * 2)
        return buffer + 1

    compiled = torch.compile(step)
    for value in (1.0, 2.0, 3.0, 4.0):
        compiled(torch.full((2,), value))
        assert type(kept["buffer"]) is torch.Tensor
        assert kept["buffer"].tolist() == [2 * value] * 2
    held = {}

    def train(x):
        held["optimizer"].zero_grad()
        (x * held["p"]).sum().backward()
        held["optimizer"].step()

    train = torch.compile(train)
    for size in (3, 3, 5):
        held["p"] = torch.nn.Parameter(torch.ones(2))
        held["optimizer"] = torch.optim.ASGD([held["p"]])
        train(torch.ones(size, 2))
        assert type(held["optimizer"].state[held["p"]]["eta"]) is torch.Tensor
        held["optimizer"].step()


def test_a_step_that_makes_its_state_while_it_is_recorded_gives_results_a_history():
    def trained(compiled, name):
        w = torch.ones(3, requires_grad=True)
        optimizer = getattr(torch.optim, name)([w], lr=0.1, **{"momentum": 0.9} if name == "SGD" else {})

        def step():
            optimizer.step()  # for the gradient of the call before
            return w * w

        step = torch.compile(step) if compiled else step
        values = []
        for _ in range(5):
            optimizer.zero_grad(set_to_none=False)
            step().sum().backward()
            values += w.tolist()
        return values

    for name in ("Adam", "SGD", "RMSprop", "RAdam", "Adadelta"):
        assert trained(True, name) == pytest.approx(trained(False, name), rel=1e-5)


@pytest.mark.parametrize("write", ["set", "index_add", "cumsum", "fill", "slice"])
@pytest.mark.parametrize("lies", [(0, 1), (1, 0)])
def test_random_numbers_come_in_the_order_of_memory_after_a_write(write, lies):
    writes = {
        "set": lambda a: a.__setitem__(0, 1.0),
        "index_add": lambda a: a.index_add_(0, torch.tensor([0]), torch.ones(1, 3)),
        "cumsum": lambda a: a.cumsum_(0),
        "fill": lambda a: a.fill_(0.5),
        "slice": lambda a: a[:2].mul_(3),
    }

    def draw(a):
        writes[write](a)
        return torch.rand_like(a), torch.nn.functional.dropout(a, 0.5), a.uniform_().clone()

    compiled = torch.compile(draw)
    for seed in range(4):
        found = []
        for function in (draw, compiled):
            torch.manual_seed(seed)
            found.append(
                function(torch.ones(4, 3).permute(lies).reshape(4, 3) if lies[0] == 0 else torch.ones(3, 4).t())
            )
        assert all(torch.equal(a, b) for a, b in zip(*found, strict=True))


def test_what_a_view_that_cannot_follow_a_write_raises_is_raised_when_compiled():
    w = torch.ones(4, 3, requires_grad=True)

    def written(take):
        def step():
            base = w + 1
            view = take(base)
            base *= 2
            return (view.sin() + 1).sum()

        return step

    def unrecorded(base):
        with torch.no_grad():
            return base[0]

    for take in (lambda v: v.chunk(2)[0], lambda v: v.split(1)[2], lambda v: v.unbind()[1], unrecorded):
        compiled = torch.compile(written(take))
        for function in (written(take), compiled, compiled, compiled, compiled):
            with pytest.raises(RuntimeError, match=r"(is being|has been) modified inplace"):
                function().backward()


def test_a_gradient_is_the_object_that_was_returned_while_python_objects_changed():
    p, q = torch.nn.Parameter(torch.ones(2)), torch.ones(2, requires_grad=True)

    def step(x):
        p.grad = q.grad = None
        (p * x).sum().backward()
        return p.grad

    compiled = torch.compile(step)
    for call in range(6):
        if call == 3:
            q.grad = torch.ones(2)
            q.requires_grad_(False)
        assert compiled(torch.ones(2)) is p.grad


def test_what_was_refused_spoils_nothing_for_what_is_equal_to_it():
    x = torch.arange(6.0).reshape(2, 3)
    refused = [
        lambda: x.narrow(1, 1.0, 1), lambda: x.narrow(1, 1, 1.0), lambda: torch.select(x, 1, 2.0),
        lambda: torch.split(x, (1.0, 2.0), 1), lambda: torch.cumsum(x, 1.0), lambda: x.unsqueeze(0.0),
        lambda: torch.cat([x, x], 1.0), lambda: x.reshape(3.0, 2),
        lambda: x.permute(1.0, 0), lambda: x.transpose(0.0, 1), lambda: x.expand(2.0, 3),
    ]  # fmt: skip
    for _ in range(2):
        for call in refused:
            with pytest.raises(TypeError):
                call()
        assert x[:, 1:2].tolist() == [[1.0], [4.0]]
        assert x[:, 2].tolist() == [2.0, 5.0]
        assert [piece.shape for piece in torch.split(x, (1, 2), 1)] == [(2, 1), (2, 2)]
        made = x.reshape(3, 2), x.permute(1, 0), x.expand(2, 3), x.transpose(0, 1)
        assert repr([tuple(each.shape) for each in made]) == "[(3, 2), (3, 2), (2, 3), (3, 2)]"
    assert repr(x.reshape(True, 6).shape) == repr(x.reshape(1, 6).shape) == "torch.Size([1, 6])"


def test_a_view_does_not_begin_before_its_memory():
    for function in (torch.as_strided, torch.as_strided_copy):
        with pytest.raises(RuntimeError, match="Tensor: invalid storage offset -1"):
            function(torch.zeros(3), (2,), (1,), -1)


WRITING = {
    "a part": lambda x: (y := x.clone(), y[1].mul_(x[0]))[0],
    "a column": lambda x: (y := x.clone(), y[:, 1].mul_(y[:, 0] * 1))[0],
    "by itself": lambda x: (x * 1).mul_(x),
    "several": lambda x: (z := (y := x * 2) * 2).sin_().mul_(y) + z,
    "many": lambda x: x.clone().addcmul_(x, x, value=2).clamp_(2, 50).sqrt_(),
    "a result": lambda x: x.sin().exp_() * x,
}


@pytest.mark.parametrize("name", WRITING)
def test_what_is_packed_is_not_written_over_by_the_operation_that_saved_it(name):
    checkpoint = torch.utils.checkpoint

    def hooked(x):
        with torch.autograd.graph.saved_tensors_hooks(lambda t: t, lambda t: t):
            return WRITING[name](x)

    def whole(x):
        with checkpoint.set_checkpoint_early_stop(False):
            return checkpoint.checkpoint(WRITING[name], x, use_reentrant=False)

    gradients = []
    for function in (WRITING[name], hooked, whole):
        x = (torch.arange(6.0, dtype=torch.float64).reshape(2, 3) + 1).requires_grad_()
        function(x).sum().backward()
        gradients.append(x.grad)
    for other in gradients[1:]:
        torch.testing.assert_close(other, gradients[0])


def test_a_checkpoint_raises_what_the_function_itself_raises():
    def overwritten(x):
        y = x.exp()
        y[0].mul_(x[0])
        return y * 1

    for function in (
        overwritten,
        lambda x: torch.utils.checkpoint.checkpoint(overwritten, x, use_reentrant=False).sin(),
    ):
        with pytest.raises(RuntimeError, match="has been modified by an inplace operation"):
            function(torch.ones(2, 2, requires_grad=True)).sum().backward()


def test_numbers_in_the_place_of_tensors_are_refused_as_such():
    for name in ("square", "max", "min", "sort"):
        with pytest.raises(TypeError, match=rf"{name}\(\): argument 'input' \(position 1\) must be Tensor, not int"):
            getattr(torch, name)(2)


def test_derivatives_where_a_formula_would_cancel_or_leave_the_range():
    def derivatives(function, x, seed=1.2):
        y = function(x)
        (first,) = torch.autograd.grad(y, x, torch.full_like(y, seed), create_graph=True)
        return first, torch.autograd.grad(first.sum(), x)[0]

    x = torch.tensor([1e-30, 1e-8, 1e-4, 0.0], dtype=torch.float64, requires_grad=True)
    first, second = derivatives(torch.sinc, x)
    slopes = -1.2 * np.pi**2 / 3 * x.detach() * (1 - np.pi**2 * x.detach() ** 2 / 10)
    np.testing.assert_allclose(first.detach().numpy(), slopes.numpy(), rtol=1e-12)
    np.testing.assert_allclose(second.numpy(), -1.2 * np.pi**2 / 3, rtol=1e-6)
    for scale, dtype in (
        (1e15, torch.float32),
        (1e-14, torch.float32),
        (1e110, torch.float64),
        (1e-110, torch.float64),
    ):
        x = torch.tensor([3 * scale, 4 * scale], dtype=dtype, requires_grad=True)
        (g,) = torch.autograd.grad(x.norm(), x, create_graph=True)
        np.testing.assert_allclose((torch.autograd.grad(g[0], x)[0] * scale).numpy(), [0.128, -0.096], rtol=1e-6)
    x = torch.tensor([100.0, 38.0, 5.0, 0.0, -3.0, -1e6], dtype=torch.float64, requires_grad=True)
    first, second = derivatives(torch.special.log_ndtr, x, 1.0)
    known = [0, 1.0972210519949714e-314, 1.4867199409049056e-06, 0.7978845608028654, 3.2830986549304364, 1e6]
    np.testing.assert_allclose(first.detach().numpy(), known, rtol=1e-8, atol=1e-310)
    known = [0, 0, -7.433601914860711e-06, -0.6366197723675814, -0.9294408132147319, -1]
    np.testing.assert_allclose(second.numpy(), known, rtol=1e-10, atol=1e-300)
    x = torch.tensor([1e9, 1e10], dtype=torch.float64, requires_grad=True)
    first, second = derivatives(torch.special.i1e, x, 1.0)
    np.testing.assert_allclose(first.detach().numpy(), -0.19947114020071635 * x.detach().numpy() ** -1.5, rtol=1e-4)
    assert bool(second.isfinite().all())
    x = torch.tensor([1e-310], dtype=torch.float64, requires_grad=True)
    assert [each.item() for each in derivatives(torch.special.i1, x, 1.0)] == pytest.approx([0.5, 3.75e-311])


def test_norms_of_negative_order_and_of_nan():
    x = torch.tensor([[float("nan"), 1.0], [1.0, 2.0], [0.0, 1.0]])
    found = torch.linalg.vector_norm(x, -1, dim=1)
    np.testing.assert_allclose(found.numpy(), [float("nan"), 2 / 3, 0.0], rtol=1e-6)


def test_second_derivatives_of_half_precision_keep_their_dtype():
    x = torch.tensor(0.5, dtype=torch.bfloat16, requires_grad=True)
    for function in (torch.exp2, torch.erfinv):
        (first,) = torch.autograd.grad(function(x), x, create_graph=True)
        assert torch.autograd.grad(first, x)[0].dtype is torch.bfloat16

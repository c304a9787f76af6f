"""Writing into tensors where PyTorch's answer is no guide: what is kept whole, what is refused, whose line it was."""

import copy
import inspect
import warnings

import numpy as np
import pytest

import wengert as torch
from wengert.functions.writing.outputs import TAKING_OUT

# ------------------------------------------------------------------------ out=

FUNCTIONS = [name for names in TAKING_OUT.values() for name in names.split()]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_that_takes_out_is_wrapped_and_its_method_is_not(name):
    function = getattr(torch, name)
    assert "out" in inspect.signature(function, follow_wrapped=False).parameters
    method = vars(torch.Tensor).get(name)
    assert method is not function


def test_the_line_of_a_node_is_the_callers_where_a_function_stands_between():
    x = torch.tensor([0.5], requires_grad=True)
    line = inspect.currentframe().f_lineno
    nodes = [torch.sin(x).node, torch.maximum(x, 2 * x).node, torch.add(x, x, alpha=2).node]
    assert {node.place.file for node in nodes} == {__file__}
    assert {node.place.line for node in nodes} == {line + 1}


def test_nothing_is_written_where_one_of_two_results_does_not_fit():
    values, indices = torch.zeros(1), torch.zeros(1, dtype=torch.int32)
    with pytest.raises(RuntimeError, match="Expected out tensor to have dtype long int, but got int instead"):
        torch.max(torch.tensor([[1.0, 5.0]]), 1, out=(values, indices))
    assert values.item() == 0
    assert values._version == 0


def test_out_inside_of_a_transform_is_refused():
    with pytest.raises(RuntimeError, match="leave out= away"):
        torch.func.grad(lambda x: torch.sin(x, out=torch.zeros(())))(torch.tensor(1.0))


def test_out_is_written_by_the_users_line():
    x = torch.ones(2, requires_grad=True)
    w = torch.ones(2)
    y = x * w
    torch.exp(torch.zeros(2), out=w)
    with pytest.raises(RuntimeError, match=r"written by exp at .*test_writing\.py"):
        y.sum().backward()


# ------------------------------------------------------------------------ operands with a history


@pytest.mark.parametrize(
    "write",
    [
        lambda y, t: y.add_(other=t),
        lambda y, t: y.clamp_(max=t),
        lambda y, t: y.index_add_(dim=0, index=torch.tensor([0, 1]), source=t),
        lambda y, t: y.lerp_(end=t, weight=0.5),
    ],
)
def test_an_operand_given_by_name_keeps_its_history(write):
    y, t = torch.full((2,), 3.0), torch.tensor([1.0, 2.0], requires_grad=True)
    write(y, t)
    (slope,) = torch.autograd.grad(y.sum(), t)
    assert slope.abs().sum().item() > 0


# ------------------------------------------------------------------------ changing the shape of a tensor itself


def test_a_tensor_that_is_transposed_under_no_grad_keeps_its_history():
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    y = x * 1
    with torch.no_grad():
        y.t_()
    (slope,) = torch.autograd.grad((y * torch.tensor([[1.0, 10.0], [100.0, 1000.0]])).sum(), x)
    assert slope.tolist() == [[1.0, 100.0], [10.0, 1000.0]]


def test_views_taken_before_and_after_a_transpose_are_written_through():
    x = torch.arange(6.0).reshape(2, 3).clone().requires_grad_()
    y = x * 1
    before = y[0]
    y.t_()
    after = y[0]
    before.mul_(10)
    after.mul_(2)
    assert y.tolist() == [[0, 6], [10, 4], [20, 5]]
    (slope,) = torch.autograd.grad(y.sum(), x)
    assert slope.tolist() == [[20, 10, 10], [2, 1, 1]]
    assert before._base is y
    assert after._base is y
    assert y._base is None


def test_a_transpose_of_a_tensor_that_was_saved_is_noticed():
    x = torch.ones(2, 2, requires_grad=True)
    y = x * 1
    z = y * y
    y.t_()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        z.sum().backward()


def test_a_resized_tensor_with_views_takes_no_values_with_a_history():
    base, w = torch.zeros(4), torch.ones(1, requires_grad=True)
    part = base[:2]
    part.resize_(1)
    part.add_(5)
    with pytest.raises(RuntimeError, match="was resized"):
        part.mul_(w)
    assert base.tolist() == [5, 0, 0, 0]


def test_a_tensor_that_outgrows_its_memory_leaves_its_views_behind():
    x = torch.arange(2.0)
    v = x[:1]
    x.resize_(4)
    x[0] = 9.0
    assert v.item() == 0
    assert x[1].item() == 1


def test_x_data_takes_other_memory_and_leaves_the_views_behind():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 1
    v = y[:1]
    y.data = torch.tensor([7.0, 8.0])
    with torch.no_grad():
        v.zero_()
    assert y.tolist() == [7, 8]


# ------------------------------------------------------------------------ memory that may not be written


def test_a_tensor_over_a_read_only_array_is_not_written():
    array = np.ones(2)
    array.flags.writeable = False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        x = torch.from_numpy(array)
    for write in (lambda: x.add_(1), x.zero_, lambda: x.copy_(torch.zeros(2)), lambda: x.__setitem__(0, 5.0)):
        with pytest.raises(RuntimeError, match="read-only"):
            write()
    assert array.tolist() == [1, 1]


def test_an_array_that_a_tensor_gave_away_may_change_its_shape():
    x = torch.zeros(4)
    x.numpy().shape = (2, 2)
    assert x.shape == (4,)


# ------------------------------------------------------------------------ copies


def test_a_deep_copy_of_tensors_that_share_memory_shares_memory():
    a = torch.arange(6.0).reshape(2, 3).t()
    copied, part = copy.deepcopy((a, a[1:]))
    copied[1, 0] = 50.0
    assert part[0, 0].item() == 50.0
    assert copied.stride() == a.stride()
    assert a[1, 0].item() == 1.0


@pytest.mark.parametrize("n", [1, 2, 5])
def test_the_pieces_of_a_cut_are_outputs_of_one_node_in_every_kind_of_derivative(n):
    x = torch.linspace(0.5, 2.0, 2 * n).reshape(n, 2).requires_grad_()

    def f(x):
        return sum(((i + 1) * row).prod() * row.sum() for i, row in enumerate(x.unbind()))

    (slope,) = torch.autograd.grad(f(x), x, create_graph=True)
    (curve,) = torch.autograd.grad((slope * slope).sum(), x)
    assert torch.allclose(torch.func.grad(f)(x.detach()), slope.detach())
    again = torch.func.grad(lambda x: (torch.func.grad(f)(x) ** 2).sum())(x.detach())
    assert torch.allclose(again, curve)
    assert {row.grad_fn for row in x.unbind()} != {None}
    assert [row.output_nr for row in x.unbind()] == list(range(n))


def test_an_edge_to_the_only_piece_of_a_cut():
    x = torch.ones(1, 2, requires_grad=True)
    (row,) = x.unbind()
    edge = torch.autograd.graph.get_gradient_edge(row)
    assert torch.autograd.grad(edge, x, torch.tensor([1.0, 2.0]))[0].tolist() == [[1.0, 2.0]]
    assert row.grad_fn(torch.tensor([3.0, 4.0])).tolist() == [[3.0, 4.0]]

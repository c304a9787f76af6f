"""What layers write into their arguments: running statistics, and rows that are too long. Numbers are PyTorch's."""

import pytest

import wengert as torch
from wengert.nn import functional as F
from wengert.testing.compare import close

X = torch.arange(24.0).reshape(2, 3, 4) ** 1.5
MEANS = [7.797896862030029, 12.962885856628418, 19.383869171142578]


def statistics():
    return torch.zeros(3), torch.ones(3)


def same(tensor, numbers):
    close(tensor, torch.tensor(numbers), "the statistics", tolerance=1e-6)


def test_training_moves_the_running_statistics_towards_those_of_the_batch():
    mean, variance = statistics()
    F.batch_norm(X, mean, variance, training=True, momentum=0.3)
    same(mean, MEANS)
    same(variance, [201.0535430908203, 322.61846923828125, 439.959716796875])


def test_instances_are_averaged_for_the_running_statistics():
    mean, variance = statistics()
    F.instance_norm(X, mean, variance, momentum=0.3)
    same(mean, MEANS)
    same(variance, [9.070667266845703, 13.621084213256836, 18.127147674560547])


def test_evaluation_leaves_the_running_statistics_alone():
    mean, variance = statistics()
    F.batch_norm(X, mean, variance)
    assert mean.tolist() == [0.0] * 3
    assert variance.tolist() == [1.0] * 3


def test_running_statistics_are_not_recorded():
    mean, variance = statistics()
    x = X.clone().requires_grad_()
    F.batch_norm(x, mean, variance, training=True)
    assert not mean.requires_grad
    assert not variance.requires_grad
    with pytest.raises(RuntimeError, match="not differentiable with respect to argument 'running_mean'"):
        F.batch_norm(x, mean.clone().requires_grad_(), variance, training=True)


def test_gradients_by_a_transform_move_the_running_statistics_too():
    mean, variance = statistics()
    torch.func.grad(lambda x: F.batch_norm(x, mean, variance, training=True, momentum=0.3).square().sum())(X)
    same(mean, MEANS)


def test_statistics_do_not_cancel():
    x = torch.arange(8.0).reshape(4, 2) + 1e6
    y = F.batch_norm(x, None, None, training=True)
    close(y, F.batch_norm(torch.arange(8.0).reshape(4, 2), None, None, training=True), "far from 0", tolerance=1e-6)


def test_rows_that_are_used_are_shortened_in_the_table():
    table = torch.arange(6.0).reshape(3, 2).requires_grad_()
    F.embedding(torch.tensor([2, 1]), table, max_norm=2.0).sum().backward()
    same(
        table.detach(), [[0.0, 1.0], [1.1094003915786743, 1.6641006469726562], [1.2493900060653687, 1.5617375373840332]]
    )
    assert table.grad.tolist() == [[0.0, 0.0], [1.0, 1.0], [1.0, 1.0]]

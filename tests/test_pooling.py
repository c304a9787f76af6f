"""Pooling: against its definition, in every mode, and against PyTorch."""

from itertools import product

import numpy as np
import pytest

import wengert
from wengert.autograd import gradcheck, gradgradcheck
from wengert.func import jvp, vmap
from wengert.graph import interpret, stage

F = wengert.nn.functional


def some(*shape):
    """Numbers none of which is near another, in no order."""
    count = int(np.prod(shape))
    return np.random.default_rng([*shape]).permutation(count).reshape(shape) / count + 0.1


def leaf(array):
    return wengert.tensor(array, requires_grad=True)


CASES = {
    "max 1": (lambda f, x: f.max_pool1d(x, 2), (2, 5)),
    "max 1 with all": (lambda f, x: f.max_pool1d(x, 3, 2, 1, 2, True), (2, 3, 8)),
    "max 2": (lambda f, x: f.max_pool2d(x, 2), (2, 2, 4, 5)),
    "max 2 with all": (lambda f, x: f.max_pool2d(x, (3, 2), (1, 2), (1, 0), (2, 1), ceil_mode=True), (2, 6, 5)),
    "max 2 overlapping": (lambda f, x: f.max_pool2d(x, 3, 1, 1), (1, 2, 4, 4)),
    "max 3": (lambda f, x: f.max_pool3d(x, 2, (1, 2, 1)), (2, 3, 4, 3)),
    "avg 1": (lambda f, x: f.avg_pool1d(x, 2), (2, 5)),
    "avg 1 with all": (lambda f, x: f.avg_pool1d(x, 3, 2, 1, True, False), (2, 3, 6)),
    "avg 2": (lambda f, x: f.avg_pool2d(x, 2), (2, 2, 4, 5)),
    "avg 2 with all": (lambda f, x: f.avg_pool2d(x, (3, 2), (1, 2), (1, 0), True, False), (2, 6, 5)),
    "avg 2 with ceil": (lambda f, x: f.avg_pool2d(x, 3, 2, 1, True), (2, 6, 6)),
    "avg 2 by 7": (lambda f, x: f.avg_pool2d(x, 2, 1, divisor_override=7), (2, 3, 3)),
    "avg 3": (lambda f, x: f.avg_pool3d(x, 2, 1, 1), (2, 3, 2, 3)),
    "lp 1": (lambda f, x: f.lp_pool1d(x, 3, 2), (2, 5)),
    "lp 2": (lambda f, x: f.lp_pool2d(x, 2, (2, 3), 1), (2, 3, 4)),
    "lp 3": (lambda f, x: f.lp_pool3d(x, 2.5, 2), (2, 2, 3, 2)),
    "adaptive avg 1": (lambda f, x: f.adaptive_avg_pool1d(x, 3), (2, 7)),
    "adaptive avg 2": (lambda f, x: f.adaptive_avg_pool2d(x, (2, None)), (2, 2, 5, 3)),
    "adaptive avg 2 evenly": (lambda f, x: f.adaptive_avg_pool2d(x, (2, 1)), (2, 2, 4, 3)),
    "adaptive avg to more": (lambda f, x: f.adaptive_avg_pool1d(x, 7), (2, 3)),
    "adaptive avg 3": (lambda f, x: f.adaptive_avg_pool3d(x, (1, 2, 3)), (2, 2, 3, 4)),
    "adaptive max 1": (lambda f, x: f.adaptive_max_pool1d(x, 3), (2, 7)),
    "adaptive max 2": (lambda f, x: f.adaptive_max_pool2d(x, (2, 3)), (2, 2, 5, 4)),
    "adaptive max 2 evenly": (lambda f, x: f.adaptive_max_pool2d(x, 2), (2, 4, 6)),
    "adaptive max 3": (lambda f, x: f.adaptive_max_pool3d(x, (1, 2, 3)), (2, 2, 3, 4)),
    "unpool 1": (lambda f, x: f.max_unpool1d(*f.max_pool1d(x, 2, return_indices=True), 2), (2, 4)),
    "unpool 2": (
        lambda f, x: f.max_unpool2d(*f.max_pool2d(x, 2, return_indices=True), 2, output_size=(5, 4)),
        (1, 2, 5, 4),
    ),
    "unpool 3": (lambda f, x: f.max_unpool3d(*f.max_pool3d(x, 2, return_indices=True), 2), (1, 2, 4, 2)),
}


@pytest.mark.parametrize("name", CASES)
def test_its_first_and_second_gradients_are_right(name):
    function, shape = CASES[name]
    assert gradcheck(lambda x: function(F, x), [leaf(some(*shape))])
    assert gradgradcheck(lambda x: function(F, x), [leaf(some(*shape))])


@pytest.mark.parametrize("name", [name for name in CASES if "unpool" not in name])
def test_it_works_in_every_mode(name):
    function, shape = CASES[name]
    here = lambda x: function(F, x)  # noqa: E731
    x, t = some(*shape), some(*shape)[::-1].copy()
    batch = np.stack([x, x[::-1] * 0.5, x**2])
    for axis in (0, 1, -1):
        got = vmap(here, in_dims=axis)(wengert.tensor(np.moveaxis(batch, 0, axis).copy()))
        for k in range(3):
            np.testing.assert_allclose(got[k].numpy(), here(wengert.tensor(batch[k])).numpy(), rtol=1e-12)
    value, moved = jvp(here, (wengert.tensor(x),), (wengert.tensor(t),))
    (gradient,) = wengert.autograd.grad(here(seen := leaf(x)).sum(), seen)
    assert (gradient.numpy() * t).sum() == pytest.approx(moved.sum().item())
    (staged,) = interpret(stage(here)(wengert.tensor(x)), x)
    np.testing.assert_allclose(staged, value.numpy(), rtol=1e-12)


def windows_of(n, k, s, pad, d):
    count = (n + 2 * pad - d * (k - 1) - 1) // s + 1
    return [[i * s - pad + j * d for j in range(k) if 0 <= i * s - pad + j * d < n] for i in range(count)]


@pytest.mark.parametrize("steps", [(2, 2, 0, 1), (3, 1, 1, 1), (2, 3, 1, 2)])
def test_the_largest_and_the_mean_are_those_of_the_windows(steps):
    x = some(2, 6, 7)
    rows, columns = windows_of(6, *steps), windows_of(7, *steps)
    largest = np.zeros((2, len(rows), len(columns)))
    for (i, r), (j, c) in product(enumerate(rows), enumerate(columns)):
        largest[:, i, j] = x[:, r][:, :, c].max((1, 2))
    got, where = F.max_pool2d(wengert.tensor(x), *steps, return_indices=True)
    assert got.tolist() == largest.tolist()
    assert (
        np.take_along_axis(x.reshape(2, -1), where.numpy().reshape(2, -1), 1).tolist()
        == largest.reshape(2, -1).tolist()
    )
    if steps[-1] == 1:
        means = [[[x[a][np.ix_(r, c)].mean() for c in columns] for r in rows] for a in range(2)]
        got = F.avg_pool2d(wengert.tensor(x), *steps[:3], count_include_pad=False)
        np.testing.assert_allclose(got.numpy(), means, rtol=1e-13)


def test_the_first_of_equal_elements_gets_the_gradient():
    x = leaf(np.ones((1, 2, 2)))
    F.max_pool2d(x, 2).sum().backward()
    assert x.grad.tolist() == [[[1, 0], [0, 0]]]


def test_nan_wins_and_infinity_at_the_edge_is_not_padding():
    x = wengert.tensor([[1.0, wengert.nan, 2.0, -wengert.inf]])
    assert str(F.max_pool1d(x, 2).tolist()) == "[[nan, 2.0]]"
    low = wengert.full((1, 3), -wengert.inf)
    assert F.max_pool1d(low, 2, 2, 1, return_indices=True)[1].tolist() == [[0, 1]]


def test_integers_are_taken():
    x = wengert.arange(4).reshape(1, 2, 2)
    assert F.max_pool2d(x, 2).tolist() == [[[3]]]
    assert F.avg_pool2d(x, 2).tolist() == [[[1]]]


REFUSED = [
    "F.max_pool2d(r(5,5),2)",
    "F.max_pool2d(r(1,1,5,5),2,stride=0)",
    "F.max_pool2d(r(1,1,5,5),2,padding=2)",
    "F.max_pool2d(r(1,1,5,5),2,padding=-1)",
    "F.max_pool2d(r(1,1,5,5),2,dilation=0)",
    "F.max_pool2d(r(1,1,5,5),7)",
    "F.max_pool2d(r(1,1,5,5),(2,2,2))",
    "F.max_pool2d(r(1,1,5,5),2,(1,1,1))",
    "F.max_pool2d(r(1,0,5,5),2)",
    "F.max_pool1d(r(5),2)",
    "F.max_pool1d(r(1,1,5),0)",
    "F.max_pool1d(r(1,1,5),2,padding=2)",
    "F.max_pool1d(r(1,1,5),7)",
    "F.max_pool1d(r(1,1,5),(2,2))",
    "F.max_pool3d(r(5,5),2)",
    "F.max_pool2d(r(1,1,4,4)>0,2)",
    "F.avg_pool2d(r(5,5),2)",
    "F.avg_pool2d(r(1,1,5,5),7)",
    "F.avg_pool2d(r(1,1,5,5),2,divisor_override=0)",
    "F.avg_pool1d(r(5),2)",
    "F.avg_pool1d(r(1,5),7)",
    "F.avg_pool3d(r(1,5,5,5),7)",
    "F.adaptive_avg_pool2d(r(5,5),2)",
    "F.adaptive_avg_pool2d(r(1,5,5),(2,2,2))",
    "F.adaptive_avg_pool2d(r(1,5,5),-1)",
    "F.adaptive_avg_pool1d(r(5),2)",
    "F.adaptive_avg_pool2d(r(1,0,5),2)",
    "F.max_unpool2d(r(1,1,2,2),torch.tensor([[[[0,1],[2,33]]]]),2)",
    "F.max_unpool2d(r(1,1,2,2),torch.tensor([[[0,1],[2,3]]]),2)",
    "F.max_unpool2d(r(1,1,2,2),torch.tensor([[[[0,1],[2,3]]]]),2,output_size=(9,9))",
    "F.max_unpool2d(r(1,1,2,2),torch.tensor([[[[0,1],[2,3]]]]),2,output_size=(5,))",
    "F.max_unpool2d(r(1,1,2,2),torch.tensor([[[[0,1],[2,3]]]]).int(),2)",
]
KINDS = (NotImplementedError, RuntimeError, ValueError, IndexError, TypeError)


def refusal(torch, program):
    with pytest.raises(KINDS) as caught:
        eval(program, {"F": torch.nn.functional, "r": torch.randn, "torch": torch})
    return next(kind for kind in KINDS if isinstance(caught.value, kind)), str(caught.value).split("\n")[0]


@pytest.mark.parametrize("program", REFUSED)
def test_what_is_refused_raises_an_error_of_wengerts(program):
    with pytest.raises(wengert.errors.WengertError):
        eval(program, {"F": F, "r": wengert.randn, "torch": wengert})


@pytest.mark.peers
@pytest.mark.parametrize("program", REFUSED)
def test_what_pytorch_refuses_is_refused_in_its_words(program):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    assert refusal(wengert, program) == refusal(torch, program)


def values_and_gradients(torch, function, array):
    x = torch.tensor(array, requires_grad=True)
    out = function(torch.nn.functional, x)
    (first,) = torch.autograd.grad((out * out).sum(), x, create_graph=True)
    (second,) = torch.autograd.grad((first * first).sum(), x)
    return [np.array(t.detach().numpy()) for t in (out, first, second)]


@pytest.mark.peers
@pytest.mark.parametrize("name", CASES)
def test_pytorch_gives_the_same(name):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    function, shape = CASES[name]
    ours, theirs = (values_and_gradients(t, function, some(*shape)) for t in (wengert, torch))
    for a, b in zip(ours, theirs, strict=True):
        assert a.shape == b.shape
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)

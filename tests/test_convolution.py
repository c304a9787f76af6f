"""Convolutions, unfold, fold and padding: against their definition, in every mode, and against PyTorch."""

from itertools import product

import numpy as np
import pytest

import wengert
from wengert.autograd import gradcheck, gradgradcheck
from wengert.func import jvp, vmap
from wengert.graph import interpret, stage

F = wengert.nn.functional


def some(*shape, salt=0):
    return np.random.default_rng([salt, *shape]).uniform(-1, 1, shape)


def leaf(array):
    return wengert.tensor(array, requires_grad=True)


def by_definition(x, w, b, stride, padding, dilation, groups):
    """A convolution of any number of dimensions, element by element."""
    dims = w.ndim - 2
    x = np.pad(x, [(0, 0), (0, 0), *((p, p) for p in padding)])
    kernel = w.shape[2:]
    counts = [(n - d * (k - 1) - 1) // s + 1 for n, k, s, d in zip(x.shape[2:], kernel, stride, dilation, strict=True)]
    out = np.zeros((x.shape[0], w.shape[0], *counts))
    inner, outer = w.shape[1], w.shape[0] // groups
    for o in range(w.shape[0]):
        channels = slice(o // outer * inner, (o // outer + 1) * inner)
        for at in product(*map(range, counts)):
            window = tuple(
                slice(i * s, i * s + d * (k - 1) + 1, d)
                for i, s, d, k in zip(at, stride, dilation, kernel, strict=True)
            )
            part = x[(slice(None), channels, *window)]
            out[(slice(None), o, *at)] = (part * w[o]).sum(tuple(range(1, dims + 2)))
    return out + (0 if b is None else b.reshape(-1, *(1,) * dims))


# the input, the weight, and stride, padding, dilation, groups
CONVOLUTIONS = [
    ((2, 3, 6), (4, 3, 3), (1,), (0,), (1,), 1),
    ((1, 3, 7), (4, 3, 2), (2,), (1,), (2,), 1),
    ((2, 4, 7), (6, 2, 3), (3,), (2,), (1,), 2),
    ((2, 3, 5, 6), (4, 3, 3, 2), (1, 1), (0, 0), (1, 1), 1),
    ((2, 3, 6, 5), (4, 3, 2, 3), (2, 1), (1, 2), (1, 2), 1),
    ((2, 4, 5, 5), (4, 1, 2, 2), (2, 2), (0, 0), (1, 1), 4),
    ((1, 2, 18, 18), (2, 2, 2, 2), (1, 1), (1, 0), (1, 1), 1),
    ((2, 3, 4, 4), (2, 3, 1, 1), (1, 1), (0, 0), (1, 1), 1),
    ((2, 3, 4, 5), (2, 3, 1, 1), (2, 2), (1, 0), (1, 1), 1),
    ((2, 2, 3, 4, 3), (2, 2, 2, 2, 2), (1, 2, 1), (0, 1, 0), (1, 1, 2), 1),
]


def function_of(case, torch=wengert):
    _, w, *steps = case
    convolve = getattr(torch.nn.functional, f"conv{len(w) - 2}d")
    return lambda x, weight, bias: convolve(x, weight, bias, *steps)


def operands(case):
    x, w = case[:2]
    return some(*x), some(*w, salt=1), some(w[0], salt=2)


def small(cases):
    return [case for case in cases if np.prod(case[0]) < 200]


@pytest.mark.parametrize("case", CONVOLUTIONS, ids=str)
def test_a_convolution_is_what_its_definition_says(case):
    x, w, b = operands(case)
    got = function_of(case)(*map(wengert.tensor, (x, w, b)))
    np.testing.assert_allclose(got.numpy(), by_definition(x, w, b, *case[2:]), atol=1e-13)
    assert got.is_contiguous()


@pytest.mark.parametrize("case", small(CONVOLUTIONS), ids=str)
def test_its_first_and_second_gradients_are_right(case):
    leaves = [leaf(array) for array in operands(case)]
    assert gradcheck(function_of(case), leaves)
    assert gradgradcheck(function_of(case), leaves)


def in_every_mode(function, arrays):
    """vmap is a loop, jvp is the transpose of backward, and a staged graph gives the same."""
    batches = [np.stack([a, a[::-1].copy(), 0.5 * a]) for a in arrays]
    for chosen in product((0, None), repeat=len(arrays)):
        if all(c is None for c in chosen):
            continue
        given = [b if c == 0 else a for a, b, c in zip(arrays, batches, chosen, strict=True)]
        got = vmap(function, in_dims=chosen)(*map(wengert.tensor, given))
        for k in range(3):
            each = [wengert.tensor(b[k] if c == 0 else a) for a, b, c in zip(arrays, batches, chosen, strict=True)]
            np.testing.assert_allclose(got[k].numpy(), function(*each).numpy(), atol=1e-12)
    points = tuple(map(wengert.tensor, arrays))
    tangents = tuple(wengert.tensor(some(*a.shape, salt=7)) for a in arrays)
    value, moved = jvp(function, points, tangents)
    leaves = [leaf(a) for a in arrays]
    seed = some(*value.shape, salt=8)
    gradients = wengert.autograd.grad(function(*leaves), leaves, wengert.tensor(seed))
    there = sum((g * t).sum().item() for g, t in zip(gradients, tangents, strict=True))
    assert there == pytest.approx((moved.numpy() * seed).sum(), rel=1e-10)
    (staged,) = interpret(stage(function)(*points), *arrays)
    np.testing.assert_allclose(staged, value.numpy(), atol=1e-13)


@pytest.mark.parametrize("case", CONVOLUTIONS[1:8:3], ids=str)
def test_a_convolution_works_in_every_mode(case):
    in_every_mode(function_of(case), operands(case))


# the input, the weight, and stride, padding, output_padding, groups, dilation
TRANSPOSED = [
    ((2, 3, 4), (3, 2, 3), (1,), (0,), (0,), 1, (1,)),
    ((1, 4, 3), (4, 2, 2), (3,), (1,), (2,), 2, (1,)),
    ((2, 2, 3, 3), (2, 3, 2, 3), (2, 1), (1, 0), (1, 0), 1, (1, 2)),
    ((1, 2, 3, 3), (2, 3, 2, 2), (1, 1), (0, 1), (2, 1), 1, (3, 2)),
    ((1, 2, 17, 16), (2, 1, 2, 2), (2, 2), (0, 0), (0, 0), 1, (1, 1)),
    ((2, 2, 3, 3), (2, 3, 1, 1), (1, 1), (0, 0), (0, 0), 1, (1, 1)),
    ((1, 2, 2, 2, 3), (2, 2, 2, 1, 2), (1, 2, 1), (0, 0, 1), (0, 1, 0), 1, (1, 1, 1)),
]


def transposed_of(case, torch=wengert):
    _, w, *steps = case
    convolve = getattr(torch.nn.functional, f"conv_transpose{len(w) - 2}d")
    return lambda x, weight, bias: convolve(x, weight, bias, *steps)


def transposed_operands(case):
    x, w, *_, groups, _ = case
    return some(*x), some(*w, salt=1), some(w[1] * groups, salt=2)


@pytest.mark.parametrize("case", TRANSPOSED, ids=str)
def test_a_transposed_convolution_is_the_transpose_of_a_convolution(case):
    x, w, b = transposed_operands(case)
    _, _, stride, padding, _, groups, dilation = case
    out = transposed_of(case)(*map(wengert.tensor, (x, w, b))).numpy()
    without = out - b.reshape(-1, *(1,) * (w.ndim - 2))
    image = some(*out.shape, salt=3)
    # <image, C'x> = <C image, x>; with output_padding C may see more windows than x has elements
    seen = by_definition(image, w, None, stride, padding, dilation, groups)
    seen = seen[tuple(slice(n) for n in x.shape)]
    assert (image * without).sum() == pytest.approx((seen * x).sum())


@pytest.mark.parametrize("case", small(TRANSPOSED), ids=str)
def test_the_gradients_of_a_transposed_convolution_are_right(case):
    leaves = [leaf(array) for array in transposed_operands(case)]
    assert gradcheck(transposed_of(case), leaves)
    assert gradgradcheck(transposed_of(case), leaves)


@pytest.mark.parametrize("case", TRANSPOSED[1:3], ids=str)
def test_a_transposed_convolution_works_in_every_mode(case):
    in_every_mode(transposed_of(case), transposed_operands(case))


@pytest.mark.parametrize("size", [(1, 2, 4, 5), (2, 20, 20)])
def test_without_a_batch_there_is_a_result_without_one(size):
    w = wengert.tensor(some(3, 2, 2, 2))
    x = wengert.tensor(some(*size[-3:]) if len(size) == 4 else some(*size))
    assert F.conv2d(x, w).shape == F.conv2d(x[None], w)[0].shape
    np.testing.assert_allclose(F.conv2d(x, w).numpy(), F.conv2d(x[None], w)[0].numpy(), atol=1e-13)


def test_padding_by_a_word():
    x, w = wengert.tensor(some(1, 1, 6)), wengert.tensor(some(1, 1, 4))
    assert F.conv1d(x, w, padding="valid").shape == (1, 1, 3)
    same = F.conv1d(x, w, padding="same")
    assert same.tolist() == F.conv1d(F.pad(x, (1, 2)), w).tolist()


@pytest.mark.parametrize("size", [(2, 3, 8, 8), (2, 3, 20, 20)])
def test_a_result_is_nobodys_view(size):
    x, w = leaf(some(*size)), leaf(some(2, 3, 1, 1))
    y = F.conv2d(x, w)
    before = y.detach().clone()
    assert not y._is_view()
    y.relu_()
    y.sum().backward()
    mask = (before > 0).numpy()
    np.testing.assert_allclose(w.grad.numpy()[:, :, 0, 0], np.einsum("nohw,nchw->oc", mask * 1.0, x.detach().numpy()))


def test_integers_and_halves_are_taken():
    x = wengert.arange(9).reshape(1, 1, 3, 3)
    assert F.conv2d(x, wengert.ones(1, 1, 2, 2, dtype=wengert.int64)).tolist() == [[[[8, 12], [20, 24]]]]
    assert F.conv2d(x.half(), wengert.ones(1, 1, 2, 2).half()).dtype == wengert.float16


# ------------------------------------------------------------------------ unfold, fold, pad

OTHERS = {
    "unfold": (
        lambda t, x: t.nn.functional.unfold(x, (2, 3), dilation=(1, 2), padding=(1, 2), stride=(2, 1)),
        (2, 3, 4, 5),
    ),
    "unfold of 1 by 1": (lambda t, x: t.nn.functional.unfold(x, 1), (2, 3, 4)),
    "fold": (lambda t, x: t.nn.functional.fold(x, (4, 5), (2, 3), (1, 2), (1, 2), (2, 1)), (2, 12, 15)),
    "fold without padding": (lambda t, x: t.nn.functional.fold(x, (3, 4), 2), (4, 6)),
    "a view of windows": (lambda t, x: x.unfold(1, 3, 2), (2, 8)),
    "windows of windows": (lambda t, x: x.unfold(0, 2, 1).unfold(1, 2, 3) * 2, (3, 5)),
    "a window of nothing": (lambda t, x: x.unfold(0, 0, 2) * 2, (3, 5)),
    "pad": (lambda t, x: t.nn.functional.pad(x, (1, 2, 0, 1)), (2, 3)),
    "pad with a number": (lambda t, x: t.nn.functional.pad(x, (1, -1, -1, 2), value=0.5), (3, 4)),
    "pad by less": (lambda t, x: t.nn.functional.pad(x, (-1, -1)), (3, 4)),
    "reflect": (lambda t, x: t.nn.functional.pad(x, (2, 1, 1, 0), "reflect"), (2, 3, 4)),
    "reflect and take away": (lambda t, x: t.nn.functional.pad(x, (2, -2), "reflect"), (2, 3)),
    "replicate": (lambda t, x: t.nn.functional.pad(x, (2, 4, 0, 1), "replicate"), (2, 3, 4)),
    "replicate and take away": (lambda t, x: t.nn.functional.pad(x, (-2, 3), "replicate"), (2, 3)),
    "circular": (lambda t, x: t.nn.functional.pad(x, (2, 4, 3, 1), "circular"), (2, 3, 4)),
    "circular and take away": (lambda t, x: t.nn.functional.pad(x, (-1, 1), "circular"), (2, 3)),
}


@pytest.mark.parametrize("name", OTHERS)
def test_the_others_have_their_gradients_in_every_mode(name):
    function, shape = OTHERS[name]
    here = lambda x: function(wengert, x)  # noqa: E731
    if name != "a window of nothing":
        assert gradcheck(here, [leaf(some(*shape))])
        assert gradgradcheck(here, [leaf(some(*shape))])
    in_every_mode(here, [some(*shape)])


def test_fold_is_the_transpose_of_unfold():
    x, y = some(2, 3, 5, 6), some(2, 27, 15)
    options = {"kernel_size": 3, "padding": (1, 1), "stride": (2, 1), "dilation": (1, 1)}
    y = some(2, 27, 18)
    there = (F.unfold(wengert.tensor(x), **options).numpy() * y).sum()
    assert there == pytest.approx((F.fold(wengert.tensor(y), (5, 6), **options).numpy() * x).sum())


def test_a_view_of_windows_sees_what_is_written():
    x = wengert.arange(5.0)
    windows = x.unfold(0, 2, 1)
    x[1] = 9.0
    assert windows.tolist() == [[0, 9], [9, 2], [2, 3], [3, 4]]
    assert windows._is_view()


# ------------------------------------------------------------------------ PyTorch

REFUSED = [
    "F.conv2d(r(1,3,5,5),r(2,4,3,3))",
    "F.conv2d(r(3,5),r(2,3,3,3))",
    "F.conv2d(r(1,3,5,5),r(2,3,3))",
    "F.conv2d(r(1,3,2,2),r(2,3,3,3))",
    "F.conv2d(r(1,3,5,5),r(2,3,3,3),padding=-1)",
    "F.conv2d(r(1,3,5,5),r(2,3,3,3),stride=0)",
    "F.conv2d(r(1,3,5,5),r(2,3,3,3),dilation=0)",
    "F.conv2d(r(1,3,5,5),r(2,3,3,3),r(3))",
    "F.conv2d(r(1,4,5,5),r(3,2,3,3),groups=2)",
    "F.conv2d(r(1,3,5,5),r(2,3,3,3),groups=0)",
    "F.conv2d(r(1,3,5,5),r(2,3,3,3),groups=2)",
    "F.conv2d(r(1,3,5,5),r(2,3,3,3),padding='same',stride=2)",
    "F.conv2d(r(1,3,5,5),r(2,3,3,3),padding='foo')",
    "F.conv2d(r(1,3,5,5),r(2,3,3,3),stride=(1,2,3))",
    "F.conv2d(r(1,3,5,5).double(),r(2,3,3,3))",
    "F.conv2d(r(1,3,5,5).double(),r(2,3,3,3).double(),r(2))",
    "F.conv2d(r(1,3,5,5),r(0,3,3,3))",
    "F.conv2d(r(1,3,5,5),r(2,3,0,3))",
    "F.conv1d(r(5),r(2,3,3))",
    "F.conv_transpose2d(r(1,3,5,5),r(2,4,3,3))",
    "F.conv_transpose2d(r(1,3,5,5),r(3,4,3,3),r(3))",
    "F.conv_transpose2d(r(1,3,5,5),r(3,4,3,3),output_padding=1)",
    "F.conv_transpose2d(r(1,3,5,5),r(3,4,3,3),output_padding=-1)",
    "F.conv_transpose2d(r(1,3,5,5),r(3,4,3,3),padding=9)",
    "F.conv_transpose2d(r(1,3,5,5),r(3,4,3,3),padding='same')",
    "F.unfold(r(5,5),3)",
    "F.unfold(r(1,2,5,5),7)",
    "F.unfold(r(1,2,5,5),(3,0))",
    "F.unfold(r(1,2,5,5),3,padding=-1)",
    "F.unfold(r(1,2,5,5),(3,3,3))",
    "F.fold(r(1,17,9),(5,5),3)",
    "F.fold(r(1,18,8),(5,5),3)",
    "F.fold(r(18),(5,5),3)",
    "r(5).unfold(0,7,1)",
    "r(5).unfold(0,2,0)",
    "r(5).unfold(0,-2,1)",
    "F.pad(r(2,3),(1,1,1))",
    "F.pad(r(2,3),(1,1,1,1,1,1))",
    "F.pad(r(2,3),(-2,-2))",
    "F.pad(r(2,3),(1,1),'foo')",
    "F.pad(r(2,3),(1,1,1,1),'reflect')",
    "F.pad(r(2,3),(3,1),'reflect')",
    "F.pad(r(2,3),(1,1),'reflect',1.0)",
    "F.pad(r(2,3),(4,1),'circular')",
    "F.pad(r(2,3),3)",
    "F.pad(r(0,3),(1,1),'reflect')",
]


KINDS = (NotImplementedError, RuntimeError, ValueError, IndexError, TypeError)


def refusal(torch, program):
    with pytest.raises(KINDS) as caught:
        eval(program, {"F": torch.nn.functional, "r": torch.randn, "torch": torch})
    return next(kind for kind in KINDS if isinstance(caught.value, kind)), str(caught.value).split("\n")[0]


@pytest.mark.peers
@pytest.mark.parametrize("program", REFUSED)
def test_what_pytorch_refuses_is_refused_in_its_words(program):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    assert refusal(wengert, program) == refusal(torch, program)


@pytest.mark.parametrize("program", REFUSED)
def test_what_is_refused_raises_an_error_of_wengerts(program):
    with pytest.raises(wengert.errors.WengertError):
        eval(program, {"F": F, "r": wengert.randn, "torch": wengert})


def values_and_gradients(torch, function, arrays):
    leaves = [torch.tensor(array, requires_grad=True) for array in arrays]
    out = function(*leaves)
    first = torch.autograd.grad((out * out).sum(), leaves, create_graph=True)
    second = torch.autograd.grad(sum((g * g).sum() for g in first), leaves)
    return [np.array(t.detach().numpy()) for t in (out, *first, *second)]


def agree(torch, function, arrays):
    ours = values_and_gradients(wengert, lambda *xs: function(wengert, *xs), arrays)
    theirs = values_and_gradients(torch, lambda *xs: function(torch, *xs), arrays)
    for a, b in zip(ours, theirs, strict=True):
        assert a.shape == b.shape
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9)


@pytest.mark.peers
@pytest.mark.parametrize("case", CONVOLUTIONS, ids=str)
def test_pytorchs_convolution_gives_the_same(case):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    agree(torch, lambda t, *xs: function_of(case, t)(*xs), operands(case))


@pytest.mark.peers
@pytest.mark.parametrize("case", TRANSPOSED, ids=str)
def test_pytorchs_transposed_convolution_gives_the_same(case):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    agree(torch, lambda t, *xs: transposed_of(case, t)(*xs), transposed_operands(case))


@pytest.mark.peers
@pytest.mark.parametrize("name", OTHERS)
def test_pytorchs_others_give_the_same(name):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    function, shape = OTHERS[name]
    agree(torch, function, [some(*shape)])

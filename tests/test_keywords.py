"""Arguments by the names that PyTorch gives them: the same as by position, and accepted by PyTorch too."""

import numpy as np
import pytest

import wengert

NAMED = {
    "T.reshape(x, shape=(4,))": "T.reshape(x, (4,))",
    "x.reshape(shape=(4,))": "x.reshape(4)",
    "x.view(size=(4,))": "x.view(4)",
    "x.view(dtype=T.int64)": "x.view(T.int64)",
    "x.expand(size=(2, 2, 2))": "x.expand(2, 2, 2)",
    "x.repeat(repeats=(2, 1))": "x.repeat(2, 1)",
    "T.permute(x, dims=(1, 0))": "T.permute(x, (1, 0))",
    "x.permute(dims=[1, 0])": "x.permute(1, 0)",
    "T.flip(x, dims=(1,))": "T.flip(x, (1,))",
    "x.flip(dims=[0])": "x.flip(0)",
    "T.tile(x, dims=(2,))": "T.tile(x, (2,))",
    "x.tile(dims=(2,))": "x.tile(2)",
    "T.swapaxes(x, axis0=0, axis1=1)": "T.swapaxes(x, 0, 1)",
    "T.broadcast_to(x, size=(2, 2, 2))": "T.broadcast_to(x, (2, 2, 2))",
    "x.split(split_size=1)[1]": "x.split(1)[1]",
    "T.zeros(size=(2,))": "T.zeros(2)",
    "T.ones(size=(2,), layout=T.strided, pin_memory=False)": "T.ones(2)",
    "T.empty(size=(2, 0))": "T.empty(2, 0)",
    "T.rand(size=(2,), generator=seeded())": "T.rand(2, generator=seeded())",
    "T.randn(size=(2, 3), generator=seeded())": "T.randn(2, 3, generator=seeded())",
    "T.randint(high=9, size=(3,), generator=seeded())": "T.randint(9, (3,), generator=seeded())",
    "T.randperm(5, device='cpu', generator=seeded())": "T.randperm(5, generator=seeded())",
    "T.rand_like(x, generator=seeded(), device=x.device)": "T.rand(2, 2, dtype=x.dtype, generator=seeded())",
    "T.zeros_like(x, device=x.device)": "T.zeros_like(x)",
    "T.ones_like(x, dtype=T.int32, device='cpu')": "T.ones_like(x, dtype=T.int32)",
    "T.full_like(x, 3.0, device=T.device('cpu'))": "T.full_like(x, 3.0)",
    "T.tensor([1.0], pin_memory=False)": "T.tensor([1.0])",
    "x.new_zeros(size=(2,))": "x.new_zeros(2)",
    "x.new_ones(size=(2,), dtype=T.int32)": "x.new_ones(2, dtype=T.int32)",
    "x.new_full(size=(2,), fill_value=3)": "x.new_full((2,), 3)",
    "x.eq(other=y)": "x == y",
    "x.lt(other=1)": "x < 1",
    "T.add(input=x, other=y)": "x + y",
    "x.mul(other=2)": "x * 2",
    "x.minimum(other=y)": "T.minimum(x, y)",
    "x.logaddexp(other=y)": "T.logaddexp(x, y)",
    "T.sin(input=x)": "x.sin()",
    "T.pow(x, exponent=2)": "x**2",
    "T.pow(input=x, exponent=y)": "x**y",
    "x.pow(exponent=2)": "x**2",
    "T.max(x, other=y)": "T.maximum(x, y)",
    "x.min(other=y)": "T.minimum(x, y)",
    "T.divide(x, 2, rounding_mode='floor')": "T.div(x, 2, rounding_mode='floor')",
    "x.divide(2, rounding_mode='trunc')": "x.div(2, rounding_mode='trunc')",
    "x.clone().copy_(other=y)": "y",
    "x.where(condition=x > 1, other=y)": "T.where(x > 1, x, y)",
    "T.gather(x, 1, i, sparse_grad=False)": "T.gather(x, 1, i)",
    "T.bernoulli(x, p=1.0)": "T.ones_like(x)",
    "x.uniform_(**{'from': 2.0, 'to': 3.0}, generator=seeded())": "x.uniform_(2, 3, generator=seeded())",
    "x.to(T.float32, memory_format=T.preserve_format)": "x.float()",
    "x.t().long(memory_format=T.contiguous_format)": "x.t().long().contiguous()",
    "T.tensor(x.is_contiguous(memory_format=T.contiguous_format))": "T.tensor(True)",
    "T.var(x, correction=None)": "T.var(x)",
    "T.std_mean(x, 0, correction=None)[0]": "T.std(x, 0)",
    "T.gradient(x, spacing=None, dim=0)[0]": "T.gradient(x, dim=0)[0]",
    "T.norm(x, 'nuc')": "T.linalg.norm(x, 'nuc')",
    "x.norm(p='nuc', dim=(0, 1), keepdim=True)": "T.linalg.matrix_norm(x, 'nuc', (0, 1), True)",
    "T.arange(0, 5, out=T.empty(0))": "T.arange(0.0, 5.0)",
    "T.linspace(0, 1, 3, out=T.empty(0))": "T.linspace(0, 1, 3)",
    "T.eye(2, out=T.empty(0))": "T.eye(2)",
}


def value(torch, text):
    def seeded():
        return torch.Generator().manual_seed(3)

    x = torch.tensor([[1.0, 0.5], [2.5, 3.0]], dtype=torch.float64)
    names = {"T": torch, "x": x, "y": x.flip(0) * 0.75, "i": torch.tensor([[0, 1], [1, 0]]), "seeded": seeded}
    return eval(text, names)


@pytest.mark.parametrize("text", NAMED)
def test_an_argument_may_be_given_by_its_name(text):
    found, wanted = value(wengert, text), value(wengert, NAMED[text])
    assert found.dtype is wanted.dtype
    assert found.stride() == wanted.stride()
    np.testing.assert_array_equal(found.numpy(), wanted.numpy())


@pytest.mark.peers
@pytest.mark.parametrize("text", NAMED)
def test_pytorch_takes_it_by_that_name_and_gives_the_same(text):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    found, wanted = value(wengert, text), value(torch, text)
    assert str(found.dtype) == str(wanted.dtype)
    np.testing.assert_allclose(found.numpy(), wanted.numpy(), rtol=1e-14)


@pytest.mark.parametrize("call", [
    lambda: wengert.zeros(2, colour="red"), lambda: wengert.zeros(2).uniform_(begin=1), lambda: wengert.ones(2).eq(y=2),
])  # fmt: skip
def test_a_name_that_there_is_not_is_an_error(call):
    with pytest.raises(TypeError, match="unexpected keyword argument"):
        call()


@pytest.mark.parametrize(("options", "words"), [
    ({"device": "cuda"}, "there is no device"), ({"layout": "torch.sparse_coo"}, "there is no layout"),
    ({"pin_memory": True}, "no.*is available|none is available"),
])  # fmt: skip
def test_a_place_that_there_is_not_is_an_error(options, words):
    for make in (wengert.zeros, wengert.rand, wengert.empty):
        with pytest.raises(RuntimeError, match=words):
            make(2, **options)

"""The dtypes that NumPy lacks or PyTorch half supports: bfloat16, float16, the larger unsigned integers."""

import pickle
import subprocess
import sys

import numpy as np
import pytest

import wengert as torch

UNSIGNED = [torch.uint16, torch.uint32, torch.uint64]


def test_bfloat16_is_there_before_its_package_is_imported():
    code = (
        "import sys, wengert as torch; torch.bfloat16.itemsize, torch.finfo(torch.bfloat16), "
        "torch.promote_types(torch.bfloat16, torch.int8); assert 'ml_dtypes' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_without_its_package_bfloat16_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "ml_dtypes", None)
    late = type(torch.bfloat16)("bfloat16", None, "BFloat16")
    with pytest.raises(NotImplementedError, match=r"ml_dtypes.*\nTry: pip install 'wengert\[lowp\]'"):
        late.numpy  # noqa: B018  it is loaded when it is asked for


def test_another_attribute_of_a_dtype_is_not_there():
    with pytest.raises(AttributeError, match=r"'torch.dtype' object has no attribute 'nump'"):
        torch.float32.nump  # noqa: B018


@pytest.mark.parametrize("dtype", [torch.bfloat16, *UNSIGNED, torch.float32])
def test_a_dtype_survives_pickling(dtype):
    assert pickle.loads(pickle.dumps(dtype)) is dtype


PROMOTED = [
    (torch.float16, torch.bfloat16, torch.float32),
    (torch.bfloat16, torch.float32, torch.float32),
    (torch.bfloat16, torch.float64, torch.float64),
    (torch.bfloat16, torch.int64, torch.bfloat16),
    (torch.bfloat16, torch.bool, torch.bfloat16),
    (torch.bfloat16, torch.complex64, torch.complex64),
    (torch.bfloat16, torch.complex128, torch.complex128),
    (torch.uint16, torch.float16, torch.float16),
    (torch.uint64, torch.bfloat16, torch.bfloat16),
    (torch.uint32, torch.float64, torch.float64),
    (torch.uint32, torch.uint32, torch.uint32),
]


@pytest.mark.parametrize(("a", "b", "wanted"), PROMOTED)
def test_promotion(a, b, wanted):
    assert torch.promote_types(a, b) is wanted
    assert torch.promote_types(b, a) is wanted


@pytest.mark.parametrize("other", [torch.bool, torch.uint8, torch.int64, torch.complex64])
@pytest.mark.parametrize("dtype", UNSIGNED)
def test_large_unsigned_integers_do_not_meet_other_integers(dtype, other):
    words = f"Promotion for uint16, uint32, uint64 types is not supported, attempted to promote {dtype.title} and"
    with pytest.raises(RuntimeError, match=words):
        torch.promote_types(dtype, other)
    with pytest.raises(RuntimeError, match=f"attempted to promote {other.title} and {dtype.title}"):
        torch.ones(2, dtype=other) + torch.ones(2, dtype=dtype)


@pytest.mark.parametrize("dtype", UNSIGNED)
def test_large_unsigned_integers(dtype):
    largest = torch.iinfo(dtype).max
    x = torch.tensor([1, largest], dtype=dtype)
    assert x.tolist() == [1, largest]
    assert repr(x) == f"tensor([{1:{len(str(largest))}}, {largest}], dtype={dtype})"
    assert (x * 2).dtype is dtype
    assert (x * 2).tolist() == [2, largest - 1]
    assert (x + 1.5).dtype is torch.float32
    assert x[:1].sum().dtype is torch.int64
    assert torch.from_numpy(x.numpy()).dtype is dtype
    assert x.type() == f"torch.UInt{8 * dtype.itemsize}Tensor"
    with pytest.raises(RuntimeError, match="value cannot be converted to type"):
        torch.full((2,), 2 * largest + 2 if largest < 2**62 else 1j, dtype=dtype)


# ------------------------------------------------------------------------ finfo and iinfo

LIMITS = "finfo(resolution={}, min={}, max={}, eps={}, smallest_normal={}, tiny={}, dtype={})"
FINFO = [
    (torch.float16, (0.001, -65504, 65504, 0.000976562, 6.10352e-05, 6.10352e-05, "float16")),
    (torch.bfloat16, (0.01, -3.38953e38, 3.38953e38, 0.0078125, 1.17549e-38, 1.17549e-38, "bfloat16")),
    (torch.complex64, (1e-06, -3.40282e38, 3.40282e38, 1.19209e-07, 1.17549e-38, 1.17549e-38, "float32")),
]


@pytest.mark.parametrize(("dtype", "numbers"), FINFO)
def test_finfo_prints_as_in_pytorch(dtype, numbers):
    assert repr(torch.finfo(dtype)) == LIMITS.format(*numbers)


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64])
def test_finfo_agrees_with_numpy(dtype):
    ours, theirs = torch.finfo(dtype), np.finfo(dtype.numpy)
    for name in ("bits", "eps", "max", "min", "tiny", "smallest_normal"):
        assert getattr(ours, name) == getattr(theirs, name)
    assert ours.resolution == pytest.approx(float(theirs.resolution), rel=1e-3)


def test_finfo_of_nothing_is_that_of_the_default_dtype():
    assert torch.finfo().dtype == "float32"


def test_finfo_and_iinfo_refuse_each_others_dtypes():
    with pytest.raises(TypeError, match=r"torch.finfo\(\) requires a floating point input type"):
        torch.finfo(torch.int32)
    with pytest.raises(TypeError, match=r"torch.iinfo\(\) requires an integer input type"):
        torch.iinfo(torch.float32)
    assert repr(torch.iinfo(torch.int32)) == "iinfo(min=-2.14748e+09, max=2.14748e+09, dtype=int32)"


# ------------------------------------------------------------------------ numbers that do not fit

BEYOND = [
    (300, torch.uint8, "uint8_t"), (2**40, torch.int32, "int"), (float("nan"), torch.int32, "int"),
    (1e20, torch.int64, "int64_t"), (1j, torch.float32, "float"), (1e40, torch.float32, "float"),
    (1e40, torch.complex64, "c10::complex<float>"),
]  # fmt: skip


@pytest.mark.parametrize(("number", "dtype", "name"), BEYOND)
def test_a_number_beyond_the_dtype_is_refused(number, dtype, name):
    x = torch.ones(2, dtype=dtype)
    for write in (
        lambda: torch.full((2,), number, dtype=dtype),
        lambda: torch.full_like(x, number),
        lambda: x.fill_(number),
        lambda: x.masked_fill(torch.tensor([True, False]), number),
        lambda: x.__setitem__(0, number),
    ):
        with pytest.raises(RuntimeError, match=f"value cannot be converted to type {name} without overflow"):
            write()


@pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning")
def test_a_number_that_fits_is_taken():
    assert torch.full((2,), -1, dtype=torch.uint8).tolist() == [255, 255]
    assert torch.full((2,), 2.7, dtype=torch.int32).tolist() == [2, 2]
    assert torch.full((2,), float("inf"), dtype=torch.float16).tolist() == [float("inf")] * 2
    assert torch.full((2,), 1j, dtype=torch.bool).tolist() == [True, True]
    assert torch.tensor([1e40, 70000.0]).tolist() == [float("inf"), 70000]
    assert torch.tensor([2**70], dtype=torch.float64).item() == 2.0**70


# ------------------------------------------------------------------------ sums of half precision


def halves():
    """float16, and bfloat16 where it is installed."""
    return [
        torch.float16,
        pytest.param(torch.bfloat16, marks=pytest.mark.skipif(not installed(), reason="needs ml_dtypes")),
    ]


def installed():
    try:
        import ml_dtypes  # noqa: F401
    except ImportError:
        return False
    return True


@pytest.mark.parametrize("dtype", halves())
def test_halves_are_added_up_in_float32(dtype):
    x = torch.full((3000,), 0.1, dtype=dtype)
    exact = 3000 * x[0].item()
    rounded = torch.tensor(exact).to(dtype)
    assert x.sum() == rounded
    assert x.reshape(30, 100).sum((0, 1)) == rounded
    assert x.reshape(3000, 1).sum(0)[0] == rounded
    assert x.cumsum(0)[-1] == rounded
    assert x @ torch.ones(3000, dtype=dtype) == rounded
    assert x.mean() == x[0]
    assert (x * 0).softmax(0).float().sum().item() == pytest.approx(1, rel=1e-2)
    assert x.sum().dtype is x.mean().dtype is x.var().dtype is x.std().dtype is x.logsumexp(0).dtype is dtype


@pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning")
def test_the_mean_of_float16_does_not_overflow():
    x = torch.full((3000,), 100.0, dtype=torch.float16)
    assert x.sum().item() == float("inf")
    assert x.mean().item() == 100
    assert x.var().item() == 0
    assert x.logsumexp(0).item() == 108


@pytest.mark.parametrize("dtype", halves())
def test_gradients_have_the_dtype_of_what_they_belong_to(dtype):
    x = torch.tensor([0.5, -1.5, 2.0], dtype=dtype, requires_grad=True)
    for function in (
        lambda x: x.mean(), lambda x: x.var(), lambda x: x.std(), lambda x: x.softmax(0)[0],
        lambda x: x.log_softmax(0)[0], lambda x: x.logsumexp(0), lambda x: (x * x).sum(), lambda x: x @ x,
        lambda x: x.float().sum(), lambda x: x.sigmoid().sum(), lambda x: x.cumsum(0)[1],
    ):  # fmt: skip
        (slope,) = torch.autograd.grad(function(x), x)
        assert slope.dtype is dtype
        (exact,) = torch.autograd.grad(function(y := x.detach().double().requires_grad_()), y)
        assert torch.allclose(slope.double(), exact, rtol=0, atol=2 * torch.finfo(dtype).eps)


# ------------------------------------------------------------------------ bfloat16

bfloat16 = pytest.mark.skipif(not installed(), reason="needs ml_dtypes")


@bfloat16
def test_bfloat16_prints_and_converts():
    x = torch.tensor([1.5, 2.25, 1 / 3], dtype=torch.bfloat16)
    assert repr(x) == "tensor([1.5000, 2.2500, 0.3340], dtype=torch.bfloat16)"
    assert x.tolist() == [1.5, 2.25, 0.333984375]
    assert x.type() == "torch.BFloat16Tensor"
    assert x.element_size() == 2
    assert x.is_floating_point()
    assert x.float().dtype is torch.float32
    assert x.double().bfloat16().dtype is torch.bfloat16
    assert torch.from_numpy(x.array).dtype is torch.bfloat16
    assert repr(x * x) == "tensor([2.2500, 5.0625, 0.1113], dtype=torch.bfloat16)"
    assert repr(x.exp()) == "tensor([4.4688, 9.5000, 1.3984], dtype=torch.bfloat16)"
    assert repr(x.requires_grad_().exp()).endswith("dtype=torch.bfloat16, grad_fn=<ExpBackward0>)")
    with pytest.raises(TypeError, match="Got unsupported ScalarType BFloat16"):
        x.detach().numpy()


@bfloat16
@pytest.mark.parametrize(
    ("other", "wanted"),
    [
        (torch.float16, torch.float32),
        (torch.float32, torch.float32),
        (torch.float64, torch.float64),
        (torch.int64, torch.bfloat16),
        (torch.bool, torch.bfloat16),
        (torch.complex64, torch.complex64),
    ],
)
def test_bfloat16_meets_other_dtypes(other, wanted):
    x, y = torch.ones(2, dtype=torch.bfloat16), torch.ones(2, dtype=other)
    assert (x * y).dtype is wanted
    assert (y * x).dtype is wanted
    assert (x * 2).dtype is torch.bfloat16

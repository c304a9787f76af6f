"""Settings: what can be chosen is chosen, what cannot says so."""

import copy
import pickle

import pytest

import wengert as torch
from wengert.core.threads import POOL
from wengert.native import blas


def test_a_device_has_a_type_and_an_index():
    d = torch.device("cuda:1")
    assert (d.type, d.index, str(d), repr(d)) == ("cuda", 1, "cuda:1", "device(type='cuda', index=1)")
    assert torch.device("cuda", 1) == d == torch.device(1) == torch.device(d)
    assert torch.device("cpu") != d
    assert torch.zeros(1).device == torch.device("cpu")
    assert isinstance(torch.zeros(1).device, torch.device)
    assert pickle.loads(pickle.dumps(d)) == copy.deepcopy(d) == d
    assert len({d, torch.device("cuda:1"), torch.device("cpu")}) == 2
    with torch.device("cpu"):
        assert torch.zeros(1).device.type == "cpu"


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda: torch.zeros(1, device=torch.device("cuda")), "there is no device 'cuda' here"),
        (lambda: torch.device("gpu"), "Expected one of cpu, cuda"),
        (lambda: torch.set_default_device("mps"), "there is no device 'mps' here"),
        (torch.cuda.current_device, "Torch not compiled with CUDA enabled"),
        (lambda: torch.set_num_threads(0), "set_num_threads expects a positive integer"),
        (lambda: torch.set_num_interop_threads(0), "set_num_interop_threads expects a positive integer"),
        (lambda: torch.set_float32_matmul_precision("low"), "low is not one of 'highest', 'high', or 'medium'"),
        (lambda: torch.autocast("cpu"), "autocast"),
    ],
)
def test_what_is_not_there_says_so(act, words):
    with pytest.raises((RuntimeError, NotImplementedError), match=words):
        act()


def test_the_number_of_threads_is_that_of_the_pool():
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(3)
        assert POOL.threads == torch.get_num_threads() == 3
        torch.set_num_threads(1)
        if blas.THREADS.known:
            assert blas.own().scipy_openblas_get_num_threads64_() == 1
    finally:
        torch.set_num_threads(before)


def test_there_is_nothing_but_the_cpu():
    assert not torch.cuda.is_available()
    assert torch.cuda.device_count() == 0
    torch.cuda.manual_seed_all(0)
    assert not torch.backends.mps.is_available()
    torch.backends.cudnn.benchmark = True
    assert torch.backends.cudnn.benchmark
    torch.backends.cudnn.benchmark = False
    assert torch.version.cuda is None


def test_the_version_is_that_of_the_pytorch_whose_names_these_are():
    assert torch.__version__.startswith("2.13.0+wengert")


def test_autocast_for_a_device_that_is_not_there_does_nothing():
    with pytest.warns(UserWarning, match="CUDA is not available. Disabling"), torch.autocast("cuda"):
        assert not torch.is_autocast_enabled()


def test_legacy_types_make_tensors_and_tell_dtypes_apart():
    assert torch.DoubleTensor([1, 2]).tolist() == [1, 2]
    assert torch.DoubleTensor(2, 3).shape == (2, 3)
    assert torch.LongTensor().shape == (0,)
    assert torch.FloatTensor(torch.Size([2])).shape == (2,)
    assert isinstance(torch.tensor([True]), torch.BoolTensor)
    assert not isinstance(torch.zeros(1), torch.DoubleTensor)


def test_attributes_that_are_the_same_for_every_tensor():
    x = torch.zeros(2, 3)
    assert (x.nbytes, x.is_cpu, x.is_sparse, x.is_quantized, x.is_meta) == (24, True, False, False, False)
    assert x.layout is torch.strided
    assert x.is_set_to(x)
    assert not x.is_set_to(x.clone())
    assert not x.is_pinned()


@pytest.mark.parametrize("name", ["hub", "distributed", "onnx"])
def test_what_is_left_out_says_why(name):
    with pytest.raises(AttributeError, match="wengert leaves it out"):
        getattr(torch, name)


def test_deterministic_debug_mode_is_another_name_for_deterministic_algorithms():
    torch.set_deterministic_debug_mode("warn")
    try:
        assert torch.get_deterministic_debug_mode() == 1
        assert torch.is_deterministic_algorithms_warn_only_enabled()
    finally:
        torch.set_deterministic_debug_mode(0)

"""Files of torch.save are read, values, sharing and all."""

import io
import math
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest

import wengert as torch

FILE = Path(__file__).parent / "written_by_pytorch.pt"


@pytest.fixture
def found():
    pytest.importorskip("ml_dtypes", reason="the file holds a bfloat16")
    return torch.load(FILE)


def test_states(found):
    assert list(found["model"]) == ["0.weight", "0.bias", "1.weight", "1.bias", "1.running_mean", "1.running_var",
                                    "1.num_batches_tracked"]  # fmt: skip
    assert found["model"]["1.weight"].tolist() == [2.0, 2.0, 2.0]
    assert isinstance(found["model"], OrderedDict)
    assert found["model"]._metadata["1"] == {"version": 2}
    w = [torch.ones(s, requires_grad=True) for s in ((3, 2), (3,), (3,), (3,))]
    optimizer = torch.optim.Adam(w)
    optimizer.load_state_dict(found["optimizer"])
    assert optimizer.param_groups[0]["lr"] == 0.1
    assert optimizer.state[w[3]]["step"].item() == 1
    assert optimizer.state[w[3]]["exp_avg"].tolist() == pytest.approx([0.4] * 3)


def test_tensors(found):
    assert isinstance(found["parameter"], torch.nn.Parameter)
    assert found["parameter"].tolist() == [1.5, 2.5]
    assert found["leaf"].requires_grad
    assert found["empty"].shape == (0, 3)
    for name, value in found["dtypes"].items():
        assert str(value.dtype) == name
        assert torch.equal(value, torch.ones(2, dtype=value.dtype))


def test_shared_memory(found):
    whole, part, square = found["shared"]
    assert part.tolist() == [2.0, 3.0]
    assert square.tolist() == [[0.0, 3.0], [1.0, 4.0], [2.0, 5.0]]
    whole[2] = 9.0
    assert part[0].item() == 9.0
    assert square[2, 0].item() == 9.0
    assert part._version == whole._version


def test_plain_values(found):
    assert found["plain"] == [1, -2, 2**70, 1.5, math.inf, "word", b"bytes", None, True, (1, (2,)), {1, 2}, 1 + 2j]
    assert found["ordered"] == OrderedDict(b=1, a=2)
    assert found["size"] == torch.Size([2, 3])
    assert found["dtype"] is torch.float16
    assert found["device"] == "cpu"


@pytest.mark.peers
def test_what_pytorch_writes_now():
    pytorch = pytest.importorskip("torch")
    model = pytorch.nn.Sequential(pytorch.nn.Conv2d(1, 2, 3), pytorch.nn.LSTM(2, 3, bidirectional=True))
    file = io.BytesIO()
    pytorch.save({"model": model.state_dict(), "view": pytorch.arange(9)[::2]}, file)
    file.seek(0)
    got = torch.load(file)
    for name, value in model.state_dict().items():
        assert np.array_equal(got["model"][name].numpy(), value.numpy())
    assert got["view"].tolist() == [0, 2, 4, 6, 8]

"""What is saved is what is loaded; and a file is there as a whole or not at all."""

import io
import json
import math
import os
import subprocess
import sys
import time
from collections import Counter, OrderedDict, defaultdict
from pathlib import Path

import numpy as np
import pytest

import wengert as torch
from wengert.errors import FormatError
from wengert.io import Checkpoints, containers, files, layout, saving


def through(value):
    file = io.BytesIO()
    torch.save(value, file)
    file.seek(0)
    return torch.load(file)


@pytest.mark.parametrize(
    "value",
    [
        None, True, 3, -(2**200), 0.1, 1e308, "word", "ü\n\0", b"\0\xff", (), [], {}, set(), [1, [2, (3,)]],
        {"a": 1, 2: "b", None: 3, True: 4, 0.5: 5, (1, "x"): 6, b"k": 7}, {1, "a", (2, 3)}, 1 + 2j,
        OrderedDict(b=1, a=2), Counter("aab"), torch.Size([2, 3]), torch.float16, torch.int64, math.inf, -math.inf,
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_plain_values(value):
    found = through([value, {"inside": value}])
    assert found == [value, {"inside": value}]
    assert type(found[0]) is type(value)


def test_not_a_number():
    assert math.isnan(through(math.nan))


def test_defaults_are_code():
    found = through(defaultdict(int, a=1))
    assert found == {"a": 1}
    assert type(found) is dict


@pytest.mark.parametrize(
    "dtype",
    ["bool", "uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float16", "bfloat16",
     "float32", "float64", "complex64", "complex128"],
)  # fmt: skip
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 3), (2, 3)])
def test_tensors(dtype, shape):
    if dtype == "bfloat16":
        pytest.importorskip("ml_dtypes")
    x = torch.ones(shape, dtype=getattr(torch, dtype))
    found = through({"x": x})["x"]
    assert found.dtype is x.dtype
    assert found.shape == x.shape
    assert torch.equal(found, x)
    assert not found.requires_grad


@pytest.mark.parametrize(
    "make", [lambda x: x.t(), lambda x: x[:, ::2], lambda x: x.flip(0), lambda x: x.expand(2, 3, 4)]
)
def test_unusual_memory(make):
    x = make(torch.arange(12.0).reshape(3, 4))
    assert torch.equal(through([x])[0], x)


def test_what_requires_grad_still_does():
    w = torch.nn.Parameter(torch.ones(2))
    frozen = torch.nn.Parameter(torch.ones(2), requires_grad=False)
    leaf = torch.ones(2, requires_grad=True)
    found = through([w, frozen, leaf, leaf * 2])
    assert [isinstance(t, torch.nn.Parameter) for t in found] == [True, True, False, False]
    assert [t.requires_grad for t in found] == [True, False, True, True]
    assert all(t.is_leaf for t in found)
    (found[0] * 3).sum().backward()
    assert found[0].grad.tolist() == [3.0, 3.0]


def test_shared_memory_is_saved_once_and_shared_again():
    base = torch.arange(1000.0)
    w = torch.nn.Parameter(base)
    value = {"w": w, "again": w, "part": base[10:20], "square": base[:4].reshape(2, 2).t(), "whole": base}
    file = io.BytesIO()
    torch.save(value, file)
    assert len(file.getvalue()) < 4000 + 2000
    file.seek(0)
    found = torch.load(file)
    assert found["w"] is found["again"]
    found["whole"].fill_(7)
    assert found["part"].tolist() == [7.0] * 10
    assert found["square"].tolist() == [[7.0, 7.0], [7.0, 7.0]]
    assert found["w"]._version == 1


def test_numpys_values():
    found = through({"a": np.arange(3), "b": np.float32(1.5), "c": np.ones((2, 0))})
    assert found["a"].tolist() == [0, 1, 2]
    assert isinstance(found["a"], np.ndarray)
    assert type(found["b"]) is np.float32
    assert found["c"].shape == (2, 0)


def test_names_are_those_of_the_state():
    file = io.BytesIO()
    torch.save({"model": {"a.weight": torch.ones(2), "b": [torch.zeros(1)]}, "x\ny": torch.ones(1)}, file)
    length = int.from_bytes(file.getvalue()[:8], "little")
    header = json.loads(file.getvalue()[8 : 8 + length])
    assert set(header) == {"model.a.weight", "model.b.0", "x_y", "__metadata__"}


def test_names_that_are_alike():
    found = through(
        {"a": {"b": torch.ones(1)}, "a.b": torch.zeros(1), "": torch.ones(2), "__metadata__": torch.ones(3)}
    )
    assert found["a"]["b"].item() == 1
    assert found["a.b"].item() == 0
    assert found["__metadata__"].shape == (3,)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (lambda: 1, "cannot save a function: files hold"),
        ({"a": [torch.nn.Module()]}, "cannot save a wengert.nn.modules.module.Module at 'a.0'"),
        ({torch.float32: 1}, "cannot save a wengert.dtypes.dtype"),
        ([np.array(["a"])], "cannot save a numpy.ndarray at '0'"),
    ],
)
def test_code_is_refused(value, words, tmp_path):
    with pytest.raises(TypeError) as caught:
        torch.save(value, tmp_path / "file")
    assert str(caught.value).startswith(words)
    assert list(tmp_path.iterdir()) == []


def test_depth():
    value = []
    for _ in range(150):
        value = [value]
    assert through(value) == value
    for _ in range(100):
        value = [value]
    with pytest.raises(ValueError, match="more than 200 deep"):
        through(value)


def test_bad_files():
    for f in (3, None):
        with pytest.raises(TypeError, match="expected a path or a file that is open for"):
            torch.save(1, f)
        with pytest.raises(TypeError, match="expected a path or a file that is open for"):
            torch.load(f)
    with pytest.raises(FileNotFoundError):
        torch.load("/nowhere/at/all")
    with pytest.raises(RuntimeError, match="cuda"):
        torch.load(io.BytesIO(), map_location="cuda")


def test_streams_that_cannot_seek(tmp_path):
    torch.save([torch.ones(3)], tmp_path / "f")

    class Stream:
        def __init__(self, data):
            self.read = io.BytesIO(data).read

    assert torch.load(Stream((tmp_path / "f").read_bytes()))[0].tolist() == [1.0] * 3


def test_states_of_training_go_through(tmp_path):
    model = torch.nn.Module()
    model.w = torch.nn.Parameter(torch.ones(3))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
    schedule = torch.optim.lr_scheduler.MultiStepLR(optimizer, [2, 3])
    for _ in range(3):
        optimizer.zero_grad()
        (model.w**2).sum().backward()
        optimizer.step()
        schedule.step()
    state = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "schedule": schedule.state_dict()}
    torch.save(state, tmp_path / "state.pt")
    found = torch.load(tmp_path / "state.pt", map_location="cpu", weights_only=True)
    assert found["schedule"] == schedule.state_dict()
    model.load_state_dict(found["model"])
    optimizer.load_state_dict(found["optimizer"])
    assert found["optimizer"]["state"][0]["step"].item() == 3
    assert torch.equal(found["optimizer"]["state"][0]["exp_avg"], optimizer.state[model.w]["exp_avg"])


def test_plain_safetensors_files():
    file = io.BytesIO()
    layout.write(file, {"a": np.ones((2, 2), np.float32), "b": np.arange(3)}, {"made": "elsewhere"})
    file.seek(0)
    found = torch.load(file)
    assert set(found) == {"a", "b"}
    assert found["a"].dtype is torch.float32


def test_the_safetensors_package_agrees(tmp_path):
    safetensors = pytest.importorskip("safetensors.numpy")
    state = {"w": torch.arange(6.0).reshape(2, 3).t(), "n": torch.tensor(3), "half": torch.ones(3).half(),
             "odd": torch.tensor([True, False, True])}  # fmt: skip
    torch.save(state, tmp_path / "ours")
    theirs = safetensors.load_file(tmp_path / "ours")
    assert set(theirs) == set(state)
    for name, value in state.items():
        assert np.array_equal(theirs[name], value.numpy())
    safetensors.save_file({k: v.copy() for k, v in theirs.items()}, tmp_path / "theirs", {"a": "b"})
    back = torch.load(tmp_path / "theirs")
    for name, value in state.items():
        assert torch.equal(back[name], value)


# ------------------------------------------------------------------------ as a whole or not at all

STEPS = ["fsync", "replace", "fdopen", "write"]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("count", range(4))
def test_a_write_that_fails_leaves_the_old_file(step, count, tmp_path, monkeypatch):
    path = tmp_path / "file"
    torch.save({"x": torch.zeros(3)}, path)
    calls = []

    def failing(*args, **kwargs):
        calls.append(1)
        if len(calls) > count:
            raise OSError("no space")
        return real(*args, **kwargs)

    place = (layout, "_raw") if step == "write" else (os, step)
    real = getattr(*place)
    monkeypatch.setattr(*place, failing)
    try:
        torch.save({"x": torch.ones(3)}, path)
        failed = False
    except OSError:
        failed = True
    monkeypatch.undo()
    value = torch.load(path)["x"].tolist()
    assert value in ([0.0] * 3, [1.0] * 3)
    assert failed or value == [1.0] * 3
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


KILLED = """
import sys
import wengert as torch
print("ready", flush=True)
n = 0
while True:
    n += 1
    torch.save({"n": n, "x": torch.full((20000,), float(n))}, sys.argv[1])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("delay", [0.01, 0.03, 0.06, 0.1])
def test_a_program_that_is_killed_leaves_a_whole_file(delay, tmp_path):
    path = tmp_path / "file"
    torch.save({"n": 0, "x": torch.zeros(1)}, path)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(path)], stdout=subprocess.PIPE, env=environment
    ) as running:
        running.stdout.readline()
        time.sleep(delay)
        running.kill()
    found = torch.load(path)
    assert (found["x"] == found["n"]).all()


@pytest.mark.skipif(os.name != "posix", reason="rights")
def test_rights_are_kept(tmp_path):
    path = tmp_path / "file"
    torch.save(1, path)
    umask = os.umask(0)
    os.umask(umask)
    assert path.stat().st_mode & 0o777 == 0o666 & ~umask
    path.chmod(0o640)
    torch.save(2, path)
    assert path.stat().st_mode & 0o777 == 0o640
    assert torch.load(path) == 2


# ------------------------------------------------------------------------ checkpoints


def test_the_last_checkpoints_are_kept(tmp_path):
    checkpoints = Checkpoints(tmp_path / "new" / "folder", keep=2)
    assert checkpoints.latest() is None
    for step in (1, 2, 10, 9):
        checkpoints.save(step, {"step": step})
    assert checkpoints.steps() == [9, 10]
    assert checkpoints.latest() == (10, {"step": 10})
    checkpoints.save(3, {"step": 3})  # an earlier one is not removed at once
    assert 3 in checkpoints.steps()
    (tmp_path / "new" / "folder" / "notes.txt").write_text("kept")
    assert Checkpoints(tmp_path / "new" / "folder").latest().step == 10


def test_a_damaged_checkpoint_is_passed_over(tmp_path):
    checkpoints = Checkpoints(tmp_path)
    for step in range(3):
        checkpoints.save(step, {"x": torch.full((3,), float(step))})
    whole = checkpoints.path(2).read_bytes()
    checkpoints.path(2).write_bytes(whole[:-1] + b"\x01")
    checkpoints.path(1).write_bytes(whole[:20])
    with pytest.warns(UserWarning, match="cannot be read, so the checkpoint before it is taken"):
        assert checkpoints.latest().step == 0


def test_bad_checkpoints(tmp_path):
    with pytest.raises(ValueError, match="keep should be at least 1, but got 0"):
        Checkpoints(tmp_path, keep=0)
    with pytest.raises(ValueError, match="a step is a number from 0 up, but got -1"):
        Checkpoints(tmp_path).save(-1, {})


def test_modules_are_there():
    assert torch.save is saving.save
    assert torch.io.load is torch.load
    assert containers.DEEPEST == 200
    assert Path(files.__file__).name == "files.py"
    assert issubclass(FormatError, RuntimeError)
